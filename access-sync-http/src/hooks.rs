//! What metrics are made of.

use std::fmt;
use std::time::Duration;

use http::StatusCode;

use crate::{ErrorKind, Scope};

/// Hears of every attempt and every call, with names, counts and times, never with values.
///
/// The methods run inside the pipeline: count and return.
///
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use access_sync_http::{AttemptReport, CallReport, ErrorKind, Hooks, Outcome};
///
/// #[derive(Debug, Default)]
/// struct Meter { calls: AtomicU64, throttles: AtomicU64 }
///
/// impl Hooks for Meter {
///     fn attempt(&self, report: &AttemptReport<'_>) {
///         if report.outcome == Outcome::Failed(ErrorKind::Throttled) {
///             self.throttles.fetch_add(1, Ordering::Relaxed);
///         }
///     }
///     fn call(&self, _: &CallReport<'_>) {
///         self.calls.fetch_add(1, Ordering::Relaxed);
///     }
/// }
/// ```
pub trait Hooks: fmt::Debug + Send + Sync {
    /// An attempt has ended.
    fn attempt(&self, _report: &AttemptReport<'_>) {}

    /// A call has ended, or its caller went away.
    fn call(&self, _report: &CallReport<'_>) {}
}

/// How something ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// A good answer.
    Success,
    /// A fault.
    Failed(ErrorKind),
    /// The caller went away.
    Cancelled,
}

/// One attempt.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AttemptReport<'a> {
    /// Whose limits it counted against.
    pub scope: &'a Scope,
    /// The operation's stable name.
    pub operation: &'a str,
    /// Which attempt of its call, from 1.
    pub attempt: u32,
    /// From the attempt's start until it was sent: authorization and the limiter's queue.
    pub waited: Duration,
    /// From sending to the end of the answer; zero where it was not sent.
    pub took: Duration,
    /// How it ended.
    pub outcome: Outcome,
    /// The answer's status, where there was one.
    pub status: Option<StatusCode>,
    /// When the next attempt follows, where one does.
    pub retry_in: Option<Duration>,
}

/// One call, all its attempts together.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CallReport<'a> {
    /// Whose limits it counted against.
    pub scope: &'a Scope,
    /// The operation's stable name.
    pub operation: &'a str,
    /// How many attempts were begun.
    pub attempts: u32,
    /// From its start to its end.
    pub elapsed: Duration,
    /// How it ended.
    pub outcome: Outcome,
}
