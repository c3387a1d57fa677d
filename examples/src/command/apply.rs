//! `access-sync apply`: do what the plan says.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use access_sync_core::digest::Digest;
use access_sync_core::guard::Approval;
use access_sync_engine::{Applied, Engine, EngineError, PlanFile, Prepared, Progress as _};
use chrono::TimeDelta;
use clap::Args;
use serde_json::{Value, json};

use super::plan::{fits, keep};
use super::{Common, Failure, exit};
use crate::connect::{House, failed};
use crate::people::short;
use crate::render::progress::Bars;
use crate::render::{count, live, red, tick, utc, yellow};
use crate::runtime::Stop;
use crate::{ask, output, runtime};

/// Make the doors as the plan says: shows it, asks, and does it.
///
/// Whoever loses access comes first. Each call is written into the ledger before it goes out, so that
/// Ctrl-C, a crash or a second `apply` at any moment loses nothing and doubles nothing: the next run goes on
/// where this one stopped.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    access-sync apply                     shows what changes, and asks\n  \
    access-sync apply plan.json           what `plan --out plan.json` wrote, if it still holds\n  \
    access-sync apply --keep done.json    also writes down what would take it back\n  \
    access-sync apply --yes --json        for programs\n  \
    access-sync apply --approve DIGEST    also what the guard held back, if it is still the same\n\n\
    Exit codes: 0 done, or there was nothing to do; 1 somebody's change failed, or a service did; 2 the configuration \
    is wrong, or there is nobody to ask; 4 done, but the guard holds removals back; 130 not done, or stopped.")]
pub(crate) struct Apply {
    /// A plan that `access-sync plan --out` wrote. It is refused where it has expired, was edited, or where
    /// exactly the same changes are no longer what is to be done.
    plan: Option<PathBuf>,
    /// Write what is done, and what would take it back, into this file before the first call.
    #[arg(long, value_name = "FILE")]
    keep: Option<PathBuf>,
    /// Do not ask.
    #[arg(long, short)]
    yes: bool,
    /// Let pass what the guard held back, by the digest that `plan` showed. Anything else it holds back all the
    /// same.
    #[arg(long, value_name = "DIGEST")]
    approve: Option<Digest>,
    /// Take over users that carry our external ids and that this ledger does not know.
    #[arg(long)]
    adopt_existing: bool,
    #[command(flatten)]
    common: Common,
}

const NEXT: &str =
    "`access-sync plan` finds nothing to do; `access-sync explain PERSON` tells of one person.";

/// An approval is for what was just looked at.
const APPROVED_FOR: TimeDelta = TimeDelta::hours(1);

impl Apply {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        runtime::writing(self.apply())
    }

    async fn apply(&self) -> Result<ExitCode, Failure> {
        fits(self.keep.as_deref())?;
        let file = self.plan.as_deref().map(read_plan).transpose()?;
        let bars = Bars::new(self.common.quiet || self.common.json);
        let mut stop = Stop::listen()?;
        let (house, engine, prepared) = stop.or(self.read(&bars)).await?;
        bars.clear();
        if let Some(file) = &file {
            let approved = self.approve.is_some_and(|it| it.to_string() == file.digest);
            file.good_at(prepared.now)
                .and_then(|()| file.still_holds(&prepared, approved))
                .map_err(|error| refused(&error))?;
        }
        if !self.common.json {
            output::print(&live::to_do(&prepared, self.common.show_names()))?;
        }
        // With nothing to do there is nothing to ask; the ledger still hears of the run, and of who was
        // taken over.
        if !prepared.steps.is_empty() {
            let question = question("Change", &prepared);
            confirm(self.yes, self.common.json, &question)?;
        }
        if let Some(to) = &self.keep {
            keep(&prepared, prepared.now + APPROVED_FOR, to)?;
        }
        carry_out(
            &self.common,
            &house,
            &engine,
            &prepared,
            &bars,
            &mut stop,
            NEXT,
        )
        .await
    }

    async fn read(&self, bars: &Bars) -> Result<(House, Engine, Prepared), Failure> {
        let mut house = House::open(&self.common).await?;
        house.adopt = self.adopt_existing;
        house.approval = self.approve.map(|digest| Approval {
            digest,
            expires: house.now + APPROVED_FOR,
        });
        let engine = house.engine()?;
        let prepared = house.prepare(&engine, bars).await?;
        Ok((house, engine, prepared))
    }
}

fn read_plan(path: &Path) -> Result<PlanFile, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::usage(format!(
            "{}: {error}; `access-sync plan --out {0}` writes a plan",
            path.display()
        ))
    })?;
    PlanFile::from_json(&text).map_err(|error| {
        let why = match error {
            EngineError::Stale(why) => why,
            error => error.to_string(),
        };
        Failure::usage(format!(
            "{}: {why}; `access-sync plan --out FILE` writes a plan; nothing was changed",
            path.display()
        ))
    })
}

fn refused(error: &EngineError) -> Failure {
    Failure::error(format!(
        "{error} with `access-sync plan --out`; nothing was changed"
    ))
}

/// What is to be done to how many people, and what it costs.
pub(super) fn question(what: &str, prepared: &Prepared) -> String {
    let calls = usize::try_from(prepared.predicted_calls()).unwrap_or(usize::MAX);
    format!(
        "{what} {} with at most {} to Brivo?",
        count(prepared.steps.len(), "person", "people"),
        count(calls, "call", "calls"),
    )
}

/// Asks, unless told not to.
pub(super) fn confirm(yes: bool, json: bool, question: &str) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    if json || !ask::possible() {
        return Err(Failure::usage(
            "there is nobody to ask; nothing was changed; give --yes to do it without asking",
        ));
    }
    match ask::yes(question, false)? {
        Some(true) => Ok(()),
        _ => Err(Failure::stopped("not confirmed; nothing was changed")),
    }
}

/// Does what was prepared, to its end or to Ctrl-C, and tells of it, and of what comes `next`.
pub(super) async fn carry_out(
    common: &Common,
    house: &House,
    engine: &Engine,
    prepared: &Prepared,
    bars: &Bars,
    stop: &mut Stop,
    next: &str,
) -> Result<ExitCode, Failure> {
    let applied = {
        let work = engine.apply(prepared, prepared.now, bars);
        tokio::pin!(work);
        // In this order: a Ctrl-C that came since the question is heard before the first call goes out.
        tokio::select! {
            biased;
            () = stop.asked() => {
                bars.stop();
                bars.say("stopping: what is under way is finished, nothing new is begun (Ctrl-C again: at once)");
                tokio::select! {
                    biased;
                    () = stop.asked() => return Err(Failure::stopped(
                        "stopped at once; the ledger knows which calls were open, and the next `access-sync apply` \
                         looks what became of them",
                    )),
                    applied = &mut work => applied,
                }
            }
            applied = &mut work => applied,
        }
    };
    bars.clear();
    house.count().await?;
    let applied = applied.map_err(|error| failed(&error))?;
    match common.json {
        true => output::json(&summary(prepared, &applied, bars.stopped()))?,
        false => output::print(&story(
            prepared,
            &applied,
            bars.stopped(),
            common.show_names(),
            next,
        ))?,
    }
    Ok(ExitCode::from(code(prepared, &applied, bars.stopped())))
}

fn code(prepared: &Prepared, applied: &Applied, stopped: bool) -> u8 {
    match () {
        () if stopped => exit::STOPPED,
        () if !applied.failed.is_empty() || !prepared.blocked.is_empty() => exit::FAULT,
        () if !prepared.changes().withheld.is_empty() => exit::HELD,
        () => 0,
    }
}

fn story(prepared: &Prepared, applied: &Applied, stopped: bool, names: bool, next: &str) -> String {
    let mut text = format!(
        "\n{} {} changed",
        tick(applied.failed.is_empty()),
        count(applied.done.len(), "person", "people")
    );
    let left = prepared.steps.len() - applied.done.len().min(prepared.steps.len());
    if stopped {
        let _ = write!(
            text,
            ", {left} not begun or not finished; `access-sync apply` goes on"
        );
    } else if !applied.failed.is_empty() {
        let _ = write!(text, ", {} failed", applied.failed.len());
    }
    text.push('\n');
    if !stopped {
        for failure in &applied.failed {
            let _ = writeln!(
                text,
                "  {} {}: {}",
                red("✗"),
                short(prepared, &failure.subject, names),
                failed(&failure.error)
            );
        }
    }
    if !applied.postponed.is_empty() {
        let _ = writeln!(
            text,
            "  {} {} wait: the calls left are kept for taking access away",
            yellow("!"),
            count(applied.postponed.len(), "person", "people")
        );
    }
    if !prepared.changes().withheld.is_empty() {
        let _ = writeln!(
            text,
            "  {} what the guard holds back was not done",
            yellow("!")
        );
    }
    if applied.failed.is_empty() && !stopped {
        let _ = writeln!(text, "Next: {next}");
    }
    text
}

fn summary(prepared: &Prepared, applied: &Applied, stopped: bool) -> Value {
    json!({
        "now_utc": utc(prepared.now),
        "changes_digest": prepared.changes().digest(),
        "stopped": stopped,
        "done": applied.done,
        "failed": applied.failed.iter().map(|it| json!({
            "person": it.subject, "error": failed(&it.error).to_string(),
        })).collect::<Vec<_>>(),
        "postponed": applied.postponed,
        "blocked": prepared.blocked.iter().map(|it| json!({
            "person": it.subject, "error": failed(&it.error).to_string(),
        })).collect::<Vec<_>>(),
        "withheld": prepared.changes().withheld.iter().map(|it| &it.subject).collect::<Vec<_>>(),
        "unverified": prepared.unverified.iter().map(|it| &it.subject).collect::<Vec<_>>(),
        "calls_predicted": prepared.predicted_calls(),
        "changed": applied.changed.iter().map(|it| json!({
            "person": it.subject, "due_utc": it.due.map(utc), "at_utc": utc(it.at), "takes": it.takes,
        })).collect::<Vec<_>>(),
    })
}
