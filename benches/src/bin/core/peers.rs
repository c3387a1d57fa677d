//! What the planner is measured beside.

use access_sync_core::Timeline;
use access_sync_core::record::{Record, Span};
use chrono::{DateTime, MappedLocalTime, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::{GapInfo, Tz};
use rangemap::RangeSet;
use std::collections::{BTreeMap, HashMap};

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

/// Instants, as the floor keeps them.
pub type Spans = Vec<(DateTime<Utc>, DateTime<Utc>)>;

/// Nothing but the same local times as instants: every record is read, each of its edges is resolved
/// with chrono-tz by the rule for gaps and folds, and the instants are kept, in memory that is there
/// already.
pub fn floor(timeline: &Timeline, spans: &mut Spans) {
    spans.clear();
    let records = timeline.records().iter();
    spans.extend(records.filter_map(|record| span(record, timeline)));
}

/// As the floor, from a plain list, with nothing kept.
pub fn local_times_alone(times: &[(Tz, NaiveDateTime)]) -> i64 {
    times.iter().fold(0, |sum, (zone, local)| {
        sum.wrapping_add(resolve(*zone, *local, false).timestamp())
    })
}

/// A record's span, as the floor and the two planners below read it.
pub fn span(record: &Record, timeline: &Timeline) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
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

/// Whose a record is, and what it opens.
pub fn key(record: &Record) -> Option<(&str, &str)> {
    match record {
        Record::Lease(it) => Some((it.resident.as_str(), it.target.as_str())),
        Record::Booking(it) => Some((it.customer.as_str(), it.targets.first()?.as_str())),
        _ => None,
    }
}

/// A hash map of `rangemap` sets, one for each person and target. It keeps no sources, no findings,
/// no open ends and no order.
pub fn by_rangemap(timeline: &Timeline) -> HashMap<(&str, &str), RangeSet<DateTime<Utc>>> {
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

/// Windows of each person and target, with the records behind them.
pub type Naive<'a> = BTreeMap<(String, String), Vec<(DateTime<Utc>, DateTime<Utc>, Vec<String>)>>;

/// A planner that works record by record, putting each window where it belongs.
pub fn naively(timeline: &Timeline) -> Naive<'_> {
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
