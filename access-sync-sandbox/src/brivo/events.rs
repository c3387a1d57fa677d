//! What happened: access events at the doors, audit events of the account.

use std::collections::VecDeque;

use chrono::{DateTime, DurationRound as _, SecondsFormat, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use super::error;
use super::paging::{Condition, conditions, page_size};
use super::rows::UserRef;
use super::state::BrivoState;
use super::users::read_instant;
use crate::http::{Reply, Request};
use crate::json::{Object, write_array};
use crate::world::hash;

/// Older events are dropped beyond this many.
const KEPT: usize = 100_000;

/// Something to be written down at a door.
#[derive(Debug, Clone, Copy)]
pub(super) struct Occurrence {
    door: i64,
    user: Option<i64>,
    action: (i64, &'static str, bool),
    credential: Option<i64>,
}

impl Occurrence {
    pub(super) fn pulse(door: i64) -> Self {
        Self {
            door,
            user: None,
            action: (5064, "Device Pulsed by Administrator", false),
            credential: None,
        }
    }

    pub(super) fn attempt(door: i64, user: Option<i64>, credential: Option<i64>, ok: bool) -> Self {
        Self {
            door,
            user,
            credential,
            action: match (ok, user) {
                (true, _) => (2004, "User Entry", false),
                (false, Some(_)) => (5018, "Failed Access: Unauthorized", true),
                (false, None) => (5012, "Failed Access: Unknown Credential", true),
            },
        }
    }
}

/// An event. Brivo keeps when it occurred, and when the cloud heard of it.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) uuid: String,
    pub(crate) audit: bool,
    pub(crate) occurred: DateTime<Utc>,
    /// None while the panel is offline.
    pub(crate) processed: Option<DateTime<Utc>>,
    panel: Option<i64>,
    pub(crate) site: Option<i64>,
    pub(crate) actor: Option<i64>,
    pub(crate) object: i64,
    kind: &'static str,
    exception: bool,
    body: Map<String, Value>,
}

/// The journal, oldest first by arrival.
#[derive(Debug, Clone, Default)]
pub(crate) struct Journal {
    pub(super) events: VecDeque<Event>,
    written: u64,
}

impl Event {
    /// As it is listed and delivered.
    pub(crate) fn shape(&self) -> Value {
        let millis = |at: DateTime<Utc>| json!(at.to_rfc3339_opts(SecondsFormat::Millis, true));
        let mut row = self.body.clone();
        row.insert("uuid".to_owned(), json!(self.uuid));
        row.insert("occurred".to_owned(), millis(self.occurred));
        if let Some(processed) = self.processed {
            row.insert("processed".to_owned(), millis(processed));
        }
        Value::Object(row)
    }
}

impl BrivoState {
    fn uuid(&mut self) -> String {
        self.journal.written += 1;
        let n = self.journal.written;
        let (a, b) = (hash(&[b"event"], n), hash(&[b"tneve"], n));
        format!(
            "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
            a >> 32,
            a >> 16 & 0xffff,
            a & 0xfff,
            b >> 48 & 0xfff,
            b & 0xffff_ffff_ffff
        )
    }

    /// Somebody tries a door: whether it opens. Either way an event is written.
    pub(crate) fn somebody_tries(&mut self, user: i64, door: i64, at: DateTime<Utc>) -> bool {
        let opened = self.opens(&UserRef::Id(user), door, at);
        let credential = self.credentials_of(user).next().map(|held| held.id);
        self.happened(
            Occurrence::attempt(door, Some(user), credential, opened),
            at,
        );
        opened
    }

    /// Writes down what happened at a door. An offline panel uploads it later.
    pub(super) fn happened(&mut self, what: Occurrence, now: DateTime<Utc>) {
        let Some(door) = self.access_points.get(&what.door).cloned() else {
            return;
        };
        let online = self
            .panels
            .get(&door.control_panel_id)
            .is_none_or(|panel| panel.online);
        let site = self.sites.get(&door.site_id);
        let (id, action, exception) = what.action;
        let user = what.user.and_then(|id| self.users.get(&id));
        let name = user.map(|user| format!("{} {}", user.first_name, user.last_name));
        let mut data = Object::with_capacity(8);
        data.some("actorName", name.clone());
        data.set("objectName", door.name.as_str());
        data.some("objectGroupName", site.map(|site| site.name.as_str()));
        // False even for a successful pulse of the administrator, as documented.
        data.set("actionAllowed", id == 2004);
        data.set("objectTypeId", 2);
        data.set("deviceTypeId", 1);
        data.some(
            "credentials",
            what.credential
                .map(|id| json!([{"id": id, "disabled": false}])),
        );
        let mut body = json!({
            "objectType": "ACCESS_POINT",
            "securityAction": {"securityActionId": id, "action": action, "exception": exception},
            "eventObject": {
                "id": door.id,
                "name": door.name,
                "deviceType": {"id": 1, "name": "Door"},
            },
            "site": {"id": door.site_id, "siteName": site.map_or("", |site| site.name.as_str())},
            "eventData": Value::from(data),
        });
        if let Some(object) = body.as_object_mut() {
            if let (Some(id), Some(name)) = (what.user, name) {
                object.insert("actor".to_owned(), json!({"id": id, "name": name}));
            } else if id == 5064 {
                let name = self.caller_name();
                let actor = json!({"id": self.caller, "name": name, "objectType": "ADMINISTRATOR"});
                object.insert("actor".to_owned(), actor);
            }
        }
        let uuid = self.uuid();
        self.keep(Event {
            uuid,
            audit: false,
            occurred: now,
            processed: online.then(|| now + TimeDelta::milliseconds(751)),
            panel: Some(door.control_panel_id),
            site: Some(door.site_id),
            actor: what.user,
            object: door.id,
            kind: "access",
            exception,
            body: body.as_object().cloned().unwrap_or_default(),
        });
    }

    /// Writes down a change of the account.
    pub(super) fn audit(
        &mut self,
        now: DateTime<Utc>,
        kind: &'static str,
        object: i64,
        action: &str,
    ) {
        if !self.audited {
            return;
        }
        let action_id = match kind {
            "group" => 4001,
            "site" => 4101,
            "control_panel" => 6201,
            "user" => 500,
            _ => 501,
        };
        let body = json!({
            "objectType": kind.to_uppercase(),
            "securityAction": {"securityActionId": action_id, "action": action, "exception": false},
            "actor": {"id": self.caller, "name": self.caller_name(), "objectType": "ADMINISTRATOR"},
            "eventObject": {"id": object, "objectType": kind.to_uppercase()},
            "eventData": {"actorName": self.caller_name(), "actionAllowed": true},
        });
        let uuid = self.uuid();
        self.keep(Event {
            uuid,
            audit: true,
            occurred: now,
            processed: Some(now),
            panel: None,
            site: None,
            actor: None,
            object,
            kind,
            exception: false,
            body: body.as_object().cloned().unwrap_or_default(),
        });
    }

    fn keep(&mut self, event: Event) {
        if event.processed.is_some() {
            self.notify(&event);
        }
        if self.journal.events.len() >= KEPT {
            self.journal.events.pop_front();
        }
        self.journal.events.push_back(event);
    }

    /// A panel is back: what it kept arrives now.
    pub(super) fn upload(&mut self, panel: i64, now: DateTime<Utc>) {
        let mut late = Vec::new();
        for event in &mut self.journal.events {
            if event.panel == Some(panel) && event.processed.is_none() {
                event.processed = Some(now);
                late.push(event.clone());
            }
        }
        for event in late {
            self.notify(&event);
        }
    }
}

pub(super) fn access(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let (rows, by_processed) = select(state, request, false)?;
    page(request, rows, by_processed)
}

pub(super) fn audits(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let (rows, by_processed) = select(state, request, true)?;
    page(request, rows, by_processed)
}

pub(super) fn count_access(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let (rows, _) = select(state, request, false)?;
    Ok(Reply::json(200, json!({"count": rows.len()})))
}

pub(super) fn count_audits(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let (rows, _) = select(state, request, true)?;
    Ok(Reply::json(200, json!({"count": rows.len()})))
}

fn stamp(event: &Event, by_processed: bool) -> DateTime<Utc> {
    if by_processed {
        event.processed.unwrap_or(event.occurred)
    } else {
        event.occurred
    }
}

/// Newest first; the offset is an instant, and the events at that very instant come once more.
fn page(request: &Request, mut rows: Vec<&Event>, by_processed: bool) -> Result<Reply, Reply> {
    let size = page_size(request)?;
    // Of two at one instant, the one that arrived later is the newer.
    rows.reverse();
    rows.sort_by_key(|event| std::cmp::Reverse(stamp(event, by_processed)));
    let offset = match request.param("offset").filter(|text| !text.is_empty()) {
        None => None,
        Some(text) => {
            let at = read_instant(text);
            Some(at.ok_or_else(|| error(400, "Invalid value for offset"))?)
        }
    };
    if let Some(offset) = offset {
        rows.retain(|event| stamp(event, by_processed) <= offset);
    }
    rows.truncate(size);
    let offset = request
        .param("offset")
        .filter(|_| offset.is_some())
        .map(|text| format!(r#","offset":{}"#, json!(text)))
        .unwrap_or_default();
    let mut out = br#"{"data":"#.to_vec();
    write_array(&mut out, rows.iter().map(|event| event.shape()));
    out.extend_from_slice(format!(r#","pageSize":{size}{offset}}}"#).as_bytes());
    Ok(Reply::written(200, out))
}

const ACCESS: &[(&str, &[&str])] = &[
    ("occurred", &["gt", "lt"]),
    ("processed", &["gt", "lt"]),
    ("object", &["eq"]),
    ("site", &["eq"]),
    ("event_type", &["eq"]),
];
const AUDIT: &[(&str, &[&str])] = &[
    ("occurred", &["gt", "lt"]),
    ("processed", &["gt", "lt"]),
    ("actor", &["eq"]),
    ("object", &["eq"]),
    ("schedule", &["eq"]),
    ("holiday", &["eq"]),
    ("event_type", &["eq"]),
];
const KINDS: [&str; 17] = [
    "account",
    "administrator",
    "badge",
    "control_panel",
    "credential",
    "custom_field",
    "device",
    "group",
    "holiday",
    "ipac",
    "notification",
    "permission_template",
    "report",
    "schedule",
    "site",
    "user",
    "video",
];

/// The events that pass the filters, and whether the window is one of `processed`.
fn select<'a>(
    state: &'a BrivoState,
    request: &Request,
    audit: bool,
) -> Result<(Vec<&'a Event>, bool), Reply> {
    let filters = conditions(request, if audit { AUDIT } else { ACCESS })?;
    let has = |field: &str| filters.iter().any(|f| f.field == field);
    if has("occurred") && has("processed") {
        return Err(error(400, "Occurred and processed may not be combined"));
    }
    if !audit && has("object") && has("site") {
        return Err(error(400, "Object and site may not be combined"));
    }
    let exclusive = ["actor", "object", "schedule", "holiday"];
    if audit && exclusive.iter().filter(|field| has(field)).count() > 1 {
        return Err(error(400, "Filters may not be combined"));
    }
    let by_processed = has("processed");
    let field = if by_processed {
        "processed"
    } else {
        "occurred"
    };
    let (from, to) = window(&filters, field, request.now)?;
    let mut rows: Vec<&Event> = state
        .journal
        .events
        .iter()
        .filter(|event| event.audit == audit && event.processed.is_some())
        .filter(|event| {
            let at = stamp(event, by_processed);
            from <= at && at < to
        })
        .collect();
    for filter in &filters {
        match filter.field.as_str() {
            "site" => rows.retain(|event| event.site.is_some_and(|id| filter.lists(id))),
            "actor" => rows.retain(|event| event.actor.is_some_and(|id| filter.lists(id))),
            "object" | "schedule" | "holiday" => rows.retain(|event| filter.lists(event.object)),
            "event_type" if audit => {
                if let Some(bad) = filter.values.iter().find(|v| !KINDS.contains(&v.as_str())) {
                    return Err(error(400, &format!("Invalid event type {bad}")));
                }
                rows.retain(|event| filter.values.iter().any(|kind| kind == event.kind));
            }
            "event_type" => rows.retain(|event| {
                filter.values.iter().any(|kind| match kind.as_str() {
                    "exception" => event.exception,
                    "non_exception" => !event.exception,
                    _ => false,
                })
            }),
            _ => {}
        }
    }
    Ok((rows, by_processed))
}

/// From today's midnight UTC unless the filter says otherwise. Both bounds are truncated to the
/// hour, so that an upper bound within an hour loses that hour; at most 24 hours.
fn window(
    filters: &[Condition],
    field: &str,
    now: DateTime<Utc>,
) -> Result<(DateTime<Utc>, DateTime<Utc>), Reply> {
    let bound = |op: &str| -> Result<Option<DateTime<Utc>>, Reply> {
        let filter = filters.iter().find(|f| f.field == field && f.op == op);
        match filter.and_then(|filter| filter.values.first()) {
            None => Ok(None),
            Some(text) => {
                let at = read_instant(text).ok_or_else(|| error(400, "Invalid filter format"))?;
                Ok(at.duration_trunc(TimeDelta::hours(1)).ok())
            }
        }
    };
    let day = TimeDelta::hours(24);
    let midnight = now.date_naive().and_time(chrono::NaiveTime::MIN).and_utc();
    let later = |at: DateTime<Utc>| at.checked_add_signed(day).unwrap_or(at);
    let (from, to) = match (bound("gt")?, bound("lt")?) {
        (Some(from), Some(to)) => (from, to),
        (Some(from), None) => (from, later(from)),
        (None, Some(to)) => (to.checked_sub_signed(day).unwrap_or(to), to),
        (None, None) => (midnight, later(midnight)),
    };
    if to.signed_duration_since(from) > day {
        return Err(error(400, "Date range may not exceed 24 hours"));
    }
    Ok((from, to))
}
