//! Event subscriptions: Brivo calls you.

use access_sync_http::{Error, SecretString, decode};
use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

use crate::call::{Call, Removal};
use crate::client::BrivoClient;
use crate::fields::{self, debug_only};
use crate::filter::Filter;
use crate::ids::{AccessPointId, EventSubscriptionId, SiteId, UserId};
use crate::list::List;
use crate::record;
use crate::users::with_body;

/// A subscription. Deliveries go to [`webhook`](crate::webhook).
#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EventSubscription {
    /// The subscription.
    pub id: EventSubscriptionId,
    /// Its name.
    #[serde(default, deserialize_with = "decode::or_default")]
    pub name: String,
    /// Where Brivo delivers to. Its path may be the only secret there is.
    #[serde(default, deserialize_with = "decode::or_default")]
    pub url: String,
    /// Whom Brivo mails when a delivery fails.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub error_email: Option<String>,
    /// What is delivered: events that fit all of these.
    #[serde(default, deserialize_with = "record::one_or_many")]
    pub criteria: Vec<Criterion>,
    /// Brivo's secret word, encrypted. What it is good for is not documented.
    #[serde(
        default,
        deserialize_with = "fields::secret_opt",
        serialize_with = "fields::masked_opt",
        skip_serializing_if = "Option::is_none"
    )]
    pub encrypted_secret_word: Option<SecretString>,
}
debug_only!(EventSubscription: id, name, criteria);

/// One condition of a subscription.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Criterion {
    /// Brivo's id of the condition, in answers.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub id: Option<i64>,
    /// What is compared.
    pub criteria_type: CriteriaType,
    /// How.
    pub criteria_operation_type: CriteriaOperation,
    /// With what.
    #[serde(deserialize_with = "decode::required")]
    pub criteria_value: i64,
}

access_sync_http::open_enum! {
    /// What a condition compares.
    pub enum CriteriaType {
        /// The site's id.
        Site = "SITE",
        /// The user's id.
        User = "USER",
        /// The access point's id.
        AccessPoint = "ACCESS-POINT",
        /// 1 for audit events, 0 for access events (the default).
        Audit = "AUDIT",
    }
}

access_sync_http::open_enum! {
    /// How a condition compares.
    pub enum CriteriaOperation {
        /// Equal.
        Eq = "EQ",
        /// Not equal.
        Ne = "NE",
    }
}

impl Criterion {
    /// A condition.
    #[must_use]
    pub fn new(kind: CriteriaType, operation: CriteriaOperation, value: i64) -> Self {
        Self {
            id: None,
            criteria_type: kind,
            criteria_operation_type: operation,
            criteria_value: value,
        }
    }

    /// Events of this site.
    #[must_use]
    pub fn site(id: SiteId) -> Self {
        Self::new(CriteriaType::Site, CriteriaOperation::Eq, id.0)
    }

    /// Events of this user.
    #[must_use]
    pub fn user(id: UserId) -> Self {
        Self::new(CriteriaType::User, CriteriaOperation::Eq, id.0)
    }

    /// Events of this door.
    #[must_use]
    pub fn access_point(id: AccessPointId) -> Self {
        Self::new(CriteriaType::AccessPoint, CriteriaOperation::Eq, id.0)
    }

    /// Audit events, or access events.
    #[must_use]
    pub fn audit(audit: bool) -> Self {
        Self::new(CriteriaType::Audit, CriteriaOperation::Eq, audit.into())
    }
}

/// A subscription to be made, or to replace another.
#[derive(Clone)]
pub struct NewEventSubscription {
    name: String,
    url: String,
    error_email: String,
    criteria: Vec<Criterion>,
}
debug_only!(NewEventSubscription: name, criteria);

impl NewEventSubscription {
    /// A subscription that delivers to `url` and reports failures to `error_email`. Take a path that
    /// nobody can guess: no way to verify deliveries is documented.
    #[must_use]
    pub fn new(
        name: impl Into<String>,
        url: impl Into<String>,
        error_email: impl Into<String>,
    ) -> Self {
        Self {
            name: name.into(),
            url: url.into(),
            error_email: error_email.into(),
            criteria: Vec::new(),
        }
    }

    /// One more condition; all must hold.
    #[must_use]
    pub fn criterion(mut self, criterion: Criterion) -> Self {
        self.criteria.push(criterion);
        self
    }

    fn body(&self) -> Result<Value, Error> {
        if self.name.trim().is_empty() {
            return Err(Error::config("a subscription needs a name"));
        }
        let url =
            Url::parse(&self.url).map_err(|_| Error::config("the subscription's url is none"))?;
        if url.scheme() != "https" {
            return Err(Error::config("events hold people: deliver to https"));
        }
        let equal = |c: &&Criterion| c.criteria_operation_type == CriteriaOperation::Eq;
        let impossible = self.criteria.iter().filter(equal).any(|one| {
            self.criteria.iter().filter(equal).any(|other| {
                one.criteria_type == other.criteria_type
                    && one.criteria_value != other.criteria_value
            })
        });
        if impossible {
            return Err(Error::config(
                "all conditions must hold, so two of the same type never do; make two subscriptions",
            ));
        }
        let criteria: Vec<_> = self
            .criteria
            .iter()
            .map(|c| {
                json!({
                    "criteriaType": c.criteria_type,
                    "criteriaOperationType": c.criteria_operation_type,
                    "criteriaValue": c.criteria_value,
                })
            })
            .collect();
        Ok(json!({
            "name": self.name,
            "url": self.url,
            "errorEmail": self.error_email,
            "criteria": criteria,
        }))
    }
}

impl BrivoClient {
    /// Event subscriptions.
    #[must_use]
    pub fn event_subscriptions(&self) -> EventSubscriptions<'_> {
        EventSubscriptions(self)
    }
}

/// Operations on event subscriptions. Brivo documents no second try of a failed delivery: pull
/// events ([`EventQuery::poll`](crate::EventQuery::poll)) beside them.
#[derive(Clone, Copy, Debug)]
pub struct EventSubscriptions<'a>(&'a BrivoClient);

impl EventSubscriptions<'_> {
    /// All subscriptions: `GET /event-subscriptions`.
    pub fn list(&self) -> List<EventSubscription> {
        List::new(
            self.0,
            "event_subscriptions.list",
            &["event-subscriptions"],
            |s| s.id.to_string(),
        )
    }

    /// Makes a subscription: `POST /event-subscriptions`. Not idempotent: look for the name before.
    pub fn create(&self, new: &NewEventSubscription) -> Call<EventSubscription> {
        let path = ["event-subscriptions"];
        let request = self
            .0
            .request("event_subscriptions.create", Method::POST, &path);
        Call::json(self.0, with_body(request, new.body()))
    }

    /// A subscription: `GET /event-subscriptions/{id}`.
    pub fn get(&self, id: EventSubscriptionId) -> Call<EventSubscription> {
        Call::json(self.0, self.on(id, "event_subscriptions.get", Method::GET))
    }

    /// Replaces a subscription: `PUT /event-subscriptions/{id}`.
    pub fn replace(
        &self,
        id: EventSubscriptionId,
        new: &NewEventSubscription,
    ) -> Call<EventSubscription> {
        let request = self.on(id, "event_subscriptions.replace", Method::PUT);
        Call::json(self.0, with_body(request, new.body()))
    }

    /// Ends a subscription: `DELETE /event-subscriptions/{id}`.
    pub fn delete(&self, id: EventSubscriptionId) -> Call<Removal> {
        Call::removal(
            self.0,
            self.on(id, "event_subscriptions.delete", Method::DELETE),
        )
    }

    fn on(
        &self,
        id: EventSubscriptionId,
        operation: &'static str,
        method: Method,
    ) -> Result<access_sync_http::Request, Error> {
        self.0
            .request_on("event-subscriptions", id.0, operation, method, &[])
    }
}

impl List<EventSubscription> {
    /// Subscriptions of this name.
    pub fn name(self, name: &str) -> Self {
        self.try_filter(Filter::eq("name", name))
    }
}
