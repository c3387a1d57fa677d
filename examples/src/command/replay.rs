//! `access-sync replay`: the plan of a recording.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use access_sync_core::TZDB_VERSION;
use access_sync_engine::{Mapping, Prepared};
use clap::Args;
use serde_json::json;

use super::{Failure, exit};
use crate::config;
use crate::connect::{engine, failed};
use crate::recording::Played;
use crate::render::progress::Bars;
use crate::render::{live, utc};
use crate::{output, runtime};

/// Plan again from what the services answered then, without them.
///
/// `access-sync plan --record DIR` keeps the answers. The same answers, mapping and time give the same
/// plan, to the byte; if they do not, this version plans otherwise than the one that recorded.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    access-sync plan --record feeds/           keep what the services say, people masked\n  \
    access-sync replay feeds/                  the same plan, offline\n  \
    access-sync replay feeds/ --mapping new.toml    another mapping or policy on the same facts\n  \
    access-sync replay --json feeds/\n\n\
    Exit codes: 0 the same plan (or, with --mapping, planned); 1 another plan than was recorded; 2 the folder is no \
    recording.")]
pub(crate) struct Replay {
    /// The folder.
    dir: PathBuf,
    /// Another mapping than the recorded one, or a configuration that has one: then the plans are not
    /// expected to be the same.
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
    /// Show every window of the plan.
    #[arg(long)]
    all: bool,
    /// JSON on standard output.
    #[arg(long)]
    json: bool,
}

impl Replay {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        runtime::reading(self.play())
    }

    async fn play(&self) -> Result<ExitCode, Failure> {
        let played = Played::read(&self.dir)?;
        let mapping = match &self.mapping {
            None => Mapping::from_toml(&played.mapping)?,
            Some(file) => config::mapping(file)?,
        };
        let ledger = Arc::new(played.memory.ledger(played.manifest.now_utc).await?);
        let engine = engine(&played.players.clients()?, &mapping, ledger)?;
        let bars = Bars::new(self.json);
        let prepared = engine.prepare(played.manifest.now_utc, &bars).await;
        bars.clear();
        let prepared = prepared.map_err(|error| failed(&error))?;
        let verdict = Verdict::of(&played, &prepared);
        if self.json {
            output::json(&json!({
                "now_utc": utc(prepared.now),
                "exchanges": played.players.exchanges,
                "masked": played.manifest.masked,
                "tzdb": { "recorded": played.manifest.tzdb, "here": TZDB_VERSION },
                "plan": { "recorded": played.manifest.plan, "here": verdict.plan, "same": verdict.same_plan },
                "changes": { "recorded": played.manifest.changes, "here": verdict.changes, "same": verdict.same_changes },
                "replayed": live::content(&prepared, self.all),
            }))?;
        } else {
            output::print(&live::replayed(&prepared, self.all))?;
            self.tell(&played, &verdict)?;
        }
        let same = verdict.same_plan && verdict.same_changes;
        Ok(ExitCode::from(if same || self.mapping.is_some() {
            0
        } else {
            exit::FAULT
        }))
    }

    fn tell(&self, played: &Played, verdict: &Verdict) -> Result<(), Failure> {
        let mut text = format!(
            "\n{} answers of {}, recorded for {}, people {}\n",
            played.players.exchanges,
            played.players.services.join(", "),
            utc(played.manifest.now_utc),
            if played.manifest.masked {
                "masked"
            } else {
                "not masked"
            }
        );
        for (what, same, then, now) in [
            (
                "plan",
                verdict.same_plan,
                &played.manifest.plan,
                &verdict.plan,
            ),
            (
                "changes",
                verdict.same_changes,
                &played.manifest.changes,
                &verdict.changes,
            ),
        ] {
            text.push_str(&match same {
                true => format!(
                    "{} the same {what}, digest {now}\n",
                    crate::render::tick(true)
                ),
                false => format!(
                    "{} another {what}: recorded {then}, here {now}\n",
                    crate::render::tick(self.mapping.is_some())
                ),
            });
        }
        if !verdict.same_plan && played.manifest.tzdb != TZDB_VERSION {
            text.push_str(&format!(
                "the zone database was {}, here it is {TZDB_VERSION}: rules of time zones may have changed\n",
                played.manifest.tzdb
            ));
        }
        output::print(&text)
    }
}

struct Verdict {
    plan: String,
    changes: String,
    same_plan: bool,
    same_changes: bool,
}

impl Verdict {
    fn of(played: &Played, prepared: &Prepared) -> Self {
        let plan = prepared.plan().digest().to_string();
        let changes = prepared.changes().digest().to_string();
        Self {
            same_plan: plan == played.manifest.plan,
            same_changes: changes == played.manifest.changes,
            plan,
            changes,
        }
    }
}
