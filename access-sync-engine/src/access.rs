//! The system that opens doors.

#[cfg(feature = "brivo")]
pub mod brivo;

use std::collections::BTreeMap;
use std::fmt;

use access_sync_core::ids::TargetId;
use access_sync_http::Listing;
use async_trait::async_trait;

use crate::EngineError;
use crate::mapping::GroupRef;
use crate::source::Person;

/// An access-control system: users, groups, and who is in which.
///
/// Reads are lists, never one call per user. Writes are told apart so that each can be journalled,
/// counted and repeated by itself.
#[async_trait]
pub trait AccessSystem: fmt::Debug + Send + Sync {
    /// A short name for people: "Brivo".
    fn name(&self) -> &str;

    /// All groups.
    ///
    /// # Errors
    /// What the system answered.
    async fn groups(&self) -> Result<Listing<Group>, EngineError>;

    /// All users.
    ///
    /// # Errors
    /// What the system answered.
    async fn users(&self) -> Result<Listing<User>, EngineError>;

    /// The users in a group.
    ///
    /// # Errors
    /// What the system answered.
    async fn members(&self, group: &TargetId) -> Result<Listing<UserId>, EngineError>;

    /// The user with an external id, where there is one.
    ///
    /// # Errors
    /// What the system answered.
    async fn find_user(&self, external_id: &str) -> Result<Option<User>, EngineError>;

    /// Makes a user. Not safe to repeat blindly: look for the external id first.
    ///
    /// # Errors
    /// What the system answered.
    async fn create_user(&self, external_id: &str, person: &Person) -> Result<UserId, EngineError>;

    /// Puts a user into groups and takes it out of others, in one call. Answers the groups that the
    /// user is in afterwards.
    ///
    /// # Errors
    /// What the system answered.
    async fn change_groups(
        &self,
        user: &UserId,
        add: &[TargetId],
        remove: &[TargetId],
    ) -> Result<Vec<TargetId>, EngineError>;

    /// Suspends a user or reinstates it.
    ///
    /// # Errors
    /// What the system answered.
    async fn set_suspended(&self, user: &UserId, suspended: bool) -> Result<(), EngineError>;

    /// Takes a suspended user's mobile passes and other credentials away.
    ///
    /// # Errors
    /// What the system answered.
    async fn revoke_credentials(&self, user: &UserId) -> Result<(), EngineError>;

    /// Deletes a user. One that is gone already is no error.
    ///
    /// # Errors
    /// What the system answered.
    async fn delete_user(&self, user: &UserId) -> Result<(), EngineError>;

    /// The most groups a user can be in; none where there is no such limit.
    fn max_groups_per_user(&self) -> Option<usize> {
        None
    }
}

/// A user's id in the access-control system.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserId(pub String);

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A user, as far as it matters here.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct User {
    /// The system's id.
    pub id: UserId,
    /// The id that its maker gave it.
    pub external_id: Option<String>,
    /// Whether nothing opens for it at all.
    pub suspended: bool,
}

impl User {
    /// A user.
    #[must_use]
    pub fn new(id: UserId, external_id: Option<String>, suspended: bool) -> Self {
        Self {
            id,
            external_id,
            suspended,
        }
    }
}

/// A group.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Group {
    /// The system's id.
    pub id: TargetId,
    /// Its name.
    pub name: String,
}

impl Group {
    /// A group.
    #[must_use]
    pub fn new(id: TargetId, name: impl Into<String>) -> Self {
        Self {
            id,
            name: name.into(),
        }
    }
}

/// The groups that exist, by id and by name.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    names: BTreeMap<TargetId, String>,
    ids: BTreeMap<String, Vec<TargetId>>,
}

impl Directory {
    /// A directory of these groups.
    #[must_use]
    pub fn new(groups: impl IntoIterator<Item = Group>) -> Self {
        let mut directory = Self::default();
        for group in groups {
            directory
                .ids
                .entry(group.name.clone())
                .or_default()
                .push(group.id.clone());
            directory.names.insert(group.id, group.name);
        }
        directory
    }

    /// A group's name, or its id where the group is unknown.
    #[must_use]
    pub fn name<'a>(&'a self, group: &'a TargetId) -> &'a str {
        self.names.get(group).map_or(group.as_str(), String::as_str)
    }

    /// The group behind a mapping's entry.
    ///
    /// # Errors
    /// Why there is none, as the end of a sentence that begins with the entry.
    pub fn resolve(&self, group: &GroupRef) -> Result<TargetId, &'static str> {
        match group {
            GroupRef::Id(id) => {
                let id = TargetId::new(id.as_str());
                if self.names.contains_key(&id) {
                    Ok(id)
                } else {
                    Err("does not exist")
                }
            }
            GroupRef::Name(name) => match self.ids.get(name).map(Vec::as_slice) {
                Some([id]) => Ok(id.clone()),
                Some(_) => Err("exists more than once; map it by its id"),
                None => Err("does not exist"),
            },
        }
    }
}
