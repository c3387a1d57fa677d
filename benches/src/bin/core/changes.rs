//! Changes against memberships, and the digest of a plan.

use crate::input::day;
use access_sync_benches::{Random, fastest, line};
use access_sync_core::changes::{Actual, ChangeOptions, Membership};
use access_sync_core::{Timeline, changes, plan};
use chrono::{DateTime, Utc};

/// Changes of a plan against a membership for each of its windows.
pub fn run(timeline: &Timeline, runs: usize) {
    let plan = &plan(timeline);
    let now: DateTime<Utc> = day(900).and_hms_opt(12, 0, 0).unwrap().and_utc();
    let mut random = Random::new(5);
    let mut memberships: Vec<Membership> = plan
        .windows()
        .iter()
        .map(|window| Membership::owned(window.subject.clone(), window.target.clone()))
        .collect();
    let order = random.shuffled(memberships.len());
    memberships = order
        .into_iter()
        .map(|place| memberships[place].clone())
        .collect();
    let mut actual = Actual::new(memberships);
    let many = fastest(runs, || {
        changes(plan, &actual, now, &ChangeOptions::default())
    });
    let todo = changes(plan, &actual, now, &ChangeOptions::default());
    let count = actual.memberships.len();
    println!("\nchanges against {count} memberships in random order");
    line(
        &format!(
            "{} people to change",
            todo.people.len() + todo.withheld.len()
        ),
        many,
        count,
        many,
    );
    actual
        .memberships
        .retain(|it| plan.is_active(&it.subject, &it.target, now));
    let few = fastest(runs, || {
        changes(plan, &actual, now, &ChangeOptions::default())
    });
    line(
        &format!("all in step ({} memberships)", actual.memberships.len()),
        few,
        actual.memberships.len(),
        many,
    );
    line(
        "digest of the plan",
        fastest(runs, || plan.digest()),
        plan.windows().len(),
        many,
    );
}
