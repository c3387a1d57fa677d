use std::sync::{Mutex, PoisonError};

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
    /// The HTTP status answered; 0 where the connection was closed without an answer.
    pub status: u16,
    /// Whether the call counts against the vendor's quota. Failed calls do; calls that the
    /// gateway turned away for want of a valid key, and token calls of Brivo, do not.
    pub billed: bool,
}

/// The calls one service has received.
#[derive(Debug, Default)]
pub(crate) struct CallLog(Mutex<Vec<Call>>);

impl CallLog {
    pub(crate) fn push(&self, call: Call) {
        self.lock().push(call);
    }

    pub(crate) fn all(&self) -> Vec<Call> {
        self.lock().clone()
    }

    pub(crate) fn len(&self) -> usize {
        self.lock().len()
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Call>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
