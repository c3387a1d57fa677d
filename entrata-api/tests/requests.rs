//! What is sent: address, headers and body, exactly.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod common;

use common::{World, day, sample_json};
use entrata_api::{
    Auth, Call, CustomerId, EntrataClient, ErrorKind, Host, LeaseId, LeaseStatus, Method,
    PropertyId,
};
use serde_json::Value;

const PROPERTY: PropertyId = PropertyId(100_234);

/// The body of a call, with the sample's `requestId`, which is random otherwise.
fn body(client: &EntrataClient, call: &Call) -> Value {
    let request = client.request(call).unwrap();
    let mut body: Value = serde_json::from_slice(request.body()).unwrap();
    body["requestId"] = "15".into();
    body
}

#[test]
fn bodies_are_those_of_the_samples() {
    let client = World::new().client();
    let leases = |ids: &[i64]| {
        client
            .leases(PROPERTY)
            .ids(ids.iter().copied().map(LeaseId))
    };
    let statuses = |ids: &[i64]| {
        ids.iter()
            .copied()
            .map(LeaseStatus::from)
            .collect::<Vec<_>>()
    };
    let cases = [
        (
            "03-getProperties",
            client
                .properties()
                .list()
                .ids([PROPERTY, PropertyId(100_235)])
                .show_all_status(false)
                .call()
                .clone(),
        ),
        (
            "06-getPropertyUnits",
            client
                .property_units([PROPERTY])
                .available_units_only(false)
                .use_property_preferences(false)
                .include_disabled_floorplans(false)
                .include_disabled_units(false)
                .call()
                .unwrap(),
        ),
        (
            "09-getLeases-r2",
            leases(&[])
                .statuses(statuses(&[3, 4, 5]))
                .include_history(false)
                .resident_friendly_mode(false)
                .include_other_income_leases(false)
                .include_ar_transactions(false)
                .call()
                .unwrap(),
        ),
        (
            "15-getLeases-r1",
            leases(&[])
                .statuses(statuses(&[3, 4, 5, 6]))
                .event_types([26, 27, 35, 50, 52, 63, 64, 84, 85])
                .event_from(day("2025-06-01"))
                .event_to(day("2025-06-15"))
                .call()
                .unwrap(),
        ),
        (
            "27-get_renewal-via-getLeases",
            client
                .get_renewal(PROPERTY, [LeaseId(410_006)])
                .call()
                .unwrap(),
        ),
    ];
    for (name, call) in cases {
        let wanted = sample_json(&format!("{name}.request"));
        assert_eq!(body(&client, &call), wanted, "{name}");
    }
}

#[test]
fn get_moveout_sends_the_recipe() {
    let client = World::new().client();
    let call = client
        .get_moveout(PROPERTY)
        .from(day("2025-06-01"))
        .to(day("2025-08-31"))
        .call()
        .unwrap();
    let wanted = sample_json("26-get_moveout-via-getLeases.request");
    assert_eq!(body(&client, &call), wanted);
}

#[test]
fn every_filter_of_get_leases_is_sent_by_its_name() {
    let client = World::new().client();
    let call = client
        .leases(PROPERTY)
        .statuses([LeaseStatus::Current, LeaseStatus::Other("7".into())])
        .ids([LeaseId(1), LeaseId(2)])
        .customer(CustomerId(610_001))
        .application(entrata_api::ApplicationId(5))
        .unit_number("302")
        .building_name("B1")
        .move_in_from(day("2025-01-02"))
        .move_in_to(day("2025-01-03"))
        .expiring_from(day("2025-02-02"))
        .expiring_to(day("2025-02-03"))
        .move_out_from(day("2025-03-02"))
        .move_out_to(day("2025-03-03"))
        .scheduled_ar_codes([8, 9])
        .include_history(true)
        .include_other_income_leases(false)
        .resident_friendly_mode(true)
        .include_ar_transactions(false)
        .call()
        .unwrap();
    let wanted = serde_json::json!({
        "propertyId": "100234", "leaseStatusTypeIds": "4,7", "leaseIds": "1,2",
        "customerId": "610001", "applicationId": "5", "unitNumber": "302", "buildingName": "B1",
        "moveInDateFrom": "01/02/2025", "moveInDateTo": "01/03/2025",
        "leaseExpiringDateFrom": "02/02/2025", "leaseExpiringDateTo": "02/03/2025",
        "moveOutDateFrom": "03/02/2025", "moveOutDateTo": "03/03/2025",
        "scheduledArCodeIds": "8,9", "includeLeaseHistory": "1",
        "includeOtherIncomeLeases": "0", "residentFriendlyMode": "1",
        "includeArTransactions": "0",
    });
    assert_eq!(body(&client, &call)["method"]["params"], wanted);
}

#[test]
fn the_key_travels_in_its_header_and_the_page_in_the_query() {
    let world = World::new().sample("10-getLeases-r2.response");
    world
        .run(world.client().leases(PROPERTY).per_page(100).all())
        .unwrap();
    let request = world.request(0);
    assert_eq!(request.method(), "POST");
    assert_eq!(
        request.uri().to_string(),
        format!("{}/leases?page_no=1&per_page=100", common::BASE)
    );
    assert_eq!(request.headers()["x-api-key"], "key-secret-canary");
    assert_eq!(request.headers()["content-type"], "application/json");
    assert_eq!(request.headers()["accept"], "application/json");
    assert!(!request.headers().contains_key("authorization"));
    assert!(!world.body(0).to_string().contains("canary"));
}

#[test]
fn basic_and_bearer_travel_in_authorization() {
    for (auth, kind, header) in [
        (Auth::basic("api", "pw"), "basic", "Basic YXBpOnB3"),
        (Auth::bearer("tok"), "oauth", "Bearer tok"),
    ] {
        let world = World::new().sample("02-getStatus.response");
        let client = world.builder().auth(auth).build().unwrap();
        let status = world.run(client.get_status()).unwrap();
        assert_eq!(status.status, "Success");
        assert_eq!(world.request(0).headers()["authorization"], header);
        assert_eq!(world.body(0)["auth"], serde_json::json!({ "type": kind }));
    }
    let world = World::new();
    let client = world
        .builder()
        .auth(Auth::basic("api", "pw"))
        .build()
        .unwrap();
    assert_eq!(
        body(&client, &client.get_status_call()),
        sample_json("01-getStatus.request")
    );
}

#[test]
fn a_builder_says_what_is_missing_or_cannot_work() {
    let refused = |builder: entrata_api::EntrataClientBuilder| {
        let error = builder.build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        error.to_string()
    };
    assert!(refused(EntrataClient::builder()).contains("no host"));
    let host = Host::Gateway { org: "a".into() };
    assert!(refused(EntrataClient::builder().host(host)).contains("no credentials"));
    let plain = Host::Custom("http://entrata.example/api".into());
    assert!(refused(World::new().builder().host(plain)).contains("https"));
    let line = Auth::api_key("key\n");
    assert!(refused(World::new().builder().auth(line)).contains("line break"));
}

#[test]
fn no_write_can_be_sent() {
    let world = World::new();
    let call = Call::new(Method::new("leases", "moveOutLease", "r1")).property(PROPERTY);
    let error = world.run(world.client().send(&call)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(!error.was_sent());
    let sample = sample_json("31-moveOutLease.request");
    let name = sample["method"]["name"].as_str().unwrap().to_owned();
    let error = client_error(&world, &Call::new(Method::new("leases", name, "r1")));
    assert_eq!(error, ErrorKind::Config);
    assert!(world.transport.requests().is_empty());
}

fn client_error(world: &World, call: &Call) -> ErrorKind {
    world.client().request(call).unwrap_err().kind()
}

#[test]
fn both_hosts_have_their_own_addresses() {
    let url = |host: Host| {
        let client = World::new().builder().host(host).build().unwrap();
        let call = client.leases(PROPERTY).call().unwrap();
        client.request(&call).unwrap().url().to_string()
    };
    assert_eq!(
        url(Host::Legacy {
            subdomain: "lakeshore".into()
        }),
        "https://lakeshore.entrata.com/api/v1/leases"
    );
    assert_eq!(
        url(Host::Gateway {
            org: "lakeshore".into()
        }),
        "https://apis.entrata.com/ext/orgs/lakeshore/v1/leases"
    );
}

#[test]
fn units_of_no_property_and_statuses_without_a_number_are_not_sent() {
    let world = World::new();
    let client = world.client();
    let error = world.run(client.property_units([]).all()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    let odd = client
        .leases(PROPERTY)
        .statuses([LeaseStatus::Other("Denied".into())]);
    assert_eq!(world.run(odd.all()).unwrap_err().kind(), ErrorKind::Config);
    assert!(world.transport.requests().is_empty());
}

#[test]
fn names_of_move_out_and_renewal_methods_can_be_set() {
    let world = World::new();
    let client = world
        .builder()
        .moveout_method(Method::new("customers", "getMoveout", "r3"))
        .renewal_method(Method::new("leases", "getRenewal", "r1"))
        .build()
        .unwrap();
    let moveout = client
        .request(&client.get_moveout(PROPERTY).call().unwrap())
        .unwrap();
    assert!(moveout.url().path().ends_with("/v1/customers"));
    assert_eq!(moveout.operation(), "getMoveout");
    let renewal = client.get_renewal(PROPERTY, [LeaseId(1)]).call().unwrap();
    assert_eq!(body(&client, &renewal)["method"]["name"], "getRenewal");
}

#[test]
fn each_method_is_limited_by_itself() {
    let client = World::new().client();
    let class = |method: Method| client.request(&Call::new(method)).unwrap().limit_class();
    assert_eq!(
        class(Method::new("leases", "getLeaseDetails", "r2")),
        "getLeaseDetails"
    );
    assert_eq!(
        class(Method::new("leases", String::from("getOdd"), "r1")),
        "other"
    );
}
