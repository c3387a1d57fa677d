//! Brivo as the access-control system.

use access_sync_core::ids::TargetId;
use access_sync_http::{ErrorKind, Listing};
use async_trait::async_trait;
use brivo_api::{
    BrivoClient, Email, GroupId, InvitationOptions, NewGuest, NewUser, UserPatch, Validity,
};
use chrono::{DateTime, Utc};

use super::{
    AccessSystem, Credential, CredentialId, Dates, Door, Group, Invitation, PersonUpdate, User,
    UserId, fingerprint,
};
use crate::EngineError;
use crate::source::Person;

/// A Brivo account. Targets are its groups, by id.
#[derive(Clone, Debug)]
pub struct BrivoAccess(BrivoClient);

/// Brivo's own limit, groups that the administrator cannot see included.
const MAX_GROUPS: usize = 16;
/// The status of an invitation while another one is pending.
const PENDING: u16 = 409;
/// The end of a pass that has none: the year 2100.
const FAR: DateTime<Utc> = DateTime::from_timestamp_nanos(4_102_444_800_000_000_000);
/// What Brivo calls the kind of an address that we give.
const MAIL_KIND: &str = "Home";

impl BrivoAccess {
    /// The account that `client` is logged in to.
    #[must_use]
    pub fn new(client: BrivoClient) -> Self {
        Self(client)
    }
}

#[async_trait]
impl AccessSystem for BrivoAccess {
    fn name(&self) -> &str {
        "Brivo"
    }

    async fn groups(&self) -> Result<Listing<Group>, EngineError> {
        let groups = self.0.groups().list().all().await?;
        Ok(groups.map(|group| Group::new(target(group.id), group.name)))
    }

    async fn users(&self) -> Result<Listing<User>, EngineError> {
        Ok(self.0.users().list().all().await?.map(user))
    }

    async fn members(&self, group: &TargetId) -> Result<Listing<UserId>, EngineError> {
        let members = self.0.groups().members(group_id(group)?).all().await?;
        Ok(members.map(|member| UserId(member.id.to_string())))
    }

    async fn doors(&self) -> Result<Option<Listing<Door>>, EngineError> {
        let doors = self.0.access_points().list().all().await?;
        Ok(Some(
            doors.map(|door| Door::new(door.id.to_string(), door.name)),
        ))
    }

    async fn find_user(&self, external_id: &str) -> Result<Option<User>, EngineError> {
        Ok(self
            .0
            .users()
            .find_by_external_id(external_id)
            .await?
            .map(user))
    }

    async fn user(&self, user: &UserId) -> Result<Option<User>, EngineError> {
        match self.0.users().get(user_id(user)?).await {
            Ok(found) => Ok(Some(self::user(found))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn groups_of(&self, user: &UserId) -> Result<Vec<TargetId>, EngineError> {
        let groups = self.0.users().groups(user_id(user)?).await?;
        if !groups.is_complete() {
            return Err(unexpected(format!(
                "the groups of user {user} did not come whole"
            )));
        }
        Ok(groups.items.into_iter().map(|it| target(it.id)).collect())
    }

    async fn create_user(
        &self,
        external_id: &str,
        person: &Person,
        dates: Dates,
    ) -> Result<UserId, EngineError> {
        let mut new = NewUser::new(person.first_name.as_str(), person.last_name.as_str())
            .external_id(external_id);
        if let Some(address) = &person.email {
            new = new.email(Email::new(address.as_str(), MAIL_KIND));
        }
        if let Some(from) = dates.from {
            new = new.effective_from(from);
        }
        if let Some(until) = dates.until {
            new = new.effective_to(until);
        }
        Ok(UserId(self.0.users().create(&new).await?.id.to_string()))
    }

    async fn update_user(
        &self,
        user: &UserId,
        update: &PersonUpdate<'_>,
    ) -> Result<(), EngineError> {
        let id = user_id(user)?;
        let mut patch = UserPatch::new();
        if update.name {
            let person = update.person;
            patch = patch.name(person.first_name.as_str(), person.last_name.as_str());
        }
        if let Some(address) = update.person.email.as_deref().filter(|_| update.email) {
            // The list is replaced as a whole; addresses that somebody else added must stay in it.
            let kept = self.0.users().get(id).await?.emails.into_iter();
            let mut kept: Vec<_> = kept
                .filter(|it| {
                    it.address != address && update.replaces != Some(&*fingerprint(&it.address))
                })
                .collect();
            kept.insert(0, Email::new(address, MAIL_KIND));
            for email in kept {
                patch = patch.email(email);
            }
        }
        self.0.users().patch(id, &patch).await?;
        Ok(())
    }

    async fn change_groups(
        &self,
        user: &UserId,
        add: &[TargetId],
        remove: &[TargetId],
    ) -> Result<Vec<TargetId>, EngineError> {
        let ids =
            |targets: &[TargetId]| targets.iter().map(group_id).collect::<Result<Vec<_>, _>>();
        let after = self
            .0
            .users()
            .change_groups(user_id(user)?, &ids(add)?, &ids(remove)?)
            .await?;
        Ok(after
            .items
            .into_iter()
            .map(|group| target(group.id))
            .collect())
    }

    async fn set_suspended(&self, user: &UserId, suspended: bool) -> Result<(), EngineError> {
        let now = self
            .0
            .users()
            .set_suspended(user_id(user)?, suspended)
            .await?;
        if now.suspended == suspended {
            return Ok(());
        }
        let what = format!("user {user} was to be suspended: {suspended}, and is not");
        Err(EngineError::Unexpected {
            system: "Brivo".into(),
            what,
        })
    }

    async fn revoke_credentials(&self, user: &UserId) -> Result<(), EngineError> {
        let users = self.0.users();
        let suspension = users.suspension(user_id(user)?).await?;
        Ok(users.revoke_credentials(&suspension).await?)
    }

    async fn delete_user(&self, user: &UserId) -> Result<(), EngineError> {
        match self.0.users().delete(user_id(user)?).await {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            other => Ok(other.map(drop)?),
        }
    }

    async fn set_pin_dates(&self, user: &UserId, dates: Dates) -> Result<(), EngineError> {
        let id = user_id(user)?;
        if dates.until.is_some() {
            let mut patch = UserPatch::new();
            if let Some(from) = dates.from {
                patch = patch.effective_from(from);
            }
            if let Some(until) = dates.until {
                patch = patch.effective_to(until);
            }
            self.0.users().patch(id, &patch).await?;
            return Ok(());
        }
        // An end can only be taken away by writing the user whole, without one.
        let found = self.0.users().get(id).await?;
        let mut whole = found.clone();
        whole.effective_from = dates.from.or(found.effective_from);
        whole.effective_to = None;
        self.0.users().replace(id, &NewUser::from(&whole)).await?;
        Ok(())
    }

    async fn credentials(&self, user: &UserId) -> Result<Vec<Credential>, EngineError> {
        let held = self.0.users().credentials(user_id(user)?).await?;
        if !held.is_complete() {
            return Err(unexpected(format!(
                "the credentials of user {user} did not come whole"
            )));
        }
        let credential = |it: brivo_api::Credential| {
            let dates = Dates {
                from: it.effective_from,
                until: it.effective_to,
            };
            let is_pin = it.credential_format.id == brivo_api::formats::PIN;
            Credential::new(CredentialId(it.id.to_string()), is_pin, dates)
        };
        Ok(held.items.into_iter().map(credential).collect())
    }

    async fn set_credential_dates(
        &self,
        user: &UserId,
        credential: &CredentialId,
        dates: Dates,
    ) -> Result<(), EngineError> {
        let (user, credential) = (user_id(user)?, credential_id(credential)?);
        // Assigning again without an end keeps the old one, and taking a pass away to give it anew
        // might lose it: a far end stands for none.
        let mut validity = Validity::unbounded().until(dates.until.unwrap_or(FAR));
        if let Some(from) = dates.from {
            validity = validity.from(from);
        }
        Ok(self
            .0
            .users()
            .assign_credential(user, credential, validity)
            .await?)
    }

    async fn unassign_credential(
        &self,
        user: &UserId,
        credential: &CredentialId,
    ) -> Result<(), EngineError> {
        let (user, credential) = (user_id(user)?, credential_id(credential)?);
        self.0.users().unassign_credential(user, credential).await?;
        Ok(())
    }

    async fn invite(
        &self,
        user: &UserId,
        email: &str,
    ) -> Result<Option<CredentialId>, EngineError> {
        let options = InvitationOptions::new().send_email(true);
        let id = user_id(user)?;
        match self
            .0
            .digital_invitations()
            .invite(id, email, &options)
            .await
        {
            Ok(invitation) => Ok(invitation
                .credential_id
                .map(|id| CredentialId(id.to_string()))),
            Err(error) if error.status().is_some_and(|it| it.as_u16() == PENDING) => Ok(self
                .invitation(user)
                .await?
                .and_then(|invitation| invitation.credential)),
            Err(error) => Err(error.into()),
        }
    }

    async fn invitation(&self, user: &UserId) -> Result<Option<Invitation>, EngineError> {
        let pending = self
            .0
            .digital_invitations()
            .list(user_id(user)?)
            .all()
            .await?;
        Ok(pending.items.into_iter().next().map(|invitation| {
            Invitation::new(
                invitation
                    .credential_id
                    .map(|id| CredentialId(id.to_string())),
            )
        }))
    }

    async fn cancel_invitation(&self, user: &UserId) -> Result<(), EngineError> {
        self.0.digital_invitations().cancel(user_id(user)?).await?;
        Ok(())
    }

    async fn create_guest(
        &self,
        external_id: &str,
        person: &Person,
        groups: &[TargetId],
        dates: Dates,
    ) -> Result<UserId, EngineError> {
        let (Some(from), Some(until), Some(email)) = (dates.from, dates.until, &person.email)
        else {
            return Err(unexpected(
                "a guest needs both dates and an e-mail address".into(),
            ));
        };
        let groups = groups.iter().map(group_id).collect::<Result<Vec<_>, _>>()?;
        let email = Email::new(email.as_str(), MAIL_KIND);
        let guest = NewGuest::new(person.first_name.as_str(), email, groups, from, until);
        let made = self.0.guests().create(&guest).await?.id;
        // A guest is made without an external id; it gets ours, to be known again.
        let patch = UserPatch::new().external_id(external_id);
        if let Err(error) = self.0.users().patch(made, &patch).await {
            // One that could not be known again must not stay; its own end is the second net.
            let _ = self.0.guests().delete(made).await;
            return Err(error.into());
        }
        Ok(UserId(made.to_string()))
    }

    async fn delete_guest(&self, user: &UserId) -> Result<(), EngineError> {
        self.0.guests().delete(user_id(user)?).await?;
        Ok(())
    }

    fn max_groups_per_user(&self) -> Option<usize> {
        Some(MAX_GROUPS)
    }

    fn vendor(&self) -> &str {
        "brivo"
    }

    fn tries(&self) -> u64 {
        // A policy that knows no limit counts as the default one; a token that is refused takes one
        // attempt more.
        u64::from(self.0.core().max_attempts().unwrap_or(5)) + 1
    }

    fn quota(&self) -> Option<u64> {
        Some(self.0.usage().quota)
    }
}

fn user(user: brivo_api::User) -> User {
    User::new(
        UserId(user.id.to_string()),
        user.external_id,
        user.suspended,
    )
}

fn target(group: GroupId) -> TargetId {
    TargetId::new(group.to_string())
}

fn group_id(target: &TargetId) -> Result<GroupId, EngineError> {
    target
        .as_str()
        .parse()
        .map_err(|_| foreign("group", target.as_str()))
}

fn user_id(user: &UserId) -> Result<brivo_api::UserId, EngineError> {
    user.0.parse().map_err(|_| foreign("user", &user.0))
}

fn credential_id(credential: &CredentialId) -> Result<brivo_api::CredentialId, EngineError> {
    credential
        .0
        .parse()
        .map_err(|_| foreign("credential", &credential.0))
}

fn foreign(what: &str, id: &str) -> EngineError {
    unexpected(format!("{id} is no id of a {what}"))
}

fn unexpected(what: String) -> EngineError {
    EngineError::Unexpected {
        system: "Brivo".into(),
        what,
    }
}
