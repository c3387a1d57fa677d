//! The client and its settings.

use std::fmt;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use access_sync_http::{
    Authorize, CallOptions, ClientCore, ClientCoreBuilder, Endpoint, Error, NoAuth, Request,
    Safety, StaticHeaders, TokenAuth, TokenSource,
};
use http::Method as HttpMethod;
use http::header::{AUTHORIZATION, HeaderName};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::envelope::EntrataEnvelope;
use crate::{Answer, Call, Method, limits, refusal};

const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// Where the API is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Host {
    /// `https://{subdomain}.entrata.com/api/v1`: accounts with a user and a password.
    Legacy {
        /// The company's subdomain.
        subdomain: String,
    },
    /// `https://apis.entrata.com/ext/orgs/{org}/v1`: accounts with an API key. The sandbox of a
    /// customer is another organisation there, named `{client}-test-{number}`.
    Gateway {
        /// The organisation's name in the path.
        org: String,
    },
    /// A base address of yours, up to and without the service: another region, a proxy, a stand-in
    /// for tests. `https`, or `http` to this machine.
    Custom(String),
}

impl Host {
    fn endpoint(&self) -> Result<Endpoint, Error> {
        let name = |name: &str| {
            let plain = !name.is_empty()
                && name
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
            match plain {
                true => Ok(name.to_owned()),
                false => Err(Error::config(
                    "a subdomain or organisation holds letters, digits and hyphens only",
                )),
            }
        };
        match self {
            Self::Legacy { subdomain } => {
                Endpoint::parse(&format!("https://{}.entrata.com/api/v1", name(subdomain)?))
            }
            Self::Gateway { org } => Endpoint::parse(&format!(
                "https://apis.entrata.com/ext/orgs/{}/v1",
                name(org)?
            )),
            Self::Custom(base) => Endpoint::parse(base),
        }
    }
}

/// Who asks.
#[derive(Clone)]
#[non_exhaustive]
pub enum Auth {
    /// User and password by HTTP Basic: the legacy host.
    Basic {
        /// The API user's name.
        username: String,
        /// Its password.
        password: SecretString,
    },
    /// An API key in `X-Api-Key`: the gateway.
    ApiKey(SecretString),
    /// A bearer token that you keep fresh yourself: partner applications.
    Bearer(SecretString),
    /// Bearer tokens that the client fetches through a source and keeps until they run out.
    Tokens(Arc<dyn TokenSource>),
}

impl Auth {
    /// User and password.
    pub fn basic(username: impl Into<String>, password: impl Into<SecretString>) -> Self {
        Self::Basic {
            username: username.into(),
            password: password.into(),
        }
    }

    /// An API key.
    pub fn api_key(key: impl Into<SecretString>) -> Self {
        Self::ApiKey(key.into())
    }

    /// A bearer token.
    pub fn bearer(token: impl Into<SecretString>) -> Self {
        Self::Bearer(token.into())
    }

    /// Bearer tokens from a source: an [`OAuthCode`](crate::OAuthCode), or one of yours.
    #[must_use]
    pub fn tokens(source: Arc<dyn TokenSource>) -> Self {
        Self::Tokens(source)
    }

    /// The `auth.type` of every body. Credentials go into headers only.
    fn kind(&self) -> &'static str {
        match self {
            Self::Basic { .. } => "basic",
            Self::ApiKey(_) => "apikey",
            Self::Bearer(_) | Self::Tokens(_) => "oauth",
        }
    }

    fn authorize(&self) -> Result<Arc<dyn Authorize>, Error> {
        let headers = StaticHeaders::new();
        Ok(match self {
            Self::Basic { username, password } => Arc::new(headers.basic(username, password)?),
            Self::ApiKey(key) => Arc::new(headers.with(X_API_KEY, key)?),
            Self::Bearer(token) => {
                let header = format!("Bearer {}", token.expose_secret());
                Arc::new(headers.with(AUTHORIZATION, &header.into())?)
            }
            Self::Tokens(source) => Arc::new(TokenAuth::new(Arc::clone(source), Arc::new(NoAuth))),
        })
    }
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Auth").field(&self.kind()).finish()
    }
}

/// A typed client for one Entrata organisation. Clones are cheap and share limits and tokens.
///
/// Every operation is a read. Methods that page do so by themselves; what they bring says whether it
/// is whole ([`crate::Listing::is_complete`]).
#[derive(Clone)]
pub struct EntrataClient(Arc<Inner>);

struct Inner {
    core: ClientCore,
    endpoint: Endpoint,
    auth_kind: &'static str,
    request_ids: RequestIds,
    per_page: u32,
    moveout: Method,
    renewal: Method,
}

impl EntrataClient {
    /// Settings for a client; host and auth are needed.
    #[must_use]
    pub fn builder() -> EntrataClientBuilder {
        EntrataClientBuilder::default()
    }

    /// The HTTP request of a call, with a `requestId` of its own: to inspect, or to send by other
    /// means.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Config`] where the method is no read (`get…`, `search…`).
    pub fn request(&self, call: &Call) -> Result<Request, Error> {
        self.build(call).map(|(request, _)| request)
    }

    /// Sends a call. The answer is proven good, and is the answer to this very request.
    ///
    /// # Errors
    /// [`Error`]; [`crate::Refusal::of`] tells Entrata's refusals apart.
    pub async fn send(&self, call: &Call) -> Result<Answer, Error> {
        let (request, id) = self.build(call)?;
        let named = |error: Error| {
            let error = error.with_operation("entrata", call.method.name().to_owned());
            refusal::about(error, call.property)
        };
        let reply = self.0.core.send(request).await.map_err(named)?;
        Answer::new(reply, &id).map_err(named)
    }

    fn build(&self, call: &Call) -> Result<(Request, String), Error> {
        let inner = &*self.0;
        if !call.method.is_read() {
            return Err(Error::config(
                "this client only reads: the method's name must begin with get or search",
            ));
        }
        let id = inner.request_ids.next();
        let body = json!({
            "auth": { "type": inner.auth_kind },
            "requestId": id,
            "method": {
                "name": call.method.name(),
                "version": call.method.version(),
                "params": call.params,
            },
        });
        let url = inner.endpoint.join(&[call.method.service()])?;
        let class = call.method.class();
        let mut request = Request::new(class, HttpMethod::POST, url)
            .safety(Safety::Read)
            .class(class)
            .json(&body)?;
        for (name, value) in &call.query {
            request = request.query(name, value);
        }
        Ok((request, id))
    }

    pub(crate) fn core(&self) -> &ClientCore {
        &self.0.core
    }

    pub(crate) fn per_page(&self) -> u32 {
        self.0.per_page
    }

    pub(crate) fn moveout_method(&self) -> &Method {
        &self.0.moveout
    }

    pub(crate) fn renewal_method(&self) -> &Method {
        &self.0.renewal
    }
}

impl fmt::Debug for EntrataClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EntrataClient")
            .field("host", &self.0.endpoint.as_url().host_str().unwrap_or(""))
            .field("auth", &self.0.auth_kind)
            .finish_non_exhaustive()
    }
}

/// Settings for an [`EntrataClient`].
pub struct EntrataClientBuilder {
    host: Option<Host>,
    auth: Option<Auth>,
    per_page: Option<u32>,
    moveout: Option<Method>,
    renewal: Option<Method>,
    core: ClientCoreBuilder,
}

impl Default for EntrataClientBuilder {
    fn default() -> Self {
        let options = CallOptions::new()
            .attempt(Duration::from_secs(120))
            .total(Duration::from_secs(600));
        Self {
            host: None,
            auth: None,
            per_page: None,
            moveout: None,
            renewal: None,
            core: ClientCore::builder("entrata", Arc::new(EntrataEnvelope)).options(options),
        }
    }
}

impl EntrataClientBuilder {
    /// Where the API is.
    #[must_use]
    pub fn host(mut self, host: Host) -> Self {
        self.host = Some(host);
        self
    }

    /// Who asks.
    #[must_use]
    pub fn auth(mut self, auth: Auth) -> Self {
        self.auth = Some(auth);
        self
    }

    /// Rows a page, 500 unless said otherwise; 1 to 1000.
    #[must_use]
    pub fn per_page(mut self, rows: u32) -> Self {
        self.per_page = Some(rows);
        self
    }

    access_sync_http::core_setters! {
        core;
        tenant: "The address of the API unless said otherwise.",
        limiter: "[`crate::default_limiter`] unless said otherwise.",
        options: "Big properties are slow to read, so that the default is 120 s for an attempt and \
            10 minutes in all.",
    }

    /// The method behind [`EntrataClient::get_moveout`], for accounts that have one by that name.
    /// It is sent the parameters of the recipe and must answer as `getLeases` does.
    #[must_use]
    pub fn moveout_method(mut self, method: Method) -> Self {
        self.moveout = Some(method);
        self
    }

    /// The method behind [`EntrataClient::get_renewal`], likewise.
    #[must_use]
    pub fn renewal_method(mut self, method: Method) -> Self {
        self.renewal = Some(method);
        self
    }

    /// The client.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Config`] where host or auth are missing or cannot work.
    pub fn build(self) -> Result<EntrataClient, Error> {
        let host = self
            .host
            .ok_or_else(|| Error::config("no host: say `.host(Host::…)`"))?;
        let auth = self
            .auth
            .ok_or_else(|| Error::config("no credentials: say `.auth(Auth::…)`"))?;
        let endpoint = host.endpoint()?;
        let core = self
            .core
            .auth(auth.authorize()?)
            .limiter_or(|timer| Arc::new(limits::default_limiter(timer)))
            .tenant_or(|| {
                let url = endpoint.as_url();
                format!("{}{}", url.host_str().unwrap_or(""), url.path())
            });
        let get_leases = crate::read::leases::GET_LEASES_R2;
        Ok(EntrataClient(Arc::new(Inner {
            core: core.build()?,
            endpoint,
            auth_kind: auth.kind(),
            request_ids: RequestIds::new(),
            per_page: self.per_page.unwrap_or(500).clamp(1, 1000),
            moveout: self.moveout.unwrap_or_else(|| get_leases.clone()),
            renewal: self.renewal.unwrap_or(get_leases),
        })))
    }
}

impl fmt::Debug for EntrataClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EntrataClientBuilder")
            .field("host", &self.host)
            .field("auth", &self.auth)
            .finish_non_exhaustive()
    }
}

/// Unique numbers, as text: a random start for the client, then one more for each call. Digits only
/// and below 2^53, so that a server that makes a number of it gives it back unharmed.
#[derive(Debug)]
pub(crate) struct RequestIds {
    start: u64,
    next: AtomicU64,
}

impl RequestIds {
    pub(crate) fn new() -> Self {
        Self {
            start: 1_000_000 + RandomState::new().build_hasher().finish() % 8_000_000,
            next: AtomicU64::new(1),
        }
    }

    pub(crate) fn next(&self) -> String {
        let number = self.next.fetch_add(1, Ordering::Relaxed) % 100_000_000;
        (self.start * 100_000_000 + number).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_lead_where_they_say_and_nowhere_else() {
        let url = |host: Host| host.endpoint().map(|e| e.as_url().to_string());
        let legacy = |name: &str| Host::Legacy {
            subdomain: name.into(),
        };
        let gateway = |name: &str| Host::Gateway { org: name.into() };
        assert_eq!(
            url(legacy("lakeshore")).unwrap(),
            "https://lakeshore.entrata.com/api/v1"
        );
        assert_eq!(
            url(gateway("lakeshore-test-17291")).unwrap(),
            "https://apis.entrata.com/ext/orgs/lakeshore-test-17291/v1"
        );
        assert_eq!(
            url(Host::Custom("http://127.0.0.1:9/ext/orgs/x/v1/".into())).unwrap(),
            "http://127.0.0.1:9/ext/orgs/x/v1"
        );
        for bad in ["", "evil.example/", "evil.example#", "a@b", "../x", "a b"] {
            assert!(url(legacy(bad)).is_err(), "{bad}");
            assert!(url(gateway(bad)).is_err(), "{bad}");
        }
        assert!(url(Host::Custom("http://entrata.example/api".into())).is_err());
    }

    #[test]
    fn request_ids_are_unique_digits() {
        let ids = RequestIds::new();
        let (a, b) = (ids.next(), ids.next());
        assert_ne!(a, b);
        assert!(a.parse::<u64>().unwrap() < 1 << 53);
    }
}
