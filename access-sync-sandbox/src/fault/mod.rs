//! What goes wrong, by script or by dice.

mod book;
mod effect;
mod plan;

use std::fmt;
use std::str::FromStr;

pub(crate) use book::FaultBook;
pub use plan::{Faults, ScriptError};

/// One of the three services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Service {
    /// Brivo Access.
    Brivo,
    /// Entrata.
    Entrata,
    /// Nexudus.
    Nexudus,
}

impl Service {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Brivo, Self::Entrata, Self::Nexudus];

    /// `brivo`, `entrata` or `nexudus`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Brivo => "brivo",
            Self::Entrata => "entrata",
            Self::Nexudus => "nexudus",
        }
    }
}

/// What goes wrong with an answer.
///
/// Scripts and the control API spell it in lower case with dashes, its number last:
/// `status-503`, `throttled-7`, `short-page-2`, `delay-250`, `in-band-301`, `closed-after`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultKind {
    /// The service answers with this HTTP status and does nothing.
    Status(u16),
    /// The vendor's own throttling answer (Brivo: Mashery 403 over QPS; Entrata: 429 with
    /// exhausted windows; Nexudus: 409); the operation is not executed.
    Throttled {
        /// Value of `Retry-After` in seconds (Entrata: of the reset of the exhausted window).
        retry_after_secs: u32,
    },
    /// The vendor's answer to a token that has run out; the operation is not executed.
    ExpiredToken,
    /// HTTP 200 with an HTML page, as from a proxy; the operation is not executed.
    Html,
    /// HTTP 200 with an empty body; the operation **has taken effect**.
    Blank,
    /// The JSON ends in the middle; the operation **has taken effect**.
    Truncated,
    /// The connection is closed without an answer before anything happened.
    ClosedBefore,
    /// The operation **has taken effect**, then the connection is closed without an answer.
    ClosedAfter,
    /// No answer ever comes and nothing happened; the connection stays open.
    Stalled,
    /// The operation **has taken effect**, and no answer ever comes.
    StalledAfter,
    /// The right answer, but late.
    Delay {
        /// Milliseconds.
        millis: u32,
    },
    /// The last rows of a list answer are missing; totals and page counts still tell the truth.
    ShortPage {
        /// How many rows are left out.
        missing: usize,
    },
    /// A list answers with the page before the one that was asked for.
    RepeatedPage,
    /// The vendor's error inside HTTP 200; the operation is not executed. Entrata: the error body
    /// of this code. Nexudus: `WasSuccessful` false. Brivo has none and answers 400.
    InBandError {
        /// Entrata's error code, such as 301 or 311.
        code: u32,
    },
    /// HTTP 200 as though this Entrata property were not there: missing from `getProperties`, and
    /// "no records" wherever it is asked for.
    PropertyMissing {
        /// The property.
        property: i64,
    },
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "status-{status}"),
            Self::Throttled { retry_after_secs } => write!(f, "throttled-{retry_after_secs}"),
            Self::ExpiredToken => f.write_str("expired-token"),
            Self::Html => f.write_str("html"),
            Self::Blank => f.write_str("blank"),
            Self::Truncated => f.write_str("truncated"),
            Self::ClosedBefore => f.write_str("closed-before"),
            Self::ClosedAfter => f.write_str("closed-after"),
            Self::Stalled => f.write_str("stalled"),
            Self::StalledAfter => f.write_str("stalled-after"),
            Self::Delay { millis } => write!(f, "delay-{millis}"),
            Self::ShortPage { missing } => write!(f, "short-page-{missing}"),
            Self::RepeatedPage => f.write_str("repeated-page"),
            Self::InBandError { code } => write!(f, "in-band-{code}"),
            Self::PropertyMissing { property } => write!(f, "property-missing-{property}"),
        }
    }
}

impl FromStr for FaultKind {
    type Err = ScriptError;

    fn from_str(text: &str) -> Result<Self, ScriptError> {
        let plain = match text {
            "expired-token" => Some(Self::ExpiredToken),
            "html" => Some(Self::Html),
            "blank" => Some(Self::Blank),
            "truncated" => Some(Self::Truncated),
            "closed-before" => Some(Self::ClosedBefore),
            "closed-after" => Some(Self::ClosedAfter),
            "stalled" => Some(Self::Stalled),
            "stalled-after" => Some(Self::StalledAfter),
            "repeated-page" => Some(Self::RepeatedPage),
            _ => None,
        };
        if let Some(kind) = plain {
            return Ok(kind);
        }
        let unknown = || ScriptError::kind(text);
        let (name, number) = text.rsplit_once('-').ok_or_else(unknown)?;
        let number: i64 = number.parse().map_err(|_| unknown())?;
        let small = |n: i64| u32::try_from(n).map_err(|_| unknown());
        match name {
            "status" => match u16::try_from(number) {
                Ok(status @ 100..=599) => Ok(Self::Status(status)),
                _ => Err(unknown()),
            },
            "throttled" => Ok(Self::Throttled {
                retry_after_secs: small(number)?,
            }),
            "delay" => Ok(Self::Delay {
                millis: small(number)?,
            }),
            "short-page" => Ok(Self::ShortPage {
                missing: usize::try_from(number).map_err(|_| unknown())?,
            }),
            "in-band" => Ok(Self::InBandError {
                code: small(number)?,
            }),
            "property-missing" => Ok(Self::PropertyMissing { property: number }),
            _ => Err(unknown()),
        }
    }
}

/// A fault to be injected into the next matching answers.
///
/// ```
/// use access_sync_sandbox::{Fault, FaultKind, Service};
///
/// let fault = Fault::new(Service::Brivo, FaultKind::ClosedAfter)
///     .operation("POST /users")
///     .times(2);
/// # let _ = fault;
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Fault {
    service: Service,
    kind: FaultKind,
    operation: Option<String>,
    property: Option<i64>,
    after: u32,
    times: u32,
}

impl Fault {
    /// A fault of the next answer of `service`, whatever the operation.
    pub fn new(service: Service, kind: FaultKind) -> Self {
        Self {
            service,
            kind,
            operation: None,
            property: None,
            after: 0,
            times: 1,
        }
    }

    /// An Entrata property that answers with an in-band error until it is cleared.
    pub fn entrata_property(property_id: i64, code: u32) -> Self {
        let mut fault = Self::new(Service::Entrata, FaultKind::InBandError { code });
        fault.property = Some(property_id);
        fault.times = u32::MAX;
        fault
    }

    /// An Entrata property that is missing, with HTTP 200, until it is cleared.
    pub fn entrata_property_missing(property_id: i64) -> Self {
        let kind = FaultKind::PropertyMissing {
            property: property_id,
        };
        Self::new(Service::Entrata, kind).times(u32::MAX)
    }

    /// Only answers of this operation, named as in [`Call::operation`](crate::Call::operation).
    pub fn operation(mut self, operation: impl Into<String>) -> Self {
        self.operation = Some(operation.into());
        self
    }

    /// Only Entrata calls for this property (`propertyId`, or among `propertyIds`).
    pub fn property(mut self, property_id: i64) -> Self {
        self.property = Some(property_id);
        self
    }

    /// Lets this many matching answers pass first.
    pub fn after(mut self, answers: u32) -> Self {
        self.after = answers;
        self
    }

    /// How many answers are hit; 1 unless set, `u32::MAX` for all.
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    fn matches(&self, service: Service, operation: &str, properties: &[i64]) -> bool {
        let concerned = match self.kind {
            FaultKind::PropertyMissing { property } => {
                operation == "getProperties" || properties.contains(&property)
            }
            _ => true,
        };
        concerned
            && self.service == service
            && self.times > 0
            && self.operation.as_deref().is_none_or(|o| o == operation)
            && self.property.is_none_or(|p| properties.contains(&p))
    }
}

impl fmt::Display for Fault {
    /// As a line of a script.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.service.name(), self.kind)?;
        if let Some(operation) = &self.operation {
            write!(f, " on \"{operation}\"")?;
        }
        if let Some(property) = self.property {
            write!(f, " property {property}")?;
        }
        if self.after > 0 {
            write!(f, " after {}", self.after)?;
        }
        match self.times {
            1 => Ok(()),
            u32::MAX => f.write_str(" always"),
            times => write!(f, " times {times}"),
        }
    }
}
