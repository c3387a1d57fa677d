//! Whether everything that the mapping names exists, asked before anything is written.

use chrono::{DateTime, Utc};

use crate::access::Directory;
use crate::mapping::{GroupRef, MappingError};
use crate::presence::MarkedDoor;
use crate::source::{Note, NoteCode, Reading};
use crate::{Engine, EngineError, Progress};

/// What the live systems say of the mapping.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct MappingReport {
    /// Entries that cannot be right: groups, properties and locations that do not exist or cannot
    /// be read. Each begins with its place.
    pub faults: Vec<String>,
    /// Places without a group, rows left out: worth a look.
    pub notes: Vec<Note>,
    /// Parts that could not be read.
    pub missing: Vec<String>,
}

impl MappingReport {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.faults.is_empty() && self.missing.is_empty()
    }

    /// The faults as an error.
    ///
    /// # Errors
    /// [`MappingError`] with all of them, where there are any.
    pub fn into_result(self) -> Result<(), MappingError> {
        if self.faults.is_empty() {
            Ok(())
        } else {
            Err(MappingError::new(self.faults))
        }
    }
}

impl Engine {
    /// Asks the sources and the access-control system whether everything that the mapping names is
    /// there: properties, locations, units, rooms, desks, groups, marked doors. Reads only, and tells all faults
    /// at once.
    ///
    /// # Errors
    /// Where a whole system cannot be read.
    pub async fn check_mapping(
        &self,
        now: DateTime<Utc>,
        progress: &dyn Progress,
    ) -> Result<MappingReport, EngineError> {
        let groups = self.access.groups().await?;
        let directory = Directory::new(groups.items);
        let mut report = MappingReport::default();
        let mut entry = |place: String, groups: &[GroupRef]| {
            for group in groups {
                if let Err(why) = directory.resolve(group) {
                    report.faults.push(format!("{place}: {group} {why}"));
                }
            }
        };
        for property in &self.mapping.properties {
            let place = format!("property {}", property.id);
            entry(format!("{place}: common"), &property.common);
            for (id, groups) in &property.units {
                entry(format!("{place}: units.{id}"), groups);
            }
            for (id, groups) in &property.unit_spaces {
                entry(format!("{place}: unit_spaces.{id}"), groups);
            }
        }
        for location in &self.mapping.locations {
            let place = format!("location {}", location.id);
            entry(format!("{place}: common"), &location.common);
            entry(format!("{place}: way_in"), &location.way_in);
            entry(format!("{place}: visitors"), &location.visitors);
            for (name, table) in [
                ("resources", &location.resources),
                ("desks", &location.desks),
                ("desk_variants", &location.desk_variants),
                ("plans", &location.plans),
                ("passes", &location.passes),
            ] {
                for (id, groups) in table {
                    entry(format!("{place}: {name}.{id}"), groups);
                }
            }
        }
        self.check_doors(&mut report).await?;
        let reading = Reading {
            now,
            directory: &directory,
            progress,
        };
        for source in &self.sources {
            report.faults.extend(source.check(&reading).await?);
            let feed = source.read(&reading).await?;
            report.missing.extend(feed.missing);
            let (faults, notes): (Vec<_>, Vec<_>) = feed
                .notes
                .into_iter()
                .partition(|it| matches!(it.code, NoteCode::UnknownGroup | NoteCode::NotPermitted));
            for fault in faults {
                if !report.faults.contains(&fault.text) {
                    report.faults.push(fault.text);
                }
            }
            report.notes.extend(notes);
        }
        Ok(report)
    }

    /// Whether the doors that are marked for presence are there.
    async fn check_doors(&self, report: &mut MappingReport) -> Result<(), EngineError> {
        let marked = &self.mapping.presence.doors;
        if marked.is_empty() {
            return Ok(());
        }
        let Some(doors) = self.access.doors().await? else {
            return Ok(());
        };
        let mut unknown = marked
            .iter()
            .filter(|it| doors.items.iter().all(|door| door.id != it.id))
            .peekable();
        if unknown.peek().is_some() && !doors.is_complete() {
            let system = self.access.name();
            report
                .missing
                .push(format!("{system}: the list of doors is not whole"));
            return Ok(());
        }
        let place = |it: &MarkedDoor| format!("presence: door {}: there is none", it.id);
        report.faults.extend(unknown.map(place));
        Ok(())
    }
}
