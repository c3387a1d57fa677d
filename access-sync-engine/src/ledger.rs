//! What must outlive the process: what we made, what was about to be done, holds, calls spent.
//!
//! [`Ledger`] is the port; [`MemoryLedger`] is for tests and for runs that leave nothing behind,
//! [`SqliteLedger`] (feature `sqlite`) keeps everything in one file. The trait assumes no shared
//! process: one writer at a time is a lease with a fencing token, and what belongs together is
//! written together, so that a table on a database server fits it as well.
//!
//! Whatever is kept is ids, dates, counts and fingerprints; never a name, an address or a secret.

mod memory;
mod meter;
mod model;
mod rollback;
#[cfg(feature = "sqlite")]
mod sqlite;
mod update;

use std::collections::BTreeMap;
use std::fmt;

use access_sync_core::ids::TargetId;
use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::journal::{Entry, EntryId, Intent, Outcome};

pub use memory::MemoryLedger;
pub use meter::CallMeter;
pub use model::{
    CallCount, Hold, HoldId, HoldKind, HoldScope, How, KeptDoor, Made, MadeCredential, MadeUser,
    PersonError, Run, RunResult, Seen, SeenState,
};
pub use rollback::{Rollback, RollbackId, RollbackPlan};
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteLedger;
pub use update::Update;

/// Keeps what must outlive the process.
///
/// Every method is one transaction: after an error nothing of it is kept. Methods that take a
/// [`Fence`] refuse one that is not the newest ([`LedgerError::Fenced`]): whoever lost its lease
/// writes nothing more.
#[async_trait]
pub trait Ledger: fmt::Debug + Send + Sync {
    /// Takes the lease `name` until `until`, where nobody else holds it at `now`.
    ///
    /// A worker that names itself gets a lease back at once that it took under the same name, as
    /// after a crash; its earlier fence is void from then on.
    ///
    /// # Errors
    /// Where the ledger cannot be read or written.
    async fn lease(
        &self,
        name: &str,
        worker: Option<&str>,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Leased, LedgerError>;

    /// Prolongs a lease.
    ///
    /// # Errors
    /// [`LedgerError::Fenced`] where somebody else has it by now.
    async fn renew(&self, fence: &Fence, until: DateTime<Utc>) -> Result<(), LedgerError>;

    /// Gives a lease back. One that is lost already is no error.
    ///
    /// # Errors
    /// Where the ledger cannot be written.
    async fn give_back(&self, fence: &Fence) -> Result<(), LedgerError>;

    /// A call is about to go out. Must not return before the entry would survive the process.
    ///
    /// # Errors
    /// Where the entry cannot be kept, or the fence is void; the call is not made then.
    async fn intent(&self, fence: &Fence, intent: &Intent) -> Result<EntryId, LedgerError>;

    /// What came of it, and what is ours by it, in one transaction.
    ///
    /// # Errors
    /// Where the entry cannot be kept, or the fence is void.
    async fn outcome(
        &self,
        fence: &Fence,
        entry: EntryId,
        at: DateTime<Utc>,
        outcome: &Outcome,
        updates: &[Update],
    ) -> Result<(), LedgerError>;

    /// Intents without an outcome, oldest first.
    ///
    /// # Errors
    /// Where the ledger cannot be read.
    async fn open_intents(&self) -> Result<Vec<Entry>, LedgerError>;

    /// The last `count` entries, newest first.
    ///
    /// # Errors
    /// Where the ledger cannot be read.
    async fn journal(&self, count: usize) -> Result<Vec<Entry>, LedgerError>;

    /// The entries after one, oldest first.
    ///
    /// # Errors
    /// Where the ledger cannot be read.
    async fn journal_after(&self, entry: EntryId) -> Result<Vec<Entry>, LedgerError>;

    /// Keeps all of `updates`, or none. `None` for the fence is for what any worker may say at any
    /// time (holds, sightings, calls, states).
    ///
    /// # Errors
    /// Where the ledger cannot be written, or the fence is void.
    async fn write(&self, fence: Option<&Fence>, updates: &[Update]) -> Result<(), LedgerError>;

    /// What we made, or adopted.
    ///
    /// # Errors
    /// Where the ledger cannot be read.
    async fn made(&self) -> Result<Made, LedgerError>;

    /// Holds and pauses, ended ones left out, by number.
    ///
    /// # Errors
    /// Where the ledger cannot be read.
    async fn holds(&self) -> Result<Vec<Hold>, LedgerError>;

    /// Records that a source has given, and what became of them.
    ///
    /// # Errors
    /// Where the ledger cannot be read.
    async fn seen(&self) -> Result<Vec<Seen>, LedgerError>;

    /// Calls since an instant, by vendor, operation and hour.
    ///
    /// # Errors
    /// Where the ledger cannot be read.
    async fn calls(&self, since: DateTime<Utc>) -> Result<Vec<CallCount>, LedgerError>;

    /// The last `count` runs, newest first.
    ///
    /// # Errors
    /// Where the ledger cannot be read.
    async fn runs(&self, count: usize) -> Result<Vec<Run>, LedgerError>;

    /// People whose last change failed, by subject.
    ///
    /// # Errors
    /// Where the ledger cannot be read.
    async fn errors(&self) -> Result<Vec<PersonError>, LedgerError>;

    /// When the members of each group were last read.
    ///
    /// # Errors
    /// Where the ledger cannot be read.
    async fn audits(&self) -> Result<BTreeMap<TargetId, DateTime<Utc>>, LedgerError>;

    /// What would take the last `count` runs back that changed something, newest first.
    ///
    /// # Errors
    /// Where the ledger cannot be read.
    async fn rollbacks(&self, count: usize) -> Result<Vec<Rollback>, LedgerError>;

    /// Who went through marked doors since an instant, by time.
    ///
    /// # Errors
    /// Where the ledger cannot be read.
    async fn doors(&self, since: DateTime<Utc>) -> Result<Vec<KeptDoor>, LedgerError>;

    /// Those of whom the source has not been told, by time.
    ///
    /// # Errors
    /// Where the ledger cannot be read.
    async fn waiting_doors(&self) -> Result<Vec<KeptDoor>, LedgerError>;

    /// The value of [`Update::State`] under a key: cursors, a limiter's state.
    ///
    /// # Errors
    /// Where the ledger cannot be read.
    async fn state(&self, key: &str) -> Result<Option<String>, LedgerError>;

    /// Keeps `key` if it is new, and says whether it was. Of several that claim the same key at once
    /// one is told yes: for what must happen once, such as a check-in by an event's id.
    ///
    /// # Errors
    /// Where the ledger cannot be written.
    async fn claim(&self, key: &str, at: DateTime<Utc>) -> Result<bool, LedgerError>;
}

/// The right to write, until somebody else takes the lease.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fence {
    /// The lease's name.
    pub name: String,
    /// Greater with every taker.
    pub token: u64,
}

/// The answer to [`Ledger::lease`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Leased {
    /// It is yours.
    Granted(Fence),
    /// Somebody else has it.
    Busy {
        /// Until when, unless prolonged.
        until: DateTime<Utc>,
        /// Who, where they named themselves.
        worker: Option<String>,
    },
}

/// The ledger refuses, or cannot.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// Cannot be read or written.
    #[error("the ledger: {0}")]
    Storage(String),
    /// Made by a later version of this crate.
    #[error(
        "the ledger has version {found}, and this program knows versions up to {known}: use a newer program"
    )]
    TooNew {
        /// The file's.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// Somebody else has taken the lease since.
    #[error("another worker has taken over; this one has stopped writing")]
    Fenced,
    /// There is no such entry, or it has an outcome already.
    #[error("the journal has no open entry {0}")]
    NoEntry(EntryId),
}

/// A limiter's state as the last process left it
/// ([`EngineBuilder::limiter`](crate::EngineBuilder::limiter)), to be restored into a new one.
///
/// # Errors
/// Where the ledger cannot be read.
pub async fn limiter_state(
    ledger: &dyn Ledger,
    name: &str,
) -> Result<Option<access_sync_http::limit::LimiterState>, LedgerError> {
    let text = ledger.state(&format!("limiter:{name}")).await?;
    // A state that cannot be read is none: the limiter starts anew, as without a ledger.
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}
