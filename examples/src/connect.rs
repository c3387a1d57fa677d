//! From a configuration to clients and an engine.

use std::sync::Arc;

use access_sync_core::Plan;
use access_sync_core::guard::Approval;
use access_sync_engine::access::brivo::BrivoAccess;
use access_sync_engine::ledger::{
    CallMeter, Ledger, LedgerError, SqliteLedger, Update, limiter_state,
};
use access_sync_engine::run::Remembered;
use access_sync_engine::source::entrata::EntrataSource;
use access_sync_engine::source::nexudus::NexudusSource;
use access_sync_engine::{
    Engine, EngineBuilder, EngineError, Mapping, Observe, Prepared, Progress,
};
use access_sync_http::{
    Hooks, RateLimiter, SystemTimer, Timer, Transport, Unlimited, WindowLimiter,
};
use brivo_api::{BrivoClient, Region};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use entrata_api::{Auth, EntrataClient, Host};
use nexudus_api::NexudusClient;

use crate::advice;
use crate::clock::{self, Clock, Shifted};
use crate::command::{Common, Failure};
use crate::config::{self, Config};

/// Everything that a command needs to look at the real world, or at the sandbox.
#[derive(Debug)]
pub(crate) struct House {
    pub(crate) config: Config,
    pub(crate) clients: Clients,
    pub(crate) now: DateTime<Utc>,
    pub(crate) clock: Clock,
    pub(crate) ledger: Arc<dyn Ledger>,
    /// Whether users with our external ids are taken over that the ledger does not know.
    pub(crate) adopt: bool,
    /// What somebody allowed that the guard held back.
    pub(crate) approval: Option<Approval>,
    /// The time that is planned for, going on.
    pub(crate) shifted: Shifted,
    meter: Arc<CallMeter>,
    limiter: Arc<WindowLimiter>,
}

/// Under which name the limiter of Brivo's key is kept in the ledger.
const LIMITER: &str = "brivo";

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

impl House {
    /// Reads the configuration, finds out the time and makes the clients. Calls nobody but the
    /// sandbox, and that only for its time.
    pub(crate) async fn open(common: &Common) -> Result<Self, Failure> {
        Self::wired(common, &Wires::default()).await
    }

    pub(crate) async fn wired(common: &Common, wires: &Wires) -> Result<Self, Failure> {
        let config = Config::read(&common.config)?;
        let (now, clock) = now(common, &config).await?;
        if clock == Clock::Sandbox && !common.json && !common.quiet {
            eprintln!(
                "sandbox: its clock says {}; commands plan for that time (--now changes it)",
                crate::render::utc(now)
            );
        }
        let ledger = open_ledger(&config)?;
        let kept = limiter_state(ledger.as_ref(), LIMITER)
            .await
            .map_err(ledger_failed)?;
        let timer: Arc<dyn Timer> = Arc::new(SystemTimer);
        let tier = config.brivo.tier.tier();
        let limiter = Arc::new(tier.limiter_after(timer, kept.unwrap_or_default()));
        let meter = Arc::new(CallMeter::new());
        let shifted = Shifted::showing(now);
        let wires = Wires {
            meter: Some(Arc::clone(&meter)),
            limiter: Some(Arc::clone(&limiter)),
            timer: match clock {
                Clock::Machine => None,
                Clock::Flag | Clock::Sandbox => Some(Arc::new(shifted.clone())),
            },
            ..wires.clone()
        };
        let clients = Clients::new(&config, &wires)?;
        Ok(Self {
            config,
            clients,
            now,
            clock,
            ledger,
            adopt: false,
            approval: None,
            shifted,
            meter,
            limiter,
        })
    }

    /// An engine over the clients and the ledger.
    pub(crate) fn engine(&self) -> Result<Engine, Failure> {
        let builder = self.builder();
        built_engine(with_sources(builder, &self.clients, &self.config.mapping))
    }

    /// An engine for the loop, and its sources, which remember what they said.
    pub(crate) fn looped(
        &self,
        timer: Arc<dyn Timer>,
        observe: Observe,
    ) -> Result<(Engine, Vec<Remembered>), Failure> {
        let mapping = &self.config.mapping;
        let mut sources = Vec::new();
        if let Some(entrata) = &self.clients.entrata {
            sources.push(Remembered::new(EntrataSource::new(
                entrata.clone(),
                mapping,
            )));
        }
        if let Some(nexudus) = &self.clients.nexudus {
            sources.push(Remembered::new(NexudusSource::new(
                nexudus.clone(),
                mapping,
            )));
        }
        let mut builder = self.builder().timer(timer).observe(observe);
        for source in &sources {
            builder = builder.source(source.clone());
        }
        Ok((built_engine(builder)?, sources))
    }

    fn builder(&self) -> EngineBuilder {
        let builder = Engine::builder(
            BrivoAccess::new(self.clients.brivo.clone()),
            &self.config.mapping,
        )
        .ledger(Arc::clone(&self.ledger))
        .meter(Arc::clone(&self.meter))
        .limiter(LIMITER, Arc::clone(&self.limiter))
        .adopt_existing(self.adopt);
        let builder = match self.approval {
            Some(approval) => builder.approval(approval),
            None => builder,
        };
        match self.clock {
            Clock::Machine => builder,
            // A clock that stands still never ends the lease of a run that was broken off.
            Clock::Flag | Clock::Sandbox => builder.worker("rehearsal"),
        }
    }

    /// Keeps count of the calls that were made only to look.
    pub(crate) async fn count(&self) -> Result<(), Failure> {
        let mut updates = self.meter.take(self.now);
        updates.push(Update::State {
            key: format!("limiter:{LIMITER}"),
            value: serde_json::to_string(&self.limiter.export()).ok(),
        });
        self.ledger
            .write(None, &updates)
            .await
            .map_err(ledger_failed)
    }

    /// Reads and compares; changes nothing.
    pub(crate) async fn prepare(
        &self,
        engine: &Engine,
        progress: &dyn Progress,
    ) -> Result<Prepared, Failure> {
        let prepared = engine.prepare(self.now, progress).await;
        self.count().await?;
        prepared.map_err(|error| failed(&error))
    }
}

/// An engine over clients that only looks: its ledger is given.
pub(crate) fn engine(
    clients: &Clients,
    mapping: &Mapping,
    ledger: Arc<dyn Ledger>,
) -> Result<Engine, Failure> {
    let builder = Engine::builder(BrivoAccess::new(clients.brivo.clone()), mapping).ledger(ledger);
    built_engine(with_sources(builder, clients, mapping))
}

fn with_sources(mut builder: EngineBuilder, clients: &Clients, mapping: &Mapping) -> EngineBuilder {
    if let Some(entrata) = &clients.entrata {
        builder = builder.source(EntrataSource::new(entrata.clone(), mapping));
    }
    if let Some(nexudus) = &clients.nexudus {
        builder = builder.source(NexudusSource::new(nexudus.clone(), mapping));
    }
    builder
}

fn built_engine(builder: EngineBuilder) -> Result<Engine, Failure> {
    builder.build().map_err(|error| failed(&error))
}

/// The ledger that the configuration names.
pub(crate) fn open_ledger(config: &Config) -> Result<Arc<dyn Ledger>, Failure> {
    let ledger = SqliteLedger::open(&config.ledger).map_err(|error| {
        let file = config.ledger.display();
        match &error {
            LedgerError::Storage(why) if why.contains("locked") => Failure::error(format!(
                "{error} ({file}); another program holds it: wait until it is done, or end it"
            )),
            LedgerError::Storage(why) if why.contains("not a database") => Failure::usage(format!(
                "{error} ({file}); [ledger] names a file of something else, or a damaged one: name another, or \
                 bring back a copy"
            )),
            LedgerError::TooNew { .. } => Failure::usage(format!("{error} ({file})")),
            _ => Failure::usage(format!(
                "{error}; name a file that can be written in [ledger] (now {file})"
            )),
        }
    })?;
    Ok(Arc::new(ledger))
}

pub(crate) fn ledger_failed(error: LedgerError) -> Failure {
    failed(&EngineError::from(error))
}

/// The engine's error with what to do next.
pub(crate) fn failed(error: &EngineError) -> Failure {
    match error {
        EngineError::Api(error) => Failure::error(advice::line(error)),
        EngineError::Mapping(error) => Failure::usage(error.to_string()),
        EngineError::Ledger(error) => Failure::error(format!(
            "{error}; nothing is sent without it: look at the file that [ledger] names (its disk, its owner)"
        )),
        EngineError::NotOurs { subject, user } => Failure::error(format!(
            "{error}: `access-sync adopt {user} {subject}`, or `access-sync apply --adopt-existing` for all"
        )),
        error => Failure::error(error.to_string()),
    }
}

async fn now(common: &Common, config: &Config) -> Result<(DateTime<Utc>, Clock), Failure> {
    match (common.now, &config.sandbox) {
        (Some(now), _) => Ok((now, Clock::Flag)),
        (None, Some(url)) => Ok((clock::sandbox(url).await?.now, Clock::Sandbox)),
        (None, None) => Ok((clock::machine(), Clock::Machine)),
    }
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

/// The zones of a person's doors, by the records behind the plan: times are shown there.
pub(crate) fn zone_of(prepared: &Prepared, subject: &access_sync_core::SubjectId) -> Tz {
    zone_in(prepared, prepared.plan(), subject)
}

pub(crate) fn zone_in(
    prepared: &Prepared,
    plan: &Plan,
    subject: &access_sync_core::SubjectId,
) -> Tz {
    plan.records_of_subject(subject)
        .into_iter()
        .find_map(|record| prepared.origin(record.id()))
        .map_or(Tz::UTC, |origin| origin.time_zone)
}
