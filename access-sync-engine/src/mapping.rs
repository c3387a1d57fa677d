//! Which unit, room or desk opens which groups: the operator's part of the truth.

mod places;
mod policy;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use access_sync_core::guard::Scope;
use access_sync_core::policy::GuardPolicy;
use serde::{Deserialize, Deserializer};

pub use places::{Location, Property};
pub use policy::{AccessConfig, EndBasisWord, GuardConfig, NoAccessWord, PolicyConfig};

use crate::presence::PresenceConfig;

/// From places to the groups that open them, per property and location. Read from TOML by
/// [`Mapping::from_toml`], or built in code.
///
/// ```
/// use access_sync_engine::Mapping;
///
/// let mapping = Mapping::from_toml(r#"
///     [[property]]
///     id = "100234"
///     time_zone = "America/Chicago"
///     common = ["Harbor Point Residents"]
///     unit = "Harbor Point Unit {number}"
///
///     [[location]]
///     id = "1420000101"
///     time_zone = "America/Los_Angeles"
///     common = ["Harbour Works Members"]
///     from_source = true
/// "#)?;
/// assert_eq!(mapping.properties.len(), 1);
/// # Ok::<(), access_sync_engine::MappingError>(())
/// ```
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Mapping {
    /// Prefix of the external ids of users that we make: `{namespace}:{subject}`. Two systems that
    /// share one access-control account need two namespaces. Default `access-sync`.
    #[serde(default)]
    pub namespace: Namespace,
    /// Rules for all properties and locations.
    #[serde(default)]
    pub policy: PolicyConfig,
    /// What people get beside their groups.
    #[serde(default)]
    pub access: AccessConfig,
    /// Entrata properties.
    #[serde(default, rename = "property")]
    pub properties: Vec<Property>,
    /// Nexudus locations.
    #[serde(default, rename = "location")]
    pub locations: Vec<Location>,
    /// Doors that tell who comes and goes. Off unless a door is marked.
    #[serde(default)]
    pub presence: PresenceConfig,
}

/// A group of the access-control system, by its id or its exact name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupRef {
    /// The system's own id.
    Id(String),
    /// The exact name. It must be unique there.
    Name(String),
}

impl fmt::Display for GroupRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "group {id}"),
            Self::Name(name) => write!(f, "group \"{name}\""),
        }
    }
}

impl<'de> Deserialize<'de> for GroupRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "a group's name (text) or id (number)")]
        enum Raw {
            Id(i64),
            Name(String),
        }
        Ok(match Raw::deserialize(deserializer)? {
            Raw::Id(id) => Self::Id(id.to_string()),
            Raw::Name(name) => Self::Name(name),
        })
    }
}

/// Prefix of the external ids of users that we make.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Namespace(pub String);

impl Default for Namespace {
    fn default() -> Self {
        Self("access-sync".into())
    }
}

impl Namespace {
    /// The external id of a subject's user.
    #[must_use]
    pub fn external_id(&self, subject: &str) -> String {
        format!("{}:{subject}", self.0)
    }

    /// The subject behind an external id, where it is one of ours.
    #[must_use]
    pub fn subject<'a>(&self, external_id: &'a str) -> Option<&'a str> {
        external_id
            .strip_prefix(self.0.as_str())?
            .strip_prefix(':')
            .filter(|subject| !subject.is_empty())
    }
}

/// Why a mapping cannot be used: everything that is wrong with it, each with its place.
#[derive(Clone, Debug, thiserror::Error)]
#[error("mapping: {}", .faults.join("; "))]
pub struct MappingError {
    faults: Vec<String>,
}

impl MappingError {
    pub(crate) fn new(faults: Vec<String>) -> Self {
        Self { faults }
    }

    /// One sentence for each fault; each begins with the entry.
    #[must_use]
    pub fn faults(&self) -> &[String] {
        &self.faults
    }
}

impl Mapping {
    /// Limits of single properties and locations that differ from the policy's.
    pub(crate) fn scope_limits(&self) -> BTreeMap<Scope, GuardPolicy> {
        let properties = self.properties.iter();
        let properties =
            properties.map(|it| (format!("entrata:property:{}", it.id), it.guard.as_ref()));
        let locations = self.locations.iter();
        let locations =
            locations.map(|it| (format!("nexudus:location:{}", it.id), it.guard.as_ref()));
        properties
            .chain(locations)
            .filter_map(|(scope, guard)| Some((Scope::from(scope), guard?.to_policy())))
            .collect()
    }

    /// Reads and checks a mapping.
    ///
    /// # Errors
    /// [`MappingError`] with line and column where it is no mapping, else with every entry that
    /// contradicts another.
    pub fn from_toml(text: &str) -> Result<Self, MappingError> {
        let mapping: Self = toml::from_str(text).map_err(|error| {
            MappingError::new(vec![error.to_string().trim().replace('\n', " ")])
        })?;
        mapping.check()?;
        Ok(mapping)
    }

    /// Checks what types cannot: no property or location twice, ids that are numbers, a namespace
    /// that can be told apart, patterns that make one group per unit. Whether everything exists is
    /// asked by [`Engine::check_mapping`](crate::Engine::check_mapping).
    ///
    /// # Errors
    /// [`MappingError`] with all faults at once.
    pub fn check(&self) -> Result<(), MappingError> {
        let mut faults = Vec::new();
        if self.namespace.0.trim().is_empty() || self.namespace.0.contains(':') {
            faults.push("namespace: must not be empty nor hold a colon".to_owned());
        }
        if self.access.preload_minutes > 0 && !self.access.credential_dates {
            faults.push(
                "access: preload_minutes needs credential_dates = true, or doors open early"
                    .to_owned(),
            );
        }
        let mut seen = BTreeSet::new();
        let places = self
            .properties
            .iter()
            .map(|p| ("property", &p.id))
            .chain(self.locations.iter().map(|l| ("location", &l.id)));
        for (number, (kind, id)) in places.enumerate() {
            if id.trim().is_empty() {
                faults.push(format!("{kind} (entry {}): an empty id", number + 1));
            } else if id.parse::<u64>().is_err() {
                faults.push(format!("{kind} {id}: the id is no number"));
            }
            if !seen.insert((kind, id)) {
                faults.push(format!("{kind} {id}: listed twice"));
            }
        }
        for property in &self.properties {
            property.check(&mut faults);
        }
        for location in &self.locations {
            location.check(&mut faults);
        }
        self.presence.check(&self.locations, &mut faults);
        if faults.is_empty() {
            Ok(())
        } else {
            Err(MappingError::new(faults))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        Mapping::from_toml(text).unwrap_err().to_string()
    }

    #[test]
    fn faults_are_named_with_their_place() {
        let head = "[[property]]\nid = \"1\"\n";
        assert!(error(&format!("{head}time_zone = \"Chicago\"")).contains("no IANA time zone"));
        assert!(
            error(&format!(
                "{head}time_zone = \"America/Chicago\"\nunits_ = {{}}"
            ))
            .contains("units_")
        );
        let same =
            format!("{head}time_zone = \"America/Chicago\"\n{head}time_zone = \"America/Chicago\"");
        assert!(error(&same).contains("property 1: listed twice"));
        assert!(
            error(&format!(
                "{head}time_zone = \"America/Chicago\"\nunit = \"Residents\""
            ))
            .contains("same group")
        );
        assert!(error("namespace = \"a:b\"").contains("namespace"));
        assert!(error("[policy]\nstart_time = \"25:00\"").contains("HH:MM"));
    }

    #[test]
    fn all_faults_are_told_at_once() {
        let text = r#"
            namespace = "a:b"
            [access]
            preload_minutes = 60
            [[property]]
            id = "harbor"
            time_zone = "America/Chicago"
            unit = "Residents"
            units.x = [1]
            [[location]]
            id = "1"
            time_zone = "Europe/London"
            visitors = [" "]
            [[location]]
            id = "1"
            time_zone = "Europe/London"
            [[presence.door]]
            id = "lobby"
            location = 1
            direction = "in"
            [[presence.door]]
            id = 7
            location = 2
            direction = "in"
            [[presence.door]]
            id = 7
            location = 1
            direction = "out"
        "#;
        let error = Mapping::from_toml(text).unwrap_err();
        for part in [
            "namespace:",
            "access: preload_minutes",
            "property harbor: the id is no number",
            "property harbor: unit = ",
            "property harbor: units.x:",
            "location 1: visitors: a group without a name",
            "location 1: listed twice",
            "presence: door lobby: the id is no number",
            "presence: door 7: location 2 is none of the mapping's",
            "presence: door 7: marked twice",
        ] {
            assert!(
                error.faults().iter().any(|it| it.starts_with(part)),
                "{part}: {error}"
            );
        }
        assert_eq!(error.faults().len(), 10, "{error}");
    }

    #[test]
    fn a_unit_s_own_entry_beats_the_pattern() {
        let mut property = Property::new("1", chrono_tz::America::Chicago);
        property.unit = Some("Unit {number}".into());
        property
            .units
            .insert("77".into(), vec![GroupRef::Id("9".into())]);
        assert_eq!(
            property.unit_groups("77", Some("101")),
            [GroupRef::Id("9".into())]
        );
        assert_eq!(
            property.unit_groups("78", Some("102")),
            [GroupRef::Name("Unit 102".into())]
        );
        assert!(property.unit_groups("79", None).is_empty());
    }

    #[test]
    fn only_our_own_external_ids_are_ours() {
        let ours = Namespace::default();
        assert_eq!(
            ours.subject(&ours.external_id("entrata:customer:1")),
            Some("entrata:customer:1")
        );
        for foreign in [
            "access-sync2:x",
            "access-sync",
            "access-sync:",
            "entrata:1",
            "",
        ] {
            assert_eq!(ours.subject(foreign), None, "{foreign}");
        }
    }
}
