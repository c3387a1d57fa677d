//! Lease, booking and contract timelines in; explainable access-window plans out.
//!
//! A [`Timeline`] holds records (what a property system or a coworking system says) and a
//! [`Policy`](policy::Policy). [`plan()`] turns it into a [`Plan`]: windows (who may open what, and
//! when), with findings about whatever a person should look at. [`changes()`] compares a plan with
//! what the access-control system has and says what to do, person by person, most urgent first,
//! behind a guard that stops accidents.
//!
//! The crate is pure: no I/O, no clock, no randomness, no floats, no global state. `now` and time
//! zones are parameters, the same facts give the same bytes in any order, and no input panics.
//!
//! ```
//! use access_sync_core::changes::{Actual, ChangeOptions, Membership, changes};
//! use access_sync_core::record::{Booking, Lease, LeaseStatus, Span};
//! use access_sync_core::{Timeline, plan};
//! use chrono::{DateTime, Utc};
//!
//! # fn main() -> Result<(), chrono::ParseError> {
//! let at = |text: &str| text.parse::<DateTime<Utc>>();
//! let timeline = Timeline::new(chrono_tz::America::New_York)
//!     .record(
//!         Lease::new("l1", "ann", "door:lobby", LeaseStatus::Current)
//!             .move_in("2025-01-15")
//!             .move_out("2025-07-14"),
//!     )
//!     .record(Booking::new("b1", "bob", "room:A", "confirmed", Span::Utc {
//!         from: at("2025-03-01T10:00:00Z")?,
//!         to: at("2025-03-01T11:00:00Z")?,
//!     }));
//!
//! let plan = plan(&timeline);
//! let window = plan.windows().first().expect("a lease of half a year");
//! assert_eq!(window.subject, "ann");
//! assert_eq!(window.start, at("2025-01-15T15:00:00Z")?); // 10:00 in New York
//! assert_eq!(window.end, Some(at("2025-07-14T20:00:00Z")?)); // 16:00, in summer time
//!
//! // At ten, Ann is a member already, and Bob's booking has begun.
//! let actual = Actual::new([Membership::owned("ann", "door:lobby")]);
//! let todo = changes(&plan, &actual, at("2025-03-01T10:00:00Z")?, &ChangeOptions::default());
//! assert_eq!(todo.people.len(), 1);
//! assert_eq!(todo.people[0].add[0], "room:A");
//! # Ok(())
//! # }
//! ```
//!
//! # Time
//!
//! Instants are UTC in whole seconds: a start with a fraction of a second is its own second, an
//! end with one is the next second, so that access is never cut short. Windows are half-open,
//! `[start, end)`. A local time in a gap moves forward by the length of the gap; one in a fold is
//! the earlier instant as a start and the later one as an end. Years 1 to 9999 are planned; an end
//! on or after 9999-12-31 is an open end.

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod assemble;
mod buckets;
pub mod changes;
pub mod compare;
pub mod coverage;
mod derive;
pub mod digest;
#[cfg(feature = "serde")]
pub mod document;
pub mod explain;
mod facts;
mod few;
mod fields;
pub mod finding;
mod group;
pub mod guard;
pub mod ids;
pub mod list;
pub mod plan;
mod planner;
pub mod policy;
pub mod record;
mod sha256;
mod sort;
pub mod state;
mod text;
pub mod timeline;
mod turnover;
mod zone;

pub use changes::changes;
pub use compare::compare;

pub use derive::MAX_PAUSES;
pub use few::Few;
pub use ids::{RecordId, SubjectId, TargetId};
pub use plan::{Plan, Window, plan};
pub use planner::Planner;
pub use record::Record;
pub use timeline::Timeline;

/// The version of the time-zone database that local times are read by.
pub const TZDB_VERSION: &str = chrono_tz::IANA_TZDB_VERSION;
