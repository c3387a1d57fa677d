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
fn explain_knows_the_doors_behind_the_groups() {
    let rehearsal = Rehearsal::new();
    // A door that one group opens, by name, in any case, and by id.
    for door in ["Harbor Point Lobby", "harbor point lobby", "612001"] {
        let it = rehearsal.json(&["explain", "610001", door]);
        let point = &it["access_point"];
        assert_eq!(
            (&point["id"], &point["active"], &point["in_brivo_now"]),
            (&612_001.into(), &true.into(), &false.into()),
            "{it}"
        );
        assert_eq!(it["doors"][0]["name"], "Harbor Point Residents");
        assert_eq!(it["doors"][0]["schedule"], "Always Access");
    }
    let said = rehearsal.told(&["explain", "610001", "Harbor Point Lobby"]);
    plain(&rehearsal, &said);
    for word in [
        "✓ Harbor Point Lobby (door 612001): opens since",
        "through Harbor Point Residents",
        "lease 410001",
        "Always Access",
        "Brivo does not have it open yet",
    ] {
        assert!(said.contains(word), "{word} is not in {said}");
    }

    // The street door is in the group of every room: by the windows of all, joined.
    rehearsal.told(&["apply", "--yes"]);
    let plan = rehearsal.json(&["plan", "--all"]);
    let windows = plan["windows"].as_array().unwrap();
    let cedar = windows
        .iter()
        .find(|it| it["group_name"] == "Cedar Room")
        .unwrap();
    let (person, start) = (
        cedar["person"].as_str().unwrap(),
        cedar["start_utc"].as_str().unwrap(),
    );
    let start = start.replace("Z", ":00Z");
    let it = rehearsal.json(&[
        "explain",
        person,
        "Harbour Works Front Door",
        "--at",
        &start,
    ]);
    assert_eq!(it["access_point"]["active"], true, "{it}");
    let brivo = rehearsal.sandbox.brivo();
    let opens = brivo.can_open(
        &format!("access-sync:{person}"),
        "Harbour Works Front Door",
        rehearsal.sandbox.now(),
    );
    assert_eq!(it["access_point"]["in_brivo_now"], opens);

    // A group that no mapping knows, and in which somebody put the person.
    let user = brivo
        .user_by_external_id("access-sync:entrata:customer:610001")
        .unwrap()
        .id;
    let friends = brivo.add_group("Friends of the house");
    assert!(brivo.permit(friends, 612_002));
    let said = rehearsal.told(&["explain", "610001", "garage gate"]);
    assert!(said.contains("and through Friends of the house, in which they are not"));
    assert!(brivo.add_member(user, friends));
    let it = rehearsal.json(&["explain", "610001", "Harbor Point Garage Gate"]);
    assert_eq!(
        it["access_point"]["unmapped_groups"][0]["person_is_in"],
        true
    );
    assert_eq!(it["access_point"]["in_brivo_now"], true);
    let said = rehearsal.told(&["explain", "610001", "garage gate"]);
    assert!(said.contains("nothing here takes them out"), "{said}");
}

#[test]
fn a_door_is_found_by_part_of_its_name_where_no_group_is_called_so() {
    let rehearsal = Rehearsal::new();
    let it = rehearsal.json(&["explain", "610001", "lobb"]);
    assert_eq!(it["access_point"]["name"], "Harbor Point Lobby");
    let it = rehearsal.json(&["explain", "610001", "Harbor Point Unit 101"]);
    assert!(
        it.get("access_point").is_none(),
        "the group comes first: {it}"
    );
    let said = rehearsal.fails(&["explain", "610001", "699999"], 2);
    assert!(said.contains("no door of Brivo's"), "{said}");
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
    assert!(
        said.contains("no group of the mapping and no door"),
        "{said}"
    );
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
fn what_if_tries_a_rule_at_one_property_alone() {
    let rehearsal = Rehearsal::new();
    let everywhere = rehearsal.json(&["what-if", "--policy", "grace_days=2"]);
    let calls = rehearsal.sandbox.brivo().call_count();
    let here = rehearsal.json(&["what-if", "--policy", "100234 grace_days=2"]);
    let there = rehearsal.json(&[
        "what-if",
        "--policy",
        "entrata:property:100235 grace_days=2",
    ]);
    let people = |it: &Value| it["people"].as_u64().unwrap();
    assert!(people(&here) > 0 && people(&there) > 0, "{here} {there}");
    assert_eq!(people(&here) + people(&there), people(&everywhere));
    for door in here["doors"].as_array().unwrap() {
        let name = door["name"].as_str().unwrap();
        assert!(name.starts_with("Harbor Point"), "{name}");
    }
    let looks = (rehearsal.sandbox.brivo().call_count() - calls) / 2;
    assert_eq!(
        looks,
        calls_of_a_plan(&rehearsal),
        "the second look is from memory"
    );

    let booth = rehearsal.json(&["what-if", "--policy", "1420000101 buffer_after_min=45"]);
    assert_eq!(
        booth["doors"][0]["gained"]["minutes"].as_u64().unwrap() % 30,
        0
    );
    assert!(people(&booth) > 0);

    // Where a property has a rule of its own, the rule of all others changes nothing there.
    let config = std::fs::read_to_string(rehearsal.path("access-sync.toml")).unwrap();
    std::fs::write(
        rehearsal.path("access-sync.toml"),
        config.replace("id = \"100234\" ", "grace_days = 1\nid = \"100234\" "),
    )
    .unwrap();
    let others = rehearsal.json(&["what-if", "--policy", "grace_days=2"]);
    assert_eq!(people(&others), people(&there), "{others}");
    std::fs::write(
        rehearsal.path("change.toml"),
        "[property.\"100234\"]\nend_basis = \"lease_end\"\n[location.\"1420000101\"]\nbuffer_before_min = 0\n",
    )
    .unwrap();
    let it = rehearsal.json(&["what-if", "--overlay", "change.toml"]);
    assert!(it["lost"]["minutes"].as_u64().unwrap() > 0, "{it}");
}

fn calls_of_a_plan(rehearsal: &Rehearsal) -> usize {
    let before = rehearsal.sandbox.brivo().call_count();
    rehearsal.json(&["plan"]);
    rehearsal.sandbox.brivo().call_count() - before
}

#[test]
fn a_change_that_makes_no_sense_is_refused_with_an_example() {
    let rehearsal = Rehearsal::new();
    for (arguments, words) in [
        (&["what-if"] as &[&str], "--policy KEY=VALUE"),
        (&["what-if", "--policy", "grace"], "grace_days=2"),
        (&["what-if", "--policy", "grace_dais=2"], "[policy]"),
        (
            &["what-if", "--policy", "100299 grace_days=2"],
            "100234, 100235",
        ),
        (
            &["what-if", "--policy", "100234 common=x"],
            "early_access_days",
        ),
        (
            &["what-if", "--policy", "100234 buffer_after_min=2"],
            "[[property]]",
        ),
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
