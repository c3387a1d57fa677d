//! What a lease costs, what has happened on it, and when its term ends.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::{Answered, plain, property, unit};
use crate::entrata::leases::{by_status, paged};
use crate::entrata::params::Params;
use crate::entrata::rows::{Lease, LeaseStatus};
use crate::entrata::shapes::{iso_date, us_date};
use crate::entrata::{EntrataState, Failure, Host};
use crate::http::Request;

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

pub(in crate::entrata) fn details_r1(
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

pub(in crate::entrata) fn details_r2(
    state: &EntrataState,
    request: &Request,
    params: &Params,
    host: Host,
) -> Answered {
    let mut rows: Vec<&Lease> = by_status(state, params, host)?.collect();
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

pub(in crate::entrata) fn activities(
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
pub(in crate::entrata) fn expiring(
    state: &EntrataState,
    _: &Request,
    params: &Params,
    host: Host,
) -> Answered {
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
