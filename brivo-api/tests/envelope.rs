//! Every way in which Brivo, its OAuth host and its gateway say no.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod common;

use std::time::Duration;

use brivo_api::{Culprit, Error, ErrorKind, GroupId, NewUser, UserId, codes};
use common::{World, answering, sample, sample_value, world};

/// What `GET /users/7` meets where Brivo answers once with this and never again.
fn fails(status: u16, headers: &[(&str, &str)], body: &str) -> Error {
    let w = world(|script| {
        script
            .reply_with(status, headers, body.to_owned())
            .reply(200, common::token(300))
    });
    let error = w.run(w.client.users().get(UserId(7))).unwrap_err();
    // Where it was tried again, what is left is the script's end.
    error
}

fn gateway(name: &str) -> (u16, Vec<(String, String)>, String) {
    let sample = sample_value(name);
    let headers = sample["headers"].as_object().unwrap();
    let headers = headers
        .iter()
        .map(|(k, v)| (k.clone(), v.as_str().unwrap().to_owned()));
    let status = u16::try_from(sample["status"].as_u64().unwrap()).unwrap();
    (
        status,
        headers.collect(),
        sample["body"].as_str().unwrap().to_owned(),
    )
}

fn answered(sample: &(u16, Vec<(String, String)>, String), times: usize) -> World {
    let headers: Vec<_> = sample
        .1
        .iter()
        .map(|(k, v)| (k.as_str(), v.as_str()))
        .collect();
    world(|mut script| {
        for _ in 0..times {
            script = script.reply_with(sample.0, &headers, sample.2.clone());
        }
        script
    })
}

#[test]
fn a_throttle_of_the_gateway_is_waited_out_and_the_call_succeeds() {
    let (status, headers, body) = gateway("generic_mashery_over_qps");
    let headers: Vec<_> = headers
        .iter()
        .map(|(k, v)| (k.as_str(), v.as_str()))
        .collect();
    let w = world(|script| {
        script
            .reply_with(status, &headers, body)
            .reply(200, sample("user"))
    });
    let user = w.run(w.client.users().get(UserId(7_310_442))).unwrap();
    assert_eq!(user.id, UserId(7_310_442));
    assert_eq!(w.asked().len(), 2);
    assert!(
        w.timer.elapsed() >= Duration::from_secs(1),
        "Retry-After: 1 is a floor"
    );
}

#[test]
fn a_throttle_is_told_by_its_body_alone_and_even_a_create_is_sent_again() {
    let w = world(|script| {
        script
            .reply_with(
                403,
                &[("content-type", "text/xml")],
                "<h1>Developer Over Qps</h1>",
            )
            .reply_with(403, &[], "<H1>DEVELOPER OVER QPS</H1>")
            .reply(429, "")
            .reply(201, sample("user"))
    });
    w.run(w.client.users().create(&NewUser::new("A", "B")))
        .unwrap();
    assert_eq!(w.asked().len(), 4);
}

#[test]
fn a_used_up_quota_ends_the_call_at_once_with_the_time_to_wait() {
    for (headers, body) in [
        (
            vec![
                ("x-mashery-error-code", "ERR_403_DEVELOPER_OVER_RATE"),
                ("retry-after", "7200"),
            ],
            "<h1>Developer Over Rate</h1>",
        ),
        (
            vec![("retry-after", "7200")],
            "<h1>Developer Over Rate</h1>",
        ),
    ] {
        let error = fails(403, &headers, body);
        assert_eq!(error.kind(), ErrorKind::QuotaExhausted);
        assert_eq!(error.code(), Some(codes::OVER_RATE));
        assert_eq!(error.retry_after(), Some(Duration::from_secs(7200)));
        assert_eq!(error.attempts(), 1);
    }
}

#[test]
fn a_refused_api_key_is_told_from_a_missing_permission() {
    let inactive = gateway("generic_mashery_developer_inactive");
    // Once with the token there was, once with a new one.
    let headers: Vec<_> = inactive
        .1
        .iter()
        .map(|(k, v)| (k.as_str(), v.as_str()))
        .collect();
    let w = world(|script| {
        script
            .reply_with(403, &headers, inactive.2.clone())
            .reply(200, common::token(300))
            .reply_with(403, &headers, inactive.2.clone())
    });
    let error = w.run(w.client.administrators().whoami()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication);
    assert_eq!(error.code(), Some(codes::DEVELOPER_INACTIVE));
    assert_eq!(Culprit::of(&error), Some(Culprit::ApiKey));

    let error = fails(403, &[], &sample("error_api_403"));
    assert_eq!(error.kind(), ErrorKind::Permission);
    assert_eq!(Culprit::of(&error), Some(Culprit::Permission));
    assert_eq!(error.attempts(), 1);
    let error = fails(
        403,
        &[],
        r#"{"error":"access_denied","error_description":"Access is denied"}"#,
    );
    assert_eq!(
        (error.kind(), error.code()),
        (ErrorKind::Permission, Some("access_denied"))
    );
}

#[test]
fn words_of_the_gateway_inside_an_answer_of_the_api_are_no_throttle() {
    let error = fails(
        403,
        &[],
        r#"{"code":403,"message":"Developer Over Qps is your group's name"}"#,
    );
    assert_eq!(error.kind(), ErrorKind::Permission);
}

#[test]
fn an_unmapped_path_is_unroutable_and_not_sent_again() {
    let w = answered(&gateway("generic_mashery_596"), 1);
    let error = w.run(w.client.users().get(UserId(7))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unroutable);
    assert_eq!(error.status().unwrap().as_u16(), 596);
    assert_eq!(Culprit::of(&error), Some(Culprit::Address));
    assert_eq!(w.asked().len(), 1);
}

#[test]
fn statuses_of_the_api_have_their_kinds() {
    for (status, body, kind, code) in [
        (404, sample("error_api_404"), ErrorKind::NotFound, "404"),
        (
            409,
            sample("error_digital_invitation_409"),
            ErrorKind::Conflict,
            "409",
        ),
        (
            412,
            sample("error_group_delete_412"),
            ErrorKind::Conflict,
            "412",
        ),
        (
            417,
            r#"{"code":417,"message":"Panel unreachable"}"#.into(),
            ErrorKind::Conflict,
            "417",
        ),
        (
            400,
            sample("error_credential_duplicate_400"),
            ErrorKind::Conflict,
            codes::DUPLICATE_CREDENTIAL,
        ),
        (
            400,
            r#"{"code":400,"message":"User's credentials already exist in a linked group"}"#.into(),
            ErrorKind::Conflict,
            codes::LINKED_GROUP,
        ),
        (
            400,
            r#"{"code":400,"message":"Invalid filter format"}"#.into(),
            ErrorKind::Invalid,
            "400",
        ),
        (
            415,
            r#"{"code":415,"message":"x"}"#.into(),
            ErrorKind::Invalid,
            "415",
        ),
    ] {
        let error = fails(status, &[], &body);
        assert_eq!((error.kind(), error.code()), (kind, Some(code)), "{status}");
    }
}

#[test]
fn a_503_of_a_read_is_sent_again_and_of_a_create_is_not() {
    let down = r#"{"code":503,"message":"x"}"#;
    let w = world(|script| script.reply(503, down).reply(200, sample("user")));
    assert!(w.run(w.client.users().get(UserId(7))).is_ok());
    let w = world(|script| script.reply(503, down).reply(200, sample("user")));
    let error = w
        .run(w.client.users().create(&NewUser::new("A", "B")))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Server);
    assert_eq!(w.asked().len(), 1);
}

#[test]
fn a_lost_answer_repeats_a_group_change_and_no_create() {
    let w = world(|script| script.broken(true).reply(200, sample("user_groups")));
    w.run(
        w.client
            .users()
            .change_groups(UserId(7), &[GroupId(1)], &[]),
    )
    .unwrap();
    assert_eq!(w.asked().len(), 2);
    let w = world(|script| script.broken(true).reply(200, sample("user")));
    let error = w
        .run(w.client.users().create(&NewUser::new("A", "B")))
        .unwrap_err();
    assert!(error.was_sent());
    assert_eq!(w.asked().len(), 1);
}

#[test]
fn a_404_that_the_api_did_not_write_is_never_no_such_user() {
    for body in ["", "<html>nginx</html>", "not found", "[]"] {
        let w = answering(404, body);
        let found = w.run(w.client.users().find_by_external_id("x"));
        assert_eq!(found.unwrap_err().kind(), ErrorKind::Unroutable, "{body:?}");
    }
    let w = answering(404, sample("error_api_404"));
    assert_eq!(
        w.run(w.client.users().find_by_external_id("x")).unwrap(),
        None
    );
}

#[test]
fn hostile_bodies_are_errors_and_never_panic() {
    for (status, body) in [
        (200, &b""[..]),
        (200, b"   "),
        (200, b"<html>log in</html>"),
        (200, b"{"),
        (200, b"{\"id\":"),
        (200, b"[]"),
        (200, b"null"),
        (200, b"{\"id\":\"x\",\"suspended\":false}"),
        (200, b"{\"id\":7}"),
        (200, b"\xff\xfe\x00"),
        (302, b""),
        (500, b"\x00\x01\x1b[31m"),
        (403, b"\xff\xff"),
        (403, b"{\"code\":{\"a\":1},\"message\":[1]}"),
        (400, b"{\"error\":\"a\\u0000\\u001b[31mb\"}"),
    ] {
        let w =
            world(|script| (0..6).fold(script, |script, _| script.reply(status, body.to_vec())));
        let error = w.run(w.client.users().get(UserId(7))).unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains(|c: char| c.is_control()), "{shown:?}");
        assert_eq!(error.operation(), "users.get");
    }
}

#[test]
fn a_page_instead_of_an_answer_is_read_once_more() {
    let w = world(|script| {
        script
            .reply(200, "<html>busy</html>")
            .reply(200, sample("user"))
    });
    assert!(w.run(w.client.users().get(UserId(7))).is_ok());
}
