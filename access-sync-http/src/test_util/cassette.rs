//! Real answers, kept without secrets and people, and played again without a network.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::form_urlencoded;

use crate::{Transport, TransportError};

/// Recorded exchanges, in order: to be written as JSON beside a test.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Cassette {
    /// The exchanges.
    pub exchanges: Vec<Exchange>,
}

/// One request and its answer, masked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Exchange {
    /// The HTTP method.
    pub method: String,
    /// The path and query, masked; never the host.
    pub path: String,
    /// The request's body, masked; empty where there is none.
    #[serde(default)]
    pub request: String,
    /// The answer's status.
    pub status: u16,
    /// The answer's headers, as far as they are known to be harmless.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// The answer's body, masked.
    pub body: String,
}

/// What is taken out of a recording.
///
/// Fields and parameters are known by their names, whatever their case and whatever `_` or `-` they
/// hold; a text becomes `masked`, a number 0, and what lies in an object or array under such a name
/// is masked with it. A text with an `@` is masked under any name. Read a recording before you
/// commit it: a name that this list does not know is kept.
#[derive(Clone, Debug)]
pub struct Mask(Vec<String>);

const NAMES: &str = "accesscode accountnumber address address1 address2 apikey authorization \
    birthdate cardnumber clientid clientsecret code companyname credentials dateofbirth displayname \
    email emailaddress externalid facility firstname fullname idtoken lastname mailbox middlename \
    mobile mobilephone nickname passphrase password phone phonenumber phonenumbers pin postalcode \
    referenceid referencenumber refreshtoken accesstoken secret signature ssn state street token \
    totp username zip";

/// Headers that carry counts and formats, never people.
const HEADERS: [&str; 4] = [
    "content-type",
    "retry-after",
    "date",
    "x-mashery-error-code",
];

impl Default for Mask {
    fn default() -> Self {
        Self(NAMES.split_whitespace().map(str::to_owned).collect())
    }
}

impl Mask {
    /// The usual names of credentials and personal data.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One name more.
    #[must_use]
    pub fn also(mut self, name: &str) -> Self {
        self.0.push(plain(name));
        self
    }

    fn hides(&self, name: &str) -> bool {
        let name = plain(name);
        self.0.contains(&name)
    }

    fn value(&self, value: &mut Value, hidden: bool) {
        match value {
            Value::String(text) if hidden || text.contains('@') => *text = "masked".into(),
            Value::Number(number) if hidden => *number = 0.into(),
            Value::Array(items) => items.iter_mut().for_each(|v| self.value(v, hidden)),
            Value::Object(fields) => {
                for (name, value) in fields {
                    let hidden = hidden || self.hides(name);
                    self.value(value, hidden);
                }
            }
            _ => {}
        }
    }

    fn pairs(&self, encoded: &str) -> String {
        let mut out = form_urlencoded::Serializer::new(String::new());
        for (name, value) in form_urlencoded::parse(encoded.as_bytes()) {
            let hidden = self.hides(&name) || value.contains('@');
            out.append_pair(&name, if hidden { "masked" } else { &value });
        }
        out.finish()
    }

    fn body(&self, body: &Bytes) -> String {
        if body.is_empty() {
            return String::new();
        }
        if let Ok(mut value) = serde_json::from_slice::<Value>(body) {
            self.value(&mut value, false);
            return value.to_string();
        }
        match std::str::from_utf8(body) {
            Ok(form) if form.contains('=') && !form.contains(['<', '{', ' ', '\n']) => {
                self.pairs(form)
            }
            _ => "masked".into(),
        }
    }

    fn path(&self, uri: &http::Uri) -> String {
        let segments = uri.path().split('/').map(|segment| {
            let personal = segment.contains('@') || segment.to_ascii_lowercase().contains("%40");
            if personal { "masked" } else { segment }
        });
        let path = segments.collect::<Vec<_>>().join("/");
        match uri.query() {
            Some(query) => format!("{path}?{}", self.pairs(query)),
            None => path,
        }
    }
}

fn plain(name: &str) -> String {
    let letters = name.chars().filter(|c| !matches!(c, '_' | '-' | ' '));
    letters.flat_map(char::to_lowercase).collect()
}

/// Sends through another transport, and keeps what went to and fro.
///
/// ```
/// use access_sync_http::test_util::{Mask, MockTransport, Player, Recorder};
///
/// let recorder = Recorder::new(MockTransport::new().reply(200, "{}"), Mask::new().also("unit"));
/// // A client made with `.transport(Arc::new(recorder.clone()))` sends; then:
/// let cassette = recorder.cassette();
/// let player = Player::new(cassette, Mask::new().also("unit"));
/// # let _ = player;
/// ```
#[derive(Clone, Debug)]
pub struct Recorder {
    inner: Arc<dyn Transport>,
    mask: Mask,
    tape: Arc<Mutex<Cassette>>,
}

impl Recorder {
    /// Records what `inner` sends and brings.
    #[must_use]
    pub fn new(inner: impl Transport + 'static, mask: Mask) -> Self {
        Self {
            inner: Arc::new(inner),
            mask,
            tape: Arc::default(),
        }
    }

    /// What was recorded so far.
    #[must_use]
    pub fn cassette(&self) -> Cassette {
        let tape = self.tape.lock().unwrap_or_else(PoisonError::into_inner);
        tape.clone()
    }
}

#[async_trait]
impl Transport for Recorder {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let mut exchange = Exchange {
            method: request.method().to_string(),
            path: self.mask.path(request.uri()),
            request: self.mask.body(request.body()),
            status: 0,
            headers: Vec::new(),
            body: String::new(),
        };
        let response = self.inner.send(request).await?;
        exchange.status = response.status().as_u16();
        exchange.body = self.mask.body(response.body());
        for (name, value) in response.headers() {
            let counts =
                name.as_str().contains("ratelimit") || name.as_str().contains("rate-limit");
            if let (true, Ok(value)) = (counts || HEADERS.contains(&name.as_str()), value.to_str())
            {
                exchange.headers.push((name.to_string(), value.to_owned()));
            }
        }
        let mut tape = self.tape.lock().unwrap_or_else(PoisonError::into_inner);
        tape.exchanges.push(exchange);
        drop(tape);
        Ok(response)
    }
}

/// Answers from a recording, in its order. A request that is not the recorded one (method, path,
/// query and body, masked alike) fails, unsent.
#[derive(Clone, Debug)]
pub struct Player {
    mask: Mask,
    left: Arc<Mutex<VecDeque<Exchange>>>,
}

impl Player {
    /// Plays a recording. The mask must be the recorder's.
    #[must_use]
    pub fn new(cassette: Cassette, mask: Mask) -> Self {
        Self {
            mask,
            left: Arc::new(Mutex::new(cassette.exchanges.into())),
        }
    }

    /// How many exchanges were not asked for yet.
    #[must_use]
    pub fn left(&self) -> usize {
        let left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        left.len()
    }
}

#[async_trait]
impl Transport for Player {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let same = left.front().is_some_and(|next| {
            next.method == request.method().as_str()
                && next.path == self.mask.path(request.uri())
                && next.request == self.mask.body(request.body())
        });
        let Some(next) = left.pop_front().filter(|_| same) else {
            return Err(TransportError::never_sent(
                "the request is not the one that was recorded",
            ));
        };
        let mut response = Response::builder().status(next.status);
        for (name, value) in &next.headers {
            response = response.header(name, value);
        }
        response
            .body(next.body.into())
            .map_err(|_| TransportError::never_sent("the recorded answer is not legal HTTP"))
    }
}
