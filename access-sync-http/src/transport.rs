//! Sending one request once.

use std::error::Error as StdError;
use std::fmt;
use std::future::ready;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::HeaderMap;

use crate::Request;

#[cfg(feature = "reqwest")]
#[path = "transport_reqwest.rs"]
mod with_reqwest;
#[cfg(feature = "reqwest")]
pub use with_reqwest::ReqwestTransport;

/// Sends one request, once, and brings back the whole answer.
///
/// No retry, no redirect, no limit on time: the pipeline does all of that. An implementation says
/// one thing that nobody else can know: whether a request that failed may have been received.
///
/// ```
/// use access_sync_http::{Transport, TransportError};
/// use async_trait::async_trait;
/// use bytes::Bytes;
///
/// /// Answers from memory, for a test.
/// #[derive(Debug)]
/// struct Canned(&'static str);
///
/// #[async_trait]
/// impl Transport for Canned {
///     async fn send(&self, _: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
///         Ok(http::Response::new(Bytes::from_static(self.0.as_bytes())))
///     }
/// }
/// ```
#[async_trait]
pub trait Transport: fmt::Debug + Send + Sync {
    /// Sends `request` and reads the answer to its end.
    ///
    /// # Errors
    /// [`TransportError`] where there is no complete answer. An answer with an error status is an
    /// answer.
    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, TransportError>;

    /// As [`Transport::send`], which it ends in unless said otherwise, from the request as the client
    /// made it and the headers of this attempt: the request's own, and its credentials.
    ///
    /// For transports that want the address as a `Url`: to write it out and parse it again takes
    /// longer than all else that the pipeline does.
    ///
    /// # Errors
    /// As [`Transport::send`].
    fn send_request<'a>(
        &'a self,
        request: &'a Request,
        headers: HeaderMap,
    ) -> BoxFuture<'a, Result<http::Response<Bytes>, TransportError>> {
        match request.to_http(headers) {
            Ok(request) => self.send(request),
            Err(error) => Box::pin(ready(Err(error))),
        }
    }
}

/// There is no complete answer.
#[derive(Debug)]
pub struct TransportError {
    sent: bool,
    message: &'static str,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl TransportError {
    /// The request provably did not reach the server (no connection, not writable).
    #[must_use]
    pub fn never_sent(message: &'static str) -> Self {
        Self {
            sent: false,
            message,
            source: None,
        }
    }

    /// The server may have received the request.
    #[must_use]
    pub fn maybe_sent(message: &'static str) -> Self {
        Self {
            sent: true,
            message,
            source: None,
        }
    }

    /// The same error with its cause. The cause must not show paths, queries or bodies.
    #[must_use]
    pub fn with_source(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    /// May the server have received the request?
    #[must_use]
    pub fn was_sent(&self) -> bool {
        self.sent
    }

    /// What happened, in words.
    #[must_use]
    pub fn message(&self) -> &'static str {
        self.message
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message)
    }
}

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}
