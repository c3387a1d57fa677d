//! Why somebody may open something, in the words and the time of the place.

use access_sync_core::explain::{Explanation, Reason, Rule, Verdict};
use access_sync_core::{SubjectId, TargetId};
use access_sync_engine::Prepared;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};

use super::{local, utc};

/// Why a person gets or loses groups now: the records that say so, each once.
pub(crate) fn because(
    prepared: &Prepared,
    subject: &SubjectId,
    targets: &[TargetId],
    zone: Tz,
) -> String {
    let mut lines: Vec<String> = Vec::new();
    for target in targets {
        let it = prepared.plan().explain(subject, target, prepared.now);
        let mut found = deciding(&it)
            .into_iter()
            .map(|reason| {
                format!(
                    "{} {}",
                    record(prepared, reason),
                    verdict(&reason.verdict, zone)
                )
            })
            .collect::<Vec<_>>();
        if found.is_empty() {
            found.push("no record gives it any more".into());
        }
        for line in found {
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    const SHOWN: usize = 3;
    let more = lines.len().saturating_sub(SHOWN);
    lines.truncate(SHOWN);
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    lines.join("\n")
}

/// The reasons that decide: what grants or holds; failing those, all.
fn deciding(it: &Explanation) -> Vec<&Reason> {
    let pick = |wanted: fn(&Verdict) -> bool| -> Vec<&Reason> {
        it.reasons
            .iter()
            .filter(|reason| wanted(&reason.verdict))
            .collect()
    };
    let found = match it.active {
        true => pick(|verdict| matches!(verdict, Verdict::Grants { .. })),
        false => pick(|verdict| matches!(verdict, Verdict::Holds { .. })),
    };
    match found.is_empty() {
        true => it.reasons.iter().collect(),
        false => found,
    }
}

/// A record as its source calls it.
pub(crate) fn record(prepared: &Prepared, reason: &Reason) -> String {
    match prepared.origin(&reason.record) {
        Some(origin) => format!("{}, {},", origin.what, origin.place),
        None => format!("{} {}", reason.kind, reason.record),
    }
}

/// What a record says, as the end of a sentence.
pub(crate) fn verdict(verdict: &Verdict, zone: Tz) -> String {
    let at = |at: &DateTime<Utc>| local(*at, zone);
    match verdict {
        Verdict::Grants { start, end, rule } => {
            let end = end.map_or("with an open end".into(), |end| {
                format!("until {}", local(end, zone))
            });
            format!("opens it from {} {end}{}", at(start), rule_text(*rule))
        }
        Verdict::NotYetStarted { start } => format!("begins {}", at(start)),
        Verdict::Ended { end } => format!("ended {}", at(end)),
        Verdict::Paused { since, until } => {
            format!("is paused from {} until {}", at(since), at(until))
        }
        Verdict::ExcludedByStatus { status } => format!("opens nothing: it is \"{status}\""),
        Verdict::NeverInTeam => "never has the person in its team".into(),
        Verdict::Unusable { code } => format!("cannot be used: {code}"),
        Verdict::Holds { since, until } => {
            let until = until.map_or("until further notice".into(), |until| {
                format!("until {}", local(until, zone))
            });
            format!("locks out since {} {until}", at(since))
        }
        _ => "says something that this version does not know".into(),
    }
}

fn rule_text(rule: Rule) -> &'static str {
    match rule {
        Rule::EarlyAccess => " (early access)",
        Rule::Grace => " (days of grace)",
        Rule::BufferBefore => " (buffer before)",
        Rule::BufferAfter => " (buffer after)",
        Rule::RenewalBridge => " (until its renewal begins)",
        _ => "",
    }
}

/// An explanation for programs.
pub(crate) fn figures(prepared: &Prepared, it: &Explanation) -> Value {
    let reasons = it.reasons.iter().map(|reason| {
        let origin = prepared.origin(&reason.record);
        let mut value = said(&reason.verdict);
        if let Some(fields) = value.as_object_mut() {
            fields.insert("record".into(), reason.record.as_str().into());
            fields.insert("kind".into(), reason.kind.into());
            fields.insert("what".into(), origin.map(|it| it.what.as_str()).into());
            fields.insert("place".into(), origin.map(|it| it.place.as_str()).into());
        }
        value
    });
    json!({
        "group": it.target, "name": prepared.directory.name(&it.target),
        "active": it.active, "since_utc": it.since.map(utc), "until_utc": it.until.map(utc),
        "sources": it.sources.iter().map(|id| id.as_str()).collect::<Vec<_>>(),
        "reasons": reasons.collect::<Vec<_>>(),
    })
}

fn said(verdict: &Verdict) -> Value {
    match verdict {
        Verdict::Grants { start, end, rule } => json!({
            "verdict": "grants", "start_utc": utc(*start), "end_utc": end.map(utc), "rule": rule_word(*rule),
        }),
        Verdict::NotYetStarted { start } => {
            json!({ "verdict": "not_yet_started", "start_utc": utc(*start) })
        }
        Verdict::Ended { end } => json!({ "verdict": "ended", "end_utc": utc(*end) }),
        Verdict::Paused { since, until } => json!({
            "verdict": "paused", "since_utc": utc(*since), "until_utc": utc(*until),
        }),
        Verdict::ExcludedByStatus { status } => {
            json!({ "verdict": "excluded_by_status", "status": status })
        }
        Verdict::NeverInTeam => json!({ "verdict": "never_in_team" }),
        Verdict::Unusable { code } => json!({ "verdict": "unusable", "code": code.as_str() }),
        Verdict::Holds { since, until } => json!({
            "verdict": "holds", "since_utc": utc(*since), "until_utc": until.map(utc),
        }),
        _ => json!({ "verdict": "unknown" }),
    }
}

fn rule_word(rule: Rule) -> &'static str {
    match rule {
        Rule::OwnSpan => "own_span",
        Rule::EarlyAccess => "early_access",
        Rule::Grace => "grace",
        Rule::BufferBefore => "buffer_before",
        Rule::BufferAfter => "buffer_after",
        Rule::RenewalBridge => "renewal_bridge",
        _ => "other",
    }
}
