//! Figures that are promised of calls, with the calls counted.

use std::sync::Arc;

use access_sync_engine::access::brivo::BrivoAccess;
use access_sync_engine::ledger::MemoryLedger;
use access_sync_engine::source::entrata::EntrataSource;
use access_sync_engine::{Engine, Mapping, Quiet, Step};
use access_sync_sandbox::brivo::NewUser;
use access_sync_sandbox::entrata::{Customer, Lease, LeaseStatus, Property};
use access_sync_sandbox::{Sandbox, World};
use brivo_api::Tier;
use chrono::TimeDelta;

use super::house::clients;

/// A sandbox with residents, and an engine on it.
struct Town {
    sandbox: Arc<Sandbox>,
    engine: Engine,
}

impl Town {
    fn on(sandbox: Sandbox, mapping: &str) -> Self {
        let sandbox = Arc::new(sandbox);
        let mapping = Mapping::from_toml(mapping).unwrap();
        let clients = clients(&sandbox, Tier::Three, None);
        let engine = Engine::builder(BrivoAccess::new(clients.brivo), &mapping)
            .source(EntrataSource::new(clients.entrata, &mapping))
            .ledger(Arc::new(MemoryLedger::default()))
            .adopt_existing(true)
            .build()
            .unwrap();
        Self { sandbox, engine }
    }

    /// Properties with one group each.
    fn with_property_groups(properties: i64, residents: i64) -> Self {
        let sandbox = Sandbox::builder().world(World::empty()).unlistened();
        let (entrata, brivo) = (sandbox.entrata(), sandbox.brivo());
        let mut text = String::new();
        for property in 1..=properties {
            entrata.upsert_property(Property::new(property, "A property"));
            let group = brivo.add_group(&format!("Residents of {property}"));
            text += &format!(
                "[[property]]\nid = \"{property}\"\ntime_zone = \"America/Chicago\"\ncommon = [{group}]\n"
            );
        }
        let day = sandbox.now().date_naive() - TimeDelta::days(30);
        for number in 0..residents {
            let property = 1 + number % properties;
            let mut lease = Lease::new(400_000 + number, property, LeaseStatus::Current);
            lease.move_in = Some(day);
            let name = format!("Resident {number}");
            // An earlier run has made the user, and put it into the property's group.
            let user = brivo.add_user(NewUser {
                first_name: "Some".into(),
                last_name: name.clone(),
                external_id: Some(format!("access-sync:entrata:customer:{}", 600_000 + number)),
                ..NewUser::default()
            });
            let group = brivo.group_id(&format!("Residents of {property}"));
            assert!(brivo.add_member(user, group.unwrap()));
            let mut customer = Customer::new(600_000 + number, "Some", &name);
            customer.status = LeaseStatus::Current;
            customer.move_in = Some(day);
            lease.customers.push(customer);
            entrata.upsert_lease(lease);
        }
        Self::on(sandbox, &text)
    }

    /// A generated property with a group for each unit.
    fn with_unit_groups(seed: u64, residents: usize) -> Self {
        let world = World::generated(seed, residents, 0);
        let sandbox = Sandbox::builder().world(world).unlistened();
        let mut text =
            String::from("[policy]\nno_access = \"suspend\"\n[access]\ncredential_dates = true\n");
        for (property, doors) in &sandbox.map().properties {
            text += &format!(
                "[[property]]\nid = \"{property}\"\ntime_zone = \"America/Chicago\"\ncommon = [{}]\n",
                doors.residents_group
            );
            for (unit, group) in &doors.unit_groups {
                text += &format!("units.{unit} = [{group}]\n");
            }
        }
        Self::on(sandbox, &text)
    }

    fn made(&self) -> (u64, u64) {
        let brivo = self.sandbox.brivo();
        let calls = brivo.calls().into_iter().filter(|call| call.billed);
        let (reads, writes): (Vec<_>, Vec<_>) = calls.partition(|call| call.method == "GET");
        brivo.reset_calls();
        (reads.len() as u64, writes.len() as u64)
    }

    async fn run(&self) -> (u64, u64, u64, u64) {
        let now = self.sandbox.now();
        self.made();
        let prepared = self.engine.prepare(now, &Quiet).await.unwrap();
        let (reads, none) = self.made();
        assert_eq!(none, 0);
        let steps = prepared.steps.iter().flat_map(|it| &it.steps);
        let beside = |step: &&Step| !matches!(step, Step::Groups { .. });
        let beside: u64 = steps.filter(beside).map(Step::calls).sum();
        let applied = self.engine.apply(&prepared, now, &Quiet).await.unwrap();
        assert!(applied.failed.is_empty());
        let (_, writes) = self.made();
        (reads, writes, prepared.steps.len() as u64, beside)
    }
}

/// "Calls for a full observe of R residents in property-level groups ≤ 1.1 × (R/100 lists of users +
/// member lists)."
#[tokio::test]
async fn a_full_observation_takes_at_most_a_tenth_more_than_its_lists() {
    for (properties, residents) in [(1, 1_000), (3, 1_950), (8, 2_999)] {
        let town = Town::with_property_groups(properties, residents);
        let (reads, writes, ..) = town.run().await;
        let made = town.engine.ledger().made().await.unwrap();
        assert_eq!(made.memberships.len(), residents as usize);
        let brivo = town.sandbox.brivo().snapshot();
        let pages = |rows: usize| (rows as u64).div_ceil(100);
        let members: u64 = brivo.members.values().map(|it| pages(it.len())).sum();
        let needed = pages(brivo.users.len()) + members;
        assert_eq!(writes, 0);
        assert!(
            reads * 10 <= needed * 11,
            "{residents} residents: {reads} calls, {needed} lists"
        );
        println!("{residents} residents: {reads} calls, {needed} lists of users and members");
    }
}

/// "A day of churn ≤ 1.2 × one call per changed person plus credentials; an unchanged world costs no
/// write."
#[tokio::test]
async fn a_day_of_churn_takes_a_call_per_changed_person_and_an_unchanged_world_none() {
    let town = Town::with_unit_groups(7, 160);
    town.run().await;
    let (mut people_in_all, mut writes_in_all, mut beside_in_all) = (0, 0, 0);
    for day in 0..8 {
        let (_, writes, people, _) = town.run().await;
        assert_eq!((writes, people), (0, 0), "nothing has changed, day {day}");
        town.sandbox.advance_day();
        let (_, writes, people, beside) = town.run().await;
        assert!(
            writes * 10 <= people * 12 + beside * 10,
            "day {day}: {writes} writes for {people} people and {beside} calls beside groups"
        );
        people_in_all += people;
        writes_in_all += writes;
        beside_in_all += beside;
    }
    println!(
        "20 days: {people_in_all} changed people, {writes_in_all} writes, {beside_in_all} beside groups"
    );
    assert!(people_in_all > 10 && writes_in_all * 10 <= people_in_all * 12 + beside_in_all * 10);
}
