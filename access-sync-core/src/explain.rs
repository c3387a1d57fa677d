//! Why somebody may open something at an instant, or why not.

use crate::derive::{Context, Sink, derive};
use crate::few::Few;
use crate::finding::{Edge, FindingCode, Severity};
use crate::ids::{RecordId, SubjectId, TargetId};
use crate::plan::Plan;
use crate::policy::Policy;
use crate::record::Record;
use crate::zone::{OPEN, Resolver, Seconds, end_instant, instant};
use alloc::borrow::Cow;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use chrono::{DateTime, Utc};
use core::fmt;

/// Whether one person may open one target at an instant, and why. Shown as one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explanation {
    /// Who.
    pub subject: SubjectId,
    /// What.
    pub target: TargetId,
    /// When.
    pub at: DateTime<Utc>,
    /// Whether it opens.
    pub active: bool,
    /// Since when that has been so; `None` is since ever.
    pub since: Option<DateTime<Utc>>,
    /// Until when it will be so; `None` is for good.
    pub until: Option<DateTime<Utc>>,
    /// The records behind the window that is open; empty where none is.
    pub sources: Few<RecordId>,
    /// What every record that speaks of the person and the target says of the instant, sorted by
    /// record.
    pub reasons: Vec<Reason>,
}

/// What one record says of the instant.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reason {
    /// The record.
    pub record: RecordId,
    /// Its kind, as in a document.
    pub kind: &'static str,
    /// What it says.
    pub verdict: Verdict,
}

/// What a record says of an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// It opens the target, from and until then, by this rule.
    Grants {
        /// Start of the record's own span.
        start: DateTime<Utc>,
        /// End of it; `None` is open.
        end: Option<DateTime<Utc>>,
        /// Which part of the span the instant lies in.
        rule: Rule,
    },
    /// It will open it.
    NotYetStarted {
        /// From then on.
        start: DateTime<Utc>,
    },
    /// It did open it.
    Ended {
        /// Until then.
        end: DateTime<Utc>,
    },
    /// It is paused.
    Paused {
        /// Since then.
        since: DateTime<Utc>,
        /// Until then.
        until: DateTime<Utc>,
    },
    /// Its status opens nothing.
    ExcludedByStatus {
        /// The source's word.
        status: String,
    },
    /// The person is in the contract's team at no time while it runs.
    NeverInTeam,
    /// It could not be used.
    Unusable {
        /// The finding that says why.
        code: FindingCode,
    },
    /// It locks the person out.
    Holds {
        /// Since then.
        since: DateTime<Utc>,
        /// Until then; `None` is until further notice.
        until: Option<DateTime<Utc>>,
    },
}

/// The part of a record's span that an instant lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// Between the record's own edges.
    OwnSpan,
    /// In the days of early access before a lease.
    EarlyAccess,
    /// In the days of grace after a lease.
    Grace,
    /// In the buffer before a booking.
    BufferBefore,
    /// In the buffer after a booking.
    BufferAfter,
    /// In the hole before the renewal that follows the lease.
    RenewalBridge,
}

impl Rule {
    fn text(self) -> &'static str {
        match self {
            Self::OwnSpan => "",
            Self::EarlyAccess => " (early access)",
            Self::Grace => " (days of grace)",
            Self::BufferBefore => " (buffer before)",
            Self::BufferAfter => " (buffer after)",
            Self::RenewalBridge => " (until its renewal begins)",
        }
    }
}

/// What a record gives for one subject and target.
#[derive(Default)]
struct Spans<'a> {
    key: Option<(&'a Record, &'a SubjectId, &'a TargetId)>,
    raws: Vec<(i64, i64)>,
    holds: Vec<(i64, i64)>,
    trouble: Option<FindingCode>,
}

impl Sink for Spans<'_> {
    fn raw(&mut self, pair: u32, start: i64, end: i64) {
        let Some((record, subject, target)) = self.key else {
            return;
        };
        if record.pair(pair) == Some((subject, target)) {
            self.raws.push((start, end));
        }
    }

    fn hold(&mut self, start: i64, end: i64) {
        self.holds.push((start, end));
    }

    fn note(&mut self, code: FindingCode, _: Option<Edge>, _: Option<Cow<'static, str>>) {
        if self.trouble.is_none()
            && (code.severity() > Severity::Info || code == FindingCode::ExcludedByStatus)
        {
            self.trouble = Some(code);
        }
    }
}

impl Plan {
    /// Says whether a person may open a target at an instant, since when and until when, because of
    /// which records and rules, and what keeps the other records from it.
    ///
    /// ```
    /// use access_sync_core::record::{Booking, BookingStatus, Hold, Span};
    /// use access_sync_core::{Timeline, plan};
    /// use chrono::{DateTime, Utc};
    ///
    /// # fn main() -> Result<(), chrono::ParseError> {
    /// let at = |text: &str| text.parse::<DateTime<Utc>>();
    /// let span = Span::Utc { from: at("2025-01-15T10:00:00Z")?, to: at("2025-01-15T11:00:00Z")? };
    /// let plan = plan(
    ///     &Timeline::new(None)
    ///         .record(Booking::new("b1", "bob", "room:A", BookingStatus::Confirmed, span))
    ///         .record(Hold::new("h1", "bob", "*", at("2025-01-15T10:30:00Z")?)),
    /// );
    /// let say = |time| plan.explain(&"bob".into(), &"room:A".into(), time).to_string();
    /// assert_eq!(
    ///     say(at("2025-01-15T09:50:00Z")?),
    ///     "bob may open room:A at 2025-01-15T09:50:00Z, since 2025-01-15T09:45:00Z, until \
    ///      2025-01-15T10:30:00Z: booking b1 grants it (buffer before)"
    /// );
    /// assert_eq!(
    ///     say(at("2025-01-15T10:40:00Z")?),
    ///     "bob may not open room:A at 2025-01-15T10:40:00Z, since 2025-01-15T10:30:00Z: hold h1 \
    ///      locks out since 2025-01-15T10:30:00Z until further notice; booking b1 would grant it"
    /// );
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Takes a look at every record, unless the plan comes from a [`Planner`](crate::Planner).
    pub fn explain(
        &self,
        subject: &SubjectId,
        target: &TargetId,
        at: DateTime<Utc>,
    ) -> Explanation {
        let (mut active, mut since, mut until, mut sources) = (false, None, None, Few::default());
        for window in self.windows_of(subject, target) {
            if window.contains(at) {
                (active, since, until) = (true, Some(window.start), window.end);
                sources = window.sources.clone();
            } else if window.start > at {
                if !active {
                    until = until.or(Some(window.start));
                }
            } else {
                since = window.end;
            }
        }
        let mut reasons: Vec<Reason> = Vec::new();
        let mut resolver = Resolver::for_records(0);
        for record in self.facts.of_subject(subject) {
            if speaks_of(record, subject, target) {
                let verdict = self.verdict(record, subject, target, at.timestamp(), &mut resolver);
                reasons.push(Reason {
                    record: record.id().clone(),
                    kind: record.kind(),
                    verdict,
                });
            }
        }
        if active {
            bridge(&mut reasons, &sources, at);
        }
        reasons.sort_by(|a, b| a.record.cmp(&b.record));
        Explanation {
            subject: subject.clone(),
            target: target.clone(),
            at,
            active,
            since,
            until,
            sources,
            reasons,
        }
    }

    fn verdict(
        &self,
        record: &Record,
        subject: &SubjectId,
        target: &TargetId,
        at: i64,
        resolver: &mut Resolver,
    ) -> Verdict {
        let mut spans = |policy: &Policy| {
            let context = Context {
                policy,
                time_zone: self.time_zone,
            };
            let mut spans = Spans {
                key: Some((record, subject, target)),
                ..Spans::default()
            };
            derive(record, context, resolver, &mut spans);
            spans.raws.sort_unstable();
            spans
        };
        let found = spans(&self.policy);
        if let Record::Hold(_) = record {
            return match found.holds.first() {
                Some((start, _)) if at < *start => Verdict::NotYetStarted {
                    start: instant(*start),
                },
                Some((_, end)) if *end <= at => Verdict::Ended { end: instant(*end) },
                Some((start, end)) => Verdict::Holds {
                    since: instant(*start),
                    until: end_instant(*end),
                },
                None => Verdict::Unusable {
                    code: found.trouble.unwrap_or(FindingCode::InvalidDate),
                },
            };
        }
        let inside = |spans: &Spans<'_>| {
            spans
                .raws
                .iter()
                .copied()
                .find(|(start, end)| *start <= at && at < *end)
        };
        if let Some((start, end)) = inside(&found) {
            let mut bare = self.policy.clone();
            bare.early_access_days = 0;
            bare.grace_days = 0;
            bare.buffer_before_min = 0;
            bare.buffer_after_min = 0;
            let own = spans(&bare);
            let before = own.raws.first().is_some_and(|(start, _)| at < *start);
            let rule = match (record, inside(&own).is_some(), before) {
                (_, true, _) => Rule::OwnSpan,
                (Record::Lease(_), false, true) => Rule::EarlyAccess,
                (Record::Lease(_), false, false) => Rule::Grace,
                (_, false, true) => Rule::BufferBefore,
                (_, false, false) => Rule::BufferAfter,
            };
            return Verdict::Grants {
                start: instant(start),
                end: end_instant(end),
                rule,
            };
        }
        let next = found
            .raws
            .iter()
            .map(|(start, _)| *start)
            .find(|start| *start > at);
        let last = found
            .raws
            .iter()
            .map(|(_, end)| *end)
            .filter(|end| *end <= at && *end != OPEN)
            .max();
        match (last, next) {
            (Some(since), Some(until)) => Verdict::Paused {
                since: instant(since),
                until: instant(until),
            },
            (None, Some(start)) => Verdict::NotYetStarted {
                start: instant(start),
            },
            (Some(end), None) => Verdict::Ended { end: instant(end) },
            (None, None) => match found.trouble {
                Some(FindingCode::ExcludedByStatus) => Verdict::ExcludedByStatus {
                    status: status_of(record).to_string(),
                },
                Some(code) => Verdict::Unusable { code },
                None => Verdict::NeverInTeam,
            },
        }
    }
}

fn speaks_of(record: &Record, subject: &SubjectId, target: &TargetId) -> bool {
    match record {
        Record::Lease(it) => it.target == *target,
        Record::Booking(it) | Record::Visit(it) => it.targets.contains(target),
        Record::Contract(it) => it.target == *target,
        Record::DayPass(it) => it.target == *target,
        Record::Hold(it) => it.subject == *subject && it.target.covers(target),
    }
}

fn status_of(record: &Record) -> &str {
    match record {
        Record::Lease(it) => it.status.as_str(),
        Record::Booking(it) | Record::Visit(it) => it.status.as_str(),
        Record::Contract(it) => it.status.as_str(),
        Record::DayPass(it) => it.status.as_str(),
        Record::Hold(_) => "",
    }
}

/// Where a window is open that no record covers by itself, two leases were joined: the one that
/// ended last carries over to its renewal.
fn bridge(reasons: &mut [Reason], sources: &[RecordId], at: DateTime<Utc>) {
    if reasons
        .iter()
        .any(|reason| matches!(reason.verdict, Verdict::Grants { .. }))
    {
        return;
    }
    let leases =
        || |reason: &&mut Reason| reason.kind == "lease" && sources.contains(&reason.record);
    let renewed = reasons
        .iter_mut()
        .filter(leases())
        .filter_map(|reason| match reason.verdict {
            Verdict::NotYetStarted { start } => Some(start),
            _ => None,
        });
    let Some(end) = renewed.min() else { return };
    let ended = reasons
        .iter_mut()
        .filter(leases())
        .filter_map(|reason| match reason.verdict {
            Verdict::Ended { end } => Some((end, reason)),
            _ => None,
        });
    if let Some((start, reason)) = ended.max_by_key(|(end, _)| *end) {
        debug_assert!(start <= at);
        reason.verdict = Verdict::Grants {
            start,
            end: Some(end),
            rule: Rule::RenewalBridge,
        };
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let may = if self.active { "may" } else { "may not" };
        write!(
            f,
            "{} {may} open {} at {}",
            self.subject,
            self.target,
            Seconds(self.at)
        )?;
        if let Some(since) = self.since {
            write!(f, ", since {}", Seconds(since))?;
        }
        if let Some(until) = self.until {
            write!(f, ", until {}", Seconds(until))?;
        }
        if self.reasons.is_empty() {
            return f.write_str(": no record speaks of it");
        }
        // What decides comes first: what grants where it opens, what holds where it does not.
        let rank = |verdict: &Verdict| match verdict {
            Verdict::Grants { .. } => u8::from(!self.active),
            Verdict::Holds { .. } => u8::from(self.active),
            _ => 2,
        };
        let mut order: Vec<&Reason> = self.reasons.iter().collect();
        order.sort_by_key(|reason| rank(&reason.verdict));
        if self.active {
            // Why it opens is all that the sentence needs; the rest is in the data.
            order.retain(|reason| matches!(reason.verdict, Verdict::Grants { .. }));
        }
        for (number, reason) in order.into_iter().enumerate() {
            f.write_str(if number == 0 { ": " } else { "; " })?;
            write!(f, "{} {} ", reason.kind, reason.record)?;
            match &reason.verdict {
                Verdict::Grants { rule, .. } if self.active => {
                    write!(f, "grants it{}", rule.text())?
                }
                Verdict::Grants { .. } => f.write_str("would grant it")?,
                Verdict::NotYetStarted { start } => write!(f, "begins at {}", Seconds(*start))?,
                Verdict::Ended { end } => write!(f, "ended at {}", Seconds(*end))?,
                Verdict::Paused { since, until } => {
                    write!(
                        f,
                        "is paused since {} until {}",
                        Seconds(*since),
                        Seconds(*until)
                    )?;
                }
                Verdict::ExcludedByStatus { status } => {
                    write!(f, "grants nothing, being {status:?}")?
                }
                Verdict::NeverInTeam => f.write_str("never has the person in its team")?,
                Verdict::Unusable { code } => write!(f, "cannot be used ({code})")?,
                Verdict::Holds {
                    since,
                    until: Some(until),
                } => {
                    write!(
                        f,
                        "locks out since {} until {}",
                        Seconds(*since),
                        Seconds(*until)
                    )?;
                }
                Verdict::Holds { since, until: None } => {
                    write!(
                        f,
                        "locks out since {} until further notice",
                        Seconds(*since)
                    )?;
                }
            }
        }
        Ok(())
    }
}
