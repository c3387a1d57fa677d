//! What is to be done for one person, call by call.

use access_sync_core::changes::Urgency;
use access_sync_core::ids::{SubjectId, TargetId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::access::CredentialId;

/// Everything that is to be done for one person, in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PersonSteps {
    /// Whose.
    pub subject: SubjectId,
    /// Whether it only takes away; such people come first, and their calls are never put off.
    pub takes: bool,
    /// When it should have happened, where a window tells.
    pub due: Option<DateTime<Utc>>,
    /// The calls.
    pub steps: Vec<Step>,
}

impl PersonSteps {
    pub(crate) fn new(subject: SubjectId, urgency: Urgency, due: Option<DateTime<Utc>>) -> Self {
        Self {
            subject,
            takes: urgency != Urgency::Grant,
            due,
            steps: Vec::new(),
        }
    }

    /// Calls that it takes if each succeeds at once.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.steps.iter().map(Step::calls).sum()
    }

    /// Calls that come on top where an answer is lost: whether a user was made all the same, and the
    /// end of a guest who could not be given our id.
    pub(crate) fn looks(&self) -> u64 {
        let made = |step: &&Step| matches!(step, Step::Create { .. } | Step::CreateGuest { .. });
        u64::try_from(self.steps.iter().filter(made).count()).unwrap_or(u64::MAX)
    }
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Step {
    /// Make the user; its PIN works within the dates.
    Create {
        /// From here on.
        from: Option<DateTime<Utc>>,
        /// Until here; none is for ever.
        until: Option<DateTime<Utc>>,
    },
    /// Let a visitor in as a guest.
    CreateGuest {
        /// The groups that let them in.
        groups: Vec<TargetId>,
        /// From here on.
        from: DateTime<Utc>,
        /// Until here.
        until: DateTime<Utc>,
    },
    /// Lift the suspension.
    Reinstate,
    /// Change the name, the e-mail address or both.
    Update {
        /// The name changes.
        name: bool,
        /// The e-mail address changes.
        email: bool,
    },
    /// Set the dates of the PIN.
    PinDates {
        /// From here on.
        from: DateTime<Utc>,
        /// Until here; none is for ever.
        until: Option<DateTime<Utc>>,
    },
    /// Change the groups, all at once.
    Groups {
        /// Groups to be put into.
        add: Vec<TargetId>,
        /// Groups to be taken out of.
        remove: Vec<TargetId>,
    },
    /// Invite to a mobile pass, and bound the pass by the dates where it is known.
    Invite {
        /// From here on.
        from: Option<DateTime<Utc>>,
        /// Until here; none is for ever.
        until: Option<DateTime<Utc>>,
    },
    /// Set the dates of a credential.
    CredentialDates {
        /// Which.
        credential: CredentialId,
        /// From here on.
        from: DateTime<Utc>,
        /// Until here; none is for ever.
        until: Option<DateTime<Utc>>,
    },
    /// Take the pending invitation back.
    CancelInvitation,
    /// Take a credential away.
    Unassign {
        /// Which.
        credential: CredentialId,
    },
    /// Suspend.
    Suspend,
    /// Revoke all credentials of a suspended user.
    Revoke,
    /// Delete the user.
    Delete,
    /// Remove the guest.
    DeleteGuest,
}

impl Step {
    /// Calls that it takes at most, if each succeeds at once.
    #[must_use]
    pub fn calls(&self) -> u64 {
        match self {
            // An end is taken away by reading and writing the whole; a list of addresses is read
            // before it is written; a guest gets its external id by a second call; credentials are
            // revoked once the suspension was seen.
            Self::PinDates { until: None, .. }
            | Self::Update { email: true, .. }
            | Self::CreateGuest { .. }
            | Self::Revoke => 2,
            // An invitation that is pending already is looked up.
            Self::Invite { .. } => 3,
            _ => 1,
        }
    }
}
