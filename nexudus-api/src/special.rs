//! Operations that only one entity has, and the question which entities may be read.

use access_sync_http::{Error, ErrorKind, Request};
use chrono::{DateTime, Utc};
use http::Method;
use serde_json::json;

use crate::limits::WRITE;
use crate::list::parse_page;
use crate::{
    BusinessId, Checkins, CoworkerId, Entity, EntityApi, WebHookId, WebHookRow, WebHooks,
    WriteReply,
};

/// Whether an entity may be read with these credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// Yes.
    Granted,
    /// No: the role `{Entity}-List` is missing. Or the credentials are wrong, if that is the answer
    /// for every entity: Nexudus does not tell the two apart.
    Refused,
}

impl<E: Entity> EntityApi<E> {
    /// Asks for one record, to learn at the start which roles are missing: `GET …?size=1`.
    ///
    /// # Errors
    /// Whatever else the call met.
    pub async fn probe(&self) -> Result<Access, Error> {
        let request = self.list().page_size(1).request()?;
        match self.client().send_read(request).await {
            Ok(reply) => parse_page::<E::Partial>(&reply.body, 1)
                .map(|_| Access::Granted)
                .map_err(|error| reply.fault(error)),
            // A token endpoint that refuses names its own operation: then the log-in is wrong.
            Err(error) if error.is_auth() && error.operation() == E::OPERATIONS.list => {
                Ok(Access::Refused)
            }
            Err(error) => Err(error),
        }
    }
}

/// Says that the caller knows what a check-in can cost; see [`EntityApi::check_in`].
#[derive(Clone, Copy, Debug)]
pub struct MaySellPass(());

impl MaySellPass {
    /// A check-in may use up a pass of the customer, or *sell* one where the customer has none and
    /// the location sells passes at the door.
    #[must_use]
    pub const fn accepted() -> Self {
        Self(())
    }
}

impl EntityApi<Checkins> {
    /// Checks a customer in: `POST /spaces/checkins`. Costs the customer a pass, or money; hence the
    /// last argument, and no plain `create`:
    ///
    /// ```compile_fail
    /// # async fn f(client: nexudus_api::NexudusClient) -> Result<(), nexudus_api::Error> {
    /// client.checkins().create(&nexudus_api::Draft::new()).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`EntityApi::create`]. Nexudus may refuse within HTTP 200.
    pub async fn check_in(
        &self,
        coworker: CoworkerId,
        business: BusinessId,
        at: DateTime<Utc>,
        accepted: MaySellPass,
    ) -> Result<WriteReply, Error> {
        self.client()
            .send_write(self.check_in_request(coworker, business, at, accepted)?)
            .await
    }

    /// The request of [`EntityApi::check_in`], not sent.
    ///
    /// # Errors
    /// As [`List::request`](crate::List::request).
    pub fn check_in_request(
        &self,
        coworker: CoworkerId,
        business: BusinessId,
        at: DateTime<Utc>,
        _: MaySellPass,
    ) -> Result<Request, Error> {
        let url = self.client().url(&[Checkins::GROUP, Checkins::PATH])?;
        Request::new(Checkins::OPERATIONS.create, Method::POST, url)
            .class(WRITE)
            .json(&json!({
                "CoworkerId": coworker,
                "BusinessId": business,
                "FromTime": at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
            }))
    }
}

impl EntityApi<WebHooks> {
    /// Switches a webhook on again that Nexudus switched off after failures: reads it whole and
    /// writes it back. None where it is on.
    ///
    /// # Errors
    /// What either call met.
    pub async fn reactivate(&self, id: WebHookId) -> Result<Option<WriteReply>, Error> {
        let hook = self.get(id).await?;
        match hook.active {
            Some(true) => Ok(None),
            Some(false) => {
                let edit = hook.edit().set("Active", true)?;
                self.update(&edit).await.map(Some)
            }
            None => Err(Error::new(
                ErrorKind::Decode,
                "the webhook's record does not say whether it is active",
            )),
        }
    }

    /// Switches on those webhooks that are off and `ours`, for a look from time to time. Tells which
    /// these were. Others' webhooks, and such as staff switched off on purpose, are the caller's to
    /// leave out: by address or by name.
    ///
    /// # Errors
    /// What a call met; those switched on before it stay on.
    pub async fn reactivate_all(
        &self,
        ours: impl Fn(&WebHookRow) -> bool + Send,
    ) -> Result<Vec<WebHookId>, Error> {
        let mut hooks = self.list().all().await?.items;
        hooks.retain(|hook| hook.active == Some(false) && ours(hook));
        let mut switched_on = Vec::new();
        for hook in hooks {
            if self.reactivate(hook.id).await?.is_some() {
                switched_on.push(hook.id);
            }
        }
        Ok(switched_on)
    }
}
