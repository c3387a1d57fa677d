//! Nexudus as a source: bookings, and contracts with desks, teams and pauses.

mod contracts;
mod look;
mod visits;

use std::collections::{BTreeMap, BTreeSet};

use access_sync_core::ids::SubjectId;
use access_sync_core::policy::Policy;
use access_sync_core::record::{Booking, BookingStatus, Record, Span};
use access_sync_http::Listing;
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use nexudus_api::{
    BookingId, BookingRow, BusinessId, CancelledBookings, CoworkerContractId, CoworkerId,
    CoworkerRow, CoworkerType, FloorPlanDeskId, FloorPlanDeskRow, NexudusClient, ResourceId,
    ResourceRow,
};

use super::{Feed, NoteCode, Origin, Person, Reading, Reread, Source, unknown};
use crate::access::Directory;
use crate::events::Hint;
use crate::mapping::{GroupRef, Location, Mapping};
use crate::{EngineError, Stage};
use look::Named;

/// The bookings and contracts of a Nexudus account, at the locations that the mapping names.
#[derive(Clone, Debug)]
pub struct NexudusSource {
    client: NexudusClient,
    locations: Vec<Location>,
    policy: Policy,
}

/// Bookings are read from this long before now: one that has just ended must still be seen to end.
const BACK: TimeDelta = TimeDelta::days(2);
/// Cancellations are looked for so far back.
const CANCELLED: TimeDelta = TimeDelta::days(60);
/// How the ids of bookings begin.
const BOOKING: &str = "nexudus:booking:";
/// How the ids of contracts begin.
const CONTRACT: &str = "nexudus:contract:";
/// And until this long after it, to know the transitions ahead.
const AHEAD: TimeDelta = TimeDelta::days(14);

impl NexudusSource {
    /// The locations of `mapping`, read by `client`.
    #[must_use]
    pub fn new(client: NexudusClient, mapping: &Mapping) -> Self {
        Self {
            client,
            locations: mapping.locations.clone(),
            policy: mapping.policy.to_policy(),
        }
    }

    async fn beside_bookings(&self, house: &mut House<'_>) -> Result<(), EngineError> {
        let contracts = self.client.contracts().list().all().await?;
        let contracts = house.whole("contracts", contracts);
        house.contracts(&self.client, &contracts).await?;
        house.passes(&self.client, None).await?;
        house.visits(&self.client, None).await
    }
}

#[async_trait]
impl Source for NexudusSource {
    fn name(&self) -> &str {
        "Nexudus"
    }

    fn subject_prefix(&self) -> &str {
        "nexudus:"
    }

    async fn read(&self, reading: &Reading<'_>) -> Result<Feed, EngineError> {
        if self.locations.is_empty() {
            return Ok(Feed::default());
        }
        let mut house = House::new(self, reading);
        let step = |number| reading.progress.at(Stage::Reading("Nexudus"), number, 6);
        step(0);
        house.furnish(&self.client).await?;
        step(3);
        let (from, until) = (reading.now - BACK, reading.now + AHEAD);
        let bookings = self
            .client
            .bookings()
            .list()
            .overlapping(from, until)
            .all()
            .await?;
        let bookings = house.whole("bookings", bookings);
        step(4);
        house.people();
        house.places();
        for booking in &bookings {
            house.booking(booking);
        }
        step(5);
        // Roles refuse single lists. What the others tell still counts.
        if let Err(error) = self.beside_bookings(&mut house).await {
            house.feed.missing.push(format!("Nexudus: {error}"));
        }
        step(6);
        Ok(house.feed)
    }

    async fn check(&self, reading: &Reading<'_>) -> Result<Vec<String>, EngineError> {
        let mut faults = Vec::new();
        if self.locations.is_empty() {
            return Ok(faults);
        }
        let businesses = self.client.businesses().list().all().await?.items;
        let businesses: BTreeSet<String> = businesses.iter().map(|it| it.id.to_string()).collect();
        let mut house = House::new(self, reading);
        house.furnish(&self.client).await?;
        let resources = house.resources.keys().map(ToString::to_string).collect();
        let desks = house.desks.keys().map(ToString::to_string).collect();
        for location in &self.locations {
            let place = format!("location {}", location.id);
            if !businesses.contains(&location.id) {
                faults.push(format!(
                    "{place}: not among those that the credentials may see"
                ));
            }
            let tables: [(&str, _, &BTreeSet<String>); 2] = [
                ("resources", &location.resources, &resources),
                ("desks", &location.desks, &desks),
            ];
            for (table, mapped, known) in tables {
                faults.extend(unknown(&place, table, mapped, known));
            }
        }
        Ok(faults)
    }

    async fn look(
        &self,
        reading: &Reading<'_>,
        hints: &BTreeSet<Hint>,
        known: &Feed,
    ) -> Result<Option<Reread>, EngineError> {
        match Named::by(hints, known) {
            Some(named) => self.look_at(reading, named).await,
            None => Ok(None),
        }
    }

    async fn reread(
        &self,
        reading: &Reading<'_>,
        origins: &BTreeMap<String, String>,
    ) -> Result<Reread, EngineError> {
        let mut reread = Reread::default();
        let bookings: Vec<BookingId> = ids(origins, BOOKING);
        let mut left: Vec<BookingId> = Vec::new();
        if !bookings.is_empty() {
            let cancelled = self.cancelled(reading.now).await?;
            for id in bookings {
                if cancelled.contains(&id.to_string()) {
                    reread.ended.insert(format!("{BOOKING}{id}"));
                } else {
                    left.push(id);
                }
            }
        }
        // An id that does not come back is no proof of anything.
        let bookings = match left.as_slice() {
            [] => Vec::new(),
            some => self.client.bookings().batch(some).await?.items,
        };
        let contracts = match ids::<CoworkerContractId>(origins, CONTRACT).as_slice() {
            [] => Vec::new(),
            some => self.client.contracts().batch(some).await?.items,
        };
        if bookings.is_empty() && contracts.is_empty() {
            return Ok(reread);
        }
        let mut house = House::new(self, reading);
        house.furnish(&self.client).await?;
        house.people();
        for booking in &bookings {
            house.booking(booking);
        }
        if !contracts.is_empty() {
            house.contracts(&self.client, &contracts).await?;
        }
        reread.feed = house.feed;
        Ok(reread)
    }
}

impl NexudusSource {
    /// Ids of bookings that were cancelled lately; of cancelled ones only a snapshot is left.
    async fn cancelled(&self, now: DateTime<Utc>) -> Result<BTreeSet<String>, EngineError> {
        let since = now.checked_sub_signed(CANCELLED).unwrap_or(now);
        let snapshots = self
            .client
            .cancelled_bookings()
            .list()
            .filter(CancelledBookings::CANCELLED_ON.from(since))
            .all()
            .await?;
        // A list that is not whole says less, and nothing wrong.
        let ids = snapshots.items.into_iter();
        Ok(ids.filter_map(|it| it.original_booking_id).collect())
    }
}

/// The ids among `origins` that begin so.
fn ids<T: std::str::FromStr>(origins: &BTreeMap<String, String>, kind: &str) -> Vec<T> {
    let of = origins
        .keys()
        .filter_map(|origin| origin.strip_prefix(kind));
    of.filter_map(|id| id.parse().ok()).collect()
}

/// What was read of one account, while records are made of it.
struct House<'a> {
    locations: BTreeMap<BusinessId, &'a Location>,
    directory: &'a Directory,
    policy: &'a Policy,
    now: DateTime<Utc>,
    coworkers: BTreeMap<CoworkerId, CoworkerRow>,
    resources: BTreeMap<ResourceId, ResourceRow>,
    desks: BTreeMap<FloorPlanDeskId, FloorPlanDeskRow>,
    feed: Feed,
}

impl<'a> House<'a> {
    fn new(source: &'a NexudusSource, reading: &Reading<'a>) -> Self {
        let ids = source
            .locations
            .iter()
            .filter_map(|location| Some((location.id.parse().ok()?, location)));
        Self {
            locations: ids.collect(),
            directory: reading.directory,
            policy: &source.policy,
            now: reading.now,
            coworkers: BTreeMap::new(),
            resources: BTreeMap::new(),
            desks: BTreeMap::new(),
            feed: Feed::default(),
        }
    }

    /// People, rooms and desks.
    async fn furnish(&mut self, client: &NexudusClient) -> Result<(), EngineError> {
        let coworkers = client.coworkers().list().all().await?;
        let coworkers = self.whole("coworkers", coworkers).into_iter();
        self.coworkers = coworkers.map(|it| (it.id, it)).collect();
        let resources = client.resources().list().all().await?;
        let resources = self.whole("resources", resources).into_iter();
        self.resources = resources.map(|it| (it.id, it)).collect();
        let desks = client.floor_plan_desks().list().all().await?;
        let desks = self.whole("desks", desks).into_iter();
        self.desks = desks.map(|it| (it.id, it)).collect();
        Ok(())
    }

    /// The rows of a listing; what it lacks is noted.
    fn whole<T>(&mut self, what: &str, listing: Listing<T>) -> Vec<T> {
        super::rows(&mut self.feed, &format!("Nexudus {what}"), listing)
    }

    /// Everybody who is a person. Companies pay; they open no doors.
    fn people(&mut self) {
        for coworker in self.coworkers.values().filter(|it| !is_company(it)) {
            self.feed
                .people
                .insert(subject(coworker.id), person(coworker));
        }
    }

    /// All groups of the mapped locations, so that what nobody is entitled to any more is seen too.
    fn places(&mut self) {
        for location in self.locations.clone().into_values() {
            let place = format!("Nexudus location {}", location.id);
            self.feed.resolve(self.directory, &place, &location.common);
            self.feed.resolve(self.directory, &place, &location.way_in);
            self.feed
                .resolve(self.directory, &place, &location.visitors);
            let tables = [&location.plans, &location.desk_variants, &location.passes];
            for groups in tables.into_iter().flat_map(BTreeMap::values) {
                self.feed.resolve(self.directory, &place, groups);
            }
        }
        let resources: Vec<_> = self.resources.keys().copied().collect();
        let desks: Vec<_> = self.desks.keys().copied().collect();
        for resource in resources {
            self.resource_groups(resource);
        }
        for desk in desks {
            self.desk_groups(desk);
        }
    }

    fn booking(&mut self, booking: &BookingRow) {
        // Without a coworker staff have blocked the resource: there is nobody to let in.
        let Some(id) = booking.coworker_id else {
            return;
        };
        let Some((location, groups, name)) = self.resource_groups(booking.resource_id) else {
            return;
        };
        let Some(coworker) = self.coworkers.get(&id) else {
            return;
        };
        let origin = Origin {
            id: format!("{BOOKING}{}", booking.id),
            property: format!("nexudus:location:{}", location.id),
            units: vec![format!("nexudus:resource:{}", booking.resource_id)],
            what: format!("booking {}", booking.id),
            place: name,
            time_zone: location.time_zone,
        };
        self.feed.told.insert(origin.id.clone());
        let status = booking_status(booking, coworker);
        if is_company(coworker) {
            let text = format!(
                "{}: booked by a company; nobody is named who could come",
                origin.what
            );
            self.feed.note(NoteCode::NotEntitled, text);
            return;
        }
        let mut targets = groups;
        targets.extend(
            self.feed
                .resolve(self.directory, &origin.what, &location.way_in),
        );
        let span = self.buffered(location, booking.from_time, booking.to_time);
        self.feed
            .add(&origin, &subject(id), &targets, |record, target| {
                let booking =
                    Booking::new(record, subject(id), target, status.clone(), span.clone());
                Record::Booking(booking.time_zone(location.time_zone))
            });
    }

    /// A booking's span. The planner adds the policy's minutes before and after; what a location has
    /// more or less of them is added here. A span that is none stays so, to be reported.
    fn buffered(&self, location: &Location, from: DateTime<Utc>, to: DateTime<Utc>) -> Span {
        let more = |own: Option<u32>, all: u32| {
            TimeDelta::minutes(own.map_or(0, |own| i64::from(own) - i64::from(all)))
        };
        let before = more(location.buffer_before_min, self.policy.buffer_before_min);
        let after = more(location.buffer_after_min, self.policy.buffer_after_min);
        let shifted = from
            .checked_sub_signed(before)
            .zip(to.checked_add_signed(after))
            .filter(|(start, end)| from < to && start < end);
        let (from, to) = shifted.unwrap_or((from, to));
        Span::Utc { from, to }
    }

    /// A resource's location, groups and name; none where its location is not mapped.
    fn resource_groups(
        &mut self,
        id: ResourceId,
    ) -> Option<(&'a Location, Vec<access_sync_core::TargetId>, String)> {
        let resource = self.resources.get(&id)?;
        let location = *self.locations.get(&resource.business_id?)?;
        let name = resource
            .name
            .clone()
            .unwrap_or_else(|| format!("resource {id}"));
        let groups = match location.resources.get(&id.to_string()) {
            Some(groups) => groups.clone(),
            None if location.from_source => from_source(&resource.access_groups()),
            None => Vec::new(),
        };
        let place = format!("Nexudus resource {id} ({name})");
        if groups.is_empty() && resource.archived != Some(true) {
            self.feed.note(
                NoteCode::UnmappedPlace,
                format!("{place}: no group is mapped; its bookings open nothing of it"),
            );
        }
        Some((
            location,
            self.feed.resolve(self.directory, &place, &groups),
            name,
        ))
    }

    /// As [`House::resource_groups`], for an office or desk.
    fn desk_groups(
        &mut self,
        id: FloorPlanDeskId,
    ) -> Option<(&'a Location, Vec<access_sync_core::TargetId>, String)> {
        let desk = self.desks.get(&id)?;
        let location = *self.locations.get(&desk.floor_plan_business_id?)?;
        let name = desk.name.clone().unwrap_or_else(|| format!("desk {id}"));
        let groups = match location.desks.get(&id.to_string()) {
            Some(groups) => groups.clone(),
            None if location.from_source => from_source(
                &desk
                    .access_control_group_id
                    .as_deref()
                    .into_iter()
                    .collect::<Vec<_>>(),
            ),
            None => Vec::new(),
        };
        let place = format!("Nexudus desk {id} ({name})");
        if groups.is_empty() {
            self.feed.note(
                NoteCode::UnmappedPlace,
                format!("{place}: no group is mapped; its contracts open nothing of it"),
            );
        }
        Some((
            location,
            self.feed.resolve(self.directory, &place, &groups),
            name,
        ))
    }
}

/// What Nexudus keeps for its own integration: for Brivo, group ids.
fn from_source(groups: &[&str]) -> Vec<GroupRef> {
    groups
        .iter()
        .map(|group| group.trim())
        .filter(|group| !group.is_empty())
        .map(|group| GroupRef::Id(group.to_owned()))
        .collect()
}

fn subject(id: CoworkerId) -> SubjectId {
    SubjectId::new(format!("nexudus:coworker:{id}"))
}

fn is_company(coworker: &CoworkerRow) -> bool {
    coworker.coworker_type == Some(CoworkerType::Company)
}

/// Why a coworker's records grant nothing; none where they do.
fn excluded(coworker: &CoworkerRow) -> Option<&'static str> {
    if coworker.archived == Some(true) {
        Some("customer archived")
    } else if coworker.active == Some(false) {
        Some("customer suspended")
    } else {
        None
    }
}

fn booking_status(booking: &BookingRow, coworker: &CoworkerRow) -> BookingStatus {
    match excluded(coworker) {
        Some(why) => BookingStatus::from(why),
        None if booking.tentative == Some(true) => BookingStatus::Tentative,
        None => BookingStatus::Confirmed,
    }
}

fn person(coworker: &CoworkerRow) -> Person {
    let whole = coworker.full_name.as_deref().unwrap_or_default().trim();
    let (first, last) = whole.split_once(' ').unwrap_or((whole, ""));
    let given = |guess: Option<&str>, own: &str| {
        guess
            .filter(|name| !name.trim().is_empty())
            .unwrap_or(own)
            .trim()
            .to_owned()
    };
    let first = given(coworker.guessed_first_name.as_deref(), first);
    // The access-control system wants both names; a single one stands for both.
    let last = given(coworker.guessed_last_name.as_deref(), last);
    let last = if last.is_empty() { first.clone() } else { last };
    Person::new(first, last, coworker.email.as_deref().map(str::to_owned))
}
