//! Records that a source has stopped giving. Absence is not an end: a list loses rows, a permission
//! changes. They are read again by id before anything is taken away.

use std::collections::{BTreeMap, BTreeSet};

use access_sync_core::ids::{RecordId, SubjectId};
use access_sync_core::policy::Policy;
use access_sync_core::record::Record;
use access_sync_core::{Plan, Timeline, plan};
use chrono::{DateTime, TimeDelta, Utc};

use crate::ledger::{Made, Seen, SeenState, Update};
use crate::source::{Feed, Reading};
use crate::stored::{from_json, to_json};
use crate::{Engine, EngineError};

/// When records that stay missing were last looked up, and how long until the next time: a source
/// that allows a few thousand calls a day is not asked for the same lease at each run.
const LOOKED: &str = "missing_looked_up";
const AGAIN: TimeDelta = TimeDelta::hours(1);

/// What became of the records that are in no list any more.
#[derive(Debug, Default)]
pub(crate) struct Missed {
    /// Absent, and nobody said that they ended: planned as they were.
    pub(crate) kept: Vec<Record>,
    /// They ended, by the source's word.
    ended: BTreeSet<RecordId>,
    /// Whether those that were missed before were looked up again.
    again: bool,
    before: BTreeMap<RecordId, Seen>,
}

impl Engine {
    /// Looks records up again that the ledger has seen and the lists no longer give.
    pub(crate) async fn missed(
        &self,
        feed: &mut Feed,
        reading: &Reading<'_>,
    ) -> Result<Missed, EngineError> {
        let seen = self.ledger.seen().await?;
        let mut missed = Missed::default();
        let mut unsure: Vec<(Seen, Record)> = Vec::new();
        {
            let given: BTreeSet<&RecordId> = feed.records.iter().map(Record::id).collect();
            for seen in &seen {
                if seen.state == SeenState::Ended || given.contains(&seen.id) {
                    continue;
                }
                // What cannot be read cannot be planned; the person is then unverified.
                let Some(record) = from_json(&seen.record) else {
                    continue;
                };
                unsure.push((seen.clone(), record));
            }
        }
        missed.before = seen.into_iter().map(|it| (it.id.clone(), it)).collect();
        if unsure.is_empty() {
            return Ok(missed);
        }
        if !feed.missing.is_empty() {
            // The lists are not whole, so that nothing can be concluded from them.
            missed.kept = unsure.into_iter().map(|(_, record)| record).collect();
            return Ok(missed);
        }
        let last = self.ledger.state(LOOKED).await?;
        let last = last.and_then(|text| DateTime::parse_from_rfc3339(&text).ok());
        missed.again = last.is_none_or(|last| reading.now.signed_duration_since(last) >= AGAIN);
        let running = running(&self.policy, unsure.iter().map(|(_, it)| it), reading.now);
        let mut again: BTreeMap<String, String> = BTreeMap::new();
        for (seen, record) in &unsure {
            // By its own dates it is over, or its lease was given again without it.
            if !running.contains(record.id()) || feed.told.contains(&seen.origin) {
                missed.ended.insert(seen.id.clone());
            } else if missed.again || seen.state == SeenState::Present {
                again.insert(seen.origin.clone(), seen.property.clone());
            }
        }
        let mut ended = BTreeSet::new();
        for source in &self.sources {
            let mine: BTreeMap<String, String> = again
                .iter()
                .filter(|(origin, _)| origin.starts_with(source.subject_prefix()))
                .map(|(origin, property)| (origin.clone(), property.clone()))
                .collect();
            if mine.is_empty() {
                continue;
            }
            let reread = source.reread(reading, &mine).await?;
            ended.extend(reread.ended);
            ended.extend(reread.feed.told.iter().cloned());
            feed.absorb(reread.feed);
        }
        let given: BTreeSet<&RecordId> = feed.records.iter().map(Record::id).collect();
        for (seen, record) in unsure {
            if given.contains(&seen.id) || missed.ended.contains(&seen.id) {
                continue;
            }
            if ended.contains(&seen.origin) && feed.missing.is_empty() {
                missed.ended.insert(seen.id);
            } else {
                missed.kept.push(record);
            }
        }
        Ok(missed)
    }
}

impl Missed {
    /// People of whom a source has ever said something that mattered.
    pub(crate) fn subjects(&self) -> BTreeSet<SubjectId> {
        self.before.values().map(|it| it.subject.clone()).collect()
    }

    /// What the ledger is to be told: records that matter and are new or other than before, absences,
    /// ends, and what matters no more.
    pub(crate) fn sightings(
        &self,
        feed: &Feed,
        plan: &Plan,
        made: &Made,
        now: DateTime<Utc>,
    ) -> Vec<Update> {
        let mut updates = Vec::new();
        if self.again {
            updates.push(Update::State {
                key: LOOKED.into(),
                value: Some(now.to_rfc3339()),
            });
        }
        let matter: BTreeSet<&RecordId> = plan
            .windows()
            .iter()
            .filter(|window| window.end.is_none_or(|end| end > now))
            .flat_map(|window| window.sources.iter().collect::<Vec<_>>())
            .collect();
        let kept: BTreeSet<&RecordId> = self.kept.iter().map(Record::id).collect();
        let mut given = BTreeSet::new();
        for record in &feed.records {
            let id = record.id();
            given.insert(id);
            let before = self.before.get(id);
            let (Some(origin), Some(subject)) =
                (feed.origins.get(id), record.subjects().next().cloned())
            else {
                continue;
            };
            if matter.contains(id) {
                let text = to_json(record).to_string();
                let same =
                    before.is_some_and(|it| it.state == SeenState::Present && it.record == text);
                if !same {
                    updates.push(Update::Seen(Seen {
                        id: id.clone(),
                        origin: origin.id.clone(),
                        property: origin.property.clone(),
                        record: text,
                        subject,
                        state: SeenState::Present,
                        since: now,
                    }));
                }
            } else if let Some(before) = before.filter(|it| it.state != SeenState::Ended) {
                updates.push(became(before, SeenState::Ended, now));
            }
        }
        for seen in self.before.values() {
            if given.contains(&seen.id) {
                continue;
            }
            if self.ended.contains(&seen.id) {
                updates.push(became(seen, SeenState::Ended, now));
            } else if kept.contains(&seen.id) && seen.state == SeenState::Present {
                updates.push(became(seen, SeenState::Absent, now));
            } else if seen.state == SeenState::Ended && old(seen, now) && !holds(made, seen) {
                updates.push(Update::Forget(seen.id.clone()));
            }
        }
        updates
    }
}

/// An end stays known for so long, and for as long as the person is in a group of ours.
fn old(seen: &Seen, now: DateTime<Utc>) -> bool {
    now.signed_duration_since(seen.since) > TimeDelta::days(90)
}

fn holds(made: &Made, seen: &Seen) -> bool {
    let user = made.users.get(&seen.subject);
    user.is_some_and(|user| made.groups_of(&user.user).next().is_some())
}

fn became(seen: &Seen, state: SeenState, now: DateTime<Utc>) -> Update {
    let mut seen = seen.clone();
    seen.state = state;
    seen.since = now;
    Update::Seen(seen)
}

/// Records that still open something, or will.
fn running<'a>(
    policy: &Policy,
    records: impl Iterator<Item = &'a Record>,
    now: DateTime<Utc>,
) -> BTreeSet<RecordId> {
    let timeline = Timeline::new(None)
        .policy(policy.clone())
        .with_records(records.cloned());
    plan(&timeline)
        .windows()
        .iter()
        .filter(|window| window.end.is_none_or(|end| end > now))
        .flat_map(|window| window.sources.iter().cloned().collect::<Vec<_>>())
        .collect()
}
