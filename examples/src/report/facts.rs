//! Records, findings and verdicts in words.

use access_sync_core::explain::Verdict;
use access_sync_core::finding::Finding;
use access_sync_core::record::{Booking, DateField, HoldTarget, Moment, Record, Span};

/// Status and dates of a record.
pub(super) fn says(record: &Record) -> String {
    match record {
        Record::Lease(it) => {
            let mut parts = vec![it.status.as_str().to_owned()];
            parts.push(format!("move-in {}", date(&it.move_in)));
            parts.push(match &it.move_out {
                DateField::Missing => "no move-out".into(),
                known => format!("move-out {}", date(known)),
            });
            if it.lease_end != DateField::Missing {
                parts.push(format!("term to {}", date(&it.lease_end)));
            }
            parts.join(", ")
        }
        Record::Booking(it) | Record::Visit(it) => {
            format!("{}, {}", it.status.as_str(), span(it))
        }
        Record::Contract(it) => {
            let mut parts = vec![it.status.as_str().to_owned()];
            parts.push(format!("from {}", date(&it.start_date)));
            parts.push(match &it.end_date {
                DateField::Missing => "no end".into(),
                known => format!("to {}", date(known)),
            });
            if !it.team.is_empty() {
                parts.push(format!("team of {}", it.team.len()));
            }
            for pause in &it.pauses {
                parts.push(format!(
                    "paused {} to {}",
                    date(&pause.from),
                    date(&pause.to)
                ));
            }
            parts.join(", ")
        }
        Record::DayPass(it) => format!("{}, {}", it.status.as_str(), date(&it.date)),
        Record::Hold(it) => {
            let target = match &it.target {
                HoldTarget::All => "everything",
                HoldTarget::One(target) => target.as_str(),
            };
            format!("{target}, {} to {}", moment(&it.from), moment(&it.to))
        }
        _ => String::new(),
    }
}

fn date(field: &DateField) -> String {
    match field {
        DateField::Date(date) => date.to_string(),
        DateField::Invalid(text) => format!("{text:?} (no date)"),
        DateField::Missing => "unknown".into(),
    }
}

fn moment(moment: &Moment) -> String {
    match moment {
        Moment::Utc(at) => super::stamp(*at),
        Moment::Local(at) => format!("{} local", at.format("%Y-%m-%d %H:%M")),
        Moment::InvalidUtc(text) | Moment::InvalidLocal(text) => format!("{text:?} (no time)"),
        _ => "open".into(),
    }
}

fn span(booking: &Booking) -> String {
    let (from, to) = match &booking.span {
        Span::Utc { from, to } => (Moment::Utc(*from), Moment::Utc(*to)),
        Span::Local { from, to } => (Moment::Local(*from), Moment::Local(*to)),
        Span::Edges { from, to } => (from.clone(), to.clone()),
    };
    format!("{} to {}", moment(&from), moment(&to))
}

/// Why a record opens nothing.
pub(super) fn silent_because(verdict: Option<&Verdict>) -> String {
    match verdict {
        Some(Verdict::ExcludedByStatus { status }) => {
            format!("grants nothing: its status is {status}")
        }
        Some(Verdict::NeverInTeam) => "grants nothing: never in the team while it runs".into(),
        Some(Verdict::Unusable { code }) => format!("cannot be used: {code}"),
        // Its span is there, and no window has it: holds cover all of it.
        Some(_) => "locked out by holds for all of its time".into(),
        None => "grants nothing".into(),
    }
}

/// A finding's code in plain words, for those who have not met it.
pub(super) fn explained(finding: &Finding) -> String {
    let words = match finding.code.as_str() {
        "excluded_by_status" => "the record's status grants nothing",
        "missing_move_in" => "no move-in date, so no window",
        "missing_start" => "no start, so no window",
        "missing_end" => "no end, so no window",
        "invalid_date" => "not a date or time, so no window",
        "missing_time_zone" => "a local time without a time zone, so no window",
        "sentinel_end_treated_as_open" => "an end in the year 9999 is read as none",
        "past_without_move_out" => "a past lease without a move-out date, so no window",
        "empty_window" => "it begins when it ends, so no window",
        "inverted_window" => "it ends before it begins, so no window",
        "too_many_pauses" => "too many pauses, so no window",
        "gap_shifted" => {
            "the local time is skipped by a clock change and was moved forward by the gap"
        }
        "fold_resolved" => {
            "the local time comes twice in a clock change; access takes the longer reading"
        }
        "bridged_renewal" => "the hole between a lease and its renewal was closed",
        "hold_applied" => "the hold takes access away",
        "absent_unverified" => {
            "the source no longer mentions it; access stays until that is confirmed"
        }
        "overlapping_occupancy" => "two people have the same place at once",
        "lease_gap" => "a resident's own leases leave a hole",
        "unmanaged_membership" => "somebody else put this person there; left alone",
        "too_many_targets" => "more groups than the access system allows; left out",
        other => other,
    };
    let edge = finding
        .edge
        .map_or(String::new(), |edge| format!(" ({})", edge.as_str()));
    let field = finding
        .field
        .as_ref()
        .map_or(String::new(), |field| format!(", field {field}"));
    format!("{words}{edge}{field}")
}
