//! What can stop a run.

use chrono::{DateTime, Utc};

use access_sync_core::ids::SubjectId;

use crate::access::UserId;
use crate::ledger::LedgerError;
use crate::mapping::MappingError;

/// What can stop a run, or one person's change.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// A system answered with an error, or not at all.
    #[error("{0}")]
    Api(#[from] access_sync_http::Error),
    /// A system's answer does not show what it should.
    #[error("{system}: {what}")]
    Unexpected {
        /// Which system.
        system: String,
        /// What was expected and what came.
        what: String,
    },
    /// The mapping cannot be used.
    #[error(transparent)]
    Mapping(#[from] MappingError),
    /// The ledger cannot be read or written, so nothing is sent.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Another engine is at work on the same account.
    #[error("another engine{} is at work on this account until {until}; try again then", .worker.as_deref().map(|it| format!(" ({it})")).unwrap_or_default())]
    Busy {
        /// Until when, unless it goes on.
        until: DateTime<Utc>,
        /// Which, where it named itself.
        worker: Option<String>,
    },
    /// A user with our external id is there that the ledger does not know.
    #[error("{subject} has a user {user} that this ledger does not know; adopt it, if it is ours")]
    NotOurs {
        /// Whose.
        subject: SubjectId,
        /// The user.
        user: UserId,
    },
    /// There is nothing to take back.
    #[error("{0}; nothing was changed")]
    NoRollback(String),
    /// The plan was made for another state of things.
    #[error("the plan is out of date: {0}; make a new one")]
    Stale(String),
}

impl EngineError {
    /// May the other side have carried the call out, although it failed for us? Not where it was
    /// never sent, nor where the answer says that it was refused.
    #[must_use]
    pub fn may_have_happened(&self) -> bool {
        match self {
            Self::Api(error) => {
                let refused = error
                    .status()
                    .is_some_and(|status| status.is_client_error());
                error.was_sent() && !refused
            }
            Self::Unexpected { .. } => true,
            _ => false,
        }
    }
}
