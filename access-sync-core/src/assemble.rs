//! From records to windows: derive raw windows, sort them by subject and target, make windows of
//! each group.
//!
//! Each record is read once, in the order of the list: what a window needs goes along into the
//! buckets, so that no record has to be fetched again from far away when its turn comes.

use crate::buckets::Buckets;
use crate::derive::{Context, Sink, derive};
use crate::facts::Fact;
use crate::few::Few;
use crate::finding::{Edge, Finding, FindingCode};
use crate::group::{Held, Raw, windows_of};
use crate::ids::{RecordId, SubjectId, TargetId};
use crate::list::Builder;
use crate::plan::Window;
use crate::record::{Lease, Record};
use crate::sort::{for_each_group, shared_prefix};
use crate::text::{Inline, Prefix, TextRef};
use crate::zone::{Resolver, end_instant, instant};
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
    #[inline]
    fn raw(&mut self, pair: u32, start: i64, end: i64) {
        let (id, lease) = match self.record {
            Record::Lease(it) => (&it.id, Some(it)),
            other => (other.id(), None),
        };
        if let Some((subject, target)) = self.record.pair(pair) {
            (self.push)(Raw {
                start,
                end,
                subject,
                target,
                id,
                lease,
            });
        }
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

/// A [`Raw`] on its way through the buckets. Plain bytes, so that it is copied in whole words and
/// nothing has to be dropped.
#[derive(Clone, Copy, Debug)]
enum Carried<'a> {
    /// It takes its ids along.
    Near {
        start: i64,
        end: i64,
        subject: Inline,
        target: Inline,
        id: Inline,
        lease: Option<&'a Lease>,
    },
    /// Some id of it is too long for that.
    Far(Raw<'a>),
}

impl<'a> Carried<'a> {
    #[inline(always)]
    fn new(raw: Raw<'a>) -> Self {
        match (raw.subject.text(), raw.target.text(), raw.id.text()) {
            (TextRef::Inline(subject), TextRef::Inline(target), TextRef::Inline(id)) => {
                Self::Near {
                    start: raw.start,
                    end: raw.end,
                    subject: *subject,
                    target: *target,
                    id: *id,
                    lease: raw.lease,
                }
            }
            _ => Self::Far(raw),
        }
    }

    fn subject(&self) -> TextRef<'_> {
        match self {
            Self::Near { subject, .. } => TextRef::Inline(subject),
            Self::Far(raw) => raw.subject.text(),
        }
    }

    fn target(&self) -> TextRef<'_> {
        match self {
            Self::Near { target, .. } => TextRef::Inline(target),
            Self::Far(raw) => raw.target.text(),
        }
    }
}

/// A [`Raw`] with ids of its own.
struct Owned<'a> {
    start: i64,
    end: i64,
    subject: SubjectId,
    target: TargetId,
    id: RecordId,
    lease: Option<&'a Lease>,
}

impl<'a> Owned<'a> {
    #[inline(always)]
    fn new(carried: &Carried<'a>) -> Self {
        match *carried {
            Carried::Near {
                start,
                end,
                subject,
                target,
                id,
                lease,
            } => Self {
                start,
                end,
                subject: subject.into(),
                target: target.into(),
                id: id.into(),
                lease,
            },
            Carried::Far(raw) => Self {
                start: raw.start,
                end: raw.end,
                subject: raw.subject.clone(),
                target: raw.target.clone(),
                id: raw.id.clone(),
                lease: raw.lease,
            },
        }
    }

    fn raw(&self) -> Raw<'_> {
        Raw {
            start: self.start,
            end: self.end,
            subject: &self.subject,
            target: &self.target,
            id: &self.id,
            lease: self.lease,
        }
    }
}

/// The window of a raw one that is alone, made in its place.
#[inline(always)]
fn put_alone(windows: &mut Builder<Window>, only: &Carried<'_>) {
    match only {
        Carried::Near {
            start,
            end,
            subject,
            target,
            id,
            ..
        } => windows.push_with(|| Window {
            subject: (*subject).into(),
            target: (*target).into(),
            start: instant(*start),
            end: end_instant(*end),
            sources: Few::one((*id).into()),
        }),
        Carried::Far(raw) => windows.push(raw.alone()),
    }
}

/// Makes the windows of all records, which are present or `absent`, and gives them in order.
pub(crate) fn of_all<'a>(
    present: &'a [Record],
    absent: &'a [Record],
    context: Context<'_>,
    windows: &mut Builder<Window>,
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
        let push = |raw: Raw<'a>| raws.push(prefix.key(raw.subject.text()), Carried::new(raw));
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
    let mut owned = Vec::new();
    for bucket in raws.into_buckets() {
        for_each_group(
            &mut bucket.order(|it| prefix.key(it.subject())),
            |it| it.subject(),
            |it| it.target(),
            |_| 0,
            |group| match group {
                [only] if holds.is_empty() => put_alone(windows, only.item),
                group => {
                    owned.clear();
                    owned.extend(group.iter().map(|keyed| Owned::new(keyed.item)));
                    let mut members: Vec<_> = owned.iter().map(Owned::raw).collect();
                    let mut out = |window| windows.push(window);
                    windows_of(&mut members, context.policy, holds, findings, &mut out);
                }
            },
        );
    }
    found.in_order()
}

/// Makes the windows of a few people, who come in order with the facts that speak of them, and
/// gives them in order.
pub(crate) fn of_people<'a, F: Iterator<Item = &'a Fact>>(
    people: impl Iterator<Item = (&'a SubjectId, F)>,
    context: Context<'_>,
    resolver: &mut Resolver,
    mut out: impl FnMut(Window),
) -> Found {
    let mut found = Found::default();
    let mut raws: Vec<Raw<'a>> = Vec::new();
    for (subject, facts) in people {
        raws.clear();
        let known = found.holds.len();
        for Fact { record, absent, .. } in facts {
            let push = |raw: Raw<'a>| {
                if raw.subject == subject {
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
        raws.sort_unstable_by_key(|raw| raw.target);
        for raws in raws.chunk_by_mut(|a, b| a.target == b.target) {
            match raws {
                [only] if holds.is_empty() => out(only.alone()),
                raws => windows_of(raws, context.policy, holds, findings, &mut out),
            }
        }
    }
    found.in_order()
}

fn absent_unverified(record: &Record) -> Finding {
    Finding::of_record(FindingCode::AbsentUnverified, record.id())
}

/// What the subjects of a few records, spread over all, begin with.
fn common_prefix<'a>(count: usize, subject: impl Fn(usize) -> Option<TextRef<'a>>) -> Prefix {
    const SAMPLE: usize = 64;
    let step = (count / SAMPLE).max(1);
    let mut sample = (0..count).step_by(step).filter_map(subject);
    let Some(first) = sample.next() else {
        return Prefix::default();
    };
    Prefix::new(sample.fold(first.as_bytes(), shared_prefix))
}
