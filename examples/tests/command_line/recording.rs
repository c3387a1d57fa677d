//! `plan --record` and `replay`.

use super::live::plain;
use crate::rehearsal::{Rehearsal, err};

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
fn a_recording_does_not_go_where_something_else_is() {
    let rehearsal = Rehearsal::new();
    std::fs::write(rehearsal.path("mapping.toml"), "mine").unwrap();
    let said = rehearsal.fails(&["plan", "--record", "."], 2);
    assert!(
        said.contains("mapping.toml") && said.contains("give a new folder"),
        "{said}"
    );
    assert_eq!(
        std::fs::read_to_string(rehearsal.path("mapping.toml")).unwrap(),
        "mine"
    );
    rehearsal.told(&["plan", "--record", "feeds"]);
    rehearsal.told(&["plan", "--record", "feeds"]);
    let again = rehearsal.told(&["replay", "feeds", "--mapping", "access-sync.toml"]);
    assert!(
        again.contains("the same plan"),
        "a configuration has a mapping, too: {again}"
    );
    let said = rehearsal.fails(&["replay", "feeds", "--mapping", "sandbox.env"], 2);
    assert!(
        said.contains("sandbox.env: line 2: unknown field"),
        "{said}"
    );
    // One whose last file never came is none.
    std::fs::remove_file(rehearsal.path("feeds/recording.json")).unwrap();
    let said = rehearsal.fails(&["replay", "feeds"], 2);
    assert!(said.contains("plan --record"), "{said}");
}
