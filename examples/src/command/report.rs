//! `access-sync report`: a plan as a page that opens in any browser.

use std::io::{self, IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use access_sync_core::Planner;
use access_sync_core::changes::{Actual, ChangeOptions, changes};
use access_sync_core::state::Change;
use access_sync_engine::journal::{Outcome, Write};
use access_sync_engine::latency::{Acted, LatencyReport};
use access_sync_engine::{Engine, Prepared};
use chrono::TimeDelta;
use clap::Args;

use super::{Common, Failure};
use crate::connect::{self, House};
use crate::output::{self, Readers};
use crate::render::progress::Bars;
use crate::report::{Input, Kept, Names, Report, html, svg};
use crate::runtime;

/// Draw a plan: a page of its own with who may open what, when and why.
///
/// Writes one self-contained HTML page: a timeline of people or doors with windows, holds and clock
/// changes, what is to be done, findings, the call budget and latency. It loads nothing from
/// anywhere; its search, zoom and keyboard work on 10 people and on 5,000. Without FILE the services
/// of the configuration are read; nothing is changed.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    access-sync report -o report.html                        what the services say now\n  \
    access-sync report --names -o report.html                with people's names in it\n  \
    access-sync report examples/timelines/moving-in.json -o report.html\n  \
    access-sync report --svg \"Cedar Room\" -o cedar-room.svg   one person or door as a picture\n  \
    access-sync report --json                                the data, for programs\n\n\
    Without -o it goes to standard output; the page goes into access-sync-report.html on a terminal. A page \
    with names is to be passed on as carefully as those.\n\n\
    Exit codes: 0 written; 1 a service failed, or the document could not be read; 2 it could not run (the \
    configuration, no such file, no such person).")]
pub(crate) struct ReportCommand {
    /// A timeline document instead of the services; `-` reads standard input.
    file: Option<PathBuf>,
    /// Where to write; `-` is standard output.
    #[arg(short, long, value_name = "PATH")]
    out: Option<PathBuf>,
    /// A picture of one person or door, by id, name or a part of it, instead of the page.
    #[arg(long, value_name = "PERSON|DOOR", conflicts_with = "json")]
    svg: Option<String>,
    /// The page's heading.
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    #[command(flatten)]
    common: Common,
}

impl ReportCommand {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        if let Some(out) = self.out.as_deref().filter(|it| it.as_os_str() != "-") {
            output::has_place(out).map_err(|error| unwritten(out, &error))?;
        }
        match &self.file {
            Some(file) => self.document(file)?,
            None => runtime::reading(self.live())?,
        };
        Ok(ExitCode::SUCCESS)
    }

    fn document(&self, file: &Path) -> Result<(), Failure> {
        let text = read(file).map_err(|error| {
            let file = file.display();
            Failure::usage(format!(
                "{file}: {error}; give a timeline document, or - for standard input"
            ))
        })?;
        let document = super::plan::document::read(&text)
            .map_err(|fault| Failure::error(format!("{}: {fault}", file.display())))?;
        let now = self.common.now.or(document.now);
        let plan = Planner::new(&document.timeline).snapshot();
        let todo = now
            .filter(|_| document.actual.is_some() || document.users.is_some())
            .map(|now| {
                let actual = Actual::new(document.actual.clone().unwrap_or_default())
                    .users(document.users.clone().unwrap_or_default());
                changes(&plan, &actual, now, &ChangeOptions::default())
            });
        let name = file.file_stem().map(|name| name.to_string_lossy());
        let name = name.filter(|name| name != "-");
        let title = name.map_or("Access".into(), |name| format!("Access: {name}"));
        self.write(&Report::build(Input {
            title: self.title.clone().unwrap_or(title),
            plan: &plan,
            records: document.timeline.records(),
            now,
            changes: todo.as_ref(),
            names: Names::default(),
            kept: Kept::default(),
        }))
    }

    async fn live(&self) -> Result<(), Failure> {
        let house = House::open(&self.common).await?;
        let engine = house.engine()?;
        let bars = Bars::new(self.common.quiet || self.common.json);
        let prepared = house.prepare(&engine, &bars).await?;
        bars.clear();
        // A planner's plan finds a person's records without looking at all.
        let timeline = prepared.timeline();
        let plan = Planner::new(timeline).snapshot();
        let kept = kept(&engine, &prepared).await?;
        self.write(&Report::build(Input {
            title: self.title.clone().unwrap_or_else(|| "Access".into()),
            plan: &plan,
            records: timeline.records(),
            now: Some(prepared.now),
            changes: Some(prepared.changes()),
            names: names(&prepared, self.common.names),
            kept,
        }))
    }

    /// Writes the report as what was asked for, to where it was asked for.
    fn write(&self, report: &Report) -> Result<(), Failure> {
        let (text, default) = match (&self.svg, self.common.json) {
            (Some(wanted), _) => {
                let of = svg::find(report, wanted).map_err(Failure::usage)?;
                (svg::picture(report, of), None)
            }
            (None, true) => {
                let value = crate::report::json(report);
                (format!("{}\n", serde_json::to_string_pretty(&value)?), None)
            }
            (None, false) => (html::page(report), Some("access-sync-report.html")),
        };
        let default = default
            .filter(|_| io::stdout().is_terminal())
            .map(Path::new);
        let Some(path) = self
            .out
            .as_deref()
            .or(default)
            .filter(|path| path.as_os_str() != "-")
        else {
            return output::print(&text);
        };
        output::file(path, &text, Readers::Usual).map_err(|error| unwritten(path, &error))?;
        if !self.common.quiet {
            let size = text.len().div_ceil(1_000);
            eprintln!("{} written ({size} kB)", path.display());
        }
        Ok(())
    }
}

fn unwritten(path: &Path, error: &io::Error) -> Failure {
    Failure::usage(format!("{}: {error}; give another -o", path.display()))
}

fn read(file: &Path) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    match file.as_os_str() == "-" {
        true => io::stdin().lock().read_to_end(&mut text)?,
        false => std::fs::File::open(file)?.read_to_end(&mut text)?,
    };
    Ok(text)
}

/// Names of groups always, of people where they are asked for.
fn names(prepared: &Prepared, people: bool) -> Names {
    let of = |subject: &access_sync_core::SubjectId| {
        let person = prepared.person(subject).filter(|_| people)?;
        Some((subject.clone(), person.full_name()))
    };
    let targets = prepared.feed.managed.iter();
    let origins = prepared.feed.origins.iter();
    let notes = prepared.notes().iter();
    Names {
        people: prepared.feed.people.keys().filter_map(of).collect(),
        targets: targets
            .map(|id| (id.clone(), prepared.directory.name(id).to_owned()))
            .collect(),
        origins: origins
            .map(|(id, it)| {
                let label = match it.place.as_str() {
                    "" => it.what.clone(),
                    place => format!("{}, {place}", it.what),
                };
                (id.clone(), (it.id.clone(), label))
            })
            .collect(),
        notes: notes
            .map(|note| (note.code.to_string(), note.text.clone()))
            .collect(),
    }
}

/// How many entries of the journal latency is told from.
const ENTRIES: usize = 20_000;

/// What the ledger knows of earlier runs.
async fn kept(engine: &Engine, prepared: &Prepared) -> Result<Kept, Failure> {
    let failed = |error| connect::failed(&access_sync_engine::EngineError::from(error));
    let ledger = engine.ledger();
    let since = prepared.now - TimeDelta::days(30);
    let mut by_operation = std::collections::BTreeMap::new();
    for count in ledger.calls(since).await.map_err(failed)? {
        let operation = format!("{} {}", count.vendor, count.operation);
        *by_operation.entry(operation).or_insert(0) += count.calls;
    }
    let mut acted = Vec::new();
    for entry in ledger.journal(ENTRIES).await.map_err(failed)? {
        let (Some(Outcome::Done), Some(at)) = (&entry.outcome, entry.ended) else {
            continue;
        };
        if let Write::ChangeGroups {
            subject,
            add,
            remove,
            ..
        } = &entry.intent.write
        {
            let act = |target, change| Acted::new(subject.clone(), target, change, at);
            acted.extend(add.iter().map(|target| act(target.clone(), Change::Grant)));
            acted.extend(
                remove
                    .iter()
                    .map(|target| act(target.clone(), Change::Revoke)),
            );
        }
    }
    Ok(Kept {
        quota: (prepared.calls.quota.is_some() || prepared.calls.used > 0)
            .then_some((prepared.calls.quota, prepared.calls.used)),
        by_operation: by_operation.into_iter().collect(),
        latency: (!acted.is_empty()).then(|| LatencyReport::new(prepared.plan(), acted)),
    })
}
