//! Terms of a lease, and what comes after the current one.

use chrono::NaiveDate;
use serde::Serialize;

use crate::{
    EntrataDate, Lease, LeaseInterval, LeaseIntervalId, LeaseIntervalType, LeaseStatus,
    LeaseSubStatus,
};

/// What comes after the current term. A renewal keeps the lease's id and adds a term.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "outcome")]
#[non_exhaustive]
pub enum RenewalOutcome {
    /// Nothing is known.
    None,
    /// There is a next term.
    Renewed {
        /// The next term.
        interval: LeaseIntervalId,
        /// Its first day.
        from: Option<EntrataDate>,
        /// Its last day.
        until: Option<EntrataDate>,
    },
    /// It goes on, or is going on, from month to month.
    MonthToMonth,
    /// The sub-status says "Renewed", and no such term came along. Ask with the history.
    Announced,
    /// The sub-status says "Non renewal".
    NonRenewal,
}

pub(super) struct Terms {
    pub(super) intervals: Vec<LeaseInterval>,
    pub(super) current: Option<LeaseIntervalId>,
    pub(super) month_to_month: bool,
    pub(super) holdover: bool,
    pub(super) renewal: RenewalOutcome,
    pub(super) end: Option<EntrataDate>,
}

impl Terms {
    pub(super) fn of(lease: &Lease, today: NaiveDate) -> Self {
        let mut intervals: Vec<LeaseInterval> = lease
            .lease_intervals
            .iter()
            .filter(|interval| interval.status != Some(LeaseStatus::Cancelled))
            .cloned()
            .collect();
        intervals.sort_by_key(|interval| (start(interval), interval.id));

        let current = intervals
            .iter()
            .find(|interval| Some(interval.id) == lease.lease_interval_id)
            .or_else(|| {
                intervals
                    .iter()
                    .rev()
                    .find(|interval| holds(interval, today))
            });
        let next = current.and_then(|current| {
            intervals
                .iter()
                .rev()
                .find(|interval| start(interval) > start(current) && is_agreed(interval))
        });

        let is_mtm = |interval: Option<&LeaseInterval>| {
            interval
                .and_then(|interval| interval.interval_type.as_ref())
                .is_some_and(LeaseIntervalType::is_month_to_month)
        };
        let goes_on_monthly = is_mtm(next);
        let month_to_month = lease.is_month_to_month == Some(true)
            || lease.has_sub_status(&LeaseSubStatus::MonthToMonth)
            || is_mtm(current);
        let renewal = match next {
            _ if goes_on_monthly => RenewalOutcome::MonthToMonth,
            Some(next) => RenewalOutcome::Renewed {
                interval: next.id,
                from: next.start_date.clone(),
                until: next.end_date.clone(),
            },
            None => without_next(lease, month_to_month, &intervals),
        };
        let current_end = current.and_then(end);
        let end = match next {
            _ if goes_on_monthly => None,
            // A next term without a last day is open, whatever the current one says.
            Some(next) => end(next).max(end(next).and(current_end)),
            None => current_end.filter(|_| !month_to_month),
        };
        let holdover = lease.status == LeaseStatus::Current
            && !month_to_month
            && next.is_none()
            && current_end.is_some_and(|end| end < today);
        Self {
            current: current.map(|interval| interval.id),
            month_to_month,
            holdover,
            renewal,
            end: end.filter(|_| !holdover).map(EntrataDate::Day),
            intervals,
        }
    }
}

fn without_next(
    lease: &Lease,
    month_to_month: bool,
    intervals: &[LeaseInterval],
) -> RenewalOutcome {
    let renewed_before = || {
        intervals
            .iter()
            .any(|interval| interval.interval_type == Some(LeaseIntervalType::Renewal))
    };
    if month_to_month {
        RenewalOutcome::MonthToMonth
    } else if lease.has_sub_status(&LeaseSubStatus::NonRenewal) {
        RenewalOutcome::NonRenewal
    } else if lease.has_sub_status(&LeaseSubStatus::Renewed) && !renewed_before() {
        RenewalOutcome::Announced
    } else {
        RenewalOutcome::None
    }
}

fn start(interval: &LeaseInterval) -> Option<NaiveDate> {
    interval.start_date.as_ref().and_then(EntrataDate::day)
}

fn end(interval: &LeaseInterval) -> Option<NaiveDate> {
    interval.end_date.as_ref().and_then(EntrataDate::day)
}

fn holds(interval: &LeaseInterval, day: NaiveDate) -> bool {
    start(interval).is_some_and(|start| start <= day) && end(interval).is_none_or(|end| day <= end)
}

/// A term that lets people stay longer and is more than an offer.
fn is_agreed(interval: &LeaseInterval) -> bool {
    let agreed = match &interval.status {
        Some(LeaseStatus::Future | LeaseStatus::Current) => true,
        Some(LeaseStatus::Other(word)) => word.eq_ignore_ascii_case("Approved"),
        _ => false,
    };
    let prolongs = interval
        .interval_type
        .as_ref()
        .is_some_and(LeaseIntervalType::prolongs);
    agreed && prolongs
}
