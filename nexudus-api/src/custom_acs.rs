//! Standing in as an access-control system ("Custom ACS").
//!
//! Nexudus itself works out which groups a customer should be in, and tells a service of ours
//! (learn.nexudus.com, "Custom access control API"). The service has two endpoints: one that lists
//! groups (`GET`, [`AcsGroupsRequest`], answered by a JSON array of [`AcsGroup`]), so that staff can
//! link them to rooms, desks and passes, and one that takes updates (`POST`, [`AcsUpdate`]; HTTPS
//! only). Both are called with `Authorization: Bearer …`, if a token
//! is set ([`acs_authorized`]).

use std::fmt;

use access_sync_http::{Error, ExposeSecret, SecretString, decode};
use chrono::{DateTime, Utc};
use http::HeaderMap;
use http::header::AUTHORIZATION;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::{BusinessId, CoworkerId, Personal, Secret};
use access_sync_http::decode::Object;

/// A group that staff can link things to. Nexudus does not publish the field names; `id` and `name`
/// are the ones that its pages suggest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AcsGroup {
    /// What updates name it by.
    pub id: String,
    /// What staff see.
    pub name: String,
}

impl AcsGroup {
    /// A group.
    #[must_use]
    pub fn new(id: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
        }
    }
}

/// Who asks for the groups: a member of staff at one location.
///
/// ```
/// use nexudus_api::AcsGroupsRequest;
/// let mut headers = http::HeaderMap::new();
/// headers.insert("X-Nexudus-Business-UniqueId", http::HeaderValue::from_static("61e655f4"));
/// let asked = AcsGroupsRequest::from_headers(&headers);
/// assert_eq!(asked.business_unique_id.as_deref(), Some("61e655f4"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AcsGroupsRequest {
    /// The location's GUID, as in [`AcsBusiness::unique_id`]; `X-Nexudus-Business-UniqueId`.
    pub business_unique_id: Option<String>,
    /// The GUID of the administrator who looks at the page; `X-Nexudus-User-UniqueId`.
    pub user_unique_id: Option<String>,
}

impl AcsGroupsRequest {
    /// Reads the headers of a call. Ask [`acs_authorized`] first.
    #[must_use]
    pub fn from_headers(headers: &HeaderMap) -> Self {
        let text = |name: &str| {
            let text = headers.get(name)?.to_str().ok()?.trim();
            (!text.is_empty()).then(|| text.to_owned())
        };
        Self {
            business_unique_id: text("x-nexudus-business-uniqueid"),
            user_unique_id: text("x-nexudus-user-uniqueid"),
        }
    }
}

/// One customer's access at one location, **whole**: groups that are not named are to be taken away.
///
/// Order and repetition are not promised; of several updates for the same customer and location the
/// one with the latest [`time`](AcsUpdate::time) counts.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AcsUpdate {
    /// When Nexudus worked it out.
    #[serde(deserialize_with = "crate::field::required")]
    pub time: DateTime<Utc>,
    /// The location.
    pub business: AcsBusiness,
    /// The customer.
    pub coworker: AcsCoworker,
    /// All groups that the customer should be in now. A body without them is refused rather than
    /// read as none.
    pub groups: Vec<String>,
    /// When the customer is to leave which group, as far as it is known.
    #[serde(default, deserialize_with = "decode::one_or_many")]
    pub schedule: Vec<AcsExpiry>,
}

/// The location of an update.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AcsBusiness {
    /// Its id.
    #[serde(deserialize_with = "crate::field::required")]
    pub id: BusinessId,
    /// Its name.
    #[serde(default, deserialize_with = "crate::field::optional")]
    pub name: Option<String>,
    /// Its GUID.
    #[serde(default, deserialize_with = "crate::field::optional")]
    pub unique_id: Option<String>,
}

/// The customer of an update.
#[derive(Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AcsCoworker {
    /// Its id.
    #[serde(deserialize_with = "crate::field::required")]
    pub id: CoworkerId,
    /// Its e-mail address.
    #[serde(default, deserialize_with = "crate::field::optional")]
    pub email: Option<Personal>,
    /// Its GUID.
    #[serde(default, deserialize_with = "crate::field::optional")]
    pub unique_id: Option<String>,
    /// Its PIN.
    #[serde(default, deserialize_with = "crate::field::optional")]
    pub access_pincode: Option<Secret>,
    /// Names of cards, fobs and the full name are not published: see [`AcsCoworker::field`].
    #[serde(flatten, skip_serializing)]
    rest: Map<String, Json>,
}

impl AcsCoworker {
    /// A field that is not typed here, by its name on the wire. May be personal or secret.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Json> {
        self.rest.get(name)
    }
}

impl fmt::Debug for AcsCoworker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AcsCoworker")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// When a customer is to leave a group.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct AcsExpiry {
    /// The group.
    #[serde(deserialize_with = "crate::field::required")]
    pub group: String,
    /// From then on it no longer holds. The key is in snake case, unlike all others.
    #[serde(default, deserialize_with = "crate::field::optional")]
    pub expires_on: Option<DateTime<Utc>>,
}

impl AcsUpdate {
    /// Reads an update.
    ///
    /// # Errors
    /// [`access_sync_http::ErrorKind::Decode`] with the path of the fault; also where `groups` is
    /// missing or null.
    pub fn parse(body: &[u8]) -> Result<Self, Error> {
        decode::json(body).map(|Object(update)| update)
    }
}

/// Does the request carry the token that was set in Nexudus? Takes the same time for every wrong
/// token of the same length.
#[must_use]
pub fn acs_authorized(headers: &HeaderMap, token: &SecretString) -> bool {
    let Some(sent) = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.as_bytes().strip_prefix(b"Bearer "))
    else {
        return false;
    };
    let token = token.expose_secret().as_bytes();
    let differing = sent
        .iter()
        .zip(token)
        .fold(0_u8, |all, (a, b)| all | (a ^ b));
    !token.is_empty() && sent.len() == token.len() && differing == 0
}
