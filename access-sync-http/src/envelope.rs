//! Telling an answer from a fault.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::header::RETRY_AFTER;
use http::{HeaderMap, Response, StatusCode};

use crate::{ErrorKind, Signal};

/// A fault that an answer reports, by status, header or body.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Fault {
    /// What went wrong.
    pub kind: ErrorKind,
    /// The vendor's code.
    pub code: Option<String>,
    /// The vendor's message, as it came; it is masked before anybody sees it.
    pub message: Option<String>,
    /// How long the server asks to wait.
    pub retry_after: Option<Duration>,
    /// The answer says that nothing was carried out.
    pub refused: bool,
}

impl Fault {
    /// A fault of a kind. Throttles and refused credentials count as not carried out.
    #[must_use]
    pub fn new(kind: ErrorKind) -> Self {
        let refused = matches!(
            kind,
            ErrorKind::Throttled
                | ErrorKind::QuotaExhausted
                | ErrorKind::Authentication
                | ErrorKind::Permission
        );
        Self {
            kind,
            code: None,
            message: None,
            retry_after: None,
            refused,
        }
    }

    /// The same with the vendor's code.
    #[must_use]
    pub fn code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// The same with the vendor's message.
    #[must_use]
    pub fn message(mut self, message: impl Into<String>) -> Self {
        self.message = Some(message.into());
        self
    }

    /// The same with the server's delay.
    #[must_use]
    pub fn after(mut self, delay: Option<Duration>) -> Self {
        self.retry_after = delay;
        self
    }

    /// Whether the answer says that nothing was carried out.
    #[must_use]
    pub fn refused(mut self, refused: bool) -> Self {
        self.refused = refused;
        self
    }
}

/// A vendor's way of saying yes and no.
///
/// It sees the whole answer, so that an error inside HTTP 200, a throttle as 403 or a quota in a
/// header reach the limiter and the retry policy like any other.
pub trait Envelope: fmt::Debug + Send + Sync {
    /// `Ok` only where the answer proves success.
    ///
    /// # Errors
    /// The fault that the answer reports.
    fn classify(&self, response: &Response<Bytes>, now: DateTime<Utc>) -> Result<(), Fault>;

    /// What the headers say of the vendor's own count, on good answers and bad.
    fn quotas(&self, _headers: &HeaderMap) -> Vec<Signal> {
        Vec::new()
    }

    /// The vendor's id of this exchange.
    fn request_id(&self, _headers: &HeaderMap) -> Option<String> {
        None
    }
}

/// By HTTP status alone: 2xx is success, 429 a throttle, the rest by its class.
#[derive(Clone, Copy, Debug, Default)]
pub struct StatusEnvelope;

impl StatusEnvelope {
    /// The kind of fault that a status stands for; `None` for success.
    #[must_use]
    pub fn kind(status: StatusCode) -> Option<ErrorKind> {
        Some(match status.as_u16() {
            200..=299 => return None,
            401 => ErrorKind::Authentication,
            403 => ErrorKind::Permission,
            404 | 410 => ErrorKind::NotFound,
            408 => ErrorKind::Timeout,
            409 | 412 | 423 => ErrorKind::Conflict,
            429 => ErrorKind::Throttled,
            400..=499 => ErrorKind::Invalid,
            500..=599 => ErrorKind::Server,
            // Redirects are refused by the transport and mean a wrong address or a log-in page.
            _ => ErrorKind::Unroutable,
        })
    }
}

impl Envelope for StatusEnvelope {
    fn classify(&self, response: &Response<Bytes>, now: DateTime<Utc>) -> Result<(), Fault> {
        match Self::kind(response.status()) {
            None => Ok(()),
            Some(kind) => Err(Fault::new(kind).after(retry_after(response.headers(), now))),
        }
    }
}

/// The `Retry-After` header as a wait from `now`: seconds, or an HTTP date.
///
/// Never fails: nonsense is none, a date in the past is no wait, and absurd numbers are capped at a
/// year.
#[must_use]
pub fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    const YEAR: u64 = 366 * 24 * 3600;
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        return Some(Duration::from_secs(text.parse().unwrap_or(YEAR).min(YEAR)));
    }
    let date = DateTime::parse_from_rfc2822(text).ok()?;
    let wait = date.signed_duration_since(now).num_seconds();
    Some(Duration::from_secs(
        u64::try_from(wait).unwrap_or(0).min(YEAR),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_survives_every_spelling() {
        let now = DateTime::parse_from_rfc3339("2025-06-01T00:00:00Z")
            .unwrap()
            .to_utc();
        let wait = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, text.parse().unwrap());
            retry_after(&headers, now).map(|d| d.as_secs())
        };
        assert_eq!(wait("7"), Some(7));
        assert_eq!(wait("18446744073709551616"), Some(366 * 24 * 3600));
        assert_eq!(wait("-1"), None);
        assert_eq!(wait("soon"), None);
        assert_eq!(wait("Sun, 01 Jun 2025 00:01:30 GMT"), Some(90));
        assert_eq!(wait("Mon, 01 Jun 2015 00:01:30 GMT"), Some(0));
        assert_eq!(wait("Fri, 31 Dec 9999 23:59:59 GMT"), Some(366 * 24 * 3600));
        assert_eq!(wait(""), None);
    }
}
