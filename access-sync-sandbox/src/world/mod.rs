//! What a sandbox starts with.

mod doors;
mod harbor_point;
mod harbour_works;
mod names;
mod quarry_lofts;
mod rng;

use std::fmt;

use chrono::{DateTime, NaiveDate, TimeZone, Utc};
use chrono_tz::Tz;

use crate::brivo::BrivoState;
use crate::entrata::EntrataState;
use crate::nexudus::NexudusState;

pub(crate) use rng::hash;

/// The records that a [`Sandbox`](crate::Sandbox) starts with, and the instant they belong to.
#[derive(Clone)]
pub struct World {
    pub(crate) instant: DateTime<Utc>,
    pub(crate) brivo: BrivoState,
    pub(crate) entrata: EntrataState,
    pub(crate) nexudus: NexudusState,
}

impl World {
    /// No records at all, at the same instant as the lively world.
    pub fn empty() -> Self {
        Self {
            instant: instant(),
            brivo: BrivoState::default(),
            entrata: EntrataState::default(),
            nexudus: NexudusState::default(),
        }
    }

    /// Two properties and a coworking space, with a lease, booking and contract of every kind, and
    /// the doors that go with them. Ids, dates and stories are always the same; the seed chooses
    /// people's names and what the ordinary leases look like. The same seed gives the same bytes.
    ///
    /// It is 2026-03-10T17:00:00Z there: noon in Milwaukee, ten in Portland, a Tuesday, two days
    /// after the change to daylight-saving time.
    pub fn lively(seed: u64) -> Self {
        let mut world = Self::empty();
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
