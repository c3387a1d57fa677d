//! Worlds of any size: properties and coworking spaces full of people, by the dice.

use chrono_tz::Tz;

use super::names::{Names, email};
use super::rng::Dice;
use super::{PropertyDoors, World, day};
use crate::brivo::{ALWAYS, AccessPoint, Site};
use crate::entrata::{Customer, Lease, LeaseInterval, LeaseStatus, Property, Unit};

/// Units of a property: ten on each of 25 floors.
const UNITS: usize = 250;

/// Where properties stand: IANA zone, Brivo's spelling of it, city, state, postal code.
const CITIES: [(Tz, &str, &str, &str, &str); 5] = [
    (
        Tz::America__Chicago,
        "US/Central",
        "Milwaukee",
        "WI",
        "53202",
    ),
    (Tz::America__Denver, "US/Mountain", "Denver", "CO", "80202"),
    (Tz::America__New_York, "US/Eastern", "Boston", "MA", "02110"),
    (
        Tz::America__Los_Angeles,
        "US/Pacific",
        "Portland",
        "OR",
        "97209",
    ),
    (Tz::America__Phoenix, "US/Arizona", "Phoenix", "AZ", "85004"),
];

const TREES: [&str; 20] = [
    "Alder", "Birch", "Canal", "Cedar", "Dock", "Elm", "Foundry", "Garden", "Hazel", "Iron",
    "Juniper", "Lake", "Linden", "Maple", "Mill", "Oak", "Pine", "Quarry", "River", "Willow",
];
const PLACES: [&str; 10] = [
    "Court", "Flats", "House", "Landing", "Lofts", "Park", "Place", "Row", "Terrace", "Yard",
];

/// A person who may turn up at the other source as well.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) first: &'static str,
    pub(super) last: &'static str,
    pub(super) email: String,
}

/// The site of the `p`th property, from 0.
pub(super) fn site_id(p: usize) -> i64 {
    40_001 + index(p)
}

/// The door of everybody in the `p`th property.
pub(super) fn lobby(p: usize) -> i64 {
    20_000_001 + index(p) * 10_000
}

pub(super) fn index(n: usize) -> i64 {
    i64::try_from(n).unwrap_or_default()
}

pub(super) fn place_name(p: usize) -> String {
    let tree = TREES.get(p % TREES.len()).copied().unwrap_or("Alder");
    let place = PLACES.get(p / TREES.len() % PLACES.len()).copied();
    let round = p / (TREES.len() * PLACES.len());
    let name = format!("{tree} {}", place.unwrap_or("Court"));
    if round == 0 {
        name
    } else {
        format!("{name} {}", round + 1)
    }
}

pub(super) fn zone(p: usize) -> Tz {
    CITIES.get(p % CITIES.len()).map_or(Tz::UTC, |city| city.0)
}

struct Builder<'a> {
    world: &'a mut World,
    names: &'a mut Names,
    dice: &'a mut Dice,
    people: usize,
    lease: i64,
    term: i64,
    known: Vec<Known>,
}

/// Fills properties until `residents` people live in them, or are about to. Who has left,
/// applicants and guarantors come on top.
pub(super) fn build(
    world: &mut World,
    names: &mut Names,
    dice: &mut Dice,
    residents: usize,
) -> Vec<Known> {
    let mut builder = Builder {
        world,
        names,
        dice,
        people: 0,
        lease: 1_000_000,
        term: 9_000_000,
        known: Vec::new(),
    };
    let mut p = 0;
    let mut left = residents;
    while left > 0 {
        builder.property(p);
        for n in 0..UNITS {
            if left == 0 {
                break;
            }
            left -= builder.unit(p, n, left);
        }
        p += 1;
    }
    builder.known
}

fn number(n: usize) -> i64 {
    index(n / 10 + 1) * 100 + index(n % 10) + 1
}

pub(super) fn site(world: &mut World, p: usize) {
    let id = site_id(p);
    if world.brivo.sites.contains_key(&id) {
        return;
    }
    let Some((_, legacy, city, state, postal)) = CITIES.get(p % CITIES.len()).copied() else {
        return;
    };
    let name = place_name(p);
    let street = format!("{} {} Street", 10 + p, name);
    let site = Site::new(id, &name, legacy, &street, city, state, postal);
    world.brivo.sites.insert(id, site);
    let lobby = lobby(p);
    door(world, p, lobby, &format!("{name} Lobby"));
}

pub(super) fn door(world: &mut World, p: usize, id: i64, name: &str) {
    let mut door = AccessPoint::new(id, name, site_id(p));
    door.control_panel_id = 100_001 + index(p);
    world.brivo.put_access_point(door, world.instant);
}

impl Builder<'_> {
    fn property(&mut self, p: usize) {
        let id = 200_001 + index(p);
        let name = place_name(p);
        let mut row = Property::new(id, &name);
        row.street = format!("{} {} Street", 10 + p, name);
        row.time_zone = zone(p);
        if let Some((_, _, city, state, postal)) = CITIES.get(p % CITIES.len()).copied() {
            row.city = city.to_owned();
            row.state = state.to_owned();
            row.postal_code = postal.to_owned();
        }
        self.world.entrata.properties.insert(id, row);
        site(self.world, p);
        let residents = 10_000_001 + index(p) * 10_000;
        self.world
            .brivo
            .put_group(residents, &format!("{name} Residents"));
        self.world.brivo.permit(residents, lobby(p), ALWAYS, false);
        self.world.map.properties.insert(
            id,
            PropertyDoors {
                residents_group: residents,
                unit_groups: Default::default(),
            },
        );
    }

    /// One unit with its door, its group and its leases; how many people live there or soon will.
    fn unit(&mut self, p: usize, n: usize, left: usize) -> usize {
        let property = 200_001 + index(p);
        let number = number(n);
        let offset = index(p) * 10_000 + number;
        let unit = 1_000_000 + offset;
        let mut row = Unit::new(unit, property, number.to_string(), 50_000_000 + offset);
        row.floor = number / 100;
        row.bedrooms = 1 + number % 3;
        self.world.entrata.units.insert(unit, row);
        let name = format!("{} Unit {number}", place_name(p));
        let (group, door_id) = (10_000_000 + offset, 20_000_000 + offset);
        self.world.brivo.put_group(group, &name);
        door(self.world, p, door_id, &name);
        self.world.brivo.permit(group, door_id, ALWAYS, false);
        if let Some(doors) = self.world.map.properties.get_mut(&property) {
            doors.unit_groups.insert(unit, group);
        }
        self.stories(property, unit, left)
    }

    /// What goes on in a unit. Offsets are days from the world's own day.
    fn stories(&mut self, property: i64, unit: i64, left: usize) -> usize {
        use LeaseStatus::{Applicant, Cancelled, Current, Future, Notice, Past};
        let since = i64::try_from(self.dice.below(330)).unwrap_or_default() + 15;
        let soon = i64::try_from(self.dice.below(40)).unwrap_or_default() + 1;
        let household = match self.dice.below(100) {
            0..=44 => 1,
            45..=79 => 2,
            80..=91 => 3,
            _ => 4,
        };
        let people = household.min(left).max(1);
        // Somebody else lived here before, in some units.
        if self.dice.below(30) == 0 {
            let mut old = self.lease(property, unit, Past, -since - 400, Some(-since - 36), 1);
            out(&mut old, -since - 36, "Relocating");
            self.sign(old);
        }
        match self.dice.below(100) {
            // Moves in within six weeks, into an empty unit or after the one who leaves.
            0..=5 => {
                let next = self.lease(property, unit, Future, soon, Some(soon + 364), people);
                self.sign(next);
                if left > people && self.dice.below(2) == 0 {
                    let mut old = self.lease(property, unit, Notice, -since, Some(soon - 1), 1);
                    out(&mut old, soon - 1, "Relocating");
                    self.sign(old);
                    return people + 1;
                }
            }
            // Notice with a date, and without one.
            6..=12 => {
                let mut lease = self.lease(property, unit, Notice, -since, Some(soon), people);
                out(&mut lease, soon, "Relocating");
                self.sign(lease);
            }
            13 => {
                let lease = self.lease(property, unit, Notice, -since, Some(364 - since), people);
                self.sign(lease);
            }
            // Month to month.
            14..=17 => {
                let mut lease =
                    self.lease(property, unit, Current, -since - 365, Some(-since), people);
                lease.month_to_month = true;
                lease.sub_status = Some("Month To Month".to_owned());
                self.sign(lease);
            }
            // Renewed.
            18..=23 => {
                let mut lease = self.lease(property, unit, Current, soon - 365, Some(soon), people);
                lease.sub_status = Some("Renewed".to_owned());
                self.term += 1;
                let term =
                    LeaseInterval::new(self.term, day(soon + 1), Some(day(soon + 365)), Future);
                lease.intervals.push(term.of_type("Renewal"));
                self.sign(lease);
            }
            // Evicted; cancelled beside a tenant; applied beside a tenant.
            24 => {
                let mut lease =
                    self.lease(property, unit, Current, -since, Some(364 - since), people);
                lease.sub_status = Some("Eviction".to_owned());
                out(&mut lease, soon, "Eviction");
                self.sign(lease);
            }
            25 => {
                let never = self.lease(property, unit, Cancelled, soon, Some(soon + 364), 1);
                self.sign(never);
                let lease = self.lease(property, unit, Current, -since, Some(364 - since), people);
                self.sign(lease);
            }
            26 => {
                let wish = self.lease(property, unit, Applicant, soon + 30, Some(soon + 394), 1);
                self.sign(wish);
                let lease = self.lease(property, unit, Current, -since, Some(364 - since), people);
                self.sign(lease);
            }
            _ => {
                let mut lease =
                    self.lease(property, unit, Current, -since, Some(364 - since), people);
                // A guarantor, and a roommate who leaves before the others.
                match self.dice.below(20) {
                    0 => self.person(&mut lease, "Guarantor", "Guarantor"),
                    1 if people > 1 => {
                        if let Some(leaver) = lease.customers.last_mut() {
                            leaver.status = Notice;
                            leaver.move_out = Some(day(soon));
                        }
                    }
                    _ => {}
                }
                self.sign(lease);
            }
        }
        people
    }

    fn lease(
        &mut self,
        property: i64,
        unit: i64,
        status: LeaseStatus,
        from: i64,
        to: Option<i64>,
        people: usize,
    ) -> Lease {
        self.lease += 1;
        self.term += 1;
        let mut lease = Lease::new(self.lease, property, status);
        lease.unit_id = Some(unit);
        lease.move_in = Some(day(from));
        lease.interval_id = self.term;
        let term = LeaseInterval::new(self.term, day(from), to.map(day), status);
        lease.intervals.push(term);
        for n in 0..people {
            if n == 0 {
                self.person(&mut lease, "Primary", "Primary");
            } else {
                self.person(&mut lease, "Responsible", "Roommate");
            }
        }
        lease
    }

    fn person(&mut self, lease: &mut Lease, customer_type: &str, relationship: &str) {
        self.people += 1;
        let person = person(self.names, self.people, customer_type, relationship);
        let (mut row, known) = person;
        row.status = lease.status;
        if customer_type != "Guarantor" {
            row.move_in = lease.move_in;
            let stays = matches!(lease.status, LeaseStatus::Current | LeaseStatus::Future);
            if stays && self.people % 17 == 0 {
                self.known.push(known);
            }
        }
        lease.customers.push(row);
    }

    fn sign(&mut self, lease: Lease) {
        self.world.entrata.leases.insert(lease);
    }
}

/// The `n`th person of the properties.
pub(super) fn person(
    names: &mut Names,
    n: usize,
    customer_type: &str,
    relationship: &str,
) -> (Customer, Known) {
    let (first, last) = names.next();
    let id = 5_000_000 + index(n);
    let mut row = Customer::new(id, first, last);
    row.customer_type = customer_type.to_owned();
    row.relationship = relationship.to_owned();
    let address = email(first, &format!("{last}{n}"), "example.test");
    // Some have no address.
    row.email = (n % 29 != 0).then(|| address.clone());
    row.phone = Some(format!(
        "+1 {:03}555{:04}",
        200 + n / 10_000 % 700,
        n % 10_000
    ));
    let known = Known {
        first,
        last,
        email: address,
    };
    (row, known)
}

pub(super) fn out(lease: &mut Lease, offset: i64, reason: &str) {
    lease.move_out = Some(day(offset));
    lease.move_out_reason = Some(reason.to_owned());
    if lease.status == LeaseStatus::Notice {
        lease.notice = Some(day(offset.min(30) - 45));
    }
    for person in &mut lease.customers {
        person.move_out = lease.move_out;
    }
}
