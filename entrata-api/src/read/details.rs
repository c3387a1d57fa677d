//! `getLeaseDetails`.

use std::fmt;

use access_sync_http::Error;
use access_sync_http::decode::{Rows, optional};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Answer, Call, EntrataClient, LeaseId, LeaseStatus, Method, PropertyId, Query, UnitId};

const GET_LEASE_DETAILS: Method = Method::known("leases", "getLeaseDetails", "r2");

impl EntrataClient {
    /// What comes with the leases of a property: parking, storage, keys (`leases`, `getLeaseDetails`
    /// r2): of current leases and those on notice, unless [`statuses`](Query::statuses) says
    /// otherwise. Charges are not asked for.
    pub fn lease_details(&self, property: PropertyId) -> Query<LeaseDetails> {
        let call = Call::new(GET_LEASE_DETAILS)
            .property(property)
            .flag("includeAddOns", true);
        Query::paged(self, call, LeaseDetails::rows, |lease| lease.id.to_string())
    }
}

/// A lease and what comes with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LeaseDetails {
    /// The lease.
    #[serde(rename = "leaseId", alias = "id")]
    pub id: LeaseId,
    /// The unit.
    #[serde(
        rename = "propertyUnitId",
        alias = "unitId",
        default,
        deserialize_with = "optional"
    )]
    pub unit_id: Option<UnitId>,
    /// The unit's name.
    #[serde(default, deserialize_with = "optional")]
    pub unit_number: Option<String>,
    /// Parking, storage, keys.
    #[serde(default)]
    pub add_ons: AddOns,
}

/// What comes with a lease. The public documentation names the three groups and not their fields,
/// so that they are kept as they came.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AddOns {
    /// Handed out with the lease.
    #[serde(default)]
    pub assignable_items: Value,
    /// Rented beside it.
    #[serde(default)]
    pub rentable_items: Value,
    /// Services.
    #[serde(default)]
    pub services: Value,
}

/// Without the contents.
impl fmt::Debug for AddOns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AddOns").finish_non_exhaustive()
    }
}

impl LeaseDetails {
    /// The leases of an answer to `getLeaseDetails` r2.
    ///
    /// # Errors
    /// As [`Answer::rows`].
    pub fn rows(answer: &Answer) -> Result<Rows<Self>, Error> {
        answer.rows(&["leases", "lease"])
    }
}

impl Query<LeaseDetails> {
    /// Only this lease (`leaseId`). The name is in the singular: `leaseIds` is ignored and brings
    /// all.
    pub fn lease(self, lease: LeaseId) -> Self {
        self.with(|call| call.param("leaseId", lease.to_string()))
    }

    /// Leases in these statuses (`leaseStatusTypeIds`). A status without a number is left out.
    pub fn statuses(self, statuses: impl IntoIterator<Item = LeaseStatus>) -> Self {
        let ids: Vec<i64> = statuses.into_iter().filter_map(|s| s.type_id()).collect();
        self.with(|call| call.csv("leaseStatusTypeIds", ids))
    }

    /// Charges too (`includeCharge`). They make answers large, and the model does not keep them.
    pub fn include_charges(self, on: bool) -> Self {
        self.with(|call| call.flag("includeCharge", on))
    }
}
