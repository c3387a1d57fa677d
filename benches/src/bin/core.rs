//! The planner beside what it could be made of.
//!
//! - *floor*: nothing but the same local times as instants: every record is read, each of its edges
//!   is resolved with chrono-tz by the rule for gaps and folds, and the instants are kept, in memory
//!   that is there already. *The local times alone* does not even read the records or keep anything.
//! - *rangemap*: a hash map of `rangemap` sets, one for each person and target. It keeps no
//!   sources, no findings, no open ends and no order.
//! - *naive*: a planner that works record by record, putting each window where it belongs.
//!
//! Records come in the order of their ids; people's ids are in another, random order, as they are
//! where a property system lists leases by unit. That is the hard order, and the one that the
//! targets are about: one run has the same leases listed by person.
//!
//! `core bound` shows what the parts of any plan of a million leases cost by themselves.

use access_sync_benches::{Counting, Random, fastest, line, peak, processor_time, show, target};
use access_sync_core::changes::{Actual, ChangeOptions, Membership};
use access_sync_core::document::Document;
use access_sync_core::record::{Booking, BookingStatus, Lease, LeaseStatus, Record, Span};
use access_sync_core::{
    Few, Plan, Planner, RecordId, SubjectId, TargetId, Timeline, changes, plan,
};
use chrono::{
    DateTime, Days, MappedLocalTime, NaiveDate, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc,
};
use chrono_tz::{GapInfo, Tz};
use rangemap::RangeSet;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Duration;

#[global_allocator]
static COUNTING: Counting = Counting;

const ZONES: [Tz; 4] = [
    Tz::America__New_York,
    Tz::America__Chicago,
    Tz::America__Denver,
    Tz::America__Los_Angeles,
];

fn day(number: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2022, 1, 1).unwrap() + Days::new(number)
}

/// Leases of units: some people have two, some leases no end, dates within six years, properties
/// of 250 units in four zones.
fn leases(count: usize, seed: u64) -> Timeline {
    let mut random = Random::new(seed);
    let people = random.shuffled(count);
    let mut timeline = Timeline::new(Tz::America__New_York);
    timeline.records_mut().reserve_exact(count);
    for (number, person) in people.into_iter().enumerate() {
        timeline.push(lease(number, person * 9 / 10, &mut random));
    }
    timeline
}

fn lease(number: usize, person: usize, random: &mut Random) -> Lease {
    let start = random.below(1_800);
    let end = (random.below(3) > 0).then(|| day(start + 30 + random.below(700)));
    let zone = ZONES[number / 250 % ZONES.len()];
    Lease::new(
        format!("lease:{number}"),
        format!("resident:{person}"),
        format!("unit:{}", number / 2),
        LeaseStatus::Current,
    )
    .move_in(day(start))
    .move_out(end)
    .time_zone(zone)
}

/// Bookings of rooms in local time, many for each person and room.
fn bookings(count: usize, seed: u64) -> Timeline {
    let mut random = Random::new(seed);
    let mut timeline = Timeline::new(Tz::Europe__London);
    timeline.records_mut().reserve_exact(count);
    let people = (count as u64 / 100).max(1);
    for number in 0..count {
        let from = day(random.below(365)).and_hms_opt(8, 0, 0).unwrap()
            + TimeDelta::minutes(15 * random.below(48) as i64);
        let to = from + TimeDelta::minutes(15 + 15 * random.below(12) as i64);
        let (person, room) = (random.below(people), random.below(5));
        timeline.push(Booking::new(
            format!("booking:{number}"),
            format!("customer:{person}"),
            format!("room:{room}"),
            BookingStatus::Confirmed,
            Span::Local { from, to },
        ));
    }
    timeline
}

/// The local times of a timeline's records, with their zones.
fn local_times(timeline: &Timeline) -> Vec<(Tz, NaiveDateTime)> {
    let mut times = Vec::new();
    for record in timeline.records() {
        match record {
            Record::Lease(it) => {
                let zone = it.time_zone.or(timeline.time_zone).unwrap();
                times.push((
                    zone,
                    it.move_in
                        .date()
                        .unwrap()
                        .and_time(timeline.policy.start_time),
                ));
                if let Some(end) = it.move_out.date() {
                    times.push((zone, end.and_time(timeline.policy.end_time)));
                }
            }
            Record::Booking(it) => {
                let Span::Local { from, to } = it.span else {
                    continue;
                };
                let zone = it.time_zone.or(timeline.time_zone).unwrap();
                times.extend([(zone, from), (zone, to)]);
            }
            _ => {}
        }
    }
    times
}

/// As windows do it: in a gap the offset before it carries on, in a fold a start is the earlier
/// instant and an end the later one.
fn resolve(zone: Tz, local: NaiveDateTime, is_end: bool) -> DateTime<Utc> {
    match zone.from_local_datetime(&local) {
        MappedLocalTime::Single(it) => it.to_utc(),
        MappedLocalTime::Ambiguous(earlier, later) => if is_end { later } else { earlier }.to_utc(),
        MappedLocalTime::None => {
            let before = GapInfo::new(&local, &zone).and_then(|gap| gap.begin);
            let offset = before.map_or(0, |(_, offset)| offset.fix().local_minus_utc());
            (local - TimeDelta::seconds(offset.into())).and_utc()
        }
    }
}

type Spans = Vec<(DateTime<Utc>, DateTime<Utc>)>;

fn floor(timeline: &Timeline, spans: &mut Spans) {
    spans.clear();
    let records = timeline.records().iter();
    spans.extend(records.filter_map(|record| span(record, timeline)));
}

fn local_times_alone(times: &[(Tz, NaiveDateTime)]) -> i64 {
    times.iter().fold(0, |sum, (zone, local)| {
        sum.wrapping_add(resolve(*zone, *local, false).timestamp())
    })
}

/// A record's span, as the floor and the two planners below read it.
fn span(record: &Record, timeline: &Timeline) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let policy = &timeline.policy;
    match record {
        Record::Lease(it) => {
            let zone = it.time_zone.or(timeline.time_zone)?;
            let start = resolve(zone, it.move_in.date()?.and_time(policy.start_time), false);
            let end = it
                .move_out
                .date()
                .map(|end| resolve(zone, end.and_time(policy.end_time), true));
            Some((start, end.unwrap_or(DateTime::<Utc>::MAX_UTC)))
        }
        Record::Booking(it) => {
            let Span::Local { from, to } = it.span else {
                return None;
            };
            let zone = it.time_zone.or(timeline.time_zone)?;
            let before = TimeDelta::minutes(policy.buffer_before_min.into());
            let after = TimeDelta::minutes(policy.buffer_after_min.into());
            Some((
                resolve(zone, from, false) - before,
                resolve(zone, to, true) + after,
            ))
        }
        _ => None,
    }
}

fn key(record: &Record) -> Option<(&str, &str)> {
    match record {
        Record::Lease(it) => Some((it.resident.as_str(), it.target.as_str())),
        Record::Booking(it) => Some((it.customer.as_str(), it.targets.first()?.as_str())),
        _ => None,
    }
}

fn by_rangemap(timeline: &Timeline) -> HashMap<(&str, &str), RangeSet<DateTime<Utc>>> {
    let mut sets: HashMap<_, RangeSet<_>> = HashMap::new();
    for record in timeline.records() {
        if let (Some(key), Some((start, end))) = (key(record), span(record, timeline)) {
            if start < end {
                sets.entry(key).or_default().insert(start..end);
            }
        }
    }
    sets
}

type Naive<'a> = BTreeMap<(String, String), Vec<(DateTime<Utc>, DateTime<Utc>, Vec<String>)>>;

fn naively(timeline: &Timeline) -> Naive<'_> {
    let mut plan: Naive<'_> = BTreeMap::new();
    for record in timeline.records() {
        let (Some((subject, target)), Some((start, end))) = (key(record), span(record, timeline))
        else {
            continue;
        };
        if start >= end {
            continue;
        }
        let windows = plan
            .entry((subject.to_owned(), target.to_owned()))
            .or_default();
        let mut new = (start, end, vec![record.id().as_str().to_owned()]);
        windows.retain_mut(|window| {
            let joins = window.0 <= new.1 && new.0 <= window.1;
            if joins {
                new = (
                    new.0.min(window.0),
                    new.1.max(window.1),
                    [std::mem::take(&mut new.2), std::mem::take(&mut window.2)].concat(),
                );
            }
            !joins
        });
        windows.push(new);
        windows.sort_by_key(|window| window.0);
    }
    plan
}

/// What was measured of full plans.
struct Full {
    /// The floor.
    base: Duration,
    /// The plan, while the one before it is held: memory that is there already, as the floor's is.
    held: Duration,
    /// The plan, after everything before it was given back to the system.
    fresh: Duration,
    /// Bytes for each record at the peak.
    bytes: f64,
}

impl Full {
    /// The two times, with what tells them apart.
    fn times(&self) -> [(&'static str, Duration); 2] {
        [("memory at hand", self.held), ("fresh memory", self.fresh)]
    }
}

/// What a full plan takes, beside the others.
fn full(name: &str, timeline: &Timeline, runs: usize) -> Full {
    let count = timeline.records().len();
    let times = local_times(timeline);
    println!(
        "\n{name}: {count} records, {} local times, {} windows",
        times.len(),
        plan(timeline).windows().len()
    );
    // In turn, so that a slow moment of the machine falls on all.
    let [mut bare, mut base, mut held, mut fresh] = [Duration::MAX; 4];
    let mut spans = Spans::with_capacity(count);
    for _ in 0..runs {
        bare = bare.min(fastest(1, || local_times_alone(&times)));
        base = base.min(fastest(1, || floor(timeline, &mut spans)));
        fresh = fresh.min(fastest(1, || plan(timeline)));
    }
    // As a service does it: it has a plan, makes the next one, and lets go of the first.
    let mut before = plan(timeline);
    for _ in 0..runs {
        base = base.min(fastest(1, || floor(timeline, &mut spans)));
        let start = processor_time();
        let next = black_box(plan(timeline));
        held = held.min(processor_time() - start);
        before = next;
    }
    drop((times, spans, before));
    line("the local times alone", bare, count, base);
    line("floor: read, resolved, kept", base, count, base);
    line("access-sync-core, memory at hand", held, count, base);
    line("access-sync-core, fresh memory", fresh, count, base);
    line(
        "rangemap",
        fastest(runs.min(2), || by_rangemap(timeline)),
        count,
        base,
    );
    line(
        "naive",
        fastest(runs.min(2), || naively(timeline)),
        count,
        base,
    );
    let bytes = peak(|| plan(timeline)) as f64 / count as f64;
    println!("  peak memory of the full plan: {bytes:.0} bytes per record beyond the input");
    Full {
        base,
        held,
        fresh,
        bytes,
    }
}

type Made = (
    SubjectId,
    TargetId,
    DateTime<Utc>,
    DateTime<Utc>,
    Few<RecordId>,
);

/// What a plan of leases cannot do without, each part alone: the order of people, and windows with
/// ids of their own, made in the order of the records and in that of people, with instants known.
fn bound(timeline: &Timeline, runs: usize) {
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

/// 100 changed records among many; a different 100 in each round.
fn incremental(timeline: &Timeline, full: Duration) -> Duration {
    let count = timeline.records().len();
    let mut planner = Planner::new(timeline);
    let mut random = Random::new(99);
    let mut times: Vec<Duration> = Vec::new();
    for _ in 0..101 {
        let changed: Vec<Lease> = (0..100)
            .map(|_| {
                let Record::Lease(mut lease) =
                    timeline.records()[random.below(count as u64) as usize].clone()
                else {
                    unreachable!()
                };
                lease.move_out = day(2_000 + random.below(700)).into();
                lease
            })
            .collect();
        let start = processor_time();
        changed.into_iter().for_each(|lease| planner.replace(lease));
        black_box(planner.plan());
        times.push(processor_time() - start);
    }
    times.sort();
    println!(
        "  incremental, slowest of {}: {}",
        times.len(),
        show(times[times.len() - 1])
    );
    let time = times[0];
    line("incremental plan of 100 records", time, 100, full);
    time
}

fn against(plan: &Plan, runs: usize) {
    let now: DateTime<Utc> = day(900).and_hms_opt(12, 0, 0).unwrap().and_utc();
    let mut random = Random::new(5);
    let mut memberships: Vec<Membership> = plan
        .windows()
        .iter()
        .map(|window| Membership::owned(window.subject.clone(), window.target.clone()))
        .collect();
    let order = random.shuffled(memberships.len());
    memberships = order
        .into_iter()
        .map(|place| memberships[place].clone())
        .collect();
    let mut actual = Actual::new(memberships);
    let many = fastest(runs, || {
        changes(plan, &actual, now, &ChangeOptions::default())
    });
    let todo = changes(plan, &actual, now, &ChangeOptions::default());
    let count = actual.memberships.len();
    println!("\nchanges against {count} memberships in random order");
    line(
        &format!(
            "{} people to change",
            todo.people.len() + todo.withheld.len()
        ),
        many,
        count,
        many,
    );
    actual
        .memberships
        .retain(|it| plan.is_active(&it.subject, &it.target, now));
    let few = fastest(runs, || {
        changes(plan, &actual, now, &ChangeOptions::default())
    });
    line(
        &format!("all in step ({} memberships)", actual.memberships.len()),
        few,
        actual.memberships.len(),
        many,
    );
    line(
        "digest of the plan",
        fastest(runs, || plan.digest()),
        plan.windows().len(),
        many,
    );
}

fn document(timeline: &Timeline, runs: usize) {
    let mut text = String::from(r#"{"time_zone": "America/New_York", "records": ["#);
    for (number, record) in timeline.records().iter().enumerate() {
        let Record::Lease(it) = record else { continue };
        let comma = if number == 0 { "" } else { "," };
        let end = it
            .move_out
            .date()
            .map_or("null".into(), |end| format!("\"{end}\""));
        write!(
            text,
            r#"{comma}{{"kind":"lease","id":"{}","resident":"{}","target":"{}","status":"Current","move_in":"{}","move_out":{end},"time_zone":"{}"}}"#,
            it.id, it.resident, it.target, it.move_in.date().unwrap(), it.time_zone.unwrap()
        )
        .unwrap();
    }
    text.push_str("]}");
    let read = || Document::read(&mut serde_json::Deserializer::from_str(&text)).unwrap();
    assert_eq!(read().timeline.records(), timeline.records());
    let ours = fastest(runs, read);
    let floor = fastest(runs, || {
        serde_json::from_str::<serde_json::Value>(&text).unwrap()
    });
    println!("\ndocument of {:.1} MB", text.len() as f64 / 1e6);
    line("Document::read", ours, timeline.records().len(), ours);
    line(
        "serde_json::Value alone",
        floor,
        timeline.records().len(),
        ours,
    );
    println!("  {:.0} MB/s", text.len() as f64 / 1e6 / ours.as_secs_f64());
}

fn main() {
    let mut million = leases(1_000_000, 1);
    if std::env::args().any(|it| it == "bound") {
        return bound(&million, 11);
    }
    let small = full("10k leases", &leases(10_000, 1), 101);
    full("100k leases", &leases(100_000, 1), 21);
    let large = full("1M leases", &million, 11);
    let replan = incremental(&million, large.held);
    million.records_mut().sort_by(|a, b| key(a).cmp(&key(b)));
    full("1M leases, listed by person", &million, 5);
    full("1M bookings", &bookings(1_000_000, 2), 5);
    against(&plan(&million), 5);
    document(&leases(100_000, 3), 5);

    println!("\ntargets");
    let ratio = |a: Duration, b: Duration| a.as_secs_f64() / b.as_secs_f64();
    let mut met = vec![target(
        "bytes per record at the peak",
        large.bytes,
        400.0,
        true,
    )];
    for ((memory, time), (_, small)) in large.times().into_iter().zip(small.times()) {
        let found = [
            ("1M leases against the floor", ratio(time, large.base), 1.5),
            (
                "a record at 1M against one at 10k",
                ratio(time, small) / 100.0,
                1.3,
            ),
        ];
        for (name, found, limit) in found {
            met.push(target(&format!("{name}, {memory}"), found, limit, true));
        }
        let name = format!("100 records planned again, times faster, {memory}");
        met.push(target(&name, ratio(time, replan), 1_000.0, false));
    }
    if met.contains(&false) {
        std::process::exit(1);
    }
}
