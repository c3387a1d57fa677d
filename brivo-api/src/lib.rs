//! A typed client for the Brivo Access API: users, groups, credentials, doors and events.
//!
//! From credentials to an open door:
//!
//! ```no_run
//! use brivo_api::{BrivoClient, Culprit, NewUser, Region, Tier};
//!
//! # async fn f() -> Result<(), brivo_api::Error> {
//! let client = BrivoClient::builder()
//!     .region(Region::Us)
//!     .api_key("…")
//!     .client("client-id", "…")
//!     .password("admin-id", "…")
//!     .tier(Tier::Developer)
//!     .build()?;
//! if let Err(error) = client.administrators().whoami().await {
//!     eprintln!("{error}; look at {:?}", Culprit::of(&error));
//! }
//! let new = NewUser::new("Marisol", "Okafor").external_id("lease:551207");
//! let user = client.users().ensure(&new).await?.into_inner();
//! let groups = client.groups().list().name("Residents").all().await?;
//! if let Some(group) = groups.items.iter().find(|group| group.name == "Residents") {
//!     client.users().change_groups(user.id, &[group.id], &[]).await?;
//! }
//! for door in client.access_points().list().name("Lobby").all().await?.items {
//!     client.access_points().activate(door.id).await?;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! - **Operations are values.** A [`Call`] is sent by `.await`; [`Call::request`] shows what would be
//!   sent. A [`List`] is read by [`List::all`], which says whether the list is whole, or row by row.
//! - **403 is told apart.** Brivo's gateway says "too many calls", "quota used up" and "bad api-key"
//!   with the status that the API uses for "not permitted". Here these are
//!   [`Throttled`](ErrorKind::Throttled) (waited out), [`QuotaExhausted`](ErrorKind::QuotaExhausted)
//!   (ends the call, with the time to wait), [`Authentication`](ErrorKind::Authentication) and
//!   [`Permission`](ErrorKind::Permission).
//! - **Nothing is done twice by accident.** Only what Brivo documents as harmless is repeated after a
//!   lost answer; [`Users::ensure`], [`Users::ensure_member`] and [`Credentials::ensure`] look before
//!   they write and again afterwards.
//! - **What would fail is not sent**: a group's name of 36 characters, a seventeenth group, an event
//!   window of 25 hours, a PIN like 1234, taking credentials from somebody who is not suspended.
//! - **Limits** of the key's [`Tier`] are kept by a limiter that is on by default;
//!   [`BrivoClient::usage`] tells what was spent in 30 days, and a [`Ledger`] keeps it over restarts.
//! - **Events** are one stream that can be taken up again: [`EventQuery::batches`] from an
//!   [`EventCursor`], each event once, late ones too. [`webhook`] takes what Brivo delivers.
//! - **Errors** say what to do next; the table at [`Call`] has them all.
//!
//! Tokens live for minutes and are renewed in the middle of whatever is going on. Dates on a user
//! bound the PIN only; cards and passes have dates of their own ([`Users::assign_credential`]).
//! Success of a call means that Brivo's cloud took it: an offline panel learns of it later.
//!
#![doc = include_str!("../OPERATIONS.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod access_point;
mod access_points;
mod accounts;
mod administrator;
mod administrators;
mod auth;
mod batch;
mod call;
mod card;
mod client;
mod contact;
mod control_panels;
mod credential;
mod credentials;
mod custom_fields;
mod digital;
mod ensure;
mod envelope;
mod event;
mod event_feed;
mod events;
mod fields;
mod filter;
mod groups;
mod guests;
mod ids;
pub mod inspect;
mod list;
mod new_schedule;
mod photo;
mod pin;
mod record;
mod region;
mod schedules;
mod server_time;
mod sites;
mod special_credentials;
mod subscriptions;
mod usage;
mod user;
mod users;
pub mod webhook;

pub use access_point::{
    AccessPoint, AccessPointType, DeviceStatus, EndTimeMode, LockState, OverrideBehavior,
    ScheduleOverride, UnlockSchedule,
};
pub use access_points::AccessPoints;
pub use access_sync_http::{
    AttemptReport, CallOptions, CallReport, Completeness, Error, ErrorKind, ExposeSecret, Gap,
    Hooks, Listing, Page, Pager, RateLimiter, Rejected, Request, RetryPolicy, Safety, SecretString,
    Timer, Transport,
};
pub use accounts::{
    Account, AccountSetting, AccountSummary, AccountUpdate, Accounts, Feature, MasterAdmin,
};
pub use administrator::{
    Administrator, AdministratorLogin, AdministratorUpdate, IdentityType, LoginChange,
    NewAdministrator, SecurityQuestion,
};
pub use administrators::Administrators;
pub use auth::{AUTH_CLASS, Callback, Culprit, RefreshTokenStore, authorize_url};
pub use batch::{BatchJob, MAX_BATCH_USERS};
pub use call::{Call, Removal};
pub use card::Card26;
pub use client::{BrivoClient, BrivoClientBuilder};
pub use contact::Contact;
pub use control_panels::{ControlPanel, ControlPanels, PanelFirmware, PanelStatus};
pub use credential::{
    Credential, CredentialField, CredentialFormat, CredentialFormatRef, FieldValue, NewCredential,
    Validity, formats,
};
pub use credentials::Credentials;
pub use custom_fields::{CustomField, CustomFields};
pub use digital::{
    Allotment, DigitalInvitation, DigitalInvitations, InvitationOptions, InvitationStatus,
    Language, WalletPass,
};
pub use ensure::Ensured;
pub use envelope::BrivoEnvelope;
pub use event::{
    Actor, DeviceType, Event, EventObject, EventSite, Outcome, SecurityAction, SecurityActionInfo,
};
pub use event_feed::{EventBatch, EventCursor};
pub use events::{EventQuery, Events};
pub use filter::{Filter, FilterValues};
pub use groups::{
    AccessPermission, AccessPointRef, Group, GroupRef, GroupSettings, Groups, MAX_GROUP_NAME,
    Member, ScheduleRef,
};
pub use guests::{GuestCredential, Guests, NewGuest};
pub use ids::*;
pub use list::{List, MAX_PAGE_SIZE};
pub use new_schedule::{NewSchedule, Recurrence, ScheduleException};
pub use pin::Pin;
pub use region::{API_CLASS, Region, Tier};
pub use schedules::{Holiday, Holidays, Schedule, ScheduleBlock, ScheduleHoliday, Schedules};
pub use sites::{Address, Site, Sites};
pub use subscriptions::{
    CriteriaOperation, CriteriaType, Criterion, EventSubscription, EventSubscriptions,
    NewEventSubscription,
};
pub use usage::{Ledger, Usage};
pub use user::{
    CustomFieldValue, Email, FieldType, NewUser, PhoneNumber, User, UserImage, UserPatch,
};
pub use users::{MAX_GROUPS_PER_USER, Suspension, UserStatus, Users};

/// What [`Error::code`] answers for faults that have no code of Brivo's own.
pub mod codes {
    pub use crate::auth::INVALID_CLIENT;
    pub use crate::envelope::{
        DEVELOPER_INACTIVE, DUPLICATE_CREDENTIAL, LINKED_GROUP, NOT_AUTHORIZED, OVER_QPS, OVER_RATE,
    };
}
