//! From the raw windows of one subject and target to its windows: bridge, join, take the holds
//! away, name the sources.

use crate::derive::lease_days;
use crate::few::Few;
use crate::finding::{Finding, FindingCode};
use crate::ids::{RecordId, SubjectId, TargetId};
use crate::list::Item;
use crate::plan::Window;
use crate::policy::Policy;
use crate::record::{HoldTarget, Lease};
use crate::zone::{OPEN, end_instant, instant};
use alloc::vec::Vec;

/// What a record gives to one subject and target.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Raw<'a> {
    pub(crate) start: i64,
    /// May be [`OPEN`].
    pub(crate) end: i64,
    pub(crate) subject: &'a SubjectId,
    pub(crate) target: &'a TargetId,
    pub(crate) id: &'a RecordId,
    /// The record, if it is one that may be renewed.
    pub(crate) lease: Option<&'a Lease>,
}

impl Raw<'_> {
    /// Makes the window that it is if nothing else has to do with its subject and target.
    #[inline(always)]
    pub(crate) fn alone(&self) -> Window {
        Window {
            subject: self.subject.clone(),
            target: self.target.clone(),
            start: instant(self.start),
            end: end_instant(self.end),
            sources: Few::one(self.id.clone()),
        }
    }
}

/// A lock-out as instants.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Held {
    pub(crate) subject: SubjectId,
    pub(crate) target: HoldTarget,
    pub(crate) record: RecordId,
    pub(crate) start: i64,
    pub(crate) end: i64,
}

impl Item for Held {
    type Head = SubjectId;

    fn head(&self) -> &SubjectId {
        &self.subject
    }
}

/// Makes windows of the raw windows of one subject and target.
pub(crate) fn windows_of<'a>(
    raws: &mut [Raw<'a>],
    policy: &Policy,
    holds: &[Held],
    findings: &mut Vec<Finding>,
    out: &mut impl FnMut(Window),
) {
    let Some(&Raw {
        subject, target, ..
    }) = raws.first()
    else {
        return;
    };
    raws.sort_unstable_by(|a, b| (a.start, a.end, a.id).cmp(&(b.start, b.end, b.id)));
    bridge(raws, policy, findings);
    let holds = holds_on(holds, subject, target);
    let mut ids: Vec<&RecordId> = Vec::new();
    let mut rest = &*raws;
    while let Some((joined, end)) = split_joined(&mut rest) {
        let start = joined.first().map_or(end, |raw| raw.start);
        let mut emit = |start, end, members: &mut dyn Iterator<Item = &Raw<'a>>| {
            ids.clear();
            ids.extend(members.map(|raw| raw.id));
            let sources = match ids.as_slice() {
                [only] => Few::one((*only).clone()),
                _ => {
                    ids.sort_unstable();
                    ids.dedup();
                    ids.iter().map(|id| (*id).clone()).collect()
                }
            };
            out(Window {
                subject: subject.clone(),
                target: target.clone(),
                start: instant(start),
                end: end_instant(end),
                sources,
            });
        };
        if holds.is_empty() {
            emit(start, end, &mut joined.iter());
        } else {
            cut(joined, start, end, &holds, emit);
        }
    }
    note_holds(raws, &holds, findings);
}

/// Joins leases whose dates are consecutive: the earlier one's raw window is drawn out to the later
/// one's start.
fn bridge(raws: &mut [Raw<'_>], policy: &Policy, findings: &mut Vec<Finding>) {
    // Of the leases seen: the place and end of the one that ends last, and the last day of any.
    let mut last: Option<(usize, i64)> = None;
    let mut last_day = i64::MIN;
    for place in 0..raws.len() {
        let Some(&Raw {
            start, end, lease, ..
        }) = raws.get(place)
        else {
            return;
        };
        let Some(lease) = lease else {
            continue;
        };
        let Some((first, day)) = lease_days(lease, policy) else {
            continue;
        };
        if let Some((before, _)) = last.filter(|(_, ended)| start > *ended) {
            if first <= last_day + 1 {
                if let Some(raw) = raws.get_mut(before) {
                    raw.end = start;
                }
                findings.push(Finding::of_record(FindingCode::BridgedRenewal, &lease.id));
            }
        }
        last_day = last_day.max(day.unwrap_or(i64::MAX - 1));
        if last.is_none_or(|(_, latest)| end >= latest) {
            last = Some((place, end));
        }
    }
}

/// The holds that cover a subject's target, in order of their starts. `holds` are sorted.
fn holds_on<'h>(holds: &'h [Held], subject: &SubjectId, target: &TargetId) -> Vec<&'h Held> {
    let from = holds.partition_point(|hold| hold.subject < *subject);
    let of_subject = holds.get(from..).unwrap_or_default().iter();
    let mut holds: Vec<_> = of_subject
        .take_while(|hold| hold.subject == *subject)
        .filter(|hold| hold.target.covers(target))
        .collect();
    holds.sort_unstable_by_key(|hold| (hold.start, hold.end));
    holds
}

fn note_holds(raws: &[Raw<'_>], holds: &[&Held], findings: &mut Vec<Finding>) {
    if holds.is_empty() {
        return;
    }
    // Ends of joined windows rise with their starts, so each hold needs one search.
    let mut joined = Vec::new();
    let mut rest = raws;
    while let Some((members, end)) = split_joined(&mut rest) {
        joined.push((members.first().map_or(end, |raw| raw.start), end));
    }
    for hold in holds {
        let after = joined.partition_point(|(_, end)| *end <= hold.start);
        if joined
            .get(after)
            .is_some_and(|(start, _)| *start < hold.end)
        {
            findings.push(Finding::of_record(FindingCode::HoldApplied, &hold.record));
        }
    }
}

/// Splits off the raw windows that overlap or touch one another, with the end of their union.
fn split_joined<'r, 'a>(rest: &mut &'r [Raw<'a>]) -> Option<(&'r [Raw<'a>], i64)> {
    let mut end = rest.first()?.end;
    let mut count = 1;
    for raw in rest.iter().skip(1) {
        if raw.start > end {
            break;
        }
        end = end.max(raw.end);
        count += 1;
    }
    let (joined, after) = rest.split_at_checked(count)?;
    *rest = after;
    Some((joined, end))
}

/// Emits what the holds leave of a joined window.
fn cut<'a>(
    joined: &[Raw<'a>],
    start: i64,
    end: i64,
    holds: &[&Held],
    mut emit: impl FnMut(i64, i64, &mut dyn Iterator<Item = &Raw<'a>>),
) {
    // Raw windows that begin no later than the piece's end and end no earlier than its start.
    let mut waiting = joined.iter().peekable();
    let mut active: Vec<Raw<'a>> = Vec::new();
    let mut piece = |from: i64, to: i64| {
        while let Some(raw) = waiting.next_if(|raw| raw.start <= to) {
            active.push(*raw);
        }
        active.retain(|raw| raw.end >= from);
        emit(from, to, &mut active.iter());
    };
    let mut from = start;
    for hold in holds {
        if hold.start >= end {
            break;
        }
        if from < hold.start {
            piece(from, hold.start);
        }
        from = from.max(hold.end);
        if from == OPEN {
            return;
        }
    }
    if from < end {
        piece(from, end);
    }
}
