//! JSON objects that are written once: keys are not copied, and nothing is sorted.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};

/// An object under construction, in the order of its keys' setting.
#[derive(Debug, Clone, Default)]
pub(crate) struct Object(Vec<(&'static str, Value)>);

impl Object {
    pub(crate) fn with_capacity(fields: usize) -> Self {
        Self(Vec::with_capacity(fields))
    }

    pub(crate) fn set(&mut self, key: &'static str, value: impl Into<Value>) {
        self.0.push((key, value.into()));
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
            pairs.map(|(key, value)| (key.to_owned(), value)),
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
