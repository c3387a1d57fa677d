use chrono::{DateTime, Utc};
use serde_json::Value;

use super::shapes as a;
use super::shapes_more as b;
use super::state::NexudusState;

/// What can be listed and read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entity {
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
}

impl Entity {
    pub(super) const ALL: [Self; 15] = [
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
            | Self::BookingVisitors => "spaces",
            Self::Contracts
            | Self::PausedPeriods
            | Self::CoworkerTimePasses
            | Self::TimePasses
            | Self::Tariffs => "billing",
            Self::Businesses | Self::Desks => "sys",
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

    pub(super) fn ids(self, state: &NexudusState) -> Vec<i64> {
        match self {
            Self::Coworkers => state.coworkers.ids(),
            Self::Teams => state.teams.ids(),
            Self::Bookings => state.bookings.ids(),
            Self::CancelledBookings => state.cancelled_bookings.ids(),
            Self::Resources => state.resources.ids(),
            Self::ResourceTypes => state.resource_types.ids(),
            Self::Visitors => state.visitors.ids(),
            Self::BookingVisitors => state.booking_visitors.ids(),
            Self::Contracts => state.contracts.ids(),
            Self::PausedPeriods => state.paused_periods.ids(),
            Self::CoworkerTimePasses => state.coworker_time_passes.ids(),
            Self::TimePasses => state.time_passes.ids(),
            Self::Tariffs => state.tariffs.ids(),
            Self::Businesses => state.businesses.ids(),
            Self::Desks => state.desks.ids(),
        }
    }

    /// The whole record, as a read by id gives it.
    pub(super) fn full(self, state: &NexudusState, id: i64, now: DateTime<Utc>) -> Option<Value> {
        match self {
            Self::Coworkers => a::coworker(state, id, state.coworkers.row(id)?, now),
            Self::Teams => a::team(state, id, state.teams.row(id)?),
            Self::Bookings => a::booking(state, id, state.bookings.row(id)?, now),
            Self::CancelledBookings => {
                a::cancelled_booking(state, id, state.cancelled_bookings.row(id)?, now)
            }
            Self::Resources => a::resource(state, id, state.resources.row(id)?),
            Self::ResourceTypes => b::resource_type(state, id, state.resource_types.row(id)?),
            Self::Visitors => b::visitor(state, id, state.visitors.row(id)?),
            Self::BookingVisitors => b::booking_visitor(state, id, state.booking_visitors.row(id)?),
            Self::Contracts => b::contract(state, id, state.contracts.row(id)?, now),
            Self::PausedPeriods => b::paused_period(state, id, state.paused_periods.row(id)?),
            Self::CoworkerTimePasses => {
                b::coworker_time_pass(state, id, state.coworker_time_passes.row(id)?)
            }
            Self::TimePasses => b::time_pass(state, id, state.time_passes.row(id)?),
            Self::Tariffs => b::tariff(state, id, state.tariffs.row(id)?),
            Self::Businesses => b::business(id, state.businesses.row(id)?),
            Self::Desks => b::desk(state, id, state.desks.row(id)?, now),
        }
        .into()
    }
}
