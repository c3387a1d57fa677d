//! From Entrata's leases to Brivo's doors, in 60 lines.
//!
//! `cargo run --example entrata_to_brivo` works in a sandbox. With ACCESS_SYNC_REAL=1 and the variables
//! of both (ENTRATA_ORG, ENTRATA_API_KEY; BRIVO_API_KEY, BRIVO_CLIENT_ID, BRIVO_CLIENT_SECRET,
//! BRIVO_ADMINISTRATOR_ID, BRIVO_PASSWORD) it reads real accounts, and writes only with `--apply`.
#![allow(clippy::print_stdout, reason = "an example prints")]

#[path = "shared/hosts.rs"]
mod hosts;

use access_sync_engine::access::brivo::BrivoAccess;
use access_sync_engine::source::entrata::EntrataSource;
use access_sync_engine::{Engine, Mapping, Quiet};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let hosts = hosts::Hosts::start().await?;
    // Which unit opens which groups, and each property's time zone, is yours to say.
    let mapping = Mapping::from_toml(include_str!("../mapping.toml"))?;
    let engine = Engine::builder(BrivoAccess::new(hosts.brivo()?.build()?), &mapping)
        // What we made: by this, a later run knows what it may take away.
        .ledger(hosts.ledger()?)
        .source(EntrataSource::new(hosts.entrata()?.build()?, &mapping))
        .build()?;

    // Reads and compares; changes nothing.
    let now = hosts.now();
    let prepared = engine.prepare(now, &Quiet).await?;
    println!(
        "{} windows for {} people",
        prepared.plan().windows().len(),
        prepared.feed.people.len()
    );
    for change in prepared.changes().people.iter().take(5) {
        println!(
            "  {}: add {:?}, remove {:?}",
            change.subject, change.add, change.remove
        );
    }
    println!(
        "{} people change, in {} calls",
        prepared.changes().people.len(),
        prepared.predicted_calls()
    );

    if hosts.may_write() {
        // Journalled before they go out, whoever loses access first, one call a person.
        let applied = engine.apply(&prepared, now, &Quiet).await?;
        let (done, failed) = (applied.done.len(), applied.failed.len());
        println!("{done} done, {failed} failed");
        let again = engine.prepare(now, &Quiet).await?;
        println!(
            "A second look finds {} changes",
            again.changes().people.len()
        );
    }
    Ok(())
}
