#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    missing_docs
)]

mod common;
mod door;
mod readme;
mod variants;

use access_sync_sandbox::{Fault, FaultKind, Sandbox, Service, World};
use common::{brivo, entrata, gateway, http, leases, lively, nexudus, read};
use serde_json::{Value, json};

#[tokio::test]
async fn a_failure_hits_the_next_matching_answers_and_nothing_is_done() {
    let sandbox = lively().await;
    let api = brivo(&sandbox).await;
    let before = sandbox.brivo().snapshot();
    let fault = Fault::new(Service::Brivo, FaultKind::Status(503));
    sandbox.inject(fault.operation("POST /users").after(1).times(2));
    let body = |n: i32| json!({"firstName": "A", "lastName": "B", "externalId": n.to_string()});
    let mut statuses = Vec::new();
    for n in 0..4 {
        statuses.push(api.call("POST", "/users", body(n)).await.0);
        assert_eq!(
            api.get("/groups").await.0,
            200,
            "other operations are spared"
        );
    }
    assert_eq!(statuses, [200, 503, 503, 200]);
    let after = sandbox.brivo().snapshot();
    assert_eq!(after.users.len(), before.users.len() + 2);
}

#[tokio::test]
async fn throttles_speak_each_vendors_language() {
    let sandbox = lively().await;
    let api = brivo(&sandbox).await;
    let kind = FaultKind::Throttled {
        retry_after_secs: 7,
    };
    for service in [Service::Brivo, Service::Entrata, Service::Nexudus] {
        sandbox.inject(Fault::new(service, kind));
    }
    let response = api
        .request(reqwest::Method::GET, "/users")
        .send()
        .await
        .unwrap();
    assert_eq!(
        (
            response.status().as_u16(),
            &response.headers()["retry-after"]
        ),
        (403, &"7".parse().unwrap())
    );
    assert_eq!(
        response.headers()["x-mashery-error-code"],
        "ERR_403_DEVELOPER_OVER_QPS"
    );
    let response = gateway(&sandbox, "status", "getStatus", json!({})).await;
    assert_eq!(response.status(), 429);
    assert_eq!(
        response.headers()["x-ratelimit-remaining"],
        "8120/day;412/hour;0/minute"
    );
    assert_eq!(response.headers()["x-ratelimit-reset"], "40123;1523;7");
    assert_eq!(nexudus(&sandbox, "/spaces/teams").await, (409, Value::Null));
    assert_eq!(nexudus(&sandbox, "/spaces/teams").await.0, 200);
}

#[tokio::test]
async fn a_connection_closed_after_the_write_leaves_the_write() {
    let sandbox = lively().await;
    let api = brivo(&sandbox).await;
    let user = json!({"firstName": "A", "lastName": "B", "externalId": "lost"});
    let post = || {
        api.request(reqwest::Method::POST, "/users")
            .json(&user)
            .send()
    };

    sandbox.inject(Fault::new(Service::Brivo, FaultKind::ClosedBefore));
    assert!(post().await.is_err());
    assert!(sandbox.brivo().user_by_external_id("lost").is_none());

    sandbox.inject(Fault::new(Service::Brivo, FaultKind::ClosedAfter));
    assert!(post().await.is_err());
    assert!(sandbox.brivo().user_by_external_id("lost").is_some());
    assert_eq!(post().await.unwrap().status(), 400, "it is there already");
    let statuses: Vec<u16> = sandbox
        .brivo()
        .calls()
        .iter()
        .skip(1)
        .map(|c| c.status)
        .collect();
    assert_eq!(statuses, [0, 0, 400]);
}

#[tokio::test]
async fn bodies_may_be_html_blank_or_cut() {
    let sandbox = lively().await;
    let params = json!({"propertyId": 100_234});
    let text = async |kind| {
        sandbox.inject(Fault::new(Service::Entrata, kind).operation("getLeases"));
        let response = gateway(&sandbox, "leases", "getLeases r2", params.clone()).await;
        assert_eq!(response.status(), 200);
        response.text().await.unwrap()
    };
    assert!(text(FaultKind::Html).await.starts_with("<html>"));
    assert_eq!(text(FaultKind::Blank).await, "");
    let cut = text(FaultKind::Truncated).await;
    assert!(cut.len() > 1000);
    assert!(serde_json::from_str::<Value>(&cut).is_err());
}

#[tokio::test]
async fn a_short_page_keeps_its_totals() {
    let sandbox = lively().await;
    let api = brivo(&sandbox).await;
    let params = json!({"propertyId": 100_235});
    let whole = leases(&sandbox, "leases", params.clone()).await.len();
    for service in [Service::Brivo, Service::Entrata, Service::Nexudus] {
        sandbox.inject(Fault::new(service, FaultKind::ShortPage { missing: 2 }));
    }
    let (_, page) = api.get("/groups?pageSize=50").await;
    assert_eq!(page["data"].as_array().unwrap().len(), 48);
    assert!(page["count"].as_i64().unwrap() > 50);
    let response = gateway(&sandbox, "leases", "getLeases r2", params).await;
    assert_eq!(
        response.headers()["x-total-count"],
        whole.to_string().as_str()
    );
    let (_, answer) = read(response).await;
    let rows = answer["response"]["result"]["leases"]["lease"]
        .as_array()
        .unwrap()
        .len();
    assert_eq!(rows, whole - 2);
    let (_, list) = nexudus(&sandbox, "/spaces/coworkers?size=1000").await;
    assert_eq!(list["Records"].as_array().unwrap().len(), 18);
    assert_eq!(list["TotalItems"], 20);
}

#[tokio::test]
async fn one_property_may_answer_with_an_error_until_cleared() {
    let sandbox = lively().await;
    sandbox.inject(Fault::entrata_property(100_234, 301));
    let code = async |property: i64| {
        let params = json!({"propertyId": property});
        let answer = entrata(&sandbox, "leases", "getLeases r2", params).await;
        answer["response"]["error"]["code"].as_i64()
    };
    for _ in 0..3 {
        assert_eq!(code(100_234).await, Some(301));
        assert_eq!(code(100_235).await, None);
    }
    sandbox.clear_faults();
    assert_eq!(code(100_234).await, None);
}

#[tokio::test]
async fn idle_connections_do_not_hold_up_the_end() {
    let sandbox = lively().await;
    let address = sandbox.nexudus().base_url();
    let address = address
        .trim_start_matches("http://")
        .trim_end_matches("/api");
    let silent = tokio::net::TcpStream::connect(address).await.unwrap();
    let kept = reqwest::Client::new();
    let url = format!("{}/spaces/teams", sandbox.nexudus().base_url());
    assert_eq!(kept.get(&url).send().await.unwrap().status(), 401);
    let end = tokio::time::timeout(std::time::Duration::from_secs(10), sandbox.shutdown());
    assert!(end.await.is_ok());
    assert!(kept.get(&url).send().await.is_err());
    drop(silent);
}

#[tokio::test]
async fn a_stopped_sandbox_answers_no_more() {
    let sandbox = Sandbox::builder()
        .world(World::empty())
        .start()
        .await
        .unwrap();
    let url = format!("{}/spaces/teams", sandbox.nexudus().base_url());
    assert_eq!(http().get(&url).send().await.unwrap().status(), 401);
    sandbox.shutdown().await;
    assert!(http().get(&url).send().await.is_err());
}
