//! Which days and which clocks a report has to know.

use access_sync_core::Plan;
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

/// Days of calls to look ahead: the window of Brivo's budget.
const DAYS: usize = 30;

/// Calls on each of the coming days, if each person's changes of an instant go out as one call.
pub(super) fn days(plan: &Plan, zone: Tz, now: DateTime<Utc>) -> Vec<(String, u64)> {
    let first = now.with_timezone(&zone).date_naive();
    let mut days: Vec<_> = first
        .iter_days()
        .take(DAYS)
        .map(|day| (day.to_string(), 0))
        .collect();
    for entry in plan.schedule(now, now + TimeDelta::days(DAYS as i64)) {
        let day = entry.at.with_timezone(&zone).date_naive();
        let place = usize::try_from((day - first).num_days()).unwrap_or(usize::MAX);
        if let Some((_, calls)) = days.get_mut(place) {
            *calls += entry.people.len() as u64;
        }
    }
    days
}

/// All that a plan's clocks have to know: every window's edges and a year around now, from 1970
/// to 2100.
pub(super) fn range(plan: &Plan, now: Option<DateTime<Utc>>) -> (DateTime<Utc>, DateTime<Utc>) {
    let (first, last) = (
        DateTime::UNIX_EPOCH,
        DateTime::UNIX_EPOCH + TimeDelta::days(47_482),
    );
    let edges = plan
        .windows()
        .iter()
        .flat_map(|window| [Some(window.start), window.end]);
    let year = TimeDelta::days(366);
    let around = now.into_iter().flat_map(|now| [now - year, now + year]);
    let all: Vec<_> = edges.flatten().chain(around).collect();
    let from = all
        .iter()
        .min()
        .map_or(first, |at| (*at - year).clamp(first, last));
    let until = all
        .iter()
        .max()
        .map_or(first, |at| (*at).clamp(first, last - year) + year);
    (from, until)
}
