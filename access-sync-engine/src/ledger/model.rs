//! What a ledger keeps.

use std::collections::{BTreeMap, BTreeSet};

use access_sync_core::ids::{RecordId, SubjectId, TargetId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Update;
use crate::access::{CredentialId, UserId};
use crate::events::DoorEvent;

/// What is ours in the access-control system.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Made {
    /// Users, by subject.
    pub users: BTreeMap<SubjectId, MadeUser>,
    /// Memberships.
    pub memberships: BTreeSet<(UserId, TargetId)>,
    /// Credentials, passes and invitations among them, by their id.
    pub credentials: BTreeMap<CredentialId, MadeCredential>,
}

impl Made {
    /// Whether nothing at all is ours.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.users.is_empty() && self.memberships.is_empty() && self.credentials.is_empty()
    }

    /// The groups that we put a user into.
    pub fn groups_of<'a>(&'a self, user: &'a UserId) -> impl Iterator<Item = &'a TargetId> {
        let first = (user.clone(), TargetId::new(""));
        self.memberships
            .range(first..)
            .take_while(move |(id, _)| id == user)
            .map(|(_, target)| target)
    }

    pub(crate) fn apply(&mut self, update: &Update) {
        match update {
            Update::User(user) => {
                self.users.insert(user.subject.clone(), user.clone());
            }
            Update::UserGone(subject) => {
                if let Some(user) = self.users.remove(subject) {
                    self.memberships.retain(|(id, _)| *id != user.user);
                    self.credentials.retain(|_, it| it.user != user.user);
                }
            }
            Update::Membership { user, target, .. } => {
                self.memberships.insert((user.clone(), target.clone()));
            }
            Update::MembershipGone { user, target } => {
                self.memberships.remove(&(user.clone(), target.clone()));
            }
            Update::Credential(credential) => {
                self.credentials
                    .insert(credential.id.clone(), credential.clone());
            }
            Update::CredentialGone(id) => {
                self.credentials.remove(id);
            }
            _ => {}
        }
    }
}

/// How something became ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// We made it.
    Made,
    /// It was there, and somebody said that it is ours from now on.
    Adopted,
}

/// A user of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MadeUser {
    /// Whose.
    pub subject: SubjectId,
    /// The system's id.
    pub user: UserId,
    /// Made or adopted.
    pub how: How,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Whether it is a guest, who has an end of its own and is removed as a guest.
    #[serde(default)]
    pub guest: bool,
    /// Fingerprint of the name that we gave last; none where somebody else gave it.
    #[serde(default)]
    pub name: Option<String>,
    /// Fingerprint of the e-mail address that we gave last.
    #[serde(default)]
    pub email: Option<String>,
    /// Whether it is suspended, as far as we know.
    #[serde(default)]
    pub suspended: bool,
    /// Whether its credentials are to be revoked, and are not yet.
    #[serde(default)]
    pub owes_revocation: bool,
    /// From when the PIN works, where we have set it.
    #[serde(default)]
    pub from: Option<DateTime<Utc>>,
    /// Until when the PIN works, where we have set it.
    #[serde(default)]
    pub until: Option<DateTime<Utc>>,
}

impl MadeUser {
    /// A user without fingerprints and dates.
    #[must_use]
    pub fn new(subject: SubjectId, user: UserId, how: How, since: DateTime<Utc>) -> Self {
        Self {
            subject,
            user,
            how,
            since,
            guest: false,
            name: None,
            email: None,
            suspended: false,
            owes_revocation: false,
            from: None,
            until: None,
        }
    }
}

/// A credential of ours: a mobile pass that we invited somebody to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MadeCredential {
    /// The system's id.
    pub id: CredentialId,
    /// Whose.
    pub subject: SubjectId,
    /// The user who holds it.
    pub user: UserId,
    /// Since when.
    pub since: DateTime<Utc>,
    /// From when it works, where we have set it.
    #[serde(default)]
    pub from: Option<DateTime<Utc>>,
    /// Until when it works, where we have set it.
    #[serde(default)]
    pub until: Option<DateTime<Utc>>,
}

impl MadeCredential {
    /// A credential without dates.
    #[must_use]
    pub fn new(id: CredentialId, subject: SubjectId, user: UserId, since: DateTime<Utc>) -> Self {
        Self {
            id,
            subject,
            user,
            since,
            from: None,
            until: None,
        }
    }
}

/// A hold's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HoldId(pub u64);

/// Somebody's word that access ends, or that nothing is to change, whatever the sources say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Hold {
    /// Its number; the ledger gives it, `HoldId(0)` asks for one.
    pub id: HoldId,
    /// What it does.
    pub kind: HoldKind,
    /// Whom it is about.
    pub scope: HoldScope,
    /// From when.
    pub since: DateTime<Utc>,
    /// Until when; none is until it is lifted.
    pub until: Option<DateTime<Utc>>,
    /// Why, in the words of whoever said it. Kept as it is: no personal data, please.
    pub why: String,
}

impl Hold {
    /// A hold without an end.
    #[must_use]
    pub fn new(
        kind: HoldKind,
        scope: HoldScope,
        since: DateTime<Utc>,
        why: impl Into<String>,
    ) -> Self {
        Self {
            id: HoldId(0),
            kind,
            scope,
            since,
            until: None,
            why: why.into(),
        }
    }

    /// Ends it at an instant.
    #[must_use]
    pub fn until(mut self, until: DateTime<Utc>) -> Self {
        self.until = Some(until);
        self
    }

    /// Whether it is in force at an instant.
    #[must_use]
    pub fn is_active(&self, at: DateTime<Utc>) -> bool {
        self.since <= at && self.until.is_none_or(|until| at < until)
    }
}

/// What a hold does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum HoldKind {
    /// Takes access away, and beats every source: an eviction, a lost pass.
    Hold,
    /// Leaves everything as it is: nothing is granted and nothing is taken away.
    Pause,
}

/// Whom a hold is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "scope", content = "id", rename_all = "snake_case")]
#[non_exhaustive]
pub enum HoldScope {
    /// One person, at every door.
    Person(SubjectId),
    /// A unit, room or desk: `entrata:unit:700101`, `nexudus:resource:1414925101`.
    Unit(String),
    /// A property or location: `entrata:property:100234`, `nexudus:location:1420000101`.
    Property(String),
    /// Everybody.
    Account,
}

impl std::fmt::Display for HoldScope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Person(subject) => write!(f, "{subject}"),
            Self::Unit(id) | Self::Property(id) => f.write_str(id),
            Self::Account => f.write_str("the whole account"),
        }
    }
}

/// A record that a source has given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Seen {
    /// The record's id.
    pub id: RecordId,
    /// What it is a part of at its source: `entrata:lease:410001`.
    pub origin: String,
    /// Where: `entrata:property:100234`.
    pub property: String,
    /// The record as a line of a timeline document.
    pub record: String,
    /// Whose.
    pub subject: SubjectId,
    /// What became of it.
    pub state: SeenState,
    /// Since when it is in that state.
    pub since: DateTime<Utc>,
}

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SeenState {
    /// The source gave it the last time.
    Present,
    /// The source has stopped giving it, and has not said that it ended.
    Absent,
    /// The source said that it ended.
    Ended,
}

/// Calls to one vendor within one hour.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct CallCount {
    /// The hour's beginning.
    pub hour: DateTime<Utc>,
    /// The vendor's name: `brivo`.
    pub vendor: String,
    /// The operation's name: `users.list`.
    pub operation: String,
    /// How many, failed ones too.
    pub calls: u64,
}

impl CallCount {
    /// A count.
    #[must_use]
    pub fn new(
        hour: DateTime<Utc>,
        vendor: impl Into<String>,
        operation: impl Into<String>,
        calls: u64,
    ) -> Self {
        Self {
            hour,
            vendor: vendor.into(),
            operation: operation.into(),
            calls,
        }
    }
}

/// One run, as far as the next one needs to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Run {
    /// The instant that it was made for.
    pub at: DateTime<Utc>,
    /// When it ended.
    pub ended: DateTime<Utc>,
    /// The digest of what was to be done.
    pub digest: String,
    /// How it ended.
    pub result: RunResult,
    /// People whose change was carried out.
    pub done: u64,
    /// People whose change failed.
    pub failed: u64,
    /// People whose removals were held back.
    pub withheld: u64,
    /// People who are in no source any more and keep their access.
    pub unverified: u64,
    /// Findings and notes.
    pub findings: u64,
    /// The next instant at which somebody's access changes.
    pub next_transition: Option<DateTime<Utc>>,
}

impl Run {
    /// A run that did nothing.
    #[must_use]
    pub fn new(at: DateTime<Utc>, digest: impl Into<String>) -> Self {
        Self {
            at,
            ended: at,
            digest: digest.into(),
            result: RunResult::Applied,
            done: 0,
            failed: 0,
            withheld: 0,
            unverified: 0,
            findings: 0,
            next_transition: None,
        }
    }
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", content = "why", rename_all = "snake_case")]
#[non_exhaustive]
pub enum RunResult {
    /// Carried out, single people's failures aside.
    Applied,
    /// Stopped by an error, in one line.
    Stopped(String),
}

/// Somebody whose last change failed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PersonError {
    /// Whose.
    pub subject: SubjectId,
    /// When it failed first.
    pub since: DateTime<Utc>,
    /// When it failed last.
    pub last: DateTime<Utc>,
    /// How often in a row.
    pub times: u64,
    /// The last error's one line.
    pub error: String,
}

impl PersonError {
    /// A first error.
    #[must_use]
    pub fn new(subject: SubjectId, at: DateTime<Utc>, error: impl Into<String>) -> Self {
        Self {
            subject,
            since: at,
            last: at,
            times: 1,
            error: error.into(),
        }
    }
}

/// Somebody who went through a marked door, and whether the source was told.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeptDoor {
    /// What happened.
    pub event: DoorEvent,
    /// What came of it, in a word; none while it waits.
    pub told: Option<String>,
    /// When that was kept.
    pub told_at: Option<DateTime<Utc>>,
}
