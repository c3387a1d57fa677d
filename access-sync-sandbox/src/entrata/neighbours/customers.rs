//! People across their leases.

use serde_json::{Value, json};

use super::{Answered, plain, property, unit};
use crate::entrata::leases::by_status;
use crate::entrata::params::Params;
use crate::entrata::rows::{Customer, Lease, Property};
use crate::entrata::{EntrataState, Host};
use crate::http::Request;

/// Not paged. One row per person; a person of several leases has several `LeaseId`s. Whether one
/// lease comes as an array or as an object differs from person to person.
pub(in crate::entrata) fn customers(
    state: &EntrataState,
    _: &Request,
    params: &Params,
    host: Host,
) -> Answered {
    let home = property(state, params, host)?;
    let wanted = params.ids("customerIds");
    let rows = by_status(state, params, host)?;
    let mut people: Vec<(&Customer, Vec<&Lease>)> = Vec::new();
    for lease in rows {
        for person in &lease.customers {
            if wanted.as_ref().is_some_and(|ids| !ids.contains(&person.id)) {
                continue;
            }
            match people.iter_mut().find(|(known, _)| known.id == person.id) {
                Some((_, leases)) => leases.push(lease),
                None => people.push((person, vec![lease])),
            }
        }
    }
    let rows: Vec<Value> = people
        .into_iter()
        .map(|(person, leases)| customer(state, home, person, &leases))
        .collect();
    if rows.is_empty() {
        return plain(json!("No records found with mentioned preferences."));
    }
    plain(json!({"Customers": {"Customer": rows}}))
}

fn customer(state: &EntrataState, home: &Property, person: &Customer, leases: &[&Lease]) -> Value {
    let ids: Vec<Value> = leases
        .iter()
        .map(|lease| {
            let own = lease.customers.iter().find(|c| c.id == person.id);
            let own = own.unwrap_or(person);
            json!({
                "Identification": [{
                    "@attributes": {
                        "IDType": "Lease Id",
                        "IDRank": "primary",
                        "IDScopeType": "sender",
                        "Status": own.status.name(),
                    },
                    "IDValue": lease.id.to_string(),
                }],
                "CustomerType": own.customer_type,
            })
        })
        .collect();
    let ids = match ids.as_slice() {
        [one] if person.id % 2 == 0 => one.clone(),
        _ => Value::Array(ids),
    };
    let unit = leases.first().and_then(|lease| unit(state, lease));
    let number = unit.map_or("", |unit| unit.number.as_str());
    json!({
        "@attributes": {"Id": person.id.to_string(), "ExternalId": ""},
        "LeaseId": ids,
        "FirstName": person.first_name,
        "LastName": person.last_name,
        "UnitNumber": number,
        "BuildingName": unit.map_or("", |unit| &unit.building),
        "Address": format!("{} {number}", home.street).trim_end(),
        "City": home.city,
        "State": home.state,
        "PostalCode": home.postal_code,
        "Email": person.email.as_deref().unwrap_or_default(),
        "PhoneNumber": person.phone.as_deref().unwrap_or_default(),
        "TermsApprovedDate": "",
        "Vehicles": {"Vehicle": []},
    })
}
