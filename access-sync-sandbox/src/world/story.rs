//! Worlds written by hand, as a file to read and to keep beside a test.

use std::ops::Range;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use serde::Deserialize;
use toml::Spanned;

use super::{PropertyDoors, World};
use crate::brivo::{ALWAYS, AccessPoint, NewUser, Site};
use crate::entrata::{Customer, Lease, LeaseInterval, LeaseStatus, Property, Unit};
use crate::nexudus::{Booking, Business, Contract, Coworker, Desk, Resource, ResourceType, Tariff};

/// A story cannot be read, or does not hold together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct StoryError {
    line: usize,
    column: usize,
    message: String,
}

impl StoryError {
    fn at(text: &str, span: Range<usize>, message: impl Into<String>) -> Self {
        let before = text.get(..span.start).unwrap_or(text);
        Self {
            line: before.matches('\n').count() + 1,
            column: before.chars().rev().take_while(|c| *c != '\n').count() + 1,
            message: message.into(),
        }
    }

    /// Where, from 1.
    pub fn line(&self) -> usize {
        self.line
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Story {
    now: Option<String>,
    #[serde(default)]
    properties: Vec<PropertyText>,
    #[serde(default)]
    spaces: Vec<SpaceText>,
    #[serde(default)]
    staff: Vec<StaffText>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PropertyText {
    name: String,
    time_zone: Spanned<String>,
    units: Vec<String>,
    #[serde(default)]
    leases: Vec<LeaseText>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LeaseText {
    unit: Spanned<String>,
    people: Vec<String>,
    status: Spanned<String>,
    from: Option<NaiveText>,
    to: Option<NaiveText>,
    move_in: Option<NaiveText>,
    move_out: Option<NaiveText>,
    #[serde(default)]
    month_to_month: bool,
    #[serde(default)]
    guarantors: Vec<String>,
}

type NaiveText = Spanned<String>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SpaceText {
    name: String,
    time_zone: Spanned<String>,
    #[serde(default)]
    rooms: Vec<String>,
    #[serde(default)]
    desks: Vec<String>,
    #[serde(default)]
    members: Vec<MemberText>,
    #[serde(default)]
    bookings: Vec<BookingText>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MemberText {
    name: String,
    from: Option<NaiveText>,
    to: Option<NaiveText>,
    desk: Option<Spanned<String>>,
    #[serde(default)]
    suspended: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BookingText {
    room: Spanned<String>,
    member: Spanned<String>,
    from: Spanned<String>,
    to: Spanned<String>,
    #[serde(default)]
    tentative: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StaffText {
    name: String,
    external_id: Option<String>,
    groups: Vec<Spanned<String>>,
}

fn split(name: &str) -> (&str, &str) {
    name.rsplit_once(' ').unwrap_or((name, "Resident"))
}

fn address(name: &str) -> String {
    let plain: String = name
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '.' })
        .collect();
    format!("{plain}@example.test")
}

/// Reads and builds at once: every error knows its place in `text`.
struct Reader<'a> {
    text: &'a str,
    world: World,
    next: i64,
}

type Read<T> = Result<T, StoryError>;

impl World {
    /// A world from a story in TOML; the README shows one. Ids are given in the order of the file:
    /// the same file is the same world.
    ///
    /// # Errors
    /// [`StoryError`] with line, column and what is wrong there.
    pub fn from_toml(text: &str) -> Result<Self, StoryError> {
        let story: Story = toml::from_str(text).map_err(|error| {
            let span = error.span().unwrap_or(0..0);
            StoryError::at(text, span, error.message().replace('\n', " "))
        })?;
        let mut reader = Reader {
            text,
            world: World::empty(),
            next: 0,
        };
        if let Some(now) = &story.now {
            reader.world.instant = now.parse::<DateTime<Utc>>().map_err(|_| {
                let start = text.find(now.as_str()).unwrap_or_default();
                let span = start..start;
                StoryError::at(
                    text,
                    span,
                    format!("\"{now}\" is no instant such as 2026-03-10T17:00:00Z"),
                )
            })?;
        }
        reader.world.brivo.quietly(true);
        for (n, property) in (0..).zip(&story.properties) {
            reader.property(n, property)?;
        }
        for (n, space) in (0..).zip(&story.spaces) {
            reader.space(n, space)?;
        }
        for person in &story.staff {
            reader.staff(person)?;
        }
        reader.world.brivo.quietly(false);
        Ok(reader.world)
    }
}

impl Reader<'_> {
    fn wrong<T>(&self, at: &Spanned<T>, message: String) -> StoryError {
        StoryError::at(self.text, at.span(), message)
    }

    fn zone(&self, zone: &Spanned<String>) -> Read<Tz> {
        zone.get_ref().parse().map_err(|_| {
            let name = zone.get_ref();
            self.wrong(
                zone,
                format!("\"{name}\" is no time zone such as America/Chicago"),
            )
        })
    }

    fn date(&self, text: Option<&NaiveText>) -> Read<Option<NaiveDate>> {
        text.map(|text| {
            text.get_ref().parse().map_err(|_| {
                let value = text.get_ref();
                self.wrong(text, format!("\"{value}\" is no date such as 2026-03-15"))
            })
        })
        .transpose()
    }

    fn instant(&self, text: &Spanned<String>, zone: Tz) -> Read<DateTime<Utc>> {
        use chrono::TimeZone as _;
        let value = text.get_ref();
        if let Ok(at) = value.parse::<DateTime<Utc>>() {
            return Ok(at);
        }
        let wall = ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"]
            .into_iter()
            .find_map(|format| chrono::NaiveDateTime::parse_from_str(value, format).ok());
        wall.and_then(|wall| zone.from_local_datetime(&wall).earliest())
            .map(|at| at.with_timezone(&Utc))
            .ok_or_else(|| {
                self.wrong(
                    text,
                    format!("\"{value}\" is no time such as 2026-03-10 09:30"),
                )
            })
    }

    fn number(&mut self) -> i64 {
        self.next += 1;
        self.next
    }

    /// A site with its own spelling of the zone, and a group with a door of the same name.
    fn door(&mut self, site: i64, group: i64, name: &str, also: &[i64]) -> i64 {
        let door = 600_000 + self.number();
        let now = self.world.instant;
        let brivo = &mut self.world.brivo;
        brivo.put_access_point(AccessPoint::new(door, name, site), now);
        brivo.put_group(group, name);
        for door in also.iter().chain([&door]) {
            brivo.permit(group, *door, ALWAYS, false);
        }
        door
    }

    fn property(&mut self, n: i64, story: &PropertyText) -> Read<()> {
        let zone = self.zone(&story.time_zone)?;
        let (id, site) = (100_001 + n, 30_001 + n);
        let mut row = Property::new(id, &story.name);
        row.time_zone = zone;
        self.world.entrata.properties.insert(id, row);
        let place = Site::new(
            site,
            &story.name,
            zone.name(),
            "1 Main Street",
            "Springfield",
            "IL",
            "62701",
        );
        self.world.brivo.sites.insert(site, place);
        let residents = 800_001 + n * 1000;
        let door = format!("{} Lobby", story.name);
        self.door(site, residents, &door, &[]);
        self.world
            .brivo
            .put_group(residents, &format!("{} Residents", story.name));
        let mut doors = PropertyDoors {
            residents_group: residents,
            unit_groups: Default::default(),
        };
        for (m, number) in (1..).zip(&story.units) {
            let (unit, group) = (700_000 + n * 1000 + m, residents + m);
            let row = Unit::new(unit, id, number, 750_000 + n * 1000 + m);
            self.world.entrata.units.insert(unit, row);
            self.door(site, group, &format!("{} Unit {number}", story.name), &[]);
            doors.unit_groups.insert(unit, group);
        }
        self.world.map.properties.insert(id, doors);
        for lease in &story.leases {
            self.lease(id, n, story, lease)?;
        }
        Ok(())
    }

    fn lease(
        &mut self,
        property: i64,
        n: i64,
        story: &PropertyText,
        lease: &LeaseText,
    ) -> Read<()> {
        let unit = lease.unit.get_ref();
        let index = (1..).zip(&story.units).find(|(_, number)| *number == unit);
        let (index, _) = index.ok_or_else(|| {
            let name = &story.name;
            self.wrong(
                &lease.unit,
                format!("{name} has no unit \"{unit}\"; it is listed in `units`"),
            )
        })?;
        let status = LeaseStatus::ALL
            .into_iter()
            .find(|status| status.name().eq_ignore_ascii_case(lease.status.get_ref()))
            .ok_or_else(|| {
                let word = lease.status.get_ref();
                self.wrong(&lease.status, format!(
                    "\"{word}\" is no lease status; write applicant, cancelled, future, current, notice or past"
                ))
            })?;
        let from = self.date(lease.from.as_ref())?;
        let to = self.date(lease.to.as_ref())?;
        let move_in = self.date(lease.move_in.as_ref())?.or(from);
        let move_out = self.date(lease.move_out.as_ref())?;
        if let (Some(move_in), Some(move_out), Some(at)) = (move_in, move_out, &lease.move_out) {
            if move_out < move_in {
                return Err(self.wrong(
                    at,
                    format!("moves out on {move_out}, before moving in on {move_in}"),
                ));
            }
        }
        let mut row = Lease::new(400_000 + self.number(), property, status);
        row.unit_id = Some(700_000 + n * 1000 + index);
        row.move_in = move_in;
        row.move_out = move_out;
        row.month_to_month = lease.month_to_month;
        if let Some(from) = from {
            row.interval_id = 300_000 + self.number();
            row.intervals
                .push(LeaseInterval::new(row.interval_id, from, to, status));
        }
        for (m, name) in lease.people.iter().chain(&lease.guarantors).enumerate() {
            let (first, last) = split(name);
            let mut person = Customer::new(500_000 + self.number(), first, last);
            person.status = status;
            person.email = Some(address(name));
            if m >= lease.people.len() {
                person.customer_type = "Guarantor".to_owned();
                person.relationship = "Guarantor".to_owned();
            } else {
                if m > 0 {
                    person.customer_type = "Responsible".to_owned();
                    person.relationship = "Roommate".to_owned();
                }
                person.move_in = move_in;
                person.move_out = move_out;
            }
            row.customers.push(person);
        }
        self.world.entrata.leases.insert(row);
        Ok(())
    }

    fn space(&mut self, n: i64, story: &SpaceText) -> Read<()> {
        let zone = self.zone(&story.time_zone)?;
        let now = self.world.instant;
        let (id, site) = (1_420_000_001 + n, 31_001 + n);
        let place = Site::new(
            site,
            &story.name,
            zone.name(),
            "1 Pier Way",
            "Springfield",
            "IL",
            "62701",
        );
        self.world.brivo.sites.insert(site, place);
        self.world
            .nexudus
            .businesses
            .put(id, Business::new(&story.name, zone), now);
        let members = 900_001 + n * 1000;
        let front = self.door(site, members, &format!("{} Front Door", story.name), &[]);
        self.world
            .brivo
            .put_group(members, &format!("{} Members", story.name));
        self.world.map.locations.insert(id, members);
        let kind = 1_414_984_001 + n;
        self.world
            .nexudus
            .resource_types
            .put(kind, ResourceType::new(id, "Meeting room"), now);
        let plan = 1_416_800_001 + n;
        self.world
            .nexudus
            .tariffs
            .put(plan, Tariff::new(id, "Membership", 5, 250), now);
        let mut rooms = Vec::new();
        for (m, name) in (1..).zip(&story.rooms) {
            let group = members + m;
            self.door(site, group, name, &[front]);
            let mut room = Resource::new(id, name, kind);
            room.access_control_group_id = Some(group.to_string());
            rooms.push((name.as_str(), self.world.nexudus.resources.add(room, now)));
        }
        let mut desks = Vec::new();
        for (m, name) in (500..).zip(&story.desks) {
            let group = members + m;
            self.door(site, group, name, &[front]);
            let mut desk = Desk::new(id, name, 2);
            desk.access_control_group_id = Some(group.to_string());
            desks.push((name.as_str(), self.world.nexudus.desks.add(desk, now)));
        }
        let mut people = Vec::new();
        for member in &story.members {
            let mut row = Coworker::new(id, &member.name, address(&member.name));
            row.active = !member.suspended;
            let who = self.world.nexudus.coworkers.add(row, now);
            people.push((member.name.as_str(), who));
            self.contract(id, plan, zone, who, member, &desks)?;
        }
        for booking in &story.bookings {
            let find = |rows: &[(&str, i64)], text: &Spanned<String>, what: &str| {
                let row = rows.iter().find(|(name, _)| name == text.get_ref());
                row.map(|(_, id)| *id).ok_or_else(|| {
                    let word = text.get_ref();
                    self.wrong(text, format!("{} has no {what} \"{word}\"", story.name))
                })
            };
            let room = find(&rooms, &booking.room, "room")?;
            let who = find(&people, &booking.member, "member")?;
            let (from, to) = (
                self.instant(&booking.from, zone)?,
                self.instant(&booking.to, zone)?,
            );
            if to <= from {
                return Err(self.wrong(&booking.to, "the booking ends before it begins".to_owned()));
            }
            let mut row = Booking::new(room, Some(who), from, to);
            row.tentative = booking.tentative;
            self.world.nexudus.bookings.add(row, now);
        }
        Ok(())
    }

    fn contract(
        &mut self,
        space: i64,
        plan: i64,
        zone: Tz,
        who: i64,
        member: &MemberText,
        desks: &[(&str, i64)],
    ) -> Read<()> {
        use chrono::TimeZone as _;
        let midnight = |date: Option<NaiveDate>| {
            let wall = date?.and_hms_opt(0, 0, 0)?;
            let at = zone.from_local_datetime(&wall).earliest()?;
            Some(at.with_timezone(&Utc))
        };
        let start = midnight(self.date(member.from.as_ref())?);
        let end = midnight(self.date(member.to.as_ref())?);
        let desk = match &member.desk {
            None => None,
            Some(name) => {
                let row = desks.iter().find(|(known, _)| known == name.get_ref());
                let row = row.ok_or_else(|| {
                    let word = name.get_ref();
                    self.wrong(
                        name,
                        format!("there is no desk \"{word}\"; it is listed in `desks`"),
                    )
                })?;
                Some(row.1)
            }
        };
        if start.is_some() || end.is_some() || desk.is_some() {
            let mut row = Contract::new(space, who, plan, start);
            row.cancellation = end;
            row.desks = desk.into_iter().collect();
            let now = self.world.instant;
            self.world.nexudus.contracts.add(row, now);
        }
        Ok(())
    }

    fn staff(&mut self, person: &StaffText) -> Read<()> {
        let (first, last) = split(&person.name);
        let id = self.world.brivo.new_user(
            NewUser {
                external_id: person.external_id.clone(),
                first_name: first.to_owned(),
                last_name: last.to_owned(),
                ..NewUser::default()
            },
            self.world.instant,
        );
        for name in &person.groups {
            let group = self.world.brivo.group_named(name.get_ref());
            let group = group.ok_or_else(|| {
                let word = name.get_ref();
                self.wrong(name, format!(
                    "there is no group \"{word}\"; a property has \"NAME Residents\" and \"NAME Unit N\", a space \"NAME Members\" and its rooms and desks"
                ))
            })?;
            self.world.brivo.join(id, group);
        }
        Ok(())
    }
}
