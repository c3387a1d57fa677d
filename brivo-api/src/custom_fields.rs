//! Custom fields of an account. Values belong to users.

use access_sync_http::{Error, decode};
use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::call::{Call, Removal};
use crate::client::BrivoClient;
use crate::ids::CustomFieldId;
use crate::list::List;
use crate::user::FieldType;
use crate::users::with_body;

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

impl BrivoClient {
    /// Custom fields.
    #[must_use]
    pub fn custom_fields(&self) -> CustomFields<'_> {
        CustomFields(self)
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
