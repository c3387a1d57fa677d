use std::fmt;

use chrono::NaiveDate;
use chrono_tz::Tz;

/// What the sandbox's Entrata user and app sign in with.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EntrataCredentials {
    /// User name for Basic on the legacy host.
    pub username: String,
    /// Password for Basic on the legacy host.
    pub password: String,
    /// `X-Api-Key` on the gateway.
    pub api_key: String,
    /// Client id of the partner application.
    pub oauth_client_id: String,
    /// Client secret of the partner application.
    pub oauth_client_secret: String,
}

impl fmt::Debug for EntrataCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EntrataCredentials").finish_non_exhaustive()
    }
}

/// What the caller may do with a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PropertyAccess {
    /// Everything.
    Granted,
    /// Nothing: error 301, and the property is missing from `getProperties`.
    NotGranted,
    /// The app is not enabled for it: error 311 (HTTP 403 on the gateway, 200 on the legacy host).
    AppNotEnabled,
}

/// A property.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Property {
    /// Entrata's id.
    pub id: i64,
    /// Marketing name.
    pub name: String,
    /// The property of which this one is a phase.
    pub parent_id: Option<i64>,
    /// Street.
    pub street: String,
    /// City.
    pub city: String,
    /// Two-letter state.
    pub state: String,
    /// Postal code.
    pub postal_code: String,
    /// Disabled properties answer 301 and are listed only by `showAllStatus`.
    pub disabled: bool,
    /// What the sandbox's credentials may do with it.
    pub access: PropertyAccess,
    /// The zone of its calendar days, which Entrata tells to nobody here.
    pub time_zone: Tz,
}

impl Property {
    /// A property of this name that the caller may see.
    pub fn new(id: i64, name: impl Into<String>) -> Self {
        Self {
            id,
            name: name.into(),
            parent_id: None,
            street: "1 Main Street".to_owned(),
            city: "Springfield".to_owned(),
            state: "IL".to_owned(),
            postal_code: "62701".to_owned(),
            disabled: false,
            access: PropertyAccess::Granted,
            time_zone: Tz::America__Chicago,
        }
    }
}

/// A bed or room that is let apart; ordinary units have one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnitSpace {
    /// Entrata's id.
    pub id: i64,
    /// `302` or `302-A`.
    pub number: String,
}

impl UnitSpace {
    /// A space.
    pub fn new(id: i64, number: impl Into<String>) -> Self {
        Self {
            id,
            number: number.into(),
        }
    }
}

/// A unit: one door.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unit {
    /// Entrata's id, the `unitId` of leases.
    pub id: i64,
    /// The property it belongs to.
    pub property_id: i64,
    /// Unit number.
    pub number: String,
    /// Floor.
    pub floor: i64,
    /// Building.
    pub building: String,
    /// Bedrooms.
    pub bedrooms: i64,
    /// Its spaces, at least one.
    pub spaces: Vec<UnitSpace>,
}

impl Unit {
    /// A unit with one space of the same number, whose id is `space_id`.
    pub fn new(id: i64, property_id: i64, number: impl Into<String>, space_id: i64) -> Self {
        let number = number.into();
        Self {
            id,
            property_id,
            spaces: vec![UnitSpace::new(space_id, number.clone())],
            number,
            floor: 1,
            building: "B1".to_owned(),
            bedrooms: 1,
        }
    }
}

/// Lease status, by Entrata's ids 1 to 6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum LeaseStatus {
    /// 1
    Applicant,
    /// 2
    Cancelled,
    /// 3
    Future,
    /// 4
    Current,
    /// 5
    Notice,
    /// 6
    Past,
}

impl LeaseStatus {
    /// All statuses, by id.
    pub const ALL: [Self; 6] = [
        Self::Applicant,
        Self::Cancelled,
        Self::Future,
        Self::Current,
        Self::Notice,
        Self::Past,
    ];

    /// Entrata's id.
    pub fn id(self) -> i64 {
        match self {
            Self::Applicant => 1,
            Self::Cancelled => 2,
            Self::Future => 3,
            Self::Current => 4,
            Self::Notice => 5,
            Self::Past => 6,
        }
    }

    /// Entrata's word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Applicant => "Applicant",
            Self::Cancelled => "Cancelled",
            Self::Future => "Future",
            Self::Current => "Current",
            Self::Notice => "Notice",
            Self::Past => "Past",
        }
    }
}

/// A person on a lease.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Customer {
    /// Entrata's id, the same on all leases of this person.
    pub id: i64,
    /// `Primary`, `Responsible`, `Guarantor`, `Non-leasing Occupant` …
    pub customer_type: String,
    /// `Primary`, `Roommate`, `Child` … as the company calls it.
    pub relationship: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// E-mail address, where there is one.
    pub email: Option<String>,
    /// Phone number, where there is one.
    pub phone: Option<String>,
    /// The person's own status on this lease.
    pub status: LeaseStatus,
    /// The person's own move-in.
    pub move_in: Option<NaiveDate>,
    /// The person's own move-out.
    pub move_out: Option<NaiveDate>,
}

impl Customer {
    /// A primary customer with status Current and no dates.
    pub fn new(id: i64, first_name: impl Into<String>, last_name: impl Into<String>) -> Self {
        Self {
            id,
            customer_type: "Primary".to_owned(),
            relationship: "Primary".to_owned(),
            first_name: first_name.into(),
            last_name: last_name.into(),
            email: None,
            phone: None,
            status: LeaseStatus::Current,
            move_in: None,
            move_out: None,
        }
    }
}

/// One term of a lease.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeaseInterval {
    /// Entrata's id.
    pub id: i64,
    /// First day.
    pub start: NaiveDate,
    /// Last day; month-to-month intervals may have none.
    pub end: Option<NaiveDate>,
    /// `Application`, `Renewal`, `Month to Month`, `Transfer`, `Extension` …
    pub type_name: String,
    /// Status of the interval.
    pub status: LeaseStatus,
}

impl LeaseInterval {
    /// An interval of type `Application`.
    pub fn new(id: i64, start: NaiveDate, end: Option<NaiveDate>, status: LeaseStatus) -> Self {
        Self {
            id,
            start,
            end,
            type_name: "Application".to_owned(),
            status,
        }
    }

    /// The same interval under another type name.
    pub fn of_type(mut self, type_name: impl Into<String>) -> Self {
        self.type_name = type_name.into();
        self
    }

    pub(super) fn type_id(&self) -> i64 {
        match self.type_name.as_str() {
            "Application" => 1,
            "Renewal" => 2,
            "Month to Month" => 3,
            "Lease Modification" => 4,
            "Transfer" => 5,
            _ => 6,
        }
    }
}

/// A lease. All dates are calendar days at the property.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lease {
    /// Entrata's id.
    pub id: i64,
    /// The property.
    pub property_id: i64,
    /// Status.
    pub status: LeaseStatus,
    /// Comma-joined: `Month To Month`, `Renewed`, `Eviction` …
    pub sub_status: Option<String>,
    /// The unit; none while no unit is assigned.
    pub unit_id: Option<i64>,
    /// The spaces of the unit; all of them where empty.
    pub unit_space_ids: Vec<i64>,
    /// Move-in, planned or actual.
    pub move_in: Option<NaiveDate>,
    /// Date of the notice.
    pub notice: Option<NaiveDate>,
    /// Move-out, planned or actual.
    pub move_out: Option<NaiveDate>,
    /// Why they move out.
    pub move_out_reason: Option<String>,
    /// Date of a transfer.
    pub transfer_date: Option<NaiveDate>,
    /// The other lease of a transfer.
    pub transfer_lease_id: Option<i64>,
    /// The other property of a transfer.
    pub transfer_property_id: Option<i64>,
    /// Month to month.
    pub month_to_month: bool,
    /// `Conventional` (1) or `Flexible` (12).
    pub occupancy_type: String,
    /// People.
    pub customers: Vec<Customer>,
    /// Terms, oldest first.
    pub intervals: Vec<LeaseInterval>,
    /// Which of `intervals` is the active one; the first where it names none of them.
    pub interval_id: i64,
}

impl Lease {
    /// A lease without unit, people, dates or terms.
    pub fn new(id: i64, property_id: i64, status: LeaseStatus) -> Self {
        Self {
            id,
            property_id,
            status,
            sub_status: None,
            unit_id: None,
            unit_space_ids: Vec::new(),
            move_in: None,
            notice: None,
            move_out: None,
            move_out_reason: None,
            transfer_date: None,
            transfer_lease_id: None,
            transfer_property_id: None,
            month_to_month: false,
            occupancy_type: "Conventional".to_owned(),
            customers: Vec::new(),
            intervals: Vec::new(),
            interval_id: 0,
        }
    }

    pub(super) fn active_interval(&self) -> Option<&LeaseInterval> {
        let active = self.intervals.iter().find(|i| i.id == self.interval_id);
        active.or_else(|| self.intervals.first())
    }
}
