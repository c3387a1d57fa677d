//! What the ledger knew when a recording was made: who is ours decides what may be taken away.

use access_sync_core::TargetId;
use access_sync_engine::access::UserId;
use access_sync_engine::ledger::{
    Hold, How, Ledger, MadeCredential, MadeUser, MemoryLedger, Seen, Update,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::command::Failure;
use crate::connect::ledger_failed;

/// The parts of a ledger that a plan depends on. Ids and dates; the fingerprints of names only where
/// people are not masked.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Memory {
    users: Vec<MadeUser>,
    memberships: Vec<(UserId, TargetId)>,
    credentials: Vec<MadeCredential>,
    holds: Vec<Hold>,
    seen: Vec<Seen>,
}

impl Memory {
    pub(crate) async fn of(ledger: &dyn Ledger, masked: bool) -> Result<Self, Failure> {
        let made = ledger.made().await.map_err(ledger_failed)?;
        let mut memory = Self {
            users: made.users.into_values().collect(),
            memberships: made.memberships.into_iter().collect(),
            credentials: made.credentials.into_values().collect(),
            holds: ledger.holds().await.map_err(ledger_failed)?,
            seen: ledger.seen().await.map_err(ledger_failed)?,
        };
        if masked {
            for user in &mut memory.users {
                (user.name, user.email) = (None, None);
            }
            for hold in &mut memory.holds {
                hold.why = "masked".into();
            }
        }
        Ok(memory)
    }

    /// A ledger that knows the same.
    pub(crate) async fn ledger(&self, now: DateTime<Utc>) -> Result<MemoryLedger, Failure> {
        let ledger = MemoryLedger::default();
        let users = self.users.iter().cloned().map(Update::User);
        let memberships = self
            .memberships
            .iter()
            .map(|(user, target)| Update::Membership {
                user: user.clone(),
                target: target.clone(),
                how: How::Made,
                since: now,
            });
        let credentials = self.credentials.iter().cloned().map(Update::Credential);
        let holds = self.holds.iter().cloned().map(Update::Hold);
        let seen = self.seen.iter().cloned().map(Update::Seen);
        let updates: Vec<_> = users
            .chain(memberships)
            .chain(credentials)
            .chain(holds)
            .chain(seen)
            .collect();
        ledger.write(None, &updates).await.map_err(ledger_failed)?;
        Ok(ledger)
    }
}
