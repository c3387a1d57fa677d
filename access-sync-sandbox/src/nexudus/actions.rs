//! Webhooks: which action a change is, and the calls that go out for it.

use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use super::entity::Entity;
use super::state::NexudusState;
use crate::fault::Service;
use crate::webhooks::Delivery;

const CONTRACT_ACTIVATE: i64 = 10;
const CONTRACT_CANCEL: i64 = 11;
const CONTRACT_UPGRADE_DOWNGRADE: i64 = 13;
const CONTRACT_ACTIVATE_FIRST: i64 = 14;
const ACCESS_CONTROL_UPDATE: i64 = 61;
/// After so many failures Nexudus turns a webhook off.
const GIVE_UP: i64 = 25;
/// The door opens a quarter of an hour before a booking and closes one after.
const MARGIN: TimeDelta = TimeDelta::minutes(15);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    Created,
    Updated,
    Deleted,
}

/// What the office has done, or a day has brought.
#[derive(Debug, Clone)]
pub(crate) enum News {
    /// A booking was made.
    Booked(i64),
    /// A booking was moved.
    Moved(i64),
    /// A contract was signed.
    Signed(i64),
    /// A contract was changed, or frozen.
    Changed(i64),
    /// A contract has got an end.
    Cancelled(i64),
    /// A contract ends where another one begins.
    Replaced(i64),
    /// A team was changed; these people are no longer in it.
    Team(i64, Vec<i64>),
    /// A customer came.
    Joined(i64),
    /// A customer was changed, suspended or reinstated.
    Customer(i64),
}

fn action(entity: Entity, change: Change) -> Option<i64> {
    let [created, updated, deleted] = match entity {
        Entity::Coworkers => [3, 2, 50],
        Entity::Bookings => [6, 7, 8],
        Entity::Contracts => [62, 60, 77],
        Entity::Teams => [57, 58, 59],
        Entity::Desks => [71, 73, 72],
        Entity::Visitors => [42, 0, 64],
        Entity::Checkins => [47, 48, 49],
        Entity::Businesses => [0, 84, 0],
        _ => return None,
    };
    let action = match change {
        Change::Created => created,
        Change::Updated => updated,
        Change::Deleted => deleted,
    };
    (action > 0).then_some(action)
}

impl NexudusState {
    fn listens(&self) -> bool {
        self.webhooks.len() > 0
    }

    /// A record changed: its webhooks, and those of the people whose access it may touch. To be
    /// called after a change, and before a deletion.
    pub(crate) fn changed(&mut self, entity: Entity, id: i64, change: Change, now: DateTime<Utc>) {
        if !self.listens() {
            return;
        }
        self.reindex();
        let Some(record) = entity.full(self, id, now) else {
            return;
        };
        let business = entity.business(self, id);
        if let Some(action) = action(entity, change) {
            self.send(action, business, &record, now);
        }
        let number = |key: &str| record.get(key).and_then(Value::as_i64);
        let people: Vec<i64> = match entity {
            Entity::Coworkers => vec![id],
            Entity::Contracts | Entity::CoworkerTimePasses | Entity::Checkins => {
                number("CoworkerId").into_iter().collect()
            }
            Entity::Bookings if change == Change::Deleted => {
                number("CoworkerId").into_iter().collect()
            }
            Entity::Teams => {
                let members = self.teams.get(id).map(|team| team.members.clone());
                members.unwrap_or_default()
            }
            _ => Vec::new(),
        };
        for person in people {
            self.access_changed(person, now);
        }
    }

    /// The webhooks of what happened behind the API's back. To be called when all of it has, so
    /// that records are looked through once.
    pub(crate) fn tell(&mut self, news: Vec<News>, now: DateTime<Utc>) {
        use Change::{Created, Updated};
        for one in news {
            match one {
                News::Booked(id) => self.changed(Entity::Bookings, id, Created, now),
                News::Moved(id) => self.changed(Entity::Bookings, id, Updated, now),
                News::Signed(id) => self.changed(Entity::Contracts, id, Created, now),
                News::Changed(id) => self.changed(Entity::Contracts, id, Updated, now),
                News::Cancelled(id) => {
                    self.changed(Entity::Contracts, id, Updated, now);
                    self.act(CONTRACT_CANCEL, id, now);
                }
                News::Replaced(id) => {
                    self.changed(Entity::Contracts, id, Updated, now);
                    self.act(CONTRACT_UPGRADE_DOWNGRADE, id, now);
                }
                News::Team(id, gone) => {
                    self.changed(Entity::Teams, id, Updated, now);
                    for person in gone {
                        self.access_changed(person, now);
                    }
                }
                News::Joined(id) => self.changed(Entity::Coworkers, id, Created, now),
                News::Customer(id) => self.changed(Entity::Coworkers, id, Updated, now),
            }
        }
    }

    /// An action of its own about a contract.
    fn act(&mut self, action: i64, contract: i64, now: DateTime<Utc>) {
        if !self.listens() {
            return;
        }
        if let Some(record) = Entity::Contracts.full(self, contract, now) {
            let business = Entity::Contracts.business(self, contract);
            self.send(action, business, &record, now);
        }
    }

    /// "Something may have changed" about somebody's access: the coworker's record.
    pub(crate) fn access_changed(&mut self, coworker: i64, now: DateTime<Utc>) {
        if let Some(record) = Entity::Coworkers.full(self, coworker, now) {
            let business = Entity::Coworkers.business(self, coworker);
            self.send(ACCESS_CONTROL_UPDATE, business, &record, now);
        }
    }

    /// What comes due by the clock alone: contracts that begin, and the access of those whose
    /// contract, pause or booking begins or ends.
    pub(crate) fn settle(&mut self, now: DateTime<Utc>) {
        let since = self.settled.replace(now).unwrap_or(now);
        if since >= now || !self.listens() {
            return;
        }
        let due = |at: DateTime<Utc>| since < at && at <= now;
        let bookings = self.bookings.iter();
        let mut people: Vec<i64> = bookings
            .filter(|(_, b)| due(b.from - MARGIN) || due(b.to + MARGIN))
            .filter_map(|(_, b)| b.coworker_id)
            .collect();
        let mut begun = Vec::new();
        for (id, contract) in self.contracts.iter() {
            if contract.start.is_some_and(due) && !contract.ended(now) {
                begun.push(id);
                people.push(contract.coworker_id);
            } else if contract.cancellation.is_some_and(due) {
                people.push(contract.coworker_id);
            }
        }
        for (_, pause) in self.paused_periods.iter() {
            if due(pause.from) || due(pause.until) {
                let contract = self.contracts.get(pause.contract_id);
                people.extend(contract.map(|contract| contract.coworker_id));
            }
        }
        for contract in begun {
            self.act(CONTRACT_ACTIVATE, contract, now);
            if self.is_first(contract) {
                self.act(CONTRACT_ACTIVATE_FIRST, contract, now);
            }
        }
        for person in people {
            self.access_changed(person, now);
        }
    }

    /// Whether nobody of the same customer's contracts began before this one.
    fn is_first(&self, id: i64) -> bool {
        let Some(own) = self.contracts.get(id) else {
            return false;
        };
        let mut others = self
            .contracts
            .iter()
            .filter(|(other, contract)| *other != id && contract.coworker_id == own.coworker_id);
        !others.any(|(_, other)| other.start.is_none_or(|start| Some(start) < own.start))
    }

    fn send(&mut self, action: i64, business: Option<i64>, record: &Value, now: DateTime<Utc>) {
        let mut out = Vec::new();
        for (id, hook) in self.webhooks.iter() {
            let number = |key: &str| hook.get(key).and_then(Value::as_i64);
            let active = hook.get("Active").and_then(Value::as_bool) == Some(true);
            let here = business.is_none() || number("BusinessId") == business;
            if active && here && number("Action") == Some(action) {
                if let Some(url) = hook.get("URL").and_then(Value::as_str) {
                    out.push((id, url.to_owned()));
                }
            }
        }
        for (id, url) in out {
            let body = json!([record]).to_string();
            let headers = self.hook_secret.as_deref().map(|secret| {
                (
                    "X-Nexudus-Hook-Signature".to_owned(),
                    self.sign(secret, &body),
                )
            });
            let mut delivery =
                Delivery::new(Service::Nexudus, url, body, headers.into_iter().collect());
            delivery.registration = Some(id);
            self.outbox.push(delivery);
            if let Some(row) = self.webhooks.edit(id) {
                row.insert("LastTrigger".to_owned(), json!(super::shapes::utc(now)));
            }
        }
    }

    /// Upper-case hex of the HMAC-SHA256. The published generator turns text into ASCII first, so
    /// that every UTF-16 unit beyond it is hashed as a question mark.
    fn sign(&self, secret: &str, body: &str) -> String {
        let bytes = |text: &str| -> Vec<u8> {
            if self.hook_signs_raw_bytes {
                return text.as_bytes().to_vec();
            }
            let units = text.encode_utf16();
            units
                .map(|unit| u8::try_from(unit).ok().filter(u8::is_ascii).unwrap_or(b'?'))
                .collect()
        };
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&bytes(secret)) else {
            return String::new();
        };
        mac.update(&bytes(body));
        let digest = mac.finalize().into_bytes();
        digest.iter().map(|byte| format!("{byte:02X}")).collect()
    }

    /// What became of a delivery: failures count, and too many turn the webhook off.
    pub(crate) fn delivered(&mut self, webhook: i64, failure: Option<&str>) {
        let Some(row) = self.webhooks.edit(webhook) else {
            return;
        };
        if let Some(failure) = failure {
            let count = row
                .get("ErrorCount")
                .and_then(Value::as_i64)
                .unwrap_or_default()
                + 1;
            row.insert("ErrorCount".to_owned(), json!(count));
            row.insert("LastError".to_owned(), json!(failure));
            if count >= GIVE_UP {
                row.insert("Active".to_owned(), json!(false));
            }
        }
    }
}
