//! Every operation against every way in which Brivo says no, over a real socket.

use std::sync::Arc;
use std::time::Duration;

use access_sync_http::NoRetry;
use brivo_api::{BrivoClient, ErrorKind};
use wiremock::matchers::{any, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::builder;
use crate::common::{sample, sample_value, token};
use crate::operations::{Operation, operations};

/// An answer, and what it means.
struct Refusal {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
    kind: ErrorKind,
    code: Option<&'static str>,
}

fn api(status: u16, body: impl Into<String>, kind: ErrorKind, code: &'static str) -> Refusal {
    Refusal {
        status,
        headers: vec![("content-type".into(), "application/json".into())],
        body: body.into(),
        kind,
        code: Some(code),
    }
}

fn coded(status: u16, kind: ErrorKind, code: &'static str) -> Refusal {
    let body = format!(r#"{{"message":"No such luck","code":{status}}}"#);
    api(status, body, kind, code)
}

fn page(status: u16, body: &str, kind: ErrorKind, code: Option<&'static str>) -> Refusal {
    Refusal {
        status,
        headers: vec![("content-type".into(), "text/xml".into())],
        body: body.into(),
        kind,
        code,
    }
}

fn gateway(name: &str, kind: ErrorKind, code: &'static str) -> Refusal {
    let sample = sample_value(name);
    let headers = sample["headers"].as_object().unwrap();
    Refusal {
        status: u16::try_from(sample["status"].as_u64().unwrap()).unwrap(),
        headers: headers
            .iter()
            .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
            .collect(),
        body: sample["body"].as_str().unwrap().to_owned(),
        kind,
        code: Some(code),
    }
}

/// The layers of Brivo's hosts, each with its shapes.
fn refusals() -> Vec<Refusal> {
    use ErrorKind::*;
    let mut over_rate = gateway(
        "generic_mashery_over_qps",
        QuotaExhausted,
        "ERR_403_DEVELOPER_OVER_RATE",
    );
    over_rate.headers = vec![
        (
            "x-mashery-error-code".into(),
            "ERR_403_DEVELOPER_OVER_RATE".into(),
        ),
        ("retry-after".into(), "7200".into()),
    ];
    over_rate.body = "<h1>Developer Over Rate</h1>".into();
    vec![
        coded(400, Invalid, "400"),
        api(
            400,
            r#"{"code":400,"message":"Duplicate Credential Found"}"#,
            Conflict,
            "DUPLICATE_CREDENTIAL",
        ),
        api(
            400,
            r#"{"code":400,"message":"Credentials already exist in a linked group"}"#,
            Conflict,
            "LINKED_GROUP",
        ),
        api(
            401,
            sample("error_api_invalid_token"),
            Authentication,
            "invalid_token",
        ),
        api(
            401,
            r#"{"error":"unauthorized","error_description":"Full authentication is required"}"#,
            Authentication,
            "unauthorized",
        ),
        api(403, sample("error_api_403"), Permission, "403"),
        api(
            403,
            r#"{"error":"access_denied","error_description":"Access is denied"}"#,
            Permission,
            "access_denied",
        ),
        gateway(
            "generic_mashery_developer_inactive",
            Authentication,
            "ERR_403_DEVELOPER_INACTIVE",
        ),
        page(
            403,
            "<h1>Not Authorized</h1>",
            Authentication,
            Some("ERR_403_NOT_AUTHORIZED"),
        ),
        gateway(
            "generic_mashery_over_qps",
            Throttled,
            "ERR_403_DEVELOPER_OVER_QPS",
        ),
        page(
            403,
            "<h1>Developer Over Qps</h1>",
            Throttled,
            Some("ERR_403_DEVELOPER_OVER_QPS"),
        ),
        over_rate,
        page(404, "<html>No such page</html>", Unroutable, None),
        coded(409, Conflict, "409"),
        coded(412, Conflict, "412"),
        coded(415, Invalid, "415"),
        coded(417, Conflict, "417"),
        page(429, "slow down", Throttled, None),
        coded(500, Server, "500"),
        page(502, "<h1>Bad Gateway</h1>", Server, None),
        coded(503, Server, "503"),
        gateway(
            "generic_mashery_596",
            Unroutable,
            "ERR_596_SERVICE_NOT_FOUND",
        ),
        page(200, "<html>Log in</html>", Decode, None),
    ]
}

/// What "there is no such thing" (404 of the API) means to an operation: some are content.
fn absent(operation: &Operation) -> Option<&'static str> {
    match operation.name {
        // There is no override to end: Brivo says 412; a 404 is about the door.
        "DELETE /schedules/change-state/{id}" => None,
        "DELETE /users/{id}/credentials/digital-invitations"
        | "GET /users/{id}/photo"
        | "GET /credentials/{id}/user" => Some("None"),
        name if name.starts_with("DELETE ") => Some("WasAbsent"),
        _ => None,
    }
}

async fn server() -> (MockServer, BrivoClient) {
    let server = MockServer::builder()
        .disable_request_recording()
        .start()
        .await;
    let client = builder(&server)
        .password("admin", "pass")
        .retry(Arc::new(NoRetry))
        .build()
        .unwrap();
    (server, client)
}

async fn answer(server: &MockServer, response: ResponseTemplate) {
    server.reset().await;
    Mock::given(path("/oauth/token"))
        .respond_with(ResponseTemplate::new(200).set_body_string(token(300)))
        .mount(server)
        .await;
    Mock::given(any())
        .respond_with(response)
        .mount(server)
        .await;
}

#[tokio::test]
async fn every_operation_tells_every_refusal_apart() {
    let (server, client) = server().await;
    for refusal in refusals() {
        let mut response = ResponseTemplate::new(refusal.status).set_body_string(&refusal.body);
        for (name, value) in &refusal.headers {
            response = response.insert_header(name.as_str(), value.as_str());
        }
        answer(&server, response).await;
        for operation in operations() {
            let name = operation.name;
            let case = format!("{name}, {} {}", refusal.status, refusal.body);
            let error = (operation.run)(client.clone()).await.expect_err(&case);
            assert_eq!(error.kind(), refusal.kind, "{case}");
            assert_eq!(error.code(), refusal.code, "{case}");
            assert_eq!(error.status().unwrap().as_u16(), refusal.status, "{case}");
            assert!(error.was_sent(), "{case}");
            assert_eq!(error.vendor(), "brivo", "{case}");
            let shown = error.to_string();
            assert!(!error.operation().is_empty(), "{case}");
            assert!(shown.contains(error.operation()), "{case}: {shown}");
            assert!(shown.lines().count() == 1, "{case}: {shown}");
            let wait = refusal.headers.iter().find_map(|(name, value)| {
                let told = name.eq_ignore_ascii_case("retry-after");
                told.then(|| Duration::from_secs(value.parse().unwrap()))
            });
            assert_eq!(error.retry_after(), wait, "{case}");
        }
    }
}

#[tokio::test]
async fn every_operation_knows_what_not_found_means_to_it() {
    let (server, client) = server().await;
    let response = ResponseTemplate::new(404).set_body_string(sample("error_api_404"));
    answer(&server, response).await;
    for operation in operations() {
        let result = (operation.run)(client.clone()).await;
        match (absent(&operation), result) {
            (Some(shown), result) => assert_eq!(result.unwrap(), shown, "{}", operation.name),
            (None, result) => {
                let error = result.expect_err(operation.name);
                assert!(error.is_not_found(), "{}: {error}", operation.name);
            }
        }
    }
}

#[tokio::test]
async fn every_operation_refuses_an_answer_that_is_cut_or_empty() {
    let (server, client) = server().await;
    for body in ["", "{", r#"{"data":["#, "[]", "null", "{}"] {
        answer(&server, ResponseTemplate::new(200).set_body_string(body)).await;
        for operation in operations() {
            // These have nothing to read, take bytes as they are, or keep whatever comes.
            let content = operation.answer.is_empty()
                || operation.name == "GET /users/{id}/photo"
                || operation.shown == "()"
                || (body == "{}"
                    && [
                        "POST /users/batch",
                        "GET /batch/{jobId}",
                        "GET /device-status/{id}",
                    ]
                    .contains(&operation.name));
            let result = (operation.run)(client.clone()).await;
            if content {
                result.expect(operation.name);
            } else {
                let error = result.expect_err(&format!("{} took {body:?}", operation.name));
                assert_eq!(
                    error.kind(),
                    ErrorKind::Decode,
                    "{} {body:?}",
                    operation.name
                );
            }
        }
    }
}
