//! Where in a document the reader is.

use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::fmt::Write as _;

/// The way from the root to the value being read. It is left as it is on an error, also on one
/// that the format's parser reports half-way.
#[derive(Debug, Default)]
pub(super) struct Path(RefCell<Vec<Step>>);

#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    Key(&'static str),
    Index(usize),
}

impl Path {
    pub(super) fn push(&self, step: Step) {
        self.0.borrow_mut().push(step);
    }

    pub(super) fn pop(&self) {
        self.0.borrow_mut().pop();
    }

    /// `records[3].move_in`; empty at the root.
    pub(super) fn render(&self) -> String {
        let mut text = String::new();
        for step in self.0.borrow().iter() {
            match step {
                Step::Key(key) => {
                    if !text.is_empty() {
                        text.push('.');
                    }
                    text.push_str(key);
                }
                Step::Index(index) => {
                    // Writing to a `String` does not fail.
                    let _ = write!(text, "[{index}]");
                }
            }
        }
        text
    }
}
