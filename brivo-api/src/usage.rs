//! What was spent of the quota.

use std::collections::BTreeMap;
use std::sync::Mutex;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::auth::lock;
use crate::region::Tier;

/// Calls sent by one client in the last 30 days, token requests left out.
///
/// Every attempt counts, failed ones too, as Brivo counts; so does a call that failed for want of a
/// token. Days are UTC days, so the window is up to
/// a day longer than Brivo's.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Usage {
    /// Calls by operation, such as `users.list`.
    pub by_operation: BTreeMap<&'static str, u64>,
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

/// Counts by day and operation.
#[derive(Debug, Default)]
pub(crate) struct Meter(Mutex<BTreeMap<NaiveDate, BTreeMap<&'static str, u64>>>);

const DAYS: i64 = 30;

impl Meter {
    pub(crate) fn count(&self, now: DateTime<Utc>, operation: &'static str, calls: u32) {
        let mut days = lock(&self.0);
        forget(&mut days, now);
        let today = days.entry(now.date_naive()).or_default();
        *today.entry(operation).or_default() += u64::from(calls);
    }

    pub(crate) fn report(&self, now: DateTime<Utc>, tier: Tier) -> Usage {
        let mut days = lock(&self.0);
        forget(&mut days, now);
        let mut by_operation = BTreeMap::new();
        for (operation, calls) in days.values().flatten() {
            *by_operation.entry(*operation).or_default() += calls;
        }
        Usage {
            total: by_operation.values().sum(),
            by_operation,
            quota: tier.per_30_days(),
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
