//! Values as they stand in a document, before anybody asks what they mean.
//!
//! Which keys a record uses is known only when its kind is, and that may come last. So values of a
//! wrong type are kept as such and complained of only where they are used.

use super::path::{Path, Step};
use alloc::borrow::{Cow, ToOwned as _};
use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Something that is read with the path at hand.
pub(super) trait Read<'de>: Sized {
    fn read<D: Deserializer<'de>>(path: &Path, deserializer: D) -> Result<Self, D::Error>;
}

/// Reads a `T`.
pub(super) struct Seed<'p, T>(&'p Path, PhantomData<T>);

impl<'p, T> Seed<'p, T> {
    pub(super) fn new(path: &'p Path) -> Self {
        Self(path, PhantomData)
    }
}

impl<'de, T: Read<'de>> DeserializeSeed<'de> for Seed<'_, T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        T::read(self.0, deserializer)
    }
}

/// A value that is not a list of anything we know.
#[derive(Clone, Debug, Default)]
pub(super) enum Leaf<'de> {
    #[default]
    Missing,
    Text(Cow<'de, str>),
    Bool(bool),
    Whole(u64),
    /// Anything else: what it is.
    Wrong(&'static str),
}

impl Leaf<'_> {
    pub(super) fn what(&self) -> &'static str {
        match self {
            Self::Missing => "nothing",
            Self::Text(_) => "text",
            Self::Bool(_) => "true or false",
            Self::Whole(_) => "a number",
            Self::Wrong(what) => what,
        }
    }
}

/// A list, or what was found instead.
#[derive(Debug, Default)]
pub(super) enum Listed<T> {
    #[default]
    Missing,
    Items(Vec<T>),
    Wrong(&'static str),
}

/// An object's known keys, or what was found instead.
#[derive(Debug)]
pub(super) enum Maybe<T> {
    Some(T),
    Wrong(&'static str),
}

/// What a visitor makes of values that are not its own.
trait Other<'de>: Sized {
    fn leaf(leaf: Leaf<'de>) -> Self;
}

impl<'de> Other<'de> for Leaf<'de> {
    fn leaf(leaf: Leaf<'de>) -> Self {
        leaf
    }
}

impl<T> Other<'_> for Listed<T> {
    fn leaf(leaf: Leaf<'_>) -> Self {
        match leaf {
            Leaf::Missing => Self::Missing,
            leaf => Self::Wrong(leaf.what()),
        }
    }
}

impl<T> Other<'_> for Maybe<T> {
    fn leaf(leaf: Leaf<'_>) -> Self {
        Self::Wrong(leaf.what())
    }
}

/// The visits of plain values, the same for all visitors.
macro_rules! plain_visits {
    () => {
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a value")
        }

        fn visit_bool<E: Error>(self, it: bool) -> Result<Self::Value, E> {
            Ok(Other::leaf(Leaf::Bool(it)))
        }

        fn visit_u64<E: Error>(self, it: u64) -> Result<Self::Value, E> {
            Ok(Other::leaf(Leaf::Whole(it)))
        }

        fn visit_i64<E: Error>(self, it: i64) -> Result<Self::Value, E> {
            let leaf = u64::try_from(it).map_or(Leaf::Wrong("a negative number"), Leaf::Whole);
            Ok(Other::leaf(leaf))
        }

        fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
            Ok(Other::leaf(Leaf::Wrong("a number")))
        }

        fn visit_str<E: Error>(self, it: &str) -> Result<Self::Value, E> {
            Ok(Other::leaf(Leaf::Text(Cow::Owned(it.to_owned()))))
        }

        fn visit_borrowed_str<E: Error>(self, it: &'de str) -> Result<Self::Value, E> {
            Ok(Other::leaf(Leaf::Text(Cow::Borrowed(it))))
        }

        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
            Ok(Other::leaf(Leaf::Missing))
        }

        fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
            Ok(Other::leaf(Leaf::Missing))
        }

        fn visit_some<D: Deserializer<'de>>(
            self,
            deserializer: D,
        ) -> Result<Self::Value, D::Error> {
            deserializer.deserialize_any(self)
        }
    };
}

fn skip_seq<'de, A: SeqAccess<'de>>(mut seq: A) -> Result<Leaf<'de>, A::Error> {
    while seq.next_element::<IgnoredAny>()?.is_some() {}
    Ok(Leaf::Wrong("a list"))
}

fn skip_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<Leaf<'de>, A::Error> {
    while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(Leaf::Wrong("an object"))
}

impl<'de> Read<'de> for Leaf<'de> {
    fn read<D: Deserializer<'de>>(_: &Path, deserializer: D) -> Result<Self, D::Error> {
        struct LeafVisitor;
        impl<'de> Visitor<'de> for LeafVisitor {
            type Value = Leaf<'de>;
            plain_visits!();

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Leaf<'de>, A::Error> {
                skip_seq(seq)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Leaf<'de>, A::Error> {
                skip_map(map)
            }
        }
        deserializer.deserialize_any(LeafVisitor)
    }
}

impl<'de, T: Read<'de>> Read<'de> for Listed<T> {
    fn read<D: Deserializer<'de>>(path: &Path, deserializer: D) -> Result<Self, D::Error> {
        struct ListVisitor<'p, T>(&'p Path, PhantomData<T>);
        impl<'de, T: Read<'de>> Visitor<'de> for ListVisitor<'_, T> {
            type Value = Listed<T>;
            plain_visits!();

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Listed<T>, A::Error> {
                let mut items = Vec::new();
                loop {
                    self.0.push(Step::Index(items.len()));
                    let item = seq.next_element_seed(Seed::new(self.0))?;
                    self.0.pop();
                    match item {
                        Some(item) => items.push(item),
                        None => return Ok(Listed::Items(items)),
                    }
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Listed<T>, A::Error> {
                skip_map(map).map(Other::leaf)
            }
        }
        deserializer.deserialize_any(ListVisitor(path, PhantomData))
    }
}

/// An object that reads its own values.
pub(super) trait Object<'de>: Default {
    /// The keys that it knows.
    const KEYS: &'static [&'static str];

    /// Reads the value of one of them.
    fn value<A: MapAccess<'de>>(
        &mut self,
        key: &'static str,
        path: &Path,
        map: &mut A,
    ) -> Result<(), A::Error>;
}

impl<'de, T: Object<'de>> Read<'de> for Maybe<T> {
    fn read<D: Deserializer<'de>>(path: &Path, deserializer: D) -> Result<Self, D::Error> {
        struct ObjectVisitor<'p, T>(&'p Path, PhantomData<T>);
        impl<'de, T: Object<'de>> Visitor<'de> for ObjectVisitor<'_, T> {
            type Value = Maybe<T>;
            plain_visits!();

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Maybe<T>, A::Error> {
                skip_seq(seq).map(Other::leaf)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Maybe<T>, A::Error> {
                let mut object = T::default();
                while let Some(key) = map.next_key_seed(KeySeed(T::KEYS))? {
                    match key {
                        Some(key) => {
                            self.0.push(Step::Key(key));
                            object.value(key, self.0, &mut map)?;
                            self.0.pop();
                        }
                        None => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(Maybe::Some(object))
            }
        }
        deserializer.deserialize_any(ObjectVisitor(path, PhantomData))
    }
}

/// Reads a key: which of the known ones it is, if any.
struct KeySeed(&'static [&'static str]);

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = Option<&'static str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for KeySeed {
    type Value = Option<&'static str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().find(|known| **known == key).copied())
    }
}

/// An object whose values are all [`Leaf`]s or lists, declared by its keys.
macro_rules! object {
    ($name:ident { $($key:ident: $type:ty,)* }) => {
        #[derive(Debug, Default)]
        pub(super) struct $name<'de> {
            $(pub(super) $key: $type,)*
        }

        impl<'de> Object<'de> for $name<'de> {
            const KEYS: &'static [&'static str] = &[$(stringify!($key)),*];

            fn value<A: MapAccess<'de>>(
                &mut self,
                key: &'static str,
                path: &Path,
                map: &mut A,
            ) -> Result<(), A::Error> {
                match key {
                    $(stringify!($key) => self.$key = map.next_value_seed(Seed::new(path))?,)*
                    _ => {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(())
            }
        }
    };
}

object!(RecordFields {
    kind: Leaf<'de>,
    id: Leaf<'de>,
    resident: Leaf<'de>,
    customer: Leaf<'de>,
    subject: Leaf<'de>,
    target: Leaf<'de>,
    targets: Listed<Leaf<'de>>,
    status: Leaf<'de>,
    move_in: Leaf<'de>,
    move_out: Leaf<'de>,
    lease_end: Leaf<'de>,
    start_time: Leaf<'de>,
    end_time: Leaf<'de>,
    time_zone: Leaf<'de>,
    from_utc: Leaf<'de>,
    to_utc: Leaf<'de>,
    from_local: Leaf<'de>,
    to_local: Leaf<'de>,
    start_date: Leaf<'de>,
    end_date: Leaf<'de>,
    team: Listed<Maybe<TeamFields<'de>>>,
    pauses: Listed<Maybe<PauseFields<'de>>>,
    date: Leaf<'de>,
});

object!(TeamFields { customer: Leaf<'de>, joined: Leaf<'de>, left: Leaf<'de>, });
object!(PauseFields { from: Leaf<'de>, to: Leaf<'de>, });
object!(PolicyFields {
    start_time: Leaf<'de>,
    end_time: Leaf<'de>,
    early_access_days: Leaf<'de>,
    grace_days: Leaf<'de>,
    end_basis: Leaf<'de>,
    buffer_before_min: Leaf<'de>,
    buffer_after_min: Leaf<'de>,
    day_cutoff: Leaf<'de>,
    no_access: Leaf<'de>,
    guard: OptionalObject<GuardFields<'de>>,
});
object!(GuardFields { max_removals: Leaf<'de>, max_removal_percent: Leaf<'de>, min_scope: Leaf<'de>, });
object!(MembershipFields { subject: Leaf<'de>, target: Leaf<'de>, owned: Leaf<'de>, });
object!(UserFields { subject: Leaf<'de>, suspended: Leaf<'de>, owned: Leaf<'de>, });

/// An object that may be missing or `null`.
#[derive(Debug)]
pub(super) struct OptionalObject<T>(pub(super) Option<Maybe<T>>);

impl<T> Default for OptionalObject<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: Object<'de>> Read<'de> for OptionalObject<T> {
    fn read<D: Deserializer<'de>>(path: &Path, deserializer: D) -> Result<Self, D::Error> {
        Maybe::read(path, deserializer).map(|object| match object {
            Maybe::Wrong("nothing") => Self(None),
            object => Self(Some(object)),
        })
    }
}
