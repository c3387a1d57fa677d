//! The client and its builder.

use std::fmt;
use std::sync::{Arc, Mutex};

use access_sync_http::{
    CallOptions, ClientCore, ClientCoreBuilder, Endpoint, Error, Hooks, Reply, Request, Safety,
    SecretString, StaticHeaders, TokenAuth, WindowLimiter,
};
use chrono::{DateTime, Utc};
use http::Method;
use http::header::HeaderName;

use crate::auth::{BrivoTokens, Login, RefreshTokenStore, lock};
use crate::envelope::BrivoEnvelope;
use crate::region::{API_CLASS, Region, Tier};
use crate::usage::{Ledger, Meter, Usage};

/// A client for one Brivo Access account. Clones share token, limits and connections.
///
/// ```no_run
/// # async fn f() -> Result<(), brivo_api::Error> {
/// use brivo_api::{BrivoClient, Region, Tier};
///
/// let client = BrivoClient::builder()
///     .region(Region::Us)
///     .api_key(std::env::var("BRIVO_API_KEY").unwrap_or_default())
///     .client("client-id", std::env::var("BRIVO_CLIENT_SECRET").unwrap_or_default())
///     .password("admin-id", std::env::var("BRIVO_PASSWORD").unwrap_or_default())
///     .tier(Tier::Developer)
///     .build()?;
/// let users = client.users().list().all().await?;
/// println!("{} users, complete: {}", users.items.len(), users.is_complete());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct BrivoClient(Arc<Inner>);

struct Inner {
    core: ClientCore,
    api: Endpoint,
    tier: Tier,
    meter: Arc<Meter>,
    limiter: Option<Arc<WindowLimiter>>,
    token_expires_at: Arc<Mutex<Option<DateTime<Utc>>>>,
}

impl BrivoClient {
    /// A builder for the US region and a developer's key.
    #[must_use]
    pub fn builder() -> BrivoClientBuilder {
        BrivoClientBuilder::default()
    }

    /// Calls sent in the last 30 days by this client and its clones, by operation.
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.0.meter.report(self.0.tier)
    }

    /// What the next process must know of the calls of this one.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        Ledger {
            hours: self.0.meter.hours(),
            limiter: self.0.limiter.as_ref().map(|limiter| limiter.export()),
        }
    }

    /// When the access token that was fetched last ends; none before the first call. The client
    /// renews it by itself.
    #[must_use]
    pub fn token_expires_at(&self) -> Option<DateTime<Utc>> {
        *lock(&self.0.token_expires_at)
    }

    /// The pipeline, for calls that this crate does not have: [`BrivoClient::api_request`] makes
    /// requests for it.
    #[must_use]
    pub fn core(&self) -> &ClientCore {
        &self.0.core
    }

    /// A request for a path under `/v1/api` that this crate has no method for; send it with
    /// [`BrivoClient::core`].
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where a segment is empty or dotted.
    pub fn api_request(
        &self,
        operation: &'static str,
        method: Method,
        path: &[&str],
    ) -> Result<Request, Error> {
        self.request(operation, method, path)
    }

    pub(crate) fn request(
        &self,
        operation: &'static str,
        method: Method,
        path: &[&str],
    ) -> Result<Request, Error> {
        // PUT sets and DELETE takes away: Brivo documents no side effect of a repeat.
        let safety = match method {
            Method::GET | Method::HEAD => Safety::Read,
            Method::PUT | Method::DELETE => Safety::Idempotent,
            _ => Safety::Once,
        };
        let url = self.0.api.join(path)?;
        Ok(Request::new(operation, method, url)
            .class(API_CLASS)
            .safety(safety))
    }

    /// A request for `/{resource}/{id}/{rest…}`.
    pub(crate) fn request_on(
        &self,
        resource: &str,
        id: i64,
        operation: &'static str,
        method: Method,
        rest: &[&str],
    ) -> Result<Request, Error> {
        let id = id.to_string();
        let path: Vec<&str> = [resource, &id]
            .into_iter()
            .chain(rest.iter().copied())
            .collect();
        self.request(operation, method, &path)
    }

    pub(crate) async fn send(
        &self,
        request: Request,
        options: Option<&CallOptions>,
    ) -> Result<Reply, Error> {
        let core = &self.0.core;
        match options {
            Some(options) => core.send_with(request, options).await,
            None => core.send(request).await,
        }
    }
}

impl fmt::Debug for BrivoClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BrivoClient")
            .field("host", &self.0.api.as_url().host_str().unwrap_or(""))
            .field("tier", &self.0.tier)
            .finish_non_exhaustive()
    }
}

/// Builds a [`BrivoClient`].
pub struct BrivoClientBuilder {
    region: Region,
    tier: Tier,
    api_key: Option<SecretString>,
    client: Option<(String, SecretString)>,
    login: Option<Login>,
    store: Option<Arc<dyn RefreshTokenStore>>,
    ledger: Ledger,
    core: ClientCoreBuilder,
}

impl Default for BrivoClientBuilder {
    fn default() -> Self {
        Self {
            region: Region::default(),
            tier: Tier::default(),
            api_key: None,
            client: None,
            login: None,
            store: None,
            ledger: Ledger::default(),
            core: ClientCore::builder("brivo", Arc::new(BrivoEnvelope)),
        }
    }
}

impl BrivoClientBuilder {
    /// Where the account lives; the US unless said otherwise.
    #[must_use]
    pub fn region(mut self, region: Region) -> Self {
        self.region = region;
        self
    }

    /// The API key, sent with every call.
    #[must_use]
    pub fn api_key(mut self, key: impl Into<SecretString>) -> Self {
        self.api_key = Some(key.into());
        self
    }

    /// The application's client id and secret.
    #[must_use]
    pub fn client(mut self, id: impl Into<String>, secret: impl Into<SecretString>) -> Self {
        self.client = Some((id.into(), secret.into()));
        self
    }

    /// The password grant. `username` is the administrator's id, not an e-mail address; the
    /// application must belong to the same account.
    #[must_use]
    pub fn password(
        mut self,
        username: impl Into<String>,
        password: impl Into<SecretString>,
    ) -> Self {
        self.login = Some(Login::Password {
            username: username.into(),
            password: password.into(),
        });
        self
    }

    /// The authorization-code grant: a code that just arrived at `redirect_uri` (see
    /// [`Callback`](crate::Callback)). Give a [`RefreshTokenStore`] too, or a restart needs a new
    /// code.
    #[must_use]
    pub fn authorization_code(
        mut self,
        code: impl Into<SecretString>,
        redirect_uri: impl Into<String>,
    ) -> Self {
        self.login = Some(Login::Code {
            code: code.into(),
            redirect_uri: redirect_uri.into(),
        });
        self
    }

    /// A refresh token of an earlier authorization. A token in the store is preferred.
    #[must_use]
    pub fn refresh_token(mut self, token: impl Into<SecretString>) -> Self {
        self.login = Some(Login::Refresh(token.into()));
        self
    }

    /// Where refresh tokens survive a restart.
    #[must_use]
    pub fn refresh_token_store(mut self, store: Arc<dyn RefreshTokenStore>) -> Self {
        self.store = Some(store);
        self
    }

    /// What the API key allows; a developer's key unless said otherwise.
    #[must_use]
    pub fn tier(mut self, tier: Tier) -> Self {
        self.tier = tier;
        self
    }

    /// What an earlier process left behind ([`BrivoClient::ledger`]), so that neither the report nor
    /// the quota of 30 days starts anew with each restart.
    #[must_use]
    pub fn ledger(mut self, ledger: Ledger) -> Self {
        self.ledger = ledger;
        self
    }

    access_sync_http::core_setters! {
        core;
        tenant: "Unnamed unless said otherwise.",
        limiter: "[`Tier::limiter`] unless said otherwise.",
        options: "Two minutes in all and 30 s an attempt unless said otherwise.",
    }

    /// The client. Nothing is sent yet; [`Administrators::whoami`](crate::Administrators::whoami)
    /// tries the connection.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where the API key, the client or the login is missing or
    /// blank, or an address is not `https` (or loopback).
    pub fn build(self) -> Result<BrivoClient, Error> {
        let missing = |what: &str, setter: &str| {
            Error::config(format!(
                "{what} is missing or blank; give it by .{setter}(…)"
            ))
        };
        let api_key = self
            .api_key
            .filter(filled)
            .ok_or_else(|| missing("the API key", "api_key"))?;
        let (client_id, client_secret) = self
            .client
            .filter(|(id, secret)| !id.trim().is_empty() && filled(secret))
            .ok_or_else(|| missing("the client's id or secret", "client"))?;
        let login = match self.login {
            Some(Login::Password { username, password })
                if username.trim().is_empty() || !filled(&password) =>
            {
                return Err(missing("the administrator's id or password", "password"));
            }
            Some(login) => login,
            None if self.store.is_some() => Login::Stored,
            None => {
                return Err(Error::config(
                    "no login; give one by .password(…), .authorization_code(…), .refresh_token(…) \
                     or .refresh_token_store(…)",
                ));
            }
        };
        let token_expires_at = Arc::default();
        let fixed = StaticHeaders::new().with(HeaderName::from_static("api-key"), &api_key)?;
        let tokens = BrivoTokens {
            auth: self.region.auth_endpoint()?,
            api_key,
            client_id,
            client_secret,
            login,
            store: self.store,
            expires_at: Arc::clone(&token_expires_at),
            code_used: Mutex::default(),
        };
        let Ledger { hours, limiter } = self.ledger;
        let meter = Arc::new(Meter::new(self.core.clock(), self.core.listener(), hours));
        let mut own = None;
        let core = self
            .core
            .auth(Arc::new(TokenAuth::new(Arc::new(tokens), Arc::new(fixed))))
            .limiter_or(|timer| {
                let earlier = limiter.unwrap_or_default();
                let limiter = Arc::new(self.tier.limiter_after(timer, earlier));
                own = Some(Arc::clone(&limiter));
                limiter
            })
            .hooks(Arc::clone(&meter) as Arc<dyn Hooks>);
        Ok(BrivoClient(Arc::new(Inner {
            core: core.build()?,
            api: self.region.api_endpoint()?,
            tier: self.tier,
            meter,
            limiter: own,
            token_expires_at,
        })))
    }
}

fn filled(secret: &SecretString) -> bool {
    use access_sync_http::ExposeSecret as _;
    !secret.expose_secret().trim().is_empty()
}

impl fmt::Debug for BrivoClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BrivoClientBuilder")
            .field("region", &self.region)
            .field("tier", &self.tier)
            .finish_non_exhaustive()
    }
}
