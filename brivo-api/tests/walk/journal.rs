//! Events and subscriptions.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use access_sync_http::SystemTimer;
use access_sync_sandbox::Sandbox;
use brivo_api::*;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;

use crate::builder;

pub(super) async fn walk(sandbox: &Sandbox, client: &BrivoClient) {
    events(sandbox).await;
    subscriptions(client).await;
}

/// The stand-in's time on the wall, and this machine's for waits.
#[derive(Clone, Debug)]
struct Wall(Arc<Mutex<DateTime<Utc>>>);

impl Wall {
    fn advance(&self, sandbox: &Sandbox, by: TimeDelta) {
        sandbox.advance(by);
        *self.0.lock().unwrap() = sandbox.now();
    }
}

impl Timer for Wall {
    fn now(&self) -> Instant {
        SystemTimer.now()
    }

    fn wall(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }

    fn sleep_until(&self, at: Instant) -> BoxFuture<'static, ()> {
        SystemTimer.sleep_until(at)
    }
}

async fn events(sandbox: &Sandbox) {
    let wall = Wall(Arc::new(Mutex::new(sandbox.now())));
    let client = builder(sandbox)
        .timer(Arc::new(wall.clone()))
        .build()
        .unwrap();
    let (events, brivo) = (client.events(), sandbox.brivo());
    let start = sandbox.now();
    let mut cursor = EventCursor::starting_at(start - TimeDelta::hours(1));
    let before = events.access().poll(&cursor).await.unwrap();
    assert!(before.caught_up && before.gaps.is_empty());
    cursor = before.cursor;

    wall.advance(sandbox, TimeDelta::minutes(7));
    assert!(brivo.try_door("hr-2231", "Cedar Room"));
    wall.advance(sandbox, TimeDelta::minutes(1));
    assert!(!brivo.try_door("staff:0003", "Cedar Room"));
    let batch = events.access().poll(&cursor).await.unwrap();
    let told: Vec<_> = batch.events.iter().map(Event::outcome).collect();
    assert_eq!(told, [Outcome::Granted, Outcome::Denied]);
    let again = events.access().poll(&batch.cursor).await.unwrap();
    assert!(again.events.is_empty(), "each once");

    let end = sandbox.now() + TimeDelta::hours(1);
    let window = |query: EventQuery| query.occurred(start - TimeDelta::hours(2), end);
    let all = window(events.access()).all().await.unwrap();
    assert!(all.is_complete() && all.items.len() >= 2);
    let counted = window(events.access()).count().await.unwrap();
    assert_eq!(counted, all.items.len() as u64);
    let audit = window(events.audit()).all().await.unwrap();
    assert!(audit.is_complete() && !audit.items.is_empty());
    assert!(window(events.audit()).count().await.unwrap() >= audit.items.len() as u64);
}

async fn subscriptions(client: &BrivoClient) {
    let subscriptions = client.event_subscriptions();
    let new = |name: &str| {
        let url = "https://hooks.example.com/brivo/3f1c";
        NewEventSubscription::new(name, url, "ops@example.com")
            .criterion(Criterion::site(SiteId(30_120)))
    };
    let made = subscriptions.create(&new("works")).await.unwrap();
    assert_eq!(made.criteria.len(), 1);
    let again = subscriptions.replace(made.id, &new("doors")).await.unwrap();
    assert_eq!(again.name, "doors");
    assert_eq!(subscriptions.get(made.id).await.unwrap().name, "doors");
    let all = subscriptions.list().all().await.unwrap();
    assert_eq!(all.items.len(), 1);
    let gone = subscriptions.delete(made.id).await.unwrap();
    assert_eq!(gone, Removal::Done);
    assert_eq!(subscriptions.list().all().await.unwrap().items.len(), 0);
}
