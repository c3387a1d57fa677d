//! Many users into one group, by a job that Brivo works off on its own.

use std::fmt;

use access_sync_http::{Error, decode};
use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::call::Call;
use crate::record;
use crate::users::{Users, with_body};

/// Users that one job takes.
pub const MAX_BATCH_USERS: usize = 10_000;

/// What Brivo answers when a job is queued, or asked after. Its documentation names three fields of
/// the status and no other, so the rest is here as it came.
#[derive(Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct BatchJob {
    /// How many users could not be assigned, all of them counted.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub error_processed: Option<u64>,
    /// Why, user by user; at most 1,000 of them. Their shape is not documented.
    #[serde(
        default,
        deserialize_with = "decode::one_or_many",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub errors: Vec<Value>,
    /// Whether there were more errors than these. The others cannot be asked for.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub errors_truncated: Option<bool>,
    /// Everything else, by Brivo's names.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl BatchJob {
    /// The job's id, where a field that can be one holds text or a number: `jobId`, `batchId`,
    /// `id`. Undocumented; look into [`BatchJob::other`] where it is none.
    #[must_use]
    pub fn id(&self) -> Option<String> {
        ["jobId", "batchId", "id"]
            .iter()
            .find_map(|key| match self.other.get(*key)? {
                Value::String(text) if !text.is_empty() => Some(text.clone()),
                Value::Number(number) => Some(number.to_string()),
                _ => None,
            })
    }

    /// Whether Brivo has not picked the job up, **or knows no such job**: it says `PENDING` to both.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        let pending = |value: &Value| value.as_str() == Some("PENDING");
        self.other.values().any(pending)
    }
}

/// The errors are about people.
impl fmt::Debug for BatchJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchJob")
            .field("error_processed", &self.error_processed)
            .field("errors_truncated", &self.errors_truncated)
            .field("pending", &self.is_pending())
            .finish_non_exhaustive()
    }
}

impl Users<'_> {
    /// Queues a job that puts up to 10,000 users into a group: `POST /users/batch`. One call in
    /// place of one for each user, and each user who cannot be assigned costs only that user.
    ///
    /// **Brivo's public documentation does not name the fields of the body.** Give a type of yours
    /// with the names that Brivo told you; this method sends it as it is. Known are: only the
    /// operation `ADD` is served (`REMOVE` and `REPLACE` are answered 400), and 404 means that there
    /// is no such group. Without the names, [`Users::change_groups`] does the same user by user.
    ///
    /// Sent again only where it provably was not carried out.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config), unsent, where `body` is no JSON object or holds a list
    /// of more than 10,000.
    ///
    /// ```no_run
    /// # async fn f(client: brivo_api::BrivoClient) -> Result<(), brivo_api::Error> {
    /// #[derive(serde::Serialize)]
    /// struct IntoGroup { /* the fields that Brivo told you */ }
    ///
    /// let job = client.users().batch(&IntoGroup {}).await?;
    /// if let Some(id) = job.id() {
    ///     let status = client.users().batch_job(&id).await?;
    ///     println!("{:?} failed", status.error_processed);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn batch<B: Serialize + ?Sized>(&self, body: &B) -> Call<BatchJob> {
        let path = ["users", "batch"];
        let request = self.0.request("users.batch", Method::POST, &path);
        Call::new(self.0, with_body(request, batch_body(body)), |sent| {
            let reply = sent?;
            job(&reply.body).map_err(|error| reply.fault(error))
        })
    }

    /// How a job goes: `GET /batch/{jobId}`. A job that never was is told as pending, so stop asking
    /// some time.
    pub fn batch_job(&self, id: &str) -> Call<BatchJob> {
        let request = self
            .0
            .request("users.batch_job", Method::GET, &["batch", id]);
        Call::json(self.0, request)
    }
}

fn batch_body<B: Serialize + ?Sized>(body: &B) -> Result<Value, Error> {
    let body = serde_json::to_value(body)
        .map_err(|_| Error::config("the batch cannot be written as JSON"))?;
    let Value::Object(fields) = &body else {
        return Err(Error::config("a batch is a JSON object"));
    };
    let long = |value: &Value| {
        value
            .as_array()
            .is_some_and(|list| list.len() > MAX_BATCH_USERS)
    };
    if fields.values().any(long) {
        return Err(Error::config(
            "a batch takes at most 10,000 users; make several",
        ));
    }
    Ok(body)
}

/// "Returns a job id": in an object, or alone.
fn job(body: &[u8]) -> Result<BatchJob, Error> {
    let bare = match record::json(body) {
        Ok(job) => return Ok(job),
        Err(error) => error,
    };
    let id = match serde_json::from_slice(body) {
        Ok(Value::String(text)) => Value::String(text),
        Ok(Value::Number(number)) => Value::Number(number),
        _ => return Err(bare),
    };
    Ok(BatchJob {
        error_processed: None,
        errors: Vec::new(),
        errors_truncated: None,
        other: Map::from_iter([("jobId".to_owned(), id)]),
    })
}
