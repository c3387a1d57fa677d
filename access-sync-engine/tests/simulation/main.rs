//! Model-based simulations: see `sim`. The long run is `examples/simulate.rs`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    missing_docs,
    unreachable_pub
)]

mod looping;
mod sim;

use sim::{Config, simulate};

#[test]
fn months_of_churn_and_faults_end_with_the_doors_of_the_plan() {
    for seed in 1..=10 {
        let config = Config {
            seed,
            days: 7,
            faults: 100,
        };
        match simulate(config) {
            Ok(outcome) => assert!(
                outcome.asked > 1000 && outcome.open > 50 && outcome.faults > 50,
                "{outcome:?}"
            ),
            Err(failure) => panic!("{failure}"),
        }
    }
}
