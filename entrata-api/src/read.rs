//! The read methods.

pub(crate) mod leases;
pub(crate) mod moveout;
pub(crate) mod properties;
pub(crate) mod property_units;
pub(crate) mod renewal;
pub(crate) mod status;

/// `all` and `items` for a query that has a method `pager`.
macro_rules! list_methods {
    ($row:ty) => {
        /// All rows. The listing says whether it is whole.
        ///
        /// # Errors
        /// [`access_sync_http::Error`]; a part of a list is never returned as a list.
        pub async fn all(
            &self,
        ) -> Result<access_sync_http::Listing<$row>, access_sync_http::Error> {
            self.pager()?.all().await
        }

        /// The rows one by one. Ends after the first error; rows that cannot be read and gaps are
        /// not seen this way.
        pub fn items(
            &self,
        ) -> impl futures_util::Stream<Item = Result<$row, access_sync_http::Error>> + Send + use<>
        {
            crate::read::stream(self.pager())
        }
    };
}
pub(crate) use list_methods;

pub(crate) fn stream<T: Send + 'static>(
    pager: Result<access_sync_http::Pager<T>, access_sync_http::Error>,
) -> impl futures_util::Stream<Item = Result<T, access_sync_http::Error>> + Send {
    use futures_util::stream::{StreamExt as _, once};
    match pager {
        Ok(pager) => pager.items().boxed(),
        Err(error) => once(async { Err(error) }).boxed(),
    }
}
