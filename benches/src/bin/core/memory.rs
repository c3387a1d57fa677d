//! Memory that stays at hand.

use std::process::{Command, ExitCode};

/// What glibc reads when a program starts: how much may be free at the end of its memory before it
/// gives that back to the kernel.
pub const SETTING: &str = "MALLOC_TRIM_THRESHOLD_";

/// Runs this program once more, with memory that is not given back to the kernel when it is freed,
/// and tells how that ended; nothing where it is such a program already.
///
/// Without it glibc gives a plan's memory back between two runs or not, by what happens to lie
/// behind it, and each of its 24,000 pages costs the next plan two to four microseconds.
pub fn in_a_process_that_keeps_it() -> Option<ExitCode> {
    if std::env::var_os(SETTING).is_some() {
        return None;
    }
    let again = std::env::current_exe().and_then(|program| {
        Command::new(program)
            .args(std::env::args_os().skip(1))
            .env(SETTING, usize::MAX.to_string())
            .status()
    });
    match again {
        Ok(status) => Some(if status.success() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }),
        Err(error) => {
            eprintln!("can't start this program again with {SETTING}: {error}");
            Some(ExitCode::FAILURE)
        }
    }
}
