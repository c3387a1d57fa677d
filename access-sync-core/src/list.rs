//! A long sorted list in shared blocks: cheap to clone, cheap to change in a few places.

mod edit;
mod seen;

pub(crate) use edit::Place;
pub(crate) use seen::Seen;

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

/// Adds an item, which is made in its place.
#[inline(always)]
pub(crate) fn push_made<T>(to: &mut Vec<T>, make: impl Fn() -> T) {
    to.extend(core::iter::once(()).map(|()| make()));
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
        self.make_room();
        self.block.push(item);
    }

    /// Adds an item, which is made in its place: a large one takes longer to move than to make.
    #[inline(always)]
    pub(crate) fn push_with(&mut self, item: impl Fn() -> T) {
        self.make_room();
        push_made(&mut self.block, item);
    }

    #[inline]
    fn make_room(&mut self) {
        if self.block.len() == self.block.capacity() {
            self.make_more_room();
        }
    }

    /// The first block grows as it needs to, the others are of their final size from the start.
    #[cold]
    fn make_more_room(&mut self) {
        if self.block.len() < BLOCK {
            let more = BLOCK.min(2 * self.block.len() + 4) - self.block.len();
            self.block.reserve_exact(more);
        } else {
            self.close();
            self.block.reserve_exact(BLOCK);
        }
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
