//! `get_moveout`: who leaves, by a recipe over `getLeases`.

use access_sync_http::{Error, Listing};
use chrono::NaiveDate;
use serde::Serialize;

use crate::date::mountain_today;
use crate::{
    Call, CustomerId, EntrataClient, Lease, LeaseId, LeaseStatus, LeaseTimeline, LeasesQuery,
    MoveOutState, PropertyId, Residents, Transfer, UnitId,
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
            client: self.clone(),
            query: self
                .leases(property)
                .method(self.moveout_method().clone())
                .statuses(statuses),
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

/// [`EntrataClient::get_moveout`] and its filters.
#[derive(Clone, Debug)]
#[must_use = "a query is not sent until `all`"]
pub struct MoveOutQuery {
    client: EntrataClient,
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
        let today = mountain_today(self.client.core().timer().wall());
        let timelines = LeaseTimeline::all(&leases.items, &self.residents, today);
        let mut ends = Listing::new(Vec::new(), leases.rejected);
        ends.completeness = leases.completeness;
        for (lease, timeline) in leases.items.iter().zip(timelines) {
            ends.items.extend(self.ends(lease, timeline));
        }
        Ok(ends)
    }

    fn ends(&self, lease: &Lease, timeline: LeaseTimeline) -> Vec<MoveOut> {
        let is_transfer = timeline.transfer.is_some()
            || lease.transfer_date.is_some()
            || lease.move_out_reason.as_deref().is_some_and(names_transfer);
        let ends = timeline.people.into_iter().filter_map(|person| {
            self.wants(&person.move_out).then(|| MoveOut {
                lease_id: lease.id,
                property_id: lease.property_id,
                unit_id: lease.unit_id,
                customer_id: person.customer_id,
                status: person.status,
                move_out: person.move_out,
                reason: lease.move_out_reason.clone(),
                is_transfer,
                transfer: timeline.transfer.clone(),
                eviction: timeline.eviction,
            })
        });
        ends.collect()
    }

    fn wants(&self, end: &MoveOutState) -> bool {
        let day = match end {
            MoveOutState::Open => return false,
            MoveOutState::Planned(date) | MoveOutState::Ended(date) => date.day(),
            MoveOutState::NoticeWithoutDate | MoveOutState::EndedWithoutDate => None,
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
