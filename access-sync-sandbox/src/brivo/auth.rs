use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::administrators::OURS;
use super::handle::{CLIENT_ID, CLIENT_SECRET};
use super::state::BrivoState;
use crate::http::{Reply, Request};
use crate::world::hash;

/// Seconds; the newest documentation's value.
const ACCESS_TTL: i64 = 300;
/// Seconds; the documentation's example of `refreshTokenTtl`, 14 days.
const REFRESH_TTL: i64 = 1_209_600;
const CODE_TTL: i64 = 600;

/// Tokens and codes in circulation, with their ends, and whose the tokens are.
#[derive(Debug, Clone, Default)]
pub(super) struct Tokens {
    issued: u64,
    access: BTreeMap<String, (DateTime<Utc>, i64)>,
    refresh: BTreeMap<String, (DateTime<Utc>, i64)>,
    codes: BTreeMap<String, DateTime<Utc>>,
}

impl Tokens {
    fn next(&mut self, kind: &str) -> String {
        self.issued += 1;
        let high = hash(&[b"brivo-token", kind.as_bytes()], self.issued);
        let low = hash(&[kind.as_bytes(), b"token-brivo"], self.issued);
        format!("{kind}-{high:016x}{low:016x}")
    }

    pub(super) fn issue_code(&mut self, now: DateTime<Utc>) -> String {
        let code = self.next("code");
        self.codes.insert(code.clone(), after(now, CODE_TTL));
        code
    }

    /// Ends every access token; refresh tokens live on.
    pub(super) fn expire_access(&mut self, now: DateTime<Utc>) {
        self.access.values_mut().for_each(|(end, _)| *end = now);
    }

    fn grant(&mut self, administrator: i64, now: DateTime<Utc>) -> Reply {
        self.access.retain(|_, (end, _)| *end > now);
        let access = self.next("access");
        let refresh = self.next("refresh");
        let until = |seconds| (after(now, seconds), administrator);
        self.access.insert(access.clone(), until(ACCESS_TTL));
        self.refresh.insert(refresh.clone(), until(REFRESH_TTL));
        let n = self.issued;
        let jti = format!("{:08x}-7d3e-4a0b-9a51-{:012x}", hash(&[b"jti"], n) >> 32, n);
        Reply::json(
            200,
            json!({
                "access_token": access,
                "token_type": "bearer",
                "refresh_token": refresh,
                "expires_in": ACCESS_TTL,
                "scope": "brivo.api",
                "jti": jti,
            }),
        )
    }
}

fn after(now: DateTime<Utc>, seconds: i64) -> DateTime<Utc> {
    TimeDelta::try_seconds(seconds)
        .and_then(|span| now.checked_add_signed(span))
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// `POST /oauth/token`: Basic client credentials, form body.
pub(super) fn token(state: &mut BrivoState, request: &Request) -> Reply {
    match request.basic() {
        None => return unauthenticated(),
        Some((id, secret)) if id != CLIENT_ID || secret != CLIENT_SECRET => {
            return Reply::json(
                401,
                json!({
                    "status": 401,
                    "error": "Unauthorized",
                    "message": "Bad credentials",
                    "path": "/oauth/token",
                }),
            );
        }
        Some(_) => {}
    }
    let mut fields = request.query.clone();
    if request.is_content_type("application/x-www-form-urlencoded") {
        fields.extend(request.form());
    }
    let field = |name: &str| {
        let pair = fields.iter().find(|(key, _)| key == name);
        pair.map_or("", |(_, value)| value.as_str())
    };
    let now = request.now;
    let tokens = &mut state.tokens;
    let granted = match field("grant_type") {
        "password" => state.admit(field("username"), field("password"), now),
        // Rotation is not documented; every client keeps the newest token, and so must ours.
        "refresh_token" => {
            let old = tokens.refresh.remove(field("refresh_token"));
            old.filter(|(end, who)| now < *end && state.admits(*who, now))
                .map(|(_, who)| who)
        }
        "authorization_code" => {
            let code = tokens.codes.remove(field("code"));
            code.filter(|end| now < *end).map(|_| OURS)
        }
        "" => return oauth_error(400, "invalid_request", "Missing grant type"),
        other => {
            let text = format!("Unsupported grant type: {other}");
            return oauth_error(400, "unsupported_grant_type", &text);
        }
    };
    if let Some(administrator) = granted {
        state.tokens.grant(administrator, now)
    } else {
        let status = if request.variants.brivo_invalid_grant_400 {
            400
        } else {
            401
        };
        oauth_error(status, "invalid_grant", "Bad credentials")
    }
}

/// `GET /oauth/authorize`: as though the administrator had agreed at once.
pub(super) fn authorize(state: &mut BrivoState, request: &Request) -> Reply {
    let Some(redirect) = request.param("redirect_uri") else {
        return oauth_error(400, "invalid_request", "No redirect URI is registered");
    };
    if request.param("client_id") != Some(CLIENT_ID) {
        return oauth_error(401, "invalid_client", "Bad client credentials");
    }
    let code = state.tokens.issue_code(request.now);
    let glue = if redirect.contains('?') { '&' } else { '?' };
    let state_text = request.param("state").unwrap_or_default();
    let back = format!("{redirect}{glue}code={code}&state={state_text}");
    if request.variants.brivo_redirect_by_post {
        // The administrator's browser posts the code to the redirect URI.
        let action = back
            .replace('&', "&amp;")
            .replace('"', "&quot;")
            .replace('<', "&lt;");
        return Reply::html(
            200,
            &format!(
                "<form method=\"post\" action=\"{action}\"><button>Continue</button></form>\
                 <script>document.forms[0].submit()</script>"
            ),
        );
    }
    Reply::empty(302).header("Location", back)
}

/// Whose bearer token an API call carries.
pub(super) fn check(state: &BrivoState, request: &Request) -> Result<i64, Reply> {
    let token = request.bearer().ok_or_else(unauthenticated)?;
    match state.tokens.access.get(token) {
        Some((end, who)) if request.now < *end => Ok(*who),
        Some(_) => Err(oauth_error(401, "invalid_token", "Access token expired")),
        None => Err(Reply::json(401, json!({"error": "invalid_token"}))),
    }
}

fn unauthenticated() -> Reply {
    oauth_error(
        401,
        "unauthorized",
        "Full authentication is required to access this resource",
    )
}

fn oauth_error(status: u16, error: &str, description: &str) -> Reply {
    Reply::json(
        status,
        json!({"error": error, "error_description": description}),
    )
}
