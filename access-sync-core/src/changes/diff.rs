//! The comparison itself: one walk over windows and memberships, guard and limits, order.

use super::{
    Actual, ChangeOptions, Changes, Membership, PersonChange, Urgency, UserAction, UserState,
};
use crate::finding::{Finding, FindingCode};
use crate::guard::{Counted, GuardReport, judge};
use crate::ids::{SubjectId, TargetId};
use crate::plan::{Plan, Window};
use crate::policy::NoAccess;
use crate::sort::{Keyed, for_each_group, shared_prefix};
use crate::zone::end_seconds;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use chrono::{DateTime, Utc};

/// Desired against actual at `now`: what is active and missing is added; what is there, owned and
/// not active is removed. Equal states give no change.
///
/// What is there, not owned and not active is left alone and reported (`unmanaged_membership`).
/// Users that we do not own are never touched. Where the guard trips nothing is taken away, unless
/// [`ChangeOptions::approval`] names exactly these changes and has not expired.
///
/// Takes time in proportion to memberships and windows (and the logarithm of it, for sorting).
pub fn changes(
    plan: &Plan,
    actual: &Actual,
    now: DateTime<Utc>,
    options: &ChangeOptions,
) -> Changes {
    let memberships = sorted(&actual.memberships);
    let mut diff = Diff {
        plan,
        people: BTreeMap::new(),
        findings: Vec::new(),
    };
    let mut counted = Counted::new(options, &plan.policy.guard);

    // Both sides are sorted by subject and target: one walk over both.
    let mut have = memberships.iter().copied().peekable();
    let mut windows = plan
        .windows
        .iter()
        .filter(|window| window.contains(now))
        .peekable();
    let mut active_subjects: BTreeSet<&SubjectId> = BTreeSet::new();
    let wanted_users: BTreeSet<&SubjectId> =
        actual.users.iter().map(|user| &user.subject).collect();
    loop {
        let want_key = windows.peek().map(|window| window.key());
        let have_key = have
            .peek()
            .map(|membership| (&membership.subject, &membership.target));
        let order = match (want_key, have_key) {
            (None, None) => break,
            (Some(_), None) => core::cmp::Ordering::Less,
            (None, Some(_)) => core::cmp::Ordering::Greater,
            (Some(want), Some(have)) => want.cmp(&have),
        };
        let want = if order.is_le() { windows.next() } else { None };
        let has = if order.is_ge() { have.next() } else { None };
        if let Some(window) = want {
            if wanted_users.contains(&window.subject) {
                active_subjects.insert(&window.subject);
            }
        }
        match (want, has) {
            (Some(window), None) => diff.add(window),
            (None, Some(membership)) if membership.owned => {
                counted.removal(&membership.target);
                diff.remove(membership);
            }
            (None, Some(membership)) => diff.findings.push(Finding::of_membership(
                FindingCode::UnmanagedMembership,
                &membership.subject,
                &membership.target,
            )),
            _ => {}
        }
        if let Some(membership) = has.filter(|membership| membership.owned) {
            counted.owned(&membership.target);
        }
    }
    for user in &actual.users {
        diff.user(user, active_subjects.contains(&user.subject));
    }

    let something_owned = counted.has_owned() || actual.users.iter().any(|user| user.owned);
    let mut guard = judge(
        &counted,
        &actual.source,
        plan.source_is_empty(),
        something_owned,
    );
    let mut people: Vec<PersonChange> = diff.people.into_values().collect();
    let mut findings = diff.findings;
    let mut withheld = Vec::new();
    if guard.tripped {
        guard.approved = options.approval.is_some_and(|approval| {
            let proposed = Changes {
                people: people.clone(),
                withheld: Vec::new(),
                findings: Vec::new(),
                guard: GuardReport::default(),
                plan: plan.clone(),
                over_limit: Vec::new(),
            };
            now < approval.expires && approval.digest == proposed.digest()
        });
        if !guard.approved {
            withheld = people.iter_mut().filter_map(withhold).collect();
        }
    }
    let over_limit = limit(&mut people, &memberships, plan, now, options, &mut findings);
    people.retain(|person| !person.is_empty());
    for person in people.iter_mut().chain(&mut withheld) {
        classify(person, plan, now);
    }
    people.sort_by(|a, b| (a.urgency, a.due, &a.subject).cmp(&(b.urgency, b.due, &b.subject)));
    withheld.sort_by(|a, b| (a.urgency, a.due, &a.subject).cmp(&(b.urgency, b.due, &b.subject)));
    findings.sort_unstable();
    findings.dedup();
    Changes {
        people,
        withheld,
        findings,
        guard,
        plan: plan.clone(),
        over_limit,
    }
}

/// One of each subject and target, sorted. Of several for the same pair one that is not owned
/// wins, because only what is wholly ours may be removed.
fn sorted(memberships: &[Membership]) -> Vec<&Membership> {
    let mut texts = memberships
        .iter()
        .step_by((memberships.len() / 64).max(1))
        .map(|it| it.subject.text());
    let prefix = texts
        .next()
        .map_or(&[][..], |first| texts.fold(first.as_bytes(), shared_prefix));
    let skip = if memberships
        .iter()
        .all(|it| it.subject.as_bytes().starts_with(prefix))
    {
        prefix.len()
    } else {
        0
    };
    let keyed = memberships.iter().map(|item| Keyed {
        key: item.subject.text().sort_key(skip),
        item,
    });
    let mut keyed: Vec<Keyed<&Membership>> = keyed.collect();
    let mut sorted: Vec<&Membership> = Vec::with_capacity(keyed.len());
    for_each_group(
        &mut keyed,
        |it| it.subject.text(),
        |it| it.target.text(),
        |it| it.subject.text().touch() ^ it.target.text().touch(),
        |group| {
            sorted.extend(
                group
                    .iter()
                    .map(|entry| entry.item)
                    .min_by_key(|it| it.owned),
            )
        },
    );
    sorted
}

struct Diff<'a> {
    plan: &'a Plan,
    people: BTreeMap<&'a SubjectId, PersonChange>,
    findings: Vec<Finding>,
}

impl<'a> Diff<'a> {
    fn person(&mut self, subject: &'a SubjectId) -> &mut PersonChange {
        self.people
            .entry(subject)
            .or_insert_with(|| PersonChange::new(subject))
    }

    fn add(&mut self, window: &'a Window) {
        self.person(&window.subject).add.push(window.target.clone());
    }

    fn remove(&mut self, membership: &'a Membership) {
        self.person(&membership.subject)
            .remove
            .push(membership.target.clone());
    }

    fn user(&mut self, user: &'a UserState, active: bool) {
        let no_access = match self.plan.policy.no_access {
            NoAccess::Keep => None,
            NoAccess::Suspend => Some(UserAction::Suspend),
            NoAccess::SuspendAndRevokePass => Some(UserAction::SuspendAndRevokePass),
            NoAccess::Delete => Some(UserAction::Delete),
        };
        let action = match (user.owned, active, user.suspended) {
            (true, true, true) => Some(UserAction::Reinstate),
            (true, false, false) => no_access,
            (true, false, true) => no_access.filter(|action| *action == UserAction::Delete),
            _ => None,
        };
        if action.is_some() {
            self.person(&user.subject).user_action = action;
        }
    }
}

/// Takes out of a person's change what takes something away.
fn withhold(person: &mut PersonChange) -> Option<PersonChange> {
    let mut held = PersonChange::new(&person.subject);
    held.remove = core::mem::take(&mut person.remove);
    if person.user_action.is_some_and(UserAction::is_removal) {
        held.user_action = person.user_action.take();
    }
    (!held.is_empty()).then_some(held)
}

/// Leaves out the grants that would take a person over the limit, the latest due first.
fn limit(
    people: &mut [PersonChange],
    memberships: &[&Membership],
    plan: &Plan,
    now: DateTime<Utc>,
    options: &ChangeOptions,
    findings: &mut Vec<Finding>,
) -> Vec<PersonChange> {
    let Some(max) = options.max_targets else {
        return Vec::new();
    };
    let mut over = Vec::new();
    for person in people.iter_mut().filter(|person| !person.add.is_empty()) {
        let from = memberships.partition_point(|it| it.subject < person.subject);
        let rest = memberships.get(from..).unwrap_or_default();
        let have = rest.partition_point(|it| it.subject == person.subject);
        let room = max.saturating_sub(have.saturating_sub(person.remove.len()));
        if person.add.len() <= room {
            continue;
        }
        let due = |target: &TargetId| start_of(plan, &person.subject, target, now);
        person
            .add
            .sort_by_cached_key(|target| (due(target), target.clone()));
        let mut left_out = PersonChange::new(&person.subject);
        left_out.add = person.add.split_off(room);
        person.add.sort_unstable();
        findings.extend(left_out.add.iter().map(|target| {
            Finding::of_membership(FindingCode::TooManyTargets, &person.subject, target)
        }));
        over.push(left_out);
    }
    over
}

fn start_of(
    plan: &Plan,
    subject: &SubjectId,
    target: &TargetId,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    plan.windows_of(subject, target)
        .find(|window| window.contains(now))
        .map(|window| window.start)
}

/// Sets urgency and due time.
fn classify(person: &mut PersonChange, plan: &Plan, now: DateTime<Utc>) {
    let seconds = now.timestamp();
    let subject = &person.subject;
    let held = |target: &TargetId| {
        let mut holds = plan.holds.of(subject);
        holds.any(|hold| hold.target.covers(target) && hold.start <= seconds && seconds < hold.end)
    };
    let ended = |target: &TargetId| {
        let windows = plan.windows_of(subject, target);
        windows
            .filter(|window| end_seconds(window.end) <= seconds)
            .filter_map(|window| window.end)
            .last()
    };
    let revoked = person.remove.iter().map(ended).min().flatten();
    if person.remove.iter().any(held) {
        person.urgency = Urgency::Hold;
        person.due = revoked;
    } else if person.add.is_empty() && person.user_action != Some(UserAction::Reinstate) {
        person.urgency = Urgency::Revoke;
        person.due = revoked;
    } else {
        person.urgency = Urgency::Grant;
        person.due = person
            .add
            .iter()
            .map(|target| start_of(plan, subject, target, now))
            .min()
            .flatten();
    }
}
