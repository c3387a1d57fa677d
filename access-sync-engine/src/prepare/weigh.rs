//! What was read, against the plan.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use access_sync_core::Plan;
use access_sync_core::changes::{
    Actual, ChangeOptions, Changes, Membership, SourceState, UserState, changes,
};
use access_sync_core::guard::{Approval, Scope};
use access_sync_core::ids::{SubjectId, TargetId};
use chrono::{DateTime, Utc};

use super::{Read, Unverified};
use crate::Engine;
use crate::early::Early;
use crate::holds::Paused;
use crate::source::Feed;

/// What was read, compared with the plan.
pub(super) struct Weighed {
    pub(super) changes: Changes,
    pub(super) unverified: Vec<Unverified>,
    pub(super) paused: Paused,
    pub(super) held_back: BTreeSet<SubjectId>,
}

impl Engine {
    /// What is to be done to memberships and users, by what has been read so far.
    pub(super) fn weigh(
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
    let half_told = half_told(feed, plan, now);
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
            Some(subject)
                if vouched(subject)
                    && (!half_told.contains(subject) || plan.is_active(subject, target, now)) =>
            {
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

/// People who are let in by something of which the source did not give the whole, a lease whose unit
/// no list has, say. What else they have may be by the rest of it.
fn half_told(feed: &Feed, plan: &Plan, now: DateTime<Utc>) -> BTreeSet<SubjectId> {
    let half = feed.half_told();
    if half.is_empty() {
        return BTreeSet::new();
    }
    let windows = plan.windows().iter();
    windows
        .filter(|window| window.contains(now) && window.sources.iter().any(|it| half.contains(it)))
        .map(|window| window.subject.clone())
        .collect()
}
