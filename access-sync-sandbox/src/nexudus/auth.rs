use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::handle::{EMAIL, PASSWORD};
use super::state::NexudusState;
use crate::http::{Reply, Request};
use crate::world::hash;

/// Seconds; the documentation's example, seven days.
const ACCESS_TTL: i64 = 604_799;
/// Seconds; "refresh tokens live 15 days".
const REFRESH_TTL: i64 = 1_296_000;

/// Tokens in circulation, with their ends.
#[derive(Debug, Clone, Default)]
pub(super) struct Tokens {
    issued: u64,
    access: BTreeMap<String, DateTime<Utc>>,
    /// One refresh token per client id.
    refresh: BTreeMap<String, (String, DateTime<Utc>)>,
}

impl Tokens {
    /// Ends every access token; refresh tokens live on.
    pub(super) fn expire_access(&mut self, now: DateTime<Utc>) {
        self.access.values_mut().for_each(|end| *end = now);
    }
}

/// `POST /api/token`: form body only; an optional `client_id` header, by default the login.
pub(super) fn token(state: &mut NexudusState, request: &Request) -> Reply {
    if !request.is_content_type("application/x-www-form-urlencoded") {
        return Reply::json(400, json!({"error": "unsupported_grant_type"}));
    }
    let fields = request.form();
    let field = |name: &str| {
        let pair = fields.iter().find(|(key, _)| key == name);
        pair.map_or("", |(_, value)| value.as_str())
    };
    let now = request.now;
    let client = request.header("client_id").unwrap_or(EMAIL).to_owned();
    let tokens = &mut state.tokens;
    let granted = match field("grant_type") {
        "password" => field("username") == EMAIL && field("password") == PASSWORD,
        "refresh_token" => tokens
            .refresh
            .get(&client)
            .is_some_and(|(token, end)| token == field("refresh_token") && now < *end),
        _ => return Reply::json(400, json!({"error": "unsupported_grant_type"})),
    };
    if !granted {
        let status = if request.variants.nexudus_invalid_grant_401 {
            401
        } else {
            400
        };
        return Reply::json(
            status,
            json!({
                "error": "invalid_grant",
                "error_description": "The user name or password is incorrect.",
            }),
        );
    }
    tokens.issued += 1;
    let n = tokens.issued;
    let access = format!("nexudus-access-{:016x}", hash(&[b"nexudus-access"], n));
    let refresh = format!(
        "{:016x}{:016x}",
        hash(&[b"nexudus-refresh"], n),
        hash(&[b"nexudus-hserfer"], n)
    );
    let after = |seconds: i64| {
        let span = TimeDelta::try_seconds(seconds).unwrap_or_default();
        now.checked_add_signed(span).unwrap_or(now)
    };
    tokens.access.insert(access.clone(), after(ACCESS_TTL));
    tokens
        .refresh
        .insert(client, (refresh.clone(), after(REFRESH_TTL)));
    Reply::json(
        200,
        json!({
            "access_token": access,
            "token_type": "bearer",
            "expires_in": ACCESS_TTL,
            "refresh_token": refresh,
        }),
    )
}

/// Basic with the login, or a bearer token that has not expired.
pub(super) fn signed_in(state: &NexudusState, request: &Request) -> bool {
    if let Some((user, password)) = request.basic() {
        return user == EMAIL && password == PASSWORD;
    }
    request
        .bearer()
        .and_then(|token| state.tokens.access.get(token))
        .is_some_and(|end| request.now < *end)
}
