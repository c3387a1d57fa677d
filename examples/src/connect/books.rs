//! What answers without anybody being asked: the configuration, the time, and the ledger.

use std::sync::Arc;

use access_sync_engine::access::Unasked;
use access_sync_engine::ledger::{Ledger, LedgerError, SqliteLedger};
use access_sync_engine::{Engine, EngineError};
use chrono::{DateTime, Utc};

use super::{BRIVO, built_engine, failed};
use crate::clock::{self, Clock};
use crate::command::{Common, Failure};
use crate::config::Config;

/// Enough for how things stand, for holds, and for the runs that there were. Takes no secret.
#[derive(Debug)]
pub(crate) struct Books {
    pub(crate) config: Config,
    pub(crate) now: DateTime<Utc>,
    pub(crate) clock: Clock,
    pub(crate) ledger: Arc<dyn Ledger>,
}

impl Books {
    /// Reads the configuration, finds out the time and opens the ledger. Calls nobody but the
    /// sandbox, and that only for its time.
    pub(crate) async fn open(common: &Common) -> Result<Self, Failure> {
        let config = Config::read(&common.config)?;
        let (now, clock) = now(common, &config).await?;
        if clock == Clock::Sandbox && !common.json && !common.quiet {
            eprintln!(
                "sandbox: its clock says {}; commands plan for that time (--now changes it)",
                crate::render::utc(now)
            );
        }
        Ok(Self {
            ledger: open_ledger(&config)?,
            config,
            now,
            clock,
        })
    }

    /// An engine that answers from the ledger alone.
    pub(crate) fn engine(&self) -> Result<Engine, Failure> {
        let quota = self.config.brivo.tier.tier().per_30_days();
        let system = Unasked::new(BRIVO, Some(quota));
        let builder = Engine::builder(system, &self.config.mapping);
        built_engine(builder.ledger(Arc::clone(&self.ledger)))
    }
}

async fn now(common: &Common, config: &Config) -> Result<(DateTime<Utc>, Clock), Failure> {
    match (common.now, &config.sandbox) {
        (Some(now), _) => Ok((now, Clock::Flag)),
        (None, Some(url)) => Ok((clock::sandbox(url).await?.now, Clock::Sandbox)),
        (None, None) => Ok((clock::machine(), Clock::Machine)),
    }
}

/// The ledger that the configuration names.
fn open_ledger(config: &Config) -> Result<Arc<dyn Ledger>, Failure> {
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
