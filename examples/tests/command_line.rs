//! The binary as a person or a script meets it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    missing_docs
)]

#[path = "command_line/agreed.rs"]
mod agreed;
#[path = "command_line/back.rs"]
mod back;
#[path = "command_line/doors.rs"]
mod doors;
#[path = "command_line/explaining.rs"]
mod explaining;
#[path = "command_line/faults.rs"]
mod faults;
#[cfg(unix)]
#[path = "command_line/guide.rs"]
mod guide;
#[path = "command_line/help.rs"]
mod help;
#[path = "command_line/live.rs"]
mod live;
#[path = "command_line/recording.rs"]
mod recording;
#[path = "command_line/rehearsal.rs"]
mod rehearsal;
#[path = "command_line/running.rs"]
mod running;
#[cfg(unix)]
#[path = "command_line/sandbox.rs"]
mod sandbox;
#[path = "command_line/setting_up.rs"]
mod setting_up;
#[cfg(unix)]
#[path = "command_line/stopping.rs"]
mod stopping;
#[cfg(unix)]
#[path = "command_line/terminal.rs"]
mod terminal;
#[path = "command_line/unasked.rs"]
mod unasked;
#[path = "command_line/what_if.rs"]
mod what_if;

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn access_sync(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_access-sync"))
        .args(arguments)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
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

/// The one line on standard error of a document that cannot be read.
fn fault(document: &str) -> String {
    let output = access_sync(&["plan", "-"], document.as_bytes());
    assert_eq!(output.status.code(), Some(1), "{document:.60}");
    assert_eq!(text(&output.stdout), "");
    let line = text(&output.stderr).trim_end().to_owned();
    assert_eq!(line.lines().count(), 1, "{line}");
    assert!(!line.contains("panicked"), "{line}");
    line
}

#[test]
fn a_malformed_document_gives_one_line_with_the_path_of_the_fault() {
    let lease = |fields: &str| {
        format!(
            r#"{{"time_zone":"Europe/London","records":[{{"kind":"booking","id":"b","customer":"c","status":"confirmed","target":"t"}},{{{fields}}}]}}"#
        )
    };
    for (document, path, words) in [
        (
            lease(r#""kind":"lease","id":7,"resident":"r","target":"t","status":"Current""#),
            "records[1].id",
            "text",
        ),
        (
            lease(r#""kind":"lease","resident":"r","target":"t","status":"Current""#),
            "records[1].id",
            "missing",
        ),
        (
            lease(r#""kind":"sublet","id":"x""#),
            "records[1].kind",
            "sublet",
        ),
        (
            lease(
                r#""kind":"lease","id":"x","resident":"r","target":"t","status":"Current","move_in":20250101"#,
            ),
            "records[1].move_in",
            "date",
        ),
        (
            lease(
                r#""kind":"lease","id":"x","resident":"r","target":"t","status":"Current","time_zone":"Mars/Base""#,
            ),
            "records[1].time_zone",
            "Mars/Base",
        ),
        (
            r#"{"time_zone":"Europe/Atlantis","records":[]}"#.into(),
            "time_zone",
            "Europe/Atlantis",
        ),
        (
            r#"{"policy":{"start_time":"ten"},"records":[]}"#.into(),
            "policy.start_time",
            "HH:MM",
        ),
        (
            r#"{"now_utc":"soon","records":[]}"#.into(),
            "now_utc",
            "soon",
        ),
        (r#"{"records":{}}"#.into(), "records", "list"),
        (
            r#"{"records":[{"kind":"lease","id":"x","resident":"r","mov"#.into(),
            "records[0]",
            "EOF",
        ),
    ] {
        let line = fault(&document);
        assert!(line.contains(path), "{path} is not in: {line}");
        assert!(
            line.to_lowercase().contains(&words.to_lowercase()),
            "{words} is not in: {line}"
        );
    }
}

#[test]
fn nonsense_is_refused_in_one_line() {
    let megabyte = 1024 * 1024;
    for document in [
        String::new(),
        "[".repeat(megabyte),
        "{\"records\":".repeat(megabyte / 11),
        "]".into(),
        "null".into(),
        "7".into(),
        "{} {}".into(),
        "\u{0}".into(),
    ] {
        let line = fault(&document);
        assert!(line.len() < 300, "{line}");
    }
    let output = access_sync(&["plan", "-"], b"\xff\xfe{}");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_plan_as_json_has_the_keys_that_the_document_asks_for() {
    let output = access_sync(
        &["plan", "--json", "examples/timelines/moving-in.json"],
        b"",
    );
    assert!(output.status.success(), "{}", text(&output.stderr));
    let plan: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(plan["windows"][0]["start_utc"], "2025-04-01T14:00:00Z");
    assert_eq!(plan["windows"][0]["end_utc"], Value::Null);
    assert_eq!(plan["actions_at_now"].as_array().unwrap().len(), 7);
    assert_eq!(plan["guard"]["tripped"], false);
    assert!(
        plan.get("user_actions_at_now").is_none(),
        "no users were given"
    );
    assert_eq!(plan["digest"].as_str().unwrap().len(), 64);
}

#[test]
fn lines_are_planned_one_by_one_and_a_bad_one_stops_nothing() {
    let input = b"{\"records\":[]}\n\n{\"records\":7}\n{\"records\":[]}\n";
    let output = access_sync(&["plan", "--ndjson", "--json", "-"], input);
    assert_eq!(output.status.code(), Some(1));
    let answers: Vec<Value> = text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(answers.len(), 3);
    assert!(answers[0].get("windows").is_some() && answers[2].get("windows").is_some());
    assert_eq!(answers[1]["line"], 3);
    assert!(
        text(&output.stderr).contains("line 3: records"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn a_table_names_people_doors_reasons_and_what_to_do() {
    let output = access_sync(&["plan", "examples/timelines/moving-in.json"], b"");
    let shown = text(&output.stdout);
    for word in [
        "ana",
        "unit 302",
        "open end",
        "booking-1, booking-2",
        "remove hugo unit 205",
        "hold_applied",
        "America/New_York",
    ] {
        assert!(shown.contains(word), "{word} is not in:\n{shown}");
    }
    assert!(!shown.contains('\u{1b}'), "no colours on a pipe");
}

#[test]
fn a_file_that_is_not_there_says_what_to_do() {
    let output = access_sync(&["plan", "nowhere.json"], b"");
    assert_eq!(output.status.code(), Some(2));
    assert!(
        text(&output.stderr).contains("nowhere.json")
            && text(&output.stderr).contains("standard input")
    );
}

#[test]
fn the_demo_converges_and_tells_its_figures() {
    let output = access_sync(&["demo", "--json", "--seed", "3"], b"");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let figures: Value = serde_json::from_slice(&output.stdout).unwrap();
    let runs = figures["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 4);
    for run in runs {
        assert_eq!(
            (&run["changes_left"], &run["doors_wrong"]),
            (&Value::from(0), &Value::from(0)),
            "{run}"
        );
        assert!(run["doors_asked"].as_u64().unwrap() > 1_000);
        assert_eq!(
            run["calls"]["writing"], run["calls"]["writing_predicted"],
            "{run}"
        );
    }
    assert!(runs[0]["people_changed"].as_u64().unwrap() > 50);
}

#[test]
fn the_demo_tells_a_story() {
    let output = access_sync(&["demo"], b"");
    assert!(output.status.success());
    let story = text(&output.stdout);
    for word in [
        "What the sources say",
        "The plan",
        "somebody should look at",
        "What changes at the doors",
        "What it cost",
        "loses",
        "gets",
        "converged",
        "past_without_move_out",
    ] {
        assert!(story.contains(word), "{word} is not in the story");
    }
}

#[test]
fn help_teaches_by_example() {
    for command in ["demo", "plan"] {
        let help = access_sync(&[command, "--help"], b"");
        let shown = text(&help.stdout);
        assert!(
            shown.contains("Examples:") && shown.contains("Exit codes:"),
            "{shown}"
        );
    }
}
