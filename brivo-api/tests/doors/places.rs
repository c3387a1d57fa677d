//! Doors, sites, schedules.

use brivo_api::*;
use serde_json::{Value, json};

use crate::common::*;
use crate::{DOOR, body};

#[test]
fn a_door_is_never_opened_twice_for_want_of_an_answer() {
    let w = world(|script| script.broken(true).reply(200, ""));
    let error = w.run(w.client.access_points().activate(DOOR)).unwrap_err();
    assert!(error.was_sent());
    assert_eq!(w.asked().len(), 1);
    let request = w.client.access_points().activate(DOOR).request().unwrap();
    assert_eq!(request.safety_class(), Safety::Once);
    let w = answering(200, "");
    w.run(w.client.access_points().activate(DOOR)).unwrap();
    let w = answering(412, r#"{"code":412,"message":"Door is not connected"}"#);
    let error = w.run(w.client.access_points().activate(DOOR)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
}

#[test]
fn sites_doors_panels_and_accounts_are_read() {
    let w = answering(200, sample("site"));
    let site = w.run(w.client.sites().get(SiteId(30_118))).unwrap();
    assert_eq!(site.time_zone.as_deref(), Some("US/Central"));
    assert_eq!(site.address.unwrap().city.as_deref(), Some("Austin"));
    let w = answering(200, sample("site_list"));
    assert!(w.run(w.client.sites().list().all()).unwrap().is_complete());
    let w = answering(200, sample("access_point_list"));
    let doors = w.run(w.client.access_points().list().all()).unwrap();
    assert_eq!(doors.items[0].activation_enabled, Some(true));
    assert_eq!(doors.items[0].control_panel_id, Some(ControlPanelId(8801)));
    let w = answering(200, sample("access_point_list"));
    assert!(
        w.run(w.client.sites().access_points(SiteId(30_118)))
            .unwrap()
            .is_complete()
    );
    let w = answering(200, sample("control_panel_list"));
    let panels = w.run(w.client.control_panels().list().all()).unwrap();
    assert_eq!(panels.items[0].status, Some(PanelStatus::Connected));
    let w = answering(200, sample("account_list"));
    let accounts = w.run(w.client.accounts().list().all()).unwrap();
    assert!(!format!("{accounts:?}").contains("Ross"));

    // An account in both of its documented shapes.
    let bare = sample_value("account_list")["data"][0].to_string();
    for text in [bare.clone(), format!(r#"{{"data":[{bare}]}}"#)] {
        let w = answering(200, text);
        assert_eq!(
            w.run(w.client.accounts().get(AccountId(1))).unwrap().id,
            AccountId(660_210)
        );
    }
    let w = world(|script| (0..3).fold(script, |s, _| s.reply(200, r#"{"data":[]}"#)));
    assert!(w.run(w.client.accounts().get(AccountId(1))).is_err());
}

#[test]
fn a_doors_state_is_read_in_both_spellings() {
    for (word, locked) in [
        ("LOCK", Some(true)),
        ("UNLOCKED", Some(false)),
        ("UNKNOWN", None),
        ("AJAR", None),
    ] {
        let text = format!(
            r#"{{"accessPointName":"B","accessPointState":"{word}","statusUpdated":"2026-04-02T13:00:00.123Z",
              "canPanelSupportScheduleOverride":true,"unlockSchedule":{{"id":4,"isScheduleBlockActive":false}},
              "scheduleOverride":{{"endTimeMode":"INDEFINITE","behavior":"LOCK"}}}}"#
        );
        let w = answering(200, text);
        let status = w.run(w.client.access_points().device_status(DOOR)).unwrap();
        let state = status.access_point_state.unwrap();
        assert_eq!((state.is_locked(), state.as_str()), (locked, word));
        let held = status.schedule_override.unwrap();
        assert_eq!(held, ScheduleOverride::indefinite(OverrideBehavior::Lock));
    }
    assert_eq!(LockState::from("locked").is_locked(), Some(true));
    let w = answering(417, r#"{"code":417,"message":"Panel is offline"}"#);
    let lock = ScheduleOverride::until_next_change(OverrideBehavior::Lock);
    let error = w
        .run(w.client.access_points().override_schedule(DOOR, &lock))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
}

#[test]
fn schedules_and_holidays_are_read() {
    let text = r#"{"id":41007,"name":"Days","siteName":"Universal","editable":true,
        "scheduleBlocks":{"monday":[{"start":"08:00","end":"18:00"}],"holiday":[]},
        "holidays":[{"name":"New Year","start":"2027-01-01T00:00:00","end":"2027-01-02T00:00:00"}]}"#;
    let w = answering(200, text);
    let schedule = w.run(w.client.schedules().get(ScheduleId(41_007))).unwrap();
    assert_eq!(schedule.schedule_blocks["monday"][0].end, "18:00");
    assert_eq!(
        schedule.holidays[0].start.unwrap().to_string(),
        "2027-01-01 00:00:00"
    );

    let text = r#"{"id":5,"name":"New Year","start":"2027-01-01T00:00:00","end":"2027-01-02T00:00:00",
        "siteId":3,"writeable":true,"schedules":[{"id":41007,"name":"Days"}]}"#;
    let w = answering(200, text);
    let holiday = w.run(w.client.holidays().get(HolidayId(5))).unwrap();
    let request = w.client.holidays().replace(&holiday).request();
    assert_eq!(
        body(request),
        serde_json::json!({"name":"New Year","siteId":3,"start":"2027-01-01T00:00:00",
            "end":"2027-01-02T00:00:00","schedules":[41007]})
    );
    let mut backwards = holiday.clone();
    std::mem::swap(&mut backwards.start, &mut backwards.end);
    assert!(w.client.holidays().replace(&backwards).request().is_err());
    let w = answering(
        412,
        r#"{"code":412,"message":"Schedule is in use by groups"}"#,
    );
    let error = w
        .run(w.client.schedules().delete(ScheduleId(4)))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    let w = answering(204, "");
    assert_eq!(
        w.run(w.client.holidays().delete(HolidayId(5))).unwrap(),
        Removal::Done
    );
}

#[test]
fn custom_fields_are_read_with_text_and_number_order() {
    let text = r#"{"data":[{"id":1,"fieldName":"Unit","fieldType":"TEXT","displayOrder":"1"},
        {"id":2,"fieldName":"In","fieldType":"DATE","displayOrder":2,"datePattern":"MM/dd/yyyy"}],
        "offset":0,"pageSize":20,"count":2}"#;
    let w = answering(200, text);
    let fields = w.run(w.client.custom_fields().list().all()).unwrap();
    assert_eq!(fields.items[0].display_order, Some(1));
    assert_eq!(fields.items[1].pattern.as_deref(), Some("MM/dd/yyyy"));
}

/// Brivo documents some records within records as objects and shows them as arrays.
#[test]
fn a_record_within_a_record_may_come_as_an_array_of_one() {
    fn check<T: serde::de::DeserializeOwned + std::fmt::Debug>(record: &Value, key: &str) {
        let read = |value: Value| {
            let mut record = record.clone();
            record[key] = value;
            serde_json::from_value::<T>(record)
        };
        let object = record[key].clone();
        let plain = format!("{:?}", read(object.clone()).unwrap());
        let wrapped = format!("{:?}", read(json!([object])).unwrap());
        assert_eq!(plain, wrapped, "{key}");
        assert!(read(json!([object, object])).is_err(), "{key}: two");
        // Not field after field, as serde would have it.
        let fields: Vec<Value> = object.as_object().unwrap().values().cloned().collect();
        assert!(read(json!(fields)).is_err(), "{key}: fields in a row");
        assert!(read(json!("x")).is_err(), "{key}: text");
    }
    let event = sample_value("event_access_list")["data"][0].clone();
    for key in ["securityAction", "actor", "eventObject", "site"] {
        check::<Event>(&event, key);
    }
    check::<EventObject>(&event["eventObject"], "deviceType");
    check::<Credential>(&sample_value("credential"), "credentialFormat");
    check::<Site>(&sample_value("site"), "address");
    check::<Account>(&sample_value("account_list")["data"][0], "masterAdmin");
    let permission =
        json!({"accessPoint": {"id": 1, "name": "B"}, "schedule": {"id": 2, "name": "A"}});
    check::<AccessPermission>(&permission, "accessPoint");
    check::<AccessPermission>(&permission, "schedule");
    let status = json!({"unlockSchedule": {"id": 4, "name": "Days"},
        "scheduleOverride": {"endTimeMode": "INDEFINITE", "behavior": "LOCK"}});
    check::<DeviceStatus>(&status, "unlockSchedule");
    check::<DeviceStatus>(&status, "scheduleOverride");
    let contact = json!({"id": 1, "contact": {"firstName": "A", "city": "B"}});
    check::<Account>(&contact, "contact");

    // Nothing where there may be nothing.
    let none: Site = serde_json::from_value(json!({"id": 1, "address": []})).unwrap();
    assert_eq!(none.address, None);
}
