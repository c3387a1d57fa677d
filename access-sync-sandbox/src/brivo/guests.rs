//! Guests: users with an end, who get a PIN or a mobile pass at once.

use chrono::SecondsFormat;
use serde_json::{Value, json};

use super::rows::{Contact, NewUser, User};
use super::state::BrivoState;
use super::users::{full, read_instant};
use super::{body_object, error, path_id};
use crate::http::{Reply, Request};
use crate::world::hash;

pub(super) fn create(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let body = body_object(request)?;
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str);
    let first_name = text("/user/firstName")
        .filter(|name| !name.is_empty())
        .ok_or_else(|| error(400, "First name is required"))?;
    let date = |key: &str| {
        text(&format!("/user/{key}"))
            .and_then(read_instant)
            .ok_or_else(|| error(400, &format!("Invalid value for {key}")))
    };
    let (from, to) = (date("effectiveFrom")?, date("effectiveTo")?);
    if to <= from {
        return Err(error(400, "Effective to must be after effective from"));
    }
    let email = text("/user/emails/0/address").ok_or_else(|| error(400, "Email is required"))?;
    let kind = text("/user/emails/0/type").unwrap_or("work").to_owned();
    let groups: Vec<i64> = body
        .get("groupIds")
        .and_then(Value::as_array)
        .map(|ids| ids.iter().filter_map(Value::as_i64).collect())
        .unwrap_or_default();
    if groups.is_empty() {
        return Err(error(400, "Groups are required"));
    }
    if groups.iter().any(|id| state.visible_group(*id).is_none()) {
        return Err(error(400, "Group does not allow visitors"));
    }
    let pass = match text("/credentialType").unwrap_or("PIN") {
        "PIN" => false,
        "MOBILE_PASS" => true,
        _ => return Err(error(400, "Invalid value for credentialType")),
    };
    let pin = (!pass).then(|| fresh_pin(state));
    let id = state.new_user(
        NewUser {
            first_name: first_name.to_owned(),
            last_name: "(Integration Admin)".to_owned(),
            pin,
            effective_from: Some(from),
            effective_to: Some(to),
            ..NewUser::default()
        },
        request.now,
    );
    let Some(mut user) = state.users.get(&id).cloned() else {
        return Err(error(500, "The guest could not be made"));
    };
    user.identity_type = Some("Visitor".to_owned());
    user.emails = vec![Contact::new(email, kind)];
    state.put_user(user.clone());
    for group in groups {
        state.join(id, group);
    }
    if pass {
        state.invite(id, email, false, request.now)?;
    }
    state.audit(request.now, "user", id, "Visitor created");
    let mut row: Value = full(state, &user).into();
    // Guests' addresses have ids, and their dates milliseconds.
    if let Some(emails) = row.pointer_mut("/emails/0").and_then(Value::as_object_mut) {
        emails.insert("id".to_owned(), json!(90_000_000 + id));
    }
    for (key, at) in [("effectiveFrom", from), ("effectiveTo", to)] {
        if let Some(object) = row.as_object_mut() {
            let text = at.to_rfc3339_opts(SecondsFormat::Millis, true);
            object.insert(key.to_owned(), json!(text));
        }
    }
    Ok(Reply::json(200, row))
}

/// Five digits that nobody has.
fn fresh_pin(state: &BrivoState) -> String {
    let n = u64::try_from(state.users.len()).unwrap_or_default();
    let mut pins = (0..).map(|round| {
        let number = hash(&[b"guest-pin"], n.wrapping_add(round)) % 90_000 + 10_000;
        number.to_string()
    });
    let free = |pin: &String| !state.users.values().any(|u| u.pin.as_ref() == Some(pin));
    pins.find(free).unwrap_or_else(|| "73951".to_owned())
}

fn find<'a>(state: &'a BrivoState, request: &Request) -> Result<&'a User, Reply> {
    let id = path_id(request, 1, "visitor")?;
    state
        .users
        .get(&id)
        .filter(|user| user.identity_type.as_deref() == Some("Visitor"))
        .ok_or_else(|| error(404, "Requested visitor not found"))
}

pub(super) fn delete(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let id = find(state, request)?.id;
    state.remove_user(id);
    state.audit(request.now, "user", id, "Visitor deleted");
    Ok(Reply::empty(204))
}

/// Makes the invitation anew: a pending one is cancelled.
pub(super) fn invite(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let user = find(state, request)?;
    let email = user.emails.first().map(|email| email.value.clone());
    let email = email.ok_or_else(|| error(400, "Email is required"))?;
    let id = user.id;
    state.cancel_invitation(id, request.now);
    state.invite(id, &email, false, request.now)?;
    Ok(Reply::empty(204))
}
