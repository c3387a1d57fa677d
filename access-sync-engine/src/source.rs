//! Where records come from.

#[cfg(feature = "entrata")]
pub mod entrata;
#[cfg(feature = "nexudus")]
pub mod nexudus;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use access_sync_core::ids::{RecordId, SubjectId, TargetId};
use access_sync_core::record::Record;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::access::Directory;
use crate::events::Hint;
use crate::mapping::GroupRef;
use crate::{EngineError, Progress};

/// A system that knows who may be where, and when.
#[async_trait]
pub trait Source: fmt::Debug + Send + Sync {
    /// A short name for people: "Entrata".
    fn name(&self) -> &str;

    /// How the ids of this source's subjects begin: `entrata:`.
    fn subject_prefix(&self) -> &str;

    /// Reads everything that could matter at `reading.now` and for some time after.
    ///
    /// A part that could not be read is told by [`Feed::missing`], not left out in silence: nothing
    /// is taken away from anybody on a feed that is not whole.
    ///
    /// # Errors
    /// Where nothing could be read at all.
    async fn read(&self, reading: &Reading<'_>) -> Result<Feed, EngineError>;

    /// Reads again what `hints` name, and no more; `known` is what this source gave last. Everything
    /// that the answer has [told](Feed::told) of, or calls ended, takes the place of what was known of
    /// it; the rest goes on to count.
    ///
    /// None where the hints do not name it, where it cannot be read by itself, or where not all of it
    /// came back: the whole is read then. So does the default.
    ///
    /// # Errors
    /// What the system answered; the whole is read then, too.
    async fn look(
        &self,
        _reading: &Reading<'_>,
        _hints: &BTreeSet<Hint>,
        _known: &Feed,
    ) -> Result<Option<Reread>, EngineError> {
        Ok(None)
    }

    /// Entries of the mapping that this source does not know: properties, units, rooms. Each begins
    /// with its place. The default knows of none.
    ///
    /// # Errors
    /// What the system answered.
    async fn check(&self, _reading: &Reading<'_>) -> Result<Vec<String>, EngineError> {
        Ok(Vec::new())
    }

    /// Looks up by id what the lists no longer give, whatever its state: `origins` are ids of
    /// [`Origin`]s of this source, each with its property. Nothing found and nothing said means that nothing is taken away;
    /// so does the default, which looks nowhere.
    ///
    /// # Errors
    /// What the system answered.
    async fn reread(
        &self,
        _reading: &Reading<'_>,
        _origins: &BTreeMap<String, String>,
    ) -> Result<Reread, EngineError> {
        Ok(Reread::default())
    }
}

/// What a second look found.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Reread {
    /// What is still there, as any reading gives it.
    pub feed: Feed,
    /// What is over, by the source's word: a cancelled booking, say.
    pub ended: BTreeSet<String>,
}

/// What a source needs to know to read.
#[derive(Debug)]
#[non_exhaustive]
pub struct Reading<'a> {
    /// The instant to plan for.
    pub now: DateTime<Utc>,
    /// The access-control system's groups.
    pub directory: &'a Directory,
    /// Where to tell how far it got.
    pub progress: &'a dyn Progress,
}

/// What a source said.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Feed {
    /// Facts, in the core's terms.
    pub records: Vec<Record>,
    /// Where each record comes from.
    pub origins: BTreeMap<RecordId, Origin>,
    /// Everybody whom the source knows, whether or not they get access. Only they can lose any: the
    /// source has to vouch for it.
    pub people: BTreeMap<SubjectId, Person>,
    /// All groups that this source's places may open, whether or not somebody has them now. Owned
    /// memberships are looked for here and nowhere else.
    pub managed: BTreeSet<TargetId>,
    /// Ids of all origins that were given whole, with or without a record to show for it. A record
    /// that an earlier reading had of one of them, and this one has not, is over. Whoever is let in by
    /// a record of an origin that is not among them loses nothing else meanwhile.
    pub told: BTreeSet<String>,
    /// The properties and locations that each group belongs to.
    pub scopes: BTreeMap<TargetId, BTreeSet<String>>,
    /// People who come only as visitors, and may be let in as guests.
    pub visitors: BTreeSet<SubjectId>,
    /// Parts that could not be read. While there is one, nothing is removed.
    pub missing: Vec<String>,
    /// When it was last read whole, where that was before the run that it serves.
    pub whole_at: Option<DateTime<Utc>>,
    /// When anything of it was last read, where that was before the run that it serves.
    pub told_at: Option<DateTime<Utc>>,
    /// What a person should know of the mapping or of rows that were left out.
    pub notes: Vec<Note>,
}

impl Feed {
    /// Adds a record for each target, since one fact opens several groups, and remembers its origin.
    pub(crate) fn add(
        &mut self,
        origin: &Origin,
        subject: &SubjectId,
        targets: &[TargetId],
        make: impl Fn(RecordId, TargetId) -> Record,
    ) {
        for target in targets {
            let id = RecordId::new(format!(
                "{}/{}#{}",
                origin.id,
                subject_tail(subject),
                target.as_str()
            ));
            self.origins.insert(id.clone(), origin.clone());
            self.scopes
                .entry(target.clone())
                .or_default()
                .insert(origin.property.clone());
            self.records.push(make(id, target.clone()));
        }
    }

    /// Looks groups up; one that does not exist becomes a note about `place`.
    pub(crate) fn resolve(
        &mut self,
        directory: &Directory,
        place: &str,
        groups: &[GroupRef],
    ) -> Vec<TargetId> {
        let mut targets = Vec::with_capacity(groups.len());
        for group in groups {
            match directory.resolve(group) {
                Ok(target) => {
                    self.managed.insert(target.clone());
                    targets.push(target);
                }
                Err(why) => self.note(NoteCode::UnknownGroup, format!("{place}: {group} {why}")),
            }
        }
        targets.sort();
        targets.dedup();
        targets
    }

    /// Whether somebody comes only as a visitor.
    pub(crate) fn is_visitor(&self, subject: &SubjectId) -> bool {
        self.visitors.contains(subject)
    }

    pub(crate) fn note(&mut self, code: NoteCode, text: String) {
        let note = Note { code, text };
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// Ids of all origins that a subject has a record of.
    #[cfg(any(feature = "entrata", feature = "nexudus"))]
    pub(crate) fn origins_of(&self, subject: &SubjectId) -> BTreeSet<String> {
        let mine = self.records.iter();
        let mine = mine.filter(|record| record.subjects().any(|it| it == subject));
        mine.filter_map(|record| Some(self.origins.get(record.id())?.id.clone()))
            .collect()
    }

    /// Records of what was not given whole.
    pub(crate) fn half_told(&self) -> BTreeSet<&RecordId> {
        let origins = self.origins.iter();
        let half = origins.filter(|(_, origin)| !self.told.contains(&origin.id));
        half.map(|(record, _)| record).collect()
    }

    /// This with a part of it read again.
    pub(crate) fn patched(mut self, part: Reread) -> Self {
        let Reread { feed: part, ended } = part;
        let mut again = part.told.clone();
        again.extend(ended);
        let given: BTreeSet<&RecordId> = part.records.iter().map(Record::id).collect();
        let origins = &self.origins;
        self.records.retain(|record| {
            let origin = origins.get(record.id());
            !given.contains(record.id()) && origin.is_none_or(|it| !again.contains(&it.id))
        });
        self.origins.retain(|_, origin| !again.contains(&origin.id));
        self.told.extend(again);
        self.absorb(part);
        self
    }

    pub(crate) fn absorb(&mut self, other: Self) {
        self.records.extend(other.records);
        self.origins.extend(other.origins);
        self.people.extend(other.people);
        self.managed.extend(other.managed);
        self.told.extend(other.told);
        self.visitors.extend(other.visitors);
        for (target, properties) in other.scopes {
            self.scopes.entry(target).or_default().extend(properties);
        }
        self.missing.extend(other.missing);
        self.notes.extend(other.notes);
    }
}

/// Where a record comes from, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Origin {
    /// The record's id at its source, with the source's name: `entrata:lease:410001`.
    pub id: String,
    /// Where: `entrata:property:100234`, `nexudus:location:1420000101`.
    pub property: String,
    /// The units, rooms or desks: `entrata:unit:700101`, `nexudus:resource:1414925101`.
    pub units: Vec<String>,
    /// "lease 410001", "booking 1415".
    pub what: String,
    /// "unit 302", "Cedar Room".
    pub place: String,
    /// The place's time zone.
    pub time_zone: Tz,
}

/// Somebody who may get a user in the access-control system.
///
/// `Debug` shows no part of it.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Person {
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// E-mail address, where the source has one.
    pub email: Option<String>,
}

impl Person {
    /// A person with a first and a last name.
    #[must_use]
    pub fn new(
        first_name: impl Into<String>,
        last_name: impl Into<String>,
        email: Option<String>,
    ) -> Self {
        Self {
            first_name: first_name.into(),
            last_name: last_name.into(),
            email,
        }
    }

    /// First and last name.
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name)
            .trim()
            .to_owned()
    }
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Person(…)")
    }
}

/// Something that a person should know, beside the core's findings. Holds ids, never names.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Note {
    /// What it is about.
    pub code: NoteCode,
    /// The sentence.
    pub text: String,
}

/// What a [`Note`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum NoteCode {
    /// The mapping names a group that is not there.
    UnknownGroup,
    /// A place that nothing is mapped to.
    UnmappedPlace,
    /// A row that could not be read.
    RejectedRow,
    /// A person on a record who gets no access by their role.
    NotEntitled,
    /// The credentials may not see it.
    NotPermitted,
    /// The calls left do not allow everything.
    BudgetLow,
}

impl fmt::Display for NoteCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownGroup => "unknown_group",
            Self::UnmappedPlace => "unmapped_place",
            Self::RejectedRow => "rejected_row",
            Self::NotEntitled => "not_entitled",
            Self::NotPermitted => "not_permitted",
            Self::BudgetLow => "budget_low",
        })
    }
}

fn subject_tail(subject: &SubjectId) -> &str {
    subject
        .as_str()
        .rsplit_once(':')
        .map_or(subject.as_str(), |(_, tail)| tail)
}

/// The rows of a listing. What it lacks is noted, and makes the feed incomplete.
#[cfg(any(feature = "entrata", feature = "nexudus"))]
pub(crate) fn rows<T>(
    feed: &mut Feed,
    what: &str,
    listing: access_sync_http::Listing<T>,
) -> Vec<T> {
    for rejected in &listing.rejected {
        feed.note(NoteCode::RejectedRow, format!("{what}, {rejected}"));
    }
    if !listing.rejected.is_empty() {
        feed.missing.push(format!(
            "{what}: {} rows could not be read",
            listing.rejected_rows()
        ));
    }
    if let access_sync_http::Completeness::Incomplete(gaps) = &listing.completeness {
        let gaps: Vec<_> = gaps.iter().map(ToString::to_string).collect();
        feed.missing.push(format!("{what}: {}", gaps.join(", ")));
    }
    listing.items
}

/// Faults of a mapping's table: entries for what the source does not have.
#[cfg(any(feature = "entrata", feature = "nexudus"))]
pub(crate) fn unknown(
    place: &str,
    table: &str,
    mapped: &BTreeMap<String, Vec<GroupRef>>,
    known: &BTreeSet<String>,
) -> Vec<String> {
    let unknown = mapped.keys().filter(|id| !known.contains(*id));
    unknown
        .map(|id| format!("{place}: {table}.{id}: there is none"))
        .collect()
}
