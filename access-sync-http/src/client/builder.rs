//! What goes into a core, and the setters that every client's builder hands on.

use std::fmt;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, OnceLock};

use super::{CallOptions, ClientCore, Inner, SharedState};
use crate::budget::Budgets;
use crate::timeouts::Timeouts;
use crate::{
    Authorize, Envelope, Error, FullJitter, Hooks, NoAuth, RateLimiter, RetryPolicy, SystemTimer,
    Timer, Transport, Unlimited,
};

/// Retries in a row, see [`ClientCoreBuilder::retry_budget`].
const RETRY_BUDGET: u32 = 50;

/// Builds a [`ClientCore`].
pub struct ClientCoreBuilder {
    vendor: &'static str,
    tenant: Option<Arc<str>>,
    envelope: Arc<dyn Envelope>,
    transport: Option<Arc<dyn Transport>>,
    limiter: Option<Arc<dyn RateLimiter>>,
    retry: Option<Arc<dyn RetryPolicy>>,
    timer: Option<Arc<dyn Timer>>,
    auth: Option<Arc<dyn Authorize>>,
    hooks: Option<Arc<dyn Hooks>>,
    options: CallOptions,
    seed: Option<u64>,
    retry_budget: Option<u32>,
}

impl ClientCoreBuilder {
    pub(super) fn new(vendor: &'static str, envelope: Arc<dyn Envelope>) -> Self {
        Self {
            vendor,
            tenant: None,
            envelope,
            transport: None,
            limiter: None,
            retry: None,
            timer: None,
            auth: None,
            hooks: None,
            options: CallOptions::default(),
            seed: None,
            retry_budget: Some(RETRY_BUDGET),
        }
    }

    /// A name for the account or credential whose limits these calls share. No secret.
    #[must_use]
    pub fn tenant(mut self, tenant: impl Into<Arc<str>>) -> Self {
        self.tenant = Some(tenant.into());
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

    /// Who hears of attempts and calls; nobody unless said otherwise.
    #[must_use]
    pub fn hooks(mut self, hooks: Arc<dyn Hooks>) -> Self {
        self.hooks = Some(hooks);
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

    /// How many retries a class of calls may make in a row without a success, after which each needs
    /// ten successes; 50 unless said otherwise. So in an outage at most a tenth more calls go out.
    /// `None` leaves the retry policy alone in charge.
    #[must_use]
    pub fn retry_budget(mut self, retries: Option<u32>) -> Self {
        self.retry_budget = retries;
        self
    }

    /// The clock as chosen so far, for parts of a client that need it too.
    #[must_use]
    pub fn clock(&self) -> Arc<dyn Timer> {
        match &self.timer {
            Some(timer) => Arc::clone(timer),
            None => Arc::new(SystemTimer),
        }
    }

    /// A vendor's own limiter, on the chosen clock, where the user gave none.
    #[must_use]
    pub fn limiter_or(mut self, make: impl FnOnce(Arc<dyn Timer>) -> Arc<dyn RateLimiter>) -> Self {
        if self.limiter.is_none() {
            self.limiter = Some(make(self.clock()));
        }
        self
    }

    /// A name for the account where the user gave none.
    #[must_use]
    pub fn tenant_or(mut self, make: impl FnOnce() -> String) -> Self {
        self.tenant.get_or_insert_with(|| make().into());
        self
    }

    /// The hooks as chosen so far, for a client that listens itself and passes on.
    #[must_use]
    pub fn listener(&self) -> Option<Arc<dyn Hooks>> {
        self.hooks.clone()
    }

    /// The core.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Config`] where no transport was given and the default one cannot be made.
    pub fn build(self) -> Result<ClientCore, Error> {
        let timer = self.clock();
        let transport = match self.transport {
            Some(transport) => transport,
            None => default_transport()?,
        };
        let seed = self
            .seed
            .unwrap_or_else(|| RandomState::new().build_hasher().finish());
        Ok(ClientCore(Arc::new(Inner {
            vendor: self.vendor,
            tenant: self.tenant.unwrap_or_else(|| Arc::from("default")),
            transport,
            limiter: self.limiter.unwrap_or_else(|| Arc::new(Unlimited)),
            retry: self
                .retry
                .unwrap_or_else(|| Arc::new(FullJitter::default())),
            timer: Arc::clone(&timer),
            envelope: self.envelope,
            auth: self.auth.unwrap_or_else(|| Arc::new(NoAuth)),
            hooks: self.hooks,
            options: self.options,
            for_auth: OnceLock::new(),
            shared: Arc::new(SharedState {
                timeouts: Timeouts::new(timer),
                entropy: AtomicU64::new(seed),
                budgets: Budgets::new(self.retry_budget),
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

/// The setters that a client's builder hands on to the [`ClientCoreBuilder`] in its field, so that
/// all clients of the family have the same ones: `tenant`, `transport`, `limiter`, `retry`, `timer`,
/// `hooks` and `options`. What a vendor does where nothing is said goes into their documentation.
///
/// ```
/// use std::sync::Arc;
/// use access_sync_http::{ClientCore, ClientCoreBuilder, Error, StatusEnvelope};
///
/// /// Builds a client.
/// #[derive(Debug)]
/// pub struct MyClientBuilder {
///     core: ClientCoreBuilder,
/// }
///
/// impl MyClientBuilder {
///     /// A builder.
///     pub fn new() -> Self {
///         Self { core: ClientCore::builder("mine", Arc::new(StatusEnvelope)) }
///     }
///
///     access_sync_http::core_setters! {
///         core;
///         tenant: "Unnamed unless said otherwise.",
///         limiter: "None unless said otherwise.",
///         options: "Two minutes in all unless said otherwise.",
///     }
///
///     /// The client.
///     pub fn build(self) -> Result<ClientCore, Error> {
///         self.core.build()
///     }
/// }
/// # let _ = MyClientBuilder::new().tenant("house 7");
/// ```
#[macro_export]
macro_rules! core_setters {
    ($core:ident; tenant: $tenant:expr, limiter: $limiter:expr, options: $options:expr $(,)?) => {
        /// A name for the account whose limits these calls share, where one limiter serves several
        /// clients. No secret.
        #[doc = $tenant]
        #[must_use]
        pub fn tenant(mut self, name: impl Into<std::sync::Arc<str>>) -> Self {
            self.$core = self.$core.tenant(name);
            self
        }

        /// How requests are sent; reqwest unless said otherwise.
        #[must_use]
        pub fn transport(mut self, transport: std::sync::Arc<dyn $crate::Transport>) -> Self {
            self.$core = self.$core.transport(transport);
            self
        }

        /// When requests may be sent.
        #[doc = $limiter]
        #[must_use]
        pub fn limiter(mut self, limiter: std::sync::Arc<dyn $crate::RateLimiter>) -> Self {
            self.$core = self.$core.limiter(limiter);
            self
        }

        /// Whether to try again; full jitter unless said otherwise.
        #[must_use]
        pub fn retry(mut self, retry: std::sync::Arc<dyn $crate::RetryPolicy>) -> Self {
            self.$core = self.$core.retry(retry);
            self
        }

        /// The clock; the machine's unless said otherwise.
        #[must_use]
        pub fn timer(mut self, timer: std::sync::Arc<dyn $crate::Timer>) -> Self {
            self.$core = self.$core.timer(timer);
            self
        }

        /// Who hears of attempts and calls, for metrics and logs; nobody unless said otherwise.
        #[must_use]
        pub fn hooks(mut self, hooks: std::sync::Arc<dyn $crate::Hooks>) -> Self {
            self.$core = self.$core.hooks(hooks);
            self
        }

        /// Time limits for all calls.
        #[doc = $options]
        #[must_use]
        pub fn options(mut self, options: $crate::CallOptions) -> Self {
            self.$core = self.$core.options(options);
            self
        }
    };
}
