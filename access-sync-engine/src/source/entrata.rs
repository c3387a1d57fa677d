//! Entrata as a source: leases, a person at a time.

use std::collections::{BTreeMap, BTreeSet};

use access_sync_core::ids::{SubjectId, TargetId};
use access_sync_core::record::{DateField, Lease as LeaseRecord, LeaseStatus as Standing, Record};
use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use entrata_api::{
    Customer, CustomerId, CustomerType, EntrataClient, EntrataDate, Lease, LeaseId, LeaseStatus,
    LeaseTimeline, LeftOutReason, MoveOutState, PropertyId, PropertyUnit, Resident, Residents,
    UnitId, is_property_not_permitted,
};

use super::{Feed, NoteCode, Origin, Person, Reading, Reread, Source, unknown};
use crate::access::Directory;
use crate::events::Hint;
use crate::mapping::{EndBasisWord, Mapping, PolicyConfig, Property};
use crate::{EngineError, Stage};

/// The leases of the properties that the mapping names.
#[derive(Clone, Debug)]
pub struct EntrataSource {
    client: EntrataClient,
    properties: Vec<Property>,
    policy: PolicyConfig,
}

/// All of them, ended and cancelled ones too: who is gone must be seen to be gone.
const STATUSES: [LeaseStatus; 6] = [
    LeaseStatus::Applicant,
    LeaseStatus::Cancelled,
    LeaseStatus::Future,
    LeaseStatus::Current,
    LeaseStatus::Notice,
    LeaseStatus::Past,
];

/// How the ids of leases begin.
const LEASE: &str = "entrata:lease:";
/// How the ids of people begin.
const CUSTOMER: &str = "entrata:customer:";
/// More people than this are not looked up one by one: a call for each, at each property.
const PEOPLE: usize = 5;
/// Leases looked up in one call.
const AT_ONCE: usize = 100;

impl EntrataSource {
    /// The properties of `mapping`, read by `client`.
    #[must_use]
    pub fn new(client: EntrataClient, mapping: &Mapping) -> Self {
        Self {
            client,
            properties: mapping.properties.clone(),
            policy: mapping.policy.clone(),
        }
    }

    /// Which of the mapped properties can be read.
    async fn visible(&self, feed: &mut Feed) -> Result<BTreeSet<PropertyId>, EngineError> {
        let listing = self.client.properties().list().all().await?;
        let rows = super::rows(feed, "Entrata properties", listing);
        Ok(rows
            .into_iter()
            .filter(|property| !property.is_disabled)
            .map(|property| property.id)
            .collect())
    }

    async fn property(
        &self,
        property: &Property,
        id: PropertyId,
        which: Which,
        reading: &Reading<'_>,
    ) -> Result<Feed, EngineError> {
        let mut feed = Feed::default();
        let all = matches!(which, Which::All);
        let query = match which {
            Which::All => self.client.leases(id),
            Which::Leases(ids) => self.client.leases(id).ids(ids),
            Which::Of(customer) => self.client.leases(id).customer(customer),
        };
        let query = query.statuses(STATUSES).include_history(true);
        let listing = query.all().await?;
        let what = format!("Entrata property {id}, leases");
        let leases = super::rows(&mut feed, &what, listing);
        if leases.is_empty() && !all {
            return Ok(feed);
        }
        let listing = self.client.property_units([id]).all().await?;
        let units = super::rows(&mut feed, &format!("Entrata property {id}, units"), listing);
        let mut building = Building::new(
            property,
            reading.directory,
            feed,
            &units,
            &self.policy,
            reading.now,
        );
        for lease in &leases {
            building.lease(lease);
        }
        Ok(building.feed)
    }
}

/// Which leases of a property are to be read.
enum Which {
    All,
    Leases(Vec<LeaseId>),
    Of(CustomerId),
}

#[async_trait]
impl Source for EntrataSource {
    fn name(&self) -> &str {
        "Entrata"
    }

    fn subject_prefix(&self) -> &str {
        "entrata:"
    }

    async fn read(&self, reading: &Reading<'_>) -> Result<Feed, EngineError> {
        let mut feed = Feed::default();
        if self.properties.is_empty() {
            return Ok(feed);
        }
        let visible = self.visible(&mut feed).await?;
        let total = self.properties.len();
        let mut failed = Vec::new();
        for (number, property) in self.properties.iter().enumerate() {
            reading
                .progress
                .at(Stage::Reading("Entrata"), number, total);
            let id = match property.id.parse::<PropertyId>() {
                Ok(id) if visible.contains(&id) => id,
                _ => {
                    let why = format!(
                        "Entrata property {}: not among those that the credentials may see",
                        property.id
                    );
                    feed.note(NoteCode::NotPermitted, why.clone());
                    feed.missing.push(why);
                    continue;
                }
            };
            match self.property(property, id, Which::All, reading).await {
                Ok(part) => feed.absorb(part),
                Err(error) => {
                    if matches!(&error, EngineError::Api(error) if is_property_not_permitted(error))
                    {
                        feed.note(
                            NoteCode::NotPermitted,
                            format!("Entrata property {id}: the credentials may not read it"),
                        );
                    }
                    feed.missing.push(format!("Entrata property {id}: {error}"));
                    failed.push(error);
                }
            }
        }
        reading.progress.at(Stage::Reading("Entrata"), total, total);
        match failed.into_iter().next() {
            // With nothing read at all there is nothing to go on with.
            Some(error) if feed.records.is_empty() => Err(error),
            _ => Ok(feed),
        }
    }

    async fn look(
        &self,
        reading: &Reading<'_>,
        hints: &BTreeSet<Hint>,
        known: &Feed,
    ) -> Result<Option<Reread>, EngineError> {
        let mut origins: BTreeMap<String, String> = BTreeMap::new();
        let mut people = Vec::new();
        for hint in hints {
            match hint {
                Hint::Lease(id) => {
                    // Where a lease is that was never seen nobody can say.
                    let id = format!("{LEASE}{id}");
                    let Some(origin) = known.origins.values().find(|it| it.id == id) else {
                        return Ok(None);
                    };
                    origins.insert(id, origin.property.clone());
                }
                Hint::Person(subject) => {
                    let id = subject.as_str().strip_prefix(CUSTOMER);
                    let Some(id) = id.and_then(|id| id.parse::<CustomerId>().ok()) else {
                        return Ok(None);
                    };
                    people.push((subject, id));
                }
                _ => return Ok(None),
            }
        }
        if people.len() > PEOPLE {
            return Ok(None);
        }
        let mut reread = self.reread(reading, &origins).await?;
        let mut asked: BTreeSet<String> = origins.into_keys().collect();
        for (subject, customer) in people {
            asked.extend(known.origins_of(subject));
            for property in &self.properties {
                let Ok(id) = property.id.parse::<PropertyId>() else {
                    return Ok(None);
                };
                let which = Which::Of(customer);
                let part = self.property(property, id, which, reading).await?;
                reread.feed.absorb(part);
            }
        }
        Ok(asked.is_subset(&reread.feed.told).then_some(reread))
    }

    async fn check(&self, _: &Reading<'_>) -> Result<Vec<String>, EngineError> {
        let mut faults = Vec::new();
        let visible = self.visible(&mut Feed::default()).await?;
        for property in &self.properties {
            let place = format!("property {}", property.id);
            let id = match property.id.parse::<PropertyId>() {
                Ok(id) if visible.contains(&id) => id,
                _ => {
                    faults.push(format!(
                        "{place}: not among those that the credentials may see"
                    ));
                    continue;
                }
            };
            let units = self.client.property_units([id]).all().await?.items;
            let known: BTreeSet<String> = units.iter().map(|unit| unit.id.to_string()).collect();
            let spaces: BTreeSet<String> = units
                .iter()
                .flat_map(|unit| unit.unit_spaces.iter().map(|space| space.id.to_string()))
                .collect();
            for (table, mapped, known) in [
                ("units", &property.units, &known),
                ("unit_spaces", &property.unit_spaces, &spaces),
            ] {
                faults.extend(unknown(&place, table, mapped, known));
            }
        }
        Ok(faults)
    }

    async fn reread(
        &self,
        reading: &Reading<'_>,
        origins: &BTreeMap<String, String>,
    ) -> Result<Reread, EngineError> {
        let mut reread = Reread::default();
        for property in &self.properties {
            let leases = Self::among(property, origins);
            let Ok(id) = property.id.parse::<PropertyId>() else {
                continue;
            };
            for some in leases.chunks(AT_ONCE) {
                let which = Which::Leases(some.to_vec());
                match self.property(property, id, which, reading).await {
                    Ok(part) => reread.feed.absorb(part),
                    // What cannot be read again stays as it is.
                    Err(error) => reread
                        .feed
                        .missing
                        .push(format!("Entrata property {id}, leases by id: {error}")),
                }
            }
        }
        Ok(reread)
    }
}

impl EntrataSource {
    /// The leases of one property among `origins`.
    fn among(property: &Property, origins: &BTreeMap<String, String>) -> Vec<LeaseId> {
        let place = place_id(property);
        origins
            .iter()
            .filter(|(_, its)| **its == place)
            .filter_map(|(origin, _)| origin.strip_prefix(LEASE)?.parse().ok())
            .collect()
    }
}

/// One property, while records are made of its leases.
struct Building<'a> {
    property: &'a Property,
    residents: Residents,
    today: NaiveDate,
    feed: Feed,
    common: Vec<TargetId>,
    units: BTreeMap<UnitId, (Option<String>, Vec<TargetId>)>,
    spaces: BTreeMap<String, Vec<TargetId>>,
    /// Days that the property's rules add to the policy's, which the planner knows.
    days_early: i64,
    days_late: i64,
}

impl<'a> Building<'a> {
    fn new(
        property: &'a Property,
        directory: &Directory,
        mut feed: Feed,
        units: &[PropertyUnit],
        policy: &PolicyConfig,
        now: DateTime<Utc>,
    ) -> Self {
        let place = format!("Entrata property {}", property.id);
        let common = feed.resolve(directory, &place, &property.common);
        let mut targets = BTreeMap::new();
        for unit in units {
            let number = unit.unit_number.clone();
            let groups = property.unit_groups(&unit.id.to_string(), number.as_deref());
            let place = format!(
                "Entrata unit {} ({})",
                unit.id,
                number.as_deref().unwrap_or("no number")
            );
            if groups.is_empty() && common.is_empty() {
                feed.note(
                    NoteCode::UnmappedPlace,
                    format!("{place}: no group is mapped; its leases open nothing"),
                );
            }
            let groups = feed.resolve(directory, &place, &groups);
            targets.insert(unit.id, (number, groups));
        }
        let mut spaces = BTreeMap::new();
        for (space, groups) in &property.unit_spaces {
            let place = format!("Entrata unit space {space}");
            spaces.insert(space.clone(), feed.resolve(directory, &place, groups));
        }
        let types = property.resident_types.iter();
        let more = |own: Option<u32>, all: Option<u32>| {
            own.map_or(0, |own| i64::from(own) - i64::from(all.unwrap_or(0)))
        };
        Self {
            spaces,
            days_early: more(property.early_access_days, policy.early_access_days),
            days_late: more(property.grace_days, policy.grace_days),
            property,
            residents: Residents::of(types.map(|word| CustomerType::from(word.as_str()))),
            today: now.with_timezone(&property.time_zone).date_naive(),
            feed,
            common,
            units: targets,
        }
    }

    fn lease(&mut self, lease: &Lease) {
        let unit = lease.unit_id.and_then(|id| self.units.get(&id));
        let unit_is_known = unit.is_some();
        let number = unit.and_then(|(number, _)| number.clone());
        let spoken = lease
            .unit_spaces
            .iter()
            .find_map(|space| space.unit_space.clone());
        let place = match number.or(spoken) {
            Some(number) => format!("unit {number}"),
            None => "no unit yet".into(),
        };
        let mut targets = self.common.clone();
        let spaces: Vec<TargetId> = lease
            .unit_spaces
            .iter()
            .filter_map(|space| self.spaces.get(&space.id.to_string()))
            .flatten()
            .cloned()
            .collect();
        targets.extend(spaces.iter().cloned());
        match unit {
            Some((_, groups)) => targets.extend(groups.iter().cloned()),
            None if !spaces.is_empty() => {}
            None => {
                let text = format!(
                    "Entrata lease {}: no known unit; only the property's common groups open",
                    lease.id
                );
                self.feed.note(NoteCode::UnmappedPlace, text);
            }
        }
        targets.sort();
        targets.dedup();
        let origin = Origin {
            id: origin_id(lease.id),
            property: place_id(self.property),
            units: lease
                .unit_id
                .iter()
                .map(|id| format!("entrata:unit:{id}"))
                .chain(
                    lease
                        .unit_spaces
                        .iter()
                        .map(|space| format!("entrata:unit_space:{}", space.id)),
                )
                .collect(),
            what: format!("lease {}", lease.id),
            place,
            time_zone: self.property.time_zone,
        };
        // A unit that is in no list may be a row that the list lost (it has no total to tell by): the
        // lease then is not given whole, and nobody loses the unit's groups by it.
        if unit_is_known || lease.unit_id.is_none() {
            self.feed.told.insert(origin.id.clone());
        }
        for customer in &lease.customers.items {
            let subject = subject(customer.id);
            self.feed
                .people
                .entry(subject)
                .or_insert_with(|| person(customer));
        }
        let timeline = LeaseTimeline::of(lease, &self.residents, self.today);
        let term_end = date(timeline.term_end.as_ref());
        for resident in &timeline.people {
            self.record(&origin, &targets, Stay::of(resident, term_end.clone()));
        }
        for left_out in &timeline.left_out {
            let id = left_out.customer_id;
            let role = match &left_out.reason {
                // The planner says why such a status opens nothing.
                LeftOutReason::LeaseStatus(status) | LeftOutReason::CustomerStatus(status) => {
                    self.record(&origin, &targets, Stay::none(id, status));
                    continue;
                }
                LeftOutReason::CustomerType(Some(role)) => role.as_str(),
                LeftOutReason::CustomerType(None) => "without a type",
                LeftOutReason::Guarantor => "guarantor",
                _ => "left out",
            };
            let text = format!(
                "{}: customer {id} ({role}) gets no access by their role",
                origin.what
            );
            self.feed.note(NoteCode::NotEntitled, text);
        }
    }

    fn record(&mut self, origin: &Origin, targets: &[TargetId], mut stay: Stay) {
        let property = self.property;
        let subject = subject(stay.customer);
        match property.end_basis {
            Some(EndBasisWord::MoveOut) => stay.term_end = DateField::Missing,
            Some(EndBasisWord::LeaseEnd) if stay.move_out == DateField::Missing => {
                stay.move_out = stay.term_end.clone();
            }
            _ => {}
        }
        let (early, late) = (self.days_early, self.days_late);
        self.feed.add(origin, &subject, targets, |id, target| {
            let record = LeaseRecord::new(id, subject.clone(), target, stay.standing.clone())
                .move_in(moved(&stay.move_in, -early))
                .move_out(moved(&stay.move_out, late))
                .lease_end(moved(&stay.term_end, late))
                .start_time(property.start_time)
                .end_time(property.end_time);
            Record::Lease(record.time_zone(property.time_zone))
        });
    }
}

/// One person's stay, in the planner's terms.
struct Stay {
    customer: CustomerId,
    standing: Standing,
    move_in: DateField,
    move_out: DateField,
    term_end: DateField,
}

impl Stay {
    fn of(resident: &Resident, term_end: DateField) -> Self {
        let move_out = match &resident.move_out {
            MoveOutState::Planned(day) | MoveOutState::Ended(day) => date(Some(day)),
            // Who has left without a day is told to the planner by the status alone.
            _ => DateField::Missing,
        };
        Self {
            customer: resident.customer_id,
            standing: Standing::from(resident.status.as_str()),
            move_in: date(resident.move_in.as_ref()),
            move_out,
            term_end,
        }
    }

    /// A status that opens nothing, whatever the days.
    fn none(customer: CustomerId, status: &LeaseStatus) -> Self {
        Self {
            customer,
            standing: Standing::from(status.as_str()),
            move_in: DateField::Missing,
            move_out: DateField::Missing,
            term_end: DateField::Missing,
        }
    }
}

fn origin_id(lease: LeaseId) -> String {
    format!("{LEASE}{lease}")
}

fn place_id(property: &Property) -> String {
    format!("entrata:property:{}", property.id)
}

fn subject(customer: CustomerId) -> SubjectId {
    SubjectId::new(format!("{CUSTOMER}{customer}"))
}

/// A date by so many days later; what is no date stays so.
fn moved(date: &DateField, days: i64) -> DateField {
    match date {
        DateField::Date(day) => day
            .checked_add_signed(TimeDelta::days(days))
            .map_or_else(|| date.clone(), DateField::Date),
        other => other.clone(),
    }
}

/// Text that is no date goes on as it is; the planner reports it.
fn date(date: Option<&EntrataDate>) -> DateField {
    match date {
        None => DateField::Missing,
        Some(date) => match date.day() {
            Some(day) => DateField::Date(day),
            None => DateField::from(date.text().unwrap_or_default()),
        },
    }
}

fn person(customer: &Customer) -> Person {
    let (last, first) = customer
        .name_full
        .as_deref()
        .and_then(|whole| whole.split_once(','))
        .unwrap_or_default();
    let name = |own: Option<&str>, from_whole: &str| own.unwrap_or(from_whole).trim().to_owned();
    let first = name(customer.first_name.as_deref(), first);
    let last = name(customer.last_name.as_deref(), last);
    // The access-control system wants both names.
    let (first, last) = match (first.is_empty(), last.is_empty()) {
        (false, false) => (first, last),
        (false, true) => (first.clone(), first),
        (true, false) => (last.clone(), last),
        (true, true) => ("Resident".into(), customer.id.to_string()),
    };
    Person::new(
        first,
        last,
        customer.email_address.as_deref().map(str::to_owned),
    )
}
