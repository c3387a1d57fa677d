//! Contracts: who is behind them, what they include, from which day to which.

use std::collections::BTreeMap;

use access_sync_core::record::{Contract, ContractStatus, Record};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use nexudus_api::{
    ContractPausedPeriodRow, CoworkerContractId, CoworkerContractRow, CoworkerId, LocalDateTime,
    NexudusClient,
};

use super::{CONTRACT, House, excluded, is_company, subject};
use crate::EngineError;
use crate::source::{NoteCode, Origin};

/// Members by paying member.
pub(super) type Teams = BTreeMap<CoworkerId, Vec<CoworkerId>>;
type Pauses = BTreeMap<CoworkerContractId, Vec<ContractPausedPeriodRow>>;

impl House<'_> {
    pub(super) async fn contracts(
        &mut self,
        client: &NexudusClient,
        contracts: &[CoworkerContractRow],
    ) -> Result<(), EngineError> {
        let pauses = client.paused_periods().list().all().await?;
        let pauses = self.whole("paused periods", pauses);
        let teams = self.teams(client, contracts).await?;
        self.with_contracts(contracts, pauses, &teams);
        Ok(())
    }

    pub(super) fn with_contracts(
        &mut self,
        contracts: &[CoworkerContractRow],
        pauses: Vec<ContractPausedPeriodRow>,
        teams: &Teams,
    ) {
        let mut by_contract = Pauses::new();
        for pause in pauses {
            by_contract
                .entry(pause.coworker_contract_id)
                .or_default()
                .push(pause);
        }
        for contract in contracts {
            self.contract(contract, &by_contract, teams);
        }
    }

    /// Members by paying member. Only the whole record has them, so only teams that could matter
    /// are read: those whose payer has a contract.
    pub(super) async fn teams(
        &mut self,
        client: &NexudusClient,
        contracts: &[CoworkerContractRow],
    ) -> Result<Teams, EngineError> {
        let teams = client.teams().list().all().await?;
        let mut members = Teams::new();
        for row in self.whole("teams", teams) {
            let Some(payer) = row.paying_member_id else {
                continue;
            };
            if contracts
                .iter()
                .any(|contract| contract.coworker_id == payer)
            {
                let team = client.teams().get(row.id).await?;
                match &team.team_members {
                    Some(ids) => members
                        .entry(payer)
                        .or_default()
                        .extend(ids.iter().filter(|id| **id != payer)),
                    None => self.feed.missing.push(format!(
                        "Nexudus team {}: its members were not told",
                        row.id
                    )),
                }
            }
        }
        Ok(members)
    }

    fn contract(&mut self, row: &CoworkerContractRow, pauses: &Pauses, teams: &Teams) {
        let Some(location) = row
            .issued_by_id
            .and_then(|id| self.locations.get(&id).copied())
        else {
            return;
        };
        let what = format!("contract {}", row.id);
        let mut targets = self.feed.resolve(self.directory, &what, &location.common);
        let mut names = Vec::new();
        for desk in &row.floor_plan_desk_ids {
            if let Some((_, groups, name)) = self.desk_groups(*desk) {
                targets.extend(groups);
                names.push(name);
            }
        }
        let kinds = row.floor_plan_desk_variant_ids.iter();
        let groups = kinds
            .filter_map(|kind| location.desk_variants.get(&kind.to_string()))
            .chain(
                row.tariff_id
                    .and_then(|plan| location.plans.get(&plan.to_string())),
            );
        for groups in groups {
            targets.extend(self.feed.resolve(self.directory, &what, groups));
        }
        targets.sort();
        targets.dedup();
        let place = if names.is_empty() {
            "no desk".into()
        } else {
            names.join(", ")
        };
        let origin = Origin {
            id: format!("{CONTRACT}{}", row.id),
            property: format!("nexudus:location:{}", location.id),
            units: row
                .floor_plan_desk_ids
                .iter()
                .map(|desk| format!("nexudus:desk:{desk}"))
                .collect(),
            what,
            place,
            time_zone: location.time_zone,
        };

        // A desk that is in no list takes nothing away from whoever has it.
        let desks = &row.floor_plan_desk_ids;
        if desks.iter().all(|desk| self.desks.contains_key(desk)) {
            self.feed.told.insert(origin.id.clone());
        }
        // The payer's own people. A company is none of them.
        let mut people: Vec<CoworkerId> = teams.get(&row.coworker_id).cloned().unwrap_or_default();
        if self
            .coworkers
            .get(&row.coworker_id)
            .is_some_and(|payer| !is_company(payer))
        {
            people.push(row.coworker_id);
        }
        people.sort();
        people.dedup();
        if people.is_empty() {
            self.feed.note(
                NoteCode::NotEntitled,
                format!(
                    "{}: held by a company without a team; nobody is named who could come",
                    origin.what
                ),
            );
        }
        for id in people {
            let Some(coworker) = self.coworkers.get(&id).filter(|it| !is_company(it)) else {
                continue;
            };
            let status = match excluded(coworker) {
                Some(why) => ContractStatus::from(why),
                None => status(row, self.now),
            };
            let zone = location.time_zone;
            let start = day(row.start_date_local, row.start_date, zone);
            let end = last_day(row.cancellation_date_local, row.cancellation_date, zone);
            let pauses = pauses
                .get(&row.id)
                .map(|rows| pauses_of(rows, zone))
                .unwrap_or_default();
            self.feed
                .add(&origin, &subject(id), &targets, |record, target| {
                    let contract = Contract::new(record, subject(id), target, status.clone())
                        .start_date(start)
                        .end_date(end);
                    let contract = pauses
                        .iter()
                        .fold(contract, |contract, (from, to)| contract.pause(*from, *to));
                    Record::Contract(contract.time_zone(zone))
                });
        }
    }
}

/// `Active` decides for contracts that should run now. One that starts later is not active yet and
/// will be; it is planned, and opens nothing before its day.
fn status(row: &CoworkerContractRow, now: DateTime<Utc>) -> ContractStatus {
    let ahead = row.start_date.is_some_and(|start| start > now);
    match row.active {
        Some(true) => ContractStatus::Active,
        _ if ahead && row.cancelled != Some(true) => ContractStatus::Active,
        _ => ContractStatus::from("inactive"),
    }
}

fn wall(
    local: Option<LocalDateTime>,
    utc: Option<DateTime<Utc>>,
    zone: Tz,
) -> Option<chrono::NaiveDateTime> {
    local
        .map(LocalDateTime::naive)
        .or_else(|| utc.map(|at| at.with_timezone(&zone).naive_local()))
}

fn day(local: Option<LocalDateTime>, utc: Option<DateTime<Utc>>, zone: Tz) -> Option<NaiveDate> {
    wall(local, utc, zone).map(|at| at.date())
}

/// Nexudus ends at an instant, as a rule midnight: the last day is then the one before. An end within
/// a day keeps that day.
fn last_day(
    local: Option<LocalDateTime>,
    utc: Option<DateTime<Utc>>,
    zone: Tz,
) -> Option<NaiveDate> {
    let end = wall(local, utc, zone)?;
    let midnight = end.time() == NaiveTime::MIN;
    if midnight {
        end.date().checked_sub_signed(TimeDelta::days(1))
    } else {
        Some(end.date())
    }
}

/// A pause runs until the contract goes on; one without an end has not been ended.
fn pauses_of(rows: &[ContractPausedPeriodRow], zone: Tz) -> Vec<(NaiveDate, Option<NaiveDate>)> {
    let pause = |row: &ContractPausedPeriodRow| {
        let from = day(row.pause_from_local, Some(row.pause_from), zone)?;
        let to = last_day(row.pause_until_local, row.pause_until, zone);
        Some((from, to))
    };
    rows.iter().filter_map(pause).collect()
}
