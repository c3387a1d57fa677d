//! A user as a body describes it.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::error;
use super::rows::Contact;
use super::state::BrivoState;
use super::users::read_instant;
use crate::http::Reply;

/// What a body of POST, PUT or PATCH says; `None` where it is silent or null.
pub(super) struct Draft {
    pub(super) external_id: Option<String>,
    pub(super) first_name: Option<String>,
    pub(super) middle_name: Option<String>,
    pub(super) last_name: Option<String>,
    pub(super) pin: Option<String>,
    pub(super) effective_from: Option<DateTime<Utc>>,
    pub(super) effective_to: Option<DateTime<Utc>>,
    pub(super) ble_two_factor_exempt: Option<bool>,
    pub(super) emails: Option<Vec<Contact>>,
    pub(super) phones: Option<Vec<Contact>>,
}

impl Draft {
    pub(super) fn read(body: &Value) -> Result<Self, Reply> {
        let text = |key: &str| match body.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(_) => Err(error(400, &format!("Invalid value for {key}"))),
        };
        let date = |key: &str| match text(key)? {
            None => Ok(None),
            Some(value) => read_instant(&value)
                .map(Some)
                .ok_or_else(|| error(400, &format!("Invalid value for {key}"))),
        };
        let contacts = |key: &str, value_key: &str| match body.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Array(rows)) => rows
                .iter()
                .map(|row| {
                    let value = row.get(value_key).and_then(Value::as_str)?;
                    let kind = row.get("type").and_then(Value::as_str)?;
                    Some(Contact::new(value, kind))
                })
                .collect::<Option<Vec<_>>>()
                .map(Some)
                .ok_or_else(|| error(400, &format!("Invalid value for {key}"))),
            Some(_) => Err(error(400, &format!("Invalid value for {key}"))),
        };
        Ok(Self {
            external_id: text("externalId")?.filter(|v| !v.is_empty()),
            first_name: text("firstName")?.filter(|v| !v.is_empty()),
            middle_name: text("middleName")?,
            last_name: text("lastName")?.filter(|v| !v.is_empty()),
            pin: text("pin")?,
            effective_from: date("effectiveFrom")?,
            effective_to: date("effectiveTo")?,
            ble_two_factor_exempt: body.get("bleTwoFactorExempt").and_then(Value::as_bool),
            emails: contacts("emails", "address")?,
            phones: contacts("phoneNumbers", "number")?,
        })
    }

    /// Rules over the whole account: external ids and PINs are unique, and PINs not trivial.
    pub(super) fn check(&self, state: &BrivoState, own: Option<i64>) -> Result<(), Reply> {
        let taken = self
            .external_id
            .as_deref()
            .and_then(|external| state.by_external_id(external))
            .is_some_and(|user| Some(user.id) != own);
        if taken {
            return Err(error(400, "External ID is already in use"));
        }
        let Some(pin) = &self.pin else {
            return Ok(());
        };
        if !acceptable(pin) {
            return Err(error(400, "Invalid PIN"));
        }
        if state.by_pin(pin).is_some_and(|holder| Some(holder) != own) {
            return Err(error(400, "PIN is already in use"));
        }
        Ok(())
    }
}

/// "4-8 digits; not all the same digit, not a simple sequence, not 2468."
fn acceptable(pin: &str) -> bool {
    let Some(digits) = pin
        .chars()
        .map(|c| c.to_digit(10))
        .collect::<Option<Vec<u32>>>()
    else {
        return false;
    };
    let steps: BTreeSet<i64> = digits
        .iter()
        .zip(digits.iter().skip(1))
        .map(|(a, b)| i64::from(*b) - i64::from(*a))
        .collect();
    let trivial = [0, 1, -1]
        .iter()
        .any(|step| steps == BTreeSet::from([*step]));
    (4..=8).contains(&digits.len()) && !trivial && pin != "2468"
}
