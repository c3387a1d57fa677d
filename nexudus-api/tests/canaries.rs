//! Secrets and personal texts of coworker records, wherever a record can go.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod common;

use std::fmt::Write as _;

use access_sync_http::test_util::MockTransport;
use common::{client, page, sample, timer};
use nexudus_api::*;
use serde_json::{Value as Json, json};

/// The sample's coworker, with a canary in every field that holds a secret or tells of a person:
/// those that are typed here, and tokens of other services that are not.
fn coworker() -> Json {
    let mut record: Json = serde_json::from_str(&sample("09_coworker_by_id.json")).unwrap();
    for field in [
        "FullName",
        "Salutation",
        "GuessedFirstName",
        "GuessedLastName",
        "Email",
        "MobilePhone",
        "CompanyName",
        "TeamNames",
        "AccessCardId",
        "AccessPincode",
        "KeyFobNumber",
        "Notes",
        "Custom1",
        "BillingName",
        "ZoomAccessToken",
        "ZoomRefreshToken",
        "Office365AccessToken",
        "Office365RefreshToken",
        "GoogleAccessToken",
        "SaltoV2AccessToken",
        "DoordeckPrivateKey",
        "DoordeckUserGuid",
    ] {
        record[field] = json!(format!("canary-{field}"));
    }
    record
}

#[test]
fn no_secret_of_a_coworker_is_printed_by_anything_that_holds_the_record() {
    let id = CoworkerId(1415900201);
    let whole = coworker();
    // Refused in the middle of a record that is full of secrets.
    let mut broken = whole.clone();
    broken["UserId"] = json!("canary-user");
    let mut refusal: Json =
        serde_json::from_str(&sample("32_validation_error_http400.json")).unwrap();
    refusal["Errors"][0]["AttemptedValue"] = json!("canary-attempted");
    let mut done: Json = serde_json::from_str(&sample("31_update_success.json")).unwrap();
    done["Value"] = whole.clone();
    let clock = timer();
    let transport = MockTransport::new()
        .reply(200, page(&[whole.clone(), broken.clone()], false, 2))
        .reply(200, json!([whole, broken]).to_string())
        .reply(200, whole.to_string())
        .reply(200, done.to_string())
        .reply(400, refusal.to_string())
        .reply(200, broken.to_string())
        .reply(200, broken.to_string());
    let client = client(&transport, &clock);
    let mut shown = String::new();
    clock.block_on(async {
        let api = client.coworkers();
        let list = api.list().all().await.unwrap();
        assert_eq!((list.items.len(), list.rejected.len()), (1, 1));
        write!(shown, "{list:?} {:#?}", list.items[0]).unwrap();
        write!(shown, "{:?}", api.batch(&[id]).await.unwrap()).unwrap();
        let record = api.get(id).await.unwrap();
        assert_eq!(
            record.access_pincode.as_ref().unwrap().expose(),
            "canary-AccessPincode"
        );
        write!(shown, "{record:?} {:?}", record.clone().into_typed()).unwrap();
        let edit = record.edit().set("AccessPincode", "canary-new").unwrap();
        let request = api.update_request(&edit).unwrap();
        write!(shown, "{edit:?} {request:?}").unwrap();
        write!(shown, "{:?}", api.update(&edit).await.unwrap()).unwrap();
        let error = api.update(&edit).await.unwrap_err();
        write!(shown, "{error} {error:?} {:?}", field_errors(&error)).unwrap();
        let draft = Draft::<Coworkers>::new()
            .set("Email", "canary-mail")
            .unwrap();
        write!(shown, "{draft:?} {:?}", api.create_request(&draft).unwrap()).unwrap();
        let error = api.get(id).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        write!(shown, "{error} {error:?}").unwrap();
    });
    let delivery = json!([whole]).to_string();
    let records = parse_webhook(&WebHookAction::AccessControlUpdate, delivery.as_bytes()).unwrap();
    write!(shown, "{records:?}").unwrap();
    let delivery = json!([broken]).to_string();
    let error = parse_webhook(&WebHookAction::CoworkerUpdate, delivery.as_bytes()).unwrap_err();
    write!(shown, "{error} {error:?}").unwrap();
    assert!(
        shown.contains("CoworkerId(1415900201)"),
        "something is shown"
    );
    assert!(!shown.contains("canary"), "{shown}");
}

#[test]
fn what_tools_show_of_a_coworker_names_the_person_and_masks_the_secrets() {
    let body = coworker().to_string();
    let page = page(&[coworker()], false, 1);
    let delivery = json!([coworker()]).to_string();
    for (kind, body) in [
        ("coworkers.get", &body),
        ("coworkers.list", &page),
        ("webhook.AccessControlUpdate", &delivery),
    ] {
        let shown = inspect(kind, body.as_bytes()).unwrap().to_string();
        assert!(shown.contains("canary-FullName"), "{kind}");
        for secret in [
            "AccessCardId",
            "AccessPincode",
            "KeyFobNumber",
            "ZoomAccessToken",
            "DoordeckPrivateKey",
            "SaltoV2AccessToken",
            "Office365RefreshToken",
        ] {
            assert!(
                !shown.contains(&format!("canary-{secret}")),
                "{kind} {secret}"
            );
        }
    }
}
