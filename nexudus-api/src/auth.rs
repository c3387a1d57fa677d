//! Bearer tokens of `POST /api/token`.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use access_sync_http::{
    ClientCore, Endpoint, Error, ErrorKind, ExposeSecret, Request, Safety, SecretString, Token,
    TokenSource, decode,
};
use async_trait::async_trait;
use http::header::HeaderName;
use http::{HeaderValue, Method};
use serde::Deserialize;

use crate::Secret;
use crate::envelope::TokenEnvelope;
use access_sync_http::decode::Object;

/// Makes the code of the second factor when it is asked for.
pub(crate) type Totp = Arc<dyn Fn() -> SecretString + Send + Sync>;

/// The password grant, and the refresh grant while there is a refresh token
/// (developers.nexudus.com, "Authentication" and "Token authentication (OAuth)").
///
/// Refresh tokens rotate: each works once and is bound to the `client_id` header that it was made
/// with, so the header is the same on every request of one client.
pub(crate) struct PasswordGrant {
    pub(crate) endpoint: Endpoint,
    pub(crate) username: String,
    pub(crate) password: SecretString,
    pub(crate) client_id: HeaderValue,
    pub(crate) totp: Option<Totp>,
}

impl fmt::Debug for PasswordGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasswordGrant")
            .field("totp", &self.totp.is_some())
            .finish_non_exhaustive()
    }
}

impl PasswordGrant {
    fn request(&self, operation: &'static str, fields: &[(&str, &str)]) -> Result<Request, Error> {
        let url = self.endpoint.join(&["token"])?;
        Ok(Request::new(operation, Method::POST, url)
            .header(HeaderName::from_static("client_id"), self.client_id.clone())
            .form(fields.iter().copied()))
    }

    async fn by_password(&self, core: &ClientCore) -> Result<Token, Error> {
        let code = self.totp.as_ref().map(|totp| totp());
        let mut fields = vec![
            ("grant_type", "password"),
            ("username", self.username.as_str()),
            ("password", self.password.expose_secret()),
        ];
        if let Some(code) = &code {
            fields.push(("totp", code.expose_secret()));
        }
        let request = self.request("token.password", &fields)?;
        // Another log-in only makes another token; a code of the second factor works once.
        let safety = if code.is_some() {
            Safety::Once
        } else {
            Safety::Idempotent
        };
        token(core, request.safety(safety)).await
    }

    async fn by_refresh(&self, core: &ClientCore, refresh: &SecretString) -> Result<Token, Error> {
        let fields = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh.expose_secret()),
        ];
        token(core, self.request("token.refresh", &fields)?).await
    }
}

#[async_trait]
impl TokenSource for PasswordGrant {
    async fn fetch(&self, core: &ClientCore, previous: Option<&Token>) -> Result<Token, Error> {
        let core = core.bare(Arc::new(TokenEnvelope));
        if let Some(refresh) = previous.and_then(|token| token.refresh.as_ref()) {
            match self.by_refresh(&core, refresh).await {
                Ok(token) => return Ok(token),
                // Nothing was used up; logging in would not fare better.
                Err(error) if error.is_throttled() || !error.was_sent() => return Err(error),
                // Used up, lived too long, or lost with an answer that never came.
                Err(_) => {}
            }
        }
        self.by_password(&core).await
    }
}

#[derive(Deserialize)]
struct Grant {
    access_token: Secret,
    #[serde(default)]
    token_type: Option<String>,
    #[serde(default, deserialize_with = "decode::optional")]
    expires_in: Option<u64>,
    #[serde(default, deserialize_with = "crate::field::optional")]
    refresh_token: Option<Secret>,
}

async fn token(core: &ClientCore, request: Request) -> Result<Token, Error> {
    let reply = core.send(request).await?;
    parse_token(&reply.body).map_err(|error| reply.fault(error))
}

/// A token of the token endpoint's answer.
pub(crate) fn parse_token(body: &[u8]) -> Result<Token, Error> {
    let Object(grant): Object<Grant> = decode::json(body)?;
    if let Some(kind) = grant
        .token_type
        .filter(|kind| !kind.eq_ignore_ascii_case("bearer"))
    {
        let text = format!(
            "token_type: not bearer but {}",
            access_sync_http::redact::text(&kind)
        );
        return Err(Error::new(ErrorKind::Decode, text));
    }
    // Without a lifetime a short one: a token that is refused before its end is fetched anew anyway.
    let life = Duration::from_secs(grant.expires_in.unwrap_or(600).clamp(30, 366 * 86_400));
    let refresh = grant.refresh_token.map(Secret::into_inner);
    Ok(Token::new(grant.access_token.into_inner(), refresh, life))
}
