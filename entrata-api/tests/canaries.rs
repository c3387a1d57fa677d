//! Nothing secret or personal is printable by accident.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod common;

use std::fmt::Debug;

use common::World;
use entrata_api::{Auth, Call, Host, Method, PropertyId};

const PERSONAL: [&str; 7] = [
    "Ana",
    "Duarte",
    "ana.duarte",
    "example.test",
    "4145550",
    "Quay Street",
    "Okoye",
];

fn shows_nobody(what: &impl Debug) {
    let shown = format!("{what:?} {what:#?}");
    for word in PERSONAL {
        assert!(!shown.contains(word), "{word} in {shown}");
    }
}

#[test]
fn models_do_not_print_people() {
    let world = World::new()
        .sample("10-getLeases-r2.response")
        .sample("15-getLeases-r1.response");
    let client = world.client();
    let list = world.run(client.leases(PropertyId(1)).all()).unwrap();
    assert!(list.items[0].customers.items[0].first_name.is_some());
    shows_nobody(&list);
    let r1 = world.run(client.leases(PropertyId(1)).r1().all()).unwrap();
    assert!(r1.items[0].customers.items[0].last_name.is_some());
    let shown = format!("{r1:?}");
    assert!(!shown.contains("Stone"), "{shown}");
}

#[test]
fn answers_and_errors_do_not_print_bodies() {
    let world = World::new()
        .sample("10-getLeases-r2.response")
        .result(r#"{"leases":{"lease":"Ana Duarte ana.duarte@example.test"}}"#)
        .answers(
            400,
            &[],
            r#"{"response":{"error":{"code":400,"message":"ana.duarte@example.test 4145550001"}}}"#,
        )
        .result(r#"{"leases":{"lease":[{"id":"Ana Duarte"}]}}"#);
    let client = world.client();
    let call = Call::new(Method::new("leases", "getLeases", "r2")).param("unitNumber", "Ana");
    shows_nobody(&call);
    shows_nobody(&client.request(&call).unwrap());
    shows_nobody(&world.run(client.send(&call)).unwrap());
    for _ in 0..2 {
        let error = world
            .run(client.leases(PropertyId(1)).all())
            .map(|_| ())
            .unwrap_err();
        shows_nobody(&error);
        shows_nobody(&error.to_string());
    }
    let list = world.run(client.leases(PropertyId(1)).all()).unwrap();
    assert_eq!(list.rejected.len(), 1);
    shows_nobody(&list.rejected);
}

#[test]
fn secrets_are_not_printed() {
    let world = World::new();
    let mut shown = format!("{:?} {:?}", world.builder(), world.client());
    for auth in [
        Auth::api_key("secret-canary"),
        Auth::basic("user", "secret-canary"),
        Auth::bearer("secret-canary"),
    ] {
        shown += &format!("{auth:?}");
        let host = Host::Legacy {
            subdomain: "lakeshore".into(),
        };
        let builder = entrata_api::EntrataClient::builder().host(host).auth(auth);
        shown += &format!("{builder:?}");
        shown += &format!("{:?}", builder.build().unwrap());
    }
    assert!(!shown.contains("canary"), "{shown}");
}

#[test]
fn what_identifies_a_person_by_law_is_not_kept() {
    let json = r#"{"response":{"result":{"leases":{"lease":{"id":1,"leaseStatusTypeId":4,"customers":{"customer":
        {"id":2,"dateOfBirth":"01/02/1990","idNumber":"SSN-078-05-1120","bankruptcyNote":"chapter 7",
         "taxNumber":"078051120"}}}}}}}"#;
    let answer = entrata_api::Answer::parse(json).unwrap();
    let lease = entrata_api::Lease::rows(&answer).unwrap().items.remove(0);
    let written = serde_json::to_string(&lease).unwrap();
    for word in ["1990", "078", "chapter"] {
        assert!(!written.contains(word), "{word} in {written}");
    }
}
