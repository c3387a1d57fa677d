//! `access-sync demo`: both sources to doors, over real HTTP on loopback.

pub(crate) mod house;
pub(crate) mod witness;

use std::process::ExitCode;

use access_sync_engine::{Engine, Mapping, Prepared};
use access_sync_sandbox::{Sandbox, World};
use chrono::{DateTime, TimeDelta, Utc};
use clap::Args;

use super::Failure;
use crate::render::demo::{self as show, Calls};
use crate::render::progress::Bars;
use crate::runtime;

/// From leases and bookings to doors, end to end, in a sandbox.
///
/// Starts stand-ins of Entrata, Nexudus and Brivo on loopback, reads the first two through the real
/// clients, plans who may open what and when, applies it to the third, and reads it back. Then the
/// sandbox's clock moves on, and doors close and open again. Needs no account and no network.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    access-sync demo\n  \
    access-sync demo --all            every person, not only those with something ahead\n  \
    access-sync demo --json           the figures, for programs\n\n\
    Exit codes: 0 everything converged; 1 something did not; 2 it could not run.")]
pub(crate) struct Demo {
    /// The seed of the sandbox's world: names differ, stories do not.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Show every person.
    #[arg(long)]
    all: bool,
    /// Figures as JSON instead of the story.
    #[arg(long)]
    json: bool,
}

const MAPPING: &str = include_str!("../../mapping.toml");

/// What the clock is moved to after the first run, and what happens there.
const LATER: [(TimeDelta, &str); 3] = [
    (
        TimeDelta::minutes(45),
        "a booth closes 15 minutes after one booking and opens 15 minutes before another",
    ),
    (TimeDelta::hours(76), "an eviction, 16:00 in Milwaukee"),
    (TimeDelta::hours(118), "move-in day, 10:00 in Milwaukee"),
];

impl Demo {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        runtime::reading(self.tell())
    }

    async fn tell(&self) -> Result<ExitCode, Failure> {
        let sandbox = Sandbox::builder()
            .world(World::lively(self.seed))
            .start()
            .await?;
        let mapping = Mapping::from_toml(MAPPING)?;
        let leftovers = house::leave_behind(&sandbox, &mapping.namespace)?;
        let engine = house::engine(&sandbox, &mapping)?;
        let mut story = Story {
            sandbox: &sandbox,
            engine: &engine,
            quiet: self.json,
            runs: Vec::new(),
        };

        story.say(|| show::opening(&sandbox));
        let first = story.run("now", |prepared| {
            show::read(prepared);
            show::plan(prepared, self.all);
            show::findings(prepared);
            show::changes(prepared, &leftovers);
        });
        let first = first.await?;
        if !self.json {
            show::calls(&first.calls);
        }
        for (after, what) in LATER {
            sandbox.set_now(
                story
                    .runs
                    .first()
                    .map_or_else(|| sandbox.now(), |run| run.now)
                    + after,
            );
            story.say(|| show::later(sandbox.now(), what));
            story.run(what, show::short_changes).await?;
        }

        let good = story.runs.iter().all(Run::converged);
        if self.json {
            println!(
                "{}",
                serde_json::to_string_pretty(&show::figures(&story.runs))?
            );
        } else {
            show::ending(good);
        }
        sandbox.shutdown().await;
        Ok(ExitCode::from(u8::from(!good)))
    }
}

/// One run at one instant: prepared, applied, read back, and checked by a witness.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) name: String,
    pub(crate) now: DateTime<Utc>,
    pub(crate) windows: usize,
    pub(crate) people: usize,
    pub(crate) changed: usize,
    pub(crate) failed: usize,
    /// Changes that a second look found, held-back ones included.
    pub(crate) left: usize,
    /// Person and door pairs that the sandbox was asked about, and those that it answered otherwise.
    pub(crate) asked: usize,
    pub(crate) wrong: usize,
    pub(crate) calls: Calls,
}

impl Run {
    pub(crate) fn converged(&self) -> bool {
        self.failed == 0 && self.left == 0 && self.wrong == 0
    }
}

struct Story<'a> {
    sandbox: &'a Sandbox,
    engine: &'a Engine,
    quiet: bool,
    runs: Vec<Run>,
}

impl Story<'_> {
    fn say(&self, what: impl FnOnce()) {
        if !self.quiet {
            what();
        }
    }

    async fn run(&mut self, name: &str, tell: impl FnOnce(&Prepared)) -> Result<&Run, Failure> {
        let (brivo, now) = (self.sandbox.brivo(), self.sandbox.now());
        brivo.reset_calls();
        let bars = Bars::new(self.quiet);
        let prepared = self.engine.prepare(now, &bars).await?;
        bars.clear();
        let reading = billed(self.sandbox);
        self.say(|| tell(&prepared));
        let applied = self.engine.apply(&prepared, now, &bars).await?;
        bars.clear();
        let all = billed(self.sandbox);

        let second = self.engine.prepare(now, &bars).await?;
        bars.clear();
        let testimony = witness::ask(self.sandbox, self.engine, &second, now);
        let left = second.changes().people.len() + second.changes().withheld.len();
        let calls = Calls {
            reading,
            writing: all - reading,
            predicted: prepared.predicted_calls(),
            again: billed(self.sandbox) - all,
            by_user: house::per_user_calls(&prepared),
        };
        let run = Run {
            name: name.to_owned(),
            now,
            windows: prepared.plan().windows().len(),
            people: prepared.feed.people.len(),
            changed: applied.done.len(),
            failed: applied.failed.len(),
            left,
            asked: testimony.asked,
            wrong: testimony.wrong.len(),
            calls,
        };
        self.say(|| show::outcome(&applied, &prepared, &second, &testimony));
        self.runs.push(run);
        self.runs.last().ok_or_else(|| Failure::error("no run"))
    }
}

/// Calls that count against Brivo's quota; tokens come from another host and do not.
fn billed(sandbox: &Sandbox) -> usize {
    sandbox
        .brivo()
        .calls()
        .iter()
        .filter(|call| call.billed)
        .count()
}
