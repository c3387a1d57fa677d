//! Full plans beside the floor, `rangemap` and a naive planner.

use crate::input::local_times;
use crate::peers::{Spans, by_rangemap, floor, local_times_alone, naively};
use access_sync_benches::{line_of_rounds, peak, timed};
use access_sync_core::{Timeline, plan};

/// What a full plan takes, beside the others. They take turns, so that a slow moment of the machine
/// falls on all.
pub fn full(name: &str, timeline: &Timeline, rounds: usize) {
    let count = timeline.records().len();
    let times = local_times(timeline);
    // As a service does it: it has a plan, makes the next one, and lets go of the first.
    let mut held = plan(timeline);
    println!(
        "\n{name}: {count} records, {} local times, {} windows",
        times.len(),
        held.windows().len()
    );
    let mut spans = Spans::with_capacity(count);
    let [mut bare, mut base, mut ours] = [const { Vec::new() }; 3];
    for _ in 0..rounds {
        bare.push(timed(|| local_times_alone(&times)).0);
        base.push(timed(|| floor(timeline, &mut spans)).0);
        let (time, next) = timed(|| plan(timeline));
        ours.push(time);
        held = next;
    }
    drop((times, held));
    let [mut sets, mut naive] = [const { Vec::new() }; 2];
    for _ in 0..rounds.min(3) {
        sets.push(timed(|| by_rangemap(timeline)).0);
        naive.push(timed(|| naively(timeline)).0);
    }
    line_of_rounds("the local times alone", &bare, count, &base);
    line_of_rounds("floor: read, resolved, kept", &base, count, &base);
    line_of_rounds("access-sync-core", &ours, count, &base);
    line_of_rounds("rangemap", &sets, count, &base);
    line_of_rounds("naive", &naive, count, &base);
    let bytes = peak(|| plan(timeline)) as f64 / count as f64;
    println!("  peak memory of the full plan: {bytes:.0} bytes per record beyond the input");
}
