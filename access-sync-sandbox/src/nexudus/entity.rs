use chrono::{DateTime, Utc};
use serde_json::Value;

use super::shapes::{self, Record};
use super::state::{NexudusState, Stamped};

/// What can be listed and read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Entity {
    Coworkers,
    Teams,
    Bookings,
    CancelledBookings,
    Resources,
    ResourceTypes,
    Visitors,
    BookingVisitors,
    Contracts,
    PausedPeriods,
    CoworkerTimePasses,
    TimePasses,
    Tariffs,
    Businesses,
    Desks,
    DeskVariants,
    TimePassTimeSlots,
    BusinessTimeSlots,
    Checkins,
    CoworkerExtraServices,
    ExtraServices,
    Invoices,
    AccessTokens,
    AccessAudits,
    WebHooks,
}

impl Entity {
    pub(super) const ALL: [Self; 25] = [
        Self::Coworkers,
        Self::Teams,
        Self::Bookings,
        Self::CancelledBookings,
        Self::Resources,
        Self::ResourceTypes,
        Self::Visitors,
        Self::BookingVisitors,
        Self::Contracts,
        Self::PausedPeriods,
        Self::CoworkerTimePasses,
        Self::TimePasses,
        Self::Tariffs,
        Self::Businesses,
        Self::Desks,
        Self::DeskVariants,
        Self::TimePassTimeSlots,
        Self::BusinessTimeSlots,
        Self::Checkins,
        Self::CoworkerExtraServices,
        Self::ExtraServices,
        Self::Invoices,
        Self::AccessTokens,
        Self::AccessAudits,
        Self::WebHooks,
    ];

    pub(super) fn find(group: &str, path: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|entity| entity.group() == group && entity.path() == path)
    }

    /// By the name that filters and references use.
    pub(super) fn by_name(name: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|entity| entity.name().eq_ignore_ascii_case(name))
    }

    pub(super) fn group(self) -> &'static str {
        match self {
            Self::Coworkers
            | Self::Teams
            | Self::Bookings
            | Self::CancelledBookings
            | Self::Resources
            | Self::ResourceTypes
            | Self::Visitors
            | Self::BookingVisitors
            | Self::Checkins
            | Self::AccessTokens => "spaces",
            Self::Contracts
            | Self::PausedPeriods
            | Self::CoworkerTimePasses
            | Self::TimePasses
            | Self::Tariffs
            | Self::TimePassTimeSlots
            | Self::CoworkerExtraServices
            | Self::ExtraServices
            | Self::Invoices => "billing",
            Self::Businesses
            | Self::Desks
            | Self::DeskVariants
            | Self::BusinessTimeSlots
            | Self::AccessAudits
            | Self::WebHooks => "sys",
        }
    }

    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Coworkers => "coworkers",
            Self::Teams => "teams",
            Self::Bookings => "bookings",
            Self::CancelledBookings => "cancelledbookings",
            Self::Resources => "resources",
            Self::ResourceTypes => "resourcetypes",
            Self::Visitors => "visitors",
            Self::BookingVisitors => "bookingvisitors",
            Self::Contracts => "coworkercontracts",
            Self::PausedPeriods => "contractpausedperiods",
            Self::CoworkerTimePasses => "coworkertimepasses",
            Self::TimePasses => "timepasses",
            Self::Tariffs => "tariffs",
            Self::Businesses => "businesses",
            Self::Desks => "floorplandesks",
            Self::DeskVariants => "floorplandeskvariants",
            Self::TimePassTimeSlots => "timepasstimeslots",
            Self::BusinessTimeSlots => "businesstimeslots",
            Self::Checkins => "checkins",
            Self::CoworkerExtraServices => "coworkerextraservices",
            Self::ExtraServices => "extraservices",
            Self::Invoices => "coworkerinvoices",
            Self::AccessTokens => "accesstokens",
            Self::AccessAudits => "coworkeraccesscontrolaudits",
            Self::WebHooks => "webhooks",
        }
    }

    /// The singular name that filters begin with.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Coworkers => "Coworker",
            Self::Teams => "Team",
            Self::Bookings => "Booking",
            Self::CancelledBookings => "CancelledBooking",
            Self::Resources => "Resource",
            Self::ResourceTypes => "ResourceType",
            Self::Visitors => "Visitor",
            Self::BookingVisitors => "BookingVisitor",
            Self::Contracts => "CoworkerContract",
            Self::PausedPeriods => "ContractPausedPeriod",
            Self::CoworkerTimePasses => "CoworkerTimePass",
            Self::TimePasses => "TimePass",
            Self::Tariffs => "Tariff",
            Self::Businesses => "Business",
            Self::Desks => "FloorPlanDesk",
            Self::DeskVariants => "FloorPlanDeskVariant",
            Self::TimePassTimeSlots => "TimePassTimeSlot",
            Self::BusinessTimeSlots => "BusinessTimeSlot",
            Self::Checkins => "Checkin",
            Self::CoworkerExtraServices => "CoworkerExtraService",
            Self::ExtraServices => "ExtraService",
            Self::Invoices => "CoworkerInvoice",
            Self::AccessTokens => "AccessToken",
            Self::AccessAudits => "CoworkerAccessControlAudit",
            Self::WebHooks => "WebHook",
        }
    }

    /// What only a read by id fills; lists and batches carry null.
    pub(super) fn get_only(self) -> &'static [&'static str] {
        match self {
            Self::Coworkers => &["Businesses", "Teams"],
            Self::Teams => &["TeamMembers", "TeamAdministrators"],
            Self::Bookings => &["BookingVisitors", "MinutesToStart"],
            Self::Contracts => &["Desks", "Variants"],
            Self::Resources => &["LinkedResources", "Tariffs", "Teams"],
            Self::TimePasses => &["Businesses", "Tariffs"],
            _ => &[],
        }
    }

    /// What a batch read leaves out besides.
    pub(super) fn not_in_batch(self) -> &'static [&'static str] {
        match self {
            Self::Resources => &[
                "Allocation",
                "IntervalLimit",
                "HideInCalendar",
                "MaxBookingLength",
                "MinBookingLength",
            ],
            _ => &[],
        }
    }

    /// Fields that are not offered as filters; such a filter is ignored.
    pub(super) fn not_filterable(self) -> &'static [&'static str] {
        match self {
            Self::Contracts => &["Active", "Cancelled", "MainContract", "FloorPlanDeskIds"],
            _ => &[],
        }
    }

    /// Customers, snapshots of cancelled bookings and locations cannot be deleted.
    pub(super) fn deletable(self) -> bool {
        !matches!(
            self,
            Self::Coworkers | Self::CancelledBookings | Self::Businesses
        )
    }

    pub(super) fn count(self, state: &NexudusState) -> usize {
        self.table(state).len()
    }

    /// Ids in their order.
    pub(super) fn ids(self, state: &NexudusState) -> Box<dyn Iterator<Item = i64> + '_> {
        self.table(state).ids()
    }

    /// When a record was made and changed last.
    pub(super) fn stamps(
        self,
        state: &NexudusState,
        id: i64,
    ) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        self.table(state).stamps(id)
    }

    fn table(self, state: &NexudusState) -> &dyn Stamped {
        match self {
            Self::Coworkers => &state.coworkers,
            Self::Teams => &state.teams,
            Self::Bookings => &state.bookings,
            Self::CancelledBookings => &state.cancelled_bookings,
            Self::Resources => &state.resources,
            Self::ResourceTypes => &state.resource_types,
            Self::Visitors => &state.visitors,
            Self::BookingVisitors => &state.booking_visitors,
            Self::Contracts => &state.contracts,
            Self::PausedPeriods => &state.paused_periods,
            Self::CoworkerTimePasses => &state.coworker_time_passes,
            Self::TimePasses => &state.time_passes,
            Self::Tariffs => &state.tariffs,
            Self::Businesses => &state.businesses,
            Self::Desks => &state.desks,
            _ => state.documents(self).unwrap_or(&state.webhooks),
        }
    }

    /// A field that filters ask for often, without the whole record: `None` where it is none of
    /// those.
    pub(super) fn peek(self, state: &NexudusState, id: i64, field: &str) -> Option<Value> {
        let at = |at: DateTime<Utc>| Value::from(shapes::utc(at));
        match self {
            Self::Bookings => {
                let row = state.bookings.get(id)?;
                match field {
                    "FromTime" => Some(at(row.from)),
                    "ToTime" => Some(at(row.to)),
                    "Coworker" | "CoworkerId" => Some(row.coworker_id.into()),
                    "Resource" | "ResourceId" => Some(row.resource_id.into()),
                    _ => None,
                }
            }
            Self::Contracts if matches!(field, "Coworker" | "CoworkerId") => {
                Some(state.contracts.get(id)?.coworker_id.into())
            }
            Self::CoworkerTimePasses if matches!(field, "Coworker" | "CoworkerId") => {
                Some(state.coworker_time_passes.get(id)?.coworker_id.into())
            }
            Self::BookingVisitors if matches!(field, "Booking" | "BookingId") => {
                Some(state.booking_visitors.get(id)?.booking_id.into())
            }
            Self::Coworkers if field == "Email" => {
                Some(state.coworkers.get(id)?.email.clone().into())
            }
            _ => None,
        }
    }

    /// The location that a record belongs to, for webhooks.
    pub(super) fn business(self, state: &NexudusState, id: i64) -> Option<i64> {
        match self {
            Self::Coworkers => state.coworkers.get(id).map(|row| row.business_id),
            Self::Teams => state.teams.get(id).map(|row| row.business_id),
            Self::Contracts => state.contracts.get(id).map(|row| row.business_id),
            Self::Desks => state.desks.get(id).map(|row| row.business_id),
            Self::Visitors => state.visitors.get(id).map(|row| row.business_id),
            Self::Businesses => Some(id),
            Self::Bookings => {
                let room = state.bookings.get(id)?.resource_id;
                state.resources.get(room).map(|row| row.business_id)
            }
            _ => state.documents(self)?.get(id)?.get("BusinessId")?.as_i64(),
        }
    }

    /// The whole record as a value.
    pub(super) fn full(self, state: &NexudusState, id: i64, now: DateTime<Utc>) -> Option<Value> {
        self.record(state, id, now).map(Value::from)
    }

    /// The whole record, as a read by id gives it.
    pub(super) fn record(
        self,
        state: &NexudusState,
        id: i64,
        now: DateTime<Utc>,
    ) -> Option<Record> {
        Some(match self {
            Self::Coworkers => shapes::coworker(state, id, state.coworkers.row(id)?, now),
            Self::Teams => shapes::team(state, id, state.teams.row(id)?),
            Self::Bookings => shapes::booking(state, id, state.bookings.row(id)?, now),
            Self::CancelledBookings => {
                shapes::cancelled_booking(state, id, state.cancelled_bookings.row(id)?, now)
            }
            Self::Resources => shapes::resource(state, id, state.resources.row(id)?),
            Self::ResourceTypes => shapes::resource_type(state, id, state.resource_types.row(id)?),
            Self::Visitors => shapes::visitor(state, id, state.visitors.row(id)?),
            Self::BookingVisitors => {
                shapes::booking_visitor(state, id, state.booking_visitors.row(id)?)
            }
            Self::Contracts => shapes::contract(state, id, state.contracts.row(id)?, now),
            Self::PausedPeriods => shapes::paused_period(state, id, state.paused_periods.row(id)?),
            Self::CoworkerTimePasses => {
                shapes::coworker_time_pass(state, id, state.coworker_time_passes.row(id)?)
            }
            Self::TimePasses => shapes::time_pass(state, id, state.time_passes.row(id)?),
            Self::Tariffs => shapes::tariff(state, id, state.tariffs.row(id)?),
            Self::Businesses => shapes::business(id, state.businesses.row(id)?),
            Self::Desks => shapes::desk(state, id, state.desks.row(id)?, now),
            _ => shapes::document(self.name(), id, state.documents(self)?.row(id)?),
        })
    }
}
