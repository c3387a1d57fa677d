//! Administrators: who signs in, and what their rank lets them do.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::handle::{PASSWORD, USERNAME};
use super::paging::{conditions, page};
use super::state::{ACCOUNT, BrivoState};
use super::users::read_instant;
use super::{body_object, error, path_id};
use crate::http::{Reply, Request};
use crate::json::Object;

/// The administrator whose credentials the sandbox gives out.
pub(super) const OURS: i64 = 912_001;
const OWNER: i64 = 912_000;

const RANKS: [&str; 5] = ["CSR", "DEALER", "MASTER", "SENIOR", "ASSISTANT"];

/// An administrator as stored.
#[derive(Debug, Clone)]
pub(super) struct Administrator {
    id: i64,
    username: String,
    first_name: String,
    middle_name: Option<String>,
    last_name: String,
    rank: String,
    email: String,
    timezone: String,
    can_create: bool,
    login: Login,
}

/// How the log-in stands.
#[derive(Debug, Clone)]
struct Login {
    active: bool,
    password: Option<String>,
    temporary: bool,
    question: String,
    /// Wrong passwords since the last good one.
    retries: u32,
    attempted: Option<DateTime<Utc>>,
    expiration: Option<DateTime<Utc>>,
}

/// The account's owner, and the administrator of the integration.
pub(super) fn first() -> BTreeMap<i64, Administrator> {
    let one = |id, username: &str, (first, last): (&str, &str), rank: &str| Administrator {
        id,
        username: username.to_owned(),
        first_name: first.to_owned(),
        middle_name: None,
        last_name: last.to_owned(),
        rank: rank.to_owned(),
        email: format!("{}@example.com", first.to_lowercase()),
        timezone: "US/Central".to_owned(),
        can_create: true,
        login: Login {
            active: true,
            password: (id == OURS).then(|| PASSWORD.to_owned()),
            temporary: false,
            question: "The first street?".to_owned(),
            retries: 0,
            attempted: None,
            expiration: None,
        },
    };
    BTreeMap::from([
        (OWNER, one(OWNER, "owner01", ("Ida", "Ross"), "MASTER")),
        (
            OURS,
            one(OURS, USERNAME, ("Integration", "Admin"), "SENIOR"),
        ),
    ])
}

impl BrivoState {
    /// Who signs in with these, if the log-in is in order.
    pub(super) fn admit(
        &mut self,
        username: &str,
        password: &str,
        now: DateTime<Utc>,
    ) -> Option<i64> {
        let mut all = self.administrators.values_mut();
        let who = all.find(|one| one.username == username)?;
        who.login.attempted = Some(now);
        if who.login.password.as_deref() != Some(password) {
            who.login.retries += 1;
            return None;
        }
        who.login.retries = 0;
        who.login.open(now).then_some(who.id)
    }

    /// Whether an administrator may still go on with what was granted.
    pub(super) fn admits(&self, id: i64, now: DateTime<Utc>) -> bool {
        let who = self.administrators.get(&id);
        who.is_some_and(|who| who.login.open(now))
    }

    /// The rank of whoever calls.
    pub(super) fn rank(&self) -> &str {
        let who = self.administrators.get(&self.caller);
        who.map_or("", |who| who.rank.as_str())
    }

    pub(super) fn caller_name(&self) -> &str {
        let who = self.administrators.get(&self.caller);
        who.map_or("", |who| who.username.as_str())
    }

    pub(super) fn administrator_count(&self) -> usize {
        self.administrators.len()
    }
}

impl Login {
    fn open(&self, now: DateTime<Utc>) -> bool {
        self.active && self.expiration.is_none_or(|end| now < end)
    }

    fn shape(&self) -> Object {
        let millis = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
        let mut row = Object::with_capacity(8);
        row.set("active", self.active);
        // After how many wrong passwords it is locked is not documented: here never.
        row.set("locked", false);
        row.set("temporaryPassword", self.temporary);
        row.set("securityQuestion", &self.question);
        row.set("retryCount", self.retries);
        row.some("lastAttempted", self.attempted.map(millis));
        row.some("expiration", self.expiration.map(millis));
        row
    }
}

fn shape(one: &Administrator) -> Object {
    let mut row = Object::with_capacity(10);
    row.set("id", one.id);
    row.set("username", &one.username);
    row.set("firstName", &one.first_name);
    row.some("middleName", one.middle_name.as_deref());
    row.set("lastName", &one.last_name);
    row.set("identityType", &one.rank);
    row.set("email", &one.email);
    row.set("timezone", &one.timezone);
    if one.rank == "SENIOR" || one.rank == "MASTER" {
        row.set("canCreateAdmins", one.can_create);
    }
    row
}

/// The account's administrators tell who owns it, and nothing of ranks.
pub(super) fn of_account(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    super::account::known(request)?;
    let rows = state.administrators.values().collect();
    page(request, rows, |one: &Administrator| {
        let mut row = Object::with_capacity(7);
        row.set("id", one.id);
        row.set("username", &one.username);
        row.set("firstName", &one.first_name);
        row.set("lastName", &one.last_name);
        row.set("email", &one.email);
        row.set("owner", one.rank == "MASTER");
        row
    })
}

pub(super) fn list(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let filters = conditions(request, &[("username", &["eq"]), ("type", &["eq"])])?;
    let mut rows: Vec<&Administrator> = state.administrators.values().collect();
    for filter in &filters {
        if filter.field == "username" {
            rows.retain(|one| filter.contained_in(&one.username));
            continue;
        }
        let known = |value: &String| RANKS.contains(&value.to_uppercase().as_str());
        if !filter.values.iter().all(known) {
            return Err(error(400, "Invalid filter was provided"));
        }
        let wanted = |rank: &str| filter.values.iter().any(|v| v.eq_ignore_ascii_case(rank));
        rows.retain(|one| wanted(&one.rank));
    }
    page(request, rows, shape)
}

pub(super) fn whoami(state: &mut BrivoState, _: &Request) -> Result<Reply, Reply> {
    let who = state.administrators.get(&state.caller);
    let who = who.ok_or_else(|| error(404, "Requested administrator not found"))?;
    Ok(Reply::object(200, shape(who)))
}

fn find<'a>(state: &'a BrivoState, request: &Request) -> Result<&'a Administrator, Reply> {
    let id = path_id(request, 1, "administrator")?;
    state.administrators.get(&id).ok_or_else(|| {
        let text = format!("Administrator with id {id} does not exist");
        error(404, &text)
    })
}

pub(super) fn get(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let mut row = shape(find(state, request)?);
    row.set("accountId", ACCOUNT);
    Ok(Reply::object(200, row))
}

/// 403 for whoever may not make others.
fn may_change(state: &BrivoState) -> Result<(), Reply> {
    let who = state.administrators.get(&state.caller);
    if who.is_some_and(|who| who.can_create) {
        return Ok(());
    }
    Err(error(403, "You may not change administrators"))
}

/// What POST and PUT have in common.
fn read(body: &Value, mut row: Administrator) -> Result<Administrator, Reply> {
    let text = |key: &str| {
        let text = body.get(key).and_then(Value::as_str);
        text.filter(|text| !text.trim().is_empty())
            .map(str::to_owned)
    };
    let required = |key: &str| text(key).ok_or_else(|| error(400, &format!("{key} is required")));
    row.first_name = required("firstName")?;
    row.last_name = required("lastName")?;
    row.email = required("email")?;
    if !row.email.contains('@') {
        return Err(error(400, "Invalid value for email"));
    }
    row.middle_name = text("middleName");
    row.timezone = text("timezone").unwrap_or(row.timezone);
    if let Some(rank) = text("identityType") {
        if !RANKS.contains(&rank.as_str()) {
            return Err(error(400, "Invalid value for identityType"));
        }
        row.rank = rank;
    }
    row.can_create = match body.get("canCreateAdmins") {
        None | Some(Value::Null) => false,
        Some(_) if row.rank != "SENIOR" => {
            return Err(error(400, "canCreateAdmins is for senior administrators"));
        }
        Some(value) => value
            .as_bool()
            .ok_or_else(|| error(400, "Invalid value for canCreateAdmins"))?,
    };
    Ok(row)
}

pub(super) fn create(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    may_change(state)?;
    let body = body_object(request)?;
    let text = |key: &str| {
        let text = body.get(key).and_then(Value::as_str);
        text.filter(|text| !text.trim().is_empty())
    };
    let required = |key: &str| text(key).ok_or_else(|| error(400, &format!("{key} is required")));
    let username = required("username")?;
    let question = required("securityQuestion")?;
    required("securityAnswer")?;
    if state.takes(username) {
        return Err(error(400, "Username is already taken"));
    }
    let last = state.administrators.keys().next_back();
    let id = last.map_or(OWNER, |id| id + 1);
    let blank = Administrator {
        id,
        username: username.to_owned(),
        first_name: String::new(),
        middle_name: None,
        last_name: String::new(),
        rank: "ASSISTANT".to_owned(),
        email: String::new(),
        timezone: "US/Eastern".to_owned(),
        can_create: false,
        login: Login {
            active: true,
            // Without one Brivo mails one, which nobody here can read.
            password: text("password").map(str::to_owned),
            temporary: text("password").is_none(),
            question: question.to_owned(),
            retries: 0,
            attempted: None,
            expiration: None,
        },
    };
    let row = read(&body, blank)?;
    let answer = shape(&row);
    state.administrators.insert(id, row);
    state.audit(request.now, "administrator", id, "Administrator created");
    Ok(Reply::object(state.created_status(), answer))
}

pub(super) fn replace(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let row = find(state, request)?.clone();
    may_change(state)?;
    let row = read(&body_object(request)?, row)?;
    let answer = shape(&row);
    let id = row.id;
    state.administrators.insert(id, row);
    state.audit(request.now, "administrator", id, "Administrator changed");
    Ok(Reply::object(200, answer))
}

/// Nobody deletes the account's owner or themselves.
pub(super) fn delete(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let id = find(state, request)?.id;
    may_change(state)?;
    if id == OWNER || id == state.caller {
        return Err(error(403, "This administrator may not be deleted"));
    }
    state.administrators.remove(&id);
    state.audit(request.now, "administrator", id, "Administrator deleted");
    Ok(Reply::empty(204))
}

impl BrivoState {
    fn takes(&self, username: &str) -> bool {
        let mut all = self.administrators.values();
        all.any(|one| one.username.eq_ignore_ascii_case(username))
    }
}

/// The flag is text, as in the documentation's example.
pub(super) fn check_username(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let body = body_object(request)?;
    let username = body.get("username").and_then(Value::as_str);
    let username = username.ok_or_else(|| error(400, "username is required"))?;
    let free = !state.takes(username);
    Ok(Reply::json(200, json!({"available": free.to_string()})))
}

pub(super) fn login(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    Ok(Reply::object(200, find(state, request)?.login.shape()))
}

/// Flags come as text, or as flags.
pub(super) fn change_login(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let mut row = find(state, request)?.clone();
    may_change(state)?;
    let body = body_object(request)?;
    let text = |key: &str| body.get(key).and_then(Value::as_str);
    let flag = |key: &str| match body.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(Value::String(word)) if word == "true" => Ok(Some(true)),
        Some(Value::String(word)) if word == "false" => Ok(Some(false)),
        Some(_) => Err(error(400, &format!("Invalid value for {key}"))),
    };
    row.login.active = flag("active")?.unwrap_or(row.login.active);
    row.login.temporary = flag("temporaryPassword")?.unwrap_or(row.login.temporary);
    if let Some(password) = text("password") {
        row.login.password = Some(password.to_owned());
        row.login.retries = 0;
    }
    if let Some(question) = text("securityQuestion") {
        row.login.question = question.to_owned();
    }
    if let Some(end) = text("expiration") {
        let end = read_instant(end);
        row.login.expiration = Some(end.ok_or_else(|| error(400, "Invalid value for expiration"))?);
    }
    let answer = row.login.shape();
    let id = row.id;
    state.administrators.insert(id, row);
    state.audit(request.now, "administrator", id, "Login changed");
    Ok(Reply::object(200, answer))
}
