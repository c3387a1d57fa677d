//! Accounts, control panels and custom fields.

use access_sync_http::decode;
use access_sync_http::{Error, Listing};
use chrono::{DateTime, Utc};
use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::call::{Call, Removal};
use crate::client::BrivoClient;
use crate::fields::{self, debug_only};
use crate::filter::Filter;
use crate::ids::{AccountId, ControlPanelId, CustomFieldId};
use crate::list::List;
use crate::record;
use crate::user::FieldType;
use crate::users::with_body;

/// An account.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Account {
    /// The account.
    pub id: AccountId,
    /// Its name.
    #[serde(default, deserialize_with = "decode::or_default")]
    pub name: String,
    /// Its number.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub account_number: Option<String>,
    /// Its type, `ONAIR` as a rule.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub account_type: Option<String>,
    /// Its owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub master_admin: Option<MasterAdmin>,
}
debug_only!(Account: id, account_type);

/// An account's owner.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct MasterAdmin {
    /// The administrator's id for logging in.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub username: Option<String>,
    /// First name.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub first_name: Option<String>,
    /// Last name.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub last_name: Option<String>,
}
debug_only!(MasterAdmin:);

/// A panel that drives doors.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ControlPanel {
    /// The panel.
    pub id: ControlPanelId,
    /// Its name.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub panel_name: Option<String>,
    /// Its serial number.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub serial_number: Option<String>,
    /// When it was put to work.
    #[serde(
        default,
        deserialize_with = "fields::time_opt",
        skip_serializing_if = "Option::is_none"
    )]
    pub activated: Option<DateTime<Utc>>,
    /// When it was changed last.
    #[serde(
        default,
        deserialize_with = "fields::time_opt",
        skip_serializing_if = "Option::is_none"
    )]
    pub updated: Option<DateTime<Utc>>,
    /// When Brivo heard from it last. Changes reach its doors no earlier than it is heard from.
    #[serde(
        default,
        deserialize_with = "fields::time_opt",
        skip_serializing_if = "Option::is_none"
    )]
    pub last_contact: Option<DateTime<Utc>>,
    /// Its firmware.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub firmware_version: Option<String>,
    /// Its model.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub panel_type: Option<String>,
    /// Whether it is connected.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub status: Option<PanelStatus>,
}

access_sync_http::open_enum! {
    /// Whether a panel is connected.
    pub enum PanelStatus {
        /// It is.
        Connected = "CONNECTED",
        /// It is not.
        Disconnected = "DISCONNECTED",
    }
}

/// A custom field of the account.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CustomField {
    /// The field.
    pub id: CustomFieldId,
    /// Its name.
    #[serde(default, deserialize_with = "decode::or_default")]
    pub field_name: String,
    /// What it holds.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub field_type: Option<FieldType>,
    /// Its place; text in examples and a number in tables.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub display_order: Option<i64>,
    /// The pattern of dates.
    #[serde(
        default,
        alias = "datePattern",
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub pattern: Option<String>,
}

/// `GET /accounts/{id}`: an object by the table, `{data: [..]}` by the example.
#[derive(Deserialize)]
#[serde(untagged)]
enum OneAccount {
    Wrapped {
        #[serde(deserialize_with = "record::one_or_many")]
        data: Vec<Account>,
    },
    Bare(Account),
}

impl BrivoClient {
    /// Accounts.
    #[must_use]
    pub fn accounts(&self) -> Accounts<'_> {
        Accounts(self)
    }

    /// Control panels.
    #[must_use]
    pub fn control_panels(&self) -> ControlPanels<'_> {
        ControlPanels(self)
    }

    /// Custom fields.
    #[must_use]
    pub fn custom_fields(&self) -> CustomFields<'_> {
        CustomFields(self)
    }
}

/// Operations on accounts.
#[derive(Clone, Copy, Debug)]
pub struct Accounts<'a>(&'a BrivoClient);

impl Accounts<'_> {
    /// Accounts that the administrator may see: `GET /accounts`.
    pub fn list(&self) -> List<Account> {
        List::new(self.0, "accounts.list", &["accounts"], |account| {
            account.id.to_string()
        })
    }

    /// An account: `GET /accounts/{id}`.
    pub fn get(&self, id: AccountId) -> Call<Account> {
        let request = self
            .0
            .request_on("accounts", id.0, "accounts.get", Method::GET, &[]);
        Call::new(self.0, request, |sent| {
            let reply = sent?;
            match record::of(&reply)? {
                OneAccount::Bare(account) => Ok(account),
                OneAccount::Wrapped { data } => match <[Account; 1]>::try_from(data) {
                    Ok([account]) => Ok(account),
                    Err(_) => Err(reply.fault(Error::decode("data: not one account"))),
                },
            }
        })
    }

    /// The account's settings, as Brivo writes them: `GET /accounts/{id}/settings`. Comes whole.
    pub fn settings(&self, id: AccountId) -> Call<Listing<Value>> {
        let rest = ["settings"];
        Call::whole(
            self.0,
            self.0
                .request_on("accounts", id.0, "accounts.settings", Method::GET, &rest),
        )
    }
}

/// Operations on control panels.
#[derive(Clone, Copy, Debug)]
pub struct ControlPanels<'a>(&'a BrivoClient);

impl ControlPanels<'_> {
    /// All panels: `GET /control-panels`.
    pub fn list(&self) -> List<ControlPanel> {
        List::new(
            self.0,
            "control_panels.list",
            &["control-panels"],
            |panel| panel.id.to_string(),
        )
    }

    /// A panel: `GET /control-panels/{id}`.
    pub fn get(&self, id: ControlPanelId) -> Call<ControlPanel> {
        let request = self.0.request_on(
            "control-panels",
            id.0,
            "control_panels.get",
            Method::GET,
            &[],
        );
        Call::json(self.0, request)
    }
}

impl List<ControlPanel> {
    /// Only panels that are connected, or are not.
    pub fn connected(self, connected: bool) -> Self {
        let word = if connected {
            "connected"
        } else {
            "disconnected"
        };
        self.try_filter(Filter::eq("status", word))
    }
}

/// Operations on custom fields. Values belong to users:
/// [`Users::set_custom_field`](crate::Users::set_custom_field).
#[derive(Clone, Copy, Debug)]
pub struct CustomFields<'a>(&'a BrivoClient);

impl CustomFields<'_> {
    /// All fields: `GET /custom-fields`.
    pub fn list(&self) -> List<CustomField> {
        List::new(self.0, "custom_fields.list", &["custom-fields"], |field| {
            field.id.to_string()
        })
    }

    /// Makes a field: `POST /custom-fields`. `pattern` is for dates (`MM/dd/yyyy`). Not idempotent.
    pub fn create(&self, name: &str, kind: &FieldType, pattern: Option<&str>) -> Call<CustomField> {
        let request = self
            .0
            .request("custom_fields.create", Method::POST, &["custom-fields"]);
        Call::json(self.0, with_body(request, field_body(name, kind, pattern)))
    }

    /// A field: `GET /custom-fields/{id}`.
    pub fn get(&self, id: CustomFieldId) -> Call<CustomField> {
        Call::json(
            self.0,
            self.0
                .request_on("custom-fields", id.0, "custom_fields.get", Method::GET, &[]),
        )
    }

    /// Replaces a field: `PUT /custom-fields/{id}`.
    pub fn replace(
        &self,
        id: CustomFieldId,
        name: &str,
        kind: &FieldType,
        pattern: Option<&str>,
    ) -> Call<CustomField> {
        let request = self.0.request_on(
            "custom-fields",
            id.0,
            "custom_fields.replace",
            Method::PUT,
            &[],
        );
        Call::json(self.0, with_body(request, field_body(name, kind, pattern)))
    }

    /// Deletes a field, with all its values: `DELETE /custom-fields/{id}`.
    pub fn delete(&self, id: CustomFieldId) -> Call<Removal> {
        let request = self.0.request_on(
            "custom-fields",
            id.0,
            "custom_fields.delete",
            Method::DELETE,
            &[],
        );
        Call::removal(self.0, request)
    }
}

fn field_body(name: &str, kind: &FieldType, pattern: Option<&str>) -> Result<Value, Error> {
    if name.trim().is_empty() {
        return Err(Error::config("a custom field needs a name"));
    }
    let mut body = Map::new();
    body.insert("fieldName".into(), name.into());
    body.insert("fieldType".into(), kind.as_str().into());
    if let Some(pattern) = pattern {
        body.insert("pattern".into(), pattern.into());
    }
    Ok(Value::Object(body))
}
