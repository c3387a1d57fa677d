//! An access-control system that is not asked.

use access_sync_core::ids::TargetId;
use access_sync_http::Listing;
use async_trait::async_trait;

use super::{AccessSystem, Dates, Group, PersonUpdate, User, UserId};
use crate::EngineError;
use crate::source::Person;

/// Stands in for a system where only the ledger is to answer: how things stand, holds and pauses,
/// runs that can be taken back. So a monitor, or somebody who sets a hold in an emergency, needs none
/// of its credentials. Whatever would have to ask fails with [`EngineError::Unexpected`].
///
/// ```no_run
/// # async fn run(now: chrono::DateTime<chrono::Utc>) -> Result<(), Box<dyn std::error::Error>> {
/// # #[cfg(feature = "sqlite")] {
/// use std::sync::Arc;
/// use access_sync_engine::access::Unasked;
/// use access_sync_engine::ledger::SqliteLedger;
/// use access_sync_engine::{Engine, Mapping};
///
/// let engine = Engine::builder(Unasked::new("brivo", Some(25_000)), &Mapping::default())
///     .ledger(Arc::new(SqliteLedger::open("access-sync.db")?))
///     .build()?;
/// println!("{:?} calls left", engine.status(now).await?.calls.left());
/// # }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Unasked {
    vendor: String,
    quota: Option<u64>,
}

impl Unasked {
    /// Stands in for the system of a vendor (as [`AccessSystem::vendor`] has it, by which calls are
    /// counted: `brivo`), which allows so many calls in any thirty days.
    #[must_use]
    pub fn new(vendor: impl Into<String>, quota: Option<u64>) -> Self {
        Self {
            vendor: vendor.into(),
            quota,
        }
    }

    fn not_asked<T>(&self) -> Result<T, EngineError> {
        Err(EngineError::Unexpected {
            system: self.vendor.clone(),
            what: "it is not asked here: this engine answers from its ledger alone".into(),
        })
    }
}

#[async_trait]
impl AccessSystem for Unasked {
    fn name(&self) -> &str {
        &self.vendor
    }

    fn quota(&self) -> Option<u64> {
        self.quota
    }

    async fn groups(&self) -> Result<Listing<Group>, EngineError> {
        self.not_asked()
    }

    async fn users(&self) -> Result<Listing<User>, EngineError> {
        self.not_asked()
    }

    async fn members(&self, _group: &TargetId) -> Result<Listing<UserId>, EngineError> {
        self.not_asked()
    }

    async fn find_user(&self, _external_id: &str) -> Result<Option<User>, EngineError> {
        self.not_asked()
    }

    async fn user(&self, _user: &UserId) -> Result<Option<User>, EngineError> {
        self.not_asked()
    }

    async fn groups_of(&self, _user: &UserId) -> Result<Vec<TargetId>, EngineError> {
        self.not_asked()
    }

    async fn create_user(
        &self,
        _external_id: &str,
        _person: &Person,
        _dates: Dates,
    ) -> Result<UserId, EngineError> {
        self.not_asked()
    }

    async fn update_user(
        &self,
        _user: &UserId,
        _update: &PersonUpdate<'_>,
    ) -> Result<(), EngineError> {
        self.not_asked()
    }

    async fn change_groups(
        &self,
        _user: &UserId,
        _add: &[TargetId],
        _remove: &[TargetId],
    ) -> Result<Vec<TargetId>, EngineError> {
        self.not_asked()
    }

    async fn set_suspended(&self, _user: &UserId, _suspended: bool) -> Result<(), EngineError> {
        self.not_asked()
    }

    async fn revoke_credentials(&self, _user: &UserId) -> Result<(), EngineError> {
        self.not_asked()
    }

    async fn delete_user(&self, _user: &UserId) -> Result<(), EngineError> {
        self.not_asked()
    }
}
