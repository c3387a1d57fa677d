//! Pulling events: windows of a day, pages by time, each event once.

use std::collections::HashSet;

use access_sync_http::decode::{self, Rows};
use access_sync_http::{Error, Gap, Listing, Rejected, Request};
use chrono::{DateTime, DurationRound as _, SecondsFormat, TimeDelta, Utc};
use http::Method;
use serde::Deserialize;

use crate::call::Call;
use crate::client::BrivoClient;
use crate::event::Event;
use crate::fields::wire_time;
use crate::filter::{self, Filter};
use crate::ids::{HolidayId, ScheduleId, SiteId};
use crate::list::MAX_PAGE_SIZE;
use crate::record;

/// The longest window of one query.
pub(crate) const DAY: TimeDelta = TimeDelta::days(1);
/// Brivo cuts the times of filters to the hour.
pub(crate) const HOUR: TimeDelta = TimeDelta::hours(1);

impl BrivoClient {
    /// Events.
    #[must_use]
    pub fn events(&self) -> Events<'_> {
        Events(self)
    }
}

/// Operations on events.
#[derive(Clone, Copy, Debug)]
pub struct Events<'a>(pub(crate) &'a BrivoClient);

impl Events<'_> {
    /// What happened at doors: `GET /events/access`.
    pub fn access(&self) -> EventQuery {
        EventQuery::new(self.0, Journal::Access)
    }

    /// What was changed in the account: `GET /events/audit`.
    pub fn audit(&self) -> EventQuery {
        EventQuery::new(self.0, Journal::Audit)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Journal {
    Access,
    Audit,
}

impl Journal {
    fn word(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Audit => "audit",
        }
    }
}

/// Which of an event's two times a window is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Clock {
    Occurred,
    Processed,
}

/// A query for events, from the newest to the oldest; today's (UTC) unless a window is given.
#[derive(Clone, Debug)]
#[must_use = "a query is sent by all(), count() or poll()"]
pub struct EventQuery {
    pub(crate) client: BrivoClient,
    journal: Journal,
    window: Option<(Clock, DateTime<Utc>, DateTime<Utc>)>,
    filters: Result<Vec<Filter>, Error>,
    has: HashSet<&'static str>,
    page_size: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EventPage {
    #[serde(deserialize_with = "record::rows")]
    pub(crate) data: Rows<Event>,
    /// What the server made of the size that was asked for.
    #[serde(default, deserialize_with = "decode::optional")]
    page_size: Option<u32>,
}

#[derive(Deserialize)]
pub(crate) struct EventCount {
    #[serde(deserialize_with = "decode::required")]
    pub(crate) count: u64,
}

impl EventQuery {
    fn new(client: &BrivoClient, journal: Journal) -> Self {
        Self {
            client: client.clone(),
            journal,
            window: None,
            filters: Ok(Vec::new()),
            has: HashSet::new(),
            page_size: MAX_PAGE_SIZE,
        }
    }

    /// Events that **happened** from `from` up to `to`, at most 24 hours. Panels report late, so a
    /// second look at the same window can find more; see [`EventQuery::processed`].
    ///
    /// Brivo cuts times to the hour; the query asks for the whole hours and leaves the rest out.
    pub fn occurred(self, from: DateTime<Utc>, to: DateTime<Utc>) -> Self {
        self.within(Clock::Occurred, from, to)
    }

    /// Events that **Brivo learned of** from `from` up to `to`, at most 24 hours.
    pub fn processed(self, from: DateTime<Utc>, to: DateTime<Utc>) -> Self {
        self.within(Clock::Processed, from, to)
    }

    fn within(mut self, clock: Clock, from: DateTime<Utc>, to: DateTime<Utc>) -> Self {
        let problem = if self.window.is_some() {
            Some("one window, of occurred or of processed")
        } else if to <= from {
            Some("the window ends before it begins")
        } else if to.signed_duration_since(from) > DAY {
            Some("a window has at most 24 hours")
        } else {
            None
        };
        if let Some(problem) = problem {
            self.filters = Err(Error::config(problem));
        }
        self.window = Some((clock, from, to));
        self
    }

    /// Only events of one device, door, camera or panel. Not together with [`EventQuery::site`].
    pub fn object(self, id: i64) -> Self {
        self.with("object", Filter::eq("object", id))
    }

    /// Only access events of one site. Not together with [`EventQuery::object`].
    pub fn site(self, id: SiteId) -> Self {
        self.with("site", Filter::eq("site", id.0))
    }

    /// Only audit events by one actor. Of actor, object, schedule and holiday an audit query takes
    /// one.
    pub fn actor(self, id: i64) -> Self {
        self.with("actor", Filter::eq("actor", id))
    }

    /// Only audit events about one schedule.
    pub fn schedule(self, id: ScheduleId) -> Self {
        self.with("schedule", Filter::eq("schedule", id.0))
    }

    /// Only audit events about one holiday.
    pub fn holiday(self, id: HolidayId) -> Self {
        self.with("holiday", Filter::eq("holiday", id.0))
    }

    /// Only events of these kinds. Access: `non_exception`, `exception`, `camera`. Audit: `user`,
    /// `group`, `credential`, `schedule`, `site`, `device`, `administrator` and others.
    pub fn kinds(self, kinds: &[&str]) -> Self {
        self.with("event_type", Filter::eq("event_type", kinds))
    }

    fn with(mut self, field: &'static str, filter: Result<Filter, Error>) -> Self {
        self.has.insert(field);
        self.filters = self.filters.and_then(|mut filters| {
            filters.push(filter?);
            Ok(filters)
        });
        self
    }

    /// Rows on a page, 1 to 100.
    pub fn page_size(mut self, rows: u32) -> Self {
        self.page_size = rows;
        self
    }

    /// The request for the page that starts at `offset`, an instant; none for the newest.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where filters or page size cannot work.
    pub fn request(&self, offset: Option<DateTime<Utc>>) -> Result<Request, Error> {
        if !(1..=MAX_PAGE_SIZE).contains(&self.page_size) {
            return Err(Error::config("a page has 1 to 100 rows"));
        }
        let name = match self.journal {
            Journal::Access => "events.access",
            Journal::Audit => "events.audit",
        };
        let request = self
            .client
            .request(name, Method::GET, &["events", self.journal.word()])?;
        let offset = offset.map(|at| at.to_rfc3339_opts(SecondsFormat::Millis, true));
        Ok(request
            .query_opt("offset", offset)
            .query("pageSize", self.page_size.to_string())
            .query_opt("filter", self.filter()?))
    }

    fn filter(&self) -> Result<Option<String>, Error> {
        let mut filters = self.filters.clone()?;
        let (known, others): (&[_], &[_]) = match self.journal {
            Journal::Access => (&["object", "site"], &["actor", "schedule", "holiday"]),
            Journal::Audit => (&["actor", "object", "schedule", "holiday"], &["site"]),
        };
        let asked = |names: &[&'static str]| names.iter().filter(|n| self.has.contains(*n)).count();
        if asked(others) > 0 {
            return Err(Error::config(format!(
                "{} events have no filter by {}",
                self.journal.word(),
                others.join(", "),
            )));
        }
        if asked(known) > 1 {
            return Err(Error::config(format!(
                "{} events are asked for by one of {}",
                self.journal.word(),
                known.join(", "),
            )));
        }
        if let Some((clock, from, to)) = self.window {
            let field = match clock {
                Clock::Occurred => "occurred",
                Clock::Processed => "processed",
            };
            let (from, to) = whole_hours(from, to);
            if to.signed_duration_since(from) > DAY {
                return Err(Error::config(
                    "a window has at most 24 hours, and whole hours count",
                ));
            }
            filters.push(Filter::gt(field, wire_time(from))?);
            filters.push(Filter::lt(field, wire_time(to))?);
        }
        Ok(filter::join(&filters))
    }

    /// How many events there are, in one call: `GET /events/counts/access` (or `/audit`). Counts
    /// whole hours.
    pub fn count(&self) -> Call<u64> {
        let name = match self.journal {
            Journal::Access => "events.count_access",
            Journal::Audit => "events.count_audit",
        };
        let path = ["events", "counts", self.journal.word()];
        let request = self.filter().and_then(|filter| {
            Ok(self
                .client
                .request(name, Method::GET, &path)?
                .query_opt("filter", filter))
        });
        Call::new(&self.client, request, |sent| {
            record::of::<EventCount>(&sent?).map(|answer| answer.count)
        })
    }

    /// All events of the window, each once, the oldest first.
    ///
    /// Pages overlap at their edges, by Brivo's design: the next page begins at the oldest instant
    /// of the last. Where more events than a page holds share one instant the rest cannot be
    /// reached, and the listing says that it is not complete.
    ///
    /// # Errors
    /// Bad arguments and whatever a page met; a part is never returned as the whole.
    pub async fn all(&self) -> Result<Listing<Event>, Error> {
        let mut seen = HashSet::new();
        let mut listing = Listing::new(Vec::new(), Vec::new());
        let mut offset = None;
        for number in 0.. {
            let call = Call::new(&self.client, self.request(offset), |sent| {
                let reply = sent?;
                record::of::<EventPage>(&reply)
            });
            let answer = call.send().await?;
            // Short is short of what the server holds for a page: it may cap ours.
            let full = answer
                .page_size
                .map_or(self.page_size, |size| size.min(self.page_size));
            let page = answer.data;
            let delivered = page.items.len() as u64 + Rejected::count(&page.rejected);
            let oldest = page.items.iter().map(|event| self.time_of(event)).min();
            let before = seen.len();
            for event in page.items {
                if seen.insert(event.uuid.clone()) {
                    listing.items.push(event);
                }
            }
            listing.reject(page.rejected.into_iter().map(|mut row| {
                row.page = number;
                row
            }));
            if delivered == 0 || delivered < u64::from(full) {
                break;
            }
            if oldest.is_none() || (number > 0 && seen.len() == before) || oldest == offset {
                listing.note(Gap::Repeated { page: number });
                break;
            }
            offset = oldest;
        }
        if let Some((clock, from, to)) = self.window {
            listing.items.retain(|event| match clock {
                Clock::Occurred => (from..to).contains(&event.occurred),
                // Without the time there is nothing to leave it out by; Brivo says that it fits.
                Clock::Processed => event.processed.is_none_or(|at| (from..to).contains(&at)),
            });
        }
        listing
            .items
            .sort_by(|a, b| (a.known_since(), &a.uuid).cmp(&(b.known_since(), &b.uuid)));
        Ok(listing)
    }

    fn time_of(&self, event: &Event) -> DateTime<Utc> {
        match self.window {
            Some((Clock::Processed, ..)) => event.known_since(),
            _ => event.occurred,
        }
    }
}

/// The hours that hold a window. `gt` leaves out its own instant, so the first begins an hour early
/// where the window starts on the hour; then a window of a day would be longer than Brivo takes, and
/// the millisecond on the hour is given up.
fn whole_hours(from: DateTime<Utc>, to: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>) {
    let floor = from.duration_trunc(HOUR).unwrap_or(from);
    let ceiling = match to.duration_trunc(HOUR) {
        Ok(hour) if hour < to => hour.checked_add_signed(HOUR).unwrap_or(to),
        _ => to,
    };
    let early = floor.checked_sub_signed(HOUR).unwrap_or(floor);
    if floor == from && ceiling.signed_duration_since(early) <= DAY {
        (early, ceiling)
    } else {
        (floor, ceiling)
    }
}
