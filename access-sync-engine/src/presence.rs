//! Who is in: entries and exits at marked doors become check-ins and check-outs at the source.
//!
//! Off unless the mapping marks doors. The loop keeps each event in the ledger before it tells the
//! source, by the event's own id, together with the place in the feed that it came from: a restart at
//! any moment neither loses an event nor tells it twice. One that is older than what is known of the
//! person, or than half a day, does not count at all.
//!
//! At Nexudus a check-in uses up a pass, and *sells* one to whoever has none where the location does
//! that. Unless `sell_passes` is set, only a person with an unused pass is checked in.
//!
//! ```
//! # let mapping = access_sync_engine::Mapping::from_toml(r#"
//! # [[location]]
//! # id = "1420000101"
//! # time_zone = "America/Los_Angeles"
//! [presence]
//! sell_passes = false          # the default
//!
//! [[presence.door]]
//! id = 612001                  # the access-control system's door
//! location = "1420000101"      # the source's location, one of the mapping's
//! direction = "in"             # or "out"
//! # "#)?;
//! # assert_eq!(mapping.presence.doors.len(), 1);
//! # Ok::<(), access_sync_engine::MappingError>(())
//! ```

#[cfg(feature = "nexudus")]
mod nexudus;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use access_sync_core::ids::SubjectId;
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Deserializer};

use crate::EngineError;
use crate::access::UserId;
use crate::events::DoorEvent;
use crate::mapping::Location;

#[cfg(feature = "nexudus")]
pub use nexudus::NexudusAttendance;

/// The mapping's `[presence]` table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct PresenceConfig {
    /// Whether a check-in may sell somebody a pass.
    pub sell_passes: bool,
    /// The marked doors.
    #[serde(rename = "door")]
    pub doors: Vec<MarkedDoor>,
}

impl PresenceConfig {
    /// The marked door with an id, where it is marked.
    #[must_use]
    pub fn door(&self, id: &str) -> Option<&MarkedDoor> {
        self.doors.iter().find(|door| door.id == id)
    }

    pub(crate) fn check(&self, locations: &[Location], faults: &mut Vec<String>) {
        let mut seen = BTreeSet::new();
        for door in &self.doors {
            let place = format!("presence: door {}", door.id);
            if door.id.parse::<u64>().is_err() {
                faults.push(format!("{place}: the id is no number"));
            }
            if !seen.insert(&door.id) {
                faults.push(format!("{place}: marked twice"));
            }
            if locations.iter().all(|it| it.id != door.location) {
                let location = &door.location;
                faults.push(format!(
                    "{place}: location {location} is none of the mapping's"
                ));
            }
        }
    }
}

/// A door that tells who comes or goes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct MarkedDoor {
    /// The access-control system's id of the door.
    #[serde(deserialize_with = "number_or_text")]
    pub id: String,
    /// The source's id of the location.
    #[serde(deserialize_with = "number_or_text")]
    pub location: String,
    /// Which way people go.
    pub direction: Direction,
}

impl MarkedDoor {
    /// A marked door.
    #[must_use]
    pub fn new(id: impl Into<String>, location: impl Into<String>, direction: Direction) -> Self {
        Self {
            id: id.into(),
            location: location.into(),
            direction,
        }
    }
}

/// Which way people go through a door.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// They come: a check-in.
    In,
    /// They go: a check-out.
    Out,
}

fn number_or_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "an id, as a number or as text")]
    enum Raw {
        Number(i64),
        Text(String),
    }
    Ok(match Raw::deserialize(deserializer)? {
        Raw::Number(number) => number.to_string(),
        Raw::Text(text) => text,
    })
}

/// A source that keeps a list of who is in.
///
/// Both calls are safe to repeat: they look before they write.
#[async_trait]
pub trait Attendance: fmt::Debug + Send + Sync {
    /// Whether the subject is one of this source's.
    fn knows(&self, subject: &SubjectId) -> bool;

    /// Checks somebody in. `may_sell` says whether that may cost more than a pass that they have.
    ///
    /// # Errors
    /// What the source answered.
    async fn check_in(
        &self,
        subject: &SubjectId,
        location: &str,
        at: DateTime<Utc>,
        may_sell: bool,
    ) -> Result<Told, EngineError>;

    /// Checks somebody out.
    ///
    /// # Errors
    /// What the source answered.
    async fn check_out(
        &self,
        subject: &SubjectId,
        location: &str,
        at: DateTime<Utc>,
    ) -> Result<Told, EngineError>;
}

/// What came of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Told {
    /// Checked in.
    CheckedIn,
    /// Was in already.
    AlreadyIn,
    /// Checked out.
    CheckedOut,
    /// Was not in.
    NotIn,
    /// Not checked in: no unused pass, and none may be sold.
    NoPass,
    /// The door is not marked.
    NotMarked,
    /// Nobody of the source's.
    NotOurs,
    /// Too old, or older than what is known of the person.
    TooOld,
}

impl Told {
    /// The word that the ledger keeps.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CheckedIn => "checked_in",
            Self::AlreadyIn => "already_in",
            Self::CheckedOut => "checked_out",
            Self::NotIn => "not_in",
            Self::NoPass => "no_pass",
            Self::NotMarked => "not_marked",
            Self::NotOurs => "not_ours",
            Self::TooOld => "too_old",
        }
    }
}

/// Events older than this say nothing about who is in.
pub(crate) const OLD: TimeDelta = TimeDelta::hours(12);

/// Tells a source who comes and goes. Give it to the [loop](crate::run::LoopBuilder::presence), which
/// keeps events in the ledger and tells each once.
#[derive(Clone, Debug)]
pub struct Presence {
    config: Arc<PresenceConfig>,
    attendance: Arc<dyn Attendance>,
    latest: Arc<Mutex<BTreeMap<UserId, DateTime<Utc>>>>,
}

impl Presence {
    /// Tells `attendance` what happens at the doors that `config` marks.
    #[must_use]
    pub fn new(config: PresenceConfig, attendance: impl Attendance + 'static) -> Self {
        Self {
            config: Arc::new(config),
            attendance: Arc::new(attendance),
            latest: Arc::default(),
        }
    }

    /// Whether an event is at a marked door.
    #[must_use]
    pub fn concerns(&self, event: &DoorEvent) -> bool {
        self.config.door(&event.door).is_some()
    }

    /// Remembers what the source was told before; an older event of the same user is too old then.
    pub(crate) fn remember(&self, event: &DoorEvent) {
        let mut latest = self.latest();
        let kept = latest.entry(event.user.clone()).or_insert(event.at);
        *kept = event.at.max(*kept);
    }

    /// Tells one event. `subject` is whose user went through the door, where it is one of ours. That
    /// it is told once is the caller's to see to; a second time changes nothing at the source as long
    /// as nothing else was told between.
    ///
    /// # Errors
    /// What the source answered. The event may be told again then.
    pub async fn tell(
        &self,
        event: &DoorEvent,
        subject: Option<&SubjectId>,
        now: DateTime<Utc>,
    ) -> Result<Told, EngineError> {
        let Some(door) = self.config.door(&event.door) else {
            return Ok(Told::NotMarked);
        };
        let Some(subject) = subject.filter(|subject| self.attendance.knows(subject)) else {
            return Ok(Told::NotOurs);
        };
        let overtaken = self
            .latest()
            .get(&event.user)
            .is_some_and(|at| event.at < *at);
        if overtaken || now.signed_duration_since(event.at) > OLD {
            return Ok(Told::TooOld);
        }
        let location = door.location.as_str();
        let told = match door.direction {
            Direction::In => {
                let may_sell = self.config.sell_passes;
                self.attendance
                    .check_in(subject, location, event.at, may_sell)
                    .await?
            }
            Direction::Out => {
                self.attendance
                    .check_out(subject, location, event.at)
                    .await?
            }
        };
        self.remember(event);
        Ok(told)
    }

    /// Whether an event that failed so is worth another try: whatever the source does not call wrong
    /// for good. An event that waits too long is [too old](Told::TooOld) in the end.
    #[must_use]
    pub fn may_try_again(&self, error: &EngineError) -> bool {
        use access_sync_http::ErrorKind::{Config, Conflict, Invalid, NotFound, Unroutable};
        match error {
            EngineError::Api(error) => !matches!(
                error.kind(),
                Config | Conflict | Invalid | NotFound | Unroutable
            ),
            EngineError::Unexpected { .. } => true,
            _ => false,
        }
    }

    fn latest(&self) -> MutexGuard<'_, BTreeMap<UserId, DateTime<Utc>>> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;

    /// Writes down what it is told.
    #[derive(Clone, Debug, Default)]
    struct Paper(Arc<Mutex<Vec<String>>>);

    #[async_trait]
    impl Attendance for Paper {
        fn knows(&self, subject: &SubjectId) -> bool {
            subject.as_str().starts_with("nexudus:")
        }
        async fn check_in(
            &self,
            subject: &SubjectId,
            location: &str,
            _: DateTime<Utc>,
            may_sell: bool,
        ) -> Result<Told, EngineError> {
            let line = format!("in {subject} {location} {may_sell}");
            self.0.lock().unwrap().push(line);
            Ok(Told::CheckedIn)
        }
        async fn check_out(
            &self,
            subject: &SubjectId,
            _: &str,
            _: DateTime<Utc>,
        ) -> Result<Told, EngineError> {
            self.0.lock().unwrap().push(format!("out {subject}"));
            Ok(Told::CheckedOut)
        }
    }

    fn presence() -> (Presence, Paper) {
        let paper = Paper::default();
        let config: PresenceConfig = toml::from_str(
            "[[door]]\nid = 1\nlocation = \"7\"\ndirection = \"in\"\n\
             [[door]]\nid = \"2\"\nlocation = 7\ndirection = \"out\"",
        )
        .unwrap();
        (Presence::new(config, paper.clone()), paper)
    }

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minute)
    }

    fn told(presence: &Presence, key: &str, door: &str, minute: i64, who: Option<&str>) -> Told {
        let event = DoorEvent::new(key, UserId("5".into()), door, at(minute));
        let subject = who.map(SubjectId::new);
        let telling = presence.tell(&event, subject.as_ref(), at(60));
        telling.now_or_never().unwrap().unwrap()
    }

    const ANN: Option<&str> = Some("nexudus:coworker:1");

    #[test]
    fn an_event_that_was_overtaken_or_is_old_does_not_count() {
        let (presence, paper) = presence();
        assert_eq!(told(&presence, "a", "1", 10, ANN), Told::CheckedIn);
        assert_eq!(told(&presence, "c", "2", 30, ANN), Told::CheckedOut);
        // A panel that was offline reports late.
        assert_eq!(told(&presence, "b", "1", 20, ANN), Told::TooOld);
        assert_eq!(told(&presence, "z", "1", -900, ANN), Told::TooOld);
        assert_eq!(
            *paper.0.lock().unwrap(),
            ["in nexudus:coworker:1 7 false", "out nexudus:coworker:1"]
        );
    }

    #[test]
    fn other_doors_and_other_people_say_nothing() {
        let (presence, paper) = presence();
        assert_eq!(told(&presence, "a", "3", 10, ANN), Told::NotMarked);
        assert_eq!(told(&presence, "b", "1", 10, None), Told::NotOurs);
        let resident = Some("entrata:customer:1");
        assert_eq!(told(&presence, "c", "1", 10, resident), Told::NotOurs);
        assert!(paper.0.lock().unwrap().is_empty());
    }
}
