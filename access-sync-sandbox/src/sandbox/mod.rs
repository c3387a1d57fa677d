//! The running sandbox, what it is made from, and what its parts share.

mod builder;
mod shared;

use std::fmt;
use std::sync::Arc;

use axum::body::Bytes;
use axum::http::{Request, Response};
use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::brivo::Brivo;
use crate::control::Control;
use crate::door::Door;
use crate::entrata::Entrata;
use crate::fault::{Fault, Faults, Service};
use crate::nexudus::Nexudus;
use crate::variants::Variants;
use crate::webhooks::{Delivery, WebhookFaults};
use crate::world::{Churn, WorldMap};

pub use builder::{SandboxBuilder, SandboxError};
pub(crate) use shared::Shared;

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

impl Sandbox {
    /// A builder with the lively world, a frozen clock and no limits.
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder::new()
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
    /// and ended, team changes, suspensions, customers who come; and people of Brivo's try doors.
    /// The webhooks of all of it go out. The same world, days and calls of this give the same
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
        self.shared.set_faults(faults);
    }

    /// The faults that wait, as lines of a script.
    pub fn faults(&self) -> Vec<String> {
        self.shared.fault_lines()
    }

    /// Forgets all faults that have not been used up.
    pub fn clear_faults(&self) {
        self.shared.set_faults(Faults::none());
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
