//! What a hint costs: the source is asked for what the hint names, and for no more.

use std::collections::BTreeMap;
use std::sync::Arc;

use access_sync_engine::access::brivo::BrivoAccess;
use access_sync_engine::events::Hint;
use access_sync_engine::ledger::MemoryLedger;
use access_sync_engine::run::Remembered;
use access_sync_engine::source::entrata::EntrataSource;
use access_sync_engine::source::nexudus::NexudusSource;
use access_sync_engine::{Engine, Mapping, Quiet};
use access_sync_sandbox::entrata::{Customer, LeaseStatus};
use access_sync_sandbox::nexudus::Booking;
use access_sync_sandbox::{Fault, FaultKind, Sandbox, Service};
use brivo_api::Tier;
use chrono::TimeDelta;

use super::house::{ALL, clients, run};

/// An engine on remembered sources, as the loop has it.
struct Kept {
    sandbox: Arc<Sandbox>,
    engine: Engine,
    entrata: Remembered,
    nexudus: Remembered,
}

impl Kept {
    /// Everything was read and put right once.
    async fn new() -> Self {
        let sandbox = Arc::new(Sandbox::builder().unlistened());
        let mapping = Mapping::from_toml(ALL).unwrap();
        let clients = clients(&sandbox, Tier::Three, None);
        let entrata = Remembered::new(EntrataSource::new(clients.entrata, &mapping));
        let nexudus = Remembered::new(NexudusSource::new(clients.nexudus, &mapping));
        let engine = Engine::builder(BrivoAccess::new(clients.brivo), &mapping)
            .source(entrata.clone())
            .source(nexudus.clone())
            .ledger(Arc::new(MemoryLedger::default()))
            .build()
            .unwrap();
        let kept = Self {
            sandbox,
            engine,
            entrata,
            nexudus,
        };
        kept.run().await;
        kept
    }

    /// One run; answers the calls to Entrata and to Nexudus, by operation.
    async fn run(&self) -> (Calls, Calls) {
        self.sandbox.entrata().reset_calls();
        self.sandbox.nexudus().reset_calls();
        run(&self.engine, &self.sandbox).await;
        (
            counted(self.sandbox.entrata().calls()),
            counted(self.sandbox.nexudus().calls()),
        )
    }

    fn hint(&self, hint: Hint) {
        for source in [&self.entrata, &self.nexudus] {
            source.hint([hint.clone()]);
        }
    }

    fn opens(&self, subject: &str, door: &str) -> bool {
        let id = format!("access-sync:{subject}");
        let brivo = self.sandbox.brivo();
        brivo.can_open(id.as_str(), door, self.sandbox.now())
    }

    /// A whole reading later there is nothing left to change.
    async fn agrees_with_the_whole(&self) {
        self.entrata.expire();
        self.nexudus.expire();
        let now = self.sandbox.now();
        let prepared = self.engine.prepare(now, &Quiet).await.unwrap();
        assert_eq!(prepared.steps, []);
    }
}

type Calls = BTreeMap<String, usize>;

fn counted(calls: Vec<access_sync_sandbox::Call>) -> Calls {
    let mut counted = Calls::new();
    for call in calls {
        *counted.entry(call.operation).or_default() += 1;
    }
    counted
}

fn calls<const N: usize>(expected: [(&str, usize); N]) -> Calls {
    expected
        .into_iter()
        .map(|(name, count)| (name.to_owned(), count))
        .collect()
}

#[tokio::test]
async fn without_a_hint_nobody_is_asked_and_a_lease_is_read_by_its_id() {
    let kept = Kept::new().await;
    assert_eq!(kept.run().await, (Calls::new(), Calls::new()));
    let entrata = kept.sandbox.entrata();
    let lease = entrata
        .leases()
        .into_iter()
        .find(|it| it.unit_id == Some(710_001));
    let lease = lease.unwrap();
    let who = format!("entrata:customer:{}", lease.customers[0].id);
    assert!(kept.opens(&who, "Quarry Lofts Residents"));
    entrata.set_lease_status(lease.id, LeaseStatus::Cancelled);
    kept.hint(Hint::Lease(lease.id.to_string()));
    let (leases, bookings) = kept.run().await;
    // The lease and its property's units, of two properties with hundreds of rows.
    assert_eq!(leases, calls([("getLeases", 1), ("getPropertyUnits", 1)]));
    assert_eq!(bookings, Calls::new());
    assert!(!kept.opens(&who, "Quarry Lofts Residents"));
    assert_eq!(kept.run().await, (Calls::new(), Calls::new()));
    kept.agrees_with_the_whole().await;
}

#[tokio::test]
async fn a_lease_that_was_never_seen_and_a_hint_at_everything_read_the_whole() {
    let kept = Kept::new().await;
    let whole = calls([
        ("getLeases", 2),
        ("getProperties", 1),
        ("getPropertyUnits", 2),
    ]);
    for hint in [
        Hint::Lease("999999".into()),
        Hint::Source("entrata:".into()),
    ] {
        kept.hint(hint);
        let (leases, bookings) = kept.run().await;
        assert_eq!((leases, bookings), (whole.clone(), Calls::new()));
    }
}

#[tokio::test]
async fn a_resident_is_read_with_all_their_leases_new_ones_too() {
    let kept = Kept::new().await;
    let entrata = kept.sandbox.entrata();
    let lease = entrata
        .leases()
        .into_iter()
        .find(|it| it.unit_id == Some(710_001));
    let lease = lease.unwrap();
    let who = lease.customers[0].clone();
    // A second lease at the other property, from today on.
    let units = entrata.units().into_iter();
    let mut free = units.filter(|it| it.property_id == 100_234 && it.number == "508");
    let unit = free.next().unwrap();
    let mut second =
        access_sync_sandbox::entrata::Lease::new(419_999, 100_234, LeaseStatus::Current);
    second.unit_id = Some(unit.id);
    second.move_in = kept.sandbox.now().date_naive().pred_opt();
    let mut customer = Customer::new(who.id, &who.first_name, &who.last_name);
    customer.status = LeaseStatus::Current;
    customer.move_in = second.move_in;
    second.customers.push(customer);
    entrata.upsert_lease(second);
    let subject = format!("entrata:customer:{}", who.id);
    kept.hint(Hint::Person(subject.as_str().into()));
    let (leases, _) = kept.run().await;
    assert_eq!(leases, calls([("getLeases", 2), ("getPropertyUnits", 2)]));
    assert!(kept.opens(&subject, "Harbor Point Residents"));
    assert!(kept.opens(&subject, "Quarry Lofts Residents"));
    kept.agrees_with_the_whole().await;
}

#[tokio::test]
async fn a_booking_is_read_by_its_id_new_moved_or_cancelled() {
    let kept = Kept::new().await;
    let nexudus = kept.sandbox.nexudus();
    let now = kept.sandbox.now();
    let birch = 1_414_925_102;
    let who = "nexudus:coworker:1415900218";
    assert!(!kept.opens(who, "Birch Room"));
    let booking = Booking::new(birch, Some(1_415_900_218), now, now + TimeDelta::hours(2));
    let id = nexudus.add_booking(booking);
    let hint = Hint::Booking(id.to_string());
    kept.hint(hint.clone());
    let (leases, bookings) = kept.run().await;
    let by_id = calls([
        ("GET /spaces/bookings?id=[]", 1),
        ("GET /spaces/coworkers?id=[]", 1),
        ("GET /spaces/resources?id=[]", 1),
    ]);
    assert_eq!((leases, &bookings), (Calls::new(), &by_id));
    assert!(kept.opens(who, "Birch Room"));

    nexudus.edit_booking(id, |it| it.from = now + TimeDelta::hours(1));
    kept.hint(hint.clone());
    assert_eq!(kept.run().await.1, by_id);
    assert!(!kept.opens(who, "Birch Room"));
    nexudus.edit_booking(id, |it| it.from = now);
    kept.hint(hint.clone());
    kept.run().await;
    assert!(kept.opens(who, "Birch Room"));

    nexudus.cancel_booking(id).unwrap();
    kept.hint(hint);
    let (_, bookings) = kept.run().await;
    let gone = calls([
        ("GET /spaces/bookings?id=[]", 1),
        ("GET /spaces/cancelledbookings", 1),
    ]);
    assert_eq!(bookings, gone);
    assert!(!kept.opens(who, "Birch Room"));
    kept.agrees_with_the_whole().await;
}

#[tokio::test]
async fn a_coworker_is_read_with_what_they_have_and_a_contract_with_its_people() {
    let kept = Kept::new().await;
    let nexudus = kept.sandbox.nexudus();
    let who = "nexudus:coworker:1415900201";
    assert!(kept.opens(who, "Harbour Works Members"));
    nexudus.edit_coworker(1_415_900_201, |it| it.active = false);
    kept.hint(Hint::Person(who.into()));
    let (leases, bookings) = kept.run().await;
    assert_eq!(leases, Calls::new());
    let lists = bookings.get("GET /spaces/coworkers").copied().unwrap_or(0)
        + bookings.get("GET /spaces/resources").copied().unwrap_or(0);
    assert_eq!(lists, 0, "{bookings:?}");
    assert_eq!(bookings["GET /spaces/coworkers?id=[]"], 1);
    assert!(!kept.opens(who, "Harbour Works Members"));
    kept.agrees_with_the_whole().await;
    nexudus.edit_coworker(1_415_900_201, |it| it.active = true);
    kept.hint(Hint::Person(who.into()));
    kept.run().await;
    assert!(kept.opens(who, "Harbour Works Members"));

    // Acme's contract is its team's.
    let contracts = nexudus.contracts();
    let (id, _) = contracts
        .iter()
        .find(|(_, it)| it.coworker_id == 1_415_900_203)
        .unwrap();
    let member = "nexudus:coworker:1415900205";
    assert!(kept.opens(member, "Harbour Works Members"));
    let yesterday = kept.sandbox.now() - TimeDelta::days(1);
    nexudus.edit_contract(*id, |it| {
        it.cancellation = Some(yesterday);
        it.active = Some(false);
    });
    kept.hint(Hint::Contract(id.to_string()));
    let (_, bookings) = kept.run().await;
    assert_eq!(bookings["GET /billing/coworkercontracts?id=[]"], 1);
    assert!(
        !bookings.contains_key("GET /spaces/bookings"),
        "{bookings:?}"
    );
    assert!(!kept.opens(member, "Harbour Works Members"));
    kept.agrees_with_the_whole().await;
}

#[tokio::test]
async fn what_cannot_be_read_by_itself_is_read_with_the_whole_and_takes_nothing_away() {
    let kept = Kept::new().await;
    let who = "nexudus:coworker:1415900212";
    assert!(kept.opens(who, "Cedar Room"));
    // Nobody knows the first; the answers to the others do not come, or cannot be read.
    let batch = |kind| Fault::new(Service::Nexudus, kind).operation("GET /spaces/bookings?id=[]");
    for (id, fault) in [
        ("999", None),
        ("1418700601", Some(FaultKind::Status(503))),
        ("1418700601", Some(FaultKind::Html)),
    ] {
        if let Some(kind) = fault {
            kept.sandbox.inject(batch(kind).times(1));
        }
        kept.hint(Hint::Booking(id.into()));
        let (leases, bookings) = kept.run().await;
        assert_eq!(leases, Calls::new());
        assert_eq!(bookings["GET /spaces/bookings"], 1, "{id}: {bookings:?}");
        assert!(kept.opens(who, "Cedar Room"));
    }
    // A room that is hinted at may be anything.
    kept.hint(Hint::Place("1414925101".into()));
    let (leases, bookings) = kept.run().await;
    assert_eq!(leases["getLeases"], 2);
    assert_eq!(bookings["GET /spaces/bookings"], 1);
}
