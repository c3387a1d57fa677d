//! Administrators, accounts, panels, batches: what is refused unsent, and what is read.

use brivo_api::*;
use serde_json::{Value, json};

use crate::common::*;
use crate::{U, body};

const ADMIN: AdministratorId = AdministratorId(314_761);
const ACCOUNT: AccountId = AccountId(660_210);

fn james(email: &str) -> AdministratorUpdate {
    AdministratorUpdate::new("James", "Miller", email)
}

fn question() -> SecurityQuestion {
    SecurityQuestion::new("First pet's name", "Rex-canary")
}

#[test]
fn what_would_fail_is_not_sent() {
    let w = quiet();
    let admins = w.client.administrators();
    let accounts = w.client.accounts();
    let good = "james@acme.example";
    let no_city = Contact::new("A", "B")
        .street_address1("1")
        .state("S")
        .postal_code("1")
        .telephone_number("1");
    let portal_only = [1, 12, 13, 14, 19, 26, 27].map(|id| {
        accounts
            .set_setting(ACCOUNT, AccountSettingId(id), "on")
            .request()
    });
    let too_many: Vec<i64> = (0..10_001).collect();
    for request in [
        admins.update(ADMIN, &james("none")).request(),
        admins.update(ADMIN, &james("a b@c.d")).request(),
        admins
            .update(ADMIN, &james("o'neil@acme.example"))
            .request(),
        admins
            .update(ADMIN, &AdministratorUpdate::new(" ", "M", good))
            .request(),
        admins
            .create(&NewAdministrator::new(" ", question(), james(good)))
            .request(),
        admins
            .create(&NewAdministrator::new(
                "acme",
                SecurityQuestion::new("?", " "),
                james(good),
            ))
            .request(),
        admins.is_username_free("").request(),
        admins.change_login(ADMIN, &LoginChange::new()).request(),
        accounts
            .update(ACCOUNT, &AccountUpdate::new("Acme", no_city))
            .request(),
        accounts
            .update(ACCOUNT, &AccountUpdate::new(" ", Contact::new("A", "B")))
            .request(),
        w.client
            .control_panels()
            .update_firmware(ControlPanelId(1), "")
            .request(),
        w.client
            .credentials()
            .create_faceprint(U, " ", Language::English)
            .request(),
        w.client
            .credentials()
            .create_license_plate(U, " ", Validity::unbounded())
            .request(),
        w.client.users().batch(&json!([1, 2])).request(),
        w.client
            .users()
            .batch(&json!({"users": too_many}))
            .request(),
        w.client.users().batch_job("").request(),
    ]
    .into_iter()
    .chain(portal_only)
    {
        assert_eq!(request.unwrap_err().kind(), ErrorKind::Config);
    }
    assert!(w.transport.requests().is_empty());
}

#[test]
fn a_rank_and_what_it_may_go_together() {
    let w = quiet();
    let asked = |update: &AdministratorUpdate| {
        body(w.client.administrators().update(ADMIN, update).request())
    };
    let plain = james("james@acme.example");
    assert_eq!(asked(&plain.clone().senior(true))["canCreateAdmins"], true);
    // Brivo takes that flag of seniors only.
    for lower in [
        plain.clone().senior(true).assistant(),
        plain.senior(true).dealer(),
    ] {
        assert_eq!(asked(&lower)["canCreateAdmins"], Value::Null);
    }
}

#[test]
fn secrets_of_administrators_are_not_printed() {
    let new = NewAdministrator::new("acme", question(), james("james@acme.example"))
        .password("password-canary");
    let change = LoginChange::new()
        .password("password-canary", false)
        .security_question(question());
    let shown = format!("{new:?} {change:?}");
    assert!(!shown.contains("canary"), "{shown}");
    assert!(!shown.contains("James"), "{shown}");
}

#[test]
fn the_emergency_contact_of_a_dealer_may_do_without_an_address() {
    let w = quiet();
    let reachable = Contact::new("A", "B").telephone_number("555-0117");
    let whole = reachable
        .clone()
        .street_address1("1 Way")
        .city("C")
        .state("S")
        .postal_code("1");
    let update = |emergency: Contact, billing: Contact| {
        let update = AccountUpdate::new("Acme", whole.clone()).dealer(emergency, billing);
        w.client.accounts().update(ACCOUNT, &update).request()
    };
    let asked = body(update(reachable.clone(), whole.clone()));
    assert_eq!(asked["emergency"]["telephoneNumber"], "555-0117");
    assert!(update(whole.clone(), reachable).is_err());
}

#[test]
fn an_account_is_read_with_whom_to_reach() {
    let contact = json!({"streetAddress1": "77 Ln.", "city": "Bethesda", "firstName": "Wile",
        "telephoneExtension": "x77", "email": "wile@example.com"});
    let account = json!({"id": 304_608, "name": "Dealer7", "contact": contact});
    let w = answering(200, json!({ "data": [account] }).to_string());
    let account = w.run(w.client.accounts().get(ACCOUNT)).unwrap();
    let contact = account.contact.as_ref().unwrap();
    assert_eq!(contact.city.as_deref(), Some("Bethesda"));
    let shown = format!("{account:?} {contact:?}");
    assert!(
        !shown.contains("Wile") && !shown.contains("wile"),
        "{shown}"
    );
}

#[test]
fn a_job_is_known_by_its_id_in_any_of_its_shapes() {
    for (answer, id) in [
        (r#"{"jobId":"b-17"}"#, Some("b-17")),
        (r#"{"id":17,"status":"PENDING"}"#, Some("17")),
        (r#""b-17""#, Some("b-17")),
        ("17", Some("17")),
        (r#"{"somethingElse":[1]}"#, None),
    ] {
        let w = answering(200, answer);
        let job = w.run(w.client.users().batch(&json!({}))).unwrap();
        assert_eq!(job.id().as_deref(), id, "{answer}");
    }
    for answer in ["", "<p>", "[1]", "true"] {
        let w = world(|script| (0..3).fold(script, |script, _| script.reply(200, answer)));
        assert!(w.run(w.client.users().batch(&json!({}))).is_err());
        assert_eq!(w.asked().len(), 1, "a batch is not sent twice: {answer}");
    }
}

#[test]
fn a_job_tells_its_failures_and_whether_there_were_more() {
    let answer = json!({"status": "COMPLETED", "errorProcessed": 1200,
        "errors": [{"userId": 7, "message": "Marisol Okafor is in 16 groups"}],
        "errorsTruncated": true});
    let w = answering(200, answer.to_string());
    let job = w.run(w.client.users().batch_job("b/17")).unwrap();
    assert_eq!(w.asked(), ["GET /batch/b%2F17"]);
    assert_eq!(
        (job.error_processed, job.errors_truncated),
        (Some(1200), Some(true))
    );
    assert_eq!((job.errors.len(), job.is_pending()), (1, false));
    assert_eq!(job.other["status"], "COMPLETED");
    assert!(!format!("{job:?}").contains("Marisol"));
}

#[test]
fn a_plate_that_is_known_is_a_duplicate() {
    let text = r#"{"code":400,"message":"Duplicate Credential found"}"#;
    let w = answering(400, text);
    let call = w
        .client
        .credentials()
        .create_license_plate(U, "TM89PAM", Validity::unbounded());
    let error = w.run(call).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(error.code(), Some(codes::DUPLICATE_CREDENTIAL));
}

#[test]
fn brivos_clock_is_asked_with_ours() {
    let w = answering(200, r#"{"time":"2026-04-02T13:00:41.120Z"}"#);
    let theirs = w.run(w.client.server_time()).unwrap();
    assert_eq!(theirs, at("2026-04-02T13:00:41.120Z"));
    let sent = w.sent();
    assert_eq!(
        sent[0].headers()["current-date"],
        "2026-04-02T13:00:00.000Z"
    );
}
