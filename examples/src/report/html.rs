//! One self-contained page: no network, no external file, no address to anywhere.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::{Report, Step, data};
use crate::render::{count, local};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = concat!(
    include_str!("page/data.js"),
    include_str!("page/time.js"),
    include_str!("page/rows.js"),
    include_str!("page/timeline.js"),
    include_str!("page/tables.js"),
);

/// The page. The same report gives the same bytes.
pub(crate) fn page(report: &Report) -> String {
    let mut out = String::new();
    // Nothing may be loaded, and nothing may run but this script: also not what a name brings along.
    let policy = format!(
        "default-src 'none'; base-uri 'none'; form-action 'none'; style-src '{}'; script-src '{}'",
        fingerprint(STYLE),
        fingerprint(SCRIPT)
    );
    let title = escape(&report.title);
    let _ = write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
    );
    let _ = write!(
        out,
        "<header>\n<h1>{title}</h1>\n<p>{}</p>\n</header>\n<main>\n",
        summary(report)
    );
    out.push_str(include_str!("page/timeline.html"));
    todo(report, &mut out);
    findings(report, &mut out);
    calls(report, &mut out);
    latency(report, &mut out);
    let _ = write!(
        out,
        "</main>\n<footer><p>Plan <code>{}</code>, time-zone database {}. Made by access-sync.</p></footer>\n",
        report.digest,
        access_sync_core::TZDB_VERSION
    );
    let _ = write!(
        out,
        "<script type=\"application/json\" id=\"data\">{}</script>\n<script>{SCRIPT}</script>\n</body>\n</html>\n",
        inert(&data::compact(report).to_string())
    );
    out
}

/// A source of the page in its content security policy.
fn fingerprint(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}

/// Text for HTML, in elements and in quoted attributes.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // No XML 1.0, and invisible in HTML.
            '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{7f}'..='\u{9f}' => {
                out.push('\u{fffd}');
            }
            _ => out.push(letter),
        }
    }
    out
}

/// JSON that cannot end the element that it is in, nor begin another.
fn inert(json: &str) -> String {
    json.replace('&', "\\u0026")
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

fn summary(report: &Report) -> String {
    let zone = report
        .zones
        .first()
        .map_or(chrono_tz::Tz::UTC, |it| it.zone);
    let mut parts = Vec::new();
    if let Some(now) = report.now {
        parts.push(format!(
            "As of <strong>{}</strong> in {}",
            local(now, zone),
            zone.name()
        ));
        let open: std::collections::BTreeSet<_> = report
            .grants
            .iter()
            .filter(|it| it.start <= now && it.end.is_none_or(|end| now < end))
            .map(|it| it.person)
            .collect();
        parts.push(format!(
            "{} may open something now",
            count(open.len(), "person", "people")
        ));
    } else {
        parts.push(format!("Times in {}", zone.name()));
    }
    parts.push(count(report.people.len(), "person", "people"));
    parts.push(count(
        report.targets.len(),
        "door or group",
        "doors or groups",
    ));
    let windows: usize = report.grants.iter().map(|it| it.targets.len()).sum();
    parts.push(count(windows, "window", "windows"));
    parts.join(" · ")
}

fn todo(report: &Report, out: &mut String) {
    let Some(todo) = &report.todo else { return };
    out.push_str("<section aria-labelledby=\"todo-h\">\n<h2 id=\"todo-h\">To do now</h2>\n");
    if todo.steps.is_empty() && todo.withheld.is_empty() {
        out.push_str("<p>Nothing: everybody has what the plan says.</p>\n");
    }
    for reason in &todo.guard {
        let _ = writeln!(
            out,
            "<p class=\"alert\"><strong>Held back by the guard:</strong> {}. Nothing is removed until somebody \
             approves changes <code>{}</code>.</p>",
            escape(reason),
            todo.digest
        );
    }
    steps(report, "todo", "What is to be done now", &todo.steps, out);
    steps(report, "held", "Held back", &todo.withheld, out);
    out.push_str("</section>\n");
}

/// Rows that a page shows at once; the rest is in the script's tables.
const ROWS: usize = 200;

fn steps(report: &Report, id: &str, caption: &str, steps: &[Step], out: &mut String) {
    if steps.is_empty() {
        return;
    }
    let zone = report
        .zones
        .first()
        .map_or(chrono_tz::Tz::UTC, |it| it.zone);
    let _ = writeln!(
        out,
        "<div class=\"table\" tabindex=\"0\" role=\"region\" aria-label=\"{caption}\"><table id=\"{id}\">\
         <caption>{caption}: {}</caption><thead><tr><th scope=\"col\">step</th><th scope=\"col\">who</th>\
         <th scope=\"col\">doors</th><th scope=\"col\">due</th></tr></thead><tbody>",
        count(steps.len(), "step", "steps")
    );
    for step in steps.iter().take(ROWS) {
        let who = report.people.get(step.person).map_or("", |it| it.text());
        let targets: Vec<_> = step
            .targets
            .iter()
            .filter_map(|number| report.targets.get(*number))
            .map(|it| escape(it.text()))
            .collect();
        let due = step.due.map_or("–".into(), |due| local(due, zone));
        let _ = writeln!(
            out,
            "<tr><td class=\"op {0}\">{0}</td><td>{1}</td><td>{2}</td><td>{due}</td></tr>",
            step.op,
            escape(who),
            targets.join(", "),
        );
    }
    out.push_str("</tbody></table></div>\n");
    more(steps.len(), out);
}

fn more(all: usize, out: &mut String) {
    if all > ROWS {
        let _ = writeln!(
            out,
            "<p class=\"dim\">and {} more; <code>access-sync report --json</code> has all of them.</p>",
            all - ROWS
        );
    }
}

fn findings(report: &Report, out: &mut String) {
    out.push_str("<section aria-labelledby=\"findings-h\">\n<h2 id=\"findings-h\">Findings</h2>\n");
    if report.findings.is_empty() {
        out.push_str("<p>None: every record was understood and used as it is.</p>\n</section>\n");
        return;
    }
    out.push_str(
        "<div class=\"bar\" id=\"severities\" hidden role=\"group\" aria-label=\"Which findings\"></div>\n\
         <div class=\"table\" tabindex=\"0\" role=\"region\" aria-label=\"Table of findings\"><table id=\"findings\">\
         <thead><tr><th scope=\"col\">severity</th><th scope=\"col\">code</th><th scope=\"col\">what it means</th>\
         <th scope=\"col\">record</th><th scope=\"col\">who</th></tr></thead><tbody>\n",
    );
    for it in report.findings.iter().take(ROWS) {
        let record = it.record.and_then(|number| report.records.get(number));
        let who = it.person.and_then(|number| report.people.get(number));
        let _ = writeln!(
            out,
            "<tr><td class=\"{0}\">{0}</td><td><code>{1}</code></td><td>{2}</td><td>{3}</td><td>{4}</td></tr>",
            it.severity,
            escape(&it.code),
            escape(&it.says),
            record.map_or(String::new(), |it| escape(&it.id)),
            who.map_or(String::new(), |it| escape(it.text())),
        );
    }
    out.push_str("</tbody></table></div>\n<div id=\"findings-more\">");
    more(report.findings.len(), out);
    out.push_str("</div></section>\n");
}

fn calls(report: &Report, out: &mut String) {
    let Some(calls) = &report.calls else { return };
    out.push_str("<section aria-labelledby=\"calls-h\">\n<h2 id=\"calls-h\">Call budget</h2>\n");
    if let Some((grouped, single)) = calls.now {
        let _ = writeln!(
            out,
            "<p>To do now: <strong>{}</strong>, one per person; one per membership would be {single}.</p>",
            count(grouped as usize, "write", "writes")
        );
    }
    let total: u64 = calls.days.iter().map(|(_, calls)| calls).sum();
    let _ = writeln!(
        out,
        "<p>By this plan, the next {} days need <strong>{}</strong>, one per person and instant. Reading comes on \
         top of that.</p>",
        calls.days.len(),
        count(total as usize, "write", "writes")
    );
    match report.kept.quota {
        Some((Some(limit), used)) => {
            let left = limit.saturating_sub(used);
            let _ = writeln!(
                out,
                "<p>Of {limit} calls in 30 days, {used} are used and {left} are left. <meter min=\"0\" max=\"{limit}\" \
                 value=\"{used}\" aria-label=\"calls used\"></meter></p>"
            );
        }
        Some((None, used)) => {
            let _ = writeln!(
                out,
                "<p>{used} calls were made in the last 30 days, by the ledger.</p>"
            );
        }
        None => {}
    }
    bars(&calls.days, out);
    if !report.kept.by_operation.is_empty() {
        out.push_str(
            "<div class=\"table fit\" tabindex=\"0\" role=\"region\" aria-label=\"Calls of the last 30 days\"><table><caption>Calls of the last 30 days</caption><thead><tr><th scope=\"col\">operation</th>\
             <th scope=\"col\">calls</th></tr></thead><tbody>\n",
        );
        for (operation, calls) in &report.kept.by_operation {
            let _ = writeln!(
                out,
                "<tr><td>{}</td><td class=\"n\">{calls}</td></tr>",
                escape(operation)
            );
        }
        out.push_str("</tbody></table></div>\n");
    }
    out.push_str("</section>\n");
}

/// A column a day, and the same as a table for those who do not see it.
fn bars(days: &[(String, u64)], out: &mut String) {
    let most = days
        .iter()
        .map(|(_, calls)| *calls)
        .max()
        .unwrap_or(0)
        .max(1);
    let _ = write!(
        out,
        "<figure class=\"days\"><svg viewBox=\"-12 0 {} 96\" role=\"img\" aria-label=\"Writes a day\">",
        days.len() * 20 + 12
    );
    for (number, (day, calls)) in days.iter().enumerate() {
        let height = calls * 60 / most;
        let height = if *calls > 0 { height.max(2) } else { 0 };
        let x = number * 20;
        let _ = write!(
            out,
            "<rect x=\"{}\" y=\"{}\" width=\"14\" height=\"{height}\"><title>{day}: {calls}</title></rect>",
            x + 3,
            78 - height
        );
        if *calls > 0 {
            let _ = write!(
                out,
                "<text x=\"{}\" y=\"{}\">{calls}</text>",
                x + 10,
                74 - height
            );
        }
        if let Some(short) = day.get(5..).filter(|_| number % 5 == 0) {
            let _ = write!(
                out,
                "<text x=\"{}\" y=\"92\" class=\"day\">{short}</text>",
                x + 10
            );
        }
    }
    out.push_str(
        "</svg><details><summary>As a table</summary><table><thead><tr><th scope=\"col\">day</th>\
         <th scope=\"col\">writes</th></tr></thead><tbody>\n",
    );
    for (day, calls) in days {
        let _ = writeln!(out, "<tr><td>{day}</td><td class=\"n\">{calls}</td></tr>");
    }
    out.push_str("</tbody></table></details></figure>\n");
}

fn latency(report: &Report, out: &mut String) {
    let Some(late) = &report.kept.latency else {
        return;
    };
    out.push_str(
        "<section aria-labelledby=\"latency-h\">\n<h2 id=\"latency-h\">Latency</h2>\n\
         <p>How long after they were due by this plan changes were made.</p>\n\
         <div class=\"table fit\" tabindex=\"0\" role=\"region\" aria-label=\"Table of latencies\"><table><thead><tr><th scope=\"col\">change</th><th scope=\"col\">count</th><th scope=\"col\">ahead of time</th>\
         <th scope=\"col\">median</th><th scope=\"col\">9 of 10 within</th><th scope=\"col\">99 of 100 within</th>\
         <th scope=\"col\">longest</th></tr></thead><tbody>\n",
    );
    for (change, it) in [("grant", &late.grants), ("revoke", &late.revocations)] {
        let _ = writeln!(
            out,
            "<tr><td>{change}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>\
             <td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
            it.changes,
            it.ahead,
            long(it.median_seconds),
            long(it.p90_seconds),
            long(it.p99_seconds),
            long(it.longest_seconds)
        );
    }
    out.push_str("</tbody></table></div>\n");
    if late
        .grants
        .longest_seconds
        .max(late.revocations.longest_seconds)
        > FIRST_RUN
    {
        out.push_str(
            "<p class=\"dim\">Weeks and months are what a first run shows: it makes what was due long before.</p>\n",
        );
    }
    if late.unplanned > 0 {
        let _ = writeln!(
            out,
            "<p class=\"dim\">{} more had no instant in the plan: their records were withdrawn or changed after the fact.</p>",
            late.unplanned
        );
    }
    out.push_str("</section>\n");
}

/// Later than this no loop that works is.
const FIRST_RUN: i64 = 14 * 86_400;

fn long(seconds: i64) -> String {
    let (sign, s) = (if seconds < 0 { "−" } else { "" }, seconds.unsigned_abs());
    match s {
        0..120 => format!("{sign}{s} s"),
        120..7_200 => format!("{sign}{} min {} s", s / 60, s % 60),
        7_200..172_800 => format!("{sign}{} h {} min", s / 3_600, s % 3_600 / 60),
        _ => format!("{sign}{} d {} h", s / 86_400, s % 86_400 / 3_600),
    }
}
