use std::collections::{BTreeMap, BTreeSet};

use axum::body::Bytes;
use chrono::{DateTime, Utc};

use super::account::Account;
use super::administrators::Administrator;
use super::auth::Tokens;
use super::credentials::FACE;
use super::events::Journal;
use super::rows::{
    AccessPoint, BrivoSnapshot, Contact, CustomField, Group, NewUser, Site, User, UserRef,
};
use super::rows_access::{
    Assignment, ControlPanel, Credential, DoorOverride, Holiday, Invitation, Schedule,
};
use super::subscriptions::Subscription;
use crate::limits::Rolling;
use crate::variants::Variants;
use crate::webhooks::Delivery;

/// "A user may be in at most 16 groups", counting those that the administrator cannot see.
pub(super) const MAX_GROUPS_PER_USER: usize = 16;

/// The built-in schedule "Always Access".
pub(crate) const ALWAYS: i64 = 41001;

/// The account's id.
pub(super) const ACCOUNT: i64 = 660_210;

/// Everything Brivo holds.
#[derive(Debug, Clone)]
pub(crate) struct BrivoState {
    pub(crate) users: BTreeMap<i64, User>,
    pub(crate) groups: BTreeMap<i64, Group>,
    pub(crate) sites: BTreeMap<i64, Site>,
    pub(super) access_points: BTreeMap<i64, AccessPoint>,
    doors_by_name: BTreeMap<String, BTreeSet<i64>>,
    pub(super) panels: BTreeMap<i64, ControlPanel>,
    /// What offline panels last heard.
    pub(super) offline: BTreeMap<i64, Box<BrivoState>>,
    pub(super) overrides: BTreeMap<i64, DoorOverride>,
    pub(crate) schedules: BTreeMap<i64, Schedule>,
    pub(crate) holidays: BTreeMap<i64, Holiday>,
    pub(crate) custom_fields: BTreeMap<i64, CustomField>,
    members: BTreeMap<i64, BTreeSet<i64>>,
    groups_of: BTreeMap<i64, BTreeSet<i64>>,
    external: BTreeMap<String, i64>,
    pins: BTreeMap<String, i64>,
    groups_by_name: BTreeMap<String, BTreeSet<i64>>,
    hidden_groups: BTreeSet<i64>,
    pub(super) credentials: BTreeMap<i64, Credential>,
    credentials_of: BTreeMap<i64, BTreeSet<i64>>,
    /// Users who were given a credential at some time.
    pub(super) carded: BTreeSet<i64>,
    /// Whether users who never were are taken to hold a card.
    pub(super) implied_cards: bool,
    pub(super) invitations: BTreeMap<i64, Vec<Invitation>>,
    pub(super) allotted: i64,
    pub(super) photos: BTreeMap<i64, Bytes>,
    pub(super) journal: Journal,
    /// Off while a world is built.
    pub(super) audited: bool,
    pub(super) administrators: BTreeMap<i64, Administrator>,
    /// Whose token the present call carries.
    pub(super) caller: i64,
    pub(super) account: Account,
    pub(super) subscriptions: BTreeMap<i64, Subscription>,
    pub(crate) outbox: Vec<Delivery>,
    pub(super) variants: Variants,
    /// Door → schedule and privacy override, by group.
    permissions: BTreeMap<i64, BTreeMap<i64, (i64, bool)>>,
    next_user: i64,
    next_group: i64,
    next_credential: i64,
    pub(super) tokens: Tokens,
    pub(super) second: Rolling,
    pub(super) month: Rolling,
}

impl Default for BrivoState {
    fn default() -> Self {
        let always = Schedule {
            id: ALWAYS,
            name: "Always Access".to_owned(),
            site_id: None,
            enabling_group_id: None,
            grace_period: None,
            blocks: (0..7)
                .map(|day| (day, vec![super::rows_access::Block::day()]))
                .collect(),
            holiday_blocks: vec![super::rows_access::Block::day()],
            exceptions: Vec::new(),
            holidays: Vec::new(),
            editable: false,
        };
        Self {
            users: BTreeMap::new(),
            groups: BTreeMap::new(),
            sites: BTreeMap::new(),
            access_points: BTreeMap::new(),
            doors_by_name: BTreeMap::new(),
            panels: BTreeMap::new(),
            offline: BTreeMap::new(),
            overrides: BTreeMap::new(),
            holidays: BTreeMap::new(),
            schedules: BTreeMap::from([(ALWAYS, always)]),
            custom_fields: BTreeMap::new(),
            members: BTreeMap::new(),
            groups_of: BTreeMap::new(),
            external: BTreeMap::new(),
            pins: BTreeMap::new(),
            groups_by_name: BTreeMap::new(),
            hidden_groups: BTreeSet::new(),
            credentials: BTreeMap::new(),
            credentials_of: BTreeMap::new(),
            carded: BTreeSet::new(),
            implied_cards: true,
            invitations: BTreeMap::new(),
            allotted: 500,
            photos: BTreeMap::new(),
            journal: Journal::default(),
            audited: true,
            administrators: super::administrators::first(),
            caller: super::administrators::OURS,
            account: Account::default(),
            subscriptions: BTreeMap::new(),
            outbox: Vec::new(),
            variants: Variants::default(),
            permissions: BTreeMap::new(),
            next_user: 7_310_001,
            next_group: 890_001,
            next_credential: 55_190_001,
            tokens: Tokens::default(),
            second: Rolling::new(1),
            month: Rolling::new(30 * 86_400),
        }
    }
}

impl BrivoState {
    /// Nothing is written into the journal while a world is built.
    pub(crate) fn quietly(&mut self, quiet: bool) {
        self.audited = !quiet;
    }

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
            identity_type: None,
        });
        id
    }

    pub(super) fn take_user_id(&mut self) -> i64 {
        let id = self.next_user;
        self.next_user += 1;
        id
    }

    /// Stores a user, new or changed, and keeps the indexes of external ids and PINs.
    pub(super) fn put_user(&mut self, user: User) {
        if let Some(old) = self.users.get(&user.id) {
            if let Some(external) = &old.external_id {
                self.external.remove(external);
            }
            if let Some(pin) = &old.pin {
                self.pins.remove(pin);
            }
        }
        if let Some(external) = &user.external_id {
            self.external.insert(external.clone(), user.id);
        }
        if let Some(pin) = &user.pin {
            self.pins.insert(pin.clone(), user.id);
            self.carded.insert(user.id);
        }
        self.users.insert(user.id, user);
    }

    /// The user goes; credentials go back to the bank.
    pub(super) fn remove_user(&mut self, id: i64) -> bool {
        for group in self.groups_of.remove(&id).unwrap_or_default() {
            if let Some(members) = self.members.get_mut(&group) {
                members.remove(&id);
            }
        }
        for credential in self.credentials_of.remove(&id).unwrap_or_default() {
            if let Some(credential) = self.credentials.get_mut(&credential) {
                credential.assignment = None;
            }
        }
        self.invitations.remove(&id);
        self.photos.remove(&id);
        self.carded.remove(&id);
        let removed = self.users.remove(&id);
        if let Some(user) = &removed {
            if let Some(external) = &user.external_id {
                self.external.remove(external);
            }
            if let Some(pin) = &user.pin {
                self.pins.remove(pin);
            }
        }
        removed.is_some()
    }

    pub(super) fn by_pin(&self, pin: &str) -> Option<i64> {
        self.pins.get(pin).copied()
    }

    pub(super) fn take_credential_id(&mut self) -> i64 {
        self.next_credential += 1;
        self.next_credential
    }

    /// What a user holds, besides a PIN.
    pub(super) fn credentials_of(&self, user: i64) -> impl Iterator<Item = &Credential> {
        let ids = self.credentials_of.get(&user).into_iter().flatten();
        ids.filter_map(|id| self.credentials.get(id))
    }

    /// Puts a credential into somebody's hands, out of anybody else's.
    pub(super) fn assign(&mut self, credential: i64, to: Assignment) {
        self.unassign(credential);
        let Some(row) = self.credentials.get_mut(&credential) else {
            return;
        };
        self.carded.insert(to.user_id);
        let held = self.credentials_of.entry(to.user_id).or_default();
        held.insert(credential);
        row.assignment = Some(to);
    }

    pub(super) fn unassign(&mut self, credential: i64) {
        let Some(row) = self.credentials.get_mut(&credential) else {
            return;
        };
        if let Some(old) = row.assignment.take() {
            if let Some(held) = self.credentials_of.get_mut(&old.user_id) {
                held.remove(&credential);
            }
        }
    }

    /// A face or a plate, and its holder from the start.
    pub(super) fn special(
        &mut self,
        format_id: i64,
        reference: &str,
        user_id: i64,
        (from, to): (DateTime<Utc>, Option<DateTime<Utc>>),
    ) -> i64 {
        let id = self.take_credential_id();
        let credential = Credential {
            id,
            format_id,
            reference_id: Some(reference.to_owned()),
            encoded: None,
            fields: Vec::new(),
            size: None,
            assignment: None,
            redeemed: true,
            wallet_pass: false,
        };
        self.credentials.insert(id, credential);
        self.assign(id, Assignment { user_id, from, to });
        id
    }

    /// Takes everything but the PIN and the face out of a user's hands.
    pub(super) fn revoke(&mut self, user: i64, now: DateTime<Utc>) {
        self.cancel_invitation(user, now);
        let held: Vec<i64> = self
            .credentials_of(user)
            .filter(|credential| credential.format_id != FACE)
            .map(|credential| credential.id)
            .collect();
        for credential in held {
            self.unassign(credential);
        }
        self.carded.insert(user);
    }

    /// Adds a door, and its panel where nobody has named it.
    pub(crate) fn put_access_point(&mut self, door: AccessPoint, now: DateTime<Utc>) {
        let id = door.control_panel_id;
        self.panels.entry(id).or_insert_with(|| ControlPanel {
            id,
            name: format!("Panel {id}"),
            online: true,
            last_contact: now,
            firmware: "6.2.4".to_owned(),
        });
        let named = self.doors_by_name.entry(door.name.clone()).or_default();
        named.insert(door.id);
        self.access_points.insert(door.id, door);
    }

    pub(super) fn doors_named(&self, name: &str) -> Vec<i64> {
        let named = self.doors_by_name.get(name).into_iter().flatten();
        named.copied().collect()
    }

    pub(crate) fn group_named(&self, name: &str) -> Option<i64> {
        self.groups_by_name.get(name)?.first().copied()
    }

    /// Puts a changed group back under its name.
    pub(super) fn rename_group(&mut self, group: Group) {
        if let Some(old) = self.groups.get(&group.id) {
            if let Some(named) = self.groups_by_name.get_mut(&old.name) {
                named.remove(&group.id);
            }
        }
        let named = self.groups_by_name.entry(group.name.clone()).or_default();
        named.insert(group.id);
        self.groups.insert(group.id, group);
    }

    pub(super) fn schedule_in_use(&self, schedule: i64) -> bool {
        let permissions = self.permissions.values().flat_map(BTreeMap::values);
        permissions.into_iter().any(|(of, _)| *of == schedule)
    }

    /// A copy of what decides about doors.
    pub(super) fn known_to_panels(&mut self) -> Self {
        let journal = std::mem::take(&mut self.journal);
        let offline = std::mem::take(&mut self.offline);
        let photos = std::mem::take(&mut self.photos);
        let copy = self.clone();
        self.journal = journal;
        self.offline = offline;
        self.photos = photos;
        copy
    }

    /// The status of a creation that succeeded.
    pub(super) fn created_status(&self) -> u16 {
        if self.variants.brivo_created_201 {
            201
        } else {
            200
        }
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
        self.rename_group(Group {
            id,
            name: name.to_owned(),
            keypad_unlock: false,
            immune_to_antipassback: false,
            excluded_from_lockdown: false,
            antipassback_reset_time: None,
            multifamily: false,
            hidden: false,
        });
    }

    pub(super) fn remove_group(&mut self, id: i64) {
        if let Some(old) = self.groups.remove(&id) {
            if let Some(named) = self.groups_by_name.get_mut(&old.name) {
                named.remove(&id);
            }
        }
        self.hidden_groups.remove(&id);
        self.permissions.remove(&id);
        for user in self.members.remove(&id).unwrap_or_default() {
            if let Some(groups) = self.groups_of.get_mut(&user) {
                groups.remove(&id);
            }
        }
    }

    pub(super) fn hide_group(&mut self, id: i64, hidden: bool) -> bool {
        let Some(group) = self.groups.get_mut(&id) else {
            return false;
        };
        group.hidden = hidden;
        if hidden {
            self.hidden_groups.insert(id);
        } else {
            self.hidden_groups.remove(&id);
        }
        true
    }

    /// How many groups the API's administrator can see.
    pub(super) fn visible_groups(&self) -> usize {
        self.groups.len() - self.hidden_groups.len()
    }

    /// A group that the API's administrator can see.
    pub(super) fn visible_group(&self, id: i64) -> Option<&Group> {
        self.groups.get(&id).filter(|group| !group.hidden)
    }

    pub(super) fn members(&self, group: i64) -> impl Iterator<Item = i64> {
        self.members.get(&group).into_iter().flatten().copied()
    }

    pub(super) fn group_size(&self, group: i64) -> usize {
        self.members.get(&group).map_or(0, BTreeSet::len)
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
