//! The records behind a plan, for explanations.

use crate::ids::{RecordId, SubjectId};
use crate::list::{Item, List, Seen};
use crate::record::Record;
use crate::timeline::Timeline;
use alloc::sync::Arc;
use alloc::vec::Vec;

/// A record under one of its subjects.
#[derive(Clone, Debug)]
pub(crate) struct Fact {
    pub(crate) subject: SubjectId,
    pub(crate) record: Arc<Record>,
    /// It is gone from its source, and kept.
    pub(crate) absent: bool,
    /// Where the subject's windows were seen in the plan.
    pub(crate) windows: Seen,
}

impl Fact {
    pub(crate) fn key(&self) -> (&SubjectId, &RecordId) {
        (&self.subject, self.record.id())
    }
}

#[derive(Clone, Debug)]
pub(crate) enum Facts {
    /// As the caller gave them: present and absent ones.
    Timeline(Arc<Vec<Record>>, Arc<Vec<Record>>),
    /// Sorted by subject and record id; a record is listed under each of its subjects.
    Indexed(List<Fact>),
}

impl Facts {
    pub(crate) fn of_timeline(timeline: &Timeline) -> Self {
        Self::Timeline(
            timeline.shared_records().clone(),
            timeline.shared_absent().clone(),
        )
    }

    /// The records that speak of a subject.
    pub(crate) fn of_subject<'a>(&'a self, subject: &'a SubjectId) -> Vec<&'a Record> {
        match self {
            Self::Timeline(records, absent) => records
                .iter()
                .chain(absent.iter())
                .filter(|record| record.subjects().any(|it| it == subject))
                .collect(),
            Self::Indexed(facts) => facts.of(subject).map(|fact| &*fact.record).collect(),
        }
    }

    /// Every record, once for each of its subjects at most.
    pub(crate) fn for_each<'a>(&'a self, visit: impl FnMut(&'a Record)) {
        match self {
            Self::Timeline(records, absent) => records.iter().chain(absent.iter()).for_each(visit),
            Self::Indexed(facts) => facts.iter().map(|fact| &*fact.record).for_each(visit),
        }
    }

    /// Whether there is nothing but holds and records that are kept although they are gone.
    pub(crate) fn no_source_records(&self) -> bool {
        let is_hold = |record: &Record| matches!(record, Record::Hold(_));
        match self {
            Self::Timeline(records, _) => records.iter().all(is_hold),
            Self::Indexed(facts) => facts
                .iter()
                .all(|fact| fact.absent || is_hold(&fact.record)),
        }
    }
}

impl Item for Fact {
    type Head = SubjectId;

    fn head(&self) -> &SubjectId {
        &self.subject
    }
}
