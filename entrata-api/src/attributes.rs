//! Rows that carry fields in an `@attributes` object, or beside the others: Entrata's specification
//! drops the object in places where its answers have it.

use access_sync_http::decode::{Scalar, optional};
use serde::Deserialize;

/// A row and its id.
#[derive(Deserialize)]
#[serde(bound(deserialize = "I: Scalar, T: Deserialize<'de>"))]
pub(crate) struct WithId<I, T> {
    #[serde(rename = "@attributes", default = "none")]
    attributes: Option<Attributes<I>>,
    #[serde(
        rename = "Id",
        alias = "id",
        default = "none",
        deserialize_with = "optional"
    )]
    own: Option<I>,
    #[serde(flatten)]
    pub(crate) rest: T,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "I: Scalar"))]
struct Attributes<I> {
    #[serde(
        rename = "Id",
        alias = "id",
        default = "none",
        deserialize_with = "optional"
    )]
    id: Option<I>,
}

fn none<T>() -> Option<T> {
    None
}

impl<I: Copy, T> WithId<I, T> {
    /// The id, from either place.
    pub(crate) fn id(&self) -> Option<I> {
        let inner = self
            .attributes
            .as_ref()
            .and_then(|attributes| attributes.id);
        inner.or(self.own)
    }
}

/// The fields of `@attributes`, or of the row itself. For types without required fields; not an
/// untagged enum, which would take a bad `@attributes` for none.
#[derive(Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
pub(crate) struct Flat<T> {
    #[serde(rename = "@attributes", default = "none")]
    attributes: Option<T>,
    #[serde(flatten)]
    bare: T,
}

impl<T> Flat<T> {
    pub(crate) fn into_inner(self) -> T {
        self.attributes.unwrap_or(self.bare)
    }
}
