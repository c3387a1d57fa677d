//! Plans: who may open what, and when.

use crate::assemble::of_all;
use crate::derive::Context;
use crate::digest::{Digest, plan_digest};
use crate::facts::Facts;
use crate::few::Few;
use crate::finding::Finding;
use crate::group::Held;
use crate::ids::{RecordId, SubjectId, TargetId};
use crate::list::{Builder, Item, List};
use crate::policy::Policy;
use crate::record::Record;
use crate::timeline::Timeline;
use alloc::vec::Vec;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

/// A span `[start, end)` in which one person may open one target.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Window {
    /// Who.
    pub subject: SubjectId,
    /// What.
    pub target: TargetId,
    /// From this instant on (whole seconds).
    pub start: DateTime<Utc>,
    /// Up to this instant, not included; `None` is an open end.
    pub end: Option<DateTime<Utc>>,
    /// The records behind it, sorted: those whose raw window overlaps or touches it.
    pub sources: Few<RecordId>,
}

impl Window {
    /// Whether an instant lies in it.
    pub fn contains(&self, at: DateTime<Utc>) -> bool {
        self.start <= at && self.end.is_none_or(|end| at < end)
    }

    pub(crate) fn key(&self) -> (&SubjectId, &TargetId) {
        (&self.subject, &self.target)
    }
}

/// Windows and findings, with the facts that they were made from.
///
/// Two plans are equal when their windows, findings, policy and time zone are; equal plans have
/// equal digests. Cloning a plan is cheap.
#[derive(Clone, Debug)]
pub struct Plan {
    pub(crate) windows: List<Window>,
    pub(crate) findings: List<Finding>,
    pub(crate) holds: List<Held>,
    pub(crate) policy: Policy,
    pub(crate) time_zone: Option<Tz>,
    pub(crate) facts: Facts,
}

/// Plans a timeline: the same bytes for the same records in any order.
///
/// Takes time in proportion to the number of records (and the logarithm of it, for sorting).
pub fn plan(timeline: &Timeline) -> Plan {
    let context = Context {
        policy: &timeline.policy,
        time_zone: timeline.time_zone,
    };
    let mut windows = Builder::default();
    let found = of_all(timeline.records(), timeline.absent(), context, &mut windows);
    Plan {
        windows: windows.finish(),
        findings: found.findings.into_iter().collect(),
        holds: found.holds.into_iter().collect(),
        policy: timeline.policy.clone(),
        time_zone: timeline.time_zone,
        facts: Facts::of_timeline(timeline),
    }
}

impl Plan {
    /// The windows, sorted by subject, target and start. Those of one subject and target are
    /// disjoint and do not touch.
    pub fn windows(&self) -> &List<Window> {
        &self.windows
    }

    /// The windows of one subject, sorted.
    pub fn windows_of_subject<'a>(
        &'a self,
        subject: &'a SubjectId,
    ) -> impl Iterator<Item = &'a Window> + 'a {
        self.windows.of(subject)
    }

    /// The windows of one subject and target, in time order.
    pub fn windows_of<'a>(
        &'a self,
        subject: &'a SubjectId,
        target: &'a TargetId,
    ) -> impl Iterator<Item = &'a Window> + 'a {
        self.windows
            .find(subject, move |window| window.key().cmp(&(subject, target)))
    }

    /// The findings, sorted, each once.
    pub fn findings(&self) -> &List<Finding> {
        &self.findings
    }

    /// The records that speak of a subject. Takes a look at every record, unless the plan comes
    /// from a [`Planner`](crate::Planner).
    pub fn records_of_subject<'a>(&'a self, subject: &'a SubjectId) -> Vec<&'a Record> {
        self.facts.of_subject(subject)
    }

    /// The policy that the plan was made by.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The time zone of records that name none.
    pub fn time_zone(&self) -> Option<Tz> {
        self.time_zone
    }

    /// Whether no source gave anything: holds alone are the operator's, not a source's.
    pub fn source_is_empty(&self) -> bool {
        self.facts.no_source_records()
    }

    /// SHA-256 over windows, policy and the version of the time-zone database. Computed at each
    /// call, in time proportional to the number of windows.
    pub fn digest(&self) -> Digest {
        plan_digest(self)
    }
}

impl PartialEq for Plan {
    fn eq(&self, other: &Self) -> bool {
        self.windows == other.windows
            && self.findings == other.findings
            && self.policy == other.policy
            && self.time_zone == other.time_zone
    }
}

impl Eq for Plan {}

impl Item for Window {
    type Head = SubjectId;

    fn head(&self) -> &SubjectId {
        &self.subject
    }
}
