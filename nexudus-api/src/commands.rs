//! Commands: what staff find under an entity's menu, and the numbered words.

use access_sync_http::{Error, Listing, Request, decode};
use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::api::parse_batch;
use crate::limits::WRITE;
use crate::{Entity, EntityApi, NexudusClient, WriteReply};

/// A command that an entity offers (`GET /{group}/{entities}/commands`). Keys are not fixed across
/// accounts: find them by asking.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct Command {
    /// What [`RunCommand`] names it by.
    #[serde(deserialize_with = "decode::required")]
    pub key: String,
    /// What staff see.
    #[serde(default, deserialize_with = "decode::optional")]
    pub name: Option<String>,
    /// Whether it takes one record at a time.
    #[serde(default, deserialize_with = "decode::or_default")]
    pub applies_only_to_one_entity: bool,
    /// Whether it needs records at all.
    #[serde(default, deserialize_with = "decode::or_default")]
    pub needs_entities_to_run: bool,
    /// What it asks for.
    #[serde(default, deserialize_with = "decode::one_or_many")]
    pub requires_parameters: Vec<CommandParameter>,
}

/// What a command asks for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct CommandParameter {
    /// Its name.
    #[serde(deserialize_with = "decode::required")]
    pub name: String,
    /// Its type, in Nexudus' words.
    #[serde(rename = "Type", default, deserialize_with = "decode::optional")]
    pub kind: Option<String>,
}

/// A command to be run: `{Key, Ids, Parameters}`.
#[derive(Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RunCommand {
    key: String,
    ids: Vec<Json>,
    parameters: Vec<Argument>,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Argument {
    name: String,
    #[serde(rename = "Type", skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    value: Json,
}

impl RunCommand {
    /// A command by its key.
    #[must_use]
    pub fn new(key: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            ids: Vec::new(),
            parameters: Vec::new(),
        }
    }

    /// Adds a record to run it on.
    #[must_use]
    pub fn on(mut self, id: impl Serialize) -> Self {
        self.ids.extend(serde_json::to_value(id));
        self
    }

    /// Adds what the command asks for.
    ///
    /// # Errors
    /// [`access_sync_http::ErrorKind::Config`] where the value cannot be written as JSON.
    pub fn with(
        mut self,
        parameter: &CommandParameter,
        value: impl Serialize,
    ) -> Result<Self, Error> {
        self.parameters.push(Argument {
            name: parameter.name.clone(),
            kind: parameter.kind.clone(),
            value: serde_json::to_value(value)
                .map_err(|_| Error::config("a parameter cannot be written as JSON"))?,
        });
        Ok(self)
    }
}

/// Shows no value.
impl std::fmt::Debug for RunCommand {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RunCommand")
            .field("key", &self.key)
            .field("ids", &self.ids.len())
            .field("parameters", &self.parameters.len())
            .finish()
    }
}

impl<E: Entity> EntityApi<E> {
    /// The commands of this entity, or of one of its records:
    /// `GET /{group}/{entities}/commands[?id=]`.
    ///
    /// # Errors
    /// What the call met.
    pub async fn commands(&self, record: Option<E::Id>) -> Result<Listing<Command>, Error> {
        let url = self.client().url(&[E::GROUP, E::PATH, "commands"])?;
        let request = Request::new(E::OPERATIONS.commands, Method::GET, url)
            .query_opt("id", record.map(|id| id.to_string()));
        let reply = self.client().send_read(request).await?;
        let rows = parse_batch(&reply.body).map_err(|error| reply.fault(error))?;
        Ok(Listing::new(rows.items, rows.rejected))
    }

    /// Runs a command: `POST /{group}/{entities}/runcommand`.
    ///
    /// # Errors
    /// As [`EntityApi::create`].
    pub async fn run_command(&self, command: &RunCommand) -> Result<WriteReply, Error> {
        self.client()
            .send_write(self.run_command_request(command)?)
            .await
    }

    /// The request of [`EntityApi::run_command`], not sent.
    ///
    /// # Errors
    /// As [`List::request`](crate::List::request).
    pub fn run_command_request(&self, command: &RunCommand) -> Result<Request, Error> {
        let url = self.client().url(&[E::GROUP, E::PATH, "runcommand"])?;
        Request::new(E::OPERATIONS.run_command, Method::POST, url)
            .class(WRITE)
            .json(command)
    }
}

/// One number and word of an enum.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct EnumValue {
    /// The number.
    #[serde(deserialize_with = "decode::required")]
    pub id: i64,
    /// The word.
    #[serde(deserialize_with = "decode::required")]
    pub name: String,
}

impl NexudusClient {
    /// The values of an enum by its name in Nexudus, such as `eWebhookAction`:
    /// `GET /utils/enums?name=`.
    ///
    /// # Errors
    /// What the call met.
    pub async fn enum_values(&self, name: &str) -> Result<Listing<EnumValue>, Error> {
        let url = self.url(&["utils", "enums"])?;
        let request = Request::new("enums.list", Method::GET, url).query("name", name);
        let reply = self.send_read(request).await?;
        let rows = parse_batch(&reply.body).map_err(|error| reply.fault(error))?;
        Ok(Listing::new(rows.items, rows.rejected))
    }
}
