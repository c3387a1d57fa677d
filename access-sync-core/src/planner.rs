//! Planning again after a few records changed.

use crate::assemble::Assembly;
use crate::derive::Context;
use crate::facts::{Fact, Facts};
use crate::finding::{Finding, FindingCode};
use crate::ids::{RecordId, SubjectId};
use crate::list::{Item, List};
use crate::plan::{Plan, plan};
use crate::record::Record;
use crate::timeline::Timeline;
use crate::zone::Resolver;
use alloc::collections::BTreeSet;
use alloc::sync::Arc;
use alloc::vec::Vec;

/// Keeps a plan up to date at a cost that grows with what changed.
///
/// After any number of changes [`Planner::plan`] is equal to what [`plan()`] makes of the same
/// records. What is planned again is the people whom the changed records name.
///
/// ```
/// use access_sync_core::record::{Lease, LeaseStatus};
/// use access_sync_core::{Planner, Timeline, plan};
///
/// let lease = |end| Lease::new("l1", "ann", "unit:1", LeaseStatus::Notice).move_in("2025-01-01").move_out(end);
/// let timeline = |end| Timeline::new(chrono_tz::Europe::Paris).record(lease(end));
///
/// let mut planner = Planner::new(&timeline("2025-06-30"));
/// planner.replace(lease("2025-07-31"));
/// assert_eq!(*planner.plan(), plan(&timeline("2025-07-31")));
/// ```
#[derive(Debug)]
pub struct Planner {
    plan: Plan,
    /// Sorted by id.
    records: List<Entry>,
    /// Some id stands for several records.
    duplicates: bool,
    dirty_subjects: BTreeSet<SubjectId>,
    dirty_records: BTreeSet<RecordId>,
    resolver: Resolver,
}

#[derive(Clone, Debug)]
struct Entry {
    id: RecordId,
    record: Arc<Record>,
}

impl Planner {
    /// Plans a timeline, and copies its records.
    pub fn new(timeline: &Timeline) -> Self {
        let mut plan = plan(timeline);
        let mut entries: Vec<Entry> = Vec::new();
        let mut facts: Vec<Fact> = Vec::new();
        for (records, absent) in [(timeline.records(), false), (timeline.absent(), true)] {
            for record in records {
                let record = Arc::new(record.clone());
                facts.extend(facts_of(&record, absent));
                entries.push(Entry {
                    id: record.id().clone(),
                    record,
                });
            }
        }
        entries.sort_by(|a, b| a.id.cmp(&b.id));
        facts.sort_by(|a, b| a.key().cmp(&b.key()));
        let duplicates = entries.is_sorted_by(|a, b| a.id < b.id);
        plan.facts = Facts::Indexed(facts.into_iter().collect());
        Self {
            plan,
            records: entries.into_iter().collect(),
            duplicates: !duplicates,
            dirty_subjects: BTreeSet::new(),
            dirty_records: BTreeSet::new(),
            resolver: Resolver::for_records(usize::MAX),
        }
    }

    /// Puts a record in the place of whatever has its id, or adds it.
    pub fn replace(&mut self, record: impl Into<Record>) {
        let record = Arc::new(record.into());
        let id = record.id().clone();
        let facts = facts_of(&record, false);
        self.forget(&id, &facts);
        for fact in facts {
            self.dirty_subjects.insert(fact.subject.clone());
            self.set_facts(&fact.subject.clone(), &id, alloc::vec![fact]);
        }
        let entry = Entry {
            id: id.clone(),
            record,
        };
        self.records.replace_all(&id, alloc::vec![entry]);
        self.dirty_records.insert(id);
    }

    /// Takes a record away: its source says that it is gone. Gives whether there was one.
    ///
    /// A record that is merely missing is another matter; see [`Timeline::keep_absent`].
    pub fn remove(&mut self, id: &RecordId) -> bool {
        let known = self.forget(id, &[]);
        self.records.replace_all(id, Vec::new());
        self.dirty_records.insert(id.clone());
        known
    }

    /// Takes what is known under an id out of the facts, but for subjects whose facts are to be
    /// set anew.
    fn forget(&mut self, id: &RecordId, but: &[Fact]) -> bool {
        let old: Vec<Arc<Record>> = self
            .records
            .of(id)
            .map(|entry| entry.record.clone())
            .collect();
        for subject in old.iter().flat_map(|record| record.subjects()) {
            if but
                .binary_search_by(|fact| fact.subject.cmp(subject))
                .is_err()
            {
                self.set_facts(subject, id, Vec::new());
                self.dirty_subjects.insert(subject.clone());
            }
        }
        !old.is_empty()
    }

    fn set_facts(&mut self, subject: &SubjectId, id: &RecordId, new: Vec<Fact>) {
        if let Facts::Indexed(facts) = &mut self.plan.facts {
            facts.replace(subject, |fact| fact.key().cmp(&(subject, id)), new);
        }
    }

    /// The plan of all records as they are now.
    pub fn plan(&mut self) -> &Plan {
        if self.duplicates {
            self.spread();
        }
        let mut findings: Vec<Finding> = Vec::new();
        for subject in core::mem::take(&mut self.dirty_subjects) {
            self.subject(&subject, &mut findings);
        }
        findings.sort_unstable();
        findings.dedup();
        let mut findings = findings.into_iter().peekable();
        for id in core::mem::take(&mut self.dirty_records) {
            let mut of_record = Vec::new();
            while let Some(finding) =
                findings.next_if(|finding| finding.record.as_ref() == Some(&id))
            {
                of_record.push(finding);
            }
            self.plan.findings.replace_all(&Some(id), of_record);
        }
        &self.plan
    }

    /// The plan, as its own from now on. Cheap: it shares what does not change.
    pub fn snapshot(&mut self) -> Plan {
        self.plan().clone()
    }

    /// Plans one person again.
    fn subject(&mut self, subject: &SubjectId, findings: &mut Vec<Finding>) {
        let Facts::Indexed(facts) = &self.plan.facts else {
            return;
        };
        let facts: Vec<&Fact> = facts.of(subject).collect();
        let policy = self.plan.policy.clone();
        let context = Context {
            policy: &policy,
            time_zone: self.plan.time_zone,
        };
        let find = |number: usize| facts.get(number).map(|fact| &*fact.record);
        let mut assembly = Assembly::new(context, facts.len(), find);
        for fact in &facts {
            self.dirty_records.insert(fact.record.id().clone());
            assembly.add(&fact.record, Some(subject), &mut self.resolver);
            if fact.absent {
                assembly.note(Finding::of_record(
                    FindingCode::AbsentUnverified,
                    fact.record.id(),
                ));
            }
        }
        let mut windows = Vec::new();
        let (found, holds) = assembly.finish(|window| windows.push(window));
        findings.extend(found);
        self.plan.windows.replace_all(subject, windows);
        self.plan.holds.replace_all(subject, holds);
    }

    /// Where one id stands for several records its findings come from all their people.
    fn spread(&mut self) {
        let Facts::Indexed(facts) = &self.plan.facts else {
            return;
        };
        let mut todo: Vec<SubjectId> = self.dirty_subjects.iter().cloned().collect();
        while let Some(subject) = todo.pop() {
            for fact in facts.of(&subject) {
                for entry in self.records.of(fact.record.id()) {
                    for other in entry.record.subjects() {
                        if self.dirty_subjects.insert(other.clone()) {
                            todo.push(other.clone());
                        }
                    }
                }
            }
        }
    }
}

/// A record under each of its subjects, each once, sorted.
fn facts_of(record: &Arc<Record>, absent: bool) -> Vec<Fact> {
    let mut subjects: Vec<&SubjectId> = record.subjects().collect();
    subjects.sort_unstable();
    subjects.dedup();
    subjects
        .into_iter()
        .map(|subject| Fact {
            subject: subject.clone(),
            record: record.clone(),
            absent,
        })
        .collect()
}

impl Item for Entry {
    type Head = RecordId;

    fn head(&self) -> &RecordId {
        &self.id
    }
}
