//! Wall-clock times to instants.
//!
//! All times here are whole seconds: of Unix time for instants, and of the same count for local
//! times (the seconds that a UTC clock would need to show that wall-clock time).

use alloc::vec::Vec;
use chrono::{
    DateTime, Datelike as _, MappedLocalTime, NaiveDate, NaiveTime, Offset as _, TimeZone as _,
    Timelike as _, Utc,
};
use chrono_tz::{GapInfo, Tz};

pub(crate) const DAY: i64 = 86_400;
/// 0000-01-01T00:00:00Z: a start is never earlier.
pub(crate) const MIN: i64 = -62_167_219_200;
/// 10000-01-01T00:00:00Z: an end from here on is open.
pub(crate) const MAX: i64 = 253_402_300_800;
/// 9999-12-31 as a day number and as a second: ends from here on are open.
pub(crate) const SENTINEL_DAY: i64 = 2_932_896;
/// An open end.
pub(crate) const OPEN: i64 = i64::MAX;

/// Days since 1970-01-01.
pub(crate) fn day_number(date: NaiveDate) -> i64 {
    i64::from(date.to_epoch_days())
}

/// The local second of a time of day on a day.
pub(crate) fn local(day: i64, time: NaiveTime) -> i64 {
    day * DAY + i64::from(time.num_seconds_from_midnight())
}

/// The instant as chrono has it; out-of-range seconds are cut to years 0 to 9999.
pub(crate) fn instant(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds.clamp(MIN, MAX - 1), 0).unwrap_or_default()
}

/// The end as chrono has it.
pub(crate) fn end_instant(seconds: i64) -> Option<DateTime<Utc>> {
    (seconds != OPEN).then(|| instant(seconds))
}

/// Seconds of an end that may be open.
pub(crate) fn end_seconds(end: Option<DateTime<Utc>>) -> i64 {
    end.map_or(OPEN, |end| end.timestamp())
}

/// What a wall-clock time means in a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resolved {
    /// One instant.
    Once(i64),
    /// It exists twice.
    Fold(i64, i64),
    /// It does not exist; this is the instant after moving it forward by the gap.
    Gap(i64),
}

/// Two days more than is planned, so that no zone's offset brings a cut time back into range.
fn in_range(local: i64) -> i64 {
    local.clamp(MIN - 2 * DAY, MAX + 2 * DAY)
}

/// Looks a local second up in the time-zone database.
pub(crate) fn resolve(zone: Tz, local: i64) -> Resolved {
    let local = in_range(local);
    let naive = DateTime::<Utc>::from_timestamp(local, 0)
        .unwrap_or_default()
        .naive_utc();
    let seconds = |offset: <Tz as chrono::TimeZone>::Offset| {
        local - i64::from(offset.fix().local_minus_utc())
    };
    match zone.offset_from_local_datetime(&naive) {
        MappedLocalTime::Single(offset) => Resolved::Once(seconds(offset)),
        MappedLocalTime::Ambiguous(a, b) => {
            let (a, b) = (seconds(a), seconds(b));
            Resolved::Fold(a.min(b), a.max(b))
        }
        MappedLocalTime::None => match GapInfo::new(&naive, &zone).and_then(|gap| gap.begin) {
            // The offset before the transition carries the time past it.
            Some((_, before)) => Resolved::Gap(seconds(before)),
            None => Resolved::Gap(seconds(zone.offset_from_utc_datetime(&naive))),
        },
    }
}

/// [`resolve`] with a memory of the offsets that pieces of local time have: all dates of a
/// portfolio lie in a few hundred pieces. Pieces in which the clocks change are looked up each time.
pub(crate) struct Resolver {
    /// A piece and zone in one number, and what is known of it.
    slots: Vec<(i64, Piece)>,
}

/// What is known of a piece of local time.
#[derive(Clone, Copy)]
enum Piece {
    /// Each of its seconds exists once, at this offset.
    Even(i32),
    /// The clocks change in it or next to it.
    Mixed,
}

/// A piece has this many bits of seconds: twelve days.
const PIECE: u32 = 20;
/// A piece is looked at every three days, its end included. No zone changes its clocks and changes
/// them back so soon: the shortest such time in the database is a week (Recife, October 2000).
const LOOK: usize = 1 << 18;
/// No piece of any zone, as all are smaller.
const VACANT: i64 = i64::MAX;

impl Piece {
    fn look(zone: Tz, number: i64) -> Self {
        let (from, to) = (number << PIECE, (number + 1) << PIECE);
        let mut offsets = (from..=to).step_by(LOOK).map(|local| {
            let local = in_range(local);
            match resolve(zone, local) {
                Resolved::Once(instant) => i32::try_from(local - instant).ok(),
                Resolved::Fold(..) | Resolved::Gap(_) => None,
            }
        });
        match offsets.next() {
            Some(Some(offset)) if offsets.all(|it| it == Some(offset)) => Self::Even(offset),
            _ => Self::Mixed,
        }
    }
}

impl Resolver {
    /// A memory for about so many records.
    pub(crate) fn for_records(count: usize) -> Self {
        let size = count.clamp(8, 32_768).next_power_of_two();
        Self {
            slots: alloc::vec![(VACANT, Piece::Mixed); size],
        }
    }

    #[inline]
    pub(crate) fn resolve(&mut self, zone: Tz, local: i64) -> Resolved {
        let local = in_range(local);
        let number = local >> PIECE;
        // Fewer than 1,024 zones.
        let asked = number << 10 | zone as i64;
        // Pieces of a zone lie side by side, zones far apart (Fibonacci hashing).
        let spread = (zone as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
        let place = (number as u64).wrapping_add(spread) as usize & (self.slots.len() - 1);
        match self.slots.get_mut(place) {
            Some((known, Piece::Even(offset))) if *known == asked => {
                Resolved::Once(local - i64::from(*offset))
            }
            slot => look_up(slot, asked, zone, local),
        }
    }
}

/// What the memory could not say, which is rare.
#[cold]
fn look_up(slot: Option<&mut (i64, Piece)>, asked: i64, zone: Tz, local: i64) -> Resolved {
    if let Some(slot) = slot.filter(|slot| slot.0 != asked) {
        *slot = (asked, Piece::look(zone, local >> PIECE));
    }
    resolve(zone, local)
}

impl core::fmt::Debug for Resolver {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Resolver").finish_non_exhaustive()
    }
}

/// `2025-01-15T10:20:00Z`.
pub(crate) struct Seconds(pub(crate) DateTime<Utc>);

impl core::fmt::Display for Seconds {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let (date, time) = (self.0.date_naive(), self.0.time());
        let (hour, minute, second) = (time.hour(), time.minute(), time.second());
        write!(
            f,
            "{:04}-{:02}-{:02}T{hour:02}:{minute:02}:{second:02}Z",
            date.year(),
            date.month(),
            date.day()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::{parse_date, parse_instant, parse_local};

    fn at(text: &str) -> i64 {
        parse_instant(text).unwrap().timestamp()
    }

    fn wall(text: &str) -> i64 {
        parse_local(text).unwrap().and_utc().timestamp()
    }

    #[test]
    fn the_constants_are_the_dates_they_claim() {
        assert_eq!(SENTINEL_DAY, day_number(parse_date("9999-12-31").unwrap()));
        assert_eq!(MAX, (SENTINEL_DAY + 1) * DAY);
        assert_eq!(
            MIN,
            NaiveDate::from_ymd_opt(0, 1, 1)
                .unwrap()
                .and_time(NaiveTime::MIN)
                .and_utc()
                .timestamp()
        );
    }

    #[test]
    fn gaps_of_every_length_move_forward_by_their_length() {
        for (zone, local, expected) in [
            (
                Tz::America__New_York,
                "2026-03-08T02:30",
                "2026-03-08T07:30:00Z",
            ),
            (
                Tz::Australia__Lord_Howe,
                "2026-10-04T02:15",
                "2026-10-03T15:45:00Z",
            ),
            (
                Tz::America__Sao_Paulo,
                "2018-11-04T00:00",
                "2018-11-04T03:00:00Z",
            ),
            (
                Tz::Pacific__Apia,
                "2011-12-30T10:00",
                "2011-12-30T20:00:00Z",
            ),
            (
                Tz::Pacific__Apia,
                "2011-12-30T00:00",
                "2011-12-30T10:00:00Z",
            ),
            (
                Tz::Antarctica__Troll,
                "2026-03-29T02:30",
                "2026-03-29T02:30:00Z",
            ),
        ] {
            assert_eq!(
                resolve(zone, wall(local)),
                Resolved::Gap(at(expected)),
                "{zone} {local}"
            );
        }
    }

    #[test]
    fn folds_of_every_length_give_both_instants() {
        for (zone, local, first, second) in [
            (
                Tz::America__New_York,
                "2026-11-01T01:30",
                "2026-11-01T05:30:00Z",
                "2026-11-01T06:30:00Z",
            ),
            (
                Tz::Australia__Lord_Howe,
                "2026-04-05T01:45",
                "2026-04-04T14:45:00Z",
                "2026-04-04T15:15:00Z",
            ),
            (
                Tz::Antarctica__Troll,
                "2026-10-25T02:30",
                "2026-10-25T00:30:00Z",
                "2026-10-25T02:30:00Z",
            ),
            (
                Tz::America__Havana,
                "2026-11-01T00:30",
                "2026-11-01T04:30:00Z",
                "2026-11-01T05:30:00Z",
            ),
        ] {
            assert_eq!(
                resolve(zone, wall(local)),
                Resolved::Fold(at(first), at(second)),
                "{zone} {local}"
            );
        }
    }

    #[test]
    fn the_memory_changes_no_answer() {
        let mut resolver = Resolver::for_records(8);
        for round in 0..2 {
            for zone in [
                Tz::America__New_York,
                Tz::Europe__London,
                Tz::Australia__Lord_Howe,
            ] {
                for quarter in 0..40_000 {
                    let local = wall("2026-01-01T00:00") + quarter * 900;
                    assert_eq!(
                        resolver.resolve(zone, local),
                        resolve(zone, local),
                        "{round}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_memory_knows_every_change_of_every_zones_clocks() {
        let mut resolver = Resolver::for_records(usize::MAX);
        let offset = |zone: Tz, at: i64| {
            let naive = DateTime::from_timestamp(at, 0).unwrap().naive_utc();
            i64::from(
                zone.offset_from_utc_datetime(&naive)
                    .fix()
                    .local_minus_utc(),
            )
        };
        let mut changes = 0;
        for zone in chrono_tz::TZ_VARIANTS {
            // Every other day from 1899 to 2040, and then to the second.
            let (mut day, end) = (-25_600 * DAY, 25_600 * DAY);
            let mut before = offset(zone, day);
            while day < end {
                let after = offset(zone, day + 2 * DAY);
                if after != before {
                    let (mut from, mut to) = (day, day + 2 * DAY);
                    while to - from > 1 {
                        let middle = from + (to - from) / 2;
                        let same = offset(zone, middle) == before;
                        (from, to) = if same { (middle, to) } else { (from, middle) };
                    }
                    changes += 1;
                    let (low, high) = (before.min(after), before.max(after));
                    for near in [
                        0,
                        1,
                        59,
                        900,
                        1_800,
                        3_600,
                        7_200,
                        DAY,
                        3 * DAY,
                        7 * DAY,
                        13 * DAY,
                    ] {
                        for local in [
                            to + low - 1 - near,
                            to + low + near,
                            to + high - 1 - near,
                            to + high + near,
                        ] {
                            assert_eq!(
                                resolver.resolve(zone, local),
                                resolve(zone, local),
                                "{zone} {local}"
                            );
                        }
                    }
                }
                before = after;
                day += 2 * DAY;
            }
        }
        assert!(changes > 30_000, "{changes}");
    }

    #[test]
    fn the_memory_knows_the_first_and_the_last_year() {
        let mut resolver = Resolver::for_records(usize::MAX);
        for zone in chrono_tz::TZ_VARIANTS {
            for edge in [i64::MIN, MIN, 0, MAX, i64::MAX] {
                for days in -40..40 {
                    let local = edge.saturating_add(days * (DAY + 1_801));
                    assert_eq!(
                        resolver.resolve(zone, local),
                        resolve(zone, local),
                        "{zone} {local}"
                    );
                }
            }
        }
    }
}
