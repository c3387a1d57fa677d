//! Laws that hold for all timelines, checked on random ones.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use access_sync_core::changes::{Actual, ChangeOptions, Membership, SourceState, UserState};
use access_sync_core::finding::{Edge, FindingCode};
use access_sync_core::policy::{EndBasis, GuardPolicy, NoAccess, Policy};
use access_sync_core::record::{
    Booking, Contract, DateField, DayPass, Hold, Lease, Moment, Record, Span, TeamMember,
};
use access_sync_core::{
    Plan, Planner, SubjectId, TargetId, Timeline, Window, changes, compare, coverage, plan,
};
use chrono::{
    DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Timelike, Utc,
};
use chrono_tz::Tz;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use std::collections::BTreeSet;

/// Zones with every kind of jump: an hour, half an hour, two hours, a day, at midnight, none.
const ZONES: [Tz; 9] = [
    Tz::America__New_York,
    Tz::Europe__London,
    Tz::Australia__Lord_Howe,
    Tz::Antarctica__Troll,
    Tz::Pacific__Apia,
    Tz::America__Sao_Paulo,
    Tz::America__Havana,
    Tz::Asia__Kathmandu,
    Tz::UTC,
];

/// Few enough cases for every day; `PROPTEST_CASES` asks for more. No file of failures is kept: a
/// failing case is turned into a test by hand.
fn config() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok());
    ProptestConfig {
        cases: cases.unwrap_or(160),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

fn day(number: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2018, 10, 1).unwrap() + Days::new(number)
}

/// A few weeks in which most of the zones jump, and years at both ends of time.
fn date() -> impl Strategy<Value = NaiveDate> {
    prop_oneof![
        12 => (0..60_u64).prop_map(day),
        4 => (0..20_u64).prop_map(|n| NaiveDate::from_ymd_opt(2011, 12, 20).unwrap() + Days::new(n)),
        4 => (0..20_u64).prop_map(|n| NaiveDate::from_ymd_opt(2026, 3, 20).unwrap() + Days::new(n)),
        1 => select(vec!["0001-01-01", "0001-01-02", "9999-12-29", "9999-12-30", "9999-12-31"])
            .prop_map(|text| text.parse().unwrap()),
    ]
}

fn field() -> impl Strategy<Value = DateField> {
    prop_oneof![
        20 => date().prop_map(DateField::Date),
        3 => Just(DateField::Missing),
        1 => Just(DateField::from("2025-02-29")),
    ]
}

fn time() -> impl Strategy<Value = NaiveTime> {
    (0..24_u32, select(vec![0, 15, 30, 45]))
        .prop_map(|(h, m)| NaiveTime::from_hms_opt(h, m, 0).unwrap())
}

fn local() -> impl Strategy<Value = NaiveDateTime> {
    (date(), time()).prop_map(|(date, time)| date.and_time(time))
}

fn zone() -> impl Strategy<Value = Option<Tz>> {
    prop_oneof![3 => Just(None), 2 => select(&ZONES[..]).prop_map(Some)]
}

fn moment() -> impl Strategy<Value = Moment> {
    prop_oneof![
        8 => local().prop_map(|it| Moment::Utc(it.and_utc())),
        8 => local().prop_map(Moment::Local),
        1 => local().prop_map(|it| Moment::Utc(it.and_utc() + TimeDelta::milliseconds(250))),
        1 => Just(Moment::Missing),
        1 => Just(Moment::InvalidUtc("x".into())),
    ]
}

/// Mostly short, sometimes empty, inverted or years long.
fn span() -> impl Strategy<Value = Span> {
    let short = (local(), any::<bool>(), -60..2_000_i64).prop_map(|(from, in_utc, minutes)| {
        let to = from + TimeDelta::minutes(minutes);
        if in_utc {
            Span::Utc {
                from: from.and_utc(),
                to: to.and_utc(),
            }
        } else {
            Span::Local { from, to }
        }
    });
    prop_oneof![4 => short, 1 => (moment(), moment()).prop_map(|(from, to)| Span::new(from, to))]
}

fn subject() -> impl Strategy<Value = SubjectId> {
    select(vec!["ann", "bob", "somebody-with-quite-a-long-id"]).prop_map(SubjectId::from)
}

fn target() -> impl Strategy<Value = TargetId> {
    select(vec![
        "unit:1",
        "door:lobby",
        "a-target-with-quite-a-long-id",
    ])
    .prop_map(TargetId::from)
}

fn word(good: &'static [&'static str], bad: &'static str) -> impl Strategy<Value = &'static str> {
    prop_oneof![9 => select(good), 1 => Just(bad)]
}

prop_compose! {
    fn lease()(
        resident in subject(), target in target(),
        status in word(&["Current", "Future", "Notice", "Past"], "Applicant"),
        move_in in field(), move_out in field(), lease_end in field(),
        start_time in option::weighted(0.2, time()), end_time in option::weighted(0.2, time()), zone in zone(),
    ) -> Record {
        Lease::new("", resident, target, status).move_in(move_in).move_out(move_out).lease_end(lease_end)
            .start_time(start_time).end_time(end_time).time_zone(zone).into()
    }
}

prop_compose! {
    fn booking()(
        customer in subject(), first in target(), second in option::of(target()),
        status in word(&["confirmed"], "tentative"), span in span(), zone in zone(), visit in any::<bool>(),
    ) -> Record {
        let mut booking = Booking::new("", customer, first, status, span).time_zone(zone);
        if let Some(second) = second {
            booking = booking.also(second);
        }
        if visit { Record::Visit(booking) } else { booking.into() }
    }
}

prop_compose! {
    fn contract()(
        customer in subject(), target in target(), status in word(&["active"], "cancelled"),
        start in field(), end in field(), zone in zone(),
        team in vec((subject(), option::of(field()), option::of(field())), 0..3),
        pauses in vec((date(), 0..9_u64), 0..3),
    ) -> Record {
        let mut contract = Contract::new("", customer, target, status).start_date(start).end_date(end).time_zone(zone);
        for (customer, joined, left) in team {
            let member = TeamMember::new(customer);
            contract = contract.member(member.joined(joined.unwrap_or_default()).left(left.unwrap_or_default()));
        }
        for (from, days) in pauses {
            contract = contract.pause(from, from.checked_add_days(Days::new(days)));
        }
        contract.into()
    }
}

prop_compose! {
    fn day_pass()(customer in subject(), target in target(), date in field(), zone in zone()) -> Record {
        DayPass::new("", customer, target, "confirmed", date).time_zone(zone).into()
    }
}

prop_compose! {
    fn hold()(subject in subject(), target in option::of(target()), from in moment(), to in moment()) -> Record {
        let mut hold = match target {
            Some(target) => Hold::new("", subject, target, from),
            None => Hold::new("", subject, "*", from),
        };
        hold.to = to;
        hold.into()
    }
}

fn set_id(record: &mut Record, id: &str) {
    match record {
        Record::Lease(it) => it.id = id.into(),
        Record::Booking(it) | Record::Visit(it) => it.id = id.into(),
        Record::Contract(it) => it.id = id.into(),
        Record::DayPass(it) => it.id = id.into(),
        Record::Hold(it) => it.id = id.into(),
        _ => unreachable!(),
    }
}

fn grant() -> impl Strategy<Value = Record> {
    // Boxed: strategies of strategies outgrow a test thread's stack in debug builds.
    prop_oneof![4 => lease().boxed(), 4 => booking().boxed(), 2 => contract().boxed(), 1 => day_pass().boxed()].boxed()
}

/// Records with ids of their own.
fn records() -> impl Strategy<Value = Vec<Record>> {
    vec(prop_oneof![9 => grant(), 1 => hold().boxed()], 0..14)
        .prop_map(numbered)
        .boxed()
}

fn numbered(mut records: Vec<Record>) -> Vec<Record> {
    for (number, record) in records.iter_mut().enumerate() {
        set_id(record, &format!("record-{number}"));
    }
    records
}

prop_compose! {
    fn policy()(
        start in time(), end in time(), cutoff in time(), early in 0..4_u32, grace in 0..4_u32,
        before in select(vec![0, 15, 60]), after in select(vec![0, 15, 60]), by_term in any::<bool>(),
        no_access in select(vec![NoAccess::Keep, NoAccess::Suspend, NoAccess::Delete]),
    ) -> Policy {
        Policy::default().start_time(start).end_time(end).day_cutoff(cutoff)
            .early_access_days(early).grace_days(grace).buffer_before_min(before).buffer_after_min(after)
            .end_basis(if by_term { EndBasis::LeaseEnd } else { EndBasis::MoveOut }).no_access(no_access)
    }
}

prop_compose! {
    /// Access begins before it ends on a day. The other way round, a term could be impossible by
    /// the operator's own hours, and so no term.
    fn policy_by_day()(policy in policy(), start in 0..95_u32, length in any::<Index>()) -> Policy {
        let quarter = |n: u32| NaiveTime::from_hms_opt(n / 4, n % 4 * 15, 0).unwrap();
        let end = start + 1 + length.index(95 - start as usize) as u32;
        policy.start_time(quarter(start)).end_time(quarter(end))
    }
}

prop_compose! {
    fn timeline()(records in records(), policy in policy(), zone in select(&ZONES[..])) -> Timeline {
        Timeline::new(zone).policy(policy).with_records(records)
    }
}

fn with(timeline: &Timeline, records: impl IntoIterator<Item = Record>) -> Timeline {
    Timeline::new(timeline.time_zone)
        .policy(timeline.policy.clone())
        .with_records(records)
}

/// A window without its sources.
type Access = (SubjectId, TargetId, DateTime<Utc>, Option<DateTime<Utc>>);

fn spans(plan: &Plan) -> Vec<Access> {
    plan.windows()
        .iter()
        .map(|it| (it.subject.clone(), it.target.clone(), it.start, it.end))
        .collect()
}

fn touches(a: &Window, b: &Window) -> bool {
    (&a.subject, &a.target) == (&b.subject, &b.target)
        && a.end.is_none_or(|end| b.start <= end)
        && b.end.is_none_or(|end| a.start <= end)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_order_of_records_does_not_matter(timeline in timeline(), order in vec(any::<Index>(), 14)) {
        let mut records = timeline.records().to_vec();
        for (place, index) in order.iter().enumerate().take(records.len()) {
            let other = index.index(records.len());
            records.swap(place, other);
        }
        let (a, b) = (plan(&timeline), plan(&with(&timeline, records)));
        prop_assert_eq!(&a, &b);
        prop_assert_eq!(a.digest(), b.digest());
        #[cfg(feature = "serde")]
        prop_assert_eq!(serde_json::to_string(a.windows()).unwrap(), serde_json::to_string(b.windows()).unwrap());
    }

    #[test]
    fn every_entitled_second_is_granted_and_no_other(timeline in timeline()) {
        let found = coverage::check(&timeline, &plan(&timeline));
        prop_assert!(found.is_exact(), "{:#?}", found.exceptions);
        prop_assert_eq!(found.entitled, found.granted);
    }

    #[test]
    fn the_coverage_check_sees_a_plan_of_other_records(timeline in timeline(), gone in any::<Index>()) {
        let mut records = timeline.records().to_vec();
        if !records.is_empty() {
            records.remove(gone.index(records.len()));
        }
        let (full, less) = (plan(&timeline), plan(&with(&timeline, records)));
        prop_assert_eq!(coverage::check(&timeline, &less).is_exact(), spans(&full) == spans(&less));
    }

    #[test]
    fn windows_are_sorted_disjoint_and_do_not_touch(timeline in timeline()) {
        let plan = plan(&timeline);
        let windows: Vec<_> = plan.windows().iter().collect();
        for window in &windows {
            prop_assert!(window.end.is_none_or(|end| window.start < end));
            prop_assert!(window.start.nanosecond() == 0 && !window.sources.is_empty());
            prop_assert!(window.sources.is_sorted_by(|a, b| a < b));
        }
        for pair in windows.windows(2) {
            let (a, b) = (pair[0], pair[1]);
            prop_assert!((&a.subject, &a.target, a.start) < (&b.subject, &b.target, b.start));
            prop_assert!(!touches(a, b));
        }
        prop_assert!(plan.findings().iter().is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn sources_are_complete_and_minimal(timeline in timeline()) {
        let planned = plan(&timeline);
        let bridged = planned.findings().iter().any(|it| it.code == FindingCode::BridgedRenewal);
        let raw: Vec<(&Record, Plan)> = timeline.records().iter()
            .map(|record| (record, plan(&with(&timeline, [record.clone()])))).collect();
        for window in planned.windows() {
            let near: Vec<_> = raw.iter().filter(|(_, plan)| plan.windows().iter().any(|it| touches(it, window)))
                .map(|(record, _)| record.id().clone()).collect::<BTreeSet<_>>().into_iter().collect();
            if bridged {
                prop_assert!(near.iter().all(|id| window.sources.contains(id)));
            } else {
                prop_assert_eq!(&*window.sources, &near[..]);
            }
        }
    }

    #[test]
    fn planning_the_plan_changes_nothing(timeline in timeline()) {
        let first = plan(&timeline);
        // Without windows that end on the last day: as a record's end, that is an open one.
        let sentinel: DateTime<Utc> = "9999-12-31T00:00:00Z".parse().unwrap();
        let early = |end: Option<DateTime<Utc>>| end.is_none_or(|end| end < sentinel);
        let windows = first.windows().iter().filter(|it| early(it.end));
        let records = windows.enumerate().map(|(number, window)| {
            let id = format!("w{number}");
            match window.end {
                Some(to) => Booking::new(id, window.subject.clone(), window.target.clone(), "confirmed",
                    Span::Utc { from: window.start, to }).into(),
                None => Booking::new(id, window.subject.clone(), window.target.clone(), "confirmed", Span::Utc {
                    from: window.start, to: sentinel }).into(),
            }
        });
        let policy = Policy::default().buffer_before_min(0).buffer_after_min(0);
        let again = plan(&Timeline::new(None).policy(policy).with_records::<Record>(records));
        let mut expected = spans(&first);
        expected.retain(|it| early(it.3));
        prop_assert_eq!(expected, spans(&again));
    }

    #[test]
    fn a_grant_never_takes_and_a_hold_never_gives(timeline in timeline(), more in grant(), hold in hold()) {
        let before = plan(&timeline);
        for (mut record, gives) in [(more, true), (hold, false)] {
            set_id(&mut record, "one-more");
            let after = plan(&with(&timeline, timeline.records().iter().cloned().chain([record])));
            let difference = compare(&before, &after);
            let wrong = if gives { difference.lost } else { difference.gained };
            prop_assert!(wrong.is_zero(), "{:?}", difference);
        }
    }

    #[test]
    fn the_next_transition_is_the_first_change_of_state(timeline in timeline(), at in local()) {
        let (plan, at) = (plan(&timeline), at.and_utc());
        let active = |when| plan.state_at(when).into_iter().map(|it| it.active).collect::<Vec<_>>();
        match plan.next_transition(at) {
            Some(next) => {
                prop_assert!(next.at > at);
                prop_assert_eq!(active(at), active(next.at - TimeDelta::seconds(1)));
                prop_assert_ne!(active(at), active(next.at));
                prop_assert_eq!(plan.transitions().find(|it| it.at > at), Some(next));
            }
            None => prop_assert_eq!(active(at), active("9999-12-31T23:59:59Z".parse().unwrap())),
        }
        for state in plan.state_at(at) {
            let (subject, target) = (&state.subject, &state.target);
            prop_assert_eq!(plan.is_active(subject, target, at), state.active);
            prop_assert_eq!(plan.next_transition_of(subject, target, at), state.next.clone());
            let explained = plan.explain(subject, target, at);
            prop_assert_eq!(explained.active, state.active);
            prop_assert_eq!(explained.until, state.next.map(|next| next.at));
            prop_assert_eq!(explained.sources.is_empty(), !state.active);
            prop_assert!(!explained.reasons.is_empty());
            prop_assert_eq!(explained.to_string().lines().count(), 1);
        }
    }

    #[test]
    fn planning_what_changed_is_planning_all(
        timeline in timeline(),
        steps in vec((grant(), any::<bool>(), 0..16_u32), 1..8),
        holds in vec((hold(), 0..16_u32), 0..2),
    ) {
        let mut planner = Planner::new(&timeline);
        let mut records = timeline.records().to_vec();
        let steps = steps.into_iter().chain(holds.into_iter().map(|(hold, number)| (hold, true, number)));
        for (step, (mut record, put, number)) in steps.enumerate() {
            let id = format!("record-{number}");
            set_id(&mut record, &id);
            let known = records.iter().any(|it| *record.id() == *it.id());
            records.retain(|it| it.id().as_str() != id);
            if put {
                records.push(record.clone());
                planner.replace(record);
            } else {
                prop_assert_eq!(planner.remove(&id.into()), known);
            }
            // Sometimes several changes come before the next plan.
            if step % 3 != 1 {
                prop_assert_eq!(planner.plan(), &plan(&with(&timeline, records.clone())));
            }
        }
        let full = plan(&with(&timeline, records));
        let snapshot = planner.snapshot();
        prop_assert_eq!(&snapshot, &full);
        prop_assert_eq!(snapshot.digest(), full.digest());
        prop_assert_eq!(snapshot.source_is_empty(), full.source_is_empty());
        for subject in ["ann", "bob"].map(SubjectId::from) {
            let target = "unit:1".into();
            let at = day(20).and_time(NaiveTime::MIN).and_utc();
            prop_assert_eq!(snapshot.explain(&subject, &target, at), full.explain(&subject, &target, at));
        }
    }

    #[test]
    fn a_booking_in_two_parts_is_the_same_access(
        timeline in timeline(), from in local(), minutes in 2..2_000_i64, cut in any::<Index>(),
    ) {
        let from = from.and_utc();
        let at = |minutes| from + TimeDelta::minutes(minutes);
        let cut = 1 + cut.index(minutes as usize - 1) as i64;
        let part = |id: &str, a, b| -> Record {
            Booking::new(id, "ann", "unit:1", "confirmed", Span::Utc { from: at(a), to: at(b) }).into()
        };
        let plus = |parts: Vec<Record>| spans(&plan(&with(&timeline, timeline.records().iter().cloned().chain(parts))));
        let whole = plus(vec![part("x", 0, minutes)]);
        prop_assert_eq!(whole, plus(vec![part("x", 0, cut), part("y", cut, minutes)]));
    }

    #[test]
    fn a_lease_in_two_terms_is_the_same_access(
        policy in policy_by_day(), zone in select(&ZONES[..]), start in 0..60_u64, first in 1..40_u64, second in 1..40_u64,
    ) {
        let lease = |id: &str, from, to| -> Record {
            Lease::new(id, "ann", "unit:1", "Current").move_in(day(from)).move_out(day(to)).into()
        };
        let (middle, end) = (start + first, start + first + second);
        let base = Timeline::new(zone).policy(policy);
        let whole = spans(&plan(&with(&base, [lease("x", start, end)])));
        for next in [middle, middle + 1] {
            let halves = with(&base, [lease("x", start, middle), lease("y", next.min(end), end)]);
            prop_assert_eq!(&whole, &spans(&plan(&halves)));
        }
    }

    #[test]
    fn shifting_every_instant_shifts_the_plan(
        bookings in vec((subject(), target(), 0..10_000_i64, 1..600_i64), 0..12),
        holds in vec((subject(), 0..10_000_i64, 1..600_i64), 0..3),
        seconds in -100_000_000..100_000_000_i64,
    ) {
        let base = day(0).and_time(NaiveTime::MIN).and_utc();
        let at = |shift, minutes| base + TimeDelta::minutes(minutes) + TimeDelta::seconds(shift);
        let plan = |shift| {
            let bookings = bookings.iter().enumerate().map(|(n, (subject, target, from, length))| -> Record {
                let span = Span::Utc { from: at(shift, *from), to: at(shift, from + length) };
                Booking::new(format!("b{n}"), subject, target, "confirmed", span).into()
            });
            let holds = holds.iter().enumerate().map(|(n, (subject, from, length))| -> Record {
                Hold::new(format!("h{n}"), subject, "*", at(shift, *from)).until(at(shift, from + length)).into()
            });
            plan(&Timeline::new(None).with_records(bookings.chain(holds)))
        };
        let (a, b) = (plan(0), plan(seconds));
        prop_assert_eq!(a.windows().len(), b.windows().len());
        for (a, b) in a.windows().iter().zip(b.windows()) {
            let by = TimeDelta::seconds(seconds);
            prop_assert_eq!((&a.subject, &a.target, a.start + by, a.end.map(|end| end + by), &a.sources),
                (&b.subject, &b.target, b.start, b.end, &b.sources));
        }
        prop_assert_eq!(a.findings(), b.findings());
    }

    /// One bit for each minute, set and cleared as a child would.
    #[test]
    fn minutes_are_granted_as_a_bitset_says(
        bookings in vec((subject(), target(), 0..3_000_usize, 0..400_usize), 0..14),
        holds in vec((subject(), option::of(target()), 0..3_000_usize, option::of(0..400_usize)), 0..3),
        before in 0..40_u32, after in 0..40_u32,
    ) {
        const PAST: usize = 60;
        const MINUTES: usize = 3_000 + 400 + 2 * PAST;
        let base = day(0).and_time(NaiveTime::MIN).and_utc();
        let at = |minute: usize| base + TimeDelta::minutes(minute as i64);
        let mut timeline =
            Timeline::new(None).policy(Policy::default().buffer_before_min(before).buffer_after_min(after));
        for (n, (subject, target, from, length)) in bookings.iter().enumerate() {
            let span = Span::Utc { from: at(PAST + from), to: at(PAST + from + length) };
            timeline.push(Booking::new(format!("b{n}"), subject, target, "confirmed", span));
        }
        for (n, (subject, target, from, length)) in holds.iter().enumerate() {
            let mut hold = match target {
                Some(target) => Hold::new(format!("h{n}"), subject, target.clone(), at(PAST + from)),
                None => Hold::new(format!("h{n}"), subject, "*", at(PAST + from)),
            };
            if let Some(length) = length {
                hold = hold.until(at(PAST + from + length));
            }
            timeline.push(hold);
        }
        let plan = plan(&timeline);
        let subjects: BTreeSet<_> = bookings.iter().map(|it| &it.0).collect();
        let targets: BTreeSet<_> = bookings.iter().map(|it| &it.1).collect();
        for subject in &subjects {
            for target in &targets {
                let mut minutes = vec![false; MINUTES];
                for (s, t, from, length) in &bookings {
                    if s == *subject && t == *target && *length > 0 {
                        minutes[PAST + from - before as usize..PAST + from + length + after as usize].fill(true);
                    }
                }
                for (s, t, from, length) in &holds {
                    if s == *subject && t.as_ref().is_none_or(|t| t == *target) {
                        minutes[PAST + from..length.map_or(MINUTES, |length| PAST + from + length)].fill(false);
                    }
                }
                for (minute, wanted) in minutes.iter().enumerate() {
                    prop_assert_eq!(plan.is_active(subject, target, at(minute)), *wanted, "minute {}", minute);
                }
            }
        }
    }

    #[test]
    fn an_unambiguous_local_time_reads_back_as_it_was_given(
        zone in select(&ZONES[..]), from in local(), to in local(), before in 0..90_u32, after in 0..90_u32,
    ) {
        let policy = Policy::default().buffer_before_min(before).buffer_after_min(after);
        let booking = Booking::new("b", "ann", "room", "confirmed", Span::Local { from, to });
        let plan = plan(&Timeline::new(zone).policy(policy).record(booking));
        let Some(window) = plan.windows().first() else { return Ok(()) };
        let noted = |edge| plan.findings().iter().any(|it| it.edge == Some(edge));
        let wall = |at: DateTime<Utc>| zone.from_utc_datetime(&at.naive_utc()).naive_local();
        // Instants before the first and after the last second that is planned are cut to it.
        let earliest: DateTime<Utc> = "0001-01-02T00:00:00Z".parse().unwrap();
        let latest: DateTime<Utc> = "9999-12-31T23:59:59Z".parse().unwrap();
        let is_cut = window.start <= earliest || window.start >= latest;
        if !noted(Edge::Start) && !is_cut {
            prop_assert_eq!(wall(window.start + TimeDelta::minutes(before.into())), from);
        }
        if let (false, Some(end)) = (noted(Edge::End), window.end) {
            prop_assert_eq!(wall(end - TimeDelta::minutes(after.into())), to);
        }
    }

    #[test]
    fn a_difference_is_what_one_plan_has_and_the_other_lacks(a in timeline(), b in records()) {
        let (before, after) = (plan(&a), plan(&with(&a, b)));
        prop_assert!(compare(&before, &before).is_empty());
        let (there, back) = (compare(&before, &after), compare(&after, &before));
        prop_assert_eq!((there.gained, there.lost, there.people), (back.lost, back.gained, back.people));
        // Against sums over all windows: gained - lost = after - before, where nothing is open.
        let total = |plan: &Plan| plan.windows().iter().map(|it| (it.end.unwrap() - it.start).num_seconds()).sum::<i64>();
        if before.windows().iter().chain(after.windows()).all(|it| it.end.is_some()) {
            prop_assert_eq!(there.gained.seconds as i64 - there.lost.seconds as i64, total(&after) - total(&before));
        }
        prop_assert_eq!(there.is_empty(), spans(&before) == spans(&after));
        for key in &there.keys {
            prop_assert!(!key.moved.is_empty());
        }
    }
}

/// What the access-control system has.
fn actual() -> impl Strategy<Value = Actual> {
    let membership = (subject(), target(), any::<bool>());
    let user = (subject(), any::<bool>(), any::<bool>());
    let source = prop_oneof![
        6 => Just(SourceState::Complete),
        1 => Just(SourceState::Empty),
        1 => Just(SourceState::Truncated),
        1 => Just(SourceState::Incomplete("a page is missing".into())),
    ];
    (vec(membership, 0..8), vec(user, 0..3), source).prop_map(|(memberships, users, source)| {
        let memberships: Vec<_> = memberships
            .into_iter()
            .map(|(subject, target, owned)| Membership {
                subject,
                target,
                owned,
            })
            .collect();
        let mut users: Vec<_> = users
            .into_iter()
            .map(|(subject, suspended, owned)| UserState {
                subject,
                suspended,
                owned,
            })
            .collect();
        users.sort_by(|a, b| a.subject.cmp(&b.subject));
        users.dedup_by(|a, b| a.subject == b.subject);
        Actual::new(memberships).users(users).source(source)
    })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn only_what_is_ours_is_taken_and_nothing_when_the_guard_tripped(
        timeline in timeline(), actual in actual(), at in local(), max in option::of(0..3_u64),
    ) {
        let guard = GuardPolicy::default().max_removals(max).min_scope(2);
        let mut timeline = timeline;
        timeline.policy.guard = guard;
        let (plan, now) = (plan(&timeline), at.and_utc());
        let todo = changes(&plan, &actual, now, &ChangeOptions::default());
        for person in todo.people.iter().chain(&todo.withheld) {
            for target in &person.remove {
                let same = actual.memberships.iter().filter(|it| it.subject == person.subject && it.target == *target);
                prop_assert!(same.clone().count() > 0 && same.clone().all(|it| it.owned));
                prop_assert!(!plan.is_active(&person.subject, target, now));
            }
            for target in &person.add {
                prop_assert!(plan.is_active(&person.subject, target, now));
            }
            if person.user_action.is_some() {
                prop_assert!(actual.users.iter().any(|it| it.subject == person.subject && it.owned));
            }
        }
        if todo.guard.tripped {
            prop_assert!(!todo.guard.reasons.is_empty());
            for person in &todo.people {
                prop_assert!(person.remove.is_empty() && !person.user_action.is_some_and(|it| it.is_removal()));
            }
        } else {
            prop_assert!(todo.withheld.is_empty());
        }
        // Of two rows for one membership, the one that says it is not ours wins.
        let foreign = |it: &Membership| actual.memberships.iter().any(|other| {
            !other.owned && (&other.subject, &other.target) == (&it.subject, &it.target)
        });
        let owned = actual.memberships.iter().any(|it| !foreign(it)) || actual.users.iter().any(|it| it.owned);
        prop_assert!(todo.guard.tripped || !owned || actual.source == SourceState::Complete);
    }

    #[test]
    fn after_the_changes_there_is_nothing_left_to_change(timeline in timeline(), actual in actual(), at in local()) {
        let mut timeline = timeline;
        timeline.policy.guard = GuardPolicy::default().max_removal_percent(None);
        // An empty plan trips the guard, and rightly so.
        timeline.push(Lease::new("anchor", "zoe", "unit:9", "Current").move_in("2000-01-01"));
        let mut actual = actual.source(SourceState::Complete);
        let (plan, now) = (plan(&timeline), at.and_utc());
        let todo = changes(&plan, &actual, now, &ChangeOptions::default());
        for person in &todo.people {
            actual.memberships.retain(|it| it.subject != person.subject || !person.remove.contains(&it.target));
            let added = person.add.iter().map(|target| Membership::owned(&person.subject, target));
            actual.memberships.extend(added);
            for user in actual.users.iter_mut().filter(|it| it.subject == person.subject) {
                user.suspended = person.user_action.map_or(user.suspended, |it| it.is_removal());
            }
            if person.user_action == Some(changes::UserAction::Delete) {
                actual.users.retain(|it| it.subject != person.subject);
            }
        }
        prop_assert!(changes(&plan, &actual, now, &ChangeOptions::default()).is_empty());
    }

    #[test]
    fn nobody_gets_more_targets_than_the_limit(timeline in timeline(), at in local(), limit in 0..3_usize) {
        let (plan, now) = (plan(&timeline), at.and_utc());
        let todo = changes(&plan, &Actual::default(), now, &ChangeOptions::default().max_targets(limit));
        let all = changes(&plan, &Actual::default(), now, &ChangeOptions::default());
        let count = |people: &[changes::PersonChange]| people.iter().map(|it| it.add.len()).sum::<usize>();
        prop_assert!(todo.people.iter().all(|it| it.add.len() <= limit));
        prop_assert_eq!(count(&todo.people) + todo.findings.len(), count(&all.people));
        prop_assert!(todo.findings.iter().all(|it| it.code == FindingCode::TooManyTargets));
        prop_assert_eq!(todo.digest(), all.digest());
    }
}
