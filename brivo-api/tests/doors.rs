//! Credentials, passes, guests, sites, doors, schedules and the account: requests exactly, answers
//! decoded, arguments checked.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod common;

use access_sync_http::Safety;
use brivo_api::{
    AccessPointId, AccountId, Card26, ControlPanelId, CredentialFieldId, CredentialFormatId,
    CredentialId, CustomFieldId, Email, ErrorKind, ExposeSecret, FieldType, GroupId,
    GuestCredential, HolidayId, InvitationOptions, InvitationStatus, Language, LockState,
    NewCredential, NewGuest, NewSchedule, OverrideBehavior, PanelStatus, Removal, ScheduleBlock,
    ScheduleId, ScheduleOverride, SiteId, UserId, Validity, WalletPass, codes, formats,
};
use common::{World, answering, at, quiet, sample, sample_value, shape, world};
use serde_json::Value;

const U: UserId = UserId(7_310_442);
const C: CredentialId = CredentialId(55_190_277);
const DOOR: AccessPointId = AccessPointId(612_001);

fn body(request: Result<brivo_api::Request, brivo_api::Error>) -> Value {
    serde_json::from_slice(request.unwrap().body()).unwrap()
}

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
                .types(&["DOOR", "FLOOR"])
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
fn credentials_are_read_in_both_spellings_of_their_fields() {
    for status in [200, 201] {
        let w = answering(status, sample("credential"));
        let new = NewCredential::card_26(Card26::new(118, 40_713));
        let card = w.run(w.client.credentials().create(&new)).unwrap();
        assert_eq!((card.id, card.credential_format.id), (C, formats::CARD_26));
        assert_eq!(card.field("card_number"), Some("40713"));
        assert_eq!(card.field_values[0].id, CredentialFieldId(2));
    }
    let w = answering(200, sample("user_credentials"));
    let held = w.run(w.client.users().credentials(U)).unwrap();
    assert!(held.is_complete());
    assert_eq!(held.items[0].field_values[1].id, CredentialFieldId(2));
    assert_eq!(held.items[0].field("facility_code"), Some("118"));
    assert_eq!(held.items[0].effective_to, Some(at("2027-02-28T21:00:00Z")));
    let pin = &held.items[1];
    assert_eq!(pin.credential_format.id, formats::PIN);
    assert_eq!(
        pin.encoded_credential.as_ref().unwrap().expose_secret(),
        "73951"
    );
    assert_eq!(held.items[2].credential_format.id, formats::MOBILE_PASS);
    let shown = format!("{held:?} {}", serde_json::to_string(&held.items).unwrap());
    assert!(
        !shown.contains("73951") && !shown.contains("2ed3e13"),
        "{shown}"
    );

    let w = answering(200, sample("credential_formats"));
    let formats = w.run(w.client.credentials().formats()).unwrap();
    assert_eq!(formats.items[0].credential_fields[1].name, "facility_code");

    let w = answering(200, sample("credential_user"));
    assert_eq!(
        w.run(w.client.credentials().holder(C)).unwrap().unwrap().id,
        U
    );
    let w = answering(404, sample("error_api_404"));
    assert!(w.run(w.client.credentials().holder(C)).unwrap().is_none());

    let list = format!(
        r#"{{"data":[{}],"offset":0,"pageSize":100,"count":1}}"#,
        sample("credential")
    );
    let w = answering(200, list);
    assert!(
        w.run(w.client.credentials().list().all())
            .unwrap()
            .is_complete()
    );
    let w = answering(204, "");
    w.run(
        w.client
            .users()
            .assign_credential(U, C, Validity::unbounded()),
    )
    .unwrap();
}

#[test]
fn a_duplicate_credential_is_found_by_exact_comparison() {
    let mut other = sample_value("credential");
    other["id"] = 1.into();
    other["referenceId"] = "140713".into();
    let mut other_facility = sample_value("credential");
    other_facility["id"] = 2.into();
    other_facility["fieldValues"][0]["value"] = "119".into();
    let there = sample_value("credential");
    let page = |rows: &[&Value]| {
        let data: Vec<_> = rows.iter().map(|row| (*row).clone()).collect();
        serde_json::json!({"data": data, "offset": 0, "pageSize": 100, "count": rows.len()})
            .to_string()
    };
    let new = NewCredential::card_26(Card26::new(118, 40_713));

    let w = world(|script| script.reply(200, page(&[&other, &other_facility, &there])));
    let ensured = w.run(w.client.credentials().ensure(&new)).unwrap();
    assert!(!ensured.is_new());
    assert_eq!(ensured.into_inner().id, C);

    // Not there, then refused as duplicate: somebody was quicker.
    let w = world(|script| {
        script
            .reply(200, page(&[&other]))
            .reply(400, sample("error_credential_duplicate_400"))
            .reply(200, page(&[&other, &there]))
    });
    assert_eq!(
        w.run(w.client.credentials().ensure(&new))
            .unwrap()
            .into_inner()
            .id,
        C
    );

    // A duplicate that cannot be found is told as what it is.
    let w = world(|script| {
        script
            .reply(200, page(&[]))
            .reply(400, sample("error_credential_duplicate_400"))
            .reply(200, page(&[&other]))
    });
    let error = w.run(w.client.credentials().ensure(&new)).unwrap_err();
    assert_eq!(error.code(), Some(codes::DUPLICATE_CREDENTIAL));

    // By bits, whatever the case and the leading zeros.
    let w = world(|script| script.reply(200, page(&[&there])));
    let bits = NewCredential::encoded(formats::CARD_26, "40713", "02ED3E13");
    assert!(
        !w.run(w.client.credentials().ensure(&bits))
            .unwrap()
            .is_new()
    );

    // A list that is not whole proves no absence.
    let w = world(|script| script.reply(200, r#"{"data":[{"id":"?"}],"count":1}"#));
    let error = w.run(w.client.credentials().ensure(&new)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert_eq!(w.asked().len(), 1);
}

#[test]
fn invitations_are_read_and_refusals_told() {
    let w = answering(200, sample("digital_invitation"));
    let call = w
        .client
        .digital_invitations()
        .invite(U, "a@b.c", &InvitationOptions::new());
    let invitation = w.run(call).unwrap();
    assert_eq!(invitation.status, InvitationStatus::Pending);
    assert_eq!(invitation.credential_id, Some(CredentialId(55_190_355)));
    assert_eq!(
        invitation.access_code.as_ref().unwrap().expose_secret(),
        "q7Lm2Zt9"
    );
    assert_eq!(invitation.expiration, Some(at("2026-03-01T14:10:03.211Z")));
    let shown = format!(
        "{invitation:?} {}",
        serde_json::to_string(&invitation).unwrap()
    );
    assert!(!shown.contains("q7Lm2Zt9"), "{shown}");
    assert!(!format!("{invitation:?}").contains("okafor"));

    let w = answering(409, sample("error_digital_invitation_409"));
    let call = w
        .client
        .digital_invitations()
        .invite(U, "a@b.c", &InvitationOptions::new());
    let error = w.run(call).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(error.status().unwrap().as_u16(), 409);

    let w = answering(200, sample("digital_invitation_cancelled"));
    let cancelled = w
        .run(w.client.digital_invitations().cancel(U))
        .unwrap()
        .unwrap();
    assert_eq!(cancelled.status, InvitationStatus::Cancelled);
    assert!(cancelled.cancel_date.is_some());
    let w = answering(404, sample("error_api_404"));
    assert!(
        w.run(w.client.digital_invitations().cancel(U))
            .unwrap()
            .is_none()
    );

    let row = sample("digital_invitation").replace("\"credentialId\": 55190355,", "");
    let w = answering(
        200,
        format!(r#"{{"data":[{row}],"offset":0,"pageSize":20,"count":1}}"#),
    );
    let list = w.run(w.client.digital_invitations().list(U).all()).unwrap();
    assert_eq!(
        (list.items[0].credential_id, list.is_complete()),
        (None, true)
    );

    let w = answering(200, sample("digital_allotment"));
    assert_eq!(
        w.run(w.client.digital_invitations().allotment())
            .unwrap()
            .left(),
        77
    );

    let w = answering(200, sample("wallet_pass_response"));
    let passes = [WalletPass::new(U, C, "a@b.c")];
    let set = w
        .run(
            w.client
                .digital_invitations()
                .set_wallet_passes(&passes, true),
        )
        .unwrap();
    assert_eq!(set[0].updated, Some(true));
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
fn a_guest_comes_back_as_a_visitor() {
    let text = sample("user").replace(
        "\"suspended\": false,",
        "\"suspended\": false, \"identityType\": \"Visitor\",",
    );
    let w = answering(200, text);
    let guest = NewGuest::new(
        "Plumber",
        Email::new("visit@example.com", "work"),
        [GroupId(880_211)],
        at("2026-04-02T13:00:00Z"),
        at("2026-04-02T18:00:00Z"),
    );
    assert!(!format!("{guest:?}").contains("visit@"));
    let user = w.run(w.client.guests().create(&guest)).unwrap();
    assert_eq!(user.identity_type.as_deref(), Some("Visitor"));
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

#[test]
fn membership_is_ensured_by_one_call_whose_answer_is_read() {
    let w = answering(200, sample("user_groups"));
    w.run(w.client.users().ensure_member(U, &[GroupId(880_304)]))
        .unwrap();
    assert_eq!(w.asked().len(), 1);
    let w = answering(200, sample("user_groups"));
    assert!(
        w.run(w.client.users().ensure_member(U, &[GroupId(1)]))
            .is_err()
    );
}

#[test]
fn photos_are_bytes_or_nothing() {
    let World { client, .. } = quiet();
    assert_eq!(
        shape(client.users().photo(U).request()),
        "GET /users/7310442/photo"
    );
    assert_eq!(
        shape(client.users().delete_photo(U).request()),
        "DELETE /users/7310442/photo"
    );
    let w = answering(404, sample("error_api_404"));
    assert_eq!(w.run(w.client.users().photo(U)).unwrap(), None);
    let w = answering(200, vec![0xFF, 0xD8, 0xFF]);
    assert_eq!(
        w.run(w.client.users().photo(U)).unwrap().unwrap().as_ref(),
        [0xFF, 0xD8, 0xFF]
    );
}

#[test]
fn a_photo_is_one_part_named_file_behind_a_boundary_that_is_not_in_it() {
    let w = answering(204, "");
    // What would end the part, were the boundary not looked for.
    let mut png = b"\x89PNG\r\n\x1a\n\0\xff\r\n--brivo-api-photo-0--\r\n".to_vec();
    w.run(w.client.users().set_photo(U, &png)).unwrap();
    let sent = w.sent();
    assert_eq!(sent[0].method(), "POST");
    assert_eq!(sent[0].uri().path(), "/v1/api/users/7310442/photo");
    assert_eq!(
        sent[0].headers()["content-type"],
        "multipart/form-data; boundary=brivo-api-photo-1"
    );
    let mut expected = b"--brivo-api-photo-1\r\n\
        Content-Disposition: form-data; name=\"file\"; filename=\"photo.png\"\r\n\
        Content-Type: image/png\r\n\r\n"
        .to_vec();
    expected.append(&mut png);
    expected.extend(b"\r\n--brivo-api-photo-1--\r\n");
    assert_eq!(sent[0].body(), &expected);

    let users = w.client.users();
    for (image, kind) in [
        (&b"\xff\xd8\xff\xe0"[..], "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"GIF87a", "image/gif"),
    ] {
        let request = users.set_photo(U, image).request().unwrap();
        let body = String::from_utf8_lossy(request.body()).into_owned();
        assert!(body.contains(&format!("Content-Type: {kind}\r\n\r\n")));
        assert_eq!(request.safety_class(), Safety::Once);
        let again = users.set_photo(U, image).request().unwrap();
        assert_eq!(again.body(), request.body());
    }
    for image in [
        &b""[..],
        b"%PDF-1.7",
        b"GIF",
        b"RIFF\0\0\0\0WEBP",
        b"<svg/>",
    ] {
        let refused = users.set_photo(U, image).request().unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Config);
    }
}
