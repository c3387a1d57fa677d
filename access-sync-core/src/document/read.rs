//! Reading timeline documents.

mod leaf;

use super::path::{Path, Step};
use super::value::{
    GuardFields, Leaf, Maybe, MembershipFields, Object, OptionalObject, PauseFields, PolicyFields,
    Read, RecordFields, Seed, TeamFields, UserFields,
};
use super::{Document, DocumentError};
use crate::changes::{Membership, UserState};
use crate::few::Few;
use crate::fields::{Span, parse_instant};
use crate::ids::{RecordId, SubjectId, TargetId};
use crate::policy::{EndBasis, NoAccess, Policy};
use crate::record::{Booking, Contract, DayPass, Hold, Lease, Pause, Record, TeamMember};
use crate::timeline::Timeline;
use alloc::borrow::Cow;
use alloc::format;
use alloc::string::ToString as _;
use alloc::vec::Vec;
use chrono::{DateTime, NaiveTime, Utc};
use chrono_tz::Tz;
use leaf::*;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess};

impl Document {
    /// Reads one document.
    ///
    /// Any self-describing format will do. The deserializer's own state after the document (what
    /// trails it) is the caller's to check, for instance with `serde_json`'s `Deserializer::end`.
    ///
    /// ```
    /// use access_sync_core::document::Document;
    ///
    /// let text = r#"{"records": [{"kind": "lease", "id": "l1", "move_in": 20250115}]}"#;
    /// let error = Document::read(&mut serde_json::Deserializer::from_str(text)).unwrap_err();
    /// assert_eq!(error.path, "records[0].resident");
    /// ```
    ///
    /// # Errors
    ///
    /// With the path of the fault: a value of the wrong type, an unknown kind, a missing id, an
    /// unknown time zone, a time of day that is none, or whatever the format's parser reports.
    /// A date that is text but no calendar date is no such error; it gives a finding.
    pub fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, DocumentError> {
        let path = Path::default();
        let read = Maybe::<Reader>::read(&path, deserializer).and_then(|read| match read {
            Maybe::Some(reader) => reader.finish(&path),
            Maybe::Wrong(what) => Err(D::Error::custom(format!(
                "expected a timeline document, found {what}"
            ))),
        });
        read.map_err(|error| DocumentError {
            path: path.render(),
            message: error.to_string(),
        })
    }
}

#[derive(Debug, Default)]
struct Reader {
    time_zone: Option<Tz>,
    policy: Policy,
    now: Option<DateTime<Utc>>,
    records: Option<Vec<Record>>,
    actual: Option<Vec<Membership>>,
    users: Option<Vec<UserState>>,
}

impl<'de> Object<'de> for Reader {
    const KEYS: &'static [&'static str] = &[
        "time_zone",
        "policy",
        "now_utc",
        "records",
        "actual",
        "users",
    ];

    fn value<A: MapAccess<'de>>(
        &mut self,
        key: &'static str,
        path: &Path,
        map: &mut A,
    ) -> Result<(), A::Error> {
        match key {
            "time_zone" => self.time_zone = zone(map.next_value_seed(Seed::new(path))?)?,
            "policy" => {
                let fields: OptionalObject<PolicyFields<'de>> =
                    map.next_value_seed(Seed::new(path))?;
                if let Some(fields) = fields.0 {
                    self.policy = policy(path, object(fields)?)?;
                }
            }
            "now_utc" => {
                let leaf: Leaf<'de> = map.next_value_seed(Seed::new(path))?;
                self.now = optional(leaf, "an instant", parse_instant)?;
            }
            "records" => self.records = items(map.next_value_seed(Seed::new(path))?)?,
            "actual" => self.actual = items(map.next_value_seed(Seed::new(path))?)?,
            "users" => self.users = items(map.next_value_seed(Seed::new(path))?)?,
            _ => {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

impl Reader {
    fn finish<E: Error>(self, path: &Path) -> Result<Document, E> {
        let Some(records) = self.records else {
            path.push(Step::Key("records"));
            // Nothing is not an empty list: it must not read as "everybody left".
            return Err(E::custom("missing"));
        };
        let timeline = Timeline::new(self.time_zone)
            .policy(self.policy)
            .with_records(records);
        Ok(Document {
            timeline,
            now: self.now,
            actual: self.actual,
            users: self.users,
        })
    }
}

impl<'de> Read<'de> for Record {
    fn read<D: Deserializer<'de>>(path: &Path, deserializer: D) -> Result<Self, D::Error> {
        let fields: RecordFields<'de> = object(Maybe::read(path, deserializer)?)?;
        record(path, fields)
    }
}

impl<'de> Read<'de> for Membership {
    fn read<D: Deserializer<'de>>(path: &Path, deserializer: D) -> Result<Self, D::Error> {
        let fields: MembershipFields<'de> = object(Maybe::read(path, deserializer)?)?;
        Ok(Self {
            subject: at(path, "subject", || id(fields.subject))?,
            target: at(path, "target", || id(fields.target))?,
            owned: at(path, "owned", || flag(fields.owned))?,
        })
    }
}

impl<'de> Read<'de> for UserState {
    fn read<D: Deserializer<'de>>(path: &Path, deserializer: D) -> Result<Self, D::Error> {
        let fields: UserFields<'de> = object(Maybe::read(path, deserializer)?)?;
        Ok(Self {
            subject: at(path, "subject", || id(fields.subject))?,
            suspended: at(path, "suspended", || flag(fields.suspended))?,
            owned: at(path, "owned", || flag(fields.owned))?,
        })
    }
}

fn record<E: Error>(path: &Path, it: RecordFields<'_>) -> Result<Record, E> {
    let kind = at(path, "kind", || text(&it.kind, "the kind of record"))?;
    if !["lease", "booking", "visit", "contract", "day_pass", "hold"].contains(&&*kind) {
        return at(path, "kind", || {
            let kinds = "lease, booking, visit, contract, day_pass, hold";
            Err(E::custom(format!(
                "unknown kind {:?}, expected one of {kinds}",
                shorten(&kind)
            )))
        });
    }
    let record_id: RecordId = at(path, "id", || id(it.id))?;
    let time_zone = at(path, "time_zone", || zone(it.time_zone))?;
    let date = |name, leaf| at(path, name, || date(leaf));
    let status = |leaf: &Leaf<'_>| {
        at(path, "status", || {
            text(leaf, "a status").map(Cow::into_owned)
        })
    };
    match &*kind {
        "lease" => {
            let resident: SubjectId = at(path, "resident", || id(it.resident))?;
            let target: TargetId = at(path, "target", || id(it.target))?;
            let time = |name, leaf| at(path, name, || time_of_day(leaf));
            Ok(
                Lease::new(record_id, resident, target, status(&it.status)?.as_str())
                    .move_in(date("move_in", it.move_in)?)
                    .move_out(date("move_out", it.move_out)?)
                    .lease_end(date("lease_end", it.lease_end)?)
                    .start_time(time("start_time", it.start_time)?)
                    .end_time(time("end_time", it.end_time)?)
                    .time_zone(time_zone)
                    .into(),
            )
        }
        "contract" => {
            let customer: SubjectId = at(path, "customer", || id(it.customer))?;
            let target: TargetId = at(path, "target", || id(it.target))?;
            Ok(
                Contract::new(record_id, customer, target, status(&it.status)?.as_str())
                    .start_date(date("start_date", it.start_date)?)
                    .end_date(date("end_date", it.end_date)?)
                    .team(at(path, "team", || each(path, it.team, member))?)
                    .pauses(at(path, "pauses", || each(path, it.pauses, pause))?)
                    .time_zone(time_zone)
                    .into(),
            )
        }
        "day_pass" => {
            let customer: SubjectId = at(path, "customer", || id(it.customer))?;
            let target: TargetId = at(path, "target", || id(it.target))?;
            let day = date("date", it.date)?;
            let status = status(&it.status)?;
            Ok(
                DayPass::new(record_id, customer, target, status.as_str(), day)
                    .time_zone(time_zone)
                    .into(),
            )
        }
        "hold" => {
            let subject: SubjectId = at(path, "subject", || id(it.subject))?;
            let target = at(path, "target", || {
                text(&it.target, "a target").and_then(not_empty)
            })?;
            let from = moment(path, "from_utc", it.from_utc, "from_local", it.from_local)?;
            let mut hold = Hold::new(record_id, subject, &*target, from).time_zone(time_zone);
            hold.to = moment(path, "to_utc", it.to_utc, "to_local", it.to_local)?;
            Ok(hold.into())
        }
        _ => {
            let customer: SubjectId = at(path, "customer", || id(it.customer))?;
            let listed = at(path, "targets", || {
                each(path, it.targets, |_, leaf| id::<TargetId, E>(leaf))
                    .map(|it| (!it.is_empty()).then_some(it))
            })?;
            let targets: Few<TargetId> = match (it.target, listed) {
                (Leaf::Missing, Some(targets)) => targets.into(),
                (target, targets) => {
                    let target: TargetId = at(path, "target", || id(target))?;
                    core::iter::once(target)
                        .chain(targets.into_iter().flatten())
                        .collect()
                }
            };
            let from = moment(path, "from_utc", it.from_utc, "from_local", it.from_local)?;
            let to = moment(path, "to_utc", it.to_utc, "to_local", it.to_local)?;
            let mut booking = Booking::new(
                record_id,
                customer,
                "",
                status(&it.status)?.as_str(),
                Span::new(from, to),
            )
            .time_zone(time_zone);
            booking.targets = targets;
            Ok(if kind == "visit" {
                Record::Visit(booking)
            } else {
                Record::Booking(booking)
            })
        }
    }
}

fn member<E: Error>(path: &Path, it: Maybe<TeamFields<'_>>) -> Result<TeamMember, E> {
    let it = object(it)?;
    Ok(TeamMember {
        customer: at(path, "customer", || id(it.customer))?,
        joined: at(path, "joined", || date(it.joined))?,
        left: at(path, "left", || date(it.left))?,
    })
}

fn pause<E: Error>(path: &Path, it: Maybe<PauseFields<'_>>) -> Result<Pause, E> {
    let it = object(it)?;
    Ok(Pause {
        from: at(path, "from", || date(it.from))?,
        to: at(path, "to", || date(it.to))?,
    })
}

fn policy<E: Error>(path: &Path, it: PolicyFields<'_>) -> Result<Policy, E> {
    let mut policy = Policy::default();
    let time = |name, leaf, to: &mut NaiveTime| {
        at(path, name, || time_of_day(leaf)).map(|time| *to = time.unwrap_or(*to))
    };
    time("start_time", it.start_time, &mut policy.start_time)?;
    time("end_time", it.end_time, &mut policy.end_time)?;
    time("day_cutoff", it.day_cutoff, &mut policy.day_cutoff)?;
    let count = |name, leaf, to: &mut u32| {
        at(path, name, || whole(leaf, u32::MAX.into())).map(|count| {
            *to = count
                .and_then(|count| u32::try_from(count).ok())
                .unwrap_or(*to);
        })
    };
    count(
        "early_access_days",
        it.early_access_days,
        &mut policy.early_access_days,
    )?;
    count("grace_days", it.grace_days, &mut policy.grace_days)?;
    count(
        "buffer_before_min",
        it.buffer_before_min,
        &mut policy.buffer_before_min,
    )?;
    count(
        "buffer_after_min",
        it.buffer_after_min,
        &mut policy.buffer_after_min,
    )?;
    let end_basis = at(path, "end_basis", || {
        optional(it.end_basis, "move_out or lease_end", |word| match word {
            "move_out" => Some(EndBasis::MoveOut),
            "lease_end" => Some(EndBasis::LeaseEnd),
            _ => None,
        })
    })?;
    policy.end_basis = end_basis.unwrap_or_default();
    let no_access = at(path, "no_access", || {
        optional(
            it.no_access,
            "keep, suspend, suspend_and_revoke_pass or delete",
            |word| match word {
                "keep" => Some(NoAccess::Keep),
                "suspend" => Some(NoAccess::Suspend),
                "suspend_and_revoke_pass" => Some(NoAccess::SuspendAndRevokePass),
                "delete" => Some(NoAccess::Delete),
                _ => None,
            },
        )
    })?;
    policy.no_access = no_access.unwrap_or_default();
    if let Some(fields) = it.guard.0 {
        at(path, "guard", || {
            let GuardFields {
                max_removals,
                max_removal_percent,
                min_scope,
            } = object(fields)?;
            let guard = &mut policy.guard;
            guard.max_removals = at(path, "max_removals", || whole(max_removals, u64::MAX))?;
            let percent = at(path, "max_removal_percent", || {
                whole(max_removal_percent, 100)
            })?;
            guard.max_removal_percent = percent
                .and_then(|percent| u32::try_from(percent).ok())
                .or(guard.max_removal_percent);
            guard.min_scope =
                at(path, "min_scope", || whole(min_scope, u64::MAX))?.unwrap_or(guard.min_scope);
            Ok(())
        })?;
    }
    Ok(policy)
}

// Values.
