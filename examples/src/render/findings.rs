//! What somebody should look at, as a table.

use std::collections::BTreeMap;

use access_sync_core::finding::Severity;
use access_sync_engine::Prepared;
use comfy_table::{Cell, Color};

use super::{coloured, dim, table};

/// The plan's findings and the reading's notes, the gravest first; none where there are none.
pub(crate) fn rows(prepared: &Prepared) -> Option<String> {
    let groups = grouped(prepared);
    if groups.is_empty() {
        return None;
    }
    let mut rows = table(&["", "finding", "times", "for example"]);
    for group in groups {
        let severity = match group.severity {
            Severity::Error => coloured("error", Color::Red),
            Severity::Warn => coloured("warn", Color::Yellow),
            Severity::Info => dim("info"),
        };
        rows.add_row([
            severity,
            Cell::new(group.code),
            Cell::new(group.times),
            Cell::new(group.example),
        ]);
    }
    Some(rows.to_string())
}

/// Findings of one code.
pub(super) struct FindingGroup {
    pub(super) severity: Severity,
    pub(super) code: String,
    pub(super) times: usize,
    pub(super) example: String,
}

/// The plan's findings and the reading's notes by code, the gravest first. One fact that opens several
/// groups counts once.
pub(super) fn grouped(prepared: &Prepared) -> Vec<FindingGroup> {
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
