//! Coworking spaces of any size, on the ground floor of the properties.

use chrono::{DateTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;

use super::generated::{Known, door, index, lobby, place_name, site, zone};
use super::names::{Names, email};
use super::rng::Dice;
use super::{World, at};
use crate::brivo::ALWAYS;
use crate::nexudus::{
    Booking, BookingVisitor, Business, Contract, Coworker, CoworkerTimePass, Desk, PausedPeriod,
    Resource, ResourceType, Tariff, Team, TimePass, Visitor,
};

const MEMBERS: usize = 2000;
const ROOMS: i64 = 12;
const OFFICES: i64 = 8;

/// A location in the making.
struct Space<'a> {
    world: &'a mut World,
    p: usize,
    id: i64,
    zone: Tz,
    desks: i64,
}

/// Fills locations until `members` people are on the books. One in a dozen is a resident as well.
pub(super) fn build(
    world: &mut World,
    names: &mut Names,
    dice: &mut Dice,
    members: usize,
    known: Vec<Known>,
) {
    let now = world.instant;
    let mut known = known.into_iter();
    let (mut p, mut done) = (0, 0);
    while done < members {
        let here = MEMBERS.min(members - done);
        let mut space = Space::open(world, p, here);
        let mut team: Vec<i64> = Vec::new();
        for n in 0..here {
            let neighbour = (n % 12 == 0).then(|| known.next()).flatten();
            let number = done + n + 1;
            let (first, last, address) = match neighbour {
                Some(known) => (known.first, known.last, known.email),
                None => {
                    let (first, last) = names.next();
                    let address = email(first, &format!("{last}{number}"), "example.com");
                    (first, last, address)
                }
            };
            let id = 1_500_000_000 + index(number);
            let mut row = Coworker::new(space.id, format!("{first} {last}"), address);
            match dice.below(100) {
                0 => row.active = false,
                1 => row.archived = true,
                _ => {}
            }
            if dice.below(4) == 0 {
                row.access_pincode = Some(format!("0{:04}", 1000 + number % 9000));
            }
            space.world.nexudus.coworkers.put(id, row, now);
            if n % 40 == 39 {
                space.company(id, &mut team, names);
            } else if n % 40 >= 33 {
                team.push(id);
            } else {
                space.member(id, n, dice);
            }
        }
        done += here;
        p += 1;
    }
    world.nexudus.coworkers.spread_stamps(now);
    world.nexudus.contracts.spread_stamps(now);
    world.nexudus.bookings.spread_stamps(now);
}

impl<'a> Space<'a> {
    fn open(world: &'a mut World, p: usize, members: usize) -> Self {
        let now = world.instant;
        let zone = zone(p);
        let name = format!("{} Works", place_name(p));
        site(world, p);
        let mut business = Business::new(&name, zone);
        business.city = place_name(p);
        let id = 1_430_000_001 + index(p);
        world.nexudus.businesses.put(id, business, now);
        let mut space = Self {
            world,
            p,
            id,
            zone,
            desks: index(members / 5) + 1,
        };
        space.furnish(&name);
        space
    }

    fn base(&self, thousands: i64) -> i64 {
        1_400_000_000 + thousands * 10_000_000 + index(self.p) * 1000
    }

    /// A group with a door of its own and the street door; its id as text.
    fn group(&mut self, offset: i64, name: &str) -> String {
        let id = 50_000_000 + index(self.p) * 10_000 + offset;
        let own = 60_000_000 + index(self.p) * 10_000 + offset;
        self.world.brivo.put_group(id, name);
        door(self.world, self.p, own, name);
        for door in [own, self.front(), lobby(self.p)] {
            self.world.brivo.permit(id, door, ALWAYS, false);
        }
        id.to_string()
    }

    fn front(&self) -> i64 {
        60_000_001 + index(self.p) * 10_000
    }

    fn furnish(&mut self, name: &str) {
        let now = self.world.instant;
        let place = place_name(self.p);
        let (business, front) = (self.id, self.front());
        door(self.world, self.p, front, &format!("{name} Front Door"));
        let members = 50_000_001 + index(self.p) * 10_000;
        self.world
            .brivo
            .put_group(members, &format!("{name} Members"));
        // The space lies in the property: its people pass the property's lobby.
        for door in [front, lobby(self.p)] {
            self.world.brivo.permit(members, door, ALWAYS, false);
        }
        self.world.map.locations.insert(business, members);
        let kind = self.base(1);
        let row = ResourceType::new(business, "Meeting room");
        self.world.nexudus.resource_types.put(kind, row, now);
        for n in 1..=ROOMS {
            let title = format!("{place} Room {n}");
            let group = self.group(100 + n, &title);
            let mut room = Resource::new(business, title, kind);
            room.access_control_group_id = Some(group);
            room.requires_confirmation = n == ROOMS;
            let id = self.base(2) + n;
            self.world.nexudus.resources.put(id, room, now);
        }
        for n in 1..=OFFICES + self.desks {
            let office = n <= OFFICES;
            let title = if office {
                format!("{place} Office {n}")
            } else {
                format!("{place} Desk {}", n - OFFICES)
            };
            let group = self.group(200 + n, &title);
            let mut desk = Desk::new(business, title, if office { 1 } else { 2 });
            desk.access_control_group_id = Some(group);
            desk.capacity = if office { 8 } else { 1 };
            let id = self.base(3) + n;
            self.world.nexudus.desks.put(id, desk, now);
        }
        for (n, title, kind, price) in [
            (1, "Flex 24/7", 5, 250),
            (2, "Private Office", 1, 2400),
            (3, "Dedicated Desk", 3, 420),
        ] {
            let tariff = Tariff::new(business, title, kind, price);
            let id = self.base(4) + n;
            self.world.nexudus.tariffs.put(id, tariff, now);
        }
        let mut pass = TimePass::new(business, "Day Pass");
        pass.access_control_group_id = Some(members.to_string());
        let id = self.base(5) + 1;
        self.world.nexudus.time_passes.put(id, pass, now);
    }

    fn wall(&self, offset: i64, hour: u32) -> DateTime<Utc> {
        at(self.zone, offset, hour, 0)
    }

    /// The team's people and the company that pays for them, with an office of their own.
    fn company(&mut self, payer: i64, team: &mut Vec<i64>, names: &mut Names) {
        let now = self.world.instant;
        let (_, last) = names.next();
        let name = format!("{last} & Partners {}", payer % 100_000);
        let nexudus = &mut self.world.nexudus;
        if let Some(mut row) = nexudus.coworkers.get(payer).cloned() {
            row.company = true;
            row.full_name.clone_from(&name);
            row.access_pincode = None;
            nexudus.coworkers.put(payer, row, now);
        }
        let people = std::mem::take(team);
        let office = self.base(3) + 1 + payer / 40 % OFFICES;
        let start = self.wall(-200, 0);
        let mut contract = Contract::new(self.id, payer, self.base(4) + 2, Some(start));
        contract.desks = vec![office];
        let nexudus = &mut self.world.nexudus;
        nexudus.contracts.add(contract, now);
        let mut row = Team::new(self.id, name, people.clone());
        row.administrators = people.first().copied().into_iter().collect();
        row.paying_member_id = Some(payer);
        nexudus.teams.add(row, now);
    }

    fn member(&mut self, id: i64, n: usize, dice: &mut Dice) {
        let now = self.world.instant;
        let since = i64::try_from(dice.below(400)).unwrap_or_default() + 1;
        let soon = i64::try_from(dice.below(30)).unwrap_or_default() + 1;
        let (flex, dedicated) = (self.base(4) + 1, self.base(4) + 3);
        let contract = match dice.below(100) {
            0..=39 => Some((flex, -since, None)),
            40..=57 => Some((dedicated, -since, None)),
            58..=61 => Some((flex, -since, Some(soon))),
            62..=65 => Some((flex, soon, None)),
            66..=69 => Some((flex, -since - 30, Some(-soon))),
            _ => None,
        };
        if let Some((plan, start, end)) = contract {
            let mut row = Contract::new(self.id, id, plan, Some(self.wall(start, 0)));
            row.cancellation = end.map(|end| self.wall(end, 0));
            row.renewal = Some(self.wall(soon, 0));
            if plan == dedicated {
                row.desks = vec![self.base(3) + OFFICES + 1 + index(n) % self.desks];
            }
            let contract = self.world.nexudus.contracts.add(row, now);
            if dice.below(50) == 0 {
                let (from, until) = (self.wall(soon - 20, 0), self.wall(soon + 10, 0));
                let pause = PausedPeriod::new(contract, from, until);
                self.world.nexudus.paused_periods.add(pause, now);
            }
        } else if dice.below(2) == 0 {
            let mut pass = CoworkerTimePass::new(id, self.id, self.base(5) + 1);
            pass.expires = Some(self.wall(soon + 30, 0));
            self.world.nexudus.coworker_time_passes.add(pass, now);
        }
        // Every other member books a room this week. A room has a slot for each hour.
        if n % 2 == 0 {
            let slot = n / 2;
            let room = self.base(2) + 1 + index(slot) % ROOMS;
            let hour = u32::try_from(8 + slot / 12 % 10).unwrap_or(8);
            let day = index(slot / 120) % 8 - 1;
            let (from, to) = (self.wall(day, hour), self.wall(day, hour + 1));
            let mut booking = Booking::new(room, Some(id), from, to);
            booking.tentative = room == self.base(2) + ROOMS;
            let booking = self.world.nexudus.bookings.add(booking, now);
            if slot % 25 == 0 {
                let title = format!("Guest {slot}");
                let address = format!("guest{slot}@example.org");
                let mut guest = Visitor::new(self.id, title, address, from);
                guest.coworker_id = Some(id);
                let guest = self.world.nexudus.visitors.add(guest, now);
                let link = BookingVisitor::new(booking, guest);
                self.world.nexudus.booking_visitors.add(link, now);
            }
        }
    }
}

/// Midnight at a location `days` after `now`.
pub(super) fn midnight(zone: Tz, now: DateTime<Utc>, days: i64) -> DateTime<Utc> {
    hour(zone, now, days, 0)
}

/// An hour of the wall clock at a location, `days` after `now`.
pub(super) fn hour(zone: Tz, now: DateTime<Utc>, days: i64, hour: u32) -> DateTime<Utc> {
    let today = now.with_timezone(&zone).date_naive();
    let span = TimeDelta::try_days(days).unwrap_or_default();
    let date = today.checked_add_signed(span).unwrap_or(today);
    let wall = date.and_hms_opt(hour, 0, 0).unwrap_or_default();
    let local = zone.from_local_datetime(&wall).earliest();
    local.map_or_else(|| wall.and_utc(), |at| at.with_timezone(&Utc))
}
