//! Any legal spelling of a lease gives the same lease.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use chrono::{Datelike as _, NaiveDate};
use entrata_api::{Answer, EntrataDate, EntrataEnvelope, Lease, LeaseStatus, rate_windows};
use proptest::prelude::*;
use serde_json::{Value, json};

fn read(lease: &Value) -> Lease {
    let body = json!({"response": {"result": {"leases": {"lease": lease}}}});
    let rows = Lease::rows(&Answer::parse(body.to_string()).unwrap()).unwrap();
    assert_eq!(rows.rejected, []);
    rows.items.into_iter().next().unwrap()
}

/// An id as a number or text.
fn id(value: i64, text: bool) -> Value {
    if text {
        json!(value.to_string())
    } else {
        json!(value)
    }
}

fn date(day: NaiveDate, spelling: u8) -> Value {
    let (y, m, d) = (day.year(), day.month(), day.day());
    json!(match spelling % 5 {
        0 => format!("{m:02}/{d:02}/{y:04}"),
        1 => format!("{y:04}-{m:02}-{d:02}"),
        2 => format!("{m}/{d}/{y:04}"),
        3 => format!("{m:02}/{d:02}/{y:04} 00:00:00 MDT"),
        _ => format!(" {m:02}/{d:02}/{y:04} 23:59:59.999999 MST "),
    })
}

fn nothing(spelling: u8) -> Value {
    match spelling % 5 {
        0 => Value::Null,
        1 => json!(""),
        2 => json!([]),
        3 => json!({}),
        _ => json!("12/31/1969"),
    }
}

fn boolean(value: bool, spelling: u8) -> Value {
    match (spelling % 4, value) {
        (0, value) => json!(value),
        (1, value) => json!(i32::from(value)),
        (2, value) => json!(i32::from(value).to_string()),
        (_, true) => json!("t"),
        (_, false) => json!("f"),
    }
}

/// One element: in an array, alone, or without the singular level.
fn container(singular: &str, element: Value, spelling: u8) -> Value {
    match spelling % 3 {
        0 => json!({ singular: [element] }),
        1 => json!({ singular: element }),
        _ => json!([element]),
    }
}

fn empty(spelling: u8) -> Value {
    match spelling % 4 {
        0 => Value::Null,
        1 => json!(""),
        2 => json!([]),
        _ => json!({}),
    }
}

prop_compose! {
    fn day()(days in 0..40_000_i32) -> NaiveDate {
        // From 1970, so that the placeholder is not among them.
        NaiveDate::from_num_days_from_ce_opt(719_163 + days).unwrap()
    }
}

proptest! {
    #[test]
    fn spellings_do_not_matter(
        lease_id in 1..i64::MAX, unit in 1..i64::MAX, person in 1..i64::MAX,
        move_in in day(), status in 1..=6_i64, monthly: bool,
        s in prop::array::uniform12(any::<u8>()),
    ) {
        let t = |index: usize| s[index] % 2 == 0;
        let customer = |spell: &dyn Fn(i64) -> Value| json!({"id": spell(person), "customerType": "Primary"});
        let plain = json!({
            "id": lease_id, "leaseStatusTypeId": status, "unitId": unit,
            "moveInDate": date(move_in, 0), "isMonthToMonth": monthly,
            "customers": {"customer": [customer(&|n| json!(n))]},
            "unitSpaces": {"unitSpace": [{"unitSpaceId": 8, "unitSpace": "302"}]},
        });
        let spelled = json!({
            "id": id(lease_id, t(0)), "leaseStatusTypeId": id(status, t(1)), "unitId": id(unit, t(2)),
            "moveInDate": date(move_in, s[3]), "moveOutDate": nothing(s[4]),
            "isMonthToMonth": boolean(monthly, s[5]),
            "customers": container("customer", customer(&|n| id(n, t(6))), s[7]),
            "unitSpaces": container("unitSpace", json!({"unitSpaceId": id(8, t(8)), "unitSpace": if t(9) { json!(302) } else { json!("302") }}), s[9]),
            "leaseIntervals": empty(s[10]), "leaseActivities": empty(s[11]), "transferLeaseId": nothing(s[4] % 4),
            "somethingNew": {"a": [1, 2]},
        });
        prop_assert_eq!(read(&plain), read(&spelled));
    }

    #[test]
    fn a_date_field_never_loses_the_lease(text in ".*", number: f64) {
        for value in [json!(text), json!(number), json!([text]), json!({"a": text})] {
            let lease = read(&json!({"id": 1, "leaseStatusTypeId": 4, "moveOutDate": value}));
            // What is no date stays visible as such.
            if let Some(date) = lease.move_out_date {
                prop_assert!(date.day().is_some() || date.text().is_some());
            }
        }
    }

    #[test]
    fn a_date_reads_back_as_it_was_written(day in day()) {
        let date = EntrataDate::parse(&EntrataDate::Day(day).to_string());
        prop_assert_eq!(date, Some(EntrataDate::Day(day)));
    }

    #[test]
    fn unknown_statuses_are_kept(id in 7..1000_i64) {
        let lease = read(&json!({"id": 1, "leaseStatusTypeId": id}));
        prop_assert_eq!(lease.status, LeaseStatus::Other(id.to_string()));
    }

    #[test]
    fn no_body_panics_and_none_but_json_with_a_result_is_an_answer(body: Vec<u8>) {
        let response = http::Response::new(bytes::Bytes::from(body.clone()));
        let now = chrono::DateTime::UNIX_EPOCH;
        let good = access_sync_http::Envelope::classify(&EntrataEnvelope, &response, now).is_ok();
        let has_result = serde_json::from_slice::<Value>(&body)
            .is_ok_and(|value| value["response"]["result"] != Value::Null || value["result"] != Value::Null);
        prop_assert!(!good || has_result);
    }

    #[test]
    fn no_rate_limit_header_panics(limit in "[ -~]{0,40}", left in "[ -~]{0,40}", reset in "[0-9;]{0,40}") {
        let mut headers = http::HeaderMap::new();
        for (name, value) in [("x-ratelimit-limit", limit), ("x-ratelimit-remaining", left), ("x-ratelimit-reset", reset)] {
            headers.insert(name, value.parse().unwrap());
        }
        for window in rate_windows(&headers) {
            prop_assert!(window.period.as_secs() > 0);
        }
    }
}
