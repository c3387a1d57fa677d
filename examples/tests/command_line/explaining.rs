//! `explain`.

use super::live::plain;
use crate::rehearsal::Rehearsal;

#[test]
fn explain_tells_since_when_until_when_and_why() {
    let rehearsal = Rehearsal::new();
    let said = rehearsal.told(&["explain", "610001", "unit 101"]);
    plain(&rehearsal, &said);
    for word in [
        "✓ Harbor Point Unit 101: opens since",
        "lease 410001",
        "America/Chicago",
        "access-sync apply",
    ] {
        assert!(said.contains(word), "{word} is not in {said}");
    }
    // A lease that begins on the 15th.
    let lease = rehearsal
        .sandbox
        .entrata()
        .leases()
        .into_iter()
        .find(|it| it.unit_id == Some(700_102))
        .unwrap();
    let person = format!("entrata:customer:{}", lease.customers[0].id);
    let it = rehearsal.json(&["explain", &person, "Harbor Point Unit 102"]);
    assert_eq!(it["doors"][0]["active"], false);
    assert_eq!(it["doors"][0]["until_utc"], "2026-03-15T15:00Z");
    assert_eq!(it["doors"][0]["reasons"][0]["verdict"], "not_yet_started");
    let it = rehearsal.json(&[
        "explain",
        &person,
        "Harbor Point Unit 102",
        "--at",
        "2026-03-15T15:00:00Z",
    ]);
    assert_eq!(it["doors"][0]["active"], true);
    // By name, in any case.
    let name = format!(
        "{} {}",
        lease.customers[0].first_name, lease.customers[0].last_name
    );
    assert!(
        rehearsal.json(&["explain", &name.to_uppercase()])["doors"]
            .as_array()
            .unwrap()
            .len()
            > 1
    );
}

#[test]
fn explain_knows_the_doors_behind_the_groups() {
    let rehearsal = Rehearsal::new();
    // A door that one group opens, by name, in any case, and by id.
    for door in ["Harbor Point Lobby", "harbor point lobby", "612001"] {
        let it = rehearsal.json(&["explain", "610001", door]);
        let point = &it["access_point"];
        assert_eq!(
            (&point["id"], &point["active"], &point["in_brivo_now"]),
            (&612_001.into(), &true.into(), &false.into()),
            "{it}"
        );
        assert_eq!(it["doors"][0]["name"], "Harbor Point Residents");
        assert_eq!(it["doors"][0]["schedule"], "Always Access");
    }
    let said = rehearsal.told(&["explain", "610001", "Harbor Point Lobby"]);
    plain(&rehearsal, &said);
    for word in [
        "✓ Harbor Point Lobby (door 612001): opens since",
        "through Harbor Point Residents",
        "lease 410001",
        "Always Access",
        "Brivo does not have it open yet",
    ] {
        assert!(said.contains(word), "{word} is not in {said}");
    }

    // The street door is in the group of every room: by the windows of all, joined.
    rehearsal.told(&["apply", "--yes"]);
    let plan = rehearsal.json(&["plan", "--all"]);
    let windows = plan["windows"].as_array().unwrap();
    let cedar = windows
        .iter()
        .find(|it| it["group_name"] == "Cedar Room")
        .unwrap();
    let (person, start) = (
        cedar["person"].as_str().unwrap(),
        cedar["start_utc"].as_str().unwrap(),
    );
    let start = start.replace("Z", ":00Z");
    let it = rehearsal.json(&[
        "explain",
        person,
        "Harbour Works Front Door",
        "--at",
        &start,
    ]);
    assert_eq!(it["access_point"]["active"], true, "{it}");
    let brivo = rehearsal.sandbox.brivo();
    let opens = brivo.can_open(
        &format!("access-sync:{person}"),
        "Harbour Works Front Door",
        rehearsal.sandbox.now(),
    );
    assert_eq!(it["access_point"]["in_brivo_now"], opens);

    // A group that no mapping knows, and in which somebody put the person.
    let user = brivo
        .user_by_external_id("access-sync:entrata:customer:610001")
        .unwrap()
        .id;
    let friends = brivo.add_group("Friends of the house");
    assert!(brivo.permit(friends, 612_002));
    let said = rehearsal.told(&["explain", "610001", "garage gate"]);
    assert!(said.contains("and through Friends of the house, in which they are not"));
    assert!(brivo.add_member(user, friends));
    let it = rehearsal.json(&["explain", "610001", "Harbor Point Garage Gate"]);
    assert_eq!(
        it["access_point"]["unmapped_groups"][0]["person_is_in"],
        true
    );
    assert_eq!(it["access_point"]["in_brivo_now"], true);
    let said = rehearsal.told(&["explain", "610001", "garage gate"]);
    assert!(said.contains("nothing here takes them out"), "{said}");
}

#[test]
fn a_door_is_found_by_part_of_its_name_where_no_group_is_called_so() {
    let rehearsal = Rehearsal::new();
    let it = rehearsal.json(&["explain", "610001", "lobb"]);
    assert_eq!(it["access_point"]["name"], "Harbor Point Lobby");
    let it = rehearsal.json(&["explain", "610001", "Harbor Point Unit 101"]);
    assert!(
        it.get("access_point").is_none(),
        "the group comes first: {it}"
    );
    let said = rehearsal.fails(&["explain", "610001", "699999"], 2);
    assert!(said.contains("no door of Brivo's"), "{said}");
}

#[test]
fn explain_says_what_to_do_where_nobody_or_several_are_meant() {
    let rehearsal = Rehearsal::new();
    let said = rehearsal.fails(&["explain", "Nobody Atall"], 2);
    assert!(said.contains("give an id"), "{said}");
    let said = rehearsal.fails(&["explain", "a"], 2);
    assert!(
        said.contains("may be any of") && said.contains("give the id"),
        "{said}"
    );
    let said = rehearsal.fails(&["explain", "610001", "Moon Gate"], 2);
    assert!(
        said.contains("no group of the mapping and no door"),
        "{said}"
    );
}
