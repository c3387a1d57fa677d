//! Each spelling that vendors are known to differ in: as it is usually, and as the variant has it.

use access_sync_sandbox::Variants;
use serde_json::{Value, json};

use crate::common::Inside;

const PIN: i64 = 2;

/// What `look` sees without the variant and with it.
fn both<T>(name: &str, look: impl Fn(&Inside) -> T) -> (T, T) {
    let api = Inside::lively();
    let usual = look(&api);
    let mut variants = Variants::default();
    assert_eq!(variants.get(name), Some(false), "{name} is off by default");
    assert!(variants.set(name, true));
    api.sandbox.set_variants(variants);
    (usual, look(&api))
}

fn raw(
    api: &Inside,
    method: &str,
    url: String,
    headers: &[(&str, &str)],
    body: String,
) -> (u16, http::HeaderMap, String) {
    let mut request = http::Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(body.into()).unwrap();
    let answer = api.sandbox.door().call(request).unwrap();
    let text = String::from_utf8(answer.body().to_vec()).unwrap();
    (answer.status().as_u16(), answer.headers().clone(), text)
}

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

fn resident(api: &Inside) -> i64 {
    api.sandbox
        .brivo()
        .user_by_external_id("staff:0007")
        .unwrap()
        .id
}

fn leases(api: &Inside, params: Value) -> Value {
    api.entrata("leases", "getLeases r2", params)["response"]["result"].clone()
}

fn one_lease(api: &Inside) -> Value {
    let params = json!({"propertyId": "100234", "leaseIds": "410001"});
    let rows = leases(api, params);
    rows["leases"]["lease"][0].clone()
}

#[test]
fn brivo_created_201_answers_all_creations() {
    let statuses = |api: &Inside| {
        let bodies = [
            ("/users", json!({"firstName": "A", "lastName": "B"})),
            ("/groups", json!({"name": "New"})),
            (
                "/custom-fields",
                json!({"fieldName": "f", "fieldType": "TEXT"}),
            ),
            (
                "/event-subscriptions",
                json!({"name": "n", "url": "https://x.test", "errorEmail": "a@b.test", "criteria": []}),
            ),
        ];
        bodies.map(|(path, body)| api.brivo("POST", path, body).0)
    };
    let (usual, variant) = both("brivo_created_201", statuses);
    assert_eq!((usual, variant), ([200; 4], [201; 4]));
}

#[test]
fn brivo_user_image_array_wraps_the_image() {
    let (usual, variant) = both("brivo_user_image_array", |api| {
        let user = resident(api);
        let body = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\
                    Content-Type: image/png\r\n\r\nPNG\r\n--x--\r\n";
        let brivo = api.sandbox.brivo();
        let token = api.token();
        let headers = [
            ("api-key", brivo.credentials().api_key),
            ("Authorization", format!("bearer {token}")),
            ("Content-Type", "multipart/form-data; boundary=x".to_owned()),
        ];
        let headers = headers.each_ref().map(|(k, v)| (*k, v.as_str()));
        let url = format!("{}/users/{user}/photo", brivo.api_url());
        assert_eq!(raw(api, "POST", url, &headers, body.to_owned()).0, 204);
        api.get(&format!("/users/{user}"))["userImage"].clone()
    });
    assert!(usual["uri"].is_string());
    assert_eq!(variant, json!([usual]));
}

fn brivo_token(api: &Inside, password: &str) -> (u16, String) {
    use base64::Engine as _;
    let brivo = api.sandbox.brivo();
    let c = brivo.credentials();
    let pair = format!("{}:{}", c.client_id, c.client_secret);
    let basic = base64::engine::general_purpose::STANDARD.encode(pair);
    let form = format!(
        "grant_type=password&username={}&password={password}",
        c.username
    );
    let headers = [("Authorization", format!("Basic {basic}"))];
    let headers = [(headers[0].0, headers[0].1.as_str()), FORM];
    let url = format!("{}/oauth/token", brivo.auth_url());
    let (status, _, text) = raw(api, "POST", url, &headers, form);
    (status, text)
}

#[test]
fn brivo_dates_with_millis_writes_them_everywhere() {
    let (usual, variant) = both("brivo_dates_with_millis", |api| {
        let list = api.get("/users?pageSize=1")["data"][0]["created"].clone();
        let user = list.as_str().unwrap().to_owned();
        let panels = api.get("/control-panels")["data"][0]["lastContact"].clone();
        [user, panels.as_str().unwrap().to_owned()]
    });
    for (usual, variant) in usual.into_iter().zip(variant) {
        let (whole, _) = usual.split_once('Z').unwrap();
        assert_eq!(whole.len(), "2026-03-10T17:00:00".len());
        assert_eq!(variant, format!("{whole}.000Z"));
    }
}

#[test]
fn brivo_redirect_by_post_sends_a_form_instead_of_a_location() {
    let (usual, variant) = both("brivo_redirect_by_post", |api| {
        let brivo = api.sandbox.brivo();
        let url = format!(
            "{}/oauth/authorize?response_type=code&client_id={}&state=s1&redirect_uri=https://app.test/back",
            brivo.auth_url(),
            brivo.credentials().client_id
        );
        raw(api, "GET", url, &[], String::new())
    });
    let location = usual.1["location"].to_str().unwrap();
    assert_eq!(usual.0, 302);
    assert!(location.starts_with("https://app.test/back?code=code-"));
    assert!(location.ends_with("&state=s1"));
    assert_eq!(variant.0, 200);
    assert!(variant.1.get("location").is_none());
    let form = r#"<form method="post" action="https://app.test/back?code=code-"#;
    assert!(variant.2.starts_with(form), "{}", variant.2);
}

#[test]
fn brivo_account_wrapped_puts_one_account_into_data() {
    let (usual, variant) = both("brivo_account_wrapped", |api| api.get("/accounts/660210"));
    assert_eq!(usual["id"], 660_210);
    assert_eq!(variant, json!({"data": [usual]}));
}

#[test]
fn brivo_invalid_grant_400_answers_a_wrong_password() {
    let (usual, variant) = both("brivo_invalid_grant_400", |api| brivo_token(api, "wrong"));
    assert_eq!((usual.0, variant.0), (401, 400));
    assert_eq!(usual.1, variant.1, "the body is the same");
    assert!(usual.1.contains("invalid_grant"));
}

#[test]
fn brivo_field_id_short_names_the_fields_of_a_users_credentials() {
    let (usual, variant) = both("brivo_field_id_short", |api| {
        let user = resident(api);
        let card = json!({"credentialFormat": {"id": 100}, "referenceId": "77",
            "fieldValues": [{"id": 1, "value": "77"}, {"id": 2, "value": "1"}]});
        let (status, made) = api.brivo("POST", "/credentials", card);
        if status == 200 {
            let path = format!("/users/{user}/credentials/{}", made["id"]);
            assert_eq!(api.brivo("PUT", &path, Value::Null).0, 204);
        }
        let held = api.get(&format!("/users/{user}/credentials"));
        let rows = held["data"].as_array().unwrap();
        let card = rows.iter().find(|row| row["credentialFormat"]["id"] != PIN);
        card.unwrap()["fieldValues"][0].clone()
    });
    assert_eq!(usual["credentialFieldId"], 1);
    assert!(usual.get("id").is_none());
    assert_eq!(variant["id"], 1);
    assert!(variant.get("credentialFieldId").is_none());
}

#[test]
fn entrata_collapsed_arrays_leaves_no_list_of_one() {
    let (usual, variant) = both("entrata_collapsed_arrays", |api| {
        leases(api, json!({"propertyId": "100234", "leaseIds": "410001"}))
    });
    assert!(usual["leases"]["lease"].is_array());
    let lease = &variant["leases"]["lease"];
    assert_eq!(lease["id"], "410001");
    assert!(lease["leaseIntervals"]["leaseInterval"].is_object());
    assert!(lease["customers"]["customer"].is_array(), "there are four");
}

#[test]
fn entrata_empty_lists_stand_where_a_sentence_was() {
    let (usual, variant) = both("entrata_empty_lists", |api| {
        leases(api, json!({"propertyId": "100234", "leaseIds": "1"}))
    });
    assert!(usual.as_str().unwrap().starts_with("No records"));
    assert_eq!(variant, json!({"leases": {"lease": []}}));
}

#[test]
fn entrata_iso_dates_are_written_in_leases() {
    let (usual, variant) = both("entrata_iso_dates", |api| {
        one_lease(api)["moveInDate"].clone()
    });
    assert_eq!((usual, variant), (json!("07/01/2025"), json!("2025-07-01")));
}

#[test]
fn entrata_blank_dates_stand_where_none_were() {
    let (usual, variant) = both("entrata_blank_dates", one_lease);
    assert!(usual.get("moveOutDate").is_none());
    assert_eq!(variant["moveOutDate"], "");
    assert_eq!(variant["moveInDate"], usual["moveInDate"]);
}

#[test]
fn entrata_without_attributes_flattens_the_pick_list() {
    let (usual, variant) = both("entrata_without_attributes", |api| {
        let answer = api.entrata("leases", "getLeasePickList", json!({}));
        let result = &answer["response"]["result"];
        result["leaseStatusTypes"]["leaseStatusType"][0].clone()
    });
    assert_eq!(usual["@attributes"]["id"], 1);
    assert_eq!(variant, usual["@attributes"]);
}

#[test]
fn nexudus_lists_omit_what_they_leave_unfilled() {
    for path in [
        "/spaces/coworkers?size=1",
        "/spaces/coworkers?id=[1415900201]",
    ] {
        let (usual, variant) = both("nexudus_lists_omit", |api| {
            let answer = api.nexudus("GET", path, Value::Null).1;
            match answer.get("Records") {
                Some(rows) => rows[0].clone(),
                None => answer[0].clone(),
            }
        });
        assert_eq!(usual["Teams"], Value::Null);
        assert!(usual.get("Teams").is_some() && variant.get("Teams").is_none());
        assert_eq!(usual["FullName"], variant["FullName"]);
    }
}

#[test]
fn nexudus_local_without_suffix_ends_with_the_seconds() {
    let (usual, variant) = both("nexudus_local_without_suffix", |api| {
        api.nexudus("GET", "/spaces/bookings/1418700601", Value::Null)
            .1
    });
    let local = usual["FromTimeLocal"].as_str().unwrap();
    assert_eq!(local.strip_suffix('Z'), variant["FromTimeLocal"].as_str());
    assert_eq!(usual["FromTime"], variant["FromTime"], "true UTC stays");
}

#[test]
fn nexudus_invalid_grant_401_answers_a_wrong_password() {
    let (usual, variant) = both("nexudus_invalid_grant_401", |api| {
        let nexudus = api.sandbox.nexudus();
        let url = format!("{}/token", nexudus.base_url());
        let form = "grant_type=password&username=x&password=y".to_owned();
        raw(api, "POST", url, &[FORM], form)
    });
    assert_eq!((usual.0, variant.0), (400, 401));
    assert!(variant.2.contains("invalid_grant"));
}

#[test]
fn nexudus_dir_1_ascending_sorts_upwards() {
    let (usual, variant) = both("nexudus_dir_1_ascending", |api| {
        ["1", "0"].map(|dir| {
            let path = format!("/spaces/coworkers?orderBy=Id&dir={dir}");
            let answer = api.nexudus("GET", &path, Value::Null).1;
            let rows = answer["Records"].as_array().unwrap();
            let ids: Vec<i64> = rows.iter().map(|r| r["Id"].as_i64().unwrap()).collect();
            ids
        })
    });
    let [down, up] = &usual;
    assert!(up.is_sorted() && down.iter().rev().is_sorted());
    assert_eq!(variant, [up.clone(), down.clone()]);
}

/// The sixteen tests above are as many as there are names.
#[test]
fn every_variant_has_a_test_of_its_name() {
    let source = include_str!("mod.rs");
    for name in Variants::names() {
        let test = format!("fn {name}_");
        assert_eq!(source.matches(&test).count(), 1, "{name}");
    }
}
