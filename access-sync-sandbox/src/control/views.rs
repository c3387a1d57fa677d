//! What the page shows.

use serde_json::{Value, json};

use super::{Answer, Control, Query, wrong};
use crate::brivo::{User, UserRef};
use crate::fault::Service;

/// Rows of a list unless `limit` asks for others.
const ROWS: usize = 100;
/// People named in one answer of "who can open this".
const NAMED: usize = 500;

fn name(user: &User) -> String {
    format!("{} {}", user.first_name, user.last_name)
}

/// `{rows, total}` of the rows that are found, cut to `limit`.
fn table(query: &Query, rows: impl Iterator<Item = Value>) -> Value {
    let limit = query.number("limit", ROWS).min(1000);
    let offset = query.number("offset", 0);
    let mut total = 0;
    let mut page = Vec::new();
    for row in rows {
        if total >= offset && page.len() < limit {
            page.push(row);
        }
        total += 1;
    }
    json!({"rows": page, "total": total})
}

impl Control {
    pub(super) fn summary(&self) -> Value {
        let (users, groups, doors, suspended, credentials) = {
            let state = self.shared.brivo();
            let suspended = state.users.values().filter(|u| u.suspended).count();
            (
                state.users.len(),
                state.groups.len(),
                state.door_count(),
                suspended,
                state.credential_count(),
            )
        };
        let (properties, units, leases) = {
            let state = self.shared.entrata();
            (
                state.properties.len(),
                state.units.len(),
                state.leases.len(),
            )
        };
        let (coworkers, bookings, contracts) = {
            let state = self.shared.nexudus();
            (
                state.coworkers.len(),
                state.bookings.len(),
                state.contracts.len(),
            )
        };
        let calls = Service::ALL.map(|service| self.shared.calls(service).len());
        let [brivo_calls, entrata_calls, nexudus_calls] = calls;
        json!({
            "now": self.now(),
            "ticking": self.shared.clock.is_ticking(),
            "brivo": {
                "users": users, "suspended": suspended, "groups": groups, "doors": doors,
                "credentials": credentials, "calls": brivo_calls, "url": self.brivo().api_url(),
            },
            "entrata": {
                "properties": properties, "units": units, "leases": leases,
                "calls": entrata_calls, "url": self.entrata().gateway_url(),
            },
            "nexudus": {
                "coworkers": coworkers, "bookings": bookings, "contracts": contracts,
                "calls": nexudus_calls, "url": self.nexudus().base_url(),
            },
            "faults": self.shared.fault_lines().len(),
        })
    }

    pub(super) fn users(&self, query: &Query) -> Value {
        let state = self.shared.brivo();
        let rows = state.users.values().filter(|user| {
            let external = user.external_id.as_deref().unwrap_or_default();
            query.finds(&[&name(user), external])
        });
        table(
            query,
            rows.map(|user| {
                json!({
                    "id": user.id,
                    "name": name(user),
                    "externalId": user.external_id,
                    "suspended": user.suspended,
                    "groups": state.group_names(user.id),
                })
            }),
        )
    }

    /// One user and the doors that open for it now.
    pub(super) fn user(&self, id: &str) -> Answer {
        let now = self.now();
        let state = self.shared.brivo();
        let found = id.parse::<i64>().ok().and_then(|id| state.users.get(&id));
        let user = found.ok_or((404, "no such user".to_owned()))?;
        Ok(json!({
            "id": user.id,
            "name": name(user),
            "externalId": user.external_id,
            "suspended": user.suspended,
            "groups": state.group_names(user.id),
            "credentials": state.held_by(user.id).count(),
            "opens": state.doors_open_to(user.id, now),
        }))
    }

    pub(super) fn doors(&self, query: &Query) -> Value {
        let state = self.shared.brivo();
        let rows = state.doors().filter(|door| query.finds(&[&door.name]));
        table(
            query,
            rows.map(|door| {
                let site = state.sites.get(&door.site_id);
                json!({
                    "id": door.id,
                    "name": door.name,
                    "site": site.map(|site| site.name.as_str()),
                    "panel": door.control_panel_id,
                    "online": state.online(door.control_panel_id),
                })
            }),
        )
    }

    pub(super) fn groups(&self, query: &Query) -> Value {
        let state = self.shared.brivo();
        let rows = state
            .groups
            .values()
            .filter(|group| query.finds(&[&group.name]));
        table(
            query,
            rows.map(|group| {
                json!({
                    "id": group.id,
                    "name": group.name,
                    "members": state.member_count(group.id),
                    "doors": state.doors_of(group.id),
                })
            }),
        )
    }

    pub(super) fn residents(&self, query: &Query) -> Value {
        let state = self.shared.entrata();
        let rows = state.leases.values().flat_map(|lease| {
            let people = lease.customers.iter();
            people.map(move |person| (lease, person))
        });
        let rows = rows.filter(|(_, person)| {
            query.finds(&[&format!("{} {}", person.first_name, person.last_name)])
        });
        table(
            query,
            rows.map(|(lease, person)| {
                let unit = lease.unit_id.and_then(|id| state.units.get(&id));
                let property = state.properties.get(&lease.property_id);
                json!({
                    "name": format!("{} {}", person.first_name, person.last_name),
                    "customer": person.id,
                    "lease": lease.id,
                    "type": person.customer_type,
                    "status": person.status.name(),
                    "property": property.map(|property| property.name.as_str()),
                    "unit": unit.map(|unit| unit.number.as_str()),
                    "from": person.move_in,
                    "to": person.move_out,
                })
            }),
        )
    }

    pub(super) fn members(&self, query: &Query) -> Value {
        let now = self.now();
        let state = self.shared.nexudus();
        let rows = state
            .coworkers
            .iter()
            .filter(|(_, person)| query.finds(&[&person.full_name]));
        table(
            query,
            rows.map(|(id, person)| {
                json!({
                    "id": id,
                    "name": person.full_name,
                    "company": person.company,
                    "active": person.active && !person.archived,
                    "contracts": state.running_contracts(id, now),
                })
            }),
        )
    }

    /// `?door=NAME[&at=INSTANT]`: the people who can open it.
    pub(super) fn who(&self, query: &Query) -> Answer {
        let door = query
            .text("door")
            .ok_or_else(|| wrong("name a door: /api/who?door=NAME"))?;
        let at = match query.text("at") {
            None => self.now(),
            Some(text) => text
                .parse()
                .map_err(|_| wrong("\"at\" is an instant such as 2026-03-10T17:00:00Z"))?,
        };
        let state = self.shared.brivo();
        if !state.has_door(door) {
            return Err((404, format!("there is no door \"{door}\"")));
        }
        let mut total = 0;
        let mut people = Vec::new();
        for user in state.users.values() {
            if state.can_open(&UserRef::Id(user.id), door, at) {
                total += 1;
                if people.len() < NAMED {
                    people.push(json!({
                        "id": user.id,
                        "name": name(user),
                        "externalId": user.external_id,
                    }));
                }
            }
        }
        Ok(json!({"door": door, "at": at, "people": people, "total": total}))
    }

    /// `{"user": id or externalId, "door": name}`: somebody tries a door.
    pub(super) fn attempt(&self, body: &Value) -> Answer {
        let user = match body.get("user") {
            Some(Value::Number(id)) => id.as_i64().map(UserRef::Id),
            Some(Value::String(text)) => Some(UserRef::External(text.clone())),
            _ => None,
        };
        let user = user.ok_or_else(|| wrong("\"user\" is an id or an external id"))?;
        let door = body.get("door").and_then(Value::as_str);
        let door = door.ok_or_else(|| wrong("\"door\" is a door's name"))?;
        if !self.shared.brivo().has_door(door) {
            return Err((404, format!("there is no door \"{door}\"")));
        }
        Ok(json!({"opened": self.brivo().try_door(user, door)}))
    }

    pub(super) fn panels(&self) -> Value {
        let rows = self
            .brivo()
            .panels()
            .into_iter()
            .map(|panel| json!({"id": panel.id, "name": panel.name, "online": panel.online}));
        json!({"rows": rows.collect::<Vec<Value>>()})
    }

    pub(super) fn panel(&self, id: &str, body: &Value) -> Answer {
        let online = body.get("online").and_then(Value::as_bool);
        let online = online.ok_or_else(|| wrong("\"online\" is true or false"))?;
        let known = id
            .parse()
            .is_ok_and(|id| self.brivo().set_panel_online(id, online));
        if !known {
            return Err((404, "no such panel".to_owned()));
        }
        Ok(self.panels())
    }

    pub(super) fn events(&self, query: &Query) -> Value {
        let limit = query.number("limit", 50).min(1000);
        json!({"rows": self.shared.brivo().newest_events(limit)})
    }

    pub(super) fn deliveries(&self) -> Value {
        json!({"rows": self.shared.delivery_log()})
    }

    /// `?service=brivo&limit=100`: the newest calls, newest first, of one service or all.
    pub(super) fn calls(&self, query: &Query) -> Answer {
        let limit = query.number("limit", ROWS).min(1000);
        let wanted = query.text("service");
        if wanted.is_some_and(|name| !Service::ALL.iter().any(|s| s.name() == name)) {
            return Err(wrong("\"service\" is brivo, entrata or nexudus"));
        }
        let mut calls = Vec::new();
        for service in Service::ALL {
            if wanted.is_none_or(|name| name == service.name()) {
                let newest = self.shared.calls(service).newest(limit);
                calls.extend(newest.into_iter().map(|call| (service, call)));
            }
        }
        calls.sort_by_key(|(_, call)| std::cmp::Reverse(call.at));
        calls.truncate(limit);
        let rows: Vec<Value> = calls
            .into_iter()
            .map(|(service, call)| {
                json!({
                    "service": service.name(),
                    "at": call.at,
                    "operation": call.operation,
                    "path": call.path,
                    "status": call.status,
                    "billed": call.billed,
                    "milliseconds": call.latency.as_secs_f64() * 1000.0,
                    "bytes": call.bytes,
                    "fault": call.fault,
                })
            })
            .collect();
        Ok(json!({"rows": rows}))
    }

    pub(super) fn limits(&self) -> Value {
        let now = self.now();
        let limits = self.shared.limits;
        let (second, month) = self.shared.brivo().usage(now);
        let nexudus = self.shared.nexudus().windows.usage(&limits, now);
        let entrata = self.shared.entrata().usage(now);
        let brivo = [
            ("a second", second, limits.brivo_per_second),
            ("30 days", month, limits.brivo_per_30_days),
        ];
        let of = |service: &str, rows: Vec<(&str, usize, Option<usize>)>| -> Vec<Value> {
            let rows = rows.into_iter();
            rows.map(|(name, used, allowed)| {
                json!({"name": format!("{service}, {name}"), "used": used, "allowed": allowed})
            })
            .collect()
        };
        let mut rows = of("Brivo", brivo.to_vec());
        rows.extend(of("Nexudus", nexudus));
        json!({"rows": rows, "entrata": {"enforced": limits.entrata, "rows": entrata}})
    }
}
