//! One event, pulled or delivered.

use access_sync_http::decode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::fields::{self, MASK, debug_only};
use crate::ids::{AccessPointId, CredentialId, SiteId, UserId};
use crate::record;

/// Something that happened: at a door, or in the account's records.
///
/// Fields that Brivo does not document are kept ([`Event::other`], [`Event::event_data`]).
#[derive(Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Event {
    /// The event's id. Events come more than once; this tells.
    pub uuid: String,
    /// What it is about, such as `ACCESS_POINT`.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub object_type: Option<String>,
    /// What happened.
    #[serde(deserialize_with = "record::nested")]
    pub security_action: SecurityActionInfo,
    /// Who did it.
    #[serde(
        default,
        deserialize_with = "record::nested_opt",
        skip_serializing_if = "Option::is_none"
    )]
    pub actor: Option<Actor>,
    /// To what.
    #[serde(
        default,
        deserialize_with = "record::nested_opt",
        skip_serializing_if = "Option::is_none"
    )]
    pub event_object: Option<EventObject>,
    /// Where.
    #[serde(
        default,
        deserialize_with = "record::nested_opt",
        skip_serializing_if = "Option::is_none"
    )]
    pub site: Option<EventSite>,
    /// When it happened.
    #[serde(deserialize_with = "fields::time")]
    pub occurred: DateTime<Utc>,
    /// When Brivo learned of it; hours later where a panel was offline.
    #[serde(
        default,
        deserialize_with = "fields::time_opt",
        skip_serializing_if = "Option::is_none"
    )]
    pub processed: Option<DateTime<Utc>>,
    /// More, by Brivo's names: `actionAllowed`, `credentials`, `userGroupName`, `propertyChanges`…
    /// Written with the values that open doors masked.
    #[serde(
        default,
        deserialize_with = "lenient_map",
        serialize_with = "masked_map",
        skip_serializing_if = "Map::is_empty"
    )]
    pub event_data: Map<String, Value>,
    /// Fields beside these.
    #[serde(flatten, serialize_with = "masked_map")]
    pub other: Map<String, Value>,
}
debug_only!(Event: uuid, security_action, occurred, processed);

/// What happened, by number and text.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SecurityActionInfo {
    /// The kind of event.
    #[serde(rename = "securityActionId", deserialize_with = "decode::required")]
    pub id: SecurityAction,
    /// The kind as text for people.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub action: Option<String>,
    /// Whether it is out of the ordinary: a refusal, an alarm.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub exception: Option<bool>,
}

macro_rules! security_actions {
    ($($(#[$meta:meta])* $name:ident = $id:literal,)+) => {
        /// A kind of event. Brivo publishes no full table; numbers that are not here stay numbers.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum SecurityAction {
            $($(#[$meta])* $name,)+
            /// A number that this version does not know.
            Other(i64),
        }

        impl SecurityAction {
            /// Brivo's number.
            #[must_use]
            pub fn id(self) -> i64 {
                match self {
                    $(Self::$name => $id,)+
                    Self::Other(id) => id,
                }
            }
        }

        impl From<i64> for SecurityAction {
            fn from(id: i64) -> Self {
                match id {
                    $($id => Self::$name,)+
                    id => Self::Other(id),
                }
            }
        }
    };
}

security_actions! {
    /// Somebody was let in.
    UserEntry = 2004,
    /// An administrator logged in.
    AdministratorLogin = 3005,
    /// A credential that nobody has.
    UnknownCredential = 5012,
    /// Somebody was not let in.
    UnauthorizedAttempt = 5018,
    /// A battery.
    Battery = 5023,
    /// A schedule began, ended or was changed.
    ScheduleChange = 5055,
    /// A second factor.
    SecondFactor = 5058,
    /// An administrator opened a door.
    AdministratorPulseOutput = 5064,
}

impl decode::Scalar for SecurityAction {
    const EXPECTED: &'static str = "the number of a security action";

    fn from_text(text: &str) -> Option<Self> {
        text.parse::<i64>().ok().map(Self::from)
    }

    fn from_int(number: i128) -> Option<Self> {
        i64::try_from(number).ok().map(Self::from)
    }
}

impl Serialize for SecurityAction {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.id())
    }
}

/// Who did it: a user, an administrator, a device.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Actor {
    /// The id, a number as a rule; seen as text too.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub id: Option<String>,
    /// The name.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub name: Option<String>,
    /// What the actor is.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub object_type: Option<String>,
    /// The e-mail address.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub email: Option<String>,
}
debug_only!(Actor: id, object_type);

/// What it was done to.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EventObject {
    /// The id, a number as a rule; seen as text too.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub id: Option<String>,
    /// The name; of a user, where the event is about one.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub name: Option<String>,
    /// What the object is.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub object_type: Option<String>,
    /// The device, where it is one.
    #[serde(
        default,
        deserialize_with = "record::nested_opt",
        skip_serializing_if = "Option::is_none"
    )]
    pub device_type: Option<DeviceType>,
}
debug_only!(EventObject: id, object_type, device_type);

/// A sort of device.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct DeviceType {
    /// Brivo's number.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub id: Option<i64>,
    /// The sort as text.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub name: Option<String>,
}

/// Where it happened.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EventSite {
    /// The site.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub id: Option<SiteId>,
    /// Its name.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub site_name: Option<String>,
}

/// Whether somebody was let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// Let in.
    Granted,
    /// Not let in.
    Denied,
    /// The event is about something else, or does not say.
    Unclear,
}

impl Event {
    /// Whether somebody was let in, by the kind of event and its `exception` mark.
    ///
    /// `actionAllowed` alone is not used: in the documentation's own example it is false where an
    /// administrator opened a door.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        let exception = self.security_action.exception;
        match self.security_action.id {
            SecurityAction::UserEntry if exception != Some(true) => Outcome::Granted,
            SecurityAction::UnauthorizedAttempt | SecurityAction::UnknownCredential => {
                Outcome::Denied
            }
            _ => Outcome::Unclear,
        }
    }

    /// The user who acted, where the actor's id is a number. Administrators have numbers too: look
    /// at the kind of event.
    #[must_use]
    pub fn user_id(&self) -> Option<UserId> {
        self.actor.as_ref()?.id.as_deref()?.parse().ok()
    }

    /// The object's id as a door's, where it is a number.
    #[must_use]
    pub fn access_point_id(&self) -> Option<AccessPointId> {
        self.event_object.as_ref()?.id.as_deref()?.parse().ok()
    }

    /// `eventData.actionAllowed`.
    #[must_use]
    pub fn action_allowed(&self) -> Option<bool> {
        self.event_data.get("actionAllowed")?.as_bool()
    }

    /// Ids of the credentials in `eventData.credentials`.
    #[must_use]
    pub fn credential_ids(&self) -> Vec<CredentialId> {
        let rows = self.event_data.get("credentials").and_then(Value::as_array);
        rows.into_iter()
            .flatten()
            .filter_map(|row| {
                row.get("id")
                    .and_then(|id| serde_json::from_value(id.clone()).ok())
            })
            .collect()
    }

    /// When Brivo learned of it, or when it happened where that is not told.
    #[must_use]
    pub fn known_since(&self) -> DateTime<Utc> {
        self.processed.unwrap_or(self.occurred)
    }
}

/// An object, or nothing where it is anything else: the rest of the event is worth more.
fn lenient_map<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Map<String, Value>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Object(map) => map,
        _ => Map::new(),
    })
}

fn masked_map<S: Serializer>(map: &Map<String, Value>, serializer: S) -> Result<S::Ok, S::Error> {
    let mut copy = Value::Object(map.clone());
    mask(&mut copy);
    copy.serialize(serializer)
}

/// Hides what opens doors, at any depth.
fn mask(value: &mut Value) {
    match value {
        Value::Object(map) => {
            let about_secret = map
                .get("property")
                .and_then(Value::as_str)
                .is_some_and(is_secret);
            for (key, value) in map {
                let hidden = is_secret(key)
                    || (about_secret && matches!(key.as_str(), "previousValue" | "currentValue"));
                if hidden && !value.is_null() {
                    *value = MASK.into();
                } else {
                    mask(value);
                }
            }
        }
        Value::Array(rows) => rows.iter_mut().for_each(mask),
        _ => {}
    }
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [
        "pin",
        "unknownweigand",
        "unknownwiegand",
        "encodedcredential",
    ]
    .contains(&name.as_str())
        || ["accesscode", "password", "secret"]
            .iter()
            .any(|part| name.contains(part))
}
