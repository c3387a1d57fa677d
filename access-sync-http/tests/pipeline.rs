//! What is sent again, when, and what a caller is told.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    missing_docs
)]

mod common;
#[cfg(feature = "reqwest")]
mod sockets;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use access_sync_http::limit::{Per, Window};
use access_sync_http::retry::Phase;
use access_sync_http::test_util::MockTransport;
use access_sync_http::*;
use common::*;
use http::Method;

/// How an attempt can go wrong, with what the vendor's answer or the network says of it.
fn faults() -> Vec<(MockTransport, ErrorKind, Phase)> {
    let answered = |refused| Phase::Answered { refused };
    let mock = MockTransport::new;
    vec![
        (mock().broken(false), ErrorKind::Transport, Phase::NeverSent),
        (mock().broken(true), ErrorKind::Transport, Phase::Unanswered),
        (mock().silence(), ErrorKind::Timeout, Phase::Unanswered),
        (mock().reply(400, ""), ErrorKind::Invalid, answered(false)),
        (
            mock().reply(401, ""),
            ErrorKind::Authentication,
            answered(true),
        ),
        (mock().reply(403, ""), ErrorKind::Permission, answered(true)),
        (mock().reply(404, ""), ErrorKind::NotFound, answered(false)),
        (mock().reply(408, ""), ErrorKind::Timeout, answered(false)),
        (mock().reply(409, ""), ErrorKind::Conflict, answered(false)),
        (mock().reply(429, ""), ErrorKind::Throttled, answered(true)),
        (
            mock().reply(302, ""),
            ErrorKind::Unroutable,
            answered(false),
        ),
        (mock().reply(500, ""), ErrorKind::Server, answered(false)),
        (mock().reply(503, ""), ErrorKind::Server, answered(false)),
    ]
}

#[test]
fn each_fault_is_sent_again_only_where_that_can_do_no_harm() {
    for safety in [Safety::Read, Safety::Idempotent, Safety::Once] {
        for (transport, kind, phase) in faults() {
            let timer = clock();
            let transport = transport.reply(200, "{}");
            let result = timer.block_on(core(&timer, &transport).send(read().safety(safety)));
            let transient = matches!(
                kind,
                ErrorKind::Transport
                    | ErrorKind::Timeout
                    | ErrorKind::Throttled
                    | ErrorKind::Server
            );
            let harmless = safety != Safety::Once
                || matches!(phase, Phase::NeverSent | Phase::Answered { refused: true });
            let label = format!("{safety:?} {kind:?} {phase:?}");
            if transient && harmless {
                let reply = result.unwrap_or_else(|error| panic!("{label}: {error}"));
                assert_eq!(reply.attempts, 2, "{label}");
                transport.finish().unwrap();
            } else {
                let error = result.expect_err(&label);
                assert_eq!(transport.requests().len(), 1, "{label}");
                assert_eq!(error.kind(), kind, "{label}");
                assert!(
                    !error.is_retryable(),
                    "{label}: an outer layer may send it again"
                );
                assert!(!error.is_exhausted(), "{label}");
                assert_eq!(error.was_sent(), phase != Phase::NeverSent, "{label}");
            }
        }
    }
}

#[test]
fn used_up_retries_say_so_and_are_not_retried_outside() {
    let timer = clock();
    let transport = (0..9).fold(MockTransport::new(), |mock, _| mock.reply(503, ""));
    let error = timer
        .block_on(core(&timer, &transport).send(read()))
        .unwrap_err();
    assert_eq!((error.attempts(), transport.requests().len()), (5, 5));
    assert!(error.is_exhausted() && !error.is_retryable());
    assert_eq!(error.elapsed(), timer.elapsed());
    assert!(error.to_string().contains("after 5 attempts"), "{error}");
    assert_eq!((error.vendor(), error.operation()), ("acme", "things.call"));
}

#[test]
fn a_final_answer_after_a_retry_is_not_called_exhausted() {
    let timer = clock();
    let transport = MockTransport::new().reply(503, "").reply(404, "");
    let error = timer
        .block_on(core(&timer, &transport).send(read()))
        .unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::NotFound, 2));
    assert!(!error.is_exhausted());
}

#[test]
fn the_attempt_timeout_lies_inside_the_loop_and_the_deadline_around_it() {
    let timer = clock();
    let transport = MockTransport::new().silence().silence().reply(200, "{}");
    let core = core(&timer, &transport);
    let reply = timer.block_on(core.send(read())).unwrap();
    assert_eq!(reply.attempts, 3);
    assert!(timer.elapsed() >= secs(60) && timer.elapsed() < secs(63));

    let options = CallOptions::new().total(secs(40)).attempt(secs(30));
    let transport = MockTransport::new().silence().silence();
    let before = timer.elapsed();
    let client = builder(&timer, transport.clone()).build().unwrap();
    let error = timer
        .block_on(client.send_with(read(), &options))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Deadline);
    assert_eq!(timer.elapsed() - before, secs(40));
    assert!(error.was_sent());
}

#[test]
fn a_servers_delay_is_kept_and_an_absurd_one_is_reported_instead_of_slept() {
    let timer = clock();
    let transport = MockTransport::new()
        .reply_with(429, &[("retry-after", "7")], "")
        .reply(200, "{}");
    timer
        .block_on(core(&timer, &transport).send(read()))
        .unwrap();
    assert!(timer.elapsed() >= secs(7) && timer.elapsed() < secs(8));

    for absurd in [
        "18446744073709551615",
        "3600",
        "Fri, 31 Dec 9999 23:59:59 GMT",
    ] {
        let timer = clock();
        let transport = MockTransport::new().reply_with(429, &[("retry-after", absurd)], "");
        let error = timer
            .block_on(core(&timer, &transport).send(read()))
            .unwrap_err();
        assert_eq!(timer.elapsed(), Duration::ZERO);
        assert!(error.retry_after().unwrap() >= secs(3600));
        assert!(error.is_retryable(), "{error:?}");
    }
}

#[test]
fn in_an_outage_the_budget_bounds_the_extra_calls() {
    let timer = clock();
    let server = Server::new(&timer, Duration::ZERO, |_, _| Ok(answer(503, "")));
    let core = builder(&timer, server.clone()).build().unwrap();
    for _ in 0..200 {
        timer.block_on(core.send(read())).unwrap_err();
    }
    // Fifty retries in all, then one try for each call.
    assert_eq!(server.count(), 250);
    // Another class of calls has a budget of its own.
    timer
        .block_on(core.send(read().class("other")))
        .unwrap_err();
    assert_eq!(server.count(), 255);
}

#[test]
fn successes_pay_the_budget_back() {
    let timer = clock();
    let server = Server::new(&timer, Duration::ZERO, |_, call| {
        Ok(answer(
            if (250..750).contains(&call) { 200 } else { 503 },
            "",
        ))
    });
    let core = builder(&timer, server.clone()).build().unwrap();
    for _ in 0..700 {
        let _ = timer.block_on(core.send(read()));
    }
    let before = server.count();
    timer.block_on(core.send(read())).unwrap_err();
    assert_eq!(server.count() - before, 5);
}

#[test]
fn quota_used_up_is_never_retried() {
    #[derive(Debug)]
    struct Quota;
    impl Envelope for Quota {
        fn classify(
            &self,
            _: &http::Response<bytes::Bytes>,
            _: chrono::DateTime<chrono::Utc>,
        ) -> Result<(), Fault> {
            Err(Fault::new(ErrorKind::QuotaExhausted).after(Some(secs(1))))
        }
    }
    let timer = clock();
    let transport = MockTransport::new().reply(200, "");
    let core = ClientCore::builder("acme", Arc::new(Quota))
        .timer(Arc::new(timer.clone()))
        .transport(Arc::new(transport.clone()))
        .build()
        .unwrap();
    let error = timer.block_on(core.send(read())).unwrap_err();
    assert!(error.is_throttled() && !error.is_retryable());
    assert_eq!(transport.requests().len(), 1);
}

fn one_a_minute(timer: &test_util::VirtualTimer) -> Arc<WindowLimiter> {
    let windows = [Window::new(1, secs(60))];
    Arc::new(
        WindowLimiter::builder()
            .lane(Per::Tenant, windows)
            .timer(Arc::new(timer.clone()))
            .build(),
    )
}

#[test]
fn a_call_that_cannot_get_a_slot_in_time_fails_at_once_and_unsent() {
    let timer = clock();
    let transport = MockTransport::new().reply(200, "{}");
    let core = builder(&timer, transport.clone())
        .limiter(one_a_minute(&timer))
        .build()
        .unwrap();
    timer.block_on(core.send(read())).unwrap();
    let options = CallOptions::new().total(secs(30));
    let error = timer
        .block_on(core.send_with(read(), &options))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limited);
    assert_eq!(timer.elapsed(), Duration::ZERO);
    assert!(!error.was_sent() && error.retry_after().unwrap() >= secs(59));
}

#[test]
fn a_request_that_was_never_sent_does_not_use_up_its_slot() {
    let timer = clock();
    let limiter = one_a_minute(&timer);
    let transport = MockTransport::new()
        .broken(false)
        .reply(200, "{}")
        .broken(true);
    let core = builder(&timer, transport)
        .limiter(limiter.clone())
        .build()
        .unwrap();
    timer.block_on(core.send(read())).unwrap();
    assert!(
        timer.elapsed() < secs(2),
        "the second try had to wait for a slot"
    );
    assert_eq!(limiter.remaining(&core.scope(""))[0].left, 0);
}

#[test]
fn a_caller_that_goes_away_at_any_point_loses_no_permit_and_no_refresh() {
    let mut finished = false;
    for polls in 1..200 {
        let timer = clock();
        let limiter = one_a_minute(&timer);
        let source = Tokens::living(&timer, secs(3600));
        let server = Server::new(&timer, secs(1), |request, call| {
            let old = request.headers()["authorization"] == "Bearer token-0";
            let status = if old {
                401
            } else if call < 2 {
                503
            } else {
                200
            };
            Ok(answer(status, "{}"))
        });
        let core = builder(&timer, server.clone())
            .limiter(limiter.clone())
            .auth(Arc::new(TokenAuth::new(source.clone(), Arc::new(NoAuth))))
            .options(CallOptions::new().total(secs(3600)))
            .build()
            .unwrap();
        let done = timer.block_on(Polls::new(core.send(read()), polls));
        let sent = server.count();
        let left = limiter.remaining(&core.scope(""))[0].left;
        let last_sent = server.times.lock().unwrap().last().copied();
        let in_window = last_sent.is_some_and(|at| timer.elapsed() < at + secs(60));
        // Exactly what was sent is counted, wherever the caller was when it went away.
        assert_eq!(
            left,
            u64::from(!in_window),
            "after {polls} polls, {sent} sent"
        );
        // And the next caller gets its answer, with the token that was being fetched.
        timer.block_on(core.send(read())).unwrap();
        assert_eq!(source.count(), 2, "after {polls} polls");
        if done.is_some() {
            finished = true;
            break;
        }
    }
    assert!(finished);
}

#[derive(Debug, Default)]
struct Log(Mutex<Vec<String>>);

impl Hooks for Log {
    fn attempt(&self, report: &AttemptReport<'_>) {
        self.0.lock().unwrap().push(format!(
            "{} {} {:?} {:?} waited {:?} took {:?} again {}",
            report.operation,
            report.attempt,
            report.outcome,
            report.status.map(|s| s.as_u16()),
            report.waited,
            report.took,
            report.retry_in.is_some(),
        ));
    }
    fn call(&self, report: &CallReport<'_>) {
        self.0.lock().unwrap().push(format!(
            "{} {} {:?} {:?}",
            report.operation, report.attempts, report.outcome, report.elapsed
        ));
    }
}

#[test]
fn hooks_hear_of_every_attempt_and_every_call_even_a_cancelled_one() {
    let timer = clock();
    let log = Arc::new(Log::default());
    let server = Server::new(&timer, secs(2), |_, call| {
        Ok(answer(if call == 0 { 404 } else { 200 }, ""))
    });
    let core = builder(&timer, server).hooks(log.clone()).build().unwrap();
    timer.block_on(core.send(read())).unwrap_err();
    timer.block_on(core.send(read())).unwrap();
    timer.block_on(Polls::new(core.send(read()), 1));
    assert_eq!(
        *log.0.lock().unwrap(),
        [
            "things.call 1 Failed(NotFound) Some(404) waited 0ns took 2s again false",
            "things.call 1 Failed(NotFound) 2s",
            "things.call 1 Success Some(200) waited 0ns took 2s again false",
            "things.call 1 Success 2s",
            "things.call 1 Cancelled 0ns",
        ]
    );
}

#[test]
fn a_write_that_was_throttled_goes_out_again() {
    let timer = clock();
    let transport = MockTransport::new()
        .expect("POST", "/v1/things")
        .reply_with(429, &[("retry-after", "1")], "")
        .expect("POST", "/v1/things")
        .reply(201, "{}");
    let request = request(Method::POST);
    assert_eq!(request.safety_class(), Safety::Once);
    timer
        .block_on(core(&timer, &transport).send(request))
        .unwrap();
    transport.finish().unwrap();
}
