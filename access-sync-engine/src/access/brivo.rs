//! Brivo as the access-control system.

use access_sync_core::ids::TargetId;
use access_sync_http::{ErrorKind, Listing};
use async_trait::async_trait;
use brivo_api::{BrivoClient, Email, GroupId, NewUser};

use super::{AccessSystem, Group, User, UserId};
use crate::EngineError;
use crate::source::Person;

/// A Brivo account. Targets are its groups, by id.
#[derive(Clone, Debug)]
pub struct BrivoAccess(BrivoClient);

/// Brivo's own limit, groups that the administrator cannot see included.
const MAX_GROUPS: usize = 16;

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

    async fn find_user(&self, external_id: &str) -> Result<Option<User>, EngineError> {
        Ok(self
            .0
            .users()
            .find_by_external_id(external_id)
            .await?
            .map(user))
    }

    async fn create_user(&self, external_id: &str, person: &Person) -> Result<UserId, EngineError> {
        let mut new = NewUser::new(person.first_name.as_str(), person.last_name.as_str())
            .external_id(external_id);
        if let Some(address) = &person.email {
            new = new.email(Email::new(address.as_str(), "Home"));
        }
        Ok(UserId(self.0.users().create(&new).await?.id.to_string()))
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

    fn max_groups_per_user(&self) -> Option<usize> {
        Some(MAX_GROUPS)
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

fn foreign(what: &str, id: &str) -> EngineError {
    EngineError::Unexpected {
        system: "Brivo".into(),
        what: format!("{id} is no id of a {what}"),
    }
}
