//! What must hold for any bytes that are given as a timeline document.

use access_sync_core::document::Document;
use access_sync_core::{Planner, Timeline, coverage, plan};

/// Reads, plans and writes; panics where a law is broken. Gives whether it was a document at all.
pub fn check(bytes: &[u8]) -> bool {
    let Ok(document) = Document::read(&mut serde_json::Deserializer::from_slice(bytes)) else {
        return false;
    };
    assert!(serde_json::to_writer(std::io::sink(), &document.output()).is_ok());

    let timeline = &document.timeline;
    let planned = plan(timeline);
    let found = coverage::check(timeline, &planned);
    assert!(found.is_exact(), "{:?}", found.exceptions);

    let reversed = timeline.records().iter().rev().cloned();
    let reversed = Timeline::new(timeline.time_zone)
        .policy(timeline.policy.clone())
        .with_records(reversed);
    assert_eq!(planned, plan(&reversed));

    let mut planner = Planner::new(timeline);
    let mut rest = timeline.clone();
    if let Some(record) = rest.records_mut().pop() {
        let id = record.id().clone();
        rest.records_mut().retain(|it| *it.id() != id);
        planner.remove(&id);
        assert_eq!(*planner.plan(), plan(&rest));
        rest.push(record.clone());
        planner.replace(record);
        assert_eq!(*planner.plan(), plan(&rest));
    }
    if let Some(window) = planned.windows().first() {
        let explained = planned.explain(&window.subject, &window.target, window.start);
        assert!(explained.active && !explained.to_string().is_empty());
    }
    true
}
