//! Panels and the doors that hang on them: pulses, live status, overrides.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::doors::no_door;
use super::events::Occurrence;
use super::paging::{conditions, page};
use super::rows::AccessPoint;
use super::rows_access::{ControlPanel, DoorOverride};
use super::state::{ALWAYS, BrivoState};
use super::users::{instant, read_instant};
use super::{body_object, error, path_id};
use crate::http::{Reply, Request};
use crate::json::Object;

fn shape(state: &BrivoState, panel: &ControlPanel) -> Value {
    json!({
        "id": panel.id,
        "panelName": panel.name,
        "serialNumber": format!("CP-{:07}", panel.id),
        "activated": "2024-03-25T04:00:00Z",
        "updated": "2025-07-09T04:00:00Z",
        "lastContact": instant(state, panel.last_contact),
        "firmwareVersion": panel.firmware,
        "panelType": "ACS6000",
        "status": if panel.online { "CONNECTED" } else { "DISCONNECTED" },
    })
}

pub(super) fn list(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let filters = conditions(request, &[("status", &["eq"])])?;
    let rows = state
        .panels
        .values()
        .filter(|panel| {
            let status = if panel.online {
                "connected"
            } else {
                "disconnected"
            };
            filters
                .iter()
                .all(|f| f.values.iter().any(|v| v.eq_ignore_ascii_case(status)))
        })
        .collect();
    page(request, rows, |panel| shape(state, panel))
}

pub(super) fn get(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let panel = find(state, request)?;
    Ok(Reply::json(200, shape(state, panel)))
}

fn find<'a>(state: &'a BrivoState, request: &Request) -> Result<&'a ControlPanel, Reply> {
    let id = path_id(request, 1, "control panel")?;
    let panel = state.panels.get(&id);
    panel.ok_or_else(|| error(404, "Requested control panel not found"))
}

const FIRMWARE: [&str; 3] = ["6.2.4", "6.2.6", "6.3.0"];

fn firmware_of(panel: &ControlPanel) -> Reply {
    Reply::json(
        200,
        json!({"firmwareVersion": panel.firmware, "availableVersions": FIRMWARE}),
    )
}

pub(super) fn firmware(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    Ok(firmware_of(find(state, request)?))
}

/// Only a connected panel takes another.
pub(super) fn update_firmware(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let mut panel = find(state, request)?.clone();
    let body = body_object(request)?;
    let version = body.get("firmwareVersion").and_then(Value::as_str);
    let version = version.filter(|version| FIRMWARE.contains(version));
    let version = version.ok_or_else(|| error(400, "Invalid value for firmwareVersion"))?;
    if !panel.online {
        return Err(error(412, "Control panel is not connected"));
    }
    panel.firmware = version.to_owned();
    panel.last_contact = request.now;
    let (id, reply) = (panel.id, firmware_of(&panel));
    state.panels.insert(id, panel);
    state.audit(request.now, "control_panel", id, "Firmware updated");
    Ok(reply)
}

/// The door in segment `index`, and whether its panel is connected.
fn door<'a>(
    state: &'a BrivoState,
    request: &Request,
    index: usize,
) -> Result<(&'a AccessPoint, bool), Reply> {
    let id = path_id(request, index, "access point")?;
    let door = state.access_points.get(&id).ok_or_else(no_door)?;
    let panel = state.panels.get(&door.control_panel_id);
    Ok((door, panel.is_none_or(|panel| panel.online)))
}

/// The administrator's pulse.
pub(super) fn activate(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let (door, online) = door(state, request, 1)?;
    if !online {
        return Err(error(412, "Access point is not connected"));
    }
    let id = door.id;
    state.happened(Occurrence::pulse(id), request.now);
    Ok(Reply::empty(200))
}

/// For pass holders' tokens only, which the sandbox issues to nobody.
pub(super) fn unlock(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    door(state, request, 1)?;
    Err(Reply::json(
        403,
        json!({"error": "access_denied", "error_description": "Access is denied"}),
    ))
}

pub(super) fn elevator(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let (door, online) = door(state, request, 1)?;
    let id = door.id;
    let body = body_object(request)?;
    let pulse = body.get("pulseTime").and_then(Value::as_i64);
    if !pulse.is_some_and(|seconds| (1..=600).contains(&seconds)) {
        return Err(error(400, "Invalid value for pulseTime"));
    }
    let targets = body.get("targetDevices").and_then(Value::as_array);
    if targets.is_none_or(Vec::is_empty) {
        return Err(error(400, "targetDevices is required"));
    }
    if !online {
        return Err(error(412, "Access point is not connected"));
    }
    state.happened(Occurrence::pulse(id), request.now);
    Ok(Reply::empty(200))
}

/// Groups that have the door.
pub(super) fn groups(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let id = door(state, request, 1)?.0.id;
    let rows = state
        .groups
        .values()
        .filter(|group| !group.hidden)
        .filter(|group| state.permissions(group.id).any(|(door, ..)| door == id))
        .collect();
    page(request, rows, super::groups::brief)
}

pub(super) fn status(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let (door, online) = door(state, request, 1)?;
    let site = state.sites.get(&door.site_id);
    let panel = state.panels.get(&door.control_panel_id);
    let held = state.held(door.id, request.now);
    let unlocked = held.map(|held| held.unlock);
    let state_word = match (online, unlocked) {
        (false, _) => "UNKNOWN",
        (true, Some(true)) => "UNLOCKED",
        (true, _) => "LOCKED",
    };
    let mut row = Object::with_capacity(12);
    row.set("accessPointName", door.name.as_str());
    row.set("accessPointState", state_word);
    row.set("accessPointScheduledState", "LOCK");
    row.set("accessPointInputState", "CLOSED");
    let heard = panel.map_or(request.now, |p| {
        if p.online {
            request.now
        } else {
            p.last_contact
        }
    });
    row.set("statusUpdated", instant(state, heard));
    row.some("siteName", site.map(|site| site.name.as_str()));
    row.some("siteTimezone", site.map(|site| site.time_zone.as_str()));
    row.some("panelName", panel.map(|panel| panel.name.as_str()));
    row.some(
        "panelCpNumber",
        panel.map(|panel| format!("CP-{:07}", panel.id)),
    );
    row.set("canPanelSupportScheduleOverride", true);
    let always = state.schedules.get(&ALWAYS).map_or("", |s| s.name.as_str());
    row.set(
        "unlockSchedule",
        json!({"id": ALWAYS, "name": always, "isScheduleBlockActive": false}),
    );
    row.some(
        "scheduleOverride",
        held.map(|held| {
            let mut object = Object::with_capacity(3);
            object.set("endTimeMode", held.end_time_mode.as_str());
            object.set("behavior", if held.unlock { "UNLOCK" } else { "LOCK" });
            object.some("endTime", held.end.map(|end| instant(state, end)));
            Value::from(object)
        }),
    );
    Ok(Reply::object(200, row))
}

impl BrivoState {
    /// The override in force.
    fn held(&self, door: i64, now: DateTime<Utc>) -> Option<&DoorOverride> {
        let held = self.overrides.get(&door)?;
        held.end.is_none_or(|end| now < end).then_some(held)
    }

    /// An offline panel goes on with what it knows now, until it is connected again.
    pub(super) fn set_online(&mut self, panel: i64, online: bool, now: DateTime<Utc>) -> bool {
        let Some(row) = self.panels.get_mut(&panel) else {
            return false;
        };
        if row.online == online {
            return true;
        }
        row.online = online;
        row.last_contact = now;
        if online {
            self.offline.remove(&panel);
            self.upload(panel, now);
        } else {
            let known = self.known_to_panels();
            self.offline.insert(panel, Box::new(known));
        }
        true
    }
}

/// 412 where an override is in force already, 417 where the panel cannot be reached.
pub(super) fn hold(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let (door, online) = door(state, request, 2)?;
    let id = door.id;
    let body = body_object(request)?;
    let text = |key: &str| body.get(key).and_then(Value::as_str);
    let mode = text("endTimeMode").unwrap_or_default();
    let unlock = match text("behavior") {
        Some("UNLOCK") => true,
        Some("LOCK") => false,
        _ => return Err(error(400, "Invalid value for behavior")),
    };
    let end = text("endTime").and_then(read_instant);
    match mode {
        "UNTIL_TIME" if end.is_none_or(|end| end <= request.now) => {
            return Err(error(400, "Invalid value for endTime"));
        }
        "UNTIL_TIME" | "UNTIL_NEXT_SCHEDULE_CHANGE" | "INDEFINITE" => {}
        _ => return Err(error(400, "Invalid value for endTimeMode")),
    }
    if !online {
        return Err(error(417, "Control panel could not be reached"));
    }
    if state.held(id, request.now).is_some() {
        return Err(error(412, "Access point is overridden already"));
    }
    let held = DoorOverride {
        end_time_mode: mode.to_owned(),
        unlock,
        end: end.filter(|_| mode == "UNTIL_TIME"),
    };
    state.overrides.insert(id, held);
    Ok(Reply::empty(204))
}

pub(super) fn release(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let (door, online) = door(state, request, 2)?;
    let id = door.id;
    if !online {
        return Err(error(417, "Control panel could not be reached"));
    }
    if state.held(id, request.now).is_none() {
        return Err(error(412, "Access point is not overridden"));
    }
    state.overrides.remove(&id);
    Ok(Reply::empty(204))
}
