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
    /// Nexudus: calls per minute; beyond it, and beyond the others of Nexudus, 409 with
    /// `Retry-After`.
    pub nexudus_per_minute: Option<usize>,
    /// Nexudus: calls per hour.
    pub nexudus_per_hour: Option<usize>,
    /// Nexudus: calls per day.
    pub nexudus_per_day: Option<usize>,
    /// Nexudus: POST, PUT and DELETE per minute, tokens apart.
    pub nexudus_writes_per_minute: Option<usize>,
    /// Nexudus: POST, PUT and DELETE per day, tokens apart.
    pub nexudus_writes_per_day: Option<usize>,
    /// Nexudus: calls in 100 milliseconds; 1 in the newer of the published tables, 10 in the older.
    /// Off in [`vendors`](Self::vendors): under a clock that stands still it lets no second call
    /// pass.
    pub nexudus_per_100_millis: Option<usize>,
}

impl Limits {
    /// No limit is enforced. This is the default.
    pub fn off() -> Self {
        Self {
            brivo_per_second: None,
            brivo_per_30_days: None,
            entrata: false,
            nexudus_per_minute: None,
            nexudus_per_hour: None,
            nexudus_per_day: None,
            nexudus_writes_per_minute: None,
            nexudus_writes_per_day: None,
            nexudus_per_100_millis: None,
        }
    }

    /// What is known of the vendors' own limits: Brivo 50 a second and 100,000 in 30 days,
    /// Entrata's windows per method, Nexudus 120 a minute, 5,000 an hour and 200,000 a day, of them
    /// 60 writes a minute and 5,000 a day.
    pub fn vendors() -> Self {
        Self {
            brivo_per_second: Some(50),
            brivo_per_30_days: Some(100_000),
            entrata: true,
            nexudus_per_minute: Some(120),
            nexudus_per_hour: Some(5000),
            nexudus_per_day: Some(200_000),
            nexudus_writes_per_minute: Some(60),
            nexudus_writes_per_day: Some(5000),
            nexudus_per_100_millis: None,
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
        Self::of(TimeDelta::try_seconds(seconds).unwrap_or_default())
    }

    pub(crate) fn of(span: TimeDelta) -> Self {
        Self {
            span,
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

/// The windows of Nexudus.
#[derive(Debug, Clone)]
pub(crate) struct NexudusWindows {
    burst: Rolling,
    minute: Rolling,
    hour: Rolling,
    day: Rolling,
    writes_minute: Rolling,
    writes_day: Rolling,
}

impl Default for NexudusWindows {
    fn default() -> Self {
        Self {
            burst: Rolling::of(TimeDelta::milliseconds(100)),
            minute: Rolling::new(60),
            hour: Rolling::new(3600),
            day: Rolling::new(86_400),
            writes_minute: Rolling::new(60),
            writes_day: Rolling::new(86_400),
        }
    }
}

impl NexudusWindows {
    fn all(&mut self, limits: &Limits) -> [(&'static str, bool, Option<usize>, &mut Rolling); 6] {
        [
            (
                "100 ms",
                false,
                limits.nexudus_per_100_millis,
                &mut self.burst,
            ),
            (
                "a minute",
                false,
                limits.nexudus_per_minute,
                &mut self.minute,
            ),
            ("an hour", false, limits.nexudus_per_hour, &mut self.hour),
            ("a day", false, limits.nexudus_per_day, &mut self.day),
            (
                "writes a minute",
                true,
                limits.nexudus_writes_per_minute,
                &mut self.writes_minute,
            ),
            (
                "writes a day",
                true,
                limits.nexudus_writes_per_day,
                &mut self.writes_day,
            ),
        ]
    }

    /// Counts a call where all windows let it pass; else the seconds to wait for the last of them.
    pub(crate) fn count(
        &mut self,
        limits: &Limits,
        write: bool,
        now: DateTime<Utc>,
    ) -> Result<(), i64> {
        let mut all = self.all(limits);
        let ours = all.iter_mut().filter(|(_, writes, ..)| write || !writes);
        let spent = ours.filter_map(|(_, _, limit, window)| {
            let full = limit.is_some_and(|limit| window.count(now) >= limit);
            full.then(|| window.reset_seconds(now))
        });
        if let Some(wait) = spent.max() {
            return Err(wait);
        }
        for (_, writes, _, window) in all {
            if write || !writes {
                window.push(now);
            }
        }
        Ok(())
    }

    /// Name, calls, and how many are allowed.
    pub(crate) fn usage(
        &mut self,
        limits: &Limits,
        now: DateTime<Utc>,
    ) -> Vec<(&'static str, usize, Option<usize>)> {
        let all = self.all(limits).into_iter();
        all.map(|(name, _, limit, window)| (name, window.count(now), limit))
            .collect()
    }
}
