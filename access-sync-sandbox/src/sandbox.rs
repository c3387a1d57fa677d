use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use axum::http::{Request, Response};
use chrono::{DateTime, TimeDelta, Utc};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::brivo::{Brivo, BrivoState};
use crate::calls::CallLog;
use crate::clock::Clock;
use crate::entrata::{Entrata, EntrataState};
use crate::fault::{Fault, Faults, Service};
use crate::limits::Limits;
use crate::nexudus::{Nexudus, NexudusState};
use crate::server;
use crate::world::World;

/// The three services, running on loopback ports of the system's choice.
///
/// They stop when the sandbox is dropped, or by [`shutdown`](Sandbox::shutdown). Start it inside
/// a tokio runtime.
pub struct Sandbox {
    shared: Arc<Shared>,
    origins: [String; 3],
    stop: watch::Sender<()>,
    servers: Vec<JoinHandle<()>>,
}

/// Why a sandbox did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// No loopback port could be opened.
    #[error("no loopback port for {service:?}: {source}")]
    Bind {
        /// The service that was to be served.
        service: Service,
        /// What the system said.
        source: io::Error,
    },
}

/// Choices to make before a [`Sandbox`] starts.
#[derive(Debug)]
pub struct SandboxBuilder {
    world: Option<World>,
    clock: Option<Clock>,
    limits: Limits,
    nexudus_page_cap: usize,
}

impl SandboxBuilder {
    /// The records to start with; [`World::lively`] with seed 1 unless set.
    pub fn world(mut self, world: World) -> Self {
        self.world = Some(world);
        self
    }

    /// The sandbox's time; frozen at the world's own instant unless set.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = Some(clock);
        self
    }

    /// The rate limits to enforce; [`Limits::off`] unless set.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The largest page that Nexudus serves whatever `size` asks for; 1000 unless set.
    pub fn nexudus_page_cap(mut self, cap: usize) -> Self {
        self.nexudus_page_cap = cap.max(1);
        self
    }

    /// Opens the ports and starts to serve.
    ///
    /// # Errors
    /// [`SandboxError::Bind`] where the system grants no loopback port.
    pub async fn start(self) -> Result<Sandbox, SandboxError> {
        let world = self.world.unwrap_or_else(|| World::lively(1));
        let clock = self.clock.unwrap_or_else(|| Clock::frozen(world.instant));
        let mut nexudus = world.nexudus;
        nexudus.page_cap = self.nexudus_page_cap;
        let shared = Arc::new(Shared {
            clock,
            limits: self.limits,
            faults: Faults::default(),
            brivo: Mutex::new(world.brivo),
            entrata: Mutex::new(world.entrata),
            nexudus: Mutex::new(nexudus),
            logs: Default::default(),
        });
        let (stop, stopped) = watch::channel(());
        let mut servers = Vec::new();
        let mut origins: [String; 3] = Default::default();
        let services = [Service::Brivo, Service::Entrata, Service::Nexudus];
        for (service, slot) in services.into_iter().zip(&mut origins) {
            let bind = |source| SandboxError::Bind { service, source };
            let listener = TcpListener::bind("127.0.0.1:0").await.map_err(bind)?;
            let address = listener.local_addr().map_err(bind)?;
            *slot = format!("http://{address}");
            let origin = slot.clone();
            let shared = Arc::clone(&shared);
            servers.push(server::spawn(
                shared,
                service,
                listener,
                origin,
                stopped.clone(),
            ));
        }
        Ok(Sandbox {
            shared,
            origins,
            stop,
            servers,
        })
    }
}

impl Sandbox {
    /// A builder with the lively world, a frozen clock and no limits.
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder {
            world: None,
            clock: None,
            limits: Limits::off(),
            nexudus_page_cap: 1000,
        }
    }

    /// Brivo: its addresses, credentials, calls and records.
    pub fn brivo(&self) -> Brivo {
        let [origin, _, _] = &self.origins;
        Brivo::new(Arc::clone(&self.shared), origin.clone())
    }

    /// Entrata: its addresses, credentials, calls and records.
    pub fn entrata(&self) -> Entrata {
        let [_, origin, _] = &self.origins;
        Entrata::new(Arc::clone(&self.shared), origin.clone())
    }

    /// Nexudus: its address, credentials, calls and records.
    pub fn nexudus(&self) -> Nexudus {
        let [_, _, origin] = &self.origins;
        Nexudus::new(Arc::clone(&self.shared), origin.clone())
    }

    /// One call without a socket, for tests that make a great many: `None` where the service closes
    /// the connection without an answer. The address counts by its path and query alone.
    pub fn call(&self, service: Service, request: Request<Bytes>) -> Option<Response<Bytes>> {
        let [brivo, entrata, nexudus] = &self.origins;
        let origin = match service {
            Service::Brivo => brivo,
            Service::Entrata => entrata,
            Service::Nexudus => nexudus,
        };
        server::call(Arc::clone(&self.shared), service, origin.clone(), request)
    }

    /// The sandbox's present instant.
    pub fn now(&self) -> DateTime<Utc> {
        self.shared.clock.now()
    }

    /// Moves the sandbox's time to `instant`.
    pub fn set_now(&self, instant: DateTime<Utc>) {
        self.shared.clock.set(instant);
    }

    /// Moves the sandbox's time by `span`.
    pub fn advance(&self, span: TimeDelta) {
        self.shared.clock.advance(span);
    }

    /// Makes the next matching answers go wrong. Faults are tried in the order of injection.
    pub fn inject(&self, fault: Fault) {
        self.shared.faults.add(fault);
    }

    /// Forgets all faults that have not been used up.
    pub fn clear_faults(&self) {
        self.shared.faults.clear();
    }

    /// Stops the servers and waits until they are gone.
    pub async fn shutdown(self) {
        drop(self.stop);
        for server in self.servers {
            let _ = server.await;
        }
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox")
            .field("origins", &self.origins)
            .field("now", &self.now())
            .finish_non_exhaustive()
    }
}

/// What servers and handles have in common.
pub(crate) struct Shared {
    pub(crate) clock: Clock,
    pub(crate) limits: Limits,
    pub(crate) faults: Faults,
    brivo: Mutex<BrivoState>,
    entrata: Mutex<EntrataState>,
    nexudus: Mutex<NexudusState>,
    logs: [CallLog; 3],
}

impl Shared {
    pub(crate) fn brivo(&self) -> MutexGuard<'_, BrivoState> {
        self.brivo.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn entrata(&self) -> MutexGuard<'_, EntrataState> {
        self.entrata.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn nexudus(&self) -> MutexGuard<'_, NexudusState> {
        self.nexudus.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn calls(&self, service: Service) -> &CallLog {
        let [brivo, entrata, nexudus] = &self.logs;
        match service {
            Service::Brivo => brivo,
            Service::Entrata => entrata,
            Service::Nexudus => nexudus,
        }
    }
}
