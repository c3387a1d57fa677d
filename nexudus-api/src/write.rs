//! Judging what a write answered.
//!
//! A failure may come as HTTP 400, but also as HTTP 200 with `WasSuccessful: false`, or as a
//! `Status` of 500 inside HTTP 200. A write counts only where all three agree.

use std::fmt;

use access_sync_http::{Error, ErrorKind, Reply, decode, redact};
use serde::Deserialize;
use serde_json::Value as Json;

use access_sync_http::decode::Object;

/// What every create, update, delete and command answers
/// (developers.nexudus.com, the `post-*` and `put-*` pages).
#[derive(Clone)]
#[non_exhaustive]
pub struct WriteReply {
    /// The status within the body; not always there, not always the HTTP status.
    pub status: Option<i64>,
    /// What Nexudus says, such as "WebHook was successfully updated.".
    pub message: Option<String>,
    /// The record's id, where the reply names one. Nothing else of the value is promised: read the
    /// record anew.
    pub id: Option<i64>,
    /// The value as it came; commands answer with things of their own.
    pub value: Option<Json>,
    /// The faults, field by field.
    pub errors: Vec<FieldError>,
    /// Nexudus' own verdict.
    pub was_successful: bool,
}

/// Why one field was refused.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldError {
    /// The field, such as `CoworkerId`.
    pub property_name: String,
    /// Why.
    pub message: String,
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {}",
            redact::text(&self.property_name),
            redact::text(&self.message)
        )
    }
}

impl fmt::Debug for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FieldError({self})")
    }
}

impl fmt::Debug for WriteReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WriteReply")
            .field("status", &self.status)
            .field("id", &self.id)
            .field("errors", &self.errors)
            .field("was_successful", &self.was_successful)
            .finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Wire {
    #[serde(default, deserialize_with = "decode::optional")]
    status: Option<i64>,
    #[serde(default, deserialize_with = "decode::optional")]
    message: Option<String>,
    #[serde(default)]
    value: Option<Json>,
    #[serde(default)]
    errors: Option<Vec<WireError>>,
    #[serde(deserialize_with = "decode::required")]
    was_successful: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WireError {
    #[serde(default, deserialize_with = "decode::or_default")]
    property_name: String,
    #[serde(default, deserialize_with = "decode::or_default")]
    message: String,
}

impl WriteReply {
    /// Reads a reply, successful or not. [`WriteReply::is_success`] says which.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`] where the body is not such a reply.
    pub fn parse(body: &[u8]) -> Result<Self, Error> {
        let Object(wire): Object<Wire> = decode::json(body)?;
        let id = wire.value.as_ref().and_then(|value| match value {
            Json::Object(fields) => fields.get("Id").and_then(Json::as_i64),
            _ => None,
        });
        Ok(Self {
            status: wire.status,
            message: wire.message,
            id,
            value: wire.value,
            errors: wire
                .errors
                .unwrap_or_default()
                .into_iter()
                .map(|error| FieldError {
                    property_name: error.property_name,
                    message: error.message,
                })
                .collect(),
            was_successful: wire.was_successful,
        })
    }

    /// Does every sign within the body say that it was done?
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.was_successful
            && self.errors.is_empty()
            && self
                .status
                .is_none_or(|status| (200..300).contains(&status))
    }

    fn refusal(&self) -> Error {
        let kind = match self.status {
            Some(401 | 403) => ErrorKind::Permission,
            Some(404) => ErrorKind::NotFound,
            Some(500..=599) => ErrorKind::Server,
            _ => ErrorKind::Invalid,
        };
        let said: Vec<String> = match self.errors.as_slice() {
            [] => vec![redact::text(
                self.message.as_deref().unwrap_or("no reason given"),
            )],
            errors => errors.iter().map(FieldError::to_string).collect(),
        };
        let refused = WriteRefused(self.errors.clone());
        Error::new(kind, said.join("; ")).with_source(refused)
    }
}

/// The cause of an error about a refused write; see [`field_errors`].
#[derive(Clone, Debug)]
struct WriteRefused(Vec<FieldError>);

impl fmt::Display for WriteRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} fields refused", self.0.len())
    }
}

impl std::error::Error for WriteRefused {}

/// Which fields Nexudus refused, where `error` is about a refused write; empty otherwise.
#[must_use]
pub fn field_errors(error: &Error) -> &[FieldError] {
    std::error::Error::source(error)
        .and_then(|source| source.downcast_ref::<WriteRefused>())
        .map_or(&[], |refused| refused.0.as_slice())
}

/// The reply, if every sign says that the write was done.
pub(crate) fn judge(reply: &Reply) -> Result<WriteReply, Error> {
    let write = WriteReply::parse(&reply.body).map_err(|error| reply.fault(error))?;
    if reply.status.is_success() && write.is_success() {
        Ok(write)
    } else {
        Err(reply.fault(write.refusal()))
    }
}
