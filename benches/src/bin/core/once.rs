//! One plan, or one floor, in a process that has just begun: all of its memory is asked from the
//! kernel, page by page.

use crate::input::leases;
use crate::memory::SETTINGS;
use crate::peers::{Spans, floor};
use access_sync_benches::timed;
use access_sync_core::plan;
use std::process::{Command, ExitCode};

const COUNT: usize = 1_000_000;

/// In the process: prints the seconds that it took.
pub fn child(what: &str) -> ExitCode {
    let timeline = leases(COUNT, 1);
    let time = match what {
        "floor" => {
            timed(|| {
                let mut spans = Spans::with_capacity(COUNT);
                floor(&timeline, &mut spans);
                spans
            })
            .0
        }
        _ => timed(|| plan(&timeline)).0,
    };
    println!("{time}");
    ExitCode::SUCCESS
}

/// Seconds of a million leases' floor or plan in a new process.
pub fn measure(what: &str) -> f64 {
    let mut child = Command::new(std::env::current_exe().unwrap());
    for (name, _) in SETTINGS {
        child.env_remove(name);
    }
    let output = child.args(["once", what]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.trim().parse().unwrap()
}
