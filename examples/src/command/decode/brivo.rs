//! Payloads of Brivo Access.

use brivo_api::inspect;
use serde_json::{Value, json};

use super::exchange::Exchange;
use super::{Decoded, Operations, input, mask};

pub(super) const OPERATIONS: Operations = Operations {
    vendor: "brivo",
    names,
    brief: names,
    find: |asked| names().into_iter().find(|name| name == asked),
};

fn names() -> Vec<String> {
    inspect::OPERATIONS.map(str::to_owned).to_vec()
}

pub(super) fn decode(operation: &str, body: &[u8]) -> Result<Decoded, String> {
    input::object(body)?;
    let whole = match operation {
        "error" => whole_answer(body),
        _ => None,
    };
    let body = whole.as_deref().unwrap_or(body);
    let decoded = inspect::decode(operation, body).map_err(|error| error.message().to_owned())?;
    let mut value = decoded.value;
    credentials(&mut value);
    mask::secrets(&mut value);
    if !is_list(operation) {
        return Ok(Decoded::one(value));
    }
    let Value::Object(mut page) = value else {
        return Ok(Decoded::one(value));
    };
    let items = match page.remove("data") {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    };
    Ok(Decoded {
        page: (!page.is_empty()).then(|| page.into()),
        ..Decoded::many(items, &decoded.rejected)
    })
}

fn is_list(operation: &str) -> bool {
    let what = operation.split_once('.').map(|(_, what)| what);
    what == Some("list")
        || matches!(
            operation,
            "users.groups"
                | "users.credentials"
                | "users.custom_fields"
                | "groups.users"
                | "groups.access_points"
                | "credentials.formats"
                | "sites.access_points"
                | "accounts.features"
                | "accounts.settings"
                | "events.access"
                | "events.audit"
        )
}

/// A body alone tells its status by its `code` or `status`; OAuth's errors are 401.
fn whole_answer(body: &[u8]) -> Option<Vec<u8>> {
    let document: Value = serde_json::from_slice(body).ok()?;
    if Exchange::is_whole(&document) {
        return None;
    }
    let number = |key: &str| document.get(key).and_then(Value::as_u64);
    let status = match number("code").or_else(|| number("status")) {
        Some(code @ 400..=599) => code,
        None if document.get("error").is_some_and(Value::is_string) => 401,
        _ => return None,
    };
    Some(
        json!({ "status": status, "body": document })
            .to_string()
            .into(),
    )
}

/// A card's fields are the card, as its bits are: both make a copy. The label often repeats the
/// number.
fn credentials(value: &mut Value) {
    match value {
        Value::Array(rows) => rows.iter_mut().for_each(credentials),
        Value::Object(fields) => {
            let mut numbers = Vec::new();
            if let Some(Value::Array(rows)) = fields.get_mut("fieldValues") {
                for number in rows.iter_mut().filter_map(|row| row.get_mut("value")) {
                    numbers.push(number.clone());
                    mask::hide(number);
                }
            }
            let is_pin = fields
                .get("credentialFormat")
                .and_then(|format| format.get("id"))
                .is_some_and(|id| *id == brivo_api::formats::PIN.0);
            if let Some(label) = fields.get_mut("referenceId") {
                if is_pin || numbers.contains(label) {
                    mask::hide(label);
                }
            }
            fields.values_mut().for_each(credentials);
        }
        _ => {}
    }
}
