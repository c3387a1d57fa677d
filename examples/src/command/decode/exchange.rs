//! Whole answers: `{status, headers, body}`.

use std::time::Duration;

use access_sync_http::{ErrorKind, decode, redact};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use serde::Deserialize;
use serde_json::{Map, Value, json};

#[derive(Clone, Debug)]
pub(super) struct Exchange {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Exchange {
    /// Is the document a whole answer, and not a body that happens to have a `status`?
    pub(super) fn is_whole(document: &Value) -> bool {
        document.get("status").is_some_and(Value::is_number)
            && (document.get("headers").is_some() || document.get("body").is_some())
    }

    /// The body may stand as text, as it came, or as JSON; a header's value as one text or as several.
    pub(super) fn read(document: &[u8]) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Wire {
            #[serde(deserialize_with = "decode::required")]
            status: u16,
            #[serde(default)]
            headers: Map<String, Value>,
            #[serde(default)]
            body: Value,
        }
        let wire: Wire = decode::json(document).map_err(|error| error.message().to_owned())?;
        let status = StatusCode::from_u16(wire.status)
            .map_err(|_| "status: not a status of HTTP".to_owned())?;
        let mut headers = HeaderMap::new();
        for (name, values) in &wire.headers {
            let values = match values {
                Value::Array(values) => values.as_slice(),
                one => std::slice::from_ref(one),
            };
            for text in values.iter().map(text) {
                let name = HeaderName::try_from(name);
                if let (Ok(name), Ok(value)) = (name, HeaderValue::try_from(text)) {
                    headers.append(name, value);
                }
            }
        }
        Ok(Self {
            status,
            headers,
            body: text(&wire.body).into(),
        })
    }

    pub(super) fn response(&self) -> Response<Bytes> {
        let mut response = Response::new(self.body.clone());
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers.clone();
        response
    }

    /// What the client takes the answer for, by the names that all vendors share here.
    pub(super) fn verdict(
        &self,
        kind: Option<ErrorKind>,
        code: Option<&str>,
        message: Option<&str>,
        retry_after: Option<Duration>,
    ) -> Map<String, Value> {
        let kind = kind.map_or("Success".into(), |kind| format!("{kind:?}"));
        let verdict = [
            ("kind", json!(kind)),
            ("status", json!(self.status.as_u16())),
            ("code", json!(code.map(redact::label))),
            (
                "message",
                json!(
                    message
                        .map(redact::text)
                        .filter(|message| !message.is_empty())
                ),
            ),
            (
                "retryAfterSeconds",
                json!(retry_after.map(|wait| wait.as_secs())),
            ),
        ];
        verdict
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect()
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
