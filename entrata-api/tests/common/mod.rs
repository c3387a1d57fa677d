//! A client over a scripted transport and a clock that nobody waits for.

#![allow(dead_code, reason = "each test binary uses a part")]

use std::sync::Arc;

use access_sync_http::test_util::{MockTransport, VirtualTimer};
use bytes::Bytes;
use chrono::{DateTime, NaiveDate};
use entrata_api::{Auth, EntrataClient, EntrataClientBuilder, Host};
use http::{Request, Response};
use serde_json::Value;

pub(crate) const BASE: &str = "https://apis.entrata.example/ext/orgs/lakeshore/v1";

/// A script of answers, and the client that gets them.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) transport: MockTransport,
    pub(crate) timer: VirtualTimer,
}

impl World {
    pub(crate) fn new() -> Self {
        let wall = DateTime::parse_from_rfc3339("2025-06-15T18:00:00Z").unwrap();
        Self {
            transport: MockTransport::new(),
            timer: VirtualTimer::new(wall.to_utc()),
        }
    }

    /// Then an answer with the request's own `requestId` in the place of the sample's `15`.
    pub(crate) fn answers(
        self,
        status: u16,
        headers: &[(&str, &str)],
        body: impl Into<String>,
    ) -> Self {
        let headers: Vec<(String, String)> = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let body = body.into();
        let transport = self.transport.then(move |request| {
            let sent: Value = serde_json::from_slice(request.body()).unwrap();
            let id = format!("\"requestId\": \"{}\"", sent["requestId"].as_str().unwrap());
            let mut builder = Response::builder().status(status);
            for (name, value) in &headers {
                builder = builder.header(name, value);
            }
            let body = body.replace("\"requestId\": \"15\"", &id);
            Ok(builder.body(Bytes::from(body)).unwrap())
        });
        Self { transport, ..self }
    }

    /// Then a sample with HTTP 200.
    pub(crate) fn sample(self, name: &str) -> Self {
        self.answers(200, &[], sample(name))
    }

    /// Then a `result` in a good envelope.
    pub(crate) fn result(self, result: &str) -> Self {
        self.answers(
            200,
            &[],
            format!(r#"{{"response":{{"code":200,"result":{result}}}}}"#),
        )
    }

    pub(crate) fn builder(&self) -> EntrataClientBuilder {
        EntrataClient::builder()
            .host(Host::Custom(BASE.into()))
            .auth(Auth::api_key("key-secret-canary"))
            .transport(Arc::new(self.transport.clone()))
            .timer(Arc::new(self.timer.clone()))
    }

    pub(crate) fn client(&self) -> EntrataClient {
        self.builder().build().unwrap()
    }

    pub(crate) fn run<F: Future>(&self, future: F) -> F::Output {
        self.timer.block_on(future)
    }

    pub(crate) fn request(&self, index: usize) -> Request<Bytes> {
        self.transport.requests().swap_remove(index)
    }

    pub(crate) fn body(&self, index: usize) -> Value {
        serde_json::from_slice(self.request(index).body()).unwrap()
    }
}

pub(crate) fn sample(name: &str) -> String {
    let path = format!("{}/tests/samples/{name}.json", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub(crate) fn sample_json(name: &str) -> Value {
    serde_json::from_str(&sample(name)).unwrap()
}

/// The headers of `NN-….http.json`.
pub(crate) fn sample_headers(name: &str) -> (u16, Vec<(String, String)>) {
    let http = sample_json(name);
    let headers = http["response"]["headers"].as_object().unwrap();
    let headers = headers
        .iter()
        .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
        .collect();
    let status = http["response"]["status"].as_u64().unwrap();
    (u16::try_from(status).unwrap(), headers)
}

pub(crate) fn pairs(headers: &[(String, String)]) -> Vec<(&str, &str)> {
    headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}
