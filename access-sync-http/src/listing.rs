//! A list that says whether it is whole.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a list operation brought: the rows, the rows that could not be read, and whether that is
/// all there is.
///
/// Whoever takes something away because it is *not* in a list must ask [`Listing::is_complete`]
/// first.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Listing<T> {
    /// The rows, each once.
    pub items: Vec<T>,
    /// The rows that could not be read.
    pub rejected: Vec<Rejected>,
    /// Whether these are all.
    pub completeness: Completeness,
}

impl<T> Listing<T> {
    /// A whole list, unless rows were rejected.
    #[must_use]
    pub fn new(items: Vec<T>, rejected: Vec<Rejected>) -> Self {
        Self {
            items,
            rejected,
            completeness: Completeness::Complete,
        }
    }

    /// Are these provably all rows, each of them read?
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.rejected.is_empty() && self.completeness == Completeness::Complete
    }

    /// Notes that something is missing.
    pub fn note(&mut self, gap: Gap) {
        match &mut self.completeness {
            Completeness::Incomplete(gaps) => gaps.push(gap),
            complete => *complete = Completeness::Incomplete(vec![gap]),
        }
    }

    /// The same list of something else; rejected rows and gaps stay.
    #[must_use]
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Listing<U> {
        Listing {
            items: self.items.into_iter().map(change).collect(),
            rejected: self.rejected,
            completeness: self.completeness,
        }
    }
}

/// A row that could not be read. Holds no value of the row.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rejected {
    /// The row's place on its page, from 0.
    pub index: usize,
    /// The page, from 0.
    pub page: usize,
    /// The path within the row, such as `customers.customer[1].id`; `.` for the row itself.
    pub path: String,
    /// Why, without the value.
    pub reason: String,
}

impl Rejected {
    /// A rejected row of the first page.
    #[must_use]
    pub fn new(index: usize, path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            index,
            page: 0,
            path: path.into(),
            reason: reason.into(),
        }
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "page {} row {} at {}: {}",
            self.page, self.index, self.path, self.reason
        )
    }
}

/// Whether a list is all there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Completeness {
    /// The server's own signs say so (last page, totals).
    Complete,
    /// Something is missing, or may be.
    Incomplete(Vec<Gap>),
}

/// Why a list may not be whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Gap {
    /// The server counts more rows than it delivered.
    ShortOfTotal {
        /// The server's count.
        total: u64,
        /// Rows seen, rejected ones included.
        seen: u64,
    },
    /// The server's count changed while the pages were read: rows may have slipped between pages.
    ChangedWhileRead,
    /// A page brought nothing new although the server said that there is more.
    Repeated {
        /// The page, from 0.
        page: usize,
    },
    /// Reading stopped at the caller's bound.
    Bounded,
    /// The client's own reason.
    Other(String),
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ShortOfTotal { total, seen } => {
                write!(f, "{seen} of {total} rows were delivered")
            }
            Self::ChangedWhileRead => f.write_str("the list changed while it was read"),
            Self::Repeated { page } => write!(f, "page {page} brought nothing new"),
            Self::Bounded => f.write_str("reading stopped at the bound"),
            Self::Other(text) => f.write_str(text),
        }
    }
}
