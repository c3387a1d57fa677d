//! Sites and access points: read only.

use serde_json::json;

use super::paging::{conditions, page, page_of, whole};
use super::rows::AccessPoint;
use super::state::BrivoState;
use super::{error, path_id};
use crate::http::{Reply, Request};
use crate::json::Object;

pub(super) fn sites(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let filters = conditions(request, &[("name", &["eq"])])?;
    let rows = state
        .sites
        .values()
        .filter(|site| filters.iter().all(|f| f.contained_in(&site.name)))
        .collect();
    page(
        request,
        rows,
        |site| json!({"id": site.id, "siteName": site.name}),
    )
}

pub(super) fn site(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let id = path_id(request, 1, "site")?;
    let site = state.sites.get(&id).ok_or_else(no_site)?;
    Ok(Reply::json(
        200,
        json!({
            "id": site.id,
            "siteName": site.name,
            "timeZone": site.time_zone,
            "address": {
                "streetAddress1": site.street,
                "city": site.city,
                "state": site.state,
                "postalCode": site.postal_code,
                "country": "United States",
            },
        }),
    ))
}

pub(super) fn site_access_points(
    state: &mut BrivoState,
    request: &Request,
) -> Result<Reply, Reply> {
    let id = path_id(request, 1, "site")?;
    if !state.sites.contains_key(&id) {
        return Err(no_site());
    }
    let doors = state.access_points.values().filter(|d| d.site_id == id);
    Ok(whole(doors.map(|door| shape(state, door).into()).collect()))
}

pub(super) fn access_points(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    const TYPES: [&str; 8] = [
        "DOOR",
        "FLOOR",
        "SALTO_DOOR",
        "ALLEGION_DOOR",
        "ASSA_ABLOY_DOOR",
        "OFFLINE_DOOR",
        "SIMONS_VOSS_LOCK",
        "YONOMI_LOCK",
    ];
    let filters = conditions(
        request,
        &[
            ("name", &["eq"]),
            ("report_live_status", &["eq"]),
            ("access_point_types", &["eq"]),
        ],
    )?;
    let all = state.access_points.values();
    if filters.is_empty() {
        let count = state.access_points.len();
        return page_of(request, count, all, |door| shape(state, door));
    }
    let mut rows: Vec<&AccessPoint> = all.collect();
    for filter in &filters {
        match filter.field.as_str() {
            "name" => rows.retain(|door| filter.contained_in(&door.name)),
            // Every door here is of type DOOR and reports its live status.
            "report_live_status" => rows.retain(|_| filter.values.iter().any(|v| v == "true")),
            _ => {
                if let Some(bad) = filter.values.iter().find(|v| !TYPES.contains(&v.as_str())) {
                    return Err(error(400, &format!("Invalid access point type {bad}")));
                }
                rows.retain(|_| filter.values.iter().any(|v| v == "DOOR"));
            }
        }
    }
    page(request, rows, |door| shape(state, door))
}

pub(super) fn access_point(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let id = path_id(request, 1, "access point")?;
    let door = state.access_points.get(&id).ok_or_else(no_door)?;
    Ok(Reply::object(200, shape(state, door)))
}

fn shape(state: &BrivoState, door: &AccessPoint) -> Object {
    let site = state.sites.get(&door.site_id);
    let mut row = Object::with_capacity(9);
    row.set("id", door.id);
    row.set("name", &door.name);
    row.set("type", "Door");
    row.set("controlPanelId", door.control_panel_id);
    row.set("siteId", door.site_id);
    row.set("siteName", site.map_or("", |site| site.name.as_str()));
    row.set("activationEnabled", true);
    row.set("twoFactorEnabled", false);
    row.set("reportLiveStatus", true);
    row
}

/// Groups that have a door of the site.
pub(super) fn site_groups(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let id = path_id(request, 1, "site")?;
    if !state.sites.contains_key(&id) {
        return Err(no_site());
    }
    let here = |door: i64| {
        state
            .access_points
            .get(&door)
            .is_some_and(|d| d.site_id == id)
    };
    let rows = state
        .groups
        .values()
        .filter(|group| !group.hidden)
        .filter(|group| state.permissions(group.id).any(|(door, ..)| here(door)))
        .collect();
    page(request, rows, super::groups::brief)
}

pub(super) fn no_door() -> Reply {
    error(404, "Requested access point not found")
}

fn no_site() -> Reply {
    error(404, "Requested site not found")
}
