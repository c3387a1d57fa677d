//! The limiter with real callers, on a virtual clock.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod common;

use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use access_sync_http::limit::{LimiterState, Per, Window};
use access_sync_http::test_util::VirtualTimer;
use access_sync_http::*;
use common::*;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, join_all};
use proptest::prelude::*;

const DAY: u64 = 24 * 3600;

fn scope(class: &'static str) -> Scope {
    Scope {
        vendor: "acme",
        tenant: Arc::from("one"),
        class,
    }
}

fn millis(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// What Nexudus documents: all calls together, and writes by themselves.
fn nexudus(timer: &VirtualTimer) -> (WindowLimiter, Vec<Window>, Vec<Window>) {
    let writes = vec![Window::new(60, secs(60)), Window::new(5_000, secs(DAY))];
    let all = vec![
        Window::new(1, millis(100)),
        Window::new(120, secs(60)),
        Window::new(5_000, secs(3600)),
        Window::new(200_000, secs(DAY)),
    ];
    let limiter = WindowLimiter::builder()
        .lane(Per::Only("write"), writes.clone())
        .lane(Per::Tenant, all.clone())
        .timer(Arc::new(timer.clone()))
        .build();
    (limiter, writes, all)
}

fn most_in(times: &[Duration], period: Duration) -> usize {
    times
        .iter()
        .enumerate()
        .map(|(i, end)| times[..=i].iter().filter(|t| **t + period > *end).count())
        .max()
        .unwrap_or(0)
}

fn check(times: &[Duration], windows: &[Window]) {
    assert!(times.is_sorted());
    for window in windows {
        let most = most_in(times, window.period);
        assert!(most as u64 <= window.limit, "{most} in {window:?}");
    }
}

/// Runs callers that arrive, wait, and may lose patience; brings back when each went out.
fn run(
    timer: &VirtualTimer,
    limiter: &WindowLimiter,
    callers: &[(u64, bool, Option<u64>)],
) -> Vec<(usize, Duration)> {
    let out = Mutex::new(Vec::new());
    let start = timer.now();
    timer.block_on(join_all(callers.iter().enumerate().map(
        |(n, (arrives, write, patience))| {
            let (timer, limiter, out) = (timer.clone(), &limiter, &out);
            async move {
                timer.sleep_until(start + millis(*arrives)).await;
                let scope = scope(if *write { "write" } else { "" });
                let ask = async {
                    limiter.acquire(&scope, 1, None).await.unwrap().spend();
                    out.lock().unwrap().push((n, timer.elapsed()));
                };
                match patience {
                    None => ask.await,
                    Some(ms) => {
                        let until = timer.sleep_until(timer.now() + millis(*ms));
                        futures_util::future::select(Box::pin(ask), until).await;
                    }
                }
            }
        },
    )));
    out.into_inner().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn two_lanes_never_exceed_a_window_whoever_comes_and_goes(
        callers in proptest::collection::vec(
            (0_u64..40_000, any::<bool>(), proptest::option::weighted(0.3, 0_u64..20_000)),
            1..250,
        ),
    ) {
        let timer = clock();
        let (limiter, writes, all) = nexudus(&timer);
        let sent = run(&timer, &limiter, &callers);
        let times: Vec<_> = sent.iter().map(|(_, at)| *at).collect();
        check(&times, &all);
        let of_writes: Vec<_> = sent.iter().filter(|(n, _)| callers[*n].1).map(|(_, at)| *at).collect();
        check(&of_writes, &writes);
        let patient = callers.iter().filter(|c| c.2.is_none()).count();
        prop_assert!(sent.len() >= patient);
    }
}

#[test]
fn a_crowd_of_writes_does_not_hold_up_reads() {
    let timer = clock();
    let (limiter, writes, all) = nexudus(&timer);
    let mut callers: Vec<_> = (0..150).map(|_| (0, true, None)).collect();
    callers.extend((0..20).map(|n| (20_000 + n, false, None)));
    let sent = run(&timer, &limiter, &callers);
    let times: Vec<_> = sent.iter().map(|(_, at)| *at).collect();
    check(&times, &all);
    let of_writes: Vec<_> = sent.iter().filter(|(n, _)| *n < 150).map(|s| s.1).collect();
    check(&of_writes, &writes);
    let last_read = sent.iter().filter(|(n, _)| *n >= 150).map(|s| s.1).max();
    assert!(last_read.unwrap() < secs(24), "{last_read:?}");
}

#[test]
fn four_thousand_waiters_go_out_in_order_at_the_rate_and_sleep_once() {
    let timer = clock();
    let limiter = WindowLimiter::builder()
        .lane(Per::Tenant, [Window::new(25, secs(1))])
        .timer(Arc::new(timer.clone()))
        .build();
    let callers = vec![(0, false, None); 4_000];
    let sent = run(&timer, &limiter, &callers);
    assert!(
        sent.iter().enumerate().all(|(place, (n, _))| place == *n),
        "order"
    );
    let (took, floor) = (timer.elapsed().as_secs_f64(), 159.0);
    assert!(
        took >= floor && took <= floor * 1.01,
        "{took} s, at best {floor} s"
    );
    // One sleep of each caller that had to wait, and one by which the test lets it arrive.
    assert_eq!(timer.sleeps(), 4_000 + 3_975);
}

#[test]
fn a_month_of_calls_survives_a_restart_and_leaves_day_by_day() {
    let timer = clock();
    let month = Window::new(25_000, secs(30 * DAY));
    let build = |state: LimiterState| {
        WindowLimiter::builder()
            .lane(Per::Tenant, [Window::new(50, secs(1)), month])
            .timer(Arc::new(timer.clone()))
            .restore(state)
            .build()
    };
    let spend = |limiter: &WindowLimiter, calls: u32| {
        let permit = timer.block_on(limiter.acquire(&scope(""), calls, None));
        permit.unwrap().spend();
    };
    let left = |limiter: &WindowLimiter| {
        let all = limiter.remaining(&scope(""));
        all.iter().find(|r| r.period == month.period).unwrap().left
    };
    let mut limiter = build(LimiterState::default());
    for _ in 0..10 {
        for _ in 0..50 {
            spend(&limiter, 50);
        }
        timer.advance(secs(DAY));
        let kept = serde_json::to_string(&limiter.export()).unwrap();
        limiter = build(serde_json::from_str(&kept).unwrap());
    }
    assert_eq!(left(&limiter), 0);
    let deadline = Some(timer.now() + secs(19 * DAY));
    let refused = timer.block_on(limiter.acquire(&scope(""), 1, deadline));
    let Err(LimitError::PastDeadline { wait }) = refused else {
        panic!("{refused:?}")
    };
    assert!(wait > secs(19 * DAY) && wait < secs(21 * DAY), "{wait:?}");
    // Twenty days on, the first day's calls have left; a restart in between changes nothing.
    timer.advance(secs(10 * DAY));
    limiter = build(limiter.export());
    timer.advance(secs(10 * DAY + DAY / 2));
    assert_eq!(left(&limiter), 2_500);
}

#[test]
fn a_ledger_that_nobody_used_since_the_restart_is_exported_unchanged() {
    let timer = clock();
    let build = |state| {
        WindowLimiter::builder()
            .lane(Per::Tenant, [Window::new(5, secs(DAY))])
            .timer(Arc::new(timer.clone()))
            .restore(state)
            .build()
    };
    let first = build(LimiterState::default());
    timer
        .block_on(first.acquire(&scope(""), 3, None))
        .unwrap()
        .spend();
    first.observe(
        &scope(""),
        &Signal::Throttled {
            retry_after: Some(secs(90)),
        },
    );
    let state = first.export();
    assert_eq!(build(state.clone()).export(), state);
    // The pause survives too.
    timer
        .block_on(build(state).acquire(&scope(""), 1, None))
        .unwrap();
    assert!(timer.elapsed() >= secs(90));
}

#[test]
fn a_permit_that_is_dropped_gives_its_slot_back_and_a_spent_one_does_not() {
    let timer = clock();
    let (limiter, ..) = nexudus(&timer);
    let left = || limiter.remaining(&scope("write"))[0].left;
    let permit = timer
        .block_on(limiter.acquire(&scope("write"), 1, None))
        .unwrap();
    assert_eq!(left(), 0);
    drop(permit);
    assert_eq!(left(), 1);
    timer
        .block_on(limiter.acquire(&scope("write"), 1, None))
        .unwrap()
        .spend();
    assert_eq!(left(), 0);
}

/// Three callers behind a full window, whose slots all come at the same instant.
fn three_of_one_instant(timer: &VirtualTimer) -> Vec<BoxFuture<'static, Permit>> {
    let limiter = Arc::new(
        WindowLimiter::builder()
            .lane(Per::Tenant, [Window::new(3, secs(1))])
            .timer(Arc::new(timer.clone()))
            .build(),
    );
    let acquire = |limiter: Arc<WindowLimiter>| {
        async move { limiter.acquire(&scope(""), 1, None).await.unwrap() }.boxed()
    };
    for _ in 0..3 {
        timer.block_on(acquire(limiter.clone())).spend();
    }
    (0..3).map(|_| acquire(limiter.clone())).collect()
}

#[test]
fn slots_of_one_instant_go_in_order_of_arrival_whoever_wakes_first() {
    let timer = clock();
    let mut callers = three_of_one_instant(&timer);
    let mut context = Context::from_waker(Waker::noop());
    let mut ready = |n: usize| callers[n].as_mut().poll(&mut context).is_ready();
    assert_eq!([ready(0), ready(1), ready(2)], [false; 3]);
    timer.advance(secs(2));
    assert!(!ready(2) && !ready(1), "behind the first");
    assert!(ready(0));
    assert!(!ready(2), "behind the second");
    assert!(ready(1) && ready(2));
}

#[test]
fn one_who_does_not_come_for_its_slot_holds_up_nobody() {
    let timer = clock();
    let mut callers = three_of_one_instant(&timer);
    let (third, second) = (callers.pop().unwrap(), callers.pop().unwrap());
    let mut first = callers.pop().unwrap();
    let mut context = Context::from_waker(Waker::noop());
    assert!(first.as_mut().poll(&mut context).is_pending());
    // From here on nobody polls the first.
    let (second, third) = timer.block_on(futures_util::future::join(second, third));
    assert!(timer.elapsed() < secs(1) + millis(10));
    second.spend();
    third.spend();
    timer.block_on(first).spend();
}

#[test]
fn a_refund_after_a_pause_is_not_lost() {
    let timer = clock();
    let limiter = WindowLimiter::builder()
        .lane(Per::Tenant, [Window::new(2, secs(DAY))])
        .timer(Arc::new(timer.clone()))
        .build();
    timer.block_on(async {
        let all = scope("");
        let first = limiter.acquire(&all, 1, None).await.unwrap();
        limiter.observe(
            &all,
            &Signal::Throttled {
                retry_after: Some(millis(1234)),
            },
        );
        let second = limiter.acquire(&all, 1, None).await.unwrap();
        assert_eq!(limiter.remaining(&all)[0].left, 0);
        drop((first, second));
        assert_eq!(limiter.remaining(&all)[0].left, 2);
    });
}

#[test]
fn a_throttle_moves_those_who_sleep_already_and_their_deadlines_hold() {
    let timer = clock();
    let limiter = WindowLimiter::builder()
        .lane(Per::Tenant, [Window::new(1, secs(1))])
        .timer(Arc::new(timer.clone()))
        .build();
    let all = scope("");
    timer.block_on(async {
        limiter.acquire(&all, 1, None).await.unwrap().spend();
        let deadline = Some(timer.now() + secs(2));
        let hasty = limiter.acquire(&all, 1, deadline);
        let patient = limiter.acquire(&all, 1, None);
        let throttle = async {
            timer.sleep_until(timer.now() + millis(500)).await;
            limiter.observe(
                &all,
                &Signal::Throttled {
                    retry_after: Some(secs(10)),
                },
            );
        };
        let (hasty, patient, ()) = futures_util::join!(hasty, patient, throttle);
        assert!(matches!(hasty, Err(LimitError::PastDeadline { .. })));
        patient.unwrap().spend();
    });
    assert!(
        timer.elapsed() >= millis(10_500) && timer.elapsed() < secs(12),
        "{timer:?}"
    );
}

#[test]
fn absurd_deadlines_and_delays_do_no_harm() {
    let timer = clock();
    let (limiter, ..) = nexudus(&timer);
    let all = scope("write");
    for delay in [Duration::ZERO, Duration::MAX, Duration::from_secs(u64::MAX)] {
        limiter.observe(
            &all,
            &Signal::Throttled {
                retry_after: Some(delay),
            },
        );
        for (limit, remaining) in [(0, 0), (u64::MAX, 0), (0, u64::MAX), (1, u64::MAX)] {
            limiter.observe(
                &all,
                &Signal::Quota {
                    limit,
                    remaining,
                    period: delay,
                    reset_in: delay,
                },
            );
        }
    }
    let past: Instant = timer.now();
    assert!(
        timer
            .block_on(limiter.acquire(&all, 1, Some(past)))
            .is_err()
    );
    assert!(
        timer
            .block_on(limiter.acquire(&all, u32::MAX, None))
            .is_err()
    );
    assert_eq!(timer.elapsed(), Duration::ZERO);
}

/// A server that counts by token bucket and says when to come back.
struct Bucket {
    rate: f64,
    tokens: f64,
    last: Duration,
}

/// 32 workers share 2,000 calls: (throttles, seconds).
fn simulate(windows: Vec<Window>) -> (u64, f64) {
    let timer = clock();
    let limiter = WindowLimiter::builder()
        .lane(Per::Tenant, windows)
        .timer(Arc::new(timer.clone()))
        .build();
    let bucket = Mutex::new(Bucket {
        rate: 10.0,
        tokens: 10.0,
        last: Duration::ZERO,
    });
    let server_clock = timer.clone();
    let server = Server::new(&timer, millis(50), move |_, _| {
        let mut bucket = bucket.lock().unwrap();
        let now = server_clock.elapsed();
        let gained = (now - bucket.last).as_secs_f64() * bucket.rate;
        bucket.tokens = (bucket.tokens + gained).min(10.0);
        bucket.last = now;
        if bucket.tokens < 1.0 {
            let mut refused = answer(429, "");
            refused
                .headers_mut()
                .insert("retry-after", "1".parse().unwrap());
            return Ok(refused);
        }
        bucket.tokens -= 1.0;
        Ok(answer(200, "{}"))
    });
    let core = builder(&timer, server.clone())
        .limiter(Arc::new(limiter))
        .retry(Arc::new(FullJitter::new().max_attempts(50)))
        .options(CallOptions::new().total(secs(3600)))
        .build()
        .unwrap();
    let left = Mutex::new(2_000);
    timer.block_on(join_all((0..32).map(|_| async {
        while {
            let mut left = left.lock().unwrap();
            *left -= 1;
            *left >= 0
        } {
            core.send(read()).await.unwrap();
        }
    })));
    (server.count() - 2_000, timer.elapsed().as_secs_f64())
}

#[test]
fn where_the_quota_is_known_no_call_is_throttled() {
    let (throttles, took) = simulate(vec![Window::new(10, secs(1))]);
    assert_eq!(throttles, 0);
    assert!(took < 201.0, "{took}");
}

#[test]
fn where_no_quota_is_known_the_rate_is_found() {
    for windows in [vec![], vec![Window::new(40, secs(1))]] {
        let (throttles, took) = simulate(windows);
        assert!(
            throttles < 100 && took < 260.0,
            "{throttles} throttles in {took} s"
        );
    }
}
