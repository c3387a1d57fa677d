//! Deliveries of event subscriptions: one event in each `POST`.
//!
//! Answer **200** and no other 2xx (202 is reported not to be taken). No second try, no order and no
//! uniqueness are documented: treat a delivery as a hint, and pull events beside it.
//!
//! ```
//! use brivo_api::webhook::{Delivery, Receiver};
//! use http::HeaderMap;
//!
//! # fn main() -> Result<(), brivo_api::Error> {
//! let mut receiver = Receiver::new(10_000);
//! let body = br#"{"uuid":"5b0d","securityAction":{"securityActionId":2004},
//!                 "occurred":"2026-04-02T13:12:44Z","somethingNew":[1]}"#;
//! let headers = HeaderMap::new();
//! assert!(matches!(receiver.receive(&headers, body)?, Delivery::New(_)));
//! assert!(matches!(receiver.receive(&headers, body)?, Delivery::Repeat(_)));
//! # Ok(())
//! # }
//! ```

use std::collections::{HashSet, VecDeque};
use std::fmt;

use access_sync_http::{Error, ErrorKind};
use http::HeaderMap;

use crate::event::Event;
use crate::record;

/// A delivery that is longer is refused unread.
pub const MAX_BODY: usize = 1 << 20;

/// Reads a delivery. Fields that are not known are kept and never an error.
///
/// # Errors
/// [`Decode`](ErrorKind::Decode) where it is no event: no JSON, no `uuid`, no kind, no time.
pub fn parse(body: &[u8]) -> Result<Event, Error> {
    let named = |error: Error| error.with_operation("brivo", "webhook");
    if body.len() > MAX_BODY {
        return Err(named(Error::decode("a delivery of more than a megabyte")));
    }
    let event: Event = record::json(body).map_err(named)?;
    if event.uuid.trim().is_empty() {
        return Err(named(Error::decode("uuid: empty")));
    }
    Ok(event)
}

/// Decides whether a delivery is Brivo's.
///
/// Brivo does not document how deliveries are signed. Until it does, a path that nobody can guess is
/// the best there is; this trait takes what you know (a shared header of your proxy, a list of
/// addresses, a signature once it is documented).
pub trait VerifyDelivery: fmt::Debug + Send + Sync {
    /// `Ok` where the delivery is to be believed.
    ///
    /// # Errors
    /// Why not; [`Authentication`](ErrorKind::Authentication), as a rule.
    fn verify(&self, headers: &HeaderMap, body: &[u8]) -> Result<(), Error>;
}

/// Remembers the events of late, so that each is worked off once.
#[derive(Clone, Debug)]
pub struct Deduplicator {
    capacity: usize,
    seen: HashSet<String>,
    order: VecDeque<String>,
}

impl Deduplicator {
    /// Remembers the last `capacity` events.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self {
            capacity: capacity.max(1),
            seen: HashSet::new(),
            order: VecDeque::new(),
        }
    }

    /// Whether this event was not seen yet; it is from now on.
    pub fn is_new(&mut self, uuid: &str) -> bool {
        if !self.seen.insert(uuid.to_owned()) {
            return false;
        }
        self.order.push_back(uuid.to_owned());
        if self.order.len() > self.capacity {
            if let Some(oldest) = self.order.pop_front() {
                self.seen.remove(&oldest);
            }
        }
        true
    }

    /// Forgets an event, so that it may come again: for work that failed after the delivery.
    pub fn forget(&mut self, uuid: &str) {
        if self.seen.remove(uuid) {
            self.order.retain(|known| known != uuid);
        }
    }
}

/// What a delivery was.
#[derive(Clone, Debug, PartialEq)]
#[allow(
    clippy::large_enum_variant,
    reason = "lives for a moment, and new events are the rule"
)]
pub enum Delivery {
    /// An event that was not seen yet.
    New(Event),
    /// An event that was delivered before, by its uuid. Answer 200.
    Repeat(String),
}

/// Verifies, reads and tells repeats.
#[derive(Debug)]
pub struct Receiver {
    verifier: Option<Box<dyn VerifyDelivery>>,
    seen: Deduplicator,
}

impl Receiver {
    /// A receiver that remembers `capacity` events and believes every delivery.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self {
            verifier: None,
            seen: Deduplicator::new(capacity),
        }
    }

    /// Believes only what `verifier` lets through.
    #[must_use]
    pub fn verified_by(mut self, verifier: impl VerifyDelivery + 'static) -> Self {
        self.verifier = Some(Box::new(verifier));
        self
    }

    /// Takes a delivery.
    ///
    /// # Errors
    /// What the verifier says, and [`parse`]'s.
    pub fn receive(&mut self, headers: &HeaderMap, body: &[u8]) -> Result<Delivery, Error> {
        if let Some(verifier) = &self.verifier {
            verifier.verify(headers, body)?;
        }
        let event = parse(body)?;
        Ok(if self.seen.is_new(&event.uuid) {
            Delivery::New(event)
        } else {
            Delivery::Repeat(event.uuid)
        })
    }

    /// Forgets an event whose work failed ([`Deduplicator::forget`]); answer 500 then.
    pub fn forget(&mut self, uuid: &str) {
        self.seen.forget(uuid);
    }
}

/// A delivery that somebody else sent.
#[must_use]
pub fn not_from_brivo() -> Error {
    Error::new(
        ErrorKind::Authentication,
        "the delivery could not be verified",
    )
    .with_operation("brivo", "webhook")
}
