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
use std::sync::Arc;
use std::time::Duration;

use access_sync_engine::access::brivo::BrivoAccess;
use access_sync_engine::events::Hint;
use access_sync_engine::events::nexudus::NexudusPoller;
use access_sync_engine::run::{Activity, LoopHandle, LoopOptions, Remembered, SyncLoop};
use access_sync_engine::source::entrata::EntrataSource;
use access_sync_engine::source::nexudus::NexudusSource;
use access_sync_engine::{Engine, Mapping};
use access_sync_http::test_util::VirtualTimer;
use access_sync_http::{Timer as _, Unlimited};
use access_sync_sandbox::{Clock, Sandbox, Service, World};
use brivo_api::{BrivoClient, Region};
use chrono::{DateTime, TimeDelta, TimeZone as _, Utc};
use entrata_api::{Auth, EntrataClient, Host};
use futures_util::future::join;
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
    let state = State::new(
        truth,
        Dice::new(config.seed ^ 0xFA17),
        config.faults,
        vec!["access-sync".into()],
    );
    let rig = Rig::new(sandbox, timer, state);
    let sync = sync_loop(&rig, config.seed);
    let handle = sync.handle();
    let play = Play {
        config,
        rig: Arc::clone(&rig),
        handle: handle.clone(),
        dice,
        outcome: Outcome::default(),
        post: Vec::new(),
    };
    let playing = async {
        let outcome = play.run(start).await;
        handle.stop();
        outcome
    };
    let (status, outcome) = rig.timer.block_on(join(sync.run(), playing));
    assert_eq!(status.activity, Activity::Stopped);
    outcome
}

/// The services have no socket; their addresses are names, which clients want to be safe.
fn https(url: &str) -> String {
    url.replace("http://", "https://")
}

/// A loop on the rig's services.
pub fn sync_loop(rig: &Arc<Rig>, seed: u64) -> SyncLoop {
    let no_access = match seed % 4 {
        0 => "keep",
        1 => "delete",
        _ => "suspend",
    };
    let text = format!("[policy]\nno_access = \"{no_access}\"\n{}", world::MAPPING);
    let mapping = Mapping::from_toml(&text).unwrap();
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
        .transport(Wire::new(rig, Service::Brivo))
        .build()
        .unwrap();
    let (entrata, login) = (rig.sandbox.entrata(), rig.sandbox.entrata().credentials());
    let entrata = EntrataClient::builder()
        .host(Host::Custom(https(&entrata.gateway_url())))
        .auth(Auth::api_key(login.api_key))
        .limiter(Arc::new(Unlimited))
        .retry(Arc::new(Patient))
        .timer(timer.clone())
        .transport(Wire::new(rig, Service::Entrata))
        .build()
        .unwrap();
    let (nexudus, login) = (rig.sandbox.nexudus(), rig.sandbox.nexudus().credentials());
    let nexudus = NexudusClient::builder()
        .base(https(&nexudus.base_url()))
        .basic(login.email, login.password)
        .limiter(Arc::new(Unlimited))
        .retry(Arc::new(Patient))
        .timer(timer.clone())
        .transport(Wire::new(rig, Service::Nexudus))
        .build()
        .unwrap();
    let poller = NexudusPoller::starting_at(nexudus.clone(), rig.now());
    let entrata = Remembered::new(EntrataSource::new(entrata, &mapping));
    let nexudus = Remembered::new(NexudusSource::new(nexudus, &mapping));
    let engine = Engine::builder(BrivoAccess::new(brivo), &mapping)
        .source(entrata.clone())
        .source(nexudus.clone())
        .build()
        .unwrap();
    let mut options = LoopOptions::default();
    options.every = TimeDelta::hours(2);
    options.poll_every = TimeDelta::hours(1);
    let mut builder = SyncLoop::builder(engine, timer)
        .source(entrata)
        .source(nexudus)
        .options(options);
    if seed % 4 == 3 {
        builder = builder.poller(poller);
    }
    builder.build()
}

struct Play {
    config: Config,
    rig: Arc<Rig>,
    handle: LoopHandle,
    dice: Dice,
    outcome: Outcome,
    /// Webhooks under way: when they arrive, and what they say.
    post: Vec<(DateTime<Utc>, Hint)>,
}

impl Play {
    async fn run(mut self, start: DateTime<Utc>) -> Result<Outcome, Box<Failure>> {
        let end = start + TimeDelta::days(self.config.days.into());
        let mut now = start;
        while now < end {
            self.busy(now + BUSY).await?;
            self.quiet().await?;
            now = self.rig.now();
        }
        let status = self.handle.status();
        self.outcome.runs = status.runs;
        let state = self.rig.state();
        self.outcome.calls = state.calls;
        self.outcome.writes = state.writes;
        self.outcome.faults = state.faults;
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
                self.change();
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
        let what = state.accidents.begin(sandbox, &state.truth, dice);
        state.story.push((now, what));
    }

    fn all_well_again(&self) {
        let mut state = self.rig.state();
        let state = &mut *state;
        state.accidents.end(&self.rig.sandbox, &state.truth);
        let now = self.rig.timer.wall();
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

    fn deliver(&mut self, now: DateTime<Utc>) {
        let (due, later) = self.post.drain(..).partition(|(at, _)| *at <= now);
        self.post = later;
        let due: Vec<(DateTime<Utc>, Hint)> = due;
        self.handle.hint(due.into_iter().map(|(_, hint)| hint));
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
            let external_id = format!("{}:{subject}", state.namespaces[0]);
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

    /// Only the lines about the people concerned, and the last ones.
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
            .user_by_external_id(&format!("{}:{subject}", state.namespaces[0]));
        let user = user.map_or("no user".into(), |user| format!("/users/{}/", user.id));
        let about: Vec<_> = state
            .story
            .iter()
            .enumerate()
            .filter(|(number, (_, line))| {
                line.contains(&subject)
                    || line.contains(&user)
                    || line.starts_with("ACCIDENT")
                    || number + 12 > state.story.len()
            })
            .map(|(_, (at, line))| format!("{} {line}", at.format("%m-%d %H:%M:%S")))
            .collect();
        let skip = about.len().saturating_sub(60);
        Box::new(Failure {
            config: self.config,
            at: self.rig.timer.wall(),
            what,
            story: about.into_iter().skip(skip).collect(),
        })
    }
}
