//! Nexudus: Harbour Works (1420000101), a coworking space in Portland.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::names::{Names, email};
use super::{World, at};
use crate::nexudus::{
    Booking, BookingVisitor, Business, Contract, Coworker, CoworkerTimePass, Desk, NexudusState,
    PausedPeriod, Resource, ResourceType, Tariff, Team, TimePass, Visitor,
};

const BUSINESS: i64 = 1_420_000_101;
const ZONE: Tz = Tz::America__Los_Angeles;

const CEDAR: i64 = 1_414_925_101;
const BIRCH: i64 = 1_414_925_102;
const MAPLE: i64 = 1_414_925_103;
const BOOTH: i64 = 1_414_925_104;
const LOFT: i64 = 1_414_925_105;

const OFFICE_2A: i64 = 1_416_300_301;
const DESK_14: i64 = 1_416_300_314;
const DESK_15: i64 = 1_416_300_315;
const DESK_16: i64 = 1_416_300_316;

const FLEX: i64 = 1_416_800_501;
const OFFICE_PLAN: i64 = 1_416_800_502;
const DESK_PLAN: i64 = 1_416_800_503;

pub(super) fn build(world: &mut World, names: &mut Names) {
    let now = world.instant;
    let state = &mut world.nexudus;
    space(state, now);
    people(state, now, names);
    contracts(state, now);
    bookings(state, now);
    state.coworkers.spread_stamps(now);
    state.bookings.spread_stamps(now);
    state.contracts.spread_stamps(now);
}

/// The id of the `n`th coworker, from 1.
fn coworker(n: i64) -> i64 {
    1_415_900_200 + n
}

/// A wall-clock time in Portland, `offset` days from today.
fn wall(offset: i64, hour: u32, minute: u32) -> DateTime<Utc> {
    at(ZONE, offset, hour, minute)
}

fn midnight(offset: i64) -> DateTime<Utc> {
    wall(offset, 0, 0)
}

fn space(state: &mut NexudusState, now: DateTime<Utc>) {
    let mut business = Business::new("Harbour Works", ZONE);
    business.city = "Portland".to_owned();
    state.businesses.put(BUSINESS, business, now);

    let meeting = 1_414_984_701;
    let booth = 1_414_984_702;
    let loft = 1_414_984_703;
    for (id, name) in [
        (meeting, "Meeting room"),
        (booth, "Phone booth"),
        (loft, "Event space"),
    ] {
        state
            .resource_types
            .put(id, ResourceType::new(BUSINESS, name), now);
    }
    for (id, name, kind, system_type, seats, group) in [
        (CEDAR, "Cedar Room", meeting, 1, 8, "882011"),
        (BIRCH, "Birch Room", meeting, 1, 6, "882012"),
        (MAPLE, "Maple Room", meeting, 1, 12, "882013"),
        (BOOTH, "Phone Booth", booth, 12, 1, "882014"),
    ] {
        let mut resource = Resource::new(BUSINESS, name, kind);
        resource.system_type = system_type;
        resource.allocation = Some(seats);
        resource.access_control_group_id = Some(group.to_owned());
        resource.requires_confirmation = id == MAPLE;
        resource.allow_multiple_bookings = id == BOOTH;
        state.resources.put(id, resource, now);
    }
    // The newer field, with two groups.
    let mut resource = Resource::new(BUSINESS, "Event Loft", loft);
    resource.system_type = 4;
    resource.allocation = Some(60);
    resource.access_control_group_ids = Some("882015,882001".to_owned());
    state.resources.put(LOFT, resource, now);

    for (id, name, item_type, seats, group) in [
        (OFFICE_2A, "Office 2A", 1, 6, "882021"),
        (DESK_14, "Desk 14", 2, 1, "882022"),
        (DESK_15, "Desk 15", 2, 1, "882023"),
        (DESK_16, "Desk 16", 2, 1, "882024"),
    ] {
        let mut desk = Desk::new(BUSINESS, name, item_type);
        desk.capacity = seats;
        desk.access_control_group_id = Some(group.to_owned());
        state.desks.put(id, desk, now);
    }
    for (id, name, system_type, price) in [
        (FLEX, "Flex 24/7", 5, 250),
        (OFFICE_PLAN, "Private Office", 1, 2400),
        (DESK_PLAN, "Dedicated Desk", 3, 420),
    ] {
        let tariff = Tariff::new(BUSINESS, name, system_type, price);
        state.tariffs.put(id, tariff, now);
    }
    let mut pass = TimePass::new(BUSINESS, "Day Pass");
    pass.access_control_group_id = Some("882001".to_owned());
    state.time_passes.put(1_416_900_601, pass, now);
    let mut bank = TimePass::new(BUSINESS, "8 hours");
    bank.minutes_included = Some(480);
    bank.access_control_group_id = Some("882001".to_owned());
    state.time_passes.put(1_416_900_602, bank, now);
}

fn people(state: &mut NexudusState, now: DateTime<Utc>, names: &mut Names) {
    for n in (1..=20).filter(|n| *n != 3) {
        let (first, last) = names.next();
        let address = email(first, last, "example.com");
        let mut person = Coworker::new(BUSINESS, format!("{first} {last}"), address);
        match n {
            1 => {
                person.access_card_id = Some("0004821190,0004821191".to_owned());
                person.access_pincode = Some("04821".to_owned());
            }
            2 => person.access_pincode = Some(String::new()),
            10 => person.archived = true,
            11 => person.active = false,
            // Letters beyond ASCII, and a single name that cannot be split.
            13 => person.full_name = "Ana Núñez".to_owned(),
            15 => person.full_name = "Sibylle".to_owned(),
            _ => {}
        }
        state.coworkers.put(coworker(n), person, now);
    }
    // A second profile of number 12, with the same address.
    if let Some(twin) = state.coworkers.get(coworker(12)).cloned() {
        state.coworkers.put(coworker(14), twin, now);
    }
    let mut acme = Coworker::new(BUSINESS, "Acme Robotics Inc", "billing@acme.example");
    acme.company = true;
    state.coworkers.put(coworker(3), acme, now);

    // The company pays; the three people work.
    let members = vec![coworker(3), coworker(4), coworker(5), coworker(6)];
    let mut team = Team::new(BUSINESS, "Acme Robotics", members);
    team.administrators = vec![coworker(4)];
    team.paying_member_id = Some(coworker(3));
    state.teams.put(1_417_700_401, team, now);
    let team = Team::new(BUSINESS, "Book Club", vec![coworker(16), coworker(17)]);
    state.teams.put(1_417_700_402, team, now);

    let pass = |n| CoworkerTimePass::new(coworker(n), BUSINESS, 1_416_900_601);
    let mut unused = pass(13);
    unused.expires = Some(midnight(20));
    state.coworker_time_passes.put(1_419_000_711, unused, now);
    let mut used = pass(15);
    used.used_date = Some(wall(0, 9, 5));
    state.coworker_time_passes.put(1_419_000_712, used, now);
    let mut bank = CoworkerTimePass::new(coworker(12), BUSINESS, 1_416_900_602);
    bank.remaining_uses = Some(310);
    bank.total_uses = Some(480);
    state.coworker_time_passes.put(1_419_000_713, bank, now);
}

fn contracts(state: &mut NexudusState, now: DateTime<Utc>) {
    // (number, holder, plan, start, cancellation, desks); days from today.
    type Row = (i64, i64, i64, Option<i64>, Option<i64>, Vec<i64>);
    let rows: [Row; 12] = [
        // Running, with a desk.
        (511, 1, DESK_PLAN, Some(-99), None, vec![DESK_14]),
        // The company's office, for the whole team.
        (512, 3, OFFICE_PLAN, Some(-99), None, vec![OFFICE_2A]),
        // Ended a month ago.
        (513, 2, FLEX, Some(-300), Some(-30), vec![]),
        // Starts on the first of next month.
        (514, 7, FLEX, Some(22), None, vec![]),
        // Cancelled for the end of the month, still running, with a desk.
        (515, 8, DESK_PLAN, Some(-200), Some(21), vec![DESK_15]),
        // Paused for this month.
        (516, 9, FLEX, Some(-130), None, vec![]),
        // No dates at all.
        (517, 16, FLEX, None, None, vec![]),
        // Of a suspended customer.
        (518, 11, FLEX, Some(-60), None, vec![]),
        (519, 17, FLEX, Some(-250), None, vec![]),
        (520, 18, FLEX, Some(-40), None, vec![]),
        // Paused from the first of next month on: only the row tells.
        (521, 19, FLEX, Some(-70), None, vec![]),
        // An upgrade: the old contract ended where the next one began.
        (522, 17, DESK_PLAN, Some(-400), Some(-250), vec![]),
    ];
    for (number, holder, plan, start, end, desks) in rows {
        let mut contract = Contract::new(BUSINESS, coworker(holder), plan, start.map(midnight));
        contract.cancellation = end.map(midnight);
        if start.is_some() && end.is_none_or(|end| end > 0) {
            contract.renewal = Some(midnight(22));
            contract.term = Some(midnight(82));
        }
        contract.desks = desks;
        state.contracts.put(1_416_500_000 + number, contract, now);
    }
    for (id, contract, from, until) in [(101, 516, -9, 22), (102, 521, 22, 52)] {
        let pause = PausedPeriod::new(1_416_500_000 + contract, midnight(from), midnight(until));
        state.paused_periods.put(1_416_700_000 + id, pause, now);
    }
    // Desk 16 is assigned to a person directly, without a contract.
    if let Some(mut desk) = state.desks.get(DESK_16).cloned() {
        desk.coworker_id = Some(coworker(20));
        state.desks.put(DESK_16, desk, now);
    }
}

fn bookings(state: &mut NexudusState, now: DateTime<Utc>) {
    let mut number = 600;
    let mut book = |state: &mut NexudusState,
                    resource: i64,
                    who: Option<i64>,
                    from: (i64, u32, u32),
                    to: (i64, u32, u32)| {
        number += 1;
        let (start, end) = (wall(from.0, from.1, from.2), wall(to.0, to.1, to.2));
        let booking = Booking::new(resource, who.map(coworker), start, end);
        let id = 1_418_700_000 + number;
        state.bookings.put(id, booking, now);
        id
    };

    // 601, 602: running now, and the same person right after it in the same room.
    let first = book(state, CEDAR, Some(12), (0, 9, 0), (0, 10, 30));
    book(state, CEDAR, Some(12), (0, 10, 30), (0, 12, 0));
    // 603, 604: one person in two rooms at once.
    book(state, BIRCH, Some(1), (0, 13, 0), (0, 15, 0));
    book(state, CEDAR, Some(1), (0, 14, 0), (0, 16, 0));
    // 605, 606: the booth takes overlapping bookings, here of one person.
    book(state, BOOTH, Some(18), (0, 11, 0), (0, 11, 30));
    book(state, BOOTH, Some(18), (0, 11, 15), (0, 11, 45));
    // 607: waits for approval.
    let tentative = book(state, MAPLE, Some(13), (1, 11, 0), (1, 12, 0));
    // 608: over midnight.
    book(state, BIRCH, Some(4), (0, 22, 0), (1, 1, 30));
    // 609: the administrator holds the room.
    let held = book(state, MAPLE, None, (0, 8, 0), (0, 9, 0));
    // 610: by a suspended customer; 611: by an archived one.
    book(state, BIRCH, Some(11), (1, 9, 0), (1, 10, 0));
    book(state, BOOTH, Some(10), (1, 9, 0), (1, 9, 30));
    // 612: over yesterday; 613: through the night in which the clocks changed.
    book(state, CEDAR, Some(16), (-1, 9, 0), (-1, 10, 30));
    book(state, MAPLE, Some(5), (-3, 22, 0), (-2, 6, 0));
    // 614: an evening event in the loft, by the company itself.
    book(state, LOFT, Some(3), (2, 17, 0), (2, 21, 0));
    // 615: starts within the quarter of an hour in which the door is open already.
    book(state, BIRCH, Some(17), (0, 10, 10), (0, 11, 0));
    // 616: ended five minutes ago.
    book(state, BOOTH, Some(19), (0, 9, 30), (0, 9, 55));
    // 617: next week, in the daily plan of nobody yet.
    book(state, MAPLE, Some(15), (7, 14, 0), (7, 15, 0));
    // 618: will be cancelled below.
    let cancelled = book(state, CEDAR, Some(1), (1, 9, 0), (1, 10, 0));
    // 619 to 623: every Tuesday at half past eight, over the change of the clocks.
    for week in -2..=2 {
        let id = book(state, BIRCH, Some(6), (week * 7, 8, 30), (week * 7, 9, 30));
        edit(state, id, now, |booking| {
            booking.series = Some("5d0c7a52-3f0e-4f43-9d0a-2a8b1c9e7f10".to_owned());
        });
    }

    edit(state, tentative, now, |booking| booking.tentative = true);
    edit(state, held, now, |booking| {
        booking.notes = Some("Held for maintenance".to_owned());
    });
    state.cancel(cancelled, 1, wall(-1, 15, 0));

    let mut guest = Visitor::new(
        BUSINESS,
        "Zoe Guest",
        "zoe.guest@example.org",
        wall(0, 8, 50),
    );
    guest.coworker_id = Some(coworker(12));
    state.visitors.put(1_419_800_801, guest, now);
    let link = BookingVisitor::new(first, 1_419_800_801);
    state.booking_visitors.put(1_419_900_701, link, now);
}

fn edit(state: &mut NexudusState, id: i64, now: DateTime<Utc>, change: impl FnOnce(&mut Booking)) {
    if let Some(mut booking) = state.bookings.get(id).cloned() {
        change(&mut booking);
        state.bookings.put(id, booking, now);
    }
}
