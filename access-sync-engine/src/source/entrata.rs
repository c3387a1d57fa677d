//! Entrata as a source: leases, a person at a time.

use std::collections::{BTreeMap, BTreeSet};

use access_sync_core::ids::{SubjectId, TargetId};
use access_sync_core::record::{DateField, Lease as LeaseRecord, LeaseStatus as Standing, Record};
use async_trait::async_trait;
use entrata_api::{
    Customer, EntrataClient, EntrataDate, Lease, LeaseStatus, PropertyId, PropertyUnit, UnitId,
    is_property_not_permitted,
};

use super::{Feed, NoteCode, Origin, Person, Reading, Source};
use crate::access::Directory;
use crate::mapping::{Mapping, Property};
use crate::{EngineError, Stage};

/// The leases of the properties that the mapping names.
#[derive(Clone, Debug)]
pub struct EntrataSource {
    client: EntrataClient,
    properties: Vec<Property>,
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

impl EntrataSource {
    /// The properties of `mapping`, read by `client`.
    #[must_use]
    pub fn new(client: EntrataClient, mapping: &Mapping) -> Self {
        Self {
            client,
            properties: mapping.properties.clone(),
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
        directory: &Directory,
    ) -> Result<Feed, EngineError> {
        let mut feed = Feed::default();
        let listing = self.client.property_units([id]).all().await?;
        let units = super::rows(&mut feed, &format!("Entrata property {id}, units"), listing);
        let listing = self
            .client
            .leases(id)
            .statuses(STATUSES)
            .include_history(true)
            .all()
            .await?;
        let leases = super::rows(
            &mut feed,
            &format!("Entrata property {id}, leases"),
            listing,
        );
        let mut building = Building::new(property, directory, feed, &units);
        for lease in &leases {
            building.lease(lease);
        }
        Ok(building.feed)
    }
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
            match self.property(property, id, reading.directory).await {
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
}

/// One property, while records are made of its leases.
struct Building<'a> {
    property: &'a Property,
    feed: Feed,
    common: Vec<TargetId>,
    units: BTreeMap<UnitId, (Option<String>, Vec<TargetId>)>,
}

impl<'a> Building<'a> {
    fn new(
        property: &'a Property,
        directory: &Directory,
        mut feed: Feed,
        units: &[PropertyUnit],
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
        Self {
            property,
            feed,
            common,
            units: targets,
        }
    }

    fn lease(&mut self, lease: &Lease) {
        let unit = lease.unit_id.and_then(|id| self.units.get(&id));
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
        match unit {
            Some((_, groups)) => targets.extend(groups.iter().cloned()),
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
            id: format!("entrata:lease:{}", lease.id),
            what: format!("lease {}", lease.id),
            place,
            time_zone: self.property.time_zone,
        };
        for customer in &lease.customers.items {
            self.customer(lease, customer, &origin, &targets);
        }
    }

    fn customer(
        &mut self,
        lease: &Lease,
        customer: &Customer,
        origin: &Origin,
        targets: &[TargetId],
    ) {
        let subject = SubjectId::new(format!("entrata:customer:{}", customer.id));
        self.feed
            .people
            .entry(subject.clone())
            .or_insert_with(|| person(customer));
        if !self.entitled(customer) {
            let role = customer
                .customer_type
                .as_ref()
                .map_or("without a type", |role| role.as_str());
            let text = format!(
                "{}: customer {} ({role}) gets no access by their role",
                origin.what, customer.id
            );
            self.feed.note(NoteCode::NotEntitled, text);
            return;
        }
        let standing = standing(lease, customer);
        let move_in = date(
            customer
                .move_in_date
                .as_ref()
                .or(lease.move_in_date.as_ref()),
        );
        let move_out = date(
            customer
                .move_out_date
                .as_ref()
                .or(lease.move_out_date.as_ref()),
        );
        let property = self.property;
        self.feed.add(origin, &subject, targets, |id, target| {
            let record = LeaseRecord::new(id, subject.clone(), target, standing.clone())
                .move_in(move_in.clone())
                .move_out(move_out.clone())
                .lease_end(term_end(lease))
                .start_time(property.start_time)
                .end_time(property.end_time);
            Record::Lease(record.time_zone(property.time_zone))
        });
    }

    /// By the customer's type, or by the company's own word for it. Unknown words get nothing.
    fn entitled(&self, customer: &Customer) -> bool {
        let words = customer
            .customer_type
            .as_ref()
            .map(|role| role.as_str())
            .into_iter();
        let mut words = words.chain(customer.relationship_name.as_deref());
        let listed = |word: &str| {
            self.property
                .resident_types
                .iter()
                .any(|own| own.eq_ignore_ascii_case(word))
        };
        match customer.customer_type {
            // A type that Entrata has must be listed itself; "Primary" as a relationship of a
            // guarantor is not enough.
            Some(entrata_api::CustomerType::Other(_)) | None => words.any(listed),
            _ => words.next().is_some_and(listed),
        }
    }
}

/// A person's own standing, where the lease itself still stands.
fn standing(lease: &Lease, customer: &Customer) -> Standing {
    let own = match lease.status {
        LeaseStatus::Future | LeaseStatus::Current | LeaseStatus::Notice => {
            customer.lease_customer_status.as_ref()
        }
        _ => None,
    };
    Standing::from(own.unwrap_or(&lease.status).as_str())
}

/// The end of the last term; none for a term that goes on from month to month or has no end. It ends
/// access only where the policy says so.
fn term_end(lease: &Lease) -> DateField {
    if lease.is_month_to_month == Some(true) {
        return DateField::Missing;
    }
    let standing = lease
        .lease_intervals
        .iter()
        .filter(|term| term.status != Some(LeaseStatus::Cancelled));
    let last = standing.max_by_key(|term| term.start_date.as_ref().and_then(EntrataDate::day));
    date(last.and_then(|term| term.end_date.as_ref()))
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
