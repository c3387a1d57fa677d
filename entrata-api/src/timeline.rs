//! What a lease says of people and days, in the vendor's terms: who lives there, from when to when,
//! what comes after the term. Pure; `today` is a parameter.

mod terms;
mod transfer;

use chrono::NaiveDate;
use serde::Serialize;

use crate::{
    Customer, CustomerId, CustomerType, EntrataDate, Lease, LeaseId, LeaseInterval,
    LeaseIntervalId, LeaseStatus, LeaseSubStatus, PropertyId, UnitId, UnitSpaceId,
};

pub use terms::RenewalOutcome;
pub use transfer::{Transfer, TransferSide, transfers};

/// Which people on a lease live there, by customer type.
///
/// Types and relationships are each company's own, so that the list can be changed. Guarantors and
/// co-signers are left out whatever it says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Residents {
    /// The types that count as living there.
    pub customer_types: Vec<CustomerType>,
}

impl Default for Residents {
    /// The first leaseholder and those beside.
    fn default() -> Self {
        Self::of([CustomerType::Primary, CustomerType::Responsible])
    }
}

impl Residents {
    /// These types.
    #[must_use]
    pub fn of(types: impl IntoIterator<Item = CustomerType>) -> Self {
        Self {
            customer_types: types.into_iter().collect(),
        }
    }
}

/// A lease in the order of time.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LeaseTimeline {
    /// The lease.
    pub lease_id: LeaseId,
    /// Its property.
    pub property_id: Option<PropertyId>,
    /// Its unit; none while none is assigned.
    pub unit_id: Option<UnitId>,
    /// Its unit spaces: rooms or beds that are let by themselves.
    pub unit_space_ids: Vec<UnitSpaceId>,
    /// How far the lease has come.
    pub status: LeaseStatus,
    /// Those who live there, did, or will.
    pub people: Vec<Resident>,
    /// Everybody else on the lease, with the reason.
    pub left_out: Vec<LeftOut>,
    /// The terms by their first day, without cancelled ones.
    pub intervals: Vec<LeaseInterval>,
    /// The term that counts now.
    pub current_interval: Option<LeaseIntervalId>,
    /// The lease goes on from month to month: no term ends it.
    pub month_to_month: bool,
    /// The term has run out and people are still there, without a next term: no term ends it either.
    pub holdover: bool,
    /// What comes after the current term.
    pub renewal: RenewalOutcome,
    /// The last day of the last term that is agreed, for information: people stay until they move
    /// out. None where terms do not end it.
    pub term_end: Option<EntrataDate>,
    /// The lease before or after this one, where people move within the company.
    pub transfer: Option<Transfer>,
    /// An eviction is under way. Not the end of a lease by itself.
    pub eviction: bool,
    /// The account is with collections. Not the end of a lease by itself.
    pub in_collections: bool,
}

/// A person who lives on a lease, did, or will.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Resident {
    /// The person.
    pub customer_id: CustomerId,
    /// What the person is on the lease.
    pub customer_type: CustomerType,
    /// How far the person has come, by the person's own status or the lease's.
    pub status: LeaseStatus,
    /// The first day: the person's own, or the lease's. None or text where there is no usable one.
    pub move_in: Option<EntrataDate>,
    /// The end of the person's stay.
    pub move_out: MoveOutState,
}

/// When a person's stay ends. Never taken from the end of a term.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "state", content = "date")]
#[non_exhaustive]
pub enum MoveOutState {
    /// No end is known: the person stays.
    Open,
    /// Notice was given, without a day.
    NoticeWithoutDate,
    /// A day is set.
    Planned(EntrataDate),
    /// The person has left.
    Ended(EntrataDate),
    /// The person has left, and no day is told.
    EndedWithoutDate,
}

/// A person on a lease who does not live there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LeftOut {
    /// The person.
    pub customer_id: CustomerId,
    /// Why.
    pub reason: LeftOutReason,
}

/// Why a person on a lease is left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "why", content = "value")]
#[non_exhaustive]
pub enum LeftOutReason {
    /// A guarantor or co-signer, by type or by relationship.
    Guarantor,
    /// Not among the types that count, or without a type.
    CustomerType(Option<CustomerType>),
    /// The person's own status: cancelled, denied, applicant.
    CustomerStatus(LeaseStatus),
    /// The lease's status: cancelled, applicant, unknown.
    LeaseStatus(LeaseStatus),
}

impl LeaseTimeline {
    /// The timeline of one lease. The other lease of a transfer is known only where this one points
    /// to it; [`LeaseTimeline::all`] joins pairs from either side.
    #[must_use]
    pub fn of(lease: &Lease, residents: &Residents, today: NaiveDate) -> Self {
        let (people, left_out) = people(lease, residents);
        let terms = terms::Terms::of(lease, today);
        let has = |sub_status| lease.has_sub_status(&sub_status);
        Self {
            lease_id: lease.id,
            property_id: lease.property_id,
            unit_id: lease.unit_id,
            unit_space_ids: lease.unit_spaces.iter().map(|space| space.id).collect(),
            status: lease.status.clone(),
            people,
            left_out,
            current_interval: terms.current,
            month_to_month: terms.month_to_month,
            holdover: terms.holdover,
            renewal: terms.renewal,
            term_end: terms.end,
            intervals: terms.intervals,
            transfer: transfers(std::slice::from_ref(lease)).remove(&lease.id),
            eviction: has(LeaseSubStatus::Eviction),
            in_collections: has(LeaseSubStatus::InCollections)
                || lease.collections_start_date.is_some(),
        }
    }

    /// The timelines of many leases, with transfers joined whichever of the two leases points.
    #[must_use]
    pub fn all(leases: &[Lease], residents: &Residents, today: NaiveDate) -> Vec<Self> {
        let mut joined = transfers(leases);
        leases
            .iter()
            .map(|lease| Self {
                transfer: joined.remove(&lease.id),
                ..Self::of(lease, residents, today)
            })
            .collect()
    }
}

/// Who lives there, and who does not and why.
pub(crate) fn people(lease: &Lease, residents: &Residents) -> (Vec<Resident>, Vec<LeftOut>) {
    let mut people = Vec::new();
    let mut left_out = Vec::new();
    for customer in &lease.customers.items {
        match resident(lease, customer, residents) {
            Ok(resident) => people.push(resident),
            Err(reason) => left_out.push(LeftOut {
                customer_id: customer.id,
                reason,
            }),
        }
    }
    (people, left_out)
}

fn resident(
    lease: &Lease,
    customer: &Customer,
    residents: &Residents,
) -> Result<Resident, LeftOutReason> {
    use LeaseStatus::{Current, Future, Notice, Past};
    if !matches!(lease.status, Future | Current | Notice | Past) {
        return Err(LeftOutReason::LeaseStatus(lease.status.clone()));
    }
    if is_guarantor(customer) {
        return Err(LeftOutReason::Guarantor);
    }
    let Some(customer_type) = customer
        .customer_type
        .clone()
        .filter(|kind| residents.customer_types.contains(kind))
    else {
        return Err(LeftOutReason::CustomerType(customer.customer_type.clone()));
    };
    let status = match (&lease.status, &customer.lease_customer_status) {
        (Past, _) | (_, None) => lease.status.clone(),
        (_, Some(own @ (Future | Current | Notice | Past))) => own.clone(),
        (_, Some(own)) => return Err(LeftOutReason::CustomerStatus(own.clone())),
    };
    Ok(Resident {
        customer_id: customer.id,
        customer_type,
        move_in: customer
            .move_in_date
            .clone()
            .or_else(|| lease.move_in_date.clone()),
        move_out: move_out(lease, customer, &status),
        status,
    })
}

fn move_out(lease: &Lease, customer: &Customer, status: &LeaseStatus) -> MoveOutState {
    let own = customer.move_out_date.clone();
    let of_lease = lease.move_out_date.clone();
    let ended = |date| match date {
        Some(date) => MoveOutState::Ended(date),
        None => MoveOutState::EndedWithoutDate,
    };
    match (status, &lease.status) {
        (LeaseStatus::Past, LeaseStatus::Past) => ended(own.or(of_lease)),
        // The person left before the others, whose day the lease's is.
        (LeaseStatus::Past, _) => ended(own),
        _ => match (own.or(of_lease), status, &lease.status) {
            (Some(date), ..) => MoveOutState::Planned(date),
            (None, LeaseStatus::Notice, _) | (None, _, LeaseStatus::Notice) => {
                MoveOutState::NoticeWithoutDate
            }
            (None, ..) => MoveOutState::Open,
        },
    }
}

/// By type or by relationship: "Guarantor", "Co-Signer", "Guarantor for …".
fn is_guarantor(customer: &Customer) -> bool {
    let words = [
        customer.customer_type.as_ref().map(CustomerType::as_str),
        customer.relationship_name.as_deref(),
    ];
    words.into_iter().flatten().any(|word| {
        let word = word.to_ascii_lowercase().replace(['-', ' '], "");
        word.contains("guarantor") || word.contains("cosigner")
    })
}
