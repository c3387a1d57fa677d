//! A planned timeline document as tables.

use std::io::{self, Write};

use access_sync_core::document::{Document, Output};
use access_sync_core::finding::Severity;
use chrono_tz::Tz;
use comfy_table::{Cell, Color};
use console::Style;

use super::{coloured, dim, heading, local, table, utc};

pub(crate) fn write(document: &Document, out: &mut impl Write) -> io::Result<()> {
    let output = document.output();
    let zone = document.timeline.time_zone.unwrap_or(Tz::UTC);
    windows(&output, zone, out)?;
    if let Some(now) = document.now {
        writeln!(
            out,
            "{}",
            heading(&format!("At {} ({})", local(now, zone), utc(now)))
        )?;
        states(&output, zone, out)?;
    }
    actions(&output, out)?;
    findings(&output, out)?;
    writeln!(out, "\ndigest {}", output.digest)
}

fn windows(output: &Output, zone: Tz, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}", heading(&format!("Windows, in {zone}")))?;
    let mut rows = table(&["who", "opens", "from", "until", "UTC", "because of"]);
    for window in &output.windows {
        let sources: Vec<_> = window.sources.iter().map(|id| id.as_str()).collect();
        let until = window.end.map_or("open end".into(), |end| local(end, zone));
        let span = format!(
            "{} – {}",
            utc(window.start),
            window.end.map_or("…".into(), utc)
        );
        let row = [
            window.subject.to_string(),
            window.target.to_string(),
            local(window.start, zone),
            until,
            span,
        ];
        rows.add_row(row.into_iter().chain([sources.join(", ")]));
    }
    writeln!(out, "{rows}")
}

fn states(output: &Output, zone: Tz, out: &mut impl Write) -> io::Result<()> {
    let mut rows = table(&["who", "opens", "now", "next"]);
    for state in output.state_at_now.iter().flatten() {
        let now = if state.active {
            coloured("yes", Color::Green)
        } else {
            dim("no")
        };
        let next = state
            .next
            .as_ref()
            .map_or("no change ahead".into(), |next| {
                format!("{} {}", next.change.as_str(), local(next.at, zone))
            });
        rows.add_row([
            Cell::new(&state.subject),
            Cell::new(&state.target),
            now,
            Cell::new(next),
        ]);
    }
    writeln!(out, "{rows}")
}

fn actions(output: &Output, out: &mut impl Write) -> io::Result<()> {
    let Some(actions) = &output.actions_at_now else {
        return Ok(());
    };
    writeln!(out, "{}", heading("To do now"))?;
    for action in actions {
        let style = if action.op == "add" {
            Style::new().green()
        } else {
            Style::new().red()
        };
        writeln!(
            out,
            "  {} {} {}",
            style.apply_to(format!("{:6}", action.op)),
            action.subject,
            action.target
        )?;
    }
    for action in output.user_actions_at_now.iter().flatten() {
        writeln!(out, "  {} {}", action.op, action.subject)?;
    }
    if actions.is_empty() {
        writeln!(out, "  nothing")?;
    }
    for guard in output.guard.iter().filter(|guard| guard.tripped) {
        let why: Vec<_> = guard.reasons.iter().map(ToString::to_string).collect();
        let held = Style::new()
            .red()
            .bold()
            .apply_to("held back by the guard:");
        writeln!(out, "  {held} {}; nothing is removed", why.join("; "))?;
    }
    Ok(())
}

fn findings(output: &Output, out: &mut impl Write) -> io::Result<()> {
    if output.findings.is_empty() {
        return Ok(());
    }
    writeln!(out, "{}", heading("Findings"))?;
    for finding in &output.findings {
        let style = match finding.severity {
            Severity::Error => Style::new().red(),
            Severity::Warn => Style::new().yellow(),
            Severity::Info => Style::new().dim(),
        };
        writeln!(out, "  {}", style.apply_to(finding))?;
    }
    Ok(())
}
