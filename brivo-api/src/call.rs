//! One operation, ready to be sent or looked at.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;

use access_sync_http::decode::{self, Rows};
use access_sync_http::{CallOptions, Error, Gap, Listing, Reply, Request};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::client::BrivoClient;
use crate::record;

type Finish<T> = Box<dyn FnOnce(Result<Reply, Error>) -> Result<T, Error> + Send>;

/// One operation. `.await` sends it; [`Call::request`] shows what would be sent.
///
/// Arguments that cannot work (an empty name, a group name of 36 characters) are an error of kind
/// [`Config`](crate::ErrorKind::Config) at both, and nothing is sent.
///
/// # Errors
///
/// What every operation can meet, by [`Error::kind`]; the operations name what is theirs besides.
///
/// | kind | Brivo's answer | what to do |
/// | --- | --- | --- |
/// | [`Config`](crate::ErrorKind::Config) | none: not sent | mend the argument that the message names |
/// | [`Invalid`](crate::ErrorKind::Invalid) | 400, 415 | as above; Brivo's message is in [`Error::message`] |
/// | [`Authentication`](crate::ErrorKind::Authentication) | 401; 403 of the gateway | [`Culprit::of`](crate::Culprit::of) tells which credential |
/// | [`Permission`](crate::ErrorKind::Permission) | 403 of the API | give the administrator the right; never tried again |
/// | [`NotFound`](crate::ErrorKind::NotFound) | 404 of the API | it is gone, or hidden from this administrator |
/// | [`Conflict`](crate::ErrorKind::Conflict) | 409, 412, 417; 400 for duplicates | look at [`Error::status`] and [`Error::code`]: something is so already, or must come first |
/// | [`Throttled`](crate::ErrorKind::Throttled) | 429; 403 "Over Qps" | was waited out already; slow down |
/// | [`QuotaExhausted`](crate::ErrorKind::QuotaExhausted) | 403 "Over Rate" | wait [`Error::retry_after`], or buy a larger tier |
/// | [`Limited`](crate::ErrorKind::Limited) | none: not sent | the tier's quota is spent here; as above |
/// | [`Unroutable`](crate::ErrorKind::Unroutable) | 596, pages, redirects | look at the base address: `/v1/api`, region |
/// | [`Server`](crate::ErrorKind::Server) | 5xx | later; reads were tried again already |
/// | [`Decode`](crate::ErrorKind::Decode) | 200 with something else | report it: the shape is new, or a proxy answered |
/// | [`Transport`](crate::ErrorKind::Transport), [`Timeout`](crate::ErrorKind::Timeout), [`Deadline`](crate::ErrorKind::Deadline) | none | after a write ask [`Error::was_sent`] and look whether it was done |
#[must_use = "a call is sent when it is awaited"]
pub struct Call<T> {
    client: BrivoClient,
    request: Result<Request, Error>,
    options: Option<CallOptions>,
    finish: Finish<T>,
}

impl<T: 'static> Call<T> {
    pub(crate) fn new(
        client: &BrivoClient,
        request: Result<Request, Error>,
        finish: impl FnOnce(Result<Reply, Error>) -> Result<T, Error> + Send + 'static,
    ) -> Self {
        Self {
            client: client.clone(),
            request,
            options: None,
            finish: Box::new(finish),
        }
    }

    /// The request, without the headers that authorization adds.
    ///
    /// # Errors
    /// Where an argument cannot work.
    pub fn request(&self) -> Result<Request, Error> {
        self.request.clone()
    }

    /// Time limits for this call.
    pub fn options(mut self, options: CallOptions) -> Self {
        self.options = Some(options);
        self
    }

    /// Sends it.
    ///
    /// # Errors
    /// Bad arguments, and whatever the way there and Brivo answer.
    pub async fn send(self) -> Result<T, Error> {
        let sent = self.client.send(self.request?, self.options.as_ref()).await;
        (self.finish)(sent)
    }

    /// The same call with something else made of its result.
    pub(crate) fn then<U: 'static>(
        self,
        change: impl FnOnce(Result<T, Error>) -> Result<U, Error> + Send + 'static,
    ) -> Call<U>
    where
        T: Send,
    {
        let finish = self.finish;
        Call {
            client: self.client,
            request: self.request,
            options: self.options,
            finish: Box::new(move |sent| change(finish(sent))),
        }
    }
}

impl<T: DeserializeOwned + 'static> Call<T> {
    /// The answer is one JSON document.
    pub(crate) fn json(client: &BrivoClient, request: Result<Request, Error>) -> Self {
        Self::new(client, request, |sent| record::of(&sent?))
    }
}

impl<T: DeserializeOwned + 'static> Call<Listing<T>> {
    /// The answer is a list that comes whole: `{data, count}`.
    pub(crate) fn whole(client: &BrivoClient, request: Result<Request, Error>) -> Self {
        Self::new(client, request, |sent| {
            let reply = sent?;
            whole(&reply.body).map_err(|error| reply.fault(error))
        })
    }
}

impl Call<()> {
    /// Success is all that the answer tells.
    pub(crate) fn done(client: &BrivoClient, request: Result<Request, Error>) -> Self {
        Self::new(client, request, |sent| sent.map(|_| ()))
    }
}

impl Call<Removal> {
    /// Something is taken away; not finding it is as good.
    pub(crate) fn removal(client: &BrivoClient, request: Result<Request, Error>) -> Self {
        Self::new(client, request, |sent| match sent {
            Ok(_) => Ok(Removal::Done),
            Err(error) if error.is_not_found() => Ok(Removal::WasAbsent),
            Err(error) => Err(error),
        })
    }
}

impl<T: Send + 'static> IntoFuture for Call<T> {
    type Output = Result<T, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

impl<T> fmt::Debug for Call<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Call").field(&self.request).finish()
    }
}

/// How taking something away ended. Both ways it is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Removal {
    /// It was there and is gone now.
    Done,
    /// Brivo answered 404: it was not there before (or is not visible to this administrator).
    WasAbsent,
}

#[derive(Deserialize)]
#[serde(bound = "T: DeserializeOwned")]
struct Whole<T> {
    #[serde(deserialize_with = "record::rows")]
    data: Rows<T>,
    #[serde(default, deserialize_with = "decode::optional")]
    count: Option<u64>,
}

/// Reads `{data, count}`.
pub(crate) fn whole<T: DeserializeOwned>(body: &[u8]) -> Result<Listing<T>, Error> {
    let Whole { data, count } = record::json(body)?;
    let seen = data.delivered();
    let mut listing = Listing::new(data.items, data.rejected);
    if let Some(total) = count.filter(|total| *total > seen) {
        listing.note(Gap::ShortOfTotal { total, seen });
    }
    Ok(listing)
}
