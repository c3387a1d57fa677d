//! What changed since, by cursor.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use access_sync_http::{Error, Listing};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{Stream, stream};

use crate::{Entity, EntityApi, Row};

/// Records that changed, round after round.
///
/// The cursor is the latest `UpdatedOn` seen, the server's clock and not ours. Each round looks
/// further back than the cursor by an overlap, as filters are cut to the minute and records may
/// become visible late; what was delivered before is left out. A round that is not complete leaves
/// the cursor where it was.
///
/// **Not seen this way**: deleted records (a cancelled booking is gone from the list, see
/// [`CancelledBookings`](crate::CancelledBookings)), and what the clock alone changes (a contract
/// that reaches its start). Read in full from time to time.
pub struct Changes<E: Entity> {
    api: EntityApi<E>,
    cursor: DateTime<Utc>,
    overlap: TimeDelta,
    seen: HashMap<E::Id, DateTime<Utc>>,
}

impl<E: Entity> EntityApi<E> {
    /// Records changed since `cursor`, round after round. Keep [`Changes::cursor`] over restarts.
    #[must_use]
    pub fn updated_since(&self, cursor: DateTime<Utc>) -> Changes<E> {
        Changes {
            api: self.clone(),
            cursor,
            overlap: TimeDelta::minutes(5),
            seen: HashMap::new(),
        }
    }
}

impl<E: Entity> Changes<E>
where
    E::Id: Ord,
{
    /// How far to look back beyond the cursor; five minutes unless said otherwise.
    #[must_use]
    pub fn overlap(mut self, overlap: TimeDelta) -> Self {
        self.overlap = overlap.abs();
        self
    }

    /// The latest change of the last complete round.
    #[must_use]
    pub fn cursor(&self) -> DateTime<Utc> {
        self.cursor
    }

    /// One round: what changed since the last.
    ///
    /// # Errors
    /// What a page met; the next round asks for the same again.
    pub async fn next(&mut self) -> Result<Listing<E::Partial>, Error> {
        let from = self.horizon();
        let mut listing = self.api.list().updated_from(from).all().await?;
        let latest = listing.items.iter().filter_map(Row::updated_on).max();
        listing.items.retain(|row| match row.updated_on() {
            Some(at) => self.seen.insert(row.id(), at) != Some(at),
            // Without a date nobody can say that it is the same.
            None => true,
        });
        if listing.is_complete() {
            self.cursor = latest.unwrap_or(self.cursor).max(self.cursor);
        }
        // One minute more, since the filter's bound is cut down to its minute.
        let horizon = self
            .horizon()
            .checked_sub_signed(TimeDelta::minutes(1))
            .unwrap_or(DateTime::<Utc>::MIN_UTC);
        self.seen.retain(|_, at| *at >= horizon);
        Ok(listing)
    }

    /// Rounds without end, `every` so often by the client's clock. An error is one item; the next
    /// round follows all the same.
    pub fn into_stream(
        self,
        every: Duration,
    ) -> impl Stream<Item = Result<Listing<E::Partial>, Error>> + Send {
        stream::unfold((self, false), move |(mut changes, wait)| async move {
            if wait {
                let timer = changes.api.client().core().timer().clone();
                if let Some(at) = timer.now().checked_add(every) {
                    timer.sleep_until(at).await;
                }
            }
            let round = changes.next().await;
            Some((round, (changes, true)))
        })
    }

    fn horizon(&self) -> DateTime<Utc> {
        self.cursor
            .checked_sub_signed(self.overlap)
            .unwrap_or(DateTime::<Utc>::MIN_UTC)
    }
}

impl<E: Entity> fmt::Debug for Changes<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changes")
            .field("entity", &E::PATH)
            .field("cursor", &self.cursor)
            .field("seen", &self.seen.len())
            .finish_non_exhaustive()
    }
}
