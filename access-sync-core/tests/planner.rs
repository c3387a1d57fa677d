//! Planning again: what a change leaves alone, and what it reaches.
#![allow(clippy::indexing_slicing)]

use access_sync_core::record::{Contract, Lease, LeaseStatus, Record};
use access_sync_core::{Plan, Planner, Timeline, plan};
use std::collections::BTreeSet;

fn lease(id: &str, who: &str, unit: &str, end: &'static str) -> Record {
    Lease::new(id, who, unit, LeaseStatus::Current)
        .move_in("2025-01-01")
        .move_out(end)
        .into()
}

fn contract(team: &[&str], end: &'static str) -> Record {
    let contract = Contract::new("c1", "ann", "desk:1", "active")
        .start_date("2025-01-01")
        .end_date(end);
    let member = |contract: Contract, who: &&str| contract.member(*who);
    team.iter().fold(contract, member).into()
}

fn timeline(records: &[Record]) -> Timeline {
    let records = records.iter().cloned();
    records.fold(Timeline::new(chrono_tz::Europe::Paris), Timeline::record)
}

/// Replaces one record beside two others, and holds the plan against a full one.
#[track_caller]
fn replaced(before: &Record, after: &Record) {
    let others = [
        lease("l1", "ann", "unit:1", "2025-05-31"),
        lease("l2", "zoe", "unit:2", "2025-06-30"),
    ];
    let with =
        |record: &Record| timeline(&[others.as_slice(), std::slice::from_ref(record)].concat());
    // Alone, a planner may change what it has; a snapshot shares it.
    let mut alone = Planner::new(&with(before));
    alone.replace(after.clone());
    assert_eq!(*alone.plan(), plan(&with(after)));
    let mut planner = Planner::new(&with(before));
    let snapshot = planner.snapshot();
    planner.replace(after.clone());
    assert_eq!(*planner.plan(), plan(&with(after)));
    assert_eq!(snapshot, plan(&with(before)), "a snapshot stays as it was");
    let shown = |plan: &Plan| {
        let ann = "ann".into();
        let mut records = plan.records_of_subject(&ann);
        records.sort_by_key(|record| record.id());
        format!("{records:?}")
    };
    assert_eq!(shown(&snapshot), shown(&plan(&with(before))));
    assert_eq!(shown(planner.plan()), shown(&plan(&with(after))));
}

#[test]
fn a_lease_of_the_same_resident_gets_its_new_dates() {
    replaced(
        &lease("l3", "ann", "unit:3", "2025-07-31"),
        &lease("l3", "ann", "unit:4", "2025-08-31"),
    );
}

#[test]
fn a_lease_that_passes_to_another_resident_leaves_the_first_one() {
    replaced(
        &lease("l3", "ann", "unit:3", "2025-07-31"),
        &lease("l3", "bob", "unit:3", "2025-07-31"),
    );
}

#[test]
fn a_contract_reaches_its_team_also_where_somebody_is_in_it_twice() {
    for team in [&["ann"][..], &["bob"], &["bob", "ann", "bob"]] {
        replaced(&contract(team, "2025-07-31"), &contract(team, "2025-08-31"));
    }
    replaced(
        &contract(&["bob", "cid"], "2025-07-31"),
        &contract(&["cid"], "2025-08-31"),
    );
}

#[test]
fn a_record_that_comes_back_is_no_longer_absent() {
    let before = timeline(&[lease("l1", "ann", "unit:1", "2025-05-31")]);
    let mut planner = Planner::new(&timeline(&[]).keep_absent(before.records(), &BTreeSet::new()));
    assert_eq!(planner.plan().findings().len(), 1);
    planner.replace(lease("l1", "ann", "unit:1", "2025-05-31"));
    assert_eq!(*planner.plan(), plan(&before));
}

#[test]
fn changes_of_known_and_new_records_are_planned_together() {
    let of =
        |n: usize, who: usize, unit, end| lease(&format!("l{n}"), &format!("r{who}"), unit, end);
    let old: Vec<Record> = (0..300)
        .map(|n| of(n, n * 7 % 200, "unit:1", "2025-05-31"))
        .collect();
    let mut planner = Planner::new(&timeline(&old));
    let mut new = old;
    for n in (0..300).step_by(3) {
        new[n] = of(n, n * 7 % 200, "unit:2", "2025-09-30");
        planner.replace(new[n].clone());
    }
    for n in 300..310 {
        new.push(of(n, n, "unit:2", "2025-09-30"));
        planner.replace(new[n].clone());
    }
    let gone = new.remove(7);
    assert!(planner.remove(gone.id()));
    assert_eq!(*planner.plan(), plan(&timeline(&new)));
}
