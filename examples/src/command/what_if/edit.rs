//! The change that is asked about.

use std::collections::BTreeMap;
use std::path::Path;

use access_sync_core::record::{Booking, BookingStatus, ContractStatus, LeaseStatus, Record, Span};
use access_sync_engine::{Mapping, Prepared};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde::Deserialize;
use toml::{Table, Value};

use crate::command::Failure;
use crate::config::{placed, plain};

/// Changes of the policy and of records.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Overlay {
    policy: Table,
    /// Rules of single properties, by id.
    property: BTreeMap<String, Table>,
    /// Rules of single locations, by id.
    location: BTreeMap<String, Table>,
    /// What `--policy` said of places: nobody knows yet which of the two they are.
    #[serde(skip)]
    places: BTreeMap<String, Table>,
    record: BTreeMap<String, Table>,
}

impl Overlay {
    pub(super) fn read(
        policy: &[String],
        edits: &[String],
        file: Option<&Path>,
    ) -> Result<Self, Failure> {
        let mut overlay = match file {
            None => Self::default(),
            Some(file) => {
                let text = std::fs::read_to_string(file).map_err(|error| {
                    Failure::usage(format!("{}: {error}; give a TOML file", file.display()))
                })?;
                toml::from_str(&text).map_err(|error| {
                    let error = placed(&text, &error);
                    Failure::usage(format!(
                        "{}: {error}; see `access-sync what-if --help` for its form",
                        file.display()
                    ))
                })?
            }
        };
        for said in policy {
            let (place, pairs) = match said.trim().split_once(char::is_whitespace) {
                Some((place, pairs)) if !place.contains('=') => (Some(place), pairs),
                _ => (None, said.as_str()),
            };
            let rules = match place {
                Some(place) => overlay.places.entry(place.to_owned()).or_default(),
                None => &mut overlay.policy,
            };
            for pair in pairs.split_whitespace() {
                let (key, value) = split(pair, "--policy", "grace_days=2")?;
                rules.insert(key, value);
            }
        }
        for edit in edits {
            let mut words = edit.split_whitespace();
            let record = words.next().unwrap_or_default().to_owned();
            let fields = overlay.record.entry(record).or_default();
            let mut any = false;
            for pair in words {
                let (key, value) =
                    split(pair, "--edit", "'entrata:lease:410003 move_out=2026-04-15'")?;
                fields.insert(key, value);
                any = true;
            }
            if !any {
                return Err(Failure::usage(format!(
                    "--edit '{edit}': say what changes: 'RECORD FIELD=VALUE', such as \
                     'entrata:lease:410003 move_out=2026-04-15'"
                )));
            }
        }
        if !overlay.changes_rules() && overlay.record.is_empty() {
            return Err(Failure::usage(
                "what if what? Give --policy KEY=VALUE, --edit 'RECORD FIELD=VALUE' or --overlay FILE",
            ));
        }
        Ok(overlay)
    }

    /// Whether more than single records are changed.
    pub(super) fn changes_rules(&self) -> bool {
        !self.policy.is_empty() || self.rules().next().is_some()
    }

    fn rules(&self) -> impl Iterator<Item = (&str, &Table)> {
        [&self.property, &self.location, &self.places]
            .into_iter()
            .flatten()
            .map(|(place, rules)| (place.as_str(), rules))
    }

    /// The mapping with the changed rules.
    pub(super) fn mapping(&self, mapping: &str) -> Result<Mapping, Failure> {
        let mut whole: Table = toml::from_str(mapping)?;
        let policy = whole.entry("policy").or_insert(Value::Table(Table::new()));
        if let Value::Table(policy) = policy {
            policy.extend(self.policy.clone());
        }
        for (place, rules) in self.rules() {
            let table = find(&mut whole, place)?;
            for (key, value) in rules {
                if !RULES.contains(&key.as_str()) {
                    return Err(Failure::usage(format!(
                        "{place}: {key} is no rule of a property or location; there are {}",
                        RULES.join(", ")
                    )));
                }
                table.insert(key.clone(), value.clone());
            }
        }
        Value::Table(whole)
            .try_into()
            .map_err(|error: toml::de::Error| {
                Failure::usage(format!(
                    "{}{}; the keys are those of [policy], [[property]] and [[location]] in the configuration",
                    self.blamed(mapping),
                    plain(error.message())
                ))
            })
    }

    /// The first rule that alone makes the mapping unreadable, to be named.
    fn blamed(&self, mapping: &str) -> String {
        let bad = |(key, value): &(&String, &Value)| {
            let mut whole: Table = toml::from_str(mapping).unwrap_or_default();
            let policy = whole.entry("policy").or_insert(Value::Table(Table::new()));
            if let Value::Table(policy) = policy {
                policy.insert((*key).clone(), (*value).clone());
            }
            Value::Table(whole).try_into::<Mapping>().is_err()
        };
        let rules = [&self.policy]
            .into_iter()
            .chain(self.rules().map(|(_, rules)| rules));
        let mut rules = rules.flatten();
        rules.find(bad).map_or(String::new(), |(key, value)| {
            format!("{key}={}: ", words(value))
        })
    }

    /// All records, and how many of them were changed or left out.
    pub(super) fn records(&self, prepared: &Prepared) -> Result<(Vec<Record>, usize), Failure> {
        let mut edited = 0;
        let mut found: BTreeMap<&str, bool> =
            self.record.keys().map(|id| (id.as_str(), false)).collect();
        let mut records = Vec::with_capacity(prepared.timeline().records().len());
        for record in prepared.timeline().records() {
            let origin = prepared.origin(record.id()).map(|it| it.id.as_str());
            let edit = self
                .record
                .iter()
                .find(|(id, _)| Some(id.as_str()) == origin || record.id().as_str() == id.as_str());
            let Some((id, fields)) = edit else {
                records.push(record.clone());
                continue;
            };
            if let Some(seen) = found.get_mut(id.as_str()) {
                *seen = true;
            }
            edited += 1;
            if fields.get("removed") == Some(&Value::Boolean(true)) {
                continue;
            }
            let mut record = record.clone();
            for (field, value) in fields {
                let text = words(value);
                set(&mut record, field, &text)
                    .map_err(|why| Failure::usage(format!("{id}: {field} = {text:?}: {why}")))?;
            }
            records.push(record);
        }
        match found.into_iter().find(|(_, seen)| !seen) {
            None => Ok((records, edited)),
            Some((id, _)) => {
                let example = prepared.feed.origins.values().next();
                Err(Failure::usage(format!(
                    "there is no record {id}; give its id at the source, such as {}; `access-sync explain PERSON` shows them",
                    example.map_or("entrata:lease:410001", |origin| origin.id.as_str())
                )))
            }
        }
    }
}

/// What may be tried at a single place. What it opens is not among it: that reads other groups.
const RULES: [&str; 9] = [
    "start_time",
    "end_time",
    "early_access_days",
    "grace_days",
    "end_basis",
    "resident_types",
    "buffer_before_min",
    "buffer_after_min",
    "visit_minutes",
];

/// A property or location of the mapping, by its id, with or without the source's name before it.
fn find<'a>(mapping: &'a mut Table, place: &str) -> Result<&'a mut Table, Failure> {
    let wanted = place
        .rsplit_once(':')
        .map_or(place, |(_, id)| id)
        .to_owned();
    let mut known = Vec::new();
    let places = mapping
        .iter_mut()
        .filter(|(key, _)| ["property", "location"].contains(&key.as_str()))
        .filter_map(|(_, places)| places.as_array_mut())
        .flatten()
        .filter_map(Value::as_table_mut);
    for table in places {
        let id = table.get("id").map(words).unwrap_or_default();
        if id == wanted {
            return Ok(table);
        }
        known.push(id);
    }
    Err(Failure::usage(format!(
        "no property or location of the mapping is {place}; there are {}",
        known.join(", ")
    )))
}

fn split(pair: &str, flag: &str, example: &str) -> Result<(String, Value), Failure> {
    let (key, value) = pair.split_once('=').ok_or_else(|| {
        Failure::usage(format!(
            "{flag} {pair}: give KEY=VALUE, such as {flag} {example}"
        ))
    })?;
    let value = value.trim();
    let value = match (value.parse::<i64>(), value.parse::<bool>()) {
        (Ok(number), _) => Value::Integer(number),
        (_, Ok(flag)) => Value::Boolean(flag),
        _ => Value::String(value.to_owned()),
    };
    Ok((key.trim().to_owned(), value))
}

fn words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Boolean(flag) => flag.to_string(),
        Value::Datetime(at) => at.to_string(),
        _ => String::new(),
    }
}

/// Sets a field of a record; `Err` says what is wrong with it.
fn set(record: &mut Record, field: &str, text: &str) -> Result<(), String> {
    match (record, field) {
        (Record::Lease(it), "status") => it.status = LeaseStatus::from(text),
        (Record::Lease(it), "move_in") => it.move_in = date(text)?.into(),
        (Record::Lease(it), "move_out") => it.move_out = date(text)?.into(),
        (Record::Lease(it), "lease_end") => it.lease_end = date(text)?.into(),
        (Record::Lease(it), "start_time") => it.start_time = time(text)?,
        (Record::Lease(it), "end_time") => it.end_time = time(text)?,
        (Record::Booking(it) | Record::Visit(it), "status") => {
            it.status = BookingStatus::from(text)
        }
        (Record::Booking(it) | Record::Visit(it), "from" | "to") => edge(it, field, text)?,
        (Record::Contract(it), "status") => it.status = ContractStatus::from(text),
        (Record::Contract(it), "start_date") => it.start_date = date(text)?.into(),
        (Record::Contract(it), "end_date") => it.end_date = date(text)?.into(),
        (Record::DayPass(it), "status") => it.status = BookingStatus::from(text),
        (Record::DayPass(it), "date") => it.date = date(text)?.into(),
        (_, "removed") => {}
        (record, _) => {
            let fields = match record {
                Record::Lease(_) => "status, move_in, move_out, lease_end, start_time, end_time",
                Record::Booking(_) | Record::Visit(_) => "status, from, to",
                Record::Contract(_) => "status, start_date, end_date",
                Record::DayPass(_) => "status, date",
                _ => "only removed",
            };
            return Err(format!("a {} has {fields}, and removed", record.kind()));
        }
    }
    Ok(())
}

fn date(text: &str) -> Result<Option<NaiveDate>, String> {
    match text {
        "" => Ok(None),
        text => NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .map(Some)
            .map_err(|_| "give a day as YYYY-MM-DD, or nothing".into()),
    }
}

fn time(text: &str) -> Result<Option<NaiveTime>, String> {
    match text {
        "" => Ok(None),
        text => NaiveTime::parse_from_str(text, "%H:%M")
            .map(Some)
            .map_err(|_| "give a time of day as HH:MM, or nothing".into()),
    }
}

fn edge(booking: &mut Booking, field: &str, text: &str) -> Result<(), String> {
    let at: DateTime<Utc> = text
        .parse()
        .map_err(|_| "give an instant in UTC, such as 2026-03-10T17:00:00Z")?;
    let Span::Utc { from, to } = &mut booking.span else {
        return Err("this booking's span is not given in UTC".into());
    };
    match field {
        "from" => *from = at,
        _ => *to = at,
    }
    Ok(())
}
