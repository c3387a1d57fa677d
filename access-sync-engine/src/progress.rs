//! How far it got.

use std::fmt;

/// Is told how far a run got, to draw a bar or write a line.
pub trait Progress: fmt::Debug + Send + Sync {
    /// `done` of `total` steps of `stage`. A total of zero means that it is not known yet.
    fn at(&self, stage: Stage<'_>, done: usize, total: usize);

    /// Whether the run is to end: whoever is being changed is finished, nobody else is begun.
    fn stopped(&self) -> bool {
        false
    }
}

/// A part of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage<'a> {
    /// Reading a source, by its name.
    Reading(&'a str),
    /// Reading group members.
    Observing,
    /// Changing people.
    Applying,
}

/// Tells nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quiet;

impl Progress for Quiet {
    fn at(&self, _: Stage<'_>, _: usize, _: usize) {}
}
