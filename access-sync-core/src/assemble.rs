//! From records to windows: derive raw windows, sort them by subject and target, make windows of
//! each group.
//!
//! A raw window is small and knows its record; ids stay where they are until a window is made.
//! Eight bytes of the subject's id go along for sorting; whole ids are compared only on a tie.

use crate::buckets::Buckets;
use crate::derive::{Context, Sink, derive};
use crate::facts::Fact;
use crate::finding::{Edge, Finding, FindingCode};
use crate::group::{Held, Raw, windows_of};
use crate::ids::TargetId;
use crate::plan::Window;
use crate::record::Record;
use crate::sort::{for_each_group, shared_prefix};
use crate::text::{Prefix, Text};
use crate::zone::Resolver;
use alloc::borrow::Cow;
use alloc::vec::Vec;

/// What records give beside raw windows.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) holds: Vec<Held>,
    pub(crate) findings: Vec<Finding>,
}

impl Found {
    /// Sorted, and each once.
    fn in_order(mut self) -> Self {
        self.findings.sort_unstable();
        self.findings.dedup();
        self.holds.dedup();
        self
    }
}

/// Passes on what one record gives.
struct Collector<'c, 'a, P> {
    record: &'a Record,
    push: P,
    found: &'c mut Found,
}

impl<'a, P: FnMut(Raw<'a>)> Sink for Collector<'_, 'a, P> {
    fn raw(&mut self, pair: u32, start: i64, end: i64) {
        (self.push)(Raw {
            start,
            end,
            record: self.record,
            pair,
        });
    }

    fn hold(&mut self, start: i64, end: i64) {
        if let Record::Hold(hold) = self.record {
            self.found.holds.push(Held {
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
        self.found.findings.push(finding);
    }
}

/// Makes the windows of all records, which are present or `absent`, and gives them in order.
pub(crate) fn of_all<'a>(
    present: &'a [Record],
    absent: &'a [Record],
    context: Context<'_>,
    mut out: impl FnMut(Window),
) -> Found {
    let count = present.len() + absent.len();
    let subject = |number: usize| {
        let record = present
            .get(number)
            .or_else(|| absent.get(number.checked_sub(present.len())?))?;
        Some(record.pair(0)?.0.text())
    };
    let prefix = common_prefix(count, subject);
    let mut raws = Buckets::new(count, |number| Some(prefix.key(subject(number)?)));
    let mut found = Found::default();
    let mut resolver = Resolver::for_records(count);
    for record in present.iter().chain(absent) {
        let push = |raw: Raw<'a>| {
            if let Some((subject, _)) = raw.pair() {
                raws.push(prefix.key(subject.text()), raw);
            }
        };
        let mut collector = Collector {
            record,
            push,
            found: &mut found,
        };
        derive(record, context, &mut resolver, &mut collector);
    }
    for record in absent {
        found.findings.push(absent_unverified(record));
    }
    let Found { holds, findings } = &mut found;
    holds.sort_unstable();
    let mut members = Vec::new();
    for bucket in raws.into_buckets() {
        for_each_group(
            &mut bucket.order(),
            |raw| Some(raw.pair()?.0.text()),
            |raw| Some(raw.pair()?.1.text()),
            |raw| {
                let (_, target) = raw.pair()?;
                Some(target.text().touch() ^ raw.record.id().touch())
            },
            |group| match group {
                [only] if holds.is_empty() => only.item.alone(&mut out),
                group => {
                    members.clear();
                    members.extend(group.iter().map(|keyed| *keyed.item));
                    windows_of(&mut members, context.policy, holds, findings, &mut out);
                }
            },
        );
    }
    found.in_order()
}

/// Makes the windows of a few people out of all facts that speak of them, sorted by subject, and
/// gives them in order.
pub(crate) fn of_people<'a>(
    facts: &'a [Fact],
    context: Context<'_>,
    resolver: &mut Resolver,
    mut out: impl FnMut(Window),
) -> Found {
    let mut found = Found::default();
    let mut raws: Vec<Raw<'a>> = Vec::new();
    for facts in facts.chunk_by(|a, b| a.subject == b.subject) {
        raws.clear();
        let known = found.holds.len();
        for Fact {
            subject,
            record,
            absent,
        } in facts
        {
            let push = |raw: Raw<'a>| {
                if raw.pair().is_some_and(|(it, _)| it == subject) {
                    raws.push(raw);
                }
            };
            let mut collector = Collector {
                record,
                push,
                found: &mut found,
            };
            derive(record, context, resolver, &mut collector);
            if *absent {
                found.findings.push(absent_unverified(record));
            }
        }
        let Found { holds, findings } = &mut found;
        let holds = holds.get_mut(known..).unwrap_or_default();
        holds.sort_unstable();
        match raws.as_mut_slice() {
            [only] if holds.is_empty() => only.alone(&mut out),
            raws => {
                raws.sort_unstable_by_key(target);
                for raws in raws.chunk_by_mut(|a, b| target(a) == target(b)) {
                    windows_of(raws, context.policy, holds, findings, &mut out);
                }
            }
        }
    }
    found.in_order()
}

fn target<'a>(raw: &Raw<'a>) -> Option<&'a TargetId> {
    Some(raw.pair()?.1)
}

fn absent_unverified(record: &Record) -> Finding {
    Finding::of_record(FindingCode::AbsentUnverified, record.id())
}

/// What the subjects of a few records, spread over all, begin with.
fn common_prefix<'a>(count: usize, subject: impl Fn(usize) -> Option<&'a Text>) -> Prefix {
    const SAMPLE: usize = 64;
    let step = (count / SAMPLE).max(1);
    let mut sample = (0..count).step_by(step).filter_map(subject);
    let Some(first) = sample.next() else {
        return Prefix::default();
    };
    Prefix::new(sample.fold(first.as_bytes(), shared_prefix))
}
