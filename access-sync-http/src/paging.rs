//! Reading lists page by page.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use futures_core::Stream;
use futures_util::future::BoxFuture;
use futures_util::stream;
use serde::{Deserialize, Serialize};

use crate::{Error, Gap, Listing, Rejected};

/// One page.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// The rows that could not be read.
    pub rejected: Vec<Rejected>,
    /// Where the next page starts, in the vendor's terms; none on the last.
    pub next: Option<String>,
    /// The server's count of all rows, where it gives one.
    pub total: Option<u64>,
}

impl<T> Page<T> {
    /// A page.
    #[must_use]
    pub fn new(
        items: Vec<T>,
        rejected: Vec<Rejected>,
        next: Option<String>,
        total: Option<u64>,
    ) -> Self {
        Self {
            items,
            rejected,
            next,
            total,
        }
    }
}

type Fetch<T> =
    Arc<dyn Fn(Option<String>) -> BoxFuture<'static, Result<Page<T>, Error>> + Send + Sync>;
type Identity<T> = Arc<dyn Fn(&T) -> String + Send + Sync>;

/// Pages of a list, fetched when asked for.
///
/// The stop rules hold for every vendor: an ignored page number, a page that repeats, a count that
/// changes under the reader or is not reached end in a list that says *incomplete*, and an empty
/// page in the middle is not the end.
pub struct Pager<T> {
    fetch: Fetch<T>,
    identity: Identity<T>,
    cursor: Option<String>,
    done: bool,
    page: usize,
    seen: HashSet<String>,
    rejected: u64,
    total: Option<u64>,
    barren: u32,
    unread: u32,
    resumed: bool,
    gaps: Vec<Gap>,
}

/// Pages in a row without a new row before a list counts as repeating.
const BARREN_PAGES: u32 = 3;
/// Pages in a row of which no row could be read, likewise: such rows have no identity, so a page
/// that repeats cannot be told from a new one.
const UNREAD_PAGES: u32 = 50;

/// Where a [`Pager`] stands, to be kept over a restart: the cursor, which rows came already (their
/// identities only), counts and gaps. With the rows that came so far it makes the whole list.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Checkpoint {
    cursor: Option<String>,
    done: bool,
    page: usize,
    seen: Vec<String>,
    rejected: u64,
    total: Option<u64>,
    barren: u32,
    unread: u32,
    resumed: bool,
    gaps: Vec<Gap>,
}

impl<T: Send + 'static> Pager<T> {
    /// A pager that gets pages by `fetch` (none for the first) and knows rows by `identity`.
    pub fn new(
        fetch: impl Fn(Option<String>) -> BoxFuture<'static, Result<Page<T>, Error>>
        + Send
        + Sync
        + 'static,
        identity: impl Fn(&T) -> String + Send + Sync + 'static,
    ) -> Self {
        Self {
            fetch: Arc::new(fetch),
            identity: Arc::new(identity),
            cursor: None,
            done: false,
            page: 0,
            seen: HashSet::new(),
            rejected: 0,
            total: None,
            barren: 0,
            unread: 0,
            resumed: false,
            gaps: Vec::new(),
        }
    }

    /// Where this pager stands, for [`Pager::restore`]. Take it after the page's rows are kept.
    #[must_use]
    pub fn checkpoint(&self) -> Checkpoint {
        let mut seen: Vec<_> = self.seen.iter().cloned().collect();
        seen.sort_unstable();
        Checkpoint {
            cursor: self.cursor.clone(),
            done: self.done,
            page: self.page,
            seen,
            rejected: self.rejected,
            total: self.total,
            barren: self.barren,
            unread: self.unread,
            resumed: self.resumed,
            gaps: self.gaps.clone(),
        }
    }

    /// Goes on where another pager of the same list stood, knowing what that one knew: rows come
    /// once, and counts are checked over both parts.
    #[must_use]
    pub fn restore(mut self, checkpoint: Checkpoint) -> Self {
        self.cursor = checkpoint.cursor;
        self.done = checkpoint.done;
        self.page = checkpoint.page;
        self.seen = checkpoint.seen.into_iter().collect();
        self.rejected = checkpoint.rejected;
        self.total = checkpoint.total;
        self.barren = checkpoint.barren;
        self.unread = checkpoint.unread;
        self.resumed = checkpoint.resumed;
        self.gaps = checkpoint.gaps;
        self
    }

    /// Goes on where [`Pager::cursor`] of an earlier pager stood. Counts are not checked then, as
    /// the rows before are unknown.
    #[must_use]
    pub fn resume(mut self, cursor: impl Into<String>) -> Self {
        self.cursor = Some(cursor.into());
        self.resumed = true;
        self.gaps.push(Gap::Other(
            "resumed: earlier pages are not part of this list".into(),
        ));
        self
    }

    /// Where the next page starts, to be kept and given to [`Pager::resume`].
    #[must_use]
    pub fn cursor(&self) -> Option<&str> {
        self.cursor.as_deref().filter(|_| !self.done)
    }

    /// What makes the list incomplete so far. Final once [`Pager::next_page`] has answered none.
    #[must_use]
    pub fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    /// The next page's new rows; none after the last page. Rows that were delivered before are left
    /// out.
    ///
    /// # Errors
    /// What fetching met. The pager stays where it is; asking again fetches the same page.
    pub async fn next_page(&mut self) -> Result<Option<Page<T>>, Error> {
        if self.done {
            return Ok(None);
        }
        let mut page = (self.fetch)(self.cursor.clone()).await?;
        let delivered = page.items.len();
        let known = self.seen.len();
        let overlap = page
            .items
            .iter()
            .any(|item| known > 0 && self.seen.contains(&(self.identity)(item)));
        page.items
            .retain(|item| self.seen.insert((self.identity)(item)));
        for rejected in &mut page.rejected {
            rejected.page = self.page;
        }
        self.rejected += Rejected::count(&page.rejected);
        if let (Some(before), Some(now)) = (self.total, page.total) {
            if before != now && !self.gaps.contains(&Gap::ChangedWhileRead) {
                self.gaps.push(Gap::ChangedWhileRead);
            }
        }
        self.total = page.total.or(self.total);
        // Without a count, a row that slipped onto the next page is the one sign that others may
        // have slipped past.
        let slipped = overlap && !page.items.is_empty() && self.total.is_none();
        if slipped && !self.gaps.contains(&Gap::ChangedWhileRead) {
            self.gaps.push(Gap::ChangedWhileRead);
        }
        let repeated = delivered > 0 && page.items.is_empty();
        self.barren = if page.items.is_empty() && page.rejected.is_empty() {
            self.barren + 1
        } else {
            0
        };
        self.unread = if page.items.is_empty() && !page.rejected.is_empty() {
            self.unread + 1
        } else {
            0
        };
        let stuck = page.next.is_some()
            && (repeated
                || self.barren >= BARREN_PAGES
                || self.unread >= UNREAD_PAGES
                || (page.next == self.cursor && self.cursor.is_some()));
        if stuck {
            self.gaps.push(Gap::Repeated { page: self.page });
        }
        self.done = stuck || page.next.is_none();
        self.cursor.clone_from(&page.next);
        self.page += 1;
        if self.done {
            self.check_total();
        }
        Ok(Some(page))
    }

    /// All rows, as one list that says whether it is whole.
    ///
    /// # Errors
    /// What fetching met; a part of a list is never returned as a list.
    pub async fn all(self) -> Result<Listing<T>, Error> {
        self.up_to(usize::MAX).await
    }

    /// As [`Pager::all`], but stops after the page that brings the list to `most` rows; the list says
    /// so where there would have been more.
    ///
    /// # Errors
    /// As [`Pager::all`].
    pub async fn up_to(mut self, most: usize) -> Result<Listing<T>, Error> {
        let mut listing = Listing::new(Vec::new(), Vec::new());
        while let Some(page) = self.next_page().await? {
            listing.items.extend(page.items);
            listing.reject(page.rejected);
            if listing.items.len() >= most && !self.done {
                listing.note(Gap::Bounded);
                break;
            }
        }
        for gap in self.gaps {
            listing.note(gap);
        }
        Ok(listing)
    }

    /// Rows one by one, as a stream. Ends after the first error. Rows that cannot be read and gaps
    /// are not seen this way; use [`Pager::all`] where a missing row matters.
    pub fn items(self) -> impl Stream<Item = Result<T, Error>> + Send {
        let start = (self, Vec::new().into_iter(), false);
        stream::unfold(start, |(mut pager, mut rows, failed)| async move {
            if failed {
                return None;
            }
            loop {
                if let Some(row) = rows.next() {
                    return Some((Ok(row), (pager, rows, false)));
                }
                match pager.next_page().await {
                    Ok(Some(page)) => rows = page.items.into_iter(),
                    Ok(None) => return None,
                    Err(error) => return Some((Err(error), (pager, rows, true))),
                }
            }
        })
    }

    fn check_total(&mut self) {
        let seen = self.seen.len() as u64 + self.rejected;
        if let Some(total) = self.total.filter(|total| *total > seen && !self.resumed) {
            self.gaps.push(Gap::ShortOfTotal { total, seen });
        }
    }
}

impl fmt::Debug for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checkpoint")
            .field("page", &self.page)
            .field("seen", &self.seen.len())
            .field("done", &self.done)
            .finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Pager<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pager")
            .field("page", &self.page)
            .field("seen", &self.seen.len())
            .field("done", &self.done)
            .field("gaps", &self.gaps)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
