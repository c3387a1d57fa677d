//! `access-sync decode` as a person or a script meets it, over every kind of payload.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

#[path = "decode/cases.rs"]
mod cases;
#[path = "decode/refusals.rs"]
mod refusals;
#[path = "decode/secrets.rs"]
mod secrets;
#[path = "decode/spoiled.rs"]
mod spoiled;

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use cases::CASES;
use serde_json::{Value, json};

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples")
}

fn sample(vendor: &str, name: &str) -> String {
    let path = samples().join(vendor).join(format!("{name}.json"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn decode(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_access-sync"))
        .arg("decode")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The child may have seen enough before it has read all.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// The document of a payload that could be read.
fn read(vendor: &str, operation: &str, input: &str) -> Value {
    let output = decode(&[vendor, operation], input.as_bytes());
    assert_eq!(
        output.status.code(),
        Some(0),
        "{vendor} {operation}: {}",
        text(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The one line of a payload that could not be read.
fn fault(vendor: &str, operation: &str, input: &[u8]) -> String {
    let output = decode(&[vendor, operation], input);
    let start: String = String::from_utf8_lossy(input).chars().take(40).collect();
    let place = format!("{vendor} {operation} {start:?}");
    assert_eq!(output.status.code(), Some(1), "{place}");
    assert_eq!(text(&output.stdout), "", "{place}");
    let line = text(&output.stderr).trim_end().to_owned();
    assert_eq!(line.lines().count(), 1, "{place}: {line}");
    assert!(line.starts_with("error: standard input: "), "{line}");
    assert!(!line.contains("panicked"), "{line}");
    assert!(line.len() < 300, "{place}: {line}");
    line
}

#[test]
fn every_sample_is_read_shows_its_ids_and_loses_no_row() {
    for (vendor, operation, name, rows, ids) in CASES {
        let shown = read(vendor, operation, &sample(vendor, name));
        assert_eq!(shown["vendor"], *vendor);
        assert_eq!(shown["rejected"], json!([]), "{vendor} {operation} {name}");
        let items = shown
            .get("items")
            .map(|items| items.as_array().unwrap().len());
        assert_eq!(items, *rows, "{vendor} {operation} {name}");
        assert_eq!(shown.get("item").is_some(), rows.is_none(), "{operation}");
        let shown = shown.to_string();
        for id in *ids {
            assert!(
                shown.contains(id),
                "{vendor} {operation}: no {id} in {shown}"
            );
        }
    }
}

#[test]
fn every_sample_is_read_by_some_operation() {
    let used: BTreeSet<_> = CASES
        .iter()
        .map(|(vendor, _, name, ..)| format!("{vendor}/{name}.json"))
        .collect();
    // Read below, beside their bodies.
    let beside = [
        "18-error-113-bad-login",
        "20-error-311-app-permission",
        "20b-error-400-unknown-method",
        "20c-error-401-bad-key",
    ]
    .map(|name| format!("entrata/{name}.http.json"));
    for vendor in ["brivo", "entrata", "nexudus"] {
        for file in std::fs::read_dir(samples().join(vendor)).unwrap() {
            let name = file.unwrap().file_name().into_string().unwrap();
            let name = format!("{vendor}/{name}");
            assert!(
                used.contains(&name) || beside.contains(&name),
                "{name} is not read"
            );
        }
    }
}

#[test]
fn whole_answers_of_entrata_are_told_by_status_and_code() {
    for (name, kind, refusal) in [
        ("18-error-113-bad-login", "Authentication", "BadLogin"),
        (
            "20-error-311-app-permission",
            "Permission",
            "ApplicationNotPermitted",
        ),
        (
            "20b-error-400-unknown-method",
            "Unroutable",
            "UnknownMethod",
        ),
        ("20c-error-401-bad-key", "Authentication", "BadLogin"),
        ("21-rate-limited", "Throttled", "Limited"),
    ] {
        let http: Value =
            serde_json::from_str(&sample("entrata", &format!("{name}.http"))).unwrap();
        let mut answer = http["response"].clone();
        let body = sample("entrata", &format!("{name}.response"));
        // As text, as it came, and as JSON.
        for body in [json!(body), serde_json::from_str(&body).unwrap()] {
            answer["body"] = body;
            let shown = read("entrata", "error", &answer.to_string());
            assert_eq!(shown["item"]["kind"], kind, "{name}");
            assert_eq!(shown["item"]["refusal"], refusal, "{name}");
            assert_eq!(
                shown["item"]["status"], http["response"]["status"],
                "{name}"
            );
        }
    }
}

#[test]
fn whole_answers_of_nexudus_are_told_as_its_client_takes_them() {
    for (answer, kind) in [
        (
            json!({"status": 409, "headers": {"Retry-After": "7"}, "body": ""}),
            "Throttled",
        ),
        (
            json!({"status": 401, "headers": {}, "body": ""}),
            "Authentication",
        ),
        (
            json!({"status": 404, "headers": {}, "body": {"Message": "no"}}),
            "NotFound",
        ),
        (
            json!({"status": 500, "headers": {}, "body": "<html>"}),
            "Server",
        ),
        (
            json!({"status": 302, "headers": {"Location": "/login"}, "body": ""}),
            "Unroutable",
        ),
        (
            json!({"status": 200, "headers": {}, "body": "<html>Sign in</html>"}),
            "Decode",
        ),
        (
            json!({"status": 200, "headers": {}, "body": {"Id": 7}}),
            "Success",
        ),
        (
            json!({"status": 200, "headers": {}, "body": {"WasSuccessful": false, "Message": "no"}}),
            "Invalid",
        ),
        (
            json!({"status": 400, "headers": {}, "body": sample("nexudus", "32_validation_error_http400")}),
            "Invalid",
        ),
    ] {
        let shown = read("nexudus", "error", &answer.to_string());
        assert_eq!(shown["item"]["kind"], kind, "{answer}");
        let wait = &answer["headers"]["Retry-After"];
        if let Some(seconds) = wait.as_str() {
            assert_eq!(shown["item"]["retryAfterSeconds"].to_string(), seconds);
        }
    }
}

#[test]
fn leases_without_a_move_out_are_read_and_nobody_leaves() {
    let mut page: Value =
        serde_json::from_str(&sample("entrata", "13-getLeases-renewal-interval.response")).unwrap();
    let rows = page.pointer_mut("/response/result/leases/lease").unwrap();
    rows.as_array_mut().unwrap().push(json!({ "id": "?" }));
    let shown = read("entrata", "moveout", &page.to_string());
    assert_eq!(shown["items"], json!([]));
    assert_eq!(shown["rejected"][0]["index"], 1);
}

#[test]
fn a_term_has_run_out_by_the_day_that_was_asked() {
    let page = sample("entrata", "10-getLeases-r2.response");
    let holdover = |day: &str| {
        let output = decode(&["entrata", "renewal", "--today", day], page.as_bytes());
        let shown: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(shown["items"][0]["lease_id"], 410_001);
        shown["items"][0]["holdover"].clone()
    };
    assert_eq!(holdover("2025-06-30"), false);
    assert_eq!(holdover("2025-07-01"), true);
    let output = decode(&["entrata", "renewal", "--today", "soon"], page.as_bytes());
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn the_clients_names_of_entities_and_numbers_of_actions_are_understood() {
    let contract = sample("nexudus", "13_coworkercontract_by_id_office");
    for name in [
        "contracts.get",
        "coworker_contracts.get",
        "CoworkerContracts.get",
    ] {
        assert_eq!(
            read("nexudus", name, &contract)["operation"],
            "coworkercontracts.get"
        );
    }
    let booking = sample("nexudus", "38_webhook_booking_create");
    let shown = read("nexudus", "webhook.6", &booking);
    assert_eq!(shown["operation"], "webhook.BookingCreate");
    // Nexudus adds actions; the id is what is left to tell.
    assert_eq!(
        read("nexudus", "webhook.9999", &booking)["items"][0]["Id"],
        1_418_700_602
    );
}

#[test]
fn a_file_that_is_not_there_is_not_run() {
    for path in ["/no/such/file.json", env!("CARGO_MANIFEST_DIR")] {
        let output = decode(&["brivo", "users.list", path], b"");
        assert_eq!(output.status.code(), Some(2), "{path}");
        let line = text(&output.stderr);
        assert!(line.contains(path) && line.lines().count() == 1, "{line}");
    }
}

#[test]
fn file_dash_and_standard_input_read_the_same_and_compact_is_one_line() {
    let path = samples().join("brivo/user_list.json");
    let bytes = std::fs::read(&path).unwrap();
    let from_file = decode(&["brivo", "users.list", path.to_str().unwrap()], b"").stdout;
    assert!(text(&from_file).lines().count() > 10);
    assert_eq!(
        decode(&["brivo", "users.list", "-"], &bytes).stdout,
        from_file
    );
    assert_eq!(decode(&["brivo", "users.list"], &bytes).stdout, from_file);
    let compact = decode(&["brivo", "users.list", "--compact"], &bytes).stdout;
    assert_eq!(text(&compact).lines().count(), 1);
    let value = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap();
    assert_eq!(value(&compact), value(&from_file));
    let marked = [b"\xef\xbb\xbf".as_slice(), &bytes].concat();
    assert_eq!(decode(&["brivo", "users.list"], &marked).stdout, from_file);
}
