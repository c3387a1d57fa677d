//! `access-sync run`: the loop.

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use access_sync_engine::Observe;
use access_sync_engine::events::Hint;
use access_sync_engine::events::brivo::BrivoPoller;
use access_sync_engine::events::nexudus::NexudusPoller;
use access_sync_engine::presence::{NexudusAttendance, Presence};
use access_sync_engine::run::{Activity, LoopHandle, LoopOptions, Status, SyncLoop};
use access_sync_http::{SystemTimer, Timer};
use chrono::TimeDelta;
use clap::Args;

use super::{Common, Failure, exit};
use crate::clock::{self, Clock, Shifted};
use crate::connect::House;
use crate::render::{count, red, tick, utc, yellow};
use crate::runtime::Stop;
use crate::{output, runtime};

/// Keep the doors in step until Ctrl-C.
///
/// Sleeps until the next window begins or ends, a source is due to be read again, or an event says that
/// something changed; then reads, plans, and puts right what is not. One line a run; with --json one object
/// a run. Doors marked under `[presence]` in the mapping become check-ins and check-outs at Nexudus, each entry
/// once. Ctrl-C or SIGTERM finishes the calls under way and ends; the ledger knows the rest.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    access-sync run                       until Ctrl-C\n  \
    access-sync run --once                one run, for cron\n  \
    access-sync run --every 60 --json     read the sources hourly, one JSON object a run\n  \
    access-sync run --poll                ask for events each minute, too\n  \
    access-sync run --audit-days 0        read every group in every run\n\n\
    Exit codes: 0 ended as asked; 1 with --once, something failed; 2 the configuration is wrong; 4 with --once, the \
    guard holds removals back; 130 Ctrl-C twice.")]
pub(crate) struct Run {
    /// End after the first run.
    #[arg(long)]
    once: bool,
    /// Read the sources at least this often, in minutes.
    #[arg(long, value_name = "MINUTES", default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..))]
    every: u32,
    /// Read who is in which group by shares, each group once in so many days; between, what the ledger
    /// says counts, and only people who are to be changed are asked for their groups. 0: everything in
    /// every run, which costs a call per hundred members of each group each time.
    #[arg(long, value_name = "DAYS", default_value_t = 7)]
    audit_days: u16,
    /// Ask Brivo and Nexudus for events each minute: changes are seen sooner, for 43,200 calls to Brivo in 30
    /// days. Doors that the mapping marks under `[presence]` are asked for in any case, for as many more.
    #[arg(long)]
    poll: bool,
    #[command(flatten)]
    common: Common,
}

/// How often the loop's status is looked at, to tell of runs.
const LOOK: Duration = Duration::from_millis(200);

impl Run {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        runtime::writing(self.keep())
    }

    async fn keep(&self) -> Result<ExitCode, Failure> {
        let mut stop = Stop::listen()?;
        let house = stop.or(House::open(&self.common)).await?;
        let clock = house.shifted.clone();
        let timer: Arc<dyn Timer> = match house.clock {
            Clock::Machine => Arc::new(SystemTimer),
            Clock::Flag | Clock::Sandbox => Arc::new(clock.clone()),
        };
        let sync = self.sync(&house, timer)?;
        let handle = sync.handle();
        let told = Teller {
            handle: handle.clone(),
            json: self.common.json,
            once: self.once,
        };
        let status = {
            let work = sync.run();
            let side = async {
                tokio::join!(told.tell(), follow(&house, &clock, &handle));
            };
            tokio::pin!(work, side);
            tokio::select! {
                status = &mut work => status,
                () = &mut side => work.await,
                () = stop.asked() => {
                    handle.stop();
                    if !self.common.quiet {
                        eprintln!("ending: what is under way is finished (Ctrl-C again: at once)");
                    }
                    tokio::select! {
                        status = &mut work => status,
                        () = stop.asked() => return Err(Failure::stopped(
                            "ended at once; the ledger knows which calls were open, and the next run looks what became of them",
                        )),
                    }
                }
            }
        };
        told.line(&status)?;
        Ok(ExitCode::from(match &status {
            status if !self.once || status.runs == 0 => 0,
            status if status.access.error.is_some() || !status.people.is_empty() => exit::FAULT,
            status if status.withheld.is_some() => exit::HELD,
            _ => 0,
        }))
    }

    fn sync(&self, house: &House, timer: Arc<dyn Timer>) -> Result<SyncLoop, Failure> {
        let observe = match self.audit_days {
            0 => Observe::Full,
            days => Observe::Rolling { days },
        };
        let (engine, sources) = house.looped(Arc::clone(&timer), observe)?;
        let mut options = LoopOptions::default();
        options.every = TimeDelta::minutes(self.every.into());
        let mut builder = SyncLoop::builder(engine, timer).options(options);
        for source in sources {
            builder = builder.source(source);
        }
        let presence = &house.config.mapping.presence;
        let told = match (&house.clients.nexudus, presence.doors.is_empty()) {
            (Some(nexudus), false) => Some(nexudus.clone()),
            (None, false) => {
                return Err(Failure::usage(
                    "[presence] tells Nexudus who comes and goes, and there is no [nexudus]; add it, or take \
                     [presence] out",
                ));
            }
            (_, true) => None,
        };
        let brivo = BrivoPoller::starting_at(house.clients.brivo.clone(), house.now);
        builder = match (self.poll, &told) {
            (true, Some(_)) => builder.poller(brivo.with_doors()),
            (true, None) => builder.poller(brivo),
            (false, Some(_)) => builder.poller(brivo.only_doors()),
            (false, None) => builder,
        };
        if let Some(nexudus) = told {
            let attendance = NexudusAttendance::new(nexudus);
            builder = builder.presence(Presence::new(presence.clone(), attendance));
        }
        if self.poll {
            if let Some(nexudus) = &house.clients.nexudus {
                builder = builder.poller(NexudusPoller::starting_at(nexudus.clone(), house.now));
            }
        }
        Ok(builder.build())
    }
}

/// Keeps our clock with the sandbox's; where that was moved by hand, the loop looks again.
async fn follow(house: &House, clock: &Shifted, handle: &LoopHandle) {
    let (Clock::Sandbox, Some(url)) = (house.clock, &house.config.sandbox) else {
        return;
    };
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        if handle.status().activity == Activity::Stopped {
            return;
        }
        // A sandbox that is gone tells no time; ours goes on.
        if let Ok(told) = clock::sandbox(url).await {
            if clock.set(told.now).abs() > TimeDelta::seconds(30) {
                handle.hint([Hint::Everything]);
            }
        }
    }
}

/// Tells of each run.
struct Teller {
    handle: LoopHandle,
    json: bool,
    once: bool,
}

impl Teller {
    async fn tell(&self) {
        let mut seen = 0;
        loop {
            tokio::time::sleep(LOOK).await;
            let status = self.handle.status();
            if status.runs > seen {
                seen = status.runs;
                // Nobody reads us any more: the doors matter more than the lines.
                let _ = self.line(&status);
                if self.once {
                    self.handle.stop();
                }
            }
            if status.activity == Activity::Stopped {
                return;
            }
        }
    }

    fn line(&self, status: &Status) -> Result<(), Failure> {
        if self.json {
            let mut text = serde_json::to_string(status)?;
            text.push('\n');
            return output::print(&text);
        }
        let mut out = std::io::stdout().lock();
        output::written(writeln!(out, "{}", sentence(status)))
    }
}

/// One run in one line.
fn sentence(status: &Status) -> String {
    let at = status.asked_at.map_or(String::new(), utc);
    if status.activity == Activity::Stopped {
        return format!(
            "ended after {}; {} changed in all",
            count(
                usize::try_from(status.runs).unwrap_or(usize::MAX),
                "run",
                "runs"
            ),
            count(
                usize::try_from(status.people_changed).unwrap_or(usize::MAX),
                "person",
                "people"
            ),
        );
    }
    if let Some(error) = &status.access.error {
        let retry = status
            .access
            .retry_at
            .map_or(String::new(), |at| format!("; again at {}", utc(at)));
        return format!("{at} {} {error}{retry}", red("✗"));
    }
    let mut parts = vec![format!("{} people changed so far", status.people_changed)];
    if !status.people.is_empty() {
        parts.push(red(format!(
            "{} failed and are tried again",
            status.people.len()
        )));
    }
    if let Some(withheld) = &status.withheld {
        parts.push(yellow(format!(
            "the guard holds {} back ({})",
            count(withheld.people, "person", "people"),
            withheld.reasons.join("; ")
        )));
    }
    if status.unverified > 0 {
        parts.push(yellow(format!(
            "{} keep access unverified",
            status.unverified
        )));
    }
    for incomplete in &status.incomplete {
        parts.push(yellow(format!("not whole: {incomplete}")));
    }
    if let Some(next) = &status.next_transition {
        parts.push(format!("next {} {}", next.change, utc(next.at)));
    }
    format!(
        "{at} {} {}",
        tick(status.people.is_empty()),
        parts.join("; ")
    )
}
