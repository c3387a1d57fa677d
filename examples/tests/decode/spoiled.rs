//! Rows that cannot be read.

use serde_json::{Value, json};

use super::{decode, read, sample, text};

/// The page with its second row spoiled.
fn spoiled(vendor: &str, name: &str, rows: &str, id: &str) -> String {
    let mut page: Value = serde_json::from_str(&sample(vendor, name)).unwrap();
    let rows = page.pointer_mut(rows).unwrap().as_array_mut().unwrap();
    rows[1][id] = json!({ "not": "an id" });
    page.to_string()
}

#[test]
fn a_page_with_one_bad_row_shows_the_others_and_why_not_that_one() {
    for (vendor, operation, name, rows, id, left) in [
        ("brivo", "users.list", "user_list", "/data", "id", 1),
        (
            "brivo",
            "users.credentials",
            "user_credentials",
            "/data",
            "id",
            2,
        ),
        (
            "entrata",
            "getLeases",
            "10-getLeases-r2.response",
            "/response/result/leases/lease",
            "id",
            1,
        ),
        (
            "entrata",
            "getProperties",
            "04-getProperties.response",
            "/response/result/PhysicalProperty/Property",
            "PropertyID",
            1,
        ),
        (
            "nexudus",
            "coworkers.list",
            "10_coworkers_list",
            "/Records",
            "Id",
            2,
        ),
        (
            "nexudus",
            "bookings.batch",
            "07_bookings_batch_array",
            "",
            "Id",
            1,
        ),
    ] {
        let page = spoiled(vendor, name, rows, id);
        let output = decode(&[vendor, operation], page.as_bytes());
        assert_eq!(
            output.status.code(),
            Some(0),
            "{operation}: {}",
            text(&output.stderr)
        );
        assert!(text(&output.stderr).contains("1 place could not be read"));
        let shown: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(
            shown["items"].as_array().unwrap().len(),
            left,
            "{operation}"
        );
        let rejected = shown["rejected"].as_array().unwrap();
        assert_eq!(rejected.len(), 1, "{operation}");
        assert_eq!(rejected[0]["index"], 1, "{operation}");
        assert_eq!(rejected[0]["path"], id, "{operation}");
        assert!(!rejected[0]["reason"].as_str().unwrap().is_empty());
    }
}

#[test]
fn an_unreadable_person_is_told_beside_the_lease() {
    let mut page: Value =
        serde_json::from_str(&sample("entrata", "10-getLeases-r2.response")).unwrap();
    let people = "/response/result/leases/lease/0/customers/customer";
    page.pointer_mut(people).unwrap()[1]["id"] = json!("?");
    let shown = read("entrata", "getLeases", &page.to_string());
    assert_eq!(shown["items"].as_array().unwrap().len(), 2);
    assert_eq!(shown["rejected"][0]["index"], 0);
    assert_eq!(shown["rejected"][0]["path"], "customers.customer[1].id");
}

#[test]
fn rows_of_which_none_can_be_read_are_told_and_the_exit_is_1() {
    for (vendor, operation, page) in [
        (
            "brivo",
            "groups.list",
            r#"{"data":[{"name":"?"}],"count":1}"#,
        ),
        (
            "entrata",
            "moveout",
            r#"{"response":{"code":200,"result":{"leases":{"lease":[{"id":"?"}]}}}}"#,
        ),
        (
            "nexudus",
            "teams.list",
            r#"{"Records":[{"Name":"?"}],"HasNextPage":false,"TotalItems":1}"#,
        ),
    ] {
        let output = decode(&[vendor, operation], page.as_bytes());
        assert_eq!(output.status.code(), Some(1), "{operation}");
        let shown: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(shown["items"], json!([]), "{operation}");
        assert_eq!(shown["rejected"][0]["index"], 0, "{operation}");
        assert_eq!(text(&output.stderr).lines().count(), 1);
    }
}

#[test]
fn an_empty_list_is_no_fault() {
    for (vendor, operation, page) in [
        ("brivo", "groups.list", r#"{"data":[],"count":0}"#),
        (
            "entrata",
            "getLeases",
            r#"{"response":{"code":200,"result":"No records found"}}"#,
        ),
        (
            "nexudus",
            "teams.list",
            r#"{"Records":[],"HasNextPage":false,"TotalItems":0}"#,
        ),
    ] {
        assert_eq!(
            read(vendor, operation, page)["items"],
            json!([]),
            "{operation}"
        );
    }
}
