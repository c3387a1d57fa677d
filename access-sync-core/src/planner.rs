//! Planning again after a few records changed.

use crate::assemble::{Found, of_people};
use crate::derive::Context;
use crate::facts::{Fact, Facts};
use crate::ids::{RecordId, SubjectId};
use crate::list::{Item, List, Place, Seen};
use crate::plan::{Plan, Window, plan};
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
    /// Memory of records that gave way to others, for those to come; all of it ours alone.
    spare: Vec<Arc<Record>>,
}

/// How many records' memory is kept for those to come.
const SPARE: usize = 1_024;

/// What has an id from now on: a record, or nothing.
type Change = (RecordId, Option<Arc<Record>>);

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
        see_windows(&mut facts, &plan.windows);
        let mut people: Vec<Entry> = facts.iter().map(Entry::of).collect();
        people.sort_unstable();
        plan.facts = Facts::Indexed(facts.into_iter().collect());
        Self {
            plan,
            people: people.into_iter().collect(),
            duplicates: has_duplicates(timeline),
            changes: BTreeMap::new(),
            resolver: Resolver::for_records(timeline.records().len().max(1_000)),
            spare: Vec::new(),
        }
    }

    /// Puts a record in the place of whatever has its id, or adds it.
    pub fn replace(&mut self, record: impl Into<Record>) {
        let record = record.into();
        let id = record.id().clone();
        let record = self.share(record);
        self.changes.insert(id, Some(record));
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

    fn share(&mut self, record: Record) -> Arc<Record> {
        match self.spare.pop() {
            Some(mut spare) => {
                // Ours alone, so this writes to it.
                *Arc::make_mut(&mut spare) = record;
                spare
            }
            None => Arc::new(record),
        }
    }

    fn apply(&mut self) {
        let Facts::Indexed(facts) = &mut self.plan.facts else {
            return;
        };
        let mut facts = core::mem::take(facts);
        let mut changes: Vec<Change> = core::mem::take(&mut self.changes).into_iter().collect();
        let named = named(&changes);
        let mut people: Vec<SubjectId> = named.iter().map(|(it, _)| it.clone()).collect();
        people.dedup();
        let mut places = facts.places(&people);
        facts.fetch(&places, |fact| {
            Arc::strong_count(&fact.record) as u8 ^ fact.record.touch()
        });
        if !self.duplicates {
            let old = swap(&mut changes, &named, &mut facts, &places);
            self.spare.extend(old);
            self.spare.truncate(SPARE);
        }
        if !changes.is_empty() {
            people.extend(self.index(&changes, &mut facts));
            people.sort_unstable();
            people.dedup();
            places = facts.places(&people);
        }

        let plan = &mut self.plan;
        let context = Context {
            policy: &plan.policy,
            time_zone: plan.time_zone,
        };
        let runs = people.iter().zip(&places);
        let runs = runs.map(|(subject, place)| (subject, facts.run(*place, subject)));
        let mut windows = Vec::with_capacity(people.len());
        let found = of_people(runs.clone(), context, &mut self.resolver, |window| {
            windows.push(window);
        });
        let Found { holds, findings } = found;
        put(&mut plan.holds, &people, holds);
        if !(plan.findings.is_empty() && findings.is_empty()) {
            let facts = runs.flat_map(|(_, facts)| facts);
            let ids = facts
                .map(|fact| fact.record.id())
                .chain(changes.iter().map(|(id, _)| id));
            let mut about: Vec<_> = ids.cloned().map(Some).collect();
            about.sort_unstable();
            about.dedup();
            put(&mut plan.findings, &about, findings);
        }
        put_windows(&mut plan.windows, &people, windows, &mut facts, &places);
        plan.facts = Facts::Indexed(facts);
    }

    /// Puts changes into the index and the facts, and gives the people whom they name and named.
    fn index(&mut self, changes: &[Change], facts: &mut List<Fact>) -> Vec<SubjectId> {
        let mut added: Vec<Fact> = Vec::with_capacity(changes.len());
        for record in changes.iter().filter_map(|(_, record)| record.as_ref()) {
            add_facts(&mut added, record, false);
        }
        sort_facts(&mut added);
        let mut people: Vec<SubjectId> = added.iter().map(|fact| fact.subject.clone()).collect();
        let ids: Vec<RecordId> = changes.iter().map(|(id, _)| id.clone()).collect();
        let places = self.people.places(&ids);
        for (id, place) in ids.iter().zip(&places) {
            people.extend(self.people.run(*place, id).map(|it| it.subject.clone()));
        }
        people.sort_unstable();
        people.dedup();
        let mut entries: Vec<Entry> = added.iter().map(Entry::of).collect();
        entries.sort_unstable();
        self.people.replace(&ids, &places, entries);
        if self.duplicates {
            spread(&mut people, facts, &self.people);
        }

        let places = facts.places(&people);
        let mut new: Vec<Fact> = Vec::with_capacity(2 * people.len());
        let mut added = added.into_iter().peekable();
        for (subject, place) in people.iter().zip(&places) {
            let from = new.len();
            let old = facts.run(*place, subject);
            let unchanged = |fact: &&Fact| ids.binary_search(fact.record.id()).is_err();
            new.extend(old.filter(unchanged).cloned());
            while let Some(fact) = added.next_if(|fact| fact.subject == *subject) {
                new.push(fact);
            }
            let of_subject = new.get_mut(from..).unwrap_or_default();
            of_subject.sort_by(|a, b| a.key().cmp(&b.key()));
        }
        facts.replace(&people, &places, new);
        people
    }
}

/// Whom changed records name, in order, each with the number of the change.
fn named(changes: &[Change]) -> Vec<(SubjectId, usize)> {
    let mut named = Vec::with_capacity(changes.len());
    for (number, (_, record)) in changes.iter().enumerate() {
        let subjects = record.iter().flat_map(|it| it.subjects());
        named.extend(subjects.map(|subject| (subject.clone(), number)));
    }
    named.sort_unstable();
    named.dedup();
    named
}

/// Puts records in the places of those that have their ids and speak of the same people, so that
/// nobody else has to do with the change; leaves the other changes. `places` are those of the
/// people named, in the facts. Gives the old records that nobody else has.
fn swap(
    changes: &mut Vec<Change>,
    named: &[(SubjectId, usize)],
    facts: &mut List<Fact>,
    places: &[Place],
) -> Vec<Arc<Record>> {
    let mut done = alloc::vec![false; changes.len()];
    for (named, place) in named.chunk_by(|a, b| a.0 == b.0).zip(places) {
        for (subject, number) in named {
            let Some((id, Some(record))) = changes.get_mut(*number) else {
                continue;
            };
            let fact = facts.find_mut(*place, subject, |fact| fact.record.id() == id);
            let same = |fact: &&mut Fact| fact.record.subjects().eq(record.subjects());
            let (Some(fact), Some(done)) = (fact.filter(same), done.get_mut(*number)) else {
                continue;
            };
            fact.absent = false;
            match (Arc::get_mut(&mut fact.record), Arc::get_mut(record)) {
                // Memory that is near already is written, rather than given back from far away.
                (Some(old), Some(new)) => core::mem::swap(old, new),
                _ => fact.record = record.clone(),
            }
            *done = true;
        }
    }
    let mut done = done.into_iter();
    let mut old = Vec::with_capacity(changes.len());
    changes.retain_mut(|(_, record)| {
        let is_left = done.next() != Some(true);
        if !is_left {
            old.extend(record.take().filter(|it| Arc::strong_count(it) == 1));
        }
        is_left
    });
    old
}

/// Puts in new windows of people, whose facts, at their `places`, know where the windows were seen.
fn put_windows(
    list: &mut List<Window>,
    people: &[SubjectId],
    new: Vec<Window>,
    facts: &mut List<Fact>,
    places: &[Place],
) {
    let seen = |place: &Place| facts.at(*place).map_or(Seen::default(), |it| it.windows);
    let seen: Vec<Seen> = places.iter().map(seen).collect();
    let found = list.places_seen(people, &seen, |window| {
        let source = window.sources.first().map_or(0, RecordId::touch);
        window.subject.touch() ^ window.target.touch() ^ source
    });
    list.replace(people, &found, new);
    let seen = found.into_iter().map(Seen::at).zip(seen);
    for ((subject, place), (now, before)) in people.iter().zip(places).zip(seen) {
        if now != before {
            if let Some(fact) = facts.find_mut(*place, subject, |_| true) {
                fact.windows = now;
            }
        }
    }
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

/// Notes where the windows of facts' subjects are; both are in order.
fn see_windows(facts: &mut [Fact], windows: &List<Window>) {
    let mut windows = windows.with_places().peekable();
    for facts in facts.chunk_by_mut(|a, b| a.subject == b.subject) {
        let Some(Fact { subject, .. }) = facts.first() else {
            continue;
        };
        while windows.next_if(|(_, it)| it.subject < *subject).is_some() {}
        if let Some((place, _)) = windows.peek().filter(|(_, it)| it.subject == *subject) {
            let seen = Seen::at(*place);
            facts.iter_mut().for_each(|fact| fact.windows = seen);
        }
    }
}

/// Adds a record under each of its subjects.
fn add_facts(to: &mut Vec<Fact>, record: &Arc<Record>, absent: bool) {
    to.extend(record.subjects().map(|subject| Fact {
        subject: subject.clone(),
        record: record.clone(),
        absent,
        windows: Seen::default(),
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
