//! The bank of credentials, and who holds what from when to when.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::paging::{conditions, page, page_of, whole};
use super::rows::User;
use super::rows_access::{Assignment, Credential};
use super::state::{ACCOUNT, BrivoState};
use super::users::{instant, not_found as no_user, read_instant};
use super::{body_object, error, path_id};
use crate::http::{Reply, Request};
use crate::json::Object;

pub(super) const PIN: i64 = 2;
pub(super) const MOBILE_PASS: i64 = 307;
const CARD_26: i64 = 100;
/// Numbers of formats that no public text tells: nobody should rely on them.
pub(super) const FACE: i64 = 401;
pub(super) const PLATE: i64 = 402;

/// (id, name, bits, fields).
type Format = (i64, &'static str, i64, &'static [(i64, &'static str)]);

const FORMATS: [Format; 14] = [
    (
        CARD_26,
        "HID 26 bit Card",
        26,
        &[(1, "card_number"), (2, "facility_code")],
    ),
    (
        102,
        "HID Corporate 1000",
        35,
        &[(5, "card_number"), (6, "facility_code")],
    ),
    (
        103,
        "HID 37 bit with facility code",
        37,
        &[(10, "card_number"), (11, "facility_code")],
    ),
    (104, "HID 37 bit", 37, &[(14, "card_number")]),
    (
        105,
        "Generic 34 bit even",
        34,
        &[(17, "card_number"), (18, "facility_code")],
    ),
    (
        106,
        "Casi 40 bit",
        40,
        &[(25, "card_number"), (26, "facility_code")],
    ),
    (
        107,
        "Generic 34 bit odd",
        34,
        &[(21, "card_number"), (22, "facility_code")],
    ),
    (
        108,
        "HID 33 bit",
        33,
        &[(29, "card_number"), (30, "facility_code")],
    ),
    (110, "Unknown format", 0, &[]),
    (
        301,
        "30 bit",
        30,
        &[(61, "card_number"), (62, "facility_code")],
    ),
    (
        302,
        "Allegion 34 bit",
        34,
        &[(81, "card_number"), (82, "facility_code")],
    ),
    (
        304,
        "Corporate 1000 48 bit",
        48,
        &[(106, "card_number"), (107, "facility_code")],
    ),
    (MOBILE_PASS, "Brivo Mobile Pass", 0, &[]),
    (
        309,
        "Allegion 40 bit",
        40,
        &[(181, "card_number"), (182, "facility_code")],
    ),
];

/// Formats of what is made by calls of its own and not listed.
const SPECIAL: [Format; 2] = [
    (FACE, "Faceprint", 0, &[]),
    (PLATE, "License Plate", 0, &[]),
];

fn format(id: i64) -> Option<&'static Format> {
    let mut all = FORMATS.iter().chain(&SPECIAL);
    all.find(|(known, ..)| *known == id)
}

pub(super) fn formats(_: &mut BrivoState, _: &Request) -> Result<Reply, Reply> {
    let rows = FORMATS.iter().map(|(id, name, _, fields)| {
        let fields: Vec<Value> = fields
            .iter()
            .map(|(id, name)| json!({"id": id, "name": name}))
            .collect();
        json!({"id": id, "name": name, "credentialFields": fields})
    });
    Ok(whole(rows.collect()))
}

fn shape(credential: &Credential) -> Object {
    shape_with(credential, "id")
}

/// In the bank the id of a field is `id`, on a user `credentialFieldId`.
fn shape_with(credential: &Credential, field_id: &'static str) -> Object {
    let known = format(credential.format_id);
    let name = known.map_or("Unknown format", |(_, name, ..)| name);
    let fields: Vec<Value> = credential
        .fields
        .iter()
        .map(|(id, value)| {
            let named = known.and_then(|(.., fields)| fields.iter().find(|(of, _)| of == id));
            let name = named.map_or("value", |(_, name)| name);
            json!({field_id: id, "value": value, "name": format!("acs.cards.format.{name}")})
        })
        .collect();
    let mut row = Object::with_capacity(9);
    row.set("id", credential.id);
    row.set(
        "credentialFormat",
        json!({"id": credential.format_id, "name": name}),
    );
    row.some("referenceId", credential.reference_id.as_deref());
    row.some("encodedCredential", credential.encoded.as_deref());
    row.set("fieldValues", fields);
    row.some("size", credential.size);
    row.set("accountId", ACCOUNT);
    row
}

pub(super) fn list(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let filters = conditions(
        request,
        &[
            ("status", &["eq"]),
            ("reference_id", &["eq"]),
            ("facility_code", &["eq"]),
        ],
    )?;
    let all = state.credentials.values();
    if filters.is_empty() {
        return page_of(request, state.credentials.len(), all, shape);
    }
    let mut rows: Vec<&Credential> = all.collect();
    for filter in &filters {
        match filter.field.as_str() {
            "status" => {
                let assigned = match filter.values.as_slice() {
                    [one] if one == "assigned" => true,
                    [one] if one == "unassigned" => false,
                    _ => return Err(error(400, "Invalid filter was provided")),
                };
                rows.retain(|c| c.assignment.is_some() == assigned);
            }
            "reference_id" => rows.retain(|c| {
                let reference = c.reference_id.as_deref();
                reference.is_some_and(|reference| filter.contained_in(reference))
            }),
            _ => rows.retain(|c| {
                let fields = format(c.format_id).map_or(&[][..], |(.., fields)| fields);
                let code = fields.iter().find(|(_, name)| *name == "facility_code");
                code.and_then(|(id, _)| c.fields.iter().find(|(of, _)| of == id))
                    .is_some_and(|(_, value)| filter.contained_in(value))
            }),
        }
    }
    page(request, rows, shape)
}

fn find<'a>(
    state: &'a BrivoState,
    request: &Request,
    index: usize,
) -> Result<&'a Credential, Reply> {
    let id = path_id(request, index, "credential")?;
    state.credentials.get(&id).ok_or_else(not_found)
}

fn not_found() -> Reply {
    error(404, "Requested credential not found")
}

pub(super) fn get(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    Ok(Reply::object(200, shape(find(state, request, 1)?)))
}

pub(super) fn delete(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let id = find(state, request, 1)?.id;
    state.unassign(id);
    state.credentials.remove(&id);
    state.audit(request.now, "credential", id, "Credential deleted");
    Ok(Reply::empty(204))
}

pub(super) fn holder(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let held = find(state, request, 1)?.assignment.as_ref();
    let user = held
        .and_then(|held| state.users.get(&held.user_id))
        .ok_or_else(no_user)?;
    let mut row = Object::with_capacity(5);
    row.set("id", user.id);
    row.some("externalId", user.external_id.as_deref());
    row.set("firstName", user.first_name.as_str());
    row.set("lastName", user.last_name.as_str());
    row.set("suspended", user.suspended);
    Ok(Reply::object(200, row))
}

pub(super) fn create(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let body = body_object(request)?;
    let format_id = body
        .pointer("/credentialFormat/id")
        .and_then(Value::as_i64)
        .ok_or_else(|| error(400, "Credential format is required"))?;
    let (_, _, bits, known) =
        format(format_id).ok_or_else(|| error(400, "Unknown credential format"))?;
    let text = |key: &str| {
        body.get(key)
            .and_then(Value::as_str)
            .filter(|t| !t.is_empty())
    };
    let reference_id = text("referenceId")
        .map(str::to_owned)
        .ok_or_else(|| error(400, "Reference ID is required"))?;
    let mut fields = Vec::new();
    for row in body
        .get("fieldValues")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let id = row.get("id").and_then(Value::as_i64);
        let value = row.get("value").and_then(Value::as_str);
        match id.zip(value) {
            Some((id, value)) if known.iter().any(|(of, _)| *of == id) => {
                fields.push((id, value.to_owned()));
            }
            _ => return Err(error(400, "Invalid field value")),
        }
    }
    let encoded = match text("encodedCredential") {
        Some(hex) if hex.chars().all(|c| c.is_ascii_hexdigit()) => Some(hex.to_lowercase()),
        Some(_) => return Err(error(400, "Invalid encoded credential")),
        None if format_id == CARD_26 => encode_26(&fields)?,
        None if fields.is_empty() => {
            return Err(error(
                400,
                "Encoded credential or field values are required",
            ));
        }
        None => None,
    };
    let same = |c: &Credential| {
        c.format_id == format_id
            && if encoded.is_some() {
                c.encoded == encoded
            } else {
                c.fields == fields
            }
    };
    if state.credentials.values().any(same) {
        return Err(error(400, "Duplicate Credential Found"));
    }
    let given = body.get("size").and_then(Value::as_i64);
    let id = state.take_credential_id();
    let credential = Credential {
        id,
        format_id,
        reference_id: Some(reference_id),
        encoded,
        fields,
        size: if *bits == 0 { given } else { Some(*bits) },
        assignment: None,
        redeemed: true,
        wallet_pass: false,
    };
    let row = shape(&credential);
    state.credentials.insert(id, credential);
    state.audit(request.now, "credential", id, "Credential created");
    Ok(Reply::object(state.created_status(), row))
}

/// `P | facility code (8) | card number (16) | P`: even parity over the first twelve bits of data,
/// odd parity over the last twelve; lower-case hex without leading zeros.
fn encode_26(fields: &[(i64, String)]) -> Result<Option<String>, Reply> {
    let number = |id: i64, max: u32| {
        let field = fields.iter().find(|(of, _)| *of == id);
        let value = field.and_then(|(_, value)| value.parse::<u32>().ok());
        value
            .filter(|n| *n <= max)
            .ok_or_else(|| error(400, "Invalid field value"))
    };
    let data = number(2, 0xff)? << 16 | number(1, 0xffff)?;
    let even = (data >> 12).count_ones() & 1;
    let odd = 1 - ((data & 0xfff).count_ones() & 1);
    Ok(Some(format!("{:x}", even << 25 | data << 1 | odd)))
}

/// A user's credentials; the PIN shows up as one of format 2.
pub(super) fn of_user(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let id = path_id(request, 1, "user")?;
    let user = state.users.get(&id).ok_or_else(no_user)?;
    let field_id = if state.variants.brivo_field_id_short {
        "id"
    } else {
        "credentialFieldId"
    };
    let held = state.credentials_of(id).map(|credential| {
        let mut row = shape_with(credential, field_id);
        if let Some(held) = &credential.assignment {
            row.set("effectiveFrom", instant(state, held.from));
            row.some("effectiveTo", held.to.map(|to| instant(state, to)));
        }
        Value::from(row)
    });
    Ok(whole(pin(state, user).into_iter().chain(held).collect()))
}

fn pin(state: &BrivoState, user: &User) -> Option<Value> {
    let pin = user.pin.as_deref()?;
    let mut row = Object::with_capacity(8);
    row.set("id", 555_000_000 + user.id);
    row.set("credentialFormat", json!({"id": PIN, "name": "PIN Code"}));
    row.set("encodedCredential", pin);
    row.set("fieldValues", json!([]));
    row.set("size", 0);
    row.set("accountId", ACCOUNT);
    row.some(
        "effectiveFrom",
        user.effective_from.map(|at| instant(state, at)),
    );
    row.some(
        "effectiveTo",
        user.effective_to.map(|at| instant(state, at)),
    );
    Some(row.into())
}

/// Dates that the body leaves out stay as they are; a new assignment begins now.
pub(super) fn assign(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let user = path_id(request, 1, "user")?;
    if !state.users.contains_key(&user) {
        return Err(no_user());
    }
    let credential = find(state, request, 3)?;
    let id = credential.id;
    let held = credential.assignment.clone();
    if held.as_ref().is_some_and(|held| held.user_id != user) {
        return Err(error(400, "Credential not valid"));
    }
    let (from, to) = dates(request, held.as_ref())?;
    state.assign(
        id,
        Assignment {
            user_id: user,
            from,
            to,
        },
    );
    state.audit(request.now, "credential", id, "Credential assigned");
    Ok(Reply::empty(204))
}

/// From when until when, as the body says; what it leaves out stays as it is, or is now and never.
pub(super) fn dates(
    request: &Request,
    held: Option<&Assignment>,
) -> Result<(DateTime<Utc>, Option<DateTime<Utc>>), Reply> {
    let body = if request.body.is_empty() {
        Value::Null
    } else {
        body_object(request)?
    };
    let date = |key: &str| -> Result<Option<DateTime<Utc>>, Reply> {
        match body.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => value
                .as_str()
                .and_then(read_instant)
                .map(Some)
                .ok_or_else(|| error(400, &format!("Invalid value for {key}"))),
        }
    };
    let from = date("effectiveFrom")?.or(held.map(|held| held.from));
    let to = date("effectiveTo")?.or(held.and_then(|held| held.to));
    let from = from.unwrap_or(request.now);
    if to.is_some_and(|to| to <= from) {
        return Err(error(400, "Effective to must be after effective from"));
    }
    Ok((from, to))
}

/// The credential stays in the bank.
pub(super) fn unassign(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let user = path_id(request, 1, "user")?;
    if !state.users.contains_key(&user) {
        return Err(no_user());
    }
    let credential = find(state, request, 3)?;
    let held = credential.assignment.as_ref();
    if held.is_none_or(|held| held.user_id != user) {
        return Err(not_found());
    }
    let id = credential.id;
    state.unassign(id);
    state.audit(request.now, "credential", id, "Credential unassigned");
    Ok(Reply::empty(204))
}

/// Only of a suspended user: everything is unassigned, the PIN erased, a pending invitation
/// cancelled.
pub(super) fn revoke(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let id = path_id(request, 1, "user")?;
    let mut user = state.users.get(&id).ok_or_else(no_user)?.clone();
    if !user.suspended {
        return Err(error(400, "User must be suspended"));
    }
    state.revoke(id, request.now);
    user.pin = None;
    user.updated = request.now;
    state.put_user(user);
    state.audit(request.now, "user", id, "Credentials revoked");
    Ok(Reply::empty(200))
}
