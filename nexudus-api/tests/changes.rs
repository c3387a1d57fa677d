//! What changed since: by the server's clock, with overlap, each change once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod common;

use std::time::Duration;

use access_sync_http::test_util::MockTransport;
use common::{at, client, line, page, timer};
use futures_util::StreamExt as _;
use nexudus_api::*;
use serde_json::{Value as Json, json};

fn row(id: i64, updated: &str) -> Json {
    json!({ "Id": id, "UpdatedOn": updated })
}

fn ids(list: &Listing<CoworkerRow>) -> Vec<i64> {
    list.items.iter().map(|row| row.id.0).collect()
}

#[test]
fn a_change_comes_once_though_rounds_overlap_and_a_second_change_comes_again() {
    let clock = timer();
    let transport = MockTransport::new()
        .reply(
            200,
            page(
                &[
                    row(1, "2026-03-06T12:03:20.5Z"),
                    row(2, "2026-03-06T12:01:00Z"),
                ],
                false,
                2,
            ),
        )
        .reply(
            200,
            page(
                &[
                    row(1, "2026-03-06T12:03:20.5Z"),
                    row(2, "2026-03-06T12:04:00Z"),
                ],
                false,
                2,
            ),
        )
        .reply(200, page(&[], false, 0));
    let client = client(&transport, &clock);
    let mut changes = client.coworkers().updated_since(at("2026-03-06T12:00:00Z"));
    clock.block_on(async {
        assert_eq!(ids(&changes.next().await.unwrap()), [1, 2]);
        assert_eq!(changes.cursor(), at("2026-03-06T12:03:20.5Z"));
        assert_eq!(ids(&changes.next().await.unwrap()), [2]);
        assert!(changes.next().await.unwrap().items.is_empty());
        // Nothing new: the cursor stays where the server's last date put it.
        assert_eq!(changes.cursor(), at("2026-03-06T12:04:00Z"));
    });
    let from: Vec<_> = transport
        .requests()
        .iter()
        .map(|request| line(request).split_once("UpdatedOn=").unwrap().1.to_owned())
        .collect();
    assert_eq!(
        from,
        ["2026-03-06T11:55", "2026-03-06T11:58", "2026-03-06T11:59"]
    );
}

#[test]
fn a_round_that_is_not_whole_leaves_the_cursor() {
    let clock = timer();
    let start = at("2026-03-06T12:00:00Z");
    let bad = json!({ "Id": "canary" });
    let transport = MockTransport::new()
        .reply(200, page(&[row(1, "2026-03-06T12:03:00Z"), bad], false, 2))
        .reply(
            200,
            page(
                &[
                    row(1, "2026-03-06T12:03:00Z"),
                    row(2, "2026-03-06T12:02:00Z"),
                ],
                false,
                2,
            ),
        );
    let client = client(&transport, &clock);
    let mut changes = client.coworkers().updated_since(start);
    clock.block_on(async {
        let first = changes.next().await.unwrap();
        assert!(ids(&first) == [1] && !first.is_complete());
        assert_eq!(changes.cursor(), start);
        let second = changes.next().await.unwrap();
        assert!(ids(&second) == [2] && second.is_complete());
        assert_eq!(changes.cursor(), at("2026-03-06T12:03:00Z"));
    });
}

#[test]
fn the_stream_waits_between_rounds_and_outlives_an_error() {
    let clock = timer();
    let transport = MockTransport::new()
        .reply(200, page(&[row(1, "2026-03-06T12:03:00Z")], false, 1))
        .reply(404, "")
        .reply(200, page(&[row(2, "2026-03-06T12:04:00Z")], false, 1));
    let client = client(&transport, &clock);
    let stream = client
        .coworkers()
        .updated_since(at("2026-03-06T12:00:00Z"))
        .into_stream(Duration::from_secs(120));
    let rounds = clock.block_on(stream.take(3).collect::<Vec<_>>());
    assert_eq!(ids(rounds[0].as_ref().unwrap()), [1]);
    assert!(rounds[1].is_err());
    assert_eq!(ids(rounds[2].as_ref().unwrap()), [2]);
    assert!(clock.elapsed() >= Duration::from_secs(240));
}

#[test]
fn what_becomes_visible_late_is_found_within_the_overlap_that_was_asked_for() {
    let clock = timer();
    let first = row(1, "2026-03-06T12:30:00Z");
    let late = row(2, "2026-03-06T12:10:00Z");
    let transport = MockTransport::new()
        .reply(200, page(std::slice::from_ref(&first), false, 1))
        .reply(200, page(&[first.clone(), late.clone()], false, 2))
        .reply(200, page(&[first, late], false, 2));
    let client = client(&transport, &clock);
    let mut changes = client
        .coworkers()
        .updated_since(at("2026-03-06T12:00:00Z"))
        .overlap(chrono::TimeDelta::minutes(30));
    clock.block_on(async {
        assert_eq!(ids(&changes.next().await.unwrap()), [1]);
        // Changed before the cursor, and seen after it.
        assert_eq!(ids(&changes.next().await.unwrap()), [2]);
        assert_eq!(changes.cursor(), at("2026-03-06T12:30:00Z"));
        assert!(changes.next().await.unwrap().items.is_empty());
    });
    let asked = transport.requests();
    assert!(line(&asked[0]).ends_with("from_Coworker_UpdatedOn=2026-03-06T11:30"));
    assert!(line(&asked[2]).ends_with("from_Coworker_UpdatedOn=2026-03-06T12:00"));
}

#[test]
fn a_round_that_fails_is_asked_for_again_and_loses_nothing() {
    let clock = timer();
    let transport = MockTransport::new()
        .reply(200, page(&[row(1, "2026-03-06T12:03:00Z")], true, 2))
        .reply(404, "")
        .reply(
            200,
            page(
                &[
                    row(1, "2026-03-06T12:03:00Z"),
                    row(2, "2026-03-06T12:04:00Z"),
                ],
                false,
                2,
            ),
        );
    let client = client(&transport, &clock);
    let mut changes = client.coworkers().updated_since(at("2026-03-06T12:00:00Z"));
    clock.block_on(async {
        changes.next().await.unwrap_err();
        assert_eq!(changes.cursor(), at("2026-03-06T12:00:00Z"));
        // The first page was read and never delivered.
        assert_eq!(ids(&changes.next().await.unwrap()), [1, 2]);
    });
}
