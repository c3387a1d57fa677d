//! A prepared run for programs.

use access_sync_core::TargetId;
use access_sync_core::changes::PersonChange;
use access_sync_core::finding::Severity;
use access_sync_engine::Prepared;
use chrono_tz::Tz;
use serde_json::{Value, json};

use crate::connect::House;
use crate::render::findings::grouped;
use crate::render::reasons::because;
use crate::render::utc;

/// The plan for programs.
pub(crate) fn figures(house: &House, prepared: &Prepared, all: bool) -> Value {
    let mut value = content(prepared, all);
    if let Some(fields) = value.as_object_mut() {
        let calls = &prepared.calls;
        fields.insert("clock".into(), house.clock.as_str().into());
        fields.insert(
            "calls".into(),
            json!({
                "predicted_to_look": calls.observe,
                "predicted_to_settle": calls.settle,
                "allowed_for_repeats": calls.retries,
                "predicted_to_change": calls.apply,
                "used_30_days": calls.used,
                "quota_30_days": calls.quota,
                "left": calls.left(),
                "reserve": calls.reserve,
            }),
        );
    }
    value
}

/// What is in a prepared run, whoever prepared it.
pub(crate) fn content(prepared: &Prepared, all: bool) -> Value {
    let changes = prepared.changes();
    let plan = prepared.plan();
    let mut value = json!({
        "now_utc": utc(prepared.now),
        "plan_digest": plan.digest(),
        "changes_digest": changes.digest(),
        "counts": {
            "people": prepared.feed.people.len(),
            "records": prepared.feed.records.len(),
            "windows": plan.windows().len(),
            "groups": prepared.feed.managed.len(),
            "users": prepared.observed.users,
            "users_of_ours": prepared.observed.ours.len(),
        },
        "missing": prepared.feed.missing,
        "changes": changes.people.iter().map(|it| change(prepared, it)).collect::<Vec<_>>(),
        "withheld": changes.withheld.iter().map(|it| change(prepared, it)).collect::<Vec<_>>(),
        "guard": {
            "tripped": changes.guard.tripped,
            "approved": changes.guard.approved,
            "reasons": changes.guard.reasons.iter().map(ToString::to_string).collect::<Vec<_>>(),
        },
        "blocked": prepared.blocked.iter().map(|it| json!({
            "person": it.subject, "error": it.error.to_string(),
        })).collect::<Vec<_>>(),
        "paused": prepared.paused,
        "drift": prepared.drift().len(),
        "unverified": prepared.unverified.iter().map(|it| json!({
            "person": it.subject, "keeps": named(prepared, &it.targets),
        })).collect::<Vec<_>>(),
        "findings": grouped(prepared).into_iter().map(|it| json!({
            "severity": severity(it.severity), "code": it.code, "times": it.times, "example": it.example,
        })).collect::<Vec<_>>(),
        "next_transition": plan.next_transition(prepared.now).map(|it| json!({
            "at_utc": utc(it.at), "person": it.subject, "group": it.target, "change": it.change.as_str(),
        })),
    });
    if let (true, Some(fields)) = (all, value.as_object_mut()) {
        let windows = plan.windows().iter().map(|window| {
            json!({
                "person": window.subject, "group": window.target,
                "group_name": prepared.directory.name(&window.target),
                "start_utc": utc(window.start), "end_utc": window.end.map(utc),
                "sources": window.sources.iter().map(|id| id.as_str()).collect::<Vec<_>>(),
            })
        });
        fields.insert("windows".into(), windows.collect());
    }
    value
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warn => "warn",
        Severity::Info => "info",
    }
}

fn change(prepared: &Prepared, change: &PersonChange) -> Value {
    let why = |targets: &[TargetId]| because(prepared, &change.subject, targets, Tz::UTC);
    json!({
        "person": change.subject,
        "urgency": format!("{:?}", change.urgency).to_lowercase(),
        "due_utc": change.due.map(utc),
        "add": named(prepared, &change.add),
        "because_add": (!change.add.is_empty()).then(|| why(&change.add)),
        "remove": named(prepared, &change.remove),
        "because_remove": (!change.remove.is_empty()).then(|| why(&change.remove)),
        "user_action": change.user_action.map(|it| it.as_str()),
    })
}

/// Groups with their names.
fn named(prepared: &Prepared, targets: &[TargetId]) -> Value {
    let rows = targets
        .iter()
        .map(|it| json!({ "group": it, "name": prepared.directory.name(it) }));
    rows.collect()
}
