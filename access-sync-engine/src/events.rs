//! What to look at again, and when: webhooks of any HTTP framework, and polling beside them.
//!
//! An event never changes a door. It is a hint ([`Hint`]) that the truth may be another one now; the
//! next run reads the truth and decides by it. So a lost event costs time, and one that comes twice,
//! late, out of order or from somebody else's pen costs a look, and nothing more.
//!
//! A receiver takes the headers and the body as they came over the wire and returns what to answer
//! and where to look. With axum, for one:
//!
//! ```ignore
//! // POST /hooks/nexudus/{action}
//! async fn nexudus(
//!     State(app): State<Arc<App>>, Path(action): Path<String>, headers: HeaderMap, body: Bytes,
//! ) -> impl IntoResponse {
//!     let received = app.nexudus.receive(&action, &headers, &body, app.now());
//!     let reply = received.reply.clone();
//!     app.sync.take(received);
//!     (reply.status, reply.body)
//! }
//! ```

#[cfg(feature = "brivo")]
pub mod brivo;
#[cfg(feature = "nexudus")]
pub mod nexudus;

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use access_sync_core::ids::{SubjectId, TargetId};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::EngineError;
use crate::access::UserId;

/// Something that may be different from what is known.
///
/// Ids are as the system that speaks has them, without any prefix.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "about", content = "id")]
#[non_exhaustive]
pub enum Hint {
    /// A person, by their subject: `nexudus:coworker:1415900201`.
    Person(SubjectId),
    /// A lease of Entrata.
    Lease(String),
    /// A booking of Nexudus.
    Booking(String),
    /// A contract of Nexudus.
    Contract(String),
    /// A team of Nexudus, whose members share its payer's contracts.
    Team(String),
    /// A room, desk, unit or pass: what it opens, or that it exists.
    Place(String),
    /// A user of the access-control system.
    #[serde(serialize_with = "user_id", deserialize_with = "from_user_id")]
    User(UserId),
    /// A group of the access-control system.
    Group(TargetId),
    /// All of one source, by the beginning of its subjects' ids: `entrata:`.
    Source(String),
    /// All of the access-control system.
    Access,
    /// All there is.
    Everything,
}

fn user_id<S: serde::Serializer>(user: &UserId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&user.0)
}

fn from_user_id<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<UserId, D::Error> {
    String::deserialize(deserializer).map(UserId)
}

impl Hint {
    /// Whether a source with this prefix is to be read again.
    #[must_use]
    pub fn concerns(&self, source_prefix: &str) -> bool {
        match self {
            Self::Person(subject) => subject.as_str().starts_with(source_prefix),
            Self::Lease(_) => source_prefix == "entrata:",
            Self::Booking(_) | Self::Contract(_) | Self::Team(_) => source_prefix == "nexudus:",
            Self::Source(prefix) => prefix == source_prefix,
            Self::Place(_) | Self::Everything => true,
            Self::User(_) | Self::Group(_) | Self::Access => false,
        }
    }
}

/// What to answer to whoever called.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reply {
    /// The status. Both vendors take 200 for good, and Brivo nothing else.
    pub status: StatusCode,
    /// The body: JSON where the call asks for data, else empty.
    pub body: String,
}

impl Reply {
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self {
            status,
            body: String::new(),
        }
    }
}

/// What came of a delivery.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Received {
    /// What to answer.
    pub reply: Reply,
    /// What to look at again; nothing where the delivery is a repeat or refused.
    pub hints: Vec<Hint>,
    /// Who went through which door, for [`presence`](crate::presence).
    pub doors: Vec<DoorEvent>,
    /// Why it was refused, in words for a log: no names, no bodies.
    pub refused: Option<String>,
}

impl Received {
    pub(crate) fn taken(hints: Vec<Hint>) -> Self {
        Self {
            reply: Reply::empty(StatusCode::OK),
            hints,
            doors: Vec::new(),
            refused: None,
        }
    }

    pub(crate) fn refused(status: StatusCode, why: impl fmt::Display) -> Self {
        Self {
            reply: Reply::empty(status),
            hints: Vec::new(),
            doors: Vec::new(),
            refused: Some(why.to_string()),
        }
    }
}

/// Somebody was let in, or out, at a door.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DoorEvent {
    /// The event's id, which is the same in every delivery of it.
    pub key: String,
    /// Who.
    #[serde(serialize_with = "user_id")]
    pub user: UserId,
    /// Which door, by the access-control system's id.
    pub door: String,
    /// When it happened.
    pub at: DateTime<Utc>,
}

impl DoorEvent {
    /// An event.
    #[must_use]
    pub fn new(
        key: impl Into<String>,
        user: UserId,
        door: impl Into<String>,
        at: DateTime<Utc>,
    ) -> Self {
        Self {
            key: key.into(),
            user,
            door: door.into(),
            at,
        }
    }
}

/// What a look at a feed brought.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Polled {
    /// What to look at again.
    pub hints: BTreeSet<Hint>,
    /// Who went through which door.
    pub doors: Vec<DoorEvent>,
    /// Whether there is more to be had at once.
    pub more: bool,
    /// Where the feed stands now, to be kept after what came with it, and given back after a restart
    /// ([`Poller::resume`]). None where the feed keeps no place.
    pub cursor: Option<String>,
}

/// A feed that is asked from time to time: the fallback for webhooks that got lost, and the only way
/// where there are none.
#[async_trait]
pub trait Poller: fmt::Debug + Send + Sync {
    /// A short name for people: "Brivo events".
    fn name(&self) -> &str;

    /// What is new since the last call.
    ///
    /// # Errors
    /// What the other side answered. The next call asks for the same again.
    async fn poll(&self) -> Result<Polled, EngineError>;

    /// Goes on where an earlier process stood, by [`Polled::cursor`]. One that cannot be read is none:
    /// the feed begins where it was made to begin. The default keeps no place.
    async fn resume(&self, _cursor: &str) {}
}

/// Tells repeats of late by a fingerprint of what came.
#[derive(Debug)]
pub(crate) struct Repeats {
    within: TimeDelta,
    seen: HashSet<u64>,
    order: VecDeque<(DateTime<Utc>, u64)>,
}

/// As many as are remembered: far more than a busy account sends within the time.
const REMEMBERED: usize = 20_000;

impl Repeats {
    pub(crate) fn new(within: TimeDelta) -> Self {
        Self {
            within,
            seen: HashSet::new(),
            order: VecDeque::new(),
        }
    }

    /// Whether this came already, not long before `now`.
    pub(crate) fn is_repeat(&mut self, what: &[&[u8]], now: DateTime<Utc>) -> bool {
        while let Some((at, print)) = self.order.front().copied() {
            let old = now.signed_duration_since(at).abs() >= self.within;
            if !old && self.order.len() < REMEMBERED {
                break;
            }
            self.order.pop_front();
            self.seen.remove(&print);
        }
        let mut hasher = DefaultHasher::new();
        what.hash(&mut hasher);
        let print = hasher.finish();
        if !self.seen.insert(print) {
            return true;
        }
        self.order.push_back((now, print));
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_concerns_the_source_that_it_is_about_and_no_other() {
        let sources = |hint: &Hint| ["entrata:", "nexudus:"].map(|it| hint.concerns(it));
        assert_eq!(
            sources(&Hint::Person(SubjectId::new("nexudus:coworker:1"))),
            [false, true]
        );
        assert_eq!(sources(&Hint::Lease("1".into())), [true, false]);
        assert_eq!(sources(&Hint::Team("1".into())), [false, true]);
        assert_eq!(sources(&Hint::Source("entrata:".into())), [true, false]);
        assert_eq!(sources(&Hint::Everything), [true, true]);
        assert_eq!(sources(&Hint::User(UserId("7".into()))), [false, false]);
    }

    #[test]
    fn a_repeat_is_one_for_a_while_and_news_after_it() {
        let mut repeats = Repeats::new(TimeDelta::minutes(2));
        let at = DateTime::from_timestamp(1_000_000, 0).unwrap();
        assert!(!repeats.is_repeat(&[b"a", b"b"], at));
        assert!(repeats.is_repeat(&[b"a", b"b"], at + TimeDelta::minutes(1)));
        assert!(!repeats.is_repeat(&[b"ab", b""], at));
        assert!(!repeats.is_repeat(&[b"a", b"b"], at + TimeDelta::minutes(3)));
    }

    #[test]
    fn hints_travel_as_json() {
        let hint = Hint::User(UserId("7310442".into()));
        let text = serde_json::to_string(&hint).unwrap();
        assert_eq!(text, r#"{"about":"user","id":"7310442"}"#);
        assert_eq!(serde_json::from_str::<Hint>(&text).unwrap(), hint);
    }
}
