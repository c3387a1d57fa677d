#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    missing_docs
)]

mod common;
mod neighbours;

use access_sync_sandbox::entrata::{Lease, LeaseStatus, PropertyAccess};
use access_sync_sandbox::{Limits, Sandbox, World};
use chrono::TimeDelta;
use common::{entrata, gateway, http, leases, lively, read};
use serde_json::{Value, json};

const HARBOR: i64 = 100_234;

fn error_code(answer: &Value) -> i64 {
    answer["response"]["error"]["code"].as_i64().unwrap()
}

async fn legacy(sandbox: &Sandbox, user: &str, password: &str, body: Value) -> (u16, Value) {
    let request = http()
        .post(format!("{}/status", sandbox.entrata().legacy_url()))
        .basic_auth(user, Some(password))
        .json(&body);
    read(request.send().await.unwrap()).await
}

#[tokio::test]
async fn basic_opens_the_legacy_host_and_a_wrong_pair_is_error_113_in_200() {
    let sandbox = lively().await;
    let credentials = sandbox.entrata().credentials();
    let body = json!({"auth": {"type": "basic"}, "requestId": 15, "method": {"name": "getStatus"}});
    let (_, good) = legacy(
        &sandbox,
        &credentials.username,
        &credentials.password,
        body.clone(),
    )
    .await;
    assert_eq!(good["response"]["code"], 200);
    assert_eq!(good["response"]["requestId"], "15", "comes back as text");
    let (status, bad) = legacy(&sandbox, "a", "b", body).await;
    assert_eq!((status, error_code(&bad)), (200, 113));
}

#[tokio::test]
async fn old_clients_may_put_the_pair_into_the_body() {
    let sandbox = lively().await;
    let credentials = sandbox.entrata().credentials();
    let body = json!({
        "auth": {"type": "basic", "username": credentials.username, "password": credentials.password},
        "request_id": "15",
        "method": {"name": "getStatus", "params": []},
    });
    let request = http().post(format!("{}/status", sandbox.entrata().legacy_url()));
    let (_, answer) = read(request.json(&body).send().await.unwrap()).await;
    assert_eq!(answer["response"]["code"], 200);
    assert!(
        answer["response"].get("requestId").is_none(),
        "it was misspelt"
    );
}

#[tokio::test]
async fn a_wrong_key_is_401_without_the_wrapper_and_a_wrong_org_403() {
    let sandbox = lively().await;
    let body = json!({"method": {"name": "getStatus"}});
    let url = format!("{}/status", sandbox.entrata().gateway_url());
    let wrong_key = http().post(&url).header("x-api-key", "no").json(&body);
    let (status, answer) = read(wrong_key.send().await.unwrap()).await;
    assert_eq!((status, answer), (401, json!({"message": "Unauthorized"})));
    let key = sandbox.entrata().credentials().api_key;
    let wrong_org = http()
        .post(url.replace("lakeshore", "elsewhere"))
        .header("x-api-key", key)
        .json(&body);
    assert_eq!(wrong_org.send().await.unwrap().status(), 403);
}

#[tokio::test]
async fn unknown_methods_versions_and_services_are_told_apart() {
    let sandbox = lively().await;
    let response = gateway(&sandbox, "leases", "getMoveout", json!({})).await;
    let (status, answer) = read(response).await;
    assert_eq!((status, error_code(&answer)), (400, 400));
    let wrong_service = gateway(&sandbox, "properties", "getLeases r2", json!({})).await;
    assert_eq!(wrong_service.status(), 400);
    let wrong_version = gateway(&sandbox, "status", "getStatus r7", json!({})).await;
    assert_eq!(wrong_version.status(), 400);
    let no_service = gateway(&sandbox, "nothing", "getStatus", json!({})).await;
    assert_eq!(no_service.status(), 404);
}

#[tokio::test]
async fn slashes_are_escaped_as_php_does() {
    let sandbox = lively().await;
    let params = json!({"propertyId": HARBOR});
    let response = gateway(&sandbox, "leases", "getLeases r2", params).await;
    let text = response.text().await.unwrap();
    assert!(
        text.contains(r#""moveInDate":"07\/01\/2025""#),
        "lease of unit 101"
    );
    assert!(!text.replace(r"\/", "").contains('/'));
}

#[tokio::test]
async fn properties_that_the_key_may_not_see_are_not_listed_and_answer_301() {
    let sandbox = lively().await;
    let answer = entrata(&sandbox, "properties", "getProperties", json!({})).await;
    let rows = answer["response"]["result"]["PhysicalProperty"]["Property"].clone();
    let ids: Vec<i64> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["PropertyID"].as_i64().unwrap())
        .collect();
    assert_eq!(ids, [HARBOR, 100_235]);
    let response = gateway(
        &sandbox,
        "leases",
        "getLeases r2",
        json!({"propertyId": "100236"}),
    )
    .await;
    let (status, answer) = read(response).await;
    assert_eq!((status, error_code(&answer)), (200, 301));
    let answer = entrata(
        &sandbox,
        "propertyunits",
        "getPropertyUnits",
        json!({"propertyIds": "100234,100236"}),
    )
    .await;
    assert_eq!(error_code(&answer), 301);
}

#[tokio::test]
async fn an_app_that_is_not_enabled_is_311() {
    let sandbox = lively().await;
    sandbox
        .entrata()
        .set_property_access(HARBOR, PropertyAccess::AppNotEnabled);
    let response = gateway(
        &sandbox,
        "leases",
        "getLeases r2",
        json!({"propertyId": HARBOR}),
    )
    .await;
    let (status, answer) = read(response).await;
    assert_eq!((status, error_code(&answer)), (403, 311));
    let credentials = sandbox.entrata().credentials();
    let legacy = http()
        .post(format!("{}/leases", sandbox.entrata().legacy_url()))
        .basic_auth(credentials.username, Some(credentials.password))
        .json(&json!({"method": {"name": "getLeases", "version": "r2",
            "params": {"propertyId": HARBOR}}}));
    let (status, answer) = read(legacy.send().await.unwrap()).await;
    assert_eq!((status, error_code(&answer)), (200, 311));
}

#[tokio::test]
async fn units_have_their_spaces() {
    let sandbox = lively().await;
    let params = json!({"propertyIds": HARBOR.to_string()});
    let answer = entrata(&sandbox, "propertyunits", "getPropertyUnits", params).await;
    let property = &answer["response"]["result"]["properties"]["property"][0];
    assert_eq!(property["unitCount"], 48);
    let units = property["units"]["unit"].as_array().unwrap();
    assert_eq!(units.len(), 48);
    let two = units
        .iter()
        .find(|unit| unit["unitNumber"] == "302")
        .unwrap();
    assert_eq!(two["unitSpaces"]["unitSpace"][1]["unitNumber"], "302-B");
    let missing = gateway(&sandbox, "propertyunits", "getPropertyUnits", json!({})).await;
    assert_eq!(missing.status(), 400);
}

#[tokio::test]
async fn leases_are_current_and_notice_unless_asked_otherwise() {
    let sandbox = lively().await;
    let statuses = |rows: &[Value]| {
        let mut found: Vec<String> = rows
            .iter()
            .map(|row| row["leaseStatusTypeId"].as_str().unwrap().to_owned())
            .collect();
        found.sort();
        found.dedup();
        found
    };
    let rows = leases(&sandbox, "leases", json!({"propertyId": HARBOR})).await;
    assert_eq!(statuses(&rows), ["4", "5"]);
    let all = json!({"propertyId": HARBOR, "leaseStatusTypeIds": "1,2,3,4,5,6"});
    let rows = leases(&sandbox, "leases", all).await;
    assert_eq!(statuses(&rows), ["1", "2", "3", "4", "5", "6"]);
    // Many values are one string; a list is no value, and what is unknown is ignored.
    let listed = json!({"propertyId": HARBOR, "leaseStatusTypeIds": [6], "leaseStatus": "6"});
    assert_eq!(
        statuses(&leases(&sandbox, "leases", listed).await),
        ["4", "5"]
    );
}

#[tokio::test]
async fn filters_by_lease_person_unit_and_dates() {
    let sandbox = lively().await;
    let units = |rows: Vec<Value>| -> Vec<String> {
        let names = rows
            .iter()
            .map(|row| row["unitSpaces"]["unitSpace"][0]["unitSpace"].clone());
        names
            .map(|name| name.as_str().unwrap().to_owned())
            .collect()
    };
    let all = "1,2,3,4,5,6";
    let out = json!({"propertyId": HARBOR, "leaseStatusTypeIds": all,
        "moveOutDateFrom": "03/13/2026", "moveOutDateTo": "03/17/2026"});
    let mut found = units(leases(&sandbox, "leases", out).await);
    found.sort();
    assert_eq!(found, ["202", "206", "301"]);
    let moved_in = json!({"propertyId": HARBOR, "leaseStatusTypeIds": all,
        "moveInDateFrom": "03/08/2026", "moveInDateTo": "03/10/2026"});
    let mut found = units(leases(&sandbox, "leases", moved_in).await);
    found.sort();
    assert_eq!(found, ["306", "308", "404"]);
    let one = json!({"propertyId": HARBOR, "leaseIds": "410001,1"});
    assert_eq!(units(leases(&sandbox, "leases", one).await), ["101"]);
    let unit = json!({"propertyId": HARBOR, "unitNumber": "405"});
    assert_eq!(leases(&sandbox, "leases", unit).await.len(), 1);
    let person = json!({"propertyId": HARBOR, "customerId": 610_003, "leaseStatusTypeIds": all});
    assert_eq!(units(leases(&sandbox, "leases", person).await), ["101"]);
    let iso = json!({"propertyId": HARBOR, "moveInDateFrom": "2026-03-08"});
    assert_eq!(
        gateway(&sandbox, "leases", "getLeases r2", iso)
            .await
            .status(),
        400
    );
}

#[tokio::test]
async fn nothing_found_is_a_plain_string() {
    let sandbox = lively().await;
    let params = json!({"propertyId": HARBOR, "leaseIds": "1"});
    let answer = entrata(&sandbox, "leases", "getLeases r2", params).await;
    assert_eq!(answer["response"]["code"], 200);
    assert_eq!(
        answer["response"]["result"],
        "No records found with mentioned preferences."
    );
}

#[tokio::test]
async fn pages_go_by_the_url_and_tell_total_and_neighbours() {
    let sandbox = lively().await;
    let params = json!({"propertyId": HARBOR, "page_no": 3, "per_page": 1});
    let total = leases(&sandbox, "leases", params.clone()).await.len();
    assert!(total > 30, "paging in the params is ignored");
    let mut seen = Vec::new();
    let mut page = 1;
    loop {
        let service = format!("leases?page_no={page}&per_page=10");
        let response = gateway(&sandbox, &service, "getLeases r2", params.clone()).await;
        assert_eq!(
            response.headers()["x-total-count"],
            total.to_string().as_str()
        );
        let link = response
            .headers()
            .get("link")
            .map(|l| l.to_str().unwrap().to_owned());
        let (_, answer) = read(response).await;
        let Some(rows) = answer["response"]["result"]["leases"]["lease"]
            .as_array()
            .cloned()
        else {
            break;
        };
        seen.extend(
            rows.iter()
                .map(|row| row["id"].as_str().unwrap().to_owned()),
        );
        let next = format!(
            "<{}/leases?page_no={}&per_page=10>; rel=\"next\"",
            sandbox.entrata().gateway_url(),
            page + 1
        );
        assert_eq!(link.unwrap().contains(&next), seen.len() < total);
        page += 1;
    }
    assert_eq!(
        page,
        total.div_ceil(10) + 1,
        "the page after the last one is a string"
    );
    let count = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!((seen.len(), count), (total, total));
}

#[tokio::test]
async fn a_page_has_500_rows_at_most() {
    let sandbox = lively().await;
    for id in 0..600 {
        sandbox
            .entrata()
            .upsert_lease(Lease::new(500_000 + id, 100_235, LeaseStatus::Current));
    }
    let params = json!({"propertyId": 100_235});
    assert_eq!(
        leases(&sandbox, "leases?per_page=1000", params.clone())
            .await
            .len(),
        500
    );
    assert_eq!(leases(&sandbox, "leases", params).await.len(), 100);
}

#[tokio::test]
async fn history_shows_all_terms_and_without_it_only_the_active_one() {
    let sandbox = lively().await;
    let params = |history: &str| json!({"propertyId": HARBOR, "unitNumber": "108", "includeLeaseHistory": history});
    let terms = |rows: Vec<Value>| {
        rows[0]["leaseIntervals"]["leaseInterval"]
            .as_array()
            .unwrap()
            .clone()
    };
    let short = terms(leases(&sandbox, "leases", params("0")).await);
    assert_eq!(
        (short.len(), &short[0]["endDate"]),
        (1, &json!("03/31/2026"))
    );
    let long = terms(leases(&sandbox, "leases", params("1")).await);
    assert_eq!(long.len(), 2);
    assert_eq!(long[0]["leaseIntervalTypeName"], "Renewal");
    assert_eq!(long[0]["startDate"], "04/01/2026");
}

#[tokio::test]
async fn r1_writes_iso_dates_text_ids_and_single_objects() {
    let sandbox = lively().await;
    let params = json!({"propertyId": HARBOR, "unitNumber": "101"});
    let answer = entrata(&sandbox, "leases", "getLeases r1", params).await;
    assert_eq!(answer["response"]["code"], "200");
    let lease = &answer["response"]["result"]["leases"]["lease"][0];
    assert_eq!(lease["moveInDate"], "2025-07-01");
    assert_eq!(
        (&lease["unitNumberSpace"], &lease["unitSpaceId"]),
        (&json!("101"), &json!("800101"))
    );
    assert!(lease["customers"]["customer"][0]["addresses"]["address"].is_object());
    let events = lease["leaseActivities"]["leasesActivity"]
        .as_array()
        .unwrap();
    assert!(
        events
            .iter()
            .any(|event| event["eventType"] == "Actual Move In")
    );

    let params = json!({"propertyId": HARBOR, "eventTypeIds": "63",
        "eventDateFrom": "03/07/2026", "eventDateTo": "03/10/2026"});
    let answer = entrata(&sandbox, "leases", "getLeases r1", params).await;
    let rows = answer["response"]["result"]["leases"]["lease"]
        .as_array()
        .unwrap();
    assert_eq!(rows.len(), 3, "404, 405 and 306");
}

#[tokio::test]
async fn a_status_change_reaches_people_and_term() {
    let sandbox = lively().await;
    let lease = sandbox.entrata().lease(410_001).unwrap();
    assert!(
        sandbox
            .entrata()
            .set_lease_status(lease.id, LeaseStatus::Notice)
    );
    sandbox.entrata().edit_lease(lease.id, |lease| {
        lease.move_out = chrono::NaiveDate::from_ymd_opt(2026, 3, 20);
    });
    let params = json!({"propertyId": HARBOR, "leaseIds": "410001"});
    let row = leases(&sandbox, "leases", params).await.remove(0);
    assert_eq!(row["leaseStatusTypeId"], "5");
    assert_eq!(row["moveOutDate"], "03/20/2026");
    assert_eq!(row["leaseIntervalStatus"], "Notice");
    assert_eq!(
        row["customers"]["customer"][0]["leaseCustomerStatus"],
        "Notice"
    );
    assert!(!sandbox.entrata().set_lease_status(1, LeaseStatus::Past));
}

#[tokio::test]
async fn limits_are_per_method_and_windows_follow_the_clock() {
    let mut limits = Limits::off();
    limits.entrata = true;
    let sandbox = Sandbox::builder()
        .world(World::empty())
        .limits(limits)
        .start()
        .await
        .unwrap();
    for left in (0..6).rev() {
        let response = gateway(&sandbox, "status", "getStatus", json!({})).await;
        let headers = response.headers();
        assert_eq!(headers["x-ratelimit-limit"], "8640/day;360/hour;6/minute");
        let remaining = headers["x-ratelimit-remaining"].to_str().unwrap();
        assert!(
            remaining.ends_with(&format!(";{left}/minute")),
            "{remaining}"
        );
    }
    sandbox.advance(TimeDelta::seconds(37));
    let response = gateway(&sandbox, "status", "getStatus", json!({})).await;
    assert_eq!(response.headers()["x-ratelimit-reset"], "86363;3563;23");
    let (status, answer) = read(response).await;
    assert_eq!((status, error_code(&answer)), (429, 429));
    let other = gateway(&sandbox, "properties", "getProperties", json!({})).await;
    assert_eq!(other.status(), 200);
    sandbox.advance(TimeDelta::seconds(23));
    let response = gateway(&sandbox, "status", "getStatus", json!({})).await;
    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn accessible_services_are_listed_on_the_gateway_only() {
    let sandbox = lively().await;
    let answer = entrata(&sandbox, "appinfo", "getAccessibleServices", json!({})).await;
    let rows = answer["response"]["result"]["services"].as_array().unwrap();
    assert!(
        rows.contains(&json!({"uri": "/ext/orgs/lakeshore/v1/leases", "service": "getLeases"}))
    );
    let credentials = sandbox.entrata().credentials();
    let request = http()
        .post(format!("{}/appinfo", sandbox.entrata().legacy_url()))
        .basic_auth(credentials.username, Some(credentials.password))
        .json(&json!({"method": {"name": "getAccessibleServices"}}));
    assert_eq!(request.send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn a_change_to_a_lease_its_unit_or_its_property_shows_in_the_next_list() {
    let sandbox = lively().await;
    let entrata = sandbox.entrata();
    let lease = || async {
        let params = json!({"propertyId": "100234", "leaseIds": "410001"});
        leases(&sandbox, "leases", params).await.remove(0)
    };
    let before = lease().await;
    assert_eq!(lease().await, before);
    entrata.edit_lease(410_001, |lease| {
        lease.sub_status = Some("Renewed".to_owned())
    });
    assert_eq!(lease().await["leaseSubStatus"], "Renewed");
    let mut property = entrata.properties().remove(0);
    property.name = "Harbor / Point".to_owned();
    entrata.upsert_property(property);
    assert_eq!(lease().await["propertyName"], "Harbor / Point");
    let mut units = entrata.units();
    let mut unit = units.remove(0);
    unit.number = "101-B".to_owned();
    unit.spaces[0].number = "101-B".to_owned();
    entrata.upsert_unit(unit);
    let after = lease().await;
    assert_eq!(after["unitSpaces"]["unitSpace"][0]["unitSpace"], "101-B");
    let street = &after["customers"]["customer"][0]["addresses"]["address"][0]["streetLine"];
    assert!(street.as_str().unwrap().ends_with("101-B"));
}
