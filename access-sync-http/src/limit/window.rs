//! The in-process limiter.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;

use super::lane::{Lane, Nanos, Slot};
use super::{LimitError, Permit, RateLimiter, Scope, Signal};
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
    per: Per,
    windows: Vec<Window>,
}

/// A limiter for one process: reserves, first come first served, any number of windows.
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
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    rules: Vec<LaneRule>,
    timer: Arc<dyn Timer>,
    epoch: Instant,
    lanes: Mutex<HashMap<LaneKey, Lane>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct LaneKey {
    rule: usize,
    vendor: &'static str,
    tenant: Arc<str>,
    class: &'static str,
}

/// Builds a [`WindowLimiter`].
#[derive(Debug, Default)]
pub struct WindowLimiterBuilder {
    rules: Vec<LaneRule>,
    timer: Option<Arc<dyn Timer>>,
}

impl WindowLimiterBuilder {
    /// Adds a lane. A lane without windows is unlimited until the server's headers say otherwise.
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

    /// The limiter.
    #[must_use]
    pub fn build(self) -> WindowLimiter {
        let timer = self.timer.unwrap_or_else(|| Arc::new(SystemTimer));
        let epoch = timer.now();
        WindowLimiter {
            shared: Arc::new(Shared {
                rules: self.rules,
                timer,
                epoch,
                lanes: Mutex::default(),
            }),
        }
    }
}

impl WindowLimiter {
    /// A limiter without lanes; add them.
    #[must_use]
    pub fn builder() -> WindowLimiterBuilder {
        WindowLimiterBuilder::default()
    }

    /// Calls left now for a scope, the tightest window first: how much may be planned.
    #[must_use]
    pub fn remaining(&self, scope: &Scope) -> Vec<Remaining> {
        let now = self.shared.nanos(self.shared.timer.now());
        let mut out = Vec::new();
        let mut lanes = self.shared.lanes();
        for key in self.shared.keys(scope) {
            let lane = lanes
                .entry(key.clone())
                .or_insert_with(|| self.shared.lane(&key));
            out.extend(lane.remaining(now).map(|(period, limit, left)| Remaining {
                period: Duration::from_nanos(period),
                limit,
                left,
            }));
        }
        out.sort_by_key(|remaining| remaining.left);
        out
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

impl Shared {
    fn lanes(&self) -> MutexGuard<'_, HashMap<LaneKey, Lane>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lane(&self, key: &LaneKey) -> Lane {
        Lane::new(
            self.rules
                .get(key.rule)
                .map_or(&[], |rule| rule.windows.as_slice()),
        )
    }

    fn keys<'a>(&'a self, scope: &'a Scope) -> impl Iterator<Item = LaneKey> + 'a {
        self.rules.iter().enumerate().filter_map(|(rule, lane)| {
            let class = match lane.per {
                Per::Tenant => "",
                Per::Class => scope.class,
                Per::Only(class) if class == scope.class => class,
                Per::Only(_) => return None,
            };
            Some(LaneKey {
                rule,
                vendor: scope.vendor,
                tenant: scope.tenant.clone(),
                class,
            })
        })
    }

    fn nanos(&self, at: Instant) -> Nanos {
        // One more than zero: zero means "never" in a lane.
        let since = at
            .saturating_duration_since(self.epoch)
            .as_nanos()
            .saturating_add(1);
        Nanos::try_from(since).unwrap_or(Nanos::MAX)
    }

    fn instant(&self, at: Nanos) -> Option<Instant> {
        self.epoch
            .checked_add(Duration::from_nanos(at.saturating_sub(1)))
    }

    /// Reserves in one lane and sleeps until the slot comes.
    async fn pass(
        self: &Arc<Self>,
        key: LaneKey,
        cost: u32,
        deadline: Option<Instant>,
    ) -> Result<Permit, LimitError> {
        let now = self.nanos(self.timer.now());
        let until = deadline.map(|deadline| self.nanos(deadline));
        let reserved = self
            .lanes()
            .entry(key.clone())
            .or_insert_with(|| self.lane(&key))
            .reserve(now, cost, until);
        let slot = match reserved {
            None => {
                return Err(LimitError::Unavailable(
                    "the call costs more than a whole window",
                ));
            }
            Some(Err(at)) => {
                return Err(LimitError::PastDeadline {
                    wait: Duration::from_nanos(at.saturating_sub(now)),
                });
            }
            Some(Ok(slot)) => slot,
        };
        let shared = Arc::clone(self);
        let lane = key.clone();
        let permit = Permit::with_refund(move || shared.refund(&lane, &slot));
        // A second round only where a throttle moved the queue while we slept.
        loop {
            let due = self
                .lanes()
                .get(&key)
                .map_or(slot.at, |lane| lane.due(&slot));
            if until.is_some_and(|until| due > until) {
                return Err(LimitError::PastDeadline {
                    wait: Duration::from_nanos(due.saturating_sub(now)),
                });
            }
            let Some(at) = self.instant(due) else {
                return Err(LimitError::Unavailable(
                    "the next slot lies beyond the clock",
                ));
            };
            if at <= self.timer.now() {
                return Ok(permit);
            }
            self.timer.sleep_until(at).await;
        }
    }

    fn refund(&self, key: &LaneKey, slot: &Slot) {
        if let Some(lane) = self.lanes().get_mut(key) {
            lane.refund(slot);
        }
    }
}

#[async_trait]
impl RateLimiter for WindowLimiter {
    async fn acquire(
        &self,
        scope: &Scope,
        cost: u32,
        deadline: Option<Instant>,
    ) -> Result<Permit, LimitError> {
        let mut permit = Permit::free();
        for key in self.shared.keys(scope) {
            permit = permit.and(self.shared.pass(key, cost, deadline).await?);
        }
        Ok(permit)
    }

    fn observe(&self, scope: &Scope, signal: &Signal) {
        let now = self.shared.nanos(self.shared.timer.now());
        let nanos = |d: Duration| Nanos::try_from(d.as_nanos()).unwrap_or(Nanos::MAX);
        let mut lanes = self.shared.lanes();
        let keys: Vec<_> = self.shared.keys(scope).collect();
        // Headers speak of the narrowest thing the vendor counts, which is the first lane.
        let reach = if matches!(signal, Signal::Quota { .. }) {
            1
        } else {
            keys.len()
        };
        for key in keys.into_iter().take(reach) {
            let lane = lanes
                .entry(key.clone())
                .or_insert_with(|| self.shared.lane(&key));
            match signal {
                Signal::Success => lane.accepted(),
                Signal::Throttled { retry_after } => lane.throttled(now, retry_after.map(nanos)),
                Signal::Quota {
                    limit,
                    remaining,
                    period,
                    reset_in,
                } => {
                    lane.quota(now, *limit, *remaining, nanos(*period), nanos(*reset_in));
                }
                Signal::ServerError | Signal::Transport => {}
            }
        }
    }
}
