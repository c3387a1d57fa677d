//! The lanes of a limiter, by the scopes that pass through them.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use futures_util::future::select;

use super::lane::{Lane, Nanos, Slot};
use super::state::LimiterState;
use super::window::{LaneRule, Per, Remaining};
use super::{LimitError, Permit, Scope};
use crate::Timer;

#[derive(Debug)]
pub(super) struct Queues {
    pub(super) rules: Vec<LaneRule>,
    timer: Arc<dyn Timer>,
    epoch: Instant,
    pub(super) wall_epoch: DateTime<Utc>,
    pub(super) restored: LimiterState,
    lanes: Mutex<Lanes>,
}

/// A lane's place in the list of lanes; they are made when first needed and stay.
type LaneId = usize;

#[derive(Debug, Default)]
pub(super) struct Lanes {
    pub(super) lanes: Vec<(LaneKey, Lane)>,
    pub(super) ids: BTreeMap<LaneKey, LaneId>,
    /// The lanes that a scope's calls pass through, in order: one look-up for a call.
    of_scope: BTreeMap<Scope, Arc<[LaneId]>>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LaneKey {
    pub(super) rule: usize,
    pub(super) vendor: &'static str,
    pub(super) tenant: Arc<str>,
    pub(super) class: &'static str,
}

/// Where the limiter's own scale of time stands when it is made: calls of an earlier process lie
/// before it.
pub(super) const EPOCH: Nanos = 400 * 24 * 3600 * 1_000_000_000;

/// How long a caller whose slot has come lets those in front go first. They are awake already; only
/// one that nobody polls takes longer, and must not hold up the others.
const PATIENCE: Nanos = 2_000_000;

const TOO_DEAR: LimitError = LimitError::Unavailable("the call costs more than a whole window");

/// A slot in one lane, given back unless it is spent.
pub(super) struct Hold {
    queues: Arc<Queues>,
    lane: LaneId,
    slot: Slot,
    cost: u32,
    spent: bool,
}

impl Hold {
    /// The call has gone out.
    pub(super) fn spend(&mut self) {
        self.spent = true;
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        if self.spent {
            return;
        }
        let woken = {
            let mut lanes = self.queues.lock();
            lanes
                .get(self.lane)
                .and_then(|lane| lane.refund(self.slot.id, self.slot.at, self.cost))
        };
        woken.into_iter().for_each(Waker::wake);
    }
}

impl Lanes {
    fn get(&mut self, id: LaneId) -> Option<&mut Lane> {
        self.lanes.get_mut(id).map(|(_, lane)| lane)
    }

    /// The lanes of a scope, in order.
    fn of(&mut self, queues: &Queues, scope: &Scope) -> Arc<[LaneId]> {
        if let Some(ids) = self.of_scope.get(scope) {
            return Arc::clone(ids);
        }
        let ids: Arc<[LaneId]> = queues
            .keys(scope)
            .map(|key| match self.ids.get(&key) {
                Some(id) => *id,
                None => {
                    let id = self.lanes.len();
                    self.lanes.push((key.clone(), queues.new_lane(&key)));
                    self.ids.insert(key, id);
                    id
                }
            })
            .collect();
        self.of_scope.insert(scope.clone(), Arc::clone(&ids));
        ids
    }
}

impl Queues {
    pub(super) fn new(rules: Vec<LaneRule>, timer: Arc<dyn Timer>, restored: LimiterState) -> Self {
        Self {
            rules,
            epoch: timer.now(),
            wall_epoch: timer.wall(),
            timer,
            restored,
            lanes: Mutex::default(),
        }
    }

    pub(super) async fn acquire(
        self: &Arc<Self>,
        scope: &Scope,
        cost: u32,
        deadline: Option<Instant>,
    ) -> Result<Permit, LimitError> {
        let lanes = self.lock().of(self, scope);
        let mut permit = Permit::free();
        for (index, lane) in lanes.iter().enumerate() {
            let later = lanes.get(index + 1..).unwrap_or_default();
            let (mut hold, now) = self.reserve(*lane, later, cost, deadline)?;
            let at_once =
                hold.slot.at <= now && permit.holds().all(|passed| passed.slot.at >= hold.slot.at);
            if !at_once {
                self.wait(&mut hold, &mut permit, now, deadline).await?;
            }
            permit.hold(hold);
        }
        Ok(permit)
    }

    /// A slot in every lane, where all have one free now.
    pub(super) fn try_acquire(
        self: &Arc<Self>,
        scope: &Scope,
        cost: u32,
        deadline: Option<Instant>,
    ) -> Option<Permit> {
        let mut lanes = self.lock();
        // Looked up under the lock: a caller that was overtaken on its way here is not late.
        let time = self.timer.now();
        if deadline.is_some_and(|deadline| time > deadline) {
            return None;
        }
        let now = self.nanos(time);
        let Lanes {
            lanes, of_scope, ..
        } = &mut *lanes;
        // A scope that is not known yet is made known by the long way.
        let ids = of_scope.get(scope)?.iter();
        for id in ids.clone() {
            let (_, lane) = lanes.get_mut(*id)?;
            if !lane.is_free(now, cost) {
                return None;
            }
        }
        let mut permit = Permit::free();
        for id in ids {
            let (_, lane) = lanes.get_mut(*id)?;
            permit.hold(Hold {
                queues: Arc::clone(self),
                lane: *id,
                slot: lane.enter_now(now, cost),
                cost,
                spent: false,
            });
        }
        Some(permit)
    }

    /// Reserves in one lane, now. `later` are the lanes still to come.
    fn reserve(
        self: &Arc<Self>,
        id: LaneId,
        later: &[LaneId],
        cost: u32,
        deadline: Option<Instant>,
    ) -> Result<(Hold, Nanos), LimitError> {
        let until = deadline.map(|deadline| self.nanos(deadline));
        let mut lanes = self.lock();
        let now = self.now();
        let lane = lanes.get(id).ok_or(TOO_DEAR)?;
        let slot = match lane.reserve(now, cost, until) {
            None => return Err(TOO_DEAR),
            Some(Err(at)) => return Err(past(now, at)),
            Some(Ok(slot)) => slot,
        };
        let mut at = slot.at;
        if let Some(until) = until {
            // Better to fail now than after a sleep in this lane.
            let mut fits = Ok(());
            for id in later {
                match lanes.get(*id).and_then(|lane| lane.earliest(at, cost)) {
                    Some(slot) => at = slot,
                    None => fits = Err(TOO_DEAR),
                }
            }
            if fits.is_ok() && at > until {
                fits = Err(past(now, at));
            }
            if let Err(error) = fits {
                let woken = lanes
                    .get(id)
                    .and_then(|lane| lane.refund(slot.id, slot.at, cost));
                drop(lanes);
                woken.into_iter().for_each(Waker::wake);
                return Err(error);
            }
        }
        let hold = Hold {
            queues: Arc::clone(self),
            lane: id,
            slot,
            cost,
            spent: false,
        };
        Ok((hold, now))
    }

    /// Sleeps until the slot comes. `earlier` are the lanes that the call has passed.
    async fn wait(
        &self,
        hold: &mut Hold,
        earlier: &mut Permit,
        mut now: Nanos,
        deadline: Option<Instant>,
    ) -> Result<(), LimitError> {
        let until = deadline.map(|deadline| self.nanos(deadline));
        let (lane, id, cost, asked) = (hold.lane, hold.slot.id, hold.cost, now);
        let mut patient = true;
        loop {
            let due = {
                let mut lanes = self.lock();
                let due = match lanes.get(lane) {
                    Some(lane) => lane.arm(hold.slot, now),
                    None => hold.slot.at,
                };
                for passed in earlier.holds().filter(|passed| passed.slot.at < due) {
                    if let Some(lane) = lanes.get(passed.lane) {
                        lane.postpone(passed.slot.at, due, cost);
                        passed.slot.at = due;
                    }
                }
                due
            };
            hold.slot.at = due;
            if until.is_some_and(|until| due > until) {
                return Err(past(asked, due));
            }
            let mut until_then = due;
            if due <= now {
                let turn = match patient {
                    true => self.lock().get(lane).and_then(|l| l.yield_turn(id, now)),
                    false => None,
                };
                let Some(front) = turn else {
                    let next = self.lock().get(lane).and_then(|lane| lane.take(id));
                    next.into_iter().for_each(Waker::wake);
                    return Ok(());
                };
                front.into_iter().for_each(Waker::wake);
                (patient, until_then) = (false, now.saturating_add(PATIENCE));
            }
            let at = self.instant(until_then).ok_or(LimitError::Unavailable(
                "the next slot lies beyond the clock",
            ))?;
            let moved = poll_fn(|context| {
                let moved = self
                    .lock()
                    .get(lane)
                    .is_none_or(|lane| lane.moved(id, context.waker()));
                match moved {
                    true => Poll::Ready(()),
                    false => Poll::Pending,
                }
            });
            select(self.timer.sleep_until(at), moved).await;
            now = self.now();
        }
    }

    pub(super) fn throttled(&self, scope: &Scope, delay: Option<Nanos>) {
        let now = self.now();
        let mut lanes = self.lock();
        for id in lanes.of(self, scope).iter() {
            if let Some(lane) = lanes.get(*id) {
                lane.throttled(now, delay);
            }
        }
    }

    /// Headers speak of the narrowest thing the vendor counts, which is the first lane.
    pub(super) fn quota(
        &self,
        scope: &Scope,
        limit: u64,
        remaining: u64,
        period: Nanos,
        reset_in: Nanos,
    ) {
        let now = self.now();
        let mut lanes = self.lock();
        let first = lanes.of(self, scope).first().copied();
        if let Some(lane) = first.and_then(|id| lanes.get(id)) {
            lane.quota(now, limit, remaining, period, reset_in);
        }
    }

    /// Calls left now, the tightest window first.
    pub(super) fn remaining(&self, scope: &Scope) -> Vec<Remaining> {
        let now = self.now();
        let mut lanes = self.lock();
        let mut out = Vec::new();
        for id in lanes.of(self, scope).iter() {
            let Some(lane) = lanes.get(*id) else { continue };
            out.extend(lane.remaining(now).map(|(period, limit, left)| Remaining {
                period: Duration::from_nanos(period),
                limit,
                left,
            }));
        }
        out.sort_by_key(|remaining| remaining.left);
        out
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Lanes> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keys<'a>(&'a self, scope: &'a Scope) -> impl Iterator<Item = LaneKey> + 'a {
        self.rules.iter().enumerate().filter_map(|(rule, lane)| {
            let class = match lane.per {
                Per::Tenant => "",
                Per::Class => scope.class,
                Per::Only(class) if class == scope.class => class,
                Per::Only(_) => return None,
            };
            Some(LaneKey {
                rule,
                vendor: scope.vendor,
                tenant: scope.tenant.clone(),
                class,
            })
        })
    }

    pub(super) fn now(&self) -> Nanos {
        self.nanos(self.timer.now())
    }

    fn nanos(&self, at: Instant) -> Nanos {
        EPOCH.saturating_add(nanos(at.saturating_duration_since(self.epoch)))
    }

    fn instant(&self, at: Nanos) -> Option<Instant> {
        self.epoch
            .checked_add(Duration::from_nanos(at.saturating_sub(EPOCH)))
    }
}

fn past(now: Nanos, at: Nanos) -> LimitError {
    LimitError::PastDeadline {
        wait: Duration::from_nanos(at.saturating_sub(now)),
    }
}

pub(super) fn nanos(duration: Duration) -> Nanos {
    Nanos::try_from(duration.as_nanos()).unwrap_or(Nanos::MAX)
}
