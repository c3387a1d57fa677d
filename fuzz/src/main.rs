//! Random documents: `cargo run --release --bin random -- [--documents N] [--seconds N] [--seed N]`.
//!
//! Starts from the worked cases: the records of one or two of them, and then a few words, numbers,
//! dates and bytes changed. Stops at the first limit that it meets; without any after ten seconds.

use std::fmt::Write as _;
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

/// A worked case as text: its members but for the records, and each record.
struct Case {
    members: String,
    records: Vec<String>,
}

fn cases() -> Vec<Case> {
    let vectors: serde_json::Value =
        serde_json::from_str(VECTORS).expect("the worked cases are JSON");
    let case = |case: &serde_json::Value| {
        let mut members = String::new();
        for (name, value) in case.as_object().expect("an object") {
            if name != "records" && name != "expected" {
                write!(members, "\"{name}\":{value},").expect("a string takes everything");
            }
        }
        let records = case["records"].as_array().expect("a list");
        Case {
            members,
            records: records.iter().map(ToString::to_string).collect(),
        }
    };
    let cases = vectors["cases"].as_array().expect("a list");
    cases.iter().map(case).collect()
}

/// Finds the places of values in a text: (start, end) of strings, numbers and words.
fn values(text: &[u8], found: &mut Vec<(usize, usize)>) {
    found.clear();
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
}

/// Writes a document: the records of a case, now and then with those of another, and some changes.
fn write(
    text: &mut Vec<u8>,
    places: &mut Vec<(usize, usize)>,
    cases: &[Case],
    random: &mut Random,
) {
    text.clear();
    let case = &cases[random.below(cases.len())];
    let more = random.below(4) == 0;
    let other = more.then(|| &cases[random.below(cases.len())]);
    text.push(b'{');
    text.extend_from_slice(case.members.as_bytes());
    text.extend_from_slice(b"\"records\":[");
    let records = case
        .records
        .iter()
        .chain(other.iter().flat_map(|it| &it.records));
    for (number, record) in records.enumerate() {
        text.extend_from_slice(if number == 0 { b"" } else { b"," });
        text.extend_from_slice(record.as_bytes());
    }
    text.extend_from_slice(b"]}");
    for _ in 0..random.below(6) {
        values(text, places);
        if places.is_empty() {
            return;
        }
        let (from, to) = places[random.below(places.len())];
        let piece = PIECES[random.below(PIECES.len())];
        text.splice(from..to, piece.bytes());
        if random.below(20) == 0 {
            let at = random.below(text.len());
            text[at] ^= 1 << random.below(8);
        }
        if random.below(60) == 0 {
            text.truncate(random.below(text.len()));
            return;
        }
    }
}

/// The number after a word of the command line.
fn argument(name: &str) -> Option<u64> {
    let mut rest = std::env::args().skip_while(|it| it != name);
    rest.nth(1)?.parse().ok()
}

fn main() {
    let documents = argument("--documents");
    let default = if documents.is_some() { u64::MAX } else { 10 };
    let limit = Duration::from_secs(argument("--seconds").unwrap_or(default));
    let mut random = Random(argument("--seed").unwrap_or(1).max(1));
    let cases = cases();
    let (start, mut count, mut read, mut said) = (Instant::now(), 0_u64, 0_u64, 0);
    let (mut text, mut places) = (Vec::new(), Vec::new());
    while start.elapsed() < limit && documents.is_none_or(|documents| count < documents) {
        write(&mut text, &mut places, &cases, &mut random);
        match std::panic::catch_unwind(|| access_sync_fuzz::check(&text)) {
            Ok(readable) => read += u64::from(readable),
            Err(_) => {
                println!("{}", String::from_utf8_lossy(&text));
                std::process::exit(1);
            }
        }
        count += 1;
        let minutes = start.elapsed().as_secs() / 60;
        if minutes > said {
            said = minutes;
            println!("{minutes} min: {count} documents, {read} of them readable");
        }
    }
    let seconds = start.elapsed().as_secs();
    println!("{count} documents, {read} of them readable, no panic, {seconds} s");
}
