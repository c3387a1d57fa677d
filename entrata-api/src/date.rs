//! Dates and times in every spelling that Entrata uses.

use std::fmt;

use access_sync_http::decode::{self, Scalar};
use access_sync_http::redact;
use chrono::{
    DateTime, Datelike as _, Days, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Utc, Weekday,
};
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Serialize, Serializer};

/// A plain date, which has no time zone and stays what it is; or a text in a date's place, kept so
/// that whoever plans with it can report it rather than guess.
///
/// Read from `MM/DD/YYYY`, `YYYY-MM-DD`, and from a stamp such as `05/02/2024 09:12:44.310127 MDT`
/// (its day). Absent, null, `""`, `[]`, `{}` and Entrata's placeholder `12/31/1969` are none.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum EntrataDate {
    /// A day of the calendar.
    Day(NaiveDate),
    /// No date: free text ("End During Move-Out"), or a day that does not exist (`11/31/2025`).
    Text(String),
}

impl EntrataDate {
    /// Reads a text; none where it is blank or the placeholder `12/31/1969`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        // A stamp counts only if all of it can be read: "06/01/2025 or later" is no date.
        let day = match text.split_once([' ', 'T']) {
            None => day(text),
            Some(_) => EntrataTime::parse(text).map(|time| time.local.date()),
        };
        match day {
            Some(day) if day == PLACEHOLDER => None,
            Some(day) => Some(Self::Day(day)),
            None => Some(Self::Text(text.to_owned())),
        }
    }

    /// The day, where it is one.
    #[must_use]
    pub fn day(&self) -> Option<NaiveDate> {
        match self {
            Self::Day(day) => Some(*day),
            Self::Text(_) => None,
        }
    }

    /// The text that is no date, where it is none.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Day(_) => None,
            Self::Text(text) => Some(text),
        }
    }
}

impl From<NaiveDate> for EntrataDate {
    fn from(day: NaiveDate) -> Self {
        Self::Day(day)
    }
}

/// `YYYY-MM-DD`, or the text as it came.
impl fmt::Display for EntrataDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => write!(f, "{day}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

impl fmt::Debug for EntrataDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => write!(f, "{day}"),
            Self::Text(text) => write!(f, "no date: {:?}", redact::text(text)),
        }
    }
}

impl Serialize for EntrataDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// For fields of type `Option<EntrataDate>`. Never fails on well-formed JSON: a bad date is a fact
/// about a lease, not a reason to lose it.
pub(crate) fn optional<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<EntrataDate>, D::Error> {
    deserializer.deserialize_any(DateVisitor)
}

struct DateVisitor;

impl<'de> Visitor<'de> for DateVisitor {
    type Value = Option<EntrataDate>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a date")
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(EntrataDate::parse(text))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Some(EntrataDate::Text(number.to_string())))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Some(EntrataDate::Text(number.to_string())))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Some(EntrataDate::Text(number.to_string())))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Some(EntrataDate::Text(value.to_string())))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut empty = true;
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
            empty = false;
        }
        Ok((!empty).then(|| EntrataDate::Text("an object".into())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut empty = true;
        while seq.next_element::<IgnoredAny>()?.is_some() {
            empty = false;
        }
        Ok((!empty).then(|| EntrataDate::Text("an array".into())))
    }
}

/// For fields of type `Option<EntrataTime>` that nothing depends on: what cannot be read is none.
pub(crate) fn loose_time<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<EntrataTime>, D::Error> {
    struct Loose(Option<EntrataTime>);
    impl Scalar for Loose {
        const EXPECTED: &'static str = "a time";
        fn from_text(text: &str) -> Option<Self> {
            Some(Self(EntrataTime::parse(text)))
        }
        fn from_int(_: i128) -> Option<Self> {
            Some(Self(None))
        }
    }
    Ok(decode::optional::<_, Loose>(deserializer)?.and_then(|loose| loose.0))
}

/// What Entrata writes for "no date": the Unix epoch in Mountain Time.
const PLACEHOLDER: NaiveDate = match NaiveDate::from_ymd_opt(1969, 12, 31) {
    Some(day) => day,
    None => NaiveDate::MIN,
};

/// `MM/DD/YYYY` or `YYYY-MM-DD`, digits only.
fn day(text: &str) -> Option<NaiveDate> {
    let number = |part: &str, longest: usize| -> Option<u32> {
        let digits = !part.is_empty()
            && part.len() <= longest
            && part.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| part.parse().ok()).flatten()
    };
    let parts = |separator: char| -> Option<[&str; 3]> {
        let mut parts = text.split(separator);
        let three = [parts.next()?, parts.next()?, parts.next()?];
        parts.next().is_none().then_some(three)
    };
    let (year, month, day) = match (parts('/'), parts('-')) {
        (Some([month, day, year]), None) | (None, Some([year, month, day])) => (year, month, day),
        _ => return None,
    };
    if year.len() != 4 {
        return None;
    }
    let year = i32::try_from(number(year, 4)?).ok()?;
    NaiveDate::from_ymd_opt(year, number(month, 2)?, number(day, 2)?)
}

/// A moment as Entrata writes it: `03/21/2025 14:53:57.725277 MDT`. Entrata's documentation: "all
/// times are in Mountain Time unless the method says otherwise".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct EntrataTime {
    /// What the clock in Utah showed.
    pub local: NaiveDateTime,
    /// Whether it was on daylight-saving time, where the text says so (`MDT`, `MST`).
    pub daylight: Option<bool>,
}

impl EntrataTime {
    /// Reads `MM/DD/YYYY HH:MM:SS[.ffffff] [MST|MDT]`, or the same with `YYYY-MM-DD` and a `T`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (date, rest) = text.trim().split_once([' ', 'T'])?;
        let mut words = rest.split_whitespace();
        let clock = words.next()?;
        let time = ["%H:%M:%S%.f", "%H:%M"]
            .iter()
            .find_map(|format| NaiveTime::parse_from_str(clock, format).ok())?;
        let daylight = match (words.next(), words.next()) {
            (None, _) => None,
            (Some("MST"), None) => Some(false),
            (Some("MDT"), None) => Some(true),
            _ => return None,
        };
        let date = day(date)?;
        let local = date.and_time(time);
        Some(Self { local, daylight })
    }

    /// The instant. Without `MST` or `MDT` in the text, by the rules of the United States since 2007;
    /// the doubled hour in November counts as the first, and the hour that is skipped in March as
    /// one hour later.
    #[must_use]
    pub fn to_utc(self) -> DateTime<Utc> {
        let daylight = self.daylight.unwrap_or_else(|| is_daylight(self.local));
        let hours = if daylight { 6 } else { 7 };
        let utc = FixedOffset::west_opt(hours * 3600)
            .and_then(|offset| self.local.and_local_timezone(offset).single())
            .map(|time| time.to_utc());
        utc.unwrap_or_else(|| self.local.and_utc())
    }
}

/// The day that it is in Mountain Time.
pub(crate) fn mountain_today(now: DateTime<Utc>) -> NaiveDate {
    let at = |hours: i32| {
        FixedOffset::west_opt(hours * 3600)
            .map_or(now.naive_utc(), |o| now.with_timezone(&o).naive_local())
    };
    let standard = at(7);
    if is_daylight(standard) {
        at(6).date()
    } else {
        standard.date()
    }
}

fn is_daylight(local: NaiveDateTime) -> bool {
    let two = NaiveTime::from_hms_opt(2, 0, 0).unwrap_or_default();
    let nth_sunday = |month: u32, week: u64| {
        let first = NaiveDate::from_ymd_opt(local.year(), month, 1)?;
        let to_sunday = (7 - u64::from(first.weekday().days_since(Weekday::Sun))) % 7;
        first.checked_add_days(Days::new(to_sunday + 7 * (week - 1)))
    };
    match (nth_sunday(3, 2), nth_sunday(11, 1)) {
        (Some(march), Some(november)) => {
            local >= march.and_time(two) && local < november.and_time(two)
        }
        _ => false,
    }
}

/// The instant in UTC.
impl Serialize for EntrataTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_utc().serialize(serializer)
    }
}

/// For request filters, which are `MM/DD/YYYY`.
pub(crate) fn for_request(day: NaiveDate) -> String {
    day.format("%m/%d/%Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Option<EntrataDate> {
        optional(&mut serde_json::Deserializer::from_str(json)).unwrap()
    }

    fn june_1() -> NaiveDate {
        NaiveDate::from_ymd_opt(2025, 6, 1).unwrap()
    }

    #[test]
    fn a_day_is_read_in_every_spelling() {
        for json in [
            r#""06/01/2025""#,
            r#""06\/01\/2025""#,
            r#""6/1/2025""#,
            r#""2025-06-01""#,
            r#""06/01/2025 00:00:00 MDT""#,
            r#""06/01/2025 23:59:59.999999 MST""#,
            r#""2025-06-01T08:00:00""#,
            r#"" 06/01/2025 ""#,
        ] {
            assert_eq!(read(json), Some(EntrataDate::Day(june_1())), "{json}");
        }
    }

    #[test]
    fn nothing_is_none_in_every_spelling() {
        for json in [
            "null",
            r#""""#,
            r#"" ""#,
            "[]",
            "{}",
            r#""12/31/1969""#,
            r#""1969-12-31""#,
        ] {
            assert_eq!(read(json), None, "{json}");
        }
    }

    #[test]
    fn a_text_that_is_no_date_is_kept_as_text() {
        for text in [
            "End During Move-Out",
            "11/31/2025",
            "02/29/2025",
            "13/01/2025",
            "0000-00-00",
            "6/1/25",
            "06/01/02025",
            "+6/1/2025",
            "06/01/2025 or later",
            "2025-06-01-02",
            "01-06/2025",
        ] {
            let date = read(&format!("{text:?}"));
            assert_eq!(date, Some(EntrataDate::Text(text.into())), "{text}");
        }
        for json in ["20250601", "7.5", "true", "{\"a\":1}", "[1]"] {
            assert!(matches!(read(json), Some(EntrataDate::Text(_))), "{json}");
        }
    }

    #[test]
    fn a_stamp_is_mountain_time() {
        let utc = |text: &str| EntrataTime::parse(text).unwrap().to_utc().to_rfc3339();
        assert_eq!(
            utc("03/21/2025 14:53:57.725277 MDT"),
            "2025-03-21T20:53:57.725277+00:00"
        );
        assert_eq!(utc("01/21/2025 14:53:57 MST"), "2025-01-21T21:53:57+00:00");
        assert_eq!(utc("07/01/2025 00:00:00"), "2025-07-01T06:00:00+00:00");
        assert_eq!(utc("12/01/2025 00:00:00"), "2025-12-01T07:00:00+00:00");
        // The hour that comes twice: the zone decides, else it is the first.
        assert_eq!(utc("11/02/2025 01:30:00 MST"), "2025-11-02T08:30:00+00:00");
        assert_eq!(utc("11/02/2025 01:30:00"), "2025-11-02T07:30:00+00:00");
        assert_eq!(utc("03/09/2025 01:59:59"), "2025-03-09T08:59:59+00:00");
        assert_eq!(utc("03/09/2025 03:00:00"), "2025-03-09T09:00:00+00:00");
        assert_eq!(EntrataTime::parse("03/21/2025 14:53:57 CST"), None);
        assert_eq!(EntrataTime::parse("03/21/2025"), None);
    }

    #[test]
    fn today_is_counted_in_mountain_time() {
        let today = |text: &str| mountain_today(text.parse().unwrap()).to_string();
        assert_eq!(today("2025-07-01T05:59:59Z"), "2025-06-30");
        assert_eq!(today("2025-07-01T06:00:00Z"), "2025-07-01");
        assert_eq!(today("2025-01-01T06:30:00Z"), "2024-12-31");
    }

    #[test]
    fn debug_masks_text_that_may_be_a_person() {
        let date = EntrataDate::Text("ask ana@example.test".into());
        assert!(!format!("{date:?}").contains("ana"), "{date:?}");
    }
}
