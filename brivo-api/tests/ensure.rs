//! Helpers that may be called again and again.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod common;

use brivo_api::{ErrorKind, GroupId, NewUser, UserId};
use common::{answering, quiet, sample, world};
use serde_json::json;

const EXTERNAL: &str = "entrata:88120:resident:551207";

fn marisol() -> NewUser {
    NewUser::new("Marisol", "Okafor").external_id(EXTERNAL)
}

#[test]
fn a_user_that_is_there_costs_one_call_and_is_not_changed() {
    let w = world(|script| script.reply(200, sample("user")));
    let ensured = w.run(w.client.users().ensure(&marisol())).unwrap();
    assert!(!ensured.is_new());
    assert_eq!(w.asked().len(), 1);
}

#[test]
fn a_user_that_is_not_there_is_created() {
    let w = world(|script| {
        script
            .reply(404, sample("error_api_404"))
            .reply(200, sample("user"))
    });
    assert!(w.run(w.client.users().ensure(&marisol())).unwrap().is_new());
    assert_eq!(w.asked().len(), 2);
}

#[test]
fn a_lost_answer_is_looked_up_and_never_created_twice() {
    for case in 0..4 {
        let w = world(|script| {
            let script = script.reply(404, sample("error_api_404"));
            match case {
                0 => script.broken(true),
                1 => script.reply(503, ""),
                2 => script.reply(200, "<html>"),
                _ => script.reply(400, r#"{"code":400,"message":"external id in use"}"#),
            }
            .reply(200, sample("user"))
        });
        assert!(w.run(w.client.users().ensure(&marisol())).unwrap().is_new());
        let posts = w
            .asked()
            .iter()
            .filter(|line| line.starts_with("POST"))
            .count();
        assert_eq!(posts, 1, "case {case}");
    }
}

#[test]
fn a_creation_that_failed_for_good_reports_its_own_error() {
    let w = world(|script| {
        script
            .reply(404, sample("error_api_404"))
            .reply(400, r#"{"code":400,"message":"bad"}"#)
            .reply(404, sample("error_api_404"))
    });
    let error = w.run(w.client.users().ensure(&marisol())).unwrap_err();
    assert_eq!(
        (error.kind(), error.operation()),
        (ErrorKind::Invalid, "users.create")
    );
    let w = quiet();
    let error = w
        .run(w.client.users().ensure(&NewUser::new("A", "B")))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
}

const U: UserId = UserId(7_310_442);

fn groups(ids: std::ops::Range<i64>) -> String {
    let data: Vec<_> = ids.map(|id| json!({"id": id, "name": "G"})).collect();
    json!({ "count": data.len(), "data": data }).to_string()
}

#[test]
fn a_member_of_all_the_groups_costs_one_call_and_no_write() {
    let w = answering(200, sample("user_groups"));
    let new = w.run(w.client.users().ensure_member(U, &[GroupId(880_304)]));
    assert_eq!(new.unwrap(), []);
    assert_eq!(w.asked(), ["GET /users/7310442/groups"]);
}

#[test]
fn only_the_missing_groups_are_written_and_the_answer_is_read() {
    let wanted = [GroupId(0), GroupId(2), GroupId(2)];
    let w = world(|script| script.reply(200, groups(0..2)).reply(200, groups(0..3)));
    let new = w.run(w.client.users().ensure_member(U, &wanted)).unwrap();
    assert_eq!(new, [GroupId(2)]);
    assert_eq!(
        w.asked()[1],
        r#"POST /users/7310442/groups {"addGroups":[2]}"#
    );
    // An answer that does not show it is no success.
    let w = world(|script| script.reply(200, groups(0..2)).reply(200, groups(0..2)));
    let error = w.run(w.client.users().ensure_member(U, &wanted));
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Decode);
}

#[test]
fn a_seventeenth_group_is_refused_before_it_is_asked_for() {
    let w = answering(200, groups(0..16));
    let users = w.client.users();
    let wanted = [GroupId(3), GroupId(99)];
    let error = w.run(users.ensure_member(U, &wanted)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("17 groups"), "{error}");
    assert!(error.to_string().contains("remove some"), "{error}");
    assert_eq!(w.asked(), ["GET /users/7310442/groups"]);
    // The sixteenth is not.
    let w = world(|script| script.reply(200, groups(0..15)).reply(200, groups(0..16)));
    let new = w.run(w.client.users().ensure_member(U, &[GroupId(15)]));
    assert_eq!(new.unwrap(), [GroupId(15)]);
}
