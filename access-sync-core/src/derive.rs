//! From one record to raw windows: status → dates → local time to instant → validity → buffers.

mod contract;

use crate::fields::{DateField, Moment, Span};
use crate::finding::{Edge, FindingCode};
use crate::policy::{EndBasis, Policy};
use crate::record::{Booking, DayPass, Hold, Lease, LeaseStatus, Record};
use crate::zone::{DAY, MAX, MIN, OPEN, Resolved, Resolver, SENTINEL_DAY, day_number, local};
use alloc::borrow::Cow;
use chrono::{DateTime, Datelike as _, NaiveDateTime, NaiveTime, Utc};
use chrono_tz::Tz;

/// The most pauses that one contract may have. A team's access is cut by every pause, so without
/// a limit a small document could ask for an output that fits no memory.
pub const MAX_PAUSES: usize = 1_000;

/// What holds for all records of a timeline.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) time_zone: Option<Tz>,
}

/// Takes what a record gives. Times are seconds, `end` may be [`OPEN`].
pub(crate) trait Sink {
    /// A raw window for the record's pair of that number (see `Record::pair`).
    fn raw(&mut self, pair: u32, start: i64, end: i64);
    /// A lock-out.
    fn hold(&mut self, start: i64, end: i64);
    /// A finding about the record.
    fn note(&mut self, code: FindingCode, edge: Option<Edge>, field: Option<Cow<'static, str>>);
}

/// Derives a record's raw windows, holds and findings.
pub(crate) fn derive(
    record: &Record,
    context: Context<'_>,
    resolver: &mut Resolver,
    out: &mut impl Sink,
) {
    let zone = record.time_zone().or(context.time_zone);
    let mut at = Derivation {
        policy: context.policy,
        zone,
        resolver,
        out,
    };
    match record {
        Record::Lease(it) => at.lease(it),
        Record::Booking(it) | Record::Visit(it) => at.booking(it),
        Record::Contract(it) => at.contract(it),
        Record::DayPass(it) => at.day_pass(it),
        Record::Hold(it) => at.hold(it),
    }
}

/// The day numbers between which a lease runs, as its dates say, before early access and grace;
/// `None` as the end is open. Only for leases that gave a window.
pub(crate) fn lease_days(lease: &Lease, policy: &Policy) -> Option<(i64, Option<i64>)> {
    let start = day_number(lease.move_in.date()?);
    let end = lease_end_field(lease, policy).0.date().map(day_number);
    Some((start, end.filter(|day| *day < SENTINEL_DAY)))
}

fn lease_end_field<'a>(lease: &'a Lease, policy: &Policy) -> (&'a DateField, &'static str) {
    match (&lease.move_out, policy.end_basis) {
        (DateField::Missing, EndBasis::LeaseEnd) => (&lease.lease_end, "lease_end"),
        (move_out, _) => (move_out, "move_out"),
    }
}

/// The end of something: open, or a day or second.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End<T> {
    Open,
    At(T),
}

/// One edge of a span with its fraction of a second.
type Precise = (i64, u32);

struct Derivation<'a, S> {
    policy: &'a Policy,
    zone: Option<Tz>,
    resolver: &'a mut Resolver,
    out: &'a mut S,
}

impl<S: Sink> Derivation<'_, S> {
    fn lease(&mut self, lease: &Lease) {
        if !lease.status.grants() {
            return self.note(FindingCode::ExcludedByStatus);
        }
        let start = match &lease.move_in {
            DateField::Missing => {
                self.note(FindingCode::MissingMoveIn);
                None
            }
            field => self.start_day(field, || "move_in".into()),
        };
        let (field, name) = lease_end_field(lease, self.policy);
        let end = self.end_day(field, || name.into());
        let (Some(start), Some(end)) = (start, end) else {
            return;
        };
        if end == End::Open && lease.status == LeaseStatus::Past {
            return self.note(FindingCode::PastWithoutMoveOut);
        }
        let start_time = lease.start_time.unwrap_or(self.policy.start_time);
        let end_time = lease.end_time.unwrap_or(self.policy.end_time);
        let Some(from) = self.instant(
            start - i64::from(self.policy.early_access_days),
            start_time,
            Edge::Start,
            Edge::Start,
        ) else {
            return;
        };
        let to = match end {
            End::Open => OPEN,
            End::At(day) => {
                let day = day + i64::from(self.policy.grace_days);
                if day >= SENTINEL_DAY {
                    self.note(FindingCode::SentinelEndTreatedAsOpen);
                    OPEN
                } else {
                    match self.instant(day, end_time, Edge::End, Edge::End) {
                        Some(to) => to,
                        None => return,
                    }
                }
            }
        };
        if self.is_valid(from, to) {
            self.out.raw(0, from, to);
        }
    }

    fn booking(&mut self, booking: &Booking) {
        if !booking.status.grants() {
            return self.note(FindingCode::ExcludedByStatus);
        }
        let (from, to) = match &booking.span {
            Span::Utc { from, to } => (Some(utc(*from)), self.utc_end(*to)),
            Span::Local { from, to } => {
                let from = self.wall(*from, Edge::Start);
                (from, self.wall_end(*to))
            }
            Span::Edges { from, to } => {
                let from = match from {
                    Moment::Missing => {
                        self.note(FindingCode::MissingStart);
                        None
                    }
                    from => self.start_moment(from),
                };
                let to = match to {
                    Moment::Missing => {
                        self.note(FindingCode::MissingEnd);
                        None
                    }
                    to => self.end_moment(to),
                };
                (from, to)
            }
        };
        let (Some(from), Some(to)) = (from, to) else {
            return;
        };
        if !self.is_valid(from, to) {
            return;
        }
        let (before, after) = (
            i64::from(self.policy.buffer_before_min),
            i64::from(self.policy.buffer_after_min),
        );
        let start = (from.0 - before * 60).clamp(MIN, MAX - 1);
        let end = match round_up(to) {
            OPEN => OPEN,
            end if end + after * 60 >= MAX => {
                self.note(FindingCode::SentinelEndTreatedAsOpen);
                OPEN
            }
            end => end + after * 60,
        };
        for (pair, _) in (0..).zip(booking.targets.iter()) {
            self.out.raw(pair, start, end.max(start + 1));
        }
    }

    fn day_pass(&mut self, pass: &DayPass) {
        if !pass.status.grants() {
            return self.note(FindingCode::ExcludedByStatus);
        }
        let day = match &pass.date {
            DateField::Missing => return self.note(FindingCode::MissingStart),
            field => self.start_day(field, || "date".into()),
        };
        let Some(day) = day else { return };
        let cutoff = self.policy.day_cutoff;
        let Some(from) = self.instant(day, cutoff, Edge::Start, Edge::Start) else {
            return;
        };
        let to = if day + 1 >= SENTINEL_DAY {
            self.note(FindingCode::SentinelEndTreatedAsOpen);
            OPEN
        } else {
            match self.instant(day + 1, cutoff, Edge::End, Edge::End) {
                Some(to) => to,
                None => return,
            }
        };
        if self.is_valid(from, to) {
            self.out.raw(0, from, to);
        }
    }

    /// A hold that cannot be read in full holds more, not less.
    fn hold(&mut self, hold: &Hold) {
        let from = match &hold.from {
            Moment::Missing => {
                self.note(FindingCode::MissingStart);
                (MIN, 0)
            }
            from => self.start_moment(from).unwrap_or((MIN, 0)),
        };
        let to = match &hold.to {
            Moment::Missing => (OPEN, 0),
            to => self.end_moment(to).unwrap_or((OPEN, 0)),
        };
        if self.is_valid(from, to) {
            self.out.hold(from.0, round_up(to));
        }
    }

    // Dates.

    fn start_day(
        &mut self,
        field: &DateField,
        name: impl FnOnce() -> Cow<'static, str>,
    ) -> Option<i64> {
        match field {
            DateField::Date(date) if (1..=9999).contains(&date.year()) => Some(day_number(*date)),
            _ => {
                self.out.note(FindingCode::InvalidDate, None, Some(name()));
                None
            }
        }
    }

    fn end_day(
        &mut self,
        field: &DateField,
        name: impl FnOnce() -> Cow<'static, str>,
    ) -> Option<End<i64>> {
        match field {
            DateField::Missing => Some(End::Open),
            DateField::Date(date) if day_number(*date) >= SENTINEL_DAY => {
                self.note(FindingCode::SentinelEndTreatedAsOpen);
                Some(End::Open)
            }
            field => self.start_day(field, name).map(End::At),
        }
    }

    /// The first instant after a last day.
    fn last_day(
        &mut self,
        field: &DateField,
        name: impl FnOnce() -> Cow<'static, str>,
    ) -> Option<i64> {
        match self.end_day(field, name)? {
            End::Open => Some(OPEN),
            End::At(day) => self.midnight(day + 1, Edge::End),
        }
    }

    // Local times.

    /// The first instant of a day, always found as a start, named as the edge that it makes.
    fn midnight(&mut self, day: i64, names: Edge) -> Option<i64> {
        self.instant(day, NaiveTime::MIN, Edge::Start, names)
    }

    fn instant(&mut self, day: i64, time: NaiveTime, rule: Edge, names: Edge) -> Option<i64> {
        self.resolve(local(day, time), rule, names)
    }

    fn resolve(&mut self, local: i64, rule: Edge, names: Edge) -> Option<i64> {
        let Some(zone) = self.zone else {
            self.note(FindingCode::MissingTimeZone);
            return None;
        };
        let seconds = match self.resolver.resolve(zone, local) {
            Resolved::Once(seconds) => seconds,
            Resolved::Fold(earlier, later) => {
                self.out.note(FindingCode::FoldResolved, Some(names), None);
                if rule == Edge::Start { earlier } else { later }
            }
            Resolved::Gap(seconds) => {
                self.out.note(FindingCode::GapShifted, Some(names), None);
                seconds
            }
        };
        Some(seconds.clamp(MIN, MAX - 1))
    }

    fn wall(&mut self, time: NaiveDateTime, edge: Edge) -> Option<Precise> {
        let time = time.and_utc();
        Some((
            self.resolve(time.timestamp(), edge, edge)?,
            time.timestamp_subsec_nanos(),
        ))
    }

    fn wall_end(&mut self, time: NaiveDateTime) -> Option<Precise> {
        if day_number(time.date()) >= SENTINEL_DAY {
            self.note(FindingCode::SentinelEndTreatedAsOpen);
            return Some((OPEN, 0));
        }
        self.wall(time, Edge::End)
    }

    fn utc_end(&mut self, time: DateTime<Utc>) -> Option<Precise> {
        if time.timestamp() >= SENTINEL_DAY * DAY {
            self.note(FindingCode::SentinelEndTreatedAsOpen);
            return Some((OPEN, 0));
        }
        Some(utc(time))
    }

    fn start_moment(&mut self, moment: &Moment) -> Option<Precise> {
        match moment {
            Moment::Utc(time) => Some(utc(*time)),
            Moment::Local(time) => self.wall(*time, Edge::Start),
            Moment::InvalidUtc(_) | Moment::Missing => self.invalid("from_utc"),
            Moment::InvalidLocal(_) => self.invalid("from_local"),
        }
    }

    fn end_moment(&mut self, moment: &Moment) -> Option<Precise> {
        match moment {
            Moment::Utc(time) => self.utc_end(*time),
            Moment::Local(time) => self.wall_end(*time),
            Moment::InvalidUtc(_) | Moment::Missing => self.invalid("to_utc"),
            Moment::InvalidLocal(_) => self.invalid("to_local"),
        }
    }

    // Findings.

    fn invalid<T>(&mut self, field: &'static str) -> Option<T> {
        self.out
            .note(FindingCode::InvalidDate, None, Some(field.into()));
        None
    }

    fn is_valid<T: Ord>(&mut self, from: T, to: T) -> bool {
        match from.cmp(&to) {
            core::cmp::Ordering::Less => return true,
            core::cmp::Ordering::Equal => self.note(FindingCode::EmptyWindow),
            core::cmp::Ordering::Greater => self.note(FindingCode::InvertedWindow),
        }
        false
    }

    fn note(&mut self, code: FindingCode) {
        self.out.note(code, None, None);
    }
}

fn utc(time: DateTime<Utc>) -> Precise {
    (
        time.timestamp().clamp(MIN, MAX - 1),
        time.timestamp_subsec_nanos(),
    )
}

/// An end with a fraction of a second is the next second, as a start with one is its own second:
/// access is never cut short.
fn round_up((seconds, nanos): Precise) -> i64 {
    if nanos > 0 {
        seconds.saturating_add(1)
    } else {
        seconds
    }
}
