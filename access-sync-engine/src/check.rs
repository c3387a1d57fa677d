//! Whether everything that the mapping names exists, asked before anything is written.

use chrono::{DateTime, Utc};

use crate::access::Directory;
use crate::mapping::{GroupRef, MappingError};
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
    /// there: properties, locations, units, rooms, desks, groups. Reads only, and tells all faults
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
}
