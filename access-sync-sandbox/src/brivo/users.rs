use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::groups::brief;
use super::paging::{conditions, page, page_of, whole};
use super::rows::{Contact, User};
use super::state::{BrivoState, MAX_GROUPS_PER_USER};
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

fn custom_values(state: &BrivoState, user: &User) -> Vec<Value> {
    let values = user.custom_fields.iter();
    values
        .filter_map(|(id, value)| custom_value(state, *id, value))
        .collect()
}

fn custom_value(state: &BrivoState, id: i64, value: &str) -> Option<Value> {
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

/// What a body of POST, PUT or PATCH says; `None` where it is silent or null.
struct Draft {
    external_id: Option<String>,
    first_name: Option<String>,
    middle_name: Option<String>,
    last_name: Option<String>,
    pin: Option<String>,
    effective_from: Option<DateTime<Utc>>,
    effective_to: Option<DateTime<Utc>>,
    ble_two_factor_exempt: Option<bool>,
    emails: Option<Vec<Contact>>,
    phones: Option<Vec<Contact>>,
}

impl Draft {
    fn read(body: &Value) -> Result<Self, Reply> {
        let text = |key: &str| match body.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(_) => Err(error(400, &format!("Invalid value for {key}"))),
        };
        let date = |key: &str| match text(key)? {
            None => Ok(None),
            Some(value) => read_instant(&value)
                .map(Some)
                .ok_or_else(|| error(400, &format!("Invalid value for {key}"))),
        };
        let contacts = |key: &str, value_key: &str| match body.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Array(rows)) => rows
                .iter()
                .map(|row| {
                    let value = row.get(value_key).and_then(Value::as_str)?;
                    let kind = row.get("type").and_then(Value::as_str)?;
                    Some(Contact::new(value, kind))
                })
                .collect::<Option<Vec<_>>>()
                .map(Some)
                .ok_or_else(|| error(400, &format!("Invalid value for {key}"))),
            Some(_) => Err(error(400, &format!("Invalid value for {key}"))),
        };
        Ok(Self {
            external_id: text("externalId")?.filter(|v| !v.is_empty()),
            first_name: text("firstName")?.filter(|v| !v.is_empty()),
            middle_name: text("middleName")?,
            last_name: text("lastName")?.filter(|v| !v.is_empty()),
            pin: text("pin")?,
            effective_from: date("effectiveFrom")?,
            effective_to: date("effectiveTo")?,
            ble_two_factor_exempt: body.get("bleTwoFactorExempt").and_then(Value::as_bool),
            emails: contacts("emails", "address")?,
            phones: contacts("phoneNumbers", "number")?,
        })
    }

    /// Rules over the whole account: external ids and PINs are unique, and PINs not trivial.
    fn check(&self, state: &BrivoState, own: Option<i64>) -> Result<(), Reply> {
        let taken = self
            .external_id
            .as_deref()
            .and_then(|external| state.by_external_id(external))
            .is_some_and(|user| Some(user.id) != own);
        if taken {
            return Err(error(400, "External ID is already in use"));
        }
        let Some(pin) = &self.pin else {
            return Ok(());
        };
        if !acceptable(pin) {
            return Err(error(400, "Invalid PIN"));
        }
        if state.by_pin(pin).is_some_and(|holder| Some(holder) != own) {
            return Err(error(400, "PIN is already in use"));
        }
        Ok(())
    }
}

/// "4-8 digits; not all the same digit, not a simple sequence, not 2468."
fn acceptable(pin: &str) -> bool {
    let Some(digits) = pin
        .chars()
        .map(|c| c.to_digit(10))
        .collect::<Option<Vec<u32>>>()
    else {
        return false;
    };
    let steps: BTreeSet<i64> = digits
        .iter()
        .zip(digits.iter().skip(1))
        .map(|(a, b)| i64::from(*b) - i64::from(*a))
        .collect();
    let trivial = [0, 1, -1]
        .iter()
        .any(|step| steps == BTreeSet::from([*step]));
    (4..=8).contains(&digits.len()) && !trivial && pin != "2468"
}

/// Instants with any offset, or a date alone (midnight UTC).
pub(super) fn read_instant(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(at.with_timezone(&Utc));
    }
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    Some(date.and_time(chrono::NaiveTime::MIN).and_utc())
}

fn find<'a>(state: &'a BrivoState, request: &Request) -> Result<&'a User, Reply> {
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

pub(super) fn groups(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let id = find(state, request)?.id;
    Ok(memberships(state, id))
}

fn memberships(state: &BrivoState, user: i64) -> Reply {
    let groups = state.groups_of(user);
    let visible = groups.iter().filter_map(|id| state.visible_group(*id));
    whole(visible.map(|group| brief(group).into()).collect())
}

/// Adds that are members already and removals that are none are skipped; beyond 16 groups, or
/// with an unknown group, nothing is changed at all.
pub(super) fn change_groups(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let user = find(state, request)?.id;
    let body = body_object(request)?;
    let ids = |key: &str| match body.get(key) {
        None | Some(Value::Null) => Ok(BTreeSet::new()),
        Some(Value::Array(rows)) => rows
            .iter()
            .map(Value::as_i64)
            .collect::<Option<BTreeSet<i64>>>()
            .ok_or_else(|| error(400, &format!("Invalid value for {key}"))),
        Some(_) => Err(error(400, &format!("Invalid value for {key}"))),
    };
    let (add, remove) = (ids("addGroups")?, ids("removeGroups")?);
    let mut named = add.iter().chain(&remove);
    if named.any(|group| state.visible_group(*group).is_none()) {
        return Err(error(404, "Unknown Group"));
    }
    let mut after = state.groups_of(user);
    after.retain(|group| !remove.contains(group));
    after.extend(&add);
    if after.len() > MAX_GROUPS_PER_USER {
        return Err(error(400, "User may not belong to more than 16 groups"));
    }
    for group in remove {
        if state.leave(user, group) {
            state.audit(request.now, "group", group, "User removed from group");
        }
    }
    for group in add {
        if state.join(user, group) {
            state.audit(request.now, "group", group, "User added to group");
        }
    }
    Ok(memberships(state, user))
}

pub(super) fn custom_fields(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let user = find(state, request)?;
    Ok(whole(custom_values(state, user)))
}

pub(super) fn set_custom_field(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let mut user = find(state, request)?.clone();
    let field = path_id(request, 3, "custom field")?;
    let body = body_object(request)?;
    let value = body
        .get("value")
        .and_then(Value::as_str)
        .ok_or_else(|| error(400, "Invalid value"))?;
    let kind = state
        .custom_fields
        .get(&field)
        .map(|f| f.field_type.clone());
    if kind.as_deref() == Some("NUMBER") && value.parse::<f64>().is_err() {
        return Err(error(400, "Invalid value"));
    }
    let row = custom_value(state, field, value)
        .ok_or_else(|| error(404, "Requested custom field not found"))?;
    user.custom_fields.insert(field, value.to_owned());
    user.updated = request.now;
    state.put_user(user);
    Ok(Reply::json(200, row))
}

pub(super) fn clear_custom_field(
    state: &mut BrivoState,
    request: &Request,
) -> Result<Reply, Reply> {
    let mut user = find(state, request)?.clone();
    let field = path_id(request, 3, "custom field")?;
    if user.custom_fields.remove(&field).is_none() {
        return Err(error(404, "Requested custom field not found"));
    }
    state.put_user(user);
    Ok(Reply::empty(204))
}
