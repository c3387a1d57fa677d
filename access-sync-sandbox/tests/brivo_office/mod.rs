//! Administrators, the account, faces, plates, firmware and the clock.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::common::Inside;

const OURS: i64 = 912_001;

fn new(username: &str, rank: &str) -> Value {
    json!({"username": username, "firstName": "Nora", "lastName": "Day", "email": "nora@example.com",
        "securityQuestion": "q", "securityAnswer": "a", "identityType": rank, "password": "pass-1"})
}

fn id(row: &Value) -> i64 {
    row["id"].as_i64().unwrap()
}

/// Signs in as somebody and calls; the status and the answer.
fn as_(api: &Inside, username: &str, method: &str, path: &str, body: Value) -> (u16, Value) {
    use base64::Engine as _;
    let brivo = api.sandbox.brivo();
    let c = brivo.credentials();
    let pair = format!("{}:{}", c.client_id, c.client_secret);
    let basic = base64::engine::general_purpose::STANDARD.encode(pair);
    let form = format!("grant_type=password&username={username}&password=pass-1");
    let request = http::Request::post(format!("{}/oauth/token", brivo.auth_url()))
        .header("Authorization", format!("Basic {basic}"))
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(form.into())
        .unwrap();
    let (status, _, token) = api.raw(request);
    if status != 200 {
        return (status, token);
    }
    let token = token["access_token"].as_str().unwrap();
    let request = http::Request::builder()
        .method(method)
        .uri(format!("{}{path}", brivo.api_url()))
        .header("api-key", c.api_key)
        .header("Authorization", format!("bearer {token}"))
        .header("Content-Type", "application/json")
        .body(body.to_string().into())
        .unwrap();
    let (status, _, answer) = api.raw(request);
    (status, answer)
}

#[test]
fn administrators_are_made_found_changed_and_deleted() {
    let api = Inside::lively();
    let check = |name: &str| {
        let body = json!({"username": name});
        api.brivo("POST", "/administrators/username/check", body).1["available"].clone()
    };
    assert_eq!(check("nora01"), "true", "a flag as text");
    let (status, made) = api.brivo("POST", "/administrators", new("nora01", "SENIOR"));
    assert_eq!((status, &made["identityType"]), (200, &json!("SENIOR")));
    assert_eq!(check("Nora01"), "false");
    assert_eq!(
        api.brivo("POST", "/administrators", new("nora01", "SENIOR"))
            .0,
        400,
        "taken"
    );
    let path = format!("/administrators/{}", id(&made));
    assert_eq!(api.get(&path)["accountId"], 660_210);
    let found = |filter: &str| {
        let rows = api.get(&format!("/administrators?filter={filter}"));
        rows["count"].as_i64().unwrap()
    };
    assert_eq!(found("username__eq:ora0"), 1);
    assert_eq!((found("type__eq:senior"), found("type__eq:master")), (2, 1));
    let bad = api.brivo("GET", "/administrators?filter=type__eq:king", Value::Null);
    assert_eq!(bad.0, 400);

    let mut change = json!({"firstName": "Nora", "lastName": "Night", "email": "n@example.com",
        "identityType": "ASSISTANT"});
    let (status, changed) = api.brivo("PUT", &path, change.clone());
    assert_eq!((status, &changed["username"]), (200, &json!("nora01")));
    assert_eq!(changed["lastName"], "Night");
    change["canCreateAdmins"] = json!(true);
    assert_eq!(api.brivo("PUT", &path, change).0, 400, "for seniors only");

    let owners = api.get("/accounts/660210/administrators");
    let rows = owners["data"].as_array().unwrap();
    assert_eq!(rows.iter().filter(|row| row["owner"] == true).count(), 1);
    assert!(rows[0].get("identityType").is_none());

    assert_eq!(api.brivo("DELETE", &path, Value::Null).0, 204);
    let (status, gone) = api.brivo("GET", &path, Value::Null);
    let text = format!("Administrator with id {} does not exist", id(&made));
    assert_eq!((status, &gone["message"]), (404, &json!(text)));
    let own = format!("/administrators/{OURS}");
    assert_eq!(api.brivo("DELETE", &own, Value::Null).0, 403);
}

#[test]
fn an_administrators_log_in_and_rank_are_really_checked() {
    let api = Inside::lively();
    let made = api
        .brivo("POST", "/administrators", new("nora01", "ASSISTANT"))
        .1;
    let dealer = api
        .brivo("POST", "/administrators", new("deal01", "DEALER"))
        .1;
    assert_eq!(dealer["identityType"], "DEALER");
    let call = |who: &str, method: &str, path: &str| as_(&api, who, method, path, json!({}));
    let (_, who) = call("nora01", "GET", "/administrators/whoami");
    assert_eq!(who["id"], made["id"]);
    assert_eq!(api.get("/administrators/whoami")["id"], OURS);
    assert_eq!(call("nora01", "GET", "/accounts/summary").0, 403);
    let (status, _) = as_(
        &api,
        "nora01",
        "POST",
        "/administrators",
        new("x1", "SENIOR"),
    );
    assert_eq!(status, 403, "may not make others");

    // Only a dealer changes the account.
    let change = json!({"name": "Lakeshore Homes", "contact": {"firstName": "Ida"}});
    let account = "/accounts/660210";
    assert_eq!(api.brivo("PUT", account, change.clone()).0, 403);
    assert_eq!(as_(&api, "deal01", "PUT", account, change).0, 200);
    let after = api.get(account);
    assert_eq!(after["name"], "Lakeshore Homes");
    assert_eq!(after["contact"]["firstName"], "Ida");
    let audits = api.get("/events/audit?filter=event_type__eq:account");
    assert_eq!(audits["data"][0]["actor"]["id"], dealer["id"]);

    // A leaver is locked out: of new tokens, and of those by refresh.
    let path = format!("/administrators/{}/login", id(&made));
    assert_eq!(api.get(&path)["active"], true);
    let (status, login) = api.brivo("POST", &path, json!({"active": "false"}));
    assert_eq!((status, &login["active"]), (200, &json!(false)));
    assert_eq!(call("nora01", "GET", "/users").0, 401);
    let end = api.sandbox.now() + TimeDelta::hours(1);
    let body = json!({"active": "true", "expiration": end.to_rfc3339()});
    assert_eq!(api.brivo("POST", &path, body).0, 200);
    assert_eq!(call("nora01", "GET", "/users").0, 200);
    api.sandbox.set_now(end);
    assert_eq!(call("nora01", "GET", "/users").0, 401);
    api.sign_in();
    assert_eq!(
        api.brivo("POST", &path, json!({"password": "other"})).0,
        200
    );
    assert_eq!(call("nora01", "GET", "/users").0, 401);
    assert_eq!(api.get(&path)["retryCount"], 1);
}

#[test]
fn the_account_is_summed_up_and_set() {
    let api = Inside::lively();
    let brivo = api.sandbox.brivo();
    let panel = brivo.panels()[0].id;
    brivo.set_panel_online(panel, false);
    let sums = api.get("/accounts/summary");
    assert_eq!(sums["doorCount"], brivo.doors().len());
    assert_eq!(sums["panelsOffline"], 1);
    assert_eq!(
        (&sums["siteCount"], &sums["administratorCount"]),
        (&json!(3), &json!(2))
    );
    let features = api.get("/accounts/660210/features");
    assert!(features["data"][0]["enabled"].is_boolean());
    let put = |id: i64, value: Value| {
        let path = format!("/accounts/660210/settings/{id}");
        api.brivo("PUT", &path, json!({"value": value}))
    };
    let (status, row) = put(2, json!("6"));
    assert_eq!(status, 200);
    assert_eq!(
        (&row["value"], &row["defaultValue"]),
        (&json!("6"), &json!("4"))
    );
    let settings = api.get("/accounts/660210/settings");
    assert_eq!(settings["data"][1], row);
    assert_eq!(put(1, json!("9")).0, 403, "in the portal only");
    assert_eq!(put(99, json!("9")).0, 404);
    assert_eq!(put(2, json!(6)).0, 400, "text only");
}

#[test]
fn firmware_goes_to_connected_panels_only() {
    let api = Inside::lively();
    let panel = api.sandbox.brivo().panels()[0].id;
    let path = format!("/control-panels/{panel}/firmware");
    let now = api.get(&path);
    let next = now["availableVersions"].as_array().unwrap().last().unwrap();
    let body = json!({"firmwareVersion": next});
    assert_ne!(&now["firmwareVersion"], next);
    api.sandbox.brivo().set_panel_online(panel, false);
    assert_eq!(api.brivo("POST", &path, body.clone()).0, 412);
    api.sandbox.brivo().set_panel_online(panel, true);
    let none = json!({"firmwareVersion": "0"});
    assert_eq!(api.brivo("POST", &path, none).0, 400);
    let (status, after) = api.brivo("POST", &path, body);
    assert_eq!((status, &after["firmwareVersion"]), (200, next));
    let panel = api.get(&format!("/control-panels/{panel}"));
    assert_eq!(&panel["firmwareVersion"], next);
}

#[test]
fn the_time_is_told_to_those_who_tell_theirs() {
    let api = Inside::lively();
    assert_eq!(api.brivo("GET", "/time", Value::Null).0, 400);
    let brivo = api.sandbox.brivo();
    let request = http::Request::get(format!("{}/time", brivo.api_url()))
        .header("api-key", brivo.credentials().api_key)
        .header("Authorization", format!("bearer {}", api.token()))
        .header("current-date", "2026-03-10T17:00:03.000Z")
        .body(Default::default())
        .unwrap();
    let (status, _, answer) = api.raw(request);
    assert_eq!(status, 200);
    assert_eq!(answer["time"], "2026-03-10T17:00:00.000Z");
}

#[test]
fn a_face_needs_a_photo_opens_by_its_dates_and_outlives_a_revocation() {
    let api = Inside::lively();
    let brivo = api.sandbox.brivo();
    let user = brivo.user_by_external_id("staff:0007").unwrap().id;
    let on = |verb: &str, what: &str, body: Value| {
        api.brivo(verb, &format!("/credentials/{what}/{user}"), body)
            .0
    };
    let make = json!({"email": "p@example.com", "language": "English"});
    let create = "createAndAssignFaceprintCredential";
    assert_eq!(on("POST", create, make.clone()), 400, "no photo");
    assert_eq!(on("DELETE", "deleteFaceprintCredential", Value::Null), 400);
    assert_eq!(photo(&api, user), 204);
    assert_eq!(on("POST", create, json!({})), 400, "whom to ask?");
    assert_eq!(on("POST", create, make.clone()), 200);
    assert_eq!(on("POST", create, make), 200, "another mail, no other face");
    assert_eq!(brivo.credentials_of(user).len(), 1);

    let end = api.sandbox.now() + TimeDelta::hours(2);
    let dates = json!({"effectiveTo": end.to_rfc3339()});
    assert_eq!(on("PUT", "updateFaceprintCredentialDates", dates), 200);
    let opens = |at| brivo.can_open(user, "Harbor Point Lobby", at);
    assert!(opens(api.sandbox.now()) && !opens(end));

    let path = format!("/users/{user}");
    let suspend = json!({"suspended": true});
    assert_eq!(
        api.brivo("PUT", &format!("{path}/suspended"), suspend).0,
        200
    );
    let revoke = format!("{path}/revoke-credentials");
    assert_eq!(api.brivo("POST", &revoke, Value::Null).0, 200);
    assert_eq!(brivo.credentials_of(user).len(), 1, "faces are left alone");
    assert_eq!(on("DELETE", "deleteFaceprintCredential", Value::Null), 200);
    assert!(brivo.credentials_of(user).is_empty());
}

fn photo(api: &Inside, user: i64) -> u16 {
    let brivo = api.sandbox.brivo();
    let body = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\
                Content-Type: image/png\r\n\r\nPNG\r\n--x--\r\n";
    let request = http::Request::post(format!("{}/users/{user}/photo", brivo.api_url()))
        .header("api-key", brivo.credentials().api_key)
        .header("Authorization", format!("bearer {}", api.token()))
        .header("Content-Type", "multipart/form-data; boundary=x")
        .body(body.into())
        .unwrap();
    api.raw(request).0
}

#[test]
fn a_plate_is_one_users_and_known_once() {
    let api = Inside::lively();
    let brivo = api.sandbox.brivo();
    let user = brivo.user_by_external_id("staff:0007").unwrap().id;
    let other = brivo.user_by_external_id("hr-2231").unwrap().id;
    let create = |user: i64| {
        let path = format!("/credentials/createAndAssignEELPRCredential/{user}");
        api.brivo("POST", &path, json!({"referenceId": "ABC 123"}))
    };
    assert_eq!(create(user).0, 204);
    let (status, again) = create(other);
    assert_eq!(
        (status, &again["message"]),
        (400, &json!("Duplicate Credential found"))
    );
    let held = api.get(&format!("/users/{user}/credentials"));
    let rows = held["data"].as_array().unwrap();
    let plate = rows.iter().find(|row| row["referenceId"] == "ABC 123");
    let plate = id(plate.unwrap());
    let path = |user: i64| format!("/credentials/{user}/unassignAndDeleteEELPRCredential/{plate}");
    assert_eq!(api.brivo("DELETE", &path(other), Value::Null).0, 404);
    assert_eq!(api.brivo("DELETE", &path(user), Value::Null).0, 204);
    assert_eq!(api.brivo("DELETE", &path(user), Value::Null).0, 404);
    assert!(brivo.credential(plate).is_none());
}

#[test]
fn a_guests_invitation_is_made_anew_as_often_as_asked() {
    let api = Inside::lively();
    let brivo = api.sandbox.brivo();
    let cedar = brivo.group_id("Cedar Room").unwrap();
    let guest = json!({"user": {"firstName": "Vera", "effectiveFrom": "2026-03-10T17:00:00Z",
        "effectiveTo": "2026-03-11T17:00:00Z", "emails": [{"address": "v@example.com", "type": "work"}]},
        "groupIds": [cedar], "credentialType": "MOBILE_PASS"});
    let (status, made) = api.brivo(
        "POST",
        "/brivo-visitor/create-and-assign-visitor-user",
        guest,
    );
    assert_eq!(status, 200);
    let path = format!(
        "/brivo-visitor/{}/credentials/digital-invitation",
        id(&made)
    );
    for _ in 0..2 {
        assert_eq!(api.brivo("POST", &path, Value::Null).0, 204);
    }
    let invitations = brivo.invitations(id(&made));
    let statuses: Vec<_> = invitations
        .iter()
        .map(|i| i.status(api.sandbox.now()))
        .collect();
    assert_eq!(statuses, ["CANCELLED", "CANCELLED", "PENDING"]);
}
