//! Who may open what, when and why; and to whom something happens.

use std::collections::BTreeMap;

use access_sync_core::changes::PersonChange;
use access_sync_core::{SubjectId, TargetId, Window};
use access_sync_engine::Prepared;
use access_sync_engine::source::Origin;
use chrono::{DateTime, Datelike, TimeDelta, Utc};
use chrono_tz::Tz;
use comfy_table::{Cell, Color};
use console::Style;

use crate::render::{action_word, coloured, count, dim, faint, group_names, heading, table};

/// One row of the plan: windows of one person that begin and end together, for the same reasons.
struct Row<'a> {
    who: String,
    opens: Vec<&'a TargetId>,
    window: &'a Window,
    why: Vec<&'a Origin>,
}

/// How far ahead a start or end makes a row worth showing.
const AHEAD: TimeDelta = TimeDelta::days(31);

pub(crate) fn plan(prepared: &Prepared, all: bool) {
    println!(
        "{}",
        heading("2. The plan: who may open what, when, and because of what")
    );
    let rows = rows(prepared);
    let (shown, rest): (Vec<_>, Vec<_>) = rows
        .iter()
        .partition(|row| all || ahead(row.window, prepared.now));
    let mut out = table(&["", "who", "opens", "local time", "UTC", "because of"]);
    for row in &shown {
        let zone = row.why.first().map_or(Tz::UTC, |origin| origin.time_zone);
        let open = row.window.contains(prepared.now);
        let because: Vec<_> = row.why.iter().map(|origin| origin.what.as_str()).collect();
        out.add_row([
            if open {
                coloured("●", Color::Green)
            } else {
                dim("○")
            },
            Cell::new(&row.who),
            Cell::new(places(prepared, &row.opens)),
            Cell::new(span(row.window, prepared.now, |at| {
                at.with_timezone(&zone).naive_local()
            })),
            dim(span(row.window, prepared.now, |at| at.naive_utc())),
            Cell::new(because.join("\n")),
        ]);
    }
    println!("{out}");
    println!(
        "  {}",
        faint("● open now, ○ not; whoever has neither start nor end ahead is left out")
    );
    let open = rest
        .iter()
        .filter(|row| row.window.contains(prepared.now))
        .count();
    if !rest.is_empty() {
        let quiet = format!(
            "and {} with nothing ahead in the next {} days, {open} of them open now; --all shows them",
            count(rest.len(), "row", "rows"),
            AHEAD.num_days(),
        );
        println!("  {}", faint(quiet));
    }
}

/// The groups of a row: the one that is most a person's own, and how many they share with the house.
fn places(prepared: &Prepared, opens: &[&TargetId]) -> String {
    let members = |target: &TargetId| {
        let here = prepared
            .plan()
            .windows()
            .iter()
            .filter(|window| window.target == *target);
        here.count()
    };
    let mut opens: Vec<_> = opens
        .iter()
        .map(|target| (members(target), prepared.directory.name(target)))
        .collect();
    opens.sort();
    let names: Vec<_> = opens.iter().map(|(_, name)| *name).collect();
    match names.as_slice() {
        [own, shared @ ..] if !shared.is_empty() => format!(
            "{own}\n+ {}",
            count(shared.len(), "shared group", "shared groups")
        ),
        names => names.join(", "),
    }
}

fn rows(prepared: &Prepared) -> Vec<Row<'_>> {
    let mut merged = BTreeMap::new();
    for window in prepared.plan().windows() {
        let mut why: Vec<&Origin> = window
            .sources
            .iter()
            .filter_map(|id| prepared.origin(id))
            .collect();
        why.dedup();
        let because: Vec<_> = why.iter().map(|origin| origin.id.as_str()).collect();
        let key = (&window.subject, window.start, window.end, because);
        let row = merged.entry(key).or_insert_with(|| Row {
            who: who(prepared, &window.subject),
            opens: Vec::new(),
            window,
            why,
        });
        row.opens.push(&window.target);
    }
    let mut rows: Vec<_> = merged.into_values().collect();
    // By place, as a manager walks the house.
    rows.sort_by(|a, b| {
        let place = |row: &Row<'_>| {
            row.why
                .first()
                .map(|origin| (origin.time_zone.name(), origin.place.clone()))
        };
        (place(a), a.window.start).cmp(&(place(b), b.window.start))
    });
    rows
}

fn ahead(window: &Window, now: DateTime<Utc>) -> bool {
    let soon = |at: DateTime<Utc>| at > now && at <= now + AHEAD;
    soon(window.start) || window.end.is_some_and(soon)
}

fn span(
    window: &Window,
    now: DateTime<Utc>,
    clock: impl Fn(DateTime<Utc>) -> chrono::NaiveDateTime,
) -> String {
    let show = |at: DateTime<Utc>| {
        let at = clock(at);
        let format = if at.year() == now.year() {
            "%a %-d %b %H:%M"
        } else {
            "%-d %b %Y %H:%M"
        };
        at.format(format).to_string()
    };
    format!(
        "{}\n– {}",
        show(window.start),
        window.end.map_or("open end".into(), show)
    )
}

fn who(prepared: &Prepared, subject: &SubjectId) -> String {
    prepared
        .person(subject)
        .map_or_else(|| subject.to_string(), |person| person.full_name())
}

/// People who lose something, one line each.
pub(super) fn losers(prepared: &Prepared) {
    for change in prepared
        .changes()
        .people
        .iter()
        .filter(|change| !change.remove.is_empty())
    {
        line(prepared, change);
    }
}

/// Everybody to whom something happens, one line each.
pub(super) fn changed(prepared: &Prepared) {
    for change in &prepared.changes().people {
        line(prepared, change);
    }
}

fn line(prepared: &Prepared, change: &PersonChange) {
    let (red, green) = (Style::new().red(), Style::new().green());
    let mut parts = Vec::new();
    if !change.remove.is_empty() {
        parts.push(format!(
            "{} {}",
            red.apply_to("loses"),
            group_names(prepared, &change.remove).join(", ")
        ));
    }
    if !change.add.is_empty() {
        parts.push(format!(
            "{} {}",
            green.apply_to("gets"),
            group_names(prepared, &change.add).join(", ")
        ));
    }
    if let Some(action) = change.user_action {
        parts.push(format!("user {}", action_word(action)));
    }
    let due = change.due.map_or(String::new(), |due| {
        faint(format!("  due {}", due.format("%-d %b %H:%MZ")))
    });
    println!(
        "  {}: {}{due}",
        who(prepared, &change.subject),
        parts.join(", ")
    );
}
