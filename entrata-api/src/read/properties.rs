//! `getProperties`.

use access_sync_http::{Error, Pager};

use super::list_methods;
use crate::list::{self, Paging};
use crate::model::property::Property;
use crate::{Call, EntrataClient, Method, PropertyId};

const GET_PROPERTIES: Method = Method::known("properties", "getProperties", "r1");

/// The properties that the credentials may see; by [`EntrataClient::properties`].
#[derive(Clone, Debug)]
pub struct Properties(EntrataClient);

impl Properties {
    /// Lists them (`properties`, `getProperties` r1).
    pub fn list(&self) -> PropertiesQuery {
        PropertiesQuery {
            client: self.0.clone(),
            ids: Vec::new(),
            lookup_code: None,
            all_status: None,
        }
    }
}

impl EntrataClient {
    /// The properties that the credentials may see.
    #[must_use]
    pub fn properties(&self) -> Properties {
        Properties(self.clone())
    }
}

/// `getProperties` and its filters. The method does not page.
#[derive(Clone, Debug)]
#[must_use = "a query is not sent until `all` or `items`"]
pub struct PropertiesQuery {
    client: EntrataClient,
    ids: Vec<PropertyId>,
    lookup_code: Option<String>,
    all_status: Option<bool>,
}

impl PropertiesQuery {
    /// Only these properties (`propertyIds`).
    pub fn ids(mut self, ids: impl IntoIterator<Item = PropertyId>) -> Self {
        self.ids.extend(ids);
        self
    }

    /// Only the property with this code (`propertyLookupCode`).
    pub fn lookup_code(mut self, code: impl Into<String>) -> Self {
        self.lookup_code = Some(code.into());
        self
    }

    /// Disabled properties too (`showAllStatus`). Some can come back without it.
    pub fn show_all_status(mut self, all: bool) -> Self {
        self.all_status = Some(all);
        self
    }

    /// The call.
    #[must_use]
    pub fn call(&self) -> Call {
        Call::new(GET_PROPERTIES)
            .csv("propertyIds", &self.ids)
            .opt(self.lookup_code.clone(), |call, code| {
                call.param("propertyLookupCode", code)
            })
            .opt(self.all_status, |call, all| call.flag("showAllStatus", all))
    }

    /// Page by page; there is one.
    ///
    /// # Errors
    /// None; the signature is that of all queries.
    pub fn pager(&self) -> Result<Pager<Property>, Error> {
        Ok(list::pager(
            &self.client,
            self.call(),
            Paging::Whole,
            Property::rows,
            |property| property.id.to_string(),
        ))
    }

    list_methods!(Property);
}
