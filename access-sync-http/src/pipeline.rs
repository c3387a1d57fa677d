//! One call on its way: deadline, authorization, limiter, attempt timeout, transport, envelope, retry.

mod failed;

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::future::{Either, select};
use http::{HeaderMap, Response, StatusCode};

use self::failed::{Failed, InFlight, error_of, limited, signal};
use crate::client::Inner;
use crate::retry::Phase;
use crate::{
    AttemptInfo, AttemptReport, AuthTicket, CallOptions, CallReport, ClientCore, Decision, Error,
    ErrorKind, Outcome, Reply, Request, Scope, Signal, spans,
};

pub(crate) struct Call<'a> {
    core: &'a ClientCore,
    request: &'a Request,
    options: &'a CallOptions,
    scope: Scope,
    started: Instant,
    deadline: Option<Instant>,
    /// Attempts begun, and how the call ended; cancelled until it is known otherwise.
    attempts: u32,
    outcome: Outcome,
}

impl<'a> Call<'a> {
    pub(crate) fn new(
        core: &'a ClientCore,
        request: &'a Request,
        options: &'a CallOptions,
    ) -> Self {
        let started = core.0.timer.now();
        Self {
            core,
            request,
            options,
            scope: core.scope(request.limit_class()),
            started,
            deadline: started.checked_add(options.total),
            attempts: 0,
            outcome: Outcome::Cancelled,
        }
    }

    pub(crate) async fn run(&mut self) -> Result<Reply, Error> {
        let span = spans::call(&self.scope, self.request.operation());
        let result = spans::within(span, self.attempts()).await;
        self.outcome = match &result {
            Ok(_) => Outcome::Success,
            Err(error) => Outcome::Failed(error.kind()),
        };
        result
    }

    async fn attempts(&mut self) -> Result<Reply, Error> {
        let inner = &*self.core.0;
        let mut reauthorized = false;
        let mut began = self.started;
        loop {
            self.attempts += 1;
            let mut sent = None;
            let span = spans::attempt(self.attempts);
            let result = spans::within(span.clone(), self.attempt(began, &mut sent)).await;
            let failed = match result {
                Ok(mut reply) => {
                    inner.shared.budgets.regain(self.scope.class);
                    reply.attempts = self.attempts;
                    self.report(began, sent, Outcome::Success, Some(reply.status), None);
                    return Ok(reply);
                }
                Err(failed) => failed,
            };
            let next = self.next(&failed, &mut reauthorized);
            spans::failed(&span, &failed.error, next.ok());
            self.report(
                began,
                sent,
                Outcome::Failed(failed.error.kind()),
                failed.error.status(),
                next.ok(),
            );
            let wait = match next {
                Ok(wait) => wait,
                Err(exhausted) => return Err(self.finished(failed, exhausted)),
            };
            if !wait.is_zero() {
                let Some(at) = inner.timer.now().checked_add(wait) else {
                    return Err(self.finished(failed, true));
                };
                inner.timer.sleep_until(at).await;
            }
            began = inner.timer.now();
        }
    }

    /// How long to wait for the next attempt, or `Err(exhausted)` where there is none.
    fn next(&self, failed: &Failed, reauthorized: &mut bool) -> Result<Duration, bool> {
        let inner = &*self.core.0;
        let now = inner.timer.now();
        let kind = failed.error.kind();
        let info = AttemptInfo {
            attempt: self.attempts,
            elapsed: now.saturating_duration_since(self.started),
            remaining: self.deadline.map(|at| at.saturating_duration_since(now)),
            server_delay: failed.error.retry_after(),
            entropy: self.core.entropy(),
            ..AttemptInfo::new(self.request.safety_class(), kind, failed.phase)
        };
        if failed.settled {
            return Err(true);
        }
        // A refused token is not a failure of the call: fetch another and go on, once.
        let rejected =
            kind == ErrorKind::Authentication && matches!(failed.phase, Phase::Answered { .. });
        if rejected && !*reauthorized {
            *reauthorized = true;
            if inner.auth.refused(failed.ticket, &failed.error) && info.may_resend() {
                return Ok(Duration::ZERO);
            }
        }
        let tried = self.attempts > 1 && kind.is_transient();
        let Decision::RetryAfter(wait) = inner.retry.next(&info) else {
            return Err(tried);
        };
        let late = info.remaining.is_some_and(|remaining| wait >= remaining);
        match late || !inner.shared.budgets.spend(self.scope.class) {
            true => Err(true),
            false => Ok(wait),
        }
    }

    fn finished(&self, failed: Failed, exhausted: bool) -> Error {
        let info = AttemptInfo::new(
            self.request.safety_class(),
            failed.error.kind(),
            failed.phase,
        );
        let error = match failed.error.operation() {
            "" => failed
                .error
                .with_operation(self.core.0.vendor, self.request.operation()),
            _ => failed.error,
        };
        error.with_harmless(info.may_resend()).with_attempts(
            self.attempts,
            self.elapsed(),
            exhausted,
        )
    }

    async fn attempt(
        &self,
        began: Instant,
        sent_at: &mut Option<Instant>,
    ) -> Result<Reply, Failed> {
        let inner = &*self.core.0;
        let mut headers = self.request.headers();
        let (mut ticket, mut now) = match inner.auth.authorize_now(began, &mut headers) {
            Some(ticket) => (ticket.map_err(Failed::settled)?, began),
            None => (self.authorize(&mut headers).await?, inner.timer.now()),
        };
        let permit = match inner.limiter.try_acquire(&self.scope, 1, self.deadline) {
            Some(permit) => permit,
            None => {
                let slot = inner.limiter.acquire(&self.scope, 1, self.deadline);
                let permit = slot.await.map_err(|e| Failed::unsent(limited(&e)))?;
                now = inner.timer.now();
                permit
            }
        };
        if now.saturating_duration_since(began) >= STALE_AFTER {
            // A token may have died in the queue; where it has not this costs little.
            headers = self.request.headers();
            ticket = self.authorize(&mut headers).await?;
        }
        if self.deadline.is_some_and(|deadline| now >= deadline) {
            return Err(Failed::unsent(Error::new(
                ErrorKind::Deadline,
                "nothing was sent",
            )));
        }
        let until = now
            .checked_add(self.options.attempt)
            .into_iter()
            .chain(self.deadline)
            .min();
        *sent_at = Some(now);
        let flight = InFlight(Some(permit));
        let mut timeout = until.map(|at| inner.shared.timeouts.at(at));
        let mut sending = inner.transport.send_request(self.request, headers);
        let answer = poll_fn(|context| {
            if let Poll::Ready(answer) = sending.as_mut().poll(context) {
                return Poll::Ready(Some(answer));
            }
            match &mut timeout {
                Some(timeout) => Pin::new(timeout).poll(context).map(|()| None),
                None => Poll::Pending,
            }
        });
        let Some(answer) = answer.await else {
            return Err(self.late(until, ticket));
        };
        match answer {
            Err(error) => {
                inner.limiter.observe(&self.scope, &Signal::Transport);
                let sent = error.was_sent();
                let phase = if sent {
                    Phase::Unanswered
                } else {
                    flight.never_sent();
                    Phase::NeverSent
                };
                let error = Error::new(ErrorKind::Transport, error.message())
                    .with_sent(sent)
                    .with_source(error);
                Err(Failed {
                    error,
                    phase,
                    ticket,
                    settled: false,
                })
            }
            Ok(response) => self.judge(response, ticket),
        }
    }

    /// Adds credentials, which may take time. Fetching a token is shared by all callers and has its
    /// own time; waiting for it is this caller's.
    async fn authorize(&self, headers: &mut HeaderMap) -> Result<AuthTicket, Failed> {
        let inner = &*self.core.0;
        let mut asking = inner.auth.authorize(self.core.for_auth(), headers);
        let at_once = poll_fn(|context| Poll::Ready(asking.as_mut().poll(context))).await;
        let ticket = match (at_once, self.deadline) {
            (Poll::Ready(ticket), _) => ticket,
            (Poll::Pending, None) => asking.await,
            (Poll::Pending, Some(deadline)) => {
                match select(asking, inner.timer.sleep_until(deadline)).await {
                    Either::Left((ticket, _)) => ticket,
                    Either::Right(_) => Err(Error::new(
                        ErrorKind::Deadline,
                        "no credentials in time, nothing was sent",
                    )),
                }
            }
        };
        ticket.map_err(Failed::settled)
    }

    fn late(&self, at: Option<Instant>, ticket: AuthTicket) -> Failed {
        self.core.0.limiter.observe(&self.scope, &Signal::Transport);
        let kind = match self.deadline {
            Some(deadline) if Some(deadline) <= at => ErrorKind::Deadline,
            _ => ErrorKind::Timeout,
        };
        Failed {
            error: Error::new(kind, "no answer in time").with_sent(true),
            phase: Phase::Unanswered,
            ticket,
            settled: false,
        }
    }

    fn judge(&self, response: Response<Bytes>, ticket: AuthTicket) -> Result<Reply, Failed> {
        let inner = &*self.core.0;
        for quota in inner.envelope.quotas(response.headers()) {
            inner.limiter.observe(&self.scope, &quota);
        }
        let verdict = inner.envelope.classify(&response, inner.timer.wall());
        inner.limiter.observe(&self.scope, &signal(&verdict));
        match verdict {
            Ok(()) => {
                let (parts, body) = response.into_parts();
                Ok(Reply {
                    status: parts.status,
                    headers: parts.headers,
                    body,
                    attempts: self.attempts,
                    vendor: inner.vendor,
                    operation: self.request.operation(),
                })
            }
            Err(fault) => {
                let phase = Phase::Answered {
                    refused: fault.refused,
                };
                let request_id = inner.envelope.request_id(response.headers());
                Err(Failed {
                    error: error_of(fault, response.status(), request_id),
                    phase,
                    ticket,
                    settled: false,
                })
            }
        }
    }

    fn report(
        &self,
        began: Instant,
        sent: Option<Instant>,
        outcome: Outcome,
        status: Option<StatusCode>,
        retry_in: Option<Duration>,
    ) {
        let Some(hooks) = &self.core.0.hooks else {
            return;
        };
        let now = self.core.0.timer.now();
        let sent = sent.unwrap_or(now);
        hooks.attempt(&AttemptReport {
            scope: &self.scope,
            operation: self.request.operation(),
            attempt: self.attempts,
            waited: sent.saturating_duration_since(began),
            took: now.saturating_duration_since(sent),
            outcome,
            status,
            retry_in,
        });
    }

    fn elapsed(&self) -> Duration {
        let now = self.core.0.timer.now();
        now.saturating_duration_since(self.started)
    }
}

/// A caller that goes away is told of like one that got its answer.
impl Drop for Call<'_> {
    fn drop(&mut self) {
        let Inner { hooks, .. } = &*self.core.0;
        if let Some(hooks) = hooks {
            hooks.call(&CallReport {
                scope: &self.scope,
                operation: self.request.operation(),
                attempts: self.attempts,
                elapsed: self.elapsed(),
                outcome: self.outcome,
            });
        }
    }
}

/// A queue longer than this is worth another look at the credentials.
const STALE_AFTER: Duration = Duration::from_secs(1);
