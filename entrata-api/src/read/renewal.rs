//! `get_renewal`: what comes after a term, by a recipe over `getLeases`.

use access_sync_http::{Error, Gap, Listing};
use chrono::NaiveDate;

use crate::date::mountain_today;
use crate::{
    Call, EntrataClient, LeaseId, LeaseStatus, LeaseTimeline, LeasesQuery, PropertyId, Residents,
};

impl EntrataClient {
    /// What comes after the current term of some leases.
    ///
    /// Partner pages name a `getRenewal`; Entrata's public documentation has no such method. This
    /// asks `getLeases` r2 for the leases in status 3, 4 and 5 with all their terms;
    /// [`LeaseTimeline::renewal`], [`LeaseTimeline::term_end`] and [`LeaseTimeline::month_to_month`]
    /// are the answer. Accounts that do have a method of that name set it by
    /// [`renewal_method`](crate::EntrataClientBuilder::renewal_method).
    pub fn get_renewal(
        &self,
        property: PropertyId,
        leases: impl IntoIterator<Item = LeaseId>,
    ) -> RenewalQuery {
        let leases: Vec<LeaseId> = leases.into_iter().collect();
        let statuses = [
            LeaseStatus::Future,
            LeaseStatus::Current,
            LeaseStatus::Notice,
        ];
        RenewalQuery {
            client: self.clone(),
            query: self
                .leases(property)
                .method(self.renewal_method().clone())
                .statuses(statuses)
                .ids(leases.iter().copied())
                .include_history(true),
            leases,
            residents: Residents::default(),
            today: None,
        }
    }
}

/// [`EntrataClient::get_renewal`] and its day.
#[derive(Clone, Debug)]
#[must_use = "a query is not sent until `all`"]
pub struct RenewalQuery {
    client: EntrataClient,
    query: LeasesQuery,
    leases: Vec<LeaseId>,
    residents: Residents,
    today: Option<NaiveDate>,
}

impl RenewalQuery {
    /// The day that counts as today; the client's clock in Mountain Time unless said otherwise.
    pub fn on(mut self, today: NaiveDate) -> Self {
        self.today = Some(today);
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

    /// The timelines of the leases. A lease that was asked for and is not in the answer makes the
    /// listing incomplete: it may have ended, or be out of sight.
    ///
    /// # Errors
    /// As [`LeasesQuery::all`].
    pub async fn all(&self) -> Result<Listing<LeaseTimeline>, Error> {
        let leases = self.query.all().await?;
        let today = self
            .today
            .unwrap_or_else(|| mountain_today(self.client.core().timer().wall()));
        let timelines = LeaseTimeline::all(&leases.items, &self.residents, today);
        let mut listing = Listing::new(timelines, leases.rejected);
        listing.completeness = leases.completeness;
        for asked in &self.leases {
            if !listing.items.iter().any(|got| got.lease_id == *asked) {
                listing.note(Gap::Other(format!("lease {asked} is not in the answer")));
            }
        }
        Ok(listing)
    }
}
