//! What staff and customers do, day by day.

use access_sync_sandbox::Sandbox;
use access_sync_sandbox::entrata::{Lease, LeaseInterval, LeaseStatus, PropertyAccess};
use access_sync_sandbox::nexudus::{Booking, Contract, PausedPeriod};
use chrono::{DateTime, DurationRound as _, NaiveDate, TimeDelta, Utc};

use super::dice::Dice;
use super::oracle::{coworker, customer};
use super::world::{BUSINESS, LOS_ANGELES, P1, P2, Truth, lease, midnight, plus};

/// One thing that happened.
#[derive(Clone, Debug, Default)]
pub struct Change {
    pub what: String,
    /// Whose access may be another now.
    pub subjects: Vec<String>,
    pub origin: Origin,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    #[default]
    Nobody,
    Entrata,
    /// A booking; Nexudus tells of it by a webhook.
    Booking(i64),
    Contract(i64),
    Coworker(i64),
    Team(i64),
    /// Nexudus has no webhook for it.
    Silent,
}

/// A source that shows less than the truth for a while.
#[derive(Clone, Debug, Default)]
pub struct Accidents {
    pub hidden: Vec<i64>,
    pub refused: Vec<i64>,
    pub denied: bool,
    /// Since when.
    pub begun: Option<DateTime<Utc>>,
}

impl Accidents {
    /// Shows a lease as the source does now.
    pub fn show(&self, sandbox: &Sandbox, lease: &Lease) {
        if !self.hidden.contains(&lease.property_id) {
            sandbox.entrata().upsert_lease(lease.clone());
        }
    }

    pub fn begin(
        &mut self,
        sandbox: &Sandbox,
        truth: &Truth,
        dice: &mut Dice,
        now: DateTime<Utc>,
    ) -> String {
        self.begun = Some(now);
        let property = if dice.chance(500) { P1 } else { P2 };
        match dice.below(3) {
            0 => {
                self.hidden.push(property);
                for lease in truth.leases.values() {
                    if lease.property_id == property {
                        sandbox.entrata().remove_lease(lease.id);
                    }
                }
                format!("ACCIDENT: property {property} answers with no lease")
            }
            1 => {
                self.refused.push(property);
                let access = PropertyAccess::NotGranted;
                sandbox.entrata().set_property_access(property, access);
                format!("ACCIDENT: property {property} answers 301")
            }
            _ => {
                self.denied = true;
                sandbox.nexudus().set_denied("coworkercontracts", true);
                "ACCIDENT: Nexudus refuses contracts".into()
            }
        }
    }

    pub fn end(&mut self, sandbox: &Sandbox, truth: &Truth) {
        let was = std::mem::take(self);
        for property in was.refused {
            let access = PropertyAccess::Granted;
            sandbox.entrata().set_property_access(property, access);
        }
        for lease in truth.leases.values() {
            if was.hidden.contains(&lease.property_id) {
                sandbox.entrata().upsert_lease(lease.clone());
            }
        }
        sandbox.nexudus().set_denied("coworkercontracts", false);
    }
}

/// What time alone brings: statuses that staff set when a day has come, sometimes late.
pub fn progress(
    sandbox: &Sandbox,
    truth: &mut Truth,
    accidents: &Accidents,
    dice: &mut Dice,
    now: DateTime<Utc>,
) {
    let mut changed = Vec::new();
    for lease in truth.leases.values_mut() {
        let today = now
            .with_timezone(&Truth::zone(lease.property_id))
            .date_naive();
        let status = match lease.status {
            LeaseStatus::Future if lease.move_in.is_some_and(|day| day <= today) => {
                LeaseStatus::Current
            }
            LeaseStatus::Notice if lease.move_out.is_some_and(|day| day < today) => {
                LeaseStatus::Past
            }
            LeaseStatus::Current if lease.move_out.is_some_and(|day| day < today) => {
                LeaseStatus::Past
            }
            _ => continue,
        };
        if dice.chance(400) {
            set_status(lease, status);
            changed.push(lease.clone());
        }
    }
    for lease in changed {
        accidents.show(sandbox, &lease);
    }
}

fn set_status(lease: &mut Lease, status: LeaseStatus) {
    lease.status = status;
    for person in &mut lease.customers {
        if person.status != LeaseStatus::Past || status == LeaseStatus::Past {
            person.status = status;
        }
    }
}

fn residents(lease: &Lease) -> Vec<String> {
    lease.customers.iter().map(|it| customer(it.id)).collect()
}

/// One change, or none where the dice found nothing to do it to.
pub fn step(
    sandbox: &Sandbox,
    truth: &mut Truth,
    accidents: &Accidents,
    dice: &mut Dice,
    now: DateTime<Utc>,
) -> Option<Change> {
    if dice.chance(450) {
        entrata(sandbox, truth, accidents, dice, now)
    } else {
        nexudus(sandbox, truth, dice, now)
    }
}

fn entrata(
    sandbox: &Sandbox,
    truth: &mut Truth,
    accidents: &Accidents,
    dice: &mut Dice,
    now: DateTime<Utc>,
) -> Option<Change> {
    let of = |truth: &Truth, statuses: &[LeaseStatus]| -> Vec<i64> {
        let leases = truth.leases.values();
        leases
            .filter(|lease| statuses.contains(&lease.status))
            .map(|lease| lease.id)
            .collect()
    };
    let today =
        |property: i64| -> NaiveDate { now.with_timezone(&Truth::zone(property)).date_naive() };
    let kind = dice.below(9);
    if kind <= 1 {
        let free: Vec<_> = Truth::units()
            .into_iter()
            .filter(|(_, unit)| !truth.taken(*unit))
            .collect();
        let (property, unit) = *dice.pick(&free)?;
        let day = plus(today(property), dice.between(-1, 8));
        let people = 1 + dice.below(2);
        let new = lease(truth, property, unit, day, people);
        let change = Change {
            what: format!("lease {}: move-in to {unit} on {day}", new.id),
            subjects: residents(&new),
            origin: Origin::Entrata,
        };
        accidents.show(sandbox, &new);
        truth.leases.insert(new.id, new);
        return Some(change);
    }
    if kind == 2 {
        return transfer(sandbox, truth, accidents, dice, now);
    }
    let statuses: &[LeaseStatus] = match kind {
        3 | 4 => &[LeaseStatus::Current],
        5 => &[LeaseStatus::Notice],
        6 => &[LeaseStatus::Future],
        _ => &[LeaseStatus::Current, LeaseStatus::Notice],
    };
    let id = *dice.pick(&of(truth, statuses))?;
    let mut lease = truth.leases.get(&id)?.clone();
    let today = today(lease.property_id);
    let what = match kind {
        3 | 4 if lease.move_out.is_none() => {
            let day = plus(today, dice.between(-1, 12));
            let day = day.max(lease.move_in?);
            set_status(&mut lease, LeaseStatus::Notice);
            lease.move_out = Some(day);
            format!("notice, move-out {day}")
        }
        5 => {
            set_status(&mut lease, LeaseStatus::Current);
            lease.move_out = None;
            "notice rescinded".to_owned()
        }
        6 if dice.chance(400) => {
            set_status(&mut lease, LeaseStatus::Cancelled);
            "cancelled before move-in".to_owned()
        }
        6 => {
            let day = plus(today, dice.between(0, 6));
            lease.move_in = Some(day);
            format!("move-in is {day} now")
        }
        7 => {
            let roommate = lease
                .customers
                .iter_mut()
                .find(|it| it.customer_type == "Responsible" && it.move_out.is_none())?;
            let day = plus(today, dice.between(0, 5));
            roommate.move_out = Some(day);
            format!("roommate {} leaves on {day}", roommate.id)
        }
        8 => {
            let end = plus(today, 365);
            lease.intervals.push(
                LeaseInterval::new(truth.id(), today, Some(end), LeaseStatus::Current)
                    .of_type("Renewal"),
            );
            "renewed on the same lease".to_owned()
        }
        _ => return None,
    };
    let change = Change {
        what: format!("lease {id}: {what}"),
        subjects: residents(&lease),
        origin: Origin::Entrata,
    };
    accidents.show(sandbox, &lease);
    truth.leases.insert(id, lease);
    Some(change)
}

/// To another unit, or a new lease of the same one (a renewal as a second lease).
fn transfer(
    sandbox: &Sandbox,
    truth: &mut Truth,
    accidents: &Accidents,
    dice: &mut Dice,
    now: DateTime<Utc>,
) -> Option<Change> {
    let movers: Vec<i64> = truth
        .leases
        .values()
        .filter(|it| it.status == LeaseStatus::Current && it.move_out.is_none())
        .map(|it| it.id)
        .collect();
    let id = *dice.pick(&movers)?;
    let mut old = truth.leases.get(&id)?.clone();
    let stays = dice.chance(400);
    let free: Vec<_> = Truth::units()
        .into_iter()
        .filter(|(_, unit)| !truth.taken(*unit))
        .collect();
    let (property, unit) = if stays {
        (old.property_id, old.unit_id?)
    } else {
        *dice.pick(&free)?
    };
    let today = now
        .with_timezone(&Truth::zone(old.property_id))
        .date_naive();
    let day = plus(today, dice.between(1, 9)).max(old.move_in?);
    set_status(&mut old, LeaseStatus::Notice);
    old.move_out = Some(day);
    let mut new = lease(truth, property, unit, plus(day, i64::from(stays)), 0);
    new.customers = old.customers.clone();
    new.customers.retain(|it| it.move_out.is_none());
    set_status(&mut new, LeaseStatus::Future);
    let change = Change {
        what: format!(
            "lease {id} moves out on {day}, lease {} moves in to {unit} on {}",
            new.id, new.move_in?
        ),
        subjects: residents(&old),
        origin: Origin::Entrata,
    };
    for lease in [old, new] {
        accidents.show(sandbox, &lease);
        truth.leases.insert(lease.id, lease);
    }
    Some(change)
}

fn nexudus(
    sandbox: &Sandbox,
    truth: &mut Truth,
    dice: &mut Dice,
    now: DateTime<Utc>,
) -> Option<Change> {
    let nexudus = sandbox.nexudus();
    let people: Vec<i64> = truth
        .coworkers
        .iter()
        .filter(|(_, it)| !it.company)
        .map(|(id, _)| *id)
        .collect();
    let quarter = now.duration_trunc(TimeDelta::minutes(15)).ok()?;
    let today = now.with_timezone(&LOS_ANGELES).date_naive();
    let ahead: Vec<i64> = truth
        .bookings
        .iter()
        .filter(|(_, it)| it.to > now)
        .map(|(id, _)| *id)
        .collect();
    match dice.below(14) {
        0..=3 => {
            let who = *dice.pick(&people)?;
            let rooms: Vec<i64> = truth.resources.keys().copied().collect();
            let from =
                quarter + TimeDelta::minutes(15) * i32::try_from(dice.between(-1, 40)).ok()?;
            let to = from + TimeDelta::minutes(15) * i32::try_from(dice.between(2, 12)).ok()?;
            let mut booking = Booking::new(*dice.pick(&rooms)?, Some(who), from, to);
            booking.tentative = dice.chance(100);
            let id = nexudus.add_booking(booking.clone());
            truth.bookings.insert(id, booking.clone());
            Some(Change {
                what: format!(
                    "booking {id} of {}, {from} to {to}, tentative {}",
                    truth.resources[&booking.resource_id], booking.tentative
                ),
                subjects: vec![coworker(who)],
                origin: Origin::Booking(id),
            })
        }
        4 => {
            let id = *dice.pick(&ahead)?;
            nexudus.cancel_booking(id);
            let who = truth.bookings.remove(&id)?.coworker_id?;
            Some(Change {
                what: format!("booking {id} cancelled"),
                subjects: vec![coworker(who)],
                origin: Origin::Booking(id),
            })
        }
        5 => {
            let id = *dice.pick(&ahead)?;
            let by = TimeDelta::minutes(15) * i32::try_from(dice.between(-6, 6)).ok()?;
            let booking = truth.bookings.get_mut(&id)?;
            booking.to = (booking.to + by).max(booking.from + TimeDelta::minutes(15));
            booking.tentative = false;
            nexudus.put_booking(id, booking.clone());
            Some(Change {
                what: format!("booking {id} ends {} now", booking.to),
                subjects: vec![coworker(booking.coworker_id?)],
                origin: Origin::Booking(id),
            })
        }
        6 => {
            let who = *dice.pick(&people)?;
            let row = truth.coworkers.get_mut(&who)?;
            row.active = !row.active;
            nexudus.put_coworker(who, row.clone());
            Some(Change {
                what: format!("coworker {who}: active {}", row.active),
                subjects: vec![coworker(who)],
                origin: Origin::Coworker(who),
            })
        }
        7 => {
            let (id, team) = truth.team.as_mut()?;
            let who = *dice.pick(&people)?;
            let joined = !team.members.contains(&who);
            if joined {
                team.members.push(who);
            } else if team.members.len() > 1 {
                team.members.retain(|it| *it != who);
            }
            nexudus.put_team(*id, team.clone());
            Some(Change {
                what: format!("team: {who} joined {joined}"),
                subjects: vec![coworker(who)],
                origin: Origin::Team(*id),
            })
        }
        8 | 9 => {
            let who = *dice.pick(&people)?;
            let start = midnight(LOS_ANGELES, plus(today, dice.between(0, 4)));
            let tariff = truth.contracts.values().next()?.tariff_id;
            let mut contract = Contract::new(BUSINESS, who, tariff, Some(start));
            if dice.chance(500) {
                let desks: Vec<i64> = truth.desks.keys().copied().collect();
                contract.desks = vec![*dice.pick(&desks)?];
            }
            let id = nexudus.add_contract(contract.clone());
            truth.contracts.insert(id, contract);
            Some(Change {
                what: format!("contract {id} from {start}"),
                subjects: vec![coworker(who)],
                origin: Origin::Contract(id),
            })
        }
        10 | 11 => {
            let ids: Vec<i64> = truth
                .contracts
                .iter()
                .filter(|(_, it)| it.start.is_some_and(|start| start <= now))
                .filter(|(_, it)| it.cancellation.is_none_or(|end| end > now))
                .map(|(id, _)| *id)
                .collect();
            let id = *dice.pick(&ids)?;
            let row = truth.contracts.get_mut(&id)?;
            row.cancellation = match row.cancellation {
                None => Some(midnight(LOS_ANGELES, plus(today, dice.between(1, 9)))),
                Some(_) => None,
            };
            nexudus.put_contract(id, row.clone());
            let row = row.clone();
            Some(Change {
                what: format!("contract {id} ends {:?}", row.cancellation),
                subjects: holders(truth, &row),
                origin: Origin::Contract(id),
            })
        }
        12 => {
            let ids: Vec<i64> = truth.contracts.keys().copied().collect();
            let id = *dice.pick(&ids)?;
            let first = plus(today, dice.between(0, 5));
            let pause = PausedPeriod::new(
                id,
                midnight(LOS_ANGELES, first),
                midnight(LOS_ANGELES, plus(first, dice.between(1, 7))),
            );
            truth
                .pauses
                .insert(nexudus.add_paused_period(pause.clone()), pause.clone());
            let row = truth.contracts.get(&id)?.clone();
            Some(Change {
                what: format!("contract {id} paused {} to {}", pause.from, pause.until),
                subjects: holders(truth, &row),
                origin: Origin::Silent,
            })
        }
        _ => {
            let ids: Vec<i64> = truth.pauses.keys().copied().collect();
            let id = *dice.pick(&ids)?;
            let mut pause = truth.pauses.get(&id)?.clone();
            if pause.until <= now || pause.from > now {
                return None;
            }
            pause.until = midnight(LOS_ANGELES, plus(today, 1));
            nexudus.put_paused_period(id, pause.clone());
            let row = truth.contracts.get(&pause.contract_id)?.clone();
            truth.pauses.insert(id, pause);
            Some(Change {
                what: format!("pause {id} ends tomorrow"),
                subjects: holders(truth, &row),
                origin: Origin::Silent,
            })
        }
    }
}

fn holders(truth: &Truth, contract: &Contract) -> Vec<String> {
    let team = truth.team.iter().map(|(_, team)| team);
    let members = team
        .filter(|team| team.paying_member_id == Some(contract.coworker_id))
        .flat_map(|team| team.members.clone());
    members
        .chain([contract.coworker_id])
        .map(coworker)
        .collect()
}
