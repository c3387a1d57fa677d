//! Numbers for things that are mentioned more than once.

use std::collections::BTreeMap;

/// Things in the order of their first mention, each once.
pub(super) struct Table<T> {
    pub(super) order: Vec<T>,
    numbers: BTreeMap<T, usize>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self {
            order: Vec::new(),
            numbers: BTreeMap::new(),
        }
    }
}

impl<T: Ord + Clone> Table<T> {
    pub(super) fn number(&mut self, it: &T) -> usize {
        if let Some(known) = self.numbers.get(it) {
            return *known;
        }
        self.order.push(it.clone());
        self.numbers.insert(it.clone(), self.order.len() - 1);
        self.order.len() - 1
    }
}
