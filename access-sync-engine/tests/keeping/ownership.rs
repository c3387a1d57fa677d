use std::sync::Arc;

use access_sync_core::ids::SubjectId;
use access_sync_engine::access::UserId;
use access_sync_engine::ledger::{Ledger, MemoryLedger};
use access_sync_engine::{Drift, EngineError, Quiet};
use access_sync_sandbox::entrata::LeaseStatus;
use access_sync_sandbox::{Fault, FaultKind, Service};

use super::house::{ALL, House, QUARRY, run, subject};

fn fresh() -> Arc<dyn Ledger> {
    Arc::new(MemoryLedger::default())
}

/// A house whose ledger is lost after the first run, with somebody of whom it knew, and their user.
async fn forgotten() -> (House, SubjectId, UserId) {
    let mut house = House::new(QUARRY);
    house.run().await;
    house.ledger = fresh();
    let who = SubjectId::new(subject(&house.current(0)));
    let user = UserId(house.user(who.as_str()).unwrap().id.to_string());
    (house, who, user)
}

#[tokio::test]
async fn what_somebody_gave_one_of_ours_by_hand_is_reported_and_stays() {
    let house = House::new(QUARRY);
    house.run().await;
    let lease = house.current(0);
    let (who, brivo) = (subject(&lease), house.sandbox.brivo());
    let user = house.user(&who).unwrap().id;
    let group = brivo.group_id("Quarry Lofts Unit 5").unwrap();
    assert!(brivo.add_member(user, group));
    let prepared = house.prepare().await;
    let by_hand = |it: &&Drift| matches!(it, Drift::MembershipByHand { .. });
    assert_eq!(prepared.drift().iter().filter(by_hand).count(), 1);
    assert!(prepared.steps.is_empty());
    // Everything that is ours ends; what is not ours stays, and works.
    house
        .sandbox
        .entrata()
        .set_lease_status(lease.id, LeaseStatus::Cancelled);
    house.run().await;
    assert!(!house.opens(&who, "Quarry Lofts Residents"));
    assert!(house.opens(&who, "Quarry Lofts Unit 5"));
    assert_eq!(house.state()[&format!("access-sync:{who}")].1.len(), 1);
}

#[tokio::test]
async fn a_first_run_without_its_ledger_touches_nobody_who_is_there() {
    let mut house = House::new(QUARRY);
    house.run().await;
    let before = house.state();
    let lease = house.current(0);
    house
        .sandbox
        .entrata()
        .set_lease_status(lease.id, LeaseStatus::Cancelled);
    house.ledger = fresh();
    house.sandbox.brivo().reset_calls();
    let prepared = house.prepare().await;
    let applied = house.run().await;
    assert_eq!(house.writes(), [""; 0]);
    assert_eq!(house.state(), before);
    assert!(!applied.failed.is_empty() || !prepared.observed.strangers.is_empty());
    assert!(
        applied
            .failed
            .iter()
            .all(|it| matches!(it.error, EngineError::NotOurs { .. })),
        "{applied:?}"
    );
    assert_eq!(
        prepared.observed.strangers.len(),
        7.min(prepared.observed.strangers.len())
    );
}

#[tokio::test]
async fn users_of_our_namespace_are_taken_over_where_that_is_asked_for() {
    let mut house = House::new(QUARRY);
    house.run().await;
    let lease = house.current(0);
    house
        .sandbox
        .entrata()
        .set_lease_status(lease.id, LeaseStatus::Cancelled);
    house.ledger = fresh();
    let engine = house.builder(Arc::clone(&house.ledger));
    let engine = engine.adopt_existing(true).build().unwrap();
    let applied = run(&engine, &house.sandbox).await;
    assert!(applied.failed.is_empty());
    assert!(!house.opens(&subject(&lease), "Quarry Lofts Residents"));
    // From now on the ledger knows them.
    house.sandbox.brivo().reset_calls();
    assert!(house.run().await.failed.is_empty());
    assert_eq!(house.writes(), [""; 0]);
}

#[tokio::test]
async fn whoever_is_taken_over_loses_nothing_while_their_unit_is_in_no_list() {
    let mut house = House::new(QUARRY);
    house.run().await;
    let before = house.state();
    let lease = house.current(0);
    house.ledger = fresh();
    // A list of units has no total to tell by.
    let short = Fault::new(Service::Entrata, FaultKind::ShortPage { missing: 99 });
    house.sandbox.inject(short.operation("getPropertyUnits"));
    let engine = house.builder(Arc::clone(&house.ledger));
    let engine = engine.adopt_existing(true).build().unwrap();
    run(&engine, &house.sandbox).await;
    assert_eq!(house.state(), before);
    // With the whole list they are taken over, and all that the lease gave goes with it.
    run(&engine, &house.sandbox).await;
    assert_eq!(house.state(), before);
    let entrata = house.sandbox.entrata();
    entrata.set_lease_status(lease.id, LeaseStatus::Cancelled);
    house.run().await;
    let (_, left) = &house.state()[&format!("access-sync:{}", subject(&lease))];
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn nobody_is_taken_over_by_a_reading_that_is_not_whole() {
    let (house, who, user) = forgotten().await;
    let before = house.state();
    let engine = house.builder(Arc::clone(&house.ledger));
    let engine = engine.adopt_existing(true).build().unwrap();
    for operation in ["GET /groups", "GET /groups/{id}/users"] {
        let short = Fault::new(Service::Brivo, FaultKind::ShortPage { missing: 1 });
        house
            .sandbox
            .inject(short.operation(operation).times(u32::MAX));
        run(&engine, &house.sandbox).await;
        house.sandbox.clear_faults();
        assert!(
            house.ledger.made().await.unwrap().users.is_empty(),
            "{operation}"
        );
        assert_eq!(house.state(), before, "{operation}");
    }
    let short = Fault::new(Service::Entrata, FaultKind::ShortPage { missing: 1 });
    let short = short.operation("getLeases").times(u32::MAX);
    house.sandbox.inject(short);
    let adopted = engine.adopt(house.sandbox.now(), &user, &who, &Quiet).await;
    house.sandbox.clear_faults();
    assert!(adopted.unwrap_err().to_string().contains("try again"));
    run(&engine, &house.sandbox).await;
    assert!(house.ledger.made().await.unwrap().users.contains_key(&who));
}

#[tokio::test]
async fn half_a_fact_takes_nothing_from_whom_it_lets_in() {
    let (house, who, user) = forgotten().await;
    let now = house.sandbox.now();
    house
        .engine()
        .adopt(now, &user, &who, &Quiet)
        .await
        .unwrap();
    let before = house.state();
    // No run has seen the lease yet, and now its unit is in no list.
    let short = Fault::new(Service::Entrata, FaultKind::ShortPage { missing: 99 });
    house.sandbox.inject(short.operation("getPropertyUnits"));
    let applied = house.run().await;
    assert!(applied.failed.iter().all(|it| it.subject != who));
    assert_eq!(house.state(), before);
}

#[tokio::test]
async fn one_user_is_taken_over_by_name() {
    let (house, who, user) = forgotten().await;
    let lease = house.current(0);
    let (engine, now) = (house.engine(), house.sandbox.now());
    engine.adopt(now, &user, &who, &Quiet).await.unwrap();
    let again = engine.adopt(now, &user, &who, &Quiet).await;
    assert!(again.unwrap_err().to_string().contains("already"));
    let (missing, other) = (UserId("1".into()), SubjectId::new("x"));
    let nobody = engine.adopt(now, &missing, &other, &Quiet);
    assert!(nobody.await.unwrap_err().to_string().contains("no user 1"));
    let applied = house.run().await;
    assert!(applied.failed.iter().all(|it| it.subject != who));
    house
        .sandbox
        .entrata()
        .set_lease_status(lease.id, LeaseStatus::Cancelled);
    house.run().await;
    assert!(!house.opens(who.as_str(), "Quarry Lofts Residents"));
}

#[tokio::test]
async fn a_release_withdraws_all_that_is_ours_and_only_that() {
    let house = House::new(ALL);
    let before = house.state();
    house.run().await;
    assert!(house.state().len() > before.len() + 40);
    let brivo = house.sandbox.brivo();
    let who = subject(&house.current(0));
    let group = brivo.group_id("Harbor Point Garage").unwrap();
    assert!(brivo.add_member(house.user(&who).unwrap().id, group));
    let (engine, now) = (house.engine(), house.sandbox.now());
    let release = engine.release(now, &Quiet).await.unwrap();
    let shown = release.predicted_calls();
    brivo.reset_calls();
    let applied = engine.apply(&release, now, &Quiet).await.unwrap();
    assert!(applied.failed.is_empty(), "{applied:?}");
    assert!(house.billed() <= shown, "{} > {shown}", house.billed());
    let mut after = house.state();
    // Whom somebody else let in somewhere stays for that.
    let kept = after.remove(&format!("access-sync:{who}")).unwrap();
    assert_eq!(kept.1.into_iter().collect::<Vec<_>>(), [group]);
    assert_eq!(after, before);
    let made = house.ledger.made().await.unwrap();
    assert!(made.memberships.is_empty());
}

#[tokio::test]
async fn what_somebody_else_took_from_ours_is_found_and_mended() {
    let house = House::new(QUARRY);
    house.run().await;
    let brivo = house.sandbox.brivo();
    let who = subject(&house.current(0));
    let other = subject(&house.current(1));
    let group = brivo.group_id("Quarry Lofts Residents").unwrap();
    assert!(brivo.remove_member(house.user(&who).unwrap().id, group));
    let gone = house.user(&other).unwrap();
    let before = house.state();
    assert!(brivo.set_suspended(gone.id, true));
    let prepared = house.prepare().await;
    let drift = prepared.drift();
    assert!(
        drift
            .iter()
            .any(|it| matches!(it, Drift::MembershipGone { .. })),
        "{drift:?}"
    );
    assert!(
        drift.iter().any(|it| matches!(
            it,
            Drift::Suspension {
                suspended: true,
                ..
            }
        )),
        "{drift:?}"
    );
    house.run().await;
    assert!(house.opens(&who, "Quarry Lofts Residents"));
    assert!(house.opens(&other, "Quarry Lofts Residents"));
    assert_ne!(house.state(), before);
    assert!(house.run().await.done.is_empty());
}
