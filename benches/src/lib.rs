//! What the measurements share: a clock, a counting allocator, and a table.

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Counts what is allocated, so that a peak can be read. Install it with `#[global_allocator]`.
pub struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

fn grew(bytes: usize) {
    let now = NOW.fetch_add(bytes, Ordering::Relaxed) + bytes;
    PEAK.fetch_max(now, Ordering::Relaxed);
}

// SAFETY: every call is passed on to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        grew(layout.size());
        // SAFETY: the caller's own promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        grew(layout.size());
        // SAFETY: the caller's own promise.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's own promise.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        grew(size);
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's own promise.
        unsafe { System.realloc(at, layout, size) }
    }
}

/// The most bytes that were allocated at once during some work, beyond what was there before.
pub fn peak<T>(work: impl FnOnce() -> T) -> usize {
    let before = NOW.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    black_box(work());
    PEAK.load(Ordering::Relaxed) - before
}

/// The time that this thread was given by a processor, the kernel's work for it included. On a
/// machine that others use it says more than the time of day does.
pub fn processor_time() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(
        now.tv_sec.try_into().unwrap_or_default(),
        now.tv_nsec.try_into().unwrap_or_default(),
    )
}

/// The processor time of some work in seconds; what it makes is given back with it.
pub fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = processor_time();
    let made = black_box(work());
    ((processor_time() - start).as_secs_f64(), made)
}

/// The fastest of several runs in processor time, which is the one that other work on the machine
/// disturbed least; what a run makes is dropped outside the clock.
pub fn fastest<T>(runs: usize, mut work: impl FnMut() -> T) -> Duration {
    let time = |_| {
        let start = processor_time();
        let made = black_box(work());
        let time = processor_time() - start;
        drop(made);
        time
    };
    (0..runs.max(1)).map(time).min().unwrap_or_default()
}

/// The middle value.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

/// The median of the ratios of two variants, round by round.
pub fn ratio(of: &[f64], to: &[f64]) -> f64 {
    let ratios: Vec<f64> = of.iter().zip(to).map(|(a, b)| a / b).collect();
    median(&ratios)
}

/// A seeded generator (xorshift), the same numbers on every machine.
pub struct Random(u64);

impl Random {
    /// From a seed other than 0.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    /// The numbers below `count`, each once, in random order.
    pub fn shuffled(&mut self, count: usize) -> Vec<usize> {
        let mut all: Vec<usize> = (0..count).collect();
        for place in (1..count).rev() {
            all.swap(place, self.below(place as u64 + 1) as usize);
        }
        all
    }
}

/// A time in the unit that suits it.
pub fn show(time: Duration) -> String {
    match time.as_nanos() {
        0..10_000 => format!("{} ns", time.as_nanos()),
        10_000..10_000_000 => format!("{:.1} µs", time.as_nanos() as f64 / 1e3),
        _ => format!("{:.1} ms", time.as_nanos() as f64 / 1e6),
    }
}

/// One line of a table: a name, a time, the time per item, and a ratio.
pub fn line(name: &str, time: Duration, items: usize, base: Duration) {
    let each = time.as_nanos() as f64 / items as f64;
    let ratio = time.as_secs_f64() / base.as_secs_f64();
    println!(
        "  {name:<44} {:>12} {each:>9.0} ns each {ratio:>9.2} ×",
        show(time)
    );
}

/// A line of a table, of several rounds: the median time, and the median of the ratios that its
/// rounds have to those of `base`, which a machine that goes now faster and now slower disturbs
/// least.
pub fn line_of_rounds(name: &str, rounds: &[f64], items: usize, base: &[f64]) {
    let time = median(rounds);
    let each = time * 1e9 / items as f64;
    let shown = show(Duration::from_secs_f64(time));
    let ratio = ratio(rounds, base);
    println!("  {name:<44} {shown:>12} {each:>9.0} ns each {ratio:>9.2} ×");
}

/// A target, and whether it is met.
pub fn target(name: &str, found: f64, limit: f64, at_most: bool) -> bool {
    let met = if at_most {
        found <= limit
    } else {
        found >= limit
    };
    let sign = if at_most { "≤" } else { "≥" };
    println!(
        "  {} {name}: {found:.2} ({sign} {limit})",
        if met { "ok  " } else { "MISS" }
    );
    met
}
