//! Log-in of partner applications: a code becomes a bearer token.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use access_sync_http::decode::optional;
use access_sync_http::{
    ClientCore, Endpoint, Error, ErrorKind, Request, Safety, SecretString, Token, TokenSource,
};
use async_trait::async_trait;
use http::Method;
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use serde_json::json;
use url::Url;

use crate::client::RequestIds;
use crate::{Answer, EntrataEnvelope};

/// The exchange of an authorization code for a bearer token (`getAccessToken`), for
/// [`Auth::tokens`](crate::Auth::tokens).
///
/// Partner programs were seen to do so; Entrata's public pages do not describe it. Nothing renews
/// such a token: when it has run out, calls fail with [`ErrorKind::Authentication`] until a client is
/// built from a new code.
pub struct OAuthCode {
    url: Url,
    client_id: String,
    client_secret: SecretString,
    code: SecretString,
    request_id: String,
    used: AtomicBool,
}

/// Where the answer does not say how long the token lives; what was seen.
const LIFE: Duration = Duration::from_secs(3600);

impl OAuthCode {
    /// Where codes are exchanged for all companies; `https://{subdomain}.entrata.com/api/oauth`
    /// serves one.
    pub const ADDRESS: &'static str = "https://sync.entrata.com/api/oauth";

    /// A code, and the application that it was given to. `address` is [`OAuthCode::ADDRESS`] or a
    /// company's own.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] where secrets may not be sent to the address: `https`, or `http` to this
    /// machine.
    pub fn new(
        address: &str,
        client_id: impl Into<String>,
        client_secret: impl Into<SecretString>,
        code: impl Into<SecretString>,
    ) -> Result<Self, Error> {
        Ok(Self {
            url: Endpoint::parse(address)?.as_url().clone(),
            client_id: client_id.into(),
            client_secret: client_secret.into(),
            code: code.into(),
            request_id: RequestIds::new().next(),
            used: AtomicBool::new(false),
        })
    }

    /// The request of the exchange. It may be sent once: a code is used up by the first try. The
    /// body holds secrets, as the method wants it.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] where it cannot be written as JSON.
    pub fn request(&self) -> Result<Request, Error> {
        let body = json!({
            "auth": {
                "type": "oauth",
                "code": self.code.expose_secret(),
                "grant_type": "authorization_code",
                "client_id": self.client_id,
                "client_secret": self.client_secret.expose_secret(),
            },
            "requestId": self.request_id,
            "method": { "name": "getAccessToken", "params": [] },
        });
        Request::new("getAccessToken", Method::POST, self.url.clone())
            .class("getAccessToken")
            .safety(Safety::Once)
            .json(&body)
    }

    async fn exchange(&self, core: &ClientCore) -> Result<Token, Error> {
        let core = core.bare(Arc::new(EntrataEnvelope));
        let reply = core.send(self.request()?).await?;
        let told: Told = Answer::new(reply, &self.request_id)?.result()?;
        if told.access_token.is_empty() {
            return Err(Error::decode("access_token: empty"));
        }
        let life = told.expires_in.map_or(LIFE, Duration::from_secs);
        Ok(Token::new(told.access_token.into(), None, life))
    }
}

#[derive(Deserialize)]
struct Told {
    access_token: String,
    #[serde(default, deserialize_with = "optional")]
    expires_in: Option<u64>,
}

#[async_trait]
impl TokenSource for OAuthCode {
    async fn fetch(&self, core: &ClientCore, _previous: Option<&Token>) -> Result<Token, Error> {
        if self.used.load(Ordering::Acquire) {
            let text = "the code is used up; a person must authorize anew";
            return Err(Error::new(ErrorKind::Authentication, text));
        }
        let result = self.exchange(core).await;
        // What never arrived is still good.
        let arrived = result.as_ref().map_or_else(Error::was_sent, |_| true);
        self.used.fetch_or(arrived, Ordering::AcqRel);
        result
    }
}

impl fmt::Debug for OAuthCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OAuthCode")
            .field("host", &self.url.host_str().unwrap_or(""))
            .finish_non_exhaustive()
    }
}
