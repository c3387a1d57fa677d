//! What `access-sync-http` costs and spares, beside what people use today, in one run:
//!
//! ```text
//! cargo run --release --bin http            # everything, about two minutes
//! cargo run --release --bin http decode     # one part: overhead, limiter, tokens, quota, decode
//! ```
//!
//! Ratios matter, not absolute numbers. Variants take turns, and each ratio is of neighbours in
//! time, so that a machine that is busy with other things disturbs all alike.
#![allow(
    clippy::disallowed_methods,
    reason = "a measurement reads the real clock"
)]

mod decode;
mod limiter;
mod overhead;
mod quota;
mod tokens;

use overhead::What;

fn main() {
    let only: Vec<String> = std::env::args().skip(1).collect();
    let wanted = |part: &str| only.is_empty() || only.iter().any(|o| o == part);
    let number = |n: usize| only.get(n).and_then(|text| text.parse().ok()).unwrap_or(1);
    match only.first().map(String::as_str) {
        Some("one") => return overhead::run(&What::One(number(1), number(2), number(3))),
        Some("read") => return decode::run(Some((number(1), number(2)))),
        Some("pair") => {
            let pair = [number(1), number(2)];
            return overhead::run(&What::Pair(pair, number(3), number(4), number(5)));
        }
        _ => {}
    }
    if wanted("overhead") {
        overhead::run(&What::All);
    }
    if wanted("null") {
        overhead::null_transport();
    }
    if wanted("limiter") {
        limiter::run();
    }
    if wanted("tokens") {
        tokens::run();
    }
    if wanted("quota") {
        quota::run();
    }
    if wanted("decode") {
        decode::run(None);
    }
}

/// What one round of a variant took, per call.
pub struct Sample {
    /// By the clock.
    pub wall: f64,
    /// Of the calling thread's processor time.
    pub cpu: f64,
}

/// Runs variants in turn, `rounds` times, and brings back each one's measurements in order.
pub fn in_turn<T>(rounds: usize, variants: usize, mut run: impl FnMut(usize) -> T) -> Vec<Vec<T>> {
    let mut out: Vec<Vec<T>> = (0..variants).map(|_| Vec::new()).collect();
    for round in 0..rounds {
        for turn in 0..variants {
            // Another order each round, so that nobody always follows the same neighbour.
            let stride = 1 + (round / variants) % (variants - 1).max(1);
            let index = (turn * stride + round) % variants;
            // A stride that is no unit of the ring would leave some out.
            let index = match out[index].len() > round {
                false => index,
                true => (0..variants).find(|n| out[*n].len() <= round).unwrap(),
            };
            let value = run(index);
            out[index].push(value);
        }
    }
    out
}

/// Processor time of all threads of this process, in seconds.
pub fn cpu() -> f64 {
    let mut nanos = 0.0;
    if let Ok(tasks) = std::fs::read_dir("/proc/self/task") {
        for task in tasks.flatten() {
            let text = std::fs::read_to_string(task.path().join("schedstat")).unwrap_or_default();
            let first = text
                .split_whitespace()
                .next()
                .and_then(|n| n.parse::<f64>().ok());
            nanos += first.unwrap_or(0.0);
        }
    }
    nanos / 1e9
}

/// Processor time of the calling thread, in seconds.
pub fn thread_cpu() -> f64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    now.tv_sec as f64 + now.tv_nsec as f64 / 1e9
}
