//! Moves within the company: two leases that belong together.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;

use crate::{EntrataDate, Lease, LeaseId, LeaseStatus, PropertyId};

/// The other lease of a transfer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Transfer {
    /// Which of the two this lease is.
    pub side: TransferSide,
    /// The other lease.
    pub other: LeaseId,
    /// The other lease's property.
    pub other_property: Option<PropertyId>,
    /// The day of the move. Both leases hold on it, until the old one's own move-out.
    pub date: Option<EntrataDate>,
}

/// Which lease of a transfer this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum TransferSide {
    /// People move out of it.
    Old,
    /// People move into it.
    New,
}

/// The transfers among some leases, by lease. It is not documented which of the two carries
/// `transferLeaseId`, so that either counts.
#[must_use]
pub fn transfers(leases: &[Lease]) -> BTreeMap<LeaseId, Transfer> {
    let by_id: BTreeMap<LeaseId, &Lease> = leases.iter().map(|lease| (lease.id, lease)).collect();
    let mut found = BTreeMap::new();
    for lease in leases {
        let Some(other_id) = lease.transfer_lease_id.filter(|id| *id != lease.id) else {
            continue;
        };
        let other = by_id.get(&other_id).copied();
        let side = match other {
            Some(other) if leaves_first(other, lease) => TransferSide::New,
            None if lease.status == LeaseStatus::Future => TransferSide::New,
            _ => TransferSide::Old,
        };
        let date = lease
            .transfer_date
            .clone()
            .or_else(|| other.and_then(|other| other.transfer_date.clone()));
        found.insert(
            lease.id,
            Transfer {
                side,
                other: other_id,
                other_property: lease
                    .transfer_lease_property_id
                    .or_else(|| other.and_then(|other| other.property_id)),
                date: date.clone(),
            },
        );
        if let Some(other) = other.filter(|other| other.transfer_lease_id.is_none()) {
            let side = match side {
                TransferSide::Old => TransferSide::New,
                TransferSide::New => TransferSide::Old,
            };
            found.insert(
                other.id,
                Transfer {
                    side,
                    other: lease.id,
                    other_property: lease.property_id,
                    date,
                },
            );
        }
    }
    found
}

/// Is `one` the lease that people leave, of the two?
fn leaves_first(one: &Lease, other: &Lease) -> bool {
    let key = |lease: &Lease| {
        let stage = match lease.status {
            LeaseStatus::Past => 0,
            LeaseStatus::Notice => 1,
            LeaseStatus::Current => 2,
            _ => 3,
        };
        let move_in = lease.move_in_date.as_ref().and_then(EntrataDate::day);
        (stage, move_in.unwrap_or(NaiveDate::MAX))
    };
    key(one) < key(other)
}
