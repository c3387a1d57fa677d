//! What every REST client of this family shares: a transport, a rate limiter, a retry policy and a
//! timer behind four small object-safe traits, and the pipeline that joins them.
//!
//! This crate knows no vendor. A client brings three things of its own: requests as values
//! ([`Request`]), a way to tell an answer from a fault ([`Envelope`]), and a way to authorize
//! ([`Authorize`]). [`ClientCore`] does the rest, always in the same order:
//!
//! ```text
//! deadline → authorize → loop { limiter → attempt timeout → transport → envelope → observe }
//! ```
//!
//! - **Time** passes through one [`Timer`]: limiter, retry, deadlines and tokens cannot disagree,
//!   and tests own the clock.
//! - **A limiter reserves** a slot and sleeps once; it does not wake and look again.
//! - **A write is sent again** only where it provably had no effect, or where repeating it is
//!   documented to be harmless (see [`Safety`]).
//! - **A list says whether it is whole** ([`Listing`]), and one bad row never hides the good ones.
//! - **No secret is printable**: requests, errors and tokens show neither headers, bodies nor URLs.
//!
//! ```
//! use std::sync::Arc;
//! use access_sync_http::{ClientCore, Endpoint, Request, StatusEnvelope};
//! use http::Method;
//!
//! # fn main() -> Result<(), access_sync_http::Error> {
//! let endpoint = Endpoint::parse("https://api.example.com/v1")?;
//! let core = ClientCore::builder("example", Arc::new(StatusEnvelope)).build()?;
//! let request = Request::new("things.list", Method::GET, endpoint.join(&["things"])?)
//!     .query("page", "1");
//! // `core.send(request).await?.json::<Vec<Thing>>()?` once there is a runtime.
//! assert_eq!(request.operation(), "things.list");
//! # let _ = core;
//! # Ok(())
//! # }
//! ```
#![cfg_attr(docsrs, feature(doc_cfg))]

mod auth;
mod budget;
mod client;
pub mod decode;
mod endpoint;
mod envelope;
mod error;
mod hooks;
pub mod limit;
mod listing;
pub mod oauth;
mod paging;
mod personal;
mod pipeline;
pub mod redact;
mod request;
pub mod retry;
mod spans;
#[cfg(feature = "test-util")]
pub mod test_util;
mod timeouts;
mod timer;
mod token;
mod token_store;
pub mod transport;

pub use auth::{AuthTicket, Authorize, NoAuth, StaticHeaders, basic_header};
pub use client::{CallOptions, ClientCore, ClientCoreBuilder, Reply};
pub use endpoint::Endpoint;
pub use envelope::{Envelope, Fault, StatusEnvelope, retry_after};
pub use error::{Error, ErrorKind};
pub use hooks::{AttemptReport, CallReport, Hooks, Outcome};
#[doc(inline)]
pub use limit::{LimitError, Permit, RateLimiter, Scope, Signal, Unlimited, WindowLimiter};
pub use listing::{Completeness, Gap, Listing, Rejected};
pub use paging::{Checkpoint, Page, Pager};
pub use personal::Personal;
pub use request::{Request, Safety};
#[doc(inline)]
pub use retry::{AttemptInfo, Decision, FullJitter, NoRetry, RetryPolicy};
pub use secrecy::{ExposeSecret, SecretString};
pub use timer::{SystemTimer, Timer};
pub use token::{Token, TokenAuth, TokenSource};
pub use token_store::{FileTokenStore, MemoryTokenStore, SharedTokens, StoredToken, TokenStore};
#[cfg(feature = "reqwest")]
pub use transport::ReqwestTransport;
pub use transport::{Transport, TransportError};

/// The README's example compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
