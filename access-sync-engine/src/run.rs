//! The loop: sleeps until something is due, looks, and puts the doors right.
//!
//! ```no_run
//! # #[cfg(all(feature = "brivo", feature = "entrata"))]
//! # async fn start(
//! #     brivo: brivo_api::BrivoClient,
//! #     entrata: entrata_api::EntrataClient,
//! #     mapping: access_sync_engine::Mapping,
//! # ) -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//! use access_sync_engine::access::brivo::BrivoAccess;
//! use access_sync_engine::run::{Remembered, SyncLoop};
//! use access_sync_engine::source::entrata::EntrataSource;
//! use access_sync_engine::Engine;
//! use access_sync_http::SystemTimer;
//!
//! let entrata = Remembered::new(EntrataSource::new(entrata, &mapping));
//! let engine = Engine::builder(BrivoAccess::new(brivo), &mapping)
//!     .source(entrata.clone())
//!     .build()?;
//! let sync = SyncLoop::builder(engine, Arc::new(SystemTimer)).source(entrata).build();
//! let handle = sync.handle(); // for hints, status() and stop(), from any thread
//! sync.run().await;
//! # let _ = handle;
//! # Ok(())
//! # }
//! ```

mod feeds;
mod inbox;
mod log;
mod options;
mod remembered;
mod status;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use access_sync_core::ids::SubjectId;
use access_sync_http::Timer;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::{Either, select};
use futures_util::pin_mut;

use crate::events::{Hint, Poller};
use crate::presence::Presence;
use crate::{Applied, Engine, EngineError, Prepared, Progress, Stage};

pub use inbox::LoopHandle;
use inbox::Shared;
pub use options::LoopOptions;
pub use remembered::Remembered;
pub use status::{
    Activity, Health, NextTransition, PersonTrouble, SourceHealth, Status, WithheldChanges,
};

/// Keeps the doors in step until it is stopped.
///
/// It sleeps until the next change that the plan knows, a hint, a poll, or a source that is to be
/// read again, whichever is first. A source that fails is asked again with growing waits, and what
/// the clock alone brings goes on from what it said last ([`Remembered`]): a stay that ends ends. A
/// person whose change fails is tried again with growing waits and stops nobody else.
pub struct SyncLoop {
    engine: Engine,
    timer: Arc<dyn Timer>,
    options: LoopOptions,
    sources: Vec<Remembered>,
    pollers: Vec<Arc<dyn Poller>>,
    presence: Option<Presence>,
    budget: Option<Budget>,
    shared: Arc<Shared>,
    due: Mutex<Due>,
}

type Budget = Box<dyn Fn() -> Option<u64> + Send + Sync>;

/// Builds a [`SyncLoop`].
#[derive(Debug)]
pub struct LoopBuilder(SyncLoop);

/// What is due when.
#[derive(Debug, Default)]
struct Due {
    /// The next change that the plan knows.
    transition: Option<DateTime<Utc>>,
    /// The next run in any case.
    run: Option<DateTime<Utc>>,
    /// Nothing before this: the access-control system does not answer.
    not_before: Option<DateTime<Utc>>,
    failures: u32,
    /// By the poller's place.
    feeds: BTreeMap<usize, feeds::Feed>,
    /// Nobody is told of comings and goings before this: the last try failed.
    presence_at: Option<DateTime<Utc>>,
    people: BTreeMap<SubjectId, PersonTrouble>,
}

impl LoopBuilder {
    /// A source that the engine reads too, so that hints can make it be read anew. Give the engine a
    /// clone.
    #[must_use]
    pub fn source(mut self, source: Remembered) -> Self {
        self.0.sources.push(source);
        self
    }

    /// A feed of events to be asked from time to time.
    #[must_use]
    pub fn poller(mut self, poller: impl Poller + 'static) -> Self {
        self.0.pollers.push(Arc::new(poller));
        self
    }

    /// Tells the source who is in, by what happens at doors: those that a [`Poller`] or a webhook
    /// ([`LoopHandle::take`]) tells of. Each event is kept in the engine's ledger first, and told
    /// once, also over restarts and with several workers on one ledger.
    #[must_use]
    pub fn presence(mut self, presence: Presence) -> Self {
        self.0.presence = Some(presence);
        self
    }

    /// How many calls are left of the account's allowance, for the status; by the ledger unless told
    /// otherwise.
    #[must_use]
    pub fn budget(mut self, left: impl Fn() -> Option<u64> + Send + Sync + 'static) -> Self {
        self.0.budget = Some(Box::new(left));
        self
    }

    /// Other times than the default ones.
    #[must_use]
    pub fn options(mut self, options: LoopOptions) -> Self {
        self.0.options = options;
        self
    }

    /// The loop.
    #[must_use]
    pub fn build(self) -> SyncLoop {
        for source in &self.0.sources {
            source.pace(&self.0.options);
        }
        self.0
    }
}

impl SyncLoop {
    /// A loop around an engine. All time is the timer's.
    #[must_use]
    pub fn builder(engine: Engine, timer: Arc<dyn Timer>) -> LoopBuilder {
        LoopBuilder(Self {
            engine,
            timer,
            options: LoopOptions::default(),
            sources: Vec::new(),
            pollers: Vec::new(),
            presence: None,
            budget: None,
            shared: Arc::new(Shared::default()),
            due: Mutex::new(Due::default()),
        })
    }

    /// A handle for whoever has hints, wants to know how things are, or wants the loop to end.
    #[must_use]
    pub fn handle(&self) -> LoopHandle {
        LoopHandle::new(Arc::clone(&self.shared), Arc::clone(&self.timer))
    }

    /// Runs until [`LoopHandle::stop`]. What is being done to a person then is brought to its end;
    /// reading is given up.
    ///
    /// Dropping the future instead is safe too: the journal knows what was under way, and the next
    /// run settles it by reading.
    pub async fn run(&self) -> Status {
        while !self.shared.is_stopped() {
            let now = self.timer.wall();
            self.poll(now).await;
            if self.shared.is_stopped() {
                break;
            }
            self.tell_presence().await;
            if self.is_due(now) {
                self.sync(now).await;
                self.tell_presence().await;
            }
            self.sleep().await;
        }
        self.status(|status| status.activity = Activity::Stopped);
        self.shared.status()
    }

    /// Whether there is to be a run now.
    fn is_due(&self, now: DateTime<Utc>) -> bool {
        self.next_run(now).is_some_and(|at| at <= now)
    }

    /// When the next run is to be, as far as is known now; none is never by itself.
    fn next_run(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let due = self.due();
        let Some(in_any_case) = due.run else {
            return Some(due.not_before.unwrap_or(now)); // the first
        };
        let hints = self.shared.hints_since();
        let hints = hints.and_then(|at| at.checked_add_signed(self.options.debounce));
        let sources = self.sources.iter().filter_map(|it| it.due_at(now)).min();
        let people = due.people.values().map(|it| it.retry_at).min();
        let all = [due.transition, Some(in_any_case), hints, sources, people];
        let first = all.into_iter().flatten().min()?;
        Some(due.not_before.map_or(first, |at| at.max(first)))
    }

    async fn sleep(&self) {
        let now = self.timer.wall();
        let polls = self.due().feeds.values().map(|feed| feed.at).min();
        let presence = self.due().presence_at;
        let next = [self.next_run(now), polls, presence];
        let next = next.into_iter().flatten().min();
        self.status(|status| {
            status.next_wake = next;
            if status.activity != Activity::Failing {
                status.activity = Activity::Idle;
            }
        });
        // Clocks are set and machines sleep: look at the clock again from time to time.
        let longest = TimeDelta::minutes(5);
        let wait = next.map_or(longest, |at| at.signed_duration_since(now).min(longest));
        let Ok(wait) = wait.to_std() else {
            return;
        };
        let Some(until) = self.timer.now().checked_add(wait) else {
            return;
        };
        let woken = self.shared.woken();
        pin_mut!(woken);
        select(self.timer.sleep_until(until), woken).await;
    }

    /// One run: read what is to be read, compare, put right.
    async fn sync(&self, now: DateTime<Utc>) {
        let hints = self.shared.take();
        for source in &self.sources {
            source.hint(hints.iter().cloned());
        }
        let progress = Watched(&self.shared);
        self.status(|status| status.activity = Activity::Reading);
        let prepared = {
            let reading = self.engine.prepare(now, &progress);
            let stopped = self.shared.stopped();
            pin_mut!(reading, stopped);
            match select(reading, stopped).await {
                Either::Left((prepared, _)) => prepared,
                Either::Right(_) => {
                    // Nothing was begun; the hints are for whoever runs next.
                    self.shared.put(hints, now);
                    return;
                }
            }
        };
        let outcome = match prepared {
            Ok(prepared) => {
                self.status(|status| status.activity = Activity::Applying);
                let at = self.timer.wall();
                let applied = self.engine.apply(&prepared, at, &progress).await;
                self.after(&prepared, applied)
            }
            Err(error) => Err(error),
        };
        if let Err(error) = outcome {
            self.failed(&error, hints);
        }
        let at = self.timer.wall();
        let people: Vec<_> = self.due().people.values().cloned().collect();
        let calls_left = match &self.budget {
            Some(left) => left(),
            None => self.engine.calls_left(at).await,
        };
        self.status(|status| {
            status.runs += 1;
            status.sources = self.sources.iter().map(|it| it.health(at)).collect();
            status.calls_left = calls_left;
            status.people = people;
        });
    }

    fn after(
        &self,
        prepared: &Prepared,
        applied: Result<Applied, EngineError>,
    ) -> Result<(), EngineError> {
        let applied = applied?;
        let now = self.timer.wall();
        let next = prepared.plan().next_transition(prepared.now);
        let mut due = self.due();
        due.failures = 0;
        due.not_before = None;
        due.run = Some(later(now, self.options.every));
        due.transition = next.as_ref().map(|next| next.at);
        let mut troubled = BTreeMap::new();
        for failure in &applied.failed {
            let before = due.people.remove(&failure.subject);
            let attempts = before
                .as_ref()
                .map_or(0, |it| it.attempts)
                .saturating_add(1);
            let trouble = PersonTrouble {
                subject: failure.subject.clone(),
                error: failure.error.to_string(),
                attempts,
                since: before.map_or(now, |it| it.since),
                retry_at: later(now, self.options.wait(attempts)),
            };
            log::person(&trouble);
            troubled.insert(failure.subject.clone(), trouble);
        }
        due.people = troubled;
        drop(due);
        log::run(prepared, &applied);
        self.status(|status| status.ran(prepared, &applied, now));
        Ok(())
    }

    /// Nothing could be compared or written at all. The hints stay.
    fn failed(&self, error: &EngineError, hints: BTreeSet<Hint>) {
        let now = self.timer.wall();
        let mut due = self.due();
        due.failures = due.failures.saturating_add(1);
        let wait = later(now, self.options.wait(due.failures));
        let retry_at = match error {
            // Another worker is at it: soon enough, but not before it can be done.
            EngineError::Busy { until, .. } => {
                due.failures = 0;
                (*until).max(later(now, self.options.backoff))
            }
            // Something was written in between: look again.
            EngineError::Stale(_) if due.failures < 3 => later(now, self.options.debounce),
            _ => wait,
        };
        due.not_before = Some(retry_at);
        let failures = due.failures;
        drop(due);
        log::failed(error, failures);
        self.shared.put(hints, now);
        self.status(|status| {
            status.activity = Activity::Failing;
            status.access.failures = failures;
            status.access.error = Some(error.to_string());
            status.access.retry_at = Some(retry_at);
        });
    }

    fn due(&self) -> MutexGuard<'_, Due> {
        self.due.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn status(&self, change: impl FnOnce(&mut Status)) {
        self.shared.edit(change);
    }
}

impl fmt::Debug for SyncLoop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SyncLoop")
            .field("options", &self.options)
            .field("sources", &self.sources)
            .field("pollers", &self.pollers)
            .finish_non_exhaustive()
    }
}

/// Tells the status how far a run got, and the run that it is to end.
#[derive(Debug)]
struct Watched<'a>(&'a Shared);

impl Progress for Watched<'_> {
    fn at(&self, stage: Stage<'_>, done: usize, total: usize) {
        if stage == Stage::Applying {
            self.0.edit(|status| status.applying = Some((done, total)));
        }
    }

    fn stopped(&self) -> bool {
        self.0.is_stopped()
    }
}

fn later(at: DateTime<Utc>, wait: TimeDelta) -> DateTime<Utc> {
    at.checked_add_signed(wait)
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}
