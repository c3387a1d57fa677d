use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

/// The sandbox's time, which the caller moves.
///
/// Token expiry, `UpdatedOn` stamps and rate-limit windows all follow it. It never reads the
/// machine's wall clock: a [`ticking_from`](Clock::ticking_from) clock advances with tokio's
/// monotonic clock (and so stands still under `tokio::time::pause`).
#[derive(Clone)]
pub struct Clock(Arc<Mutex<Inner>>);

struct Inner {
    base: DateTime<Utc>,
    since: Option<Instant>,
}

impl Clock {
    /// A clock that stands at `instant` until it is set or advanced.
    pub fn frozen(instant: DateTime<Utc>) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            base: instant,
            since: None,
        })))
    }

    /// A clock that starts at `instant` and then runs at the ordinary pace.
    pub fn ticking_from(instant: DateTime<Utc>) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            base: instant,
            since: Some(Instant::now()),
        })))
    }

    /// Lets the clock run from where it is, or stand still.
    pub fn tick(&self, ticking: bool) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.base = inner.now();
        inner.since = ticking.then(Instant::now);
    }

    /// Whether the clock runs by itself.
    pub fn is_ticking(&self) -> bool {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.since.is_some()
    }

    /// The sandbox's present instant.
    pub fn now(&self) -> DateTime<Utc> {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.now()
    }

    /// Moves the clock to `instant`, forwards or backwards.
    pub fn set(&self, instant: DateTime<Utc>) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.base = instant;
        inner.since = inner.since.map(|_| Instant::now());
    }

    /// Moves the clock by `span`.
    pub fn advance(&self, span: TimeDelta) {
        let to = self.now().checked_add_signed(span);
        self.set(to.unwrap_or(DateTime::<Utc>::MAX_UTC));
    }
}

impl Inner {
    fn now(&self) -> DateTime<Utc> {
        let elapsed = self
            .since
            .and_then(|since| TimeDelta::from_std(since.elapsed()).ok())
            .unwrap_or_default();
        self.base
            .checked_add_signed(elapsed)
            .unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.now()).finish()
    }
}
