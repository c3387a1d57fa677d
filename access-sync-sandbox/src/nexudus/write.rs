//! Writes and their envelope, which is judged by `WasSuccessful`, not by the HTTP status alone.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::actions::Change;
use super::entity::Entity;
use super::rows::{Booking, BookingVisitor, Visitor};
use super::state::{ADMIN, NexudusState};
use crate::http::{Reply, Request};

pub(super) fn success(request: &Request, message: String, id: i64) -> Reply {
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
pub(super) fn invalid(property: &str, message: &str) -> Reply {
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

pub(super) fn required<T>(
    body: &Value,
    property: &'static str,
    read: impl Fn(&Value) -> Option<T>,
) -> Result<T, Reply> {
    body.get(property)
        .and_then(read)
        .ok_or_else(|| invalid(property, "is a required field"))
}

pub(super) fn instant(value: &Value) -> Option<DateTime<Utc>> {
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
            state.changed(Entity::Bookings, id, Change::Updated, request.now);
            (id, "updated")
        }
        None => {
            let id = state.bookings.add(row, request.now);
            guests(state, &body, id, from, request.now);
            state.changed(Entity::Bookings, id, Change::Created, request.now);
            (id, "created")
        }
    };
    Ok(success(
        request,
        format!("Booking was successfully {verb}."),
        id,
    ))
}

/// Visitors named in the booking itself.
fn guests(
    state: &mut NexudusState,
    body: &Value,
    booking: i64,
    from: DateTime<Utc>,
    now: DateTime<Utc>,
) {
    let business = state
        .bookings
        .get(booking)
        .and_then(|row| state.resources.get(row.resource_id))
        .map_or(0, |resource| resource.business_id);
    let host = state.bookings.get(booking).and_then(|row| row.coworker_id);
    let rows = body.get("BookingVisitors").and_then(Value::as_array);
    for row in rows.into_iter().flatten() {
        let text = |key: &str| row.get(key).and_then(Value::as_str);
        if let (Some(name), Some(email), Some(_)) =
            (text("VisitorFullName"), text("VisitorEmail"), host)
        {
            let mut visitor = Visitor::new(business, name, email, from);
            visitor.coworker_id = host;
            let visitor = state.visitors.add(visitor, now);
            state
                .booking_visitors
                .add(BookingVisitor::new(booking, visitor), now);
        }
    }
}

pub(super) fn delete_booking(state: &mut NexudusState, request: &Request, id: &str) -> Reply {
    match id.parse() {
        Ok(id) if state.cancel(id, 1, request.now).is_some() => {
            success(request, "Booking was successfully deleted.".to_owned(), id)
        }
        _ => Reply::empty(404),
    }
}
