//! A day at the coworking spaces.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{Churn, dice};
use crate::nexudus::{Booking, Contract, Coworker, News, NexudusState, PausedPeriod};
use crate::world::names::{Names, email};
use crate::world::rng::Dice;
use crate::world::spaces::{hour, midnight};

/// A day at the coworking spaces.
pub(crate) fn members(
    state: &mut NexudusState,
    seed: u64,
    now: DateTime<Utc>,
    round: u64,
    churn: &mut Churn,
) {
    let mut dice = dice(seed, now, round, "members");
    let mut news = bookings(state, &mut dice, now, churn);
    news.extend(contracts(state, &mut dice, now, churn));
    news.extend(people(state, &mut dice, now, churn));
    let names = Names::new(seed ^ dice.next());
    news.extend(newcomers(state, &mut dice, names, now, churn));
    state.tell(news, now);
}

fn bookings(
    state: &mut NexudusState,
    dice: &mut Dice,
    now: DateTime<Utc>,
    churn: &mut Churn,
) -> Vec<News> {
    let mut news = Vec::new();
    let coming: Vec<(i64, Booking)> = state
        .bookings
        .iter()
        .filter(|(_, booking)| booking.from > now)
        .map(|(id, booking)| (id, booking.clone()))
        .collect();
    let mut taken: std::collections::BTreeSet<(i64, DateTime<Utc>)> = state
        .bookings
        .iter()
        .map(|(_, booking)| (booking.resource_id, booking.from))
        .collect();
    for (id, booking) in coming {
        match dice.below(100) {
            0..=5 => {
                churn.cancellations += 1;
                state.cancel(id, 1, now);
            }
            6..=8 => {
                let hour = chrono::TimeDelta::hours(1);
                let (from, to) = (booking.from + hour, booking.to + hour);
                if taken.insert((booking.resource_id, from)) {
                    churn.moved += 1;
                    state.bookings.put(
                        id,
                        Booking {
                            from,
                            to,
                            ..booking
                        },
                        now,
                    );
                    news.push(News::Moved(id));
                }
            }
            _ => {}
        }
    }
    let rooms: Vec<(i64, i64)> = state
        .resources
        .iter()
        .filter(|(_, room)| !room.archived)
        .map(|(id, room)| (id, room.business_id))
        .collect();
    let people: Vec<i64> = state
        .coworkers
        .iter()
        .filter(|(_, person)| person.active && !person.archived && !person.company)
        .map(|(id, _)| id)
        .collect();
    if rooms.is_empty() || people.is_empty() {
        return news;
    }
    for _ in 0..people.len() / 12 + 1 {
        let room = rooms.get(dice.index(rooms.len())).copied();
        let who = people.get(dice.index(people.len())).copied();
        let (days, at) = (dice.below(7), dice.below(10));
        let (Some((room, business)), Some(who)) = (room, who) else {
            continue;
        };
        let zone = state.zone(business);
        let wall = u32::try_from(8 + at).unwrap_or(8);
        let days = i64::try_from(days).unwrap_or_default() + 1;
        let (from, to) = (hour(zone, now, days, wall), hour(zone, now, days, wall + 1));
        if taken.insert((room, from)) {
            churn.bookings += 1;
            let booking = Booking::new(room, Some(who), from, to);
            let id = state.bookings.add(booking, now);
            news.push(News::Booked(id));
        }
    }
    news
}

fn contracts(
    state: &mut NexudusState,
    dice: &mut Dice,
    now: DateTime<Utc>,
    churn: &mut Churn,
) -> Vec<News> {
    let mut news = Vec::new();
    let rows: Vec<(i64, Contract)> = state
        .contracts
        .iter()
        .filter(|(_, contract)| contract.cancellation.is_none())
        .map(|(id, contract)| (id, contract.clone()))
        .collect();
    for (id, mut contract) in rows {
        let zone = state.zone(contract.business_id);
        let days = i64::try_from(dice.below(30)).unwrap_or_default() + 1;
        match dice.below(400) {
            0 => {
                churn.pauses += 1;
                let (from, until) = (midnight(zone, now, days), midnight(zone, now, days + 30));
                let pause = PausedPeriod::new(id, from, until);
                state.paused_periods.add(pause, now);
                news.push(News::Changed(id));
            }
            1 => {
                churn.contract_ends += 1;
                contract.cancellation = Some(midnight(zone, now, days));
                state.contracts.put(id, contract, now);
                news.push(News::Cancelled(id));
            }
            2 => {
                churn.contracts += 1;
                // An upgrade: one ends where the next begins.
                let change = midnight(zone, now, days);
                let mut next = contract.clone();
                next.start = Some(change);
                contract.cancellation = Some(change);
                state.contracts.put(id, contract, now);
                let next = state.contracts.add(next, now);
                news.extend([News::Replaced(id), News::Signed(next)]);
            }
            _ => {}
        }
    }
    news
}

fn people(
    state: &mut NexudusState,
    dice: &mut Dice,
    now: DateTime<Utc>,
    churn: &mut Churn,
) -> Vec<News> {
    let mut news = Vec::new();
    let ids: Vec<i64> = state
        .coworkers
        .iter()
        .filter(|(_, person)| !person.company)
        .map(|(id, _)| id)
        .collect();
    for id in &ids {
        if dice.below(1000) != 0 {
            continue;
        }
        if let Some(mut person) = state.coworkers.get(*id).cloned() {
            churn.suspensions += 1;
            person.active = !person.active;
            state.coworkers.put(*id, person, now);
            news.push(News::Customer(*id));
        }
    }
    let teams: Vec<(i64, crate::nexudus::Team)> = state
        .teams
        .iter()
        .map(|(id, team)| (id, team.clone()))
        .collect();
    for (id, mut team) in teams {
        if dice.below(30) != 0 || ids.is_empty() {
            continue;
        }
        churn.team_changes += 1;
        let mut gone = Vec::new();
        if dice.below(2) == 0 && team.members.len() > 1 {
            gone.extend(team.members.pop());
        } else if let Some(who) = ids.get(dice.index(ids.len())) {
            if !team.members.contains(who) {
                team.members.push(*who);
            }
        }
        state.teams.put(id, team, now);
        news.push(News::Team(id, gone));
    }
    news
}

/// Customers who sign up for a plan of the location where they do.
fn newcomers(
    state: &mut NexudusState,
    dice: &mut Dice,
    mut names: Names,
    now: DateTime<Utc>,
    churn: &mut Churn,
) -> Vec<News> {
    let mut news = Vec::new();
    let mut plans: BTreeMap<i64, i64> = BTreeMap::new();
    for (id, tariff) in state.tariffs.iter() {
        plans.entry(tariff.business_id).or_insert(id);
    }
    let plans: Vec<(i64, i64)> = plans.into_iter().collect();
    let more = state.coworkers.len() / 500 + usize::from(dice.below(3) == 0);
    for _ in 0..more {
        let Some((home, plan)) = plans.get(dice.index(plans.len())).copied() else {
            break;
        };
        let (first, last) = names.next();
        let n = state.coworkers.len();
        let domain = format!("newcomer{n}.example.com");
        let mut row = Coworker::new(home, format!("{first} {last}"), email(first, last, &domain));
        row.active = true;
        let who = state.coworkers.add(row, now);
        let days = i64::try_from(dice.below(10)).unwrap_or_default();
        let start = midnight(state.zone(home), now, days);
        let contract = Contract::new(home, who, plan, Some(start));
        let contract = state.contracts.add(contract, now);
        churn.joined += 1;
        news.extend([News::Joined(who), News::Signed(contract)]);
    }
    news
}
