//! The engine and how it is built.

use std::sync::Arc;

use access_sync_core::guard::Approval;
use access_sync_core::ids::SubjectId;
use access_sync_core::policy::{NoAccess, Policy};
use access_sync_http::limit::WindowLimiter;
use access_sync_http::{SystemTimer, Timer};

use crate::access::AccessSystem;
use crate::journal::EntryId;
use crate::ledger::{CallMeter, Ledger, MemoryLedger};
use crate::mapping::{Mapping, Namespace};
use crate::source::Source;
use crate::{EngineError, Observe};

/// Keeps one access-control account in step with its sources.
#[derive(Debug)]
pub struct Engine {
    pub(crate) access: Arc<dyn AccessSystem>,
    pub(crate) sources: Vec<Arc<dyn Source>>,
    pub(crate) mapping: Mapping,
    pub(crate) policy: Policy,
    pub(crate) ledger: Arc<dyn Ledger>,
    pub(crate) timer: Arc<dyn Timer>,
    pub(crate) worker: Option<String>,
    pub(crate) meter: Option<Arc<CallMeter>>,
    pub(crate) limiters: Vec<(String, Arc<WindowLimiter>)>,
    pub(crate) approval: Option<Approval>,
    pub(crate) adopt_existing: bool,
    pub(crate) observe: Observe,
}

/// Builds an [`Engine`].
#[derive(Debug)]
pub struct EngineBuilder {
    engine: Engine,
}

impl EngineBuilder {
    /// Adds a source.
    #[must_use]
    pub fn source(mut self, source: impl Source + 'static) -> Self {
        self.engine.sources.push(Arc::new(source));
        self
    }

    /// Where everything is kept that must outlive the process; in memory unless said otherwise. One
    /// ledger belongs to one account and one namespace.
    #[must_use]
    pub fn ledger(mut self, ledger: Arc<dyn Ledger>) -> Self {
        self.engine.ledger = ledger;
        self
    }

    /// The worker's name. One that comes back under the same name after a crash goes on at once;
    /// one without a name waits until its predecessor's lease has run out, two minutes at most. Two
    /// that run at the same time need two names, or none.
    #[must_use]
    pub fn worker(mut self, name: impl Into<String>) -> Self {
        self.engine.worker = Some(name.into());
        self
    }

    /// The clock, as far as it measures how long a run takes. The instant to plan for is always the
    /// caller's.
    #[must_use]
    pub fn timer(mut self, timer: Arc<dyn Timer>) -> Self {
        self.engine.timer = timer;
        self
    }

    /// Counts calls into the ledger: give the same meter to the clients, as their hooks.
    #[must_use]
    pub fn meter(mut self, meter: Arc<CallMeter>) -> Self {
        self.engine.meter = Some(meter);
        self
    }

    /// Keeps a limiter's state in the ledger after each run, under a name;
    /// [`limiter_state`](crate::ledger::limiter_state) gives it back to the next process.
    #[must_use]
    pub fn limiter(mut self, name: impl Into<String>, limiter: Arc<WindowLimiter>) -> Self {
        self.engine.limiters.push((name.into(), limiter));
        self
    }

    /// Lets one set of changes pass that the guard held back, by its digest.
    #[must_use]
    pub fn approval(mut self, approval: Approval) -> Self {
        self.engine.approval = Some(approval);
        self
    }

    /// Takes over users that have an external id of our namespace and that the ledger does not know,
    /// with their memberships in mapped groups: for an account that was kept in step without this
    /// ledger, or whose ledger was lost. That happens in the first run that reads everything whole,
    /// since a membership found later would count as somebody else's. Without it, the default, they are left alone and reported
    /// ([`EngineError::NotOurs`]), and can be taken over one by one ([`Engine::adopt`]).
    #[must_use]
    pub fn adopt_existing(mut self, adopt: bool) -> Self {
        self.engine.adopt_existing = adopt;
        self
    }

    /// How much of the access-control system each run reads.
    #[must_use]
    pub fn observe(mut self, observe: Observe) -> Self {
        self.engine.observe = observe;
        self
    }

    /// The engine.
    ///
    /// # Errors
    /// [`EngineError::Mapping`] where the mapping contradicts itself.
    pub fn build(self) -> Result<Engine, EngineError> {
        self.engine.mapping.check()?;
        Ok(self.engine)
    }
}

impl Engine {
    /// An engine for `access`, by `mapping`; add sources and a ledger.
    pub fn builder(access: impl AccessSystem + 'static, mapping: &Mapping) -> EngineBuilder {
        EngineBuilder {
            engine: Self {
                access: Arc::new(access),
                sources: Vec::new(),
                policy: mapping.policy.to_policy(),
                mapping: mapping.clone(),
                ledger: Arc::new(MemoryLedger::default()),
                timer: Arc::new(SystemTimer),
                worker: None,
                meter: None,
                limiters: Vec::new(),
                approval: None,
                adopt_existing: false,
                observe: Observe::default(),
            },
        }
    }

    /// The external id that a subject's user has, or would have.
    #[must_use]
    pub fn external_id(&self, subject: &SubjectId) -> String {
        self.namespace().external_id(subject.as_str())
    }

    /// The ledger.
    #[must_use]
    pub fn ledger(&self) -> &Arc<dyn Ledger> {
        &self.ledger
    }

    pub(crate) fn namespace(&self) -> &Namespace {
        &self.mapping.namespace
    }

    pub(crate) fn revokes_passes(&self) -> bool {
        self.policy.no_access == NoAccess::SuspendAndRevokePass
    }

    /// The last entry of the journal.
    pub(crate) async fn head(&self) -> Result<EntryId, EngineError> {
        let last = self.ledger.journal(1).await?;
        Ok(last.first().map_or(EntryId(0), |entry| entry.id))
    }
}
