//! Bookings and what cancelled ones leave.

use chrono::{DateTime, Utc};

use super::visitors::BookingVisitorRow;
use crate::entity::entity;
use crate::{
    BookingCancellationReason, BookingId, CancelledBookingId, CoworkerId, CoworkerType, Draft,
    FloorPlanDeskId, List, LocalDateTime, Personal, ResourceId, ResourceTypeId,
};

entity! {
    /// Bookings of resources. `/spaces/bookings`.
    ///
    /// There is no status: a booking that exists stands, unless it is
    /// [`tentative`](BookingRow::tentative). A cancelled one is *gone* from here, and no filter by
    /// change date shows that: see [`CancelledBookings`]. There is no location either; it is the
    /// resource's.
    Bookings = "spaces" / "bookings", "Booking", BookingId;
    list BookingRow; get Booking;
    required {
        /// What is booked.
        resource_id: ResourceId,
        /// When it starts.
        from_time: DateTime<Utc>,
        /// When it ends.
        to_time: DateTime<Utc>,
    }
    optional {
        /// When it starts, by the location's clock.
        from_time_local: LocalDateTime,
        /// When it ends, by the location's clock.
        to_time_local: LocalDateTime,
        /// Who booked; none where staff blocked the resource, and nobody is to get in by it.
        coworker_id: CoworkerId,
        /// Who booked, by name.
        coworker_full_name: Personal,
        /// What they are.
        coworker_coworker_type: CoworkerType,
        /// Whether it still waits for staff's approval. It blocks the calendar all the same.
        tentative: bool,
        /// Whether the customer made it.
        online: bool,
        /// The resource's name.
        resource_name: String,
        /// The resource's type.
        resource_resource_type_id: ResourceTypeId,
        /// That type's name.
        resource_resource_type_name: String,
        /// The desk, where the booking is of one.
        floor_plan_desk_id: FloorPlanDeskId,
        /// That desk's name.
        floor_plan_desk_name: String,
        /// The number that people see.
        booking_number: i64,
        /// When the customer checked in.
        checked_in_at: DateTime<Utc>,
        /// Whether it is cancelled unless it is paid.
        cancel_if_not_paid: bool,
        /// Whether it is cancelled unless somebody comes.
        cancel_if_not_checked_in: bool,
        /// The series that it belongs to. Each occurrence is a booking of its own.
        repeat_series_unique_id: String,
        /// The customer's teams when it was made.
        teams_at_the_time_of_booking: Personal,
        /// The customer's plan when it was made.
        tariff_at_the_time_of_booking: String,
        /// Whether the invoice for it is paid.
        coworker_invoice_paid: bool,
        /// Minutes until it starts; filled in webhooks and reads by id.
        minutes_to_start: i64,
        /// What the customer wrote.
        notes: Personal,
        /// What staff wrote.
        internal_notes: Personal,
    }
    csv {}
    get_only {
        /// Who is expected.
        booking_visitors: BookingVisitorRow,
    }
    filters {
        /// What is booked.
        RESOURCE: ResourceId = "Resource",
        /// Who booked.
        COWORKER: CoworkerId = "Coworker",
        /// When it starts.
        FROM_TIME: DateTime<Utc> = "FromTime",
        /// When it ends.
        TO_TIME: DateTime<Utc> = "ToTime",
        /// Whether it waits for approval.
        TENTATIVE: bool = "Tentative",
        /// The resource's location.
        RESOURCE_BUSINESS: crate::BusinessId = "Resource_Business",
        /// The series.
        REPEAT_SERIES_UNIQUE_ID: String = "RepeatSeriesUniqueId",
    }
    verbs { Create Update Delete }
}

impl List<Bookings> {
    /// Only bookings that overlap or touch `[from, until]`: those that start at `until` or earlier
    /// and end at `from` or later. Nexudus compares whole minutes; the bounds are widened to them.
    pub fn overlapping(self, from: DateTime<Utc>, until: DateTime<Utc>) -> Self {
        self.filter(Bookings::FROM_TIME.to(until))
            .filter(Bookings::TO_TIME.from(from))
    }
}

impl Bookings {
    /// A booking to be created. Without a `CoworkerId` (see [`Draft::set`]) it blocks the resource
    /// for nobody.
    #[must_use]
    pub fn draft(resource: ResourceId, from: DateTime<Utc>, to: DateTime<Utc>) -> Draft<Self> {
        Draft::new()
            .with("ResourceId", resource.0)
            .with("FromTime", utc(from))
            .with("ToTime", utc(to))
    }
}

fn utc(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

entity! {
    /// The snapshots that cancelled bookings leave. `/spaces/cancelledbookings`; read them, do not
    /// write them.
    ///
    /// Poll by [`CANCELLED_ON`](CancelledBookings::CANCELLED_ON). The snapshot's id is not the
    /// booking's: that is [`original_booking_id`](CancelledBookingRow::original_booking_id).
    CancelledBookings = "spaces" / "cancelledbookings", "CancelledBooking", CancelledBookingId;
    list CancelledBookingRow; get CancelledBooking;
    required {}
    optional {
        /// The booking that it was. The documents say a text and not whether an id or a GUID.
        original_booking_id: String,
        /// When it was cancelled.
        cancelled_on: DateTime<Utc>,
        /// By whom.
        cancelled_by: Personal,
        /// Why.
        cancellation_reason: BookingCancellationReason,
        /// Why, in words.
        cancellation_reason_details: Personal,
        /// What was booked.
        resource_id: ResourceId,
        /// The resource's name.
        resource_name: String,
        /// Who had booked.
        coworker_id: CoworkerId,
        /// Who had booked, by name.
        coworker_full_name: Personal,
        /// When it would have started.
        from_time: DateTime<Utc>,
        /// When it would have ended.
        to_time: DateTime<Utc>,
        /// When it would have started, by the location's clock.
        from_time_local: LocalDateTime,
        /// When it would have ended, by the location's clock.
        to_time_local: LocalDateTime,
        /// Whether it was waiting for approval.
        tentative: bool,
        /// The number that people saw.
        booking_number: i64,
        /// The series that it belonged to.
        repeat_series_unique_id: String,
    }
    csv {}
    get_only {}
    filters {
        /// When it was cancelled.
        CANCELLED_ON: DateTime<Utc> = "CancelledOn",
        /// What was booked.
        RESOURCE: ResourceId = "Resource",
        /// Who had booked.
        COWORKER: CoworkerId = "Coworker",
        /// When it would have started.
        FROM_TIME: DateTime<Utc> = "FromTime",
        /// When it would have ended.
        TO_TIME: DateTime<Utc> = "ToTime",
    }
    verbs {}
}
