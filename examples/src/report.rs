//! A plan as a picture: who may open what, when and why.
//!
//! [`Report::build`] gathers the data; [`html`] makes one self-contained page of it, [`svg`] a picture
//! of one person or door, [`data`] JSON for programs.

mod clocks;
mod collect;
mod data;
mod facts;
pub(crate) mod html;
mod kept;
mod rules;
pub(crate) mod svg;

use std::collections::BTreeMap;

use access_sync_core::ids::{RecordId, SubjectId, TargetId};
use access_sync_core::record::Record;
use access_sync_core::{Plan, changes::Changes};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

pub(crate) use clocks::Clock;
pub(crate) use data::json;
pub(crate) use kept::Kept;

/// What a report is made of.
#[derive(Debug)]
pub(crate) struct Input<'a> {
    /// The page's heading.
    pub(crate) title: String,
    /// The plan; one from a `Planner` explains itself faster.
    pub(crate) plan: &'a Plan,
    /// The records that it was made from.
    pub(crate) records: &'a [Record],
    /// The instant to look from.
    pub(crate) now: Option<DateTime<Utc>>,
    /// What is to be done now, where it is known.
    pub(crate) changes: Option<&'a Changes>,
    /// Names for ids.
    pub(crate) names: Names,
    /// What earlier runs left behind.
    pub(crate) kept: Kept,
}

/// Names for ids, where somebody knows any.
#[derive(Debug, Default)]
pub(crate) struct Names {
    pub(crate) people: BTreeMap<SubjectId, String>,
    pub(crate) targets: BTreeMap<TargetId, String>,
    /// Records that are one fact of a source: the fact's id, and what people call it.
    pub(crate) origins: BTreeMap<RecordId, (String, String)>,
    /// Remarks of the sources: a code and a sentence.
    pub(crate) notes: Vec<(String, String)>,
}

/// Everything that is drawn and told. Numbers refer to [`Report::people`], [`Report::targets`],
/// [`Report::records`] and [`Report::phrases`].
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) title: String,
    pub(crate) now: Option<DateTime<Utc>>,
    pub(crate) digest: String,
    /// The zone of the axis, and all others that a record has.
    pub(crate) zones: Vec<Clock>,
    pub(crate) people: Vec<Name>,
    pub(crate) targets: Vec<Name>,
    pub(crate) records: Vec<Fact>,
    /// Why a window begins or ends where it does.
    pub(crate) phrases: Vec<String>,
    pub(crate) grants: Vec<Grant>,
    pub(crate) silent: Vec<Silent>,
    pub(crate) holds: Vec<Held>,
    pub(crate) findings: Vec<Remark>,
    pub(crate) todo: Option<Todo>,
    pub(crate) calls: Option<Calls>,
    pub(crate) kept: Kept,
}

/// An id, and what people call it.
#[derive(Debug)]
pub(crate) struct Name {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
}

impl Name {
    pub(crate) fn text(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.id)
    }
}

/// A record, for people.
#[derive(Debug)]
pub(crate) struct Fact {
    pub(crate) id: String,
    /// The word in a timeline document: `lease`, `booking` …
    pub(crate) kind: &'static str,
    pub(crate) zone: usize,
    /// Status and dates.
    pub(crate) says: String,
}

/// Windows of one person that begin and end together, for the same reasons.
#[derive(Debug)]
pub(crate) struct Grant {
    pub(crate) person: usize,
    pub(crate) targets: Vec<usize>,
    pub(crate) start: DateTime<Utc>,
    pub(crate) end: Option<DateTime<Utc>>,
    pub(crate) records: Vec<usize>,
    pub(crate) starts_because: usize,
    pub(crate) ends_because: usize,
}

/// A record that opens nothing for a person.
#[derive(Debug)]
pub(crate) struct Silent {
    pub(crate) person: usize,
    pub(crate) targets: Vec<usize>,
    pub(crate) record: usize,
    pub(crate) why: usize,
}

/// A lock-out.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) person: usize,
    /// None is everything.
    pub(crate) target: Option<usize>,
    pub(crate) start: DateTime<Utc>,
    pub(crate) end: Option<DateTime<Utc>>,
    pub(crate) record: usize,
}

/// A finding.
#[derive(Debug)]
pub(crate) struct Remark {
    pub(crate) severity: &'static str,
    pub(crate) code: String,
    pub(crate) says: String,
    pub(crate) record: Option<usize>,
    pub(crate) person: Option<usize>,
    pub(crate) target: Option<usize>,
}

/// What is to be done now.
#[derive(Debug)]
pub(crate) struct Todo {
    pub(crate) steps: Vec<Step>,
    /// Held back by the guard.
    pub(crate) withheld: Vec<Step>,
    pub(crate) guard: Vec<String>,
    pub(crate) digest: String,
}

/// One step for one person.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) op: &'static str,
    pub(crate) person: usize,
    pub(crate) targets: Vec<usize>,
    pub(crate) due: Option<DateTime<Utc>>,
}

/// Writes to the access-control system, by the plan.
#[derive(Debug)]
pub(crate) struct Calls {
    /// For what is to be done now: one call a person, and one call a membership.
    pub(crate) now: Option<(u64, u64)>,
    /// Calls on each of the coming days, one a person and instant; the first is the day of `now`.
    pub(crate) days: Vec<(String, u64)>,
}

/// The zone that a record's local times are in.
pub(crate) fn zone_of(record: &Record) -> Option<Tz> {
    match record {
        Record::Lease(it) => it.time_zone,
        Record::Booking(it) | Record::Visit(it) => it.time_zone,
        Record::Contract(it) => it.time_zone,
        Record::DayPass(it) => it.time_zone,
        Record::Hold(it) => it.time_zone,
        _ => None,
    }
}

/// `2026-03-09T15:00:00Z`.
pub(crate) fn stamp(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}
