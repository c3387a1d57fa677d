//! The engine against the sandbox, over HTTP: what it promises about people and doors.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use std::collections::BTreeSet;
use std::sync::Arc;

use access_sync_core::changes::UserAction;
use access_sync_core::guard::Approval;
use access_sync_core::ids::SubjectId;
use access_sync_engine::access::UserId;
use access_sync_engine::access::brivo::BrivoAccess;
use access_sync_engine::journal::{Outcome, Write};
use access_sync_engine::ledger::{Ledger as _, MemoryLedger};
use access_sync_engine::source::NoteCode;
use access_sync_engine::source::entrata::EntrataSource;
use access_sync_engine::source::nexudus::NexudusSource;
use access_sync_engine::{Engine, EngineError, Mapping, Prepared, Quiet};
use access_sync_http::NoRetry;
use access_sync_sandbox::brivo::NewUser;
use access_sync_sandbox::entrata::{LeaseStatus, PropertyAccess};
use access_sync_sandbox::{Fault, FaultKind, Sandbox, Service};
use brivo_api::{BrivoClient, Region};
use chrono::TimeDelta;
use entrata_api::{Auth, EntrataClient, Host};
use nexudus_api::NexudusClient;

const MAPPING: &str = r#"
[policy]
no_access = "suspend"
[[property]]
id = "100234"
time_zone = "America/Chicago"
common = ["Harbor Point Residents", "Harbor Point Garage"]
unit = "Harbor Point Unit {number}"
[[property]]
id = "100235"
time_zone = "America/Denver"
common = ["Quarry Lofts Residents"]
unit = "Quarry Lofts Unit {number}"
[[location]]
id = "1420000101"
time_zone = "America/Los_Angeles"
common = ["Harbour Works Members"]
from_source = true
"#;

struct House {
    sandbox: Sandbox,
    engine: Engine,
    ledger: Arc<MemoryLedger>,
}

impl House {
    async fn new() -> Self {
        Self::mapped(MAPPING).await
    }

    async fn mapped(mapping: &str) -> Self {
        let sandbox = Sandbox::builder().start().await.unwrap();
        let ledger = Arc::new(MemoryLedger::default());
        let engine = engine(&sandbox, mapping, &ledger, None);
        Self {
            sandbox,
            engine,
            ledger,
        }
    }

    async fn prepare(&self) -> Prepared {
        self.engine
            .prepare(self.sandbox.now(), &Quiet)
            .await
            .unwrap()
    }

    /// One whole run; answers how many people changed.
    async fn run(&self) -> usize {
        let prepared = self.prepare().await;
        let applied = self
            .engine
            .apply(&prepared, self.sandbox.now(), &Quiet)
            .await
            .unwrap();
        assert!(applied.failed.is_empty(), "{:?}", applied.failed);
        applied.done.len()
    }

    async fn entries(&self) -> Vec<(Write, Option<Outcome>)> {
        let newest_first = self.ledger.journal(usize::MAX).await.unwrap();
        let entries = newest_first.into_iter().rev();
        entries.map(|it| (it.intent.write, it.outcome)).collect()
    }

    fn writes(&self) -> Vec<String> {
        let calls = self.sandbox.brivo().calls();
        let writes = calls
            .into_iter()
            .filter(|call| call.method != "GET" && call.operation != "POST /oauth/token");
        writes.map(|call| call.operation).collect()
    }

    /// Everybody's groups by external id, those of people without one included.
    fn memberships(&self) -> BTreeSet<(String, i64)> {
        let snapshot = self.sandbox.brivo().snapshot();
        let of = |id: &i64| {
            snapshot.users[id]
                .external_id
                .clone()
                .unwrap_or_else(|| format!("by hand {id}"))
        };
        snapshot
            .members
            .iter()
            .flat_map(|(group, ids)| ids.iter().map(|id| (of(id), *group)))
            .collect()
    }

    /// A user of ours, as an earlier run would have left it.
    fn ours(&self, subject: &str, groups: &[&str]) -> i64 {
        let brivo = self.sandbox.brivo();
        let external_id = Some(format!("access-sync:{subject}"));
        let user = brivo.add_user(NewUser {
            first_name: "Early".into(),
            last_name: "Run".into(),
            external_id,
            ..NewUser::default()
        });
        for group in groups {
            assert!(brivo.add_member(user, brivo.group_id(group).unwrap()));
        }
        user
    }

    /// One that the ledger knows.
    async fn adopted(&self, subject: &str, groups: &[&str]) {
        let user = UserId(self.ours(subject, groups).to_string());
        let (now, subject) = (self.sandbox.now(), SubjectId::new(subject));
        let adopted = self.engine.adopt(now, &user, &subject, &Quiet).await;
        adopted.unwrap();
    }

    /// The Entrata customer who moved out of unit 105 in February.
    fn moved_out(&self) -> String {
        let leases = self.sandbox.entrata().leases();
        let lease = leases
            .iter()
            .find(|lease| lease.unit_id == Some(700_105) && lease.status == LeaseStatus::Past)
            .unwrap();
        format!("entrata:customer:{}", lease.customers[0].id)
    }
}

fn engine(
    sandbox: &Sandbox,
    mapping: &str,
    ledger: &Arc<MemoryLedger>,
    approval: Option<Approval>,
) -> Engine {
    let mapping = Mapping::from_toml(mapping).unwrap();
    let (brivo, login) = (sandbox.brivo(), sandbox.brivo().credentials());
    let brivo = BrivoClient::builder()
        .region(Region::Custom {
            auth: brivo.auth_url(),
            api: brivo.api_url(),
        })
        .api_key(login.api_key)
        .client(login.client_id, login.client_secret)
        .password(login.username, login.password)
        .limiter(Arc::new(access_sync_http::Unlimited))
        .retry(Arc::new(NoRetry))
        .build()
        .unwrap();
    let (entrata, login) = (sandbox.entrata(), sandbox.entrata().credentials());
    let entrata = EntrataClient::builder()
        .host(Host::Custom(entrata.gateway_url()))
        .auth(Auth::api_key(login.api_key))
        .limiter(Arc::new(access_sync_http::Unlimited))
        .retry(Arc::new(NoRetry))
        .build()
        .unwrap();
    let (nexudus, login) = (sandbox.nexudus(), sandbox.nexudus().credentials());
    let nexudus = NexudusClient::builder()
        .base(nexudus.base_url())
        .basic(login.email, login.password)
        .limiter(Arc::new(access_sync_http::Unlimited))
        .retry(Arc::new(NoRetry))
        .build()
        .unwrap();
    let mut builder = Engine::builder(BrivoAccess::new(brivo), &mapping)
        .ledger(Arc::clone(ledger) as _)
        .adopt_existing(true);
    if let Some(approval) = approval {
        builder = builder.approval(approval);
    }
    builder
        .source(EntrataSource::new(entrata, &mapping))
        .source(NexudusSource::new(nexudus, &mapping))
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_second_run_makes_no_write() {
    let house = House::new().await;
    assert!(house.run().await > 50);
    house.sandbox.brivo().reset_calls();
    assert_eq!(house.run().await, 0);
    assert_eq!(house.writes(), [""; 0]);
}

#[tokio::test]
async fn each_person_costs_one_group_call_and_the_prediction_holds() {
    let house = House::new().await;
    let prepared = house.prepare().await;
    let changing = prepared
        .changes()
        .people
        .iter()
        .filter(|it| !it.add.is_empty() || !it.remove.is_empty())
        .count();
    house.sandbox.brivo().reset_calls();
    house
        .engine
        .apply(&prepared, house.sandbox.now(), &Quiet)
        .await
        .unwrap();
    let writes = house.writes();
    assert_eq!(
        writes
            .iter()
            .filter(|it| *it == "POST /users/{id}/groups")
            .count(),
        changing
    );
    assert_eq!(writes.len() as u64, prepared.predicted_calls());
}

#[tokio::test]
async fn reading_looks_at_lists_and_at_nobody_in_particular() {
    let house = House::new().await;
    house.run().await;
    house.sandbox.brivo().reset_calls();
    let prepared = house.prepare().await;
    let read: Vec<_> = house
        .sandbox
        .brivo()
        .calls()
        .into_iter()
        .filter(|call| call.billed)
        .map(|call| call.operation)
        .collect();
    let known = ["GET /users", "GET /groups", "GET /groups/{id}/users"];
    assert!(
        read.iter()
            .all(|operation| known.contains(&operation.as_str())),
        "{read:?}"
    );
    assert_eq!(read.len(), prepared.feed.managed.len() + 2);
}

#[tokio::test]
async fn doors_follow_the_plan_at_every_transition_of_a_week() {
    let house = House::new().await;
    house.run().await;
    let end = house.sandbox.now() + TimeDelta::days(7);
    let mut steps = 0;
    loop {
        let plan = house.prepare().await.plan().clone();
        let Some(next) = plan
            .next_transition(house.sandbox.now())
            .filter(|next| next.at <= end)
        else {
            break;
        };
        house.sandbox.set_now(next.at);
        house.run().await;
        let prepared = house.prepare().await;
        assert!(
            prepared.changes().is_empty(),
            "at {}: {:?}",
            next.at,
            prepared.changes().people
        );
        for subject in prepared.feed.people.keys() {
            for target in &prepared.feed.managed {
                let opens = house.sandbox.brivo().can_open(
                    &house.engine.external_id(subject),
                    prepared.directory.name(target),
                    next.at,
                );
                assert_eq!(
                    opens,
                    prepared.plan().is_active(subject, target, next.at),
                    "{subject} at {target}, {}",
                    next.at
                );
            }
        }
        steps += 1;
    }
    assert!(steps > 15, "only {steps} transitions");
}

#[tokio::test]
async fn whoever_we_did_not_make_is_left_alone() {
    let house = House::new().await;
    let foreign = |house: &House| {
        house
            .memberships()
            .into_iter()
            .filter(|(id, _)| !id.starts_with("access-sync:"))
            .collect::<BTreeSet<_>>()
    };
    let before = foreign(&house);
    assert!(before.len() >= 8, "{before:?}");
    house.run().await;
    assert_eq!(foreign(&house), before);
    let reported = house.prepare().await.changes().findings.len();
    assert!(
        reported >= 8,
        "unmanaged memberships are reported, saw {reported}"
    );
}

#[tokio::test]
async fn somebody_who_moved_out_loses_the_doors_and_somebody_unknown_keeps_them() {
    let house = House::new().await;
    let gone = house.moved_out();
    house.ours(&gone, &["Harbor Point Unit 105"]);
    house.ours("entrata:customer:699999", &["Harbor Point Unit 607"]);
    let prepared = house.prepare().await;
    let unverified: Vec<_> = prepared
        .unverified
        .iter()
        .map(|it| it.subject.as_str())
        .collect();
    assert_eq!(unverified, ["entrata:customer:699999"]);
    house.run().await;
    let now = house.sandbox.now();
    assert!(!house.sandbox.brivo().can_open(
        format!("access-sync:{gone}").as_str(),
        "Harbor Point Unit 105",
        now
    ));
    assert!(house.sandbox.brivo().can_open(
        "access-sync:entrata:customer:699999",
        "Harbor Point Unit 607",
        now
    ));
}

#[tokio::test]
async fn a_roommate_who_left_without_a_day_of_their_own_loses_the_doors_at_once() {
    let house = House::new().await;
    let leases = house.sandbox.entrata().leases();
    let lease = leases
        .iter()
        .find(|it| it.unit_id == Some(700_103))
        .unwrap();
    let roommate = format!("access-sync:entrata:customer:{}", lease.customers[0].id);
    house.run().await;
    let opens = |house: &House| {
        let now = house.sandbox.now();
        house
            .sandbox
            .brivo()
            .can_open(roommate.as_str(), "Harbor Point Unit 103", now)
    };
    assert!(opens(&house), "the lease runs until the end of the month");
    assert!(house.sandbox.entrata().edit_lease(lease.id, |lease| {
        lease.customers[0].status = LeaseStatus::Past;
        lease.customers[0].move_out = None;
    }));
    house.run().await;
    assert!(!opens(&house));
}

#[tokio::test]
async fn nothing_is_removed_while_a_property_cannot_be_read_and_grants_go_on() {
    let house = House::new().await;
    let gone = house.moved_out();
    house.adopted(&gone, &["Harbor Point Unit 105"]).await;
    house
        .sandbox
        .entrata()
        .set_property_access(100_235, PropertyAccess::NotGranted);
    let prepared = house.prepare().await;
    assert!(
        prepared
            .notes()
            .iter()
            .any(|note| note.code == NoteCode::NotPermitted)
    );
    assert!(prepared.changes().guard.tripped);
    assert!(
        prepared
            .changes()
            .people
            .iter()
            .all(|it| it.remove.is_empty()
                && it.user_action.is_none_or(|it| it == UserAction::Reinstate))
    );
    assert!(prepared.changes().people.len() > 40);
    house.run().await;
    let opens = house.sandbox.brivo().can_open(
        format!("access-sync:{gone}").as_str(),
        "Harbor Point Unit 105",
        house.sandbox.now(),
    );
    assert!(opens, "the removal was held back");
}

#[tokio::test]
async fn a_short_page_of_any_list_stops_all_removals() {
    for (service, operation) in [
        (Service::Entrata, "getLeases"),
        (Service::Nexudus, "GET /spaces/bookings"),
        (Service::Nexudus, "GET /billing/coworkercontracts"),
        (Service::Brivo, "GET /users"),
        (Service::Brivo, "GET /groups/{id}/users"),
    ] {
        let house = House::new().await;
        house.run().await;
        let gone = house.moved_out();
        house.adopted(&gone, &["Harbor Point Unit 105"]).await;
        house.sandbox.inject(
            Fault::new(service, FaultKind::ShortPage { missing: 2 })
                .operation(operation)
                .times(1_000),
        );
        let prepared = house.prepare().await;
        assert!(!prepared.feed.missing.is_empty(), "{operation}");
        assert!(
            prepared
                .changes()
                .people
                .iter()
                .all(|it| it.remove.is_empty()),
            "{operation}"
        );
        assert!(!prepared.changes().withheld.is_empty(), "{operation}");
    }
}

#[tokio::test]
async fn an_answer_that_is_no_answer_ends_the_run_and_changes_nothing() {
    for kind in [
        FaultKind::Blank,
        FaultKind::Html,
        FaultKind::Truncated,
        FaultKind::Status(503),
    ] {
        let house = House::new().await;
        house.run().await;
        let before = house.memberships();
        house.sandbox.inject(
            Fault::new(Service::Nexudus, kind)
                .operation("GET /spaces/bookings")
                .times(1),
        );
        let error = house
            .engine
            .prepare(house.sandbox.now(), &Quiet)
            .await
            .unwrap_err();
        assert!(error.to_string().contains("nexudus"), "{kind:?}: {error}");
        assert_eq!(house.memberships(), before);
    }
}

#[tokio::test]
async fn a_source_that_answers_with_nothing_takes_nothing_away() {
    let house = House::new().await;
    house.run().await;
    let before = house.memberships();
    for lease in house.sandbox.entrata().leases() {
        house.sandbox.entrata().remove_lease(lease.id);
    }
    let prepared = house.prepare().await;
    assert!(
        prepared
            .feed
            .missing
            .iter()
            .any(|it| it.contains("no record at all")),
        "{:?}",
        prepared.feed.missing
    );
    house.run().await;
    assert_eq!(house.memberships(), before);
}

#[tokio::test]
async fn a_mass_removal_needs_approval_by_its_digest() {
    let house = House::new().await;
    house.run().await;
    let before = house.memberships();
    for lease in house.sandbox.entrata().leases() {
        house
            .sandbox
            .entrata()
            .set_lease_status(lease.id, LeaseStatus::Cancelled);
    }
    let prepared = house.prepare().await;
    assert!(prepared.changes().guard.tripped && !prepared.changes().guard.approved);
    house.run().await;
    assert_eq!(
        house.memberships(),
        before,
        "the guard held everything back"
    );

    let approval = Approval {
        digest: prepared.changes().digest(),
        expires: house.sandbox.now() + TimeDelta::hours(1),
    };
    let approved = engine(&house.sandbox, MAPPING, &house.ledger, Some(approval));
    let prepared = approved.prepare(house.sandbox.now(), &Quiet).await.unwrap();
    assert!(prepared.changes().guard.approved);
    approved
        .apply(&prepared, house.sandbox.now(), &Quiet)
        .await
        .unwrap();
    let residents: Vec<_> = house
        .memberships()
        .into_iter()
        .filter(|(id, _)| id.starts_with("access-sync:entrata"))
        .collect();
    assert_eq!(residents, []);
}

#[tokio::test]
async fn a_connection_that_breaks_after_a_user_was_made_does_not_make_a_second_one() {
    let house = House::new().await;
    house.sandbox.inject(
        Fault::new(Service::Brivo, FaultKind::ClosedAfter)
            .operation("POST /users")
            .times(3),
    );
    house.run().await;
    assert_eq!(house.run().await, 0);
    let users = house.sandbox.brivo().snapshot().users;
    let ids: Vec<_> = users
        .values()
        .filter_map(|user| user.external_id.clone())
        .collect();
    assert_eq!(ids.len(), ids.iter().collect::<BTreeSet<_>>().len());
}

#[tokio::test]
async fn one_person_s_failure_stops_nobody_else_and_the_next_run_mends_it() {
    let house = House::new().await;
    let prepared = house.prepare().await;
    house.sandbox.inject(
        Fault::new(Service::Brivo, FaultKind::Status(500))
            .operation("POST /users/{id}/groups")
            .after(5)
            .times(2),
    );
    let applied = house
        .engine
        .apply(&prepared, house.sandbox.now(), &Quiet)
        .await
        .unwrap();
    assert_eq!(applied.failed.len(), 2);
    assert_eq!(applied.done.len() + 2, prepared.changes().people.len());
    assert_eq!(house.run().await, 2);
    assert_eq!(house.run().await, 0);
}

#[tokio::test]
async fn every_write_stands_in_the_journal_with_its_outcome() {
    let house = House::new().await;
    house.sandbox.brivo().reset_calls();
    house.sandbox.inject(
        Fault::new(Service::Brivo, FaultKind::Status(500))
            .operation("POST /users/{id}/groups")
            .times(1),
    );
    let prepared = house.prepare().await;
    house
        .engine
        .apply(&prepared, house.sandbox.now(), &Quiet)
        .await
        .unwrap();
    let entries = house.entries().await;
    assert_eq!(entries.len(), house.writes().len());
    // Nobody can say what became of a call that was answered by a fault of the server's: it stays
    // open until the next run has looked.
    let open: Vec<_> = entries.iter().filter(|(_, it)| it.is_none()).collect();
    assert!(
        matches!(open.as_slice(), [(Write::ChangeGroups { .. }, _)]),
        "{open:?}"
    );
    house.run().await;
    let entries = house.entries().await;
    assert!(entries.iter().all(|(_, outcome)| outcome.is_some()));
    let settled = |it: &&(Write, Option<Outcome>)| it.1 == Some(Outcome::FoundUndone);
    assert_eq!(entries.iter().filter(settled).count(), 1);
}

#[tokio::test]
async fn whoever_loses_access_comes_before_whoever_gets_it() {
    let house = House::new().await;
    let gone = house.moved_out();
    house.ours(&gone, &["Harbor Point Unit 105"]);
    house.run().await;
    let entries = house.entries().await;
    let removal = entries.iter().position(
        |(write, _)| matches!(write, Write::ChangeGroups { remove, .. } if !remove.is_empty()),
    );
    let suspension = entries.iter().position(|(write, _)| {
        matches!(
            write,
            Write::SetSuspended {
                suspended: true,
                ..
            }
        )
    });
    let grant = entries
        .iter()
        .position(|(write, _)| matches!(write, Write::CreateUser { .. }));
    assert!(
        removal < suspension && suspension < grant,
        "{removal:?} {suspension:?} {grant:?}"
    );
}

#[tokio::test]
async fn a_cancelled_booking_closes_the_room_and_suspends_whoever_has_nothing_else() {
    let house = House::new().await;
    house.run().await;
    let now = house.sandbox.now();
    let booker = "access-sync:nexudus:coworker:1415900212";
    assert!(house.sandbox.brivo().can_open(booker, "Cedar Room", now));
    house
        .sandbox
        .nexudus()
        .cancel_booking(1_418_700_601)
        .unwrap();
    house
        .sandbox
        .nexudus()
        .cancel_booking(1_418_700_602)
        .unwrap();
    house.run().await;
    assert!(!house.sandbox.brivo().can_open(booker, "Cedar Room", now));
    assert!(
        house
            .sandbox
            .brivo()
            .user_by_external_id(booker)
            .unwrap()
            .suspended
    );
}

#[tokio::test]
async fn a_guarantor_a_company_and_a_suspended_customer_get_no_user() {
    let house = House::new().await;
    house.run().await;
    for subject in [
        "entrata:customer:610003",
        "nexudus:coworker:1415900203",
        "nexudus:coworker:1415900211",
        "nexudus:coworker:1415900210",
    ] {
        assert!(
            house
                .sandbox
                .brivo()
                .user_by_external_id(&format!("access-sync:{subject}"))
                .is_none(),
            "{subject}"
        );
    }
    for member in [204, 205, 206] {
        let id = format!("access-sync:nexudus:coworker:1415900{member}");
        assert!(
            house
                .sandbox
                .brivo()
                .can_open(id.as_str(), "Office 2A", house.sandbox.now()),
            "the payer's team uses the office"
        );
    }
}

#[tokio::test]
async fn a_group_that_does_not_exist_is_reported_and_the_rest_goes_on() {
    let house = House::mapped(&MAPPING.replace("Harbor Point Garage", "Harbor Point Garag")).await;
    let prepared = house.prepare().await;
    let note = prepared
        .notes()
        .iter()
        .find(|note| note.code == NoteCode::UnknownGroup)
        .unwrap();
    assert!(
        note.text.contains("\"Harbor Point Garag\" does not exist"),
        "{}",
        note.text
    );
    assert!(house.run().await > 50);
}

#[tokio::test]
async fn what_was_prepared_long_ago_is_not_applied() {
    let house = House::new().await;
    let prepared = house.prepare().await;
    let later = house.sandbox.now() + TimeDelta::minutes(16);
    let error = house
        .engine
        .apply(&prepared, later, &Quiet)
        .await
        .unwrap_err();
    assert!(matches!(error, EngineError::Stale(_)));
    assert_eq!(house.writes(), [""; 0]);
}

#[tokio::test]
async fn nothing_that_is_printed_names_a_person() {
    let house = House::new().await;
    let prepared = house.prepare().await;
    let printed = format!("{prepared:?} {:?}", house.engine);
    for person in prepared.feed.people.values() {
        for word in [
            &person.last_name,
            person.email.as_ref().unwrap_or(&person.last_name),
        ] {
            assert!(!printed.contains(word.as_str()), "{word} is printed");
        }
    }
}
