//! `getPropertyUnits`.

use access_sync_http::{Error, Gap, Listing, Pager};

use crate::list::{self, Paging};
use crate::model::unit::{PropertyUnit, PropertyUnits};
use crate::{Call, EntrataClient, Method, PropertyId};

const GET_PROPERTY_UNITS: Method = Method::known("propertyunits", "getPropertyUnits", "r1");

impl EntrataClient {
    /// The units of some properties (`propertyunits`, `getPropertyUnits` r1). Child properties of a
    /// requested parent come along.
    pub fn property_units(
        &self,
        properties: impl IntoIterator<Item = PropertyId>,
    ) -> PropertyUnitsQuery {
        PropertyUnitsQuery {
            client: self.clone(),
            properties: properties.into_iter().collect(),
            available_units_only: None,
            use_property_preferences: None,
            disabled_floorplans: None,
            disabled_units: None,
        }
    }
}

/// `getPropertyUnits` and its filters.
#[derive(Clone, Debug)]
#[must_use = "a query is not sent until `all`"]
pub struct PropertyUnitsQuery {
    client: EntrataClient,
    properties: Vec<PropertyId>,
    available_units_only: Option<bool>,
    use_property_preferences: Option<bool>,
    disabled_floorplans: Option<bool>,
    disabled_units: Option<bool>,
}

impl PropertyUnitsQuery {
    /// Only units that can be let (`availableUnitsOnly`).
    pub fn available_units_only(mut self, only: bool) -> Self {
        self.available_units_only = Some(only);
        self
    }

    /// By the property's own idea of what can be let (`usePropertyPreferences`); counts only beside
    /// [`available_units_only`](Self::available_units_only).
    pub fn use_property_preferences(mut self, on: bool) -> Self {
        self.use_property_preferences = Some(on);
        self
    }

    /// Units of disabled floor plans too (`includeDisabledFloorplans`).
    pub fn include_disabled_floorplans(mut self, on: bool) -> Self {
        self.disabled_floorplans = Some(on);
        self
    }

    /// Disabled units too (`includeDisabledUnits`).
    pub fn include_disabled_units(mut self, on: bool) -> Self {
        self.disabled_units = Some(on);
        self
    }

    /// The call.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Config`] without a property: the method needs `propertyIds`.
    pub fn call(&self) -> Result<Call, Error> {
        if self.properties.is_empty() {
            return Err(Error::config("getPropertyUnits needs a property"));
        }
        let flags = [
            ("availableUnitsOnly", self.available_units_only),
            ("usePropertyPreferences", self.use_property_preferences),
            ("includeDisabledFloorplans", self.disabled_floorplans),
            ("includeDisabledUnits", self.disabled_units),
        ];
        let mut call = Call::new(GET_PROPERTY_UNITS).csv("propertyIds", &self.properties);
        if let [property] = self.properties.as_slice() {
            call.property = Some(*property);
        }
        Ok(flags.into_iter().fold(call, |call, (name, value)| {
            call.opt(value, |call, value| call.flag(name, value))
        }))
    }

    /// Property by property. Child properties come on pages of their own, whose addresses stand in
    /// the answer's `Link` header.
    ///
    /// # Errors
    /// As [`PropertyUnitsQuery::call`].
    pub fn pager(&self) -> Result<Pager<PropertyUnits>, Error> {
        Ok(list::pager(
            &self.client,
            self.call()?,
            Paging::Linked,
            PropertyUnits::rows,
            |property| property.property_id.to_string(),
        ))
    }

    /// All units, each with its property. A property that was asked for and is not in the answer
    /// makes the listing incomplete, unless only available units were asked for.
    ///
    /// # Errors
    /// [`Error`]; a part of a list is never returned as a list.
    pub async fn all(&self) -> Result<Listing<PropertyUnit>, Error> {
        let by_property = self.pager()?.all().await?;
        let filtered = self.available_units_only == Some(true);
        let absent: Vec<PropertyId> = self
            .properties
            .iter()
            .filter(|asked| {
                !filtered
                    && !by_property
                        .items
                        .iter()
                        .any(|got| got.property_id == **asked)
            })
            .copied()
            .collect();
        let mut units = Listing::new(Vec::new(), by_property.rejected);
        units.completeness = by_property.completeness;
        for property in by_property.items {
            units.items.extend(property.units.items);
        }
        for property in absent {
            units.note(Gap::Other(format!(
                "property {property} is not in the answer"
            )));
        }
        Ok(units)
    }
}
