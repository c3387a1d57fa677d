//! `getLeases`.

use access_sync_http::{Error, Listing, Pager};
use chrono::NaiveDate;
use futures_util::future::ready;
use futures_util::{Stream, TryFutureExt as _, TryStreamExt as _};

use crate::list::{self, Paging};
use crate::model::lease::Lease;
use crate::refusal::Refusal;
use crate::{
    ApplicationId, Call, CustomerId, EntrataClient, LeaseId, LeaseStatus, Method, PropertyId,
};

pub(crate) const GET_LEASES_R2: Method = Method::known("leases", "getLeases", "r2");
const GET_LEASES_R1: Method = Method::known("leases", "getLeases", "r1");

impl EntrataClient {
    /// The leases of a property (`leases`, `getLeases` r2), 500 a page.
    ///
    /// Without [`statuses`](LeasesQuery::statuses) Entrata sends current leases and those on notice
    /// only. **A lease that is missing is not a lease that has ended**: filters, permissions and
    /// disabled properties make leases vanish too.
    pub fn leases(&self, property: PropertyId) -> LeasesQuery {
        LeasesQuery {
            client: self.clone(),
            method: GET_LEASES_R2,
            or_r1: false,
            property,
            statuses: Vec::new(),
            ids: Vec::new(),
            per_page: None,
            filters: Vec::new(),
        }
    }
}

/// `getLeases` and its filters.
///
/// Entrata ignores what it does not know in a request, so that
/// [`all`](Self::all) filters by status and id once more.
#[derive(Clone, Debug)]
#[must_use = "a query is not sent until `all` or `items`"]
pub struct LeasesQuery {
    client: EntrataClient,
    method: Method,
    or_r1: bool,
    property: PropertyId,
    statuses: Vec<LeaseStatus>,
    ids: Vec<LeaseId>,
    per_page: Option<u32>,
    filters: Vec<Filter>,
}

#[derive(Clone, Debug)]
enum Filter {
    Text(&'static str, String),
    Flag(&'static str, bool),
    Day(&'static str, NaiveDate),
}

impl LeasesQuery {
    /// Only leases in these statuses (`leaseStatusTypeIds`).
    pub fn statuses(mut self, statuses: impl IntoIterator<Item = LeaseStatus>) -> Self {
        self.statuses.extend(statuses);
        self
    }

    /// Only these leases (`leaseIds`).
    pub fn ids(mut self, ids: impl IntoIterator<Item = LeaseId>) -> Self {
        self.ids.extend(ids);
        self
    }

    /// Only leases of this person (`customerId`).
    pub fn customer(self, customer: CustomerId) -> Self {
        self.text("customerId", customer.to_string())
    }

    /// Only the lease of this application (`applicationId`).
    pub fn application(self, application: ApplicationId) -> Self {
        self.text("applicationId", application.to_string())
    }

    /// Only leases of this unit, by its number (`unitNumber`).
    pub fn unit_number(self, number: impl Into<String>) -> Self {
        self.text("unitNumber", number.into())
    }

    /// Only leases in this building, by its name (`buildingName`).
    pub fn building_name(self, name: impl Into<String>) -> Self {
        self.text("buildingName", name.into())
    }

    /// Moving in on or after this day (`moveInDateFrom`).
    pub fn move_in_from(self, day: NaiveDate) -> Self {
        self.day("moveInDateFrom", day)
    }

    /// Moving in on or before this day (`moveInDateTo`).
    pub fn move_in_to(self, day: NaiveDate) -> Self {
        self.day("moveInDateTo", day)
    }

    /// Term ending on or after this day (`leaseExpiringDateFrom`).
    pub fn expiring_from(self, day: NaiveDate) -> Self {
        self.day("leaseExpiringDateFrom", day)
    }

    /// Term ending on or before this day (`leaseExpiringDateTo`).
    pub fn expiring_to(self, day: NaiveDate) -> Self {
        self.day("leaseExpiringDateTo", day)
    }

    /// Moved out or moving out on or after this day (`moveOutDateFrom`).
    pub fn move_out_from(self, day: NaiveDate) -> Self {
        self.day("moveOutDateFrom", day)
    }

    /// Moved out or moving out on or before this day (`moveOutDateTo`).
    pub fn move_out_to(self, day: NaiveDate) -> Self {
        self.day("moveOutDateTo", day)
    }

    /// Only leases with these charges (`scheduledArCodeIds`).
    pub fn scheduled_ar_codes(self, codes: impl IntoIterator<Item = i64>) -> Self {
        let codes: Vec<String> = codes.into_iter().map(|code| code.to_string()).collect();
        self.text("scheduledArCodeIds", codes.join(","))
    }

    /// Only leases with an event of these types (`eventTypeIds`), such as 26 (lease renewed) or 64
    /// (move out). Only r1 knows it, so the query becomes one of r1. A hint at what changed, not the
    /// truth: read everything from time to time.
    pub fn event_types(self, types: impl IntoIterator<Item = i64>) -> Self {
        let types: Vec<String> = types.into_iter().map(|id| id.to_string()).collect();
        self.r1().text("eventTypeIds", types.join(","))
    }

    /// Events on or after this day (`eventDateFrom`). Only r1 knows it.
    pub fn event_from(self, day: NaiveDate) -> Self {
        self.r1().day("eventDateFrom", day)
    }

    /// Events on or before this day (`eventDateTo`). Only r1 knows it.
    pub fn event_to(self, day: NaiveDate) -> Self {
        self.r1().day("eventDateTo", day)
    }

    /// All terms of each lease, not the current one alone (`includeLeaseHistory`).
    pub fn include_history(self, on: bool) -> Self {
        self.flag("includeLeaseHistory", on)
    }

    /// Leases of parking and storage too (`includeOtherIncomeLeases`): one person has several then.
    pub fn include_other_income_leases(self, on: bool) -> Self {
        self.flag("includeOtherIncomeLeases", on)
    }

    /// `residentFriendlyMode`.
    pub fn resident_friendly_mode(self, on: bool) -> Self {
        self.flag("residentFriendlyMode", on)
    }

    /// Ledger entries too (`includeArTransactions`). They make answers large, and the model does not
    /// keep them.
    pub fn include_ar_transactions(self, on: bool) -> Self {
        self.flag("includeArTransactions", on)
    }

    /// Rows a page; the client's number unless said otherwise.
    pub fn per_page(mut self, rows: u32) -> Self {
        self.per_page = Some(rows.clamp(1, 1000));
        self
    }

    /// Asks for version r1, whose answers are decoded into the same model.
    pub fn r1(mut self) -> Self {
        self.method = GET_LEASES_R1;
        self
    }

    /// Asks for r1 where the account has no r2; only for [`all`](Self::all).
    pub fn or_r1(mut self) -> Self {
        self.or_r1 = true;
        self
    }

    pub(crate) fn method(mut self, method: Method) -> Self {
        self.method = method;
        self
    }

    fn text(mut self, name: &'static str, text: String) -> Self {
        self.filters.push(Filter::Text(name, text));
        self
    }

    fn flag(mut self, name: &'static str, on: bool) -> Self {
        self.filters.push(Filter::Flag(name, on));
        self
    }

    fn day(mut self, name: &'static str, day: NaiveDate) -> Self {
        self.filters.push(Filter::Day(name, day));
        self
    }

    /// The call, without a page.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Config`] where a status has no number to ask by.
    pub fn call(&self) -> Result<Call, Error> {
        let statuses: Option<Vec<i64>> = self.statuses.iter().map(LeaseStatus::type_id).collect();
        let statuses =
            statuses.ok_or_else(|| Error::config("a lease status that has no number to ask by"))?;
        let call = Call::new(self.method.clone())
            .property(self.property)
            .csv("leaseStatusTypeIds", statuses)
            .csv("leaseIds", &self.ids);
        let call = self.filters.iter().fold(call, |call, filter| match filter {
            Filter::Text(name, text) => call.param(name, text.as_str()),
            Filter::Flag(name, on) => call.flag(name, *on),
            Filter::Day(name, day) => call.date(name, *day),
        });
        Ok(call)
    }

    /// Page by page, as delivered: not filtered once more.
    ///
    /// # Errors
    /// As [`LeasesQuery::call`].
    pub fn pager(&self) -> Result<Pager<Lease>, Error> {
        Ok(list::pager(
            &self.client,
            self.call()?,
            Paging::Numbered(self.per_page.unwrap_or(self.client.per_page())),
            Lease::rows,
            |lease| lease.id.to_string(),
        ))
    }

    /// All leases. The listing says whether it is whole.
    ///
    /// # Errors
    /// [`Error`]; a part of a list is never returned as a list. Whether one property is refused while
    /// others may work tells [`crate::is_property_not_permitted`].
    pub async fn all(&self) -> Result<Listing<Lease>, Error> {
        let mut listing = match self.pager()?.all().await {
            Err(error) if self.or_r1 && Refusal::of(&error) == Refusal::UnknownMethod => {
                self.clone().r1().pager()?.all().await?
            }
            other => other?,
        };
        listing.items.retain(|lease| self.wants(lease));
        for lease in &mut listing.items {
            lease.property_id.get_or_insert(self.property);
        }
        Ok(listing)
    }

    /// The leases one by one, filtered as by [`all`](Self::all). Ends after the first error; rows
    /// that cannot be read and gaps are not seen this way.
    pub fn items(&self) -> impl Stream<Item = Result<Lease, Error>> + Send + use<> {
        let query = self.clone();
        let property = self.property;
        // A query that cannot be sent is a stream of that one error.
        ready(self.pager().map(Pager::items))
            .try_flatten_stream()
            .try_filter(move |lease| ready(query.wants(lease)))
            .map_ok(move |mut lease| {
                lease.property_id.get_or_insert(property);
                lease
            })
    }

    fn wants(&self, lease: &Lease) -> bool {
        (self.statuses.is_empty() || self.statuses.contains(&lease.status))
            && (self.ids.is_empty() || self.ids.contains(&lease.id))
    }
}
