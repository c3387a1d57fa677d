//! Taking a run back, and who comes and goes.

use access_sync_sandbox::entrata::LeaseStatus;

use super::rehearsal::{Rehearsal, out};

#[test]
fn a_run_is_listed_shown_taken_back_and_stays_so_while_paused() {
    let rehearsal = Rehearsal::new();
    assert_eq!(
        rehearsal.json(&["rollback", "--list"])["runs"]
            .as_array()
            .unwrap()
            .len(),
        0
    );
    let nothing = rehearsal.fails(&["rollback", "--yes"], 1);
    assert!(nothing.contains("no run is left"), "{nothing}");
    rehearsal.told(&["apply", "--yes"]);
    let entrata = rehearsal.sandbox.entrata();
    let leases = entrata.leases();
    let lease = leases
        .iter()
        .find(|it| it.unit_id == Some(710_001))
        .unwrap();
    let user = format!("access-sync:entrata:customer:{}", lease.customers[0].id);
    let opens = || {
        let brivo = rehearsal.sandbox.brivo();
        brivo.can_open(
            user.as_str(),
            "Quarry Lofts Residents",
            rehearsal.sandbox.now(),
        )
    };
    assert!(opens());
    entrata.set_lease_status(lease.id, LeaseStatus::Cancelled);
    rehearsal.told(&["apply", "--yes"]);
    assert!(!opens());
    let runs = rehearsal.json(&["rollback", "--list"]);
    assert_eq!(runs["runs"][0]["run"], 2);
    assert_eq!(runs["runs"][0]["people"], 1);
    let shown = rehearsal.told(&["rollback", "--dry-run"]);
    assert!(
        shown.contains("reinstate") && shown.contains("put into"),
        "{shown}"
    );
    assert!(!opens());
    let done = rehearsal.told(&["rollback", "--yes", "--pause"]);
    assert!(done.contains("until `access-sync unhold 1`"), "{done}");
    assert!(
        done.contains("ends the pause") && !done.contains("finds nothing"),
        "{done}"
    );
    assert!(opens());
    rehearsal.told(&["apply", "--yes"]);
    assert!(opens(), "paused");
    rehearsal.told(&["unhold", "1"]);
    rehearsal.told(&["apply", "--yes"]);
    assert!(!opens());
    let again = rehearsal.fails(&["rollback", "2", "--yes"], 1);
    assert!(again.contains("was taken back"), "{again}");
    let listed = rehearsal.told(&["rollback", "--list"]);
    assert!(listed.contains("took run 2 back"), "{listed}");
}

#[test]
fn check_looks_for_marked_doors_and_run_tells_nexudus_who_came() {
    let rehearsal = Rehearsal::new();
    let file = rehearsal.path("access-sync.toml");
    let config = std::fs::read_to_string(&file).unwrap();
    let marked = |door: &str| {
        let text = format!(
            "{config}\n[presence]\nsell_passes = true\n[[presence.door]]\nid = {door}\nlocation = 1420000101\ndirection = \"in\"\n"
        );
        std::fs::write(&file, text).unwrap();
    };
    marked("614999");
    let output = rehearsal.run(&["check"]);
    assert!(
        out(&output).contains("door 614999: there is none"),
        "{}",
        out(&output)
    );
    marked("614001");
    let said = rehearsal.told(&["check"]);
    assert!(
        said.contains("door 614001 is Harbour Works Front Door"),
        "{said}"
    );

    rehearsal.told(&["apply", "--yes"]);
    let checkins = || {
        let calls = rehearsal.sandbox.nexudus().calls();
        let made = calls
            .iter()
            .filter(|it| it.operation == "POST /spaces/checkins");
        made.count()
    };
    // The first run only notes where the journal of doors stands.
    rehearsal.told(&["run", "--once"]);
    let member = "access-sync:nexudus:coworker:1415900201";
    assert!(
        rehearsal
            .sandbox
            .brivo()
            .try_door(member, "Harbour Works Front Door")
    );
    for _ in 0..2 {
        rehearsal.told(&["run", "--once"]);
        assert_eq!(checkins(), 1);
    }
}
