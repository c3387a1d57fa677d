//! What was spent of the quota.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use access_sync_http::limit::LimiterState;
use access_sync_http::{AttemptReport, CallReport, Hooks, Timer};
use serde::{Deserialize, Serialize};

use crate::auth::lock;
use crate::region::{API_CLASS, Tier};

/// Calls sent by one client in the last 30 days, token requests left out.
///
/// Every attempt counts, failed ones too, as Brivo counts. The window rolls by the hour: a call is
/// forgotten 30 days after the end of its hour. Give a [`Ledger`] to
/// [`BrivoClientBuilder::ledger`](crate::BrivoClientBuilder::ledger), or it starts anew with the
/// program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Usage {
    /// Calls by operation, such as `users.list`.
    pub by_operation: BTreeMap<String, u64>,
    /// All of them.
    pub total: u64,
    /// What the client's tier allows in 30 days.
    pub quota: u64,
}

impl Usage {
    /// Calls left.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.quota.saturating_sub(self.total)
    }
}

/// What must not be forgotten when the program ends: calls of the last 30 days, for the report
/// ([`Usage`]) and for the limiter that the client made itself.
///
/// Keep it in whatever format the program keeps its state in, every few minutes and at the end.
/// Holds counts, times and names of operations; no secret and no person.
///
/// ```
/// # fn f(builder: brivo_api::BrivoClientBuilder, kept: Option<&str>) -> Result<(), Box<dyn std::error::Error>> {
/// use brivo_api::Ledger;
///
/// let ledger: Ledger = match kept {
///     Some(text) => serde_json::from_str(text)?,
///     None => Ledger::default(),
/// };
/// let client = builder.ledger(ledger).build()?;
/// // … and later:
/// let kept = serde_json::to_string(&client.ledger())?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Ledger {
    /// Calls by operation, by the hour since 1970.
    #[serde(default)]
    pub(crate) hours: Hours,
    /// The client's own limiter; none where it was given one, which exports itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) limiter: Option<LimiterState>,
}

type Hours = BTreeMap<i64, BTreeMap<String, u64>>;

/// Counts attempts by hour and operation on their way to the caller's own hooks.
#[derive(Debug)]
pub(crate) struct Meter {
    timer: Arc<dyn Timer>,
    next: Option<Arc<dyn Hooks>>,
    hours: Mutex<Hours>,
}

const WINDOW: i64 = 30 * 24;

impl Meter {
    pub(crate) fn new(timer: Arc<dyn Timer>, next: Option<Arc<dyn Hooks>>, earlier: Hours) -> Self {
        Self {
            timer,
            next,
            hours: Mutex::new(earlier),
        }
    }

    pub(crate) fn report(&self, tier: Tier) -> Usage {
        let mut by_operation = BTreeMap::<_, u64>::new();
        for (operation, calls) in self.hours().into_values().flatten() {
            let sum = by_operation.entry(operation).or_default();
            *sum = sum.saturating_add(calls);
        }
        Usage {
            total: by_operation.values().copied().fold(0, u64::saturating_add),
            by_operation,
            quota: tier.per_30_days(),
        }
    }

    /// What counts now.
    pub(crate) fn hours(&self) -> Hours {
        let mut hours = lock(&self.hours);
        forget(&mut hours, self.hour());
        hours.clone()
    }

    fn hour(&self) -> i64 {
        self.timer.wall().timestamp().div_euclid(3600)
    }
}

impl Hooks for Meter {
    fn attempt(&self, report: &AttemptReport<'_>) {
        let sent = report.status.is_some() || !report.took.is_zero();
        if sent && report.scope.class == API_CLASS {
            let hour = self.hour();
            let mut hours = lock(&self.hours);
            forget(&mut hours, hour);
            let now = hours.entry(hour).or_default();
            match now.get_mut(report.operation) {
                Some(calls) => *calls = calls.saturating_add(1),
                None => {
                    now.insert(report.operation.to_owned(), 1);
                }
            }
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

/// An hour counts while its end is within the window.
fn forget(hours: &mut Hours, now: i64) {
    let first = now.saturating_sub(WINDOW);
    *hours = hours.split_off(&first);
}
