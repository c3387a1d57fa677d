//! Locations, their rooms, and the items of their floor plans.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{Record, business_name, csv, falses, kind, nulls};
use crate::nexudus::rows::{Business, Desk, Resource, ResourceType};
use crate::nexudus::state::{NexudusState, Row};

pub(in crate::nexudus) fn resource(state: &NexudusState, id: i64, row: &Row<Resource>) -> Record {
    let value = &row.value;
    let mut record = Record::new();
    nulls!(
        record,
        [
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
        ]
    );
    falses!(
        record,
        [
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
            "UseSharedZoomAccount",
            "OnlyForContacts",
            "OnlyForMembers",
        ]
    );
    record.set("HideInCalendar", false);
    record.set("DisplayOrder", 1);
    record.set("GroupName", "Floor 2");
    record.set("IntervalLimit", 15);
    record.set("MaxBookingLength", 480);
    record.set("MinBookingLength", 30);
    record.set("Tariffs", [(); 0]);
    record.set("Teams", [(); 0]);
    record.set("LinkedResources", [(); 0]);
    record.set("BusinessId", value.business_id);
    record.set("BusinessName", business_name(state, value.business_id));
    record.set("Name", value.name.as_str());
    record.set("SystemResourceType", value.system_type);
    record.set("ResourceTypeId", value.resource_type_id);
    record.set(
        "ResourceTypeName",
        state
            .resource_types
            .get(value.resource_type_id)
            .map(|t| t.name.as_str()),
    );
    record.set("RequiresConfirmation", value.requires_confirmation);
    record.set("AllowMultipleBookings", value.allow_multiple_bookings);
    record.set("Allocation", value.allocation);
    record.set("AccessControlGroupId", &value.access_control_group_id);
    record.set("AccessControlGroupIds", &value.access_control_group_ids);
    record.set("Archived", value.archived);
    record.set("Visible", !value.archived);
    record.base("Resource", id, row, &value.name);
    record
}

pub(in crate::nexudus) fn resource_type(
    state: &NexudusState,
    id: i64,
    row: &Row<ResourceType>,
) -> Record {
    let mut record = Record::new();
    record.set("BusinessId", row.value.business_id);
    record.set("BusinessName", business_name(state, row.value.business_id));
    record.set("Name", row.value.name.as_str());
    record.base("ResourceType", id, row, &row.value.name);
    record
}

pub(in crate::nexudus) fn desk(
    state: &NexudusState,
    id: i64,
    row: &Row<Desk>,
    now: DateTime<Utc>,
) -> Record {
    let value = &row.value;
    let holder = value.coworker_id.and_then(|id| state.coworkers.get(id));
    let contracts = state.contracts_at(id, now);
    let names = contracts
        .iter()
        .filter_map(|(_, c)| Some(&state.coworkers.get(c.coworker_id)?.full_name));
    let starts = contracts
        .iter()
        .filter_map(|(_, c)| Some(c.start?.format("%Y-%m-%d").to_string()));
    let mut record = Record::new();
    nulls!(
        record,
        [
            "CoworkerCompanyName",
            "SensorId",
            "SensorName",
            "SensorUnit",
            "SensorSensorType",
            "SensorLastReceivedValue",
            "SensorLastValueTriggeredAction",
            "ResourceId",
            "ResourceName",
            "ResourceResourceTypeName",
            "ResourceAllocation",
            "Area",
            "Notes",
            "TunnelPrivateGroupId",
            "AvailableFromTime",
            "AvailableToTime",
            "AvailableFromTimeLocal",
            "AvailableToTimeLocal",
            "ArchilogicUniqueId",
            "FloorPlanLayoutAssetUniqueId",
        ]
    );
    falses!(record, ["SizeIsLinkedToArea"]);
    record.set("FloorPlanId", 1416200301);
    record.set("FloorPlanName", "Level 2");
    record.set("FloorPlanBusinessCurrencyCode", "USD");
    record.set("FloorPlanCapacity", 80);
    record.set("Size", 32.5);
    record.set("Price", 2400.0);
    record.set("PositionX", 120);
    record.set("PositionY", 340);
    record.set("PositionZ", 1);
    record.set("FloorPlanBusinessId", value.business_id);
    record.set(
        "FloorPlanBusinessName",
        business_name(state, value.business_id),
    );
    record.set("Name", value.name.as_str());
    record.set("ItemType", value.item_type);
    record.set("CoworkerId", value.coworker_id);
    record.set("CoworkerFullName", holder.map(|c| c.full_name.as_str()));
    record.set("CoworkerCoworkerType", holder.map(kind));
    record.set("CoworkerEmail", holder.map(|c| c.email.as_str()));
    record.set(
        "CoworkerTeamNames",
        value
            .coworker_id
            .and_then(|id| csv(state.teams_of(id).iter().map(|(_, team)| &team.name))),
    );
    record.set("AccessControlGroupId", &value.access_control_group_id);
    record.set("Capacity", value.capacity);
    record.set("Available", contracts.is_empty() && holder.is_none());
    record.set(
        "CoworkerContractIds",
        csv(contracts.iter().map(|(id, _)| id)),
    );
    record.set("CoworkerContractFullNames", csv(names));
    record.set("CoworkerContractStartDates", csv(starts));
    record.base("FloorPlanDesk", id, row, &value.name);
    record
}

pub(in crate::nexudus) fn business(id: i64, row: &Row<Business>) -> Record {
    let value = &row.value;
    let mut record = Record::new();
    nulls!(
        record,
        [
            "SpaceWebsiteLanguageId",
            "DefaultPaymentGatewayId",
            "NextInvoice",
            "TermsAndConditions",
            "ShortIntroduction",
            "AboutUs",
            "Phone",
            "Tags",
            "FloorSpace",
            "SaturdayOpenTime",
            "SaturdayCloseTime",
            "SundayOpenTime",
            "SundayCloseTime",
        ]
    );
    falses!(
        record,
        [
            "Suspended",
            "MondayClosed",
            "TuesdayClosed",
            "WednesdayClosed",
            "ThursdayClosed",
            "FridayClosed",
            "SameOpeningTimes",
        ]
    );
    record.set("VisitedHelpItems", 0);
    record.set("DefaultLanguage", 1);
    record.set("SpaceWebsiteLanguageCulture", "en-US");
    record.set("Address", "1 Pier Way");
    record.set("EmailContact", "hello@example.com");
    record.set("CountryId", 1221);
    record.set("CountryName", "United States");
    record.set("CurrencyId", 3011);
    record.set("CurrencyCode", "USD");
    record.set("VenueType", 3);
    record.set("NumberOfFloors", 2);
    record.set("FloorSpaceUnit", 1);
    record.set("PostalCode", "90731");
    record.set("MondayOpenTime", 480);
    record.set("MondayCloseTime", 1080);
    record.set("TuesdayOpenTime", 480);
    record.set("TuesdayCloseTime", 1080);
    record.set("WednesdayOpenTime", 480);
    record.set("WednesdayCloseTime", 1080);
    record.set("ThursdayOpenTime", 480);
    record.set("ThursdayCloseTime", 1080);
    record.set("FridayOpenTime", 480);
    record.set("FridayCloseTime", 1080);
    record.set("SaturdayClosed", true);
    record.set("SundayClosed", true);
    record.set("Name", value.name.as_str());
    record.set("SimpleTimeZoneId", value.simple_time_zone_id);
    record.set("TownCity", &value.city);
    record.set("RootLocationId", Value::Null);
    record.set("WebAddress", value.name.to_lowercase().replace(' ', ""));
    record.set("Longitude", Value::Null);
    record.set("Latitude", Value::Null);
    record.base("Business", id, row, &value.name);
    record
}
