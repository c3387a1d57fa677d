//! The reads beside getLeases, by what they are about.

mod customers;
mod history;
mod units;

use serde_json::{Value, json};

use super::params::Params;
use super::rows::{Lease, Property, Unit};
use super::{EntrataState, Failure, Host, Outcome, granted};

pub(super) use customers::customers;
pub(super) use history::{activities, details_r1, details_r2, expiring};
pub(super) use units::{amenities, availability};

type Answered = Result<Outcome, Failure>;

fn plain(result: Value) -> Answered {
    Ok(Outcome {
        result: result.into(),
        headers: Vec::new(),
    })
}

fn property<'a>(
    state: &'a EntrataState,
    params: &Params,
    host: Host,
) -> Result<&'a Property, Failure> {
    let id = params
        .ids("propertyId")
        .and_then(|ids| ids.first().copied());
    let id = id.ok_or_else(|| Failure::new(400, 400, "propertyId is required."))?;
    granted(state, id, host)
}

fn unit<'a>(state: &'a EntrataState, lease: &Lease) -> Option<&'a Unit> {
    state.units.get(&lease.unit_id?)
}

/// The variant in which PHP has no lists of one: one element comes as itself, none as `""`.
pub(super) fn collapse(value: &mut Value) {
    match value {
        Value::Object(object) => {
            for (key, child) in object.iter_mut() {
                collapse(child);
                if let Value::Array(rows) = child {
                    // Lists of plain values stay; `events`, `services` and `orgs` have no singular.
                    if !matches!(key.as_str(), "events" | "services" | "orgs") {
                        *child = match rows.len() {
                            0 => json!(""),
                            1 => rows.pop().unwrap_or_default(),
                            _ => continue,
                        };
                    }
                }
            }
        }
        Value::Array(rows) => rows.iter_mut().for_each(collapse),
        _ => {}
    }
}
