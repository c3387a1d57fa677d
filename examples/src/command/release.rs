//! `access-sync release` and `adopt`: what is ours, withdrawn or taken over.

use std::process::ExitCode;

use access_sync_core::SubjectId;
use access_sync_engine::EngineError;
use access_sync_engine::access::UserId;
use clap::Args;
use serde_json::json;

use super::apply::{carry_out, confirm};
use super::{Common, Failure};
use crate::connect::{House, failed};
use crate::people;
use crate::render::progress::Bars;
use crate::render::{count, live, tick};
use crate::runtime::Stop;
use crate::{output, runtime};

/// Withdraw everything that we made in Brivo, and only that: a clean way out.
///
/// Memberships, passes and users that the ledger knows as made by us; adopted users stay and lose only what
/// we gave them. Leases and bookings are not asked. Shows it, asks, and does it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    access-sync release                 shows what would go, and asks\n  \
    access-sync release --dry-run       only shows it\n  \
    access-sync release --yes --json\n\n\
    Exit codes: 0 withdrawn, or nothing was ours; 1 something failed; 2 there is nobody to ask; 130 not done, or \
    stopped.")]
pub(crate) struct Release {
    /// Only show what would be withdrawn.
    #[arg(long)]
    dry_run: bool,
    /// Do not ask.
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    common: Common,
}

impl Release {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        runtime::writing(self.release())
    }

    async fn release(&self) -> Result<ExitCode, Failure> {
        let bars = Bars::new(self.common.quiet || self.common.json);
        let reading = async {
            let house = House::without_sources(&self.common).await?;
            let engine = house.engine()?;
            let prepared = engine.release(house.now, &bars).await;
            let prepared = prepared.map_err(|error| failed(&error))?;
            Ok::<_, Failure>((house, engine, prepared))
        };
        let mut stop = Stop::listen()?;
        let (house, engine, prepared) = stop.or(reading).await?;
        bars.clear();
        if !self.common.json {
            output::print(&live::steps(&prepared, self.common.show_names()))?;
        }
        if self.dry_run || prepared.steps.is_empty() {
            if self.common.json {
                output::json(&json!({ "steps": prepared.steps, "done": [] }))?;
            }
            return Ok(ExitCode::SUCCESS);
        }
        let question = format!(
            "Withdraw all that is ours from {}?",
            count(prepared.steps.len(), "person", "people")
        );
        confirm(self.yes, self.common.json, &question)?;
        carry_out(
            &self.common,
            &house,
            &engine,
            &prepared,
            &bars,
            &mut stop,
            NEXT,
        )
        .await
    }
}

const NEXT: &str =
    "nothing in Brivo is ours any more; as long as nobody runs `apply` or `run` it stays so.";

/// Take a Brivo user over that somebody else made, or that the ledger has forgotten.
///
/// From then on it is ours, with its memberships in groups of the mapping: it is changed and taken away from
/// as leases and bookings say. Nothing is changed in Brivo now.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    access-sync adopt 7310044 entrata:customer:610001\n  \
    access-sync adopt 7310044 610001\n  \
    access-sync apply --adopt-existing          all with our external ids, after the ledger was lost\n\n\
    Exit codes: 0 taken over; 1 there is no such user, or it is somebody's already; 2 nobody is called so.")]
pub(crate) struct Adopt {
    /// Brivo's user id.
    #[arg(value_parser = user_id)]
    user: u64,
    /// Whose user it is: a person as in `explain`.
    person: String,
    #[command(flatten)]
    common: Common,
}

fn user_id(text: &str) -> Result<u64, String> {
    super::number(
        text,
        "give Brivo's id of the user, such as 7310044; the person comes after it",
    )
}

impl Adopt {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        runtime::writing(self.adopt())
    }

    async fn adopt(&self) -> Result<ExitCode, Failure> {
        let mut stop = Stop::listen()?;
        let house = stop.or(House::open(&self.common)).await?;
        let engine = house.engine()?;
        let bars = Bars::new(self.common.quiet || self.common.json);
        let subject = match self.person.contains(':') {
            true => SubjectId::new(self.person.as_str()),
            false => {
                let prepared = stop.or(house.prepare(&engine, &bars)).await?;
                people::person(&prepared, &self.person, self.common.show_names())?
            }
        };
        let user = UserId(self.user.to_string());
        let adopted = tokio::select! {
            // What is done is told, also to whoever has just pressed Ctrl-C.
            biased;
            adopted = engine.adopt(house.now, &user, &subject, &bars) => adopted,
            () = stop.asked() => return Err(Failure::stopped("stopped; nobody was taken over")),
        };
        bars.clear();
        house.count().await?;
        adopted.map_err(|error| match error {
            EngineError::Unexpected { .. } => Failure::error(format!(
                "{error}; nobody was taken over: look whose user it is in Brivo, and give another USER or PERSON"
            )),
            error => failed(&error),
        })?;
        match self.common.json {
            true => output::json(&json!({ "user": user.0, "person": subject }))?,
            false => output::print(&format!(
                "{} user {user} is {subject}'s and ours from now on; `access-sync plan` tells what that changes\n",
                tick(true)
            ))?,
        }
        Ok(ExitCode::SUCCESS)
    }
}
