//! Reading captured answers without a client: for command lines, tests and bug reports.

use access_sync_http::{Error, Rejected, decode, redact};
use serde::Serialize;
use serde_json::{Value as Json, json};

use crate::api::parse_batch;
use crate::auth::parse_token;
use crate::list::parse_page;
use crate::{
    AcsUpdate, Command, Entity, EnumValue, Record, WebHookAction, WriteReply, parse_webhook,
};

/// Reads a captured body as the client would, and shows what it made of it, as JSON. PINs, cards,
/// codes and tokens are masked; names are not.
///
/// `kind` is one of
/// - `{entity}.list`, `{entity}.get`, `{entity}.batch`, the entity by its path: `bookings.list`;
/// - `write` (the reply to a write) and `error` (a refusal, of a write or of the token endpoint);
/// - `webhook.{action}`: `webhook.BookingCreate` or `webhook.6`;
/// - `acs`, `token`, `commands`, `enums`.
///
/// ```
/// # fn main() -> Result<(), nexudus_api::Error> {
/// let page = br#"{"Records":[{"Id":7,"Name":"Acme"}],"HasNextPage":false,"TotalItems":1}"#;
/// let shown = nexudus_api::inspect("teams.list", page)?;
/// assert_eq!(shown["items"][0]["Name"], "Acme");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`access_sync_http::ErrorKind::Decode`] with the path of the fault;
/// [`access_sync_http::ErrorKind::Config`] for a kind that there is not.
pub fn inspect(kind: &str, body: &[u8]) -> Result<Json, Error> {
    match kind.split_once('.') {
        Some(("webhook", action)) => {
            let action = WebHookAction::from(action);
            let records = parse_webhook(&action, body)?;
            Ok(json!({ "action": action.name(), "records": shown(&records)? }))
        }
        Some((entity, verb)) => crate::entities::inspect_entity(entity, verb, body)
            .unwrap_or_else(|| Err(unknown(kind))),
        None => match kind {
            "write" => Ok(write(&WriteReply::parse(body)?)),
            "error" => error(body),
            "acs" => shown(&AcsUpdate::parse(body)?),
            "token" => {
                let token = parse_token(body)?;
                Ok(json!({
                    "access_token": "****",
                    "refresh_token": token.refresh.map(|_| "****"),
                    "expires_in": token.expires_in.as_secs(),
                }))
            }
            "commands" => rows(parse_batch::<Command>(body)?),
            "enums" => rows(parse_batch::<EnumValue>(body)?),
            _ => Err(unknown(kind)),
        },
    }
}

fn unknown(kind: &str) -> Error {
    let kind = redact::text(kind);
    Error::config(format!(
        "nothing is called {kind}: use {{entity}}.list, .get or .batch, write, error, \
         webhook.{{action}}, acs, token, commands or enums"
    ))
}

/// None where there is no such verb.
pub(crate) fn entity<E: Entity>(verb: &str, body: &[u8]) -> Option<Result<Json, Error>>
where
    E::Partial: Serialize,
    E::Full: Serialize,
{
    Some(match verb {
        "list" => parse_page::<E::Partial>(body, 1).and_then(|page| {
            Ok(json!({
                "items": shown(&page.items)?,
                "rejected": rejected(&page.rejected),
                "has_next_page": page.next.is_some(),
                "total_items": page.total,
            }))
        }),
        "batch" => parse_batch::<E::Partial>(body).and_then(rows),
        "get" => Record::<E>::parse(body).and_then(|record| shown(&record.into_typed())),
        _ => return None,
    })
}

fn rows<T: Serialize>(rows: decode::Rows<T>) -> Result<Json, Error> {
    Ok(json!({ "items": shown(&rows.items)?, "rejected": rejected(&rows.rejected) }))
}

fn rejected(rows: &[Rejected]) -> Vec<Json> {
    rows.iter()
        .map(|row| json!({ "row": row.index, "path": row.path, "reason": row.reason }))
        .collect()
}

fn write(reply: &WriteReply) -> Json {
    json!({
        "success": reply.is_success(),
        "was_successful": reply.was_successful,
        "status": reply.status,
        "id": reply.id,
        "message": reply.message.as_deref().map(redact::text),
        "errors": reply.errors.iter().map(|error| {
            json!({
                "property_name": redact::text(&error.property_name),
                "message": redact::text(&error.message),
            })
        }).collect::<Vec<_>>(),
    })
}

fn error(body: &[u8]) -> Result<Json, Error> {
    #[derive(serde::Deserialize)]
    struct Oauth {
        error: String,
        #[serde(default)]
        error_description: Option<String>,
    }
    if let Ok(reply) = WriteReply::parse(body) {
        return Ok(write(&reply));
    }
    let oauth: Oauth = decode::json(body)?;
    Ok(json!({
        "code": redact::text(&oauth.error),
        "message": oauth.error_description.as_deref().map(redact::text),
    }))
}

fn shown<T: Serialize + ?Sized>(value: &T) -> Result<Json, Error> {
    serde_json::to_value(value).map_err(|_| Error::decode("what was read cannot be shown as JSON"))
}
