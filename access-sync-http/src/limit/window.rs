//! The in-process limiter.

use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures_util::future::select;

use super::lane::{Lane, Ledger, Nanos, Slot};
use super::state::{LaneState, LimiterState, WindowState};
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
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    rules: Vec<LaneRule>,
    timer: Arc<dyn Timer>,
    epoch: Instant,
    wall_epoch: DateTime<Utc>,
    restored: LimiterState,
    lanes: Mutex<HashMap<LaneKey, Lane>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct LaneKey {
    rule: usize,
    vendor: &'static str,
    tenant: Arc<str>,
    class: &'static str,
}

/// Where the limiter's own scale of time stands when it is made: calls of an earlier process lie
/// before it.
const EPOCH: Nanos = 400 * 24 * 3600 * 1_000_000_000;

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
            shared: Arc::new(Shared {
                rules: self.rules,
                epoch: timer.now(),
                wall_epoch: timer.wall(),
                timer,
                restored: self.restored,
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

    /// Calls left now for a scope, the tightest window first: how much may be planned. Calls that
    /// wait for their slot count as used.
    #[must_use]
    pub fn remaining(&self, scope: &Scope) -> Vec<Remaining> {
        let now = self.shared.now();
        let mut out = Vec::new();
        let mut lanes = self.shared.lanes();
        for key in self.shared.keys(scope) {
            let lane = self.shared.lane(&mut lanes, &key);
            out.extend(lane.remaining(now).map(|(period, limit, left)| Remaining {
                period: Duration::from_nanos(period),
                limit,
                left,
            }));
        }
        out.sort_by_key(|remaining| remaining.left);
        out
    }

    /// What the next process must know: which calls went out, in every window, and until when a
    /// server asked to wait. Calls that still wait are not in it.
    #[must_use]
    pub fn export(&self) -> LimiterState {
        let now = self.shared.now();
        let lanes = self.shared.lanes();
        let mut out: Vec<_> = lanes
            .iter()
            .map(|(key, lane)| LaneState {
                lane: key.rule,
                vendor: key.vendor.to_owned(),
                tenant: key.tenant.to_string(),
                class: key.class.to_owned(),
                paused_until_ms: (lane.paused_until() > now)
                    .then(|| self.shared.to_wall(lane.paused_until())),
                windows: lane.ledger(now).map(|l| self.shared.window(l)).collect(),
            })
            .collect();
        let known = |state: &&LaneState| {
            !lanes
                .keys()
                .any(|key| state.is_of(key.rule, key.vendor, &key.tenant, key.class))
        };
        // What was restored and not used since is still true.
        out.extend(self.shared.restored.lanes.iter().filter(known).cloned());
        out.sort_by(|a, b| {
            (a.lane, &a.vendor, &a.tenant, &a.class).cmp(&(b.lane, &b.vendor, &b.tenant, &b.class))
        });
        LimiterState { lanes: out }
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

impl LaneState {
    fn is_of(&self, rule: usize, vendor: &str, tenant: &str, class: &str) -> bool {
        self.lane == rule && self.vendor == vendor && self.tenant == tenant && self.class == class
    }
}

/// A slot in one lane, given back unless it becomes part of a permit.
struct Hold {
    shared: Arc<Shared>,
    key: LaneKey,
    slot: Slot,
    cost: u32,
    kept: bool,
}

impl Hold {
    fn refund(&self) {
        let woken = {
            let mut lanes = self.shared.lanes();
            lanes
                .get_mut(&self.key)
                .and_then(|lane| lane.refund(self.slot.id, self.slot.at, self.cost))
        };
        if let Some(waker) = woken {
            waker.wake();
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        if !self.kept {
            self.refund();
        }
    }
}

impl Shared {
    fn lanes(&self) -> MutexGuard<'_, HashMap<LaneKey, Lane>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lane<'a>(&self, lanes: &'a mut HashMap<LaneKey, Lane>, key: &LaneKey) -> &'a mut Lane {
        lanes.entry(key.clone()).or_insert_with(|| {
            let rule = self.rules.get(key.rule);
            let mut lane = Lane::new(rule.map_or(&[], |rule| rule.windows.as_slice()));
            let of_key = |s: &&LaneState| s.is_of(key.rule, key.vendor, &key.tenant, key.class);
            if let Some(state) = self.restored.lanes.iter().find(of_key) {
                let ledgers: Vec<_> = state.windows.iter().map(|w| self.ledger(w)).collect();
                let paused = state.paused_until_ms.map_or(0, |ms| self.from_wall(ms));
                lane.restore(&ledgers, paused);
            }
            lane
        })
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

    fn now(&self) -> Nanos {
        self.nanos(self.timer.now())
    }

    fn nanos(&self, at: Instant) -> Nanos {
        EPOCH.saturating_add(nanos(at.saturating_duration_since(self.epoch)))
    }

    fn instant(&self, at: Nanos) -> Option<Instant> {
        self.epoch
            .checked_add(Duration::from_nanos(at.saturating_sub(EPOCH)))
    }

    /// Rounded up to a millisecond, so that nothing ends too early.
    fn to_wall(&self, at: Nanos) -> i64 {
        let since = i128::from(at) - i128::from(EPOCH);
        let ms = i128::from(self.wall_epoch.timestamp_millis()) + since.div_euclid(1_000_000) + 1;
        i64::try_from(ms).unwrap_or(i64::MAX)
    }

    #[allow(clippy::wrong_self_convention, reason = "the pair of `to_wall`")]
    fn from_wall(&self, ms: i64) -> Nanos {
        let since = i128::from(ms) - i128::from(self.wall_epoch.timestamp_millis());
        let at = i128::from(EPOCH) + since.saturating_mul(1_000_000);
        Nanos::try_from(at.max(0)).unwrap_or(Nanos::MAX)
    }

    fn window(&self, ledger: Ledger) -> WindowState {
        let calls = ledger.calls.into_iter();
        WindowState {
            limit: ledger.limit,
            period_ns: ledger.period,
            calls: calls.map(|(at, count)| (self.to_wall(at), count)).collect(),
        }
    }

    fn ledger(&self, state: &WindowState) -> Ledger {
        let now = self.now();
        let calls = state.calls.iter();
        Ledger {
            limit: state.limit,
            period: state.period_ns.max(1),
            // A call cannot lie ahead: then the wall clock was set back, and it counts from now.
            calls: calls
                .map(|(ms, count)| (self.from_wall(*ms).min(now), *count))
                .collect(),
        }
    }

    /// Reserves in one lane and sleeps until the slot comes. `earlier` are the lanes that the call
    /// has passed, `later` those still to come.
    async fn pass(
        self: &Arc<Self>,
        key: &LaneKey,
        later: &[LaneKey],
        earlier: &mut [Hold],
        cost: u32,
        deadline: Option<Instant>,
    ) -> Result<Hold, LimitError> {
        let now = self.now();
        let until = deadline.map(|deadline| self.nanos(deadline));
        let past = |at: Nanos| LimitError::PastDeadline {
            wait: Duration::from_nanos(at.saturating_sub(now)),
        };
        let mut hold = {
            let mut lanes = self.lanes();
            let slot = match self.lane(&mut lanes, key).reserve(now, cost, until) {
                None => return Err(LimitError::Unavailable(TOO_DEAR)),
                Some(Err(at)) => return Err(past(at)),
                Some(Ok(slot)) => slot,
            };
            Hold {
                shared: Arc::clone(self),
                key: key.clone(),
                slot,
                cost,
                kept: false,
            }
        };
        if let Some(until) = until {
            // Better to fail now than after a sleep in this lane.
            let mut at = hold.slot.at;
            for key in later {
                let mut lanes = self.lanes();
                let lane = self.lane(&mut lanes, key);
                at = lane
                    .earliest(at, cost)
                    .ok_or(LimitError::Unavailable(TOO_DEAR))?;
            }
            if at > until {
                return Err(past(at));
            }
        }
        if hold.slot.at <= now && earlier.iter().all(|passed| passed.slot.at >= hold.slot.at) {
            return Ok(hold);
        }
        let id = hold.slot.id;
        let mut now = now;
        loop {
            let due = {
                let mut lanes = self.lanes();
                let due = match lanes.get_mut(key) {
                    Some(lane) => lane.arm(hold.slot, now),
                    None => hold.slot.at,
                };
                for passed in earlier.iter_mut().filter(|passed| passed.slot.at < due) {
                    if let Some(lane) = lanes.get_mut(&passed.key) {
                        lane.postpone(passed.slot.at, due, cost);
                        passed.slot.at = due;
                    }
                }
                due
            };
            hold.slot.at = due;
            if until.is_some_and(|until| due > until) {
                return Err(past(due));
            }
            if due <= now {
                let next = {
                    let mut lanes = self.lanes();
                    lanes.get_mut(key).and_then(|lane| lane.take(id))
                };
                if let Some(waker) = next {
                    waker.wake();
                }
                return Ok(hold);
            }
            let at = self.instant(due).ok_or(LimitError::Unavailable(
                "the next slot lies beyond the clock",
            ))?;
            let moved = poll_fn(|context| {
                match self
                    .lanes()
                    .get_mut(key)
                    .is_none_or(|lane| lane.moved(id, context.waker()))
                {
                    true => Poll::Ready(()),
                    false => Poll::Pending,
                }
            });
            select(self.timer.sleep_until(at), moved).await;
            now = self.now();
        }
    }
}

const TOO_DEAR: &str = "the call costs more than a whole window";

#[async_trait]
impl RateLimiter for WindowLimiter {
    async fn acquire(
        &self,
        scope: &Scope,
        cost: u32,
        deadline: Option<Instant>,
    ) -> Result<Permit, LimitError> {
        let keys: Vec<_> = self.shared.keys(scope).collect();
        let mut holds = Vec::with_capacity(keys.len());
        for (index, key) in keys.iter().enumerate() {
            let later = keys.get(index + 1..).unwrap_or_default();
            let hold = self
                .shared
                .pass(key, later, &mut holds, cost, deadline)
                .await?;
            holds.push(hold);
        }
        let mut permit = Permit::free();
        for mut hold in holds {
            hold.kept = true;
            permit = permit.and(Permit::with_refund(move || hold.refund()));
        }
        Ok(permit)
    }

    fn observe(&self, scope: &Scope, signal: &Signal) {
        if matches!(
            signal,
            Signal::Success | Signal::ServerError | Signal::Transport
        ) {
            // Slots that are handed out give the rate back; a success needs no note of its own.
            return;
        }
        let now = self.shared.now();
        let mut lanes = self.shared.lanes();
        let keys: Vec<_> = self.shared.keys(scope).collect();
        // Headers speak of the narrowest thing the vendor counts, which is the first lane.
        let reach = if matches!(signal, Signal::Quota { .. }) {
            1
        } else {
            keys.len()
        };
        for key in keys.into_iter().take(reach) {
            let lane = self.shared.lane(&mut lanes, &key);
            match signal {
                Signal::Throttled { retry_after } => lane.throttled(now, retry_after.map(nanos)),
                Signal::Quota {
                    limit,
                    remaining,
                    period,
                    reset_in,
                } => {
                    lane.quota(now, *limit, *remaining, nanos(*period), nanos(*reset_in));
                }
                Signal::Success | Signal::ServerError | Signal::Transport => {}
            }
        }
    }
}

fn nanos(duration: Duration) -> Nanos {
    Nanos::try_from(duration.as_nanos()).unwrap_or(Nanos::MAX)
}
