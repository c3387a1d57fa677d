//! The main job's reads over real HTTP, against the stand-in service.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod walk;

use std::sync::Arc;
use std::time::Duration;

use access_sync_http::{FullJitter, Unlimited};
use access_sync_sandbox::{Fault, FaultKind, Sandbox, Service};
use chrono::TimeDelta;
use nexudus_api::*;

fn builder(sandbox: &Sandbox) -> NexudusClientBuilder {
    NexudusClient::builder()
        .base(sandbox.nexudus().base_url())
        .limiter(Arc::new(Unlimited))
        .retry(Arc::new(FullJitter::new().base(Duration::from_millis(1))))
}

fn client(sandbox: &Sandbox) -> NexudusClient {
    let who = sandbox.nexudus().credentials();
    builder(sandbox)
        .bearer(who.email, who.password)
        .client_id("tests")
        .build()
        .unwrap()
}

#[tokio::test]
async fn the_main_jobs_lists_are_whole_in_few_calls() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let (client, now) = (client(&sandbox), sandbox.now());
    let coworkers = client.coworkers().list().all().await.unwrap();
    let resources = client.resources().list().all().await.unwrap();
    let contracts = client.contracts().list().all().await.unwrap();
    let pauses = client.paused_periods().list().all().await.unwrap();
    let desks = client.floor_plan_desks().list().all().await.unwrap();
    let teams = client.teams().list().all().await.unwrap();
    let passes = client.coworker_time_passes().list().all().await.unwrap();
    for (name, complete, count) in [
        ("coworkers", coworkers.is_complete(), coworkers.items.len()),
        ("resources", resources.is_complete(), resources.items.len()),
        ("contracts", contracts.is_complete(), contracts.items.len()),
        ("pauses", pauses.is_complete(), pauses.items.len()),
        ("desks", desks.is_complete(), desks.items.len()),
        ("teams", teams.is_complete(), teams.items.len()),
        ("passes", passes.is_complete(), passes.items.len()),
    ] {
        assert!(complete && count > 0, "{name}");
    }
    let loft = resources
        .items
        .iter()
        .find(|r| r.id.0 == 1_414_925_105)
        .unwrap();
    assert_eq!(loft.access_groups(), ["882015", "882001"]);
    assert!(
        contracts
            .items
            .iter()
            .any(|c| !c.floor_plan_desk_ids.is_empty())
    );
    assert!(
        contracts
            .items
            .iter()
            .any(|c| c.in_paused_period == Some(true))
    );
    let window = (now - TimeDelta::hours(1), now + TimeDelta::hours(1));
    let bookings = client
        .bookings()
        .list()
        .overlapping(window.0, window.1)
        .all()
        .await
        .unwrap();
    assert!(bookings.is_complete());
    assert!(bookings.items.iter().any(|b| b.id.0 == 1_418_700_601));
    for booking in &bookings.items {
        let minute = TimeDelta::minutes(1);
        assert!(booking.from_time <= window.1 + minute && booking.to_time >= window.0 - minute);
    }
    let team = client.teams().get(teams.items[0].id).await.unwrap();
    assert!(
        team.team_members
            .as_ref()
            .is_some_and(|members| members.len() >= 3)
    );
    // Seven lists, the window, the team, one log-in.
    assert_eq!(sandbox.nexudus().call_count(), 10);
}

#[tokio::test]
async fn small_pages_bring_the_same_as_one_large_page() {
    let sandbox = Sandbox::builder()
        .nexudus_page_cap(7)
        .start()
        .await
        .unwrap();
    let client = client(&sandbox);
    // More than the cap is asked for, and cut down without a word.
    let capped = client
        .coworkers()
        .list()
        .page_size(500)
        .all()
        .await
        .unwrap();
    let small = client.coworkers().list().page_size(3).all().await.unwrap();
    assert!(capped.is_complete() && small.is_complete());
    assert!(capped.items.len() > 7);
    assert_eq!(capped.items, small.items);
}

#[tokio::test]
async fn a_cancelled_booking_is_gone_from_the_list_and_found_among_the_cancelled() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let (client, service) = (client(&sandbox), sandbox.nexudus());
    let id = BookingId(1_418_700_601);
    assert!(client.bookings().get(id).await.is_ok());
    sandbox.advance(TimeDelta::minutes(5));
    let since = sandbox.now();
    service.cancel_booking(id.0).unwrap();
    let error = client.bookings().get(id).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let changed = client
        .bookings()
        .list()
        .updated_from(since)
        .all()
        .await
        .unwrap();
    assert!(changed.items.iter().all(|booking| booking.id != id));
    let cancelled = client
        .cancelled_bookings()
        .list()
        .filter(CancelledBookings::CANCELLED_ON.from(since))
        .all()
        .await
        .unwrap();
    assert_eq!(cancelled.items.len(), 1);
    assert!(cancelled.items[0].original_booking_id.is_some());
}

#[tokio::test]
async fn a_missing_role_is_told_and_a_throttle_is_waited_out() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let (client, service) = (client(&sandbox), sandbox.nexudus());
    service.set_denied("coworkercontracts", true);
    let error = client.contracts().list().all().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication);
    sandbox.inject(
        Fault::new(
            Service::Nexudus,
            FaultKind::Throttled {
                retry_after_secs: 0,
            },
        )
        .times(2),
    );
    assert!(client.coworkers().list().all().await.unwrap().is_complete());
}

#[tokio::test]
async fn answers_that_are_none_never_read_as_empty_lists() {
    for kind in [FaultKind::Html, FaultKind::Blank, FaultKind::Truncated] {
        let sandbox = Sandbox::builder().start().await.unwrap();
        let client = client(&sandbox);
        let named = format!("{kind:?}");
        sandbox.inject(
            Fault::new(Service::Nexudus, kind)
                .operation("GET /spaces/coworkers")
                .times(9),
        );
        assert!(client.coworkers().list().all().await.is_err(), "{named}");
    }
}

#[tokio::test]
async fn a_short_page_is_noticed() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let client = client(&sandbox);
    sandbox.inject(Fault::new(
        Service::Nexudus,
        FaultKind::ShortPage { missing: 2 },
    ));
    // The fault may fall on the log-in, which has no page.
    sandbox.inject(
        Fault::new(Service::Nexudus, FaultKind::ShortPage { missing: 2 })
            .operation("GET /spaces/coworkers"),
    );
    let list = client.coworkers().list().all().await.unwrap();
    assert!(!list.is_complete());
}

#[tokio::test]
async fn a_whole_record_is_written_back_without_losing_what_is_not_typed() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let who = sandbox.nexudus().credentials();
    let client = builder(&sandbox)
        .basic(who.email, who.password)
        .build()
        .unwrap();
    let id = CoworkerId(1_415_900_201);
    let before = client.coworkers().get(id).await.unwrap();
    let edit = before.clone().edit().set("BrivoUserId", 4242).unwrap();
    client.coworkers().update(&edit).await.unwrap();
    let after = client.coworkers().get(id).await.unwrap();
    assert_eq!(after.brivo_user_id, Some(4242));
    assert_eq!(after.full_name, before.full_name);
    assert_eq!(after.access_pincode, before.access_pincode);
}

#[tokio::test]
async fn a_booking_is_made_and_deleted() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let client = client(&sandbox);
    let start = sandbox.now() + TimeDelta::days(30);
    let draft = Bookings::draft(
        ResourceId(1_414_925_102),
        start,
        start + TimeDelta::hours(1),
    )
    .set("CoworkerId", CoworkerId(1_415_900_212))
    .unwrap();
    let id = BookingId(client.bookings().create(&draft).await.unwrap().id.unwrap());
    let booking = client.bookings().get(id).await.unwrap();
    assert_eq!(
        (booking.from_time, booking.coworker_id),
        (start, Some(CoworkerId(1_415_900_212)))
    );
    client.bookings().delete(id).await.unwrap();
    assert!(client.bookings().get(id).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn several_records_come_by_id_in_one_call() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let client = client(&sandbox);
    let ids = [CoworkerId(1_415_900_201), CoworkerId(1_415_900_204)];
    let list = client.coworkers().batch(&ids).await.unwrap();
    assert!(list.is_complete());
    assert_eq!(list.items.len(), 2);
}
