//! Entrata: `POST {legacy_url}/{service}` with Basic, `POST {gateway_url}/{service}` with
//! `X-Api-Key`; the method's name is in the body.

mod calendar;
mod handle;
mod lease_shapes;
mod leases;
mod neighbours;
mod oauth;
mod params;
mod properties;
mod rows;
mod shapes;
mod state;
mod table;

pub use handle::Entrata;
pub use rows::{
    Customer, EntrataCredentials, Lease, LeaseInterval, LeaseStatus, Property, PropertyAccess,
    Unit, UnitSpace,
};
pub(crate) use state::EntrataState;

use serde_json::{Value, json};

use self::params::Params;
use self::state::RateHeaders;
use crate::http::{Reply, Request};
use crate::sandbox::Shared;
use crate::variants::Variants;

/// The two hosts, which differ in authentication and in the HTTP status of errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Host {
    Legacy,
    Gateway,
}

/// An error of the application: code, message and HTTP status.
#[derive(Debug)]
struct Failure {
    status: u16,
    code: u32,
    message: String,
}

impl Failure {
    fn new(status: u16, code: u32, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
        }
    }
}

/// What a method gives: the `result`, and paging headers where it has pages.
struct Outcome {
    result: Answer,
    headers: Vec<(&'static str, String)>,
}

/// A `result`.
enum Answer {
    Value(Value),
    /// JSON as PHP writes it: every slash is escaped.
    Written(Vec<u8>),
}

impl From<Value> for Answer {
    fn from(value: Value) -> Self {
        Self::Value(value)
    }
}

impl Answer {
    fn written(self, method: &str, variants: Variants) -> Vec<u8> {
        let mut value = match self {
            Self::Written(text) if !variants.vary_results() => return text,
            Self::Written(text) => serde_json::from_slice(&text).unwrap_or_default(),
            Self::Value(value) => value,
        };
        vary(&mut value, method, variants);
        escaped(value.to_string().as_bytes())
    }
}

/// JSON comes from PHP, which escapes every slash.
fn escaped(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + text.len() / 16);
    let mut parts = text.split(|byte| *byte == b'/');
    out.extend_from_slice(parts.next().unwrap_or_default());
    for part in parts {
        out.extend_from_slice(b"\\/");
        out.extend_from_slice(part);
    }
    out
}

type Method = fn(&EntrataState, &Request, &Params, Host) -> Result<Outcome, Failure>;

/// The method's name and the properties that are asked for, for the call log and for faults.
pub(crate) fn operation(request: &Request) -> (String, Vec<i64>) {
    let body = request.json().unwrap_or_default();
    let name = body.pointer("/method/name").and_then(Value::as_str);
    let params = Params::of(&body);
    let mut properties = params.ids("propertyId").unwrap_or_default();
    properties.extend(params.ids("propertyIds").unwrap_or_default());
    (name.unwrap_or("unknown").to_owned(), properties)
}

/// The answer, and whether the call counts against the limits.
pub(crate) fn serve(shared: &Shared, request: &Request) -> (Reply, bool) {
    let segments: Vec<&str> = request.segments.iter().map(String::as_str).collect();
    if segments.as_slice() == ["api", "oauth"] && request.method == "POST" {
        return (oauth::exchange(&mut shared.entrata(), request), true);
    }
    let (host, service) = match segments.as_slice() {
        ["api", "v1", service] => (Host::Legacy, *service),
        ["ext", "orgs", handle::ORG, "v1", service] => (Host::Gateway, *service),
        ["ext", "orgs", _, "v1", _] => {
            return (Reply::json(403, json!({"message": "Forbidden"})), false);
        }
        _ => return (Reply::json(404, json!({"message": "Not Found"})), false),
    };
    if request.method != "POST" {
        let reply = Reply::json(405, json!({"message": "Method Not Allowed"}));
        return (reply, false);
    }
    let Some(body) = request.json().filter(Value::is_object) else {
        let failure = Failure::new(400, 400, "Request is malformed.");
        return (failed(failure, None), true);
    };
    let bearer = oauth::signed_in(&shared.entrata(), request);
    if !bearer {
        if let Err(reply) = authenticate(host, request, &body) {
            return (reply, false);
        }
    }
    let id = request_id(&body);
    let name = body
        .pointer("/method/name")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let version = body
        .pointer("/method/version")
        .and_then(Value::as_str)
        .unwrap_or("r1");
    let services = methods(host);
    if !services.iter().any(|(known, _, _)| *known == service) {
        return (Reply::json(404, json!({"message": "Not Found"})), false);
    }
    let known = services
        .iter()
        .find(|(of, method, _)| *of == service && *method == name);
    let Some((_, _, versions)) = known else {
        let failure = Failure::new(400, 400, "Method name not found.");
        return (failed(failure, id), true);
    };
    let method = versions.iter().find(|(v, _)| *v == version);
    let mut state = shared.entrata();
    let rate = state.rate(name, request.now, shared.limits.entrata);
    if rate.exhausted {
        let body =
            json!({"response": {"error": {"code": 429, "message": "API rate limit exceeded."}}});
        return (rate.on(Reply::json(429, body)), true);
    }
    let outcome = match method {
        _ if state.denied.contains(name) => {
            let status = if host == Host::Gateway { 403 } else { 200 };
            Err(Failure::new(
                status,
                311,
                "App does not have permission for this method.",
            ))
        }
        Some((_, run)) => run(&state, request, &Params::of(&body), host),
        None => Err(Failure::new(400, 400, "Method version not found.")),
    };
    let reply = match outcome {
        Ok(outcome) => {
            // The older getLeases writes even its code as text.
            let code = if (name, version) == ("getLeases", "r1") {
                "\"200\""
            } else {
                "200"
            };
            let result = outcome.result.written(name, request.variants);
            let mut out = Vec::with_capacity(result.len() + 100);
            out.extend_from_slice(br#"{"response":{"#);
            if let Some(id) = id {
                let id = format!(r#""requestId":{},"#, json!(id));
                out.extend_from_slice(&escaped(id.as_bytes()));
            }
            out.extend_from_slice(format!(r#""code":{code},"result":"#).as_bytes());
            out.extend_from_slice(&result);
            out.extend_from_slice(b"}}");
            let mut reply = Reply::written(200, out);
            reply.headers.extend(outcome.headers);
            reply
        }
        Err(failure) => failed(failure, id),
    };
    (rate.on(reply), true)
}

type Versions = &'static [(&'static str, Method)];

/// (service, method, versions) of a host.
fn methods(host: Host) -> &'static [(&'static str, &'static str, Versions)] {
    const BOTH: &[(&str, &str, Versions)] = &[
        ("status", "getStatus", &[("r1", properties::status)]),
        ("properties", "getProperties", &[("r1", properties::list)]),
        (
            "propertyunits",
            "getPropertyUnits",
            &[("r1", properties::units)],
        ),
        (
            "leases",
            "getLeases",
            &[("r1", leases::list_r1), ("r2", leases::list_r2)],
        ),
        ("leases", "getLeasePickList", &[("r1", leases::pick_list)]),
        (
            "leases",
            "getLeaseDetails",
            &[
                ("r1", neighbours::details_r1),
                ("r2", neighbours::details_r2),
            ],
        ),
        (
            "leases",
            "getExpiringLeases",
            &[("r1", neighbours::expiring)],
        ),
        (
            "customers",
            "getCustomers",
            &[("r1", neighbours::customers)],
        ),
        (
            "properties",
            "getAmenityReservations",
            &[("r1", neighbours::amenities)],
        ),
        (
            "propertyunits",
            "getUnitsAvailabilityAndPricing",
            &[("r1", neighbours::availability)],
        ),
        // Modern only; kept last so that the legacy host can leave them out.
        (
            "leases",
            "getLeaseActivities",
            &[("r1", neighbours::activities)],
        ),
        (
            "appinfo",
            "getAccessibleServices",
            &[("r1", properties::services)],
        ),
        (
            "appinfo",
            "getAccessibleClients",
            &[("r1", properties::clients)],
        ),
    ];
    match host {
        Host::Gateway => BOTH,
        Host::Legacy => BOTH.get(..10).unwrap_or_default(),
    }
}

/// The spellings that are known to differ from account to account.
fn vary(result: &mut Value, method: &str, variants: Variants) {
    if variants.entrata_empty_lists && result.is_string() {
        *result = match method {
            "getLeases" | "getLeaseDetails" => json!({"leases": {"lease": []}}),
            "getCustomers" => json!({"Customers": {"Customer": []}}),
            "getExpiringLeases" => json!({"Leases": {"Lease": []}}),
            "getLeaseActivities" => json!({"events": []}),
            "getAmenityReservations" => json!({"amenities": {"amenity": []}}),
            _ => return,
        };
    }
    if variants.entrata_without_attributes && method == "getLeasePickList" {
        flatten(result);
    }
    if variants.entrata_collapsed_arrays {
        neighbours::collapse(result);
    }
}

fn flatten(value: &mut Value) {
    match value {
        Value::Array(rows) => {
            for row in rows {
                if let Some(attributes) = row.get_mut("@attributes").map(Value::take) {
                    *row = attributes;
                }
            }
        }
        Value::Object(object) => object.values_mut().for_each(flatten),
        _ => {}
    }
}

/// All methods served, each once.
pub(crate) fn operations() -> impl Iterator<Item = String> {
    let rows = methods(Host::Gateway).iter();
    rows.map(|(_, name, _)| (*name).to_owned())
}

fn authenticate(host: Host, request: &Request, body: &Value) -> Result<(), Reply> {
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str);
    match host {
        Host::Gateway => {
            if request.header("x-api-key") == Some(handle::API_KEY) {
                return Ok(());
            }
            Err(Reply::json(401, json!({"message": "Unauthorized"})))
        }
        Host::Legacy => {
            // Old clients put the pair into the body's `auth` instead of the header.
            let in_body = text("/auth/username").zip(text("/auth/password"));
            let pair = request
                .basic()
                .or_else(|| in_body.map(|(u, p)| (u.to_owned(), p.to_owned())));
            let good = pair.is_some_and(|(u, p)| u == handle::USERNAME && p == handle::PASSWORD);
            if good {
                return Ok(());
            }
            let message = "The username and/or password is incorrect.";
            Err(failed(Failure::new(200, 113, message), request_id(body)))
        }
    }
}

/// Comes back as a string, and not at all where it was not sent.
fn request_id(body: &Value) -> Option<String> {
    match body.get("requestId")? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn failed(failure: Failure, request_id: Option<String>) -> Reply {
    let mut response = json!({"error": {"code": failure.code, "message": failure.message}});
    if let (Some(id), Some(object)) = (request_id, response.as_object_mut()) {
        object.insert("requestId".to_owned(), json!(id));
    }
    Reply::json(failure.status, json!({"response": response}))
}

/// Error 301 where the property is unknown, not granted or disabled; 311 where the app is not
/// enabled for it.
fn granted(state: &EntrataState, id: i64, host: Host) -> Result<&Property, Failure> {
    let refused = || {
        let message = "User does not have access to the property or the property is disabled.";
        Failure::new(200, 301, message)
    };
    let property = state.properties.get(&id).ok_or_else(refused)?;
    match property.access {
        PropertyAccess::Granted if !property.disabled => Ok(property),
        PropertyAccess::AppNotEnabled => {
            let status = if host == Host::Gateway { 403 } else { 200 };
            let message = format!("App does not have permission for property {id}.");
            Err(Failure::new(status, 311, message))
        }
        _ => Err(refused()),
    }
}

/// An injected in-band error.
pub(crate) fn in_band_error(request: &Request, code: u32) -> Reply {
    let message = match code {
        301 => "User does not have access to the property or the property is disabled.",
        113 => "The username and/or password is incorrect.",
        _ => "The request could not be processed.",
    };
    let id = request.json().as_ref().and_then(request_id);
    failed(Failure::new(200, code, message), id)
}

/// An injected 429: the minute window is spent.
pub(crate) fn throttled(reset_secs: u32) -> Reply {
    let body = json!({"response": {"error": {"code": 429, "message": "API rate limit exceeded."}}});
    let headers = RateHeaders {
        limit: "10000/day;1000/hour;300/minute".to_owned(),
        remaining: "8120/day;412/hour;0/minute".to_owned(),
        reset: format!("40123;1523;{reset_secs}"),
        exhausted: true,
    };
    headers.on(Reply::json(429, body))
}

impl RateHeaders {
    fn on(self, reply: Reply) -> Reply {
        reply
            .header("X-RateLimit-Limit", self.limit)
            .header("X-RateLimit-Remaining", self.remaining)
            .header("X-RateLimit-Reset", self.reset)
            .header(
                "Access-Control-Expose-Headers",
                "Link, X-Total-Count, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Content-Language",
            )
            .header("Vary", "Authorization")
    }
}
