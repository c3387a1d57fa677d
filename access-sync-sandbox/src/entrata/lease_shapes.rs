//! Leases as Entrata writes them. A page has hundreds, and each has a hundred fields: they are
//! written as text, without a tree of values between.

use chrono::{Days, NaiveDate};

use super::rows::{Customer, Lease, LeaseInterval};
use super::shapes::{BUILDING_ID, FLOOR_PLAN, FLOOR_PLAN_ID, spaces};
use super::state::EntrataState;
use crate::json::{Object, iso_date, us_date};
use crate::variants::Variants;

/// Key order and field names are r2's: dates `MM/DD/YYYY`, `transferDate`, several spaces.
pub(super) fn lease_r2(
    state: &EntrataState,
    lease: &Lease,
    history: bool,
    variants: Variants,
) -> Object {
    let active = lease.active_interval();
    let mut row = Object::with_capacity(100);
    common(state, lease, &mut row);
    row.set("isMonthToMonth", i64::from(lease.month_to_month));
    for (key, date) in [
        ("moveInDate", lease.move_in),
        ("noticeDate", lease.notice),
        ("moveOutDate", lease.move_out),
        ("transferDate", lease.transfer_date),
    ] {
        match date {
            Some(date) if variants.entrata_iso_dates => row.plain(key, &iso_date(date)),
            Some(date) => row.plain(key, &us_date(date)),
            None if variants.entrata_blank_dates => row.plain(key, ""),
            None => {}
        }
    }
    row.some("moveOutReason", lease.move_out_reason.as_deref());
    id(&mut row, "transferLeaseId", lease.transfer_lease_id);
    let other = lease.transfer_property_id;
    id(&mut row, "transferLeasePropertyId", other);
    row.plain("paymentAllowanceType", "Allow All Payment Types");
    row.plain("isRenewalBlacklist", "Renewable");
    let mut people = Object::with_capacity(60);
    let person = |person: &Customer| customer_r2(state, lease, person);
    people.list("customer", lease.customers.iter().map(person));
    row.nest("customers", &people);
    if lease
        .unit_id
        .is_some_and(|id| state.units.contains_key(&id))
    {
        let space = spaces(state, lease).into_iter().map(|space| {
            let mut row = Object::with_capacity(2);
            row.set("unitSpaceId", space.id);
            row.set("unitSpace", &space.number);
            row
        });
        let mut spaces = Object::with_capacity(2);
        spaces.list("unitSpace", space);
        row.nest("unitSpaces", &spaces);
    }
    let shape = |term: &LeaseInterval| interval_r2(term, active.is_some_and(|a| a.id == term.id));
    let mut intervals = Object::with_capacity(40);
    if history {
        intervals.list("leaseInterval", lease.intervals.iter().rev().map(shape));
    } else {
        intervals.list("leaseInterval", active.into_iter().map(shape));
    }
    row.nest("leaseIntervals", &intervals);
    row
}

/// Ids are text in leases.
fn id(row: &mut Object, key: &'static str, id: Option<i64>) {
    if let Some(id) = id {
        row.plain(key, &id.to_string());
    }
}

/// What r1 and r2 have in common.
fn common(state: &EntrataState, lease: &Lease, row: &mut Object) {
    let property = state.properties.get(&lease.property_id);
    let active = lease.active_interval();
    id(row, "id", Some(lease.id));
    id(row, "leaseStatusTypeId", Some(lease.status.id()));
    id(row, "propertyId", Some(lease.property_id));
    row.set("propertyName", property.map_or("", |p| p.name.as_str()));
    let status = active.map_or(lease.status, |i| i.status);
    row.plain("leaseIntervalStatus", status.name());
    let occupancy = match lease.occupancy_type.as_str() {
        "Flexible" => "12",
        _ => "1",
    };
    row.plain("occupancyTypeId", occupancy);
    row.set("occupancyType", &lease.occupancy_type);
    let term = active.map_or(lease.interval_id, |i| i.id);
    id(row, "leaseIntervalId", Some(term));
    id(row, "floorPlanId", Some(FLOOR_PLAN_ID));
    row.plain("floorPlanName", FLOOR_PLAN);
    row.some("leaseSubStatus", lease.sub_status.as_deref());
    id(row, "unitId", lease.unit_id);
}

fn address(state: &EntrataState, lease: &Lease) -> Object {
    let property = state.properties.get(&lease.property_id);
    let unit = lease.unit_id.and_then(|id| state.units.get(&id));
    let street = property.map_or("", |p| p.street.as_str());
    let number = unit.map_or("", |u| u.number.as_str());
    let mut row = Object::with_capacity(6);
    row.plain("addressType", "Primary");
    row.set("streetLine", format!("{street} {number}").trim_end());
    row.set("city", property.map_or("", |p| p.city.as_str()));
    row.set("state", property.map_or("", |p| p.state.as_str()));
    row.set(
        "postalCode",
        property.map_or("", |p| p.postal_code.as_str()),
    );
    row.plain("countryName", "US");
    row
}

fn person(customer: &Customer, date: fn(NaiveDate) -> String) -> Object {
    let mut row = Object::with_capacity(24);
    row.set("id", customer.id);
    row.set("customerType", &customer.customer_type);
    row.set("firstName", &customer.first_name);
    row.set("lastName", &customer.last_name);
    let full = format!("{}, {}", customer.last_name, customer.first_name);
    row.set("nameFull", full);
    row.plain("leaseCustomerStatus", customer.status.name());
    row.set("relationshipName", &customer.relationship);
    row.some("emailAddress", customer.email.as_deref());
    row.some("moveInDate", customer.move_in.map(date));
    row.some("moveOutDate", customer.move_out.map(date));
    row
}

fn customer_r2(state: &EntrataState, lease: &Lease, customer: &Customer) -> Object {
    let mut row = person(customer, us_date);
    row.plain("paymentAllowanceType", "Allow All Payment Types");
    let mut addresses = Object::with_capacity(8);
    addresses.list("address", [address(state, lease)]);
    row.nest("addresses", &addresses);
    if let Some(number) = &customer.phone {
        let mut phone = Object::with_capacity(4);
        phone.plain("phoneTypeName", "Primary");
        phone.plain("phoneType", "mobile");
        phone.set("phoneNumber", number);
        phone.set("countryCode", 1);
        let mut phones = Object::with_capacity(5);
        phones.list("phone", [phone]);
        row.nest("phones", &phones);
    }
    row
}

/// Application data of an interval hang on its id, so that they are the same in every answer.
fn interval_r2(interval: &LeaseInterval, active: bool) -> Object {
    let application = interval.id + 200_000;
    let applied = interval.start.checked_sub_days(Days::new(45));
    let day = us_date(applied.unwrap_or(interval.start));
    let midnight = format!("{day} 00:00:00 MDT");
    let start = us_date(interval.start);
    let end = interval.end.map(us_date);
    let mut form = Object::with_capacity(12);
    id(&mut form, "id", Some(application));
    form.plain("leaseApprovedOn", &midnight);
    form.plain("leaseCompletedOn", &midnight);
    form.plain("leaseTerm", "12 months");
    form.plain("applicationCompletedOn", &midnight);
    form.set("leaseIntervalTypeId", interval.type_id());
    form.plain("isActiveLeaseInterval", if active { "t" } else { "f" });
    id(&mut form, "propertyFloorPlanId", Some(FLOOR_PLAN_ID));
    form.plain("leaseStartDate", &start);
    form.some("leaseEndDate", end.as_deref());
    let mut row = Object::with_capacity(24);
    row.set("id", interval.id);
    row.plain("startDate", &start);
    row.some("endDate", end.as_deref());
    row.set("leaseIntervalTypeId", interval.type_id());
    row.set("leaseIntervalTypeName", &interval.type_name);
    row.set("leaseIntervalStatusTypeId", interval.status.id());
    row.plain("leaseIntervalStatusTypeName", interval.status.name());
    row.plain("applicationCompletedOn", &midnight);
    id(&mut row, "applicationId", Some(application));
    row.plain("intervalDateTime", &format!("{day} 09:12:44.310127 MDT"));
    let mut forms = Object::with_capacity(13);
    forms.list("application", [form]);
    row.nest("applications", &forms);
    row
}

/// r1: ISO dates, ids as text, the first space at the lease's own level, one phone, one address.
pub(super) fn lease_r1(state: &EntrataState, lease: &Lease) -> Object {
    let unit = lease.unit_id.and_then(|id| state.units.get(&id));
    let active = lease.active_interval();
    let mut row = Object::with_capacity(100);
    common(state, lease, &mut row);
    row.plain("leaseType", "Standard");
    row.plain(
        "isMonthToMonth",
        if lease.month_to_month { "1" } else { "0" },
    );
    if let Some(unit) = unit {
        id(&mut row, "buildingId", Some(BUILDING_ID));
        row.set("buildingName", &unit.building);
    }
    if let Some(space) = spaces(state, lease).first() {
        row.set("unitNumberSpace", &space.number);
        id(&mut row, "unitSpaceId", Some(space.id));
    }
    row.some("moveInDate", lease.move_in.map(iso_date));
    row.some("noticeDate", lease.notice.map(iso_date));
    row.some("moveOutDate", lease.move_out.map(iso_date));
    let people = lease.customers.iter().map(|customer| {
        let mut row = person(customer, iso_date);
        row.all(&["dateOfBirth", "idType", "idNumber"], "\"\"");
        let mut home = Object::with_capacity(8);
        home.nest("address", &address(state, lease));
        row.nest("addresses", &home);
        if let Some(number) = &customer.phone {
            let mut phone = Object::with_capacity(3);
            phone.plain("phoneType", "mobile");
            phone.set("phoneNumber", number);
            phone.plain("countryCode", "1");
            row.nest("phone", &phone);
        }
        row
    });
    let mut customers = Object::with_capacity(60);
    customers.list("customer", people);
    row.nest("customers", &customers);
    let events = [
        ("Actual Move In", lease.move_in),
        ("Lease From", active.map(|i| i.start)),
        ("Lease To", active.and_then(|i| i.end)),
        ("Actual Move Out", lease.move_out),
    ];
    let activities = events.into_iter().filter_map(|(event, date)| {
        let mut row = Object::with_capacity(4);
        row.plain("date", &iso_date(date?));
        row.plain("eventType", event);
        row.all(&["description", "comment"], "\"\"");
        Some(row)
    });
    let mut happened = Object::with_capacity(20);
    happened.list("leasesActivity", activities);
    row.nest("leaseActivities", &happened);
    let mut intervals = Object::with_capacity(12);
    intervals.list("leaseInterval", active.into_iter().map(interval_r1));
    row.nest("leaseIntervals", &intervals);
    row
}

fn interval_r1(interval: &LeaseInterval) -> Object {
    let start = iso_date(interval.start);
    let mut row = Object::with_capacity(10);
    id(&mut row, "id", Some(interval.id));
    row.plain("startDate", &start);
    row.plain("endDate", &interval.end.map_or_else(String::new, iso_date));
    id(&mut row, "leaseIntervalTypeId", Some(interval.type_id()));
    row.set("leaseIntervalTypeName", &interval.type_name);
    id(
        &mut row,
        "leaseIntervalStatusTypeId",
        Some(interval.status.id()),
    );
    row.plain("leaseIntervalStatusTypeName", interval.status.name());
    row.plain("leaseApprovedOn", &start);
    row.plain("applicationCompletedOn", &start);
    id(&mut row, "applicationId", Some(interval.id + 200_000));
    row
}
