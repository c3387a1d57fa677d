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
//!
//! # Operations
//!
//! All entities have [`list`](EntityApi::list), [`get`](EntityApi::get),
//! [`batch`](EntityApi::batch), [`updated_since`](EntityApi::updated_since),
//! [`commands`](EntityApi::commands), [`run_command`](EntityApi::run_command) and
//! [`probe`](EntityApi::probe); requests can be built and looked at without being sent
//! ([`List::request`], [`EntityApi::get_request`], …). Paths are covered by `tests/entities.rs`,
//! lists by `tests/lists.rs`, writes by `tests/writes.rs`, `updated_since` by `tests/changes.rs`.
//!
//! | client method | path | list row, whole record | writes |
//! | --- | --- | --- | --- |
//! | [`coworkers`](NexudusClient::coworkers) | `/spaces/coworkers` | [`CoworkerRow`], [`Coworker`] | create, update |
//! | [`teams`](NexudusClient::teams) | `/spaces/teams` | [`TeamRow`], [`Team`] | create, update, delete |
//! | [`bookings`](NexudusClient::bookings) | `/spaces/bookings` | [`BookingRow`], [`Booking`] | create, update, delete |
//! | [`cancelled_bookings`](NexudusClient::cancelled_bookings) | `/spaces/cancelledbookings` | [`CancelledBookingRow`], [`CancelledBooking`] | none |
//! | [`resources`](NexudusClient::resources) | `/spaces/resources` | [`ResourceRow`], [`Resource`] | create, update, delete |
//! | [`resource_types`](NexudusClient::resource_types) | `/spaces/resourcetypes` | [`ResourceTypeRow`], [`ResourceType`] | create, update, delete |
//! | [`contracts`](NexudusClient::contracts) | `/billing/coworkercontracts` | [`CoworkerContractRow`], [`CoworkerContract`] | create, update, delete |
//! | [`paused_periods`](NexudusClient::paused_periods) | `/billing/contractpausedperiods` | [`ContractPausedPeriodRow`], [`ContractPausedPeriod`] | create, update, delete |
//! | [`floor_plan_desks`](NexudusClient::floor_plan_desks) | `/sys/floorplandesks` | [`FloorPlanDeskRow`], [`FloorPlanDesk`] | create, update, delete |
//! | [`floor_plan_desk_variants`](NexudusClient::floor_plan_desk_variants) | `/sys/floorplandeskvariants` | [`FloorPlanDeskVariantRow`], [`FloorPlanDeskVariant`] | create, update, delete |
//! | [`coworker_time_passes`](NexudusClient::coworker_time_passes) | `/billing/coworkertimepasses` | [`CoworkerTimePassRow`], [`CoworkerTimePass`] | create, update, delete |
//! | [`time_passes`](NexudusClient::time_passes) | `/billing/timepasses` | [`TimePassRow`], [`TimePass`] | create, update, delete |
//! | [`time_pass_time_slots`](NexudusClient::time_pass_time_slots) | `/billing/timepasstimeslots` | [`TimePassTimeSlotRow`], [`TimePassTimeSlot`] | create, update, delete |
//! | [`visitors`](NexudusClient::visitors) | `/spaces/visitors` | [`VisitorRow`], [`Visitor`] | create, update, delete |
//! | [`booking_visitors`](NexudusClient::booking_visitors) | `/spaces/bookingvisitors` | [`BookingVisitorRow`], [`BookingVisitor`] | create, update, delete |
//! | [`businesses`](NexudusClient::businesses) | `/sys/businesses` | [`BusinessRow`], [`Business`] | update |
//! | [`business_time_slots`](NexudusClient::business_time_slots) | `/sys/businesstimeslots` | [`BusinessTimeSlotRow`], [`BusinessTimeSlot`] | create, update, delete |
//! | [`checkins`](NexudusClient::checkins) | `/spaces/checkins` | [`CheckinRow`], [`Checkin`] | update, delete, [`check_in`](EntityApi::check_in) |
//! | [`coworker_extra_services`](NexudusClient::coworker_extra_services) | `/billing/coworkerextraservices` | [`CoworkerExtraServiceRow`], [`CoworkerExtraService`] | create, update, delete |
//! | [`extra_services`](NexudusClient::extra_services) | `/billing/extraservices` | [`ExtraServiceRow`], [`ExtraService`] | create, update, delete |
//! | [`tariffs`](NexudusClient::tariffs) | `/billing/tariffs` | [`TariffRow`], [`Tariff`] | create, update, delete |
//! | [`invoices`](NexudusClient::invoices) | `/billing/coworkerinvoices` | [`CoworkerInvoiceRow`], [`CoworkerInvoice`] | none |
//! | [`access_tokens`](NexudusClient::access_tokens) | `/spaces/accesstokens` | [`AccessTokenRow`], [`AccessToken`] | create, update, delete |
//! | [`access_audits`](NexudusClient::access_audits) | `/sys/coworkeraccesscontrolaudits` | [`CoworkerAccessControlAuditRow`], [`CoworkerAccessControlAudit`] | create, update, delete |
//! | [`webhooks`](NexudusClient::webhooks) | `/sys/webhooks` | [`WebHookRow`], [`WebHook`] | create, update, delete, [`reactivate`](EntityApi::reactivate) |
//!
//! Besides: [`NexudusClient::enum_values`] (`/utils/enums`), `POST /token` by
//! [`NexudusClientBuilder::bearer`] (`tests/auth.rs`), deliveries by [`parse_webhook`] and
//! [`AcsUpdate`], and captured bodies by [`inspect`] (`tests/inbound.rs`).
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
    CallOptions, Checkpoint, Completeness, Error, ErrorKind, Gap, Hooks, Listing, Page, Pager,
    RateLimiter, Rejected, Reply, Request, RetryPolicy, SecretString, Timer, TokenStore, Transport,
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
