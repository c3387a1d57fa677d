//! Payloads of Entrata.

use access_sync_http::{Envelope as _, Error, SystemTimer, Timer as _};
use chrono::NaiveDate;
use entrata_api::{
    AccessibleClient, AccessibleService, Amenity, Answer, CustomerRecord, EntrataEnvelope,
    ExpiringLease, Lease, LeaseDetails, LeaseEvent, LeasePickList, LeaseTimeline, MoveOut,
    Property, PropertyUnits, RateWindow, Refusal, Residents, Rows, Status, UnitAvailability,
    rate_windows,
};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::exchange::Exchange;
use super::{Decoded, Operations, input, mask, value, values};

pub(super) const OPERATIONS: Operations = Operations {
    vendor: "entrata",
    names,
    brief: names,
    find: |asked| names().into_iter().find(|name| name == asked),
};

fn names() -> Vec<String> {
    [
        "getStatus",
        "getProperties",
        "getPropertyUnits",
        "getLeases",
        "getLeaseDetails",
        "getLeaseActivities",
        "getExpiringLeases",
        "getCustomers",
        "getAmenityReservations",
        "getUnitsAvailabilityAndPricing",
        "getLeasePickList",
        "getAccessibleServices",
        "getAccessibleClients",
        "moveout",
        "renewal",
        "error",
        "rate_limit",
    ]
    .map(str::to_owned)
    .to_vec()
}

pub(super) fn decode(
    operation: &str,
    body: &[u8],
    today: Option<NaiveDate>,
) -> Result<Decoded, String> {
    input::object(body)?;
    let mut decoded = match operation {
        "error" => error(body)?,
        "rate_limit" => rate_limit(body)?,
        _ => answer(
            operation,
            &Answer::parse(body.to_vec()).map_err(refused)?,
            today,
        )?,
    };
    decoded.item.iter_mut().for_each(mask::secrets);
    decoded.items.iter_mut().flatten().for_each(mask::secrets);
    Ok(decoded)
}

fn answer(operation: &str, answer: &Answer, today: Option<NaiveDate>) -> Result<Decoded, String> {
    match operation {
        "getStatus" => {
            let status: Status = answer.result().map_err(said)?;
            match status.status.is_empty() && status.message.is_empty() {
                true => Err("result: neither `status` nor `message`".into()),
                false => value(&status).map(Decoded::one),
            }
        }
        "getLeasePickList" => {
            let list: LeasePickList = answer.result().map_err(said)?;
            match list.lease_status_types.is_empty() && list.event_types.is_empty() {
                true => Err("result: neither lease statuses nor types of events".into()),
                false => value(&list).map(Decoded::one),
            }
        }
        "getProperties" => shown(Property::rows(answer)),
        "getPropertyUnits" => shown(PropertyUnits::rows(answer)),
        "getLeases" => shown(Lease::rows(answer)),
        "getLeaseDetails" => shown(LeaseDetails::rows(answer)),
        "getLeaseActivities" => shown(LeaseEvent::rows(answer)),
        "getExpiringLeases" => shown(ExpiringLease::rows(answer)),
        "getCustomers" => shown(CustomerRecord::rows(answer)),
        "getAmenityReservations" => shown(Amenity::rows(answer)),
        "getUnitsAvailabilityAndPricing" => shown(UnitAvailability::rows(answer)),
        "getAccessibleServices" => shown(AccessibleService::rows(answer)),
        "getAccessibleClients" => shown(AccessibleClient::rows(answer)),
        "moveout" => {
            let leases = Lease::rows(answer).map_err(said)?;
            seen_in(&leases, &MoveOut::of(&leases.items, &Residents::default()))
        }
        "renewal" => {
            let leases = Lease::rows(answer).map_err(said)?;
            let today = today.unwrap_or_else(|| {
                let now = SystemTimer.wall();
                now.with_timezone(&chrono_tz::America::Denver).date_naive()
            });
            let timelines = LeaseTimeline::all(&leases.items, &Residents::default(), today);
            seen_in(&leases, &timelines)
        }
        _ => Err("there is no such operation".into()),
    }
}

fn shown<T: Serialize>(rows: Result<Rows<T>, Error>) -> Result<Decoded, String> {
    Decoded::rows(&rows.map_err(said)?)
}

/// What leases say, which may be nothing although they were read.
fn seen_in<T: Serialize>(leases: &Rows<Lease>, of: &[T]) -> Result<Decoded, String> {
    Ok(Decoded {
        some_read: !leases.items.is_empty(),
        ..Decoded::many(values(of)?, &leases.rejected)
    })
}

fn said(error: Error) -> String {
    error.message().to_owned()
}

fn refused(error: Error) -> String {
    match error.code() {
        Some(code) => format!(
            "it is a refusal, code {code}: {}; see `access-sync decode entrata error`",
            error.message()
        ),
        None => said(error),
    }
}

fn error(document: &[u8]) -> Result<Decoded, String> {
    let exchange = exchange(document)?;
    Ok(Decoded::one(verdict(&exchange).into()))
}

fn rate_limit(document: &[u8]) -> Result<Decoded, String> {
    let exchange = exchange(document)?;
    let windows = rate_windows(&exchange.headers);
    if windows.is_empty() && exchange.status != http::StatusCode::TOO_MANY_REQUESTS {
        return Err("headers: no window in `X-RateLimit-Limit`, and no HTTP 429".into());
    }
    // Headers are often kept without a body; a good status says enough then.
    let mut verdict = match exchange.status.is_success() && exchange.body.is_empty() {
        true => exchange.verdict(None, None, None, None),
        false => verdict(&exchange),
    };
    verdict.insert("windows".into(), windows.iter().map(window).collect());
    Ok(Decoded::one(verdict.into()))
}

fn window(window: &RateWindow) -> Value {
    json!({
        "window": window.to_string(),
        "limit": window.limit,
        "periodSeconds": window.period.as_secs(),
        "remaining": window.remaining,
        "resetInSeconds": window.reset_in.map(|left| left.as_secs()),
    })
}

/// A whole answer, by itself or as the `response` of a recorded exchange; or a body, which then is
/// one of HTTP 200, as most of Entrata's errors are.
fn exchange(document: &[u8]) -> Result<Exchange, String> {
    let value: Value =
        serde_json::from_slice(document).map_err(|_| "it is nested too deeply".to_owned())?;
    let inner = value.get("response");
    if let Some(inner) = inner.filter(|inner| Exchange::is_whole(inner)) {
        return Exchange::read(inner.to_string().as_bytes());
    }
    if Exchange::is_whole(&value) || value.get("status").is_some() {
        return Exchange::read(document);
    }
    match ["response", "error", "code", "message", "result"]
        .iter()
        .any(|key| value.get(*key).is_some())
    {
        true => Exchange::read(
            json!({ "status": 200, "body": value })
                .to_string()
                .as_bytes(),
        ),
        false => Err("neither `{status, headers, body}` nor a body of Entrata's".into()),
    }
}

fn verdict(exchange: &Exchange) -> Map<String, Value> {
    let Err(fault) = EntrataEnvelope.classify(&exchange.response(), SystemTimer.wall()) else {
        return exchange.verdict(None, None, None, None);
    };
    let mut verdict = exchange.verdict(
        Some(fault.kind),
        fault.code.as_deref(),
        fault.message.as_deref(),
        fault.retry_after,
    );
    let error = Error::new(fault.kind, "").with_code(fault.code.unwrap_or_default());
    let refusal = format!("{:?}", Refusal::of(&error));
    verdict.insert("refusal".into(), refusal.into());
    verdict
}
