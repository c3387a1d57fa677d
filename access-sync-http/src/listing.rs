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
        let mut listing = Self {
            items,
            rejected: Vec::new(),
            completeness: Completeness::Complete,
        };
        listing.reject(rejected);
        listing
    }

    /// How many rows could not be read, those that [`Listing::rejected`] only counts included.
    #[must_use]
    pub fn rejected_rows(&self) -> u64 {
        Rejected::count(&self.rejected)
    }

    /// Adds rows that could not be read. Too many are counted, and the list says so.
    pub fn reject(&mut self, rows: impl IntoIterator<Item = Rejected>) {
        for row in rows {
            row.add_to(&mut self.rejected);
        }
        let unlisted = Rejected::count(self.rejected.iter().filter(|row| row.rows > 1));
        if unlisted > 0 {
            if let Completeness::Incomplete(gaps) = &mut self.completeness {
                gaps.retain(|gap| !matches!(gap, Gap::Unlisted { .. }));
            }
            self.note(Gap::Unlisted { rows: unlisted });
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
    /// How many rows this stands for: 1, or more in the last place of a list that had too many to
    /// explain each (see [`Rejected::add_to`]).
    pub rows: u64,
}

/// Rejected rows that a list explains one by one. A hostile or broken answer has millions.
const MOST_REJECTED: usize = 1_000;

impl Rejected {
    /// A rejected row of the first page.
    #[must_use]
    pub fn new(index: usize, path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            index,
            page: 0,
            path: path.into(),
            reason: reason.into(),
            rows: 1,
        }
    }

    /// Puts this row at the end of a list, which keeps the first thousand rejected rows in full and
    /// counts the others in one more place, so that none is lost and no answer fills the memory.
    pub fn add_to(self, list: &mut Vec<Self>) {
        if let Some(others) = list.get_mut(MOST_REJECTED) {
            others.rows = others.rows.saturating_add(self.rows);
        } else if list.len() == MOST_REJECTED {
            list.push(Self {
                path: ".".into(),
                reason: "one of the rows after the first thousand that cannot be read".into(),
                ..self
            });
        } else {
            list.push(self);
        }
    }

    /// How many rows these stand for.
    pub fn count<'a>(list: impl IntoIterator<Item = &'a Self>) -> u64 {
        let rows = list.into_iter().map(|rejected| rejected.rows);
        rows.fold(0, u64::saturating_add)
    }

    /// Is there room to explain one more row?
    pub(crate) fn room(list: &[Self]) -> bool {
        list.len() < MOST_REJECTED
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            page, index, rows, ..
        } = self;
        match rows {
            2.. => write!(
                f,
                "{rows} more rows from page {page} row {index} on, not listed"
            ),
            _ => write!(
                f,
                "page {page} row {index} at {}: {}",
                self.path, self.reason
            ),
        }
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
    /// So many rows could not be read that these are only counted.
    Unlisted {
        /// Rejected rows that are not explained one by one.
        rows: u64,
    },
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
            Self::Unlisted { rows } => {
                write!(f, "{rows} more rows that cannot be read are not listed")
            }
            Self::Bounded => f.write_str("reading stopped at the bound"),
            Self::Other(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_rejected_rows_are_a_thousand_and_a_count() {
        let mut rejected = Vec::new();
        for index in 0..1_000_000 {
            Rejected::new(index, "id", "missing").add_to(&mut rejected);
        }
        assert_eq!(rejected.len(), MOST_REJECTED + 1);
        let listing = Listing::<u32>::new(Vec::new(), rejected);
        assert_eq!(listing.rejected_rows(), 1_000_000);
        let gaps = vec![Gap::Unlisted { rows: 999_000 }];
        assert_eq!(listing.completeness, Completeness::Incomplete(gaps));
        assert_eq!(
            listing.rejected.last().unwrap().to_string(),
            "999000 more rows from page 0 row 1000 on, not listed"
        );
    }
}
