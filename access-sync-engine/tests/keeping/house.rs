//! The sandbox without sockets, and engines on it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use access_sync_engine::access::brivo::BrivoAccess;
use access_sync_engine::ledger::{CallMeter, Ledger, MemoryLedger};
use access_sync_engine::source::entrata::EntrataSource;
use access_sync_engine::source::nexudus::NexudusSource;
use access_sync_engine::{Applied, Engine, EngineBuilder, Mapping, Prepared, Quiet};
use access_sync_http::test_util::VirtualTimer;
use access_sync_http::{
    NoRetry, RetryPolicy, SystemTimer, Timer, Transport, TransportError, Unlimited,
};
use access_sync_sandbox::entrata::{Lease, LeaseStatus};
use access_sync_sandbox::{Door, Sandbox, Service};
use async_trait::async_trait;
use brivo_api::{BrivoClient, Region, Tier};
use bytes::Bytes;
use entrata_api::{Auth, EntrataClient, Host};
use nexudus_api::NexudusClient;

/// Six units, seven people.
pub const QUARRY: &str = r#"
[policy]
no_access = "suspend"
[[property]]
id = "100235"
time_zone = "America/Denver"
common = ["Quarry Lofts Residents"]
unit = "Quarry Lofts Unit {number}"
"#;

/// Everything in the lively world.
pub const ALL: &str = r#"
[policy]
no_access = "suspend"
[[property]]
id = "100234"
time_zone = "America/Chicago"
common = ["Harbor Point Residents", "Harbor Point Garage"]
unit = "Harbor Point Unit {number}"
[[property]]
id = "100235"
time_zone = "America/Denver"
common = ["Quarry Lofts Residents"]
unit = "Quarry Lofts Unit {number}"
[[location]]
id = "1420000101"
time_zone = "America/Los_Angeles"
common = ["Harbour Works Members"]
from_source = true
"#;

/// The sandbox without sockets; its time follows a virtual clock where there is one.
struct Wire {
    sandbox: Arc<Sandbox>,
    door: Door,
    service: Service,
    timer: Option<VirtualTimer>,
}

impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Wire")
    }
}

#[async_trait]
impl Transport for Wire {
    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, TransportError> {
        if let Some(timer) = &self.timer {
            self.sandbox.set_now(timer.wall());
        }
        let answer = self.door.send(self.service, request);
        answer.map_err(|_| TransportError::maybe_sent("the connection was closed"))
    }
}

pub struct House {
    pub sandbox: Arc<Sandbox>,
    pub mapping: String,
    pub ledger: Arc<dyn Ledger>,
    pub tier: Tier,
}

impl House {
    pub fn new(mapping: &str) -> Self {
        Self {
            sandbox: Arc::new(Sandbox::builder().unlistened()),
            mapping: mapping.to_owned(),
            ledger: Arc::new(MemoryLedger::default()),
            tier: Tier::Three,
        }
    }

    pub fn engine(&self) -> Engine {
        self.builder(Arc::clone(&self.ledger)).build().unwrap()
    }

    pub fn builder(&self, ledger: Arc<dyn Ledger>) -> EngineBuilder {
        let mapping = Mapping::from_toml(&self.mapping).unwrap();
        builder(&self.sandbox, &mapping, self.tier).ledger(ledger)
    }

    pub async fn prepare(&self) -> Prepared {
        self.engine()
            .prepare(self.sandbox.now(), &Quiet)
            .await
            .unwrap()
    }

    pub async fn run(&self) -> Applied {
        run(&self.engine(), &self.sandbox).await
    }

    /// Everybody's groups, by external id or, without one, by name.
    pub fn state(&self) -> BTreeMap<String, (bool, BTreeSet<i64>)> {
        state(&self.sandbox)
    }

    pub fn writes(&self) -> Vec<String> {
        let calls = self.sandbox.brivo().calls().into_iter();
        let writes = calls.filter(|it| it.method != "GET" && it.operation != "POST /oauth/token");
        writes.map(|it| it.operation).collect()
    }

    /// Calls that Brivo bills.
    pub fn billed(&self) -> u64 {
        let calls = self.sandbox.brivo().calls().into_iter();
        calls.filter(|call| call.billed).count() as u64
    }

    pub fn leases(&self) -> Vec<Lease> {
        let leases = self.sandbox.entrata().leases().into_iter();
        leases.filter(|it| it.property_id == 100_235).collect()
    }

    /// A lease of the lofts whose people have the doors now.
    pub fn current(&self, number: usize) -> Lease {
        let leases = self.leases().into_iter();
        let mut current = leases.filter(|it| it.status == LeaseStatus::Current);
        current.nth(number).unwrap()
    }

    /// Somebody who is to come later is there since yesterday.
    pub fn comes(&self) -> Lease {
        let leases = self.leases().into_iter();
        let mut future = leases.filter(|it| it.status == LeaseStatus::Future);
        let lease = future.next().unwrap();
        let yesterday = self.sandbox.now().date_naive().pred_opt();
        assert!(self.sandbox.entrata().edit_lease(lease.id, |it| {
            it.status = LeaseStatus::Current;
            it.move_in = yesterday;
            for customer in &mut it.customers {
                customer.status = LeaseStatus::Current;
                customer.move_in = yesterday;
            }
        }));
        lease
    }

    pub fn opens(&self, subject: &str, group: &str) -> bool {
        let id = format!("access-sync:{subject}");
        let brivo = self.sandbox.brivo();
        brivo.can_open(id.as_str(), group, self.sandbox.now())
    }

    pub fn user(&self, subject: &str) -> Option<access_sync_sandbox::brivo::User> {
        let id = format!("access-sync:{subject}");
        self.sandbox.brivo().user_by_external_id(&id)
    }
}

pub fn subject(lease: &Lease) -> String {
    format!("entrata:customer:{}", lease.customers[0].id)
}

pub async fn run(engine: &Engine, sandbox: &Sandbox) -> Applied {
    let prepared = engine.prepare(sandbox.now(), &Quiet).await.unwrap();
    let applied = engine.apply(&prepared, sandbox.now(), &Quiet).await;
    applied.unwrap()
}

pub fn state(sandbox: &Sandbox) -> BTreeMap<String, (bool, BTreeSet<i64>)> {
    let snapshot = sandbox.brivo().snapshot();
    let mut all = BTreeMap::new();
    for user in snapshot.users.values() {
        let name = user.external_id.clone();
        let name = name.unwrap_or_else(|| format!("{} {}", user.first_name, user.last_name));
        let groups = snapshot.members.iter();
        let groups = groups.filter(|(_, members)| members.contains(&user.id));
        let groups = groups.map(|(group, _)| *group).collect();
        let twice = all.insert(name.clone(), (user.suspended, groups));
        assert!(twice.is_none(), "{name} is there twice");
    }
    all
}

/// Clients for a sandbox, and what counts Brivo's calls.
pub struct Clients {
    pub brivo: BrivoClient,
    pub entrata: EntrataClient,
    pub nexudus: NexudusClient,
    pub meter: Arc<CallMeter>,
}

/// Clients without sockets, which try each call once.
pub fn clients(sandbox: &Arc<Sandbox>, tier: Tier, timer: Option<&VirtualTimer>) -> Clients {
    clients_that(sandbox, tier, timer, Arc::new(NoRetry))
}

/// Clients without sockets.
pub fn clients_that(
    sandbox: &Arc<Sandbox>,
    tier: Tier,
    timer: Option<&VirtualTimer>,
    retry: Arc<dyn RetryPolicy>,
) -> Clients {
    let at = |url: String| {
        let (_, rest) = url.split_once(".sandbox.test").unwrap();
        format!("http://127.0.0.1{rest}")
    };
    let meter = Arc::new(CallMeter::new());
    let wire = |service| {
        Arc::new(Wire {
            sandbox: Arc::clone(sandbox),
            door: sandbox.door(),
            service,
            timer: timer.cloned(),
        }) as Arc<dyn Transport>
    };
    let clock: Arc<dyn Timer> = match timer {
        Some(timer) => Arc::new(timer.clone()),
        None => Arc::new(SystemTimer),
    };
    let (brivo, login) = (sandbox.brivo(), sandbox.brivo().credentials());
    let brivo = BrivoClient::builder()
        .region(Region::Custom {
            auth: at(brivo.auth_url()),
            api: at(brivo.api_url()),
        })
        .api_key(login.api_key)
        .client(login.client_id, login.client_secret)
        .password(login.username, login.password)
        .tier(tier)
        .hooks(Arc::clone(&meter) as _)
        .transport(wire(Service::Brivo))
        .limiter(Arc::new(Unlimited))
        .retry(Arc::clone(&retry))
        .timer(Arc::clone(&clock))
        .build()
        .unwrap();
    let (entrata, login) = (sandbox.entrata(), sandbox.entrata().credentials());
    let entrata = EntrataClient::builder()
        .host(Host::Custom(at(entrata.gateway_url())))
        .auth(Auth::api_key(login.api_key))
        .transport(wire(Service::Entrata))
        .limiter(Arc::new(Unlimited))
        .retry(Arc::clone(&retry))
        .timer(Arc::clone(&clock))
        .build()
        .unwrap();
    let (nexudus, login) = (sandbox.nexudus(), sandbox.nexudus().credentials());
    let nexudus = NexudusClient::builder()
        .base(at(nexudus.base_url()))
        .basic(login.email, login.password)
        .transport(wire(Service::Nexudus))
        .limiter(Arc::new(Unlimited))
        .retry(retry)
        .timer(clock)
        .build()
        .unwrap();
    Clients {
        brivo,
        entrata,
        nexudus,
        meter,
    }
}

/// An engine over clients for a sandbox.
pub fn builder(sandbox: &Arc<Sandbox>, mapping: &Mapping, tier: Tier) -> EngineBuilder {
    let clients = clients(sandbox, tier, None);
    Engine::builder(BrivoAccess::new(clients.brivo), mapping)
        .meter(clients.meter)
        .source(EntrataSource::new(clients.entrata, mapping))
        .source(NexudusSource::new(clients.nexudus, mapping))
}
