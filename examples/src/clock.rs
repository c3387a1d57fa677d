//! What time it is: by a flag, by the sandbox, or by this machine.

mod shifted;

use std::time::Duration;

use access_sync_http::{ReqwestTransport, SystemTimer, Timer, Transport as _};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::command::Failure;
pub(crate) use shifted::Shifted;

/// Where the time comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clock {
    /// `--now`.
    Flag,
    /// The sandbox's.
    Sandbox,
    /// This machine's.
    Machine,
}

impl Clock {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Flag => "flag",
            Self::Sandbox => "sandbox",
            Self::Machine => "machine",
        }
    }
}

/// What a running sandbox tells of itself.
#[derive(Debug, Deserialize)]
pub(crate) struct Told {
    pub(crate) now: DateTime<Utc>,
    /// Whether its time passes; without it `run` would wait for ever.
    #[serde(default)]
    pub(crate) ticking: bool,
    /// The variables that programs need.
    #[serde(default)]
    pub(crate) environment: std::collections::BTreeMap<String, String>,
    /// A mapping for its world, where it has one.
    #[serde(default)]
    pub(crate) mapping: Option<String>,
}

/// Whoever runs a sandbox runs it on this machine; longer than this it is not there.
const PATIENCE: Duration = Duration::from_secs(5);

/// This machine's instant.
pub(crate) fn machine() -> DateTime<Utc> {
    SystemTimer.wall()
}

/// Asks the sandbox at `url` for its time.
pub(crate) async fn sandbox(url: &str) -> Result<Told, Failure> {
    ask(url, "api/clock").await
}

/// Asks the sandbox at `url` for its time and the variables to reach it.
pub(crate) async fn environment(url: &str) -> Result<Told, Failure> {
    ask(url, "api/environment").await
}

async fn ask(url: &str, path: &str) -> Result<Told, Failure> {
    let cure = "start one in another terminal with `access-sync sandbox`";
    let request = http::Request::get(format!("{}/{path}", url.trim_end_matches('/')))
        .body(Bytes::new())
        .map_err(|_| {
            Failure::usage(format!(
                "\"{url}\" is no address of a sandbox; `access-sync sandbox` prints it"
            ))
        })?;
    let transport = ReqwestTransport::new()?;
    let answer = tokio::time::timeout(PATIENCE, transport.send(request)).await;
    let answer = match answer {
        Ok(Ok(answer)) if answer.status().is_success() => answer,
        Ok(Ok(answer)) => {
            return Err(Failure::error(format!(
                "{url} is no sandbox (it answered {}); {cure}, and take the address that it prints",
                answer.status().as_u16()
            )));
        }
        Ok(Err(_)) | Err(_) => {
            return Err(Failure::error(format!(
                "there is no sandbox at {url}; {cure}"
            )));
        }
    };
    serde_json::from_slice(answer.body()).map_err(|_| {
        Failure::error(format!(
            "{url} is no sandbox (its answer tells no time); {cure}, and take the address that it prints"
        ))
    })
}
