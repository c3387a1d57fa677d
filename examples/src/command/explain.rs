//! `access-sync explain`: may this person open that, and why (not).

mod door;

use std::fmt::Write as _;
use std::process::ExitCode;

use access_sync_core::{SubjectId, TargetId};
use access_sync_engine::Prepared;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use clap::Args;
use serde_json::json;

use self::door::Door;
use super::{Common, Failure};
use crate::connect::{House, zone_of};
use crate::render::progress::Bars;
use crate::render::{count, faint, heading, live, local, reasons, tick, utc, yellow};
use crate::{output, people, runtime};

/// Say whether a person may open something at an instant, since when, until when, and why.
///
/// PERSON is an id, an e-mail address, or (part of) a name. DOOR is the id, the name, or part of the name of
/// a group that the mapping knows, or of a door of Brivo's (an access point): then Brivo is asked which
/// groups open it, and in which of them the person is. Without DOOR it tells of every group that any record of
/// the person speaks of.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    access-sync explain entrata:customer:610001\n  \
    access-sync explain 610001 \"Unit 101\"\n  \
    access-sync explain 610001 \"Harbor Point Lobby\"       a door, through whichever group\n  \
    access-sync explain 610005 garage --at 2026-03-15T14:59:00Z\n  \
    access-sync explain 1415900212 \"Cedar Room\" --json\n\n\
    Exit codes: 0 explained, whatever the answer; 1 a service failed; 2 nobody or nothing is called so, or more than \
    one.")]
pub(crate) struct Explain {
    /// Whom: an id, an e-mail address, or (part of) a name.
    person: String,
    /// What: a group or a door of Brivo's, by id, name, or part of the name.
    door: Option<String>,
    /// When; now unless said otherwise.
    #[arg(long, value_name = "TIME", value_parser = super::instant)]
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
        let meant = self.meant(&house, &prepared, &subject).await;
        house.count().await?;
        let meant = meant?;
        let at = self.at.unwrap_or(prepared.now);
        match self.common.json {
            true => output::json(&figures(&prepared, &subject, &meant, at))?,
            false => output::print(&story(&prepared, &subject, &meant, at, names))?,
        }
        Ok(ExitCode::SUCCESS)
    }

    /// What DOOR is. Whatever is called exactly so comes before what is called nearly so.
    async fn meant(
        &self,
        house: &House,
        prepared: &Prepared,
        subject: &SubjectId,
    ) -> Result<Meant, Failure> {
        let Some(said) = &self.door else {
            let mut groups: Vec<_> = prepared.feed.managed.iter().cloned().collect();
            groups.retain(|target| concerns(prepared, subject, target));
            return Ok(Meant { groups, door: None });
        };
        let groups = people::groups_called(prepared, said);
        if !groups.is_empty() {
            return Ok(Meant { groups, door: None });
        }
        let brivo = &house.clients.brivo;
        let found = door::find(brivo, said).await?;
        let alike = people::groups_like(prepared, said);
        let point = match (found.exactly, found.partly) {
            (exactly, _) if !exactly.is_empty() => door::one(exactly, said)?,
            _ if !alike.is_empty() => {
                // Of several that sound alike, those that concern the person.
                let theirs = alike.iter().filter(|it| concerns(prepared, subject, it));
                let theirs: Vec<_> = theirs.cloned().collect();
                let groups = if theirs.is_empty() { alike } else { theirs };
                return Ok(Meant { groups, door: None });
            }
            (_, partly) if !partly.is_empty() => door::one(partly, said)?,
            _ => return Err(nothing(prepared, said)),
        };
        let door = Door::read(brivo, point, prepared, subject).await?;
        Ok(Meant {
            groups: door.concerning(prepared, subject),
            door: Some(door),
        })
    }
}

/// What is explained: groups, and the door that they were looked for.
struct Meant {
    groups: Vec<TargetId>,
    door: Option<Door>,
}

fn nothing(prepared: &Prepared, said: &str) -> Failure {
    let managed = prepared.feed.managed.iter();
    let mut names: Vec<_> = managed.map(|it| prepared.directory.name(it)).collect();
    names.sort_unstable();
    let groups = names.len();
    names.truncate(people::LISTED);
    Failure::usage(format!(
        "no group of the mapping and no door of Brivo's is \"{said}\"; there are {groups} groups, such as {}",
        names.join(", ")
    ))
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
    meant: &Meant,
    at: DateTime<Utc>,
) -> serde_json::Value {
    let rows = meant.groups.iter().map(|target| {
        let it = prepared.plan().explain(subject, target, at);
        let mut value = reasons::figures(prepared, &it);
        if let Some(fields) = value.as_object_mut() {
            fields.insert(
                "in_brivo_now".into(),
                live::standing(prepared, subject, target).into(),
            );
            if let Some(door) = &meant.door {
                fields.insert("schedule".into(), door.schedule(target).into());
            }
        }
        value
    });
    let mut value = json!({
        "person": subject,
        "at_utc": utc(at),
        "time_zone": zone_of(prepared, subject).name(),
        "user_in_brivo": prepared.observed.ours.get(subject).map(|user| json!({
            "id": user.id.0, "suspended": user.suspended,
        })),
        "doors": rows.collect::<Vec<_>>(),
    });
    if let (Some(door), Some(fields)) = (&meant.door, value.as_object_mut()) {
        fields.insert("access_point".into(), door.figures(prepared, subject, at));
    }
    value
}

fn story(
    prepared: &Prepared,
    subject: &SubjectId,
    meant: &Meant,
    at: DateTime<Utc>,
    names: bool,
) -> String {
    let zone = zone_of(prepared, subject);
    let mut out = format!(
        "{}\n{}\n",
        heading(&people::label(prepared, subject, names)),
        faint(format!("at {} in {zone} ({})", local(at, zone), utc(at)))
    );
    match &meant.door {
        Some(door) => whole(prepared, subject, door, at, zone, &mut out),
        None if meant.groups.is_empty() => out.push_str(
            "No record speaks of them and Brivo has them in no group of the mapping: no door opens.\n",
        ),
        None => {}
    }
    for target in &meant.groups {
        one(prepared, subject, target, at, zone, &mut out);
        let schedule = meant.door.as_ref().and_then(|it| it.schedule(target));
        if let Some(schedule) = schedule.filter(|it| !it.is_empty()) {
            let _ = writeln!(
                out,
                "    {}",
                faint(format!(
                    "the group opens the door in Brivo's schedule \"{schedule}\""
                ))
            );
        }
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

/// The door itself, before its groups.
fn whole(
    prepared: &Prepared,
    subject: &SubjectId,
    door: &Door,
    at: DateTime<Utc>,
    zone: Tz,
    out: &mut String,
) {
    let span = door.planned(prepared, subject, at);
    let _ = writeln!(
        out,
        "\n{} {}: {}{}",
        tick(span.open),
        door::label(&door.point),
        if span.open { "opens" } else { "does not open" },
        from_to(span.since, span.until, zone),
    );
    let mapped = door.mapped(prepared);
    let _ = match mapped.as_slice() {
        [] => writeln!(out, "    no group of the mapping opens it"),
        [group] => writeln!(out, "    through {}", prepared.directory.name(group)),
        groups => writeln!(
            out,
            "    through any of {} of the mapping",
            count(groups.len(), "group", "groups")
        ),
    };
    if !mapped.is_empty() && door.concerning(prepared, subject).is_empty() {
        out.push_str("    no record speaks of the person there\n");
    }
    for (_, name, inside) in door.foreign(prepared) {
        let _ = match inside {
            true => writeln!(
                out,
                "    {}",
                yellow(format!(
                    "and through {name}, in which Brivo has them: the mapping does not know that group, so nothing here takes them out"
                ))
            ),
            false => writeln!(
                out,
                "    {}",
                faint(format!(
                    "and through {name}, in which they are not; the mapping does not know it"
                ))
            ),
        };
    }
}

/// ` since … until …`, as far as there is one.
fn from_to(since: Option<DateTime<Utc>>, until: Option<DateTime<Utc>>, zone: Tz) -> String {
    let edge = |word: &str, at: Option<DateTime<Utc>>| {
        at.map_or(String::new(), |at| format!(" {word} {}", local(at, zone)))
    };
    edge("since", since) + &edge("until", until)
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
    let _ = writeln!(
        out,
        "\n{} {}: {}{}",
        tick(it.active),
        prepared.directory.name(target),
        if it.active { "opens" } else { "does not open" },
        from_to(it.since, it.until, zone),
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
