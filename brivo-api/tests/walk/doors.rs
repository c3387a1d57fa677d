//! Sites, doors, schedules, holidays, panels, the account.

use access_sync_sandbox::Sandbox;
use access_sync_sandbox::brivo::Holiday as PutHoliday;
use brivo_api::*;
use chrono::{NaiveDate, TimeDelta};

pub(super) async fn walk(sandbox: &Sandbox, client: &BrivoClient) {
    let door = sites(client).await;
    schedules(sandbox, client).await;
    one_door(sandbox, client, door).await;
    account(client).await;
}

async fn sites(client: &BrivoClient) -> AccessPoint {
    let sites = client.sites();
    let all = sites.list().all().await.unwrap();
    assert_eq!((all.items.len(), all.is_complete()), (3, true));
    assert!(sites.list_root().all().await.unwrap().is_complete());
    let found = sites.list().name("Harbour").all().await.unwrap();
    let works = sites.get(found.items[0].id).await.unwrap();
    assert_eq!(works.time_zone.as_deref(), Some("US/Pacific"));
    assert_eq!(works.address.unwrap().city.as_deref(), Some("Portland"));
    let doors = sites.access_points(works.id).await.unwrap();
    assert!(doors.is_complete());
    let groups = sites.groups(works.id).all().await.unwrap();
    assert!(groups.items.iter().any(|group| group.name == "Cedar Room"));
    let cedar = |door: &&AccessPoint| door.name == "Cedar Room";
    doors.items.iter().find(cedar).unwrap().clone()
}

async fn schedules(sandbox: &Sandbox, client: &BrivoClient) {
    let (schedules, holidays) = (client.schedules(), client.holidays());
    let days = |name: &str| {
        NewSchedule::new(name)
            .block("monday", ScheduleBlock::new("08:00", "18:00"))
            .exception(ScheduleException::closed(
                ScheduleBlock::new("08:00", "12:00"),
                Recurrence::On(NaiveDate::from_ymd_opt(2026, 4, 6).unwrap()),
            ))
    };
    let made = schedules.create(&days("Days")).await.unwrap();
    assert_eq!(made.schedule_blocks["monday"][0].end, "18:00");
    let again = schedules
        .replace(made.id, &days("Work days"))
        .await
        .unwrap();
    assert_eq!(again.name, "Work days");
    let read = schedules.get(made.id).await.unwrap();
    assert_eq!(read.schedule_exceptions.len(), 1);
    let found = schedules.list().name("Work").all().await.unwrap();
    assert_eq!(found.items.len(), 1);

    let at = |day: u32| {
        NaiveDate::from_ymd_opt(2026, 7, day)
            .unwrap()
            .and_hms_opt(0, 0, 0)
            .unwrap()
    };
    let put = PutHoliday::new(5001, "Independence", at(4), at(5));
    sandbox.brivo().put_holiday(put, &[made.id.0]);
    let all = holidays.list().all().await.unwrap();
    assert_eq!(all.items.len(), 1);
    let mut holiday = holidays.get(HolidayId(5001)).await.unwrap();
    assert_eq!(holiday.schedules[0].id, made.id);
    holiday.name = "Independence Day".into();
    let replaced = holidays.replace(&holiday).await.unwrap();
    assert_eq!(replaced.name, "Independence Day");
    assert_eq!(replaced.start, Some(at(4)));
    let gone = holidays.delete(HolidayId(5001)).await.unwrap();
    assert_eq!(gone, Removal::Done);
    assert_eq!(schedules.delete(made.id).await.unwrap(), Removal::Done);
    assert!(schedules.get(made.id).await.unwrap_err().is_not_found());
}

async fn one_door(sandbox: &Sandbox, client: &BrivoClient, door: AccessPoint) {
    let (doors, brivo) = (client.access_points(), sandbox.brivo());
    let all = doors.list().page_size(50).all().await.unwrap();
    assert_eq!(all.items.len(), brivo.doors().len());
    let typed = doors.list().types(&[AccessPointType::Door]).all().await;
    assert!(!typed.unwrap().items.is_empty());
    assert_eq!(doors.get(door.id).await.unwrap().name, door.name);
    let groups = doors.groups(door.id).all().await.unwrap();
    assert!(groups.items.iter().any(|group| group.name == "Cedar Room"));

    let events = brivo.event_count();
    doors.activate(door.id).await.unwrap();
    assert_eq!(brivo.event_count(), events + 1);
    doors
        .activate_elevator(door.id, 5, &[door.id])
        .await
        .unwrap();
    let error = doors.unlock(door.id, &"AA00".into()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Permission, "for pass holders");

    let stranger = |at| brivo.can_open("staff:0007", "Cedar Room", at);
    assert!(!stranger(sandbox.now()));
    let end = sandbox.now() + TimeDelta::hours(1);
    let open = ScheduleOverride::until(OverrideBehavior::Unlock, end);
    doors.override_schedule(door.id, &open).await.unwrap();
    assert!(stranger(sandbox.now()), "it stands open");
    let state = doors.device_status(door.id).await.unwrap();
    assert_eq!(state.access_point_state.unwrap().is_locked(), Some(false));
    assert_eq!(state.schedule_override, Some(open.clone()));
    let error = doors.override_schedule(door.id, &open).await.unwrap_err();
    assert_eq!(error.status().unwrap().as_u16(), 412, "{error}");
    doors.end_override(door.id).await.unwrap();
    assert!(!stranger(sandbox.now()));

    let panels = client.control_panels();
    let panel = door.control_panel_id.unwrap();
    assert!(brivo.set_panel_online(panel.0, false));
    let error = doors.activate(door.id).await.unwrap_err();
    assert_eq!(error.status().unwrap().as_u16(), 412, "{error}");
    let error = doors.override_schedule(door.id, &open).await.unwrap_err();
    assert_eq!(error.status().unwrap().as_u16(), 417, "{error}");
    let cut = panels.list().connected(false).all().await.unwrap();
    assert_eq!(cut.items[0].id, panel);
    assert!(brivo.set_panel_online(panel.0, true));
    let status = panels.get(panel).await.unwrap().status;
    assert_eq!(status, Some(PanelStatus::Connected));
}

async fn account(client: &BrivoClient) {
    let me = client.administrators().whoami().await.unwrap();
    assert!(!me.username.is_empty());
    let accounts = client.accounts();
    let all = accounts.list().all().await.unwrap();
    let account = accounts.get(all.items[0].id).await.unwrap();
    assert_eq!(account.name, all.items[0].name);
    assert!(accounts.settings(account.id).await.unwrap().is_complete());
}
