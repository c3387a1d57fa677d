//! Telling refusals apart.

use std::error::Error as StdError;
use std::fmt;

use access_sync_http::{Error, ErrorKind};

use crate::PropertyId;

/// What kind of refusal an error is, in Entrata's terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// 1xx (113), 401: the user, the password or the key is wrong. Stop.
    BadLogin,
    /// 301: the caller lacks the property, or it is disabled. Leave it out and go on.
    PropertyNotPermitted,
    /// 311: the application lacks the property. Leave it out, and tell the customer's administrator.
    ApplicationNotPermitted,
    /// 403 without such a code: wrong organisation, application off, or method not granted. Stop.
    NotPermitted,
    /// 400 about the method's name or version, 404: no such method or service for this account.
    UnknownMethod,
    /// 429: a window is used up. [`Error::retry_after`] says until when, [`Error::message`] which one.
    Limited,
    /// 310, 5xx, a broken connection, an answer that cannot be read: may pass.
    Transient,
    /// Something else, such as 400 about a parameter. [`Error::code`] keeps the number.
    Other,
}

impl Refusal {
    /// The refusal that `error` stands for.
    ///
    /// ```
    /// use entrata_api::{Error, ErrorKind, Refusal};
    ///
    /// let error = Error::new(ErrorKind::Permission, "").with_code("301");
    /// assert_eq!(Refusal::of(&error), Refusal::PropertyNotPermitted);
    /// ```
    #[must_use]
    pub fn of(error: &Error) -> Self {
        match (error.kind(), error.code()) {
            (_, Some("301")) => Self::PropertyNotPermitted,
            (_, Some("311")) => Self::ApplicationNotPermitted,
            (ErrorKind::Authentication, _) => Self::BadLogin,
            (ErrorKind::Permission, _) => Self::NotPermitted,
            (ErrorKind::Unroutable, _) => Self::UnknownMethod,
            (ErrorKind::Throttled | ErrorKind::QuotaExhausted | ErrorKind::Limited, _) => {
                Self::Limited
            }
            (
                ErrorKind::Server
                | ErrorKind::Transport
                | ErrorKind::Timeout
                | ErrorKind::Deadline
                | ErrorKind::Decode,
                _,
            ) => Self::Transient,
            _ => Self::Other,
        }
    }
}

/// Is one property refused (301, 311) while others may work? Such a property is to be left out of a
/// run; its leases are *unknown* then, not gone.
#[must_use]
pub fn is_property_not_permitted(error: &Error) -> bool {
    matches!(
        Refusal::of(error),
        Refusal::PropertyNotPermitted | Refusal::ApplicationNotPermitted
    )
}

/// The property that a refusal with 301 or 311 is about, where the call named one.
#[must_use]
pub fn refused_property(error: &Error) -> Option<PropertyId> {
    let source = error.source()?.downcast_ref::<PropertyRefused>()?;
    Some(source.0)
}

/// Puts the property into a refusal that is about it.
pub(crate) fn about(error: Error, property: Option<PropertyId>) -> Error {
    match property {
        Some(property) if is_property_not_permitted(&error) => {
            error.with_source(PropertyRefused(property))
        }
        _ => error,
    }
}

#[derive(Debug)]
struct PropertyRefused(PropertyId);

impl fmt::Display for PropertyRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "property {} is not permitted", self.0)
    }
}

impl StdError for PropertyRefused {}
