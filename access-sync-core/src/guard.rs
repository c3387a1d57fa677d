//! The guard: stops what looks like an accident.
//!
//! Either everything that takes access away is done, or none of it; grants stand in any case. What
//! it stopped can be let pass only by approving exactly those changes, by their digest, for a
//! limited time. There is no switch that turns it off.

use crate::changes::{ChangeOptions, SourceState};
use crate::digest::Digest;
use crate::ids::TargetId;
use crate::policy::GuardPolicy;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use chrono::{DateTime, Utc};
use core::fmt;

/// The name of a part of the whole that has limits of its own: a property, a group, an account.
pub type Scope = Arc<str>;

/// Names the scopes that a target counts in.
#[derive(Clone)]
pub struct ScopeFn(pub(crate) Arc<ScopesOf>);

type ScopesOf = dyn Fn(&TargetId) -> Vec<Scope> + Send + Sync;

impl fmt::Debug for ScopeFn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ScopeFn(..)")
    }
}

/// What the guard says of a set of changes.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct GuardReport {
    /// Whether something looks like an accident.
    pub tripped: bool,
    /// What does, sorted.
    pub reasons: Vec<GuardReason>,
    /// Whether it was let pass by an approval.
    pub approved: bool,
}

/// Why the guard tripped.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum GuardReason {
    /// The source gave nothing, and we own something.
    EmptySource,
    /// The source was cut off, and we own something.
    TruncatedSource,
    /// The source was not read wholly, and we own something.
    IncompleteSource(String),
    /// More removals than the limit.
    MaxRemovals {
        /// Where; `None` is everywhere.
        scope: Option<Scope>,
        /// How many.
        removals: u64,
        /// How many are allowed.
        limit: u64,
    },
    /// A greater share of removals than the limit.
    MaxRemovalPercent {
        /// Where; `None` is everywhere.
        scope: Option<Scope>,
        /// How many.
        removals: u64,
        /// Of how many owned memberships.
        owned: u64,
        /// How many percent are allowed.
        limit: u32,
    },
}

impl GuardReason {
    /// The word in a document.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::EmptySource => "empty_source",
            Self::TruncatedSource => "truncated_source",
            Self::IncompleteSource(_) => "incomplete_source",
            Self::MaxRemovals { .. } => "max_removals",
            Self::MaxRemovalPercent { .. } => "max_removal_percent",
        }
    }
}

impl fmt::Display for GuardReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place =
            |scope: &Option<Scope>| scope.clone().unwrap_or_else(|| Arc::from("all scopes"));
        match self {
            Self::EmptySource => f.write_str("the source gave no records"),
            Self::TruncatedSource => f.write_str("the source was cut off"),
            Self::IncompleteSource(reason) => write!(f, "the source was not read wholly: {reason}"),
            Self::MaxRemovals {
                scope,
                removals,
                limit,
            } => {
                write!(
                    f,
                    "{removals} removals in {}, {limit} allowed",
                    place(scope)
                )
            }
            Self::MaxRemovalPercent {
                scope,
                removals,
                owned,
                limit,
            } => {
                write!(
                    f,
                    "{removals} of {owned} memberships removed in {}, {limit} % allowed",
                    place(scope)
                )
            }
        }
    }
}

/// Lets one tripped set of changes pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Approval {
    /// [`Changes::digest`](crate::changes::Changes::digest) of the changes that were looked at.
    pub digest: Digest,
    /// From this instant on the approval is void.
    pub expires: DateTime<Utc>,
}

/// Owned memberships and removals, in total and by scope.
pub(crate) struct Counted<'a> {
    options: &'a ChangeOptions,
    policy: &'a GuardPolicy,
    total: Count,
    scopes: BTreeMap<Scope, Count>,
}

#[derive(Clone, Copy, Default)]
struct Count {
    owned: u64,
    removals: u64,
}

impl<'a> Counted<'a> {
    pub(crate) fn new(options: &'a ChangeOptions, policy: &'a GuardPolicy) -> Self {
        Self {
            options,
            policy,
            total: Count::default(),
            scopes: BTreeMap::new(),
        }
    }

    pub(crate) fn owned(&mut self, target: &TargetId) {
        self.count(target, |count| count.owned += 1);
    }

    pub(crate) fn removal(&mut self, target: &TargetId) {
        self.count(target, |count| count.removals += 1);
    }

    pub(crate) fn has_owned(&self) -> bool {
        self.total.owned > 0
    }

    fn count(&mut self, target: &TargetId, add: impl Fn(&mut Count)) {
        add(&mut self.total);
        if let Some(scopes) = &self.options.scopes {
            for scope in (scopes.0)(target) {
                add(self.scopes.entry(scope).or_default());
            }
        }
    }

    fn reasons(&self) -> Vec<GuardReason> {
        let mut reasons = Vec::new();
        let scopes = self.scopes.iter().map(|(scope, count)| {
            let limits = self.options.scope_limits.get(scope).unwrap_or(self.policy);
            (Some(scope.clone()), count, limits)
        });
        for (scope, count, limits) in
            core::iter::once((None, &self.total, self.policy)).chain(scopes)
        {
            let Count { owned, removals } = *count;
            if let Some(limit) = limits.max_removals.filter(|limit| removals > *limit) {
                reasons.push(GuardReason::MaxRemovals {
                    scope: scope.clone(),
                    removals,
                    limit,
                });
            }
            let over =
                |limit: &u32| u128::from(removals) * 100 > u128::from(owned) * u128::from(*limit);
            if let Some(limit) = limits
                .max_removal_percent
                .filter(|limit| owned >= limits.min_scope && over(limit))
            {
                reasons.push(GuardReason::MaxRemovalPercent {
                    scope,
                    removals,
                    owned,
                    limit,
                });
            }
        }
        reasons
    }
}

pub(crate) fn judge(
    counted: &Counted<'_>,
    source: &SourceState,
    no_records: bool,
    something_owned: bool,
) -> GuardReport {
    let mut reasons = counted.reasons();
    if something_owned {
        match source {
            SourceState::Empty => reasons.push(GuardReason::EmptySource),
            SourceState::Complete if no_records => reasons.push(GuardReason::EmptySource),
            SourceState::Complete => {}
            SourceState::Truncated => reasons.push(GuardReason::TruncatedSource),
            SourceState::Incomplete(reason) => {
                reasons.push(GuardReason::IncompleteSource(reason.clone()))
            }
        }
    }
    reasons.sort_unstable();
    GuardReport {
        tripped: !reasons.is_empty(),
        reasons,
        approved: false,
    }
}
