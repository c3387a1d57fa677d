//! Partner applications: a code for a bearer token, at `{base}/api/oauth`.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::handle::{OAUTH_CLIENT_ID, OAUTH_CLIENT_SECRET};
use super::state::EntrataState;
use super::{Failure, failed, request_id};
use crate::http::{Reply, Request};
use crate::world::hash;

const TTL: i64 = 3600;

/// Codes and tokens in circulation, with their ends.
#[derive(Debug, Clone, Default)]
pub(crate) struct Grants {
    issued: u64,
    codes: BTreeMap<String, DateTime<Utc>>,
    tokens: BTreeMap<String, DateTime<Utc>>,
}

impl Grants {
    fn next(&mut self, kind: &str, now: DateTime<Utc>, seconds: i64) -> (String, DateTime<Utc>) {
        self.issued += 1;
        let text = hash(&[b"entrata-oauth", kind.as_bytes()], self.issued);
        let span = TimeDelta::try_seconds(seconds).unwrap_or_default();
        let end = now.checked_add_signed(span).unwrap_or(now);
        (format!("{kind}-{text:016x}"), end)
    }

    pub(super) fn code(&mut self, now: DateTime<Utc>) -> String {
        let (code, end) = self.next("code", now, 600);
        self.codes.insert(code.clone(), end);
        code
    }
}

/// A code is good once.
pub(super) fn exchange(state: &mut EntrataState, request: &Request) -> Reply {
    let body = request.json().unwrap_or_default();
    let id = request_id(&body);
    let text = |key: &str| {
        let value = body.pointer(&format!("/auth/{key}"));
        value.and_then(Value::as_str).unwrap_or_default()
    };
    if body.pointer("/method/name").and_then(Value::as_str) != Some("getAccessToken") {
        return failed(Failure::new(400, 400, "Method name not found."), id);
    }
    let known = text("client_id") == OAUTH_CLIENT_ID
        && text("client_secret") == OAUTH_CLIENT_SECRET
        && text("grant_type") == "authorization_code";
    let now = request.now;
    let grants = &mut state.grants;
    let good = grants
        .codes
        .remove(text("code"))
        .is_some_and(|end| now < end);
    if !known || !good {
        return failed(Failure::new(401, 401, "Invalid authorization code."), id);
    }
    let (token, end) = grants.next("token", now, TTL);
    grants.tokens.insert(token.clone(), end);
    let mut response = json!({"code": 200, "result": {
        "access_token": token,
        "expires_in": TTL.to_string(),
        "token_type": "Bearer",
        "scope": ["leases", "properties", "propertyunits", "customers"],
    }});
    if let (Some(id), Some(object)) = (id, response.as_object_mut()) {
        object.insert("requestId".to_owned(), json!(id));
    }
    Reply::json(200, json!({"response": response}))
}

/// A bearer token that has not run out.
pub(super) fn signed_in(state: &EntrataState, request: &Request) -> bool {
    let token = request
        .bearer()
        .and_then(|token| state.grants.tokens.get(token));
    token.is_some_and(|end| request.now < *end)
}
