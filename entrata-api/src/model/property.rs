//! Properties.

use access_sync_http::Error;
use access_sync_http::decode::{Rows, optional, or_default};
use serde::{Deserialize, Serialize};

use crate::{Answer, PropertyId, nested};

/// A property (`getProperties`, `PhysicalProperty.Property`).
///
/// There is no time zone in it: plain dates of its leases are days where the property stands, and
/// which zone that is must come from your own settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Property {
    /// The property.
    #[serde(rename = "PropertyID", alias = "PropertyId", alias = "propertyId")]
    pub id: PropertyId,
    /// The property that this one is a part or phase of.
    #[serde(
        rename = "ParentPropertyID",
        alias = "ParentPropertyId",
        default,
        deserialize_with = "optional"
    )]
    pub parent_id: Option<PropertyId>,
    /// Its name.
    #[serde(rename = "MarketingName", default, deserialize_with = "optional")]
    pub marketing_name: Option<String>,
    /// `Apartment`, `Student` and the like.
    #[serde(rename = "Type", default, deserialize_with = "optional")]
    pub property_type: Option<String>,
    /// The company's own number for it.
    #[serde(rename = "General_ID", default, deserialize_with = "optional")]
    pub general_id: Option<String>,
    /// Switched off. Such properties can come back from a plain read too.
    #[serde(rename = "IsDisabled", default, deserialize_with = "or_default")]
    pub is_disabled: bool,
    /// Where it stands.
    #[serde(rename = "Address", default)]
    pub address: Option<PropertyAddress>,
    /// The company's own keys.
    #[serde(rename = "CustomKeysData", default, deserialize_with = "custom_keys")]
    pub custom_keys: Vec<CustomKey>,
}

/// Where a property stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PropertyAddress {
    /// Street and number.
    #[serde(rename = "Address", default, deserialize_with = "optional")]
    pub address: Option<String>,
    /// The city.
    #[serde(rename = "City", default, deserialize_with = "optional")]
    pub city: Option<String>,
    /// The state, in two letters.
    #[serde(
        rename = "State",
        alias = "StateCode",
        default,
        deserialize_with = "optional"
    )]
    pub state: Option<String>,
    /// The postal code.
    #[serde(rename = "PostalCode", default, deserialize_with = "optional")]
    pub postal_code: Option<String>,
    /// The country, in two letters.
    #[serde(rename = "Country", default, deserialize_with = "optional")]
    pub country: Option<String>,
}

/// A key of the company's own, such as a region code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CustomKey {
    /// Its name.
    #[serde(rename = "Key", default, deserialize_with = "or_default")]
    pub key: String,
    /// Its value.
    #[serde(rename = "Value", default, deserialize_with = "or_default")]
    pub value: String,
}

fn custom_keys<'de, D: serde::Deserializer<'de>>(d: D) -> Result<Vec<CustomKey>, D::Error> {
    nested::many(d, "CustomKeyData")
}

impl Property {
    /// The properties of an answer to `getProperties`.
    ///
    /// # Errors
    /// As [`Answer::rows`].
    pub fn rows(answer: &Answer) -> Result<Rows<Self>, Error> {
        answer.rows(&["PhysicalProperty", "Property"])
    }
}
