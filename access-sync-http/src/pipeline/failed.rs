//! What becomes of an attempt that did not succeed.

use http::StatusCode;

use crate::retry::Phase;
use crate::{AuthTicket, Error, ErrorKind, Fault, LimitError, Permit, Signal, redact};

/// One attempt that did not succeed.
pub(super) struct Failed {
    pub(super) error: Error,
    pub(super) phase: Phase,
    pub(super) ticket: AuthTicket,
    /// Trying again here would multiply tries that were made elsewhere.
    pub(super) settled: bool,
}

impl Failed {
    pub(super) fn unsent(error: Error) -> Self {
        Self {
            error: error.with_sent(false),
            phase: Phase::NeverSent,
            ticket: AuthTicket(0),
            settled: false,
        }
    }

    pub(super) fn settled(error: Error) -> Self {
        Self {
            settled: true,
            ..Self::unsent(error)
        }
    }
}

/// A permit whose request is on its way: spent even if the caller goes away, given back only where
/// the request provably was not sent.
pub(super) struct InFlight(pub(super) Option<Permit>);

impl InFlight {
    pub(super) fn never_sent(mut self) {
        drop(self.0.take());
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        if let Some(permit) = self.0.take() {
            permit.spend();
        }
    }
}

pub(super) fn signal(verdict: &Result<(), Fault>) -> Signal {
    match verdict {
        Err(fault) => match fault.kind {
            ErrorKind::Throttled | ErrorKind::QuotaExhausted => Signal::Throttled {
                retry_after: fault.retry_after,
            },
            ErrorKind::Server => Signal::ServerError,
            _ => Signal::Success,
        },
        Ok(()) => Signal::Success,
    }
}

pub(super) fn error_of(fault: Fault, status: StatusCode, request_id: Option<String>) -> Error {
    let message = fault.message.as_deref().map(redact::text);
    let error = Error::new(fault.kind, message.unwrap_or_default())
        .with_status(status)
        .with_retry_after(fault.retry_after)
        .with_request_id(request_id.map(|id| redact::label(&id)));
    match fault.code {
        Some(code) => error.with_code(redact::label(&code)),
        None => error,
    }
}

pub(super) fn limited(error: &LimitError) -> Error {
    let wait = match error {
        LimitError::PastDeadline { wait } => Some(*wait),
        LimitError::Unavailable(_) => None,
    };
    Error::new(ErrorKind::Limited, error.to_string()).with_retry_after(wait)
}
