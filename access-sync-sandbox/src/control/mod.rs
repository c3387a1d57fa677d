//! The page for people and the control API for programs, on a port of their own.

mod views;

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Request, Response, StatusCode, header};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::brivo::Brivo;
use crate::entrata::Entrata;
use crate::fault::{Faults, Service};
use crate::http::pairs;
use crate::nexudus::Nexudus;
use crate::sandbox::Shared;

const PAGE: &str = include_str!("page.html");

/// What the page and its API look at.
pub(crate) struct Control {
    shared: Arc<Shared>,
    origins: Arc<[String; 3]>,
    own: String,
}

/// An answer: its status and its JSON.
type Answer = Result<Value, (u16, String)>;

fn wrong(message: impl Into<String>) -> (u16, String) {
    (400, message.into())
}

/// Serves the page until the sender of `stop` goes away.
pub(crate) fn spawn(
    shared: Arc<Shared>,
    origins: Arc<[String; 3]>,
    own: String,
    listener: TcpListener,
    mut stop: watch::Receiver<()>,
) -> JoinHandle<()> {
    let control = Arc::new(Control {
        shared,
        origins,
        own,
    });
    let app = Router::new().fallback(handle).with_state(control);
    tokio::spawn(async move {
        let stopped = async move { while stop.changed().await.is_ok() {} };
        let _ = axum::serve(listener, app)
            .with_graceful_shutdown(stopped)
            .await;
    })
}

async fn handle(State(control): State<Arc<Control>>, http: Request<Body>) -> Response<Body> {
    let (parts, body) = http.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20)
        .await
        .unwrap_or_default();
    if parts.uri.path() == "/" {
        return respond(200, "text/html; charset=utf-8", PAGE.to_owned());
    }
    // A page of another origin may not drive the sandbox from a visitor's browser.
    let strange = parts
        .headers
        .get(header::ORIGIN)
        .and_then(|origin| origin.to_str().ok())
        .is_some_and(|origin| origin != control.own);
    if strange {
        return error(403, "calls from pages of other origins are refused");
    }
    match control.answer(&parts, &body) {
        Ok(value) => respond(200, "application/json", value.to_string()),
        Err((status, message)) => error(status, &message),
    }
}

fn error(status: u16, message: &str) -> Response<Body> {
    respond(
        status,
        "application/json",
        json!({"error": message}).to_string(),
    )
}

fn respond(status: u16, content_type: &'static str, text: String) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'",
        ),
    );
    response
}

impl Control {
    fn brivo(&self) -> Brivo {
        let [origin, _, _] = &*self.origins;
        Brivo::new(Arc::clone(&self.shared), origin.clone())
    }

    fn entrata(&self) -> Entrata {
        let [_, origin, _] = &*self.origins;
        Entrata::new(Arc::clone(&self.shared), origin.clone())
    }

    fn nexudus(&self) -> Nexudus {
        let [_, _, origin] = &*self.origins;
        Nexudus::new(Arc::clone(&self.shared), origin.clone())
    }

    fn now(&self) -> DateTime<Utc> {
        self.shared.clock.now()
    }

    fn answer(&self, parts: &Parts, body: &Bytes) -> Answer {
        self.shared.settle();
        let query = Query(pairs(parts.uri.query().unwrap_or_default()));
        let path: Vec<&str> = parts
            .uri
            .path()
            .split('/')
            .filter(|s| !s.is_empty())
            .collect();
        match (parts.method.as_str(), path.as_slice()) {
            ("GET", ["api"]) => Ok(json!({"paths": PATHS})),
            ("GET", ["api", "environment"]) => Ok(self.environment()),
            ("GET", ["api", "clock"]) => Ok(self.clock()),
            ("POST", ["api", "clock"]) => self.set_clock(&read(body)?),
            ("POST", ["api", "day"]) => Ok(self.day()),
            ("GET", ["api", "summary"]) => Ok(self.summary()),
            ("GET", ["api", "users"]) => Ok(self.users(&query)),
            ("GET", ["api", "users", id]) => self.user(id),
            ("GET", ["api", "doors"]) => Ok(self.doors(&query)),
            ("GET", ["api", "groups"]) => Ok(self.groups(&query)),
            ("GET", ["api", "residents"]) => Ok(self.residents(&query)),
            ("GET", ["api", "members"]) => Ok(self.members(&query)),
            ("GET", ["api", "who"]) => self.who(&query),
            ("POST", ["api", "try"]) => self.attempt(&read(body)?),
            ("GET", ["api", "panels"]) => Ok(self.panels()),
            ("POST", ["api", "panels", id]) => self.panel(id, &read(body)?),
            ("GET", ["api", "events"]) => Ok(self.events(&query)),
            ("GET", ["api", "deliveries"]) => Ok(self.deliveries()),
            ("GET", ["api", "calls"]) => self.calls(&query),
            ("DELETE", ["api", "calls"]) => Ok(self.forget_calls()),
            ("GET", ["api", "limits"]) => Ok(self.limits()),
            ("GET", ["api", "faults"]) => Ok(json!({"script": self.shared.fault_lines()})),
            ("PUT", ["api", "faults"]) => self.set_faults(body),
            ("POST", ["api", "faults"]) => self.add_faults(body),
            ("DELETE", ["api", "faults"]) => {
                self.shared.set_faults(Faults::none());
                Ok(json!({"script": []}))
            }
            ("GET", ["api", "variants"]) => Ok(self.variants()),
            ("PUT", ["api", "variants"]) => self.set_variants(&read(body)?),
            ("GET", ["api", "operations"]) => Ok(operations()),
            _ => Err((404, "no such path; GET /api lists them".to_owned())),
        }
    }

    /// The addresses and credentials, under the names that the command line reads.
    pub(crate) fn environment_of(
        brivo: &Brivo,
        entrata: &Entrata,
        nexudus: &Nexudus,
        own: Option<&str>,
    ) -> Vec<(&'static str, String)> {
        let (b, e, n) = (
            brivo.credentials(),
            entrata.credentials(),
            nexudus.credentials(),
        );
        let mut pairs = vec![
            ("BRIVO_API_KEY", b.api_key),
            ("BRIVO_CLIENT_ID", b.client_id),
            ("BRIVO_CLIENT_SECRET", b.client_secret),
            ("BRIVO_ADMINISTRATOR_ID", b.username),
            ("BRIVO_PASSWORD", b.password),
            ("BRIVO_AUTH_URL", brivo.auth_url()),
            ("BRIVO_API_URL", brivo.api_url()),
            ("ENTRATA_API_KEY", e.api_key),
            ("ENTRATA_URL", entrata.gateway_url()),
            ("NEXUDUS_EMAIL", n.email),
            ("NEXUDUS_PASSWORD", n.password),
            ("NEXUDUS_URL", nexudus.base_url()),
        ];
        pairs.extend(own.map(|own| ("ACCESS_SYNC_SANDBOX", own.to_owned())));
        pairs
    }

    fn environment(&self) -> Value {
        let pairs = Self::environment_of(
            &self.brivo(),
            &self.entrata(),
            &self.nexudus(),
            Some(&self.own),
        );
        let pairs = pairs.into_iter().map(|(k, v)| (k.to_owned(), json!(v)));
        json!({
            "now": self.now(),
            "ticking": self.shared.clock.is_ticking(),
            "environment": Map::from_iter(pairs),
        })
    }

    fn clock(&self) -> Value {
        json!({"now": self.now(), "ticking": self.shared.clock.is_ticking()})
    }

    /// `{"set": instant}`, `{"advance_seconds": n}` and `{"ticking": bool}`, in this order.
    fn set_clock(&self, body: &Value) -> Answer {
        if let Some(text) = body.get("set") {
            let at = text.as_str().and_then(|text| text.parse().ok());
            let at: DateTime<Utc> =
                at.ok_or_else(|| wrong("\"set\" is an instant such as 2026-03-10T17:00:00Z"))?;
            self.shared.clock.set(at);
        }
        if let Some(seconds) = body.get("advance_seconds") {
            let span = seconds.as_i64().and_then(TimeDelta::try_seconds);
            let span = span.ok_or_else(|| wrong("\"advance_seconds\" is a whole number"))?;
            self.shared.clock.advance(span);
        }
        if let Some(ticking) = body.get("ticking") {
            let ticking = ticking.as_bool();
            self.shared
                .clock
                .tick(ticking.ok_or_else(|| wrong("\"ticking\" is true or false"))?);
        }
        self.shared.settle();
        self.shared.post();
        Ok(self.clock())
    }

    /// A day further, with what a day brings.
    fn day(&self) -> Value {
        self.shared.clock.advance(TimeDelta::days(1));
        let churn = self.shared.churn();
        json!({"now": self.now(), "changes": churn.total(), "churn": churn.pairs()})
    }

    fn set_faults(&self, body: &Bytes) -> Answer {
        let text = String::from_utf8_lossy(body);
        let faults = Faults::script(&text).map_err(|error| wrong(error.to_string()))?;
        self.shared.set_faults(faults);
        Ok(json!({"script": self.shared.fault_lines()}))
    }

    fn add_faults(&self, body: &Bytes) -> Answer {
        let text = String::from_utf8_lossy(body);
        let faults = Faults::script(&text).map_err(|error| wrong(error.to_string()))?;
        if let Some(webhooks) = faults.webhooks {
            self.shared.postbox().set_faults(webhooks);
        }
        for fault in faults.into_script() {
            self.shared.faults.add(fault);
        }
        Ok(json!({"script": self.shared.fault_lines()}))
    }

    fn variants(&self) -> Value {
        let now = self.shared.variants();
        let pairs = crate::Variants::names()
            .map(|name| (name.to_owned(), json!(now.get(name).unwrap_or_default())));
        json!({"variants": Map::from_iter(pairs)})
    }

    fn set_variants(&self, body: &Value) -> Answer {
        let mut variants = self.shared.variants();
        for (name, on) in body.as_object().into_iter().flatten() {
            let on = on
                .as_bool()
                .ok_or_else(|| wrong(format!("\"{name}\" is true or false")))?;
            if !variants.set(name, on) {
                return Err(wrong(format!("there is no variant \"{name}\"")));
            }
        }
        self.shared.set_variants(variants);
        Ok(self.variants())
    }

    fn forget_calls(&self) -> Value {
        for service in Service::ALL {
            self.shared.calls(service).clear();
        }
        json!({})
    }
}

fn operations() -> Value {
    let rows = Service::ALL.map(|service| {
        let names = crate::Sandbox::operations(service);
        (service.name().to_owned(), json!(names))
    });
    Value::Object(Map::from_iter(rows))
}

fn read(body: &Bytes) -> Answer {
    serde_json::from_slice::<Value>(body)
        .ok()
        .filter(Value::is_object)
        .ok_or_else(|| wrong("the body is a JSON object"))
}

struct Query(Vec<(String, String)>);

impl Query {
    fn text(&self, name: &str) -> Option<&str> {
        let pair = self.0.iter().find(|(key, _)| key == name);
        pair.map(|(_, value)| value.as_str())
            .filter(|v| !v.is_empty())
    }

    fn number(&self, name: &str, default: usize) -> usize {
        let value = self.text(name).and_then(|text| text.parse().ok());
        value.unwrap_or(default)
    }

    /// Whether a row that has these texts is searched for.
    fn finds(&self, texts: &[&str]) -> bool {
        self.text("q").is_none_or(|q| {
            let q = q.to_lowercase();
            texts.iter().any(|text| text.to_lowercase().contains(&q))
        })
    }
}

/// What `GET /api` tells.
const PATHS: &[&str] = &[
    "GET /api/environment",
    "GET /api/clock",
    "POST /api/clock",
    "POST /api/day",
    "GET /api/summary",
    "GET /api/users",
    "GET /api/users/{id}",
    "GET /api/doors",
    "GET /api/groups",
    "GET /api/residents",
    "GET /api/members",
    "GET /api/who",
    "POST /api/try",
    "GET /api/panels",
    "POST /api/panels/{id}",
    "GET /api/events",
    "GET /api/deliveries",
    "GET /api/calls",
    "DELETE /api/calls",
    "GET /api/limits",
    "GET /api/faults",
    "PUT /api/faults",
    "POST /api/faults",
    "DELETE /api/faults",
    "GET /api/variants",
    "PUT /api/variants",
    "GET /api/operations",
];
