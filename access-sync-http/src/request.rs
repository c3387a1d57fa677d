//! Requests as values: built and inspected without a network.

use std::fmt;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderName};
use http::{HeaderMap, HeaderValue, Method, Uri};
use serde::Serialize;
use url::Url;

use crate::{Error, TransportError};

/// What sending a request a second time could do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Safety {
    /// Changes nothing. May be repeated freely.
    Read,
    /// Changes something, and the vendor documents that a repeat changes nothing more.
    Idempotent,
    /// A repeat could do it twice. Sent again only if it provably was not carried out.
    Once,
}

fn json() -> HeaderValue {
    HeaderValue::from_static("application/json")
}

/// One call to a vendor: operation, method, address, headers and body.
///
/// `Debug` shows the operation, the method and the host; never headers, the path's values, the query
/// or the body, which hold credentials and people.
#[derive(Clone)]
pub struct Request {
    operation: &'static str,
    method: Method,
    url: Url,
    /// What was set; `Accept` is added on the way out, so that most requests need no map.
    headers: HeaderMap,
    body: Bytes,
    safety: Safety,
    class: &'static str,
}

impl Request {
    /// A request for `operation` (the client's stable name for it, such as `users.list`).
    ///
    /// `GET` and `HEAD` are [`Safety::Read`], everything else [`Safety::Once`] until said otherwise.
    #[must_use]
    pub fn new(operation: &'static str, method: Method, url: Url) -> Self {
        let safety = match method {
            Method::GET | Method::HEAD => Safety::Read,
            _ => Safety::Once,
        };
        Self {
            operation,
            method,
            url,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            safety,
            class: "",
        }
    }

    /// Says what a repeat could do.
    #[must_use]
    pub fn safety(mut self, safety: Safety) -> Self {
        self.safety = safety;
        self
    }

    /// The class of calls whose limits it shares (such as `write`, or a method's name).
    #[must_use]
    pub fn class(mut self, class: &'static str) -> Self {
        self.class = class;
        self
    }

    /// Adds a query parameter, encoded.
    #[must_use]
    pub fn query(mut self, name: &str, value: impl AsRef<str>) -> Self {
        self.url.query_pairs_mut().append_pair(name, value.as_ref());
        self
    }

    /// Adds a query parameter where there is a value.
    #[must_use]
    pub fn query_opt(self, name: &str, value: Option<impl AsRef<str>>) -> Self {
        match value {
            Some(value) => self.query(name, value),
            None => self,
        }
    }

    /// Sets a header. It is marked sensitive, as are all.
    #[must_use]
    pub fn header(mut self, name: HeaderName, mut value: HeaderValue) -> Self {
        value.set_sensitive(true);
        self.headers.insert(name, value);
        self
    }

    /// A JSON body.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Config`] where the value cannot be written as JSON.
    pub fn json<T: Serialize + ?Sized>(mut self, value: &T) -> Result<Self, Error> {
        let body = serde_json::to_vec(value)
            .map_err(|_| Error::config("the request's body cannot be written as JSON"))?;
        self.body = body.into();
        self.headers.insert(CONTENT_TYPE, json());
        Ok(self)
    }

    /// A form body, percent-encoded.
    #[must_use]
    pub fn form<'a>(mut self, fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let text = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        self.body = text.into_bytes().into();
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        self.headers.insert(CONTENT_TYPE, kind);
        self
    }

    /// A body of any kind: an image, a multipart form.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Config`] where `content_type` cannot stand in a header.
    pub fn raw(mut self, content_type: &str, body: impl Into<Bytes>) -> Result<Self, Error> {
        let kind = HeaderValue::from_str(content_type)
            .map_err(|_| Error::config("the content type cannot stand in a header"))?;
        self.headers.insert(CONTENT_TYPE, kind);
        self.body = body.into();
        Ok(self)
    }

    /// The operation's stable name.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// The HTTP method.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The full address, query included.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The headers, without those that authorization adds. JSON is accepted unless said otherwise.
    #[must_use]
    pub fn headers(&self) -> HeaderMap {
        let mut headers = self.headers.clone();
        headers.entry(ACCEPT).or_insert_with(json);
        headers
    }

    /// The body; empty where there is none.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// What a repeat could do.
    #[must_use]
    pub fn safety_class(&self) -> Safety {
        self.safety
    }

    /// The class of calls whose limits it shares.
    #[must_use]
    pub fn limit_class(&self) -> &'static str {
        self.class
    }

    /// With the headers of one attempt.
    pub(crate) fn to_http(
        &self,
        headers: HeaderMap,
    ) -> Result<http::Request<Bytes>, TransportError> {
        let mut request = http::Request::new(self.body.clone());
        *request.uri_mut() = Uri::try_from(self.url.as_str())
            .map_err(|_| TransportError::never_sent("the request's address is not valid"))?;
        *request.method_mut() = self.method.clone();
        *request.headers_mut() = headers;
        Ok(request)
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("operation", &self.operation)
            .field("method", &self.method.as_str())
            .field("host", &self.url.host_str().unwrap_or(""))
            .field("safety", &self.safety)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}
