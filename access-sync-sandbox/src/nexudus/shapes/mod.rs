//! Records as Nexudus writes them. What all share is here; each has its fields in a module of its
//! subject.

mod bookings;
mod contracts;
mod passes;
mod people;
mod places;

pub(super) use bookings::{booking, booking_visitor, cancelled_booking};
pub(super) use contracts::{contract, paused_period, tariff};
pub(super) use passes::{coworker_time_pass, time_pass};
pub(super) use people::{coworker, team, visitor};
pub(super) use places::{business, desk, resource, resource_type};

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

use super::rows::{Coworker, Document};
use super::state::{ADMIN, NexudusState, Row, Wall};
use crate::json::{Object, Write, iso_time};
use crate::world::hash;

/// Fields that are null in every record.
macro_rules! nulls {
    ($record:expr, [$($key:literal),* $(,)?]) => {
        $record.fixed(concat!($("\"", $key, "\":null,"),*))
    };
}

/// Fields that are false in every record.
macro_rules! falses {
    ($record:expr, [$($key:literal),* $(,)?]) => {
        $record.fixed(concat!($("\"", $key, "\":false,"),*))
    };
}

pub(super) use {falses, nulls};

/// A record under construction.
#[derive(Debug, Clone)]
pub(super) struct Record(Object);

impl Record {
    pub(super) fn new() -> Self {
        Self(Object::with_capacity(120))
    }

    pub(super) fn set(&mut self, key: &'static str, value: impl Serialize) {
        self.0.set(key, value);
    }

    /// Fields that are the same in every record, written already. They cannot be blanked.
    pub(super) fn fixed(&mut self, text: &'static str) {
        self.0.fixed(text);
    }

    /// Empties fields, or leaves them out altogether.
    pub(super) fn blank(&mut self, keys: &[&'static str], omit: bool) {
        for key in keys {
            self.0.blank(key, omit);
        }
    }

    /// What every record ends with.
    pub(super) fn base<T>(&mut self, entity: &str, id: i64, row: &Row<T>, text: &str) {
        self.set("Id", id);
        self.set("UniqueId", guid(entity, id));
        self.set("CreatedOn", stamp(row.created));
        self.set("UpdatedOn", stamp(row.updated));
        self.set("UpdatedBy", ADMIN);
        falses!(self, ["IsNew"]);
        self.set("ToStringText", text);
        nulls!(self, ["SystemId", "LocalizationDetails", "CustomFields"]);
    }
}

impl Write for Record {
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
    }
}

impl From<Record> for Value {
    fn from(record: Record) -> Self {
        record.0.into()
    }
}

/// A record that is kept as it was written.
pub(super) fn document(entity: &str, id: i64, row: &Row<Document>) -> Record {
    let mut record = Record::new();
    record.0.extend(&row.value);
    let name = row.value.get("Name").and_then(Value::as_str);
    record.base(entity, id, row, name.unwrap_or(entity));
    record
}

/// True UTC.
pub(super) fn utc(at: DateTime<Utc>) -> String {
    iso_time(at.naive_utc()) + "Z"
}

/// The `*Local` twin: the location's wall clock, with a `Z` that is a lie.
pub(super) fn local(at: DateTime<Utc>, wall: Wall) -> String {
    let time = at.with_timezone(&wall.zone).naive_local();
    let suffix = if wall.suffix { "Z" } else { "" };
    iso_time(time) + suffix
}

/// Seven digits of a second, as .NET writes them.
fn stamp(at: DateTime<Utc>) -> String {
    let fraction = at.timestamp_subsec_nanos() / 100;
    if fraction == 0 {
        return utc(at);
    }
    format!("{}.{fraction:07}Z", iso_time(at.naive_utc()))
}

fn guid(entity: &str, id: i64) -> String {
    let n = id.unsigned_abs();
    let a = hash(&[b"guid", entity.as_bytes()], n);
    let b = hash(&[entity.as_bytes(), b"guid"], n);
    format!(
        "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
        a >> 32,
        a >> 16 & 0xffff,
        a & 0xfff,
        b >> 48 & 0xfff,
        b & 0xffff_ffff_ffff
    )
}

/// Many links in one string; null where there is none.
pub(super) fn csv<T: ToString>(parts: impl IntoIterator<Item = T>) -> Option<String> {
    let parts: Vec<String> = parts.into_iter().map(|part| part.to_string()).collect();
    (!parts.is_empty()).then(|| parts.join(","))
}

/// An enum value that is joined from another record is a word, not a number.
pub(super) fn kind(coworker: &Coworker) -> &'static str {
    if coworker.company {
        "Company"
    } else {
        "Individual"
    }
}

pub(super) fn business_name(state: &NexudusState, id: i64) -> Option<&str> {
    state
        .businesses
        .get(id)
        .map(|business| business.name.as_str())
}
