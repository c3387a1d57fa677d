//! Memory that stays at hand.

use std::process::{Command, ExitCode};

/// What glibc reads when a program starts, with the most that it takes: how much may be free at the
/// end of its memory before it gives that back to the kernel, and from which size on it asks the
/// kernel for a piece of its own, which is given back as soon as it is freed.
pub const SETTINGS: [(&str, &str); 2] = [
    ("MALLOC_TRIM_THRESHOLD_", "18446744073709551615"),
    ("MALLOC_MMAP_THRESHOLD_", "33554432"),
];

/// Runs this program once more, with memory that is not given back to the kernel when it is freed,
/// and tells how that ended; nothing where it is such a program already.
///
/// Without it glibc gives a plan's memory back between two runs or not, by what happens to lie
/// behind it, and each of its 24,000 pages costs the next plan two to four microseconds.
pub fn in_a_process_that_keeps_it() -> Option<ExitCode> {
    let is_set = |(name, _): (&str, &str)| std::env::var_os(name).is_some();
    if SETTINGS.into_iter().all(is_set) {
        return None;
    }
    let again = std::env::current_exe().and_then(|program| {
        Command::new(program)
            .args(std::env::args_os().skip(1))
            .envs(SETTINGS)
            .status()
    });
    match again {
        Ok(status) if status.success() => Some(ExitCode::SUCCESS),
        Ok(_) => Some(ExitCode::FAILURE),
        Err(error) => {
            eprintln!("can't start this program again, with its memory kept: {error}");
            Some(ExitCode::FAILURE)
        }
    }
}
