//! A run that is asked to end.

use std::sync::atomic::{AtomicUsize, Ordering};

use access_sync_engine::{Progress, Stage};

use super::house::{ALL, House};

/// Says stop once so many people were done.
#[derive(Debug)]
struct After {
    people: usize,
    done: AtomicUsize,
}

impl Progress for After {
    fn at(&self, stage: Stage<'_>, done: usize, _: usize) {
        if stage == Stage::Applying {
            self.done.store(done, Ordering::SeqCst);
        }
    }

    fn stopped(&self) -> bool {
        self.done.load(Ordering::SeqCst) >= self.people
    }
}

#[tokio::test]
async fn whoever_is_under_way_is_finished_nobody_else_is_begun_and_the_next_run_goes_on() {
    let whole = House::new(ALL);
    whole.run().await;
    for people in [0, 1, 7, 20] {
        let house = House::new(ALL);
        let prepared = house.prepare().await;
        let all = prepared.steps.len();
        let stop = After {
            people,
            done: AtomicUsize::new(0),
        };
        let (engine, now) = (house.engine(), house.sandbox.now());
        let applied = engine.apply(&prepared, now, &stop).await.unwrap();
        assert!(applied.failed.is_empty());
        let done = applied.done.len();
        // Eight at once may be under way.
        assert!(done >= people && done <= people + 8, "{done} of {people}");
        assert!(house.ledger.open_intents().await.unwrap().is_empty());
        // Everybody is as before or as after, none between.
        let (before, after) = (House::new(ALL).state(), whole.state());
        for (id, state) in house.state() {
            let expected = [before.get(&id), after.get(&id)];
            assert!(expected.contains(&Some(&state)), "{id}: {state:?}");
        }
        let rest = house.run().await;
        assert_eq!(rest.done.len(), all - done);
        assert_eq!(house.state(), whole.state());
    }
}
