//! What was spent of the quota.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use access_sync_http::{AttemptReport, CallReport, Hooks, Timer};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::auth::lock;
use crate::region::{API_CLASS, Tier};

/// Calls sent by one client in the last 30 days, token requests left out.
///
/// Every attempt counts, failed ones too, as Brivo counts. Days are UTC days, so the window is up to
/// a day longer than Brivo's.
#[derive(Clone, Debug, PartialEq, Eq)]
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

/// Counts attempts by day and operation on their way to the caller's own hooks.
#[derive(Debug)]
pub(crate) struct Meter {
    timer: Arc<dyn Timer>,
    next: Option<Arc<dyn Hooks>>,
    days: Mutex<BTreeMap<NaiveDate, BTreeMap<String, u64>>>,
}

const DAYS: i64 = 30;

impl Meter {
    pub(crate) fn new(timer: Arc<dyn Timer>, next: Option<Arc<dyn Hooks>>) -> Self {
        Self {
            timer,
            next,
            days: Mutex::default(),
        }
    }

    pub(crate) fn report(&self, tier: Tier) -> Usage {
        let mut days = lock(&self.days);
        forget(&mut days, self.timer.wall());
        let mut by_operation = BTreeMap::new();
        for (operation, calls) in days.values().flatten() {
            *by_operation.entry(operation.clone()).or_default() += calls;
        }
        Usage {
            total: by_operation.values().sum(),
            by_operation,
            quota: tier.per_30_days(),
        }
    }
}

impl Hooks for Meter {
    fn attempt(&self, report: &AttemptReport<'_>) {
        let sent = report.status.is_some() || !report.took.is_zero();
        if sent && report.scope.class == API_CLASS {
            let now = self.timer.wall();
            let mut days = lock(&self.days);
            forget(&mut days, now);
            let today = days.entry(now.date_naive()).or_default();
            match today.get_mut(report.operation) {
                Some(calls) => *calls += 1,
                None => {
                    today.insert(report.operation.to_owned(), 1);
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

fn forget<V>(days: &mut BTreeMap<NaiveDate, V>, now: DateTime<Utc>) {
    let first =
        TimeDelta::try_days(DAYS).and_then(|days| now.date_naive().checked_sub_signed(days));
    if let Some(first) = first {
        days.retain(|day, _| *day >= first);
    }
}
