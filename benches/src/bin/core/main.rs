//! The planner beside what it could be made of:
//!
//! ```text
//! cargo run --release --bin core           # everything but `bound`, a few minutes
//! cargo run --release --bin core plans     # one part: plans, targets, changes, document, bound
//! ```
//!
//! Records come in the order of their ids; people's ids are in another, random order, as they are
//! where a property system lists leases by unit. That is the hard order, and the one that the
//! targets are about: one run has the same leases listed by person.
//!
//! Exits with 1 where a target is missed.

mod bound;
mod changes;
mod document;
mod input;
mod memory;
mod once;
mod peers;
mod plans;
mod targets;

use access_sync_benches::Counting;
use input::{bookings, leases};
use std::process::ExitCode;

#[global_allocator]
static COUNTING: Counting = Counting;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some([part, what]) = arguments.first_chunk() {
        if part == "once" {
            return once::child(what);
        }
    }
    if let Some(code) = memory::in_a_process_that_keeps_it() {
        return code;
    }
    let wanted = |part: &str| arguments.is_empty() || arguments.iter().any(|it| it == part);
    if wanted("plans") {
        plans::full("10k leases", &leases(10_000, 1), 51);
        plans::full("100k leases", &leases(100_000, 1), 11);
        let mut million = leases(1_000_000, 1);
        plans::full("1M leases", &million, 11);
        million
            .records_mut()
            .sort_by(|a, b| peers::key(a).cmp(&peers::key(b)));
        plans::full("1M leases, listed by person", &million, 5);
        plans::full("1M bookings", &bookings(1_000_000, 2), 5);
    }
    if wanted("changes") {
        changes::run(&leases(1_000_000, 1), 5);
    }
    if wanted("document") {
        document::run(&leases(100_000, 3), 5);
    }
    if arguments.iter().any(|it| it == "bound") {
        bound::run(&leases(1_000_000, 1), 11);
    }
    if wanted("targets") && !targets::run(21) {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
