use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::auth::Tokens;
use super::rows::{
    AccessPoint, BrivoSnapshot, Contact, CustomField, Group, NewUser, Schedule, Site, User, UserRef,
};
use crate::limits::Rolling;

/// "A user may be in at most 16 groups", counting those that the administrator cannot see.
pub(super) const MAX_GROUPS_PER_USER: usize = 16;

/// The built-in schedule "Always Access".
pub(crate) const ALWAYS: i64 = 41001;

/// Everything Brivo holds.
#[derive(Debug, Clone)]
pub(crate) struct BrivoState {
    pub(crate) users: BTreeMap<i64, User>,
    pub(crate) groups: BTreeMap<i64, Group>,
    pub(crate) sites: BTreeMap<i64, Site>,
    pub(crate) access_points: BTreeMap<i64, AccessPoint>,
    pub(crate) schedules: BTreeMap<i64, Schedule>,
    pub(crate) custom_fields: BTreeMap<i64, CustomField>,
    members: BTreeMap<i64, BTreeSet<i64>>,
    groups_of: BTreeMap<i64, BTreeSet<i64>>,
    external: BTreeMap<String, i64>,
    /// Door → schedule and privacy override, by group.
    permissions: BTreeMap<i64, BTreeMap<i64, (i64, bool)>>,
    next_user: i64,
    next_group: i64,
    pub(super) tokens: Tokens,
    pub(super) second: Rolling,
    pub(super) month: Rolling,
}

impl Default for BrivoState {
    fn default() -> Self {
        let always = Schedule {
            id: ALWAYS,
            name: "Always Access".to_owned(),
        };
        Self {
            users: BTreeMap::new(),
            groups: BTreeMap::new(),
            sites: BTreeMap::new(),
            access_points: BTreeMap::new(),
            schedules: BTreeMap::from([(ALWAYS, always)]),
            custom_fields: BTreeMap::new(),
            members: BTreeMap::new(),
            groups_of: BTreeMap::new(),
            external: BTreeMap::new(),
            permissions: BTreeMap::new(),
            next_user: 7_310_001,
            next_group: 890_001,
            tokens: Tokens::default(),
            second: Rolling::new(1),
            month: Rolling::new(30 * 86_400),
        }
    }
}

impl BrivoState {
    pub(crate) fn new_user(&mut self, new: NewUser, now: DateTime<Utc>) -> i64 {
        let id = self.take_user_id();
        self.put_user(User {
            id,
            external_id: new.external_id,
            first_name: new.first_name,
            middle_name: None,
            last_name: new.last_name,
            pin: new.pin,
            effective_from: new.effective_from,
            effective_to: new.effective_to,
            suspended: new.suspended,
            created: now,
            updated: now,
            ble_two_factor_exempt: false,
            emails: new
                .email
                .map(|address| Contact::new(address, "Home"))
                .into_iter()
                .collect(),
            phones: Vec::new(),
            custom_fields: BTreeMap::new(),
        });
        id
    }

    pub(super) fn take_user_id(&mut self) -> i64 {
        let id = self.next_user;
        self.next_user += 1;
        id
    }

    /// Stores a user, new or changed, and keeps the index of external ids.
    pub(super) fn put_user(&mut self, user: User) {
        if let Some(old) = self.users.get(&user.id).and_then(|u| u.external_id.clone()) {
            self.external.remove(&old);
        }
        if let Some(external) = &user.external_id {
            self.external.insert(external.clone(), user.id);
        }
        self.users.insert(user.id, user);
    }

    pub(super) fn remove_user(&mut self, id: i64) -> bool {
        for group in self.groups_of.remove(&id).unwrap_or_default() {
            if let Some(members) = self.members.get_mut(&group) {
                members.remove(&id);
            }
        }
        let removed = self.users.remove(&id);
        if let Some(external) = removed.as_ref().and_then(|u| u.external_id.as_ref()) {
            self.external.remove(external);
        }
        removed.is_some()
    }

    pub(super) fn by_external_id(&self, external_id: &str) -> Option<&User> {
        self.users.get(self.external.get(external_id)?)
    }

    pub(super) fn resolve(&self, user: &UserRef) -> Option<&User> {
        match user {
            UserRef::Id(id) => self.users.get(id),
            UserRef::External(external_id) => self.by_external_id(external_id),
        }
    }

    pub(crate) fn new_group(&mut self, name: &str) -> i64 {
        let id = self.next_group;
        self.next_group += 1;
        self.put_group(id, name);
        id
    }

    pub(crate) fn put_group(&mut self, id: i64, name: &str) {
        self.groups.insert(
            id,
            Group {
                id,
                name: name.to_owned(),
                keypad_unlock: false,
                immune_to_antipassback: false,
                excluded_from_lockdown: false,
                antipassback_reset_time: None,
                multifamily: false,
                hidden: false,
            },
        );
    }

    pub(super) fn remove_group(&mut self, id: i64) {
        self.groups.remove(&id);
        self.permissions.remove(&id);
        for user in self.members.remove(&id).unwrap_or_default() {
            if let Some(groups) = self.groups_of.get_mut(&user) {
                groups.remove(&id);
            }
        }
    }

    /// A group that the API's administrator can see.
    pub(super) fn visible_group(&self, id: i64) -> Option<&Group> {
        self.groups.get(&id).filter(|group| !group.hidden)
    }

    pub(super) fn members(&self, group: i64) -> impl Iterator<Item = i64> {
        self.members.get(&group).into_iter().flatten().copied()
    }

    pub(super) fn groups_of(&self, user: i64) -> BTreeSet<i64> {
        self.groups_of.get(&user).cloned().unwrap_or_default()
    }

    pub(crate) fn join(&mut self, user: i64, group: i64) -> bool {
        if !self.users.contains_key(&user) || !self.groups.contains_key(&group) {
            return false;
        }
        self.members.entry(group).or_default().insert(user);
        self.groups_of.entry(user).or_default().insert(group)
    }

    pub(crate) fn leave(&mut self, user: i64, group: i64) -> bool {
        let was = self
            .members
            .get_mut(&group)
            .is_some_and(|members| members.remove(&user));
        if let Some(groups) = self.groups_of.get_mut(&user) {
            groups.remove(&group);
        }
        was
    }

    pub(crate) fn permit(&mut self, group: i64, access_point: i64, schedule: i64, privacy: bool) {
        let doors = self.permissions.entry(group).or_default();
        doors.insert(access_point, (schedule, privacy));
    }

    pub(super) fn forbid(&mut self, group: i64, access_point: i64) -> bool {
        self.permissions
            .get_mut(&group)
            .is_some_and(|doors| doors.remove(&access_point).is_some())
    }

    /// (door, schedule, privacy override) of one group.
    pub(super) fn permissions(&self, group: i64) -> impl Iterator<Item = (i64, i64, bool)> {
        self.permissions
            .get(&group)
            .into_iter()
            .flatten()
            .map(|(door, (schedule, privacy))| (*door, *schedule, *privacy))
    }

    /// Whether the user's credentials are in date. `effectiveFrom`/`effectiveTo` bound the PIN,
    /// which is the only credential kept so far; users without a PIN are taken to hold a card
    /// without dates.
    fn credential_in_date(user: &User, at: DateTime<Utc>) -> bool {
        user.pin.is_none()
            || (user.effective_from.is_none_or(|from| from <= at)
                && user.effective_to.is_none_or(|to| at < to))
    }

    pub(super) fn is_active(&self, user: &User, at: DateTime<Utc>) -> bool {
        user.pin.is_some()
            && Self::credential_in_date(user, at)
            && self.groups_of.get(&user.id).is_some_and(|g| !g.is_empty())
    }

    pub(super) fn can_open(&self, user: &UserRef, place: &str, at: DateTime<Utc>) -> bool {
        let Some(user) = self.resolve(user) else {
            return false;
        };
        if user.suspended || !Self::credential_in_date(user, at) {
            return false;
        }
        let doors: BTreeSet<i64> = self
            .access_points
            .values()
            .filter(|door| door.name == place)
            .map(|door| door.id)
            .collect();
        self.groups_of(user.id).into_iter().any(|group| {
            if doors.is_empty() {
                return self.groups.get(&group).is_some_and(|g| g.name == place);
            }
            self.permissions(group)
                .any(|(door, schedule, _)| doors.contains(&door) && schedule == ALWAYS)
        })
    }

    pub(super) fn snapshot(&self) -> BrivoSnapshot {
        BrivoSnapshot {
            users: self.users.clone(),
            groups: self.groups.clone(),
            members: self
                .groups
                .keys()
                .map(|id| (*id, self.members(*id).collect()))
                .collect(),
        }
    }
}
