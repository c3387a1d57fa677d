//! Leases, with people and terms.

use access_sync_http::Error;
use access_sync_http::decode::{Rows, one_or_many, optional};
use serde::{Deserialize, Deserializer, Serialize};

use super::unit::nested_rejected;
use crate::date;
use crate::{
    Answer, ApplicationId, BuildingId, CustomerId, CustomerType, EntrataDate, EntrataTime,
    FloorPlanId, LeaseId, LeaseIntervalId, LeaseIntervalType, LeaseStatus, LeaseSubStatus,
    Personal, PropertyId, UnitId, UnitSpaceId, list, nested,
};

/// A lease (`getLeases` r2, and r1 in the same shape).
///
/// It keeps its id through renewals, which add to [`Lease::lease_intervals`]; a transfer makes
/// another lease. `moveOutDate` is planned or actual: only the status tells which.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Lease {
    /// The lease.
    pub id: LeaseId,
    /// How far it has come (`leaseStatusTypeId`).
    #[serde(rename = "leaseStatusTypeId")]
    pub status: LeaseStatus,
    /// Remarks beside the status, in the vendor's order.
    #[serde(rename = "leaseSubStatus", default, deserialize_with = "sub_statuses")]
    pub sub_statuses: Vec<LeaseSubStatus>,
    /// `Standard` and the like.
    #[serde(default, deserialize_with = "optional")]
    pub lease_type: Option<String>,
    /// The property; where the row lacks it, the one that was asked for.
    #[serde(default, deserialize_with = "optional")]
    pub property_id: Option<PropertyId>,
    /// The property's name.
    #[serde(default, deserialize_with = "optional")]
    pub property_name: Option<String>,
    /// The unit; none while none is assigned.
    #[serde(default, deserialize_with = "optional")]
    pub unit_id: Option<UnitId>,
    /// The unit spaces that are let; r1 has one at most.
    #[serde(default, deserialize_with = "unit_spaces")]
    pub unit_spaces: Vec<LeaseUnitSpace>,
    /// The building.
    #[serde(default, deserialize_with = "optional")]
    pub building_id: Option<BuildingId>,
    /// The building's name.
    #[serde(default, deserialize_with = "optional")]
    pub building_name: Option<String>,
    /// The floor plan.
    #[serde(default, deserialize_with = "optional")]
    pub floor_plan_id: Option<FloorPlanId>,
    /// The first day, planned or actual.
    #[serde(default, deserialize_with = "date::optional")]
    pub move_in_date: Option<EntrataDate>,
    /// When notice was given.
    #[serde(default, deserialize_with = "date::optional")]
    pub notice_date: Option<EntrataDate>,
    /// The last day, planned or actual.
    #[serde(default, deserialize_with = "date::optional")]
    pub move_out_date: Option<EntrataDate>,
    /// Why they move, in the company's words ("On-Site Transfer", "Renewal Transfer").
    #[serde(default, deserialize_with = "optional")]
    pub move_out_reason: Option<String>,
    /// When they move to the other lease of a transfer.
    #[serde(default, deserialize_with = "date::optional")]
    pub transfer_date: Option<EntrataDate>,
    /// The other lease of a transfer. Which of the two leases carries it is not documented.
    #[serde(default, deserialize_with = "optional")]
    pub transfer_lease_id: Option<LeaseId>,
    /// The property of that other lease; it may be another one.
    #[serde(default, deserialize_with = "optional")]
    pub transfer_lease_property_id: Option<PropertyId>,
    /// The first day of the first term.
    #[serde(default, deserialize_with = "date::optional")]
    pub original_lease_start_date: Option<EntrataDate>,
    /// The lease that this one belongs to.
    #[serde(default, deserialize_with = "optional")]
    pub parent_lease_id: Option<LeaseId>,
    /// When an early termination was begun.
    #[serde(default, deserialize_with = "date::optional")]
    pub termination_start_date: Option<EntrataDate>,
    /// When the account went to collections.
    #[serde(default, deserialize_with = "date::optional")]
    pub collections_start_date: Option<EntrataDate>,
    /// The term that counts now.
    #[serde(default, deserialize_with = "optional")]
    pub lease_interval_id: Option<LeaseIntervalId>,
    /// How far that term has come.
    #[serde(default, deserialize_with = "optional")]
    pub lease_interval_status: Option<LeaseStatus>,
    /// `Conventional`, `Flexible` (short stay) and the like.
    #[serde(default, deserialize_with = "optional")]
    pub occupancy_type: Option<String>,
    /// Goes on from month to month: entitled until a move-out, whatever the term's end says.
    #[serde(default, deserialize_with = "optional")]
    pub is_month_to_month: Option<bool>,
    /// The people; those that could not be read stand in `rejected`, and make the list incomplete.
    #[serde(
        default,
        deserialize_with = "customers",
        serialize_with = "nested::write_rows"
    )]
    pub customers: Rows<Customer>,
    /// The terms, in no order; only the one that counts unless the history was asked for.
    #[serde(default, deserialize_with = "lease_intervals")]
    pub lease_intervals: Vec<LeaseInterval>,
    /// What happened (r1 only).
    #[serde(default, deserialize_with = "lease_activities")]
    pub lease_activities: Vec<LeaseActivity>,

    // r1 has these in the place of `unitSpaces`.
    #[serde(default, deserialize_with = "optional", skip_serializing)]
    unit_space_id: Option<UnitSpaceId>,
    #[serde(default, deserialize_with = "optional", skip_serializing)]
    unit_number_space: Option<String>,
}

/// A unit space on a lease.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LeaseUnitSpace {
    /// The space.
    #[serde(rename = "unitSpaceId")]
    pub id: UnitSpaceId,
    /// Its name, such as `302-A`. r2 has no other name for the unit.
    #[serde(default, deserialize_with = "optional")]
    pub unit_space: Option<String>,
}

/// A person on a lease.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Customer {
    /// The person. The same on all leases, through transfers and renewals.
    pub id: CustomerId,
    /// What the person is on this lease.
    #[serde(default, deserialize_with = "optional")]
    pub customer_type: Option<CustomerType>,
    /// The same in the company's own words.
    #[serde(default, deserialize_with = "optional")]
    pub relationship_name: Option<String>,
    /// First name.
    #[serde(default, deserialize_with = "optional")]
    pub first_name: Option<Personal>,
    /// Middle name.
    #[serde(default, deserialize_with = "optional")]
    pub middle_name: Option<Personal>,
    /// Last name.
    #[serde(default, deserialize_with = "optional")]
    pub last_name: Option<Personal>,
    /// `Last, First`.
    #[serde(default, deserialize_with = "optional")]
    pub name_full: Option<Personal>,
    /// The e-mail address: absent for some, shared between others, so no key.
    #[serde(default, deserialize_with = "optional")]
    pub email_address: Option<Personal>,
    /// How far this person has come: one can be cancelled on a lease that is current.
    #[serde(default, deserialize_with = "optional")]
    pub lease_customer_status: Option<LeaseStatus>,
    /// The person's own first day, where it is not the lease's.
    #[serde(default, deserialize_with = "date::optional")]
    pub move_in_date: Option<EntrataDate>,
    /// The person's own last day, where it is not the lease's.
    #[serde(default, deserialize_with = "date::optional")]
    pub move_out_date: Option<EntrataDate>,
    /// Phone numbers.
    #[serde(default, deserialize_with = "phones")]
    pub phones: Vec<Phone>,

    // r1 has this in the place of `phones`.
    #[serde(default, deserialize_with = "one_or_many", skip_serializing)]
    phone: Vec<Phone>,
}

/// A phone number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Phone {
    /// `mobile`, `personal` and the like.
    #[serde(default, deserialize_with = "optional")]
    pub phone_type: Option<String>,
    /// The number, as people typed it.
    #[serde(default, deserialize_with = "optional")]
    pub phone_number: Option<Personal>,
}

/// One term of a lease.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LeaseInterval {
    /// The term.
    pub id: LeaseIntervalId,
    /// Its first day.
    #[serde(default, deserialize_with = "date::optional")]
    pub start_date: Option<EntrataDate>,
    /// Its last day; none, or past, for month to month.
    #[serde(default, deserialize_with = "date::optional")]
    pub end_date: Option<EntrataDate>,
    /// Why there is such a term.
    #[serde(
        rename = "leaseIntervalTypeName",
        default,
        deserialize_with = "optional"
    )]
    pub interval_type: Option<LeaseIntervalType>,
    /// How far it has come. Cancelled terms appear and count for nothing.
    #[serde(
        rename = "leaseIntervalStatusTypeName",
        default,
        deserialize_with = "optional"
    )]
    pub status: Option<LeaseStatus>,
    /// The application behind it.
    #[serde(default, deserialize_with = "optional")]
    pub application_id: Option<ApplicationId>,
    /// When it was made, in Mountain Time.
    #[serde(default, deserialize_with = "date::loose_time")]
    pub interval_date_time: Option<EntrataTime>,

    #[serde(default, deserialize_with = "optional", skip_serializing)]
    lease_interval_status_type_id: Option<LeaseStatus>,
}

/// Something that happened to a lease, as r1 tells it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LeaseActivity {
    /// The day.
    #[serde(default, deserialize_with = "date::optional")]
    pub date: Option<EntrataDate>,
    /// `Lease From`, `Lease To`, `Actual Move In`, `Actual Move Out` and the like.
    #[serde(default, deserialize_with = "optional")]
    pub event_type: Option<String>,
}

impl Lease {
    /// The leases of an answer to `getLeases`, r1 or r2. People who could not be read are among the
    /// rejected rows too.
    ///
    /// # Errors
    /// As [`Answer::rows`].
    pub fn rows(answer: &Answer) -> Result<Rows<Self>, Error> {
        let rows = answer.rows::<Self>(&["leases", "lease"])?;
        Ok(list::lift(rows, |lease| {
            let lease = lease.settled();
            let nested = nested_rejected(&lease.customers.rejected, "customers.customer");
            (lease, nested)
        }))
    }

    /// Does the lease carry this remark?
    #[must_use]
    pub fn has_sub_status(&self, sub_status: &LeaseSubStatus) -> bool {
        self.sub_statuses.contains(sub_status)
    }

    /// Moves what r1 writes elsewhere to where r2 has it.
    fn settled(mut self) -> Self {
        if let (Some(id), true) = (self.unit_space_id.take(), self.unit_spaces.is_empty()) {
            self.unit_spaces.push(LeaseUnitSpace {
                id,
                unit_space: self.unit_number_space.take(),
            });
        }
        for customer in &mut self.customers.items {
            if customer.phones.is_empty() {
                customer.phones = std::mem::take(&mut customer.phone);
            }
        }
        for interval in &mut self.lease_intervals {
            let by_id = interval.lease_interval_status_type_id.take();
            interval.status = interval.status.take().or(by_id);
        }
        self
    }
}

fn sub_statuses<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<LeaseSubStatus>, D::Error> {
    let text: Option<String> = optional(d)?;
    let words = text.as_deref().unwrap_or_default().split(',');
    Ok(words
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .map(LeaseSubStatus::from)
        .collect())
}

fn unit_spaces<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<LeaseUnitSpace>, D::Error> {
    nested::many(d, "unitSpace")
}

fn customers<'de, D: Deserializer<'de>>(d: D) -> Result<Rows<Customer>, D::Error> {
    nested::rows(d, "customer")
}

fn phones<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<Phone>, D::Error> {
    nested::many(d, "phone")
}

fn lease_intervals<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<LeaseInterval>, D::Error> {
    nested::many(d, "leaseInterval")
}

/// `leasesActivity` is the vendor's spelling.
fn lease_activities<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<LeaseActivity>, D::Error> {
    nested::many(d, "leasesActivity")
}
