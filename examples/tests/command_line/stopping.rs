//! Ctrl-C in the midst of whatever takes long: nothing half done, the terminal as it was, exit code 130.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};

use access_sync_sandbox::{Fault, FaultKind, Service};
use rustix::process::{Pid, Signal, kill_process};

use crate::rehearsal::{Rehearsal, command};
use crate::terminal::{Terminal, cursor_is_back};

/// The service that answers nothing more for as long as anybody waits.
fn stall(rehearsal: &Rehearsal, service: Service) {
    let never = FaultKind::Delay { millis: 600_000 };
    let fault = Fault::new(service, never).times(10_000);
    rehearsal.sandbox.inject(fault);
}

fn calls(rehearsal: &Rehearsal, service: Service) -> usize {
    match service {
        Service::Entrata => rehearsal.sandbox.entrata().call_count(),
        Service::Nexudus => rehearsal.sandbox.nexudus().call_count(),
        _ => rehearsal.sandbox.brivo().call_count(),
    }
}

/// What is in the folder, but for what SQLite keeps beside the ledger.
fn files(rehearsal: &Rehearsal) -> BTreeSet<String> {
    let entries = std::fs::read_dir(rehearsal.folder.path()).unwrap();
    let names = entries.map(|it| it.unwrap().file_name().into_string().unwrap());
    names.filter(|it| !it.contains(".db-")).collect()
}

/// Runs a command at a terminal until a service keeps it waiting, and presses Ctrl-C.
fn interrupted(rehearsal: &Rehearsal, arguments: &[&str], service: Service) -> String {
    let before = calls(rehearsal, service);
    let mut at = Terminal::run(rehearsal.folder.path(), arguments, &[]);
    while calls(rehearsal, service) == before {
        assert!(at.is_running(), "{arguments:?} ended: {}", at.ends().1);
        std::thread::yield_now();
    }
    at.interrupt();
    let (code, text) = at.ends();
    assert_eq!(code, Some(130), "{arguments:?}: {text}");
    assert!(cursor_is_back(&text), "{arguments:?}: {text:?}");
    text
}

#[test]
fn ctrl_c_while_a_service_keeps_a_command_waiting_leaves_nothing_behind() {
    let rehearsal = Rehearsal::new();
    rehearsal.told(&["apply", "--yes"]);
    let lease = rehearsal.sandbox.entrata().lease(410_001).unwrap();
    let person = format!("entrata:customer:{}", lease.customers[0].id);
    let brivo = rehearsal.sandbox.brivo();
    let users = brivo.snapshot().users;
    let other = users.values().find(|it| it.external_id.is_none()).unwrap();
    let other = other.id.to_string();
    let doors = format!("{:?}", brivo.snapshot());
    let before = files(&rehearsal);
    let asks_brivo: &[&[&str]] = &[
        &["plan"],
        &["plan", "--out", "plan.json"],
        &["plan", "--record", "feeds"],
        &["apply", "--yes", "--keep", "done.json"],
        &["check"],
        &["drift"],
        &["explain", "610001"],
        &["what-if", "--policy", "grace_days=2"],
        &["report", "-o", "report.html"],
        &["hold", "person", "610001"],
        &["adopt", &other, "610001"],
        &["adopt", &other, "entrata:customer:1"],
        &["release", "--yes"],
        &["rollback", "--yes"],
    ];
    let asks_all: &[&[&str]] = &[
        &["apply", "--yes", "--keep", "done.json"],
        &["check"],
        &["adopt", &other, "entrata:customer:1"],
    ];
    for (service, all) in [
        (Service::Brivo, asks_brivo),
        (Service::Entrata, asks_all),
        (Service::Nexudus, asks_all),
    ] {
        stall(&rehearsal, service);
        for arguments in all {
            let text = interrupted(&rehearsal, arguments, service);
            let words = match arguments {
                ["adopt", _, "entrata:customer:1"] => "stopped; nobody was taken over",
                _ => "stopped; nothing was changed",
            };
            assert!(text.contains(words), "{arguments:?}: {text}");
            assert_eq!(files(&rehearsal), before, "{arguments:?}");
        }
        rehearsal.sandbox.clear_faults();
    }
    assert!(doors == format!("{:?}", brivo.snapshot()));
    assert_eq!(rehearsal.told(&["hold"]), "no holds\n");
    // Nobody waits for whoever was stopped: the ledger is free.
    rehearsal.told(&["hold", "person", &person]);
    let applied = rehearsal.json(&["apply", "--yes"]);
    assert_eq!(applied["done"].as_array().unwrap().len(), 1);
}

#[test]
fn a_bar_does_not_stay_after_ctrl_c() {
    let rehearsal = Rehearsal::new();
    let slow = FaultKind::Delay { millis: 300 };
    rehearsal
        .sandbox
        .inject(Fault::new(Service::Brivo, slow).times(10_000));
    let mut at = Terminal::run(rehearsal.folder.path(), &["plan"], &[]);
    at.shows("reading Brivo's groups").shows("/s").interrupt();
    let (code, text) = at.ends();
    assert_eq!(code, Some(130), "{text}");
    let bar = text.rfind("reading Brivo's groups").unwrap();
    let gone = text[bar..].find("\u{1b}[2K").map(|at| bar + at);
    let said = text.rfind("stopped; nothing was changed").unwrap();
    assert!(gone.is_some_and(|gone| gone < said), "{text:?}");
}

#[test]
fn the_loop_is_stopped_while_it_still_reads() {
    let rehearsal = Rehearsal::new();
    stall(&rehearsal, Service::Entrata);
    let before = calls(&rehearsal, Service::Entrata);
    let mut at = Terminal::run(rehearsal.folder.path(), &["run"], &[]);
    while calls(&rehearsal, Service::Entrata) == before {
        assert!(at.is_running());
        std::thread::yield_now();
    }
    at.interrupt();
    // Nothing was begun that would have to be finished.
    let (code, text) = at.ends();
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("ended after 0 runs"), "{text}");
    rehearsal.sandbox.clear_faults();
    rehearsal.told(&["apply", "--yes"]);
}

#[test]
fn the_demo_ends_at_ctrl_c() {
    let folder = tempfile::tempdir().unwrap();
    let mut at = Terminal::run(folder.path(), &["demo"], &[]);
    at.shows("sandbox").interrupt();
    let (code, text) = at.ends();
    assert_eq!(code, Some(130), "{text}");
    assert!(text.contains("stopped"), "{text}");
    assert!(cursor_is_back(&text), "{text:?}");
}

/// A command that Ctrl-C ends, as it does not where these tests run in the background of a script:
/// such a script has whatever it starts ignore that signal.
fn hearing(command: Command) -> Command {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.map(|it| u64::from_str_radix(it.trim(), 16).unwrap());
    if ignored.is_none_or(|it| it & (1 << (Signal::INT.as_raw() - 1)) == 0) {
        return command;
    }
    let mut hearing = Command::new("env");
    hearing
        .arg("--default-signal=INT")
        .arg(command.get_program());
    hearing.args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => hearing.env(name, value),
            None => hearing.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        hearing.current_dir(folder);
    }
    hearing
}

#[test]
fn what_reads_a_document_ends_by_the_signal_and_has_written_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        &["decode", "brivo", "users.list"][..],
        &["plan", "-"],
        &["report", "-", "-o", "report.html"],
    ] {
        let mut child = hearing(command(folder.path(), arguments))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // More than a pipe holds: once all of it is taken, the command is reading, and waits for more.
        let mut input = child.stdin.take().unwrap();
        input.write_all(&vec![b' '; 1 << 20]).unwrap();
        kill_process(Pid::from_child(&child), Signal::INT).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.signal(), Some(2), "a shell makes 130 of it");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
