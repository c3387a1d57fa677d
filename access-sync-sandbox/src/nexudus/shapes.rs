//! Records as Nexudus writes them: coworkers, teams, bookings, resources; and what all share.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::ser::{Serialize, Serializer};
use serde_json::{Value, json};

use super::rows::{Booking, CancelledBooking, Coworker, Document, Resource, Team};
use super::state::{ADMIN, NexudusState, Row, Wall};
use crate::json::Object;
use crate::world::hash;

/// A record under construction.
#[derive(Debug, Clone)]
pub(super) struct Record(Object);

impl Record {
    pub(super) fn new() -> Self {
        Self(Object::with_capacity(120))
    }

    pub(super) fn set(&mut self, key: &'static str, value: impl Into<Value>) {
        self.0.set(key, value);
    }

    pub(super) fn null(&mut self, keys: &[&'static str]) {
        for key in keys {
            self.set(key, Value::Null);
        }
    }

    pub(super) fn no(&mut self, keys: &[&'static str]) {
        for key in keys {
            self.set(key, false);
        }
    }

    /// Empties fields, or leaves them out altogether.
    pub(super) fn blank(&mut self, keys: &[&str], omit: bool) {
        for key in keys {
            self.0.blank(key, omit);
        }
    }

    /// What every record ends with.
    pub(super) fn base<T>(&mut self, entity: &str, id: i64, row: &Row<T>, text: &str) {
        self.set("Id", id);
        self.set("UniqueId", guid(entity, id));
        self.set("CreatedOn", stamp(row.created));
        self.set("UpdatedOn", stamp(row.updated));
        self.set("UpdatedBy", ADMIN);
        self.no(&["IsNew"]);
        self.set("ToStringText", text);
        self.null(&["SystemId", "LocalizationDetails", "CustomFields"]);
    }
}

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl From<Record> for Value {
    fn from(record: Record) -> Self {
        record.0.into()
    }
}

/// A record that is kept as it was written.
pub(super) fn document(entity: &str, id: i64, row: &Row<Document>) -> Record {
    let mut record = Record::new();
    record.0.extend(&row.value);
    let name = row.value.get("Name").and_then(Value::as_str);
    record.base(entity, id, row, name.unwrap_or(entity));
    record
}

/// True UTC.
pub(super) fn utc(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// The `*Local` twin: the location's wall clock, with a `Z` that is a lie.
pub(super) fn local(at: DateTime<Utc>, wall: Wall) -> String {
    let time = at.with_timezone(&wall.zone).naive_local();
    let suffix = if wall.suffix { "Z" } else { "" };
    format!("{}{suffix}", time.format("%Y-%m-%dT%H:%M:%S"))
}

/// Seven digits of a second, as .NET writes them.
fn stamp(at: DateTime<Utc>) -> String {
    let fraction = at.timestamp_subsec_nanos() / 100;
    if fraction == 0 {
        return utc(at);
    }
    format!("{}.{fraction:07}Z", at.format("%Y-%m-%dT%H:%M:%S"))
}

fn guid(entity: &str, id: i64) -> String {
    let n = id.unsigned_abs();
    let a = hash(&[b"guid", entity.as_bytes()], n);
    let b = hash(&[entity.as_bytes(), b"guid"], n);
    format!(
        "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
        a >> 32,
        a >> 16 & 0xffff,
        a & 0xfff,
        b >> 48 & 0xfff,
        b & 0xffff_ffff_ffff
    )
}

/// Many links in one string; null where there is none.
pub(super) fn csv<T: ToString>(parts: impl IntoIterator<Item = T>) -> Option<String> {
    let parts: Vec<String> = parts.into_iter().map(|part| part.to_string()).collect();
    (!parts.is_empty()).then(|| parts.join(","))
}

/// An enum value that is joined from another record is a word, not a number.
pub(super) fn kind(coworker: &Coworker) -> &'static str {
    if coworker.company {
        "Company"
    } else {
        "Individual"
    }
}

pub(super) fn business_name(state: &NexudusState, id: i64) -> Option<String> {
    state
        .businesses
        .get(id)
        .map(|business| business.name.clone())
}

pub(super) fn coworker(
    state: &NexudusState,
    id: i64,
    row: &Row<Coworker>,
    now: DateTime<Utc>,
) -> Record {
    let value = &row.value;
    let home = state.businesses.get(value.business_id);
    let teams = state.teams_of(id);
    let contracts = state.contracts_of(id, now);
    let main = contracts.first().map(|(_, contract)| *contract);
    let zone = state.wall(value.business_id);
    let mut names = value.full_name.split(' ').filter(|part| !part.is_empty());
    let first = names.next();
    let last = names.next_back();
    // A login of their own only for people, not for the companies that pay for them.
    let user = (!value.company).then_some(id - 5_900_000);
    let mut record = Record::new();
    record.null(&[
        "AddedBusinesses",
        "RemovedBusinesses",
        "AddedTeams",
        "RemovedTeams",
        "MobilePhone",
        "LandLine",
        "BillingEmail",
        "KeyFobNumber",
        "ReferenceNumber",
        "Tag",
        "Notes",
        "AlertNote",
        "AccessControlDebounceTime",
        "NextTariffId",
        "NextTariffName",
    ]);
    record.no(&[
        "CreateUser",
        "CanBookForTeam",
        "ShowAlert",
        "UserIsAdmin",
        "AccessControlErrorNotificationSent",
        "HasDueInvoices",
        "IsAdmin",
    ]);
    record.set("Gender", 1);
    record.set("CountryId", 1221);
    record.set("TaxRateType", 1);
    record.set("AllowNetworkCheckin", true);
    record.set("CanMakeBookings", true);
    record.set("CanPurchaseProducts", true);
    record.set("CanPurchaseEvents", true);
    record.set("CanAccessCommunity", true);
    record.set("GeneralTermsAccepted", true);
    record.set("IsDefaultProfile", true);
    record.set("BillingDay", 1);
    record.set("MondayAttendance", 5);
    record.set("TuesdayAttendance", 5);
    record.set("WednesdayAttendance", 5);
    record.set("ThursdayAttendance", 5);
    record.set("FridayAttendance", 5);
    record.set("SaturdayAttendance", 5);
    record.set("SundayAttendance", 5);
    record.set("CoworkerType", if value.company { 2 } else { 1 });
    record.set("Businesses", json!([value.business_id]));
    record.set(
        "Teams",
        json!(teams.iter().map(|(team, _)| *team).collect::<Vec<i64>>()),
    );
    record.set("FullName", value.full_name.clone());
    record.set("Salutation", first);
    record.set("Email", value.email.clone());
    record.set("SimpleTimeZoneId", home.map(|b| b.simple_time_zone_id));
    record.set(
        "CompanyName",
        value.company.then(|| value.full_name.clone()),
    );
    record.set(
        "BillingName",
        value.company.then(|| value.full_name.clone()),
    );
    record.set("InvoicingBusinessId", value.business_id);
    record.set("InvoicingBusinessName", home.map(|b| b.name.clone()));
    record.set("BusinessNames", home.map(|b| b.name.clone()));
    record.set("AccessCardId", value.access_card_id.clone());
    record.set("AccessPincode", value.access_pincode.clone());
    record.set("BrivoUserId", value.brivo_user_id);
    record.set("UserId", user);
    record.set("UserFullName", user.map(|_| value.full_name.clone()));
    record.set("UserActive", user.is_some());
    record.set("Active", value.active);
    record.set("Archived", value.archived);
    record.set("RegistrationDate", utc(row.created));
    record.set("RegistrationDateLocal", local(row.created, zone));
    record.set("TariffId", main.map(|c| c.tariff_id));
    record.set(
        "TariffName",
        main.and_then(|c| state.tariffs.get(c.tariff_id))
            .map(|t| t.name.clone()),
    );
    record.set("RenewalDate", main.and_then(|c| c.renewal).map(utc));
    record.set("StartDate", main.and_then(|c| c.start).map(utc));
    record.set(
        "CancellationDate",
        main.and_then(|c| c.cancellation).map(utc),
    );
    record.set("TeamId", teams.first().map(|(team, _)| *team));
    record.set("TeamName", teams.first().map(|(_, team)| team.name.clone()));
    record.set("TeamIds", csv(teams.iter().map(|(team, _)| team)));
    record.set("TeamNames", csv(teams.iter().map(|(_, team)| &team.name)));
    record.set(
        "CoworkerContractIds",
        csv(contracts.iter().map(|(contract, _)| contract)),
    );
    record.set("GuessedFirstName", last.and(first));
    record.set("GuessedLastName", last);
    record.set("CheckinSinceLastRenewal", 0);
    record.set("MinutesSinceLastRenewal", 0);
    record.base("Coworker", id, row, &value.full_name);
    record
}

pub(super) fn team(state: &NexudusState, id: i64, row: &Row<Team>) -> Record {
    let value = &row.value;
    let payer = value
        .paying_member_id
        .and_then(|id| state.coworkers.get(id));
    let mut record = Record::new();
    record.null(&[
        "Description",
        "TunnelPrivateGroupId",
        "AddedTeamMembers",
        "RemovedTeamMembers",
        "AddedTeamAdministrators",
        "RemovedTeamAdministrators",
        "DefaultMemberTariffId",
        "DefaultMemberTariffName",
        "DiscountExtraServices",
        "DiscountTimePasses",
        "DiscountCharges",
        "DiscountTariffs",
        "ProfileSummary",
        "ProfileTags",
        "ProfileWebsite",
    ]);
    record.no(&[
        "UseSpecialPrices",
        "TransferCreditsToPayingMember",
        "ProfileIsPublic",
        "HasCommunityGroup",
        "DisableAttendanceDashboard",
    ]);
    record.set("CreateSingleInvoiceForTeam", true);
    record.set("MaxTeamMemberCount", 12);
    record.set("ShareTimePasses", true);
    record.set("ShareExtraServices", true);
    record.set("ShareBookingCredit", true);
    record.set("BusinessId", value.business_id);
    record.set("BusinessName", business_name(state, value.business_id));
    record.set("Name", value.name.clone());
    record.set("TeamMembers", json!(value.members));
    record.set("TeamAdministrators", json!(value.administrators));
    record.set("PayingMemberId", value.paying_member_id);
    record.set("PayingMemberFullName", payer.map(|c| c.full_name.clone()));
    record.set("PayingMemberCoworkerType", payer.map(kind));
    record.set(
        "PayingMemberBillingName",
        payer.filter(|c| c.company).map(|c| c.full_name.clone()),
    );
    record.set(
        "PayingMemberCompanyName",
        payer.filter(|c| c.company).map(|c| c.full_name.clone()),
    );
    record.base("Team", id, row, &value.name);
    record
}

pub(super) fn booking(
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
                "VisitorFullName": visitor.map(|v| v.full_name.clone()),
                "VisitorEmail": visitor.map(|v| v.email.clone()),
            })
        })
        .collect();
    let mut record = booked(state, id, &row.value, now);
    record.set("BookingVisitors", json!(guests));
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
        .map(|t| t.name.clone());
    let zone = state.wall(resource.map_or(0, |r| r.business_id));
    let mut record = Record::new();
    record.null(&[
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
    ]);
    record.no(&[
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
    ]);
    record.set("Repeats", 2);
    record.set("WhichBookingsToUpdate", 1);
    record.set("AvailableCredit", 0);
    record.set("ResourceId", value.resource_id);
    record.set("ResourceName", resource.map(|r| r.name.clone()));
    record.set("ResourceAllocation", resource.and_then(|r| r.allocation));
    record.set(
        "ResourceResourceTypeId",
        resource.map(|r| r.resource_type_id),
    );
    record.set("ResourceResourceTypeName", kind_name);
    record.set("CoworkerId", value.coworker_id);
    record.set("CoworkerCoworkerType", coworker.map(kind));
    record.set("CoworkerFullName", coworker.map(|c| c.full_name.clone()));
    record.set(
        "CoworkerCompanyName",
        coworker.filter(|c| c.company).map(|c| c.full_name.clone()),
    );
    record.set("CoworkerTeamNames", teams.clone());
    record.set("TeamsAtTheTimeOfBooking", teams);
    record.set("TariffAtTheTimeOfBooking", None::<String>);
    record.set("FromTime", utc(value.from));
    record.set("ToTime", utc(value.to));
    record.set("FromTimeLocal", local(value.from, zone));
    record.set("ToTimeLocal", local(value.to, zone));
    record.set("Tentative", value.tentative);
    record.set("Online", value.coworker_id.is_some());
    record.set("Notes", value.notes.clone());
    record.set("RepeatSeriesUniqueId", value.series.clone());
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

pub(super) fn cancelled_booking(
    state: &NexudusState,
    id: i64,
    row: &Row<CancelledBooking>,
    now: DateTime<Utc>,
) -> Record {
    let value = &row.value;
    let mut record = booked(state, value.original_id, &value.booking, now);
    record.set("CancelledOn", stamp(value.cancelled_on));
    record.set("CancelledBy", value.cancelled_by.clone());
    record.set("CancellationReason", value.reason);
    record.blank(&["MinutesToStart"], true);
    record.null(&[
        "CancellationReasonDetails",
        "Price",
        "MaxOccupancy",
        "MinutesToStart",
        "BookingVisitors",
    ]);
    // Typed as a string; whether it holds a number or a GUID is not documented.
    record.set("OriginalBookingId", value.original_id.to_string());
    record.base("CancelledBooking", id, row, "Cancelled booking");
    record
}

pub(super) fn resource(state: &NexudusState, id: i64, row: &Row<Resource>) -> Record {
    let value = &row.value;
    let mut record = Record::new();
    record.null(&[
        "Description",
        "PictureFileName",
        "NewPictureUrl",
        "ClearPictureFile",
        "EmailConfirmationContent",
        "BookInAdvanceLimit",
        "LateBookingLimit",
        "LateCancellationLimit",
        "NoReturnPolicy",
        "NoReturnPolicyAllResources",
        "NoReturnPolicyAllUsers",
        "Shifts",
        "GoogleCalendarId",
        "KisiGroupId",
        "Longitude",
        "Latitude",
        "ZoomUserId",
        "LastCleanedAt",
        "LinkedResourceIds",
    ]);
    record.no(&[
        "Projector",
        "Internet",
        "ConferencePhone",
        "StandardPhone",
        "WhiteBoard",
        "LargeDisplay",
        "Catering",
        "TeaAndCoffee",
        "Drinks",
        "SecurityLock",
        "CCTV",
        "VoiceRecorder",
        "AirConditioning",
        "Heating",
        "NaturalLight",
        "StandingDesk",
        "QuietZone",
        "WirelessCharger",
        "PrivacyScreen",
        "Soundproof",
        "VideoConferencing",
        "DualDisplayScreen",
        "DisplayScreen",
        "WirelessPresentation",
        "PaSystem",
        "DesktopMonitor",
        "FlipChart",
        "SecureStorage",
        "LimitVisitorsToAllocation",
        "HideInCalendar",
        "UseSharedZoomAccount",
        "OnlyForContacts",
        "OnlyForMembers",
    ]);
    record.set("DisplayOrder", 1);
    record.set("GroupName", "Floor 2");
    record.set("IntervalLimit", 15);
    record.set("MaxBookingLength", 480);
    record.set("MinBookingLength", 30);
    record.set("Tariffs", json!([]));
    record.set("Teams", json!([]));
    record.set("LinkedResources", json!([]));
    record.set("BusinessId", value.business_id);
    record.set("BusinessName", business_name(state, value.business_id));
    record.set("Name", value.name.clone());
    record.set("SystemResourceType", value.system_type);
    record.set("ResourceTypeId", value.resource_type_id);
    record.set(
        "ResourceTypeName",
        state
            .resource_types
            .get(value.resource_type_id)
            .map(|t| t.name.clone()),
    );
    record.set("RequiresConfirmation", value.requires_confirmation);
    record.set("AllowMultipleBookings", value.allow_multiple_bookings);
    record.set("Allocation", value.allocation);
    record.set(
        "AccessControlGroupId",
        value.access_control_group_id.clone(),
    );
    record.set(
        "AccessControlGroupIds",
        value.access_control_group_ids.clone(),
    );
    record.set("Archived", value.archived);
    record.set("Visible", !value.archived);
    record.base("Resource", id, row, &value.name);
    record
}
