//! A long sorted list in shared blocks: cheap to clone, cheap to change in a few places.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::fmt;

/// Items to a block. A change copies or moves at most a few blocks.
const BLOCK: usize = 128;

/// A sorted list. It reads like a slice (`iter`, `len`, `first`, `get`, `for item in list`), and a
/// clone shares its blocks until one of the two changes.
#[derive(Clone)]
pub struct List<T> {
    /// None of them empty.
    blocks: Vec<Arc<Vec<T>>>,
    len: usize,
}

impl<T> List<T> {
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
        self.blocks.first()?.first()
    }

    /// The last item.
    pub fn last(&self) -> Option<&T> {
        self.blocks.last()?.last()
    }

    /// The item at `index`, found by walking the blocks.
    pub fn get(&self, mut index: usize) -> Option<&T> {
        for block in &self.blocks {
            match block.get(index) {
                Some(item) => return Some(item),
                None => index -= block.len(),
            }
        }
        None
    }

    /// The run of items for which `order` says `Equal`; the list must be sorted by it.
    pub(crate) fn find<'a>(
        &'a self,
        order: impl Fn(&T) -> Ordering + Copy + 'a,
    ) -> impl Iterator<Item = &'a T> + 'a {
        let first = self.seek(order);
        self.blocks
            .get(first..)
            .unwrap_or_default()
            .iter()
            .enumerate()
            .flat_map(move |(n, block)| {
                let from = if n == 0 {
                    block.partition_point(|item| order(item).is_lt())
                } else {
                    0
                };
                block.get(from..).unwrap_or_default()
            })
            .take_while(move |item| order(item).is_eq())
    }

    /// The first block that ends at or after what `order` looks for.
    fn seek(&self, order: impl Fn(&T) -> Ordering) -> usize {
        self.blocks
            .partition_point(|block| block.last().is_some_and(|item| order(item).is_lt()))
    }
}

impl<T: Clone> List<T> {
    /// Puts `new` in the place of the run for which `order` says `Equal`.
    pub(crate) fn replace(&mut self, order: impl Fn(&T) -> Ordering, new: Vec<T>) {
        let at = self.seek(&order);
        // The run may go on over several blocks: all but the first lose their heads.
        let mut next = at + 1;
        while let Some(block) = self.blocks.get_mut(next) {
            let run = block.partition_point(|item| order(item).is_le());
            if run == 0 {
                break;
            }
            self.len -= run;
            if run < block.len() {
                Arc::make_mut(block).drain(..run);
                break;
            }
            next += 1;
        }
        self.blocks
            .drain((at + 1).min(self.blocks.len())..next.min(self.blocks.len()));
        let Some(block) = self.blocks.get_mut(at) else {
            return self.append(new);
        };
        let from = block.partition_point(|item| order(item).is_lt());
        let to = block.partition_point(|item| order(item).is_le());
        if from == to && new.is_empty() {
            return;
        }
        self.len = self.len - (to - from) + new.len();
        let items = Arc::make_mut(block);
        items.splice(from..to, new);
        if items.is_empty() {
            self.blocks.remove(at);
        } else if items.len() > 2 * BLOCK {
            let parts: Vec<_> = items
                .chunks(BLOCK)
                .map(|part| Arc::new(part.to_vec()))
                .collect();
            self.blocks.splice(at..=at, parts);
        }
    }

    /// Adds items that sort after all others.
    fn append(&mut self, new: Vec<T>) {
        self.len += new.len();
        if let Some(last) = self.blocks.last_mut() {
            if last.len() + new.len() <= BLOCK {
                Arc::make_mut(last).extend(new);
                return;
            }
        }
        self.blocks
            .extend(new.chunks(BLOCK).map(|part| Arc::new(part.to_vec())));
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self {
            blocks: Vec::new(),
            len: 0,
        }
    }
}

impl<T> FromIterator<T> for List<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut list = Builder::default();
        items.into_iter().for_each(|item| list.push(item));
        list.finish()
    }
}

impl<'a, T> IntoIterator for &'a List<T> {
    type Item = &'a T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<T: PartialEq> PartialEq for List<T> {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.iter().eq(other.iter())
    }
}

impl<T: Eq> Eq for List<T> {}

impl<T: fmt::Debug> fmt::Debug for List<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(feature = "serde")]
impl<T: serde::Serialize> serde::Serialize for List<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

/// Walks a [`List`] in order.
#[derive(Clone, Debug)]
pub struct Iter<'a, T> {
    blocks: core::slice::Iter<'a, Arc<Vec<T>>>,
    block: core::slice::Iter<'a, T>,
    left: usize,
}

impl<'a, T> Iterator for Iter<'a, T> {
    type Item = &'a T;

    fn next(&mut self) -> Option<&'a T> {
        loop {
            if let Some(item) = self.block.next() {
                self.left = self.left.saturating_sub(1);
                return Some(item);
            }
            self.block = self.blocks.next()?.iter();
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<T> ExactSizeIterator for Iter<'_, T> {}

/// Makes a [`List`] from items that come in order.
pub(crate) struct Builder<T> {
    list: List<T>,
    block: Vec<T>,
}

impl<T> Default for Builder<T> {
    fn default() -> Self {
        Self {
            list: List::default(),
            block: Vec::new(),
        }
    }
}

impl<T> Builder<T> {
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
        self.list.blocks.push(Arc::new(block));
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
                assert!(list.find(|item| item.0.cmp(&key)).eq(&plain[from..to]));
                plain.splice(from..to, new.clone());
                list.replace(|item| item.0.cmp(&key), new);
                assert_eq!(list.len(), plain.len());
                assert!(list.iter().eq(plain.iter()));
                assert!(list.blocks.iter().all(|block| !block.is_empty()));
            }
            assert_eq!(before.iter().len(), before.len());
        }
    }

    #[test]
    fn an_empty_list_takes_items_and_gives_them_back() {
        let mut list: List<u8> = List::default();
        list.replace(|item| item.cmp(&3), vec![3, 3]);
        list.replace(|item| item.cmp(&9), vec![9]);
        list.replace(|item| item.cmp(&1), vec![1]);
        assert_eq!(list.iter().copied().collect::<Vec<_>>(), [1, 3, 3, 9]);
        assert_eq!(list.get(3), Some(&9));
        assert_eq!(list.get(4), None);
    }
}
