//! The account, its settings and its custom fields; Brivo's clock.

use std::collections::BTreeMap;

use chrono::SecondsFormat;
use serde_json::{Value, json};

use super::paging::{conditions, page, whole};
use super::rows::CustomField;
use super::state::{ACCOUNT, BrivoState};
use super::users::read_instant;
use super::{body_object, error, path_id};
use crate::http::{Reply, Request};
use crate::json::Object;

/// What can change about the account.
#[derive(Debug, Clone)]
pub(super) struct Account {
    name: String,
    description: Option<String>,
    contact: Option<Value>,
    settings: BTreeMap<i64, Setting>,
}

#[derive(Debug, Clone)]
struct Setting {
    name: &'static str,
    default: &'static str,
    value: Option<String>,
}

/// Settings that only the dealer's portal changes.
const PORTAL_ONLY: [i64; 7] = [1, 12, 13, 14, 19, 26, 27];

impl Default for Account {
    fn default() -> Self {
        let settings = [
            (1, "MAX_ALLOWED", "500"),
            (2, "MINIMUM_PIN_LENGTH", "4"),
            (3, "EXPIRE_UNUSED_CREDENTIALS_DAYS", "0"),
        ];
        let settings = settings.map(|(id, name, default)| {
            let value = None;
            (
                id,
                Setting {
                    name,
                    default,
                    value,
                },
            )
        });
        Self {
            name: "Lakeshore Living LLC".to_owned(),
            description: None,
            contact: None,
            settings: BTreeMap::from(settings),
        }
    }
}

impl Account {
    fn row(&self) -> Object {
        let mut row = Object::with_capacity(6);
        row.set("id", ACCOUNT);
        row.set("name", &self.name);
        row.set("accountNumber", "5550001234");
        row.set("accountType", "ONAIR");
        let master = json!({"username": "owner01", "firstName": "Ida", "lastName": "Ross"});
        row.set("masterAdmin", master);
        row
    }

    fn whole(&self) -> Object {
        let mut row = self.row();
        row.some("description", self.description.as_deref());
        row.some("contact", self.contact.as_ref());
        row
    }
}

impl Setting {
    fn shape(&self, id: i64) -> Value {
        let value = self.value.as_deref().unwrap_or(self.default);
        json!({"id": id, "name": self.name, "value": value, "defaultValue": self.default})
    }
}

pub(super) fn list(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let filters = conditions(request, &[("name", &["eq"])])?;
    let wanted = |account: &&Account| filters.iter().all(|f| f.contained_in(&account.name));
    let rows = Some(&state.account).filter(wanted).into_iter().collect();
    page(request, rows, Account::row)
}

pub(super) fn known(request: &Request) -> Result<(), Reply> {
    if path_id(request, 1, "account")? == ACCOUNT {
        Ok(())
    } else {
        Err(error(404, "Requested account not found"))
    }
}

pub(super) fn get(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    known(request)?;
    let row = state.account.whole();
    if state.variants.brivo_account_wrapped {
        return Ok(Reply::json(200, json!({"data": [Value::from(row)]})));
    }
    Ok(Reply::object(200, row))
}

/// For dealers only.
pub(super) fn replace(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    known(request)?;
    if state.rank() != "DEALER" {
        return Err(error(403, "Only dealers may change an account"));
    }
    let body = body_object(request)?;
    let name = body.get("name").and_then(Value::as_str);
    let name = name.filter(|name| !name.trim().is_empty());
    let name = name.ok_or_else(|| error(400, "Name is required"))?;
    let contact = body.get("contact").filter(|contact| contact.is_object());
    let contact = contact.ok_or_else(|| error(400, "Contact is required"))?;
    let description = body.get("description").and_then(Value::as_str);
    state.account.name = name.to_owned();
    state.account.contact = Some(contact.clone());
    state.account.description = description.map(str::to_owned);
    state.audit(request.now, "account", ACCOUNT, "Account changed");
    Ok(Reply::object(200, state.account.whole()))
}

/// For senior and master administrators.
pub(super) fn summary(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    if !["SENIOR", "MASTER"].contains(&state.rank()) {
        return Err(error(403, "You may not see this account's summary"));
    }
    let now = request.now;
    let active = state
        .users
        .values()
        .filter(|user| state.is_active(user, now));
    let offline = state.panels.values().filter(|panel| !panel.online);
    Ok(Reply::json(
        200,
        json!({
            "doorCount": state.door_count(),
            "activeUserCount": active.count(),
            "panelCount": state.panels.len(),
            "cameraCount": 0,
            "panelsOffline": offline.count(),
            "siteCount": state.sites.len(),
            "administratorCount": state.administrator_count(),
            "credentialCount": state.credential_count(),
        }),
    ))
}

/// What the sandbox's account can do.
pub(super) fn features(_: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    known(request)?;
    let features = [
        (1, "Brivo Mobile Pass", true),
        (2, "Brivo Wallet Pass", true),
        (3, "Guest Management", true),
        (4, "Facial Authentication", true),
        (5, "License Plate Recognition", true),
        (6, "Cameras", false),
    ];
    let rows =
        features.map(|(id, name, enabled)| json!({"id": id, "name": name, "enabled": enabled}));
    Ok(whole(rows.into()))
}

pub(super) fn settings(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    known(request)?;
    let all = state.account.settings.iter();
    Ok(whole(all.map(|(id, setting)| setting.shape(*id)).collect()))
}

pub(super) fn set_setting(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    known(request)?;
    let id = path_id(request, 3, "setting")?;
    if PORTAL_ONLY.contains(&id) {
        return Err(error(403, "This setting is changed in the Partner Portal"));
    }
    let body = body_object(request)?;
    let value = body.get("value").and_then(Value::as_str);
    let value = value.ok_or_else(|| error(400, "Invalid value"))?;
    let setting = state.account.settings.get_mut(&id);
    let setting = setting.ok_or_else(|| error(404, "Requested setting not found"))?;
    setting.value = Some(value.to_owned());
    let answer = setting.shape(id);
    state.audit(request.now, "account", ACCOUNT, "Setting changed");
    Ok(Reply::json(200, answer))
}

/// The time here, for those who tell theirs.
pub(super) fn time(_: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    if request
        .header("current-date")
        .and_then(read_instant)
        .is_none()
    {
        return Err(error(400, "Header current-date is required"));
    }
    let now = request.now.to_rfc3339_opts(SecondsFormat::Millis, true);
    Ok(Reply::json(200, json!({"time": now})))
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
