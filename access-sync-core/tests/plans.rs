//! Behaviours that the worked cases do not show.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use access_sync_core::changes::{
    Actual, ChangeOptions, CostModel, Membership, SourceState, Urgency,
};
use access_sync_core::finding::FindingCode;
use access_sync_core::guard::{Approval, GuardReason};
use access_sync_core::policy::GuardPolicy;
use access_sync_core::record::{Contract, Hold, Lease, LeaseStatus, Record, TeamMember};
use access_sync_core::{RecordId, Timeline, changes, plan};
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn lease(id: &str, who: &str, unit: &str, from: &'static str, to: &'static str) -> Lease {
    Lease::new(id, who, unit, LeaseStatus::Current)
        .move_in(from)
        .move_out(to)
}

fn paris() -> Timeline {
    Timeline::new(chrono_tz::Europe::Paris)
}

#[test]
fn a_record_that_is_merely_missing_keeps_its_access_until_confirmed() {
    let before = paris()
        .record(lease("l1", "ann", "u1", "2025-01-01", "2025-12-31"))
        .record(lease("l2", "bob", "u2", "2025-01-01", "2025-12-31"));
    let now = paris().record(lease("l1", "ann", "u1", "2025-01-01", "2025-12-31"));
    let kept = plan(&now.clone().keep_absent(before.records(), &BTreeSet::new()));
    assert_eq!(kept.windows().len(), 2);
    let found: Vec<_> = kept
        .findings()
        .iter()
        .map(|it| (it.code, it.record.clone().unwrap()))
        .collect();
    assert_eq!(
        found,
        [(FindingCode::AbsentUnverified, RecordId::new("l2"))]
    );
    let confirmed = BTreeSet::from([RecordId::new("l2")]);
    assert_eq!(
        plan(&now.clone().keep_absent(before.records(), &confirmed)),
        plan(&now)
    );
    // Nothing but absent records is an empty source all the same.
    assert!(plan(&paris().keep_absent(before.records(), &BTreeSet::new())).source_is_empty());
}

#[test]
fn same_day_turnover_and_holes_between_leases_are_found_when_asked_for() {
    let timeline = paris()
        .record(lease("l1", "ann", "u1", "2025-01-01", "2025-06-30"))
        .record(lease("l2", "bob", "u1", "2025-06-30", "2025-12-31"))
        .record(lease("l3", "eve", "u2", "2025-01-01", "2025-03-31"))
        .record(lease("l4", "eve", "u2", "2025-04-10", "2025-12-31"));
    let plan = plan(&timeline);
    assert!(plan.findings().is_empty());
    let both = plan.overlapping_occupancy(|_| true);
    assert_eq!(both.len(), 1);
    assert_eq!(both[0].subject.as_ref().unwrap(), &"bob");
    assert!(
        plan.overlapping_occupancy(|target| *target == *"u2")
            .is_empty()
    );
    let gaps = plan.lease_gaps();
    assert_eq!(gaps.len(), 1);
    assert_eq!(gaps[0].record.as_ref().unwrap(), &"l4");
}

#[test]
fn a_tripped_guard_holds_back_every_removal_until_exactly_these_changes_are_approved() {
    let policy = access_sync_core::policy::Policy::default()
        .guard(GuardPolicy::default().max_removals(Some(1)));
    let plan =
        plan(
            &paris()
                .policy(policy)
                .record(lease("l1", "ann", "u1", "2025-01-01", "2025-12-31")),
        );
    let actual = Actual::new([
        Membership::owned("bob", "u2"),
        Membership::owned("eve", "u3"),
    ]);
    let now = at("2025-05-01T00:00:00Z");
    let stopped = changes(&plan, &actual, now, &ChangeOptions::default());
    assert!(matches!(
        stopped.guard.reasons[..],
        [GuardReason::MaxRemovals {
            removals: 2,
            limit: 1,
            ..
        }]
    ));
    assert_eq!((stopped.people.len(), stopped.withheld.len()), (1, 2));

    let approval = |expires: &str| Approval {
        digest: stopped.digest(),
        expires: at(expires),
    };
    let with = |approval| {
        changes(
            &plan,
            &actual,
            now,
            &ChangeOptions::default().approval(approval),
        )
    };
    let passed = with(approval("2025-05-01T01:00:00Z"));
    assert!(passed.guard.tripped && passed.guard.approved && passed.withheld.is_empty());
    assert_eq!(
        (passed.people.len(), passed.digest()),
        (3, stopped.digest())
    );
    assert!(
        !with(approval("2025-05-01T00:00:00Z")).guard.approved,
        "expired"
    );
    let fewer = Actual::new([
        Membership::owned("bob", "u2"),
        Membership::owned("zoe", "u3"),
    ]);
    let other = ChangeOptions::default().approval(approval("2025-05-01T01:00:00Z"));
    assert!(
        !changes(&plan, &fewer, now, &other).guard.approved,
        "other changes"
    );
}

#[test]
fn one_scope_over_its_limit_trips_though_the_whole_is_not() {
    let mut timeline = paris();
    let mut memberships = Vec::new();
    for number in 0..100 {
        let (who, unit) = (format!("r{number}"), format!("p{}:u{number}", number / 10));
        memberships.push(Membership::owned(&who, &unit));
        if number >= 6 {
            timeline
                .push(Lease::new(format!("l{number}"), who, unit, "Current").move_in("2025-01-01"));
        }
    }
    let (plan, actual, now) = (
        plan(&timeline),
        Actual::new(memberships),
        at("2025-05-01T00:00:00Z"),
    );
    assert!(
        !changes(&plan, &actual, now, &ChangeOptions::default())
            .guard
            .tripped
    );
    let property = |target: &access_sync_core::TargetId| {
        vec![target.as_str().split(':').next().unwrap().into()]
    };
    let limits = GuardPolicy::default().min_scope(5);
    let options = ChangeOptions::default()
        .scopes(property)
        .scope_limit("p0", limits);
    let found = changes(&plan, &actual, now, &options).guard;
    assert!(
        matches!(&found.reasons[..], [GuardReason::MaxRemovalPercent { scope: Some(p0), removals: 6, owned: 10, limit: 25 }] if &**p0 == "p0")
    );
}

#[test]
fn people_come_in_the_order_of_urgency_and_moves_grant_before_they_revoke() {
    let timeline = paris()
        .record(lease("l1", "held", "u1", "2025-01-01", "2025-12-31"))
        .record(Hold::new("h1", "held", "*", at("2025-04-01T00:00:00Z")))
        .record(lease("l2", "gone", "u2", "2025-01-01", "2025-03-31"))
        .record(lease("l3", "moves", "u4", "2025-03-01", "2025-12-31"))
        .record(lease("l4", "comes", "u5", "2025-02-01", "2025-12-31"));
    let actual = Actual::new([
        Membership::owned("gone", "u2"),
        Membership::owned("held", "u1"),
        Membership::owned("moves", "u3"),
    ]);
    let todo = changes(
        &plan(&timeline),
        &actual,
        at("2025-05-01T00:00:00Z"),
        &ChangeOptions::default(),
    );
    let order: Vec<_> = todo
        .people
        .iter()
        .map(|it| (it.subject.as_str(), it.urgency))
        .collect();
    assert_eq!(
        order,
        [
            ("held", Urgency::Hold),
            ("gone", Urgency::Revoke),
            ("comes", Urgency::Grant),
            ("moves", Urgency::Grant)
        ]
    );
    assert_eq!(
        (todo.people[3].add.len(), todo.people[3].remove.len()),
        (1, 1)
    );
    assert_eq!(
        (
            todo.calls(&CostModel::GROUPED),
            todo.calls(&CostModel::SINGLE)
        ),
        (4, 5)
    );
}

#[test]
fn a_source_that_was_cut_off_takes_nothing_away() {
    let plan = plan(&paris().record(lease("l1", "ann", "u1", "2025-01-01", "2025-12-31")));
    let actual = Actual::new([Membership::owned("bob", "u2")]).source(SourceState::Truncated);
    let todo = changes(
        &plan,
        &actual,
        at("2025-05-01T00:00:00Z"),
        &ChangeOptions::default(),
    );
    assert_eq!(todo.guard.reasons, [GuardReason::TruncatedSource]);
    assert!(todo.people.iter().all(|it| it.remove.is_empty()) && todo.people.len() == 1);
}

#[test]
fn one_bad_record_never_stops_the_others_and_a_bad_pause_gives_no_access() {
    let contract = |id: &str| Contract::new(id, "ann", "desk", "active").start_date("2025-01-01");
    let bad: Vec<Record> = vec![
        contract("c1").pause("2025-02-30", "2025-03-01").into(),
        contract("c2")
            .member(TeamMember::new("bob").left("soon"))
            .end_date("2025-01-31")
            .into(),
        Lease::new("l1", "eve", "u1", "Past")
            .move_in("2025-01-01")
            .into(),
        lease("l2", "eve", "u1", "2025-01-01", "2025-01-05").into(),
    ];
    let plan = plan(&paris().with_records(bad));
    let windows: Vec<_> = plan
        .windows()
        .iter()
        .map(|it| (it.subject.as_str(), &*it.sources))
        .collect();
    assert_eq!(
        windows,
        [
            ("ann", &[RecordId::new("c2")][..]),
            ("eve", &[RecordId::new("l2")][..])
        ]
    );
    let found: Vec<_> = plan.findings().iter().map(|it| it.to_string()).collect();
    assert_eq!(
        found,
        [
            "error: invalid_date, record c1, pauses[0].from",
            "error: invalid_date, record c2, team[0].left",
            "error: past_without_move_out, record l1",
        ]
    );
}
