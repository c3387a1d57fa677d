//! The commands that change doors or what is known of them, against a sandbox.

use crate::rehearsal::{Rehearsal, err, out};

pub(crate) const UNIT_101: &str = "Harbor Point Unit 101";

/// A rehearsal whose doors are as planned.
pub(crate) fn applied() -> Rehearsal {
    let rehearsal = Rehearsal::new();
    let applied = rehearsal.json(&["apply", "--yes"]);
    assert_eq!(applied["failed"].as_array().unwrap().len(), 0, "{applied}");
    rehearsal
}

pub(crate) fn opens(rehearsal: &Rehearsal, customer: i64, group: &str) -> bool {
    let person = format!("access-sync:entrata:customer:{customer}");
    rehearsal
        .sandbox
        .brivo()
        .can_open(&person, group, rehearsal.sandbox.now())
}

#[test]
fn a_hold_beats_the_lease_until_it_is_lifted() {
    let rehearsal = applied();
    assert!(opens(&rehearsal, 610_001, UNIT_101));
    let kept = rehearsal.json(&["hold", "person", "610001", "--why", "court order 12-334"]);
    assert_eq!(kept["kept"]["scope"]["id"], "entrata:customer:610001");
    assert_eq!(kept["kept"]["in_force"], true);
    let number = kept["kept"]["number"].to_string();
    assert!(rehearsal.told(&["hold"]).contains("court order 12-334"));
    let said = rehearsal.told(&["explain", "610001", UNIT_101]);
    assert!(
        said.contains("✗") && said.contains("locks out since"),
        "{said}"
    );
    let other = rehearsal.json(&["what-if", "--policy", "grace_days=0"]);
    assert_eq!(other["people"], 0, "the hold holds there, too: {other}");
    rehearsal.told(&["apply", "--yes"]);
    assert!(!opens(&rehearsal, 610_001, UNIT_101));

    rehearsal.told(&["unhold", &number]);
    rehearsal.told(&["apply", "--yes"]);
    assert!(opens(&rehearsal, 610_001, UNIT_101));
    assert_eq!(
        rehearsal.json(&["hold"])["holds"].as_array().unwrap().len(),
        0
    );
    let said = rehearsal.fails(&["unhold", &number], 2);
    assert!(said.contains("access-sync hold"), "{said}");
}

#[test]
fn units_properties_and_the_account_can_be_held_or_paused() {
    let rehearsal = applied();
    let unit = rehearsal.json(&["hold", "unit", "101", "--why", "water damage"]);
    assert_eq!(unit["kept"]["scope"]["id"], "entrata:unit:700101");
    let plan = rehearsal.json(&["plan"]);
    assert!(
        plan["changes"]
            .as_array()
            .unwrap()
            .iter()
            .all(|it| !it["remove"].as_array().unwrap().is_empty())
    );
    assert!(!plan["changes"].as_array().unwrap().is_empty());
    let property = rehearsal.json(&[
        "hold",
        "property",
        "100234",
        "--until",
        "2026-03-12T00:00:00Z",
        "--pause",
    ]);
    assert_eq!(property["kept"]["kind"], "pause");
    assert_eq!(property["kept"]["until_utc"], "2026-03-12T00:00Z");
    let plan = rehearsal.json(&["plan"]);
    assert_eq!(
        plan["changes"].as_array().unwrap().len(),
        0,
        "a pause leaves all as it is"
    );
    assert!(!plan["paused"].as_array().unwrap().is_empty());
    let account = rehearsal.json(&["hold", "account", "--pause", "--why", "migration"]);
    assert_eq!(account["kept"]["scope"]["scope"], "account");
    assert_eq!(
        rehearsal.json(&["status"])["holds"]
            .as_array()
            .unwrap()
            .len(),
        3
    );

    for (arguments, words) in [
        (&["hold", "unit", "9999"] as &[&str], "entrata:unit:700101"),
        (&["hold", "person"], "<WHICH>"),
        (&["hold", "person", "Nobody Atall"], "give an id"),
        (
            &["hold", "account", "--until", "2020-01-01T00:00:00Z"],
            "later time",
        ),
    ] {
        let said = rehearsal.fails(arguments, 2);
        assert!(said.contains(words), "{arguments:?}: {said}");
    }
}

#[test]
fn status_tells_of_runs_calls_and_what_comes_next() {
    let rehearsal = Rehearsal::new();
    assert!(rehearsal.told(&["status"]).contains("no run yet"));
    rehearsal.told(&["apply", "--yes"]);
    let calls = rehearsal
        .sandbox
        .brivo()
        .calls()
        .iter()
        .filter(|it| it.billed)
        .count();
    rehearsal.sandbox.brivo().reset_calls();
    let status = rehearsal.json(&["status"]);
    assert_eq!(status["last_run"]["result"], "applied");
    assert!(status["last_run"]["done"].as_u64().unwrap() > 50);
    assert_eq!(
        status["calls"]["used_30_days"], calls,
        "every billed call is in the ledger, no other"
    );
    assert!(status["next_transition_utc"].as_str().unwrap() > "2026-03-10T17:00Z");
    assert_eq!(
        rehearsal.sandbox.brivo().call_count(),
        0,
        "status asks nobody"
    );
    assert!(
        rehearsal
            .told(&["status"])
            .contains("last run 2026-03-10T17:0")
    );
}

#[test]
fn drift_names_what_somebody_else_changed() {
    let rehearsal = applied();
    assert!(rehearsal.told(&["drift"]).contains("as we left it"));
    let brivo = rehearsal.sandbox.brivo();
    let ana = brivo
        .user_by_external_id("access-sync:entrata:customer:610001")
        .unwrap()
        .id;
    assert!(brivo.remove_member(ana, brivo.group_id(UNIT_101).unwrap()));
    assert!(brivo.add_member(ana, brivo.group_id("Harbor Point Unit 601").unwrap()));
    let drift = rehearsal.json(&["drift"]);
    let rows = drift["drift"].as_array().unwrap();
    let found: Vec<_> = rows
        .iter()
        .map(|it| (it["what"].as_str().unwrap(), it["where"].as_str().unwrap()))
        .collect();
    assert_eq!(
        found,
        [
            ("taken out of a group", UNIT_101),
            ("put into a group", "Harbor Point Unit 601")
        ]
    );
    let output = rehearsal.run(&["drift", "--detailed-exitcode"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(out(&output).contains("it is not ours"), "{}", out(&output));
    rehearsal.told(&["apply", "--yes"]);
    assert!(opens(&rehearsal, 610_001, UNIT_101), "put back");
    assert!(
        opens(&rehearsal, 610_001, "Harbor Point Unit 601"),
        "left alone"
    );
}

#[test]
fn release_withdraws_what_is_ours_and_nothing_else() {
    let rehearsal = Rehearsal::new();
    let before = rehearsal.sandbox.brivo().snapshot();
    let said = rehearsal.told(&["release", "--yes"]);
    assert!(said.contains("nothing in Brivo is ours"), "{said}");
    rehearsal.told(&["apply", "--yes"]);
    let said = rehearsal.told(&["release", "--dry-run"]);
    assert!(said.contains("delete the user"), "{said}");
    assert!(opens(&rehearsal, 610_001, UNIT_101));
    assert!(rehearsal.fails(&["release"], 2).contains("--yes"));
    let released = rehearsal.json(&["release", "--yes"]);
    assert!(
        released["done"].as_array().unwrap().len() > 50,
        "{released}"
    );
    let after = rehearsal.sandbox.brivo().snapshot();
    assert_eq!(format!("{:?}", before.users), format!("{:?}", after.users));
    assert_eq!(
        format!("{:?}", before.members),
        format!("{:?}", after.members)
    );
}

#[test]
fn after_a_lost_ledger_people_are_taken_over_by_name_or_all_at_once() {
    let rehearsal = applied();
    for file in ["access-sync.db", "access-sync.db-wal", "access-sync.db-shm"] {
        let _ = std::fs::remove_file(rehearsal.path(file));
    }
    let plan = rehearsal.json(&["plan"]);
    assert!(plan["blocked"].as_array().unwrap().len() > 50);
    let output = rehearsal.run(&["apply", "--yes"]);
    assert!(
        out(&output).contains("access-sync adopt"),
        "{}{}",
        out(&output),
        err(&output)
    );
    let user = rehearsal
        .sandbox
        .brivo()
        .user_by_external_id("access-sync:entrata:customer:610001")
        .unwrap()
        .id;
    let adopted = rehearsal.json(&["adopt", &user.to_string(), "610001"]);
    assert_eq!(adopted["person"], "entrata:customer:610001");
    let said = rehearsal.fails(&["adopt", &user.to_string(), "entrata:customer:610002"], 1);
    assert!(said.contains("already"), "{said}");
    let plan = rehearsal.json(&["plan", "--adopt-existing"]);
    assert_eq!(plan["blocked"].as_array().unwrap().len(), 0);
    let applied = rehearsal.json(&["apply", "--yes", "--adopt-existing"]);
    assert_eq!(applied["failed"].as_array().unwrap().len(), 0);
    assert_eq!(
        rehearsal.json(&["plan"])["changes"]
            .as_array()
            .unwrap()
            .len(),
        0
    );
}
