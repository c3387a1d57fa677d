//! Ids, one type for each kind of record.

macro_rules! ids {
    ($( $(#[$meta:meta])* $name:ident, )+) => {$(
        access_sync_http::numeric_id! {
            $(#[$meta])*
            pub struct $name;
        }
        crate::field::scalar_values!($name);
    )+};
}

ids! {
    /// A coworker's id: a customer, person or company.
    CoworkerId,
    /// A team's id.
    TeamId,
    /// A booking's id.
    BookingId,
    /// The id of the snapshot that a cancelled booking leaves; not the booking's own.
    CancelledBookingId,
    /// A resource's id: a meeting room, a bookable desk.
    ResourceId,
    /// A resource type's id.
    ResourceTypeId,
    /// A contract's id.
    CoworkerContractId,
    /// A paused period's id.
    ContractPausedPeriodId,
    /// The id of a floor plan's desk, office or other unit.
    FloorPlanDeskId,
    /// The id of a part-time package of a floor plan unit.
    FloorPlanDeskVariantId,
    /// A floor plan's id.
    FloorPlanId,
    /// A location's id.
    BusinessId,
    /// The id of one opening window of a location.
    BusinessTimeSlotId,
    /// A plan's id.
    TariffId,
    /// The id of a kind of pass.
    TimePassId,
    /// The id of one window of a kind of pass.
    TimePassTimeSlotId,
    /// The id of a pass that a customer owns.
    CoworkerTimePassId,
    /// A visitor's id.
    VisitorId,
    /// The id of a visitor's place in a booking.
    BookingVisitorId,
    /// A check-in's id.
    CheckinId,
    /// The id of a kind of charge.
    ExtraServiceId,
    /// The id of a charge or booking credit of a customer.
    CoworkerExtraServiceId,
    /// The id of a Wi-Fi code.
    AccessTokenId,
    /// The id of an access-control audit line.
    CoworkerAccessControlAuditId,
    /// An invoice's id.
    CoworkerInvoiceId,
    /// The id of a registered webhook.
    WebHookId,
    /// The id of a log-in.
    UserId,
}
