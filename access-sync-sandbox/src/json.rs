//! JSON that is written once, as text: a page of rows costs no tree of values.

use chrono::{Datelike as _, NaiveDate, NaiveDateTime, Timelike as _};
use serde::Serialize;
use serde_json::{Map, Value};

/// What can be written out.
pub(crate) trait Write {
    fn write(&self, out: &mut Vec<u8>);
}

impl Write for Value {
    fn write(&self, out: &mut Vec<u8>) {
        put(out, self);
    }
}

impl<T: Write> Write for &T {
    fn write(&self, out: &mut Vec<u8>) {
        T::write(self, out);
    }
}

fn put(out: &mut Vec<u8>, value: impl Serialize) {
    let before = out.len();
    if serde_json::to_writer(&mut *out, &value).is_err() {
        out.truncate(before);
        out.extend_from_slice(b"null");
    }
}

/// An object under construction: its text, and where in it the fields with fixed names begin.
#[derive(Debug, Clone, Default)]
pub(crate) struct Object {
    text: Vec<u8>,
    fields: Vec<(&'static str, usize)>,
}

impl Object {
    pub(crate) fn with_capacity(fields: usize) -> Self {
        Self {
            text: Vec::with_capacity(32 * fields),
            fields: Vec::with_capacity(fields),
        }
    }

    /// Names of fields are ours and need no escapes.
    fn key(&mut self, key: &'static str) {
        self.fields.push((key, self.text.len()));
        self.text.push(b'"');
        self.text.extend_from_slice(key.as_bytes());
        self.text.extend_from_slice(b"\":");
    }

    pub(crate) fn set(&mut self, key: &'static str, value: impl Serialize) {
        self.key(key);
        put(&mut self.text, value);
        self.text.push(b',');
    }

    /// Sets the key where there is a value, and leaves it out otherwise.
    pub(crate) fn some<T: Serialize>(&mut self, key: &'static str, value: Option<T>) {
        if let Some(value) = value {
            self.set(key, value);
        }
    }

    /// Text that needs no escapes.
    pub(crate) fn plain(&mut self, key: &'static str, text: &str) {
        self.key(key);
        self.text.push(b'"');
        self.text.extend_from_slice(text.as_bytes());
        self.text.extend_from_slice(b"\",");
    }

    /// Fields with their commas that are written already; they cannot be blanked.
    pub(crate) fn fixed(&mut self, text: &'static str) {
        self.fields.push(("", self.text.len()));
        self.text.extend_from_slice(text.as_bytes());
    }

    /// The same value for many keys: `null`, `false`.
    pub(crate) fn all(&mut self, keys: &[&'static str], value: &str) {
        for key in keys {
            self.key(key);
            self.text.extend_from_slice(value.as_bytes());
            self.text.push(b',');
        }
    }

    /// What is written already, or writes itself.
    pub(crate) fn nest(&mut self, key: &'static str, value: &impl Write) {
        self.key(key);
        value.write(&mut self.text);
        self.text.push(b',');
    }

    pub(crate) fn list<T: Write>(&mut self, key: &'static str, rows: impl IntoIterator<Item = T>) {
        self.key(key);
        write_array(&mut self.text, rows);
        self.text.push(b',');
    }

    /// Takes over the fields of a map.
    pub(crate) fn extend(&mut self, map: &Map<String, Value>) {
        for (key, value) in map {
            put(&mut self.text, key);
            self.text.push(b':');
            put(&mut self.text, value);
            self.text.push(b',');
        }
    }

    /// Makes a field null, or leaves it out altogether.
    pub(crate) fn blank(&mut self, key: &'static str, omit: bool) {
        let at = self.fields.iter().position(|(known, _)| *known == key);
        if let Some(at) = at {
            let (_, start) = self.fields.remove(at);
            let end = self.fields.get(at).map_or(self.text.len(), |next| next.1);
            self.text.drain(start..end);
            for (_, later) in self.fields.iter_mut().skip(at) {
                *later -= end - start;
            }
        }
        if !omit {
            self.all(&[key], "null");
        }
    }

    pub(crate) fn into_text(self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.text.len() + 2);
        self.write(&mut out);
        out
    }
}

impl Write for Object {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(b'{');
        let (fields, _) = self.text.split_at(self.text.len().saturating_sub(1));
        out.extend_from_slice(fields);
        out.push(b'}');
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Self {
        serde_json::from_slice(&object.into_text()).unwrap_or_default()
    }
}

/// `[row,row]`.
pub(crate) fn write_array<T: Write>(out: &mut Vec<u8>, rows: impl IntoIterator<Item = T>) {
    out.push(b'[');
    let mut first = true;
    for row in rows {
        if !std::mem::take(&mut first) {
            out.push(b',');
        }
        row.write(out);
    }
    out.push(b']');
}

fn digits(out: &mut String, number: u32, count: u32) {
    for place in (0..count).rev() {
        let digit = number / 10_u32.pow(place) % 10;
        out.push(char::from_digit(digit, 10).unwrap_or('0'));
    }
}

fn year(date: NaiveDate) -> Option<u32> {
    u32::try_from(date.year()).ok().filter(|year| *year <= 9999)
}

/// `2026-03-10`. A page has many hundred dates, and a format string is slow.
pub(crate) fn iso_date(date: NaiveDate) -> String {
    let Some(year) = year(date) else {
        return date.format("%Y-%m-%d").to_string();
    };
    let mut out = String::with_capacity(28);
    digits(&mut out, year, 4);
    out.push('-');
    digits(&mut out, date.month(), 2);
    out.push('-');
    digits(&mut out, date.day(), 2);
    out
}

/// `03/10/2026`.
pub(crate) fn us_date(date: NaiveDate) -> String {
    let Some(year) = year(date) else {
        return date.format("%m/%d/%Y").to_string();
    };
    let mut out = String::with_capacity(28);
    digits(&mut out, date.month(), 2);
    out.push('/');
    digits(&mut out, date.day(), 2);
    out.push('/');
    digits(&mut out, year, 4);
    out
}

/// `2026-03-10T17:00:00`, whole seconds.
pub(crate) fn iso_time(at: NaiveDateTime) -> String {
    let mut out = iso_date(at.date());
    out.push('T');
    digits(&mut out, at.hour(), 2);
    out.push(':');
    digits(&mut out, at.minute(), 2);
    out.push(':');
    digits(&mut out, at.second(), 2);
    out
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use serde_json::{Value, json};

    use super::{Object, iso_date, iso_time, us_date, write_array};

    #[test]
    fn an_object_is_what_its_fields_say() {
        let mut object = Object::with_capacity(2);
        object.set("name", "Ana \"Núñez\"");
        object.some("gone", None::<i64>);
        object.set("nothing", None::<i64>);
        object.all(&["a", "b"], "false");
        object.nest("inner", &Object::default());
        object.list("rows", [json!(1), json!({"x": []})]);
        let value = Value::from(object.clone());
        assert_eq!(
            value,
            json!({"name": "Ana \"Núñez\"", "nothing": null, "a": false, "b": false,
                "inner": {}, "rows": [1, {"x": []}]})
        );
        let mut out = Vec::new();
        write_array(&mut out, [&object, &Object::default()]);
        let rows: Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(rows, json!([value, {}]));
    }

    #[test]
    fn a_blanked_field_is_null_or_gone_and_its_neighbours_stay() {
        for key in ["a", "b", "c", "new"] {
            for omit in [false, true] {
                let mut object = Object::default();
                object.set("a", 1);
                object.set("b", "two,\"");
                object.fixed(r#""x":null,"y":false,"#);
                object.set("c", [3]);
                let mut expected = json!({"a": 1, "b": "two,\"", "x": null, "y": false, "c": [3]});
                object.blank(key, omit);
                if omit {
                    expected.as_object_mut().unwrap().remove(key);
                } else {
                    expected[key] = Value::Null;
                }
                // Once more: the places of the others are still known.
                object.blank("b", false);
                expected["b"] = Value::Null;
                assert_eq!(Value::from(object), expected, "{key} {omit}");
            }
        }
    }

    #[test]
    fn dates_are_those_of_a_format_string() {
        for (year, month, day) in [(2026, 3, 10), (1, 1, 1), (9999, 12, 31), (12_000, 2, 29)] {
            let date = NaiveDate::from_ymd_opt(year, month, day).unwrap();
            let at = date.and_hms_opt(7, 8, 59).unwrap();
            assert_eq!(iso_date(date), date.format("%Y-%m-%d").to_string());
            assert_eq!(us_date(date), date.format("%m/%d/%Y").to_string());
            assert_eq!(iso_time(at), at.format("%Y-%m-%dT%H:%M:%S").to_string());
        }
    }
}
