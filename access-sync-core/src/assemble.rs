//! From raw windows to windows: sort, bridge, join, take the holds away, name the sources.
//!
//! Sorting a million ids by following a million pointers is what a planner spends its time on, so
//! entries carry eight bytes of their subject's id and whole ids are compared only on a tie.

use crate::derive::{Context, Sink, derive, lease_days};
use crate::few::Few;
use crate::finding::{Edge, Finding, FindingCode};
use crate::ids::{RecordId, SubjectId, TargetId};
use crate::list::Item;
use crate::plan::Window;
use crate::record::{HoldTarget, Record};
use crate::sort::{Keyed, for_each_group, shared_prefix};
use crate::zone::{OPEN, Resolver, end_instant, instant};
use alloc::borrow::Cow;
use alloc::vec::Vec;

/// A raw window of a record's pair.
#[derive(Clone, Copy, Debug)]
struct Entry {
    record: u32,
    pair: u32,
    start: i64,
    end: i64,
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

/// A raw window within its group.
#[derive(Clone, Copy, Debug)]
struct Raw<'a> {
    start: i64,
    end: i64,
    record: &'a Record,
}

/// Collects what records give, then makes windows of it.
pub(crate) struct Assembly<'a, F> {
    context: Context<'a>,
    find: F,
    /// What most subjects' ids begin with, and so need not be looked at.
    prefix: &'a [u8],
    /// Some subject's id does not begin with `prefix`.
    mixed: bool,
    entries: Vec<Keyed<Entry>>,
    holds: Vec<Held>,
    findings: Vec<Finding>,
    raws: Vec<Raw<'a>>,
    ids: Vec<&'a RecordId>,
}

/// What an [`Assembly`] learns from one record.
struct Collector<'c, 'a, F> {
    assembly: &'c mut Assembly<'a, F>,
    number: u32,
    record: &'a Record,
    only: Option<&'c SubjectId>,
}

impl<F> Sink for Collector<'_, '_, F> {
    fn raw(&mut self, pair: u32, start: i64, end: i64) {
        let Some((subject, _)) = self.record.pair(pair) else {
            return;
        };
        if self.only.is_some_and(|only| only != subject) {
            return;
        }
        let prefix = self.assembly.prefix;
        self.assembly.mixed |= !subject.as_bytes().starts_with(prefix);
        let key = subject.text().sort_key(prefix.len());
        let item = Entry {
            record: self.number,
            pair,
            start,
            end,
        };
        self.assembly.entries.push(Keyed { key, item });
    }

    fn hold(&mut self, start: i64, end: i64) {
        if let Record::Hold(hold) = self.record {
            if self.only.is_some_and(|only| *only != hold.subject) {
                return;
            }
            self.assembly.holds.push(Held {
                subject: hold.subject.clone(),
                target: hold.target.clone(),
                record: hold.id.clone(),
                start,
                end,
            });
        }
    }

    fn note(&mut self, code: FindingCode, edge: Option<Edge>, field: Option<Cow<'static, str>>) {
        let mut finding = Finding::of_record(code, self.record.id());
        finding.edge = edge;
        finding.field = field;
        self.assembly.findings.push(finding);
    }
}

impl<'a, F: Fn(u32) -> Option<&'a Record> + Copy> Assembly<'a, F> {
    /// `find` gives a record by the number under which it is added.
    pub(crate) fn new(context: Context<'a>, find: F, expected: usize) -> Self {
        Self {
            context,
            find,
            prefix: common_prefix(find, expected),
            mixed: false,
            entries: Vec::with_capacity(expected),
            holds: Vec::new(),
            findings: Vec::new(),
            raws: Vec::new(),
            ids: Vec::new(),
        }
    }

    /// Takes a record, or what it says of one subject only.
    pub(crate) fn add(
        &mut self,
        number: u32,
        record: &'a Record,
        only: Option<&SubjectId>,
        resolver: &mut Resolver,
    ) {
        let context = self.context;
        derive(
            record,
            context,
            resolver,
            &mut Collector {
                assembly: self,
                number,
                record,
                only,
            },
        );
    }

    /// Adds a finding that the caller made.
    pub(crate) fn note(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Gives the windows in order; returns findings and holds, sorted and each once.
    pub(crate) fn finish(mut self, mut out: impl FnMut(Window)) -> (Vec<Finding>, Vec<Held>) {
        let mut entries = core::mem::take(&mut self.entries);
        let find = self.find;
        let subject = |entry: &Entry| Some(find(entry.record)?.pair(entry.pair)?.0.text());
        let target = |entry: &Entry| Some(find(entry.record)?.pair(entry.pair)?.1.text());
        if self.mixed {
            for entry in &mut entries {
                entry.key = subject(&entry.item).map_or(0, |text| text.sort_key(0));
            }
        }
        self.holds.sort_unstable();
        let touch = |entry: &Entry| {
            let record = find(entry.record)?;
            let (subject, target) = record.pair(entry.pair)?;
            Some(subject.text().touch() ^ target.text().touch() ^ record.id().text().touch())
        };
        for_each_group(&mut entries, subject, target, touch, |group| match group {
            [only] if self.holds.is_empty() => self.single(&only.item, &mut out),
            group => self.group(group, &mut out),
        });
        self.findings.sort_unstable();
        self.findings.dedup();
        self.holds.dedup();
        (self.findings, self.holds)
    }

    fn pair(&self, entry: &Entry) -> Option<(&'a SubjectId, &'a TargetId)> {
        (self.find)(entry.record)?.pair(entry.pair)
    }

    /// The one raw window of a subject and target, where there are no holds.
    fn single(&mut self, entry: &Entry, out: &mut impl FnMut(Window)) {
        let Some(record) = (self.find)(entry.record) else {
            return;
        };
        let Some((subject, target)) = record.pair(entry.pair) else {
            return;
        };
        out(Window {
            subject: subject.clone(),
            target: target.clone(),
            start: instant(entry.start),
            end: end_instant(entry.end),
            sources: Few::one(record.id().clone()),
        });
    }

    /// All raw windows of a subject and target.
    fn group(&mut self, group: &[Keyed<Entry>], out: &mut impl FnMut(Window)) {
        let Some((subject, target)) = group.first().and_then(|entry| self.pair(&entry.item)) else {
            return;
        };
        let mut raws = core::mem::take(&mut self.raws);
        raws.clear();
        raws.extend(group.iter().filter_map(|Keyed { item, .. }| {
            Some(Raw {
                start: item.start,
                end: item.end,
                record: (self.find)(item.record)?,
            })
        }));
        raws.sort_unstable_by(|a, b| {
            (a.start, a.end)
                .cmp(&(b.start, b.end))
                .then_with(|| a.record.id().cmp(b.record.id()))
        });
        self.bridge(&mut raws);
        let holds = self.holds_on(subject, target);
        let mut ids = core::mem::take(&mut self.ids);
        let mut rest = raws.as_slice();
        while let Some((joined, end)) = split_joined(&mut rest) {
            let start = joined.first().map_or(end, |raw| raw.start);
            let mut emit = |start, end, members: &mut dyn Iterator<Item = &Raw<'a>>| {
                ids.clear();
                ids.extend(members.map(|raw| raw.record.id()));
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
        self.raws = raws;
        self.ids = ids;
        self.note_holds(&holds);
    }

    /// Joins leases whose dates are consecutive: the earlier one's raw window is drawn out to the
    /// later one's start.
    fn bridge(&mut self, raws: &mut [Raw<'a>]) {
        // Of the leases seen: the place and end of the one that ends last, and the last day of any.
        let mut last: Option<(usize, i64)> = None;
        let mut last_day = i64::MIN;
        for place in 0..raws.len() {
            let Some(&Raw { start, end, record }) = raws.get(place) else {
                return;
            };
            let Record::Lease(lease) = record else {
                continue;
            };
            let Some((first, day)) = lease_days(lease, self.context.policy) else {
                continue;
            };
            if let Some((before, _)) = last.filter(|(_, ended)| start > *ended) {
                if first <= last_day + 1 {
                    if let Some(raw) = raws.get_mut(before) {
                        raw.end = start;
                    }
                    self.findings
                        .push(Finding::of_record(FindingCode::BridgedRenewal, &lease.id));
                }
            }
            last_day = last_day.max(day.unwrap_or(i64::MAX - 1));
            if last.is_none_or(|(_, latest)| end >= latest) {
                last = Some((place, end));
            }
        }
    }

    /// The holds that cover a subject's target, in order of their starts.
    fn holds_on(&self, subject: &SubjectId, target: &TargetId) -> Vec<Held> {
        let from = self.holds.partition_point(|hold| hold.subject < *subject);
        let of_subject = self.holds.get(from..).unwrap_or_default().iter();
        let mut holds: Vec<_> = of_subject
            .take_while(|hold| hold.subject == *subject)
            .filter(|hold| hold.target.covers(target))
            .cloned()
            .collect();
        holds.sort_unstable_by_key(|hold| (hold.start, hold.end));
        holds
    }

    fn note_holds(&mut self, holds: &[Held]) {
        if holds.is_empty() {
            return;
        }
        // Ends of joined windows rise with their starts, so each hold needs one search.
        let mut joined = Vec::new();
        let mut rest = self.raws.as_slice();
        while let Some((members, end)) = split_joined(&mut rest) {
            joined.push((members.first().map_or(end, |raw| raw.start), end));
        }
        for hold in holds {
            let after = joined.partition_point(|(_, end)| *end <= hold.start);
            if joined
                .get(after)
                .is_some_and(|(start, _)| *start < hold.end)
            {
                self.findings
                    .push(Finding::of_record(FindingCode::HoldApplied, &hold.record));
            }
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
    holds: &[Held],
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

/// What the subjects of a few records, spread over all, begin with.
fn common_prefix<'a>(find: impl Fn(u32) -> Option<&'a Record>, count: usize) -> &'a [u8] {
    const SAMPLE: u32 = 64;
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    let step = (count / SAMPLE).max(1) as usize;
    let mut sample = (0..count)
        .step_by(step)
        .filter_map(|number| Some(find(number)?.pair(0)?.0.text()));
    let Some(first) = sample.next() else {
        return &[];
    };
    sample.fold(first.as_bytes(), shared_prefix)
}

impl Item for Held {
    type Head = SubjectId;

    fn head(&self) -> &SubjectId {
        &self.subject
    }
}
