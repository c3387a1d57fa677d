//! Nothing that opens a door, an account or a network is shown.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::cases::CASES;
use super::{decode, read, sample, text};

/// What opens a door, an account or a network, by its key in a payload.
const SECRET_KEYS: [&str; 14] = [
    "pin",
    "encodedCredential",
    "accessCode",
    "encryptedSecretWord",
    "access_token",
    "refresh_token",
    "AccessPincode",
    "accessPincode",
    "AccessCardId",
    "KeyFobNumber",
    "VisitorCode",
    "AccessCode",
    "gateCode",
    "doorPin",
];

const CANARY: &str = "canary-4f81";

/// Puts canaries where secrets stand, and counts them.
fn plant(value: &mut Value) -> usize {
    match value {
        Value::Array(rows) => rows.iter_mut().map(plant).sum(),
        Value::Object(fields) => fields
            .iter_mut()
            .map(|(key, value)| match key.as_str() {
                key if SECRET_KEYS.contains(&key) => {
                    *value = CANARY.into();
                    1
                }
                "fieldValues" => value.as_array_mut().map_or(0, |fields| {
                    for field in fields.iter_mut() {
                        field["value"] = CANARY.into();
                    }
                    fields.len()
                }),
                _ => plant(value),
            })
            .sum(),
        _ => 0,
    }
}

#[test]
fn no_pin_card_code_or_token_is_shown() {
    let mut planted = BTreeSet::new();
    for (vendor, operation, name, ..) in CASES {
        let original = sample(vendor, name);
        let mut value: Value = serde_json::from_str(&original).unwrap();
        if plant(&mut value) == 0 {
            continue;
        }
        planted.insert(*operation);
        let output = decode(&[vendor, operation], value.to_string().as_bytes());
        assert_eq!(output.status.code(), Some(0), "{vendor} {operation}");
        assert!(
            !text(&output.stdout).contains(CANARY),
            "{vendor} {operation}"
        );
        assert!(
            !text(&output.stderr).contains(CANARY),
            "{vendor} {operation}"
        );
        assert!(text(&output.stdout).contains("***"), "{vendor} {operation}");
        // The samples' own.
        let output = decode(&[vendor, operation], original.as_bytes());
        for secret in [
            "73951",
            "2ed3e13",
            "40713",
            "q7Lm2Zt9",
            "48217",
            "739155",
            "WIFI-7K2P9",
            "0004821190",
            "PLACEHOLDER",
            "eyJ",
        ] {
            assert!(
                !text(&output.stdout).contains(&format!("\"{secret}")),
                "{operation} {secret}"
            );
            assert!(
                !text(&output.stdout).contains(&format!("_{secret}")),
                "{operation} {secret}"
            );
        }
    }
    for operation in [
        "users.get",
        "users.credentials",
        "credentials.get",
        "digital_invitations.get",
        "token",
        "event_subscriptions.get",
        "coworkers.list",
        "coworkers.get",
        "visitors.get",
        "accesstokens.get",
        "acs",
    ] {
        assert!(planted.contains(operation), "{operation} was not tried");
    }
}

#[test]
fn secrets_under_names_of_the_customers_own_are_masked_too() {
    let fields = r#"{"data":[{"id":1,"fieldName":"Gate code","fieldType":"TEXT","value":"canary-4f81"},
        {"id":2,"fieldName":"Unit","fieldType":"TEXT","value":"B-214"}],"count":2}"#;
    let shown = read("brivo", "users.custom_fields", fields).to_string();
    assert!(!shown.contains(CANARY), "{shown}");
    assert!(shown.contains("B-214"), "{shown}");

    let add_ons = r#"{"response":{"code":200,"result":{"leases":{"lease":[{"leaseId":410001,
        "addOns":{"assignableItems":[{"name":"Garage","gateCode":"canary-4f81","doorPin":"canary-4f81"}]}}]}}}}"#;
    let shown = read("entrata", "getLeaseDetails", add_ons).to_string();
    assert!(!shown.contains(CANARY), "{shown}");
    assert!(shown.contains("Garage"), "{shown}");

    // The label of a PIN is no place to show it.
    let pin = r#"{"id":9,"credentialFormat":{"id":2,"name":"PIN Code"},"referenceId":"canary-4f81",
        "encodedCredential":"canary-4f81"}"#;
    let shown = read("brivo", "credentials.get", pin).to_string();
    assert!(!shown.contains(CANARY), "{shown}");
}

#[test]
fn secrets_of_rows_that_cannot_be_read_are_not_told_with_the_reason() {
    for (vendor, operation, page) in [
        (
            "brivo",
            "users.list",
            json!({"data": [{"id": CANARY, "pin": CANARY}, {"id": 1, "firstName": "A", "lastName": "B"}], "count": 2}),
        ),
        (
            "nexudus",
            "coworkers.list",
            json!({"Records": [{"Id": CANARY, "AccessPincode": CANARY}], "HasNextPage": false, "TotalItems": 1}),
        ),
        (
            "nexudus",
            "acs",
            json!({"time": CANARY, "coworker": {"id": 1, "accessPincode": CANARY}}),
        ),
        (
            "brivo",
            "token",
            json!({"access_token": CANARY, "expires_in": CANARY}),
        ),
    ] {
        let output = decode(&[vendor, operation], page.to_string().as_bytes());
        assert!(
            !text(&output.stdout).contains(CANARY),
            "{vendor} {operation}"
        );
        assert!(
            !text(&output.stderr).contains(CANARY),
            "{vendor} {operation}"
        );
    }
}
