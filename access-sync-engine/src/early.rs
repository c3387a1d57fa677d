//! Memberships that may be there before their window: where the dates of everything that the person
//! holds keep the door shut until then.

use std::collections::{BTreeMap, BTreeSet};

use access_sync_core::Plan;
use access_sync_core::changes::Changes;
use access_sync_core::ids::{SubjectId, TargetId};
use chrono::{DateTime, TimeDelta, Utc};

use crate::extras::Hull;
use crate::observe::Observed;
use crate::prepare::Read;
use crate::{Engine, EngineError};

/// Who may be let in ahead of time, and where.
#[derive(Debug, Default)]
pub(crate) struct Early {
    people: BTreeMap<SubjectId, Vec<TargetId>>,
    there: BTreeSet<(SubjectId, TargetId)>,
    /// Calls that it took to know.
    pub(crate) calls: u64,
}

impl Early {
    pub(crate) fn has(&self, subject: &SubjectId, target: &TargetId) -> bool {
        self.people
            .get(subject)
            .is_some_and(|targets| targets.contains(target))
    }

    pub(crate) fn knows(&self, subject: &SubjectId) -> bool {
        self.people.contains_key(subject)
    }

    /// Notes which of the memberships are there already.
    pub(crate) fn look(&mut self, observed: &Observed) {
        for (subject, targets) in &self.people {
            let Some(user) = observed.ours.get(subject) else {
                continue;
            };
            for target in targets {
                let key = (user.id.clone(), target.clone());
                if observed.memberships.contains(&key) {
                    self.there.insert((subject.clone(), target.clone()));
                }
            }
        }
    }

    /// Adds the memberships that are not there yet.
    pub(crate) fn add(&self, changes: &mut Changes, plan: &Plan, now: DateTime<Utc>) {
        // A change is made by the core alone; one of a moment at which the window is open serves as
        // the pattern.
        for (subject, targets) in &self.people {
            let missing: Vec<_> = targets
                .iter()
                .filter(|target| !self.there.contains(&(subject.clone(), (*target).clone())))
                .cloned()
                .collect();
            if missing.is_empty() {
                continue;
            }
            match changes.people.iter_mut().find(|it| it.subject == *subject) {
                Some(change) => {
                    change.add.extend(missing);
                    change.add.sort();
                    change.add.dedup();
                }
                None => {
                    let due = plan.windows_of_subject(subject).map(|it| it.start);
                    let due = due.filter(|start| *start > now).min();
                    if let Some(change) = pattern(plan, subject, &missing, due) {
                        changes.people.push(change);
                    }
                }
            }
        }
    }
}

/// The change that the core would make at the window's beginning.
fn pattern(
    plan: &Plan,
    subject: &SubjectId,
    missing: &[TargetId],
    due: Option<DateTime<Utc>>,
) -> Option<access_sync_core::changes::PersonChange> {
    use access_sync_core::changes::{Actual, ChangeOptions, changes};
    let then = changes(plan, &Actual::default(), due?, &ChangeOptions::default());
    let mut change = then.people.into_iter().find(|it| it.subject == *subject)?;
    change.add = missing.to_vec();
    Some(change)
}

impl Engine {
    /// Whether anybody is let in ahead of time.
    pub(crate) fn preloads(&self) -> bool {
        let config = &self.mapping.access;
        config.preload_minutes > 0 && config.credential_dates
    }

    /// Whether somebody's first window lies ahead, and within the policy's span.
    pub(crate) fn is_near(&self, hull: Hull, now: DateTime<Utc>) -> bool {
        let span = TimeDelta::minutes(i64::from(self.mapping.access.preload_minutes));
        let ahead = hull.from.signed_duration_since(now);
        ahead > TimeDelta::zero() && ahead <= span
    }

    /// Who may be let in ahead of time: whose windows all lie ahead, the first within the policy's
    /// span, and who holds nothing that works before it.
    pub(crate) async fn early(
        &self,
        read: &Read,
        plan: &Plan,
        hulls: &BTreeMap<SubjectId, Hull>,
        now: DateTime<Utc>,
    ) -> Result<Early, EngineError> {
        let mut early = Early::default();
        if !self.preloads() {
            return Ok(early);
        }
        for (subject, hull) in hulls {
            if !self.is_near(*hull, now) {
                continue;
            }
            if let Some(user) = read.observed.ours.get(subject) {
                if user.suspended {
                    continue;
                }
                early.calls += 1;
                if !self.holds_nothing_before(&user.id, *hull).await? {
                    continue;
                }
            } else if !read.feed.people.contains_key(subject)
                || read.observed.strangers.contains_key(subject)
            {
                continue;
            }
            let first = plan.windows_of_subject(subject);
            let first = first.filter(|window| window.start == hull.from);
            let mut targets: Vec<TargetId> = first.map(|window| window.target.clone()).collect();
            targets.sort();
            targets.dedup();
            early.people.insert(subject.clone(), targets);
        }
        early.look(&read.observed);
        Ok(early)
    }

    async fn holds_nothing_before(
        &self,
        user: &crate::access::UserId,
        hull: Hull,
    ) -> Result<bool, EngineError> {
        let held = self.access.credentials(user).await?;
        Ok(held
            .iter()
            .all(|it| it.dates.from.is_some_and(|from| from >= hull.from)))
    }
}
