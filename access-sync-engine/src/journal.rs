//! What was about to be done, and what came of it.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use access_sync_core::ids::{SubjectId, TargetId};

use crate::access::UserId;

/// Keeps every write: the intent before the call goes out, the outcome after.
///
/// An intent without an outcome is a call that may or may not have been carried out; the next
/// observation tells which. Entries hold ids, never names.
pub trait Journal: fmt::Debug + Send + Sync {
    /// A call is about to go out. Must not return before the entry is kept.
    ///
    /// # Errors
    /// Where the entry cannot be kept; the call is not made then.
    fn intent(&self, digest: &str, write: &Write) -> Result<EntryId, JournalError>;

    /// What came of it.
    ///
    /// # Errors
    /// Where the entry cannot be kept.
    fn outcome(&self, entry: EntryId, outcome: &Outcome) -> Result<(), JournalError>;
}

/// An entry's number, in the order of intents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EntryId(pub u64);

/// The journal cannot keep an entry.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the journal cannot be written: {0}")]
pub struct JournalError(pub String);

/// One call that changes something.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Write {
    /// Make the subject's user.
    CreateUser {
        /// Whose.
        subject: SubjectId,
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
}

/// What came of a write.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// Carried out, and the answer shows it.
    Done,
    /// Not carried out, or not known; the error's one line.
    Failed(String),
}

/// A journal in memory, for tests and for programs that keep their own.
#[derive(Debug, Default)]
pub struct MemoryJournal(Mutex<Vec<(Write, Option<Outcome>)>>);

impl MemoryJournal {
    /// All entries, in the order of their intents.
    #[must_use]
    pub fn entries(&self) -> Vec<(Write, Option<Outcome>)> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Journal for MemoryJournal {
    fn intent(&self, _: &str, write: &Write) -> Result<EntryId, JournalError> {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.push((write.clone(), None));
        Ok(EntryId(entries.len() as u64 - 1))
    }

    fn outcome(&self, entry: EntryId, outcome: &Outcome) -> Result<(), JournalError> {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let index = usize::try_from(entry.0).unwrap_or(usize::MAX);
        match entries.get_mut(index) {
            Some((_, slot)) => {
                *slot = Some(outcome.clone());
                Ok(())
            }
            None => Err(JournalError(format!("there is no entry {}", entry.0))),
        }
    }
}
