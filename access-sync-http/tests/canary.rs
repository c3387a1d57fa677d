//! Secrets and people go in at every door; none of them comes out where it can be read.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod common;

use access_sync_http::decode::Rows;
use access_sync_http::oauth::{AuthorizationUrl, Grant, OAuthTokens, TokenEndpoint, callback};
use access_sync_http::test_util::{Mask, MockTransport, Player, Recorder};
use access_sync_http::*;
use common::canaries::*;
use common::*;
use http::Method;
use http::header::HeaderName;

#[test]
fn requests_answers_and_errors_show_none() {
    for status in [200, 302, 400, 401, 403, 404, 409, 429, 500] {
        let transport = careless(status);
        let (timer, core) = loaded_core(transport.clone());
        for method in [Method::GET, Method::POST] {
            clean(
                "request",
                &format!("{:?} {:#?}", loaded(method.clone()), loaded(method.clone())),
            );
            match timer.block_on(core.send(loaded(method))) {
                Ok(reply) => {
                    clean("reply", &format!("{reply:?} {reply:#?}"));
                    show_error("decode", &reply.json::<Vec<u32>>().unwrap_err());
                }
                Err(error) => show_error("fault", &error),
            }
        }
        clean("core", &format!("{core:?} {transport:?}"));
    }
}

#[test]
fn decode_errors_and_rejected_rows_show_none() {
    #[derive(Debug, serde::Deserialize)]
    #[allow(dead_code)]
    struct Row {
        id: u32,
        kind: Kind,
    }
    #[derive(Debug, serde::Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Kind {
        One,
        Two,
    }
    for canary in CANARIES {
        for value in [
            format!("\"{canary}\""),
            format!("{{\"{canary}\": 1}}"),
            format!("[\"{canary}\"]"),
            "73951.5".to_owned(),
        ] {
            for row in [
                format!(r#"{{"id":{value},"kind":"one"}}"#),
                format!(r#"{{"id":1,"kind":{value}}}"#),
                value.clone(),
            ] {
                show_error("row", &decode::json::<Row>(row.as_bytes()).unwrap_err());
                let rows: Rows<Row> = decode::json(format!("[{row}]").as_bytes()).unwrap();
                assert_eq!(rows.rejected.len(), 1, "{row}");
                clean(
                    "rejected",
                    &format!("{} {:?}", rows.rejected[0], rows.rejected[0]),
                );
            }
        }
    }
}

#[test]
fn credentials_and_grants_show_none() {
    let endpoint = Endpoint::parse("https://auth.acme.test").unwrap();
    let state = secret(CANARIES[0]);
    let token = TokenEndpoint::new(&endpoint, &["token"])
        .unwrap()
        .basic("client", &secret(CANARIES[0]))
        .unwrap()
        .field("totp", CANARIES[2]);
    let grants = [
        Grant::Password {
            username: CANARIES[3].into(),
            password: secret(CANARIES[0]),
        },
        Grant::Code {
            code: secret(CANARIES[1]),
            redirect_uri: CANARIES[3].into(),
        },
        Grant::Refresh(secret(CANARIES[1])),
    ];
    for grant in grants {
        clean(
            "grant",
            &format!("{grant:?} {token:?} {:?}", token.request(&grant)),
        );
        let timer = clock();
        let body = format!(
            r#"{{"error":"invalid_grant","error_description":"{}"}}"#,
            CANARIES[3]
        );
        let transport = MockTransport::new().reply(400, body);
        let tokens = OAuthTokens::new(token.clone(), grant);
        let core = core(&timer, &transport);
        show_error(
            "grant",
            &timer.block_on(tokens.fetch(&core, None)).unwrap_err(),
        );
        clean("tokens", &format!("{tokens:?}"));
    }
    let url = AuthorizationUrl::new(&endpoint, &["a"], "c", "https://me", &state).unwrap();
    clean("authorization", &format!("{url:?}"));
    let back = format!("https://me?state=wrong&code={}", CANARIES[1])
        .parse()
        .unwrap();
    show_error("callback", &callback(&back, &state).unwrap_err());
    let token = Token::new(secret(CANARIES[1]), Some(secret(CANARIES[0])), secs(1));
    clean("token", &format!("{token:?}"));
    show_error(
        "header",
        &basic_header("a:b", &secret(CANARIES[0])).unwrap_err(),
    );
    let bad = secret(&format!("{}\n", CANARIES[0]));
    show_error(
        "header",
        &basic_header("a", &secret("x"))
            .map(|_| Error::config(""))
            .unwrap(),
    );
    show_error(
        "header",
        &StaticHeaders::new()
            .with(HeaderName::from_static("k"), &bad)
            .unwrap_err(),
    );
    for address in [
        "http://u:hunter2-Pa55word-canary-0000@h",
        "https://u:73951@h/canary?k=canary",
    ] {
        show_error("endpoint", &Endpoint::parse(address).unwrap_err());
    }
}

#[test]
fn a_recording_shows_none_and_plays_again() {
    let json = r#"{"users":[{"id":7,"firstName":"CANARY","emails":[{"address":"ana.canary@example.test"}],
        "pin":73951,"phoneNumbers":[{"number":"5551234567"}],"note":"ana.canary@example.test","active":true}]}"#;
    let reply = MockTransport::new().reply_with(
        200,
        &[("x-ratelimit-remaining", "9"), ("set-cookie", CANARIES[1])],
        json.replace("CANARY", CANARIES[0]),
    );
    let mask = || Mask::new().also("q").also("0");
    let recorder = Recorder::new(reply, mask());
    let ask = || {
        let url = "https://api.acme.test/v1/users/ana.canary@example.test/x";
        Request::new("users.get", Method::POST, url.parse().unwrap())
            .query("q", CANARIES[0])
            .query("page", "2")
            .form([("password", CANARIES[0]), ("grant_type", "password")])
    };
    let timer = clock();
    let client = builder(&timer, recorder.clone()).build().unwrap();
    timer.block_on(client.send(ask())).unwrap();
    let tape = serde_json::to_string(&recorder.cassette()).unwrap();
    clean("tape", &tape);
    let player = Player::new(serde_json::from_str(&tape).unwrap(), mask());
    let client = builder(&timer, player.clone()).build().unwrap();
    let reply = timer.block_on(client.send(ask())).unwrap();
    let value: serde_json::Value = reply.json().unwrap();
    let user = &value["users"][0];
    assert_eq!((&user["id"], &user["active"]), (&7.into(), &true.into()));
    assert_eq!(reply.headers["x-ratelimit-remaining"], "9");
    assert_eq!(player.left(), 0);
    assert!(timer.block_on(client.send(ask())).is_err());
}
