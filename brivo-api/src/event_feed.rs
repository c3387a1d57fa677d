//! All events, from a place that is kept, each once.

use std::collections::BTreeMap;

use access_sync_http::{Error, Gap, Rejected};
use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};
use futures_util::stream::{self, Stream};
use serde::{Deserialize, Serialize};

use crate::event::Event;
use crate::events::{DAY, EventQuery, HOUR};

/// How far each look reaches back behind the place: events that Brivo had not sorted in yet.
const OVERLAP: TimeDelta = HOUR;

/// How far events were read. Keep it (it is serde) after what it came with was worked off.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct EventCursor {
    /// Where reading began; what lies before is not asked for.
    start: DateTime<Utc>,
    /// Everything that Brivo learned of before this was read.
    until: DateTime<Utc>,
    /// Events behind `until` that a look back meets again.
    recent: BTreeMap<String, DateTime<Utc>>,
}

impl EventCursor {
    /// Begin at an instant, by the time that Brivo learned of events.
    #[must_use]
    pub fn starting_at(at: DateTime<Utc>) -> Self {
        Self {
            start: at,
            until: at,
            recent: BTreeMap::new(),
        }
    }

    /// How far events were read.
    #[must_use]
    pub fn until(&self) -> DateTime<Utc> {
        self.until
    }
}

/// What one look brought.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EventBatch {
    /// New events, the oldest first, by the time that Brivo learned of them.
    pub events: Vec<Event>,
    /// Rows that could not be read.
    pub rejected: Vec<Rejected>,
    /// Why something may be missing. To look again, keep the cursor from before.
    pub gaps: Vec<Gap>,
    /// The place after this batch.
    pub cursor: EventCursor,
    /// Whether this reaches to now. If not, look again at once.
    pub caught_up: bool,
}

impl EventQuery {
    /// New events since `cursor`, at most a day of them: one look, resumable, without state here.
    ///
    /// Goes by the time that Brivo learned of events, so what a panel reports late is not missed,
    /// and looks back an hour each time. The query must have no window of its own.
    ///
    /// # Errors
    /// Bad arguments and whatever a page met. The cursor of the caller stays good.
    pub async fn poll(&self, cursor: &EventCursor) -> Result<EventBatch, Error> {
        let now = self.client.core().timer().wall();
        let from = cursor
            .until
            .checked_sub_signed(OVERLAP)
            .unwrap_or(cursor.until);
        let from = from.duration_trunc(HOUR).unwrap_or(from);
        let end_of_day = from.checked_add_signed(DAY).unwrap_or(now);
        let next_hour = now.checked_add_signed(HOUR).unwrap_or(now);
        let next_hour = next_hour.duration_trunc(HOUR).unwrap_or(next_hour);
        let to = end_of_day.min(next_hour);
        if to <= from {
            // The place lies in the future: nothing to read yet.
            return Ok(EventBatch {
                events: Vec::new(),
                rejected: Vec::new(),
                gaps: Vec::new(),
                cursor: cursor.clone(),
                caught_up: true,
            });
        }
        let listing = self.clone().processed(from, to).all().await?;
        let gaps = match listing.completeness {
            access_sync_http::Completeness::Complete => Vec::new(),
            access_sync_http::Completeness::Incomplete(gaps) => gaps,
        };
        let until = to.min(now).max(cursor.until);
        let mut recent = cursor.recent.clone();
        let mut events = Vec::new();
        for event in listing.items {
            let known = event.processed.unwrap_or(until);
            // Remembered even where it lies before the start: it will be met again.
            let is_new = recent.insert(event.uuid.clone(), known).is_none();
            if is_new && known >= cursor.start {
                events.push(event);
            }
        }
        let keep = until.checked_sub_signed(OVERLAP * 2).unwrap_or(until);
        recent.retain(|_, known| *known >= keep);
        Ok(EventBatch {
            events,
            rejected: listing.rejected,
            gaps,
            cursor: EventCursor {
                start: cursor.start,
                until,
                recent,
            },
            caught_up: to >= now,
        })
    }

    /// Batches from `cursor` to now, then ends. Ends after the first error too; go on from the
    /// cursor of the last batch.
    pub fn batches(
        self,
        cursor: EventCursor,
    ) -> impl Stream<Item = Result<EventBatch, Error>> + Send {
        stream::unfold(Some((self, cursor)), |state| async move {
            let (query, cursor) = state?;
            match query.poll(&cursor).await {
                Ok(batch) => {
                    let next = (!batch.caught_up).then(|| (query, batch.cursor.clone()));
                    Some((Ok(batch), next))
                }
                Err(error) => Some((Err(error), None)),
            }
        })
    }
}
