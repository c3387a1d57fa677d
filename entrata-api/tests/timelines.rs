//! Who lives there until when: timelines, move-outs, renewals, transfers.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod common;

use common::{World, day};
use entrata_api::{
    Answer, CustomerId, CustomerType, EntrataDate, Lease, LeaseId, LeaseIntervalId, LeaseStatus,
    LeaseTimeline, LeftOutReason, MoveOutState, PropertyId, RenewalOutcome, Residents,
    TransferSide,
};
use serde_json::{Value, json};

const PROPERTY: PropertyId = PropertyId(100_234);

fn read(leases: &Value) -> Vec<Lease> {
    let body = json!({"response": {"code": 200, "result": {"leases": {"lease": leases}}}});
    let rows = Lease::rows(&Answer::parse(body.to_string()).unwrap()).unwrap();
    assert_eq!(rows.rejected, []);
    rows.items
}

fn timelines(leases: &[Lease], today: &str) -> Vec<LeaseTimeline> {
    LeaseTimeline::all(leases, &Residents::default(), day(today))
}

fn one(lease: Value, today: &str) -> LeaseTimeline {
    timelines(&read(&lease), today).remove(0)
}

fn of_sample(name: &str, today: &str) -> Vec<LeaseTimeline> {
    let answer = Answer::parse(common::sample(name)).unwrap();
    timelines(&Lease::rows(&answer).unwrap().items, today)
}

fn date(text: &str) -> EntrataDate {
    EntrataDate::Day(day(text))
}

fn lease(status: i64, fields: Value) -> Value {
    let mut lease = json!({
        "id": 1, "leaseStatusTypeId": status, "moveInDate": "07/01/2024", "leaseIntervalId": 10,
        "customers": {"customer": {"id": 5, "customerType": "Primary"}},
        "leaseIntervals": {"leaseInterval": term(10, "Application", 4, "07/01/2024", "06/30/2025")},
    });
    for (name, value) in fields.as_object().unwrap() {
        lease[name] = value.clone();
    }
    lease
}

fn term(id: i64, kind: &str, status: i64, from: &str, to: &str) -> Value {
    json!({"id": id, "leaseIntervalTypeName": kind, "leaseIntervalStatusTypeId": status,
           "startDate": from, "endDate": to})
}

#[test]
fn residents_are_in_and_guarantors_and_children_are_out_with_the_reason() {
    let timeline = of_sample("10-getLeases-r2.response", "2025-06-15").remove(0);
    let people: Vec<_> = timeline.people.iter().map(|p| p.customer_id).collect();
    assert_eq!(people, [CustomerId(610_001), CustomerId(610_002)]);
    let out: Vec<_> = timeline.left_out.iter().map(|p| p.reason.clone()).collect();
    assert_eq!(
        out,
        [
            LeftOutReason::Guarantor,
            LeftOutReason::CustomerType(Some(CustomerType::NonLeasingOccupant))
        ]
    );
    assert_eq!(timeline.people[0].move_out, MoveOutState::Open);
    assert_eq!(timeline.people[0].move_in, Some(date("2024-07-01")));
}

#[test]
fn a_guarantor_is_out_by_type_or_relationship_whatever_the_list_says() {
    for person in [
        json!({"id": 5, "customerType": "Guarantor"}),
        json!({"id": 5, "customerType": "Primary", "relationshipName": "Guarantor for tenant"}),
        json!({"id": 5, "customerType": "Responsible", "relationshipName": "Co-Signer"}),
    ] {
        let leases = read(&lease(4, json!({"customers": {"customer": person}})));
        let all = Residents::of([
            CustomerType::Primary,
            CustomerType::Responsible,
            CustomerType::Guarantor,
        ]);
        let timeline = LeaseTimeline::of(&leases[0], &all, day("2025-01-01"));
        assert!(timeline.people.is_empty());
        assert_eq!(timeline.left_out[0].reason, LeftOutReason::Guarantor);
    }
}

#[test]
fn unknown_types_and_persons_who_cancelled_are_out() {
    let people = json!({"customer": [
        {"id": 5},
        {"id": 6, "customerType": "Caretaker"},
        {"id": 7, "customerType": "Primary", "leaseCustomerStatus": "Cancelled"},
        {"id": 8, "customerType": "Primary", "leaseCustomerStatus": "Denied"},
    ]});
    let timeline = one(lease(4, json!({"customers": people})), "2025-01-01");
    assert!(timeline.people.is_empty());
    let reasons: Vec<_> = timeline
        .left_out
        .into_iter()
        .map(|out| out.reason)
        .collect();
    assert_eq!(
        reasons,
        [
            LeftOutReason::CustomerType(None),
            LeftOutReason::CustomerType(Some(CustomerType::Other("Caretaker".into()))),
            LeftOutReason::CustomerStatus(LeaseStatus::Cancelled),
            LeftOutReason::CustomerStatus(LeaseStatus::Other("Denied".into())),
        ]
    );
    for status in [1, 2, 7] {
        let timeline = one(lease(status, json!({})), "2025-01-01");
        let reason = LeftOutReason::LeaseStatus(LeaseStatus::from(status));
        assert_eq!(timeline.left_out[0].reason, reason);
    }
}

#[test]
fn the_end_is_the_persons_own_then_the_leases_and_never_the_terms() {
    use MoveOutState::*;
    let end = |status: i64, fields: Value| {
        let timeline = one(lease(status, fields), "2030-01-01");
        timeline.people[0].move_out.clone()
    };
    let person = |fields: Value| {
        let mut person = json!({"id": 5, "customerType": "Primary"});
        for (name, value) in fields.as_object().unwrap() {
            person[name] = value.clone();
        }
        json!({"customer": person})
    };
    assert_eq!(end(3, json!({})), Open);
    assert_eq!(end(4, json!({})), Open);
    assert_eq!(
        end(4, json!({"moveOutDate": "07/31/2025"})),
        Planned(date("2025-07-31"))
    );
    assert_eq!(end(5, json!({})), NoticeWithoutDate);
    assert_eq!(
        end(5, json!({"moveOutDate": "07/31/2025"})),
        Planned(date("2025-07-31"))
    );
    assert_eq!(
        end(6, json!({"moveOutDate": "07/31/2025"})),
        Ended(date("2025-07-31"))
    );
    assert_eq!(end(6, json!({})), EndedWithoutDate);
    let own = person(json!({"moveOutDate": "06/30/2025"}));
    assert_eq!(
        end(5, json!({"moveOutDate": "07/31/2025", "customers": own})),
        Planned(date("2025-06-30"))
    );
    // One has left before the others: the lease's day is not theirs.
    let left = person(json!({"leaseCustomerStatus": "Past"}));
    assert_eq!(
        end(5, json!({"moveOutDate": "07/31/2025", "customers": left})),
        EndedWithoutDate
    );
    // A person's status that lags behind a lease that is over.
    let lags = person(json!({"leaseCustomerStatus": "Current"}));
    assert_eq!(
        end(6, json!({"moveOutDate": "07/31/2025", "customers": lags})),
        Ended(date("2025-07-31"))
    );
    let text = EntrataDate::Text("End During Move-Out".into());
    assert_eq!(
        end(5, json!({"moveOutDate": "End During Move-Out"})),
        Planned(text)
    );
}

#[test]
fn month_to_month_residents_have_no_end_of_term() {
    for timeline in of_sample("11-getLeases-month-to-month.response", "2026-01-01") {
        assert!(timeline.month_to_month && !timeline.holdover);
        assert_eq!(timeline.renewal, RenewalOutcome::MonthToMonth);
        assert_eq!(timeline.term_end, None);
        assert!(
            timeline
                .people
                .iter()
                .all(|p| p.move_out == MoveOutState::Open)
        );
    }
}

#[test]
fn a_holdover_has_no_end() {
    let before = one(lease(4, json!({})), "2025-06-30");
    assert!(!before.holdover);
    assert_eq!(before.term_end, Some(date("2025-06-30")));
    let after = one(lease(4, json!({})), "2025-07-01");
    assert!(after.holdover);
    assert_eq!(
        (after.term_end, &after.people[0].move_out),
        (None, &MoveOutState::Open)
    );
}

#[test]
fn a_renewal_adds_a_term_to_the_same_lease_in_any_order() {
    let timeline = of_sample("13-getLeases-renewal-interval.response", "2025-06-15").remove(0);
    assert_eq!(timeline.current_interval, Some(LeaseIntervalId(310_007)));
    let order: Vec<_> = timeline.intervals.iter().map(|term| term.id.0).collect();
    assert_eq!(order, [310_007, 310_008]);
    assert_eq!(
        timeline.renewal,
        RenewalOutcome::Renewed {
            interval: LeaseIntervalId(310_008),
            from: Some(date("2025-09-01")),
            until: Some(date("2026-08-31")),
        }
    );
    assert_eq!(timeline.term_end, Some(date("2026-08-31")));
    assert_eq!(timeline.people[0].move_out, MoveOutState::Open);
    // After the first term, before Entrata moves its pointer: renewed, not held over.
    let later = of_sample("13-getLeases-renewal-interval.response", "2025-10-01").remove(0);
    assert!(!later.holdover);
}

#[test]
fn cancelled_and_merely_offered_terms_count_for_nothing() {
    for status in [2, 1, 6] {
        let terms = json!({"leaseInterval": [
            term(10, "Application", 4, "07/01/2024", "06/30/2025"),
            term(11, "Renewal", status, "07/01/2025", "06/30/2026"),
        ]});
        let timeline = one(lease(4, json!({"leaseIntervals": terms})), "2025-06-01");
        assert_eq!(timeline.renewal, RenewalOutcome::None, "{status}");
        assert_eq!(timeline.term_end, Some(date("2025-06-30")));
    }
}

#[test]
fn a_next_term_of_month_to_month_is_an_open_end() {
    let terms = json!({"leaseInterval": [
        term(10, "Application", 4, "07/01/2024", "06/30/2025"),
        term(11, "Month-to-Month", 3, "07/01/2025", "07/31/2025"),
    ]});
    let timeline = one(lease(4, json!({"leaseIntervals": terms})), "2025-06-01");
    assert_eq!(timeline.renewal, RenewalOutcome::MonthToMonth);
    assert_eq!(timeline.term_end, None);
}

#[test]
fn sub_statuses_hint_at_renewal_eviction_and_collections() {
    let with = |text: &str| one(lease(4, json!({"leaseSubStatus": text})), "2025-06-01");
    assert_eq!(with("Renewed").renewal, RenewalOutcome::Announced);
    assert_eq!(with("Non renewal").renewal, RenewalOutcome::NonRenewal);
    let evicted = with("Eviction, In collections");
    assert!(evicted.eviction && evicted.in_collections);
    assert_eq!(evicted.people[0].move_out, MoveOutState::Open);
}

#[test]
fn the_current_term_is_the_one_that_holds_today_where_the_pointer_is_missing() {
    let terms = json!({"leaseInterval": [
        term(11, "Renewal", 4, "07/01/2025", "06/30/2026"),
        term(10, "Application", 6, "07/01/2024", "06/30/2025"),
    ]});
    let fields = json!({"leaseIntervals": terms, "leaseIntervalId": null});
    let timeline = one(lease(4, fields), "2025-08-01");
    assert_eq!(timeline.current_interval, Some(LeaseIntervalId(11)));
}

#[test]
fn a_transfer_is_joined_whichever_lease_points() {
    let answer = Answer::parse(common::sample("14-getLeases-transfer-pair.response")).unwrap();
    let mut leases = Lease::rows(&answer).unwrap().items;
    let check = |leases: &[Lease]| {
        let pair = timelines(leases, "2025-06-15");
        let old = pair[0].transfer.clone().unwrap();
        let new = pair[1].transfer.clone().unwrap();
        assert_eq!((old.side, old.other), (TransferSide::Old, LeaseId(410_008)));
        assert_eq!((new.side, new.other), (TransferSide::New, LeaseId(410_007)));
        assert_eq!(old.date, Some(date("2025-07-15")));
        assert_eq!(new.date, Some(date("2025-07-15")));
    };
    check(&leases);
    leases[0].transfer_lease_id = None;
    leases[1].transfer_lease_id = Some(LeaseId(410_007));
    check(&leases);
    leases[0].transfer_lease_id = Some(LeaseId(410_008));
    check(&leases);
    let alone = LeaseTimeline::of(&leases[1], &Residents::default(), day("2025-06-15"));
    assert_eq!(alone.transfer.unwrap().side, TransferSide::New);
}

#[test]
fn get_moveout_brings_each_persons_end_and_tells_moves_from_losses() {
    let leases = json!([
        lease(
            5,
            json!({"id": 1, "moveOutDate": "07/31/2025", "moveOutReason": "Job Transfer / Lost Job"})
        ),
        lease(
            5,
            json!({"id": 2, "moveOutDate": "07/14/2025", "moveOutReason": "On-Site Transfer"})
        ),
        lease(4, json!({"id": 3})),
        lease(6, json!({"id": 4})),
        lease(6, json!({"id": 5, "moveOutDate": "01/31/2020"})),
        lease(5, json!({"id": 6, "moveOutDate": "next month"})),
    ]);
    let world = World::new().result(&json!({"leases": {"lease": leases}}).to_string());
    let query = world
        .client()
        .get_moveout(PROPERTY)
        .from(day("2025-06-01"))
        .to(day("2025-08-31"));
    let list = world.run(query.all()).unwrap();
    let ends: Vec<_> = list
        .items
        .iter()
        .map(|end| (end.lease_id.0, end.is_transfer, &end.move_out))
        .collect();
    assert_eq!(
        ends,
        [
            (1, false, &MoveOutState::Planned(date("2025-07-31"))),
            (2, true, &MoveOutState::Planned(date("2025-07-14"))),
            (4, false, &MoveOutState::EndedWithoutDate),
            (
                6,
                false,
                &MoveOutState::Planned(EntrataDate::Text("next month".into()))
            ),
        ]
    );
    assert!(list.is_complete());
}

#[test]
fn get_renewal_answers_for_each_lease_and_misses_none_in_silence() {
    let world = World::new().sample("13-getLeases-renewal-interval.response");
    let query = world
        .client()
        .get_renewal(PROPERTY, [LeaseId(410_006), LeaseId(9)]);
    let list = world.run(query.all()).unwrap();
    assert!(matches!(
        list.items[0].renewal,
        RenewalOutcome::Renewed { .. }
    ));
    assert!(!list.is_complete());
}

#[test]
fn a_renewal_without_a_last_day_leaves_the_end_open() {
    let terms = json!({"leaseInterval": [
        term(10, "Application", 4, "07/01/2024", "06/30/2025"),
        term(11, "Renewal", 3, "07/01/2025", ""),
    ]});
    let timeline = one(lease(4, json!({"leaseIntervals": terms})), "2025-06-01");
    assert!(matches!(
        timeline.renewal,
        RenewalOutcome::Renewed { until: None, .. }
    ));
    assert_eq!(timeline.term_end, None);
}

#[test]
fn month_to_month_held_over_and_renewed_residents_never_get_an_end_at_any_day() {
    let month_to_month = |status| lease(status, json!({"isMonthToMonth": "1"}));
    let renewed = json!({"leaseIntervals": {"leaseInterval": [
        term(10, "Application", 4, "07/01/2024", "06/30/2025"),
        term(11, "Renewal", 3, "07/01/2025", "06/30/2026"),
    ]}});
    for today in [
        "2024-01-01",
        "2025-06-30",
        "2025-07-01",
        "2026-07-01",
        "2040-01-01",
    ] {
        for lease in [
            month_to_month(4),
            lease(4, json!({})),
            lease(4, renewed.clone()),
        ] {
            let timeline = one(lease, today);
            assert_eq!(timeline.people[0].move_out, MoveOutState::Open, "{today}");
        }
    }
}

#[test]
fn moveout_and_renewal_fall_back_to_r1_where_they_may() {
    let refusal = common::sample("20b-error-400-unknown-method.response");
    let world = World::new()
        .answers(400, &[], refusal.clone())
        .sample("15-getLeases-r1.response")
        .answers(400, &[], refusal)
        .sample("15-getLeases-r1.response");
    let client = world.client();
    world
        .run(client.get_moveout(PROPERTY).or_r1().all())
        .unwrap();
    let renewal = client.get_renewal(PROPERTY, [LeaseId(410_020)]).or_r1();
    let list = world.run(renewal.all()).unwrap();
    assert_eq!(list.items[0].lease_id, LeaseId(410_020));
    let versions: Vec<_> = (0..4)
        .map(|index| world.body(index)["method"]["version"].clone())
        .collect();
    assert_eq!(versions, ["r2", "r1", "r2", "r1"]);
}
