//! What others say to the loop, and what it says to them.

use std::collections::BTreeSet;
use std::fmt;
use std::future::{Future, poll_fn};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use access_sync_http::Timer;
use chrono::{DateTime, Utc};
use futures_util::task::AtomicWaker;

use super::Status;
use crate::events::{DoorEvent, Hint, Received};

/// A loop's handle: cheap to clone, for any thread.
#[derive(Clone)]
pub struct LoopHandle {
    shared: Arc<Shared>,
    timer: Arc<dyn Timer>,
}

impl LoopHandle {
    pub(super) fn new(shared: Arc<Shared>, timer: Arc<dyn Timer>) -> Self {
        Self { shared, timer }
    }

    /// Says what may be different. Hints that come close together are looked at in one run.
    pub fn hint(&self, hints: impl IntoIterator<Item = Hint>) {
        self.shared.put(hints, self.timer.wall());
    }

    /// Takes all that a delivery brought: hints, and who went through which door.
    pub fn take(&self, received: Received) {
        self.hint(received.hints);
        if !received.doors.is_empty() {
            self.shared.put_doors(received.doors);
            self.shared.wake();
        }
    }

    /// Ends the loop: whoever is being changed is finished, nobody else is begun.
    pub fn stop(&self) {
        self.shared.stop.store(true, Ordering::Release);
        self.shared
            .edit(|status| status.activity = super::Activity::Stopping);
        self.shared.wake();
    }

    /// How things are now.
    #[must_use]
    pub fn status(&self) -> Status {
        let now = self.timer.wall();
        let mut status = self.shared.status();
        status.asked_at = Some(now);
        status.lag_seconds = status.late_since.map_or(0, |since| {
            now.signed_duration_since(since).num_seconds().max(0)
        });
        status
    }
}

impl fmt::Debug for LoopHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoopHandle").finish_non_exhaustive()
    }
}

#[derive(Default)]
pub(super) struct Shared {
    inbox: Mutex<Inbox>,
    status: Mutex<Status>,
    stop: AtomicBool,
    waker: AtomicWaker,
}

#[derive(Default)]
struct Inbox {
    hints: BTreeSet<Hint>,
    since: Option<DateTime<Utc>>,
    doors: Vec<DoorEvent>,
    woken: bool,
}

/// So many entries wait at most for the source that is to hear of them; the oldest give way.
const DOORS: usize = 10_000;

impl Shared {
    pub(super) fn put(&self, hints: impl IntoIterator<Item = Hint>, now: DateTime<Utc>) {
        let mut inbox = self.inbox();
        inbox.hints.extend(hints);
        if inbox.hints.is_empty() {
            return;
        }
        inbox.since = inbox.since.or(Some(now));
        drop(inbox);
        self.wake();
    }

    pub(super) fn put_doors(&self, doors: impl IntoIterator<Item = DoorEvent>) {
        let mut inbox = self.inbox();
        inbox.doors.extend(doors);
        let excess = inbox.doors.len().saturating_sub(DOORS);
        inbox.doors.drain(..excess);
    }

    pub(super) fn take(&self) -> BTreeSet<Hint> {
        let mut inbox = self.inbox();
        inbox.since = None;
        std::mem::take(&mut inbox.hints)
    }

    pub(super) fn take_doors(&self) -> Vec<DoorEvent> {
        std::mem::take(&mut self.inbox().doors)
    }

    pub(super) fn hints_since(&self) -> Option<DateTime<Utc>> {
        self.inbox().since
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    pub(super) fn status(&self) -> Status {
        self.lock_status().clone()
    }

    pub(super) fn edit(&self, change: impl FnOnce(&mut Status)) {
        change(&mut self.lock_status());
    }

    fn wake(&self) {
        self.inbox().woken = true;
        self.waker.wake();
    }

    /// Resolves once something has come in.
    pub(super) fn woken(&self) -> impl Future<Output = ()> + '_ {
        poll_fn(|context| {
            self.waker.register(context.waker());
            if std::mem::take(&mut self.inbox().woken) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
    }

    /// Resolves once the loop is to end.
    pub(super) fn stopped(&self) -> impl Future<Output = ()> + '_ {
        poll_fn(|context| {
            self.waker.register(context.waker());
            if self.is_stopped() {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
    }

    fn inbox(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_status(&self) -> MutexGuard<'_, Status> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}
