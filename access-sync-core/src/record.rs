//! Records: one fact each from a source.
//!
//! Required arguments are positional, optional ones are chained. Dates may be given as
//! [`NaiveDate`](chrono::NaiveDate), as an `Option` of one, or as text; text that is not a calendar
//! date is kept and gives a finding, never a window.
//!
//! ```
//! use access_sync_core::record::{Lease, LeaseStatus, Record};
//!
//! let lease: Record = Lease::new("l1", "r1", "unit:101", LeaseStatus::Current)
//!     .move_in("2025-01-15")
//!     .move_out("2025-07-14")
//!     .time_zone(chrono_tz::America::New_York)
//!     .into();
//! assert_eq!(lease.id().as_str(), "l1");
//! ```

macro_rules! chained {
    ($($(#[$doc:meta])* $name:ident: $type:ty;)*) => {
        $($(#[$doc])*
        #[must_use]
        pub fn $name(mut self, $name: impl Into<$type>) -> Self {
            self.$name = $name.into();
            self
        })*

        /// Sets the time zone of the record's place, which beats the timeline's.
        #[must_use]
        pub fn time_zone(mut self, time_zone: impl Into<Option<Tz>>) -> Self {
            self.time_zone = time_zone.into();
            self
        }
    };
}

mod contract;
mod status;

pub use contract::{Contract, Pause, TeamMember};
pub use status::{BookingStatus, ContractStatus, LeaseStatus};

use crate::few::Few;
pub use crate::fields::{DateField, Moment, Span};
use crate::ids::{RecordId, SubjectId, TargetId};
use chrono::{DateTime, NaiveTime, Utc};
use chrono_tz::Tz;

/// One fact from a source.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Record {
    /// A resident's lease of a unit.
    Lease(Lease),
    /// A customer's booking of one or more rooms or desks.
    Booking(Booking),
    /// An announced visitor; planned as a booking.
    Visit(Booking),
    /// A running contract, with a team and pauses.
    Contract(Contract),
    /// One calendar day from cut-off to cut-off.
    DayPass(DayPass),
    /// A lock-out that beats every other record.
    Hold(Hold),
}

impl Record {
    /// The record's id.
    pub fn id(&self) -> &RecordId {
        match self {
            Self::Lease(it) => &it.id,
            Self::Booking(it) | Self::Visit(it) => &it.id,
            Self::Contract(it) => &it.id,
            Self::DayPass(it) => &it.id,
            Self::Hold(it) => &it.id,
        }
    }

    /// The word for the kind in a timeline document.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Lease(_) => "lease",
            Self::Booking(_) => "booking",
            Self::Visit(_) => "visit",
            Self::Contract(_) => "contract",
            Self::DayPass(_) => "day_pass",
            Self::Hold(_) => "hold",
        }
    }

    /// Everybody the record is about, repetitions included.
    pub fn subjects(&self) -> impl Iterator<Item = &SubjectId> {
        let (first, team): (&SubjectId, &[TeamMember]) = match self {
            Self::Lease(it) => (&it.resident, &[]),
            Self::Booking(it) | Self::Visit(it) => (&it.customer, &[]),
            Self::Contract(it) => (&it.customer, &it.team),
            Self::DayPass(it) => (&it.customer, &[]),
            Self::Hold(it) => (&it.subject, &[]),
        };
        core::iter::once(first).chain(team.iter().map(|member| &member.customer))
    }

    /// The subject and target behind a number that planning gave: the place in a booking's targets
    /// or in a contract's people (0 is the customer).
    pub(crate) fn pair(&self, number: u32) -> Option<(&SubjectId, &TargetId)> {
        let number = usize::try_from(number).ok()?;
        match self {
            Self::Lease(it) => Some((&it.resident, &it.target)),
            Self::Booking(it) | Self::Visit(it) => Some((&it.customer, it.targets.get(number)?)),
            Self::Contract(it) => match number.checked_sub(1) {
                None => Some((&it.customer, &it.target)),
                Some(member) => Some((&it.team.get(member)?.customer, &it.target)),
            },
            Self::DayPass(it) => Some((&it.customer, &it.target)),
            Self::Hold(_) => None,
        }
    }

    /// A few bytes of it, read to have it near.
    pub(crate) fn touch(&self) -> u8 {
        let pair = self.pair(0);
        self.id().touch() ^ pair.map_or(0, |(subject, target)| subject.touch() ^ target.touch())
    }

    pub(crate) fn time_zone(&self) -> Option<Tz> {
        match self {
            Self::Lease(it) => it.time_zone,
            Self::Booking(it) | Self::Visit(it) => it.time_zone,
            Self::Contract(it) => it.time_zone,
            Self::DayPass(it) => it.time_zone,
            Self::Hold(it) => it.time_zone,
        }
    }
}

macro_rules! kinds {
    ($($kind:ident),*) => {$(
        impl From<$kind> for Record {
            fn from(it: $kind) -> Self {
                Self::$kind(it)
            }
        }
    )*};
}
kinds!(Lease, Booking, Contract, DayPass, Hold);

/// A resident's lease of a unit. Household members are leases of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lease {
    /// Stable id.
    pub id: RecordId,
    /// Who lives there.
    pub resident: SubjectId,
    /// What the lease opens.
    pub target: TargetId,
    /// Where it stands.
    pub status: LeaseStatus,
    /// First day, local.
    pub move_in: DateField,
    /// Last day, local; missing is an open end.
    pub move_out: DateField,
    /// End of the term; an end of access only under
    /// [`EndBasis::LeaseEnd`](crate::policy::EndBasis::LeaseEnd).
    pub lease_end: DateField,
    /// Beats the policy's start time.
    pub start_time: Option<NaiveTime>,
    /// Beats the policy's end time.
    pub end_time: Option<NaiveTime>,
    /// Beats the timeline's time zone.
    pub time_zone: Option<Tz>,
}

impl Lease {
    /// A lease without dates.
    pub fn new(
        id: impl Into<RecordId>,
        resident: impl Into<SubjectId>,
        target: impl Into<TargetId>,
        status: impl Into<LeaseStatus>,
    ) -> Self {
        Self {
            id: id.into(),
            resident: resident.into(),
            target: target.into(),
            status: status.into(),
            move_in: DateField::Missing,
            move_out: DateField::Missing,
            lease_end: DateField::Missing,
            start_time: None,
            end_time: None,
            time_zone: None,
        }
    }

    chained! {
        /// Sets the first day.
        move_in: DateField;
        /// Sets the last day.
        move_out: DateField;
        /// Sets the end of the term.
        lease_end: DateField;
        /// Sets the time of day at which access begins.
        start_time: Option<NaiveTime>;
        /// Sets the time of day at which access ends.
        end_time: Option<NaiveTime>;
    }
}

/// A booking or, as [`Record::Visit`], an announced visitor.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Booking {
    /// Stable id.
    pub id: RecordId,
    /// Who comes.
    pub customer: SubjectId,
    /// What it opens: the room, and the doors on the way.
    pub targets: Few<TargetId>,
    /// Where it stands.
    pub status: BookingStatus,
    /// When, before buffers.
    pub span: Span,
    /// Beats the timeline's time zone.
    pub time_zone: Option<Tz>,
}

impl Booking {
    /// A booking of one target.
    pub fn new(
        id: impl Into<RecordId>,
        customer: impl Into<SubjectId>,
        target: impl Into<TargetId>,
        status: impl Into<BookingStatus>,
        span: Span,
    ) -> Self {
        Self {
            id: id.into(),
            customer: customer.into(),
            targets: Few::one(target.into()),
            status: status.into(),
            span,
            time_zone: None,
        }
    }

    /// Adds a target.
    #[must_use]
    pub fn also(mut self, target: impl Into<TargetId>) -> Self {
        self.targets = self
            .targets
            .iter()
            .cloned()
            .chain([target.into()])
            .collect();
        self
    }

    /// Sets the targets.
    #[must_use]
    pub fn targets<T: Into<TargetId>>(mut self, targets: impl IntoIterator<Item = T>) -> Self {
        self.targets = targets.into_iter().map(Into::into).collect();
        self
    }

    chained! {}
}

/// A pass for one calendar day.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DayPass {
    /// Stable id.
    pub id: RecordId,
    /// Who comes.
    pub customer: SubjectId,
    /// What it opens.
    pub target: TargetId,
    /// Where it stands.
    pub status: BookingStatus,
    /// The day: from the policy's cut-off on it to the cut-off on the next day.
    pub date: DateField,
    /// Beats the timeline's time zone.
    pub time_zone: Option<Tz>,
}

impl DayPass {
    /// A pass for a day.
    pub fn new(
        id: impl Into<RecordId>,
        customer: impl Into<SubjectId>,
        target: impl Into<TargetId>,
        status: impl Into<BookingStatus>,
        date: impl Into<DateField>,
    ) -> Self {
        Self {
            id: id.into(),
            customer: customer.into(),
            target: target.into(),
            status: status.into(),
            date: date.into(),
            time_zone: None,
        }
    }

    chained! {}
}

/// A lock-out: what it covers is taken from every other record.
///
/// A hold must not be lost to a typing error: where its start cannot be read or is missing it
/// holds from the beginning of time, where its end cannot be read it holds until further notice;
/// both give an `invalid_date` finding.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hold {
    /// Stable id.
    pub id: RecordId,
    /// Who is locked out.
    pub subject: SubjectId,
    /// From what.
    pub target: HoldTarget,
    /// Start.
    pub from: Moment,
    /// End, not included; missing is until further notice.
    pub to: Moment,
    /// Beats the timeline's time zone (for wall-clock edges).
    pub time_zone: Option<Tz>,
}

impl Hold {
    /// A hold until further notice.
    pub fn new(
        id: impl Into<RecordId>,
        subject: impl Into<SubjectId>,
        target: impl Into<HoldTarget>,
        from: impl Into<Moment>,
    ) -> Self {
        Self {
            id: id.into(),
            subject: subject.into(),
            target: target.into(),
            from: from.into(),
            to: Moment::Missing,
            time_zone: None,
        }
    }

    /// Sets the end.
    #[must_use]
    pub fn until(mut self, to: DateTime<Utc>) -> Self {
        self.to = Moment::Utc(to);
        self
    }

    chained! {}
}

/// What a hold covers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HoldTarget {
    /// Everything the person can open; `*` in a document.
    All,
    /// One target.
    One(TargetId),
}

impl HoldTarget {
    /// Whether a target is covered.
    pub fn covers(&self, target: &TargetId) -> bool {
        match self {
            Self::All => true,
            Self::One(one) => one == target,
        }
    }
}

impl From<TargetId> for HoldTarget {
    fn from(target: TargetId) -> Self {
        Self::One(target)
    }
}

/// `*` is everything.
impl From<&str> for HoldTarget {
    fn from(target: &str) -> Self {
        if target == "*" {
            Self::All
        } else {
            Self::One(target.into())
        }
    }
}
