//! `access-sync drift`: what in Brivo is not as we made it.

use std::process::ExitCode;

use access_sync_engine::{Drift, Prepared};
use clap::Args;
use comfy_table::Cell;
use serde_json::{Value, json};

use super::{Common, Failure, exit};
use crate::connect::House;
use crate::people::short;
use crate::render::progress::Bars;
use crate::render::{count, table, tick, utc};
use crate::{output, runtime};

/// Say what somebody else changed in Brivo of what we made there.
///
/// Compares Brivo with the ledger: users of ours that are gone, suspended or reinstated, memberships taken out
/// or put in by hand, and users that carry our external ids and are not in the ledger. Changes nothing.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    access-sync drift\n  \
    access-sync drift --json --detailed-exitcode\n\n\
    Exit codes: 0 compared; 1 a service failed; 2 the configuration is wrong; 3 with --detailed-exitcode, something \
    differs.")]
pub(crate) struct DriftCommand {
    /// Exit with 3 where something differs.
    #[arg(long)]
    detailed_exitcode: bool,
    #[command(flatten)]
    common: Common,
}

/// One difference: its word, whose, where, and what comes of it.
struct Row {
    what: &'static str,
    subject: access_sync_core::SubjectId,
    place: String,
    then: &'static str,
}

impl DriftCommand {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        runtime::reading(self.compare())
    }

    async fn compare(&self) -> Result<ExitCode, Failure> {
        let house = House::open(&self.common).await?;
        let engine = house.engine()?;
        let bars = Bars::new(self.common.quiet || self.common.json);
        let prepared = house.prepare(&engine, &bars).await?;
        bars.clear();
        let rows = rows(&prepared);
        match self.common.json {
            true => output::json(&json!({
                "now_utc": utc(prepared.now),
                "groups_read": prepared.observed.read.len(),
                "drift": rows.iter().map(figures).collect::<Vec<_>>(),
            }))?,
            false => output::print(&story(&prepared, &rows, self.common.show_names()))?,
        }
        let differs = self.detailed_exitcode && !rows.is_empty();
        Ok(ExitCode::from(if differs { exit::PENDING } else { 0 }))
    }
}

fn rows(prepared: &Prepared) -> Vec<Row> {
    let group = |target| prepared.directory.name(target).to_owned();
    let mut rows: Vec<_> = prepared
        .drift()
        .iter()
        .map(|it| match it {
            Drift::UserGone { subject, user } => Row {
                what: "user deleted",
                subject: subject.clone(),
                place: format!("user {user}"),
                then: "made anew, if entitled",
            },
            Drift::Suspension {
                subject,
                suspended: true,
            } => Row {
                what: "user suspended",
                subject: subject.clone(),
                place: String::new(),
                then: "reinstated, if entitled",
            },
            Drift::Suspension {
                subject,
                suspended: false,
            } => Row {
                what: "user reinstated",
                subject: subject.clone(),
                place: String::new(),
                then: "suspended again, if nothing is open",
            },
            Drift::MembershipGone { subject, target } => Row {
                what: "taken out of a group",
                subject: subject.clone(),
                place: group(target),
                then: "put back, if entitled",
            },
            Drift::MembershipByHand { subject, target } => Row {
                what: "put into a group",
                subject: subject.clone(),
                place: group(target),
                then: "stays: it is not ours",
            },
            _ => Row {
                what: "other",
                subject: access_sync_core::SubjectId::new("?"),
                place: String::new(),
                then: "",
            },
        })
        .collect();
    rows.extend(
        prepared
            .observed
            .strangers
            .iter()
            .map(|(subject, user)| Row {
                what: "not in the ledger",
                subject: subject.clone(),
                place: format!("user {}", user.id),
                then: "left alone; `access-sync adopt` takes it over",
            }),
    );
    rows
}

fn figures(row: &Row) -> Value {
    json!({ "what": row.what, "person": row.subject, "where": row.place, "then": row.then })
}

fn story(prepared: &Prepared, rows: &[Row], names: bool) -> String {
    let read = count(prepared.observed.read.len(), "group", "groups");
    if rows.is_empty() {
        return format!("{} Brivo is as we left it: {read} compared\n", tick(true));
    }
    let mut out = table(&["what", "who", "where", "at the next apply"]);
    for row in rows {
        out.add_row([
            Cell::new(row.what),
            Cell::new(short(prepared, &row.subject, names)),
            Cell::new(&row.place),
            Cell::new(row.then),
        ]);
    }
    format!(
        "{out}\n\n{} in {read}\n",
        count(rows.len(), "difference", "differences")
    )
}
