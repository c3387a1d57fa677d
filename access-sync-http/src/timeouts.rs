//! Timeouts that hardly ever come.
//!
//! Every attempt has one, and nearly all are taken back unused. To set and cancel a sleep for each
//! costs two wakes of the timer's thread, a third of a call on loopback. So all attempts of a client
//! share one sleep, set for the earliest of them and left alone when that one goes away.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Instant;

use futures_util::future::BoxFuture;

use crate::Timer;

pub(crate) struct Timeouts {
    timer: Arc<dyn Timer>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Up to here the shared sleeps have come.
    passed: Option<Instant>,
    /// Who waits, at a place that stays its own; and the places that are free. All are looked at
    /// when a sleep ends, which is seldom; to come and go costs no search.
    waiting: Vec<Option<(Instant, Waker)>>,
    free: Vec<usize>,
    armed: Option<(Instant, BoxFuture<'static, ()>)>,
}

impl Timeouts {
    pub(crate) fn new(timer: Arc<dyn Timer>) -> Arc<Self> {
        Arc::new(Self {
            timer,
            state: Mutex::default(),
        })
    }

    /// Resolves at `at`, not before.
    pub(crate) fn at(self: &Arc<Self>, at: Instant) -> Timeout<'_> {
        Timeout {
            at,
            place: None,
            set: self,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The shared sleep until `at` has ended.
    fn fired(&self, at: Instant) {
        let woken = {
            let mut state = self.lock();
            if state.armed.as_ref().is_none_or(|(armed, _)| *armed != at) {
                return;
            }
            state.armed = None;
            state.passed = state.passed.max(Some(at));
            state.due()
        };
        woken.into_iter().for_each(Waker::wake);
    }
}

impl State {
    /// Waits at a place: the one it has, or a free one. Gives back the place, and a waker that is
    /// not needed any more, to be dropped when the state is free again.
    fn wait(&mut self, place: Option<usize>, at: Instant, waker: &Waker) -> (usize, Option<Waker>) {
        let place = place.or_else(|| self.free.pop()).unwrap_or_else(|| {
            self.waiting.push(None);
            self.waiting.len() - 1
        });
        let mut before = None;
        if let Some(here) = self.waiting.get_mut(place) {
            match here {
                Some((_, known)) if known.will_wake(waker) => {}
                here => before = here.replace((at, waker.clone())).map(|(_, waker)| waker),
            }
        }
        (place, before)
    }

    /// Whose time has come, and the first whose time has not: it sets the next sleep, in its own
    /// task.
    fn due(&self) -> Vec<Waker> {
        let waiting = self.waiting.iter().flatten();
        waiting
            .filter(|(at, _)| Some(*at) <= self.passed)
            .map(|(_, waker)| waker.clone())
            .chain(self.next())
            .collect()
    }

    fn next(&self) -> Option<Waker> {
        let waiting = self.waiting.iter().flatten();
        waiting
            .filter(|(at, _)| Some(*at) > self.passed)
            .min_by_key(|(at, _)| *at)
            .map(|(_, waker)| waker.clone())
    }

    /// Sees to a sleep that ends at `at` or before. Gives back whom to wake.
    fn arm(&mut self, set: &Arc<Timeouts>, at: Instant) -> Vec<Waker> {
        if self.armed.as_ref().is_some_and(|(armed, _)| *armed <= at) {
            return Vec::new();
        }
        let mut sleep = set.timer.sleep_until(at);
        let waker = Waker::from(Arc::new(Alarm(Arc::downgrade(set), at)));
        match sleep.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Pending => {
                self.armed = Some((at, sleep));
                Vec::new()
            }
            // It came while we looked.
            Poll::Ready(()) => {
                self.passed = self.passed.max(Some(at));
                self.due()
            }
        }
    }
}

/// Weak, as the set holds the sleep that holds this.
struct Alarm(Weak<Timeouts>, Instant);

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        if let Some(set) = self.0.upgrade() {
            set.fired(self.1);
        }
    }
}

pub(crate) struct Timeout<'a> {
    at: Instant,
    /// Where it waits, once it does.
    place: Option<usize>,
    set: &'a Arc<Timeouts>,
}

impl Future for Timeout<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.set.lock();
        if state.passed >= Some(self.at) {
            return Poll::Ready(());
        }
        let (place, _before) = state.wait(self.place, self.at, context.waker());
        let woken = state.arm(self.set, self.at);
        let passed = state.passed >= Some(self.at);
        drop(state);
        self.place = Some(place);
        woken.into_iter().for_each(Waker::wake);
        match passed {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    }
}

impl Drop for Timeout<'_> {
    fn drop(&mut self) {
        let Some(place) = self.place else {
            return;
        };
        let (_gone, next) = {
            let mut state = self.set.lock();
            let gone = state.waiting.get_mut(place).and_then(Option::take);
            state.free.push(place);
            // It may have been the one to set the next sleep.
            let next = match state.armed {
                Some(_) => None,
                None => state.next(),
            };
            (gone, next)
        };
        if let Some(waker) = next {
            waker.wake();
        }
    }
}

#[cfg(all(test, feature = "test-util"))]
mod tests {
    use std::time::Duration;

    use futures_util::future::{join_all, select};

    use super::*;
    use crate::test_util::VirtualTimer;

    fn clock() -> (VirtualTimer, Arc<Timeouts>) {
        let timer = VirtualTimer::new(chrono::DateTime::UNIX_EPOCH);
        let set = Timeouts::new(Arc::new(timer.clone()));
        (timer, set)
    }

    #[test]
    fn each_comes_at_its_time_whatever_the_order_they_were_set_in() {
        let (timer, set) = clock();
        let start = timer.now();
        timer.block_on(join_all([7_u64, 3, 9, 3, 1, 8].map(|secs| {
            let (timer, set) = (timer.clone(), set.clone());
            async move {
                set.at(start + Duration::from_secs(secs)).await;
                assert_eq!(timer.elapsed(), Duration::from_secs(secs));
            }
        })));
    }

    #[test]
    fn those_that_are_taken_back_cost_no_sleep_and_hold_up_nobody() {
        let (timer, set) = clock();
        let start = timer.now();
        let second = Duration::from_secs(1);
        timer.block_on(async {
            for n in 0..100 {
                let mut early = Box::pin(set.at(start + second * (30 + n)));
                assert!(
                    std::future::poll_fn(|c| Poll::Ready(early.as_mut().poll(c)))
                        .await
                        .is_pending()
                );
            }
            assert_eq!(timer.sleeps(), 1);
            let late = set.at(start + second * 500);
            let dropped = set.at(start + second * 400);
            // The earlier one goes away when the shared sleep ends, which it was to set anew.
            let short = timer.sleep_until(start + second * 30);
            let leaving = async {
                select(Box::pin(dropped), short).await;
            };
            futures_util::future::join(late, leaving).await;
        });
        assert_eq!(timer.elapsed(), second * 500);
    }
}
