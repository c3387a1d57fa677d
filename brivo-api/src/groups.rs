//! Groups: people on one side, doors with schedules on the other.

use access_sync_http::{Error, decode};
use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::access_point::AccessPointType;
use crate::call::{Call, Removal};
use crate::client::BrivoClient;
use crate::fields::debug_only;
use crate::filter::Filter;
use crate::ids::{AccessPointId, GroupId, ScheduleId, UserId};
use crate::list::List;
use crate::record;
use crate::users::with_body;

/// Characters of a group's name, at most.
pub const MAX_GROUP_NAME: usize = 35;

/// A group's id and name, as lists answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[non_exhaustive]
pub struct GroupRef {
    /// The group's id.
    pub id: GroupId,
    /// The group's name. Not unique by anything that Brivo documents.
    #[serde(default, deserialize_with = "decode::or_default")]
    pub name: String,
}

/// A group, as `GET /groups/{id}` answers. Groups have no external id.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Group {
    /// The group's id.
    pub id: GroupId,
    /// The group's name.
    #[serde(default, deserialize_with = "decode::or_default")]
    pub name: String,
    /// Whether members may unlock doors by keypad.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub keypad_unlock: Option<bool>,
    /// Whether antipassback does not hold for members.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub immune_to_antipassback: Option<bool>,
    /// Whether members come in during a lockdown.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub excluded_from_lockdown: Option<bool>,
    /// When antipassback starts anew: `23:59` in one place of the documentation, minutes of the day
    /// in another. Kept as it came.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub antipassback_reset_time: Option<String>,
}

/// A member of a group: a slice of the user.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Member {
    /// The user.
    pub id: UserId,
    /// Your own id of this person; absent where none was given.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub external_id: Option<String>,
    /// First name.
    #[serde(default, deserialize_with = "decode::or_default")]
    pub first_name: String,
    /// Middle name.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub middle_name: Option<String>,
    /// Last name.
    #[serde(default, deserialize_with = "decode::or_default")]
    pub last_name: String,
    /// Whether the user is locked out.
    #[serde(deserialize_with = "decode::required")]
    pub suspended: bool,
}
debug_only!(Member: id, suspended);

/// A door that a group opens, and when.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AccessPermission {
    /// The door.
    #[serde(deserialize_with = "record::nested")]
    pub access_point: AccessPointRef,
    /// The schedule in which it opens.
    #[serde(deserialize_with = "record::nested")]
    pub schedule: ScheduleRef,
    /// Whether members pass in privacy mode.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub privacy_mode_override: Option<bool>,
}

/// A door by id and name.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct AccessPointRef {
    /// The access point.
    pub id: AccessPointId,
    /// Its name.
    #[serde(default, deserialize_with = "decode::or_default")]
    pub name: String,
    /// Its type as text for people ("Door", "Salto Door Lock").
    #[serde(
        rename = "type",
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub kind: Option<String>,
}

/// A schedule by id and name.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct ScheduleRef {
    /// The schedule.
    pub id: ScheduleId,
    /// Its name.
    #[serde(default, deserialize_with = "decode::or_default")]
    pub name: String,
}

/// Settings of a group to be set by [`Groups::update`]; what is not named is left out of the call.
#[derive(Clone, Debug, Default)]
pub struct GroupSettings {
    keypad_unlock: Option<bool>,
    immune_to_antipassback: Option<bool>,
    excluded_from_lockdown: Option<bool>,
    antipassback_reset_time: Option<String>,
}

impl GroupSettings {
    /// No settings; name some.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether members may unlock doors by keypad.
    #[must_use]
    pub fn keypad_unlock(mut self, on: bool) -> Self {
        self.keypad_unlock = Some(on);
        self
    }

    /// Whether antipassback does not hold for members.
    #[must_use]
    pub fn immune_to_antipassback(mut self, on: bool) -> Self {
        self.immune_to_antipassback = Some(on);
        self
    }

    /// Whether members come in during a lockdown.
    #[must_use]
    pub fn excluded_from_lockdown(mut self, on: bool) -> Self {
        self.excluded_from_lockdown = Some(on);
        self
    }

    /// When antipassback starts anew, in minutes of the day (0 to 1440); none clears it.
    #[must_use]
    pub fn antipassback_reset_minutes(mut self, minutes: Option<u16>) -> Self {
        self.antipassback_reset_time = Some(minutes.map_or_else(String::new, |m| m.to_string()));
        self
    }
}

impl BrivoClient {
    /// Groups.
    #[must_use]
    pub fn groups(&self) -> Groups<'_> {
        Groups(self)
    }
}

/// Operations on groups. Brivo serves them to Access and Config-tool administrators only.
#[derive(Clone, Copy, Debug)]
pub struct Groups<'a>(&'a BrivoClient);

impl Groups<'_> {
    /// All groups that the administrator may see: `GET /groups`.
    pub fn list(&self) -> List<GroupRef> {
        List::new(self.0, "groups.list", &["groups"], |group| {
            group.id.to_string()
        })
    }

    /// A group: `GET /groups/{groupId}`.
    pub fn get(&self, id: GroupId) -> Call<Group> {
        Call::json(self.0, self.on(id, "groups.get", Method::GET, &[]))
    }

    /// Creates a group: `POST /groups`. Not idempotent, and names are not unique: look for the name
    /// before. Groups have no external id to know them by.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config), unsent, for a name that is empty or has more than 35
    /// characters.
    pub fn create(&self, name: &str) -> Call<Group> {
        let request = self.0.request("groups.create", Method::POST, &["groups"]);
        Call::json(
            self.0,
            with_body(
                request,
                group_name(name).map(|name| json!({ "name": name })),
            ),
        )
    }

    /// Renames a group and sets settings: `PUT /groups/{groupId}`.
    pub fn update(&self, id: GroupId, name: &str, settings: &GroupSettings) -> Call<Group> {
        let body = group_name(name).and_then(|name| settings_body(name, settings));
        Call::json(
            self.0,
            with_body(self.on(id, "groups.update", Method::PUT, &[]), body),
        )
    }

    /// Deletes a group: `DELETE /groups/{groupId}`. An error of kind
    /// [`Conflict`](crate::ErrorKind::Conflict) (412) where it belongs to a multifamily site.
    pub fn delete(&self, id: GroupId) -> Call<Removal> {
        Call::removal(self.0, self.on(id, "groups.delete", Method::DELETE, &[]))
    }

    /// Members of a group, 100 a page: `GET /groups/{groupId}/users`. The cheapest way to know who
    /// may open what.
    pub fn members(&self, id: GroupId) -> List<Member> {
        List::new(
            self.0,
            "groups.members",
            &["groups", &id.to_string(), "users"],
            |member| member.id.to_string(),
        )
    }

    /// Adds one member: `PUT /groups/{groupId}/users/{userId}`. What Brivo answers for somebody who
    /// is in already is not documented: prefer [`Users::change_groups`](crate::Users::change_groups),
    /// which is. [`Conflict`](crate::ErrorKind::Conflict) with the code
    /// [`LINKED_GROUP`](crate::codes::LINKED_GROUP) where a linked group holds the credentials; 404
    /// is about the group.
    pub fn add_member(&self, id: GroupId, user: UserId) -> Call<()> {
        let path = ["users", &user.to_string()];
        Call::done(self.0, self.on(id, "groups.add_member", Method::PUT, &path))
    }

    /// Removes one member: `DELETE /groups/{groupId}/users/{userId}`.
    pub fn remove_member(&self, id: GroupId, user: UserId) -> Call<Removal> {
        let path = ["users", &user.to_string()];
        Call::removal(
            self.0,
            self.on(id, "groups.remove_member", Method::DELETE, &path),
        )
    }

    /// Doors of a group: `GET /groups/{groupId}/access/access-points`.
    pub fn access_points(&self, id: GroupId) -> List<AccessPermission> {
        List::new(
            self.0,
            "groups.access_points",
            &["groups", &id.to_string(), "access", "access-points"],
            |permission| permission.access_point.id.to_string(),
        )
    }

    /// Gives a group a door in a schedule, or changes the schedule:
    /// `PUT /groups/{groupId}/access/access-points/{accessPointId}`.
    pub fn grant_access_point(
        &self,
        id: GroupId,
        door: AccessPointId,
        schedule: ScheduleId,
        privacy_mode_override: Option<bool>,
    ) -> Call<AccessPermission> {
        let path = ["access", "access-points", &door.to_string()];
        let mut body = Map::new();
        body.insert("schedule".into(), json!({ "id": schedule }));
        if let Some(passes) = privacy_mode_override {
            body.insert("privacyModeOverride".into(), passes.into());
        }
        let request = self.on(id, "groups.grant_access_point", Method::PUT, &path);
        Call::json(self.0, with_body(request, Ok(Value::Object(body))))
    }

    /// Takes a door from a group: `DELETE /groups/{groupId}/access/access-points/{accessPointId}`.
    pub fn revoke_access_point(&self, id: GroupId, door: AccessPointId) -> Call<Removal> {
        let path = ["access", "access-points", &door.to_string()];
        Call::removal(
            self.0,
            self.on(id, "groups.revoke_access_point", Method::DELETE, &path),
        )
    }

    fn on(
        &self,
        id: GroupId,
        operation: &'static str,
        method: Method,
        rest: &[&str],
    ) -> Result<access_sync_http::Request, Error> {
        self.0.request_on("groups", id.0, operation, method, rest)
    }
}

impl List<GroupRef> {
    /// Groups whose name *contains* this text; compare exactly yourself.
    pub fn name(self, part: &str) -> Self {
        self.try_filter(Filter::eq("name", part))
    }
}

impl List<AccessPermission> {
    /// Doors whose name *contains* this text.
    pub fn access_point_name(self, part: &str) -> Self {
        self.try_filter(Filter::eq("access_point_name", part))
    }

    /// Only doors of these types.
    pub fn types(self, types: &[AccessPointType]) -> Self {
        self.try_filter(Filter::eq("access_point_type", types))
    }

    /// Doors that open in schedules whose name *contains* this text.
    pub fn schedule_name(self, part: &str) -> Self {
        self.try_filter(Filter::eq("schedule_name", part))
    }

    /// Only doors that members pass in privacy mode, or do not.
    pub fn privacy_mode_override(self, passes: bool) -> Self {
        let word = if passes { "TRUE" } else { "FALSE" };
        self.try_filter(Filter::eq("privacy_mode_override", word))
    }
}

fn group_name(name: &str) -> Result<&str, Error> {
    let name = name.trim();
    if name.is_empty() {
        return Err(Error::config("a group needs a name"));
    }
    if name.chars().count() > MAX_GROUP_NAME {
        return Err(Error::config(
            "a group's name has at most 35 characters; shorten it",
        ));
    }
    Ok(name)
}

fn settings_body(name: &str, settings: &GroupSettings) -> Result<Value, Error> {
    if let Some(Ok(minutes)) = settings
        .antipassback_reset_time
        .as_deref()
        .map(str::parse::<u16>)
    {
        if minutes > 1440 {
            return Err(Error::config(
                "antipassback starts anew at a minute of the day, 0 to 1440",
            ));
        }
    }
    let mut body = Map::new();
    body.insert("name".into(), name.into());
    for (key, flag) in [
        ("keypadUnlock", settings.keypad_unlock),
        ("immuneToAntipassback", settings.immune_to_antipassback),
        ("excludedFromLockdown", settings.excluded_from_lockdown),
    ] {
        if let Some(on) = flag {
            body.insert(key.into(), on.into());
        }
    }
    if let Some(minutes) = &settings.antipassback_reset_time {
        body.insert("antipassbackResetTime".into(), minutes.as_str().into());
    }
    Ok(Value::Object(body))
}
