//! The calls of one window, by time.
//!
//! Each entry holds the running total up to and including it, so "how many calls lie in the period
//! that ends at t" is one binary search, and a call can be entered or taken out anywhere.
//! Times are rounded up to a thousandth of the period: a window of millions of calls holds about a
//! thousand entries, and errs on the safe side.

use std::collections::VecDeque;

use super::Window;
use super::lane::Nanos;

/// The longest window; longer ones count as this.
pub(super) const MAX_PERIOD: Nanos = Nanos::MAX / 4;
/// No vendor allows more in any period; it keeps every sum far from overflow.
const MOST: u64 = 1 << 40;

/// Entries of a whole window.
const GRAINS: usize = 1024;

#[derive(Debug)]
pub(super) struct Counter {
    limit: u64,
    period: Nanos,
    grain: Nanos,
    entries: VecDeque<Entry>,
    /// The running total before the first entry.
    before: u64,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    time: Nanos,
    /// Calls up to and including this entry. Only differences count, so it may wrap.
    upto: u64,
}

impl Counter {
    pub(super) fn new(window: &Window) -> Self {
        let period = Nanos::try_from(window.period.as_nanos())
            .unwrap_or(Nanos::MAX)
            .clamp(1, MAX_PERIOD);
        Self {
            limit: window.limit.min(MOST),
            period,
            grain: (period / GRAINS as Nanos).max(1),
            entries: VecDeque::new(),
            before: 0,
        }
    }

    pub(super) fn limit(&self) -> u64 {
        self.limit
    }

    pub(super) fn set_limit(&mut self, limit: u64) {
        self.limit = limit.min(MOST);
    }

    pub(super) fn period(&self) -> Nanos {
        self.period
    }

    /// The distance of calls that are spread evenly.
    pub(super) fn pace(&self) -> Nanos {
        self.period.checked_div(self.limit).unwrap_or(self.period)
    }

    /// The first time from `from` on at which `cost` more calls fit beside all that are entered,
    /// later ones included. `None` where they never fit.
    pub(super) fn earliest(&self, from: Nanos, cost: u32) -> Option<Nanos> {
        let room = self.limit.checked_sub(cost.into())?;
        let total = self.total();
        if total.wrapping_sub(self.before) <= room {
            return Some(from);
        }
        let last_to_leave = self
            .entries
            .partition_point(|entry| total.wrapping_sub(entry.upto) > room);
        let leaves = self
            .entries
            .get(last_to_leave)
            .map_or(0, |entry| entry.time.saturating_add(self.period));
        Some(from.max(leaves))
    }

    /// Enters calls at a time.
    pub(super) fn add(&mut self, at: Nanos, count: u64) {
        if count == 0 {
            return;
        }
        let count = count.min(MOST);
        // Nearly all calls come last, and most of them within the grain of the one before.
        if let Some(last) = self.entries.back_mut() {
            if at <= last.time && last.time - at < self.grain {
                last.upto = last.upto.wrapping_add(count);
                return;
            }
        }
        let time = self.round(at);
        let total = self.total();
        if self.entries.back().is_none_or(|last| last.time < time) {
            let upto = total.wrapping_add(count);
            self.entries.push_back(Entry { time, upto });
            return;
        }
        let index = self.entries.partition_point(|entry| entry.time < time);
        if self
            .entries
            .get(index)
            .is_none_or(|entry| entry.time != time)
        {
            let upto = self.total_before(index);
            self.entries.insert(index, Entry { time, upto });
        }
        for entry in self.entries.range_mut(index..) {
            entry.upto = entry.upto.wrapping_add(count);
        }
    }

    /// Takes calls out that were entered at a time, as far as they are still there.
    pub(super) fn remove(&mut self, at: Nanos, count: u64) {
        let time = self.round(at);
        let index = self.entries.partition_point(|entry| entry.time < time);
        let Some(entry) = self.entries.get(index).filter(|entry| entry.time == time) else {
            return;
        };
        let here = entry.upto.wrapping_sub(self.total_before(index));
        let taken = count.min(here);
        for entry in self.entries.range_mut(index..) {
            entry.upto = entry.upto.wrapping_sub(taken);
        }
        if taken == here {
            self.entries.remove(index);
        }
    }

    /// Drops what has left the window, once there is much of it.
    pub(super) fn tidy(&mut self, now: Nanos) {
        if self.entries.len() > 2 * GRAINS {
            self.forget(now);
        }
    }

    /// Drops what has left the window.
    pub(super) fn forget(&mut self, now: Nanos) {
        while let Some(entry) = self.entries.front() {
            if entry.time.saturating_add(self.period) > now {
                break;
            }
            self.before = entry.upto;
            self.entries.pop_front();
        }
    }

    /// Calls in the period that ends now, and all that are entered for later.
    pub(super) fn used(&self, now: Nanos) -> u64 {
        let left = self
            .entries
            .partition_point(|entry| entry.time.saturating_add(self.period) <= now);
        self.total().wrapping_sub(self.total_before(left))
    }

    /// What lies in the window, oldest first: (time, calls).
    pub(super) fn entries(&self) -> impl Iterator<Item = (Nanos, u64)> + '_ {
        self.entries.iter().scan(self.before, |before, entry| {
            let count = entry.upto.wrapping_sub(*before);
            *before = entry.upto;
            Some((entry.time, count))
        })
    }

    fn total(&self) -> u64 {
        self.entries.back().map_or(self.before, |entry| entry.upto)
    }

    fn total_before(&self, index: usize) -> u64 {
        match index.checked_sub(1).and_then(|i| self.entries.get(i)) {
            Some(entry) => entry.upto,
            None => self.before,
        }
    }

    fn round(&self, at: Nanos) -> Nanos {
        at.div_ceil(self.grain).saturating_mul(self.grain)
    }
}
