//! A transport that answers from a script.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};

use crate::{Transport, TransportError};

type Answer = Box<dyn FnOnce(&Request<Bytes>) -> Result<Response<Bytes>, TransportError> + Send>;

enum Step {
    /// The request that must come next.
    Expect {
        method: String,
        path: String,
    },
    Answer(Answer),
    Silence,
}

/// Answers requests from a script, and keeps what was asked.
///
/// ```
/// use access_sync_http::test_util::MockTransport;
///
/// let transport = MockTransport::new()
///     .expect("GET", "/v1/things?page=1")
///     .reply(503, "")
///     .reply(200, r#"{"data":[]}"#);
/// assert_eq!(transport.requests().len(), 0);
/// assert!(transport.finish().is_err(), "two answers were not asked for");
/// ```
#[derive(Clone, Default)]
pub struct MockTransport(Arc<Mutex<Script>>);

#[derive(Default)]
struct Script {
    steps: VecDeque<Step>,
    requests: Vec<Request<Bytes>>,
    surprises: Vec<String>,
}

impl MockTransport {
    /// A transport without answers; add them in order.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The next request must have this method, and this path with its query. Another one is
    /// answered all the same, and told by [`MockTransport::finish`].
    #[must_use]
    pub fn expect(self, method: impl Into<String>, path: impl Into<String>) -> Self {
        self.step(Step::Expect {
            method: method.into(),
            path: path.into(),
        })
    }

    /// Then a status and a body, as JSON.
    #[must_use]
    pub fn reply(self, status: u16, body: impl Into<Bytes>) -> Self {
        self.reply_with(status, &[("content-type", "application/json")], body)
    }

    /// Then a status, headers and a body.
    #[must_use]
    pub fn reply_with(self, status: u16, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Self {
        let mut builder = Response::builder().status(status);
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        let response = builder
            .body(body.into())
            .map_err(|_| TransportError::never_sent("the script's answer is not legal HTTP"));
        self.then(move |_| response)
    }

    /// Then a connection that broke, before or after the request went out.
    #[must_use]
    pub fn broken(self, sent: bool) -> Self {
        self.then(move |_| {
            Err(if sent {
                TransportError::maybe_sent("connection reset")
            } else {
                TransportError::never_sent("connection refused")
            })
        })
    }

    /// Then a request that is never answered.
    #[must_use]
    pub fn silence(self) -> Self {
        self.step(Step::Silence)
    }

    /// Then whatever `answer` makes of the request.
    #[must_use]
    pub fn then(
        self,
        answer: impl FnOnce(&Request<Bytes>) -> Result<Response<Bytes>, TransportError> + Send + 'static,
    ) -> Self {
        self.step(Step::Answer(Box::new(answer)))
    }

    /// What was asked so far.
    #[must_use]
    pub fn requests(&self) -> Vec<Request<Bytes>> {
        self.lock().requests.clone()
    }

    /// Was the script followed to its end?
    ///
    /// # Errors
    /// What was asked for against expectation, and how many answers nobody asked for.
    pub fn finish(&self) -> Result<(), String> {
        let script = self.lock();
        let mut faults = script.surprises.clone();
        let left = script
            .steps
            .iter()
            .filter(|step| !matches!(step, Step::Expect { .. }))
            .count();
        if left > 0 {
            faults.push(format!("{left} answers were not asked for"));
        }
        if faults.is_empty() {
            Ok(())
        } else {
            Err(faults.join("; "))
        }
    }

    fn step(self, step: Step) -> Self {
        self.lock().steps.push_back(step);
        self
    }

    fn lock(&self) -> MutexGuard<'_, Script> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Script {
    fn next(&mut self, request: &Request<Bytes>) -> Option<Step> {
        self.requests.push(request.clone());
        loop {
            match self.steps.pop_front() {
                Some(Step::Expect { method, path }) => {
                    let asked = request.uri().path_and_query().map_or("", |p| p.as_str());
                    if request.method().as_str() != method || asked != path {
                        self.surprises.push(format!(
                            "expected {method} {path}, asked for {} {asked}",
                            request.method()
                        ));
                    }
                }
                None => {
                    self.surprises.push(format!(
                        "asked for {} {} after the script's end",
                        request.method(),
                        request.uri().path()
                    ));
                    return None;
                }
                step => return step,
            }
        }
    }
}

impl fmt::Debug for MockTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let script = self.lock();
        f.debug_struct("MockTransport")
            .field("steps_left", &script.steps.len())
            .field("asked", &script.requests.len())
            .finish()
    }
}

#[async_trait]
impl Transport for MockTransport {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let step = self.lock().next(&request);
        match step {
            Some(Step::Answer(answer)) => answer(&request),
            Some(Step::Silence) => std::future::pending().await,
            _ => Err(TransportError::never_sent("the script has no more answers")),
        }
    }
}
