//! For tests without a network and without waiting.

mod cassette;
mod mock;

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;

use crate::Timer;

pub use cassette::{Cassette, Exchange, Mask, Player, Recorder};
pub use mock::MockTransport;

/// A clock that moves only when it is told to, or when everybody sleeps.
///
/// [`VirtualTimer::block_on`] runs a future and jumps to the next waking time whenever nothing else
/// can go on: hours pass in microseconds, in the same order every time.
#[derive(Clone)]
pub struct VirtualTimer(Arc<Mutex<Clock>>);

struct Clock {
    start: Instant,
    wall_start: DateTime<Utc>,
    elapsed: Duration,
    sleeps: u64,
    sleepers: BTreeMap<(Instant, u64), Waker>,
}

impl VirtualTimer {
    /// A clock that stands at `wall`.
    #[must_use]
    pub fn new(wall: DateTime<Utc>) -> Self {
        // The one reading of the machine's clock is a label: only differences are ever used.
        let start = crate::SystemTimer.now();
        Self(Arc::new(Mutex::new(Clock {
            start,
            wall_start: wall,
            elapsed: Duration::ZERO,
            sleeps: 0,
            sleepers: BTreeMap::new(),
        })))
    }

    /// Moves the clock and wakes whoever slept until then.
    pub fn advance(&self, by: Duration) {
        let due = {
            let mut clock = self.lock();
            clock.elapsed += by;
            clock.due()
        };
        due.into_iter().for_each(Waker::wake);
    }

    /// Since the clock was made.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.lock().elapsed
    }

    /// How many sleeps were begun.
    #[must_use]
    pub fn sleeps(&self) -> u64 {
        self.lock().sleeps
    }

    /// Runs `future` to its end, jumping over every sleep.
    ///
    /// # Panics
    /// Where the future waits for something other than this clock: the test would hang.
    #[allow(
        clippy::panic,
        reason = "a test that hangs tells less than one that fails"
    )]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        let woken = Arc::new(Woken(AtomicBool::new(true)));
        let waker = Waker::from(Arc::clone(&woken));
        let mut context = Context::from_waker(&waker);
        loop {
            while woken.0.swap(false, Ordering::AcqRel) {
                if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
                    return output;
                }
            }
            let due = {
                let mut clock = self.lock();
                let Some(&(at, _)) = clock.sleepers.keys().next() else {
                    panic!("the future waits for something other than the virtual clock");
                };
                clock.elapsed = clock.elapsed.max(at.saturating_duration_since(clock.start));
                clock.due()
            };
            due.into_iter().for_each(Waker::wake);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Clock> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock {
    fn now(&self) -> Instant {
        self.start + self.elapsed
    }

    /// Takes out whose time has come.
    fn due(&mut self) -> Vec<Waker> {
        let later = self.sleepers.split_off(&(self.now(), u64::MAX));
        std::mem::replace(&mut self.sleepers, later)
            .into_values()
            .collect()
    }
}

impl fmt::Debug for VirtualTimer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VirtualTimer")
            .field("elapsed", &self.elapsed())
            .finish_non_exhaustive()
    }
}

impl Timer for VirtualTimer {
    fn now(&self) -> Instant {
        self.lock().now()
    }

    fn wall(&self) -> DateTime<Utc> {
        let clock = self.lock();
        let since = TimeDelta::from_std(clock.elapsed).unwrap_or(TimeDelta::MAX);
        clock
            .wall_start
            .checked_add_signed(since)
            .unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    fn sleep_until(&self, at: Instant) -> BoxFuture<'static, ()> {
        let mut clock = self.lock();
        clock.sleeps += 1;
        let id = clock.sleeps;
        drop(clock);
        Box::pin(Sleep {
            timer: self.clone(),
            at,
            id,
        })
    }
}

struct Sleep {
    timer: VirtualTimer,
    at: Instant,
    id: u64,
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.timer.lock().sleepers.remove(&(self.at, self.id));
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut clock = self.timer.lock();
        if clock.now() >= self.at {
            return Poll::Ready(());
        }
        let waker = context.waker().clone();
        clock.sleepers.insert((self.at, self.id), waker);
        Poll::Pending
    }
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Release);
    }
}
