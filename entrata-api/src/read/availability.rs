//! `getUnitsAvailabilityAndPricing`, without the prices.

use std::collections::BTreeMap;

use access_sync_http::decode::{Rows, optional};
use access_sync_http::{Error, Rejected};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::attributes::Flat;
use crate::list;
use crate::{
    Answer, Call, EntrataClient, EntrataDate, FloorPlanId, Method, PropertyId, Query, UnitId, date,
};

const GET_UNITS: Method = Method::known("propertyunits", "getUnitsAvailabilityAndPricing", "r1");

impl EntrataClient {
    /// Which units of a property can be let (`propertyunits`, `getUnitsAvailabilityAndPricing` r1).
    /// Prices are neither asked for nor kept. Child properties come along unless
    /// [`child_properties`](Query::child_properties) says otherwise. The method does not page.
    pub fn units_availability(&self, property: PropertyId) -> Query<UnitAvailability> {
        let call = Call::new(GET_UNITS)
            .property(property)
            .flag("skipPricing", true);
        Query::whole(self, call, UnitAvailability::rows, |unit| {
            unit.id.to_string()
        })
    }
}

/// Whether a unit can be let.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UnitAvailability {
    /// The unit: a lease's `unitId`.
    pub id: UnitId,
    /// The property.
    pub property_id: Option<PropertyId>,
    /// Its name, such as `302`.
    pub unit_number: Option<String>,
    /// `Available` or not.
    pub availability: Option<String>,
    /// `Occupied (Unavailable)`, `Vacant Ready (Available)`, `On Notice (Available)` and the like.
    pub status: Option<String>,
    /// From when it can be let.
    pub available_on: Option<EntrataDate>,
    /// When it is to be ready.
    pub make_ready_date: Option<EntrataDate>,
    /// The floor plan.
    pub floor_plan_id: Option<FloorPlanId>,
    /// The floor plan's name.
    pub floor_plan_name: Option<String>,
    /// `Conventional` and the like.
    pub occupancy_type: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Wire {
    #[serde(default, deserialize_with = "optional")]
    property_unit_id: Option<UnitId>,
    #[serde(default, deserialize_with = "optional")]
    property_id: Option<PropertyId>,
    #[serde(default, deserialize_with = "optional")]
    unit_number: Option<String>,
    #[serde(default, deserialize_with = "optional")]
    availability: Option<String>,
    #[serde(default, deserialize_with = "optional")]
    status: Option<String>,
    #[serde(default, deserialize_with = "date::optional")]
    available_on: Option<EntrataDate>,
    #[serde(default, deserialize_with = "date::optional")]
    make_ready_date: Option<EntrataDate>,
    #[serde(rename = "FloorplanId", default, deserialize_with = "optional")]
    floor_plan_id: Option<FloorPlanId>,
    #[serde(default, deserialize_with = "optional")]
    floor_plan_name: Option<String>,
    #[serde(default, deserialize_with = "optional")]
    occupancy_type: Option<String>,
}

impl Wire {
    fn with_id(self, id: UnitId) -> UnitAvailability {
        UnitAvailability {
            id,
            property_id: self.property_id,
            unit_number: self.unit_number,
            availability: self.availability,
            status: self.status,
            available_on: self.available_on,
            make_ready_date: self.make_ready_date,
            floor_plan_id: self.floor_plan_id,
            floor_plan_name: self.floor_plan_name,
            occupancy_type: self.occupancy_type,
        }
    }
}

impl UnitAvailability {
    /// The units of an answer to `getUnitsAvailabilityAndPricing`: an object keyed by unit id, as
    /// recorded; one unit alone, or an array, as seen in clients.
    ///
    /// # Errors
    /// As [`Answer::rows`].
    pub fn rows(answer: &Answer) -> Result<Rows<Self>, Error> {
        if answer.is_nothing()? {
            return Ok(Rows::default());
        }
        let Some(units) = answer.find(&["ILS_Units", "Unit"])? else {
            return Ok(Rows::default());
        };
        let keyed = || -> Option<BTreeMap<&str, &RawValue>> {
            let keyed: BTreeMap<&str, &RawValue> = serde_json::from_str(units).ok()?;
            let ids = keyed.keys().all(|key| key.parse::<UnitId>().is_ok());
            ids.then_some(keyed)
        };
        match keyed() {
            Some(keyed) => {
                let rows: Vec<&str> = keyed.values().map(|raw| raw.get()).collect();
                let text = format!("[{}]", rows.join(","));
                let ids: Vec<Option<UnitId>> = keyed.keys().map(|key| key.parse().ok()).collect();
                Self::read(answer, &text, &ids)
            }
            None => Self::read(answer, units, &[]),
        }
    }

    fn read(answer: &Answer, rows: &str, ids: &[Option<UnitId>]) -> Result<Rows<Self>, Error> {
        let rows: Rows<Flat<Wire>> = answer.decode(rows)?;
        let places = list::places(&rows.rejected);
        let mut out = Rows {
            items: Vec::new(),
            rejected: rows.rejected,
        };
        for (row, place) in rows.items.into_iter().zip(places) {
            let wire = row.into_inner();
            let id = wire
                .property_unit_id
                .or_else(|| ids.get(place).copied().flatten());
            match id {
                Some(id) => out.items.push(wire.with_id(id)),
                None => {
                    let path = "@attributes.PropertyUnitId";
                    out.rejected
                        .push(Rejected::new(place, path, "the unit has no id"));
                }
            }
        }
        Ok(out)
    }
}

impl Query<UnitAvailability> {
    /// Only this unit (`propertyUnitId`).
    pub fn unit(self, unit: UnitId) -> Self {
        self.with(|call| call.param("propertyUnitId", unit.to_string()))
    }

    /// Only units of this floor plan (`floorplanId`).
    pub fn floor_plan(self, plan: FloorPlanId) -> Self {
        self.with(|call| call.param("floorplanId", plan.to_string()))
    }

    /// Only units of this type (`unitTypeId`).
    pub fn unit_type(self, id: i64) -> Self {
        self.with(|call| call.param("unitTypeId", id.to_string()))
    }

    /// Only units that can be let (`availableUnitsOnly`).
    pub fn available_only(self, only: bool) -> Self {
        self.with(|call| call.flag("availableUnitsOnly", only))
    }

    /// Only units that cannot be let (`unavailableUnitsOnly`).
    pub fn unavailable_only(self, only: bool) -> Self {
        self.with(|call| call.flag("unavailableUnitsOnly", only))
    }

    /// Units of child properties too (`showChildProperties`); they come unless this says no.
    pub fn child_properties(self, on: bool) -> Self {
        self.with(|call| call.flag("showChildProperties", on))
    }

    /// Disabled units too (`includeDisabledUnits`).
    pub fn include_disabled_units(self, on: bool) -> Self {
        self.with(|call| call.flag("includeDisabledUnits", on))
    }

    /// Units of disabled floor plans too (`includeDisabledFloorplans`).
    pub fn include_disabled_floorplans(self, on: bool) -> Self {
        self.with(|call| call.flag("includeDisabledFloorplans", on))
    }

    /// Rooms and beds by themselves (`showUnitSpaces`).
    pub fn unit_spaces(self, on: bool) -> Self {
        self.with(|call| call.flag("showUnitSpaces", on))
    }

    /// For moving in on or after this day (`moveInStartDate`).
    pub fn move_in_from(self, day: NaiveDate) -> Self {
        self.with(|call| call.date("moveInStartDate", day))
    }

    /// For moving in on or before this day (`moveInEndDate`).
    pub fn move_in_to(self, day: NaiveDate) -> Self {
        self.with(|call| call.date("moveInEndDate", day))
    }
}
