use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::brivo::BrivoState;
use crate::calls::CallLog;
use crate::clock::Clock;
use crate::entrata::EntrataState;
use crate::fault::{FaultBook, Faults, Service};
use crate::limits::Limits;
use crate::nexudus::NexudusState;
use crate::variants::Variants;
use crate::webhooks::Post;
use crate::world::{Churn, WorldMap, churn_entries, churn_leases, churn_members};

/// What servers and handles have in common.
pub(crate) struct Shared {
    pub(crate) clock: Clock,
    pub(crate) limits: Limits,
    pub(crate) faults: FaultBook,
    pub(super) variants: Mutex<Variants>,
    pub(super) brivo: Mutex<BrivoState>,
    pub(super) entrata: Mutex<EntrataState>,
    pub(super) nexudus: Mutex<NexudusState>,
    pub(super) logs: [CallLog; 3],
    pub(super) postbox: Post,
    pub(super) seed: u64,
    pub(super) rounds: AtomicU64,
    pub(super) map: WorldMap,
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
        churn_entries(&mut self.brivo(), self.seed, now, round, &mut churn);
        self.post();
        churn
    }

    /// What goes wrong from now on, with answers and with webhooks.
    pub(crate) fn set_faults(&self, faults: Faults) {
        self.postbox.set_faults(faults.webhooks.unwrap_or_default());
        self.faults.set(faults);
    }

    /// What goes wrong, as lines of a script.
    pub(crate) fn fault_lines(&self) -> Vec<String> {
        let mut lines = self.faults.lines();
        lines.extend(self.postbox.fault_line());
        lines
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
