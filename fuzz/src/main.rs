//! Random documents for as many seconds as are asked for: `cargo run --release --bin random -- 60`.
//!
//! Starts from the worked cases, and changes words, numbers, dates and bytes of them.

use std::time::{Duration, Instant};

const VECTORS: &str = include_str!("../../access-sync-core/tests/vectors/windows.json");

const PIECES: &[&str] = &[
    "null",
    "true",
    "[]",
    "{}",
    "[[",
    "\"",
    "0",
    "-1",
    "1e999",
    "18446744073709551616",
    "\"\"",
    "\"*\"",
    "\"é\\u0000\"",
    "\"0001-01-01\"",
    "\"9999-12-30\"",
    "\"9999-12-31\"",
    "\"2011-12-30\"",
    "\"2018-11-04\"",
    "\"2026-03-08\"",
    "\"2026-11-01\"",
    "\"2025-02-29\"",
    "\"0001-01-01T00:00:00Z\"",
    "\"9999-12-31T23:59:59.999999999Z\"",
    "\"2016-12-31T23:59:60Z\"",
    "\"2026-03-08T02:30\"",
    "\"9999-12-31T23:59\"",
    "\"0001-01-01T00:00\"",
    "\"00:00\"",
    "\"23:59\"",
    "\"Pacific/Apia\"",
    "\"Australia/Lord_Howe\"",
    "\"Antarctica/Troll\"",
    "\"America/Sao_Paulo\"",
    "\"Etc/GMT+12\"",
    "4294967295",
    "\"lease\"",
    "\"booking\"",
    "\"visit\"",
    "\"contract\"",
    "\"day_pass\"",
    "\"hold\"",
    "\"Past\"",
    "\"lease_end\"",
];

struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }
}

/// The places of values in a text: (start, end) of strings, numbers and words.
fn values(text: &[u8]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let start = at;
        match text[at] {
            b'"' => {
                at += 1;
                while at < text.len() && text[at] != b'"' {
                    at += 1;
                }
                at += 1;
                // Not keys.
                if text.get(at) != Some(&b':') {
                    found.push((start, at.min(text.len())));
                }
            }
            b'0'..=b'9' | b'a'..=b'z' | b'-' => {
                while at < text.len() && !b",]}".contains(&text[at]) {
                    at += 1;
                }
                found.push((start, at));
            }
            _ => at += 1,
        }
    }
    found
}

fn main() {
    let seconds = std::env::args()
        .nth(1)
        .and_then(|it| it.parse().ok())
        .unwrap_or(10);
    let seed = std::env::args()
        .nth(2)
        .and_then(|it| it.parse().ok())
        .unwrap_or(1);
    let vectors: serde_json::Value =
        serde_json::from_str(VECTORS).expect("the worked cases are JSON");
    let cases: Vec<serde_json::Value> = vectors["cases"].as_array().expect("a list").clone();
    let mut random = Random(seed);
    let (start, mut count, mut read) = (Instant::now(), 0_u64, 0_u64);
    while start.elapsed() < Duration::from_secs(seconds) {
        // The records of two cases in one document, then a few changes.
        let (mut case, other) = (
            cases[random.below(cases.len())].clone(),
            &cases[random.below(cases.len())],
        );
        if let (Some(records), Some(more)) =
            (case["records"].as_array_mut(), other["records"].as_array())
        {
            records.extend(more.iter().cloned());
        }
        case.as_object_mut().expect("an object").remove("expected");
        let mut text = case.to_string().into_bytes();
        for _ in 0..random.below(6) {
            let places = values(&text);
            let (from, to) = places[random.below(places.len())];
            let piece = PIECES[random.below(PIECES.len())].as_bytes().to_vec();
            text.splice(from..to, piece);
            if random.below(20) == 0 {
                let at = random.below(text.len());
                text[at] ^= 1 << random.below(8);
            }
            if random.below(60) == 0 {
                text.truncate(random.below(text.len()));
                break;
            }
            if values(&text).is_empty() {
                break;
            }
        }
        let checked = std::panic::catch_unwind(|| access_sync_fuzz::check(&text));
        if checked.is_err() {
            println!("{}", String::from_utf8_lossy(&text));
            std::process::exit(1);
        }
        read += u64::from(
            access_sync_core::document::Document::read(&mut serde_json::Deserializer::from_slice(
                &text,
            ))
            .is_ok(),
        );
        count += 1;
    }
    println!("{count} documents, {read} of them readable, no panic");
}
