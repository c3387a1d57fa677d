//! What happens in a day, by the dice: the same seed, world and day give the same changes.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveDate, Utc};

use super::generated::person;
use super::names::Names;
use super::rng::{Dice, hash};
use super::spaces::{hour, midnight};
use crate::entrata::{EntrataState, Lease, LeaseInterval, LeaseStatus};
use crate::nexudus::{Booking, Contract, NexudusState, PausedPeriod};

/// What a day brought, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Churn {
    /// Notices given.
    pub notices: usize,
    /// Notices taken back.
    pub rescinded: usize,
    /// Transfers agreed to another unit of the same property.
    pub transfers: usize,
    /// Renewals signed.
    pub renewals: usize,
    /// Evictions begun.
    pub evictions: usize,
    /// Leases signed for empty units, or units that fall empty.
    pub signed: usize,
    /// Signed leases called off.
    pub called_off: usize,
    /// Roommates who leave before the others.
    pub roommates: usize,
    /// Rooms booked.
    pub bookings: usize,
    /// Bookings moved.
    pub moved: usize,
    /// Bookings cancelled.
    pub cancellations: usize,
    /// Contracts frozen.
    pub pauses: usize,
    /// Contracts begun.
    pub contracts: usize,
    /// Contracts cancelled for a day to come.
    pub contract_ends: usize,
    /// People who joined or left a team.
    pub team_changes: usize,
    /// Customers suspended or reinstated.
    pub suspensions: usize,
}

impl Churn {
    /// The numbers under their names.
    pub fn pairs(&self) -> BTreeMap<&'static str, usize> {
        BTreeMap::from([
            ("notices", self.notices),
            ("rescinded", self.rescinded),
            ("transfers", self.transfers),
            ("renewals", self.renewals),
            ("evictions", self.evictions),
            ("signed", self.signed),
            ("called_off", self.called_off),
            ("roommates", self.roommates),
            ("bookings", self.bookings),
            ("moved", self.moved),
            ("cancellations", self.cancellations),
            ("pauses", self.pauses),
            ("contracts", self.contracts),
            ("contract_ends", self.contract_ends),
            ("team_changes", self.team_changes),
            ("suspensions", self.suspensions),
        ])
    }

    /// All changes together.
    pub fn total(&self) -> usize {
        self.pairs().values().sum()
    }
}

fn dice(seed: u64, now: DateTime<Utc>, round: u64, of: &str) -> Dice {
    let day = now.timestamp().div_euclid(86_400).unsigned_abs();
    let parts: [&[u8]; 3] = [of.as_bytes(), &seed.to_le_bytes(), &round.to_le_bytes()];
    Dice::new(hash(&parts, day))
}

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

/// A day at the coworking spaces.
pub(crate) fn members(
    state: &mut NexudusState,
    seed: u64,
    now: DateTime<Utc>,
    round: u64,
    churn: &mut Churn,
) {
    let mut dice = dice(seed, now, round, "members");
    bookings(state, &mut dice, now, churn);
    contracts(state, &mut dice, now, churn);
    people(state, &mut dice, now, churn);
}

fn bookings(state: &mut NexudusState, dice: &mut Dice, now: DateTime<Utc>, churn: &mut Churn) {
    let coming: Vec<(i64, Booking)> = state
        .bookings
        .iter()
        .filter(|(_, booking)| booking.from > now)
        .map(|(id, booking)| (id, booking.clone()))
        .collect();
    let mut taken: std::collections::BTreeSet<(i64, DateTime<Utc>)> = state
        .bookings
        .iter()
        .map(|(_, booking)| (booking.resource_id, booking.from))
        .collect();
    for (id, booking) in coming {
        match dice.below(100) {
            0..=5 => {
                churn.cancellations += 1;
                state.cancel(id, 1, now);
            }
            6..=8 => {
                let hour = chrono::TimeDelta::hours(1);
                let (from, to) = (booking.from + hour, booking.to + hour);
                if taken.insert((booking.resource_id, from)) {
                    churn.moved += 1;
                    state.bookings.put(
                        id,
                        Booking {
                            from,
                            to,
                            ..booking
                        },
                        now,
                    );
                }
            }
            _ => {}
        }
    }
    let rooms: Vec<(i64, i64)> = state
        .resources
        .iter()
        .filter(|(_, room)| !room.archived)
        .map(|(id, room)| (id, room.business_id))
        .collect();
    let people: Vec<i64> = state
        .coworkers
        .iter()
        .filter(|(_, person)| person.active && !person.archived && !person.company)
        .map(|(id, _)| id)
        .collect();
    if rooms.is_empty() || people.is_empty() {
        return;
    }
    for _ in 0..people.len() / 12 + 1 {
        let room = rooms.get(dice.index(rooms.len())).copied();
        let who = people.get(dice.index(people.len())).copied();
        let (days, at) = (dice.below(7), dice.below(10));
        let (Some((room, business)), Some(who)) = (room, who) else {
            continue;
        };
        let zone = state.zone(business);
        let wall = u32::try_from(8 + at).unwrap_or(8);
        let days = i64::try_from(days).unwrap_or_default() + 1;
        let (from, to) = (hour(zone, now, days, wall), hour(zone, now, days, wall + 1));
        if taken.insert((room, from)) {
            churn.bookings += 1;
            let booking = Booking::new(room, Some(who), from, to);
            let id = state.bookings.add(booking, now);
            state.booked(id, true, now);
        }
    }
}

fn contracts(state: &mut NexudusState, dice: &mut Dice, now: DateTime<Utc>, churn: &mut Churn) {
    let rows: Vec<(i64, Contract)> = state
        .contracts
        .iter()
        .filter(|(_, contract)| contract.cancellation.is_none())
        .map(|(id, contract)| (id, contract.clone()))
        .collect();
    for (id, mut contract) in rows {
        let zone = state.zone(contract.business_id);
        let days = i64::try_from(dice.below(30)).unwrap_or_default() + 1;
        match dice.below(400) {
            0 => {
                churn.pauses += 1;
                let (from, until) = (midnight(zone, now, days), midnight(zone, now, days + 30));
                let pause = PausedPeriod::new(id, from, until);
                state.paused_periods.add(pause, now);
            }
            1 => {
                churn.contract_ends += 1;
                contract.cancellation = Some(midnight(zone, now, days));
                state.contracts.put(id, contract, now);
            }
            2 => {
                churn.contracts += 1;
                // An upgrade: one ends where the next begins.
                let change = midnight(zone, now, days);
                let mut next = contract.clone();
                next.start = Some(change);
                contract.cancellation = Some(change);
                state.contracts.put(id, contract, now);
                state.contracts.add(next, now);
            }
            _ => {}
        }
    }
}

fn people(state: &mut NexudusState, dice: &mut Dice, now: DateTime<Utc>, churn: &mut Churn) {
    let ids: Vec<i64> = state
        .coworkers
        .iter()
        .filter(|(_, person)| !person.company)
        .map(|(id, _)| id)
        .collect();
    for id in &ids {
        if dice.below(1000) != 0 {
            continue;
        }
        if let Some(mut person) = state.coworkers.get(*id).cloned() {
            churn.suspensions += 1;
            person.active = !person.active;
            state.coworkers.put(*id, person, now);
        }
    }
    let teams: Vec<(i64, crate::nexudus::Team)> = state
        .teams
        .iter()
        .map(|(id, team)| (id, team.clone()))
        .collect();
    for (id, mut team) in teams {
        if dice.below(30) != 0 || ids.is_empty() {
            continue;
        }
        churn.team_changes += 1;
        if dice.below(2) == 0 && team.members.len() > 1 {
            team.members.pop();
        } else if let Some(who) = ids.get(dice.index(ids.len())) {
            if !team.members.contains(who) {
                team.members.push(*who);
            }
        }
        state.teams.put(id, team, now);
    }
}
