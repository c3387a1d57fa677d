//! A typed client of the Nexudus admin REST API (`https://spaces.nexudus.com/api`): coworkers,
//! teams, bookings, contracts, desks, passes and what else decides who may open which door when.
//!
//! ```no_run
//! use chrono::{DateTime, TimeDelta, Utc};
//! use nexudus_api::{Error, NexudusClient};
//!
//! # async fn f(now: DateTime<Utc>) -> Result<(), Error> {
//! let client = NexudusClient::builder()
//!     .bearer("ops@example.com", "password")
//!     .client_id("5a0e2c1e-61d2-4f0c-9d53-0f4a9c1f7f10")
//!     .build()?;
//! let week = client
//!     .bookings()
//!     .list()
//!     .overlapping(now, now + TimeDelta::days(7))
//!     .all()
//!     .await?;
//! for booking in &week.items {
//!     // Instants and wall-clock times are different types.
//!     println!("{} {} {:?}", booking.resource_id, booking.from_time, booking.from_time_local);
//! }
//! if !week.is_complete() {
//!     eprintln!("do not conclude anything from what is missing");
//! }
//! // Lists leave fields out: members are in the whole record only.
//! let team = client.teams().get(nexudus_api::TeamId(1417700401)).await?;
//! println!("{:?}", team.team_members);
//! # Ok(())
//! # }
//! ```
//!
//! What is known to go wrong with this API, and cannot here:
//!
//! - **409 is a throttle**, and is waited out; it never reads as a booking conflict.
//! - **Lists are partial** and `PUT` clears what is left out: a record of a list cannot be written
//!   back, it does not compile ([`EntityApi::update`]).
//! - **`…Local` times** end in `Z` without being UTC: [`LocalDateTime`] is no `DateTime<Utc>`.
//! - **A write fails within HTTP 200**: replies are judged by every sign they carry
//!   ([`WriteReply`], [`field_errors`]).
//! - **401 may be a missing role**; the error says so.
//! - **Pages** follow `HasNextPage`, ordered by `Id`, each record once, checked against `TotalItems`.
//! - **Records hold secrets**: names, PINs, cards and codes are not in any `Debug` output.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod action;
mod api;
mod auth;
mod changes;
mod client;
mod commands;
mod custom_acs;
mod entities;
mod entity;
mod enums;
mod envelope;
mod field;
mod filter;
mod ids;
mod inspect;
mod limits;
mod list;
mod private;
mod special;
mod time;
mod webhook;
mod write;

pub use access_sync_http::{
    CallOptions, Completeness, Error, ErrorKind, Gap, Listing, Page, Pager, RateLimiter, Rejected,
    Reply, Request, RetryPolicy, SecretString, Timer, Transport,
};
pub use action::WebHookAction;
pub use api::EntityApi;
pub use changes::Changes;
pub use client::{NexudusClient, NexudusClientBuilder};
pub use commands::{Command, CommandParameter, EnumValue, RunCommand};
pub use custom_acs::{AcsBusiness, AcsCoworker, AcsExpiry, AcsGroup, AcsUpdate, acs_authorized};
pub use entities::*;
pub use entity::{Create, Delete, Draft, Edit, Entity, Operations, Record, Row, Update};
pub use enums::*;
pub use filter::{Field, Filter, FilterRange, FilterValue};
pub use ids::*;
pub use inspect::inspect;
pub use limits::default_limiter;
pub use list::List;
pub use private::{Personal, Secret};
pub use special::{Access, MaySellPass};
pub use time::{InvalidTime, LocalDateTime};
pub use webhook::{WebhookRecord, parse_webhook};
pub use write::{FieldError, WriteReply, field_errors};
