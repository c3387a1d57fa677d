//! What a limiter hands on to the next process.

use super::lane::{Lane, Ledger, Nanos};
use super::queues::{EPOCH, LaneKey, Queues};
use super::state::{LaneState, LimiterState, WindowState};

impl Queues {
    pub(super) fn export(&self) -> LimiterState {
        let now = self.now();
        let lanes = self.lock();
        let mut out: Vec<_> = lanes
            .lanes
            .iter()
            .map(|(key, lane)| LaneState {
                lane: key.rule,
                vendor: key.vendor.to_owned(),
                tenant: key.tenant.to_string(),
                class: key.class.to_owned(),
                paused_until_ms: (lane.paused_until() > now)
                    .then(|| self.to_wall(lane.paused_until())),
                windows: lane.ledger(now).map(|l| self.window(l)).collect(),
            })
            .collect();
        let unused = |state: &&LaneState| !lanes.ids.keys().any(|key| state.is_of(key));
        // What was restored and not used since is still true.
        out.extend(self.restored.lanes.iter().filter(unused).cloned());
        out.sort_by(|a, b| {
            (a.lane, &a.vendor, &a.tenant, &a.class).cmp(&(b.lane, &b.vendor, &b.tenant, &b.class))
        });
        LimiterState { lanes: out }
    }

    /// A lane with what an earlier process left behind.
    pub(super) fn new_lane(&self, key: &LaneKey) -> Lane {
        let rule = self.rules.get(key.rule);
        let mut lane = Lane::new(rule.map_or(&[], |rule| rule.windows.as_slice()));
        if let Some(state) = self.restored.lanes.iter().find(|state| state.is_of(key)) {
            let ledgers: Vec<_> = state.windows.iter().map(|w| self.ledger(w)).collect();
            let paused = state.paused_until_ms.map_or(0, |ms| self.from_wall(ms));
            lane.restore(&ledgers, paused);
        }
        lane
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
}

impl LaneState {
    fn is_of(&self, key: &LaneKey) -> bool {
        self.lane == key.rule
            && self.vendor == key.vendor
            && *self.tenant == *key.tenant
            && self.class == key.class
    }
}
