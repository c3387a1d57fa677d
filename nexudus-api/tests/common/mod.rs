//! Clients over a scripted transport and a clock that jumps.
#![allow(dead_code, reason = "each test binary uses a part")]

use std::sync::Arc;

use access_sync_http::test_util::{MockTransport, VirtualTimer};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::Request;
use nexudus_api::{NexudusClient, NexudusClientBuilder};

pub(crate) const BASE: &str = "https://nexudus.test/api";
pub(crate) const PASSWORD: &str = "canary-password-77";

pub(crate) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub(crate) fn timer() -> VirtualTimer {
    VirtualTimer::new(at("2026-03-06T12:00:00Z"))
}

pub(crate) fn builder(transport: &MockTransport, timer: &VirtualTimer) -> NexudusClientBuilder {
    NexudusClient::builder()
        .base(BASE)
        .transport(Arc::new(transport.clone()))
        .timer(Arc::new(timer.clone()))
}

pub(crate) fn client(transport: &MockTransport, timer: &VirtualTimer) -> NexudusClient {
    builder(transport, timer)
        .basic("ops@example.com", PASSWORD)
        .build()
        .unwrap()
}

pub(crate) fn sample(name: &str) -> String {
    let path = format!("{}/tests/samples/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

/// `GET /api/spaces/bookings?page=1&…`, with the query decoded.
pub(crate) fn line(request: &Request<Bytes>) -> String {
    let url = url::Url::parse(&request.uri().to_string()).unwrap();
    let query: Vec<String> = url.query_pairs().map(|(k, v)| format!("{k}={v}")).collect();
    let mark = if query.is_empty() { "" } else { "?" };
    format!(
        "{} {}{mark}{}",
        request.method(),
        url.path(),
        query.join("&")
    )
}

pub(crate) fn header(request: &Request<Bytes>, name: &str) -> String {
    let value = request.headers().get(name);
    value.map_or_else(String::new, |value| value.to_str().unwrap().to_owned())
}

/// A list's page.
pub(crate) fn page(records: &[serde_json::Value], more: bool, total: usize) -> String {
    serde_json::json!({
        "Records": records, "CurrentPageSize": 2, "CurrentPage": 1, "CurrentOrderField": "Id",
        "CurrentSortDirection": 0, "FirstItem": 1, "LastItem": records.len(),
        "HasNextPage": more, "HasPreviousPage": false, "TotalItems": total, "TotalPages": 1,
    })
    .to_string()
}
