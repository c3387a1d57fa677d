//! Nexudus' published limits.

use std::sync::Arc;
use std::time::Duration;

use access_sync_http::limit::{Per, Window, WindowLimiter};
use access_sync_http::{RateLimiter, Timer};

/// The class of calls that change something; they have limits of their own.
pub(crate) const WRITE: &str = "write";

/// A limiter with Nexudus' published numbers (developers.nexudus.com, "API limitations"):
/// 60 writes a minute and 5,000 a day; of all calls one per 100 ms, 120 a minute, 5,000 an hour and
/// 200,000 a day. Nexudus calls them dynamic, so a throttle (HTTP 409) slows the lane down further.
#[must_use]
pub fn default_limiter(timer: Arc<dyn Timer>) -> Arc<dyn RateLimiter> {
    let minute = Duration::from_secs(60);
    let hour = 60 * minute;
    let day = 24 * hour;
    Arc::new(
        WindowLimiter::builder()
            .lane(
                Per::Only(WRITE),
                [Window::new(60, minute), Window::new(5_000, day)],
            )
            .lane(
                Per::Tenant,
                [
                    Window::new(1, Duration::from_millis(100)),
                    Window::new(120, minute),
                    Window::new(5_000, hour),
                    Window::new(200_000, day),
                ],
            )
            .timer(timer)
            .build(),
    )
}
