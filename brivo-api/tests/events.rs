//! Events pulled, followed and delivered.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod common;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use access_sync_http::test_util::VirtualTimer;
use access_sync_http::{Transport, TransportError};
use async_trait::async_trait;
use brivo_api::webhook::{self, Deduplicator, Delivery, Receiver, VerifyDelivery};
use brivo_api::{
    BrivoClient, CredentialId, CriteriaOperation, CriteriaType, Criterion, Error, ErrorKind,
    EventCursor, EventSubscriptionId, HolidayId, NewEventSubscription, Outcome, ScheduleId,
    SecurityAction, SiteId, UserId,
};
use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use common::{answering, at, quiet, sample, sample_value, shape, world};
use futures_util::TryStreamExt as _;
use http::HeaderMap;
use proptest::prelude::*;

#[test]
fn queries_ask_exactly() {
    let w = quiet();
    let events = w.client.events();
    let (from, to) = (at("2026-04-02T13:20:00Z"), at("2026-04-02T15:00:00Z"));
    for (request, expected) in [
        (
            events.access().request(None),
            "GET /events/access?pageSize=100",
        ),
        (
            events
                .audit()
                .kinds(&["user", "group"])
                .actor(9)
                .page_size(5)
                .request(Some(from)),
            "GET /events/audit?offset=2026-04-02T13%3A20%3A00.000Z&pageSize=5\
             &filter=event_type__eq%3Auser%2Cgroup%3Bactor__eq%3A9",
        ),
        (
            // Whole hours, as Brivo cuts times to the hour.
            events
                .access()
                .site(SiteId(3))
                .occurred(from, to)
                .request(None),
            "GET /events/access?pageSize=100&filter=site__eq%3A3\
             %3Boccurred__gt%3A2026-04-02T13%3A00%3A00Z%3Boccurred__lt%3A2026-04-02T15%3A00%3A00Z",
        ),
        (
            // `gt` leaves its own instant out, so a window on the hour begins an hour early.
            events
                .access()
                .object(7)
                .processed(at("2026-04-02T13:00:00Z"), to)
                .count()
                .request(),
            "GET /events/counts/access?filter=object__eq%3A7\
             %3Bprocessed__gt%3A2026-04-02T12%3A00%3A00Z%3Bprocessed__lt%3A2026-04-02T15%3A00%3A00Z",
        ),
        (
            events.audit().schedule(ScheduleId(4)).request(None),
            "GET /events/audit?pageSize=100&filter=schedule__eq%3A4",
        ),
        (
            events.audit().holiday(HolidayId(5)).request(None),
            "GET /events/audit?pageSize=100&filter=holiday__eq%3A5",
        ),
        (events.audit().count().request(), "GET /events/counts/audit"),
    ] {
        assert_eq!(shape(request), expected);
    }
    let w = answering(200, sample("event_count"));
    assert_eq!(w.run(w.client.events().access().count()).unwrap(), 42);
}

#[test]
fn queries_that_would_fail_are_not_sent() {
    let w = quiet();
    let events = w.client.events();
    let (from, to) = (at("2026-04-02T13:00:00Z"), at("2026-04-02T15:00:00Z"));
    let half = at("2026-04-02T13:30:00Z");
    let day = TimeDelta::days(1);
    for request in [
        events.access().occurred(to, from).request(None),
        events
            .access()
            .occurred(from, from + day + TimeDelta::seconds(1))
            .request(None),
        // A day that touches 25 hours.
        events.access().occurred(half, half + day).request(None),
        events
            .access()
            .occurred(from, to)
            .processed(from, to)
            .request(None),
        events.access().site(SiteId(1)).object(1).request(None),
        events.access().actor(1).request(None),
        events.access().schedule(ScheduleId(1)).request(None),
        events.access().holiday(HolidayId(1)).request(None),
        events.audit().site(SiteId(1)).request(None),
        events.audit().actor(1).object(2).request(None),
        events
            .audit()
            .schedule(ScheduleId(1))
            .holiday(HolidayId(2))
            .request(None),
        events.access().page_size(0).request(None),
        events.access().kinds(&[]).request(None),
    ] {
        assert_eq!(request.unwrap_err().kind(), ErrorKind::Config);
    }
    assert!(
        events
            .access()
            .occurred(from, from + day)
            .request(None)
            .is_ok()
    );
}

#[test]
fn events_are_read_and_judged() {
    let w = answering(200, sample("event_access_list"));
    let list = w
        .run(async { w.client.events().access().all().await })
        .unwrap();
    assert!(list.is_complete());
    let (entry, refusal) = (&list.items[0], &list.items[1]);
    assert_eq!(entry.security_action.id, SecurityAction::UserEntry);
    assert_eq!(
        (entry.outcome(), refusal.outcome()),
        (Outcome::Granted, Outcome::Denied)
    );
    assert_eq!(entry.user_id(), Some(UserId(7_310_442)));
    assert_eq!(entry.credential_ids(), [CredentialId(55_190_277)]);
    assert_eq!(entry.action_allowed(), Some(true));
    assert!(refusal.processed.unwrap() > refusal.occurred);
    let shown = format!("{list:?}");
    assert!(!shown.contains("Okafor"), "{shown}");
}

/// A server of events by Brivo's rules: newest first, filters cut to the hour, the offset inclusive.
#[derive(Debug)]
struct Journal {
    events: Mutex<Vec<(String, DateTime<Utc>)>>,
    timer: VirtualTimer,
    calls: Mutex<u32>,
    cap: usize,
}

fn wire(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[async_trait]
impl Transport for Journal {
    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, TransportError> {
        if request.uri().path() == "/oauth/token" {
            return Ok(http::Response::new(common::token(300).into()));
        }
        *self.calls.lock().unwrap() += 1;
        let query: BTreeMap<String, String> =
            url::form_urlencoded::parse(request.uri().query().unwrap().as_bytes())
                .into_owned()
                .collect();
        let bound = |op: &str| {
            let mark = format!("processed__{op}:");
            let part = query["filter"]
                .split(';')
                .find_map(|part| part.strip_prefix(&mark))
                .unwrap();
            at(&format!("{}:00:00Z", part.get(..13).unwrap()))
        };
        let (after, before) = (bound("gt"), bound("lt"));
        assert!(
            before - after <= TimeDelta::days(1),
            "Brivo refuses more than a day"
        );
        let offset = query.get("offset").map(|text| at(text));
        let size = query["pageSize"].parse::<usize>().unwrap().min(self.cap);
        let now = access_sync_http::Timer::wall(&self.timer);
        let mut rows: Vec<_> = self.events.lock().unwrap().clone();
        rows.retain(|(_, t)| {
            *t > after && *t < before && *t <= now && offset.is_none_or(|o| *t <= o)
        });
        rows.sort_by_key(|row| std::cmp::Reverse(row.1));
        rows.truncate(size);
        let rows: Vec<_> = rows
            .iter()
            .map(|(uuid, t)| {
                serde_json::json!({"uuid": uuid, "securityAction": {"securityActionId": 2004},
                    "occurred": wire(*t - TimeDelta::hours(3)), "processed": wire(*t)})
            })
            .collect();
        let body = serde_json::json!({"data": rows, "pageSize": size}).to_string();
        Ok(http::Response::new(body.into()))
    }
}

fn journal(times: &[DateTime<Utc>], cap: usize) -> (BrivoClient, Arc<Journal>, VirtualTimer) {
    let timer = VirtualTimer::new(at("2026-04-05T09:30:00Z"));
    let events = times
        .iter()
        .enumerate()
        .map(|(n, t)| (format!("e{n}"), *t))
        .collect();
    let journal = Arc::new(Journal {
        events: Mutex::new(events),
        timer: timer.clone(),
        calls: Mutex::new(0),
        cap,
    });
    let client = BrivoClient::builder()
        .region(common::region())
        .api_key("k")
        .client("c", "s")
        .password("u", "p")
        .transport(journal.clone())
        .timer(Arc::new(timer.clone()))
        .build()
        .unwrap();
    (client, journal, timer)
}

#[test]
fn a_feed_brings_each_event_once_over_days_restarts_and_late_ones() {
    let start = at("2026-04-02T08:15:00Z");
    let times: Vec<_> = (0..400)
        .map(|n| start + TimeDelta::minutes(n * 11))
        .collect();
    let (client, journal, timer) = journal(&times, 100);
    let feed = || client.events().access().page_size(50);
    let mut cursor = EventCursor::starting_at(start);
    let mut seen = Vec::new();
    let batches: Vec<_> = timer
        .block_on(feed().batches(cursor.clone()).try_collect::<Vec<_>>())
        .unwrap();
    assert!(batches.len() >= 3, "a day at a time");
    for batch in &batches {
        assert!(batch.gaps.is_empty());
        seen.extend(batch.events.iter().map(|event| event.uuid.clone()));
        cursor = batch.cursor.clone();
    }
    let due = times
        .iter()
        .filter(|t| **t <= at("2026-04-05T09:30:00Z"))
        .count();
    assert_eq!(seen.len(), due);
    // The place survives a restart as JSON, and an event that was sorted in late is not missed.
    let kept = serde_json::to_string(&cursor).unwrap();
    let cursor: EventCursor = serde_json::from_str(&kept).unwrap();
    journal
        .events
        .lock()
        .unwrap()
        .push(("late".into(), at("2026-04-05T09:05:00Z")));
    timer.advance(Duration::from_secs(60));
    let batch = timer.block_on(feed().poll(&cursor)).unwrap();
    assert!(batch.caught_up);
    assert_eq!(
        batch
            .events
            .iter()
            .map(|e| e.uuid.as_str())
            .collect::<Vec<_>>(),
        ["late"]
    );
    let again = timer.block_on(feed().poll(&batch.cursor)).unwrap();
    assert!(again.events.is_empty());
    timer.advance(Duration::from_secs(3600));
    let more = timer.block_on(feed().poll(&again.cursor)).unwrap();
    let due_now = times
        .iter()
        .filter(|t| **t <= at("2026-04-05T10:31:00Z"))
        .count();
    assert_eq!(more.events.len(), due_now - due);
}

#[test]
fn a_server_that_caps_the_page_does_not_end_the_window_early() {
    let start = at("2026-04-05T08:00:00Z");
    let times: Vec<_> = (0..60).map(|n| start + TimeDelta::seconds(n)).collect();
    let (client, _, timer) = journal(&times, 20);
    let query = client
        .events()
        .access()
        .processed(start, at("2026-04-05T09:00:00Z"));
    let list = timer.block_on(query.all()).unwrap();
    assert_eq!((list.items.len(), list.is_complete()), (60, true));
}

#[test]
fn more_events_of_one_instant_than_a_page_holds_are_told_and_do_not_loop() {
    let instant = at("2026-04-05T08:00:01Z");
    let (client, journal, timer) = journal(&[instant; 30], 10);
    let query = client
        .events()
        .access()
        .processed(at("2026-04-05T08:00:00Z"), at("2026-04-05T09:00:00Z"));
    let list = timer.block_on(query.all()).unwrap();
    assert_eq!((list.items.len(), list.is_complete()), (10, false));
    assert!(*journal.calls.lock().unwrap() <= 3);
}

#[test]
fn a_feed_that_starts_in_the_future_waits() {
    let (client, journal, timer) = journal(&[], 100);
    let cursor = EventCursor::starting_at(at("2026-05-01T00:00:00Z"));
    let batch = timer
        .block_on(client.events().access().poll(&cursor))
        .unwrap();
    assert!(batch.caught_up && batch.events.is_empty());
    assert_eq!((batch.cursor, *journal.calls.lock().unwrap()), (cursor, 0));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn whatever_the_times_a_feed_brings_each_event_once(
        minutes in prop::collection::vec(0_i64..5_600, 0..120),
        page in 5_u32..40,
    ) {
        let start = at("2026-04-01T10:40:00Z");
        // Distinct instants: more of one than a page holds cannot be reached, by Brivo's design.
        let times: Vec<_> = minutes
            .iter()
            .enumerate()
            .map(|(n, m)| start + TimeDelta::minutes(*m) + TimeDelta::milliseconds(n as i64))
            .collect();
        let (client, _, timer) = journal(&times, 100);
        let query = client.events().access().page_size(page);
        let batches = timer
            .block_on(query.batches(EventCursor::starting_at(start)).try_collect::<Vec<_>>())
            .unwrap();
        let mut seen: Vec<_> =
            batches.iter().flat_map(|batch| &batch.events).map(|event| event.uuid.clone()).collect();
        let mut due: Vec<_> = (0..times.len()).map(|n| format!("e{n}")).collect();
        seen.sort();
        due.sort();
        prop_assert_eq!(seen, due);
    }
}

#[test]
fn a_page_that_fails_is_no_listing() {
    let w = world(|script| script.reply(403, sample("error_api_403")));
    assert!(
        w.run(async { w.client.events().access().all().await })
            .is_err()
    );
    for body in ["{}", "[]", r#"{"data":7}"#] {
        let w = world(|script| (0..3).fold(script, |s, _| s.reply(200, body)));
        let error = w
            .run(async { w.client.events().access().all().await })
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{body}");
    }
    let mixed = r#"{"data":[{"uuid":"a"},{"uuid":"b","securityAction":{"securityActionId":"9"},
        "occurred":"2026-04-02T13:00:00Z","actor":{"id":"x-1"}}],"pageSize":100}"#;
    let w = answering(200, mixed);
    let list = w
        .run(async { w.client.events().access().all().await })
        .unwrap();
    assert_eq!((list.items.len(), list.rejected.len()), (1, 1));
    assert_eq!(list.items[0].security_action.id, SecurityAction::Other(9));
    assert_eq!(list.items[0].user_id(), None);
}

#[test]
fn a_delivery_is_read_with_whatever_is_new_in_it() {
    let event = webhook::parse(sample("webhook_access_event").as_bytes()).unwrap();
    assert_eq!(event.outcome(), Outcome::Granted);
    let mut text = sample_value("webhook_access_event");
    text["newField"] = serde_json::json!({"deep": [1, null]});
    text["securityAction"]["securityActionId"] = 99_999.into();
    text["eventData"]["unknownWeigand"] = "2ed3e13".into();
    text["eventData"]["propertyChanges"] = serde_json::json!([{"property": "pin", "previousValue": "73951", "currentValue": "80246"},
                           {"property": "name", "currentValue": "Marisol"}]);
    text["eventData"]["actionAllowed"] = "odd".into();
    let event = webhook::parse(text.to_string().as_bytes()).unwrap();
    assert_eq!(event.security_action.id, SecurityAction::Other(99_999));
    assert_eq!(event.other["newField"]["deep"][0], 1);
    assert_eq!(event.action_allowed(), None);
    let written = serde_json::to_string(&event).unwrap();
    for secret in ["2ed3e13", "73951", "80246"] {
        assert!(!written.contains(secret), "{written}");
    }
    assert!(written.contains("newField") && written.contains("Marisol"));
    text["eventData"] = "odd".into();
    text["actor"] = serde_json::Value::Null;
    assert!(
        webhook::parse(text.to_string().as_bytes())
            .unwrap()
            .event_data
            .is_empty()
    );
}

#[test]
fn what_is_no_event_is_refused_without_panic() {
    let huge = vec![b'['; webhook::MAX_BODY + 1];
    let deep = vec![b'['; 100_000];
    for body in [
        &b""[..],
        b"{}",
        b"[]",
        b"null",
        b"{\"uuid\":\"\"}",
        b"<x>",
        b"\xff",
        &huge,
        &deep,
    ] {
        let error = webhook::parse(body).unwrap_err();
        assert_eq!(
            (error.kind(), error.operation()),
            (ErrorKind::Decode, "webhook")
        );
    }
    let blank = sample("webhook_access_event").replace("5b0d7f0e-1c7a-4d0e-9a9f-5d6e2f1a0b33", " ");
    assert!(webhook::parse(blank.as_bytes()).is_err());
}

#[derive(Debug)]
struct SharedHeader(&'static str);

impl VerifyDelivery for SharedHeader {
    fn verify(&self, headers: &HeaderMap, _: &[u8]) -> Result<(), Error> {
        match headers.get("x-proxy") {
            Some(value) if value == self.0 => Ok(()),
            _ => Err(webhook::not_from_brivo()),
        }
    }
}

#[test]
fn a_receiver_believes_what_its_verifier_does_and_tells_repeats() {
    let mut receiver = Receiver::new(10).verified_by(SharedHeader("yes"));
    let body = sample("webhook_access_event");
    let mut headers = HeaderMap::new();
    let error = receiver.receive(&headers, body.as_bytes()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication);
    headers.insert("x-proxy", "yes".parse().unwrap());
    let Delivery::New(event) = receiver.receive(&headers, body.as_bytes()).unwrap() else {
        panic!("what was refused was not seen");
    };
    let repeat = receiver.receive(&headers, body.as_bytes()).unwrap();
    assert_eq!(repeat, Delivery::Repeat(event.uuid.clone()));
    receiver.forget(&event.uuid);
    assert!(matches!(
        receiver.receive(&headers, body.as_bytes()).unwrap(),
        Delivery::New(_)
    ));
}

#[test]
fn a_deduplicator_forgets_the_oldest_first_and_stays_bounded() {
    let mut seen = Deduplicator::new(2);
    assert!(seen.is_new("a") && seen.is_new("b") && !seen.is_new("a"));
    assert!(seen.is_new("c"), "a makes room");
    assert!(seen.is_new("a") && !seen.is_new("c"));
    seen.forget("c");
    assert!(seen.is_new("c"));
}

#[test]
fn subscriptions_ask_exactly_and_are_read() {
    let w = quiet();
    let subscriptions = w.client.event_subscriptions();
    let new = NewEventSubscription::new(
        "doors-site-30118",
        "https://hooks.example.com/brivo/3f1c",
        "ops@example.com",
    )
    .criterion(Criterion::site(SiteId(30_118)))
    .criterion(Criterion::audit(false));
    let request = subscriptions.create(&new).request().unwrap();
    let body: serde_json::Value = serde_json::from_slice(request.body()).unwrap();
    assert_eq!(body, sample_value("event_subscription_create_request"));
    let id = EventSubscriptionId(40_212);
    assert_eq!(
        shape(subscriptions.list().name("doors").request(0)),
        "GET /event-subscriptions?offset=0&pageSize=100&filter=name__eq%3Adoors"
    );
    assert_eq!(
        shape(subscriptions.get(id).request()),
        "GET /event-subscriptions/40212"
    );
    assert_eq!(
        shape(subscriptions.delete(id).request()),
        "DELETE /event-subscriptions/40212"
    );
    assert!(
        shape(subscriptions.replace(id, &new).request())
            .starts_with("PUT /event-subscriptions/40212 {")
    );

    let plain = NewEventSubscription::new("n", "http://hooks.example.com", "o@e.c");
    let never = NewEventSubscription::new("n", "https://h.example", "o@e.c")
        .criterion(Criterion::site(SiteId(1)))
        .criterion(Criterion::site(SiteId(2)));
    let nameless = NewEventSubscription::new(" ", "https://h.example", "o@e.c");
    for bad in [plain, never, nameless] {
        assert_eq!(
            subscriptions.create(&bad).request().unwrap_err().kind(),
            ErrorKind::Config
        );
    }
    let not_here = NewEventSubscription::new("n", "https://h.example", "o@e.c")
        .criterion(Criterion::new(CriteriaType::Site, CriteriaOperation::Ne, 1))
        .criterion(Criterion::new(CriteriaType::Site, CriteriaOperation::Ne, 2));
    assert!(subscriptions.create(&not_here).request().is_ok());

    let w = answering(200, sample("event_subscription"));
    let there = w.run(w.client.event_subscriptions().get(id)).unwrap();
    assert_eq!(there.criteria[0].id, Some(7001));
    let shown = format!("{there:?} {}", serde_json::to_string(&there).unwrap());
    assert!(!shown.contains("AAAAAAAA"), "{shown}");
    assert!(
        !format!("{there:?}").contains("3f1c"),
        "the path may be the only secret"
    );
}
