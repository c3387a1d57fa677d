//! What is ours: taking it over, and withdrawing all of it.

use access_sync_core::changes::{Actual, ChangeOptions, Membership, changes};
use access_sync_core::ids::SubjectId;
use access_sync_core::{Timeline, plan};
use chrono::{DateTime, Utc};

use crate::access::{Directory, UserId};
use crate::ledger::{How, MadeUser, Update};
use crate::observe::Observe;
use crate::session::Session;
use crate::source::Feed;
use crate::steps::{PersonSteps, Step};
use crate::{Engine, EngineError, Prepared, Progress};
use access_sync_core::changes::Urgency;

impl Engine {
    /// Takes a user over for a subject: from now on it is ours, and so are its memberships in groups
    /// that the mapping reaches. Nothing is changed in the access-control system.
    ///
    /// # Errors
    /// [`EngineError::Unexpected`] where there is no such user, or one of the two is taken already;
    /// [`EngineError::Busy`] where another engine is at work.
    pub async fn adopt(
        &self,
        now: DateTime<Utc>,
        user: &UserId,
        subject: &SubjectId,
        progress: &dyn Progress,
    ) -> Result<(), EngineError> {
        let refuse = |what: String| EngineError::Unexpected {
            system: self.access.name().to_owned(),
            what,
        };
        let made = self.ledger.made().await?;
        if let Some(known) = made.users.get(subject) {
            return Err(refuse(format!("{subject} has user {} already", known.user)));
        }
        if let Some(known) = made.users.values().find(|it| it.user == *user) {
            return Err(refuse(format!(
                "user {user} is {}'s already",
                known.subject
            )));
        }
        let Some(found) = self.access.user(user).await? else {
            return Err(refuse(format!("there is no user {user}")));
        };
        let managed = self.managed(now, progress).await?;
        let groups = self.access.groups_of(user).await?;
        let session = Session::open(self, String::new(), now).await?;
        let mut new = MadeUser::new(subject.clone(), user.clone(), How::Adopted, now);
        new.suspended = found.suspended;
        let mut updates = vec![Update::User(new)];
        updates.extend(
            groups
                .into_iter()
                .filter(|group| managed.contains(group))
                .map(|target| Update::Membership {
                    user: user.clone(),
                    target,
                    how: How::Adopted,
                    since: now,
                }),
        );
        let kept = self.ledger.write(Some(&session.fence), &updates).await;
        session.close().await?;
        Ok(kept?)
    }

    async fn managed(
        &self,
        now: DateTime<Utc>,
        progress: &dyn Progress,
    ) -> Result<std::collections::BTreeSet<access_sync_core::ids::TargetId>, EngineError> {
        let groups = self.access.groups().await?;
        let mut missing = Vec::new();
        if !groups.is_complete() {
            missing.push("the list of groups is not whole".to_owned());
        }
        let directory = Directory::new(groups.items);
        let mut managed = std::collections::BTreeSet::new();
        for source in &self.sources {
            let reading = crate::source::Reading {
                now,
                directory: &directory,
                progress,
            };
            let feed = source.read(&reading).await?;
            managed.extend(feed.managed);
            missing.extend(feed.missing);
        }
        match missing.into_iter().next() {
            None => Ok(managed),
            Some(missing) => Err(EngineError::Unexpected {
                system: self.access.name().to_owned(),
                what: format!(
                    "{missing}; which memberships the mapping reaches cannot be told: try again"
                ),
            }),
        }
    }

    /// Prepares to withdraw all that is ours, and only that: memberships, passes and invitations,
    /// and the users that we made. Users that were adopted stay, and so do users whom somebody else
    /// has let in somewhere. The sources are not asked. Look at it, then give it to
    /// [`Engine::apply`].
    ///
    /// # Errors
    /// Where the access-control system or the ledger cannot be read.
    pub async fn release(
        &self,
        now: DateTime<Utc>,
        progress: &dyn Progress,
    ) -> Result<Prepared, EngineError> {
        let settling = self.settling().await?;
        self.settle(now).await?;
        let head = self.head().await?;
        let made = self.ledger.made().await?;
        let groups = self.access.groups().await?;
        let listed = groups.items.len();
        let directory = Directory::new(groups.items);
        let managed = made.memberships.iter().map(|(_, target)| target.clone());
        let managed = managed.filter(|it| directory.contains(it)).collect();
        let mut observed = self
            .observe(&made, &managed, None, Observe::Full, now, progress)
            .await?;
        observed.calls += self.pages(listed);
        if let Some(missing) = observed.missing.first() {
            return Err(EngineError::Unexpected {
                system: self.access.name().to_owned(),
                what: format!("{missing}; what is ours cannot be told from the rest"),
            });
        }
        let mut memberships = Vec::new();
        for key in &observed.memberships {
            if let Some(subject) = observed
                .subject(&key.0)
                .filter(|_| observed.owned.contains(key))
            {
                memberships.push(Membership::owned(subject.clone(), key.1.clone()));
            }
        }
        let timeline = Timeline::new(None).policy(self.policy.clone());
        let nothing = plan(&timeline);
        let mut changes = changes(
            &nothing,
            &Actual::new(memberships),
            now,
            &ChangeOptions::default(),
        );
        // Somebody asked for it by name: an empty plan is what is meant.
        let mut people = std::mem::take(&mut changes.withheld);
        people.append(&mut changes.people);
        changes.people = people;
        changes.guard = access_sync_core::guard::GuardReport::default();
        let mut steps: Vec<PersonSteps> = Vec::new();
        for (subject, user) in &observed.ours {
            let Some(mine) = made.users.get(subject) else {
                continue;
            };
            let mut person = PersonSteps::new(subject.clone(), Urgency::Revoke, None);
            let passes = made.credentials.values().filter(|it| it.user == user.id);
            let passes: Vec<_> = passes.map(|it| it.id.clone()).collect();
            let delete = mine.how == How::Made && !observed.has_foreign(&user.id);
            if delete && mine.guest {
                person.steps.push(Step::DeleteGuest);
            } else {
                if let Some(change) = changes.people.iter().find(|it| it.subject == *subject) {
                    person.steps.push(Step::Groups {
                        add: Vec::new(),
                        remove: change.remove.clone(),
                    });
                }
                if !passes.is_empty() {
                    person.steps.push(Step::CancelInvitation);
                }
                for credential in passes {
                    person.steps.push(Step::Unassign { credential });
                }
                if delete {
                    person.steps.push(Step::Delete);
                }
            }
            if !person.steps.is_empty() {
                steps.push(person);
            }
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
            left_alone: Vec::new(),
            holds: Vec::new(),
            calls,
            timeline,
            changes,
            head,
            made,
            takes_back: None,
        })
    }
}
