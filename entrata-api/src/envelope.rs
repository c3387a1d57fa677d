//! Telling Entrata's answers from its faults, most of which come inside HTTP 200.

use access_sync_http::limit::Signal;
use access_sync_http::{Envelope, ErrorKind, Fault, StatusEnvelope, redact, retry_after};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderMap, Response, StatusCode};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::limits::{self, RateWindow};

/// Entrata's envelope: `{"response":{"requestId","code","result"}}`, or an error in one of several
/// shapes, with any HTTP status.
///
/// Only a `result` beside a `code` of 2xx (or none) in an HTTP 2xx proves success. A blank body,
/// HTML, a document with control characters in it and a document that says neither yes nor no are
/// [`ErrorKind::Decode`]: a failed call, never "no residents".
#[derive(Clone, Copy, Debug, Default)]
pub struct EntrataEnvelope;

impl Envelope for EntrataEnvelope {
    fn classify(&self, response: &Response<Bytes>, now: DateTime<Utc>) -> Result<(), Fault> {
        let status = response.status();
        let by_status = StatusEnvelope::kind(status);
        let fault = match (read(response.body()), by_status) {
            (Verdict::Success(_), None) => return Ok(()),
            (Verdict::Success(_), Some(kind)) => Fault::new(gateway_kind(status, kind)),
            (Verdict::Neither(reason), None) => Fault::new(ErrorKind::Decode).message(reason),
            (Verdict::Neither(_), Some(kind)) => Fault::new(gateway_kind(status, kind)),
            (Verdict::Error { code, message }, _) => {
                let kind = kind_of(code.as_deref(), message.as_deref(), status);
                let mut fault = Fault::new(kind);
                fault.code = code;
                fault.message = message;
                fault
            }
        };
        Err(match fault.kind {
            ErrorKind::Throttled => throttled(fault, response.headers(), now),
            _ => fault.after(retry_after(response.headers(), now)),
        })
    }

    fn quotas(&self, headers: &HeaderMap) -> Vec<Signal> {
        limits::rate_windows(headers)
            .iter()
            .map(RateWindow::signal)
            .collect()
    }
}

/// What a body says.
pub(crate) enum Verdict<'a> {
    Success(Answer<'a>),
    Error {
        code: Option<String>,
        message: Option<String>,
    },
    /// Neither; why.
    Neither(String),
}

/// A body that proves success.
pub(crate) struct Answer<'a> {
    pub(crate) request_id: Option<String>,
    pub(crate) result: &'a RawValue,
}

pub(crate) fn read(body: &[u8]) -> Verdict<'_> {
    let outer: Parts<'_> = match shape(body).and_then(|()| parse(body)) {
        Ok(parts) => parts,
        Err(reason) => return Verdict::Neither(reason),
    };
    let inner: Parts<'_> = match outer.response {
        None => Parts::default(),
        Some(raw) if raw.get().starts_with('{') => match parse(raw.get().as_bytes()) {
            Ok(parts) => parts,
            Err(reason) => return Verdict::Neither(reason),
        },
        Some(_) => return Verdict::Neither("`response` is no object".into()),
    };
    // The specification shows answers without the `response` wrapper, and errors on either level.
    for parts in [&inner, &outer] {
        if let Some((code, message)) = parts.error() {
            return Verdict::Error { code, message };
        }
    }
    match inner.result.or(outer.result) {
        Some(result) => Verdict::Success(Answer {
            request_id: text(inner.request_id.or(outer.request_id)),
            result,
        }),
        None => match text(inner.message.or(outer.message)) {
            Some(message) => Verdict::Error {
                code: None,
                message: Some(message),
            },
            None => Verdict::Neither("neither a result nor an error".into()),
        },
    }
}

/// One level of the envelope.
#[derive(Default, Deserialize)]
struct Parts<'a> {
    #[serde(borrow)]
    response: Option<&'a RawValue>,
    #[serde(borrow, rename = "requestId")]
    request_id: Option<&'a RawValue>,
    #[serde(borrow)]
    code: Option<&'a RawValue>,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
    #[serde(borrow)]
    message: Option<&'a RawValue>,
}

type CodeAndMessage = (Option<String>, Option<String>);

impl Parts<'_> {
    fn error(&self) -> Option<CodeAndMessage> {
        if let Some(raw) = self.error.filter(|raw| !is_empty(raw)) {
            let inner: Parts<'_> = parse(raw.get().as_bytes()).unwrap_or_default();
            let code = text(inner.code).or_else(|| text(self.code));
            let message = text(inner.message)
                .or_else(|| text(Some(raw)))
                .or_else(|| text(self.message));
            return Some((code, message));
        }
        let code = text(self.code);
        let bad_code = code.as_deref().is_some_and(|code| {
            !code
                .parse::<u16>()
                .is_ok_and(|code| (200..300).contains(&code))
        });
        let says_error = text(self.result).is_some_and(|word| word.eq_ignore_ascii_case("error"));
        (bad_code || says_error).then(|| {
            let words = text(self.result).filter(|word| !word.eq_ignore_ascii_case("error"));
            (code, text(self.message).or(words))
        })
    }
}

/// What is plainly no JSON object is told apart, as it happens most.
fn shape(body: &[u8]) -> Result<(), String> {
    match body.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None => Err("the body is blank".into()),
        Some(b'{') => Ok(()),
        Some(b'<') => Err("the body is HTML or XML, not JSON".into()),
        Some(0x1f) => Err("the body is compressed, which was not asked for".into()),
        Some(_) => Err("the body is no JSON object".into()),
    }
}

fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|error| redact::serde_message(&error))
}

/// A text or a number as text; none for anything else.
fn text(raw: Option<&RawValue>) -> Option<String> {
    let raw = raw?.get();
    match raw.as_bytes().first()? {
        b'"' => {
            let text: String = serde_json::from_str(raw).ok()?;
            let text = text.trim();
            (!text.is_empty()).then(|| text.to_owned())
        }
        b'-' | b'0'..=b'9' => Some(raw.to_owned()),
        _ => None,
    }
}

/// PHP's empty containers and blank texts stand for nothing.
pub(crate) fn is_empty(raw: &RawValue) -> bool {
    let text = raw.get().trim();
    let mut inner = text
        .bytes()
        .skip(1)
        .filter(|byte| !byte.is_ascii_whitespace());
    match text.as_bytes().first() {
        Some(b'{') => inner.next() == Some(b'}'),
        Some(b'[') => inner.next() == Some(b']'),
        Some(b'"') => inner.next() == Some(b'"'),
        _ => text == "null",
    }
}

pub(crate) fn kind_of(code: Option<&str>, message: Option<&str>, status: StatusCode) -> ErrorKind {
    let by_status = || match StatusEnvelope::kind(status) {
        Some(kind) => gateway_kind(status, kind),
        None => ErrorKind::Invalid,
    };
    let Some(code) = code.and_then(|code| code.parse::<u16>().ok()) else {
        return by_status();
    };
    match code {
        100..=199 => ErrorKind::Authentication,
        // The caller lacks the property, or it is disabled; the application lacks it.
        301 | 311 => ErrorKind::Permission,
        // Clients treat it as passing; its meaning is not documented.
        310 => ErrorKind::Server,
        400 if names_the_method(message) => ErrorKind::Unroutable,
        400 => ErrorKind::Invalid,
        401 => ErrorKind::Authentication,
        403 => ErrorKind::Permission,
        404 => ErrorKind::Unroutable,
        408 => ErrorKind::Timeout,
        429 => ErrorKind::Throttled,
        500..=599 => ErrorKind::Server,
        _ => by_status(),
    }
}

/// On this API a 404 is about the address; nothing is named in a path but the service.
fn gateway_kind(status: StatusCode, kind: ErrorKind) -> ErrorKind {
    match status {
        StatusCode::NOT_FOUND => ErrorKind::Unroutable,
        _ => kind,
    }
}

fn names_the_method(message: Option<&str>) -> bool {
    let message = message.unwrap_or_default().to_ascii_lowercase();
    message.contains("method") || message.contains("version")
}

/// Waits for the slowest of the windows that are used up; a used-up day is no case for waiting.
fn throttled(mut fault: Fault, headers: &HeaderMap, now: DateTime<Utc>) -> Fault {
    let windows = limits::rate_windows(headers);
    let exhausted: Vec<_> = windows
        .iter()
        .filter(|window| window.remaining == Some(0))
        .collect();
    let reset = exhausted.iter().filter_map(|window| window.reset_in).max();
    fault.retry_after = reset.max(retry_after(headers, now));
    if let Some(slowest) = exhausted.iter().max_by_key(|window| window.period) {
        let vendor = fault.message.take().unwrap_or_default();
        fault.message = Some(format!("{vendor} (used up: {slowest})"));
        if slowest.period >= limits::DAY {
            fault.kind = ErrorKind::QuotaExhausted;
        }
    }
    fault
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn classify(status: u16, headers: &[(&str, &str)], body: &str) -> Result<(), Fault> {
        let mut builder = Response::builder().status(status);
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        let response = builder.body(Bytes::from(body.to_owned())).unwrap();
        EntrataEnvelope.classify(&response, DateTime::UNIX_EPOCH)
    }

    #[test]
    fn every_shape_of_success() {
        for body in [
            r#"{"response":{"requestId":"15","code":200,"result":{"a":1}}}"#,
            r#"{"response":{"requestId":15,"code":"200","result":{}}}"#,
            r#"{"response":{"result":[]}}"#,
            r#"{"response":{"result":"No records found"}}"#,
            r#"{"requestId":"15","code":200,"result":{}}"#,
            r#"{"code":200,"response":{"result":{}}}"#,
            r#"{"response":{"code":200,"error":{},"result":{}}}"#,
            r#"{"response":{"code":200,"error":null,"result":{}}}"#,
        ] {
            assert_eq!(classify(200, &[], body), Ok(()), "{body}");
        }
    }

    #[test]
    fn every_shape_of_error_is_told_by_its_code() {
        use ErrorKind::*;
        for (status, body, kind, code) in [
            (
                200,
                r#"{"response":{"error":{"code":113,"message":"wrong"}}}"#,
                Authentication,
                Some("113"),
            ),
            (
                200,
                r#"{"response":{"error":{"code":"301","message":"no"}}}"#,
                Permission,
                Some("301"),
            ),
            (
                403,
                r#"{"response":{"error":{"code":311,"message":"no"}}}"#,
                Permission,
                Some("311"),
            ),
            (
                200,
                r#"{"response":{"error":{"code":310,"message":"?"}}}"#,
                Server,
                Some("310"),
            ),
            (
                400,
                r#"{"response":{"error":{"code":400,"message":"Method name not found."}}}"#,
                Unroutable,
                Some("400"),
            ),
            (
                400,
                r#"{"response":{"error":{"code":400,"message":"propertyId is required."}}}"#,
                Invalid,
                Some("400"),
            ),
            (
                200,
                r#"{"response":{"error":{"code":429,"message":"limit"}}}"#,
                Throttled,
                Some("429"),
            ),
            (
                200,
                r#"{"response":{"error":{"code":502,"message":"x"}}}"#,
                Server,
                Some("502"),
            ),
            (
                200,
                r#"{"response":{"error":{"code":377,"message":"x"}}}"#,
                Invalid,
                Some("377"),
            ),
            (
                403,
                r#"{"response":{"error":{"code":377,"message":"x"}}}"#,
                Permission,
                Some("377"),
            ),
            (
                200,
                r#"{"response":{"error":{"message":"x"}}}"#,
                Invalid,
                None,
            ),
            (200, r#"{"response":{"error":"x"}}"#, Invalid, None),
            (
                200,
                r#"{"response":{"code":301,"result":"error","message":"x"}}"#,
                Permission,
                Some("301"),
            ),
            (
                200,
                r#"{"response":{"code":200,"result":"error","message":"x"}}"#,
                Invalid,
                Some("200"),
            ),
            (
                200,
                r#"{"response":{"code":301,"result":{"leases":{}}}}"#,
                Permission,
                Some("301"),
            ),
            (
                200,
                r#"{"response":{"code":"abc","result":{}}}"#,
                Invalid,
                Some("abc"),
            ),
            (
                200,
                r#"{"code":301,"response":{"code":301,"message":"x"}}"#,
                Permission,
                Some("301"),
            ),
            (200, r#"{"error":{"message":"x"}}"#, Invalid, None),
            (401, r#"{"message":"Unauthorized"}"#, Authentication, None),
            (200, r#"{"message":"Unauthorized"}"#, Invalid, None),
            (404, "<html>", Unroutable, None),
            (503, "", Server, None),
            (
                500,
                r#"{"response":{"code":200,"result":{}}}"#,
                Server,
                None,
            ),
            (302, "", Unroutable, None),
        ] {
            let fault = classify(status, &[], body).unwrap_err();
            assert_eq!(
                (fault.kind, fault.code.as_deref()),
                (kind, code),
                "{status} {body}"
            );
        }
    }

    #[test]
    fn what_proves_nothing_is_a_failed_call_and_never_an_empty_list() {
        for body in [
            "",
            "  \n",
            "<html><body>Sign in</body></html>",
            "null",
            "[]",
            "\"No records found\"",
            "{}",
            r#"{"response":{}}"#,
            r#"{"response":[]}"#,
            r#"{"response":{"code":200}}"#,
            r#"{"response":{"code":200,"result":null}}"#,
            r#"{"response":{"code":200,"result":{"leases":{"lease":[{"id":"1"}"#,
            "{\"response\":{\"code\":200,\"result\":{\"a\":\"b\u{1}c\"}}}",
            "{\"response\":{\"result\":{}}} trailing",
        ] {
            let fault = classify(200, &[], body).unwrap_err();
            assert_eq!(fault.kind, ErrorKind::Decode, "{body}");
        }
        let brackets = "[".repeat(1_000_000);
        let deep = format!("{{\"response\":{{\"result\":{brackets}");
        assert_eq!(
            classify(200, &[], &deep).unwrap_err().kind,
            ErrorKind::Decode
        );
    }

    #[test]
    fn a_throttle_waits_for_the_slowest_used_up_window_and_a_used_up_day_is_a_quota() {
        let headers = |remaining: &'static str| {
            [
                ("X-RateLimit-Limit", "10000/day;1000/hour;300/minute"),
                ("X-RateLimit-Remaining", remaining),
                ("X-RateLimit-Reset", "40123;1523;23"),
            ]
        };
        let fault = classify(429, &headers("8120/day;412/hour;0/minute"), "").unwrap_err();
        assert_eq!(fault.kind, ErrorKind::Throttled);
        assert_eq!(fault.retry_after, Some(Duration::from_secs(23)));
        let fault = classify(429, &headers("8120/day;0/hour;0/minute"), "").unwrap_err();
        assert_eq!(fault.retry_after, Some(Duration::from_secs(1523)));
        let fault = classify(429, &headers("0/day;412/hour;299/minute"), "").unwrap_err();
        assert_eq!(fault.kind, ErrorKind::QuotaExhausted);
        assert!(fault.message.unwrap().contains("10000/day"));
        let fault = classify(429, &[("retry-after", "7")], "").unwrap_err();
        assert_eq!(fault.retry_after, Some(Duration::from_secs(7)));
    }
}
