use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};

/// What the sandbox's Brivo application and administrator sign in with.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BrivoCredentials {
    /// Client id of the application.
    pub client_id: String,
    /// Client secret of the application.
    pub client_secret: String,
    /// The `api-key` header of every API call.
    pub api_key: String,
    /// The administrator id (not an e-mail address) for the password grant.
    pub username: String,
    /// The administrator's password.
    pub password: String,
}

impl fmt::Debug for BrivoCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BrivoCredentials").finish_non_exhaustive()
    }
}

/// An e-mail address or phone number with its free-text type.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Contact {
    /// The address or number.
    pub value: String,
    /// `Home`, `Work`, `Mobile` or any other text.
    pub kind: String,
}

impl Contact {
    /// A contact of this type.
    pub fn new(value: impl Into<String>, kind: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            kind: kind.into(),
        }
    }
}

/// A Brivo user as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct User {
    /// Brivo's id.
    pub id: i64,
    /// The integrator's id, unique in the account.
    pub external_id: Option<String>,
    /// First name.
    pub first_name: String,
    /// Middle name.
    pub middle_name: Option<String>,
    /// Last name.
    pub last_name: String,
    /// 4 to 8 digits.
    pub pin: Option<String>,
    /// Start of the PIN's validity; bounds nothing else.
    pub effective_from: Option<DateTime<Utc>>,
    /// End of the PIN's validity; bounds nothing else.
    pub effective_to: Option<DateTime<Utc>>,
    /// A suspended user opens no door.
    pub suspended: bool,
    /// When the user was made.
    pub created: DateTime<Utc>,
    /// When the user was last changed.
    pub updated: DateTime<Utc>,
    /// Exempt from the second factor on Bluetooth readers.
    pub ble_two_factor_exempt: bool,
    /// E-mail addresses.
    pub emails: Vec<Contact>,
    /// Phone numbers.
    pub phones: Vec<Contact>,
    /// Values by custom-field id.
    pub custom_fields: BTreeMap<i64, String>,
    /// `Visitor` for guests.
    pub identity_type: Option<String>,
}

/// A user to be added behind the API's back. Fill what matters and take the rest from
/// `..NewUser::default()`.
#[derive(Debug, Clone, Default)]
pub struct NewUser {
    /// The integrator's id.
    pub external_id: Option<String>,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// PIN.
    pub pin: Option<String>,
    /// Start of the PIN's validity.
    pub effective_from: Option<DateTime<Utc>>,
    /// End of the PIN's validity.
    pub effective_to: Option<DateTime<Utc>>,
    /// Whether the user starts suspended.
    pub suspended: bool,
    /// E-mail address.
    pub email: Option<String>,
}

/// A Brivo group as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Group {
    /// Brivo's id.
    pub id: i64,
    /// At most 35 characters.
    pub name: String,
    /// Members may unlock doors by keypad.
    pub keypad_unlock: bool,
    /// Members are immune to antipassback.
    pub immune_to_antipassback: bool,
    /// Members are not locked out in a lockdown.
    pub excluded_from_lockdown: bool,
    /// Minutes of the day, as text.
    pub antipassback_reset_time: Option<String>,
    /// Belongs to a multifamily site, so that it cannot be deleted (412).
    pub multifamily: bool,
    /// Invisible to the API's administrator, and still counted in the limit of 16.
    pub hidden: bool,
}

/// A site as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Site {
    /// Brivo's id.
    pub id: i64,
    /// Name.
    pub name: String,
    /// In Brivo's legacy spelling, such as `US/Central`.
    pub time_zone: String,
    /// Street.
    pub street: String,
    /// City.
    pub city: String,
    /// State.
    pub state: String,
    /// Postal code.
    pub postal_code: String,
}

/// A door as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccessPoint {
    /// Brivo's id.
    pub id: i64,
    /// Name.
    pub name: String,
    /// The site it stands on.
    pub site_id: i64,
    /// The panel it hangs on.
    pub control_panel_id: i64,
}

impl Site {
    pub(crate) fn new(
        id: i64,
        name: &str,
        time_zone: &str,
        street: &str,
        city: &str,
        state: &str,
        postal_code: &str,
    ) -> Self {
        Self {
            id,
            name: name.to_owned(),
            time_zone: time_zone.to_owned(),
            street: street.to_owned(),
            city: city.to_owned(),
            state: state.to_owned(),
            postal_code: postal_code.to_owned(),
        }
    }
}

impl AccessPoint {
    pub(crate) fn new(id: i64, name: &str, site_id: i64) -> Self {
        Self {
            id,
            name: name.to_owned(),
            site_id,
            control_panel_id: 8800 + site_id % 10,
        }
    }
}

impl CustomField {
    pub(crate) fn new(id: i64, name: &str, field_type: &str) -> Self {
        Self {
            id,
            name: name.to_owned(),
            field_type: field_type.to_owned(),
            display_order: id % 100,
            pattern: None,
        }
    }
}

/// A custom field of the account.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CustomField {
    /// Brivo's id.
    pub id: i64,
    /// Name.
    pub name: String,
    /// `TEXT`, `NUMBER` or `DATE`.
    pub field_type: String,
    /// Place in the list.
    pub display_order: i64,
    /// How dates are written.
    pub pattern: Option<String>,
}

/// How a user is named in a question to the sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserRef {
    /// By Brivo's id.
    Id(i64),
    /// By external id.
    External(String),
}

impl From<i64> for UserRef {
    fn from(id: i64) -> Self {
        Self::Id(id)
    }
}

impl From<&str> for UserRef {
    fn from(external_id: &str) -> Self {
        Self::External(external_id.to_owned())
    }
}

impl From<&String> for UserRef {
    fn from(external_id: &String) -> Self {
        Self::External(external_id.clone())
    }
}

/// Everything Brivo holds about people and groups at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BrivoSnapshot {
    /// Users by id.
    pub users: BTreeMap<i64, User>,
    /// Groups by id.
    pub groups: BTreeMap<i64, Group>,
    /// User ids by group id, ascending; groups without members have an empty list.
    pub members: BTreeMap<i64, Vec<i64>>,
}
