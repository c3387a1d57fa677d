//! What hangs on a user: groups, and values of custom fields.

use std::collections::BTreeSet;

use serde_json::Value;

use super::groups::brief;
use super::paging::whole;
use super::state::{BrivoState, MAX_GROUPS_PER_USER};
use super::users::{custom_value, custom_values, find};
use super::{body_object, error, path_id};
use crate::http::{Reply, Request};

pub(super) fn groups(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let id = find(state, request)?.id;
    Ok(memberships(state, id))
}

fn memberships(state: &BrivoState, user: i64) -> Reply {
    let groups = state.groups_of(user);
    let visible = groups.iter().filter_map(|id| state.visible_group(*id));
    whole(visible.map(|group| brief(group).into()).collect())
}

/// Adds that are members already and removals that are none are skipped; beyond 16 groups, or
/// with an unknown group, nothing is changed at all.
pub(super) fn change_groups(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let user = find(state, request)?.id;
    let body = body_object(request)?;
    let ids = |key: &str| match body.get(key) {
        None | Some(Value::Null) => Ok(BTreeSet::new()),
        Some(Value::Array(rows)) => rows
            .iter()
            .map(Value::as_i64)
            .collect::<Option<BTreeSet<i64>>>()
            .ok_or_else(|| error(400, &format!("Invalid value for {key}"))),
        Some(_) => Err(error(400, &format!("Invalid value for {key}"))),
    };
    let (add, remove) = (ids("addGroups")?, ids("removeGroups")?);
    let mut named = add.iter().chain(&remove);
    if named.any(|group| state.visible_group(*group).is_none()) {
        return Err(error(404, "Unknown Group"));
    }
    let mut after = state.groups_of(user);
    after.retain(|group| !remove.contains(group));
    after.extend(&add);
    if after.len() > MAX_GROUPS_PER_USER {
        return Err(error(400, "User may not belong to more than 16 groups"));
    }
    for group in remove {
        if state.leave(user, group) {
            state.audit(request.now, "group", group, "User removed from group");
        }
    }
    for group in add {
        if state.join(user, group) {
            state.audit(request.now, "group", group, "User added to group");
        }
    }
    Ok(memberships(state, user))
}

pub(super) fn custom_fields(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let user = find(state, request)?;
    Ok(whole(custom_values(state, user)))
}

pub(super) fn set_custom_field(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let mut user = find(state, request)?.clone();
    let field = path_id(request, 3, "custom field")?;
    let body = body_object(request)?;
    let value = body
        .get("value")
        .and_then(Value::as_str)
        .ok_or_else(|| error(400, "Invalid value"))?;
    let kind = state
        .custom_fields
        .get(&field)
        .map(|f| f.field_type.clone());
    if kind.as_deref() == Some("NUMBER") && value.parse::<f64>().is_err() {
        return Err(error(400, "Invalid value"));
    }
    let row = custom_value(state, field, value)
        .ok_or_else(|| error(404, "Requested custom field not found"))?;
    user.custom_fields.insert(field, value.to_owned());
    user.updated = request.now;
    state.put_user(user);
    Ok(Reply::json(200, row))
}

pub(super) fn clear_custom_field(
    state: &mut BrivoState,
    request: &Request,
) -> Result<Reply, Reply> {
    let mut user = find(state, request)?.clone();
    let field = path_id(request, 3, "custom field")?;
    if user.custom_fields.remove(&field).is_none() {
        return Err(error(404, "Requested custom field not found"));
    }
    state.put_user(user);
    Ok(Reply::empty(204))
}
