//! Entrata's limits: per method, in several windows, told in every answer's headers.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use access_sync_http::Timer;
use access_sync_http::limit::{Per, Signal, Window, WindowLimiter};
use http::HeaderMap;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
pub(crate) const DAY: Duration = Duration::from_secs(24 * 3600);

/// One window of `X-RateLimit-Limit`, `X-RateLimit-Remaining` and `X-RateLimit-Reset`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateWindow {
    /// Calls allowed in the window.
    pub limit: u64,
    /// The window's length.
    pub period: Duration,
    /// Calls left, where told.
    pub remaining: Option<u64>,
    /// Until the window starts anew, where told.
    pub reset_in: Option<Duration>,
}

impl RateWindow {
    pub(crate) fn signal(&self) -> Signal {
        Signal::Quota {
            limit: self.limit,
            remaining: self.remaining.unwrap_or(self.limit),
            period: self.period,
            reset_in: self.reset_in.unwrap_or(self.period),
        }
    }
}

/// `6/minute`, as in the header.
impl fmt::Display for RateWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.limit, unit_name(self.period))
    }
}

/// Reads `X-RateLimit-*`: any number of windows (`8640/day;360/hour;6/minute`), units in any case,
/// resets in seconds in the order of the limits. What cannot be read is left out.
#[must_use]
pub fn rate_windows(headers: &HeaderMap) -> Vec<RateWindow> {
    let limits = parts(headers, "x-ratelimit-limit");
    let remaining: Vec<_> = parts(headers, "x-ratelimit-remaining")
        .iter()
        .map(|part| count(part))
        .collect();
    let resets = parts(headers, "x-ratelimit-reset");
    let mut windows: Vec<RateWindow> = Vec::new();
    for (index, part) in limits.iter().enumerate() {
        let Some((limit, Some(period))) = count(part) else {
            continue;
        };
        let of_unit = remaining
            .iter()
            .flatten()
            .find(|(_, unit)| *unit == Some(period));
        let of_place = remaining
            .get(index)
            .copied()
            .flatten()
            .filter(|(_, unit)| unit.is_none());
        let reset = resets.get(index).and_then(|text| text.parse::<u64>().ok());
        windows.push(RateWindow {
            limit,
            period,
            remaining: of_unit.copied().or(of_place).map(|(left, _)| left),
            reset_in: reset.map(|seconds| Duration::from_secs(seconds).min(period)),
        });
    }
    windows
}

fn parts(headers: &HeaderMap, name: &str) -> Vec<String> {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split([';', ',']))
        .map(|part| part.trim().to_owned())
        .filter(|part| !part.is_empty())
        .collect()
}

/// `6/minute`, or `6` alone.
fn count(part: &str) -> Option<(u64, Option<Duration>)> {
    match part.split_once('/') {
        None => Some((part.parse().ok()?, None)),
        Some((number, unit)) => Some((number.trim().parse().ok()?, Some(period(unit.trim())?))),
    }
}

fn period(unit: &str) -> Option<Duration> {
    let unit = unit.to_ascii_lowercase();
    match unit.strip_suffix('s').unwrap_or(&unit) {
        "second" | "sec" => Some(Duration::from_secs(1)),
        "minute" | "min" => Some(MINUTE),
        "hour" | "hr" => Some(HOUR),
        "day" => Some(DAY),
        "week" => Some(7 * DAY),
        "month" => Some(30 * DAY),
        _ => None,
    }
}

fn unit_name(period: Duration) -> String {
    match period.as_secs() {
        1 => "second".into(),
        60 => "minute".into(),
        3600 => "hour".into(),
        86_400 => "day".into(),
        other => format!("{other} s"),
    }
}

/// The limiter that a client has unless it is given another: each method by itself, at the lowest
/// numbers that Entrata's headers were seen to allow for reads (120 a minute, 1,000 an hour, 10,000
/// a day) and for `getStatus` (6, 360, 8,640). The headers of the first answer correct it, in either
/// direction.
#[must_use]
pub fn default_limiter(timer: Arc<dyn Timer>) -> WindowLimiter {
    let windows = |minute, hour, day| {
        [
            Window::new(minute, MINUTE),
            Window::new(hour, HOUR),
            Window::new(day, DAY),
        ]
    };
    WindowLimiter::builder()
        .lane(Per::Only("getStatus"), windows(6, 360, 8_640))
        .lane(Per::Class, windows(120, 1_000, 10_000))
        .timer(timer)
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(
        limit: &str,
        remaining: &str,
        reset: &str,
    ) -> Vec<(u64, u64, Option<u64>, Option<u64>)> {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("x-ratelimit-limit", limit),
            ("x-ratelimit-remaining", remaining),
            ("x-ratelimit-reset", reset),
        ] {
            headers.insert(name, value.parse().unwrap());
        }
        rate_windows(&headers)
            .iter()
            .map(|w| {
                (
                    w.limit,
                    w.period.as_secs(),
                    w.remaining,
                    w.reset_in.map(|d| d.as_secs()),
                )
            })
            .collect()
    }

    #[test]
    fn windows_come_in_any_number_order_and_case() {
        assert_eq!(
            read(
                "8640/day;360/hour;6/minute",
                "8631/day;351/hour;5/minute",
                "14991;591;51"
            ),
            [
                (8640, 86_400, Some(8631), Some(14_991)),
                (360, 3600, Some(351), Some(591)),
                (6, 60, Some(5), Some(51)),
            ]
        );
        assert_eq!(
            read("66000/HOUR; 1100/Minute", "1/Minute;2/HOUR", "9"),
            [(66_000, 3600, Some(2), Some(9)), (1100, 60, Some(1), None)]
        );
        assert_eq!(read("10/minute", "3", "70"), [(10, 60, Some(3), Some(60))]);
        assert_eq!(read("10/minute", "", ""), [(10, 60, None, None)]);
    }

    #[test]
    fn nonsense_is_left_out() {
        assert!(read("many", "few", "soon").is_empty());
        assert!(read("-1/minute;99999999999999999999/day;5/fortnight;7", "", "").is_empty());
    }
}
