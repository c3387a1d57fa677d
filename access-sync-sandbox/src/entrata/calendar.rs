//! Leases that follow the clock: who moves in becomes Current, who has moved out becomes Past.

use chrono::{DateTime, Datelike as _, NaiveDate, TimeDelta, Utc};

use super::rows::{Lease, LeaseStatus};
use super::state::EntrataState;

/// Days after which the office has noticed a status that lagged behind from the start.
const LAG: i64 = 3;

impl EntrataState {
    /// Lets the leases catch up with the clock: whatever fell between the last look and now, by
    /// the calendar at each property. The clock may go back; leases do not.
    pub(crate) fn settle(&mut self, now: DateTime<Utc>) {
        if !self.follows_clock {
            return;
        }
        let since = *self.settled.get_or_insert(now);
        let hours = now.timestamp().div_euclid(900) - since.timestamp().div_euclid(900);
        if hours <= 0 {
            return;
        }
        self.settled = Some(now);
        let mut due = Vec::new();
        for property in self.properties.values() {
            let day = |at: DateTime<Utc>| at.with_timezone(&property.time_zone).date_naive();
            let (before, today) = (day(since), day(now));
            if before >= today {
                continue;
            }
            for lease in self.leases.of_property(property.id) {
                if is_due(lease, before, today) {
                    due.push((lease.id, before, today));
                }
            }
        }
        for (id, before, today) in due {
            self.leases.edit(id, |lease| catch_up(lease, before, today));
        }
    }
}

/// A date in `(before, today]`, or one that lies back so long that somebody has noticed.
fn reached(date: Option<NaiveDate>, before: NaiveDate, today: NaiveDate) -> bool {
    date.is_some_and(|date| {
        date <= today
            && (date > before || today.signed_duration_since(date) >= TimeDelta::days(LAG))
    })
}

/// The day after a last day.
fn next(date: Option<NaiveDate>) -> Option<NaiveDate> {
    date.filter(|date| date.year() < 9999)?.succ_opt()
}

fn moved(
    status: LeaseStatus,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    before: NaiveDate,
    today: NaiveDate,
) -> LeaseStatus {
    use LeaseStatus::{Current, Future, Notice, Past};
    match status {
        Current | Notice if reached(next(to), before, today) => Past,
        Future if reached(next(to), before, today) => Past,
        Future if reached(from, before, today) => {
            if to.is_some() {
                Notice
            } else {
                Current
            }
        }
        other => other,
    }
}

fn is_due(lease: &Lease, before: NaiveDate, today: NaiveDate) -> bool {
    let people = lease.customers.iter();
    lease.status != moved(lease.status, lease.move_in, lease.move_out, before, today)
        || people
            .into_iter()
            .any(|c| c.status != moved(c.status, c.move_in, c.move_out, before, today))
        || next_term(lease, before, today).is_some()
}

/// The signed term that begins to run.
fn next_term(lease: &Lease, before: NaiveDate, today: NaiveDate) -> Option<i64> {
    if !matches!(lease.status, LeaseStatus::Current | LeaseStatus::Notice) {
        return None;
    }
    let mut terms = lease.intervals.iter().rev();
    let term = terms.find(|term| {
        term.id != lease.interval_id
            && term.status == LeaseStatus::Future
            && reached(Some(term.start), before, today)
    })?;
    Some(term.id)
}

fn catch_up(lease: &mut Lease, before: NaiveDate, today: NaiveDate) {
    let status = moved(lease.status, lease.move_in, lease.move_out, before, today);
    for person in &mut lease.customers {
        let own = moved(
            person.status,
            person.move_in,
            person.move_out,
            before,
            today,
        );
        // People without dates of their own go with the lease.
        person.status = if own == person.status && own == lease.status && person.move_in.is_none() {
            status
        } else {
            own
        };
    }
    let old = lease.active_interval().map(|term| term.id);
    if let Some(term) = next_term(lease, before, today) {
        for row in &mut lease.intervals {
            if row.id == term {
                row.status = LeaseStatus::Current;
            } else if Some(row.id) == old {
                row.status = LeaseStatus::Past;
            }
        }
        lease.interval_id = term;
        if let Some(words) = lease.sub_status.take() {
            let left: Vec<&str> = words.split(", ").filter(|w| *w != "Renewed").collect();
            lease.sub_status = (!left.is_empty()).then(|| left.join(", "));
        }
    }
    if status != lease.status {
        let active = lease.active_interval().map(|term| term.id);
        for row in &mut lease.intervals {
            if Some(row.id) == active {
                row.status = status;
            }
        }
        lease.status = status;
    }
}
