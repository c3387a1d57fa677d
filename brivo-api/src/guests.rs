//! Guests, where the account has Guest Management.

use access_sync_http::Error;
use chrono::{DateTime, Utc};
use http::Method;
use serde_json::{Value, json};

use crate::call::{Call, Removal};
use crate::client::BrivoClient;
use crate::fields::{check_range, debug_only, wire_time};
use crate::ids::{GroupId, UserId};
use crate::user::{Email, User};
use crate::users::with_body;

/// What a guest gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GuestCredential {
    /// A PIN that Brivo makes up; it is in the answer.
    #[default]
    Pin,
    /// An invitation to a mobile pass.
    MobilePass,
}

/// A guest to be let in for a while.
#[derive(Clone)]
pub struct NewGuest {
    first_name: String,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    emails: Vec<Email>,
    groups: Vec<GroupId>,
    credential: GuestCredential,
}
debug_only!(NewGuest: from, to, groups, credential);

impl NewGuest {
    /// A guest from `from` to `to`, in `groups`. Brivo wants an e-mail address and a group.
    #[must_use]
    pub fn new(
        first_name: impl Into<String>,
        email: Email,
        groups: impl IntoIterator<Item = GroupId>,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Self {
        Self {
            first_name: first_name.into(),
            from,
            to,
            emails: vec![email],
            groups: groups.into_iter().collect(),
            credential: GuestCredential::default(),
        }
    }

    /// What the guest gets; a PIN unless said otherwise.
    #[must_use]
    pub fn credential(mut self, credential: GuestCredential) -> Self {
        self.credential = credential;
        self
    }

    fn body(&self) -> Result<Value, Error> {
        check_range(Some(self.from), Some(self.to))?;
        if self.first_name.trim().is_empty() {
            return Err(Error::config("a guest needs a first name"));
        }
        if self.groups.is_empty()
            || self
                .emails
                .iter()
                .any(|mail| mail.address.trim().is_empty())
        {
            return Err(Error::config("a guest needs a group and an e-mail address"));
        }
        Ok(json!({
            "user": {
                "firstName": self.first_name,
                "effectiveFrom": wire_time(self.from),
                "effectiveTo": wire_time(self.to),
                "emails": self.emails,
            },
            "groupIds": self.groups,
            "credentialType": match self.credential {
                GuestCredential::Pin => "PIN",
                GuestCredential::MobilePass => "MOBILE_PASS",
            },
        }))
    }
}

impl BrivoClient {
    /// Guests.
    #[must_use]
    pub fn guests(&self) -> Guests<'_> {
        Guests(self)
    }
}

/// Operations on guests.
#[derive(Clone, Copy, Debug)]
pub struct Guests<'a>(&'a BrivoClient);

impl Guests<'_> {
    /// Lets a guest in: `POST /brivo-visitor/create-and-assign-visitor-user`. The answer is a user
    /// of identity type `Visitor`, with a PIN, and `(host name)` for a last name. Brivo answers 400
    /// where a group does not allow visitors. Not idempotent.
    pub fn create(&self, guest: &NewGuest) -> Call<User> {
        let path = ["brivo-visitor", "create-and-assign-visitor-user"];
        let request = self.0.request("guests.create", Method::POST, &path);
        Call::json(self.0, with_body(request, guest.body()))
    }

    /// Removes a guest: `DELETE /brivo-visitor/{visitorUserId}`.
    pub fn delete(&self, id: UserId) -> Call<Removal> {
        Call::removal(
            self.0,
            self.0
                .request_on("brivo-visitor", id.0, "guests.delete", Method::DELETE, &[]),
        )
    }

    /// Makes a guest's invitation to a mobile pass anew ("Regenerate the Digital Invitation for the
    /// Guest"): `POST /brivo-visitor/{visitorUserId}/credentials/digital-invitation`.
    pub fn invite(&self, id: UserId) -> Call<()> {
        let rest = ["credentials", "digital-invitation"];
        Call::done(
            self.0,
            self.0
                .request_on("brivo-visitor", id.0, "guests.invite", Method::POST, &rest),
        )
    }
}
