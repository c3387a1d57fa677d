//! What can be done with administrators.

use access_sync_http::{Error, Safety, decode};
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::administrator::{
    Administrator, AdministratorLogin, AdministratorUpdate, IdentityType, LoginChange,
    NewAdministrator,
};
use crate::call::{Call, Removal};
use crate::client::BrivoClient;
use crate::filter::Filter;
use crate::ids::AdministratorId;
use crate::list::List;
use crate::record;
use crate::users::with_body;

impl BrivoClient {
    /// Administrators.
    #[must_use]
    pub fn administrators(&self) -> Administrators<'_> {
        Administrators(self)
    }
}

/// Operations on administrators (documentation: "Administrator"). Making and changing them is for
/// administrators who may ([`Administrator::can_create_admins`]); others are answered
/// [`Permission`](crate::ErrorKind::Permission).
#[derive(Clone, Copy, Debug)]
pub struct Administrators<'a>(pub(crate) &'a BrivoClient);

impl Administrators<'_> {
    /// Who this is: `GET /administrators/whoami`. The best check of a connection; on failure
    /// [`Culprit::of`](crate::Culprit::of) tells which credential is wrong.
    pub fn whoami(&self) -> Call<Administrator> {
        let path = ["administrators", "whoami"];
        let request = self.0.request("administrators.whoami", Method::GET, &path);
        Call::json(self.0, request)
    }

    /// All administrators that this one may see: `GET /administrators`.
    pub fn list(&self) -> List<Administrator> {
        let path = ["administrators"];
        List::new(self.0, "administrators.list", &path, |one| {
            one.id.to_string()
        })
    }

    /// An administrator: `GET /administrators/{administratorId}`.
    pub fn get(&self, id: AdministratorId) -> Call<Administrator> {
        Call::json(self.0, self.on(id, "administrators.get", Method::GET, &[]))
    }

    /// Makes an administrator: `POST /administrators`. Not idempotent; Brivo answers 400 where the
    /// username is taken ([`Administrators::is_username_free`]).
    pub fn create(&self, new: &NewAdministrator) -> Call<Administrator> {
        let path = ["administrators"];
        let request = self.0.request("administrators.create", Method::POST, &path);
        Call::json(self.0, with_body(request, new.body()))
    }

    /// Replaces an administrator's record: `PUT /administrators/{administratorId}`. The username
    /// stays.
    pub fn update(&self, id: AdministratorId, update: &AdministratorUpdate) -> Call<Administrator> {
        let request = self.on(id, "administrators.update", Method::PUT, &[]);
        let body = update.body().map(Value::Object);
        Call::json(self.0, with_body(request, body))
    }

    /// Deletes an administrator: `DELETE /administrators/{administratorId}`.
    pub fn delete(&self, id: AdministratorId) -> Call<Removal> {
        let request = self.on(id, "administrators.delete", Method::DELETE, &[]);
        Call::removal(self.0, request)
    }

    /// Whether a username is free: `POST /administrators/username/check`. Changes nothing.
    pub fn is_username_free(&self, username: &str) -> Call<bool> {
        #[derive(Deserialize)]
        struct Answer {
            #[serde(deserialize_with = "decode::required")]
            available: bool,
        }
        let body = if username.trim().is_empty() {
            Err(Error::config("which username?"))
        } else {
            Ok(json!({ "username": username }))
        };
        let path = ["administrators", "username", "check"];
        let request = self
            .0
            .request("administrators.check_username", Method::POST, &path)
            .map(|request| request.safety(Safety::Read));
        Call::new(self.0, with_body(request, body), |sent| {
            record::of::<Answer>(&sent?).map(|answer| answer.available)
        })
    }

    /// How an administrator's log-in stands: `GET /administrators/{administratorId}/login`.
    pub fn login(&self, id: AdministratorId) -> Call<AdministratorLogin> {
        let request = self.on(id, "administrators.login", Method::GET, &["login"]);
        Call::json(self.0, request)
    }

    /// Changes an administrator's log-in: `POST /administrators/{administratorId}/login`. This is
    /// how a leaver is locked out of the account (`LoginChange::new().active(false)`).
    pub fn change_login(
        &self,
        id: AdministratorId,
        change: &LoginChange,
    ) -> Call<AdministratorLogin> {
        let request = self.on(id, "administrators.change_login", Method::POST, &["login"]);
        // It sets what it names.
        let request = request.map(|request| request.safety(Safety::Idempotent));
        Call::json(self.0, with_body(request, change.body()))
    }

    fn on(
        &self,
        id: AdministratorId,
        operation: &'static str,
        method: Method,
        rest: &[&str],
    ) -> Result<access_sync_http::Request, Error> {
        self.0
            .request_on("administrators", id.0, operation, method, rest)
    }
}

impl List<Administrator> {
    /// Administrators whose username *contains* this text.
    pub fn username(self, part: &str) -> Self {
        self.try_filter(Filter::eq("username", part))
    }

    /// Administrators of this rank.
    pub fn identity_type(self, rank: &IdentityType) -> Self {
        self.try_filter(Filter::eq("type", rank.as_str().to_ascii_lowercase()))
    }
}
