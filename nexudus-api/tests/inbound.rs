//! What Nexudus sends to us: webhooks and Custom ACS updates; and captured bodies.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod common;

use common::{at, sample};
use http::HeaderMap;
use nexudus_api::*;
use serde_json::{Value as Json, json};

#[test]
fn a_booking_webhook_is_a_booking() {
    let action = WebHookAction::from("BookingCreate");
    let records =
        parse_webhook(&action, sample("38_webhook_booking_create.json").as_bytes()).unwrap();
    let [WebhookRecord::Booking(booking)] = records.as_slice() else {
        panic!("one booking")
    };
    assert_eq!(records[0].id(), Some(1418700602));
    assert_eq!(
        (booking.tentative, booking.minutes_to_start),
        (Some(true), Some(124))
    );
    assert!(!format!("{records:?}").contains("Bob"));
}

#[test]
fn the_action_decides_what_the_body_is() {
    let team = json!([{ "Id": 4, "TeamMembers": [1, 2], "PayingMemberId": 3 }]).to_string();
    let records = parse_webhook(&WebHookAction::TeamUpdated, team.as_bytes()).unwrap();
    let [WebhookRecord::Team(team)] = records.as_slice() else {
        panic!("one team")
    };
    assert_eq!(team.team_members, Some(vec![CoworkerId(1), CoworkerId(2)]));
    let body = br#"[{"Id":5,"CoworkerId":6,"FullName":"x"}]"#;
    for (action, kind) in [
        (WebHookAction::AccessControlUpdate, "Coworker"),
        (WebHookAction::CoworkerContractUpdate, "CoworkerContract"),
        (WebHookAction::VisitorRegistered, "Visitor"),
        (WebHookAction::FloorPlanDeskUpdate, "FloorPlanDesk"),
        (WebHookAction::CoworkerInvoicePaid, "CoworkerInvoice"),
        (WebHookAction::CoworkerInvoiceRefund, "CoworkerInvoice"),
        (WebHookAction::TariffUpdate, "Tariff"),
        (WebHookAction::ProductUpdate, "Other"),
        (WebHookAction::BusinessUpdate, "Business"),
        (WebHookAction::BlogPostCreate, "Other"),
        (WebHookAction::from(999), "Other"),
    ] {
        let records = parse_webhook(&action, body).unwrap();
        assert!(format!("{:?}", records[0]).starts_with(kind), "{action}");
        assert_eq!(records[0].id(), Some(5), "{action}");
    }
}

#[test]
fn hostile_deliveries_are_errors_that_name_the_place_and_not_the_value() {
    for body in [
        "",
        "[]",
        "{}",
        "null",
        "<html>",
        "[null]",
        "[7]",
        "[[]]",
        "[[1]]",
        r#"[{"Id":"canary"}]"#,
        r#"[{"Id":1,"FromTime":"canary","ToTime":1,"ResourceId":{}}]"#,
        "[{\"Id\":1",
        "\u{0}",
    ] {
        let error = parse_webhook(&WebHookAction::BookingUpdate, body.as_bytes()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{body}");
        assert!(!error.to_string().contains("canary"), "{error}");
    }
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    assert!(parse_webhook(&WebHookAction::from(999), deep.as_bytes()).is_err());
}

#[test]
fn a_custom_acs_update_is_the_whole_set_of_groups() {
    let update = AcsUpdate::parse(sample("41_custom_acs_webhook.json").as_bytes()).unwrap();
    assert_eq!(update.time, at("2026-03-09T15:45:00.7961262Z"));
    assert_eq!(update.business.id, BusinessId(1420000101));
    assert_eq!(update.coworker.id, CoworkerId(1415900201));
    assert_eq!(
        update.coworker.access_pincode.as_ref().unwrap().expose(),
        "48217"
    );
    assert_eq!(update.groups, ["3310001", "3310021"]);
    assert_eq!(update.schedule[0].group, "3310021");
    assert_eq!(
        update.schedule[0].expires_on,
        Some(at("2026-03-09T17:45:00Z"))
    );
    let shown = format!("{update:?}");
    assert!(!shown.contains("48217") && !shown.contains("bob@"));
    assert!(!serde_json::to_string(&update).unwrap().contains("48217"));
}

#[test]
fn an_update_without_groups_is_refused_and_never_read_as_none() {
    let good: Json = serde_json::from_str(&sample("41_custom_acs_webhook.json")).unwrap();
    for (groups, fine) in [
        (json!([]), true),
        (Json::Null, false),
        (json!("3310001"), false),
    ] {
        let mut body = good.clone();
        body["groups"] = groups.clone();
        let parsed = AcsUpdate::parse(body.to_string().as_bytes());
        assert_eq!(parsed.is_ok(), fine, "{groups}");
    }
    let mut body = good;
    body.as_object_mut().unwrap().remove("groups");
    assert!(AcsUpdate::parse(body.to_string().as_bytes()).is_err());
    let mut extra: Json = serde_json::from_str(&sample("41_custom_acs_webhook.json")).unwrap();
    extra["coworker"]["accessCardId"] = json!("canary-card");
    let update = AcsUpdate::parse(extra.to_string().as_bytes()).unwrap();
    assert_eq!(
        update.coworker.field("accessCardId"),
        Some(&json!("canary-card"))
    );
    assert!(!format!("{update:?}").contains("canary"));
}

#[test]
fn only_the_token_that_was_set_opens_the_custom_acs_endpoints() {
    let token = SecretString::from("t0ken");
    let with = |value: &str| {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", value.parse().unwrap());
        headers
    };
    assert!(acs_authorized(&with("Bearer t0ken"), &token));
    for wrong in [
        "Bearer t0keN",
        "Bearer t0ke",
        "Bearer t0ken1",
        "Bearer ",
        "t0ken",
        "Basic t0ken",
    ] {
        assert!(!acs_authorized(&with(wrong), &token), "{wrong}");
    }
    assert!(!acs_authorized(&HeaderMap::new(), &token));
    assert!(!acs_authorized(&with("Bearer "), &SecretString::from("")));
    let group = serde_json::to_value(AcsGroup::new("882011", "Cedar Room")).unwrap();
    assert_eq!(group, json!({ "id": "882011", "name": "Cedar Room" }));
}

#[test]
fn the_groups_endpoint_is_told_the_location_and_the_member_of_staff() {
    let mut headers = HeaderMap::new();
    let none = AcsGroupsRequest::from_headers(&headers);
    assert_eq!(none, AcsGroupsRequest::default());
    headers.insert(
        "X-Nexudus-Business-UniqueId",
        "61e655f4-7921".parse().unwrap(),
    );
    headers.insert("X-Nexudus-User-UniqueId", " ".parse().unwrap());
    let asked = AcsGroupsRequest::from_headers(&headers);
    assert_eq!(asked.business_unique_id.as_deref(), Some("61e655f4-7921"));
    assert_eq!(asked.user_unique_id, None);
    headers.insert("X-Nexudus-User-UniqueId", "0b5c".parse().unwrap());
    let asked = AcsGroupsRequest::from_headers(&headers);
    assert_eq!(asked.user_unique_id.as_deref(), Some("0b5c"));
}

#[test]
fn every_sample_is_read_by_its_kind_without_showing_a_secret() {
    for (name, kind) in [
        ("01_token_success.json", "token"),
        ("02_token_error.json", "error"),
        ("03_bookings_list_page1.json", "bookings.list"),
        ("04_bookings_list_page2.json", "bookings.list"),
        ("05_booking_by_id_with_visitors.json", "bookings.get"),
        ("07_bookings_batch_array.json", "bookings.batch"),
        ("09_coworker_by_id.json", "coworkers.get"),
        ("10_coworkers_list.json", "coworkers.list"),
        ("11_team_by_id.json", "teams.get"),
        ("12_resource_by_id.json", "resources.get"),
        (
            "13_coworkercontract_by_id_office.json",
            "coworkercontracts.get",
        ),
        ("16_floorplandesk_by_id.json", "floorplandesks.get"),
        ("18_coworkertimepasses_list.json", "coworkertimepasses.list"),
        ("19_timepass_by_id.json", "timepasses.get"),
        ("20_visitor_by_id.json", "visitors.get"),
        ("21_bookingvisitors_list.json", "bookingvisitors.list"),
        ("22_business_by_id.json", "businesses.get"),
        ("23_businesstimeslots_list.json", "businesstimeslots.list"),
        (
            "25_coworkerextraservice_by_id.json",
            "coworkerextraservices.get",
        ),
        ("26_tariff_by_id.json", "tariffs.get"),
        ("27_accesstoken_by_id.json", "accesstokens.get"),
        (
            "28_coworkeraccesscontrolaudits_list.json",
            "coworkeraccesscontrolaudits.list",
        ),
        ("29_webhooks_list.json", "webhooks.list"),
        ("30_create_success.json", "write"),
        ("31_update_success.json", "write"),
        ("32_validation_error_http400.json", "error"),
        ("35_commands_list.json", "commands"),
        ("37_runcommand_response.json", "write"),
        ("38_webhook_booking_create.json", "webhook.BookingCreate"),
        ("41_custom_acs_webhook.json", "acs"),
        ("44_enums_ewebhookaction_excerpt.json", "enums"),
    ] {
        let shown = inspect(kind, sample(name).as_bytes()).unwrap();
        if let Some(rejected) = shown.get("rejected") {
            assert_eq!(rejected, &json!([]), "{name}");
        }
        let text = shown.to_string();
        for secret in [
            "48217\"",
            "0004821190",
            "739155",
            "WIFI-7K2P9",
            "eyJhbGci",
            "4f1c2e0b",
        ] {
            assert!(!text.contains(secret), "{name} shows {secret}");
        }
    }
    for kind in [
        "bookings",
        "bookings.put",
        "unicorns.list",
        "",
        ".",
        "webhook",
        "webhook.",
    ] {
        let error = inspect(kind, b"{}").unwrap_err();
        let expected = if kind == "webhook." {
            ErrorKind::Decode
        } else {
            ErrorKind::Config
        };
        assert_eq!(error.kind(), expected, "{kind}");
    }
}
