//! Event subscriptions: where events are posted to.

use serde_json::{Value, json};

use super::events::Event;
use super::paging::{conditions, page};
use super::state::BrivoState;
use super::{body_object, error, path_id};
use crate::fault::Service;
use crate::http::{Reply, Request};
use crate::webhooks::Delivery;
use crate::world::hash;

/// A subscription as stored.
#[derive(Debug, Clone)]
pub(crate) struct Subscription {
    id: i64,
    name: String,
    url: String,
    error_email: String,
    criteria: Vec<Criterion>,
}

#[derive(Debug, Clone)]
struct Criterion {
    id: i64,
    kind: String,
    equal: bool,
    value: i64,
}

impl Subscription {
    /// All criteria must hold; without one of AUDIT only access events count.
    fn wants(&self, event: &Event) -> bool {
        let audit = self.criteria.iter().any(|c| c.kind == "AUDIT");
        (audit || !event.audit)
            && self.criteria.iter().all(|criterion| {
                let actual = match criterion.kind.as_str() {
                    "SITE" => event.site,
                    "USER" => event.actor,
                    "AUDIT" => Some(i64::from(event.audit)),
                    _ => (!event.audit).then_some(event.object),
                };
                (actual == Some(criterion.value)) == criterion.equal
            })
    }

    fn shape(&self) -> Value {
        let criteria: Vec<Value> = self
            .criteria
            .iter()
            .map(|criterion| {
                json!({
                    "id": criterion.id,
                    "criteriaType": criterion.kind,
                    "criteriaOperationType": if criterion.equal { "EQ" } else { "NE" },
                    "criteriaValue": criterion.value,
                })
            })
            .collect();
        json!({
            "id": self.id,
            "name": self.name,
            "url": self.url,
            "errorEmail": self.error_email,
            "criteria": criteria,
            "encryptedSecretWord": secret(self.id),
        })
    }
}

/// Sixteen bytes that mean nothing: what the secret word signs is not documented.
fn secret(id: i64) -> String {
    use base64::Engine as _;
    let n = id.unsigned_abs();
    let mut bytes = hash(&[b"secret-word"], n).to_le_bytes().to_vec();
    bytes.extend(hash(&[b"drow-terces"], n).to_le_bytes());
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

impl BrivoState {
    /// Puts an event into the post of every subscription that wants it.
    pub(super) fn notify(&mut self, event: &Event) {
        let wanted = self.subscriptions.values().filter(|s| s.wants(event));
        let urls: Vec<String> = wanted.map(|s| s.url.clone()).collect();
        for url in urls {
            let body = event.shape().to_string();
            self.outbox
                .push(Delivery::new(Service::Brivo, url, body, Vec::new()));
        }
    }
}

pub(super) fn list(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let filters = conditions(request, &[("name", &["eq"])])?;
    let rows = state
        .subscriptions
        .values()
        .filter(|s| filters.iter().all(|f| f.contained_in(&s.name)))
        .collect();
    page(request, rows, Subscription::shape)
}

fn find<'a>(state: &'a BrivoState, request: &Request) -> Result<&'a Subscription, Reply> {
    let id = path_id(request, 1, "event subscription")?;
    state
        .subscriptions
        .get(&id)
        .ok_or_else(|| error(404, "Requested event subscription not found"))
}

pub(super) fn get(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    Ok(Reply::json(200, find(state, request)?.shape()))
}

fn read(body: &Value, id: i64) -> Result<Subscription, Reply> {
    let text = |key: &str| {
        let value = body.get(key).and_then(Value::as_str);
        value
            .filter(|text| !text.trim().is_empty())
            .map(str::to_owned)
            .ok_or_else(|| error(400, &format!("{key} is required")))
    };
    let url = text("url")?;
    if !url.starts_with("http://") && !url.starts_with("https://") {
        return Err(error(400, "Invalid value for url"));
    }
    let rows = body.get("criteria").and_then(Value::as_array);
    let criteria: Option<Vec<Criterion>> = rows
        .into_iter()
        .flatten()
        .zip(7001 + id % 1000 * 10..)
        .map(|(row, id)| {
            let kind = row.get("criteriaType")?.as_str()?;
            let known = ["SITE", "USER", "ACCESS-POINT", "AUDIT"].contains(&kind);
            let equal = match row.get("criteriaOperationType")?.as_str()? {
                "EQ" => true,
                "NE" => false,
                _ => return None,
            };
            let value = row.get("criteriaValue")?;
            let value = value.as_i64().or_else(|| value.as_str()?.parse().ok())?;
            known.then(|| Criterion {
                id,
                kind: kind.to_owned(),
                equal,
                value,
            })
        })
        .collect();
    Ok(Subscription {
        id,
        name: text("name")?,
        url,
        error_email: text("errorEmail")?,
        criteria: criteria.ok_or_else(|| error(400, "Invalid criteria"))?,
    })
}

pub(super) fn create(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let id = state
        .subscriptions
        .keys()
        .next_back()
        .map_or(40_212, |id| id + 1);
    let row = read(&body_object(request)?, id)?;
    let answer = row.shape();
    state.subscriptions.insert(id, row);
    Ok(Reply::json(state.created_status(), answer))
}

pub(super) fn replace(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let id = find(state, request)?.id;
    let row = read(&body_object(request)?, id)?;
    let answer = row.shape();
    state.subscriptions.insert(id, row);
    Ok(Reply::json(200, answer))
}

pub(super) fn delete(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let id = find(state, request)?.id;
    state.subscriptions.remove(&id);
    Ok(Reply::empty(204))
}
