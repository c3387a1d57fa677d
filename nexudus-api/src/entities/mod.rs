//! The entities, grouped as a reader looks for them.

mod bookings;
mod businesses;
mod contracts;
mod coworkers;
mod passes;
mod resources;
mod system;
mod visitors;

pub use bookings::*;
pub use businesses::*;
pub use contracts::*;
pub use coworkers::*;
pub use passes::*;
pub use resources::*;
pub use system::*;
pub use visitors::*;

use crate::{EntityApi, NexudusClient};

macro_rules! handles {
    ($( $(#[$meta:meta])* $name:ident: $entity:ident, )+) => {
        impl NexudusClient {
            $(
                $(#[$meta])*
                #[must_use]
                pub fn $name(&self) -> EntityApi<$entity> {
                    self.entity()
                }
            )+
        }

        /// See [`crate::inspect`]. None where there is no such entity or verb.
        pub(crate) fn inspect_entity(
            entity: &str,
            verb: &str,
            body: &[u8],
        ) -> Option<Result<serde_json::Value, crate::Error>> {
            match entity {
                $( <$entity as crate::Entity>::PATH => crate::inspect::entity::<$entity>(verb, body), )+
                _ => None,
            }
        }
    };
}

handles! {
    /// Customers: `/spaces/coworkers`.
    coworkers: Coworkers,
    /// Teams: `/spaces/teams`.
    teams: Teams,
    /// Bookings: `/spaces/bookings`.
    bookings: Bookings,
    /// What cancelled bookings leave: `/spaces/cancelledbookings`.
    cancelled_bookings: CancelledBookings,
    /// What can be booked: `/spaces/resources`.
    resources: Resources,
    /// Types of resources: `/spaces/resourcetypes`.
    resource_types: ResourceTypes,
    /// Contracts: `/billing/coworkercontracts`.
    contracts: CoworkerContracts,
    /// Pauses of contracts: `/billing/contractpausedperiods`.
    paused_periods: ContractPausedPeriods,
    /// Offices and desks: `/sys/floorplandesks`.
    floor_plan_desks: FloorPlanDesks,
    /// Part-time packages of offices and desks: `/sys/floorplandeskvariants`.
    floor_plan_desk_variants: FloorPlanDeskVariants,
    /// Passes that customers own: `/billing/coworkertimepasses`.
    coworker_time_passes: CoworkerTimePasses,
    /// Kinds of passes: `/billing/timepasses`.
    time_passes: TimePasses,
    /// When kinds of passes are good: `/billing/timepasstimeslots`.
    time_pass_time_slots: TimePassTimeSlots,
    /// Visitors: `/spaces/visitors`.
    visitors: Visitors,
    /// Visitors of bookings: `/spaces/bookingvisitors`.
    booking_visitors: BookingVisitors,
    /// Locations: `/sys/businesses`.
    businesses: Businesses,
    /// Opening windows: `/sys/businesstimeslots`.
    business_time_slots: BusinessTimeSlots,
    /// Who is in: `/spaces/checkins`.
    checkins: Checkins,
    /// Charges and credit of customers: `/billing/coworkerextraservices`.
    coworker_extra_services: CoworkerExtraServices,
    /// Kinds of charges: `/billing/extraservices`.
    extra_services: ExtraServices,
    /// Plans: `/billing/tariffs`.
    tariffs: Tariffs,
    /// Invoices: `/billing/coworkerinvoices`.
    invoices: CoworkerInvoices,
    /// Wi-Fi codes: `/spaces/accesstokens`.
    access_tokens: AccessTokens,
    /// Access audits: `/sys/coworkeraccesscontrolaudits`.
    access_audits: CoworkerAccessControlAudits,
    /// Registered webhooks: `/sys/webhooks`.
    webhooks: WebHooks,
}
