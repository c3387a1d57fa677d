//! A proof that a plan grants what its records entitle to, and nothing else.
//!
//! This checker shares no code with the planner: it reads records and the time-zone database in its
//! own way, counts entitlements, holds and grants at every instant where one of them changes, and
//! lists where they disagree. It looks at access alone; provenance and findings are not its matter.

use crate::compare::{Amount, span};
use crate::ids::{SubjectId, TargetId};
use crate::plan::Plan;
use crate::policy::{EndBasis, Policy};
use crate::record::{Booking, Contract, DateField, Lease, LeaseStatus, Moment, Record, Span};
use crate::timeline::Timeline;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use chrono::{
    DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, Offset as _, TimeDelta, TimeZone as _,
    Timelike as _, Utc,
};
use chrono_tz::Tz;

/// What [`check`] found.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Coverage {
    /// Access that the records entitle to.
    pub entitled: Amount,
    /// Access that the plan grants.
    pub granted: Amount,
    /// Where the two differ, sorted by subject, target and time.
    pub exceptions: Vec<Exception>,
}

impl Coverage {
    /// Whether every entitled second is granted and no other.
    pub fn is_exact(&self) -> bool {
        self.exceptions.is_empty()
    }
}

/// A span in which the plan and the records disagree.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exception {
    /// Who.
    pub subject: SubjectId,
    /// What.
    pub target: TargetId,
    /// From then.
    pub start: DateTime<Utc>,
    /// Until then; `None` is for good.
    pub end: Option<DateTime<Utc>>,
    /// In which way.
    pub kind: ExceptionKind,
}

/// In which way the plan and the records disagree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExceptionKind {
    /// Entitled and not granted.
    Missing,
    /// Granted and not entitled.
    Excess,
}

/// No end, in seconds.
const NEVER: i64 = i64::MAX;
/// 9999-12-31T00:00:00Z and the second after the last one that is planned.
const LAST_DAY: i64 = 253_402_214_400;
const AFTER_ALL: i64 = 253_402_300_800;
const BEFORE_ALL: i64 = -62_167_219_200;

/// Whether a plan grants what the timeline's records entitle to, and nothing else.
///
/// ```
/// use access_sync_core::record::{Lease, LeaseStatus};
/// use access_sync_core::{Timeline, coverage, plan};
///
/// let timeline = Timeline::new(chrono_tz::America::New_York)
///     .record(Lease::new("l1", "ann", "unit:1", LeaseStatus::Current).move_in("2025-01-15"));
/// assert!(coverage::check(&timeline, &plan(&timeline)).is_exact());
/// assert!(!coverage::check(&timeline, &plan(&Timeline::new(None))).is_exact());
/// ```
pub fn check(timeline: &Timeline, plan: &Plan) -> Coverage {
    let mut entitlements = Entitlements {
        policy: &timeline.policy,
        zone: timeline.time_zone,
        keys: BTreeMap::new(),
    };
    let mut holds: Vec<(&SubjectId, Option<&TargetId>, i64, i64)> = Vec::new();
    for record in timeline.records().iter().chain(timeline.absent()) {
        match record {
            Record::Lease(lease) => entitlements.lease(lease),
            Record::Booking(booking) | Record::Visit(booking) => entitlements.booking(booking),
            Record::Contract(contract) => entitlements.contract(contract),
            Record::DayPass(pass) => {
                if let (true, DateField::Date(date)) = (pass.status.grants(), &pass.date) {
                    let zone = pass.time_zone.or(timeline.time_zone);
                    let cutoff = timeline.policy.day_cutoff;
                    let span = instant_of(zone, *date, 0, cutoff, false)
                        .zip(instant_of(zone, *date, 1, cutoff, true));
                    entitlements.add(&pass.customer, &pass.target, span);
                }
            }
            Record::Hold(hold) => {
                let zone = hold.time_zone.or(timeline.time_zone);
                // What cannot be read holds more, not less.
                let from = exact(zone, &hold.from, false).unwrap_or((BEFORE_ALL, 0));
                let to = exact(zone, &hold.to, true).unwrap_or((NEVER, 0));
                let target = match &hold.target {
                    crate::record::HoldTarget::All => None,
                    crate::record::HoldTarget::One(target) => Some(target),
                };
                if from < to {
                    holds.push((&hold.subject, target, from.0, up(to)));
                }
            }
        }
    }
    let mut keys = entitlements.finish();
    for window in plan.windows() {
        let events = keys.entry((&window.subject, &window.target)).or_default();
        let end = window.end.map_or(NEVER, |end| end.timestamp());
        events.extend([(window.start.timestamp(), 0, 0, 1), (end, 0, 0, -1)]);
    }
    holds.sort_unstable();
    let mut coverage = Coverage::default();
    for ((subject, target), mut events) in keys {
        let from = holds.partition_point(|hold| hold.0 < subject);
        for (_, _, start, end) in holds
            .iter()
            .skip(from)
            .take_while(|hold| hold.0 == subject)
            .filter(|hold| hold.1.is_none_or(|it| it == target))
        {
            events.extend([(*start, 0, 1, 0), (*end, 0, -1, 0)]);
        }
        coverage.sweep(subject, target, events);
    }
    coverage
}

/// At an instant: by how much entitlements, holds and grants change.
type Event = (i64, i32, i32, i32);

impl Coverage {
    fn sweep(&mut self, subject: &SubjectId, target: &TargetId, mut events: Vec<Event>) {
        events.sort_unstable();
        let (mut entitled, mut held, mut granted) = (0, 0, 0);
        let mut differs: Option<(i64, ExceptionKind)> = None;
        let mut rest = events.as_slice();
        while let Some((now, ..)) = rest.first().copied().filter(|event| event.0 != NEVER) {
            let count = rest.partition_point(|event| event.0 == now);
            let (at, after) = rest.split_at_checked(count).unwrap_or((rest, &[]));
            for event in at {
                entitled += event.1;
                held += event.2;
                granted += event.3;
            }
            rest = after;
            let until = rest.first().map_or(NEVER, |event| event.0);
            let (should, does) = (entitled > 0 && held == 0, granted > 0);
            if should {
                self.entitled.add(now, until);
            }
            if does {
                self.granted.add(now, until);
            }
            let kind = match (should, does) {
                (true, false) => Some(ExceptionKind::Missing),
                (false, true) => Some(ExceptionKind::Excess),
                _ => None,
            };
            if let Some((start, was)) = differs.filter(|(_, was)| Some(*was) != kind) {
                self.except(subject, target, start, now, was);
                differs = None;
            }
            if let (None, Some(kind)) = (differs, kind) {
                differs = Some((now, kind));
            }
        }
        if let Some((start, kind)) = differs {
            self.except(subject, target, start, NEVER, kind);
        }
    }

    fn except(
        &mut self,
        subject: &SubjectId,
        target: &TargetId,
        start: i64,
        end: i64,
        kind: ExceptionKind,
    ) {
        let (start, end) = span(start, end);
        self.exceptions.push(Exception {
            subject: subject.clone(),
            target: target.clone(),
            start,
            end,
            kind,
        });
    }
}

/// What records give one subject and target.
#[derive(Default)]
struct Entitled {
    events: Vec<Event>,
    /// First and last day, start and end of leases.
    leases: Vec<(NaiveDate, Option<NaiveDate>, i64, i64)>,
}

struct Entitlements<'a> {
    policy: &'a Policy,
    zone: Option<Tz>,
    keys: BTreeMap<(&'a SubjectId, &'a TargetId), Entitled>,
}

impl<'a> Entitlements<'a> {
    fn add(&mut self, subject: &'a SubjectId, target: &'a TargetId, span: Option<(i64, i64)>) {
        if let Some((start, end)) = span.filter(|(start, end)| start < end) {
            let events = &mut self.keys.entry((subject, target)).or_default().events;
            events.extend([(start, 1, 0, 0), (end, -1, 0, 0)]);
        }
    }

    fn lease(&mut self, lease: &'a Lease) {
        let DateField::Date(first) = lease.move_in else {
            return;
        };
        let by_term =
            lease.move_out == DateField::Missing && self.policy.end_basis == EndBasis::LeaseEnd;
        let last = match if by_term {
            &lease.lease_end
        } else {
            &lease.move_out
        } {
            DateField::Invalid(_) => return,
            DateField::Missing => None,
            DateField::Date(date) => Some(*date).filter(|date| !is_sentinel(*date)),
        };
        if !lease.status.grants() || (last.is_none() && lease.status == LeaseStatus::Past) {
            return;
        }
        let zone = lease.time_zone.or(self.zone);
        let in_time = lease.start_time.unwrap_or(self.policy.start_time);
        let out_time = lease.end_time.unwrap_or(self.policy.end_time);
        let Some(start) = instant_of(
            zone,
            first,
            -i64::from(self.policy.early_access_days),
            in_time,
            false,
        ) else {
            return;
        };
        let end = match last {
            None => Some(NEVER),
            Some(last) => instant_of(zone, last, self.policy.grace_days.into(), out_time, true),
        };
        let Some(end) = end.filter(|end| start < *end) else {
            return;
        };
        self.add(&lease.resident, &lease.target, Some((start, end)));
        let of_key = self
            .keys
            .entry((&lease.resident, &lease.target))
            .or_default();
        of_key.leases.push((first, last, start, end));
    }

    fn booking(&mut self, booking: &'a Booking) {
        if !booking.status.grants() {
            return;
        }
        let zone = booking.time_zone.or(self.zone);
        let (from, to) = match &booking.span {
            Span::Utc { from, to } => (Moment::Utc(*from), Moment::Utc(*to)),
            Span::Local { from, to } => (Moment::Local(*from), Moment::Local(*to)),
            Span::Edges { from, to } => (from.clone(), to.clone()),
        };
        let Some((from, to)) = exact(zone, &from, false).zip(exact(zone, &to, true)) else {
            return;
        };
        if from >= to {
            return;
        }
        let start = (from.0 - i64::from(self.policy.buffer_before_min) * 60).max(BEFORE_ALL);
        let end = match up(to) {
            NEVER => NEVER,
            end => bounded(end + i64::from(self.policy.buffer_after_min) * 60),
        };
        for target in &booking.targets {
            self.add(&booking.customer, target, Some((start, end)));
        }
    }

    /// Day by day rules: a contract's access less every pause, cut to each person's own days.
    fn contract(&mut self, contract: &'a Contract) {
        let zone = contract.time_zone.or(self.zone);
        let first_instant =
            |date: NaiveDate, plus: i64| instant_of(zone, date, plus, NaiveTime::MIN, false);
        let first = |field: &DateField, missing: Option<i64>| match field {
            DateField::Date(date) => first_instant(*date, 0),
            DateField::Missing => missing,
            DateField::Invalid(_) => None,
        };
        let after = |field: &DateField| match field {
            DateField::Date(date) if is_sentinel(*date) => Some(NEVER),
            DateField::Date(date) => first_instant(*date, 1),
            DateField::Missing => Some(NEVER),
            DateField::Invalid(_) => None,
        };
        let pauses: Option<Vec<(i64, i64)>> = contract
            .pauses
            .iter()
            .map(|pause| first(&pause.from, None).zip(after(&pause.to)))
            .collect();
        let own = first(&contract.start_date, None).zip(after(&contract.end_date));
        let (Some(mut pauses), Some((start, end)), true) = (pauses, own, contract.status.grants())
        else {
            return;
        };
        if contract.pauses.len() > crate::MAX_PAUSES {
            return;
        }
        pauses.retain(|(from, to)| from < to);
        pauses.sort_unstable();
        let team = contract.team.iter().map(|member| {
            (
                &member.customer,
                first(&member.joined, Some(BEFORE_ALL)).zip(after(&member.left)),
            )
        });
        let payer = core::iter::once((&contract.customer, Some((BEFORE_ALL, NEVER))));
        for (person, days) in payer.chain(team) {
            let Some((joined, left)) = days else { continue };
            let (mut from, to) = (start.max(joined), end.min(left));
            for (pause, resume) in &pauses {
                self.add(person, &contract.target, Some((from, to.min(*pause))));
                from = from.max(*resume);
            }
            self.add(person, &contract.target, Some((from, to)));
        }
    }

    /// Adds what consecutive leases are entitled to between them.
    fn finish(self) -> BTreeMap<(&'a SubjectId, &'a TargetId), Vec<Event>> {
        let close_holes = |mut it: Entitled| {
            it.leases.sort_unstable_by_key(|lease| (lease.2, lease.3));
            let (mut day, mut ended) = (NaiveDate::MIN, None);
            for (first, last, start, end) in it.leases {
                let next = day.checked_add_days(Days::new(1)).unwrap_or(day);
                if let Some(ended) = ended.filter(|ended| *ended < start && first <= next) {
                    it.events.extend([(ended, 1, 0, 0), (start, -1, 0, 0)]);
                }
                day = day.max(last.unwrap_or(NaiveDate::MAX));
                ended = ended.max(Some(end));
            }
            it.events
        };
        self.keys
            .into_iter()
            .map(|(key, it)| (key, close_holes(it)))
            .collect()
    }
}

fn is_sentinel(date: NaiveDate) -> bool {
    NaiveDate::from_ymd_opt(9999, 12, 31).is_some_and(|sentinel| date >= sentinel)
}

/// An end past all years is none.
fn bounded(end: i64) -> i64 {
    if end >= AFTER_ALL { NEVER } else { end }
}

/// The instant of a time of day so many days from a date; for an end, none past all years.
fn instant_of(
    zone: Option<Tz>,
    date: NaiveDate,
    days: i64,
    time: NaiveTime,
    is_end: bool,
) -> Option<i64> {
    use chrono::Datelike as _;
    if !(1..=9999).contains(&date.year()) {
        return None;
    }
    let zone = zone?;
    let Some(day) = TimeDelta::try_days(days).and_then(|days| date.checked_add_signed(days)) else {
        return Some(if is_end { NEVER } else { BEFORE_ALL });
    };
    if is_end && is_sentinel(day) {
        return Some(NEVER);
    }
    let time = time.with_nanosecond(0).unwrap_or(time);
    Some(resolve(zone, day.and_time(time), is_end).clamp(BEFORE_ALL, AFTER_ALL - 1))
}

/// Wall-clock time to instant, by asking the zone about nearby times.
fn resolve(zone: Tz, local: NaiveDateTime, is_end: bool) -> i64 {
    let found = zone.from_local_datetime(&local);
    if let Some(instant) = if is_end {
        found.latest()
    } else {
        found.earliest()
    } {
        return instant.timestamp();
    }
    // In a gap: the last wall-clock minute before it tells the offset that still applies.
    let minutes = (1..=3_000).filter_map(TimeDelta::try_minutes);
    let before = minutes
        .filter_map(|back| {
            zone.from_local_datetime(&local.checked_sub_signed(back)?)
                .latest()
        })
        .next();
    let offset = before.map_or(0, |before| before.offset().fix().local_minus_utc());
    local.and_utc().timestamp() - i64::from(offset)
}

/// Seconds and nanoseconds of an edge; none where it is missing or cannot be read.
fn exact(zone: Option<Tz>, moment: &Moment, is_end: bool) -> Option<(i64, u32)> {
    let (whole, nanos, wall) = match moment {
        Moment::Utc(at) => (at.timestamp(), at.timestamp_subsec_nanos(), at.timestamp()),
        Moment::Local(at) => {
            let wall = at.and_utc();
            if is_end && wall.timestamp() >= LAST_DAY {
                return Some((NEVER, 0));
            }
            let whole = wall.timestamp().clamp(BEFORE_ALL, AFTER_ALL);
            let at = DateTime::from_timestamp(whole, 0)?.naive_utc();
            (
                resolve(zone?, at, is_end),
                wall.timestamp_subsec_nanos(),
                wall.timestamp(),
            )
        }
        _ => return None,
    };
    if is_end && wall >= LAST_DAY {
        return Some((NEVER, 0));
    }
    Some((whole.clamp(BEFORE_ALL, AFTER_ALL - 1), nanos))
}

/// An end with a fraction of a second is the next second.
fn up((seconds, nanos): (i64, u32)) -> i64 {
    if nanos > 0 {
        seconds.saturating_add(1)
    } else {
        seconds
    }
}
