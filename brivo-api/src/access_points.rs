//! Access points: doors, floors, locks.

use access_sync_http::{Error, SecretString};
use http::header::HeaderName;
use http::{HeaderValue, Method};
use serde_json::json;

use crate::access_point::{
    AccessPoint, AccessPointType, DeviceStatus, EndTimeMode, ScheduleOverride,
};
use crate::call::Call;
use crate::client::BrivoClient;
use crate::filter::Filter;
use crate::groups::GroupRef;
use crate::ids::AccessPointId;
use crate::list::List;
use crate::users::with_body;

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
            (EndTimeMode::UntilTime, None) => Err(Error::config(
                "an override until a time needs the time; see ScheduleOverride::until",
            )),
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

    /// Only access points of these types. Brivo answers 400 to types that it does not know.
    pub fn types(self, types: &[AccessPointType]) -> Self {
        self.try_filter(Filter::eq("access_point_types", types))
    }

    /// Only access points that report what they do, or do not.
    pub fn report_live_status(self, reports: bool) -> Self {
        self.try_filter(Filter::eq("report_live_status", reports))
    }
}
