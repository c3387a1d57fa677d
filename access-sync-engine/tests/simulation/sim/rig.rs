//! The services, the clock, the faults, and what may never happen at any call.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::future::{Future, pending, poll_fn};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use access_sync_core::Plan;
use access_sync_http::test_util::VirtualTimer;
use access_sync_http::{AttemptInfo, Decision, RetryPolicy, Timer as _, Transport, TransportError};
use access_sync_sandbox::brivo::BrivoSnapshot;
use access_sync_sandbox::{Fault, FaultKind, Sandbox, Service};
use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::task::AtomicWaker;

use super::churn::Accidents;
use super::dice::Dice;
use super::oracle::{self, Held};
use super::world::Truth;

/// A change of the truth that is younger than this may not have been read yet: two rounds of the loop,
/// and the waits after what went wrong in them.
const NEWS: TimeDelta = TimeDelta::hours(10);

pub struct Rig {
    pub sandbox: Sandbox,
    pub timer: VirtualTimer,
    state: Mutex<State>,
    /// One for each worker.
    crashes: [Crash; 2],
}

#[derive(Default)]
struct Crash {
    crashed: AtomicBool,
    waker: AtomicWaker,
}

pub struct State {
    pub truth: Truth,
    pub accidents: Accidents,
    pub holds: Vec<Held>,
    /// External ids that start so are ours; the rest is nobody's to touch.
    pub namespaces: Vec<String>,
    pub dice: Dice,
    pub per_mille: u64,
    pub faulty: bool,
    pub faults: u64,
    pub calls: u64,
    pub writes: u64,
    pub crashes: u64,
    pub violations: Vec<String>,
    pub story: Vec<(DateTime<Utc>, String)>,
    touched: BTreeMap<String, DateTime<Utc>>,
    plan: Option<Plan>,
}

impl Rig {
    pub fn new(sandbox: Sandbox, timer: VirtualTimer, state: State) -> Arc<Self> {
        Arc::new(Self {
            sandbox,
            timer,
            state: Mutex::new(state),
            crashes: Default::default(),
        })
    }

    /// Resolves when this worker's process is to die.
    pub fn crashed(&self, worker: usize) -> impl Future<Output = ()> + '_ {
        let crash = &self.crashes[worker];
        poll_fn(move |context| {
            crash.waker.register(context.waker());
            if crash.crashed.swap(false, Ordering::AcqRel) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
    }

    fn crash(&self, worker: usize) {
        let crash = &self.crashes[worker];
        crash.crashed.store(true, Ordering::Release);
        crash.waker.wake();
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The sandbox's time follows the timer's.
    pub fn now(&self) -> DateTime<Utc> {
        let now = self.timer.wall();
        self.sandbox.set_now(now);
        now
    }
}

impl fmt::Debug for Rig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rig")
    }
}

impl State {
    pub fn new(truth: Truth, dice: Dice, per_mille: u64, namespaces: Vec<String>) -> Self {
        Self {
            truth,
            accidents: Accidents::default(),
            holds: Vec::new(),
            namespaces,
            dice,
            per_mille,
            faulty: true,
            faults: 0,
            calls: 0,
            writes: 0,
            crashes: 0,
            violations: Vec::new(),
            story: Vec::new(),
            touched: BTreeMap::new(),
            plan: None,
        }
    }

    /// What the truth lets everybody do.
    pub fn plan(&mut self) -> Plan {
        let (truth, holds) = (&self.truth, &self.holds);
        self.plan
            .get_or_insert_with(|| oracle::expected(truth, holds))
            .clone()
    }

    /// The truth is another one now, for these people.
    pub fn touch(&mut self, subjects: &[String], at: DateTime<Utc>) {
        self.plan = None;
        for subject in subjects {
            self.touched.insert(subject.clone(), at);
        }
    }

    /// The sources show the whole truth again, and with it what happened since the accident.
    pub fn all_well_again(&mut self, sandbox: &Sandbox, now: DateTime<Utc>) {
        let begun = self.accidents.begun;
        self.accidents.end(sandbox, &self.truth);
        for at in self.touched.values_mut() {
            if begun.is_some_and(|begun| *at >= begun) {
                *at = now;
            }
        }
    }

    /// Whether the sources may not have told yet what is true of somebody.
    fn is_news(&self, subject: &str, now: DateTime<Utc>) -> bool {
        self.touched.get(subject).is_some_and(|at| {
            now - *at < NEWS || self.accidents.begun.is_some_and(|begun| *at >= begun)
        })
    }

    pub fn is_ours(&self, external_id: Option<&str>) -> bool {
        self.subject(external_id).is_some()
    }

    /// The external id of a subject's user: the second namespace has the coworkers.
    pub fn external_id(&self, subject: &str) -> String {
        let second = self
            .namespaces
            .get(1)
            .filter(|_| subject.starts_with("nexudus:"));
        let namespace = second.or_else(|| self.namespaces.first());
        format!("{}:{subject}", namespace.map_or("", String::as_str))
    }

    pub fn subject<'a>(&self, external_id: Option<&'a str>) -> Option<&'a str> {
        let id = external_id?;
        let mut namespaces = self.namespaces.iter();
        namespaces.find_map(|name| id.strip_prefix(name.as_str())?.strip_prefix(':'))
    }

    /// What one write did, held against what it may do.
    fn judge(
        &mut self,
        operation: &str,
        before: &BrivoSnapshot,
        after: &BrivoSnapshot,
        now: DateTime<Utc>,
    ) {
        let plan = self.plan();
        let mut wrong = Vec::new();
        let of = |snapshot: &BrivoSnapshot| {
            let mut all: BTreeMap<i64, BTreeSet<i64>> = BTreeMap::new();
            for (group, users) in &snapshot.members {
                for user in users {
                    all.entry(*user).or_default().insert(*group);
                }
            }
            all
        };
        let (had, has) = (of(before), of(after));
        for (id, user) in &before.users {
            let groups = had.get(id).cloned().unwrap_or_default();
            let now_groups = has.get(id).cloned().unwrap_or_default();
            let then = after.users.get(id);
            let Some(subject) = self.subject(user.external_id.as_deref()) else {
                let same = then == Some(user);
                if !same || groups != now_groups {
                    wrong.push(format!("{operation} touched foreign user {id}"));
                }
                continue;
            };
            let external_id = user.external_id.clone().unwrap_or_default();
            let shut = then.is_none_or(|it| it.suspended) && !user.suspended;
            for group in &groups {
                let taken = !now_groups.contains(group);
                if taken
                    && then.is_some()
                    && self.truth.by_hand.contains(&(external_id.clone(), *group))
                {
                    wrong.push(format!(
                        "{operation} took {subject} out of group {group}, given by hand"
                    ));
                }
                if (taken || shut)
                    && !self.is_news(subject, now)
                    && oracle::entitled(&plan, subject, *group, now)
                {
                    wrong.push(format!(
                        "{operation} took group {group} from {subject}, who is entitled to it"
                    ));
                }
            }
        }
        let mut ids = BTreeSet::new();
        for user in after.users.values() {
            let id = user.external_id.as_deref();
            if !before.users.contains_key(&user.id) && !self.is_ours(id) {
                wrong.push(format!("{operation} made a user that is not ours"));
            }
            if id.is_some_and(|id| !ids.insert(id.to_owned())) {
                wrong.push(format!("two users have the external id {id:?}"));
            }
        }
        for line in wrong {
            self.story.push((now, format!("VIOLATION {line}")));
            self.violations.push(line);
        }
    }
}

/// The three services without sockets, and with faults.
#[derive(Debug)]
pub struct Wire {
    rig: Arc<Rig>,
    service: Service,
    worker: usize,
}

impl Wire {
    pub fn new(rig: &Arc<Rig>, service: Service, worker: usize) -> Arc<Self> {
        Arc::new(Self {
            rig: Arc::clone(rig),
            service,
            worker,
        })
    }

    /// The process dies at this call: before it went out, or before the answer came.
    async fn die(&self) {
        self.rig.crash(self.worker);
        pending::<()>().await;
    }

    fn fault(&self, state: &mut State) -> Option<FaultKind> {
        let rate = state.per_mille;
        if !state.faulty || !state.dice.chance(rate) {
            return None;
        }
        state.faults += 1;
        let dice = &mut state.dice;
        Some(match dice.below(11) {
            0 => FaultKind::Status(500),
            1 => FaultKind::Status(503),
            2 => FaultKind::Throttled {
                retry_after_secs: 1 + u32::try_from(dice.below(20)).unwrap_or(1),
            },
            3 => FaultKind::Html,
            4 => FaultKind::Blank,
            5 => FaultKind::Truncated,
            6 => FaultKind::ClosedBefore,
            7 | 8 => FaultKind::ClosedAfter,
            9 => FaultKind::ShortPage {
                missing: 1 + usize::try_from(dice.below(3)).unwrap_or(0),
            },
            _ if self.service == Service::Entrata => FaultKind::InBandError { code: 301 },
            _ => FaultKind::Status(502),
        })
    }
}

#[async_trait]
impl Transport for Wire {
    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, TransportError> {
        let now = self.rig.now();
        let sandbox = &self.rig.sandbox;
        let path = request.uri().path().to_owned();
        let operation = format!("{} {path}", request.method());
        let token = path.ends_with("/token");
        let writes = self.service == Service::Brivo && request.method() != "GET" && !token;
        let (dies, after) = {
            let mut state = self.rig.state();
            // Writes are where it hurts.
            let per_ten_thousand = if writes { 200 } else { 4 };
            let dies =
                state.faulty && state.per_mille > 0 && state.dice.below(10_000) < per_ten_thousand;
            if dies {
                state.crashes += 1;
                let line = format!("  CRASH of worker {} at {operation}", self.worker);
                state.story.push((now, line));
            }
            (dies, state.dice.chance(500))
        };
        if dies && !after {
            self.die().await;
        }
        let fault = {
            let mut state = self.rig.state();
            state.calls += 1;
            let fault = self.fault(&mut state);
            if let Some(fault) = fault {
                state
                    .story
                    .push((now, format!("  fault {fault:?} at {operation}")));
                sandbox.inject(Fault::new(self.service, fault));
            }
            fault
        };
        let brivo = sandbox.brivo();
        let before = writes.then(|| brivo.snapshot());
        let body = writes.then(|| String::from_utf8_lossy(request.body()).into_owned());
        let answer = sandbox.call(self.service, request);
        if fault.is_some() {
            sandbox.clear_faults();
        }
        if let Some(before) = before {
            let status = answer.as_ref().map(|it| it.status().as_u16());
            let mut state = self.rig.state();
            state.writes += 1;
            let body = body.unwrap_or_default();
            state
                .story
                .push((now, format!("  {operation} {body} -> {status:?}")));
            state.judge(&operation, &before, &brivo.snapshot(), now);
        }
        if dies {
            self.die().await;
        }
        sandbox.brivo().reset_calls();
        sandbox.entrata().reset_calls();
        sandbox.nexudus().reset_calls();
        answer.ok_or_else(|| TransportError::maybe_sent("the connection was closed"))
    }
}

/// As the clients' own policy, without its chance: two waits, the server's delay kept.
#[derive(Debug)]
pub struct Patient;

impl RetryPolicy for Patient {
    fn next(&self, attempt: &AttemptInfo) -> Decision {
        let longest = access_sync_http::FullJitter::default().max_attempts(4);
        match longest.next(attempt) {
            Decision::RetryAfter(_) => {
                let least = Duration::from_secs(u64::from(attempt.attempt));
                Decision::RetryAfter(least.max(attempt.server_delay.unwrap_or_default()))
            }
            stop => stop,
        }
    }
}
