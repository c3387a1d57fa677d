//! Control panels: what drives the doors.

use access_sync_http::{Error, decode};
use chrono::{DateTime, Utc};
use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::call::Call;
use crate::client::BrivoClient;
use crate::fields;
use crate::filter::Filter;
use crate::ids::ControlPanelId;
use crate::list::List;
use crate::users::with_body;

/// A panel that drives doors.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ControlPanel {
    /// The panel.
    pub id: ControlPanelId,
    /// Its name.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub panel_name: Option<String>,
    /// Its serial number.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub serial_number: Option<String>,
    /// When it was put to work.
    #[serde(
        default,
        deserialize_with = "fields::time_opt",
        skip_serializing_if = "Option::is_none"
    )]
    pub activated: Option<DateTime<Utc>>,
    /// When it was changed last.
    #[serde(
        default,
        deserialize_with = "fields::time_opt",
        skip_serializing_if = "Option::is_none"
    )]
    pub updated: Option<DateTime<Utc>>,
    /// When Brivo heard from it last. Changes reach its doors no earlier than it is heard from.
    #[serde(
        default,
        deserialize_with = "fields::time_opt",
        skip_serializing_if = "Option::is_none"
    )]
    pub last_contact: Option<DateTime<Utc>>,
    /// Its firmware.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub firmware_version: Option<String>,
    /// Its model.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub panel_type: Option<String>,
    /// Whether it is connected.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub status: Option<PanelStatus>,
}

access_sync_http::open_enum! {
    /// Whether a panel is connected.
    pub enum PanelStatus {
        /// It is.
        Connected = "CONNECTED",
        /// It is not.
        Disconnected = "DISCONNECTED",
    }
}

/// What a panel runs.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PanelFirmware {
    /// The version that is installed; `version` in the documentation's table.
    #[serde(alias = "version", deserialize_with = "decode::required")]
    pub firmware_version: String,
    /// Versions that can be.
    #[serde(default, deserialize_with = "decode::one_or_many")]
    pub available_versions: Vec<String>,
}

impl BrivoClient {
    /// Control panels.
    #[must_use]
    pub fn control_panels(&self) -> ControlPanels<'_> {
        ControlPanels(self)
    }
}

/// Operations on control panels.
#[derive(Clone, Copy, Debug)]
pub struct ControlPanels<'a>(&'a BrivoClient);

impl ControlPanels<'_> {
    /// All panels: `GET /control-panels`.
    pub fn list(&self) -> List<ControlPanel> {
        List::new(
            self.0,
            "control_panels.list",
            &["control-panels"],
            |panel| panel.id.to_string(),
        )
    }

    /// A panel: `GET /control-panels/{id}`.
    pub fn get(&self, id: ControlPanelId) -> Call<ControlPanel> {
        let request = self.0.request_on(
            "control-panels",
            id.0,
            "control_panels.get",
            Method::GET,
            &[],
        );
        Call::json(self.0, request)
    }
}

impl ControlPanels<'_> {
    /// What a panel runs, and what it could run: `GET /control-panels/{id}/firmware`.
    pub fn firmware(&self, id: ControlPanelId) -> Call<PanelFirmware> {
        let rest = ["firmware"];
        Call::json(
            self.0,
            self.0.request_on(
                "control-panels",
                id.0,
                "control_panels.firmware",
                Method::GET,
                &rest,
            ),
        )
    }

    /// Installs another firmware: `POST /control-panels/{id}/firmware`. The panel restarts, so never
    /// sent twice for want of an answer.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config), unsent, without a version;
    /// [`Conflict`](crate::ErrorKind::Conflict) (412) where the panel is not connected.
    pub fn update_firmware(&self, id: ControlPanelId, version: &str) -> Call<PanelFirmware> {
        let body = if version.trim().is_empty() {
            Err(Error::config("which version? See ControlPanels::firmware"))
        } else {
            Ok(json!({ "firmwareVersion": version }))
        };
        let rest = ["firmware"];
        let name = "control_panels.update_firmware";
        let request = self
            .0
            .request_on("control-panels", id.0, name, Method::POST, &rest);
        Call::json(self.0, with_body(request, body))
    }
}

impl List<ControlPanel> {
    /// Only panels that are connected, or are not.
    pub fn connected(self, connected: bool) -> Self {
        let word = if connected {
            "connected"
        } else {
            "disconnected"
        };
        self.try_filter(Filter::eq("status", word))
    }
}
