//! Over a real socket, with the default transport.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod common;

use brivo_api::{BrivoClient, ErrorKind, GroupId, Region, UserId};
use common::{sample, sample_value, token};
use wiremock::matchers::{body_json, body_string_contains, header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

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
    let client = BrivoClient::builder()
        .region(Region::Custom {
            auth: server.uri(),
            api: format!("{}/v1/api", server.uri()),
        })
        .api_key("k")
        .client("id", "secret")
        .password("admin", "pass")
        .build()
        .unwrap();
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
