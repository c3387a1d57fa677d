//! What somebody meets who gets something wrong: one line that says what to do next, and the exit code of
//! the documentation.

use crate::rehearsal::{Rehearsal, err, run_in};

#[test]
fn flags_that_cannot_be_read_say_how_they_are_written() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, words) in [
        (&["plan", "--now", "tomorrow"][..], "2026-03-10T17:00:00Z"),
        (
            &["explain", "x", "--at", "2026-03-10"],
            "2026-03-10T17:00:00Z",
        ),
        (
            &["hold", "account", "--until", "soon"],
            "2026-03-10T17:00:00Z",
        ),
        (&["apply", "--approve", "abc"], "64 hexadecimal digits"),
        (&["init", "--property", "12"], "100234=America/Chicago"),
        (
            &["sandbox", "--world", "nowhere.toml"],
            "give a file that is there",
        ),
        (&["sandbox", "--variant", "nonsense"], "known are"),
        (&["sandbox", "--clock", "later"], "2026-03-10T17:00:00Z"),
        (&["decode", "brivo", "nothing.list"], "there are users.list"),
        (
            &["init", "--sandbox", "nonsense"],
            "`access-sync sandbox` prints it",
        ),
        (&["report", "nofile.json"], "timeline document"),
        (&["unhold", "x"], "`access-sync hold` lists"),
        (&["rollback", "last"], "`access-sync rollback --list`"),
        (&["adopt", "610001", "x", "y"], "unexpected argument"),
        (&["adopt", "Ana", "610001"], "such as 7310044"),
        (&["frobnicate"], "--help"),
    ] {
        let output = run_in(folder.path(), arguments);
        let said = err(&output);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(words), "{arguments:?}: {said}");
        assert!(said.starts_with("error: "), "{said}");
    }
}

#[test]
fn a_configuration_with_a_fault_names_the_line_in_one_line() {
    let rehearsal = Rehearsal::new();
    let file = rehearsal.path("access-sync.toml");
    let good = std::fs::read_to_string(&file).unwrap();
    for (right, wrong, words) in [
        ("[nexudus]", "[nexudos]", "unknown field `nexudos`"),
        ("common = ", "comon = ", "unknown field `comon`"),
        ("\"America/Chicago\"", "\"Chicago\"", "no IANA time zone"),
        ("tier = ", "tear = ", "unknown field `tear`"),
        (
            "path = \"access-sync.db\"",
            "path = \"nowhere/x.db\"",
            "[ledger]",
        ),
        (
            "path = \"access-sync.db\"",
            "path = \"sandbox.env\"",
            "a file of something else",
        ),
        ("\"sandbox.env\"", "\"nowhere.env\"", "NAME=value"),
    ] {
        std::fs::write(&file, good.replacen(right, wrong, 1)).unwrap();
        let said = rehearsal.fails(&["plan", "--quiet"], 2);
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(said.contains(words) && !said.contains(" | "), "{said}");
    }
}

#[test]
fn wrong_credentials_are_told_apart_and_lead_to_check() {
    let rehearsal = Rehearsal::new();
    let file = rehearsal.path("sandbox.env");
    let good = std::fs::read_to_string(&file).unwrap();
    for (name, vendor) in [
        ("BRIVO_API_KEY", "brivo"),
        ("ENTRATA_API_KEY", "entrata"),
        ("NEXUDUS_PASSWORD", "nexudus"),
    ] {
        let lines = good.lines().map(|line| match line.split_once('=') {
            Some((this, _)) if this == name => format!("{name}='wrong'\n"),
            _ => format!("{line}\n"),
        });
        std::fs::write(&file, lines.collect::<String>()).unwrap();
        let said = rehearsal.fails(&["plan", "--quiet"], 1);
        assert!(
            said.contains("`access-sync check` tells which") && said.contains(vendor),
            "{said}"
        );
        let output = rehearsal.run(&["check", "--quiet"]);
        assert_eq!(output.status.code(), Some(1));
        assert!(crate::rehearsal::out(&output).contains('→'));
    }
}

#[test]
fn places_that_cannot_be_written_are_named_before_anything_is_read() {
    let rehearsal = Rehearsal::new();
    for arguments in [
        &["plan", "-o", "nowhere/plan.json"][..],
        &["apply", "--keep", "nowhere/done.json"],
        &["plan", "--record", "sandbox.env"],
        &["report", "-o", "."],
        &["report", "-o", "nowhere/report.html"],
        &[
            "init",
            "--config",
            "nowhere/x.toml",
            "--yes",
            "--location",
            "1=Europe/London",
        ],
    ] {
        let said = rehearsal.fails(arguments, 2);
        assert!(said.contains("give a"), "{arguments:?}: {said}");
    }
    assert_eq!(rehearsal.sandbox.brivo().call_count(), 0);
    let said = rehearsal.fails(&["plan", "--record", "access-sync.toml/feeds"], 2);
    assert!(said.contains("give a folder"), "{said}");
}

#[test]
fn what_is_no_plan_no_rule_and_no_run_is_told_with_what_there_is() {
    let rehearsal = Rehearsal::new();
    std::fs::write(rehearsal.path("report.html"), "<html>").unwrap();
    for (arguments, code, words) in [
        (
            &["apply", "report.html"][..],
            2,
            "`access-sync plan --out FILE` writes a plan",
        ),
        (&["plan", "report.html"], 1, "JSON object with `records`"),
        (&["rollback", "77"], 1, "`access-sync rollback --list`"),
        (
            &["what-if", "--policy", "grace_days=x"],
            2,
            "expected a whole number",
        ),
        (
            &["what-if", "--policy", "end_time=17:00 grace=2"],
            2,
            "grace=2: ",
        ),
    ] {
        let said = rehearsal.fails(arguments, code);
        assert!(said.contains(words), "{arguments:?}: {said}");
    }
    assert_eq!(
        std::fs::read_to_string(rehearsal.path("report.html")).unwrap(),
        "<html>"
    );
}

#[test]
fn whoever_is_meant_by_nobody_is_asked_again() {
    let rehearsal = Rehearsal::new();
    rehearsal.told(&["apply", "--yes"]);
    let said = rehearsal.fails(&["unhold", "77"], 2);
    assert!(said.contains("`access-sync hold` lists"), "{said}");
    let said = rehearsal.fails(&["adopt", "1", "610001"], 1);
    assert!(
        said.contains("already") && said.contains("give another USER"),
        "{said}"
    );
    let said = rehearsal.fails(&["report", "--svg", "Moon Gate"], 2);
    assert!(said.contains("Moon Gate"), "{said}");
}
