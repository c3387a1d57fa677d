//! The commands that change doors or what is known of them, against a sandbox.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use access_sync_sandbox::{Fault, FaultKind, Service};
use serde_json::Value;

use crate::rehearsal::{Rehearsal, command, err, out, run_in};

const UNIT_101: &str = "Harbor Point Unit 101";

/// A rehearsal whose doors are as planned.
fn applied() -> Rehearsal {
    let rehearsal = Rehearsal::new();
    let applied = rehearsal.json(&["apply", "--yes"]);
    assert_eq!(applied["failed"].as_array().unwrap().len(), 0, "{applied}");
    rehearsal
}

fn opens(rehearsal: &Rehearsal, customer: i64, group: &str) -> bool {
    let person = format!("access-sync:entrata:customer:{customer}");
    rehearsal
        .sandbox
        .brivo()
        .can_open(&person, group, rehearsal.sandbox.now())
}

/// Ctrl-C.
#[cfg(unix)]
fn interrupt(child: &Child) {
    use rustix::process::{Pid, Signal, kill_process};
    kill_process(Pid::from_child(child), Signal::INT).unwrap();
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

#[test]
fn what_looks_like_an_accident_needs_its_digest() {
    let rehearsal = applied();
    // Everybody of Harbor Point is said to have moved out yesterday.
    let entrata = rehearsal.sandbox.entrata();
    entrata.set_follows_clock(false);
    for lease in entrata.leases() {
        entrata.edit_lease(lease.id, |lease| {
            for customer in &mut lease.customers {
                customer.move_out = Some("2026-03-08".parse().unwrap());
            }
            lease.move_out = Some("2026-03-08".parse().unwrap());
        });
    }
    let output = rehearsal.run(&["plan", "--detailed-exitcode"]);
    assert_eq!(output.status.code(), Some(4), "{}", out(&output));
    assert!(
        out(&output).contains("held back by the guard"),
        "{}",
        out(&output)
    );
    let output = rehearsal.run(&["apply", "--yes"]);
    assert_eq!(
        output.status.code(),
        Some(4),
        "{}{}",
        out(&output),
        err(&output)
    );
    assert!(opens(&rehearsal, 610_001, UNIT_101), "nobody lost anything");

    let said = rehearsal.fails(&["apply", "--yes", "--approve", "abc"], 2);
    assert!(said.contains("--approve"), "{said}");
    let wrong = "0".repeat(64);
    assert_eq!(
        rehearsal
            .run(&["apply", "--yes", "--approve", &wrong])
            .status
            .code(),
        Some(4)
    );
    assert!(opens(&rehearsal, 610_001, UNIT_101));
    let digest = rehearsal.json(&["plan"])["changes_digest"]
        .as_str()
        .unwrap()
        .to_owned();
    rehearsal.told(&["apply", "--yes", "--approve", &digest]);
    assert!(!opens(&rehearsal, 610_001, UNIT_101));
}

#[cfg(unix)]
#[test]
fn ctrl_c_in_the_midst_of_apply_finishes_what_is_under_way_and_the_next_goes_on() {
    let rehearsal = Rehearsal::new();
    let slow = FaultKind::Delay { millis: 600 };
    rehearsal.sandbox.inject(
        Fault::new(Service::Brivo, slow)
            .operation("POST /users")
            .times(10_000),
    );
    let mut child = command(rehearsal.folder.path(), &["apply", "--yes"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let brivo = rehearsal.sandbox.brivo();
    let made = || {
        brivo
            .calls()
            .iter()
            .filter(|it| it.operation == "POST /users")
            .count()
    };
    while made() < 5 {
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        std::thread::yield_now();
    }
    interrupt(&child);
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        output.status.code(),
        Some(130),
        "{}{}",
        out(&output),
        err(&output)
    );
    assert!(out(&output).contains("goes on"), "{}", out(&output));
    let status = rehearsal.run(&["status", "--json"]);
    let status: Value = serde_json::from_slice(&status.stdout).unwrap();
    assert_eq!(status["open_intents"], 0, "what was under way was finished");

    rehearsal.sandbox.clear_faults();
    let applied = rehearsal.json(&["apply", "--yes"]);
    assert_eq!(applied["failed"].as_array().unwrap().len(), 0);
    assert!(opens(&rehearsal, 610_001, UNIT_101));
    let users = brivo.snapshot().users;
    let mut ids: Vec<_> = users
        .values()
        .filter_map(|it| it.external_id.clone())
        .collect();
    let all = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), all, "nobody was made twice");
}

#[test]
fn a_single_run_of_the_loop_puts_the_doors_right() {
    let rehearsal = Rehearsal::new();
    let output = rehearsal.run(&["run", "--once", "--json"]);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}{}",
        out(&output),
        err(&output)
    );
    let lines: Vec<Value> = out(&output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.last().unwrap()["activity"], "stopped");
    assert!(lines[0]["people_changed"].as_u64().unwrap() > 50);
    assert!(opens(&rehearsal, 610_001, UNIT_101));
}

#[test]
fn the_loop_reads_groups_by_shares_unless_told_otherwise() {
    let rehearsal = Rehearsal::new();
    let lists = |arguments: &[&str]| {
        let brivo = rehearsal.sandbox.brivo();
        brivo.reset_calls();
        let output = rehearsal.run(arguments);
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        let calls = brivo.calls().into_iter();
        calls
            .filter(|it| it.operation == "GET /groups/{id}/users")
            .count()
    };
    let first = lists(&["run", "--once"]);
    assert!(first > 20, "{first}");
    assert_eq!(lists(&["run", "--once"]), 0, "all were read today");
    rehearsal.sandbox.advance(chrono::TimeDelta::hours(25));
    let share = lists(&["run", "--once"]);
    assert!((1..=first.div_ceil(7)).contains(&share), "{share}");
    assert!(lists(&["run", "--once", "--audit-days", "0"]) >= first);
}

#[cfg(unix)]
#[test]
fn the_loop_goes_on_until_ctrl_c_and_ends_cleanly() {
    let rehearsal = Rehearsal::new();
    let mut child = command(rehearsal.folder.path(), &["run"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let first = lines.next().unwrap().unwrap();
    assert!(
        first.contains("people changed so far") && first.contains("next "),
        "{first}"
    );
    interrupt(&child);
    let rest: Vec<_> = lines.map(Result::unwrap).collect();
    assert!(rest.last().unwrap().starts_with("ended after"), "{rest:?}");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_plan_in_a_file_is_applied_if_it_still_holds() {
    let rehearsal = Rehearsal::new();
    rehearsal.told(&["plan", "--out", "plan.json"]);
    let file = std::fs::read_to_string(rehearsal.path("plan.json")).unwrap();
    let plan: Value = serde_json::from_str(&file).unwrap();
    let people = plan["changes"].as_array().unwrap().len();
    assert!(people > 0 && plan["rollback"].as_array().unwrap().len() == people);
    assert!(!opens(&rehearsal, 610_001, UNIT_101));

    let applied = rehearsal.json(&["apply", "plan.json", "--yes", "--keep", "done.json"]);
    assert_eq!(applied["done"].as_array().unwrap().len(), people);
    assert!(opens(&rehearsal, 610_001, UNIT_101));
    let kept = std::fs::read_to_string(rehearsal.path("done.json")).unwrap();
    let kept: Value = serde_json::from_str(&kept).unwrap();
    assert_eq!(kept["changes"], plan["changes"]);

    let said = rehearsal.fails(&["apply", "plan.json", "--yes"], 1);
    assert!(said.contains("plan --out"), "{said}");
}

#[test]
fn a_plan_that_was_edited_or_overtaken_is_refused() {
    let rehearsal = Rehearsal::new();
    rehearsal.told(&["plan", "-o", "plan.json", "--good-for", "1"]);
    let file = std::fs::read_to_string(rehearsal.path("plan.json")).unwrap();
    let edited = file.replacen("\"add\": [", "\"add\": [\"880002\",", 1);
    assert_ne!(edited, file);
    std::fs::write(rehearsal.path("edited.json"), edited).unwrap();
    let said = rehearsal.fails(&["apply", "edited.json", "--yes"], 2);
    assert!(said.contains("edited"), "{said}");
    let said = rehearsal.fails(&["apply", "nowhere.json", "--yes"], 2);
    assert!(said.contains("plan --out nowhere.json"), "{said}");

    rehearsal.told(&["hold", "person", "610001", "--why", "court order 12-334"]);
    let said = rehearsal.fails(&["apply", "plan.json", "--yes"], 1);
    assert!(said.contains("another by now"), "{said}");

    rehearsal.sandbox.advance(chrono::TimeDelta::hours(2));
    let said = rehearsal.fails(&["apply", "plan.json", "--yes"], 1);
    assert!(said.contains("expired"), "{said}");
    assert!(!opens(&rehearsal, 610_002, UNIT_101));
}

/// What docs/first-door.md tells, with the real stand-ins.
#[cfg(unix)]
#[test]
fn from_nothing_to_the_first_door_by_commands_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut services = command(
        folder.path(),
        &["sandbox", "--port-base", "0", "--clock", "frozen", "--json"],
    )
    .stdout(Stdio::piped())
    .stderr(Stdio::piped())
    .spawn()
    .unwrap();
    let greeting = BufReader::new(services.stdout.take().unwrap());
    let greeting: Value = serde_json::Deserializer::from_reader(greeting)
        .into_iter()
        .next()
        .unwrap()
        .unwrap();
    let url = greeting["environment"]["ACCESS_SYNC_SANDBOX"]
        .as_str()
        .unwrap();
    for (arguments, says) in [
        (&["init", "--sandbox", url][..], "access-sync check"),
        (&["check"], "it works"),
        (&["plan", "--out", "plan.json"], "What changes at the doors"),
        (&["apply", "plan.json", "--yes"], "people changed"),
        (&["explain", "610001", "Unit 101"], "opens since"),
        (&["drift"], "Brivo is as we left it"),
        (&["status"], "0 failed"),
        (&["report", "--quiet", "-o", "report.html"], ""),
        (&["release", "--yes"], "people changed"),
    ] {
        let output = run_in(folder.path(), arguments);
        assert!(output.status.success(), "{arguments:?}: {}", err(&output));
        let said = out(&output);
        assert!(said.contains(says), "{arguments:?}: {said}");
    }
    interrupt(&services);
    assert!(services.wait().unwrap().success());
    assert!(folder.path().join("report.html").exists());
}
