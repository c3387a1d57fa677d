//! The one clock.

use std::fmt;
use std::time::Instant;

use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;

/// A clock and a way to sleep on it, in one trait so that the two cannot disagree.
///
/// Limiters, retries, deadlines and tokens take their time from here and from nowhere else. Tests
/// use the `VirtualTimer` of the `test-util` feature, which moves only when everybody sleeps.
///
/// ```
/// use std::time::{Duration, Instant};
/// use access_sync_http::Timer;
/// use chrono::{DateTime, Utc};
/// use futures_util::future::BoxFuture;
///
/// /// Sleeps on tokio's wheel instead of the default's helper thread.
/// #[derive(Debug)]
/// struct TokioTimer;
///
/// impl Timer for TokioTimer {
///     fn now(&self) -> Instant {
///         tokio::time::Instant::now().into_std()
///     }
///     fn wall(&self) -> DateTime<Utc> {
///         std::time::SystemTime::now().into()
///     }
///     fn sleep_until(&self, at: Instant) -> BoxFuture<'static, ()> {
///         Box::pin(tokio::time::sleep_until(at.into()))
///     }
/// }
/// ```
pub trait Timer: fmt::Debug + Send + Sync {
    /// The monotonic now.
    fn now(&self) -> Instant;

    /// The wall clock's now, in UTC. Used for dates in headers and for what outlives the process.
    fn wall(&self) -> DateTime<Utc>;

    /// Resolves at `at`, or at once where that is past.
    fn sleep_until(&self, at: Instant) -> BoxFuture<'static, ()>;
}

/// The machine's clock, sleeping by `futures-timer`: one helper thread, no runtime needed.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemTimer;

#[allow(
    clippy::disallowed_methods,
    reason = "the one place that reads the machine's clock"
)]
impl Timer for SystemTimer {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn wall(&self) -> DateTime<Utc> {
        std::time::SystemTime::now().into()
    }

    fn sleep_until(&self, at: Instant) -> BoxFuture<'static, ()> {
        let wait = at.saturating_duration_since(Instant::now());
        if wait.is_zero() {
            return Box::pin(std::future::ready(()));
        }
        Box::pin(futures_timer::Delay::new(wait))
    }
}
