//! Nothing that a program may log shows a secret or a person.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod common;

use brivo_api::{Callback, Email, NewUser, PhoneNumber, Pin, User, UserId};
use common::{ACCESS, API_KEY, PASSWORD, REFRESH, SECRET, answering, quiet, sample, world};

fn clean(shown: &str) {
    for canary in [
        API_KEY, SECRET, PASSWORD, ACCESS, REFRESH, "Marisol", "Okafor", "okafor", "73951", "0142",
        "551207", "the-code", "Y2xpZW50",
    ] {
        assert!(!shown.contains(canary), "{canary} in {shown}");
    }
}

#[test]
fn clients_requests_models_and_errors_keep_their_secrets() {
    let w = world(|script| script.reply(200, sample("user")));
    let user = w.run(w.client.users().get(UserId(7_310_442))).unwrap();
    let new = NewUser::new("Marisol", "Okafor")
        .external_id("entrata:88120:resident:551207")
        .pin(&Pin::new("73951").unwrap())
        .email(Email::new("marisol.okafor@example.com", "Home"))
        .phone_number(PhoneNumber::new("+1-555-0142", "Mobile"));
    let create = w.client.users().create(&new);
    clean(&format!(
        "{:?} {:?} {user:?} {new:?} {create:?}",
        w.client,
        w.client.core()
    ));
    clean(&format!(
        "{:?} {:?}",
        create.request().unwrap(),
        user.emails
    ));
    clean(&format!(
        "{:?} {:?}",
        user.phone_numbers, user.custom_fields
    ));
    clean(&format!(
        "{:?}",
        w.client.users().list().last_name("Okafor")
    ));
    clean(&format!(
        "{:?}",
        Callback::parse("code=the-code&state=s", "s").unwrap()
    ));
    clean(&format!(
        "{:?}",
        w.client
            .users()
            .find_by_external_id("entrata:88120:resident:551207")
    ));
    clean(&format!("{:?}", common::builder(&w.transport, &w.timer)));
}

#[test]
fn a_model_written_for_people_hides_the_pin_only() {
    let user: User = serde_json::from_str(&sample("user")).unwrap();
    let shown = serde_json::to_string(&user).unwrap();
    assert!(!shown.contains("73951"), "{shown}");
    assert!(shown.contains(r#""pin":"***""#), "{shown}");
    assert!(shown.contains("Marisol"));
}

#[test]
fn messages_of_the_vendor_lose_addresses_and_numbers() {
    let message = r#"{"code":400,"message":"PIN 73951 of okafor@example.com is taken"}"#;
    let w = answering(400, message);
    let error = w
        .run(w.client.users().create(&NewUser::new("A", "B")))
        .unwrap_err();
    clean(&format!("{error} {error:?}"));
    assert!(error.to_string().contains("is taken"));
    let w = answering(200, r#"{"id":"Marisol Okafor","suspended":"73951"}"#);
    let error = w.run(w.client.users().get(UserId(1))).unwrap_err();
    clean(&format!("{error} {error:?}"));
    let pin = Pin::new("Okafor").unwrap_err();
    clean(&format!("{pin} {pin:?} {:?}", Pin::new("73951").unwrap()));
    let w = quiet();
    clean(&format!(
        "{}",
        w.run(w.client.users().create(&NewUser::new("Marisol", "")))
            .unwrap_err()
    ));
}
