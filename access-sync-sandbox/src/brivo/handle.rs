use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::events::Occurrence;
use super::rows::{AccessPoint, BrivoCredentials, BrivoSnapshot, NewUser, User, UserRef};
use super::rows_access::{ControlPanel, Credential, Holiday, Invitation};
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

    /// Lets a group open a door at any time; false where one of them is missing.
    pub fn permit(&self, group_id: i64, door_id: i64) -> bool {
        let mut state = self.shared.brivo();
        let known =
            state.groups.contains_key(&group_id) && state.access_points.contains_key(&door_id);
        if known {
            state.permit(group_id, door_id, super::ALWAYS, false);
        }
        known
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
        self.shared.brivo().hide_group(group_id, hidden)
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
        self.shared.brivo().group_named(name)
    }

    /// User ids of a group's members, ascending.
    pub fn members(&self, group_id: i64) -> Vec<i64> {
        self.shared.brivo().members(group_id).collect()
    }

    /// Whether this person could open `place` at `at`, given the records as they are now.
    ///
    /// `place` is the name of a door; where no door has it, the name of a group. The person must
    /// not be suspended, must be in a group whose permission for the door has a schedule that is on
    /// (blocks, exceptions and holidays, at the site's wall clock), and a credential must be in
    /// date: the PIN by the user's dates, any other by those of its assignment, a mobile pass only
    /// once redeemed. Who never was given a credential counts as holding a card without dates,
    /// unless [`set_implied_cards`](Self::set_implied_cards) says otherwise. Doors of an offline
    /// panel decide by what the panel last heard; a door that is overridden to be unlocked opens
    /// to everybody who is not suspended.
    pub fn can_open(&self, user: impl Into<UserRef>, place: &str, at: DateTime<Utc>) -> bool {
        self.shared.brivo().can_open(&user.into(), place, at)
    }

    /// Whether people who never were given a credential are taken to hold a card; they are unless
    /// set.
    pub fn set_implied_cards(&self, implied: bool) {
        self.shared.brivo().implied_cards = implied;
    }

    /// Somebody tries a door now: whether it opens. Either way an event is written.
    pub fn try_door(&self, user: impl Into<UserRef>, door: &str) -> bool {
        let now = self.shared.clock.now();
        let user = user.into();
        let opened = {
            let mut state = self.shared.brivo();
            let Some(id) = state.doors_named(door).first().copied() else {
                return false;
            };
            let opened = state.opens(&user, id, now);
            let who = state.resolve(&user).map(|user| user.id);
            let credential = who.and_then(|who| state.credentials_of(who).next().map(|c| c.id));
            state.happened(Occurrence::attempt(id, who, credential, opened), now);
            opened
        };
        self.shared.post();
        opened
    }

    /// Connects a panel, or cuts it off. While cut off, its doors go on with what the panel last
    /// heard, its events are kept back, and pulses and overrides fail. False where there is none.
    pub fn set_panel_online(&self, panel_id: i64, online: bool) -> bool {
        let now = self.shared.clock.now();
        let known = self.shared.brivo().set_online(panel_id, online, now);
        self.shared.post();
        known
    }

    /// All panels, by id.
    pub fn panels(&self) -> Vec<ControlPanel> {
        self.shared.brivo().panels.values().cloned().collect()
    }

    /// All doors, by id.
    pub fn doors(&self) -> Vec<AccessPoint> {
        let state = self.shared.brivo();
        state.access_points.values().cloned().collect()
    }

    /// A credential of the bank.
    pub fn credential(&self, id: i64) -> Option<Credential> {
        self.shared.brivo().credentials.get(&id).cloned()
    }

    /// What a user holds besides a PIN, by id.
    pub fn credentials_of(&self, user_id: i64) -> Vec<Credential> {
        let state = self.shared.brivo();
        state.credentials_of(user_id).cloned().collect()
    }

    /// A user's invitations to mobile passes, oldest first.
    pub fn invitations(&self, user_id: i64) -> Vec<Invitation> {
        let state = self.shared.brivo();
        state.invitations.get(&user_id).cloned().unwrap_or_default()
    }

    /// The holder redeems the pending invitation: the credential that opens doors from now on, or
    /// `None` where none is pending.
    pub fn redeem_invitation(&self, user_id: i64) -> Option<i64> {
        let now = self.shared.clock.now();
        self.shared.brivo().redeem(user_id, now)
    }

    /// How many mobile passes the account has; 500 unless set.
    pub fn set_pass_allotment(&self, passes: i64) {
        self.shared.brivo().allotted = passes;
    }

    /// Adds or replaces a holiday, and lets schedules observe it.
    pub fn put_holiday(&self, holiday: Holiday, schedules: &[i64]) {
        let mut state = self.shared.brivo();
        for schedule in state.schedules.values_mut() {
            schedule.holidays.retain(|id| *id != holiday.id);
            if schedules.contains(&schedule.id) {
                schedule.holidays.push(holiday.id);
            }
        }
        state.holidays.insert(holiday.id, holiday);
    }

    /// How many events the journal holds, of access and of the account's changes together.
    pub fn event_count(&self) -> usize {
        self.shared.brivo().journal.events.len()
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
