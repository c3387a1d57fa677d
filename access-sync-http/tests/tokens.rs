//! Sixty-four callers and one token.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod common;

use std::sync::Arc;
use std::time::Duration;

use access_sync_http::test_util::VirtualTimer;
use access_sync_http::*;
use common::*;
use futures_util::future::{join_all, select};
use http::header::AUTHORIZATION;

fn client(timer: &VirtualTimer, server: &Server, source: &Arc<Tokens>) -> ClientCore {
    let auth = TokenAuth::new(source.clone(), Arc::new(NoAuth));
    builder(timer, server.clone())
        .auth(Arc::new(auth))
        .build()
        .unwrap()
}

fn open(timer: &VirtualTimer) -> Server {
    Server::new(timer, secs(0), |_, _| Ok(answer(200, "{}")))
}

fn storm(timer: &VirtualTimer, core: &ClientCore) -> Vec<Result<Reply, Error>> {
    timer.block_on(join_all((0..64).map(|_| core.send(read()))))
}

#[test]
fn sixty_four_callers_fetch_one_token() {
    let timer = clock();
    let (server, source) = (open(&timer), Tokens::living(&timer, secs(3600)));
    let core = client(&timer, &server, &source);
    assert!(storm(&timer, &core).iter().all(Result::is_ok));
    assert_eq!((source.count(), server.count()), (1, 64));
    assert_eq!(timer.elapsed(), Duration::from_millis(20));
}

#[test]
fn sixty_four_callers_share_one_failure_and_the_next_ones_wait_it_out() {
    for kind in [
        ErrorKind::Server,
        ErrorKind::Authentication,
        ErrorKind::Transport,
    ] {
        let timer = clock();
        let (server, source) = (open(&timer), Tokens::failing(&timer, kind));
        let core = client(&timer, &server, &source);
        for result in storm(&timer, &core) {
            let error = result.unwrap_err();
            assert_eq!(error.kind(), kind);
            assert!(!error.was_sent(), "the caller's own request never went out");
            assert!(error.is_exhausted() && !error.is_retryable());
        }
        assert_eq!((source.count(), server.count()), (1, 0));
        // Another storm within the pause asks nobody and says how long to wait.
        let wait = storm(&timer, &core)[0].as_ref().unwrap_err().retry_after();
        assert!(wait.is_some_and(|wait| wait <= secs(2)));
        assert_eq!(source.count(), 1);
        timer.advance(secs(3));
        storm(&timer, &core);
        assert_eq!(source.count(), 2);
    }
}

#[test]
fn when_the_leader_goes_away_the_others_carry_its_fetch_on() {
    for polls in 1..5 {
        let timer = clock();
        let (server, source) = (open(&timer), Tokens::living(&timer, secs(3600)));
        let core = client(&timer, &server, &source);
        let results = timer.block_on(async {
            let leader = Polls::new(core.send(read()), polls);
            let others = join_all((0..63).map(|_| core.send(read())));
            futures_util::future::join(leader, others).await.1
        });
        assert!(results.iter().all(Result::is_ok));
        assert_eq!(source.count(), 1, "{polls}");
    }
}

#[test]
fn a_fetch_that_everybody_left_is_carried_on_by_the_next_caller() {
    let timer = clock();
    let (server, source) = (open(&timer), Tokens::living(&timer, secs(3600)));
    let core = client(&timer, &server, &source);
    assert!(timer.block_on(Polls::new(core.send(read()), 1)).is_none());
    timer.advance(secs(600));
    timer.block_on(core.send(read())).unwrap();
    assert_eq!(source.count(), 1);
}

#[test]
fn a_fetch_that_failed_while_nobody_looked_is_tried_again_at_once() {
    let timer = clock();
    let source = Tokens::new(&timer, |n, _| match n {
        0 => Err(Error::new(ErrorKind::Timeout, "no answer in time").with_sent(true)),
        _ => Ok(token(n, secs(3600))),
    });
    let server = open(&timer);
    let core = client(&timer, &server, &source);
    assert!(timer.block_on(Polls::new(core.send(read()), 1)).is_none());
    timer.advance(secs(600));
    timer.block_on(core.send(read())).unwrap();
    assert_eq!(source.count(), 2);
}

/// Accepts only the newest token; the old one's refusals arrive late.
fn picky(timer: &VirtualTimer, from: u64) -> Server {
    let good = format!("Bearer token-{from}");
    Server::new(timer, secs(1), move |request, _| {
        let sent = request.headers().get(AUTHORIZATION).unwrap();
        Ok(answer(
            if sent.as_bytes() == good.as_bytes() {
                200
            } else {
                401
            },
            "",
        ))
    })
}

#[test]
fn sixty_four_late_refusals_cost_one_refresh() {
    let timer = clock();
    let (server, source) = (picky(&timer, 1), Tokens::living(&timer, secs(3600)));
    let core = client(&timer, &server, &source);
    let results = timer.block_on(join_all((0..64_u32).map(|n| {
        let (timer, core) = (timer.clone(), core.clone());
        async move {
            let at = timer.now() + Duration::from_millis(u64::from(n) * 30);
            timer.sleep_until(at).await;
            core.send(read()).await
        }
    })));
    for result in &results {
        assert!(result.as_ref().unwrap().attempts <= 2);
    }
    assert_eq!(source.count(), 2);
}

#[test]
fn a_token_that_is_refused_though_fresh_costs_one_more_try_and_no_storm() {
    let timer = clock();
    let (server, source) = (picky(&timer, 999), Tokens::living(&timer, secs(3600)));
    let core = client(&timer, &server, &source);
    for result in storm(&timer, &core) {
        let error = result.unwrap_err();
        assert_eq!(
            (error.kind(), error.attempts()),
            (ErrorKind::Authentication, 2)
        );
    }
    assert_eq!((source.count(), server.count()), (2, 128));
}

/// Refuses the API key, whatever the token.
#[derive(Debug)]
struct KeyRefused(Arc<Tokens>);

#[async_trait::async_trait]
impl TokenSource for KeyRefused {
    async fn fetch(&self, core: &ClientCore, previous: Option<&Token>) -> Result<Token, Error> {
        self.0.fetch(core, previous).await
    }

    fn is_about_token(&self, error: &Error) -> bool {
        assert_eq!(error.status().unwrap().as_u16(), 401);
        error.code() != Some("BAD_KEY")
    }
}

impl Envelope for KeyRefused {
    fn classify(
        &self,
        response: &http::Response<bytes::Bytes>,
        _: chrono::DateTime<chrono::Utc>,
    ) -> Result<(), Fault> {
        let kind = StatusEnvelope::kind(response.status());
        kind.map_or(Ok(()), |kind| Err(Fault::new(kind).code("BAD_KEY")))
    }
}

#[test]
fn a_refusal_that_is_not_about_the_token_costs_no_fetch_and_no_second_try() {
    let timer = clock();
    let source = Tokens::living(&timer, secs(3600));
    let server = picky(&timer, 999);
    let aware = Arc::new(KeyRefused(source.clone()));
    for store in [false, true] {
        let tokens: Arc<dyn TokenSource> = match store {
            true => Arc::new(SharedTokens::new(
                aware.clone(),
                Arc::new(MemoryTokenStore::default()),
            )),
            false => aware.clone(),
        };
        let core = ClientCore::builder("acme", aware.clone())
            .timer(Arc::new(timer.clone()))
            .transport(Arc::new(server.clone()))
            .auth(Arc::new(TokenAuth::new(tokens, Arc::new(NoAuth))))
            .build()
            .unwrap();
        let before = (source.count(), server.count());
        for _ in 0..2 {
            let error = timer.block_on(core.send(read())).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Authentication);
            assert_eq!(error.attempts(), 1);
        }
        let after = (source.count(), server.count());
        assert_eq!((after.0 - before.0, after.1 - before.1), (1, 2));
    }
}

#[test]
fn near_its_end_one_caller_renews_and_the_others_go_on_with_the_old() {
    let timer = clock();
    let (server, source) = (open(&timer), Tokens::living(&timer, secs(600)));
    let core = client(&timer, &server, &source);
    timer.block_on(core.send(read())).unwrap();
    timer.advance(secs(560));
    let before = timer.elapsed();
    let quick = timer.block_on(async {
        let renewing = Box::pin(core.send(read()));
        let others = Box::pin(join_all((0..63).map(|_| core.send(read()))));
        match select(renewing, others).await {
            futures_util::future::Either::Right((others, _)) => others,
            futures_util::future::Either::Left(_) => panic!("the others waited for the renewal"),
        }
    });
    assert!(quick.iter().all(Result::is_ok));
    assert_eq!(
        (timer.elapsed() - before, source.count()),
        (Duration::ZERO, 2)
    );
}

#[test]
fn a_renewal_that_fails_leaves_the_old_token_in_use_and_is_not_repeated_by_each_call() {
    let timer = clock();
    let source = Tokens::new(&timer, |n, _| match n {
        0 => Ok(token(0, secs(600))),
        _ => Err(Error::new(ErrorKind::Server, "away")),
    });
    let server = open(&timer);
    let core = client(&timer, &server, &source);
    timer.block_on(core.send(read())).unwrap();
    timer.advance(secs(560));
    for _ in 0..10 {
        timer.block_on(core.send(read())).unwrap();
    }
    assert_eq!(source.count(), 2);
    timer.advance(secs(60));
    assert!(timer.block_on(core.send(read())).is_err());
}

#[test]
fn a_token_that_lives_for_no_time_serves_its_call_and_does_not_spin() {
    for life in [Duration::ZERO, Duration::from_nanos(1), Duration::MAX] {
        let timer = clock();
        let (server, source) = (open(&timer), Tokens::living(&timer, life));
        let core = client(&timer, &server, &source);
        assert!(storm(&timer, &core).iter().all(Result::is_ok), "{life:?}");
        for _ in 0..10 {
            timer.block_on(core.send(read())).unwrap();
        }
        assert_eq!(source.count(), 1, "{life:?}");
    }
}

#[test]
fn a_refused_refresh_token_is_not_sent_a_second_time() {
    let timer = clock();
    let source = Tokens::new(&timer, |n, previous| {
        let refresh = previous.and_then(|token| token.refresh.as_ref());
        match (n, refresh.map(|r| r.expose_secret().to_owned())) {
            (0, None) => Ok(token(0, secs(600))),
            (1, Some(refresh)) if refresh == "refresh-0" => {
                Err(Error::new(ErrorKind::Authentication, "invalid_grant"))
            }
            (2, None) => Ok(token(2, secs(600))),
            other => panic!("{other:?}"),
        }
    });
    let server = open(&timer);
    let core = client(&timer, &server, &source);
    timer.block_on(core.send(read())).unwrap();
    timer.advance(secs(700));
    timer.block_on(core.send(read())).unwrap_err();
    timer.advance(secs(3));
    timer.block_on(core.send(read())).unwrap();
}

#[test]
fn waiting_for_a_token_counts_against_the_callers_deadline() {
    let timer = clock();
    let server = open(&timer);
    let source = Arc::new(Tokens {
        timer: timer.clone(),
        delay: secs(100),
        calls: 0.into(),
        make: Box::new(|n, _| Ok(token(n, secs(3600)))),
    });
    let core = client(&timer, &server, &source);
    let options = CallOptions::new().total(secs(10));
    let error = timer
        .block_on(core.send_with(read(), &options))
        .unwrap_err();
    assert_eq!(
        (error.kind(), timer.elapsed()),
        (ErrorKind::Deadline, secs(10))
    );
    assert!(!error.was_sent());
    // The fetch is not lost: a patient caller gets its token.
    timer.block_on(core.send(read())).unwrap();
    assert_eq!((source.count(), timer.elapsed()), (1, secs(100)));
}

#[test]
fn a_token_that_dies_in_the_limiters_queue_is_renewed_before_sending() {
    let timer = clock();
    let limiter = WindowLimiter::builder()
        .lane(limit::Per::Tenant, [limit::Window::new(1, secs(600))])
        .timer(Arc::new(timer.clone()))
        .build();
    let source = Tokens::living(&timer, secs(60));
    let server = Server::new(&timer, secs(0), |_, _| Ok(answer(200, "{}")));
    let core = builder(&timer, server.clone())
        .limiter(Arc::new(limiter))
        .auth(Arc::new(TokenAuth::new(source.clone(), Arc::new(NoAuth))))
        .options(CallOptions::new().total(secs(3600)))
        .build()
        .unwrap();
    timer.block_on(core.send(read())).unwrap();
    let reply = timer.block_on(core.send(read())).unwrap();
    assert_eq!((reply.attempts, source.count()), (1, 2));
}

#[test]
fn the_state_does_not_keep_itself_alive_while_a_fetch_is_under_way() {
    let timer = clock();
    let source = Tokens::living(&timer, secs(60));
    let weak = Arc::downgrade(&source);
    let core = client(&timer, &open(&timer), &source);
    timer.block_on(Polls::new(core.send(read()), 1));
    drop((core, source));
    assert!(weak.upgrade().is_none());
}
