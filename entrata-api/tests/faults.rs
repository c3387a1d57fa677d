//! Errors, limits, pages that do not add up, and hostile bodies.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod common;

use std::sync::Arc;
use std::time::Duration;

use access_sync_http::{NoRetry, RateLimiter as _, Scope};
use common::{World, pairs, sample, sample_headers};
use entrata_api::{
    Answer, Completeness, EntrataClient, Error, ErrorKind, Gap, Lease, LeaseId, Listing,
    PropertyId, Refusal, default_limiter, is_property_not_permitted, refused_property,
};

const PROPERTY: PropertyId = PropertyId(100_234);

fn once(world: &World) -> EntrataClient {
    world.builder().retry(Arc::new(NoRetry)).build().unwrap()
}

fn leases(world: &World) -> Result<Listing<Lease>, Error> {
    world.run(once(world).leases(PROPERTY).all())
}

fn refused(status: u16, body: &str) -> Error {
    leases(&World::new().answers(status, &[], body)).unwrap_err()
}

#[test]
fn refusals_of_the_samples_are_told_apart() {
    for (status, name, refusal, code) in [
        (
            200,
            "18-error-113-bad-login",
            Refusal::BadLogin,
            Some("113"),
        ),
        (
            200,
            "19-error-301-property-permission",
            Refusal::PropertyNotPermitted,
            Some("301"),
        ),
        (
            403,
            "20-error-311-app-permission",
            Refusal::ApplicationNotPermitted,
            Some("311"),
        ),
        (
            200,
            "20-error-311-app-permission",
            Refusal::ApplicationNotPermitted,
            Some("311"),
        ),
        (
            400,
            "20b-error-400-unknown-method",
            Refusal::UnknownMethod,
            Some("400"),
        ),
        (401, "20c-error-401-bad-key", Refusal::BadLogin, None),
    ] {
        let error = refused(status, &sample(&format!("{name}.response")));
        assert_eq!(Refusal::of(&error), refusal, "{name}");
        assert_eq!(error.code(), code, "{name}");
        assert!(!error.is_retryable(), "{name}");
        assert_eq!(error.operation(), "getLeases");
    }
}

#[test]
fn other_refusals_keep_their_code() {
    let body = |code: u16| format!(r#"{{"response":{{"error":{{"code":{code},"message":"m"}}}}}}"#);
    for (status, code, refusal) in [
        (200, 310, Refusal::Transient),
        (200, 403, Refusal::NotPermitted),
        (404, 404, Refusal::UnknownMethod),
        (200, 502, Refusal::Transient),
        (200, 399, Refusal::Other),
        (200, 612, Refusal::Other),
    ] {
        let error = refused(status, &body(code));
        assert_eq!(Refusal::of(&error), refusal, "{code}");
        assert_eq!(error.code(), Some(code.to_string().as_str()));
    }
}

#[test]
fn a_refused_property_is_named() {
    let error = refused(200, &sample("19-error-301-property-permission.response"));
    assert!(is_property_not_permitted(&error));
    assert_eq!(refused_property(&error), Some(PROPERTY));
    let error = refused(200, &sample("18-error-113-bad-login.response"));
    assert!(!is_property_not_permitted(&error));
    assert_eq!(refused_property(&error), None);
}

#[test]
fn a_vanished_lease_a_closed_property_and_a_text_are_three_outcomes() {
    let vanished = World::new().result(r#"{"leases":{"lease":[]}}"#);
    let query = once(&vanished).leases(PROPERTY).ids([LeaseId(1)]);
    let list = vanished.run(query.all()).unwrap();
    assert!(list.items.is_empty() && list.is_complete());

    let closed = refused(200, &sample("19-error-301-property-permission.response"));
    assert!(is_property_not_permitted(&closed));

    let nothing = World::new().result(r#""No records found with mentioned preferences.""#);
    assert!(leases(&nothing).unwrap().is_complete());
    let odd = World::new().result(r#""Report was queued for ana@example.test.""#);
    let error = leases(&odd).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.to_string().contains("a text instead of rows"));
    assert!(!error.to_string().contains("ana@"), "{error}");
}

#[test]
fn hostile_bodies_are_failed_calls_and_never_empty_lists() {
    let whole = sample("10-getLeases-r2.response");
    let cut = whole.chars().take(whole.len() / 2).collect::<String>();
    for body in [
        "",
        "   ",
        "<html>Just a moment…</html>",
        "null",
        "{}",
        "[]",
        r#"{"response":{"code":200}}"#,
        r#"{"response":{"code":200,"result":null}}"#,
        r#"{"response":{"code":200,"result":{}}}"#,
        r#"{"response":{"code":200,"result":[]}}"#,
        r#"{"response":{"code":200,"result":true}}"#,
        r#"{"response":{"code":200,"result":{"currencyCode":"USD"}}}"#,
        r#"{"response":{"code":200,"result":{"leases":"maintenance"}}}"#,
        r#"{"response":{"code":200,"result":{"leases":7}}}"#,
        r#"{"response":{"code":200,"result":{"leases":{"rows":[]}}}}"#,
        r#"{"response":{"code":200,"result":{"leases":{"lease":"x"}}}}"#,
        &whole.replace("Harbor Point", "Harbor\u{1}Point"),
        &cut,
        &format!("{whole}{whole}"),
    ] {
        let error = refused(200, body);
        assert_eq!(error.kind(), ErrorKind::Decode, "{body}");
        assert!(error.was_sent());
    }
}

#[test]
fn a_compressed_body_whole_or_cut_is_a_failed_call() {
    let gzip: &[u8] = &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xab, 0x56, 0x2a];
    let world = World::new();
    let transport = world
        .transport
        .clone()
        .reply_with(200, &[("content-encoding", "gzip")], gzip);
    let error = leases(&World { transport, ..world }).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.to_string().contains("compressed"), "{error}");
}

#[test]
fn a_blank_answer_is_asked_for_once_more() {
    let world = World::new()
        .answers(200, &[], "")
        .sample("10-getLeases-r2.response");
    let list = world.run(world.client().leases(PROPERTY).all()).unwrap();
    assert_eq!(list.items.len(), 2);
}

#[test]
fn an_answer_to_another_request_is_refused_and_one_without_an_id_is_not() {
    let body = r#"{"response":{"requestId":"99","code":200,"result":{"leases":""}}}"#;
    let error = refused(200, body);
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.to_string().contains("another request"), "{error}");
    assert!(leases(&World::new().result(r#"{"leases":""}"#)).is_ok());
}

#[test]
fn every_call_has_a_request_id_of_its_own() {
    let world = World::new().result("{}").result("{}");
    let client = world.client();
    for _ in 0..2 {
        world.run(client.get_status()).unwrap();
    }
    assert_ne!(world.body(0)["requestId"], world.body(1)["requestId"]);
}

#[test]
fn a_request_id_that_comes_back_as_a_number_is_the_same() {
    let world = World::new().answers(
        200,
        &[],
        r#"{"response":{"requestId": "15","result":{"leases":""}}}"#,
    );
    assert!(leases(&world).is_ok());
    let transport = world.transport.clone().then(|request| {
        let sent: serde_json::Value = serde_json::from_slice(request.body()).unwrap();
        let id = sent["requestId"].as_str().unwrap();
        let body = format!(r#"{{"response":{{"requestId":{id},"result":{{"leases":""}}}}}}"#);
        Ok(http::Response::new(body.into()))
    });
    assert!(leases(&World { transport, ..world }).is_ok());
}

#[test]
fn two_pages_add_up() {
    let (_, first) = sample_headers("22-getLeases-page1.http");
    let (_, last) = sample_headers("22-getLeases-page2.http");
    let world = World::new()
        .answers(200, &pairs(&first), sample("22-getLeases-page1.response"))
        .answers(200, &pairs(&last), sample("22-getLeases-page2.response"));
    let list = world
        .run(world.client().leases(PROPERTY).per_page(2).all())
        .unwrap();
    assert_eq!((list.items.len(), list.is_complete()), (3, true));
    assert_eq!(world.request(1).uri().query(), Some("page_no=2&per_page=2"));
}

/// Pages of leases by id, with `X-Total-Count` where there is one.
fn pages(pages: &[(&[i64], Option<&str>)]) -> (World, Listing<Lease>) {
    let world = pages.iter().fold(World::new(), |world, (ids, total)| {
        let rows: Vec<String> = ids
            .iter()
            .map(|id| format!(r#"{{"id":{id},"leaseStatusTypeId":4}}"#))
            .collect();
        let body = format!(
            r#"{{"response":{{"code":200,"result":{{"leases":{{"lease":[{}]}}}}}}}}"#,
            rows.join(",")
        );
        let headers: Vec<_> = total
            .iter()
            .map(|total| ("X-Total-Count", *total))
            .collect();
        world.answers(200, &headers, body)
    });
    let list = world
        .run(once(&world).leases(PROPERTY).per_page(2).all())
        .unwrap();
    (world, list)
}

fn gaps(list: &Listing<Lease>) -> Vec<Gap> {
    match &list.completeness {
        Completeness::Complete => Vec::new(),
        Completeness::Incomplete(gaps) => gaps.clone(),
    }
}

#[test]
fn without_a_count_a_page_that_is_not_full_is_the_last() {
    let (world, list) = pages(&[(&[1, 2], None), (&[3], None)]);
    assert_eq!((list.items.len(), list.is_complete()), (3, true));
    assert_eq!(world.transport.requests().len(), 2);
    // A full last page costs one more call, which brings nothing.
    let (world, list) = pages(&[(&[1, 2], None), (&[], None)]);
    assert_eq!((list.items.len(), list.is_complete()), (2, true));
    assert_eq!(world.transport.requests().len(), 2);
}

#[test]
fn with_a_count_that_is_reached_no_further_page_is_asked_for() {
    let (world, list) = pages(&[(&[1, 2], Some("2"))]);
    assert!(list.is_complete());
    assert_eq!(world.transport.requests().len(), 1);
}

#[test]
fn a_server_that_sends_smaller_pages_than_asked_is_read_to_its_count() {
    let (_, list) = pages(&[(&[1], Some("2")), (&[2], Some("2"))]);
    assert_eq!((list.items.len(), list.is_complete()), (2, true));
}

#[test]
fn a_count_that_is_not_reached_makes_the_list_incomplete() {
    let (_, list) = pages(&[(&[1, 2], Some("5")), (&[3], Some("5")), (&[], Some("0"))]);
    assert_eq!(gaps(&list), [Gap::ShortOfTotal { total: 5, seen: 3 }]);
}

#[test]
fn an_ignored_page_number_makes_the_list_incomplete() {
    let (_, list) = pages(&[(&[1, 2], None), (&[1, 2], None)]);
    assert_eq!(list.items.len(), 2);
    assert_eq!(gaps(&list), [Gap::Repeated { page: 1 }]);
}

#[test]
fn a_count_that_changes_between_pages_makes_the_list_incomplete() {
    let (_, list) = pages(&[(&[1, 2], Some("3")), (&[3], Some("4")), (&[], None)]);
    assert!(gaps(&list).contains(&Gap::ChangedWhileRead));
}

#[test]
fn a_fault_on_a_later_page_is_an_error_and_not_half_a_list() {
    let page = sample("22-getLeases-page1.response");
    let world = World::new().answers(200, &[], page).answers(200, &[], "");
    let error = world
        .run(once(&world).leases(PROPERTY).per_page(2).all())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
}

#[test]
fn a_throttle_is_waited_out_by_the_window_that_is_used_up() {
    let (status, headers) = sample_headers("21-rate-limited.http");
    let world = World::new()
        .answers(status, &pairs(&headers), sample("21-rate-limited.response"))
        .sample("10-getLeases-r2.response");
    world.run(world.client().leases(PROPERTY).all()).unwrap();
    let waited = world.timer.elapsed();
    assert!(
        waited >= Duration::from_secs(23) && waited < Duration::from_secs(60),
        "{waited:?}"
    );
}

#[test]
fn a_throttle_says_which_window_and_until_when_and_a_used_up_day_is_not_waited_for() {
    let headers = [
        ("X-RateLimit-Limit", "10000/DAY;300/minute"),
        ("X-RateLimit-Remaining", "0/DAY;7/minute"),
        ("X-RateLimit-Reset", "40123;23"),
    ];
    let world = World::new().answers(429, &headers, "");
    let error = world
        .run(world.client().leases(PROPERTY).all())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::QuotaExhausted);
    assert_eq!(Refusal::of(&error), Refusal::Limited);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(40_123)));
    assert!(error.message().contains("/day"), "{error}");
    assert_eq!(world.timer.elapsed(), Duration::ZERO);
}

#[test]
fn headers_teach_the_limiter_method_by_method() {
    let (status, headers) = sample_headers("03-getProperties.http");
    let body = sample("04-getProperties.response");
    let world = World::new().answers(status, &pairs(&headers), body);
    let limiter = Arc::new(default_limiter(Arc::new(world.timer.clone())));
    let client = world
        .builder()
        .limiter(limiter.clone())
        .tenant("lakeshore")
        .build()
        .unwrap();
    world.run(client.properties().list().all()).unwrap();
    let left = |class| {
        let scope = Scope {
            vendor: "entrata",
            tenant: "lakeshore".into(),
            class,
        };
        let mut left: Vec<_> = limiter
            .remaining(&scope)
            .iter()
            .map(|window| (window.limit, window.left))
            .collect();
        left.sort_unstable();
        left
    };
    assert_eq!(
        left("getProperties"),
        [(150, 149), (1000, 999), (15_000, 14_999)]
    );
    assert_eq!(
        left("getLeases"),
        [(120, 120), (1000, 1000), (10_000, 10_000)]
    );
}

#[test]
fn get_status_is_held_to_six_a_minute() {
    let world = (0..7).fold(World::new(), |world, _| {
        world.sample("02-getStatus.response")
    });
    let client = world.client();
    for _ in 0..7 {
        world.run(client.get_status()).unwrap();
    }
    assert!(
        world.timer.elapsed() >= Duration::from_secs(54),
        "{:?}",
        world.timer.elapsed()
    );
    // Other methods do not wait for it.
    let scope = Scope {
        vendor: "entrata",
        tenant: "x".into(),
        class: "getLeases",
    };
    let limiter = default_limiter(Arc::new(world.timer.clone()));
    let before = world.timer.elapsed();
    world.run(limiter.acquire(&scope, 1, None)).unwrap().spend();
    assert_eq!(world.timer.elapsed(), before);
}

#[test]
fn a_used_up_window_of_the_headers_holds_back_its_method_alone() {
    let spent = [
        ("X-RateLimit-Limit", "2000/hour;3/minute"),
        ("X-RateLimit-Remaining", "1999/hour;0/minute"),
        ("X-RateLimit-Reset", "1800;20"),
    ];
    let properties = || sample("04-getProperties.response");
    let world = World::new()
        .answers(200, &spent, properties())
        .sample("10-getLeases-r2.response")
        .answers(200, &[], properties());
    let client = world.client();
    world.run(client.properties().list().all()).unwrap();
    world.run(client.leases(PROPERTY).all()).unwrap();
    assert_eq!(world.timer.elapsed(), Duration::ZERO);
    world.run(client.properties().list().all()).unwrap();
    let waited = world.timer.elapsed();
    assert!(
        waited >= Duration::from_secs(20) && waited <= Duration::from_secs(60),
        "{waited:?}"
    );
}

#[test]
fn a_used_up_day_of_the_headers_is_not_asked_of_entrata_again() {
    let spent = [
        ("X-RateLimit-Limit", "10000/day"),
        ("X-RateLimit-Remaining", "0/day"),
        ("X-RateLimit-Reset", "40123"),
    ];
    let world = World::new().answers(200, &spent, sample("10-getLeases-r2.response"));
    let client = world.client();
    world.run(client.leases(PROPERTY).all()).unwrap();
    let error = world.run(client.leases(PROPERTY).all()).unwrap_err();
    assert_eq!(Refusal::of(&error), Refusal::Limited);
    assert!(!error.was_sent());
    assert!(error.retry_after().unwrap() > Duration::from_secs(39_000));
    assert_eq!(world.transport.requests().len(), 1);
}

#[test]
fn a_page_of_nothing_but_bad_rows_is_read_in_good_time() {
    let rows = vec!["{}"; 100_000].join(",");
    let world = World::new()
        .result(&format!(r#"{{"leases":{{"lease":[{rows}]}}}}"#))
        .result(r#"{"leases":""}"#);
    let list = leases(&world).unwrap();
    assert_eq!((list.items.len(), list.rejected_rows()), (0, 100_000));
    assert!(!list.is_complete());
}

#[test]
fn a_kept_body_of_a_refusal_says_which_it_is() {
    let refusal = |name: &str| {
        let error = Answer::parse(sample(&format!("{name}.response"))).unwrap_err();
        Refusal::of(&error)
    };
    assert_eq!(refusal("18-error-113-bad-login"), Refusal::BadLogin);
    assert_eq!(
        refusal("19-error-301-property-permission"),
        Refusal::PropertyNotPermitted
    );
    assert_eq!(refusal("21-rate-limited"), Refusal::Limited);
    let bare = Answer::parse(r#"{"message":"Unauthorized"}"#).unwrap_err();
    assert_eq!(bare.code(), None);
}
