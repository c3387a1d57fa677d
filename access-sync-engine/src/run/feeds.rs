//! Feeds of events, and who comes and goes by them.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::{SyncLoop, later};
use crate::EngineError;
use crate::events::{DoorEvent, Poller};
use crate::ledger::{Fence, KeptDoor, Leased, Update};
use crate::presence::{OLD, Presence};

/// One feed, as the loop has it.
#[derive(Debug)]
pub(super) struct Feed {
    pub(super) at: DateTime<Utc>,
    failures: u32,
    /// Whether it was told where an earlier process stood.
    resumed: bool,
    /// What it brought and the ledger does not have yet.
    unsaved: Vec<Update>,
}

/// The lease on telling the source who comes and goes.
const TELLER: &str = "presence";
/// It lasts so long unless prolonged.
const LEASE: TimeDelta = TimeDelta::minutes(2);

impl SyncLoop {
    /// Asks the pollers whose time has come.
    pub(super) async fn poll(&self, now: DateTime<Utc>) {
        for (index, poller) in self.pollers.iter().enumerate() {
            if self.feed(index, now, |feed| feed.at) > now {
                continue;
            }
            let result = self.ask(index, poller.as_ref(), now).await;
            let after = self.timer.wall();
            let failures = self.feed(index, now, |feed| {
                feed.failures = match result {
                    Ok(_) => 0,
                    Err(_) => feed.failures.saturating_add(1),
                };
                feed.failures
            });
            let wait = match result {
                Ok(true) => TimeDelta::seconds(1),
                Ok(false) => self.options.poll_every,
                Err(_) => self.options.wait(failures).max(self.options.poll_every),
            };
            let next = later(after, wait);
            self.feed(index, now, |feed| feed.at = next);
            self.status(|status| {
                let health = status.pollers.entry(poller.name().to_owned()).or_default();
                health.failures = failures;
                health.retry_at = (failures > 0).then_some(next);
                if result.is_ok() {
                    health.last_good = Some(after);
                }
                health.error = result.err().map(|error| error.to_string());
            });
        }
    }

    /// One look at a feed. Answers whether there is more to be had at once.
    ///
    /// What it brought for good and the place after it are kept in one transaction: a process that
    /// ends before asks for the same again, and one that ends after goes on behind it.
    async fn ask(
        &self,
        index: usize,
        poller: &dyn Poller,
        now: DateTime<Utc>,
    ) -> Result<bool, EngineError> {
        let key = format!("cursor:{}", poller.name());
        if !self.feed(index, now, |feed| feed.resumed) {
            if let Some(cursor) = self.engine.ledger().state(&key).await? {
                poller.resume(&cursor).await;
            }
            self.feed(index, now, |feed| feed.resumed = true);
        }
        self.save(index, now).await?;
        let polled = poller.poll().await?;
        self.shared.put(polled.hints, self.timer.wall());
        let mut updates = self.marked(polled.doors);
        updates.extend(polled.cursor.map(|cursor| Update::State {
            key,
            value: Some(cursor),
        }));
        self.feed(index, now, |feed| feed.unsaved = updates);
        self.save(index, now).await?;
        Ok(polled.more)
    }

    async fn save(&self, index: usize, now: DateTime<Utc>) -> Result<(), EngineError> {
        let unsaved = self.feed(index, now, |feed| feed.unsaved.clone());
        self.engine.ledger().write(None, &unsaved).await?;
        self.feed(index, now, |feed| feed.unsaved.clear());
        Ok(())
    }

    fn feed<T>(&self, index: usize, now: DateTime<Utc>, look: impl FnOnce(&mut Feed) -> T) -> T {
        let mut due = self.due();
        look(due.feeds.entry(index).or_insert_with(|| Feed {
            at: now,
            failures: 0,
            resumed: false,
            unsaved: Vec::new(),
        }))
    }

    fn marked(&self, doors: Vec<DoorEvent>) -> Vec<Update> {
        let Some(presence) = &self.presence else {
            return Vec::new();
        };
        let marked = doors.into_iter().filter(|event| presence.concerns(event));
        marked.map(Update::Door).collect()
    }

    /// Tells who came and went.
    pub(super) async fn tell_presence(&self) {
        let Some(presence) = &self.presence else {
            self.shared.take_doors();
            return;
        };
        let now = self.timer.wall();
        if self.due().presence_at.is_some_and(|at| now < at) {
            return;
        }
        self.due().presence_at = None;
        if let Err(error) = self.tell_waiting(presence, now).await {
            self.due().presence_at = Some(later(now, self.options.poll_every));
            self.status(|status| status.presence_error = Some(error.to_string()));
        }
    }

    async fn tell_waiting(
        &self,
        presence: &Presence,
        now: DateTime<Utc>,
    ) -> Result<(), EngineError> {
        let ledger = self.engine.ledger();
        let delivered = self.shared.take_doors();
        if let Err(error) = ledger.write(None, &self.marked(delivered.clone())).await {
            self.shared.put_doors(delivered);
            return Err(error.into());
        }
        let waiting = ledger.waiting_doors().await?;
        if waiting.is_empty() {
            return Ok(());
        }
        let worker = self.engine.worker.as_deref();
        let until = later(now, LEASE);
        let fence = match ledger.lease(TELLER, worker, now, until).await? {
            Leased::Granted(fence) => fence,
            // Another worker tells them.
            Leased::Busy { until, .. } => {
                self.due().presence_at = Some(until);
                return Ok(());
            }
        };
        let told = self.tell_each(presence, waiting, &fence, now).await;
        ledger.give_back(&fence).await?;
        told
    }

    async fn tell_each(
        &self,
        presence: &Presence,
        waiting: Vec<KeptDoor>,
        fence: &Fence,
        now: DateTime<Utc>,
    ) -> Result<(), EngineError> {
        let ledger = self.engine.ledger();
        let since = now.checked_sub_signed(OLD).unwrap_or(now);
        for kept in ledger.doors(since).await? {
            if kept.told.is_some() {
                presence.remember(&kept.event);
            }
        }
        let made = ledger.made().await?.users.into_values();
        let users: BTreeMap<_, _> = made.map(|it| (it.user, it.subject)).collect();
        let mut error = None;
        let mut waits = BTreeMap::new();
        for kept in waiting {
            if self.shared.is_stopped() {
                return Ok(());
            }
            // What comes after an event that waits must wait, too.
            if waits.contains_key(&kept.event.user) {
                continue;
            }
            let at = self.timer.wall();
            ledger.renew(fence, later(at, LEASE)).await?;
            let subject = users.get(&kept.event.user);
            // The first run may make people known.
            if subject.is_none() && self.due().run.is_none() {
                continue;
            }
            let told = match presence.tell(&kept.event, subject, at).await {
                Ok(told) => told.as_str(),
                Err(failed @ EngineError::Api(_)) if presence.may_try_again(&failed) => {
                    return Err(failed);
                }
                Err(failed) if presence.may_try_again(&failed) => {
                    waits.insert(kept.event.user, failed);
                    continue;
                }
                Err(failed) => {
                    error = Some(failed.to_string());
                    "failed"
                }
            };
            let update = Update::DoorTold {
                key: kept.event.key,
                told: told.to_owned(),
                at: self.timer.wall(),
            };
            ledger.write(Some(fence), &[update]).await?;
        }
        self.status(|status| status.presence_error = error);
        match waits.into_values().next() {
            Some(failed) => Err(failed),
            None => Ok(()),
        }
    }
}
