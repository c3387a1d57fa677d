//! Bookings, the snapshots of cancelled ones, and who comes along.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{Record, csv, falses, kind, local, nulls, stamp, utc};
use crate::nexudus::rows::{Booking, BookingVisitor, CancelledBooking};
use crate::nexudus::state::{NexudusState, Row};

pub(in crate::nexudus) fn booking(
    state: &NexudusState,
    id: i64,
    row: &Row<Booking>,
    now: DateTime<Utc>,
) -> Record {
    let guests: Vec<Value> = state
        .guests_of(id)
        .into_iter()
        .filter_map(|link| Some((link, state.booking_visitors.get(link)?)))
        .map(|(guest_id, guest)| {
            let visitor = state.visitors.get(guest.visitor_id);
            json!({
                "Id": guest_id,
                "BookingId": id,
                "VisitorId": guest.visitor_id,
                "VisitorFullName": visitor.map(|v| v.full_name.as_str()),
                "VisitorEmail": visitor.map(|v| v.email.as_str()),
            })
        })
        .collect();
    let mut record = booked(state, id, &row.value, now);
    record.set("BookingVisitors", guests);
    let name = state
        .resources
        .get(row.value.resource_id)
        .map_or("", |r| r.name.as_str());
    record.base("Booking", id, row, name);
    record
}

/// What a booking and the snapshot of a cancelled one have in common.
fn booked(state: &NexudusState, id: i64, value: &Booking, now: DateTime<Utc>) -> Record {
    let resource = state.resources.get(value.resource_id);
    let coworker = value.coworker_id.and_then(|id| state.coworkers.get(id));
    let teams = value
        .coworker_id
        .and_then(|id| csv(state.teams_of(id).iter().map(|(_, team)| &team.name)));
    let kind_name = resource
        .and_then(|r| state.resource_types.get(r.resource_type_id))
        .map(|t| t.name.as_str());
    let zone = state.wall(resource.map_or(0, |r| r.business_id));
    let mut record = Record::new();
    nulls!(
        record,
        [
            "ResourceNoReturnPolicy",
            "ResourceNoReturnPolicyAllResources",
            "ResourceNoReturnPolicyAllUsers",
            "FloorPlanDeskId",
            "FloorPlanDeskName",
            "CoworkerMobilePhone",
            "CoworkerLandLine",
            "CoworkerBillingName",
            "ExtraServiceId",
            "ExtraServiceName",
            "InternalNotes",
            "PurchaseOrder",
            "DiscountCode",
            "LastNotificationTime",
            "GoogleCalendarId",
            "GoogleEventId",
            "Office365EventId",
            "PublicGoogleEventId",
            "RepeatEvery",
            "RepeatUntil",
            "OverridePrice",
            "InvoiceDate",
            "KisiKeyId",
            "InvoiceDateLocal",
            "CoworkerInvoiceId",
            "CoworkerInvoiceNumber",
            "CoworkerExtraServiceIds",
            "CoworkerExtraServicePrice",
            "CoworkerExtraServiceCurrencyCode",
            "CoworkerExtraServiceChargePeriod",
            "CoworkerExtraServiceTotalUses",
            "CheckedInAt",
            "EstimatedCost",
            "EstimatedCostWithProducts",
            "EstimagedCost",
            "EstimatedProductCost",
            "ChargedExtraServices",
            "BookingProducts",
            "EstimatedExtraService",
            "Invoice",
            "DiscountAmount",
        ]
    );
    falses!(
        record,
        [
            "ResourceHideInCalendar",
            "ChargeNow",
            "InvoiceNow",
            "InvoiceThisCoworker",
            "DoNotUseBookingCredit",
            "RepeatOnMondays",
            "RepeatOnTuesdays",
            "RepeatOnWednesdays",
            "RepeatOnThursdays",
            "RepeatOnFridays",
            "RepeatOnSaturdays",
            "RepeatOnSundays",
            "Reminded",
            "MrmReminded",
            "Invoiced",
            "Billed",
            "CoworkerInvoicePaid",
            "IncludeZoomInvite",
            "CancelIfNotPaid",
            "CancelIfNotCheckedIn",
            "OverrideResourceLimits",
            "DisableConfirmation",
            "SkipGoogleCalendarUpdate",
            "IsEvent",
            "IsTour",
        ]
    );
    record.set("Repeats", 2);
    record.set("WhichBookingsToUpdate", 1);
    record.set("AvailableCredit", 0);
    record.set("ResourceId", value.resource_id);
    record.set("ResourceName", resource.map(|r| r.name.as_str()));
    record.set("ResourceAllocation", resource.and_then(|r| r.allocation));
    record.set(
        "ResourceResourceTypeId",
        resource.map(|r| r.resource_type_id),
    );
    record.set("ResourceResourceTypeName", kind_name);
    record.set("CoworkerId", value.coworker_id);
    record.set("CoworkerCoworkerType", coworker.map(kind));
    record.set("CoworkerFullName", coworker.map(|c| c.full_name.as_str()));
    record.set(
        "CoworkerCompanyName",
        coworker.filter(|c| c.company).map(|c| c.full_name.as_str()),
    );
    record.set("CoworkerTeamNames", &teams);
    record.set("TeamsAtTheTimeOfBooking", teams);
    record.set("TariffAtTheTimeOfBooking", None::<String>);
    record.set("FromTime", utc(value.from));
    record.set("ToTime", utc(value.to));
    record.set("FromTimeLocal", local(value.from, zone));
    record.set("ToTimeLocal", local(value.to, zone));
    record.set("Tentative", value.tentative);
    record.set("Online", value.coworker_id.is_some());
    record.set("Notes", &value.notes);
    record.set("RepeatSeriesUniqueId", &value.series);
    record.set("RepeatBooking", value.series.is_some());
    record.set("BookingNumber", id % 100_000);
    record.set("StartScheduledJobId", (id % 1_000_000 * 2).to_string());
    record.set("EndScheduledJobId", (id % 1_000_000 * 2 + 1).to_string());
    record.set(
        "MinutesToStart",
        value.from.signed_duration_since(now).num_minutes(),
    );
    record
}

pub(in crate::nexudus) fn cancelled_booking(
    state: &NexudusState,
    id: i64,
    row: &Row<CancelledBooking>,
    now: DateTime<Utc>,
) -> Record {
    let value = &row.value;
    let mut record = booked(state, value.original_id, &value.booking, now);
    record.set("CancelledOn", stamp(value.cancelled_on));
    record.set("CancelledBy", &value.cancelled_by);
    record.set("CancellationReason", value.reason);
    record.blank(&["MinutesToStart"], true);
    nulls!(
        record,
        [
            "CancellationReasonDetails",
            "Price",
            "MaxOccupancy",
            "MinutesToStart",
            "BookingVisitors",
        ]
    );
    // Typed as a string; whether it holds a number or a GUID is not documented.
    record.set("OriginalBookingId", value.original_id.to_string());
    record.base("CancelledBooking", id, row, "Cancelled booking");
    record
}

pub(in crate::nexudus) fn booking_visitor(
    state: &NexudusState,
    id: i64,
    row: &Row<BookingVisitor>,
) -> Record {
    let value = &row.value;
    let visitor = state.visitors.get(value.visitor_id);
    let mut record = Record::new();
    nulls!(record, ["VisitorPhoneNumber"]);
    record.set("BookingId", value.booking_id);
    record.set("VisitorId", value.visitor_id);
    record.set("VisitorFullName", visitor.map(|v| v.full_name.as_str()));
    record.set("VisitorEmail", visitor.map(|v| v.email.as_str()));
    record.set("VisitorCompanyName", Value::Null);
    record.base(
        "BookingVisitor",
        id,
        row,
        visitor.map_or("", |v| v.full_name.as_str()),
    );
    record
}
