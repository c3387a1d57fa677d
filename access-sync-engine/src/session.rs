//! One writer's turn: the lease, the clock, and the journal around every call.

use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};

use crate::journal::{Intent, Outcome, Write};
use crate::ledger::{Fence, Leased, Update};
use crate::{Engine, EngineError};

/// A lease lasts so long unless prolonged; a worker that died is out of the way after it.
const LEASE: TimeDelta = TimeDelta::minutes(2);
/// The name of the lease on an account's writes.
const NAME: &str = "writer";

/// The right to write, while it lasts.
#[derive(Debug)]
pub(crate) struct Session<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) fence: Fence,
    digest: String,
    begun: DateTime<Utc>,
    started: Instant,
    renewed: Mutex<DateTime<Utc>>,
}

impl<'a> Session<'a> {
    /// Takes the lease.
    ///
    /// # Errors
    /// [`EngineError::Busy`] where another engine has it.
    pub(crate) async fn open(
        engine: &'a Engine,
        digest: String,
        now: DateTime<Utc>,
    ) -> Result<Self, EngineError> {
        let until = later(now, LEASE);
        let worker = engine.worker.as_deref();
        match engine.ledger.lease(NAME, worker, now, until).await? {
            Leased::Granted(fence) => Ok(Self {
                engine,
                fence,
                digest,
                begun: now,
                started: engine.timer.now(),
                renewed: Mutex::new(now),
            }),
            Leased::Busy { until, worker } => Err(EngineError::Busy { until, worker }),
        }
    }

    /// The caller's now, and the time that has passed since.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        let passed = self
            .engine
            .timer
            .now()
            .saturating_duration_since(self.started);
        later(self.begun, TimeDelta::from_std(passed).unwrap_or_default())
    }

    pub(crate) async fn close(&self) -> Result<(), EngineError> {
        Ok(self.engine.ledger.give_back(&self.fence).await?)
    }

    /// Prolongs the lease where a third of it is gone.
    pub(crate) async fn keep(&self) -> Result<(), EngineError> {
        let now = self.now();
        let due = {
            let mut renewed = self.renewed.lock().unwrap_or_else(PoisonError::into_inner);
            let due = now.signed_duration_since(*renewed) * 3 > LEASE;
            if due {
                *renewed = now;
            }
            due
        };
        if due {
            self.engine
                .ledger
                .renew(&self.fence, later(now, LEASE))
                .await?;
        }
        Ok(())
    }

    /// Intent, call, outcome. The call is not begun before the intent is kept. Where nobody can say
    /// whether it was carried out the intent stays open, and is settled by reading.
    pub(crate) async fn write<T>(
        &self,
        write: Write,
        call: impl Future<Output = Result<(T, Vec<Update>), Failed>>,
    ) -> Result<T, EngineError> {
        self.keep().await?;
        let ledger = &self.engine.ledger;
        let intent = Intent::new(self.now(), self.digest.as_str(), write);
        let entry = ledger.intent(&self.fence, &intent).await?;
        let outcome = |outcome: Outcome, updates: Vec<Update>| async move {
            let at = self.now();
            ledger
                .outcome(&self.fence, entry, at, &outcome, &updates)
                .await
        };
        match call.await {
            Ok((value, updates)) => {
                outcome(Outcome::Done, updates).await?;
                Ok(value)
            }
            Err(Failed { error, known }) => {
                let why = Outcome::Failed(error.to_string());
                match known {
                    Some(updates) => outcome(why, updates).await?,
                    None if error.may_have_happened() => {}
                    None => outcome(why, Vec::new()).await?,
                }
                Err(error)
            }
        }
    }
}

/// A call that failed.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) error: EngineError,
    /// What the answer showed all the same; none where it showed nothing.
    pub(crate) known: Option<Vec<Update>>,
}

impl From<EngineError> for Failed {
    fn from(error: EngineError) -> Self {
        Self { error, known: None }
    }
}

pub(crate) fn later(at: DateTime<Utc>, by: TimeDelta) -> DateTime<Utc> {
    at.checked_add_signed(by).unwrap_or(at)
}
