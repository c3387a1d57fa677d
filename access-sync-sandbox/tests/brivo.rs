#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    missing_docs
)]

mod brivo_doors;
mod brivo_office;
mod common;

use access_sync_sandbox::brivo::NewUser;
use access_sync_sandbox::{Limits, Sandbox, World};
use chrono::{TimeDelta, TimeZone, Utc};
use common::{brivo, empty, http, lively, read, token_call};
use serde_json::{Value, json};

#[tokio::test]
async fn password_grant_gives_a_bearer_token_of_300_seconds() {
    let sandbox = empty().await;
    let credentials = sandbox.brivo().credentials();
    let form = [
        ("grant_type", "password"),
        ("username", credentials.username.as_str()),
        ("password", credentials.password.as_str()),
    ];
    let (status, answer) = read(token_call(&sandbox, &form).send().await.unwrap()).await;
    assert_eq!(status, 200);
    assert_eq!(answer["token_type"], "bearer");
    assert_eq!(answer["expires_in"], 300);
}

#[tokio::test]
async fn wrong_client_wrong_user_and_no_client_are_three_different_401s() {
    let sandbox = empty().await;
    let url = format!("{}/oauth/token", sandbox.brivo().auth_url());
    let form = [
        ("grant_type", "password"),
        ("username", "x"),
        ("password", "y"),
    ];

    let wrong_user = read(token_call(&sandbox, &form).send().await.unwrap()).await;
    assert_eq!(
        (wrong_user.0, &wrong_user.1["error"]),
        (401, &json!("invalid_grant"))
    );

    let wrong_client = http().post(&url).basic_auth("a", Some("b")).form(&form);
    let (status, body) = read(wrong_client.send().await.unwrap()).await;
    assert_eq!((status, &body["path"]), (401, &json!("/oauth/token")));

    let (status, body) = read(http().post(&url).form(&form).send().await.unwrap()).await;
    assert_eq!((status, &body["error"]), (401, &json!("unauthorized")));
}

#[tokio::test]
async fn a_json_body_is_no_token_request() {
    let sandbox = empty().await;
    let credentials = sandbox.brivo().credentials();
    let answer = http()
        .post(format!("{}/oauth/token", sandbox.brivo().auth_url()))
        .basic_auth(&credentials.client_id, Some(&credentials.client_secret))
        .json(&json!({"grant_type": "password"}));
    let (status, body) = read(answer.send().await.unwrap()).await;
    assert_eq!((status, &body["error"]), (400, &json!("invalid_request")));
}

#[tokio::test]
async fn a_refresh_token_is_good_once_and_a_code_too() {
    let sandbox = empty().await;
    let first = brivo(&sandbox).await;
    let refresh = [
        ("grant_type", "refresh_token"),
        ("refresh_token", first.refresh.as_str()),
    ];
    assert_eq!(
        token_call(&sandbox, &refresh)
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    assert_eq!(
        token_call(&sandbox, &refresh)
            .send()
            .await
            .unwrap()
            .status(),
        401
    );
    // The access token that was there before lives on to its own end.
    assert_eq!(first.get("/users").await.0, 200);

    let code = sandbox.brivo().issue_authorization_code();
    let grant = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
    ];
    assert_eq!(
        token_call(&sandbox, &grant).send().await.unwrap().status(),
        200
    );
    assert_eq!(
        token_call(&sandbox, &grant).send().await.unwrap().status(),
        401
    );
}

#[tokio::test]
async fn authorize_sends_the_browser_back_with_code_and_state() {
    let sandbox = empty().await;
    let credentials = sandbox.brivo().credentials();
    let response = http()
        .get(format!("{}/oauth/authorize", sandbox.brivo().auth_url()))
        .query(&[
            ("response_type", "code"),
            ("client_id", credentials.client_id.as_str()),
            ("redirect_uri", "http://127.0.0.1/cb"),
            ("state", "s1"),
        ])
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 302);
    let location = response.headers()["location"].to_str().unwrap();
    assert!(
        location.starts_with("http://127.0.0.1/cb?code="),
        "{location}"
    );
    assert!(location.ends_with("&state=s1"), "{location}");
}

#[tokio::test]
async fn tokens_expire_by_the_sandbox_clock() {
    let sandbox = empty().await;
    let api = brivo(&sandbox).await;
    sandbox.advance(TimeDelta::seconds(299));
    assert_eq!(api.get("/users").await.0, 200);
    sandbox.advance(TimeDelta::seconds(1));
    let (status, body) = api.get("/users").await;
    assert_eq!((status, &body["error"]), (401, &json!("invalid_token")));
}

#[tokio::test]
async fn tokens_may_be_ended_before_their_time() {
    let sandbox = empty().await;
    let api = brivo(&sandbox).await;
    sandbox.brivo().expire_access_tokens();
    let (status, body) = api.get("/users").await;
    assert_eq!((status, &body["error"]), (401, &json!("invalid_token")));
    let refresh = [
        ("grant_type", "refresh_token"),
        ("refresh_token", api.refresh.as_str()),
    ];
    assert_eq!(
        token_call(&sandbox, &refresh)
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
}

#[tokio::test]
async fn a_wrong_api_key_is_html_and_an_unmapped_path_is_596() {
    let sandbox = empty().await;
    let mut api = brivo(&sandbox).await;
    for (method, path) in [
        ("GET", "/nothing"),
        ("POST", "/users/1/suspended"),
        ("PATCH", "/groups/1"),
    ] {
        assert_eq!(
            api.call(method, path, json!({})).await.0,
            596,
            "{method} {path}"
        );
    }
    let without_prefix = api
        .client
        .get(format!("{}/users", sandbox.brivo().auth_url()));
    assert_eq!(without_prefix.send().await.unwrap().status(), 596);

    api.key = "nobody's".to_owned();
    let response = api
        .request(reqwest::Method::GET, "/users")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 403);
    assert_eq!(
        response.headers()["x-mashery-error-code"],
        "ERR_403_DEVELOPER_INACTIVE"
    );
    assert_eq!(
        response.text().await.unwrap(),
        "<h1>Developer Inactive</h1>"
    );
}

#[tokio::test]
async fn a_body_that_is_not_json_is_415() {
    let sandbox = empty().await;
    let api = brivo(&sandbox).await;
    let request = api
        .request(reqwest::Method::POST, "/users")
        .body("firstName=A");
    assert_eq!(request.send().await.unwrap().status(), 415);
}

#[tokio::test]
async fn pages_are_capped_at_100_and_count_is_the_total() {
    let sandbox = empty().await;
    for n in 0..130 {
        sandbox.brivo().add_user(NewUser {
            first_name: format!("F{n}"),
            last_name: "L".to_owned(),
            ..NewUser::default()
        });
    }
    let api = brivo(&sandbox).await;
    let rows = |page: &Value| page["data"].as_array().unwrap().len();
    let (_, page) = api.get("/users").await;
    assert_eq!((rows(&page), &page["count"]), (20, &json!(130)));
    let (_, page) = api.get("/users?pageSize=500").await;
    assert_eq!((rows(&page), &page["pageSize"]), (100, &json!(100)));
    let (_, page) = api.get("/users?pageSize=100&offset=100").await;
    assert_eq!((rows(&page), &page["offset"]), (30, &json!(100)));
    let (_, page) = api.get("/users?pageSize=100&offset=200").await;
    assert_eq!((rows(&page), &page["count"]), (0, &json!(130)));
    assert_eq!(api.get("/users?pageSize=0").await.0, 400);
}

#[tokio::test]
async fn external_ids_are_unique_and_found_through_percent_escapes() {
    let sandbox = empty().await;
    let api = brivo(&sandbox).await;
    let ana = json!({"firstName": "Ana", "lastName": "Lund", "externalId": "a/b c:1"});
    let (status, made) = api.call("POST", "/users", ana.clone()).await;
    assert_eq!(status, 200);
    assert_eq!(made["externalId"], "a/b c:1");
    assert!(
        made.get("pin").is_none(),
        "empty values are left out, never null"
    );
    assert_eq!(api.call("POST", "/users", ana).await.0, 400);
    let (status, found) = api.get("/users/a%2Fb%20c%3A1/external").await;
    assert_eq!((status, &found["id"]), (200, &made["id"]));
    let (status, missing) = api.get("/users/nobody/external").await;
    assert_eq!((status, &missing["code"]), (404, &json!(404)));
}

#[tokio::test]
async fn a_numeric_external_id_comes_back_as_text_and_names_are_required() {
    let sandbox = empty().await;
    let api = brivo(&sandbox).await;
    let body = json!({"firstName": "A", "lastName": "B", "externalId": 1});
    assert_eq!(api.call("POST", "/users", body).await.1["externalId"], "1");
    let body = json!({"firstName": "A", "lastName": "B", "externalId": null});
    assert_eq!(api.call("POST", "/users", body).await.0, 200);
    assert_eq!(
        api.call("POST", "/users", json!({"firstName": "A"}))
            .await
            .0,
        400
    );
}

#[tokio::test]
async fn trivial_and_taken_pins_are_refused() {
    let sandbox = empty().await;
    let api = brivo(&sandbox).await;
    let with_pin = |pin: &str| json!({"firstName": "A", "lastName": "B", "pin": pin});
    for pin in ["123", "123456789", "1111", "1234", "8765", "2468", "12a4"] {
        assert_eq!(
            api.call("POST", "/users", with_pin(pin)).await.0,
            400,
            "{pin}"
        );
    }
    assert_eq!(api.call("POST", "/users", with_pin("73951")).await.0, 200);
    assert_eq!(api.call("POST", "/users", with_pin("73951")).await.0, 400);
}

#[tokio::test]
async fn put_erases_what_it_leaves_out_and_patch_does_not() {
    let sandbox = empty().await;
    let api = brivo(&sandbox).await;
    let body = json!({
        "firstName": "A", "lastName": "B", "externalId": "x", "pin": "73951",
        "effectiveTo": "2026-04-01T10:00:00-05:00", "effectiveFrom": "2026-03-01",
        "emails": [{"address": "a@example.com", "type": "Home"}],
    });
    let (_, user) = api.call("POST", "/users", body).await;
    assert_eq!(user["effectiveTo"], "2026-04-01T15:00:00Z");
    assert_eq!(user["effectiveFrom"], "2026-03-01T00:00:00Z");
    let path = format!("/users/{}", user["id"]);

    let (_, patched) = api.call("PATCH", &path, json!({"lastName": "C"})).await;
    assert_eq!(patched["lastName"], "C");
    assert_eq!(patched["pin"], "73951");
    assert_eq!(patched["externalId"], "x");

    let (_, put) = api
        .call("PUT", &path, json!({"firstName": "A", "lastName": "D"}))
        .await;
    assert_eq!(put["lastName"], "D");
    for key in [
        "externalId",
        "pin",
        "effectiveFrom",
        "effectiveTo",
        "emails",
    ] {
        assert!(put.get(key).is_none(), "{key} should be gone");
    }
    assert_eq!(api.get("/users/x/external").await.0, 404);
}

#[tokio::test]
async fn the_list_is_a_slice_of_the_record() {
    let sandbox = empty().await;
    let api = brivo(&sandbox).await;
    let body = json!({"firstName": "A", "middleName": "M", "lastName": "B", "pin": "73951"});
    let (_, user) = api.call("POST", "/users", body).await;
    let (_, one) = api.get(&format!("/users/{}", user["id"])).await;
    assert_eq!(
        (&one["pin"], &one["middleName"]),
        (&json!("73951"), &json!("M"))
    );
    assert_eq!(one["customFields"], json!([]));
    let (_, list) = api.get("/users").await;
    for key in ["pin", "middleName", "customFields"] {
        assert!(list["data"][0].get(key).is_none(), "{key}");
    }
}

#[tokio::test]
async fn deleting_twice_is_204_then_404() {
    let sandbox = lively().await;
    let api = brivo(&sandbox).await;
    let walter = sandbox.brivo().members(880_001)[0];
    let path = format!("/users/{walter}");
    assert_eq!(api.call("DELETE", &path, Value::Null).await.0, 204);
    assert_eq!(api.call("DELETE", &path, Value::Null).await.0, 404);
    assert!(!sandbox.brivo().members(880_001).contains(&walter));
}

#[tokio::test]
async fn suspension_is_set_read_and_closes_the_doors() {
    let sandbox = lively().await;
    let api = brivo(&sandbox).await;
    let paula = sandbox
        .brivo()
        .user_by_external_id("staff:0007")
        .unwrap()
        .id;
    let now = sandbox.now();
    assert!(
        sandbox
            .brivo()
            .can_open("staff:0007", "Harbor Point Lobby", now)
    );
    let path = format!("/users/{paula}/suspended");
    let (status, body) = api.call("PUT", &path, json!({"suspended": true})).await;
    assert_eq!(
        (status, body),
        (200, json!({"id": paula, "suspended": true}))
    );
    assert_eq!(api.get(&path).await.1["suspended"], true);
    assert!(!sandbox.brivo().can_open(paula, "Harbor Point Lobby", now));
}

#[tokio::test]
async fn filters_know_their_fields_and_operators() {
    let sandbox = lively().await;
    let api = brivo(&sandbox).await;
    let last_names = |page: Value| -> Vec<String> {
        let rows = page["data"].as_array().unwrap().iter();
        rows.map(|row| row["lastName"].as_str().unwrap().to_owned())
            .collect()
    };
    // Equality of names means "contains", whatever the case.
    let (_, page) = api.get("/users?filter=lastname__eq:AN").await;
    assert_eq!(last_names(page), ["Janitor", "Manager", "Cleaner"]);
    let (_, page) = api.get("/users?filter=user_status__eq:suspended").await;
    assert_eq!(last_names(page), ["Formerly"]);
    let (_, page) = api
        .get("/users?filter=id__eq:7310001,7310002;lastname__eq:jan")
        .await;
    assert_eq!(last_names(page), ["Janitor"]);
    for (filter, message) in [
        ("emails.address__eq:x", "Invalid filter was provided"),
        ("lastname__gt:x", "Invalid filter operator"),
        ("lastname=x", "Invalid filter format"),
        ("lastname:x", "Invalid filter format"),
    ] {
        let (status, body) = api.get(&format!("/users?filter={filter}")).await;
        assert_eq!(
            (status, &body["message"]),
            (400, &json!(message)),
            "{filter}"
        );
    }
    let (_, page) = api.get("/groups?filter=name__eq:room&pageSize=100").await;
    assert_eq!(page["count"], 3);
}

#[tokio::test]
async fn changing_groups_skips_what_is_so_already() {
    let sandbox = empty().await;
    let api = brivo(&sandbox).await;
    let user = sandbox.brivo().add_user(NewUser::default());
    let [a, b, c] = ["A", "B", "C"].map(|name| sandbox.brivo().add_group(name));
    let path = format!("/users/{user}/groups");
    let change = json!({"addGroups": [a, b], "removeGroups": [c]});
    for _ in 0..2 {
        let (status, body) = api.call("POST", &path, change.clone()).await;
        assert_eq!(status, 200);
        assert_eq!(
            body,
            json!({"data": [{"id": a, "name": "A"}, {"id": b, "name": "B"}], "count": 2})
        );
    }
    assert_eq!(api.get(&path).await.1["count"], 2);
}

#[tokio::test]
async fn the_limit_of_16_groups_counts_hidden_ones_and_changes_nothing_beyond() {
    let sandbox = empty().await;
    let api = brivo(&sandbox).await;
    let handle = sandbox.brivo();
    let user = handle.add_user(NewUser::default());
    let groups: Vec<i64> = (0..17)
        .map(|n| handle.add_group(&format!("G{n}")))
        .collect();
    let path = format!("/users/{user}/groups");
    let (status, _) = api.call("POST", &path, json!({"addGroups": groups})).await;
    assert_eq!(status, 400);
    assert_eq!(api.get(&path).await.1["count"], 0);

    handle.add_member(user, groups[0]);
    handle.set_group_hidden(groups[0], true);
    let visible = &groups[1..];
    let (status, _) = api.call("POST", &path, json!({"addGroups": visible})).await;
    assert_eq!(status, 400, "16 visible and one hidden are 17");
    let (status, body) = api
        .call("POST", &path, json!({"addGroups": visible[1..]}))
        .await;
    assert_eq!((status, &body["count"]), (200, &json!(15)));
    // A swap at the limit is no excess.
    let swap = json!({"addGroups": [visible[0]], "removeGroups": [visible[1]]});
    assert_eq!(api.call("POST", &path, swap).await.0, 200);
    assert_eq!(handle.snapshot().members[&groups[0]], [user]);
}

#[tokio::test]
async fn an_unknown_group_stops_the_whole_change() {
    let sandbox = empty().await;
    let api = brivo(&sandbox).await;
    let user = sandbox.brivo().add_user(NewUser::default());
    let group = sandbox.brivo().add_group("A");
    let path = format!("/users/{user}/groups");
    let (status, _) = api
        .call("POST", &path, json!({"addGroups": [group, 1]}))
        .await;
    assert_eq!(status, 404);
    assert!(sandbox.brivo().members(group).is_empty());
}

#[tokio::test]
async fn group_names_have_35_characters_at_most() {
    let sandbox = empty().await;
    let api = brivo(&sandbox).await;
    let (status, _) = api
        .call("POST", "/groups", json!({"name": "ä".repeat(36)}))
        .await;
    assert_eq!(status, 400);
    let (status, group) = api
        .call("POST", "/groups", json!({"name": "ä".repeat(35)}))
        .await;
    assert_eq!(status, 200);
    let path = format!("/groups/{}", group["id"]);
    let update = json!({"name": "B", "keypadUnlock": true, "antipassbackResetTime": "1439"});
    let (_, group) = api.call("PUT", &path, update).await;
    assert_eq!(
        group["antipassbackResetTime"], "23:59",
        "minutes in, time of day out"
    );
    assert_eq!(group["keypadUnlock"], true);
}

#[tokio::test]
async fn a_multifamily_group_cannot_be_deleted() {
    let sandbox = lively().await;
    let api = brivo(&sandbox).await;
    sandbox.brivo().set_group_multifamily(880_101, true);
    assert_eq!(
        api.call("DELETE", "/groups/880101", Value::Null).await.0,
        412
    );
    assert_eq!(
        api.call("DELETE", "/groups/880102", Value::Null).await.0,
        204
    );
    assert_eq!(api.get("/groups/880102").await.0, 404);
}

#[tokio::test]
async fn members_come_in_pages_and_single_members_come_and_go() {
    let sandbox = lively().await;
    let api = brivo(&sandbox).await;
    let paula = sandbox
        .brivo()
        .user_by_external_id("staff:0007")
        .unwrap()
        .id;
    let path = format!("/groups/880101/users/{paula}");
    assert_eq!(api.call("PUT", &path, Value::Null).await.0, 204);
    let (_, page) = api.get("/groups/880101/users").await;
    assert_eq!(page["data"][0]["externalId"], "staff:0007");
    assert!(
        sandbox
            .brivo()
            .can_open(paula, "Harbor Point Unit 101", sandbox.now())
    );
    assert_eq!(api.call("DELETE", &path, Value::Null).await.0, 204);
    assert_eq!(api.call("DELETE", &path, Value::Null).await.0, 404);
    let (_, page) = api.get("/groups/880001/users?pageSize=2&offset=1").await;
    assert_eq!(page["data"].as_array().unwrap().len(), 2);
    assert_eq!(page["count"], 4);
    let janitor = &page["data"];
    assert!(
        janitor[1].get("externalId").is_none(),
        "an unset external id is left out"
    );
}

#[tokio::test]
async fn a_door_follows_the_permission_of_the_group() {
    let sandbox = lively().await;
    let api = brivo(&sandbox).await;
    let now = sandbox.now();
    let (_, page) = api.get("/groups/882011/access/access-points").await;
    assert_eq!(page["count"], 2);
    assert!(sandbox.brivo().can_open("hr-2231", "Cedar Room", now));
    let door = "/groups/882011/access/access-points/614011";
    assert!([200, 204].contains(&api.call("DELETE", door, Value::Null).await.0));
    assert!(!sandbox.brivo().can_open("hr-2231", "Cedar Room", now));
    let (status, row) = api
        .call("PUT", door, json!({"schedule": {"id": 41001}}))
        .await;
    assert_eq!(
        (status, &row["accessPoint"]["name"]),
        (200, &json!("Cedar Room"))
    );
    assert!(sandbox.brivo().can_open("hr-2231", "Cedar Room", now));
    assert_eq!(
        api.call("PUT", door, json!({"schedule": {"id": 1}}))
            .await
            .0,
        400
    );
}

#[tokio::test]
async fn a_pin_opens_between_its_dates_only() {
    let sandbox = lively().await;
    let at = |hour| Utc.with_ymd_and_hms(2026, 3, 10, hour, 0, 0).unwrap();
    let user = sandbox.brivo().add_user(NewUser {
        external_id: Some("guest".to_owned()),
        pin: Some("73951".to_owned()),
        effective_from: Some(at(10)),
        effective_to: Some(at(12)),
        ..NewUser::default()
    });
    sandbox.brivo().add_member(user, 880_001);
    let can = |hour| {
        sandbox
            .brivo()
            .can_open("guest", "Harbor Point Lobby", at(hour))
    };
    assert_eq!([9, 10, 11, 12].map(can), [false, true, true, false]);
    assert!(
        !sandbox
            .brivo()
            .can_open("nobody", "Harbor Point Lobby", at(11))
    );
    assert!(
        !sandbox
            .brivo()
            .can_open("guest", "Harbor Point Unit 101", at(11))
    );
}

#[tokio::test]
async fn custom_fields_are_set_one_by_one() {
    let sandbox = lively().await;
    let api = brivo(&sandbox).await;
    let (_, fields) = api.get("/custom-fields").await;
    assert_eq!(fields["data"][0]["fieldName"], "Unit");
    let path = "/users/7310001/custom-fields/3301";
    let (status, row) = api.call("PUT", path, json!({"value": "B-214"})).await;
    assert_eq!((status, &row["value"]), (200, &json!("B-214")));
    let (_, list) = api.get("/users/7310001/custom-fields").await;
    assert_eq!(list["count"], 1);
    assert_eq!(api.call("DELETE", path, Value::Null).await.0, 204);
    assert_eq!(api.get("/users/7310001/custom-fields").await.1["count"], 0);
}

#[tokio::test]
async fn calls_beyond_the_second_are_mashery_403_and_still_counted() {
    let mut limits = Limits::off();
    limits.brivo_per_second = Some(3);
    limits.brivo_per_30_days = Some(6);
    let sandbox = Sandbox::builder()
        .world(World::empty())
        .limits(limits)
        .start()
        .await
        .unwrap();
    let api = brivo(&sandbox).await;
    for _ in 0..3 {
        assert_eq!(api.get("/users").await.0, 200);
    }
    let response = api
        .request(reqwest::Method::GET, "/users")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 403);
    assert_eq!(
        response.headers()["x-mashery-error-code"],
        "ERR_403_DEVELOPER_OVER_QPS"
    );
    assert_eq!(response.headers()["retry-after"], "1");
    sandbox.advance(TimeDelta::seconds(1));
    assert_eq!(api.get("/users").await.0, 200);
    assert_eq!(api.get("/users/1").await.0, 404);
    // Six calls are spent: four good ones, a throttled one and a failed one.
    let response = api
        .request(reqwest::Method::GET, "/users")
        .send()
        .await
        .unwrap();
    assert_eq!(
        response.headers()["x-mashery-error-code"],
        "ERR_403_DEVELOPER_OVER_RATE"
    );
    assert_eq!(
        sandbox
            .brivo()
            .calls()
            .iter()
            .filter(|call| call.billed)
            .count(),
        7
    );
}

#[tokio::test]
async fn calls_are_recorded_with_operation_and_without_secrets() {
    let sandbox = lively().await;
    let api = brivo(&sandbox).await;
    sandbox.brivo().reset_calls();
    api.get("/groups/880101/users?pageSize=100").await;
    api.call("POST", "/users/7310001/groups", json!({})).await;
    let calls = sandbox.brivo().calls();
    assert_eq!(sandbox.brivo().call_count(), 2);
    assert_eq!(calls[0].operation, "GET /groups/{id}/users");
    assert_eq!(calls[0].path, "/v1/api/groups/880101/users?pageSize=100");
    assert_eq!(calls[1].operation, "POST /users/{id}/groups");
    assert_eq!((calls[1].status, calls[1].billed), (200, true));
    assert_eq!(calls[0].at, sandbox.now());

    sandbox.brivo().reset_calls();
    let url = format!("{}/oauth/token?password=secret", sandbox.brivo().auth_url());
    http().post(url).send().await.unwrap();
    let calls = sandbox.brivo().calls();
    assert_eq!(
        (calls[0].path.as_str(), calls[0].billed),
        ("/oauth/token", false)
    );
}

#[tokio::test]
async fn sites_and_doors_are_listed() {
    let sandbox = lively().await;
    let api = brivo(&sandbox).await;
    assert_eq!(api.get("/sites").await.1["count"], 3);
    assert_eq!(api.get("/sites/30118").await.1["timeZone"], "US/Central");
    assert_eq!(api.get("/sites/30118/access-points").await.1["count"], 50);
    assert_eq!(
        api.get("/access-points?filter=name__eq:lobby").await.1["count"],
        1
    );
    let unknown = api
        .get("/access-points?filter=access_point_types__eq:GATE")
        .await;
    assert_eq!(unknown.0, 400);
    assert_eq!(
        api.get("/administrators/whoami").await.1["username"],
        "integration01"
    );
}
