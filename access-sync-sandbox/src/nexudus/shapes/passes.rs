//! Passes of customers, and the kinds of passes.

use serde_json::Value;

use super::{Record, business_name, falses, nulls, utc};
use crate::nexudus::rows::{CoworkerTimePass, TimePass};
use crate::nexudus::state::{NexudusState, Row};

pub(in crate::nexudus) fn coworker_time_pass(
    state: &NexudusState,
    id: i64,
    row: &Row<CoworkerTimePass>,
) -> Record {
    let value = &row.value;
    let name = state
        .time_passes
        .get(value.time_pass_id)
        .map(|p| p.name.as_str());
    let mut record = Record::new();
    nulls!(
        record,
        [
            "Notes",
            "PurchaseOrder",
            "Price",
            "InvoiceDate",
            "CoworkerProductUniqueId",
        ]
    );
    falses!(record, ["Invoiced", "IsPayAsYouGo"]);
    record.set("TimePassCurrencyCode", "USD");
    record.set("CreateMultiple", 1);
    record.set("CoworkerId", value.coworker_id);
    record.set("BusinessId", value.business_id);
    record.set("TimePassId", value.time_pass_id);
    record.set("TimePassName", name);
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
    record.base("CoworkerTimePass", id, row, name.unwrap_or_default());
    record
}

pub(in crate::nexudus) fn time_pass(state: &NexudusState, id: i64, row: &Row<TimePass>) -> Record {
    let value = &row.value;
    let mut record = Record::new();
    nulls!(
        record,
        [
            "InvoiceLineDisplayAs",
            "UsePriority",
            "TaxRateId",
            "ReducedTaxRateId",
            "ExemptTaxRateId",
            "FinancialAccountId",
            "KisiGroupId",
            "DoorGuardGroupId",
            "AccessControlGroupIds",
        ]
    );
    falses!(
        record,
        [
            "UseAsPayAsYouGoForMembers",
            "UseAsPayAsYouGoForContacts",
            "OnlyForContacts",
            "OnlyForMembers",
            "Archived",
        ]
    );
    record.set("Price", 35.0);
    record.set("CountsTowardsPlanLimits", true);
    record.set("CurrencyId", 3011);
    record.set("CurrencyCode", "USD");
    record.set("AllowNetworkCheckIn", true);
    record.set("Tariffs", [(); 0]);
    record.set("BusinessId", value.business_id);
    record.set("BusinessName", business_name(state, value.business_id));
    record.set("Name", value.name.as_str());
    record.set("MinutesIncluded", value.minutes_included);
    record.set("Businesses", [value.business_id]);
    record.set("AccessControlGroupId", &value.access_control_group_id);
    record.base("TimePass", id, row, &value.name);
    record
}
