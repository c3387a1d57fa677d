//! From a value of a document to what it must be.

use crate::document::path::{Path, Step};
use crate::document::value::{Leaf, Listed, Maybe};
use crate::fields::{DateField, Moment, parse_instant, parse_local, parse_time};
use alloc::borrow::Cow;
use alloc::format;
use alloc::vec::Vec;
use chrono::NaiveTime;
use chrono_tz::Tz;
use serde::de::Error;

/// Does something one step further down the path; an error leaves the path there.
pub(super) fn at<T, E>(
    path: &Path,
    key: &'static str,
    work: impl FnOnce() -> Result<T, E>,
) -> Result<T, E> {
    path.push(Step::Key(key));
    let done = work()?;
    path.pop();
    Ok(done)
}

pub(super) fn wrong<T, E: Error>(expected: &str, found: &str) -> Result<T, E> {
    match found {
        "nothing" => Err(E::custom("missing")),
        found => Err(E::custom(format!("expected {expected}, found {found}"))),
    }
}

pub(super) fn object<T, E: Error>(object: Maybe<T>) -> Result<T, E> {
    match object {
        Maybe::Some(object) => Ok(object),
        Maybe::Wrong(what) => Err(E::custom(format!("expected an object, found {what}"))),
    }
}

pub(super) fn items<T, E: Error>(list: Listed<T>) -> Result<Option<Vec<T>>, E> {
    match list {
        Listed::Missing => Ok(None),
        Listed::Items(items) => Ok(Some(items)),
        Listed::Wrong(what) => wrong("a list", what),
    }
}

pub(super) fn each<T, U, E: Error>(
    path: &Path,
    list: Listed<T>,
    read: impl Fn(&Path, T) -> Result<U, E>,
) -> Result<Vec<U>, E> {
    let mut out = Vec::new();
    for (number, item) in items(list)?.into_iter().flatten().enumerate() {
        path.push(Step::Index(number));
        out.push(read(path, item)?);
        path.pop();
    }
    Ok(out)
}

pub(super) fn text<'l, E: Error>(leaf: &'l Leaf<'_>, expected: &str) -> Result<Cow<'l, str>, E> {
    match leaf {
        Leaf::Text(text) => Ok(Cow::Borrowed(text)),
        leaf => wrong(&format!("{expected} as text"), leaf.what()),
    }
}

pub(super) fn not_empty<E: Error>(text: Cow<'_, str>) -> Result<Cow<'_, str>, E> {
    if text.is_empty() {
        Err(E::custom("empty"))
    } else {
        Ok(text)
    }
}

pub(super) fn id<T: for<'t> From<&'t str>, E: Error>(leaf: Leaf<'_>) -> Result<T, E> {
    text(&leaf, "an id")
        .and_then(not_empty)
        .map(|text| T::from(&text))
}

pub(super) fn flag<E: Error>(leaf: Leaf<'_>) -> Result<bool, E> {
    match leaf {
        // Not said to be ours is not ours.
        Leaf::Missing => Ok(false),
        Leaf::Bool(flag) => Ok(flag),
        leaf => wrong("true or false", leaf.what()),
    }
}

pub(super) fn whole<E: Error>(leaf: Leaf<'_>, most: u64) -> Result<Option<u64>, E> {
    match leaf {
        Leaf::Missing => Ok(None),
        Leaf::Whole(number) if number <= most => Ok(Some(number)),
        Leaf::Whole(number) => Err(E::custom(format!("{number} is more than {most}"))),
        leaf => wrong("a whole number", leaf.what()),
    }
}

/// A text that must be read where it is given.
pub(super) fn optional<T, E: Error>(
    leaf: Leaf<'_>,
    expected: &str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, E> {
    match leaf {
        Leaf::Missing => Ok(None),
        leaf => {
            let text = text(&leaf, expected)?;
            let unread = || E::custom(format!("expected {expected}, found {:?}", shorten(&text)));
            read(&text).map(Some).ok_or_else(unread)
        }
    }
}

pub(super) fn time_of_day<E: Error>(leaf: Leaf<'_>) -> Result<Option<NaiveTime>, E> {
    optional(leaf, "a time of day, HH:MM,", parse_time)
}

pub(super) fn zone<E: Error>(leaf: Leaf<'_>) -> Result<Option<Tz>, E> {
    match leaf {
        Leaf::Missing => Ok(None),
        leaf => {
            let name = text(&leaf, "a time zone")?;
            let unknown = |_| E::custom(format!("unknown time zone {:?}", shorten(&name)));
            name.parse().map(Some).map_err(unknown)
        }
    }
}

pub(super) fn date<E: Error>(leaf: Leaf<'_>) -> Result<DateField, E> {
    match leaf {
        Leaf::Missing => Ok(DateField::Missing),
        leaf => text(&leaf, "a date").map(|text| DateField::from(&*text)),
    }
}

/// An edge given in UTC or, where it is not, in local time.
pub(super) fn moment<E: Error>(
    path: &Path,
    utc_name: &'static str,
    utc: Leaf<'_>,
    local_name: &'static str,
    local: Leaf<'_>,
) -> Result<Moment, E> {
    match (utc, local) {
        (Leaf::Missing, Leaf::Missing) => Ok(Moment::Missing),
        (Leaf::Missing, local) => at(path, local_name, || {
            let text = text(&local, "a local time")?;
            Ok(parse_local(&text)
                .map_or_else(|| Moment::InvalidLocal((*text).into()), Moment::Local))
        }),
        (utc, _) => {
            at(path, utc_name, || {
                let text = text(&utc, "an instant")?;
                Ok(parse_instant(&text)
                    .map_or_else(|| Moment::InvalidUtc((*text).into()), Moment::Utc))
            })
        }
    }
}

/// Enough of a text to know it by.
pub(super) fn shorten(text: &str) -> &str {
    let end = (0..=40.min(text.len()))
        .rev()
        .find(|end| text.is_char_boundary(*end))
        .unwrap_or(0);
    text.get(..end).unwrap_or_default()
}
