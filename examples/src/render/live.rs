//! A prepared run: what changes, for whom, and because of what.

use std::fmt::Write as _;

use access_sync_core::changes::PersonChange;
use access_sync_core::finding::Severity;
use access_sync_core::{SubjectId, TargetId};
use access_sync_engine::ledger::HoldKind;
use access_sync_engine::{Prepared, Step};
use chrono_tz::Tz;
use comfy_table::{Cell, Color};
use serde_json::{Value, json};

use super::demo::{FindingGroup, action_word, grouped_findings};
use super::reasons::because;
use super::{coloured, count, dim, faint, heading, local, red, table, tick, utc, yellow};
use crate::connect::{House, zone_of};
use crate::people::short;

/// The plan for an operator.
pub(crate) fn plan(prepared: &Prepared, all: bool, names: bool) -> String {
    let mut out = head(prepared, names);
    if all {
        out += &windows(prepared, names);
    }
    out += &changes(prepared, names);
    out += &kept(prepared, names);
    out += &findings(prepared);
    out += &cost(prepared);
    out
}

/// What is about to be done, and what is not.
pub(crate) fn to_do(prepared: &Prepared, names: bool) -> String {
    head(prepared, names) + &changes(prepared, names) + &kept(prepared, names)
}

/// What is withdrawn, a person after the other.
pub(crate) fn steps(prepared: &Prepared, names: bool) -> String {
    if prepared.steps.is_empty() {
        return format!("{} nothing in Brivo is ours\n", tick(true));
    }
    let mut rows = table(&["who", "steps"]);
    for person in &prepared.steps {
        let steps: Vec<_> = person.steps.iter().map(|it| step(prepared, it)).collect();
        rows.add_row([
            Cell::new(short(prepared, &person.subject, names)),
            Cell::new(steps.join("\n")),
        ]);
    }
    format!(
        "{rows}\n\n{}, at most {} to Brivo\n",
        count(prepared.steps.len(), "person", "people"),
        count(
            usize::try_from(prepared.predicted_calls()).unwrap_or(usize::MAX),
            "call",
            "calls"
        )
    )
}

fn step(prepared: &Prepared, step: &Step) -> String {
    let list = |targets: &[TargetId]| groups(prepared, targets).replace('\n', ", ");
    match step {
        Step::Groups { add, remove } if add.is_empty() => format!("take out of {}", list(remove)),
        Step::Groups { add, remove } if remove.is_empty() => format!("put into {}", list(add)),
        Step::Groups { add, remove } => {
            format!("put into {}; take out of {}", list(add), list(remove))
        }
        Step::Create { .. } => "make the user".into(),
        Step::CreateGuest { .. } => "let in as a guest".into(),
        Step::Reinstate => "reinstate".into(),
        Step::Update { .. } => "change name or e-mail address".into(),
        Step::PinDates { .. } => "set the PIN's dates".into(),
        Step::Invite { .. } => "invite to a mobile pass".into(),
        Step::CredentialDates { .. } => "set a credential's dates".into(),
        Step::CancelInvitation => "take the invitation back".into(),
        Step::Unassign { .. } => "take a credential away".into(),
        Step::Suspend => "suspend".into(),
        Step::Revoke => "revoke all credentials".into(),
        Step::Delete => "delete the user".into(),
        Step::DeleteGuest => "remove the guest".into(),
        _ => "another step".into(),
    }
}

/// The plan of a recording.
pub(crate) fn replayed(prepared: &Prepared, all: bool) -> String {
    let mut out = head(prepared, false);
    if all {
        out += &windows(prepared, false);
    }
    out + &changes(prepared, false) + &kept(prepared, false) + &findings(prepared)
}

fn head(prepared: &Prepared, names: bool) -> String {
    let feed = &prepared.feed;
    let mut out = format!("{} {}\n", heading("What was read, for"), utc(prepared.now));
    let _ = writeln!(
        out,
        "  {} on {}; in Brivo {}{} of ours, {} of the mapping",
        count(feed.people.len(), "person", "people"),
        count(feed.records.len(), "record", "records"),
        match prepared.observed.users {
            Some(users) => format!("{}, ", count(users, "user", "users")),
            None => String::new(),
        },
        prepared.observed.ours.len(),
        count(feed.managed.len(), "group", "groups"),
    );
    for missing in &feed.missing {
        let _ = writeln!(
            out,
            "  {} {missing}; nothing will be taken away",
            red("not whole:")
        );
    }
    if let Some(next) = prepared.plan().next_transition(prepared.now) {
        let _ = writeln!(
            out,
            "  {}",
            faint(format!(
                "next change {} ({}): {} {} {}",
                local(next.at, zone_of(prepared, &next.subject)),
                utc(next.at),
                next.change.as_str(),
                short(prepared, &next.subject, names),
                prepared.directory.name(&next.target)
            ))
        );
    }
    out
}

/// Every window of the plan, a person after the other.
fn windows(prepared: &Prepared, names: bool) -> String {
    let mut rows = table(&["", "who", "opens", "from", "until", "because of"]);
    for window in prepared.plan().windows() {
        let zone = zone_of(prepared, &window.subject);
        let mut why: Vec<_> = window
            .sources
            .iter()
            .filter_map(|id| prepared.origin(id))
            .map(|origin| origin.what.as_str())
            .collect();
        why.dedup();
        rows.add_row([
            if window.contains(prepared.now) {
                coloured("●", Color::Green)
            } else {
                dim("○")
            },
            Cell::new(short(prepared, &window.subject, names)),
            Cell::new(prepared.directory.name(&window.target)),
            Cell::new(local(window.start, zone)),
            Cell::new(window.end.map_or("open end".into(), |end| local(end, zone))),
            Cell::new(why.join(", ")),
        ]);
    }
    format!("{}\n{rows}\n", heading("The plan"))
}

/// What is to be done, in the order in which it is done.
fn changes(prepared: &Prepared, names: bool) -> String {
    let changes = prepared.changes();
    let mut out = heading("What changes at the doors") + "\n";
    if changes.people.is_empty() {
        let _ = writeln!(out, "  {} nothing: Brivo is as it should be", tick(true));
    } else {
        let _ = writeln!(out, "{}", people(prepared, &changes.people, names));
    }
    if changes.guard.tripped {
        let why: Vec<_> = changes
            .guard
            .reasons
            .iter()
            .map(ToString::to_string)
            .collect();
        let (word, what) = match changes.guard.approved {
            true => (yellow("approved although"), "goes on"),
            false => (
                red("held back by the guard:"),
                "is held back; nobody loses anything",
            ),
        };
        let _ = writeln!(
            out,
            "  {word} {}; {} {what}",
            why.join("; "),
            count(changes.withheld.len(), "person's loss", "people's losses")
        );
        if !changes.withheld.is_empty() {
            let _ = writeln!(out, "{}", people(prepared, &changes.withheld, names));
        }
    }
    out
}

fn people(prepared: &Prepared, people: &[PersonChange], names: bool) -> String {
    let mut rows = table(&["", "who", "doors", "because", "due"]);
    for change in people {
        let zone = zone_of(prepared, &change.subject);
        let mut first = true;
        let due = change.due.map_or(String::new(), |due| local(due, zone));
        for (sign, colour, targets) in [
            ("−", Color::Red, &change.remove),
            ("+", Color::Green, &change.add),
        ] {
            if targets.is_empty() {
                continue;
            }
            rows.add_row([
                coloured(sign, colour),
                Cell::new(if first {
                    short(prepared, &change.subject, names)
                } else {
                    String::new()
                }),
                Cell::new(groups(prepared, targets)),
                Cell::new(because(prepared, &change.subject, targets, zone)),
                Cell::new(if first { due.as_str() } else { "" }),
            ]);
            first = false;
        }
        if let Some(action) = change.user_action {
            rows.add_row([
                coloured("!", Color::Yellow),
                Cell::new(if first {
                    short(prepared, &change.subject, names)
                } else {
                    String::new()
                }),
                Cell::new(format!("user {}", action_word(action))),
                Cell::new(if change.add.is_empty() {
                    "nothing is open any more"
                } else {
                    "something opens again"
                }),
                Cell::new(if first { due.as_str() } else { "" }),
            ]);
        }
    }
    rows.to_string()
}

/// Names of groups, in order.
pub(crate) fn groups(prepared: &Prepared, targets: &[TargetId]) -> String {
    let mut names: Vec<_> = targets
        .iter()
        .map(|it| prepared.directory.name(it))
        .collect();
    names.sort_unstable();
    names.join("\n")
}

fn kept(prepared: &Prepared, names: bool) -> String {
    let mut out = String::new();
    for failure in &prepared.blocked {
        let _ = writeln!(
            out,
            "  {} {}",
            red("cannot:"),
            crate::connect::failed(&failure.error)
        );
    }
    if !prepared.paused.is_empty() {
        let _ = writeln!(
            out,
            "  {} {} would change and stay as they are",
            yellow("paused:"),
            count(prepared.paused.len(), "person", "people")
        );
    }
    for hold in prepared
        .holds
        .iter()
        .filter(|it| it.is_active(prepared.now))
    {
        let _ = writeln!(
            out,
            "  {}",
            faint(format!(
                "{} {} of {}: {}",
                word(hold.kind),
                hold.id.0,
                hold.scope,
                hold.why
            ))
        );
    }
    for person in &prepared.unverified {
        let _ = writeln!(
            out,
            "  {} {}: {}: no source mentions them any more, and absence is no end. \
             Look there; if they have left, `access-sync hold person {}` takes the doors",
            yellow("kept"),
            short(prepared, &person.subject, names),
            groups(prepared, &person.targets).replace('\n', ", "),
            person.subject
        );
    }
    out
}

/// "hold" or "pause".
pub(crate) fn word(kind: HoldKind) -> &'static str {
    match kind {
        HoldKind::Pause => "pause",
        _ => "hold",
    }
}

/// The plan's findings and the reading's notes, the gravest first.
pub(crate) fn findings(prepared: &Prepared) -> String {
    let groups = grouped_findings(prepared);
    if groups.is_empty() {
        return String::new();
    }
    let mut rows = table(&["", "finding", "times", "for example"]);
    for FindingGroup {
        severity,
        code,
        times,
        example,
    } in groups
    {
        let severity = match severity {
            Severity::Error => coloured("error", Color::Red),
            Severity::Warn => coloured("warn", Color::Yellow),
            Severity::Info => dim("info"),
        };
        rows.add_row([
            severity,
            Cell::new(code),
            Cell::new(times),
            Cell::new(example),
        ]);
    }
    format!("{}\n{rows}\n", heading("What somebody should look at"))
}

fn cost(prepared: &Prepared) -> String {
    let calls = &prepared.calls;
    let mut out = heading("What it costs") + "\n";
    let _ = write!(
        out,
        "  {} to Brivo to look, at most {} to change it",
        count(
            usize::try_from(prepared.observed.calls).unwrap_or(usize::MAX),
            "call",
            "calls"
        ),
        calls.apply,
    );
    if let (Some(quota), Some(left)) = (calls.quota, calls.left()) {
        let _ = write!(out, "; {left} of {quota} in 30 days are left");
        if calls.reserve > 0 {
            let _ = write!(
                out,
                ", {} of them kept for taking access away",
                calls.reserve
            );
        }
    }
    out.push('\n');
    if !prepared.steps.is_empty() {
        out += "\n`access-sync apply` does this; `access-sync explain PERSON` tells more of one person.\n";
    }
    out
}

/// The plan for programs.
pub(crate) fn figures(house: &House, prepared: &Prepared, all: bool) -> Value {
    let mut value = content(prepared, all);
    if let Some(fields) = value.as_object_mut() {
        let calls = &prepared.calls;
        fields.insert("clock".into(), house.clock.as_str().into());
        fields.insert(
            "calls".into(),
            json!({
                "predicted_to_look": prepared.observed.calls,
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
        "findings": grouped_findings(prepared).into_iter().map(|it| json!({
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
pub(crate) fn named(prepared: &Prepared, targets: &[TargetId]) -> Value {
    let rows = targets
        .iter()
        .map(|it| json!({ "group": it, "name": prepared.directory.name(it) }));
    rows.collect()
}

/// Where a person stands at one group, for `explain`.
pub(crate) fn standing(
    prepared: &Prepared,
    subject: &SubjectId,
    target: &TargetId,
) -> Option<bool> {
    let user = prepared.observed.ours.get(subject)?;
    Some(
        !user.suspended
            && prepared
                .observed
                .memberships
                .contains(&(user.id.clone(), target.clone())),
    )
}
