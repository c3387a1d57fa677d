//! Where the examples connect to: a sandbox in this process, or real accounts.
//!
//! `ACCESS_SYNC_REAL=1` means the real hosts, with credentials from the environment. It is all or
//! nothing: made-up leases must never reach a real door.
#![allow(dead_code, reason = "each example uses what it needs")]

use std::error::Error;
use std::sync::Arc;

use access_sync_engine::ledger::{Ledger, MemoryLedger, SqliteLedger};
use access_sync_http::{SystemTimer, Timer as _, Unlimited};
use access_sync_sandbox::{Sandbox, World};
use brivo_api::{BrivoClient, BrivoClientBuilder, Region, Tier};
use chrono::{DateTime, Utc};
use entrata_api::{Auth, EntrataClient, EntrataClientBuilder, Host};
use nexudus_api::{NexudusClient, NexudusClientBuilder};

/// The hosts of the three services.
pub(crate) struct Hosts(pub(crate) Option<Sandbox>);

impl Hosts {
    /// Starts a sandbox, unless `ACCESS_SYNC_REAL` is set.
    pub(crate) async fn start() -> Result<Self, Box<dyn Error>> {
        if std::env::var_os("ACCESS_SYNC_REAL").is_some() {
            return Ok(Self(None));
        }
        let world = World::lively(1);
        Ok(Self(Some(Sandbox::builder().world(world).start().await?)))
    }

    /// Writes are for the sandbox, and elsewhere only for those who ask for them.
    pub(crate) fn may_write(&self) -> bool {
        self.0.is_some() || std::env::args().any(|argument| argument == "--apply")
    }

    /// What was made, for as long as the sandbox runs, or in a file here.
    pub(crate) fn ledger(&self) -> Result<Arc<dyn Ledger>, Box<dyn Error>> {
        Ok(match &self.0 {
            Some(_) => Arc::new(MemoryLedger::default()),
            None => Arc::new(SqliteLedger::open("access-sync.db")?),
        })
    }

    /// The sandbox's own time, or the machine's.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.0
            .as_ref()
            .map_or_else(|| SystemTimer.wall(), Sandbox::now)
    }

    /// Brivo without a log-in, for those that bring their own.
    pub(crate) fn brivo_key(&self) -> Result<BrivoClientBuilder, Box<dyn Error>> {
        let Some(sandbox) = &self.0 else {
            return Ok(BrivoClient::builder()
                .region(match var("BRIVO_REGION").as_deref() {
                    Ok("eu") => Region::Eu,
                    _ => Region::Us,
                })
                .api_key(var("BRIVO_API_KEY")?)
                .client(var("BRIVO_CLIENT_ID")?, var("BRIVO_CLIENT_SECRET")?));
        };
        let (brivo, login) = (sandbox.brivo(), sandbox.brivo().credentials());
        let region = Region::Custom {
            auth: brivo.auth_url(),
            api: brivo.api_url(),
        };
        // The sandbox is on this machine: as fast as it goes.
        let tier = Tier::Custom {
            per_second: 5_000,
            per_30_days: 1_000_000,
        };
        let builder = BrivoClient::builder().region(region).tier(tier);
        Ok(builder
            .api_key(login.api_key)
            .client(login.client_id, login.client_secret))
    }

    /// Brivo with an administrator's id and password.
    pub(crate) fn brivo(&self) -> Result<BrivoClientBuilder, Box<dyn Error>> {
        let key = self.brivo_key()?;
        let (id, password) = match &self.0 {
            Some(sandbox) => {
                let login = sandbox.brivo().credentials();
                (login.username, login.password)
            }
            None => (var("BRIVO_ADMINISTRATOR_ID")?, var("BRIVO_PASSWORD")?),
        };
        Ok(key.password(id, password))
    }

    /// Entrata.
    pub(crate) fn entrata(&self) -> Result<EntrataClientBuilder, Box<dyn Error>> {
        let builder = EntrataClient::builder();
        Ok(match &self.0 {
            Some(sandbox) => builder
                .host(Host::Custom(sandbox.entrata().gateway_url()))
                .auth(Auth::api_key(sandbox.entrata().credentials().api_key)),
            None => builder
                .host(Host::Gateway {
                    org: var("ENTRATA_ORG")?,
                })
                .auth(Auth::api_key(var("ENTRATA_API_KEY")?)),
        })
    }

    /// Nexudus.
    pub(crate) fn nexudus(&self) -> Result<NexudusClientBuilder, Box<dyn Error>> {
        let builder = NexudusClient::builder();
        let Some(sandbox) = &self.0 else {
            return Ok(builder.bearer(var("NEXUDUS_EMAIL")?, var("NEXUDUS_PASSWORD")?));
        };
        let (nexudus, login) = (sandbox.nexudus(), sandbox.nexudus().credentials());
        let builder = builder
            .base(nexudus.base_url())
            .limiter(Arc::new(Unlimited));
        Ok(builder.bearer(login.email, login.password))
    }
}

fn var(name: &str) -> Result<String, Box<dyn Error>> {
    std::env::var(name).map_err(|_| format!("{name} is not set; ACCESS_SYNC_REAL needs it").into())
}
