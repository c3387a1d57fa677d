//! What can be asked where there is no secret: on a machine that only looks on, by somebody who may not
//! read them, or in an emergency.

use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::rehearsal::{Rehearsal, command, err, out};

/// The binary in a folder, with nothing at all in its environment.
fn bare(rehearsal: &Rehearsal, arguments: &[&str]) -> Command {
    let mut command = command(rehearsal.folder.path(), arguments);
    command.env_clear();
    command
}

fn told(rehearsal: &Rehearsal, arguments: &[&str]) -> String {
    let output = bare(rehearsal, arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", err(&output));
    out(&output)
}

/// A rehearsal that was applied, whose configuration is one for real services and whose secrets are gone.
fn without_secrets() -> Rehearsal {
    let rehearsal = Rehearsal::new();
    rehearsal.told(&["plan", "--record", "feeds"]);
    rehearsal.told(&["apply", "--yes"]);
    let file = rehearsal.path("access-sync.toml");
    let config = std::fs::read_to_string(&file).unwrap();
    let (before, sandbox) = config.split_once("[sandbox]").unwrap();
    let after = sandbox.split_once("\n[").map_or("", |(_, after)| after);
    let config = format!("{before}[{after}").replace("env_file = \"sandbox.env\"", "");
    std::fs::write(&file, config).unwrap();
    std::fs::remove_file(rehearsal.path("sandbox.env")).unwrap();
    let sandbox = &rehearsal.sandbox;
    sandbox.brivo().reset_calls();
    sandbox.entrata().reset_calls();
    sandbox.nexudus().reset_calls();
    rehearsal
}

fn calls(rehearsal: &Rehearsal) -> usize {
    let sandbox = &rehearsal.sandbox;
    sandbox.brivo().call_count() + sandbox.entrata().call_count() + sandbox.nexudus().call_count()
}

#[test]
fn whatever_asks_nobody_works_without_a_secret() {
    let rehearsal = without_secrets();
    let said = told(&rehearsal, &["status"]);
    assert!(
        said.contains("last run") && said.contains("calls to Brivo"),
        "{said}"
    );
    let status: Value = serde_json::from_str(&told(&rehearsal, &["status", "--json"])).unwrap();
    assert_eq!(status["calls"]["quota_30_days"], 1_000_000);
    assert!(status["calls"]["predicted_to_look"].as_u64().unwrap() > 20);

    assert_eq!(told(&rehearsal, &["hold"]), "no holds\n");
    let held: Value = serde_json::from_str(&told(
        &rehearsal,
        &["hold", "person", "entrata:customer:610001", "--json"],
    ))
    .unwrap();
    for arguments in [
        &["hold", "unit", "entrata:unit:700101"][..],
        &["hold", "property", "entrata:property:100234", "--pause"],
        &["hold", "account", "--pause", "--why", "migration"],
    ] {
        assert!(told(&rehearsal, arguments).contains("is kept"));
    }
    assert!(told(&rehearsal, &["hold"]).contains("migration"));
    let number = held["kept"]["number"].to_string();
    assert!(told(&rehearsal, &["unhold", &number]).contains("lifted"));
    assert!(told(&rehearsal, &["rollback", "--list"]).contains("--dry-run"));

    let replayed = told(&rehearsal, &["replay", "feeds"]);
    assert!(replayed.contains("the same plan"), "{replayed}");
    let story = concat!(env!("CARGO_MANIFEST_DIR"), "/timelines/moving-in.json");
    assert!(told(&rehearsal, &["plan", story]).contains("unit 302"));
    told(&rehearsal, &["report", story, "-o", "report.html"]);
    told(&rehearsal, &["report", story, "--svg", "ana"]);
    told(&rehearsal, &["decode", "brivo", "--list"]);
    told(&rehearsal, &["completions", "bash"]);
    assert_eq!(calls(&rehearsal), 0);
}

#[test]
fn a_hold_by_name_says_how_it_goes_without_asking_anybody() {
    let rehearsal = without_secrets();
    let output = bare(&rehearsal, &["hold", "person", "610001"]).output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = err(&output);
    assert!(
        said.contains("BRIVO_") && said.contains("entrata:customer:610001"),
        "{said}"
    );
    assert_eq!(told(&rehearsal, &["hold"]), "no holds\n");
}

/// With Brivo's secrets and no others.
fn with_brivo(rehearsal: &Rehearsal, arguments: &[&str]) -> Output {
    let login = rehearsal.sandbox.brivo().credentials();
    bare(rehearsal, arguments)
        .env("BRIVO_API_KEY", login.api_key)
        .env("BRIVO_CLIENT_ID", login.client_id)
        .env("BRIVO_CLIENT_SECRET", login.client_secret)
        .env("BRIVO_ADMINISTRATOR_ID", login.username)
        .env("BRIVO_PASSWORD", login.password)
        .stderr(Stdio::piped())
        .output()
        .unwrap()
}

#[test]
fn what_is_ours_is_withdrawn_and_taken_back_without_the_sources_secrets() {
    let rehearsal = without_secrets();
    for (arguments, code) in [
        // The guard would hold it back: so many at once.
        (&["rollback", "--dry-run"][..], 4),
        (&["release", "--dry-run"], 0),
        (&["release", "--yes"], 0),
    ] {
        let output = with_brivo(&rehearsal, arguments);
        assert_eq!(output.status.code(), Some(code), "{}", err(&output));
    }
    let (entrata, nexudus) = (rehearsal.sandbox.entrata(), rehearsal.sandbox.nexudus());
    assert_eq!((entrata.call_count(), nexudus.call_count()), (0, 0));
    let ours = rehearsal.sandbox.brivo().snapshot().users;
    assert!(
        ours.values()
            .all(|it| it.external_id.as_deref() != Some("access-sync:entrata:customer:610001"))
    );
    let output = with_brivo(&rehearsal, &["plan"]);
    assert_eq!(output.status.code(), Some(2), "the plan does ask them");
    assert!(err(&output).contains("ENTRATA_API_KEY"), "{}", err(&output));
}

#[test]
fn a_file_of_secrets_that_cannot_be_read_is_a_fault_only_where_one_is_needed() {
    let rehearsal = Rehearsal::new();
    std::fs::remove_file(rehearsal.path("sandbox.env")).unwrap();
    assert!(rehearsal.told(&["status"]).contains("no run yet"));
    let said = rehearsal.fails(&["plan", "--quiet"], 2);
    assert!(
        said.contains("sandbox.env") && said.contains("NAME=value"),
        "{said}"
    );
}
