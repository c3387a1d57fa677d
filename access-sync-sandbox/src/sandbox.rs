use std::fmt;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
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
use crate::control::{self, Control};
use crate::door::Door;
use crate::entrata::{Entrata, EntrataState};
use crate::fault::{Fault, FaultBook, Faults, Service};
use crate::limits::Limits;
use crate::nexudus::{Nexudus, NexudusState};
use crate::server;
use crate::variants::Variants;
use crate::webhooks::{self, Delivery, Post, WebhookFaults};
use crate::world::{Churn, World, WorldMap, churn_leases, churn_members};

/// The three services, running on loopback ports, or in-process only.
///
/// They stop when the sandbox is dropped, or by [`shutdown`](Sandbox::shutdown). Start it inside
/// a tokio runtime.
pub struct Sandbox {
    shared: Arc<Shared>,
    origins: Arc<[String; 3]>,
    control: Option<String>,
    stop: watch::Sender<()>,
    servers: Vec<JoinHandle<()>>,
}

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
        faults.set(std::mem::take(&mut self.faults));
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
            postbox: Post::default(),
            seed: world.seed,
            rounds: AtomicU64::new(0),
            map: world.map,
        })
    }

    /// A sandbox without ports, tasks or runtime, for [`Sandbox::call`] and [`Door::call`] alone. Its hosts are
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

impl Sandbox {
    /// A builder with the lively world, a frozen clock and no limits.
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder {
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

    /// One call without a socket, on this thread, whatever the host of its address: `None` where
    /// a fault keeps the answer back. [`Door::call`] tells why.
    pub fn call(&self, service: Service, request: Request<Bytes>) -> Option<Response<Bytes>> {
        self.door().send(service, request).ok()
    }

    /// The address of the page for people, which is also the base of the control API, where the
    /// sandbox was built with [`control`](SandboxBuilder::control).
    pub fn control_url(&self) -> Option<&str> {
        self.control.as_deref()
    }

    /// Addresses and credentials of all three, under the names of environment variables that the
    /// command line reads.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let own = self.control_url();
        Control::environment_of(&self.brivo(), &self.entrata(), &self.nexudus(), own)
    }

    /// Lets the clock run by itself from where it is, or stand still.
    pub fn set_ticking(&self, ticking: bool) {
        self.shared.clock.tick(ticking);
    }

    /// What a service serves, under the names of [`Call::operation`](crate::Call::operation).
    pub fn operations(service: Service) -> Vec<String> {
        match service {
            Service::Brivo => crate::brivo::operations().collect(),
            Service::Entrata => crate::entrata::operations().collect(),
            Service::Nexudus => crate::nexudus::operations().collect(),
        }
    }

    /// The way in without a socket, to keep apart from the sandbox.
    pub fn door(&self) -> Door {
        Door::new(Arc::clone(&self.shared), Arc::clone(&self.origins))
    }

    /// Brivo: its addresses, credentials, calls and records.
    pub fn brivo(&self) -> Brivo {
        let [origin, _, _] = &*self.origins;
        Brivo::new(Arc::clone(&self.shared), origin.clone())
    }

    /// Entrata: its addresses, credentials, calls and records.
    pub fn entrata(&self) -> Entrata {
        let [_, origin, _] = &*self.origins;
        Entrata::new(Arc::clone(&self.shared), origin.clone())
    }

    /// Nexudus: its address, credentials, calls and records.
    pub fn nexudus(&self) -> Nexudus {
        let [_, _, origin] = &*self.origins;
        Nexudus::new(Arc::clone(&self.shared), origin.clone())
    }

    /// The sandbox's present instant.
    pub fn now(&self) -> DateTime<Utc> {
        self.shared.clock.now()
    }

    /// Moves the sandbox's time to `instant`.
    pub fn set_now(&self, instant: DateTime<Utc>) {
        self.shared.clock.set(instant);
        self.shared.settle();
        self.shared.post();
    }

    /// Moves the sandbox's time by `span`.
    pub fn advance(&self, span: TimeDelta) {
        self.shared.clock.advance(span);
        self.shared.settle();
        self.shared.post();
    }

    /// A day's changes at both sources, by the dice: notices and notices taken back, transfers,
    /// renewals, evictions, new leases; bookings made, moved and cancelled, pauses, contracts begun
    /// and ended, team changes, suspensions. The same world, days and calls of this give the same
    /// changes. Dates that come due by themselves need none of it: they follow the clock.
    pub fn churn(&self) -> Churn {
        self.shared.churn()
    }

    /// Moves the clock by a day and lets the day's changes happen.
    pub fn advance_day(&self) -> Churn {
        self.advance(TimeDelta::days(1));
        self.churn()
    }

    /// Which of Brivo's groups stand for which places of the sources.
    pub fn map(&self) -> WorldMap {
        self.shared.map.clone()
    }

    /// Makes the next matching answers go wrong. Faults are tried in the order of injection.
    pub fn inject(&self, fault: Fault) {
        self.shared.faults.add(fault);
    }

    /// Which spellings are served.
    pub fn variants(&self) -> Variants {
        self.shared.variants()
    }

    /// Changes which spellings are served from now on.
    pub fn set_variants(&self, variants: Variants) {
        self.shared.set_variants(variants);
    }

    /// The webhooks that wait to be sent, in the order of sending. They wait only where nothing
    /// sends them: in an [unlistened](SandboxBuilder::unlistened) sandbox, or one that
    /// [holds](SandboxBuilder::hold_webhooks) them.
    pub fn take_webhooks(&self) -> Vec<Delivery> {
        self.shared.settle();
        self.shared.post();
        self.shared.postbox().take()
    }

    /// What goes wrong with webhooks from now on; nothing unless set.
    pub fn set_webhook_faults(&self, faults: WebhookFaults) {
        self.shared.postbox().set_faults(faults);
    }

    /// Sets what goes wrong from now on, instead of all faults so far.
    pub fn set_faults(&self, faults: Faults) {
        self.shared.faults.set(faults);
    }

    /// The faults that wait, as lines of a script.
    pub fn faults(&self) -> Vec<String> {
        self.shared.faults.lines()
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
    pub(crate) faults: FaultBook,
    variants: Mutex<Variants>,
    brivo: Mutex<BrivoState>,
    entrata: Mutex<EntrataState>,
    nexudus: Mutex<NexudusState>,
    logs: [CallLog; 3],
    postbox: Post,
    seed: u64,
    rounds: AtomicU64,
    map: WorldMap,
}

impl Shared {
    /// Lets the records catch up with the clock.
    pub(crate) fn settle(&self) {
        let now = self.clock.now();
        self.entrata().settle(now);
        self.nexudus().settle(now);
    }

    pub(crate) fn churn(&self) -> Churn {
        let now = self.clock.now();
        let round = self.rounds.fetch_add(1, Ordering::Relaxed);
        let mut churn = Churn::default();
        self.settle();
        churn_leases(&mut self.entrata(), self.seed, now, round, &mut churn);
        churn_members(&mut self.nexudus(), self.seed, now, round, &mut churn);
        self.post();
        churn
    }

    /// The newest webhook calls and what became of them.
    pub(crate) fn delivery_log(&self) -> Vec<serde_json::Value> {
        self.postbox.outcomes()
    }

    pub(crate) fn postbox(&self) -> &Post {
        &self.postbox
    }

    /// Sends what the services have put into the post.
    pub(crate) fn post(&self) {
        let mut all = std::mem::take(&mut self.brivo().outbox);
        all.append(&mut self.nexudus().outbox);
        self.postbox.add(all);
    }

    pub(crate) fn variants(&self) -> Variants {
        *self.variants.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_variants(&self, variants: Variants) {
        *self.variants.lock().unwrap_or_else(PoisonError::into_inner) = variants;
    }

    pub(crate) fn brivo(&self) -> MutexGuard<'_, BrivoState> {
        self.brivo.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn entrata(&self) -> MutexGuard<'_, EntrataState> {
        self.entrata.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn nexudus(&self) -> MutexGuard<'_, NexudusState> {
        let mut state = self.nexudus.lock().unwrap_or_else(PoisonError::into_inner);
        state.reindex();
        state
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
