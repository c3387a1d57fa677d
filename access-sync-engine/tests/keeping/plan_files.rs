use access_sync_engine::{EngineError, PlanFile, Quiet};
use access_sync_sandbox::entrata::LeaseStatus;
use chrono::TimeDelta;

use super::house::{ALL, House, QUARRY, subject};

async fn saved(house: &House) -> String {
    let expires = house.sandbox.now() + TimeDelta::hours(8);
    let file = house.prepare().await.to_file(expires).unwrap();
    file.to_json().unwrap()
}

async fn apply(house: &House, text: &str, approved: bool) -> Result<usize, EngineError> {
    let file = PlanFile::from_json(text)?;
    let (engine, now) = (house.engine(), house.sandbox.now());
    let applied = engine.apply_file(&file, approved, now, &Quiet).await?;
    assert!(applied.failed.is_empty());
    Ok(applied.done.len())
}

fn stale(result: Result<usize, EngineError>) -> String {
    match result.unwrap_err() {
        EngineError::Stale(why) => why,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_plan_from_a_file_is_applied_while_it_holds_and_names_nobody() {
    let house = House::new(QUARRY);
    let text = saved(&house).await;
    for lease in house.leases() {
        assert!(!text.contains(&lease.customers[0].last_name));
    }
    house.sandbox.advance(TimeDelta::minutes(20));
    assert!(apply(&house, &text, false).await.unwrap() > 4);
    assert!(house.opens(&subject(&house.current(0)), "Quarry Lofts Residents"));
    // Once applied it is out of date.
    let why = stale(apply(&house, &text, false).await);
    assert!(why.contains("changed"), "{why}");
}

#[tokio::test]
async fn a_plan_that_was_edited_has_expired_or_no_longer_holds_is_refused_and_changes_nothing() {
    let house = House::new(QUARRY);
    let text = saved(&house).await;
    let before = house.state();

    let group = house.sandbox.brivo().group_id("Quarry Lofts Residents");
    let other = house.sandbox.brivo().group_id("Harbor Point Garage");
    let edited = text.replace(&group.unwrap().to_string(), &other.unwrap().to_string());
    assert_ne!(edited, text);
    assert!(stale(apply(&house, &edited, true).await).contains("edited"));
    assert!(stale(apply(&house, "{}", true).await).contains("no plan"));

    let lease = house.current(0);
    house
        .sandbox
        .entrata()
        .set_lease_status(lease.id, LeaseStatus::Cancelled);
    assert!(stale(apply(&house, &text, false).await).contains("sources have changed"));
    house
        .sandbox
        .entrata()
        .set_lease_status(lease.id, LeaseStatus::Current);

    house.sandbox.advance(TimeDelta::hours(9));
    assert!(stale(apply(&house, &text, false).await).contains("expired"));
    assert_eq!(house.state(), before);
}

#[tokio::test]
async fn a_plan_that_the_guard_holds_back_passes_only_where_somebody_approved_the_file() {
    let house = House::new(ALL);
    house.run().await;
    let before = house.state();
    for lease in house.sandbox.entrata().leases() {
        house
            .sandbox
            .entrata()
            .set_lease_status(lease.id, LeaseStatus::Cancelled);
    }
    let text = saved(&house).await;
    let file = PlanFile::from_json(&text).unwrap();
    assert!(!file.guard.is_empty() && !file.withheld.is_empty());
    apply(&house, &text, false).await.unwrap();
    assert_eq!(house.state(), before);
    let text = saved(&house).await;
    assert!(apply(&house, &text, true).await.unwrap() > 20);
    let residents = house.state().into_iter();
    let mut residents = residents.filter(|(id, _)| id.starts_with("access-sync:entrata"));
    assert!(residents.all(|(_, (_, groups))| groups.is_empty()));
}

#[tokio::test]
async fn a_rollback_comes_with_each_plan() {
    let house = House::new(QUARRY);
    house.run().await;
    let lease = house.current(0);
    house
        .sandbox
        .entrata()
        .set_lease_status(lease.id, LeaseStatus::Cancelled);
    let file = PlanFile::from_json(&saved(&house).await).unwrap();
    let mut back = file.rollback.clone();
    let (forth, back) = (&file.changes[0].steps, back.remove(0).steps);
    assert_eq!((forth.len(), back.len()), (2, 2));
    assert!(file.changes[0].takes && !file.rollback[0].takes);
    let shown = format!("{back:?}");
    assert!(shown.starts_with("[Reinstate, Groups { add: ["), "{shown}");
}
