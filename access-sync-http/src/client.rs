//! The pipeline that every client sends through.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::future::{Either, select};
use http::{HeaderMap, Response, StatusCode};
use serde::de::DeserializeOwned;

use crate::error::vendor_message;
use crate::retry::Phase;
use crate::{
    AttemptInfo, AuthTicket, Authorize, Decision, Envelope, Error, ErrorKind, Fault, FullJitter,
    LimitError, NoAuth, RateLimiter, Request, RetryPolicy, Scope, Signal, SystemTimer, Timer,
    Transport, Unlimited, decode,
};

/// How long a call may take.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CallOptions {
    /// For everything: waiting for slots, all attempts, the pauses between.
    pub total: Duration,
    /// For one attempt.
    pub attempt: Duration,
}

impl Default for CallOptions {
    fn default() -> Self {
        Self {
            total: Duration::from_secs(120),
            attempt: Duration::from_secs(30),
        }
    }
}

impl CallOptions {
    /// Two minutes in all, thirty seconds an attempt.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Time for everything.
    #[must_use]
    pub fn total(mut self, total: Duration) -> Self {
        self.total = total;
        self
    }

    /// Time for one attempt.
    #[must_use]
    pub fn attempt(mut self, attempt: Duration) -> Self {
        self.attempt = attempt;
        self
    }
}

/// A good answer.
#[derive(Clone)]
#[non_exhaustive]
pub struct Reply {
    /// The HTTP status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, whole.
    pub body: Bytes,
    /// How many attempts it took.
    pub attempts: u32,
    vendor: &'static str,
    operation: &'static str,
}

impl Reply {
    /// The body as JSON.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`] with the path of the fault (`data[3].id`), without the values.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        decode::json(&self.body).map_err(|error| self.fault(error))
    }

    /// An error about this answer, with status and operation filled in.
    #[must_use]
    pub fn fault(&self, error: Error) -> Error {
        error
            .with_operation(self.vendor, self.operation)
            .with_status(self.status)
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("operation", &self.operation)
            .field("status", &self.status.as_u16())
            .field("body_bytes", &self.body.len())
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}

/// Sends requests through deadline, authorization, limiter, attempt timeout, transport, envelope and
/// retry. Clones share everything, token and budget included.
#[derive(Clone)]
pub struct ClientCore(Arc<Inner>);

struct Inner {
    vendor: &'static str,
    tenant: Arc<str>,
    transport: Arc<dyn Transport>,
    limiter: Arc<dyn RateLimiter>,
    retry: Arc<dyn RetryPolicy>,
    timer: Arc<dyn Timer>,
    envelope: Arc<dyn Envelope>,
    auth: Arc<dyn Authorize>,
    options: CallOptions,
    shared: Arc<SharedState>,
}

/// What the authorized and the bare core of one client have in common.
struct SharedState {
    entropy: AtomicU64,
    budgets: Mutex<HashMap<&'static str, u32>>,
}

/// A retry costs ten, a success gives one back: in an outage at most a tenth more calls go out.
const BUDGET: u32 = 500;
const RETRY_COST: u32 = 10;

impl ClientCore {
    /// A core for `vendor`, which tells faults by `envelope`.
    #[must_use]
    pub fn builder(vendor: &'static str, envelope: Arc<dyn Envelope>) -> ClientCoreBuilder {
        ClientCoreBuilder {
            vendor,
            tenant: Arc::from("default"),
            envelope,
            transport: None,
            limiter: None,
            retry: None,
            timer: None,
            auth: None,
            options: CallOptions::default(),
            seed: None,
        }
    }

    /// The clock.
    #[must_use]
    pub fn timer(&self) -> &Arc<dyn Timer> {
        &self.0.timer
    }

    /// The limiter.
    #[must_use]
    pub fn limiter(&self) -> &Arc<dyn RateLimiter> {
        &self.0.limiter
    }

    /// The scope that a class of this client's calls counts against.
    #[must_use]
    pub fn scope(&self, class: &'static str) -> Scope {
        Scope {
            vendor: self.0.vendor,
            tenant: Arc::clone(&self.0.tenant),
            class,
        }
    }

    /// The same core without authorization and with another way to tell faults: for token endpoints.
    #[must_use]
    pub fn bare(&self, envelope: Arc<dyn Envelope>) -> Self {
        let inner = &*self.0;
        Self(Arc::new(Inner {
            vendor: inner.vendor,
            tenant: Arc::clone(&inner.tenant),
            transport: Arc::clone(&inner.transport),
            limiter: Arc::clone(&inner.limiter),
            retry: Arc::clone(&inner.retry),
            timer: Arc::clone(&inner.timer),
            envelope,
            auth: Arc::new(NoAuth),
            options: inner.options.clone(),
            shared: Arc::clone(&inner.shared),
        }))
    }

    /// Sends with the client's own time limits.
    ///
    /// # Errors
    /// [`Error`], with operation, attempts and elapsed time.
    pub async fn send(&self, request: Request) -> Result<Reply, Error> {
        self.send_with(request, &self.0.options).await
    }

    /// Sends with time limits for this call.
    ///
    /// # Errors
    /// As [`ClientCore::send`].
    pub async fn send_with(&self, request: Request, options: &CallOptions) -> Result<Reply, Error> {
        let call = Call {
            core: self,
            request: &request,
            options,
            started: self.0.timer.now(),
        };
        call.run().await
    }

    fn entropy(&self) -> u64 {
        // splitmix64: each call takes the next of one sequence.
        let mut x = self
            .0
            .shared
            .entropy
            .fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        x ^ (x >> 31)
    }

    fn budget(&self, class: &'static str, change: impl FnOnce(u32) -> Option<u32>) -> bool {
        let mut budgets = self
            .0
            .shared
            .budgets
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let left = budgets.entry(class).or_insert(BUDGET);
        match change(*left) {
            Some(new) => {
                *left = new.min(BUDGET);
                true
            }
            None => false,
        }
    }
}

impl fmt::Debug for ClientCore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCore")
            .field("vendor", &self.0.vendor)
            .field("tenant", &self.0.tenant)
            .finish_non_exhaustive()
    }
}

struct Call<'a> {
    core: &'a ClientCore,
    request: &'a Request,
    options: &'a CallOptions,
    started: Instant,
}

/// One attempt that did not succeed.
struct Failed {
    error: Error,
    phase: Phase,
    ticket: AuthTicket,
}

impl Call<'_> {
    async fn run(&self) -> Result<Reply, Error> {
        let class = self.request.limit_class();
        let deadline = self.started.checked_add(self.options.total);
        let mut attempt = 0_u32;
        let mut reauthorized = false;
        loop {
            attempt += 1;
            let failed = match self.attempt(deadline).await {
                Ok(mut reply) => {
                    self.core.budget(class, |left| Some(left + 1));
                    reply.attempts = attempt;
                    return Ok(reply);
                }
                Err(failed) => failed,
            };
            let finish = |exhausted| {
                let error = failed
                    .error
                    .clone()
                    .with_operation(self.core.0.vendor, self.request.operation());
                error.with_attempts(attempt, self.elapsed(), exhausted)
            };
            // A refused token is not a failure of the call: fetch another and go on, once.
            let rejected = failed.error.kind() == ErrorKind::Authentication
                && matches!(failed.phase, Phase::Answered { .. });
            if rejected && !reauthorized && self.core.0.auth.refused(failed.ticket) {
                reauthorized = true;
                continue;
            }
            let info = AttemptInfo {
                attempt,
                elapsed: self.elapsed(),
                remaining: deadline.map(|at| at.saturating_duration_since(self.core.0.timer.now())),
                server_delay: failed.error.retry_after(),
                entropy: self.core.entropy(),
                ..AttemptInfo::new(
                    self.request.safety_class(),
                    failed.error.kind(),
                    failed.phase,
                )
            };
            let Decision::RetryAfter(wait) = self.core.0.retry.next(&info) else {
                return Err(finish(attempt > 1));
            };
            if !self.core.budget(class, |left| left.checked_sub(RETRY_COST)) {
                return Err(finish(true));
            }
            let resume = self.core.0.timer.now().checked_add(wait);
            match resume {
                Some(at) if deadline.is_none_or(|deadline| at < deadline) => {
                    self.core.0.timer.sleep_until(at).await;
                }
                _ => return Err(finish(true)),
            }
        }
    }

    async fn attempt(&self, deadline: Option<Instant>) -> Result<Reply, Failed> {
        let inner = &*self.core.0;
        let unsent = |error: Error| Failed {
            error,
            phase: Phase::NeverSent,
            ticket: AuthTicket(0),
        };
        let mut headers = HeaderMap::new();
        let bare = self.core.bare(Arc::clone(&inner.envelope));
        let ticket = inner
            .auth
            .authorize(&bare, &mut headers)
            .await
            .map_err(|error| {
                // It has been through a pipeline of its own; trying again here would multiply tries.
                Failed {
                    error: error.with_attempts(1, Duration::ZERO, true),
                    phase: Phase::Unanswered,
                    ticket: AuthTicket(0),
                }
            })?;
        let http = self.request.to_http(&headers).map_err(unsent)?;
        let scope = self.core.scope(self.request.limit_class());
        let permit = inner
            .limiter
            .acquire(&scope, 1, deadline)
            .await
            .map_err(|error| unsent(limited(&error)))?;
        let now = inner.timer.now();
        let until = now
            .checked_add(self.options.attempt)
            .into_iter()
            .chain(deadline)
            .min();
        permit.spend();
        let sending = inner.transport.send(http);
        let answer = match until {
            Some(at) => match select(pin!(sending), inner.timer.sleep_until(at)).await {
                Either::Left((answer, _)) => answer,
                Either::Right(_) => {
                    inner.limiter.observe(&scope, &Signal::Transport);
                    let kind = if deadline.is_some_and(|deadline| deadline <= at) {
                        ErrorKind::Deadline
                    } else {
                        ErrorKind::Timeout
                    };
                    let error = Error::new(kind, "no answer in time").with_sent(true);
                    return Err(Failed {
                        error,
                        phase: Phase::Unanswered,
                        ticket,
                    });
                }
            },
            None => sending.await,
        };
        match answer {
            Err(error) => {
                inner.limiter.observe(&scope, &Signal::Transport);
                let phase = if error.was_sent() {
                    Phase::Unanswered
                } else {
                    Phase::NeverSent
                };
                let sent = error.was_sent();
                let error = Error::new(ErrorKind::Transport, error.message())
                    .with_sent(sent)
                    .with_source(error);
                Err(Failed {
                    error,
                    phase,
                    ticket,
                })
            }
            Ok(response) => self.judge(response, &scope, ticket),
        }
    }

    fn judge(
        &self,
        response: Response<Bytes>,
        scope: &Scope,
        ticket: AuthTicket,
    ) -> Result<Reply, Failed> {
        let inner = &*self.core.0;
        for quota in inner.envelope.quotas(response.headers()) {
            inner.limiter.observe(scope, &quota);
        }
        let verdict = inner.envelope.classify(&response, inner.timer.wall());
        let signal = match &verdict {
            Err(fault)
                if matches!(fault.kind, ErrorKind::Throttled | ErrorKind::QuotaExhausted) =>
            {
                Signal::Throttled {
                    retry_after: fault.retry_after,
                }
            }
            Err(fault) if fault.kind == ErrorKind::Server => Signal::ServerError,
            _ => Signal::Success,
        };
        inner.limiter.observe(scope, &signal);
        let request_id = inner.envelope.request_id(response.headers());
        match verdict {
            Ok(()) => {
                let (parts, body) = response.into_parts();
                Ok(Reply {
                    status: parts.status,
                    headers: parts.headers,
                    body,
                    attempts: 1,
                    vendor: inner.vendor,
                    operation: self.request.operation(),
                })
            }
            Err(fault) => {
                let phase = Phase::Answered {
                    refused: fault.refused,
                };
                Err(Failed {
                    error: error_of(fault, response.status()).with_request_id(request_id),
                    phase,
                    ticket,
                })
            }
        }
    }

    fn elapsed(&self) -> Duration {
        self.core
            .0
            .timer
            .now()
            .saturating_duration_since(self.started)
    }
}

fn error_of(fault: Fault, status: StatusCode) -> Error {
    let message = fault
        .message
        .as_deref()
        .map(vendor_message)
        .unwrap_or_default();
    let error = Error::new(fault.kind, message)
        .with_status(status)
        .with_retry_after(fault.retry_after);
    match fault.code {
        Some(code) => error.with_code(code),
        None => error,
    }
}

fn limited(error: &LimitError) -> Error {
    let wait = match error {
        LimitError::PastDeadline { wait } => Some(*wait),
        LimitError::Unavailable(_) => None,
    };
    Error::new(ErrorKind::Limited, error.to_string()).with_retry_after(wait)
}

/// Builds a [`ClientCore`].
pub struct ClientCoreBuilder {
    vendor: &'static str,
    tenant: Arc<str>,
    envelope: Arc<dyn Envelope>,
    transport: Option<Arc<dyn Transport>>,
    limiter: Option<Arc<dyn RateLimiter>>,
    retry: Option<Arc<dyn RetryPolicy>>,
    timer: Option<Arc<dyn Timer>>,
    auth: Option<Arc<dyn Authorize>>,
    options: CallOptions,
    seed: Option<u64>,
}

impl ClientCoreBuilder {
    /// A name for the account or credential whose limits these calls share. No secret.
    #[must_use]
    pub fn tenant(mut self, tenant: impl Into<Arc<str>>) -> Self {
        self.tenant = tenant.into();
        self
    }

    /// How requests are sent; reqwest unless said otherwise.
    #[must_use]
    pub fn transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.transport = Some(transport);
        self
    }

    /// When requests may be sent; at once unless said otherwise.
    #[must_use]
    pub fn limiter(mut self, limiter: Arc<dyn RateLimiter>) -> Self {
        self.limiter = Some(limiter);
        self
    }

    /// Whether to try again; [`FullJitter`] unless said otherwise.
    #[must_use]
    pub fn retry(mut self, retry: Arc<dyn RetryPolicy>) -> Self {
        self.retry = Some(retry);
        self
    }

    /// The clock; the machine's unless said otherwise.
    #[must_use]
    pub fn timer(mut self, timer: Arc<dyn Timer>) -> Self {
        self.timer = Some(timer);
        self
    }

    /// The credentials; none unless said otherwise.
    #[must_use]
    pub fn auth(mut self, auth: Arc<dyn Authorize>) -> Self {
        self.auth = Some(auth);
        self
    }

    /// Time limits for all calls.
    #[must_use]
    pub fn options(mut self, options: CallOptions) -> Self {
        self.options = options;
        self
    }

    /// A seed for the jitter, for tests that compare runs.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// The core.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] where no transport was given and the default one cannot be made.
    pub fn build(self) -> Result<ClientCore, Error> {
        let transport = match self.transport {
            Some(transport) => transport,
            None => default_transport()?,
        };
        let seed = self
            .seed
            .unwrap_or_else(|| RandomState::new().build_hasher().finish());
        Ok(ClientCore(Arc::new(Inner {
            vendor: self.vendor,
            tenant: self.tenant,
            transport,
            limiter: self.limiter.unwrap_or_else(|| Arc::new(Unlimited)),
            retry: self
                .retry
                .unwrap_or_else(|| Arc::new(FullJitter::default())),
            timer: self.timer.unwrap_or_else(|| Arc::new(SystemTimer)),
            envelope: self.envelope,
            auth: self.auth.unwrap_or_else(|| Arc::new(NoAuth)),
            options: self.options,
            shared: Arc::new(SharedState {
                entropy: AtomicU64::new(seed),
                budgets: Mutex::default(),
            }),
        })))
    }
}

impl fmt::Debug for ClientCoreBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCoreBuilder")
            .field("vendor", &self.vendor)
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "reqwest")]
fn default_transport() -> Result<Arc<dyn Transport>, Error> {
    Ok(Arc::new(crate::ReqwestTransport::new()?))
}

#[cfg(not(feature = "reqwest"))]
fn default_transport() -> Result<Arc<dyn Transport>, Error> {
    Err(Error::config(
        "no transport: give one, or switch on the feature `reqwest`",
    ))
}
