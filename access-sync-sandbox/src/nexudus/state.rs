use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::actions::Change;
use super::auth::Tokens;
use super::entity::Entity;
use super::rows::Document;
use super::rows::{
    Booking, BookingVisitor, Business, CancelledBooking, Contract, Coworker, CoworkerTimePass,
    Desk, PausedPeriod, Resource, ResourceType, Tariff, Team, TimePass, Visitor,
};
use crate::limits::NexudusWindows;
use crate::variants::Variants;
use crate::webhooks::Delivery;

/// The e-mail address that is written into `UpdatedBy`.
pub(super) const ADMIN: &str = "ops@example.com";

/// A record with the stamps that every Nexudus record bears.
#[derive(Debug, Clone)]
pub(crate) struct Row<T> {
    pub(super) created: DateTime<Utc>,
    pub(super) updated: DateTime<Utc>,
    pub(super) value: T,
}

/// The records of one entity, by id.
#[derive(Debug, Clone)]
pub(crate) struct Table<T> {
    rows: BTreeMap<i64, Row<T>>,
    next: i64,
    /// Counts changes, for whatever is derived from the records.
    version: u64,
}

impl<T> Table<T> {
    fn from_id(next: i64) -> Self {
        Self {
            rows: BTreeMap::new(),
            next,
            version: 1,
        }
    }

    /// Adds or replaces a record and stamps it.
    pub(crate) fn put(&mut self, id: i64, value: T, now: DateTime<Utc>) {
        let created = self.rows.get(&id).map_or(now, |row| row.created);
        self.next = self.next.max(id + 1);
        self.version += 1;
        self.rows.insert(
            id,
            Row {
                created,
                updated: now,
                value,
            },
        );
    }

    pub(crate) fn add(&mut self, value: T, now: DateTime<Utc>) -> i64 {
        let id = self.next;
        self.put(id, value, now);
        id
    }

    pub(crate) fn get(&self, id: i64) -> Option<&T> {
        self.rows.get(&id).map(|row| &row.value)
    }

    pub(super) fn row(&self, id: i64) -> Option<&Row<T>> {
        self.rows.get(&id)
    }

    pub(super) fn remove(&mut self, id: i64) -> Option<T> {
        self.version += 1;
        self.rows.remove(&id).map(|row| row.value)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (i64, &T)> {
        self.rows.iter().map(|(id, row)| (*id, &row.value))
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// A record to change without a new stamp.
    pub(super) fn edit(&mut self, id: i64) -> Option<&mut T> {
        self.rows.get_mut(&id).map(|row| &mut row.value)
    }

    /// Sets the stamps of all records apart from each other, so that a cursor has something to
    /// cut between; the `n`th record was changed `n` hours before `now`.
    pub(crate) fn spread_stamps(&mut self, now: DateTime<Utc>) {
        let count = self.rows.len();
        for (index, row) in self.rows.values_mut().enumerate() {
            let hours = i64::try_from(count - index).unwrap_or(i64::MAX);
            let back = |hours: i64| {
                let span = TimeDelta::try_hours(hours).unwrap_or_default();
                now.checked_sub_signed(span).unwrap_or(now)
            };
            row.created = back(hours.saturating_add(720));
            row.updated = back(hours) + TimeDelta::nanoseconds(551_519_800);
        }
    }
}

/// Who belongs to whom, derived from the records.
#[derive(Debug, Clone, Default)]
struct Index {
    versions: [u64; 4],
    teams: BTreeMap<i64, Vec<i64>>,
    contracts: BTreeMap<i64, Vec<i64>>,
    desks: BTreeMap<i64, Vec<i64>>,
    pauses: BTreeMap<i64, Vec<i64>>,
    guests: BTreeMap<i64, Vec<i64>>,
}

/// How the wall clock of a location is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wall {
    pub(super) zone: Tz,
    pub(super) suffix: bool,
}

/// What all tables can tell, whatever their records are.
pub(super) trait Stamped {
    fn len(&self) -> usize;
    fn ids(&self) -> Box<dyn Iterator<Item = i64> + '_>;
    fn stamps(&self, id: i64) -> Option<(DateTime<Utc>, DateTime<Utc>)>;
}

impl<T> Stamped for Table<T> {
    fn len(&self) -> usize {
        self.rows.len()
    }

    fn ids(&self) -> Box<dyn Iterator<Item = i64> + '_> {
        Box::new(self.rows.keys().copied())
    }

    fn stamps(&self, id: i64) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        self.rows.get(&id).map(|row| (row.created, row.updated))
    }
}

/// Everything Nexudus holds.
#[derive(Debug, Clone)]
pub(crate) struct NexudusState {
    pub(crate) businesses: Table<Business>,
    pub(crate) coworkers: Table<Coworker>,
    pub(crate) teams: Table<Team>,
    pub(crate) resource_types: Table<ResourceType>,
    pub(crate) resources: Table<Resource>,
    pub(crate) bookings: Table<Booking>,
    pub(crate) cancelled_bookings: Table<CancelledBooking>,
    pub(crate) tariffs: Table<Tariff>,
    pub(crate) contracts: Table<Contract>,
    pub(crate) paused_periods: Table<PausedPeriod>,
    pub(crate) desks: Table<Desk>,
    pub(crate) time_passes: Table<TimePass>,
    pub(crate) coworker_time_passes: Table<CoworkerTimePass>,
    pub(crate) visitors: Table<Visitor>,
    pub(crate) booking_visitors: Table<BookingVisitor>,
    index: Index,
    pub(super) webhooks: Table<Document>,
    documents: BTreeMap<Entity, Table<Document>>,
    /// Signs webhooks; unsigned without it.
    pub(super) hook_secret: Option<String>,
    pub(super) hook_signs_raw_bytes: bool,
    pub(crate) outbox: Vec<Delivery>,
    /// How far webhooks that the clock triggers are sent.
    pub(super) settled: Option<DateTime<Utc>>,
    pub(super) variants: Variants,
    pub(crate) page_cap: usize,
    /// Paths of entities for which the user lacks the role.
    pub(super) denied: BTreeSet<String>,
    pub(super) tokens: Tokens,
    pub(crate) windows: NexudusWindows,
}

impl Default for NexudusState {
    fn default() -> Self {
        Self {
            businesses: Table::from_id(1_420_000_900),
            coworkers: Table::from_id(1_415_900_900),
            teams: Table::from_id(1_417_700_900),
            resource_types: Table::from_id(1_414_984_900),
            resources: Table::from_id(1_414_925_900),
            bookings: Table::from_id(1_418_700_900),
            cancelled_bookings: Table::from_id(1_418_800_601),
            tariffs: Table::from_id(1_416_800_900),
            contracts: Table::from_id(1_416_500_900),
            paused_periods: Table::from_id(1_416_700_101),
            desks: Table::from_id(1_416_300_900),
            time_passes: Table::from_id(1_416_900_900),
            coworker_time_passes: Table::from_id(1_419_000_900),
            visitors: Table::from_id(1_419_800_900),
            booking_visitors: Table::from_id(1_419_900_900),
            index: Index::default(),
            webhooks: Table::from_id(1_417_900_881),
            documents: BTreeMap::new(),
            hook_secret: Some("sandbox-hook-secret".to_owned()),
            hook_signs_raw_bytes: false,
            outbox: Vec::new(),
            settled: None,
            variants: Variants::default(),
            page_cap: 1000,
            denied: BTreeSet::new(),
            tokens: Tokens::default(),
            windows: NexudusWindows::default(),
        }
    }
}

impl NexudusState {
    /// The table of an entity that is kept as documents.
    pub(super) fn documents(&self, entity: Entity) -> Option<&Table<Document>> {
        static EMPTY: Table<Document> = Table {
            rows: BTreeMap::new(),
            next: 0,
            version: 0,
        };
        super::documents::fields(entity)?;
        Some(match entity {
            Entity::WebHooks => &self.webhooks,
            _ => self.documents.get(&entity).unwrap_or(&EMPTY),
        })
    }

    pub(super) fn documents_mut(&mut self, entity: Entity) -> Option<&mut Table<Document>> {
        super::documents::fields(entity)?;
        Some(match entity {
            Entity::WebHooks => &mut self.webhooks,
            _ => self
                .documents
                .entry(entity)
                .or_insert_with(|| Table::from_id(1_417_000_901)),
        })
    }

    /// The zone of a location's `…Local` values, and how they are written.
    pub(super) fn wall(&self, business_id: i64) -> Wall {
        Wall {
            zone: self.zone(business_id),
            suffix: !self.variants.nexudus_local_without_suffix,
        }
    }

    pub(crate) fn zone(&self, business_id: i64) -> Tz {
        let business = self.businesses.get(business_id);
        business.map_or(Tz::UTC, |business| business.time_zone)
    }

    /// Moves a booking to the cancelled ones; the snapshot's id, or `None` where there is none.
    pub(crate) fn cancel(&mut self, id: i64, reason: i64, now: DateTime<Utc>) -> Option<i64> {
        self.changed(Entity::Bookings, id, Change::Deleted, now);
        let booking = self.bookings.remove(id)?;
        self.reindex();
        for guest in self.guests_of(id) {
            self.booking_visitors.remove(guest);
        }
        let snapshot = CancelledBooking {
            booking,
            original_id: id,
            cancelled_on: now,
            cancelled_by: ADMIN.to_owned(),
            reason,
        };
        Some(self.cancelled_bookings.add(snapshot, now))
    }

    /// Brings what is derived up to date; nearly free where nothing has changed.
    pub(crate) fn reindex(&mut self) {
        let versions = [
            self.teams.version,
            self.contracts.version,
            self.paused_periods.version,
            self.booking_visitors.version,
        ];
        if versions == self.index.versions {
            return;
        }
        let [teams, contracts, pauses, guests] = self.index.versions;
        if teams != self.teams.version {
            let all = self.teams.iter();
            let pairs = all.flat_map(|(id, team)| team.members.iter().map(move |who| (*who, id)));
            self.index.teams = grouped(pairs);
        }
        if contracts != self.contracts.version {
            let all = self.contracts.iter();
            self.index.contracts = grouped(all.map(|(id, row)| (row.coworker_id, id)));
            let all = self.contracts.iter();
            let pairs = all.flat_map(|(id, row)| row.desks.iter().map(move |desk| (*desk, id)));
            self.index.desks = grouped(pairs);
        }
        if pauses != self.paused_periods.version {
            let all = self.paused_periods.iter();
            self.index.pauses = grouped(all.map(|(id, row)| (row.contract_id, id)));
        }
        if guests != self.booking_visitors.version {
            let all = self.booking_visitors.iter();
            self.index.guests = grouped(all.map(|(id, row)| (row.booking_id, id)));
        }
        self.index.versions = versions;
    }

    pub(super) fn teams_of(&self, coworker: i64) -> Vec<(i64, &Team)> {
        let ids = self.index.teams.get(&coworker).into_iter().flatten();
        ids.filter_map(|id| Some((*id, self.teams.get(*id)?)))
            .collect()
    }

    /// Contracts of a coworker that have not ended.
    pub(super) fn contracts_of(&self, coworker: i64, now: DateTime<Utc>) -> Vec<(i64, &Contract)> {
        let ids = self.index.contracts.get(&coworker).into_iter().flatten();
        ids.filter_map(|id| Some((*id, self.contracts.get(*id)?)))
            .filter(|(_, contract)| !contract.ended(now))
            .collect()
    }

    /// Contracts that hold a desk and have not ended.
    pub(super) fn contracts_at(&self, desk: i64, now: DateTime<Utc>) -> Vec<(i64, &Contract)> {
        let ids = self.index.desks.get(&desk).into_iter().flatten();
        ids.filter_map(|id| Some((*id, self.contracts.get(*id)?)))
            .filter(|(_, contract)| !contract.ended(now))
            .collect()
    }

    /// How many contracts of a coworker run.
    pub(crate) fn running_contracts(&self, coworker: i64, now: DateTime<Utc>) -> usize {
        let rows = self.contracts_of(coworker, now).into_iter();
        rows.filter(|(_, contract)| contract.is_active(now)).count()
    }

    /// The pause that a contract is in.
    pub(super) fn pause(&self, contract: i64, now: DateTime<Utc>) -> Option<&PausedPeriod> {
        let ids = self.index.pauses.get(&contract).into_iter().flatten();
        let mut rows = ids.filter_map(|id| self.paused_periods.get(*id));
        rows.find(|row| row.from <= now && now < row.until)
    }

    /// Visitors of a booking, by the ids of their links.
    pub(super) fn guests_of(&self, booking: i64) -> Vec<i64> {
        self.index.guests.get(&booking).cloned().unwrap_or_default()
    }
}

fn grouped(pairs: impl Iterator<Item = (i64, i64)>) -> BTreeMap<i64, Vec<i64>> {
    let mut groups: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for (of, id) in pairs {
        groups.entry(of).or_default().push(id);
    }
    groups
}
