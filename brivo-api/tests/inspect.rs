//! Every sample of the vendor through the decoder.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod common;

use brivo_api::ErrorKind;
use brivo_api::inspect::{OPERATIONS, decode};
use common::{sample, sample_value};

#[test]
fn every_sample_is_understood_and_nothing_of_it_is_lost_but_secrets() {
    for (operation, name) in [
        ("users.list", "user_list"),
        ("users.get", "user"),
        ("users.groups", "user_groups"),
        ("users.credentials", "user_credentials"),
        ("users.custom_fields", "user_custom_fields"),
        ("users.suspension", "user_suspended"),
        ("groups.get", "group"),
        ("groups.users", "group_users"),
        ("credentials.get", "credential"),
        ("credentials.formats", "credential_formats"),
        ("credentials.user", "credential_user"),
        ("digital_invitations.get", "digital_invitation"),
        ("digital_invitations.get", "digital_invitation_cancelled"),
        ("digital_invitations.allotment", "digital_allotment"),
        ("digital_invitations.wallet_pass", "wallet_pass_response"),
        ("sites.list", "site_list"),
        ("sites.get", "site"),
        ("access_points.list", "access_point_list"),
        ("events.access", "event_access_list"),
        ("events.count", "event_count"),
        ("event_subscriptions.get", "event_subscription"),
        ("control_panels.list", "control_panel_list"),
        ("accounts.list", "account_list"),
        ("administrators.whoami", "administrator_whoami"),
        ("webhook", "webhook_access_event"),
        ("guests.get", "user"),
    ] {
        let decoded = decode(operation, sample(name).as_bytes())
            .unwrap_or_else(|error| panic!("{operation} {name}: {error}"));
        assert!(decoded.rejected.is_empty(), "{operation}");
        let shown = decoded.value.to_string();
        for secret in [
            "73951",
            "2ed3e13",
            "q7Lm2Zt9",
            "AAAAAAAA",
            "images.example.invalid",
        ] {
            assert!(!shown.contains(secret), "{operation}: {shown}");
        }
        // Every value of the sample is in what was understood, under whatever spelling.
        let mut lost = Vec::new();
        leaves(&sample_value(name), &mut |leaf| {
            let text = leaf
                .as_str()
                .map_or_else(|| leaf.to_string(), str::to_owned);
            let masked = ["73951", "2ed3e13", "q7Lm2Zt9"].contains(&text.as_str())
                || text.starts_with("AAAA")
                || text.starts_with("https://images.");
            let time = text.trim_end_matches('Z').to_owned();
            if !masked && !shown.contains(&text) && !shown.contains(&time) {
                lost.push(text);
            }
        });
        assert!(
            lost.is_empty(),
            "{operation} {name}: {lost:?} not in {shown}"
        );
    }
}

fn leaves(value: &serde_json::Value, visit: &mut impl FnMut(&serde_json::Value)) {
    match value {
        serde_json::Value::Array(rows) => rows.iter().for_each(|row| leaves(row, visit)),
        serde_json::Value::Object(map) => map.values().for_each(|value| leaves(value, visit)),
        leaf => visit(leaf),
    }
}

#[test]
fn answers_about_the_account_are_understood() {
    let account = sample_value("account_list")["data"][0].clone();
    let panel = sample_value("control_panel_list")["data"][0].clone();
    let admin = sample_value("administrator_whoami");
    let page = |row: &serde_json::Value| serde_json::json!({"data": [row], "count": 1});
    let summary = serde_json::json!({"doorCount": 36, "activeUserCount": 58, "panelCount": 23,
        "panelOffline": 21});
    let login = serde_json::json!({"active": "true", "locked": false});
    let firmware = serde_json::json!({"version": "5.0.0", "availableVersions": ["5.0.0"]});
    let setting = serde_json::json!({"id": 2715, "name": "MAX", "value": 10});
    let feature = serde_json::json!({"id": 14, "name": "Premise API", "enabled": true});
    for (operation, body, pointer, value) in [
        ("accounts.get", account.clone(), "/id", 660_210.into()),
        ("accounts.get", page(&account), "/id", 660_210.into()),
        ("accounts.summary", summary, "/panelsOffline", 21.into()),
        (
            "accounts.settings",
            page(&setting),
            "/data/0/value",
            "10".into(),
        ),
        (
            "accounts.features",
            page(&feature),
            "/data/0/enabled",
            true.into(),
        ),
        ("control_panels.get", panel, "/id", 8801.into()),
        (
            "control_panels.firmware",
            firmware,
            "/firmwareVersion",
            "5.0.0".into(),
        ),
        (
            "administrators.get",
            admin.clone(),
            "/id",
            admin["id"].clone(),
        ),
        (
            "administrators.list",
            page(&admin),
            "/data/0/id",
            admin["id"].clone(),
        ),
        ("administrators.login", login, "/active", true.into()),
    ] {
        let decoded = decode(operation, body.to_string().as_bytes());
        let decoded = decoded.unwrap_or_else(|error| panic!("{operation}: {error}"));
        assert_eq!(decoded.value.pointer(pointer), Some(&value), "{operation}");
    }
}

#[test]
fn a_token_is_shown_without_itself() {
    let decoded = decode("token", sample("token_response").as_bytes()).unwrap();
    let shown = decoded.value.to_string();
    assert!(!shown.contains("PLACEHOLDER"), "{shown}");
    assert_eq!(decoded.value["expires_in"], 300);
    assert!(decode("token", b"{}").is_err());
}

#[test]
fn a_whole_bad_answer_is_told_apart() {
    for (document, kind, code) in [
        (
            sample("generic_mashery_over_qps"),
            "Throttled",
            "ERR_403_DEVELOPER_OVER_QPS",
        ),
        (
            sample("generic_mashery_developer_inactive"),
            "Authentication",
            "ERR_403_DEVELOPER_INACTIVE",
        ),
        (
            sample("generic_mashery_596"),
            "Unroutable",
            "ERR_596_SERVICE_NOT_FOUND",
        ),
        (envelope(403, &sample("error_api_403")), "Permission", "403"),
        (envelope(404, &sample("error_api_404")), "NotFound", "404"),
        (
            envelope(401, &sample("error_api_invalid_token")),
            "Authentication",
            "invalid_token",
        ),
        (
            envelope(401, &sample("error_auth_invalid_grant")),
            "Authentication",
            "invalid_grant",
        ),
        (
            envelope(401, &sample("error_auth_bad_basic")),
            "Authentication",
            "Unauthorized",
        ),
        (
            envelope(400, &sample("error_credential_duplicate_400")),
            "Conflict",
            "DUPLICATE_CREDENTIAL",
        ),
        (
            envelope(409, &sample("error_digital_invitation_409")),
            "Conflict",
            "409",
        ),
        (
            envelope(412, &sample("error_group_delete_412")),
            "Conflict",
            "412",
        ),
    ] {
        let decoded = decode("error", document.as_bytes()).unwrap();
        assert_eq!(
            (&decoded.value["kind"], &decoded.value["code"]),
            (&kind.into(), &code.into())
        );
    }
    let throttled = decode("error", sample("generic_mashery_over_qps").as_bytes()).unwrap();
    assert_eq!(throttled.value["retryAfterSeconds"], 1);
    assert_eq!(throttled.value["notCarriedOut"], true);
    assert!(decode("error", br#"{"status":9999}"#).is_err());
    assert!(decode("error", b"{}").is_err());
}

fn envelope(status: u16, body: &str) -> String {
    serde_json::json!({"status": status, "headers": {}, "body": body}).to_string()
}

#[test]
fn bad_rows_are_told_and_an_unknown_operation_is_an_error() {
    let body = br#"{"data":[{"id":"x","suspended":true}],"offset":0,"pageSize":20,"count":1}"#;
    let decoded = decode("users.list", body).unwrap();
    assert!(decoded.nothing_read());
    assert_eq!(
        decode("users.lits", body).unwrap_err().kind(),
        ErrorKind::Config
    );
    for operation in OPERATIONS {
        for body in [&b""[..], b"<html>", b"{", b"\xff", b"[[[[", b"7"] {
            assert!(decode(operation, body).is_err(), "{operation}");
        }
    }
}
