//! Recorded answers, played to the clients.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use access_sync_http::{NoRetry, Transport, TransportError, Unlimited};
use async_trait::async_trait;
use brivo_api::{BrivoClient, Region};
use bytes::Bytes;
use entrata_api::{Auth, EntrataClient, Host};
use http::{Request, Response};
use nexudus_api::NexudusClient;
use serde_json::Value;

use super::{Exchange, is_login};
use crate::command::Failure;
use crate::connect::Clients;

/// Stand-ins for the services, which know only what was recorded.
#[derive(Debug, Default)]
pub(crate) struct Players {
    /// The path that each service's address had.
    paths: BTreeMap<String, String>,
    /// How many answers there are.
    pub(crate) exchanges: usize,
    /// The services that answered anything.
    pub(crate) services: Vec<&'static str>,
    players: BTreeMap<&'static str, Player>,
}

impl Players {
    pub(super) fn at(paths: BTreeMap<String, String>) -> Self {
        Self {
            paths,
            ..Self::default()
        }
    }

    pub(super) fn add(&mut self, name: &'static str, tape: Vec<Exchange>) {
        if !tape.is_empty() {
            self.services.push(name);
        }
        self.exchanges += tape.len();
        let mut answers = Answers::new();
        for exchange in tape {
            let key = key(&exchange.method, &exchange.path, &exchange.request);
            answers.entry(key).or_default().push_back(exchange);
        }
        self.players
            .insert(name, Player(Arc::new(Mutex::new(answers))));
    }

    /// Clients that hear the recording. Nobody sees their credentials, and nobody makes them wait.
    pub(crate) fn clients(&self) -> Result<Clients, Failure> {
        let nobody = "replay";
        let has = |name| self.services.contains(&name);
        let brivo = BrivoClient::builder()
            .region(Region::Custom {
                auth: "https://login.invalid".into(),
                api: self.address("brivo"),
            })
            .api_key(nobody)
            .client(nobody, nobody)
            .password(nobody, nobody)
            .limiter(Arc::new(Unlimited))
            .retry(Arc::new(NoRetry))
            .transport(self.wire("brivo"))
            .build()?;
        let entrata = EntrataClient::builder()
            .host(Host::Custom(self.address("entrata")))
            .auth(Auth::api_key(nobody))
            .per_page(500)
            .limiter(Arc::new(Unlimited))
            .retry(Arc::new(NoRetry))
            .transport(self.wire("entrata"));
        let nexudus = NexudusClient::builder()
            .base(self.address("nexudus"))
            .bearer(nobody, nobody)
            .limiter(Arc::new(Unlimited))
            .retry(Arc::new(NoRetry))
            .transport(self.wire("nexudus"));
        Ok(Clients {
            brivo,
            entrata: has("entrata").then(|| entrata.build()).transpose()?,
            nexudus: has("nexudus").then(|| nexudus.build()).transpose()?,
        })
    }

    fn wire(&self, name: &str) -> Arc<dyn Transport> {
        let player = self.players.get(name).cloned();
        Arc::new(player.unwrap_or_else(|| Player(Arc::default())))
    }

    /// The address that a service had, at a host that does not exist.
    fn address(&self, name: &str) -> String {
        let path = self.paths.get(name).map_or("", String::as_str);
        format!("https://{name}.invalid{path}")
    }
}

/// By what a request is found again: its body without the number that each one gets.
type Key = (String, String, String);

fn key(method: &str, path: &str, body: &str) -> Key {
    let body = match serde_json::from_str::<Value>(body) {
        Ok(mut body) => {
            if let Some(fields) = body.as_object_mut() {
                fields.remove(REQUEST_ID);
            }
            body.to_string()
        }
        Err(_) => body.to_owned(),
    };
    (method.to_owned(), path.to_owned(), body)
}

/// The number that Entrata wants each request to have, and repeats in its answer.
const REQUEST_ID: &str = "requestId";

fn request_id(body: &str) -> Option<Value> {
    serde_json::from_str::<Value>(body)
        .ok()?
        .as_object_mut()?
        .remove(REQUEST_ID)
}

/// The answer with the number of the request that it answers now.
fn answer_to(body: String, asked: Option<Value>) -> String {
    let Some(asked) = asked else { return body };
    let Ok(mut answer) = serde_json::from_str::<Value>(&body) else {
        return body;
    };
    let number = answer
        .get_mut("response")
        .and_then(|it| it.get_mut(REQUEST_ID));
    match number {
        Some(number) => *number = asked,
        None => return body,
    }
    answer.to_string()
}

type Answers = BTreeMap<Key, VecDeque<Exchange>>;

/// Answers from a recording, whatever the order of the questions. The same question asked again
/// gets the next answer, and the last one for ever.
#[derive(Clone, Debug, Default)]
struct Player(Arc<Mutex<Answers>>);

#[async_trait]
impl Transport for Player {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let path = request
            .uri()
            .path_and_query()
            .map_or_else(String::new, ToString::to_string);
        if is_login(&path) {
            let token = r#"{"access_token":"replay","token_type":"bearer","expires_in":86400,"refresh_token":"replay"}"#;
            return Ok(Response::new(Bytes::from_static(token.as_bytes())));
        }
        let body = String::from_utf8_lossy(request.body()).into_owned();
        let asked = request_id(&body);
        let key = key(request.method().as_str(), &path, &body);
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let next = answers.get_mut(&key).and_then(|left| match left.len() {
            0 | 1 => left.front().cloned(),
            _ => left.pop_front(),
        });
        let Some(next) = next else {
            return Err(TransportError::never_sent(
                "the recording has no answer to this request: it was made by another version or with another mapping",
            ));
        };
        let mut response = Response::builder().status(next.status);
        for (name, value) in &next.headers {
            response = response.header(name, value);
        }
        response
            .body(answer_to(next.body, asked).into())
            .map_err(|_| TransportError::never_sent("the recorded answer is not legal HTTP"))
    }
}
