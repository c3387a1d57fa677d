//! Nexudus written to, and the webhooks that both services send.

use access_sync_sandbox::nexudus::Booking;
use access_sync_sandbox::{Faults, Sandbox, Variants, WebhookFaults, World};
use chrono::TimeDelta;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::common::Inside;

const BUSINESS: i64 = 1_420_000_101;

fn hook(api: &Inside, action: i64, url: &str) -> i64 {
    let body = json!({"BusinessId": BUSINESS, "Name": format!("hook {action}"), "Action": action, "URL": url, "Active": true});
    let (status, answer) = api.nexudus("POST", "/sys/webhooks", body);
    assert_eq!(status, 200, "{answer}");
    answer["Value"]["Id"].as_i64().unwrap()
}

#[test]
fn every_entity_is_created_read_replaced_and_deleted() {
    let api = Inside::lively();
    let now = "2026-03-12T10:00:00Z";
    let rows = [
        (
            "/spaces/teams",
            json!({"BusinessId": BUSINESS, "Name": "T", "TeamMembers": [1_415_900_201_i64]}),
            "Name",
        ),
        (
            "/spaces/resources",
            json!({"BusinessId": BUSINESS, "Name": "R", "ResourceTypeId": 1_414_984_701_i64}),
            "Name",
        ),
        (
            "/spaces/resourcetypes",
            json!({"BusinessId": BUSINESS, "Name": "K"}),
            "Name",
        ),
        (
            "/spaces/visitors",
            json!({"BusinessId": BUSINESS, "FullName": "V", "Email": "v@example.org", "ExpectedArrival": now}),
            "FullName",
        ),
        (
            "/spaces/bookingvisitors",
            json!({"BookingId": 1_418_700_602_i64, "VisitorId": 1_419_800_801_i64}),
            "",
        ),
        (
            "/billing/coworkercontracts",
            json!({"IssuedById": BUSINESS, "CoworkerId": 1_415_900_220_i64, "TariffId": 1_416_800_501_i64, "BillingDay": 1, "Quantity": 1}),
            "",
        ),
        (
            "/billing/contractpausedperiods",
            json!({"CoworkerContractId": 1_416_500_519_i64, "PauseFrom": now, "PauseUntil": "2026-04-12T10:00:00Z"}),
            "",
        ),
        (
            "/billing/coworkertimepasses",
            json!({"CoworkerId": 1_415_900_220_i64, "BusinessId": BUSINESS, "TimePassId": 1_416_900_601_i64}),
            "",
        ),
        (
            "/billing/timepasses",
            json!({"BusinessId": BUSINESS, "Name": "P"}),
            "Name",
        ),
        (
            "/billing/tariffs",
            json!({"BusinessId": BUSINESS, "Name": "Plan"}),
            "Name",
        ),
        (
            "/billing/timepasstimeslots",
            json!({"TimePassId": 1, "DayOfWeek": 1, "FromTime": "1976-01-01T08:00:00Z", "ToTime": "1976-01-01T18:00:00Z"}),
            "",
        ),
        (
            "/billing/coworkerextraservices",
            json!({"CoworkerId": 1, "BusinessId": BUSINESS, "ExtraServiceId": 1}),
            "",
        ),
        (
            "/billing/extraservices",
            json!({"BusinessId": BUSINESS, "Name": "E"}),
            "Name",
        ),
        (
            "/billing/coworkerinvoices",
            json!({"BusinessId": BUSINESS, "CoworkerId": 1}),
            "",
        ),
        (
            "/sys/floorplandesks",
            json!({"FloorPlanId": 1, "Name": "D"}),
            "Name",
        ),
        (
            "/sys/floorplandeskvariants",
            json!({"FloorPlanDeskId": 1_416_300_301_i64, "Name": "Mondays"}),
            "Name",
        ),
        (
            "/sys/businesstimeslots",
            json!({"BusinessId": BUSINESS, "DayOfWeek": 1, "FromTime": "1976-01-01T08:00:00Z", "ToTime": "1976-01-01T18:00:00Z"}),
            "",
        ),
        (
            "/sys/coworkeraccesscontrolaudits",
            json!({"CoworkerId": 1_415_900_201_i64, "Description": "x"}),
            "",
        ),
        (
            "/sys/webhooks",
            json!({"BusinessId": BUSINESS, "Name": "W", "Action": 61, "URL": "http://127.0.0.1:9/x"}),
            "Name",
        ),
        (
            "/spaces/checkins",
            json!({"BusinessId": BUSINESS, "FromTime": now}),
            "",
        ),
        (
            "/spaces/accesstokens",
            json!({"BusinessId": BUSINESS, "AccessCode": "WIFI"}),
            "AccessCode",
        ),
    ];
    for (path, body, name) in rows {
        let (status, made) = api.nexudus("POST", path, body.clone());
        assert_eq!(
            (status, &made["WasSuccessful"]),
            (200, &json!(true)),
            "{path}: {made}"
        );
        let id = &made["Value"]["Id"];
        let (_, row) = api.nexudus("GET", &format!("{path}/{id}"), Value::Null);
        assert_eq!(&row["Id"], id, "{path}");
        let mut change = body.clone();
        change["Id"] = id.clone();
        if !name.is_empty() {
            assert_eq!(row[name], body[name], "{path}");
            change[name] = json!("Changed");
        }
        let (status, answer) = api.nexudus("PUT", path, change);
        assert_eq!(
            (status, &answer["WasSuccessful"]),
            (200, &json!(true)),
            "{path}: {answer}"
        );
        let (_, row) = api.nexudus("GET", &format!("{path}/{id}"), Value::Null);
        if !name.is_empty() {
            assert_eq!(row[name], "Changed", "{path}");
        }
        let missing = api.nexudus("POST", path, json!({}));
        assert_eq!(
            (missing.0, &missing.1["WasSuccessful"]),
            (400, &json!(false)),
            "{path}"
        );
        let (_, listed) = api.nexudus("GET", &format!("{path}?size=1000"), Value::Null);
        assert!(
            listed["Records"]
                .as_array()
                .unwrap()
                .iter()
                .any(|r| &r["Id"] == id),
            "{path}"
        );
        assert_eq!(
            api.nexudus("DELETE", &format!("{path}/{id}"), Value::Null)
                .0,
            200,
            "{path}"
        );
        assert_eq!(
            api.nexudus("GET", &format!("{path}/{id}"), Value::Null).0,
            404,
            "{path}"
        );
    }
    assert_eq!(
        api.nexudus("DELETE", "/spaces/coworkers/1415900201", Value::Null)
            .0,
        405
    );
    assert_eq!(
        api.nexudus("POST", "/sys/businesses", json!({"Name": "x"}))
            .0,
        405
    );
}

#[test]
fn commands_and_enums_are_found_at_run_time() {
    let api = Inside::lively();
    let (_, commands) = api.nexudus("GET", "/spaces/bookings/commands", Value::Null);
    assert_eq!(commands[0]["Key"], "CONFIRM_BOOKING");
    let run = json!({"Key": "CONFIRM_BOOKING", "Ids": [1_418_700_607_i64], "Parameters": []});
    let (_, answer) = api.nexudus("POST", "/spaces/bookings/runcommand", run);
    assert_eq!(answer["WasSuccessful"], true);
    assert!(
        !api.sandbox
            .nexudus()
            .booking(1_418_700_607)
            .unwrap()
            .tentative
    );
    let none = json!({"Key": "CONFIRM_BOOKING", "Ids": []});
    let (status, answer) = api.nexudus("POST", "/spaces/bookings/runcommand", none);
    assert_eq!((status, &answer["WasSuccessful"]), (200, &json!(false)));
    let (_, actions) = api.nexudus("GET", "/utils/enums?name=eWebhookAction", Value::Null);
    assert!(
        actions
            .as_array()
            .unwrap()
            .contains(&json!({"Id": 61, "Name": "AccessControlUpdate"}))
    );
    assert_eq!(
        api.nexudus("GET", "/utils/enums?name=eNothing", Value::Null)
            .0,
        404
    );
}

#[test]
fn a_booking_sends_its_action_and_its_deletion_an_access_update() {
    let api = Inside::lively();
    for action in [6, 7, 8, 61] {
        hook(&api, action, &format!("http://127.0.0.1:9/{action}"));
    }
    let body = json!({"ResourceId": 1_414_925_102_i64, "CoworkerId": 1_415_900_213_i64,
        "FromTime": "2026-03-20T17:00:00Z", "ToTime": "2026-03-20T18:00:00Z"});
    let (_, made) = api.nexudus("POST", "/spaces/bookings", body);
    let id = made["Value"]["Id"].as_i64().unwrap();
    api.sandbox
        .nexudus()
        .edit_booking(id, |b| b.to = "2026-03-20T19:00:00Z".parse().unwrap());
    // A quarter of an hour before the start, and after the end.
    api.sandbox.set_now("2026-03-20T16:45:00Z".parse().unwrap());
    api.sandbox.set_now("2026-03-20T19:15:00Z".parse().unwrap());
    let sent: Vec<(String, Value)> = api
        .sandbox
        .take_webhooks()
        .into_iter()
        .map(|d| {
            (
                d.url.rsplit('/').next().unwrap().to_owned(),
                serde_json::from_str(&d.body).unwrap(),
            )
        })
        .collect();
    let ours: Vec<&str> = sent
        .iter()
        .filter(|(_, body)| body[0]["Id"] == id || body[0]["Id"] == 1_415_900_213_i64)
        .map(|(action, _)| action.as_str())
        .collect();
    // The first update is of the same person's other booking, which has come and gone meanwhile.
    assert_eq!(ours, ["6", "7", "61", "61", "61"]);
    assert_eq!(sent[0].1.as_array().unwrap().len(), 1, "an array of one");
    api.sandbox.nexudus().cancel_booking(id);
    let last: Vec<String> = api
        .sandbox
        .take_webhooks()
        .into_iter()
        .map(|d| d.url)
        .collect();
    assert_eq!(last, ["http://127.0.0.1:9/8", "http://127.0.0.1:9/61"]);
}

#[test]
fn signatures_are_upper_case_hex_over_what_ascii_leaves() {
    use hmac::{Hmac, Mac};
    let api = Inside::lively();
    let nexudus = api.sandbox.nexudus();
    nexudus.set_webhook_secret(Some("sample-shared-secret"));
    hook(&api, 2, "http://127.0.0.1:9/coworker");
    let digest = |body: &[u8]| {
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(b"sample-shared-secret").unwrap();
        mac.update(body);
        let digest = mac.finalize().into_bytes();
        digest
            .iter()
            .map(|b| format!("{b:02X}"))
            .collect::<String>()
    };
    let change = || {
        nexudus.edit_coworker(1_415_900_213, |c| {
            c.access_pincode = Some("04821".to_owned())
        });
        let mut all = api.sandbox.take_webhooks();
        assert_eq!(all.len(), 1);
        all.remove(0)
    };
    let sent = change();
    assert!(sent.body.contains("Ana Núñez"));
    let ascii: String = sent
        .body
        .chars()
        .map(|c| if c.is_ascii() { c } else { '?' })
        .collect();
    let header = |d: &access_sync_sandbox::Delivery| d.headers[0].clone();
    assert_eq!(
        header(&sent),
        (
            "X-Nexudus-Hook-Signature".to_owned(),
            digest(ascii.as_bytes())
        )
    );
    nexudus.set_webhook_signs_raw_bytes(true);
    let sent = change();
    assert_eq!(header(&sent).1, digest(sent.body.as_bytes()));
    nexudus.set_webhook_secret(None);
    assert!(change().headers.is_empty());
}

#[test]
fn brivo_posts_events_to_those_who_subscribed_for_them() {
    let api = Inside::lively();
    let brivo = api.sandbox.brivo();
    let subscribe = |name: &str, criteria: Value| {
        let body = json!({"name": name, "url": format!("http://127.0.0.1:9/{name}"), "errorEmail": "ops@example.com", "criteria": criteria});
        let (status, made) = api.brivo("POST", "/event-subscriptions", body);
        assert_eq!(status, 200, "{made}");
        assert!(made["encryptedSecretWord"].is_string());
        made["id"].clone()
    };
    let site =
        |n: i64| json!({"criteriaType": "SITE", "criteriaOperationType": "EQ", "criteriaValue": n});
    let all = subscribe("all", json!([]));
    subscribe("harbor", json!([site(30118)]));
    subscribe("never", json!([site(30118), site(30119)]));
    subscribe(
        "audits",
        json!([{"criteriaType": "AUDIT", "criteriaOperationType": "EQ", "criteriaValue": 1}]),
    );
    let paula = brivo.user_by_external_id("staff:0007").unwrap().id;
    assert!(brivo.try_door(paula, "Harbor Point Lobby"));
    assert!(brivo.try_door(paula, "Quarry Lofts Entrance"));
    api.brivo("POST", "/groups", json!({"name": "New"}));
    let sent = api.sandbox.take_webhooks();
    let to: Vec<&str> = sent
        .iter()
        .map(|d| d.url.rsplit('/').next().unwrap())
        .collect();
    assert_eq!(to, ["all", "harbor", "all", "audits"]);
    let event: Value = serde_json::from_str(&sent[0].body).unwrap();
    assert_eq!(event["securityAction"]["securityActionId"], 2004);
    assert_eq!(
        api.brivo(
            "DELETE",
            &format!("/event-subscriptions/{all}"),
            Value::Null
        )
        .0,
        204
    );
    assert_eq!(api.get("/event-subscriptions")["count"], 3);
    let bad = json!({"name": "x", "url": "ftp://x", "errorEmail": "x"});
    assert_eq!(api.brivo("POST", "/event-subscriptions", bad).0, 400);
}

#[test]
fn webhooks_get_lost_come_twice_and_overtake_each_other_by_a_seed() {
    let run = |faults: WebhookFaults| {
        let sandbox = Sandbox::builder().world(World::lively(7)).unlistened();
        let api = Inside::new(sandbox);
        api.sandbox.set_webhook_faults(faults);
        hook(&api, 6, "http://127.0.0.1:9/6");
        for n in 0..200 {
            let from = api.sandbox.now() + TimeDelta::hours(n + 1);
            let booking = Booking::new(1_414_925_104, None, from, from + TimeDelta::hours(1));
            api.sandbox.nexudus().add_booking(booking);
        }
        let sent = api.sandbox.take_webhooks();
        sent.iter()
            .map(|d| {
                serde_json::from_str::<Value>(&d.body).unwrap()[0]["Id"]
                    .as_i64()
                    .unwrap()
            })
            .collect::<Vec<i64>>()
    };
    let fine = run(WebhookFaults::default());
    assert_eq!(fine.len(), 200);
    assert!(fine.is_sorted());
    let lost = run(WebhookFaults::new(1, 0.2, 0.0, 0.0));
    assert!((140..=180).contains(&lost.len()), "{}", lost.len());
    let twice = run(WebhookFaults::new(1, 0.0, 0.2, 0.0));
    assert!((220..=260).contains(&twice.len()), "{}", twice.len());
    let mixed = run(WebhookFaults::new(1, 0.0, 0.0, 0.2));
    assert!(!mixed.is_sorted());
    // The same by a script, which reads what it writes.
    let line = "webhooks 1 lost 0.2 reordered 0.1";
    let sandbox = Sandbox::builder().faults(Faults::script(line).unwrap());
    let sandbox = sandbox.unlistened();
    assert_eq!(sandbox.faults(), [line]);
    sandbox.clear_faults();
    assert!(sandbox.faults().is_empty());
    for (line, part) in [
        ("webhooks x", "whole number"),
        ("webhooks 1 lost", "missing at the end"),
        ("webhooks 1 lost 2", "no rate"),
        ("webhooks 1 eaten 0.1", "lost, duplicated or reordered"),
    ] {
        let error = Faults::script(line).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
    assert_eq!(mixed.len(), 200);
    assert_eq!(mixed, run(WebhookFaults::new(1, 0.0, 0.0, 0.2)));
}

#[tokio::test]
async fn a_receiver_gets_the_post_and_failures_turn_a_hook_off() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let sandbox = Sandbox::builder()
        .world(World::lively(7))
        .start()
        .await
        .unwrap();
    let nexudus = sandbox.nexudus();
    let credentials = nexudus.credentials();
    let client = crate::common::http();
    let body =
        json!({"BusinessId": BUSINESS, "Name": "h", "Action": 2, "URL": url, "Active": true});
    let made: Value = client
        .post(format!("{}/sys/webhooks", nexudus.base_url()))
        .basic_auth(&credentials.email, Some(&credentials.password))
        .json(&body)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    for n in 0..25 {
        nexudus.edit_coworker(1_415_900_213, |c| {
            c.access_pincode = Some(format!("{n:05}"))
        });
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut text = String::new();
        let mut buffer = [0_u8; 4096];
        while !text.contains("\"ToStringText\"") {
            let read = stream.read(&mut buffer).await.unwrap();
            text.push_str(&String::from_utf8_lossy(&buffer[..read]));
            assert!(read > 0);
        }
        assert!(text.starts_with("POST /hook HTTP/1.1\r\n"), "{text:.40}");
        assert!(text.contains("X-Nexudus-Hook-Signature: "));
        stream
            .write_all(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
            .await
            .unwrap();
    }
    let path = format!(
        "{}/sys/webhooks/{}",
        nexudus.base_url(),
        made["Value"]["Id"]
    );
    let row = loop {
        let row: Value = client
            .get(&path)
            .basic_auth(&credentials.email, Some(&credentials.password))
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        if row["ErrorCount"] == 25 {
            break row;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(row["Active"], false);
    assert!(row["LastError"].as_str().unwrap().contains("502"));
    sandbox.shutdown().await;
}

#[test]
fn lists_omit_and_local_times_drop_their_suffix_where_the_variant_says_so() {
    let api = Inside::lively();
    let row = |api: &Inside| {
        api.nexudus("GET", "/spaces/bookings?size=1", Value::Null).1["Records"][0].clone()
    };
    let plain = row(&api);
    assert!(plain["BookingVisitors"].is_null() && plain.get("BookingVisitors").is_some());
    assert!(plain["FromTimeLocal"].as_str().unwrap().ends_with('Z'));
    let mut variants = Variants::default();
    variants.nexudus_lists_omit = true;
    variants.nexudus_local_without_suffix = true;
    api.sandbox.set_variants(variants);
    let bare = row(&api);
    assert!(bare.get("BookingVisitors").is_none());
    assert!(!bare["FromTimeLocal"].as_str().unwrap().ends_with('Z'));
}
