//! A door of Brivo's: which groups open it, and which of them the person is in.

use std::collections::BTreeMap;

use access_sync_core::{SubjectId, TargetId};
use access_sync_engine::Prepared;
use brivo_api::{AccessPoint, AccessPointId, BrivoClient, Error, ErrorKind, GroupId};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::advice;
use crate::command::Failure;
use crate::people::{LISTED, fold};
use crate::render::utc;

/// An access point, as far as it concerns one person.
#[derive(Debug)]
pub(super) struct Door {
    pub(super) point: AccessPoint,
    /// Groups that open it, as Brivo says, by id: their names.
    groups: BTreeMap<TargetId, String>,
    /// Those of them in which Brivo has the person now; the mapping need not know them.
    pub(super) inside: Vec<TargetId>,
    /// In which schedule the door opens for a group.
    schedules: BTreeMap<TargetId, String>,
}

/// Access points that may be meant, exactly or by part of their names.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) exactly: Vec<AccessPoint>,
    pub(super) partly: Vec<AccessPoint>,
}

/// Looks for an access point by id or name.
pub(super) async fn find(brivo: &BrivoClient, said: &str) -> Result<Found, Failure> {
    let asked = |error: Error| Failure::error(advice::line(&error));
    let mut found = Found::default();
    if let Ok(id) = said.trim().parse::<AccessPointId>() {
        match brivo.access_points().get(id).await {
            Ok(point) => found.exactly.push(point),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(asked(error)),
        }
        return Ok(found);
    }
    // Brivo's own search costs one call. Where it finds nothing (it may mind the case, and refuses some
    // signs), the whole list is looked through.
    let searched = brivo.access_points().list().name(said.trim()).all().await;
    let points = match searched {
        Ok(listing) if !listing.items.is_empty() => listing,
        Err(error) if error.kind() != ErrorKind::Config => return Err(asked(error)),
        _ => brivo.access_points().list().all().await.map_err(asked)?,
    };
    let wanted = fold(said);
    for point in points.items {
        let name = fold(&point.name);
        if name == wanted {
            found.exactly.push(point);
        } else if !wanted.is_empty() && name.contains(&wanted) {
            found.partly.push(point);
        }
    }
    Ok(found)
}

/// The one that is meant, or which there are.
pub(super) fn one(points: Vec<AccessPoint>, said: &str) -> Result<AccessPoint, Failure> {
    let several = points.len();
    let shown: Vec<_> = points.iter().take(LISTED).map(label).collect();
    match <[AccessPoint; 1]>::try_from(points) {
        Ok([point]) => Ok(point),
        Err(_) => Err(Failure::usage(format!(
            "\"{said}\" may be any of {several} doors: {}{}; give the id",
            shown.join(", "),
            if several > LISTED { ", …" } else { "" }
        ))),
    }
}

/// `Harbor Point Lobby (door 612001)`.
pub(super) fn label(point: &AccessPoint) -> String {
    format!("{} (door {})", point.name, point.id)
}

impl Door {
    /// Asks Brivo which groups open a door, and in which of them the person is.
    pub(super) async fn read(
        brivo: &BrivoClient,
        point: AccessPoint,
        prepared: &Prepared,
        subject: &SubjectId,
    ) -> Result<Self, Failure> {
        let asked = |error: Error| Failure::error(advice::line(&error));
        let listing = brivo.access_points().groups(point.id).all().await;
        let listing = listing.map_err(asked)?;
        if !listing.is_complete() {
            return Err(Failure::error(format!(
                "Brivo gave only part of the groups that open {}; try again",
                label(&point)
            )));
        }
        let groups: BTreeMap<_, _> = listing
            .items
            .into_iter()
            .map(|group| (TargetId::new(group.id.to_string()), group.name))
            .collect();
        let mut door = Self {
            point,
            groups,
            inside: Vec::new(),
            schedules: BTreeMap::new(),
        };
        let user = prepared.observed.ours.get(subject);
        if let Some(Ok(id)) = user.map(|user| user.id.0.parse::<brivo_api::UserId>()) {
            let theirs = brivo.users().groups(id).await.map_err(asked)?;
            let theirs = theirs.items.iter();
            door.inside = theirs
                .map(|group| TargetId::new(group.id.to_string()))
                .filter(|group| door.groups.contains_key(group))
                .collect();
        }
        for group in door.concerning(prepared, subject) {
            let Ok(id) = group.as_str().parse::<GroupId>() else {
                continue;
            };
            let permissions = brivo.groups().access_points(id).all().await;
            let mut permissions = permissions.map_err(asked)?.items.into_iter();
            if let Some(it) = permissions.find(|it| it.access_point.id == door.point.id) {
                door.schedules.insert(group, it.schedule.name);
            }
        }
        Ok(door)
    }

    /// The groups that the mapping knows, and so the plan.
    pub(super) fn mapped(&self, prepared: &Prepared) -> Vec<TargetId> {
        let mapped = self.groups.keys();
        mapped
            .filter(|group| prepared.feed.managed.contains(*group))
            .cloned()
            .collect()
    }

    /// The groups of the mapping that any record of the person speaks of, and those that the person is in.
    pub(super) fn concerning(&self, prepared: &Prepared, subject: &SubjectId) -> Vec<TargetId> {
        let spoken = |group: &TargetId| {
            self.inside.contains(group) || super::concerns(prepared, subject, group)
        };
        self.mapped(prepared).into_iter().filter(spoken).collect()
    }

    /// Groups that open it and that no mapping speaks of, the person's first.
    pub(super) fn foreign(&self, prepared: &Prepared) -> Vec<(&TargetId, &str, bool)> {
        let mut foreign: Vec<_> = self
            .groups
            .iter()
            .filter(|(group, _)| !prepared.feed.managed.contains(*group))
            .map(|(group, name)| (group, name.as_str(), self.inside.contains(group)))
            .collect();
        foreign.sort_by_key(|(_, _, inside)| !inside);
        foreign
    }

    pub(super) fn schedule(&self, group: &TargetId) -> Option<&str> {
        self.schedules.get(group).map(String::as_str)
    }

    /// Whether Brivo has it open for the person now, by any group and whoever put them there.
    pub(super) fn open_in_brivo(&self, prepared: &Prepared, subject: &SubjectId) -> bool {
        let user = prepared.observed.ours.get(subject);
        user.is_some_and(|user| !user.suspended) && !self.inside.is_empty()
    }

    /// The span in which the plan has it open at an instant, whichever group by; or when it opens next.
    pub(super) fn planned(
        &self,
        prepared: &Prepared,
        subject: &SubjectId,
        at: DateTime<Utc>,
    ) -> Span {
        let windows = prepared.plan().windows_of_subject(subject);
        let mut windows: Vec<_> = windows
            .filter(|window| self.groups.contains_key(&window.target))
            .map(|window| (window.start, window.end))
            .collect();
        windows.sort();
        let mut joined: Vec<(DateTime<Utc>, Option<DateTime<Utc>>)> = Vec::new();
        for (start, end) in windows {
            match joined.last_mut() {
                Some((_, last)) if last.is_none_or(|last| start <= last) => {
                    *last = last.zip(end).map(|(last, end)| last.max(end));
                }
                _ => joined.push((start, end)),
            }
        }
        let now = joined
            .iter()
            .find(|(start, end)| *start <= at && end.is_none_or(|end| at < end));
        let next = joined.iter().find(|(start, _)| *start > at);
        Span {
            open: now.is_some(),
            since: now.map(|(start, _)| *start),
            until: now.map_or(next.map(|(start, _)| *start), |(_, end)| *end),
        }
    }

    pub(super) fn figures(
        &self,
        prepared: &Prepared,
        subject: &SubjectId,
        at: DateTime<Utc>,
    ) -> Value {
        let span = self.planned(prepared, subject, at);
        let foreign = self.foreign(prepared).into_iter();
        let foreign = foreign.map(
            |(group, name, inside)| json!({ "group": group, "name": name, "person_is_in": inside }),
        );
        json!({
            "id": self.point.id,
            "name": self.point.name,
            "site": self.point.site_name,
            "active": span.open,
            "since_utc": span.since.map(utc),
            "until_utc": span.until.map(utc),
            "in_brivo_now": self.open_in_brivo(prepared, subject),
            "unmapped_groups": foreign.collect::<Vec<_>>(),
        })
    }
}

/// When a door is open for somebody by the plan. Where it is not, `until` is when it opens next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) open: bool,
    pub(super) since: Option<DateTime<Utc>>,
    pub(super) until: Option<DateTime<Utc>>,
}
