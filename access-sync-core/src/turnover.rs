//! What a turnover of residents leaves behind: two people in one place, or nobody by mistake.
//!
//! Neither is an error of the plan, and both depend on what the caller knows of the place, so they
//! are asked for and not part of [`Plan::findings`](crate::Plan::findings).

use crate::derive::lease_days;
use crate::finding::{Finding, FindingCode};
use crate::ids::{RecordId, SubjectId, TargetId};
use crate::plan::{Plan, Window};
use crate::record::{Lease, Record};
use crate::zone::end_seconds;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// First day, last day, lease.
type LeaseDays<'a> = (i64, Option<i64>, &'a RecordId);

impl Plan {
    /// Different people with access to one exclusive target at once: one `overlapping_occupancy`
    /// finding for each person who comes while another is there, sorted. The documented defaults
    /// of property systems (in at 10:00, out at 16:00) do this at every same-day turnover.
    pub fn overlapping_occupancy(&self, exclusive: impl Fn(&TargetId) -> bool) -> Vec<Finding> {
        let mut by_target: BTreeMap<&TargetId, Vec<&Window>> = BTreeMap::new();
        for window in &self.windows {
            if exclusive(&window.target) {
                by_target.entry(&window.target).or_default().push(window);
            }
        }
        let mut findings = Vec::new();
        for (target, mut windows) in by_target {
            windows.sort_by_key(|window| (window.start, &window.subject));
            // The latest end so far, and the latest one of anybody else than its owner.
            let mut latest: Option<(i64, &SubjectId)> = None;
            let mut others: Option<i64> = None;
            for window in windows {
                let (start, end) = (window.start.timestamp(), end_seconds(window.end));
                let of_another = match latest {
                    Some((end, subject)) if *subject != window.subject => Some(end),
                    _ => others,
                };
                if of_another.is_some_and(|end| start < end) {
                    let code = FindingCode::OverlappingOccupancy;
                    findings.push(Finding::of_membership(code, &window.subject, target));
                }
                match latest {
                    Some((last, subject)) if *subject == window.subject => {
                        latest = Some((last.max(end), subject));
                    }
                    Some((last, _)) if end <= last => others = others.max(Some(end)),
                    _ => {
                        others = others.max(latest.map(|(last, _)| last));
                        latest = Some((end, &window.subject));
                    }
                }
            }
        }
        findings.sort_unstable();
        findings.dedup();
        findings
    }

    /// Holes in a resident's own access that the dates of the resident's leases cause: one
    /// `lease_gap` finding for each lease that follows another of the same target by more than a
    /// day, where nothing else gives access in between; sorted.
    pub fn lease_gaps(&self) -> Vec<Finding> {
        let mut by_key: BTreeMap<(&SubjectId, &TargetId), Vec<LeaseDays<'_>>> = BTreeMap::new();
        self.facts.for_each(|record| {
            let Record::Lease(lease) = record else { return };
            if let Some((start, end)) =
                lease_days(lease, &self.policy).filter(|_| self.is_source(lease))
            {
                by_key
                    .entry((&lease.resident, &lease.target))
                    .or_default()
                    .push((start, end, &lease.id));
            }
        });
        let mut findings = Vec::new();
        for ((subject, target), mut leases) in by_key {
            leases.sort_unstable();
            let mut before: Option<(Option<i64>, &RecordId)> = None;
            for (start, end, id) in leases {
                if let Some((Some(last), earlier)) = before {
                    let joined = |window: &Window| {
                        window.sources.contains(id) && window.sources.contains(earlier)
                    };
                    if start > last + 1 && !self.windows_of(subject, target).any(joined) {
                        findings.push(Finding::of_record(FindingCode::LeaseGap, id));
                    }
                }
                let later =
                    |(last, _): (Option<i64>, _)| last.is_some() && (end.is_none() || end >= last);
                if before.is_none_or(later) {
                    before = Some((end, id));
                }
            }
        }
        findings.sort_unstable();
        findings.dedup();
        findings
    }

    /// Whether a lease gave any access.
    fn is_source(&self, lease: &Lease) -> bool {
        self.windows_of(&lease.resident, &lease.target)
            .any(|window| window.sources.contains(&lease.id))
    }
}
