//! Many simulated months: `cargo run --release -p access-sync-engine --example simulate --
//! --seeds 1..1000 --days 90 --fault-rate 0.1`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    missing_docs,
    unreachable_pub
)]

#[path = "../tests/simulation/sim/mod.rs"]
mod sim;

use std::process::ExitCode;
use std::time::Instant;

use sim::{Config, Outcome, simulate};

const HELP: &str = "\
Simulates months of churn with faults at every call, and asks every door after each quiet period.

  --seeds A..B       seeds, both included (1..10)
  --days N           days of each (90)
  --fault-rate R     share of calls that go wrong (0.1)
  --keep-going       report all failures instead of stopping at the first

Exits 0 where every simulation converged, 1 where one did not, 2 where the arguments are wrong.";

fn main() -> ExitCode {
    let mut seeds = (1, 10);
    let mut config = Config {
        seed: 1,
        days: 90,
        faults: 100,
    };
    let mut keep_going = false;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().unwrap_or_default();
        let good = match argument.as_str() {
            "--seeds" => range(&value()).map(|it| seeds = it),
            "--days" => value().parse().ok().map(|it| config.days = it),
            "--fault-rate" => value()
                .parse::<f64>()
                .ok()
                .filter(|rate| (0.0..=1.0).contains(rate))
                .map(|rate| config.faults = (rate * 1000.0).round() as u64),
            "--keep-going" => {
                keep_going = true;
                Some(())
            }
            "--help" | "-h" => {
                println!("{HELP}");
                return ExitCode::SUCCESS;
            }
            _ => None,
        };
        if good.is_none() {
            eprintln!("{argument}: not understood\n\n{HELP}");
            return ExitCode::from(2);
        }
    }
    run(seeds, config, keep_going)
}

fn range(text: &str) -> Option<(u64, u64)> {
    match text.split_once("..") {
        Some((from, to)) => Some((from.parse().ok()?, to.trim_start_matches('=').parse().ok()?)),
        None => text.parse().ok().map(|seed| (seed, seed)),
    }
}

fn run((from, to): (u64, u64), config: Config, keep_going: bool) -> ExitCode {
    let begun = Instant::now();
    let mut sum = Outcome::default();
    let (mut good, mut bad) = (0_u64, Vec::new());
    for seed in from..=to {
        match simulate(Config { seed, ..config }) {
            Ok(outcome) => {
                good += 1;
                sum.add(&outcome);
            }
            Err(failure) => {
                println!("\n{failure}\n");
                bad.push(seed);
                if !keep_going {
                    break;
                }
            }
        }
        if (seed - from) % 10 == 9 || seed == to {
            eprintln!(
                "seed {seed}: {good} converged, {} did not; {:.0} s",
                bad.len(),
                begun.elapsed().as_secs_f64()
            );
        }
    }
    println!(
        "{good} simulations of {} days converged, {} did not {bad:?}, in {:.0} s",
        config.days,
        bad.len(),
        begun.elapsed().as_secs_f64()
    );
    println!("{sum:#?}");
    ExitCode::from(u8::from(!bad.is_empty()))
}
