//! A prepared run: what changes, for whom, and because of what.

mod figures;

use std::fmt::Write as _;

use access_sync_core::changes::PersonChange;
use access_sync_core::{SubjectId, TargetId};
use access_sync_engine::ledger::HoldKind;
use access_sync_engine::{Prepared, Step};
use comfy_table::{Cell, Color};

use super::reasons::because;
use super::{
    action_word, coloured, count, dim, faint, findings, group_names, guard_reasons, heading, local,
    red, table, tick, utc, yellow,
};
use crate::connect::zone_of;
use crate::people::short;
pub(crate) use figures::{content, figures};

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
    let list = |targets: &[TargetId]| group_names(prepared, targets).join(", ");
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
            guard_reasons(&changes.guard),
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
                Cell::new(group_names(prepared, targets).join("\n")),
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
            group_names(prepared, &person.targets).join(", "),
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

fn findings(prepared: &Prepared) -> String {
    findings::rows(prepared).map_or(String::new(), |rows| {
        format!("{}\n{rows}\n", heading("What somebody should look at"))
    })
}

fn cost(prepared: &Prepared) -> String {
    let calls = &prepared.calls;
    let mut out = heading("What it costs") + "\n";
    let _ = write!(
        out,
        "  {} to Brivo to look",
        count(
            usize::try_from(calls.observe.unwrap_or(prepared.observed.calls) + calls.settle)
                .unwrap_or(usize::MAX),
            "call",
            "calls"
        ),
    );
    if calls.apply > 0 {
        let _ = write!(
            out,
            ", at most {} to change it (at most {} more if all of them had to be repeated)",
            calls.apply, calls.retries
        );
    }
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
