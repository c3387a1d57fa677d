//! The other read methods: request and answer of each.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod common;

use chrono::NaiveTime;
use common::{World, day, sample_json};
use entrata_api::{
    AmenityId, Answer, CustomerId, CustomerType, EntrataDate, EventId, LeaseId, LeaseIntervalId,
    LeaseStatus, PickListItem, PropertyId, UnitAvailability, UnitId,
};

const PROPERTY: PropertyId = PropertyId(100_234);

fn same_request(world: &World, name: &str) {
    let mut sent = world.body(0);
    sent["requestId"] = "15".into();
    assert_eq!(sent, sample_json(&format!("{name}.request")));
}

#[test]
fn lease_activities() {
    let world = World::new().sample("28-getLeaseActivities.response");
    let query = world
        .client()
        .lease_activities(PROPERTY, LeaseId(410_006))
        .created_from(day("2025-05-01"))
        .created_to(day("2025-06-30"))
        .event_types([25, 26, 27, 50, 52, 64, 165, 190, 448]);
    let list = world.run(query.all()).unwrap();
    same_request(&world, "28-getLeaseActivities");
    assert_eq!(
        world.request(0).uri().query(),
        Some("page_no=1&per_page=500")
    );
    assert!(list.is_complete());
    let renewed = &list.items[1];
    assert_eq!(
        (renewed.id, renewed.type_id),
        (EventId(91_000_002), Some(26))
    );
    assert_eq!(renewed.lease_interval_id, Some(LeaseIntervalId(310_008)));
    assert_eq!(renewed.date, Some(EntrataDate::Day(day("2025-06-01"))));
    assert!(
        !serde_json::to_string(&list.items)
            .unwrap()
            .contains("12 months")
    );
}

#[test]
fn lease_details() {
    let world = World::new().result(
        r#"{"leases":{"lease":{"leaseId":"410001","propertyUnitId":"700101","unitNumber":302,
            "addOns":{"rentableItems":[{"name":"Garage 12"}]},
            "scheduledCharges":{"recurringCharge":[{"endDate":"End During Move-Out","amount":"($70.00)"}]}}}}"#,
    );
    let query = world
        .client()
        .lease_details(PROPERTY)
        .statuses([LeaseStatus::Current, LeaseStatus::Notice])
        .include_charges(true);
    let list = world.run(query.all()).unwrap();
    same_request(&world, "33-getLeaseDetails-r2");
    let lease = &list.items[0];
    assert_eq!(
        (lease.id, lease.unit_id),
        (LeaseId(410_001), Some(UnitId(700_101)))
    );
    assert_eq!(lease.add_ons.rentable_items[0]["name"], "Garage 12");
    assert!(!format!("{list:?}").contains("Garage"));
}

#[test]
fn expiring_leases() {
    let world = World::new().sample("24-getExpiringLeases.response");
    let query = world
        .client()
        .expiring_leases(PROPERTY, day("2025-09-30"))
        .from(day("2025-06-01"))
        .month_to_month(false);
    let list = world.run(query.all()).unwrap();
    same_request(&world, "24-getExpiringLeases");
    assert!(list.is_complete());
    assert_eq!(world.request(0).uri().query(), None);
    let [ana, gus] = list.items.as_slice() else {
        panic!("two leases")
    };
    assert_eq!(
        (ana.id, ana.customer_id),
        (LeaseId(410_001), Some(CustomerId(610_001)))
    );
    assert_eq!(ana.lease_expires, Some(EntrataDate::Day(day("2025-06-30"))));
    assert_eq!(
        (&gus.unit, &gus.status),
        (&None, &Some(LeaseStatus::Notice))
    );
    assert_eq!(gus.notice_date, Some(EntrataDate::Day(day("2025-05-28"))));
    assert!(!format!("{list:?}").contains("Duarte"));
}

#[test]
fn customers_with_leases_in_both_shapes() {
    let world = World::new().sample("29-getCustomers.response");
    let query = world
        .client()
        .customers(PROPERTY)
        .ids([CustomerId(610_001), CustomerId(610_002)])
        .statuses([
            LeaseStatus::Future,
            LeaseStatus::Current,
            LeaseStatus::Notice,
        ]);
    let list = world.run(query.all()).unwrap();
    same_request(&world, "29-getCustomers");
    assert!(list.is_complete());
    let types: Vec<_> = list
        .items
        .iter()
        .map(|row| {
            (
                row.id,
                row.leases[0].lease_id,
                row.leases[0].customer_type.clone(),
            )
        })
        .collect();
    assert_eq!(
        types,
        [
            (
                CustomerId(610_001),
                LeaseId(410_001),
                Some(CustomerType::Primary)
            ),
            (
                CustomerId(610_002),
                LeaseId(410_001),
                Some(CustomerType::Responsible)
            ),
        ]
    );
    assert_eq!(list.items[0].leases[0].status, Some(LeaseStatus::Current));
    assert_eq!(
        list.items[0].email.as_deref(),
        Some("ana.duarte@example.test")
    );
    let shown = format!("{list:?}");
    assert!(
        !shown.contains("Duarte") && !shown.contains("Focus"),
        "{shown}"
    );
}

#[test]
fn amenity_reservations() {
    let world = World::new().sample("34-getAmenityReservations.response");
    let query = world
        .client()
        .amenity_reservations(PROPERTY)
        .status_types([3]);
    let list = world.run(query.all()).unwrap();
    same_request(&world, "34-getAmenityReservations");
    let room = &list.items[0];
    assert_eq!((room.id, room.is_published), (AmenityId(4401), Some(true)));
    let reservation = &room.reservations.items[0];
    assert_eq!(reservation.start(), NaiveTime::from_hms_opt(15, 0, 0));
    assert_eq!(reservation.end(), NaiveTime::from_hms_opt(17, 0, 0));
    assert!(reservation.is_approved());
    assert_eq!(reservation.unit_id, Some(UnitId(700_101)));
    assert!(!format!("{list:?}").contains("Duarte"));
}

#[test]
fn an_unreadable_reservation_makes_the_list_incomplete() {
    let world = World::new().result(
        r#"{"amenities":{"amenity":{"id":1,"reservations":{"reservation":[{"id":"x"},{"id":2}]}}}}"#,
    );
    let list = world
        .run(world.client().amenity_reservations(PROPERTY).all())
        .unwrap();
    assert!(!list.is_complete());
    assert_eq!(list.items[0].reservations.items.len(), 1);
    assert_eq!(list.rejected[0].path, "reservations.reservation[0].id");
}

#[test]
fn availability_is_keyed_by_unit() {
    let world = World::new().sample("25-getUnitsAvailabilityAndPricing.response");
    let query = world
        .client()
        .units_availability(PROPERTY)
        .available_only(false)
        .child_properties(false)
        .unit_spaces(true)
        .move_in_from(day("2025-06-01"));
    let list = world.run(query.all()).unwrap();
    same_request(&world, "25-getUnitsAvailabilityAndPricing");
    assert!(list.is_complete());
    let occupied = &list.items[0];
    assert_eq!(
        (occupied.id, occupied.property_id),
        (UnitId(700_101), Some(PROPERTY))
    );
    assert_eq!(occupied.status.as_deref(), Some("Occupied (Unavailable)"));
    let ready = list
        .items
        .iter()
        .find(|unit| unit.id == UnitId(700_106))
        .unwrap();
    assert_eq!(
        ready.available_on,
        Some(EntrataDate::Day(day("2025-06-18")))
    );
}

#[test]
fn availability_of_one_unit_an_array_and_a_bad_unit() {
    let read = |units: &str| {
        let body = format!(r#"{{"response":{{"result":{{"ILS_Units":{{"Unit":{units}}}}}}}}}"#);
        UnitAvailability::rows(&Answer::parse(body).unwrap()).unwrap()
    };
    let ids = |units: &str| -> Vec<i64> { read(units).items.iter().map(|u| u.id.0).collect() };
    let one = r#"{"@attributes":{"PropertyUnitId":7,"UnitNumber":302}}"#;
    assert_eq!(ids(one), [7]);
    assert_eq!(ids(&format!("[{one}]")), [7]);
    assert_eq!(
        ids(r#"{"7":{"@attributes":{"UnitNumber":"302"}},"8":{"UnitNumber":"303"}}"#),
        [7, 8]
    );
    assert_eq!(ids("[]"), [0; 0]);
    let bad = read(r#"{"7":{"@attributes":{"PropertyUnitId":"x"}},"8":{}}"#);
    assert_eq!((bad.items.len(), bad.rejected.len()), (1, 1));
    let nameless = read(r#"[{"@attributes":{"UnitNumber":"1"}}]"#);
    assert_eq!(nameless.rejected[0].path, "@attributes.PropertyUnitId");
}

#[test]
fn pick_lists_with_and_without_attributes() {
    let world = World::new().sample("23-getLeasePickList.response");
    let list = world.run(world.client().lease_pick_list()).unwrap();
    assert_eq!(list.lease_status_types.len(), 6);
    for item in &list.lease_status_types {
        assert_eq!(LeaseStatus::from(item.id).as_str(), item.name);
    }
    assert!(
        list.event_types
            .iter()
            .any(|item| item.id == 64 && item.name == "Move Out")
    );
    let bare: PickListItem = serde_json::from_str(r#"{"id":"4","name":"Current"}"#).unwrap();
    assert_eq!(bare.id, 4);
}

#[test]
fn what_the_credentials_may_do() {
    let world = World::new()
        .sample("38-getAccessibleServices.response")
        .result(r#"{"orgs":[{"subdomain":"lakeshore","id":"12","name":"Lakeshore"}]}"#);
    let client = world.client();
    let services = world.run(client.accessible_services().all()).unwrap();
    assert!(world.request(0).uri().path().ends_with("/v1/appinfo"));
    assert!(services.items.iter().any(|row| row.service == "getLeases"));
    assert_eq!(services.items.len(), 4);
    let orgs = world.run(client.accessible_clients().all()).unwrap();
    assert_eq!(
        (orgs.items[0].subdomain.as_str(), orgs.items[0].id),
        ("lakeshore", Some(12))
    );
}

#[test]
fn a_query_can_be_inspected_streamed_and_read_page_by_page() {
    use futures_util::TryStreamExt as _;
    let page = |ids: [i64; 2]| {
        let rows = ids.map(|id| format!(r#"{{"eventId":{id}}}"#)).join(",");
        format!(r#"{{"events":[{rows}]}}"#)
    };
    let world = World::new()
        .result(&page([1, 2]))
        .result(&page([3, 4]))
        .result(r#""No records found""#);
    let client = world.client();
    let query = client.lease_activities(PROPERTY, LeaseId(1)).per_page(2);
    assert_eq!(
        client.request(query.call()).unwrap().operation(),
        "getLeaseActivities"
    );
    let events: Vec<_> = world.run(query.items().try_collect()).unwrap();
    let ids: Vec<_> = events.iter().map(|event| event.id.0).collect();
    assert_eq!(ids, [1, 2, 3, 4]);

    let world = World::new()
        .result(&page([1, 2]))
        .result(&page([3, 4]))
        .result(r#"{"events":[]}"#);
    let query = world
        .client()
        .lease_activities(PROPERTY, LeaseId(1))
        .per_page(2);
    let mut pager = query.pager();
    world.run(pager.next_page()).unwrap();
    let cursor = pager.cursor().unwrap().to_owned();
    let rest = world.run(query.pager().resume(cursor).all()).unwrap();
    assert_eq!(rest.items.len(), 2);
    assert!(!rest.is_complete());
    let odd = world
        .run(query.pager().resume("nonsense").all())
        .unwrap_err();
    assert_eq!(odd.kind(), entrata_api::ErrorKind::Config);
}
