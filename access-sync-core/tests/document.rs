//! Documents that cannot be read: one clear error with the path of the fault, never a panic.
#![cfg(feature = "serde")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

use access_sync_core::document::{Document, DocumentError};
use access_sync_core::finding::FindingCode;
use access_sync_core::plan;

fn read(text: &str) -> Result<Document, DocumentError> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    Document::read(&mut deserializer)
}

fn error(text: &str) -> (String, String) {
    let error = read(text).expect_err(text);
    assert!(error.to_string().lines().count() == 1, "{error}");
    (error.path, error.message)
}

fn of_record(fields: &str) -> String {
    let lease =
        r#""kind": "lease", "id": "l1", "resident": "r1", "target": "t1", "status": "Current""#;
    format!(r#"{{"time_zone": "UTC", "records": [{{{lease}}}, {{{lease}{fields}}}]}}"#)
}

#[test]
fn a_fault_in_a_record_names_its_place() {
    for (fields, path, message) in [
        (
            r#", "move_in": 20250101"#,
            "records[1].move_in",
            "expected a date as text, found a number",
        ),
        (
            r#", "move_in": {"y": [1, {}]}"#,
            "records[1].move_in",
            "expected a date as text, found an object",
        ),
        (
            r#", "move_out": [[1], 2]"#,
            "records[1].move_out",
            "expected a date as text, found a list",
        ),
        (r#", "id": null"#, "records[1].id", "missing"),
        (r#", "id": """#, "records[1].id", "empty"),
        (
            r#", "id": 7"#,
            "records[1].id",
            "expected an id as text, found a number",
        ),
        (
            r#", "kind": "tenancy""#,
            "records[1].kind",
            "unknown kind \"tenancy\"",
        ),
        (
            r#", "kind": true"#,
            "records[1].kind",
            "expected the kind of record as text, found true or false",
        ),
        (r#", "status": null"#, "records[1].status", "missing"),
        (
            r#", "time_zone": "Mars/Olympus""#,
            "records[1].time_zone",
            "unknown time zone \"Mars/Olympus\"",
        ),
        (
            r#", "start_time": "25:00""#,
            "records[1].start_time",
            "expected a time of day, HH:MM,",
        ),
        (
            r#", "end_time": 16"#,
            "records[1].end_time",
            "expected a time of day, HH:MM,",
        ),
        (r#", "kind": "contract""#, "records[1].customer", "missing"),
        (
            r#", "kind": "contract", "customer": "c", "team": {}"#,
            "records[1].team",
            "expected a list, found an object",
        ),
        (
            r#", "kind": "contract", "customer": "c", "team": [{"customer": "m"}, 5]"#,
            "records[1].team[1]",
            "expected an object",
        ),
        (
            r#", "kind": "contract", "customer": "c", "team": [{"joined": "x"}]"#,
            "records[1].team[0].customer",
            "missing",
        ),
        (
            r#", "kind": "contract", "customer": "c", "pauses": [{"from": 1}]"#,
            "records[1].pauses[0].from",
            "expected a date",
        ),
        (
            r#", "kind": "booking", "customer": "c", "targets": ["a", 1]"#,
            "records[1].targets[1]",
            "expected an id as text",
        ),
        (
            r#", "kind": "booking", "customer": "c", "from_utc": -1.5"#,
            "records[1].from_utc",
            "expected an instant as text",
        ),
        (r#", "kind": "hold""#, "records[1].subject", "missing"),
    ] {
        let (found, text) = error(&of_record(fields));
        assert_eq!(found, path, "{fields}: {text}");
        assert!(text.contains(message), "{fields}: {text}");
    }
}

#[test]
fn a_fault_beside_the_records_names_its_place() {
    for (document, path, message) in [
        ("[]", "", "expected a timeline document, found a list"),
        ("5", "", "expected a timeline document, found a number"),
        ("null", "", "expected a timeline document, found nothing"),
        ("{}", "records", "missing"),
        (r#"{"records": null}"#, "records", "missing"),
        (
            r#"{"records": {}}"#,
            "records",
            "expected a list, found an object",
        ),
        (
            r#"{"records": [5]}"#,
            "records[0]",
            "expected an object, found a number",
        ),
        (
            r#"{"time_zone": "Nowhere"}"#,
            "time_zone",
            "unknown time zone",
        ),
        (
            r#"{"now_utc": "tomorrow"}"#,
            "now_utc",
            "expected an instant",
        ),
        (
            r#"{"policy": 5}"#,
            "policy",
            "expected an object, found a number",
        ),
        (
            r#"{"policy": {"start_time": "1000"}}"#,
            "policy.start_time",
            "expected a time of day, HH:MM,",
        ),
        (
            r#"{"policy": {"grace_days": -1}}"#,
            "policy.grace_days",
            "expected a whole number, found a negative number",
        ),
        (
            r#"{"policy": {"grace_days": 4294967296}}"#,
            "policy.grace_days",
            "is more than",
        ),
        (
            r#"{"policy": {"end_basis": "never"}}"#,
            "policy.end_basis",
            "expected move_out or lease_end",
        ),
        (
            r#"{"policy": {"guard": {"min_scope": "x"}}}"#,
            "policy.guard.min_scope",
            "expected a whole number",
        ),
        (
            r#"{"actual": [{"subject": "a"}]}"#,
            "actual[0].target",
            "missing",
        ),
        (
            r#"{"users": [{"subject": "a", "owned": "yes"}]}"#,
            "users[0].owned",
            "expected true or false, found text",
        ),
    ] {
        let (found, text) = error(document);
        assert_eq!(found, path, "{document}: {text}");
        assert!(text.contains(message), "{document}: {text}");
    }
}

#[test]
fn input_that_breaks_off_names_how_far_it_got() {
    let text = of_record(r#", "move_in": "2025-01-01""#);
    let cut = &text[..text.find("2025-01").unwrap()];
    assert_eq!(error(cut).0, "records[1].move_in");
    for end in 0..text.len() {
        error(&text[..end]);
    }
}

#[test]
fn a_megabyte_of_brackets_is_an_error_wherever_it_stands() {
    let brackets = "[".repeat(1 << 20);
    assert_eq!(error(&brackets).0, "");
    for (start, path) in [
        (r#"{"records": "#, "records[0]"),
        (r#"{"records": [{"kind": "#, "records[0].kind"),
        (r#"{"records": [{"team": "#, "records[0].team[0]"),
        (r#"{"policy": "#, "policy"),
        (r#"{"unknown": "#, ""),
    ] {
        assert_eq!(error(&format!("{start}{brackets}")).0, path, "{start}");
        let objects = r#"{"a":"#.repeat(1 << 18);
        error(&format!("{start}{objects}"));
    }
}

#[test]
fn what_a_kind_does_not_use_is_ignored() {
    let document = read(&of_record(
        r#", "team": 5, "date": [], "pauses": [7], "intervals": {}, "x": null"#,
    ))
    .unwrap();
    assert_eq!(document.timeline.records().len(), 2);
}

#[test]
fn text_that_is_no_date_is_a_finding_and_an_unknown_status_is_too() {
    let document = read(&of_record(r#", "id": "l2", "move_in": "soon""#)).unwrap();
    let codes: Vec<_> = plan(&document.timeline)
        .findings()
        .iter()
        .map(|it| it.code)
        .collect();
    assert_eq!(
        codes,
        [FindingCode::MissingMoveIn, FindingCode::InvalidDate]
    );
    let document = read(&of_record(r#", "status": "Squatting""#)).unwrap();
    let findings = plan(&document.timeline)
        .findings()
        .iter()
        .map(|it| it.code)
        .collect::<Vec<_>>();
    assert!(findings.contains(&FindingCode::ExcludedByStatus));
}

#[test]
fn a_digest_is_the_same_for_the_same_output_and_changes_with_the_policy() {
    let digest = |text: &str| read(text).unwrap().output().digest;
    let plain = of_record(r#", "move_in": "2025-01-01""#);
    assert_eq!(digest(&plain), digest(&plain));
    let other = plain.replacen('{', r#"{"policy": {"grace_days": 1}, "#, 1);
    assert_ne!(digest(&plain), digest(&other));
    assert_eq!(digest(&plain).to_string().parse(), Ok(digest(&plain)));
}
