//! The in-process limiter.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;

use super::queues::{Queues, nanos};
use super::{LimitError, LimiterState, Permit, RateLimiter, Scope, Signal};
use crate::{SystemTimer, Timer};

/// So many calls in any period of this length (a sliding window, not one that starts on the hour).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Calls allowed.
    pub limit: u64,
    /// In any stretch of this length.
    pub period: Duration,
}

impl Window {
    /// `limit` calls in any stretch of `period`.
    #[must_use]
    pub const fn new(limit: u64, period: Duration) -> Self {
        Self { limit, period }
    }
}

/// Which calls share a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Per {
    /// All calls of the tenant.
    Tenant,
    /// Each class of calls by itself.
    Class,
    /// Only calls of this class.
    Only(&'static str),
}

/// A queue and its windows. A call passes through every lane that fits it, in the order given, and
/// waits at most once in each; narrow lanes go first, so that a crowd of writes that waits for its
/// own limit does not hold up reads.
#[derive(Clone, Debug)]
pub struct LaneRule {
    pub(super) per: Per,
    pub(super) windows: Vec<Window>,
}

/// A limiter for one process: reserves, first come first served, any number of windows.
///
/// - A call's slot is planned when it arrives, and it sleeps once, until then. Its plan moves only
///   where something else does: a server's pause, the server's own count, a caller that leaves (the
///   others move up).
/// - After a throttle nobody goes out before the server's delay has passed; then calls go out at
///   seven tenths of the rate, which grows back by a twentieth per second. This also finds the rate
///   of a server whose quota nobody knows: a lane without windows is unlimited until the first
///   throttle.
/// - Windows slide: no stretch of a window's length ever holds more calls than its limit, by this
///   process's clock. Configure a little less than the documented limit, as the way to the server
///   does not take the same time for each call.
///
/// ```
/// use std::time::Duration;
/// use access_sync_http::limit::{Per, Window, WindowLimiter};
///
/// let minute = Duration::from_secs(60);
/// let limiter = WindowLimiter::builder()
///     .lane(Per::Only("write"), [Window::new(60, minute)])
///     .lane(Per::Tenant, [
///         Window::new(1, Duration::from_millis(100)),
///         Window::new(120, minute),
///     ])
///     .build();
/// # let _ = limiter;
/// ```
#[derive(Debug)]
pub struct WindowLimiter {
    queues: Arc<Queues>,
}

/// Builds a [`WindowLimiter`].
#[derive(Debug, Default)]
pub struct WindowLimiterBuilder {
    rules: Vec<LaneRule>,
    timer: Option<Arc<dyn Timer>>,
    restored: LimiterState,
}

impl WindowLimiterBuilder {
    /// Adds a lane. A lane without windows is unlimited until the server says otherwise, by a quota
    /// in its headers or by a throttle.
    #[must_use]
    pub fn lane(mut self, per: Per, windows: impl IntoIterator<Item = Window>) -> Self {
        self.rules.push(LaneRule {
            per,
            windows: windows.into_iter().collect(),
        });
        self
    }

    /// The clock; the machine's unless said otherwise. Use the client's own.
    #[must_use]
    pub fn timer(mut self, timer: Arc<dyn Timer>) -> Self {
        self.timer = Some(timer);
        self
    }

    /// What an earlier process left behind (see [`WindowLimiter::export`]). Lanes are known by their
    /// place and scope, windows by their length; a window whose limit was changed keeps its calls
    /// and takes the new limit.
    #[must_use]
    pub fn restore(mut self, state: LimiterState) -> Self {
        self.restored = state;
        self
    }

    /// The limiter.
    #[must_use]
    pub fn build(self) -> WindowLimiter {
        let timer = self.timer.unwrap_or_else(|| Arc::new(SystemTimer));
        WindowLimiter {
            queues: Arc::new(Queues::new(self.rules, timer, self.restored)),
        }
    }
}

impl WindowLimiter {
    /// A limiter without lanes; add them.
    #[must_use]
    pub fn builder() -> WindowLimiterBuilder {
        WindowLimiterBuilder::default()
    }

    /// Calls left now for a scope, the tightest window first: how much may be planned. Calls that
    /// wait for their slot count as used.
    #[must_use]
    pub fn remaining(&self, scope: &Scope) -> Vec<Remaining> {
        self.queues.remaining(scope)
    }

    /// What the next process must know: which calls went out, in every window, and until when a
    /// server asked to wait. Calls that still wait are not in it.
    #[must_use]
    pub fn export(&self) -> LimiterState {
        self.queues.export()
    }
}

/// What is left of one window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Remaining {
    /// The window's length.
    pub period: Duration,
    /// Calls allowed in it.
    pub limit: u64,
    /// Calls left in it now.
    pub left: u64,
}

#[async_trait]
impl RateLimiter for WindowLimiter {
    async fn acquire(
        &self,
        scope: &Scope,
        cost: u32,
        deadline: Option<Instant>,
    ) -> Result<Permit, LimitError> {
        self.queues.acquire(scope, cost, deadline).await
    }

    fn try_acquire(&self, scope: &Scope, cost: u32, deadline: Option<Instant>) -> Option<Permit> {
        self.queues.try_acquire(scope, cost, deadline)
    }

    fn observe(&self, scope: &Scope, signal: &Signal) {
        match signal {
            // Slots that are handed out give the rate back; a success needs no note of its own.
            Signal::Success | Signal::ServerError | Signal::Transport => {}
            Signal::Throttled { retry_after } => {
                self.queues.throttled(scope, retry_after.map(nanos));
            }
            Signal::Quota {
                limit,
                remaining,
                period,
                reset_in,
            } => self
                .queues
                .quota(scope, *limit, *remaining, nanos(*period), nanos(*reset_in)),
        }
    }
}
