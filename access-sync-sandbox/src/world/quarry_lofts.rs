//! Entrata: Quarry Lofts (100235), 6 units in Denver.

use super::harbor_point::House;
use chrono_tz::Tz;

use super::names::Names;
use super::{World, day};
use crate::entrata::{LeaseStatus, Property, Unit};

pub(super) const QUARRY_LOFTS: i64 = 100_235;
/// The lease to which somebody from Harbor Point moves.
pub(super) const TRANSFER_LEASE: i64 = 411_003;

pub(super) fn build(world: &mut World, names: &mut Names) {
    let state = &mut world.entrata;
    let mut property = Property::new(QUARRY_LOFTS, "Quarry Lofts");
    property.street = "88 Granite Way".to_owned();
    property.city = "Denver".to_owned();
    property.state = "CO".to_owned();
    property.postal_code = "80202".to_owned();
    property.time_zone = Tz::America__Denver;
    state.properties.insert(property.id, property);
    for number in 1..=6 {
        let id = 710_000 + number;
        let mut unit = Unit::new(id, QUARRY_LOFTS, number.to_string(), 810_000 + number);
        unit.floor = (number + 1) / 2;
        state.units.insert(id, unit);
    }
    let mover = state
        .leases
        .values()
        .find(|lease| lease.transfer_lease_id == Some(TRANSFER_LEASE))
        .map(|lease| lease.customers.clone());

    let mut house = House::new(state, names, QUARRY_LOFTS, 1);
    let lease = house.lease(1, LeaseStatus::Current, -150, Some(214));
    house.sign(lease);
    let lease = house.lease(2, LeaseStatus::Notice, -340, Some(24));
    house.sign_out(lease, Some(24), Some("Relocating"));
    let mut lease = house.lease(3, LeaseStatus::Future, 21, Some(385));
    lease.transfer_date = Some(day(21));
    house.same_people(&mut lease, mover.unwrap_or_default());
    house.sign(lease);
    let mut lease = house.lease(4, LeaseStatus::Current, -900, Some(-535));
    lease.month_to_month = true;
    lease.sub_status = Some("Month To Month".to_owned());
    house.sign(lease);
    let mut lease = house.lease(6, LeaseStatus::Current, -60, Some(304));
    house.add(&mut lease, "Responsible", "Roommate");
    house.sign(lease);
}
