//! `access-sync rollback`: take a run back.

use std::process::ExitCode;

use access_sync_core::digest::Digest;
use access_sync_core::guard::Approval;
use access_sync_engine::ledger::{Hold, HoldKind, HoldScope, Rollback, RollbackId};
use access_sync_engine::{Engine, EngineError, Prepared};
use chrono::TimeDelta;
use clap::Args;
use serde_json::{Value, json};

use super::apply::{carry_out, confirm, question};
use super::{Common, Failure, exit};
use crate::connect::{Books, House, failed};
use crate::people::short;
use crate::render::progress::Bars;
use crate::render::{count, live, table, tick, utc, yellow};
use crate::runtime::Stop;
use crate::{output, runtime};

/// Take back what a run did: the last one, or one by its number.
///
/// Only what the journal says was done, where it is still so and still ours. Whoever a later run has changed
/// again, or is held, is left alone; the guard looks at removals as always. Leases and bookings are not asked:
/// as long as they and the mapping say the same, the next run does it again, so put right what was wrong first,
/// or give --pause. Names, and users that were deleted, stay as they are.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    access-sync rollback --list             runs that can be taken back\n  \
    access-sync rollback --dry-run          what taking the last one back would do\n  \
    access-sync rollback                    shows it, asks, and does it\n  \
    access-sync rollback 14 --pause         and leaves everybody as they are then, until `unhold`\n  \
    access-sync rollback --approve DIGEST   also what the guard held back, if it is still the same\n\n\
    Exit codes: 0 taken back, or nothing was left of it; 1 there is no such run, or something failed; 2 there is nobody \
    to ask; 4 the guard holds removals back; 130 not done, or stopped.")]
pub(crate) struct RollbackCommand {
    /// The run's number, as --list shows it; without it the last run that was not taken back.
    #[arg(value_parser = run_number)]
    run: Option<u64>,
    /// Only list the runs that can be taken back, newest first.
    #[arg(long, conflicts_with_all = ["run", "dry_run", "pause", "yes", "approve"])]
    list: bool,
    /// Only show what would be done.
    #[arg(long)]
    dry_run: bool,
    /// Pause the whole account first, so that no run does the same again before you lift it.
    #[arg(long)]
    pause: bool,
    /// Do not ask.
    #[arg(long, short)]
    yes: bool,
    /// Let pass what the guard held back, by the digest that was shown.
    #[arg(long, value_name = "DIGEST")]
    approve: Option<Digest>,
    #[command(flatten)]
    common: Common,
}

/// Runs that are listed.
const LISTED: usize = 20;
/// An approval is for what was just looked at.
const APPROVED_FOR: TimeDelta = TimeDelta::hours(1);

fn run_number(text: &str) -> Result<u64, String> {
    super::number(
        text,
        "give a run's number, as `access-sync rollback --list` shows them",
    )
}

impl RollbackCommand {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        if self.list {
            return runtime::reading(self.tell());
        }
        runtime::writing(self.take_back())
    }

    async fn tell(&self) -> Result<ExitCode, Failure> {
        let books = Books::open(&self.common).await?;
        let runs = books.engine()?.rollbacks(LISTED).await;
        let runs = runs.map_err(|error| failed(&error))?;
        match self.common.json {
            true => output::json(&json!({ "runs": runs.iter().map(line).collect::<Vec<_>>() }))?,
            false => output::print(&listed(&runs))?,
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn take_back(&self) -> Result<ExitCode, Failure> {
        let bars = Bars::new(self.common.quiet || self.common.json);
        let mut stop = Stop::listen()?;
        let (house, engine, prepared) = stop.or(self.read(&bars)).await?;
        bars.clear();
        let guard = &prepared.changes().guard;
        let held = guard.tripped && !guard.approved;
        if !self.common.json {
            output::print(&shown(&prepared, self.common.show_names()))?;
        }
        if self.dry_run || prepared.steps.is_empty() {
            if self.common.json {
                output::json(&json!({
                    "takes_back": prepared.takes_back(),
                    "steps": prepared.steps,
                    "left_alone": prepared.left_alone.iter().map(|it| json!({
                        "person": it.subject, "why": it.why,
                    })).collect::<Vec<_>>(),
                    "withheld": prepared.changes().withheld.iter().map(|it| &it.subject).collect::<Vec<_>>(),
                    "changes_digest": prepared.changes().digest(),
                    "done": [],
                }))?;
            }
            return Ok(ExitCode::from(if held { exit::HELD } else { 0 }));
        }
        let question = question("Take it back for", &prepared);
        confirm(self.yes, self.common.json, &question)?;
        if self.pause {
            let why = "a run was taken back";
            let pause = Hold::new(HoldKind::Pause, HoldScope::Account, prepared.now, why);
            let id = engine.hold(pause).await.map_err(|error| failed(&error))?;
            if !self.common.json {
                output::print(&format!(
                    "{} everybody stays as they are from now on, until `access-sync unhold {}`\n",
                    tick(true),
                    id.0
                ))?;
            }
        }
        let next = match self.pause {
            true => "put right what was wrong; `access-sync unhold` ends the pause.",
            false => {
                "put right what was wrong; until then `access-sync plan` shows the same again, and the next run does it."
            }
        };
        carry_out(
            &self.common,
            &house,
            &engine,
            &prepared,
            &bars,
            &mut stop,
            next,
        )
        .await
    }

    async fn read(&self, bars: &Bars) -> Result<(House, Engine, Prepared), Failure> {
        let mut house = House::without_sources(&self.common).await?;
        house.approval = self.approve.map(|digest| Approval {
            digest,
            expires: house.now + APPROVED_FOR,
        });
        let engine = house.engine()?;
        let prepared = engine.rollback(self.run.map(RollbackId), house.now, bars);
        let prepared = prepared.await.map_err(|error| match error {
            EngineError::NoRollback(_) => {
                failed(&error).or("`access-sync rollback --list` shows what can be")
            }
            error => failed(&error),
        })?;
        Ok((house, engine, prepared))
    }
}

fn line(run: &Rollback) -> Value {
    json!({
        "run": run.id, "at_utc": utc(run.at), "people": run.plan.people.len(),
        "takes_back": run.takes_back, "taken_back_at_utc": run.done.map(utc), "changes_digest": run.digest,
    })
}

fn listed(runs: &[Rollback]) -> String {
    if runs.is_empty() {
        return format!("{} no run has changed anything\n", tick(true));
    }
    let mut rows = table(&["run", "when", "people", ""]);
    for run in runs {
        let what = match (run.done, run.takes_back) {
            (Some(at), _) => format!("was taken back {}", utc(at)),
            (None, Some(of)) => format!("took run {of} back"),
            (None, None) => String::new(),
        };
        rows.add_row([
            run.id.to_string(),
            utc(run.at),
            run.plan.people.len().to_string(),
            what,
        ]);
    }
    format!(
        "{rows}\n\nNext: `access-sync rollback RUN --dry-run` shows what taking one back would do.\n"
    )
}

fn shown(prepared: &Prepared, names: bool) -> String {
    let mut out = match prepared.steps.is_empty() {
        true => format!("{} there is nothing to take back now\n", tick(true)),
        false => live::steps(prepared, names),
    };
    for left in &prepared.left_alone {
        out += &format!(
            "  {} {} {}\n",
            yellow("!"),
            short(prepared, &left.subject, names),
            left.why
        );
    }
    let guard = &prepared.changes().guard;
    if guard.tripped && !guard.approved {
        let reasons: Vec<_> = guard.reasons.iter().map(ToString::to_string).collect();
        out += &format!(
            "  {} the guard holds the removals of {} back ({}); if they are meant, \
             `access-sync rollback --approve {}`\n",
            yellow("!"),
            count(prepared.changes().withheld.len(), "person", "people"),
            reasons.join("; "),
            prepared.changes().digest()
        );
    }
    out
}
