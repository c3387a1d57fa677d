use access_sync_engine::Quiet;
use access_sync_sandbox::nexudus::Visitor;
use chrono::TimeDelta;

use super::house::House;

#[tokio::test]
async fn everything_that_the_mapping_names_is_looked_for_before_anything_is_written() {
    let house = House::new(
        r#"
[[property]]
id = "100235"
time_zone = "America/Denver"
common = ["Quarry Loft Residents"]
units.999 = ["Quarry Lofts Unit 1"]
unit_spaces.998 = [1]
[[property]]
id = "100236"
time_zone = "America/Denver"
[[location]]
id = "77"
time_zone = "America/Los_Angeles"
resources.5 = ["Cedar Room"]
visitors = ["Nobody"]
"#,
    );
    let report = house
        .engine()
        .check_mapping(house.sandbox.now(), &Quiet)
        .await;
    let report = report.unwrap();
    for part in [
        "property 100235: common: group \"Quarry Loft Residents\" does not exist",
        "property 100235: units.999: there is none",
        "property 100235: unit_spaces.998: group 1 does not exist",
        "property 100235: unit_spaces.998: there is none",
        "property 100236: not among those",
        "location 77: not among those",
        "location 77: resources.5: there is none",
        "location 77: visitors: group \"Nobody\" does not exist",
    ] {
        assert!(
            report.faults.iter().any(|it| it.starts_with(part)),
            "{part}: {:#?}",
            report.faults
        );
    }
    assert!(!report.is_good());
    assert!(report.into_result().unwrap_err().faults().len() >= 8);
    assert_eq!(house.writes(), [""; 0]);
    let good = House::new(super::house::ALL);
    let report = good
        .engine()
        .check_mapping(good.sandbox.now(), &Quiet)
        .await
        .unwrap();
    assert_eq!(report.faults, [""; 0]);
}

#[tokio::test]
async fn plans_passes_and_a_location_s_own_minutes_open_their_groups() {
    let plain = r#"
[[location]]
id = "1420000101"
time_zone = "America/Los_Angeles"
from_source = true
"#;
    let house = House::new(plain);
    house.run().await;
    let contracts = house.sandbox.nexudus().contracts();
    let (_, contract) = contracts
        .iter()
        .find(|(_, it)| it.coworker_id == 1_415_900_217)
        .unwrap();
    let who = "nexudus:coworker:1415900217";
    assert!(!house.opens(who, "Phone Booth"));
    let plans = format!("plans.{} = [\"Phone Booth\"]\n", contract.tariff_id);
    let mapped = House::new(&format!("{plain}{plans}"));
    mapped.run().await;
    assert!(mapped.opens(who, "Phone Booth"));

    // Booking 615 starts at 10:10 and it is 10:00: inside fifteen minutes, outside five.
    let early = |house: &House| {
        let booking = house.sandbox.nexudus().booking(1_418_700_615).unwrap();
        let who = format!("nexudus:coworker:{}", booking.coworker_id.unwrap());
        let resource = house
            .sandbox
            .nexudus()
            .resource(booking.resource_id)
            .unwrap();
        house.opens(&who, &resource.name)
    };
    assert!(early(&house));
    let strict = House::new(&format!("{plain}buffer_before_min = 5\n"));
    strict.run().await;
    assert!(!early(&strict));
    strict.sandbox.advance(TimeDelta::minutes(5));
    strict.run().await;
    assert!(early(&strict));
}

#[tokio::test]
async fn a_day_pass_opens_for_the_day_on_which_it_was_used() {
    let house = House::new(
        r#"
[[location]]
id = "1420000101"
time_zone = "America/Los_Angeles"
passes.1416900601 = ["Harbour Works Members"]
"#,
    );
    house.run().await;
    let passes = house.sandbox.nexudus().coworker_time_passes();
    let today = house.sandbox.now() - TimeDelta::hours(17);
    let used = passes
        .iter()
        .find(|(_, it)| it.used_date.is_some_and(|at| at > today));
    let Some((_, pass)) = used else {
        panic!("the world has a pass that was used today: {passes:?}");
    };
    let who = format!("nexudus:coworker:{}", pass.coworker_id);
    assert!(house.opens(&who, "Harbour Works Members"));
    house.sandbox.advance(TimeDelta::days(1));
    house.run().await;
    assert!(!house.opens(&who, "Harbour Works Members"));
}

#[tokio::test]
async fn a_contract_for_a_kind_of_desk_opens_that_kind_s_groups() {
    let house = House::new(
        r#"
[[location]]
id = "1420000101"
time_zone = "America/Los_Angeles"
common = ["Harbour Works Members"]
desk_variants.77 = ["Phone Booth"]
desk_variants.78 = ["Maple Room"]
"#,
    );
    let nexudus = house.sandbox.nexudus();
    let who = "nexudus:coworker:1415900217";
    let contracts = nexudus.contracts();
    let (id, _) = contracts
        .iter()
        .find(|(_, it)| it.coworker_id == 1_415_900_217)
        .unwrap();
    house.run().await;
    assert!(!house.opens(who, "Phone Booth"));
    nexudus.edit_contract(*id, |it| it.desk_variants = vec![77, 99]);
    house.run().await;
    assert!(house.opens(who, "Phone Booth") && house.opens(who, "Harbour Works Members"));
    nexudus.edit_contract(*id, |it| it.desk_variants = vec![78]);
    house.run().await;
    assert!(house.opens(who, "Maple Room") && !house.opens(who, "Phone Booth"));
}

#[tokio::test]
async fn a_location_s_own_day_ends_when_it_says() {
    let world = |cutoff: &str| {
        House::new(&format!(
            r#"
[[location]]
id = "1420000101"
time_zone = "America/Los_Angeles"
passes.1416900601 = ["Harbour Works Members"]
visitors = ["Harbour Works Members"]
{cutoff}
"#
        ))
    };
    // The pass was used today, and the visitor comes at noon; midnight in Portland is seven in UTC.
    for (cutoff, end) in [("", 7), ("day_cutoff = \"04:00\"", 11)] {
        let house = world(cutoff);
        let now = house.sandbox.now();
        let midnight = (now + TimeDelta::days(1))
            .date_naive()
            .and_time(chrono::NaiveTime::MIN);
        let end = midnight.and_utc() + TimeDelta::hours(end);
        let visitor = Visitor::new(1_420_000_101, "Vera Visit", "vera@example.com", now);
        let visitor = house.sandbox.nexudus().add_visitor(visitor);
        let passes = house.sandbox.nexudus().coworker_time_passes();
        let today = now - TimeDelta::hours(17);
        let used = passes
            .iter()
            .find(|(_, it)| it.used_date.is_some_and(|at| at > today));
        let pass = format!("nexudus:coworker:{}", used.unwrap().1.coworker_id);
        let visitor = format!("nexudus:visitor:{visitor}");
        house.run().await;
        for who in [&pass, &visitor] {
            assert!(house.opens(who, "Harbour Works Members"), "{who} {cutoff}");
        }
        let plan = house.prepare().await;
        let ends = plan.plan().windows().iter().filter_map(|it| it.end);
        let ends: std::collections::BTreeSet<_> = ends.collect();
        assert!(ends.contains(&end), "{ends:?}");
        house.sandbox.set_now(end - TimeDelta::minutes(1));
        house.run().await;
        assert!(house.opens(&pass, "Harbour Works Members"), "{cutoff}");
        house.sandbox.set_now(end);
        house.run().await;
        assert!(!house.opens(&pass, "Harbour Works Members"), "{cutoff}");
    }
}
