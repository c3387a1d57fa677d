//! A list of 13,000 users, 5 MB: the lenient way beside serde_json's own.

use std::fmt::Write as _;
use std::hint::black_box;

use access_sync_benches::{median, processor_time, ratio};
use access_sync_http::decode::{self, Rows};
use serde::Deserialize;

use crate::in_turn;

#[derive(Deserialize)]
#[allow(dead_code, reason = "read to be measured")]
#[serde(rename_all = "camelCase")]
struct Plain {
    id: i64,
    external_id: Option<String>,
    first_name: String,
    last_name: String,
    email: String,
    phone: Option<String>,
    created: String,
    updated: String,
    suspended: bool,
    pin: i64,
    site: i64,
    notes: Option<String>,
    groups: Vec<i64>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "read to be measured")]
#[serde(rename_all = "camelCase")]
struct Lenient {
    #[serde(deserialize_with = "decode::required")]
    id: i64,
    #[serde(default, deserialize_with = "decode::optional")]
    external_id: Option<String>,
    #[serde(deserialize_with = "decode::required")]
    first_name: String,
    #[serde(deserialize_with = "decode::required")]
    last_name: String,
    #[serde(deserialize_with = "decode::required")]
    email: String,
    #[serde(default, deserialize_with = "decode::optional")]
    phone: Option<String>,
    #[serde(deserialize_with = "decode::required")]
    created: String,
    #[serde(deserialize_with = "decode::required")]
    updated: String,
    #[serde(deserialize_with = "decode::required")]
    suspended: bool,
    #[serde(deserialize_with = "decode::required")]
    pin: i64,
    #[serde(deserialize_with = "decode::required")]
    site: i64,
    #[serde(default, deserialize_with = "decode::optional")]
    notes: Option<String>,
    #[serde(default, deserialize_with = "decode::one_or_many")]
    groups: Vec<i64>,
}

#[derive(Deserialize)]
struct Page<L> {
    count: u64,
    data: L,
}

fn document(bad: bool) -> Vec<u8> {
    let mut out = String::from("{\"count\":13000,\"data\":[");
    for n in 0..13_000 {
        let comma = if n == 0 { "" } else { "," };
        let pin = if bad && n == 7_000 {
            "\"none\""
        } else {
            "48213"
        };
        write!(
            out,
            "{comma}{{\"id\":{},\"externalId\":\"ext-{n:08}\",\"firstName\":\"First{n}\",\"lastName\":\"Lastname{n}\",\
             \"email\":\"first{n}.last@example.test\",\"phone\":\"+1 555 {n:07}\",\"created\":\"2024-03-01T12:00:00Z\",\
             \"updated\":\"2025-03-01T12:30:00Z\",\"suspended\":false,\"pin\":{pin},\"site\":{},\
             \"notes\":\"moved in from unit {n}, asked for a second key, has a parking place and a bicycle room\",\
             \"groups\":[{},{},{}]}}",
            1_000_000 + n, n % 90, n % 7, n % 11, n % 13
        )
        .unwrap();
    }
    out.push_str("]}");
    out.into_bytes()
}

fn time<T>(read: impl Fn() -> T) -> f64 {
    let before = processor_time();
    black_box(read());
    (processor_time() - before).as_secs_f64() * 1e3
}

/// `only`: a variant's number and how often, to run that alone (under a profiler, say).
pub fn run(only: Option<(usize, usize)>) {
    let (good, bad) = (document(false), document(true));
    println!(
        "a list of 13,000 users, {:.2} MB: ms of processor time (speed, as a share of serde_json typed)",
        good.len() as f64 / 1e6
    );
    let mut variants: [&mut dyn FnMut() -> f64; 7] = [
        &mut || {
            time(|| {
                let page: Page<Vec<Plain>> = serde_json::from_slice(&good).unwrap();
                assert_eq!(page.count as usize, page.data.len());
                page
            })
        },
        &mut || {
            time(|| {
                let page: Page<Rows<Lenient>> = decode::json(&good).unwrap();
                assert_eq!(page.data.items.len(), 13_000);
                page
            })
        },
        &mut || {
            time(|| {
                let page: Page<Rows<Plain>> = decode::json(&good).unwrap();
                assert_eq!(page.data.items.len(), 13_000);
                page
            })
        },
        &mut || {
            time(|| {
                let page: Page<Rows<Lenient>> = decode::json(&bad).unwrap();
                assert_eq!(page.data.rejected.len(), 1);
                page
            })
        },
        &mut || {
            time(|| {
                let text = std::str::from_utf8(&good).unwrap();
                let page: Page<Vec<Plain>> = serde_json::from_str(text).unwrap();
                page
            })
        },
        &mut || time(|| serde_json::from_slice::<serde_json::Value>(&good).unwrap()),
        &mut || {
            time(|| {
                let value: serde_json::Value = serde_json::from_slice(&good).unwrap();
                serde_json::from_value::<Page<Vec<Plain>>>(value).unwrap()
            })
        },
    ];
    if let Some((variant, times)) = only {
        for _ in 0..times {
            variants[variant]();
        }
        return;
    }
    let results = in_turn(41, variants.len(), |variant| variants[variant]());
    let names = [
        "serde_json typed",
        "ours: lenient fields, Rows",
        "ours: plain fields, Rows",
        "ours: lenient fields, one bad row of 13,000",
        "serde_json typed, of text checked before",
        "serde_json Value",
        "serde_json Value, then typed",
    ];
    for (name, result) in names.iter().zip(&results) {
        println!(
            "  {name:<46} {:>6.2} ms  {:.3}",
            median(result),
            ratio(&results[0], result)
        );
    }
}
