//! What the services answered, kept in a folder, and played again without them.

mod mask;
mod memory;

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use access_sync_http::{ReqwestTransport, Transport, TransportError};
use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Request, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::command::Failure;
use crate::config::Config;
use crate::connect::Wires;
use mask::Mask;
pub(crate) use memory::Memory;

const MANIFEST: &str = "recording.json";
const MAPPING: &str = "mapping.toml";
const MEMORY: &str = "ledger.json";
const SERVICES: [&str; 3] = ["brivo", "entrata", "nexudus"];

/// What a recording is of.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// The instant that was planned for.
    pub(crate) now_utc: DateTime<Utc>,
    /// The zone database's version: other rules give other instants.
    pub(crate) tzdb: String,
    /// The plan's digest.
    pub(crate) plan: String,
    /// The changes' digest.
    pub(crate) changes: String,
    /// Whether names, addresses and the like were taken out.
    pub(crate) masked: bool,
    /// The path that each service's address has.
    pub(crate) paths: BTreeMap<String, String>,
}

/// One request and its answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Exchange {
    method: String,
    /// Path and query.
    path: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    request: String,
    status: u16,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    headers: Vec<(String, String)>,
    body: String,
}

impl Exchange {
    fn key(&self) -> Key {
        key(&self.method, &self.path, &self.request)
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

/// Log-ins are neither kept nor needed.
fn is_login(path: &str) -> bool {
    let path = path.split('?').next().unwrap_or_default();
    path.ends_with("/oauth/token") || path.ends_with("/token")
}

/// Headers that carry formats and counts, never people.
fn harmless(name: &str) -> bool {
    matches!(
        name,
        "content-type" | "retry-after" | "x-mashery-error-code"
    ) || name.contains("ratelimit")
        || name.contains("rate-limit")
}

/// Sends as usual, and keeps what went to and fro.
#[derive(Clone, Debug)]
struct Recorder {
    inner: ReqwestTransport,
    tape: Arc<Mutex<Vec<Exchange>>>,
}

#[async_trait]
impl Transport for Recorder {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let path = request
            .uri()
            .path_and_query()
            .map_or_else(String::new, ToString::to_string);
        let method = request.method().to_string();
        let body = String::from_utf8_lossy(request.body()).into_owned();
        let response = self.inner.send(request).await?;
        if !is_login(&path) {
            let headers = response.headers().iter();
            let exchange = Exchange {
                method,
                path,
                request: body,
                status: response.status().as_u16(),
                headers: headers
                    .filter(|(name, _)| harmless(name.as_str()))
                    .filter_map(|(name, value)| {
                        Some((name.to_string(), value.to_str().ok()?.to_owned()))
                    })
                    .collect(),
                body: String::from_utf8_lossy(response.body()).into_owned(),
            };
            let mut tape = self.tape.lock().unwrap_or_else(PoisonError::into_inner);
            tape.push(exchange);
        }
        Ok(response)
    }
}

/// A recording under way.
#[derive(Debug)]
pub(crate) struct Recording(BTreeMap<&'static str, Recorder>);

impl Recording {
    pub(crate) fn begin() -> Result<Self, Failure> {
        let inner = ReqwestTransport::new()?;
        let recorder = || Recorder {
            inner: inner.clone(),
            tape: Arc::default(),
        };
        Ok(Self(
            SERVICES.iter().map(|name| (*name, recorder())).collect(),
        ))
    }

    pub(crate) fn wires(&self) -> Wires {
        let wire = |name| {
            let recorder: &Recorder = self.0.get(name)?;
            Some(Arc::new(recorder.clone()) as Arc<dyn Transport>)
        };
        Wires {
            brivo: wire("brivo"),
            entrata: wire("entrata"),
            nexudus: wire("nexudus"),
            ..Wires::default()
        }
    }

    /// Writes what was recorded. Names, addresses and the like become pseudonyms unless `masked` is
    /// false: the same text the same one, so that nothing that the plan looks at changes.
    pub(crate) fn save(
        self,
        to: &Path,
        config: &Config,
        manifest: &Manifest,
        memory: &Memory,
    ) -> Result<usize, Failure> {
        let failed = |path: &Path, error: std::io::Error| {
            Failure::usage(format!(
                "{}: {error}; give a folder that can be written",
                path.display()
            ))
        };
        std::fs::create_dir_all(to).map_err(|error| failed(to, error))?;
        let mut mask = Mask::new(&config.mapping.namespace);
        let mut kept = 0;
        for (name, recorder) in self.0 {
            let tape =
                std::mem::take(&mut *recorder.tape.lock().unwrap_or_else(PoisonError::into_inner));
            let mut text = String::new();
            for mut exchange in tape {
                if manifest.masked {
                    exchange.body = mask.body(&exchange.body);
                }
                text.push_str(&serde_json::to_string(&exchange)?);
                text.push('\n');
                kept += 1;
            }
            let path = to.join(format!("{name}.ndjson"));
            std::fs::write(&path, text).map_err(|error| failed(&path, error))?;
        }
        for (name, text) in [
            (MANIFEST, serde_json::to_string_pretty(manifest)?),
            (MAPPING, config.mapping_text.clone()),
            (MEMORY, serde_json::to_string_pretty(memory)?),
        ] {
            let path = to.join(name);
            std::fs::write(&path, text).map_err(|error| failed(&path, error))?;
        }
        Ok(kept)
    }
}

/// A recording that was read again.
#[derive(Debug)]
pub(crate) struct Played {
    pub(crate) manifest: Manifest,
    pub(crate) mapping: String,
    pub(crate) memory: Memory,
    pub(crate) exchanges: usize,
    pub(crate) services: Vec<&'static str>,
    players: BTreeMap<&'static str, Player>,
}

impl Played {
    pub(crate) fn read(from: &Path) -> Result<Self, Failure> {
        let read = |name: &str| {
            let path = from.join(name);
            std::fs::read_to_string(&path).map_err(|error| {
                Failure::usage(format!(
                    "{}: {error}; give a folder that `access-sync plan --record DIR` has written",
                    path.display()
                ))
            })
        };
        let wrong = |name: &str, error: serde_json::Error| {
            Failure::usage(format!(
                "{}: {error}; record it again with `access-sync plan --record DIR`",
                from.join(name).display()
            ))
        };
        let manifest: Manifest =
            serde_json::from_str(&read(MANIFEST)?).map_err(|error| wrong(MANIFEST, error))?;
        let (mut players, mut exchanges, mut services) = (BTreeMap::new(), 0, Vec::new());
        for name in SERVICES {
            let file = format!("{name}.ndjson");
            let mut player = Answers::new();
            let mut any = false;
            for line in read(&file)?.lines() {
                let exchange: Exchange =
                    serde_json::from_str(line).map_err(|error| wrong(&file, error))?;
                exchanges += 1;
                any = true;
                player
                    .entry(exchange.key())
                    .or_default()
                    .push_back(exchange);
            }
            if any {
                services.push(name);
            }
            players.insert(name, Player(Arc::new(Mutex::new(player))));
        }
        Ok(Self {
            mapping: read(MAPPING)?,
            memory: serde_json::from_str(&read(MEMORY)?).map_err(|error| wrong(MEMORY, error))?,
            manifest,
            exchanges,
            services,
            players,
        })
    }

    pub(crate) fn wire(&self, name: &str) -> Arc<dyn Transport> {
        let player = self.players.get(name).cloned();
        Arc::new(player.unwrap_or_else(|| Player(Arc::default())))
    }

    /// The address that a service had, at a host that does not exist.
    pub(crate) fn address(&self, name: &str) -> String {
        let path = self.manifest.paths.get(name).map_or("", String::as_str);
        format!("https://{name}.invalid{path}")
    }
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
