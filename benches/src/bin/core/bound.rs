//! What no plan can do without, each part alone.

use crate::peers::{Spans, floor, key};
use access_sync_benches::{fastest, line};
use access_sync_core::record::Record;
use access_sync_core::{Few, RecordId, SubjectId, TargetId, Timeline, plan};
use chrono::{DateTime, Utc};

type Made = (
    SubjectId,
    TargetId,
    DateTime<Utc>,
    DateTime<Utc>,
    Few<RecordId>,
);

/// What a plan of leases cannot do without, each part alone: the order of people, and windows with
/// ids of their own, made in the order of the records and in that of people, with instants known.
pub fn run(timeline: &Timeline, runs: usize) {
    let records = timeline.records();
    let count = records.len();
    let mut spans = Spans::with_capacity(count);
    let base = fastest(runs, || floor(timeline, &mut spans));
    let made = |places: &[(u64, u32)]| -> Vec<Made> {
        let made = places.iter().map(|(_, place)| {
            let (start, end) = spans[*place as usize];
            let Record::Lease(it) = &records[*place as usize] else {
                unreachable!()
            };
            let id = Few::one(it.id.clone());
            (it.resident.clone(), it.target.clone(), start, end, id)
        });
        made.collect()
    };
    // In blocks, as a plan has them: a block that is gone makes room for the next.
    let all = |places: &[(u64, u32)]| -> Vec<Vec<Made>> { places.chunks(128).map(made).collect() };
    let mut places: Vec<(u64, u32)> = (0..)
        .zip(records)
        .filter_map(|(place, record)| {
            let person = key(record)?.0.strip_prefix("resident:")?.as_bytes();
            let digits = person.iter().zip((0..8).rev());
            let key = digits.fold(0, |sum, (digit, at)| sum | u64::from(*digit) << (8 * at));
            Some((key, place))
        })
        .collect();
    println!("\nthe parts of a plan of {count} leases, each alone");
    line("floor", base, count, base);
    let in_order = fastest(runs, || all(&places));
    line("windows in the order of the records", in_order, count, base);
    let unsorted = places.clone();
    let sort = fastest(runs, || {
        let mut pairs = unsorted.clone();
        pairs.sort_unstable();
        pairs
    });
    line("sort_unstable of (u64, u32)", sort, count, base);
    places.sort_unstable();
    line(
        "windows in the order of people",
        fastest(runs, || all(&places)),
        count,
        base,
    );
    line("the plan", fastest(runs, || plan(timeline)), count, base);
}
