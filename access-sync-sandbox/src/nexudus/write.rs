//! Writes and their envelope, which is judged by `WasSuccessful`, not by the HTTP status alone.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::rows::Booking;
use super::state::{ADMIN, NexudusState};
use crate::http::{Reply, Request};

fn success(request: &Request, message: String, id: i64) -> Reply {
    Reply::json(
        200,
        json!({
            "Status": 200,
            "Message": message,
            "Value": {"Id": id},
            "OpenInDialog": false,
            "OpenInWindow": false,
            "RedirectURL": null,
            "JavaScript": null,
            "UpdatedOn": request.now.to_rfc3339_opts(SecondsFormat::Secs, true),
            "UpdatedBy": ADMIN,
            "Errors": null,
            "WasSuccessful": true,
        }),
    )
}

/// A field is missing or wrong: HTTP 400.
fn invalid(property: &str, message: &str) -> Reply {
    Reply::json(
        400,
        json!({
            "Message": format!("{property}: {message}"),
            "Value": null,
            "Errors": [{"AttemptedValue": null, "Message": message, "PropertyName": property}],
            "WasSuccessful": false,
        }),
    )
}

/// A rule of the business says no: HTTP 200 with `WasSuccessful` false.
pub(super) fn refused(request: &Request, message: &str) -> Reply {
    Reply::json(
        200,
        json!({
            "Status": 500,
            "Message": message,
            "Value": null,
            "OpenInDialog": false,
            "OpenInWindow": false,
            "RedirectURL": null,
            "JavaScript": null,
            "UpdatedOn": request.now.to_rfc3339_opts(SecondsFormat::Secs, true),
            "UpdatedBy": ADMIN,
            "Errors": [{"AttemptedValue": null, "Message": message, "PropertyName": ""}],
            "WasSuccessful": false,
        }),
    )
}

fn required<T>(
    body: &Value,
    property: &'static str,
    read: impl Fn(&Value) -> Option<T>,
) -> Result<T, Reply> {
    body.get(property)
        .and_then(read)
        .ok_or_else(|| invalid(property, "is a required field"))
}

fn instant(value: &Value) -> Option<DateTime<Utc>> {
    let at = DateTime::parse_from_rfc3339(value.as_str()?).ok()?;
    Some(at.with_timezone(&Utc))
}

/// POST makes a booking; PUT replaces the whole one that `Id` in the body names.
pub(super) fn booking(state: &mut NexudusState, request: &Request) -> Reply {
    try_booking(state, request).unwrap_or_else(|reply| reply)
}

fn try_booking(state: &mut NexudusState, request: &Request) -> Result<Reply, Reply> {
    let body = request.json().unwrap_or_default();
    let id = if request.method == "PUT" {
        Some(required(&body, "Id", Value::as_i64)?)
    } else {
        None
    };
    let resource_id = required(&body, "ResourceId", Value::as_i64)?;
    let from = required(&body, "FromTime", instant)?;
    let to = required(&body, "ToTime", instant)?;
    if id.is_some_and(|id| state.bookings.get(id).is_none()) {
        return Err(Reply::empty(404));
    }
    let Some(resource) = state.resources.get(resource_id) else {
        return Err(invalid("ResourceId", "does not exist"));
    };
    if to <= from {
        return Err(refused(request, "The booking ends before it starts."));
    }
    let taken = state.bookings.iter().any(|(other, row)| {
        Some(other) != id && row.resource_id == resource_id && row.from < to && from < row.to
    });
    if taken && !resource.allow_multiple_bookings {
        return Err(refused(
            request,
            "The resource is not available at this time.",
        ));
    }
    let text = |key: &str| body.get(key).and_then(Value::as_str).map(str::to_owned);
    let tentative = body.get("Tentative").and_then(Value::as_bool);
    let row = Booking {
        resource_id,
        coworker_id: body.get("CoworkerId").and_then(Value::as_i64),
        from,
        to,
        tentative: tentative.unwrap_or(id.is_none() && resource.requires_confirmation),
        notes: text("Notes"),
        series: id
            .and_then(|id| state.bookings.get(id))
            .and_then(|old| old.series.clone()),
    };
    let (id, verb) = match id {
        Some(id) => {
            state.bookings.put(id, row, request.now);
            (id, "updated")
        }
        None => (state.bookings.add(row, request.now), "created"),
    };
    Ok(success(
        request,
        format!("Booking was successfully {verb}."),
        id,
    ))
}

pub(super) fn delete_booking(state: &mut NexudusState, request: &Request, id: &str) -> Reply {
    match id.parse() {
        Ok(id) if state.cancel(id, 1, request.now).is_some() => {
            success(request, "Booking was successfully deleted.".to_owned(), id)
        }
        _ => Reply::empty(404),
    }
}

/// PUT of a coworker: the required fields must all be there, and what is left out is cleared.
pub(super) fn coworker(state: &mut NexudusState, request: &Request) -> Reply {
    try_coworker(state, request).unwrap_or_else(|reply| reply)
}

fn try_coworker(state: &mut NexudusState, request: &Request) -> Result<Reply, Reply> {
    let body = request.json().unwrap_or_default();
    let id = required(&body, "Id", Value::as_i64)?;
    let kind = required(&body, "CoworkerType", Value::as_i64)?;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let full_name = required(&body, "FullName", text)?;
    let email = required(&body, "Email", text)?;
    for key in ["CountryId", "SimpleTimeZoneId", "TaxRateType", "Gender"] {
        required(&body, key, Value::as_i64)?;
    }
    let Some(old) = state.coworkers.get(id) else {
        return Err(Reply::empty(404));
    };
    let optional = |key: &str| body.get(key).and_then(text).filter(|v| !v.is_empty());
    let flag = |key: &str| body.get(key).and_then(Value::as_bool).unwrap_or_default();
    let mut row = old.clone();
    row.company = kind == 2;
    row.full_name = full_name;
    row.email = email;
    row.active = flag("Active");
    row.archived = flag("Archived");
    row.access_card_id = optional("AccessCardId");
    row.access_pincode = optional("AccessPincode");
    row.brivo_user_id = body.get("BrivoUserId").and_then(Value::as_i64);
    state.coworkers.put(id, row, request.now);
    let message = "Coworker was successfully updated.".to_owned();
    Ok(success(request, message, id))
}
