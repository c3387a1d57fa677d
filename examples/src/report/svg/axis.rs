//! The time axis of a picture.

use std::fmt::Write as _;

use chrono::{DateTime, Datelike as _, Days, Months, NaiveDate, Utc};
use chrono_tz::Tz;

use super::{LABELS, TOP, WIDTH};
use crate::report::Report;

/// From instants to places.
#[derive(Debug)]
pub(super) struct Scale {
    pub(super) from: DateTime<Utc>,
    pub(super) until: DateTime<Utc>,
}

impl Scale {
    pub(super) fn x(&self, at: DateTime<Utc>) -> i64 {
        let all = (self.until - self.from).num_seconds().max(1);
        let here = (at.clamp(self.from, self.until) - self.from).num_seconds();
        LABELS + here * (WIDTH - LABELS - 12) / all
    }

    pub(super) fn inside(&self, at: DateTime<Utc>) -> Option<i64> {
        (self.from <= at && at < self.until).then(|| self.x(at))
    }
}

/// Where days or hours begin.
pub(super) fn axis(scale: &Scale, zone: Tz, height: i64, out: &mut String) {
    for (at, label) in ticks(scale, zone) {
        if let Some(x) = scale.inside(at) {
            let _ = writeln!(
                out,
                "<path class=\"g\" d=\"M{x} {}V{}\"/><text class=\"a\" x=\"{}\" y=\"{}\">{label}</text>",
                TOP - 4,
                height - 40,
                x + 3,
                TOP - 8
            );
        }
    }
}

/// Hours of the days that are seen.
fn hours(scale: &Scale, zone: Tz, step: u32) -> Vec<(DateTime<Utc>, String)> {
    let days = scale
        .from
        .with_timezone(&zone)
        .date_naive()
        .iter_days()
        .take(5);
    let times = days.flat_map(|day| {
        (0..24)
            .step_by(step as usize)
            .filter_map(move |hour| day.and_hms_opt(hour, 0, 0))
    });
    let label = |at: chrono::NaiveDateTime| {
        let format = if at.time() == chrono::NaiveTime::MIN {
            "%-d %b"
        } else {
            "%H:%M"
        };
        Some((
            at.and_local_timezone(zone).earliest()?.to_utc(),
            at.format(format).to_string(),
        ))
    };
    times.filter_map(label).collect()
}

/// Days, weeks, months or years, so that about ten fit.
fn ticks(scale: &Scale, zone: Tz) -> Vec<(DateTime<Utc>, String)> {
    let days = (scale.until - scale.from).num_days();
    if days < 3 {
        return hours(scale, zone, if days < 1 { 2 } else { 6 });
    }
    let first = scale.from.with_timezone(&zone).date_naive();
    let month = first.with_day(1).unwrap_or(first);
    let next: fn(NaiveDate) -> Option<NaiveDate> = match days {
        0..=10 => |day| day.checked_add_days(Days::new(1)),
        11..=75 => |day| day.checked_add_days(Days::new(7)),
        76..=330 => |day| day.checked_add_months(Months::new(1)),
        331..=1_100 => |day| day.checked_add_months(Months::new(3)),
        1_101..=4_000 => |day| day.checked_add_months(Months::new(12)),
        _ => |day| day.checked_add_months(Months::new(120)),
    };
    let format = match days {
        0..=75 => "%-d %b",
        76..=1_100 => "%b %Y",
        _ => "%Y",
    };
    let start = match days {
        0..=10 => first,
        11..=75 => first - Days::new(first.weekday().num_days_from_monday().into()),
        76..=330 => month,
        _ => month.with_month(1).unwrap_or(month),
    };
    let all = std::iter::successors(Some(start), |day| next(*day)).take(40);
    let at = |day: NaiveDate| {
        let midnight = day
            .and_time(chrono::NaiveTime::MIN)
            .and_local_timezone(zone)
            .earliest()?;
        Some((midnight.to_utc(), day.format(format).to_string()))
    };
    all.filter_map(at).collect()
}

/// Where clocks change.
pub(super) fn clocks(report: &Report, scale: &Scale, height: i64, out: &mut String) {
    let Some(clock) = report.zones.first() else {
        return;
    };
    for (at, by) in clock.changes() {
        let Some(x) = DateTime::from_timestamp(at, 0).and_then(|at| scale.inside(at)) else {
            continue;
        };
        let sign = if by > 0 { "+" } else { "−" };
        let _ = writeln!(
            out,
            "<path class=\"c\" d=\"M{x} {}V{}\"/><text class=\"ct\" x=\"{x}\" y=\"{}\">clocks {sign}{} h</text>",
            TOP - 4,
            height - 40,
            TOP - 22,
            f64::from(by.abs()) / 3_600.0
        );
    }
}
