//! What a fault does to a request and to its answer.

use std::time::Duration;

use serde_json::{Value, json};

use super::{FaultKind, Service};
use crate::http::{Body, Reply, Request};

impl FaultKind {
    /// How much later the answer comes.
    pub(crate) fn delay(self) -> Duration {
        match self {
            Self::Delay { millis } => Duration::from_millis(u64::from(millis)),
            _ => Duration::ZERO,
        }
    }

    /// The request as the service gets to see it.
    pub(crate) fn rewrite(self, service: Service, request: &mut Request) {
        if self != Self::RepeatedPage {
            return;
        }
        let number = |request: &Request, name: &str, default: usize| {
            let value = request.param(name).and_then(|text| text.parse().ok());
            value.unwrap_or(default)
        };
        let (name, value) = match service {
            Service::Brivo => {
                let size = number(request, "pageSize", 20).min(100);
                let offset = number(request, "offset", 0);
                ("offset", offset.saturating_sub(size))
            }
            Service::Entrata => {
                let page = number(request, "page_no", 1);
                ("page_no", page.saturating_sub(1).max(1))
            }
            Service::Nexudus => {
                let page = number(request, "page", 1);
                ("page", page.saturating_sub(1).max(1))
            }
        };
        if let Some(pair) = request.query.iter_mut().find(|(key, _)| key == name) {
            pair.1 = value.to_string();
        }
    }

    /// The answer that stands in for the operation, where it is not executed at all.
    pub(crate) fn instead(self, service: Service, request: &Request) -> Option<Reply> {
        match self {
            Self::Status(status) => Some(plain_failure(service, status)),
            Self::Throttled { retry_after_secs } => Some(match service {
                Service::Brivo => crate::brivo::over_qps(retry_after_secs),
                Service::Entrata => crate::entrata::throttled(retry_after_secs),
                Service::Nexudus => crate::nexudus::throttled(retry_after_secs),
            }),
            Self::ExpiredToken => Some(match service {
                Service::Brivo => Reply::json(401, json!({"error": "invalid_token"})),
                Service::Entrata => Reply::json(401, json!({"message": "Unauthorized"})),
                Service::Nexudus => Reply::empty(401),
            }),
            Self::Html => Some(Reply::html(
                200,
                "<html><head><title>Just a moment...</title></head><body></body></html>",
            )),
            Self::ClosedBefore => Some(Reply::closed()),
            Self::Stalled => Some(Reply::stalled()),
            Self::InBandError { code } => Some(match service {
                Service::Entrata => crate::entrata::in_band_error(request, code),
                Service::Nexudus => crate::nexudus::refusal(request),
                Service::Brivo => plain_failure(service, 400),
            }),
            Self::Blank
            | Self::Truncated
            | Self::ClosedAfter
            | Self::StalledAfter
            | Self::Delay { .. }
            | Self::ShortPage { .. }
            | Self::RepeatedPage
            | Self::PropertyMissing { .. } => None,
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
            Self::StalledAfter => Reply::stalled(),
            Self::ShortPage { missing } => reply.edited(|value| shorten(value, missing)),
            Self::PropertyMissing { property } => {
                reply.edited(|value| without_property(value, property))
            }
            _ => reply,
        }
    }
}

fn plain_failure(service: Service, status: u16) -> Reply {
    match service {
        Service::Brivo => Reply::json(
            status,
            json!({"code": status, "message": "Service temporarily unavailable"}),
        ),
        Service::Entrata => Reply::json(
            status,
            json!({"response": {"error": {"code": status, "message": "Internal error."}}}),
        ),
        Service::Nexudus => Reply::empty(status),
    }
}

const LISTS: [&str; 9] = [
    "/data",
    "/Records",
    "/response/result/leases/lease",
    "/response/result/PhysicalProperty/Property",
    "/response/result/properties/property/0/units/unit",
    "/response/result/properties/property",
    "/response/result/Customers/Customer",
    "/response/result/Leases/Lease",
    "/response/result/events",
];

fn shorten(value: &mut Value, missing: usize) {
    for pointer in LISTS {
        if let Some(Value::Array(rows)) = value.pointer_mut(pointer) {
            let keep = rows.len().saturating_sub(missing);
            rows.truncate(keep);
            return;
        }
    }
}

fn without_property(value: &mut Value, property: i64) {
    for (pointer, key) in [
        ("/response/result/PhysicalProperty/Property", "PropertyID"),
        ("/response/result/properties/property", "propertyId"),
    ] {
        if let Some(Value::Array(rows)) = value.pointer_mut(pointer) {
            rows.retain(|row| row.get(key).and_then(Value::as_i64) != Some(property));
            return;
        }
    }
    if let Some(result) = value.pointer_mut("/response/result") {
        *result = json!("No records found with mentioned preferences.");
    }
}
