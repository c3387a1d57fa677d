//! A clock that runs like this machine's and shows another time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use access_sync_http::{SystemTimer, Timer};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;

/// This machine's clock with an offset, which may change while it runs: a sandbox's clock is moved by
/// hand.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shifted(Arc<AtomicI64>);

impl Shifted {
    /// A clock that shows `now` now.
    pub(crate) fn showing(now: DateTime<Utc>) -> Self {
        let clock = Self::default();
        clock.set(now);
        clock
    }

    /// Shows `now` from now on. Answers by how much that is another time than it showed.
    pub(crate) fn set(&self, now: DateTime<Utc>) -> TimeDelta {
        let offset = now
            .signed_duration_since(SystemTimer.wall())
            .num_milliseconds();
        let before = self.0.swap(offset, Ordering::Relaxed);
        TimeDelta::milliseconds(offset.saturating_sub(before))
    }
}

impl Timer for Shifted {
    fn now(&self) -> Instant {
        SystemTimer.now()
    }

    fn wall(&self) -> DateTime<Utc> {
        let offset = TimeDelta::milliseconds(self.0.load(Ordering::Relaxed));
        let wall = SystemTimer.wall();
        wall.checked_add_signed(offset).unwrap_or(wall)
    }

    fn sleep_until(&self, at: Instant) -> BoxFuture<'static, ()> {
        SystemTimer.sleep_until(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_shows_what_it_was_set_to_and_goes_on_from_there() {
        let then: DateTime<Utc> = "2026-03-10T17:00:00Z".parse().unwrap();
        let clock = Shifted::showing(then);
        let shown = clock.wall().signed_duration_since(then);
        assert!(
            shown >= TimeDelta::zero() && shown < TimeDelta::minutes(1),
            "{shown}"
        );
        let moved = clock.set(then + TimeDelta::hours(3));
        assert!(
            moved > TimeDelta::minutes(179) && moved < TimeDelta::minutes(181),
            "{moved}"
        );
    }
}
