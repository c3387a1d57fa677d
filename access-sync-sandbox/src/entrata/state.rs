use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::rows::{Lease, LeaseStatus, Property, Unit};
use crate::limits::Rolling;

/// Everything Entrata holds.
#[derive(Debug, Clone, Default)]
pub(crate) struct EntrataState {
    pub(crate) properties: BTreeMap<i64, Property>,
    pub(crate) units: BTreeMap<i64, Unit>,
    pub(crate) leases: BTreeMap<i64, Lease>,
    windows: BTreeMap<String, Windows>,
}

/// The limits of one method and the calls that count in them.
#[derive(Debug, Clone)]
struct Windows {
    allowed: [usize; 3],
    calls: [Rolling; 3],
}

const UNITS: [&str; 3] = ["day", "hour", "minute"];

/// The `X-RateLimit-*` headers of an answer.
#[derive(Debug, Clone)]
pub(super) struct RateHeaders {
    pub(super) limit: String,
    pub(super) remaining: String,
    pub(super) reset: String,
    pub(super) exhausted: bool,
}

impl EntrataState {
    /// Counts a call. Without enforcement the headers tell of windows that are never exhausted.
    pub(super) fn rate(&mut self, method: &str, now: DateTime<Utc>, enforced: bool) -> RateHeaders {
        let windows = self.windows.entry(method.to_owned()).or_insert_with(|| {
            let allowed = match method {
                "getStatus" => [8640, 360, 6],
                "getProperties" => [15_000, 1000, 150],
                _ => [10_000, 1000, 300],
            };
            Windows {
                allowed,
                calls: [86_400, 3600, 60].map(Rolling::new),
            }
        });
        let mut headers = RateHeaders {
            limit: String::new(),
            remaining: String::new(),
            reset: String::new(),
            exhausted: false,
        };
        let counts = windows.calls.each_mut().map(|calls| calls.count(now));
        let spent = counts
            .iter()
            .zip(windows.allowed)
            .any(|(count, allowed)| *count >= allowed);
        headers.exhausted = enforced && spent;
        let mut glue = "";
        for ((calls, allowed), unit) in windows.calls.iter_mut().zip(windows.allowed).zip(UNITS) {
            if enforced && !spent {
                calls.push(now);
            }
            let used = if enforced { calls.count(now) } else { 1 };
            let left = allowed.saturating_sub(used);
            headers.limit += &format!("{glue}{allowed}/{unit}");
            headers.remaining += &format!("{glue}{left}/{unit}");
            headers.reset += &format!("{glue}{}", calls.reset_seconds(now));
            glue = ";";
        }
        headers
    }

    pub(super) fn set_status(&mut self, lease_id: i64, status: LeaseStatus) -> bool {
        let Some(lease) = self.leases.get_mut(&lease_id) else {
            return false;
        };
        let old = std::mem::replace(&mut lease.status, status);
        for customer in lease.customers.iter_mut().filter(|c| c.status == old) {
            customer.status = status;
        }
        let active = lease.active_interval().map(|interval| interval.id);
        for interval in &mut lease.intervals {
            if Some(interval.id) == active {
                interval.status = status;
            }
        }
        true
    }
}
