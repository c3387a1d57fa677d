//! What cannot be read, and what cannot be asked for.

use super::cases::CASES;
use super::{decode, fault, sample, text};

#[test]
fn nonsense_is_refused_in_one_line() {
    let megabyte = 1024 * 1024;
    let brackets = "[".repeat(megabyte);
    let closed = format!("{}{}", "[".repeat(megabyte / 2), "]".repeat(megabyte / 2));
    for (vendor, operation) in [
        ("brivo", "users.list"),
        ("brivo", "users.get"),
        ("brivo", "webhook"),
        ("brivo", "token"),
        ("brivo", "error"),
        ("entrata", "getStatus"),
        ("entrata", "getLeases"),
        ("entrata", "getLeasePickList"),
        ("entrata", "moveout"),
        ("entrata", "renewal"),
        ("entrata", "rate_limit"),
        ("nexudus", "coworkers.list"),
        ("nexudus", "coworkers.get"),
        ("nexudus", "bookings.batch"),
        ("nexudus", "webhook.BookingCreate"),
        ("nexudus", "write"),
        ("nexudus", "acs"),
        ("nexudus", "token"),
        ("nexudus", "error"),
    ] {
        for (input, words) in [
            ("", "blank"),
            (" \n\t", "blank"),
            ("<!doctype html><html>Sign in</html>", "HTML"),
            ("hello", "no JSON"),
            ("{\"data\":[{\"id\":1}", "no JSON"),
            ("{} {}", "no JSON"),
            ("\u{0}", "no JSON"),
            (brackets.as_str(), "no JSON"),
            (closed.as_str(), ""),
            ("null", ""),
            ("7", ""),
            ("\"text\"", ""),
            ("{}", ""),
        ] {
            // A list, if a strange one: its row is rejected.
            if operation == "bookings.batch" && input == closed {
                continue;
            }
            let line = fault(vendor, operation, input.as_bytes());
            assert!(line.contains(words), "{words} is not in: {line}");
        }
        fault(vendor, operation, b"\xff\xfe{\0}\0");
        fault(vendor, operation, b"\x1f\x8b\x08\0\0\0\0\0");
    }
}

#[test]
fn half_of_a_sample_is_never_read() {
    for (vendor, operation, name, ..) in CASES {
        let sample = sample(vendor, name);
        let half = &sample.as_bytes()[..sample.len() / 2];
        let line = fault(vendor, operation, half);
        assert!(line.contains("no JSON"), "{line}");
    }
}

#[test]
fn a_refusal_read_as_rows_tells_where_to_look() {
    let refusal = sample("entrata", "19-error-301-property-permission.response");
    let line = fault("entrata", "getLeases", refusal.as_bytes());
    assert!(
        line.contains("301") && line.contains("decode entrata error"),
        "{line}"
    );
}

#[test]
fn an_operation_that_there_is_not_lists_those_that_there_are() {
    for (vendor, asked, known) in [
        (
            "brivo",
            "users",
            [
                "users.list",
                "device_status.get",
                "webhook",
                "token",
                "error",
            ],
        ),
        (
            "entrata",
            "getleases",
            ["getLeases", "moveout", "renewal", "error", "rate_limit"],
        ),
        (
            "nexudus",
            "bookings.post",
            [
                "bookings.list",
                "coworkers.get",
                "write",
                "webhook.{action}",
                "acs",
            ],
        ),
        (
            "nexudus",
            "webhook.BookingExplode",
            [
                "bookings.list",
                "webhooks.list",
                "token",
                "error",
                "teams.get",
            ],
        ),
    ] {
        let output = decode(&[vendor, asked], b"{}");
        assert_eq!(output.status.code(), Some(2), "{vendor} {asked}");
        assert_eq!(text(&output.stdout), "");
        let line = text(&output.stderr);
        assert_eq!(line.lines().count(), 1, "{line}");
        for name in known {
            assert!(line.contains(name), "{name} is not in {line}");
        }
    }
}

#[test]
fn what_is_listed_can_be_asked_for() {
    for vendor in ["brivo", "entrata", "nexudus"] {
        let output = decode(&[vendor, "--list"], b"");
        assert_eq!(output.status.code(), Some(0), "{vendor}");
        let help = decode(&[vendor, "--help"], b"");
        let listed: Vec<_> = text(&output.stdout).lines().map(str::to_owned).collect();
        for (of, operation, ..) in CASES {
            let numbered = operation.ends_with(".6");
            assert!(
                *of != vendor || numbered || listed.iter().any(|name| name == operation),
                "{operation}"
            );
        }
        for operation in listed {
            if !operation.starts_with("webhook.") {
                assert!(
                    text(&help.stdout).contains(&operation),
                    "{operation} is not in the help"
                );
                // Known to the list and unknown to the client would be an error of its own.
                let line = fault(vendor, &operation, b"7");
                assert!(
                    !line.contains("no such operation") && !line.contains("nothing is called"),
                    "{line}"
                );
            }
        }
    }
}
