//! From a configuration to clients and an engine.

mod books;
mod clients;

use std::sync::Arc;

use access_sync_core::Plan;
use access_sync_core::guard::Approval;
use access_sync_engine::access::brivo::BrivoAccess;
use access_sync_engine::ledger::{CallMeter, Ledger, Update, limiter_state};
use access_sync_engine::run::Remembered;
use access_sync_engine::source::entrata::EntrataSource;
use access_sync_engine::source::nexudus::NexudusSource;
use access_sync_engine::{
    Engine, EngineBuilder, EngineError, Mapping, Observe, Prepared, Progress,
};
use access_sync_http::{SystemTimer, Timer, WindowLimiter};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::advice;
use crate::clock::{Clock, Shifted};
use crate::command::{Common, Failure};
use crate::config::Config;
pub(crate) use books::{Books, ledger_failed};
pub(crate) use clients::{Clients, Wires, credentials};

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

/// Under which name Brivo's calls and the limiter of its key are kept in the ledger.
const BRIVO: &str = "brivo";

impl House {
    /// Reads the configuration, finds out the time and makes the clients. Calls nobody but the
    /// sandbox, and that only for its time.
    pub(crate) async fn open(common: &Common) -> Result<Self, Failure> {
        Self::wired(common, &Wires::default()).await
    }

    pub(crate) async fn wired(common: &Common, wires: &Wires) -> Result<Self, Failure> {
        Self::of(Books::open(common).await?, wires, Clients::new).await
    }

    /// Where sources are not asked: their secrets need not be there.
    pub(crate) async fn without_sources(common: &Common) -> Result<Self, Failure> {
        let books = Books::open(common).await?;
        Self::of(books, &Wires::default(), Clients::only_brivo).await
    }

    /// Where books are open already.
    pub(crate) async fn over(books: Books) -> Result<Self, Failure> {
        Self::of(books, &Wires::default(), Clients::new).await
    }

    async fn of(
        books: Books,
        wires: &Wires,
        clients: impl FnOnce(&Config, &Wires) -> Result<Clients, Failure>,
    ) -> Result<Self, Failure> {
        let Books {
            config,
            now,
            clock,
            ledger,
        } = books;
        let kept = limiter_state(ledger.as_ref(), BRIVO)
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
        let clients = clients(&config, &wires)?;
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
        .limiter(BRIVO, Arc::clone(&self.limiter))
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
            key: format!("limiter:{BRIVO}"),
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
