//! Who may open what, when and why; and to whom something happens.

use std::collections::BTreeMap;

use access_sync_core::changes::PersonChange;
use access_sync_core::finding::Severity;
use access_sync_core::{SubjectId, TargetId, Window};
use access_sync_engine::Prepared;
use access_sync_engine::source::Origin;
use chrono::{DateTime, Datelike, TimeDelta, Utc};
use chrono_tz::Tz;
use comfy_table::{Cell, Color};
use console::Style;

use super::{action_word, dim as faint};
use crate::render::{coloured, count, dim, heading, table};

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
        faint().apply_to("● open now, ○ not; whoever has neither start nor end ahead is left out")
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
        println!("  {}", faint().apply_to(quiet));
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

pub(super) fn names(prepared: &Prepared, targets: &[TargetId]) -> String {
    let targets: Vec<_> = targets.iter().collect();
    short_names(prepared, &targets).join(", ")
}

fn short_names(prepared: &Prepared, targets: &[&TargetId]) -> Vec<String> {
    let mut names: Vec<_> = targets
        .iter()
        .map(|target| prepared.directory.name(target).to_owned())
        .collect();
    names.sort();
    names
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
            names(prepared, &change.remove)
        ));
    }
    if !change.add.is_empty() {
        parts.push(format!(
            "{} {}",
            green.apply_to("gets"),
            names(prepared, &change.add)
        ));
    }
    if let Some(action) = change.user_action {
        parts.push(format!("user {}", action_word(action)));
    }
    let due = change.due.map_or(String::new(), |due| {
        faint()
            .apply_to(format!("  due {}", due.format("%-d %b %H:%MZ")))
            .to_string()
    });
    println!(
        "  {}: {}{due}",
        who(prepared, &change.subject),
        parts.join(", ")
    );
}

/// Findings of one code.
pub(crate) struct FindingGroup {
    pub(crate) severity: Severity,
    pub(crate) code: String,
    pub(crate) times: usize,
    pub(crate) example: String,
}

/// The plan's findings and the reading's notes by code, the gravest first. One fact that opens several
/// groups counts once.
pub(crate) fn grouped_findings(prepared: &Prepared) -> Vec<FindingGroup> {
    let mut by_code: BTreeMap<(std::cmp::Reverse<Severity>, String), Vec<String>> = BTreeMap::new();
    let mut add = |severity, code: String, text: String| {
        let texts = by_code
            .entry((std::cmp::Reverse(severity), code))
            .or_default();
        if !texts.contains(&text) {
            texts.push(text);
        }
    };
    let findings = prepared
        .plan()
        .findings()
        .iter()
        .chain(&prepared.changes().findings);
    for finding in findings {
        let record = finding.record.as_ref().and_then(|id| prepared.origin(id));
        let mut text = record.map_or(String::new(), |origin| {
            format!("{}, {}", origin.what, origin.place)
        });
        if let (Some(subject), Some(target)) = (&finding.subject, &finding.target) {
            text = format!("{subject} in {}", prepared.directory.name(target));
        }
        if let Some(edge) = finding.edge {
            text = format!("{text}, {}", edge.as_str());
        }
        add(finding.severity, finding.code.as_str().to_owned(), text);
    }
    for note in prepared.notes() {
        add(Severity::Warn, note.code.to_string(), note.text.clone());
    }
    by_code
        .into_iter()
        .map(|((severity, code), texts)| FindingGroup {
            severity: severity.0,
            code,
            times: texts.len(),
            example: texts.into_iter().next().unwrap_or_default(),
        })
        .collect()
}
