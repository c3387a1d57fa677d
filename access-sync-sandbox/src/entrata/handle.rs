use std::fmt;
use std::sync::{Arc, MutexGuard};

use super::rows::{EntrataCredentials, Lease, LeaseStatus, Property, PropertyAccess, Unit};
use super::state::EntrataState;
use crate::calls::Call;
use crate::fault::Service;
use crate::sandbox::Shared;

pub(super) const USERNAME: &str = "sandbox_api";
pub(super) const PASSWORD: &str = "sandbox-entrata-password";
pub(super) const API_KEY: &str = "sandbox-entrata-key";
pub(super) const ORG: &str = "lakeshore";

pub(super) const OAUTH_CLIENT_ID: &str = "sandbox-partner-app";
pub(super) const OAUTH_CLIENT_SECRET: &str = "sandbox-partner-secret";

/// Entrata in the sandbox. Cheap to clone; all clones look at the same records.
#[derive(Clone)]
pub struct Entrata {
    shared: Arc<Shared>,
    origin: String,
}

impl Entrata {
    pub(crate) fn new(shared: Arc<Shared>, origin: String) -> Self {
        Self { shared, origin }
    }

    /// The host root, `http://127.0.0.1:port`.
    pub fn base_url(&self) -> String {
        self.origin.clone()
    }

    /// Base of the legacy host, to which the service's name is added: `{…}/api/v1`.
    pub fn legacy_url(&self) -> String {
        format!("{}/api/v1", self.origin)
    }

    /// Base of the modern gateway, to which the service's name is added:
    /// `{…}/ext/orgs/lakeshore/v1`.
    pub fn gateway_url(&self) -> String {
        format!("{}/ext/orgs/{ORG}/v1", self.origin)
    }

    /// What to sign in with.
    pub fn credentials(&self) -> EntrataCredentials {
        EntrataCredentials {
            username: USERNAME.to_owned(),
            password: PASSWORD.to_owned(),
            api_key: API_KEY.to_owned(),
            oauth_client_id: OAUTH_CLIENT_ID.to_owned(),
            oauth_client_secret: OAUTH_CLIENT_SECRET.to_owned(),
        }
    }

    /// Where partner applications exchange their codes: `{base}/api/oauth`.
    pub fn oauth_url(&self) -> String {
        format!("{}/api/oauth", self.origin)
    }

    /// A code as it arrives at a partner application; it is good once, for ten minutes.
    pub fn issue_authorization_code(&self) -> String {
        let now = self.shared.clock.now();
        self.shared.entrata().grants.code(now)
    }

    /// All calls since the start or the last [`reset_calls`](Self::reset_calls), oldest first.
    pub fn calls(&self) -> Vec<Call> {
        self.shared.calls(Service::Entrata).all()
    }

    /// How many calls [`calls`](Self::calls) would list.
    pub fn call_count(&self) -> usize {
        self.shared.calls(Service::Entrata).len()
    }

    /// Forgets the calls so far.
    pub fn reset_calls(&self) {
        self.shared.calls(Service::Entrata).clear();
    }

    fn settled(&self) -> MutexGuard<'_, EntrataState> {
        let mut state = self.shared.entrata();
        state.settle(self.shared.clock.now());
        state
    }

    /// Whether leases follow the clock: Future becomes Current on the day of the move-in, Current
    /// and Notice become Past on the day after the move-out, and a signed renewal becomes the
    /// active term, by the calendar at the property. They do unless set.
    pub fn set_follows_clock(&self, follows: bool) {
        self.settled().follows_clock = follows;
    }

    /// Takes away, or gives back, the permission for one method, such as `getCustomers`, at all
    /// properties; calls for it answer error 311.
    pub fn set_method_denied(&self, method: &str, denied: bool) {
        let mut state = self.shared.entrata();
        if denied {
            state.denied.insert(method.to_owned());
        } else {
            state.denied.remove(method);
        }
    }

    /// All properties, by id, also those that the caller may not see.
    pub fn properties(&self) -> Vec<Property> {
        self.shared.entrata().properties.values().cloned().collect()
    }

    /// All units, by id.
    pub fn units(&self) -> Vec<Unit> {
        self.shared.entrata().units.values().cloned().collect()
    }

    /// All leases, by id, whatever their status.
    pub fn leases(&self) -> Vec<Lease> {
        self.settled().leases.values().cloned().collect()
    }

    /// One lease.
    pub fn lease(&self, lease_id: i64) -> Option<Lease> {
        self.settled().leases.get(lease_id).cloned()
    }

    /// Adds or replaces a property.
    pub fn upsert_property(&self, property: Property) {
        let mut state = self.shared.entrata();
        state.properties.insert(property.id, property);
        state.leases.forget_written();
    }

    /// Adds or replaces a unit.
    pub fn upsert_unit(&self, unit: Unit) {
        let mut state = self.shared.entrata();
        state.units.insert(unit.id, unit);
        state.leases.forget_written();
    }

    /// Adds or replaces a lease.
    pub fn upsert_lease(&self, lease: Lease) {
        self.settled().leases.insert(lease);
    }

    /// Changes a lease in place; false where there is none.
    pub fn edit_lease(&self, lease_id: i64, edit: impl FnOnce(&mut Lease)) -> bool {
        self.settled().leases.edit(lease_id, edit)
    }

    /// Deletes a lease without a trace, which Entrata itself never does but a lost permission
    /// looks like; false where there is none.
    pub fn remove_lease(&self, lease_id: i64) -> bool {
        self.settled().leases.remove(lease_id).is_some()
    }

    /// Sets the status of a lease, of its active interval and of those of its people who had the
    /// old one; false where there is none.
    pub fn set_lease_status(&self, lease_id: i64, status: LeaseStatus) -> bool {
        self.settled().set_status(lease_id, status)
    }

    /// Sets what the caller may do with a property; false where there is none.
    pub fn set_property_access(&self, property_id: i64, access: PropertyAccess) -> bool {
        match self.shared.entrata().properties.get_mut(&property_id) {
            Some(property) => {
                property.access = access;
                true
            }
            None => false,
        }
    }
}

impl fmt::Debug for Entrata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entrata")
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}
