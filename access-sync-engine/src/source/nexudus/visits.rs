//! People who come for a day or once: day passes and announced visitors.

use std::collections::BTreeMap;

use access_sync_core::ids::SubjectId;
use access_sync_core::record::{Booking, BookingStatus, DayPass, Record, Span};
use chrono::{
    DateTime, MappedLocalTime as LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc,
};
use nexudus_api::{
    CoworkerId, CoworkerTimePassRow, CoworkerTimePasses, HostApprovalStatus, NexudusClient,
    TimePassId, TimePassRow, VisitorRow, Visitors,
};

use super::{BACK, House, excluded, from_source, is_company, subject};
use crate::EngineError;
use crate::mapping::{GroupRef, Location};
use crate::source::{NoteCode, Origin, Person};

impl House<'_> {
    /// Day passes, of one customer or all: whoever has used one is let in on that day.
    pub(super) async fn passes(
        &mut self,
        client: &NexudusClient,
        of: Option<CoworkerId>,
    ) -> Result<(), EngineError> {
        let locations = self.locations.values();
        let mapped = locations.clone().any(|it| !it.passes.is_empty());
        let from_source = locations.clone().any(|it| it.from_source);
        if !mapped && !from_source {
            return Ok(());
        }
        let kinds: BTreeMap<TimePassId, TimePassRow> = if from_source {
            let kinds = client.time_passes().list().all().await?;
            let kinds = self.whole("time passes", kinds).into_iter();
            kinds.map(|it| (it.id, it)).collect()
        } else {
            BTreeMap::new()
        };
        let used = client.coworker_time_passes().list();
        let used = match of {
            Some(customer) => used.filter(CoworkerTimePasses::COWORKER.is(customer)),
            None => used,
        };
        let used = used.all().await?;
        for pass in self.whole("passes of customers", used) {
            self.pass(&pass, &kinds);
        }
        Ok(())
    }

    fn pass(&mut self, pass: &CoworkerTimePassRow, kinds: &BTreeMap<TimePassId, TimePassRow>) {
        let customer = pass.coworker_id;
        let (Some(used), Some(kind)) = (pass.used_date, pass.time_pass_id) else {
            return;
        };
        let old = self.now.checked_sub_signed(BACK).unwrap_or(self.now);
        if pass.used != Some(true) || used < old {
            return;
        }
        let business = pass
            .business_id
            .or_else(|| kinds.get(&kind).and_then(|it| it.business_id));
        let Some(location) = business.and_then(|id| self.locations.get(&id).copied()) else {
            return;
        };
        let Some(coworker) = self.coworkers.get(&customer).filter(|it| !is_company(it)) else {
            return;
        };
        let status = excluded(coworker).map_or(BookingStatus::Confirmed, BookingStatus::from);
        let place = format!("Nexudus pass {kind}");
        let groups = pass_groups(location, kind, kinds);
        if groups.is_empty() {
            let text = format!("{place}: no group is mapped; it opens nothing");
            self.feed.note(NoteCode::UnmappedPlace, text);
        }
        let targets = self.feed.resolve(self.directory, &place, &groups);
        let origin = Origin {
            id: format!("nexudus:pass:{}", pass.id),
            property: format!("nexudus:location:{}", location.id),
            units: Vec::new(),
            what: format!("pass {}", pass.id),
            place: pass
                .time_pass_name
                .clone()
                .unwrap_or_else(|| "day pass".into()),
            time_zone: location.time_zone,
        };
        self.feed.told.insert(origin.id.clone());
        let day = used.with_timezone(&location.time_zone).date_naive();
        let who = subject(customer);
        let own = location
            .day_cutoff
            .and_then(|cutoff| self.day(location, day, cutoff));
        self.feed
            .add(&origin, &who, &targets, |id, target| match &own {
                None => {
                    let pass = DayPass::new(id, who.clone(), target, status.clone(), day);
                    Record::DayPass(pass.time_zone(location.time_zone))
                }
                Some(span) => {
                    let day = Booking::new(id, who.clone(), target, status.clone(), span.clone());
                    Record::Booking(day.time_zone(location.time_zone))
                }
            });
    }

    /// A day that ends at a time of the location's own. The planner knows one such time for all day
    /// passes; so this is a span, without the minutes that the planner adds to one.
    fn day(&self, location: &Location, day: NaiveDate, cutoff: NaiveTime) -> Option<Span> {
        let from = instant(location, day, cutoff)?.0;
        let to = instant(location, day.succ_opt()?, cutoff)?.1;
        let minutes = |minutes: u32| TimeDelta::minutes(minutes.into());
        Some(Span::Utc {
            from: from.checked_add_signed(minutes(self.policy.buffer_before_min))?,
            to: to.checked_sub_signed(minutes(self.policy.buffer_after_min))?,
        })
    }

    /// Announced visitors, of one host or all, where a location lets them in.
    pub(super) async fn visits(
        &mut self,
        client: &NexudusClient,
        of: Option<CoworkerId>,
    ) -> Result<(), EngineError> {
        if self.locations.values().all(|it| it.visitors.is_empty()) {
            return Ok(());
        }
        let since = self.now.checked_sub_signed(BACK).unwrap_or(self.now);
        let list = client.visitors().list();
        let list = list.filter(Visitors::EXPECTED_ARRIVAL.from(since));
        let list = match of {
            Some(host) => list.filter(Visitors::COWORKER.is(host)),
            None => list,
        };
        let announced = list.all().await?;
        for visitor in self.whole("visitors", announced) {
            self.visit(&visitor);
        }
        Ok(())
    }

    fn visit(&mut self, visitor: &VisitorRow) {
        let Some(location) = visitor
            .business_id
            .and_then(|id| self.locations.get(&id).copied())
        else {
            return;
        };
        let Some(from) = visitor.expected_arrival else {
            return;
        };
        let origin = Origin {
            id: format!("nexudus:visitor:{}", visitor.id),
            property: format!("nexudus:location:{}", location.id),
            units: Vec::new(),
            what: format!("visitor {}", visitor.id),
            place: "visit".into(),
            time_zone: location.time_zone,
        };
        self.feed.told.insert(origin.id.clone());
        let status = match &visitor.host_approval_status {
            Some(HostApprovalStatus::Rejected) => BookingStatus::from("rejected by the host"),
            Some(HostApprovalStatus::Requested) => BookingStatus::Tentative,
            _ => BookingStatus::Confirmed,
        };
        let to = visitor
            .departure_date
            .unwrap_or_else(|| end(location, from, self.policy.day_cutoff));
        let who = SubjectId::new(&*origin.id);
        self.feed.people.insert(who.clone(), person(visitor));
        self.feed.visitors.insert(who.clone());
        let targets = self
            .feed
            .resolve(self.directory, &origin.what, &location.visitors);
        let span = self.buffered(location, from, to);
        self.feed.add(&origin, &who, &targets, |id, target| {
            let visit = Booking::new(id, who.clone(), target, status.clone(), span.clone());
            Record::Visit(visit.time_zone(location.time_zone))
        });
    }
}

fn pass_groups(
    location: &Location,
    kind: TimePassId,
    kinds: &BTreeMap<TimePassId, TimePassRow>,
) -> Vec<GroupRef> {
    match (location.passes.get(&kind.to_string()), kinds.get(&kind)) {
        (Some(groups), _) => groups.clone(),
        (None, Some(row)) if location.from_source => {
            let one = row.access_control_group_id.as_deref();
            from_source(&one.into_iter().collect::<Vec<_>>())
        }
        _ => Vec::new(),
    }
}

/// Nexudus keeps no end of a visit: the location's minutes, or the end of the local day.
fn end(location: &Location, from: DateTime<Utc>, cutoff: NaiveTime) -> DateTime<Utc> {
    if let Some(minutes) = location.visit_minutes {
        let end = from.checked_add_signed(TimeDelta::minutes(minutes.into()));
        return end.unwrap_or(from);
    }
    let cutoff = location.day_cutoff.unwrap_or(cutoff);
    let day = from.with_timezone(&location.time_zone).date_naive();
    let ends = [Some(day), day.succ_opt()].into_iter().flatten();
    let mut ends = ends.filter_map(|day| Some(instant(location, day, cutoff)?.1));
    ends.find(|end| *end > from).unwrap_or(from)
}

/// A local time as an instant, the earlier and the later one where clocks go back; where they go
/// forward over it, the one after.
fn instant(
    location: &Location,
    day: NaiveDate,
    time: NaiveTime,
) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let local = day.and_time(time);
    let at = |local: NaiveDateTime| local.and_local_timezone(location.time_zone);
    let found = match at(local) {
        LocalResult::None => at(local.checked_add_signed(TimeDelta::hours(1))?),
        found => found,
    };
    Some((found.earliest()?.to_utc(), found.latest()?.to_utc()))
}

fn person(visitor: &VisitorRow) -> Person {
    let whole = visitor.full_name.as_deref().unwrap_or_default().trim();
    let (first, last) = whole.split_once(' ').unwrap_or((whole, ""));
    // The access-control system wants both names; a single one stands for both.
    let (first, last) = match (first.is_empty(), last.trim().is_empty()) {
        (true, _) => ("Visitor".to_owned(), visitor.id.to_string()),
        (false, true) => (first.to_owned(), first.to_owned()),
        (false, false) => (first.to_owned(), last.trim().to_owned()),
    };
    Person::new(first, last, visitor.email.as_deref().map(str::to_owned))
}
