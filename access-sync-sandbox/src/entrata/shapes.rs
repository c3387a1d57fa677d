//! Records as Entrata writes them.

use chrono::{Days, NaiveDate};
use serde_json::{Map, Value, json};

use super::rows::{Customer, Lease, LeaseInterval, LeaseStatus, Property, Unit, UnitSpace};
use super::state::EntrataState;
use crate::variants::Variants;

pub(super) const FLOOR_PLAN_ID: i64 = 55_001;
pub(super) const FLOOR_PLAN: &str = "Two Bedroom";
const BUILDING_ID: i64 = 9001;

fn put(row: &mut Map<String, Value>, key: &str, value: Option<Value>) {
    if let Some(value) = value {
        row.insert(key.to_owned(), value);
    }
}

pub(super) fn us_date(date: NaiveDate) -> Value {
    json!(date.format("%m/%d/%Y").to_string())
}

pub(super) fn iso_date(date: NaiveDate) -> Value {
    json!(date.format("%Y-%m-%d").to_string())
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
fn spaces<'a>(state: &'a EntrataState, lease: &Lease) -> Vec<&'a UnitSpace> {
    let unit = lease.unit_id.and_then(|id| state.units.get(&id));
    let all = unit.map(|unit| unit.spaces.iter()).into_iter().flatten();
    all.filter(|space| lease.unit_space_ids.is_empty() || lease.unit_space_ids.contains(&space.id))
        .collect()
}

pub(super) fn lease_r2(
    state: &EntrataState,
    lease: &Lease,
    history: bool,
    variants: Variants,
) -> Value {
    let unit = lease.unit_id.and_then(|id| state.units.get(&id));
    let active = lease.active_interval();
    let mut intervals: Vec<&LeaseInterval> = if history {
        lease.intervals.iter().collect()
    } else {
        active.into_iter().collect()
    };
    intervals.reverse();
    let mut row = Map::new();
    row.insert("id".to_owned(), json!(lease.id.to_string()));
    let status = lease.status.id().to_string();
    row.insert("leaseStatusTypeId".to_owned(), json!(status));
    common(state, lease, &mut row);
    row.insert(
        "isMonthToMonth".to_owned(),
        json!(i64::from(lease.month_to_month)),
    );
    for (key, date) in [
        ("moveInDate", lease.move_in),
        ("noticeDate", lease.notice),
        ("moveOutDate", lease.move_out),
        ("transferDate", lease.transfer_date),
    ] {
        let blank = || variants.entrata_blank_dates.then(|| json!(""));
        let written = date.map(if variants.entrata_iso_dates {
            iso_date
        } else {
            us_date
        });
        put(&mut row, key, written.or_else(blank));
    }
    put(
        &mut row,
        "moveOutReason",
        lease.move_out_reason.as_ref().map(|v| json!(v)),
    );
    for (key, id) in [
        ("transferLeaseId", lease.transfer_lease_id),
        ("transferLeasePropertyId", lease.transfer_property_id),
    ] {
        put(&mut row, key, id.map(|id| json!(id.to_string())));
    }
    row.insert(
        "paymentAllowanceType".to_owned(),
        json!("Allow All Payment Types"),
    );
    row.insert("isRenewalBlacklist".to_owned(), json!("Renewable"));
    let people: Vec<Value> = lease
        .customers
        .iter()
        .map(|person| customer_r2(state, lease, person))
        .collect();
    row.insert("customers".to_owned(), json!({"customer": people}));
    if unit.is_some() {
        let rows: Vec<Value> = spaces(state, lease)
            .into_iter()
            .map(|space| json!({"unitSpaceId": space.id, "unitSpace": space.number}))
            .collect();
        row.insert("unitSpaces".to_owned(), json!({"unitSpace": rows}));
    }
    let rows: Vec<Value> = intervals
        .into_iter()
        .map(|i| interval_r2(i, active.is_some_and(|a| a.id == i.id)))
        .collect();
    row.insert("leaseIntervals".to_owned(), json!({"leaseInterval": rows}));
    Value::Object(row)
}

/// What r1 and r2 have in common.
fn common(state: &EntrataState, lease: &Lease, row: &mut Map<String, Value>) {
    let property = state.properties.get(&lease.property_id);
    let active = lease.active_interval();
    let occupancy = match lease.occupancy_type.as_str() {
        "Flexible" => "12",
        _ => "1",
    };
    for (key, value) in [
        ("propertyId", lease.property_id.to_string()),
        (
            "propertyName",
            property.map_or_else(String::new, |p| p.name.clone()),
        ),
        (
            "leaseIntervalStatus",
            active.map_or(lease.status, |i| i.status).name().to_owned(),
        ),
        ("occupancyTypeId", occupancy.to_owned()),
        ("occupancyType", lease.occupancy_type.clone()),
        (
            "leaseIntervalId",
            active.map_or(lease.interval_id, |i| i.id).to_string(),
        ),
        ("floorPlanId", FLOOR_PLAN_ID.to_string()),
        ("floorPlanName", FLOOR_PLAN.to_owned()),
    ] {
        row.insert(key.to_owned(), json!(value));
    }
    put(
        row,
        "leaseSubStatus",
        lease.sub_status.as_ref().map(|v| json!(v)),
    );
    put(row, "unitId", lease.unit_id.map(|id| json!(id.to_string())));
}

fn address(state: &EntrataState, lease: &Lease) -> Value {
    let property = state.properties.get(&lease.property_id);
    let unit = lease.unit_id.and_then(|id| state.units.get(&id));
    let street = property.map_or("", |p| p.street.as_str());
    let number = unit.map_or("", |u| u.number.as_str());
    json!({
        "addressType": "Primary",
        "streetLine": format!("{street} {number}").trim_end(),
        "city": property.map_or("", |p| p.city.as_str()),
        "state": property.map_or("", |p| p.state.as_str()),
        "postalCode": property.map_or("", |p| p.postal_code.as_str()),
        "countryName": "US",
    })
}

fn person(customer: &Customer, date: fn(NaiveDate) -> Value) -> Map<String, Value> {
    let mut row = Map::from_iter([
        ("id".to_owned(), json!(customer.id)),
        ("customerType".to_owned(), json!(customer.customer_type)),
        ("firstName".to_owned(), json!(customer.first_name)),
        ("lastName".to_owned(), json!(customer.last_name)),
        (
            "nameFull".to_owned(),
            json!(format!("{}, {}", customer.last_name, customer.first_name)),
        ),
        (
            "leaseCustomerStatus".to_owned(),
            json!(customer.status.name()),
        ),
        ("relationshipName".to_owned(), json!(customer.relationship)),
    ]);
    put(
        &mut row,
        "emailAddress",
        customer.email.as_ref().map(|v| json!(v)),
    );
    put(&mut row, "moveInDate", customer.move_in.map(date));
    put(&mut row, "moveOutDate", customer.move_out.map(date));
    row
}

fn customer_r2(state: &EntrataState, lease: &Lease, customer: &Customer) -> Value {
    let mut row = person(customer, us_date);
    row.insert(
        "paymentAllowanceType".to_owned(),
        json!("Allow All Payment Types"),
    );
    row.insert(
        "addresses".to_owned(),
        json!({"address": [address(state, lease)]}),
    );
    let phones = customer.phone.as_ref().map(|number| {
        json!({"phone": [{
            "phoneTypeName": "Primary",
            "phoneType": "mobile",
            "phoneNumber": number,
            "countryCode": 1,
        }]})
    });
    put(&mut row, "phones", phones);
    Value::Object(row)
}

/// Application data of an interval hang on its id, so that they are the same in every answer.
fn interval_r2(interval: &LeaseInterval, active: bool) -> Value {
    let application = (interval.id + 200_000).to_string();
    let applied = interval.start.checked_sub_days(Days::new(45));
    let day = applied.unwrap_or(interval.start).format("%m/%d/%Y");
    let mut row = json!({
        "id": interval.id,
        "startDate": us_date(interval.start),
        "leaseIntervalTypeId": interval.type_id(),
        "leaseIntervalTypeName": interval.type_name,
        "leaseIntervalStatusTypeId": interval.status.id(),
        "leaseIntervalStatusTypeName": interval.status.name(),
        "applicationCompletedOn": format!("{day} 00:00:00 MDT"),
        "applicationId": application,
        "intervalDateTime": format!("{day} 09:12:44.310127 MDT"),
    });
    let mut form = json!({
        "id": application,
        "leaseApprovedOn": format!("{day} 00:00:00 MDT"),
        "leaseCompletedOn": format!("{day} 00:00:00 MDT"),
        "leaseTerm": "12 months",
        "applicationCompletedOn": format!("{day} 00:00:00 MDT"),
        "leaseIntervalTypeId": interval.type_id(),
        "isActiveLeaseInterval": if active { "t" } else { "f" },
        "propertyFloorPlanId": FLOOR_PLAN_ID.to_string(),
        "leaseStartDate": us_date(interval.start),
    });
    if let (Some(end), Some(row), Some(form)) =
        (interval.end, row.as_object_mut(), form.as_object_mut())
    {
        row.insert("endDate".to_owned(), us_date(end));
        form.insert("leaseEndDate".to_owned(), us_date(end));
    }
    if let Some(row) = row.as_object_mut() {
        row.insert("applications".to_owned(), json!({"application": [form]}));
    }
    row
}

/// r1: ISO dates, ids as text, the first space at the lease's own level, one phone, one address.
pub(super) fn lease_r1(state: &EntrataState, lease: &Lease) -> Value {
    let unit = lease.unit_id.and_then(|id| state.units.get(&id));
    let mut row = Map::new();
    row.insert("id".to_owned(), json!(lease.id.to_string()));
    let status = lease.status.id().to_string();
    row.insert("leaseStatusTypeId".to_owned(), json!(status));
    common(state, lease, &mut row);
    row.insert("leaseType".to_owned(), json!("Standard"));
    let monthly = if lease.month_to_month { "1" } else { "0" };
    row.insert("isMonthToMonth".to_owned(), json!(monthly));
    if let Some(unit) = unit {
        row.insert("buildingId".to_owned(), json!(BUILDING_ID.to_string()));
        row.insert("buildingName".to_owned(), json!(unit.building));
    }
    if let Some(space) = spaces(state, lease).first() {
        row.insert("unitNumberSpace".to_owned(), json!(space.number));
        row.insert("unitSpaceId".to_owned(), json!(space.id.to_string()));
    }
    put(&mut row, "moveInDate", lease.move_in.map(iso_date));
    put(&mut row, "noticeDate", lease.notice.map(iso_date));
    put(&mut row, "moveOutDate", lease.move_out.map(iso_date));
    let people: Vec<Value> = lease
        .customers
        .iter()
        .map(|customer| {
            let mut row = person(customer, iso_date);
            for key in ["dateOfBirth", "idType", "idNumber"] {
                row.insert(key.to_owned(), json!(""));
            }
            row.insert(
                "addresses".to_owned(),
                json!({"address": address(state, lease)}),
            );
            let phone = customer
                .phone
                .as_ref()
                .map(|n| json!({"phoneType": "mobile", "phoneNumber": n, "countryCode": "1"}));
            put(&mut row, "phone", phone);
            Value::Object(row)
        })
        .collect();
    row.insert("customers".to_owned(), json!({"customer": people}));
    let active = lease.active_interval();
    let events = [
        ("Actual Move In", lease.move_in),
        ("Lease From", active.map(|i| i.start)),
        ("Lease To", active.and_then(|i| i.end)),
        ("Actual Move Out", lease.move_out),
    ];
    let activities: Vec<Value> = events
        .into_iter()
        .filter_map(|(event, date)| {
            let date = iso_date(date?);
            Some(json!({"date": date, "eventType": event, "description": "", "comment": ""}))
        })
        .collect();
    row.insert(
        "leaseActivities".to_owned(),
        json!({"leasesActivity": activities}),
    );
    let intervals: Vec<Value> = active
        .into_iter()
        .map(|interval| {
            json!({
                "id": interval.id.to_string(),
                "startDate": iso_date(interval.start),
                "endDate": interval.end.map_or(json!(""), iso_date),
                "leaseIntervalTypeId": interval.type_id().to_string(),
                "leaseIntervalTypeName": interval.type_name,
                "leaseIntervalStatusTypeId": interval.status.id().to_string(),
                "leaseIntervalStatusTypeName": interval.status.name(),
                "leaseApprovedOn": iso_date(interval.start),
                "applicationCompletedOn": iso_date(interval.start),
                "applicationId": (interval.id + 200_000).to_string(),
            })
        })
        .collect();
    row.insert(
        "leaseIntervals".to_owned(),
        json!({"leaseInterval": intervals}),
    );
    Value::Object(row)
}
