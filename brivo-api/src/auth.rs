//! Tokens by OAuth: password, authorization code and refresh grants.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use access_sync_http::{
    ClientCore, Endpoint, Error, ErrorKind, ExposeSecret, Request, Safety, SecretString, Token,
    TokenSource, basic_header, decode,
};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use http::header::{AUTHORIZATION, HeaderName};
use http::{HeaderValue, Method};
use serde::Deserialize;
use url::Url;

use crate::envelope::{DEVELOPER_INACTIVE, NOT_AUTHORIZED};
use crate::record;
use crate::region::Region;

/// The class of calls ([`access_sync_http::Scope::class`]) that token requests count as.
pub const AUTH_CLASS: &str = "auth";

/// [`Error::code`] where the OAuth host refuses the client's id and secret.
pub const INVALID_CLIENT: &str = "invalid_client";

/// Used where an answer does not say how long its token lives: the shortest life that is documented.
const SHORTEST_LIFE: u64 = 60;

/// Where refresh tokens survive a restart.
///
/// Needed only by applications of the authorization-code grant, whose refresh token is the one
/// thing that cannot be had again without a person.
#[async_trait]
pub trait RefreshTokenStore: fmt::Debug + Send + Sync {
    /// The refresh token that was saved last; none at the first start.
    ///
    /// # Errors
    /// Where the store cannot be read. The call that needed a token fails with this error.
    async fn load(&self) -> Result<Option<SecretString>, Error>;

    /// Keeps a new refresh token in place of the old one.
    ///
    /// # Errors
    /// Where the store cannot be written. The token is used all the same, but the call that fetched
    /// it fails, so that the loss is noticed before a restart.
    async fn save(&self, refresh: &SecretString) -> Result<(), Error>;
}

/// How to log in where there is no refresh token, or it was refused.
#[derive(Clone)]
pub(crate) enum Login {
    Password {
        /// The administrator's id, not an e-mail address.
        username: String,
        password: SecretString,
    },
    Code {
        code: SecretString,
        redirect_uri: String,
    },
    Refresh(SecretString),
    /// Nothing but what the store holds.
    Stored,
}

/// Fetches tokens from `{auth}/oauth/token`.
pub(crate) struct BrivoTokens {
    pub(crate) auth: Endpoint,
    pub(crate) api_key: SecretString,
    pub(crate) client_id: String,
    pub(crate) client_secret: SecretString,
    pub(crate) login: Login,
    pub(crate) store: Option<Arc<dyn RefreshTokenStore>>,
    pub(crate) expires_at: Arc<Mutex<Option<DateTime<Utc>>>>,
    /// A code can be exchanged once.
    pub(crate) code_used: Mutex<bool>,
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
    #[serde(default, deserialize_with = "decode::optional")]
    refresh_token: Option<String>,
    #[serde(default, deserialize_with = "decode::optional")]
    expires_in: Option<u64>,
}

impl BrivoTokens {
    fn request(&self, operation: &'static str, form: &[(&str, &str)]) -> Result<Request, Error> {
        let mut key = HeaderValue::from_str(self.api_key.expose_secret())
            .map_err(|_| Error::config("the api-key has characters that a header cannot hold"))?;
        key.set_sensitive(true);
        let request = Request::new(
            operation,
            Method::POST,
            self.auth.join(&["oauth", "token"])?,
        )
        .class(AUTH_CLASS)
        .header(HeaderName::from_static("api-key"), key)
        .header(
            AUTHORIZATION,
            basic_header(&self.client_id, &self.client_secret)?,
        )
        .form(form.iter().copied());
        Ok(request)
    }

    pub(crate) fn by_refresh(&self, refresh: &SecretString) -> Result<Request, Error> {
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh.expose_secret()),
        ];
        // If an answer is lost and the token was replaced, a password logs in anew.
        let safety = match self.login {
            Login::Password { .. } => Safety::Idempotent,
            _ => Safety::Once,
        };
        Ok(self.request("token.refresh", &form)?.safety(safety))
    }

    pub(crate) fn by_login(&self) -> Result<Request, Error> {
        match &self.login {
            Login::Password { username, password } => {
                let form = [
                    ("grant_type", "password"),
                    ("username", username.as_str()),
                    ("password", password.expose_secret()),
                ];
                Ok(self
                    .request("token.password", &form)?
                    .safety(Safety::Idempotent))
            }
            Login::Code { code, redirect_uri } => {
                let form = [
                    ("grant_type", "authorization_code"),
                    ("code", code.expose_secret()),
                    ("redirect_uri", redirect_uri.as_str()),
                    ("client_id", self.client_id.as_str()),
                    ("client_secret", self.client_secret.expose_secret()),
                ];
                self.request("token.authorization_code", &form)
            }
            Login::Refresh(refresh) => self.by_refresh(refresh),
            Login::Stored => Err(authorize_again()),
        }
    }

    async fn exchange(
        &self,
        core: &ClientCore,
        request: Request,
        old_refresh: Option<SecretString>,
    ) -> Result<Token, Error> {
        let asked = core.timer().wall();
        let reply = core.send(request).await.map_err(name_the_client)?;
        let answer: TokenAnswer = record::of(&reply)?;
        if answer.access_token.is_empty() {
            return Err(reply.fault(Error::decode("access_token is empty")));
        }
        // Zero would mean a token that nothing may be sent with: fetched for every call.
        let life = answer
            .expires_in
            .unwrap_or(SHORTEST_LIFE)
            .clamp(1, 30 * 24 * 3600);
        let new_refresh = answer.refresh_token.map(SecretString::from);
        if let (Some(store), Some(refresh)) = (&self.store, &new_refresh) {
            let known = old_refresh.as_ref().map(|old| old.expose_secret());
            if known != Some(refresh.expose_secret()) {
                store.save(refresh).await?;
            }
        }
        let seconds = TimeDelta::try_seconds(i64::try_from(life).unwrap_or(i64::MAX));
        *lock(&self.expires_at) = seconds.and_then(|life| asked.checked_add_signed(life));
        Ok(Token::new(
            answer.access_token.into(),
            new_refresh.or(old_refresh),
            Duration::from_secs(life),
        ))
    }

    async fn log_in(&self, core: &ClientCore) -> Result<Token, Error> {
        if let Login::Code { .. } = self.login {
            let mut used = lock(&self.code_used);
            if std::mem::replace(&mut *used, true) {
                return Err(authorize_again());
            }
        }
        self.exchange(core, self.by_login()?, None).await
    }
}

#[async_trait]
impl TokenSource for BrivoTokens {
    /// The gateway refuses an API key as it refuses a token.
    fn is_about_token(&self, error: &Error) -> bool {
        !matches!(error.code(), Some(DEVELOPER_INACTIVE | NOT_AUTHORIZED))
    }

    async fn fetch(&self, core: &ClientCore, previous: Option<&Token>) -> Result<Token, Error> {
        let refresh = match previous {
            Some(token) => token.refresh.clone(),
            None => match (&self.store, &self.login) {
                // A code that was just handed over is newer than whatever is stored.
                (_, Login::Code { .. }) | (None, _) => None,
                (Some(store), _) => store.load().await?,
            },
        };
        let Some(refresh) = refresh else {
            return self.log_in(core).await;
        };
        let request = self.by_refresh(&refresh)?;
        match self.exchange(core, request, Some(refresh)).await {
            // A wrong client or API key is not the refresh token's fault; a login would fail too.
            Err(error) if refused(&error) => match self.login {
                Login::Password { .. } => self.log_in(core).await,
                _ => Err(authorize_again().with_source(error)),
            },
            result => result,
        }
    }
}

/// The OAuth host has several words for a wrong client; callers get one, which also tells it from a
/// refused access token.
fn name_the_client(error: Error) -> Error {
    let code = error.code().unwrap_or_default();
    let named = code.starts_with("ERR_") || code == "invalid_grant";
    if error.kind() == ErrorKind::Authentication && !named {
        error.with_code(INVALID_CLIENT)
    } else {
        error
    }
}

/// Was the refresh token refused, rather than the way there broken?
fn refused(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Authentication => error.code() == Some("invalid_grant"),
        kind => kind == ErrorKind::Invalid,
    }
}

fn authorize_again() -> Error {
    Error::new(
        ErrorKind::Authentication,
        "no refresh token, or it was refused: an administrator must authorize the application again",
    )
    .with_operation("brivo", "token.refresh")
    .with_code("invalid_grant")
}

impl fmt::Debug for BrivoTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BrivoTokens")
            .field("host", &self.auth.as_url().host_str().unwrap_or(""))
            .finish_non_exhaustive()
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The address to send an administrator's browser to: `GET {auth}/oauth/authorize`.
///
/// `state` must be unguessable and kept in the browser's session, to be compared by
/// [`Callback::parse`]. `redirect_uri` may be left out; the one that is registered is used then.
///
/// # Errors
/// [`ErrorKind::Config`] where the region's address is not one, or `state` is empty.
///
/// ```
/// use brivo_api::{Callback, Region, authorize_url};
///
/// # fn main() -> Result<(), brivo_api::Error> {
/// let url = authorize_url(&Region::Us, "client-id", "x7Gq", None)?;
/// assert_eq!(
///     url.as_str(),
///     "https://auth.brivo.com/oauth/authorize?response_type=code&client_id=client-id&state=x7Gq",
/// );
/// let callback = Callback::parse("code=abc&state=x7Gq", "x7Gq")?;
/// // BrivoClient::builder().authorization_code(callback.code, "https://me.example/callback")…
/// # let _ = callback;
/// # Ok(())
/// # }
/// ```
pub fn authorize_url(
    region: &Region,
    client_id: &str,
    state: &str,
    redirect_uri: Option<&str>,
) -> Result<Url, Error> {
    if state.is_empty() {
        return Err(Error::config("authorization without a state can be forged"));
    }
    let mut url = region.auth_endpoint()?.join(&["oauth", "authorize"])?;
    let mut query = url.query_pairs_mut();
    query.append_pair("response_type", "code");
    query.append_pair("client_id", client_id);
    query.append_pair("state", state);
    if let Some(uri) = redirect_uri {
        query.append_pair("redirect_uri", uri);
    }
    drop(query);
    Ok(url)
}

/// What arrived at the redirect URI.
///
/// Brivo documents a `POST` with the parameters in the query, and browsers are seen to `GET`: accept
/// both, and give whatever holds the parameters (the query, or a form body) to [`Callback::parse`].
#[derive(Clone)]
#[non_exhaustive]
pub struct Callback {
    /// The authorization code; good once, for a short time.
    pub code: SecretString,
}

impl Callback {
    /// Reads `code=…&state=…` (a leading `?` is fine) and compares the state.
    ///
    /// # Errors
    /// [`ErrorKind::Authentication`] where the administrator or Brivo refused (`error=…`), and where
    /// the state is another one or missing; [`ErrorKind::Decode`] where there is no code.
    pub fn parse(query: &str, expected_state: &str) -> Result<Self, Error> {
        let query = query.trim_start_matches('?');
        let get = |name: &str| {
            let mut found = url::form_urlencoded::parse(query.as_bytes())
                .filter(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned());
            // Twice the same parameter is nobody's browser.
            match (found.next(), found.next()) {
                (Some(value), None) => Some(value),
                _ => None,
            }
        };
        let fail = |kind, text: &str| {
            Err(Error::new(kind, text).with_operation("brivo", "token.callback"))
        };
        if expected_state.is_empty() || get("state").as_deref() != Some(expected_state) {
            return fail(
                ErrorKind::Authentication,
                "the callback's state is not the one that was sent; it was not this browser",
            );
        }
        if get("error").is_some() {
            return fail(ErrorKind::Authentication, "the authorization was refused");
        }
        match get("code").filter(|code| !code.is_empty()) {
            Some(code) => Ok(Self { code: code.into() }),
            None => fail(ErrorKind::Decode, "the callback holds no code"),
        }
    }
}

impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Callback").finish_non_exhaustive()
    }
}

/// What must be set right after a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Culprit {
    /// The `api-key` header: missing, wrong, not approved yet, or of the other region.
    ApiKey,
    /// Client id and secret.
    Client,
    /// User name and password, the authorization code, or the refresh token.
    Login,
    /// The access token.
    Token,
    /// The administrator's permission.
    Permission,
    /// The address: region or path.
    Address,
}

impl Culprit {
    /// Which of the credentials an error is about; none where it is about something else.
    ///
    /// ```no_run
    /// # async fn f(client: brivo_api::BrivoClient) {
    /// if let Err(error) = client.administrators().whoami().await {
    ///     eprintln!("{error}: {:?}", brivo_api::Culprit::of(&error));
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn of(error: &Error) -> Option<Self> {
        let code = error.code().unwrap_or_default();
        Some(match error.kind() {
            ErrorKind::Unroutable => Self::Address,
            ErrorKind::Permission => Self::Permission,
            ErrorKind::Authentication if code.starts_with("ERR_403") => Self::ApiKey,
            ErrorKind::Authentication if code == "invalid_grant" => Self::Login,
            ErrorKind::Authentication if code == INVALID_CLIENT => Self::Client,
            ErrorKind::Authentication => Self::Token,
            _ => return None,
        })
    }
}
