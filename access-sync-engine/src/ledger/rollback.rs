//! What would take a run back, as the ledger keeps it.

use std::collections::{BTreeMap, BTreeSet};

use access_sync_core::ids::{SubjectId, TargetId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::journal::EntryId;
use crate::steps::PersonSteps;

/// A rollback's number.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct RollbackId(pub u64);

impl std::fmt::Display for RollbackId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// What would take one run back. Kept before the run's first call; which of its calls were carried
/// out is told by the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Rollback {
    /// Its number; the ledger gives it, `RollbackId(0)` asks for one.
    pub id: RollbackId,
    /// The instant that the run was made for.
    pub at: DateTime<Utc>,
    /// The digest of the run's changes.
    pub digest: String,
    /// The journal's last entry before the run.
    pub entry: EntryId,
    /// The rollback that the run itself carried out, where it was one.
    pub takes_back: Option<RollbackId>,
    /// When it was taken back.
    pub done: Option<DateTime<Utc>>,
    /// What would take it back.
    pub plan: RollbackPlan,
}

/// The steps that would take a run back. Holds ids, never names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RollbackPlan {
    /// Person by person.
    pub people: Vec<PersonSteps>,
    /// Units, rooms and desks, properties and locations that each of them had a record at, so that
    /// holds on those are found.
    pub places: BTreeMap<SubjectId, BTreeSet<String>>,
    /// The properties and locations that each group belongs to, for the guard's limits.
    pub scopes: BTreeMap<TargetId, BTreeSet<String>>,
}
