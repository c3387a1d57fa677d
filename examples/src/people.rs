//! Finding whom and what an operator means.

use access_sync_core::{SubjectId, TargetId};
use access_sync_engine::Prepared;

use crate::command::Failure;

/// Most candidates that an error lists.
pub(crate) const LISTED: usize = 8;

/// The subject behind an id, the end of an id, an e-mail address, or a name or part of one.
pub(crate) fn person(prepared: &Prepared, said: &str, names: bool) -> Result<SubjectId, Failure> {
    let wanted = fold(said);
    let known = || {
        prepared
            .feed
            .people
            .keys()
            .chain(prepared.observed.ours.keys())
    };
    let id = |subject: &&SubjectId| {
        subject.as_str() == said.trim()
            || subject.as_str().rsplit_once(':').map(|(_, tail)| tail) == Some(said.trim())
    };
    let mut exact: Vec<_> = known().filter(id).collect();
    exact.sort();
    exact.dedup();
    if let [one] = exact.as_slice() {
        return Ok((*one).clone());
    }
    let by = |test: &dyn Fn(&access_sync_engine::source::Person) -> bool| -> Vec<&SubjectId> {
        let people = prepared.feed.people.iter();
        people
            .filter(|(_, it)| test(it))
            .map(|(id, _)| id)
            .collect()
    };
    let email = by(&|it| it.email.as_deref().map(fold) == Some(wanted.clone()));
    let whole = by(&|it| fold(&it.full_name()) == wanted);
    let part = by(&|it| !wanted.is_empty() && fold(&it.full_name()).contains(&wanted));
    let found = [exact, email, whole, part]
        .into_iter()
        .find(|found| !found.is_empty());
    match found.as_deref() {
        Some([one]) => Ok((*one).clone()),
        Some(several) => {
            let shown = several
                .iter()
                .take(LISTED)
                .map(|id| label(prepared, id, names));
            Err(Failure::usage(format!(
                "\"{said}\" may be any of {} people: {}{}; give the id",
                several.len(),
                shown.collect::<Vec<_>>().join(", "),
                if several.len() > LISTED { ", …" } else { "" }
            )))
        }
        None => Err(Failure::usage(format!(
            "nobody is \"{said}\" among {} people of the sources; give an id such as {}, an e-mail address, or \
             (part of) a name; `access-sync plan --all` lists people",
            prepared.feed.people.len(),
            known()
                .next()
                .map_or("entrata:customer:610001", SubjectId::as_str),
        ))),
    }
}

/// The groups of the mapping behind an id or a name.
pub(crate) fn groups_called(prepared: &Prepared, said: &str) -> Vec<TargetId> {
    let wanted = fold(said);
    let called = |target: &&TargetId| {
        target.as_str() == said.trim() || fold(prepared.directory.name(target)) == wanted
    };
    prepared
        .feed
        .managed
        .iter()
        .filter(called)
        .cloned()
        .collect()
}

/// The groups of the mapping behind part of a name.
pub(crate) fn groups_like(prepared: &Prepared, said: &str) -> Vec<TargetId> {
    let wanted = fold(said);
    let alike = |target: &&TargetId| {
        !wanted.is_empty() && fold(prepared.directory.name(target)).contains(&wanted)
    };
    prepared
        .feed
        .managed
        .iter()
        .filter(alike)
        .cloned()
        .collect()
}

/// How a person is shown: by name and id, or by id.
pub(crate) fn label(prepared: &Prepared, subject: &SubjectId, names: bool) -> String {
    match prepared.person(subject).filter(|_| names) {
        Some(person) => format!("{} ({subject})", person.full_name()),
        None => subject.to_string(),
    }
}

/// As [`label`], shorter: the name alone where names are shown.
pub(crate) fn short(prepared: &Prepared, subject: &SubjectId, names: bool) -> String {
    match prepared.person(subject).filter(|_| names) {
        Some(person) => person.full_name(),
        None => subject.to_string(),
    }
}

/// Text by which names are compared: case and blanks do not count.
pub(crate) fn fold(text: &str) -> String {
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}
