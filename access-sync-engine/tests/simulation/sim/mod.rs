//! Months of churn with faults at every call, in seconds, the same for the same seed.
//!
//! Staff and customers change the truth; sources and doors answer with faults; the engine keeps the
//! doors in step. After each quiet period every person and every door is asked, and the answer must be
//! that of a plan made straight from the truth. At every single write it is checked that nobody loses
//! what the truth gives them, and that nothing is touched that is not ours.

pub mod churn;
pub mod dice;
pub mod oracle;
pub mod rig;
pub mod world;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use access_sync_core::SubjectId;
use access_sync_engine::access::brivo::BrivoAccess;
use access_sync_engine::events::Hint;
use access_sync_engine::events::nexudus::NexudusPoller;
use access_sync_engine::ledger::{Hold, HoldId, HoldKind, HoldScope, Ledger, MemoryLedger, Update};
use access_sync_engine::run::{Activity, LoopHandle, LoopOptions, Remembered, SyncLoop};
use access_sync_engine::source::entrata::EntrataSource;
use access_sync_engine::source::nexudus::NexudusSource;
use access_sync_engine::{Engine, Mapping, Observe};
use access_sync_http::test_util::VirtualTimer;
use access_sync_http::{Timer as _, Unlimited};
use access_sync_sandbox::{Clock, Sandbox, Service, World};
use brivo_api::{BrivoClient, Region};
use chrono::{DateTime, TimeDelta, TimeZone as _, Utc};
use entrata_api::{Auth, EntrataClient, Host};
use futures_util::future::{Either, join, join_all, select};
use futures_util::pin_mut;
use nexudus_api::NexudusClient;

use churn::Origin;
use dice::Dice;
use rig::{Patient, Rig, State, Wire};

/// One simulation.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    pub seed: u64,
    pub days: u32,
    /// Faults among a thousand calls.
    pub faults: u64,
}

/// What a simulation that went well was made of.
#[derive(Clone, Copy, Debug, Default)]
pub struct Outcome {
    pub changes: u64,
    pub runs: u64,
    pub calls: u64,
    pub writes: u64,
    pub faults: u64,
    /// Questions asked at doors.
    pub asked: u64,
    /// Answers that were yes.
    pub open: u64,
    pub quiet_periods: u64,
    pub crashes: u64,
    pub holds: u64,
}

impl Outcome {
    #[allow(dead_code, reason = "the long run sums up")]
    pub fn add(&mut self, other: &Self) {
        self.changes += other.changes;
        self.runs += other.runs;
        self.calls += other.calls;
        self.writes += other.writes;
        self.faults += other.faults;
        self.asked += other.asked;
        self.open += other.open;
        self.quiet_periods += other.quiet_periods;
        self.crashes += other.crashes;
        self.holds += other.holds;
    }
}

/// What went wrong, with the story of those it happened to.
#[derive(Debug)]
pub struct Failure {
    pub config: Config,
    pub at: DateTime<Utc>,
    pub what: Vec<String>,
    pub story: Vec<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {} at {}:", self.config.seed, self.at)?;
        for line in self.what.iter().take(6) {
            writeln!(f, "  {line}")?;
        }
        writeln!(f, "the story:")?;
        for line in &self.story {
            writeln!(f, "  {line}")?;
        }
        write!(
            f,
            "again: cargo run --release -p access-sync-engine --example simulate -- --seeds {0}..{0} --days {1} --fault-rate {2}",
            self.config.seed,
            self.config.days,
            self.config.faults as f64 / 1000.0
        )
    }
}

/// Between two quiet periods.
const BUSY: TimeDelta = TimeDelta::days(6);
const QUIET: TimeDelta = TimeDelta::hours(30);
/// The doors are asked this long after the hour, so not in the instant of a change.
const ASIDE: TimeDelta = TimeDelta::seconds(31);

/// Starts before a change of the clocks, or where there is none.
fn start(seed: u64) -> DateTime<Utc> {
    let (month, day) = match seed % 3 {
        0 => (2, 20),
        1 => (9, 20),
        _ => (5, 1),
    };
    Utc.with_ymd_and_hms(2026, month, day, 11, 7, 0).unwrap()
}

/// Runs one simulation.
pub fn simulate(config: Config) -> Result<Outcome, Box<Failure>> {
    let start = start(config.seed);
    let sandbox = Sandbox::builder()
        .world(World::empty())
        .clock(Clock::frozen(start))
        .unlistened();
    let mut dice = Dice::new(config.seed);
    let truth = world::build(&sandbox, &mut dice, start);
    let timer = VirtualTimer::new(start);
    let workers = workers(config.seed);
    let mut namespaces: Vec<_> = workers.iter().map(|it| it.namespace.to_owned()).collect();
    namespaces.dedup();
    let state = State::new(
        truth,
        Dice::new(config.seed ^ 0xFA17),
        config.faults,
        namespaces,
    );
    let rig = Rig::new(sandbox, timer, state);
    let lives: Vec<_> = workers
        .into_iter()
        .map(|worker| Life {
            rig: Arc::clone(&rig),
            worker,
            seed: config.seed,
            handle: Mutex::default(),
            over: AtomicBool::new(false),
        })
        .collect();
    let play = Play {
        config,
        rig: Arc::clone(&rig),
        lives: &lives,
        dice,
        outcome: Outcome::default(),
        post: Vec::new(),
        next_hold: 1,
    };
    let playing = async {
        let outcome = play.run(start).await;
        lives.iter().for_each(Life::end);
        outcome
    };
    let living = join_all(lives.iter().map(Life::live));
    let (_, outcome) = rig.timer.block_on(join(living, playing));
    outcome
}

/// A process with a loop: what it is to do, and what it keeps over a crash.
pub struct Worker {
    pub number: usize,
    pub namespace: &'static str,
    pub leases: bool,
    pub bookings: bool,
    pub ledger: Arc<dyn Ledger>,
}

impl Worker {
    /// One that does all.
    pub fn new(number: usize, ledger: Arc<dyn Ledger>) -> Self {
        Self {
            number,
            namespace: "access-sync",
            leases: true,
            bookings: true,
            ledger,
        }
    }
}

/// One worker as a rule; two with one ledger; or two systems that share the account.
fn workers(seed: u64) -> Vec<Worker> {
    let ledger = || -> Arc<dyn Ledger> { Arc::new(MemoryLedger::default()) };
    let one = ledger();
    match seed % 5 {
        0 => vec![
            Worker {
                bookings: false,
                ..Worker::new(0, one)
            },
            Worker {
                leases: false,
                namespace: "works",
                ..Worker::new(1, ledger())
            },
        ],
        1 => vec![Worker::new(0, Arc::clone(&one)), Worker::new(1, one)],
        _ => vec![Worker::new(0, one)],
    }
}

struct Life {
    rig: Arc<Rig>,
    worker: Worker,
    seed: u64,
    handle: Mutex<Option<LoopHandle>>,
    over: AtomicBool,
}

impl Life {
    /// Lives until the end, through crashes: the process comes back with its ledger and nothing else.
    async fn live(&self) {
        while !self.over.load(Ordering::Acquire) {
            let sync = sync_loop(&self.rig, &self.worker, self.seed);
            *self.handle.lock().unwrap() = Some(sync.handle());
            let (running, crashed) = (sync.run(), self.rig.crashed(self.worker.number));
            pin_mut!(running, crashed);
            if let Either::Left((status, _)) = select(running, crashed).await {
                assert_eq!(status.activity, Activity::Stopped);
                return;
            }
            let restart = self.rig.timer.now() + Duration::from_secs(40);
            self.rig.timer.sleep_until(restart).await;
        }
    }

    fn handle(&self) -> Option<LoopHandle> {
        self.handle.lock().unwrap().clone()
    }

    fn end(&self) {
        self.over.store(true, Ordering::Release);
        if let Some(handle) = self.handle() {
            handle.stop();
        }
    }
}

/// The services have no socket; their addresses are names, which clients want to be safe.
fn https(url: &str) -> String {
    url.replace("http://", "https://")
}

/// A loop on the rig's services.
pub fn sync_loop(rig: &Arc<Rig>, worker: &Worker, seed: u64) -> SyncLoop {
    let no_access = match seed % 4 {
        0 => "keep",
        1 => "delete",
        _ => "suspend",
    };
    let mapping = world::mapping(worker.namespace, no_access, worker.leases, worker.bookings);
    let mapping = Mapping::from_toml(&mapping).unwrap();
    let timer = Arc::new(rig.timer.clone());
    let (brivo, login) = (rig.sandbox.brivo(), rig.sandbox.brivo().credentials());
    let brivo = BrivoClient::builder()
        .region(Region::Custom {
            auth: https(&brivo.auth_url()),
            api: https(&brivo.api_url()),
        })
        .api_key(login.api_key)
        .client(login.client_id, login.client_secret)
        .password(login.username, login.password)
        .limiter(Arc::new(Unlimited))
        .retry(Arc::new(Patient))
        .timer(timer.clone())
        .transport(Wire::new(rig, Service::Brivo, worker.number))
        .build()
        .unwrap();
    let (entrata, login) = (rig.sandbox.entrata(), rig.sandbox.entrata().credentials());
    let entrata = EntrataClient::builder()
        .host(Host::Custom(https(&entrata.gateway_url())))
        .auth(Auth::api_key(login.api_key))
        .limiter(Arc::new(Unlimited))
        .retry(Arc::new(Patient))
        .timer(timer.clone())
        .transport(Wire::new(rig, Service::Entrata, worker.number))
        .build()
        .unwrap();
    let (nexudus, login) = (rig.sandbox.nexudus(), rig.sandbox.nexudus().credentials());
    let nexudus = NexudusClient::builder()
        .base(https(&nexudus.base_url()))
        .basic(login.email, login.password)
        .limiter(Arc::new(Unlimited))
        .retry(Arc::new(Patient))
        .timer(timer.clone())
        .transport(Wire::new(rig, Service::Nexudus, worker.number))
        .build()
        .unwrap();
    let poller = NexudusPoller::starting_at(nexudus.clone(), rig.now());
    let entrata = Remembered::new(EntrataSource::new(entrata, &mapping));
    let nexudus = Remembered::new(NexudusSource::new(nexudus, &mapping));
    let mut engine = Engine::builder(BrivoAccess::new(brivo), &mapping)
        .ledger(Arc::clone(&worker.ledger))
        .worker(format!("worker {}", worker.number))
        .timer(timer.clone())
        .observe(match seed % 3 {
            0 => Observe::Full,
            _ => Observe::Rolling { days: 3 },
        });
    if worker.leases {
        engine = engine.source(entrata.clone());
    }
    if worker.bookings {
        engine = engine.source(nexudus.clone());
    }
    let engine = engine.build().unwrap();
    let mut options = LoopOptions::default();
    options.every = TimeDelta::hours(4);
    options.poll_every = TimeDelta::hours(2);
    let mut builder = SyncLoop::builder(engine, timer)
        .source(entrata)
        .source(nexudus)
        .options(options);
    if seed % 4 == 3 {
        builder = builder.poller(poller);
    }
    builder.build()
}

struct Play<'a> {
    config: Config,
    rig: Arc<Rig>,
    lives: &'a [Life],
    dice: Dice,
    outcome: Outcome,
    /// Webhooks under way: when they arrive, and what they say.
    post: Vec<(DateTime<Utc>, Hint)>,
    next_hold: u64,
}

impl Play<'_> {
    async fn run(mut self, start: DateTime<Utc>) -> Result<Outcome, Box<Failure>> {
        let end = start + TimeDelta::days(self.config.days.into());
        let mut now = start;
        while now < end {
            self.busy(now + BUSY).await?;
            self.quiet().await?;
            now = self.rig.now();
        }
        for handle in self.lives.iter().filter_map(Life::handle) {
            self.outcome.runs += handle.status().runs;
        }
        let state = self.rig.state();
        self.outcome.calls = state.calls;
        self.outcome.writes = state.writes;
        self.outcome.faults = state.faults;
        self.outcome.crashes = state.crashes;
        drop(state);
        Ok(self.outcome)
    }

    async fn busy(&mut self, until: DateTime<Utc>) -> Result<(), Box<Failure>> {
        self.rig.state().faulty = true;
        let mut change_at = self.rig.now() + self.pause();
        let mut accident_ends = None;
        loop {
            let now = self.rig.now();
            self.check()?;
            self.deliver(now);
            if now >= until {
                return Ok(());
            }
            if accident_ends.is_some_and(|at| at <= now) {
                accident_ends = None;
                self.all_well_again();
            }
            if change_at <= now {
                match self.dice.below(20) {
                    0 => self.hold(now).await,
                    1 => self.by_hand(now),
                    _ => self.change(),
                }
                change_at = now + self.pause();
                if self.dice.chance(15) && accident_ends.is_none() {
                    self.accident(now);
                    accident_ends = Some(now + TimeDelta::hours(self.dice.between(1, 20)));
                }
            }
            let post = self.post.iter().map(|(at, _)| *at).min();
            let next = [Some(change_at), Some(until), post, accident_ends];
            let next = next.into_iter().flatten().min().unwrap_or(until);
            self.sleep_to(next).await;
        }
    }

    fn pause(&mut self) -> TimeDelta {
        TimeDelta::minutes(self.dice.between(20, 500))
    }

    fn accident(&mut self, now: DateTime<Utc>) {
        let mut state = self.rig.state();
        let state = &mut *state;
        let (sandbox, dice) = (&self.rig.sandbox, &mut self.dice);
        let what = state.accidents.begin(sandbox, &state.truth, dice, now);
        state.story.push((now, what));
    }

    fn all_well_again(&self) {
        let mut state = self.rig.state();
        let now = self.rig.timer.wall();
        state.all_well_again(&self.rig.sandbox, now);
        state.story.push((now, "all sources are well again".into()));
    }

    fn change(&mut self) {
        let now = self.rig.now();
        let mut state = self.rig.state();
        let state = &mut *state;
        let (sandbox, dice) = (&self.rig.sandbox, &mut self.dice);
        churn::progress(sandbox, &mut state.truth, &state.accidents, dice, now);
        let Some(change) = churn::step(sandbox, &mut state.truth, &state.accidents, dice, now)
        else {
            return;
        };
        state.touch(&change.subjects, now);
        let line = format!("{} ({})", change.what, change.subjects.join(", "));
        state.story.push((now, line));
        self.outcome.changes += 1;
        let hint = match change.origin {
            Origin::Booking(id) => Hint::Booking(id.to_string()),
            Origin::Contract(id) => Hint::Contract(id.to_string()),
            Origin::Coworker(id) => Hint::Person(oracle::coworker(id).into()),
            Origin::Team(id) => Hint::Team(id.to_string()),
            // Entrata has no webhooks, and Nexudus none for pauses.
            Origin::Entrata | Origin::Silent | Origin::Nobody => return,
        };
        // One in five is lost, one in ten comes twice, and some overtake others.
        for _ in 0..1 + u32::from(dice.chance(100)) {
            if !dice.chance(200) {
                let late = if dice.chance(300) { 40 } else { 0 };
                let at = now + TimeDelta::minutes(dice.between(0, late));
                self.post.push((at, hint.clone()));
            }
        }
    }

    /// An operator holds somebody's access, or lifts a hold.
    async fn hold(&mut self, now: DateTime<Utc>) {
        let (subject, hold, lifted) = {
            let mut state = self.rig.state();
            let people = oracle::people(&state.truth);
            if self.dice.chance(400) && !state.holds.is_empty() {
                let held = state.holds.remove(0);
                (held.subject, None, Some(HoldId(held.number)))
            } else {
                let Some(subject) = self.dice.pick(&people).cloned() else {
                    return;
                };
                let until = self.dice.chance(500);
                let until = until.then(|| now + TimeDelta::hours(self.dice.between(2, 90)));
                let number = self.next_hold;
                self.next_hold += 1;
                let scope = HoldScope::Person(SubjectId::new(subject.as_str()));
                let mut hold = Hold::new(HoldKind::Hold, scope, now, "a test");
                hold.id = HoldId(number);
                hold.until = until;
                state.holds.push(oracle::Held {
                    number,
                    subject: subject.clone(),
                    from: now,
                    until,
                });
                (subject, Some(hold), None)
            }
        };
        self.outcome.holds += 1;
        for life in self.lives {
            let update = match (&hold, lifted) {
                (Some(hold), _) => Update::Hold(hold.clone()),
                (None, Some(id)) => Update::Unhold(id),
                (None, None) => return,
            };
            // Two workers may have one ledger; the second time changes nothing.
            let _ = life.worker.ledger.write(None, &[update]).await;
        }
        let mut state = self.rig.state();
        state.touch(std::slice::from_ref(&subject), now);
        let line = match &hold {
            Some(hold) => format!("hold on {subject} until {:?}", hold.until),
            None => format!("hold on {subject} lifted"),
        };
        state.story.push((now, line));
        drop(state);
        self.post.push((now, Hint::Person(subject.into())));
    }

    /// Staff put a user of ours into a group to which nothing entitles them. It is not ours then.
    fn by_hand(&mut self, now: DateTime<Utc>) {
        let mut state = self.rig.state();
        let plan = state.plan();
        let brivo = self.rig.sandbox.brivo();
        let people = oracle::people(&state.truth);
        let groups: Vec<_> = state.truth.groups.values().copied().collect();
        let (Some(subject), Some(group)) = (self.dice.pick(&people), self.dice.pick(&groups))
        else {
            return;
        };
        let external_id = state.external_id(subject);
        let Some(user) = brivo.user_by_external_id(&external_id) else {
            return;
        };
        if oracle::entitled(&plan, subject, *group, now) || brivo.members(*group).contains(&user.id)
        {
            return;
        }
        brivo.add_member(user.id, *group);
        state.truth.by_hand.insert((external_id, *group));
        let line = format!("staff put {subject} into group {group}");
        state.story.push((now, line));
    }

    fn deliver(&mut self, now: DateTime<Utc>) {
        let (due, later) = self.post.drain(..).partition(|(at, _)| *at <= now);
        self.post = later;
        let due: Vec<(DateTime<Utc>, Hint)> = due;
        for handle in self.lives.iter().filter_map(Life::handle) {
            handle.hint(due.iter().map(|(_, hint)| hint.clone()));
        }
    }

    /// No faults, no changes; then the doors are asked, hour by hour.
    async fn quiet(&mut self) -> Result<(), Box<Failure>> {
        self.rig.state().faulty = false;
        self.all_well_again();
        self.outcome.quiet_periods += 1;
        let now = self.rig.now();
        let end = now + QUIET;
        self.sleep_to(now + TimeDelta::hours(6) + ASIDE).await;
        while self.rig.now() < end {
            self.check()?;
            self.ask()?;
            self.sleep_to(self.rig.now() + TimeDelta::hours(1)).await;
        }
        self.check()
    }

    async fn sleep_to(&self, at: DateTime<Utc>) {
        let wait = (at - self.rig.now()).to_std().unwrap_or_default();
        let wait = wait.max(Duration::from_secs(1));
        let until = self.rig.timer.now() + wait;
        self.rig.timer.sleep_until(until).await;
    }

    fn check(&self) -> Result<(), Box<Failure>> {
        let what = std::mem::take(&mut self.rig.state().violations);
        if what.is_empty() {
            return Ok(());
        }
        Err(self.failure(what))
    }

    /// Every person at every door.
    fn ask(&mut self) -> Result<(), Box<Failure>> {
        let now = self.rig.now();
        let brivo = self.rig.sandbox.brivo();
        let mut wrong = Vec::new();
        let mut state = self.rig.state();
        let plan = state.plan();
        for subject in oracle::people(&state.truth) {
            let external_id = state.external_id(&subject);
            for (name, group) in &state.truth.groups {
                let opens = brivo.can_open(external_id.as_str(), name, now);
                let may = oracle::entitled(&plan, &subject, *group, now);
                let by_hand = state.truth.by_hand.contains(&(external_id.clone(), *group));
                self.outcome.asked += 1;
                self.outcome.open += u64::from(opens);
                if may && !opens {
                    wrong.push(format!(
                        "LOST: {subject} may open {name} ({group}) and cannot"
                    ));
                } else if opens && !may && !by_hand {
                    wrong.push(format!(
                        "OPEN: {subject} opens {name} ({group}) and may not"
                    ));
                }
            }
        }
        drop(state);
        if wrong.is_empty() {
            return Ok(());
        }
        Err(self.failure(wrong))
    }

    /// Only the lines about the people concerned, those before the first wrong, and the last ones.
    fn failure(&self, what: Vec<String>) -> Box<Failure> {
        let state = self.rig.state();
        let first = what.first().cloned().unwrap_or_default();
        let subject = first
            .split([' ', ','])
            .find(|word| word.contains(":c"))
            .unwrap_or("nobody")
            .to_owned();
        let user = self
            .rig
            .sandbox
            .brivo()
            .user_by_external_id(&state.external_id(&subject));
        let user = user.map_or("no user".into(), |user| format!("/users/{}/", user.id));
        let wrong = state
            .story
            .iter()
            .position(|(_, line)| line.starts_with("VIOLATION"))
            .unwrap_or(state.story.len());
        let about: Vec<_> = state
            .story
            .iter()
            .enumerate()
            .filter(|(number, (_, line))| {
                line.contains(&subject)
                    || line.contains(&user)
                    || line.starts_with("ACCIDENT")
                    || number + 12 > state.story.len()
                    || (number + 40 > wrong && *number < wrong)
            })
            .map(|(_, (at, line))| format!("{} {line}", at.format("%m-%d %H:%M:%S")))
            .collect();
        let skip = about.len().saturating_sub(100);
        Box::new(Failure {
            config: self.config,
            at: self.rig.timer.wall(),
            what,
            story: about.into_iter().skip(skip).collect(),
        })
    }
}
