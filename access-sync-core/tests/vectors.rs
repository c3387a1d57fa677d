//! The worked cases of the rules: every one must come out as written.
#![cfg(feature = "serde")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use access_sync_core::document::Document;
use serde_json::Value;

const VECTORS: &str = include_str!("vectors/windows.json");

fn output(input: &Value) -> Value {
    let text = input.to_string();
    let document = Document::read(&mut serde_json::Deserializer::from_str(&text)).unwrap();
    serde_json::to_value(document.output()).unwrap()
}

/// Findings as a set: their order is ours, not the vectors'.
fn sorted(mut findings: Value) -> Value {
    findings
        .as_array_mut()
        .unwrap()
        .sort_by_key(Value::to_string);
    findings
}

#[test]
fn every_worked_case_comes_out_as_written() {
    let vectors: Value = serde_json::from_str(VECTORS).unwrap();
    let cases = vectors["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 60);
    let mut failures = Vec::new();
    for case in cases {
        let output = output(case);
        for (key, expected) in case["expected"].as_object().unwrap() {
            // What a case would expect of another rule for the end of a fold.
            if key.starts_with("expected_if") {
                continue;
            }
            let (found, expected) = match key.as_str() {
                "findings" => (sorted(output[key].clone()), sorted(expected.clone())),
                _ => (output[key].clone(), expected.clone()),
            };
            if found != expected {
                failures.push(format!(
                    "{} {key}\n  expected {expected}\n  found    {found}",
                    case["id"]
                ));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_worked_case_gives_the_same_bytes_with_its_lists_reversed() {
    let vectors: Value = serde_json::from_str(VECTORS).unwrap();
    for case in vectors["cases"].as_array().unwrap() {
        let mut reversed = case.clone();
        for key in ["records", "actual", "users"] {
            if let Some(list) = reversed.get_mut(key).and_then(Value::as_array_mut) {
                list.reverse();
            }
        }
        assert_eq!(
            output(case).to_string(),
            output(&reversed).to_string(),
            "{}",
            case["id"]
        );
    }
}

#[test]
fn keys_are_written_when_the_document_gave_what_they_need() {
    let records = r#""time_zone": "UTC", "records": []"#;
    for (rest, keys) in [
        ("", &["digest", "findings", "windows"][..]),
        (
            r#", "now_utc": "2025-01-01T00:00:00Z""#,
            &["digest", "findings", "state_at_now", "windows"],
        ),
        (
            r#", "actual": [], "users": []"#,
            &["digest", "findings", "windows"],
        ),
        (
            r#", "now_utc": "2025-01-01T00:00:00Z", "actual": []"#,
            &[
                "actions_at_now",
                "digest",
                "findings",
                "guard",
                "state_at_now",
                "windows",
            ],
        ),
        (
            r#", "now_utc": "2025-01-01T00:00:00Z", "users": []"#,
            &[
                "digest",
                "findings",
                "state_at_now",
                "user_actions_at_now",
                "windows",
            ],
        ),
    ] {
        let input = serde_json::from_str(&format!("{{{records}{rest}}}")).unwrap();
        let output = output(&input);
        let mut found: Vec<_> = output
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        found.sort_unstable();
        assert_eq!(found, keys, "{rest}");
    }
}
