//! The loopback servers: from a socket to a service and back.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body as HttpBody, Bytes};
use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, State};
use axum::http::request::Parts;
use axum::http::{Request as HttpRequest, Response, StatusCode, header};
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::calls::Call;
use crate::fault::Service;
use crate::http::{Body, Reply, Request, decode, pairs};
use crate::sandbox::Shared;

/// Far above any body the vendors accept, far below what would hurt a test machine.
const MAX_BODY: usize = 4 << 20;

struct Port {
    shared: Arc<Shared>,
    service: Service,
    origin: String,
}

/// Serves `service` on `listener` until the sender of `stop` goes away.
pub(crate) fn spawn(
    shared: Arc<Shared>,
    service: Service,
    listener: TcpListener,
    origin: String,
    mut stop: watch::Receiver<()>,
) -> JoinHandle<()> {
    let port = Arc::new(Port {
        shared,
        service,
        origin,
    });
    let app = Router::new()
        .fallback(handle)
        .with_state(port)
        .into_make_service_with_connect_info::<CloseSwitch>();
    tokio::spawn(async move {
        // The sender is only ever dropped, so that an error here is the signal.
        let stopped = async move { while stop.changed().await.is_ok() {} };
        let _ = axum::serve(Breakable(listener), app)
            .with_graceful_shutdown(stopped)
            .await;
    })
}

async fn handle(
    State(port): State<Arc<Port>>,
    ConnectInfo(switch): ConnectInfo<CloseSwitch>,
    http: HttpRequest<HttpBody>,
) -> Response<HttpBody> {
    let (parts, body) = http.into_parts();
    let Ok(body) = axum::body::to_bytes(body, MAX_BODY).await else {
        return render(port.service, Reply::empty(413)).map(HttpBody::from);
    };
    let request = request(&port, parts, body);
    let reply = answer(&port, &request);
    if reply.status == 0 {
        switch.0.store(true, Ordering::Release);
    }
    render(port.service, reply).map(HttpBody::from)
}

/// The same without a socket: none where the connection would be closed without an answer.
pub(crate) fn call(
    shared: Arc<Shared>,
    service: Service,
    origin: String,
    http: HttpRequest<Bytes>,
) -> Option<Response<Bytes>> {
    let port = Port {
        shared,
        service,
        origin,
    };
    let (parts, body) = http.into_parts();
    let reply = answer(&port, &request(&port, parts, body));
    (reply.status != 0).then(|| render(service, reply))
}

fn request(port: &Port, parts: Parts, body: Bytes) -> Request {
    let path = parts.uri.path();
    Request {
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
        now: port.shared.clock.now(),
        origin: port.origin.clone(),
    }
}

fn answer(port: &Port, request: &Request) -> Reply {
    let shared = &port.shared;
    let (operation, properties) = match port.service {
        Service::Brivo => (crate::brivo::operation(request), Vec::new()),
        Service::Entrata => crate::entrata::operation(request),
        Service::Nexudus => (crate::nexudus::operation(request), Vec::new()),
    };
    let fault = shared.faults.take(port.service, &operation, &properties);
    let (reply, billed) = match fault.and_then(|fault| fault.instead(port.service, request)) {
        Some(reply) => (reply, operation != "POST /oauth/token"),
        None => {
            let (reply, billed) = match port.service {
                Service::Brivo => crate::brivo::serve(shared, request),
                Service::Entrata => crate::entrata::serve(shared, request),
                Service::Nexudus => crate::nexudus::serve(shared, request),
            };
            (
                fault.map_or(reply.clone(), |fault| fault.spoil(reply)),
                billed,
            )
        }
    };
    let secret_query = operation.ends_with("/token");
    let path = match request.path_and_query.split_once('?') {
        Some((path, _)) if secret_query => path.to_owned(),
        _ => request.path_and_query.clone(),
    };
    shared.calls(port.service).push(Call {
        at: request.now,
        operation,
        method: request.method.clone(),
        path,
        status: reply.status,
        billed,
    });
    reply
}

fn render(service: Service, reply: Reply) -> Response<Bytes> {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = Response::builder().status(status);
    if service == Service::Brivo {
        response = response.header("Brivo-Api-Version", "1.18.1-5");
    }
    for (name, value) in reply.headers {
        response = response.header(name, value);
    }
    let body = match reply.body {
        Body::Empty => Bytes::new(),
        Body::Json(value) => {
            response = response.header(header::CONTENT_TYPE, "application/json;charset=utf-8");
            let text = value.to_string();
            // Entrata's JSON comes from PHP, which escapes every slash.
            Bytes::from(match service {
                Service::Entrata => text.replace('/', "\\/"),
                _ => text,
            })
        }
        Body::Text { content_type, text } => {
            response = response.header(header::CONTENT_TYPE, content_type);
            Bytes::from(text)
        }
    };
    response.body(body).unwrap_or_default()
}

/// Closes the connection at its next write, so that the caller sees no answer at all.
#[derive(Debug, Clone, Default)]
struct CloseSwitch(Arc<AtomicBool>);

struct Breakable(TcpListener);

struct Stream {
    inner: TcpStream,
    switch: CloseSwitch,
}

impl Listener for Breakable {
    type Io = Stream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (inner, addr) = Listener::accept(&mut self.0).await;
        let _ = inner.set_nodelay(true);
        let switch = CloseSwitch::default();
        (Stream { inner, switch }, addr)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, Breakable>> for CloseSwitch {
    fn connect_info(stream: IncomingStream<'_, Breakable>) -> Self {
        stream.io().switch.clone()
    }
}

impl Stream {
    fn check(&self) -> io::Result<()> {
        if self.switch.0.load(Ordering::Acquire) {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        Ok(())
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_read(cx, buf)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let stream = self.get_mut();
        stream.check()?;
        Pin::new(&mut stream.inner).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let stream = self.get_mut();
        stream.check()?;
        Pin::new(&mut stream.inner).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(cx)
    }
}
