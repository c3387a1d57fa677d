//! OAuth 2.0 as the vendors use it: authorization code with `state`, refresh and password grants
//! (RFC 6749), as requests that can be inspected and as a [`TokenSource`].
//!
//! A vendor whose token endpoint has ways of its own builds a source of its own from
//! [`TokenEndpoint::request`] and [`TokenEndpoint::exchange`].
//!
//! ```
//! use access_sync_http::oauth::{AuthorizationUrl, Grant, TokenEndpoint, callback};
//! use access_sync_http::{Endpoint, SecretString};
//!
//! # fn main() -> Result<(), access_sync_http::Error> {
//! let auth = Endpoint::parse("https://auth.example.com")?;
//! // 1. Send the person here; keep the state (unguessable, one for each log-in) in the session.
//! let state = SecretString::from("0Hk3-a-value-nobody-guesses");
//! let url = AuthorizationUrl::new(&auth, &["authorize"], "client-1", "https://me.example/back", &state)?
//!     .scope("doors")
//!     .build();
//! assert!(url.query().is_some_and(|query| query.contains("response_type=code")));
//!
//! // 2. The person comes back with a code.
//! let back = "https://me.example/back?code=c0de&state=0Hk3-a-value-nobody-guesses".parse().unwrap();
//! let code = callback(&back, &state)?;
//!
//! // 3. The code becomes a token: `OAuthTokens::new(endpoint, grant)` for a client's `TokenAuth`.
//! let endpoint = TokenEndpoint::new(&auth, &["token"])?
//!     .basic("client-1", &SecretString::from("s3cret"))?;
//! let grant = Grant::Code { code, redirect_uri: "https://me.example/back".into() };
//! assert_eq!(endpoint.request(&grant).operation(), "token.code");
//! # Ok(())
//! # }
//! ```

mod consent;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::header::{AUTHORIZATION, HeaderName};
use http::{HeaderMap, HeaderValue, Method, Response};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

pub use consent::{AuthorizationUrl, callback};

use crate::auth::secret_value;
use crate::{
    ClientCore, Endpoint, Envelope, Error, ErrorKind, Fault, Request, Safety, StatusEnvelope,
    Token, TokenSource, basic_header, decode, retry_after,
};

/// What is exchanged for a token.
#[derive(Clone)]
#[non_exhaustive]
pub enum Grant {
    /// A name and its password.
    Password {
        /// The name.
        username: String,
        /// Its password.
        password: SecretString,
    },
    /// A code from [`callback`]; good for one exchange.
    Code {
        /// The code.
        code: SecretString,
        /// The place that the person came back to, exactly as it was sent.
        redirect_uri: String,
    },
    /// A refresh token of an earlier exchange.
    Refresh(SecretString),
}

impl Grant {
    fn operation(&self) -> &'static str {
        match self {
            Self::Password { .. } => "token.password",
            Self::Code { .. } => "token.code",
            Self::Refresh(_) => "token.refresh",
        }
    }
}

impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Grant").field(&self.operation()).finish()
    }
}

/// Where tokens come from, and how this client names itself there.
#[derive(Clone)]
pub struct TokenEndpoint {
    url: Url,
    class: &'static str,
    headers: HeaderMap,
    fields: Vec<(String, SecretString)>,
    life: Duration,
}

impl TokenEndpoint {
    /// A token endpoint at a path of an address that secrets may be sent to.
    ///
    /// # Errors
    /// As [`Endpoint::join`].
    pub fn new(endpoint: &Endpoint, path: &[&str]) -> Result<Self, Error> {
        Ok(Self {
            url: endpoint.join(path)?,
            class: "",
            headers: HeaderMap::new(),
            fields: Vec::new(),
            life: Duration::from_secs(300),
        })
    }

    /// Names the client by HTTP Basic.
    ///
    /// # Errors
    /// As [`basic_header`].
    pub fn basic(mut self, client_id: &str, secret: &SecretString) -> Result<Self, Error> {
        let value = basic_header(client_id, secret)?;
        self.headers.insert(AUTHORIZATION, value);
        Ok(self)
    }

    /// Adds a field to every request: `client_id`, `client_secret`, `scope`, a one-time code.
    #[must_use]
    pub fn field(mut self, name: &str, value: impl Into<SecretString>) -> Self {
        self.fields.push((name.to_owned(), value.into()));
        self
    }

    /// Adds a header to every request: an API key.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] where the value has characters that a header cannot hold.
    pub fn header(mut self, name: HeaderName, value: &SecretString) -> Result<Self, Error> {
        let value: HeaderValue = secret_value(value.expose_secret())?;
        self.headers.insert(name, value);
        Ok(self)
    }

    /// The class of calls whose limits token requests share.
    #[must_use]
    pub fn class(mut self, class: &'static str) -> Self {
        self.class = class;
        self
    }

    /// How long a token lives where the answer does not say; five minutes unless said otherwise.
    #[must_use]
    pub fn default_life(mut self, life: Duration) -> Self {
        self.life = life;
        self
    }

    /// The request that exchanges a grant. A password may be sent again; a code or a refresh token
    /// may be used up by the first try.
    #[must_use]
    pub fn request(&self, grant: &Grant) -> Request {
        let mut fields = match grant {
            Grant::Password { username, password } => vec![
                ("grant_type", "password"),
                ("username", username.as_str()),
                ("password", password.expose_secret()),
            ],
            Grant::Code { code, redirect_uri } => vec![
                ("grant_type", "authorization_code"),
                ("code", code.expose_secret()),
                ("redirect_uri", redirect_uri.as_str()),
            ],
            Grant::Refresh(token) => vec![
                ("grant_type", "refresh_token"),
                ("refresh_token", token.expose_secret()),
            ],
        };
        for (name, value) in &self.fields {
            fields.push((name, value.expose_secret()));
        }
        let safety = match grant {
            Grant::Password { .. } => Safety::Idempotent,
            Grant::Code { .. } | Grant::Refresh(_) => Safety::Once,
        };
        let mut request = Request::new(grant.operation(), Method::POST, self.url.clone())
            .class(self.class)
            .safety(safety)
            .form(fields);
        for (name, value) in &self.headers {
            request = request.header(name.clone(), value.clone());
        }
        request
    }

    /// Exchanges a grant for a token.
    ///
    /// # Errors
    /// [`ErrorKind::Authentication`] with the server's word as code where it refuses (`invalid_grant`,
    /// `invalid_client`), and whatever else sending can meet.
    pub async fn exchange(&self, core: &ClientCore, grant: &Grant) -> Result<Token, Error> {
        let core = core.bare(Arc::new(OAuthEnvelope));
        let reply = core.send(self.request(grant)).await?;
        let answer: Answer = reply.json()?;
        if answer.access_token.is_empty() {
            return Err(reply.fault(Error::decode("access_token: empty")));
        }
        let life = answer.expires_in.map_or(self.life, Duration::from_secs);
        Ok(Token::new(
            SecretString::from(answer.access_token),
            answer.refresh_token.map(SecretString::from),
            life,
        ))
    }
}

impl fmt::Debug for TokenEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenEndpoint")
            .field("host", &self.url.host_str().unwrap_or(""))
            .finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Answer {
    access_token: String,
    #[serde(default, deserialize_with = "decode::optional")]
    refresh_token: Option<String>,
    #[serde(default, deserialize_with = "decode::optional")]
    expires_in: Option<u64>,
}

/// The errors of RFC 6749, section 5.2, whatever their status.
#[derive(Clone, Copy, Debug, Default)]
pub struct OAuthEnvelope;

impl Envelope for OAuthEnvelope {
    fn classify(&self, response: &Response<Bytes>, now: DateTime<Utc>) -> Result<(), Fault> {
        #[derive(Deserialize)]
        struct Refusal {
            error: String,
            #[serde(default)]
            error_description: Option<String>,
        }
        let by_status = StatusEnvelope::kind(response.status());
        let Ok(refusal) = serde_json::from_slice::<Refusal>(response.body()) else {
            return StatusEnvelope.classify(response, now);
        };
        let kind = match refusal.error.as_str() {
            "invalid_grant" | "invalid_client" | "unauthorized_client" | "access_denied" => {
                ErrorKind::Authentication
            }
            "slow_down" => ErrorKind::Throttled,
            "server_error" | "temporarily_unavailable" => ErrorKind::Server,
            _ => by_status.unwrap_or(ErrorKind::Invalid),
        };
        let fault = Fault::new(kind)
            .code(refusal.error)
            .after(retry_after(response.headers(), now))
            .refused(kind != ErrorKind::Server);
        Err(match refusal.error_description {
            Some(text) => fault.message(text),
            None => fault,
        })
    }
}

/// Tokens by a grant, renewed by the refresh tokens that come with them.
#[derive(Debug)]
pub struct OAuthTokens {
    endpoint: TokenEndpoint,
    first: Grant,
    used: AtomicBool,
}

impl OAuthTokens {
    /// Tokens that begin with `first`. A password is used again where a refresh token is refused; a
    /// code or a refresh token is used once, and then a person must authorize anew.
    #[must_use]
    pub fn new(endpoint: TokenEndpoint, first: Grant) -> Self {
        Self {
            endpoint,
            first,
            used: AtomicBool::new(false),
        }
    }

    async fn begin(&self, core: &ClientCore) -> Result<Token, Error> {
        let again = matches!(self.first, Grant::Password { .. });
        if !again && self.used.load(Ordering::Acquire) {
            let text = "what this client began with is used up; a person must authorize anew";
            return Err(Error::new(ErrorKind::Authentication, text));
        }
        let result = self.endpoint.exchange(core, &self.first).await;
        // What never arrived is still good.
        let arrived = result.as_ref().map_or_else(Error::was_sent, |_| true);
        self.used.fetch_or(arrived, Ordering::AcqRel);
        result
    }
}

#[async_trait]
impl TokenSource for OAuthTokens {
    async fn fetch(&self, core: &ClientCore, previous: Option<&Token>) -> Result<Token, Error> {
        let Some(refresh) = previous.and_then(|token| token.refresh.clone()) else {
            return self.begin(core).await;
        };
        let renewed = self
            .endpoint
            .exchange(core, &Grant::Refresh(refresh.clone()))
            .await;
        match renewed {
            Ok(token) => Ok(Token {
                // A server that does not send a new one means the old one to be kept.
                refresh: token.refresh.or(Some(refresh)),
                ..token
            }),
            Err(error) if is_refusal(&error) && matches!(self.first, Grant::Password { .. }) => {
                self.begin(core).await
            }
            Err(error) => Err(error),
        }
    }
}

/// The refresh token itself was refused; a wrong client would not fare better with a password.
fn is_refusal(error: &Error) -> bool {
    match error.code() {
        Some(code) => code == "invalid_grant",
        None => matches!(error.kind(), ErrorKind::Authentication | ErrorKind::Invalid),
    }
}
