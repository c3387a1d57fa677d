//! `access-sync plan`: what would change at the doors, and why.

pub(crate) mod document;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use access_sync_engine::Prepared;
use chrono::{DateTime, TimeDelta, Utc};
use clap::Args;

use super::{Common, Failure, exit};
use crate::connect::House;
use crate::output::{self, Readers};
use crate::recording::{self, Manifest, Memory, Recording, paths};
use crate::render::progress::Bars;
use crate::render::{self, live};
use crate::runtime;

/// Show what would change at the doors, and why. Changes nothing.
///
/// Reads leases and bookings, plans who may open what and when, compares it with Brivo, and says what
/// `access-sync apply` would do. With FILE it plans a timeline document instead and needs no account
/// and no network: one JSON object with `records` (leases, bookings, visits, contracts, day passes,
/// holds) and, if you like, `time_zone`, `policy`, `now_utc`, `actual` and `users`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    access-sync plan                                     what `apply` would do now\n  \
    access-sync plan --all                               every window, not only what changes\n  \
    access-sync plan --json --detailed-exitcode          for a script: 3 says that something changes\n  \
    access-sync plan --out plan.json                     for `access-sync apply plan.json`\n  \
    access-sync plan --record feeds/                     keep what the services said, people masked\n  \
    access-sync plan examples/timelines/moving-in.json   the planner alone, on a document\n  \
    access-sync plan --ndjson --json timelines.ndjson    one document a line\n\n\
    Exit codes: 0 planned; 1 a service failed, or a document could not be read (the others of --ndjson are \
    planned); 2 the configuration or a file is wrong; 3 with --detailed-exitcode, there is something to change; \
    4 with --detailed-exitcode, the guard holds removals back.")]
pub(crate) struct PlanCommand {
    /// A timeline document instead of the configured services; `-` reads standard input.
    file: Option<PathBuf>,
    /// FILE holds one document a line; answers come one a line, in the same order.
    #[arg(long, requires = "file")]
    ndjson: bool,
    /// Show every window of the plan.
    #[arg(long, conflicts_with = "file")]
    all: bool,
    /// Write the plan into this file, for `access-sync apply FILE`: what is to be done by whose id, its
    /// digests, what would take it back, and until when it is good.
    #[arg(long, short, value_name = "FILE", conflicts_with = "file")]
    out: Option<PathBuf>,
    /// Hours for which the file of --out is good.
    #[arg(long, value_name = "HOURS", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=720), requires = "out")]
    good_for: u32,
    /// Keep what the services answered in this folder, for `access-sync replay`.
    #[arg(long, value_name = "DIR", conflicts_with = "file")]
    record: Option<PathBuf>,
    /// Record names, e-mail addresses and the like as they are; without it they become pseudonyms.
    #[arg(long, requires = "record")]
    unmasked: bool,
    /// Exit with 3 where something would change, and with 4 where the guard holds removals back.
    #[arg(long, conflicts_with = "file")]
    detailed_exitcode: bool,
    /// Count users that carry our external ids as ours, though this ledger does not know them.
    #[arg(long, conflicts_with = "file")]
    adopt_existing: bool,
    #[command(flatten)]
    common: Common,
}

impl PlanCommand {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        match &self.file {
            Some(file) => document::Document {
                file,
                ndjson: self.ndjson,
                json: self.common.json,
            }
            .run(),
            None => runtime::reading(self.live()),
        }
    }

    async fn live(&self) -> Result<ExitCode, Failure> {
        fits(self.out.as_deref())?;
        let (mut house, recording) = match &self.record {
            None => (House::open(&self.common).await?, None),
            Some(to) => {
                recording::fits(to)?;
                let recording = Recording::begin()?;
                let house = House::wired(&self.common, &recording.wires()).await?;
                (house, Some(recording))
            }
        };
        house.adopt = self.adopt_existing;
        let engine = house.engine()?;
        let bars = Bars::new(self.common.quiet || self.common.json);
        let prepared = house.prepare(&engine, &bars).await?;
        bars.clear();
        if self.common.json {
            output::json(&live::figures(&house, &prepared, self.all))?;
        } else {
            let names = self.common.show_names();
            output::print(&live::plan(&prepared, self.all, names))?;
        }
        if let Some(to) = &self.out {
            let until = prepared.now + TimeDelta::hours(i64::from(self.good_for));
            keep(&prepared, until, to)?;
            eprintln!(
                "written to {to}, good until {}; `access-sync apply {to}` does it, if it is still the same",
                render::utc(until),
                to = to.display()
            );
        }
        if let (Some(recording), Some(to)) = (recording, &self.record) {
            let manifest = manifest(&house, &prepared, !self.unmasked);
            let memory = Memory::of(house.ledger.as_ref(), manifest.masked).await?;
            let kept = recording.save(to, &house.config, &manifest, &memory)?;
            eprintln!(
                "recorded {kept} answers in {}, {}; `access-sync replay {}` makes the same plan of them",
                to.display(),
                if self.unmasked {
                    "with people's names and addresses in them: keep it safe"
                } else {
                    "people masked"
                },
                to.display()
            );
        }
        Ok(ExitCode::from(self.code(&prepared)))
    }

    fn code(&self, prepared: &Prepared) -> u8 {
        let changes = prepared.changes();
        match self.detailed_exitcode {
            true if !changes.withheld.is_empty() => exit::HELD,
            true if !prepared.steps.is_empty() => exit::PENDING,
            _ => 0,
        }
    }
}

/// Writes a run into a file.
pub(super) fn keep(prepared: &Prepared, until: DateTime<Utc>, to: &Path) -> Result<(), Failure> {
    let text = prepared.to_file(until)?.to_json()?;
    output::file(to, &text, Readers::Usual).map_err(|error| unwritten(to, &error))
}

/// Refuses a place that cannot be written before anything is read for it.
pub(super) fn fits(to: Option<&Path>) -> Result<(), Failure> {
    to.map_or(Ok(()), |to| {
        output::has_place(to).map_err(|error| unwritten(to, &error))
    })
}

fn unwritten(to: &Path, error: &std::io::Error) -> Failure {
    Failure::usage(format!(
        "{}: {error}; nothing was changed; give another path",
        to.display()
    ))
}

fn manifest(house: &House, prepared: &Prepared, masked: bool) -> Manifest {
    Manifest {
        now_utc: prepared.now,
        tzdb: access_sync_core::TZDB_VERSION.to_owned(),
        plan: prepared.plan().digest().to_string(),
        changes: prepared.changes().digest().to_string(),
        masked,
        paths: paths(&house.config),
    }
}
