//! What `access-sync-http` costs and spares, beside what people use today, in one run:
//!
//! ```text
//! cargo run --release --bin http            # everything, about two minutes
//! cargo run --release --bin http decode     # one part: overhead, limiter, tokens, quota, decode
//! ```
//!
//! Ratios matter, not absolute numbers. Variants take turns, and each ratio is of neighbours in
//! time, so that a machine that is busy with other things disturbs all alike.

mod decode;
mod limiter;
mod overhead;
mod quota;
mod tokens;

fn main() {
    let only: Vec<String> = std::env::args().skip(1).collect();
    let wanted = |part: &str| only.is_empty() || only.iter().any(|o| o == part);
    if wanted("overhead") {
        overhead::run();
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
        decode::run();
    }
}

/// The middle value.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

/// Runs variants in turn, `rounds` times, and brings back each one's measurements in order.
pub fn in_turn(rounds: usize, variants: &mut [&mut dyn FnMut() -> f64]) -> Vec<Vec<f64>> {
    let mut out = vec![Vec::new(); variants.len()];
    for round in 0..rounds {
        for turn in 0..variants.len() {
            // Another order each round, so that nobody always follows the same neighbour.
            let index = (turn + round) % variants.len();
            let value = variants[index]();
            out[index].push(value);
        }
    }
    out
}

/// The median of the ratios of two variants, round by round.
pub fn ratio(of: &[f64], to: &[f64]) -> f64 {
    let ratios: Vec<f64> = of.iter().zip(to).map(|(a, b)| a / b).collect();
    median(&ratios)
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
