//! Nexudus: webhooks, the Custom ACS interface, and polling.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Mutex, PoisonError};

use access_sync_core::ids::SubjectId;
use access_sync_http::{Error, Listing, SecretString};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::lock;
use http::{HeaderMap, StatusCode};
use nexudus_api::{
    AcsGroup, AcsUpdate, Bookings, BusinessId, CancelledBookingId, CancelledBookings, Changes,
    CoworkerContracts, CoworkerId, Coworkers, NexudusClient, Row as _, WebHookAction,
    WebhookRecord, acs_authorized, parse_webhook, verify_webhook,
};

use serde::{Deserialize, Serialize};

use super::{Hint, Polled, Poller, Received, Repeats, Reply};
use crate::EngineError;

/// The same delivery within this time is a repeat. A webhook has no id, and the same record may
/// rightly come again later: of a booking about to start nothing has changed but the time.
const REPEAT: TimeDelta = TimeDelta::minutes(2);

/// Takes the deliveries of Nexudus' webhooks.
///
/// The body does not name the action: register each webhook with an address that does, such as
/// `https://…/hooks/nexudus/BookingUpdate`, and hand its last part to
/// [`receive`](NexudusReceiver::receive).
///
/// ```
/// use access_sync_engine::events::nexudus::NexudusReceiver;
/// # let mut headers = http::HeaderMap::new();
/// # headers.insert("x-nexudus-hook-signature", http::HeaderValue::from_static(
/// #     "90ACC6B854D97ED60E6FAEDC5E8E947099DAA148BC1737BF2FEFF14324850615"));
/// # let body = br#"[{"Id":1415900201,"FullName":"Bob Example"}]"#;
/// # let now = chrono::DateTime::UNIX_EPOCH;
/// let receiver = NexudusReceiver::new("sample-shared-secret".into());
/// let received = receiver.receive("AccessControlUpdate", &headers, body, now);
/// assert_eq!(received.reply.status, 200);
/// assert_eq!(received.hints.len(), 1); // the coworker
/// ```
pub struct NexudusReceiver {
    secret: SecretString,
    repeats: Mutex<Repeats>,
}

impl NexudusReceiver {
    /// A receiver that believes what is signed with the webhooks' shared secret.
    #[must_use]
    pub fn new(secret: SecretString) -> Self {
        Self {
            secret,
            repeats: Mutex::new(Repeats::new(REPEAT)),
        }
    }

    /// Takes a delivery of `action` at `now`. A wrong signature is answered 401, a body that cannot
    /// be read 400; Nexudus switches a webhook off that is refused too often, so look after it
    /// (`client.webhooks().reactivate_all(…)`).
    pub fn receive(
        &self,
        action: &str,
        headers: &HeaderMap,
        body: &[u8],
        now: DateTime<Utc>,
    ) -> Received {
        let name = action;
        if let Err(error) = verify_webhook(headers, body, &self.secret) {
            return Received::refused(StatusCode::UNAUTHORIZED, error);
        }
        let action = WebHookAction::from(action);
        let records = match parse_webhook(&action, body) {
            Ok(records) => records,
            Err(error) => return Received::refused(StatusCode::BAD_REQUEST, error),
        };
        let mut repeats = self.repeats.lock().unwrap_or_else(PoisonError::into_inner);
        if repeats.is_repeat(&[name.as_bytes(), body], now) {
            return Received::taken(Vec::new());
        }
        Received::taken(records.iter().flat_map(hints).collect())
    }
}

impl fmt::Debug for NexudusReceiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NexudusReceiver").finish_non_exhaustive()
    }
}

/// What a webhook's record tells to look at. Invoices, plans and check-ins give no access.
#[must_use]
pub fn hints(record: &WebhookRecord) -> Vec<Hint> {
    let person = |id: Option<CoworkerId>| id.map(|id| Hint::Person(subject(id)));
    let one = |hint: Hint| vec![hint];
    match record {
        WebhookRecord::Coworker(it) => one(Hint::Person(subject(it.id))),
        WebhookRecord::Booking(it) => one(Hint::Booking(it.id.to_string())),
        WebhookRecord::CoworkerContract(it) => one(Hint::Contract(it.id.to_string())),
        WebhookRecord::Team(it) => one(Hint::Team(it.id.to_string())),
        WebhookRecord::FloorPlanDesk(it) => one(Hint::Place(it.id.to_string())),
        WebhookRecord::Visitor(it) => person(it.coworker_id).into_iter().collect(),
        WebhookRecord::Business(_) => one(Hint::Source(PREFIX.into())),
        WebhookRecord::Checkin(_)
        | WebhookRecord::CoworkerInvoice(_)
        | WebhookRecord::Tariff(_) => Vec::new(),
        // What is not typed may be anything.
        _ => one(Hint::Source(PREFIX.into())),
    }
}

const PREFIX: &str = "nexudus:";

fn subject(id: CoworkerId) -> SubjectId {
    SubjectId::new(format!("nexudus:coworker:{id}"))
}

/// Stands in as the service behind Nexudus' "Custom ACS" setting: lists groups for staff to link, and
/// takes updates as hints. Nexudus calls HTTPS addresses only.
pub struct AcsReceiver {
    token: SecretString,
    latest: Mutex<BTreeMap<(BusinessId, CoworkerId), DateTime<Utc>>>,
}

impl AcsReceiver {
    /// A receiver that believes callers with the bearer token that was set in Nexudus.
    #[must_use]
    pub fn new(token: SecretString) -> Self {
        Self {
            token,
            latest: Mutex::new(BTreeMap::new()),
        }
    }

    /// Answers the call for groups, by id and name.
    pub fn groups<'a>(
        &self,
        headers: &HeaderMap,
        groups: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Received {
        if !acs_authorized(headers, &self.token) {
            return wrong_token();
        }
        let groups: Vec<_> = groups
            .into_iter()
            .map(|(id, name)| AcsGroup::new(id, name))
            .collect();
        match serde_json::to_string(&groups) {
            Ok(body) => Received {
                reply: Reply {
                    status: StatusCode::OK,
                    body,
                },
                ..Received::taken(Vec::new())
            },
            Err(error) => Received::refused(StatusCode::INTERNAL_SERVER_ERROR, error),
        }
    }

    /// Takes an update. Of several about one customer the latest counts; one that is not newer than
    /// what came before tells nothing.
    pub fn update(&self, headers: &HeaderMap, body: &[u8]) -> Received {
        if !acs_authorized(headers, &self.token) {
            return wrong_token();
        }
        let update = match AcsUpdate::parse(body) {
            Ok(update) => update,
            Err(error) => return Received::refused(StatusCode::BAD_REQUEST, error),
        };
        let key = (update.business.id, update.coworker.id);
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        let last = latest.entry(key).or_insert(DateTime::<Utc>::MIN_UTC);
        if update.time <= *last {
            return Received::taken(Vec::new());
        }
        *last = update.time;
        Received::taken(vec![Hint::Person(subject(update.coworker.id))])
    }
}

impl fmt::Debug for AcsReceiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AcsReceiver").finish_non_exhaustive()
    }
}

fn wrong_token() -> Received {
    Received::refused(
        StatusCode::UNAUTHORIZED,
        "the call does not carry the bearer token that was set in Nexudus",
    )
}

/// Asks what was changed: coworkers, bookings, contracts, and which bookings were cancelled. Four
/// calls a poll. Passes, pauses and teams tell of no change reliably; they are read with the whole.
#[derive(Debug)]
pub struct NexudusPoller(lock::Mutex<Cursors>);

#[derive(Debug)]
struct Cursors {
    client: NexudusClient,
    coworkers: Changes<Coworkers>,
    bookings: Changes<Bookings>,
    contracts: Changes<CoworkerContracts>,
    cancelled: DateTime<Utc>,
    cancelled_seen: BTreeMap<CancelledBookingId, DateTime<Utc>>,
    /// Found by a poll that then met an error: each list tells of a change once.
    found: BTreeSet<Hint>,
}

/// Filters are cut to the minute, and rows may become visible late.
const OVERLAP: TimeDelta = TimeDelta::minutes(6);

/// Where each list stands, over a restart.
#[derive(Serialize, Deserialize)]
struct Places {
    coworkers: DateTime<Utc>,
    bookings: DateTime<Utc>,
    contracts: DateTime<Utc>,
    cancelled: DateTime<Utc>,
}

impl NexudusPoller {
    /// Begins with what is changed from `start` on.
    #[must_use]
    pub fn starting_at(client: NexudusClient, start: DateTime<Utc>) -> Self {
        let places = Places {
            coworkers: start,
            bookings: start,
            contracts: start,
            cancelled: start,
        };
        Self(lock::Mutex::new(Cursors::at(client, &places)))
    }
}

#[async_trait]
impl Poller for NexudusPoller {
    fn name(&self) -> &str {
        "Nexudus changes"
    }

    async fn poll(&self) -> Result<Polled, EngineError> {
        let mut cursors = self.0.lock().await;
        cursors.look().await?;
        Ok(Polled {
            hints: std::mem::take(&mut cursors.found),
            cursor: serde_json::to_string(&cursors.places()).ok(),
            ..Polled::default()
        })
    }

    async fn resume(&self, cursor: &str) {
        if let Ok(places) = serde_json::from_str(cursor) {
            let mut cursors = self.0.lock().await;
            *cursors = Cursors::at(cursors.client.clone(), &places);
        }
    }
}

impl Cursors {
    fn at(client: NexudusClient, places: &Places) -> Self {
        Self {
            coworkers: client.coworkers().updated_since(places.coworkers),
            bookings: client.bookings().updated_since(places.bookings),
            contracts: client.contracts().updated_since(places.contracts),
            cancelled: places.cancelled,
            cancelled_seen: BTreeMap::new(),
            found: BTreeSet::new(),
            client,
        }
    }

    fn places(&self) -> Places {
        Places {
            coworkers: self.coworkers.cursor(),
            bookings: self.bookings.cursor(),
            contracts: self.contracts.cursor(),
            cancelled: self.cancelled,
        }
    }

    async fn look(&mut self) -> Result<(), EngineError> {
        let found = &mut self.found;
        add(found, self.coworkers.next().await, |row| {
            Hint::Person(subject(row.id))
        })?;
        add(found, self.bookings.next().await, |row| {
            Hint::Booking(row.id.to_string())
        })?;
        add(found, self.contracts.next().await, |row| {
            Hint::Contract(row.id.to_string())
        })?;
        self.cancelled().await
    }

    async fn cancelled(&mut self) -> Result<(), EngineError> {
        let from = self
            .cancelled
            .checked_sub_signed(OVERLAP)
            .unwrap_or(DateTime::<Utc>::MIN_UTC);
        let listing = self
            .client
            .cancelled_bookings()
            .list()
            .filter(CancelledBookings::CANCELLED_ON.from(from))
            .all()
            .await?;
        let complete = listing.is_complete();
        for row in listing.items {
            let at = row.cancelled_on.unwrap_or(self.cancelled);
            if self.cancelled_seen.insert(row.id(), at).is_none() {
                let booking = row.original_booking_id.clone();
                self.found
                    .insert(booking.map_or(Hint::Source(PREFIX.into()), Hint::Booking));
            }
        }
        if complete {
            let latest = self.cancelled_seen.values().max().copied();
            self.cancelled = latest.unwrap_or(self.cancelled).max(self.cancelled);
            let keep = self.cancelled - OVERLAP - OVERLAP;
            self.cancelled_seen.retain(|_, at| *at >= keep);
        } else {
            self.found.insert(Hint::Source(PREFIX.into()));
        }
        Ok(())
    }
}

/// A round of changes. What could not be read is a reason to look at everything.
fn add<T>(
    found: &mut BTreeSet<Hint>,
    round: Result<Listing<T>, Error>,
    hint: impl Fn(&T) -> Hint,
) -> Result<(), EngineError> {
    let listing = round?;
    found.extend(listing.items.iter().map(hint));
    if !listing.is_complete() {
        found.insert(Hint::Source(PREFIX.into()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use http::header::AUTHORIZATION;

    use super::*;

    const SECRET: &str = "sample-shared-secret";
    const SIGNED: &str = "90ACC6B854D97ED60E6FAEDC5E8E947099DAA148BC1737BF2FEFF14324850615";
    const BODY: &[u8] = br#"[{"Id":1415900201,"FullName":"Bob Example"}]"#;

    fn signed() -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("x-nexudus-hook-signature", HeaderValue::from_static(SIGNED));
        headers
    }

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minute)
    }

    #[test]
    fn a_signed_delivery_is_a_hint_and_its_repeat_is_none() {
        let receiver = NexudusReceiver::new(SECRET.into());
        let take = |minute| receiver.receive("AccessControlUpdate", &signed(), BODY, at(minute));
        let bob = [Hint::Person(SubjectId::new("nexudus:coworker:1415900201"))];
        assert_eq!(take(0).hints, bob);
        let repeat = take(1);
        assert!(repeat.hints.is_empty() && repeat.reply.status == StatusCode::OK);
        // Fifteen minutes before a booking and after it the record is the same.
        assert_eq!(take(30).hints, bob);
    }

    #[test]
    fn an_unsigned_or_forged_delivery_is_refused() {
        let receiver = NexudusReceiver::new(SECRET.into());
        let refused = |headers: &HeaderMap, body: &[u8]| {
            receiver.receive("CoworkerUpdate", headers, body, at(0))
        };
        for received in [refused(&HeaderMap::new(), BODY), refused(&signed(), b"[]")] {
            assert_eq!(received.reply.status, StatusCode::UNAUTHORIZED);
            assert!(received.hints.is_empty());
        }
    }

    #[test]
    fn records_tell_what_to_look_at() {
        let of = |action: &str, body: &str| {
            let action = WebHookAction::from(action);
            let records = parse_webhook(&action, body.as_bytes()).unwrap();
            records.iter().flat_map(hints).collect::<Vec<_>>()
        };
        assert_eq!(
            of("TeamUpdated", r#"[{"Id":7,"TeamMembers":[1]}]"#),
            [Hint::Team("7".into())]
        );
        assert_eq!(
            of("CoworkerContractCancel", r#"[{"Id":8,"CoworkerId":1}]"#),
            [Hint::Contract("8".into())]
        );
        assert_eq!(of("CoworkerInvoicePaid", r#"[{"Id":9}]"#), []);
        assert_eq!(
            of("DeliveryCreated", r#"[{"Id":9}]"#),
            [Hint::Source("nexudus:".into())]
        );
    }

    fn bearer(token: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_static(token));
        headers
    }

    #[test]
    fn the_custom_acs_lists_groups_to_whoever_has_the_token() {
        let receiver = AcsReceiver::new("let-me-in".into());
        let groups = [("882011", "Cedar Room")];
        let listed = receiver.groups(&bearer("Bearer let-me-in"), groups);
        assert_eq!(
            listed.reply.body,
            r#"[{"id":"882011","name":"Cedar Room"}]"#
        );
        let refused = receiver.groups(&bearer("Bearer other"), groups);
        assert_eq!(refused.reply.status, StatusCode::UNAUTHORIZED);
        assert!(refused.reply.body.is_empty());
    }

    #[test]
    fn of_several_custom_acs_updates_the_latest_counts() {
        let receiver = AcsReceiver::new("let-me-in".into());
        let update = |time: &str| {
            let body = format!(
                r#"{{"time":"{time}","business":{{"id":1}},"coworker":{{"id":2}},"groups":[]}}"#
            );
            receiver.update(&bearer("Bearer let-me-in"), body.as_bytes())
        };
        assert_eq!(update("2026-04-02T13:12:44Z").hints.len(), 1);
        assert_eq!(update("2026-04-02T13:12:44Z").hints.len(), 0);
        assert_eq!(update("2026-04-02T13:00:00Z").hints.len(), 0);
        assert_eq!(update("2026-04-02T14:00:00Z").hints.len(), 1);
        let without_groups = receiver.update(&bearer("Bearer let-me-in"), b"{}");
        assert_eq!(without_groups.reply.status, StatusCode::BAD_REQUEST);
    }
}
