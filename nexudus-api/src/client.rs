//! The client and its builder.

use std::fmt;
use std::sync::Arc;

use access_sync_http::{
    Authorize, ClientCore, ClientCoreBuilder, Endpoint, Error, NoAuth, Reply, Request,
    SecretString, SharedTokens, StaticHeaders, TokenAuth, TokenSource, TokenStore,
};
use http::HeaderValue;
use url::Url;

use crate::auth::{PasswordGrant, Totp};
use crate::envelope::NexudusEnvelope;
use crate::write::{self, WriteReply};
use crate::{Entity, EntityApi, default_limiter};

/// The one address of all tenants.
const BASE: &str = "https://spaces.nexudus.com/api";

/// A client of the Nexudus admin API. Clones share connections, limits and tokens.
#[derive(Clone)]
pub struct NexudusClient(Arc<Inner>);

struct Inner {
    core: ClientCore,
    base: Endpoint,
    page_size: u32,
}

impl NexudusClient {
    /// Starts a client; give it [`basic`](NexudusClientBuilder::basic) or
    /// [`bearer`](NexudusClientBuilder::bearer) credentials.
    #[must_use]
    pub fn builder() -> NexudusClientBuilder {
        NexudusClientBuilder::default()
    }

    /// The operations of an entity, one of this crate's or one of your own.
    #[must_use]
    pub fn entity<E: Entity>(&self) -> EntityApi<E> {
        EntityApi::new(self.clone())
    }

    /// The pipeline that this client sends through: its clock, its limiter, its scope.
    #[must_use]
    pub fn core(&self) -> &ClientCore {
        &self.0.core
    }

    /// Sends a request that this client does not have as a method, with its credentials and limits.
    ///
    /// # Errors
    /// [`Error`] with the operation's name.
    pub async fn send(&self, request: Request) -> Result<Reply, Error> {
        self.send_read(request).await
    }

    pub(crate) fn page_size(&self) -> u32 {
        self.0.page_size
    }

    pub(crate) fn url(&self, segments: &[&str]) -> Result<Url, Error> {
        self.0.base.join(segments)
    }

    pub(crate) async fn send_read(&self, request: Request) -> Result<Reply, Error> {
        let reply = self.0.core.send(request).await?;
        if reply.status.is_success() {
            return Ok(reply);
        }
        // The envelope lets a refused write's reply through, so that its fields can be told.
        match write::judge(&reply) {
            Err(error) => Err(error),
            Ok(_) => Err(reply.fault(Error::decode("a bad status with a good verdict"))),
        }
    }

    pub(crate) async fn send_write(&self, request: Request) -> Result<WriteReply, Error> {
        let reply = self.0.core.send(request).await?;
        write::judge(&reply)
    }
}

impl fmt::Debug for NexudusClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NexudusClient")
            .field("base", &self.0.base.as_url().as_str())
            .field("core", &self.0.core)
            .finish_non_exhaustive()
    }
}

enum Credentials {
    Basic(String, SecretString),
    Bearer(String, SecretString),
}

/// Builds a [`NexudusClient`].
pub struct NexudusClientBuilder {
    base: String,
    credentials: Option<Credentials>,
    client_id: Option<String>,
    totp: Option<Totp>,
    token_store: Option<Arc<dyn TokenStore>>,
    page_size: u32,
    core: ClientCoreBuilder,
}

impl Default for NexudusClientBuilder {
    fn default() -> Self {
        Self {
            base: BASE.to_owned(),
            credentials: None,
            client_id: None,
            totp: None,
            token_store: None,
            page_size: 500,
            core: ClientCore::builder("nexudus", Arc::new(NexudusEnvelope)),
        }
    }
}

impl NexudusClientBuilder {
    /// Another address than `https://spaces.nexudus.com/api`: a proxy, a stand-in for tests.
    #[must_use]
    pub fn base(mut self, address: impl Into<String>) -> Self {
        self.base = address.into();
        self
    }

    /// HTTP Basic with an administrator's e-mail and password.
    #[must_use]
    pub fn basic(mut self, email: impl Into<String>, password: impl Into<SecretString>) -> Self {
        self.credentials = Some(Credentials::Basic(email.into(), password.into()));
        self
    }

    /// Bearer tokens by an administrator's e-mail and password: `POST /token`, renewed by refresh
    /// tokens. What Nexudus recommends.
    #[must_use]
    pub fn bearer(mut self, email: impl Into<String>, password: impl Into<SecretString>) -> Self {
        self.credentials = Some(Credentials::Bearer(email.into(), password.into()));
        self
    }

    /// The `client_id` header of token requests; the e-mail unless said otherwise. Refresh tokens
    /// live one per `client_id`, so give each deployment a fixed GUID of its own, lest they end each
    /// other's sessions.
    #[must_use]
    pub fn client_id(mut self, id: impl Into<String>) -> Self {
        self.client_id = Some(id.into());
        self
    }

    /// Makes the code of the second factor, for administrators who have one. Called at each log-in,
    /// not at renewals.
    #[must_use]
    pub fn totp(mut self, code: impl Fn() -> SecretString + Send + Sync + 'static) -> Self {
        self.totp = Some(Arc::new(code));
        self
    }

    /// Where bearer tokens are kept, so that restarts and several processes with one `client_id`
    /// share them instead of ending each other's refresh tokens; in memory unless said otherwise.
    #[must_use]
    pub fn token_store(mut self, store: Arc<dyn TokenStore>) -> Self {
        self.token_store = Some(store);
        self
    }

    /// Records a page of lists; 500 unless said otherwise. Nexudus publishes no largest size.
    #[must_use]
    pub fn page_size(mut self, records: u32) -> Self {
        self.page_size = records.max(1);
        self
    }

    access_sync_http::core_setters! {
        core;
        tenant: "Unnamed unless said otherwise.",
        limiter: "[`default_limiter`] unless said otherwise.",
        options: "Two minutes in all and 30 s an attempt unless said otherwise.",
    }

    /// The client. Nothing is sent yet.
    ///
    /// # Errors
    /// [`access_sync_http::ErrorKind::Config`] without credentials, with an address that is neither
    /// TLS nor loopback, or with credentials that a header cannot hold.
    pub fn build(self) -> Result<NexudusClient, Error> {
        let base = Endpoint::parse(&self.base)?;
        let auth: Arc<dyn Authorize> = match self.credentials {
            None => return Err(Error::config("no credentials: give basic or bearer ones")),
            Some(Credentials::Basic(email, password)) => {
                Arc::new(StaticHeaders::new().basic(&email, &password)?)
            }
            Some(Credentials::Bearer(username, password)) => {
                let id = self.client_id.as_deref().unwrap_or(&username);
                let client_id = HeaderValue::from_str(id)
                    .map_err(|_| Error::config("the client_id cannot be a header"))?;
                let grant = PasswordGrant {
                    endpoint: base.clone(),
                    username,
                    password,
                    client_id,
                    totp: self.totp,
                };
                let mut source: Arc<dyn TokenSource> = Arc::new(grant);
                if let Some(store) = self.token_store {
                    source = Arc::new(SharedTokens::new(source, store));
                }
                Arc::new(TokenAuth::new(source, Arc::new(NoAuth)))
            }
        };
        let core = self.core.auth(auth).limiter_or(default_limiter);
        Ok(NexudusClient(Arc::new(Inner {
            core: core.build()?,
            base,
            page_size: self.page_size,
        })))
    }
}

/// Shows no credential.
impl fmt::Debug for NexudusClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NexudusClientBuilder")
            .field("base", &self.base)
            .field("credentials", &self.credentials.is_some())
            .finish_non_exhaustive()
    }
}
