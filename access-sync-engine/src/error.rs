//! What can stop a run.

use crate::journal::JournalError;
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
    /// The journal cannot be written, so nothing is sent.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The plan was made for another state of things.
    #[error("the plan is out of date: {0}; make a new one")]
    Stale(String),
}

impl EngineError {
    /// May the other side have carried the call out, although it failed for us?
    #[must_use]
    pub fn may_have_happened(&self) -> bool {
        match self {
            Self::Api(error) => error.was_sent(),
            Self::Unexpected { .. } => true,
            _ => false,
        }
    }
}
