use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};

/// Which of the vendors' rate limits are enforced. All windows follow the sandbox clock, so that
/// with a frozen clock a limit lifts only when the clock is moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Brivo (Mashery): calls per second; beyond it 403 `ERR_403_DEVELOPER_OVER_QPS`.
    pub brivo_per_second: Option<usize>,
    /// Brivo (Mashery): calls in any 30 days, failed calls included; beyond it 403
    /// `ERR_403_DEVELOPER_OVER_RATE`.
    pub brivo_per_30_days: Option<usize>,
    /// Entrata: day, hour and minute windows per method; beyond one of them 429.
    pub entrata: bool,
    /// Nexudus: calls per minute; beyond it 409 with `Retry-After`.
    pub nexudus_per_minute: Option<usize>,
}

impl Limits {
    /// No limit is enforced. This is the default.
    pub fn off() -> Self {
        Self {
            brivo_per_second: None,
            brivo_per_30_days: None,
            entrata: false,
            nexudus_per_minute: None,
        }
    }

    /// What is known of the vendors' own limits: Brivo 50 a second and 100,000 in 30 days,
    /// Entrata's windows per method, Nexudus 120 a minute.
    pub fn vendors() -> Self {
        Self {
            brivo_per_second: Some(50),
            brivo_per_30_days: Some(100_000),
            entrata: true,
            nexudus_per_minute: Some(120),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::off()
    }
}

/// The instants of the calls in the last `span`, and how many there were at each: under a clock
/// that stands still, millions.
#[derive(Debug, Clone)]
pub(crate) struct Rolling {
    span: TimeDelta,
    calls: VecDeque<(DateTime<Utc>, usize)>,
    count: usize,
}

impl Rolling {
    pub(crate) fn new(seconds: i64) -> Self {
        Self {
            span: TimeDelta::try_seconds(seconds).unwrap_or_default(),
            calls: VecDeque::new(),
            count: 0,
        }
    }

    pub(crate) fn count(&mut self, now: DateTime<Utc>) -> usize {
        let span = self.span;
        let over = |(at, _): &(DateTime<Utc>, usize)| now.signed_duration_since(at) >= span;
        while let Some((_, calls)) = self.calls.front().copied().filter(over) {
            self.count -= calls;
            self.calls.pop_front();
        }
        self.count
    }

    pub(crate) fn push(&mut self, now: DateTime<Utc>) {
        self.count(now);
        self.count += 1;
        match self.calls.back_mut() {
            Some((at, calls)) if *at == now => *calls += 1,
            _ => self.calls.push_back((now, 1)),
        }
    }

    /// Whole seconds until the oldest call leaves the window, at least 1.
    pub(crate) fn reset_seconds(&self, now: DateTime<Utc>) -> i64 {
        let Some((first, _)) = self.calls.front() else {
            return self.span.num_seconds();
        };
        let left = self.span - now.signed_duration_since(first);
        (left.num_milliseconds().max(1) + 999) / 1000
    }
}
