//! Lists the leases that end this month, over all properties that the credential may see.
//!
//! `cargo run --example leases_ending`; with ACCESS_SYNC_REAL=1, ENTRATA_ORG and ENTRATA_API_KEY it
//! reads a real organisation. Nothing is written.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example prints"
)]

#[path = "shared/hosts.rs"]
mod hosts;

use chrono::Datelike as _;
use entrata_api::{LeaseStatus, is_property_not_permitted};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let hosts = hosts::Hosts::start().await?;
    let client = hosts.entrata()?.build()?;
    let this_month = (hosts.now().year(), hosts.now().month());

    let properties = client.properties().list().all().await?;
    for property in &properties.items {
        // A property of its own at a time: getLeases takes one, and one that is not granted must not
        // hide the others.
        let leases = client
            .leases(property.id)
            .statuses([LeaseStatus::Current, LeaseStatus::Notice]);
        let leases = match leases.all().await {
            Err(error) if is_property_not_permitted(&error) => {
                eprintln!("property {}: not granted, left out", property.id);
                continue;
            }
            other => other?,
        };
        if !leases.is_complete() {
            // A short list is no list: say so, rather than report a quiet month.
            eprintln!(
                "property {}: the list is not whole: {:?}",
                property.id, leases.completeness
            );
        }
        let name = property
            .marketing_name
            .as_deref()
            .unwrap_or("a property without a name");
        println!("{name}");
        // The move-out date ends a stay; the end of the term alone does not (month-to-month).
        let ends = leases
            .items
            .iter()
            .filter_map(|lease| Some((lease.move_out_date.as_ref()?.day()?, lease)));
        let mut ends: Vec<_> = ends
            .filter(|(day, _)| (day.year(), day.month()) == this_month)
            .collect();
        ends.sort_by_key(|(day, lease)| (*day, lease.id));
        for (day, lease) in ends {
            let unit = lease
                .unit_id
                .map_or("no unit".into(), |unit| format!("unit id {unit}"));
            println!(
                "  {day}  lease {} ({}), {unit}",
                lease.id,
                lease.status.as_str()
            );
        }
    }
    Ok(())
}
