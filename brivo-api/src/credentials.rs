//! Credentials: cards, PINs, passes, and who holds them.

use access_sync_http::{Error, Listing, Request};
use http::Method;

use crate::call::{Call, Removal};
use crate::client::BrivoClient;
use crate::credential::{Credential, CredentialFormat, NewCredential, Validity};
use crate::filter::Filter;
use crate::groups::Member;
use crate::ids::{CredentialId, UserId};
use crate::list::List;
use crate::record;
use crate::users::{Users, with_body};

impl BrivoClient {
    /// The credential bank.
    #[must_use]
    pub fn credentials(&self) -> Credentials<'_> {
        Credentials(self)
    }
}

/// Operations on credentials.
#[derive(Clone, Copy, Debug)]
pub struct Credentials<'a>(pub(crate) &'a BrivoClient);

impl Credentials<'_> {
    /// The bank: `GET /credentials`.
    pub fn list(&self) -> List<Credential> {
        List::new(self.0, "credentials.list", &["credentials"], |c| {
            c.id.to_string()
        })
    }

    /// Creates a credential: `POST /credentials`. Not idempotent; an error of kind
    /// [`Conflict`](crate::ErrorKind::Conflict) with the code
    /// [`DUPLICATE_CREDENTIAL`](crate::codes::DUPLICATE_CREDENTIAL) where there is one like it.
    /// [`Credentials::ensure`] finds that one.
    pub fn create(&self, credential: &NewCredential) -> Call<Credential> {
        let request = self
            .0
            .request("credentials.create", Method::POST, &["credentials"]);
        Call::json(self.0, with_body(request, credential.body()))
    }

    /// A credential: `GET /credentials/{id}`.
    pub fn get(&self, id: CredentialId) -> Call<Credential> {
        Call::json(self.0, self.on(id, "credentials.get", Method::GET, &[]))
    }

    /// Deletes a credential: `DELETE /credentials/{id}`.
    pub fn delete(&self, id: CredentialId) -> Call<Removal> {
        Call::removal(
            self.0,
            self.on(id, "credentials.delete", Method::DELETE, &[]),
        )
    }

    /// The formats of the account: `GET /credentials/formats`. Comes whole.
    pub fn formats(&self) -> Call<Listing<CredentialFormat>> {
        let path = ["credentials", "formats"];
        Call::whole(
            self.0,
            self.0.request("credentials.formats", Method::GET, &path),
        )
    }

    /// Who holds a credential: `GET /credentials/{id}/user`. None (404) where nobody does, or there
    /// is no such credential.
    pub fn holder(&self, id: CredentialId) -> Call<Option<Member>> {
        let request = self.on(id, "credentials.holder", Method::GET, &["user"]);
        Call::new(self.0, request, |sent| match sent {
            Ok(reply) => record::of(&reply).map(Some),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        })
    }

    fn on(
        &self,
        id: CredentialId,
        operation: &'static str,
        method: Method,
        rest: &[&str],
    ) -> Result<Request, Error> {
        self.0
            .request_on("credentials", id.0, operation, method, rest)
    }
}

impl List<Credential> {
    /// Only those that somebody holds, or nobody.
    pub fn assigned(self, assigned: bool) -> Self {
        let word = if assigned { "assigned" } else { "unassigned" };
        self.try_filter(Filter::eq("status", word))
    }

    /// Those whose referenceId *contains* this text; compare exactly yourself.
    pub fn reference_id(self, part: &str) -> Self {
        self.try_filter(Filter::eq("reference_id", part))
    }

    /// Those whose facility code *contains* this text.
    pub fn facility_code(self, part: &str) -> Self {
        self.try_filter(Filter::eq("facility_code", part))
    }
}

impl Users<'_> {
    /// What a user holds, with dates: `GET /users/{userId}/credentials`. Comes whole. A PIN is there
    /// as format [`formats::PIN`](crate::formats::PIN).
    pub fn credentials(&self, id: UserId) -> Call<Listing<Credential>> {
        Call::whole(
            self.0,
            self.on(id, "users.credentials", Method::GET, &["credentials"]),
        )
    }

    /// Gives a credential to a user, or changes its dates:
    /// `PUT /users/{userId}/credentials/{credentialId}`.
    ///
    /// Idempotent. What Brivo does with a credential that somebody else holds is not documented;
    /// ask [`Credentials::holder`] first. How to take an end away is not documented either: unassign
    /// and assign again.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config), unsent, where the end is not after the begin;
    /// [`Invalid`](crate::ErrorKind::Invalid) (400, "Credential not valid");
    /// [`NotFound`](crate::ErrorKind::NotFound) for the user.
    pub fn assign_credential(
        &self,
        id: UserId,
        credential: CredentialId,
        validity: Validity,
    ) -> Call<()> {
        let path = ["credentials", &credential.to_string()];
        let request = self.on(id, "users.assign_credential", Method::PUT, &path);
        Call::done(self.0, with_body(request, validity.body()))
    }

    /// Takes a credential from a user: `DELETE /users/{userId}/credentials/{credentialId}`. It stays
    /// in the bank. This also revokes a mobile pass that was redeemed.
    pub fn unassign_credential(&self, id: UserId, credential: CredentialId) -> Call<Removal> {
        let path = ["credentials", &credential.to_string()];
        Call::removal(
            self.0,
            self.on(id, "users.unassign_credential", Method::DELETE, &path),
        )
    }
}
