//! What a person needs beside groups: dates, passes, a name that is up to date.

use std::collections::BTreeMap;

use access_sync_core::Plan;
use access_sync_core::ids::SubjectId;
use chrono::{DateTime, Utc};

use crate::access::fingerprint;
use crate::ledger::{How, Made, MadeUser, Update};
use crate::mapping::AccessConfig;
use crate::source::Person;
use crate::steps::Step;

/// The span that all windows of a person lie in, as far as they are not over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hull {
    pub(crate) from: DateTime<Utc>,
    pub(crate) until: Option<DateTime<Utc>>,
}

/// The hulls of everybody who has access or will have.
pub(crate) fn hulls(plan: &Plan, now: DateTime<Utc>) -> BTreeMap<SubjectId, Hull> {
    let mut hulls: BTreeMap<SubjectId, Hull> = BTreeMap::new();
    for window in plan.windows() {
        if window.end.is_some_and(|end| end <= now) {
            continue;
        }
        let hull = Hull {
            from: window.start,
            until: window.end,
        };
        hulls
            .entry(window.subject.clone())
            .and_modify(|kept| {
                kept.from = kept.from.min(hull.from);
                kept.until = match (kept.until, hull.until) {
                    (Some(a), Some(b)) => Some(a.max(b)),
                    _ => None,
                };
            })
            .or_insert(hull);
    }
    hulls
}

/// The dates that something has against those that it needs; none where they will do. A beginning
/// that is past stays as it is: moving it changes nothing for anybody.
pub(crate) fn wanted(
    hull: Hull,
    from: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Option<(DateTime<Utc>, Option<DateTime<Utc>>)> {
    let begun = from.is_none_or(|from| from <= now);
    let begin = from.filter(|_| begun).unwrap_or(hull.from);
    let from_differs = !begun && from != Some(hull.from);
    // Nothing was ever set, and nothing bounds the access: nothing is to be said.
    let end_differs = until != hull.until;
    (from_differs || end_differs).then_some((begin, hull.until))
}

/// What is to be done beside the groups, before and after the change of groups.
#[derive(Debug, Default)]
pub(crate) struct Extras {
    pub(crate) before: Vec<Step>,
    pub(crate) after: Vec<Step>,
    pub(crate) correction: Option<Update>,
}

/// What one person of ours needs.
pub(crate) fn extras(
    config: &AccessConfig,
    made: &Made,
    mine: &MadeUser,
    person: Option<&Person>,
    hull: Option<Hull>,
    now: DateTime<Utc>,
) -> Extras {
    let mut extras = Extras::default();
    if mine.guest {
        return extras;
    }
    let Some(hull) = hull else {
        return extras;
    };
    if let Some(person) = person {
        let name = fingerprint(&person.full_name());
        let email = person.email.as_deref().map(fingerprint);
        match &mine.name {
            // Whoever gave the name: this is what it is measured by from now on.
            None => {
                let mut mine = mine.clone();
                mine.name = Some(name);
                mine.email = email;
                extras.correction = Some(Update::User(mine));
            }
            Some(known) => {
                let name = *known != name;
                // An address that is gone at the source stays; there is nothing to put in its place.
                let email = email.is_some() && mine.email != email;
                if name || email {
                    extras.before.push(Step::Update { name, email });
                }
            }
        }
    }
    if config.credential_dates && mine.how == How::Made {
        if let Some((from, until)) = wanted(hull, mine.from, mine.until, now) {
            extras.before.push(Step::PinDates { from, until });
        }
    }
    for pass in made.credentials.values().filter(|it| it.user == mine.user) {
        if let Some((from, until)) = wanted(hull, pass.from, pass.until, now) {
            extras.after.push(Step::CredentialDates {
                credential: pass.id.clone(),
                from,
                until,
            });
        }
    }
    extras
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000 + hour * 3_600, 0).unwrap()
    }

    fn hull(from: i64, until: Option<i64>) -> Hull {
        Hull {
            from: at(from),
            until: until.map(at),
        }
    }

    #[test]
    fn dates_that_will_do_are_left_alone() {
        let same = wanted(hull(1, Some(5)), Some(at(1)), Some(at(5)), at(0));
        assert_eq!(same, None);
        let begun = wanted(hull(3, Some(5)), Some(at(1)), Some(at(5)), at(2));
        assert_eq!(begun, None, "a beginning that is past is not moved");
        assert_eq!(wanted(hull(-9, None), None, None, at(0)), None);
    }

    #[test]
    fn an_end_follows_the_last_window_both_ways() {
        let longer = wanted(hull(1, Some(9)), Some(at(1)), Some(at(5)), at(2));
        assert_eq!(longer, Some((at(1), Some(at(9)))));
        let shorter = wanted(hull(1, Some(3)), Some(at(1)), Some(at(5)), at(2));
        assert_eq!(shorter, Some((at(1), Some(at(3)))));
        let open = wanted(hull(1, None), Some(at(1)), Some(at(5)), at(2));
        assert_eq!(open, Some((at(1), None)));
    }

    #[test]
    fn a_beginning_moves_to_an_earlier_window_before_it_is_late() {
        let earlier = wanted(hull(2, Some(9)), Some(at(4)), Some(at(9)), at(0));
        assert_eq!(earlier, Some((at(2), Some(at(9)))));
        let later = wanted(hull(6, Some(9)), Some(at(4)), Some(at(9)), at(0));
        assert_eq!(later, Some((at(6), Some(at(9)))));
    }
}
