//! Lists, page by page.

use std::fmt;
use std::marker::PhantomData;

use access_sync_http::{Error, Gap, Listing, Page, Pager, Request, decode};
use chrono::{DateTime, Utc};
use futures_util::{FutureExt as _, Stream};
use http::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::{Entity, Field, Filter, NexudusClient, Row};
use access_sync_http::decode::Object;

/// A list of records, narrowed and then read.
///
/// Always ordered by `Id`, the one order that pages survive; `dir` is never sent, because Nexudus'
/// own documents disagree about its values. Pages follow `HasNextPage`, as the largest page size is
/// not published and a larger one is cut down silently.
#[must_use = "a list is read by `all`, `items` or `pager`"]
pub struct List<E: Entity> {
    client: NexudusClient,
    query: Vec<(String, String)>,
    page_size: u32,
    entity: PhantomData<fn() -> E>,
}

impl<E: Entity> List<E> {
    pub(crate) fn new(client: NexudusClient) -> Self {
        Self {
            page_size: client.page_size(),
            client,
            query: Vec::new(),
            entity: PhantomData,
        }
    }

    /// Adds a condition; all must hold.
    pub fn filter(mut self, filter: Filter<E>) -> Self {
        self.query.push(filter.query());
        self
    }

    /// Only records changed at `at` or later. Deleted records do not show: see
    /// [`CancelledBookings`](crate::CancelledBookings) and read windows in full from time to time.
    pub fn updated_from(self, at: DateTime<Utc>) -> Self {
        self.filter(Field::<E, DateTime<Utc>>::named("UpdatedOn").from(at))
    }

    /// Only records changed at `at` or earlier.
    pub fn updated_to(self, at: DateTime<Utc>) -> Self {
        self.filter(Field::<E, DateTime<Utc>>::named("UpdatedOn").to(at))
    }

    /// Only records created at `at` or later.
    pub fn created_from(self, at: DateTime<Utc>) -> Self {
        self.filter(Field::<E, DateTime<Utc>>::named("CreatedOn").from(at))
    }

    /// Only records created at `at` or earlier.
    pub fn created_to(self, at: DateTime<Utc>) -> Self {
        self.filter(Field::<E, DateTime<Utc>>::named("CreatedOn").to(at))
    }

    /// Records a page; the client's setting unless said otherwise. At least one.
    pub fn page_size(mut self, records: u32) -> Self {
        self.page_size = records.max(1);
        self
    }

    /// The first page's request, not sent: `GET /{group}/{entities}`.
    ///
    /// # Errors
    /// None for the entities of this crate; [`access_sync_http::ErrorKind::Config`] where an entity
    /// of your own names an empty path.
    pub fn request(&self) -> Result<Request, Error> {
        self.page_request(1)
    }

    fn page_request(&self, page: u64) -> Result<Request, Error> {
        let url = self.client.url(&[E::GROUP, E::PATH])?;
        let mut request = Request::new(E::OPERATIONS.list, Method::GET, url)
            .query("page", page.to_string())
            .query("size", self.page_size.to_string())
            .query("orderBy", "Id");
        for (name, value) in &self.query {
            request = request.query(name, value);
        }
        Ok(request)
    }

    /// The pages, fetched when asked for.
    pub fn pager(self) -> Pager<E::Partial> {
        let list = std::sync::Arc::new(self);
        Pager::new(
            move |cursor| {
                let list = std::sync::Arc::clone(&list);
                async move {
                    // A cursor is a page number of ours, or one that a caller kept.
                    let page = cursor.and_then(|page| page.parse().ok()).unwrap_or(1);
                    let reply = list.client.send_read(list.page_request(page)?).await?;
                    parse_page(&reply.body, page).map_err(|error| reply.fault(error))
                }
                .boxed()
            },
            |row: &E::Partial| row.id().to_string(),
        )
    }

    /// All records, each once. The listing says whether that is provably all of them: pages that
    /// repeat, a `TotalItems` that is not reached or that changes, and rows that do not come in
    /// `Id` order over several pages make it incomplete.
    ///
    /// One thing no sign tells of: while several pages are read, a record is deleted on a page
    /// before and another is added behind, so that the count stays. A record may then be missed
    /// until the next read. Large pages make it rare; one page makes it impossible.
    ///
    /// # Errors
    /// What a page met; a part is never returned as a list.
    pub async fn all(self) -> Result<Listing<E::Partial>, Error>
    where
        E::Id: Ord,
    {
        let mut pager = self.pager();
        let mut listing = Listing::new(Vec::new(), Vec::new());
        let mut pages = 0;
        while let Some(page) = pager.next_page().await? {
            pages += 1;
            listing.items.extend(page.items);
            listing.reject(page.rejected);
        }
        for gap in pager.gaps() {
            listing.note(gap.clone());
        }
        let ascending = listing.items.is_sorted_by_key(Row::id);
        let descending = listing.items.iter().rev().is_sorted_by_key(|row| row.id());
        if pages > 1 && !ascending && !descending {
            listing.note(Gap::Other(
                "the pages are not in the order of Id: a row may have slipped between them".into(),
            ));
        }
        Ok(listing)
    }

    /// Records one by one. Bad rows and gaps are not seen this way; use [`List::all`] where a
    /// missing record matters.
    pub fn items(self) -> impl Stream<Item = Result<E::Partial, Error>> + Send {
        self.pager().items()
    }
}

impl<E: Entity> Clone for List<E> {
    fn clone(&self) -> Self {
        Self {
            client: self.client.clone(),
            query: self.query.clone(),
            page_size: self.page_size,
            entity: PhantomData,
        }
    }
}

/// Shows the filters' names only.
impl<E: Entity> fmt::Debug for List<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let filters: Vec<_> = self.query.iter().map(|(name, _)| name).collect();
        f.debug_struct("List")
            .field("operation", &E::OPERATIONS.list)
            .field("filters", &filters)
            .field("page_size", &self.page_size)
            .finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", bound = "T: DeserializeOwned")]
struct WirePage<T> {
    records: Option<decode::Rows<Object<T>>>,
    #[serde(default, deserialize_with = "decode::optional")]
    has_next_page: Option<bool>,
    #[serde(default, deserialize_with = "decode::optional")]
    total_pages: Option<u64>,
    #[serde(default, deserialize_with = "decode::optional")]
    total_items: Option<u64>,
}

/// The page that was asked for as number `page`. A document without `Records`, or without a sign of whether more follows, is no page.
pub(crate) fn parse_page<T: DeserializeOwned>(body: &[u8], page: u64) -> Result<Page<T>, Error> {
    let Object(wire): Object<WirePage<T>> = decode::json(body)?;
    let rows = wire
        .records
        .ok_or_else(|| Error::decode("Records: missing or null"))?;
    let more = match (wire.has_next_page, wire.total_pages) {
        (Some(more), _) => more,
        (None, Some(pages)) => page < pages,
        (None, None) => {
            return Err(Error::decode(
                "neither HasNextPage nor TotalPages says whether this is all",
            ));
        }
    };
    let next = more.then(|| page.saturating_add(1).to_string());
    let items = rows.items.into_iter().map(|Object(row)| row).collect();
    Ok(Page::new(items, rows.rejected, next, wire.total_items))
}
