//! Rate, quota and the report of what was spent.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod common;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use access_sync_http::test_util::{MockTransport, VirtualTimer};
use brivo_api::{AttemptReport, ErrorKind, Hooks, Tier, UserId};
use common::{at, builder, sample, token};

fn many(calls: usize) -> MockTransport {
    (0..calls).fold(MockTransport::new().reply(200, token(3000)), |script, _| {
        script.reply(200, sample("user"))
    })
}

#[test]
fn a_developers_key_makes_25_calls_a_second_and_no_more() {
    let (transport, timer) = (many(100), VirtualTimer::new(at("2026-04-02T13:00:00Z")));
    let client = builder(&transport, &timer)
        .tier(Tier::Developer)
        .build()
        .unwrap();
    timer.block_on(async {
        let calls = (0..100).map(|_| client.users().get(UserId(1)).send());
        for result in futures_util::future::join_all(calls).await {
            result.unwrap();
        }
    });
    let took = timer.elapsed();
    assert!(took >= Duration::from_millis(3_900), "{took:?}");
    assert!(
        took <= Duration::from_millis(4_500),
        "the rate is used: {took:?}"
    );
}

#[test]
fn a_quota_that_is_used_up_here_is_not_spent_at_brivo() {
    let (transport, timer) = (many(10), VirtualTimer::new(at("2026-04-02T13:00:00Z")));
    let tier = Tier::Custom {
        per_second: 10,
        per_30_days: 3,
    };
    let client = builder(&transport, &timer).tier(tier).build().unwrap();
    for _ in 0..3 {
        timer
            .block_on(client.users().get(UserId(1)).send())
            .unwrap();
    }
    let error = timer
        .block_on(client.users().get(UserId(1)).send())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limited);
    assert!(error.retry_after().unwrap() > Duration::from_secs(29 * 24 * 3600));
    assert!(!error.was_sent());
    assert_eq!(transport.requests().len(), 4, "a token and three calls");
    assert_eq!((client.usage().total, client.usage().left()), (3, 0));
    // The window rolls.
    timer.advance(Duration::from_secs(30 * 24 * 3600));
    assert!(
        timer
            .block_on(client.users().get(UserId(1)).send())
            .is_err(),
        "no token in the script"
    );
}

#[test]
fn usage_counts_attempts_by_operation_and_forgets_after_30_days() {
    let transport = MockTransport::new()
        .reply(200, token(300))
        .reply(503, "")
        .reply(200, sample("user"))
        .reply(404, sample("error_api_404"))
        .broken(false)
        .broken(false);
    let timer = VirtualTimer::new(at("2026-04-02T13:00:00Z"));
    let client = builder(&transport, &timer)
        .retry(Arc::new(
            access_sync_http::FullJitter::new().max_attempts(2),
        ))
        .build()
        .unwrap();
    timer
        .block_on(client.users().get(UserId(1)).send())
        .unwrap();
    assert!(
        timer
            .block_on(client.users().find_by_external_id("x").send())
            .unwrap()
            .is_none()
    );
    assert!(timer.block_on(client.groups().list().all()).is_err());
    let usage = client.usage();
    assert_eq!(usage.by_operation["users.get"], 2, "failed attempts count");
    assert_eq!(usage.by_operation["users.get_by_external_id"], 1);
    assert_eq!(usage.total, 3, "neither tokens nor what was never sent");
    timer.advance(Duration::from_secs(32 * 24 * 3600));
    assert_eq!(client.usage().total, 0);
}

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn usage_rolls_by_the_hour() {
    let transport = MockTransport::new()
        .reply(200, token(10_000_000))
        .reply(200, sample("user"))
        .reply(200, sample("user"))
        .reply(200, sample("user"));
    let timer = VirtualTimer::new(at("2026-04-02T13:40:00Z"));
    let client = builder(&transport, &timer).build().unwrap();
    let call = || {
        timer
            .block_on(client.users().get(UserId(1)).send())
            .unwrap();
    };
    call();
    timer.advance(HOUR);
    call();
    call();
    // 30 days after the first call: its hour is not over 30 days yet.
    timer.advance(HOUR * (30 * 24 - 1));
    assert_eq!(client.usage().total, 3);
    timer.advance(HOUR);
    assert_eq!(client.usage().total, 2);
    timer.advance(HOUR);
    assert_eq!(client.usage().total, 0);
}

#[test]
fn neither_the_report_nor_the_quota_starts_anew_with_the_program() {
    let tier = Tier::Custom {
        per_second: 10,
        per_30_days: 4,
    };
    let (transport, timer) = (many(3), VirtualTimer::new(at("2026-04-02T13:00:00Z")));
    let client = builder(&transport, &timer).tier(tier).build().unwrap();
    for _ in 0..3 {
        timer
            .block_on(client.users().get(UserId(1)).send())
            .unwrap();
    }
    let kept = serde_json::to_string(&client.ledger()).unwrap();
    drop(client);

    // Ten days later, another process.
    let (transport, timer) = (many(3), VirtualTimer::new(at("2026-04-12T13:00:00Z")));
    let ledger: brivo_api::Ledger = serde_json::from_str(&kept).unwrap();
    let client = builder(&transport, &timer)
        .tier(tier)
        .ledger(ledger)
        .build()
        .unwrap();
    assert_eq!(client.usage().by_operation["users.get"], 3);
    let get = || timer.block_on(client.users().get(UserId(1)).send());
    get().unwrap();
    assert_eq!((client.usage().total, client.usage().left()), (4, 0));
    let error = get().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limited);
    let wait = error.retry_after().unwrap();
    assert!(wait > HOUR * 24 * 19 && wait < HOUR * 24 * 21, "{wait:?}");
    // Twenty days later the first three are over thirty days old.
    timer.advance(HOUR * (20 * 24 + 2));
    assert_eq!(client.usage().total, 1);
}

#[test]
fn tiers_have_their_numbers() {
    for (tier, second, month) in [
        (Tier::Developer, 25, 25_000),
        (Tier::Zero, 50, 100_000),
        (Tier::One, 50, 500_000),
        (Tier::Two, 50, 1_000_000),
        (Tier::Three, 50, 2_000_000),
    ] {
        assert_eq!((tier.per_second(), tier.per_30_days()), (second, month));
    }
}

#[derive(Debug, Default)]
struct Heard(Mutex<Vec<String>>);

impl Hooks for Heard {
    fn attempt(&self, report: &AttemptReport<'_>) {
        self.0.lock().unwrap().push(report.operation.to_owned());
    }
}

#[test]
fn hooks_of_the_caller_hear_everything() {
    let (transport, timer) = (many(1), VirtualTimer::new(at("2026-04-02T13:00:00Z")));
    let heard = Arc::new(Heard::default());
    let client = builder(&transport, &timer)
        .hooks(heard.clone())
        .build()
        .unwrap();
    timer
        .block_on(client.users().get(UserId(1)).send())
        .unwrap();
    assert_eq!(*heard.0.lock().unwrap(), ["token.password", "users.get"]);
}
