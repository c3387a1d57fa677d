//! Access points: doors, floors, locks.

use access_sync_http::{Error, SecretString, decode};
use chrono::{DateTime, Utc};
use http::header::HeaderName;
use http::{HeaderValue, Method};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::call::Call;
use crate::client::BrivoClient;
use crate::fields::{self, wire_time};
use crate::filter::Filter;
use crate::groups::GroupRef;
use crate::ids::{AccessPointId, ControlPanelId, GroupId, ScheduleId, SiteId};
use crate::list::List;
use crate::users::with_body;

/// A door, a floor or a lock.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AccessPoint {
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
    /// The panel that drives it.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub control_panel_id: Option<ControlPanelId>,
    /// Where it is.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub site_id: Option<SiteId>,
    /// The site's name.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub site_name: Option<String>,
    /// Whether [`AccessPoints::activate`] works here.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub activation_enabled: Option<bool>,
    /// Whether it asks for a second factor.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub two_factor_enabled: Option<bool>,
    /// Whether [`AccessPoints::device_status`] tells something.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub report_live_status: Option<bool>,
    /// The schedule in which it stands open.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub unlock_schedule_id: Option<ScheduleId>,
    /// That schedule's name.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub unlock_schedule_name: Option<String>,
    /// The group whose first member starts that schedule.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub unlock_schedule_enabling_group_id: Option<GroupId>,
}

/// What a door does now.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DeviceStatus {
    /// The door's name.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub access_point_name: Option<String>,
    /// Whether it is locked.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub access_point_state: Option<LockState>,
    /// Whether its schedule wants it locked.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub access_point_scheduled_state: Option<LockState>,
    /// The state of its contact.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub access_point_input_state: Option<String>,
    /// When this was so.
    #[serde(
        default,
        deserialize_with = "fields::time_opt",
        skip_serializing_if = "Option::is_none"
    )]
    pub status_updated: Option<DateTime<Utc>>,
    /// The site's name.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub site_name: Option<String>,
    /// The site's time zone, in the old style.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub site_timezone: Option<String>,
    /// The panel's name.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub panel_name: Option<String>,
    /// The panel's serial number.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub panel_cp_number: Option<String>,
    /// Whether [`AccessPoints::override_schedule`] works here.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub can_panel_support_schedule_override: Option<bool>,
    /// The schedule in which it stands open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unlock_schedule: Option<UnlockSchedule>,
    /// What overrides the schedule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule_override: Option<ScheduleOverride>,
}

access_sync_http::open_enum! {
    /// Locked or not. The documentation's text says `LOCK`, its example `UNLOCKED`.
    pub enum LockState {
        /// Locked.
        Lock = "LOCK",
        /// Locked, in the other spelling.
        Locked = "LOCKED",
        /// Open.
        Unlock = "UNLOCK",
        /// Open, in the other spelling.
        Unlocked = "UNLOCKED",
        /// Brivo does not know.
        Unknown = "UNKNOWN",
    }
}

impl LockState {
    /// Whether the door is locked; none where nobody knows.
    #[must_use]
    pub fn is_locked(&self) -> Option<bool> {
        match self {
            Self::Lock | Self::Locked => Some(true),
            Self::Unlock | Self::Unlocked => Some(false),
            _ => None,
        }
    }
}

/// A door's schedule as the door sees it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UnlockSchedule {
    /// The schedule.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub id: Option<ScheduleId>,
    /// Its name.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub name: Option<String>,
    /// Whether it holds now.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub is_schedule_block_active: Option<bool>,
    /// When that changes.
    #[serde(
        default,
        deserialize_with = "fields::time_opt",
        skip_serializing_if = "Option::is_none"
    )]
    pub next_time_change: Option<DateTime<Utc>>,
}

/// What holds in place of a door's schedule.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ScheduleOverride {
    /// How it ends.
    pub end_time_mode: EndTimeMode,
    /// What it does.
    pub behavior: OverrideBehavior,
    /// When it ends, for [`EndTimeMode::UntilTime`].
    #[serde(
        default,
        deserialize_with = "fields::time_opt",
        skip_serializing_if = "Option::is_none"
    )]
    pub end_time: Option<DateTime<Utc>>,
}

access_sync_http::open_enum! {
    /// How an override ends.
    pub enum EndTimeMode {
        /// At a time.
        UntilTime = "UNTIL_TIME",
        /// When the schedule changes next.
        UntilNextScheduleChange = "UNTIL_NEXT_SCHEDULE_CHANGE",
        /// When somebody ends it.
        Indefinite = "INDEFINITE",
    }
}

access_sync_http::open_enum! {
    /// What an override does.
    pub enum OverrideBehavior {
        /// Keeps the door locked.
        Lock = "LOCK",
        /// Keeps the door open.
        Unlock = "UNLOCK",
    }
}

impl ScheduleOverride {
    /// Until a time.
    #[must_use]
    pub fn until(behavior: OverrideBehavior, at: DateTime<Utc>) -> Self {
        Self {
            end_time_mode: EndTimeMode::UntilTime,
            behavior,
            end_time: Some(at),
        }
    }

    /// Until the schedule changes next.
    #[must_use]
    pub fn until_next_change(behavior: OverrideBehavior) -> Self {
        Self {
            end_time_mode: EndTimeMode::UntilNextScheduleChange,
            behavior,
            end_time: None,
        }
    }

    /// Until somebody ends it.
    #[must_use]
    pub fn indefinite(behavior: OverrideBehavior) -> Self {
        Self {
            end_time_mode: EndTimeMode::Indefinite,
            behavior,
            end_time: None,
        }
    }

    fn body(&self) -> Value {
        let mut body = Map::new();
        body.insert("endTimeMode".into(), self.end_time_mode.as_str().into());
        body.insert("behavior".into(), self.behavior.as_str().into());
        if let Some(at) = self.end_time {
            body.insert("endTime".into(), wire_time(at).into());
        }
        Value::Object(body)
    }
}

impl BrivoClient {
    /// Access points.
    #[must_use]
    pub fn access_points(&self) -> AccessPoints<'_> {
        AccessPoints(self)
    }
}

/// Operations on access points.
#[derive(Clone, Copy, Debug)]
pub struct AccessPoints<'a>(&'a BrivoClient);

impl AccessPoints<'_> {
    /// All access points: `GET /access-points`.
    pub fn list(&self) -> List<AccessPoint> {
        List::new(self.0, "access_points.list", &["access-points"], |door| {
            door.id.to_string()
        })
    }

    /// An access point: `GET /access-points/{id}`.
    pub fn get(&self, id: AccessPointId) -> Call<AccessPoint> {
        Call::json(self.0, self.on(id, "access_points.get", Method::GET, &[]))
    }

    /// Opens the door for its usual pulse: `POST /access-points/{id}/activate`. Only where
    /// [`AccessPoint::activation_enabled`]; [`Conflict`](crate::ErrorKind::Conflict) (412) where the
    /// panel is not connected. Never sent twice for want of an answer.
    pub fn activate(&self, id: AccessPointId) -> Call<()> {
        Call::done(
            self.0,
            self.on(id, "access_points.activate", Method::POST, &["activate"]),
        )
    }

    /// Opens the door as the holder of a pass: `POST /access-points/{id}/unlock`. For tokens of pass
    /// holders only; administrators are refused.
    pub fn unlock(&self, id: AccessPointId, credential_value: &SecretString) -> Call<()> {
        use access_sync_http::ExposeSecret as _;
        let body = json!({ "credentialValue": credential_value.expose_secret() });
        let request = self.on(id, "access_points.unlock", Method::POST, &["unlock"]);
        Call::done(self.0, with_body(request, Ok(body)))
    }

    /// Frees floors of an elevator for `pulse_seconds` (1 to 600):
    /// `POST /access-points/{id}/activateElevator`.
    pub fn activate_elevator(
        &self,
        id: AccessPointId,
        pulse_seconds: u16,
        floors: &[AccessPointId],
    ) -> Call<()> {
        let body = if (1..=600).contains(&pulse_seconds) && !floors.is_empty() {
            Ok(json!({ "pulseTime": pulse_seconds, "targetDevices": floors }))
        } else {
            Err(Error::config(
                "an elevator wants a floor and 1 to 600 seconds",
            ))
        };
        let request = self.on(
            id,
            "access_points.activate_elevator",
            Method::POST,
            &["activateElevator"],
        );
        Call::done(self.0, with_body(request, body))
    }

    /// Groups that open a door: `GET /access-points/{id}/groups`.
    pub fn groups(&self, id: AccessPointId) -> List<GroupRef> {
        let path = ["access-points", &id.to_string(), "groups"];
        List::new(self.0, "access_points.groups", &path, |group| {
            group.id.to_string()
        })
    }

    /// What a door does now: `GET /device-status/{id}`.
    pub fn device_status(&self, id: AccessPointId) -> Call<DeviceStatus> {
        let request =
            self.0
                .request_on("device-status", id.0, "device_status.get", Method::GET, &[]);
        Call::json(self.0, request)
    }

    /// Locks or opens a door against its schedule: `POST /schedules/change-state/{id}`. May take ten
    /// seconds. [`Conflict`](crate::ErrorKind::Conflict): 412 where an override holds already, 417
    /// where the panel is offline.
    pub fn override_schedule(&self, id: AccessPointId, change: &ScheduleOverride) -> Call<()> {
        let body = match (&change.end_time_mode, change.end_time) {
            (EndTimeMode::UntilTime, None) => Err(Error::config("until when?")),
            _ => Ok(change.body()),
        };
        let request = self.change_state(id, "access_points.override_schedule", Method::POST);
        Call::done(self.0, with_body(request, body))
    }

    /// Ends an override: `DELETE /schedules/change-state/{id}`. 412 where there is none.
    pub fn end_override(&self, id: AccessPointId) -> Call<()> {
        Call::done(
            self.0,
            self.change_state(id, "access_points.end_override", Method::DELETE),
        )
    }

    fn change_state(
        &self,
        id: AccessPointId,
        operation: &'static str,
        method: Method,
    ) -> Result<access_sync_http::Request, Error> {
        let path = ["schedules", "change-state", &id.to_string()];
        let version = HeaderName::from_static("accept-version");
        let request = self.0.request(operation, method, &path)?;
        Ok(request.header(version, HeaderValue::from_static("2.0")))
    }

    fn on(
        &self,
        id: AccessPointId,
        operation: &'static str,
        method: Method,
        rest: &[&str],
    ) -> Result<access_sync_http::Request, Error> {
        self.0
            .request_on("access-points", id.0, operation, method, rest)
    }
}

impl List<AccessPoint> {
    /// Access points whose name *contains* this text.
    pub fn name(self, part: &str) -> Self {
        self.try_filter(Filter::eq("name", part))
    }

    /// Only access points of these types: `DOOR`, `FLOOR`, `SALTO_DOOR`, `ALLEGION_DOOR`,
    /// `ASSA_ABLOY_DOOR`, `OFFLINE_DOOR`, `SIMONS_VOSS_LOCK`, `YONOMI_LOCK`. Brivo answers 400 to
    /// others.
    pub fn types(self, types: &[&str]) -> Self {
        self.try_filter(Filter::eq("access_point_types", types))
    }

    /// Only access points that report what they do, or do not.
    pub fn report_live_status(self, reports: bool) -> Self {
        self.try_filter(Filter::eq("report_live_status", reports))
    }
}
