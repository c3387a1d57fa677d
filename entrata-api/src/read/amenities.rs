//! `getAmenityReservations`.

use access_sync_http::Error;
use access_sync_http::decode::{Rows, optional};
use chrono::NaiveTime;
use serde::{Deserialize, Deserializer, Serialize};

use crate::model::unit::nested_rejected;
use crate::{
    AmenityId, Answer, Call, EntrataClient, EntrataDate, LeaseId, Method, Personal, PropertyId,
    Query, ReservationId, UnitId, date, list, nested,
};

const GET_AMENITY_RESERVATIONS: Method =
    Method::known("properties", "getAmenityReservations", "r1");

impl EntrataClient {
    /// The amenities of a property with their reservations (`properties`, `getAmenityReservations`
    /// r1).
    pub fn amenity_reservations(&self, property: PropertyId) -> Query<Amenity> {
        let call = Call::new(GET_AMENITY_RESERVATIONS).property(property);
        // Pages may end in the middle of an amenity's reservations: the same amenity with others of
        // them is no repeat.
        Query::paged(self, call, Amenity::rows, |amenity| {
            let reservations = amenity.reservations.items.iter();
            let ids: Vec<_> = reservations.map(|one| one.id.to_string()).collect();
            format!("{}: {}", amenity.id, ids.join(" "))
        })
    }
}

/// Something that can be reserved: a club room, a guest suite.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Amenity {
    /// The amenity.
    pub id: AmenityId,
    /// Its name.
    #[serde(default, deserialize_with = "optional")]
    pub name: Option<String>,
    /// Residents see it.
    #[serde(default, deserialize_with = "optional")]
    pub is_published: Option<bool>,
    /// Its reservations; those that could not be read stand in `rejected`.
    #[serde(
        default,
        deserialize_with = "reservations",
        serialize_with = "nested::write_rows"
    )]
    pub reservations: Rows<AmenityReservation>,
}

/// A reservation of an amenity: a day and two times of the clock there, without a zone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AmenityReservation {
    /// The reservation.
    pub id: ReservationId,
    /// Who, by name.
    #[serde(default, deserialize_with = "optional")]
    pub resident: Option<Personal>,
    /// The lease of who reserved.
    #[serde(default, deserialize_with = "optional")]
    pub lease_id: Option<LeaseId>,
    /// The unit of who reserved.
    #[serde(default, deserialize_with = "optional")]
    pub unit_id: Option<UnitId>,
    /// The unit space's name.
    #[serde(default, deserialize_with = "optional")]
    pub unit_number: Option<String>,
    /// The day.
    #[serde(default, deserialize_with = "date::optional")]
    pub reservation_date: Option<EntrataDate>,
    /// For the whole day.
    #[serde(default, deserialize_with = "optional")]
    pub reserve_by_day: Option<bool>,
    /// From, as written: `03:00 PM`.
    #[serde(default, deserialize_with = "optional")]
    pub reservation_start_time: Option<String>,
    /// Until, as written.
    #[serde(default, deserialize_with = "optional")]
    pub reservation_end_time: Option<String>,
    /// The status's number; 3 is approved.
    #[serde(default, deserialize_with = "optional")]
    pub status_type_id: Option<i64>,
    /// The status in words.
    #[serde(default, deserialize_with = "optional")]
    pub status: Option<String>,
}

impl AmenityReservation {
    /// From; none where there is no such time.
    #[must_use]
    pub fn start(&self) -> Option<NaiveTime> {
        self.reservation_start_time.as_deref().and_then(clock)
    }

    /// Until; none where there is no such time.
    #[must_use]
    pub fn end(&self) -> Option<NaiveTime> {
        self.reservation_end_time.as_deref().and_then(clock)
    }

    /// Is it approved?
    #[must_use]
    pub fn is_approved(&self) -> bool {
        match &self.status {
            Some(word) => word.eq_ignore_ascii_case("Approved"),
            None => self.status_type_id == Some(3),
        }
    }
}

fn clock(text: &str) -> Option<NaiveTime> {
    ["%I:%M %p", "%I:%M:%S %p", "%I:%M%p", "%H:%M:%S", "%H:%M"]
        .iter()
        .find_map(|format| NaiveTime::parse_from_str(text.trim(), format).ok())
}

fn reservations<'de, D: Deserializer<'de>>(d: D) -> Result<Rows<AmenityReservation>, D::Error> {
    nested::rows(d, "reservation")
}

impl Amenity {
    /// The amenities of an answer to `getAmenityReservations`. Reservations that could not be read
    /// are among the rejected rows too.
    ///
    /// # Errors
    /// As [`Answer::rows`].
    pub fn rows(answer: &Answer) -> Result<Rows<Self>, Error> {
        let rows = answer.rows::<Self>(&["amenities", "amenity"])?;
        Ok(list::lift(rows, |amenity| {
            let rejected = &amenity.reservations.rejected;
            let nested = nested_rejected(rejected, "reservations.reservation");
            (amenity, nested)
        }))
    }
}

impl Query<Amenity> {
    /// Only these amenities (`amenityIds`).
    pub fn ids(self, ids: impl IntoIterator<Item = AmenityId>) -> Self {
        self.with(|call| call.csv("amenityIds", ids))
    }

    /// Only reservations in these statuses, by number (`amenityReservationStatusTypeIds`); 3 is
    /// approved.
    pub fn status_types(self, ids: impl IntoIterator<Item = i64>) -> Self {
        self.with(|call| call.csv("amenityReservationStatusTypeIds", ids))
    }
}
