//! What earlier runs left behind: calls used, and how late doors moved.

use access_sync_engine::latency::LatencyReport;

/// What is known beside the plan.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    /// The access-control system's budget of calls in 30 days: allowed, where that is known, and used.
    pub(crate) quota: Option<(Option<u64>, u64)>,
    /// Calls of the last 30 days by operation.
    pub(crate) by_operation: Vec<(String, u64)>,
    /// Changes that were made, against when they were due.
    pub(crate) latency: Option<LatencyReport>,
}
