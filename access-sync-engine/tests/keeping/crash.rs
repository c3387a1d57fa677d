//! A crash at every step of the journal, and the run after it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use access_sync_core::ids::TargetId;
use access_sync_engine::journal::{Entry, EntryId, Intent, Outcome};
use access_sync_engine::ledger::{
    CallCount, Fence, Hold, KeptDoor, Leased, Ledger, LedgerError, Made, MemoryLedger, PersonError,
    Rollback, Run, Seen, Update,
};
use access_sync_engine::{EngineError, Quiet};
use access_sync_sandbox::entrata::LeaseStatus;
use access_sync_sandbox::{Fault, FaultKind, Service};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};

use super::house::{House, QUARRY, run};

/// What becomes of the step at which the process ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum How {
    /// It is not kept any more.
    Before,
    /// It is kept, and nobody hears of it.
    After,
    /// It never returns, and the caller goes away.
    Dropped,
}

#[derive(Debug)]
pub struct Crashing {
    inner: Arc<dyn Ledger>,
    how: How,
    step: usize,
    steps: AtomicUsize,
    dead: AtomicBool,
    ended: tokio::sync::Notify,
}

impl Crashing {
    pub fn new(inner: Arc<dyn Ledger>, how: How, step: usize) -> Arc<Self> {
        Arc::new(Self {
            inner,
            how,
            step,
            steps: AtomicUsize::new(0),
            dead: AtomicBool::new(false),
            ended: tokio::sync::Notify::new(),
        })
    }

    pub fn is_dead(&self) -> bool {
        self.dead.load(Ordering::SeqCst)
    }

    /// Whether this step is done for good; an end of the process is an error.
    async fn step(&self) -> Result<bool, LedgerError> {
        if self.dead.load(Ordering::SeqCst) {
            return Err(crashed());
        }
        if self.steps.fetch_add(1, Ordering::SeqCst) != self.step {
            return Ok(true);
        }
        self.dead.store(true, Ordering::SeqCst);
        match self.how {
            How::Before => Err(crashed()),
            How::After => Ok(false),
            How::Dropped => {
                self.ended.notify_one();
                std::future::pending().await
            }
        }
    }
}

fn crashed() -> LedgerError {
    LedgerError::Storage("the process ended".into())
}

#[async_trait]
impl Ledger for Crashing {
    async fn lease(
        &self,
        name: &str,
        worker: Option<&str>,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Leased, LedgerError> {
        self.inner.lease(name, worker, now, until).await
    }
    async fn renew(&self, fence: &Fence, until: DateTime<Utc>) -> Result<(), LedgerError> {
        self.inner.renew(fence, until).await
    }
    async fn give_back(&self, fence: &Fence) -> Result<(), LedgerError> {
        // A process that ended gives nothing back.
        if self.dead.load(Ordering::SeqCst) {
            return Err(crashed());
        }
        self.inner.give_back(fence).await
    }
    async fn intent(&self, fence: &Fence, intent: &Intent) -> Result<EntryId, LedgerError> {
        let on = self.step().await?;
        let kept = self.inner.intent(fence, intent).await?;
        if on { Ok(kept) } else { Err(crashed()) }
    }
    async fn outcome(
        &self,
        fence: &Fence,
        entry: EntryId,
        at: DateTime<Utc>,
        outcome: &Outcome,
        updates: &[Update],
    ) -> Result<(), LedgerError> {
        let on = self.step().await?;
        self.inner
            .outcome(fence, entry, at, outcome, updates)
            .await?;
        if on { Ok(()) } else { Err(crashed()) }
    }
    async fn write(&self, fence: Option<&Fence>, updates: &[Update]) -> Result<(), LedgerError> {
        let on = self.step().await?;
        self.inner.write(fence, updates).await?;
        if on { Ok(()) } else { Err(crashed()) }
    }
    async fn open_intents(&self) -> Result<Vec<Entry>, LedgerError> {
        self.inner.open_intents().await
    }
    async fn journal(&self, count: usize) -> Result<Vec<Entry>, LedgerError> {
        self.inner.journal(count).await
    }
    async fn journal_after(&self, entry: EntryId) -> Result<Vec<Entry>, LedgerError> {
        self.inner.journal_after(entry).await
    }
    async fn rollbacks(&self, count: usize) -> Result<Vec<Rollback>, LedgerError> {
        self.inner.rollbacks(count).await
    }
    async fn doors(&self, since: DateTime<Utc>) -> Result<Vec<KeptDoor>, LedgerError> {
        self.inner.doors(since).await
    }
    async fn waiting_doors(&self) -> Result<Vec<KeptDoor>, LedgerError> {
        self.inner.waiting_doors().await
    }
    async fn made(&self) -> Result<Made, LedgerError> {
        self.inner.made().await
    }
    async fn holds(&self) -> Result<Vec<Hold>, LedgerError> {
        self.inner.holds().await
    }
    async fn seen(&self) -> Result<Vec<Seen>, LedgerError> {
        self.inner.seen().await
    }
    async fn calls(&self, since: DateTime<Utc>) -> Result<Vec<CallCount>, LedgerError> {
        self.inner.calls(since).await
    }
    async fn runs(&self, count: usize) -> Result<Vec<Run>, LedgerError> {
        self.inner.runs(count).await
    }
    async fn errors(&self) -> Result<Vec<PersonError>, LedgerError> {
        self.inner.errors().await
    }
    async fn audits(&self) -> Result<BTreeMap<TargetId, DateTime<Utc>>, LedgerError> {
        self.inner.audits().await
    }
    async fn state(&self, key: &str) -> Result<Option<String>, LedgerError> {
        self.inner.state(key).await
    }
    async fn claim(&self, key: &str, at: DateTime<Utc>) -> Result<bool, LedgerError> {
        self.inner.claim(key, at).await
    }
}

/// People are in already; now two leave, one moves, one comes.
async fn churning() -> House {
    let house = House::new(QUARRY);
    house.run().await;
    let entrata = house.sandbox.entrata();
    let leases = house.leases();
    let current: Vec<_> = leases
        .iter()
        .filter(|it| it.status == LeaseStatus::Current)
        .collect();
    assert!(current.len() >= 2);
    entrata.set_lease_status(current[0].id, LeaseStatus::Cancelled);
    let here = current[1].unit_id;
    let other = leases.iter().find(|it| it.unit_id != here).unwrap();
    entrata.edit_lease(current[1].id, |it| it.unit_id = other.unit_id);
    house.comes();
    house
}

#[tokio::test]
async fn after_a_crash_at_any_step_the_next_run_ends_as_if_there_had_been_none() {
    let straight = churning().await;
    let counting = Crashing::new(Arc::clone(&straight.ledger), How::Before, usize::MAX);
    let engine = straight.builder(counting.clone()).build().unwrap();
    assert!(run(&engine, &straight.sandbox).await.failed.is_empty());
    let expected = straight.state();
    let steps = counting.steps.load(Ordering::SeqCst);
    assert!(steps > 10, "only {steps} steps");

    for how in [How::Before, How::After, How::Dropped] {
        for step in 0..steps {
            let house = churning().await;
            let crashing = Crashing::new(Arc::clone(&house.ledger), how, step);
            let engine = house.builder(crashing.clone()).worker("w").build().unwrap();
            let now = house.sandbox.now();
            let prepared = engine.prepare(now, &Quiet).await.unwrap();
            tokio::select! {
                () = crashing.ended.notified() => {}
                ended = engine.apply(&prepared, now, &Quiet) => {
                    assert!(matches!(ended, Err(EngineError::Ledger(_))), "{how:?} {step}: {ended:?}");
                }
            }
            // The same worker comes back at once.
            let again = house.builder(Arc::clone(&house.ledger)).worker("w");
            let again = again.build().unwrap();
            let applied = run(&again, &house.sandbox).await;
            assert!(applied.failed.is_empty(), "{how:?} {step}: {applied:?}");
            assert_eq!(house.state(), expected, "{how:?} {step}");
            assert!(house.ledger.open_intents().await.unwrap().is_empty());
            // The ledger knows what is ours: nothing is left to do, and all of it can be withdrawn.
            house.sandbox.brivo().reset_calls();
            run(&again, &house.sandbox).await;
            assert_eq!(house.writes(), [""; 0], "{how:?} {step}");
            let known = house.ledger.made().await.unwrap();
            let there = expected
                .iter()
                .filter(|(id, _)| id.starts_with("access-sync:"))
                .map(|(_, (_, groups))| groups.len())
                .sum::<usize>();
            assert_eq!(known.memberships.len(), there, "{how:?} {step}");
        }
    }
}

#[tokio::test]
async fn what_was_given_before_a_crash_stays_though_a_list_has_lost_rows_since() {
    let straight = House::new(QUARRY);
    let counting = Crashing::new(Arc::clone(&straight.ledger), How::Before, usize::MAX);
    let engine = straight.builder(counting.clone()).build().unwrap();
    assert!(run(&engine, &straight.sandbox).await.failed.is_empty());
    for step in 0..counting.steps.load(Ordering::SeqCst) {
        let house = House::new(QUARRY);
        let crashing = Crashing::new(Arc::clone(&house.ledger), How::After, step);
        let engine = house.builder(crashing).worker("w").build().unwrap();
        let now = house.sandbox.now();
        let prepared = engine.prepare(now, &Quiet).await.unwrap();
        engine.apply(&prepared, now, &Quiet).await.unwrap_err();
        let before = house.state();
        // A list of units has no total to tell by.
        let short = Fault::new(Service::Entrata, FaultKind::ShortPage { missing: 99 });
        house.sandbox.inject(short.operation("getPropertyUnits"));
        let again = house.builder(Arc::clone(&house.ledger)).worker("w");
        run(&again.build().unwrap(), &house.sandbox).await;
        let after = house.state();
        for (id, (_, groups)) in before {
            assert!(groups.is_subset(&after[&id].1), "step {step}: {id}");
        }
    }
}

#[tokio::test]
async fn a_worker_without_a_name_waits_until_the_dead_one_s_lease_has_run_out() {
    let house = churning().await;
    let crashing = Crashing::new(Arc::clone(&house.ledger), How::Before, 3);
    let engine = house.builder(crashing).build().unwrap();
    let now = house.sandbox.now();
    let prepared = engine.prepare(now, &Quiet).await.unwrap();
    engine.apply(&prepared, now, &Quiet).await.unwrap_err();
    let again = house.engine();
    let prepared = again.prepare(now, &Quiet).await.unwrap();
    let refused = again.apply(&prepared, now, &Quiet).await;
    assert!(
        matches!(refused, Err(EngineError::Busy { .. })),
        "{refused:?}"
    );
    house.sandbox.advance(TimeDelta::minutes(3));
    assert!(house.run().await.failed.is_empty());
}

#[tokio::test]
async fn of_two_engines_on_one_account_the_second_waits_or_reads_again() {
    let house = House::new(QUARRY);
    let (one, two) = (house.engine(), house.engine());
    let now = house.sandbox.now();
    let first = one.prepare(now, &Quiet).await.unwrap();
    let second = two.prepare(now, &Quiet).await.unwrap();
    let (a, b) = tokio::join!(
        one.apply(&first, now, &Quiet),
        two.apply(&second, now, &Quiet)
    );
    let refused = match (a, b) {
        (Ok(done), Err(refused)) | (Err(refused), Ok(done)) => {
            assert!(done.failed.is_empty() && !done.done.is_empty());
            refused
        }
        other => panic!("{other:?}"),
    };
    assert!(
        matches!(refused, EngineError::Busy { .. } | EngineError::Stale(_)),
        "{refused}"
    );
    house.state();
    assert!(run(&two, &house.sandbox).await.done.is_empty());
}

#[tokio::test]
async fn a_plain_ledger_and_a_file_come_to_the_same() {
    let memory = churning().await;
    memory.run().await;
    let mut file = House::new(QUARRY);
    file.ledger = Arc::new(access_sync_engine::ledger::SqliteLedger::in_memory().unwrap());
    file.run().await;
    let ledger = Arc::new(MemoryLedger::default()) as Arc<dyn Ledger>;
    assert!(ledger.made().await.unwrap().is_empty());
    let first = House::new(QUARRY);
    first.run().await;
    let (a, b) = (first.ledger.made().await, file.ledger.made().await);
    assert_eq!(a.unwrap().memberships, b.unwrap().memberships);
    assert_eq!(first.state(), file.state());
}
