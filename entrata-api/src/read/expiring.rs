//! `getExpiringLeases`.

use access_sync_http::Error;
use access_sync_http::decode::{Rows, optional};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::attributes::WithId;
use crate::date;
use crate::{
    Answer, Call, CustomerId, EntrataClient, EntrataDate, LeaseId, LeaseStatus, Method, Personal,
    PropertyId, Query,
};

const GET_EXPIRING_LEASES: Method = Method::known("leases", "getExpiringLeases", "r1");

impl EntrataClient {
    /// Leases whose term ends on or before a day (`leases`, `getExpiringLeases` r1). Candidates for
    /// renewal; the end of a term ends nobody's stay. The method does not page.
    pub fn expiring_leases(&self, property: PropertyId, to: NaiveDate) -> Query<ExpiringLease> {
        let call = Call::new(GET_EXPIRING_LEASES)
            .property(property)
            .date("toDate", to);
        Query::whole(self, call, ExpiringLease::rows, |lease| {
            lease.id.to_string()
        })
    }
}

/// A lease whose term ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "WithId<LeaseId, Wire>")]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ExpiringLease {
    /// The lease.
    pub id: LeaseId,
    /// The first leaseholder.
    pub customer_id: Option<CustomerId>,
    /// The first leaseholder's name.
    pub name: Option<Personal>,
    /// The first leaseholder's e-mail address.
    pub email_address: Option<Personal>,
    /// The unit space's name.
    pub unit: Option<String>,
    /// How far the lease has come.
    pub status: Option<LeaseStatus>,
    /// The term's first day.
    pub lease_starts: Option<EntrataDate>,
    /// The term's last day.
    pub lease_expires: Option<EntrataDate>,
    /// When notice was given.
    pub notice_date: Option<EntrataDate>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Wire {
    #[serde(default)]
    resident: Option<WithId<CustomerId, Resident>>,
    #[serde(default, deserialize_with = "optional")]
    unit: Option<String>,
    #[serde(default, deserialize_with = "optional")]
    lease_status: Option<LeaseStatus>,
    #[serde(default, deserialize_with = "date::optional")]
    lease_starts: Option<EntrataDate>,
    #[serde(default, deserialize_with = "date::optional")]
    lease_expires: Option<EntrataDate>,
    #[serde(default, deserialize_with = "date::optional")]
    notice_date: Option<EntrataDate>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Resident {
    #[serde(default, deserialize_with = "optional")]
    name: Option<Personal>,
    #[serde(default, deserialize_with = "optional")]
    email_address: Option<Personal>,
}

impl TryFrom<WithId<LeaseId, Wire>> for ExpiringLease {
    type Error = &'static str;

    fn try_from(row: WithId<LeaseId, Wire>) -> Result<Self, Self::Error> {
        let id = row.id().ok_or("the lease has no id")?;
        let wire = row.rest;
        let customer_id = wire.resident.as_ref().and_then(WithId::id);
        let (name, email_address) = match wire.resident {
            Some(resident) => (resident.rest.name, resident.rest.email_address),
            None => (None, None),
        };
        Ok(Self {
            id,
            customer_id,
            name,
            email_address,
            unit: wire.unit,
            status: wire.lease_status,
            lease_starts: wire.lease_starts,
            lease_expires: wire.lease_expires,
            notice_date: wire.notice_date,
        })
    }
}

impl ExpiringLease {
    /// The leases of an answer to `getExpiringLeases`.
    ///
    /// # Errors
    /// As [`Answer::rows`].
    pub fn rows(answer: &Answer) -> Result<Rows<Self>, Error> {
        answer.rows(&["Leases", "Lease"])
    }
}

impl Query<ExpiringLease> {
    /// Ending on or after this day (`fromDate`).
    pub fn from(self, day: NaiveDate) -> Self {
        self.with(|call| call.date("fromDate", day))
    }

    /// Only leases that go on from month to month, or only others (`isMonthToMonth`).
    pub fn month_to_month(self, on: bool) -> Self {
        self.with(|call| call.flag("isMonthToMonth", on))
    }

    /// Only leases on notice (`showNoticeLeasesOnly`). An error where the property hides such leases
    /// from renewals.
    pub fn notice_only(self, on: bool) -> Self {
        self.with(|call| call.flag("showNoticeLeasesOnly", on))
    }
}
