//! Helpers that may be called again and again.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod common;

use brivo_api::{ErrorKind, NewUser};
use common::{quiet, sample, world};

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
