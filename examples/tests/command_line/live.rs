//! The commands that look at the services, against a sandbox.

use crate::rehearsal::{Rehearsal, out, run_in};

/// Nothing on a pipe is coloured, and nobody's secret is anywhere.
pub(crate) fn plain(rehearsal: &Rehearsal, text: &str) {
    assert!(!text.contains('\u{1b}'), "colours on a pipe: {text}");
    for secret in rehearsal.secrets() {
        assert!(!text.contains(&secret), "a secret is shown");
    }
}

#[test]
fn a_live_plan_tells_who_what_and_why_and_changes_nothing() {
    let rehearsal = Rehearsal::new();
    let before = rehearsal.sandbox.brivo().snapshot();
    let said = rehearsal.told(&["plan"]);
    plain(&rehearsal, &said);
    for word in [
        "lease 4100",
        "Harbor Point Residents",
        "because",
        "access-sync apply",
        "calls",
    ] {
        assert!(said.contains(word), "{word} is not in {said}");
    }
    // On a pipe people are ids, and names only where asked for.
    let lease = rehearsal.sandbox.entrata().lease(410_001).unwrap();
    let name = format!(
        "{} {}",
        lease.customers[0].first_name, lease.customers[0].last_name
    );
    assert!(
        said.contains("entrata:customer:610001") && !said.contains(&name),
        "{said}"
    );
    assert!(rehearsal.told(&["plan", "--names"]).contains(&name));

    let plan = rehearsal.json(&["plan", "--all"]);
    assert_eq!(plan["clock"], "sandbox");
    assert_eq!(plan["now_utc"], "2026-03-10T17:00Z");
    assert!(plan["changes"].as_array().unwrap().len() > 50);
    assert!(plan["windows"].as_array().unwrap().len() > 100);
    assert!(plan["calls"]["predicted_to_change"].as_u64().unwrap() > 50);
    assert!(!plan.to_string().contains(&name));
    let after = rehearsal.sandbox.brivo().snapshot();
    assert_eq!(format!("{before:?}"), format!("{after:?}"));
}

#[test]
fn a_plan_tells_a_script_that_something_changes() {
    let rehearsal = Rehearsal::new();
    let output = rehearsal.run(&["plan", "--json", "--detailed-exitcode"]);
    assert_eq!(output.status.code(), Some(3));
}

#[test]
fn a_plan_is_made_for_another_time_where_asked() {
    let rehearsal = Rehearsal::new();
    let plan = rehearsal.json(&["plan", "--now", "2026-03-16T12:00:00Z"]);
    assert_eq!(
        (&plan["clock"], &plan["now_utc"]),
        (&"flag".into(), &"2026-03-16T12:00Z".into())
    );
    let said = rehearsal.fails(&["plan", "--now", "tomorrow"], 2);
    assert!(said.contains("--now"), "{said}");
}

#[test]
fn apply_does_it_once_and_says_so() {
    let rehearsal = Rehearsal::new();
    let said = rehearsal.fails(&["apply"], 2);
    assert!(said.contains("--yes"), "{said}");
    let applied = rehearsal.json(&["apply", "--yes"]);
    assert!(applied["done"].as_array().unwrap().len() > 50, "{applied}");
    assert_eq!(applied["failed"].as_array().unwrap().len(), 0);
    let lease = rehearsal.sandbox.entrata().lease(410_001).unwrap();
    let person = format!("access-sync:entrata:customer:{}", lease.customers[0].id);
    assert!(rehearsal.sandbox.brivo().can_open(
        &person,
        "Harbor Point Unit 101",
        rehearsal.sandbox.now()
    ));
    let plan = rehearsal.run(&["plan", "--detailed-exitcode"]);
    assert_eq!(plan.status.code(), Some(0), "{}", out(&plan));
    assert!(out(&plan).contains("Brivo is as it should be"));
    let again = rehearsal.told(&["apply", "--yes"]);
    plain(&rehearsal, &again);
    let it = rehearsal.json(&["explain", "610001", "Harbor Point Unit 101"]);
    assert_eq!(it["doors"][0]["in_brivo_now"], true);
}

#[test]
fn services_that_are_down_are_named_with_what_to_do() {
    let rehearsal = Rehearsal::new();
    let config = std::fs::read_to_string(rehearsal.path("access-sync.toml")).unwrap();
    let api = rehearsal.sandbox.brivo().api_url();
    std::fs::write(
        rehearsal.path("access-sync.toml"),
        config.replace(&api, "http://127.0.0.1:9/v1/api"),
    )
    .unwrap();
    let said = rehearsal.fails(&["plan"], 1);
    assert!(
        said.contains("brivo") && said.contains("can be reached"),
        "{said}"
    );
}

#[test]
fn completions_know_the_commands() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = run_in(folder.path(), &["completions", shell]);
        assert!(
            output.status.success() && out(&output).contains("explain"),
            "{shell}"
        );
    }
    assert_eq!(
        run_in(folder.path(), &["completions", "csh"]).status.code(),
        Some(2)
    );
}
