//! A small world: two properties, a coworking space, the doors, and people whom nobody may touch.
//!
//! What is entered here is the truth. It is written to the sandbox as staff would write it; during an
//! accident the sandbox shows less than the truth, and the truth stays.

use std::collections::{BTreeMap, BTreeSet};

use access_sync_sandbox::Sandbox;
use access_sync_sandbox::brivo::NewUser;
use access_sync_sandbox::entrata::{Customer, Lease, LeaseStatus, Property, PropertyAccess, Unit};
use access_sync_sandbox::nexudus::{
    Booking, Business, Contract, Coworker, Desk, PausedPeriod, Resource, ResourceType, Tariff, Team,
};
use chrono::{DateTime, Days, NaiveDate, TimeZone as _, Utc};
use chrono_tz::Tz;

use super::dice::Dice;

pub const P1: i64 = 100_234;
pub const P2: i64 = 100_235;
pub const BUSINESS: i64 = 1_420_000_101;
pub const CHICAGO: Tz = Tz::America__Chicago;
pub const DENVER: Tz = Tz::America__Denver;
pub const LOS_ANGELES: Tz = Tz::America__Los_Angeles;

/// The mapping of this world, or of one half of it.
pub fn mapping(namespace: &str, no_access: &str, leases: bool, bookings: bool) -> String {
    let mut text =
        format!("namespace = \"{namespace}\"\n[policy]\nno_access = \"{no_access}\"\n{POLICY}");
    if leases {
        text.push_str(PROPERTIES);
    }
    if bookings {
        text.push_str(LOCATION);
    }
    text
}

const POLICY: &str = r#"
[policy.guard]
max_removal_percent = 60
min_scope = 30
"#;

const PROPERTIES: &str = r#"
[[property]]
id = "100234"
time_zone = "America/Chicago"
common = ["P1 Residents", "Lobby"]
unit = "P1 Unit {number}"

[[property]]
id = "100235"
time_zone = "America/Denver"
common = ["P2 Residents"]
unit = "P2 Unit {number}"
"#;

const LOCATION: &str = r#"
[[location]]
id = "1420000101"
time_zone = "America/Los_Angeles"
common = ["Members", "Lobby"]
way_in = ["Lobby"]
from_source = true
"#;

pub const P1_UNITS: i64 = 5;
pub const P2_UNITS: i64 = 2;

/// What staff have entered.
#[derive(Clone, Debug, Default)]
pub struct Truth {
    pub leases: BTreeMap<i64, Lease>,
    pub coworkers: BTreeMap<i64, Coworker>,
    pub team: Option<(i64, Team)>,
    pub bookings: BTreeMap<i64, Booking>,
    pub contracts: BTreeMap<i64, Contract>,
    pub pauses: BTreeMap<i64, PausedPeriod>,
    /// Groups by name.
    pub groups: BTreeMap<String, i64>,
    /// Resource or desk to group name.
    pub resources: BTreeMap<i64, String>,
    pub desks: BTreeMap<i64, String>,
    /// Memberships that staff gave to users of ours by hand: external id and group.
    pub by_hand: BTreeSet<(String, i64)>,
    next_id: i64,
}

impl Truth {
    pub fn id(&mut self) -> i64 {
        self.next_id += 1;
        self.next_id
    }

    pub fn units() -> Vec<(i64, i64)> {
        let p1 = (1..=P1_UNITS).map(|n| (P1, 700_100 + n));
        let p2 = (1..=P2_UNITS).map(|n| (P2, 710_000 + n));
        p1.chain(p2).collect()
    }

    pub fn zone(property: i64) -> Tz {
        if property == P1 { CHICAGO } else { DENVER }
    }

    /// Whether somebody holds the unit now or is to.
    pub fn taken(&self, unit: i64) -> bool {
        self.leases.values().any(|lease| {
            lease.unit_id == Some(unit)
                && !matches!(lease.status, LeaseStatus::Past | LeaseStatus::Cancelled)
        })
    }
}

pub fn unit_group(unit: i64) -> String {
    if unit >= 710_000 {
        format!("P2 Unit {}", unit - 710_000)
    } else {
        format!("P1 Unit {}", unit - 700_000)
    }
}

/// First instant of a local day.
pub fn midnight(zone: Tz, day: NaiveDate) -> DateTime<Utc> {
    let wall = day.and_hms_opt(0, 0, 0).unwrap();
    zone.from_local_datetime(&wall)
        .earliest()
        .unwrap()
        .with_timezone(&Utc)
}

pub fn plus(day: NaiveDate, days: i64) -> NaiveDate {
    match u64::try_from(days) {
        Ok(days) => day + Days::new(days),
        Err(_) => day - Days::new(days.unsigned_abs()),
    }
}

/// The world at `now`.
pub fn build(sandbox: &Sandbox, dice: &mut Dice, now: DateTime<Utc>) -> Truth {
    let mut truth = Truth {
        next_id: 500,
        ..Truth::default()
    };
    let brivo = sandbox.brivo();
    let mut names: Vec<String> = ["Lobby", "P1 Residents", "P2 Residents", "Members"]
        .map(str::to_owned)
        .to_vec();
    names.extend(Truth::units().into_iter().map(|(_, unit)| unit_group(unit)));
    names.extend(["Cedar", "Birch", "Desk 14", "Desk 15"].map(str::to_owned));
    for name in names {
        let id = brivo.add_group(&name);
        truth.groups.insert(name, id);
    }
    foreigners(sandbox, &truth);
    entrata(sandbox, &mut truth, dice, now);
    nexudus(sandbox, &mut truth, dice, now);
    truth
}

fn foreigners(sandbox: &Sandbox, truth: &Truth) {
    let brivo = sandbox.brivo();
    let people: [(Option<&str>, &[&str], bool); 5] = [
        (None, &["P1 Residents", "Members", "Lobby"], false),
        (Some("staff:0007"), &["P1 Unit 101", "Lobby"], false),
        (
            Some("access-sync2:entrata:customer:1"),
            &["P1 Unit 101"],
            false,
        ),
        (Some("access-sync"), &["Cedar"], false),
        (Some("staff:0003"), &["P2 Residents"], true),
    ];
    for (external_id, groups, suspended) in people {
        let user = brivo.add_user(NewUser {
            first_name: "Walter".into(),
            last_name: "Janitor".into(),
            external_id: external_id.map(str::to_owned),
            ..NewUser::default()
        });
        for group in groups {
            brivo.add_member(user, truth.groups[*group]);
        }
        brivo.set_suspended(user, suspended);
    }
}

fn entrata(sandbox: &Sandbox, truth: &mut Truth, dice: &mut Dice, now: DateTime<Utc>) {
    let entrata = sandbox.entrata();
    for (id, name) in [(P1, "Harbor"), (P2, "Quarry")] {
        let mut property = Property::new(id, name);
        property.access = PropertyAccess::Granted;
        entrata.upsert_property(property);
    }
    for (property, unit) in Truth::units() {
        let number = unit_group(unit).rsplit(' ').next().unwrap().to_owned();
        entrata.upsert_unit(Unit::new(unit, property, number, unit + 100_000));
    }
    for (property, unit) in Truth::units() {
        if dice.chance(250) {
            continue;
        }
        let today = now.with_timezone(&Truth::zone(property)).date_naive();
        let people = 1 + dice.below(2);
        let move_in = plus(today, -dice.between(20, 300));
        let mut lease = lease(truth, property, unit, move_in, people);
        lease.status = LeaseStatus::Current;
        for person in &mut lease.customers {
            person.status = LeaseStatus::Current;
        }
        entrata.upsert_lease(lease.clone());
        truth.leases.insert(lease.id, lease);
    }
}

/// A future lease of new people.
pub fn lease(
    truth: &mut Truth,
    property: i64,
    unit: i64,
    move_in: NaiveDate,
    people: u64,
) -> Lease {
    let mut lease = Lease::new(truth.id(), property, LeaseStatus::Future);
    lease.unit_id = Some(unit);
    lease.move_in = Some(move_in);
    for number in 0..people {
        let id = truth.id();
        let mut customer = Customer::new(id, format!("First{id}"), format!("Last{id}"));
        customer.email = Some(format!("p{id}@example.com"));
        customer.status = LeaseStatus::Future;
        if number > 0 {
            customer.customer_type = "Responsible".into();
            customer.relationship = "Roommate".into();
        }
        lease.customers.push(customer);
    }
    if truth.id() % 4 == 0 {
        let id = truth.id();
        let mut guarantor = Customer::new(id, "Uncle", format!("Last{id}"));
        guarantor.customer_type = "Guarantor".into();
        guarantor.relationship = "Guarantor".into();
        lease.customers.push(guarantor);
    }
    lease
}

fn nexudus(sandbox: &Sandbox, truth: &mut Truth, dice: &mut Dice, now: DateTime<Utc>) {
    let nexudus = sandbox.nexudus();
    nexudus.put_business(BUSINESS, Business::new("Works", LOS_ANGELES));
    let kind = nexudus.add_resource_type(ResourceType::new(BUSINESS, "Room"));
    for name in ["Cedar", "Birch"] {
        let mut resource = Resource::new(BUSINESS, name, kind);
        resource.access_control_group_id = Some(truth.groups[name].to_string());
        resource.allow_multiple_bookings = true;
        truth
            .resources
            .insert(nexudus.add_resource(resource), name.to_owned());
    }
    for name in ["Desk 14", "Desk 15"] {
        let mut desk = Desk::new(BUSINESS, name, 2);
        desk.access_control_group_id = Some(truth.groups[name].to_string());
        truth.desks.insert(nexudus.add_desk(desk), name.to_owned());
    }
    let tariff = nexudus.add_tariff(Tariff::new(BUSINESS, "Full", 3, 300));
    let mut ids = Vec::new();
    for number in 0..7 {
        let mut coworker = Coworker::new(
            BUSINESS,
            format!("Cora Worker{number}"),
            format!("c{number}@example.com"),
        );
        coworker.company = number == 0;
        let id = nexudus.add_coworker(coworker.clone());
        truth.coworkers.insert(id, coworker);
        ids.push(id);
    }
    let mut team = Team::new(BUSINESS, "Acme", vec![ids[1], ids[2]]);
    team.paying_member_id = Some(ids[0]);
    truth.team = Some((nexudus.add_team(team.clone()), team));
    let today = now.with_timezone(&LOS_ANGELES).date_naive();
    for (holder, desk) in [(ids[0], None), (ids[3], Some(0)), (ids[4], None)] {
        let start = midnight(LOS_ANGELES, plus(today, -dice.between(5, 200)));
        let mut contract = Contract::new(BUSINESS, holder, tariff, Some(start));
        if let Some(index) = desk {
            contract.desks = truth.desks.keys().copied().skip(index).take(1).collect();
        }
        truth
            .contracts
            .insert(nexudus.add_contract(contract.clone()), contract);
    }
}
