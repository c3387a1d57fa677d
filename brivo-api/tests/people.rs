//! Users and groups: requests exactly, answers decoded, arguments checked.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod common;

use access_sync_http::Safety;
use brivo_api::{
    AccessPointId, CustomFieldId, Email, ErrorKind, ExposeSecret, FieldType, Filter, Gap, GroupId,
    GroupSettings, IdentityType, NewUser, PhoneNumber, Pin, Removal, ScheduleId, Suspension,
    UserId, UserPatch, UserStatus,
};
use common::{World, answering, at, quiet, sample, sample_value, shape, world};
use serde_json::{Value, json};

const U: UserId = UserId(7_310_442);

fn marisol() -> NewUser {
    NewUser::new("Marisol", "Okafor")
        .middle_name("T")
        .external_id("entrata:88120:resident:551207")
        .pin(&Pin::new("73951").unwrap())
        .effective_from(at("2026-03-01T15:00:00Z"))
        .effective_to(at("2027-02-28T15:00:00-06:00"))
        .ble_two_factor_exempt(false)
        .email(Email::new("marisol.okafor@example.com", "Home"))
        .phone_number(PhoneNumber::new("+1-555-0142", "Mobile"))
}

fn suspension(suspended: bool) -> Suspension {
    serde_json::from_value(json!({ "id": U, "suspended": suspended })).unwrap()
}

fn body(request: Result<brivo_api::Request, brivo_api::Error>) -> Value {
    serde_json::from_slice(request.unwrap().body()).unwrap()
}

#[test]
fn every_operation_asks_exactly() {
    let World { client, .. } = quiet();
    let (users, groups) = (client.users(), client.groups());
    let (g, door) = (GroupId(880_304), AccessPointId(612_001));
    for (request, expected) in [
        (users.list().request(0), "GET /users?offset=0&pageSize=100"),
        (
            users
                .list()
                .status(UserStatus::Suspended)
                .last_name("Pa rk")
                .page_size(7)
                .request(14),
            "GET /users?offset=14&pageSize=7&filter=user_status__eq%3Asuspended%3Blastname__eq%3APa+rk",
        ),
        (
            users
                .list()
                .ids(&[UserId(1), UserId(2)])
                .first_name("É")
                .request(0),
            "GET /users?offset=0&pageSize=100&filter=id__eq%3A1%2C2%3Bfirstname__eq%3A%C3%89",
        ),
        (
            users
                .list()
                .custom_field(CustomFieldId(3301), "B-214")
                .request(0),
            "GET /users?offset=0&pageSize=100&filter=cf_3301__exact%3AB-214",
        ),
        (users.get(U).request(), "GET /users/7310442"),
        (
            users.find_by_external_id("entrata:88120/r é?").request(),
            "GET /users/entrata:88120%2Fr%20%C3%A9%3F/external",
        ),
        (users.delete(U).request(), "DELETE /users/7310442"),
        (
            users.suspension(U).request(),
            "GET /users/7310442/suspended",
        ),
        (
            users.suspend(U).request(),
            r#"PUT /users/7310442/suspended {"suspended":true}"#,
        ),
        (
            users.reinstate(U).request(),
            r#"PUT /users/7310442/suspended {"suspended":false}"#,
        ),
        (
            users.revoke_credentials(&suspension(true)).request(),
            "POST /users/7310442/revoke-credentials",
        ),
        (users.groups(U).request(), "GET /users/7310442/groups"),
        (
            users
                .change_groups(U, &[GroupId(880_211), g], &[GroupId(880_199)])
                .request(),
            r#"POST /users/7310442/groups {"addGroups":[880211,880304],"removeGroups":[880199]}"#,
        ),
        (
            users.change_groups(U, &[], &[g]).request(),
            r#"POST /users/7310442/groups {"removeGroups":[880304]}"#,
        ),
        (
            users.custom_fields(U).request(),
            "GET /users/7310442/custom-fields",
        ),
        (
            users
                .set_custom_field(U, CustomFieldId(3301), "B-214")
                .request(),
            r#"PUT /users/7310442/custom-fields/3301 {"value":"B-214"}"#,
        ),
        (
            users.clear_custom_field(U, CustomFieldId(3301)).request(),
            "DELETE /users/7310442/custom-fields/3301",
        ),
        (
            groups.list().name("Unit").request(100),
            "GET /groups?offset=100&pageSize=100&filter=name__eq%3AUnit",
        ),
        (groups.get(g).request(), "GET /groups/880304"),
        (
            groups.create("Unit B-214").request(),
            r#"POST /groups {"name":"Unit B-214"}"#,
        ),
        (
            groups
                .update(
                    g,
                    "B",
                    &GroupSettings::new()
                        .keypad_unlock(true)
                        .antipassback_reset_minutes(Some(60)),
                )
                .request(),
            r#"PUT /groups/880304 {"antipassbackResetTime":"60","keypadUnlock":true,"name":"B"}"#,
        ),
        (groups.delete(g).request(), "DELETE /groups/880304"),
        (
            groups.members(g).request(0),
            "GET /groups/880304/users?offset=0&pageSize=100",
        ),
        (
            groups.add_member(g, U).request(),
            "PUT /groups/880304/users/7310442",
        ),
        (
            groups.remove_member(g, U).request(),
            "DELETE /groups/880304/users/7310442",
        ),
        (
            groups
                .access_points(g)
                .filter(Filter::eq("access_point_type", ["DOOR", "FLOOR"]).unwrap())
                .request(0),
            "GET /groups/880304/access/access-points?offset=0&pageSize=100\
             &filter=access_point_type__eq%3ADOOR%2CFLOOR",
        ),
        (
            groups
                .grant_access_point(g, door, ScheduleId(41_007), Some(false))
                .request(),
            r#"PUT /groups/880304/access/access-points/612001 {"privacyModeOverride":false,"schedule":{"id":41007}}"#,
        ),
        (
            groups.revoke_access_point(g, door).request(),
            "DELETE /groups/880304/access/access-points/612001",
        ),
        (
            client.administrators().whoami().request(),
            "GET /administrators/whoami",
        ),
    ] {
        assert_eq!(shape(request), expected);
    }
}

#[test]
fn bodies_are_the_documented_ones() {
    let World { client, .. } = quiet();
    assert_eq!(
        body(client.users().create(&marisol()).request()),
        sample_value("user_create_request")
    );
    assert_eq!(
        body(client.users().replace(U, &marisol()).request()),
        sample_value("user_create_request")
    );
    let patch = UserPatch::new()
        .effective_to(at("2027-03-31T20:00:00Z"))
        .email(Email::new("m.okafor@example.com", "Home"));
    assert_eq!(
        body(client.users().patch(U, &patch).request()),
        sample_value("user_patch_request")
    );
    let change = client.users().change_groups(
        U,
        &[GroupId(880_211), GroupId(880_304)],
        &[GroupId(880_199)],
    );
    assert_eq!(
        body(change.request()),
        sample_value("user_groups_update_request")
    );
    assert_eq!(
        body(client.groups().create("Unit B-214").request()),
        sample_value("group_create_request")
    );
}

#[test]
fn only_what_is_documented_as_harmless_is_repeated() {
    let World { client, .. } = quiet();
    let users = client.users();
    let safety =
        |request: Result<brivo_api::Request, brivo_api::Error>| request.unwrap().safety_class();
    assert_eq!(safety(users.create(&marisol()).request()), Safety::Once);
    assert_eq!(safety(client.groups().create("x").request()), Safety::Once);
    assert_eq!(
        safety(users.change_groups(U, &[GroupId(1)], &[]).request()),
        Safety::Idempotent
    );
    assert_eq!(safety(users.suspend(U).request()), Safety::Idempotent);
    assert_eq!(safety(users.list().request(0)), Safety::Read);
}

#[test]
fn what_would_fail_is_not_sent() {
    let w = quiet();
    let (users, groups) = (w.client.users(), w.client.groups());
    let seventeen: Vec<_> = (0..17).map(GroupId).collect();
    let long = "x".repeat(36);
    let same_time = at("2026-03-01T15:00:00Z");
    for request in [
        groups.create(&long).request(),
        groups.create(" ").request(),
        groups
            .update(GroupId(1), &long, &GroupSettings::new())
            .request(),
        groups
            .update(
                GroupId(1),
                "x",
                &GroupSettings::new().antipassback_reset_minutes(Some(1441)),
            )
            .request(),
        users.change_groups(U, &[], &[]).request(),
        users
            .change_groups(U, &[GroupId(1)], &[GroupId(1)])
            .request(),
        users.change_groups(U, &seventeen, &[]).request(),
        users.create(&NewUser::new("", "B")).request(),
        users.create(&NewUser::new("A", " ")).request(),
        users
            .create(&NewUser::new("A", "B").external_id(""))
            .request(),
        users
            .create(
                &NewUser::new("A", "B")
                    .effective_from(same_time)
                    .effective_to(same_time),
            )
            .request(),
        users.patch(U, &UserPatch::new()).request(),
        users.find_by_external_id("").request(),
        users.find_by_external_id("..").request(),
        users.list().page_size(0).request(0),
        users.list().page_size(101).request(0),
        users.list().last_name("a,b").request(0),
    ] {
        assert_eq!(request.unwrap_err().kind(), ErrorKind::Config);
    }
    let error = w.run(groups.create(&long)).unwrap_err();
    assert!(error.to_string().contains("35 characters"), "{error}");
    assert!(!error.was_sent());
    assert!(w.transport.requests().is_empty());
    // 35 characters are 35 characters, whatever their bytes.
    assert!(groups.create(&"é".repeat(35)).request().is_ok());
}

#[test]
fn a_user_is_read_whole() {
    let w = answering(200, sample("user"));
    let user = w.run(w.client.users().get(U)).unwrap();
    assert_eq!(user.id, U);
    assert_eq!(
        user.external_id.as_deref(),
        Some("entrata:88120:resident:551207")
    );
    assert_eq!(user.pin.as_ref().unwrap().expose_secret(), "73951");
    assert_eq!(user.effective_to, Some(at("2027-02-28T21:00:00Z")));
    assert_eq!(user.custom_fields[1].field_type, Some(FieldType::Date));
    assert_eq!(user.custom_fields[1].value.as_deref(), Some("03/01/2026"));
    assert_eq!(user.user_image[0].id, Some(90_113));
    assert!(user.pin_in_date(at("2026-04-01T00:00:00Z")));
    assert!(!user.pin_in_date(at("2027-02-28T21:00:00Z")));
    // The other documented shape of the image, and ids as text.
    let text = sample("user")
        .replace(r#""userImage": {"#, r#""userImage": [{"#)
        .replace("90113\"\n  },", "90113\"\n  }],");
    let array: brivo_api::User =
        serde_json::from_str(&text.replace("\"id\": 7310442", "\"id\": \"7310442\"")).unwrap();
    assert_eq!(array, user);
}

#[test]
fn a_replacement_made_from_a_user_erases_nothing() {
    let World { client, .. } = quiet();
    let user: brivo_api::User = serde_json::from_str(&sample("user")).unwrap();
    let request = client.users().replace(U, &NewUser::from(&user)).request();
    assert_eq!(body(request), sample_value("user_create_request"));
}

#[test]
fn a_list_is_read_page_by_page_and_is_complete() {
    let w = answering(200, sample("user_list"));
    let users = w.run(w.client.users().list().all()).unwrap();
    assert!(users.is_complete());
    assert_eq!(users.items[1].id, UserId(7_310_443));
    assert!(users.items[1].suspended);
    assert_eq!(users.items[1].external_id, None);
    assert_eq!(w.asked(), ["GET /users?offset=0&pageSize=100"]);
}

fn page(ids: impl IntoIterator<Item = u64>, count: u64) -> String {
    let rows: Vec<_> = ids
        .into_iter()
        .map(|id| format!(r#"{{"id":{id},"suspended":false}}"#))
        .collect();
    format!(
        r#"{{"data":[{}],"offset":0,"pageSize":100,"count":{count}}}"#,
        rows.join(",")
    )
}

#[test]
fn ten_thousand_users_take_a_hundred_calls() {
    let w = world(|script| {
        (0..100).fold(script, |script, n| {
            script.reply(200, page(n * 100..n * 100 + 100, 10_000))
        })
    });
    let users = w.run(w.client.users().list().all()).unwrap();
    assert_eq!((users.items.len(), users.is_complete()), (10_000, true));
    assert_eq!(w.asked().len(), 100);
    assert_eq!(w.asked()[99], "GET /users?offset=9900&pageSize=100");
    assert_eq!(w.tokens_asked().len(), 1);
    assert_eq!(w.client.usage().by_operation["users.list"], 100);
    assert_eq!(w.client.usage().left(), 24_900);
}

#[test]
fn a_server_that_caps_the_page_loses_no_row() {
    let w = world(|script| {
        script
            .reply(200, page(0..20, 45))
            .reply(200, page(20..40, 45))
            .reply(200, page(40..45, 45))
    });
    let users = w.run(w.client.users().list().all()).unwrap();
    assert_eq!((users.items.len(), users.is_complete()), (45, true));
    assert_eq!(w.asked()[2], "GET /users?offset=40&pageSize=100");
}

#[test]
fn drift_while_reading_is_told() {
    // Somebody was deleted after the first page: the second starts one row late.
    let w = world(|script| {
        script
            .reply(200, page(0..100, 150))
            .reply(200, page(101..150, 149))
    });
    let users = w.run(w.client.users().list().all()).unwrap();
    assert!(!users.is_complete());
    // Somebody was created before the rows read: one row comes twice, and once only here.
    let w = world(|script| {
        script
            .reply(200, page(0..100, 150))
            .reply(200, page(99..150, 151))
    });
    let users = w.run(w.client.users().list().all()).unwrap();
    assert_eq!(users.items.len(), 150);
    assert!(!users.is_complete());
}

#[test]
fn fewer_rows_than_counted_are_no_whole_list() {
    let w = world(|script| script.reply(200, page(0..3, 5)).reply(200, page([], 5)));
    let users = w.run(w.client.users().list().all()).unwrap();
    let short = Gap::ShortOfTotal { total: 5, seen: 3 };
    assert_eq!(
        users.completeness,
        brivo_api::Completeness::Incomplete(vec![short])
    );
}

#[test]
fn a_server_that_ignores_the_offset_ends_in_an_incomplete_list() {
    let w = world(|script| (0..9).fold(script, |script, _| script.reply(200, page(0..100, 500))));
    let users = w.run(w.client.users().list().all()).unwrap();
    assert_eq!((users.items.len(), users.is_complete()), (100, false));
    assert!(w.asked().len() <= 3);
}

#[test]
fn a_bad_row_is_kept_beside_the_good_ones() {
    let rows = r#"{"data":[{"id":1,"suspended":false},{"id":"zz-secret","suspended":false},{"id":3},
        {"id":"4","suspended":"true"}],"count":"4"}"#;
    let w = answering(200, rows);
    let users = w.run(w.client.users().list().all()).unwrap();
    let ids: Vec<_> = users.items.iter().map(|user| user.id.0).collect();
    assert_eq!(ids, [1, 4]);
    assert_eq!(users.rejected.len(), 2);
    assert_eq!(users.rejected[0].path, "id");
    assert!(
        users.rejected[1].reason.contains("suspended"),
        "never assumed"
    );
    assert!(!users.is_complete());
    assert!(!format!("{:?}", users.rejected).contains("secret"));
}

#[test]
fn a_list_without_rows_or_count_is_an_error_and_not_empty() {
    for body in [
        "{}",
        r#"{"data":[]}"#,
        r#"{"count":0}"#,
        "[]",
        r#"{"data":7,"count":1}"#,
        r#"{"data":[{"id":1}"#,
    ] {
        let w = world(|script| (0..3).fold(script, |script, _| script.reply(200, body)));
        let error = w.run(w.client.users().list().all()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{body}");
    }
}

#[test]
fn groups_and_members_are_read() {
    let w = answering(200, sample("group"));
    let group = w.run(w.client.groups().get(GroupId(880_304))).unwrap();
    assert_eq!(
        (
            group.name.as_str(),
            group.antipassback_reset_time.as_deref()
        ),
        ("Unit B-214", Some("23:59"))
    );
    let numeric = sample("group").replace("\"23:59\"", "1439");
    let w = answering(200, numeric);
    let group = w.run(w.client.groups().get(GroupId(880_304))).unwrap();
    assert_eq!(group.antipassback_reset_time.as_deref(), Some("1439"));

    let w = answering(200, sample("group_users"));
    let members = w
        .run(w.client.groups().members(GroupId(880_304)).all())
        .unwrap();
    assert!(members.is_complete());
    assert_eq!(
        members.items[0].external_id.as_deref(),
        Some("entrata:88120:resident:551207")
    );

    let w = answering(
        200,
        r#"{"data":[{"id":880211,"name":"A"}],"offset":0,"pageSize":100,"count":1}"#,
    );
    assert_eq!(
        w.run(w.client.groups().list().all()).unwrap().items[0].id,
        GroupId(880_211)
    );

    let permissions = r#"{"data":[{"accessPoint":{"id":1,"name":"B","type":"Door"},"schedule":{"id":2,"name":"Always"}}],
        "offset":0,"pageSize":20,"count":1}"#;
    let w = answering(200, permissions);
    let doors = w
        .run(w.client.groups().access_points(GroupId(1)).all())
        .unwrap();
    assert_eq!(doors.items[0].schedule.id, ScheduleId(2));
}

#[test]
fn a_group_change_answers_with_the_groups_that_hold_now() {
    let w = answering(200, sample("user_groups"));
    let now = w
        .run(w.client.users().change_groups(U, &[GroupId(880_304)], &[]))
        .unwrap();
    let ids: Vec<_> = now.items.iter().map(|group| group.id.0).collect();
    assert_eq!(
        (ids.as_slice(), now.is_complete()),
        (&[880_211, 880_304][..], true)
    );
    // Fewer rows than counted.
    let w = answering(
        200,
        sample("user_groups").replace("\"count\": 2", "\"count\": 3"),
    );
    assert!(!w.run(w.client.users().groups(U)).unwrap().is_complete());
    let w = answering(200, "{}");
    assert!(w.run(w.client.users().groups(U)).is_err());
}

#[test]
fn a_suspension_that_did_not_happen_is_an_error() {
    let w = answering(200, sample("user_suspended"));
    assert!(w.run(w.client.users().suspend(U)).unwrap().suspended);
    let w = answering(200, sample("user_suspended"));
    assert_eq!(
        w.run(w.client.users().reinstate(U)).unwrap_err().kind(),
        ErrorKind::Decode
    );
    let w = answering(200, "{}");
    assert!(w.run(w.client.users().suspend(U)).is_err());
}

#[test]
fn an_answer_about_somebody_else_is_not_taken() {
    let w = answering(200, sample("user"));
    let error = w
        .run(w.client.users().find_by_external_id("entrata:other"))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    let w = answering(200, sample("user"));
    let found = w
        .run(
            w.client
                .users()
                .find_by_external_id("entrata:88120:resident:551207"),
        )
        .unwrap();
    assert_eq!(found.unwrap().id, U);
}

#[test]
fn what_is_gone_already_is_gone() {
    for (status, body, end) in [
        (204, String::new(), Removal::Done),
        (404, sample("error_api_404"), Removal::WasAbsent),
    ] {
        let w = answering(status, body.clone());
        assert_eq!(w.run(w.client.users().delete(U)).unwrap(), end);
        let w = answering(status, body);
        assert_eq!(
            w.run(
                w.client
                    .groups()
                    .revoke_access_point(GroupId(1), AccessPointId(2))
            )
            .unwrap(),
            end
        );
    }
    let w = answering(412, sample("error_group_delete_412"));
    assert_eq!(
        w.run(w.client.groups().delete(GroupId(1)))
            .unwrap_err()
            .kind(),
        ErrorKind::Conflict
    );
}

#[test]
fn credentials_are_revoked_after_the_suspension_only() {
    let w = world(|script| script.reply(200, sample("user_suspended")).reply(200, ""));
    w.run(w.client.users().suspend_and_revoke(U)).unwrap();
    assert_eq!(
        w.asked(),
        [
            r#"PUT /users/7310442/suspended {"suspended":true}"#,
            "POST /users/7310442/revoke-credentials",
        ]
    );
    let w = answering(403, sample("error_api_403"));
    assert!(w.run(w.client.users().suspend_and_revoke(U)).is_err());
    assert_eq!(w.asked().len(), 1);

    // Brivo would answer 400.
    let call = w.client.users().revoke_credentials(&suspension(false));
    let error = w.run(call).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("suspend first"), "{error}");
    assert!(!error.was_sent());
    assert_eq!(w.asked().len(), 1);

    // Somebody else's suspension is no answer.
    let w = answering(200, r#"{"id":1,"suspended":true}"#);
    let error = w.run(w.client.users().suspend(U)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
}

#[test]
fn whoami_is_read() {
    let w = answering(200, sample("administrator_whoami"));
    let admin = w.run(w.client.administrators().whoami()).unwrap();
    assert_eq!(admin.identity_type, Some(IdentityType::Senior));
    assert_eq!(admin.timezone.as_deref(), Some("US/Central"));
}

#[test]
fn custom_fields_are_read() {
    let w = answering(200, sample("user_custom_fields"));
    let fields = w.run(w.client.users().custom_fields(U)).unwrap();
    assert!(fields.is_complete());
    assert_eq!(fields.items[2].field_type, Some(FieldType::Number));
}

#[test]
fn an_array_is_no_record_and_no_page() {
    // Field after field, each would fit.
    let w = answering(200, r#"{"data":[[7,"A"],{"id":8,"name":"B"}],"count":2}"#);
    let groups = w.run(w.client.users().groups(U)).unwrap();
    assert_eq!((groups.items.len(), groups.items[0].id), (1, GroupId(8)));
    assert_eq!((groups.rejected.len(), groups.rejected[0].index), (1, 0));
    assert!(!groups.is_complete());

    let w = answering(
        200,
        r#"{"data":[[7,"A"],{"id":8,"name":"B"}],"offset":0,"pageSize":100,"count":2}"#,
    );
    let groups = w.run(w.client.groups().list().all()).unwrap();
    assert_eq!((groups.items.len(), groups.rejected.len()), (1, 1));

    let refused = |w: World, end: Result<(), brivo_api::Error>| {
        assert_eq!(end.unwrap_err().kind(), ErrorKind::Decode);
        assert_eq!(w.asked().len(), 1);
    };
    let w = answering(200, "[7310442,true]");
    let end = w.run(w.client.users().suspend(U)).map(|_| ());
    refused(w, end);
    let w = answering(200, "[7310442,true]");
    let end = w.run(w.client.users().suspension(U)).map(|_| ());
    refused(w, end);
    let w = answering(200, r#"[[{"id":8,"name":"B"}],1]"#);
    let end = w.run(w.client.users().groups(U)).map(|_| ());
    refused(w, end);
    let w = answering(200, "[[],0]");
    let end = w.run(w.client.users().list().all()).map(|_| ());
    refused(w, end);
    let w = answering(200, "[42]");
    let end = w.run(w.client.events().access().count()).map(|_| ());
    refused(w, end);
    let w = answering(200, r#"[[{"id":660210}]]"#);
    let account = w.client.accounts().get(brivo_api::AccountId(1));
    let end = w.run(account).map(|_| ());
    refused(w, end);
    // Nor are records within a record.
    let text = sample("user").replace(r#""emails": ["#, r#""emails": [["a@b.c","Home"],"#);
    assert!(text.contains("a@b.c"));
    let w = answering(200, text);
    let end = w.run(w.client.users().get(U)).map(|_| ());
    refused(w, end);
    assert!(brivo_api::inspect::decode("users.suspension", b"[7,true]").is_err());
    assert!(brivo_api::webhook::parse(b"[]").is_err());
}
