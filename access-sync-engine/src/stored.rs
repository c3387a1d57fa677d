//! Records as lines of a timeline document: to be kept, and to be read again.

use access_sync_core::document::Document;
use access_sync_core::ids::TargetId;
use access_sync_core::record::{
    Booking, Contract, DateField, DayPass, Hold, HoldTarget, Lease, Moment, Record, Span,
};
use chrono::{NaiveTime, SecondsFormat};
use chrono_tz::Tz;
use serde_json::{Map, Value, json};

/// The groups that a record is about; none for a hold on everything.
pub(crate) fn targets(record: &Record) -> Vec<TargetId> {
    match record {
        Record::Lease(it) => vec![it.target.clone()],
        Record::Booking(it) | Record::Visit(it) => it.targets.iter().cloned().collect(),
        Record::Contract(it) => vec![it.target.clone()],
        Record::DayPass(it) => vec![it.target.clone()],
        _ => Vec::new(),
    }
}

/// A record as a timeline document has it ([`Document`]); [`from_json`] reads it again.
#[must_use]
pub fn to_json(record: &Record) -> Value {
    let mut out = Map::new();
    let mut zone = None;
    match record {
        Record::Lease(it) => lease(&mut out, it, &mut zone),
        Record::Booking(it) | Record::Visit(it) => booking(&mut out, it, &mut zone),
        Record::Contract(it) => contract(&mut out, it, &mut zone),
        Record::DayPass(it) => day_pass(&mut out, it, &mut zone),
        Record::Hold(it) => hold(&mut out, it, &mut zone),
        _ => {}
    }
    out.insert("kind".into(), record.kind().into());
    out.insert("id".into(), record.id().as_str().into());
    if let Some(zone) = zone {
        out.insert("time_zone".into(), zone.name().into());
    }
    Value::Object(out)
}

/// Reads what [`to_json`] wrote. None where it is no record.
#[must_use]
pub fn from_json(text: &str) -> Option<Record> {
    let text = format!("{{\"records\":[{text}]}}");
    let document = Document::read(&mut serde_json::Deserializer::from_str(&text)).ok()?;
    document.timeline.records().first().cloned()
}

fn lease(out: &mut Map<String, Value>, it: &Lease, zone: &mut Option<Tz>) {
    out.insert("resident".into(), it.resident.as_str().into());
    out.insert("target".into(), it.target.as_str().into());
    out.insert("status".into(), it.status.as_str().into());
    date(out, "move_in", &it.move_in);
    date(out, "move_out", &it.move_out);
    date(out, "lease_end", &it.lease_end);
    time(out, "start_time", it.start_time);
    time(out, "end_time", it.end_time);
    *zone = it.time_zone;
}

fn booking(out: &mut Map<String, Value>, it: &Booking, zone: &mut Option<Tz>) {
    let targets: Vec<_> = it.targets.iter().map(TargetId::as_str).collect();
    out.insert("customer".into(), it.customer.as_str().into());
    out.insert("targets".into(), json!(targets));
    out.insert("status".into(), it.status.as_str().into());
    match &it.span {
        Span::Utc { from, to } => {
            out.insert("from_utc".into(), instant(*from));
            out.insert("to_utc".into(), instant(*to));
        }
        Span::Local { from, to } => {
            out.insert("from_local".into(), wall(*from));
            out.insert("to_local".into(), wall(*to));
        }
        Span::Edges { from, to } => {
            moment(out, ["from_utc", "from_local"], from);
            moment(out, ["to_utc", "to_local"], to);
        }
    }
    *zone = it.time_zone;
}

fn contract(out: &mut Map<String, Value>, it: &Contract, zone: &mut Option<Tz>) {
    out.insert("customer".into(), it.customer.as_str().into());
    out.insert("target".into(), it.target.as_str().into());
    out.insert("status".into(), it.status.as_str().into());
    date(out, "start_date", &it.start_date);
    date(out, "end_date", &it.end_date);
    let team = it.team.iter().map(|member| {
        let mut one = Map::new();
        one.insert("customer".into(), member.customer.as_str().into());
        date(&mut one, "joined", &member.joined);
        date(&mut one, "left", &member.left);
        Value::Object(one)
    });
    out.insert("team".into(), team.collect());
    let pauses = it.pauses.iter().map(|pause| {
        let mut one = Map::new();
        date(&mut one, "from", &pause.from);
        date(&mut one, "to", &pause.to);
        Value::Object(one)
    });
    out.insert("pauses".into(), pauses.collect());
    *zone = it.time_zone;
}

fn day_pass(out: &mut Map<String, Value>, it: &DayPass, zone: &mut Option<Tz>) {
    out.insert("customer".into(), it.customer.as_str().into());
    out.insert("target".into(), it.target.as_str().into());
    out.insert("status".into(), it.status.as_str().into());
    date(out, "date", &it.date);
    *zone = it.time_zone;
}

fn hold(out: &mut Map<String, Value>, it: &Hold, zone: &mut Option<Tz>) {
    let target = match &it.target {
        HoldTarget::One(target) => target.as_str(),
        _ => "*",
    };
    out.insert("subject".into(), it.subject.as_str().into());
    out.insert("target".into(), target.into());
    moment(out, ["from_utc", "from_local"], &it.from);
    moment(out, ["to_utc", "to_local"], &it.to);
    *zone = it.time_zone;
}

fn date(out: &mut Map<String, Value>, key: &str, date: &DateField) {
    let text = match date {
        DateField::Date(day) => day.format("%Y-%m-%d").to_string(),
        DateField::Invalid(text) => text.to_string(),
        _ => return,
    };
    out.insert(key.into(), text.into());
}

fn time(out: &mut Map<String, Value>, key: &str, time: Option<NaiveTime>) {
    if let Some(time) = time {
        out.insert(key.into(), time.format("%H:%M").to_string().into());
    }
}

fn instant(at: chrono::DateTime<chrono::Utc>) -> Value {
    at.to_rfc3339_opts(SecondsFormat::Secs, true).into()
}

fn wall(at: chrono::NaiveDateTime) -> Value {
    at.format("%Y-%m-%dT%H:%M:%S").to_string().into()
}

fn moment(out: &mut Map<String, Value>, [utc, local]: [&str; 2], moment: &Moment) {
    let (key, value) = match moment {
        Moment::Utc(at) => (utc, instant(*at)),
        Moment::Local(at) => (local, wall(*at)),
        Moment::InvalidUtc(text) => (utc, text.to_string().into()),
        Moment::InvalidLocal(text) => (local, text.to_string().into()),
        _ => return,
    };
    out.insert(key.into(), value);
}
