//! What a crash left open is settled by reading, before anything is written.

use std::collections::BTreeMap;

use access_sync_core::ids::TargetId;
use chrono::{DateTime, Utc};

use crate::access::{User, UserId};
use crate::journal::{Entry, Outcome, Write};
use crate::ledger::{How, MadeCredential, MadeUser, Update};
use crate::session::Session;
use crate::{Engine, EngineError};

/// What was found, once for each user.
#[derive(Default)]
struct Found {
    by_subject: BTreeMap<String, Option<User>>,
    by_id: BTreeMap<UserId, Option<User>>,
    groups: BTreeMap<UserId, Vec<TargetId>>,
}

impl Engine {
    /// Settles intents without an outcome. Answers how many there were. Where another engine is at
    /// work they are its own, and are left to it.
    pub(crate) async fn settle(&self, now: DateTime<Utc>) -> Result<usize, EngineError> {
        if self.ledger.open_intents().await?.is_empty() {
            return Ok(0);
        }
        let session = match Session::open(self, String::new(), now).await {
            Ok(session) => session,
            Err(EngineError::Busy { .. }) => return Ok(0),
            Err(error) => return Err(error),
        };
        let settled = self.settle_in(&session).await;
        session.close().await?;
        settled
    }

    /// As [`Engine::settle`], for whoever has the lease already.
    pub(crate) async fn settle_in(&self, session: &Session<'_>) -> Result<usize, EngineError> {
        let open = self.ledger.open_intents().await?;
        let mut found = Found::default();
        for entry in &open {
            session.keep().await?;
            let (outcome, updates) = self.look(entry, &mut found, session.now()).await?;
            let at = session.now();
            self.ledger
                .outcome(&session.fence, entry.id, at, &outcome, &updates)
                .await?;
        }
        Ok(open.len())
    }

    async fn look(
        &self,
        entry: &Entry,
        found: &mut Found,
        now: DateTime<Utc>,
    ) -> Result<(Outcome, Vec<Update>), EngineError> {
        let write = &entry.intent.write;
        let subject = write.subject();
        let done = |done: bool| {
            if done {
                Outcome::FoundDone
            } else {
                Outcome::FoundUndone
            }
        };
        let Some(id) = write.user() else {
            let guest = matches!(write, Write::CreateGuest { .. });
            let Some(user) = self.by_subject(subject.as_str(), found).await? else {
                return Ok((Outcome::FoundUndone, Vec::new()));
            };
            let mut made = MadeUser::new(subject.clone(), user.id.clone(), How::Made, now);
            made.guest = guest;
            made.suspended = user.suspended;
            let mut updates = vec![Update::User(made)];
            if let Write::CreateGuest { groups, .. } = write {
                updates.extend(groups.iter().map(|target| Update::Membership {
                    user: user.id.clone(),
                    target: target.clone(),
                    how: How::Made,
                    since: now,
                }));
            }
            return Ok((Outcome::FoundDone, updates));
        };
        let Some(user) = self.by_id(id, found).await? else {
            let gone = matches!(write, Write::DeleteUser { .. } | Write::DeleteGuest { .. });
            return Ok((done(gone), vec![Update::UserGone(subject.clone())]));
        };
        Ok(match write {
            Write::ChangeGroups { add, remove, .. } => {
                let groups = self.groups_of(id, found).await?;
                let (whole, updates) = after_change(id, add, remove, &groups, now);
                (done(whole), updates)
            }
            Write::SetSuspended { suspended, .. } => {
                let mut updates = Vec::new();
                if let Some(mut made) = self.ledger.made().await?.users.remove(subject) {
                    made.suspended = user.suspended;
                    made.owes_revocation = user.suspended && self.revokes_passes();
                    updates.push(Update::User(made));
                }
                (done(user.suspended == *suspended), updates)
            }
            Write::Invite { .. } => match self.access.invitation(id).await? {
                None => (Outcome::FoundUndone, Vec::new()),
                Some(invitation) => {
                    let credential = invitation.credential.map(|credential| {
                        let made =
                            MadeCredential::new(credential, subject.clone(), id.clone(), now);
                        Update::Credential(made)
                    });
                    (Outcome::FoundDone, credential.into_iter().collect())
                }
            },
            // Each of these can be repeated: the ledger still says what it said before, and so the
            // next run asks for it again.
            _ => (Outcome::FoundUndone, Vec::new()),
        })
    }

    async fn by_subject(
        &self,
        subject: &str,
        found: &mut Found,
    ) -> Result<Option<User>, EngineError> {
        if let Some(known) = found.by_subject.get(subject) {
            return Ok(known.clone());
        }
        let external_id = self.namespace().external_id(subject);
        let user = self.access.find_user(&external_id).await?;
        found.by_subject.insert(subject.to_owned(), user.clone());
        Ok(user)
    }

    async fn by_id(&self, id: &UserId, found: &mut Found) -> Result<Option<User>, EngineError> {
        if let Some(known) = found.by_id.get(id) {
            return Ok(known.clone());
        }
        let user = self.access.user(id).await?;
        found.by_id.insert(id.clone(), user.clone());
        Ok(user)
    }

    async fn groups_of(
        &self,
        id: &UserId,
        found: &mut Found,
    ) -> Result<Vec<TargetId>, EngineError> {
        if let Some(known) = found.groups.get(id) {
            return Ok(known.clone());
        }
        let groups = self.access.groups_of(id).await?;
        found.groups.insert(id.clone(), groups.clone());
        Ok(groups)
    }
}

/// What a change of groups comes to, given the groups after it: whether it was carried out whole,
/// and what is ours now.
pub(crate) fn after_change(
    user: &UserId,
    add: &[TargetId],
    remove: &[TargetId],
    after: &[TargetId],
    now: DateTime<Utc>,
) -> (bool, Vec<Update>) {
    let mut whole = true;
    let mut updates = Vec::new();
    for target in add {
        if after.contains(target) {
            updates.push(Update::Membership {
                user: user.clone(),
                target: target.clone(),
                how: How::Made,
                since: now,
            });
        } else {
            whole = false;
        }
    }
    for target in remove {
        if after.contains(target) {
            whole = false;
        } else {
            updates.push(Update::MembershipGone {
                user: user.clone(),
                target: target.clone(),
            });
        }
    }
    (whole, updates)
}
