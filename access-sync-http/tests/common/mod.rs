//! What the tests share: a client on a virtual clock.
#![allow(dead_code, unreachable_pub)]

pub mod canaries;

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use access_sync_http::test_util::{MockTransport, VirtualTimer};
use access_sync_http::{
    ClientCore, ClientCoreBuilder, Error, ErrorKind, Request, SecretString, StatusEnvelope, Timer,
    Token, TokenSource, Transport, TransportError,
};
use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Method, Response};

pub fn wall() -> DateTime<Utc> {
    DateTime::parse_from_rfc3339("2026-03-01T12:00:00Z")
        .unwrap()
        .to_utc()
}

pub fn clock() -> VirtualTimer {
    VirtualTimer::new(wall())
}

pub fn builder(timer: &VirtualTimer, transport: impl Transport + 'static) -> ClientCoreBuilder {
    ClientCore::builder("acme", Arc::new(StatusEnvelope))
        .timer(Arc::new(timer.clone()))
        .transport(Arc::new(transport))
        .seed(7)
}

pub fn core(timer: &VirtualTimer, transport: &MockTransport) -> ClientCore {
    builder(timer, transport.clone()).build().unwrap()
}

pub fn request(method: Method) -> Request {
    let url = "https://api.acme.test/v1/things".parse().unwrap();
    Request::new("things.call", method, url)
}

pub fn read() -> Request {
    request(Method::GET)
}

pub fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Polls a future so many times, then drops it.
pub struct Polls<F>(pub Option<Pin<Box<F>>>, pub usize);

impl<F: Future> Polls<F> {
    pub fn new(future: F, polls: usize) -> Self {
        Self(Some(Box::pin(future)), polls)
    }
}

impl<F: Future> Future for Polls<F> {
    type Output = Option<F::Output>;
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.1 == 0 {
            self.0 = None;
            return Poll::Ready(None);
        }
        self.1 -= 1;
        let polled = self.0.as_mut().unwrap().as_mut().poll(context);
        match polled {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if self.1 == 0 => {
                self.0 = None;
                Poll::Ready(None)
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

type Serve =
    dyn Fn(&http::Request<Bytes>, u64) -> Result<Response<Bytes>, TransportError> + Send + Sync;

/// A server that takes its time.
#[derive(Clone)]
pub struct Server {
    pub timer: VirtualTimer,
    pub delay: Duration,
    pub calls: Arc<AtomicU64>,
    pub times: Arc<Mutex<Vec<Duration>>>,
    pub serve: Arc<Serve>,
}

impl Server {
    pub fn new(
        timer: &VirtualTimer,
        delay: Duration,
        serve: impl Fn(&http::Request<Bytes>, u64) -> Result<Response<Bytes>, TransportError>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        Self {
            timer: timer.clone(),
            delay,
            calls: Arc::default(),
            times: Arc::default(),
            serve: Arc::new(serve),
        }
    }

    pub fn count(&self) -> u64 {
        self.calls.load(Ordering::SeqCst)
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Server")
    }
}

#[async_trait]
impl Transport for Server {
    async fn send(&self, request: http::Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let call = self.calls.fetch_add(1, Ordering::SeqCst);
        self.times.lock().unwrap().push(self.timer.elapsed());
        let at = self.timer.now() + self.delay;
        self.timer.sleep_until(at).await;
        (self.serve)(&request, call)
    }
}

pub fn answer(status: u16, body: &'static str) -> Response<Bytes> {
    Response::builder()
        .status(status)
        .body(Bytes::from_static(body.as_bytes()))
        .unwrap()
}

type Make = dyn Fn(u64, Option<&Token>) -> Result<Token, Error> + Send + Sync;

/// A token endpoint that takes its time.
pub struct Tokens {
    pub timer: VirtualTimer,
    pub delay: Duration,
    pub calls: AtomicU64,
    pub make: Box<Make>,
}

impl Tokens {
    pub fn new(
        timer: &VirtualTimer,
        make: impl Fn(u64, Option<&Token>) -> Result<Token, Error> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            timer: timer.clone(),
            delay: Duration::from_millis(20),
            calls: AtomicU64::new(0),
            make: Box::new(make),
        })
    }

    /// Numbered tokens that live so long.
    pub fn living(timer: &VirtualTimer, life: Duration) -> Arc<Self> {
        Self::new(timer, move |n, _| Ok(token(n, life)))
    }

    pub fn failing(timer: &VirtualTimer, kind: ErrorKind) -> Arc<Self> {
        Self::new(timer, move |_, _| {
            Err(Error::new(kind, "no token").with_sent(true))
        })
    }

    pub fn count(&self) -> u64 {
        self.calls.load(Ordering::SeqCst)
    }
}

pub fn token(n: u64, life: Duration) -> Token {
    let refresh = SecretString::from(format!("refresh-{n}"));
    Token::new(
        SecretString::from(format!("token-{n}")),
        Some(refresh),
        life,
    )
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens")
    }
}

#[async_trait]
impl TokenSource for Tokens {
    async fn fetch(&self, _: &ClientCore, previous: Option<&Token>) -> Result<Token, Error> {
        let call = self.calls.fetch_add(1, Ordering::SeqCst);
        let at = self.timer.now() + self.delay;
        self.timer.sleep_until(at).await;
        (self.make)(call, previous)
    }
}
