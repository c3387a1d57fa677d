//! The loop by itself: what wakes it, what it does without its sources, how it ends.

use std::sync::Arc;
use std::time::Duration;

use access_sync_engine::events::Hint;
use access_sync_engine::ledger::MemoryLedger;
use access_sync_engine::run::{Activity, LoopHandle, Status};
use access_sync_http::Timer as _;
use access_sync_http::test_util::VirtualTimer;
use access_sync_sandbox::nexudus::Booking;
use access_sync_sandbox::{Clock, Fault, FaultKind, Sandbox, Service, World};
use chrono::{DateTime, TimeDelta, TimeZone as _, Utc};
use futures_util::future::join;

use crate::sim::dice::Dice;
use crate::sim::oracle::coworker;
use crate::sim::rig::{Rig, State};
use crate::sim::{Worker, sync_loop, world};

/// A small world without faults, and a loop on it.
struct Stage {
    rig: Arc<Rig>,
    handle: LoopHandle,
}

impl Stage {
    /// Plays `script` beside the loop, then ends the loop.
    fn play<F: Future<Output = ()>>(script: impl FnOnce(Arc<Self>) -> F) -> Status {
        Self::play_by(Worker::new(0, Arc::new(MemoryLedger::default())), script)
    }

    fn play_by<F: Future<Output = ()>>(
        worker: Worker,
        script: impl FnOnce(Arc<Self>) -> F,
    ) -> Status {
        let start = Utc.with_ymd_and_hms(2026, 5, 5, 9, 7, 0).unwrap();
        let sandbox = Sandbox::builder()
            .world(World::empty())
            .clock(Clock::frozen(start))
            .unlistened();
        let truth = world::build(&sandbox, &mut Dice::new(5), start);
        let timer = VirtualTimer::new(start);
        let state = State::new(truth, Dice::new(5), 0, vec!["access-sync".into()]);
        let rig = Rig::new(sandbox, timer, state);
        let sync = sync_loop(&rig, &worker, 4);
        let stage = Arc::new(Self {
            rig: Arc::clone(&rig),
            handle: sync.handle(),
        });
        let handle = sync.handle();
        let script = async {
            script(stage).await;
            handle.stop();
        };
        let (status, ()) = rig.timer.block_on(join(sync.run(), script));
        status
    }

    async fn wait(&self, minutes: u64) {
        let until = self.rig.timer.now() + Duration::from_secs(60 * minutes);
        self.rig.timer.sleep_until(until).await;
        self.rig.now();
    }

    fn now(&self) -> DateTime<Utc> {
        self.rig.now()
    }

    /// Somebody without a contract books Birch, and Nexudus tells of it; answers who.
    fn book(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> i64 {
        let truth = self.rig.state().truth.clone();
        let who = *truth.coworkers.keys().last().unwrap();
        let (room, _) = truth
            .resources
            .iter()
            .find(|(_, name)| *name == "Birch")
            .unwrap();
        let booking = Booking::new(*room, Some(who), from, to);
        let id = self.rig.sandbox.nexudus().add_booking(booking);
        self.handle.hint([Hint::Booking(id.to_string())]);
        who
    }

    fn opens(&self, who: i64, door: &str) -> bool {
        let id = format!("access-sync:{}", coworker(who));
        let brivo = self.rig.sandbox.brivo();
        brivo.can_open(id.as_str(), door, self.now())
    }

    fn writes(&self) -> u64 {
        self.rig.state().writes
    }

    fn nexudus_is_down(&self, down: bool) {
        let nexudus = self.rig.sandbox.nexudus();
        for entity in ["coworkers", "bookings", "coworkercontracts", "teams"] {
            nexudus.set_denied(entity, down);
        }
    }
}

#[test]
fn a_window_begins_and_ends_at_its_instants_without_any_event() {
    Stage::play(|stage| async move {
        let start = stage.now();
        let who = stage.book(start + TimeDelta::hours(3), start + TimeDelta::hours(4));
        stage.wait(2 * 60 + 44).await; // the buffer before it is fifteen minutes
        assert!(!stage.opens(who, "Birch"));
        stage.wait(2).await;
        assert!(stage.opens(who, "Birch") && stage.opens(who, "Lobby"));
        stage.wait(88).await;
        assert!(stage.opens(who, "Birch"));
        stage.wait(2).await;
        assert!(!stage.opens(who, "Birch") && !stage.opens(who, "Lobby"));
    });
}

#[test]
fn hints_of_a_source_that_the_engine_does_not_have_keep_no_loop_busy() {
    let leases_only = Worker {
        bookings: false,
        ..Worker::new(0, Arc::new(MemoryLedger::default()))
    };
    let status = Stage::play_by(leases_only, |stage| async move {
        let start = stage.now();
        stage.wait(10).await;
        stage.book(start, start + TimeDelta::hours(1));
        stage.wait(10).await;
    });
    assert!((1..=2).contains(&status.runs), "{}", status.runs);
}

#[test]
fn a_window_that_ends_ends_while_its_source_is_down() {
    Stage::play(|stage| async move {
        let start = stage.now();
        let who = stage.book(start, start + TimeDelta::hours(4));
        stage.wait(1).await;
        assert!(stage.opens(who, "Birch"));
        stage.nexudus_is_down(true);
        stage.wait(4 * 60 + 13).await;
        assert!(stage.opens(who, "Birch"));
        let status = stage.handle.status();
        let nexudus = status
            .sources
            .iter()
            .find(|it| it.name == "Nexudus")
            .unwrap();
        assert!(
            nexudus.failures > 0 && nexudus.error.is_some(),
            "{nexudus:?}"
        );
        stage.wait(2).await;
        assert!(!stage.opens(who, "Birch"));
    });
}

#[test]
fn nothing_is_taken_away_on_the_word_of_a_source_that_has_been_silent_for_more_than_a_day() {
    Stage::play(|stage| async move {
        let start = stage.now();
        let who = stage.book(start, start + TimeDelta::hours(30));
        stage.wait(1).await;
        stage.nexudus_is_down(true);
        stage.wait(31 * 60).await;
        assert!(stage.opens(who, "Birch"));
        let status = stage.handle.status();
        assert!(
            status.incomplete.iter().any(|it| it.contains("Nexudus")),
            "{status:?}"
        );
        // It is late by then, and says so.
        assert!(status.lag_seconds > 0);
        stage.nexudus_is_down(false);
        stage.wait(20).await;
        assert!(!stage.opens(who, "Birch"));
        assert_eq!(stage.handle.status().lag_seconds, 0);
    });
}

#[test]
fn a_hint_is_looked_at_within_seconds_and_many_at_once() {
    Stage::play(|stage| async move {
        stage.wait(1).await;
        let runs = stage.handle.status().runs;
        let who = stage.book(stage.now(), stage.now() + TimeDelta::hours(1));
        for id in 0..20 {
            stage.handle.hint([Hint::Booking(id.to_string())]);
        }
        stage.wait(1).await;
        assert!(stage.opens(who, "Birch"));
        assert_eq!(stage.handle.status().runs, runs + 1);
    });
}

#[test]
fn an_event_by_itself_changes_no_door() {
    Stage::play(|stage| async move {
        stage.wait(1).await;
        let (writes, runs) = (stage.writes(), stage.handle.status().runs);
        stage.handle.hint([Hint::Everything, Hint::Access]);
        stage.wait(1).await;
        assert_eq!(stage.writes(), writes);
        assert!(stage.handle.status().runs > runs);
    });
}

#[test]
fn one_person_s_failure_is_tried_again_and_stops_nobody_else() {
    Stage::play(|stage| async move {
        stage.wait(1).await;
        let who = stage.book(stage.now(), stage.now() + TimeDelta::hours(9));
        let fault = Fault::new(Service::Brivo, FaultKind::Status(500)).operation("POST /users");
        stage.rig.sandbox.inject(fault.times(u32::MAX));
        stage.wait(20).await;
        assert!(!stage.opens(who, "Birch"));
        let status = stage.handle.status();
        let [trouble] = status.people.as_slice() else {
            panic!("{:?}", status.people);
        };
        assert_eq!(trouble.subject, coworker(who).as_str());
        assert!((3..12).contains(&trouble.attempts), "{trouble:?}");
        assert!(status.lag_seconds > 600 && status.activity == Activity::Idle);
        stage.rig.sandbox.clear_faults();
        stage.wait(16).await;
        assert!(stage.opens(who, "Birch"));
        assert_eq!(stage.handle.status().people, []);
    });
}

#[test]
fn while_the_doors_do_not_answer_it_waits_longer_and_longer_and_then_catches_up() {
    Stage::play(|stage| async move {
        stage.wait(1).await;
        let who = stage.book(stage.now(), stage.now() + TimeDelta::hours(40));
        let fault = Fault::new(Service::Brivo, FaultKind::ClosedBefore);
        stage.rig.sandbox.inject(fault.times(u32::MAX));
        stage.wait(5).await;
        let early = stage.handle.status();
        assert_eq!(early.activity, Activity::Failing);
        stage.wait(240).await;
        let late = stage.handle.status();
        let tries = late.runs - early.runs;
        assert!((8..=20).contains(&tries), "{tries} tries in four hours");
        stage.rig.sandbox.clear_faults();
        stage.wait(16).await;
        assert!(stage.opens(who, "Birch"));
        assert_eq!(stage.handle.status().access.failures, 0);
    });
}

#[test]
fn the_status_tells_what_comes_next_as_json_and_names_nobody() {
    let status = Stage::play(|stage| async move {
        let start = stage.now();
        let who = stage.book(start + TimeDelta::hours(1), start + TimeDelta::hours(2));
        stage.wait(1).await;
        let status = stage.handle.status();
        let next = status.next_transition.clone().unwrap();
        assert_eq!(next.subject, coworker(who).as_str());
        assert_eq!((next.at - start).num_minutes(), 45);
        assert_eq!(next.change, "grant");
        let text = serde_json::to_string(&status).unwrap();
        assert!(
            !text.contains("Cora") && !text.contains("@example.com"),
            "{text}"
        );
    });
    assert_eq!(status.activity, Activity::Stopped);
}

#[test]
fn the_loop_can_be_spawned() {
    fn spawnable<T: Send>(_: &T) {}
    Stage::play(|stage| async move {
        let ledger = Arc::new(MemoryLedger::default());
        let sync = sync_loop(&stage.rig, &Worker::new(0, ledger), 4);
        spawnable(&sync.run());
        spawnable(&sync.handle());
    });
}
