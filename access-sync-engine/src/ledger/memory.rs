//! A ledger that is gone with the process.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use access_sync_core::ids::{RecordId, SubjectId, TargetId};
use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{
    CallCount, Fence, Hold, HoldId, KeptDoor, Leased, Ledger, LedgerError, Made, PersonError,
    Rollback, RollbackId, Run, Seen, Update,
};
use crate::journal::{Entry, EntryId, Intent, Outcome};

/// A ledger in memory: for tests, and for programs that run once over an account and leave
/// everything to be adopted later. A second run in another process knows nothing of it.
#[derive(Debug, Default)]
pub struct MemoryLedger(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    leases: BTreeMap<String, Lease>,
    journal: Vec<Entry>,
    last_entry: u64,
    made: Made,
    holds: BTreeMap<HoldId, Hold>,
    last_hold: u64,
    seen: BTreeMap<RecordId, Seen>,
    calls: BTreeMap<(DateTime<Utc>, String, String), u64>,
    runs: Vec<Run>,
    errors: BTreeMap<SubjectId, PersonError>,
    audits: BTreeMap<TargetId, DateTime<Utc>>,
    states: BTreeMap<String, String>,
    claims: BTreeMap<String, DateTime<Utc>>,
    doors: BTreeMap<String, KeptDoor>,
    rollbacks: Vec<Rollback>,
    last_rollback: u64,
}

#[derive(Debug)]
struct Lease {
    token: u64,
    worker: Option<String>,
    until: Option<DateTime<Utc>>,
}

impl MemoryLedger {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn check(&self, fence: &Fence) -> Result<(), LedgerError> {
        match self.leases.get(&fence.name) {
            Some(lease) if lease.token == fence.token && lease.until.is_some() => Ok(()),
            _ => Err(LedgerError::Fenced),
        }
    }

    fn update(&mut self, update: &Update) {
        self.made.apply(update);
        match update {
            Update::Hold(hold) => {
                let mut hold = hold.clone();
                if hold.id == HoldId(0) {
                    hold.id = HoldId(self.last_hold + 1);
                }
                self.last_hold = self.last_hold.max(hold.id.0);
                self.holds.insert(hold.id, hold);
            }
            Update::Unhold(id) => {
                self.holds.remove(id);
            }
            Update::Seen(seen) => {
                self.seen.insert(seen.id.clone(), seen.clone());
            }
            Update::Forget(id) => {
                self.seen.remove(id);
            }
            Update::Calls(count) => {
                let key = (count.hour, count.vendor.clone(), count.operation.clone());
                *self.calls.entry(key).or_default() += count.calls;
            }
            Update::ForgetCallsBefore(at) => self.calls.retain(|(hour, ..), _| hour >= at),
            Update::Run(run) => self.runs.push(run.clone()),
            Update::PersonError(error) => {
                let kept = self.errors.entry(error.subject.clone());
                kept.and_modify(|kept| {
                    kept.last = error.last;
                    kept.times += 1;
                    kept.error.clone_from(&error.error);
                })
                .or_insert_with(|| error.clone());
            }
            Update::PersonOk(subject) => {
                self.errors.remove(subject);
            }
            Update::Audited { target, at } => {
                self.audits.insert(target.clone(), *at);
            }
            Update::State { key, value } => {
                match value {
                    Some(value) => self.states.insert(key.clone(), value.clone()),
                    None => self.states.remove(key),
                };
            }
            Update::Door(event) => {
                let kept = KeptDoor {
                    event: event.clone(),
                    told: None,
                    told_at: None,
                };
                self.doors.entry(event.key.clone()).or_insert(kept);
            }
            Update::DoorTold { key, told, at } => {
                if let Some(kept) = self.doors.get_mut(key) {
                    kept.told = Some(told.clone());
                    kept.told_at = Some(*at);
                }
            }
            Update::ForgetDoorsBefore(at) => self.doors.retain(|_, kept| kept.event.at >= *at),
            Update::Rollback(rollback) => {
                let mut rollback = rollback.clone();
                if rollback.id == RollbackId(0) {
                    rollback.id = RollbackId(self.last_rollback + 1);
                }
                self.last_rollback = self.last_rollback.max(rollback.id.0);
                self.rollbacks.push(rollback);
            }
            Update::RolledBack { id, at } => {
                let of = self.rollbacks.iter_mut().filter(|it| it.id == *id);
                of.for_each(|it| it.done = Some(*at));
            }
            Update::ForgetRollbacksBefore(at) => self.rollbacks.retain(|it| it.at >= *at),
            Update::ForgetClaimsBefore(at) => self.claims.retain(|_, claimed| *claimed >= *at),
            Update::ForgetJournalBefore(at) => {
                self.journal
                    .retain(|entry| entry.ended.is_none_or(|ended| ended >= *at));
            }
            Update::User(_)
            | Update::UserGone(_)
            | Update::Membership { .. }
            | Update::MembershipGone { .. }
            | Update::Credential(_)
            | Update::CredentialGone(_) => {}
        }
    }
}

#[async_trait]
impl Ledger for MemoryLedger {
    async fn lease(
        &self,
        name: &str,
        worker: Option<&str>,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Leased, LedgerError> {
        let mut kept = self.kept();
        let token = match kept.leases.get(name) {
            None => 1,
            Some(lease) => {
                let same = worker.is_some() && lease.worker.as_deref() == worker;
                match lease.until {
                    Some(held) if held > now && !same => {
                        return Ok(Leased::Busy {
                            until: held,
                            worker: lease.worker.clone(),
                        });
                    }
                    _ => lease.token + 1,
                }
            }
        };
        let lease = Lease {
            token,
            worker: worker.map(str::to_owned),
            until: Some(until),
        };
        kept.leases.insert(name.to_owned(), lease);
        Ok(Leased::Granted(Fence {
            name: name.to_owned(),
            token,
        }))
    }

    async fn renew(&self, fence: &Fence, until: DateTime<Utc>) -> Result<(), LedgerError> {
        let mut kept = self.kept();
        kept.check(fence)?;
        if let Some(lease) = kept.leases.get_mut(&fence.name) {
            lease.until = Some(until);
        }
        Ok(())
    }

    async fn give_back(&self, fence: &Fence) -> Result<(), LedgerError> {
        let mut kept = self.kept();
        if kept.check(fence).is_ok() {
            if let Some(lease) = kept.leases.get_mut(&fence.name) {
                lease.until = None;
            }
        }
        Ok(())
    }

    async fn intent(&self, fence: &Fence, intent: &Intent) -> Result<EntryId, LedgerError> {
        let mut kept = self.kept();
        kept.check(fence)?;
        kept.last_entry += 1;
        let id = EntryId(kept.last_entry);
        kept.journal
            .push(Entry::new(id, intent.clone(), None, None));
        Ok(id)
    }

    async fn outcome(
        &self,
        fence: &Fence,
        id: EntryId,
        at: DateTime<Utc>,
        outcome: &Outcome,
        updates: &[Update],
    ) -> Result<(), LedgerError> {
        let mut kept = self.kept();
        kept.check(fence)?;
        let open = |entry: &&mut Entry| entry.id == id && entry.outcome.is_none();
        let Some(entry) = kept.journal.iter_mut().rev().find(open) else {
            return Err(LedgerError::NoEntry(id));
        };
        entry.outcome = Some(outcome.clone());
        entry.ended = Some(at);
        for update in updates {
            kept.update(update);
        }
        Ok(())
    }

    async fn open_intents(&self) -> Result<Vec<Entry>, LedgerError> {
        let kept = self.kept();
        let open = kept.journal.iter().filter(|entry| entry.outcome.is_none());
        Ok(open.cloned().collect())
    }

    async fn journal(&self, count: usize) -> Result<Vec<Entry>, LedgerError> {
        Ok(self
            .kept()
            .journal
            .iter()
            .rev()
            .take(count)
            .cloned()
            .collect())
    }

    async fn journal_after(&self, entry: EntryId) -> Result<Vec<Entry>, LedgerError> {
        let kept = self.kept();
        let after = kept.journal.iter().filter(|it| it.id > entry);
        Ok(after.cloned().collect())
    }

    async fn write(&self, fence: Option<&Fence>, updates: &[Update]) -> Result<(), LedgerError> {
        let mut kept = self.kept();
        if let Some(fence) = fence {
            kept.check(fence)?;
        }
        for update in updates {
            kept.update(update);
        }
        Ok(())
    }

    async fn made(&self) -> Result<Made, LedgerError> {
        Ok(self.kept().made.clone())
    }

    async fn holds(&self) -> Result<Vec<Hold>, LedgerError> {
        Ok(self.kept().holds.values().cloned().collect())
    }

    async fn seen(&self) -> Result<Vec<Seen>, LedgerError> {
        Ok(self.kept().seen.values().cloned().collect())
    }

    async fn calls(&self, since: DateTime<Utc>) -> Result<Vec<CallCount>, LedgerError> {
        let kept = self.kept();
        let calls = kept.calls.iter().filter(|((hour, ..), _)| *hour >= since);
        Ok(calls
            .map(|((hour, vendor, operation), calls)| {
                CallCount::new(*hour, vendor.as_str(), operation.as_str(), *calls)
            })
            .collect())
    }

    async fn runs(&self, count: usize) -> Result<Vec<Run>, LedgerError> {
        Ok(self.kept().runs.iter().rev().take(count).cloned().collect())
    }

    async fn errors(&self) -> Result<Vec<PersonError>, LedgerError> {
        Ok(self.kept().errors.values().cloned().collect())
    }

    async fn audits(&self) -> Result<BTreeMap<TargetId, DateTime<Utc>>, LedgerError> {
        Ok(self.kept().audits.clone())
    }

    async fn rollbacks(&self, count: usize) -> Result<Vec<Rollback>, LedgerError> {
        let kept = self.kept();
        Ok(kept.rollbacks.iter().rev().take(count).cloned().collect())
    }

    async fn doors(&self, since: DateTime<Utc>) -> Result<Vec<KeptDoor>, LedgerError> {
        let kept = self.kept();
        let of = kept.doors.values().filter(|it| it.event.at >= since);
        Ok(in_order(of))
    }

    async fn waiting_doors(&self) -> Result<Vec<KeptDoor>, LedgerError> {
        let kept = self.kept();
        Ok(in_order(kept.doors.values().filter(|it| it.told.is_none())))
    }

    async fn state(&self, key: &str) -> Result<Option<String>, LedgerError> {
        Ok(self.kept().states.get(key).cloned())
    }

    async fn claim(&self, key: &str, at: DateTime<Utc>) -> Result<bool, LedgerError> {
        let mut kept = self.kept();
        let new = !kept.claims.contains_key(key);
        if new {
            kept.claims.insert(key.to_owned(), at);
        }
        Ok(new)
    }
}

fn in_order<'a>(doors: impl Iterator<Item = &'a KeptDoor>) -> Vec<KeptDoor> {
    let mut doors: Vec<_> = doors.cloned().collect();
    doors.sort_by(|a, b| (a.event.at, &a.event.key).cmp(&(b.event.at, &b.event.key)));
    doors
}
