//! Timelines of many records, the same on every machine.

use access_sync_benches::Random;
use access_sync_core::Timeline;
use access_sync_core::record::{Booking, BookingStatus, Lease, LeaseStatus, Record, Span};
use chrono::{Days, NaiveDate, NaiveDateTime, TimeDelta};
use chrono_tz::Tz;

const ZONES: [Tz; 4] = [
    Tz::America__New_York,
    Tz::America__Chicago,
    Tz::America__Denver,
    Tz::America__Los_Angeles,
];

/// A day, counted from 2022-01-01.
pub fn day(number: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2022, 1, 1).unwrap() + Days::new(number)
}

/// Leases of units: some people have two, some leases no end, dates within six years, properties
/// of 250 units in four zones.
pub fn leases(count: usize, seed: u64) -> Timeline {
    let mut random = Random::new(seed);
    let people = random.shuffled(count);
    let mut timeline = Timeline::new(Tz::America__New_York);
    timeline.records_mut().reserve_exact(count);
    for (number, person) in people.into_iter().enumerate() {
        timeline.push(lease(number, person * 9 / 10, &mut random));
    }
    timeline
}

fn lease(number: usize, person: usize, random: &mut Random) -> Lease {
    let start = random.below(1_800);
    let end = (random.below(3) > 0).then(|| day(start + 30 + random.below(700)));
    let zone = ZONES[number / 250 % ZONES.len()];
    Lease::new(
        format!("lease:{number}"),
        format!("resident:{person}"),
        format!("unit:{}", number / 2),
        LeaseStatus::Current,
    )
    .move_in(day(start))
    .move_out(end)
    .time_zone(zone)
}

/// Bookings of rooms in local time, many for each person and room.
pub fn bookings(count: usize, seed: u64) -> Timeline {
    let mut random = Random::new(seed);
    let mut timeline = Timeline::new(Tz::Europe__London);
    timeline.records_mut().reserve_exact(count);
    let people = (count as u64 / 100).max(1);
    for number in 0..count {
        let from = day(random.below(365)).and_hms_opt(8, 0, 0).unwrap()
            + TimeDelta::minutes(15 * random.below(48) as i64);
        let to = from + TimeDelta::minutes(15 + 15 * random.below(12) as i64);
        let (person, room) = (random.below(people), random.below(5));
        timeline.push(Booking::new(
            format!("booking:{number}"),
            format!("customer:{person}"),
            format!("room:{room}"),
            BookingStatus::Confirmed,
            Span::Local { from, to },
        ));
    }
    timeline
}

/// The local times of a timeline's records, with their zones.
pub fn local_times(timeline: &Timeline) -> Vec<(Tz, NaiveDateTime)> {
    let mut times = Vec::new();
    for record in timeline.records() {
        match record {
            Record::Lease(it) => {
                let zone = it.time_zone.or(timeline.time_zone).unwrap();
                times.push((
                    zone,
                    it.move_in
                        .date()
                        .unwrap()
                        .and_time(timeline.policy.start_time),
                ));
                if let Some(end) = it.move_out.date() {
                    times.push((zone, end.and_time(timeline.policy.end_time)));
                }
            }
            Record::Booking(it) => {
                let Span::Local { from, to } = it.span else {
                    continue;
                };
                let zone = it.time_zone.or(timeline.time_zone).unwrap();
                times.extend([(zone, from), (zone, to)]);
            }
            _ => {}
        }
    }
    times
}
