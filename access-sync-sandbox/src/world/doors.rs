//! Brivo: sites, doors, groups and a few people who are none of the sources' business.

use super::{PropertyDoors, World};
use crate::brivo::{ALWAYS, AccessPoint, BrivoState, CustomField, NewUser, Site};

pub(super) const HARBOR_POINT: i64 = 30_118;
pub(super) const QUARRY_LOFTS: i64 = 30_119;
pub(super) const HARBOUR_WORKS: i64 = 30_120;

/// Unit numbers of Harbor Point: 101 to 108 on the first floor, up to 608 on the sixth.
pub(super) fn unit_numbers() -> impl Iterator<Item = i64> {
    (1..=6).flat_map(|floor| (1..=8).map(move |n| floor * 100 + n))
}

pub(super) fn build(world: &mut World) {
    let now = world.instant;
    let brivo = &mut world.brivo;
    for (id, name, time_zone, street, city, state, postal_code) in [
        (
            HARBOR_POINT,
            "Harbor Point Flats",
            "US/Central",
            "10 Quay Street",
            "Milwaukee",
            "WI",
            "53202",
        ),
        (
            QUARRY_LOFTS,
            "Quarry Lofts",
            "US/Mountain",
            "88 Granite Way",
            "Denver",
            "CO",
            "80202",
        ),
        (
            HARBOUR_WORKS,
            "Harbour Works",
            "US/Pacific",
            "1 Pier Way",
            "Portland",
            "OR",
            "97209",
        ),
    ] {
        brivo.sites.insert(
            id,
            Site::new(id, name, time_zone, street, city, state, postal_code),
        );
    }
    let map = &mut world.map;
    for (property, residents, units) in [
        (
            100_234,
            880_001,
            unit_numbers().map(|n| (700_000 + n, 880_000 + n)).collect(),
        ),
        (
            100_235,
            881_001,
            (1..=6).map(|n| (710_000 + n, 881_100 + n)).collect(),
        ),
    ] {
        let doors = PropertyDoors {
            residents_group: residents,
            unit_groups: units,
        };
        map.properties.insert(property, doors);
    }
    map.locations.insert(1_420_000_101, 882_001);
    for (id, name) in [(3301, "Unit"), (3302, "Company")] {
        brivo
            .custom_fields
            .insert(id, CustomField::new(id, name, "TEXT"));
    }

    let lobby = door(brivo, 612_001, "Harbor Point Lobby", HARBOR_POINT);
    let garage = door(brivo, 612_002, "Harbor Point Garage Gate", HARBOR_POINT);
    group(brivo, 880_001, "Harbor Point Residents", &[lobby]);
    group(brivo, 880_002, "Harbor Point Garage", &[garage]);
    for number in unit_numbers() {
        let name = format!("Harbor Point Unit {number}");
        let own = door(brivo, 612_000 + number, &name, HARBOR_POINT);
        group(brivo, 880_000 + number, &name, &[own]);
    }

    let entrance = door(brivo, 613_001, "Quarry Lofts Entrance", QUARRY_LOFTS);
    group(brivo, 881_001, "Quarry Lofts Residents", &[entrance]);
    for number in 1..=6 {
        let name = format!("Quarry Lofts Unit {number}");
        let own = door(brivo, 613_100 + number, &name, QUARRY_LOFTS);
        group(brivo, 881_100 + number, &name, &[own]);
    }

    let front = door(brivo, 614_001, "Harbour Works Front Door", HARBOUR_WORKS);
    group(brivo, 882_001, "Harbour Works Members", &[front]);
    // Operators put the street door into the group of every room, desk and office.
    for (id, name) in [
        (11, "Cedar Room"),
        (12, "Birch Room"),
        (13, "Maple Room"),
        (14, "Phone Booth"),
        (15, "Event Loft"),
        (21, "Office 2A"),
        (22, "Desk 14"),
        (23, "Desk 15"),
        (24, "Desk 16"),
    ] {
        let own = door(brivo, 614_000 + id, name, HARBOUR_WORKS);
        group(brivo, 882_000 + id, name, &[front, own]);
    }

    let staff = |first: &str, last: &str, external_id: Option<&str>| NewUser {
        external_id: external_id.map(str::to_owned),
        first_name: first.to_owned(),
        last_name: last.to_owned(),
        email: Some(super::names::email(first, last, "example.com")),
        ..NewUser::default()
    };
    let people = [
        (
            staff("Walter", "Janitor", None),
            vec![880_001, 880_002, 882_001],
        ),
        (
            staff("Paula", "Manager", Some("staff:0007")),
            vec![880_001, 880_002, 881_001],
        ),
        (staff("Frank", "Courier", None), vec![880_001]),
        (
            staff("Gina", "Cleaner", Some("hr-2231")),
            vec![882_001, 882_011, 882_012, 882_013],
        ),
        (staff("Iris", "Owner", None), vec![881_001, 881_101]),
        (staff("Otto", "Formerly", Some("staff:0003")), vec![880_001]),
    ];
    for (person, groups) in people {
        let gone = person.last_name == "Formerly";
        let id = brivo.new_user(
            NewUser {
                suspended: gone,
                ..person
            },
            now,
        );
        for group in groups {
            brivo.join(id, group);
        }
    }
}

/// People of the houses themselves, who are nobody's to touch: in every group of residents.
pub(super) fn staff(world: &mut World) {
    let now = world.instant;
    let residents: Vec<i64> = world
        .map
        .properties
        .values()
        .map(|doors| doors.residents_group)
        .chain(world.map.locations.values().copied())
        .collect();
    for (n, groups) in residents.chunks(12).enumerate() {
        for (first, last, external_id) in [
            ("Walter", "Janitor", None),
            ("Paula", "Manager", Some(format!("staff:{n:04}"))),
        ] {
            let id = world.brivo.new_user(
                NewUser {
                    external_id,
                    first_name: first.to_owned(),
                    last_name: last.to_owned(),
                    email: Some(super::names::email(first, last, "example.com")),
                    ..NewUser::default()
                },
                now,
            );
            for group in groups {
                world.brivo.join(id, *group);
            }
        }
    }
}

fn door(brivo: &mut BrivoState, id: i64, name: &str, site: i64) -> i64 {
    brivo.put_access_point(AccessPoint::new(id, name, site), super::instant());
    id
}

fn group(brivo: &mut BrivoState, id: i64, name: &str, doors: &[i64]) {
    brivo.put_group(id, name);
    for door in doors {
        brivo.permit(id, *door, ALWAYS, false);
    }
}
