//! Log-in, renewal, and what is fetched when.
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
use async_trait::async_trait;
use brivo_api::{
    Callback, Culprit, Error, ErrorKind, ExposeSecret, RefreshTokenStore, Region, SecretString,
    UserId, authorize_url,
};
use bytes::Bytes;
use common::{API_KEY, at, builder, region, sample, token, world};

fn form(request: &http::Request<Bytes>) -> String {
    String::from_utf8(request.body().to_vec()).unwrap()
}

#[test]
fn a_login_sends_a_form_with_basic_and_the_api_key_and_no_secret_in_the_address() {
    let w = world(|script| script.reply(200, sample("administrator_whoami")));
    w.run(w.client.administrators().whoami()).unwrap();
    let asked = &w.tokens_asked()[0];
    assert_eq!(asked.method(), "POST");
    assert_eq!(asked.uri().to_string(), "https://auth.test/oauth/token");
    // base64("client-id:canary-client-secret-77aa")
    assert_eq!(
        asked.headers()["authorization"],
        "Basic Y2xpZW50LWlkOmNhbmFyeS1jbGllbnQtc2VjcmV0LTc3YWE="
    );
    assert_eq!(
        asked.headers()["content-type"],
        "application/x-www-form-urlencoded"
    );
    assert_eq!(asked.headers()["api-key"], API_KEY);
    assert_eq!(
        form(asked),
        "grant_type=password&username=admin01&password=canary-password-0d3e"
    );
    let api = &w.sent()[0];
    assert_eq!(
        api.headers()["authorization"],
        "Bearer canary-access-token-91c2"
    );
    assert_eq!(api.headers()["api-key"], API_KEY);
    assert!(api.headers()["api-key"].is_sensitive());
    assert_eq!(
        api.uri().to_string(),
        "https://api.test/v1/api/administrators/whoami"
    );
    assert_eq!(
        w.client.token_expires_at(),
        Some(at("2026-04-02T13:05:00Z"))
    );
}

#[test]
fn an_expired_token_is_renewed_by_refresh_and_the_new_refresh_token_is_used_next() {
    let rotated = token(300).replace("5e44", "rotated");
    let w = world(|script| {
        script
            .reply(200, sample("user"))
            .reply(200, rotated)
            .reply(200, sample("user"))
            .reply(200, token(300))
            .reply(200, sample("user"))
    });
    for _ in 0..3 {
        w.run(w.client.users().get(UserId(1))).unwrap();
        w.timer.advance(Duration::from_secs(301));
    }
    let forms: Vec<_> = w.tokens_asked().iter().map(form).collect();
    assert_eq!(
        forms[1],
        "grant_type=refresh_token&refresh_token=canary-refresh-token-5e44"
    );
    assert_eq!(
        forms[2],
        "grant_type=refresh_token&refresh_token=canary-refresh-token-rotated"
    );
}

#[test]
fn a_refresh_answer_without_a_refresh_token_keeps_the_old_one() {
    let bare = r#"{"access_token":"b","token_type":"bearer","expires_in":300}"#;
    let w = world(|script| {
        script
            .reply(200, sample("user"))
            .reply(200, bare)
            .reply(200, sample("user"))
            .reply(200, bare)
            .reply(200, sample("user"))
    });
    for _ in 0..3 {
        w.run(w.client.users().get(UserId(1))).unwrap();
        w.timer.advance(Duration::from_secs(301));
    }
    assert!(form(&w.tokens_asked()[2]).ends_with("refresh_token=canary-refresh-token-5e44"));
}

#[test]
fn a_refused_refresh_falls_back_to_a_full_login() {
    for status in [400, 401] {
        let w = world(|script| {
            script
                .reply(200, sample("user"))
                .reply(status, sample("error_auth_invalid_grant"))
                .reply(200, token(300))
                .reply(200, sample("user"))
        });
        w.run(w.client.users().get(UserId(1))).unwrap();
        w.timer.advance(Duration::from_secs(301));
        w.run(w.client.users().get(UserId(1))).unwrap();
        let forms: Vec<_> = w.tokens_asked().iter().map(form).collect();
        assert!(forms[1].starts_with("grant_type=refresh_token"));
        assert!(forms[2].starts_with("grant_type=password"));
    }
}

#[test]
fn a_broken_way_to_the_refresh_is_not_a_refusal() {
    let w = world(|mut script| {
        script = script.reply(200, sample("user"));
        for _ in 0..50 {
            script = script.reply(500, "");
        }
        script
    });
    w.run(w.client.users().get(UserId(1))).unwrap();
    w.timer.advance(Duration::from_secs(301));
    let error = w.run(w.client.users().get(UserId(1))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Server);
    assert!(
        w.tokens_asked()
            .iter()
            .skip(1)
            .all(|r| form(r).starts_with("grant_type=refresh_token"))
    );
}

#[test]
fn an_invalid_token_is_renewed_once_and_the_call_goes_on() {
    let w = world(|script| {
        script
            .reply(401, sample("error_api_invalid_token"))
            .reply(200, token(300).replace("91c2", "second"))
            .reply(200, sample("user"))
    });
    w.run(w.client.users().get(UserId(1))).unwrap();
    let sent = w.sent();
    assert_eq!(
        sent[1].headers()["authorization"],
        "Bearer canary-access-token-second"
    );
    let w = world(|script| {
        script
            .reply(401, sample("error_api_invalid_token"))
            .reply(200, token(300))
            .reply(401, sample("error_api_invalid_token"))
    });
    let error = w.run(w.client.users().get(UserId(1))).unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (ErrorKind::Authentication, Some("invalid_token"))
    );
    assert_eq!(Culprit::of(&error), Some(Culprit::Token));
    assert_eq!(w.asked().len(), 2);
}

#[test]
fn a_token_of_a_minute_lasts_through_a_long_list() {
    let page = |offset: u64| {
        format!(
            r#"{{"data":[{{"id":{offset},"suspended":false}}],"offset":{offset},"pageSize":1,"count":3}}"#
        )
    };
    let transport = MockTransport::new()
        .reply(200, token(60))
        .reply(200, page(0))
        .reply(200, token(60))
        .reply(200, page(1))
        .reply(401, sample("error_api_invalid_token"))
        .reply(200, token(60))
        .reply(200, page(2));
    let timer = VirtualTimer::new(at("2026-04-02T13:00:00Z"));
    let client = builder(&transport, &timer).build().unwrap();
    let mut pager = client.users().list().page_size(1).pager();
    let mut ids = Vec::new();
    while let Some(page) = timer.block_on(pager.next_page()).unwrap() {
        ids.extend(page.items.iter().map(|user| user.id.0));
        if ids.len() == 1 {
            timer.advance(Duration::from_secs(61));
        }
    }
    assert_eq!(ids, [0, 1, 2]);
    assert!(pager.gaps().is_empty());
}

#[test]
fn wrong_credentials_are_told_apart() {
    for (status, body, culprit) in [
        (401, sample("error_auth_invalid_grant"), Culprit::Login),
        (400, sample("error_auth_invalid_grant"), Culprit::Login),
        (401, sample("error_auth_bad_basic"), Culprit::Client),
        (
            401,
            r#"{"error":"unauthorized","error_description":"Full authentication is required"}"#
                .into(),
            Culprit::Client,
        ),
        (403, "<h1>Developer Inactive</h1>".into(), Culprit::ApiKey),
    ] {
        let transport = MockTransport::new().reply(status, body);
        let timer = VirtualTimer::new(at("2026-04-02T13:00:00Z"));
        let client = builder(&transport, &timer).build().unwrap();
        let error = timer
            .block_on(async { client.administrators().whoami().await })
            .unwrap_err();
        assert_eq!(Culprit::of(&error), Some(culprit), "{error}");
        assert_eq!(
            transport.requests().len(),
            1,
            "a refused login is not tried again"
        );
    }
}

#[test]
fn a_token_answer_that_cannot_be_read_is_an_error() {
    for body in [
        "",
        "{}",
        r#"{"access_token":""}"#,
        "<html>",
        r#"{"access_token":7}"#,
    ] {
        let script = (0..4).fold(MockTransport::new(), |script, _| script.reply(200, body));
        let timer = VirtualTimer::new(at("2026-04-02T13:00:00Z"));
        let client = builder(&script, &timer).build().unwrap();
        let error = timer
            .block_on(async { client.administrators().whoami().await })
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{body}");
    }
}

#[derive(Debug, Default)]
struct Memory(Mutex<Option<SecretString>>);

#[async_trait]
impl RefreshTokenStore for Memory {
    async fn load(&self) -> Result<Option<SecretString>, Error> {
        Ok(self.0.lock().unwrap().clone())
    }
    async fn save(&self, refresh: &SecretString) -> Result<(), Error> {
        *self.0.lock().unwrap() = Some(refresh.clone());
        Ok(())
    }
}

#[test]
fn a_code_is_exchanged_once_and_its_refresh_token_survives_a_restart() {
    let store = Arc::new(Memory::default());
    let transport = MockTransport::new()
        .reply(200, token(300))
        .reply(200, sample("user"))
        .reply(200, token(300).replace("5e44", "rotated"))
        .reply(200, sample("user"));
    let timer = VirtualTimer::new(at("2026-04-02T13:00:00Z"));
    let first = builder(&transport, &timer)
        .authorization_code("the-code", "https://me.test/callback")
        .refresh_token_store(store.clone())
        .build()
        .unwrap();
    timer
        .block_on(async { first.users().get(UserId(1)).await })
        .unwrap();
    assert_eq!(
        form(&transport.requests()[0]),
        "grant_type=authorization_code&code=the-code&redirect_uri=https%3A%2F%2Fme.test%2Fcallback\
         &client_id=client-id&client_secret=canary-client-secret-77aa"
    );
    let second = brivo_api::BrivoClient::builder()
        .region(region())
        .api_key(API_KEY)
        .client("client-id", "s")
        .refresh_token_store(store.clone())
        .transport(Arc::new(transport.clone()))
        .timer(Arc::new(timer.clone()))
        .build()
        .unwrap();
    timer
        .block_on(async { second.users().get(UserId(1)).await })
        .unwrap();
    assert_eq!(
        form(&transport.requests()[2]),
        "grant_type=refresh_token&refresh_token=canary-refresh-token-5e44"
    );
    let kept = store.0.lock().unwrap().clone().unwrap();
    assert_eq!(kept.expose_secret(), "canary-refresh-token-rotated");
}

#[test]
fn without_a_login_a_refused_refresh_asks_for_a_new_authorization() {
    let transport = MockTransport::new().reply(401, sample("error_auth_invalid_grant"));
    let timer = VirtualTimer::new(at("2026-04-02T13:00:00Z"));
    let store = Arc::new(Memory(Mutex::new(Some("old".into()))));
    let client = builder(&transport, &timer)
        .refresh_token("configured")
        .refresh_token_store(store)
        .build()
        .unwrap();
    let error = timer
        .block_on(async { client.users().get(UserId(1)).await })
        .unwrap_err();
    assert_eq!(Culprit::of(&error), Some(Culprit::Login));
    assert!(
        error
            .to_string()
            .contains("authorize the application again"),
        "{error}"
    );
    assert!(form(&transport.requests()[0]).ends_with("refresh_token=old"));
}

#[test]
fn a_callback_is_taken_only_with_the_state_that_was_sent() {
    let code = Callback::parse("?code=a%2Fb&state=x%20y", "x y")
        .unwrap()
        .code;
    assert_eq!(code.expose_secret(), "a/b");
    for (query, kind) in [
        ("code=a&state=other", ErrorKind::Authentication),
        ("code=a", ErrorKind::Authentication),
        ("code=a&state=x&state=x", ErrorKind::Authentication),
        ("error=access_denied&state=x", ErrorKind::Authentication),
        ("state=x", ErrorKind::Decode),
        ("code=&state=x", ErrorKind::Decode),
        ("", ErrorKind::Authentication),
    ] {
        assert_eq!(
            Callback::parse(query, "x").unwrap_err().kind(),
            kind,
            "{query}"
        );
    }
    assert!(Callback::parse("code=a&state=", "").is_err());
    let url = authorize_url(&Region::Eu, "id", "s/1", Some("https://me.test/cb")).unwrap();
    assert_eq!(
        url.as_str(),
        "https://auth.eu.brivo.com/oauth/authorize?response_type=code&client_id=id&state=s%2F1\
         &redirect_uri=https%3A%2F%2Fme.test%2Fcb"
    );
    assert!(authorize_url(&Region::Us, "id", "", None).is_err());
}

#[test]
fn a_builder_refuses_what_cannot_work() {
    let timer = VirtualTimer::new(at("2026-04-02T13:00:00Z"));
    let good = || builder(&MockTransport::new(), &timer);
    let custom = |api: &str| Region::Custom {
        auth: "https://a.test".into(),
        api: api.into(),
    };
    assert!(good().build().is_ok());
    for (what, bad) in [
        ("key", good().api_key("")),
        ("key", good().api_key("a\nb")),
        ("secret", good().client("id", " ")),
        ("client", good().client("", "s")),
        ("password", good().password("u", "")),
        ("clear text", good().region(custom("http://a.test/v1/api"))),
        ("address", good().region(custom("a.test"))),
    ] {
        assert_eq!(bad.build().unwrap_err().kind(), ErrorKind::Config, "{what}");
    }
    assert!(
        brivo_api::BrivoClient::builder()
            .api_key("k")
            .client("i", "s")
            .build()
            .is_err()
    );
}
