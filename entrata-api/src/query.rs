//! A read that can still be narrowed.

use std::fmt;

use access_sync_http::{Error, Listing, Pager};
use futures_util::Stream;

use crate::list::{self, Decode, Paging};
use crate::{Call, EntrataClient};

/// A list operation, not sent yet. Narrow it by its methods, then read it by [`all`](Self::all),
/// [`items`](Self::items) or [`pager`](Self::pager).
#[must_use = "a query is not sent until `all` or `items`"]
pub struct Query<T> {
    client: EntrataClient,
    call: Call,
    paging: Paging,
    decode: Decode<T>,
    identity: fn(&T) -> String,
}

impl<T: Send + 'static> Query<T> {
    /// A query of a method that sends everything in one answer.
    pub(crate) fn whole(
        client: &EntrataClient,
        call: Call,
        decode: Decode<T>,
        identity: fn(&T) -> String,
    ) -> Self {
        Self {
            client: client.clone(),
            call,
            paging: Paging::Whole,
            decode,
            identity,
        }
    }

    /// A query of a method that pages by number.
    pub(crate) fn paged(
        client: &EntrataClient,
        call: Call,
        decode: Decode<T>,
        identity: fn(&T) -> String,
    ) -> Self {
        let paging = Paging::Numbered(client.per_page());
        Self {
            paging,
            ..Self::whole(client, call, decode, identity)
        }
    }

    pub(crate) fn with(mut self, change: impl FnOnce(Call) -> Call) -> Self {
        self.call = change(self.call);
        self
    }

    /// Rows a page, 1 to 1000; the client's number unless said otherwise. Without effect on methods
    /// that do not page.
    pub fn per_page(mut self, rows: u32) -> Self {
        if let Paging::Numbered(per_page) = &mut self.paging {
            *per_page = rows.clamp(1, 1000);
        }
        self
    }

    /// The call, without a page; [`EntrataClient::request`] makes a request of it.
    #[must_use]
    pub fn call(&self) -> &Call {
        &self.call
    }

    /// Page by page.
    pub fn pager(&self) -> Pager<T> {
        list::pager(
            &self.client,
            self.call.clone(),
            self.paging,
            self.decode,
            self.identity,
        )
    }

    /// All rows. The listing says whether it is whole.
    ///
    /// # Errors
    /// [`Error`]; a part of a list is never returned as a list.
    pub async fn all(&self) -> Result<Listing<T>, Error> {
        self.pager().all().await
    }

    /// The rows one by one. Ends after the first error; rows that cannot be read and gaps are not
    /// seen this way.
    pub fn items(&self) -> impl Stream<Item = Result<T, Error>> + Send + use<T> {
        self.pager().items()
    }
}

impl<T> Clone for Query<T> {
    fn clone(&self) -> Self {
        Self {
            client: self.client.clone(),
            call: self.call.clone(),
            paging: self.paging,
            decode: self.decode,
            identity: self.identity,
        }
    }
}

impl<T> fmt::Debug for Query<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Query")
            .field("call", &self.call)
            .finish_non_exhaustive()
    }
}
