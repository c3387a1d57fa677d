//! `init` and `check`.

use serde_json::Value;

use super::live::plain;
use crate::rehearsal::{Rehearsal, err, out, run_in};

#[test]
fn init_writes_a_configuration_without_secrets_and_does_not_overwrite() {
    let rehearsal = Rehearsal::new();
    let config = std::fs::read_to_string(rehearsal.path("access-sync.toml")).unwrap();
    for secret in rehearsal.secrets() {
        assert!(
            !config.contains(&secret),
            "a secret is in the configuration"
        );
    }
    assert!(config.contains("# ") && config.contains("[[property]]"));
    let said = rehearsal.fails(&["init", "--sandbox", &rehearsal.control.clone()], 2);
    assert!(said.contains("--force"), "{said}");
    let written = rehearsal.json(&["init", "--force", "--sandbox", &rehearsal.control.clone()]);
    assert_eq!(written["written"].as_array().unwrap().len(), 2);
}

#[test]
fn init_takes_flags_where_there_is_nobody_to_ask() {
    let folder = tempfile::tempdir().unwrap();
    let output = run_in(folder.path(), &["init"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("--yes"), "{}", err(&output));
    let output = run_in(
        folder.path(),
        &[
            "init",
            "--yes",
            "--organisation",
            "lakeshore",
            "--property",
            "1=Chicago",
        ],
    );
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("America/Chicago"), "{}", err(&output));
    let output = run_in(
        folder.path(),
        &[
            "init",
            "--yes",
            "--organisation",
            "lakeshore",
            "--property",
            "1=America/Chicago",
        ],
    );
    assert!(output.status.success(), "{}", err(&output));
    let output = run_in(folder.path(), &["check"]);
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    assert!(out(&output).contains("BRIVO_API_KEY"), "{}", out(&output));
    let output = run_in(folder.path(), &["plan"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("export it"), "{}", err(&output));
}

#[test]
fn without_a_sandbox_init_says_how_to_start_one() {
    let folder = tempfile::tempdir().unwrap();
    let output = run_in(folder.path(), &["init", "--sandbox", "http://127.0.0.1:9"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        err(&output).contains("access-sync sandbox"),
        "{}",
        err(&output)
    );
}

#[test]
fn without_a_configuration_every_command_tells_of_init() {
    let folder = tempfile::tempdir().unwrap();
    for command in [
        &["plan"] as &[&str],
        &["check"],
        &["explain", "x"],
        &["what-if", "--policy", "grace_days=1"],
    ] {
        let output = run_in(folder.path(), command);
        assert_eq!(output.status.code(), Some(2), "{command:?}");
        assert!(
            err(&output).contains("access-sync init"),
            "{command:?}: {}",
            err(&output)
        );
        assert_eq!(err(&output).lines().count(), 1);
    }
}

#[test]
fn check_ticks_what_works_and_cures_what_does_not() {
    let rehearsal = Rehearsal::new();
    let said = rehearsal.told(&["check"]);
    plain(&rehearsal, &said);
    for word in [
        "✓",
        "logged in",
        "property 100234",
        "location 1420000101",
        "access-sync plan",
    ] {
        assert!(said.contains(word), "{word} is not in {said}");
    }
    assert!(!said.contains('✗'), "{said}");

    // A wrong key, a property that is not granted, a role that is missing, a group that is not there.
    let config = std::fs::read_to_string(rehearsal.path("access-sync.toml")).unwrap();
    std::fs::write(
        rehearsal.path("access-sync.toml"),
        config.replace(
            "[[location]]",
            "[[property]]\nid = \"100236\"\ntime_zone = \"America/Chicago\"\n\n[[location]]",
        ),
    )
    .unwrap();
    rehearsal.sandbox.nexudus().set_denied("teams", true);
    let output = rehearsal.run(&["check", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let list: Value = serde_json::from_slice(&output.stdout).unwrap();
    let faults: Vec<_> = list["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|line| line["result"] == "fault")
        .collect();
    assert_eq!(faults.len(), 2, "{faults:#?}");
    for fault in &faults {
        assert!(fault["cure"].as_str().unwrap().len() > 20, "{fault}");
    }
    let text = list.to_string();
    assert!(
        text.contains("100236") && text.contains("Team-List"),
        "{text}"
    );
    plain(&rehearsal, &text);

    let env = std::fs::read_to_string(rehearsal.path("sandbox.env")).unwrap();
    let key = rehearsal.sandbox.brivo().credentials().api_key;
    std::fs::write(rehearsal.path("sandbox.env"), env.replace(&key, "wrong")).unwrap();
    let output = rehearsal.run(&["check"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(out(&output).contains("API key"), "{}", out(&output));
}

#[test]
fn check_names_groups_that_brivo_does_not_have() {
    let rehearsal = Rehearsal::new();
    let config = std::fs::read_to_string(rehearsal.path("access-sync.toml")).unwrap();
    std::fs::write(
        rehearsal.path("access-sync.toml"),
        config.replace("Harbor Point Garage", "Harbour Point Garage"),
    )
    .unwrap();
    let output = rehearsal.run(&["check"]);
    assert_eq!(output.status.code(), Some(1));
    let said = out(&output);
    assert!(
        said.contains("Harbour Point Garage") && said.contains("does not exist"),
        "{said}"
    );
}
