//! The demo's story.

mod people;

use access_sync_engine::{Applied, Prepared};
use access_sync_sandbox::Sandbox;
use chrono::{DateTime, Utc};
use console::Style;
use serde_json::{Value, json};

use super::{count, faint, group_names, guard_reasons, heading, red, table, tick, utc, yellow};
use crate::command::demo::Run;
use crate::command::demo::house::Leftovers;
use crate::command::demo::witness::Testimony;

pub(crate) use people::plan;

/// Calls to Brivo, as the sandbox counted them.
#[derive(Debug)]
pub(crate) struct Calls {
    /// To read what is there, tokens aside.
    pub(crate) reading: usize,
    /// To change it.
    pub(crate) writing: usize,
    /// Predicted for the changes, before the first was made.
    pub(crate) predicted: u64,
    /// In the second look.
    pub(crate) again: usize,
    /// That a sync which looks at each person would have made for the same.
    pub(crate) by_user: PerUser,
}

/// Calls of a sync that looks at each person.
#[derive(Debug)]
pub(crate) struct PerUser {
    /// To read each person's user and groups.
    pub(crate) read: u64,
    /// To make users and change memberships one by one.
    pub(crate) write: u64,
}

pub(crate) fn opening(sandbox: &Sandbox) {
    println!(
        "{}",
        Style::new()
            .bold()
            .apply_to("access-sync: from leases and bookings to doors")
    );
    println!(
        "Three services run on this machine; every hop below is an HTTP request between them and us."
    );
    println!("  Entrata  {}", sandbox.entrata().gateway_url());
    println!("  Nexudus  {}", sandbox.nexudus().base_url());
    println!("  Brivo    {}", sandbox.brivo().api_url());
    println!("  Their clock says {}.", utc(sandbox.now()));
}

pub(crate) fn read(prepared: &Prepared) {
    println!("{}", heading("1. What the sources say"));
    let feed = &prepared.feed;
    let of = |prefix: &str| {
        feed.people
            .keys()
            .filter(|subject| subject.as_str().starts_with(prefix))
            .count()
    };
    let facts = |prefix: &str| {
        let origins: std::collections::BTreeSet<_> = feed
            .origins
            .values()
            .map(|origin| origin.id.as_str())
            .collect();
        origins
            .into_iter()
            .filter(|id| id.starts_with(prefix))
            .count()
    };
    println!(
        "  Entrata: {} on {}",
        count(of("entrata:"), "person", "people"),
        count(facts("entrata:lease:"), "lease", "leases")
    );
    println!(
        "  Nexudus: {} with {} and {}",
        count(of("nexudus:"), "person", "people"),
        count(facts("nexudus:booking:"), "booking", "bookings"),
        count(facts("nexudus:contract:"), "contract", "contracts"),
    );
    println!(
        "  Brivo:   {} in all, {} of them ours; {} of the mapping looked at",
        count(
            prepared
                .observed
                .users
                .unwrap_or(prepared.observed.ours.len()),
            "user",
            "users"
        ),
        prepared.observed.ours.len(),
        count(feed.managed.len(), "group", "groups"),
    );
    for missing in &feed.missing {
        println!("  {} {missing}; nothing will be removed", red("not whole:"));
    }
}

pub(crate) fn findings(prepared: &Prepared) {
    println!("{}", heading("3. What somebody should look at"));
    println!("{}", super::findings::rows(prepared).unwrap_or_default());
}

pub(crate) fn changes(prepared: &Prepared, leftovers: &Leftovers) {
    println!("{}", heading("4. What changes at the doors"));
    let changes = prepared.changes();
    let new = changes
        .people
        .iter()
        .filter(|person| !prepared.observed.ours.contains_key(&person.subject))
        .count();
    let (add, remove) = changes.people.iter().fold((0, 0), |(add, remove), it| {
        (add + it.add.len(), remove + it.remove.len())
    });
    println!(
        "  {} get doors: {} to make, {} to add",
        count(new, "person", "people"),
        count(new, "user", "users"),
        count(add, "membership", "memberships")
    );
    println!(
        "  {} taken away, and these come first:",
        count(remove, "membership is", "memberships are")
    );
    people::losers(prepared);
    for unverified in &prepared.unverified {
        let groups = group_names(prepared, &unverified.targets).join(", ");
        println!(
            "  {} {} keeps {groups}: no source mentions them any more,",
            yellow("kept"),
            unverified.subject
        );
        println!("       and absence is not an end. Somebody should look.");
    }
    let foreign = changes
        .findings
        .iter()
        .filter(|finding| finding.code.as_str() == "unmanaged_membership")
        .count();
    println!(
        "  {} of people whom we did not make stay as they are.",
        count(foreign, "membership", "memberships")
    );
    println!(
        "  {}",
        faint(format!(
            "An earlier, broken sync left {} and {} behind, so that there is something to mend.",
            leftovers.moved_out, leftovers.unknown
        ))
    );
    guard(prepared);
}

fn guard(prepared: &Prepared) {
    let guard = &prepared.changes().guard;
    if guard.tripped {
        println!(
            "  {} {}",
            red("held back by the guard:"),
            guard_reasons(guard)
        );
    }
}

pub(crate) fn short_changes(prepared: &Prepared) {
    let changes = prepared.changes();
    if changes.people.is_empty() {
        println!("  nothing changes");
    }
    people::changed(prepared);
    guard(prepared);
}

pub(crate) fn later(now: DateTime<Utc>, what: &str) {
    println!(
        "{}",
        heading(&format!("The clock moves to {}: {what}", utc(now)))
    );
}

pub(crate) fn outcome(
    applied: &Applied,
    prepared: &Prepared,
    second: &Prepared,
    testimony: &Testimony,
) {
    let calls = prepared.predicted_calls();
    println!(
        "  {} applied: {} changed, {} failed; {} predicted",
        tick(applied.failed.is_empty()),
        count(applied.done.len(), "person", "people"),
        applied.failed.len(),
        count(
            usize::try_from(calls).unwrap_or(usize::MAX),
            "call",
            "calls"
        ),
    );
    for failure in &applied.failed {
        println!("      {}: {}", failure.subject, failure.error);
    }
    let left = second.changes().people.len() + second.changes().withheld.len();
    println!(
        "  {} read back from Brivo: a second plan has {} to make",
        tick(left == 0),
        count(left, "change", "changes")
    );
    println!(
        "  {} asked the doors: {} pairs of person and group, {} other than planned",
        tick(testimony.wrong.is_empty()),
        testimony.asked,
        testimony.wrong.len(),
    );
    for (subject, group) in testimony.wrong.iter().take(10) {
        println!("      {subject} at {group}");
    }
}

pub(crate) fn calls(calls: &Calls) {
    println!("{}", heading("5. What it cost"));
    let mut rows = table(&["calls to Brivo", "here", "a sync that looks at each person"]);
    let first = calls.reading + calls.writing;
    rows.add_row([
        "the first run".to_owned(),
        format!(
            "{first}: {} to read, {} to write",
            calls.reading, calls.writing
        ),
        format!(
            "{}: {} to read, {} to write",
            calls.by_user.read + calls.by_user.write,
            calls.by_user.read,
            calls.by_user.write
        ),
    ]);
    rows.add_row([
        "a run that finds nothing to do".to_owned(),
        calls.again.to_string(),
        calls.by_user.read.to_string(),
    ]);
    println!("{rows}");
    println!(
        "  The first column was counted by the sandbox, token calls aside. The second is arithmetic: each"
    );
    println!(
        "  person's user and groups are read, then one call for each user to make and membership to change."
    );
}

pub(crate) fn ending(converged: bool) {
    println!();
    if converged {
        println!(
            "{} Everything converged: the doors do what leases, bookings and contracts say.",
            tick(true)
        );
        println!(
            "  Next: `access-sync sandbox` and docs/first-door.md, the same with your own hands; or ARCHITECTURE.md."
        );
    } else {
        println!(
            "{} Something did not converge; see the ✗ above.",
            tick(false)
        );
    }
}

pub(crate) fn figures(runs: &[Run]) -> Value {
    let runs: Vec<_> = runs
        .iter()
        .map(|run| {
            json!({
                "at": utc(run.now),
                "what": run.name,
                "windows": run.windows,
                "people_known": run.people,
                "people_changed": run.changed,
                "people_failed": run.failed,
                "changes_left": run.left,
                "doors_asked": run.asked,
                "doors_wrong": run.wrong,
                "calls": {
                    "reading": run.calls.reading,
                    "writing": run.calls.writing,
                    "writing_predicted": run.calls.predicted,
                    "second_look": run.calls.again,
                    "per_user_sync": { "reading": run.calls.by_user.read, "writing": run.calls.by_user.write },
                },
                "converged": run.converged(),
            })
        })
        .collect();
    json!({ "runs": runs })
}
