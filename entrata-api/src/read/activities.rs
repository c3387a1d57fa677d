//! `getLeaseActivities`.

use access_sync_http::Error;
use access_sync_http::decode::{Rows, optional};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::date;
use crate::{
    Answer, Call, EntrataClient, EntrataDate, EventId, LeaseId, LeaseIntervalId, LeaseStatus,
    Method, PropertyId, Query,
};

const GET_LEASE_ACTIVITIES: Method = Method::known("leases", "getLeaseActivities", "r1");

impl EntrataClient {
    /// What happened to a lease (`leases`, `getLeaseActivities` r1; the gateway only).
    pub fn lease_activities(&self, property: PropertyId, lease: LeaseId) -> Query<LeaseEvent> {
        let call = Call::new(GET_LEASE_ACTIVITIES)
            .property(property)
            .param("leaseId", lease.to_string());
        Query::paged(self, call, LeaseEvent::rows, |event| event.id.to_string())
    }
}

/// Something that happened to a lease. Comments are not kept: people write anything there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LeaseEvent {
    /// The event.
    #[serde(rename = "eventId")]
    pub id: EventId,
    /// Its type's number, as in `getLeasePickList`: 26 lease renewed, 27 moved to month-to-month, 52
    /// unit transfer, 63 move in, 64 move out, 35 and 84 their reversals.
    #[serde(default, deserialize_with = "optional")]
    pub type_id: Option<i64>,
    /// Its type in words.
    #[serde(rename = "type", default, deserialize_with = "optional")]
    pub event_type: Option<String>,
    /// The lease.
    #[serde(default, deserialize_with = "optional")]
    pub lease_id: Option<LeaseId>,
    /// The term.
    #[serde(default, deserialize_with = "optional")]
    pub lease_interval_id: Option<LeaseIntervalId>,
    /// The day.
    #[serde(default, deserialize_with = "date::optional")]
    pub date: Option<EntrataDate>,
}

impl LeaseEvent {
    /// The events of an answer to `getLeaseActivities`.
    ///
    /// # Errors
    /// As [`Answer::rows`].
    pub fn rows(answer: &Answer) -> Result<Rows<Self>, Error> {
        answer.rows(&["events"])
    }
}

impl Query<LeaseEvent> {
    /// Written on or after this day (`createdOnDateFrom`).
    pub fn created_from(self, day: NaiveDate) -> Self {
        self.with(|call| call.date("createdOnDateFrom", day))
    }

    /// Written on or before this day (`createdOnDateTo`).
    pub fn created_to(self, day: NaiveDate) -> Self {
        self.with(|call| call.date("createdOnDateTo", day))
    }

    /// Only events of these types (`eventTypeIds`).
    pub fn event_types(self, types: impl IntoIterator<Item = i64>) -> Self {
        self.with(|call| call.csv("eventTypeIds", types))
    }

    /// Only while the lease was in these statuses (`leaseStatusTypeIds`). A status without a number
    /// is left out.
    pub fn statuses(self, statuses: impl IntoIterator<Item = LeaseStatus>) -> Self {
        let ids: Vec<i64> = statuses.into_iter().filter_map(|s| s.type_id()).collect();
        self.with(|call| call.csv("leaseStatusTypeIds", ids))
    }
}
