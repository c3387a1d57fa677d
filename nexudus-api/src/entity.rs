//! What an entity of Nexudus is, to the generic layer.

use std::fmt;
use std::hash::Hash;
use std::ops::Deref;

use access_sync_http::decode::Object;
use access_sync_http::{Error, ErrorKind, decode};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};

/// One kind of record: where it lives, what its filters are called, what lists and reads by id bring.
///
/// [`Entity::Partial`] and [`Entity::Full`] are different types because Nexudus' lists leave fields
/// out, and its `PUT` clears what is left out: a record from a list must not be written back. Only a
/// [`Record`], which only a read by id makes, can be.
///
/// Entities that this crate does not have can be added by implementing this trait; use them with
/// [`NexudusClient::entity`](crate::NexudusClient::entity).
pub trait Entity: fmt::Debug + Send + Sync + 'static {
    /// The path's group: `spaces`, `billing`, `sys`.
    const GROUP: &'static str;
    /// The path's last segment, in the plural: `bookings`.
    const PATH: &'static str;
    /// The name in filters, in the singular: `Booking`.
    const FILTER: &'static str;
    /// The names of its operations in errors and spans.
    const OPERATIONS: Operations;
    /// The type of its ids.
    type Id: Copy + Eq + Hash + fmt::Debug + fmt::Display + Serialize + Send + Sync + 'static;
    /// A record as lists and batch reads bring it.
    type Partial: Row<Id = Self::Id> + DeserializeOwned + Send + 'static;
    /// A record as a read by id brings it.
    type Full: Row<Id = Self::Id> + DeserializeOwned + Send + 'static;
}

/// What every record has.
pub trait Row {
    /// The type of its id.
    type Id;

    /// Its id.
    fn id(&self) -> Self::Id;

    /// When it was last changed, by the server's clock.
    fn updated_on(&self) -> Option<DateTime<Utc>>;
}

/// Can be created: see [`EntityApi::create`](crate::EntityApi::create).
pub trait Create: Entity {}

/// Can be changed: see [`EntityApi::update`](crate::EntityApi::update).
pub trait Update: Entity {}

/// Can be deleted: see [`EntityApi::delete`](crate::EntityApi::delete).
pub trait Delete: Entity {}

/// Stable names of an entity's operations.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs, reason = "each is what it says")]
pub struct Operations {
    pub list: &'static str,
    pub get: &'static str,
    pub batch: &'static str,
    pub create: &'static str,
    pub update: &'static str,
    pub delete: &'static str,
    pub commands: &'static str,
    pub run_command: &'static str,
}

/// A whole record, as a read by id brought it: the typed fields by `Deref`, and every field as it
/// came, so that it can be written back without losing what this crate does not know.
#[derive(Clone)]
pub struct Record<E: Entity> {
    typed: E::Full,
    raw: Map<String, Json>,
}

impl<E: Entity> Record<E> {
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Error> {
        let Object(typed): Object<E::Full> = decode::json(body)?;
        let raw = decode::json(body)?;
        Ok(Self { typed, raw })
    }

    /// The typed fields, owned.
    #[must_use]
    pub fn into_typed(self) -> E::Full {
        self.typed
    }

    /// Any field by its name on the wire, typed here or not (`Custom7`). May hold personal data.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Json> {
        self.raw.get(name)
    }

    /// Starts a change of this record.
    #[must_use]
    pub fn edit(self) -> Edit<E> {
        Edit {
            id: self.typed.id(),
            fields: self.raw,
        }
    }
}

impl<E: Entity> Deref for Record<E> {
    type Target = E::Full;

    fn deref(&self) -> &E::Full {
        &self.typed
    }
}

impl<E: Entity> fmt::Debug for Record<E>
where
    E::Full: fmt::Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.typed.fmt(f)
    }
}

/// A whole record with changes, to be written back. Made by [`Record::edit`] and by nothing else.
#[derive(Clone)]
pub struct Edit<E: Entity> {
    id: E::Id,
    fields: Map<String, Json>,
}

impl<E: Entity> Edit<E> {
    /// Sets a field by its name on the wire. Write instants as `DateTime<Utc>`: they go out with `Z`.
    ///
    /// A list is replaced whole by its own name, and changed by `Added…` and `Removed…`.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] for `Id`, and where the value cannot be written as JSON.
    pub fn set(mut self, name: &str, value: impl Serialize) -> Result<Self, Error> {
        if name == "Id" {
            return Err(Error::config("a record's Id cannot be changed"));
        }
        self.fields.insert(name.to_owned(), json(value)?);
        Ok(self)
    }

    /// The record's id.
    #[must_use]
    pub fn id(&self) -> E::Id {
        self.id
    }

    pub(crate) fn fields(&self) -> &Map<String, Json> {
        &self.fields
    }
}

impl<E: Entity> fmt::Debug for Edit<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Edit")
            .field("id", &self.id)
            .field("fields", &self.fields.len())
            .finish()
    }
}

/// A record to be created. Entities with required fields have a constructor of their own, such as
/// [`Bookings::draft`](crate::Bookings::draft).
pub struct Draft<E> {
    fields: Map<String, Json>,
    entity: std::marker::PhantomData<fn() -> E>,
}

impl<E: Create> Draft<E> {
    /// An empty draft.
    #[must_use]
    pub fn new() -> Self {
        Self {
            fields: Map::new(),
            entity: std::marker::PhantomData,
        }
    }

    /// Sets a field by its name on the wire. Write instants as `DateTime<Utc>`: they go out with `Z`.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] where the value cannot be written as JSON.
    pub fn set(mut self, name: &str, value: impl Serialize) -> Result<Self, Error> {
        self.fields.insert(name.to_owned(), json(value)?);
        Ok(self)
    }

    /// As [`Draft::set`] for what is JSON already.
    #[must_use]
    pub(crate) fn with(mut self, name: &str, value: impl Into<Json>) -> Self {
        self.fields.insert(name.to_owned(), value.into());
        self
    }

    pub(crate) fn fields(&self) -> &Map<String, Json> {
        &self.fields
    }
}

impl<E: Create> Default for Draft<E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E> fmt::Debug for Draft<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.fields.keys().collect();
        f.debug_tuple("Draft").field(&names).finish()
    }
}

impl<E> Clone for Draft<E> {
    fn clone(&self) -> Self {
        Self {
            fields: self.fields.clone(),
            entity: std::marker::PhantomData,
        }
    }
}

fn json(value: impl Serialize) -> Result<Json, Error> {
    serde_json::to_value(value).map_err(|_| {
        Error::new(
            ErrorKind::Config,
            "a field's value cannot be written as JSON",
        )
    })
}

/// Makes an entity: the marker, the list type, the full type and the typed filters.
macro_rules! entity {
    (
        $(#[$meta:meta])*
        $marker:ident = $group:literal / $path:literal, $filter:literal, $id:ident;
        list $row:ident; get $full:ident;
        required { $( $(#[$required_meta:meta])* $required:ident : $required_type:ty, )* }
        optional { $( $(#[$optional_meta:meta])* $optional:ident : $optional_type:ty, )* }
        csv { $( $(#[$csv_meta:meta])* $csv:ident : $csv_type:ty, )* }
        get_only { $( $(#[$only_meta:meta])* $only:ident : $only_type:ty, )* }
        filters { $( $(#[$filter_meta:meta])* $field:ident : $field_type:ty = $field_name:literal, )* }
        verbs { $( $verb:ident )* }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $marker;

        crate::entity::record! {
            #[doc = concat!(
                "A record of [`", stringify!($marker), "`] as lists bring it. Not whole: [`",
                stringify!($full), "`] is, by id."
            )]
            $row, $id;
            required { $( $(#[$required_meta])* $required : $required_type, )* }
            optional { $( $(#[$optional_meta])* $optional : $optional_type, )* }
            csv { $( $(#[$csv_meta])* $csv : $csv_type, )* }
            get_only { }
        }

        crate::entity::record! {
            #[doc = concat!("A whole record of [`", stringify!($marker), "`], as a read by id brings it.")]
            $full, $id;
            required { $( $(#[$required_meta])* $required : $required_type, )* }
            optional { $( $(#[$optional_meta])* $optional : $optional_type, )* }
            csv { $( $(#[$csv_meta])* $csv : $csv_type, )* }
            get_only { $( $(#[$only_meta])* $only : $only_type, )* }
        }

        impl crate::Entity for $marker {
            const GROUP: &'static str = $group;
            const PATH: &'static str = $path;
            const FILTER: &'static str = $filter;
            const OPERATIONS: crate::Operations = crate::Operations {
                list: concat!($path, ".list"),
                get: concat!($path, ".get"),
                batch: concat!($path, ".batch"),
                create: concat!($path, ".create"),
                update: concat!($path, ".update"),
                delete: concat!($path, ".delete"),
                commands: concat!($path, ".commands"),
                run_command: concat!($path, ".run_command"),
            };
            type Id = $id;
            type Partial = $row;
            type Full = $full;
        }

        $( impl crate::$verb for $marker {} )*

        impl $marker {
            $(
                $(#[$filter_meta])*
                pub const $field: crate::Field<Self, $field_type> = crate::Field::named($field_name);
            )*
        }
    };
}
pub(crate) use entity;

/// Makes one of an entity's two record types.
macro_rules! record {
    (
        $(#[$meta:meta])*
        $name:ident, $id:ident;
        required { $( $(#[$required_meta:meta])* $required:ident : $required_type:ty, )* }
        optional { $( $(#[$optional_meta:meta])* $optional:ident : $optional_type:ty, )* }
        csv { $( $(#[$csv_meta:meta])* $csv:ident : $csv_type:ty, )* }
        get_only { $( $(#[$only_meta:meta])* $only:ident : $only_type:ty, )* }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, serde::Deserialize, serde::Serialize)]
        #[serde(rename_all = "PascalCase")]
        #[non_exhaustive]
        pub struct $name {
            /// Its id.
            #[serde(deserialize_with = "crate::field::required")]
            pub id: $id,
            /// Its GUID, which other records refer to in `…UniqueId`.
            #[serde(default, deserialize_with = "crate::field::optional")]
            pub unique_id: Option<String>,
            /// When it was created.
            #[serde(default, deserialize_with = "crate::field::optional")]
            pub created_on: Option<chrono::DateTime<chrono::Utc>>,
            /// When it was last changed, by the server's clock.
            #[serde(default, deserialize_with = "crate::field::optional")]
            pub updated_on: Option<chrono::DateTime<chrono::Utc>>,
            /// A text of an integrator's own, which only the API shows.
            #[serde(default, deserialize_with = "crate::field::optional")]
            pub system_id: Option<String>,
            $(
                $(#[$required_meta])*
                #[serde(deserialize_with = "crate::field::required")]
                pub $required: $required_type,
            )*
            $(
                $(#[$optional_meta])*
                #[serde(default, deserialize_with = "crate::field::optional")]
                pub $optional: Option<$optional_type>,
            )*
            $(
                $(#[$csv_meta])*
                #[serde(default, deserialize_with = "crate::field::csv")]
                pub $csv: Vec<$csv_type>,
            )*
            $(
                $(#[$only_meta])*
                #[serde(default, deserialize_with = "crate::field::array")]
                pub $only: Option<Vec<$only_type>>,
            )*
        }

        impl crate::Row for $name {
            type Id = $id;

            fn id(&self) -> $id {
                self.id
            }

            fn updated_on(&self) -> Option<chrono::DateTime<chrono::Utc>> {
                self.updated_on
            }
        }
    };
}
pub(crate) use record;
