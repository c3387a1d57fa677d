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
#[inline]
pub(crate) fn day_number(date: NaiveDate) -> i64 {
    // As `NaiveDate::to_epoch_days`, which takes three times as many steps.
    let year = i64::from(date.year()) - 1;
    let century = year.div_euclid(100);
    365 * year + (year >> 2) - century + (century >> 2) + i64::from(date.ordinal()) - 719_163
}

/// The local second of a time of day on a day.
pub(crate) fn local(day: i64, time: NaiveTime) -> i64 {
    day * DAY + i64::from(time.num_seconds_from_midnight())
}

/// The instant as chrono has it; out-of-range seconds are cut to years 0 to 9999.
#[inline]
pub(crate) fn instant(seconds: i64) -> DateTime<Utc> {
    // As `DateTime::from_timestamp`, which takes twice as many steps: the century, the year in it
    // and the day in that, all counted so that the longer ones come last.
    const CYCLE: u64 = 146_097;
    const YEARS: i32 = 400;
    let seconds = (seconds.clamp(MIN, MAX - 1) - MIN) as u64;
    let days = seconds / DAY as u64 + CYCLE - 366;
    let century = (4 * days + 3) / CYCLE;
    let day = days - CYCLE * century / 4;
    let year = (4 * day + 3) / 1_461;
    let day = day - 1_461 * year / 4;
    let date = NaiveDate::from_yo_opt((100 * century + year + 1) as i32 - YEARS, day as u32 + 1);
    let time = NaiveTime::from_num_seconds_from_midnight_opt((seconds % DAY as u64) as u32, 0);
    match (date, time) {
        (Some(date), Some(time)) => date.and_time(time).and_utc(),
        _ => DateTime::default(),
    }
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
/// portfolio lie in a few hundred pieces.
pub(crate) struct Resolver {
    /// A piece and zone in one number, and what is known of it.
    slots: Vec<(i64, Piece)>,
}

/// What is known of the offsets in a piece of local time, in seconds from its start: each second
/// before `until` exists once, at the offset `before`, each from `from` on once, at `after`.
/// Between the two the clocks change, or may.
#[derive(Clone, Copy)]
struct Piece {
    before: i32,
    after: i32,
    until: u32,
    from: u32,
}

/// A piece has this many bits of seconds: 24 days.
const PIECE: u32 = 21;
/// A piece is looked at every six days, its end included. What looks the same at both ends of six
/// days is the same in between: no zone changes its clocks and changes them back so soon. The
/// shortest such time is a week, and a test goes through the database.
const LOOK: i64 = 1 << 19;
/// How often the days in which the clocks change are halved: to four and a half hours.
const HALVINGS: u32 = 5;
/// No piece of any zone, as all are smaller.
const VACANT: i64 = i64::MAX;

impl Piece {
    /// Every second has to be looked up.
    const UNKNOWN: Self = Self {
        before: 0,
        after: 0,
        until: 0,
        from: u32::MAX,
    };

    fn look(zone: Tz, number: i64) -> Option<Self> {
        let (start, end) = (number << PIECE, (number + 1) << PIECE);
        let offset = |local| match resolve(zone, local) {
            Resolved::Once(instant) => i32::try_from(local - instant).ok(),
            Resolved::Fold(..) | Resolved::Gap(_) => None,
        };
        if in_range(start) != start || in_range(end) != end {
            return None;
        }
        let (before, after) = (offset(start)?, offset(end)?);
        // The last look at the first offset, the first look at the last one.
        let (mut until, mut from) = (start, end);
        let mut changed = false;
        for local in (start + LOOK..end).step_by(1 << 19) {
            let here = offset(local)?;
            if here == before && !changed {
                until = local;
            } else if here == after {
                from = if changed { from } else { local };
                changed = true;
            } else {
                return None;
            }
        }
        if before == after {
            // Either nothing changed, or something did twice.
            (until, from) = (!changed).then_some((end, end))?;
        }
        for _ in 0..HALVINGS {
            let middle = until + (from - until) / 2;
            match offset(middle) {
                Some(here) if here == before => until = middle,
                Some(here) if here == after => from = middle,
                _ => break,
            }
        }
        Some(Self {
            before,
            after,
            until: u32::try_from(until - start).ok()?,
            from: u32::try_from(from - start).ok()?,
        })
    }
}

impl Resolver {
    /// A memory for about so many records.
    pub(crate) fn for_records(count: usize) -> Self {
        let size = count.clamp(8, 16_384).next_power_of_two();
        Self {
            slots: alloc::vec![(VACANT, Piece::UNKNOWN); size],
        }
    }

    #[inline]
    pub(crate) fn resolve(&mut self, zone: Tz, local: i64) -> Resolved {
        let number = local >> PIECE;
        // Fewer than 1,024 zones.
        let asked = number << 10 | zone as i64;
        // Pieces of a zone lie side by side, zones far apart (Fibonacci hashing).
        let spread = (zone as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
        let place = (number as u64).wrapping_add(spread) as usize & (self.slots.len() - 1);
        let slot = self.slots.get_mut(place);
        if let Some((known, piece)) = &slot {
            let second = (local & ((1 << PIECE) - 1)) as u32;
            if *known == asked && second < piece.until {
                return Resolved::Once(local - i64::from(piece.before));
            }
            if *known == asked && second >= piece.from {
                return Resolved::Once(local - i64::from(piece.after));
            }
        }
        look_up(slot, asked, zone, local)
    }
}

/// What the memory could not say, which is rare.
#[cold]
fn look_up(slot: Option<&mut (i64, Piece)>, asked: i64, zone: Tz, local: i64) -> Resolved {
    if let Some(slot) = slot.filter(|slot| slot.0 != asked) {
        let piece = Piece::look(zone, local >> PIECE);
        *slot = (asked, piece.unwrap_or(Piece::UNKNOWN));
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
    fn day_numbers_are_those_of_chrono() {
        for year in (-262_000..262_000)
            .step_by(997)
            .chain(-10..2_500)
            .chain([9_999, 10_000])
        {
            for (month, day) in [(1, 1), (2, 28), (3, 1), (12, 31)] {
                let date = NaiveDate::from_ymd_opt(year, month, day).unwrap();
                assert_eq!(day_number(date), i64::from(date.to_epoch_days()), "{date}");
            }
        }
    }

    #[test]
    fn instants_are_those_of_chrono() {
        let days = (MIN / DAY..MAX / DAY).step_by(13);
        for day in days
            .chain([MIN / DAY + 1, 0, MAX / DAY - 1])
            .chain(-800..800)
        {
            for second in [0, 1, DAY - 1] {
                let at = day * DAY + second;
                assert_eq!(Some(instant(at)), DateTime::from_timestamp(at, 0));
            }
        }
        assert_eq!(instant(i64::MIN).timestamp(), MIN);
        assert_eq!(instant(i64::MAX).timestamp(), MAX - 1);
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

    fn offset(zone: Tz, at: i64) -> i64 {
        let naive = DateTime::from_timestamp(at, 0).unwrap().naive_utc();
        i64::from(
            zone.offset_from_utc_datetime(&naive)
                .fix()
                .local_minus_utc(),
        )
    }

    /// Every instant from 1850 to 2100 at which a zone's offset changes, with the offsets before
    /// and after.
    fn changes(zone: Tz) -> Vec<(i64, i64, i64)> {
        const STEP: i64 = DAY;
        let (mut at, end) = (-43_830 * DAY, 47_482 * DAY);
        let mut before = offset(zone, at);
        let mut found = Vec::new();
        while at < end {
            let after = offset(zone, at + STEP);
            if after != before {
                let (mut from, mut to) = (at, at + STEP);
                while to - from > 1 {
                    let middle = from + (to - from) / 2;
                    let same = offset(zone, middle) == before;
                    (from, to) = if same { (middle, to) } else { (from, middle) };
                }
                found.push((to, before, after));
            }
            before = after;
            at += STEP;
        }
        found
    }

    #[test]
    fn the_memory_knows_every_change_of_every_zones_clocks() {
        let mut resolver = Resolver::for_records(usize::MAX);
        let (mut count, mut shortest) = (0, i64::MAX);
        for zone in chrono_tz::TZ_VARIANTS {
            let changes = changes(zone);
            count += changes.len();
            for (number, (at, before, after)) in changes.iter().enumerate() {
                // What `LOOK` rests on: an offset that is left does not come back within it.
                for (back, _, again) in &changes[number + 1..] {
                    if again == before {
                        shortest = shortest.min(back - at);
                        assert!(back - at > LOOK, "{zone}: {at} and {back}");
                        break;
                    }
                }
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
                    25 * DAY,
                ] {
                    for local in [
                        at + low - 1 - near,
                        at + low + near,
                        at + high - 1 - near,
                        at + high + near,
                    ] {
                        assert_eq!(
                            resolver.resolve(zone, local),
                            resolve(zone, local),
                            "{zone} {local}"
                        );
                    }
                }
            }
        }
        assert!(count > 30_000, "{count}");
        assert!(
            shortest < 7 * DAY,
            "the search sees the week of Recife: {shortest}"
        );
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
