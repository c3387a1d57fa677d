//! The report as data: with names for programs, with numbers for the page.

use serde_json::{Value, json};

use super::{Fact, Name, Report, Step, stamp};

/// For programs: ids everywhere, instants in UTC.
pub(crate) fn json(report: &Report) -> Value {
    let id = |names: &[Name], number: &usize| names.get(*number).map(|it| it.id.clone());
    let person = |number: &usize| id(&report.people, number);
    let targets = |numbers: &[usize]| -> Vec<_> {
        numbers
            .iter()
            .filter_map(|number| id(&report.targets, number))
            .collect()
    };
    let record = |number: &usize| report.records.get(*number).map(|it| it.id.clone());
    let phrase = |number: &usize| report.phrases.get(*number);
    let names = |names: &[Name]| -> Vec<_> {
        names
            .iter()
            .map(|it| json!({ "id": it.id, "name": it.name }))
            .collect()
    };
    let step = |step: &Step| {
        json!({
            "op": step.op, "subject": person(&step.person), "targets": targets(&step.targets),
            "due_utc": step.due.map(stamp),
        })
    };
    let steps = |steps: &[Step]| steps.iter().map(step).collect::<Vec<_>>();
    json!({
        "title": report.title,
        "now_utc": report.now.map(stamp),
        "digest": report.digest,
        "time_zone": report.zones.first().map(|clock| clock.zone.name()),
        "tz_database": access_sync_core::TZDB_VERSION,
        "people": names(&report.people),
        "targets": names(&report.targets),
        "records": report.records.iter().map(|it| json!({
            "id": it.id, "kind": it.kind, "says": it.says,
            "time_zone": report.zones.get(it.zone).map(|clock| clock.zone.name()),
        })).collect::<Vec<_>>(),
        "windows": report.grants.iter().map(|it| json!({
            "subject": person(&it.person), "targets": targets(&it.targets),
            "start_utc": stamp(it.start), "end_utc": it.end.map(stamp),
            "sources": it.records.iter().filter_map(record).collect::<Vec<_>>(),
            "starts_because": phrase(&it.starts_because), "ends_because": phrase(&it.ends_because),
        })).collect::<Vec<_>>(),
        "without_window": report.silent.iter().map(|it| json!({
            "subject": person(&it.person), "targets": targets(&it.targets),
            "record": record(&it.record), "why": phrase(&it.why),
        })).collect::<Vec<_>>(),
        "holds": report.holds.iter().map(|it| json!({
            "subject": person(&it.person), "record": record(&it.record),
            "target": it.target.as_ref().map_or(Some("*".into()), |it| id(&report.targets, it)),
            "start_utc": stamp(it.start), "end_utc": it.end.map(stamp),
        })).collect::<Vec<_>>(),
        "findings": report.findings.iter().map(|it| json!({
            "severity": it.severity, "code": it.code, "says": it.says,
            "record": it.record.as_ref().and_then(record), "subject": it.person.as_ref().and_then(person),
            "target": it.target.as_ref().and_then(|it| id(&report.targets, it)),
        })).collect::<Vec<_>>(),
        "todo": report.todo.as_ref().map(|todo| json!({
            "steps": steps(&todo.steps), "withheld": steps(&todo.withheld),
            "guard": todo.guard, "digest": todo.digest,
        })),
        "calls": report.calls.as_ref().map(|calls| json!({
            "now": calls.now.map(|(grouped, single)| json!({ "grouped": grouped, "single": single })),
            "days": calls.days.iter().map(|(day, calls)| json!({ "day": day, "calls": calls })).collect::<Vec<_>>(),
            "quota": report.kept.quota.map(|(limit, used)| json!({ "limit": limit, "used": used })),
            "by_operation": report.kept.by_operation.iter()
                .map(|(operation, calls)| json!({ "operation": operation, "calls": calls })).collect::<Vec<_>>(),
        })),
        "latency": report.kept.latency,
        "clock_changes": report.zones.iter().map(|clock| json!({
            "time_zone": clock.zone.name(),
            "changes": clock.changes().filter_map(|(at, by)| {
                let at = chrono::DateTime::from_timestamp(at, 0)?;
                Some(json!({ "at_utc": stamp(at), "seconds": by }))
            }).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
    })
}

/// For the page: arrays of numbers, a fraction of the size.
pub(super) fn compact(report: &Report) -> Value {
    let names = |names: &[Name]| -> Vec<_> {
        let name = |it: &Name| match &it.name {
            Some(name) => json!([it.id, name]),
            None => json!([it.id]),
        };
        names.iter().map(name).collect()
    };
    let fact = |it: &Fact| json!([it.kind, it.zone, it.id, it.says]);
    let at = |at: Option<chrono::DateTime<chrono::Utc>>| at.map(|at| at.timestamp());
    let step = |it: &Step| json!([it.op, it.person, it.targets, at(it.due)]);
    let steps = |steps: &[Step]| steps.iter().map(step).collect::<Vec<_>>();
    json!({
        "now": at(report.now),
        "zones": report.zones.iter().map(|it| json!([it.zone.name(), it.offsets])).collect::<Vec<_>>(),
        "people": names(&report.people),
        "targets": names(&report.targets),
        "records": report.records.iter().map(fact).collect::<Vec<_>>(),
        "phrases": report.phrases,
        "grants": report.grants.iter().map(|it| json!([
            it.person, it.targets, it.start.timestamp(), at(it.end), it.records,
            it.starts_because, it.ends_because,
        ])).collect::<Vec<_>>(),
        "silent": report.silent.iter()
            .map(|it| json!([it.person, it.targets, it.record, it.why])).collect::<Vec<_>>(),
        "holds": report.holds.iter()
            .map(|it| json!([it.person, it.target, it.start.timestamp(), at(it.end), it.record])).collect::<Vec<_>>(),
        "findings": report.findings.iter()
            .map(|it| json!([it.severity, it.code, it.says, it.record, it.person, it.target])).collect::<Vec<_>>(),
        "todo": report.todo.as_ref().map(|it| json!([steps(&it.steps), steps(&it.withheld)])),
    })
}
