//! What was looked at, and only that: plans in files, and what the guard held back.

use serde_json::Value;

use super::doors::{UNIT_101, applied, opens};
use crate::rehearsal::{Rehearsal, err, out};

#[test]
fn what_looks_like_an_accident_needs_its_digest() {
    let rehearsal = applied();
    // Everybody of Harbor Point is said to have moved out yesterday.
    let entrata = rehearsal.sandbox.entrata();
    entrata.set_follows_clock(false);
    for lease in entrata.leases() {
        entrata.edit_lease(lease.id, |lease| {
            for customer in &mut lease.customers {
                customer.move_out = Some("2026-03-08".parse().unwrap());
            }
            lease.move_out = Some("2026-03-08".parse().unwrap());
        });
    }
    let output = rehearsal.run(&["plan", "--detailed-exitcode"]);
    assert_eq!(output.status.code(), Some(4), "{}", out(&output));
    assert!(
        out(&output).contains("held back by the guard"),
        "{}",
        out(&output)
    );
    let output = rehearsal.run(&["apply", "--yes"]);
    assert_eq!(
        output.status.code(),
        Some(4),
        "{}{}",
        out(&output),
        err(&output)
    );
    assert!(opens(&rehearsal, 610_001, UNIT_101), "nobody lost anything");

    let said = rehearsal.fails(&["apply", "--yes", "--approve", "abc"], 2);
    assert!(said.contains("--approve"), "{said}");
    let wrong = "0".repeat(64);
    assert_eq!(
        rehearsal
            .run(&["apply", "--yes", "--approve", &wrong])
            .status
            .code(),
        Some(4)
    );
    assert!(opens(&rehearsal, 610_001, UNIT_101));
    let digest = rehearsal.json(&["plan"])["changes_digest"]
        .as_str()
        .unwrap()
        .to_owned();
    rehearsal.told(&["apply", "--yes", "--approve", &digest]);
    assert!(!opens(&rehearsal, 610_001, UNIT_101));
}

#[test]
fn a_plan_in_a_file_is_applied_if_it_still_holds() {
    let rehearsal = Rehearsal::new();
    rehearsal.told(&["plan", "--out", "plan.json"]);
    let file = std::fs::read_to_string(rehearsal.path("plan.json")).unwrap();
    let plan: Value = serde_json::from_str(&file).unwrap();
    let people = plan["changes"].as_array().unwrap().len();
    assert!(people > 0 && plan["rollback"].as_array().unwrap().len() == people);
    assert!(!opens(&rehearsal, 610_001, UNIT_101));

    let applied = rehearsal.json(&["apply", "plan.json", "--yes", "--keep", "done.json"]);
    assert_eq!(applied["done"].as_array().unwrap().len(), people);
    assert!(opens(&rehearsal, 610_001, UNIT_101));
    let kept = std::fs::read_to_string(rehearsal.path("done.json")).unwrap();
    let kept: Value = serde_json::from_str(&kept).unwrap();
    assert_eq!(kept["changes"], plan["changes"]);

    let said = rehearsal.fails(&["apply", "plan.json", "--yes"], 1);
    assert!(said.contains("plan --out"), "{said}");
}

#[test]
fn a_plan_that_was_edited_or_overtaken_is_refused() {
    let rehearsal = Rehearsal::new();
    rehearsal.told(&["plan", "-o", "plan.json", "--good-for", "1"]);
    let file = std::fs::read_to_string(rehearsal.path("plan.json")).unwrap();
    let edited = file.replacen("\"add\": [", "\"add\": [\"880002\",", 1);
    assert_ne!(edited, file);
    std::fs::write(rehearsal.path("edited.json"), edited).unwrap();
    let said = rehearsal.fails(&["apply", "edited.json", "--yes"], 2);
    assert!(said.contains("edited"), "{said}");
    let said = rehearsal.fails(&["apply", "nowhere.json", "--yes"], 2);
    assert!(said.contains("plan --out nowhere.json"), "{said}");

    rehearsal.told(&["hold", "person", "610001", "--why", "court order 12-334"]);
    let said = rehearsal.fails(&["apply", "plan.json", "--yes"], 1);
    assert!(said.contains("another by now"), "{said}");

    rehearsal.sandbox.advance(chrono::TimeDelta::hours(2));
    let said = rehearsal.fails(&["apply", "plan.json", "--yes"], 1);
    assert!(said.contains("expired"), "{said}");
    assert!(!opens(&rehearsal, 610_002, UNIT_101));
}
