//! `getStatus`.

use access_sync_http::Error;
use access_sync_http::decode::or_default;
use serde::{Deserialize, Serialize};

use crate::{Call, EntrataClient, Method};

const GET_STATUS: Method = Method::known("status", "getStatus", "r1");

/// What the API says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Status {
    /// `Success`.
    #[serde(default, deserialize_with = "or_default")]
    pub status: String,
    /// In words.
    #[serde(default, deserialize_with = "or_default")]
    pub message: String,
}

impl EntrataClient {
    /// The call behind [`EntrataClient::get_status`].
    #[must_use]
    pub fn get_status_call(&self) -> Call {
        Call::new(GET_STATUS)
    }

    /// Is the API up, and are the credentials good? (`status`, `getStatus` r1)
    ///
    /// It is allowed six times a minute: for a first check by hand, not for a heartbeat.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn get_status(&self) -> Result<Status, Error> {
        self.call(&self.get_status_call()).await
    }
}
