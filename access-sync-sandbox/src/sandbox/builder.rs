//! Choices before the start, and the start.

use std::io;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};

use tokio::net::TcpListener;
use tokio::sync::watch;

use super::{Sandbox, Shared};
use crate::calls::CallLog;
use crate::clock::Clock;
use crate::control;
use crate::fault::{FaultBook, Faults, Service};
use crate::limits::Limits;
use crate::server;
use crate::variants::Variants;
use crate::webhooks::{self, Post};
use crate::world::World;

/// Why a sandbox did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// No loopback port could be opened.
    #[error("port {port} for {} could not be opened: {source}", service.map_or("the page", Service::name))]
    Bind {
        /// The service that was to be served; none for the page.
        service: Option<Service>,
        /// The port; 0 where the system was to choose.
        port: u16,
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
    keep_calls: usize,
    faults: Faults,
    port_base: Option<u16>,
    control: bool,
    hold_webhooks: bool,
    variants: Variants,
}

impl SandboxBuilder {
    pub(super) fn new() -> Self {
        Self {
            world: None,
            clock: None,
            limits: Limits::off(),
            nexudus_page_cap: 1000,
            keep_calls: 250_000,
            faults: Faults::none(),
            port_base: None,
            control: false,
            hold_webhooks: false,
            variants: Variants::default(),
        }
    }

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

    /// How many calls of each service are kept, the newest ones; 250,000 unless set.
    pub fn keep_calls(mut self, calls: usize) -> Self {
        self.keep_calls = calls;
        self
    }

    /// What goes wrong from the start; nothing unless set.
    pub fn faults(mut self, faults: Faults) -> Self {
        self.faults = faults;
        self
    }

    /// Which spellings the vendors use where they are known to differ.
    pub fn variants(mut self, variants: Variants) -> Self {
        self.variants = variants;
        self
    }

    /// Webhooks are not sent but kept for [`Sandbox::take_webhooks`].
    pub fn hold_webhooks(mut self) -> Self {
        self.hold_webhooks = true;
        self
    }

    /// A page for people and a control API for programs, on a port of their own: see
    /// [`Sandbox::control_url`]. Without it there is none.
    pub fn control(mut self) -> Self {
        self.control = true;
        self
    }

    /// The page on this port, Brivo on the next, then Entrata, then Nexudus; ports of the system's
    /// choice unless set.
    pub fn port_base(mut self, port: u16) -> Self {
        self.port_base = Some(port);
        self
    }

    fn shared(&mut self) -> Arc<Shared> {
        let world = self.world.take().unwrap_or_else(|| World::lively(1));
        let clock = self.clock.take();
        let clock = clock.unwrap_or_else(|| Clock::frozen(world.instant));
        let mut entrata = world.entrata;
        entrata.settled = Some(world.instant);
        let mut nexudus = world.nexudus;
        nexudus.page_cap = self.nexudus_page_cap;
        nexudus.settle(world.instant);
        let faults = FaultBook::default();
        let planned = std::mem::take(&mut self.faults);
        let postbox = Post::default();
        postbox.set_faults(planned.webhooks.unwrap_or_default());
        faults.set(planned);
        let log = || CallLog::keeping(self.keep_calls);
        Arc::new(Shared {
            clock,
            limits: self.limits,
            faults,
            variants: Mutex::new(self.variants),
            brivo: Mutex::new(world.brivo),
            entrata: Mutex::new(entrata),
            nexudus: Mutex::new(nexudus),
            logs: [log(), log(), log()],
            postbox,
            seed: world.seed,
            rounds: AtomicU64::new(0),
            map: world.map,
        })
    }

    /// A sandbox without ports, tasks or runtime, for [`Sandbox::call`] and [`Door::send`](crate::Door::send) alone. Its hosts are
    /// `http://brivo.sandbox.test` and so on.
    pub fn unlistened(mut self) -> Sandbox {
        let shared = self.shared();
        let origins = Service::ALL.map(|service| format!("http://{}.sandbox.test", service.name()));
        let (stop, _) = watch::channel(());
        Sandbox {
            shared,
            control: None,
            origins: Arc::new(origins),
            stop,
            servers: Vec::new(),
        }
    }

    async fn listen(
        &self,
        service: Option<Service>,
    ) -> Result<(TcpListener, String), SandboxError> {
        let offset = match service {
            None => 0,
            Some(Service::Brivo) => 1,
            Some(Service::Entrata) => 2,
            Some(Service::Nexudus) => 3,
        };
        let port = self.port_base.map_or(0, |base| base.saturating_add(offset));
        let bind = |source| SandboxError::Bind {
            service,
            port,
            source,
        };
        let listener = TcpListener::bind(("127.0.0.1", port)).await.map_err(bind)?;
        let origin = format!("http://{}", listener.local_addr().map_err(bind)?);
        Ok((listener, origin))
    }

    /// Opens the ports and starts to serve.
    ///
    /// # Errors
    /// [`SandboxError::Bind`] where the system does not grant a port.
    pub async fn start(mut self) -> Result<Sandbox, SandboxError> {
        let control = if self.control {
            Some(self.listen(None).await?)
        } else {
            None
        };
        let mut listeners = Vec::new();
        for service in Service::ALL {
            let (listener, origin) = self.listen(Some(service)).await?;
            listeners.push((service, listener, origin));
        }
        let shared = self.shared();
        let (stop, stopped) = watch::channel(());
        let mut servers = Vec::new();
        let mut origins: [String; 3] = Default::default();
        for ((service, listener, origin), slot) in listeners.into_iter().zip(&mut origins) {
            slot.clone_from(&origin);
            let shared = Arc::clone(&shared);
            let stopped = stopped.clone();
            servers.push(server::spawn(shared, service, listener, origin, stopped));
        }
        if !self.hold_webhooks {
            servers.push(webhooks::spawn(Arc::clone(&shared), stopped.clone()));
        }
        let origins = Arc::new(origins);
        let control = control.map(|(listener, origin)| {
            let (shared, origins) = (Arc::clone(&shared), Arc::clone(&origins));
            servers.push(control::spawn(
                shared,
                origins,
                origin.clone(),
                listener,
                stopped,
            ));
            origin
        });
        Ok(Sandbox {
            shared,
            control,
            origins,
            stop,
            servers,
        })
    }
}
