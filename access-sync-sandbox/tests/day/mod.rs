//! Webhooks of what days and the clock bring.

use std::collections::BTreeMap;

use access_sync_sandbox::{Delivery, Sandbox, Service, World};
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::common::Inside;

const LIVELY: i64 = 1_420_000_101;

fn listen(api: &Inside, business: i64, actions: &[i64]) {
    for action in actions {
        let body = json!({"BusinessId": business, "Name": "hook", "Action": action,
            "URL": format!("http://127.0.0.1:9/{action}"), "Active": true});
        let (status, answer) = api.nexudus("POST", "/sys/webhooks", body);
        assert_eq!(status, 200, "{answer}");
    }
}

/// (action, the record's id) of each, in the order of sending.
fn told(sent: Vec<Delivery>) -> Vec<(i64, i64)> {
    let nexudus = sent.into_iter().filter(|d| d.service == Service::Nexudus);
    let pairs = nexudus.map(|delivery| {
        let action = delivery.url.rsplit('/').next().unwrap().parse().unwrap();
        let body: Value = serde_json::from_str(&delivery.body).unwrap();
        (action, body[0]["Id"].as_i64().unwrap())
    });
    pairs.collect()
}

fn counts(told: &[(i64, i64)]) -> BTreeMap<i64, usize> {
    let mut counts = BTreeMap::new();
    for (action, _) in told {
        *counts.entry(*action).or_default() += 1;
    }
    counts
}

#[test]
fn each_change_of_a_day_sends_the_webhook_of_its_action() {
    let world = World::generated(5, 0, 300);
    let api = Inside::new(Sandbox::builder().world(world).unlistened());
    let nexudus = api.sandbox.nexudus();
    let actions = [2, 3, 6, 7, 8, 10, 11, 13, 14, 58, 60, 61, 62];
    for (business, _) in nexudus.businesses() {
        listen(&api, business, &actions);
    }
    let mut sum = BTreeMap::<&str, usize>::new();
    let mut all = Vec::new();
    for _ in 0..30 {
        for (name, n) in api.sandbox.advance_day().pairs() {
            *sum.entry(name).or_default() += n;
        }
        all.extend(told(api.sandbox.take_webhooks()));
    }
    let counts = counts(&all);
    let of = |action: i64| counts.get(&action).copied().unwrap_or_default();
    for (action, expected) in [
        (2, sum["suspensions"]),
        (3, sum["joined"]),
        (6, sum["bookings"]),
        (7, sum["moved"]),
        (8, sum["cancellations"]),
        (11, sum["contract_ends"]),
        (13, sum["contracts"]),
        (58, sum["team_changes"]),
        (60, sum["pauses"] + sum["contract_ends"] + sum["contracts"]),
        (62, sum["contracts"] + sum["joined"]),
    ] {
        assert!(expected > 0, "{action}: nothing happened");
        assert_eq!(of(action), expected, "{action}");
    }
    // Every contract that has begun was told, and as the first where it is its holder's first.
    assert!(of(10) > of(14) && of(14) > 0, "{counts:?}");
    assert!(of(61) > of(62) + of(60) + of(2));
}

#[test]
fn contracts_and_pauses_that_come_due_are_told_when_they_do() {
    let api = Inside::lively();
    let nexudus = api.sandbox.nexudus();
    listen(&api, LIVELY, &[10, 14, 61]);
    let contracts = nexudus.contracts();
    let now = api.sandbox.now();
    let (future, begins) = contracts
        .iter()
        .find(|(_, c)| c.start.is_some_and(|start| start > now))
        .unwrap();
    let (_, ends) = contracts
        .iter()
        .find(|(_, c)| c.cancellation.is_some_and(|end| end > now))
        .unwrap();
    let (_, pause) = nexudus
        .paused_periods()
        .into_iter()
        .find(|(_, pause)| pause.from > now)
        .unwrap();
    let frozen = nexudus.contract(pause.contract_id).unwrap().coworker_id;
    for (at, actions, person) in [
        (
            begins.start.unwrap(),
            &[(10, *future), (14, *future)][..],
            begins.coworker_id,
        ),
        (ends.cancellation.unwrap(), &[], ends.coworker_id),
        (pause.from, &[], frozen),
        (pause.until, &[], frozen),
    ] {
        api.sandbox.set_now(at - TimeDelta::seconds(1));
        api.sandbox.take_webhooks();
        api.sandbox.set_now(at);
        let told = told(api.sandbox.take_webhooks());
        for wanted in actions.iter().copied().chain([(61, person)]) {
            let times = told.iter().filter(|one| **one == wanted).count();
            assert_eq!(times, 1, "{wanted:?} at {at}: {told:?}");
        }
    }
}

#[test]
fn a_contract_that_gets_an_end_is_told_as_cancelled_once() {
    let api = Inside::lively();
    listen(&api, LIVELY, &[11, 60, 61]);
    let nexudus = api.sandbox.nexudus();
    let (id, contract) = nexudus.contracts().remove(0);
    let mut body = json!({"Id": id, "IssuedById": contract.business_id, "CoworkerId": contract.coworker_id,
        "TariffId": contract.tariff_id, "BillingDay": 1, "Quantity": 1,
        "StartDate": "2026-01-01T08:00:00Z"});
    let mut put = |end: Value| {
        body["CancellationDate"] = end;
        let (status, answer) = api.nexudus("PUT", "/billing/coworkercontracts", body.clone());
        assert_eq!(status, 200, "{answer}");
        told(api.sandbox.take_webhooks())
            .into_iter()
            .map(|(action, _)| action)
            .collect::<Vec<i64>>()
    };
    assert_eq!(put(Value::Null), [60, 61]);
    assert_eq!(put(json!("2026-04-30T07:00:00Z")), [60, 61, 11]);
    assert_eq!(put(json!("2026-05-31T07:00:00Z")), [60, 61]);
}

#[test]
fn who_goes_through_a_door_in_a_day_is_an_event_and_a_webhook_of_brivos() {
    let api = Inside::lively();
    let subscribe = json!({"name": "all", "url": "http://127.0.0.1:9/events",
        "errorEmail": "ops@example.com", "criteria": []});
    assert_eq!(api.brivo("POST", "/event-subscriptions", subscribe).0, 200);
    let brivo = api.sandbox.brivo();
    let before = brivo.event_count();
    let (mut entries, mut refused) = (0, 0);
    let mut last = api.sandbox.now();
    for _ in 0..20 {
        let day = api.sandbox.advance_day();
        let sent: Vec<Value> = api
            .sandbox
            .take_webhooks()
            .iter()
            .map(|delivery| serde_json::from_str(&delivery.body).unwrap())
            .collect();
        assert_eq!(sent.len(), day.entries + day.refused);
        for event in &sent {
            let id = event["securityAction"]["securityActionId"].as_i64();
            assert!(matches!(id, Some(2004 | 5018)), "{event}");
            let at = event["occurred"].as_str().unwrap();
            let at: chrono::DateTime<chrono::Utc> = at.parse().unwrap();
            assert!(last <= at && at <= api.sandbox.now(), "{at}");
            last = at;
        }
        let opened = sent
            .iter()
            .filter(|e| e["eventData"]["actionAllowed"] == true);
        assert_eq!(opened.count(), day.entries);
        entries += day.entries;
        refused += day.refused;
    }
    assert!(entries > refused && refused > 0, "{entries} {refused}");
    assert_eq!(brivo.event_count() - before, entries + refused);
}
