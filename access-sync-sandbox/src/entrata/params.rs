use chrono::NaiveDate;
use serde_json::{Map, Value};

use super::Failure;

/// The `params` of a call. Unknown ones are ignored, many values are one comma-separated string,
/// booleans are `"1"`/`"0"`, dates `MM/DD/YYYY`.
pub(super) struct Params(Map<String, Value>);

impl Params {
    pub(super) fn of(body: &Value) -> Self {
        let params = body.pointer("/method/params").and_then(Value::as_object);
        Self(params.cloned().unwrap_or_default())
    }

    /// A value as text; lists and objects are no values to Entrata.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        match self.0.get(name)? {
            Value::String(text) if text.trim().is_empty() => None,
            Value::String(text) => Some(text.trim().to_owned()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(flag) => Some(u8::from(*flag).to_string()),
            _ => None,
        }
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        let text = self.text(name);
        text.is_some_and(|t| t == "1" || t.eq_ignore_ascii_case("true"))
    }

    /// Comma-separated ids; parts that are no numbers are ignored.
    pub(super) fn ids(&self, name: &str) -> Option<Vec<i64>> {
        let text = self.text(name)?;
        let parts = text.split(',').map(str::trim);
        Some(parts.filter_map(|part| part.parse().ok()).collect())
    }

    pub(super) fn date(&self, name: &str) -> Result<Option<NaiveDate>, Failure> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        NaiveDate::parse_from_str(&text, "%m/%d/%Y")
            .map(Some)
            .map_err(|_| Failure::new(400, 400, format!("Invalid date for {name}.")))
    }

    /// `{name}From` and `{name}To`, both inclusive; `None` where neither is given.
    pub(super) fn range(&self, name: &str) -> Result<Option<DateRange>, Failure> {
        let from = self.date(&format!("{name}From"))?;
        let to = self.date(&format!("{name}To"))?;
        Ok((from.is_some() || to.is_some()).then_some(DateRange { from, to }))
    }
}

pub(super) struct DateRange {
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
}

impl DateRange {
    /// Rows without the date are outside every range.
    pub(super) fn holds(&self, date: Option<NaiveDate>) -> bool {
        date.is_some_and(|date| {
            self.from.is_none_or(|from| from <= date) && self.to.is_none_or(|to| date <= to)
        })
    }
}
