//! A client on a scripted transport and a virtual clock: no network, no waiting.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "each test file uses its part"
)]

use std::future::IntoFuture;
use std::sync::Arc;

use access_sync_http::test_util::{MockTransport, VirtualTimer};
use access_sync_http::{Error, Request};
use brivo_api::{BrivoClient, BrivoClientBuilder, Region};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde_json::Value;

pub const API_KEY: &str = "canary-api-key-6b1f";
pub const SECRET: &str = "canary-client-secret-77aa";
pub const PASSWORD: &str = "canary-password-0d3e";
pub const ACCESS: &str = "canary-access-token-91c2";
pub const REFRESH: &str = "canary-refresh-token-5e44";

pub struct World {
    pub client: BrivoClient,
    pub transport: MockTransport,
    pub timer: VirtualTimer,
}

pub fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

pub fn sample(name: &str) -> String {
    let path = format!("{}/tests/samples/{name}.json", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

pub fn sample_value(name: &str) -> Value {
    serde_json::from_str(&sample(name)).unwrap()
}

pub fn token(life: u64) -> String {
    format!(
        r#"{{"access_token":"{ACCESS}","token_type":"bearer","refresh_token":"{REFRESH}","expires_in":{life}}}"#
    )
}

pub fn region() -> Region {
    Region::Custom {
        auth: "https://auth.test".into(),
        api: "https://api.test/v1/api".into(),
    }
}

pub fn builder(transport: &MockTransport, timer: &VirtualTimer) -> BrivoClientBuilder {
    BrivoClient::builder()
        .region(region())
        .api_key(API_KEY)
        .client("client-id", SECRET)
        .password("admin01", PASSWORD)
        .transport(Arc::new(transport.clone()))
        .timer(Arc::new(timer.clone()))
}

/// A client whose first request, for a token, is answered; then comes `script`.
pub fn world(script: impl FnOnce(MockTransport) -> MockTransport) -> World {
    let transport = script(MockTransport::new().reply(200, token(300)));
    let timer = VirtualTimer::new(at("2026-04-02T13:00:00Z"));
    let client = builder(&transport, &timer).build().unwrap();
    World {
        client,
        transport,
        timer,
    }
}

/// A client that only makes requests.
pub fn quiet() -> World {
    world(|script| script)
}

/// A client that is answered once with `body`.
pub fn answering(status: u16, body: impl Into<Bytes>) -> World {
    let body = body.into();
    world(|script| script.reply(status, body))
}

impl World {
    pub fn run<F: IntoFuture>(&self, call: F) -> F::Output {
        self.timer.block_on(call.into_future())
    }

    /// API requests that went out, as `METHOD /path?query body`.
    pub fn asked(&self) -> Vec<String> {
        self.sent().iter().map(line).collect()
    }

    pub fn sent(&self) -> Vec<http::Request<Bytes>> {
        let mut all = self.transport.requests();
        all.retain(|request| request.uri().host() == Some("api.test"));
        all
    }

    pub fn tokens_asked(&self) -> Vec<http::Request<Bytes>> {
        let mut all = self.transport.requests();
        all.retain(|request| request.uri().host() == Some("auth.test"));
        all
    }
}

fn line(request: &http::Request<Bytes>) -> String {
    let path = request.uri().path_and_query().unwrap().as_str();
    let path = path.strip_prefix("/v1/api").unwrap_or(path);
    let body = String::from_utf8_lossy(request.body());
    format!("{} {path} {body}", request.method())
        .trim()
        .to_owned()
}

/// `METHOD /path?query body` of a request that was not sent.
pub fn shape(request: Result<Request, Error>) -> String {
    let request = request.unwrap();
    let url = request.url();
    let path = url.path().strip_prefix("/v1/api").unwrap();
    let query = url
        .query()
        .map(|query| format!("?{query}"))
        .unwrap_or_default();
    let body = String::from_utf8_lossy(request.body()).into_owned();
    format!("{} {path}{query} {body}", request.method())
        .trim()
        .to_owned()
}
