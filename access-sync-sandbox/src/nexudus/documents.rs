//! Entities that are kept as documents: what was written comes back, with every field filled.

use serde_json::{Map, Value, json};

use super::entity::Entity;
use super::rows::Document;

/// (field, what it is where nobody has set it); `Null` in a required place means "must be there".
type Field = (&'static str, Value);

/// The fields of an entity: required ones, and the others with their values by default.
pub(super) fn fields(entity: Entity) -> Option<(&'static [&'static str], Vec<Field>)> {
    let n = Value::Null;
    Some(match entity {
        Entity::DeskVariants => (
            &["FloorPlanDeskId", "Name"],
            vec![
                ("AvailableMonday", json!(true)),
                ("AvailableTuesday", json!(true)),
                ("AvailableWednesday", json!(true)),
                ("AvailableThursday", json!(true)),
                ("AvailableFriday", json!(true)),
                ("AvailableSaturday", json!(false)),
                ("AvailableSunday", json!(false)),
                ("OccupancyPercentage", json!(100.0)),
                ("AccessControlGroupId", n.clone()),
                ("CoworkerContractIds", n),
            ],
        ),
        Entity::TimePassTimeSlots => (
            &["TimePassId", "DayOfWeek", "FromTime", "ToTime"],
            Vec::new(),
        ),
        Entity::BusinessTimeSlots => (
            &["BusinessId", "DayOfWeek", "FromTime", "ToTime"],
            Vec::new(),
        ),
        Entity::Checkins => (
            &["BusinessId", "FromTime"],
            vec![
                ("CoworkerId", n.clone()),
                ("CoworkerFullName", n.clone()),
                ("BusinessName", n.clone()),
                ("Source", json!(1)),
                ("ToTime", n.clone()),
                ("CountsTowardsPlanLimits", json!(true)),
                ("CoworkerTimePassGuid", n.clone()),
                ("AutoCheckout", json!(false)),
                ("LastActivity", n.clone()),
                ("MacAddresses", n),
            ],
        ),
        Entity::CoworkerExtraServices => (
            &["CoworkerId", "BusinessId", "ExtraServiceId"],
            vec![
                ("ExtraServiceName", n.clone()),
                ("TotalUses", json!(0)),
                ("RemainingUses", json!(0)),
                ("ChargePeriod", json!(1)),
                ("ValidFrom", n.clone()),
                ("ExpireDate", n.clone()),
                ("DueDate", n.clone()),
                ("BookingId", n.clone()),
                ("BookingFromTime", n.clone()),
                ("BookingToTime", n.clone()),
                ("BookingResourceName", n.clone()),
                ("IsFromTariff", json!(false)),
                ("Invoiced", json!(false)),
                ("InvoiceDate", n.clone()),
                ("CoworkerContractUniqueId", n.clone()),
                ("Price", n),
                ("Free", json!(false)),
            ],
        ),
        Entity::ExtraServices => (
            &["BusinessId", "Name"],
            vec![
                ("Price", json!(0.0)),
                ("ChargePeriod", json!(1)),
                ("Archived", json!(false)),
            ],
        ),
        Entity::Invoices => (
            &["BusinessId", "CoworkerId"],
            vec![
                ("CoworkerFullName", n.clone()),
                ("InvoiceNumber", n.clone()),
                ("Paid", json!(false)),
                ("PaidOn", n.clone()),
                ("IsDue", json!(false)),
                ("DueDate", n),
                ("TotalAmount", json!(0.0)),
            ],
        ),
        Entity::AccessTokens => (
            &["BusinessId", "AccessCode"],
            vec![
                ("Description", n.clone()),
                ("MinutesIncluded", json!(0)),
                ("MinutesLeft", json!(0)),
                ("ValidFrom", n.clone()),
                ("ValidTo", n.clone()),
                ("UserLimit", n.clone()),
                ("MacAddress", n.clone()),
                ("BookingGuid", n.clone()),
                ("VisitorGuid", n.clone()),
                ("LastAccess", n),
            ],
        ),
        Entity::AccessAudits => (
            &["CoworkerId"],
            vec![("Description", n), ("IsProblem", json!(false))],
        ),
        Entity::WebHooks => (
            &["BusinessId", "Name", "URL", "Action"],
            vec![
                ("Description", n.clone()),
                ("Active", json!(true)),
                ("LastError", n.clone()),
                ("ErrorCount", json!(0)),
                ("LastTrigger", n),
            ],
        ),
        _ => return None,
    })
}

/// What Nexudus fills in by itself; writes do not touch it.
const KEPT: [&str; 3] = ["LastError", "ErrorCount", "LastTrigger"];

/// A document as a body describes it, and the first required field that is missing. PUT clears
/// what the body leaves out.
pub(super) fn read(
    entity: Entity,
    body: &Value,
    old: Option<&Document>,
) -> Result<Document, &'static str> {
    let (required, others) = fields(entity).unwrap_or_default();
    let mut document = Map::new();
    for name in required {
        match body.get(*name) {
            None | Some(Value::Null) => return Err(name),
            Some(value) => document.insert((*name).to_owned(), value.clone()),
        };
    }
    for (name, default) in others {
        let kept = old.filter(|_| KEPT.contains(&name));
        let value = match kept {
            Some(old) => old.get(name).cloned(),
            None => body.get(name).cloned(),
        };
        document.insert(name.to_owned(), value.unwrap_or(default));
    }
    Ok(document)
}

/// The enum of webhook actions, by number. 31 to 34, 39 to 40 and the like are written as they are
/// counted, where the name of each is not known.
pub(super) const ACTIONS: [(i64, &str); 37] = [
    (1, "None"),
    (2, "CoworkerUpdate"),
    (3, "CoworkerCreate"),
    (6, "BookingCreate"),
    (7, "BookingUpdate"),
    (8, "BookingDelete"),
    (10, "CoworkerContractActivate"),
    (11, "CoworkerContractCancel"),
    (12, "CoworkerContractRenew"),
    (13, "CoworkerContractUpgradeDowngrade"),
    (14, "CoworkerContractActivateFirst"),
    (16, "CoworkerInvoiceCreate"),
    (21, "CoworkerInvoicePaid"),
    (35, "CoworkerCheckout"),
    (36, "CoworkerCheckin"),
    (37, "CoworkerCheckinFailed"),
    (38, "VisitorNotification"),
    (41, "VisitorCheckedin"),
    (42, "VisitorRegistered"),
    (47, "CheckinCreated"),
    (48, "CheckinUpdated"),
    (49, "CheckinDeleted"),
    (50, "CoworkerDelete"),
    (57, "TeamCreated"),
    (58, "TeamUpdated"),
    (59, "TeamDeleted"),
    (60, "CoworkerContractUpdate"),
    (61, "AccessControlUpdate"),
    (62, "CoworkerContractCreate"),
    (63, "FailedCheckin"),
    (64, "VisitorDeleted"),
    (71, "FloorPlanDeskCreate"),
    (72, "FloorPlanDeskDelete"),
    (73, "FloorPlanDeskUpdate"),
    (77, "CoworkerContractDelete"),
    (84, "BusinessUpdate"),
    (45, "HelDeskMessageCreated"),
];

/// `GET /utils/enums?name=`
pub(super) fn enumeration(name: &str) -> Option<Value> {
    let rows: Vec<(i64, &str)> = match name {
        "eWebhookAction" => {
            let mut rows = ACTIONS.to_vec();
            rows.sort_unstable();
            rows
        }
        "eCoworkerType" => vec![(1, "Individual"), (2, "Company")],
        "eFloorPlanDeskType" => vec![
            (1, "Office"),
            (2, "DedicatedDesk"),
            (3, "HotDesk"),
            (4, "Other"),
            (5, "Room"),
        ],
        _ => return None,
    };
    let rows = rows
        .into_iter()
        .map(|(id, name)| json!({"Id": id, "Name": name}));
    Some(rows.collect())
}

/// Commands of an entity: bookings can be confirmed, everything can be exported.
pub(super) fn commands(entity: Entity) -> Value {
    let command = |key: &str, name: &str, needs: bool, order: i64| {
        json!({
            "Key": key,
            "Name": name,
            "AppliesOnlyToMultipleEntities": false,
            "DisplayInDropdown": false,
            "DisplayInDropdownV2": true,
            "AppliesOnlyToOneEntity": false,
            "AppliesOnlyToTwoEntities": false,
            "DisplayInGrid": false,
            "Icon": null,
            "NeedsEntitiesToRun": needs,
            "Order": order,
            "RequiresParameters": [],
        })
    };
    let mut rows = vec![command("EXPORT_CSV", "Export", false, 90)];
    match entity {
        Entity::Bookings => rows.insert(0, command("CONFIRM_BOOKING", "Confirm", true, 1)),
        Entity::Coworkers => {
            rows.insert(0, command("COWORKER_SUSPEND", "Suspend", true, 1));
            rows.insert(1, command("COWORKER_REACTIVATE", "Reactivate", true, 2));
        }
        _ => {}
    }
    Value::Array(rows)
}
