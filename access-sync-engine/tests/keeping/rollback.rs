//! Taking a run back.

use access_sync_core::guard::Approval;
use access_sync_core::ids::SubjectId;
use access_sync_engine::ledger::{Hold, HoldKind, HoldScope, RollbackId};
use access_sync_engine::{Applied, EngineError, Prepared, Quiet, Step};
use access_sync_sandbox::entrata::{Lease, LeaseStatus};
use access_sync_sandbox::{Fault, FaultKind, Service};
use chrono::TimeDelta;

use super::crash::{Crashing, How};
use super::house::{House, QUARRY, subject};

async fn prepared(house: &House, of: Option<u64>) -> Result<Prepared, EngineError> {
    let (engine, now) = (house.engine(), house.sandbox.now());
    engine.rollback(of.map(RollbackId), now, &Quiet).await
}

async fn back(house: &House) -> Applied {
    let prepared = prepared(house, None).await.unwrap();
    let (engine, now) = (house.engine(), house.sandbox.now());
    engine.apply(&prepared, now, &Quiet).await.unwrap()
}

/// The only person of a lease of the lofts leaves; there are three such.
fn leaves(house: &House, number: usize) -> String {
    let lease = alone(house).remove(number);
    let entrata = house.sandbox.entrata();
    entrata.set_lease_status(lease.id, LeaseStatus::Cancelled);
    subject(&lease)
}

fn alone(house: &House) -> Vec<Lease> {
    let mut leases = house.leases();
    leases.retain(|it| {
        it.customers.len() == 1 && matches!(it.unit_id, Some(710_001 | 710_002 | 710_004))
    });
    assert_eq!(leases.len(), 3);
    leases
}

#[tokio::test]
async fn a_run_that_took_something_away_is_taken_back_and_costs_what_was_said() {
    let house = House::new(QUARRY);
    house.run().await;
    let before = house.state();
    leaves(&house, 0);
    house.run().await;
    assert_ne!(house.state(), before);
    let shown = prepared(&house, None).await.unwrap();
    assert!(matches!(
        shown.steps[0].steps[..],
        [Step::Reinstate, Step::Groups { .. }]
    ));
    house.sandbox.brivo().reset_calls();
    assert_eq!(back(&house).await.done.len(), 1);
    assert_eq!(house.state(), before);
    assert!(house.billed() <= shown.calls.total());
    assert_eq!(house.writes().len() as u64, shown.predicted_calls());
    // The source still says that the lease is cancelled, so the next run does it again.
    assert_eq!(house.run().await.done.len(), 1);
}

#[tokio::test]
async fn a_run_that_gave_something_is_taken_back_within_the_guard() {
    let house = House::new(&format!("{QUARRY}guard = {{ max_removals = 3 }}\n"));
    let before = house.state();
    house.run().await;
    let given = house.state();
    // All of a property at once looks like an accident in this direction, too.
    let held = prepared(&house, None).await.unwrap();
    assert!(held.changes().guard.tripped && held.steps.is_empty());
    assert!(!held.changes().withheld.is_empty());
    let now = house.sandbox.now();
    house.engine().apply(&held, now, &Quiet).await.unwrap();
    assert_eq!(house.state(), given);
    let approval = Approval {
        digest: held.changes().digest(),
        expires: now + TimeDelta::hours(1),
    };
    let engine = house.builder(std::sync::Arc::clone(&house.ledger));
    let engine = engine.approval(approval).build().unwrap();
    let passed = engine.rollback(None, now, &Quiet).await.unwrap();
    assert!(passed.changes().guard.approved && passed.steps.len() > 4);
    let applied = engine.apply(&passed, now, &Quiet).await.unwrap();
    assert!(applied.failed.is_empty());
    // Whoever was there before is as before; whom the run made is suspended and in no group.
    let after = house.state();
    for (id, state) in &before {
        assert_eq!(&after[id], state);
    }
    let new = after.iter().filter(|(id, _)| !before.contains_key(*id));
    for (id, (suspended, groups)) in new {
        assert!(*suspended && groups.is_empty(), "{id}");
    }
}

#[tokio::test]
async fn what_was_not_carried_out_is_not_taken_back() {
    let house = House::new(QUARRY);
    house.run().await;
    let (one, two) = (leaves(&house, 0), leaves(&house, 1));
    // The first person's change of groups fails and is not done.
    let fault = Fault::new(Service::Brivo, FaultKind::Status(400));
    let fault = fault.operation("POST /users/{id}/groups").times(1);
    house.sandbox.inject(fault);
    let applied = house.run().await;
    assert_eq!((applied.done.len(), applied.failed.len()), (1, 1));
    house.sandbox.clear_faults();
    let shown = prepared(&house, None).await.unwrap();
    assert_eq!(shown.steps.len(), 1);
    assert_eq!(shown.steps[0].subject, applied.done[0]);
    back(&house).await;
    assert!(house.opens(&one, "Quarry Lofts Residents"));
    assert!(house.opens(&two, "Quarry Lofts Residents"));
}

#[tokio::test]
async fn what_is_not_ours_stays_whoever_is_held_gets_nothing_back_and_who_has_changed_since_is_left()
 {
    let house = House::new(QUARRY);
    house.run().await;
    let (held, changed, plain) = (leaves(&house, 0), leaves(&house, 1), leaves(&house, 2));
    house.run().await;
    let now = house.sandbox.now();
    let hold = |scope| Hold::new(HoldKind::Hold, scope, now, "eviction");
    let person = HoldScope::Person(SubjectId::new(&*held));
    house.engine().hold(hold(person)).await.unwrap();
    // Somebody comes back by the source, in a run of its own.
    let lease = house.leases().into_iter().find(|it| subject(it) == changed);
    let entrata = house.sandbox.entrata();
    entrata.set_lease_status(lease.unwrap().id, LeaseStatus::Current);
    house.run().await;
    let rollbacks = house.engine().rollbacks(9).await.unwrap();
    let of = rollbacks[1].id.0;
    let shown = prepared(&house, Some(of)).await.unwrap();
    let subjects: Vec<_> = shown.steps.iter().map(|it| it.subject.as_str()).collect();
    assert_eq!(subjects, [plain.as_str()]);
    let mut left: Vec<_> = shown.left_alone.iter().collect();
    left.sort_by_key(|it| it.why);
    assert_eq!(left.len(), 2, "{left:?}");
    assert_eq!(
        (left[0].subject.as_str(), left[1].subject.as_str()),
        (&*held, &*changed)
    );
    assert!(left[0].why.contains("held") && left[1].why.contains("later run"));
    let unit = house.leases().into_iter().find(|it| subject(it) == plain);
    let unit = HoldScope::Unit(format!("entrata:unit:{}", unit.unwrap().unit_id.unwrap()));
    house.engine().hold(hold(unit)).await.unwrap();
    let shown = prepared(&house, Some(of)).await.unwrap();
    assert!(shown.steps.is_empty(), "{:?}", shown.steps);

    // A membership that a run gave, and that somebody took away and gave again by hand, is theirs.
    let house = House::new(QUARRY);
    let brivo = house.sandbox.brivo();
    house.run().await;
    let coming = house.comes();
    house.run().await;
    let user = house.user(&subject(&coming)).unwrap().id;
    let group = brivo.group_id("Quarry Lofts Residents").unwrap();
    assert!(brivo.remove_member(user, group));
    let id = house.engine().rollbacks(1).await.unwrap()[0].id.0;
    let pause = Hold::new(HoldKind::Pause, HoldScope::Account, house.sandbox.now(), "");
    house.engine().hold(pause).await.unwrap();
    house.run().await;
    assert!(brivo.add_member(user, group));
    let shown = prepared(&house, Some(id)).await.unwrap();
    let now = house.sandbox.now();
    house.engine().apply(&shown, now, &Quiet).await.unwrap();
    assert!(brivo.members(group).contains(&user));
    assert!(!house.user(&subject(&coming)).unwrap().suspended);
}

#[tokio::test]
async fn a_rollback_is_taken_back_by_its_number_and_no_run_twice() {
    let house = House::new(QUARRY);
    house.run().await;
    let who = leaves(&house, 0);
    house.run().await;
    back(&house).await;
    let all = house.engine().rollbacks(9).await.unwrap();
    assert_eq!(all.len(), 3);
    assert_eq!(all[0].takes_back, Some(all[1].id));
    assert!(all[1].done.is_some() && all[0].done.is_none());
    let again = prepared(&house, Some(all[1].id.0)).await.unwrap_err();
    assert!(again.to_string().contains("was taken back at"), "{again}");
    let unknown = prepared(&house, Some(99)).await.unwrap_err();
    assert!(matches!(unknown, EngineError::NoRollback(_)), "{unknown}");
    let redo = prepared(&house, Some(all[0].id.0)).await.unwrap();
    let now = house.sandbox.now();
    house.engine().apply(&redo, now, &Quiet).await.unwrap();
    assert!(!house.opens(&who, "Quarry Lofts Residents"));
    // Without a number: the last that is no rollback and was not taken back, here the first run.
    let first = prepared(&house, None).await.unwrap();
    assert_eq!(first.takes_back(), Some(all[2].id));
    let nothing = House::new(QUARRY);
    assert!(prepared(&nothing, None).await.is_err());
}

#[tokio::test]
async fn dates_that_a_run_moved_are_set_back() {
    let house = House::new(&format!("{QUARRY}[access]\ncredential_dates = true\n"));
    let lease = house.current(0);
    let end = |days| {
        let day = house.sandbox.now().date_naive() + TimeDelta::days(days);
        house.sandbox.entrata().edit_lease(lease.id, |it| {
            it.status = LeaseStatus::Notice;
            it.move_out = Some(day);
            it.customers[0].move_out = Some(day);
        });
    };
    end(10);
    house.run().await;
    let dates = || house.user(&subject(&lease)).unwrap().effective_to;
    let before = dates();
    end(2);
    house.run().await;
    assert_ne!(dates(), before);
    back(&house).await;
    assert_eq!(dates(), before);
}

#[tokio::test]
async fn a_rollback_that_breaks_off_at_any_step_is_finished_by_the_next() {
    for step in 0..40 {
        let house = House::new(QUARRY);
        house.run().await;
        let before = house.state();
        leaves(&house, 0);
        leaves(&house, 1);
        house.run().await;
        let ledger = Crashing::new(std::sync::Arc::clone(&house.ledger), How::After, step);
        let broken = house
            .builder(std::sync::Arc::clone(&ledger) as _)
            .worker("a");
        let broken = broken.build().unwrap();
        let now = house.sandbox.now();
        let crashed = match broken.rollback(None, now, &Quiet).await {
            Ok(shown) => broken.apply(&shown, now, &Quiet).await.is_err() || ledger.is_dead(),
            Err(_) => true,
        };
        if crashed {
            let ledger = std::sync::Arc::clone(&house.ledger);
            let next = house.builder(ledger).worker("a").build().unwrap();
            if let Ok(shown) = next.rollback(None, now, &Quiet).await {
                if shown.takes_back() == Some(RollbackId(2)) {
                    next.apply(&shown, now, &Quiet).await.unwrap();
                }
            }
        }
        assert_eq!(house.state(), before, "step {step}");
        if !crashed {
            assert!(step > 5);
            return;
        }
    }
    panic!("it never came to its end");
}
