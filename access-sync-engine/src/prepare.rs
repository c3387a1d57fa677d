//! Reading, comparing, and what is to be done.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use access_sync_core::changes::{
    Actual, ChangeOptions, Changes, Membership, PersonChange, SourceState, Urgency, UserAction,
    UserState, changes,
};
use access_sync_core::guard::{Approval, Scope};
use access_sync_core::ids::{RecordId, SubjectId, TargetId};
use access_sync_core::{Plan, Timeline, plan};
use chrono::{DateTime, Utc};

use crate::absent::Missed;
use crate::access::Directory;
use crate::apply::Failure;
use crate::budget::CallPlan;
use crate::early::Early;
use crate::extras::{Extras, Hull, extras, hulls};
use crate::holds::{self, Paused};
use crate::journal::EntryId;
use crate::ledger::{Hold, Made, RollbackId, Update};
use crate::observe::{Drift, Observed};
use crate::rollback::LeftAlone;
use crate::source::{Feed, Note, NoteCode, Origin, Person, Reading, Source};
use crate::steps::{PersonSteps, Step};
use crate::{Engine, EngineError, Progress};

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
    /// What the ledger is to be told after.
    pub(crate) sightings: Vec<Update>,
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

/// What was read, compared with the plan.
struct Weighed {
    changes: Changes,
    unverified: Vec<Unverified>,
    paused: Paused,
    held_back: BTreeSet<SubjectId>,
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
        let mut observed = self.observe(&made, &managed, mode, now, progress).await?;
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
        let sightings = read.missed.sightings(&read.feed, plan, &read.made, now);
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
            sightings,
            made: read.made,
            takes_back: None,
        })
    }

    /// What is to be done to memberships and users, by what has been read so far.
    fn weigh(
        &self,
        read: &Read,
        early: &Early,
        plan: &Plan,
        now: DateTime<Utc>,
        approval: Option<Approval>,
    ) -> Weighed {
        let (actual, unverified) = actual(read, early, plan, now);
        let paused = Paused::at(&read.holds, &read.feed, now);
        let mut held_back = BTreeSet::new();
        let mut compute = |approval: Option<Approval>| {
            let mut changes = changes(plan, &actual, now, &self.options(&read.feed, approval));
            for list in [&mut changes.people, &mut changes.withheld] {
                list.retain(|person| {
                    let kept = !paused.covers(&person.subject);
                    if !kept {
                        held_back.insert(person.subject.clone());
                    }
                    kept
                });
            }
            early.add(&mut changes, plan, now);
            changes
        };
        let raw = changes(plan, &actual, now, &self.options(&read.feed, None)).digest();
        let mut all = compute(None);
        // Who approves has seen the changes as they are shown here; the core compares its own.
        if let Some(approval) = approval.filter(|it| it.digest == all.digest()) {
            all = compute(Some(Approval {
                digest: raw,
                expires: approval.expires,
            }));
        }
        Weighed {
            changes: all,
            unverified,
            paused,
            held_back,
        }
    }

    pub(crate) fn options(&self, feed: &Feed, approval: Option<Approval>) -> ChangeOptions {
        let mut options = ChangeOptions::default();
        options.max_targets = self.access.max_groups_per_user();
        options.approval = approval;
        let scopes: BTreeMap<TargetId, Vec<Scope>> = feed
            .scopes
            .iter()
            .map(|(target, properties)| {
                let scopes = properties.iter().map(|it| Arc::from(it.as_str())).collect();
                (target.clone(), scopes)
            })
            .collect();
        options.scope_limits = self.mapping.scope_limits();
        options.scopes(move |target| scopes.get(target).cloned().unwrap_or_default())
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "each is one part of the comparison"
    )]
    fn steps(
        &self,
        read: &Read,
        changes: &Changes,
        hulls: &BTreeMap<SubjectId, Hull>,
        paused: &Paused,
        blocked: &mut Vec<Failure>,
        corrections: &mut Vec<Update>,
        now: DateTime<Utc>,
    ) -> Vec<PersonSteps> {
        let mut all = Vec::new();
        let mut changing = BTreeSet::new();
        let of = |subject: &SubjectId, corrections: &mut Vec<Update>| {
            let mine = read.made.users.get(subject)?;
            let person = read.feed.people.get(subject);
            let hull = hulls.get(subject).copied();
            let extras = extras(&self.mapping.access, &read.made, mine, person, hull, now);
            corrections.extend(extras.correction.clone());
            Some(extras)
        };
        for change in &changes.people {
            changing.insert(&change.subject);
            if blocked.iter().any(|it| it.subject == change.subject) {
                continue;
            }
            let there = read.observed.ours.contains_key(&change.subject);
            let extras = if there {
                of(&change.subject, corrections)
            } else {
                None
            };
            let hull = hulls.get(&change.subject).copied();
            match self.steps_of(read, change, extras.unwrap_or_default(), hull, now) {
                Ok(steps) => all.push(steps),
                Err(error) => blocked.push(Failure {
                    subject: change.subject.clone(),
                    error,
                }),
            }
        }
        for (subject, user) in &read.observed.ours {
            if changing.contains(subject) || paused.covers(subject) {
                continue;
            }
            let mut steps = PersonSteps::new(subject.clone(), Urgency::Grant, None);
            let owes = read
                .made
                .users
                .get(subject)
                .is_some_and(|it| it.owes_revocation);
            if owes && user.suspended {
                steps.takes = true;
                steps.steps.push(Step::Revoke);
            } else if let Some(extras) = of(subject, corrections) {
                steps.steps.extend(extras.before);
                steps.steps.extend(extras.after);
            }
            if !steps.steps.is_empty() {
                all.push(steps);
            }
        }
        all
    }

    fn steps_of(
        &self,
        read: &Read,
        change: &PersonChange,
        extras: Extras,
        hull: Option<Hull>,
        now: DateTime<Utc>,
    ) -> Result<PersonSteps, EngineError> {
        let subject = &change.subject;
        let config = &self.mapping.access;
        let mut person = PersonSteps::new(subject.clone(), change.urgency, change.due);
        let steps = &mut person.steps;
        let known = read.observed.ours.get(subject);
        let mut invite = known.is_none();
        if let Some(user) = known {
            let mine = &read.made.credentials;
            let none = !mine.values().any(|it| it.user == user.id);
            invite = none && change.user_action == Some(UserAction::Reinstate);
        } else {
            if let Some(user) = read.observed.strangers.get(subject) {
                return Err(EngineError::NotOurs {
                    subject: subject.clone(),
                    user: user.id.clone(),
                });
            }
            let Some(who) = read.feed.people.get(subject) else {
                return Err(EngineError::Unexpected {
                    system: self.access.name().to_owned(),
                    what: format!("nobody told who {subject} is"),
                });
            };
            let dates = hull.filter(|_| config.credential_dates);
            let from = dates.map(|it| it.from).filter(|from| *from > now);
            let until = dates.and_then(|it| it.until);
            if let (true, Some(hull), Some(until), true) = (
                config.guests && read.feed.is_visitor(subject),
                hull,
                hull.and_then(|it| it.until),
                who.email.is_some(),
            ) {
                steps.push(Step::CreateGuest {
                    groups: change.add.clone(),
                    from: hull.from,
                    until,
                });
                return Ok(person);
            }
            steps.push(Step::Create { from, until });
        }
        if change.user_action == Some(UserAction::Reinstate) {
            steps.push(Step::Reinstate);
        }
        let guest = read.made.users.get(subject).is_some_and(|it| it.guest);
        // A guest who is not expected any more goes, whatever becomes of users.
        if guest && hull.is_none() && change.add.is_empty() {
            steps.push(Step::DeleteGuest);
            return Ok(person);
        }
        steps.extend(extras.before);
        if !change.add.is_empty() || !change.remove.is_empty() {
            steps.push(Step::Groups {
                add: change.add.clone(),
                remove: change.remove.clone(),
            });
        }
        let has_address = read
            .feed
            .people
            .get(subject)
            .is_some_and(|it| it.email.is_some());
        if config.mobile_pass && invite && has_address && !change.add.is_empty() {
            steps.push(Step::Invite {
                from: hull.map(|it| it.from).filter(|from| *from > now),
                until: hull.and_then(|it| it.until),
            });
        }
        steps.extend(extras.after);
        match change.user_action {
            Some(UserAction::Suspend) => steps.push(Step::Suspend),
            Some(UserAction::SuspendAndRevokePass) => {
                steps.extend([Step::Suspend, Step::Revoke]);
            }
            Some(UserAction::Delete) => steps.push(Step::Delete),
            _ => {}
        }
        Ok(person)
    }
}

/// The observation in the core's terms. Whoever no source has ever vouched for is left out of it,
/// and so can lose nothing.
fn actual(
    read: &Read,
    early: &Early,
    plan: &Plan,
    now: DateTime<Utc>,
) -> (Actual, Vec<Unverified>) {
    let (feed, observed) = (&read.feed, &read.observed);
    let seen = read.missed.subjects();
    let vouched = |subject: &SubjectId| feed.people.contains_key(subject) || seen.contains(subject);
    let mut memberships = Vec::new();
    let mut unverified: BTreeMap<SubjectId, BTreeSet<TargetId>> = BTreeMap::new();
    for key in &observed.memberships {
        let (user, target) = key;
        match observed.subject(user) {
            Some(subject) if !observed.owned.contains(key) => {
                memberships.push(Membership::foreign(subject.clone(), target.clone()));
            }
            // Let in ahead of time: not active yet, and to stay.
            Some(subject) if early.has(subject, target) => {}
            Some(subject) if read.is_stale(subject) && !plan.is_active(subject, target, now) => {}
            Some(subject) if vouched(subject) => {
                memberships.push(Membership::owned(subject.clone(), target.clone()));
            }
            Some(subject) => {
                unverified
                    .entry(subject.clone())
                    .or_default()
                    .insert(target.clone());
            }
            None => memberships.push(Membership::foreign(format!("user:{user}"), target.clone())),
        }
    }
    for record in &read.missed.kept {
        for subject in record.subjects() {
            let targets = unverified.entry(subject.clone()).or_default();
            targets.extend(crate::stored::targets(record));
        }
    }
    let users: Vec<_> = observed
        .ours
        .iter()
        .filter(|(subject, _)| vouched(subject))
        // Whom somebody else has let in somewhere is neither suspended nor deleted: that would take
        // away what is not ours.
        .filter(|(_, user)| user.suspended || !observed.has_foreign(&user.id))
        .filter(|(subject, user)| user.suspended || !read.is_stale(subject))
        .filter(|(subject, _)| !early.knows(subject))
        .map(|(subject, user)| UserState::owned(subject.clone(), user.suspended))
        .collect();
    let source = match feed.missing.as_slice() {
        [] => SourceState::Complete,
        missing => SourceState::Incomplete(missing.join("; ")),
    };
    let unverified = unverified.into_iter();
    let unverified = unverified.map(|(subject, targets)| Unverified {
        subject,
        targets: targets.into_iter().collect(),
    });
    (
        Actual::new(memberships).users(users).source(source),
        unverified.collect(),
    )
}
