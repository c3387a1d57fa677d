//! `get_moveout`: who leaves, by a recipe over `getLeases`.

use access_sync_http::{Error, Listing};
use chrono::NaiveDate;
use serde::Serialize;

use crate::timeline::people;
use crate::{
    Call, CustomerId, EntrataClient, Lease, LeaseId, LeaseStatus, LeaseSubStatus, LeasesQuery,
    MoveOutState, PropertyId, Residents, Transfer, UnitId, transfers,
};

impl EntrataClient {
    /// Who moves out of a property.
    ///
    /// Partner pages name a `getMoveout`; Entrata's public documentation has no such method. This
    /// asks `getLeases` r2 for leases in status 4, 5 and 6 with a move-out in the given days, and
    /// works out each person's end. Accounts that do have a method of that name set it by
    /// [`moveout_method`](crate::EntrataClientBuilder::moveout_method).
    ///
    /// With a range of days, leases on notice without a day are not in the answer.
    pub fn get_moveout(&self, property: PropertyId) -> MoveOutQuery {
        let statuses = [LeaseStatus::Current, LeaseStatus::Notice, LeaseStatus::Past];
        MoveOutQuery {
            query: self
                .leases(property)
                .method(self.moveout_method().clone())
                .statuses(statuses)
                .include_history(false),
            from: None,
            to: None,
            residents: Residents::default(),
        }
    }
}

/// A person's end on a lease.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct MoveOut {
    /// The lease.
    pub lease_id: LeaseId,
    /// The property.
    pub property_id: Option<PropertyId>,
    /// The unit.
    pub unit_id: Option<UnitId>,
    /// The person.
    pub customer_id: CustomerId,
    /// How far the person has come.
    pub status: LeaseStatus,
    /// The end. Never [`MoveOutState::Open`].
    pub move_out: MoveOutState,
    /// Why, in the company's words.
    pub reason: Option<String>,
    /// It is a move within the company, not a loss: there is another lease, or the reason says so.
    pub is_transfer: bool,
    /// The other lease of the move, where known.
    pub transfer: Option<Transfer>,
    /// An eviction is under way.
    pub eviction: bool,
}

impl MoveOut {
    /// The ends among some leases, person by person.
    #[must_use]
    pub fn of(leases: &[Lease], residents: &Residents) -> Vec<Self> {
        let transfers = transfers(leases);
        let ends = leases.iter().flat_map(|lease| {
            let transfer = transfers.get(&lease.id);
            let (people, _) = people(lease, residents);
            people
                .into_iter()
                .filter(|person| person.move_out != MoveOutState::Open)
                .map(move |person| Self {
                    lease_id: lease.id,
                    property_id: lease.property_id,
                    unit_id: lease.unit_id,
                    customer_id: person.customer_id,
                    status: person.status,
                    move_out: person.move_out,
                    reason: lease.move_out_reason.clone(),
                    is_transfer: transfer.is_some()
                        || lease.transfer_date.is_some()
                        || lease.move_out_reason.as_deref().is_some_and(names_transfer),
                    transfer: transfer.cloned(),
                    eviction: lease.has_sub_status(&LeaseSubStatus::Eviction),
                })
        });
        ends.collect()
    }
}

/// [`EntrataClient::get_moveout`] and its filters.
#[derive(Clone, Debug)]
#[must_use = "a query is not sent until `all`"]
pub struct MoveOutQuery {
    query: LeasesQuery,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    residents: Residents,
}

impl MoveOutQuery {
    /// On or after this day.
    pub fn from(mut self, day: NaiveDate) -> Self {
        self.from = Some(day);
        self.query = self.query.move_out_from(day);
        self
    }

    /// On or before this day.
    pub fn to(mut self, day: NaiveDate) -> Self {
        self.to = Some(day);
        self.query = self.query.move_out_to(day);
        self
    }

    /// Only these leases.
    pub fn leases(mut self, ids: impl IntoIterator<Item = LeaseId>) -> Self {
        self.query = self.query.ids(ids);
        self
    }

    /// Who counts as living there.
    pub fn residents(mut self, residents: Residents) -> Self {
        self.residents = residents;
        self
    }

    /// Asks by r1 where the account has no r2, as [`LeasesQuery::or_r1`].
    pub fn or_r1(mut self) -> Self {
        self.query = self.query.or_r1();
        self
    }

    /// The call, without a page.
    ///
    /// # Errors
    /// As [`LeasesQuery::call`].
    pub fn call(&self) -> Result<Call, Error> {
        self.query.call()
    }

    /// All ends, person by person. People with an end that is no date are kept, whatever the range.
    ///
    /// # Errors
    /// As [`LeasesQuery::all`].
    pub async fn all(&self) -> Result<Listing<MoveOut>, Error> {
        let leases = self.query.all().await?;
        let mut ends = Listing::new(MoveOut::of(&leases.items, &self.residents), leases.rejected);
        ends.items.retain(|end| self.wants(&end.move_out));
        ends.completeness = leases.completeness;
        Ok(ends)
    }

    fn wants(&self, end: &MoveOutState) -> bool {
        let day = match end {
            MoveOutState::Planned(date) | MoveOutState::Ended(date) => date.day(),
            _ => None,
        };
        day.is_none_or(|day| {
            self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
        })
    }
}

/// "On-Site Transfer" and "Renewal Transfer", but not "Job Transfer / Lost Job".
fn names_transfer(reason: &str) -> bool {
    let reason = reason.to_ascii_lowercase().replace(['-', ' '], "");
    ["onsitetransfer", "renewaltransfer", "unittransfer"]
        .iter()
        .any(|word| reason.contains(word))
}

#[cfg(test)]
mod tests {
    use super::names_transfer;

    #[test]
    fn a_new_job_elsewhere_is_no_transfer_within_the_house() {
        assert!(names_transfer("On-Site Transfer"));
        assert!(names_transfer("Renewal transfer"));
        assert!(!names_transfer("Job Transfer / Lost Job"));
    }
}
