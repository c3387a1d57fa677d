//! Local time as the planner reads it, so that a browser's own database is not asked.

use chrono::{DateTime, Offset as _, TimeDelta, TimeZone as _, Utc};
use chrono_tz::{OffsetName as _, Tz};

/// A time zone, and when its clocks change.
#[derive(Debug)]
pub(crate) struct Clock {
    pub(crate) zone: Tz,
    /// From when on (seconds since 1970), how far ahead of UTC (seconds), and what it is called. The
    /// first one also holds for all time before it.
    pub(crate) offsets: Vec<(i64, i32, String)>,
}

impl Clock {
    /// The zone's offsets between two instants.
    pub(crate) fn between(zone: Tz, from: DateTime<Utc>, until: DateTime<Utc>) -> Self {
        let mut at = from;
        let mut last = offset(zone, at);
        let mut offsets = vec![(at.timestamp(), last.0, last.1.clone())];
        while at < until {
            let next = at + TimeDelta::hours(12);
            let there = offset(zone, next);
            if there.0 != last.0 {
                offsets.push((turn(zone, at, next), there.0, there.1.clone()));
            }
            (at, last) = (next, there);
        }
        Self { zone, offsets }
    }

    /// When clocks change, and by how many seconds.
    pub(crate) fn changes(&self) -> impl Iterator<Item = (i64, i32)> {
        let pairs = self.offsets.iter().zip(self.offsets.iter().skip(1));
        pairs.map(|(before, after)| (after.0, after.1 - before.1))
    }
}

fn offset(zone: Tz, at: DateTime<Utc>) -> (i32, String) {
    let offset = zone.offset_from_utc_datetime(&at.naive_utc());
    let seconds = offset.fix().local_minus_utc();
    let name = offset.abbreviation().map_or(String::new(), str::to_owned);
    (seconds, name)
}

/// The second at which the offset between two instants changes.
fn turn(zone: Tz, from: DateTime<Utc>, until: DateTime<Utc>) -> i64 {
    let before = offset(zone, from).0;
    let (mut low, mut high) = (from.timestamp(), until.timestamp());
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        let at = DateTime::from_timestamp(middle, 0).unwrap_or(until);
        if offset(zone, at).0 == before {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_in_new_york_has_two_changes_to_the_second() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let clock = Clock::between(
            Tz::America__New_York,
            at("2026-01-01T00:00:00Z"),
            at("2026-12-31T00:00:00Z"),
        );
        let changes: Vec<_> = clock.changes().collect();
        assert_eq!(
            changes,
            [
                (at("2026-03-08T07:00:00Z").timestamp(), 3_600),
                (at("2026-11-01T06:00:00Z").timestamp(), -3_600)
            ]
        );
        assert_eq!(clock.offsets[1].2, "EDT");
    }
}
