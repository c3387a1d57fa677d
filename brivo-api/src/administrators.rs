//! Who the client is logged in as.

use access_sync_http::decode;
use http::Method;
use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::client::BrivoClient;
use crate::fields::debug_only;
use crate::ids::AdministratorId;

/// The administrator that the token belongs to.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Administrator {
    /// The administrator's number.
    pub id: AdministratorId,
    /// The administrator's id for logging in.
    #[serde(default, deserialize_with = "decode::or_default")]
    pub username: String,
    /// First name.
    #[serde(default, deserialize_with = "decode::or_default")]
    pub first_name: String,
    /// Last name.
    #[serde(default, deserialize_with = "decode::or_default")]
    pub last_name: String,
    /// E-mail address.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub email: Option<String>,
    /// Time zone, in the old style (`US/Central`).
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub timezone: Option<String>,
    /// Rank.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub identity_type: Option<IdentityType>,
    /// Whether this administrator may make others.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub can_create_admins: Option<bool>,
}
debug_only!(Administrator: id, identity_type);

access_sync_http::open_enum! {
    /// An administrator's rank. Lower ranks see less: lists are cut to what they may see.
    pub enum IdentityType {
        /// The account's owner.
        Master = "MASTER",
        /// Sees everything.
        Senior = "SENIOR",
        /// Sees what a role allows.
        Assistant = "ASSISTANT",
    }
}

impl BrivoClient {
    /// Administrators.
    #[must_use]
    pub fn administrators(&self) -> Administrators<'_> {
        Administrators(self)
    }
}

/// Operations on administrators.
#[derive(Clone, Copy, Debug)]
pub struct Administrators<'a>(pub(crate) &'a BrivoClient);

impl Administrators<'_> {
    /// Who this is: `GET /administrators/whoami`. The best check of a connection; on failure
    /// [`Culprit::of`](crate::Culprit::of) tells which credential is wrong.
    pub fn whoami(&self) -> Call<Administrator> {
        let request = self.0.request(
            "administrators.whoami",
            Method::GET,
            &["administrators", "whoami"],
        );
        Call::json(self.0, request)
    }
}
