//! The system that opens doors.

#[cfg(feature = "brivo")]
pub mod brivo;
mod unasked;

use std::collections::BTreeMap;
use std::fmt;

use access_sync_core::ids::TargetId;
use access_sync_http::Listing;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::EngineError;
use crate::mapping::GroupRef;
use crate::source::Person;

pub use unasked::Unasked;

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

    /// All doors; none where the system does not list them.
    ///
    /// # Errors
    /// What the system answered.
    async fn doors(&self) -> Result<Option<Listing<Door>>, EngineError> {
        Ok(None)
    }

    /// The user with an external id, where there is one.
    ///
    /// # Errors
    /// What the system answered.
    async fn find_user(&self, external_id: &str) -> Result<Option<User>, EngineError>;

    /// The user with an id, where there is one.
    ///
    /// # Errors
    /// What the system answered.
    async fn user(&self, user: &UserId) -> Result<Option<User>, EngineError>;

    /// The groups that a user is in. Asked only to settle what a crash left open.
    ///
    /// # Errors
    /// What the system answered.
    async fn groups_of(&self, user: &UserId) -> Result<Vec<TargetId>, EngineError>;

    /// Makes a user, whose PIN works within `dates`. Not safe to repeat blindly: look for the
    /// external id first.
    ///
    /// # Errors
    /// What the system answered.
    async fn create_user(
        &self,
        external_id: &str,
        person: &Person,
        dates: Dates,
    ) -> Result<UserId, EngineError>;

    /// Changes a user's name, e-mail address or both.
    ///
    /// # Errors
    /// What the system answered.
    async fn update_user(
        &self,
        user: &UserId,
        update: &PersonUpdate<'_>,
    ) -> Result<(), EngineError>;

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

    /// Sets from when until when a user's PIN works. No end is for ever: one that was set before is
    /// taken away.
    ///
    /// # Errors
    /// What the system answered; [`EngineError::Unexpected`] where it knows no such dates.
    async fn set_pin_dates(&self, _user: &UserId, _dates: Dates) -> Result<(), EngineError> {
        Err(self.cannot("set the dates of a PIN"))
    }

    /// What a user holds, with the dates of each.
    ///
    /// # Errors
    /// What the system answered; [`EngineError::Unexpected`] where it knows no credentials.
    async fn credentials(&self, _user: &UserId) -> Result<Vec<Credential>, EngineError> {
        Err(self.cannot("list credentials"))
    }

    /// Sets from when until when a credential works for its holder.
    ///
    /// # Errors
    /// What the system answered; [`EngineError::Unexpected`] where it knows no such dates.
    async fn set_credential_dates(
        &self,
        _user: &UserId,
        _credential: &CredentialId,
        _dates: Dates,
    ) -> Result<(), EngineError> {
        Err(self.cannot("set the dates of a credential"))
    }

    /// Takes a credential from its holder. One that is gone already is no error.
    ///
    /// # Errors
    /// What the system answered; [`EngineError::Unexpected`] where it knows no credentials.
    async fn unassign_credential(
        &self,
        _user: &UserId,
        _credential: &CredentialId,
    ) -> Result<(), EngineError> {
        Err(self.cannot("take a credential away"))
    }

    /// Invites a user to a mobile pass at an e-mail address. Answers the credential that the pass
    /// will be, where the system tells. An invitation that is pending already is no error.
    ///
    /// # Errors
    /// What the system answered; [`EngineError::Unexpected`] where it knows no passes.
    async fn invite(
        &self,
        _user: &UserId,
        _email: &str,
    ) -> Result<Option<CredentialId>, EngineError> {
        Err(self.cannot("invite to a mobile pass"))
    }

    /// The credential of a user's pending invitation; none where none is pending.
    ///
    /// # Errors
    /// What the system answered; [`EngineError::Unexpected`] where it knows no passes.
    async fn invitation(&self, _user: &UserId) -> Result<Option<Invitation>, EngineError> {
        Err(self.cannot("list invitations"))
    }

    /// Takes a pending invitation back. None pending is no error.
    ///
    /// # Errors
    /// What the system answered; [`EngineError::Unexpected`] where it knows no passes.
    async fn cancel_invitation(&self, _user: &UserId) -> Result<(), EngineError> {
        Err(self.cannot("take an invitation back"))
    }

    /// Lets a guest in, with an external id of ours, into `groups` for `dates` (both ends set).
    ///
    /// # Errors
    /// What the system answered; [`EngineError::Unexpected`] where it knows no guests.
    async fn create_guest(
        &self,
        _external_id: &str,
        _person: &Person,
        _groups: &[TargetId],
        _dates: Dates,
    ) -> Result<UserId, EngineError> {
        Err(self.cannot("let a guest in"))
    }

    /// Removes a guest. One that is gone already is no error.
    ///
    /// # Errors
    /// What the system answered; [`EngineError::Unexpected`] where it knows no guests.
    async fn delete_guest(&self, _user: &UserId) -> Result<(), EngineError> {
        Err(self.cannot("remove a guest"))
    }

    /// The most groups a user can be in; none where there is no such limit.
    fn max_groups_per_user(&self) -> Option<usize> {
        None
    }

    /// The vendor's name in a client's scopes, by which calls are counted: `brivo`.
    fn vendor(&self) -> &str {
        self.name()
    }

    /// Calls allowed in any thirty days; none where there is no such limit.
    fn quota(&self) -> Option<u64> {
        None
    }

    /// How often a call is tried at most, the first time included: what a client repeats by itself.
    fn tries(&self) -> u64 {
        1
    }

    /// Rows on a page of a list.
    fn page_size(&self) -> u64 {
        100
    }

    /// The error of an operation that the system does not have.
    fn cannot(&self, what: &str) -> EngineError {
        EngineError::Unexpected {
            system: self.name().to_owned(),
            what: format!("there is no way to {what}"),
        }
    }
}

/// From when until when something works.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dates {
    /// From here on; none is from now on.
    pub from: Option<DateTime<Utc>>,
    /// Until here; none is for ever.
    pub until: Option<DateTime<Utc>>,
}

/// Something that opens doors for its holder.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Credential {
    /// The system's id.
    pub id: CredentialId,
    /// Whether it is the user's PIN, whose dates are the user's.
    pub is_pin: bool,
    /// When it works.
    pub dates: Dates,
}

impl Credential {
    /// A credential.
    #[must_use]
    pub fn new(id: CredentialId, is_pin: bool, dates: Dates) -> Self {
        Self { id, is_pin, dates }
    }
}

/// An invitation that waits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Invitation {
    /// The credential that the pass will be, where the system tells.
    pub credential: Option<CredentialId>,
}

impl Invitation {
    /// An invitation.
    #[must_use]
    pub fn new(credential: Option<CredentialId>) -> Self {
        Self { credential }
    }
}

/// What changes about a person.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct PersonUpdate<'a> {
    /// As the source has them now.
    pub person: &'a Person,
    /// Whether the name changes.
    pub name: bool,
    /// Whether the e-mail address changes.
    pub email: bool,
    /// [`fingerprint`] of the address that it takes the place of. Other addresses of the user are
    /// somebody else's and stay.
    pub replaces: Option<&'a str>,
}

/// What the ledger keeps of a name or an address instead of the thing itself.
#[must_use]
pub fn fingerprint(text: &str) -> String {
    let digest = Sha256::digest(text.trim().as_bytes());
    digest
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// A user's id in the access-control system.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserId(pub String);

/// A credential's id in the access-control system.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CredentialId(pub String);

impl fmt::Display for CredentialId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

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

/// A door.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Door {
    /// The system's id.
    pub id: String,
    /// Its name.
    pub name: String,
}

impl Door {
    /// A door.
    #[must_use]
    pub fn new(id: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
        }
    }
}

/// The groups that exist, by id and by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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

    /// Whether there is such a group.
    #[must_use]
    pub fn contains(&self, group: &TargetId) -> bool {
        self.names.contains_key(group)
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
