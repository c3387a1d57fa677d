//! How single values are read and written.

use access_sync_http::decode::{self, Scalar};
use access_sync_http::{Error, ExposeSecret, SecretString};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, Utc};
use serde::{Deserializer, Serializer};

/// An instant in any of Brivo's spellings: with and without milliseconds, with `Z` or an offset, or
/// a date alone (midnight UTC).
struct Instant(DateTime<Utc>);

impl Scalar for Instant {
    const EXPECTED: &'static str = "an ISO-8601 date and time";

    fn from_text(text: &str) -> Option<Self> {
        if let Ok(at) = DateTime::parse_from_rfc3339(text) {
            return Some(Self(at.to_utc()));
        }
        if let Ok(at) = DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z") {
            return Some(Self(at.to_utc()));
        }
        let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
        Some(Self(date.and_time(NaiveTime::MIN).and_utc()))
    }

    fn from_int(_: i128) -> Option<Self> {
        None
    }
}

/// A local date and time without a zone.
struct Local(NaiveDateTime);

impl Scalar for Local {
    const EXPECTED: &'static str = "a local date and time";

    fn from_text(text: &str) -> Option<Self> {
        let text = text.trim_end_matches('Z');
        if let Ok(at) = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f") {
            return Some(Self(at));
        }
        let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
        Some(Self(date.and_time(NaiveTime::MIN)))
    }

    fn from_int(_: i128) -> Option<Self> {
        None
    }
}

pub(crate) fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime<Utc>, D::Error> {
    decode::required::<D, Instant>(deserializer).map(|at| at.0)
}

pub(crate) fn local_opt<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<NaiveDateTime>, D::Error> {
    Ok(decode::optional::<D, Local>(deserializer)?.map(|at| at.0))
}

pub(crate) fn time_opt<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<DateTime<Utc>>, D::Error> {
    Ok(decode::optional::<D, Instant>(deserializer)?.map(|at| at.0))
}

/// A value that must not be shown.
pub(crate) fn secret_opt<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<SecretString>, D::Error> {
    Ok(decode::optional::<D, String>(deserializer)?.map(SecretString::from))
}

/// Says that there is a secret, and nothing of it.
pub(crate) fn masked_opt<S: Serializer>(
    secret: &Option<SecretString>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match secret {
        Some(_) => serializer.serialize_str(MASK),
        None => serializer.serialize_none(),
    }
}

/// As [`masked_opt`], for what callers need as plain text.
pub(crate) fn masked_text<S: Serializer>(
    text: &Option<String>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match text {
        Some(_) => serializer.serialize_str(MASK),
        None => serializer.serialize_none(),
    }
}

pub(crate) const MASK: &str = "***";

/// An instant as Brivo wants it: UTC, whole seconds.
pub(crate) fn wire_time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

pub(crate) fn same_secret(a: &Option<SecretString>, b: &Option<SecretString>) -> bool {
    a.as_ref().map(|s| s.expose_secret()) == b.as_ref().map(|s| s.expose_secret())
}

/// A range that ends before it begins would be refused, or worse, taken.
pub(crate) fn check_range(
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
) -> Result<(), Error> {
    match (from, to) {
        (Some(from), Some(to)) if to <= from => {
            Err(Error::config("effectiveTo is not after effectiveFrom"))
        }
        _ => Ok(()),
    }
}

/// `Debug` of the named fields only. The others hold people or secrets.
macro_rules! debug_only {
    ($type:ident: $($field:ident),*) => {
        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($type))
                    $(.field(stringify!($field), &self.$field))*
                    .finish_non_exhaustive()
            }
        }
    };
}
pub(crate) use debug_only;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_an_instant_is_read() {
        for (text, wire) in [
            ("2026-03-01T15:00:00Z", "2026-03-01T15:00:00Z"),
            ("2026-03-01T15:00:00.871Z", "2026-03-01T15:00:00Z"),
            ("2026-03-01T15:00:00-06:00", "2026-03-01T21:00:00Z"),
            ("2026-03-01T15:00:00-0600", "2026-03-01T21:00:00Z"),
            ("2017-09-13", "2017-09-13T00:00:00Z"),
        ] {
            assert_eq!(
                wire_time(Instant::from_text(text).unwrap().0),
                wire,
                "{text}"
            );
        }
        for text in ["2026-13-01", "soon", "2026-03-01T15:00:00"] {
            assert!(Instant::from_text(text).is_none(), "{text}");
        }
    }
}
