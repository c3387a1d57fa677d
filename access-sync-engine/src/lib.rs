//! Reads leases and bookings, plans access, and applies it to doors.
//!
//! ```text
//! sources → records → plan ┐
//!                          ├→ changes → guard → apply → journal
//! access system → members ─┘
//! ```
//!
//! [`Engine::prepare`] reads and compares and changes nothing; [`Engine::apply`] carries a prepared
//! run out. What it promises:
//!
//! - Nothing is taken away on an incomplete read, nor from somebody whom the source no longer
//!   mentions ([`Unverified`]).
//! - Nobody is touched whom we did not make: users are ours by the namespace of their external id
//!   ([`Namespace`](mapping::Namespace)); others are reported.
//! - One call per person for all group changes; whoever loses access comes first.
//! - Every write is in the [`journal`] before it goes out.
//! - Running twice is running once: the second run finds nothing to do.
//!
//! ```no_run
//! # #[cfg(all(feature = "brivo", feature = "entrata"))]
//! # async fn run(
//! #     brivo: brivo_api::BrivoClient,
//! #     entrata: entrata_api::EntrataClient,
//! #     now: chrono::DateTime<chrono::Utc>,
//! # ) -> Result<(), Box<dyn std::error::Error>> {
//! use access_sync_engine::access::brivo::BrivoAccess;
//! use access_sync_engine::source::entrata::EntrataSource;
//! use access_sync_engine::{Engine, Mapping, Quiet};
//!
//! let mapping = Mapping::from_toml(&std::fs::read_to_string("mapping.toml")?)?;
//! let engine = Engine::builder(BrivoAccess::new(brivo), &mapping)
//!     .source(EntrataSource::new(entrata, &mapping))
//!     .build()?;
//! let prepared = engine.prepare(now, &Quiet).await?;
//! println!("{} people change", prepared.changes().people.len());
//! let applied = engine.apply(&prepared, now, &Quiet).await?;
//! assert!(applied.failed.is_empty());
//! # Ok(())
//! # }
//! ```

/// The code of all READMEs and of the guide compiles, and runs where it needs nobody.
#[cfg(all(doctest, feature = "brivo", feature = "entrata", feature = "nexudus"))]
mod documents {
    #[doc = include_str!("../README.md")]
    struct OfThisCrate;
    #[doc = include_str!("../../README.md")]
    struct OfTheWorkspace;
    #[doc = include_str!("../../access-sync-core/README.md")]
    struct OfCore;
    #[doc = include_str!("../../access-sync-sandbox/README.md")]
    struct OfTheSandbox;
    #[doc = include_str!("../../brivo-api/README.md")]
    struct OfBrivo;
    #[doc = include_str!("../../entrata-api/README.md")]
    struct OfEntrata;
    #[doc = include_str!("../../nexudus-api/README.md")]
    struct OfNexudus;
    #[doc = include_str!("../../docs/concepts.md")]
    struct Concepts;
    #[doc = include_str!("../../docs/limits-and-budgets.md")]
    struct LimitsAndBudgets;
    #[doc = include_str!("../../docs/testing.md")]
    struct Testing;
    #[doc = include_str!("../../docs/time-zones.md")]
    struct TimeZones;
}

mod absent;
pub mod access;
mod apply;
mod budget;
mod check;
mod early;
mod engine;
mod error;
pub mod events;
mod extras;
mod holds;
pub mod journal;
pub mod latency;
pub mod ledger;
pub mod mapping;
mod observe;
mod ownership;
mod planfile;
mod prepare;
pub mod presence;
mod progress;
mod rollback;
pub mod run;
mod session;
mod settle;
pub mod source;
mod status;
mod steps;
pub mod stored;

pub use apply::{Applied, Changed, Failure};
pub use budget::CallPlan;
pub use check::MappingReport;
pub use engine::{Engine, EngineBuilder};
pub use error::EngineError;
pub use mapping::{Mapping, MappingError};
pub use observe::{Drift, Observe, Observed};
pub use planfile::{PlanFile, Shown};
pub use prepare::{Prepared, Unverified};
pub use progress::{Progress, Quiet, Stage};
pub use rollback::LeftAlone;
pub use status::Status;
pub use steps::{PersonSteps, Step};
