//! The loop, and a run that is stopped.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use access_sync_sandbox::{Fault, FaultKind, Service};
use serde_json::Value;

use super::doors::{UNIT_101, applied, opens};
use crate::rehearsal::{Rehearsal, command, err, out};

/// Ctrl-C.
#[cfg(unix)]
pub(crate) fn interrupt(child: &Child) {
    use rustix::process::{Pid, Signal, kill_process};
    kill_process(Pid::from_child(child), Signal::INT).unwrap();
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
fn the_loop_tells_the_calls_left_of_all_processes() {
    let rehearsal = applied();
    let output = rehearsal.run(&["run", "--once", "--json"]);
    let text = out(&output);
    let last: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    let status = rehearsal.json(&["status"]);
    assert_eq!(last["calls_left"], status["calls"]["left"]);
    assert!(status["calls"]["used_30_days"].as_u64().unwrap() > 180);
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
