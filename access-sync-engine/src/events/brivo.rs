//! Brivo's events: delivered by event subscriptions, and pulled.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use access_sync_core::ids::TargetId;
use async_trait::async_trait;
use brivo_api::webhook::{Delivery, Receiver, VerifyDelivery};
use brivo_api::{BrivoClient, Event, EventCursor, Outcome};
use chrono::{DateTime, Utc};
use futures_util::lock;
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};

use super::{DoorEvent, Hint, Polled, Poller, Received};
use crate::EngineError;
use crate::access::UserId;

/// So many events are remembered, to tell repeats.
const REMEMBERED: usize = 20_000;

/// Takes the deliveries of Brivo's event subscriptions, one event in each.
///
/// Brivo does not document how deliveries are signed: put the receiver behind an address that nobody
/// can guess, and give it a [`VerifyDelivery`] where you know more. Whatever comes in is a hint.
///
/// ```
/// use access_sync_engine::events::brivo::BrivoReceiver;
///
/// let receiver = BrivoReceiver::new();
/// let body = br#"{"uuid":"5b0d","securityAction":{"securityActionId":2004},
///     "actor":{"id":7310442},"eventObject":{"id":612001},"occurred":"2026-04-02T13:12:44Z"}"#;
/// let received = receiver.receive(&http::HeaderMap::new(), body);
/// assert_eq!(received.reply.status, 200);
/// assert_eq!(received.doors[0].door, "612001");
/// assert!(received.hints.is_empty()); // somebody came in; nobody's access has changed
/// ```
#[derive(Debug)]
pub struct BrivoReceiver(Mutex<Receiver>);

impl Default for BrivoReceiver {
    fn default() -> Self {
        Self::new()
    }
}

impl BrivoReceiver {
    /// Believes every delivery.
    #[must_use]
    pub fn new() -> Self {
        Self(Mutex::new(Receiver::new(REMEMBERED)))
    }

    /// Believes only what `verifier` lets through; the rest is answered 401.
    #[must_use]
    pub fn verified_by(verifier: impl VerifyDelivery + 'static) -> Self {
        Self(Mutex::new(Receiver::new(REMEMBERED).verified_by(verifier)))
    }

    /// Takes one delivery.
    pub fn receive(&self, headers: &HeaderMap, body: &[u8]) -> Received {
        let mut receiver = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match receiver.receive(headers, body) {
            Ok(Delivery::New(event)) => {
                let mut received = Received::taken(hints(&event));
                received.doors.extend(door(&event));
                received
            }
            Ok(Delivery::Repeat(_)) => Received::taken(Vec::new()),
            Err(error) if error.is_auth() => Received::refused(StatusCode::UNAUTHORIZED, error),
            Err(error) => Received::refused(StatusCode::BAD_REQUEST, error),
        }
    }
}

/// Pulls the journal of changes, and the journal of doors where somebody wants to know of entries.
#[derive(Debug)]
pub struct BrivoPoller {
    client: BrivoClient,
    changes: bool,
    doors: bool,
    cursors: lock::Mutex<Cursors>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Cursors {
    audit: EventCursor,
    access: EventCursor,
}

impl BrivoPoller {
    /// Begins with what Brivo learns from `start` on. Costs one call a poll.
    #[must_use]
    pub fn starting_at(client: BrivoClient, start: DateTime<Utc>) -> Self {
        Self {
            client,
            changes: true,
            doors: false,
            cursors: lock::Mutex::new(Cursors {
                audit: EventCursor::starting_at(start),
                access: EventCursor::starting_at(start),
            }),
        }
    }

    /// Pulls entries too, for [`presence`](crate::presence). Costs one more call a poll.
    #[must_use]
    pub fn with_doors(mut self) -> Self {
        self.doors = true;
        self
    }

    /// Pulls entries alone: one call a poll.
    #[must_use]
    pub fn only_doors(mut self) -> Self {
        self.changes = false;
        self.doors = true;
        self
    }
}

#[async_trait]
impl Poller for BrivoPoller {
    fn name(&self) -> &str {
        "Brivo events"
    }

    async fn poll(&self) -> Result<Polled, EngineError> {
        let mut kept = self.cursors.lock().await;
        // Moved on only once both were read: else what the first told would be lost with an error of
        // the second.
        let mut cursors = kept.clone();
        let mut polled = Polled::default();
        if self.changes {
            let batch = self.client.events().audit().poll(&cursors.audit).await?;
            for event in &batch.events {
                polled.hints.extend(hints(event));
            }
            if !batch.rejected.is_empty() {
                polled.hints.insert(Hint::Access);
            }
            polled.more = !batch.caught_up;
            // Where something may be missing the same is asked for again.
            if batch.gaps.is_empty() {
                cursors.audit = batch.cursor;
            } else {
                polled.hints.insert(Hint::Access);
            }
        }
        if self.doors {
            let batch = self.client.events().access().poll(&cursors.access).await?;
            polled.doors.extend(batch.events.iter().filter_map(door));
            polled.more |= !batch.caught_up;
            if batch.gaps.is_empty() {
                cursors.access = batch.cursor;
            }
        }
        polled.cursor = serde_json::to_string(&cursors).ok();
        *kept = cursors;
        Ok(polled)
    }

    async fn resume(&self, cursor: &str) {
        if let Ok(cursors) = serde_json::from_str(cursor) {
            *self.cursors.lock().await = cursors;
        }
    }
}

/// What an event tells to look at. Entries and refusals at doors change nobody's access.
///
/// Brivo publishes no table of its kinds of events, so the object's own type decides; what cannot be
/// told apart is a hint to look at everything that Brivo has.
#[must_use]
pub fn hints(event: &Event) -> Vec<Hint> {
    use brivo_api::SecurityAction as Action;
    let nothing = matches!(
        event.security_action.id,
        Action::UserEntry
            | Action::AdministratorLogin
            | Action::UnknownCredential
            | Action::UnauthorizedAttempt
            | Action::Battery
            | Action::SecondFactor
            | Action::AdministratorPulseOutput
    );
    let at_a_door = event.object_type.as_deref() == Some("ACCESS_POINT");
    if nothing || at_a_door {
        return Vec::new();
    }
    let object = event.event_object.as_ref();
    let kind = event
        .object_type
        .as_deref()
        .or_else(|| object?.object_type.as_deref())
        .unwrap_or_default()
        .to_ascii_uppercase();
    let id = object.and_then(|object| object.id.clone());
    let mut hints = BTreeSet::new();
    hints.insert(match (kind.as_str(), id) {
        ("USER", Some(id)) => Hint::User(UserId(id)),
        ("GROUP" | "USER_GROUP", Some(id)) => Hint::Group(TargetId::new(id)),
        _ => Hint::Access,
    });
    hints.into_iter().collect()
}

/// Who was let in where, if the event says so.
#[must_use]
pub fn door(event: &Event) -> Option<DoorEvent> {
    if event.outcome() != Outcome::Granted {
        return None;
    }
    let user = UserId(event.user_id()?.to_string());
    let door = event.access_point_id()?.to_string();
    Some(DoorEvent::new(
        event.uuid.as_str(),
        user,
        door,
        event.occurred,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(object_type: &str, action: i64, id: i64) -> Vec<u8> {
        format!(
            r#"{{"uuid":"{object_type}-{action}-{id}","objectType":"{object_type}",
            "securityAction":{{"securityActionId":{action}}},"actor":{{"id":1}},
            "eventObject":{{"id":{id}}},"occurred":"2026-04-02T13:12:44Z"}}"#
        )
        .into_bytes()
    }

    fn received(body: &[u8]) -> Received {
        BrivoReceiver::new().receive(&HeaderMap::new(), body)
    }

    #[test]
    fn changes_of_users_and_groups_are_looked_at_and_door_events_are_not() {
        assert_eq!(
            received(&event("USER", 1204, 77)).hints,
            [Hint::User(UserId("77".into()))]
        );
        assert_eq!(
            received(&event("GROUP", 4002, 88)).hints,
            [Hint::Group(TargetId::new("88"))]
        );
        assert_eq!(received(&event("SCHEDULE", 5055, 9)).hints, [Hint::Access]);
        for action in [2004, 5018, 5064] {
            assert_eq!(received(&event("ACCESS_POINT", action, 5)).hints, []);
        }
        assert_eq!(received(&event("ACCESS_POINT", 5018, 5)).doors, []);
        assert_eq!(received(&event("ACCESS_POINT", 2004, 5)).doors.len(), 1);
    }

    #[test]
    fn a_repeat_is_answered_and_tells_nothing() {
        let receiver = BrivoReceiver::new();
        let body = event("USER", 1204, 77);
        let first = receiver.receive(&HeaderMap::new(), &body);
        let second = receiver.receive(&HeaderMap::new(), &body);
        assert_eq!((first.hints.len(), second.hints.len()), (1, 0));
        assert_eq!(second.reply.status, StatusCode::OK);
    }

    #[test]
    fn what_cannot_be_read_or_believed_is_refused_and_tells_nothing() {
        #[derive(Debug)]
        struct Nobody;
        impl VerifyDelivery for Nobody {
            fn verify(&self, _: &HeaderMap, _: &[u8]) -> Result<(), brivo_api::Error> {
                Err(brivo_api::webhook::not_from_brivo())
            }
        }
        let broken = received(b"{\"uuid\":");
        assert_eq!(broken.reply.status, StatusCode::BAD_REQUEST);
        assert!(broken.hints.is_empty() && broken.refused.is_some());
        let strict = BrivoReceiver::verified_by(Nobody);
        let forged = strict.receive(&HeaderMap::new(), &event("USER", 1204, 77));
        assert_eq!(forged.reply.status, StatusCode::UNAUTHORIZED);
        assert!(forged.hints.is_empty());
    }
}
