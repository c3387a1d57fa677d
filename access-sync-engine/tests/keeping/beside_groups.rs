//! Dates, passes, names: what people get beside groups.

use access_sync_engine::Step;
use access_sync_sandbox::entrata::{Lease, LeaseStatus};
use access_sync_sandbox::nexudus::Visitor;
use chrono::{NaiveDate, TimeDelta};

use super::house::{House, QUARRY, subject};

fn with(access: &str) -> House {
    House::new(&format!("{QUARRY}[access]\n{access}\n"))
}

fn move_out(house: &House, lease: &Lease, day: Option<NaiveDate>) {
    assert!(house.sandbox.entrata().edit_lease(lease.id, |it| {
        it.status = LeaseStatus::Notice;
        it.move_out = day;
        for customer in &mut it.customers {
            customer.move_out = day;
        }
    }));
}

#[tokio::test]
async fn the_dates_of_a_pin_follow_the_last_window_and_cost_nothing_while_it_stays() {
    let house = with("credential_dates = true");
    let lease = house.current(0);
    let today = house.sandbox.now().date_naive();
    move_out(&house, &lease, Some(today + TimeDelta::days(10)));
    house.run().await;
    let who = subject(&lease);
    let end = |house: &House| house.user(&who).unwrap().effective_to;
    let first = end(&house).unwrap();
    assert_eq!(first.date_naive(), today + TimeDelta::days(10));
    house.sandbox.brivo().reset_calls();
    house.run().await;
    assert_eq!(house.writes(), [""; 0]);

    move_out(&house, &lease, Some(today + TimeDelta::days(20)));
    house.run().await;
    assert_eq!(house.writes(), ["PATCH /users/{id}"]);
    assert_eq!(end(&house).unwrap() - first, TimeDelta::days(10));

    move_out(&house, &lease, None);
    house.sandbox.brivo().reset_calls();
    let shown = house.prepare().await.predicted_calls();
    house.run().await;
    assert_eq!(house.writes(), ["PUT /users/{id}"]);
    assert_eq!(shown, 2);
    assert_eq!(end(&house), None);
    assert_eq!(house.run().await.done.len(), 0);
    assert!(house.opens(&who, "Quarry Lofts Residents"));
}

#[tokio::test]
async fn whoever_comes_first_is_invited_to_a_pass_once_and_the_pass_ends_with_the_lease() {
    let house = with("mobile_pass = true");
    let lease = house.current(0);
    let today = house.sandbox.now().date_naive();
    move_out(&house, &lease, Some(today + TimeDelta::days(10)));
    house.sandbox.entrata().edit_lease(lease.id, |it| {
        it.customers[0].email = Some("first@example.com".into());
    });
    let shown = house.prepare().await.predicted_calls();
    house.sandbox.brivo().reset_calls();
    house.run().await;
    assert!(house.billed() >= house.writes().len() as u64);
    assert!(house.writes().len() as u64 <= shown);
    let user = house.user(&subject(&lease)).unwrap().id;
    let brivo = house.sandbox.brivo();
    assert_eq!(brivo.invitations(user).len(), 1);
    brivo.reset_calls();
    house.run().await;
    assert_eq!(house.writes(), [""; 0]);
    assert_eq!(brivo.invitations(user).len(), 1);
    let made = house.ledger.made().await.unwrap();
    let mine = made.credentials.values();
    let mine: Vec<_> = mine.filter(|it| it.user.0 == user.to_string()).collect();
    assert_eq!(mine.len(), 1);
    assert_eq!(
        mine[0].until.unwrap().date_naive(),
        today + TimeDelta::days(10)
    );

    move_out(&house, &lease, Some(today + TimeDelta::days(12)));
    brivo.reset_calls();
    house.run().await;
    assert_eq!(
        house.writes(),
        ["PUT /users/{id}/credentials/{credentialId}"]
    );
}

#[tokio::test]
async fn suspending_with_the_pass_takes_the_pass_and_coming_back_brings_a_new_one() {
    let mapping = QUARRY.replace("\"suspend\"", "\"suspend_and_revoke_pass\"");
    let house = House::new(&format!("{mapping}[access]\nmobile_pass = true\n"));
    let lease = house.current(0);
    house.sandbox.entrata().edit_lease(lease.id, |it| {
        it.customers[0].email = Some("first@example.com".into());
    });
    house.run().await;
    let user = house.user(&subject(&lease)).unwrap().id;
    let brivo = house.sandbox.brivo();
    let pass = brivo.redeem_invitation(user).unwrap();
    assert!(brivo.credentials_of(user).iter().any(|it| it.id == pass));
    let entrata = house.sandbox.entrata();
    entrata.set_lease_status(lease.id, LeaseStatus::Cancelled);
    house.run().await;
    assert!(house.user(&subject(&lease)).unwrap().suspended);
    assert!(brivo.credentials_of(user).iter().all(|it| it.id != pass));
    entrata.set_lease_status(lease.id, LeaseStatus::Current);
    house.run().await;
    assert!(!house.user(&subject(&lease)).unwrap().suspended);
    let all = brivo.invitations(user);
    assert_eq!(all.len(), 2, "a new one beside the one that was redeemed");
}

#[tokio::test]
async fn a_new_name_or_address_is_an_update_and_a_used_address_is_another_person() {
    let house = House::new(QUARRY);
    let (one, two) = (house.current(0), house.current(1));
    let entrata = house.sandbox.entrata();
    entrata.edit_lease(one.id, |it| {
        it.customers[0].email = Some("a@example.com".into())
    });
    house.run().await;
    let (a, b) = (subject(&one), subject(&two));
    let ids = [house.user(&a).unwrap().id, house.user(&b).unwrap().id];
    entrata.edit_lease(one.id, |it| {
        it.customers[0].last_name = "Newname".into();
        it.customers[0].email = Some("b@example.com".into());
    });
    entrata.edit_lease(two.id, |it| {
        it.customers[0].email = Some("a@example.com".into())
    });
    house.sandbox.brivo().reset_calls();
    let shown = house.prepare().await;
    house.run().await;
    assert_eq!(house.writes(), ["PATCH /users/{id}", "PATCH /users/{id}"]);
    assert!(shown.predicted_calls() >= 4);
    let (one, two) = (house.user(&a).unwrap(), house.user(&b).unwrap());
    assert_eq!([one.id, two.id], ids);
    assert_eq!(one.last_name, "Newname");
    assert_eq!(one.emails[0].value, "b@example.com");
    assert_eq!(two.emails[0].value, "a@example.com");
    assert!(house.run().await.done.is_empty());
}

#[tokio::test]
async fn whoever_holds_nothing_earlier_is_in_the_group_ahead_of_time_and_the_door_is_not() {
    let house = with("credential_dates = true\npreload_minutes = 1440");
    house.sandbox.brivo().set_implied_cards(false);
    let leases = house.leases();
    let future = leases
        .iter()
        .find(|it| it.status == LeaseStatus::Future)
        .unwrap();
    let tomorrow = house.sandbox.now().date_naive().succ_opt();
    house.sandbox.entrata().edit_lease(future.id, |it| {
        it.move_in = tomorrow;
        it.customers[0].move_in = tomorrow;
    });
    house.run().await;
    let who = subject(future);
    let user = house.user(&who).expect("made ahead of time");
    assert!(user.effective_from.unwrap() > house.sandbox.now());
    let (suspended, groups) = house.state()[&format!("access-sync:{who}")].clone();
    assert!(!suspended && groups.len() == 2, "{groups:?}");
    assert!(!house.opens(&who, "Quarry Lofts Residents"));
    house.sandbox.brivo().reset_calls();
    house.run().await;
    assert_eq!(house.writes(), [""; 0]);
    house.sandbox.set_now(user.effective_from.unwrap());
    house.run().await;
    assert_eq!(
        house.writes(),
        [""; 0],
        "nothing is left to do when the time has come"
    );
}

#[tokio::test]
async fn a_visitor_comes_as_a_guest_and_goes() {
    let mapping = r#"
[policy]
no_access = "delete"
[access]
guests = true
[[location]]
id = "1420000101"
time_zone = "America/Los_Angeles"
visitors = ["Harbour Works Members"]
visit_minutes = 120
"#;
    let house = House::new(mapping);
    let now = house.sandbox.now();
    let mut visitor = Visitor::new(1_420_000_101, "Vera Visit", "vera@example.com", now);
    visitor.host_approval_status = 1;
    let id = house.sandbox.nexudus().add_visitor(visitor);
    let who = format!("nexudus:visitor:{id}");
    let prepared = house.prepare().await;
    let steps = prepared.steps.iter().find(|it| it.subject == *who.as_str());
    assert!(
        matches!(steps.unwrap().steps[..], [Step::CreateGuest { .. }]),
        "{steps:?}"
    );
    let applied = house.run().await;
    assert!(applied.failed.is_empty(), "{applied:?}");
    let user = house.user(&who).unwrap();
    assert_eq!(user.identity_type.as_deref(), Some("Visitor"));
    assert!(house.run().await.done.is_empty());
    house.sandbox.advance(TimeDelta::hours(3));
    let applied = house.run().await;
    assert!(applied.failed.is_empty(), "{applied:?}");
    assert!(house.user(&who).is_none());
}
