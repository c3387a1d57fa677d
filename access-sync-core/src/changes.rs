//! Changes: from what the access-control system has to what the plan wants at an instant.

mod diff;

pub use diff::changes;

use crate::digest::{Digest, changes_digest};
use crate::finding::Finding;
use crate::guard::{Approval, GuardReport, Scope, ScopeFn};
use crate::ids::{SubjectId, TargetId};
use crate::plan::Plan;
use crate::policy::GuardPolicy;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use chrono::{DateTime, Utc};

/// What the access-control system has now, and how far the sources can be trusted.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Actual {
    /// Who is in which target, in any order.
    pub memberships: Vec<Membership>,
    /// The users, in any order; ones that are not listed get no user action.
    pub users: Vec<UserState>,
    /// How the sources of the plan's records were read.
    pub source: SourceState,
}

impl Actual {
    /// These memberships, no users, a complete source.
    pub fn new(memberships: impl Into<Vec<Membership>>) -> Self {
        Self {
            memberships: memberships.into(),
            ..Self::default()
        }
    }

    /// Sets the users.
    #[must_use]
    pub fn users(mut self, users: impl Into<Vec<UserState>>) -> Self {
        self.users = users.into();
        self
    }

    /// Sets how the sources were read.
    #[must_use]
    pub fn source(mut self, source: SourceState) -> Self {
        self.source = source;
        self
    }
}

/// One person in one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// Who.
    pub subject: SubjectId,
    /// What.
    pub target: TargetId,
    /// Whether we made it. Only then may it be removed.
    pub owned: bool,
}

impl Membership {
    /// A membership that we made.
    pub fn owned(subject: impl Into<SubjectId>, target: impl Into<TargetId>) -> Self {
        Self {
            subject: subject.into(),
            target: target.into(),
            owned: true,
        }
    }

    /// A membership that somebody else made.
    pub fn foreign(subject: impl Into<SubjectId>, target: impl Into<TargetId>) -> Self {
        Self {
            subject: subject.into(),
            target: target.into(),
            owned: false,
        }
    }
}

/// One user of the access-control system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserState {
    /// Who.
    pub subject: SubjectId,
    /// Whether the user is suspended.
    pub suspended: bool,
    /// Whether we made the user. Only then is it ever touched.
    pub owned: bool,
}

impl UserState {
    /// A user that we made.
    pub fn owned(subject: impl Into<SubjectId>, suspended: bool) -> Self {
        Self {
            subject: subject.into(),
            suspended,
            owned: true,
        }
    }
}

/// How the sources of the records were read.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum SourceState {
    /// Wholly. (A plan without any source record counts as empty all the same.)
    #[default]
    Complete,
    /// Wholly, and there was nothing.
    Empty,
    /// Cut off: fewer rows than were announced, or a page cap.
    Truncated,
    /// Not wholly, for a reason.
    Incomplete(String),
}

/// What a caller may set for [`changes`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ChangeOptions {
    /// The most targets that one person may be in (Brivo: 16 groups). Default: no limit.
    pub max_targets: Option<usize>,
    /// Names the scopes (property, group, account …) that a target counts in. Default: none, and
    /// only the total is judged.
    pub scopes: Option<ScopeFn>,
    /// Limits of scopes that differ from the policy's.
    pub scope_limits: BTreeMap<Scope, GuardPolicy>,
    /// Lets one tripped set of changes pass.
    pub approval: Option<Approval>,
}

impl ChangeOptions {
    /// Sets [`ChangeOptions::max_targets`].
    #[must_use]
    pub fn max_targets(mut self, limit: usize) -> Self {
        self.max_targets = Some(limit);
        self
    }

    /// Sets [`ChangeOptions::scopes`].
    #[must_use]
    pub fn scopes(
        mut self,
        scopes: impl Fn(&TargetId) -> Vec<Scope> + Send + Sync + 'static,
    ) -> Self {
        self.scopes = Some(ScopeFn(Arc::new(scopes)));
        self
    }

    /// Sets the limits of one scope.
    #[must_use]
    pub fn scope_limit(mut self, scope: impl Into<Scope>, limits: GuardPolicy) -> Self {
        self.scope_limits.insert(scope.into(), limits);
        self
    }

    /// Sets [`ChangeOptions::approval`].
    #[must_use]
    pub fn approval(mut self, approval: Approval) -> Self {
        self.approval = Some(approval);
        self
    }
}

/// What to do, in order, and what was held back.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Changes {
    /// What to do, most urgent first: holds, then revocations, then grants (with the removals of
    /// people who move) by when they were due.
    pub people: Vec<PersonChange>,
    /// Removals, suspensions and deletions that the guard held back. Empty unless it tripped.
    pub withheld: Vec<PersonChange>,
    /// Unmanaged memberships, grants over the limit; sorted.
    pub findings: Vec<Finding>,
    /// What the guard says.
    pub guard: GuardReport,
    plan: Plan,
    /// Grants left out for the limit of targets, which the digest covers too.
    over_limit: Vec<PersonChange>,
}

/// Everything that changes for one person.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PersonChange {
    /// Who.
    pub subject: SubjectId,
    /// How urgent it is.
    pub urgency: Urgency,
    /// When it should have happened: the start of the first window to be granted, or else the end
    /// of the first to be revoked; `None` where no window says (the record is gone, or never
    /// granted anything).
    pub due: Option<DateTime<Utc>>,
    /// Targets to join, sorted. To be done before, or in one call with, the removals, so that a
    /// person who moves is never without access.
    pub add: Vec<TargetId>,
    /// Targets to leave, sorted.
    pub remove: Vec<TargetId>,
    /// What becomes of the user itself: a reinstatement is to be done first, anything else last.
    pub user_action: Option<UserAction>,
}

impl PersonChange {
    fn new(subject: &SubjectId) -> Self {
        Self {
            subject: subject.clone(),
            urgency: Urgency::Grant,
            due: None,
            add: Vec::new(),
            remove: Vec::new(),
            user_action: None,
        }
    }

    fn is_empty(&self) -> bool {
        self.add.is_empty() && self.remove.is_empty() && self.user_action.is_none()
    }
}

/// How urgent a person's change is; the most urgent sorts first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Urgency {
    /// Takes away what a hold covers.
    Hold,
    /// Only takes away.
    Revoke,
    /// Grants something; may take something away too.
    Grant,
}

/// What becomes of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum UserAction {
    /// Suspend.
    Suspend,
    /// Suspend, and revoke the mobile pass.
    SuspendAndRevokePass,
    /// Delete.
    Delete,
    /// Lift the suspension.
    Reinstate,
}

impl UserAction {
    /// The word in a document.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Suspend => "suspend_user",
            Self::SuspendAndRevokePass => "suspend_user_and_revoke_pass",
            Self::Delete => "delete_user",
            Self::Reinstate => "reinstate_user",
        }
    }

    /// Whether it takes something away.
    pub fn is_removal(self) -> bool {
        self != Self::Reinstate
    }
}

/// One step of a [`Changes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action<'a> {
    /// Put a person into a target.
    Add(&'a SubjectId, &'a TargetId),
    /// Take a person out of a target.
    Remove(&'a SubjectId, &'a TargetId),
}

/// What calls cost, for [`Changes::calls`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct CostModel {
    /// Calls for each person with memberships to change, however many they are.
    pub per_person: u64,
    /// Calls for each membership to add.
    pub per_add: u64,
    /// Calls for each membership to remove.
    pub per_remove: u64,
    /// Calls for each user action.
    pub per_user_action: u64,
}

impl CostModel {
    /// One call changes all memberships of a person (Brivo, `POST /users/{id}/groups`).
    pub const GROUPED: Self = Self {
        per_person: 1,
        per_add: 0,
        per_remove: 0,
        per_user_action: 1,
    };
    /// One call for each membership.
    pub const SINGLE: Self = Self {
        per_person: 0,
        per_add: 1,
        per_remove: 1,
        per_user_action: 1,
    };
}

impl Changes {
    /// Whether there is nothing to do and nothing was held back.
    pub fn is_empty(&self) -> bool {
        self.people.is_empty() && self.withheld.is_empty()
    }

    /// The membership changes sorted by subject and target.
    pub fn actions(&self) -> Vec<Action<'_>> {
        let mut actions: Vec<Action<'_>> = Vec::new();
        for person in &self.people {
            actions.extend(
                person
                    .add
                    .iter()
                    .map(|target| Action::Add(&person.subject, target)),
            );
            actions.extend(
                person
                    .remove
                    .iter()
                    .map(|target| Action::Remove(&person.subject, target)),
            );
        }
        actions.sort_unstable_by_key(|action| match action {
            Action::Add(subject, target) | Action::Remove(subject, target) => (*subject, *target),
        });
        actions
    }

    /// The user actions sorted by subject.
    pub fn user_actions(&self) -> Vec<(&SubjectId, UserAction)> {
        let actions = self
            .people
            .iter()
            .filter_map(|person| Some((&person.subject, person.user_action?)));
        let mut actions: Vec<_> = actions.collect();
        actions.sort_unstable();
        actions
    }

    /// How many calls the changes take.
    pub fn calls(&self, model: &CostModel) -> u64 {
        self.calls_by(|person| {
            let (add, remove) = (person.add.len() as u64, person.remove.len() as u64);
            u64::from(add + remove > 0) * model.per_person
                + add * model.per_add
                + remove * model.per_remove
                + u64::from(person.user_action.is_some()) * model.per_user_action
        })
    }

    /// How many calls the changes take, by the caller's own count for a person.
    pub fn calls_by(&self, calls: impl Fn(&PersonChange) -> u64) -> u64 {
        self.people.iter().map(calls).fold(0, u64::saturating_add)
    }

    /// The plan that the changes lead to.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// SHA-256 over the plan and everything that was proposed, whether it was held back or not:
    /// what an [`Approval`] names. It does not cover the instant, so it stands as long as the same
    /// changes are to be made.
    pub fn digest(&self) -> Digest {
        changes_digest(self)
    }

    pub(crate) fn proposed(&self) -> impl Iterator<Item = &PersonChange> {
        self.people
            .iter()
            .chain(&self.withheld)
            .chain(&self.over_limit)
    }
}
