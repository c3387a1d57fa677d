//! JSON objects that are written once: keys are not copied, and nothing is sorted.

use std::borrow::Cow;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};

/// An object under construction, in the order of its keys' setting.
#[derive(Debug, Clone, Default)]
pub(crate) struct Object(Vec<(Cow<'static, str>, Value)>);

impl Object {
    pub(crate) fn with_capacity(fields: usize) -> Self {
        Self(Vec::with_capacity(fields))
    }

    pub(crate) fn set(&mut self, key: &'static str, value: impl Into<Value>) {
        self.0.push((Cow::Borrowed(key), value.into()));
    }

    /// Takes over the fields of a map.
    pub(crate) fn extend(&mut self, map: &Map<String, Value>) {
        let pairs = map.iter();
        self.0
            .extend(pairs.map(|(key, value)| (Cow::Owned(key.clone()), value.clone())));
    }

    /// Makes a field null, or leaves it out altogether.
    pub(crate) fn blank(&mut self, key: &str, omit: bool) {
        if omit {
            self.0.retain(|(known, _)| known != key);
        } else if let Some(field) = self.0.iter_mut().find(|(known, _)| known == key) {
            field.1 = Value::Null;
        } else {
            self.0.push((Cow::Owned(key.to_owned()), Value::Null));
        }
    }

    /// Sets the key where there is a value, and leaves it out otherwise.
    pub(crate) fn some<T: Into<Value>>(&mut self, key: &'static str, value: Option<T>) {
        if let Some(value) = value {
            self.set(key, value);
        }
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Self {
        let pairs = object.0.into_iter();
        Self::Object(Map::from_iter(
            pairs.map(|(key, value)| (key.into_owned(), value)),
        ))
    }
}

/// `[row,row]`, written row by row, so that a page costs no tree of values.
pub(crate) fn array<T: Serialize>(rows: impl IntoIterator<Item = T>) -> String {
    let mut out = Vec::with_capacity(4096);
    out.push(b'[');
    for row in rows {
        if out.len() > 1 {
            out.push(b',');
        }
        if serde_json::to_writer(&mut out, &row).is_err() {
            out.extend_from_slice(b"null");
        }
    }
    out.push(b']');
    String::from_utf8(out).unwrap_or_default()
}
