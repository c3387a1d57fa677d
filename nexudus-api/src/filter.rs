//! Filters of lists, typed by field.

use std::fmt;
use std::marker::PhantomData;

use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};

use crate::Entity;

/// A field that lists of `E` can be filtered by, with its type.
///
/// ```
/// use nexudus_api::{Bookings, CoworkerId, Field};
/// let of_one = Bookings::COWORKER.is(CoworkerId(7));
/// assert_eq!(of_one.query(), ("Booking_Coworker".to_owned(), "7".to_owned()));
/// // Fields that this crate does not name:
/// let _paid_later = Field::<Bookings, bool>::named("CancelIfNotPaid").is(true);
/// ```
pub struct Field<E, T> {
    name: &'static str,
    types: PhantomData<fn() -> (E, T)>,
}

impl<E, T> Field<E, T> {
    /// A field by its name behind `Entity_`. For links it is the name without `Id` (`Coworker`).
    #[must_use]
    pub const fn named(name: &'static str) -> Self {
        Self {
            name,
            types: PhantomData,
        }
    }
}

impl<E, T> Clone for Field<E, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E, T> Copy for Field<E, T> {}

impl<E: Entity, T: FilterValue> Field<E, T> {
    /// Exactly this.
    #[must_use]
    pub fn is(self, value: impl Into<T>) -> Filter<E> {
        self.filter("", value.into().exact())
    }

    fn filter(self, prefix: &str, value: String) -> Filter<E> {
        Filter {
            name: format!("{prefix}{}_{}", E::FILTER, self.name),
            value,
            entity: PhantomData,
        }
    }
}

impl<E: Entity, T: FilterRange> Field<E, T> {
    /// This or more; this or later.
    #[must_use]
    pub fn from(self, value: impl Into<T>) -> Filter<E> {
        self.filter("from_", value.into().lower())
    }

    /// This or less; this or earlier.
    #[must_use]
    pub fn to(self, value: impl Into<T>) -> Filter<E> {
        self.filter("to_", value.into().upper())
    }
}

impl<E, T> fmt::Debug for Field<E, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Field").field(&self.name).finish()
    }
}

/// One condition of a list of `E`.
pub struct Filter<E> {
    name: String,
    value: String,
    entity: PhantomData<fn() -> E>,
}

impl<E> Filter<E> {
    /// The query parameter's name and value.
    #[must_use]
    pub fn query(&self) -> (String, String) {
        (self.name.clone(), self.value.clone())
    }
}

impl<E> Clone for Filter<E> {
    fn clone(&self) -> Self {
        Self {
            name: self.name.clone(),
            value: self.value.clone(),
            entity: PhantomData,
        }
    }
}

/// Shows the name only: a value may be an e-mail address.
impl<E> fmt::Debug for Filter<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Filter").field(&self.name).finish()
    }
}

/// A type that a field may be compared with.
pub trait FilterValue {
    /// As the query spells it.
    fn exact(&self) -> String;
}

/// A type with an order.
pub trait FilterRange: FilterValue {
    /// As a lower bound.
    fn lower(&self) -> String {
        self.exact()
    }

    /// As an upper bound.
    fn upper(&self) -> String {
        self.exact()
    }
}

macro_rules! by_display {
    ($($type:ty),* $(,)?) => {$(
        impl FilterValue for $type {
            fn exact(&self) -> String {
                self.to_string()
            }
        }
    )*};
}
by_display!(String, bool, i64);
impl FilterRange for i64 {}
by_display!(
    crate::CoworkerId,
    crate::TeamId,
    crate::BookingId,
    crate::ResourceId,
    crate::ResourceTypeId,
    crate::CoworkerContractId,
    crate::FloorPlanDeskId,
    crate::FloorPlanId,
    crate::BusinessId,
    crate::TariffId,
    crate::TimePassId,
    crate::VisitorId,
    crate::ExtraServiceId,
);

/// UTC, to the minute, as Nexudus documents it (`YYYY-MM-DDTHH:mm`). A bound between two minutes is
/// widened to the whole minute, so that a range never loses a record.
impl FilterValue for DateTime<Utc> {
    fn exact(&self) -> String {
        self.format("%Y-%m-%dT%H:%M").to_string()
    }
}

impl FilterRange for DateTime<Utc> {
    fn upper(&self) -> String {
        let minute = TimeDelta::minutes(1);
        let floor = self.duration_trunc(minute).unwrap_or(*self);
        let up = if floor < *self {
            floor.checked_add_signed(minute).unwrap_or(floor)
        } else {
            floor
        };
        up.exact()
    }
}
