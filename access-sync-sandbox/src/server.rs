//! The loopback servers: from a socket to a service and back.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::Router;
use axum::body::Body as HttpBody;
use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, State};
use axum::http::{Request as HttpRequest, Response};
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::door::{self, Answered};
use crate::fault::Service;
use crate::http::{Body, Reply};
use crate::sandbox::Shared;

/// Far above any body the vendors accept, far below what would hurt a test machine.
const MAX_BODY: usize = 4 << 20;

struct Port {
    shared: Arc<Shared>,
    service: Service,
    origin: String,
    stop: watch::Receiver<()>,
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
        stop: stop.clone(),
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
        return respond(port.service, Reply::empty(413));
    };
    let arrived = tokio::time::Instant::now();
    let Answered { reply, delay } = door::handle(
        &port.shared,
        port.service,
        &port.origin,
        parts,
        body,
        Some(arrived),
    );
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    if matches!(reply.body, Body::Stalled) {
        // Until the caller gives up, or the sandbox stops.
        let mut stop = port.stop.clone();
        while stop.changed().await.is_ok() {}
    }
    if reply.status == 0 {
        switch.0.store(true, Ordering::Release);
    }
    respond(port.service, reply)
}

fn respond(service: Service, reply: Reply) -> Response<HttpBody> {
    let (status, headers, bytes) = door::render(service, reply);
    let mut response = Response::new(HttpBody::from(bytes));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
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
