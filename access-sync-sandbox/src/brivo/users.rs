use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::draft::Draft;
use super::paging::{conditions, page, page_of};
use super::rows::{Contact, User};
use super::state::BrivoState;
use super::{body_object, error, path_id};
use crate::http::{Reply, Request};
use crate::json::{Object, iso_time};

pub(super) fn list(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let filters = conditions(
        request,
        &[
            ("id", &["eq", "ne"]),
            ("firstname", &["eq"]),
            ("lastname", &["eq"]),
            ("user_status", &["eq"]),
            ("cf_", &["eq", "exact"]),
        ],
    )?;
    let shape = |user: &User| brief_row(state, user);
    if filters.is_empty() {
        return page_of(request, state.users.len(), state.users.values(), shape);
    }
    let mut rows: Vec<&User> = state.users.values().collect();
    for filter in &filters {
        match filter.key() {
            ("id", "eq") => rows.retain(|user| filter.lists(user.id)),
            ("id", _) => rows.retain(|user| !filter.lists(user.id)),
            ("firstname", _) => rows.retain(|user| filter.contained_in(&user.first_name)),
            ("lastname", _) => rows.retain(|user| filter.contained_in(&user.last_name)),
            ("user_status", _) => rows.retain(|user| {
                filter.values.iter().any(|status| match status.as_str() {
                    "active" => state.is_active(user, request.now),
                    "unaffiliated" => state.groups_of(user.id).is_empty(),
                    "suspended" => user.suspended,
                    _ => false,
                })
            }),
            (field, op) => {
                let id = custom_filter(field).unwrap_or_default();
                let text = state.custom_fields.get(&id);
                let contains = op == "eq" && text.is_some_and(|f| f.field_type == "TEXT");
                rows.retain(|user| {
                    let value = user.custom_fields.get(&id);
                    value.is_some_and(|value| {
                        if contains {
                            filter.contained_in(value)
                        } else {
                            filter.values.contains(value)
                        }
                    })
                });
            }
        }
    }
    page(request, rows, shape)
}

/// `cf_3301` → 3301.
fn custom_filter(field: &str) -> Option<i64> {
    field.strip_prefix("cf_")?.parse().ok()
}

/// The list leaves out what a single read has: PIN, dates, middle name, custom fields.
fn brief_row(state: &BrivoState, user: &User) -> Object {
    let mut row = Object::with_capacity(12);
    row.set("id", user.id);
    row.some("externalId", user.external_id.as_deref());
    row.set("firstName", user.first_name.as_str());
    row.set("lastName", user.last_name.as_str());
    common(state, user, &mut row);
    row
}

/// Empty values are left out, never null.
pub(super) fn full(state: &BrivoState, user: &User) -> Object {
    let mut row = created(state, user);
    row.set("customFields", custom_values(state, user));
    row
}

/// What POST answers: all but the custom fields.
fn created(state: &BrivoState, user: &User) -> Object {
    let mut row = Object::with_capacity(18);
    row.set("id", user.id);
    row.some("externalId", user.external_id.as_deref());
    row.set("firstName", user.first_name.as_str());
    row.some("middleName", user.middle_name.as_deref());
    row.set("lastName", user.last_name.as_str());
    row.some("pin", user.pin.as_deref());
    row.some(
        "effectiveFrom",
        user.effective_from.map(|at| instant(state, at)),
    );
    row.some(
        "effectiveTo",
        user.effective_to.map(|at| instant(state, at)),
    );
    common(state, user, &mut row);
    row
}

fn common(state: &BrivoState, user: &User, row: &mut Object) {
    row.set("suspended", user.suspended);
    row.set("created", instant(state, user.created));
    row.set("updated", instant(state, user.updated));
    row.set("bleTwoFactorExempt", user.ble_two_factor_exempt);
    row.some("userImage", super::photos::image(state, user.id));
    row.some("identityType", user.identity_type.as_deref());
    let mut contacts = |list: &'static str, rows: &[Contact], key: &'static str| {
        if rows.is_empty() {
            return;
        }
        let shape = |contact: &Contact| {
            let mut row = Object::with_capacity(2);
            row.set(key, &contact.value);
            row.set("type", &contact.kind);
            row
        };
        row.list(list, rows.iter().map(shape));
    };
    contacts("emails", &user.emails, "address");
    contacts("phoneNumbers", &user.phones, "number");
}

pub(super) fn custom_values(state: &BrivoState, user: &User) -> Vec<Value> {
    let values = user.custom_fields.iter();
    values
        .filter_map(|(id, value)| custom_value(state, *id, value))
        .collect()
}

pub(super) fn custom_value(state: &BrivoState, id: i64, value: &str) -> Option<Value> {
    let field = state.custom_fields.get(&id)?;
    Some(json!({
        "id": id,
        "fieldType": field.field_type,
        "fieldName": field.name,
        "value": value,
    }))
}

/// Whole seconds, as documented, unless the variant says otherwise.
pub(super) fn instant(state: &BrivoState, at: DateTime<Utc>) -> String {
    if state.variants.brivo_dates_with_millis {
        return at.to_rfc3339_opts(SecondsFormat::Millis, true);
    }
    iso_time(at.naive_utc()) + "Z"
}

/// Instants with any offset, or a date alone (midnight UTC).
pub(super) fn read_instant(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(at.with_timezone(&Utc));
    }
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    Some(date.and_time(chrono::NaiveTime::MIN).and_utc())
}

pub(super) fn find<'a>(state: &'a BrivoState, request: &Request) -> Result<&'a User, Reply> {
    let id = path_id(request, 1, "user")?;
    state.users.get(&id).ok_or_else(not_found)
}

pub(super) fn not_found() -> Reply {
    error(404, "Requested user not found")
}

pub(super) fn create(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let draft = Draft::read(&body_object(request)?)?;
    draft.check(state, None)?;
    let (Some(first_name), Some(last_name)) = (draft.first_name, draft.last_name) else {
        return Err(error(400, "First name and last name are required"));
    };
    let user = User {
        id: state.take_user_id(),
        external_id: draft.external_id,
        first_name,
        middle_name: draft.middle_name,
        last_name,
        pin: draft.pin,
        effective_from: draft.effective_from,
        effective_to: draft.effective_to,
        suspended: false,
        created: request.now,
        updated: request.now,
        ble_two_factor_exempt: draft.ble_two_factor_exempt.unwrap_or_default(),
        emails: draft.emails.unwrap_or_default(),
        phones: draft.phones.unwrap_or_default(),
        custom_fields: Default::default(),
        identity_type: None,
    };
    let row = created(state, &user);
    state.audit(request.now, "user", user.id, "User created");
    state.put_user(user);
    Ok(Reply::object(state.created_status(), row))
}

pub(super) fn get(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let user = find(state, request)?;
    Ok(Reply::object(200, full(state, user)))
}

pub(super) fn get_external(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let external_id = request.segment(3);
    let user = state.by_external_id(external_id).ok_or_else(not_found)?;
    Ok(Reply::object(200, full(state, user)))
}

/// PUT erases every optional field that the body leaves out.
pub(super) fn replace(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let mut user = find(state, request)?.clone();
    let draft = Draft::read(&body_object(request)?)?;
    draft.check(state, Some(user.id))?;
    let (Some(first_name), Some(last_name)) = (draft.first_name, draft.last_name) else {
        return Err(error(400, "First name and last name are required"));
    };
    user.external_id = draft.external_id;
    user.first_name = first_name;
    user.middle_name = draft.middle_name;
    user.last_name = last_name;
    user.pin = draft.pin;
    user.effective_from = draft.effective_from;
    user.effective_to = draft.effective_to;
    user.ble_two_factor_exempt = draft.ble_two_factor_exempt.unwrap_or_default();
    user.emails = draft.emails.unwrap_or_default();
    user.phones = draft.phones.unwrap_or_default();
    Ok(save(state, request, user))
}

/// PATCH leaves alone what the body leaves out.
pub(super) fn patch(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let mut user = find(state, request)?.clone();
    let draft = Draft::read(&body_object(request)?)?;
    draft.check(state, Some(user.id))?;
    user.external_id = draft.external_id.or(user.external_id);
    user.first_name = draft.first_name.unwrap_or(user.first_name);
    user.middle_name = draft.middle_name.or(user.middle_name);
    user.last_name = draft.last_name.unwrap_or(user.last_name);
    user.pin = draft.pin.or(user.pin);
    user.effective_from = draft.effective_from.or(user.effective_from);
    user.effective_to = draft.effective_to.or(user.effective_to);
    user.ble_two_factor_exempt = draft
        .ble_two_factor_exempt
        .unwrap_or(user.ble_two_factor_exempt);
    user.emails = draft.emails.unwrap_or(user.emails);
    user.phones = draft.phones.unwrap_or(user.phones);
    Ok(save(state, request, user))
}

fn save(state: &mut BrivoState, request: &Request, mut user: User) -> Reply {
    user.updated = request.now;
    let row = full(state, &user);
    state.audit(request.now, "user", user.id, "User changed");
    state.put_user(user);
    Reply::object(200, row)
}

pub(super) fn delete(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let id = find(state, request)?.id;
    state.remove_user(id);
    state.audit(request.now, "user", id, "User deleted");
    Ok(Reply::empty(204))
}

pub(super) fn get_suspended(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let user = find(state, request)?;
    Ok(Reply::json(
        200,
        json!({"id": user.id, "suspended": user.suspended}),
    ))
}

pub(super) fn set_suspended(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let mut user = find(state, request)?.clone();
    user.suspended = body_object(request)?
        .get("suspended")
        .and_then(Value::as_bool)
        .ok_or_else(|| error(400, "Invalid value for suspended"))?;
    user.updated = request.now;
    let reply = json!({"id": user.id, "suspended": user.suspended});
    let action = if user.suspended {
        "User suspended"
    } else {
        "User reinstated"
    };
    state.audit(request.now, "user", user.id, action);
    state.put_user(user);
    Ok(Reply::json(200, reply))
}
