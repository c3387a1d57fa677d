//! `access-sync explain`: may this person open that, and why (not).

use std::fmt::Write as _;
use std::process::ExitCode;

use access_sync_core::{SubjectId, TargetId};
use access_sync_engine::Prepared;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use clap::Args;
use serde_json::json;

use super::{Common, Failure};
use crate::connect::{House, zone_of};
use crate::render::progress::Bars;
use crate::render::{faint, heading, live, local, reasons, tick, utc, yellow};
use crate::{output, people, runtime};

/// Say whether a person may open something at an instant, since when, until when, and why.
///
/// PERSON is an id, an e-mail address, or (part of) a name; DOOR is the id, the name, or part of the
/// name of a group that the mapping knows. Without DOOR it tells of every group that any record of the
/// person speaks of.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    access-sync explain entrata:customer:610001\n  \
    access-sync explain 610001 \"Unit 101\"\n  \
    access-sync explain \"maria\" garage --at 2026-03-15T14:59:00Z\n  \
    access-sync explain 1415900212 \"Cedar Room\" --json\n\n\
    Exit codes: 0 explained, whatever the answer; 1 a service failed; 2 nobody or nothing is called so, or more than \
    one.")]
pub(crate) struct Explain {
    /// Whom: an id, an e-mail address, or (part of) a name.
    person: String,
    /// What: a group's id, name, or part of its name.
    door: Option<String>,
    /// When; now unless said otherwise.
    #[arg(long, value_name = "TIME")]
    at: Option<DateTime<Utc>>,
    #[command(flatten)]
    common: Common,
}

impl Explain {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        runtime::reading(self.explain())
    }

    async fn explain(&self) -> Result<ExitCode, Failure> {
        let house = House::open(&self.common).await?;
        let engine = house.engine()?;
        let bars = Bars::new(self.common.quiet || self.common.json);
        let prepared = house.prepare(&engine, &bars).await?;
        bars.clear();
        let names = self.common.show_names();
        let subject = people::person(&prepared, &self.person, names)?;
        let doors = self.doors(&prepared, &subject)?;
        let at = self.at.unwrap_or(prepared.now);
        match self.common.json {
            true => output::json(&figures(&prepared, &subject, &doors, at))?,
            false => output::print(&story(&prepared, &subject, &doors, at, names))?,
        }
        Ok(ExitCode::SUCCESS)
    }

    fn doors(&self, prepared: &Prepared, subject: &SubjectId) -> Result<Vec<TargetId>, Failure> {
        if let Some(door) = &self.door {
            let all = people::groups(prepared, door)?;
            // Of several that sound alike, those that concern the person.
            let theirs: Vec<_> = all
                .iter()
                .filter(|target| concerns(prepared, subject, target))
                .cloned()
                .collect();
            return Ok(if theirs.is_empty() { all } else { theirs });
        }
        let mut doors: Vec<_> = prepared.feed.managed.iter().cloned().collect();
        doors.retain(|target| concerns(prepared, subject, target));
        Ok(doors)
    }
}

/// Whether a record, a window or Brivo says anything of a person and a group.
fn concerns(prepared: &Prepared, subject: &SubjectId, target: &TargetId) -> bool {
    !prepared
        .plan()
        .explain(subject, target, prepared.now)
        .reasons
        .is_empty()
        || live::standing(prepared, subject, target) == Some(true)
}

fn figures(
    prepared: &Prepared,
    subject: &SubjectId,
    doors: &[TargetId],
    at: DateTime<Utc>,
) -> serde_json::Value {
    let rows = doors.iter().map(|target| {
        let it = prepared.plan().explain(subject, target, at);
        let mut value = reasons::figures(prepared, &it);
        if let Some(fields) = value.as_object_mut() {
            fields.insert(
                "in_brivo_now".into(),
                live::standing(prepared, subject, target).into(),
            );
        }
        value
    });
    json!({
        "person": subject,
        "at_utc": utc(at),
        "time_zone": zone_of(prepared, subject).name(),
        "user_in_brivo": prepared.observed.ours.get(subject).map(|user| json!({
            "id": user.id.0, "suspended": user.suspended,
        })),
        "doors": rows.collect::<Vec<_>>(),
    })
}

fn story(
    prepared: &Prepared,
    subject: &SubjectId,
    doors: &[TargetId],
    at: DateTime<Utc>,
    names: bool,
) -> String {
    let zone = zone_of(prepared, subject);
    let mut out = format!(
        "{}\n{}\n",
        heading(&people::label(prepared, subject, names)),
        faint(format!("at {} in {zone} ({})", local(at, zone), utc(at)))
    );
    if doors.is_empty() {
        let _ = writeln!(
            out,
            "No record speaks of them and Brivo has them in no group of the mapping: no door opens."
        );
    }
    for target in doors {
        one(prepared, subject, target, at, zone, &mut out);
    }
    let _ = match prepared.observed.ours.get(subject) {
        Some(user) if user.suspended => writeln!(
            out,
            "\nIn Brivo: user {}, suspended: nothing opens at all",
            user.id
        ),
        Some(user) => writeln!(out, "\nIn Brivo: user {}", user.id),
        None => writeln!(out, "\nIn Brivo: no user of ours yet"),
    };
    out
}

fn one(
    prepared: &Prepared,
    subject: &SubjectId,
    target: &TargetId,
    at: DateTime<Utc>,
    zone: Tz,
    out: &mut String,
) {
    let it = prepared.plan().explain(subject, target, at);
    let span = |word: &str, at: Option<DateTime<Utc>>| {
        at.map_or(String::new(), |at| format!(" {word} {}", local(at, zone)))
    };
    let _ = writeln!(
        out,
        "\n{} {}: {}{}{}",
        tick(it.active),
        prepared.directory.name(target),
        if it.active { "opens" } else { "does not open" },
        span("since", it.since),
        span("until", it.until),
    );
    for reason in &it.reasons {
        let _ = writeln!(
            out,
            "    {} {}",
            reasons::record(prepared, reason),
            reasons::verdict(&reason.verdict, zone)
        );
    }
    if it.reasons.is_empty() {
        let _ = writeln!(out, "    no record speaks of it");
    }
    let planned = prepared.plan().is_active(subject, target, prepared.now);
    let stands = live::standing(prepared, subject, target) == Some(true);
    if planned != stands {
        let _ = writeln!(
            out,
            "    {}",
            yellow(match stands {
                true =>
                    "Brivo still has it open; `access-sync apply` closes it, unless it is held back or unverified",
                false => "Brivo does not have it open yet; `access-sync apply` opens it",
            })
        );
    }
}
