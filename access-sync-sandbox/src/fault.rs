use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use crate::http::{Body, Reply, Request};

/// One of the three services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Service {
    /// Brivo Access.
    Brivo,
    /// Entrata.
    Entrata,
    /// Nexudus.
    Nexudus,
}

/// What goes wrong with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultKind {
    /// The service answers with this HTTP status and does nothing.
    Status(u16),
    /// The vendor's own throttling answer (Brivo: Mashery 403 over QPS; Entrata: 429 with
    /// exhausted windows; Nexudus: 409); the operation is not executed.
    Throttled {
        /// Value of `Retry-After` in seconds (Entrata: of the reset of the exhausted window).
        retry_after_secs: u32,
    },
    /// HTTP 200 with an HTML page, as from a proxy; the operation is not executed.
    Html,
    /// HTTP 200 with an empty body; the operation **has taken effect**.
    Blank,
    /// The JSON ends in the middle; the operation **has taken effect**.
    Truncated,
    /// The connection is closed without an answer before anything happened.
    ClosedBefore,
    /// The operation **has taken effect**, then the connection is closed without an answer.
    ClosedAfter,
    /// The last rows of a list answer are missing; totals and page counts still tell the truth.
    ShortPage {
        /// How many rows are left out.
        missing: usize,
    },
    /// Entrata's error body inside HTTP 200; the operation is not executed.
    InBandError {
        /// Entrata's error code, such as 301 or 311.
        code: u32,
    },
}

/// A fault to be injected into the next matching answers.
///
/// ```
/// use access_sync_sandbox::{Fault, FaultKind, Service};
///
/// let fault = Fault::new(Service::Brivo, FaultKind::ClosedAfter)
///     .operation("POST /users")
///     .times(2);
/// # let _ = fault;
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Fault {
    service: Service,
    kind: FaultKind,
    operation: Option<String>,
    property: Option<i64>,
    after: u32,
    times: u32,
}

impl Fault {
    /// A fault of the next answer of `service`, whatever the operation.
    pub fn new(service: Service, kind: FaultKind) -> Self {
        Self {
            service,
            kind,
            operation: None,
            property: None,
            after: 0,
            times: 1,
        }
    }

    /// An Entrata property that answers with an in-band error until it is cleared.
    pub fn entrata_property(property_id: i64, code: u32) -> Self {
        let mut fault = Self::new(Service::Entrata, FaultKind::InBandError { code });
        fault.property = Some(property_id);
        fault.times = u32::MAX;
        fault
    }

    /// Only answers of this operation, named as in [`Call::operation`](crate::Call::operation).
    pub fn operation(mut self, operation: impl Into<String>) -> Self {
        self.operation = Some(operation.into());
        self
    }

    /// Only Entrata calls for this property (`propertyId`, or among `propertyIds`).
    pub fn property(mut self, property_id: i64) -> Self {
        self.property = Some(property_id);
        self
    }

    /// Lets this many matching answers pass first.
    pub fn after(mut self, answers: u32) -> Self {
        self.after = answers;
        self
    }

    /// How many answers are hit; 1 unless set, `u32::MAX` for all.
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }
}

/// The faults that wait for their call.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<Vec<Fault>>);

impl Faults {
    pub(crate) fn add(&self, fault: Fault) {
        self.lock().push(fault);
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    /// The first waiting fault that matches this call, used up by one.
    pub(crate) fn take(
        &self,
        service: Service,
        operation: &str,
        properties: &[i64],
    ) -> Option<FaultKind> {
        let mut faults = self.lock();
        let mut hit = None;
        for fault in faults.iter_mut() {
            let matches = fault.service == service
                && fault.times > 0
                && fault.operation.as_deref().is_none_or(|o| o == operation)
                && fault.property.is_none_or(|p| properties.contains(&p));
            if !matches {
                continue;
            }
            if fault.after > 0 {
                fault.after -= 1;
                continue;
            }
            if fault.times != u32::MAX {
                fault.times -= 1;
            }
            hit = Some(fault.kind);
            break;
        }
        faults.retain(|fault| fault.times > 0);
        hit
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Fault>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FaultKind {
    /// The answer that stands in for the operation, where it is not executed at all.
    pub(crate) fn instead(self, service: Service, request: &Request) -> Option<Reply> {
        match self {
            Self::Status(status) => Some(plain_failure(service, status)),
            Self::Throttled { retry_after_secs } => Some(match service {
                Service::Brivo => crate::brivo::over_qps(retry_after_secs),
                Service::Entrata => crate::entrata::throttled(retry_after_secs),
                Service::Nexudus => crate::nexudus::throttled(retry_after_secs),
            }),
            Self::Html => Some(Reply::html(
                200,
                "<html><head><title>Just a moment...</title></head><body></body></html>",
            )),
            Self::ClosedBefore => Some(Reply::closed()),
            Self::InBandError { code } => Some(crate::entrata::in_band_error(request, code)),
            Self::Blank | Self::Truncated | Self::ClosedAfter | Self::ShortPage { .. } => None,
        }
    }

    /// What becomes of the answer of an operation that was executed.
    pub(crate) fn spoil(self, reply: Reply) -> Reply {
        match self {
            Self::Blank => Reply {
                status: 200,
                body: Body::Empty,
                ..reply
            },
            Self::Truncated => reply.truncated(),
            Self::ClosedAfter => Reply::closed(),
            Self::ShortPage { missing } => match reply.body {
                Body::Json(mut value) => {
                    shorten(&mut value, missing);
                    Reply {
                        body: Body::Json(value),
                        ..reply
                    }
                }
                _ => reply,
            },
            _ => reply,
        }
    }
}

fn plain_failure(service: Service, status: u16) -> Reply {
    match service {
        Service::Brivo => Reply::json(
            status,
            serde_json::json!({"code": status, "message": "Service temporarily unavailable"}),
        ),
        Service::Entrata => Reply::json(
            status,
            serde_json::json!({"response": {"error": {"code": status, "message": "Internal error."}}}),
        ),
        Service::Nexudus => Reply::empty(status),
    }
}

fn shorten(value: &mut Value, missing: usize) {
    const LISTS: [&str; 6] = [
        "/data",
        "/Records",
        "/response/result/leases/lease",
        "/response/result/PhysicalProperty/Property",
        "/response/result/properties/property/0/units/unit",
        "/response/result/properties/property",
    ];
    for pointer in LISTS {
        if let Some(Value::Array(rows)) = value.pointer_mut(pointer) {
            let keep = rows.len().saturating_sub(missing);
            rows.truncate(keep);
            return;
        }
    }
}
