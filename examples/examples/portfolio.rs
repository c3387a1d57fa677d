//! A portfolio of properties: each with its own call limits, and its own limit of removals.
//!
//! `cargo run --example portfolio`; with ACCESS_SYNC_REAL=1, ENTRATA_ORG and ENTRATA_API_KEY it reads a
//! real organisation. Nothing is written.
#![allow(clippy::print_stdout, reason = "an example prints")]

#[path = "shared/hosts.rs"]
mod hosts;

use std::sync::Arc;
use std::time::Duration;

use access_sync_core::changes::{Actual, ChangeOptions, Membership, changes};
use access_sync_core::policy::GuardPolicy;
use access_sync_core::record::Lease;
use access_sync_core::{Record, Timeline, plan};
use access_sync_http::limit::{Per, Window, WindowLimiter};
use entrata_api::{LeaseStatus, Property};
use futures_util::future::try_join_all;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let hosts = hosts::Hosts::start().await?;
    // One limiter; each tenant name has windows of its own in it, each class of calls too.
    let minute = Duration::from_secs(60);
    let limiter = Arc::new(
        WindowLimiter::builder()
            .lane(Per::Class, [Window::new(30, minute)])
            .build(),
    );
    let properties = hosts
        .entrata()?
        .limiter(limiter.clone())
        .build()?
        .properties()
        .list()
        .all()
        .await?;

    // All properties at once; a slow one, or one at its limit, does not hold up the others.
    let read = properties.items.iter().map(|property| {
        let client = hosts.entrata().map(|builder| {
            builder
                .limiter(limiter.clone())
                .tenant(format!("property-{}", property.id))
        });
        async move {
            let grants = [
                LeaseStatus::Future,
                LeaseStatus::Current,
                LeaseStatus::Notice,
                LeaseStatus::Past,
            ];
            let leases = client?
                .build()?
                .leases(property.id)
                .statuses(grants)
                .all()
                .await?;
            Ok::<_, Box<dyn std::error::Error>>((property, leases))
        }
    });
    let mut timeline = Timeline::new(None);
    let mut actual = Vec::new();
    for (property, leases) in try_join_all(read).await? {
        println!(
            "{}: {} leases, whole: {}",
            name(property),
            leases.items.len(),
            leases.is_complete()
        );
        for lease in &leases.items {
            let target = format!(
                "{}/{}",
                property.id,
                lease.unit_id.map_or("none".into(), |unit| unit.to_string())
            );
            for customer in &lease.customers.items {
                let text = |date: &Option<entrata_api::EntrataDate>| {
                    date.as_ref().map(ToString::to_string)
                };
                let mut record = Lease::new(
                    format!("{}/{}", lease.id, customer.id),
                    customer.id.to_string(),
                    target.as_str(),
                    lease.status.as_str(),
                )
                .time_zone(chrono_tz::America::Chicago); // of each property, in a mapping of yours
                for (field, date) in [
                    (&mut record.move_in, text(&lease.move_in_date)),
                    (&mut record.move_out, text(&lease.move_out_date)),
                ] {
                    if let Some(date) = date {
                        *field = date.as_str().into();
                    }
                }
                timeline.push(Record::from(record));
                // As though everybody who was ever here still had the doors.
                actual.push(Membership::owned(customer.id.to_string(), target.as_str()));
            }
        }
    }

    // A third of the small house may change hands in a day; a tenth of the big one may not.
    let tight = GuardPolicy::default()
        .max_removal_percent(Some(10))
        .min_scope(10);
    let options = ChangeOptions::default()
        .scopes(|target| {
            target
                .as_str()
                .split('/')
                .next()
                .map(|id| format!("property:{id}").into())
                .into_iter()
                .collect()
        })
        .scope_limit("property:100234", tight)
        .scope_limit(
            "property:100235",
            GuardPolicy::default().max_removal_percent(Some(33)),
        );
    let todo = changes(
        &plan(&timeline),
        &Actual::new(actual),
        hosts.now(),
        &options,
    );
    println!(
        "{} people change; held back: {}",
        todo.people.len(),
        todo.withheld.len()
    );
    for reason in &todo.guard.reasons {
        println!(
            "guard: {reason}; approve changes {} to let them pass",
            todo.digest()
        );
    }
    Ok(())
}

fn name(property: &Property) -> &str {
    property
        .marketing_name
        .as_deref()
        .unwrap_or("a property without a name")
}
