//! Schedules and holidays.

use std::collections::BTreeMap;

use access_sync_http::{Error, decode};
use chrono::NaiveDateTime;
use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::call::{Call, Removal};
use crate::client::BrivoClient;
use crate::fields;
use crate::filter::Filter;
use crate::groups::ScheduleRef;
use crate::ids::{GroupId, HolidayId, ScheduleId, SiteId};
use crate::list::List;
use crate::new_schedule::NewSchedule;
use crate::record;
use crate::users::with_body;

/// A schedule. Lists give id, name, site's name and whether it can be changed.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Schedule {
    /// The schedule.
    pub id: ScheduleId,
    /// Its name, at most 32 characters.
    #[serde(default, deserialize_with = "decode::or_default")]
    pub name: String,
    /// The site it is for; absent for all sites.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub site_id: Option<SiteId>,
    /// The site's name; `Universal` for all sites.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub site_name: Option<String>,
    /// Whether it can be changed. The built-in ones cannot.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub editable: Option<bool>,
    /// The group whose first member starts it.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub enabling_group_id: Option<GroupId>,
    /// That group's name.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub enabling_group_name: Option<String>,
    /// Minutes before a block in which that member counts.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub grace_period: Option<u16>,
    /// Blocks by day (`monday` … `sunday`, `holiday`), in the site's local time. Tables of the
    /// documentation call it an array; all its examples are objects.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub schedule_blocks: BTreeMap<String, Vec<ScheduleBlock>>,
    /// Exceptions, as Brivo writes them.
    #[serde(
        default,
        deserialize_with = "decode::one_or_many",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub schedule_exceptions: Vec<Value>,
    /// Holidays that the schedule knows.
    #[serde(
        default,
        deserialize_with = "record::one_or_many",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub holidays: Vec<ScheduleHoliday>,
}

/// From when to when, `HH:MM` in the site's local time.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct ScheduleBlock {
    /// Begin.
    pub start: String,
    /// End.
    pub end: String,
}

impl ScheduleBlock {
    /// A block.
    #[must_use]
    pub fn new(start: impl Into<String>, end: impl Into<String>) -> Self {
        Self {
            start: start.into(),
            end: end.into(),
        }
    }
}

/// A holiday as schedules show it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct ScheduleHoliday {
    /// Its name.
    #[serde(default, deserialize_with = "decode::or_default")]
    pub name: String,
    /// Begin, local to the site, without a zone.
    #[serde(
        default,
        deserialize_with = "fields::local_opt",
        skip_serializing_if = "Option::is_none"
    )]
    pub start: Option<NaiveDateTime>,
    /// End, likewise.
    #[serde(
        default,
        deserialize_with = "fields::local_opt",
        skip_serializing_if = "Option::is_none"
    )]
    pub end: Option<NaiveDateTime>,
}

/// A holiday. Times are local to the site, without a zone.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Holiday {
    /// The holiday.
    pub id: HolidayId,
    /// Its name.
    #[serde(default, deserialize_with = "decode::or_default")]
    pub name: String,
    /// Begin.
    #[serde(
        default,
        deserialize_with = "fields::local_opt",
        skip_serializing_if = "Option::is_none"
    )]
    pub start: Option<NaiveDateTime>,
    /// End.
    #[serde(
        default,
        deserialize_with = "fields::local_opt",
        skip_serializing_if = "Option::is_none"
    )]
    pub end: Option<NaiveDateTime>,
    /// The site's name.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub site_name: Option<String>,
    /// The site.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub site_id: Option<SiteId>,
    /// Whether it can be changed.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub writeable: Option<bool>,
    /// Schedules that know it.
    #[serde(
        default,
        deserialize_with = "record::one_or_many",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub schedules: Vec<ScheduleRef>,
}

impl BrivoClient {
    /// Schedules.
    #[must_use]
    pub fn schedules(&self) -> Schedules<'_> {
        Schedules(self)
    }

    /// Holidays.
    #[must_use]
    pub fn holidays(&self) -> Holidays<'_> {
        Holidays(self)
    }
}

/// Operations on schedules.
#[derive(Clone, Copy, Debug)]
pub struct Schedules<'a>(&'a BrivoClient);

impl Schedules<'_> {
    /// All schedules: `GET /schedules`.
    pub fn list(&self) -> List<Schedule> {
        List::new(self.0, "schedules.list", &["schedules"], |schedule| {
            schedule.id.to_string()
        })
    }

    /// Makes a schedule: `POST /schedules`. Not idempotent.
    pub fn create(&self, new: &NewSchedule) -> Call<Schedule> {
        let request = self
            .0
            .request("schedules.create", Method::POST, &["schedules"]);
        Call::json(self.0, with_body(request, new.body(true)))
    }

    /// A schedule: `GET /schedules/{scheduleId}`.
    pub fn get(&self, id: ScheduleId) -> Call<Schedule> {
        Call::json(
            self.0,
            self.0
                .request_on("schedules", id.0, "schedules.get", Method::GET, &[]),
        )
    }

    /// Replaces a schedule: `PUT /schedules/{scheduleId}`.
    pub fn replace(&self, id: ScheduleId, new: &NewSchedule) -> Call<Schedule> {
        let request = self
            .0
            .request_on("schedules", id.0, "schedules.replace", Method::PUT, &[]);
        Call::json(self.0, with_body(request, new.body(false)))
    }

    /// Deletes a schedule: `DELETE /schedules/{scheduleId}`. 403 for built-in ones,
    /// [`Conflict`](crate::ErrorKind::Conflict) (412) while it is in use.
    pub fn delete(&self, id: ScheduleId) -> Call<Removal> {
        let request = self
            .0
            .request_on("schedules", id.0, "schedules.delete", Method::DELETE, &[]);
        Call::removal(self.0, request)
    }
}

impl List<Schedule> {
    /// Schedules whose name *contains* this text.
    pub fn name(self, part: &str) -> Self {
        self.try_filter(Filter::eq("name", part))
    }
}

impl List<Schedule> {
    /// Only schedules that this group starts.
    pub fn enabled_by(self, group: GroupId) -> Self {
        self.try_filter(Filter::eq("enablingGroup", group.0))
    }

    /// Only schedules of this site.
    pub fn site(self, site: SiteId) -> Self {
        self.try_filter(Filter::eq("site", site.0))
    }

    /// Only schedules that can be changed, or cannot.
    pub fn editable(self, editable: bool) -> Self {
        self.try_filter(Filter::eq("editable", editable))
    }
}

impl List<Holiday> {
    /// Holidays whose name *contains* this text.
    pub fn name(self, part: &str) -> Self {
        self.try_filter(Filter::eq("name", part))
    }

    /// Only holidays of this site.
    pub fn site(self, site: SiteId) -> Self {
        self.try_filter(Filter::eq("site", site.0))
    }

    /// Only holidays that hold for all sites.
    pub fn universal(self) -> Self {
        self.try_filter(Filter::eq("site", "universal"))
    }
}

/// Operations on holidays. The API documents no way to make one.
#[derive(Clone, Copy, Debug)]
pub struct Holidays<'a>(&'a BrivoClient);

impl Holidays<'_> {
    /// All holidays: `GET /holidays`.
    pub fn list(&self) -> List<Holiday> {
        List::new(self.0, "holidays.list", &["holidays"], |holiday| {
            holiday.id.to_string()
        })
    }

    /// A holiday: `GET /holidays/{id}`.
    pub fn get(&self, id: HolidayId) -> Call<Holiday> {
        Call::json(
            self.0,
            self.0
                .request_on("holidays", id.0, "holidays.get", Method::GET, &[]),
        )
    }

    /// Replaces a holiday, its schedules included: `PUT /holidays/{id}`. The site must be the
    /// holiday's own.
    pub fn replace(&self, holiday: &Holiday) -> Call<Holiday> {
        let body = match (holiday.start, holiday.end, holiday.site_id) {
            (Some(start), Some(end), site) if holiday.name.chars().count() <= 96 && start < end => {
                let local = |at: NaiveDateTime| at.format("%Y-%m-%dT%H:%M:%S").to_string();
                let schedules: Vec<_> = holiday.schedules.iter().map(|s| s.id).collect();
                let mut body = Map::new();
                body.insert("name".into(), holiday.name.as_str().into());
                if let Some(site) = site {
                    body.insert("siteId".into(), json!(site));
                }
                body.insert("start".into(), local(start).into());
                body.insert("end".into(), local(end).into());
                body.insert("schedules".into(), json!(schedules));
                Ok(Value::Object(body))
            }
            _ => Err(Error::config(
                "a holiday has a begin, a later end, and a name of at most 96 characters",
            )),
        };
        let id = holiday.id.0;
        let request = self
            .0
            .request_on("holidays", id, "holidays.replace", Method::PUT, &[]);
        Call::json(self.0, with_body(request, body))
    }

    /// Deletes a holiday: `DELETE /holidays/{id}`.
    pub fn delete(&self, id: HolidayId) -> Call<Removal> {
        let request = self
            .0
            .request_on("holidays", id.0, "holidays.delete", Method::DELETE, &[]);
        Call::removal(self.0, request)
    }
}
