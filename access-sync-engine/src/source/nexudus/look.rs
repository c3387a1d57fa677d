//! What a hint names, read by itself.

use std::collections::BTreeSet;

use access_sync_core::ids::SubjectId;
use nexudus_api::{
    BookingId, BookingRow, Bookings, ContractPausedPeriods, CoworkerContractId,
    CoworkerContractRow, CoworkerContracts, CoworkerId, FloorPlanDeskId, ResourceId, Row,
};

use super::{AHEAD, BACK, BOOKING, CONTRACT, House, NexudusSource};
use crate::EngineError;
use crate::events::Hint;
use crate::source::{Feed, Reading, Reread};

/// How the ids of people begin.
const COWORKER: &str = "nexudus:coworker:";
/// More than this is not looked up piece by piece.
const BOOKINGS: usize = 100;
/// Each of these takes a few calls.
const PEOPLE: usize = 3;
/// Each of these takes a call for its pauses.
const CONTRACTS: usize = 5;

/// What hints name.
#[derive(Debug, Default)]
pub(super) struct Named {
    bookings: BTreeSet<BookingId>,
    contracts: BTreeSet<CoworkerContractId>,
    people: BTreeSet<CoworkerId>,
}

impl Named {
    /// None where it is not named by id, or is so much that the whole costs less.
    pub(super) fn by(hints: &BTreeSet<Hint>, known: &Feed) -> Option<Self> {
        let mut named = Self::default();
        for hint in hints {
            match hint {
                Hint::Booking(id) => {
                    named.bookings.insert(id.parse().ok()?);
                }
                Hint::Contract(id) => {
                    named.contracts.insert(id.parse().ok()?);
                }
                Hint::Person(subject) => named.person(subject, known)?,
                _ => return None,
            }
        }
        let few = named.bookings.len() <= BOOKINGS
            && named.contracts.len() <= CONTRACTS
            && named.people.len() <= PEOPLE;
        few.then_some(named)
    }

    /// A person is looked at with all that was known of them: what is gone must be seen to be gone.
    fn person(&mut self, subject: &SubjectId, known: &Feed) -> Option<()> {
        let id = subject.as_str().strip_prefix(COWORKER)?;
        self.people.insert(id.parse().ok()?);
        for origin in known.origins_of(subject) {
            if let Some(id) = origin.strip_prefix(BOOKING) {
                self.bookings.insert(id.parse().ok()?);
            } else if let Some(id) = origin.strip_prefix(CONTRACT) {
                self.contracts.insert(id.parse().ok()?);
            }
        }
        Some(())
    }
}

impl NexudusSource {
    /// Reads what is named, and whoever and whatever it takes to understand it. None where something
    /// did not come back and is not known to have ended.
    pub(super) async fn look_at(
        &self,
        reading: &Reading<'_>,
        named: Named,
    ) -> Result<Option<Reread>, EngineError> {
        let client = &self.client;
        let mut house = House::new(self, reading);
        let mut reread = Reread::default();

        let asked: Vec<BookingId> = named.bookings.iter().copied().collect();
        let mut bookings: Vec<BookingRow> = match asked.as_slice() {
            [] => Vec::new(),
            some => client.bookings().batch(some).await?.items,
        };
        let mut contracts: Vec<CoworkerContractRow> = match &named.contracts {
            none if none.is_empty() => Vec::new(),
            some => {
                let some: Vec<_> = some.iter().copied().collect();
                client.contracts().batch(&some).await?.items
            }
        };
        for person in &named.people {
            let list = client.bookings().list();
            let list = list.overlapping(reading.now - BACK, reading.now + AHEAD);
            let of = list.filter(Bookings::COWORKER.is(*person)).all().await?;
            add(&mut bookings, house.whole("bookings", of));
            let list = client.contracts().list();
            let of = list.filter(CoworkerContracts::COWORKER.is(*person));
            let of = of.all().await?;
            add(&mut contracts, house.whole("contracts", of));
        }
        let back: BTreeSet<BookingId> = bookings.iter().map(|it| it.id).collect();
        if !named.bookings.is_subset(&back) {
            let cancelled = self.cancelled(reading.now).await?;
            for gone in named.bookings.difference(&back) {
                if !cancelled.contains(&gone.to_string()) {
                    return Ok(None);
                }
                reread.ended.insert(format!("{BOOKING}{gone}"));
            }
        }
        let back: BTreeSet<CoworkerContractId> = contracts.iter().map(|it| it.id).collect();
        if !named.contracts.is_subset(&back) || contracts.len() > CONTRACTS {
            return Ok(None);
        }

        let mut pauses = Vec::new();
        for contract in &contracts {
            let list = client.paused_periods().list();
            let of = list.filter(ContractPausedPeriods::COWORKER_CONTRACT.is(contract.id));
            let of = of.all().await?;
            pauses.extend(house.whole("paused periods", of));
        }
        let teams = match contracts.as_slice() {
            [] => super::contracts::Teams::new(),
            some => house.teams(client, some).await?,
        };
        let mut people = named.people.clone();
        people.extend(bookings.iter().filter_map(|it| it.coworker_id));
        people.extend(contracts.iter().map(|it| it.coworker_id));
        people.extend(teams.values().flatten());
        self.furnish_with(&mut house, &people, &bookings, &contracts)
            .await?;
        if !house.feed.missing.is_empty() {
            return Ok(None);
        }
        house.people();
        let (from, until) = (reading.now - BACK, reading.now + AHEAD);
        for booking in &bookings {
            // As the whole reading has them; what lies further ahead comes with it in time.
            if booking.from_time <= until && booking.to_time >= from {
                house.booking(booking);
            }
            house.feed.told.insert(format!("{BOOKING}{}", booking.id));
        }
        for contract in &contracts {
            house.feed.told.insert(format!("{CONTRACT}{}", contract.id));
        }
        house.with_contracts(&contracts, pauses, &teams);
        for person in &named.people {
            house.passes(client, Some(*person)).await?;
            house.visits(client, Some(*person)).await?;
        }
        reread.feed = house.feed;
        Ok(Some(reread))
    }

    /// These people, and the rooms and desks of these bookings and contracts. What does not come back
    /// is missing.
    async fn furnish_with(
        &self,
        house: &mut House<'_>,
        people: &BTreeSet<CoworkerId>,
        bookings: &[BookingRow],
        contracts: &[CoworkerContractRow],
    ) -> Result<(), EngineError> {
        let client = &self.client;
        let people: Vec<CoworkerId> = people.iter().copied().collect();
        if !people.is_empty() {
            let rows = client.coworkers().batch(&people).await?;
            let rows = house.whole("coworkers", rows).into_iter();
            house.coworkers = rows.map(|it| (it.id, it)).collect();
        }
        let resources: BTreeSet<ResourceId> = bookings.iter().map(|it| it.resource_id).collect();
        if !resources.is_empty() {
            let resources: Vec<_> = resources.into_iter().collect();
            let rows = client.resources().batch(&resources).await?;
            let rows = house.whole("resources", rows).into_iter();
            house.resources = rows.map(|it| (it.id, it)).collect();
        }
        let desks = contracts.iter().flat_map(|it| &it.floor_plan_desk_ids);
        let desks: BTreeSet<FloorPlanDeskId> = desks.copied().collect();
        if !desks.is_empty() {
            let desks: Vec<_> = desks.into_iter().collect();
            let rows = client.floor_plan_desks().batch(&desks).await?;
            let rows = house.whole("desks", rows).into_iter();
            house.desks = rows.map(|it| (it.id, it)).collect();
        }
        Ok(())
    }
}

/// Rows that are not there yet.
fn add<R: Row>(rows: &mut Vec<R>, more: Vec<R>)
where
    R::Id: PartialEq,
{
    for row in more {
        if rows.iter().all(|it| it.id() != row.id()) {
            rows.push(row);
        }
    }
}
