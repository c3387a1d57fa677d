//! Contracts, their pauses, and the plans they are of.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{Record, business_name, csv, falses, kind, local, nulls, utc};
use crate::nexudus::rows::{Contract, Desk, PausedPeriod, Tariff};
use crate::nexudus::state::{NexudusState, Row};

pub(in crate::nexudus) fn contract(
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
    nulls!(
        record,
        [
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
            "FloorPlanDeskVariantNames",
            "PoBoxNumber",
        ]
    );
    falses!(
        record,
        [
            "IncludeSignupFee",
            "InvoiceAdvancedCycles",
            "ApplyProRating",
            "ProRateCancellation",
            "CancelTeamContracts",
        ]
    );
    record.set("TariffInvoiceEvery", 1);
    record.set("TariffInvoiceEveryWeeks", 0);
    record.set("TariffCurrencyCode", "USD");
    record.set("BillingDay", 1);
    record.set("Variants", &value.desk_variants);
    record.set("Quantity", 1);
    record.set("MainContract", true);
    record.set("PricePlanTermsAccepted", true);
    record.set("CancellationLimitDays", 30);
    record.set("CancellationReason", 99);
    record.set("IssuedById", value.business_id);
    record.set("IssuedByName", business_name(state, value.business_id));
    record.set("CoworkerId", value.coworker_id);
    record.set("CoworkerCoworkerType", coworker.map(kind));
    record.set("CoworkerFullName", coworker.map(|c| c.full_name.as_str()));
    record.set(
        "CoworkerCompanyName",
        coworker.filter(|c| c.company).map(|c| c.full_name.as_str()),
    );
    record.set("CoworkerEmail", coworker.map(|c| c.email.as_str()));
    record.set("CoworkerActive", coworker.map(|c| c.active));
    record.set("TariffId", value.tariff_id);
    record.set("TariffName", tariff.map(|t| t.name.as_str()));
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
    record.set("Desks", &value.desks);
    record.set("Active", value.is_active(now));
    record.set("Cancelled", value.cancellation.is_some());
    record.set("FloorPlanDeskVariantIds", csv(&value.desk_variants));
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

pub(in crate::nexudus) fn paused_period(
    state: &NexudusState,
    id: i64,
    row: &Row<PausedPeriod>,
) -> Record {
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
    record.set(
        "CoworkerContractTariffName",
        tariff.map(|t| t.name.as_str()),
    );
    record.set(
        "CoworkerContractCoworkerId",
        contract.map(|c| c.coworker_id),
    );
    record.set(
        "CoworkerContractCoworkerFullName",
        coworker.map(|c| c.full_name.as_str()),
    );
    record.set("CoworkerContractCoworkerBillingName", Value::Null);
    nulls!(record, ["Notes"]);
    record.set("PauseFrom", utc(value.from));
    record.set("PauseUntil", utc(value.until));
    record.set("PauseFromLocal", local(value.from, zone));
    record.set("PauseUntilLocal", local(value.until, zone));
    record.base("ContractPausedPeriod", id, row, "Paused");
    record
}

pub(in crate::nexudus) fn tariff(state: &NexudusState, id: i64, row: &Row<Tariff>) -> Record {
    let value = &row.value;
    let mut record = Record::new();
    nulls!(
        record,
        [
            "Description",
            "GroupName",
            "CancelMemeberAccountAfter",
            "CheckinPricePlanLimit",
            "CheckinMonthLimit",
            "CheckinWeekLimit",
            "VisitorMonthLimit",
            "HoursMonthLimit",
            "AutoCancelAfter",
        ]
    );
    falses!(
        record,
        [
            "Archived",
            "Starred",
            "KeepNewAccountsOnHold",
            "IsVirtualOffice",
            "WaitForIdentityChecksToActivate",
            "RequestIdentityCheck",
        ]
    );
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
    record.set("Name", value.name.as_str());
    record.set("SystemTariffType", value.system_type);
    record.set("Price", value.price);
    record.base("Tariff", id, row, &value.name);
    record
}
