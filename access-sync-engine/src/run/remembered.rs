//! A source that is asked when there is reason to, and whose last words count while it is silent.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use access_sync_core::ids::RecordId;
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};

use super::{LoopOptions, SourceHealth, later};
use crate::EngineError;
use crate::access::Directory;
use crate::events::Hint;
use crate::source::{Feed, Reading, Reread, Source};

/// Wraps a source for the loop: remembers what it said, and answers from that unless it is to be
/// read anew. A clone is the same source: give one to the engine and one to the loop.
///
/// - While a read fails, what was said last goes on to count, so that a window that ends does end.
///   The source is asked again with growing waits.
/// - Of a read that is not whole the newer facts count, and of what it does not mention the older
///   ones; nothing counts as gone.
/// - Where there was no whole read for [`max_age`](Remembered::max_age) (a day), the feed is told to
///   be incomplete, and nothing is taken away any more until there is one.
#[derive(Clone)]
pub struct Remembered(Arc<Memory>);

struct Memory {
    source: Box<dyn Source>,
    state: Mutex<State>,
}

struct State {
    feed: Option<Feed>,
    /// The groups by which the feed was made: with others it would be another.
    directory: Directory,
    /// When it was last asked with success, whole or not.
    read_at: Option<DateTime<Utc>>,
    whole_at: Option<DateTime<Utc>>,
    /// When a part of it was last looked at for a hint.
    looked_at: Option<DateTime<Utc>>,
    expired: bool,
    /// What may be another by now.
    hints: BTreeSet<Hint>,
    failures: u32,
    retry_at: Option<DateTime<Utc>>,
    error: Option<String>,
    options: LoopOptions,
    max_age: TimeDelta,
}

impl Remembered {
    /// Remembers what `source` says.
    #[must_use]
    pub fn new(source: impl Source + 'static) -> Self {
        Self(Arc::new(Memory {
            source: Box::new(source),
            state: Mutex::new(State {
                feed: None,
                directory: Directory::default(),
                read_at: None,
                whole_at: None,
                looked_at: None,
                expired: false,
                hints: BTreeSet::new(),
                failures: 0,
                retry_at: None,
                error: None,
                options: LoopOptions::default(),
                max_age: TimeDelta::days(1),
            }),
        }))
    }

    /// How old the last whole read may be before nothing is taken away any more.
    #[must_use]
    pub fn max_age(self, age: TimeDelta) -> Self {
        self.state().max_age = age;
        self
    }

    pub(super) fn pace(&self, options: &LoopOptions) {
        self.state().options = options.clone();
    }

    pub(super) fn prefix(&self) -> &str {
        self.0.source.subject_prefix()
    }

    /// What is remembered may be wrong by now: read it anew at the next run.
    pub fn expire(&self) {
        self.state().expired = true;
    }

    /// What these name may be another by now: look at it at the next run, and at no more than that
    /// where the source can ([`Source::look`]).
    pub fn hint(&self, hints: impl IntoIterator<Item = Hint>) {
        let hints = hints.into_iter().filter(|it| it.concerns(self.prefix()));
        self.state().hints.extend(hints);
    }

    /// When it is to be read again.
    pub(super) fn due_at(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let state = self.state();
        match (state.retry_at, state.read_at) {
            (Some(retry_at), _) => Some(retry_at),
            // The first run reads it. If none has, the engine does not have it, and no run will.
            (None, None) => None,
            (None, Some(_)) if state.expired || !state.hints.is_empty() => Some(now),
            (None, Some(read_at)) => Some(later(read_at, state.options.every)),
        }
    }

    /// How it is.
    #[must_use]
    pub fn health(&self, now: DateTime<Utc>) -> SourceHealth {
        let state = self.state();
        SourceHealth {
            name: self.0.source.name().to_owned(),
            last_whole_read: state.whole_at,
            age_seconds: state
                .whole_at
                .map(|at| now.signed_duration_since(at).num_seconds()),
            failures: state.failures,
            retry_at: state.retry_at,
            error: state.error.clone(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// What is remembered, where it will do.
    fn answer(&self, now: DateTime<Utc>, directory: &Directory) -> Option<Feed> {
        let feed = self.feed.as_ref()?;
        let waiting = self.retry_at.is_some_and(|at| now < at);
        let fresh = self.is_fresh(now, directory) && self.hints.is_empty();
        (waiting || fresh).then(|| feed.clone())
    }

    /// Whether what is remembered is right, as far as nothing hints otherwise.
    fn is_fresh(&self, now: DateTime<Utc>, directory: &Directory) -> bool {
        let age = self.read_at.map(|at| now.signed_duration_since(at));
        let young = age.is_some_and(|age| age < self.options.every);
        young && self.directory == *directory && !self.expired && self.failures == 0
    }

    /// What is remembered and what of it is to be looked at again, where the rest will do.
    fn hinted(&self, now: DateTime<Utc>, directory: &Directory) -> Option<(Feed, BTreeSet<Hint>)> {
        let feed = self.feed.as_ref()?;
        let some = !self.hints.is_empty() && self.is_fresh(now, directory);
        some.then(|| (feed.clone(), self.hints.clone()))
    }

    fn dated(&self, mut feed: Feed) -> Feed {
        feed.whole_at = self.whole_at;
        feed.told_at = self.read_at.max(self.looked_at);
        feed
    }

    fn looked(&mut self, hints: &BTreeSet<Hint>) {
        self.hints.retain(|hint| !hints.contains(hint));
    }

    fn failed(&mut self, now: DateTime<Utc>, error: String) {
        self.failures = self.failures.saturating_add(1);
        self.retry_at = Some(later(now, self.options.wait(self.failures)));
        self.error = Some(error);
    }

    fn take(&mut self, fresh: Feed, now: DateTime<Utc>, directory: &Directory) -> Feed {
        self.read_at = Some(now);
        self.expired = false;
        // A part leaves facts that were made by the groups as they were.
        if fresh.missing.is_empty() || self.feed.is_none() {
            self.directory = directory.clone();
        }
        if fresh.missing.is_empty() {
            self.whole_at = Some(now);
            self.failures = 0;
            self.retry_at = None;
            self.error = None;
            self.feed = Some(fresh.clone());
            return fresh;
        }
        self.failed(now, fresh.missing.join("; "));
        match self.feed.take() {
            None => fresh,
            Some(old) => {
                let feed = newer(fresh, old);
                self.feed = Some(feed.clone());
                feed
            }
        }
    }

    /// What was said too long ago is no ground to take anything away.
    fn aged(&self, mut feed: Feed, now: DateTime<Utc>, directory: &Directory, name: &str) -> Feed {
        feed = self.dated(feed);
        if self.directory != *directory {
            feed.missing
                .push(format!("{name}: read when the groups were others"));
        }
        let old = |at: DateTime<Utc>| now.signed_duration_since(at) > self.max_age;
        if self.failures > 0 && self.whole_at.is_none_or(old) && feed.missing.is_empty() {
            let since = self.whole_at.map_or_else(
                || "never".to_owned(),
                |at| at.format("not since %Y-%m-%d %H:%MZ").to_string(),
            );
            feed.missing.push(format!("{name}: read whole {since}"));
        }
        feed
    }
}

/// Newer facts before older ones. What the newer feed does not mention is not gone: it was not read
/// whole, and a contract whose desk is in no list has lost a record, not the desk. For the same
/// reason only the older feed vouches for what it gave whole.
fn newer(mut fresh: Feed, old: Feed) -> Feed {
    let known: BTreeSet<RecordId> = fresh.records.iter().map(|it| it.id().clone()).collect();
    for record in old.records {
        if !known.contains(record.id()) {
            fresh.records.push(record);
        }
    }
    for (id, origin) in old.origins {
        fresh.origins.entry(id).or_insert(origin);
    }
    fresh.told = old.told;
    for (target, scopes) in old.scopes {
        fresh.scopes.entry(target).or_default().extend(scopes);
    }
    for (subject, person) in old.people {
        fresh.people.entry(subject).or_insert(person);
    }
    fresh.managed.extend(old.managed);
    fresh.missing.clear();
    fresh
}

#[async_trait]
impl Source for Remembered {
    fn name(&self) -> &str {
        self.0.source.name()
    }

    fn subject_prefix(&self) -> &str {
        self.0.source.subject_prefix()
    }

    async fn read(&self, reading: &Reading<'_>) -> Result<Feed, EngineError> {
        let now = reading.now;
        let known = {
            let state = self.state();
            state
                .answer(now, reading.directory)
                .map(|feed| state.aged(feed, now, reading.directory, self.name()))
        };
        if let Some(feed) = known {
            return Ok(feed);
        }
        let hinted = self.state().hinted(now, reading.directory);
        if let Some((feed, hints)) = hinted {
            // Whatever goes wrong here is met again, and told, by reading the whole.
            if let Ok(Some(part)) = self.0.source.look(reading, &hints, &feed).await {
                if part.feed.missing.is_empty() {
                    let feed = feed.patched(part);
                    let mut state = self.state();
                    state.looked(&hints);
                    state.looked_at = Some(now);
                    state.feed = Some(feed.clone());
                    return Ok(state.dated(feed));
                }
            }
        }
        let hints = self.state().hints.clone();
        let result = self.0.source.read(reading).await;
        let mut state = self.state();
        match result {
            Ok(fresh) => {
                state.looked(&hints);
                let feed = state.take(fresh, now, reading.directory);
                Ok(state.aged(feed, now, reading.directory, self.name()))
            }
            Err(error) => {
                state.failed(now, error.to_string());
                match state.feed.clone() {
                    Some(feed) => Ok(state.aged(feed, now, reading.directory, self.name())),
                    None => Err(error),
                }
            }
        }
    }

    async fn check(&self, reading: &Reading<'_>) -> Result<Vec<String>, EngineError> {
        self.0.source.check(reading).await
    }

    async fn reread(
        &self,
        reading: &Reading<'_>,
        origins: &BTreeMap<String, String>,
    ) -> Result<Reread, EngineError> {
        self.0.source.reread(reading, origins).await
    }
}

impl fmt::Debug for Remembered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Remembered").field(&self.0.source).finish()
    }
}

#[cfg(test)]
mod tests {
    use access_sync_core::ids::SubjectId;
    use access_sync_core::record::{DayPass, Record};
    use futures_util::FutureExt as _;

    use super::*;
    use crate::{Quiet, source::Person};

    /// Says what was put into it, once each.
    #[derive(Debug)]
    struct Script(Mutex<Vec<Result<Feed, ()>>>);

    #[async_trait]
    impl Source for Script {
        fn name(&self) -> &str {
            "Script"
        }
        fn subject_prefix(&self) -> &str {
            "script:"
        }
        async fn read(&self, _: &Reading<'_>) -> Result<Feed, EngineError> {
            let next = self.0.lock().unwrap().remove(0);
            next.map_err(|()| EngineError::Stale("down".into()))
        }
    }

    fn feed(records: &[(&str, &str)], missing: &[&str]) -> Feed {
        let mut feed = Feed::default();
        for (id, date) in records {
            let pass = DayPass::new(*id, "script:1", "7", "confirmed", *date);
            feed.records.push(Record::DayPass(pass));
        }
        let ann = Person::new("Ann", "Example", None);
        feed.people.insert(SubjectId::new("script:1"), ann);
        feed.missing = missing.iter().map(|it| (*it).to_owned()).collect();
        feed
    }

    fn read(source: &Remembered, minute: i64) -> Result<Feed, EngineError> {
        read_with(source, minute, &Directory::default())
    }

    fn read_with(
        source: &Remembered,
        minute: i64,
        directory: &Directory,
    ) -> Result<Feed, EngineError> {
        let reading = Reading {
            now: DateTime::UNIX_EPOCH + TimeDelta::minutes(minute),
            directory,
            progress: &Quiet,
        };
        source.read(&reading).now_or_never().unwrap()
    }

    fn source(script: Vec<Result<Feed, ()>>) -> Remembered {
        Remembered::new(Script(Mutex::new(script)))
    }

    #[test]
    fn it_is_asked_again_only_when_there_is_reason_to() {
        let one = feed(&[("a", "2026-03-01")], &[]);
        let source = source(vec![Ok(one), Ok(feed(&[], &[])), Ok(feed(&[], &[]))]);
        assert_eq!(read(&source, 0).unwrap().records.len(), 1);
        assert_eq!(read(&source, 14).unwrap().records.len(), 1);
        assert_eq!(read(&source, 15).unwrap().records.len(), 0);
        source.expire();
        assert_eq!(read(&source, 16).unwrap().records.len(), 0);
        assert!(source.health(DateTime::UNIX_EPOCH).error.is_none());
    }

    #[test]
    fn a_part_brings_news_and_takes_nothing_away() {
        let whole = feed(&[("a", "2026-03-01"), ("b", "2026-03-01")], &[]);
        let part = feed(&[("b", "2026-04-01"), ("c", "2026-03-01")], &["page 2"]);
        let source = source(vec![Ok(whole), Ok(part)]);
        read(&source, 0).unwrap();
        let merged = read(&source, 15).unwrap();
        let ids: Vec<_> = merged
            .records
            .iter()
            .map(|it| it.id().to_string())
            .collect();
        assert_eq!(ids, ["b", "c", "a"]);
        let moved = feed(&[("b", "2026-04-01")], &[]).records;
        assert_eq!(merged.records.first(), moved.first());
        assert!(merged.missing.is_empty());
    }

    #[test]
    fn its_last_words_count_for_a_day_and_after_that_nothing_is_vouched_for() {
        let whole = feed(&[("a", "2026-03-01")], &[]);
        let mut script = vec![Ok(whole)];
        script.extend((0..9).map(|_| Err(())));
        let source = source(script);
        read(&source, 0).unwrap();
        let silent = read(&source, 20).unwrap();
        assert!(silent.missing.is_empty() && silent.records.len() == 1);
        let day = read(&source, 24 * 60 + 1).unwrap();
        assert!(day.missing.iter().any(|it| it.starts_with("Script")));
        assert_eq!(day.records.len(), 1);
    }

    #[test]
    fn what_was_made_by_other_groups_is_made_anew_and_vouches_for_nothing_until_then() {
        let some = || feed(&[("a", "2026-03-01")], &[]);
        let group = crate::access::Group::new("7".into(), "Lobby");
        let more = Directory::new([group]);
        let source = source(vec![Ok(some()), Err(()), Ok(some())]);
        read(&source, 0).unwrap();
        assert!(!read_with(&source, 1, &more).unwrap().missing.is_empty());
        assert!(read_with(&source, 20, &more).unwrap().missing.is_empty());
    }

    #[test]
    fn a_part_does_not_vouch_for_what_was_made_by_other_groups() {
        let whole = || feed(&[("a", "2026-03-01")], &[]);
        let part = || feed(&[("b", "2026-03-01")], &["page 2"]);
        let group = crate::access::Group::new("7".into(), "Lobby");
        let more = Directory::new([group]);
        let source = source(vec![Ok(whole()), Ok(part()), Ok(part()), Ok(whole())]);
        read(&source, 0).unwrap();
        for minute in [1, 20] {
            let merged = read_with(&source, minute, &more).unwrap();
            assert_eq!(merged.records.len(), 2);
            assert!(!merged.missing.is_empty(), "at minute {minute}");
        }
        assert!(read_with(&source, 60, &more).unwrap().missing.is_empty());
    }

    #[test]
    fn without_any_whole_read_a_failure_is_a_failure_and_a_part_is_a_part() {
        let source = source(vec![Err(()), Ok(feed(&[], &["page 2"]))]);
        assert!(read(&source, 0).is_err());
        assert_eq!(read(&source, 15).unwrap().missing, ["page 2"]);
    }
}
