//! What-if: what a change of records or policy does to access.

use crate::ids::{SubjectId, TargetId};
use crate::plan::{Plan, Window};
use crate::state::Change;
use crate::zone::{OPEN, end_instant, end_seconds, instant};
use alloc::vec::Vec;
use chrono::{DateTime, Utc};
use core::cmp::Ordering;
use core::iter::Peekable;

/// What differs between two plans.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Difference {
    /// The subjects and targets whose access differs, sorted.
    pub keys: Vec<KeyDifference>,
    /// How many people that is.
    pub people: usize,
    /// Access that only the second plan gives.
    pub gained: Amount,
    /// Access that only the first plan gives.
    pub lost: Amount,
}

impl Difference {
    /// Whether the plans grant the same access.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}

/// What differs for one subject and target.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyDifference {
    /// Who.
    pub subject: SubjectId,
    /// What.
    pub target: TargetId,
    /// Access that only the second plan gives.
    pub gained: Amount,
    /// Access that only the first plan gives.
    pub lost: Amount,
    /// Transitions that are not in both plans, in time order.
    pub moved: Vec<MovedTransition>,
}

/// A transition that is not the same in both plans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MovedTransition {
    /// Which way access changes.
    pub change: Change,
    /// When, by the first plan; `None` where it has no such transition.
    pub before: Option<DateTime<Utc>>,
    /// When, by the second plan; `None` where it has no such transition.
    pub after: Option<DateTime<Utc>>,
}

/// A length of time, part of which may have no end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Amount {
    /// What has an end, in seconds.
    pub seconds: u64,
    /// Whether there is also access without an end.
    pub open: bool,
}

impl Amount {
    /// What has an end, in whole minutes.
    pub fn minutes(&self) -> u64 {
        self.seconds / 60
    }

    /// Whether it is nothing.
    pub fn is_zero(&self) -> bool {
        *self == Self::default()
    }

    pub(crate) fn add(&mut self, start: i64, end: i64) {
        if end == OPEN {
            self.open = true;
        } else {
            self.seconds = self
                .seconds
                .saturating_add(u64::try_from(end.saturating_sub(start)).unwrap_or(0));
        }
    }

    fn add_all(&mut self, other: Self) {
        self.seconds = self.seconds.saturating_add(other.seconds);
        self.open |= other.open;
    }
}

/// Compares two plans: what the second gives and takes against the first.
///
/// Takes time in proportion to the number of windows of both.
pub fn compare(before: &Plan, after: &Plan) -> Difference {
    let mut difference = Difference::default();
    let (mut old, mut new) = (
        before.windows().iter().peekable(),
        after.windows().iter().peekable(),
    );
    let (mut a, mut b): (Vec<&Window>, Vec<&Window>) = (Vec::new(), Vec::new());
    loop {
        let order = match (old.peek(), new.peek()) {
            (None, None) => return difference,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(a), Some(b)) => a.key().cmp(&b.key()),
        };
        take_key(&mut old, order.is_le(), &mut a);
        take_key(&mut new, order.is_ge(), &mut b);
        let spans = |windows: &[&Window]| -> Vec<(i64, i64)> {
            windows
                .iter()
                .map(|it| (it.start.timestamp(), end_seconds(it.end)))
                .collect()
        };
        let (x, y) = (spans(&a), spans(&b));
        let Some(first) = a.first().or(b.first()).filter(|_| x != y) else {
            continue;
        };
        let key = KeyDifference {
            subject: first.subject.clone(),
            target: first.target.clone(),
            gained: minus(&y, &x),
            lost: minus(&x, &y),
            moved: moved(&x, &y),
        };
        difference.gained.add_all(key.gained);
        difference.lost.add_all(key.lost);
        if difference
            .keys
            .last()
            .is_none_or(|last| last.subject != key.subject)
        {
            difference.people += 1;
        }
        difference.keys.push(key);
    }
}

/// Takes the windows of the first key.
fn take_key<'a>(
    from: &mut Peekable<impl Iterator<Item = &'a Window>>,
    wanted: bool,
    to: &mut Vec<&'a Window>,
) {
    to.clear();
    if !wanted {
        return;
    }
    if let Some(first) = from.next() {
        to.push(first);
        while let Some(next) = from.next_if(|next| next.key() == first.key()) {
            to.push(next);
        }
    }
}

/// How much of the disjoint sorted spans `a` lies outside `b`.
fn minus(a: &[(i64, i64)], b: &[(i64, i64)]) -> Amount {
    let mut amount = Amount::default();
    let mut holes = b.iter().peekable();
    for (start, end) in a {
        let mut from = *start;
        while let Some((hole_start, hole_end)) = holes.peek() {
            if *hole_start >= *end {
                break;
            }
            if from < *hole_start {
                amount.add(from, *hole_start);
            }
            from = from.max(*hole_end);
            if *hole_end > *end {
                break;
            }
            holes.next();
        }
        if from < *end {
            amount.add(from, *end);
        }
    }
    amount
}

/// Transitions of one list that the other lacks, paired in time order.
fn moved(a: &[(i64, i64)], b: &[(i64, i64)]) -> Vec<MovedTransition> {
    let mut moved = Vec::new();
    let starts = |spans: &[(i64, i64)]| spans.iter().map(|it| it.0).collect::<Vec<_>>();
    let ends = |spans: &[(i64, i64)]| {
        spans
            .iter()
            .map(|it| it.1)
            .filter(|end| *end != OPEN)
            .collect::<Vec<_>>()
    };
    for (change, old, new) in [
        (Change::Grant, starts(a), starts(b)),
        (Change::Revoke, ends(a), ends(b)),
    ] {
        let mut gone = old.iter().filter(|at| new.binary_search(at).is_err());
        let mut come = new.iter().filter(|at| old.binary_search(at).is_err());
        loop {
            let (before, after) = (gone.next(), come.next());
            if before.is_none() && after.is_none() {
                break;
            }
            let time = |at: Option<&i64>| at.map(|at| instant(*at));
            moved.push(MovedTransition {
                change,
                before: time(before),
                after: time(after),
            });
        }
    }
    moved.sort_by_key(|it| (it.before.or(it.after), it.change));
    moved
}

/// A span for reports.
pub(crate) fn span(start: i64, end: i64) -> (DateTime<Utc>, Option<DateTime<Utc>>) {
    (instant(start), end_instant(end))
}
