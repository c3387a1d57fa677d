//! One queue of callers and the windows that all of them count against.
//!
//! Invariant: slots are handed out in non-decreasing time (`tail`), so each window is a sorted
//! sequence and "how many calls lie in the period that ends at t" is a running sum.
//! All times are nanoseconds since the limiter was made.

use std::collections::VecDeque;

use super::Window;

pub(super) type Nanos = u64;

/// A reservation, to be given back or slept on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub(super) at: Nanos,
    pub(super) shift: Nanos,
    pub(super) cost: u32,
}

#[derive(Debug)]
pub(super) struct Lane {
    windows: Vec<Counter>,
    tail: Nanos,
    /// How far pauses have moved the queue, in all. A sleeper compares it with its slot's.
    shift: Nanos,
    paused_until: Nanos,
    /// Least distance of two slots while recovering from a throttle; zero in good times.
    spacing: Nanos,
    last_cut: Option<Nanos>,
}

const MS: Nanos = 1_000_000;
const SECOND: Nanos = 1_000 * MS;
/// A server may ask for hours; the queue is never moved by more than this at once.
const MAX_PAUSE: Nanos = 24 * 3600 * SECOND;
const DEFAULT_PAUSE: Nanos = SECOND;

impl Lane {
    pub(super) fn new(windows: &[Window]) -> Self {
        Self {
            windows: windows.iter().map(Counter::new).collect(),
            tail: 0,
            shift: 0,
            paused_until: 0,
            spacing: 0,
            last_cut: None,
        }
    }

    /// The earliest slot for `cost` calls, or `Err(slot)` where it lies past `deadline`.
    /// `None` where a window can never hold that many.
    pub(super) fn reserve(
        &mut self,
        now: Nanos,
        cost: u32,
        deadline: Option<Nanos>,
    ) -> Option<Result<Slot, Nanos>> {
        let floor = if self.tail == 0 {
            0
        } else {
            self.tail.saturating_add(self.spacing)
        };
        let mut at = now.max(floor).max(self.paused_until);
        loop {
            let mut later = at;
            for window in &mut self.windows {
                later = later.max(window.earliest(later, cost)?);
            }
            if later == at {
                break;
            }
            at = later;
        }
        if deadline.is_some_and(|deadline| at > deadline) {
            let tail = self.tail;
            self.windows
                .iter_mut()
                .for_each(|window| window.rewind(tail));
            return Some(Err(at));
        }
        for window in &mut self.windows {
            window.record(at, cost);
            window.forget(now);
        }
        self.tail = at;
        Some(Ok(Slot {
            at,
            shift: self.shift,
            cost,
        }))
    }

    /// When the slot comes, with all pauses since it was reserved.
    pub(super) fn due(&self, slot: &Slot) -> Nanos {
        slot.at
            .saturating_add(self.shift.saturating_sub(slot.shift))
    }

    /// Gives a reservation back; where it is the last one, the queue becomes shorter.
    pub(super) fn refund(&mut self, slot: &Slot) {
        let at = self.due(slot);
        for window in &mut self.windows {
            window.remove(at, slot.cost);
        }
        if at == self.tail {
            let tail = self.windows.iter().map(Counter::last).max().unwrap_or(0);
            self.tail = tail.min(self.tail);
            let tail = self.tail;
            self.windows
                .iter_mut()
                .for_each(|window| window.rewind(tail));
        }
    }

    /// The server said "too many": everybody who has not gone out yet moves back together, so order
    /// and distance stay, and nobody is released in a crowd.
    pub(super) fn throttled(&mut self, now: Nanos, delay: Option<Nanos>) {
        let until = now.saturating_add(delay.unwrap_or(DEFAULT_PAUSE).min(MAX_PAUSE));
        let by = until.saturating_sub(self.paused_until.max(now));
        if by > 0 {
            self.paused_until = until;
            self.shift = self.shift.saturating_add(by);
            if self.tail > now {
                self.tail = self.tail.saturating_add(by);
            }
            self.windows
                .iter_mut()
                .for_each(|window| window.shift_after(now, by));
        }
        // One cut a second: a crowd of refusals is one event.
        if self
            .last_cut
            .is_none_or(|last| now.saturating_sub(last) >= SECOND)
        {
            self.last_cut = Some(now);
            let base = self
                .windows
                .iter()
                .map(Counter::pace)
                .min()
                .unwrap_or(100 * MS);
            let slowest = base.saturating_mul(32).max(base);
            self.spacing = self
                .spacing
                .max(base)
                .saturating_mul(10)
                .div_euclid(7)
                .min(slowest);
        }
    }

    /// An accepted call gives back two per cent of the distance a throttle had added.
    pub(super) fn accepted(&mut self) {
        if self.spacing > 0 {
            self.spacing = self
                .spacing
                .saturating_sub((self.spacing / 50).max(MS / 10));
        }
    }

    /// The server's own count of a window: ours is raised to it, and a window we did not know is
    /// added.
    pub(super) fn quota(
        &mut self,
        now: Nanos,
        limit: u64,
        remaining: u64,
        period: Nanos,
        reset_in: Nanos,
    ) {
        if period == 0 || limit == 0 {
            return;
        }
        let index = self
            .windows
            .iter()
            .position(|window| window.period == period);
        let window = match index.and_then(|index| self.windows.get_mut(index)) {
            Some(window) => window,
            None => {
                self.windows.push(Counter::new(&Window {
                    limit,
                    period: std::time::Duration::from_nanos(period),
                }));
                match self.windows.last_mut() {
                    Some(window) => window,
                    None => return,
                }
            }
        };
        window.limit = limit;
        let used = limit.saturating_sub(remaining);
        let ours = window.used_at(now);
        if used > ours {
            // Entered so that it expires when the server starts the window anew.
            let at = now
                .saturating_add(reset_in.min(period))
                .saturating_sub(period);
            window.insert(at, used - ours, self.tail.max(now));
        }
    }

    /// Calls left now in each window: (period, limit, left).
    pub(super) fn remaining(&self, now: Nanos) -> impl Iterator<Item = (Nanos, u64, u64)> + '_ {
        self.windows
            .iter()
            .map(move |w| (w.period, w.limit, w.limit.saturating_sub(w.used_at(now))))
    }
}

/// Calls by time, for one window. Times are rounded up to a thousandth of the period, so that a
/// window of millions of calls holds about a thousand entries and errs on the safe side.
#[derive(Debug)]
struct Counter {
    limit: u64,
    period: Nanos,
    grain: Nanos,
    calls: VecDeque<(Nanos, u64)>,
    /// First entry of the period that ends at the last slot looked at, and the sum from there on.
    head: usize,
    sum: u64,
}

impl Counter {
    fn new(window: &Window) -> Self {
        let period = Nanos::try_from(window.period.as_nanos())
            .unwrap_or(Nanos::MAX / 4)
            .max(1);
        Self {
            limit: window.limit,
            period,
            grain: (period / 1024).max(1),
            calls: VecDeque::new(),
            head: 0,
            sum: 0,
        }
    }

    fn pace(&self) -> Nanos {
        self.period.checked_div(self.limit).unwrap_or(self.period)
    }

    fn earliest(&mut self, from: Nanos, cost: u32) -> Option<Nanos> {
        let room = self.limit.checked_sub(cost.into())?;
        let mut at = from;
        while let Some(&(time, count)) = self.calls.get(self.head) {
            let leaves = time.saturating_add(self.period);
            if leaves > at {
                if self.sum <= room {
                    break;
                }
                at = leaves;
            }
            self.head += 1;
            self.sum = self.sum.saturating_sub(count);
        }
        Some(at)
    }

    fn record(&mut self, at: Nanos, cost: u32) {
        let at = self.round(at);
        match self.calls.back_mut() {
            Some((time, count)) if *time >= at => *count = count.saturating_add(cost.into()),
            _ => self.calls.push_back((at, cost.into())),
        }
        self.sum = self.sum.saturating_add(cost.into());
    }

    /// Moves `head` back to the first entry of the period that ends at `tail`.
    fn rewind(&mut self, tail: Nanos) {
        while let Some(before) = self.head.checked_sub(1) {
            match self.calls.get(before) {
                Some(&(time, count)) if time.saturating_add(self.period) > tail => {
                    self.head = before;
                    self.sum = self.sum.saturating_add(count);
                }
                _ => break,
            }
        }
    }

    fn remove(&mut self, at: Nanos, cost: u32) {
        let at = self.round(at);
        let index = self.calls.partition_point(|&(time, _)| time < at);
        if let Some((time, count)) = self.calls.get_mut(index) {
            if *time == at {
                let taken = (*count).min(cost.into());
                *count -= taken;
                if index >= self.head {
                    self.sum = self.sum.saturating_sub(taken);
                }
            }
        }
        while self.calls.len() > self.head
            && self.calls.back().is_some_and(|&(_, count)| count == 0)
        {
            self.calls.pop_back();
        }
    }

    fn insert(&mut self, at: Nanos, count: u64, tail: Nanos) {
        let index = self.calls.partition_point(|&(time, _)| time <= at);
        self.calls.insert(index, (at, count));
        if index >= self.head && at.saturating_add(self.period) > tail {
            self.sum = self.sum.saturating_add(count);
        } else {
            self.head += 1;
        }
    }

    fn shift_after(&mut self, now: Nanos, by: Nanos) {
        for (time, _) in self.calls.iter_mut().rev() {
            if *time <= now {
                break;
            }
            *time = time.saturating_add(by);
        }
    }

    fn forget(&mut self, now: Nanos) {
        while self.head > 0
            && self
                .calls
                .front()
                .is_some_and(|&(time, _)| time.saturating_add(self.period) <= now)
        {
            self.calls.pop_front();
            self.head -= 1;
        }
    }

    fn used_at(&self, now: Nanos) -> u64 {
        self.calls
            .iter()
            .rev()
            .take_while(|&&(time, _)| time.saturating_add(self.period) > now)
            .fold(0, |sum: u64, &(_, count)| sum.saturating_add(count))
    }

    fn last(&self) -> Nanos {
        self.calls.back().map_or(0, |&(time, _)| time)
    }

    fn round(&self, at: Nanos) -> Nanos {
        at.div_ceil(self.grain).saturating_mul(self.grain)
    }
}
