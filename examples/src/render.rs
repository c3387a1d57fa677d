//! What people see.

pub(crate) mod demo;
pub(crate) mod findings;
pub(crate) mod live;
pub(crate) mod progress;
pub(crate) mod reasons;
pub(crate) mod timeline;

use access_sync_core::TargetId;
use access_sync_core::changes::UserAction;
use access_sync_core::guard::GuardReport;
use access_sync_engine::Prepared;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use comfy_table::{Attribute, Cell, Color, ContentArrangement, Table, TableComponent, presets};
use console::{Style, Term};

/// A table that fits the terminal; on a pipe it is as wide as it needs to be.
pub(crate) fn table(columns: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_preset(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled);
    table.set_style(TableComponent::HeaderLines, '─');
    table.set_style(TableComponent::MiddleHeaderIntersections, '─');
    if let Some((_, width)) = Term::stdout().size_checked() {
        table
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(width);
    }
    table.set_header(columns.iter().map(dim));
    table
}

/// A cell that steps back. Colours go by `NO_COLOR` and by what standard output is.
pub(crate) fn dim(text: impl ToString) -> Cell {
    let cell = Cell::new(text);
    if console::colors_enabled() {
        cell.add_attribute(Attribute::Dim)
    } else {
        cell
    }
}

/// A coloured cell.
pub(crate) fn coloured(text: impl ToString, colour: Color) -> Cell {
    let cell = Cell::new(text);
    if console::colors_enabled() {
        cell.fg(colour)
    } else {
        cell
    }
}

/// A heading.
pub(crate) fn heading(text: &str) -> String {
    format!("\n{}", Style::new().bold().cyan().apply_to(text))
}

/// Text that steps back.
pub(crate) fn faint(text: impl std::fmt::Display) -> String {
    Style::new().dim().apply_to(text).to_string()
}

/// Text about something bad.
pub(crate) fn red(text: impl std::fmt::Display) -> String {
    Style::new().red().bold().apply_to(text).to_string()
}

/// Text about something to look at.
pub(crate) fn yellow(text: impl std::fmt::Display) -> String {
    Style::new().yellow().apply_to(text).to_string()
}

/// ✓ or ✗.
pub(crate) fn tick(fine: bool) -> String {
    match fine {
        true => Style::new().green().apply_to("✓").to_string(),
        false => red("✗"),
    }
}

/// `Mon 9 Mar 2026, 10:00` in a zone.
pub(crate) fn local(at: DateTime<Utc>, zone: Tz) -> String {
    at.with_timezone(&zone)
        .format("%a %-d %b %Y, %H:%M")
        .to_string()
}

/// `2026-03-09T15:00Z`; seconds only where there are some.
pub(crate) fn utc(at: DateTime<Utc>) -> String {
    let seconds = if at.timestamp() % 60 == 0 {
        "%Y-%m-%dT%H:%MZ"
    } else {
        "%Y-%m-%dT%H:%M:%SZ"
    };
    at.format(seconds).to_string()
}

/// A count and its noun: `1 person`, `3 people`.
pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// Names of groups, in order.
pub(crate) fn group_names<'a>(
    prepared: &'a Prepared,
    targets: impl IntoIterator<Item = &'a TargetId>,
) -> Vec<&'a str> {
    let names = targets.into_iter().map(|it| prepared.directory.name(it));
    let mut names: Vec<_> = names.collect();
    names.sort_unstable();
    names
}

/// Why the guard holds back.
pub(crate) fn guard_reasons(guard: &GuardReport) -> String {
    let why: Vec<_> = guard.reasons.iter().map(ToString::to_string).collect();
    why.join("; ")
}

/// The word for what becomes of a user.
pub(crate) fn action_word(action: UserAction) -> &'static str {
    match action {
        UserAction::Suspend => "suspended",
        UserAction::SuspendAndRevokePass => "suspended, pass revoked",
        UserAction::Delete => "deleted",
        UserAction::Reinstate => "reinstated",
        _ => "changed",
    }
}
