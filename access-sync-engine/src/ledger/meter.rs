//! Calls on their way into the ledger.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use access_sync_http::{AttemptReport, CallReport, Hooks};
use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};

use super::{CallCount, Update};

/// Counts the calls of any number of clients until the engine writes them into its ledger.
///
/// Give it to the clients as their hooks and to the engine
/// ([`EngineBuilder::meter`](crate::EngineBuilder::meter)). Every attempt that went out counts,
/// failed ones too, since vendors count them; requests for tokens do not.
#[derive(Debug, Default)]
pub struct CallMeter {
    counts: Mutex<BTreeMap<(&'static str, String), u64>>,
    next: Option<Arc<dyn Hooks>>,
}

impl CallMeter {
    /// A meter at zero.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Tells other hooks as well.
    #[must_use]
    pub fn and(mut self, next: Arc<dyn Hooks>) -> Self {
        self.next = Some(next);
        self
    }

    /// Calls to a vendor that are not in the ledger yet.
    #[must_use]
    pub fn pending(&self, vendor: &str) -> u64 {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let of = counts.iter().filter(|((name, _), _)| *name == vendor);
        of.map(|(_, calls)| calls).sum()
    }

    /// What was counted since the last time, as calls of the hour of `now`.
    #[must_use]
    pub fn take(&self, now: DateTime<Utc>) -> Vec<Update> {
        let hour = now.duration_trunc(TimeDelta::hours(1)).unwrap_or(now);
        let counts =
            std::mem::take(&mut *self.counts.lock().unwrap_or_else(PoisonError::into_inner));
        counts
            .into_iter()
            .map(|((vendor, operation), calls)| {
                Update::Calls(CallCount::new(hour, vendor, operation, calls))
            })
            .collect()
    }
}

/// The class of requests for tokens, in all clients.
const TOKENS: &str = "auth";

impl Hooks for CallMeter {
    fn attempt(&self, report: &AttemptReport<'_>) {
        let sent = report.status.is_some() || !report.took.is_zero();
        if sent && report.scope.class != TOKENS {
            let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
            let key = (report.scope.vendor, report.operation.to_owned());
            *counts.entry(key).or_default() += 1;
        }
        if let Some(next) = &self.next {
            next.attempt(report);
        }
    }

    fn call(&self, report: &CallReport<'_>) {
        if let Some(next) = &self.next {
            next.call(report);
        }
    }
}
