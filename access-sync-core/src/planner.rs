//! Planning again after a few records changed.

use crate::assemble::{Found, of_people};
use crate::derive::Context;
use crate::facts::{Fact, Facts};
use crate::ids::{RecordId, SubjectId};
use crate::list::{Item, List, Place};
use crate::plan::{Plan, plan};
use crate::record::Record;
use crate::timeline::Timeline;
use crate::zone::Resolver;
use alloc::collections::{BTreeMap, BTreeSet};
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
    /// Whom each record speaks of, sorted by the record's id.
    people: List<Entry>,
    /// Some id stands for several records.
    duplicates: bool,
    /// What has not been planned yet: a record in the place of whatever has the id, or none. All of
    /// it is planned at once, because a hundred searches that wait for memory together take little
    /// longer than one.
    changes: BTreeMap<RecordId, Option<Arc<Record>>>,
    resolver: Resolver,
}

/// A record's id with one of its subjects.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    id: RecordId,
    subject: SubjectId,
}

impl Planner {
    /// Plans a timeline, and copies its records.
    pub fn new(timeline: &Timeline) -> Self {
        let mut plan = plan(timeline);
        let mut facts: Vec<Fact> = Vec::new();
        for (records, absent) in [(timeline.records(), false), (timeline.absent(), true)] {
            for record in records {
                add_facts(&mut facts, &Arc::new(record.clone()), absent);
            }
        }
        sort_facts(&mut facts);
        let mut people: Vec<Entry> = facts.iter().map(Entry::of).collect();
        people.sort_unstable();
        plan.facts = Facts::Indexed(facts.into_iter().collect());
        Self {
            plan,
            people: people.into_iter().collect(),
            duplicates: has_duplicates(timeline),
            changes: BTreeMap::new(),
            resolver: Resolver::for_records(timeline.records().len().max(1_000)),
        }
    }

    /// Puts a record in the place of whatever has its id, or adds it.
    pub fn replace(&mut self, record: impl Into<Record>) {
        let record = record.into();
        self.changes
            .insert(record.id().clone(), Some(Arc::new(record)));
    }

    /// Takes a record away: its source says that it is gone. Gives whether there was one.
    ///
    /// A record that is merely missing is another matter; see [`Timeline::keep_absent`].
    pub fn remove(&mut self, id: &RecordId) -> bool {
        match self.changes.insert(id.clone(), None) {
            Some(waiting) => waiting.is_some(),
            None => self.people.of(id).next().is_some(),
        }
    }

    /// The plan of all records as they are now.
    pub fn plan(&mut self) -> &Plan {
        if !self.changes.is_empty() {
            self.apply();
        }
        &self.plan
    }

    /// The plan, as its own from now on. Cheap: it shares what does not change.
    pub fn snapshot(&mut self) -> Plan {
        self.plan().clone()
    }

    fn apply(&mut self) {
        let changes = core::mem::take(&mut self.changes);
        let Facts::Indexed(facts) = &mut self.plan.facts else {
            return;
        };
        let ids: Vec<RecordId> = changes.keys().cloned().collect();
        let mut added: Vec<Fact> = Vec::with_capacity(changes.len());
        for record in changes.values().flatten() {
            add_facts(&mut added, record, false);
        }
        sort_facts(&mut added);
        let mut people: Vec<SubjectId> = added.iter().map(|fact| fact.subject.clone()).collect();
        people.dedup();
        let mut places = facts.places(&people);
        touch(facts, &people, &places);
        if self.duplicates || !speak_of_the_same(&changes, facts, &people, &places) {
            let places_of_ids = self.people.places(&ids);
            for (id, place) in ids.iter().zip(&places_of_ids) {
                people.extend(self.people.run(*place, id).map(|it| it.subject.clone()));
            }
            people.sort_unstable();
            people.dedup();
            let mut entries: Vec<Entry> = added.iter().map(Entry::of).collect();
            entries.sort_unstable();
            self.people.replace(&ids, &places_of_ids, entries);
            if self.duplicates {
                spread(&mut people, facts, &self.people);
            }
            places = facts.places(&people);
        }

        let mut new: Vec<Fact> = Vec::with_capacity(2 * people.len());
        let mut added = added.into_iter().peekable();
        for (subject, place) in people.iter().zip(&places) {
            let from = new.len();
            let old = facts.run(*place, subject);
            let unchanged = |fact: &&Fact| !changes.contains_key(fact.record.id());
            new.extend(old.filter(unchanged).cloned());
            while let Some(fact) = added.next_if(|fact| fact.subject == *subject) {
                new.push(fact);
            }
            let of_subject = new.get_mut(from..).unwrap_or_default();
            of_subject.sort_by(|a, b| a.key().cmp(&b.key()));
        }

        let plan = &mut self.plan;
        let context = Context {
            policy: &plan.policy,
            time_zone: plan.time_zone,
        };
        let mut windows = Vec::with_capacity(new.len());
        let Found {
            holds: new_holds,
            findings,
        } = of_people(&new, context, &mut self.resolver, |window| {
            windows.push(window)
        });
        put(&mut plan.windows, &people, windows);
        put(&mut plan.holds, &people, new_holds);
        if !(plan.findings.is_empty() && findings.is_empty()) {
            let mut about: Vec<Option<RecordId>> = ids.into_iter().map(Some).collect();
            about.extend(new.iter().map(|fact| Some(fact.record.id().clone())));
            about.sort_unstable();
            about.dedup();
            put(&mut plan.findings, &about, findings);
        }
        if let Facts::Indexed(facts) = &mut plan.facts {
            facts.replace(&people, &places, new);
        }
    }
}

/// Reads a byte of each record that will be needed: a short loop lets the processor fetch many at
/// once, where the long ones that follow would wait for each in turn.
fn touch(facts: &List<Fact>, people: &[SubjectId], places: &[Place]) {
    let runs = people.iter().zip(places);
    let facts = runs.flat_map(|(subject, place)| facts.run(*place, subject));
    let read = facts.fold(0, |sum, fact| sum ^ fact.record.id().touch());
    core::hint::black_box(read);
}

/// Whether each changed record was there before and spoke of the people that it speaks of now, so
/// that nobody else has to do with the change. `places` are those of `people` in the facts.
fn speak_of_the_same(
    changes: &BTreeMap<RecordId, Option<Arc<Record>>>,
    facts: &List<Fact>,
    people: &[SubjectId],
    places: &[Place],
) -> bool {
    changes.iter().all(|(id, record)| {
        let Some((record, subject)) = record
            .as_ref()
            .and_then(|it| Some((it, it.subjects().next()?)))
        else {
            return false;
        };
        let place = people
            .binary_search(subject)
            .ok()
            .and_then(|at| places.get(at));
        let before = place.and_then(|at| facts.run(*at, subject).find(|it| it.record.id() == id));
        before.is_some_and(|it| it.record.subjects().eq(record.subjects()))
    })
}

fn put<T: Item + Clone>(list: &mut List<T>, heads: &[T::Head], new: Vec<T>) {
    if !(list.is_empty() && new.is_empty()) {
        let places = list.places(heads);
        list.replace(heads, &places, new);
    }
}

/// Adds the people whose findings may change with those of the people given: where one id stands
/// for several records, its findings come from all their people.
fn spread(people: &mut Vec<SubjectId>, facts: &List<Fact>, of_record: &List<Entry>) {
    let mut all: BTreeSet<SubjectId> = people.iter().cloned().collect();
    while let Some(subject) = people.pop() {
        for fact in facts.of(&subject) {
            for Entry { subject, .. } in of_record.of(fact.record.id()) {
                if all.insert(subject.clone()) {
                    people.push(subject.clone());
                }
            }
        }
    }
    people.extend(all);
}

/// Adds a record under each of its subjects.
fn add_facts(to: &mut Vec<Fact>, record: &Arc<Record>, absent: bool) {
    to.extend(record.subjects().map(|subject| Fact {
        subject: subject.clone(),
        record: record.clone(),
        absent,
    }));
}

/// Sorts facts, and leaves a record once under each subject.
fn sort_facts(facts: &mut Vec<Fact>) {
    facts.sort_by(|a, b| a.key().cmp(&b.key()));
    facts.dedup_by(|a, b| Arc::ptr_eq(&a.record, &b.record) && a.subject == b.subject);
}

fn has_duplicates(timeline: &Timeline) -> bool {
    let records = timeline.records().iter().chain(timeline.absent());
    let mut ids: Vec<&RecordId> = records.map(Record::id).collect();
    ids.sort_unstable();
    !ids.is_sorted_by(|a, b| a < b)
}

impl Entry {
    fn of(fact: &Fact) -> Self {
        Self {
            id: fact.record.id().clone(),
            subject: fact.subject.clone(),
        }
    }
}

impl Item for Entry {
    type Head = RecordId;

    fn head(&self) -> &RecordId {
        &self.id
    }
}
