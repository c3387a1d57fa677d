use chrono::NaiveDate;
use serde_json::{Value, json};

use super::lease_shapes::{lease_r1, lease_r2};
use super::params::Params;
use super::rows::{Lease, LeaseStatus};
use super::{Answer, EntrataState, Failure, Host, Outcome, escaped, granted};
use crate::http::Request;
use crate::json::write_array;

const DEFAULT_PAGE: usize = 100;
const MAX_PAGE: usize = 500;

pub(super) fn list_r2(
    state: &EntrataState,
    request: &Request,
    params: &Params,
    host: Host,
) -> Result<Outcome, Failure> {
    let rows = select(state, params, host)?;
    let history = params.flag("includeLeaseHistory");
    let variants = request.variants;
    let usual = !history && !variants.entrata_iso_dates && !variants.entrata_blank_dates;
    let write = |lease: &Lease| {
        let row = lease_r2(state, lease, history, variants).into_text();
        escaped(&row)
    };
    Ok(paged(request, &rows, |rows| {
        let mut out = Vec::with_capacity(rows.len() * 4096);
        out.extend_from_slice(br#"{"currencyCode":"USD","leases":{"lease":["#);
        let mut glue: &[u8] = b"";
        for lease in rows {
            out.extend_from_slice(glue);
            glue = b",";
            if usual {
                state.leases.write(lease, &mut out, write);
            } else {
                out.extend_from_slice(&write(lease));
            }
        }
        out.extend_from_slice(b"]}}");
        Answer::Written(out)
    }))
}

/// r1 knows two more filters (`eventTypeIds`, `eventDateFrom/To`); of the events only move-in (63)
/// and move-out (64) are kept, which follow from the lease's own dates.
pub(super) fn list_r1(
    state: &EntrataState,
    request: &Request,
    params: &Params,
    host: Host,
) -> Result<Outcome, Failure> {
    let mut rows = select(state, params, host)?;
    if let Some(range) = params.range("eventDate")? {
        let types = params.ids("eventTypeIds");
        let wanted = |id: i64| types.as_ref().is_none_or(|ids| ids.contains(&id));
        rows.retain(|lease| {
            (wanted(63) && range.holds(lease.move_in))
                || (wanted(64) && range.holds(lease.move_out))
        });
    }
    Ok(paged(request, &rows, |rows| {
        let mut out = br#"{"leases":{"lease":"#.to_vec();
        write_array(&mut out, rows.iter().map(|lease| lease_r1(state, lease)));
        out.extend_from_slice(b"}}");
        Answer::Written(escaped(&out))
    }))
}

/// The leases of one property by their status; Current and Notice unless asked otherwise.
pub(super) fn by_status<'a>(
    state: &'a EntrataState,
    params: &Params,
    host: Host,
) -> Result<impl Iterator<Item = &'a Lease> + use<'a>, Failure> {
    let property = params
        .ids("propertyId")
        .and_then(|ids| ids.first().copied())
        .ok_or_else(|| Failure::new(400, 400, "propertyId is required."))?;
    granted(state, property, host)?;
    let statuses = params
        .ids("leaseStatusTypeIds")
        .unwrap_or_else(|| vec![LeaseStatus::Current.id(), LeaseStatus::Notice.id()]);
    let leases = state.leases.of_property(property);
    Ok(leases.filter(move |lease| statuses.contains(&lease.status.id())))
}

/// The leases of one property that pass getLeases' filters.
pub(super) fn select<'a>(
    state: &'a EntrataState,
    params: &Params,
    host: Host,
) -> Result<Vec<&'a Lease>, Failure> {
    let leases = by_status(state, params, host)?;
    let ids = params.ids("leaseIds");
    let customer = params.ids("customerId");
    let unit_number = params.text("unitNumber");
    let building = params.text("buildingName");
    let move_in = params.range("moveInDate")?;
    let move_out = params.range("moveOutDate")?;
    let expiring = params.range("leaseExpiringDate")?;
    let end = |lease: &Lease| -> Option<NaiveDate> { lease.active_interval()?.end };
    Ok(leases
        .filter(|lease| ids.as_ref().is_none_or(|ids| ids.contains(&lease.id)))
        .filter(|lease| {
            customer
                .as_ref()
                .is_none_or(|ids| lease.customers.iter().any(|c| ids.contains(&c.id)))
        })
        .filter(|lease| {
            let unit = lease.unit_id.and_then(|id| state.units.get(&id));
            let number = unit.map(|unit| &unit.number);
            let name = unit.map(|unit| &unit.building);
            (unit_number.is_none() || number == unit_number.as_ref())
                && (building.is_none() || name == building.as_ref())
        })
        .filter(|lease| move_in.as_ref().is_none_or(|r| r.holds(lease.move_in)))
        .filter(|lease| move_out.as_ref().is_none_or(|r| r.holds(lease.move_out)))
        .filter(|lease| expiring.as_ref().is_none_or(|r| r.holds(end(lease))))
        .collect())
}

/// Paging goes by the URL's query; an empty page is a plain string.
pub(super) fn paged<T, R: Into<Answer>>(
    request: &Request,
    rows: &[&T],
    shape: impl Fn(&[&T]) -> R,
) -> Outcome {
    let number = |name: &str, default: usize| {
        let value = request.param(name).and_then(|text| text.parse().ok());
        value.filter(|n| *n > 0).unwrap_or(default)
    };
    let page_no = number("page_no", 1);
    let per_page = number("per_page", DEFAULT_PAGE).min(MAX_PAGE);
    let total = rows.len();
    let last = total.div_ceil(per_page).max(1);
    let chosen: Vec<&T> = rows
        .iter()
        .skip((page_no - 1).saturating_mul(per_page))
        .take(per_page)
        .copied()
        .collect();
    let result = if chosen.is_empty() {
        json!("No records found with mentioned preferences.").into()
    } else {
        shape(&chosen).into()
    };
    let path = request.path_and_query.split('?').next().unwrap_or_default();
    let link = |page: usize, rel: &str| {
        format!(
            "<{}{path}?page_no={page}&per_page={per_page}>; rel=\"{rel}\"",
            request.origin
        )
    };
    let mut links = Vec::new();
    if page_no > 1 {
        links.push(link(1, "first"));
        links.push(link(page_no - 1, "prev"));
    }
    if page_no < last {
        links.push(link(page_no + 1, "next"));
        links.push(link(last, "last"));
    }
    let mut headers = vec![("X-Total-Count", total.to_string())];
    if !links.is_empty() {
        headers.push(("Link", links.join(", ")));
    }
    Outcome { result, headers }
}

pub(super) fn pick_list(
    _: &EntrataState,
    _: &Request,
    _: &Params,
    _: Host,
) -> Result<Outcome, Failure> {
    const EVENTS: [(i64, &str); 7] = [
        (23, "Standard Notice"),
        (26, "Lease Renewed"),
        (27, "Moved to Month-to-Month"),
        (35, "Reverse Move-out"),
        (52, "Unit Transfer"),
        (63, "Move In"),
        (64, "Move Out"),
    ];
    let statuses: Vec<Value> = LeaseStatus::ALL
        .into_iter()
        .map(|status| {
            let kind = match status {
                LeaseStatus::Current | LeaseStatus::Notice => "Active",
                LeaseStatus::Past => "Completed",
                _ => "NA",
            };
            json!({"@attributes": {"id": status.id(), "name": status.name(), "type": kind}})
        })
        .collect();
    let events: Vec<Value> = EVENTS
        .into_iter()
        .map(|(id, name)| json!({"@attributes": {"id": id, "name": name}}))
        .collect();
    let refund =
        json!({"@attributes": {"id": 2, "name": "Single Refund, Primary Resident as Payee"}});
    Ok(Outcome {
        result: json!({
            "leaseStatusTypes": {"leaseStatusType": statuses},
            "eventTypes": {"eventType": events},
            "refundMethods": {"refundMethod": [refund]},
        })
        .into(),
        headers: Vec::new(),
    })
}
