//! Worlds of any size, leases that follow the clock, and the days that change them.

use std::collections::{BTreeMap, BTreeSet};

use access_sync_sandbox::entrata::LeaseStatus;
use access_sync_sandbox::{Sandbox, World};
use chrono::{NaiveDate, TimeDelta};
use serde_json::{Value, json};

use crate::common::Inside;

fn generated(seed: u64, residents: usize, members: usize) -> Sandbox {
    Sandbox::builder()
        .world(World::generated(seed, residents, members))
        .unlistened()
}

/// Everything the sources say, as text.
fn told(sandbox: &Sandbox) -> String {
    format!(
        "{:?}{:?}{:?}{:?}{:?}",
        sandbox.entrata().leases(),
        sandbox.nexudus().coworkers(),
        sandbox.nexudus().contracts(),
        sandbox.nexudus().bookings(),
        sandbox.brivo().snapshot(),
    )
}

#[test]
fn the_same_seed_is_the_same_world_through_every_day() {
    let (one, two, other) = (
        generated(5, 700, 300),
        generated(5, 700, 300),
        generated(6, 700, 300),
    );
    assert_eq!(told(&one), told(&two));
    assert_ne!(told(&one), told(&other));
    let mut total = 0;
    for _ in 0..20 {
        let day = one.advance_day();
        assert_eq!(day, two.advance_day());
        total += day.total();
    }
    assert!(total > 200, "{total}");
    assert_eq!(told(&one), told(&two));
}

#[test]
fn as_many_people_as_asked_live_there_or_will() {
    for (residents, members) in [(1, 1), (17, 0), (0, 40), (1000, 2100)] {
        let sandbox = generated(9, residents, members);
        let living: usize = sandbox
            .entrata()
            .leases()
            .iter()
            .filter(|l| {
                use LeaseStatus::{Current, Future, Notice};
                matches!(l.status, Current | Future | Notice)
            })
            .map(|l| {
                l.customers
                    .iter()
                    .filter(|c| c.customer_type != "Guarantor")
                    .count()
            })
            .sum();
        assert_eq!(living, residents);
        assert_eq!(sandbox.nexudus().coworkers().len(), members);
    }
}

#[test]
fn every_unit_and_room_has_a_door_that_its_group_opens_and_names_fit() {
    let sandbox = generated(3, 900, 500);
    let brivo = sandbox.brivo();
    let snapshot = brivo.snapshot();
    for group in snapshot.groups.values() {
        assert!(group.name.chars().count() <= 35, "{}", group.name);
    }
    let map = sandbox.map();
    let units = sandbox.entrata().units();
    for unit in &units {
        let group = map.properties[&unit.property_id].unit_groups[&unit.id];
        assert!(snapshot.groups.contains_key(&group));
    }
    let user = brivo.add_user(access_sync_sandbox::brivo::NewUser::default());
    let unit = &units[7];
    let group = map.properties[&unit.property_id].unit_groups[&unit.id];
    brivo.add_member(user, group);
    let door = &snapshot.groups[&group].name;
    assert!(brivo.can_open(user, door, sandbox.now()));
    for (_, room) in sandbox.nexudus().resources() {
        let group: i64 = room.access_control_group_id.unwrap().parse().unwrap();
        assert_eq!(snapshot.groups[&group].name, room.name);
    }
    // One house's lobby lets in residents and members alike.
    let property = sandbox.entrata().properties()[0].clone();
    let location = sandbox.nexudus().businesses()[0].0;
    for group in [
        map.properties[&property.id].residents_group,
        map.locations[&location],
    ] {
        let person = brivo.add_user(access_sync_sandbox::brivo::NewUser::default());
        brivo.add_member(person, group);
        assert!(brivo.can_open(person, &format!("{} Lobby", property.name), sandbox.now()));
    }
}

#[test]
fn some_people_are_at_both_sources() {
    let sandbox = generated(4, 1200, 600);
    let leases = sandbox.entrata().leases();
    let residents: BTreeSet<String> = leases
        .iter()
        .flat_map(|l| &l.customers)
        .filter_map(|c| c.email.clone())
        .collect();
    let both = sandbox
        .nexudus()
        .coworkers()
        .iter()
        .filter(|(_, person)| residents.contains(&person.email))
        .count();
    assert!((20..=60).contains(&both), "{both}");
}

#[test]
fn a_lease_of_every_kind_turns_up() {
    let sandbox = generated(2, 3000, 0);
    let leases = sandbox.entrata().leases();
    let mut statuses: BTreeMap<LeaseStatus, usize> = BTreeMap::new();
    for lease in &leases {
        *statuses.entry(lease.status).or_default() += 1;
    }
    for status in LeaseStatus::ALL {
        assert!(statuses.contains_key(&status), "{status:?}");
    }
    let has = |word: &str| leases.iter().any(|l| l.sub_status.as_deref() == Some(word));
    assert!(has("Month To Month") && has("Renewed") && has("Eviction"));
    assert!(
        leases
            .iter()
            .any(|l| l.customers.iter().any(|c| c.customer_type == "Guarantor"))
    );
}

#[test]
fn leases_follow_the_calendar_of_their_property() {
    let api = Inside::lively();
    let entrata = api.sandbox.entrata();
    let status = |id: i64| entrata.lease(id).unwrap().status;
    let find = |unit: i64, wanted: LeaseStatus| {
        let leases = entrata.leases();
        leases
            .iter()
            .find(|l| l.unit_id == Some(700_000 + unit) && l.status == wanted)
            .unwrap()
            .id
    };
    let (future, notice) = (
        find(102, LeaseStatus::Future),
        find(103, LeaseStatus::Notice),
    );
    let evicted = find(206, LeaseStatus::Current);
    // 2026-03-15 begins at five in the morning UTC in Milwaukee.
    api.sandbox.set_now("2026-03-15T04:59:00Z".parse().unwrap());
    assert_eq!(status(future), LeaseStatus::Future);
    api.sandbox.set_now("2026-03-15T05:00:00Z".parse().unwrap());
    assert_eq!(status(future), LeaseStatus::Current);
    assert_eq!(
        entrata.lease(future).unwrap().customers[0].status,
        LeaseStatus::Current
    );
    assert_eq!(status(evicted), LeaseStatus::Past, "out since the 13th");
    // Out on the 31st: still there on that day, gone on the next.
    api.sandbox.set_now("2026-04-01T04:59:00Z".parse().unwrap());
    assert_eq!(status(notice), LeaseStatus::Notice);
    api.sandbox.set_now("2026-04-01T05:00:00Z".parse().unwrap());
    assert_eq!(status(notice), LeaseStatus::Past);
    let rows = api.entrata(
        "leases",
        "getLeases r2",
        json!({"propertyId": "100234", "leaseStatusTypeIds": "6", "leaseIds": notice.to_string()}),
    );
    let row = &rows["response"]["result"]["leases"]["lease"][0];
    assert_eq!(row["leaseStatusTypeId"], "6");
    assert_eq!(
        row["customers"]["customer"][0]["leaseCustomerStatus"],
        "Past"
    );
}

#[test]
fn a_renewal_becomes_the_active_term_and_one_roommate_goes_alone() {
    let api = Inside::lively();
    let entrata = api.sandbox.entrata();
    let of = |unit: i64| {
        let leases = entrata.leases();
        leases
            .into_iter()
            .find(|l| l.unit_id == Some(700_000 + unit))
            .unwrap()
    };
    let (before, shared) = (of(108), of(204));
    api.sandbox.advance(TimeDelta::days(40));
    let after = entrata.lease(before.id).unwrap();
    assert_ne!(after.interval_id, before.interval_id);
    assert_eq!(after.sub_status, None);
    assert_eq!(after.intervals[0].status, LeaseStatus::Past);
    let shared = entrata.lease(shared.id).unwrap();
    assert_eq!(shared.status, LeaseStatus::Current);
    let statuses: Vec<LeaseStatus> = shared.customers.iter().map(|c| c.status).collect();
    assert_eq!(statuses, [LeaseStatus::Current, LeaseStatus::Past]);
}

#[test]
fn statuses_can_be_made_to_stay() {
    let api = Inside::lively();
    let entrata = api.sandbox.entrata();
    entrata.set_follows_clock(false);
    let before = entrata.leases();
    api.sandbox.advance(TimeDelta::days(60));
    assert_eq!(entrata.leases(), before);
}

#[test]
fn days_bring_everything_that_a_year_brings_and_no_room_twice_at_once() {
    let sandbox = generated(8, 4000, 2000);
    let mut year = access_sync_sandbox::Churn::default();
    for _ in 0..45 {
        let day = sandbox.advance_day();
        year.notices += day.notices;
        year.rescinded += day.rescinded;
        year.transfers += day.transfers;
        year.renewals += day.renewals;
        year.evictions += day.evictions;
        year.signed += day.signed;
        year.called_off += day.called_off;
        year.roommates += day.roommates;
        year.bookings += day.bookings;
        year.moved += day.moved;
        year.cancellations += day.cancellations;
        year.pauses += day.pauses;
        year.contracts += day.contracts;
        year.contract_ends += day.contract_ends;
        year.team_changes += day.team_changes;
        year.suspensions += day.suspensions;
        year.joined += day.joined;
        year.entries += day.entries;
        year.refused += day.refused;
    }
    let text = format!("{year:?}");
    assert!(!text.contains(": 0,") && !text.contains(": 0 "), "{text}");
    let mut slots = BTreeSet::new();
    for (id, booking) in sandbox.nexudus().bookings() {
        if booking.from > sandbox.now() {
            assert!(slots.insert((booking.resource_id, booking.from)), "{id}");
        }
    }
    // Statuses agree with dates, whatever happened.
    let today: NaiveDate = sandbox.now().date_naive();
    for lease in sandbox.entrata().leases() {
        if lease.status == LeaseStatus::Future {
            assert!(
                lease.move_in.unwrap() >= today - TimeDelta::days(1),
                "{}",
                lease.id
            );
        }
        if let (LeaseStatus::Current | LeaseStatus::Notice, Some(out)) =
            (lease.status, lease.move_out)
        {
            assert!(out >= today - TimeDelta::days(1), "{}", lease.id);
        }
    }
}

#[test]
fn large_lists_come_in_pages_that_add_up() {
    let api = Inside::new(generated(1, 600, 400));
    let mut seen = BTreeSet::new();
    let mut page = 1;
    loop {
        let (_, answer) = api.nexudus(
            "GET",
            &format!("/spaces/coworkers?page={page}&size=150"),
            Value::Null,
        );
        for row in answer["Records"].as_array().unwrap() {
            assert!(seen.insert(row["Id"].as_i64().unwrap()));
        }
        if answer["HasNextPage"] == false {
            break;
        }
        page += 1;
    }
    assert_eq!((seen.len(), page), (400, 3));
}
