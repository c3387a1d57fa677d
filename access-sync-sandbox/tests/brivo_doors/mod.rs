//! Credentials, passes, guests, schedules, panels and events, and what they do at the door.

use access_sync_sandbox::Variants;
use access_sync_sandbox::brivo::Holiday;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::common::Inside;

const LOBBY: &str = "Harbor Point Lobby";

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A user in the lobby's group.
fn resident(api: &Inside, name: &str) -> i64 {
    let body = json!({"firstName": name, "lastName": "Test", "externalId": name});
    let (status, user) = api.brivo("POST", "/users", body);
    assert_eq!(status, 200);
    let id = user["id"].as_i64().unwrap();
    let join = api.brivo("PUT", &format!("/groups/880001/users/{id}"), Value::Null);
    assert_eq!(join.0, 204);
    id
}

fn card(api: &Inside, number: &str) -> i64 {
    let body = json!({
        "credentialFormat": {"id": 100},
        "referenceId": number,
        "fieldValues": [{"id": 1, "value": number}, {"id": 2, "value": "118"}],
    });
    let (status, card) = api.brivo("POST", "/credentials", body);
    assert_eq!(status, 200, "{card}");
    card["id"].as_i64().unwrap()
}

#[test]
fn a_card_is_encoded_as_known_and_made_once() {
    let api = Inside::lively();
    let body = json!({
        "credentialFormat": {"id": 100},
        "referenceId": "200",
        "fieldValues": [{"id": 1, "value": "200"}, {"id": 2, "value": "1"}],
    });
    let (_, made) = api.brivo("POST", "/credentials", body.clone());
    assert_eq!(made["encodedCredential"], "2020190");
    let (status, error) = api.brivo("POST", "/credentials", body);
    assert_eq!(
        (status, &error["message"]),
        (400, &json!("Duplicate Credential Found"))
    );
    let found = api.get("/credentials?filter=reference_id__eq:20;status__eq:unassigned");
    assert_eq!(found["count"], 1);
    let formats = api.get("/credentials/formats");
    assert_eq!(
        formats["data"][0]["credentialFields"][0]["name"],
        "card_number"
    );
    let bad = json!({"credentialFormat": {"id": 100}, "referenceId": "x",
        "fieldValues": [{"id": 1, "value": "70000"}, {"id": 2, "value": "1"}]});
    assert_eq!(api.brivo("POST", "/credentials", bad).0, 400);
    let mut variants = Variants::default();
    variants.brivo_created_201 = true;
    api.sandbox.set_variants(variants);
    let next =
        json!({"credentialFormat": {"id": 110}, "referenceId": "x", "encodedCredential": "ABCD"});
    let (status, made) = api.brivo("POST", "/credentials", next);
    assert_eq!((status, &made["encodedCredential"]), (201, &json!("abcd")));
}

#[test]
fn an_assignment_opens_from_its_first_to_its_last_instant() {
    let api = Inside::lively();
    let brivo = api.sandbox.brivo();
    let (user, card) = (resident(&api, "Ann"), card(&api, "40713"));
    let path = format!("/users/{user}/credentials/{card}");
    let dates =
        json!({"effectiveFrom": "2026-04-01T15:00:00Z", "effectiveTo": "2026-05-01T21:00:00Z"});
    assert_eq!(api.brivo("PUT", &path, dates).0, 204);
    for (when, expected) in [
        ("2026-04-01T14:59:59Z", false),
        ("2026-04-01T15:00:00Z", true),
        ("2026-05-01T20:59:59Z", true),
        ("2026-05-01T21:00:00Z", false),
    ] {
        assert_eq!(brivo.can_open(user, LOBBY, at(when)), expected, "{when}");
    }
    // Without dates a repetition changes nothing; one date leaves the other alone.
    assert_eq!(api.brivo("PUT", &path, Value::Null).0, 204);
    let to = json!({"effectiveTo": "2026-06-01T21:00:00Z"});
    assert_eq!(api.brivo("PUT", &path, to).0, 204);
    let held = api.get(&format!("/users/{user}/credentials"));
    assert_eq!(held["data"][0]["effectiveFrom"], "2026-04-01T15:00:00Z");
    assert_eq!(held["data"][0]["effectiveTo"], "2026-06-01T21:00:00Z");
    assert_eq!(held["data"][0]["fieldValues"][0]["credentialFieldId"], 1);
    assert_eq!(
        api.get(&format!("/credentials/{card}/user"))["externalId"],
        "Ann"
    );
    // Nobody else can have it meanwhile.
    let other = resident(&api, "Bea");
    let taken = api.brivo(
        "PUT",
        &format!("/users/{other}/credentials/{card}"),
        Value::Null,
    );
    assert_eq!(taken.0, 400);
    assert_eq!(api.brivo("DELETE", &path, Value::Null).0, 204);
    assert_eq!(api.brivo("DELETE", &path, Value::Null).0, 404);
    assert_eq!(
        api.brivo("GET", &format!("/credentials/{card}/user"), Value::Null)
            .0,
        404
    );
    assert!(
        !brivo.can_open(user, LOBBY, at("2026-04-10T12:00:00Z")),
        "the only card is gone"
    );
    assert!(
        brivo.can_open(other, LOBBY, api.sandbox.now()),
        "never had one"
    );
    brivo.set_implied_cards(false);
    assert!(!brivo.can_open(other, LOBBY, api.sandbox.now()));
}

#[test]
fn dates_of_the_user_bound_the_pin_alone() {
    let api = Inside::lively();
    let brivo = api.sandbox.brivo();
    let (user, card) = (resident(&api, "Cid"), card(&api, "77"));
    let patch = json!({"pin": "73951", "effectiveTo": "2026-03-20T00:00:00Z"});
    assert_eq!(api.brivo("PATCH", &format!("/users/{user}"), patch).0, 200);
    assert!(brivo.can_open(user, LOBBY, at("2026-03-19T23:00:00Z")));
    assert!(!brivo.can_open(user, LOBBY, at("2026-03-20T00:00:00Z")));
    api.brivo(
        "PUT",
        &format!("/users/{user}/credentials/{card}"),
        Value::Null,
    );
    assert!(
        brivo.can_open(user, LOBBY, at("2027-01-01T00:00:00Z")),
        "the card has no end"
    );
    let held = api.get(&format!("/users/{user}/credentials"));
    assert_eq!(held["data"][0]["credentialFormat"]["name"], "PIN Code");
    assert_eq!(held["data"][0]["encodedCredential"], "73951");
}

#[test]
fn revoking_wants_a_suspended_user_and_leaves_nothing() {
    let api = Inside::lively();
    let brivo = api.sandbox.brivo();
    let (user, card) = (resident(&api, "Dot"), card(&api, "88"));
    api.brivo(
        "PUT",
        &format!("/users/{user}/credentials/{card}"),
        Value::Null,
    );
    let invite = format!("/users/{user}/credentials/digital-invitations");
    api.brivo("POST", &invite, json!({"referenceId": "dot@example.com"}));
    let path = format!("/users/{user}/revoke-credentials");
    assert_eq!(api.brivo("POST", &path, Value::Null).0, 400);
    let suspend = format!("/users/{user}/suspended");
    assert_eq!(
        api.brivo("PUT", &suspend, json!({"suspended": true})).0,
        200
    );
    assert_eq!(api.brivo("POST", &path, Value::Null).0, 200);
    assert_eq!(api.get(&format!("/users/{user}/credentials"))["count"], 0);
    assert_eq!(api.get(&invite)["count"], 0, "the invitation is cancelled");
    api.brivo("PUT", &suspend, json!({"suspended": false}));
    assert!(!brivo.can_open(user, LOBBY, api.sandbox.now()));
    assert_eq!(
        api.get("/credentials?filter=status__eq:unassigned")["count"],
        1
    );
}

#[test]
fn one_invitation_at_a_time_while_passes_last() {
    let api = Inside::lively();
    let brivo = api.sandbox.brivo();
    brivo.set_pass_allotment(2);
    let user = resident(&api, "Eve");
    let path = format!("/users/{user}/credentials/digital-invitations");
    let body = json!({"referenceId": "eve@example.com"});
    let (status, first) = api.brivo("POST", &format!("{path}?language=de"), body.clone());
    assert_eq!((status, &first["status"]), (200, &json!("PENDING")));
    assert_eq!(api.brivo("POST", &path, body.clone()).0, 409);
    assert!(
        !brivo.can_open(user, LOBBY, api.sandbox.now()),
        "not redeemed yet"
    );
    let pass = brivo.redeem_invitation(user).unwrap();
    assert!(brivo.can_open(user, LOBBY, api.sandbox.now()));
    assert_eq!(first["credentialId"], pass);
    assert_eq!(api.get(&path)["count"], 0, "pending ones by default");
    let listed = api.get(&format!("{path}?filter=status__eq:all"));
    assert_eq!(listed["data"][0]["status"], "REDEEMED");
    assert!(listed["data"][0].get("credentialId").is_none());
    let wallet = json!({"bmpCredentials": [
        {"userId": user, "accessCredentialId": pass, "referenceId": "eve@example.com"},
        {"userId": user, "accessCredentialId": 1, "referenceId": "nobody"},
    ]});
    let (_, answer) = api.brivo(
        "POST",
        "/users/credentials/brivo-wallet-pass?nfcEnabled=true",
        wallet,
    );
    assert_eq!(answer["bmpCredentials"][0]["updated"], true);
    assert_eq!(answer["bmpCredentials"][1]["updated"], false);
    // A second one lapses after three days and frees its place.
    let (_, second) = api.brivo("POST", &path, body.clone());
    assert_eq!(second["expiration"], "2026-03-13T17:00:00.000Z");
    assert_eq!(
        api.get("/credentials/digital/allotment"),
        json!({"allotted": 2, "assigned": 2})
    );
    let other = resident(&api, "Fay");
    let others = format!("/users/{other}/credentials/digital-invitations");
    assert_eq!(api.brivo("POST", &others, body.clone()).0, 412);
    api.sandbox.advance(TimeDelta::days(4));
    api.sign_in();
    assert_eq!(api.brivo("POST", &others, body).0, 200);
    let (status, gone) = api.brivo("DELETE", &others, Value::Null);
    assert_eq!((status, &gone["status"]), (200, &json!("CANCELLED")));
    assert!(gone["cancelDate"].is_string());
    assert_eq!(api.brivo("DELETE", &others, Value::Null).0, 404);
}

#[test]
fn a_guest_opens_while_the_visit_lasts() {
    let api = Inside::lively();
    let brivo = api.sandbox.brivo();
    let path = "/brivo-visitor/create-and-assign-visitor-user";
    let body = json!({
        "user": {"firstName": "Plumber", "effectiveFrom": "2026-03-11T13:00:00Z",
            "effectiveTo": "2026-03-11T18:00:00Z",
            "emails": [{"address": "visit@example.com", "type": "work"}]},
        "groupIds": [880001], "credentialType": "PIN"});
    let (status, guest) = api.brivo("POST", path, body.clone());
    assert_eq!(status, 200, "{guest}");
    assert_eq!(guest["identityType"], "Visitor");
    assert_eq!(guest["pin"].as_str().unwrap().len(), 5);
    assert!(guest["emails"][0]["id"].is_i64());
    let id = guest["id"].as_i64().unwrap();
    assert!(!brivo.can_open(id, LOBBY, at("2026-03-11T12:59:00Z")));
    assert!(brivo.can_open(id, LOBBY, at("2026-03-11T13:00:00Z")));
    assert!(!brivo.can_open(id, LOBBY, at("2026-03-11T18:00:00Z")));
    let invite = format!("/brivo-visitor/{id}/credentials/digital-invitation");
    assert_eq!(api.brivo("POST", &invite, Value::Null).0, 204);
    assert_eq!(
        api.brivo("DELETE", &format!("/brivo-visitor/{id}"), Value::Null)
            .0,
        204
    );
    assert_eq!(
        api.brivo("DELETE", &format!("/brivo-visitor/{id}"), Value::Null)
            .0,
        404
    );
    let mut nobody = body;
    nobody["groupIds"] = json!([]);
    assert_eq!(api.brivo("POST", path, nobody).0, 400);
    let staff = brivo.user_by_external_id("staff:0007").unwrap().id;
    assert_eq!(
        api.brivo("DELETE", &format!("/brivo-visitor/{staff}"), Value::Null)
            .0,
        404
    );
}

#[test]
fn a_schedule_opens_in_its_blocks_at_the_sites_wall_clock() {
    let api = Inside::lively();
    let brivo = api.sandbox.brivo();
    let user = resident(&api, "Gil");
    let body = json!({
        "name": "Office hours",
        "siteId": 30118,
        "scheduleBlocks": {
            "tuesday": [{"start": "09:00", "end": "17:00"}],
            "wednesday": [{"start": "09:00", "end": "17:00"}],
            "holiday": [{"start": "10:00", "end": "12:00"}],
        },
        "scheduleExceptions": [
            {"enabling": "DISABLE", "start": "12:00", "end": "13:00",
             "recurrence": {"type": "SINGULAR", "date": "2026-03-17"}},
            {"enabling": "ENABLE", "start": "20:00", "end": "21:00",
             "recurrence": {"type": "DAY_OF_MONTH", "day": "WEDNESDAY", "weekOfMonth": 3}},
        ],
    });
    let (status, schedule) = api.brivo("POST", "/schedules", body.clone());
    assert_eq!(status, 200, "{schedule}");
    let id = schedule["id"].as_i64().unwrap();
    assert_eq!(schedule["siteName"], "Harbor Point Flats");
    let permit = format!("/groups/880001/access/access-points/{}", 612_001);
    assert_eq!(
        api.brivo("PUT", &permit, json!({"schedule": {"id": id}})).0,
        200
    );
    let holiday = |from: &str, to: &str| {
        Holiday::new(51, "Feast", from.parse().unwrap(), to.parse().unwrap())
    };
    brivo.put_holiday(holiday("2026-03-25T00:00:00", "2026-03-26T00:00:00"), &[id]);
    for (when, expected) in [
        // Milwaukee is five hours behind in March.
        ("2026-03-10T13:59:00Z", false),
        ("2026-03-10T14:00:00Z", true),
        ("2026-03-10T22:00:00Z", false),
        ("2026-03-12T15:00:00Z", false), // a Thursday
        ("2026-03-17T17:30:00Z", false), // the exception
        ("2026-03-17T18:00:00Z", true),
        ("2026-03-19T01:30:00Z", true), // third Wednesday, half past eight in the evening
        ("2026-03-12T01:30:00Z", false), // second Wednesday
        ("2026-03-25T14:30:00Z", false), // the holiday's own block begins at ten
        ("2026-03-25T15:30:00Z", true),
    ] {
        assert_eq!(brivo.can_open(user, LOBBY, at(when)), expected, "{when}");
    }
    let path = format!("/schedules/{id}");
    assert_eq!(api.brivo("DELETE", &path, Value::Null).0, 412, "in use");
    assert_eq!(
        api.brivo("DELETE", "/schedules/41001", Value::Null).0,
        403,
        "built in"
    );
    assert_eq!(api.get("/holidays/51")["schedules"][0]["id"], id);
    let change = json!({"name": "Feast", "start": "2026-03-25T00:00:00", "end": "2026-03-27T00:00:00", "schedules": []});
    assert_eq!(api.brivo("PUT", "/holidays/51", change).0, 200);
    assert!(!brivo.can_open(user, LOBBY, at("2026-03-26T15:30:00Z")));
    assert_eq!(api.brivo("DELETE", "/holidays/51", Value::Null).0, 204);
    let mut long = body;
    long["name"] = json!("x".repeat(33));
    assert_eq!(api.brivo("PUT", &path, long).0, 400);
}

#[test]
fn an_offline_panel_goes_on_with_what_it_knew() {
    let api = Inside::lively();
    let brivo = api.sandbox.brivo();
    let user = resident(&api, "Hal");
    let panel = brivo
        .doors()
        .iter()
        .find(|d| d.name == LOBBY)
        .unwrap()
        .control_panel_id;
    assert!(brivo.set_panel_online(panel, false));
    let suspend = format!("/users/{user}/suspended");
    assert_eq!(
        api.brivo("PUT", &suspend, json!({"suspended": true})).0,
        200
    );
    assert!(brivo.try_door(user, LOBBY), "the panel has not heard of it");
    assert_eq!(
        api.get("/events/access")["data"],
        json!([]),
        "nor the cloud of the entry"
    );
    assert_eq!(
        api.brivo("POST", "/access-points/612001/activate", Value::Null)
            .0,
        412
    );
    let hold = json!({"endTimeMode": "INDEFINITE", "behavior": "UNLOCK"});
    assert_eq!(
        api.brivo("POST", "/schedules/change-state/612001", hold.clone())
            .0,
        417
    );
    assert_eq!(
        api.get("/device-status/612001")["accessPointState"],
        "UNKNOWN"
    );
    assert_eq!(
        api.get("/control-panels?filter=status__eq:disconnected")["count"],
        1
    );
    api.sandbox.advance(TimeDelta::minutes(4));
    assert!(brivo.set_panel_online(panel, true));
    assert!(!brivo.try_door(user, LOBBY));
    let events = api.get("/events/access");
    let late = &events["data"][1];
    assert_eq!(late["securityAction"]["securityActionId"], 2004);
    assert_eq!(late["occurred"], "2026-03-10T17:00:00.000Z");
    assert_eq!(late["processed"], "2026-03-10T17:04:00.000Z");
    assert_eq!(events["data"][0]["securityAction"]["exception"], true);
    // An override opens the door to everybody who is not suspended.
    assert_eq!(
        api.brivo("POST", "/schedules/change-state/612001", hold.clone())
            .0,
        204
    );
    assert_eq!(
        api.brivo("POST", "/schedules/change-state/612001", hold).0,
        412
    );
    let gina = brivo.user_by_external_id("hr-2231").unwrap().id;
    assert!(brivo.can_open(gina, LOBBY, api.sandbox.now()));
    assert_eq!(
        api.get("/device-status/612001")["accessPointState"],
        "UNLOCKED"
    );
    assert_eq!(
        api.brivo("DELETE", "/schedules/change-state/612001", Value::Null)
            .0,
        204
    );
    assert_eq!(
        api.brivo("DELETE", "/schedules/change-state/612001", Value::Null)
            .0,
        412
    );
    assert!(!brivo.can_open(gina, LOBBY, api.sandbox.now()));
}

#[test]
fn event_windows_are_cut_to_hours_and_hold_a_day() {
    let api = Inside::lively();
    let brivo = api.sandbox.brivo();
    let user = resident(&api, "Ida");
    api.sandbox.set_now(at("2026-03-10T17:10:00Z"));
    api.sign_in();
    for _ in 0..3 {
        assert!(brivo.try_door(user, LOBBY));
        api.sandbox.advance(TimeDelta::minutes(1));
    }
    let count =
        |filter: &str| api.get(&format!("/events/counts/access?filter={filter}"))["count"].clone();
    let day = "occurred__gt:2026-03-10T17:59:00Z;occurred__lt:2026-03-10T18:00:00Z";
    assert_eq!(count(day), 3, "the lower bound is cut to 17:00");
    let cut = "occurred__gt:2026-03-10T17:00:00Z;occurred__lt:2026-03-10T17:59:00Z";
    assert_eq!(count(cut), 0, "the upper one as well");
    let page = api.get("/events/access?pageSize=2");
    assert!(page.get("count").is_none());
    let rows = page["data"].as_array().unwrap();
    assert_eq!(rows[0]["occurred"], "2026-03-10T17:12:00.000Z");
    let next = api.get("/events/access?pageSize=2&offset=2026-03-10T17:11:00Z");
    assert_eq!(
        next["data"][0]["uuid"], rows[1]["uuid"],
        "the boundary comes again"
    );
    assert_eq!(next["data"].as_array().unwrap().len(), 2);
    for bad in [
        "occurred__gt:2026-03-09T00:00:00Z;occurred__lt:2026-03-10T18:00:00Z",
        "occurred__gt:2026-03-10T00:00:00Z;processed__gt:2026-03-10T00:00:00Z",
        "site__eq:30118;object__eq:612001",
    ] {
        let answer = api.brivo("GET", &format!("/events/access?filter={bad}"), Value::Null);
        assert_eq!(answer.0, 400, "{bad}");
    }
    let audits = api.get("/events/audit?filter=event_type__eq:user,group");
    let kinds: Vec<&Value> = audits["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| &e["objectType"])
        .collect();
    assert_eq!(kinds, [&json!("GROUP"), &json!("USER")]);
    assert_eq!(
        api.brivo(
            "GET",
            "/events/audit?filter=event_type__eq:cats",
            Value::Null
        )
        .0,
        400
    );
}

#[test]
fn photos_go_in_as_a_part_and_come_out_as_bytes() {
    let api = Inside::lively();
    let user = resident(&api, "Jon");
    let brivo = api.sandbox.brivo();
    let url = format!("{}/users/{user}/photo", brivo.api_url());
    let path = format!("/users/{user}/photo");
    assert_eq!(api.brivo("GET", &path, Value::Null).0, 404);
    let token = {
        let request = http::Request::post(format!("{}/oauth/token", brivo.auth_url()))
            .header("Authorization", "Basic YzBmZmVlMDAtNWE0ZC00YjBmLTlmMDAtMDAwMDAwMDAwMDAxOnNhbmRib3gtY2xpZW50LXNlY3JldA==")
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body("grant_type=password&username=integration01&password=sandbox-admin-password".into());
        api.raw(request.unwrap()).2["access_token"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let body = b"--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n\x00\r\n--xyz--\r\n";
    let request = http::Request::post(&url)
        .header("api-key", brivo.credentials().api_key)
        .header("Authorization", format!("bearer {token}"))
        .header("Content-Type", "multipart/form-data; boundary=xyz")
        .body(bytes::Bytes::from_static(body));
    assert_eq!(api.raw(request.unwrap()).0, 204);
    let request = http::Request::get(&url)
        .header("api-key", brivo.credentials().api_key)
        .header("Authorization", format!("bearer {token}"))
        .body(bytes::Bytes::new());
    let answer = api.sandbox.door().call(request.unwrap()).unwrap();
    assert_eq!(&answer.body()[..], b"\x89PNG\r\n\x00");
    assert_eq!(
        answer.headers()["content-type"],
        "image/jpeg",
        "whatever it is"
    );
    assert!(api.get(&format!("/users/{user}"))["userImage"].is_object());
    let mut variants = Variants::default();
    variants.brivo_user_image_array = true;
    api.sandbox.set_variants(variants);
    assert!(api.get(&format!("/users/{user}"))["userImage"].is_array());
    assert_eq!(api.brivo("DELETE", &path, Value::Null).0, 204);
    assert_eq!(api.brivo("DELETE", &path, Value::Null).0, 404);
}

#[test]
fn the_account_its_fields_and_its_places_are_served() {
    let api = Inside::lively();
    assert_eq!(api.get("/accounts")["data"][0]["accountType"], "ONAIR");
    assert_eq!(api.get("/accounts/660210")["id"], 660_210);
    assert!(
        api.get("/accounts/660210/settings")["count"]
            .as_i64()
            .unwrap()
            > 0
    );
    assert_eq!(api.get("/sites/root")["count"], 3);
    assert_eq!(api.get("/sites/30119/groups")["count"], 7);
    let groups = api.get("/access-points/612001/groups");
    assert_eq!(groups["data"][0]["name"], "Harbor Point Residents");
    let body = json!({"fieldName": "Plate", "fieldType": "TEXT", "displayOrder": "9"});
    let (_, field) = api.brivo("POST", "/custom-fields", body);
    let path = format!("/custom-fields/{}", field["id"]);
    assert_eq!(api.get(&path)["displayOrder"], "9");
    let user = resident(&api, "Kim");
    let value = format!("/users/{user}/custom-fields/{}", field["id"]);
    assert_eq!(api.brivo("PUT", &value, json!({"value": "AB 12"})).0, 200);
    let found = api.get(&format!("/users?filter=cf_{}__eq:ab", field["id"]));
    assert_eq!(found["count"], 1);
    assert_eq!(api.brivo("DELETE", &path, Value::Null).0, 204);
    assert_eq!(api.brivo("GET", &path, Value::Null).0, 404);
    assert_eq!(
        api.brivo(
            "POST",
            "/access-points/612001/unlock",
            json!({"credentialValue": "1"})
        )
        .0,
        403
    );
    let elevator = json!({"pulseTime": 5, "targetDevices": [612_002]});
    assert_eq!(
        api.brivo("POST", "/access-points/612001/activateElevator", elevator)
            .0,
        200
    );
}
