//! Credentials on their way into a request.

use std::fmt;
use std::time::Instant;

use async_trait::async_trait;
use base64::Engine as _;
use http::header::{AUTHORIZATION, HeaderName};
use http::{HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use crate::{ClientCore, Error};

/// Which credential a request went out with, so that only that one is thrown away when it is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuthTicket(pub u64);

/// Puts credentials into a request's headers.
#[async_trait]
pub trait Authorize: fmt::Debug + Send + Sync {
    /// Adds headers. `core` sends without authorization and shares the client's transport, limiter
    /// and clock, for schemes that must fetch a token first.
    ///
    /// # Errors
    /// Whatever fetching a token can meet.
    async fn authorize(
        &self,
        core: &ClientCore,
        headers: &mut HeaderMap,
    ) -> Result<AuthTicket, Error>;

    /// As [`Authorize::authorize`], where that takes no waiting: asked first, at the time `now` of the
    /// client's clock. `None`, with `headers` as they were, where something has to be fetched; and
    /// unless said otherwise.
    fn authorize_now(
        &self,
        _now: Instant,
        _headers: &mut HeaderMap,
    ) -> Option<Result<AuthTicket, Error>> {
        None
    }

    /// The server refused this credential, or says so; `error` has its status and code. Says whether
    /// a new try with another one makes sense.
    fn refused(&self, _ticket: AuthTicket, _error: &Error) -> bool {
        false
    }
}

/// No credentials.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoAuth;

#[async_trait]
impl Authorize for NoAuth {
    async fn authorize(&self, _: &ClientCore, _: &mut HeaderMap) -> Result<AuthTicket, Error> {
        Ok(AuthTicket(0))
    }

    fn authorize_now(&self, _: Instant, _: &mut HeaderMap) -> Option<Result<AuthTicket, Error>> {
        Some(Ok(AuthTicket(0)))
    }
}

/// The same headers on every request: an API key, HTTP Basic.
#[derive(Clone, Default)]
pub struct StaticHeaders(HeaderMap);

impl StaticHeaders {
    /// No headers; add some.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a header with a secret value.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Config`] where the secret has characters that a header cannot hold (a
    /// line break at the end of a file, as a rule).
    pub fn with(mut self, name: HeaderName, secret: &SecretString) -> Result<Self, Error> {
        let value = secret_value(secret.expose_secret())?;
        self.0.insert(name, value);
        Ok(self)
    }

    /// Adds `Authorization: Basic …`.
    ///
    /// # Errors
    /// As [`StaticHeaders::with`].
    pub fn basic(mut self, user: &str, password: &SecretString) -> Result<Self, Error> {
        self.0.insert(AUTHORIZATION, basic_header(user, password)?);
        Ok(self)
    }

    fn add_to(&self, headers: &mut HeaderMap) {
        for (name, value) in &self.0 {
            headers.insert(name, value.clone());
        }
    }
}

#[async_trait]
impl Authorize for StaticHeaders {
    async fn authorize(
        &self,
        _: &ClientCore,
        headers: &mut HeaderMap,
    ) -> Result<AuthTicket, Error> {
        self.add_to(headers);
        Ok(AuthTicket(0))
    }

    fn authorize_now(
        &self,
        _: Instant,
        headers: &mut HeaderMap,
    ) -> Option<Result<AuthTicket, Error>> {
        self.add_to(headers);
        Some(Ok(AuthTicket(0)))
    }
}

impl fmt::Debug for StaticHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.0.keys().map(HeaderName::as_str).collect();
        f.debug_tuple("StaticHeaders").field(&names).finish()
    }
}

/// The value of an `Authorization: Basic` header, marked sensitive.
///
/// # Errors
/// [`crate::ErrorKind::Config`] where the user name holds a colon, which Basic cannot carry.
pub fn basic_header(user: &str, password: &SecretString) -> Result<HeaderValue, Error> {
    if user.contains(':') {
        return Err(Error::config(
            "a user name with a colon cannot be sent by HTTP Basic",
        ));
    }
    let pair = format!("{user}:{}", password.expose_secret());
    let encoded = base64::engine::general_purpose::STANDARD.encode(pair);
    secret_value(&format!("Basic {encoded}"))
}

pub(crate) fn secret_value(text: &str) -> Result<HeaderValue, Error> {
    let mut value = HeaderValue::from_str(text).map_err(|_| {
        Error::config("a credential has characters that a header cannot hold (a line break?)")
    })?;
    value.set_sensitive(true);
    Ok(value)
}
