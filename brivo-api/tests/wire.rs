//! Over a real socket, with the default transport.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod common;
mod operations;
mod refusals;

use std::collections::BTreeSet;
use std::sync::Arc;

use access_sync_http::Unlimited;
use brivo_api::{BrivoClient, BrivoClientBuilder, ErrorKind, GroupId, Region, UserId};
use common::{sample, sample_value, token};
use operations::{Operation, operations};
use serde_json::Value;
use wiremock::matchers::{any, body_json, body_string_contains, header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

pub(crate) fn builder(server: &MockServer) -> BrivoClientBuilder {
    BrivoClient::builder()
        .region(Region::Custom {
            auth: server.uri(),
            api: format!("{}/v1/api", server.uri()),
        })
        .api_key("k")
        .client("id", "secret")
        .limiter(Arc::new(Unlimited))
}

async fn serve() -> (MockServer, BrivoClient) {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/oauth/token"))
        .and(header("api-key", "k"))
        .and(header("authorization", "Basic aWQ6c2VjcmV0"))
        .and(body_string_contains("grant_type=password"))
        .respond_with(ResponseTemplate::new(200).set_body_string(token(300)))
        .expect(1)
        .mount(&server)
        .await;
    let client = builder(&server).password("admin", "pass").build().unwrap();
    (server, client)
}

#[tokio::test]
async fn sixty_four_callers_share_one_token_and_every_call_carries_key_and_token() {
    let (server, client) = serve().await;
    Mock::given(method("POST"))
        .and(path("/v1/api/users/7/groups"))
        .and(header("api-key", "k"))
        .and(header(
            "authorization",
            format!("Bearer {}", common::ACCESS).as_str(),
        ))
        .and(header("content-type", "application/json"))
        .and(body_json(sample_value("user_groups_update_request")))
        .respond_with(ResponseTemplate::new(200).set_body_string(sample("user_groups")))
        .expect(64)
        .mount(&server)
        .await;
    let calls = (0..64).map(|_| {
        client
            .users()
            .change_groups(
                UserId(7),
                &[GroupId(880_211), GroupId(880_304)],
                &[GroupId(880_199)],
            )
            .send()
    });
    for result in futures_util::future::join_all(calls).await {
        assert_eq!(result.unwrap().items.len(), 2);
    }
}

#[tokio::test]
async fn queries_and_photos_cross_the_wire_and_redirects_do_not() {
    let (server, client) = serve().await;
    Mock::given(method("GET"))
        .and(path("/v1/api/users"))
        .and(query_param(
            "filter",
            "lastname__eq:Pa rk;user_status__eq:active",
        ))
        .and(query_param("pageSize", "100"))
        .respond_with(ResponseTemplate::new(200).set_body_string(sample("user_list")))
        .mount(&server)
        .await;
    let list = client
        .users()
        .list()
        .last_name("Pa rk")
        .status(brivo_api::UserStatus::Active);
    assert!(list.all().await.unwrap().is_complete());

    let image = vec![0x89, b'P', b'N', b'G', 0, 255];
    Mock::given(method("GET"))
        .and(path("/v1/api/users/7/photo"))
        .and(header("accept", "image/*"))
        .respond_with(ResponseTemplate::new(200).set_body_raw(image.clone(), "image/jpeg"))
        .mount(&server)
        .await;
    assert_eq!(
        client.users().photo(UserId(7)).await.unwrap().unwrap(),
        image
    );

    Mock::given(method("GET"))
        .and(path("/v1/api/users/8"))
        .respond_with(
            ResponseTemplate::new(302).insert_header("location", "https://login.example/"),
        )
        .mount(&server)
        .await;
    let error = client.users().get(UserId(8)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unroutable);
}

#[tokio::test]
async fn every_operation_crosses_the_wire() {
    for operation in operations() {
        let Operation { name, .. } = operation;
        let (server, client) = serve().await;
        let answer = match operation.answer.as_str() {
            "" => ResponseTemplate::new(204),
            text => ResponseTemplate::new(200).set_body_raw(text, "application/json"),
        };
        Mock::given(any()).respond_with(answer).mount(&server).await;
        let shown = (operation.run)(client)
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(shown.contains(operation.shown), "{name}: {shown}");
        assert!(!shown.contains("Incomplete"), "{name}: {shown}");

        let requests = server.received_requests().await.unwrap();
        let [_, sent] = &requests[..] else {
            panic!("{name}: {} requests", requests.len());
        };
        let query = sent.url.query().map(|text| format!("?{text}"));
        assert_eq!(
            format!(
                "{} {}{}",
                sent.method,
                sent.url.path(),
                query.unwrap_or_default()
            ),
            format!(
                "{} /v1/api{}",
                name.split_once(' ').unwrap().0,
                operation.target
            ),
        );
        assert_eq!(sent.headers["api-key"], "k", "{name}");
        assert_eq!(
            sent.headers["authorization"],
            format!("Bearer {}", common::ACCESS),
            "{name}"
        );
        let kind = sent.headers.get("content-type");
        match operation.body {
            Value::Null => assert!(sent.body.is_empty() && kind.is_none(), "{name}"),
            Value::String(text) => {
                assert_eq!(String::from_utf8_lossy(&sent.body), text, "{name}");
                let kind = kind.unwrap().to_str().unwrap();
                assert!(kind.starts_with("multipart/form-data; boundary="), "{name}");
            }
            body => {
                assert_eq!(sent.body_json::<Value>().unwrap(), body, "{name}");
                assert_eq!(kind.unwrap(), "application/json", "{name}");
            }
        }
        let accepts = match name {
            "GET /users/{id}/photo" => "image/*",
            _ => "application/json",
        };
        assert_eq!(sent.headers["accept"], accepts, "{name}");
    }
}

#[tokio::test]
async fn every_login_crosses_the_wire() {
    for (login, form) in [
        (
            (|builder| builder.password("admin", "p w")) as fn(BrivoClientBuilder) -> _,
            "grant_type=password&username=admin&password=p+w",
        ),
        (
            |builder| builder.refresh_token("r/1"),
            "grant_type=refresh_token&refresh_token=r%2F1",
        ),
        (
            |builder| builder.authorization_code("c0de", "https://a.example/back"),
            "grant_type=authorization_code&code=c0de\
             &redirect_uri=https%3A%2F%2Fa.example%2Fback&client_id=id&client_secret=secret",
        ),
    ] {
        let server = MockServer::start().await;
        Mock::given(path("/oauth/token"))
            .respond_with(ResponseTemplate::new(200).set_body_string(token(300)))
            .mount(&server)
            .await;
        Mock::given(path("/v1/api/administrators/whoami"))
            .respond_with(
                ResponseTemplate::new(200).set_body_string(sample("administrator_whoami")),
            )
            .mount(&server)
            .await;
        let client = login(builder(&server)).build().unwrap();
        client.administrators().whoami().await.unwrap();
        let requests = server.received_requests().await.unwrap();
        let sent = &requests[0];
        assert_eq!((sent.method.as_str(), sent.url.query()), ("POST", None));
        assert_eq!(sent.url.path(), "/oauth/token");
        assert_eq!(String::from_utf8_lossy(&sent.body), form);
        assert_eq!(sent.headers["api-key"], "k");
        assert_eq!(sent.headers["authorization"], "Basic aWQ6c2VjcmV0");
        assert_eq!(
            sent.headers["content-type"],
            "application/x-www-form-urlencoded"
        );
        assert_eq!(requests.len(), 2);
    }
}

#[test]
fn every_row_of_the_table_is_tried_and_at_its_own_path() {
    // Log-ins have their own test; the last two are nothing that the client sends.
    let elsewhere = [
        "POST {auth}/oauth/token (password)",
        "POST {auth}/oauth/token (refresh)",
        "POST {auth}/oauth/token (code)",
        "GET {auth}/oauth/authorize",
        "deliveries",
    ];
    let table = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/OPERATIONS.md"));
    let table = table.unwrap();
    let listed: BTreeSet<&str> = table
        .lines()
        .filter(|line| line.starts_with("| `") && line.matches(" | ").count() == 2)
        .map(|line| line.split('`').nth(1).unwrap())
        .filter(|name| !elsewhere.contains(name))
        .collect();
    let tried = operations();
    let names: BTreeSet<&str> = tried.iter().map(|operation| operation.name).collect();
    assert_eq!(names, listed);
    assert_eq!(names.len(), tried.len(), "none twice");
    for operation in &tried {
        let template = operation.name.split_once(' ').unwrap().1;
        let path = operation.target.split('?').next().unwrap();
        let (template, path): (Vec<_>, Vec<_>) =
            (template.split('/').collect(), path.split('/').collect());
        assert_eq!(template.len(), path.len(), "{}", operation.name);
        for (wanted, part) in template.iter().zip(path) {
            assert!(
                wanted.starts_with('{') || *wanted == part,
                "{}",
                operation.name
            );
        }
    }
}
