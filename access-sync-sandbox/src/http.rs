//! Requests and answers as the services see them, apart from any HTTP library.

use axum::body::Bytes;
use axum::http::HeaderMap;
use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::fault::Service;
use crate::json::Object;
use crate::variants::Variants;

/// A request, read to its end.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// The raw path, and the query where there is one.
    pub(crate) path_and_query: String,
    /// Decoded path segments.
    pub(crate) segments: Vec<String>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The sandbox clock on arrival.
    pub(crate) now: DateTime<Utc>,
    /// `http://127.0.0.1:port`.
    pub(crate) origin: String,
    /// Which spellings are served.
    pub(crate) variants: Variants,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|v| v.to_str().ok())
    }

    pub(crate) fn segment(&self, index: usize) -> &str {
        self.segments.get(index).map_or("", String::as_str)
    }

    /// The first query value of this name.
    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        let pair = self.query.iter().find(|(key, _)| key == name);
        pair.map(|(_, value)| value.as_str())
    }

    /// Whether the content type is `essence`, whatever its parameters.
    pub(crate) fn is_content_type(&self, essence: &str) -> bool {
        self.header("content-type")
            .and_then(|value| value.split(';').next())
            .is_some_and(|value| value.trim().eq_ignore_ascii_case(essence))
    }

    pub(crate) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The fields of a form-urlencoded body.
    pub(crate) fn form(&self) -> Vec<(String, String)> {
        pairs(&String::from_utf8_lossy(&self.body))
    }

    /// User name and password of an `Authorization: Basic` header.
    pub(crate) fn basic(&self) -> Option<(String, String)> {
        use base64::Engine as _;
        let (scheme, encoded) = self.header("authorization")?.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let bytes = base64::engine::general_purpose::STANDARD
            .decode(encoded.trim())
            .ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let (user, password) = text.split_once(':')?;
        Some((user.to_owned(), password.to_owned()))
    }

    /// The token of an `Authorization: bearer` header, whatever the case of the scheme.
    pub(crate) fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header("authorization")?.split_once(' ')?;
        scheme
            .eq_ignore_ascii_case("bearer")
            .then_some(token.trim())
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    /// HTTP status; 0 closes the connection instead of answering.
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Body,
}

#[derive(Debug, Clone)]
pub(crate) enum Body {
    Empty,
    Json(Value),
    /// JSON as it goes over the wire.
    Written(Vec<u8>),
    Bytes {
        content_type: &'static str,
        bytes: Bytes,
    },
    /// No answer ever comes.
    Stalled,
    Text {
        content_type: &'static str,
        text: String,
    },
}

impl Body {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Empty | Self::Json(_) | Self::Stalled => 0,
            Self::Bytes { bytes, .. } => bytes.len(),
            Self::Written(text) => text.len(),
            Self::Text { text, .. } => text.len(),
        }
    }
}

impl Reply {
    /// The same answer with its JSON written out. Entrata's comes from PHP, which escapes every
    /// slash.
    pub(crate) fn into_written(self, service: Service) -> Self {
        match self.body {
            Body::Json(value) => {
                let text = match service {
                    Service::Entrata => value.to_string().replace('/', "\\/"),
                    _ => value.to_string(),
                };
                Self {
                    body: Body::Written(text.into_bytes()),
                    ..self
                }
            }
            _ => self,
        }
    }

    pub(crate) fn object(status: u16, object: Object) -> Self {
        Self::written(status, object.into_text())
    }

    pub(crate) fn json(status: u16, value: Value) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Body::Json(value),
        }
    }

    pub(crate) fn text(status: u16, content_type: &'static str, text: impl Into<String>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Body::Text {
                content_type,
                text: text.into(),
            },
        }
    }

    pub(crate) fn html(status: u16, text: &str) -> Self {
        Self::text(status, "text/html", text)
    }

    pub(crate) fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Body::Empty,
        }
    }

    pub(crate) fn closed() -> Self {
        Self::empty(0)
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// No answer, on a connection that stays open.
    pub(crate) fn stalled() -> Self {
        Self {
            status: 0,
            headers: Vec::new(),
            body: Body::Stalled,
        }
    }

    /// An answer whose JSON is written already.
    pub(crate) fn written(status: u16, text: Vec<u8>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Body::Written(text),
        }
    }

    /// The same answer with its JSON changed; other bodies stay as they are.
    pub(crate) fn edited(self, edit: impl FnOnce(&mut Value)) -> Self {
        let value = match &self.body {
            Body::Json(value) => Some(value.clone()),
            Body::Written(text) => serde_json::from_slice(text).ok(),
            _ => None,
        };
        match value {
            Some(mut value) => {
                edit(&mut value);
                Self {
                    body: Body::Json(value),
                    ..self
                }
            }
            None => self,
        }
    }

    /// The same answer with the second half of its JSON cut off.
    pub(crate) fn truncated(self) -> Self {
        let text = match self.body {
            Body::Json(value) => value.to_string(),
            Body::Written(text) => String::from_utf8(text).unwrap_or_default(),
            body => return Self { body, ..self },
        };
        let cut = (text.len() / 2..text.len())
            .find(|at| text.is_char_boundary(*at))
            .unwrap_or(0);
        Self {
            body: Body::Text {
                content_type: "application/json;charset=utf-8",
                text: text.get(..cut).unwrap_or_default().to_owned(),
            },
            status: self.status,
            headers: self.headers,
        }
    }
}

/// `a=b&c=d` with percent escapes and `+` for a space.
pub(crate) fn pairs(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            (decode(key, true), decode(value, true))
        })
        .collect()
}

/// Percent-decodes; a broken escape stays as it is.
pub(crate) fn decode(text: &str, plus_is_space: bool) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let mut ahead = bytes.clone();
        let escape = (byte == b'%')
            .then(|| Some((hex(ahead.next()?)?, hex(ahead.next()?)?)))
            .flatten();
        match escape {
            Some((high, low)) => {
                out.push(high << 4 | low);
                bytes = ahead;
            }
            None if byte == b'+' && plus_is_space => out.push(b' '),
            None => out.push(byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}
