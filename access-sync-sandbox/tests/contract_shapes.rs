//! Every answer has the keys of a sample: all that the sample has but for what the test names as
//! left out, and none that it does not have but for what the test names as more.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    missing_docs
)]

mod common;

use std::collections::BTreeSet;

use access_sync_sandbox::brivo::NewUser;
use access_sync_sandbox::{Fault, FaultKind, Sandbox, Service};
use common::{brivo, entrata, gateway, lively, nexudus, nexudus_call, read, token_call};
use serde_json::{Value, json};

fn sample(path: &str) -> Value {
    let file = format!("{}/tests/samples/{path}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

/// All keys as paths; the rows of a list count together.
fn keys(value: &Value) -> BTreeSet<String> {
    fn walk(value: &Value, at: &str, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(object) => {
                for (key, value) in object {
                    let at = format!("{at}/{key}");
                    walk(value, &at, found);
                    found.insert(at);
                }
            }
            Value::Array(rows) => rows.iter().for_each(|row| walk(row, at, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    walk(value, "", &mut found);
    found
}

/// `left_out` and `more` are prefixes of key paths; each must be of use.
fn same_keys(what: &str, served: &Value, sample: &Value, left_out: &[&str], more: &[&str]) {
    let (served, sample) = (keys(served), keys(sample));
    let beyond = |one: &BTreeSet<String>, other: &BTreeSet<String>, allowed: &[&str]| {
        let difference: Vec<String> = one.difference(other).cloned().collect();
        for prefix in allowed {
            assert!(
                difference.iter().any(|key| key.starts_with(prefix)),
                "{what}: {prefix} is no difference"
            );
        }
        let open = difference.into_iter();
        open.filter(|key| !allowed.iter().any(|prefix| key.starts_with(prefix)))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        beyond(&sample, &served, left_out),
        [""; 0],
        "{what}: missing"
    );
    assert_eq!(beyond(&served, &sample, more), [""; 0], "{what}: invented");
}

#[tokio::test]
async fn brivo_tokens_and_errors() {
    let sandbox = lively().await;
    let credentials = sandbox.brivo().credentials();
    let form = |password: &'static str| {
        [
            ("grant_type", "password".to_owned()),
            ("username", credentials.username.clone()),
            ("password", password.to_owned()),
        ]
    };
    let call = async |password: &'static str| {
        let form = form(password);
        let form: Vec<(&str, &str)> = form.iter().map(|(k, v)| (*k, v.as_str())).collect();
        read(token_call(&sandbox, &form).send().await.unwrap())
            .await
            .1
    };
    let wrong = call("wrong").await;
    same_keys(
        "grant",
        &wrong,
        &sample("brivo/error_auth_invalid_grant"),
        &[],
        &[],
    );
    let api = brivo(&sandbox).await;
    let good: Vec<(&str, &str)> = vec![
        ("grant_type", "refresh_token"),
        ("refresh_token", &api.refresh),
    ];
    let good = read(token_call(&sandbox, &good).send().await.unwrap())
        .await
        .1;
    same_keys("token", &good, &sample("brivo/token_response"), &[], &[]);

    let missing = api.get("/users/1").await.1;
    same_keys("404", &missing, &sample("brivo/error_api_404"), &[], &[]);
    sandbox.brivo().set_group_multifamily(880_101, true);
    let (_, precondition) = api.call("DELETE", "/groups/880101", Value::Null).await;
    assert_eq!(precondition, sample("brivo/error_group_delete_412"));
    sandbox.advance(chrono::TimeDelta::minutes(6));
    let expired = api.get("/users").await.1;
    assert_eq!(expired, sample("brivo/error_api_invalid_token"));
}

#[tokio::test]
async fn brivo_gateway_answers_byte_by_byte() {
    let sandbox = lively().await;
    let mut api = brivo(&sandbox).await;
    let kind = FaultKind::Throttled {
        retry_after_secs: 1,
    };
    sandbox.inject(Fault::new(Service::Brivo, kind));
    let throttled = api
        .request(reqwest::Method::GET, "/users")
        .send()
        .await
        .unwrap();
    let unmapped = api
        .request(reqwest::Method::GET, "/nothing")
        .send()
        .await
        .unwrap();
    api.key = "wrong".to_owned();
    let inactive = api
        .request(reqwest::Method::GET, "/users")
        .send()
        .await
        .unwrap();
    for (response, file) in [
        (throttled, "generic_mashery_over_qps"),
        (unmapped, "generic_mashery_596"),
        (inactive, "generic_mashery_developer_inactive"),
    ] {
        let sample = sample(&format!("brivo/{file}"));
        assert_eq!(response.status().as_u16(), sample["status"], "{file}");
        for (name, value) in sample["headers"].as_object().unwrap() {
            assert_eq!(
                response.headers()[name.as_str()],
                value.as_str().unwrap(),
                "{file}"
            );
        }
        assert_eq!(response.text().await.unwrap(), sample["body"], "{file}");
    }
}

#[tokio::test]
async fn brivo_records() {
    let sandbox = lively().await;
    let api = brivo(&sandbox).await;
    let body = json!({
        "firstName": "Marisol", "middleName": "T", "lastName": "Okafor", "externalId": "x:1",
        "pin": "73951", "effectiveFrom": "2026-03-01T15:00:00Z", "effectiveTo": "2027-02-28T21:00:00Z",
        "emails": [{"address": "m@example.com", "type": "Home"}],
        "phoneNumbers": [{"number": "+1-555-0142", "type": "Mobile"}],
    });
    let (_, made) = api.call("POST", "/users", body).await;
    let user = format!("/users/{}", made["id"]);
    let full = sample("brivo/user");
    same_keys(
        "create",
        &made,
        &full,
        &["/userImage", "/customFields"],
        &[],
    );
    let field = format!("{user}/custom-fields/3301");
    api.call("PUT", &field, json!({"value": "B-214"})).await;
    api.call(
        "POST",
        &format!("{user}/groups"),
        json!({"addGroups": [880_101, 880_001]}),
    )
    .await;
    let group = json!({"name": "Group with all", "antipassbackResetTime": "60"});
    api.call("PUT", "/groups/880102", group).await;

    for (path, file, left_out) in [
        (user.clone(), "user", &["/userImage"][..]),
        (format!("{user}/groups"), "user_groups", &[]),
        (format!("{user}/suspended"), "user_suspended", &[]),
        (format!("{user}/custom-fields"), "user_custom_fields", &[]),
        // Only the PIN is kept, which has no reference and no fields.
        (
            format!("{user}/credentials"),
            "user_credentials",
            &["/data/referenceId", "/data/fieldValues/"],
        ),
        ("/users".to_owned(), "user_list", &[]),
        ("/groups/880102".to_owned(), "group", &[]),
        ("/groups/880101/users".to_owned(), "group_users", &[]),
        ("/sites".to_owned(), "site_list", &[]),
        ("/sites/30118".to_owned(), "site", &[]),
        ("/access-points".to_owned(), "access_point_list", &[]),
        (
            "/administrators/whoami".to_owned(),
            "administrator_whoami",
            &[],
        ),
    ] {
        let (status, served) = api.get(&path).await;
        assert_eq!(status, 200, "{path}");
        same_keys(
            &path,
            &served,
            &sample(&format!("brivo/{file}")),
            left_out,
            &[],
        );
    }
    sandbox.brivo().add_user(NewUser::default());
    let (_, bare) = api.get("/users?filter=user_status__eq:unaffiliated").await;
    assert!(keys(&bare).is_subset(&keys(&sample("brivo/user_list"))));
    assert!(
        !bare.to_string().contains("null"),
        "empty values are left out"
    );
}

async fn entrata_result(sandbox: &Sandbox, service: &str, method: &str, params: Value) -> Value {
    let answer = entrata(sandbox, service, method, params).await;
    assert!(answer["response"]["result"].is_object(), "{method}");
    answer
}

#[tokio::test]
async fn entrata_properties_units_and_lists() {
    let sandbox = lively().await;
    sandbox.entrata().upsert_property({
        let mut child = access_sync_sandbox::entrata::Property::new(100_237, "Harbor Point Annex");
        child.parent_id = Some(100_234);
        child
    });
    let status = entrata_result(&sandbox, "status", "getStatus", json!({})).await;
    assert_eq!(status, sample("entrata/02-getStatus.response"));
    let property = "/response/result/PhysicalProperty/Property";
    let at = |rest: &str| format!("{property}/{rest}");
    let served = entrata_result(&sandbox, "properties", "getProperties", json!({})).await;
    same_keys(
        "getProperties",
        &served,
        &sample("entrata/04-getProperties.response"),
        &[
            &at("Phone"),
            &at("CustomKeysData"),
            &at("LeaseTerms/LeaseTerm/LeaseStartWindows"),
        ],
        &[],
    );
    let served = entrata_result(
        &sandbox,
        "propertyunits",
        "getPropertyUnits",
        json!({"propertyIds": "100234"}),
    )
    .await;
    let space = "/response/result/properties/property/units/unit/unitSpaces/unitSpace";
    let at = |rest: &str| format!("{space}/{rest}");
    same_keys(
        "getPropertyUnits",
        &served,
        &sample("entrata/07-getPropertyUnits.response"),
        &[
            &at("rent/termRent"),
            &at("minDeposit"),
            &at("maxDeposit"),
            &at("exclusionReason"),
            &at("makeReadyDate"),
        ],
        &[],
    );
    let served = entrata_result(&sandbox, "leases", "getLeasePickList", json!({})).await;
    assert_eq!(served, sample("entrata/23-getLeasePickList.response"));
    let served = entrata_result(&sandbox, "appinfo", "getAccessibleServices", json!({})).await;
    same_keys(
        "services",
        &served,
        &sample("entrata/38-getAccessibleServices.response"),
        &[],
        &[],
    );
}

/// Two lists of leases as one answer.
fn merged(one: Value, two: &Value) -> Value {
    let mut all = one;
    let rows = two["response"]["result"]["leases"]["lease"]
        .as_array()
        .unwrap();
    let list = all["response"]["result"]["leases"]["lease"]
        .as_array_mut()
        .unwrap();
    list.extend(rows.iter().cloned());
    all
}

#[tokio::test]
async fn entrata_leases() {
    let sandbox = lively().await;
    let params = json!({"propertyId": 100_234, "leaseStatusTypeIds": "1,2,3,4,5,6", "includeLeaseHistory": "1"});
    let served = entrata_result(&sandbox, "leases", "getLeases r2", params.clone()).await;
    let mut known = sample("entrata/10-getLeases-r2.response");
    for file in [
        "13-getLeases-renewal-interval",
        "14-getLeases-transfer-pair",
    ] {
        known = merged(known, &sample(&format!("entrata/{file}.response")));
    }
    let lease = "/response/result/leases/lease";
    let at = |rest: &str| format!("{lease}/{rest}");
    same_keys(
        "getLeases r2",
        &served,
        &known,
        &[&at("scheduledCharges"), &at("leaseType")],
        &[],
    );
    let served = entrata_result(&sandbox, "leases", "getLeases r1", params).await;
    same_keys(
        "getLeases r1",
        &served,
        &sample("entrata/15-getLeases-r1.response"),
        &[],
        &[
            &at("moveOutDate"),
            &at("noticeDate"),
            &at("customers/customer/moveOutDate"),
        ],
    );
}

#[tokio::test]
async fn entrata_errors() {
    let sandbox = lively().await;
    let answer = async |service: &str, method: &str, params: Value| {
        read(gateway(&sandbox, service, method, params).await)
            .await
            .1
    };
    let request_id = &["/response/requestId"][..];
    let unknown = answer("leases", "getMoveout", json!({})).await;
    same_keys(
        "400",
        &unknown,
        &sample("entrata/20b-error-400-unknown-method.response"),
        &[],
        request_id,
    );
    assert_eq!(
        unknown["response"]["error"]["message"],
        "Method name not found."
    );
    let denied = answer("leases", "getLeases r2", json!({"propertyId": 100_236})).await;
    same_keys(
        "301",
        &denied,
        &sample("entrata/19-error-301-property-permission.response"),
        &[],
        request_id,
    );
    let kind = FaultKind::Throttled {
        retry_after_secs: 23,
    };
    sandbox.inject(Fault::new(Service::Entrata, kind));
    let throttled = answer("leases", "getLeases r2", json!({})).await;
    assert_eq!(throttled, sample("entrata/21-rate-limited.response"));
    sandbox.inject(Fault::new(
        Service::Entrata,
        FaultKind::InBandError { code: 113 },
    ));
    let login = answer("leases", "getLeases r2", json!({})).await;
    assert_eq!(login, sample("entrata/18-error-113-bad-login.response"));
}

#[tokio::test]
async fn nexudus_single_records() {
    let sandbox = lively().await;
    for (path, file, more) in [
        (
            "/spaces/bookings/1418700601",
            "05_booking_by_id_with_visitors",
            &[][..],
        ),
        ("/spaces/coworkers/1415900201", "09_coworker_by_id", &[]),
        ("/spaces/teams/1417700401", "11_team_by_id", &[]),
        // Named by the documentation's prose, not in its sample.
        (
            "/spaces/resources/1414925101",
            "12_resource_by_id",
            &["/LinkedResourceIds"],
        ),
        (
            "/billing/coworkercontracts/1416500512",
            "13_coworkercontract_by_id_office",
            &[],
        ),
        (
            "/sys/floorplandesks/1416300301",
            "16_floorplandesk_by_id",
            &[],
        ),
        ("/billing/timepasses/1416900601", "19_timepass_by_id", &[]),
        ("/spaces/visitors/1419800801", "20_visitor_by_id", &[]),
        ("/sys/businesses/1420000101", "22_business_by_id", &[]),
        ("/billing/tariffs/1416800501", "26_tariff_by_id", &[]),
    ] {
        let (status, served) = nexudus(&sandbox, path).await;
        assert_eq!(status, 200, "{path}");
        same_keys(
            path,
            &served,
            &sample(&format!("nexudus/{file}")),
            &[],
            more,
        );
    }
}

#[tokio::test]
async fn nexudus_lists_batches_and_envelopes() {
    let sandbox = lively().await;
    for (path, file) in [
        ("/spaces/bookings", "03_bookings_list_page1"),
        ("/spaces/coworkers", "10_coworkers_list"),
        ("/billing/coworkertimepasses", "18_coworkertimepasses_list"),
        ("/spaces/bookingvisitors", "21_bookingvisitors_list"),
        (
            "/spaces/bookings?id=[1418700601,1418700602]",
            "07_bookings_batch_array",
        ),
    ] {
        let (status, served) = nexudus(&sandbox, path).await;
        assert_eq!(status, 200, "{path}");
        same_keys(path, &served, &sample(&format!("nexudus/{file}")), &[], &[]);
    }
    let booking = json!({"ResourceId": 1414925101_i64,
        "FromTime": "2026-04-01T10:00:00Z", "ToTime": "2026-04-01T11:00:00Z"});
    let (_, made) = nexudus_call(&sandbox, "POST", "/spaces/bookings", booking).await;
    same_keys(
        "create",
        &made,
        &sample("nexudus/30_create_success"),
        &[],
        &[],
    );
    let (_, bad) = nexudus_call(&sandbox, "POST", "/spaces/bookings", json!({})).await;
    same_keys(
        "invalid",
        &bad,
        &sample("nexudus/32_validation_error_http400"),
        &[],
        &[],
    );
}

/// There is no sample of these; the keys are those that the documentation names.
#[tokio::test]
async fn nexudus_records_known_from_prose() {
    let sandbox = lively().await;
    let booking = keys(&sample("nexudus/03_bookings_list_page1")["Records"]);
    let (_, cancelled) = nexudus(&sandbox, "/spaces/cancelledbookings").await;
    let cancelled = keys(&cancelled["Records"]);
    let more: Vec<&String> = cancelled.difference(&booking).collect();
    assert_eq!(
        more,
        [
            "/CancellationReason",
            "/CancellationReasonDetails",
            "/CancelledBy",
            "/CancelledOn",
            "/MaxOccupancy",
            "/OriginalBookingId",
            "/Price",
        ]
    );
    assert_eq!(booking.difference(&cancelled).count(), 0);
    let (_, paused) = nexudus(&sandbox, "/billing/contractpausedperiods").await;
    let paused = keys(&paused["Records"]);
    for key in [
        "CoworkerContractId",
        "CoworkerContractQuantity",
        "CoworkerContractFloorPlanDeskIds",
        "CoworkerContractFloorPlanDeskNames",
        "CoworkerContractTariffName",
        "CoworkerContractCoworkerId",
        "CoworkerContractCoworkerFullName",
        "CoworkerContractCoworkerBillingName",
        "Notes",
        "PauseFrom",
        "PauseUntil",
        "PauseFromLocal",
        "PauseUntilLocal",
    ] {
        assert!(paused.contains(&format!("/{key}")), "{key}");
    }
}
