//! The operations that every entity has.

use std::collections::HashSet;
use std::fmt;
use std::marker::PhantomData;

use access_sync_http::{Error, Gap, Listing, Request, Safety, decode};
use http::Method;
use serde::de::DeserializeOwned;

use crate::limits::WRITE;
use crate::{
    Create, Delete, Draft, Edit, Entity, List, NexudusClient, Record, Row, Update, WriteReply,
};
use access_sync_http::decode::Object;

/// Records a batch read asks for at once; keeps the address well below what servers take.
const BATCH: usize = 100;

/// One entity's operations.
pub struct EntityApi<E: Entity> {
    client: NexudusClient,
    entity: PhantomData<fn() -> E>,
}

impl<E: Entity> EntityApi<E> {
    pub(crate) fn new(client: NexudusClient) -> Self {
        Self {
            client,
            entity: PhantomData,
        }
    }

    pub(crate) fn client(&self) -> &NexudusClient {
        &self.client
    }

    /// A list: `GET /{group}/{entities}`.
    pub fn list(&self) -> List<E> {
        List::new(self.client.clone())
    }

    /// One whole record: `GET /{group}/{entities}/{id}`.
    ///
    /// # Errors
    /// [`access_sync_http::ErrorKind::NotFound`] where there is none, or it was deleted.
    pub async fn get(&self, id: E::Id) -> Result<Record<E>, Error> {
        let reply = self.client.send_read(self.get_request(id)?).await?;
        let record = Record::<E>::parse(&reply.body).map_err(|error| reply.fault(error))?;
        if record.id() != id {
            return Err(reply.fault(Error::decode("the answer is another record")));
        }
        Ok(record)
    }

    /// The request of [`EntityApi::get`], not sent.
    ///
    /// # Errors
    /// As [`List::request`].
    pub fn get_request(&self, id: E::Id) -> Result<Request, Error> {
        let url = self.client.url(&[E::GROUP, E::PATH, &id.to_string()])?;
        Ok(Request::new(E::OPERATIONS.get, Method::GET, url))
    }

    /// Records by id, a hundred a call: `GET /{group}/{entities}/?id=[1,2,3]`. They are as partial as
    /// those of lists. The listing has each record once and none that was not asked for; it is
    /// incomplete where an id did not come back.
    ///
    /// # Errors
    /// What a call met.
    pub async fn batch(&self, ids: &[E::Id]) -> Result<Listing<E::Partial>, Error> {
        let mut listing = Listing::new(Vec::new(), Vec::new());
        for (number, ids) in ids.chunks(BATCH).enumerate() {
            let reply = self.client.send_read(self.batch_request(ids)?).await?;
            let rows: decode::Rows<E::Partial> =
                parse_batch(&reply.body).map_err(|error| reply.fault(error))?;
            let mut awaited: HashSet<E::Id> = ids.iter().copied().collect();
            let items = rows.items.into_iter();
            listing
                .items
                .extend(items.filter(|row| awaited.remove(&row.id())));
            let missing = awaited.len();
            listing.reject(rows.rejected.into_iter().map(|mut row| {
                row.page = number;
                row
            }));
            if missing > 0 {
                let text = format!("{missing} of {} ids did not come back", ids.len());
                listing.note(Gap::Other(text));
            }
        }
        Ok(listing)
    }

    /// The request of [`EntityApi::batch`] for these ids in one call, not sent.
    ///
    /// # Errors
    /// As [`List::request`].
    pub fn batch_request(&self, ids: &[E::Id]) -> Result<Request, Error> {
        let mut url = self.client.url(&[E::GROUP, E::PATH])?;
        // The documented address ends in a slash.
        url.set_path(&format!("{}/", url.path()));
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        Ok(Request::new(E::OPERATIONS.batch, Method::GET, url)
            .query("id", format!("[{}]", ids.join(","))))
    }

    /// Creates a record: `POST /{group}/{entities}`. The reply promises no more than its id.
    ///
    /// # Errors
    /// [`access_sync_http::ErrorKind::Invalid`] with [`field_errors`](crate::field_errors) where
    /// Nexudus refuses it, be it by HTTP 400 or within HTTP 200.
    pub async fn create(&self, draft: &Draft<E>) -> Result<WriteReply, Error>
    where
        E: Create,
    {
        self.client.send_write(self.create_request(draft)?).await
    }

    /// The request of [`EntityApi::create`], not sent.
    ///
    /// # Errors
    /// As [`List::request`].
    pub fn create_request(&self, draft: &Draft<E>) -> Result<Request, Error>
    where
        E: Create,
    {
        let url = self.client.url(&[E::GROUP, E::PATH])?;
        Request::new(E::OPERATIONS.create, Method::POST, url)
            .class(WRITE)
            .json(draft.fields())
    }

    /// Writes a whole record back: `PUT /{group}/{entities}`. There is no `PATCH`, and what a `PUT`
    /// leaves out is cleared; so it takes the [`Edit`] of a whole record, and no record of a list:
    ///
    /// ```compile_fail
    /// # async fn f(client: nexudus_api::NexudusClient) -> Result<(), nexudus_api::Error> {
    /// let listed = client.teams().list().all().await?.items.remove(0);
    /// client.teams().update(&listed.edit()).await?;
    /// # Ok(())
    /// # }
    /// ```
    /// ```no_run
    /// # async fn f(client: nexudus_api::NexudusClient) -> Result<(), nexudus_api::Error> {
    /// let listed = client.teams().list().all().await?.items.remove(0);
    /// let whole = client.teams().get(listed.id).await?;
    /// client.teams().update(&whole.edit().set("Description", "Floor 2")?).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`EntityApi::create`].
    pub async fn update(&self, edit: &Edit<E>) -> Result<WriteReply, Error>
    where
        E: Update,
    {
        self.client.send_write(self.update_request(edit)?).await
    }

    /// The request of [`EntityApi::update`], not sent.
    ///
    /// # Errors
    /// As [`List::request`].
    pub fn update_request(&self, edit: &Edit<E>) -> Result<Request, Error>
    where
        E: Update,
    {
        let url = self.client.url(&[E::GROUP, E::PATH])?;
        // The same whole record twice is the same record.
        Request::new(E::OPERATIONS.update, Method::PUT, url)
            .class(WRITE)
            .safety(Safety::Idempotent)
            .json(edit.fields())
    }

    /// Deletes a record for good: `DELETE /{group}/{entities}/{id}`.
    ///
    /// # Errors
    /// As [`EntityApi::create`]; [`access_sync_http::ErrorKind::NotFound`] where there is none.
    pub async fn delete(&self, id: E::Id) -> Result<WriteReply, Error>
    where
        E: Delete,
    {
        self.client.send_write(self.delete_request(id)?).await
    }

    /// The request of [`EntityApi::delete`], not sent.
    ///
    /// # Errors
    /// As [`List::request`].
    pub fn delete_request(&self, id: E::Id) -> Result<Request, Error>
    where
        E: Delete,
    {
        let url = self.client.url(&[E::GROUP, E::PATH, &id.to_string()])?;
        Ok(Request::new(E::OPERATIONS.delete, Method::DELETE, url).class(WRITE))
    }
}

impl<E: Entity> Clone for EntityApi<E> {
    fn clone(&self) -> Self {
        Self::new(self.client.clone())
    }
}

impl<E: Entity> fmt::Debug for EntityApi<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("EntityApi").field(&E::PATH).finish()
    }
}

/// A bare array of records, without an envelope.
pub(crate) fn parse_batch<T: DeserializeOwned>(body: &[u8]) -> Result<decode::Rows<T>, Error> {
    // `Rows` would take one object, and so the envelope of a list, for one row.
    if body.trim_ascii_start().first() != Some(&b'[') {
        return Err(Error::decode("an array of records was expected"));
    }
    let rows: decode::Rows<Object<T>> = decode::json(body)?;
    Ok(decode::Rows {
        items: rows.items.into_iter().map(|Object(row)| row).collect(),
        rejected: rows.rejected,
    })
}
