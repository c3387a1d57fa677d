//! Payloads of Nexudus.

use std::sync::Arc;

use access_sync_http::{Error, NoRetry, Transport, TransportError};
use async_trait::async_trait;
use bytes::Bytes;
use nexudus_api::{Entity, NexudusClient, WebHookAction, WebHookId, WriteReply};
use serde_json::{Value, json};

use super::exchange::Exchange;
use super::{Decoded, Operations, Row, mask};

pub(super) const OPERATIONS: Operations = Operations {
    vendor: "nexudus",
    names: || {
        let mut names = entities();
        names.extend(OTHERS.map(str::to_owned));
        names.extend(actions().map(|action| format!("webhook.{action}")));
        names
    },
    brief: || {
        let mut names = entities();
        names.extend(OTHERS.map(str::to_owned));
        names.push("webhook.{action}".into());
        names
    },
    find,
};

const OTHERS: [&str; 6] = ["write", "acs", "token", "error", "commands", "enums"];

macro_rules! paths {
    ($($entity:ident)+) => { [$( <nexudus_api::$entity as Entity>::PATH ),+] };
}

const PATHS: [&str; 25] = paths!(
    Coworkers Teams Bookings CancelledBookings Resources ResourceTypes CoworkerContracts
    ContractPausedPeriods FloorPlanDesks FloorPlanDeskVariants CoworkerTimePasses TimePasses
    TimePassTimeSlots Visitors BookingVisitors Businesses BusinessTimeSlots Checkins
    CoworkerExtraServices ExtraServices Tariffs CoworkerInvoices AccessTokens
    CoworkerAccessControlAudits WebHooks
);

const VERBS: [&str; 3] = ["list", "get", "batch"];

fn entities() -> Vec<String> {
    PATHS
        .iter()
        .flat_map(|path| VERBS.map(|verb| format!("{path}.{verb}")))
        .collect()
}

fn actions() -> impl Iterator<Item = WebHookAction> {
    (1..1000)
        .map(WebHookAction::from)
        .filter(|action| !matches!(action, WebHookAction::Other(_)))
}

/// Entities go by their paths and by the client's names (`contracts`, `floor_plan_desks`), actions by
/// name or number, of which Nexudus may have more than the client knows.
fn find(asked: &str) -> Option<String> {
    match asked.split_once('.') {
        None => OTHERS.contains(&asked).then(|| asked.to_owned()),
        Some(("webhook", action)) => match WebHookAction::from(action) {
            WebHookAction::Other(text) if text.parse::<u16>().is_err() => None,
            action => Some(format!("webhook.{action}")),
        },
        Some((entity, verb)) => {
            let entity = entity.to_ascii_lowercase().replace(['_', '-'], "");
            let path = match entity.as_str() {
                "contracts" => "coworkercontracts",
                "pausedperiods" => "contractpausedperiods",
                "invoices" => "coworkerinvoices",
                "accessaudits" => "coworkeraccesscontrolaudits",
                path => path,
            };
            (PATHS.contains(&path) && VERBS.contains(&verb)).then(|| format!("{path}.{verb}"))
        }
    }
}

pub(super) fn decode(operation: &str, body: &[u8]) -> Result<Decoded, String> {
    let mut shown = match operation {
        "error" => error(body)?,
        _ => nexudus_api::inspect(operation, body).map_err(|error| error.message().to_owned())?,
    };
    mask::secrets(&mut shown);
    let verb = operation.split_once('.').map(|(_, verb)| verb);
    let is_list =
        matches!(verb, Some("list" | "batch")) || matches!(operation, "commands" | "enums");
    let mut take = |key: &str| match shown.get_mut(key).map(Value::take) {
        Some(Value::Array(rows)) => rows,
        _ => Vec::new(),
    };
    if operation.starts_with("webhook.") {
        return Ok(Decoded::many(take("records"), &[]));
    }
    if !is_list {
        return Ok(Decoded::one(shown));
    }
    let (items, rejected) = (take("items"), take("rejected"));
    let page = verb == Some("list");
    Ok(Decoded {
        rejected: rejected.iter().map(row).collect(),
        page: page.then(|| {
            json!({
                "has_next_page": shown.get("has_next_page"),
                "total_items": shown.get("total_items"),
            })
        }),
        ..Decoded::many(items, &[])
    })
}

fn row(rejected: &Value) -> Row {
    let text = |key: &str| {
        rejected
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    Row {
        index: rejected.get("row").and_then(Value::as_u64).unwrap_or(0),
        path: text("path").to_owned(),
        reason: text("reason").to_owned(),
    }
}

/// A refusal's body by itself, or a whole answer.
fn error(document: &[u8]) -> Result<Value, String> {
    let shown = |body| nexudus_api::inspect("error", body);
    let is_whole = serde_json::from_slice(document).is_ok_and(|value| Exchange::is_whole(&value));
    if !is_whole {
        return shown(document).map_err(|error| error.message().to_owned());
    }
    let exchange = Exchange::read(document)?;
    let error =
        taken_for(&exchange).map_err(|error| format!("the client could not be asked: {error}"))?;
    let mut verdict = match &error {
        None => exchange.verdict(None, None, None, None),
        Some(error) => exchange.verdict(
            Some(error.kind()),
            error.code(),
            Some(error.message()),
            error.retry_after(),
        ),
    };
    if let Ok(reply) = shown(&exchange.body) {
        verdict.insert("reply".into(), reply);
    }
    Ok(verdict.into())
}

/// What the client itself makes of an answer: it is given to one that asks for nothing else.
fn taken_for(exchange: &Exchange) -> Result<Option<Error>, Box<dyn std::error::Error>> {
    let client = NexudusClient::builder()
        .basic("nobody@example.com", "none")
        .transport(Arc::new(Saved(exchange.clone())))
        .retry(Arc::new(NoRetry))
        .build()?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let webhooks = client.webhooks();
    let outcome = runtime.block_on(async {
        match WriteReply::parse(&exchange.body) {
            Ok(_) => webhooks.delete(WebHookId(1)).await.map(drop),
            Err(_) => client
                .send(webhooks.get_request(WebHookId(1))?)
                .await
                .map(drop),
        }
    });
    Ok(outcome.err())
}

/// Answers every request with one answer.
#[derive(Debug)]
struct Saved(Exchange);

#[async_trait]
impl Transport for Saved {
    async fn send(&self, _: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        Ok(self.0.response())
    }
}
