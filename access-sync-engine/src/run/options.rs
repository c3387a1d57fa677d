//! How a loop keeps time.

use chrono::TimeDelta;

/// How a loop keeps time.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LoopOptions {
    /// A run follows the first hint after this; what comes meanwhile is looked at in the same run.
    /// Default 5 seconds.
    pub debounce: TimeDelta,
    /// There is a run at least this often, whatever happens. Default 15 minutes.
    pub every: TimeDelta,
    /// Between two looks at a [`Poller`](crate::events::Poller). Default 1 minute.
    pub poll_every: TimeDelta,
    /// The first wait after a failure; each further one is twice as long. Default 30 seconds.
    pub backoff: TimeDelta,
    /// The longest wait after failures. Default 15 minutes.
    pub longest_backoff: TimeDelta,
}

impl Default for LoopOptions {
    fn default() -> Self {
        Self {
            debounce: TimeDelta::seconds(5),
            every: TimeDelta::minutes(15),
            poll_every: TimeDelta::minutes(1),
            backoff: TimeDelta::seconds(30),
            longest_backoff: TimeDelta::minutes(15),
        }
    }
}

impl LoopOptions {
    /// The wait after so many failures in a row.
    pub(crate) fn wait(&self, failures: u32) -> TimeDelta {
        let doublings = failures.saturating_sub(1).min(16);
        let wait = self.backoff.checked_mul(1 << doublings);
        wait.unwrap_or(self.longest_backoff)
            .min(self.longest_backoff)
    }
}
