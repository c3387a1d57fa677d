use std::sync::Arc;

use access_sync_engine::source::NoteCode;
use access_sync_engine::{Drift, Observe, Quiet, Step};
use access_sync_sandbox::entrata::LeaseStatus;
use brivo_api::Tier;
use chrono::TimeDelta;

use super::house::{ALL, House, QUARRY, run, subject};

/// Residents in property-level groups.
const COARSE: &str = r#"
[[property]]
id = "100234"
time_zone = "America/Chicago"
common = ["Harbor Point Residents", "Harbor Point Garage"]
"#;

#[tokio::test]
async fn a_full_reading_takes_the_lists_and_no_more() {
    let house = House::new(COARSE);
    house.run().await;
    house.sandbox.brivo().reset_calls();
    let prepared = house.prepare().await;
    let brivo = house.sandbox.brivo().snapshot();
    let residents = ["Harbor Point Residents", "Harbor Point Garage"].map(|group| {
        let group = house.sandbox.brivo().group_id(group).unwrap();
        brivo.members[&group].len().div_ceil(100)
    });
    let groups = brivo.groups.len().div_ceil(100);
    let lists = brivo.users.len().div_ceil(100) + residents.iter().sum::<usize>();
    let made = house.billed();
    assert!(
        made * 10 <= (lists as u64) * 11 + 10 * groups as u64,
        "{made} calls for {lists} lists and {groups} of groups"
    );
    assert!(prepared.calls.observe.unwrap() >= made);
}

#[tokio::test]
async fn what_is_predicted_is_never_less_than_what_is_made_and_an_unchanged_world_costs_no_write() {
    for mapping in [ALL, QUARRY, COARSE] {
        let house = House::new(mapping);
        let mut now = house.sandbox.now();
        for day in 0..5 {
            // The clients' clock stands still while the sandbox's moves: a token of their own a day.
            let engine = house.engine();
            let foreseen = engine.call_plan(now).await.unwrap().observe;
            house.sandbox.brivo().reset_calls();
            let prepared = engine.prepare(now, &Quiet).await.unwrap();
            let read = house.billed();
            assert!(prepared.calls.observe.unwrap() >= read, "day {day}");
            assert!(
                foreseen.is_none_or(|it| it >= read),
                "day {day}: {foreseen:?} < {read}"
            );
            assert_eq!(foreseen.is_none(), day == 0);
            house.sandbox.brivo().reset_calls();
            let applied = engine.apply(&prepared, now, &Quiet).await.unwrap();
            assert!(applied.failed.is_empty());
            assert!(house.billed() <= prepared.predicted_calls(), "day {day}");
            house.sandbox.brivo().reset_calls();
            run(&engine, &house.sandbox).await;
            assert_eq!(house.writes(), [""; 0], "day {day}");
            now += TimeDelta::days(1);
            house.sandbox.set_now(now);
        }
        let used = house.engine().call_plan(now).await.unwrap();
        assert!(used.used > 20 && used.left().unwrap() < used.quota.unwrap());
    }
}

#[tokio::test]
async fn a_day_of_churn_costs_one_call_for_each_person_who_changes() {
    let house = House::new(&ALL.replace("suspend", "keep"));
    house.run().await;
    let mut people = 0;
    let mut calls = 0;
    for _ in 0..8 {
        house.sandbox.advance(TimeDelta::hours(3));
        let prepared = house.prepare().await;
        house.sandbox.brivo().reset_calls();
        let applied = house.engine();
        let applied = applied.apply(&prepared, house.sandbox.now(), &Quiet).await;
        people += applied.unwrap().done.len() as u64;
        // Who comes for the first time needs a user beside.
        let made = prepared.steps.iter().flat_map(|it| &it.steps);
        let made = made.filter(|it| matches!(it, Step::Create { .. })).count() as u64;
        calls += house.billed() - made;
    }
    assert!(people > 5);
    assert!(
        calls * 10 <= people * 12,
        "{calls} calls for {people} people"
    );
}

#[tokio::test]
async fn a_rolling_audit_reads_a_share_a_day_and_finds_every_drift_within_its_round() {
    let house = House::new(ALL);
    let rolling = || {
        let builder = house.builder(Arc::clone(&house.ledger));
        builder
            .observe(Observe::Rolling { days: 4 })
            .build()
            .unwrap()
    };
    // A first run knows nothing, and reads everything.
    let first = rolling()
        .prepare(house.sandbox.now(), &Quiet)
        .await
        .unwrap();
    let groups = first.feed.managed.len();
    assert_eq!(first.observed.read.len(), groups);
    run(&rolling(), &house.sandbox).await;
    let brivo = house.sandbox.brivo();
    let who = subject(&house.current(0));
    let group = brivo.group_id("Quarry Lofts Residents").unwrap();
    assert!(brivo.remove_member(house.user(&who).unwrap().id, group));
    let mut mended = None;
    for day in 1..=5 {
        house.sandbox.advance(TimeDelta::days(1));
        for _ in 0..2 {
            let prepared = rolling();
            let prepared = prepared.prepare(house.sandbox.now(), &Quiet).await.unwrap();
            assert!(
                prepared.observed.read.len() <= groups.div_ceil(4),
                "{}",
                prepared.observed.read.len()
            );
            run(&rolling(), &house.sandbox).await;
        }
        if house.opens(&who, "Quarry Lofts Residents") {
            mended = mended.or(Some(day));
        }
    }
    assert!(mended.is_some_and(|day| day <= 5), "{mended:?}");
}

/// What staff gave by hand after the last audit is in no list that was read.
#[tokio::test]
async fn between_audits_whoever_is_to_be_changed_is_asked_first_so_that_what_is_not_ours_stays() {
    let house = House::new(&QUARRY.replace("suspend", "delete"));
    let rolling = || {
        let builder = house.builder(Arc::clone(&house.ledger));
        let builder = builder.observe(Observe::Rolling { days: 30 });
        builder.build().unwrap()
    };
    run(&rolling(), &house.sandbox).await;
    let brivo = house.sandbox.brivo();
    let lease = house.current(0);
    let who = subject(&lease);
    let user = house.user(&who).unwrap().id;
    let by_hand = brivo.group_id("Quarry Lofts Unit 5").unwrap();
    assert!(brivo.add_member(user, by_hand));
    house
        .sandbox
        .entrata()
        .set_lease_status(lease.id, LeaseStatus::Cancelled);
    house.sandbox.brivo().reset_calls();
    let prepared = rolling().prepare(house.sandbox.now(), &Quiet).await;
    let prepared = prepared.unwrap();
    assert!(prepared.calls.observe.unwrap() >= house.billed());
    assert!(prepared.observed.read.is_empty());
    assert!(matches!(
        prepared.drift(),
        [Drift::MembershipByHand { subject, target }]
            if subject.as_str() == who && target.as_str() == by_hand.to_string()
    ));
    run(&rolling(), &house.sandbox).await;
    assert!(!house.opens(&who, "Quarry Lofts Residents"));
    assert!(house.opens(&who, "Quarry Lofts Unit 5"));
}

#[tokio::test]
async fn when_calls_run_out_audits_go_first_grants_wait_and_nobody_keeps_what_ended() {
    let mut house = House::new(ALL);
    house.run().await;
    let used = house
        .engine()
        .call_plan(house.sandbox.now())
        .await
        .unwrap()
        .used;
    let leaving = house.current(0);
    let entrata = house.sandbox.entrata();
    entrata.set_lease_status(leaving.id, LeaseStatus::Cancelled);
    let coming = house.comes();
    house.tier = Tier::Custom {
        per_second: 50,
        per_30_days: used + 12,
    };
    let prepared = house.prepare().await;
    assert!(
        prepared
            .notes()
            .iter()
            .any(|it| it.code == NoteCode::BudgetLow)
    );
    assert!(prepared.observed.read.len() < 10);
    let applied = house.run().await;
    assert!(!applied.postponed.is_empty(), "{applied:?}");
    assert!(!house.opens(&subject(&leaving), "Quarry Lofts Residents"));
    assert!(!house.opens(&subject(&coming), "Quarry Lofts Residents"));
    house.tier = Tier::Three;
    assert!(house.run().await.postponed.is_empty());
    assert!(house.opens(&subject(&coming), "Quarry Lofts Residents"));
}
