//! Ids. Entrata writes them as numbers in one place and as text in the next; both are read.

use access_sync_http::numeric_id;

numeric_id! {
    /// A property (`propertyId`, `PropertyID`).
    pub struct PropertyId;
}
numeric_id! {
    /// A building of a property (`buildingId`).
    pub struct BuildingId;
}
numeric_id! {
    /// A property unit: the physical door (`unit.id`, a lease's `unitId`).
    pub struct UnitId;
}
numeric_id! {
    /// A unit space: a bed or room that is let by itself (`unitSpaceId`). Conventional properties
    /// have one space a unit.
    pub struct UnitSpaceId;
}
numeric_id! {
    /// A floor plan (`floorplanId`, `floorPlanId`).
    pub struct FloorPlanId;
}
numeric_id! {
    /// A lease. It stays the same through renewals; a transfer makes another lease.
    pub struct LeaseId;
}
numeric_id! {
    /// One term of a lease (`leaseIntervalId`); a renewal adds one.
    pub struct LeaseIntervalId;
}
numeric_id! {
    /// A person: the stable key, where e-mail addresses are absent or shared between roommates.
    pub struct CustomerId;
}
numeric_id! {
    /// An application for a lease (`applicationId`).
    pub struct ApplicationId;
}
numeric_id! {
    /// An event of a lease's history (`eventId`).
    pub struct EventId;
}
numeric_id! {
    /// An amenity that can be reserved.
    pub struct AmenityId;
}
numeric_id! {
    /// A reservation of an amenity.
    pub struct ReservationId;
}
