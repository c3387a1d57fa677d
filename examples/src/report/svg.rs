//! A picture of one person or one door, as a file of its own.

mod axis;
mod find;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::html::escape;
use super::{Grant, Held, Report};
use axis::{Scale, axis, clocks};
pub(crate) use find::{Of, find};

const LABELS: i64 = 220;
const WIDTH: i64 = 980;
const TOP: i64 = 64;
const ROW: i64 = 30;
const COLOURS: [(&str, &str, &str); 6] = [
    ("lease", "#1a6fc4", "#58a6ff"),
    ("booking", "#8a5a00", "#e0a63a"),
    ("visit", "#98348e", "#e38bd8"),
    ("contract", "#1a7f4b", "#4cc38a"),
    ("day_pass", "#6e4fc9", "#b49bff"),
    ("hold", "#c0362c", "#ff8379"),
];

/// The picture. Times are those of the report's first zone.
pub(crate) fn picture(report: &Report, of: Of) -> String {
    let zone = report.zones.first().map_or(Tz::UTC, |clock| clock.zone);
    let lanes = lanes(report, of);
    let (from, until) = range(report, &lanes);
    let scale = Scale { from, until };
    let height = TOP + ROW * lanes.len().max(1) as i64 + 44;
    let title = match of {
        Of::Person(number) => report.people.get(number),
        Of::Target(number) => report.targets.get(number),
    };
    let title = escape(title.map_or("", |it| it.text()));
    let mut out = String::new();
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         role=\"img\" aria-labelledby=\"t d\">\n<title id=\"t\">{title}</title>\n<desc id=\"d\">{}</desc>\n<style>{}</style>\n\
         <defs><pattern id=\"held\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">\
         <rect class=\"hold\" width=\"4\" height=\"8\"/></pattern></defs>\n\
         <rect class=\"bg\" width=\"{WIDTH}\" height=\"{height}\"/>\n<text class=\"h\" x=\"12\" y=\"24\">{title}</text>\n",
        told(report, &lanes, zone),
        style(),
    );
    axis(&scale, zone, height, &mut out);
    clocks(report, &scale, height, &mut out);
    for (number, lane) in lanes.iter().enumerate() {
        draw(report, lane, TOP + ROW * number as i64, &scale, &mut out);
    }
    if lanes.is_empty() {
        let _ = writeln!(
            out,
            "<text class=\"l\" x=\"12\" y=\"{}\">no window, no hold</text>",
            TOP + 20
        );
    }
    if let Some(x) = report.now.and_then(|now| scale.inside(now)) {
        let _ = writeln!(
            out,
            "<path class=\"now\" d=\"M{x} {}V{}\"/><text class=\"n\" x=\"{x}\" y=\"{}\">now</text>",
            TOP - 4,
            height - 40,
            TOP - 22
        );
    }
    legend(report, &lanes, zone, height, &mut out);
    out.push_str("</svg>\n");
    out
}

struct Lane<'a> {
    label: String,
    grants: Vec<&'a Grant>,
    holds: Vec<&'a Held>,
}

fn lanes(report: &Report, of: Of) -> Vec<Lane<'_>> {
    let mut lanes: BTreeMap<(usize, usize), Lane<'_>> = BTreeMap::new();
    let name = |person: usize, target: usize| match of {
        Of::Person(_) => report.targets.get(target),
        Of::Target(_) => report.people.get(person),
    };
    let wanted = |person: usize, target: usize| match of {
        Of::Person(number) => person == number,
        Of::Target(number) => target == number,
    };
    for grant in &report.grants {
        for target in grant
            .targets
            .iter()
            .filter(|target| wanted(grant.person, **target))
        {
            let lane = lanes
                .entry((grant.person, *target))
                .or_insert_with(|| Lane {
                    label: name(grant.person, *target)
                        .map_or(String::new(), |it| it.text().to_owned()),
                    grants: Vec::new(),
                    holds: Vec::new(),
                });
            lane.grants.push(grant);
        }
    }
    for hold in &report.holds {
        let covers = |target: usize| hold.target.is_none_or(|it| it == target);
        for ((person, target), lane) in &mut lanes {
            if *person == hold.person && covers(*target) {
                lane.holds.push(hold);
            }
        }
        // Whoever has nothing but a hold.
        let alone = !lanes
            .keys()
            .any(|(person, target)| *person == hold.person && covers(*target));
        let target = hold.target.unwrap_or(usize::MAX);
        if alone && wanted(hold.person, target) {
            let label = match name(hold.person, target) {
                Some(it) => it.text().to_owned(),
                None => "everything".into(),
            };
            lanes.insert(
                (hold.person, target),
                Lane {
                    label,
                    grants: Vec::new(),
                    holds: vec![hold],
                },
            );
        }
    }
    let mut lanes: Vec<_> = lanes.into_values().collect();
    lanes.sort_by(|a, b| a.label.cmp(&b.label));
    lanes
}

/// What there is to see: around now, or all of it, and never so much that a day is nothing.
fn range(report: &Report, lanes: &[Lane<'_>]) -> (DateTime<Utc>, DateTime<Utc>) {
    let grants = lanes
        .iter()
        .flat_map(|lane| lane.grants.iter().flat_map(|it| [Some(it.start), it.end]));
    let holds = lanes
        .iter()
        .flat_map(|lane| lane.holds.iter().flat_map(|it| [Some(it.start), it.end]));
    let mut edges: Vec<_> = grants.chain(holds).flatten().collect();
    edges.extend(report.now);
    if let Some(now) = report.now {
        let (back, ahead) = (TimeDelta::days(45), TimeDelta::days(120));
        edges.retain(|at| *at >= now - back && *at <= now + ahead);
    }
    let first = edges.iter().min().copied().unwrap_or(DateTime::UNIX_EPOCH);
    let last = edges.iter().max().copied().unwrap_or(DateTime::UNIX_EPOCH);
    let room = ((last - first) / 12).max(TimeDelta::hours(6));
    (first - room, last + room)
}

fn draw(report: &Report, lane: &Lane<'_>, y: i64, scale: &Scale, out: &mut String) {
    let short: String = lane.label.chars().take(30).collect();
    let _ = writeln!(
        out,
        "<text class=\"l\" x=\"12\" y=\"{}\">{}</text><path class=\"g\" d=\"M12 {}H{WIDTH}\"/>",
        y + 20,
        escape(&short),
        y + ROW
    );
    for grant in &lane.grants {
        let end = grant.end.unwrap_or(scale.until);
        if grant.start >= scale.until || end <= scale.from {
            continue;
        }
        let records = grant
            .records
            .iter()
            .filter_map(|number| report.records.get(*number));
        let kinds: std::collections::BTreeSet<_> = records.clone().map(|it| it.kind).collect();
        let ids: Vec<_> = records.map(|it| escape(&it.id)).collect();
        let (x, width) = (
            scale.x(grant.start),
            (scale.x(end) - scale.x(grant.start)).max(2),
        );
        let slice = 20 / kinds.len().max(1) as i64;
        out.push_str("<g>");
        let until = grant.end.map_or("open end".into(), super::stamp);
        let _ = write!(
            out,
            "<title>{} to {until}: {}</title>",
            super::stamp(grant.start),
            ids.join(", ")
        );
        for (number, kind) in kinds.iter().enumerate() {
            let top = y + 5 + slice * number as i64;
            let _ = write!(
                out,
                "<rect class=\"{kind}\" x=\"{x}\" y=\"{top}\" width=\"{width}\" height=\"{slice}\" rx=\"3\"/>"
            );
        }
        if let Some(id) = ids
            .first()
            .filter(|id| width > 12 + 7 * id.chars().count() as i64)
        {
            let _ = write!(
                out,
                "<text class=\"w\" x=\"{}\" y=\"{}\">{id}</text>",
                x + 6,
                y + 19
            );
        }
        out.push_str("</g>\n");
    }
    for hold in &lane.holds {
        let end = hold.end.unwrap_or(scale.until);
        if hold.start >= scale.until || end <= scale.from {
            continue;
        }
        let (x, width) = (
            scale.x(hold.start),
            (scale.x(end) - scale.x(hold.start)).max(2),
        );
        let id = report
            .records
            .get(hold.record)
            .map_or(String::new(), |it| escape(&it.id));
        let _ = writeln!(
            out,
            "<g><title>locked out by {id}</title><rect class=\"hb\" x=\"{x}\" y=\"{}\" width=\"{width}\" height=\"24\" \
             fill=\"url(#held)\"/></g>",
            y + 3
        );
    }
}

fn legend(report: &Report, lanes: &[Lane<'_>], zone: Tz, height: i64, out: &mut String) {
    let records = lanes
        .iter()
        .flat_map(|lane| lane.grants.iter().flat_map(|it| &it.records));
    let mut kinds: std::collections::BTreeSet<_> = records
        .filter_map(|number| report.records.get(*number))
        .map(|it| it.kind)
        .collect();
    if lanes.iter().any(|lane| !lane.holds.is_empty()) {
        kinds.insert("hold");
    }
    let mut x = 12;
    for (kind, ..) in COLOURS.iter().filter(|(kind, ..)| kinds.contains(kind)) {
        let word = kind.replace('_', " ");
        let _ = write!(
            out,
            "<rect class=\"{kind}\" x=\"{x}\" y=\"{}\" width=\"14\" height=\"10\" rx=\"2\"/><text class=\"k\" x=\"{}\" \
             y=\"{}\">{word}</text>",
            height - 24,
            x + 19,
            height - 15
        );
        x += 36 + 7 * word.len() as i64;
    }
    let _ = writeln!(
        out,
        "<text class=\"k e\" x=\"{}\" y=\"{}\">times in {}</text>",
        WIDTH - 12,
        height - 15,
        zone.name()
    );
}

/// The picture in words.
fn told(report: &Report, lanes: &[Lane<'_>], zone: Tz) -> String {
    let mut parts = Vec::new();
    for lane in lanes {
        for grant in &lane.grants {
            let until = grant
                .end
                .map_or("open end".into(), |end| crate::render::local(end, zone));
            let ids = grant
                .records
                .iter()
                .filter_map(|number| report.records.get(*number));
            let ids: Vec<_> = ids.map(|it| it.id.as_str()).collect();
            let start = crate::render::local(grant.start, zone);
            parts.push(format!(
                "{}: {start} to {until}, because of {}",
                lane.label,
                ids.join(", ")
            ));
        }
    }
    escape(&parts.join("; "))
}

fn style() -> String {
    let mut light = String::from(
        ".bg{fill:#fff}text{font:12px system-ui,sans-serif;fill:#1b1f24}.h{font-size:16px;font-weight:600}.a,.k{font-size:11px;fill:#57606a}\
         .e{text-anchor:end}.g{stroke:#d0d7de;fill:none}.w{font-size:11px;fill:#fff;font-weight:600}\
         .now{stroke:#cf222e;stroke-width:2}.n{fill:#cf222e;text-anchor:middle;font-weight:600}\
         .c{stroke:#7a5d00;stroke-dasharray:2 3}.ct{fill:#7a5d00;text-anchor:middle;font-size:11px}.hb{stroke:#c0362c}",
    );
    let mut dark = String::from(
        ".bg{fill:#0f1318}text{fill:#e6edf3}.a,.k{fill:#9aa5b1}.g{stroke:#323a44}.w{fill:#0f1318}\
         .now{stroke:#ff7b72}.n{fill:#ff7b72}.c{stroke:#d9b84a}.ct{fill:#d9b84a}.hb{stroke:#ff8379}",
    );
    for (kind, on_white, on_black) in COLOURS {
        let _ = write!(light, ".{kind}{{fill:{on_white}}}");
        let _ = write!(dark, ".{kind}{{fill:{on_black}}}");
    }
    format!("{light}@media(prefers-color-scheme:dark){{{dark}}}")
}
