//! Reading a document, beside reading it as JSON alone.

use access_sync_benches::{fastest, line};
use access_sync_core::Timeline;
use access_sync_core::document::Document;
use access_sync_core::record::Record;
use std::fmt::Write as _;

/// Writes the timeline as a document, and reads it.
pub fn run(timeline: &Timeline, runs: usize) {
    let mut text = String::from(r#"{"time_zone": "America/New_York", "records": ["#);
    for (number, record) in timeline.records().iter().enumerate() {
        let Record::Lease(it) = record else { continue };
        let comma = if number == 0 { "" } else { "," };
        let end = it
            .move_out
            .date()
            .map_or("null".into(), |end| format!("\"{end}\""));
        write!(
            text,
            r#"{comma}{{"kind":"lease","id":"{}","resident":"{}","target":"{}","status":"Current","move_in":"{}","move_out":{end},"time_zone":"{}"}}"#,
            it.id, it.resident, it.target, it.move_in.date().unwrap(), it.time_zone.unwrap()
        )
        .unwrap();
    }
    text.push_str("]}");
    let read = || Document::read(&mut serde_json::Deserializer::from_str(&text)).unwrap();
    assert_eq!(read().timeline.records(), timeline.records());
    let ours = fastest(runs, read);
    let floor = fastest(runs, || {
        serde_json::from_str::<serde_json::Value>(&text).unwrap()
    });
    println!("\ndocument of {:.1} MB", text.len() as f64 / 1e6);
    line("Document::read", ours, timeline.records().len(), ours);
    line(
        "serde_json::Value alone",
        floor,
        timeline.records().len(),
        ours,
    );
    println!("  {:.0} MB/s", text.len() as f64 / 1e6 / ours.as_secs_f64());
}
