use std::fmt;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

/// What the sandbox's Nexudus user signs in with.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NexudusCredentials {
    /// Login for Basic and for the password grant.
    pub email: String,
    /// Password.
    pub password: String,
}

impl fmt::Debug for NexudusCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NexudusCredentials").finish_non_exhaustive()
    }
}

/// A record that is kept as it was written.
pub(crate) type Document = serde_json::Map<String, serde_json::Value>;

/// A location.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Business {
    /// Name.
    pub name: String,
    /// The zone of all `*Local` values.
    pub time_zone: Tz,
    /// Nexudus' own number of the zone, which tells nothing by itself.
    pub simple_time_zone_id: i64,
    /// City.
    pub city: String,
}

impl Business {
    /// A location of this name in this zone.
    pub fn new(name: impl Into<String>, time_zone: Tz) -> Self {
        Self {
            name: name.into(),
            time_zone,
            simple_time_zone_id: 2016,
            city: "Springfield".to_owned(),
        }
    }
}

/// A customer: a person, or a company that pays for persons.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Coworker {
    /// Home location.
    pub business_id: i64,
    /// Full name.
    pub full_name: String,
    /// E-mail address; several profiles may share one.
    pub email: String,
    /// `CoworkerType` 2 instead of 1.
    pub company: bool,
    /// False: suspended.
    pub active: bool,
    /// Archived.
    pub archived: bool,
    /// Cards, comma-separated, with leading zeros.
    pub access_card_id: Option<String>,
    /// PIN.
    pub access_pincode: Option<String>,
    /// The native Brivo integration's user, where that is in use.
    pub brivo_user_id: Option<i64>,
}

impl Coworker {
    /// An active person.
    pub fn new(business_id: i64, full_name: impl Into<String>, email: impl Into<String>) -> Self {
        Self {
            business_id,
            full_name: full_name.into(),
            email: email.into(),
            company: false,
            active: true,
            archived: false,
            access_card_id: None,
            access_pincode: None,
            brivo_user_id: None,
        }
    }
}

/// A team.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Team {
    /// Location.
    pub business_id: i64,
    /// Name.
    pub name: String,
    /// Coworker ids.
    pub members: Vec<i64>,
    /// Coworker ids.
    pub administrators: Vec<i64>,
    /// The coworker whose contracts count for all members.
    pub paying_member_id: Option<i64>,
}

impl Team {
    /// A team of these members.
    pub fn new(business_id: i64, name: impl Into<String>, members: Vec<i64>) -> Self {
        Self {
            business_id,
            name: name.into(),
            members,
            administrators: Vec::new(),
            paying_member_id: None,
        }
    }
}

/// A kind of resource.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ResourceType {
    /// Location.
    pub business_id: i64,
    /// Name.
    pub name: String,
}

impl ResourceType {
    /// A kind of this name.
    pub fn new(business_id: i64, name: impl Into<String>) -> Self {
        Self {
            business_id,
            name: name.into(),
        }
    }
}

/// A room, booth or other thing to book.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Resource {
    /// Location.
    pub business_id: i64,
    /// Name.
    pub name: String,
    /// Its kind.
    pub resource_type_id: i64,
    /// `SystemResourceType`: 1 meeting room, 12 phone booth …
    pub system_type: i64,
    /// Seats.
    pub allocation: Option<i64>,
    /// Linked group of the access-control system.
    pub access_control_group_id: Option<String>,
    /// Linked groups, comma-separated; the newer field.
    pub access_control_group_ids: Option<String>,
    /// Bookings arrive tentative.
    pub requires_confirmation: bool,
    /// Bookings may overlap.
    pub allow_multiple_bookings: bool,
    /// Archived.
    pub archived: bool,
}

impl Resource {
    /// A meeting room of this name.
    pub fn new(business_id: i64, name: impl Into<String>, resource_type_id: i64) -> Self {
        Self {
            business_id,
            name: name.into(),
            resource_type_id,
            system_type: 1,
            allocation: Some(8),
            access_control_group_id: None,
            access_control_group_ids: None,
            requires_confirmation: false,
            allow_multiple_bookings: false,
            archived: false,
        }
    }
}

/// A booking. Times are instants; the API shows them in UTC and as `*Local` twins.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Booking {
    /// What is booked.
    pub resource_id: i64,
    /// Who booked; nobody where an administrator blocked the time.
    pub coworker_id: Option<i64>,
    /// Start.
    pub from: DateTime<Utc>,
    /// End.
    pub to: DateTime<Utc>,
    /// Not approved yet.
    pub tentative: bool,
    /// Notes.
    pub notes: Option<String>,
    /// `RepeatSeriesUniqueId` of a series' occurrences.
    pub series: Option<String>,
}

impl Booking {
    /// A confirmed booking.
    pub fn new(
        resource_id: i64,
        coworker_id: Option<i64>,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Self {
        Self {
            resource_id,
            coworker_id,
            from,
            to,
            tentative: false,
            notes: None,
            series: None,
        }
    }
}

/// What is left of a cancelled booking, under an id of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CancelledBooking {
    /// The booking as it was.
    pub booking: Booking,
    /// The id it had.
    pub original_id: i64,
    /// When it was cancelled.
    pub cancelled_on: DateTime<Utc>,
    /// By whom.
    pub cancelled_by: String,
    /// 1 no longer needed, 5 failed to pay, 8 not checked in …
    pub reason: i64,
}

/// A price plan.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tariff {
    /// Location.
    pub business_id: i64,
    /// Name.
    pub name: String,
    /// `SystemTariffType`: 1 full-time private office, 3 full-time dedicated desk, 5 full-time hot desk …
    pub system_type: i64,
    /// Whole units of the location's currency.
    pub price: i64,
}

impl Tariff {
    /// A plan.
    pub fn new(business_id: i64, name: impl Into<String>, system_type: i64, price: i64) -> Self {
        Self {
            business_id,
            name: name.into(),
            system_type,
            price,
        }
    }
}

/// A membership. Dates are local midnights as instants.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Contract {
    /// Location (`IssuedById`).
    pub business_id: i64,
    /// Who holds it.
    pub coworker_id: i64,
    /// The plan.
    pub tariff_id: i64,
    /// First day.
    pub start: Option<DateTime<Utc>>,
    /// The end of the contract; `None` runs on.
    pub cancellation: Option<DateTime<Utc>>,
    /// Start of the next billing cycle; not an end.
    pub renewal: Option<DateTime<Utc>>,
    /// End of the minimum term; not an end.
    pub term: Option<DateTime<Utc>>,
    /// `Active`; `None` goes by the clock, start and cancellation.
    pub active: Option<bool>,
    /// Desks and offices.
    pub desks: Vec<i64>,
    /// Kinds of desks, part of the plan without a place of their own.
    pub desk_variants: Vec<i64>,
}

impl Contract {
    /// A running contract without desk.
    pub fn new(
        business_id: i64,
        coworker_id: i64,
        tariff_id: i64,
        start: Option<DateTime<Utc>>,
    ) -> Self {
        Self {
            business_id,
            coworker_id,
            tariff_id,
            start,
            cancellation: None,
            renewal: None,
            term: None,
            active: None,
            desks: Vec::new(),
            desk_variants: Vec::new(),
        }
    }

    pub(super) fn ended(&self, now: DateTime<Utc>) -> bool {
        self.cancellation.is_some_and(|end| end <= now)
    }

    pub(super) fn is_active(&self, now: DateTime<Utc>) -> bool {
        let started = self.start.is_none_or(|start| start <= now);
        self.active.unwrap_or(started && !self.ended(now))
    }
}

/// A freeze of a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PausedPeriod {
    /// The contract.
    pub contract_id: i64,
    /// First instant of the freeze, a local midnight.
    pub from: DateTime<Utc>,
    /// The day of the restart, a local midnight.
    pub until: DateTime<Utc>,
}

impl PausedPeriod {
    /// A freeze.
    pub fn new(contract_id: i64, from: DateTime<Utc>, until: DateTime<Utc>) -> Self {
        Self {
            contract_id,
            from,
            until,
        }
    }
}

/// An office or desk on the floor plan.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Desk {
    /// Location.
    pub business_id: i64,
    /// Name.
    pub name: String,
    /// 1 office, 2 dedicated desk, 3 hot desk, 4 other, 5 room.
    pub item_type: i64,
    /// Who has it without a contract.
    pub coworker_id: Option<i64>,
    /// Linked group of the access-control system.
    pub access_control_group_id: Option<String>,
    /// Seats.
    pub capacity: i64,
}

impl Desk {
    /// An item of the floor plan.
    pub fn new(business_id: i64, name: impl Into<String>, item_type: i64) -> Self {
        Self {
            business_id,
            name: name.into(),
            item_type,
            coworker_id: None,
            access_control_group_id: None,
            capacity: 1,
        }
    }
}

/// A kind of pass.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TimePass {
    /// Location.
    pub business_id: i64,
    /// Name.
    pub name: String,
    /// A bank of minutes; none for a pass of one calendar day.
    pub minutes_included: Option<i64>,
    /// Linked group of the access-control system.
    pub access_control_group_id: Option<String>,
}

impl TimePass {
    /// A day pass.
    pub fn new(business_id: i64, name: impl Into<String>) -> Self {
        Self {
            business_id,
            name: name.into(),
            minutes_included: None,
            access_control_group_id: None,
        }
    }
}

/// A pass that somebody owns.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CoworkerTimePass {
    /// Owner.
    pub coworker_id: i64,
    /// Location.
    pub business_id: i64,
    /// Its kind.
    pub time_pass_id: i64,
    /// When it was used.
    pub used_date: Option<DateTime<Utc>>,
    /// Minutes left, where the kind is a bank of minutes.
    pub remaining_uses: Option<i64>,
    /// Minutes bought, where the kind is a bank of minutes.
    pub total_uses: Option<i64>,
    /// When it lapses.
    pub expires: Option<DateTime<Utc>>,
}

impl CoworkerTimePass {
    /// An unused pass.
    pub fn new(coworker_id: i64, business_id: i64, time_pass_id: i64) -> Self {
        Self {
            coworker_id,
            business_id,
            time_pass_id,
            used_date: None,
            remaining_uses: None,
            total_uses: None,
            expires: None,
        }
    }
}

/// A guest.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Visitor {
    /// Location.
    pub business_id: i64,
    /// Full name.
    pub full_name: String,
    /// E-mail address.
    pub email: String,
    /// Host.
    pub coworker_id: Option<i64>,
    /// When they are expected.
    pub expected_arrival: DateTime<Utc>,
    /// 1 not required, 2 requested, 3 rejected, 4 accepted and hold, 5 accepted and grant.
    pub host_approval_status: i64,
}

impl Visitor {
    /// A guest without a host.
    pub fn new(
        business_id: i64,
        full_name: impl Into<String>,
        email: impl Into<String>,
        expected_arrival: DateTime<Utc>,
    ) -> Self {
        Self {
            business_id,
            full_name: full_name.into(),
            email: email.into(),
            coworker_id: None,
            expected_arrival,
            host_approval_status: 1,
        }
    }
}

/// A guest of a booking.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BookingVisitor {
    /// The booking.
    pub booking_id: i64,
    /// The guest.
    pub visitor_id: i64,
}

impl BookingVisitor {
    /// A guest of a booking.
    pub fn new(booking_id: i64, visitor_id: i64) -> Self {
        Self {
            booking_id,
            visitor_id,
        }
    }
}
