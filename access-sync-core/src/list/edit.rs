//! Finding many heads in a list, and putting other items in the place of theirs.

use super::{BLOCK, Block, Item, List};
use alloc::sync::Arc;
use alloc::vec::Vec;

/// Where the items of a head are, or would be: a block, and an index in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(super) block: usize,
    pub(super) index: usize,
}

/// A binary search that is under way: the answer lies in `from..=from + len`.
#[derive(Clone, Copy)]
struct Search {
    from: usize,
    len: usize,
}

impl Search {
    fn step(&mut self, less: impl FnOnce(usize) -> bool) {
        let half = self.len / 2;
        let middle = self.from + half;
        if less(middle) {
            self.from = middle + 1;
            self.len -= half + 1;
        } else {
            self.len = half;
        }
    }
}

/// Brings all searches to their ends, step by step and not one after the other: a step waits for
/// memory, and so the processor waits for many at once.
fn search<'h, H: 'h>(
    heads: &'h [H],
    searches: &mut [Search],
    less: impl Fn(usize, usize, &'h H) -> bool,
) {
    let steps = |search: &Search| usize::BITS - search.len.leading_zeros();
    for _ in 0..searches.iter().map(steps).max().unwrap_or(0) {
        for (number, (search, head)) in searches.iter_mut().zip(heads).enumerate() {
            if search.len > 0 {
                search.step(|middle| less(number, middle, head));
            }
        }
    }
}

impl<T: Item> List<T> {
    /// The place of the first item of each head.
    pub(crate) fn places(&self, heads: &[T::Head]) -> Vec<Place> {
        let all = Search {
            from: 0,
            len: self.blocks.len(),
        };
        let mut searches = alloc::vec![all; heads.len()];
        search(heads, &mut searches, |_, middle, head| {
            self.blocks.get(middle).is_some_and(|it| it.last < *head)
        });
        // A head after all others belongs at the end of the last block.
        let last = self.blocks.len().saturating_sub(1);
        let blocks: Vec<usize> = searches.iter().map(|it| it.from.min(last)).collect();
        for (search, block) in searches.iter_mut().zip(&blocks) {
            let len = self.blocks.get(*block).map_or(0, |it| it.items.len());
            *search = Search { from: 0, len };
        }
        search(heads, &mut searches, |number, middle, head| {
            let block = blocks.get(number).and_then(|it| self.blocks.get(*it));
            block
                .and_then(|it| it.items.get(middle))
                .is_some_and(|it| it.head() < head)
        });
        let place = |(search, block): (Search, usize)| Place {
            block,
            index: search.from,
        };
        searches.into_iter().zip(blocks).map(place).collect()
    }

    /// The items in order, with their places.
    pub(crate) fn with_places(&self) -> impl Iterator<Item = (Place, &T)> {
        self.blocks.iter().enumerate().flat_map(|(block, it)| {
            let items = it.items.iter().enumerate();
            items.map(move |(index, item)| (Place { block, index }, item))
        })
    }

    /// The item at a place.
    #[inline]
    pub(crate) fn at(&self, place: Place) -> Option<&T> {
        self.blocks.get(place.block)?.items.get(place.index)
    }

    /// The items of a head, found before.
    pub(crate) fn run<'a>(
        &'a self,
        place: Place,
        head: &'a T::Head,
    ) -> impl Iterator<Item = &'a T> + 'a {
        let mut blocks = self.blocks.get(place.block..).unwrap_or_default().iter();
        let first = blocks.next().and_then(|it| it.items.get(place.index..));
        first
            .unwrap_or_default()
            .iter()
            .chain(blocks.flat_map(|block| block.items.iter()))
            .take_while(move |item| item.head() == head)
    }
}

impl<T: Item + Clone> List<T> {
    /// The first item of a head, found before, that is wanted; to be changed, but for its head.
    pub(crate) fn find_mut(
        &mut self,
        place: Place,
        head: &T::Head,
        wanted: impl FnMut(&T) -> bool,
    ) -> Option<&mut T> {
        let mut index = place.index + self.run(place, head).position(wanted)?;
        for block in self.blocks.get_mut(place.block..)? {
            if index < block.items.len() {
                return Arc::make_mut(&mut block.items).get_mut(index);
            }
            index -= block.items.len();
        }
        None
    }

    /// Puts `new` in the place of all items of some heads. The heads are sorted, each once, and
    /// `places` are theirs; `new` is sorted, and its items have no other heads.
    pub(crate) fn replace(&mut self, heads: &[T::Head], places: &[Place], mut new: Vec<T>) {
        if self.blocks.is_empty() {
            *self = new.into_iter().collect();
            return;
        }
        // From the end, so that places before stay true.
        let edits: Vec<(&T::Head, Place)> = heads.iter().zip(places.iter().copied()).collect();
        for edits in edits.chunk_by(|a, b| a.1.block == b.1.block).rev() {
            let Some((first, Place { block, .. })) = edits.first().copied() else {
                continue;
            };
            let after = new.iter().rev().take_while(|it| it.head() >= first);
            let from = new.len() - after.count();
            self.replace_in(block, edits, new.drain(from..));
        }
    }

    /// What [`List::replace`] does in one block, and in those that follow it where the last run
    /// goes on.
    fn replace_in(
        &mut self,
        at: usize,
        edits: &[(&T::Head, Place)],
        new: alloc::vec::Drain<'_, T>,
    ) {
        if let Some((head, _)) = edits.last() {
            self.take_continued(at, head);
        }
        let Some(block) = self.blocks.get_mut(at) else {
            return;
        };
        let old = block.items.as_slice();
        let mut fresh = new.as_slice();
        let mut as_many = true;
        for (head, place) in edits {
            let run = run_len(old.get(place.index..).unwrap_or_default(), head);
            let count = run_len(fresh, head);
            fresh = fresh.get(count..).unwrap_or_default();
            as_many &= run == count;
        }
        if as_many {
            if new.len() == 0 {
                return;
            }
            // The usual case: each item gives way to one of the same head.
            let items = Arc::make_mut(&mut block.items);
            let mut new = new;
            for (head, place) in edits {
                let count = run_len(new.as_slice(), head);
                let old = items.iter_mut().skip(place.index).take(count);
                old.zip(&mut new).for_each(|(old, new)| *old = new);
            }
            return;
        }
        let count = block.items.len();
        self.len += new.len();
        let mut items: Vec<T> = Vec::with_capacity(count + new.len());
        let mut new = new.peekable();
        let mut done = 0;
        for (head, place) in edits {
            items.extend_from_slice(old.get(done..place.index).unwrap_or_default());
            done = place.index + run_len(old.get(place.index..).unwrap_or_default(), head);
            while let Some(item) = new.next_if(|it| it.head() == *head) {
                items.push(item);
            }
            self.len -= done - place.index;
        }
        items.extend_from_slice(old.get(done..).unwrap_or_default());
        if items.len() <= 2 * BLOCK {
            self.blocks.splice(at..=at, Block::new(items));
            return;
        }
        let mut parts = Vec::with_capacity(items.len() / BLOCK + 1);
        let mut items = items.into_iter();
        while items.len() > 0 {
            parts.extend(Block::new(items.by_ref().take(BLOCK).collect()));
        }
        self.blocks.splice(at..=at, parts);
    }

    /// Takes a head's items out of the blocks after one, where they stand in front.
    fn take_continued(&mut self, at: usize, head: &T::Head) {
        if self.blocks.get(at).is_none_or(|it| it.last != *head) {
            return;
        }
        let from = at + 1;
        let mut to = from;
        while let Some(block) = self.blocks.get_mut(to) {
            let run = run_len(&block.items, head);
            self.len -= run;
            if run < block.items.len() {
                if run > 0 {
                    Arc::make_mut(&mut block.items).drain(..run);
                }
                break;
            }
            to += 1;
        }
        self.blocks.drain(from..to);
    }
}

/// How many items at the front have a head.
fn run_len<T: Item>(items: &[T], head: &T::Head) -> usize {
    items.iter().take_while(|it| it.head() == head).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Item for (u64, u64) {
        type Head = u64;

        fn head(&self) -> &u64 {
            &self.0
        }
    }

    /// Against a plain vector: random runs, some longer than a block, replaced by random runs, a
    /// few heads at once.
    #[test]
    fn replace_does_what_a_vector_does() {
        let mut state = 7_u64;
        let mut random = move |n: u64| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state % n
        };
        for round in 0..60 {
            let mut plain: Vec<(u64, u64)> = Vec::new();
            for key in 0..random(50) {
                let run = if random(9) == 0 { 400 } else { random(8) };
                plain.extend((0..run).map(|n| (key * 2, n)));
            }
            let mut list: List<(u64, u64)> = plain.iter().copied().collect();
            let (before, copy) = (list.clone(), plain.clone());
            for _ in 0..60 {
                let mut heads: Vec<u64> = (0..random(6)).map(|_| random(103)).collect();
                heads.sort_unstable();
                heads.dedup();
                let mut new = Vec::new();
                let places = list.places(&heads);
                for (head, place) in heads.iter().zip(&places) {
                    let from = plain.partition_point(|item| item.0 < *head);
                    let to = plain.partition_point(|item| item.0 <= *head);
                    assert!(list.of(head).eq(&plain[from..to]));
                    assert!(list.run(*place, head).eq(&plain[from..to]));
                    let size = match random(12) {
                        0 => 700,
                        1..6 => (to - from) as u64,
                        _ => random(4),
                    };
                    let run: Vec<_> = (0..size).map(|n| (*head, n + round)).collect();
                    plain.splice(from..to, run.iter().copied());
                    new.extend(run);
                }
                list.replace(&heads, &places, new);
                assert_eq!(list.len(), plain.len());
                assert!(list.iter().eq(plain.iter()));
                assert!(list.blocks.iter().all(|block| {
                    block.items.last().is_some_and(|it| it.0 == block.last)
                        && block.items.len() <= 2 * BLOCK
                }));
            }
            assert!(before.iter().eq(copy.iter()), "a clone keeps its items");
        }
    }

    #[test]
    fn an_empty_list_takes_items_and_gives_them_back() {
        let mut list: List<(u64, u64)> = List::default();
        for key in [3, 9, 1] {
            let places = list.places(&[key]);
            list.replace(&[key], &places, alloc::vec![(key, 0), (key, 1)]);
        }
        let keys: Vec<u64> = list.iter().map(|it| it.0).collect();
        assert_eq!(keys, [1, 1, 3, 3, 9, 9]);
        assert_eq!(list.get(5), Some(&(9, 1)));
        assert_eq!(list.get(6), None);
        assert_eq!((list.first(), list.last()), (Some(&(1, 0)), Some(&(9, 1))));
    }
}
