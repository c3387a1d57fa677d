//! Writes of everything but bookings: a body is the whole record, and what it leaves out is cleared.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::actions::{Change, News};
use super::documents;
use super::entity::Entity;
use super::rows::{
    BookingVisitor, Contract, Coworker, CoworkerTimePass, Desk, PausedPeriod, Resource,
    ResourceType, Tariff, Team, TimePass, Visitor,
};
use super::state::NexudusState;
use super::write::{instant, invalid, refused, required, success};
use crate::http::{Reply, Request};

/// A body's fields.
struct Body(Value);

impl Body {
    fn id(&self, key: &'static str) -> Result<i64, Reply> {
        required(&self.0, key, Value::as_i64)
    }

    fn name(&self, key: &'static str) -> Result<String, Reply> {
        let text = |value: &Value| value.as_str().filter(|t| !t.is_empty()).map(str::to_owned);
        required(&self.0, key, text)
    }

    fn at(&self, key: &'static str) -> Result<DateTime<Utc>, Reply> {
        required(&self.0, key, instant)
    }

    fn number(&self, key: &str) -> Option<i64> {
        let value = self.0.get(key)?;
        #[allow(
            clippy::cast_possible_truncation,
            reason = "seats and prices are small"
        )]
        value.as_i64().or_else(|| value.as_f64().map(|n| n as i64))
    }

    fn text(&self, key: &str) -> Option<String> {
        let text = self.0.get(key)?.as_str()?;
        (!text.is_empty()).then(|| text.to_owned())
    }

    fn flag(&self, key: &str) -> bool {
        self.0.get(key).and_then(Value::as_bool).unwrap_or_default()
    }

    fn date(&self, key: &str) -> Option<DateTime<Utc>> {
        self.0.get(key).and_then(instant)
    }

    /// A list, or what is left of the old one after `Added…` and `Removed…`.
    fn list(&self, key: &str, old: &[i64]) -> Vec<i64> {
        let ids = |key: &str| -> Option<Vec<i64>> {
            let rows = self.0.get(key)?.as_array()?;
            Some(rows.iter().filter_map(Value::as_i64).collect())
        };
        let mut list = ids(key).unwrap_or_else(|| old.to_vec());
        let removed = ids(&format!("Removed{key}")).unwrap_or_default();
        list.retain(|id| !removed.contains(id));
        for id in ids(&format!("Added{key}")).unwrap_or_default() {
            if !list.contains(&id) {
                list.push(id);
            }
        }
        list
    }
}

/// Puts a row under its id, or under a new one.
macro_rules! store {
    ($state:ident, $table:ident, $id:expr, $row:expr, $now:expr) => {{
        let row = $row;
        match $id {
            Some(id) => {
                $state.$table.put(id, row, $now);
                id
            }
            None => $state.$table.add(row, $now),
        }
    }};
}

/// POST and PUT of an entity.
pub(super) fn record(
    state: &mut NexudusState,
    request: &Request,
    entity: Entity,
) -> Result<Reply, Reply> {
    let body = Body(request.json().unwrap_or_default());
    let now = request.now;
    let id = if request.method == "PUT" {
        let id = body.id("Id")?;
        if entity.full(state, id, now).is_none() {
            return Err(Reply::empty(404));
        }
        Some(id)
    } else {
        None
    };
    let before: Vec<i64> = match (entity, id) {
        (Entity::Teams, Some(id)) => state
            .teams
            .get(id)
            .map(|t| t.members.clone())
            .unwrap_or_default(),
        _ => Vec::new(),
    };
    let ends = |state: &NexudusState| {
        let contract = id.and_then(|id| state.contracts.get(id));
        contract.is_some_and(|contract| contract.cancellation.is_some())
    };
    let ended = ends(state);
    let written = write(state, &body, entity, id, request)?;
    let change = if id.is_some() {
        Change::Updated
    } else {
        Change::Created
    };
    match (entity, change) {
        (Entity::Contracts, Change::Updated) if ends(state) && !ended => {
            state.tell(vec![News::Cancelled(written)], now);
        }
        _ => state.changed(entity, written, change, now),
    }
    for gone in before {
        let still = state
            .teams
            .get(written)
            .is_some_and(|t| t.members.contains(&gone));
        if !still {
            state.access_changed(gone, now);
        }
    }
    let verb = if id.is_some() { "updated" } else { "created" };
    let message = format!("{} was successfully {verb}.", entity.name());
    Ok(success(request, message, written))
}

fn write(
    state: &mut NexudusState,
    body: &Body,
    entity: Entity,
    id: Option<i64>,
    request: &Request,
) -> Result<i64, Reply> {
    let now = request.now;
    Ok(match entity {
        Entity::Coworkers => {
            let kind = body.id("CoworkerType")?;
            let (name, email) = (body.name("FullName")?, body.name("Email")?);
            for key in ["CountryId", "SimpleTimeZoneId", "TaxRateType", "Gender"] {
                body.id(key)?;
            }
            let home = body
                .number("InvoicingBusinessId")
                .or_else(|| state.businesses.iter().next().map(|(id, _)| id));
            let old = id.and_then(|id| state.coworkers.get(id));
            let home = old.map(|old| old.business_id).or(home).unwrap_or_default();
            let mut row = Coworker::new(home, name, email);
            row.company = kind == 2;
            // A new customer is active; a replaced one is what the body says.
            row.active = body.flag("Active") || id.is_none();
            row.archived = body.flag("Archived");
            row.access_card_id = body.text("AccessCardId");
            row.access_pincode = body.text("AccessPincode");
            row.brivo_user_id = body.number("BrivoUserId");
            store!(state, coworkers, id, row, now)
        }
        Entity::Teams => {
            let old = id.and_then(|id| state.teams.get(id)).cloned();
            let (members, administrators) =
                old.map_or_else(Default::default, |t| (t.members, t.administrators));
            let members = body.list("TeamMembers", &members);
            let mut row = Team::new(body.id("BusinessId")?, body.name("Name")?, members);
            row.administrators = body.list("TeamAdministrators", &administrators);
            row.paying_member_id = body.number("PayingMemberId");
            store!(state, teams, id, row, now)
        }
        Entity::Resources => {
            let kind = body.id("ResourceTypeId")?;
            let mut row = Resource::new(body.id("BusinessId")?, body.name("Name")?, kind);
            row.system_type = body.number("SystemResourceType").unwrap_or(1);
            row.allocation = body.number("Allocation");
            row.access_control_group_id = body.text("AccessControlGroupId");
            row.access_control_group_ids = body.text("AccessControlGroupIds");
            row.requires_confirmation = body.flag("RequiresConfirmation");
            row.allow_multiple_bookings = body.flag("AllowMultipleBookings");
            row.archived = body.flag("Archived");
            store!(state, resources, id, row, now)
        }
        Entity::ResourceTypes => {
            let row = ResourceType::new(body.id("BusinessId")?, body.name("Name")?);
            store!(state, resource_types, id, row, now)
        }
        Entity::Visitors => {
            let at = body.at("ExpectedArrival")?;
            let (name, email) = (body.name("FullName")?, body.name("Email")?);
            let mut row = Visitor::new(body.id("BusinessId")?, name, email, at);
            row.coworker_id = body.number("CoworkerId");
            row.host_approval_status = body.number("HostApprovalStatus").unwrap_or(1);
            store!(state, visitors, id, row, now)
        }
        Entity::BookingVisitors => {
            let (booking, visitor) = (body.id("BookingId")?, body.id("VisitorId")?);
            match state.bookings.get(booking) {
                None => return Err(invalid("BookingId", "does not exist")),
                Some(row) if row.coworker_id.is_none() => {
                    return Err(refused(request, "The booking has no customer."));
                }
                Some(_) => {}
            }
            if state.visitors.get(visitor).is_none() {
                return Err(invalid("VisitorId", "does not exist"));
            }
            store!(
                state,
                booking_visitors,
                id,
                BookingVisitor::new(booking, visitor),
                now
            )
        }
        Entity::Contracts => {
            let holder = body.id("CoworkerId")?;
            let tariff = body.id("TariffId")?;
            body.id("BillingDay")?;
            body.id("Quantity")?;
            if state.coworkers.get(holder).is_none() {
                return Err(invalid("CoworkerId", "does not exist"));
            }
            let old = id.and_then(|id| state.contracts.get(id));
            let desks = old.map(|old| old.desks.clone()).unwrap_or_default();
            let start = body.date("StartDate");
            let mut row = Contract::new(body.id("IssuedById")?, holder, tariff, start);
            row.cancellation = body.date("CancellationDate");
            row.renewal = body.date("RenewalDate");
            row.term = body.date("ContractTerm");
            row.desks = body.list("Desks", &desks);
            store!(state, contracts, id, row, now)
        }
        Entity::PausedPeriods => {
            let contract = body.id("CoworkerContractId")?;
            if state.contracts.get(contract).is_none() {
                return Err(invalid("CoworkerContractId", "does not exist"));
            }
            let (from, until) = (body.at("PauseFrom")?, body.at("PauseUntil")?);
            if until <= from {
                return Err(refused(request, "The pause ends before it starts."));
            }
            store!(
                state,
                paused_periods,
                id,
                PausedPeriod::new(contract, from, until),
                now
            )
        }
        Entity::CoworkerTimePasses => {
            let (owner, home) = (body.id("CoworkerId")?, body.id("BusinessId")?);
            let mut row = CoworkerTimePass::new(owner, home, body.id("TimePassId")?);
            row.used_date = body.date("UsedDate");
            row.remaining_uses = body.number("RemainingUses");
            row.total_uses = body.number("TotalUses");
            row.expires = body.date("ExpireDate");
            store!(state, coworker_time_passes, id, row, now)
        }
        Entity::TimePasses => {
            let mut row = TimePass::new(body.id("BusinessId")?, body.name("Name")?);
            row.minutes_included = body.number("MinutesIncluded");
            row.access_control_group_id = body.text("AccessControlGroupId");
            store!(state, time_passes, id, row, now)
        }
        Entity::Tariffs => {
            let kind = body.number("SystemTariffType").unwrap_or_default();
            let price = body.number("Price").unwrap_or_default();
            let row = Tariff::new(body.id("BusinessId")?, body.name("Name")?, kind, price);
            store!(state, tariffs, id, row, now)
        }
        Entity::Desks => {
            let kind = body.number("ItemType").unwrap_or(2);
            let old = id
                .and_then(|id| state.desks.get(id))
                .map(|old| old.business_id);
            let home = old.or(body.number("FloorPlanBusinessId"));
            let home = home.or_else(|| state.businesses.iter().next().map(|(id, _)| id));
            body.id("FloorPlanId")?;
            let mut row = Desk::new(home.unwrap_or_default(), body.name("Name")?, kind);
            row.coworker_id = body.number("CoworkerId");
            row.access_control_group_id = body.text("AccessControlGroupId");
            row.capacity = body.number("Capacity").unwrap_or(1);
            store!(state, desks, id, row, now)
        }
        Entity::Businesses => {
            // Locations are made by Nexudus, not through the API.
            let Some(id) = id else {
                return Err(Reply::empty(405));
            };
            let name = body.name("Name")?;
            let Some(mut row) = state.businesses.get(id).cloned() else {
                return Err(Reply::empty(404));
            };
            row.name = name;
            state.businesses.put(id, row, now);
            id
        }
        Entity::Bookings | Entity::CancelledBookings => return Err(Reply::empty(405)),
        _ => {
            let old = id.and_then(|id| state.documents(entity)?.get(id)).cloned();
            let document = documents::read(entity, &body.0, old.as_ref())
                .map_err(|name| invalid(name, "is a required field"))?;
            let table = state
                .documents_mut(entity)
                .ok_or_else(|| Reply::empty(405))?;
            match id {
                Some(id) => {
                    table.put(id, document, now);
                    id
                }
                None => table.add(document, now),
            }
        }
    })
}

pub(super) fn delete(
    state: &mut NexudusState,
    request: &Request,
    entity: Entity,
    id: &str,
) -> Reply {
    let id = id.parse::<i64>().ok();
    let Some(id) = id.filter(|id| entity.full(state, *id, request.now).is_some()) else {
        return Reply::empty(404);
    };
    if !entity.deletable() {
        return Reply::empty(405);
    }
    state.changed(entity, id, Change::Deleted, request.now);
    match entity {
        Entity::Teams => drop(state.teams.remove(id)),
        Entity::Resources => drop(state.resources.remove(id)),
        Entity::ResourceTypes => drop(state.resource_types.remove(id)),
        Entity::Visitors => drop(state.visitors.remove(id)),
        Entity::BookingVisitors => drop(state.booking_visitors.remove(id)),
        Entity::Contracts => drop(state.contracts.remove(id)),
        Entity::PausedPeriods => drop(state.paused_periods.remove(id)),
        Entity::CoworkerTimePasses => drop(state.coworker_time_passes.remove(id)),
        Entity::TimePasses => drop(state.time_passes.remove(id)),
        Entity::Tariffs => drop(state.tariffs.remove(id)),
        Entity::Desks => drop(state.desks.remove(id)),
        _ => {
            if let Some(table) = state.documents_mut(entity) {
                table.remove(id);
            }
        }
    }
    let message = format!("{} was successfully deleted.", entity.name());
    success(request, message, id)
}

/// `POST …/runcommand`.
pub(super) fn command(state: &mut NexudusState, request: &Request, entity: Entity) -> Reply {
    let body = Body(request.json().unwrap_or_default());
    let known = documents::commands(entity);
    let key = body.text("Key").unwrap_or_default();
    let command = known.as_array().and_then(|rows| {
        rows.iter()
            .find(|row| row.get("Key") == Some(&Value::from(key.as_str())))
    });
    let Some(command) = command else {
        return refused(request, "There is no such command.");
    };
    let ids = body.list("Ids", &[]);
    let needs = command.get("NeedsEntitiesToRun").and_then(Value::as_bool) == Some(true);
    if needs && ids.is_empty() {
        return refused(request, "Select the records to run the command on.");
    }
    for id in ids {
        match key.as_str() {
            "CONFIRM_BOOKING" => {
                if let Some(mut row) = state.bookings.get(id).cloned() {
                    row.tentative = false;
                    state.bookings.put(id, row, request.now);
                    state.changed(Entity::Bookings, id, Change::Updated, request.now);
                }
            }
            "COWORKER_SUSPEND" | "COWORKER_REACTIVATE" => {
                if let Some(mut row) = state.coworkers.get(id).cloned() {
                    row.active = key == "COWORKER_REACTIVATE";
                    state.coworkers.put(id, row, request.now);
                    state.changed(Entity::Coworkers, id, Change::Updated, request.now);
                }
            }
            _ => {}
        }
    }
    success(request, "The command was run correctly.".to_owned(), 0).edited(|value| {
        if let Some(object) = value.as_object_mut() {
            object.insert("Value".to_owned(), Value::Null);
        }
    })
}
