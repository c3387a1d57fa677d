use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::rows::{BrivoCredentials, BrivoSnapshot, NewUser, User, UserRef};
use crate::calls::Call;
use crate::fault::Service;
use crate::sandbox::Shared;

pub(super) const CLIENT_ID: &str = "c0ffee00-5a4d-4b0f-9f00-000000000001";
pub(super) const CLIENT_SECRET: &str = "sandbox-client-secret";
pub(super) const API_KEY: &str = "sandbox-mashery-key";
pub(super) const USERNAME: &str = "integration01";
pub(super) const PASSWORD: &str = "sandbox-admin-password";

/// Brivo in the sandbox. Cheap to clone; all clones look at the same records.
#[derive(Clone)]
pub struct Brivo {
    shared: Arc<Shared>,
    origin: String,
}

impl Brivo {
    pub(crate) fn new(shared: Arc<Shared>, origin: String) -> Self {
        Self { shared, origin }
    }

    /// Base of the auth host: the token call is `{auth_url}/oauth/token`.
    pub fn auth_url(&self) -> String {
        self.origin.clone()
    }

    /// Base of all resource paths, ending in `/v1/api`.
    pub fn api_url(&self) -> String {
        format!("{}/v1/api", self.origin)
    }

    /// What to sign in with.
    pub fn credentials(&self) -> BrivoCredentials {
        BrivoCredentials {
            client_id: CLIENT_ID.to_owned(),
            client_secret: CLIENT_SECRET.to_owned(),
            api_key: API_KEY.to_owned(),
            username: USERNAME.to_owned(),
            password: PASSWORD.to_owned(),
        }
    }

    /// A code as it arrives at the redirect URI of the authorization-code flow; it is good once,
    /// for ten minutes.
    pub fn issue_authorization_code(&self) -> String {
        let now = self.shared.clock.now();
        self.shared.brivo().tokens.issue_code(now)
    }

    /// Ends every access token at once, as though its time were over; refresh tokens live on.
    pub fn expire_access_tokens(&self) {
        let now = self.shared.clock.now();
        self.shared.brivo().tokens.expire_access(now);
    }

    /// All calls since the start or the last [`reset_calls`](Self::reset_calls), oldest first.
    pub fn calls(&self) -> Vec<Call> {
        self.shared.calls(Service::Brivo).all()
    }

    /// How many calls [`calls`](Self::calls) would list.
    pub fn call_count(&self) -> usize {
        self.shared.calls(Service::Brivo).len()
    }

    /// Forgets the calls so far.
    pub fn reset_calls(&self) {
        self.shared.calls(Service::Brivo).clear();
    }

    /// Adds a user behind the API's back and returns its id.
    pub fn add_user(&self, user: NewUser) -> i64 {
        let now = self.shared.clock.now();
        self.shared.brivo().new_user(user, now)
    }

    /// Adds a group and returns its id.
    pub fn add_group(&self, name: &str) -> i64 {
        self.shared.brivo().new_group(name)
    }

    /// Adds a user to a group; false where one of them is missing or nothing changed.
    pub fn add_member(&self, user_id: i64, group_id: i64) -> bool {
        self.shared.brivo().join(user_id, group_id)
    }

    /// Takes a user out of a group; false where the user was not a member.
    pub fn remove_member(&self, user_id: i64, group_id: i64) -> bool {
        self.shared.brivo().leave(user_id, group_id)
    }

    /// Suspends or reinstates a user; false where there is none.
    pub fn set_suspended(&self, user_id: i64, suspended: bool) -> bool {
        match self.shared.brivo().users.get_mut(&user_id) {
            Some(user) => {
                user.suspended = suspended;
                true
            }
            None => false,
        }
    }

    /// Hides a group from the API's administrator (it still counts in the limit of 16), or shows
    /// it again; false where there is none.
    pub fn set_group_hidden(&self, group_id: i64, hidden: bool) -> bool {
        match self.shared.brivo().groups.get_mut(&group_id) {
            Some(group) => {
                group.hidden = hidden;
                true
            }
            None => false,
        }
    }

    /// Marks a group as one of a multifamily site, which cannot be deleted (412).
    pub fn set_group_multifamily(&self, group_id: i64, multifamily: bool) -> bool {
        match self.shared.brivo().groups.get_mut(&group_id) {
            Some(group) => {
                group.multifamily = multifamily;
                true
            }
            None => false,
        }
    }

    /// A user by id.
    pub fn user(&self, user_id: i64) -> Option<User> {
        self.shared.brivo().users.get(&user_id).cloned()
    }

    /// A user by external id.
    pub fn user_by_external_id(&self, external_id: &str) -> Option<User> {
        self.shared.brivo().by_external_id(external_id).cloned()
    }

    /// The id of the first group of this name.
    pub fn group_id(&self, name: &str) -> Option<i64> {
        let state = self.shared.brivo();
        let group = state.groups.values().find(|group| group.name == name);
        group.map(|group| group.id)
    }

    /// User ids of a group's members, ascending.
    pub fn members(&self, group_id: i64) -> Vec<i64> {
        self.shared.brivo().members(group_id).collect()
    }

    /// Whether this person could open `place` at `at`, given the records as they are now.
    ///
    /// `place` is the name of a door; where no door has it, the name of a group. The person must
    /// not be suspended, must be in a group that has the door at all times, and a PIN (the only
    /// credential kept so far) must be in date.
    pub fn can_open(&self, user: impl Into<UserRef>, place: &str, at: DateTime<Utc>) -> bool {
        self.shared.brivo().can_open(&user.into(), place, at)
    }

    /// A copy of all users, groups and memberships.
    pub fn snapshot(&self) -> BrivoSnapshot {
        self.shared.brivo().snapshot()
    }
}

impl fmt::Debug for Brivo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Brivo")
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}
