//! What Brivo keeps of a person.

use access_sync_http::{Error, ExposeSecret, SecretString, decode};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::fields::{self, debug_only, same_secret, wire_time};
use crate::ids::{CustomFieldId, UserId};
use crate::pin::Pin;
use crate::record;

/// A user, as `GET /users/{id}` and the list answer. The list leaves out some fields (PIN, dates).
#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct User {
    /// Brivo's id.
    pub id: UserId,
    /// Your own id of this person, unique in the account. Absent for users made by hand.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub external_id: Option<String>,
    /// First name.
    #[serde(default, deserialize_with = "decode::or_default")]
    pub first_name: String,
    /// Middle name.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub middle_name: Option<String>,
    /// Last name.
    #[serde(default, deserialize_with = "decode::or_default")]
    pub last_name: String,
    /// The PIN in clear text, as Brivo sends it.
    #[serde(
        default,
        deserialize_with = "fields::secret_opt",
        serialize_with = "fields::masked_opt",
        skip_serializing_if = "Option::is_none"
    )]
    pub pin: Option<SecretString>,
    /// From here on the **PIN** works. Cards and passes have dates of their own.
    #[serde(
        default,
        deserialize_with = "fields::time_opt",
        skip_serializing_if = "Option::is_none"
    )]
    pub effective_from: Option<DateTime<Utc>>,
    /// Until here the **PIN** works.
    #[serde(
        default,
        deserialize_with = "fields::time_opt",
        skip_serializing_if = "Option::is_none"
    )]
    pub effective_to: Option<DateTime<Utc>>,
    /// Whether the whole user is locked out. Brivo promises this field.
    #[serde(deserialize_with = "decode::required")]
    pub suspended: bool,
    /// When the user was made.
    #[serde(
        default,
        deserialize_with = "fields::time_opt",
        skip_serializing_if = "Option::is_none"
    )]
    pub created: Option<DateTime<Utc>>,
    /// When the user was changed last.
    #[serde(
        default,
        deserialize_with = "fields::time_opt",
        skip_serializing_if = "Option::is_none"
    )]
    pub updated: Option<DateTime<Utc>>,
    /// Whether the second factor of Bluetooth passes is waived.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub ble_two_factor_exempt: Option<bool>,
    /// The photo's address, good for 30 minutes. Documented as an object and shown as an array.
    #[serde(
        default,
        deserialize_with = "record::one_or_many",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub user_image: Vec<UserImage>,
    /// Custom fields that have a value.
    #[serde(
        default,
        deserialize_with = "record::one_or_many",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub custom_fields: Vec<CustomFieldValue>,
    /// E-mail addresses.
    #[serde(
        default,
        deserialize_with = "record::one_or_many",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub emails: Vec<Email>,
    /// Telephone numbers.
    #[serde(
        default,
        deserialize_with = "record::one_or_many",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub phone_numbers: Vec<PhoneNumber>,
    /// What sort of user this is; `Visitor` for guests.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub identity_type: Option<String>,
}
debug_only!(User: id, suspended, effective_from, effective_to);

impl PartialEq for User {
    fn eq(&self, other: &Self) -> bool {
        let fields = |user: &Self| {
            let mut plain = user.clone();
            plain.pin = None;
            serde_json::to_value(plain).ok()
        };
        same_secret(&self.pin, &other.pin) && fields(self) == fields(other)
    }
}

/// A user's photo.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct UserImage {
    /// The image's id.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub id: Option<i64>,
    /// Where it is, for 30 minutes. The address itself lets anybody in, so it is written masked.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        serialize_with = "fields::masked_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub uri: Option<String>,
}
debug_only!(UserImage: id);

/// An e-mail address.
#[derive(Clone, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[non_exhaustive]
pub struct Email {
    /// The address.
    #[serde(default, deserialize_with = "decode::or_default")]
    pub address: String,
    /// Free text such as `Home` or `work`.
    #[serde(rename = "type", default, deserialize_with = "decode::or_default")]
    pub kind: String,
}
debug_only!(Email: kind);

impl Email {
    /// An address of a kind (`Home`, `Work`, whatever the account uses).
    #[must_use]
    pub fn new(address: impl Into<String>, kind: impl Into<String>) -> Self {
        Self {
            address: address.into(),
            kind: kind.into(),
        }
    }
}

/// A telephone number.
#[derive(Clone, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[non_exhaustive]
pub struct PhoneNumber {
    /// The number, as typed.
    #[serde(default, deserialize_with = "decode::or_default")]
    pub number: String,
    /// Free text such as `Mobile`.
    #[serde(rename = "type", default, deserialize_with = "decode::or_default")]
    pub kind: String,
}
debug_only!(PhoneNumber: kind);

impl PhoneNumber {
    /// A number of a kind (`Mobile`, `Home`, whatever the account uses).
    #[must_use]
    pub fn new(number: impl Into<String>, kind: impl Into<String>) -> Self {
        Self {
            number: number.into(),
            kind: kind.into(),
        }
    }
}

/// The value of a custom field, always as text; dates in the field's own pattern.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CustomFieldValue {
    /// The field.
    pub id: CustomFieldId,
    /// The field's name.
    #[serde(default, deserialize_with = "decode::or_default")]
    pub field_name: String,
    /// The field's type.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub field_type: Option<FieldType>,
    /// The value.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub value: Option<String>,
}
debug_only!(CustomFieldValue: id, field_type);

access_sync_http::open_enum! {
    /// What a custom field holds.
    pub enum FieldType {
        /// Text.
        Text = "TEXT",
        /// A number.
        Number = "NUMBER",
        /// A date in the field's pattern.
        Date = "DATE",
    }
}

/// A user to be created, or a whole record to replace another (`POST /users`, `PUT /users/{id}`).
///
/// ```
/// use brivo_api::{Email, NewUser};
///
/// let user = NewUser::new("Marisol", "Okafor")
///     .external_id("entrata:88120:resident:551207")
///     .email(Email::new("marisol@example.com", "Home"));
/// # let _ = user;
/// ```
#[derive(Clone)]
pub struct NewUser {
    first_name: String,
    last_name: String,
    rest: UserPatch,
}
debug_only!(NewUser: rest);

impl NewUser {
    /// A user of this name; Brivo wants both parts.
    #[must_use]
    pub fn new(first_name: impl Into<String>, last_name: impl Into<String>) -> Self {
        Self {
            first_name: first_name.into(),
            last_name: last_name.into(),
            rest: UserPatch::new(),
        }
    }

    pub(crate) fn body(&self) -> Result<Value, Error> {
        let patch = self.rest.clone().name(&self.first_name, &self.last_name);
        patch.body()
    }

    pub(crate) fn external_id_value(&self) -> Option<&str> {
        self.rest.external_id.as_deref()
    }
}

/// Everything that a replacement would otherwise erase. Custom fields, photo and suspension are kept
/// by Brivo on their own.
impl From<&User> for NewUser {
    fn from(user: &User) -> Self {
        Self {
            first_name: user.first_name.clone(),
            last_name: user.last_name.clone(),
            rest: UserPatch {
                first_name: None,
                last_name: None,
                middle_name: user.middle_name.clone(),
                external_id: user.external_id.clone(),
                pin: user.pin.clone(),
                effective_from: user.effective_from,
                effective_to: user.effective_to,
                ble_two_factor_exempt: user.ble_two_factor_exempt,
                emails: Some(user.emails.clone()),
                phone_numbers: Some(user.phone_numbers.clone()),
            },
        }
    }
}

/// Changes to a user (`PATCH /users/{id}`): what is not named stays. Brivo documents no way to clear
/// a field by patch; use [`Users::replace`](crate::Users::replace) for that.
#[derive(Clone, Default)]
pub struct UserPatch {
    first_name: Option<String>,
    last_name: Option<String>,
    middle_name: Option<String>,
    external_id: Option<String>,
    pin: Option<SecretString>,
    effective_from: Option<DateTime<Utc>>,
    effective_to: Option<DateTime<Utc>>,
    ble_two_factor_exempt: Option<bool>,
    emails: Option<Vec<Email>>,
    phone_numbers: Option<Vec<PhoneNumber>>,
}
debug_only!(UserPatch: effective_from, effective_to);

impl UserPatch {
    /// No change; name some.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// First and last name.
    #[must_use]
    pub fn name(mut self, first: impl Into<String>, last: impl Into<String>) -> Self {
        self.first_name = Some(first.into());
        self.last_name = Some(last.into());
        self
    }

    pub(crate) fn body(&self) -> Result<Value, Error> {
        let mut body = Map::new();
        let mut text = |key: &str, value: Option<&str>| match value {
            None => Ok(()),
            Some(value) if value.trim().is_empty() => Err(Error::config(format!("{key} is blank"))),
            Some(value) => {
                body.insert(key.into(), value.into());
                Ok(())
            }
        };
        text("firstName", self.first_name.as_deref())?;
        text("middleName", self.middle_name.as_deref())?;
        text("lastName", self.last_name.as_deref())?;
        text("externalId", self.external_id.as_deref())?;
        text("pin", self.pin.as_ref().map(ExposeSecret::expose_secret))?;
        fields::check_range(self.effective_from, self.effective_to)?;
        let mut set = |key: &str, value: Option<Value>| {
            if let Some(value) = value {
                body.insert(key.into(), value);
            }
        };
        set(
            "effectiveFrom",
            self.effective_from.map(|at| wire_time(at).into()),
        );
        set(
            "effectiveTo",
            self.effective_to.map(|at| wire_time(at).into()),
        );
        set(
            "bleTwoFactorExempt",
            self.ble_two_factor_exempt.map(Value::Bool),
        );
        set("emails", self.emails.as_ref().map(|list| json!(list)));
        set(
            "phoneNumbers",
            self.phone_numbers.as_ref().map(|list| json!(list)),
        );
        if body.is_empty() {
            return Err(Error::config("nothing to change"));
        }
        Ok(Value::Object(body))
    }
}

/// The optional fields, alike for [`NewUser`] and [`UserPatch`].
macro_rules! optional_fields {
    ($type:ident, $($path:ident)?) => {
        impl $type {
            /// Middle name.
            #[must_use]
            pub fn middle_name(mut self, name: impl Into<String>) -> Self {
                self$(.$path)?.middle_name = Some(name.into());
                self
            }

            /// Your own id of this person, unique in the account: the one key to find users by.
            #[must_use]
            pub fn external_id(mut self, id: impl Into<String>) -> Self {
                self$(.$path)?.external_id = Some(id.into());
                self
            }

            /// The PIN.
            #[must_use]
            pub fn pin(mut self, pin: &Pin) -> Self {
                self$(.$path)?.pin = Some(pin.secret().clone());
                self
            }

            /// From here on the PIN works. Cards and passes have dates of their own.
            #[must_use]
            pub fn effective_from(mut self, at: DateTime<Utc>) -> Self {
                self$(.$path)?.effective_from = Some(at);
                self
            }

            /// Until here the PIN works. Cards and passes have dates of their own.
            #[must_use]
            pub fn effective_to(mut self, at: DateTime<Utc>) -> Self {
                self$(.$path)?.effective_to = Some(at);
                self
            }

            /// Whether the second factor of Bluetooth passes is waived.
            #[must_use]
            pub fn ble_two_factor_exempt(mut self, exempt: bool) -> Self {
                self$(.$path)?.ble_two_factor_exempt = Some(exempt);
                self
            }

            /// Adds an e-mail address. The list that is sent takes the place of the one there.
            #[must_use]
            pub fn email(mut self, email: Email) -> Self {
                self$(.$path)?.emails.get_or_insert_default().push(email);
                self
            }

            /// Adds a telephone number. The list that is sent takes the place of the one there.
            #[must_use]
            pub fn phone_number(mut self, phone: PhoneNumber) -> Self {
                self$(.$path)?.phone_numbers.get_or_insert_default().push(phone);
                self
            }
        }
    };
}
optional_fields!(NewUser, rest);
optional_fields!(UserPatch,);
