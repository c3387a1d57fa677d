//! `access-sync status`: how things stand, by the ledger.

use std::fmt::Write as _;
use std::process::ExitCode;

use access_sync_engine::Status;
use access_sync_engine::ledger::{Run, RunResult};
use chrono::{DateTime, Utc};
use clap::Args;
use comfy_table::Cell;
use serde_json::{Value, json};

use super::{Common, Failure, exit, hold};
use crate::connect::{Books, failed};
use crate::render::{count, heading, red, table, tick, utc, yellow};
use crate::{output, runtime};

/// Say how things stand: last run, what comes next, calls left, holds, people whose change failed.
///
/// Reads the ledger, asks no service and needs no secret.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    access-sync status\n  \
    access-sync status --json | jq .calls.left\n\n\
    Exit codes: 0 all is well; 1 the last run was stopped by an error, or somebody's change failed; 2 the \
    configuration is wrong; 4 the guard held removals back in the last run.")]
pub(crate) struct StatusCommand {
    #[command(flatten)]
    common: Common,
}

impl StatusCommand {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        runtime::reading(self.status())
    }

    async fn status(&self) -> Result<ExitCode, Failure> {
        let books = Books::open(&self.common).await?;
        let status = books.engine()?.status(books.now).await;
        let status = status.map_err(|error| failed(&error))?;
        match self.common.json {
            true => output::json(&figures(&status, books.now))?,
            false => output::print(&story(&status, books.now))?,
        }
        let stopped = status
            .last_run
            .as_ref()
            .is_some_and(|run| run.result != RunResult::Applied);
        let held = status.last_run.as_ref().is_some_and(|run| run.withheld > 0);
        Ok(ExitCode::from(match () {
            () if stopped || !status.errors.is_empty() => exit::FAULT,
            () if held => exit::HELD,
            () => 0,
        }))
    }
}

fn story(status: &Status, now: DateTime<Utc>) -> String {
    let mut out = String::new();
    match &status.last_run {
        None => {
            out +=
                "There was no run yet; `access-sync apply` or `access-sync run` makes the first.\n"
        }
        Some(run) => {
            let _ = match &run.result {
                RunResult::Applied => writeln!(
                    out,
                    "{} last run {}: {} changed, {} failed",
                    tick(run.failed == 0),
                    ago(run.ended, now),
                    count(number(run.done), "person", "people"),
                    run.failed,
                ),
                RunResult::Stopped(why) => writeln!(
                    out,
                    "{} last run {}: stopped: {why}",
                    tick(false),
                    ago(run.ended, now)
                ),
                _ => writeln!(out, "{} last run {}", tick(false), ago(run.ended, now)),
            };
            if run.withheld > 0 {
                let _ = writeln!(
                    out,
                    "  {} of {}: `access-sync plan` tells why",
                    red("losses held back"),
                    count(number(run.withheld), "person", "people")
                );
            }
            if run.unverified > 0 {
                let _ = writeln!(
                    out,
                    "  {} whom no source mentions: {}",
                    yellow("keep access"),
                    run.unverified
                );
            }
        }
    }
    if let (Some(run), Some(sync)) = (&status.last_run, &status.last_sync) {
        if run.ended != sync.ended {
            let _ = writeln!(out, "  last good run {}", ago(sync.ended, now));
        }
    }
    if let Some(next) = status.next_transition {
        let late = if next < now {
            yellow(" (that is past: run again)")
        } else {
            String::new()
        };
        let _ = writeln!(out, "  next change {}{late}", utc(next));
    }
    let _ = writeln!(
        out,
        "  ours in Brivo: {}, {}",
        count(status.users, "user", "users"),
        count(status.memberships, "membership", "memberships")
    );
    let calls = &status.calls;
    if let (Some(quota), Some(left)) = (calls.quota, calls.left()) {
        let _ = writeln!(
            out,
            "  calls to Brivo: {} made in 30 days, {left} of {quota} left",
            calls.used
        );
    }
    if status.open_intents > 0 {
        let _ = writeln!(
            out,
            "  {} left open by a crash; the next run looks what became of them",
            count(status.open_intents, "call", "calls")
        );
    }
    if !status.holds.is_empty() {
        let _ = writeln!(
            out,
            "{}\n{}",
            heading("Holds"),
            hold::rows(&status.holds, now)
        );
    }
    if !status.errors.is_empty() {
        let mut rows = table(&["who", "since", "times", "error"]);
        for error in &status.errors {
            rows.add_row([
                Cell::new(&error.subject),
                Cell::new(utc(error.since)),
                Cell::new(error.times),
                Cell::new(&error.error),
            ]);
        }
        let _ = writeln!(out, "{}\n{rows}", heading("People whose change failed"));
    }
    out
}

fn number(it: u64) -> usize {
    usize::try_from(it).unwrap_or(usize::MAX)
}

/// An instant, and how long ago that is.
fn ago(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let minutes = now.signed_duration_since(at).num_minutes();
    match minutes {
        ..0 => utc(at),
        0..=120 => format!("{} ({minutes} min ago)", utc(at)),
        _ => format!("{} ({} h ago)", utc(at), minutes / 60),
    }
}

fn figures(status: &Status, now: DateTime<Utc>) -> Value {
    let run = |run: &Run| {
        let (result, why) = match &run.result {
            RunResult::Applied => ("applied", None),
            RunResult::Stopped(why) => ("stopped", Some(why)),
            _ => ("other", None),
        };
        json!({
            "at_utc": utc(run.at), "ended_utc": utc(run.ended), "result": result, "why": why, "done": run.done,
            "failed": run.failed, "withheld": run.withheld, "unverified": run.unverified, "findings": run.findings,
            "digest": run.digest,
        })
    };
    json!({
        "now_utc": utc(now),
        "last_run": status.last_run.as_ref().map(run),
        "last_sync": status.last_sync.as_ref().map(run),
        "next_transition_utc": status.next_transition.map(utc),
        "users": status.users,
        "memberships": status.memberships,
        "open_intents": status.open_intents,
        "calls": {
            "used_30_days": status.calls.used, "quota_30_days": status.calls.quota, "left": status.calls.left(),
            "reserve": status.calls.reserve, "predicted_to_look": status.calls.observe,
        },
        "holds": status.holds.iter().map(|it| hold::figures(it, now)).collect::<Vec<_>>(),
        "errors": status.errors.iter().map(|it| json!({
            "person": it.subject, "since_utc": utc(it.since), "last_utc": utc(it.last), "times": it.times,
            "error": it.error,
        })).collect::<Vec<_>>(),
    })
}
