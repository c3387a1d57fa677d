use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};

/// One HTTP request that a service received, in order of arrival.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Call {
    /// The sandbox clock when the request arrived.
    pub at: DateTime<Utc>,
    /// The vendor's own name of the operation: `POST /users/{id}/groups` (Brivo, paths below
    /// `/v1/api`; the token call is `POST /oauth/token`), `getLeases` (Entrata),
    /// `GET /spaces/bookings` (Nexudus, paths below `/api`). `unknown` where there is none.
    pub operation: String,
    /// The HTTP method.
    pub method: String,
    /// Path and query as sent. The query is left out on token endpoints, which may carry secrets.
    pub path: String,
    /// The HTTP status answered; 0 where the connection was closed without an answer, or where
    /// none ever came.
    pub status: u16,
    /// Whether the call counts against the vendor's quota. Failed calls do; calls that the
    /// gateway turned away for want of a valid key, and token calls of Brivo, do not.
    pub billed: bool,
    /// How long the caller was kept waiting: what a fault added, and over a socket what the work
    /// took. In-process calls count the fault's share alone, so that they are reproducible.
    pub latency: Duration,
    /// Length of the answer's body in bytes.
    pub bytes: usize,
    /// The fault that hit this answer, as scripts spell it.
    pub fault: Option<String>,
}

/// The calls one service has received; the newest ones where they are very many.
#[derive(Debug)]
pub(crate) struct CallLog(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    keep: usize,
    count: usize,
    calls: VecDeque<Call>,
}

impl CallLog {
    pub(crate) fn keeping(keep: usize) -> Self {
        Self(Mutex::new(Inner {
            keep: keep.max(1),
            count: 0,
            calls: VecDeque::new(),
        }))
    }

    pub(crate) fn push(&self, call: Call) {
        let mut inner = self.lock();
        inner.count += 1;
        if inner.calls.len() >= inner.keep {
            inner.calls.pop_front();
        }
        inner.calls.push_back(call);
    }

    pub(crate) fn all(&self) -> Vec<Call> {
        self.lock().calls.iter().cloned().collect()
    }

    /// The newest `n`, newest first.
    pub(crate) fn newest(&self, n: usize) -> Vec<Call> {
        self.lock().calls.iter().rev().take(n).cloned().collect()
    }

    pub(crate) fn len(&self) -> usize {
        self.lock().count
    }

    pub(crate) fn clear(&self) {
        let mut inner = self.lock();
        inner.count = 0;
        inner.calls.clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
