//! `getCustomers`.

use access_sync_http::Error;
use access_sync_http::decode::{Rows, one_or_many, optional};
use serde::{Deserialize, Serialize};

use crate::attributes::WithId;
use crate::{
    Answer, Call, CustomerId, CustomerType, EntrataClient, LeaseId, LeaseStatus, Method, Personal,
    PropertyId, Query,
};

const GET_CUSTOMERS: Method = Method::known("customers", "getCustomers", "r1");

impl EntrataClient {
    /// The people of a property (`customers`, `getCustomers` r1): on current leases and those on
    /// notice, unless [`statuses`](Query::statuses) says otherwise. The method does not page.
    pub fn customers(&self, property: PropertyId) -> Query<CustomerRecord> {
        let call = Call::new(GET_CUSTOMERS).property(property);
        Query::whole(self, call, CustomerRecord::rows, |row| row.id.to_string())
    }
}

/// A person and the leases the person is on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "WithId<CustomerId, Wire>")]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CustomerRecord {
    /// The person.
    pub id: CustomerId,
    /// The leases.
    pub leases: Vec<CustomerLease>,
    /// First name.
    pub first_name: Option<Personal>,
    /// Last name.
    pub last_name: Option<Personal>,
    /// The e-mail address.
    pub email: Option<Personal>,
    /// A phone number.
    pub phone_number: Option<Personal>,
    /// The unit space's name.
    pub unit_number: Option<String>,
    /// The building's name.
    pub building_name: Option<String>,
}

/// A lease that a person is on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CustomerLease {
    /// The lease.
    pub lease_id: LeaseId,
    /// What the person is on it.
    pub customer_type: Option<CustomerType>,
    /// How far it has come.
    pub status: Option<LeaseStatus>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Wire {
    #[serde(default, deserialize_with = "one_or_many")]
    lease_id: Vec<LeaseWire>,
    #[serde(default, deserialize_with = "optional")]
    first_name: Option<Personal>,
    #[serde(default, deserialize_with = "optional")]
    last_name: Option<Personal>,
    #[serde(default, deserialize_with = "optional")]
    email: Option<Personal>,
    #[serde(default, deserialize_with = "optional")]
    phone_number: Option<Personal>,
    #[serde(default, deserialize_with = "optional")]
    unit_number: Option<String>,
    #[serde(default, deserialize_with = "optional")]
    building_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct LeaseWire {
    #[serde(default, deserialize_with = "one_or_many")]
    identification: Vec<Identification>,
    #[serde(default, deserialize_with = "optional")]
    customer_type: Option<CustomerType>,
}

#[derive(Deserialize)]
struct Identification {
    #[serde(rename = "@attributes", default)]
    attributes: IdentificationAttributes,
    #[serde(rename = "IDValue", default, deserialize_with = "optional")]
    value: Option<LeaseId>,
}

#[derive(Default, Deserialize)]
struct IdentificationAttributes {
    #[serde(rename = "Status", default, deserialize_with = "optional")]
    status: Option<LeaseStatus>,
}

impl TryFrom<WithId<CustomerId, Wire>> for CustomerRecord {
    type Error = &'static str;

    fn try_from(row: WithId<CustomerId, Wire>) -> Result<Self, Self::Error> {
        let id = row.id().ok_or("the customer has no id")?;
        let wire = row.rest;
        let leases = wire.lease_id.into_iter().flat_map(|lease| {
            let customer_type = lease.customer_type;
            lease.identification.into_iter().filter_map(move |known| {
                Some(CustomerLease {
                    lease_id: known.value?,
                    customer_type: customer_type.clone(),
                    status: known.attributes.status,
                })
            })
        });
        Ok(Self {
            id,
            leases: leases.collect(),
            first_name: wire.first_name,
            last_name: wire.last_name,
            email: wire.email,
            phone_number: wire.phone_number,
            unit_number: wire.unit_number,
            building_name: wire.building_name,
        })
    }
}

impl CustomerRecord {
    /// The people of an answer to `getCustomers`.
    ///
    /// # Errors
    /// As [`Answer::rows`].
    pub fn rows(answer: &Answer) -> Result<Rows<Self>, Error> {
        answer.rows(&["Customers", "Customer"])
    }
}

impl Query<CustomerRecord> {
    /// Only these people (`customerIds`).
    pub fn ids(self, ids: impl IntoIterator<Item = CustomerId>) -> Self {
        self.with(|call| call.csv("customerIds", ids))
    }

    /// On leases in these statuses (`leaseStatusTypeIds`). A status without a number is left out.
    pub fn statuses(self, statuses: impl IntoIterator<Item = LeaseStatus>) -> Self {
        let ids: Vec<i64> = statuses.into_iter().filter_map(|s| s.type_id()).collect();
        self.with(|call| call.csv("leaseStatusTypeIds", ids))
    }
}
