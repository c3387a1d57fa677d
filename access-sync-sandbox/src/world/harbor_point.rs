//! Entrata: Harbor Point Flats (100234), 48 units in Milwaukee, one lease of every kind.

use chrono::{Datelike as _, NaiveDate};

use super::doors::unit_numbers;
use super::names::{Names, email};
use super::rng::Dice;
use super::{World, day};
use crate::entrata::{
    Customer, EntrataState, Lease, LeaseInterval, LeaseStatus, Property, PropertyAccess, Unit,
    UnitSpace,
};

const HARBOR_POINT: i64 = 100_234;

pub(super) fn build(world: &mut World, names: &mut Names, dice: &mut Dice) {
    let mut house = House::new(&mut world.entrata, names, HARBOR_POINT, 0);
    house.property();
    stories(&mut house);
    elsewhere(&mut house);
    for number in unit_numbers() {
        let let_already = house.state.leases.values();
        let taken = let_already
            .filter(|lease| lease.property_id == HARBOR_POINT)
            .any(|lease| lease.unit_id == Some(unit_id(number)));
        // These three stay empty.
        if !taken && ![508, 607, 608].contains(&number) {
            ordinary(&mut house, dice, number);
        }
    }
}

/// 700101 for unit 101.
pub(super) fn unit_id(number: i64) -> i64 {
    700_000 + number
}

impl House<'_> {
    fn property(&mut self) {
        let mut home = Property::new(HARBOR_POINT, "Harbor Point Flats");
        home.street = "10 Quay Street".to_owned();
        home.city = "Milwaukee".to_owned();
        home.state = "WI".to_owned();
        home.postal_code = "53202".to_owned();
        // The key may not see this one: it is not listed, and asking for it gives error 301.
        let mut hidden = Property::new(100_236, "Boathouse Row");
        hidden.access = PropertyAccess::NotGranted;
        for property in [home, hidden] {
            self.state.properties.insert(property.id, property);
        }
        for number in unit_numbers() {
            let mut unit = Unit::new(
                unit_id(number),
                HARBOR_POINT,
                number.to_string(),
                800_000 + number,
            );
            unit.floor = number / 100;
            unit.bedrooms = 1 + number % 3;
            if number == 302 {
                unit.spaces = vec![
                    UnitSpace::new(800_302, "302-A"),
                    UnitSpace::new(800_902, "302-B"),
                ];
            }
            self.state.units.insert(unit.id, unit);
        }
    }
}

/// First and second floor, and what else has a name of its own. Offsets are days from today.
fn stories(house: &mut House<'_>) {
    use LeaseStatus::{Applicant, Cancelled, Current, Future, Notice, Past};

    // 101: a family with a guarantor, who gets no key.
    let mut lease = house.lease(101, Current, -252, Some(112));
    house.add(&mut lease, "Responsible", "Roommate");
    house.add(&mut lease, "Guarantor", "Guarantor");
    house.add(&mut lease, "Non-leasing Occupant", "Child");
    house.sign(lease);

    // 102: moves in on Sunday.
    let lease = house.lease(102, Future, 5, Some(369));
    house.sign(lease);

    // 103: notice, with a date; 104: notice, date unknown.
    let lease = house.lease(103, Notice, -344, Some(21));
    house.sign_out(lease, Some(21), Some("Relocating"));
    let mut lease = house.lease(104, Notice, -500, Some(-135));
    lease.month_to_month = true;
    house.sign_out(lease, None, None);

    // 105: moved out ten days ago; 106: past, and nobody wrote down when.
    let lease = house.lease(105, Past, -374, Some(-10));
    house.sign_out(lease, Some(-10), Some("Purchased a home"));
    let lease = house.lease(106, Past, -800, Some(-436));
    house.sign(lease);

    // 107: month to month; the term ended long ago.
    let mut lease = house.lease(107, Current, -495, Some(-130));
    lease.month_to_month = true;
    lease.sub_status = Some("Month To Month".to_owned());
    house.sign(lease);

    // 108: renewed; the same lease has a second term.
    let mut lease = house.lease(108, Current, -343, Some(21));
    lease.sub_status = Some("Renewed".to_owned());
    let renewal = house.interval(22, Some(386), Future).of_type("Renewal");
    lease.intervals.push(renewal);
    house.sign(lease);

    // 201: renewed by a second lease, whose dates follow on the first one's.
    let lease = house.lease(201, Notice, -354, Some(10));
    let person = lease.customers.clone();
    house.sign_out(lease, Some(10), Some("Renewal Transfer"));
    let mut lease = house.lease(201, Future, 11, Some(375));
    house.same_people(&mut lease, person);
    house.sign(lease);

    // 202 → 203: transfer in the house next Wednesday.
    let mut old = house.lease(202, Notice, -400, Some(-35));
    let mut new = house.lease(203, Future, 8, Some(372));
    house.same_people(&mut new, old.customers.clone());
    old.transfer_date = Some(day(8));
    old.transfer_lease_id = Some(new.id);
    old.transfer_property_id = Some(HARBOR_POINT);
    new.transfer_date = Some(day(8));
    if let Some(term) = new.intervals.first_mut() {
        term.type_name = "Transfer".to_owned();
    }
    house.sign_out(old, Some(7), Some("On-Site Transfer"));
    house.sign(new);

    // 204: of two roommates one leaves on Sunday; the lease goes on.
    let mut lease = house.lease(204, Current, -200, Some(164));
    house.add(&mut lease, "Responsible", "Roommate");
    if let Some(leaver) = lease.customers.last_mut() {
        leaver.status = Notice;
        leaver.move_out = Some(day(5));
    }
    house.sign(lease);

    // 205: notice; its guarantor was cancelled long ago.
    let mut lease = house.lease(205, Notice, -310, Some(50));
    house.add(&mut lease, "Guarantor", "Guarantor");
    house.sign_out(lease, Some(51), Some("Job Transfer / Lost Job"));
    house.edit_last(|lease| {
        if let Some(guarantor) = lease.customers.last_mut() {
            guarantor.status = Cancelled;
            guarantor.move_out = None;
        }
    });

    // 206: evicted, out by Friday.
    let mut lease = house.lease(206, Current, -420, Some(-56));
    lease.sub_status = Some("Eviction, In collections".to_owned());
    house.sign_out(lease, Some(3), Some("Eviction"));

    // 207: cancelled before it began; 208: an applicant.
    let lease = house.lease(207, Cancelled, 20, Some(384));
    house.sign(lease);
    let lease = house.lease(208, Applicant, 30, Some(394));
    house.sign(lease);

    // 301: one out and the next in on the same Saturday.
    let lease = house.lease(301, Notice, -365, Some(4));
    house.sign_out(lease, Some(4), Some("Relocating"));
    let lease = house.lease(301, Future, 4, Some(368));
    house.sign(lease);

    // 302: two rooms let apart.
    for space in [800_302, 800_902] {
        let mut lease = house.lease(302, Current, -190, Some(174));
        lease.unit_space_ids = vec![space];
        house.sign(lease);
    }

    // 303: nobody wrote down the move-in; 304: a move-out at the end of time.
    let mut lease = house.lease(303, Current, -120, Some(244));
    lease.move_in = None;
    lease.customers.iter_mut().for_each(|c| c.move_in = None);
    house.sign(lease);
    let lease = house.lease(304, Current, -600, Some(130));
    house.sign(lease);
    house.edit_last(|lease| {
        lease.move_out = NaiveDate::from_ymd_opt(9999, 12, 31);
        let end = lease.move_out;
        lease.customers.iter_mut().for_each(|c| c.move_out = end);
    });

    // 305: holds over, without renewal and without being month to month.
    let lease = house.lease(305, Current, -403, Some(-38));
    house.sign(lease);

    // 306: moves in today; 307: out since yesterday, and 308: in since yesterday, but the status
    // lags behind.
    let lease = house.lease(306, Current, 0, Some(364));
    house.sign(lease);
    let lease = house.lease(307, Notice, -366, Some(-1));
    house.sign_out(lease, Some(-1), Some("Relocating"));
    let lease = house.lease(308, Future, -1, Some(363));
    house.sign(lease);

    // 401: month to month without any end.
    let mut lease = house.lease(401, Current, -730, None);
    lease.month_to_month = true;
    lease.sub_status = Some("Month To Month".to_owned());
    if let Some(term) = lease.intervals.first_mut() {
        term.type_name = "Month to Month".to_owned();
    }
    house.sign(lease);

    // 403: roommates who share one address, and a third without any.
    let mut lease = house.lease(403, Current, -90, Some(274));
    house.add(&mut lease, "Responsible", "Spouse");
    house.add(&mut lease, "Responsible", "Roommate");
    let shared = lease.customers.first().and_then(|c| c.email.clone());
    for (customer, address) in lease.customers.iter_mut().skip(1).zip([shared, None]) {
        customer.email = address;
    }
    house.sign(lease);

    // 404: moved in on the day the clocks changed.
    let lease = house.lease(404, Current, -2, Some(362));
    house.sign(lease);

    // 405: out on Thursday, the next one in on Saturday.
    let lease = house.lease(405, Past, -500, Some(-5));
    house.sign_out(lease, Some(-5), Some("Relocating"));
    let lease = house.lease(405, Current, -3, Some(361));
    house.sign(lease);

    // 406: a short stay of two weeks.
    let mut lease = house.lease(406, Current, -6, Some(8));
    lease.occupancy_type = "Flexible".to_owned();
    house.sign_out(lease, Some(8), None);

    // 407: skipped at night, in collections.
    let mut lease = house.lease(407, Past, -280, Some(84));
    lease.sub_status = Some("In Collections, Skip".to_owned());
    house.sign_out(lease, Some(-20), Some("Skip"));

    // Moves in next month; no unit is assigned yet.
    let mut lease = house.lease(408, Future, 22, Some(386));
    lease.unit_id = None;
    house.sign(lease);
}

/// 402 → Quarry Lofts 3: a transfer to the other property, whose lease is made there.
fn elsewhere(house: &mut House<'_>) {
    let mut lease = house.lease(402, LeaseStatus::Notice, -300, Some(64));
    lease.transfer_date = Some(day(21));
    lease.transfer_lease_id = Some(super::quarry_lofts::TRANSFER_LEASE);
    lease.transfer_property_id = Some(super::quarry_lofts::QUARRY_LOFTS);
    house.sign_out(lease, Some(20), Some("On-Site Transfer"));
}

/// A running lease of one or two people.
fn ordinary(house: &mut House<'_>, dice: &mut Dice, number: i64) {
    let since = i64::try_from(dice.below(330)).unwrap_or_default() + 15;
    let mut lease = house.lease(number, LeaseStatus::Current, -since, Some(364 - since));
    if dice.below(3) == 0 {
        house.add(&mut lease, "Responsible", "Roommate");
    }
    house.sign(lease);
}

/// A property in the making: hands out ids and names.
pub(super) struct House<'a> {
    pub(super) state: &'a mut EntrataState,
    names: &'a mut Names,
    property: i64,
    leases: i64,
    people: i64,
    terms: i64,
    unit_base: i64,
}

impl<'a> House<'a> {
    /// `block` keeps the ids of properties apart: leases from 410001, people from 610001 and
    /// terms from 310001, each plus a thousand per block.
    pub(super) fn new(
        state: &'a mut EntrataState,
        names: &'a mut Names,
        property: i64,
        block: i64,
    ) -> Self {
        Self {
            state,
            names,
            property,
            leases: 410_000 + block * 1000,
            people: 610_000 + block * 1000,
            terms: 310_000 + block * 1000,
            unit_base: 700_000 + block * 10_000,
        }
    }

    /// A lease of one person. `from` is both move-in and start of the term.
    pub(super) fn lease(
        &mut self,
        unit: i64,
        status: LeaseStatus,
        from: i64,
        term_end: Option<i64>,
    ) -> Lease {
        self.leases += 1;
        let mut lease = Lease::new(self.leases, self.property, status);
        lease.unit_id = Some(self.unit_base + unit);
        lease.move_in = Some(day(from));
        let term = self.interval(from, term_end, status);
        lease.interval_id = term.id;
        lease.intervals.push(term);
        self.add(&mut lease, "Primary", "Primary");
        lease
    }

    fn interval(&mut self, from: i64, to: Option<i64>, status: LeaseStatus) -> LeaseInterval {
        self.terms += 1;
        LeaseInterval::new(self.terms, day(from), to.map(day), status)
    }

    /// One more person on a lease.
    pub(super) fn add(&mut self, lease: &mut Lease, customer_type: &str, relationship: &str) {
        self.people += 1;
        let (first, last) = self.names.next();
        let mut person = Customer::new(self.people, first, last);
        person.customer_type = customer_type.to_owned();
        person.relationship = relationship.to_owned();
        person.email = Some(email(first, last, "example.test"));
        person.phone = Some(format!("+1 414555{:04}", self.people % 10_000));
        person.status = lease.status;
        if customer_type != "Guarantor" {
            person.move_in = lease.move_in;
        }
        lease.customers.push(person);
    }

    /// The people of another lease, with this one's status and dates, instead of its own.
    pub(super) fn same_people(&mut self, lease: &mut Lease, mut people: Vec<Customer>) {
        for person in &mut people {
            person.status = lease.status;
            person.move_in = lease.move_in;
            person.move_out = None;
        }
        lease.customers = people;
    }

    pub(super) fn sign(&mut self, lease: Lease) {
        self.state.leases.insert(lease);
    }

    /// Signs a lease that ends, for everybody on it.
    pub(super) fn sign_out(&mut self, mut lease: Lease, out: Option<i64>, reason: Option<&str>) {
        lease.move_out = out.map(day);
        lease.move_out_reason = reason.map(str::to_owned);
        if lease.status == LeaseStatus::Notice {
            // Notice is given on the first of the month.
            lease.notice = day(-20).with_day(1);
        }
        for person in lease.customers.iter_mut().filter(|c| c.move_in.is_some()) {
            person.move_out = lease.move_out;
        }
        self.sign(lease);
    }

    /// Changes the lease that was signed last.
    fn edit_last(&mut self, edit: impl FnOnce(&mut Lease)) {
        self.state.leases.edit(self.leases, edit);
    }
}
