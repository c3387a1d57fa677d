//! The commands that look at the services, against a sandbox.

use serde_json::Value;

use crate::rehearsal::{Rehearsal, err, out, run_in};

/// Nothing on a pipe is coloured, and nobody's secret is anywhere.
fn plain(rehearsal: &Rehearsal, text: &str) {
    assert!(!text.contains('\u{1b}'), "colours on a pipe: {text}");
    for secret in rehearsal.secrets() {
        assert!(!text.contains(&secret), "a secret is shown");
    }
}

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
fn explain_tells_since_when_until_when_and_why() {
    let rehearsal = Rehearsal::new();
    let said = rehearsal.told(&["explain", "610001", "unit 101"]);
    plain(&rehearsal, &said);
    for word in [
        "✓ Harbor Point Unit 101: opens since",
        "lease 410001",
        "America/Chicago",
        "access-sync apply",
    ] {
        assert!(said.contains(word), "{word} is not in {said}");
    }
    // A lease that begins on the 15th.
    let lease = rehearsal
        .sandbox
        .entrata()
        .leases()
        .into_iter()
        .find(|it| it.unit_id == Some(700_102))
        .unwrap();
    let person = format!("entrata:customer:{}", lease.customers[0].id);
    let it = rehearsal.json(&["explain", &person, "Harbor Point Unit 102"]);
    assert_eq!(it["doors"][0]["active"], false);
    assert_eq!(it["doors"][0]["until_utc"], "2026-03-15T15:00Z");
    assert_eq!(it["doors"][0]["reasons"][0]["verdict"], "not_yet_started");
    let it = rehearsal.json(&[
        "explain",
        &person,
        "Harbor Point Unit 102",
        "--at",
        "2026-03-15T15:00:00Z",
    ]);
    assert_eq!(it["doors"][0]["active"], true);
    // By name, in any case.
    let name = format!(
        "{} {}",
        lease.customers[0].first_name, lease.customers[0].last_name
    );
    assert!(
        rehearsal.json(&["explain", &name.to_uppercase()])["doors"]
            .as_array()
            .unwrap()
            .len()
            > 1
    );
}

#[test]
fn explain_says_what_to_do_where_nobody_or_several_are_meant() {
    let rehearsal = Rehearsal::new();
    let said = rehearsal.fails(&["explain", "Nobody Atall"], 2);
    assert!(said.contains("give an id"), "{said}");
    let said = rehearsal.fails(&["explain", "a"], 2);
    assert!(
        said.contains("may be any of") && said.contains("give the id"),
        "{said}"
    );
    let said = rehearsal.fails(&["explain", "610001", "Moon Gate"], 2);
    assert!(said.contains("no group of the mapping"), "{said}");
}

#[test]
fn what_if_tells_who_gains_and_loses_how_much() {
    let rehearsal = Rehearsal::new();
    let it = rehearsal.json(&["what-if", "--policy", "grace_days=2"]);
    assert!(it["people"].as_u64().unwrap() > 5, "{it}");
    assert!(it["gained"]["minutes"].as_u64().unwrap() > 0 && it["lost"]["minutes"] == 0);
    let it = rehearsal.json(&["what-if", "--policy", "grace_days=0"]);
    assert_eq!(it["people"], 0);
    // One lease, moved out a day earlier than on the 31st, 16:00: everybody on it loses a day at each door.
    let it = rehearsal.json(&[
        "what-if",
        "--edit",
        "entrata:lease:410003 move_out=2026-03-30",
    ]);
    let door = &it["doors"][0];
    assert_eq!(door["lost"]["minutes"], 24 * 60, "{it}");
    assert_eq!(door["moved"][0]["after_utc"], "2026-03-30T21:00Z");
    let said = rehearsal.told(&[
        "what-if",
        "--edit",
        "entrata:lease:410003 move_out=2026-03-30",
    ]);
    assert!(
        said.contains("closes Mon 30 Mar 2026, 16:00 instead of Tue 31 Mar 2026, 16:00"),
        "{said}"
    );
    plain(&rehearsal, &said);

    std::fs::write(
        rehearsal.path("change.toml"),
        "[policy]\nearly_access_days = 1\n[record.\"entrata:lease:410003\"]\nremoved = true\n",
    )
    .unwrap();
    let it = rehearsal.json(&["what-if", "--overlay", "change.toml"]);
    assert!(
        it["gained"]["minutes"].as_u64().unwrap() > 0
            && it["lost"]["minutes"].as_u64().unwrap() > 0
    );
}

#[test]
fn a_change_that_makes_no_sense_is_refused_with_an_example() {
    let rehearsal = Rehearsal::new();
    for (arguments, words) in [
        (&["what-if"] as &[&str], "--policy KEY=VALUE"),
        (&["what-if", "--policy", "grace"], "grace_days=2"),
        (&["what-if", "--policy", "grace_dais=2"], "[policy]"),
        (
            &["what-if", "--edit", "entrata:lease:1 move_out=2026-01-01"],
            "there is no record",
        ),
        (
            &["what-if", "--edit", "entrata:lease:410003 moved=1"],
            "move_out",
        ),
        (
            &["what-if", "--edit", "entrata:lease:410003 move_out=soon"],
            "YYYY-MM-DD",
        ),
        (
            &["what-if", "--edit", "entrata:lease:410003"],
            "FIELD=VALUE",
        ),
        (&["what-if", "--overlay", "nowhere.toml"], "nowhere.toml"),
    ] {
        let said = rehearsal.fails(arguments, 2);
        assert!(said.contains(words), "{arguments:?}: {said}");
    }
}

#[test]
fn a_recording_plays_the_same_plan_without_people_in_it() {
    let rehearsal = Rehearsal::new();
    let plan = rehearsal.json(&["plan", "--record", "feeds"]);
    let mut kept = String::new();
    for file in [
        "brivo.ndjson",
        "entrata.ndjson",
        "nexudus.ndjson",
        "recording.json",
        "mapping.toml",
    ] {
        kept += &std::fs::read_to_string(rehearsal.path("feeds").join(file)).unwrap();
    }
    for secret in rehearsal.secrets() {
        assert!(!kept.contains(&secret), "a secret is recorded");
    }
    for lease in rehearsal.sandbox.entrata().leases() {
        for person in &lease.customers {
            assert!(
                !kept.contains(&format!("\"{}\"", person.last_name)),
                "{} is recorded",
                person.last_name
            );
            assert!(!kept.contains(&format!("{} {}", person.first_name, person.last_name)));
        }
    }
    let near = |name: &str| {
        kept.find(name).map(|at| {
            kept[at.saturating_sub(60)..]
                .chars()
                .take(120)
                .collect::<String>()
        })
    };
    for (_, coworker) in rehearsal.sandbox.nexudus().coworkers() {
        assert_eq!(near(&coworker.full_name), None);
    }
    assert!(
        !kept.contains("@example.com") && !kept.contains("Janitor"),
        "somebody is recorded"
    );

    let replayed = rehearsal.json(&["replay", "feeds"]);
    assert_eq!(replayed["plan"]["same"], true, "{}", replayed["plan"]);
    assert_eq!(replayed["changes"]["same"], true);
    assert_eq!(replayed["plan"]["here"], plan["plan_digest"]);
    assert_eq!(replayed["masked"], true);
    let said = rehearsal.told(&["replay", "feeds"]);
    assert!(said.contains("the same plan"), "{said}");
    plain(&rehearsal, &said);

    // Another policy on the same facts is another plan, and no fault where it was asked for.
    let mapping = std::fs::read_to_string(rehearsal.path("feeds/mapping.toml")).unwrap();
    let other = mapping.replace("[policy]", "[policy]\ngrace_days = 9");
    std::fs::write(rehearsal.path("other.toml"), &other).unwrap();
    let replayed = rehearsal.json(&["replay", "feeds", "--mapping", "other.toml"]);
    assert_eq!(replayed["plan"]["same"], false);
    std::fs::write(rehearsal.path("feeds/mapping.toml"), &other).unwrap();
    assert_eq!(rehearsal.run(&["replay", "feeds"]).status.code(), Some(1));
    let said = rehearsal.fails(&["replay", "nowhere"], 2);
    assert!(said.contains("plan --record"), "{said}");
}

#[test]
fn a_recording_keeps_people_where_asked_and_plays_the_same() {
    let rehearsal = Rehearsal::new();
    let output = rehearsal.run(&["plan", "--record", "feeds", "--unmasked"]);
    assert!(
        output.status.success() && err(&output).contains("keep it safe"),
        "{}",
        err(&output)
    );
    let kept = std::fs::read_to_string(rehearsal.path("feeds/entrata.ndjson")).unwrap();
    assert!(
        kept.contains(
            &rehearsal
                .sandbox
                .entrata()
                .lease(410_001)
                .unwrap()
                .customers[0]
                .last_name
        )
    );
    assert_eq!(
        rehearsal.json(&["replay", "feeds"])["changes"]["same"],
        true
    );
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
