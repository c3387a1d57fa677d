//! Typed client for the [Entrata](https://docs.entrata.com) API: properties, units, leases, and what
//! they say of who lives where and until when.
//!
//! Entrata answers everything by `POST`, tells most errors inside HTTP 200, writes the same field in
//! five ways, and leaves leases out without a word where a permission is missing. This client knows
//! that: success needs proof, rows are read leniently and one by one, and every list says whether it
//! is whole ([`Listing::is_complete`]).
//!
//! ```no_run
//! use entrata_api::{Auth, EntrataClient, Host, LeaseStatus, is_property_not_permitted};
//!
//! # async fn run() -> Result<(), entrata_api::Error> {
//! let entrata = EntrataClient::builder()
//!     .host(Host::Gateway { org: "lakeshore".into() })
//!     .auth(Auth::api_key(std::env::var("ENTRATA_API_KEY").unwrap_or_default()))
//!     .build()?;
//!
//! for property in entrata.properties().list().all().await?.items {
//!     let leases = entrata
//!         .leases(property.id)
//!         .statuses([LeaseStatus::Future, LeaseStatus::Current, LeaseStatus::Notice, LeaseStatus::Past])
//!         .include_history(true)
//!         .all()
//!         .await;
//!     match leases {
//!         Ok(leases) if leases.is_complete() => println!("{}: {} leases", property.id, leases.items.len()),
//!         Ok(leases) => println!("{}: not whole: {:?}", property.id, leases.completeness),
//!         // One property is closed to us: its leases are unknown, not gone.
//!         Err(error) if is_property_not_permitted(&error) => println!("{}: {error}", property.id),
//!         Err(error) => return Err(error),
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What to keep in mind
//!
//! - **A lease that is missing is not a lease that has ended.** Default filters, permissions,
//!   disabled properties and failed reads make leases vanish. Look again by
//!   [`LeasesQuery::ids`] with [`LeaseStatus::ALL`] before anything is taken away.
//! - **The end of a term ends nobody's stay.** Month-to-month and holdover leases outlive their
//!   terms; only a move-out or the status ends a stay ([`LeaseTimeline`], [`MoveOutState`]).
//! - **Dates are days where the property stands** and have no zone; stamps are Mountain Time
//!   ([`EntrataTime`]).
//! - **Limits are per method.** `getStatus` allows six calls a minute and is no heartbeat.
//!
#![doc = include_str!("../OPERATIONS.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod attributes;
mod call;
mod client;
mod date;
mod envelope;
mod ids;
mod limits;
mod list;
mod model;
mod nested;
mod oauth;
mod query;
mod read;
mod refusal;
mod timeline;
mod words;

pub use access_sync_http::decode::Rows;
pub use access_sync_http::{
    CallOptions, Completeness, Error, ErrorKind, Gap, Hooks, Listing, Page, Pager, Personal,
    RateLimiter, Rejected, Request, RetryPolicy, SecretString, Timer, Token, TokenSource,
    Transport,
};

pub use call::{Answer, Call, Method};
pub use client::{Auth, EntrataClient, EntrataClientBuilder, Host};
pub use date::{EntrataDate, EntrataTime};
pub use envelope::EntrataEnvelope;
pub use ids::{
    AmenityId, ApplicationId, BuildingId, CustomerId, EventId, FloorPlanId, LeaseId,
    LeaseIntervalId, PropertyId, ReservationId, UnitId, UnitSpaceId,
};
pub use limits::{RateWindow, default_limiter, rate_windows};
pub use model::lease::{Customer, Lease, LeaseActivity, LeaseInterval, LeaseUnitSpace, Phone};
pub use model::property::{CustomKey, Property, PropertyAddress};
pub use model::unit::{PropertyUnit, PropertyUnits, UnitSpace};
pub use oauth::OAuthCode;
pub use query::Query;
pub use read::account::{AccessibleClient, AccessibleService, LeasePickList, PickListItem};
pub use read::activities::LeaseEvent;
pub use read::amenities::{Amenity, AmenityReservation};
pub use read::availability::UnitAvailability;
pub use read::customers::{CustomerLease, CustomerRecord};
pub use read::details::{AddOns, LeaseDetails};
pub use read::expiring::ExpiringLease;
pub use read::leases::LeasesQuery;
pub use read::moveout::{MoveOut, MoveOutQuery};
pub use read::properties::Properties;
pub use read::property_units::PropertyUnitsQuery;
pub use read::renewal::RenewalQuery;
pub use read::status::Status;
pub use refusal::{Refusal, is_property_not_permitted, refused_property};
pub use timeline::{
    LeaseTimeline, LeftOut, LeftOutReason, MoveOutState, RenewalOutcome, Resident, Residents,
    Transfer, TransferSide, transfers,
};
pub use words::{CustomerType, LeaseIntervalType, LeaseStatus, LeaseSubStatus};
