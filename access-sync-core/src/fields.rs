//! Dates and instants as a source gave them: read, unreadable or missing.

use alloc::boxed::Box;
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

/// A calendar date in a record.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum DateField {
    /// A date.
    Date(NaiveDate),
    /// Text that is not a calendar date; the record gives an `invalid_date` finding.
    Invalid(Box<str>),
    /// Nothing.
    #[default]
    Missing,
}

impl DateField {
    /// The date, where there is one.
    pub fn date(&self) -> Option<NaiveDate> {
        match self {
            Self::Date(date) => Some(*date),
            _ => None,
        }
    }
}

impl From<NaiveDate> for DateField {
    fn from(date: NaiveDate) -> Self {
        Self::Date(date)
    }
}

impl From<Option<NaiveDate>> for DateField {
    fn from(date: Option<NaiveDate>) -> Self {
        date.map_or(Self::Missing, Self::Date)
    }
}

/// Reads `YYYY-MM-DD`, years 0001 to 9999; any other text is kept as [`DateField::Invalid`].
impl From<&str> for DateField {
    fn from(text: &str) -> Self {
        parse_date(text).map_or_else(|| Self::Invalid(text.into()), Self::Date)
    }
}

/// An instant in a record: given in UTC, or as the wall clock of the place shows it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Moment {
    /// An instant.
    Utc(DateTime<Utc>),
    /// A wall-clock time in the record's time zone.
    Local(NaiveDateTime),
    /// Text in place of an instant.
    InvalidUtc(Box<str>),
    /// Text in place of a wall-clock time.
    InvalidLocal(Box<str>),
    /// Nothing.
    #[default]
    Missing,
}

impl From<DateTime<Utc>> for Moment {
    fn from(instant: DateTime<Utc>) -> Self {
        Self::Utc(instant)
    }
}

impl From<Option<DateTime<Utc>>> for Moment {
    fn from(instant: Option<DateTime<Utc>>) -> Self {
        instant.map_or(Self::Missing, Self::Utc)
    }
}

impl From<NaiveDateTime> for Moment {
    fn from(local: NaiveDateTime) -> Self {
        Self::Local(local)
    }
}

/// From when to when a booking or visit is, before buffers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Span {
    /// Between two instants.
    Utc {
        /// Start.
        from: DateTime<Utc>,
        /// End, not included.
        to: DateTime<Utc>,
    },
    /// Between two wall-clock times in the record's time zone.
    Local {
        /// Start.
        from: NaiveDateTime,
        /// End, not included.
        to: NaiveDateTime,
    },
    /// Edges of different kinds, or ones that could not be read.
    Edges {
        /// Start.
        from: Moment,
        /// End, not included.
        to: Moment,
    },
}

impl Span {
    /// A span between two edges, in its simplest form.
    pub fn new(from: impl Into<Moment>, to: impl Into<Moment>) -> Self {
        match (from.into(), to.into()) {
            (Moment::Utc(from), Moment::Utc(to)) => Self::Utc { from, to },
            (Moment::Local(from), Moment::Local(to)) => Self::Local { from, to },
            (from, to) => Self::Edges { from, to },
        }
    }
}

fn digits(text: &[u8]) -> Option<u32> {
    text.iter().try_fold(0_u32, |sum, byte| {
        byte.is_ascii_digit()
            .then(|| sum * 10 + u32::from(byte - b'0'))
    })
}

/// `YYYY-MM-DD`, years 0001 to 9999.
pub(crate) fn parse_date(text: &str) -> Option<NaiveDate> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *text.as_bytes() else {
        return None;
    };
    let year = i32::try_from(digits(&[y1, y2, y3, y4])?).ok()?;
    (year >= 1).then(|| NaiveDate::from_ymd_opt(year, digits(&[m1, m2])?, digits(&[d1, d2])?))?
}

/// `HH:MM` or `HH:MM:SS`, 00:00 to 23:59:59.
#[cfg(any(feature = "serde", test))]
pub(crate) fn parse_time(text: &str) -> Option<chrono::NaiveTime> {
    let (h1, h2, m1, m2, s1, s2) = match *text.as_bytes() {
        [h1, h2, b':', m1, m2] => (h1, h2, m1, m2, b'0', b'0'),
        [h1, h2, b':', m1, m2, b':', s1, s2] => (h1, h2, m1, m2, s1, s2),
        _ => return None,
    };
    chrono::NaiveTime::from_hms_opt(digits(&[h1, h2])?, digits(&[m1, m2])?, digits(&[s1, s2])?)
}

/// RFC 3339, any offset, years 0001 to 9999.
#[cfg(any(feature = "serde", test))]
pub(crate) fn parse_instant(text: &str) -> Option<DateTime<Utc>> {
    parse_date(text.get(..10)?)?;
    DateTime::parse_from_rfc3339(text)
        .ok()
        .map(|instant| instant.to_utc())
}

/// `YYYY-MM-DDTHH:MM`, with or without seconds and a fraction of up to nine digits; `T` or a space
/// between the two.
#[cfg(any(feature = "serde", test))]
pub(crate) fn parse_local(text: &str) -> Option<NaiveDateTime> {
    let date = parse_date(text.get(..10)?)?;
    let rest = text.get(10..)?.strip_prefix(['T', ' '])?;
    let (clock, fraction) = rest.split_once('.').unwrap_or((rest, "0"));
    if rest.len() != clock.len() && clock.len() != 8 || !(1..=9).contains(&fraction.len()) {
        return None;
    }
    let scale = 10_u32.pow(9 - u32::try_from(fraction.len()).ok()?);
    let nanos = digits(fraction.as_bytes())? * scale;
    let time = parse_time(clock)?;
    use chrono::Timelike as _;
    Some(date.and_time(time.with_nanosecond(nanos)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_calendar_dates_of_years_1_to_9999_are_dates() {
        for good in ["0001-01-01", "2024-02-29", "9999-12-31"] {
            assert!(parse_date(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "0000-01-01",
            "2025-02-29",
            "2025-13-01",
            "2025-1-01",
            "2025-01-01T",
            "+025-01-01",
        ] {
            assert!(parse_date(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn clock_times_are_checked() {
        for good in ["00:00", "23:59", "10:00:30"] {
            assert!(parse_time(good).is_some(), "{good}");
        }
        for bad in [
            "24:00", "10:60", "1:00", "10", "10:00:60", "aa:bb", "10:00Z",
        ] {
            assert!(parse_time(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn local_times_take_seconds_and_fractions() {
        for good in [
            "2026-03-08T02:00",
            "2026-03-08 02:00:01",
            "2026-03-08T02:00:01.25",
        ] {
            assert!(parse_local(good).is_some(), "{good}");
        }
        for bad in [
            "2026-03-08",
            "2026-03-08T02:00Z",
            "2026-03-08T02:00.5",
            "2026-03-08T02:00:01.",
            "2026-03-08Té2:00",
        ] {
            assert!(parse_local(bad).is_none(), "{bad}");
        }
        assert!(parse_instant("2026-03-08T02:00:00Z").is_some());
        assert!(parse_instant("2026-03-08T02:00:00").is_none());
    }
}
