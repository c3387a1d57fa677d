//! Limiting calls before the vendor does.

mod counter;
mod lane;
#[cfg(test)]
mod lane_tests;
mod ledger;
mod pace;
mod queues;
mod state;
mod window;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;

pub use state::{LaneState, LimiterState, WindowState};
pub use window::{LaneRule, Per, Remaining, Window, WindowLimiter, WindowLimiterBuilder};

/// Whose limits a call counts against: vendor, tenant (an account or credential; never a secret),
/// class of calls.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Scope {
    /// The vendor's name.
    pub vendor: &'static str,
    /// The account or credential, by a name that is no secret.
    pub tenant: Arc<str>,
    /// The class of calls, such as `write` or a method's name; empty for all alike.
    pub class: &'static str,
}

/// What a limiter may learn from an answer.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Signal {
    /// Accepted.
    Success,
    /// Refused as too many; the delay is the server's, where it gave one.
    Throttled {
        /// How long the server asks to wait.
        retry_after: Option<Duration>,
    },
    /// The server's own count of one window, from its headers.
    Quota {
        /// Calls allowed in the window.
        limit: u64,
        /// Calls left in it.
        remaining: u64,
        /// The window's length.
        period: Duration,
        /// Until the window starts anew.
        reset_in: Duration,
    },
    /// The server failed.
    ServerError,
    /// No answer.
    Transport,
}

/// There is no slot in time.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LimitError {
    /// The next free slot lies past the caller's deadline.
    PastDeadline {
        /// From now to the next free slot.
        wait: Duration,
    },
    /// The limiter cannot serve this call at all (a cost above the limit, a shared store away).
    Unavailable(&'static str),
}

impl fmt::Display for LimitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PastDeadline { wait } => write!(
                f,
                "the next free slot is in {} s, past the deadline",
                wait.as_secs()
            ),
            Self::Unavailable(why) => write!(f, "the limiter cannot serve this call: {why}"),
        }
    }
}

impl std::error::Error for LimitError {}

/// Decides when a call may go out.
///
/// One implementation may serve many clients and vendors: everything is keyed by [`Scope`].
/// `acquire` *reserves* a slot, then sleeps until it comes, first come first served; a caller that
/// goes away before the call is sent gives the slot back by dropping the [`Permit`].
///
/// ```
/// use std::time::Instant;
/// use access_sync_http::{LimitError, Permit, RateLimiter, Scope, Signal};
/// use async_trait::async_trait;
///
/// /// Counts calls and lets all of them through.
/// #[derive(Debug, Default)]
/// struct Counting(std::sync::atomic::AtomicU64);
///
/// #[async_trait]
/// impl RateLimiter for Counting {
///     async fn acquire(&self, _: &Scope, cost: u32, _: Option<Instant>) -> Result<Permit, LimitError> {
///         self.0.fetch_add(cost.into(), std::sync::atomic::Ordering::Relaxed);
///         Ok(Permit::free())
///     }
///     fn observe(&self, _: &Scope, _: &Signal) {}
/// }
/// ```
#[async_trait]
pub trait RateLimiter: fmt::Debug + Send + Sync {
    /// Waits for the call's slot.
    ///
    /// # Errors
    /// [`LimitError::PastDeadline`] at once, without sleeping, where the slot lies past `deadline`.
    async fn acquire(
        &self,
        scope: &Scope,
        cost: u32,
        deadline: Option<Instant>,
    ) -> Result<Permit, LimitError>;

    /// The call's slot, where one is free at once; asked first, as it needs no future. `None`, with
    /// nothing taken, where `acquire` has to say more; and unless said otherwise.
    fn try_acquire(
        &self,
        _scope: &Scope,
        _cost: u32,
        _deadline: Option<Instant>,
    ) -> Option<Permit> {
        None
    }

    /// Learns from an answer. Called once per attempt and once per quota window in its headers.
    fn observe(&self, scope: &Scope, signal: &Signal);
}

/// The right to send one call. Dropped unused, it gives its slots back.
#[derive(Default)]
pub struct Permit {
    /// Slots of the limiter of this crate, and whatever another one gives back. Most calls have one
    /// slot, which needs no list.
    hold: Option<queues::Hold>,
    more: Vec<queues::Hold>,
    refunds: Vec<Refund>,
}

type Refund = Box<dyn FnOnce() + Send + Sync>;

impl Permit {
    /// A permit that holds nothing.
    #[must_use]
    pub fn free() -> Self {
        Self::default()
    }

    /// A permit that calls `refund` if it is dropped before it is spent.
    #[must_use]
    pub fn with_refund(refund: impl FnOnce() + Send + Sync + 'static) -> Self {
        let mut permit = Self::default();
        permit.refunds.push(Box::new(refund));
        permit
    }

    fn hold(&mut self, hold: queues::Hold) {
        match self.hold {
            None => self.hold = Some(hold),
            Some(_) => self.more.push(hold),
        }
    }

    fn holds(&mut self) -> impl Iterator<Item = &mut queues::Hold> {
        self.hold.iter_mut().chain(&mut self.more)
    }

    /// This permit and another as one.
    #[must_use]
    pub fn and(mut self, mut other: Self) -> Self {
        let (first, more) = (other.hold.take(), std::mem::take(&mut other.more));
        first
            .into_iter()
            .chain(more)
            .for_each(|hold| self.hold(hold));
        self.refunds.append(&mut other.refunds);
        self
    }

    /// The call is going out; vendors count failed calls too, so there is no way back from here.
    pub fn spend(mut self) {
        self.holds().for_each(queues::Hold::spend);
        self.refunds.clear();
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        // The slots give themselves back.
        for refund in self.refunds.drain(..) {
            refund();
        }
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let slots = usize::from(self.hold.is_some()) + self.more.len() + self.refunds.len();
        f.debug_struct("Permit").field("slots", &slots).finish()
    }
}

/// No limit at all, for servers of your own.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unlimited;

#[async_trait]
impl RateLimiter for Unlimited {
    async fn acquire(&self, _: &Scope, _: u32, _: Option<Instant>) -> Result<Permit, LimitError> {
        Ok(Permit::free())
    }

    fn try_acquire(&self, _: &Scope, _: u32, _: Option<Instant>) -> Option<Permit> {
        Some(Permit::free())
    }

    fn observe(&self, _: &Scope, _: &Signal) {}
}
