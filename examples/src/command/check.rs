//! `access-sync check`: whether everything that the configuration names works.

mod looked;
mod services;

use std::process::ExitCode;

use clap::Args;
use comfy_table::Color;
use serde_json::json;

use super::{Common, Failure, exit};
use crate::config::Config;
use crate::connect::{self, Clients, House};
use crate::render::progress::Bars;
use crate::render::{coloured, count, faint, table, tick, yellow};
use crate::{output, runtime};

/// Check credentials, permissions, mapping and limits: a list of ✓ and ✗, with the cure.
///
/// Reads only. Every service is asked for what a run needs of it, and every unit, room and desk of the
/// mapping is looked up among Brivo's groups.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    access-sync check\n  \
    access-sync check --config staging.toml\n  \
    access-sync check --json | jq '.checks[] | select(.result == \"fault\")'\n\n\
    Exit codes: 0 all is well, warnings aside; 1 something has to be cured; 2 the configuration cannot be read.")]
pub(crate) struct Check {
    #[command(flatten)]
    common: Common,
}

/// One line of the list.
#[derive(Debug)]
pub(super) struct Line {
    area: &'static str,
    what: String,
    result: Outcome,
}

#[derive(Debug)]
enum Outcome {
    Fine,
    Warn(String),
    Fault(String),
}

/// The list, in the making.
#[derive(Debug, Default)]
pub(super) struct List(Vec<Line>);

impl List {
    pub(super) fn fine(&mut self, area: &'static str, what: impl Into<String>) {
        self.add(area, what, Outcome::Fine);
    }

    /// Something that may be meant so; `cure` says what to do if not.
    pub(super) fn warn(
        &mut self,
        area: &'static str,
        what: impl Into<String>,
        cure: impl Into<String>,
    ) {
        self.add(area, what, Outcome::Warn(cure.into()));
    }

    pub(super) fn fault(
        &mut self,
        area: &'static str,
        what: impl Into<String>,
        cure: impl Into<String>,
    ) {
        self.add(area, what, Outcome::Fault(cure.into()));
    }

    fn add(&mut self, area: &'static str, what: impl Into<String>, result: Outcome) {
        self.0.push(Line {
            area,
            what: what.into(),
            result,
        });
    }

    fn faults(&self) -> usize {
        self.0
            .iter()
            .filter(|line| matches!(line.result, Outcome::Fault(_)))
            .count()
    }

    fn warnings(&self) -> usize {
        self.0
            .iter()
            .filter(|line| matches!(line.result, Outcome::Warn(_)))
            .count()
    }
}

impl Check {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        runtime::reading(self.check())
    }

    async fn check(&self) -> Result<ExitCode, Failure> {
        let config = Config::read(&self.common.config)?;
        let mut list = List::default();
        list.fine(
            "configuration",
            format!(
                "{}: {}, {}",
                config.file.display(),
                count(config.mapping.properties.len(), "property", "properties"),
                count(config.mapping.locations.len(), "location", "locations"),
            ),
        );
        Self::ledger(&config, &mut list);
        let bars = Bars::new(self.common.quiet || self.common.json);
        if self.credentials(&config, &mut list) {
            // Reachable clients from here on.
            match House::open(&self.common).await {
                Ok(house) => {
                    if let Some(url) = &house.config.sandbox {
                        list.fine(
                            "sandbox",
                            format!(
                                "it answers at {url}; its clock says {}",
                                crate::render::utc(house.now)
                            ),
                        );
                    }
                    services::check(&house, &bars, &mut list).await?;
                }
                Err(failure) => list.fault("sandbox", "it does not answer", failure.to_string()),
            }
        }
        bars.clear();
        self.tell(&list)?;
        Ok(ExitCode::from(if list.faults() > 0 {
            exit::FAULT
        } else {
            0
        }))
    }

    /// Whether the ledger can be kept where the configuration says.
    fn ledger(config: &Config, list: &mut List) {
        let folder = config
            .ledger
            .parent()
            .filter(|it| !it.as_os_str().is_empty());
        let folder = folder.unwrap_or(std::path::Path::new("."));
        let writable =
            std::fs::metadata(folder).is_ok_and(|it| it.is_dir() && !it.permissions().readonly());
        match writable {
            true => list.fine("ledger", config.ledger.display().to_string()),
            false => list.fault(
                "ledger",
                format!("{}: no folder to write to", folder.display()),
                "make the folder, or name another path in [ledger]",
            ),
        }
    }

    /// Whether every secret is where the configuration says.
    fn credentials(&self, config: &Config, list: &mut List) -> bool {
        let before = list.faults();
        for (service, found) in connect::credentials(config) {
            match found {
                Ok(()) => list.fine("secrets", format!("{service}: all there")),
                Err(failure) => {
                    list.fault(
                        "secrets",
                        format!("{service}: something is missing"),
                        failure.to_string(),
                    );
                }
            }
        }
        if let Err(failure) = Clients::sources(config) {
            list.fault("configuration", "no source", failure.to_string());
        }
        list.faults() == before
    }

    fn tell(&self, list: &List) -> Result<(), Failure> {
        if self.common.json {
            let lines = list.0.iter().map(|line| {
                let (result, cure) = match &line.result {
                    Outcome::Fine => ("fine", None),
                    Outcome::Warn(cure) => ("warning", Some(cure)),
                    Outcome::Fault(cure) => ("fault", Some(cure)),
                };
                json!({ "area": line.area, "what": line.what, "result": result, "cure": cure })
            });
            return output::json(&json!({
                "checks": lines.collect::<Vec<_>>(), "faults": list.faults(), "warnings": list.warnings(),
            }));
        }
        let mut rows = table(&["", "area", "what"]);
        for line in &list.0 {
            let (sign, cure) = match &line.result {
                Outcome::Fine => (coloured("✓", Color::Green), None),
                Outcome::Warn(cure) => (coloured("!", Color::Yellow), Some(cure)),
                Outcome::Fault(cure) => (coloured("✗", Color::Red), Some(cure)),
            };
            let cure = cure.map_or(String::new(), |cure| format!("\n→ {cure}"));
            rows.add_row([
                sign,
                line.area.into(),
                format!("{}{cure}", line.what).into(),
            ]);
        }
        let verdict = match (list.faults(), list.warnings()) {
            (0, 0) => format!("{} all is well; next: `access-sync plan`", tick(true)),
            (0, warnings) => format!(
                "{} it works; {} to look at; next: `access-sync plan`",
                tick(true),
                yellow(count(warnings, "thing", "things"))
            ),
            (faults, _) => format!(
                "{} {} to cure; then `access-sync check` again",
                tick(false),
                count(faults, "fault", "faults")
            ),
        };
        output::print(&format!(
            "{rows}\n\n{verdict}\n{}\n",
            faint("nothing was changed")
        ))
    }
}
