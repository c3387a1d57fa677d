//! Timeouts that hardly ever come.
//!
//! Every attempt has one, and nearly all are taken back unused. To set and cancel a sleep for each
//! costs two wakes of the timer's thread, a third of a call on loopback. So all attempts of a client
//! share one sleep, set for the earliest of them and left alone when that one goes away.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Instant;

use futures_util::future::BoxFuture;

use crate::Timer;

pub(crate) struct Timeouts {
    timer: Arc<dyn Timer>,
    next_id: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Up to here the shared sleeps have come.
    passed: Option<Instant>,
    waiting: BTreeMap<Key, Waker>,
    armed: Option<(Instant, BoxFuture<'static, ()>)>,
}

type Key = (Instant, u64);

impl Timeouts {
    pub(crate) fn new(timer: Arc<dyn Timer>) -> Arc<Self> {
        Arc::new(Self {
            timer,
            next_id: AtomicU64::new(0),
            state: Mutex::default(),
        })
    }

    /// Resolves at `at`, not before.
    pub(crate) fn at(self: &Arc<Self>, at: Instant) -> Timeout<'_> {
        Timeout {
            key: (at, self.next_id.fetch_add(1, Ordering::Relaxed)),
            set: self,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The shared sleep has ended.
    fn fired(&self) {
        let woken = {
            let mut state = self.lock();
            let Some((until, _)) = state.armed.take() else {
                return;
            };
            state.passed = state.passed.max(Some(until));
            let later = state.waiting.split_off(&(until, u64::MAX));
            let mut due = std::mem::replace(&mut state.waiting, later);
            // The first that stays sets the next sleep, in its own task.
            let next = state.waiting.first_key_value();
            if let Some((key, waker)) = next {
                due.insert(*key, waker.clone());
            }
            due
        };
        for waker in woken.into_values() {
            waker.wake();
        }
    }
}

impl State {
    fn arm(&mut self, set: &Arc<Timeouts>, at: Instant) {
        if self.armed.as_ref().is_some_and(|(armed, _)| *armed <= at) {
            return;
        }
        let mut sleep = set.timer.sleep_until(at);
        let waker = Waker::from(Arc::new(Alarm(Arc::downgrade(set))));
        match sleep.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Pending => self.armed = Some((at, sleep)),
            // It came while we looked: whoever waits looks again.
            Poll::Ready(()) => {
                self.passed = self.passed.max(Some(at));
                if let Some((_, waker)) = self.waiting.first_key_value() {
                    waker.wake_by_ref();
                }
            }
        }
    }
}

/// Weak, as the set holds the sleep that holds this.
struct Alarm(Weak<Timeouts>);

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        if let Some(set) = self.0.upgrade() {
            set.fired();
        }
    }
}

pub(crate) struct Timeout<'a> {
    key: Key,
    set: &'a Arc<Timeouts>,
}

impl Future for Timeout<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.set.lock();
        if state.passed >= Some(self.key.0) {
            return Poll::Ready(());
        }
        let known = state.waiting.get(&self.key);
        if known.is_none_or(|waker| !waker.will_wake(context.waker())) {
            state.waiting.insert(self.key, context.waker().clone());
        }
        state.arm(self.set, self.key.0);
        match state.passed >= Some(self.key.0) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    }
}

impl Drop for Timeout<'_> {
    fn drop(&mut self) {
        let next = {
            let mut state = self.set.lock();
            state.waiting.remove(&self.key);
            match state.armed {
                Some(_) => None,
                // It may have been the one to set the next sleep.
                None => state.waiting.first_key_value().map(|(_, w)| w.clone()),
            }
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
