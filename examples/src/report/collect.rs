//! From a plan to what is drawn and told.

mod spans;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use access_sync_core::changes::{Changes, CostModel, PersonChange};
use access_sync_core::finding::Finding;
use access_sync_core::ids::{RecordId, SubjectId, TargetId};
use access_sync_core::record::{HoldTarget, Moment, Record};
use access_sync_core::{Plan, Window};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::rules::ById;
use super::{
    Calls, Clock, Fact, Grant, Held, Input, Name, Names, Remark, Report, Silent, Step, Todo, facts,
    rules, zone_of,
};

use spans::{days, range};
use table::Table;

impl Report {
    /// Everything that the page tells. The same input gives the same report.
    pub(crate) fn build(input: Input<'_>) -> Self {
        let Input {
            title,
            plan,
            records: unsorted,
            now,
            changes,
            names,
            kept,
        } = input;
        let records = sorted(unsorted);
        let main = plan
            .time_zone()
            .or_else(|| commonest(&records))
            .unwrap_or(Tz::UTC);
        let mut ids = Ids::new(main, names);
        let by_id: ById<'_> = records
            .iter()
            .map(|record| (record.id(), *record))
            .collect();

        let mut grants = BTreeMap::new();
        let mut used = BTreeSet::new();
        for window in plan.windows() {
            for record in window.sources.iter() {
                used.insert((record, &window.subject, &window.target));
            }
            ids.grant(plan, &by_id, window, &mut grants);
        }
        let silent = ids.silent(plan, &records, &used, now);
        let holds = records
            .iter()
            .filter_map(|record| ids.held(record))
            .collect();
        let found = changes.map_or(&[][..], |changes| &changes.findings);
        let mut findings: Vec<_> = plan.findings().iter().chain(found).collect();
        findings.sort_by(|a, b| (b.severity, a).cmp(&(a.severity, b)));
        let mut findings: Vec<_> = findings
            .into_iter()
            .map(|finding| ids.remark(finding, &by_id))
            .collect();
        findings.extend(ids.notes());
        let todo = changes.map(|changes| ids.todo(changes));
        let calls = now.map(|now| Calls {
            now: changes.map(|changes| {
                (
                    changes.calls(&CostModel::GROUPED),
                    changes.calls(&CostModel::SINGLE),
                )
            }),
            days: days(plan, main, now),
        });
        let (people, targets, records, phrases, zones) = ids.finish(plan, now);
        Self {
            title,
            now,
            digest: plan.digest().to_string(),
            zones,
            people,
            targets,
            records,
            phrases,
            grants: grants.into_values().collect(),
            silent,
            holds,
            findings,
            todo,
            calls,
            kept,
        }
    }
}

/// By id, so that the order that they came in does not show.
fn sorted(records: &[Record]) -> Vec<&Record> {
    let mut records: Vec<_> = records.iter().collect();
    records.sort_by(|a, b| {
        let whole = |it| format!("{it:?}");
        a.id().cmp(b.id()).then_with(|| whole(*a).cmp(&whole(*b)))
    });
    records
}

/// The zone of most records.
fn commonest(records: &[&Record]) -> Option<Tz> {
    let mut counts: BTreeMap<&str, (usize, Tz)> = BTreeMap::new();
    for zone in records.iter().filter_map(|record| zone_of(record)) {
        counts.entry(zone.name()).or_insert((0, zone)).0 += 1;
    }
    let most = counts
        .into_values()
        .max_by_key(|(count, zone)| (*count, std::cmp::Reverse(zone.name())));
    most.map(|(_, zone)| zone)
}

/// Where windows of a person join: span, records, and why they begin and end.
type Joint = (
    usize,
    DateTime<Utc>,
    Option<DateTime<Utc>>,
    Vec<usize>,
    usize,
    usize,
);

/// Numbers for ids.
struct Ids {
    names: Names,
    people: Table<SubjectId>,
    targets: Table<TargetId>,
    facts: BTreeMap<String, usize>,
    records: Vec<Fact>,
    phrases: Table<String>,
    zones: Vec<Tz>,
}

impl Ids {
    fn new(main: Tz, names: Names) -> Self {
        Self {
            names,
            people: Table::default(),
            targets: Table::default(),
            facts: BTreeMap::new(),
            records: Vec::new(),
            phrases: Table::default(),
            zones: vec![main],
        }
    }

    fn zone(&mut self, zone: Option<Tz>) -> usize {
        let Some(zone) = zone else { return 0 };
        let known = self.zones.iter().position(|it| *it == zone);
        known.unwrap_or_else(|| {
            self.zones.push(zone);
            self.zones.len() - 1
        })
    }

    /// The fact behind a record; records that are one fact of a source are told once.
    fn record(&mut self, record: &Record) -> usize {
        let (id, label) = match self.names.origins.get(record.id()) {
            Some((id, label)) => (id.clone(), Some(label.clone())),
            None => (record.id().to_string(), None),
        };
        if let Some(known) = self.facts.get(&id) {
            return *known;
        }
        let zone = self.zone(zone_of(record));
        let says = match label {
            Some(label) => format!("{label}: {}", facts::says(record)),
            None => facts::says(record),
        };
        self.facts.insert(id.clone(), self.records.len());
        self.records.push(Fact {
            id,
            kind: record.kind(),
            zone,
            says,
        });
        self.records.len() - 1
    }

    fn known(&mut self, record: &RecordId, by_id: &ById<'_>) -> Option<usize> {
        let record = by_id.get(record).copied()?;
        Some(self.record(record))
    }

    fn grant(
        &mut self,
        plan: &Plan,
        by_id: &ById<'_>,
        window: &Window,
        grants: &mut BTreeMap<Joint, Grant>,
    ) {
        let person = self.people.number(&window.subject);
        let target = self.targets.number(&window.target);
        let mut records: Vec<_> = window
            .sources
            .iter()
            .filter_map(|id| self.known(id, by_id))
            .collect();
        records.sort_unstable();
        records.dedup();
        let starts = self.phrases.number(&rules::start(plan, by_id, window));
        let ends = self.phrases.number(&rules::end(plan, by_id, window));
        let joint = (
            person,
            window.start,
            window.end,
            records.clone(),
            starts,
            ends,
        );
        let grant = grants.entry(joint).or_insert_with(|| Grant {
            person,
            targets: Vec::new(),
            start: window.start,
            end: window.end,
            records,
            starts_because: starts,
            ends_because: ends,
        });
        grant.targets.push(target);
    }

    /// Records without any window for somebody whom they speak of.
    fn silent(
        &mut self,
        plan: &Plan,
        records: &[&Record],
        used: &BTreeSet<(&RecordId, &SubjectId, &TargetId)>,
        now: Option<DateTime<Utc>>,
    ) -> Vec<Silent> {
        let mut found: BTreeMap<(usize, usize, usize), Vec<usize>> = BTreeMap::new();
        for record in records {
            for subject in record.subjects().collect::<BTreeSet<_>>() {
                for target in targets_of(record) {
                    if used.contains(&(record.id(), subject, target)) {
                        continue;
                    }
                    let told = plan.explain(subject, target, now.unwrap_or(DateTime::UNIX_EPOCH));
                    let mut reasons = told.reasons.iter();
                    let reason = reasons.find(|reason| reason.record == *record.id());
                    let why = facts::silent_because(reason.map(|reason| &reason.verdict));
                    let why = self.phrases.number(&why);
                    let key = (self.people.number(subject), self.record(record), why);
                    found
                        .entry(key)
                        .or_default()
                        .push(self.targets.number(target));
                }
            }
        }
        let silent = |((person, record, why), targets)| Silent {
            person,
            targets,
            record,
            why,
        };
        found.into_iter().map(silent).collect()
    }

    fn held(&mut self, record: &Record) -> Option<Held> {
        let Record::Hold(hold) = record else {
            return None;
        };
        let zone = hold.time_zone.or(self.zones.first().copied())?;
        // Drawn as it is meant; what counts is in the windows, which the planner cut.
        let instant = |moment: &Moment| match moment {
            Moment::Utc(at) => Some(*at),
            Moment::Local(at) => at.and_local_timezone(zone).earliest().map(|at| at.to_utc()),
            _ => None,
        };
        let target = match &hold.target {
            HoldTarget::All => None,
            HoldTarget::One(target) => Some(self.targets.number(target)),
        };
        Some(Held {
            person: self.people.number(&hold.subject),
            target,
            start: instant(&hold.from).unwrap_or(DateTime::UNIX_EPOCH),
            end: instant(&hold.to),
            record: self.record(record),
        })
    }

    fn remark(&mut self, finding: &Finding, by_id: &ById<'_>) -> Remark {
        let record = finding
            .record
            .as_ref()
            .and_then(|id| by_id.get(id).copied());
        let subject = finding
            .subject
            .as_ref()
            .or_else(|| record?.subjects().next());
        let target = finding
            .target
            .as_ref()
            .or_else(|| targets_of(record?).first().copied());
        let (subject, target) = (subject.cloned(), target.cloned());
        Remark {
            severity: finding.severity.as_str(),
            code: finding.code.to_string(),
            says: facts::explained(finding),
            record: record.map(|record| self.record(record)),
            person: subject.map(|subject| self.people.number(&subject)),
            target: target.map(|target| self.targets.number(&target)),
        }
    }

    fn notes(&self) -> Vec<Remark> {
        let note = |(code, says): &(String, String)| Remark {
            severity: "warn",
            code: code.clone(),
            says: says.clone(),
            record: None,
            person: None,
            target: None,
        };
        self.names.notes.iter().map(note).collect()
    }

    fn todo(&mut self, changes: &Changes) -> Todo {
        let reasons = changes.guard.reasons.iter();
        let tripped = changes.guard.tripped && !changes.guard.approved;
        Todo {
            steps: self.steps(&changes.people),
            withheld: self.steps(&changes.withheld),
            guard: reasons
                .filter(|_| tripped)
                .map(ToString::to_string)
                .collect(),
            digest: changes.digest().to_string(),
        }
    }

    fn steps(&mut self, people: &[PersonChange]) -> Vec<Step> {
        let mut steps = Vec::new();
        for change in people {
            let person = self.people.number(&change.subject);
            for (op, targets) in [("add", &change.add), ("remove", &change.remove)] {
                if !targets.is_empty() {
                    let targets = targets.iter().map(|it| self.targets.number(it)).collect();
                    steps.push(Step {
                        op,
                        person,
                        targets,
                        due: change.due,
                    });
                }
            }
            if let Some(action) = change.user_action {
                steps.push(Step {
                    op: action.as_str(),
                    person,
                    targets: Vec::new(),
                    due: change.due,
                });
            }
        }
        steps
    }

    #[expect(clippy::type_complexity, reason = "taken apart where it is made")]
    fn finish(
        self,
        plan: &Plan,
        now: Option<DateTime<Utc>>,
    ) -> (Vec<Name>, Vec<Name>, Vec<Fact>, Vec<String>, Vec<Clock>) {
        let people = self.people.order.into_iter().map(|id| Name {
            name: self.names.people.get(&id).cloned(),
            id: id.to_string(),
        });
        let targets = self.targets.order.into_iter().map(|id| Name {
            name: self.names.targets.get(&id).cloned(),
            id: id.to_string(),
        });
        let (from, until) = range(plan, now);
        let clocks = self
            .zones
            .into_iter()
            .map(|zone| Clock::between(zone, from, until));
        (
            people.collect(),
            targets.collect(),
            self.records,
            self.phrases.order,
            clocks.collect(),
        )
    }
}

/// What a record speaks of; nothing of its own for a hold.
fn targets_of(record: &Record) -> Vec<&TargetId> {
    match record {
        Record::Lease(it) => vec![&it.target],
        Record::Booking(it) | Record::Visit(it) => it.targets.iter().collect(),
        Record::Contract(it) => vec![&it.target],
        Record::DayPass(it) => vec![&it.target],
        _ => Vec::new(),
    }
}
