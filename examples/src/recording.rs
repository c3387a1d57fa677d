//! What the services answered, kept in a folder, and played again without them.

mod mask;
mod memory;
mod players;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use access_sync_http::{ReqwestTransport, Transport, TransportError};
use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Request, Response};
use serde::{Deserialize, Serialize};

use crate::command::Failure;
use crate::config::Config;
use crate::connect::Wires;
use crate::output::{self, Readers};
use mask::Mask;
pub(crate) use memory::Memory;
pub(crate) use players::Players;

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

/// Whether a recording can go into a folder without writing over what is somebody's.
pub(crate) fn fits(to: &Path) -> Result<(), Failure> {
    if to.exists() && !to.is_dir() {
        return Err(Failure::usage(format!(
            "{}: that is a file; give a folder that can be written",
            to.display()
        )));
    }
    let there = [MAPPING, MEMORY]
        .into_iter()
        .find(|name| to.join(name).exists());
    match there {
        Some(name) if !to.join(MANIFEST).exists() => Err(Failure::usage(format!(
            "{}: there is a {name} in it that is of no recording, and it would be written over; give a new folder",
            to.display()
        ))),
        _ => Ok(()),
    }
}

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

    /// What was recorded, to be played at once, people and all.
    pub(crate) fn play(self, config: &Config) -> Players {
        let mut players = Players::at(paths(config));
        for (name, recorder) in self.0 {
            let mut tape = recorder.tape.lock().unwrap_or_else(PoisonError::into_inner);
            players.add(name, std::mem::take(&mut *tape));
        }
        players
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
        // It comes last: a folder without it is no recording, and one that was broken off is none.
        match std::fs::remove_file(to.join(MANIFEST)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(failed(&to.join(MANIFEST), error));
            }
            _ => {}
        }
        let write = |name: &str, text: &str| {
            let path = to.join(name);
            output::file(&path, text, Readers::Usual).map_err(|error| failed(&path, error))
        };
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
            write(&format!("{name}.ndjson"), &text)?;
        }
        write(MAPPING, &config.mapping_text)?;
        write(MEMORY, &serde_json::to_string_pretty(memory)?)?;
        write(MANIFEST, &serde_json::to_string_pretty(manifest)?)?;
        Ok(kept)
    }
}

/// The path that each configured service's address has.
pub(crate) fn paths(config: &Config) -> BTreeMap<String, String> {
    let path = |url: &str| {
        let after = url.split_once("://").map_or(url, |(_, after)| after);
        let path = after.find('/').and_then(|at| after.get(at..));
        path.unwrap_or_default().trim_end_matches('/').to_owned()
    };
    let brivo = config.brivo.api_url.as_deref();
    let entrata = config.entrata.as_ref();
    let nexudus = config.nexudus.as_ref();
    let paths = [
        ("brivo", Some(brivo.map_or("/v1/api".to_owned(), path))),
        (
            "entrata",
            entrata.map(|own| match (&own.url, &own.organisation) {
                (Some(url), _) => path(url),
                (None, org) => format!("/ext/orgs/{}/v1", org.as_deref().unwrap_or_default()),
            }),
        ),
        (
            "nexudus",
            nexudus.map(|own| own.url.as_deref().map_or("/api".to_owned(), path)),
        ),
    ];
    paths
        .into_iter()
        .filter_map(|(name, path)| Some((name.to_owned(), path?)))
        .collect()
}

/// A recording that was read again.
#[derive(Debug)]
pub(crate) struct Played {
    pub(crate) manifest: Manifest,
    pub(crate) mapping: String,
    pub(crate) memory: Memory,
    pub(crate) players: Players,
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
        let mut players = Players::at(manifest.paths.clone());
        for name in SERVICES {
            let file = format!("{name}.ndjson");
            let text = read(&file)?;
            let tape: Result<Vec<Exchange>, _> = text.lines().map(serde_json::from_str).collect();
            players.add(name, tape.map_err(|error| wrong(&file, error))?);
        }
        Ok(Self {
            mapping: read(MAPPING)?,
            memory: serde_json::from_str(&read(MEMORY)?).map_err(|error| wrong(MEMORY, error))?,
            manifest,
            players,
        })
    }
}
