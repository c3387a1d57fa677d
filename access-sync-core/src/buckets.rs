//! Sorting much by text: first into buckets, then each bucket by itself.
//!
//! Entries that are read in one order and needed in another would each be fetched from far away.
//! Buckets are filled front to back, and one of them fits into the processor's cache.

use crate::sort::Keyed;
use alloc::vec::Vec;

/// Entries to a bucket, about.
const BUCKET: usize = 2_048;
/// Entries that a bucket makes room for at once.
const CHUNK: usize = 256;
/// Entries that go into their buckets at once: a short loop keeps many of the far-away places in
/// flight, where a store between two records would hold up all that the next record writes.
const WAITING: usize = 64;
/// Keys that are looked at for each bucket.
const LOOKS: usize = 8;

/// Entries by their keys. The buckets come in the order of their keys, entries of one key are in
/// one bucket, and within a bucket they are in the order in which they came.
#[derive(Debug)]
pub(crate) struct Buckets<T> {
    /// The first key of every bucket but the first.
    bounds: Vec<u64>,
    buckets: Vec<Bucket<T>>,
    room: usize,
    /// Entries that are not in their buckets yet, with their keys.
    waiting: Vec<(u64, T)>,
}

#[derive(Debug)]
pub(crate) struct Bucket<T> {
    full: Vec<Vec<T>>,
    open: Vec<T>,
}

impl<T> Bucket<T> {
    fn new() -> Self {
        Self {
            full: Vec::new(),
            open: Vec::new(),
        }
    }

    #[cold]
    fn make_room(&mut self, first: usize) {
        if self.open.len() == CHUNK {
            self.full.push(core::mem::take(&mut self.open));
        }
        let more = match self.open.len() {
            0 => first,
            some => CHUNK - some,
        };
        self.open.reserve_exact(more);
    }

    /// The entries, to be sorted where they are not yet.
    pub(crate) fn order(&self, key: impl Fn(&T) -> u64) -> Vec<Keyed<&T>> {
        let count = self.full.len() * CHUNK + self.open.len();
        let mut order = Vec::with_capacity(count);
        for chunk in self.full.iter().chain([&self.open]) {
            order.extend(chunk.iter().map(|item| Keyed {
                key: key(item),
                item,
            }));
        }
        order
    }
}

impl<T: Copy> Buckets<T> {
    /// Buckets for about `expected` entries, with keys of which `key` gives the one of an entry
    /// somewhere on the way, 0 being the first and `expected` the end.
    pub(crate) fn new(expected: usize, key: impl Fn(usize) -> Option<u64>) -> Self {
        let count = expected / BUCKET;
        let mut bounds = Vec::new();
        if let Some(step) = expected.checked_div(count * LOOKS) {
            let mut keys: Vec<u64> = (0..expected).step_by(step).filter_map(key).collect();
            keys.sort_unstable();
            bounds.extend(keys.into_iter().step_by(LOOKS).skip(1));
            bounds.dedup();
        }
        Self {
            buckets: (0..=bounds.len()).map(|_| Bucket::new()).collect(),
            bounds,
            room: expected.clamp(1, CHUNK),
            waiting: Vec::with_capacity(expected.clamp(1, WAITING)),
        }
    }

    #[inline]
    pub(crate) fn push(&mut self, key: u64, item: T) {
        self.waiting.push((key, item));
        if self.waiting.len() >= WAITING {
            self.put_away();
        }
    }

    /// Puts what waits into its buckets.
    #[inline(never)]
    fn put_away(&mut self) {
        for (key, item) in &self.waiting {
            let place = self.bounds.partition_point(|bound| bound <= key);
            let Some(bucket) = self.buckets.get_mut(place) else {
                continue;
            };
            if bucket.open.len() == bucket.open.capacity() {
                bucket.make_room(self.room);
            }
            bucket.open.push(*item);
        }
        self.waiting.clear();
    }

    /// The buckets in order.
    pub(crate) fn into_buckets(mut self) -> impl Iterator<Item = Bucket<T>> {
        self.put_away();
        self.buckets.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_comes_back_in_the_order_of_buckets() {
        for (count, keys) in [
            (0, 1),
            (1, 1),
            (300, 7),
            (5_000, 1),
            (50_000, 3),
            (50_000, 40_000),
        ] {
            let spread = |n: usize| (n as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
            let key = |n: usize| spread(n) % keys;
            let mut buckets = Buckets::new(count, |n| Some(key(n)));
            (0..count).for_each(|n| buckets.push(key(n), n));
            let mut found = Vec::new();
            let mut before = None;
            for bucket in buckets.into_buckets() {
                let order = bucket.order(|n| key(*n));
                let least = order.iter().map(|entry| entry.key).min();
                assert!(least.is_none() || before < least, "{count} {keys}");
                before = order.iter().map(|entry| entry.key).max().or(before);
                assert!(order.iter().all(|entry| entry.key == key(*entry.item)));
                assert!(keys < 40_000 || order.len() < 5 * BUCKET);
                found.extend(order.iter().map(|entry| *entry.item));
            }
            found.sort_unstable();
            assert!(found.into_iter().eq(0..count));
        }
    }
}
