//! The calls that each change takes.

use std::collections::{BTreeMap, BTreeSet};

use access_sync_core::changes::{Changes, PersonChange, Urgency, UserAction};
use access_sync_core::ids::SubjectId;
use chrono::{DateTime, Utc};

use super::Read;
use crate::apply::Failure;
use crate::extras::{Extras, Hull, extras};
use crate::holds::Paused;
use crate::ledger::Update;
use crate::steps::{PersonSteps, Step};
use crate::{Engine, EngineError};

impl Engine {
    #[expect(
        clippy::too_many_arguments,
        reason = "each is one part of the comparison"
    )]
    pub(super) fn steps(
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
