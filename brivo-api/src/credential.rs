//! What Brivo keeps of a credential.

use access_sync_http::{Error, SecretString, decode};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::card::Card26;
use crate::fields::{self, check_range, debug_only, wire_time};
use crate::ids::{AccountId, CredentialFieldId, CredentialFormatId, CredentialId};
use crate::record;

/// Formats whose ids were seen to be the same everywhere. Names differ; fetch
/// [`Credentials::formats`](crate::Credentials::formats) for the rest.
pub mod formats {
    use crate::ids::CredentialFormatId;

    /// A PIN, among the credentials of a user.
    pub const PIN: CredentialFormatId = CredentialFormatId(2);
    /// The standard 26-bit card.
    pub const CARD_26: CredentialFormatId = CredentialFormatId(100);
    /// Any bits.
    pub const UNKNOWN: CredentialFormatId = CredentialFormatId(110);
    /// A mobile pass.
    pub const MOBILE_PASS: CredentialFormatId = CredentialFormatId(307);
}

/// A credential. Dates are there only in [`Users::credentials`](crate::Users::credentials): they belong to the assignment.
#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Credential {
    /// Brivo's id.
    pub id: CredentialId,
    /// Its format.
    #[serde(deserialize_with = "record::nested")]
    pub credential_format: CredentialFormatRef,
    /// A label: the card number, or the e-mail address of a mobile pass. Not unique.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub reference_id: Option<String>,
    /// The bits in hex; for a PIN, the PIN itself.
    #[serde(
        default,
        deserialize_with = "fields::secret_opt",
        serialize_with = "fields::masked_opt",
        skip_serializing_if = "Option::is_none"
    )]
    pub encoded_credential: Option<SecretString>,
    /// The format's fields, in no order.
    #[serde(
        default,
        deserialize_with = "record::one_or_many",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub field_values: Vec<FieldValue>,
    /// Bits.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub size: Option<u32>,
    /// The account that owns it.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub account_id: Option<AccountId>,
    /// From here on it opens doors for its holder.
    #[serde(
        default,
        deserialize_with = "fields::time_opt",
        skip_serializing_if = "Option::is_none"
    )]
    pub effective_from: Option<DateTime<Utc>>,
    /// Until here it opens doors for its holder; none is for ever.
    #[serde(
        default,
        deserialize_with = "fields::time_opt",
        skip_serializing_if = "Option::is_none"
    )]
    pub effective_to: Option<DateTime<Utc>>,
}
debug_only!(Credential: id, credential_format, effective_from, effective_to);

impl Credential {
    /// The value of a field by its short name, such as `card_number`. Brivo writes the name in two
    /// ways (`acs.cards.format.card_number`).
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        let named = |value: &&FieldValue| {
            let full = value.name.as_deref().unwrap_or_default();
            full.rsplit('.').next() == Some(name)
        };
        self.field_values
            .iter()
            .find(named)
            .map(|value| value.value.as_str())
    }
}

/// A format by id and name.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct CredentialFormatRef {
    /// The format.
    pub id: CredentialFormatId,
    /// Its name; changes over the years, so compare ids.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub name: Option<String>,
}

/// One field of a credential.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "WireFieldValue")]
#[non_exhaustive]
pub struct FieldValue {
    /// The format's field.
    pub id: CredentialFieldId,
    /// Its value.
    pub value: String,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}
debug_only!(FieldValue: id, name);

/// Brivo documents `credentialFieldId` where it was seen to send `id`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireFieldValue {
    #[serde(default, deserialize_with = "decode::optional")]
    id: Option<CredentialFieldId>,
    #[serde(default, deserialize_with = "decode::optional")]
    credential_field_id: Option<CredentialFieldId>,
    #[serde(default, deserialize_with = "decode::or_default")]
    value: String,
    #[serde(default, deserialize_with = "decode::optional")]
    name: Option<String>,
}

impl TryFrom<WireFieldValue> for FieldValue {
    type Error = &'static str;

    fn try_from(wire: WireFieldValue) -> Result<Self, Self::Error> {
        let id = wire
            .credential_field_id
            .or(wire.id)
            .ok_or("a field value without the field's id")?;
        Ok(Self {
            id,
            value: wire.value,
            name: wire.name,
        })
    }
}

/// A format and its fields.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CredentialFormat {
    /// The format.
    pub id: CredentialFormatId,
    /// Its name.
    #[serde(default, deserialize_with = "decode::or_default")]
    pub name: String,
    /// Its fields; none for passes and unknown formats.
    #[serde(default, deserialize_with = "record::one_or_many")]
    pub credential_fields: Vec<CredentialField>,
}

/// A field of a format.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct CredentialField {
    /// The field.
    pub id: CredentialFieldId,
    /// Its name.
    #[serde(default, deserialize_with = "decode::or_default")]
    pub name: String,
}

/// A credential to be created (`POST /credentials`).
#[derive(Clone)]
pub struct NewCredential {
    format: CredentialFormatId,
    reference_id: String,
    content: Content,
    size: Option<u32>,
    offline_locks: Option<bool>,
}
debug_only!(NewCredential: format, size);

#[derive(Clone)]
enum Content {
    Fields(Vec<(CredentialFieldId, String)>),
    Encoded(SecretString),
}

impl NewCredential {
    /// A 26-bit card, labelled with its number.
    #[must_use]
    pub fn card_26(card: Card26) -> Self {
        let number = card.number().to_string();
        let fields = [
            (CredentialFieldId(1), number.clone()),
            (CredentialFieldId(2), card.facility().to_string()),
        ];
        Self::fields(formats::CARD_26, number, fields)
    }

    /// A credential by the fields of its format.
    #[must_use]
    pub fn fields<V: Into<String>>(
        format: CredentialFormatId,
        reference_id: impl Into<String>,
        fields: impl IntoIterator<Item = (CredentialFieldId, V)>,
    ) -> Self {
        let fields = fields
            .into_iter()
            .map(|(id, value)| (id, value.into()))
            .collect();
        Self {
            format,
            reference_id: reference_id.into(),
            content: Content::Fields(fields),
            size: None,
            offline_locks: None,
        }
    }

    /// A credential by its bits in hex, parity included.
    #[must_use]
    pub fn encoded(
        format: CredentialFormatId,
        reference_id: impl Into<String>,
        hex: impl Into<SecretString>,
    ) -> Self {
        Self {
            format,
            reference_id: reference_id.into(),
            content: Content::Encoded(hex.into()),
            size: None,
            offline_locks: None,
        }
    }

    /// Bits; Brivo heeds it for the unknown format only.
    #[must_use]
    pub fn size(mut self, bits: u32) -> Self {
        self.size = Some(bits);
        self
    }

    /// Whether offline locks read it too.
    #[must_use]
    pub fn used_with_offline_locks(mut self, used: bool) -> Self {
        self.offline_locks = Some(used);
        self
    }

    pub(crate) fn reference_id(&self) -> &str {
        &self.reference_id
    }

    /// Is `there` what would be created? Brivo's own search finds more than that.
    pub(crate) fn matches(&self, there: &Credential) -> bool {
        use access_sync_http::ExposeSecret as _;
        let same_content = match &self.content {
            Content::Encoded(hex) => there.encoded_credential.as_ref().is_some_and(|theirs| {
                let bare = |hex: &str| hex.trim_start_matches('0').to_ascii_lowercase();
                bare(theirs.expose_secret()) == bare(hex.expose_secret())
            }),
            Content::Fields(fields) => fields.iter().all(|(id, value)| {
                there
                    .field_values
                    .iter()
                    .any(|theirs| theirs.id == *id && theirs.value == *value)
            }),
        };
        same_content
            && there.credential_format.id == self.format
            && there.reference_id.as_deref() == Some(&self.reference_id)
    }

    pub(crate) fn body(&self) -> Result<Value, Error> {
        use access_sync_http::ExposeSecret as _;
        if self.reference_id.trim().is_empty() {
            return Err(Error::config("a credential needs a referenceId"));
        }
        let mut body = Map::new();
        body.insert("credentialFormat".into(), json!({ "id": self.format }));
        body.insert("referenceId".into(), self.reference_id.as_str().into());
        match &self.content {
            Content::Encoded(hex) => {
                let hex = hex.expose_secret();
                if hex.is_empty() || !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
                    return Err(Error::config("encodedCredential is not hex"));
                }
                body.insert("encodedCredential".into(), hex.into());
            }
            Content::Fields(fields) => {
                if fields.is_empty() {
                    return Err(Error::config(
                        "a credential needs its format's fields, or its bits",
                    ));
                }
                let list: Vec<_> = fields
                    .iter()
                    .map(|(id, value)| json!({ "id": id, "value": value }))
                    .collect();
                body.insert("fieldValues".into(), list.into());
            }
        }
        if let Some(bits) = self.size {
            body.insert("size".into(), bits.into());
        }
        if let Some(used) = self.offline_locks {
            body.insert("credentialUsedWithOfflineLocks".into(), used.into());
        }
        Ok(Value::Object(body))
    }
}

/// When an assigned credential opens doors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Validity {
    /// From here on; none is Brivo's choice (now for a new assignment, as it was for one there is).
    pub from: Option<DateTime<Utc>>,
    /// Until here; none is for ever for a new assignment, and **as it was** for one there is.
    pub to: Option<DateTime<Utc>>,
}

impl Validity {
    /// No dates: from now on and for ever for a new assignment, no change for one there is.
    #[must_use]
    pub fn unbounded() -> Self {
        Self::default()
    }

    /// From an instant on.
    #[must_use]
    pub fn from(mut self, from: DateTime<Utc>) -> Self {
        self.from = Some(from);
        self
    }

    /// Until an instant.
    #[must_use]
    pub fn until(mut self, to: DateTime<Utc>) -> Self {
        self.to = Some(to);
        self
    }

    pub(crate) fn body(self) -> Result<Value, Error> {
        check_range(self.from, self.to)?;
        let mut body = Map::new();
        for (key, at) in [("effectiveFrom", self.from), ("effectiveTo", self.to)] {
            if let Some(at) = at {
                body.insert(key.into(), wire_time(at).into());
            }
        }
        Ok(Value::Object(body))
    }
}
