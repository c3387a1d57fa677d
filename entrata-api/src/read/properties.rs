//! `getProperties`.

use crate::model::property::Property;
use crate::{Call, EntrataClient, Method, PropertyId, Query};

const GET_PROPERTIES: Method = Method::known("properties", "getProperties", "r1");

/// The properties that the credentials may see; by [`EntrataClient::properties`].
#[derive(Clone, Debug)]
pub struct Properties(EntrataClient);

impl Properties {
    /// Lists them (`properties`, `getProperties` r1). The method does not page.
    pub fn list(&self) -> Query<Property> {
        Query::whole(&self.0, Call::new(GET_PROPERTIES), Property::rows, |row| {
            row.id.to_string()
        })
    }
}

impl EntrataClient {
    /// The properties that the credentials may see.
    #[must_use]
    pub fn properties(&self) -> Properties {
        Properties(self.clone())
    }
}

impl Query<Property> {
    /// Only these properties (`propertyIds`).
    pub fn ids(self, ids: impl IntoIterator<Item = PropertyId>) -> Self {
        self.with(|call| call.csv("propertyIds", ids))
    }

    /// Only the property with this code (`propertyLookupCode`).
    pub fn lookup_code(self, code: impl Into<String>) -> Self {
        self.with(|call| call.param("propertyLookupCode", code.into()))
    }

    /// Disabled properties too (`showAllStatus`). Some can come back without it.
    pub fn show_all_status(self, all: bool) -> Self {
        self.with(|call| call.flag("showAllStatus", all))
    }
}
