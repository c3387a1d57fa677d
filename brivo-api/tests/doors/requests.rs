//! What goes out.

use brivo_api::*;
use serde_json::Value;

use crate::common::*;
use crate::{C, DOOR, U, body};

fn weekdays() -> NewSchedule {
    NewSchedule::new("Days")
        .block("Monday", ScheduleBlock::new("08:00", "18:00"))
        .enabled_by(GroupId(9), 15)
}

#[test]
fn every_operation_asks_exactly() {
    let World { client, .. } = quiet();
    let (users, bank) = (client.users(), client.credentials());
    let (digital, doors) = (client.digital_invitations(), client.access_points());
    let until = at("2027-02-28T21:00:00Z");
    for (request, expected) in [
        (
            bank.list().assigned(false).reference_id("40713").request(0),
            "GET /credentials?offset=0&pageSize=100&filter=status__eq%3Aunassigned%3Breference_id__eq%3A40713",
        ),
        (
            bank.list().facility_code("118").page_size(20).request(40),
            "GET /credentials?offset=40&pageSize=20&filter=facility_code__eq%3A118",
        ),
        (bank.get(C).request(), "GET /credentials/55190277"),
        (bank.delete(C).request(), "DELETE /credentials/55190277"),
        (bank.formats().request(), "GET /credentials/formats"),
        (bank.holder(C).request(), "GET /credentials/55190277/user"),
        (
            users.credentials(U).request(),
            "GET /users/7310442/credentials",
        ),
        (
            users
                .assign_credential(U, C, Validity::unbounded())
                .request(),
            "PUT /users/7310442/credentials/55190277 {}",
        ),
        (
            users
                .assign_credential(U, C, Validity::unbounded().until(until))
                .request(),
            r#"PUT /users/7310442/credentials/55190277 {"effectiveTo":"2027-02-28T21:00:00Z"}"#,
        ),
        (
            users.unassign_credential(U, C).request(),
            "DELETE /users/7310442/credentials/55190277",
        ),
        (
            digital
                .invite(
                    U,
                    "a@b.c",
                    &InvitationOptions::new()
                        .send_email(true)
                        .language(Language::German),
                )
                .request(),
            "POST /users/7310442/credentials/digital-invitations\
             ?sendInvitationEmail=true&nfcEnabled=false&language=de {\"referenceId\":\"a@b.c\"}",
        ),
        (
            digital
                .list(U)
                .status(&InvitationStatus::Redeemed)
                .request(0),
            "GET /users/7310442/credentials/digital-invitations\
             ?offset=0&pageSize=100&filter=status__eq%3Aredeemed",
        ),
        (
            digital.list(U).any_status().request(0),
            "GET /users/7310442/credentials/digital-invitations\
             ?offset=0&pageSize=100&filter=status__eq%3Aall",
        ),
        (
            digital.cancel(U).request(),
            "DELETE /users/7310442/credentials/digital-invitations",
        ),
        (
            digital.allotment().request(),
            "GET /credentials/digital/allotment",
        ),
        (
            digital.allegion_allotment().request(),
            "GET /credentials/digital/allegion-allotment",
        ),
        (
            digital
                .set_wallet_passes(&[WalletPass::new(U, C, "a@b.c")], true)
                .request(),
            "POST /users/credentials/brivo-wallet-pass?nfcEnabled=true \
             {\"bmpCredentials\":[{\"accessCredentialId\":55190277,\"referenceId\":\"a@b.c\",\"userId\":7310442}]}",
        ),
        (
            client.guests().delete(U).request(),
            "DELETE /brivo-visitor/7310442",
        ),
        (
            client.guests().invite(U).request(),
            "POST /brivo-visitor/7310442/credentials/digital-invitation",
        ),
        (
            client.sites().list().name("Alder").request(0),
            "GET /sites?offset=0&pageSize=100&filter=name__eq%3AAlder",
        ),
        (
            client.sites().list_root().request(0),
            "GET /sites/root?offset=0&pageSize=100",
        ),
        (
            client.sites().get(SiteId(30118)).request(),
            "GET /sites/30118",
        ),
        (
            client.sites().access_points(SiteId(30118)).request(),
            "GET /sites/30118/access-points",
        ),
        (
            client.sites().groups(SiteId(30118)).request(0),
            "GET /sites/30118/groups?offset=0&pageSize=100",
        ),
        (
            doors
                .list()
                .types(&[AccessPointType::Door, AccessPointType::Floor])
                .report_live_status(true)
                .name("B")
                .request(0),
            "GET /access-points?offset=0&pageSize=100&filter=access_point_types__eq%3ADOOR%2CFLOOR\
             %3Breport_live_status__eq%3Atrue%3Bname__eq%3AB",
        ),
        (doors.get(DOOR).request(), "GET /access-points/612001"),
        (
            doors.activate(DOOR).request(),
            "POST /access-points/612001/activate",
        ),
        (
            doors.unlock(DOOR, &"x".into()).request(),
            r#"POST /access-points/612001/unlock {"credentialValue":"x"}"#,
        ),
        (
            doors
                .activate_elevator(DOOR, 5, &[AccessPointId(2)])
                .request(),
            r#"POST /access-points/612001/activateElevator {"pulseTime":5,"targetDevices":[2]}"#,
        ),
        (
            doors.groups(DOOR).request(0),
            "GET /access-points/612001/groups?offset=0&pageSize=100",
        ),
        (
            doors.device_status(DOOR).request(),
            "GET /device-status/612001",
        ),
        (
            doors
                .override_schedule(
                    DOOR,
                    &ScheduleOverride::until(OverrideBehavior::Unlock, until),
                )
                .request(),
            "POST /schedules/change-state/612001 \
             {\"behavior\":\"UNLOCK\",\"endTime\":\"2027-02-28T21:00:00Z\",\"endTimeMode\":\"UNTIL_TIME\"}",
        ),
        (
            doors.end_override(DOOR).request(),
            "DELETE /schedules/change-state/612001",
        ),
        (
            client.schedules().list().name("Days").request(0),
            "GET /schedules?offset=0&pageSize=100&filter=name__eq%3ADays",
        ),
        (
            client
                .schedules()
                .create(&weekdays().site(SiteId(3)))
                .request(),
            "POST /schedules {\"enablingGroupId\":9,\"gracePeriod\":15,\"name\":\"Days\",\
             \"scheduleBlocks\":{\"monday\":[{\"end\":\"18:00\",\"start\":\"08:00\"}]},\"siteId\":3}",
        ),
        (
            client.schedules().get(ScheduleId(4)).request(),
            "GET /schedules/4",
        ),
        (
            client
                .schedules()
                .replace(ScheduleId(4), &weekdays().site(SiteId(3)))
                .request(),
            "PUT /schedules/4 {\"enablingGroupId\":9,\"gracePeriod\":15,\"name\":\"Days\",\
             \"scheduleBlocks\":{\"monday\":[{\"end\":\"18:00\",\"start\":\"08:00\"}]}}",
        ),
        (
            client.schedules().delete(ScheduleId(4)).request(),
            "DELETE /schedules/4",
        ),
        (
            client.holidays().list().request(0),
            "GET /holidays?offset=0&pageSize=100",
        ),
        (
            client.holidays().get(HolidayId(5)).request(),
            "GET /holidays/5",
        ),
        (
            client.holidays().delete(HolidayId(5)).request(),
            "DELETE /holidays/5",
        ),
        (
            client.accounts().list().request(0),
            "GET /accounts?offset=0&pageSize=100",
        ),
        (
            client.accounts().get(AccountId(660_210)).request(),
            "GET /accounts/660210",
        ),
        (
            client.accounts().settings(AccountId(660_210)).request(),
            "GET /accounts/660210/settings",
        ),
        (
            client.control_panels().list().connected(true).request(0),
            "GET /control-panels?offset=0&pageSize=100&filter=status__eq%3Aconnected",
        ),
        (
            client.control_panels().get(ControlPanelId(8801)).request(),
            "GET /control-panels/8801",
        ),
        (
            client.custom_fields().list().request(0),
            "GET /custom-fields?offset=0&pageSize=100",
        ),
        (
            client
                .custom_fields()
                .create("Move In", &FieldType::Date, Some("MM/dd/yyyy"))
                .request(),
            r#"POST /custom-fields {"fieldName":"Move In","fieldType":"DATE","pattern":"MM/dd/yyyy"}"#,
        ),
        (
            client.custom_fields().get(CustomFieldId(1)).request(),
            "GET /custom-fields/1",
        ),
        (
            client
                .custom_fields()
                .replace(CustomFieldId(1), "A", &FieldType::Text, None)
                .request(),
            r#"PUT /custom-fields/1 {"fieldName":"A","fieldType":"TEXT"}"#,
        ),
        (
            client.custom_fields().delete(CustomFieldId(1)).request(),
            "DELETE /custom-fields/1",
        ),
    ] {
        // Key order in bodies follows whether serde_json keeps it; compare as values.
        let shown = shape(request);
        let cut = |line: &str| {
            let (head, body) = line
                .split_once(" {")
                .map_or((line, None), |(h, b)| (h, Some(b)));
            let body =
                body.map(|body| serde_json::from_str::<Value>(&format!("{{{body}")).unwrap());
            (head.to_owned(), body)
        };
        assert_eq!(cut(&shown), cut(expected));
    }
    let request = doors.end_override(DOOR).request().unwrap();
    assert_eq!(request.headers()["accept-version"], "2.0");
}

#[test]
fn bodies_are_the_documented_ones() {
    let World { client, .. } = quiet();
    let card = NewCredential::card_26(Card26::new(118, 40_713));
    assert_eq!(
        body(client.credentials().create(&card).request()),
        sample_value("credential_create_request")
    );
    let validity = Validity::unbounded()
        .from(at("2026-03-01T15:00:00Z"))
        .until(at("2027-02-28T21:00:00Z"));
    assert_eq!(
        body(client.users().assign_credential(U, C, validity).request()),
        sample_value("credential_assign_request")
    );
    let invite = client.digital_invitations().invite(
        U,
        "marisol.okafor@example.com",
        &InvitationOptions::new(),
    );
    assert_eq!(
        body(invite.request()),
        sample_value("digital_invitation_create_request")
    );
    let guest = NewGuest::new(
        "Plumber",
        Email::new("visit@example.com", "work"),
        [GroupId(880_211)],
        at("2026-04-02T13:00:00Z"),
        at("2026-04-02T18:00:00Z"),
    );
    assert_eq!(
        body(client.guests().create(&guest).request()),
        sample_value("guest_create_request")
    );
    let mobile = guest.credential(GuestCredential::MobilePass);
    let asked = body(client.guests().create(&mobile).request());
    assert_eq!(asked["credentialType"], "MOBILE_PASS");
    let exceptions = weekdays()
        .exception(ScheduleException::open(
            ScheduleBlock::new("13:00", "18:00"),
            Recurrence::Monthly {
                day: chrono::Weekday::Wed,
                week: 2,
            },
        ))
        .exception(ScheduleException::closed(
            ScheduleBlock::new("08:00", "12:00"),
            Recurrence::On(chrono::NaiveDate::from_ymd_opt(2026, 12, 24).unwrap()),
        ));
    assert_eq!(
        body(client.schedules().create(&exceptions).request())["scheduleExceptions"],
        serde_json::json!([
            {"enabling": "ENABLE", "start": "13:00", "end": "18:00",
                "recurrence": {"type": "DAY_OF_MONTH", "day": "WEDNESDAY", "weekOfMonth": 2}},
            {"enabling": "DISABLE", "start": "08:00", "end": "12:00",
                "recurrence": {"type": "SINGULAR", "date": "2026-12-24"}},
        ])
    );
    let hex = NewCredential::encoded(formats::UNKNOWN, "fob", "2ED3E13")
        .size(26)
        .used_with_offline_locks(true);
    let asked = body(client.credentials().create(&hex).request());
    assert_eq!(asked["encodedCredential"], "2ED3E13");
    assert_eq!(asked["size"], 26);
    assert_eq!(asked["credentialUsedWithOfflineLocks"], true);
}

#[test]
fn what_would_fail_is_not_sent() {
    let World { client, .. } = quiet();
    let (users, bank) = (client.users(), client.credentials());
    let noon = at("2026-04-02T12:00:00Z");
    let email = || Email::new("a@b.c", "work");
    let block = || ScheduleBlock::new("08:00", "18:00");
    let many = (0..33).fold(NewSchedule::new("x"), |s, _| s.block("monday", block()));
    let exceptions = (0..17).fold(weekdays(), |s, _| s.exception(Value::Null));
    let second_week = |week| Recurrence::Monthly {
        day: chrono::Weekday::Wed,
        week,
    };
    let exception = |from: &str, week| {
        let block = ScheduleBlock::new(from, "18:00");
        let exception = ScheduleException::open(block, second_week(week));
        weekdays().exception(exception)
    };
    let none: [(CredentialFieldId, String); 0] = [];
    for request in [
        users
            .assign_credential(U, C, Validity::unbounded().from(noon).until(noon))
            .request(),
        bank.create(&NewCredential::encoded(formats::UNKNOWN, "x", "xyz"))
            .request(),
        bank.create(&NewCredential::encoded(formats::UNKNOWN, "x", ""))
            .request(),
        bank.create(&NewCredential::encoded(formats::UNKNOWN, " ", "1"))
            .request(),
        bank.create(&NewCredential::fields(CredentialFormatId(100), "x", none))
            .request(),
        client
            .digital_invitations()
            .invite(U, " ", &InvitationOptions::new())
            .request(),
        client
            .digital_invitations()
            .set_wallet_passes(&[], true)
            .request(),
        client
            .guests()
            .create(&NewGuest::new("A", email(), [], noon, noon))
            .request(),
        client
            .guests()
            .create(&NewGuest::new(
                "A",
                email(),
                [],
                noon,
                at("2026-04-02T13:00:00Z"),
            ))
            .request(),
        client
            .access_points()
            .activate_elevator(DOOR, 0, &[DOOR])
            .request(),
        client
            .access_points()
            .activate_elevator(DOOR, 601, &[DOOR])
            .request(),
        client
            .access_points()
            .activate_elevator(DOOR, 5, &[])
            .request(),
        client.schedules().create(&NewSchedule::new("x")).request(),
        client
            .schedules()
            .create(&NewSchedule::new("x".repeat(33)).block("monday", block()))
            .request(),
        client
            .schedules()
            .create(&NewSchedule::new("x").block("mon", block()))
            .request(),
        client
            .schedules()
            .create(&NewSchedule::new("x").block("monday", ScheduleBlock::new("8:00", "18:00")))
            .request(),
        client
            .schedules()
            .create(&NewSchedule::new("x").block("monday", ScheduleBlock::new("08:00", "24:30")))
            .request(),
        client.schedules().create(&many).request(),
        client.schedules().create(&exceptions).request(),
        client.schedules().create(&exception("8:00", 2)).request(),
        client.schedules().create(&exception("08:00", 6)).request(),
        client
            .schedules()
            .create(&weekdays().enabled_by(GroupId(1), 61))
            .request(),
        client
            .custom_fields()
            .create(" ", &FieldType::Text, None)
            .request(),
    ] {
        assert_eq!(request.unwrap_err().kind(), ErrorKind::Config);
    }
}
