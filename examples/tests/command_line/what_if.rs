//! `what-if`.

use serde_json::Value;

use super::live::plain;
use crate::rehearsal::Rehearsal;

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
