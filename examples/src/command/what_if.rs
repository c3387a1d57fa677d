//! `access-sync what-if`: what another policy or another date would do.

mod edit;

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use access_sync_core::compare::{Amount, Difference, KeyDifference, compare};
use access_sync_core::{Plan, plan};
use access_sync_engine::source::NoteCode;
use access_sync_engine::{Mapping, Prepared, Quiet};
use chrono_tz::Tz;
use clap::Args;
use comfy_table::Cell;
use serde_json::{Value, json};

use super::{Common, Failure};
use crate::connect::{House, Wires, engine, failed, zone_in};
use crate::recording::{Memory, Recording};
use crate::render::progress::Bars;
use crate::render::{count, heading, local, table, tick, utc};
use crate::{output, people, runtime};

/// Say what a change of policy or of a record would do to access. Changes nothing.
///
/// The change is made to what was read, the plan is made anew, and the two plans are compared: who would
/// gain and lose how many minutes at what, which people that touches, and what `apply` would have to do
/// now.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    access-sync what-if --policy grace_days=2 --policy early_access_days=1\n  \
    access-sync what-if --policy '100234 grace_days=2'         at one property or location\n  \
    access-sync what-if --edit 'entrata:lease:410003 move_out=2026-04-15'\n  \
    access-sync what-if --edit 'nexudus:booking:1418700601 status=cancelled'\n  \
    access-sync what-if --overlay change.toml --json\n\n\
    An overlay is TOML: a [policy] table as in the configuration, and a table per property, location and record:\n\n  \
    [policy]\n  \
    grace_days = 2\n  \
    [property.\"100234\"]\n  \
    early_access_days = 1\n  \
    [record.\"entrata:lease:410003\"]\n  \
    move_out = \"2026-04-15\"\n\n\
    Fields: leases status, move_in, move_out, lease_end, start_time, end_time; bookings and visits status, from, to \
    (UTC); contracts status, start_date, end_date; day passes status, date; all of them removed = true. An empty \
    value is none.\n\n\
    Exit codes: 0 compared, whatever came of it; 1 a service failed; 2 the change cannot be read, or names nothing \
    that there is.")]
pub(crate) struct WhatIf {
    /// A key of `[policy]` and its value; with a property's or location's id before it, a rule of that place
    /// alone.
    #[arg(long, value_name = "[PLACE ]KEY=VALUE…")]
    policy: Vec<String>,
    /// A record, by its id at the source, and fields with their values.
    #[arg(long, value_name = "RECORD FIELD=VALUE…")]
    edit: Vec<String>,
    /// Changes in a TOML file.
    #[arg(long, value_name = "FILE")]
    overlay: Option<PathBuf>,
    #[command(flatten)]
    common: Common,
}

impl WhatIf {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        runtime::reading(self.compare())
    }

    async fn compare(&self) -> Result<ExitCode, Failure> {
        let overlay = edit::Overlay::read(&self.policy, &self.edit, self.overlay.as_deref())?;
        // Rules are applied where rows become records: to change one, what was read is read again, from
        // memory, under the other rules.
        let recording = overlay.changes_rules().then(Recording::begin).transpose()?;
        let wires = recording
            .as_ref()
            .map_or_else(Wires::default, Recording::wires);
        let house = House::wired(&self.common, &wires).await?;
        let mapping = overlay.mapping(&house.config.mapping_text)?;
        let engine = house.engine()?;
        let bars = Bars::new(self.common.quiet || self.common.json);
        let prepared = house.prepare(&engine, &bars).await?;
        bars.clear();
        let before = prepared.plan();
        let again = match recording {
            Some(recording) => Some(again(&house, &prepared, recording, &mapping).await?),
            None => None,
        };
        let base = again.as_ref().unwrap_or(&prepared);
        let (records, edited) = overlay.records(base)?;
        let mut changed = base.timeline().clone();
        *changed.records_mut() = records;
        let after = plan(&changed);
        let difference = compare(before, &after);
        let compared = Compared {
            prepared: &prepared,
            after: &after,
            difference: &difference,
            edited,
        };
        match self.common.json {
            true => output::json(&compared.figures())?,
            false => output::print(&compared.story(self.common.show_names()))?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The same facts under another mapping, without a call to anybody.
async fn again(
    house: &House,
    prepared: &Prepared,
    recording: Recording,
    mapping: &Mapping,
) -> Result<Prepared, Failure> {
    if let Some(note) = prepared
        .notes()
        .iter()
        .find(|note| note.code == NoteCode::BudgetLow)
    {
        return Err(Failure::error(format!(
            "{}; other rules cannot be tried on a part: try again when there are calls, or use \
             `access-sync replay DIR --mapping FILE` on an earlier recording",
            note.text
        )));
    }
    let memory = Memory::of(house.ledger.as_ref(), false).await?;
    let ledger = Arc::new(memory.ledger(prepared.now).await?);
    let clients = recording.play(&house.config).clients()?;
    let engine = engine(&clients, mapping, ledger)?;
    let again = engine.prepare(prepared.now, &Quiet).await;
    again.map_err(|error| failed(&error))
}

struct Compared<'a> {
    prepared: &'a Prepared,
    after: &'a Plan,
    difference: &'a Difference,
    edited: usize,
}

impl Compared<'_> {
    /// People and groups for which the present instant is another than before: what a run would change
    /// at once.
    fn now(&self) -> (usize, usize, usize) {
        let now = self.prepared.now;
        let (mut gain, mut lose) = (0, 0);
        let mut people = std::collections::BTreeSet::new();
        for key in &self.difference.keys {
            let was = self
                .prepared
                .plan()
                .is_active(&key.subject, &key.target, now);
            let is = self.after.is_active(&key.subject, &key.target, now);
            match (was, is) {
                (false, true) => gain += 1,
                (true, false) => lose += 1,
                _ => continue,
            }
            people.insert(&key.subject);
        }
        (people.len(), gain, lose)
    }

    fn story(&self, names: bool) -> String {
        let it = self.difference;
        let mut out = String::new();
        if self.edited > 0 {
            let _ = writeln!(
                out,
                "{} changed for this comparison",
                count(self.edited, "record", "records")
            );
        }
        if it.is_empty() {
            let _ = writeln!(out, "{} no access would be different", tick(true));
            return out;
        }
        let mut rows = table(&["who", "door", "gains", "loses", "how"]);
        for key in &it.keys {
            let zone = self.zone(key);
            rows.add_row([
                Cell::new(people::short(self.prepared, &key.subject, names)),
                Cell::new(self.prepared.directory.name(&key.target)),
                Cell::new(amount(key.gained)),
                Cell::new(amount(key.lost)),
                Cell::new(moved(key, zone)),
            ]);
        }
        let _ = writeln!(out, "{}\n{rows}", heading("What would be different"));
        let (people, gain, lose) = self.now();
        let _ = writeln!(
            out,
            "\n{} at {}: gained {}, lost {}",
            count(it.people, "person", "people"),
            count(it.keys.len(), "door", "doors"),
            amount(it.gained).replace('–', "nothing"),
            amount(it.lost).replace('–', "nothing"),
        );
        let _ = match people {
            0 => writeln!(out, "of it now: nothing"),
            _ => writeln!(
                out,
                "of it now: {} with {gain} opened and {lose} closed, in at least {} to Brivo",
                count(people, "person", "people"),
                count(people, "call", "calls")
            ),
        };
        out
    }

    fn zone(&self, key: &KeyDifference) -> Tz {
        match zone_in(self.prepared, self.prepared.plan(), &key.subject) {
            Tz::UTC => zone_in(self.prepared, self.after, &key.subject),
            zone => zone,
        }
    }

    fn figures(&self) -> Value {
        let it = self.difference;
        let (people, gain, lose) = self.now();
        let keys = it.keys.iter().map(|key| {
            let moved = key.moved.iter().map(|it| {
                json!({ "change": it.change.as_str(), "before_utc": it.before.map(utc), "after_utc": it.after.map(utc) })
            });
            json!({
                "person": key.subject, "group": key.target, "name": self.prepared.directory.name(&key.target),
                "gained": span(key.gained), "lost": span(key.lost), "moved": moved.collect::<Vec<_>>(),
            })
        });
        json!({
            "now_utc": utc(self.prepared.now),
            "records_edited": self.edited,
            "people": it.people,
            "gained": span(it.gained),
            "lost": span(it.lost),
            "doors": keys.collect::<Vec<_>>(),
            "at_once": { "people": people, "opened": gain, "closed": lose, "calls_at_least": people },
            "plan_digest": { "before": self.prepared.plan().digest(), "after": self.after.digest() },
        })
    }
}

fn span(amount: Amount) -> Value {
    json!({ "minutes": amount.minutes(), "open_end": amount.open })
}

/// `2 d 4 h`, `35 min`, `open end`, `–`.
fn amount(amount: Amount) -> String {
    if amount.is_zero() {
        return "–".into();
    }
    let minutes = amount.minutes();
    let (days, hours, rest) = (minutes / 1_440, minutes / 60 % 24, minutes % 60);
    let mut parts = Vec::new();
    for (number, unit) in [(days, "d"), (hours, "h"), (rest, "min")] {
        if number > 0 {
            parts.push(format!("{number} {unit}"));
        }
    }
    if amount.open {
        parts.push("open end".into());
    }
    parts.join(" ")
}

fn moved(key: &KeyDifference, zone: Tz) -> String {
    const SHOWN: usize = 3;
    let mut lines: Vec<_> = key
        .moved
        .iter()
        .take(SHOWN)
        .map(|it| {
            let word = match it.change.as_str() {
                "grant" => "opens",
                _ => "closes",
            };
            match (it.before, it.after) {
                (Some(before), Some(after)) => {
                    format!(
                        "{word} {} instead of {}",
                        local(after, zone),
                        local(before, zone)
                    )
                }
                (None, Some(after)) => format!("{word} {}, too", local(after, zone)),
                (Some(before), None) => format!("no longer {word} {}", local(before, zone)),
                (None, None) => String::new(),
            }
        })
        .collect();
    let more = key.moved.len().saturating_sub(SHOWN);
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    lines.join("\n")
}
