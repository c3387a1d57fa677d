//! The planner alone: no network, no clock, no runtime. Records in, windows and reasons out.
//!
//! `cargo run --example planner_alone`.
#![allow(clippy::print_stdout, reason = "an example prints")]

use access_sync_core::changes::{Actual, ChangeOptions, Membership, changes};
use access_sync_core::record::{Booking, Hold, Lease, LeaseStatus, Span};
use access_sync_core::{Timeline, plan};
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let utc = |text: &str| text.parse::<DateTime<Utc>>();
    let local = |text: &str| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M");
    let timeline = Timeline::new(chrono_tz::America::New_York)
        // Moves in on the day on which clocks go forward: 10:00 is 14:00 UTC, no longer 15:00.
        .record(
            Lease::new("lease-1", "ana", "unit 302", LeaseStatus::Future)
                .move_in(NaiveDate::from_ymd_opt(2026, 3, 8))
                .move_out("2026-09-30"),
        )
        // Wall-clock times of the place; fifteen minutes are added on either side.
        .record(Booking::new(
            "booking-1",
            "ben",
            "Cedar Room",
            "confirmed",
            Span::Local {
                from: local("2026-03-09 10:00")?,
                to: local("2026-03-09 11:00")?,
            },
        ))
        // A hold beats every other record.
        .record(
            Hold::new("hold-1", "ana", "*", utc("2026-05-01T00:00:00Z")?)
                .until(utc("2026-05-02T00:00:00Z")?),
        );

    let plan = plan(&timeline);
    for window in plan.windows() {
        let end = window.end.map_or("open".into(), |end| end.to_string());
        println!(
            "{} opens {}: {} to {end}",
            window.subject, window.target, window.start
        );
    }
    for at in ["2026-03-09T13:50:00Z", "2026-05-01T12:00:00Z"] {
        for (who, what) in [("ana", "unit 302"), ("ben", "Cedar Room")] {
            println!("{}", plan.explain(&who.into(), &what.into(), utc(at)?));
        }
    }

    // What would have to change, in a system where nobody has anything but the janitor, who is not ours.
    let actual = Actual::new([Membership::foreign("janitor", "unit 302")]);
    let todo = changes(
        &plan,
        &actual,
        utc("2026-03-09T13:50:00Z")?,
        &ChangeOptions::default(),
    );
    for action in todo.actions() {
        println!("{action:?}");
    }
    for finding in &todo.findings {
        println!("{finding}");
    }
    println!("digest {}", plan.digest());
    Ok(())
}
