//! Spans for `tracing`, or nothing where the feature is off. They carry names, counts and kinds.

use std::future::Future;
use std::time::Duration;

use crate::{Error, Scope};

#[cfg(feature = "tracing")]
pub(crate) use with_tracing::{attempt, call, failed, within};
#[cfg(not(feature = "tracing"))]
pub(crate) use without::{attempt, call, failed, within};

#[cfg(feature = "tracing")]
mod with_tracing {
    use tracing::field::Empty;
    use tracing::{Instrument as _, Span};

    use super::{Duration, Error, Future, Scope};

    pub(crate) fn call(scope: &Scope, operation: &'static str) -> Span {
        tracing::debug_span!(
            "call",
            vendor = scope.vendor,
            class = scope.class,
            operation
        )
    }

    pub(crate) fn attempt(number: u32) -> Span {
        tracing::debug_span!("attempt", number, fault = Empty, status = Empty)
    }

    pub(crate) fn failed(span: &Span, error: &Error, retry_in: Option<Duration>) {
        span.record("fault", tracing::field::debug(error.kind()));
        if let Some(status) = error.status() {
            span.record("status", status.as_u16());
        }
        let wait_ms = retry_in.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
        span.in_scope(|| tracing::debug!(wait_ms, again = wait_ms.is_some(), "attempt failed"));
    }

    pub(crate) fn within<F: Future>(span: Span, future: F) -> impl Future<Output = F::Output> {
        future.instrument(span)
    }
}

#[cfg(not(feature = "tracing"))]
mod without {
    use super::{Duration, Error, Future, Scope};

    #[derive(Clone)]
    pub(crate) struct NoSpan;

    pub(crate) fn call(_: &Scope, _: &'static str) -> NoSpan {
        NoSpan
    }

    pub(crate) fn attempt(_: u32) -> NoSpan {
        NoSpan
    }

    pub(crate) fn failed(_: &NoSpan, _: &Error, _: Option<Duration>) {}

    pub(crate) fn within<F: Future>(_: NoSpan, future: F) -> F {
        future
    }
}
