//! Who can open which door at which instant.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike as _, Utc};
use chrono_tz::Tz;

use super::rows::{AccessPoint, User, UserRef};
use super::rows_access::{Credential, Recurrence, Schedule};
use super::state::{ALWAYS, BrivoState};

/// What the page shows.
impl BrivoState {
    pub(crate) fn door_count(&self) -> usize {
        self.access_points.len()
    }

    pub(crate) fn credential_count(&self) -> usize {
        self.credentials.len()
    }

    pub(crate) fn doors(&self) -> impl Iterator<Item = &AccessPoint> {
        self.access_points.values()
    }

    pub(crate) fn has_door(&self, name: &str) -> bool {
        !self.doors_named(name).is_empty()
    }

    pub(crate) fn online(&self, panel: i64) -> bool {
        self.panels.get(&panel).is_none_or(|panel| panel.online)
    }

    pub(crate) fn group_names(&self, user: i64) -> Vec<&str> {
        let ids = self.groups_of(user).into_iter();
        ids.filter_map(|id| Some(self.groups.get(&id)?.name.as_str()))
            .collect()
    }

    pub(crate) fn held_by(&self, user: i64) -> impl Iterator<Item = &Credential> {
        self.credentials_of(user)
    }

    pub(crate) fn member_count(&self, group: i64) -> usize {
        self.group_size(group)
    }

    pub(crate) fn doors_of(&self, group: i64) -> Vec<&str> {
        let doors = self.permissions(group);
        doors
            .filter_map(|(door, ..)| Some(self.access_points.get(&door)?.name.as_str()))
            .collect()
    }

    pub(crate) fn doors_open_to(&self, user: i64, at: DateTime<Utc>) -> Vec<&str> {
        let groups = self.groups_of(user).into_iter();
        let named: BTreeSet<i64> = groups
            .flat_map(|group| self.permissions(group).map(|(door, ..)| door))
            .collect();
        named
            .into_iter()
            .filter(|door| self.opens(&UserRef::Id(user), *door, at))
            .filter_map(|door| Some(self.access_points.get(&door)?.name.as_str()))
            .collect()
    }

    /// Doors that a group of the user's is let through at some time.
    pub(crate) fn doors_let_through(&self, user: i64) -> Vec<i64> {
        let groups = self.groups_of(user).into_iter();
        let doors = groups.flat_map(|group| self.permissions(group));
        doors.map(|(door, ..)| door).collect()
    }

    pub(crate) fn newest_events(&self, limit: usize) -> Vec<serde_json::Value> {
        let newest = self.journal.events.iter().rev().take(limit);
        newest.map(super::events::Event::shape).collect()
    }

    /// Calls in the last second and in the last 30 days.
    pub(crate) fn usage(&mut self, now: DateTime<Utc>) -> (usize, usize) {
        (self.second.count(now), self.month.count(now))
    }
}

impl BrivoState {
    /// Whether one of the user's credentials is in date. `effectiveFrom`/`effectiveTo` of the user
    /// bound the PIN, each other credential has its own dates. A user to whom no credential was
    /// ever given is taken to hold a card without dates, unless told otherwise.
    pub(super) fn credential_in_date(&self, user: &User, at: DateTime<Utc>) -> bool {
        let pin = user.pin.is_some()
            && user.effective_from.is_none_or(|from| from <= at)
            && user.effective_to.is_none_or(|to| at < to);
        let other = self.credentials_of(user.id).any(|credential| {
            credential.redeemed
                && credential.assignment.as_ref().is_some_and(|assignment| {
                    assignment.from <= at && assignment.to.is_none_or(|to| at < to)
                })
        });
        let implied = self.implied_cards && user.pin.is_none() && !self.carded.contains(&user.id);
        pin || other || implied
    }

    pub(super) fn is_active(&self, user: &User, at: DateTime<Utc>) -> bool {
        let holds = user.pin.is_some() || self.credentials_of(user.id).next().is_some();
        holds && self.credential_in_date(user, at) && !self.groups_of(user.id).is_empty()
    }

    /// `place` is the name of a door; where no door has it, the name of a group.
    pub(crate) fn can_open(&self, user: &UserRef, place: &str, at: DateTime<Utc>) -> bool {
        let doors = self.doors_named(place);
        if !doors.is_empty() {
            return doors.iter().any(|door| self.opens(user, *door, at));
        }
        let Some(user) = self.resolve(user) else {
            return false;
        };
        !user.suspended
            && self.credential_in_date(user, at)
            && self
                .groups_of(user.id)
                .iter()
                .any(|group| self.groups.get(group).is_some_and(|g| g.name == place))
    }

    /// The door decides by what its panel knows: an offline one by what it last heard.
    pub(super) fn opens(&self, user: &UserRef, door: i64, at: DateTime<Utc>) -> bool {
        let panel = self.access_points.get(&door).map(|d| d.control_panel_id);
        let known = panel.and_then(|panel| self.offline.get(&panel));
        known.map_or(self, |known| known).decides(user, door, at)
    }

    fn decides(&self, user: &UserRef, door: i64, at: DateTime<Utc>) -> bool {
        let Some(user) = self.resolve(user) else {
            return false;
        };
        if user.suspended {
            return false;
        }
        let held = self.overrides.get(&door);
        if held.is_some_and(|held| held.unlock && held.end.is_none_or(|end| at < end)) {
            return true;
        }
        self.credential_in_date(user, at)
            && self.groups_of(user.id).into_iter().any(|group| {
                self.permissions(group)
                    .any(|(of, schedule, _)| of == door && self.schedule_on(schedule, door, at))
            })
    }

    /// Whether a schedule is on at a door.
    pub(super) fn schedule_on(&self, schedule: i64, door: i64, at: DateTime<Utc>) -> bool {
        if schedule == ALWAYS {
            return true;
        }
        let Some(schedule) = self.schedules.get(&schedule) else {
            return false;
        };
        let site = self.access_points.get(&door).map(|d| d.site_id);
        let zone: Tz = site
            .and_then(|site| self.sites.get(&site)?.time_zone.parse().ok())
            .unwrap_or(Tz::UTC);
        let wall = at.with_timezone(&zone).naive_local();
        let (date, time) = (wall.date(), wall.time());
        let exception = schedule.exceptions.iter().find(|exception| {
            let day = match exception.recurrence {
                Recurrence::Singular(day) => day == date,
                Recurrence::DayOfMonth(weekday, week) => {
                    date.weekday() == weekday && (date.day0() / 7) + 1 == u32::from(week)
                }
            };
            day && exception.block.holds(time)
        });
        if let Some(exception) = exception {
            return exception.enabling;
        }
        let blocks = if self.on_holiday(schedule, site, wall) {
            &schedule.holiday_blocks
        } else {
            let day = u8::try_from(date.weekday().num_days_from_monday()).unwrap_or_default();
            match schedule.blocks.get(&day) {
                Some(blocks) => blocks,
                None => return false,
            }
        };
        blocks.iter().any(|block| block.holds(time))
    }

    fn on_holiday(
        &self,
        schedule: &Schedule,
        site: Option<i64>,
        wall: chrono::NaiveDateTime,
    ) -> bool {
        let observed = schedule.holidays.iter();
        observed
            .filter_map(|id| self.holidays.get(id))
            .filter(|holiday| holiday.site_id.is_none() || holiday.site_id == site)
            .any(|holiday| holiday.start <= wall && wall < holiday.end)
    }
}
