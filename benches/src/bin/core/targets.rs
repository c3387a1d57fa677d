//! What the planner promises, measured in turn: every ratio is of neighbours in time.

use crate::input::{day, leases};
use crate::once;
use crate::peers::{Spans, floor};
use access_sync_benches::{Random, line_of_rounds, median, peak, ratio, target, timed};
use access_sync_core::record::{Lease, Record};
use access_sync_core::{Planner, Timeline, plan};

const LARGE: usize = 1_000_000;
const SMALL: usize = 10_000;
/// Small plans in a round, so that one round of them is long enough to be measured.
const SMALL_PLANS: usize = 20;
/// Replans in a round.
const REPLANS: usize = 15;

/// Measures, prints, and tells whether every target is met.
pub fn run(rounds: usize) -> bool {
    let timeline = leases(LARGE, 1);
    let small = leases(SMALL, 1);
    let bytes = peak(|| plan(&timeline)) as f64 / LARGE as f64;
    let mut planner = Planner::new(&timeline);
    let mut random = Random::new(99);
    let mut held = plan(&timeline);
    let mut spans = Spans::with_capacity(LARGE);
    let [mut base, mut large, mut smalls, mut replans] = [const { Vec::new() }; 4];
    for _ in 0..rounds {
        let of_small = timed(|| (0..SMALL_PLANS).for_each(|_| drop(plan(&small)))).0;
        smalls.push(of_small / SMALL_PLANS as f64);
        base.push(timed(|| floor(&timeline, &mut spans)).0);
        let (time, next) = timed(|| plan(&timeline));
        large.push(time);
        held = next;
        let again: Vec<f64> = (0..REPLANS)
            .map(|_| replan(&mut planner, &timeline, &mut random))
            .collect();
        replans.push(median(&again));
    }
    drop((spans, held, planner));
    println!("\nin turn, medians of {rounds} rounds; the ratio is to the plan of 1M");
    line_of_rounds("floor of 1M", &base, LARGE, &large);
    line_of_rounds("plan of 1M", &large, LARGE, &large);
    line_of_rounds("plan of 10k", &smalls, SMALL, &large);
    line_of_rounds("100 of 1M planned again", &replans, 100, &large);

    println!("\nonce, in a new process; the ratio is to its floor");
    let [mut first_base, mut first] = [const { Vec::new() }; 2];
    for _ in 0..5 {
        first_base.push(once::measure("floor"));
        first.push(once::measure("plan"));
    }
    line_of_rounds("floor of 1M", &first_base, LARGE, &first_base);
    line_of_rounds("plan of 1M", &first, LARGE, &first_base);

    println!("\ntargets");
    let share = (LARGE / SMALL) as f64;
    [
        target("bytes per record at the peak", bytes, 400.0, true),
        target(
            "1M leases against the floor",
            ratio(&large, &base),
            1.5,
            true,
        ),
        target(
            "a record at 1M against one at 10k",
            ratio(&large, &smalls) / share,
            1.3,
            true,
        ),
        target(
            "100 records planned again, times faster",
            ratio(&large, &replans),
            1_000.0,
            false,
        ),
    ]
    .iter()
    .all(|met| *met)
}

/// Seconds to plan again after a hundred leases changed; others in each turn.
fn replan(planner: &mut Planner, timeline: &Timeline, random: &mut Random) -> f64 {
    let records = timeline.records();
    let changed: Vec<Lease> = (0..100)
        .map(|_| {
            let Record::Lease(mut lease) = records[random.below(LARGE as u64) as usize].clone()
            else {
                unreachable!()
            };
            lease.move_out = day(2_000 + random.below(700)).into();
            lease
        })
        .collect();
    timed(|| {
        changed.into_iter().for_each(|lease| planner.replace(lease));
        planner.plan().windows().len()
    })
    .0
}
