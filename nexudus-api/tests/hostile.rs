//! Bodies that nobody sane would send: no panic, no value in an error, no list out of nothing.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod common;

use chrono::{DateTime, TimeDelta, Utc};
use common::{at, sample};
use nexudus_api::*;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

const KINDS: [(&str, &str); 14] = [
    ("coworkers.list", "10_coworkers_list.json"),
    ("coworkers.get", "09_coworker_by_id.json"),
    ("bookings.list", "03_bookings_list_page1.json"),
    ("bookings.get", "05_booking_by_id_with_visitors.json"),
    ("bookings.batch", "07_bookings_batch_array.json"),
    ("teams.get", "11_team_by_id.json"),
    (
        "coworkercontracts.get",
        "13_coworkercontract_by_id_office.json",
    ),
    ("businesstimeslots.list", "23_businesstimeslots_list.json"),
    ("webhooks.list", "29_webhooks_list.json"),
    ("write", "30_create_success.json"),
    ("webhook.BookingCreate", "38_webhook_booking_create.json"),
    ("acs", "41_custom_acs_webhook.json"),
    ("token", "01_token_success.json"),
    ("commands", "35_commands_list.json"),
];

/// Values of other types than a field expects; every text in them is a canary.
fn wrong() -> impl Strategy<Value = Json> {
    prop_oneof![
        Just(Json::Null),
        Just(json!("canary-value")),
        Just(json!("")),
        Just(json!("\u{0}\u{7}canary")),
        Just(json!(-1)),
        Just(json!(1e300)),
        Just(json!(i64::MIN)),
        Just(json!(u64::MAX)),
        Just(json!(true)),
        Just(json!([])),
        Just(json!(["canary-value"])),
        Just(json!({})),
        Just(json!({ "canary-key": "canary-value" })),
        Just(json!("0001-01-01T00:00:00")),
        Just(json!("9999-99-99T99:99:99Z")),
    ]
}

/// Puts `value` in the place of the `nth` leaf.
fn replace(json: &mut Json, nth: &mut usize, value: &Json) -> bool {
    let children: Vec<&mut Json> = match json {
        Json::Array(items) => items.iter_mut().collect(),
        Json::Object(fields) => fields.values_mut().collect(),
        leaf => {
            if *nth == 0 {
                *leaf = value.clone();
                return true;
            }
            *nth -= 1;
            return false;
        }
    };
    children.into_iter().any(|child| replace(child, nth, value))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_bytes_panic(kind in 0..KINDS.len(), body in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = inspect(KINDS[kind].0, &body);
    }

    #[test]
    fn a_body_that_was_cut_is_never_read_as_a_whole(kind in 0..KINDS.len(), share in 0.0..1.0_f64) {
        let (kind, name) = KINDS[kind];
        let body = sample(name);
        let body = body.trim_end().as_bytes();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
        let cut = (body.len() as f64 * share) as usize;
        let error = inspect(kind, &body[..cut]).unwrap_err();
        prop_assert_eq!(error.kind(), ErrorKind::Decode);
    }

    #[test]
    fn a_field_of_another_type_is_none_rejected_or_an_error_that_names_no_value(
        kind in 0..KINDS.len(), nth in 0..400_usize, value in wrong(),
    ) {
        let (kind, name) = KINDS[kind];
        let mut body: Json = serde_json::from_str(&sample(name)).unwrap();
        let mut nth = nth;
        replace(&mut body, &mut nth, &value);
        match inspect(kind, body.to_string().as_bytes()) {
            Ok(shown) => {
                let rejected = shown.get("rejected").unwrap_or(&Json::Null).to_string();
                prop_assert!(!rejected.contains("canary"), "{}", rejected);
            }
            Err(error) => prop_assert!(!format!("{error:?}").contains("canary"), "{}", error),
        }
    }

    #[test]
    fn a_filter_never_loses_a_moment_and_widens_by_less_than_a_minute(seconds in 0..4_000_000_000_i64, millis in 0..1000_u32) {
        let moment = DateTime::<Utc>::from_timestamp(seconds, millis * 1_000_000).unwrap();
        let read = |text: String| -> DateTime<Utc> { format!("{text}:00Z").parse().unwrap() };
        let lower = read(Bookings::FROM_TIME.from(moment).query().1);
        let upper = read(Bookings::FROM_TIME.to(moment).query().1);
        let minute = TimeDelta::minutes(1);
        prop_assert!(lower <= moment && moment - lower < minute);
        prop_assert!(upper >= moment && upper - moment < minute);
    }

    #[test]
    fn a_wall_clock_time_survives_text_and_json(seconds in -4_000_000_000_i64..4_000_000_000, zone in "(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9])?") {
        let wall = DateTime::<Utc>::from_timestamp(seconds, 0).unwrap().naive_utc();
        let text = format!("{}{zone}", LocalDateTime::new(wall));
        let read: LocalDateTime = text.parse().unwrap();
        prop_assert_eq!(read.naive(), wall);
        let json = serde_json::to_string(&read).unwrap();
        prop_assert_eq!(serde_json::from_str::<LocalDateTime>(&json).unwrap(), read);
    }

    #[test]
    fn no_text_panics_as_a_time(text in "\\PC*") {
        let _ = text.parse::<LocalDateTime>();
    }
}

#[test]
fn filters_at_the_ends_of_time_do_not_panic() {
    for moment in [
        DateTime::<Utc>::MIN_UTC,
        DateTime::<Utc>::MAX_UTC,
        at("0001-01-01T00:00:30Z"),
    ] {
        let _ = Bookings::FROM_TIME.from(moment).query();
        let _ = Bookings::FROM_TIME.to(moment).query();
    }
}
