//! From a request to an answer, with or without a socket.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request as HttpRequest, StatusCode, header};
use axum::http::{Response, Uri};

use crate::calls::Call;
use crate::fault::Service;
use crate::http::{Body, Reply, Request, decode, pairs};
use crate::sandbox::Shared;

/// The way in without a socket: requests go through the same operations, limits, faults and call
/// log as over HTTP, on the caller's own thread. Cheap to clone.
///
/// The host of a request says which service is meant: any URL made from
/// [`Brivo::api_url`](crate::brivo::Brivo::api_url) and its sisters works. `Request` and
/// `Response` are those of the `http` crate, and `Bytes` that of the `bytes` crate.
///
/// ```
/// use access_sync_sandbox::{Sandbox, World};
///
/// let sandbox = Sandbox::builder().world(World::lively(7)).unlistened();
/// let entrata = sandbox.entrata();
/// let request = http::Request::post(format!("{}/status", entrata.gateway_url()))
///     .header("X-Api-Key", entrata.credentials().api_key)
///     .body(r#"{"auth":{"type":"apikey"},"method":{"name":"getStatus","params":{}}}"#.into())?;
/// let answer = sandbox.door().call(request)?;
/// assert_eq!(answer.status(), 200);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Door {
    shared: Arc<Shared>,
    origins: Arc<[String; 3]>,
}

/// How much later than at once an answer of [`Door::call`] comes: the share of a delaying fault.
/// It is among the extensions of the response, for callers that keep a clock of their own; the
/// door itself never waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Latency(pub Duration);

/// There is no answer to a call through the [`Door`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The request names none of the sandbox's hosts, so that nobody received it.
    #[error("{host} is not one of this sandbox's hosts; make the URL from its handles")]
    UnknownHost {
        /// The host, or the whole URI where it has none.
        host: String,
    },
    /// A fault closed the connection without an answer. Whether the operation took effect is not
    /// to be seen from here, as in life.
    #[error("the connection was closed without an answer")]
    Closed,
    /// A fault keeps the answer back for ever; the caller's own timeout ends the wait.
    #[error("no answer ever comes")]
    Stalled,
}

impl Door {
    pub(crate) fn new(shared: Arc<Shared>, origins: Arc<[String; 3]>) -> Self {
        Self { shared, origins }
    }

    /// Sends one request and brings back the answer.
    ///
    /// # Errors
    /// [`CallError`] where there is no answer.
    pub fn call(&self, request: HttpRequest<Bytes>) -> Result<Response<Bytes>, CallError> {
        let service = self.service(request.uri())?;
        self.send(service, request)
    }

    /// The same for a service named apart: the host of the address does not count.
    ///
    /// # Errors
    /// [`CallError::Closed`] and [`CallError::Stalled`].
    pub fn send(
        &self,
        service: Service,
        request: HttpRequest<Bytes>,
    ) -> Result<Response<Bytes>, CallError> {
        let (parts, body) = request.into_parts();
        let origin = origin(&self.origins, service);
        let answered = handle(&self.shared, service, origin, parts, body, None);
        match answered.reply.body {
            Body::Stalled => return Err(CallError::Stalled),
            _ if answered.reply.status == 0 => return Err(CallError::Closed),
            _ => {}
        }
        let (status, headers, bytes) = render(service, answered.reply);
        let mut response = Response::new(bytes);
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        if !answered.delay.is_zero() {
            response.extensions_mut().insert(Latency(answered.delay));
        }
        Ok(response)
    }

    fn service(&self, uri: &Uri) -> Result<Service, CallError> {
        let host = uri.authority().map(|authority| authority.as_str());
        let named = host.and_then(|host| {
            Service::ALL.into_iter().find(|service| {
                let origin = origin(&self.origins, *service);
                origin
                    .split_once("://")
                    .is_some_and(|(_, known)| known == host)
            })
        });
        named.ok_or_else(|| CallError::UnknownHost {
            host: host.map_or_else(|| uri.to_string(), str::to_owned),
        })
    }
}

impl fmt::Debug for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Door")
            .field("origins", &self.origins)
            .finish_non_exhaustive()
    }
}

pub(crate) fn origin(origins: &[String; 3], service: Service) -> &str {
    let [brivo, entrata, nexudus] = origins;
    match service {
        Service::Brivo => brivo,
        Service::Entrata => entrata,
        Service::Nexudus => nexudus,
    }
}

/// An answer, and how much later than at once it is due.
pub(crate) struct Answered {
    pub(crate) reply: Reply,
    pub(crate) delay: Duration,
}

/// The whole way of one request. `arrived` is when its last byte came over a socket.
pub(crate) fn handle(
    shared: &Shared,
    service: Service,
    origin: &str,
    parts: Parts,
    body: Bytes,
    arrived: Option<tokio::time::Instant>,
) -> Answered {
    shared.settle();
    let path = parts.uri.path();
    let mut request = Request {
        method: parts.method.as_str().to_owned(),
        path_and_query: parts
            .uri
            .path_and_query()
            .map_or_else(|| path.to_owned(), |pq| pq.as_str().to_owned()),
        segments: path
            .split('/')
            .filter(|segment| !segment.is_empty())
            .map(|segment| decode(segment, false))
            .collect(),
        query: pairs(parts.uri.query().unwrap_or_default()),
        headers: parts.headers,
        body,
        now: shared.clock.now(),
        origin: origin.to_owned(),
        variants: shared.variants(),
    };
    let (operation, properties) = match service {
        Service::Brivo => (crate::brivo::operation(&request), Vec::new()),
        Service::Entrata => crate::entrata::operation(&request),
        Service::Nexudus => (crate::nexudus::operation(&request), Vec::new()),
    };
    let fault = shared.faults.take(service, &operation, &properties);
    if let Some(fault) = fault {
        fault.rewrite(service, &mut request);
    }
    let (reply, billed) = match fault.and_then(|fault| fault.instead(service, &request)) {
        Some(reply) => (reply, operation != "POST /oauth/token"),
        None => {
            let (reply, billed) = match service {
                Service::Brivo => crate::brivo::serve(shared, &request),
                Service::Entrata => crate::entrata::serve(shared, &request),
                Service::Nexudus => crate::nexudus::serve(shared, &request),
            };
            let reply = match fault {
                Some(fault) => fault.spoil(reply),
                None => reply,
            };
            (reply, billed)
        }
    };
    if request.method != "GET" {
        shared.post();
    }
    let reply = reply.into_written(service);
    let secret_query = operation.ends_with("/token");
    let path = match request.path_and_query.split_once('?') {
        Some((path, _)) if secret_query => path.to_owned(),
        _ => request.path_and_query,
    };
    let delay = fault.map_or(Duration::ZERO, |fault| fault.delay());
    let worked = arrived.map_or(Duration::ZERO, |at| at.elapsed());
    shared.calls(service).push(Call {
        at: request.now,
        operation,
        method: request.method,
        path,
        status: reply.status,
        billed,
        latency: worked + delay,
        bytes: reply.body.len(),
        fault: fault.map(|fault| fault.to_string()),
    });
    Answered { reply, delay }
}

/// Status, headers and body as they go over the wire.
pub(crate) fn render(service: Service, reply: Reply) -> (StatusCode, HeaderMap, Bytes) {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut headers = HeaderMap::new();
    if service == Service::Brivo {
        headers.insert(
            HeaderName::from_static("brivo-api-version"),
            HeaderValue::from_static("1.18.1-5"),
        );
    }
    for (name, value) in reply.headers {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(&value)) {
            headers.append(name, value);
        }
    }
    const JSON: &str = "application/json;charset=utf-8";
    let (content_type, bytes) = match reply.body {
        Body::Empty | Body::Stalled => return (status, headers, Bytes::new()),
        Body::Json(value) => (JSON, Bytes::from(value.to_string())),
        Body::Written(text) => (JSON, Bytes::from(text)),
        Body::Bytes {
            content_type,
            bytes,
        } => (content_type, bytes),
        Body::Text { content_type, text } => (content_type, Bytes::from(text)),
    };
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    (status, headers, bytes)
}
