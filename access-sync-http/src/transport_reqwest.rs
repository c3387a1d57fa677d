//! The default transport.

use std::future::Future;
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures_util::future::BoxFuture;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, HeaderValue, Method};

use super::{Transport, TransportError};
use crate::{Error, Request};

/// Sends by reqwest over a pool of kept-alive connections.
///
/// One request is sent once: reqwest's own retries are off, as limiter and ledger would not hear of
/// them. Redirects are refused (a redirect would carry credentials to another host, and the vendors
/// redirect only to log-in pages), and answers larger than a bound are refused unread.
#[derive(Clone, Debug)]
pub struct ReqwestTransport {
    client: reqwest::Client,
    max_body: usize,
}

impl ReqwestTransport {
    /// A transport with the family's settings.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Config`] where TLS cannot be set up on this machine.
    pub fn new() -> Result<Self, Error> {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never().max_retries_per_request(0))
            .connect_timeout(Duration::from_secs(10))
            .user_agent(concat!("access-sync/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| {
                Error::config("TLS cannot be set up").with_source(error.without_url())
            })?;
        Ok(Self::from_client(client))
    }

    /// A transport over a client with settings of your own (proxy, roots, pool).
    #[must_use]
    pub fn from_client(client: reqwest::Client) -> Self {
        Self {
            client,
            max_body: 64 * 1024 * 1024,
        }
    }

    /// The largest answer that is read, in bytes; 64 MiB unless said otherwise.
    #[must_use]
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }
}

#[async_trait]
impl Transport for ReqwestTransport {
    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, TransportError> {
        let request = reqwest::Request::try_from(request)
            .map_err(|error| failed("the request is not valid", error))?;
        receive(self.start(request), self.max_body).await
    }

    fn send_request<'a>(
        &'a self,
        request: &'a Request,
        headers: HeaderMap,
    ) -> BoxFuture<'a, Result<http::Response<Bytes>, TransportError>> {
        let mut wire = reqwest::Request::new(request.method().clone(), request.url().clone());
        *wire.headers_mut() = headers;
        if !request.body().is_empty() {
            *wire.body_mut() = Some(request.body().clone().into());
        }
        Box::pin(receive(self.start(wire), self.max_body))
    }
}

impl ReqwestTransport {
    /// Outside the future, which would else be moved to the heap with room for the request in it.
    fn start(
        &self,
        mut request: reqwest::Request,
    ) -> impl Future<Output = reqwest::Result<reqwest::Response>> + Send + use<> {
        let empty = request
            .body()
            .is_none_or(|body| body.as_bytes().is_some_and(<[u8]>::is_empty));
        if empty
            && matches!(
                *request.method(),
                Method::POST | Method::PUT | Method::PATCH
            )
        {
            // Some servers answer 411 to a write that does not say how long it is.
            let none = HeaderValue::from_static("0");
            request.headers_mut().insert(CONTENT_LENGTH, none);
        }
        self.client.execute(request)
    }
}

async fn receive(
    pending: impl Future<Output = reqwest::Result<reqwest::Response>>,
    max_body: usize,
) -> Result<http::Response<Bytes>, TransportError> {
    let too_large = || TransportError::maybe_sent("the answer is larger than allowed");
    let mut response = pending.await.map_err(|error| {
        let message = match error.is_connect() {
            true => "could not connect",
            false => "no answer",
        };
        failed(message, error)
    })?;
    let expected = usize::try_from(response.content_length().unwrap_or(0)).unwrap_or(usize::MAX);
    if expected > max_body {
        return Err(too_large());
    }
    // Most answers come in one piece, which is taken as it is.
    let mut whole = Bytes::new();
    let mut pieces = BytesMut::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| failed("the answer broke off", error))?
    {
        let read = whole.len().max(pieces.len());
        if read.saturating_add(chunk.len()) > max_body {
            return Err(too_large());
        }
        if read == 0 {
            whole = chunk;
            continue;
        }
        if pieces.is_empty() {
            pieces.reserve(expected.max(read + chunk.len()));
            pieces.extend_from_slice(&whole);
        }
        pieces.extend_from_slice(&chunk);
    }
    let mut answer = http::Response::new(match pieces.is_empty() {
        true => whole,
        false => pieces.freeze(),
    });
    *answer.status_mut() = response.status();
    *answer.headers_mut() = std::mem::take(response.headers_mut());
    Ok(answer)
}

fn failed(message: &'static str, error: reqwest::Error) -> TransportError {
    let base = if error.is_connect() || error.is_builder() {
        TransportError::never_sent(message)
    } else {
        TransportError::maybe_sent(message)
    };
    base.with_source(error.without_url())
}
