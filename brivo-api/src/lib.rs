//! A typed client for the Brivo Access API.
//!
//! ```no_run
//! use brivo_api::{BrivoClient, Email, ErrorKind, GroupId, NewUser, Region};
//!
//! # async fn f() -> Result<(), brivo_api::Error> {
//! let client = BrivoClient::builder()
//!     .region(Region::Us)
//!     .api_key("…")
//!     .client("client-id", "…")
//!     .password("admin-id", "…")
//!     .build()?;
//!
//! let user = match client.users().find_by_external_id("lease:551207").await? {
//!     Some(user) => user,
//!     None => {
//!         let new = NewUser::new("Marisol", "Okafor").external_id("lease:551207");
//!         client.users().create(&new).await?
//!     }
//! };
//! let groups = client.users().change_groups(user.id, &[GroupId(880304)], &[]).await?;
//! println!("in {} groups now", groups.items.len());
//! # Ok(())
//! # }
//! ```
#![cfg_attr(docsrs, feature(doc_cfg))]

mod access_points;
mod account;
mod administrators;
mod auth;
mod call;
mod card;
mod client;
mod credentials;
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
mod pin;
mod region;
mod schedules;
mod sites;
mod subscriptions;
mod usage;
mod user;
mod users;
pub mod webhook;

pub use access_points::{
    AccessPoint, AccessPoints, DeviceStatus, EndTimeMode, LockState, OverrideBehavior,
    ScheduleOverride, UnlockSchedule,
};
pub use access_sync_http::{
    AttemptReport, CallOptions, CallReport, Completeness, Error, ErrorKind, ExposeSecret, Gap,
    Hooks, Listing, Page, Pager, RateLimiter, Rejected, Request, RetryPolicy, Safety, SecretString,
    Timer, Transport,
};
pub use account::{
    Account, Accounts, ControlPanel, ControlPanels, CustomField, CustomFields, MasterAdmin,
    PanelStatus,
};
pub use administrators::{Administrator, Administrators, IdentityType};
pub use auth::{AUTH_CLASS, Callback, Culprit, RefreshTokenStore, authorize_url};
pub use call::{Call, Removal};
pub use card::Card26;
pub use client::{BrivoClient, BrivoClientBuilder};
pub use credentials::{
    Credential, CredentialField, CredentialFormat, CredentialFormatRef, Credentials, FieldValue,
    NewCredential, Validity, formats,
};
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
pub use pin::Pin;
pub use region::{API_CLASS, Region, Tier};
pub use schedules::{
    Holiday, Holidays, NewSchedule, Schedule, ScheduleBlock, ScheduleHoliday, Schedules,
};
pub use sites::{Address, Site, Sites};
pub use subscriptions::{
    CriteriaOperation, CriteriaType, Criterion, EventSubscription, EventSubscriptions,
    NewEventSubscription,
};
pub use usage::Usage;
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
