//! What comes back: every sample of the operations, decoded.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod common;

use common::{World, day};
use entrata_api::{
    Answer, BuildingId, Completeness, CustomerId, CustomerType, EntrataDate, Gap, Lease, LeaseId,
    LeaseIntervalType, LeaseStatus, LeaseSubStatus, Property, PropertyId, PropertyUnits, UnitId,
    UnitSpaceId,
};

const PROPERTY: PropertyId = PropertyId(100_234);

fn date(text: &str) -> Option<EntrataDate> {
    Some(EntrataDate::Day(day(text)))
}

fn leases(name: &str) -> Vec<Lease> {
    let answer = Answer::parse(common::sample(name)).unwrap();
    let rows = Lease::rows(&answer).unwrap();
    assert_eq!(rows.rejected, []);
    rows.items
}

#[test]
fn properties_with_and_without_their_optional_fields() {
    let world = World::new().sample("04-getProperties.response");
    let list = world.run(world.client().properties().list().all()).unwrap();
    assert!(list.is_complete());
    let [parent, child] = list.items.as_slice() else {
        panic!("two properties")
    };
    assert_eq!(parent.id, PROPERTY);
    assert_eq!(parent.marketing_name.as_deref(), Some("Harbor Point Flats"));
    assert!(!parent.is_disabled);
    assert_eq!(parent.custom_keys[0].value, "MKE");
    assert_eq!(
        parent.address.as_ref().unwrap().state.as_deref(),
        Some("WI")
    );
    assert_eq!(child.parent_id, Some(PROPERTY));
    assert!(child.custom_keys.is_empty());
}

#[test]
fn a_property_that_is_one_object_with_text_ids_reads_alike() {
    let answer = Answer::parse(
        r#"{"response":{"result":{"PhysicalProperty":{"Property":
           {"PropertyID":"7","IsDisabled":"1","ShortDescription":{"a":1},"Phone":[]}}}}}"#,
    )
    .unwrap();
    let rows = Property::rows(&answer).unwrap();
    assert_eq!(
        (rows.items[0].id, rows.items[0].is_disabled),
        (PropertyId(7), true)
    );
}

#[test]
fn units_come_with_their_spaces_and_their_property() {
    let world = World::new().sample("07-getPropertyUnits.response");
    let list = world
        .run(world.client().property_units([PROPERTY]).all())
        .unwrap();
    assert!(list.is_complete());
    let [first, second] = list.items.as_slice() else {
        panic!("two units")
    };
    assert_eq!(
        (first.id, first.property_id),
        (UnitId(700_101), Some(PROPERTY))
    );
    assert_eq!(first.unit_number.as_deref(), Some("302"));
    assert_eq!(first.building_id, Some(BuildingId(9001)));
    assert_eq!(first.floor_number.as_deref(), Some("3"));
    let spaces: Vec<_> = first.unit_spaces.iter().map(|space| space.id).collect();
    assert_eq!(spaces, [UnitSpaceId(800_201), UnitSpaceId(800_202)]);
    assert_eq!(
        first.unit_spaces[1].exclusion_reason.as_deref(),
        Some("Model Unit")
    );
    assert_eq!(first.unit_spaces[1].available_date, date("2025-06-18"));
    assert_eq!(second.unit_spaces.len(), 1);
}

#[test]
fn units_of_other_spellings_read_alike() {
    let answer = Answer::parse(
        r#"{"response":{"result":{"properties":{"property":{"propertyId":"7","units":{"unit":
           {"id":"8","unitNumber":302,"floorPlanId":"9","floorNumber":"","unitSpaces":{"unitSpace":
           {"unitSpaceId":"10","unitNumber":302,"excludedReason":"Model","availableDate":"2025-06-18"}}}}}}}}}"#,
    )
    .unwrap();
    let rows = PropertyUnits::rows(&answer).unwrap();
    let unit = &rows.items[0].units.items[0];
    assert_eq!(unit.unit_number.as_deref(), Some("302"));
    assert_eq!(unit.floor_plan_id, Some(entrata_api::FloorPlanId(9)));
    assert_eq!(unit.floor_number, None);
    assert_eq!(unit.unit_spaces[0].available_date, date("2025-06-18"));
}

#[test]
fn a_property_that_was_asked_for_and_is_not_there_leaves_a_gap() {
    let world = World::new().sample("07-getPropertyUnits.response");
    let query = world.client().property_units([PROPERTY, PropertyId(5)]);
    let list = world.run(query.all()).unwrap();
    assert_eq!(list.items.len(), 2);
    let gap = Gap::Other("property 5 is not in the answer".into());
    assert_eq!(list.completeness, Completeness::Incomplete(vec![gap]));
}

#[test]
fn child_properties_come_by_the_link_of_the_header() {
    let second = r#"{"properties":{"property":[{"propertyId":100235,"units":""}]}}"#;
    let link = "<https://evil.example/x?page_no=2&per_page=1>; rel=\"next\"";
    let world = World::new()
        .answers(
            200,
            &[("Link", link)],
            common::sample("07-getPropertyUnits.response"),
        )
        .result(second);
    let query = world
        .client()
        .property_units([PROPERTY, PropertyId(100_235)]);
    let list = world.run(query.all()).unwrap();
    assert!(list.is_complete());
    assert_eq!(
        world.request(1).uri().to_string(),
        format!("{}/propertyunits?page_no=2&per_page=1", common::BASE)
    );
}

#[test]
fn a_current_lease_with_four_people_and_a_future_one() {
    let world = World::new().sample("10-getLeases-r2.response");
    let list = world.run(world.client().leases(PROPERTY).all()).unwrap();
    assert!(list.is_complete());
    let [current, future] = list.items.as_slice() else {
        panic!("two leases")
    };
    assert_eq!(
        (current.id, &current.status),
        (LeaseId(410_001), &LeaseStatus::Current)
    );
    assert_eq!(current.unit_id, Some(UnitId(700_101)));
    assert_eq!(current.unit_spaces[0].unit_space.as_deref(), Some("302-A"));
    assert_eq!(current.move_in_date, date("2024-07-01"));
    assert_eq!(current.move_out_date, None);
    assert_eq!(current.is_month_to_month, Some(false));
    let types: Vec<_> = current
        .customers
        .items
        .iter()
        .map(|customer| customer.customer_type.clone().unwrap())
        .collect();
    assert_eq!(
        types,
        [
            CustomerType::Primary,
            CustomerType::Responsible,
            CustomerType::Guarantor,
            CustomerType::NonLeasingOccupant
        ]
    );
    let ana = &current.customers.items[0];
    assert_eq!(ana.id, CustomerId(610_001));
    assert_eq!(ana.first_name.as_deref(), Some("Ana"));
    assert_eq!(
        ana.email_address.as_deref(),
        Some("ana.duarte@example.test")
    );
    assert_eq!(ana.lease_customer_status, Some(LeaseStatus::Current));
    assert_eq!(ana.phones[0].phone_number.as_deref(), Some("+1 4145550001"));
    let term = &current.lease_intervals[0];
    assert_eq!(term.interval_type, Some(LeaseIntervalType::Application));
    assert_eq!(term.status, Some(LeaseStatus::Current));
    let made = term.interval_date_time.unwrap().to_utc().to_rfc3339();
    assert_eq!(made, "2024-05-02T15:12:44.310127+00:00");
    assert_eq!(future.status, LeaseStatus::Future);
}

#[test]
fn month_to_month_leases_in_both_spellings() {
    for lease in leases("11-getLeases-month-to-month.response") {
        assert_eq!(lease.is_month_to_month, Some(true));
        assert!(lease.has_sub_status(&LeaseSubStatus::MonthToMonth));
    }
}

#[test]
fn a_transfer_pair_keeps_its_pointer() {
    let pair = leases("14-getLeases-transfer-pair.response");
    assert_eq!(pair[0].transfer_lease_id, Some(LeaseId(410_008)));
    assert_eq!(pair[0].transfer_date, date("2025-07-15"));
    assert_eq!(pair[1].transfer_lease_id, None);
}

#[test]
fn r1_reads_into_the_same_model() {
    let lease = leases("15-getLeases-r1.response").remove(0);
    assert_eq!(lease.unit_spaces[0].id, UnitSpaceId(800_211));
    assert_eq!(lease.unit_spaces[0].unit_space.as_deref(), Some("311"));
    assert_eq!(lease.move_in_date, date("2022-03-01"));
    assert_eq!(lease.customers.items[0].phones.len(), 1);
    assert_eq!(lease.lease_activities.len(), 3);
    assert_eq!(lease.lease_intervals[0].end_date, None);
}

#[test]
fn sub_statuses_are_a_list_in_one_text() {
    let json = r#"{"response":{"result":{"leases":{"lease":{"id":1,"leaseStatusTypeId":4,
        "leaseSubStatus":"Eviction, In collections, On Fire","customers":[],"unitSpaces":{},
        "leaseIntervals":"","unitId":null,"moveOutDate":"End During Move-Out"}}}}}"#;
    let lease = Lease::rows(&Answer::parse(json).unwrap())
        .unwrap()
        .items
        .remove(0);
    assert_eq!(
        lease.sub_statuses,
        [
            LeaseSubStatus::Eviction,
            LeaseSubStatus::InCollections,
            LeaseSubStatus::Other("On Fire".into())
        ]
    );
    assert_eq!(
        lease.move_out_date.unwrap().text(),
        Some("End During Move-Out")
    );
}

#[test]
fn an_unreadable_person_leaves_the_lease_and_makes_the_list_incomplete() {
    let world = World::new().result(
        r#"{"leases":{"lease":[
            {"id":"x","leaseStatusTypeId":"4"},
            {"id":2,"leaseStatusTypeId":"4","customers":{"customer":[{"id":"?"},{"id":3}]}},
            {"leaseStatusTypeId":"4"},
            {"id":5}
        ]}}"#,
    );
    let list = world.run(world.client().leases(PROPERTY).all()).unwrap();
    assert!(!list.is_complete());
    assert_eq!(list.items.len(), 1);
    assert_eq!(list.items[0].customers.items[0].id, CustomerId(3));
    assert_eq!(list.items[0].property_id, Some(PROPERTY));
    let places: Vec<_> = list
        .rejected
        .iter()
        .map(|row| (row.index, row.path.as_str()))
        .collect();
    assert_eq!(
        places,
        [
            (0, "id"),
            (1, "customers.customer[0].id"),
            (2, "."),
            (3, ".")
        ]
    );
}

#[test]
fn what_was_not_asked_for_is_filtered_out_without_making_the_list_incomplete() {
    let headers = [("X-Total-Count", "2")];
    let body = common::sample("10-getLeases-r2.response");
    let world = World::new().answers(200, &headers, body);
    let query = world
        .client()
        .leases(PROPERTY)
        .statuses([LeaseStatus::Future]);
    let list = world.run(query.all()).unwrap();
    assert_eq!(list.items[0].id, LeaseId(410_002));
    assert_eq!((list.items.len(), list.is_complete()), (1, true));
}

#[test]
fn an_account_without_r2_is_asked_by_r1() {
    let refusal = common::sample("20b-error-400-unknown-method.response");
    let world = World::new()
        .answers(400, &[], refusal)
        .sample("15-getLeases-r1.response");
    let list = world
        .run(world.client().leases(PROPERTY).or_r1().all())
        .unwrap();
    assert_eq!(list.items[0].id, LeaseId(410_020));
    assert_eq!(world.body(0)["method"]["version"], "r2");
    assert_eq!(world.body(1)["method"]["version"], "r1");
}

#[test]
fn a_method_that_this_crate_does_not_know_is_called_with_a_type_of_ones_own() {
    #[derive(serde::Deserialize)]
    struct Refunds {
        #[serde(rename = "refundMethods")]
        methods: serde_json::Value,
    }
    let world = World::new().sample("23-getLeasePickList.response");
    let call = entrata_api::Call::new(entrata_api::Method::new("leases", "getLeasePickList", "r1"));
    let refunds: Refunds = world.run(world.client().call(&call)).unwrap();
    assert!(refunds.methods.is_object());
}
