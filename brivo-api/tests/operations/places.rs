//! Sites, doors, schedules, events and the account.

use brivo_api::*;
use futures_util::FutureExt as _;
use serde_json::{Value, json};

use super::{D, F, Operation, page};
use crate::common::{at, sample, sample_value};

const SUBSCRIPTION: EventSubscriptionId = EventSubscriptionId(40_212);

fn named() -> Value {
    json!({"id": 41, "name": "Days"})
}

fn custom_field() -> Value {
    json!({"id": 3301, "fieldName": "Unit", "fieldType": "TEXT", "displayOrder": "1"})
}

fn holiday() -> Value {
    json!({"id": 5, "name": "New Year", "start": "2027-01-01T00:00:00",
        "end": "2027-01-02T00:00:00", "siteId": 3, "schedules": [{"id": 41, "name": "Days"}]})
}

fn weekdays() -> NewSchedule {
    NewSchedule::new("Days").block("monday", ScheduleBlock::new("08:00", "18:00"))
}

fn doors_of_a_site() -> NewEventSubscription {
    let name = "doors-site-30118";
    let url = "https://hooks.example.com/brivo/3f1c";
    NewEventSubscription::new(name, url, "ops@example.com")
        .criterion(Criterion::site(SiteId(30_118)))
        .criterion(Criterion::audit(false))
}

pub(super) fn places() -> Vec<Operation> {
    vec![
        operation!(
            "GET /sites",
            "/sites?offset=0&pageSize=100&filter=name__eq%3AAl+der",
            Value::Null,
            sample("site_list"),
            "SiteId(30118)",
            |c| c.sites().list().name("Al der").all()
        ),
        operation!(
            "GET /sites/root",
            "/sites/root?offset=0&pageSize=100",
            Value::Null,
            sample("site_list"),
            "SiteId(30118)",
            |c| c.sites().list_root().all()
        ),
        operation!(
            "GET /sites/{id}",
            "/sites/30118",
            Value::Null,
            sample("site"),
            "SiteId(30118)",
            |c| c.sites().get(SiteId(30_118))
        ),
        operation!(
            "GET /sites/{id}/access-points",
            "/sites/30118/access-points",
            Value::Null,
            sample("access_point_list"),
            "AccessPointId(612001)",
            |c| c.sites().access_points(SiteId(30_118))
        ),
        operation!(
            "GET /sites/{id}/groups",
            "/sites/30118/groups?offset=0&pageSize=100",
            Value::Null,
            page(&named()),
            "GroupId(41)",
            |c| c.sites().groups(SiteId(30_118)).all()
        ),
        operation!(
            "GET /access-points",
            "/access-points?offset=0&pageSize=100",
            Value::Null,
            sample("access_point_list"),
            "AccessPointId(612001)",
            |c| c.access_points().list().all()
        ),
        operation!(
            "GET /access-points/{id}",
            "/access-points/612001",
            Value::Null,
            sample_value("access_point_list")["data"][0].to_string(),
            "AccessPointId(612001)",
            |c| c.access_points().get(D)
        ),
        operation!(
            "POST /access-points/{id}/activate",
            "/access-points/612001/activate",
            Value::Null,
            String::new(),
            "()",
            |c| c.access_points().activate(D)
        ),
        operation!(
            "POST /access-points/{id}/unlock",
            "/access-points/612001/unlock",
            json!({"credentialValue": "x"}),
            String::new(),
            "()",
            |c| c.access_points().unlock(D, &"x".into())
        ),
        operation!(
            "POST /access-points/{id}/activateElevator",
            "/access-points/612001/activateElevator",
            json!({"pulseTime": 5, "targetDevices": [2]}),
            String::new(),
            "()",
            |c| c
                .access_points()
                .activate_elevator(D, 5, &[AccessPointId(2)])
        ),
        operation!(
            "GET /access-points/{id}/groups",
            "/access-points/612001/groups?offset=0&pageSize=100",
            Value::Null,
            page(&named()),
            "GroupId(41)",
            |c| c.access_points().groups(D).all()
        ),
        operation!(
            "GET /device-status/{id}",
            "/device-status/612001",
            Value::Null,
            r#"{"accessPointName":"B","accessPointState":"LOCKED"}"#.into(),
            "Locked",
            |c| c.access_points().device_status(D)
        ),
        operation!(
            "POST /schedules/change-state/{id}",
            "/schedules/change-state/612001",
            json!({"behavior": "UNLOCK", "endTime": "2027-02-28T21:00:00Z", "endTimeMode": "UNTIL_TIME"}),
            String::new(),
            "()",
            |c| c.access_points().override_schedule(
                D,
                &ScheduleOverride::until(OverrideBehavior::Unlock, at("2027-02-28T21:00:00Z"))
            )
        ),
        operation!(
            "DELETE /schedules/change-state/{id}",
            "/schedules/change-state/612001",
            Value::Null,
            String::new(),
            "()",
            |c| c.access_points().end_override(D)
        ),
        operation!(
            "GET /schedules",
            "/schedules?offset=0&pageSize=100",
            Value::Null,
            page(&named()),
            "ScheduleId(41)",
            |c| c.schedules().list().all()
        ),
        operation!(
            "POST /schedules",
            "/schedules",
            json!({"name": "Days", "scheduleBlocks": {"monday": [{"start": "08:00", "end": "18:00"}]}}),
            named().to_string(),
            "ScheduleId(41)",
            |c| c.schedules().create(&weekdays())
        ),
        operation!(
            "GET /schedules/{id}",
            "/schedules/41",
            Value::Null,
            named().to_string(),
            "ScheduleId(41)",
            |c| c.schedules().get(ScheduleId(41))
        ),
        operation!(
            "PUT /schedules/{id}",
            "/schedules/41",
            json!({"name": "Days", "scheduleBlocks": {"monday": [{"start": "08:00", "end": "18:00"}]}}),
            named().to_string(),
            "ScheduleId(41)",
            |c| c.schedules().replace(ScheduleId(41), &weekdays())
        ),
        operation!(
            "DELETE /schedules/{id}",
            "/schedules/41",
            Value::Null,
            String::new(),
            "Done",
            |c| c.schedules().delete(ScheduleId(41))
        ),
        operation!(
            "GET /holidays",
            "/holidays?offset=0&pageSize=100",
            Value::Null,
            page(&holiday()),
            "HolidayId(5)",
            |c| c.holidays().list().all()
        ),
        operation!(
            "GET /holidays/{id}",
            "/holidays/5",
            Value::Null,
            holiday().to_string(),
            "ScheduleId(41)",
            |c| c.holidays().get(HolidayId(5))
        ),
        operation!(
            "PUT /holidays/{id}",
            "/holidays/5",
            json!({"name": "New Year", "siteId": 3, "start": "2027-01-01T00:00:00", "end": "2027-01-02T00:00:00", "schedules": [41]}),
            holiday().to_string(),
            "ScheduleId(41)",
            |c| c
                .holidays()
                .replace(&serde_json::from_value(holiday()).unwrap())
        ),
        operation!(
            "DELETE /holidays/{id}",
            "/holidays/5",
            Value::Null,
            String::new(),
            "Done",
            |c| c.holidays().delete(HolidayId(5))
        ),
    ]
}

pub(super) fn journal_and_account() -> Vec<Operation> {
    vec![
        operation!(
            "GET /events/access",
            "/events/access?pageSize=100",
            Value::Null,
            sample("event_access_list"),
            "5b0d7f0e-1c7a-4d0e-9a9f-5d6e2f1a0b33",
            |c| c.events().access().all()
        ),
        operation!(
            "GET /events/audit",
            "/events/audit?pageSize=100&filter=event_type__eq%3Auser%2Cgroup%3Bactor__eq%3A9",
            Value::Null,
            sample("event_access_list"),
            "5b0d7f0e-1c7a-4d0e-9a9f-5d6e2f1a0b33",
            |c| c.events().audit().kinds(&["user", "group"]).actor(9).all()
        ),
        operation!(
            "GET /events/counts/access",
            "/events/counts/access?filter=site__eq%3A3",
            Value::Null,
            sample("event_count"),
            "42",
            |c| c.events().access().site(SiteId(3)).count()
        ),
        operation!(
            "GET /events/counts/audit",
            "/events/counts/audit",
            Value::Null,
            sample("event_count"),
            "42",
            |c| c.events().audit().count()
        ),
        operation!(
            "GET /event-subscriptions",
            "/event-subscriptions?offset=0&pageSize=100",
            Value::Null,
            page(&sample_value("event_subscription")),
            "EventSubscriptionId(40212)",
            |c| c.event_subscriptions().list().all()
        ),
        operation!(
            "POST /event-subscriptions",
            "/event-subscriptions",
            sample_value("event_subscription_create_request"),
            sample("event_subscription"),
            "EventSubscriptionId(40212)",
            |c| c.event_subscriptions().create(&doors_of_a_site())
        ),
        operation!(
            "GET /event-subscriptions/{id}",
            "/event-subscriptions/40212",
            Value::Null,
            sample("event_subscription"),
            "EventSubscriptionId(40212)",
            |c| c.event_subscriptions().get(SUBSCRIPTION)
        ),
        operation!(
            "PUT /event-subscriptions/{id}",
            "/event-subscriptions/40212",
            sample_value("event_subscription_create_request"),
            sample("event_subscription"),
            "EventSubscriptionId(40212)",
            |c| c
                .event_subscriptions()
                .replace(SUBSCRIPTION, &doors_of_a_site())
        ),
        operation!(
            "DELETE /event-subscriptions/{id}",
            "/event-subscriptions/40212",
            Value::Null,
            String::new(),
            "Done",
            |c| c.event_subscriptions().delete(SUBSCRIPTION)
        ),
        operation!(
            "GET /accounts",
            "/accounts?offset=0&pageSize=100",
            Value::Null,
            sample("account_list"),
            "AccountId(660210)",
            |c| c.accounts().list().all()
        ),
        operation!(
            "GET /accounts/{id}",
            "/accounts/660210",
            Value::Null,
            sample("account_list"),
            "AccountId(660210)",
            |c| c.accounts().get(AccountId(660_210))
        ),
        operation!(
            "GET /accounts/{id}/settings",
            "/accounts/660210/settings",
            Value::Null,
            page(&json!({"id": 41, "value": "on"})),
            "41",
            |c| c.accounts().settings(AccountId(660_210))
        ),
        operation!(
            "GET /control-panels",
            "/control-panels?offset=0&pageSize=100",
            Value::Null,
            sample("control_panel_list"),
            "ControlPanelId(8801)",
            |c| c.control_panels().list().all()
        ),
        operation!(
            "GET /control-panels/{id}",
            "/control-panels/8801",
            Value::Null,
            sample_value("control_panel_list")["data"][0].to_string(),
            "ControlPanelId(8801)",
            |c| c.control_panels().get(ControlPanelId(8801))
        ),
        operation!(
            "GET /custom-fields",
            "/custom-fields?offset=0&pageSize=100",
            Value::Null,
            page(&custom_field()),
            "CustomFieldId(3301)",
            |c| c.custom_fields().list().all()
        ),
        operation!(
            "POST /custom-fields",
            "/custom-fields",
            json!({"fieldName": "Unit", "fieldType": "DATE", "pattern": "MM/dd/yyyy"}),
            custom_field().to_string(),
            "CustomFieldId(3301)",
            |c| c
                .custom_fields()
                .create("Unit", &FieldType::Date, Some("MM/dd/yyyy"))
        ),
        operation!(
            "GET /custom-fields/{id}",
            "/custom-fields/3301",
            Value::Null,
            custom_field().to_string(),
            "CustomFieldId(3301)",
            |c| c.custom_fields().get(F)
        ),
        operation!(
            "PUT /custom-fields/{id}",
            "/custom-fields/3301",
            json!({"fieldName": "Unit", "fieldType": "DATE", "pattern": "MM/dd/yyyy"}),
            custom_field().to_string(),
            "CustomFieldId(3301)",
            |c| c
                .custom_fields()
                .replace(F, "Unit", &FieldType::Date, Some("MM/dd/yyyy"))
        ),
        operation!(
            "DELETE /custom-fields/{id}",
            "/custom-fields/3301",
            Value::Null,
            String::new(),
            "Done",
            |c| c.custom_fields().delete(F)
        ),
    ]
}
