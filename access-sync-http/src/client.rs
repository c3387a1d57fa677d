//! The pipeline that every client sends through.

mod builder;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

pub use builder::ClientCoreBuilder;

use crate::budget::Budgets;
use crate::pipeline::Call;
use crate::timeouts::Timeouts;
use crate::{
    Authorize, Envelope, Error, Hooks, NoAuth, RateLimiter, Request, RetryPolicy, Scope, Timer,
    Transport, decode,
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
    pub(crate) vendor: &'static str,
    pub(crate) operation: &'static str,
}

impl Reply {
    /// The body as JSON.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Decode`] with the path of the fault (`data[3].id`), without the values.
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
pub struct ClientCore(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) vendor: &'static str,
    tenant: Arc<str>,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) limiter: Arc<dyn RateLimiter>,
    pub(crate) retry: Arc<dyn RetryPolicy>,
    pub(crate) timer: Arc<dyn Timer>,
    pub(crate) envelope: Arc<dyn Envelope>,
    pub(crate) auth: Arc<dyn Authorize>,
    pub(crate) hooks: Option<Arc<dyn Hooks>>,
    options: CallOptions,
    pub(crate) shared: Arc<SharedState>,
    /// This core without authorization, made when authorization first asks for it.
    for_auth: OnceLock<ClientCore>,
}

/// What the authorized and the bare core of one client have in common.
pub(crate) struct SharedState {
    pub(crate) timeouts: Arc<Timeouts>,
    pub(crate) budgets: Budgets,
    entropy: AtomicU64,
}

impl ClientCore {
    /// A core for `vendor`, which tells faults by `envelope`.
    #[must_use]
    pub fn builder(vendor: &'static str, envelope: Arc<dyn Envelope>) -> ClientCoreBuilder {
        ClientCoreBuilder::new(vendor, envelope)
    }

    /// The clock.
    #[must_use]
    pub fn timer(&self) -> &Arc<dyn Timer> {
        &self.0.timer
    }

    /// The most attempts of one call, where the retry policy has a limit. A token that is refused
    /// takes one more.
    #[must_use]
    pub fn max_attempts(&self) -> Option<u32> {
        self.0.retry.max_attempts()
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
            hooks: inner.hooks.clone(),
            options: inner.options.clone(),
            shared: Arc::clone(&inner.shared),
            for_auth: OnceLock::new(),
        }))
    }

    pub(crate) fn for_auth(&self) -> &Self {
        self.0
            .for_auth
            .get_or_init(|| self.bare(Arc::clone(&self.0.envelope)))
    }

    /// Sends with the client's own time limits.
    ///
    /// # Errors
    /// [`Error`], with operation, attempts and elapsed time.
    pub async fn send(&self, request: Request) -> Result<Reply, Error> {
        Call::new(self, &request, &self.0.options).run().await
    }

    /// Sends with time limits for this call.
    ///
    /// # Errors
    /// As [`ClientCore::send`].
    pub async fn send_with(&self, request: Request, options: &CallOptions) -> Result<Reply, Error> {
        Call::new(self, &request, options).run().await
    }

    pub(crate) fn entropy(&self) -> u64 {
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
}

impl fmt::Debug for ClientCore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCore")
            .field("vendor", &self.0.vendor)
            .field("tenant", &self.0.tenant)
            .finish_non_exhaustive()
    }
}
