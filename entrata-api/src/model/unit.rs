//! Units and unit spaces.

use access_sync_http::decode::{Rows, optional};
use access_sync_http::{Error, Rejected};
use serde::{Deserialize, Serialize};

use crate::date;
use crate::{
    Answer, BuildingId, EntrataDate, FloorPlanId, PropertyId, UnitId, UnitSpaceId, list, nested,
};

/// The units of one property (`getPropertyUnits`, `properties.property`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PropertyUnits {
    /// The property.
    pub property_id: PropertyId,
    /// Its name.
    #[serde(default, deserialize_with = "optional")]
    pub property_name: Option<String>,
    /// Buildings, by Entrata's count.
    #[serde(default, deserialize_with = "optional")]
    pub building_count: Option<u32>,
    /// Units, by Entrata's count. Filters do not change it.
    #[serde(default, deserialize_with = "optional")]
    pub unit_count: Option<u32>,
    /// The units; those that could not be read stand in `rejected`.
    #[serde(
        default,
        deserialize_with = "units",
        serialize_with = "nested::write_rows"
    )]
    pub units: Rows<PropertyUnit>,
}

/// A unit: what has a door of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PropertyUnit {
    /// The unit: a lease's `unitId`.
    pub id: UnitId,
    /// The property it belongs to. Set from the property around it.
    #[serde(default, deserialize_with = "optional")]
    pub property_id: Option<PropertyId>,
    /// Its name on the door, such as `302`.
    #[serde(default, deserialize_with = "optional")]
    pub unit_number: Option<String>,
    /// The building.
    #[serde(default, deserialize_with = "optional")]
    pub building_id: Option<BuildingId>,
    /// The building's name.
    #[serde(default, deserialize_with = "optional")]
    pub building_name: Option<String>,
    /// The floor.
    #[serde(default, deserialize_with = "optional")]
    pub floor_number: Option<String>,
    /// The floor plan.
    #[serde(
        rename = "floorplanId",
        alias = "floorPlanId",
        default,
        deserialize_with = "optional"
    )]
    pub floor_plan_id: Option<FloorPlanId>,
    /// The floor plan's name.
    #[serde(
        rename = "floorplanName",
        alias = "floorPlanName",
        default,
        deserialize_with = "optional"
    )]
    pub floor_plan_name: Option<String>,
    /// Its unit spaces: one, or one for each bed or room that is let by itself.
    #[serde(default, deserialize_with = "unit_spaces")]
    pub unit_spaces: Vec<UnitSpace>,
}

/// A bed or room that is let by itself; the whole unit in conventional properties.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UnitSpace {
    /// The space: a lease's `unitSpaceId`.
    #[serde(rename = "unitSpaceId")]
    pub id: UnitSpaceId,
    /// Its name, such as `302-A`.
    #[serde(default, deserialize_with = "optional")]
    pub unit_number: Option<String>,
    /// `Conventional`, `Private` and the like.
    #[serde(default, deserialize_with = "optional")]
    pub space_configuration: Option<String>,
    /// `Occupied No Notice`, `Vacant Unrented Ready` and the like.
    #[serde(default, deserialize_with = "optional")]
    pub availability_status: Option<String>,
    /// From when it can be let.
    #[serde(default, deserialize_with = "date::optional")]
    pub available_date: Option<EntrataDate>,
    /// When it is to be ready.
    #[serde(default, deserialize_with = "date::optional")]
    pub make_ready_date: Option<EntrataDate>,
    /// Why it is not let, such as `Model Unit`.
    #[serde(
        rename = "exclusionReason",
        alias = "excludedReason",
        default,
        deserialize_with = "optional"
    )]
    pub exclusion_reason: Option<String>,
}

fn units<'de, D: serde::Deserializer<'de>>(d: D) -> Result<Rows<PropertyUnit>, D::Error> {
    nested::rows(d, "unit")
}

fn unit_spaces<'de, D: serde::Deserializer<'de>>(d: D) -> Result<Vec<UnitSpace>, D::Error> {
    nested::many(d, "unitSpace")
}

impl PropertyUnits {
    /// The properties of an answer to `getPropertyUnits`, each with its units. What could not be
    /// read of the units is among the rejected rows too.
    ///
    /// # Errors
    /// As [`Answer::rows`].
    pub fn rows(answer: &Answer) -> Result<Rows<Self>, Error> {
        let rows = answer.rows::<Self>(&["properties", "property"])?;
        Ok(list::lift(rows, |mut property| {
            for unit in &mut property.units.items {
                unit.property_id = Some(property.property_id);
            }
            let nested = nested_rejected(&property.units.rejected, "units.unit");
            (property, nested)
        }))
    }
}

/// Rejected rows inside a row, with the path from that row on.
pub(crate) fn nested_rejected(rejected: &[Rejected], place: &str) -> Vec<Rejected> {
    rejected
        .iter()
        .map(|inner| {
            let mut rejected = inner.clone();
            rejected.path = match inner.path.as_str() {
                "." => format!("{place}[{}]", inner.index),
                path => format!("{place}[{}].{path}", inner.index),
            };
            rejected
        })
        .collect()
}
