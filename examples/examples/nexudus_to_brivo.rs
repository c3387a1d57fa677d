//! From Nexudus' bookings and contracts to Brivo's doors, in 60 lines.
//!
//! `cargo run --example nexudus_to_brivo` works in a sandbox. With ACCESS_SYNC_REAL=1 and the variables
//! of both (NEXUDUS_EMAIL, NEXUDUS_PASSWORD; BRIVO_API_KEY, BRIVO_CLIENT_ID, BRIVO_CLIENT_SECRET,
//! BRIVO_ADMINISTRATOR_ID, BRIVO_PASSWORD) it reads real accounts, and writes only with `--apply`.
#![allow(clippy::print_stdout, reason = "an example prints")]

#[path = "shared/hosts.rs"]
mod hosts;

use access_sync_engine::access::brivo::BrivoAccess;
use access_sync_engine::source::nexudus::NexudusSource;
use access_sync_engine::{Engine, Mapping, Quiet};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let hosts = hosts::Hosts::start().await?;
    // Rooms and desks bring their groups along from Nexudus; members of the house get one more.
    let mapping = Mapping::from_toml(
        r#"
        [[location]]
        id = "1420000101"
        time_zone = "America/Los_Angeles"    # Nexudus has a number of its own instead
        common = ["Harbour Works Members"]
        from_source = true
        "#,
    )?;
    let engine = Engine::builder(BrivoAccess::new(hosts.brivo()?.build()?), &mapping)
        // What we made: by this, a later run knows what it may take away.
        .ledger(hosts.ledger()?)
        .source(NexudusSource::new(hosts.nexudus()?.build()?, &mapping))
        .build()?;

    let now = hosts.now();
    let prepared = engine.prepare(now, &Quiet).await?;
    println!("{} windows", prepared.plan().windows().len());
    // When this must run again: a booking begins or ends, and a door with it.
    if let Some(next) = prepared.plan().next_transition(now) {
        println!("next: {} at {}", next.change.as_str(), next.at);
    }
    println!(
        "{} people change, in {} calls",
        prepared.changes().people.len(),
        prepared.predicted_calls()
    );

    if hosts.may_write() {
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
