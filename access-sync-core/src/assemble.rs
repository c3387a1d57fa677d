//! From raw windows to windows: sort, bridge, join, take the holds away, name the sources.
//!
//! Sorting a million ids by following a million pointers is what a planner would spend its time on.
//! So a raw window takes its ids along, and eight bytes of its subject's id; whole ids are compared
//! only on a tie.

use crate::buckets::Buckets;
use crate::derive::{Context, Sink, derive, lease_days};
use crate::few::Few;
use crate::finding::{Edge, Finding, FindingCode};
use crate::ids::{RecordId, SubjectId, TargetId};
use crate::list::Item;
use crate::plan::Window;
use crate::policy::Policy;
use crate::record::{HoldTarget, Lease, Record};
use crate::sort::{Keyed, for_each_group, shared_prefix};
use crate::text::Text;
use crate::zone::{OPEN, Resolver, end_instant, instant};
use alloc::borrow::Cow;
use alloc::vec::Vec;

/// A raw window with all that is needed to make a window of it.
#[derive(Debug)]
struct Entry<'a> {
    subject: SubjectId,
    target: TargetId,
    record: RecordId,
    /// Leases may be bridged.
    lease: Option<&'a Lease>,
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
struct Raw<'e> {
    start: i64,
    end: i64,
    record: &'e RecordId,
    lease: Option<&'e Lease>,
}

/// Collects what records give, then makes windows of it.
pub(crate) struct Assembly<'a> {
    context: Context<'a>,
    /// What most subjects' ids begin with, and so need not be looked at.
    prefix: &'a [u8],
    entries: Buckets<Entry<'a>>,
    holds: Vec<Held>,
    findings: Vec<Finding>,
}

/// What an [`Assembly`] learns from one record.
struct Collector<'c, 'a> {
    assembly: &'c mut Assembly<'a>,
    record: &'a Record,
    only: Option<&'c SubjectId>,
}

impl Sink for Collector<'_, '_> {
    fn raw(&mut self, pair: u32, start: i64, end: i64) {
        let Some((subject, target)) = self.record.pair(pair) else {
            return;
        };
        if self.only.is_some_and(|only| only != subject) {
            return;
        }
        let entry = Entry {
            subject: subject.clone(),
            target: target.clone(),
            record: self.record.id().clone(),
            lease: match self.record {
                Record::Lease(lease) => Some(lease),
                _ => None,
            },
            start,
            end,
        };
        let key = key(subject.text(), self.assembly.prefix);
        self.assembly.entries.push(key, entry);
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

impl<'a> Assembly<'a> {
    /// For about `expected` records, of which `find` gives any by its number.
    pub(crate) fn new(
        context: Context<'a>,
        expected: usize,
        find: impl Fn(usize) -> Option<&'a Record>,
    ) -> Self {
        let subject = |number| Some(find(number)?.pair(0)?.0.text());
        let prefix = common_prefix(expected, subject);
        Self {
            context,
            prefix,
            entries: Buckets::new(expected, |number| Some(key(subject(number)?, prefix))),
            holds: Vec::new(),
            findings: Vec::new(),
        }
    }

    /// Takes a record, or what it says of one subject only.
    pub(crate) fn add(
        &mut self,
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
    pub(crate) fn finish(self, mut out: impl FnMut(Window)) -> (Vec<Finding>, Vec<Held>) {
        let mut maker = Maker {
            policy: self.context.policy,
            holds: self.holds,
            findings: self.findings,
        };
        maker.holds.sort_unstable();
        for bucket in self.entries.into_buckets() {
            let mut order = bucket.order();
            let (mut raws, mut ids) = (Vec::new(), Vec::new());
            for_each_group(
                &mut order,
                |entry| Some(entry.subject.text()),
                |entry| Some(entry.target.text()),
                |_| None,
                |group| match group {
                    [only] if maker.holds.is_empty() => single(only.item, &mut out),
                    group => maker.group(group, &mut raws, &mut ids, &mut out),
                },
            );
        }
        maker.findings.sort_unstable();
        maker.findings.dedup();
        maker.holds.dedup();
        (maker.findings, maker.holds)
    }
}

/// The one raw window of a subject and target, where there are no holds.
fn single(entry: &Entry<'_>, out: &mut impl FnMut(Window)) {
    out(Window {
        subject: entry.subject.clone(),
        target: entry.target.clone(),
        start: instant(entry.start),
        end: end_instant(entry.end),
        sources: Few::one(entry.record.clone()),
    });
}

/// Makes windows of the raw windows of one subject and target after the other.
struct Maker<'a> {
    policy: &'a Policy,
    /// Sorted.
    holds: Vec<Held>,
    findings: Vec<Finding>,
}

impl Maker<'_> {
    /// All raw windows of a subject and target. `raws` and `ids` are room to work in.
    fn group<'e>(
        &mut self,
        group: &[Keyed<&'e Entry<'_>>],
        raws: &mut Vec<Raw<'e>>,
        ids: &mut Vec<&'e RecordId>,
        out: &mut impl FnMut(Window),
    ) {
        let Some(&Keyed {
            item: Entry {
                subject, target, ..
            },
            ..
        }) = group.first()
        else {
            return;
        };
        raws.clear();
        raws.extend(group.iter().map(|Keyed { item, .. }| Raw {
            start: item.start,
            end: item.end,
            record: &item.record,
            lease: item.lease,
        }));
        raws.sort_unstable_by(|a, b| (a.start, a.end, a.record).cmp(&(b.start, b.end, b.record)));
        self.bridge(raws);
        let holds = self.holds_on(subject, target);
        let mut rest = raws.as_slice();
        while let Some((joined, end)) = split_joined(&mut rest) {
            let start = joined.first().map_or(end, |raw| raw.start);
            let mut emit = |start, end, members: &mut dyn Iterator<Item = &Raw<'e>>| {
                ids.clear();
                ids.extend(members.map(|raw| raw.record));
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
        self.note_holds(raws, &holds);
    }

    /// Joins leases whose dates are consecutive: the earlier one's raw window is drawn out to the
    /// later one's start.
    fn bridge(&mut self, raws: &mut [Raw<'_>]) {
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
            let Some((first, day)) = lease_days(lease, self.policy) else {
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

    fn note_holds(&mut self, raws: &[Raw<'_>], holds: &[Held]) {
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
fn common_prefix<'a>(count: usize, subject: impl Fn(usize) -> Option<&'a Text>) -> &'a [u8] {
    const SAMPLE: usize = 64;
    let step = (count / SAMPLE).max(1);
    let mut sample = (0..count).step_by(step).filter_map(subject);
    let Some(first) = sample.next() else {
        return &[];
    };
    sample.fold(first.as_bytes(), shared_prefix)
}

/// Eight bytes of a text as a number that sorts as texts do, but for ties: those after the prefix,
/// or all before or all after every text that has it.
fn key(text: &Text, prefix: &[u8]) -> u64 {
    let bytes = text.as_bytes();
    if bytes.starts_with(prefix) {
        text.sort_key(prefix.len())
    } else if bytes < prefix {
        u64::MIN
    } else {
        u64::MAX
    }
}

impl Item for Held {
    type Head = SubjectId;

    fn head(&self) -> &SubjectId {
        &self.subject
    }
}
