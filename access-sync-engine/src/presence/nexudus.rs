//! Nexudus' check-ins.

use access_sync_core::ids::SubjectId;
use access_sync_http::ErrorKind;
use async_trait::async_trait;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use nexudus_api::{
    BusinessId, CheckinRow, Checkins, CoworkerId, CoworkerTimePassRow, CoworkerTimePasses,
    MaySellPass, NexudusClient,
};

use super::{Attendance, Told};
use crate::EngineError;

/// The check-ins of a Nexudus account.
#[derive(Clone, Debug)]
pub struct NexudusAttendance(NexudusClient);

impl NexudusAttendance {
    /// The account that `client` is logged in to. It needs the roles to list and create check-ins
    /// and to list customers' passes.
    #[must_use]
    pub fn new(client: NexudusClient) -> Self {
        Self(client)
    }

    /// The person's check-ins of the last day and a half, which an open one is among.
    async fn around(
        &self,
        who: CoworkerId,
        place: BusinessId,
        at: DateTime<Utc>,
    ) -> Result<Vec<CheckinRow>, EngineError> {
        let from = at - TimeDelta::hours(36);
        let list = self.0.checkins().list();
        let rows = list
            .filter(Checkins::COWORKER.is(who))
            .filter(Checkins::BUSINESS.is(place))
            .filter(Checkins::FROM_TIME.from(from))
            .all()
            .await?;
        if !rows.is_complete() {
            return Err(unexpected("the list of check-ins is not whole"));
        }
        Ok(rows.items)
    }

    async fn has_pass(
        &self,
        who: CoworkerId,
        place: BusinessId,
        at: DateTime<Utc>,
    ) -> Result<bool, EngineError> {
        let passes = self.0.coworker_time_passes().list();
        let passes = passes
            .filter(CoworkerTimePasses::COWORKER.is(who))
            .all()
            .await?;
        let good = |pass: &CoworkerTimePassRow| {
            pass.business_id.is_none_or(|id| id == place)
                && pass.used != Some(true)
                && pass.remaining_uses.is_none_or(|left| left > 0)
                && pass.expire_date.is_none_or(|end| end > at)
        };
        Ok(passes.items.iter().any(good))
    }
}

#[async_trait]
impl Attendance for NexudusAttendance {
    fn knows(&self, subject: &SubjectId) -> bool {
        coworker(subject).is_some()
    }

    async fn check_in(
        &self,
        subject: &SubjectId,
        location: &str,
        at: DateTime<Utc>,
        may_sell: bool,
    ) -> Result<Told, EngineError> {
        let (who, place) = ids(subject, location)?;
        let rows = self.around(who, place, at).await?;
        let same = |row: &CheckinRow| row.from_time.timestamp() == at.timestamp();
        if rows.iter().any(|row| row.to_time.is_none() || same(row)) {
            return Ok(Told::AlreadyIn);
        }
        if !may_sell && !self.has_pass(who, place, at).await? {
            return Ok(Told::NoPass);
        }
        self.0
            .checkins()
            .check_in(who, place, at, MaySellPass::accepted())
            .await?;
        Ok(Told::CheckedIn)
    }

    async fn check_out(
        &self,
        subject: &SubjectId,
        location: &str,
        at: DateTime<Utc>,
    ) -> Result<Told, EngineError> {
        let (who, place) = ids(subject, location)?;
        let mut rows = self.around(who, place, at).await?;
        rows.retain(|row| row.to_time.is_none() && row.from_time <= at);
        let Some(open) = rows.into_iter().max_by_key(|row| row.from_time) else {
            return Ok(Told::NotIn);
        };
        let record = match self.0.checkins().get(open.id).await {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Told::NotIn),
            other => other?,
        };
        let until = at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let edit = record.edit().set("ToTime", until)?;
        self.0.checkins().update(&edit).await?;
        Ok(Told::CheckedOut)
    }
}

fn coworker(subject: &SubjectId) -> Option<CoworkerId> {
    let id = subject.as_str().strip_prefix("nexudus:coworker:")?;
    id.parse().ok()
}

fn ids(subject: &SubjectId, location: &str) -> Result<(CoworkerId, BusinessId), EngineError> {
    let who = coworker(subject)
        .ok_or_else(|| unexpected(&format!("{subject} is no coworker of Nexudus")))?;
    let place = location
        .parse()
        .map_err(|_| unexpected(&format!("{location} is no location's id")))?;
    Ok((who, place))
}

fn unexpected(what: &str) -> EngineError {
    EngineError::Unexpected {
        system: "Nexudus".into(),
        what: what.into(),
    }
}
