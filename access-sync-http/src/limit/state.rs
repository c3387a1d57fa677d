//! What a limiter must not forget when the process ends.

use serde::{Deserialize, Serialize};

/// The calls that a limiter has let out, by scope and window: a ledger to be kept over a restart,
/// so that a rolling quota of thirty days does not start anew with each deployment.
///
/// Plain values, to be written in whatever format the program keeps its state in. Holds no secret:
/// only the scopes' names, times and counts. Times are milliseconds since 1970-01-01 UTC.
///
/// ```
/// use std::time::Duration;
/// use access_sync_http::limit::{LimiterState, Per, Window, WindowLimiter};
///
/// let month = Window::new(25_000, Duration::from_secs(30 * 24 * 3600));
/// let limiter = WindowLimiter::builder().lane(Per::Tenant, [month]).build();
/// let kept = serde_json::to_string(&limiter.export())?;
///
/// // After the restart:
/// let state: LimiterState = serde_json::from_str(&kept)?;
/// let limiter = WindowLimiter::builder().lane(Per::Tenant, [month]).restore(state).build();
/// # let _ = limiter;
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LimiterState {
    /// Each queue that has been used.
    #[serde(default)]
    pub lanes: Vec<LaneState>,
}

/// One queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LaneState {
    /// The lane's place among the limiter's lanes, from 0.
    pub lane: usize,
    /// The scope's vendor.
    pub vendor: String,
    /// The scope's tenant.
    pub tenant: String,
    /// The scope's class; empty for a lane of the whole tenant.
    #[serde(default)]
    pub class: String,
    /// Until when a server asked to wait, where that is still to come.
    #[serde(default)]
    pub paused_until_ms: Option<i64>,
    /// The lane's windows.
    pub windows: Vec<WindowState>,
}

/// One window of a queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WindowState {
    /// Calls allowed.
    pub limit: u64,
    /// The window's length, in nanoseconds.
    pub period_ns: u64,
    /// When calls went out and how many, oldest first. Times are rounded up by at most a thousandth
    /// of the window.
    pub calls: Vec<(i64, u64)>,
}
