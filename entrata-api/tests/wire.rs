//! Every operation over a real socket, by the default transport.
#![cfg(feature = "reqwest")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod common;

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use access_sync_http::{FullJitter, NoRetry};
use common::{day, pairs, sample, sample_headers, sample_json};
use entrata_api::{
    Auth, Call, EntrataClient, Error, ErrorKind, Host, LeaseId, LeaseStatus, Listing, Method,
    PropertyId, Refusal, is_property_not_permitted, refused_property,
};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

const PROPERTY: PropertyId = PropertyId(100_234);
const GATEWAY: &str = "/ext/orgs/lakeshore/v1";
const LEGACY: &str = "/api/v1";

/// Answers with a sample, under the request's own `requestId`.
struct Echo(String);

impl Respond for Echo {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let sent: Value = request.body_json().unwrap();
        let id = format!("\"requestId\": \"{}\"", sent["requestId"].as_str().unwrap());
        let body = self.0.replace("\"requestId\": \"15\"", &id);
        ResponseTemplate::new(200).set_body_raw(body, "application/json;charset=utf-8")
    }
}

async fn serve(answer: impl Respond + 'static) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

fn client(server: &MockServer, host: &str, auth: Auth) -> EntrataClient {
    EntrataClient::builder()
        .host(Host::Custom(format!("{}{host}", server.uri())))
        .auth(auth)
        .retry(Arc::new(NoRetry))
        .build()
        .unwrap()
}

fn gateway(server: &MockServer) -> EntrataClient {
    client(server, GATEWAY, Auth::api_key("key"))
}

/// What came of a call: how many rows, whether they are all, and what `Debug` shows of them.
struct Outcome {
    rows: usize,
    whole: bool,
    shown: String,
}

fn listed<T: Debug>(list: Result<Listing<T>, Error>) -> Result<Outcome, Error> {
    list.map(|list| Outcome {
        rows: list.items.len(),
        whole: list.is_complete(),
        shown: format!("{list:?}"),
    })
}

type Run = fn(EntrataClient) -> BoxFuture<'static, Result<Outcome, Error>>;

struct Operation {
    name: &'static str,
    service: &'static str,
    query: Option<&'static str>,
    request: Value,
    answer: String,
    rows: usize,
    run: Run,
}

const PAGE: Option<&str> = Some("page_no=1&per_page=500");

fn bare_request(method: &str) -> Value {
    json!({"auth": {"type": "apikey"}, "requestId": "15",
           "method": {"name": method, "version": "r1", "params": {}}})
}

fn operations() -> Vec<Operation> {
    let request = |name: &str| sample_json(&format!("{name}.request"));
    let answer = |name: &str| sample(&format!("{name}.response"));
    let operation = |name, service, query, request, answer, rows, run| Operation {
        name,
        service,
        query,
        request,
        answer,
        rows,
        run,
    };
    vec![
        operation(
            "getStatus",
            "status",
            None,
            request("01-getStatus"),
            answer("02-getStatus"),
            1,
            |client| {
                async move {
                    let status = client.get_status().await?;
                    Ok(Outcome {
                        rows: usize::from(status.status == "Success"),
                        whole: true,
                        shown: format!("{status:?}"),
                    })
                }
                .boxed()
            },
        ),
        operation(
            "getProperties",
            "properties",
            None,
            request("03-getProperties"),
            answer("04-getProperties"),
            2,
            |client| {
                let query = client.properties().list().show_all_status(false);
                let query = query.ids([PROPERTY, PropertyId(100_235)]);
                async move { listed(query.all().await) }.boxed()
            },
        ),
        operation(
            "getPropertyUnits",
            "propertyunits",
            None,
            request("06-getPropertyUnits"),
            answer("07-getPropertyUnits"),
            2,
            |client| {
                let query = client
                    .property_units([PROPERTY])
                    .available_units_only(false)
                    .use_property_preferences(false)
                    .include_disabled_floorplans(false)
                    .include_disabled_units(false);
                async move { listed(query.all().await) }.boxed()
            },
        ),
        operation(
            "getLeases",
            "leases",
            Some("page_no=1&per_page=100"),
            request("09-getLeases-r2"),
            answer("10-getLeases-r2"),
            2,
            |client| {
                let query = client
                    .leases(PROPERTY)
                    .statuses([
                        LeaseStatus::Future,
                        LeaseStatus::Current,
                        LeaseStatus::Notice,
                    ])
                    .include_history(false)
                    .resident_friendly_mode(false)
                    .include_other_income_leases(false)
                    .include_ar_transactions(false)
                    .per_page(100);
                async move { listed(query.all().await) }.boxed()
            },
        ),
        operation(
            "getLeases r1",
            "leases",
            PAGE,
            request("15-getLeases-r1"),
            answer("15-getLeases-r1"),
            1,
            |client| {
                let query = client
                    .leases(PROPERTY)
                    .statuses([3, 4, 5, 6].map(LeaseStatus::from))
                    .event_types([26, 27, 35, 50, 52, 63, 64, 84, 85])
                    .event_from(day("2025-06-01"))
                    .event_to(day("2025-06-15"));
                async move { listed(query.all().await) }.boxed()
            },
        ),
        operation(
            "getMoveout",
            "leases",
            PAGE,
            request("26-get_moveout-via-getLeases"),
            answer("14-getLeases-transfer-pair"),
            1,
            |client| {
                let query = client
                    .get_moveout(PROPERTY)
                    .from(day("2025-06-01"))
                    .to(day("2025-08-31"));
                async move { listed(query.all().await) }.boxed()
            },
        ),
        operation(
            "getRenewal",
            "leases",
            PAGE,
            request("27-get_renewal-via-getLeases"),
            answer("13-getLeases-renewal-interval"),
            1,
            |client| {
                let query = client
                    .get_renewal(PROPERTY, [LeaseId(410_006)])
                    .on(day("2025-06-15"));
                async move { listed(query.all().await) }.boxed()
            },
        ),
        operation(
            "getLeaseDetails",
            "leases",
            PAGE,
            request("33-getLeaseDetails-r2"),
            json!({"response": {"result": {"leases": {"lease": {"leaseId": "410001"}}}}})
                .to_string(),
            1,
            |client| {
                let query = client
                    .lease_details(PROPERTY)
                    .statuses([LeaseStatus::Current, LeaseStatus::Notice])
                    .include_charges(true);
                async move { listed(query.all().await) }.boxed()
            },
        ),
        operation(
            "getLeaseActivities",
            "leases",
            PAGE,
            request("28-getLeaseActivities"),
            answer("28-getLeaseActivities"),
            2,
            |client| {
                let query = client
                    .lease_activities(PROPERTY, LeaseId(410_006))
                    .created_from(day("2025-05-01"))
                    .created_to(day("2025-06-30"))
                    .event_types([25, 26, 27, 50, 52, 64, 165, 190, 448]);
                async move { listed(query.all().await) }.boxed()
            },
        ),
        operation(
            "getExpiringLeases",
            "leases",
            None,
            request("24-getExpiringLeases"),
            answer("24-getExpiringLeases"),
            2,
            |client| {
                let query = client
                    .expiring_leases(PROPERTY, day("2025-09-30"))
                    .from(day("2025-06-01"))
                    .month_to_month(false);
                async move { listed(query.all().await) }.boxed()
            },
        ),
        operation(
            "getCustomers",
            "customers",
            None,
            request("29-getCustomers"),
            answer("29-getCustomers"),
            2,
            |client| {
                let query = client
                    .customers(PROPERTY)
                    .ids([610_001, 610_002].map(entrata_api::CustomerId))
                    .statuses([3, 4, 5].map(LeaseStatus::from));
                async move { listed(query.all().await) }.boxed()
            },
        ),
        operation(
            "getAmenityReservations",
            "properties",
            PAGE,
            request("34-getAmenityReservations"),
            answer("34-getAmenityReservations"),
            1,
            |client| {
                let query = client.amenity_reservations(PROPERTY).status_types([3]);
                async move { listed(query.all().await) }.boxed()
            },
        ),
        operation(
            "getUnitsAvailabilityAndPricing",
            "propertyunits",
            None,
            request("25-getUnitsAvailabilityAndPricing"),
            answer("25-getUnitsAvailabilityAndPricing"),
            2,
            |client| {
                let query = client
                    .units_availability(PROPERTY)
                    .available_only(false)
                    .child_properties(false)
                    .unit_spaces(true)
                    .move_in_from(day("2025-06-01"));
                async move { listed(query.all().await) }.boxed()
            },
        ),
        operation(
            "getLeasePickList",
            "leases",
            None,
            bare_request("getLeasePickList"),
            answer("23-getLeasePickList"),
            6,
            |client| {
                async move {
                    let list = client.lease_pick_list().await?;
                    Ok(Outcome {
                        rows: list.lease_status_types.len(),
                        whole: true,
                        shown: format!("{list:?}"),
                    })
                }
                .boxed()
            },
        ),
        operation(
            "getAccessibleServices",
            "appinfo",
            None,
            bare_request("getAccessibleServices"),
            answer("38-getAccessibleServices"),
            4,
            |client| async move { listed(client.accessible_services().all().await) }.boxed(),
        ),
        operation(
            "getAccessibleClients",
            "appinfo",
            None,
            bare_request("getAccessibleClients"),
            json!({"response": {"result": {"orgs": [{"subdomain": "lakeshore", "id": "12"}]}}})
                .to_string(),
            1,
            |client| async move { listed(client.accessible_clients().all().await) }.boxed(),
        ),
    ]
}

#[tokio::test]
async fn every_operation_sends_exactly_this_and_reads_that() {
    const PERSONAL: [&str; 4] = ["Ana", "Duarte", "example.test", "41455500"];
    for operation in operations() {
        for (host, auth, kind, header) in [
            (
                GATEWAY,
                Auth::api_key("k-1"),
                "apikey",
                ("x-api-key", "k-1"),
            ),
            (
                LEGACY,
                Auth::basic("api", "pw"),
                "basic",
                ("authorization", "Basic YXBpOnB3"),
            ),
            (
                GATEWAY,
                Auth::bearer("t-1"),
                "oauth",
                ("authorization", "Bearer t-1"),
            ),
        ] {
            let server = serve(Echo(operation.answer.clone())).await;
            let name = format!("{} by {kind}", operation.name);
            let outcome = (operation.run)(client(&server, host, auth)).await;
            let outcome = outcome.unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(
                (outcome.rows, outcome.whole),
                (operation.rows, true),
                "{name}"
            );
            for word in PERSONAL {
                assert!(!outcome.shown.contains(word), "{name} shows {word}");
            }

            let requests = server.received_requests().await.unwrap();
            let [request] = requests.as_slice() else {
                panic!("{name}: {} requests", requests.len())
            };
            assert_eq!(request.method.as_str(), "POST", "{name}");
            assert_eq!(
                request.url.path(),
                format!("{host}/{}", operation.service),
                "{name}"
            );
            assert_eq!(request.url.query(), operation.query, "{name}");
            let sent = |name: &str| {
                request
                    .headers
                    .get(name)
                    .map(|value| value.to_str().unwrap())
            };
            assert_eq!(sent(header.0), Some(header.1), "{name}");
            let other = ["x-api-key", "authorization"]
                .into_iter()
                .find(|name| *name != header.0);
            assert_eq!(sent(other.unwrap()), None, "{name}");
            assert_eq!(sent("content-type"), Some("application/json"), "{name}");
            assert_eq!(sent("accept"), Some("application/json"), "{name}");
            assert_eq!(
                sent("accept-encoding").is_some_and(|list| list.contains("gzip")),
                cfg!(feature = "gzip"),
                "{name}"
            );

            let mut wanted = operation.request.clone();
            wanted["auth"]["type"] = kind.into();
            let mut body: Value = request.body_json().unwrap();
            assert!(body["requestId"].as_str().unwrap().len() > 8, "{name}");
            body["requestId"] = "15".into();
            assert_eq!(body, wanted, "{name}");
        }
    }
}

#[test]
fn every_operation_of_the_table_is_tried_here() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/OPERATIONS.md");
    let text = std::fs::read_to_string(path).unwrap();
    let told: BTreeSet<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("| get"))
        .map(|line| line.split(" |").next().unwrap())
        .collect();
    let tried = operations();
    let tried: BTreeSet<&str> = tried
        .iter()
        .filter_map(|operation| operation.name.strip_prefix("get"))
        .collect();
    assert_eq!(told, tried);
}

#[tokio::test]
async fn nothing_asks_for_status_but_get_status() {
    for operation in operations().iter().filter(|o| o.name != "getStatus") {
        // Faults at first, as a client that is in doubt would ask for the status then.
        for status in [503, 200] {
            let server = MockServer::start().await;
            Mock::given(any())
                .respond_with(ResponseTemplate::new(status))
                .up_to_n_times(1)
                .mount(&server)
                .await;
            Mock::given(any())
                .respond_with(Echo(operation.answer.clone()))
                .mount(&server)
                .await;
            let client = EntrataClient::builder()
                .host(Host::Custom(format!("{}{GATEWAY}", server.uri())))
                .auth(Auth::api_key("key"))
                .retry(Arc::new(FullJitter::new().base(Duration::from_millis(1))))
                .build()
                .unwrap();
            (operation.run)(client).await.unwrap();
            let requests = server.received_requests().await.unwrap();
            assert_eq!(requests.len(), 2, "{}", operation.name);
            for request in requests {
                let body: Value = request.body_json().unwrap();
                assert_eq!(body["method"], operation.request["method"]);
            }
        }
    }
}

async fn leases(server: &MockServer) -> Result<usize, Error> {
    let list = gateway(server).leases(PROPERTY).all().await?;
    assert!(list.is_complete());
    Ok(list.items.len())
}

fn answer(status: u16, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> ResponseTemplate {
    let template = ResponseTemplate::new(status).set_body_raw(body.into(), "application/json");
    headers.iter().fold(template, |template, (name, value)| {
        template.append_header(*name, *value)
    })
}

async fn refused(status: u16, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Error {
    let server = serve(answer(status, headers, body)).await;
    leases(&server).await.unwrap_err()
}

#[tokio::test]
async fn refusals_by_status_and_in_band_are_told_apart() {
    for (status, name, refusal, code) in [
        (200, "18-error-113-bad-login", Refusal::BadLogin, "113"),
        (
            200,
            "19-error-301-property-permission",
            Refusal::PropertyNotPermitted,
            "301",
        ),
        (
            403,
            "20-error-311-app-permission",
            Refusal::ApplicationNotPermitted,
            "311",
        ),
        (
            400,
            "20b-error-400-unknown-method",
            Refusal::UnknownMethod,
            "400",
        ),
        (401, "20c-error-401-bad-key", Refusal::BadLogin, ""),
    ] {
        let error = refused(status, &[], sample(&format!("{name}.response"))).await;
        assert_eq!(Refusal::of(&error), refusal, "{name}");
        assert_eq!(error.code().unwrap_or_default(), code, "{name}");
        let of_property = is_property_not_permitted(&error);
        assert_eq!(refused_property(&error), of_property.then_some(PROPERTY));
    }
    for (status, body, refusal) in [
        (403, r#"{"message":"Forbidden"}"#, Refusal::NotPermitted),
        (404, "<html>no such page</html>", Refusal::UnknownMethod),
        (502, "<html>bad gateway</html>", Refusal::Transient),
        (
            200,
            r#"{"response":{"error":{"code":399,"message":"?"}}}"#,
            Refusal::Other,
        ),
    ] {
        let error = refused(status, &[], body).await;
        assert_eq!(Refusal::of(&error), refusal, "{body}");
    }
}

#[tokio::test]
async fn a_limit_says_which_window_and_until_when_by_status_and_in_band() {
    let (status, headers) = sample_headers("21-rate-limited.http");
    let body = sample("21-rate-limited.response");
    for status in [status, 200] {
        let error = refused(status, &pairs(&headers), body.clone()).await;
        assert_eq!(error.kind(), ErrorKind::Throttled);
        assert_eq!(Refusal::of(&error), Refusal::Limited);
        assert_eq!(error.retry_after(), Some(Duration::from_secs(23)));
        assert!(error.message().contains("300/minute"), "{error}");
    }
    let day = [
        ("x-ratelimit-limit", "66000/HOUR, 10000/Day"),
        ("x-ratelimit-remaining", "65000/HOUR, 0/Day"),
        ("x-ratelimit-reset", "9, 40123"),
    ];
    let error = refused(429, &day, "").await;
    assert_eq!(error.kind(), ErrorKind::QuotaExhausted);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(40_123)));
}

#[tokio::test]
async fn a_throttled_call_is_sent_again_when_its_window_is_over() {
    let server = MockServer::start().await;
    let over = [
        ("x-ratelimit-limit", "300/minute"),
        ("x-ratelimit-remaining", "0/minute"),
        ("x-ratelimit-reset", "0"),
    ];
    Mock::given(any())
        .respond_with(answer(429, &over, ""))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    Mock::given(any())
        .respond_with(Echo(sample("10-getLeases-r2.response")))
        .mount(&server)
        .await;
    let client = EntrataClient::builder()
        .host(Host::Custom(format!("{}{GATEWAY}", server.uri())))
        .auth(Auth::api_key("key"))
        .retry(Arc::new(FullJitter::new().base(Duration::from_millis(1))))
        .build()
        .unwrap();
    let list = client.leases(PROPERTY).all().await.unwrap();
    assert_eq!(list.items.len(), 2);
    let requests = server.received_requests().await.unwrap();
    let ids: BTreeSet<String> = requests
        .iter()
        .map(|request| request.body_json::<Value>().unwrap()["requestId"].to_string())
        .collect();
    assert_eq!((requests.len(), ids.len()), (2, 1), "one call, sent twice");
}

#[tokio::test]
async fn an_answer_to_another_request_is_refused() {
    let body = r#"{"response":{"requestId":"99","code":200,"result":{"leases":""}}}"#;
    let error = refused(200, &[], body).await;
    assert!(error.to_string().contains("another request"), "{error}");
}

#[tokio::test]
async fn hostile_bodies_are_failed_calls() {
    let whole = sample("10-getLeases-r2.response");
    let cut: String = whole.chars().take(whole.len() / 2).collect();
    for body in [
        String::new(),
        " \r\n".into(),
        "<!DOCTYPE html><html>Just a moment…</html>".into(),
        cut,
        whole.replace("Harbor Point", "Harbor\u{7}Point"),
        whole.replace("Harbor Point", "Harbor\nPoint"),
        format!("{whole}{whole}"),
        "{\"response\":".repeat(100_000),
    ] {
        let start: String = body.chars().take(40).collect();
        let error = refused(200, &[], body).await;
        assert_eq!(error.kind(), ErrorKind::Decode, "{start}");
        assert_eq!(Refusal::of(&error), Refusal::Transient, "{start}");
    }
    let error = refused(
        200,
        &[],
        &b"{\"response\":{\"result\":{\"a\":\"\xff\"}}}"[..],
    )
    .await;
    assert_eq!(error.kind(), ErrorKind::Decode);
}

/// Compressed bytes, as gzip made them.
fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(format!(
        "{}/tests/samples/{name}",
        env!("CARGO_MANIFEST_DIR")
    ))
    .unwrap()
}

#[cfg(feature = "gzip")]
const GZIP: [(&str, &str); 1] = [("content-encoding", "gzip")];

#[cfg(feature = "gzip")]
#[tokio::test]
async fn a_compressed_answer_is_read_and_a_cut_one_is_a_failed_call() {
    let whole = bytes("10-getLeases-r2.response.json.gz");
    let server = serve(answer(200, &GZIP, whole.clone())).await;
    assert_eq!(leases(&server).await.unwrap(), 2);
    for length in [whole.len() - 1, whole.len() - 8, whole.len() / 2, 12] {
        let error = refused(200, &GZIP, &whole[..length]).await;
        assert_eq!(error.kind(), ErrorKind::Transport, "{length}");
        assert_eq!(Refusal::of(&error), Refusal::Transient, "{length}");
        assert!(error.to_string().contains("broke off"), "{error}");
    }
    let mut garbled = whole.clone();
    garbled[whole.len() / 2] ^= 0x55;
    let error = refused(200, &GZIP, garbled).await;
    assert_eq!(error.kind(), ErrorKind::Transport);
    // It says compressed and is not.
    let error = refused(200, &GZIP, sample("10-getLeases-r2.response")).await;
    assert_eq!(error.kind(), ErrorKind::Transport);
}

#[tokio::test]
async fn a_compressed_answer_that_does_not_say_so_is_a_failed_call() {
    let error = refused(200, &[], bytes("10-getLeases-r2.response.json.gz")).await;
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.to_string().contains("compressed"), "{error}");
}

#[cfg(feature = "gzip")]
#[tokio::test]
async fn a_small_answer_that_swells_is_not_read_beyond_the_bound() {
    // A header, and one compressed mebibyte that can be repeated at will.
    let mut bomb = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3];
    bomb.extend(bytes("1-MiB-of-blanks.deflate").repeat(1000));
    assert!(bomb.len() < 2_000_000);
    let error = refused(200, &GZIP, bomb).await;
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert!(error.to_string().contains("larger than allowed"), "{error}");
}

#[tokio::test]
async fn a_page_of_fifty_megabytes_is_read_and_one_beyond_the_bound_is_refused() {
    let note = "x".repeat(50_000);
    let rows: Vec<String> = (0..1000)
        .map(|id| format!(r#"{{"id":{id},"leaseStatusTypeId":"4","note":"{note}"}}"#))
        .collect();
    let body = format!(
        r#"{{"response":{{"result":{{"leases":{{"lease":[{}]}}}}}}}}"#,
        rows.join(",")
    );
    assert!(body.len() > 50_000_000);
    let server = serve(answer(200, &[("x-total-count", "1000")], body)).await;
    assert_eq!(leases(&server).await.unwrap(), 1000);

    let error = refused(200, &[], " ".repeat(65 * 1024 * 1024)).await;
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert!(error.to_string().contains("larger than allowed"), "{error}");
}

#[tokio::test]
async fn other_reads_come_as_a_type_of_ones_own() {
    let call = |name| Call::new(Method::new("propertyunits", name, "r1")).property(PROPERTY);
    let server = serve(Echo(sample("36-getMitsPropertyUnits-timezone.response"))).await;
    let units: Value = gateway(&server)
        .call(&call("getMitsPropertyUnits"))
        .await
        .unwrap();
    let zone = &units["PhysicalProperty"]["Property"][0]["ILS_Identification"]["TimeZone"];
    assert_eq!(zone, "Central Standard Time (GMT -0600)");

    let server = serve(Echo(sample("32-getMitsLeases.response"))).await;
    let answer = gateway(&server).send(&call("getMitsLeases")).await.unwrap();
    let tenants = answer
        .rows::<Value>(&["LeaseApplication", "Tenant"])
        .unwrap();
    assert!(!tenants.items.is_empty());
    assert!(!format!("{answer:?}").contains("lakeshore"));
}
