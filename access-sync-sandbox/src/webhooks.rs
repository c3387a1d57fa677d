//! Webhooks on their way out.

use crate::fault::Service;

/// One webhook call that a service makes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delivery {
    /// Who sends it.
    pub service: Service,
    /// Where it goes.
    pub url: String,
    /// The JSON body, to be posted byte by byte as it is.
    pub body: String,
    /// Headers besides the content type.
    pub headers: Vec<(String, String)>,
    /// The registration it goes back to, for the vendor's own book-keeping.
    pub(crate) registration: Option<i64>,
}

impl Delivery {
    pub(crate) fn new(
        service: Service,
        url: String,
        body: String,
        headers: Vec<(String, String)>,
    ) -> Self {
        Self {
            service,
            url,
            body,
            headers,
            registration: None,
        }
    }
}
