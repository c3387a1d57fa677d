//! One person's calls, in order.

use std::collections::BTreeMap;

use access_sync_core::ids::{SubjectId, TargetId};
use chrono::{DateTime, Utc};

use crate::access::{CredentialId, Dates, PersonUpdate, UserId, fingerprint};
use crate::journal::Write;
use crate::ledger::{How, Made, MadeCredential, MadeUser, Update};
use crate::session::{Failed, Session};
use crate::settle::after_change;
use crate::steps::{PersonSteps, Step};
use crate::{Engine, EngineError, Prepared};

impl Engine {
    pub(super) async fn person(
        &self,
        session: &Session<'_>,
        prepared: &Prepared,
        made: &Made,
        person: &PersonSteps,
    ) -> Result<(), EngineError> {
        let mut worker = Worker {
            engine: self,
            session,
            prepared,
            subject: &person.subject,
            made: made.users.get(&person.subject).cloned(),
            credentials: made
                .credentials
                .values()
                .filter(|it| it.subject == person.subject)
                .map(|it| (it.id.clone(), it.clone()))
                .collect(),
        };
        for step in &person.steps {
            worker.step(step).await?;
        }
        Ok(())
    }
}

/// One person's calls, and what is ours by them.
struct Worker<'a> {
    engine: &'a Engine,
    session: &'a Session<'a>,
    prepared: &'a Prepared,
    subject: &'a SubjectId,
    made: Option<MadeUser>,
    credentials: BTreeMap<CredentialId, MadeCredential>,
}

impl Worker<'_> {
    async fn step(&mut self, step: &Step) -> Result<(), EngineError> {
        match step {
            Step::Create { from, until } => {
                let (from, until) = (*from, *until);
                self.create(Dates { from, until }).await
            }
            Step::CreateGuest {
                groups,
                from,
                until,
            } => self.guest(groups, *from, *until).await,
            Step::Reinstate => self.suspend(false).await,
            Step::Suspend => self.suspend(true).await,
            Step::Update { name, email } => self.update(*name, *email).await,
            Step::PinDates { from, until } => self.pin_dates(*from, *until).await,
            Step::Groups { add, remove } => self.groups(add, remove).await,
            Step::Invite { from, until } => self.invite(*from, *until).await,
            Step::CredentialDates {
                credential,
                from,
                until,
            } => self.credential_dates(credential, *from, *until).await,
            Step::CancelInvitation => {
                let user = self.user()?;
                let (subject, access) = (self.subject.clone(), &self.engine.access);
                let write = Write::CancelInvitation {
                    subject,
                    user: user.clone(),
                };
                self.plain(write, access.cancel_invitation(&user), Vec::new())
                    .await
            }
            Step::Unassign { credential } => {
                let user = self.user()?;
                let (subject, access) = (self.subject.clone(), &self.engine.access);
                let write = Write::UnassignCredential {
                    subject,
                    user: user.clone(),
                    credential: credential.clone(),
                };
                let updates = vec![Update::CredentialGone(credential.clone())];
                self.plain(
                    write,
                    access.unassign_credential(&user, credential),
                    updates,
                )
                .await
            }
            Step::Revoke => self.revoke().await,
            Step::Delete => {
                let user = self.user()?;
                let (subject, access) = (self.subject.clone(), &self.engine.access);
                let write = Write::DeleteUser {
                    subject: subject.clone(),
                    user: user.clone(),
                };
                let updates = vec![Update::UserGone(subject)];
                self.plain(write, access.delete_user(&user), updates).await
            }
            Step::DeleteGuest => {
                let user = self.user()?;
                let (subject, access) = (self.subject.clone(), &self.engine.access);
                let write = Write::DeleteGuest {
                    subject: subject.clone(),
                    user: user.clone(),
                };
                let updates = vec![Update::UserGone(subject)];
                self.plain(write, access.delete_guest(&user), updates).await
            }
        }
    }

    async fn plain(
        &self,
        write: Write,
        call: impl Future<Output = Result<(), EngineError>>,
        updates: Vec<Update>,
    ) -> Result<(), EngineError> {
        self.session
            .write(write, async {
                call.await?;
                Ok(((), updates))
            })
            .await
    }

    fn user(&self) -> Result<UserId, EngineError> {
        match &self.made {
            Some(made) => Ok(made.user.clone()),
            None => Err(self.unexpected(format!("{} has no user", self.subject))),
        }
    }

    fn person(&self) -> Result<&crate::source::Person, EngineError> {
        self.prepared
            .person(self.subject)
            .ok_or_else(|| self.unexpected(format!("nobody told who {} is", self.subject)))
    }

    async fn create(&mut self, dates: Dates) -> Result<(), EngineError> {
        let person = self.person()?;
        let external_id = self.engine.external_id(self.subject);
        let access = &self.engine.access;
        let mut made = MadeUser::new(
            self.subject.clone(),
            UserId(String::new()),
            How::Made,
            self.session.now(),
        );
        made.name = Some(fingerprint(&person.full_name()));
        made.email = person.email.as_deref().map(fingerprint);
        made.from = dates.from;
        made.until = dates.until;
        let write = Write::CreateUser {
            subject: self.subject.clone(),
        };
        let creating = async {
            let id = match access.create_user(&external_id, person, dates).await {
                // It may have been made all the same; a second one must never be.
                Err(error) if error.may_have_happened() => {
                    match access.find_user(&external_id).await {
                        Ok(Some(user)) => user.id,
                        Ok(None) => {
                            let known = Some(Vec::new());
                            return Err(Failed { error, known });
                        }
                        Err(_) => return Err(error.into()),
                    }
                }
                other => other?,
            };
            made.user = id;
            let update = Update::User(made.clone());
            Ok((made, vec![update]))
        };
        self.made = Some(self.session.write(write, creating).await?);
        Ok(())
    }

    async fn guest(
        &mut self,
        groups: &[TargetId],
        from: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<(), EngineError> {
        let person = self.person()?;
        let external_id = self.engine.external_id(self.subject);
        let dates = Dates {
            from: Some(from),
            until: Some(until),
        };
        let write = Write::CreateGuest {
            subject: self.subject.clone(),
            groups: groups.to_vec(),
            from,
            until,
        };
        let now = self.session.now();
        let creating = async {
            let access = &self.engine.access;
            let id = access
                .create_guest(&external_id, person, groups, dates)
                .await?;
            let mut made = MadeUser::new(self.subject.clone(), id.clone(), How::Made, now);
            made.guest = true;
            made.from = dates.from;
            made.until = dates.until;
            let mut updates = vec![Update::User(made.clone())];
            updates.extend(groups.iter().map(|target| Update::Membership {
                user: id.clone(),
                target: target.clone(),
                how: How::Made,
                since: now,
            }));
            Ok((made, updates))
        };
        self.made = Some(self.session.write(write, creating).await?);
        Ok(())
    }

    async fn update(&mut self, name: bool, email: bool) -> Result<(), EngineError> {
        let person = self.person()?;
        let user = self.user()?;
        let mut made = self.made.clone();
        let replaces = made.as_ref().and_then(|made| made.email.clone());
        let update = PersonUpdate {
            person,
            name,
            email,
            replaces: replaces.as_deref(),
        };
        if let Some(made) = &mut made {
            made.name = Some(fingerprint(&person.full_name()));
            if email {
                made.email = person.email.as_deref().map(fingerprint);
            }
        }
        let updates: Vec<_> = made.clone().map(Update::User).into_iter().collect();
        let write = Write::UpdateUser {
            subject: self.subject.clone(),
            user: user.clone(),
        };
        let call = self.engine.access.update_user(&user, &update);
        self.plain(write, call, updates).await?;
        self.made = made;
        Ok(())
    }

    async fn pin_dates(
        &mut self,
        from: DateTime<Utc>,
        until: Option<DateTime<Utc>>,
    ) -> Result<(), EngineError> {
        let user = self.user()?;
        let mut made = self.made.clone();
        if let Some(made) = &mut made {
            made.from = Some(from);
            made.until = until;
        }
        let updates: Vec<_> = made.clone().map(Update::User).into_iter().collect();
        let write = Write::SetPinDates {
            subject: self.subject.clone(),
            user: user.clone(),
            from,
            until,
        };
        let dates = Dates {
            from: Some(from),
            until,
        };
        let call = self.engine.access.set_pin_dates(&user, dates);
        self.plain(write, call, updates).await?;
        self.made = made;
        Ok(())
    }

    async fn groups(&self, add: &[TargetId], remove: &[TargetId]) -> Result<(), EngineError> {
        let user = self.user()?;
        let write = Write::ChangeGroups {
            subject: self.subject.clone(),
            user: user.clone(),
            add: add.to_vec(),
            remove: remove.to_vec(),
        };
        let changing = async {
            let after = self.engine.access.change_groups(&user, add, remove).await?;
            let (whole, updates) = after_change(&user, add, remove, &after, self.session.now());
            if whole {
                return Ok(((), updates));
            }
            let missing = add.iter().filter(|group| !after.contains(group)).count();
            let kept = remove.iter().filter(|group| after.contains(group)).count();
            let what =
                format!("after the change {missing} groups are missing and {kept} are still there");
            // An answer that lost rows looks the same as a change that was not made. What is ours by
            // it is settled by reading, or else a membership of ours would count as somebody's.
            Err(Failed {
                error: self.unexpected(what),
                known: None,
            })
        };
        self.session.write(write, changing).await
    }

    async fn invite(
        &mut self,
        from: Option<DateTime<Utc>>,
        until: Option<DateTime<Utc>>,
    ) -> Result<(), EngineError> {
        let user = self.user()?;
        // Who has no address cannot be invited; that is in the findings.
        let Some(email) = self.person()?.email.clone() else {
            return Ok(());
        };
        let write = Write::Invite {
            subject: self.subject.clone(),
            user: user.clone(),
        };
        let now = self.session.now();
        let inviting = async {
            let credential = self.engine.access.invite(&user, &email).await?;
            let made = credential.map(|credential| {
                MadeCredential::new(credential, self.subject.clone(), user.clone(), now)
            });
            let updates = made.clone().map(Update::Credential).into_iter().collect();
            Ok((made, updates))
        };
        let made = self.session.write(write, inviting).await?;
        if let Some(made) = made {
            let id = made.id.clone();
            self.credentials.insert(id.clone(), made);
            if from.is_some() || until.is_some() {
                let from = from.unwrap_or(self.prepared.now);
                self.credential_dates(&id, from, until).await?;
            }
        }
        Ok(())
    }

    async fn credential_dates(
        &mut self,
        credential: &CredentialId,
        from: DateTime<Utc>,
        until: Option<DateTime<Utc>>,
    ) -> Result<(), EngineError> {
        let user = self.user()?;
        let mut made = self.credentials.get(credential).cloned();
        if let Some(made) = &mut made {
            made.from = Some(from);
            made.until = until;
        }
        let updates = made.map(Update::Credential).into_iter().collect();
        let write = Write::SetCredentialDates {
            subject: self.subject.clone(),
            user: user.clone(),
            credential: credential.clone(),
            from,
            until,
        };
        let dates = Dates {
            from: Some(from),
            until,
        };
        let access = &self.engine.access;
        let call = access.set_credential_dates(&user, credential, dates);
        self.plain(write, call, updates).await
    }

    async fn suspend(&mut self, suspended: bool) -> Result<(), EngineError> {
        let user = self.user()?;
        let mut made = self.made.clone();
        if let Some(made) = &mut made {
            made.suspended = suspended;
            made.owes_revocation = suspended && self.engine.revokes_passes();
        }
        let updates: Vec<_> = made.clone().map(Update::User).into_iter().collect();
        let write = Write::SetSuspended {
            subject: self.subject.clone(),
            user: user.clone(),
            suspended,
        };
        let call = self.engine.access.set_suspended(&user, suspended);
        self.plain(write, call, updates).await?;
        self.made = made;
        Ok(())
    }

    async fn revoke(&mut self) -> Result<(), EngineError> {
        let user = self.user()?;
        let mut made = self.made.clone();
        if let Some(made) = &mut made {
            made.owes_revocation = false;
        }
        let mut updates: Vec<_> = made.clone().map(Update::User).into_iter().collect();
        updates.extend(self.credentials.keys().cloned().map(Update::CredentialGone));
        let write = Write::RevokeCredentials {
            subject: self.subject.clone(),
            user: user.clone(),
        };
        let call = self.engine.access.revoke_credentials(&user);
        self.plain(write, call, updates).await?;
        self.made = made;
        self.credentials.clear();
        Ok(())
    }

    fn unexpected(&self, what: String) -> EngineError {
        EngineError::Unexpected {
            system: self.engine.access.name().to_owned(),
            what,
        }
    }
}
