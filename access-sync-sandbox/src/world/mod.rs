//! What a sandbox starts with.

mod churn;
mod doors;
mod generated;
mod harbor_point;
mod harbour_works;
mod names;
mod quarry_lofts;
mod rng;
mod spaces;
mod story;

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, NaiveDate, TimeZone, Utc};
use chrono_tz::Tz;

use crate::brivo::BrivoState;
use crate::entrata::EntrataState;
use crate::nexudus::NexudusState;

pub use churn::Churn;
pub(crate) use churn::{
    entries as churn_entries, leases as churn_leases, members as churn_members,
};
pub(crate) use rng::hash;
pub use story::StoryError;

/// The records that a [`Sandbox`](crate::Sandbox) starts with, and the instant they belong to.
#[derive(Clone)]
pub struct World {
    pub(crate) instant: DateTime<Utc>,
    pub(crate) brivo: BrivoState,
    pub(crate) entrata: EntrataState,
    pub(crate) nexudus: NexudusState,
    pub(crate) seed: u64,
    pub(crate) map: WorldMap,
}

/// Which groups of Brivo's stand for which places of the sources: what an operator would write
/// into a mapping. Groups of rooms, desks and passes are written in Nexudus itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct WorldMap {
    /// By Entrata's property id.
    pub properties: BTreeMap<i64, PropertyDoors>,
    /// By Nexudus' location id: the group of all members.
    pub locations: BTreeMap<i64, i64>,
}

/// The groups of a property.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct PropertyDoors {
    /// The group of everybody who lives there.
    pub residents_group: i64,
    /// By Entrata's unit id: the group of those who live in the unit.
    pub unit_groups: BTreeMap<i64, i64>,
}

impl World {
    /// No records at all, at the same instant as the lively world.
    pub fn empty() -> Self {
        Self {
            instant: instant(),
            brivo: BrivoState::default(),
            entrata: EntrataState::default(),
            nexudus: NexudusState::default(),
            seed: 0,
            map: WorldMap::default(),
        }
    }

    /// A world of any size, from 1 to 1,000,000 people at either source: properties of 250 units
    /// with a lease of every kind, a coworking space on their ground floors, and one Brivo account
    /// with a door and a group for every unit, room, desk and office, and no user but a few who are
    /// nobody's to touch. One member in a dozen is a resident as well, and the lobby of a house
    /// lets in the people of both. The same seed and numbers give the same bytes.
    ///
    /// `residents` counts those who live there or have signed to; former residents, applicants and
    /// guarantors come on top.
    pub fn generated(seed: u64, residents: usize, members: usize) -> Self {
        const MOST: usize = 1_000_000;
        let mut world = Self::empty();
        world.seed = seed;
        let mut names = names::Names::new(seed);
        let mut dice = rng::Dice::new(seed ^ 0x7265_7369_6465_6e74);
        world.brivo.quietly(true);
        let known = generated::build(&mut world, &mut names, &mut dice, residents.min(MOST));
        spaces::build(&mut world, &mut names, &mut dice, members.min(MOST), known);
        doors::staff(&mut world);
        world.brivo.quietly(false);
        world
    }

    /// Which groups stand for which places.
    pub fn map(&self) -> &WorldMap {
        &self.map
    }

    /// Two properties and a coworking space, with a lease, booking and contract of every kind, and
    /// the doors that go with them. Ids, dates and stories are always the same; the seed chooses
    /// people's names and what the ordinary leases look like. The same seed gives the same bytes.
    ///
    /// It is 2026-03-10T17:00:00Z there: noon in Milwaukee, ten in Portland, a Tuesday, two days
    /// after the change to daylight-saving time.
    pub fn lively(seed: u64) -> Self {
        let mut world = Self::empty();
        world.seed = seed;
        let mut names = names::Names::new(seed);
        let mut dice = rng::Dice::new(seed);
        doors::build(&mut world);
        harbor_point::build(&mut world, &mut names, &mut dice);
        quarry_lofts::build(&mut world, &mut names);
        harbour_works::build(&mut world, &mut names);
        world
    }

    /// The instant at which the records are in the state that they are meant to show.
    pub fn instant(&self) -> DateTime<Utc> {
        self.instant
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World")
            .field("instant", &self.instant)
            .finish_non_exhaustive()
    }
}

impl Default for World {
    fn default() -> Self {
        Self::lively(1)
    }
}

fn instant() -> DateTime<Utc> {
    at(Tz::UTC, 0, 17, 0)
}

/// The day that is `offset` days from the world's own, 2026-03-10.
fn day(offset: i64) -> NaiveDate {
    let today = NaiveDate::from_ymd_opt(2026, 3, 10).unwrap_or_default();
    chrono::TimeDelta::try_days(offset)
        .and_then(|span| today.checked_add_signed(span))
        .unwrap_or(today)
}

/// A wall-clock time on that day as an instant; the earlier one where there are two.
fn at(zone: Tz, offset: i64, hour: u32, minute: u32) -> DateTime<Utc> {
    let wall = day(offset).and_hms_opt(hour, minute, 0).unwrap_or_default();
    let local = zone.from_local_datetime(&wall).earliest();
    local.map_or_else(|| wall.and_utc(), |at| at.with_timezone(&Utc))
}
