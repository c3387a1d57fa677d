//! `access-sync apply`: do what the plan says.

use std::fmt::Write as _;
use std::io::IsTerminal;
use std::process::ExitCode;

use access_sync_engine::{Applied, Prepared};
use clap::Args;
use dialoguer::Confirm;
use serde_json::{Value, json};

use super::{Common, Failure, exit};
use crate::connect::{House, Wires, failed};
use crate::people::short;
use crate::render::progress::Bars;
use crate::render::{count, live, red, tick, yellow};
use crate::stop::Stop;
use crate::{output, runtime};

/// Make the doors as the plan says: shows it, asks, and does it.
///
/// Whoever loses access comes first. Each call is written into the ledger before it goes out, so that
/// Ctrl-C, a crash or a second `apply` at any moment loses nothing and doubles nothing: the next run goes on
/// where this one stopped.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    access-sync apply                     shows what changes, and asks\n  \
    access-sync apply --yes --json        for programs\n\n\
    Exit codes: 0 done, or there was nothing to do; 1 somebody's change failed, or a service did; 2 the configuration \
    is wrong, or there is nobody to ask; 4 done, but the guard holds removals back; 130 not done, or stopped.")]
pub(crate) struct Apply {
    /// Do not ask.
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    common: Common,
}

impl Apply {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        runtime::writing(self.apply())
    }

    async fn apply(&self) -> Result<ExitCode, Failure> {
        let stop = Stop::default();
        let bars = Bars::new(self.common.quiet || self.common.json);
        let wires = Wires {
            stop: Some(stop.clone()),
            ..Wires::default()
        };
        let (house, engine, prepared) = tokio::select! {
            read = self.read(&wires, &bars) => read?,
            () = runtime::ctrl_c() => {
                bars.clear();
                return Err(Failure::stopped("stopped; nothing was changed"));
            }
        };
        bars.clear();
        let names = self.common.show_names();
        if !self.common.json {
            output::print(&live::to_do(&prepared, names))?;
        }
        if prepared.changes().people.is_empty() {
            return self.nothing(&prepared);
        }
        self.ask(&prepared)?;
        let applied = {
            let work = engine.apply(&prepared, prepared.now, &bars);
            tokio::pin!(work);
            tokio::select! {
                applied = &mut work => applied,
                () = runtime::ctrl_c() => {
                    stop.now();
                    bars.say("stopping: what is under way is finished, nothing new is begun (Ctrl-C again: at once)");
                    tokio::select! {
                        applied = &mut work => applied,
                        () = runtime::ctrl_c() => return Err(Failure::stopped(
                            "stopped at once; the ledger knows which calls were open, and the next `access-sync apply` looks what became of them",
                        )),
                    }
                }
            }
        };
        bars.clear();
        let applied = applied.map_err(|error| failed(&error))?;
        self.tell(&house, &prepared, &applied, stop.is_on())
    }

    async fn read(
        &self,
        wires: &Wires,
        bars: &Bars,
    ) -> Result<(House, access_sync_engine::Engine, Prepared), Failure> {
        let house = House::wired(&self.common, wires).await?;
        let engine = house.engine()?;
        let prepared = house.prepare(&engine, bars).await?;
        Ok((house, engine, prepared))
    }

    fn nothing(&self, prepared: &Prepared) -> Result<ExitCode, Failure> {
        let held = prepared.changes().withheld.len();
        if self.common.json {
            output::json(&summary(prepared, &Applied::default(), false))?;
        }
        Ok(ExitCode::from(if held > 0 { exit::HELD } else { 0 }))
    }

    fn ask(&self, prepared: &Prepared) -> Result<(), Failure> {
        if self.yes {
            return Ok(());
        }
        if !std::io::stdin().is_terminal() || self.common.json {
            return Err(Failure::usage(
                "there is nobody to ask; nothing was changed; give --yes to do it without asking",
            ));
        }
        let question = format!(
            "Change {} with {} to Brivo?",
            count(prepared.changes().people.len(), "person", "people"),
            count(
                usize::try_from(prepared.predicted_calls()).unwrap_or(usize::MAX),
                "call",
                "calls"
            ),
        );
        match Confirm::new()
            .with_prompt(question)
            .default(false)
            .interact_opt()
        {
            Ok(Some(true)) => Ok(()),
            _ => Err(Failure::stopped("not confirmed; nothing was changed")),
        }
    }

    fn tell(
        &self,
        house: &House,
        prepared: &Prepared,
        applied: &Applied,
        stopped: bool,
    ) -> Result<ExitCode, Failure> {
        let held = prepared.changes().withheld.len();
        if self.common.json {
            let mut value = summary(prepared, applied, stopped);
            if let Some(fields) = value.as_object_mut() {
                fields.insert(
                    "calls_made".into(),
                    house.clients.brivo.usage().total.into(),
                );
            }
            output::json(&value)?;
        } else {
            let names = self.common.show_names();
            let mut text = format!(
                "\n{} {} changed",
                tick(applied.failed.is_empty()),
                count(applied.done.len(), "person", "people")
            );
            if stopped {
                let _ = write!(
                    text,
                    ", {} not begun or not finished; `access-sync apply` goes on",
                    applied.failed.len()
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
            if held > 0 {
                let _ = writeln!(
                    text,
                    "  {} what the guard holds back was not done",
                    yellow("!")
                );
            }
            if applied.failed.is_empty() {
                text.push_str("Next: `access-sync plan` should find nothing to do; `access-sync explain PERSON` tells of one person.\n");
            }
            output::print(&text)?;
        }
        Ok(ExitCode::from(match () {
            () if stopped => exit::STOPPED,
            () if !applied.failed.is_empty() => exit::FAULT,
            () if held > 0 => exit::HELD,
            () => 0,
        }))
    }
}

fn summary(prepared: &Prepared, applied: &Applied, stopped: bool) -> Value {
    json!({
        "now_utc": crate::render::utc(prepared.now),
        "changes_digest": prepared.changes().digest(),
        "stopped": stopped,
        "done": applied.done,
        "failed": applied.failed.iter().map(|it| json!({
            "person": it.subject, "error": failed(&it.error).to_string(),
        })).collect::<Vec<_>>(),
        "withheld": prepared.changes().withheld.iter().map(|it| &it.subject).collect::<Vec<_>>(),
        "unverified": prepared.unverified.iter().map(|it| &it.subject).collect::<Vec<_>>(),
        "calls_predicted": prepared.predicted_calls(),
    })
}
