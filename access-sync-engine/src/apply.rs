//! Carrying changes out, a person at a time.

mod person;

use access_sync_core::ids::SubjectId;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt as _, stream};

use crate::ledger::{PersonError, Run, RunResult, Update};
use crate::session::Session;
use crate::steps::PersonSteps;
use crate::{Engine, EngineError, Prepared, Progress, Stage};

/// What came of a run.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Applied {
    /// People whose changes were carried out, and the answers show it.
    pub done: Vec<SubjectId>,
    /// When each of them was done, and when it was due.
    pub changed: Vec<Changed>,
    /// People whose changes were not, or not all. The next run takes them up again.
    pub failed: Vec<Failure>,
    /// People whose grants wait, since the calls left are kept for taking access away.
    pub postponed: Vec<SubjectId>,
}

/// When a person's change was carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Changed {
    /// Whose.
    pub subject: SubjectId,
    /// When it should have happened, where a window tells.
    pub due: Option<DateTime<Utc>>,
    /// Whether it only took away.
    pub takes: bool,
    /// When the last of its calls had been answered.
    pub at: DateTime<Utc>,
}

/// One person's change that failed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Failure {
    /// Whose.
    pub subject: SubjectId,
    /// Why.
    pub error: EngineError,
}

/// People being changed at once. The limiter, not this, decides the rate.
const AT_ONCE: usize = 8;
/// Doors and records move on; what was prepared longer ago than this is prepared anew.
const FRESH: TimeDelta = TimeDelta::minutes(15);

impl Engine {
    /// Carries a prepared run out: first everybody who only loses access, then the others by when
    /// their access was due. One person's failure stops nobody else; a ledger that cannot be written
    /// stops everything.
    ///
    /// # Errors
    /// [`EngineError::Stale`] where `now` is more than fifteen minutes from the instant that it was
    /// prepared for, or somebody has written since; [`EngineError::Busy`] where another engine is at
    /// work; [`EngineError::Ledger`]. Failures of single people are in [`Applied::failed`].
    pub async fn apply(
        &self,
        prepared: &Prepared,
        now: DateTime<Utc>,
        progress: &dyn Progress,
    ) -> Result<Applied, EngineError> {
        if now.signed_duration_since(prepared.now).abs() > FRESH {
            return Err(EngineError::Stale(
                "it was prepared for another time".into(),
            ));
        }
        let digest = prepared.changes().digest().to_string();
        let session = Session::open(self, digest.clone(), now).await?;
        let result = self.apply_in(&session, prepared, progress).await;
        if let Err(error) = &result {
            let mut run = Run::new(prepared.now, digest);
            run.ended = session.now();
            run.result = RunResult::Stopped(error.to_string());
            let updates = self.counted(session.now(), vec![Update::Run(run)]);
            // The first error is the one that matters.
            let _ = self.ledger.write(None, &updates).await;
        }
        let closed = session.close().await;
        let applied = result?;
        closed?;
        Ok(applied)
    }

    async fn apply_in(
        &self,
        session: &Session<'_>,
        prepared: &Prepared,
        progress: &dyn Progress,
    ) -> Result<Applied, EngineError> {
        let open = self.ledger.open_intents().await?;
        if !open.is_empty() || self.head().await? != prepared.head {
            return Err(EngineError::Stale(
                "something was written since it was made".into(),
            ));
        }
        // What was seen, too, before anybody is let in: after a crash, a list that lost a row would
        // otherwise find a membership of ours that nothing was ever known to entitle to.
        let mut updates = prepared.corrections.clone();
        if !prepared.steps.is_empty() {
            updates.push(Update::Rollback(prepared.rollback_to_keep()));
        }
        self.ledger.write(Some(&session.fence), &updates).await?;
        let made = self.ledger.made().await?;
        let mut applied = Applied::default();
        for blocked in &prepared.blocked {
            applied.failed.push(blocked.clone());
        }
        let total = prepared.steps.len();
        progress.at(Stage::Applying, 0, total);
        let (takes, gives): (Vec<_>, Vec<_>) =
            prepared.steps.iter().partition(|person| person.takes);
        let gives = self.affordable(prepared, &takes, gives, &mut applied);
        for phase in [takes, gives] {
            let made = &made;
            // Futures first, then the stream: a stream that maps borrowed items keeps the whole from
            // being spawned.
            let mut futures = Vec::with_capacity(phase.len());
            for person in phase {
                futures.push(async move {
                    if progress.stopped() {
                        return None;
                    }
                    let outcome = self.person(session, prepared, made, person).await;
                    Some((person, outcome))
                });
            }
            let mut running = stream::iter(futures).buffer_unordered(AT_ONCE);
            while let Some(answer) = running.next().await {
                let Some((person, outcome)) = answer else {
                    continue;
                };
                match outcome {
                    Ok(()) => {
                        applied.done.push(person.subject.clone());
                        applied.changed.push(Changed {
                            subject: person.subject.clone(),
                            due: person.due,
                            takes: person.takes,
                            at: session.now(),
                        });
                    }
                    // Without a ledger nothing may be sent, for nobody.
                    Err(error @ EngineError::Ledger(_)) => return Err(error),
                    Err(error) => applied.failed.push(Failure {
                        subject: person.subject.clone(),
                        error,
                    }),
                }
                progress.at(
                    Stage::Applying,
                    applied.done.len() + applied.failed.len(),
                    total,
                );
            }
        }
        applied.done.sort();
        applied.failed.sort_by(|a, b| a.subject.cmp(&b.subject));
        let updates = self.summary(session, prepared, &applied).await?;
        self.ledger.write(Some(&session.fence), &updates).await?;
        Ok(applied)
    }

    /// Grants that the calls left allow once everything that takes access away has had its share.
    fn affordable<'p>(
        &self,
        prepared: &'p Prepared,
        takes: &[&'p PersonSteps],
        gives: Vec<&'p PersonSteps>,
        applied: &mut Applied,
    ) -> Vec<&'p PersonSteps> {
        let Some(left) = prepared.calls.left_after_reserve() else {
            return gives;
        };
        let mut left = left.saturating_sub(takes.iter().map(|person| person.calls()).sum());
        let mut affordable = Vec::with_capacity(gives.len());
        for person in gives {
            match left.checked_sub(person.calls()) {
                Some(rest) => {
                    left = rest;
                    affordable.push(person);
                }
                None => applied.postponed.push(person.subject.clone()),
            }
        }
        affordable
    }

    async fn summary(
        &self,
        session: &Session<'_>,
        prepared: &Prepared,
        applied: &Applied,
    ) -> Result<Vec<Update>, EngineError> {
        let now = session.now();
        let mut updates = Vec::new();
        let before = self.ledger.errors().await?;
        let whole = prepared.takes_back.is_none();
        let all_done = applied.done.len() == prepared.steps.len();
        if let Some(id) = prepared
            .takes_back
            .filter(|_| all_done && prepared.is_let_pass())
        {
            updates.push(Update::RolledBack { id, at: now });
        }
        // A rollback says nothing of whom it does not change.
        for error in before.into_iter().filter(|_| whole) {
            let failed = applied.failed.iter().any(|it| it.subject == error.subject);
            if !failed && !applied.postponed.contains(&error.subject) {
                updates.push(Update::PersonOk(error.subject));
            }
        }
        for failure in &applied.failed {
            let error = PersonError::new(failure.subject.clone(), now, failure.error.to_string());
            updates.push(Update::PersonError(error));
        }
        let mut run = Run::new(prepared.now, prepared.changes().digest().to_string());
        let count = |it: usize| u64::try_from(it).unwrap_or(u64::MAX);
        run.ended = now;
        run.done = count(applied.done.len());
        run.failed = count(applied.failed.len());
        run.withheld = count(prepared.changes().withheld.len());
        run.unverified = count(prepared.unverified.len());
        run.findings = count(
            prepared.plan().findings().len()
                + prepared.changes().findings.len()
                + prepared.notes().len(),
        );
        // The plan of a rollback is of this moment alone.
        let plan = Some(prepared.plan()).filter(|_| whole);
        run.next_transition = plan
            .and_then(|plan| plan.next_transition(prepared.now))
            .map(|it| it.at);
        updates.push(Update::Run(run));
        Ok(self.counted(now, updates))
    }

    /// Adds the calls made since the last time, and lets what is too old go.
    pub(crate) fn counted(&self, now: DateTime<Utc>, mut updates: Vec<Update>) -> Vec<Update> {
        let ago = |days| now.checked_sub_signed(TimeDelta::days(days)).unwrap_or(now);
        if let Some(meter) = &self.meter {
            updates.extend(meter.take(now));
        }
        for (name, limiter) in &self.limiters {
            updates.push(Update::State {
                key: format!("limiter:{name}"),
                value: serde_json::to_string(&limiter.export()).ok(),
            });
        }
        updates.push(Update::ForgetCallsBefore(ago(32)));
        updates.push(Update::ForgetClaimsBefore(ago(32)));
        updates.push(Update::ForgetDoorsBefore(ago(32)));
        updates.push(Update::ForgetRollbacksBefore(ago(90)));
        updates.push(Update::ForgetJournalBefore(ago(400)));
        updates
    }
}
