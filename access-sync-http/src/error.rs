//! One opaque error for every client of the family.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;

/// What went wrong, as far as a caller can act on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A setting or an argument that cannot work; nothing was sent.
    Config,
    /// The connection failed or broke.
    Transport,
    /// One attempt took longer than it may.
    Timeout,
    /// The call's total time is used up, or would be by the wait that is due.
    Deadline,
    /// Our own limiter has no slot before the deadline; nothing was sent.
    Limited,
    /// The vendor refused the call as too many in a short time.
    Throttled,
    /// The vendor's quota for a long period (a day, a month) is used up.
    QuotaExhausted,
    /// The credentials, the token or the API key were refused.
    Authentication,
    /// The credentials are good but may not do this.
    Permission,
    /// There is no such thing, or it is not visible to these credentials.
    NotFound,
    /// The thing's state forbids it (exists already, in use, precondition).
    Conflict,
    /// The vendor says that the request is wrong.
    Invalid,
    /// The address or verb is not served there (wrong region, path or product).
    Unroutable,
    /// The vendor failed.
    Server,
    /// The answer is not what the vendor documents: no JSON, a field of another type, a blank body.
    Decode,
}

impl ErrorKind {
    /// May pass without anybody changing anything.
    pub(crate) fn is_transient(self) -> bool {
        matches!(
            self,
            Self::Transport
                | Self::Timeout
                | Self::Limited
                | Self::Throttled
                | Self::Server
                | Self::Decode
        )
    }
}

/// Why a call failed. Cheap to clone; one line when displayed; never shows credentials or bodies.
#[derive(Clone)]
pub struct Error(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    vendor: &'static str,
    operation: Cow<'static, str>,
    status: Option<StatusCode>,
    code: Option<String>,
    message: String,
    request_id: Option<String>,
    retry_after: Option<Duration>,
    attempts: u32,
    elapsed: Duration,
    sent: bool,
    exhausted: bool,
    harmless: bool,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error of a kind, with a message that is fit to be shown.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Arc::new(Inner {
            kind,
            vendor: "",
            operation: Cow::Borrowed(""),
            status: None,
            code: None,
            message: message.into(),
            request_id: None,
            retry_after: None,
            attempts: 0,
            elapsed: Duration::ZERO,
            sent: false,
            exhausted: false,
            harmless: true,
            source: None,
        }))
    }

    /// A setting or argument that cannot work.
    #[must_use]
    pub fn config(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Config, message)
    }

    /// An answer that is not what the vendor documents.
    #[must_use]
    pub fn decode(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Decode, message).with_sent(true)
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The client's name for the vendor; empty where the error came before any call.
    #[must_use]
    pub fn vendor(&self) -> &'static str {
        self.0.vendor
    }

    /// The operation that failed, such as `users.list`.
    #[must_use]
    pub fn operation(&self) -> &str {
        &self.0.operation
    }

    /// The HTTP status of the last answer, where there was one.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// The vendor's own code, where the answer had one.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// The vendor's message, masked and bounded, or ours.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The vendor's id of the request, where the answer had one.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// How long the vendor (or our own limiter) asks to wait, where known.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// How many times the request was tried.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// From the call's start to this error.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed
    }

    /// May the vendor have received it? `false` only where it provably was not sent.
    #[must_use]
    pub fn was_sent(&self) -> bool {
        self.0.sent
    }

    /// Could the same call succeed later without anybody changing anything? `false` once retries
    /// were used up here, so that an outer layer does not multiply them, and `false` where a write may
    /// have been carried out, so that it is not done twice.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        !self.0.exhausted
            && self.0.harmless
            && matches!(
                self.kind(),
                ErrorKind::Transport
                    | ErrorKind::Timeout
                    | ErrorKind::Limited
                    | ErrorKind::Throttled
                    | ErrorKind::Server
            )
    }

    /// Were retries tried and used up?
    #[must_use]
    pub fn is_exhausted(&self) -> bool {
        self.0.exhausted
    }

    /// Refused as too many calls, now or for the period.
    #[must_use]
    pub fn is_throttled(&self) -> bool {
        matches!(
            self.kind(),
            ErrorKind::Throttled | ErrorKind::QuotaExhausted | ErrorKind::Limited
        )
    }

    /// Refused for who asks: credentials or permission.
    #[must_use]
    pub fn is_auth(&self) -> bool {
        matches!(
            self.kind(),
            ErrorKind::Authentication | ErrorKind::Permission
        )
    }

    /// There is no such thing, or it is not visible.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.kind() == ErrorKind::NotFound
    }

    /// The same error, told of a code.
    #[must_use]
    pub fn with_code(self, code: impl Into<String>) -> Self {
        self.map(|inner| inner.code = Some(code.into()))
    }

    /// The same error, told whether the request may have been received.
    #[must_use]
    pub fn with_sent(self, sent: bool) -> Self {
        self.map(|inner| inner.sent = sent)
    }

    /// The same error, told how long to wait.
    #[must_use]
    pub fn with_retry_after(self, delay: Option<Duration>) -> Self {
        self.map(|inner| inner.retry_after = delay)
    }

    /// The same error with its cause.
    #[must_use]
    pub fn with_source(self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.map(|inner| inner.source = Some(Arc::new(source)))
    }

    /// The same error, told which vendor and operation it belongs to.
    #[must_use]
    pub fn with_operation(
        self,
        vendor: &'static str,
        operation: impl Into<Cow<'static, str>>,
    ) -> Self {
        self.map(|inner| {
            inner.vendor = vendor;
            inner.operation = operation.into();
        })
    }

    pub(crate) fn with_status(self, status: StatusCode) -> Self {
        self.map(|inner| {
            inner.status = Some(status);
            inner.sent = true;
        })
    }

    pub(crate) fn with_request_id(self, id: Option<String>) -> Self {
        self.map(|inner| inner.request_id = id)
    }

    pub(crate) fn with_attempts(self, attempts: u32, elapsed: Duration, exhausted: bool) -> Self {
        self.map(|inner| {
            inner.attempts = attempts;
            inner.elapsed = elapsed;
            inner.exhausted = exhausted;
        })
    }

    /// Whether sending the same request again can do harm.
    pub(crate) fn with_harmless(self, harmless: bool) -> Self {
        self.map(|inner| inner.harmless = harmless)
    }

    fn map(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }

    fn advice(&self) -> Option<&'static str> {
        Some(match self.kind() {
            ErrorKind::Authentication => {
                "check the credentials and that they belong to this environment"
            }
            ErrorKind::Permission => "ask for the permission, or leave this resource out",
            ErrorKind::QuotaExhausted => "stop until the quota renews, or ask for a larger one",
            ErrorKind::Throttled | ErrorKind::Limited => "lower the configured rate, or wait",
            ErrorKind::Unroutable => "check region, base address and product",
            ErrorKind::Transport => "check the network and the host",
            ErrorKind::Timeout | ErrorKind::Deadline => "allow more time, or ask for less at once",
            ErrorKind::Decode => "the read was not used; report the shape if it stays",
            _ => return None,
        })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        match (inner.vendor, inner.operation.as_ref()) {
            ("", "") => {}
            ("", operation) => write!(f, "{operation}: ")?,
            (vendor, operation) => write!(f, "{vendor} {operation}: ")?,
        }
        match inner.kind {
            ErrorKind::Config => write!(f, "not sent")?,
            ErrorKind::Transport => write!(f, "connection failed")?,
            ErrorKind::Timeout => write!(f, "timed out")?,
            ErrorKind::Deadline => write!(f, "out of time")?,
            ErrorKind::Limited => write!(f, "no slot before the deadline")?,
            ErrorKind::Throttled => write!(f, "throttled")?,
            ErrorKind::QuotaExhausted => write!(f, "quota used up")?,
            ErrorKind::Authentication => write!(f, "not authenticated")?,
            ErrorKind::Permission => write!(f, "not permitted")?,
            ErrorKind::NotFound => write!(f, "not found")?,
            ErrorKind::Conflict => write!(f, "refused in this state")?,
            ErrorKind::Invalid => write!(f, "refused as invalid")?,
            ErrorKind::Unroutable => write!(f, "not served there")?,
            ErrorKind::Server => write!(f, "server failed")?,
            ErrorKind::Decode => write!(f, "unexpected answer")?,
        }
        if let Some(status) = inner.status {
            write!(f, ", HTTP {}", status.as_u16())?;
        }
        if let Some(code) = &inner.code {
            write!(f, ", code {code}")?;
        }
        if !inner.message.is_empty() {
            write!(f, ": {}", inner.message)?;
        }
        if let Some(id) = &inner.request_id {
            write!(f, " [request {id}]")?;
        }
        if inner.attempts > 1 {
            write!(
                f,
                " (after {} attempts in {:.1} s)",
                inner.attempts,
                inner.elapsed.as_secs_f64()
            )?;
        }
        if let Some(delay) = inner.retry_after {
            write!(f, "; wait {} s", delay.as_secs().max(1))?;
        }
        if let Some(advice) = self.advice() {
            write!(f, "; {advice}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({:?}: {self})", self.kind())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0
            .source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}
