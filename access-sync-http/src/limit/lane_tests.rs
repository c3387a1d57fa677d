//! A lane against a brute-force reading of its rules.

use std::task::{Wake, Waker};
use std::time::Duration;

use proptest::prelude::*;

use super::Window;
use super::lane::{Lane, Nanos, Slot};

const S: Nanos = 1_000_000_000;
const DAY: Nanos = 24 * 3600 * S;
const START: Nanos = 400 * DAY;

fn window(limit: u64, period: Nanos) -> Window {
    Window::new(limit, Duration::from_nanos(period))
}

struct Nobody;
impl Wake for Nobody {
    fn wake(self: std::sync::Arc<Self>) {}
}

fn at(lane: &mut Lane, now: Nanos) -> Nanos {
    lane.reserve(now, 1, None).unwrap().unwrap().at
}

/// Callers that sleep and wake as the limiter's do, and go out when their slot comes.
struct Crowd {
    lane: Lane,
    now: Nanos,
    waiting: Vec<(Slot, u32)>,
    sent: Vec<(Nanos, u32, u64)>,
    arrivals: u64,
}

impl Crowd {
    fn new(windows: &[Window]) -> Self {
        Self {
            lane: Lane::new(windows),
            now: START,
            waiting: Vec::new(),
            sent: Vec::new(),
            arrivals: 0,
        }
    }

    /// Whether the call was taken.
    fn arrive(&mut self, cost: u32, deadline: Option<Nanos>) -> Result<Nanos, Option<Nanos>> {
        match self.lane.reserve(self.now, cost, deadline) {
            None => Err(None),
            Some(Err(at)) => Err(Some(at)),
            Some(Ok(slot)) => {
                self.arrivals += 1;
                if slot.at <= self.now {
                    self.sent.push((self.now, cost, slot.id));
                } else {
                    self.waiting.push((slot, cost));
                }
                Ok(slot.at)
            }
        }
    }

    fn cancel(&mut self, index: usize) {
        if self.waiting.is_empty() {
            return;
        }
        let (slot, cost) = self.waiting.remove(index % self.waiting.len());
        let _ = self.lane.refund(slot.id, slot.at, cost);
    }

    /// Lets time pass; whoever's slot comes goes out.
    fn pass(&mut self, by: Nanos) {
        let until = self.now + by;
        loop {
            for (slot, _) in &mut self.waiting {
                slot.at = self.lane.arm(*slot, self.now);
            }
            let next = self.waiting.iter().map(|(slot, _)| slot.at).min();
            match next.filter(|next| *next <= until) {
                None => break,
                Some(next) => {
                    self.now = self.now.max(next);
                    let (slot, cost) = self.waiting.remove(0);
                    assert_eq!(slot.at, next, "slots come in order of arrival");
                    let _ = self.lane.take(slot.id);
                    self.sent.push((self.now, cost, slot.id));
                }
            }
        }
        self.now = until;
    }

    fn check(&self, windows: &[Window]) {
        // Of two whose slots come at the same moment, one may still be waking up.
        let in_order = |w: &[(Nanos, u32, u64)]| w[0].2 < w[1].2 || w[0].0 == w[1].0;
        assert!(
            self.sent.windows(2).all(in_order),
            "first come first served"
        );
        for window in windows {
            let period = Nanos::try_from(window.period.as_nanos()).unwrap();
            for (end, _, _) in &self.sent {
                let used: u64 = self
                    .sent
                    .iter()
                    .filter(|(t, _, _)| t <= end && *t + period > *end)
                    .map(|(_, cost, _)| u64::from(*cost))
                    .sum();
                assert!(used <= window.limit, "{used} calls in {window:?}");
            }
        }
    }
}

#[derive(Clone, Debug)]
enum Event {
    Arrive(u32, Option<Nanos>),
    Cancel(usize),
    Pass(Nanos),
    Throttle(Option<Nanos>),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        6 => (1_u32..4, proptest::option::weighted(0.2, 0_u64..20 * S))
            .prop_map(|(cost, deadline)| Event::Arrive(cost, deadline)),
        2 => any::<usize>().prop_map(Event::Cancel),
        4 => prop_oneof![0..S / 20, 0..S, 0..30 * S].prop_map(Event::Pass),
        1 => proptest::option::of(prop_oneof![0..3 * S, Just(u64::MAX)]).prop_map(Event::Throttle),
    ]
}

fn windows() -> impl Strategy<Value = Vec<Window>> {
    proptest::collection::vec(
        (3_u64..12, prop_oneof![S / 10..S, S..60 * S, Just(30 * DAY)])
            .prop_map(|(limit, period)| window(limit, period)),
        1..4,
    )
}

proptest! {
    #[test]
    fn no_window_is_ever_exceeded_whatever_happens(
        windows in windows(),
        events in proptest::collection::vec(event(), 1..120),
    ) {
        let mut crowd = Crowd::new(&windows);
        let mut pauses: Vec<(Nanos, Nanos)> = Vec::new();
        for event in events {
            match event {
                Event::Arrive(cost, deadline) => {
                    let deadline = deadline.map(|d| crowd.now + d);
                    let taken = crowd.arrive(cost, deadline);
                    if let (Ok(at), Some(deadline)) = (taken, deadline) {
                        prop_assert!(at <= deadline);
                    }
                }
                Event::Cancel(index) => crowd.cancel(index),
                Event::Pass(by) => crowd.pass(by),
                Event::Throttle(delay) => {
                    crowd.lane.throttled(crowd.now, delay);
                    let length = delay.unwrap_or(S).min(DAY);
                    pauses.push((crowd.now, crowd.now.saturating_add(length)));
                }
            }
        }
        crowd.pass(400 * DAY);
        crowd.check(&windows);
        for (from, to) in pauses {
            // What went out at the very moment of the throttle was on its way.
            prop_assert!(!crowd.sent.iter().any(|(t, _, _)| *t > from && *t < to));
        }
    }

    /// A slot never comes earlier than the rules allow, nor much later.
    #[test]
    fn a_slot_is_as_early_as_brute_force_finds(
        limit in 1_u64..6,
        gaps in proptest::collection::vec(0_u64..2 * S, 1..60),
    ) {
        let period = S;
        let mut crowd = Crowd::new(&[window(limit, period)]);
        let mut sent: Vec<Nanos> = Vec::new();
        for gap in gaps {
            crowd.pass(gap);
            let slot = crowd.arrive(1, None).unwrap();
            let mut best = crowd.now.max(sent.last().copied().unwrap_or(0));
            let index = sent.len().checked_sub(usize::try_from(limit).unwrap());
            if let Some(index) = index {
                best = best.max(sent[index] + period);
            }
            prop_assert!(slot >= best, "{slot} < {best}");
            sent.push(slot);
            // Rounding costs at most a thousandth of the period for each slot before it.
            prop_assert!(slot - best <= period / 1000, "{} late", slot - best);
        }
    }

    #[test]
    fn all_who_leave_give_their_place_back(
        keep in proptest::collection::vec(any::<bool>(), 1..80),
    ) {
        let mut crowd = Crowd::new(&[window(1, S / 10)]);
        for _ in &keep {
            crowd.arrive(1, None).unwrap();
        }
        let mut index = 0;
        for keep in keep.iter().skip(1) {
            if *keep { index += 1 } else { crowd.cancel(index) }
        }
        let kept = (crowd.waiting.len() + crowd.sent.len()) as u64;
        // The next slot is the one that it would have been had the others never come.
        let next = crowd.arrive(1, None).unwrap() - START;
        prop_assert!(next <= kept * (S / 10 + S / 5000) + 1, "{next} for {kept}");
    }

    #[test]
    fn absurd_numbers_do_no_harm(
        limit in prop_oneof![Just(0), Just(1), Just(u64::MAX), any::<u64>()],
        period in prop_oneof![Just(Duration::ZERO), Just(Duration::MAX), any::<Duration>()],
        numbers in proptest::collection::vec(
            prop_oneof![Just(0), Just(1), Just(u64::MAX), any::<u64>()], 24),
    ) {
        let mut lane = Lane::new(&[Window::new(limit, period)]);
        for n in numbers.chunks(4) {
            let now = n[0].max(START);
            let _ = lane.reserve(now, u32::try_from(n[1]).unwrap_or(u32::MAX), Some(n[2]));
            lane.throttled(now, Some(n[3]));
            lane.quota(now, n[1], n[2], n[3], n[0]);
            if let Some(Ok(slot)) = lane.reserve(now, 1, None) {
                lane.postpone(slot.at, n[2], 1);
                let _ = lane.refund(slot.id, n[2], 1);
            }
            let _ = lane.remaining(now).count();
            let _ = lane.ledger(now).count();
        }
    }
}

#[test]
fn those_behind_move_up_when_somebody_leaves() {
    let mut crowd = Crowd::new(&[window(1, S)]);
    for _ in 0..10 {
        crowd.arrive(1, None).unwrap();
    }
    for _ in 0..7 {
        crowd.cancel(1);
    }
    crowd.pass(20 * S);
    let last = crowd.sent.last().unwrap().0 - START;
    assert_eq!(crowd.sent.len(), 3);
    assert!(last < 2 * S + S / 100, "{last}");
}

#[test]
fn the_first_in_the_queue_is_woken_when_its_slot_comes_earlier() {
    let mut lane = Lane::new(&[window(1, S)]);
    let waker = Waker::from(std::sync::Arc::new(Nobody));
    let first = lane.reserve(START, 1, None).unwrap().unwrap();
    let second = lane.reserve(START, 1, None).unwrap().unwrap();
    assert!(!lane.moved(second.id, &waker));
    assert!(lane.refund(first.id, first.at, 1).is_some());
    assert!(lane.moved(second.id, &waker));
    assert_eq!(lane.arm(second, START + 1), START + 1);
}

#[test]
fn a_call_that_never_fits_is_told_so_at_once() {
    let mut lane = Lane::new(&[window(3, S)]);
    assert!(lane.reserve(START, 4, None).is_none());
    assert!(Lane::new(&[window(0, S)]).reserve(START, 1, None).is_none());
}

#[test]
fn a_deadline_that_cannot_be_met_costs_nothing() {
    let mut lane = Lane::new(&[window(1, S)]);
    at(&mut lane, START);
    for _ in 0..100 {
        assert!(
            lane.reserve(START, 1, Some(START + S / 2))
                .unwrap()
                .is_err()
        );
    }
    assert!(at(&mut lane, START) <= START + S + S / 500);
}

#[test]
fn the_servers_own_count_holds_back_until_its_window_starts_anew() {
    let mut lane = Lane::new(&[window(100, 3600 * S)]);
    lane.quota(START, 100, 0, 3600 * S, 60 * S);
    let slot = at(&mut lane, START) - START;
    assert!((60 * S..64 * S).contains(&slot), "{slot}");
    // A window nobody configured is learned.
    let mut lane = Lane::new(&[]);
    lane.quota(START, 5, 2, 60 * S, 10 * S);
    assert_eq!((at(&mut lane, START), at(&mut lane, START)), (START, START));
    assert!(at(&mut lane, START) >= START + 10 * S);
}

#[test]
fn the_servers_count_also_moves_those_who_wait_already() {
    let mut crowd = Crowd::new(&[window(2, S), window(50, 60 * S)]);
    for _ in 0..10 {
        crowd.arrive(1, None).unwrap();
    }
    crowd.pass(0);
    crowd.lane.quota(START, 50, 0, 60 * S, 30 * S);
    crowd.pass(29 * S);
    assert_eq!(crowd.sent.len(), 2);
    crowd.pass(100 * S);
    assert_eq!(crowd.sent.len(), 10);
}

#[test]
fn after_a_throttle_nobody_is_released_in_a_crowd() {
    let mut crowd = Crowd::new(&[window(10, S)]);
    for _ in 0..30 {
        crowd.arrive(1, None).unwrap();
    }
    crowd.pass(0);
    crowd.lane.throttled(crowd.now, Some(5 * S));
    crowd.pass(100 * S);
    let after: Vec<_> = crowd
        .sent
        .iter()
        .map(|s| s.0 - START)
        .filter(|t| *t > 0)
        .collect();
    assert_eq!(after.len(), 20);
    assert!(after[0] >= 5 * S);
    let gaps: Vec<_> = after.windows(2).map(|w| w[1] - w[0]).collect();
    assert!(gaps.iter().all(|gap| *gap >= S / 10), "{gaps:?}");
    assert!(gaps[0] >= S / 8 && gaps[18] < gaps[0], "{gaps:?}");
}

#[test]
fn a_ledger_carries_what_was_sent_and_nothing_that_waits() {
    let mut crowd = Crowd::new(&[window(5, 30 * DAY)]);
    for _ in 0..8 {
        crowd.arrive(1, None).unwrap();
    }
    crowd.pass(S);
    let ledgers: Vec<_> = crowd.lane.ledger(crowd.now).collect();
    let sent: u64 = ledgers[0].calls.iter().map(|(_, n)| n).sum();
    assert_eq!(sent, 5);
    let mut next = Lane::new(&[window(5, 30 * DAY)]);
    next.restore(&ledgers, 0);
    assert_eq!(next.remaining(crowd.now).next().unwrap().2, 0);
    let slot = at(&mut next, crowd.now) - START;
    assert!((30 * DAY..31 * DAY).contains(&slot), "{slot}");
}

#[test]
fn a_call_that_another_lane_holds_counts_when_it_goes_out() {
    let mut lane = Lane::new(&[window(1, 10 * S)]);
    let slot = at(&mut lane, START);
    lane.postpone(slot, START + 8 * S, 1);
    let next = at(&mut lane, START) - START;
    assert!((18 * S..19 * S).contains(&next), "{next}");
}
