#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    missing_docs
)]

mod common;
mod worlds;

use std::collections::BTreeSet;

use access_sync_sandbox::entrata::{Lease, LeaseStatus};
use access_sync_sandbox::{Clock, Sandbox, World};
use chrono::{NaiveDate, TimeDelta};
use common::{brivo, entrata, nexudus};
use serde_json::{Value, json};

async fn start(seed: u64) -> Sandbox {
    Sandbox::builder()
        .world(World::lively(seed))
        .start()
        .await
        .unwrap()
}

/// Everything that is read of a world, without the port numbers.
async fn bytes(sandbox: &Sandbox) -> String {
    let mut all = Vec::new();
    let api = brivo(sandbox).await;
    for path in [
        "/users",
        "/groups",
        "/access-points",
        "/sites",
        "/groups/880001/users",
    ] {
        all.push(api.get(&format!("{path}?pageSize=100")).await.1);
    }
    for property in [100_234, 100_235] {
        let params = json!({"propertyId": property, "leaseStatusTypeIds": "1,2,3,4,5,6", "includeLeaseHistory": "1"});
        all.push(entrata(sandbox, "leases", "getLeases r2", params).await);
        let params = json!({"propertyIds": property});
        all.push(entrata(sandbox, "propertyunits", "getPropertyUnits", params).await);
    }
    for path in [
        "/spaces/coworkers",
        "/spaces/bookings",
        "/billing/coworkercontracts",
        "/sys/businesses",
    ] {
        all.push(nexudus(sandbox, &format!("{path}?size=1000")).await.1);
    }
    Value::Array(all).to_string()
}

#[tokio::test]
async fn the_same_seed_gives_the_same_bytes_and_another_one_does_not() {
    let one = bytes(&start(7).await).await;
    assert!(one.len() > 100_000, "{}", one.len());
    assert_eq!(one, bytes(&start(7).await).await);
    assert_ne!(one, bytes(&start(8).await).await);
}

#[tokio::test]
async fn ids_and_stories_are_the_same_for_every_seed() {
    let story = |lease: &Lease| {
        let people: Vec<i64> = lease.customers.iter().map(|c| c.id).collect();
        (
            lease.id,
            lease.status,
            lease.unit_id,
            lease.move_out,
            people,
        )
    };
    let (one, two) = (start(1).await, start(2).await);
    let (one, two) = (one.entrata().leases(), two.entrata().leases());
    for number in 101..=108 {
        let of = |rows: &[Lease]| {
            let unit = rows.iter().filter(|l| l.unit_id == Some(700_000 + number));
            unit.map(story).collect::<Vec<_>>()
        };
        assert_eq!(of(&one), of(&two), "unit {number}");
        assert!(!of(&one).is_empty());
    }
    let names = |rows: &[Lease]| {
        rows.iter()
            .map(|l| l.customers[0].last_name.clone())
            .collect::<Vec<_>>()
    };
    assert_ne!(names(&one), names(&two));
}

#[tokio::test]
async fn the_property_has_a_lease_of_every_kind() {
    let sandbox = start(3).await;
    let units = sandbox.entrata().units();
    assert_eq!(
        units.iter().filter(|u| u.property_id == 100_234).count(),
        48
    );
    let leases = sandbox.entrata().leases();
    let today = NaiveDate::from_ymd_opt(2026, 3, 10).unwrap();
    let has = |what: &str, test: &dyn Fn(&Lease) -> bool| {
        assert!(leases.iter().any(test), "no lease: {what}");
    };
    for status in LeaseStatus::ALL {
        has(status.name(), &|l| l.status == status);
    }
    has("notice without date", &|l| {
        l.status == LeaseStatus::Notice && l.move_out.is_none()
    });
    has("notice with date", &|l| {
        l.status == LeaseStatus::Notice && l.move_out > Some(today)
    });
    has("past without date", &|l| {
        l.status == LeaseStatus::Past && l.move_out.is_none()
    });
    has("month to month, term past", &|l| {
        l.month_to_month
            && l.intervals
                .iter()
                .all(|i| i.end.is_some_and(|end| end < today))
    });
    has("month to month without end", &|l| {
        l.month_to_month && l.intervals[0].end.is_none()
    });
    has("renewed in place", &|l| l.intervals.len() == 2);
    has("transfer", &|l| {
        l.transfer_lease_id.is_some_and(|id| {
            let other = leases.iter().find(|o| o.id == id).unwrap();
            other.customers[0].id == l.customers[0].id && other.property_id == l.property_id
        })
    });
    has("transfer to another property", &|l| {
        l.transfer_property_id == Some(100_235)
    });
    has("guarantor", &|l| {
        l.customers.iter().any(|c| c.customer_type == "Guarantor")
    });
    has("occupant", &|l| {
        l.customers
            .iter()
            .any(|c| c.customer_type == "Non-leasing Occupant")
    });
    has("roommate who leaves", &|l| {
        l.move_out.is_none() && l.customers.iter().any(|c| c.move_out.is_some())
    });
    has("eviction", &|l| {
        l.sub_status
            .as_deref()
            .is_some_and(|s| s.contains("Eviction"))
    });
    has("no move-in", &|l| l.move_in.is_none());
    has("sentinel", &|l| {
        l.move_out == NaiveDate::from_ymd_opt(9999, 12, 31)
    });
    has("no unit", &|l| l.unit_id.is_none());
    has("same-day turnover", &|l| {
        l.move_out.is_some()
            && leases
                .iter()
                .any(|o| o.id != l.id && o.unit_id == l.unit_id && o.move_in == l.move_out)
    });
    has("renewal by a second lease", &|l| {
        leases.iter().any(|o| {
            o.id != l.id
                && o.unit_id == l.unit_id
                && o.customers[0].id == l.customers[0].id
                && o.move_in == l.move_out.and_then(|d| d.succ_opt())
        })
    });
    let spaces: BTreeSet<_> = leases
        .iter()
        .filter(|l| l.unit_id == Some(700_302))
        .map(|l| l.unit_space_ids.clone())
        .collect();
    assert_eq!(spaces.len(), 2);
    // Nobody's address belongs to anybody.
    for customer in leases.iter().flat_map(|l| &l.customers) {
        assert!(
            customer
                .email
                .as_deref()
                .is_none_or(|e| e.ends_with("@example.test"))
        );
    }
}

#[tokio::test]
async fn a_person_has_one_name_whatever_the_lease() {
    let sandbox = start(5).await;
    let leases = sandbox.entrata().leases();
    let people: BTreeSet<(i64, String)> = leases
        .iter()
        .flat_map(|l| &l.customers)
        .map(|c| (c.id, format!("{} {}", c.first_name, c.last_name)))
        .collect();
    let ids: BTreeSet<i64> = people.iter().map(|(id, _)| *id).collect();
    let names: BTreeSet<&String> = people.iter().map(|(_, name)| name).collect();
    assert_eq!((ids.len(), names.len()), (people.len(), people.len()));
}

#[tokio::test]
async fn every_unit_room_and_desk_has_its_group_and_door() {
    let sandbox = start(1).await;
    let brivo = sandbox.brivo();
    let snapshot = brivo.snapshot();
    for unit in sandbox.entrata().units() {
        let house = if unit.property_id == 100_234 {
            "Harbor Point"
        } else {
            "Quarry Lofts"
        };
        let name = format!("{house} Unit {}", unit.number);
        assert!(brivo.group_id(&name).is_some(), "{name}");
    }
    for (_, desk) in sandbox.nexudus().desks() {
        let id: i64 = desk.access_control_group_id.unwrap().parse().unwrap();
        assert_eq!(snapshot.groups[&id].name, desk.name);
    }
    for (_, room) in sandbox.nexudus().resources() {
        let first = room
            .access_control_group_id
            .or(room.access_control_group_ids)
            .unwrap();
        let id: i64 = first.split(',').next().unwrap().parse().unwrap();
        assert_eq!(snapshot.groups[&id].name, room.name);
    }
    assert!(
        snapshot
            .groups
            .values()
            .all(|g| g.name.chars().count() <= 35)
    );
    let foreign = snapshot
        .users
        .values()
        .filter(|u| u.external_id.is_none())
        .count();
    assert_eq!(foreign, 3);
}

#[tokio::test]
async fn bookings_start_and_end_where_the_stories_say() {
    let sandbox = start(1).await;
    let now = sandbox.now();
    let nexudus = sandbox.nexudus();
    let booking = |n: i64| nexudus.booking(1_418_700_600 + n).unwrap();
    assert!(booking(1).from < now && now < booking(1).to);
    assert_eq!(booking(2).from, booking(1).to);
    assert!(booking(4).from < booking(3).to && booking(4).coworker_id == booking(3).coworker_id);
    assert!(booking(7).tentative);
    assert_eq!(booking(8).to - booking(8).from, TimeDelta::minutes(210));
    assert_eq!(booking(9).coworker_id, None);
    // Eight hours on the wall, seven of the clock.
    assert_eq!(booking(13).to - booking(13).from, TimeDelta::hours(7));
    assert_eq!(booking(15).from - now, TimeDelta::minutes(10));
    assert_eq!(now - booking(16).to, TimeDelta::minutes(5));
    assert!(nexudus.booking(1_418_700_618).is_none());
    // Rooms that do not allow it are not booked twice at once.
    let rows = nexudus.bookings();
    for (id, one) in &rows {
        let room = nexudus.resource(one.resource_id).unwrap();
        let clash = rows.iter().any(|(other, two)| {
            other != id
                && two.resource_id == one.resource_id
                && one.from < two.to
                && two.from < one.to
        });
        assert!(room.allow_multiple_bookings || !clash, "{id}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_ticking_clock_runs_and_a_frozen_one_stands() {
    let instant = World::empty().instant();
    let (frozen, ticking) = (Clock::frozen(instant), Clock::ticking_from(instant));
    tokio::time::advance(std::time::Duration::from_secs(90)).await;
    assert_eq!(frozen.now(), instant);
    assert_eq!(ticking.now(), instant + TimeDelta::seconds(90));
    ticking.set(instant);
    ticking.advance(TimeDelta::hours(1));
    tokio::time::advance(std::time::Duration::from_secs(1)).await;
    assert_eq!(ticking.now(), instant + TimeDelta::seconds(3601));
    frozen.advance(TimeDelta::seconds(-5));
    assert_eq!(frozen.now(), instant - TimeDelta::seconds(5));
}
