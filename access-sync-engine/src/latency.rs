//! Intended against actual: when each change of access should have happened, and when it did.
//!
//! The plan says when a window begins and ends; the journal says when the call that opened or shut
//! the door had been answered. What lies between is lateness: a person before a locked door, or a
//! door that still opens. Nothing is measured twice: a failed call is late until the one that went
//! well.
//!
//! ```
//! use access_sync_core::record::{Lease, Record};
//! use access_sync_core::{Timeline, plan};
//! use access_sync_engine::latency::{Acted, LatencyReport};
//! use access_sync_core::state::Change;
//! use chrono::{DateTime, Utc};
//!
//! let zone = chrono_tz::America::Chicago;
//! let lease = Lease::new("l1", "ann", "unit 101", "Current")
//!     .move_in("2026-03-01")
//!     .time_zone(zone);
//! let plan = plan(&Timeline::new(None).record(Record::Lease(lease)));
//! let at: DateTime<Utc> = "2026-03-01T16:00:20Z".parse()?; // the window begins at ten, Chicago
//! let report = LatencyReport::new(&plan, [Acted::new("ann", "unit 101", Change::Grant, at)]);
//! assert_eq!(report.grants.longest_seconds, 20);
//! // Of a running engine: LatencyReport::new(prepared.plan(), acted(&ledger.journal(10_000).await?))
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use access_sync_core::Plan;
use access_sync_core::ids::{SubjectId, TargetId};
use access_sync_core::state::Change;
use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::journal::{Entry, Outcome, Write};

/// A change that was carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Acted {
    /// Whose.
    pub subject: SubjectId,
    /// At which group.
    pub target: TargetId,
    /// Given or taken.
    pub change: Change,
    /// When the answer was there.
    pub at: DateTime<Utc>,
}

impl Acted {
    /// A change.
    #[must_use]
    pub fn new(
        subject: impl Into<SubjectId>,
        target: impl Into<TargetId>,
        change: Change,
        at: DateTime<Utc>,
    ) -> Self {
        Self {
            subject: subject.into(),
            target: target.into(),
            change,
            at,
        }
    }
}

/// What the journal tells was carried out, group by group ([`Ledger::journal`](crate::ledger::Ledger::journal)).
/// Calls that failed, or of which nobody knows yet, are left out.
#[must_use]
pub fn acted<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Vec<Acted> {
    let mut acted = Vec::new();
    for entry in entries {
        let (Some(Outcome::Done | Outcome::FoundDone), Some(at)) = (&entry.outcome, entry.ended)
        else {
            continue;
        };
        if let Write::ChangeGroups {
            subject,
            add,
            remove,
            ..
        } = &entry.intent.write
        {
            let changes = [(Change::Grant, add), (Change::Revoke, remove)];
            for (change, targets) in changes {
                let of =
                    |target: &TargetId| Acted::new(subject.clone(), target.clone(), change, at);
                acted.extend(targets.iter().map(of));
            }
        }
    }
    acted
}

/// One change, intended and actual.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Late {
    /// Whose.
    pub subject: SubjectId,
    /// At which group.
    pub target: TargetId,
    /// "grant" or "revoke".
    pub change: &'static str,
    /// When the plan wanted it.
    pub intended: DateTime<Utc>,
    /// When it was done.
    pub actual: DateTime<Utc>,
    /// Seconds between; less than 0 where it was done ahead.
    pub seconds: i64,
}

/// Lateness of one kind of change. Seconds; changes done ahead count as 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Spread {
    /// How many changes.
    pub changes: usize,
    /// Of them, done ahead of their time (a window known before).
    pub ahead: usize,
    /// Half were not later than this.
    pub median_seconds: i64,
    /// Nine in ten were not later than this.
    pub p90_seconds: i64,
    /// Ninety-nine in a hundred were not later than this.
    pub p99_seconds: i64,
    /// The latest.
    pub longest_seconds: i64,
    /// Minutes of access by lateness, rounded up: missed where it was a grant, too much where it was
    /// a revocation.
    pub access_minutes: i64,
}

/// When changes were intended, and when they were done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LatencyReport {
    /// Access given: its lateness is time before a locked door.
    pub grants: Spread,
    /// Access taken: its lateness is time that a door still opened.
    pub revocations: Spread,
    /// Changes that the plan has no instant for: of records that were withdrawn or changed after the
    /// fact, and taken away as soon as that was known.
    pub unplanned: usize,
    /// Every change with an intended instant, the latest first.
    pub changes: Vec<Late>,
}

impl LatencyReport {
    /// Holds what was done against the plan. The plan must still have the records of then.
    #[must_use]
    pub fn new(plan: &Plan, acted: impl IntoIterator<Item = Acted>) -> Self {
        let mut report = Self::default();
        let (mut grants, mut revocations) = (Vec::new(), Vec::new());
        for act in acted {
            let Some(intended) = intended(plan, &act) else {
                report.unplanned += 1;
                continue;
            };
            let seconds = act.at.signed_duration_since(intended).num_seconds();
            let change = match act.change {
                Change::Revoke => {
                    revocations.push(seconds);
                    "revoke"
                }
                Change::Grant => {
                    grants.push(seconds);
                    "grant"
                }
            };
            report.changes.push(Late {
                subject: act.subject,
                target: act.target,
                change,
                intended,
                actual: act.at,
                seconds,
            });
        }
        report.changes.sort_by(|a, b| {
            (b.seconds, &a.subject, &a.target).cmp(&(a.seconds, &b.subject, &b.target))
        });
        report.grants = Spread::of(grants);
        report.revocations = Spread::of(revocations);
        report
    }
}

/// The edge of the window that the change belongs to.
///
/// A grant belongs to the window that holds its instant, or else to the next one: it came ahead. A
/// revocation belongs to the last end before it; inside a window it has no planned instant.
fn intended(plan: &Plan, act: &Acted) -> Option<DateTime<Utc>> {
    let mut windows = plan.windows_of(&act.subject, &act.target);
    match act.change {
        Change::Grant => windows
            .find(|window| window.end.is_none_or(|end| end > act.at))
            .map(|window| window.start),
        Change::Revoke => {
            let mut last = None;
            for window in windows {
                match window.end {
                    _ if window.start > act.at => break,
                    Some(end) if end <= act.at => last = Some(end),
                    // Taken away within a window: a hold that the plan no longer shows, or a record
                    // that was longer later.
                    _ => return None,
                }
            }
            last
        }
    }
}

impl Spread {
    fn of(seconds: Vec<i64>) -> Self {
        let ahead = seconds.iter().filter(|it| **it < 0).count();
        let mut late: Vec<i64> = seconds.into_iter().map(|it| it.max(0)).collect();
        late.sort_unstable();
        let total: i64 = late.iter().fold(0, |sum, it| sum.saturating_add(*it));
        Self {
            changes: late.len(),
            ahead,
            median_seconds: share(&late, 50),
            p90_seconds: share(&late, 90),
            p99_seconds: share(&late, 99),
            longest_seconds: late.last().copied().unwrap_or(0),
            access_minutes: total.saturating_add(59) / 60,
        }
    }
}

/// The smallest value that so many per cent of the sorted ones do not pass.
fn share(sorted: &[i64], percent: usize) -> i64 {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted
        .get(rank.saturating_sub(1))
        .copied()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use access_sync_core::{Record, Timeline, plan, record};
    use chrono::TimeDelta;

    use super::*;

    fn at(hour: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::hours(hour)
    }

    /// Ann from 10 to 20, and from 30 on.
    fn ann() -> Plan {
        let booking = |id: &str, from, to| {
            let span = record::Span::Utc {
                from: at(from),
                to: at(to),
            };
            Record::from(record::Booking::new(id, "ann", "room", "confirmed", span))
        };
        let policy = access_sync_core::policy::Policy::default()
            .buffer_before_min(0)
            .buffer_after_min(0);
        plan(
            &Timeline::new(None)
                .policy(policy)
                .with_records([booking("a", 10, 20), booking("b", 30, 1000)]),
        )
    }

    fn report(acted: &[(Change, DateTime<Utc>)]) -> LatencyReport {
        let acted = acted
            .iter()
            .map(|(change, at)| Acted::new("ann", "room", *change, *at));
        LatencyReport::new(&ann(), acted)
    }

    #[test]
    fn a_grant_is_measured_from_its_window_s_start_and_a_revocation_from_its_end() {
        let late = TimeDelta::seconds(90);
        let report = report(&[
            (Change::Grant, at(10) + late),
            (Change::Revoke, at(20) + late * 2),
        ]);
        assert_eq!(report.grants.longest_seconds, 90);
        assert_eq!(report.grants.access_minutes, 2);
        assert_eq!(report.revocations.longest_seconds, 180);
        assert_eq!(report.revocations.access_minutes, 3);
        assert_eq!(report.changes[0].change, "revoke");
    }

    #[test]
    fn what_is_done_ahead_is_not_late_and_what_the_plan_never_had_is_counted_apart() {
        let report = report(&[
            (Change::Grant, at(29)),
            (Change::Revoke, at(15)),
            (Change::Revoke, at(5)),
        ]);
        assert_eq!((report.grants.changes, report.grants.ahead), (1, 1));
        assert_eq!(report.grants.longest_seconds, 0);
        assert_eq!(report.unplanned, 2);
    }

    #[test]
    fn percentiles_are_values_that_occurred() {
        let spread = Spread::of((1..=100).collect());
        let found = [
            spread.median_seconds,
            spread.p90_seconds,
            spread.p99_seconds,
            spread.longest_seconds,
        ];
        assert_eq!(found, [50, 90, 99, 100]);
        assert_eq!(Spread::of(Vec::new()), Spread::default());
        assert_eq!(Spread::of(vec![7]).p99_seconds, 7);
    }
}
