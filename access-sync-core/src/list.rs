//! A long sorted list in shared blocks: cheap to clone, cheap to change in a few places.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::fmt;

/// Items to a block. A change copies or moves at most a few blocks.
const BLOCK: usize = 128;

/// What a [`List`] can hold: something that sorts by its head first.
pub trait Item {
    /// What it sorts by first.
    type Head: Ord + Clone;

    /// What it sorts by first.
    fn head(&self) -> &Self::Head;
}

/// A sorted list. It reads like a slice (`iter`, `len`, `first`, `get`, `for item in list`), and a
/// clone shares its blocks until one of the two changes.
pub struct List<T: Item> {
    /// None of them empty.
    blocks: Vec<Block<T>>,
    len: usize,
}

struct Block<T: Item> {
    /// Head of the last item, here so that a search need not follow the pointer.
    last: T::Head,
    items: Arc<Vec<T>>,
}

impl<T: Item> Block<T> {
    fn new(items: Vec<T>) -> Option<Self> {
        let last = items.last()?.head().clone();
        Some(Self {
            last,
            items: Arc::new(items),
        })
    }
}

impl<T: Item> Clone for Block<T> {
    fn clone(&self) -> Self {
        Self {
            last: self.last.clone(),
            items: self.items.clone(),
        }
    }
}

impl<T: Item> Clone for List<T> {
    fn clone(&self) -> Self {
        Self {
            blocks: self.blocks.clone(),
            len: self.len,
        }
    }
}

impl<T: Item> List<T> {
    /// How many items.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The items in order.
    pub fn iter(&self) -> Iter<'_, T> {
        Iter {
            blocks: self.blocks.iter(),
            block: [].iter(),
            left: self.len,
        }
    }

    /// The first item.
    pub fn first(&self) -> Option<&T> {
        self.blocks.first()?.items.first()
    }

    /// The last item.
    pub fn last(&self) -> Option<&T> {
        self.blocks.last()?.items.last()
    }

    /// The item at `index`, found by walking the blocks.
    pub fn get(&self, mut index: usize) -> Option<&T> {
        for block in &self.blocks {
            match block.items.get(index) {
                Some(item) => return Some(item),
                None => index -= block.items.len(),
            }
        }
        None
    }

    /// The run of items of a head for which `order` says `Equal`; it says `Less` of those before.
    pub(crate) fn find<'a>(
        &'a self,
        head: &T::Head,
        order: impl Fn(&T) -> Ordering + Copy + 'a,
    ) -> impl Iterator<Item = &'a T> + 'a {
        let first = self.blocks.partition_point(|block| block.last < *head);
        let blocks = self.blocks.get(first..).unwrap_or_default().iter();
        blocks
            .flat_map(move |block| {
                let from = block.items.partition_point(|item| order(item).is_lt());
                block.items.get(from..).unwrap_or_default()
            })
            .take_while(move |item| order(item).is_eq())
    }

    /// The run of items of a head.
    pub(crate) fn of<'a>(&'a self, head: &'a T::Head) -> impl Iterator<Item = &'a T> + 'a {
        self.find(head, move |item| item.head().cmp(head))
    }
}

impl<T: Item + Clone> List<T> {
    /// Puts `new` in the place of the run of a head for which `order` says `Equal`; it says `Less`
    /// of the items before.
    pub(crate) fn replace(&mut self, head: &T::Head, order: impl Fn(&T) -> Ordering, new: Vec<T>) {
        let mut at = self.blocks.partition_point(|block| block.last < *head);
        // The items of one head may fill several blocks.
        while self
            .blocks
            .get(at)
            .is_some_and(|it| it.items.last().is_some_and(|it| order(it).is_lt()))
        {
            at += 1;
        }
        // The run may go on over several blocks: all but the first lose their heads.
        let mut next = at + 1;
        while let Some(block) = self.blocks.get_mut(next) {
            let run = block.items.partition_point(|item| order(item).is_le());
            if run == 0 {
                break;
            }
            self.len -= run;
            if run < block.items.len() {
                Arc::make_mut(&mut block.items).drain(..run);
                break;
            }
            next += 1;
        }
        let count = self.blocks.len();
        self.blocks.drain((at + 1).min(count)..next.min(count));
        let Some(block) = self.blocks.get_mut(at) else {
            return self.append(new);
        };
        let from = block.items.partition_point(|item| order(item).is_lt());
        let run = block.items.get(from..).unwrap_or_default();
        let to = from + run.partition_point(|item| order(item).is_eq());
        if from == to && new.is_empty() {
            return;
        }
        self.len = self.len - (to - from) + new.len();
        let items = Arc::make_mut(&mut block.items);
        items.splice(from..to, new);
        if items.len() > 2 * BLOCK {
            let parts: Vec<_> = items
                .chunks(BLOCK)
                .filter_map(|part| Block::new(part.to_vec()))
                .collect();
            self.blocks.splice(at..=at, parts);
        } else if let Some(last) = items.last() {
            if block.last != *last.head() {
                block.last = last.head().clone();
            }
        } else {
            self.blocks.remove(at);
        }
    }

    /// Puts `new` in the place of the items of a head.
    pub(crate) fn replace_all(&mut self, head: &T::Head, new: Vec<T>) {
        self.replace(head, |item| item.head().cmp(head), new);
    }

    /// Adds items that sort after all others.
    fn append(&mut self, new: Vec<T>) {
        self.len += new.len();
        match (self.blocks.last_mut(), new.last()) {
            (Some(block), Some(last)) if block.items.len() + new.len() <= BLOCK => {
                block.last = last.head().clone();
                Arc::make_mut(&mut block.items).extend(new);
            }
            _ => self.blocks.extend(
                new.chunks(BLOCK)
                    .filter_map(|part| Block::new(part.to_vec())),
            ),
        }
    }
}

impl<T: Item> Default for List<T> {
    fn default() -> Self {
        Self {
            blocks: Vec::new(),
            len: 0,
        }
    }
}

impl<T: Item> FromIterator<T> for List<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut list = Builder::default();
        items.into_iter().for_each(|item| list.push(item));
        list.finish()
    }
}

impl<'a, T: Item> IntoIterator for &'a List<T> {
    type Item = &'a T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<T: Item + PartialEq> PartialEq for List<T> {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.iter().eq(other.iter())
    }
}

impl<T: Item + Eq> Eq for List<T> {}

impl<T: Item + fmt::Debug> fmt::Debug for List<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(feature = "serde")]
impl<T: Item + serde::Serialize> serde::Serialize for List<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

/// Walks a [`List`] in order.
pub struct Iter<'a, T: Item> {
    blocks: core::slice::Iter<'a, Block<T>>,
    block: core::slice::Iter<'a, T>,
    left: usize,
}

impl<'a, T: Item> Iterator for Iter<'a, T> {
    type Item = &'a T;

    fn next(&mut self) -> Option<&'a T> {
        loop {
            if let Some(item) = self.block.next() {
                self.left = self.left.saturating_sub(1);
                return Some(item);
            }
            self.block = self.blocks.next()?.items.iter();
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<T: Item> ExactSizeIterator for Iter<'_, T> {}

impl<T: Item> Clone for Iter<'_, T> {
    fn clone(&self) -> Self {
        Self {
            blocks: self.blocks.clone(),
            block: self.block.clone(),
            left: self.left,
        }
    }
}

impl<T: Item + fmt::Debug> fmt::Debug for Iter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// Makes a [`List`] from items that come in order.
pub(crate) struct Builder<T: Item> {
    list: List<T>,
    block: Vec<T>,
}

impl<T: Item> Default for Builder<T> {
    fn default() -> Self {
        Self {
            list: List::default(),
            block: Vec::new(),
        }
    }
}

impl<T: Item> Builder<T> {
    pub(crate) fn push(&mut self, item: T) {
        if self.block.len() == BLOCK {
            self.close();
            self.block.reserve_exact(BLOCK);
        }
        self.block.push(item);
    }

    fn close(&mut self) {
        let block = core::mem::take(&mut self.block);
        self.list.len += block.len();
        self.list.blocks.extend(Block::new(block));
    }

    pub(crate) fn finish(mut self) -> List<T> {
        if !self.block.is_empty() {
            self.block.shrink_to_fit();
            self.close();
        }
        self.list
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    impl Item for (u64, u64) {
        type Head = u64;

        fn head(&self) -> &u64 {
            &self.0
        }
    }

    /// Against a plain vector: random runs replaced by random runs.
    #[test]
    fn replace_does_what_a_vector_does() {
        let mut state = 7_u64;
        let mut random = move |n: u64| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state % n
        };
        for round in 0..40 {
            // (key, n): runs of equal keys, some longer than a block.
            let mut plain: Vec<(u64, u64)> = Vec::new();
            for key in 0..50 {
                let run = if random(9) == 0 { 400 } else { random(8) };
                plain.extend((0..run).map(|n| (key * 2, n)));
            }
            let mut list: List<(u64, u64)> = plain.iter().copied().collect();
            let before = list.clone();
            for _ in 0..60 {
                let key = random(103);
                let size = if random(10) == 0 { 700 } else { random(4) };
                let new: Vec<_> = (0..size).map(|n| (key, n + round)).collect();
                let from = plain.partition_point(|item| item.0 < key);
                let to = plain.partition_point(|item| item.0 <= key);
                assert!(list.of(&key).eq(&plain[from..to]));
                plain.splice(from..to, new.clone());
                list.replace_all(&key, new);
                assert_eq!(list.len(), plain.len());
                assert!(list.iter().eq(plain.iter()));
                assert!(
                    list.blocks
                        .iter()
                        .all(|block| block.items.last().is_some_and(|it| it.0 == block.last))
                );
            }
            assert_eq!(before.iter().len(), before.len());
        }
    }

    /// Runs within a head that fills several blocks.
    #[test]
    fn one_item_of_a_long_head_is_replaced_where_it_is() {
        let mut list: List<(u64, u64)> = (0..1_000).map(|n| (1, n)).collect();
        let mut plain: Vec<(u64, u64)> = (0..1_000).map(|n| (1, n)).collect();
        for n in (0..1_100).step_by(7) {
            let new = if n % 2 == 0 {
                vec![(1, n), (1, n)]
            } else {
                Vec::new()
            };
            let from = plain.partition_point(|item| item.1 < n);
            let to = plain.partition_point(|item| item.1 <= n);
            plain.splice(from..to, new.clone());
            list.replace(&1, |item| item.cmp(&(1, n)), new.clone());
            assert!(list.iter().eq(plain.iter()), "{n}");
            assert!(
                list.find(&1, |item| item.cmp(&(1, n))).eq(new.iter()),
                "{n}"
            );
        }
    }

    #[test]
    fn an_empty_list_takes_items_and_gives_them_back() {
        let mut list: List<(u64, u64)> = List::default();
        for key in [3, 9, 1] {
            list.replace_all(&key, vec![(key, 0), (key, 1)]);
        }
        assert_eq!(
            list.iter().map(|it| it.0).collect::<Vec<_>>(),
            [1, 1, 3, 3, 9, 9]
        );
        assert_eq!(list.get(5), Some(&(9, 1)));
        assert_eq!(list.get(6), None);
        assert_eq!((list.first(), list.last()), (Some(&(1, 0)), Some(&(9, 1))));
    }
}
