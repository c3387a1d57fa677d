//! Sites: where doors are.

use access_sync_http::{Listing, decode};
use http::Method;
use serde::{Deserialize, Serialize};

use crate::access_point::AccessPoint;
use crate::call::Call;
use crate::client::BrivoClient;
use crate::filter::Filter;
use crate::groups::GroupRef;
use crate::ids::SiteId;
use crate::list::List;
use crate::record;

/// A site. Lists give id and name only.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Site {
    /// The site.
    pub id: SiteId,
    /// Its name.
    #[serde(default, deserialize_with = "decode::or_default")]
    pub site_name: String,
    /// Its time zone, in the old style (`US/Eastern`).
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub time_zone: Option<String>,
    /// Its address.
    #[serde(
        default,
        deserialize_with = "record::nested_opt",
        skip_serializing_if = "Option::is_none"
    )]
    pub address: Option<Address>,
}

/// A site's address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Address {
    /// First line.
    #[serde(
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub street_address1: Option<String>,
    /// Second line.
    #[serde(
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub street_address2: Option<String>,
    /// City.
    #[serde(
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub city: Option<String>,
    /// State.
    #[serde(
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub state: Option<String>,
    /// Postal code.
    #[serde(
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub postal_code: Option<String>,
    /// Country.
    #[serde(
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub country: Option<String>,
}

impl BrivoClient {
    /// Sites.
    #[must_use]
    pub fn sites(&self) -> Sites<'_> {
        Sites(self)
    }
}

/// Operations on sites. The API cannot make or change them.
#[derive(Clone, Copy, Debug)]
pub struct Sites<'a>(&'a BrivoClient);

impl Sites<'_> {
    /// All sites: `GET /sites`.
    pub fn list(&self) -> List<Site> {
        List::new(self.0, "sites.list", &["sites"], |site| site.id.to_string())
    }

    /// Sites that are in no other: `GET /sites/root`.
    pub fn list_root(&self) -> List<Site> {
        List::new(self.0, "sites.list_root", &["sites", "root"], |site| {
            site.id.to_string()
        })
    }

    /// A site: `GET /sites/{id}`.
    pub fn get(&self, id: SiteId) -> Call<Site> {
        Call::json(
            self.0,
            self.0
                .request_on("sites", id.0, "sites.get", Method::GET, &[]),
        )
    }

    /// Doors of a site: `GET /sites/{id}/access-points`. Comes whole.
    pub fn access_points(&self, id: SiteId) -> Call<Listing<AccessPoint>> {
        let rest = ["access-points"];
        Call::whole(
            self.0,
            self.0
                .request_on("sites", id.0, "sites.access_points", Method::GET, &rest),
        )
    }

    /// Groups of a site: `GET /sites/{id}/groups`.
    pub fn groups(&self, id: SiteId) -> List<GroupRef> {
        let path = ["sites", &id.to_string(), "groups"];
        List::new(self.0, "sites.groups", &path, |group| group.id.to_string())
    }
}

impl List<Site> {
    /// Sites whose name *contains* this text.
    pub fn name(self, part: &str) -> Self {
        self.try_filter(Filter::eq("name", part))
    }
}
