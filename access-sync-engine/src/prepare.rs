//! Reading, comparing, and what is to be done.

mod steps;
mod weigh;

use std::collections::BTreeSet;

use access_sync_core::changes::Changes;
use access_sync_core::guard::Approval;
use access_sync_core::ids::{RecordId, SubjectId, TargetId};
use access_sync_core::{Plan, Timeline, plan};
use chrono::{DateTime, Utc};

use crate::absent::Missed;
use crate::access::Directory;
use crate::apply::Failure;
use crate::budget::CallPlan;
use crate::extras::hulls;
use crate::holds;
use crate::journal::EntryId;
use crate::ledger::{Hold, Made, RollbackId, Update};
use crate::observe::{Drift, Observed};
use crate::rollback::LeftAlone;
use crate::source::{Feed, Note, NoteCode, Origin, Person, Reading, Source};
use crate::steps::PersonSteps;
use crate::{Engine, EngineError, Progress};
use weigh::Weighed;

/// A run that was read and compared, and not yet carried out.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Prepared {
    /// The instant that it was made for.
    pub now: DateTime<Utc>,
    /// What was read from the sources.
    pub feed: Feed,
    /// The access-control system's groups.
    pub directory: Directory,
    /// What the access-control system has.
    pub observed: Observed,
    /// People who keep their access because their source no longer mentions them.
    pub unverified: Vec<Unverified>,
    /// Everything that is to be done, person by person, in order.
    pub steps: Vec<PersonSteps>,
    /// People who cannot be changed, and why.
    pub blocked: Vec<Failure>,
    /// People whom a pause leaves as they are, and who would change.
    pub paused: Vec<SubjectId>,
    /// People whom a rollback leaves as they are; empty in any other run.
    pub left_alone: Vec<LeftAlone>,
    /// Holds and pauses that were looked at.
    pub holds: Vec<Hold>,
    /// What it costs.
    pub calls: CallPlan,
    pub(crate) timeline: Timeline,
    pub(crate) changes: Changes,
    pub(crate) head: EntryId,
    /// What the ledger is to be told before anything is done.
    pub(crate) corrections: Vec<Update>,
    /// What was ours.
    pub(crate) made: Made,
    /// The run that this one takes back.
    pub(crate) takes_back: Option<RollbackId>,
}

/// Somebody of ours who has access, and whom no source mentions any more. Absence is not an end:
/// permissions change, pages get lost. The access stays until the source says that it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unverified {
    /// Who.
    pub subject: SubjectId,
    /// The groups that they keep.
    pub targets: Vec<TargetId>,
}

impl Prepared {
    /// The plan.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        self.changes.plan()
    }

    /// What the plan was made of: the sources' records, the ledger's holds, and records that are kept
    /// although their source no longer gives them. To plan it with something changed, clone it.
    #[must_use]
    pub fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// What is to be done to memberships and users, and what was held back.
    #[must_use]
    pub fn changes(&self) -> &Changes {
        &self.changes
    }

    /// What a person should know beside the plan's own findings.
    #[must_use]
    pub fn notes(&self) -> &[Note] {
        &self.feed.notes
    }

    /// What somebody else changed in the access-control system.
    #[must_use]
    pub fn drift(&self) -> &[Drift] {
        &self.observed.drift
    }

    /// Who a subject is, where a source told.
    #[must_use]
    pub fn person(&self, subject: &SubjectId) -> Option<&Person> {
        self.feed.people.get(subject)
    }

    /// Where a record comes from.
    #[must_use]
    pub fn origin(&self, record: &RecordId) -> Option<&Origin> {
        self.feed.origins.get(record)
    }

    /// Whether the guard holds nothing back.
    pub(crate) fn is_let_pass(&self) -> bool {
        let guard = &self.changes.guard;
        !guard.tripped || guard.approved
    }

    /// The run that this one takes back, where it is a rollback.
    #[must_use]
    pub fn takes_back(&self) -> Option<RollbackId> {
        self.takes_back
    }

    /// Calls that [`Engine::apply`] will make, at most, if each succeeds at once; what repeats may
    /// add is [`CallPlan::retries`].
    #[must_use]
    pub fn predicted_calls(&self) -> u64 {
        self.calls.apply
    }
}

/// Everything read, before it is compared.
pub(crate) struct Read {
    pub(crate) feed: Feed,
    directory: Directory,
    groups: usize,
    /// Prefixes of sources that another worker has read since: what is remembered of them here is no
    /// ground to take away what that one gave.
    stale: Vec<String>,
    pub(crate) observed: Observed,
    missed: Missed,
    holds: Vec<Hold>,
    pub(crate) made: Made,
    head: EntryId,
    spent: CallPlan,
}

impl Read {
    fn is_stale(&self, subject: &SubjectId) -> bool {
        let mut stale = self.stale.iter();
        stale.any(|prefix| subject.as_str().starts_with(prefix.as_str()))
    }
}

impl Engine {
    /// Reads the sources and the access-control system and says what is to be done. Changes nothing
    /// there; in the ledger it only settles what a crash has left open.
    ///
    /// # Errors
    /// Where the access-control system, a whole source or the ledger cannot be read. Parts of a
    /// source that cannot be read are no error: they are in [`Feed::missing`], and nothing is
    /// removed then.
    pub async fn prepare(
        &self,
        now: DateTime<Utc>,
        progress: &dyn Progress,
    ) -> Result<Prepared, EngineError> {
        self.prepare_with(now, self.approval, progress).await
    }

    pub(crate) async fn prepare_with(
        &self,
        now: DateTime<Utc>,
        approval: Option<Approval>,
        progress: &dyn Progress,
    ) -> Result<Prepared, EngineError> {
        let settling = self.settling().await?;
        self.settle(now).await?;
        let mut read = self.read(now, progress).await?;
        read.spent.settle = settling;
        let timeline = Timeline::new(None)
            .policy(self.policy.clone())
            .with_records(read.feed.records.iter().cloned())
            .with_records(holds::records(&read.holds, &read.feed))
            .keep_absent(&read.missed.kept, &BTreeSet::new());
        self.compare(read, timeline, now, approval).await
    }

    async fn read(&self, now: DateTime<Utc>, progress: &dyn Progress) -> Result<Read, EngineError> {
        let head = self.head().await?;
        let made = self.ledger.made().await?;
        let holds = self.ledger.holds().await?;
        let (mode, degraded) = self.affordable_mode(now).await?;
        let groups = self.access.groups().await?;
        let mut feed = Feed::default();
        if let Some(why) = degraded {
            feed.note(NoteCode::BudgetLow, why);
        }
        if !groups.is_complete() {
            feed.missing.push(format!(
                "{}: the list of groups is not whole",
                self.access.name()
            ));
        }
        let listed = groups.items.len();
        let directory = Directory::new(groups.items);
        let reading = Reading {
            now,
            directory: &directory,
            progress,
        };
        let mut silent = Vec::new();
        let (mut newest, mut stale) = (Vec::new(), Vec::new());
        for (number, source) in self.sources.iter().enumerate() {
            let part = source.read(&reading).await?;
            if part.records.is_empty() {
                silent.push(source.as_ref());
            }
            let name = format!("{number} {}", source.name());
            if self.is_stale(&name, &part, now, &mut newest).await? {
                stale.push(source.subject_prefix().to_owned());
            }
            feed.absorb(part);
        }
        // Groups that the mapping no longer names may still hold somebody whom we put there.
        let mut managed = feed.managed.clone();
        managed.extend(made.memberships.iter().map(|(_, target)| target.clone()));
        managed.retain(|target| directory.contains(target));
        let half_told = feed.half_told();
        let half_told = feed.records.iter().filter(|it| half_told.contains(it.id()));
        let half_told = half_told.flat_map(|it| it.subjects()).cloned().collect();
        let adopts = self.adopt_existing && feed.missing.is_empty();
        let adopt = adopts.then_some(&half_told);
        let mut observed = self
            .observe(&made, &managed, adopt, mode, now, progress)
            .await?;
        observed.calls += self.pages(listed);
        observed.corrections.extend(newest);
        self.silent(&silent, &observed, &mut feed);
        feed.missing.extend(observed.missing.iter().cloned());
        let missed = self.missed(&mut feed, &reading).await?;
        let spent = self.spent(&made, now).await?;
        Ok(Read {
            feed,
            directory,
            groups: listed,
            stale,
            observed,
            missed,
            holds,
            made,
            head,
            spent,
        })
    }

    /// Whether another worker knows newer facts of the source than this feed, or has read it whole since;
    /// and what the ledger is to be told of this one.
    async fn is_stale(
        &self,
        source: &str,
        part: &Feed,
        now: DateTime<Utc>,
        corrections: &mut Vec<Update>,
    ) -> Result<bool, EngineError> {
        let whole = part.missing.is_empty();
        let mut stale = false;
        for (key, at, counts) in [
            ("whole", part.whole_at, whole),
            ("told", part.told_at, true),
        ] {
            let (key, at) = (format!("{key} {source}"), at.unwrap_or(now));
            let newest = self.ledger.state(&key).await?;
            let newest = newest.and_then(|text| DateTime::parse_from_rfc3339(&text).ok());
            // What is read in this very run is new, even by a clock that was set back.
            let older = at < now && newest.is_some_and(|newest| at < newest);
            stale |= older;
            if counts && !older && newest.is_none_or(|newest| newest != at) {
                let value = Some(at.to_rfc3339());
                corrections.push(Update::State { key, value });
            }
        }
        Ok(stale)
    }

    /// A source that answers and has nothing at all, while we keep people of its, is not read.
    fn silent(&self, silent: &[&dyn Source], observed: &Observed, feed: &mut Feed) {
        for source in silent {
            let prefix = source.subject_prefix();
            let ours = observed.ours.keys();
            if ours.into_iter().any(|it| it.as_str().starts_with(prefix)) {
                feed.missing.push(format!(
                    "{}: it answered and had no record at all",
                    source.name()
                ));
            }
        }
    }

    async fn compare(
        &self,
        mut read: Read,
        timeline: Timeline,
        now: DateTime<Utc>,
        approval: Option<Approval>,
    ) -> Result<Prepared, EngineError> {
        let plan = &plan(&timeline);
        let hulls = hulls(plan, now);
        let mut early = self.early(&read, plan, &hulls, now).await?;
        let mut weighed = self.weigh(&read, &early, plan, now, approval);
        let known = read.observed.memberships.len();
        let mut blocked = self.ask(&weighed.changes, &mut read.observed).await;
        if read.observed.memberships.len() > known {
            early.look(&read.observed);
            weighed = self.weigh(&read, &early, plan, now, approval);
        }
        let Weighed {
            changes: all,
            unverified,
            paused,
            held_back,
        } = weighed;
        let mut corrections = read.observed.corrections.clone();
        let steps = self.steps(
            &read,
            &all,
            &hulls,
            &paused,
            &mut blocked,
            &mut corrections,
            now,
        );
        let mut calls = read.spent.clone();
        calls.observe = Some(read.observed.calls + early.calls);
        self.price(&mut calls, &steps);
        corrections.extend(self.rows(read.groups, &read.observed));
        corrections.extend(read.missed.sightings(&read.feed, plan, &read.made, now));
        Ok(Prepared {
            now,
            feed: read.feed,
            directory: read.directory,
            observed: read.observed,
            unverified,
            steps,
            blocked,
            paused: held_back.into_iter().collect(),
            left_alone: Vec::new(),
            holds: read.holds,
            calls,
            timeline,
            changes: all,
            head: read.head,
            corrections,
            made: read.made,
            takes_back: None,
        })
    }
}
