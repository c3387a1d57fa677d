use serde_json::{Map, Value, json};

use super::paging::{conditions, page, page_of};
use super::rows::{AccessPoint, Group, User};
use super::state::{BrivoState, MAX_GROUPS_PER_USER};
use super::{body_object, error, path_id};
use crate::http::{Reply, Request};
use crate::json::Object;

const MAX_NAME: usize = 35;

pub(super) fn list(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let filters = conditions(request, &[("name", &["eq"])])?;
    let visible = state.groups.values().filter(|group| !group.hidden);
    if filters.is_empty() {
        return page_of(request, state.visible_groups(), visible, brief);
    }
    let rows = visible
        .filter(|group| filters.iter().all(|f| f.contained_in(&group.name)))
        .collect();
    page(request, rows, brief)
}

/// A group in lists: `{id, name}`.
pub(super) fn brief(group: &Group) -> Object {
    let mut row = Object::with_capacity(2);
    row.set("id", group.id);
    row.set("name", &group.name);
    row
}

fn full(group: &Group) -> Value {
    let mut value = Map::from_iter([
        ("id".to_owned(), json!(group.id)),
        ("name".to_owned(), json!(group.name)),
        ("keypadUnlock".to_owned(), json!(group.keypad_unlock)),
        (
            "immuneToAntipassback".to_owned(),
            json!(group.immune_to_antipassback),
        ),
        (
            "excludedFromLockdown".to_owned(),
            json!(group.excluded_from_lockdown),
        ),
    ]);
    // Written as minutes of the day, read back as a time of day.
    let minutes = group
        .antipassback_reset_time
        .as_ref()
        .and_then(|text| text.parse::<u32>().ok());
    if let Some(minutes) = minutes {
        let text = format!("{:02}:{:02}", minutes / 60, minutes % 60);
        value.insert("antipassbackResetTime".to_owned(), json!(text));
    }
    Value::Object(value)
}

fn name_of(body: &Value) -> Result<String, Reply> {
    let name = body
        .get("name")
        .and_then(Value::as_str)
        .filter(|name| !name.trim().is_empty())
        .ok_or_else(|| error(400, "Group name is required"))?;
    if name.chars().count() > MAX_NAME {
        return Err(error(400, "Group name may not exceed 35 characters"));
    }
    Ok(name.to_owned())
}

pub(super) fn create(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let name = name_of(&body_object(request)?)?;
    let id = state.new_group(&name);
    state.audit(request.now, "group", id, "Group created");
    let group = state.groups.get(&id).ok_or_else(not_found)?;
    Ok(Reply::json(state.created_status(), full(group)))
}

fn find<'a>(state: &'a BrivoState, request: &Request) -> Result<&'a Group, Reply> {
    let id = path_id(request, 1, "group")?;
    state.visible_group(id).ok_or_else(not_found)
}

fn not_found() -> Reply {
    error(404, "Unknown Group")
}

pub(super) fn get(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    Ok(Reply::json(200, full(find(state, request)?)))
}

pub(super) fn update(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let mut group = find(state, request)?.clone();
    let body = body_object(request)?;
    group.name = name_of(&body)?;
    let flag = |key: &str, old: bool| body.get(key).and_then(Value::as_bool).unwrap_or(old);
    group.keypad_unlock = flag("keypadUnlock", group.keypad_unlock);
    group.immune_to_antipassback = flag("immuneToAntipassback", group.immune_to_antipassback);
    group.excluded_from_lockdown = flag("excludedFromLockdown", group.excluded_from_lockdown);
    match body.get("antipassbackResetTime").and_then(Value::as_str) {
        Some("") => group.antipassback_reset_time = None,
        Some(text) if text.parse::<u32>().is_ok_and(|minutes| minutes <= 1440) => {
            group.antipassback_reset_time = Some(text.to_owned());
        }
        Some(_) => return Err(error(400, "Invalid antipassback reset time")),
        None => {}
    }
    let reply = Reply::json(200, full(&group));
    state.audit(request.now, "group", group.id, "Group changed");
    state.rename_group(group);
    Ok(reply)
}

pub(super) fn delete(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let group = find(state, request)?;
    if group.multifamily {
        return Err(error(412, "Group belongs to a multifamily site"));
    }
    let id = group.id;
    state.remove_group(id);
    state.audit(request.now, "group", id, "Group deleted");
    Ok(Reply::empty(204))
}

pub(super) fn members(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let id = find(state, request)?.id;
    let rows = state.members(id).filter_map(|user| state.users.get(&user));
    page_of(request, state.group_size(id), rows, |user: &User| {
        let mut row = Object::with_capacity(6);
        row.set("id", user.id);
        row.some("externalId", user.external_id.as_deref());
        row.set("firstName", user.first_name.as_str());
        row.some("middleName", user.middle_name.as_deref());
        row.set("lastName", user.last_name.as_str());
        row.set("suspended", user.suspended);
        row
    })
}

pub(super) fn add_member(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let group = find(state, request)?.id;
    let user = path_id(request, 3, "user")?;
    if !state.users.contains_key(&user) {
        return Err(error(404, "Requested user not found"));
    }
    let groups = state.groups_of(user);
    if !groups.contains(&group) && groups.len() >= MAX_GROUPS_PER_USER {
        return Err(error(400, "User may not belong to more than 16 groups"));
    }
    state.join(user, group);
    state.audit(request.now, "group", group, "User added to group");
    Ok(Reply::empty(204))
}

/// What a removal of a non-member answers is not documented; here it is 404.
pub(super) fn remove_member(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let group = find(state, request)?.id;
    let user = path_id(request, 3, "user")?;
    if !state.leave(user, group) {
        return Err(error(404, "Requested user not found"));
    }
    state.audit(request.now, "group", group, "User removed from group");
    Ok(Reply::empty(204))
}

pub(super) fn access_points(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let group = find(state, request)?.id;
    let filters = conditions(
        request,
        &[
            ("access_point_name", &["eq"]),
            ("access_point_type", &["eq", "ne"]),
            ("schedule_name", &["eq"]),
            ("privacy_mode_override", &["eq"]),
        ],
    )?;
    let rows: Vec<(&AccessPoint, i64, bool)> = state
        .permissions(group)
        .filter_map(|(door, schedule, privacy)| {
            Some((state.access_points.get(&door)?, schedule, privacy))
        })
        .filter(|(door, schedule, privacy)| {
            filters.iter().all(|filter| match filter.field.as_str() {
                "access_point_name" => filter.contained_in(&door.name),
                // Every door here is of type DOOR.
                "access_point_type" => {
                    filter.values.iter().any(|v| v == "DOOR") == (filter.op == "eq")
                }
                "privacy_mode_override" => {
                    let text = privacy.to_string();
                    filter.values.iter().any(|v| v.eq_ignore_ascii_case(&text))
                }
                _ => filter.contained_in(schedule_name(state, *schedule)),
            })
        })
        .collect();
    page(request, rows, |(door, schedule, privacy)| {
        permission(state, door, schedule, privacy)
    })
}

fn permission(state: &BrivoState, door: &AccessPoint, schedule: i64, privacy: bool) -> Value {
    json!({
        "accessPoint": {"id": door.id, "name": door.name, "type": "Door"},
        "schedule": {"id": schedule, "name": schedule_name(state, schedule)},
        "privacyModeOverride": privacy,
    })
}

fn schedule_name(state: &BrivoState, id: i64) -> &str {
    state.schedules.get(&id).map_or("", |s| s.name.as_str())
}

pub(super) fn permit(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let group = find(state, request)?.id;
    let door = path_id(request, 4, "access point")?;
    let body = body_object(request)?;
    let schedule = body
        .pointer("/schedule/id")
        .and_then(Value::as_i64)
        .filter(|id| state.schedules.contains_key(id))
        .ok_or_else(|| error(400, "Schedule is required"))?;
    let privacy = body
        .get("privacyModeOverride")
        .and_then(Value::as_bool)
        .unwrap_or_default();
    let Some(row) = state.access_points.get(&door) else {
        return Err(error(404, "Requested access point not found"));
    };
    let reply = Reply::json(200, permission(state, row, schedule, privacy));
    state.permit(group, door, schedule, privacy);
    Ok(reply)
}

pub(super) fn forbid(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let group = find(state, request)?.id;
    let door = path_id(request, 4, "access point")?;
    if !state.forbid(group, door) {
        return Err(error(404, "Requested access point not found"));
    }
    Ok(Reply::empty(204))
}
