//! What the credentials may do, and the company's pick lists.

use access_sync_http::Error;
use access_sync_http::decode::{Rows, optional, or_default};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::attributes::Flat;
use crate::{Answer, Call, EntrataClient, Method, Query, nested};

const GET_ACCESSIBLE_SERVICES: Method = Method::known("appinfo", "getAccessibleServices", "r1");
const GET_ACCESSIBLE_CLIENTS: Method = Method::known("appinfo", "getAccessibleClients", "r1");
const GET_LEASE_PICK_LIST: Method = Method::known("leases", "getLeasePickList", "r1");

impl EntrataClient {
    /// Which methods the credentials may call (`appinfo`, `getAccessibleServices` r1; the gateway
    /// only): a check before the first run, rather than a refusal in it.
    pub fn accessible_services(&self) -> Query<AccessibleService> {
        let call = Call::new(GET_ACCESSIBLE_SERVICES);
        Query::whole(self, call, AccessibleService::rows, |row| {
            format!("{} {}", row.uri, row.service)
        })
    }

    /// Which organisations the credentials may ask (`appinfo`, `getAccessibleClients` r1; the gateway
    /// only).
    pub fn accessible_clients(&self) -> Query<AccessibleClient> {
        let call = Call::new(GET_ACCESSIBLE_CLIENTS);
        Query::whole(self, call, AccessibleClient::rows, |row| {
            row.subdomain.clone()
        })
    }

    /// The company's numbers for lease statuses and events (`leases`, `getLeasePickList` r1).
    ///
    /// # Errors
    /// [`Error`].
    pub async fn lease_pick_list(&self) -> Result<LeasePickList, Error> {
        self.call(&Call::new(GET_LEASE_PICK_LIST)).await
    }
}

/// A method that the credentials may call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AccessibleService {
    /// The address's path, such as `/ext/orgs/lakeshore/v1/leases`.
    #[serde(default, deserialize_with = "or_default")]
    pub uri: String,
    /// The method's name, such as `getLeases`.
    #[serde(default, deserialize_with = "or_default")]
    pub service: String,
}

impl AccessibleService {
    /// The services of an answer to `getAccessibleServices`.
    ///
    /// # Errors
    /// As [`Answer::rows`].
    pub fn rows(answer: &Answer) -> Result<Rows<Self>, Error> {
        answer.rows(&["services"])
    }
}

/// An organisation that the credentials may ask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AccessibleClient {
    /// Its name in addresses.
    #[serde(default, deserialize_with = "or_default")]
    pub subdomain: String,
    /// Its number.
    #[serde(default, deserialize_with = "optional")]
    pub id: Option<i64>,
    /// Its name.
    #[serde(default, deserialize_with = "optional")]
    pub name: Option<String>,
}

impl AccessibleClient {
    /// The organisations of an answer to `getAccessibleClients`.
    ///
    /// # Errors
    /// As [`Answer::rows`].
    pub fn rows(answer: &Answer) -> Result<Rows<Self>, Error> {
        answer.rows(&["orgs"])
    }
}

/// The company's numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LeasePickList {
    /// Lease statuses: 1 to 6.
    #[serde(default, deserialize_with = "lease_status_types")]
    pub lease_status_types: Vec<PickListItem>,
    /// Types of events, for [`EntrataClient::lease_activities`].
    #[serde(default, deserialize_with = "event_types")]
    pub event_types: Vec<PickListItem>,
}

/// A number and its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PickListItem {
    /// The number.
    pub id: i64,
    /// The name.
    pub name: String,
}

#[derive(Deserialize)]
struct ItemWire {
    #[serde(default, deserialize_with = "optional")]
    id: Option<i64>,
    #[serde(default, deserialize_with = "or_default")]
    name: String,
}

impl<'de> Deserialize<'de> for PickListItem {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let ItemWire { id, name } = Flat::<ItemWire>::deserialize(deserializer)?.into_inner();
        let id = id.ok_or_else(|| D::Error::missing_field("id"))?;
        Ok(Self { id, name })
    }
}

fn lease_status_types<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<PickListItem>, D::Error> {
    nested::many(d, "leaseStatusType")
}

fn event_types<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<PickListItem>, D::Error> {
    nested::many(d, "eventType")
}
