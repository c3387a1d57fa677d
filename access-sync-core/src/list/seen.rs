//! Finding items again where they were seen before.

use super::{Item, List, Place};
use alloc::sync::Arc;
use alloc::vec::Vec;

/// Where the items of a head were seen to begin, in four bytes. They may have moved since.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen(u32);

impl Seen {
    /// A place that is too far for four bytes is forgotten.
    pub(crate) fn at(place: Place) -> Self {
        match (u32::try_from(place.block), u8::try_from(place.index)) {
            (Ok(block), Ok(index)) if block < 1 << 24 => Self(block << 8 | u32::from(index)),
            _ => Self::default(),
        }
    }

    fn place(self) -> Place {
        Place {
            block: (self.0 >> 8) as usize,
            index: (self.0 & 0xFF) as usize,
        }
    }
}

impl<T: Item> List<T> {
    /// What [`List::places`] finds, at once where nothing has moved. `read` reads from an item what
    /// will be needed of it.
    pub(crate) fn places_seen(
        &self,
        heads: &[T::Head],
        seen: &[Seen],
        read: impl Fn(&T) -> u8,
    ) -> Vec<Place> {
        let mut places: Vec<Place> = seen.iter().map(|seen| seen.place()).collect();
        self.fetch(&places, &read);
        // The neighbours tell where a run begins and ends.
        for beside in [0, 2] {
            let beside = places.iter().filter_map(|place| {
                let index = (place.index + beside).checked_sub(1)?;
                self.at(Place { index, ..*place })
            });
            core::hint::black_box(beside.fold(0, |sum, item| sum ^ read(item)));
        }
        let moved = |(number, (head, place)): (usize, (&T::Head, &Place))| {
            (!self.begins_at(*place, head)).then(|| (number, head.clone()))
        };
        let moved = heads.iter().zip(&places).enumerate().filter_map(moved);
        let (numbers, heads): (Vec<usize>, Vec<T::Head>) = moved.unzip();
        if !heads.is_empty() {
            for (number, found) in numbers.into_iter().zip(self.places(&heads)) {
                if let Some(place) = places.get_mut(number) {
                    *place = found;
                }
            }
        }
        places
    }

    /// Whether the items of a head begin at a place.
    fn begins_at(&self, place: Place, head: &T::Head) -> bool {
        let is_here = self.at(place).is_some_and(|item| item.head() == head);
        let before = match place.index.checked_sub(1) {
            Some(index) => self.at(Place { index, ..place }).map(Item::head),
            None => place
                .block
                .checked_sub(1)
                .and_then(|block| Some(&self.blocks.get(block)?.last)),
        };
        is_here && before != Some(head)
    }

    /// Reads from the items at some places what will be needed of them. Each of the short loops
    /// asks for what the next one needs, so that the processor waits for many at once, where a loop
    /// that does more would wait for each in turn.
    pub(crate) fn fetch(&self, places: &[Place], read: impl Fn(&T) -> u8) {
        let blocks = || places.iter().map(|place| self.blocks.get(place.block));
        let addresses = blocks().flatten().map(|it| Arc::as_ptr(&it.items) as usize);
        core::hint::black_box(addresses.fold(0, |sum, address| sum ^ address));
        let counts = blocks().flatten().map(|it| it.items.len());
        core::hint::black_box(counts.fold(0, |sum, count| sum ^ count));
        let items = places.iter().filter_map(|place| self.at(*place));
        core::hint::black_box(items.fold(0, |sum, item| sum ^ read(item)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_found_wherever_it_was_seen() {
        let items: Vec<(u64, u64)> = (0..2_000).map(|n| (n / 3 * 2, n)).collect();
        let list: List<(u64, u64)> = items.into_iter().collect();
        let heads: Vec<u64> = (0..1_400).collect();
        let places = list.places(&heads);
        for by in [0, 1, 700] {
            let seen: Vec<Seen> = places.iter().map(|place| Seen::at(*place)).collect();
            let mut wrong = seen.clone();
            wrong.rotate_left(by);
            assert_eq!(list.places_seen(&heads, &wrong, |_| 0), places);
        }
        let far = Place {
            block: 1 << 24,
            index: 3,
        };
        let deep = Place {
            block: 1,
            index: 256,
        };
        for place in [far, deep] {
            assert_eq!(Seen::at(place), Seen::default());
        }
        let last = Place {
            block: (1 << 24) - 1,
            index: 255,
        };
        assert_eq!(Seen::at(last).place(), last);
    }
}
