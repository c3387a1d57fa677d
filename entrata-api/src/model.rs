//! What Entrata answers with, as far as access needs it. Birth dates, identity numbers, bank and
//! bankruptcy data are not part of any model: they are dropped while a row is read.

pub(crate) mod lease;
pub(crate) mod property;
pub(crate) mod unit;
