//! Records as Nexudus writes them: contracts, desks, passes, visitors, plans, locations.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::rows::{
    BookingVisitor, Business, Contract, CoworkerTimePass, Desk, PausedPeriod, ResourceType, Tariff,
    TimePass, Visitor,
};
use super::shapes::{Record, business_name, csv, kind, local, utc};
use super::state::{NexudusState, Row};

pub(super) fn contract(
    state: &NexudusState,
    id: i64,
    row: &Row<Contract>,
    now: DateTime<Utc>,
) -> Record {
    let value = &row.value;
    let zone = state.wall(value.business_id);
    let wall = |at: DateTime<Utc>| local(at, zone);
    let coworker = state.coworkers.get(value.coworker_id);
    let tariff = state.tariffs.get(value.tariff_id);
    let price = tariff.map(|t| t.price);
    let pause = state.pause(id, now);
    let desks: Vec<&Desk> = value
        .desks
        .iter()
        .filter_map(|desk| state.desks.get(*desk))
        .collect();
    let mut record = Record::new();
    record.null(&[
        "CoworkerBillingName",
        "NextTariffId",
        "NextTariffName",
        "Notes",
        "Value",
        "PurchaseOrder",
        "CancellationNotes",
        "IdentityChecksDueOn",
        "AddressChecksDueOn",
        "ProposalUniqueId",
        "ProposalContractUniqueId",
        "CourseMemberUniqueId",
        "FloorPlanDeskVariantIds",
        "FloorPlanDeskVariantNames",
        "PoBoxNumber",
    ]);
    record.no(&[
        "IncludeSignupFee",
        "InvoiceAdvancedCycles",
        "ApplyProRating",
        "ProRateCancellation",
        "CancelTeamContracts",
    ]);
    record.set("TariffInvoiceEvery", 1);
    record.set("TariffInvoiceEveryWeeks", 0);
    record.set("TariffCurrencyCode", "USD");
    record.set("BillingDay", 1);
    record.set("Variants", json!([]));
    record.set("Quantity", 1);
    record.set("MainContract", true);
    record.set("PricePlanTermsAccepted", true);
    record.set("CancellationLimitDays", 30);
    record.set("CancellationReason", 99);
    record.set("IssuedById", value.business_id);
    record.set("IssuedByName", business_name(state, value.business_id));
    record.set("CoworkerId", value.coworker_id);
    record.set("CoworkerCoworkerType", coworker.map(kind));
    record.set("CoworkerFullName", coworker.map(|c| c.full_name.clone()));
    record.set(
        "CoworkerCompanyName",
        coworker.filter(|c| c.company).map(|c| c.full_name.clone()),
    );
    record.set("CoworkerEmail", coworker.map(|c| c.email.clone()));
    record.set("CoworkerActive", coworker.map(|c| c.active));
    record.set("TariffId", value.tariff_id);
    record.set("TariffName", tariff.map(|t| t.name.clone()));
    record.set("TariffPrice", price);
    record.set("Price", price);
    record.set("PriceWithProductsAndDeposits", price);
    record.set("PriceWithProducts", price);
    record.set("StartDate", value.start.map(utc));
    record.set("StartDateLocal", value.start.map(wall));
    record.set("RenewalDate", value.renewal.map(utc));
    record.set("RenewalDateLocal", value.renewal.map(wall));
    record.set("InvoicedPeriod", value.renewal.map(utc));
    record.set("InvoicedPeriodLocal", value.renewal.map(wall));
    record.set("NextAutoInvoice", value.renewal.map(utc));
    record.set("NextAutoInvoiceLocal", value.renewal.map(wall));
    record.set("ContractTerm", value.term.map(utc));
    record.set("ContractTermLocal", value.term.map(wall));
    record.set("CancellationDate", value.cancellation.map(utc));
    record.set("CancellationDateLocal", value.cancellation.map(wall));
    record.set("PricePlanTermsAcceptedOn", value.start.map(utc));
    record.set("PricePlanTermsAcceptedOnLocal", value.start.map(wall));
    record.set("Desks", json!(value.desks));
    record.set("Active", value.is_active(now));
    record.set("Cancelled", value.cancellation.is_some());
    record.set("FloorPlanDeskIds", csv(&value.desks));
    record.set("FloorPlanDeskNames", csv(desks.iter().map(|d| &d.name)));
    record.set("InPausedPeriod", pause.is_some());
    record.set("InPausedPeriodFrom", pause.map(|p| utc(p.from)));
    record.set("InPausedPeriodUntil", pause.map(|p| utc(p.until)));
    record.base(
        "CoworkerContract",
        id,
        row,
        tariff.map_or("", |t| t.name.as_str()),
    );
    record
}

pub(super) fn desk(state: &NexudusState, id: i64, row: &Row<Desk>, now: DateTime<Utc>) -> Record {
    let value = &row.value;
    let holder = value.coworker_id.and_then(|id| state.coworkers.get(id));
    let contracts: Vec<(i64, &Contract)> = state
        .contracts
        .iter()
        .filter(|(_, c)| c.desks.contains(&id) && !c.ended(now))
        .collect();
    let names = contracts
        .iter()
        .filter_map(|(_, c)| Some(&state.coworkers.get(c.coworker_id)?.full_name));
    let starts = contracts
        .iter()
        .filter_map(|(_, c)| Some(c.start?.format("%Y-%m-%d").to_string()));
    let mut record = Record::new();
    record.null(&[
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
    ]);
    record.no(&["SizeIsLinkedToArea"]);
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
    record.set("Name", value.name.clone());
    record.set("ItemType", value.item_type);
    record.set("CoworkerId", value.coworker_id);
    record.set("CoworkerFullName", holder.map(|c| c.full_name.clone()));
    record.set("CoworkerCoworkerType", holder.map(kind));
    record.set("CoworkerEmail", holder.map(|c| c.email.clone()));
    record.set(
        "CoworkerTeamNames",
        value
            .coworker_id
            .and_then(|id| csv(state.teams_of(id).iter().map(|(_, team)| &team.name))),
    );
    record.set(
        "AccessControlGroupId",
        value.access_control_group_id.clone(),
    );
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

pub(super) fn paused_period(state: &NexudusState, id: i64, row: &Row<PausedPeriod>) -> Record {
    let value = &row.value;
    let contract = state.contracts.get(value.contract_id);
    let coworker = contract.and_then(|c| state.coworkers.get(c.coworker_id));
    let tariff = contract.and_then(|c| state.tariffs.get(c.tariff_id));
    let zone = state.wall(contract.map_or(0, |c| c.business_id));
    let desks = contract.map(|c| c.desks.clone()).unwrap_or_default();
    let mut record = Record::new();
    record.set("CoworkerContractId", value.contract_id);
    record.set("CoworkerContractQuantity", 1);
    record.set("CoworkerContractFloorPlanDeskIds", csv(&desks));
    let names = desks
        .iter()
        .filter_map(|desk| Some(&state.desks.get(*desk)?.name));
    record.set("CoworkerContractFloorPlanDeskNames", csv(names));
    record.set("CoworkerContractTariffName", tariff.map(|t| t.name.clone()));
    record.set(
        "CoworkerContractCoworkerId",
        contract.map(|c| c.coworker_id),
    );
    record.set(
        "CoworkerContractCoworkerFullName",
        coworker.map(|c| c.full_name.clone()),
    );
    record.set("CoworkerContractCoworkerBillingName", Value::Null);
    record.null(&["Notes"]);
    record.set("PauseFrom", utc(value.from));
    record.set("PauseUntil", utc(value.until));
    record.set("PauseFromLocal", local(value.from, zone));
    record.set("PauseUntilLocal", local(value.until, zone));
    record.base("ContractPausedPeriod", id, row, "Paused");
    record
}

pub(super) fn resource_type(state: &NexudusState, id: i64, row: &Row<ResourceType>) -> Record {
    let mut record = Record::new();
    record.set("BusinessId", row.value.business_id);
    record.set("BusinessName", business_name(state, row.value.business_id));
    record.set("Name", row.value.name.clone());
    record.base("ResourceType", id, row, &row.value.name);
    record
}

pub(super) fn coworker_time_pass(
    state: &NexudusState,
    id: i64,
    row: &Row<CoworkerTimePass>,
) -> Record {
    let value = &row.value;
    let name = state
        .time_passes
        .get(value.time_pass_id)
        .map(|p| p.name.clone());
    let mut record = Record::new();
    record.null(&[
        "Notes",
        "PurchaseOrder",
        "Price",
        "InvoiceDate",
        "CoworkerProductUniqueId",
    ]);
    record.no(&["Invoiced", "IsPayAsYouGo"]);
    record.set("TimePassCurrencyCode", "USD");
    record.set("CreateMultiple", 1);
    record.set("CoworkerId", value.coworker_id);
    record.set("BusinessId", value.business_id);
    record.set("TimePassId", value.time_pass_id);
    record.set("TimePassName", name.clone());
    record.set("Used", value.used_date.is_some());
    record.set("CheckedIn", value.used_date.is_some());
    record.set("UsedDate", value.used_date.map(utc));
    record.set("RemainingUses", value.remaining_uses);
    record.set("TotalUses", value.total_uses);
    record.set("ExpireDate", value.expires.map(utc));
    record.set("IsFromTariff", false);
    record.set("Free", false);
    record.set("TariffTimePassUniqueId", Value::Null);
    record.set("CoworkerContractUniqueId", Value::Null);
    record.base("CoworkerTimePass", id, row, &name.unwrap_or_default());
    record
}

pub(super) fn time_pass(state: &NexudusState, id: i64, row: &Row<TimePass>) -> Record {
    let value = &row.value;
    let mut record = Record::new();
    record.null(&[
        "InvoiceLineDisplayAs",
        "UsePriority",
        "TaxRateId",
        "ReducedTaxRateId",
        "ExemptTaxRateId",
        "FinancialAccountId",
        "KisiGroupId",
        "DoorGuardGroupId",
        "AccessControlGroupIds",
    ]);
    record.no(&[
        "UseAsPayAsYouGoForMembers",
        "UseAsPayAsYouGoForContacts",
        "OnlyForContacts",
        "OnlyForMembers",
        "Archived",
    ]);
    record.set("Price", 35.0);
    record.set("CountsTowardsPlanLimits", true);
    record.set("CurrencyId", 3011);
    record.set("CurrencyCode", "USD");
    record.set("AllowNetworkCheckIn", true);
    record.set("Tariffs", json!([]));
    record.set("BusinessId", value.business_id);
    record.set("BusinessName", business_name(state, value.business_id));
    record.set("Name", value.name.clone());
    record.set("MinutesIncluded", value.minutes_included);
    record.set("Businesses", json!([value.business_id]));
    record.set(
        "AccessControlGroupId",
        value.access_control_group_id.clone(),
    );
    record.base("TimePass", id, row, &value.name);
    record
}

pub(super) fn tariff(state: &NexudusState, id: i64, row: &Row<Tariff>) -> Record {
    let value = &row.value;
    let mut record = Record::new();
    record.null(&[
        "Description",
        "GroupName",
        "CancelMemeberAccountAfter",
        "CheckinPricePlanLimit",
        "CheckinMonthLimit",
        "CheckinWeekLimit",
        "VisitorMonthLimit",
        "HoursMonthLimit",
        "AutoCancelAfter",
    ]);
    record.no(&[
        "Archived",
        "Starred",
        "KeepNewAccountsOnHold",
        "IsVirtualOffice",
        "WaitForIdentityChecksToActivate",
        "RequestIdentityCheck",
    ]);
    record.set("DefaultInvoicingDay", 1);
    record.set("Visible", true);
    record.set("UseTimePasses", true);
    record.set("CurrencyId", 3011);
    record.set("CurrencyCode", "USD");
    record.set("CancellationPeriod", 0);
    record.set("DisplayOrder", 1);
    record.set("CancellationLimitDays", 30);
    record.set("DefaultContractTerm", 6);
    record.set("InvoiceEvery", 1);
    record.set("InvoiceEveryWeeks", 0);
    record.set("AdvanceInvoiceCycles", 1);
    record.set("CanBePaused", true);
    record.set("PauseYearlyLimit", 1);
    record.set("PauseCyclesLimit", 3);
    record.set("BusinessId", value.business_id);
    record.set("BusinessName", business_name(state, value.business_id));
    record.set("Name", value.name.clone());
    record.set("SystemTariffType", value.system_type);
    record.set("Price", value.price);
    record.base("Tariff", id, row, &value.name);
    record
}

pub(super) fn visitor(state: &NexudusState, id: i64, row: &Row<Visitor>) -> Record {
    let value = &row.value;
    let host = value.coworker_id.and_then(|id| state.coworkers.get(id));
    let mut record = Record::new();
    record.null(&[
        "CoworkerCompanyName",
        "CoworkerBillingName",
        "CheckedInAt",
        "Notes",
        "CustomerNotes",
        "PhoneNumber",
        "ArrivalDate",
        "DepartureDate",
        "AccessControlScheduledJobId",
    ]);
    record.no(&[
        "Arrived",
        "Notified",
        "Internal",
        "IsTour",
        "HasAgreedTerms",
        "TourConfirmed",
        "CheckInNow",
    ]);
    record.set("VisitorSource", 3);
    record.set("VisitReason", "Meeting");
    record.set("CompanyName", "Guest Co");
    record.set("BusinessId", value.business_id);
    record.set("FullName", value.full_name.clone());
    record.set("Email", value.email.clone());
    record.set("CoworkerId", value.coworker_id);
    record.set("CoworkerCoworkerType", host.map(kind));
    record.set("CoworkerFullName", host.map(|c| c.full_name.clone()));
    record.set("CoworkerEmail", host.map(|c| c.email.clone()));
    record.set(
        "CoworkerTeamNames",
        value
            .coworker_id
            .and_then(|id| csv(state.teams_of(id).iter().map(|(_, team)| &team.name))),
    );
    record.set("HostApprovalStatus", value.host_approval_status);
    record.set("VisitorCode", (700_000 + id % 100_000).to_string());
    record.set("ExpectedArrival", utc(value.expected_arrival));
    record.base("Visitor", id, row, &value.full_name);
    record
}

pub(super) fn booking_visitor(state: &NexudusState, id: i64, row: &Row<BookingVisitor>) -> Record {
    let value = &row.value;
    let visitor = state.visitors.get(value.visitor_id);
    let mut record = Record::new();
    record.null(&["VisitorPhoneNumber"]);
    record.set("BookingId", value.booking_id);
    record.set("VisitorId", value.visitor_id);
    record.set("VisitorFullName", visitor.map(|v| v.full_name.clone()));
    record.set("VisitorEmail", visitor.map(|v| v.email.clone()));
    record.set("VisitorCompanyName", Value::Null);
    record.base(
        "BookingVisitor",
        id,
        row,
        visitor.map_or("", |v| v.full_name.as_str()),
    );
    record
}

pub(super) fn business(id: i64, row: &Row<Business>) -> Record {
    let value = &row.value;
    let mut record = Record::new();
    record.null(&[
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
    ]);
    record.no(&[
        "Suspended",
        "MondayClosed",
        "TuesdayClosed",
        "WednesdayClosed",
        "ThursdayClosed",
        "FridayClosed",
        "SameOpeningTimes",
    ]);
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
    record.set("Name", value.name.clone());
    record.set("SimpleTimeZoneId", value.simple_time_zone_id);
    record.set("TownCity", value.city.clone());
    record.set("RootLocationId", Value::Null);
    record.set("WebAddress", value.name.to_lowercase().replace(' ', ""));
    record.set("Longitude", Value::Null);
    record.set("Latitude", Value::Null);
    record.base("Business", id, row, &value.name);
    record
}
