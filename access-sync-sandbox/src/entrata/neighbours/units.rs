//! Units that are to be had, and the club room.

use serde_json::{Map, Value, json};

use super::{Answered, plain, property, unit};
use crate::entrata::leases::paged;
use crate::entrata::params::Params;
use crate::entrata::rows::LeaseStatus;
use crate::entrata::shapes::{FLOOR_PLAN, FLOOR_PLAN_ID, iso_date, us_date};
use crate::entrata::{EntrataState, Host};
use crate::http::Request;
use crate::world::hash;

/// Units keyed by their ids, not a list.
pub(in crate::entrata) fn availability(
    state: &EntrataState,
    _: &Request,
    params: &Params,
    host: Host,
) -> Answered {
    let home = property(state, params, host)?;
    let wanted = params.ids("propertyUnitId");
    let only_free = params.flag("availableUnitsOnly");
    let only_taken = params.flag("unavailableUnitsOnly");
    let mut units = Map::new();
    let (mut all, mut free) = (0, 0);
    for unit in state.units.values().filter(|u| u.property_id == home.id) {
        all += 1;
        let tenant = unit
            .spaces
            .first()
            .and_then(|space| state.tenant(unit, space.id));
        let (availability, status) = match tenant.map(|lease| lease.status) {
            None => ("Available", "Vacant Ready (Available)"),
            Some(LeaseStatus::Notice) => ("Available", "On Notice (Available)"),
            Some(_) => ("Not Available", "Occupied (Unavailable)"),
        };
        free += usize::from(availability == "Available");
        if wanted.as_ref().is_some_and(|ids| !ids.contains(&unit.id))
            || (only_free && availability != "Available")
            || (only_taken && availability == "Available")
        {
            continue;
        }
        let mut attributes = json!({
            "UnitNumber": unit.number,
            "FloorPlanName": FLOOR_PLAN,
            "Availability": availability,
            "Status": status,
            "FloorplanId": FLOOR_PLAN_ID,
            "UnitTypeId": 66_001,
            "PropertyUnitId": unit.id,
            "PropertyId": home.id,
            "FloorId": 2_663_000 + unit.floor,
            "FloorNumber": unit.floor.to_string(),
            "OccupancyType": "Conventional",
            "IsAffordable": "0",
            "HasPricing": "1",
            "WebVisible": "1",
            "Area": "980.0000 SquareFeet",
        });
        let on = tenant
            .and_then(|lease| lease.move_out)
            .and_then(|date| date.succ_opt());
        if let (Some(on), Some(object)) = (on, attributes.as_object_mut()) {
            object.insert("AvailableOn".to_owned(), us_date(on));
        }
        let mut row = json!({"@attributes": attributes});
        if let (false, Some(object)) = (params.flag("skipPricing"), row.as_object_mut()) {
            let rent = json!({"@attributes": {"MinRent": "1,450.00", "MaxRent": "1,610.00"}});
            object.insert("Rent".to_owned(), rent);
        }
        units.insert(unit.id.to_string(), row);
    }
    plain(json!({
        "Properties": {"Property": [{
            "PropertyId": home.id,
            "MarketingName": home.name,
            "currencyCode": "USD",
            "Floorplans": {"Floorplan": [{
                "Identification": {
                    "@attributes": {"IDScopeType": "sender", "IDRank": "primary"},
                    "IDValue": FLOOR_PLAN_ID,
                },
                "Name": FLOOR_PLAN,
                "UnitCount": all.to_string(),
                "UnitsAvailable": free.to_string(),
                "DisplayedUnitsAvailable": free.to_string(),
            }]},
        }]},
        "ILS_Units": {"Unit": units},
    }))
}

/// A club room that some residents have reserved for the days to come.
pub(in crate::entrata) fn amenities(
    state: &EntrataState,
    request: &Request,
    params: &Params,
    host: Host,
) -> Answered {
    let home = property(state, params, host)?.id;
    let amenity = 4401 + home % 100;
    if params
        .ids("amenityIds")
        .is_some_and(|ids| !ids.contains(&amenity))
    {
        return plain(json!("No records found with mentioned preferences."));
    }
    let statuses = params.ids("amenityReservationStatusTypeIds");
    let today = request.now.date_naive();
    let reservations: Vec<Value> = state
        .leases
        .of_property(home)
        .filter(|lease| lease.status == LeaseStatus::Current && lease.id % 9 == 0)
        .filter_map(|lease| {
            let dice = hash(&[b"club-room"], lease.id.unsigned_abs());
            let date = today.checked_add_days(chrono::Days::new(dice % 14))?;
            let (id, status) = if dice % 5 == 0 {
                (2, "Pending")
            } else {
                (3, "Approved")
            };
            if statuses.as_ref().is_some_and(|ids| !ids.contains(&id)) {
                return None;
            }
            let who = lease.customers.first()?;
            Some(json!({
                "id": 770_000 + lease.id % 1_000_000,
                "resident": format!("{} {}", who.first_name, who.last_name),
                "leaseId": lease.id,
                "unitId": lease.unit_id,
                "unitNumber": unit(state, lease).map(|unit| unit.number.as_str()),
                "reservationDate": iso_date(date),
                "reserveByDay": 0,
                "reservationStartTime": "03:00 PM",
                "reservationEndTime": "05:00 PM",
                "statusTypeId": id.to_string(),
                "status": status,
            }))
        })
        .collect();
    let rows: Vec<&Value> = reservations.iter().collect();
    Ok(paged(request, &rows, |rows| {
        json!({"amenities": {"amenity": [{
            "id": amenity,
            "name": "Club Room",
            "description": "",
            "isPublished": 1,
            "reservations": {"reservation": rows},
        }]}})
    }))
}
