//! Timeline documents: the planner's input and output as data.
//!
//! Nothing here knows JSON: any `serde` deserializer of a self-describing format can be read, any
//! serializer written to.
//!
//! ```
//! use access_sync_core::document::Document;
//!
//! let text = r#"{
//!     "time_zone": "Europe/London",
//!     "now_utc": "2025-01-15T09:45:00Z",
//!     "records": [{"kind": "booking", "id": "b1", "customer": "c1", "status": "confirmed",
//!                  "target": "room:A", "from_utc": "2025-01-15T10:00:00Z", "to_utc": "2025-01-15T11:00:00Z"}]
//! }"#;
//! let document = Document::read(&mut serde_json::Deserializer::from_str(text))?;
//! let output = serde_json::to_value(document.output())?;
//! assert_eq!(output["state_at_now"][0]["active"], true);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod path;
mod read;
mod value;
mod write;

pub use write::{Output, OutputAction, OutputUserAction};

use crate::changes::{Membership, UserState};
use crate::timeline::Timeline;
use alloc::string::String;
use alloc::vec::Vec;
use chrono::{DateTime, Utc};
use core::fmt;

/// A timeline document as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Document {
    /// Time zone, policy and records.
    pub timeline: Timeline,
    /// `now_utc`.
    pub now: Option<DateTime<Utc>>,
    /// `actual`.
    pub actual: Option<Vec<Membership>>,
    /// `users`.
    pub users: Option<Vec<UserState>>,
}

/// A document that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub struct DocumentError {
    /// Where, `records[3].move_in` for instance; empty at the root.
    pub path: String,
    /// What is wrong there. It may quote up to 40 bytes of a word that was not understood.
    pub message: String,
}

impl fmt::Display for DocumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.as_str() {
            "" => f.write_str(&self.message),
            path => write!(f, "{path}: {}", self.message),
        }
    }
}
