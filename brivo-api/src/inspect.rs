//! What the client understands of a payload, for people who look into one.

use access_sync_http::decode::{self, Rows};
use access_sync_http::{Envelope as _, Error, Rejected};
use chrono::{DateTime, Utc};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::access_point::{AccessPoint, DeviceStatus};
use crate::accounts::{self, Account, AccountSetting, AccountSummary, Feature};
use crate::administrator::{Administrator, AdministratorLogin};
use crate::auth::Culprit;
use crate::control_panels::{ControlPanel, PanelFirmware};
use crate::credential::{Credential, CredentialFormat};
use crate::custom_fields::CustomField;
use crate::digital::{Allotment, DigitalInvitation, WalletAnswer};
use crate::envelope::BrivoEnvelope;
use crate::event::Event;
use crate::events::EventCount;
use crate::fields::MASK;
use crate::groups::{AccessPermission, Group, GroupRef, Member};
use crate::record;
use crate::schedules::{Holiday, Schedule};
use crate::sites::Site;
use crate::subscriptions::EventSubscription;
use crate::user::{CustomFieldValue, User};
use crate::users::Suspension;

/// What was understood. Secrets and codes are masked; names and addresses are not.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Decoded {
    /// The payload as this crate sees it, by Brivo's names.
    pub value: Value,
    /// Rows that could not be read.
    pub rejected: Vec<Rejected>,
}

impl Decoded {
    /// Whether there were rows and none of them could be read.
    #[must_use]
    pub fn nothing_read(&self) -> bool {
        let rows = self.value.get("data").and_then(Value::as_array);
        !self.rejected.is_empty() && rows.is_some_and(Vec::is_empty)
    }
}

/// Names that [`decode()`] knows.
pub const OPERATIONS: [&str; 51] = [
    "users.list",
    "users.get",
    "users.groups",
    "users.credentials",
    "users.custom_fields",
    "users.suspension",
    "groups.list",
    "groups.get",
    "groups.users",
    "groups.access_points",
    "credentials.list",
    "credentials.get",
    "credentials.formats",
    "credentials.user",
    "digital_invitations.list",
    "digital_invitations.get",
    "digital_invitations.allotment",
    "digital_invitations.wallet_pass",
    "sites.list",
    "sites.get",
    "sites.access_points",
    "access_points.list",
    "access_points.get",
    "device_status.get",
    "schedules.list",
    "schedules.get",
    "holidays.list",
    "holidays.get",
    "events.access",
    "events.audit",
    "events.count",
    "event_subscriptions.list",
    "event_subscriptions.get",
    "custom_fields.list",
    "custom_fields.get",
    "control_panels.list",
    "control_panels.get",
    "control_panels.firmware",
    "accounts.list",
    "accounts.get",
    "accounts.summary",
    "accounts.features",
    "accounts.settings",
    "guests.get",
    "administrators.whoami",
    "administrators.list",
    "administrators.get",
    "administrators.login",
    "webhook",
    "token",
    "error",
];

/// Reads the body of an answer to `operation`, a delivery (`webhook`), a token's answer (`token`),
/// or a whole bad answer (`error`: `{"status": 403, "headers": {…}, "body": "…"}`).
///
/// ```
/// let decoded = brivo_api::inspect::decode(
///     "groups.list",
///     br#"{"data":[{"id":"7","name":"Lobby"},{"name":"?"}],"offset":0,"pageSize":20,"count":2}"#,
/// )?;
/// assert_eq!(decoded.value["data"][0]["id"], 7);
/// assert_eq!(decoded.rejected.len(), 1);
/// # Ok::<(), brivo_api::Error>(())
/// ```
///
/// # Errors
/// [`Config`](crate::ErrorKind::Config) for an operation that is not in [`OPERATIONS`],
/// [`Decode`](crate::ErrorKind::Decode) where nothing can be read.
pub fn decode(operation: &str, body: &[u8]) -> Result<Decoded, Error> {
    match operation {
        "users.list" => page::<User>(body),
        "users.get" | "guests.get" => one::<User>(body),
        "users.groups" | "groups.list" => page::<GroupRef>(body),
        "users.credentials" | "credentials.list" => page::<Credential>(body),
        "users.custom_fields" => page::<CustomFieldValue>(body),
        "users.suspension" => one::<Suspension>(body),
        "groups.get" => one::<Group>(body),
        "groups.users" | "groups.members" => page::<Member>(body),
        "groups.access_points" => page::<AccessPermission>(body),
        "credentials.get" => one::<Credential>(body),
        "credentials.formats" => page::<CredentialFormat>(body),
        "credentials.user" | "credentials.holder" => one::<Member>(body),
        "digital_invitations.list" => page::<DigitalInvitation>(body),
        "digital_invitations.get" => one::<DigitalInvitation>(body),
        "digital_invitations.allotment" => one::<Allotment>(body),
        "digital_invitations.wallet_pass" => {
            let answer: WalletAnswer = record::json(body)?;
            Ok(whole(json!({ "bmpCredentials": answer.bmp_credentials })))
        }
        "sites.list" => page::<Site>(body),
        "sites.get" => one::<Site>(body),
        "sites.access_points" | "access_points.list" => page::<AccessPoint>(body),
        "access_points.get" => one::<AccessPoint>(body),
        "device_status.get" => one::<DeviceStatus>(body),
        "schedules.list" => page::<Schedule>(body),
        "schedules.get" => one::<Schedule>(body),
        "holidays.list" => page::<Holiday>(body),
        "holidays.get" => one::<Holiday>(body),
        "events.access" | "events.audit" => page::<Event>(body),
        "events.count" => {
            let EventCount { count } = record::json(body)?;
            Ok(whole(json!({ "count": count })))
        }
        "event_subscriptions.list" => page::<EventSubscription>(body),
        "event_subscriptions.get" => one::<EventSubscription>(body),
        "custom_fields.list" => page::<CustomField>(body),
        "custom_fields.get" => one::<CustomField>(body),
        "control_panels.list" => page::<ControlPanel>(body),
        "control_panels.get" => one::<ControlPanel>(body),
        "control_panels.firmware" => one::<PanelFirmware>(body),
        "accounts.list" => page::<Account>(body),
        "accounts.get" => accounts::account(body)
            .and_then(|account| written(&account))
            .map(whole),
        "accounts.summary" => one::<AccountSummary>(body),
        "accounts.features" => page::<Feature>(body),
        "accounts.settings" => page::<AccountSetting>(body),
        "administrators.whoami" | "administrators.get" => one::<Administrator>(body),
        "administrators.list" => page::<Administrator>(body),
        "administrators.login" => one::<AdministratorLogin>(body),
        "webhook" => crate::webhook::parse(body)
            .and_then(|event| written(&event))
            .map(whole),
        "token" => token(body),
        "error" => fault(body),
        _ => Err(Error::config(
            "no such operation; see `brivo_api::inspect::OPERATIONS`",
        )),
    }
}

fn whole(value: Value) -> Decoded {
    Decoded {
        value,
        rejected: Vec::new(),
    }
}

fn written<T: Serialize>(value: &T) -> Result<Value, Error> {
    serde_json::to_value(value).map_err(|_| Error::decode("understood, but cannot be written"))
}

fn one<T: DeserializeOwned + Serialize>(body: &[u8]) -> Result<Decoded, Error> {
    written(&record::json::<T>(body)?).map(whole)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound = "T: DeserializeOwned")]
struct AnyPage<T> {
    #[serde(deserialize_with = "record::rows")]
    data: Rows<T>,
    #[serde(default, deserialize_with = "decode::optional")]
    offset: Option<Offset>,
    #[serde(default, deserialize_with = "decode::optional")]
    page_size: Option<u64>,
    #[serde(default, deserialize_with = "decode::optional")]
    count: Option<u64>,
}

/// An offset is a row number in most lists and an instant in those of events.
struct Offset(Value);

impl decode::Scalar for Offset {
    const EXPECTED: &'static str = "a row number or an instant";

    fn from_text(text: &str) -> Option<Self> {
        Some(Self(text.into()))
    }

    fn from_int(number: i128) -> Option<Self> {
        i64::try_from(number).ok().map(|number| Self(number.into()))
    }
}

fn page<T: DeserializeOwned + Serialize>(body: &[u8]) -> Result<Decoded, Error> {
    let page: AnyPage<T> = record::json(body)?;
    let mut value = Map::new();
    value.insert("data".into(), written(&page.data.items)?);
    if let Some(Offset(offset)) = page.offset {
        value.insert("offset".into(), offset);
    }
    for (key, number) in [("pageSize", page.page_size), ("count", page.count)] {
        if let Some(number) = number {
            value.insert(key.into(), number.into());
        }
    }
    Ok(Decoded {
        value: value.into(),
        rejected: page.data.rejected,
    })
}

fn token(body: &[u8]) -> Result<Decoded, Error> {
    #[derive(Deserialize)]
    struct Answer {
        #[serde(deserialize_with = "decode::required")]
        access_token: String,
        #[serde(default, deserialize_with = "decode::optional")]
        refresh_token: Option<String>,
        #[serde(default, deserialize_with = "decode::optional")]
        token_type: Option<String>,
        #[serde(default, deserialize_with = "decode::optional")]
        expires_in: Option<u64>,
        #[serde(default, deserialize_with = "decode::optional")]
        scope: Option<String>,
    }
    let answer: Answer = record::json(body)?;
    // Read to be sure that they are there, and shown as no more than that.
    drop(answer.access_token);
    let mut value = Map::new();
    value.insert("access_token".into(), MASK.into());
    if answer.refresh_token.is_some() {
        value.insert("refresh_token".into(), MASK.into());
    }
    for (key, text) in [("token_type", answer.token_type), ("scope", answer.scope)] {
        if let Some(text) = text {
            value.insert(key.into(), text.into());
        }
    }
    if let Some(seconds) = answer.expires_in {
        value.insert("expires_in".into(), seconds.into());
    }
    Ok(whole(value.into()))
}

/// `{status, headers, body}`: how the client takes a whole answer.
fn fault(document: &[u8]) -> Result<Decoded, Error> {
    #[derive(Deserialize)]
    struct Answer {
        #[serde(deserialize_with = "decode::required")]
        status: u16,
        #[serde(default)]
        headers: Map<String, Value>,
        #[serde(default)]
        body: Value,
    }
    let answer: Answer = record::json(document)?;
    let status = StatusCode::from_u16(answer.status)
        .map_err(|_| Error::decode("status: not a status of HTTP"))?;
    // A body may be given as text, as it came, or as JSON for convenience.
    let body = match answer.body {
        Value::Null => String::new(),
        Value::String(text) => text,
        json => json.to_string(),
    };
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    for (name, value) in &answer.headers {
        let value = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    // Dates in `Retry-After` need a now, and a document has none: only seconds are told.
    let Err(fault) = BrivoEnvelope.classify(&response, DateTime::<Utc>::UNIX_EPOCH) else {
        return Ok(whole(json!({ "kind": "Success", "status": answer.status })));
    };
    let message = fault.message.as_deref().map(access_sync_http::redact::text);
    let mut error = Error::new(fault.kind, message.clone().unwrap_or_default());
    if let Some(code) = &fault.code {
        error = error.with_code(code.clone());
    }
    let seconds = response
        .headers()
        .get("retry-after")
        .and_then(|value| value.to_str().ok()?.trim().parse::<u64>().ok());
    Ok(whole(json!({
        "kind": format!("{:?}", fault.kind),
        "status": answer.status,
        "code": fault.code,
        "message": message,
        "retryAfterSeconds": seconds,
        "notCarriedOut": fault.refused,
        "culprit": Culprit::of(&error).map(|culprit| format!("{culprit:?}")),
    })))
}
