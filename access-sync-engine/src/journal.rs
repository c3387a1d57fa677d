//! What was about to be done, and what came of it.
//!
//! Every call that changes something is kept as an [`Intent`] before it goes out and gets an
//! [`Outcome`] after. An intent without an outcome is a call that may or may not have been carried
//! out: the engine settles it by reading before it writes anything else. Entries hold ids and dates,
//! never names or addresses.

use access_sync_core::ids::{SubjectId, TargetId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::access::{CredentialId, UserId};

/// An entry's number, in the order of intents.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct EntryId(pub u64);

impl std::fmt::Display for EntryId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// A call that is about to go out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Intent {
    /// When.
    pub at: DateTime<Utc>,
    /// The run that it belongs to; the digest of what was to be done.
    pub digest: String,
    /// What is about to be done.
    pub write: Write,
}

impl Intent {
    /// An intent.
    #[must_use]
    pub fn new(at: DateTime<Utc>, digest: impl Into<String>, write: Write) -> Self {
        Self {
            at,
            digest: digest.into(),
            write,
        }
    }
}

/// One entry of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// Its number.
    pub id: EntryId,
    /// What was about to be done.
    pub intent: Intent,
    /// What came of it, once that is known.
    pub outcome: Option<Outcome>,
    /// When the outcome was kept.
    pub ended: Option<DateTime<Utc>>,
}

impl Entry {
    /// An entry.
    #[must_use]
    pub fn new(
        id: EntryId,
        intent: Intent,
        outcome: Option<Outcome>,
        ended: Option<DateTime<Utc>>,
    ) -> Self {
        Self {
            id,
            intent,
            outcome,
            ended,
        }
    }
}

/// One call that changes something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "write", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Write {
    /// Make the subject's user.
    CreateUser {
        /// Whose.
        subject: SubjectId,
    },
    /// Change the user's name or e-mail address.
    UpdateUser {
        /// Whose.
        subject: SubjectId,
        /// Which user.
        user: UserId,
    },
    /// Change the user's groups.
    ChangeGroups {
        /// Whose.
        subject: SubjectId,
        /// Which user.
        user: UserId,
        /// Groups to be put into.
        add: Vec<TargetId>,
        /// Groups to be taken out of.
        remove: Vec<TargetId>,
    },
    /// Suspend or reinstate the user.
    SetSuspended {
        /// Whose.
        subject: SubjectId,
        /// Which user.
        user: UserId,
        /// Suspended or not.
        suspended: bool,
    },
    /// Take the user's credentials away.
    RevokeCredentials {
        /// Whose.
        subject: SubjectId,
        /// Which user.
        user: UserId,
    },
    /// Delete the user.
    DeleteUser {
        /// Whose.
        subject: SubjectId,
        /// Which user.
        user: UserId,
    },
    /// Set from when until when the user's PIN works.
    SetPinDates {
        /// Whose.
        subject: SubjectId,
        /// Which user.
        user: UserId,
        /// From here on.
        from: DateTime<Utc>,
        /// Until here; none is for ever.
        until: Option<DateTime<Utc>>,
    },
    /// Set from when until when a credential works.
    SetCredentialDates {
        /// Whose.
        subject: SubjectId,
        /// Which user.
        user: UserId,
        /// Which credential.
        credential: CredentialId,
        /// From here on.
        from: DateTime<Utc>,
        /// Until here; none is for ever.
        until: Option<DateTime<Utc>>,
    },
    /// Take a credential from the user.
    UnassignCredential {
        /// Whose.
        subject: SubjectId,
        /// Which user.
        user: UserId,
        /// Which credential.
        credential: CredentialId,
    },
    /// Invite the user to a mobile pass.
    Invite {
        /// Whose.
        subject: SubjectId,
        /// Which user.
        user: UserId,
    },
    /// Take the invitation to a mobile pass back.
    CancelInvitation {
        /// Whose.
        subject: SubjectId,
        /// Which user.
        user: UserId,
    },
    /// Let a visitor in as a guest.
    CreateGuest {
        /// Who.
        subject: SubjectId,
        /// The groups that let them in.
        groups: Vec<TargetId>,
        /// From here on.
        from: DateTime<Utc>,
        /// Until here.
        until: DateTime<Utc>,
    },
    /// Remove a guest.
    DeleteGuest {
        /// Who.
        subject: SubjectId,
        /// Which user.
        user: UserId,
    },
}

impl Write {
    /// Whom it is about.
    #[must_use]
    pub fn subject(&self) -> &SubjectId {
        match self {
            Self::CreateUser { subject }
            | Self::UpdateUser { subject, .. }
            | Self::ChangeGroups { subject, .. }
            | Self::SetSuspended { subject, .. }
            | Self::RevokeCredentials { subject, .. }
            | Self::DeleteUser { subject, .. }
            | Self::SetPinDates { subject, .. }
            | Self::SetCredentialDates { subject, .. }
            | Self::UnassignCredential { subject, .. }
            | Self::Invite { subject, .. }
            | Self::CancelInvitation { subject, .. }
            | Self::CreateGuest { subject, .. }
            | Self::DeleteGuest { subject, .. } => subject,
        }
    }

    /// The user that it changes; none where it makes one.
    #[must_use]
    pub fn user(&self) -> Option<&UserId> {
        match self {
            Self::CreateUser { .. } | Self::CreateGuest { .. } => None,
            Self::UpdateUser { user, .. }
            | Self::ChangeGroups { user, .. }
            | Self::SetSuspended { user, .. }
            | Self::RevokeCredentials { user, .. }
            | Self::DeleteUser { user, .. }
            | Self::SetPinDates { user, .. }
            | Self::SetCredentialDates { user, .. }
            | Self::UnassignCredential { user, .. }
            | Self::Invite { user, .. }
            | Self::CancelInvitation { user, .. }
            | Self::DeleteGuest { user, .. } => Some(user),
        }
    }

    /// Its kind in one word: `create_user`, `change_groups` and so on.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::CreateUser { .. } => "create_user",
            Self::UpdateUser { .. } => "update_user",
            Self::ChangeGroups { .. } => "change_groups",
            Self::SetSuspended { .. } => "set_suspended",
            Self::RevokeCredentials { .. } => "revoke_credentials",
            Self::DeleteUser { .. } => "delete_user",
            Self::SetPinDates { .. } => "set_pin_dates",
            Self::SetCredentialDates { .. } => "set_credential_dates",
            Self::UnassignCredential { .. } => "unassign_credential",
            Self::Invite { .. } => "invite",
            Self::CancelInvitation { .. } => "cancel_invitation",
            Self::CreateGuest { .. } => "create_guest",
            Self::DeleteGuest { .. } => "delete_guest",
        }
    }
}

/// What came of a write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", content = "why", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// Carried out, and the answer shows it.
    Done,
    /// Not carried out, or not known; the error's one line.
    Failed(String),
    /// The process ended before the answer; a later reading shows that it was carried out.
    FoundDone,
    /// The process ended before the answer; a later reading shows that it was not carried out.
    FoundUndone,
}
