//! What the access-control system has now.

use std::collections::{BTreeMap, BTreeSet};

use access_sync_core::changes::Changes;
use access_sync_core::ids::{SubjectId, TargetId};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use access_sync_http::ErrorKind;

use crate::access::{User, UserId};
use crate::apply::Failure;
use crate::ledger::{How, Made, MadeUser, Update};
use crate::{Engine, EngineError, Progress, Stage};

/// How much of the access-control system a run reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Observe {
    /// All users once, and the members of every group that the mapping reaches.
    #[default]
    Full,
    /// What the ledger says, and beside it every group once in so many days, the users once a day:
    /// what somebody else changes is found within that time. A group that was never read is read
    /// before anybody is put into it, and people who are to be changed are asked for their groups
    /// first, a call each: what somebody gave them by hand is not taken for ours.
    Rolling {
        /// Days for one round through all groups; at least one.
        days: u16,
    },
}

/// Users and memberships, as far as the mapping reaches.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Observed {
    /// Users of ours, by their subject.
    pub ours: BTreeMap<SubjectId, User>,
    /// Users with an external id of ours that the ledger does not know. They are left alone until
    /// somebody adopts them.
    pub strangers: BTreeMap<SubjectId, User>,
    /// Who is in which managed group, foreign users included; of groups that were not read, what
    /// the ledger says.
    pub memberships: BTreeSet<(UserId, TargetId)>,
    /// Those of them that are ours.
    pub owned: BTreeSet<(UserId, TargetId)>,
    /// What somebody else changed.
    pub drift: Vec<Drift>,
    /// Groups that were read.
    pub read: BTreeSet<TargetId>,
    /// How many users the system has in all, where they were listed.
    pub users: Option<usize>,
    /// Calls that it took, at most.
    pub calls: u64,
    /// Parts that could not be read.
    pub missing: Vec<String>,
    pub(crate) subjects: BTreeMap<UserId, SubjectId>,
    /// Groups that the mapping reaches.
    pub(crate) managed: BTreeSet<TargetId>,
    /// What the ledger is to be told.
    pub(crate) corrections: Vec<Update>,
}

/// Something that somebody else changed, against what the ledger says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Drift {
    /// A user of ours was deleted.
    UserGone {
        /// Whose.
        subject: SubjectId,
        /// The user.
        user: UserId,
    },
    /// A user of ours was suspended, or reinstated.
    Suspension {
        /// Whose.
        subject: SubjectId,
        /// What it is now.
        suspended: bool,
    },
    /// One of ours was taken out of a group. Whoever is entitled is put back.
    MembershipGone {
        /// Whose.
        subject: SubjectId,
        /// The group.
        target: TargetId,
    },
    /// One of ours was put into a group by somebody else. It stays.
    MembershipByHand {
        /// Whose.
        subject: SubjectId,
        /// The group.
        target: TargetId,
    },
}

impl Observed {
    /// Whose user it is; none where it is not ours.
    #[must_use]
    pub fn subject(&self, user: &UserId) -> Option<&SubjectId> {
        self.subjects.get(user)
    }

    /// Whether somebody else gave the user a membership.
    pub(crate) fn has_foreign(&self, user: &UserId) -> bool {
        let first = (user.clone(), TargetId::new(""));
        self.memberships
            .range(first..)
            .take_while(|(id, _)| id == user)
            .any(|key| !self.owned.contains(key))
    }
}

/// Lists being read at once. The limiter, not this, decides the rate.
const AT_ONCE: usize = 4;
/// When all users were last listed.
const USERS_LISTED: &str = "users_listed";

impl Engine {
    /// Reads all users once and the members of managed groups: lists of a hundred rows, never a call
    /// per user. Users of our namespace that the ledger does not know are taken over, all but those
    /// that `adopt` names; with none of it, nobody is.
    pub(crate) async fn observe(
        &self,
        made: &Made,
        managed: &BTreeSet<TargetId>,
        adopt: Option<&BTreeSet<SubjectId>>,
        mode: Observe,
        now: DateTime<Utc>,
        progress: &dyn Progress,
    ) -> Result<Observed, EngineError> {
        let mut observed = Observed {
            managed: managed.clone(),
            ..Observed::default()
        };
        if self.lists_users(mode, now).await? {
            self.users(made, &mut observed).await?;
            observed.corrections.push(Update::State {
                key: USERS_LISTED.into(),
                value: Some(now.to_rfc3339()),
            });
        } else {
            for (subject, user) in &made.users {
                let known = User::new(user.user.clone(), None, user.suspended);
                observed.subjects.insert(known.id.clone(), subject.clone());
                observed.ours.insert(subject.clone(), known);
            }
        }
        let mut adopted = BTreeSet::new();
        match adopt {
            // Of whom we take over every membership has to be known: what is found later is somebody
            // else's.
            Some(but) if !observed.strangers.is_empty() => {
                self.members(managed, &mut observed, progress).await?;
                if observed.missing.is_empty() {
                    adopted = take_over(made, but, now, &mut observed);
                }
            }
            _ => {
                let due = self.due(managed, mode, now).await?;
                self.members(&due, &mut observed, progress).await?;
            }
        }
        compare(made, managed, &adopted, now, &mut observed);
        Ok(observed)
    }

    async fn lists_users(&self, mode: Observe, now: DateTime<Utc>) -> Result<bool, EngineError> {
        if mode == Observe::Full {
            return Ok(true);
        }
        let last = self.ledger.state(USERS_LISTED).await?;
        let last = last.and_then(|text| DateTime::parse_from_rfc3339(&text).ok());
        Ok(last.is_none_or(|last| now.signed_duration_since(last) >= TimeDelta::days(1)))
    }

    /// Groups whose turn it is: those never read, and the ones read longest ago.
    async fn due(
        &self,
        managed: &BTreeSet<TargetId>,
        mode: Observe,
        now: DateTime<Utc>,
    ) -> Result<BTreeSet<TargetId>, EngineError> {
        let Observe::Rolling { days } = mode else {
            return Ok(managed.clone());
        };
        let audits = self.ledger.audits().await?;
        let age = |group: &&TargetId| audits.get(*group).map(|at| now.signed_duration_since(*at));
        let (never, mut known): (Vec<_>, Vec<_>) =
            managed.iter().partition(|group| age(group).is_none());
        let today = known
            .iter()
            .filter(|group| age(group).is_some_and(|age| age < TimeDelta::days(1)))
            .count();
        let share = managed.len().div_ceil(usize::from(days.max(1)));
        known.retain(|group| age(group).is_some_and(|age| age >= TimeDelta::days(1)));
        known.sort_by_key(|group| std::cmp::Reverse(age(group)));
        let due = known
            .into_iter()
            .take(share.saturating_sub(today))
            .chain(never);
        Ok(due.cloned().collect())
    }

    async fn users(&self, made: &Made, observed: &mut Observed) -> Result<(), EngineError> {
        let list = self.access.users().await?;
        let whole = list.is_complete();
        if !whole {
            observed.missing.push(format!(
                "{}: the list of users is not whole",
                self.access.name()
            ));
        }
        observed.users = Some(list.items.len());
        observed.calls += self.pages(list.items.len());
        let known: BTreeMap<&UserId, &MadeUser> =
            made.users.values().map(|it| (&it.user, it)).collect();
        for user in list.items {
            if let Some(made) = known.get(&user.id) {
                if made.suspended != user.suspended {
                    observed.drift.push(Drift::Suspension {
                        subject: made.subject.clone(),
                        suspended: user.suspended,
                    });
                    let mut made = (*made).clone();
                    made.suspended = user.suspended;
                    observed.corrections.push(Update::User(made));
                }
                observed
                    .subjects
                    .insert(user.id.clone(), made.subject.clone());
                observed.ours.insert(made.subject.clone(), user);
                continue;
            }
            let namespace = self.namespace();
            let subject = user.external_id.as_deref();
            let Some(subject) = subject.and_then(|id| namespace.subject(id)) else {
                continue;
            };
            observed.strangers.insert(SubjectId::new(subject), user);
        }
        for (subject, user) in &made.users {
            if observed.ours.contains_key(subject) {
                continue;
            }
            if whole {
                observed.drift.push(Drift::UserGone {
                    subject: subject.clone(),
                    user: user.user.clone(),
                });
                observed.corrections.push(Update::UserGone(subject.clone()));
            } else {
                // Missing from a list that is not whole: it is there until a whole one says not.
                let known = User::new(user.user.clone(), None, user.suspended);
                observed.subjects.insert(known.id.clone(), subject.clone());
                observed.ours.insert(subject.clone(), known);
            }
        }
        Ok(())
    }

    async fn members(
        &self,
        groups: &BTreeSet<TargetId>,
        observed: &mut Observed,
        progress: &dyn Progress,
    ) -> Result<(), EngineError> {
        progress.at(Stage::Observing, 0, groups.len());
        let access = &self.access;
        let mut futures = Vec::with_capacity(groups.len());
        for group in groups {
            futures
                .push(async move { Ok::<_, EngineError>((group, access.members(group).await?)) });
        }
        let mut lists = stream::iter(futures).buffer_unordered(AT_ONCE);
        let mut done = 0;
        while let Some((group, members)) = lists.try_next().await? {
            observed.calls += self.pages(members.items.len());
            if members.is_complete() {
                observed.read.insert(group.clone());
            } else {
                observed.missing.push(format!(
                    "{}: the members of group {group} are not whole",
                    access.name()
                ));
            }
            observed
                .memberships
                .extend(members.items.into_iter().map(|user| (user, group.clone())));
            done += 1;
            progress.at(Stage::Observing, done, groups.len());
        }
        Ok(())
    }

    /// Reads the groups of people who are to be let in where the list of members was not read, or
    /// suspended or deleted while not every list was. Whom that tells nothing of is a failure of its own.
    pub(crate) async fn ask(&self, changes: &Changes, observed: &mut Observed) -> Vec<Failure> {
        let all_read = observed.managed.is_subset(&observed.read);
        let access = &self.access;
        let mut futures = Vec::new();
        for person in &changes.people {
            // A removal alone takes away what the ledger knows to be ours.
            let unread = person.add.iter().any(|it| !observed.read.contains(it));
            if !unread && (all_read || person.user_action.is_none()) {
                continue;
            }
            if let Some(user) = observed.ours.get(&person.subject) {
                let (subject, user) = (person.subject.clone(), user.id.clone());
                futures.push(async move {
                    let groups = access.groups_of(&user).await;
                    (subject, user, groups)
                });
            }
        }
        let mut answers = stream::iter(futures).buffer_unordered(AT_ONCE);
        let mut failures = Vec::new();
        while let Some((subject, user, groups)) = answers.next().await {
            let groups = match groups {
                Ok(groups) => groups,
                Err(EngineError::Api(error)) if error.kind() == ErrorKind::NotFound => Vec::new(),
                Err(error) => {
                    observed.calls += 1;
                    failures.push(Failure { subject, error });
                    continue;
                }
            };
            observed.calls += self.pages(groups.len());
            for target in groups {
                let key = (user.clone(), target.clone());
                // A group that a source has not told of in this reading may be one of the mapping's.
                if observed.memberships.insert(key) && observed.managed.contains(&target) {
                    let subject = subject.clone();
                    observed
                        .drift
                        .push(Drift::MembershipByHand { subject, target });
                }
            }
        }
        observed.drift.sort();
        failures
    }

    /// Pages of a list of so many rows.
    pub(crate) fn pages(&self, rows: usize) -> u64 {
        let rows = u64::try_from(rows).unwrap_or(u64::MAX);
        rows.div_ceil(self.access.page_size().max(1)).max(1)
    }
}

/// Strangers of whom we have no user yet become ours. Gives the users.
fn take_over(
    made: &Made,
    but: &BTreeSet<SubjectId>,
    now: DateTime<Utc>,
    observed: &mut Observed,
) -> BTreeSet<UserId> {
    let mut adopted = BTreeSet::new();
    for (subject, user) in std::mem::take(&mut observed.strangers) {
        if made.users.contains_key(&subject) || but.contains(&subject) {
            observed.strangers.insert(subject, user);
            continue;
        }
        let mut new = MadeUser::new(subject.clone(), user.id.clone(), How::Adopted, now);
        new.suspended = user.suspended;
        observed.corrections.push(Update::User(new));
        adopted.insert(user.id.clone());
        observed.subjects.insert(user.id.clone(), subject.clone());
        observed.ours.insert(subject, user);
    }
    adopted
}

/// What was read against what the ledger says.
fn compare(
    made: &Made,
    managed: &BTreeSet<TargetId>,
    adopted: &BTreeSet<UserId>,
    now: DateTime<Utc>,
    observed: &mut Observed,
) {
    for key in &made.memberships {
        let (user, target) = key;
        let Some(subject) = observed.subjects.get(user) else {
            continue;
        };
        if observed.memberships.contains(key) {
            observed.owned.insert(key.clone());
        } else if observed.read.contains(target) {
            observed.drift.push(Drift::MembershipGone {
                subject: subject.clone(),
                target: target.clone(),
            });
            observed.corrections.push(Update::MembershipGone {
                user: user.clone(),
                target: target.clone(),
            });
        } else if managed.contains(target) {
            observed.memberships.insert(key.clone());
            observed.owned.insert(key.clone());
        }
    }
    for key in &observed.memberships {
        let (user, target) = key;
        let Some(subject) = observed.subjects.get(user) else {
            continue;
        };
        if observed.owned.contains(key) {
            continue;
        }
        if adopted.contains(user) {
            observed.corrections.push(Update::Membership {
                user: user.clone(),
                target: target.clone(),
                how: How::Adopted,
                since: now,
            });
        } else {
            observed.drift.push(Drift::MembershipByHand {
                subject: subject.clone(),
                target: target.clone(),
            });
        }
    }
    let theirs = observed.memberships.iter();
    let theirs: Vec<_> = theirs
        .filter(|(user, _)| adopted.contains(user))
        .cloned()
        .collect();
    observed.owned.extend(theirs);
    for target in &observed.read {
        observed.corrections.push(Update::Audited {
            target: target.clone(),
            at: now,
        });
    }
    observed.drift.sort();
}
