use std::sync::Arc;

use access_sync_engine::access::brivo::BrivoAccess;
use access_sync_engine::run::Remembered;
use access_sync_engine::source::entrata::EntrataSource;
use access_sync_engine::{Engine, Mapping, Quiet};
use access_sync_sandbox::entrata::LeaseStatus;
use access_sync_sandbox::{Fault, FaultKind, Service};
use chrono::TimeDelta;

use super::house::{ALL, House, QUARRY, clients, run, subject};

#[tokio::test]
async fn a_lease_that_is_gone_without_a_word_keeps_its_doors_and_one_that_ended_loses_them() {
    let house = House::new(QUARRY);
    house.run().await;
    let lease = house.current(0);
    let who = subject(&lease);
    house.sandbox.entrata().remove_lease(lease.id);
    for _ in 0..3 {
        let prepared = house.prepare().await;
        let unverified = prepared.unverified.iter();
        assert_eq!(
            unverified.map(|it| it.subject.as_str()).collect::<Vec<_>>(),
            [&*who]
        );
        house.run().await;
        assert!(house.opens(&who, "Quarry Lofts Residents"));
    }
    let mut ended = lease.clone();
    ended.status = LeaseStatus::Past;
    ended.move_out = house.sandbox.now().date_naive().pred_opt();
    for customer in &mut ended.customers {
        customer.status = LeaseStatus::Past;
    }
    house.sandbox.entrata().upsert_lease(ended);
    house.run().await;
    assert!(!house.opens(&who, "Quarry Lofts Residents"));
}

#[tokio::test]
async fn a_removal_that_failed_is_made_up_for_though_the_record_is_gone_by_then() {
    let house = House::new(ALL);
    house.run().await;
    let booker = "nexudus:coworker:1415900212";
    assert!(house.opens(booker, "Cedar Room"));
    for booking in [1_418_700_601, 1_418_700_602] {
        house.sandbox.nexudus().cancel_booking(booking).unwrap();
    }
    house.sandbox.inject(
        Fault::new(Service::Brivo, FaultKind::Status(400))
            .operation("POST /users/{id}/groups")
            .times(1_000),
    );
    let applied = house.run().await;
    assert!(!applied.failed.is_empty());
    assert!(house.opens(booker, "Cedar Room"));
    let status = house.engine().status(house.sandbox.now()).await.unwrap();
    assert!(!status.errors.is_empty());
    house.sandbox.clear_faults();
    house.run().await;
    assert!(!house.opens(booker, "Cedar Room"));
    let status = house.engine().status(house.sandbox.now()).await.unwrap();
    assert!(status.errors.is_empty(), "{:?}", status.errors);
    assert!(status.last_sync.is_some() && status.open_intents == 0);
}

#[tokio::test]
async fn a_booking_that_moved_out_of_sight_is_looked_up_and_closes_its_room() {
    let house = House::new(ALL);
    house.run().await;
    let booker = "nexudus:coworker:1415900212";
    for booking in [1_418_700_601, 1_418_700_602] {
        assert!(house.sandbox.nexudus().edit_booking(booking, |it| {
            it.from += TimeDelta::days(40);
            it.to += TimeDelta::days(40);
        }));
    }
    let prepared = house.prepare().await;
    assert_eq!(prepared.unverified, []);
    house.run().await;
    assert!(!house.opens(booker, "Cedar Room"));
}

#[tokio::test]
async fn a_property_s_own_guard_stops_what_the_policy_would_let_pass() {
    for (guard, stops) in [
        ("{ max_removals = 1 }", true),
        ("{ max_removals = 9 }", false),
    ] {
        let house = House::new(&format!("{QUARRY}guard = {guard}\n"));
        house.run().await;
        let lease = house.current(0);
        house
            .sandbox
            .entrata()
            .set_lease_status(lease.id, LeaseStatus::Cancelled);
        let prepared = house.prepare().await;
        assert_eq!(prepared.changes().guard.tripped, stops);
        house.run().await;
        assert_eq!(
            house.opens(&subject(&lease), "Quarry Lofts Residents"),
            stops
        );
    }
}

#[tokio::test]
async fn a_property_s_own_days_are_added_to_the_policy_s() {
    let house = House::new(&format!("{QUARRY}early_access_days = 30\ngrace_days = 5\n"));
    house.run().await;
    let leases = house.leases();
    let future = leases.iter().find(|it| it.status == LeaseStatus::Future);
    assert!(house.opens(&subject(future.unwrap()), "Quarry Lofts Residents"));
    let lease = house.current(0);
    let yesterday = house.sandbox.now().date_naive().pred_opt();
    house.sandbox.entrata().edit_lease(lease.id, |it| {
        it.status = LeaseStatus::Notice;
        it.move_out = yesterday;
    });
    house.run().await;
    assert!(house.opens(&subject(&lease), "Quarry Lofts Residents"));
    house.sandbox.advance(TimeDelta::days(6));
    house.run().await;
    assert!(!house.opens(&subject(&lease), "Quarry Lofts Residents"));
}

#[tokio::test]
async fn what_another_worker_gave_on_newer_word_is_not_taken_away_by_what_is_remembered() {
    let house = House::new(QUARRY);
    let mapping = Mapping::from_toml(&house.mapping).unwrap();
    let clients = clients(&house.sandbox, house.tier, None);
    let entrata = Remembered::new(EntrataSource::new(clients.entrata, &mapping));
    let remembering = Engine::builder(BrivoAccess::new(clients.brivo), &mapping)
        .ledger(Arc::clone(&house.ledger))
        .source(entrata.clone())
        .build()
        .unwrap();
    run(&remembering, &house.sandbox).await;
    house.sandbox.advance(TimeDelta::minutes(1));
    let who = subject(&house.comes());
    house.run().await;
    assert!(house.opens(&who, "Quarry Lofts Residents"));
    house.sandbox.advance(TimeDelta::minutes(1));
    let lease = house.current(0);
    assert_ne!(subject(&lease), who);
    run(&remembering, &house.sandbox).await;
    assert!(house.opens(&who, "Quarry Lofts Residents"));
    assert!(!house.user(&who).unwrap().suspended);
    // What it reads itself counts again.
    house
        .sandbox
        .entrata()
        .set_lease_status(lease.id, LeaseStatus::Cancelled);
    entrata.expire();
    run(&remembering, &house.sandbox).await;
    assert!(house.opens(&who, "Quarry Lofts Residents"));
    assert!(!house.opens(&subject(&lease), "Quarry Lofts Residents"));
}

#[tokio::test]
async fn after_the_clock_was_set_back_what_is_read_counts_as_new() {
    let house = House::new(QUARRY);
    let now = house.sandbox.now();
    let engine = house.engine();
    let later = now + TimeDelta::minutes(30);
    let prepared = engine.prepare(later, &Quiet).await.unwrap();
    engine.apply(&prepared, later, &Quiet).await.unwrap();
    let lease = house.current(0);
    let who = subject(&lease);
    assert!(house.opens(&who, "Quarry Lofts Residents"));
    house
        .sandbox
        .entrata()
        .set_lease_status(lease.id, LeaseStatus::Cancelled);
    house.run().await;
    assert!(!house.opens(&who, "Quarry Lofts Residents"));
}
