//! Instants and wall-clock times, kept apart.
//!
//! Nexudus sends every date that matters twice: in UTC (`FromTime`) and as the location's wall clock
//! (`FromTimeLocal`). The second often ends in `Z` all the same, so a parser that believes the text
//! would be hours off; here the two are different types.

use std::fmt;

use access_sync_http::decode::{self, Scalar};
use chrono::{DateTime, Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::field::Value;

/// What a clock on the wall of the location shows. Whatever zone or `Z` the text carried was ignored.
///
/// ```
/// use nexudus_api::LocalDateTime;
/// let a: LocalDateTime = "2026-03-09T09:00:00Z".parse()?;
/// let b: LocalDateTime = "2026-03-09T09:00:00+05:00".parse()?;
/// assert_eq!((a, a.to_string().as_str()), (b, "2026-03-09T09:00:00"));
/// # Ok::<(), nexudus_api::InvalidTime>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LocalDateTime(NaiveDateTime);

impl LocalDateTime {
    /// From a date and time without a zone.
    #[must_use]
    pub const fn new(wall_clock: NaiveDateTime) -> Self {
        Self(wall_clock)
    }

    /// The date and time, without a zone.
    #[must_use]
    pub const fn naive(self) -> NaiveDateTime {
        self.0
    }

    /// The calendar day at the location.
    #[must_use]
    pub fn date(self) -> NaiveDate {
        self.0.date()
    }

    /// The time of day at the location.
    #[must_use]
    pub fn time(self) -> NaiveTime {
        self.0.time()
    }
}

impl fmt::Display for LocalDateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.format("%Y-%m-%dT%H:%M:%S%.f").fmt(f)
    }
}

/// Not an ISO 8601 date and time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an ISO 8601 date and time")]
pub struct InvalidTime;

impl std::str::FromStr for LocalDateTime {
    type Err = InvalidTime;

    fn from_str(text: &str) -> Result<Self, InvalidTime> {
        naive(without_zone(text)).map(Self).ok_or(InvalidTime)
    }
}

impl Serialize for LocalDateTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for LocalDateTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::field::required(deserializer)
    }
}

/// What the wire may hold: nothing, a time, or .NET's default date, which stands for nothing.
struct Stamp(Option<NaiveDateTime>);

fn unless_default(at: NaiveDateTime) -> Stamp {
    Stamp(Some(at).filter(|at| at.year() > 1))
}

/// A text as UTC; without a zone it is UTC already.
struct UtcStamp(Stamp);

impl Scalar for UtcStamp {
    const EXPECTED: &'static str = "a date and time in UTC";

    fn from_text(text: &str) -> Option<Self> {
        let at = match DateTime::parse_from_rfc3339(text) {
            Ok(at) => at.naive_utc(),
            Err(_) if without_zone(text).len() == text.len() => naive(text)?,
            Err(_) => return None,
        };
        Some(Self(unless_default(at)))
    }

    fn from_int(_: i128) -> Option<Self> {
        None
    }
}

/// A text as wall clock, whatever zone it claims.
struct WallStamp(Stamp);

impl Scalar for WallStamp {
    const EXPECTED: &'static str = "a date and time of the location";

    fn from_text(text: &str) -> Option<Self> {
        naive(without_zone(text)).map(|at| Self(unless_default(at)))
    }

    fn from_int(_: i128) -> Option<Self> {
        None
    }
}

impl Value for DateTime<Utc> {
    const EXPECTED: &'static str = UtcStamp::EXPECTED;

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        let stamp: Option<UtcStamp> = decode::optional(deserializer)?;
        Ok(stamp.and_then(|stamp| stamp.0.0).map(|at| at.and_utc()))
    }
}

impl Value for LocalDateTime {
    const EXPECTED: &'static str = WallStamp::EXPECTED;

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        let stamp: Option<WallStamp> = decode::optional(deserializer)?;
        Ok(stamp.and_then(|stamp| stamp.0.0).map(Self))
    }
}

/// Times of day come on the date 1976-01-01, of which only the clock counts.
impl Value for NaiveTime {
    const EXPECTED: &'static str = "a time of day";

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Ok(LocalDateTime::read(deserializer)?.map(LocalDateTime::time))
    }
}

fn naive(text: &str) -> Option<NaiveDateTime> {
    [
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y-%m-%dT%H:%M",
    ]
    .iter()
    .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
    .or_else(|| {
        let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
        date.and_hms_opt(0, 0, 0)
    })
}

/// The text up to its `Z` or offset. A minus counts as one only behind the time's `T`.
fn without_zone(text: &str) -> &str {
    let text = text.trim();
    let Some((date, time)) = text.split_once(['T', 't', ' ']) else {
        return text;
    };
    let bare = time
        .split(['Z', 'z', '+', '-'])
        .next()
        .unwrap_or(time)
        .trim_end();
    text.get(..date.len() + 1 + bare.len()).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Times {
        #[serde(default, deserialize_with = "crate::field::optional")]
        utc: Option<DateTime<Utc>>,
        #[serde(default, deserialize_with = "crate::field::optional")]
        local: Option<LocalDateTime>,
        #[serde(default, deserialize_with = "crate::field::optional")]
        clock: Option<NaiveTime>,
    }

    fn utc(text: &str) -> Option<String> {
        let json = serde_json::json!({ "utc": text });
        let times: Times = serde_json::from_value(json).ok()?;
        times.utc.map(|at| at.to_rfc3339())
    }

    fn local(text: &str) -> Option<String> {
        let json = serde_json::json!({ "local": text });
        let times: Times = serde_json::from_value(json).ok()?;
        times.local.map(|at| at.to_string())
    }

    #[test]
    fn an_instant_honours_its_zone_and_is_utc_without_one() {
        for (text, expected) in [
            ("2026-03-09T16:00:00Z", "2026-03-09T16:00:00+00:00"),
            ("2026-03-09T16:00:00", "2026-03-09T16:00:00+00:00"),
            ("2026-03-09T16:00:00+02:00", "2026-03-09T14:00:00+00:00"),
            (
                "2022-05-13T20:55:44.5515198Z",
                "2022-05-13T20:55:44.551519800+00:00",
            ),
            ("2026-03-09T16:00", "2026-03-09T16:00:00+00:00"),
            ("2026-03-09", "2026-03-09T00:00:00+00:00"),
        ] {
            assert_eq!(utc(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn a_wall_clock_time_ignores_every_zone() {
        for text in [
            "2026-03-09T09:00:00Z",
            "2026-03-09T09:00:00",
            "2026-03-09T09:00:00+00:00",
            "2026-03-09T09:00:00-08:00",
            "2026-03-09T09:00:00.0000000Z",
            "2026-03-09T09:00",
        ] {
            assert_eq!(
                local(text).as_deref(),
                Some("2026-03-09T09:00:00"),
                "{text}"
            );
        }
    }

    #[test]
    fn dot_net_default_dates_are_none() {
        assert_eq!(utc("0001-01-01T00:00:00"), None);
        assert_eq!(utc("0001-01-01T00:00:00Z"), None);
        assert_eq!(local("0001-01-01T00:00:00"), None);
        let empty: Times = serde_json::from_str(r#"{"utc":null,"local":""}"#).unwrap();
        assert_eq!((empty.utc, empty.local), (None, None));
    }

    #[test]
    fn a_time_of_day_is_the_clock_of_whatever_date() {
        let times: Times = serde_json::from_str(r#"{"clock":"1976-01-01T08:30:00Z"}"#).unwrap();
        assert_eq!(times.clock, NaiveTime::from_hms_opt(8, 30, 0));
    }

    #[test]
    fn nonsense_is_refused_and_not_quoted() {
        for text in [
            "soon",
            "2026-13-40T99:00:00Z",
            "2026-03-09T16:00:00Zulu",
            "T",
            "ä-ö",
        ] {
            let json = serde_json::json!({ "utc": text });
            let error = serde_json::from_value::<Times>(json)
                .unwrap_err()
                .to_string();
            assert!(!error.contains(text) || text == "T", "{error}");
        }
        assert!(serde_json::from_str::<Times>(r#"{"utc": 1741536000}"#).is_err());
    }
}
