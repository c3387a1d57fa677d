//! Wall-clock times to instants.
//!
//! All times here are whole seconds: of Unix time for instants, and of the same count for local
//! times (the seconds that a UTC clock would need to show that wall-clock time).

mod resolver;

pub(crate) use resolver::Resolver;

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
}
