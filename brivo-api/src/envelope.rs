//! Telling Brivo's answers apart.
//!
//! Three layers answer on Brivo's hosts: the OAuth server, the API itself and the Mashery gateway in
//! front of it. 403 alone can mean five things, so the order here matters: the gateway's own code,
//! then the body's kind, then the status.

use std::borrow::Cow;
use std::time::Duration;

use access_sync_http::{Envelope, ErrorKind, Fault, Signal, StatusEnvelope, retry_after};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderMap, Response, StatusCode};
use serde_json::Value;

/// [`Error::code`](crate::Error::code) of a refused API key.
pub const DEVELOPER_INACTIVE: &str = "ERR_403_DEVELOPER_INACTIVE";
/// [`Error::code`](crate::Error::code) of an API key that the gateway does not know.
pub const NOT_AUTHORIZED: &str = "ERR_403_NOT_AUTHORIZED";
/// [`Error::code`](crate::Error::code) where too many calls came in one second.
pub const OVER_QPS: &str = "ERR_403_DEVELOPER_OVER_QPS";
/// [`Error::code`](crate::Error::code) where the quota of the period is used up.
pub const OVER_RATE: &str = "ERR_403_DEVELOPER_OVER_RATE";
/// [`Error::code`](crate::Error::code) where a credential exists already.
pub const DUPLICATE_CREDENTIAL: &str = "DUPLICATE_CREDENTIAL";
/// [`Error::code`](crate::Error::code) where a credential reaches the user by a linked group.
pub const LINKED_GROUP: &str = "LINKED_GROUP";

/// The way Brivo's hosts say yes and no.
#[derive(Clone, Copy, Debug, Default)]
pub struct BrivoEnvelope;

impl Envelope for BrivoEnvelope {
    fn classify(&self, response: &Response<Bytes>, now: DateTime<Utc>) -> Result<(), Fault> {
        let status = response.status();
        let body = response.body().as_ref();
        if status.is_success() {
            return if markup(body) {
                // A log-in page or a proxy's greeting. Sending it again may help once.
                Err(Fault::new(ErrorKind::Decode).message("a page where an answer was expected"))
            } else {
                Ok(())
            };
        }
        let headers = response.headers();
        let text = String::from_utf8_lossy(body);
        let fault = match gateway_code(headers, status, &text) {
            Some(code) => gateway_fault(&code, status).code(code),
            None => api_fault(status, body),
        };
        Err(fault.after(retry_after(headers, now)))
    }

    fn quotas(&self, headers: &HeaderMap) -> Vec<Signal> {
        // The quota's period is not told, so only the per-second headers say something usable.
        let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
        match (number("x-plan-qps-allotted"), number("x-plan-qps-current")) {
            (Some(limit), Some(used)) if limit > 0 => {
                let second = Duration::from_secs(1);
                vec![Signal::Quota {
                    limit,
                    remaining: limit.saturating_sub(used),
                    period: second,
                    reset_in: second,
                }]
            }
            _ => Vec::new(),
        }
    }

    fn request_id(&self, headers: &HeaderMap) -> Option<String> {
        let id = headers.get("x-mashery-message-id")?.to_str().ok()?;
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        (id.len() <= 64 && id.chars().all(plain)).then(|| id.to_owned())
    }
}

/// The gateway's code, from its header or from the text it puts into the body.
fn gateway_code(headers: &HeaderMap, status: StatusCode, body: &str) -> Option<Cow<'static, str>> {
    if let Some(code) = headers.get("x-mashery-error-code") {
        let code = code
            .to_str()
            .unwrap_or_default()
            .trim()
            .to_ascii_uppercase();
        let legal = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if !code.is_empty() && code.len() <= 64 && code.chars().all(legal) {
            return Some(code.into());
        }
    }
    if status.as_u16() == 596 {
        return Some("ERR_596_SERVICE_NOT_FOUND".into());
    }
    let answers_itself = status == StatusCode::FORBIDDEN || status == StatusCode::TOO_MANY_REQUESTS;
    if !answers_itself || body.trim_start().starts_with('{') {
        return None;
    }
    let body = body.to_ascii_lowercase();
    [
        ("over qps", OVER_QPS),
        ("queries per second", OVER_QPS),
        ("rate limit exceeded", "ERR_403_SERVICE_OVER_QPS"),
        ("over rate", OVER_RATE),
        ("developer inactive", DEVELOPER_INACTIVE),
        ("not authorized", NOT_AUTHORIZED),
    ]
    .into_iter()
    .find(|(text, _)| body.contains(text))
    .map(|(_, code)| code.into())
}

fn gateway_fault(code: &str, status: StatusCode) -> Fault {
    let (kind, message) = if code.ends_with("_OVER_QPS") {
        (ErrorKind::Throttled, "too many calls in a second")
    } else if code.ends_with("_OVER_RATE") {
        (ErrorKind::QuotaExhausted, "the api-key's quota is used up")
    } else if code == DEVELOPER_INACTIVE || code == NOT_AUTHORIZED {
        (
            ErrorKind::Authentication,
            "the api-key is missing, wrong, not approved yet, or of the other region",
        )
    } else if code.starts_with("ERR_596") || code.ends_with("REQUIRES_SSL") {
        (
            ErrorKind::Unroutable,
            "the gateway serves no such path or verb (is /v1/api there, and the region right?)",
        )
    } else {
        let kind = StatusEnvelope::kind(status).unwrap_or(ErrorKind::Server);
        (kind, "refused by the gateway")
    };
    Fault::new(kind).message(message)
}

/// What the API or the OAuth server says: `{code, message}` or `{error, error_description}`.
fn api_fault(status: StatusCode, body: &[u8]) -> Fault {
    let json = serde_json::from_slice::<Value>(body)
        .ok()
        .filter(Value::is_object);
    let text = |key: &str| json.as_ref()?.get(key)?.as_str().map(str::to_owned);
    let number = |key: &str| json.as_ref()?.get(key)?.as_i64().map(|n| n.to_string());
    let error = text("error");
    let message = text("message").or_else(|| text("error_description"));
    let told = |needle: &str| {
        let message = message.as_deref().unwrap_or_default();
        message.to_ascii_lowercase().contains(needle)
    };
    let bad_login = matches!(
        error.as_deref(),
        Some("invalid_grant" | "invalid_client" | "unauthorized_client" | "invalid_token")
    );
    let mut code = error.or_else(|| number("code")).or_else(|| text("code"));
    let kind = match status.as_u16() {
        400 if bad_login => ErrorKind::Authentication,
        // The two places where only the text tells: a repeat of something that is done already.
        400 if told("duplicate credential found") => {
            code = Some(DUPLICATE_CREDENTIAL.into());
            ErrorKind::Conflict
        }
        400 if told("already exist in a linked group") => {
            code = Some(LINKED_GROUP.into());
            ErrorKind::Conflict
        }
        // The API says 404 in JSON. Anything else is a proxy or a wrong base address, and must not
        // be taken for "there is no such user".
        404 if json.is_none() => ErrorKind::Unroutable,
        405 => ErrorKind::Unroutable,
        417 => ErrorKind::Conflict,
        _ => StatusEnvelope::kind(status).unwrap_or(ErrorKind::Server),
    };
    let mut fault = Fault::new(kind);
    // A code is a short word or number; anything else could be a person's.
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ' ');
    fault.code = code.filter(|code| code.len() <= 40 && code.chars().all(word));
    fault.message = message;
    fault
}

fn markup(body: &[u8]) -> bool {
    body.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'<')
}
