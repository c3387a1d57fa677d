use serde_json::{Value, json};

use super::handle::ORG;
use super::params::Params;
use super::rows::{Property, PropertyAccess, Unit};
use super::shapes::{property, unit};
use super::{EntrataState, Failure, Host, Outcome, granted, methods};
use crate::http::Request;

fn plain(result: Value) -> Result<Outcome, Failure> {
    Ok(Outcome {
        result: result.into(),
        headers: Vec::new(),
    })
}

pub(super) fn status(
    _: &EntrataState,
    _: &Request,
    _: &Params,
    _: Host,
) -> Result<Outcome, Failure> {
    plain(json!({"status": "Success", "message": "API service is available and running."}))
}

/// Without ids: every property that the key may see.
pub(super) fn list(
    state: &EntrataState,
    _: &Request,
    params: &Params,
    host: Host,
) -> Result<Outcome, Failure> {
    let all = params.flag("showAllStatus");
    let rows: Vec<&Property> = match params.ids("propertyIds") {
        Some(ids) => ids
            .into_iter()
            .map(|id| granted(state, id, host))
            .collect::<Result<_, _>>()?,
        None => state
            .properties
            .values()
            .filter(|p| p.access == PropertyAccess::Granted && (all || !p.disabled))
            .collect(),
    };
    let rows: Vec<Value> = rows.into_iter().map(property).collect();
    plain(json!({"PhysicalProperty": {"Property": rows}}))
}

pub(super) fn units(
    state: &EntrataState,
    _: &Request,
    params: &Params,
    host: Host,
) -> Result<Outcome, Failure> {
    let ids = params
        .ids("propertyIds")
        .ok_or_else(|| Failure::new(400, 400, "propertyIds is required."))?;
    let available_only = params.flag("availableUnitsOnly");
    let mut rows = Vec::new();
    for id in ids {
        let property = granted(state, id, host)?;
        let units: Vec<&Unit> = state
            .units
            .values()
            .filter(|unit| unit.property_id == id)
            .collect();
        let shapes: Vec<Value> = units
            .iter()
            .filter(|row| !available_only || !occupied(state, row))
            .map(|row| unit(state, property, row))
            .collect();
        rows.push(json!({
            "propertyId": property.id,
            "propertyName": property.name,
            "remotePrimaryKey": "",
            "currencyCode": "USD",
            "buildingCount": 1,
            "unitCount": units.len(),
            "propertyAvailabilityURL": "https://www.example-flats.test/availability",
            "units": {"unit": shapes},
        }));
    }
    plain(json!({"properties": {"property": rows}}))
}

fn occupied(state: &EntrataState, unit: &Unit) -> bool {
    unit.spaces
        .iter()
        .all(|space| state.tenant(unit, space.id).is_some())
}

pub(super) fn services(
    _: &EntrataState,
    _: &Request,
    _: &Params,
    host: Host,
) -> Result<Outcome, Failure> {
    let rows: Vec<Value> = methods(host)
        .iter()
        .map(|(service, method, _)| {
            json!({"uri": format!("/ext/orgs/{ORG}/v1/{service}"), "service": method})
        })
        .collect();
    plain(json!({"services": rows}))
}

pub(super) fn clients(
    _: &EntrataState,
    _: &Request,
    _: &Params,
    _: Host,
) -> Result<Outcome, Failure> {
    plain(json!({"orgs": [{"subdomain": ORG, "id": 4711, "name": "Lakeshore Living"}]}))
}
