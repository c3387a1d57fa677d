//! Who comes and goes: from Brivo's journal of doors to Nexudus' check-ins.

use std::sync::Arc;
use std::time::Duration;

use access_sync_engine::access::brivo::BrivoAccess;
use access_sync_engine::events::brivo::BrivoPoller;
use access_sync_engine::events::{Hint, Poller as _};
use access_sync_engine::ledger::{Ledger, MemoryLedger, SqliteLedger};
use access_sync_engine::presence::{Attendance as _, NexudusAttendance, Presence, Told};
use access_sync_engine::run::{LoopOptions, Remembered, SyncLoop};
use access_sync_engine::source::nexudus::NexudusSource;
use access_sync_engine::{Engine, Mapping, Quiet};
use access_sync_http::Timer as _;
use access_sync_http::test_util::VirtualTimer;
use access_sync_sandbox::{Fault, FaultKind, Sandbox, Service};
use brivo_api::Tier;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join;
use nexudus_api::CheckinRow;

use super::crash::{Crashing, How};
use super::house::{Clients, House, clients};

/// The front door is the way in; who opens Cedar is taken to go, so that one person can do both.
const WORKS: &str = r#"
[[location]]
id = "1420000101"
time_zone = "America/Los_Angeles"
common = ["Harbour Works Members"]
from_source = true
[presence]
sell_passes = true
[[presence.door]]
id = 614001
location = 1420000101
direction = "in"
"#;
const IN: &str = "Harbour Works Front Door";
const OUT: &str = "Cedar Room";
/// Has booked Cedar at the time.
const BOOKER: &str = "nexudus:coworker:1415900212";

struct Office {
    sandbox: Arc<Sandbox>,
    timer: VirtualTimer,
    mapping: Mapping,
}

impl Office {
    fn new(more: &str) -> Self {
        let sandbox = Arc::new(Sandbox::builder().unlistened());
        let cedar = sandbox.brivo().doors().into_iter();
        let cedar = cedar.clone().find(|it| it.name == OUT).unwrap().id;
        let text = format!(
            "{WORKS}{more}\n[[presence.door]]\nid = {cedar}\nlocation = 1420000101\ndirection = \"out\"\n"
        );
        Self {
            timer: VirtualTimer::new(sandbox.now()),
            sandbox,
            mapping: Mapping::from_toml(&text).unwrap(),
        }
    }

    fn clients(&self) -> Clients {
        clients(&self.sandbox, Tier::Three, Some(&self.timer))
    }

    /// A process with a loop, which ends with the script.
    fn process<F: Future<Output = ()>>(&self, ledger: &Arc<dyn Ledger>, script: F) {
        let clients = self.clients();
        let source = Remembered::new(NexudusSource::new(clients.nexudus.clone(), &self.mapping));
        let engine = Engine::builder(BrivoAccess::new(clients.brivo.clone()), &self.mapping)
            .source(source.clone())
            .ledger(Arc::clone(ledger))
            .timer(Arc::new(self.timer.clone()))
            .worker("a")
            .build()
            .unwrap();
        let attendance = NexudusAttendance::new(clients.nexudus);
        let mut options = LoopOptions::default();
        options.every = TimeDelta::hours(6);
        let sync = SyncLoop::builder(engine, Arc::new(self.timer.clone()))
            .source(source)
            .poller(BrivoPoller::starting_at(clients.brivo, self.timer.wall()).only_doors())
            .presence(Presence::new(self.mapping.presence.clone(), attendance))
            .options(options)
            .build();
        let handle = sync.handle();
        let script = async {
            script.await;
            handle.stop();
        };
        self.timer.block_on(join(sync.run(), script));
    }

    async fn wait(&self, seconds: u64) {
        let until = self.timer.now() + Duration::from_secs(seconds);
        self.timer.sleep_until(until).await;
        self.sandbox.set_now(self.timer.wall());
    }

    fn goes_through(&self, door: &str) {
        let user = format!("access-sync:{BOOKER}");
        self.sandbox.set_now(self.timer.wall());
        assert!(self.sandbox.brivo().try_door(user.as_str(), door));
    }

    fn checkins(&self) -> Vec<CheckinRow> {
        let clients = self.clients();
        let list = async { clients.nexudus.checkins().list().all().await };
        let mut rows = self.timer.block_on(list).unwrap().items;
        rows.sort_by_key(|it| it.from_time);
        rows
    }
}

fn memory() -> Arc<dyn Ledger> {
    Arc::new(MemoryLedger::default())
}

#[test]
fn entries_and_exits_at_marked_doors_are_told_once_each() {
    let office = Office::new("");
    let ledger = memory();
    let mut at = Vec::new();
    office.process(&ledger, async {
        office.wait(90).await;
        for door in [IN, OUT, IN] {
            office.goes_through(door);
            at.push(office.timer.wall());
            office.wait(30).await;
        }
        office.wait(180).await;
    });
    let checkins = office.checkins();
    assert_eq!(checkins.len(), 2, "{checkins:?}");
    let seconds = |at: DateTime<Utc>| at.timestamp();
    assert_eq!(seconds(checkins[0].from_time), seconds(at[0]));
    assert_eq!(checkins[0].to_time.map(seconds), Some(seconds(at[1])));
    assert_eq!(seconds(checkins[1].from_time), seconds(at[2]));
    assert_eq!(checkins[1].to_time, None);
    assert_eq!(checkins[1].coworker_id.unwrap().to_string(), "1415900212");
    let kept = office.timer.block_on(ledger.doors(DateTime::UNIX_EPOCH));
    let told: Vec<_> = kept
        .unwrap()
        .into_iter()
        .map(|it| it.told.unwrap())
        .collect();
    assert_eq!(told, ["checked_in", "checked_out", "checked_in"]);
}

#[test]
fn what_happens_while_no_process_runs_is_told_by_the_next_and_nothing_is_told_again() {
    let folder = tempfile::tempdir().unwrap();
    let office = Office::new("");
    let open = || -> Arc<dyn Ledger> {
        Arc::new(SqliteLedger::open(folder.path().join("ledger.db")).unwrap())
    };
    office.process(&open(), async {
        office.wait(90).await;
        office.goes_through(IN);
        office.wait(90).await;
    });
    assert_eq!(office.checkins().len(), 1);
    office.goes_through(OUT);
    office.timer.block_on(office.wait(600));
    office.goes_through(IN);
    for _ in 0..3 {
        office.process(&open(), office.wait(120));
        let checkins = office.checkins();
        let ends: Vec<_> = checkins.iter().map(|it| it.to_time.is_some()).collect();
        assert_eq!(ends, [true, false]);
    }
    // Nobody is told of a day that is over.
    office.goes_through(OUT);
    office.timer.block_on(office.wait(13 * 3600));
    office.process(&open(), office.wait(120));
    assert_eq!(office.checkins()[1].to_time, None);
}

#[test]
fn a_process_that_ends_at_any_step_loses_no_event_and_tells_none_twice() {
    let mut ended = 0;
    for how in [How::Before, How::After] {
        for step in 0.. {
            let office = Office::new("");
            let inner = memory();
            // Its users are there already; what is broken off is the telling.
            office.process(&inner, office.wait(10));
            office.goes_through(IN);
            office.timer.block_on(office.wait(30));
            office.goes_through(OUT);
            let ledger = Crashing::new(Arc::clone(&inner), how, step);
            office.process(&(Arc::clone(&ledger) as _), office.wait(200));
            office.goes_through(IN);
            office.process(&inner, office.wait(300));
            let checkins = office.checkins();
            let ends: Vec<_> = checkins.iter().map(|it| it.to_time.is_some()).collect();
            assert_eq!(ends, [true, false], "{how:?} at step {step}");
            if !ledger.is_dead() {
                break;
            }
            ended += 1;
        }
    }
    assert!(ended > 8, "{ended} steps");
}

#[test]
fn a_source_that_does_not_answer_is_told_later() {
    let office = Office::new("");
    let ledger = memory();
    office.process(&ledger, async {
        office.wait(90).await;
        let fault = Fault::new(Service::Nexudus, FaultKind::Status(503));
        office
            .sandbox
            .inject(fault.operation("POST /spaces/checkins").times(3));
        office.goes_through(IN);
        office.wait(600).await;
    });
    assert_eq!(office.checkins().len(), 1);
}

#[test]
fn whoever_has_no_pass_is_not_sold_one_unless_that_is_asked_for() {
    let mut office = Office::new("");
    office.mapping.presence.sell_passes = false;
    let nexudus = office.sandbox.nexudus();
    let mut pass = nexudus.coworker_time_pass(1_419_000_713).unwrap();
    pass.used_date = Some(office.timer.wall());
    pass.remaining_uses = Some(0);
    nexudus.put_coworker_time_pass(1_419_000_713, pass);
    let ledger = memory();
    office.process(&ledger, async {
        office.wait(90).await;
        office.goes_through(IN);
        office.wait(120).await;
    });
    assert_eq!(office.checkins().len(), 0);
    let kept = office.timer.block_on(ledger.doors(DateTime::UNIX_EPOCH));
    assert_eq!(kept.unwrap()[0].told.as_deref(), Some("no_pass"));
}

#[test]
fn checking_in_and_out_twice_changes_nothing_more() {
    let office = Office::new("");
    let attendance = NexudusAttendance::new(office.clients().nexudus);
    let who = BOOKER.into();
    assert!(attendance.knows(&who) && !attendance.knows(&"entrata:customer:1".into()));
    let at = office.timer.wall();
    let place = "1420000101";
    let check_in = |at| {
        office
            .timer
            .block_on(attendance.check_in(&who, place, at, true))
    };
    let check_out = |at| office.timer.block_on(attendance.check_out(&who, place, at));
    let later = at + TimeDelta::minutes(9);
    assert_eq!(check_out(at).unwrap(), Told::NotIn);
    assert_eq!(check_in(at).unwrap(), Told::CheckedIn);
    assert_eq!(check_in(later).unwrap(), Told::AlreadyIn);
    assert_eq!(check_out(later).unwrap(), Told::CheckedOut);
    assert_eq!(check_out(later).unwrap(), Told::NotIn);
    // The same event again, after its person has left.
    assert_eq!(check_in(at).unwrap(), Told::AlreadyIn);
    assert_eq!(office.checkins().len(), 1);
}

#[test]
fn the_journal_of_changes_tells_where_to_look_once_and_goes_on_after_a_restart() {
    let office = Office::new("");
    let brivo = office.sandbox.brivo();
    let poller =
        |office: &Office| BrivoPoller::starting_at(office.clients().brivo, office.timer.wall());
    let first = poller(&office);
    let poll = |poller: &BrivoPoller| office.timer.block_on(poller.poll()).unwrap();
    assert!(poll(&first).hints.is_empty());
    office.timer.block_on(office.wait(60));
    let clients = office.clients();
    let change = async {
        let user = brivo.snapshot().users.values().next().unwrap().id;
        let users = clients.brivo.users();
        users
            .set_suspended(user.to_string().parse().unwrap(), true)
            .await
    };
    office.timer.block_on(change).unwrap();
    office.timer.block_on(office.wait(60));
    let polled = poll(&first);
    assert!(
        matches!(polled.hints.first(), Some(Hint::User(_) | Hint::Access)),
        "{polled:?}"
    );
    assert!(polled.doors.is_empty());
    assert!(poll(&first).hints.is_empty());
    let second = poller(&office);
    office
        .timer
        .block_on(second.resume(&polled.cursor.unwrap()));
    assert!(poll(&second).hints.is_empty());
    office.timer.block_on(second.resume("no cursor"));
    assert!(poll(&second).hints.is_empty());
}

#[tokio::test]
async fn marked_doors_are_looked_for_before_anything_is_written() {
    let house = House::new(&WORKS.replace("614001", "614999"));
    let now = house.sandbox.now();
    let report = house.engine().check_mapping(now, &Quiet).await.unwrap();
    assert_eq!(report.faults, ["presence: door 614999: there is none"]);
    let house = House::new(WORKS);
    let report = house.engine().check_mapping(now, &Quiet).await.unwrap();
    assert_eq!(report.faults, [""; 0]);
}
