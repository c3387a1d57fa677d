//! Lists that come in pages.

use std::fmt;

use access_sync_http::decode::{self, Rows};
use access_sync_http::{Error, Listing, Page, Pager, Request};
use futures_util::future::FutureExt as _;
use futures_util::stream::Stream;
use http::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::call::Call;
use crate::client::BrivoClient;
use crate::filter::{self, Filter};
use crate::record;

/// Brivo's largest page, and the default here: a list costs one call for each page.
pub const MAX_PAGE_SIZE: u32 = 100;

/// A list, read in pages of 100 unless said otherwise.
///
/// Brivo pages by row number, so a row that appears or goes away while the pages are read can shift
/// others between pages. The list then says that it is not complete.
#[must_use = "a list is read by all(), items() or pager()"]
pub struct List<T> {
    client: BrivoClient,
    base: Result<Request, Error>,
    page_size: u32,
    filters: Result<Vec<Filter>, Error>,
    identity: fn(&T) -> String,
}

impl<T: DeserializeOwned + Send + 'static> List<T> {
    pub(crate) fn new(
        client: &BrivoClient,
        operation: &'static str,
        path: &[&str],
        identity: fn(&T) -> String,
    ) -> Self {
        Self {
            client: client.clone(),
            base: client.request(operation, Method::GET, path),
            page_size: MAX_PAGE_SIZE,
            filters: Ok(Vec::new()),
            identity,
        }
    }

    /// Rows on a page, 1 to 100.
    pub fn page_size(mut self, rows: u32) -> Self {
        self.page_size = rows;
        self
    }

    /// Only rows that fit; several filters must all fit. Brivo refuses filters that the list does
    /// not know, and its `eq` means *contains* for names.
    pub fn filter(self, filter: Filter) -> Self {
        self.try_filter(Ok(filter))
    }

    pub(crate) fn try_filter(mut self, filter: Result<Filter, Error>) -> Self {
        self.filters = self.filters.and_then(|mut filters| {
            filters.push(filter?);
            Ok(filters)
        });
        self
    }

    /// The request for the page that starts at row `offset`.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where the page size or a filter cannot work.
    pub fn request(&self, offset: u64) -> Result<Request, Error> {
        if !(1..=MAX_PAGE_SIZE).contains(&self.page_size) {
            return Err(Error::config(
                "a page has 1 to 100 rows; 100 is the default",
            ));
        }
        let filters = self.filters.as_ref().map_err(Clone::clone)?;
        let request = self.base.clone()?;
        Ok(request
            .query("offset", offset.to_string())
            .query("pageSize", self.page_size.to_string())
            .query_opt("filter", filter::join(filters)))
    }

    /// One page, from row `offset`.
    pub fn page(&self, offset: u64) -> Call<Page<T>> {
        let size = self.page_size;
        Call::new(&self.client, self.request(offset), move |sent| {
            let reply = sent?;
            page(&reply.body, offset, size).map_err(|error| reply.fault(error))
        })
    }

    /// Page by page; [`Pager::cursor`] is the row number of the next page.
    #[must_use]
    pub fn pager(self) -> Pager<T> {
        let identity = self.identity;
        Pager::new(
            move |cursor| {
                let offset = cursor.map_or(Ok(0), |cursor| {
                    cursor
                        .parse::<u64>()
                        .map_err(|_| Error::config("not a row number to resume from"))
                });
                match offset {
                    Ok(offset) => self.page(offset).send().boxed(),
                    Err(error) => std::future::ready(Err(error)).boxed(),
                }
            },
            identity,
        )
    }

    /// Rows one by one. Rows that cannot be read are left out; where a missing row matters, use
    /// [`List::all`].
    pub fn items(self) -> impl Stream<Item = Result<T, Error>> + Send {
        self.pager().items()
    }

    /// All rows, and whether these are all.
    ///
    /// # Errors
    /// Whatever a page met; a part of a list is never returned as a list.
    pub async fn all(self) -> Result<Listing<T>, Error> {
        self.pager().all().await
    }
}

impl<T> fmt::Debug for List<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("List")
            .field("base", &self.base)
            .field("page_size", &self.page_size)
            .finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
#[serde(bound = "T: DeserializeOwned")]
struct Envelope<T> {
    #[serde(deserialize_with = "record::rows")]
    data: Rows<T>,
    /// Without the total nobody could tell a short read from a whole one, so it must be there.
    #[serde(deserialize_with = "decode::required")]
    count: u64,
}

/// Reads `{data, offset, pageSize, count}`.
pub(crate) fn page<T: DeserializeOwned>(
    body: &[u8],
    offset: u64,
    page_size: u32,
) -> Result<Page<T>, Error> {
    let Envelope { data, count } = record::json(body)?;
    let delivered = data.delivered();
    // By what came, not by what was asked: a server that caps the page must not make rows vanish.
    let step = if delivered == 0 {
        page_size.into()
    } else {
        delivered
    };
    let next = offset.saturating_add(step);
    let more = (next < count).then(|| next.to_string());
    Ok(Page::new(data.items, data.rejected, more, Some(count)))
}
