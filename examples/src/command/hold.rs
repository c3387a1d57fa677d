//! `access-sync hold` and `unhold`: somebody's word that beats every source.

use std::fmt::Write as _;
use std::process::ExitCode;

use access_sync_core::SubjectId;
use access_sync_engine::Prepared;
use access_sync_engine::ledger::{Hold, HoldId, HoldKind, HoldScope};
use chrono::{DateTime, Utc};
use clap::{Args, ValueEnum};
use comfy_table::Cell;
use serde_json::{Value, json};

use super::{Common, Failure};
use crate::connect::{Books, House, failed};
use crate::render::live::word;
use crate::render::progress::Bars;
use crate::render::{dim, table, tick, utc};
use crate::runtime::Stop;
use crate::{output, people, runtime};

/// Take access away from a person, unit, property or everybody, whatever leases and bookings say.
///
/// An eviction, a lost pass, a flooded floor. In force from the next run on, until it ends or is lifted by
/// `unhold`. With --pause nothing is taken: everybody there stays exactly as they are. Without arguments it
/// lists the holds that there are. By a whole id (`entrata:customer:610001`) it asks no service and needs no
/// secret.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    access-sync hold                                                lists holds and pauses\n  \
    access-sync hold person entrata:customer:610001 --why \"court order 12-334\"\n  \
    access-sync hold unit 302 --until 2026-03-14T21:00:00Z --why \"water damage\"\n  \
    access-sync hold property 100234 --pause --why \"panels are being replaced\"\n  \
    access-sync hold account --pause --why \"migration\"\n\n\
    Exit codes: 0 kept, or listed; 1 the ledger or a service failed; 2 nobody or nothing is called so.")]
pub(crate) struct HoldCommand {
    /// Whom or what it is about.
    #[arg(value_enum)]
    about: Option<About>,
    /// Which: a person as in `explain`; a unit's, room's or desk's id or name; a property's or location's id.
    #[arg(required_if_eq_any([("about", "person"), ("about", "unit"), ("about", "property")]))]
    which: Option<String>,
    /// Why, for whoever asks later. No personal data, please.
    #[arg(long, value_name = "WORDS", default_value = "no reason given")]
    why: String,
    /// From when; now unless said otherwise.
    #[arg(long, value_name = "TIME", value_parser = super::instant)]
    since: Option<DateTime<Utc>>,
    /// Until when; without it until `unhold`.
    #[arg(long, value_name = "TIME", value_parser = super::instant)]
    until: Option<DateTime<Utc>>,
    /// Leave everything as it is instead of taking access away.
    #[arg(long)]
    pause: bool,
    #[command(flatten)]
    common: Common,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum About {
    /// One person, at every door.
    Person,
    /// Everybody with a record of a unit, room or desk, there.
    Unit,
    /// Everybody with a record of a property or location, there.
    Property,
    /// Everybody.
    Account,
}

impl HoldCommand {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        runtime::writing(self.hold())
    }

    async fn hold(&self) -> Result<ExitCode, Failure> {
        let mut stop = Stop::listen()?;
        let books = stop.or(Books::open(&self.common)).await?;
        let (engine, now) = (books.engine()?, books.now);
        let Some(about) = self.about else {
            let holds = engine.holds().await.map_err(|error| failed(&error))?;
            return list(&holds, now, self.common.json);
        };
        let since = self.since.unwrap_or(now);
        if self.until.is_some_and(|until| until <= since) {
            return Err(Failure::usage(
                "--until lies before the hold's beginning; give a later time",
            ));
        }
        let which = self.which.as_deref().unwrap_or_default();
        let scope = match (about, which) {
            (About::Account, _) => HoldScope::Account,
            // An id of ours needs no look-up: nobody is to wait for three services in an emergency.
            (About::Person, id) if id.contains(':') => HoldScope::Person(SubjectId::new(id)),
            (About::Unit, id) if id.contains(':') => HoldScope::Unit(id.to_owned()),
            (About::Property, id) if id.contains(':') => HoldScope::Property(id.to_owned()),
            (about, which) => {
                let prepared = stop.or(self.look(books)).await;
                let prepared = prepared.map_err(|failure| failure.or(about.unasked()))?;
                match about {
                    About::Person => HoldScope::Person(people::person(
                        &prepared,
                        which,
                        self.common.show_names(),
                    )?),
                    About::Unit => HoldScope::Unit(unit(&prepared, which)?),
                    _ => HoldScope::Property(property(&prepared, which)?),
                }
            }
        };
        let kind = if self.pause {
            HoldKind::Pause
        } else {
            HoldKind::Hold
        };
        let mut hold = Hold::new(kind, scope, since, self.why.trim());
        hold.until = self.until;
        hold.id = engine
            .hold(hold.clone())
            .await
            .map_err(|error| failed(&error))?;
        if self.common.json {
            output::json(&json!({ "kept": figures(&hold, now) }))?;
        } else {
            output::print(&format!(
                "{} {} {} of {} is kept, {}\n  In force from the next `access-sync apply` on, or at the next run of a loop; \
                 `access-sync unhold {}` lifts it.\n",
                tick(true),
                word(hold.kind),
                hold.id.0,
                hold.scope,
                span(&hold),
                hold.id.0
            ))?;
        }
        Ok(ExitCode::SUCCESS)
    }

    /// What the sources say, to find by it what is meant.
    async fn look(&self, books: Books) -> Result<Prepared, Failure> {
        let house = House::over(books).await?;
        let engine = house.engine()?;
        let bars = Bars::new(self.common.quiet || self.common.json);
        let prepared = house.prepare(&engine, &bars).await?;
        bars.clear();
        Ok(prepared)
    }
}

impl About {
    /// How it is said so that nobody has to be asked.
    fn unasked(self) -> &'static str {
        match self {
            Self::Person => "with the whole id, such as entrata:customer:610001, nobody is asked",
            Self::Unit => "with the whole id, such as entrata:unit:700101, nobody is asked",
            Self::Property | Self::Account => {
                "with the whole id, such as entrata:property:100234, nobody is asked"
            }
        }
    }
}

/// Lift a hold or a pause. Whoever is entitled gets access back at the next run.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    access-sync hold              lists them with their numbers\n  \
    access-sync unhold 3\n\n\
    Exit codes: 0 lifted; 1 the ledger failed; 2 there is no such hold.")]
pub(crate) struct Unhold {
    /// The hold's number.
    #[arg(value_parser = numbered)]
    number: u64,
    #[command(flatten)]
    common: Common,
}

impl Unhold {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        runtime::writing(self.lift())
    }

    async fn lift(&self) -> Result<ExitCode, Failure> {
        let books = Stop::listen()?.or(Books::open(&self.common)).await?;
        let engine = books.engine()?;
        let lifted = engine.unhold(HoldId(self.number)).await;
        if !lifted.map_err(|error| failed(&error))? {
            let holds = engine.holds().await.map_err(|error| failed(&error))?;
            let known: Vec<_> = holds.iter().map(|it| it.id.0.to_string()).collect();
            return Err(Failure::usage(match known.is_empty() {
                true => "there is no hold at all; `access-sync hold` lists them".to_owned(),
                false => format!(
                    "there is no hold {}; there are {}; `access-sync hold` tells more",
                    self.number,
                    known.join(", ")
                ),
            }));
        }
        match self.common.json {
            true => output::json(&json!({ "lifted": self.number }))?,
            false => output::print(&format!(
                "{} lifted {}; whoever is entitled gets access back at the next `access-sync apply`\n",
                tick(true),
                self.number
            ))?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn numbered(text: &str) -> Result<u64, String> {
    super::number(
        text,
        "give a hold's number, as `access-sync hold` lists them",
    )
}

fn list(holds: &[Hold], now: DateTime<Utc>, json: bool) -> Result<ExitCode, Failure> {
    if json {
        let rows: Vec<_> = holds.iter().map(|hold| figures(hold, now)).collect();
        output::json(&json!({ "holds": rows }))?;
    } else if holds.is_empty() {
        output::print("no holds\n")?;
    } else {
        output::print(&format!("{}\n", rows(holds, now)))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Holds as a table.
pub(super) fn rows(holds: &[Hold], now: DateTime<Utc>) -> String {
    let mut rows = table(&["", "what", "of", "when", "now", "why"]);
    for hold in holds {
        rows.add_row([
            Cell::new(hold.id.0),
            Cell::new(word(hold.kind)),
            Cell::new(&hold.scope),
            Cell::new(span(hold)),
            match hold.is_active(now) {
                true => Cell::new("in force"),
                false => dim("not in force"),
            },
            Cell::new(&hold.why),
        ]);
    }
    rows.to_string()
}

/// A hold for programs.
pub(super) fn figures(hold: &Hold, now: DateTime<Utc>) -> Value {
    json!({
        "number": hold.id.0, "kind": word(hold.kind), "scope": hold.scope, "since_utc": utc(hold.since),
        "until_utc": hold.until.map(utc), "in_force": hold.is_active(now), "why": hold.why,
    })
}

fn span(hold: &Hold) -> String {
    let until = hold.until.map_or("until it is lifted".into(), |until| {
        format!("until {}", utc(until))
    });
    format!("since {} {until}", utc(hold.since))
}

/// A unit, room or desk by its id or by what the sources call it.
fn unit(prepared: &Prepared, said: &str) -> Result<String, Failure> {
    let wanted = said.trim().to_lowercase();
    let mut found = std::collections::BTreeSet::new();
    for origin in prepared.feed.origins.values() {
        let place = origin.place.to_lowercase();
        let called = place == wanted || place.strip_prefix("unit ") == Some(wanted.as_str());
        for (nth, id) in origin.units.iter().enumerate() {
            let tail = id.rsplit_once(':').map(|(_, tail)| tail);
            // The unit comes before its spaces, and whoever says "101" means all of it.
            if (called && nth == 0) || tail == Some(wanted.as_str()) {
                found.insert((id.clone(), origin.property.clone()));
            }
        }
    }
    one(
        found
            .into_iter()
            .map(|(id, property)| (id, Some(property)))
            .collect(),
        said,
        "unit, room or desk",
        "entrata:unit:700101",
    )
}

fn property(prepared: &Prepared, said: &str) -> Result<String, Failure> {
    let found = prepared
        .feed
        .origins
        .values()
        .map(|origin| &origin.property);
    let found: std::collections::BTreeSet<_> = found
        .filter(|id| id.rsplit_once(':').map(|(_, tail)| tail) == Some(said.trim()))
        .cloned()
        .collect();
    one(
        found.into_iter().map(|id| (id, None)).collect(),
        said,
        "property or location",
        "entrata:property:100234",
    )
}

fn one(
    found: Vec<(String, Option<String>)>,
    said: &str,
    what: &str,
    example: &str,
) -> Result<String, Failure> {
    match found.as_slice() {
        [(id, _)] => Ok(id.clone()),
        [] => Err(Failure::usage(format!(
            "no {what} with a record is \"{said}\"; give its id, such as {example}"
        ))),
        several => {
            let mut text = String::new();
            for (id, property) in several {
                let comma = if text.is_empty() { "" } else { ", " };
                let _ = match property {
                    Some(property) => write!(text, "{comma}{id} ({property})"),
                    None => write!(text, "{comma}{id}"),
                };
            }
            Err(Failure::usage(format!(
                "\"{said}\" may be any of {text}; give the id"
            )))
        }
    }
}
