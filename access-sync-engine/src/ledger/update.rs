//! What a ledger is told to keep.

use access_sync_core::ids::{RecordId, SubjectId, TargetId};
use chrono::{DateTime, Utc};

use super::{
    CallCount, Hold, HoldId, How, MadeCredential, MadeUser, PersonError, Rollback, RollbackId, Run,
    Seen,
};
use crate::access::{CredentialId, UserId};
use crate::events::DoorEvent;

/// One thing to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Update {
    /// A user is ours, or changed.
    User(MadeUser),
    /// A user of ours is gone, with its memberships and credentials.
    UserGone(SubjectId),
    /// A membership is ours.
    Membership {
        /// Which user.
        user: UserId,
        /// Which group.
        target: TargetId,
        /// Made or adopted.
        how: How,
        /// Since when.
        since: DateTime<Utc>,
    },
    /// A membership is no longer there, or no longer ours.
    MembershipGone {
        /// Which user.
        user: UserId,
        /// Which group.
        target: TargetId,
    },
    /// A credential is ours, or changed.
    Credential(MadeCredential),
    /// A credential of ours is gone.
    CredentialGone(CredentialId),
    /// A new hold; its number is the ledger's to give unless it has one.
    Hold(Hold),
    /// A hold is lifted.
    Unhold(HoldId),
    /// A record was seen, or missed.
    Seen(Seen),
    /// A record matters no more.
    Forget(RecordId),
    /// Calls to be added to those of the hour.
    Calls(CallCount),
    /// Calls before an instant matter no more.
    ForgetCallsBefore(DateTime<Utc>),
    /// A run ended.
    Run(Run),
    /// Somebody's change failed; counted on where it failed before.
    PersonError(PersonError),
    /// Somebody's change went well.
    PersonOk(SubjectId),
    /// A group's members were read.
    Audited {
        /// Which.
        target: TargetId,
        /// When.
        at: DateTime<Utc>,
    },
    /// A value under a key; none takes it away.
    State {
        /// The key.
        key: String,
        /// The value.
        value: Option<String>,
    },
    /// Somebody went through a marked door; kept once for each key.
    Door(DoorEvent),
    /// What came of it.
    DoorTold {
        /// The event's key.
        key: String,
        /// In a word.
        told: String,
        /// When.
        at: DateTime<Utc>,
    },
    /// Door events before an instant matter no more.
    ForgetDoorsBefore(DateTime<Utc>),
    /// What would take a run back; its number is the ledger's to give unless it has one.
    Rollback(Rollback),
    /// A run was taken back.
    RolledBack {
        /// Which.
        id: RollbackId,
        /// When.
        at: DateTime<Utc>,
    },
    /// Rollbacks of runs before an instant matter no more.
    ForgetRollbacksBefore(DateTime<Utc>),
    /// Claims before an instant matter no more.
    ForgetClaimsBefore(DateTime<Utc>),
    /// Entries of the journal that ended before an instant matter no more.
    ForgetJournalBefore(DateTime<Utc>),
}
