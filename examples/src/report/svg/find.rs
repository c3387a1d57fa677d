//! Whose picture is meant.

use crate::report::Report;

/// Whose picture it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Of {
    Person(usize),
    Target(usize),
}

/// Finds a person or a door by id or name: exactly, or by a part that only one has.
///
/// # Errors
/// Where nothing or more than one thing matches; the message names the nearest.
pub(crate) fn find(report: &Report, wanted: &str) -> Result<Of, String> {
    let people = report
        .people
        .iter()
        .enumerate()
        .map(|(n, it)| (Of::Person(n), it));
    let targets = report
        .targets
        .iter()
        .enumerate()
        .map(|(n, it)| (Of::Target(n), it));
    let all: Vec<_> = people.chain(targets).collect();
    let exactly = all.iter().find(|(_, it)| it.id == wanted);
    let exactly = exactly.or_else(|| {
        all.iter()
            .find(|(_, it)| it.name.as_deref() == Some(wanted))
    });
    if let Some((of, _)) = exactly {
        return Ok(*of);
    }
    let part = wanted.to_lowercase();
    let near: Vec<_> = all
        .iter()
        .filter(|(_, it)| {
            it.text().to_lowercase().contains(&part) || it.id.to_lowercase().contains(&part)
        })
        .collect();
    match near.as_slice() {
        [(of, _)] => Ok(*of),
        [] => {
            let some: Vec<_> = all
                .iter()
                .take(6)
                .map(|(_, it)| format!("{:?}", it.text()))
                .collect();
            let some = some.join(", ");
            Err(format!(
                "nobody and nothing is called {wanted:?}; there are {some} and so on (--json lists all)"
            ))
        }
        several => {
            let some: Vec<_> = several
                .iter()
                .take(6)
                .map(|(_, it)| format!("{:?}", it.text()))
                .collect();
            Err(format!(
                "{wanted:?} could be {}; say more of it",
                some.join(" or ")
            ))
        }
    }
}
