//! The account, its settings and its custom fields.

use serde_json::{Value, json};

use super::handle::USERNAME;
use super::paging::{page, whole};
use super::rows::CustomField;
use super::state::{ACCOUNT, BrivoState};
use super::{body_object, error, path_id};
use crate::http::{Reply, Request};
use crate::json::Object;

fn row() -> Value {
    json!({
        "id": ACCOUNT,
        "name": "Lakeshore Living LLC",
        "accountNumber": "5550001234",
        "accountType": "ONAIR",
        "masterAdmin": {"username": "owner01", "firstName": "Ida", "lastName": "Ross"},
    })
}

pub(super) fn list(_: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    page(request, vec![()], |()| row())
}

fn known(request: &Request) -> Result<(), Reply> {
    if path_id(request, 1, "account")? == ACCOUNT {
        Ok(())
    } else {
        Err(error(404, "Requested account not found"))
    }
}

pub(super) fn get(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    known(request)?;
    let body = if state.variants.brivo_account_wrapped {
        json!({"data": [row()]})
    } else {
        row()
    };
    Ok(Reply::json(200, body))
}

pub(super) fn settings(_: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    known(request)?;
    Ok(whole(vec![
        json!({"id": 1, "name": "Expire unused credentials", "value": "false"}),
        json!({"id": 2, "name": "Minimum PIN length", "value": "4"}),
    ]))
}

pub(super) fn whoami(_: &mut BrivoState, _: &Request) -> Result<Reply, Reply> {
    Ok(Reply::json(
        200,
        json!({
            "id": 912_001,
            "username": USERNAME,
            "firstName": "Integration",
            "lastName": "Admin",
            "identityType": "SENIOR",
            "email": "integration@example.com",
            "timezone": "US/Central",
            "canCreateAdmins": false,
        }),
    ))
}

fn field(field: &CustomField) -> Object {
    let mut row = Object::with_capacity(5);
    row.set("id", field.id);
    row.set("fieldName", field.name.as_str());
    row.set("fieldType", field.field_type.as_str());
    // A number in the documentation's table, text in its examples.
    row.set("displayOrder", field.display_order.to_string());
    row.some("pattern", field.pattern.as_deref());
    row
}

pub(super) fn fields(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    page(request, state.custom_fields.values().collect(), field)
}

fn find<'a>(state: &'a BrivoState, request: &Request) -> Result<&'a CustomField, Reply> {
    let id = path_id(request, 1, "custom field")?;
    state
        .custom_fields
        .get(&id)
        .ok_or_else(|| error(404, "Requested custom field not found"))
}

pub(super) fn get_field(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    Ok(Reply::object(200, field(find(state, request)?)))
}

fn read(body: &Value, mut row: CustomField) -> Result<CustomField, Reply> {
    let text = |key: &str| body.get(key).and_then(Value::as_str);
    let name = text("fieldName").filter(|name| !name.trim().is_empty());
    row.name = name
        .ok_or_else(|| error(400, "Field name is required"))?
        .to_owned();
    row.field_type = match text("fieldType") {
        Some(kind @ ("TEXT" | "NUMBER" | "DATE")) => kind.to_owned(),
        _ => return Err(error(400, "Invalid value for fieldType")),
    };
    row.pattern = text("pattern").or(text("datePattern")).map(str::to_owned);
    match body.get("displayOrder") {
        None | Some(Value::Null) => {}
        Some(value) => {
            let order = value.as_i64().or_else(|| value.as_str()?.parse().ok());
            row.display_order =
                order.ok_or_else(|| error(400, "Invalid value for displayOrder"))?;
        }
    }
    Ok(row)
}

pub(super) fn create_field(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let id = state
        .custom_fields
        .keys()
        .next_back()
        .map_or(3301, |id| id + 1);
    let mut blank = CustomField::new(id, "", "TEXT");
    blank.display_order = i64::try_from(state.custom_fields.len()).unwrap_or_default() + 1;
    let row = read(&body_object(request)?, blank)?;
    let answer = field(&row).into();
    state.custom_fields.insert(id, row);
    Ok(Reply::json(state.created_status(), answer))
}

pub(super) fn replace_field(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let row = read(&body_object(request)?, find(state, request)?.clone())?;
    let answer = field(&row).into();
    state.custom_fields.insert(row.id, row);
    Ok(Reply::json(200, answer))
}

pub(super) fn delete_field(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let id = find(state, request)?.id;
    state.custom_fields.remove(&id);
    for user in state.users.values_mut() {
        user.custom_fields.remove(&id);
    }
    Ok(Reply::empty(204))
}
