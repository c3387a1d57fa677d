//! A day at the properties.

use chrono::{DateTime, Days, NaiveDate, Utc};

use super::{Churn, dice};
use crate::entrata::{EntrataState, Lease, LeaseInterval, LeaseStatus};
use crate::world::generated::person;
use crate::world::names::Names;
use crate::world::rng::Dice;

/// A day at the properties.
pub(crate) fn leases(
    state: &mut EntrataState,
    seed: u64,
    now: DateTime<Utc>,
    round: u64,
    churn: &mut Churn,
) {
    let mut dice = dice(seed, now, round, "leases");
    let mut names = Names::new(seed ^ dice.next());
    let rows: Vec<(i64, LeaseStatus)> = state.leases.values().map(|l| (l.id, l.status)).collect();
    let mut next = Next::after(state);
    for (id, status) in rows {
        let roll = dice.below(2000);
        let span = 7 + dice.below(50);
        let Some(lease) = state.leases.get(id) else {
            continue;
        };
        let today = today(state, lease, now);
        let later = |days: u64| today.checked_add_days(Days::new(days)).unwrap_or(today);
        match (status, roll) {
            (LeaseStatus::Current, 0..=2) if lease.move_out.is_none() => {
                churn.notices += 1;
                state.leases.edit(id, |lease| {
                    give_notice(lease, today, later(span), "Relocating")
                });
            }
            (LeaseStatus::Notice, 0..=19) if lease.transfer_lease_id.is_none() => {
                churn.rescinded += 1;
                state.leases.edit(id, take_back);
            }
            (LeaseStatus::Current, 3) if lease.move_out.is_none() => {
                if let Some(unit) = empty_unit(state, lease, &mut dice) {
                    churn.transfers += 1;
                    transfer(state, &mut next, id, unit, today, later(span));
                }
            }
            (LeaseStatus::Current, 4..=7) if lease.move_out.is_none() => {
                let end = lease.intervals.iter().filter_map(|t| t.end).max();
                if let Some(end) = end.filter(|end| *end < later(120)) {
                    churn.renewals += 1;
                    let term = next.term();
                    state
                        .leases
                        .edit(id, |lease| renew(lease, term, end.max(today)));
                }
            }
            (LeaseStatus::Current, 8) if span % 5 == 0 && lease.move_out.is_none() => {
                churn.evictions += 1;
                state.leases.edit(id, |lease| {
                    lease.sub_status = Some("Eviction".to_owned());
                    lease.move_out = Some(later(span / 2));
                    lease.move_out_reason = Some("Eviction".to_owned());
                    for person in &mut lease.customers {
                        person.move_out = lease.move_out;
                    }
                });
            }
            (LeaseStatus::Current, 9) if lease.customers.len() > 1 => {
                churn.roommates += 1;
                state.leases.edit(id, |lease| {
                    if let Some(leaver) = lease.customers.last_mut() {
                        leaver.status = LeaseStatus::Notice;
                        leaver.move_out = Some(later(span / 3));
                    }
                });
            }
            (LeaseStatus::Future, 0..=9) => {
                churn.called_off += 1;
                state.set_status(id, LeaseStatus::Cancelled);
            }
            _ => {}
        }
    }
    // New leases for a few of the units that nobody has.
    let units = state.units.len() / 700 + usize::from(dice.below(4) == 0);
    let ids: Vec<(i64, i64)> = state
        .units
        .values()
        .map(|u| (u.id, u.property_id))
        .collect();
    for _ in 0..units * 20 {
        if churn.signed >= units || ids.is_empty() {
            break;
        }
        let Some((unit, property)) = ids.get(dice.index(ids.len())).copied() else {
            break;
        };
        if !is_empty(state, unit) {
            continue;
        }
        churn.signed += 1;
        let mut lease = Lease::new(next.lease(), property, LeaseStatus::Future);
        let today = today(state, &lease, now);
        let from = today
            .checked_add_days(Days::new(dice.below(30)))
            .unwrap_or(today);
        lease.unit_id = Some(unit);
        lease.move_in = Some(from);
        lease.interval_id = next.term();
        let end = from.checked_add_days(Days::new(364));
        let term = LeaseInterval::new(lease.interval_id, from, end, LeaseStatus::Future);
        lease.intervals.push(term);
        let (mut who, _) = person(&mut names, next.person(), "Primary", "Primary");
        who.status = LeaseStatus::Future;
        who.move_in = lease.move_in;
        lease.customers.push(who);
        // Whoever moves in today is a resident at once.
        if from == today {
            lease.status = LeaseStatus::Current;
            for person in &mut lease.customers {
                person.status = LeaseStatus::Current;
            }
            for term in &mut lease.intervals {
                term.status = LeaseStatus::Current;
            }
        }
        state.leases.insert(lease);
    }
}

/// Ids that nobody has.
struct Next {
    lease: i64,
    term: i64,
    person: usize,
}

impl Next {
    fn after(state: &EntrataState) -> Self {
        let terms = state.leases.values().flat_map(|l| &l.intervals);
        let people = state.leases.values().flat_map(|l| &l.customers);
        let person = people.map(|c| c.id).max().unwrap_or_default() - 5_000_000;
        Self {
            lease: state.leases.last_id().unwrap_or(1_000_000),
            term: terms.map(|t| t.id).max().unwrap_or(9_000_000),
            person: usize::try_from(person).unwrap_or_default(),
        }
    }

    fn lease(&mut self) -> i64 {
        self.lease += 1;
        self.lease
    }

    fn term(&mut self) -> i64 {
        self.term += 1;
        self.term
    }

    fn person(&mut self) -> usize {
        self.person += 1;
        self.person
    }
}

fn today(state: &EntrataState, lease: &Lease, now: DateTime<Utc>) -> NaiveDate {
    match state.properties.get(&lease.property_id) {
        Some(property) => now.with_timezone(&property.time_zone).date_naive(),
        None => now.date_naive(),
    }
}

fn is_empty(state: &EntrataState, unit: i64) -> bool {
    use LeaseStatus::{Current, Future, Notice};
    let mut leases = state.leases.of_unit(unit);
    !leases.any(|lease| matches!(lease.status, Current | Notice | Future))
}

fn empty_unit(state: &EntrataState, lease: &Lease, dice: &mut Dice) -> Option<i64> {
    let here = lease.unit_id?;
    // A few doors further, not the whole house.
    let from = here + i64::try_from(dice.below(20)).unwrap_or_default();
    let near = state.units.range(from..from + 200);
    let mut near = near.filter(|(_, unit)| unit.property_id == lease.property_id);
    near.find(|(id, _)| is_empty(state, **id))
        .map(|(id, _)| *id)
}

fn give_notice(lease: &mut Lease, today: NaiveDate, out: NaiveDate, reason: &str) {
    lease.notice = Some(today);
    lease.move_out = Some(out);
    lease.move_out_reason = Some(reason.to_owned());
    let old = std::mem::replace(&mut lease.status, LeaseStatus::Notice);
    for person in lease.customers.iter_mut().filter(|c| c.status == old) {
        person.status = LeaseStatus::Notice;
        if person.move_in.is_some() {
            person.move_out = Some(out);
        }
    }
}

fn take_back(lease: &mut Lease) {
    lease.notice = None;
    lease.move_out = None;
    lease.move_out_reason = None;
    lease.status = LeaseStatus::Current;
    for person in &mut lease.customers {
        if person.status == LeaseStatus::Notice {
            person.status = LeaseStatus::Current;
            person.move_out = None;
        }
    }
    let active = lease.interval_id;
    for term in lease.intervals.iter_mut().filter(|term| term.id == active) {
        term.status = LeaseStatus::Current;
    }
}

fn renew(lease: &mut Lease, term: i64, end: NaiveDate) {
    let start = end.succ_opt().unwrap_or(end);
    let until = start.checked_add_days(Days::new(364));
    let row = LeaseInterval::new(term, start, until, LeaseStatus::Future);
    lease.intervals.push(row.of_type("Renewal"));
    lease.month_to_month = false;
    lease.sub_status = Some("Renewed".to_owned());
}

/// The same people on a second lease in another unit; the old one ends the day before.
fn transfer(
    state: &mut EntrataState,
    next: &mut Next,
    id: i64,
    unit: i64,
    today: NaiveDate,
    on: NaiveDate,
) {
    let Some(old) = state.leases.get(id).cloned() else {
        return;
    };
    let mut new = Lease::new(next.lease(), old.property_id, LeaseStatus::Future);
    new.unit_id = Some(unit);
    new.move_in = Some(on);
    new.transfer_date = Some(on);
    new.interval_id = next.term();
    let end = on.checked_add_days(Days::new(364));
    let term = LeaseInterval::new(new.interval_id, on, end, LeaseStatus::Future);
    new.intervals.push(term.of_type("Transfer"));
    new.customers.clone_from(&old.customers);
    for person in &mut new.customers {
        person.status = LeaseStatus::Future;
        person.move_in = Some(on);
        person.move_out = None;
    }
    let new_id = new.id;
    state.leases.insert(new);
    state.leases.edit(id, |lease| {
        let out = on.pred_opt().unwrap_or(on);
        give_notice(lease, today, out, "On-Site Transfer");
        lease.transfer_date = Some(on);
        lease.transfer_lease_id = Some(new_id);
        lease.transfer_property_id = Some(lease.property_id);
    });
}
