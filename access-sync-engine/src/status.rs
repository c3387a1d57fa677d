//! How things stand, from the ledger alone.

use chrono::{DateTime, Utc};

use crate::budget::CallPlan;
use crate::ledger::{Hold, PersonError, Run, RunResult};
use crate::{Engine, EngineError};

/// How things stand. Read from the ledger, so that any process can ask.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Status {
    /// The last run, however it ended.
    pub last_run: Option<Run>,
    /// The last run that was carried out.
    pub last_sync: Option<Run>,
    /// The next instant at which somebody's access changes, as known then.
    pub next_transition: Option<DateTime<Utc>>,
    /// Calls made and left.
    pub calls: CallPlan,
    /// People whose last change failed.
    pub errors: Vec<PersonError>,
    /// Holds and pauses.
    pub holds: Vec<Hold>,
    /// Users of ours.
    pub users: usize,
    /// Memberships of ours.
    pub memberships: usize,
    /// Writes that a crash has left open; the next run settles them.
    pub open_intents: usize,
}

/// Runs looked through for one that was carried out.
const RUNS: usize = 200;

impl Engine {
    /// How things stand. Asks nobody: [`Unasked`](crate::access::Unasked) does for the system.
    ///
    /// # Errors
    /// Where the ledger cannot be read.
    pub async fn status(&self, now: DateTime<Utc>) -> Result<Status, EngineError> {
        let runs = self.ledger.runs(RUNS).await?;
        let made = self.ledger.made().await?;
        let last_sync = runs.iter().find(|run| run.result == RunResult::Applied);
        let last_sync = last_sync.cloned();
        let next = last_sync.as_ref().and_then(|run| run.next_transition);
        Ok(Status {
            last_run: runs.into_iter().next(),
            next_transition: next,
            last_sync,
            calls: self.call_plan(now).await?,
            errors: self.ledger.errors().await?,
            holds: self.ledger.holds().await?,
            users: made.users.len(),
            memberships: made.memberships.len(),
            open_intents: self.ledger.open_intents().await?.len(),
        })
    }
}
