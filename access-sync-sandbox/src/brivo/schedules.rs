//! Schedules and holidays: when a group's permission counts.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, Weekday};
use serde_json::{Map, Value, json};

use super::paging::{conditions, page};
use super::rows_access::{Block, Holiday, Recurrence, Schedule, ScheduleException};
use super::state::BrivoState;
use super::{body_object, error, path_id};
use crate::http::{Reply, Request};
use crate::json::Object;

const DAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];
const MAX_NAME: usize = 32;
const MAX_BLOCKS: usize = 32;
const MAX_EXCEPTIONS: usize = 16;
const LOCAL: &str = "%Y-%m-%dT%H:%M:%S";

fn site_name(state: &BrivoState, site: Option<i64>) -> &str {
    let site = site.and_then(|id| state.sites.get(&id));
    site.map_or("Universal", |site| site.name.as_str())
}

fn brief(state: &BrivoState, schedule: &Schedule) -> Value {
    json!({
        "id": schedule.id,
        "name": schedule.name,
        "editable": schedule.editable,
        "siteName": site_name(state, schedule.site_id),
    })
}

fn block(block: &Block) -> Value {
    let end = block
        .end
        .map_or_else(|| "23:59".to_owned(), |end| end.format("%H:%M").to_string());
    json!({"start": block.start.format("%H:%M").to_string(), "end": end})
}

fn full(state: &BrivoState, schedule: &Schedule) -> Value {
    let mut blocks = Map::new();
    for (day, name) in (0_u8..).zip(DAYS) {
        if let Some(rows) = schedule.blocks.get(&day) {
            blocks.insert(name.to_owned(), rows.iter().map(block).collect());
        }
    }
    if !schedule.holiday_blocks.is_empty() {
        let rows = schedule.holiday_blocks.iter().map(block).collect();
        blocks.insert("holiday".to_owned(), rows);
    }
    let exceptions: Vec<Value> = schedule.exceptions.iter().map(exception).collect();
    let holidays: Vec<Value> = schedule
        .holidays
        .iter()
        .filter_map(|id| state.holidays.get(id))
        .map(|h| {
            json!({
                "name": h.name,
                "start": h.start.format(LOCAL).to_string(),
                "end": h.end.format(LOCAL).to_string(),
            })
        })
        .collect();
    let enabling = schedule
        .enabling_group_id
        .and_then(|id| Some((id, state.groups.get(&id)?.name.as_str())));
    let mut row = Object::with_capacity(12);
    row.set("id", schedule.id);
    row.set("name", schedule.name.as_str());
    row.some("siteId", schedule.site_id);
    row.set("siteName", site_name(state, schedule.site_id));
    row.some("enablingGroupId", enabling.map(|(id, _)| id));
    row.some("enablingGroupName", enabling.map(|(_, name)| name));
    row.some("gracePeriod", schedule.grace_period);
    row.set("editable", schedule.editable);
    row.set("scheduleBlocks", blocks);
    row.set("scheduleExceptions", exceptions);
    row.set("holidays", holidays);
    row.into()
}

fn exception(exception: &ScheduleException) -> Value {
    let recurrence = match exception.recurrence {
        Recurrence::Singular(date) => json!({"type": "SINGULAR", "date": date.to_string()}),
        Recurrence::DayOfMonth(day, week) => {
            let index = usize::try_from(day.num_days_from_monday()).unwrap_or_default();
            let name = DAYS.get(index).copied().unwrap_or_default().to_uppercase();
            json!({"type": "DAY_OF_MONTH", "day": name, "weekOfMonth": week})
        }
    };
    let mut row = block(&exception.block);
    if let Some(object) = row.as_object_mut() {
        let enabling = if exception.enabling {
            "ENABLE"
        } else {
            "DISABLE"
        };
        object.insert("enabling".to_owned(), json!(enabling));
        object.insert("recurrence".to_owned(), recurrence);
    }
    row
}

pub(super) fn list(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let filters = conditions(
        request,
        &[
            ("name", &["eq"]),
            ("enablingGroup", &["eq"]),
            ("site", &["eq"]),
            ("editable", &["eq"]),
        ],
    )?;
    let holds = |schedule: &&Schedule| {
        filters.iter().all(|filter| match filter.field.as_str() {
            "name" => filter.contained_in(&schedule.name),
            "enablingGroup" => schedule
                .enabling_group_id
                .is_some_and(|id| filter.lists(id)),
            "site" => match schedule.site_id {
                Some(id) => filter.lists(id),
                None => filter.contained_in("universal"),
            },
            _ => filter.values.contains(&schedule.editable.to_string()),
        })
    };
    let rows = state.schedules.values().filter(holds).collect();
    page(request, rows, |schedule| brief(state, schedule))
}

fn find<'a>(state: &'a BrivoState, request: &Request) -> Result<&'a Schedule, Reply> {
    let id = path_id(request, 1, "schedule")?;
    state
        .schedules
        .get(&id)
        .ok_or_else(|| error(404, "Requested schedule not found"))
}

pub(super) fn get(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let schedule = find(state, request)?;
    Ok(Reply::json(200, full(state, schedule)))
}

/// A schedule as a body describes it.
fn read(state: &BrivoState, body: &Value, id: i64) -> Result<Schedule, Reply> {
    let name = body.get("name").and_then(Value::as_str).unwrap_or_default();
    if name.trim().is_empty() {
        return Err(error(400, "Schedule name is required"));
    }
    if name.chars().count() > MAX_NAME {
        return Err(error(400, "Schedule name may not exceed 32 characters"));
    }
    let site_id = body.get("siteId").and_then(Value::as_i64);
    if site_id.is_some_and(|id| !state.sites.contains_key(&id)) {
        return Err(error(404, "Requested site not found"));
    }
    let enabling = body.get("enablingGroupId").and_then(Value::as_i64);
    if enabling.is_some_and(|id| state.visible_group(id).is_none()) {
        return Err(error(404, "Unknown Group"));
    }
    let grace = body.get("gracePeriod").and_then(Value::as_i64);
    if grace.is_some_and(|minutes| enabling.is_none() || !(0..=60).contains(&minutes)) {
        return Err(error(400, "Invalid grace period"));
    }
    let mut blocks = BTreeMap::new();
    let mut holiday_blocks = Vec::new();
    for (day, rows) in body
        .get("scheduleBlocks")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        let rows: Option<Vec<Block>> = rows
            .as_array()
            .and_then(|rows| rows.iter().map(read_block).collect());
        let rows = rows.ok_or_else(|| error(400, "Invalid schedule block"))?;
        if rows.len() > MAX_BLOCKS {
            return Err(error(400, "A day may not have more than 32 blocks"));
        }
        if day == "holiday" {
            holiday_blocks = rows;
            continue;
        }
        let index = (0_u8..).zip(DAYS).find(|(_, name)| name == day);
        let (index, _) = index.ok_or_else(|| error(400, "Invalid schedule block"))?;
        if !rows.is_empty() {
            blocks.insert(index, rows);
        }
    }
    if blocks.is_empty() && holiday_blocks.is_empty() {
        return Err(error(400, "At least one schedule block is required"));
    }
    let exceptions: Option<Vec<ScheduleException>> = body
        .get("scheduleExceptions")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(read_exception)
        .collect();
    let exceptions = exceptions.ok_or_else(|| error(400, "Invalid schedule exception"))?;
    if exceptions.len() > MAX_EXCEPTIONS {
        return Err(error(
            400,
            "A schedule may not have more than 16 exceptions",
        ));
    }
    Ok(Schedule {
        id,
        name: name.to_owned(),
        site_id,
        enabling_group_id: enabling,
        grace_period: grace,
        blocks,
        holiday_blocks,
        exceptions,
        holidays: Vec::new(),
        editable: true,
    })
}

fn time(value: Option<&Value>) -> Option<NaiveTime> {
    NaiveTime::parse_from_str(value?.as_str()?, "%H:%M").ok()
}

fn read_block(value: &Value) -> Option<Block> {
    let start = time(value.get("start"))?;
    let end = value.get("end")?.as_str()?;
    if matches!(end, "24:00" | "23:59" | "00:00") {
        return Some(Block { start, end: None });
    }
    let end = time(value.get("end"))?;
    (start < end).then_some(Block {
        start,
        end: Some(end),
    })
}

fn read_exception(value: &Value) -> Option<ScheduleException> {
    let enabling = match value.get("enabling")?.as_str()? {
        "ENABLE" => true,
        "DISABLE" => false,
        _ => return None,
    };
    let rule = value.get("recurrence")?;
    let recurrence = match rule.get("type")?.as_str()? {
        "SINGULAR" => {
            let date = rule.get("date")?.as_str()?;
            Recurrence::Singular(NaiveDate::parse_from_str(date, "%Y-%m-%d").ok()?)
        }
        "DAY_OF_MONTH" => {
            let day: Weekday = rule.get("day")?.as_str()?.parse().ok()?;
            let week = u8::try_from(rule.get("weekOfMonth")?.as_u64()?).ok()?;
            if !(1..=5).contains(&week) {
                return None;
            }
            Recurrence::DayOfMonth(day, week)
        }
        _ => return None,
    };
    Some(ScheduleException {
        enabling,
        block: read_block(value)?,
        recurrence,
    })
}

pub(super) fn create(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let body = body_object(request)?;
    let id = state
        .schedules
        .keys()
        .next_back()
        .map_or(41_100, |id| id + 1);
    let schedule = read(state, &body, id.max(41_100))?;
    let row = full(state, &schedule);
    let id = schedule.id;
    state.schedules.insert(id, schedule);
    state.audit(request.now, "schedule", id, "Schedule created");
    Ok(Reply::json(state.created_status(), row))
}

fn changeable<'a>(state: &'a BrivoState, request: &Request) -> Result<&'a Schedule, Reply> {
    let schedule = find(state, request)?;
    if schedule.editable {
        Ok(schedule)
    } else {
        Err(error(403, "Schedule may not be changed"))
    }
}

/// The site of a schedule cannot be changed.
pub(super) fn replace(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let old = changeable(state, request)?.clone();
    let mut schedule = read(state, &body_object(request)?, old.id)?;
    schedule.site_id = old.site_id;
    schedule.holidays = old.holidays;
    let row = full(state, &schedule);
    state.audit(request.now, "schedule", schedule.id, "Schedule changed");
    state.schedules.insert(schedule.id, schedule);
    Ok(Reply::json(200, row))
}

pub(super) fn delete(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let id = changeable(state, request)?.id;
    if state.schedule_in_use(id) {
        return Err(error(412, "Schedule is in use by groups"));
    }
    state.schedules.remove(&id);
    state.audit(request.now, "schedule", id, "Schedule deleted");
    Ok(Reply::empty(204))
}

fn holiday(state: &BrivoState, holiday: &Holiday) -> Object {
    let mut row = Object::with_capacity(8);
    row.set("id", holiday.id);
    row.set("name", holiday.name.as_str());
    row.set("start", holiday.start.format(LOCAL).to_string());
    row.set("end", holiday.end.format(LOCAL).to_string());
    row.set("siteName", site_name(state, holiday.site_id));
    row
}

fn whole_holiday(state: &BrivoState, row: &Holiday) -> Value {
    let schedules: Vec<Value> = state
        .schedules
        .values()
        .filter(|schedule| schedule.holidays.contains(&row.id))
        .map(|schedule| json!({"id": schedule.id, "name": schedule.name}))
        .collect();
    let mut object = holiday(state, row);
    object.some("siteId", row.site_id);
    object.set("writeable", true);
    object.set("schedules", schedules);
    object.into()
}

pub(super) fn holidays(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let filters = conditions(
        request,
        &[
            ("name", &["eq"]),
            ("site", &["eq"]),
            ("start", &["eq", "gt"]),
            ("end", &["eq", "lt"]),
        ],
    )?;
    let mut rows: Vec<&Holiday> = state.holidays.values().collect();
    for filter in &filters {
        let bound = filter
            .values
            .first()
            .map(String::as_str)
            .unwrap_or_default();
        let at = NaiveDateTime::parse_from_str(bound, LOCAL);
        match filter.key() {
            ("name", _) => rows.retain(|row| filter.contained_in(&row.name)),
            ("site", _) => rows.retain(|row| match row.site_id {
                Some(id) => filter.lists(id),
                None => bound.eq_ignore_ascii_case("universal"),
            }),
            (field, op) => {
                let at = at.map_err(|_| error(400, "Invalid filter was provided"))?;
                rows.retain(|row| {
                    let value = if field == "start" { row.start } else { row.end };
                    match op {
                        "eq" => value == at,
                        "gt" => value > at,
                        _ => value < at,
                    }
                });
            }
        }
    }
    page(request, rows, |row| holiday(state, row))
}

fn find_holiday<'a>(state: &'a BrivoState, request: &Request) -> Result<&'a Holiday, Reply> {
    let id = path_id(request, 1, "holiday")?;
    state
        .holidays
        .get(&id)
        .ok_or_else(|| error(404, "Requested holiday not found"))
}

pub(super) fn get_holiday(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let row = find_holiday(state, request)?;
    Ok(Reply::json(200, whole_holiday(state, row)))
}

/// `schedules` replaces the schedules that observe the holiday; the site must stay the same.
pub(super) fn replace_holiday(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let mut row = find_holiday(state, request)?.clone();
    let body = body_object(request)?;
    let text = |key: &str| body.get(key).and_then(Value::as_str);
    let name = text("name").filter(|name| !name.is_empty() && name.chars().count() <= 96);
    row.name = name
        .ok_or_else(|| error(400, "Invalid holiday name"))?
        .to_owned();
    if body.get("siteId").and_then(Value::as_i64) != row.site_id {
        return Err(error(400, "Site must match"));
    }
    let date = |key: &str| {
        text(key)
            .and_then(|text| NaiveDateTime::parse_from_str(text, LOCAL).ok())
            .ok_or_else(|| error(400, &format!("Invalid value for {key}")))
    };
    (row.start, row.end) = (date("start")?, date("end")?);
    if row.end <= row.start {
        return Err(error(400, "End must be after start"));
    }
    let ids: Vec<i64> = body
        .get("schedules")
        .and_then(Value::as_array)
        .map(|ids| ids.iter().filter_map(Value::as_i64).collect())
        .unwrap_or_default();
    if ids.iter().any(|id| !state.schedules.contains_key(id)) {
        return Err(error(400, "Unknown schedule"));
    }
    for schedule in state.schedules.values_mut() {
        schedule.holidays.retain(|id| *id != row.id);
        if ids.contains(&schedule.id) {
            schedule.holidays.push(row.id);
        }
    }
    let answer = whole_holiday(state, &row);
    state.audit(request.now, "holiday", row.id, "Holiday changed");
    state.holidays.insert(row.id, row);
    Ok(Reply::json(200, answer))
}

pub(super) fn delete_holiday(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let id = find_holiday(state, request)?.id;
    state.holidays.remove(&id);
    for schedule in state.schedules.values_mut() {
        schedule.holidays.retain(|known| *known != id);
    }
    Ok(Reply::empty(204))
}
