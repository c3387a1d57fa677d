//! How many retries a client may make, whatever its policy says.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// One budget for each class of calls: a retry takes from it, a success gives a tenth of that back,
/// so that an outage does not multiply the calls to a server that is down.
#[derive(Debug)]
pub(crate) struct Budgets {
    /// What a full budget holds; none where nothing is counted.
    full: Option<u32>,
    /// Is any budget less than full? Good calls in good times need not look further.
    touched: AtomicBool,
    left: Mutex<HashMap<&'static str, u32>>,
}

const RETRY_COST: u32 = 10;

impl Budgets {
    /// Budgets of so many retries.
    pub(crate) fn new(retries: Option<u32>) -> Self {
        Self {
            full: retries.map(|retries| retries.saturating_mul(RETRY_COST)),
            touched: AtomicBool::new(false),
            left: Mutex::default(),
        }
    }

    /// Takes a retry; false where there is none left.
    pub(crate) fn spend(&self, class: &'static str) -> bool {
        let Some(full) = self.full else {
            return true;
        };
        let mut budgets = self.lock();
        let left = budgets.entry(class).or_insert(full);
        match left.checked_sub(RETRY_COST) {
            Some(rest) => {
                *left = rest;
                self.touched.store(true, Ordering::Release);
                true
            }
            None => false,
        }
    }

    /// A call was good.
    pub(crate) fn regain(&self, class: &'static str) {
        if !self.touched.load(Ordering::Acquire) {
            return;
        }
        let mut budgets = self.lock();
        if let Some(left) = budgets.get_mut(class) {
            *left += 1;
            if Some(*left) >= self.full {
                budgets.remove(class);
                self.touched.store(!budgets.is_empty(), Ordering::Release);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<&'static str, u32>> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fifty_retries_in_a_row_and_then_one_for_ten_successes() {
        let budgets = Budgets::new(Some(50));
        budgets.regain("read");
        assert_eq!((0..100).filter(|_| budgets.spend("read")).count(), 50);
        assert!(budgets.spend("write"), "each class has its own");
        (0..9).for_each(|_| budgets.regain("read"));
        assert!(!budgets.spend("read"));
        budgets.regain("read");
        assert!(budgets.spend("read") && !budgets.spend("read"));
        (0..10_000).for_each(|_| budgets.regain("read"));
        assert_eq!((0..100).filter(|_| budgets.spend("read")).count(), 50);
    }

    #[test]
    fn without_a_budget_nothing_is_counted() {
        let budgets = Budgets::new(None);
        assert!((0..1_000).all(|_| budgets.spend("")));
    }
}
