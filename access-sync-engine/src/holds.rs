//! Holds and pauses: somebody's word against the sources'.

use std::collections::BTreeSet;

use access_sync_core::ids::SubjectId;
use access_sync_core::record::{Hold as HoldRecord, Record};
use chrono::{DateTime, Utc};

use crate::ledger::{Hold, HoldId, HoldKind, HoldScope, Update};
use crate::source::Feed;
use crate::{Engine, EngineError};

impl Engine {
    /// Keeps a hold or a pause. It stands in every plan from the next run on, until it ends or is
    /// lifted. Answers its number.
    ///
    /// A hold on a unit or property takes away, from everybody with a record there, the groups that
    /// the record opens. A pause leaves everybody with a record there exactly as they are.
    ///
    /// # Errors
    /// Where the ledger cannot be written.
    pub async fn hold(&self, hold: Hold) -> Result<HoldId, EngineError> {
        let before: BTreeSet<_> = self.ledger.holds().await?.iter().map(|it| it.id).collect();
        self.ledger
            .write(None, &[Update::Hold(hold.clone())])
            .await?;
        let holds = self.ledger.holds().await?;
        let new = holds
            .iter()
            .rev()
            .find(|it| !before.contains(&it.id) && it.scope == hold.scope && it.kind == hold.kind);
        Ok(new.map_or(hold.id, |it| it.id))
    }

    /// Lifts a hold or a pause. Answers whether there was one.
    ///
    /// # Errors
    /// Where the ledger cannot be written.
    pub async fn unhold(&self, id: HoldId) -> Result<bool, EngineError> {
        let there = self.ledger.holds().await?.iter().any(|it| it.id == id);
        if there {
            self.ledger.write(None, &[Update::Unhold(id)]).await?;
        }
        Ok(there)
    }

    /// All holds and pauses that have not been lifted, ended and future ones included.
    ///
    /// # Errors
    /// Where the ledger cannot be read.
    pub async fn holds(&self) -> Result<Vec<Hold>, EngineError> {
        Ok(self.ledger.holds().await?)
    }
}

/// The holds as the core's records.
pub(crate) fn records(holds: &[Hold], feed: &Feed) -> Vec<Record> {
    let mut records = Vec::new();
    for hold in holds.iter().filter(|it| it.kind == HoldKind::Hold) {
        let id = hold.id.0;
        let mut add = |record: HoldRecord| {
            let record = match hold.until {
                Some(until) => record.until(until),
                None => record,
            };
            records.push(Record::Hold(record));
        };
        if let HoldScope::Person(subject) = &hold.scope {
            let name = format!("hold:{id}");
            add(HoldRecord::new(name, subject.clone(), "*", hold.since));
            continue;
        }
        for (subject, target) in held(&hold.scope, feed) {
            let name = format!("hold:{id}/{subject}#{target}");
            add(HoldRecord::new(name, subject, target, hold.since));
        }
    }
    records
}

/// Who is affected by a scope, and where.
fn held(scope: &HoldScope, feed: &Feed) -> BTreeSet<(SubjectId, access_sync_core::ids::TargetId)> {
    feed.records
        .iter()
        .filter(|record| covers(scope, record, feed))
        .flat_map(|record| {
            let targets = crate::stored::targets(record);
            record
                .subjects()
                .flat_map(|subject| targets.iter().map(|it| (subject.clone(), it.clone())))
                .collect::<Vec<_>>()
        })
        .collect()
}

fn covers(scope: &HoldScope, record: &Record, feed: &Feed) -> bool {
    let origin = feed.origins.get(record.id());
    match scope {
        HoldScope::Person(subject) => record.subjects().any(|it| it == subject),
        HoldScope::Unit(unit) => origin.is_some_and(|it| it.units.contains(unit)),
        HoldScope::Property(property) => origin.is_some_and(|it| it.property == *property),
        HoldScope::Account => true,
    }
}

/// Whom the pauses of an instant leave as they are.
#[derive(Debug, Default)]
pub(crate) struct Paused {
    everybody: bool,
    people: BTreeSet<SubjectId>,
}

impl Paused {
    pub(crate) fn at(holds: &[Hold], feed: &Feed, now: DateTime<Utc>) -> Self {
        let mut paused = Self::default();
        let pauses = holds
            .iter()
            .filter(|it| it.kind == HoldKind::Pause && it.is_active(now));
        for pause in pauses {
            match &pause.scope {
                HoldScope::Account => paused.everybody = true,
                HoldScope::Person(subject) => {
                    paused.people.insert(subject.clone());
                }
                scope => {
                    let there = feed.records.iter().filter(|it| covers(scope, it, feed));
                    paused
                        .people
                        .extend(there.flat_map(|it| it.subjects().cloned().collect::<Vec<_>>()));
                }
            }
        }
        paused
    }

    pub(crate) fn covers(&self, subject: &SubjectId) -> bool {
        self.everybody || self.people.contains(subject)
    }
}
