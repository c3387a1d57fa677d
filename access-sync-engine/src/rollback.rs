//! Taking a run back.
//!
//! Before its first call each run keeps what would take it back. [`Engine::rollback`] narrows that to
//! what the journal says was carried out, what is still there, and what is still ours, and lets it pass
//! the same guard as any other change.

use std::collections::{BTreeMap, BTreeSet};

use access_sync_core::changes::{Actual, Changes, Membership, SourceState, UserState, changes};
use access_sync_core::guard::Approval;
use access_sync_core::ids::{SubjectId, TargetId};
use access_sync_core::record::{Booking, BookingStatus, Record, Span};
use access_sync_core::{Plan, Timeline, plan};
use chrono::{DateTime, TimeDelta, Utc};

use crate::access::Directory;
use crate::journal::{Entry, Outcome, Write};
use crate::ledger::{Hold, HoldKind, HoldScope, Made, Rollback, RollbackId, RollbackPlan};
use crate::observe::Observed;
use crate::source::Feed;
use crate::steps::{PersonSteps, Step};
use crate::{Engine, EngineError, Observe, Prepared, Progress};

/// Somebody whom a rollback leaves as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeftAlone {
    /// Who.
    pub subject: SubjectId,
    /// Why, as the end of a sentence that begins with the subject: "was deleted and stays so".
    pub why: &'static str,
}

impl Prepared {
    /// What would take the changes back, as far as that can be: groups, suspensions, invitations, and
    /// dates where others were set before. Names and passes stay as the changes leave them; a user
    /// that was made is suspended, and one that was deleted stays so.
    #[must_use]
    pub fn rollback(&self) -> Vec<PersonSteps> {
        let mut all = Vec::new();
        for person in &self.steps {
            let mine = self.made.users.get(&person.subject);
            let back = |step: &Step| match step {
                Step::Create { .. } | Step::Reinstate => Some(Step::Suspend),
                Step::CreateGuest { .. } => Some(Step::DeleteGuest),
                Step::Suspend => Some(Step::Reinstate),
                Step::Groups { add, remove } => Some(Step::Groups {
                    add: remove.clone(),
                    remove: add.clone(),
                }),
                Step::Invite { .. } => Some(Step::CancelInvitation),
                // Dates that we never set are not known, and so stay as they are.
                Step::PinDates { from, .. } => {
                    let before = mine.filter(|it| it.from.is_some() || it.until.is_some())?;
                    Some(Step::PinDates {
                        from: before.from.unwrap_or(*from),
                        until: before.until,
                    })
                }
                Step::CredentialDates {
                    credential, from, ..
                } => {
                    let before = self.made.credentials.get(credential);
                    let before = before.filter(|it| it.from.is_some() || it.until.is_some())?;
                    Some(Step::CredentialDates {
                        credential: credential.clone(),
                        from: before.from.unwrap_or(*from),
                        until: before.until,
                    })
                }
                _ => None,
            };
            let steps: Vec<_> = person.steps.iter().rev().filter_map(back).collect();
            if !steps.is_empty() {
                all.push(PersonSteps {
                    subject: person.subject.clone(),
                    takes: !steps.iter().any(gives),
                    due: None,
                    steps,
                });
            }
        }
        all
    }

    /// The same, as the ledger keeps it.
    pub(crate) fn rollback_to_keep(&self) -> Rollback {
        let people: BTreeSet<&SubjectId> = self.steps.iter().map(|it| &it.subject).collect();
        let mut plan = RollbackPlan {
            people: self.rollback(),
            ..RollbackPlan::default()
        };
        for record in &self.feed.records {
            let Some(origin) = self.feed.origins.get(record.id()) else {
                continue;
            };
            for subject in record.subjects().filter(|it| people.contains(it)) {
                let places = plan.places.entry(subject.clone()).or_default();
                places.extend(origin.units.iter().cloned());
                places.insert(origin.property.clone());
            }
        }
        for step in self.steps.iter().flat_map(|person| &person.steps) {
            if let Step::Groups { add, remove } = step {
                for group in add.iter().chain(remove) {
                    if let Some(scopes) = self.feed.scopes.get(group) {
                        plan.scopes.insert(group.clone(), scopes.clone());
                    }
                }
            }
        }
        Rollback {
            id: RollbackId(0),
            at: self.now,
            digest: self.changes.digest().to_string(),
            entry: self.head,
            takes_back: self.takes_back,
            done: None,
            plan,
        }
    }
}

/// Whether a step gives somebody something.
fn gives(step: &Step) -> bool {
    match step {
        Step::Reinstate => true,
        Step::Groups { add, .. } => !add.is_empty(),
        _ => false,
    }
}

/// Rollbacks looked through for the one that is asked for.
const KEPT: usize = 10_000;

/// What one run has done to one person, by the journal.
#[derive(Debug, Default)]
struct Done {
    added: BTreeSet<TargetId>,
    removed: BTreeSet<TargetId>,
    suspended: bool,
    opened: bool,
    guest: bool,
    invited: bool,
    dated: bool,
    deleted: bool,
}

impl Done {
    fn add(&mut self, write: &Write) {
        match write {
            Write::ChangeGroups { add, remove, .. } => {
                self.added.extend(add.iter().cloned());
                self.removed.extend(remove.iter().cloned());
            }
            Write::SetSuspended { suspended, .. } => {
                self.suspended |= *suspended;
                self.opened |= !*suspended;
            }
            Write::CreateUser { .. } => self.opened = true,
            Write::CreateGuest { .. } => self.guest = true,
            Write::Invite { .. } => self.invited = true,
            Write::SetPinDates { .. } | Write::SetCredentialDates { .. } => self.dated = true,
            Write::DeleteUser { .. } | Write::DeleteGuest { .. } => self.deleted = true,
            _ => {}
        }
    }
}

/// Everything that a rollback is decided by.
struct Now<'a> {
    made: &'a Made,
    observed: &'a Observed,
    directory: &'a Directory,
    holds: &'a [Hold],
    at: DateTime<Utc>,
}

impl Engine {
    /// What would take the last `count` runs back that changed something, newest first; a rollback is
    /// such a run as well.
    ///
    /// # Errors
    /// Where the ledger cannot be read.
    pub async fn rollbacks(&self, count: usize) -> Result<Vec<Rollback>, EngineError> {
        Ok(self.ledger.rollbacks(count).await?)
    }

    /// Prepares to take a run back: the one with this number, or else the last that was not taken
    /// back and was none itself. Look at it, then give it to [`Engine::apply`].
    ///
    /// Only what the run has done by the journal is taken back, where it is still so, and of what is
    /// there only what is ours. Whoever a later run has changed again is left alone, as is whoever is
    /// held. The guard looks at the removals as at any others. The sources are not asked: as long as
    /// they, the mapping and the rules say what they said, the next run does the same again; pause
    /// first ([`Engine::hold`]), or put right what was wrong. A pause does not stop a rollback.
    ///
    /// # Errors
    /// [`EngineError::NoRollback`] where there is nothing to take back; where the access-control
    /// system or the ledger cannot be read.
    pub async fn rollback(
        &self,
        of: Option<RollbackId>,
        now: DateTime<Utc>,
        progress: &dyn Progress,
    ) -> Result<Prepared, EngineError> {
        let settling = self.settling().await?;
        self.settle(now).await?;
        let head = self.head().await?;
        let made = self.ledger.made().await?;
        let holds = self.ledger.holds().await?;
        let all = self.ledger.rollbacks(KEPT).await?;
        let rollback = choose(&all, of)?;
        let entries = self.ledger.journal_after(rollback.entry).await?;
        let (done, later) = by_subject(&entries, rollback, &all);

        let groups = self.access.groups().await?;
        let listed = groups.items.len();
        let directory = Directory::new(groups.items);
        let managed = made.memberships.iter().map(|(_, target)| target);
        let touched = done
            .values()
            .flat_map(|it| it.added.iter().chain(&it.removed));
        let managed = managed.chain(touched).filter(|it| directory.contains(it));
        let managed = managed.cloned().collect();
        let mut observed = self
            .observe(&made, &managed, None, Observe::Full, now, progress)
            .await?;
        observed.calls += self.pages(listed);

        let state = Now {
            made: &made,
            observed: &observed,
            directory: &directory,
            holds: &holds,
            at: now,
        };
        let (mut steps, left_alone) = state.steps(rollback, &done, &later);
        let compute = |approval| self.judged(&state, &rollback.plan, &steps, approval);
        let mut changes = compute(None);
        if let Some(approval) = self.approval.filter(|it| it.digest == changes.digest()) {
            changes = compute(Some(approval));
        }
        if changes.guard.tripped && !changes.guard.approved {
            for person in &mut steps {
                person.steps = person.steps.drain(..).filter_map(without_taking).collect();
            }
            steps.retain(|person| !person.steps.is_empty());
        }
        let mut calls = self.spent(&made, now).await?;
        calls.observe = Some(observed.calls);
        calls.settle = settling;
        self.price(&mut calls, &steps);
        Ok(Prepared {
            now,
            feed: Feed::default(),
            directory,
            corrections: observed.corrections.clone(),
            observed,
            unverified: Vec::new(),
            steps,
            blocked: Vec::new(),
            paused: Vec::new(),
            left_alone,
            holds,
            calls,
            timeline: Timeline::new(None).policy(self.policy.clone()),
            changes,
            head,
            made,
            takes_back: Some(rollback.id),
        })
    }

    /// The guard's word on the removals: the core compares who is where now with who would be.
    fn judged(
        &self,
        state: &Now<'_>,
        kept: &RollbackPlan,
        steps: &[PersonSteps],
        approval: Option<Approval>,
    ) -> Changes {
        let mut memberships = BTreeSet::new();
        for (user, target) in &state.observed.owned {
            if let Some(subject) = state.observed.subject(user) {
                memberships.insert((subject.clone(), target.clone()));
            }
        }
        let mut wanted = memberships.clone();
        let mut users = Vec::new();
        for person in steps {
            for step in &person.steps {
                if let Step::Groups { add, remove } = step {
                    for target in remove {
                        wanted.remove(&(person.subject.clone(), target.clone()));
                    }
                    let of = |target: &TargetId| (person.subject.clone(), target.clone());
                    wanted.extend(add.iter().map(of));
                }
            }
            if let Some(user) = state
                .observed
                .ours
                .get(&person.subject)
                .filter(|_| !person.takes)
            {
                users.push(UserState::owned(person.subject.clone(), user.suspended));
            }
        }
        let owned: Vec<_> = memberships
            .into_iter()
            .map(|(subject, target)| Membership::owned(subject, target))
            .collect();
        let source = match state.observed.missing.as_slice() {
            [] => SourceState::Complete,
            missing => SourceState::Incomplete(missing.join("; ")),
        };
        let actual = Actual::new(owned).users(users).source(source);
        let feed = Feed {
            scopes: kept.scopes.clone(),
            ..Feed::default()
        };
        let options = self.options(&feed, approval);
        changes(
            &self.as_wanted(wanted, state.at),
            &actual,
            state.at,
            &options,
        )
    }

    /// A plan by which exactly these memberships are right at an instant.
    fn as_wanted(&self, wanted: BTreeSet<(SubjectId, TargetId)>, at: DateTime<Utc>) -> Plan {
        let span = Span::Utc {
            from: at.checked_sub_signed(TimeDelta::minutes(1)).unwrap_or(at),
            to: at.checked_add_signed(TimeDelta::days(1)).unwrap_or(at),
        };
        let records = wanted
            .into_iter()
            .enumerate()
            .map(|(number, (subject, target))| {
                let id = format!("rollback:{number}");
                let status = BookingStatus::Confirmed;
                Record::Booking(Booking::new(id, subject, target, status, span.clone()))
            });
        let timeline = Timeline::new(None).policy(self.policy.clone());
        plan(&timeline.with_records(records))
    }
}

fn choose(all: &[Rollback], of: Option<RollbackId>) -> Result<&Rollback, EngineError> {
    let none = |why: String| EngineError::NoRollback(why);
    let Some(id) = of else {
        let mut open = all.iter();
        let last = open.find(|it| it.done.is_none() && it.takes_back.is_none());
        return last.ok_or_else(|| none("no run is left that could be taken back".into()));
    };
    let found = all.iter().find(|it| it.id == id);
    let found = found.ok_or_else(|| none(format!("there is no run {id}")))?;
    match found.done {
        Some(at) => Err(none(format!("run {id} was taken back at {at}"))),
        None => Ok(found),
    }
}

/// What a run has done, and who was changed after it. `all` are the runs, newest first.
fn by_subject(
    entries: &[Entry],
    of: &Rollback,
    all: &[Rollback],
) -> (BTreeMap<SubjectId, Done>, BTreeSet<SubjectId>) {
    let mut done: BTreeMap<SubjectId, Done> = BTreeMap::new();
    let mut later = BTreeSet::new();
    for entry in entries {
        let write = &entry.intent.write;
        // A change of groups of which some was carried out counts; what of it is there is seen.
        let partly = matches!(write, Write::ChangeGroups { .. })
            && entry.outcome == Some(Outcome::FoundUndone);
        let carried_out = matches!(entry.outcome, Some(Outcome::Done | Outcome::FoundDone));
        if !carried_out && !partly {
            continue;
        }
        match all.iter().find(|run| run.entry < entry.id) {
            Some(run) if run.id == of.id => {
                done.entry(write.subject().clone()).or_default().add(write);
            }
            // An earlier try to take the same run back, which did not come to its end.
            Some(run) if run.takes_back == Some(of.id) => {}
            _ => {
                later.insert(write.subject().clone());
            }
        }
    }
    (done, later)
}

impl Now<'_> {
    fn steps(
        &self,
        rollback: &Rollback,
        done: &BTreeMap<SubjectId, Done>,
        later: &BTreeSet<SubjectId>,
    ) -> (Vec<PersonSteps>, Vec<LeftAlone>) {
        let mut all = Vec::new();
        let mut left_alone = Vec::new();
        for (subject, done) in done {
            let mut leave = |why| {
                left_alone.push(LeftAlone {
                    subject: subject.clone(),
                    why,
                });
            };
            if later.contains(subject) {
                leave("was changed again by a later run");
                continue;
            }
            if done.deleted {
                leave("was deleted and stays so; the next run makes who is entitled anew");
                continue;
            }
            let people = &rollback.plan.people;
            let Some(kept) = people.iter().find(|it| it.subject == *subject) else {
                continue;
            };
            if !self.observed.ours.contains_key(subject) {
                leave("has no user of ours any more");
                continue;
            }
            let steps = kept
                .steps
                .iter()
                .filter_map(|it| self.step(subject, done, it));
            let mut steps: Vec<_> = steps.collect();
            if self.is_held(subject, &rollback.plan) && steps.iter().any(gives) {
                leave("is held, so that nothing is given back");
                steps = steps.into_iter().filter_map(without_giving).collect();
            }
            if !steps.is_empty() {
                all.push(PersonSteps {
                    subject: subject.clone(),
                    takes: !steps.iter().any(gives),
                    due: None,
                    steps,
                });
            }
        }
        (all, left_alone)
    }

    /// A step, as far as there is something to take back and it is ours to.
    fn step(&self, subject: &SubjectId, done: &Done, step: &Step) -> Option<Step> {
        let user = self.observed.ours.get(subject)?;
        let mine = self.made.users.get(subject)?;
        let is_in = |target: &TargetId| (user.id.clone(), target.clone());
        match step {
            Step::Groups { add, remove } => {
                let there = &self.observed.memberships;
                let add = add.iter().filter(|it| {
                    done.removed.contains(*it)
                        && self.directory.contains(it)
                        && !there.contains(&is_in(it))
                });
                let remove = remove.iter().filter(|it| {
                    done.added.contains(*it) && self.observed.owned.contains(&is_in(it))
                });
                let (add, remove): (Vec<_>, Vec<_>) =
                    (add.cloned().collect(), remove.cloned().collect());
                let some = !add.is_empty() || !remove.is_empty();
                some.then_some(Step::Groups { add, remove })
            }
            // Whom somebody else has let in somewhere is not suspended: that would take away what is
            // not ours.
            Step::Suspend => {
                (done.opened && !user.suspended && !self.observed.has_foreign(&user.id))
                    .then_some(Step::Suspend)
            }
            Step::Reinstate => (done.suspended && user.suspended).then_some(Step::Reinstate),
            Step::DeleteGuest => (done.guest && mine.guest).then_some(Step::DeleteGuest),
            Step::CancelInvitation => done.invited.then_some(Step::CancelInvitation),
            Step::PinDates { from, until } => (done.dated
                && (mine.from, mine.until) != (Some(*from), *until))
                .then(|| step.clone()),
            Step::CredentialDates {
                credential,
                from,
                until,
            } => {
                let kept = self.made.credentials.get(credential)?;
                (done.dated && (kept.from, kept.until) != (Some(*from), *until))
                    .then(|| step.clone())
            }
            _ => None,
        }
    }

    fn is_held(&self, subject: &SubjectId, plan: &RollbackPlan) -> bool {
        let places = plan.places.get(subject);
        self.holds
            .iter()
            .filter(|hold| hold.kind == HoldKind::Hold && hold.is_active(self.at))
            .any(|hold| match &hold.scope {
                HoldScope::Person(held) => held == subject,
                HoldScope::Unit(place) | HoldScope::Property(place) => {
                    places.is_some_and(|it| it.contains(place))
                }
                HoldScope::Account => true,
            })
    }
}

/// What of a step takes nothing away.
fn without_taking(step: Step) -> Option<Step> {
    match step {
        Step::Groups { add, .. } if !add.is_empty() => Some(Step::Groups {
            add,
            remove: Vec::new(),
        }),
        Step::Reinstate => Some(step),
        _ => None,
    }
}

/// What of a step gives nothing.
fn without_giving(step: Step) -> Option<Step> {
    match step {
        Step::Reinstate => None,
        Step::Groups { remove, .. } if remove.is_empty() => None,
        Step::Groups { remove, .. } => Some(Step::Groups {
            add: Vec::new(),
            remove,
        }),
        _ => Some(step),
    }
}
