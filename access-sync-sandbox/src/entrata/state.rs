use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::oauth::Grants;
use super::rows::{LeaseStatus, Property, Unit};
use super::table::Leases;
use crate::limits::Rolling;

/// Everything Entrata holds.
#[derive(Debug, Clone)]
pub(crate) struct EntrataState {
    pub(crate) properties: BTreeMap<i64, Property>,
    pub(crate) units: BTreeMap<i64, Unit>,
    pub(crate) leases: Leases,
    /// When the leases last caught up with the clock.
    pub(crate) settled: Option<DateTime<Utc>>,
    pub(crate) follows_clock: bool,
    /// Methods for which the caller lacks the permission.
    pub(super) denied: BTreeSet<String>,
    pub(super) grants: Grants,
    windows: BTreeMap<String, Vec<Window>>,
}

/// One window of a method's limit, and the calls that count in it.
#[derive(Debug, Clone)]
struct Window {
    allowed: usize,
    unit: &'static str,
    calls: Rolling,
}

impl Window {
    /// The windows that were recorded for a method; the others have those of getFloorPlans.
    fn all_of(method: &str) -> Vec<Self> {
        let day = |n| (n, "day", 86_400);
        let hour = |n| (n, "hour", 3600);
        let minute = |n| (n, "minute", 60);
        let windows = match method {
            "getStatus" => vec![day(8640), hour(360), minute(6)],
            "getProperties" => vec![day(15_000), hour(1000), minute(150)],
            "getUnitsAvailabilityAndPricing" => vec![hour(66_000), minute(1100)],
            _ => vec![day(10_000), hour(1000), minute(300)],
        };
        let window = |(allowed, unit, seconds)| Self {
            allowed,
            unit,
            calls: Rolling::new(seconds),
        };
        windows.into_iter().map(window).collect()
    }
}

/// The `X-RateLimit-*` headers of an answer.
#[derive(Debug, Clone)]
pub(super) struct RateHeaders {
    pub(super) limit: String,
    pub(super) remaining: String,
    pub(super) reset: String,
    pub(super) exhausted: bool,
}

impl Default for EntrataState {
    fn default() -> Self {
        Self {
            properties: BTreeMap::new(),
            units: BTreeMap::new(),
            leases: Leases::default(),
            settled: None,
            follows_clock: true,
            denied: BTreeSet::new(),
            grants: Grants::default(),
            windows: BTreeMap::new(),
        }
    }
}

impl EntrataState {
    /// Counts a call. Without enforcement the headers tell of windows that are never exhausted.
    pub(super) fn rate(&mut self, method: &str, now: DateTime<Utc>, enforced: bool) -> RateHeaders {
        let windows = self
            .windows
            .entry(method.to_owned())
            .or_insert_with(|| Window::all_of(method));
        let spent = windows
            .iter_mut()
            .any(|window| window.calls.count(now) >= window.allowed);
        let mut headers = RateHeaders {
            limit: String::new(),
            remaining: String::new(),
            reset: String::new(),
            exhausted: enforced && spent,
        };
        let mut glue = "";
        for window in windows {
            if enforced && !spent {
                window.calls.push(now);
            }
            let used = if enforced { window.calls.count(now) } else { 1 };
            let left = window.allowed.saturating_sub(used);
            headers.limit += &format!("{glue}{}/{}", window.allowed, window.unit);
            headers.remaining += &format!("{glue}{left}/{}", window.unit);
            headers.reset += &format!("{glue}{}", window.calls.reset_seconds(now));
            glue = ";";
        }
        headers
    }

    /// The windows of each method that was called.
    pub(crate) fn usage(&mut self, now: DateTime<Utc>) -> Vec<serde_json::Value> {
        let mut rows = Vec::new();
        for (method, windows) in &mut self.windows {
            for window in windows {
                rows.push(serde_json::json!({
                    "name": format!("{method}, a {}", window.unit),
                    "used": window.calls.count(now),
                    "allowed": window.allowed,
                }));
            }
        }
        rows
    }

    pub(crate) fn set_status(&mut self, lease_id: i64, status: LeaseStatus) -> bool {
        self.leases.edit(lease_id, |lease| {
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
        })
    }
}
