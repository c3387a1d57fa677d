//! The reads beside getLeases, permissions by method, and the spellings that can be chosen.

use access_sync_sandbox::Variants;
use serde_json::{Value, json};

use crate::common::Inside;

fn result(api: &Inside, service: &str, method: &str, params: Value) -> Value {
    api.entrata(service, method, params)["response"]["result"].clone()
}

#[test]
fn details_come_as_one_object_or_as_many_with_money_and_dates_as_text() {
    let api = Inside::lively();
    let one = json!({"propertyId": "100234", "leaseId": "410001"});
    let lease = result(&api, "leases", "getLeaseDetails r2", one)["leases"]["lease"].clone();
    assert_eq!(lease["leaseId"], "410001");
    let charge = &lease["scheduledCharges"]["recurringCharge"][0];
    assert_eq!(
        (&charge["amount"], &charge["endDate"]),
        (&json!("$1,450.00"), &json!("12/31/1969"))
    );
    let all = result(
        &api,
        "leases?per_page=10",
        "getLeaseDetails r2",
        json!({"propertyId": "100234"}),
    );
    assert_eq!(all["leases"]["lease"].as_array().unwrap().len(), 10);
    let wrong = json!({"propertyId": "100235", "leaseId": "410001"});
    assert!(result(&api, "leases", "getLeaseDetails", wrong).is_string());
}

#[test]
fn customers_are_people_with_their_leases_in_both_shapes() {
    let api = Inside::lively();
    let params = json!({"propertyId": "100234", "leaseStatusTypeIds": "3,4,5"});
    let people = result(&api, "customers", "getCustomers", params)["Customers"]["Customer"].clone();
    let people = people.as_array().unwrap();
    let ids = |p: &&Value| p["LeaseId"].clone();
    assert!(people.iter().map(|p| ids(&p)).any(|l| l.is_object()));
    assert!(
        people
            .iter()
            .map(|p| ids(&p))
            .any(|l| l.as_array().is_some_and(|l| l.len() == 2))
    );
    let some = json!({"propertyId": "100234", "customerIds": "610001"});
    let found = result(&api, "customers", "getCustomers", some);
    assert_eq!(found["Customers"]["Customer"].as_array().unwrap().len(), 1);
}

#[test]
fn activities_expiring_leases_availability_and_reservations_agree_with_the_leases() {
    let api = Inside::lively();
    let leases = api.sandbox.entrata().leases();
    let renewed = leases
        .iter()
        .find(|l| l.sub_status.as_deref() == Some("Renewed"))
        .unwrap();
    let params =
        json!({"propertyId": "100234", "leaseId": renewed.id.to_string(), "eventTypeIds": "26,63"});
    let events = result(&api, "leases", "getLeaseActivities", params)["events"].clone();
    let kinds: Vec<i64> = events
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["typeId"].as_i64().unwrap())
        .collect();
    assert_eq!(kinds, [63, 26]);
    let params = json!({"propertyId": "100234", "fromDate": "03/10/2026", "toDate": "04/30/2026"});
    let expiring = result(&api, "leases", "getExpiringLeases", params)["Leases"]["Lease"].clone();
    for row in expiring.as_array().unwrap() {
        assert!(["Current", "Notice"].contains(&row["LeaseStatus"].as_str().unwrap()));
    }
    let params = json!({"propertyId": "100234"});
    let units = result(
        &api,
        "propertyunits",
        "getUnitsAvailabilityAndPricing",
        params,
    );
    let units = units["ILS_Units"]["Unit"].as_object().unwrap().clone();
    assert_eq!(units.len(), 48);
    assert_eq!(
        units["700508"]["@attributes"]["Status"],
        "Vacant Ready (Available)"
    );
    assert_eq!(units["700103"]["@attributes"]["AvailableOn"], "04/01/2026");
    let params = json!({"propertyId": "100234"});
    let rooms = result(&api, "properties", "getAmenityReservations", params);
    let rows = rooms["amenities"]["amenity"][0]["reservations"]["reservation"]
        .as_array()
        .unwrap()
        .clone();
    assert!(!rows.is_empty());
    assert_eq!(rows[0]["reservationStartTime"], "03:00 PM");
}

#[test]
fn a_permission_can_be_missing_for_one_method() {
    let api = Inside::lively();
    api.sandbox
        .entrata()
        .set_method_denied("getCustomers", true);
    let params = json!({"propertyId": "100234"});
    let answer = api.entrata("customers", "getCustomers", params.clone());
    assert_eq!(answer["response"]["error"]["code"], 311);
    let leases = api.entrata("leases", "getLeases r2", params);
    assert_eq!(leases["response"]["code"], 200);
}

#[test]
fn lists_of_one_collapse_where_the_variant_says_so() {
    let api = Inside::lively();
    let mut variants = Variants::default();
    for name in [
        "entrata_collapsed_arrays",
        "entrata_iso_dates",
        "entrata_empty_lists",
    ] {
        assert!(variants.set(name, true));
    }
    api.sandbox.set_variants(variants);
    let params = json!({"propertyId": "100234", "leaseIds": "410001"});
    let leases = result(&api, "leases", "getLeases r2", params);
    let lease = &leases["leases"]["lease"];
    assert_eq!(lease["id"], "410001");
    assert!(lease["leaseIntervals"]["leaseInterval"].is_object());
    assert_eq!(lease["customers"]["customer"].as_array().unwrap().len(), 4);
    assert_eq!(lease["moveInDate"].as_str().unwrap().len(), 10);
    assert!(lease["moveInDate"].as_str().unwrap().starts_with("20"));
    let none = json!({"propertyId": "100234", "leaseIds": "1"});
    assert_eq!(
        result(&api, "leases", "getLeases r2", none)["leases"]["lease"],
        ""
    );
    variants.set("entrata_collapsed_arrays", false);
    api.sandbox.set_variants(variants);
    let none = json!({"propertyId": "100234", "leaseIds": "1"});
    assert_eq!(
        result(&api, "leases", "getLeases r2", none)["leases"]["lease"],
        json!([])
    );
}

#[test]
fn a_partners_code_buys_a_token_once() {
    let api = Inside::lively();
    let entrata = api.sandbox.entrata();
    let c = entrata.credentials();
    let code = entrata.issue_authorization_code();
    let exchange = || {
        let body = json!({"auth": {"type": "oauth", "code": code, "grant_type": "authorization_code",
            "client_id": c.oauth_client_id, "client_secret": c.oauth_client_secret},
            "requestId": "1", "method": {"name": "getAccessToken", "params": []}});
        let request = http::Request::post(entrata.oauth_url()).body(body.to_string().into());
        api.raw(request.unwrap()).2["response"].clone()
    };
    let token = exchange()["result"]["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(exchange()["error"]["code"], 401);
    let body = json!({"auth": {"type": "oauth"}, "method": {"name": "getStatus", "params": {}}});
    let request = http::Request::post(format!("{}/status", entrata.legacy_url()))
        .header("Authorization", format!("Bearer {token}"))
        .body(body.to_string().into());
    assert_eq!(api.raw(request.unwrap()).2["response"]["code"], 200);
}
