//! Carrying changes out, a person at a time.

use access_sync_core::changes::{PersonChange, Urgency, UserAction};
use access_sync_core::ids::SubjectId;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt as _, stream};

use crate::access::UserId;
use crate::journal::{Outcome, Write};
use crate::{Engine, EngineError, Prepared, Progress, Stage};

/// What came of a run.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Applied {
    /// People whose changes were carried out, and the answers show it.
    pub done: Vec<SubjectId>,
    /// People whose changes were not, or not all. The next run takes them up again.
    pub failed: Vec<Failure>,
}

/// One person's change that failed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Failure {
    /// Whose.
    pub subject: SubjectId,
    /// Why.
    pub error: EngineError,
}

/// People being changed at once. The limiter, not this, decides the rate.
const AT_ONCE: usize = 8;
/// Doors and records move on; what was prepared longer ago than this is prepared anew.
const FRESH: TimeDelta = TimeDelta::minutes(15);

impl Engine {
    /// Carries a prepared run out: first everybody who only loses access, then the others by when
    /// their access was due. One person's failure stops nobody else.
    ///
    /// # Errors
    /// [`EngineError::Stale`] where `now` is more than fifteen minutes from the instant that it was
    /// prepared for. Failures of single people are in [`Applied::failed`].
    pub async fn apply(
        &self,
        prepared: &Prepared,
        now: DateTime<Utc>,
        progress: &dyn Progress,
    ) -> Result<Applied, EngineError> {
        if now.signed_duration_since(prepared.now).abs() > FRESH {
            return Err(EngineError::Stale(
                "it was prepared for another time".into(),
            ));
        }
        let people = &prepared.changes().people;
        let digest = prepared.changes().digest().to_string();
        progress.at(Stage::Applying, 0, people.len());
        let mut applied = Applied::default();
        let (takes, gives): (Vec<_>, Vec<_>) = people
            .iter()
            .partition(|change| change.urgency != Urgency::Grant);
        for phase in [takes, gives] {
            let digest = digest.as_str();
            let mut running = stream::iter(phase)
                .map(|change| async move { (change, self.change(prepared, change, digest).await) })
                .buffer_unordered(AT_ONCE);
            while let Some((change, outcome)) = running.next().await {
                match outcome {
                    Ok(()) => applied.done.push(change.subject.clone()),
                    Err(error) => applied.failed.push(Failure {
                        subject: change.subject.clone(),
                        error,
                    }),
                }
                progress.at(
                    Stage::Applying,
                    applied.done.len() + applied.failed.len(),
                    people.len(),
                );
            }
        }
        applied.done.sort();
        applied.failed.sort_by(|a, b| a.subject.cmp(&b.subject));
        Ok(applied)
    }

    async fn change(
        &self,
        prepared: &Prepared,
        change: &PersonChange,
        digest: &str,
    ) -> Result<(), EngineError> {
        let subject = &change.subject;
        let user = match prepared.observed.ours.get(subject) {
            Some(user) => user.id.clone(),
            None => self.create(prepared, subject, digest).await?,
        };
        if change.user_action == Some(UserAction::Reinstate) {
            self.suspend(subject, &user, false, digest).await?;
        }
        if !change.add.is_empty() || !change.remove.is_empty() {
            self.groups(change, &user, digest).await?;
        }
        match change.user_action {
            None | Some(UserAction::Reinstate) => {}
            Some(UserAction::Suspend) => self.suspend(subject, &user, true, digest).await?,
            Some(UserAction::SuspendAndRevokePass) => {
                self.suspend(subject, &user, true, digest).await?;
                let write = Write::RevokeCredentials {
                    subject: subject.clone(),
                    user: user.clone(),
                };
                self.write(digest, write, self.access.revoke_credentials(&user))
                    .await?;
            }
            Some(UserAction::Delete) => {
                let write = Write::DeleteUser {
                    subject: subject.clone(),
                    user: user.clone(),
                };
                self.write(digest, write, self.access.delete_user(&user))
                    .await?;
            }
            Some(other) => {
                return Err(self.unexpected(format!("no way to carry out {}", other.as_str())));
            }
        }
        Ok(())
    }

    async fn create(
        &self,
        prepared: &Prepared,
        subject: &SubjectId,
        digest: &str,
    ) -> Result<UserId, EngineError> {
        let Some(person) = prepared.person(subject) else {
            return Err(self.unexpected(format!("nobody told who {subject} is")));
        };
        let external_id = self.namespace.external_id(subject.as_str());
        let write = Write::CreateUser {
            subject: subject.clone(),
        };
        let creating = async {
            match self.access.create_user(&external_id, person).await {
                // It may have been made all the same, by this call or by one before; a second one
                // must never be.
                Err(error) if error.may_have_happened() => {
                    match self.access.find_user(&external_id).await? {
                        Some(user) => Ok(user.id),
                        None => Err(error),
                    }
                }
                other => other,
            }
        };
        self.write(digest, write, creating).await
    }

    async fn groups(
        &self,
        change: &PersonChange,
        user: &UserId,
        digest: &str,
    ) -> Result<(), EngineError> {
        let (add, remove) = (&change.add, &change.remove);
        let write = Write::ChangeGroups {
            subject: change.subject.clone(),
            user: user.clone(),
            add: add.clone(),
            remove: remove.clone(),
        };
        let changing = async {
            let after = self.access.change_groups(user, add, remove).await?;
            let missing = add.iter().filter(|group| !after.contains(group)).count();
            let kept = remove.iter().filter(|group| after.contains(group)).count();
            if missing + kept > 0 {
                let what = format!(
                    "after the change {missing} groups are missing and {kept} are still there"
                );
                return Err(self.unexpected(what));
            }
            Ok(())
        };
        self.write(digest, write, changing).await
    }

    async fn suspend(
        &self,
        subject: &SubjectId,
        user: &UserId,
        suspended: bool,
        digest: &str,
    ) -> Result<(), EngineError> {
        let write = Write::SetSuspended {
            subject: subject.clone(),
            user: user.clone(),
            suspended,
        };
        self.write(digest, write, self.access.set_suspended(user, suspended))
            .await
    }

    /// Intent, call, outcome. The call is not begun before the intent is kept.
    async fn write<T>(
        &self,
        digest: &str,
        write: Write,
        call: impl Future<Output = Result<T, EngineError>>,
    ) -> Result<T, EngineError> {
        let entry = self.journal.intent(digest, &write)?;
        let result = call.await;
        let outcome = match &result {
            Ok(_) => Outcome::Done,
            Err(error) => Outcome::Failed(error.to_string()),
        };
        self.journal.outcome(entry, &outcome)?;
        result
    }

    fn unexpected(&self, what: String) -> EngineError {
        EngineError::Unexpected {
            system: self.access.name().to_owned(),
            what,
        }
    }
}
