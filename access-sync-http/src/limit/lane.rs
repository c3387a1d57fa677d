//! One queue of callers and the windows that all of them count against.
//!
//! A caller's slot is planned when it arrives and entered in every window; the plan is made anew
//! when something moves it (a pause, a caller that left, the server's own count). Slots are in order
//! of arrival, always.

use std::collections::VecDeque;
use std::task::Waker;

use super::Window;
use super::counter::{Counter, MAX_PERIOD};
use super::pace::Pace;

/// Nanoseconds on the limiter's own scale.
pub(super) type Nanos = u64;

/// A caller's place: its number in the queue, and its time as planned.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub(super) id: u64,
    pub(super) at: Nanos,
}

#[derive(Debug)]
pub(super) struct Lane {
    windows: Vec<Counter>,
    /// Who has not gone out yet, in order of arrival.
    waiting: VecDeque<Waiter>,
    next_id: u64,
    /// The last slot that was handed out, and the last one that was taken.
    tail: Nanos,
    released: Nanos,
    paused_until: Nanos,
    pace: Pace,
    /// Calls of the last second, for lanes that know no quota.
    recent: Counter,
    /// The plan of those who wait must be made anew.
    stale: bool,
}

#[derive(Debug)]
struct Waiter {
    id: u64,
    at: Nanos,
    cost: u32,
    /// The spacing that its slot was planned with.
    spacing: Nanos,
    /// The time it sleeps until, and how to wake it earlier.
    armed: Nanos,
    waker: Option<Waker>,
    nudged: bool,
}

const SECOND: Nanos = 1_000_000_000;
/// A server may ask for years; the queue is never held for more than this at once.
const MAX_PAUSE: Nanos = 24 * 3600 * SECOND;
const DEFAULT_PAUSE: Nanos = SECOND;
/// Windows that a server's headers may add.
const MOST_WINDOWS: usize = 16;

impl Lane {
    pub(super) fn new(windows: &[Window]) -> Self {
        Self {
            windows: windows.iter().map(Counter::new).collect(),
            waiting: VecDeque::new(),
            next_id: 0,
            tail: 0,
            released: 0,
            paused_until: 0,
            pace: Pace::default(),
            recent: Counter::new(&Window::new(0, std::time::Duration::from_secs(1))),
            stale: false,
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
        self.settle(now);
        let at = self.earliest(now, cost)?;
        if deadline.is_some_and(|deadline| at > deadline) {
            return Some(Err(at));
        }
        if at <= now {
            return Some(Ok(self.enter_now(at, cost)));
        }
        let (spacing, id) = (self.pace.spacing(), self.place(now, at, cost));
        self.waiting.push_back(Waiter {
            id,
            at,
            cost,
            spacing,
            armed: at,
            waker: None,
            nudged: false,
        });
        Some(Ok(Slot { id, at }))
    }

    /// Would a call that comes now go out at once?
    pub(super) fn is_free(&mut self, now: Nanos, cost: u32) -> bool {
        self.settle(now);
        self.earliest(now, cost).is_some_and(|at| at <= now)
    }

    /// Enters a call that goes out at once.
    pub(super) fn enter_now(&mut self, now: Nanos, cost: u32) -> Slot {
        let id = self.place(now, now, cost);
        self.released = now;
        Slot { id, at: now }
    }

    /// Enters a call that comes now and goes out at `at`; its number.
    fn place(&mut self, now: Nanos, at: Nanos, cost: u32) -> u64 {
        for window in &mut self.windows {
            window.tidy(now);
        }
        self.recent.tidy(now);
        self.enter(at, cost);
        let id = self.next_id;
        self.next_id += 1;
        id
    }

    /// When the next call of this cost could go out, if it came at `from`.
    pub(super) fn earliest(&self, from: Nanos, cost: u32) -> Option<Nanos> {
        let spaced = self.tail.saturating_add(self.pace.spacing());
        let mut at = from.max(spaced).max(self.paused_until);
        loop {
            let mut later = at;
            for window in &self.windows {
                later = later.max(window.earliest(later, cost)?);
            }
            if later == at {
                return Some(at);
            }
            at = later;
        }
    }

    /// The time of a slot as it is planned now; the caller will sleep until then.
    pub(super) fn arm(&mut self, slot: Slot, now: Nanos) -> Nanos {
        self.settle(now);
        match self.waiter(slot.id) {
            Some(waiter) => {
                waiter.armed = waiter.at;
                waiter.nudged = false;
                waiter.at
            }
            None => slot.at,
        }
    }

    /// Has the plan moved since the caller went to sleep? Else keeps its waker.
    pub(super) fn moved(&mut self, id: u64, waker: &Waker) -> bool {
        match self.waiter(id) {
            Some(waiter) if !waiter.nudged => {
                waiter.waker = Some(waker.clone());
                false
            }
            _ => true,
        }
    }

    /// Is somebody in front whose slot has come too? Then it goes first: this caller is woken when it
    /// has gone. Gives back whom to wake now.
    pub(super) fn yield_turn(&mut self, id: u64, now: Nanos) -> Option<Option<Waker>> {
        let front = self.waiting.front()?;
        if front.id >= id || front.at > now {
            return None;
        }
        if let Some(waiter) = self.waiter(id) {
            waiter.armed = Nanos::MAX;
        }
        Some(self.nudge())
    }

    /// The slot has come: the caller leaves the queue. Gives back whom to wake.
    pub(super) fn take(&mut self, id: u64) -> Option<Waker> {
        let index = self.index(id)?;
        let waiter = self.waiting.remove(index)?;
        self.released = self.released.max(waiter.at);
        let front = self.waiting.front()?;
        (front.at < front.armed).then(|| self.nudge()).flatten()
    }

    /// Gives a reservation back, whether its slot has come or not; those behind move up. Gives back
    /// whom to wake.
    pub(super) fn refund(&mut self, id: u64, at: Nanos, cost: u32) -> Option<Waker> {
        let at = match self.index(id).and_then(|i| self.waiting.remove(i)) {
            Some(waiter) => waiter.at,
            None => at,
        };
        self.leave(at, cost);
        match self.waiting.is_empty() {
            true => self.tail = self.released,
            false => self.stale = true,
        }
        self.nudge()
    }

    /// A call whose slot has come goes out later than its slot said, because another lane holds it.
    pub(super) fn postpone(&mut self, from: Nanos, to: Nanos, cost: u32) {
        self.leave(from, cost);
        for window in &mut self.windows {
            window.add(to, cost.into());
        }
        self.recent.add(to, cost.into());
        self.stale |= !self.waiting.is_empty();
    }

    /// The server said "too many": all who have not gone out yet wait, in their order, and go out
    /// spaced, so that nobody is released in a crowd.
    pub(super) fn throttled(&mut self, now: Nanos, delay: Option<Nanos>) {
        self.settle(now);
        let until = now.saturating_add(delay.unwrap_or(DEFAULT_PAUSE).min(MAX_PAUSE));
        self.paused_until = self.paused_until.max(until);
        if let Some(front) = self.waiting.front() {
            self.pace.set_spacing(front.spacing);
        }
        // The rate of the last second is what was too much; with a known quota, at most its rate.
        let calls = self.recent.used(now).saturating_sub(self.queued());
        let recent = SECOND / calls.clamp(1, 10_000);
        let usual = self.usual().map_or(recent, |usual| usual.min(recent));
        self.pace.cut(now, usual);
        for waiter in &mut self.waiting {
            waiter.spacing = self.pace.spacing();
        }
        self.stale = true;
        self.settle(now);
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
        let period = period.min(MAX_PERIOD);
        if period == 0 || limit == 0 {
            return;
        }
        let queued = self.queued();
        let known = self.windows.iter().position(|w| w.period() == period);
        if known.is_none() && self.windows.len() < MOST_WINDOWS {
            let length = std::time::Duration::from_nanos(period);
            let mut window = Counter::new(&Window::new(limit, length));
            for waiter in &self.waiting {
                window.add(waiter.at, waiter.cost.into());
            }
            self.windows.push(window);
        }
        let Some(window) = self.windows.iter_mut().find(|w| w.period() == period) else {
            return;
        };
        let before = window.limit();
        window.set_limit(limit);
        let used = limit.saturating_sub(remaining);
        let ours = window.used(now).saturating_sub(queued);
        if used > ours {
            // Entered so that it leaves when the server starts the window anew.
            let at = now
                .saturating_add(reset_in.min(period))
                .saturating_sub(period);
            window.add(at, used - ours);
        }
        if used > ours || limit != before || known.is_none() {
            self.stale |= !self.waiting.is_empty();
        }
    }

    /// Calls left now in each window: (period, limit, left). Those that wait count as used.
    pub(super) fn remaining(&self, now: Nanos) -> impl Iterator<Item = (Nanos, u64, u64)> + '_ {
        self.windows
            .iter()
            .map(move |w| (w.period(), w.limit(), w.limit().saturating_sub(w.used(now))))
    }

    /// What outlives the process: each window with the calls that went out, and the pause.
    pub(super) fn ledger(&self, now: Nanos) -> impl Iterator<Item = Ledger> + '_ {
        self.windows.iter().map(move |window| {
            let mut sent = Counter::new(&Window::new(
                window.limit(),
                std::time::Duration::from_nanos(window.period()),
            ));
            for (time, count) in window.entries() {
                sent.add(time, count);
            }
            for waiter in &self.waiting {
                sent.remove(waiter.at, waiter.cost.into());
            }
            sent.forget(now);
            Ledger {
                limit: window.limit(),
                period: window.period(),
                calls: sent.entries().collect(),
            }
        })
    }

    pub(super) fn paused_until(&self) -> Nanos {
        self.paused_until
    }

    /// Enters what an earlier process left behind.
    pub(super) fn restore(&mut self, ledgers: &[Ledger], paused_until: Nanos) {
        self.paused_until = self.paused_until.max(paused_until);
        for ledger in ledgers {
            let known = self
                .windows
                .iter()
                .position(|w| w.period() == ledger.period);
            let index = known.unwrap_or(self.windows.len());
            if known.is_none() {
                if self.windows.len() >= MOST_WINDOWS || ledger.limit == 0 {
                    continue;
                }
                let period = std::time::Duration::from_nanos(ledger.period);
                self.windows
                    .push(Counter::new(&Window::new(ledger.limit, period)));
            }
            if let Some(window) = self.windows.get_mut(index) {
                for (time, count) in &ledger.calls {
                    window.add(*time, *count);
                }
            }
        }
    }

    /// Plans those who wait anew, where something moved.
    fn settle(&mut self, now: Nanos) {
        if !std::mem::take(&mut self.stale) {
            return;
        }
        let mut waiting = std::mem::take(&mut self.waiting);
        for waiter in waiting.iter().rev() {
            self.leave(waiter.at, waiter.cost);
        }
        self.tail = self.released;
        if let Some(front) = waiting.front() {
            self.pace.set_spacing(front.spacing);
        }
        for waiter in &mut waiting {
            waiter.spacing = self.pace.spacing();
            // One whose slot has come but who has not woken yet keeps it.
            let from = waiter.at.min(now);
            waiter.at = self.earliest(from, waiter.cost).unwrap_or(waiter.at);
            self.enter(waiter.at, waiter.cost);
        }
        self.waiting = waiting;
    }

    fn enter(&mut self, at: Nanos, cost: u32) {
        for window in &mut self.windows {
            window.add(at, cost.into());
        }
        self.recent.add(at, cost.into());
        self.tail = at;
        if self.pace.spacing() > 0 {
            let usual = self.usual();
            self.pace.regain(usual);
        }
    }

    fn leave(&mut self, at: Nanos, cost: u32) {
        for window in &mut self.windows {
            window.remove(at, cost.into());
        }
        self.recent.remove(at, cost.into());
    }

    /// The distance of calls at full speed, where a quota is known. A month's quota says nothing of
    /// the speed, so a second is the most.
    fn usual(&self) -> Option<Nanos> {
        let pace = self.windows.iter().map(Counter::pace).min()?;
        Some(pace.min(SECOND))
    }

    fn queued(&self) -> u64 {
        self.waiting.iter().map(|w| u64::from(w.cost)).sum()
    }

    /// Wakes the first in the queue, who wakes the next when it leaves. Only the first: to wake all
    /// at each change would be the crowd that a queue is there to prevent.
    fn nudge(&mut self) -> Option<Waker> {
        let front = self.waiting.front_mut()?;
        front.nudged = true;
        front.waker.take()
    }

    fn waiter(&mut self, id: u64) -> Option<&mut Waiter> {
        let index = self.index(id)?;
        self.waiting.get_mut(index)
    }

    fn index(&self, id: u64) -> Option<usize> {
        self.waiting.binary_search_by_key(&id, |w| w.id).ok()
    }
}

/// One window's calls, for a restart.
#[derive(Debug)]
pub(super) struct Ledger {
    pub(super) limit: u64,
    pub(super) period: Nanos,
    pub(super) calls: Vec<(Nanos, u64)>,
}
