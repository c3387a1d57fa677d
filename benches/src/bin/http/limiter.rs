//! Many waiters behind one limit: wall time, processor time, sleeps, order.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use access_sync_benches::median;
use access_sync_http::limit::{Per, Window};
use access_sync_http::{RateLimiter as _, Scope, SystemTimer, Timer, WindowLimiter};
use chrono::{DateTime, Utc};
use futures_util::future::{BoxFuture, join_all};

use crate::cpu;

#[derive(Debug, Default)]
struct Counting(AtomicU64);

impl Timer for Counting {
    fn now(&self) -> Instant {
        SystemTimer.now()
    }
    fn wall(&self) -> DateTime<Utc> {
        SystemTimer.wall()
    }
    fn sleep_until(&self, at: Instant) -> BoxFuture<'static, ()> {
        self.0.fetch_add(1, Ordering::Relaxed);
        SystemTimer.sleep_until(at)
    }
}

struct Run {
    wall: f64,
    cpu: f64,
    sleeps: Option<u64>,
    displaced: usize,
}

fn spread<F: Future<Output = ()>>(waiters: usize, wait: impl Fn(usize) -> F) -> (f64, f64, usize) {
    let order = Mutex::new(Vec::with_capacity(waiters));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (wall, before) = (Instant::now(), cpu());
    runtime.block_on(join_all((0..waiters).map(|n| {
        let (wait, order) = (wait(n), &order);
        async move {
            wait.await;
            order.lock().unwrap().push(n);
        }
    })));
    let (wall, cpu) = (wall.elapsed().as_secs_f64(), cpu() - before);
    let order = order.into_inner().unwrap();
    let displaced = order
        .iter()
        .enumerate()
        .map(|(place, n)| place.abs_diff(*n))
        .max();
    (wall, cpu, displaced.unwrap_or(0))
}

/// One call per 1/rate, as both can express it.
fn ours(waiters: usize, rate: u32) -> Run {
    let timer = Arc::new(Counting::default());
    let gap = Duration::from_secs(1) / rate;
    let limiter = WindowLimiter::builder()
        .lane(Per::Tenant, [Window::new(1, gap)])
        .timer(timer.clone())
        .build();
    let scope = Scope {
        vendor: "bench",
        tenant: Arc::from("one"),
        class: "",
    };
    let (wall, cpu, displaced) = spread(waiters, |_| async {
        limiter.acquire(&scope, 1, None).await.unwrap().spend();
    });
    Run {
        wall,
        cpu,
        sleeps: Some(timer.0.load(Ordering::Relaxed)),
        displaced,
    }
}

fn theirs(waiters: usize, rate: u32) -> Run {
    let quota =
        governor::Quota::per_second(rate.try_into().unwrap()).allow_burst(1.try_into().unwrap());
    let limiter = governor::RateLimiter::direct(quota);
    let (wall, cpu, displaced) = spread(waiters, |_| limiter.until_ready());
    Run {
        wall,
        cpu,
        sleeps: None,
        displaced,
    }
}

pub fn run() {
    println!("waiters behind one limit (medians of 5, in turn; the allowed rate takes 2.000 s)");
    for (waiters, rate) in [(1_000, 500), (4_000, 2_000)] {
        let (mut a, mut b) = (Vec::new(), Vec::new());
        for _ in 0..5 {
            a.push(ours(waiters, rate));
            b.push(theirs(waiters, rate));
        }
        let middle =
            |runs: &[Run], of: fn(&Run) -> f64| median(&runs.iter().map(of).collect::<Vec<_>>());
        for (name, runs) in [("access-sync-http", &a), ("governor", &b)] {
            let sleeps = runs[0].sleeps.map_or("?".into(), |n| n.to_string());
            println!(
                "  {waiters} at {rate}/s  {name:<17} wall {:.3} s  cpu {:.3} s  sleeps {sleeps}  most out of place {}",
                middle(runs, |r| r.wall),
                middle(runs, |r| r.cpu),
                middle(runs, |r| r.displaced as f64),
            );
        }
        println!(
            "  {waiters}: processor time of governor / ours: {:.1}",
            middle(&b, |r| r.cpu) / middle(&a, |r| r.cpu)
        );
    }
}
