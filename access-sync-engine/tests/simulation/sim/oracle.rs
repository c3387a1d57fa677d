//! Who may open what, straight from the truth: a second road to the plan, apart from the engine's
//! sources and mapping.

use access_sync_core::policy::Policy;
use access_sync_core::record::{
    Booking, BookingStatus, Contract, ContractStatus, Hold, Lease, LeaseStatus, Record, Span,
};
use access_sync_core::{Plan, SubjectId, TargetId, Timeline, plan};
use access_sync_sandbox::entrata;
use chrono::{DateTime, NaiveDate, Utc};

use super::world::{LOS_ANGELES, P1, Truth, plus, unit_group};

/// A person's hold, as an operator has set it.
#[derive(Clone, Debug)]
pub struct Held {
    pub number: u64,
    pub subject: String,
    pub from: DateTime<Utc>,
    pub until: Option<DateTime<Utc>>,
}

pub fn customer(id: i64) -> String {
    format!("entrata:customer:{id}")
}

pub fn coworker(id: i64) -> String {
    format!("nexudus:coworker:{id}")
}

/// The plan of the truth.
pub fn expected(truth: &Truth, holds: &[Held]) -> Plan {
    let mut records = Vec::new();
    for lease in truth.leases.values() {
        leases(truth, lease, &mut records);
    }
    bookings(truth, &mut records);
    contracts(truth, &mut records);
    for held in holds {
        let mut hold = Hold::new(
            format!("hold-{}", held.number),
            held.subject.as_str(),
            "*",
            held.from,
        );
        if let Some(until) = held.until {
            hold = hold.until(until);
        }
        records.push(Record::Hold(hold));
    }
    plan(
        &Timeline::new(None)
            .policy(Policy::default())
            .with_records(records),
    )
}

/// Everybody of whom the truth knows, by subject.
pub fn people(truth: &Truth) -> Vec<String> {
    let residents = truth.leases.values().flat_map(|lease| &lease.customers);
    let coworkers = truth.coworkers.keys().map(|id| coworker(*id));
    let mut all: Vec<_> = residents
        .map(|it| customer(it.id))
        .chain(coworkers)
        .collect();
    all.sort();
    all.dedup();
    all
}

fn group(truth: &Truth, name: &str) -> String {
    truth.groups[name].to_string()
}

fn leases(truth: &Truth, lease: &entrata::Lease, records: &mut Vec<Record>) {
    use entrata::LeaseStatus as S;
    let standing = |status: S| match status {
        S::Future => Some(LeaseStatus::Future),
        S::Current => Some(LeaseStatus::Current),
        S::Notice => Some(LeaseStatus::Notice),
        S::Past => Some(LeaseStatus::Past),
        _ => None,
    };
    let Some(of_lease) = standing(lease.status) else {
        return;
    };
    let mut groups = match lease.property_id {
        P1 => vec!["P1 Residents".to_owned(), "Lobby".to_owned()],
        _ => vec!["P2 Residents".to_owned()],
    };
    groups.extend(lease.unit_id.map(unit_group));
    for person in &lease.customers {
        let lives_there = matches!(person.customer_type.as_str(), "Primary" | "Responsible");
        let Some(own) = standing(person.status).filter(|_| lives_there) else {
            continue;
        };
        // Who left before the others has a day of their own; a lease that is over is over for all.
        let status = if of_lease == LeaseStatus::Past {
            of_lease.clone()
        } else {
            own
        };
        let move_out = if status == LeaseStatus::Past && of_lease != LeaseStatus::Past {
            person.move_out
        } else {
            person.move_out.or(lease.move_out)
        };
        for name in &groups {
            let id = format!("lease-{}-{}-{name}", lease.id, person.id);
            let record = Lease::new(id, customer(person.id), group(truth, name), status.clone())
                .move_in(person.move_in.or(lease.move_in))
                .move_out(move_out)
                .time_zone(Truth::zone(lease.property_id));
            records.push(Record::Lease(record));
        }
    }
}

fn may_come(truth: &Truth, id: i64) -> bool {
    truth
        .coworkers
        .get(&id)
        .is_some_and(|it| it.active && !it.archived && !it.company)
}

fn bookings(truth: &Truth, records: &mut Vec<Record>) {
    for (id, booking) in &truth.bookings {
        let Some(who) = booking.coworker_id.filter(|who| may_come(truth, *who)) else {
            continue;
        };
        if booking.tentative {
            continue;
        }
        for name in [&truth.resources[&booking.resource_id], "Lobby"] {
            let span = Span::Utc {
                from: booking.from,
                to: booking.to,
            };
            let record = Booking::new(
                format!("booking-{id}-{name}"),
                coworker(who),
                group(truth, name),
                BookingStatus::Confirmed,
                span,
            );
            records.push(Record::Booking(record.time_zone(LOS_ANGELES)));
        }
    }
}

fn contracts(truth: &Truth, records: &mut Vec<Record>) {
    let day = |at: DateTime<Utc>| -> NaiveDate { at.with_timezone(&LOS_ANGELES).date_naive() };
    for (id, contract) in &truth.contracts {
        let mut people = vec![contract.coworker_id];
        if let Some((_, team)) = &truth.team {
            if team.paying_member_id == Some(contract.coworker_id) {
                people.extend(&team.members);
            }
        }
        let mut names = vec!["Members", "Lobby"];
        names.extend(contract.desks.iter().map(|desk| truth.desks[desk].as_str()));
        for who in people {
            if !may_come(truth, who) {
                continue;
            }
            for name in &names {
                let mut record = Contract::new(
                    format!("contract-{id}-{who}-{name}"),
                    coworker(who),
                    group(truth, name),
                    ContractStatus::Active,
                )
                .start_date(contract.start.map(day))
                .end_date(contract.cancellation.map(|end| plus(day(end), -1)))
                .time_zone(LOS_ANGELES);
                for pause in truth.pauses.values() {
                    if pause.contract_id == *id {
                        record = record.pause(day(pause.from), Some(plus(day(pause.until), -1)));
                    }
                }
                records.push(Record::Contract(record));
            }
        }
    }
}

/// Whether the truth lets somebody in.
pub fn entitled(plan: &Plan, subject: &str, group: i64, at: DateTime<Utc>) -> bool {
    plan.is_active(
        &SubjectId::new(subject),
        &TargetId::new(group.to_string()),
        at,
    )
}
