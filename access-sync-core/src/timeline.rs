//! The planner's input.

use crate::ids::RecordId;
use crate::policy::Policy;
use crate::record::Record;
use alloc::collections::BTreeSet;
use alloc::sync::Arc;
use alloc::vec::Vec;
use chrono_tz::Tz;

/// Records, the policy, and the time zone of records that name none.
///
/// The records are shared: cloning a timeline copies none of them, and a plan keeps them at no
/// cost, so that it can explain itself.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Timeline {
    /// For records that name none. Without either, a record with local times gives a
    /// `missing_time_zone` finding and no window.
    pub time_zone: Option<Tz>,
    /// The operator's rules.
    pub policy: Policy,
    records: Arc<Vec<Record>>,
    absent: Arc<Vec<Record>>,
}

impl Timeline {
    /// An empty timeline with the default policy.
    pub fn new(time_zone: impl Into<Option<Tz>>) -> Self {
        Self {
            time_zone: time_zone.into(),
            ..Self::default()
        }
    }

    /// Sets the policy.
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Adds a record.
    #[must_use]
    pub fn record(mut self, record: impl Into<Record>) -> Self {
        self.push(record);
        self
    }

    /// Adds records.
    #[must_use]
    pub fn with_records<R: Into<Record>>(mut self, records: impl IntoIterator<Item = R>) -> Self {
        self.records_mut()
            .extend(records.into_iter().map(Into::into));
        self
    }

    /// Adds a record.
    pub fn push(&mut self, record: impl Into<Record>) {
        self.records_mut().push(record.into());
    }

    /// The records, in the order in which they were added. The order never matters.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// The records, to be changed. Copies them first where a plan or a clone shares them.
    pub fn records_mut(&mut self) -> &mut Vec<Record> {
        Arc::make_mut(&mut self.records)
    }

    /// Records that were seen before and that the source no longer gives.
    pub fn absent(&self) -> &[Record] {
        &self.absent
    }

    /// Keeps the access of records that are gone without a word.
    ///
    /// A record that was in the last read and is missing in this one is not an ended record: feeds
    /// lose rows. Every record of `previous` whose id the timeline does not have and that is not
    /// in `confirmed` is planned as it was, with an `absent_unverified` finding, until the caller
    /// confirms that it is really gone. Pass only records that still matter: one that ended long
    /// ago leaves a feed in the ordinary way.
    #[must_use]
    pub fn keep_absent<'r>(
        mut self,
        previous: impl IntoIterator<Item = &'r Record>,
        confirmed: &BTreeSet<RecordId>,
    ) -> Self {
        let present: BTreeSet<&RecordId> = self.records.iter().map(Record::id).collect();
        let absent: Vec<Record> = previous
            .into_iter()
            .filter(|record| !present.contains(record.id()) && !confirmed.contains(record.id()))
            .cloned()
            .collect();
        drop(present);
        Arc::make_mut(&mut self.absent).extend(absent);
        self
    }

    pub(crate) fn shared_records(&self) -> &Arc<Vec<Record>> {
        &self.records
    }

    pub(crate) fn shared_absent(&self) -> &Arc<Vec<Record>> {
        &self.absent
    }
}
