//! What happens in a day, by the dice: the same seed, world and day give the same changes.

mod entries;
mod leases;
mod members;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::rng::{Dice, hash};

pub(crate) use entries::entries;
pub(crate) use leases::leases;
pub(crate) use members::members;

/// What a day brought, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Churn {
    /// Notices given.
    pub notices: usize,
    /// Notices taken back.
    pub rescinded: usize,
    /// Transfers agreed to another unit of the same property.
    pub transfers: usize,
    /// Renewals signed.
    pub renewals: usize,
    /// Evictions begun.
    pub evictions: usize,
    /// Leases signed for empty units, or units that fall empty.
    pub signed: usize,
    /// Signed leases called off.
    pub called_off: usize,
    /// Roommates who leave before the others.
    pub roommates: usize,
    /// Rooms booked.
    pub bookings: usize,
    /// Bookings moved.
    pub moved: usize,
    /// Bookings cancelled.
    pub cancellations: usize,
    /// Contracts frozen.
    pub pauses: usize,
    /// Contracts begun.
    pub contracts: usize,
    /// Contracts cancelled for a day to come.
    pub contract_ends: usize,
    /// People who joined or left a team.
    pub team_changes: usize,
    /// Customers suspended or reinstated.
    pub suspensions: usize,
    /// Customers who came, each with a contract.
    pub joined: usize,
    /// Doors that opened to somebody.
    pub entries: usize,
    /// Doors that stayed shut.
    pub refused: usize,
}

impl Churn {
    /// The numbers under their names.
    pub fn pairs(&self) -> BTreeMap<&'static str, usize> {
        BTreeMap::from([
            ("notices", self.notices),
            ("rescinded", self.rescinded),
            ("transfers", self.transfers),
            ("renewals", self.renewals),
            ("evictions", self.evictions),
            ("signed", self.signed),
            ("called_off", self.called_off),
            ("roommates", self.roommates),
            ("bookings", self.bookings),
            ("moved", self.moved),
            ("cancellations", self.cancellations),
            ("pauses", self.pauses),
            ("contracts", self.contracts),
            ("contract_ends", self.contract_ends),
            ("team_changes", self.team_changes),
            ("suspensions", self.suspensions),
            ("joined", self.joined),
            ("entries", self.entries),
            ("refused", self.refused),
        ])
    }

    /// All changes together; who went through which door is none.
    pub fn total(&self) -> usize {
        let all: usize = self.pairs().values().sum();
        all - self.entries - self.refused
    }
}

fn dice(seed: u64, now: DateTime<Utc>, round: u64, of: &str) -> Dice {
    let day = now.timestamp().div_euclid(86_400).unsigned_abs();
    let parts: [&[u8]; 3] = [of.as_bytes(), &seed.to_le_bytes(), &round.to_le_bytes()];
    Dice::new(hash(&parts, day))
}
