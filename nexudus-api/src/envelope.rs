//! How Nexudus says yes and no.

use std::time::Duration;

use access_sync_http::{Envelope, ErrorKind, Fault, StatusEnvelope, retry_after};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::Response;
use http::header::CONTENT_TYPE;

use crate::write::WriteReply;

/// The admin API's way: HTTP **409** is a throttle, 401 is a wrong credential *or a missing role*,
/// redirects and HTML are log-in pages.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct NexudusEnvelope;

impl Envelope for NexudusEnvelope {
    fn classify(&self, response: &Response<Bytes>, now: DateTime<Utc>) -> Result<(), Fault> {
        match response.status().as_u16() {
            // A refused write says which fields are wrong; `write::judge` keeps them.
            400 if WriteReply::parse(response.body()).is_ok() => Ok(()),
            401 => Err(Fault::new(ErrorKind::Authentication)
                .message("wrong credentials or a missing role (Nexudus answers both with 401)")),
            _ => common(response, now),
        }
    }
}

/// The token endpoint's way: OAuth errors as JSON.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TokenEnvelope;

#[derive(serde::Deserialize)]
struct OauthError {
    error: String,
    error_description: Option<String>,
}

impl Envelope for TokenEnvelope {
    fn classify(&self, response: &Response<Bytes>, now: DateTime<Utc>) -> Result<(), Fault> {
        // HTTP 400 in the newer documentation, 401 in the older.
        if matches!(response.status().as_u16(), 400 | 401) {
            if let Ok(oauth) = serde_json::from_slice::<OauthError>(response.body()) {
                let kind = match oauth.error.as_str() {
                    "unsupported_grant_type" | "invalid_request" => ErrorKind::Invalid,
                    _ => ErrorKind::Authentication,
                };
                let fault = Fault::new(kind).code(access_sync_http::redact::text(&oauth.error));
                return Err(fault.message(oauth.error_description.unwrap_or_default()));
            }
        }
        common(response, now)
    }
}

fn common(response: &Response<Bytes>, now: DateTime<Utc>) -> Result<(), Fault> {
    let wait: Option<Duration> = retry_after(response.headers(), now);
    match response.status().as_u16() {
        200..=299 => document(response),
        // developers.nexudus.com, "API limitations": 409 with Retry-After. Never a booking conflict.
        409 | 429 => Err(Fault::new(ErrorKind::Throttled).after(wait)),
        300..=399 => {
            Err(Fault::new(ErrorKind::Unroutable).message("a redirect, as a rule to a log-in page"))
        }
        _ => {
            let kind = StatusEnvelope::kind(response.status()).unwrap_or(ErrorKind::Unroutable);
            let fault = Fault::new(kind).after(wait);
            Err(match message(response.body()) {
                Some(text) => fault.message(text),
                None => fault,
            })
        }
    }
}

/// Every operation of this client answers with a JSON document.
fn document(response: &Response<Bytes>) -> Result<(), Fault> {
    let html = response
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| {
            kind.trim_start()
                .to_ascii_lowercase()
                .starts_with("text/html")
        });
    let first = response.body().iter().find(|b| !b.is_ascii_whitespace());
    let fault = Fault::new(ErrorKind::Decode);
    match first {
        None => Err(fault.message("the body is blank")),
        Some(b'<') => Err(fault.message("HTML or XML instead of JSON (a log-in page?)")),
        Some(_) if html => Err(fault.message("HTML instead of JSON (a log-in page?)")),
        Some(_) => Ok(()),
    }
}

fn message(body: &Bytes) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Said {
        #[serde(alias = "Message", alias = "error_description")]
        message: Option<String>,
    }
    serde_json::from_slice::<Said>(body).ok()?.message
}
