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
//! All entities have [`list`](EntityApi::list), [`get`](EntityApi::get) and
//! [`batch`](EntityApi::batch), and those that can be written what the table says. Requests can be
//! built and looked at without being sent ([`List::request`], [`EntityApi::get_request`], …).
//!
//! | entity: row of a list, whole record | path | verbs | client method | test |
//! | --- | --- | --- | --- | --- |
//! | [`Coworkers`]: [`CoworkerRow`], [`Coworker`] | `/spaces/coworkers` | list, get, batch, create, update | [`coworkers`](NexudusClient::coworkers) | `wire::coworkers` |
//! | [`Teams`]: [`TeamRow`], [`Team`] | `/spaces/teams` | list, get, batch, create, update, delete | [`teams`](NexudusClient::teams) | `wire::teams` |
//! | [`Bookings`]: [`BookingRow`], [`Booking`] | `/spaces/bookings` | list, get, batch, create, update, delete | [`bookings`](NexudusClient::bookings) | `wire::bookings` |
//! | [`CancelledBookings`]: [`CancelledBookingRow`], [`CancelledBooking`] | `/spaces/cancelledbookings` | list, get, batch | [`cancelled_bookings`](NexudusClient::cancelled_bookings) | `wire::cancelled_bookings` |
//! | [`Resources`]: [`ResourceRow`], [`Resource`] | `/spaces/resources` | list, get, batch, create, update, delete | [`resources`](NexudusClient::resources) | `wire::resources` |
//! | [`ResourceTypes`]: [`ResourceTypeRow`], [`ResourceType`] | `/spaces/resourcetypes` | list, get, batch, create, update, delete | [`resource_types`](NexudusClient::resource_types) | `wire::resource_types` |
//! | [`CoworkerContracts`]: [`CoworkerContractRow`], [`CoworkerContract`] | `/billing/coworkercontracts` | list, get, batch, create, update, delete | [`contracts`](NexudusClient::contracts) | `wire::contracts` |
//! | [`ContractPausedPeriods`]: [`ContractPausedPeriodRow`], [`ContractPausedPeriod`] | `/billing/contractpausedperiods` | list, get, batch, create, update, delete | [`paused_periods`](NexudusClient::paused_periods) | `wire::paused_periods` |
//! | [`FloorPlanDesks`]: [`FloorPlanDeskRow`], [`FloorPlanDesk`] | `/sys/floorplandesks` | list, get, batch, create, update, delete | [`floor_plan_desks`](NexudusClient::floor_plan_desks) | `wire::floor_plan_desks` |
//! | [`FloorPlanDeskVariants`]: [`FloorPlanDeskVariantRow`], [`FloorPlanDeskVariant`] | `/sys/floorplandeskvariants` | list, get, batch, create, update, delete | [`floor_plan_desk_variants`](NexudusClient::floor_plan_desk_variants) | `wire::floor_plan_desk_variants` |
//! | [`CoworkerTimePasses`]: [`CoworkerTimePassRow`], [`CoworkerTimePass`] | `/billing/coworkertimepasses` | list, get, batch, create, update, delete | [`coworker_time_passes`](NexudusClient::coworker_time_passes) | `wire::coworker_time_passes` |
//! | [`TimePasses`]: [`TimePassRow`], [`TimePass`] | `/billing/timepasses` | list, get, batch, create, update, delete | [`time_passes`](NexudusClient::time_passes) | `wire::time_passes` |
//! | [`TimePassTimeSlots`]: [`TimePassTimeSlotRow`], [`TimePassTimeSlot`] | `/billing/timepasstimeslots` | list, get, batch, create, update, delete | [`time_pass_time_slots`](NexudusClient::time_pass_time_slots) | `wire::time_pass_time_slots` |
//! | [`Visitors`]: [`VisitorRow`], [`Visitor`] | `/spaces/visitors` | list, get, batch, create, update, delete | [`visitors`](NexudusClient::visitors) | `wire::visitors` |
//! | [`BookingVisitors`]: [`BookingVisitorRow`], [`BookingVisitor`] | `/spaces/bookingvisitors` | list, get, batch, create, update, delete | [`booking_visitors`](NexudusClient::booking_visitors) | `wire::booking_visitors` |
//! | [`Businesses`]: [`BusinessRow`], [`Business`] | `/sys/businesses` | list, get, batch, update | [`businesses`](NexudusClient::businesses) | `wire::businesses` |
//! | [`BusinessTimeSlots`]: [`BusinessTimeSlotRow`], [`BusinessTimeSlot`] | `/sys/businesstimeslots` | list, get, batch, create, update, delete | [`business_time_slots`](NexudusClient::business_time_slots) | `wire::business_time_slots` |
//! | [`Checkins`]: [`CheckinRow`], [`Checkin`] | `/spaces/checkins` | list, get, batch, update, delete | [`checkins`](NexudusClient::checkins) | `wire::checkins` |
//! | [`CoworkerExtraServices`]: [`CoworkerExtraServiceRow`], [`CoworkerExtraService`] | `/billing/coworkerextraservices` | list, get, batch, create, update, delete | [`coworker_extra_services`](NexudusClient::coworker_extra_services) | `wire::coworker_extra_services` |
//! | [`ExtraServices`]: [`ExtraServiceRow`], [`ExtraService`] | `/billing/extraservices` | list, get, batch, create, update, delete | [`extra_services`](NexudusClient::extra_services) | `wire::extra_services` |
//! | [`Tariffs`]: [`TariffRow`], [`Tariff`] | `/billing/tariffs` | list, get, batch, create, update, delete | [`tariffs`](NexudusClient::tariffs) | `wire::tariffs` |
//! | [`CoworkerInvoices`]: [`CoworkerInvoiceRow`], [`CoworkerInvoice`] | `/billing/coworkerinvoices` | list, get, batch | [`invoices`](NexudusClient::invoices) | `wire::invoices` |
//! | [`AccessTokens`]: [`AccessTokenRow`], [`AccessToken`] | `/spaces/accesstokens` | list, get, batch, create, update, delete | [`access_tokens`](NexudusClient::access_tokens) | `wire::access_tokens` |
//! | [`CoworkerAccessControlAudits`]: [`CoworkerAccessControlAuditRow`], [`CoworkerAccessControlAudit`] | `/sys/coworkeraccesscontrolaudits` | list, get, batch, create, update, delete | [`access_audits`](NexudusClient::access_audits) | `wire::access_audits` |
//! | [`WebHooks`]: [`WebHookRow`], [`WebHook`] | `/sys/webhooks` | list, get, batch, create, update, delete | [`webhooks`](NexudusClient::webhooks) | `wire::webhooks` |
//!
//! Besides:
//!
//! | what | client method | test |
//! | --- | --- | --- |
//! | `POST /token` | [`NexudusClientBuilder::bearer`] | `auth::a_token_is_fetched_once_by_form_with_a_fixed_client_id` |
//! | what changed, round after round | [`EntityApi::updated_since`] | `changes::a_change_comes_once_though_rounds_overlap_and_a_second_change_comes_again` |
//! | which roles are missing | [`EntityApi::probe`] | `entities::a_probe_tells_a_missing_role_from_other_trouble` |
//! | `GET …/commands` | [`EntityApi::commands`] | `writes::commands_are_listed_and_run_by_key` |
//! | `POST …/runcommand` | [`EntityApi::run_command`] | `writes::commands_are_listed_and_run_by_key` |
//! | `GET /utils/enums` | [`NexudusClient::enum_values`] | `entities::the_enums_endpoint_confirms_the_numbers` |
//! | `POST /spaces/checkins` | [`EntityApi::check_in`] | `writes::a_check_in_needs_to_be_accepted_as_what_may_sell_a_pass` |
//! | a webhook that was switched off | [`EntityApi::reactivate`] | `writes::a_webhook_that_was_switched_off_is_read_whole_and_switched_on` |
//! | all such webhooks of ours | [`EntityApi::reactivate_all`] | `writes::of_all_webhooks_only_ours_that_are_off_are_switched_on` |
//! | whether a delivery is Nexudus' | [`verify_webhook`] | `signature::both_digests_of_every_vector_are_good_in_either_case` |
//! | what a delivery brings | [`parse_webhook`] | `inbound::the_action_decides_what_the_body_is` |
//! | Custom ACS: updates | [`AcsUpdate`] | `inbound::a_custom_acs_update_is_the_whole_set_of_groups` |
//! | Custom ACS: groups | [`AcsGroupsRequest`] | `inbound::the_groups_endpoint_is_told_the_location_and_the_member_of_staff` |
//! | Custom ACS: who calls | [`acs_authorized`] | `inbound::only_the_token_that_was_set_opens_the_custom_acs_endpoints` |
//! | captured bodies | [`inspect`] | `inbound::every_sample_is_read_by_its_kind_without_showing_a_secret` |
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
mod signature;
mod special;
mod time;
mod webhook;
mod write;

pub use access_sync_http::{
    CallOptions, Checkpoint, Completeness, Error, ErrorKind, Gap, Hooks, Listing, Page, Pager,
    Personal, RateLimiter, Rejected, Reply, Request, RetryPolicy, SecretString, Timer, TokenStore,
    Transport,
};
pub use action::WebHookAction;
pub use api::EntityApi;
pub use changes::Changes;
pub use client::{NexudusClient, NexudusClientBuilder};
pub use commands::{Command, CommandParameter, EnumValue, RunCommand};
pub use custom_acs::{
    AcsBusiness, AcsCoworker, AcsExpiry, AcsGroup, AcsGroupsRequest, AcsUpdate, acs_authorized,
};
pub use entities::*;
pub use entity::{Create, Delete, Draft, Edit, Entity, Operations, Record, Row, Update};
pub use enums::*;
pub use filter::{Field, Filter, FilterRange, FilterValue};
pub use ids::*;
pub use inspect::inspect;
pub use limits::default_limiter;
pub use list::List;
pub use private::Secret;
pub use signature::{SIGNATURE_HEADER, SignatureError, verify_webhook};
pub use special::{Access, MaySellPass};
pub use time::{InvalidTime, LocalDateTime};
pub use webhook::{WebhookRecord, parse_webhook};
pub use write::{FieldError, WriteReply, field_errors};
