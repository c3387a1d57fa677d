//! Locations and their opening times.

use chrono::NaiveTime;

use crate::entity::entity;
use crate::{BusinessId, BusinessTimeSlotId, Personal};

entity! {
    /// Locations. `/sys/businesses`; they are neither created nor deleted through the API.
    Businesses = "sys" / "businesses", "Business", BusinessId;
    list BusinessRow; get Business;
    required {}
    optional {
        /// The name.
        name: String,
        /// The slug of its web pages.
        web_address: String,
        /// The network's top location; none for the top itself.
        root_location_id: BusinessId,
        /// The time zone, by Nexudus' number. **Not** an IANA name, and no table is published: the
        /// operator must name the zone.
        simple_time_zone_id: i64,
        /// Whether the account is suspended.
        suspended: bool,
        /// The country, by Nexudus' number.
        country_id: i64,
        /// The country's name.
        country_name: String,
        /// The currency.
        currency_code: String,
        /// The town.
        town_city: String,
        /// The postal code.
        postal_code: String,
        /// The street.
        address: String,
        /// The e-mail address.
        email_contact: Personal,
        /// Degrees east.
        longitude: f64,
        /// Degrees north.
        latitude: f64,
        /// Opening on Mondays, in minutes from local midnight.
        monday_open_time: i64,
        /// Closing on Mondays.
        monday_close_time: i64,
        /// Whether closed on Mondays.
        monday_closed: bool,
        /// Opening on Tuesdays.
        tuesday_open_time: i64,
        /// Closing on Tuesdays.
        tuesday_close_time: i64,
        /// Whether closed on Tuesdays.
        tuesday_closed: bool,
        /// Opening on Wednesdays.
        wednesday_open_time: i64,
        /// Closing on Wednesdays.
        wednesday_close_time: i64,
        /// Whether closed on Wednesdays.
        wednesday_closed: bool,
        /// Opening on Thursdays.
        thursday_open_time: i64,
        /// Closing on Thursdays.
        thursday_close_time: i64,
        /// Whether closed on Thursdays.
        thursday_closed: bool,
        /// Opening on Fridays.
        friday_open_time: i64,
        /// Closing on Fridays.
        friday_close_time: i64,
        /// Whether closed on Fridays.
        friday_closed: bool,
        /// Opening on Saturdays.
        saturday_open_time: i64,
        /// Closing on Saturdays.
        saturday_close_time: i64,
        /// Whether closed on Saturdays.
        saturday_closed: bool,
        /// Opening on Sundays.
        sunday_open_time: i64,
        /// Closing on Sundays.
        sunday_close_time: i64,
        /// Whether closed on Sundays.
        sunday_closed: bool,
    }
    csv {}
    get_only {}
    filters {
        /// The name.
        NAME: String = "Name",
        /// The slug of its web pages.
        WEB_ADDRESS: String = "WebAddress",
    }
    verbs { Update }
}

entity! {
    /// Opening windows of locations. `/sys/businesstimeslots`. A location without any is always open.
    BusinessTimeSlots = "sys" / "businesstimeslots", "BusinessTimeSlot", BusinessTimeSlotId;
    list BusinessTimeSlotRow; get BusinessTimeSlot;
    required {
        /// The location.
        business_id: BusinessId,
        /// The weekday; 0 is Sunday, as far as is known.
        day_of_week: i64,
        /// The opening, by the location's clock.
        from_time: NaiveTime,
        /// The closing, by the location's clock.
        to_time: NaiveTime,
    }
    optional {}
    csv {}
    get_only {}
    filters {
        /// The location.
        BUSINESS: BusinessId = "Business",
    }
    verbs { Create Update Delete }
}
