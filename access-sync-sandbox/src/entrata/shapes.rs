//! Records as Entrata writes them: properties, units and their spaces.

use chrono::{Days, NaiveDate};
use serde_json::{Value, json};

use super::rows::{Lease, LeaseStatus, Property, Unit, UnitSpace};
use super::state::EntrataState;

pub(super) const FLOOR_PLAN_ID: i64 = 55_001;
pub(super) const FLOOR_PLAN: &str = "Two Bedroom";
pub(super) const BUILDING_ID: i64 = 9001;

pub(super) fn us_date(date: NaiveDate) -> Value {
    Value::String(crate::json::us_date(date))
}

pub(super) fn iso_date(date: NaiveDate) -> Value {
    Value::String(crate::json::iso_date(date))
}

impl EntrataState {
    /// Who lives in a space: its Current or Notice lease.
    pub(super) fn tenant(&self, unit: &Unit, space_id: i64) -> Option<&Lease> {
        self.leases.of_unit(unit.id).find(|lease| {
            matches!(lease.status, LeaseStatus::Current | LeaseStatus::Notice)
                && (lease.unit_space_ids.is_empty() || lease.unit_space_ids.contains(&space_id))
        })
    }
}

pub(super) fn property(property: &Property) -> Value {
    let mut row = json!({
        "PropertyID": property.id,
        "MarketingName": property.name,
        "Type": "Apartment",
        "webSite": "https://www.example-flats.test",
        "Address": {
            "@attributes": {"AddressType": "property"},
            "Address": property.street,
            "City": property.city,
            "State": property.state,
            "PostalCode": property.postal_code,
            "Country": "US",
            "Email": "office@example-flats.test",
        },
        "Addresses": {"Address": [{
            "AddressType": "Primary",
            "Address": property.street,
            "City": property.city,
            "StateCode": property.state,
            "PostalCode": property.postal_code,
            "Country": "US",
        }]},
        "PostMonths": {"ArPostMonth": "03/2026", "ApPostMonth": "03/2026", "GlPostMonth": "03/2026"},
        "PropertyHours": {"OfficeHours": {"OfficeHour": [
            {"Day": "Monday", "AvailabilityType": "Open", "OpenTime": "9:00 AM", "CloseTime": "6:00 PM"},
            {"Day": "Sunday", "AvailabilityType": "Closed"},
        ]}},
        "IsDisabled": i64::from(property.disabled),
        "IsFeaturedProperty": 0,
        "SpaceOptions": {"SpaceOption": [{"Id": "1", "Name": "Conventional"}]},
        "YearBuilt": "2016",
        "ShortDescription": "<p>Lakefront homes</p>",
        "LongDescription": "<p>Longer text</p>",
        "LeaseTerms": {"LeaseTerm": [
            {"Id": 8811, "Name": "12 months", "TermMonths": 12, "IsProspect": true, "IsRenewal": true},
        ]},
    });
    if let (Some(parent), Some(object)) = (property.parent_id, row.as_object_mut()) {
        object.insert("ParentPropertyID".to_owned(), json!(parent));
    }
    row
}

pub(super) fn unit(state: &EntrataState, property: &Property, unit: &Unit) -> Value {
    let spaces: Vec<Value> = unit
        .spaces
        .iter()
        .map(|space| unit_space(state, unit, space))
        .collect();
    json!({
        "id": unit.id,
        "unitNumber": unit.number,
        "buildingId": BUILDING_ID,
        "buildingName": unit.building,
        "floorplanId": FLOOR_PLAN_ID,
        "floorplanName": FLOOR_PLAN,
        "floorNumber": unit.floor,
        "unitTypeId": 66_001,
        "unitTypeName": format!("{0}x{0}", unit.bedrooms),
        "numberOfBedrooms": unit.bedrooms,
        "numberOfBathrooms": unit.bedrooms,
        "squareFeet": 520 + 230 * unit.bedrooms,
        "isFurnished": 0,
        "isCorporateRented": 0,
        "maxNumberOccupants": 2 * unit.bedrooms,
        "maxNumberOfPets": 2,
        "unitAddress": {
            "address": format!("{} {}", property.street, unit.number),
            "city": property.city,
            "state": property.state,
            "postalCode": property.postal_code,
            "country": "US",
        },
        "unitSpaces": {"unitSpace": spaces},
    })
}

fn unit_space(state: &EntrataState, unit: &Unit, space: &UnitSpace) -> Value {
    let tenant = state.tenant(unit, space.id);
    let status = match tenant.map(|lease| lease.status) {
        Some(LeaseStatus::Notice) => "Notice Unrented",
        Some(_) => "Occupied No Notice",
        None => "Vacant Unrented Ready",
    };
    let mut row = json!({
        "unitSpaceId": space.id,
        "unitNumber": space.number,
        "isAffordable": 0,
        "hasPricing": 1,
        "occupancyTypeId": 1,
        "occupancyTypeName": "Conventional",
        "availabilityStatus": status,
        "rent": {"minRent": 1450, "maxRent": 1610},
    });
    let free = tenant
        .and_then(|lease| lease.move_out)
        .and_then(|date| date.checked_add_days(Days::new(1)));
    if let (Some(date), Some(object)) = (free, row.as_object_mut()) {
        object.insert("availableDate".to_owned(), us_date(date));
    }
    row
}

/// The spaces a lease holds, with the numbers that the unit gives them.
pub(super) fn spaces<'a>(state: &'a EntrataState, lease: &Lease) -> Vec<&'a UnitSpace> {
    let unit = lease.unit_id.and_then(|id| state.units.get(&id));
    let all = unit.map(|unit| unit.spaces.iter()).into_iter().flatten();
    all.filter(|space| lease.unit_space_ids.is_empty() || lease.unit_space_ids.contains(&space.id))
        .collect()
}
