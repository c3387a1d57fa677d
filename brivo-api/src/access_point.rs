//! What Brivo tells of a door.

use access_sync_http::decode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::fields::{self, wire_time};
use crate::ids::{AccessPointId, ControlPanelId, GroupId, ScheduleId, SiteId};
use crate::record;

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
    /// Whether [`AccessPoints::activate`](crate::AccessPoints::activate) works here.
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
    /// Whether [`AccessPoints::device_status`](crate::AccessPoints::device_status) tells something.
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

access_sync_http::open_enum! {
    /// A sort of access point, as filters take it. In records it is text for people instead.
    pub enum AccessPointType {
        /// A door on a panel.
        Door = "DOOR",
        /// A Wiegand reader.
        Wiegand = "WIEGAND",
        /// A floor of an elevator.
        Floor = "FLOOR",
        /// A lock of Salto.
        SaltoDoor = "SALTO_DOOR",
        /// A lock of Allegion.
        AllegionDoor = "ALLEGION_DOOR",
        /// A lock of Assa Abloy.
        AssaAbloyDoor = "ASSA_ABLOY_DOOR",
        /// A door that is never connected.
        OfflineDoor = "OFFLINE_DOOR",
        /// A lock of Simons Voss.
        SimonsVossLock = "SIMONS_VOSS_LOCK",
        /// A lock by Yonomi.
        YonomiLock = "YONOMI_LOCK",
        /// A thermostat of Resideo.
        ResideoWifiThermostat = "RESIDEO_WIFI_THERMOSTAT",
    }
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
    /// Whether [`AccessPoints::override_schedule`](crate::AccessPoints::override_schedule) works here.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub can_panel_support_schedule_override: Option<bool>,
    /// The schedule in which it stands open.
    #[serde(
        default,
        deserialize_with = "record::nested_opt",
        skip_serializing_if = "Option::is_none"
    )]
    pub unlock_schedule: Option<UnlockSchedule>,
    /// What overrides the schedule.
    #[serde(
        default,
        deserialize_with = "record::nested_opt",
        skip_serializing_if = "Option::is_none"
    )]
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

    pub(crate) fn body(&self) -> Value {
        let mut body = Map::new();
        body.insert("endTimeMode".into(), self.end_time_mode.as_str().into());
        body.insert("behavior".into(), self.behavior.as_str().into());
        if let Some(at) = self.end_time {
            body.insert("endTime".into(), wire_time(at).into());
        }
        Value::Object(body)
    }
}
