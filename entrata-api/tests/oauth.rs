//! Bearer tokens of partner applications.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod common;

use std::sync::Arc;
use std::time::Duration;

use access_sync_http::NoRetry;
use common::{World, sample_json};
use entrata_api::{Auth, EntrataClient, ErrorKind, OAuthCode, Refusal};
use serde_json::Value;

fn code() -> OAuthCode {
    OAuthCode::new(
        OAuthCode::ADDRESS,
        "<client id>",
        "<client secret>",
        "<authorization code>",
    )
    .unwrap()
}

fn client(world: &World) -> EntrataClient {
    let builder = world.builder().retry(Arc::new(NoRetry));
    builder
        .auth(Auth::tokens(Arc::new(code())))
        .build()
        .unwrap()
}

#[test]
fn a_code_is_exchanged_once_for_all_callers() {
    let world = World::new()
        .sample("30-oauth-token.response")
        .sample("23-getLeasePickList.response")
        .sample("23-getLeasePickList.response")
        .sample("23-getLeasePickList.response");
    let client = client(&world);
    world.run(async {
        let calls = (0..3).map(|_| client.lease_pick_list());
        for result in futures_util::future::join_all(calls).await {
            result.unwrap();
        }
    });
    let requests = world.transport.requests();
    assert_eq!(requests.len(), 4);
    let exchange = &requests[0];
    assert_eq!(exchange.method(), "POST");
    assert_eq!(exchange.uri(), "https://sync.entrata.com/api/oauth");
    assert!(!exchange.headers().contains_key("authorization"));
    let mut body = world.body(0);
    body["requestId"] = "15".into();
    assert_eq!(body, sample_json("30-oauth-token.request"));
    for (index, request) in requests.iter().enumerate().skip(1) {
        assert_eq!(request.headers()["authorization"], "Bearer <token>");
        let auth: Value = world.body(index)["auth"].clone();
        assert_eq!(auth, serde_json::json!({ "type": "oauth" }));
    }
}

#[test]
fn a_token_that_has_run_out_needs_a_new_code() {
    let world = World::new()
        .sample("30-oauth-token.response")
        .sample("23-getLeasePickList.response");
    let client = client(&world);
    world.run(client.lease_pick_list()).unwrap();
    world.timer.advance(Duration::from_secs(3601));
    let error = world.run(client.lease_pick_list()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication);
    assert!(error.to_string().contains("used up"), "{error}");
    assert_eq!(
        world.transport.requests().len(),
        2,
        "the code is not sent again"
    );
}

#[test]
fn a_code_that_is_refused_or_whose_answer_is_lost_is_not_sent_again() {
    for body in [
        r#"{"response":{"error":{"code":113,"message":"no"}}}"#,
        r#"{"response":{"code":200,"result":{"access_token":""}}}"#,
        r#"{"response":{"requestId":"9","code":200,"result":{"access_token":"t"}}}"#,
        "",
    ] {
        let world = World::new().answers(200, &[], body);
        let client = client(&world);
        assert!(world.run(client.lease_pick_list()).is_err(), "{body}");
        world.timer.advance(Duration::from_secs(3600));
        let again = world.run(client.lease_pick_list()).unwrap_err();
        assert_eq!(Refusal::of(&again), Refusal::BadLogin, "{body}");
        assert_eq!(world.transport.requests().len(), 1, "{body}");
    }
}

#[test]
fn a_code_that_never_left_is_still_good() {
    let world = World::new();
    let world = World {
        transport: world.transport.clone().broken(false),
        ..world
    };
    let world = world
        .sample("30-oauth-token.response")
        .sample("23-getLeasePickList.response");
    let client = client(&world);
    world.run(client.lease_pick_list()).unwrap_err();
    world.timer.advance(Duration::from_secs(3600));
    world.run(client.lease_pick_list()).unwrap();
}

#[test]
fn secrets_of_the_exchange_are_not_printed_and_not_sent_in_the_clear() {
    let code = OAuthCode::new(OAuthCode::ADDRESS, "id", "secret-canary", "code-canary").unwrap();
    let shown = format!("{code:?} {:?}", code.request().unwrap());
    assert!(!shown.contains("canary"), "{shown}");
    let error = OAuthCode::new("http://sync.entrata.example/api/oauth", "a", "b", "c").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
}
