//! The three clients, as the configuration has them.

use std::sync::Arc;

use access_sync_engine::ledger::CallMeter;
use access_sync_http::{Hooks, RateLimiter, Timer, Transport, Unlimited, WindowLimiter};
use brivo_api::{BrivoClient, Region};
use entrata_api::{Auth, EntrataClient, Host};
use nexudus_api::NexudusClient;

use crate::command::Failure;
use crate::config::{self, Config};

/// The three clients, as far as they are configured.
#[derive(Debug)]
pub(crate) struct Clients {
    pub(crate) brivo: BrivoClient,
    pub(crate) entrata: Option<EntrataClient>,
    pub(crate) nexudus: Option<NexudusClient>,
}

/// How requests go out, where it is not the usual way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wires {
    pub(crate) brivo: Option<Arc<dyn Transport>>,
    pub(crate) entrata: Option<Arc<dyn Transport>>,
    pub(crate) nexudus: Option<Arc<dyn Transport>>,
    /// Counts the calls.
    pub(crate) meter: Option<Arc<CallMeter>>,
    /// The limiter of Brivo's key.
    pub(crate) limiter: Option<Arc<WindowLimiter>>,
    /// The clock that the clients see, where it is not this machine's: events are asked for by it.
    pub(crate) timer: Option<Arc<dyn Timer>>,
}

/// Whether each service's client can be made: its secrets are there and its address is one.
pub(crate) fn credentials(config: &Config) -> Vec<(&'static str, Result<(), Failure>)> {
    let wires = Wires::default();
    let mut found = vec![("Brivo", brivo(config, &wires).map(drop))];
    if let Some(own) = &config.entrata {
        found.push(("Entrata", entrata(config, own, &wires).map(drop)));
    }
    if let Some(own) = &config.nexudus {
        found.push(("Nexudus", nexudus(config, own, &wires).map(drop)));
    }
    found
}

impl Clients {
    /// Whether there is somebody to read from.
    pub(crate) fn sources(config: &Config) -> Result<(), Failure> {
        if config.entrata.is_some() || config.nexudus.is_some() {
            return Ok(());
        }
        Err(Failure::usage(format!(
            "{}: neither [entrata] nor [nexudus] is there, so nobody would have access; add one",
            config.file.display()
        )))
    }

    pub(crate) fn new(config: &Config, wires: &Wires) -> Result<Self, Failure> {
        Self::sources(config)?;
        Ok(Self {
            brivo: brivo(config, wires)?,
            entrata: match &config.entrata {
                Some(own) => Some(entrata(config, own, wires)?),
                None => None,
            },
            nexudus: match &config.nexudus {
                Some(own) => Some(nexudus(config, own, wires)?),
                None => None,
            },
        })
    }

    /// Where sources are not asked.
    pub(crate) fn only_brivo(config: &Config, wires: &Wires) -> Result<Self, Failure> {
        Ok(Self {
            brivo: brivo(config, wires)?,
            entrata: None,
            nexudus: None,
        })
    }
}

fn brivo(config: &Config, wires: &Wires) -> Result<BrivoClient, Failure> {
    let (own, env, near) = (&config.brivo, &config.environment, config.file.as_path());
    let region = match (&own.auth_url, &own.api_url, own.region) {
        (None, None, None | Some(config::RegionName::Us)) => Region::Us,
        (None, None, Some(config::RegionName::Eu)) => Region::Eu,
        (Some(auth), Some(api), None) => Region::Custom {
            auth: auth.clone(),
            api: api.clone(),
        },
        _ => {
            return Err(Failure::usage(
                "[brivo]: give either region, or both auth_url and api_url",
            ));
        }
    };
    let secret = |key: &str, at, usual| env.secret(near, &format!("brivo.{key}"), at, usual);
    let plain = |key: &str, at, usual| env.plain(near, &format!("brivo.{key}"), at, usual);
    let mut builder = BrivoClient::builder()
        .region(region)
        .tier(own.tier.tier())
        .api_key(secret("api_key", &own.api_key, "BRIVO_API_KEY")?)
        .client(
            plain("client_id", own.client_id.as_ref(), "BRIVO_CLIENT_ID")?,
            secret("client_secret", &own.client_secret, "BRIVO_CLIENT_SECRET")?,
        )
        .password(
            plain(
                "administrator_id",
                own.administrator_id.as_ref(),
                "BRIVO_ADMINISTRATOR_ID",
            )?,
            secret("password", &own.password, "BRIVO_PASSWORD")?,
        );
    if let Some(timer) = &wires.timer {
        builder = builder.timer(Arc::clone(timer));
    }
    if let Some(transport) = &wires.brivo {
        builder = builder.transport(Arc::clone(transport));
    }
    if let Some(meter) = &wires.meter {
        builder = builder.hooks(Arc::clone(meter) as Arc<dyn Hooks>);
    }
    if let Some(limiter) = &wires.limiter {
        builder = builder.limiter(Arc::clone(limiter) as Arc<dyn RateLimiter>);
    }
    built("brivo", builder.build())
}

fn entrata(
    config: &Config,
    own: &config::Entrata,
    wires: &Wires,
) -> Result<EntrataClient, Failure> {
    let host = match (&own.organisation, &own.url) {
        (Some(org), None) => Host::Gateway { org: org.clone() },
        (None, Some(url)) => Host::Custom(url.clone()),
        _ => {
            return Err(Failure::usage(
                "[entrata]: give either organisation (its name at Entrata's gateway) or url",
            ));
        }
    };
    let key = config.environment.secret(
        &config.file,
        "entrata.api_key",
        &own.api_key,
        "ENTRATA_API_KEY",
    )?;
    let mut builder = EntrataClient::builder()
        .host(host)
        .auth(Auth::api_key(key))
        .per_page(500);
    if let Some(transport) = &wires.entrata {
        builder = builder.transport(Arc::clone(transport));
    }
    if config.sandbox.is_some() {
        builder = builder.limiter(Arc::new(Unlimited));
    }
    built("entrata", builder.build())
}

fn nexudus(
    config: &Config,
    own: &config::Nexudus,
    wires: &Wires,
) -> Result<NexudusClient, Failure> {
    let (env, near) = (&config.environment, config.file.as_path());
    let email = env.plain(near, "nexudus.email", own.email.as_ref(), "NEXUDUS_EMAIL")?;
    let password = env.secret(near, "nexudus.password", &own.password, "NEXUDUS_PASSWORD")?;
    let mut builder = NexudusClient::builder().bearer(email, password);
    if let Some(url) = &own.url {
        builder = builder.base(url.as_str());
    }
    if let Some(id) = &own.client_id {
        builder = builder.client_id(id.as_str());
    }
    if let Some(timer) = &wires.timer {
        builder = builder.timer(Arc::clone(timer));
    }
    if let Some(transport) = &wires.nexudus {
        builder = builder.transport(Arc::clone(transport));
    }
    if config.sandbox.is_some() {
        // The sandbox keeps its own limits where it is told to; nobody else shares it.
        builder = builder.limiter(Arc::new(Unlimited));
    }
    built("nexudus", builder.build())
}

/// What the builders refuse is in the configuration.
fn built<T>(table: &str, client: Result<T, access_sync_http::Error>) -> Result<T, Failure> {
    client.map_err(|error| {
        Failure::usage(format!(
            "[{table}]: {error}; correct it in the configuration"
        ))
    })
}
