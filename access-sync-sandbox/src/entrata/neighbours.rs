//! The reads beside getLeases: details, customers, activities, expiring leases, availability,
//! amenities.

use chrono::NaiveDate;
use serde_json::{Map, Value, json};

use super::leases::{paged, select};
use super::params::Params;
use super::rows::{Customer, Lease, LeaseStatus, Property, Unit};
use super::shapes::{FLOOR_PLAN, FLOOR_PLAN_ID, iso_date, us_date};
use super::{EntrataState, Failure, Host, Outcome, granted};
use crate::http::Request;
use crate::world::hash;

type Answered = Result<Outcome, Failure>;

fn plain(result: Value) -> Answered {
    Ok(Outcome {
        result: result.into(),
        headers: Vec::new(),
    })
}

fn property<'a>(
    state: &'a EntrataState,
    params: &Params,
    host: Host,
) -> Result<&'a Property, Failure> {
    let id = params
        .ids("propertyId")
        .and_then(|ids| ids.first().copied());
    let id = id.ok_or_else(|| Failure::new(400, 400, "propertyId is required."))?;
    granted(state, id, host)
}

fn unit<'a>(state: &'a EntrataState, lease: &Lease) -> Option<&'a Unit> {
    state.units.get(&lease.unit_id?)
}

/// Add-ons and charges, as money text. One lease comes as an object, several as an array.
fn details(state: &EntrataState, lease: &Lease) -> Value {
    let unit = unit(state, lease);
    let primary = lease.customers.first();
    let name = primary.map_or_else(String::new, |c| format!("{} {}", c.first_name, c.last_name));
    // Every third lease rents a place for a car.
    let parking = (lease.id % 3 == 0).then(|| {
        json!({"rentableItem": [{
            "id": (lease.id + 4_000_000).to_string(),
            "name": "Garage space",
            "startDate": lease.move_in.map(us_date),
            "endDate": "End During Move-Out",
        }]})
    });
    json!({
        "leaseId": lease.id.to_string(),
        "name": name,
        "propertyUnitId": lease.unit_id.map(|id| id.to_string()),
        "unitNumber": unit.map(|unit| unit.number.as_str()),
        "addOns": {
            "assignableItems": "",
            "rentableItems": parking.unwrap_or(json!("")),
            "services": "",
        },
        "scheduledCharges": {
            "recurringCharge": [{
                "chargeCode": "Rent",
                "amount": "$1,450.00",
                "startDate": lease.active_interval().map(|term| us_date(term.start)),
                // A date that means none.
                "endDate": "12/31/1969",
            }],
            "oneTimeCharge": [],
            "conditionalCharge": [],
        },
    })
}

pub(super) fn details_r1(
    state: &EntrataState,
    _: &Request,
    params: &Params,
    host: Host,
) -> Answered {
    let property = property(state, params, host)?.id;
    let id = params.ids("leaseId").and_then(|ids| ids.first().copied());
    let id = id.ok_or_else(|| Failure::new(400, 400, "leaseId is required."))?;
    let lease = state.leases.get(id).filter(|l| l.property_id == property);
    match lease {
        Some(lease) => {
            let mut row = details(state, lease);
            if let Some(object) = row.as_object_mut() {
                object.insert("leaseId".to_owned(), json!(lease.id));
            }
            plain(json!({"leases": {"lease": row}}))
        }
        None => plain(json!("No records found with mentioned preferences.")),
    }
}

pub(super) fn details_r2(
    state: &EntrataState,
    request: &Request,
    params: &Params,
    host: Host,
) -> Answered {
    let mut rows = select(state, params, host)?;
    if let Some(ids) = params.ids("leaseId") {
        rows.retain(|lease| ids.contains(&lease.id));
    }
    Ok(paged(request, &rows, |rows| {
        let rows: Vec<Value> = rows.iter().map(|lease| details(state, lease)).collect();
        let rows = match rows.as_slice() {
            [one] => one.clone(),
            _ => Value::Array(rows),
        };
        json!({"leases": {"lease": rows}})
    }))
}

/// (id, name, date) of what has happened on a lease, as far as its dates tell.
fn happened(lease: &Lease) -> Vec<(i64, &'static str, NaiveDate, i64)> {
    let active = lease.interval_id;
    let mut rows = Vec::new();
    let mut add = |id, name, date: Option<NaiveDate>, term| {
        if let Some(date) = date {
            rows.push((id, name, date, term));
        }
    };
    let first = lease.intervals.first();
    add(156, "Lease Start", first.map(|t| t.start), active);
    if matches!(
        lease.status,
        LeaseStatus::Current | LeaseStatus::Notice | LeaseStatus::Past
    ) {
        add(63, "Move In", lease.move_in, active);
    }
    add(23, "Standard Notice", lease.notice, active);
    for term in lease.intervals.iter().skip(1) {
        match term.type_name.as_str() {
            "Renewal" => add(26, "Lease Renewed", term.start.pred_opt(), term.id),
            "Month to Month" => add(27, "Moved to Month-to-Month", Some(term.start), term.id),
            _ => add(155, "Move Out Adjustment", Some(term.start), term.id),
        }
    }
    add(52, "Unit Transfer", lease.transfer_date, active);
    if lease.status == LeaseStatus::Past {
        add(64, "Move Out", lease.move_out, active);
    }
    rows
}

pub(super) fn activities(
    state: &EntrataState,
    request: &Request,
    params: &Params,
    host: Host,
) -> Answered {
    let property = property(state, params, host)?.id;
    let id = params.ids("leaseId").and_then(|ids| ids.first().copied());
    let id = id.ok_or_else(|| Failure::new(400, 400, "leaseId is required."))?;
    let range = params.range("createdOnDate")?;
    let types = params.ids("eventTypeIds");
    let statuses = params.ids("leaseStatusTypeIds");
    let lease = state.leases.get(id).filter(|lease| {
        lease.property_id == property
            && statuses
                .as_ref()
                .is_none_or(|ids| ids.contains(&lease.status.id()))
    });
    let events: Vec<Value> = lease
        .into_iter()
        .flat_map(happened)
        .zip(0_i64..)
        .filter(|((kind, _, date, _), _)| {
            types.as_ref().is_none_or(|ids| ids.contains(kind))
                && range.as_ref().is_none_or(|range| range.holds(Some(*date)))
        })
        .map(|((kind, name, date, term), n)| {
            json!({
                "eventId": 91_000_000 + id * 10 + n,
                "typeId": kind,
                "leaseId": id,
                "leaseIntervalId": term,
                "type": name,
                "subtypeId": null,
                "getDataReferenceId": 1200 + n,
                "date": iso_date(date),
                "Comments": null,
                "eventReasons": null,
            })
        })
        .collect();
    let rows: Vec<&Value> = events.iter().collect();
    Ok(paged(request, &rows, |rows| json!({"events": rows})))
}

/// Not paged. Leases whose term ends in the range.
pub(super) fn expiring(state: &EntrataState, _: &Request, params: &Params, host: Host) -> Answered {
    let property = property(state, params, host)?;
    let to = params.date("toDate")?;
    let to = to.ok_or_else(|| Failure::new(400, 400, "toDate is required."))?;
    let from = params.date("fromDate")?;
    let monthly = params
        .text("isMonthToMonth")
        .map(|_| params.flag("isMonthToMonth"));
    let notice_only = params.flag("showNoticeLeasesOnly");
    let rows: Vec<Value> = state
        .leases
        .of_property(property.id)
        .filter(|lease| matches!(lease.status, LeaseStatus::Current | LeaseStatus::Notice))
        .filter(|lease| !notice_only || lease.status == LeaseStatus::Notice)
        .filter(|lease| monthly.is_none_or(|monthly| lease.month_to_month == monthly))
        .filter_map(|lease| {
            let term = lease.active_interval()?;
            let end = term.end?;
            if end > to || from.is_some_and(|from| end < from) {
                return None;
            }
            let who = lease.customers.first()?;
            let unit = unit(state, lease);
            let mut row = json!({
                "@attributes": {"Id": lease.id},
                "Resident": {
                    "@attributes": {"Id": who.id},
                    "Name": format!("{} {}", who.first_name, who.last_name),
                    "PhoneNumber": who.phone,
                    "EmailAddress": who.email,
                    "Address": {
                        "StreetLine1": format!("{} {}", property.street, unit.map_or("", |u| &u.number)),
                        "City": property.city,
                        "StateCode": property.state,
                        "PostalCode": property.postal_code,
                    },
                },
                "Unit": unit.map(|unit| unit.number.as_str()),
                "LeaseStatus": lease.status.name(),
                "LeaseStarts": us_date(term.start),
                "LeaseExpires": us_date(end),
            });
            if let (Some(date), Some(object)) = (lease.notice, row.as_object_mut()) {
                object.insert("NoticeDate".to_owned(), us_date(date));
            }
            Some(row)
        })
        .collect();
    if rows.is_empty() {
        return plain(json!("No records found with mentioned preferences."));
    }
    plain(json!({"Leases": {"Lease": rows}}))
}

/// Not paged. One row per person; a person of several leases has several `LeaseId`s. Whether one
/// lease comes as an array or as an object differs from person to person.
pub(super) fn customers(
    state: &EntrataState,
    _: &Request,
    params: &Params,
    host: Host,
) -> Answered {
    let home = property(state, params, host)?;
    let wanted = params.ids("customerIds");
    let rows = select(state, params, host)?;
    let mut people: Vec<(&Customer, Vec<&Lease>)> = Vec::new();
    for lease in rows {
        for person in &lease.customers {
            if wanted.as_ref().is_some_and(|ids| !ids.contains(&person.id)) {
                continue;
            }
            match people.iter_mut().find(|(known, _)| known.id == person.id) {
                Some((_, leases)) => leases.push(lease),
                None => people.push((person, vec![lease])),
            }
        }
    }
    let rows: Vec<Value> = people
        .into_iter()
        .map(|(person, leases)| customer(state, home, person, &leases))
        .collect();
    if rows.is_empty() {
        return plain(json!("No records found with mentioned preferences."));
    }
    plain(json!({"Customers": {"Customer": rows}}))
}

fn customer(state: &EntrataState, home: &Property, person: &Customer, leases: &[&Lease]) -> Value {
    let ids: Vec<Value> = leases
        .iter()
        .map(|lease| {
            let own = lease.customers.iter().find(|c| c.id == person.id);
            let own = own.unwrap_or(person);
            json!({
                "Identification": [{
                    "@attributes": {
                        "IDType": "Lease Id",
                        "IDRank": "primary",
                        "IDScopeType": "sender",
                        "Status": own.status.name(),
                    },
                    "IDValue": lease.id.to_string(),
                }],
                "CustomerType": own.customer_type,
            })
        })
        .collect();
    let ids = match ids.as_slice() {
        [one] if person.id % 2 == 0 => one.clone(),
        _ => Value::Array(ids),
    };
    let unit = leases.first().and_then(|lease| unit(state, lease));
    let number = unit.map_or("", |unit| unit.number.as_str());
    json!({
        "@attributes": {"Id": person.id.to_string(), "ExternalId": ""},
        "LeaseId": ids,
        "FirstName": person.first_name,
        "LastName": person.last_name,
        "UnitNumber": number,
        "BuildingName": unit.map_or("", |unit| &unit.building),
        "Address": format!("{} {number}", home.street).trim_end(),
        "City": home.city,
        "State": home.state,
        "PostalCode": home.postal_code,
        "Email": person.email.as_deref().unwrap_or_default(),
        "PhoneNumber": person.phone.as_deref().unwrap_or_default(),
        "TermsApprovedDate": "",
        "Vehicles": {"Vehicle": []},
    })
}

/// Units keyed by their ids, not a list.
pub(super) fn availability(
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
pub(super) fn amenities(
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

/// The variant in which PHP has no lists of one: one element comes as itself, none as `""`.
pub(super) fn collapse(value: &mut Value) {
    match value {
        Value::Object(object) => {
            for (key, child) in object.iter_mut() {
                collapse(child);
                if let Value::Array(rows) = child {
                    // Lists of plain values stay; `events`, `services` and `orgs` have no singular.
                    if !matches!(key.as_str(), "events" | "services" | "orgs") {
                        *child = match rows.len() {
                            0 => json!(""),
                            1 => rows.pop().unwrap_or_default(),
                            _ => continue,
                        };
                    }
                }
            }
        }
        Value::Array(rows) => rows.iter_mut().for_each(collapse),
        _ => {}
    }
}
