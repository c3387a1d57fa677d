//! Why a window begins and ends where it does, in words.

use std::collections::BTreeMap;

use access_sync_core::explain::{Explanation, Rule, Verdict};
use access_sync_core::ids::RecordId;
use access_sync_core::policy::Policy;
use access_sync_core::record::Record;
use access_sync_core::{Plan, Window};
use chrono::TimeDelta;

/// The records of a plan, by id.
pub(super) type ById<'a> = BTreeMap<&'a RecordId, &'a Record>;

/// Why a window begins when it does.
pub(super) fn start(plan: &Plan, records: &ById<'_>, window: &Window) -> String {
    let told = plan.explain(&window.subject, &window.target, window.start);
    let edge = told
        .reasons
        .iter()
        .find_map(|reason| match &reason.verdict {
            Verdict::Grants { start, rule, .. } if *start == window.start => Some(start_rule(
                plan.policy(),
                records.get(&reason.record).copied(),
                *rule,
            )),
            _ => None,
        });
    edge.unwrap_or_else(|| {
        hold(
            &told,
            |verdict| matches!(verdict, Verdict::Ended { end } if *end == window.start),
        )
        .map_or_else(String::new, |id| format!("when {id} ends (a hold)"))
    })
}

/// Why a window ends when it does.
pub(super) fn end(plan: &Plan, records: &ById<'_>, window: &Window) -> String {
    let Some(end) = window.end else {
        return "open end: no record says when it ends".into();
    };
    let last = end - TimeDelta::seconds(1);
    let told = plan.explain(&window.subject, &window.target, last);
    let edge = told
        .reasons
        .iter()
        .find_map(|reason| match &reason.verdict {
            Verdict::Grants {
                end: Some(at),
                rule,
                ..
            } if *at == end => Some(end_rule(
                plan.policy(),
                records.get(&reason.record).copied(),
                *rule,
            )),
            _ => None,
        });
    edge.unwrap_or_else(|| {
        hold(
            &told,
            |verdict| matches!(verdict, Verdict::NotYetStarted { start } if *start == end),
        )
        .map_or_else(String::new, |id| format!("when {id} begins (a hold)"))
    })
}

fn hold(told: &Explanation, found: impl Fn(&Verdict) -> bool) -> Option<&RecordId> {
    let hold = told
        .reasons
        .iter()
        .find(|reason| reason.kind == "hold" && found(&reason.verdict));
    hold.map(|reason| &reason.record)
}

fn start_rule(policy: &Policy, record: Option<&Record>, rule: Rule) -> String {
    match (record, rule) {
        (Some(Record::Lease(lease)), Rule::EarlyAccess) => format!(
            "{} days before the move-in date, at {} (early access)",
            policy.early_access_days,
            lease
                .start_time
                .unwrap_or(policy.start_time)
                .format("%H:%M")
        ),
        (Some(Record::Lease(lease)), _) => format!(
            "{} on the move-in date",
            lease
                .start_time
                .unwrap_or(policy.start_time)
                .format("%H:%M")
        ),
        (_, Rule::BufferBefore) => {
            format!(
                "{} minutes before it starts (buffer)",
                policy.buffer_before_min
            )
        }
        (Some(Record::Booking(_) | Record::Visit(_)), _) => "when it starts".into(),
        (Some(Record::Contract(_)), _) => {
            "midnight of a contract day: its start, the joining of the team, or the end of a pause"
                .into()
        }
        (Some(Record::DayPass(_)), _) => {
            format!("the day's cut-off, {}", policy.day_cutoff.format("%H:%M"))
        }
        _ => String::new(),
    }
}

fn end_rule(policy: &Policy, record: Option<&Record>, rule: Rule) -> String {
    match (record, rule) {
        (Some(Record::Lease(lease)), Rule::Grace) => format!(
            "{} days after the move-out date, at {} (grace)",
            policy.grace_days,
            lease.end_time.unwrap_or(policy.end_time).format("%H:%M")
        ),
        (Some(Record::Lease(lease)), _) => format!(
            "{} on the move-out date",
            lease.end_time.unwrap_or(policy.end_time).format("%H:%M")
        ),
        (_, Rule::BufferAfter) => {
            format!("{} minutes after it ends (buffer)", policy.buffer_after_min)
        }
        (Some(Record::Booking(_) | Record::Visit(_)), _) => "when it ends".into(),
        (Some(Record::Contract(_)), _) => {
            "midnight after a contract day: its last, the last in the team, or the last before a pause"
                .into()
        }
        (Some(Record::DayPass(_)), _) => format!(
            "the next day's cut-off, {}",
            policy.day_cutoff.format("%H:%M")
        ),
        _ => String::new(),
    }
}
