//! Credentials, throttles, and answers that are none.
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
use common::{BASE, PASSWORD, builder, client, header, line, page, sample, timer};
use nexudus_api::*;
use serde_json::json;

fn body(request: &http::Request<bytes::Bytes>) -> String {
    String::from_utf8(request.body().to_vec()).unwrap()
}

fn token(access: &str, refresh: &str, seconds: u64) -> String {
    json!({
        "access_token": access, "token_type": "bearer",
        "expires_in": seconds, "refresh_token": refresh,
    })
    .to_string()
}

#[test]
fn a_token_is_fetched_once_by_form_with_a_fixed_client_id() {
    let clock = timer();
    let transport = MockTransport::new()
        .reply(200, sample("01_token_success.json"))
        .reply(200, page(&[], false, 0))
        .reply(200, page(&[], false, 0));
    let client = builder(&transport, &clock)
        .bearer("ops+api@example.com", PASSWORD)
        .client_id("5a0e2c1e-61d2")
        .totp(|| "123456".into())
        .build()
        .unwrap();
    clock.block_on(async {
        client.teams().list().all().await.unwrap();
        client.teams().list().all().await.unwrap();
    });
    let asked = transport.requests();
    assert_eq!(asked.len(), 3);
    assert_eq!(line(&asked[0]), "POST /api/token");
    assert_eq!(
        header(&asked[0], "content-type"),
        "application/x-www-form-urlencoded"
    );
    assert_eq!(header(&asked[0], "client_id"), "5a0e2c1e-61d2");
    assert_eq!(header(&asked[0], "authorization"), "");
    assert_eq!(
        body(&asked[0]),
        "grant_type=password&username=ops%2Bapi%40example.com&password=canary-password-77&totp=123456"
    );
    assert_eq!(
        header(&asked[1], "authorization"),
        "Bearer eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.sample.sample"
    );
}

#[test]
fn refresh_tokens_rotate_and_keep_the_client_id_which_is_the_e_mail_unless_set() {
    let clock = timer();
    let mut transport = MockTransport::new();
    for number in 1..=3 {
        transport = transport
            .reply(
                200,
                token(
                    &format!("access-{number}"),
                    &format!("refresh-{number}"),
                    3600,
                ),
            )
            .reply(200, page(&[], false, 0));
    }
    let client = builder(&transport, &clock)
        .bearer("ops@example.com", PASSWORD)
        .build()
        .unwrap();
    for _ in 0..3 {
        clock.block_on(client.teams().list().all()).unwrap();
        clock.advance(Duration::from_secs(3600));
    }
    let asked = transport.requests();
    let grants: Vec<_> = asked.iter().step_by(2).map(body).collect();
    assert_eq!(
        grants,
        [
            "grant_type=password&username=ops%40example.com&password=canary-password-77",
            "grant_type=refresh_token&refresh_token=refresh-1",
            "grant_type=refresh_token&refresh_token=refresh-2",
        ]
    );
    assert!(
        asked
            .iter()
            .step_by(2)
            .all(|r| header(r, "client_id") == "ops@example.com")
    );
    assert_eq!(header(&asked[5], "authorization"), "Bearer access-3");
}

#[test]
fn a_refresh_token_that_no_longer_works_leads_back_to_the_log_in() {
    let clock = timer();
    let transport = MockTransport::new()
        .reply(200, token("access-1", "refresh-1", 3600))
        .reply(200, page(&[], false, 0))
        .reply(400, sample("02_token_error.json"))
        .reply(200, token("access-2", "refresh-2", 3600))
        .reply(200, page(&[], false, 0));
    let client = builder(&transport, &clock)
        .bearer("ops@example.com", PASSWORD)
        .build()
        .unwrap();
    clock.block_on(client.teams().list().all()).unwrap();
    clock.advance(Duration::from_secs(3601));
    clock.block_on(client.teams().list().all()).unwrap();
    assert!(body(&transport.requests()[3]).starts_with("grant_type=password"));
}

#[test]
fn a_refused_token_is_replaced_once_and_then_the_error_speaks_of_roles() {
    let clock = timer();
    let transport = MockTransport::new()
        .reply(200, token("access-1", "refresh-1", 3600))
        .reply(401, "")
        .reply(200, token("access-2", "refresh-2", 3600))
        .reply(401, "");
    let client = builder(&transport, &clock)
        .bearer("ops@example.com", PASSWORD)
        .build()
        .unwrap();
    let error = clock.block_on(client.contracts().list().all()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication);
    assert!(error.to_string().contains("missing role"), "{error}");
    assert_eq!(error.operation(), "coworkercontracts.list");
    assert_eq!(transport.requests().len(), 4);
}

#[test]
fn bad_credentials_are_told_by_the_vendors_code_in_both_statuses_and_not_tried_again() {
    for status in [400, 401] {
        let (clock, transport) = (
            timer(),
            MockTransport::new().reply(status, sample("02_token_error.json")),
        );
        let client = builder(&transport, &clock)
            .bearer("ops@example.com", PASSWORD)
            .build()
            .unwrap();
        let error = clock.block_on(client.teams().list().all()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Authentication, "{status}");
        assert_eq!(error.code(), Some("invalid_grant"));
        assert_eq!(transport.requests().len(), 1, "{status}");
    }
}

#[test]
fn tokens_that_are_no_bearer_tokens_are_faults() {
    for body in [
        r#"{"access_token":"","token_type":"bearer"}"#,
        r#"{"access_token":"canary-token-8","token_type":"mac"}"#,
        r#"{"token_type":"bearer"}"#,
        "<html>",
        "[]",
    ] {
        let clock = timer();
        let transport = MockTransport::new().reply(200, body).reply(200, body);
        let client = builder(&transport, &clock)
            .bearer("ops@example.com", PASSWORD)
            .build()
            .unwrap();
        let error = clock.block_on(client.teams().list().all()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{body}");
        assert!(!format!("{error:?}").contains("canary"));
    }
}

#[test]
fn a_409_is_a_throttle_that_is_waited_out_even_for_a_write() {
    let exchange: serde_json::Value =
        serde_json::from_str(&sample("34_throttled_409_http.json")).unwrap();
    let status = u16::try_from(exchange["status"].as_u64().unwrap()).unwrap();
    let documented = exchange["headers"]["Retry-After"].as_str().unwrap();
    assert_eq!((status, documented), (409, "1"));
    for (wait, at_least) in [(documented, 1), ("7", 7)] {
        let clock = timer();
        let transport = MockTransport::new()
            .reply_with(status, &[("retry-after", wait)], "")
            .reply(200, sample("30_create_success.json"));
        let client = client(&transport, &clock);
        let draft =
            CoworkerAccessControlAudits::draft(CoworkerId(1415900201), "card refused", true);
        let reply = clock
            .block_on(client.access_audits().create(&draft))
            .unwrap();
        assert_eq!(reply.id, Some(1419400962));
        assert!(clock.elapsed() >= Duration::from_secs(at_least));
        assert_eq!(transport.requests().len(), 2);
    }
}

#[test]
fn a_409_that_stays_is_told_as_a_throttle_and_never_as_a_conflict() {
    for status in [409, 429] {
        let (clock, transport) = (
            timer(),
            MockTransport::new().reply_with(status, &[("retry-after", "3600")], ""),
        );
        let error = clock
            .block_on(client(&transport, &clock).teams().list().all())
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Throttled);
        assert_eq!(error.retry_after(), Some(Duration::from_secs(3600)));
    }
}

#[test]
fn redirects_and_html_are_faults() {
    let clock = timer();
    let transport = MockTransport::new()
        .reply_with(302, &[("location", "https://elsewhere.test/login")], "")
        .reply_with(
            200,
            &[("content-type", "text/html; charset=utf-8")],
            "Please log in",
        )
        .reply_with(
            200,
            &[("content-type", "text/html; charset=utf-8")],
            "Please log in",
        );
    let client = client(&transport, &clock);
    clock.block_on(async {
        let redirect = client.teams().list().all().await.unwrap_err();
        assert_eq!(redirect.kind(), ErrorKind::Unroutable);
        let html = client.teams().list().all().await.unwrap_err();
        assert_eq!(html.kind(), ErrorKind::Decode);
    });
}

#[test]
fn statuses_have_their_kinds() {
    for (status, kind) in [
        (400, ErrorKind::Invalid),
        (403, ErrorKind::Permission),
        (404, ErrorKind::NotFound),
        (500, ErrorKind::Server),
        (503, ErrorKind::Server),
    ] {
        let (clock, mut transport) = (timer(), MockTransport::new());
        for _ in 0..5 {
            transport = transport.reply(status, r#"{"Message":"mail bob@example.com"}"#);
        }
        let error = clock
            .block_on(client(&transport, &clock).teams().get(TeamId(1)))
            .unwrap_err();
        assert_eq!(error.kind(), kind, "{status}");
        assert!(!error.to_string().contains("bob@"), "{error}");
    }
}

/// How long so many calls take, in seconds, by the limits that are on unless said otherwise.
fn seconds(calls: usize, write: bool) -> u64 {
    let (clock, mut transport) = (timer(), MockTransport::new());
    let answer = if write {
        sample("30_create_success.json")
    } else {
        page(&[], false, 0)
    };
    for _ in 0..calls {
        transport = transport.reply(200, answer.clone());
    }
    let client = builder(&transport, &clock)
        .basic("ops@example.com", PASSWORD)
        .options(CallOptions::new().total(Duration::from_secs(200_000)))
        .build()
        .unwrap();
    let draft = CoworkerAccessControlAudits::draft(CoworkerId(1), "x", false);
    clock.block_on(async {
        for _ in 0..calls {
            if write {
                client.access_audits().create(&draft).await.unwrap();
            } else {
                client.teams().list().all().await.unwrap();
            }
        }
    });
    clock.elapsed().as_secs()
}

#[test]
fn the_published_limits_are_kept_unless_said_otherwise() {
    // One call per 100 ms, 120 a minute, 5,000 an hour.
    assert!((11..60).contains(&seconds(120, false)));
    assert!((60..120).contains(&seconds(121, false)));
    assert!(seconds(5_000, false) < 3_600);
    assert!((3_600..3_700).contains(&seconds(5_001, false)));
    // Of writes 60 a minute, 5,000 a day.
    assert!(seconds(60, true) < 60);
    assert!((60..120).contains(&seconds(61, true)));
    assert!(seconds(5_000, true) < 86_400);
    assert!((86_400..86_500).contains(&seconds(5_001, true)));
}

#[test]
fn settings_that_cannot_work_are_refused_before_anything_is_sent() {
    let none = NexudusClient::builder().base(BASE).build().unwrap_err();
    assert_eq!(none.kind(), ErrorKind::Config);
    for base in [
        "http://nexudus.test/api",
        "nexudus.test",
        "ftp://nexudus.test",
    ] {
        let built = NexudusClient::builder().base(base).basic("a", "b").build();
        assert_eq!(built.unwrap_err().kind(), ErrorKind::Config, "{base}");
    }
    let colon = NexudusClient::builder().basic("a:b", "c").build();
    assert_eq!(colon.unwrap_err().kind(), ErrorKind::Config);
    let local = NexudusClient::builder()
        .base("http://127.0.0.1:9/api")
        .basic("a", "b");
    assert!(local.build().is_ok());
}

#[test]
fn nothing_secret_or_personal_is_printed() {
    let clock = timer();
    let transport = MockTransport::new()
        .reply(200, sample("10_coworkers_list.json"))
        .reply(200, sample("09_coworker_by_id.json"))
        .reply(200, sample("20_visitor_by_id.json"));
    let builder = builder(&transport, &clock).basic("ops@example.com", PASSWORD);
    let mut shown = format!("{builder:?}");
    let client = builder.build().unwrap();
    clock.block_on(async {
        let list = client.coworkers().list();
        shown += &format!("{client:?} {list:?} {:?}", list.request().unwrap());
        let rows = list.all().await.unwrap();
        shown += &format!("{rows:?}");
        let whole = client
            .coworkers()
            .get(CoworkerId(1415900201))
            .await
            .unwrap();
        shown += &format!("{whole:?} {:?}", whole.clone().edit());
        let visitor = client.visitors().get(VisitorId(1419800801)).await.unwrap();
        shown += &format!("{visitor:?}");
        let by_mail = client
            .coworkers()
            .list()
            .filter(Coworkers::EMAIL.is("bob@example.com"));
        shown += &format!("{by_mail:?} {:?}", by_mail.request().unwrap());
    });
    for canary in [
        PASSWORD,
        "Bob",
        "Ana",
        "Acme",
        "Zoe",
        "example.com",
        "example.org",
        "48217",
        "0004821190",
        "739155",
        "Basic ",
    ] {
        assert!(!shown.contains(canary), "{canary} is printed");
    }
    // Tools show names, never a PIN or a card.
    let row = serde_json::from_str::<serde_json::Value>(&sample("10_coworkers_list.json")).unwrap();
    let row: CoworkerRow = serde_json::from_value(row["Records"][0].clone()).unwrap();
    let json = serde_json::to_string(&row).unwrap();
    assert!(json.contains("Bob") && !json.contains("48217") && !json.contains("0004821190"));
}

#[test]
fn a_token_in_a_store_outlives_the_client() {
    let store = access_sync_http::MemoryTokenStore::new();
    let clock = timer();
    let transport = MockTransport::new()
        .reply(200, token("access-1", "refresh-1", 3600))
        .reply(200, page(&[], false, 0))
        .reply(200, page(&[], false, 0))
        .reply(200, token("access-2", "refresh-2", 3600))
        .reply(200, page(&[], false, 0));
    let build = || {
        builder(&transport, &clock)
            .bearer("ops@example.com", PASSWORD)
            .token_store(std::sync::Arc::new(store.clone()))
            .build()
            .unwrap()
    };
    clock.block_on(build().teams().list().all()).unwrap();
    clock.block_on(build().teams().list().all()).unwrap();
    clock.advance(Duration::from_secs(3600));
    clock.block_on(build().teams().list().all()).unwrap();
    let asked = transport.requests();
    assert_eq!(header(&asked[2], "authorization"), "Bearer access-1");
    assert_eq!(
        body(&asked[3]),
        "grant_type=refresh_token&refresh_token=refresh-1"
    );
    assert_eq!(asked.len(), 5);
}
