//! A day at the doors.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Churn, dice};
use crate::brivo::BrivoState;

/// So many people at most go through a door in a day, however many there are.
const MOST: u64 = 2000;

/// Users of Brivo's who try doors in the day behind: as a rule one that a group of theirs is let
/// through, now and then another one. Each try is an event, in the order of time.
pub(crate) fn entries(
    state: &mut BrivoState,
    seed: u64,
    now: DateTime<Utc>,
    round: u64,
    churn: &mut Churn,
) {
    let mut dice = dice(seed, now, round, "entries");
    let doors: Vec<i64> = state.doors().map(|door| door.id).collect();
    let people = u64::try_from(state.users.len()).unwrap_or(u64::MAX);
    let every = people.div_ceil(MOST).max(2);
    let chosen: Vec<i64> = state
        .users
        .keys()
        .copied()
        .filter(|_| dice.below(every) == 0)
        .collect();
    let mut tries = Vec::new();
    for user in chosen {
        let own = state.doors_let_through(user);
        let astray = own.is_empty() || dice.below(20) == 0;
        let from = if astray { &doors } else { &own };
        let Some(door) = from.get(dice.index(from.len())).copied() else {
            continue;
        };
        let back = i64::try_from(dice.below(86_400)).unwrap_or_default();
        let back = TimeDelta::try_seconds(back).unwrap_or_default();
        let at = now.checked_sub_signed(back).unwrap_or(now);
        tries.push((at, user, door));
    }
    tries.sort_unstable();
    for (at, user, door) in tries {
        if state.somebody_tries(user, door, at) {
            churn.entries += 1;
        } else {
            churn.refused += 1;
        }
    }
}
