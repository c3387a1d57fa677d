//! Which unit, room or desk opens which groups: the operator's part of the truth.

mod policy;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use access_sync_core::guard::Scope;
use access_sync_core::policy::GuardPolicy;
use chrono::NaiveTime;
use chrono_tz::Tz;
use serde::{Deserialize, Deserializer};

pub use policy::PolicyConfig;

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
    /// Entrata properties.
    #[serde(default, rename = "property")]
    pub properties: Vec<Property>,
    /// Nexudus locations.
    #[serde(default, rename = "location")]
    pub locations: Vec<Location>,
}

/// An Entrata property.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Property {
    /// Entrata's property id.
    pub id: String,
    /// IANA time zone of the doors. Entrata's API does not tell it.
    #[serde(deserialize_with = "zone")]
    pub time_zone: Tz,
    /// Groups of everybody who lives there.
    #[serde(default)]
    pub common: Vec<GroupRef>,
    /// Name of a unit's group, with `{number}` for the unit's number and `{id}` for its id; for
    /// units without an entry in `units`.
    #[serde(default)]
    pub unit: Option<String>,
    /// Groups of single units, by Entrata's unit id. Instead of the pattern, not beside it.
    #[serde(default)]
    pub units: BTreeMap<String, Vec<GroupRef>>,
    /// Local time at which access begins on the move-in day, where it is not the policy's.
    #[serde(default, deserialize_with = "policy::optional_time")]
    pub start_time: Option<NaiveTime>,
    /// Local time at which access ends on the move-out day, where it is not the policy's.
    #[serde(default, deserialize_with = "policy::optional_time")]
    pub end_time: Option<NaiveTime>,
    /// Entrata's customer types that get access: the leaseholders unless said otherwise. A guarantor
    /// gets none even if listed.
    #[serde(default = "resident_types")]
    pub resident_types: Vec<String>,
}

impl Property {
    /// A property without groups; fill its fields.
    #[must_use]
    pub fn new(id: impl Into<String>, time_zone: Tz) -> Self {
        Self {
            id: id.into(),
            time_zone,
            common: Vec::new(),
            unit: None,
            units: BTreeMap::new(),
            start_time: None,
            end_time: None,
            resident_types: resident_types(),
        }
    }

    /// The groups of a unit, by its own entry or by the pattern.
    #[must_use]
    pub fn unit_groups(&self, id: &str, number: Option<&str>) -> Vec<GroupRef> {
        if let Some(groups) = self.units.get(id) {
            return groups.clone();
        }
        match (&self.unit, number) {
            (Some(pattern), _) if !pattern.contains("{number}") => {
                vec![GroupRef::Name(pattern.replace("{id}", id))]
            }
            (Some(pattern), Some(number)) => {
                vec![GroupRef::Name(
                    pattern.replace("{number}", number).replace("{id}", id),
                )]
            }
            _ => Vec::new(),
        }
    }
}

/// A Nexudus location.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Location {
    /// Nexudus' business id.
    pub id: String,
    /// IANA time zone of the doors. Nexudus gives a number of its own instead.
    #[serde(deserialize_with = "zone")]
    pub time_zone: Tz,
    /// Groups of everybody with a contract there.
    #[serde(default)]
    pub common: Vec<GroupRef>,
    /// Groups of everybody with a booking there, for as long as the booking's window: the doors on
    /// the way.
    #[serde(default)]
    pub way_in: Vec<GroupRef>,
    /// Take the groups that Nexudus keeps itself (`AccessControlGroupId` of resources and desks) for
    /// whatever has no entry here.
    #[serde(default)]
    pub from_source: bool,
    /// Groups of single resources, by Nexudus' resource id.
    #[serde(default)]
    pub resources: BTreeMap<String, Vec<GroupRef>>,
    /// Groups of single desks and offices, by Nexudus' floor plan desk id.
    #[serde(default)]
    pub desks: BTreeMap<String, Vec<GroupRef>>,
}

impl Location {
    /// A location without groups; fill its fields.
    #[must_use]
    pub fn new(id: impl Into<String>, time_zone: Tz) -> Self {
        Self {
            id: id.into(),
            time_zone,
            common: Vec::new(),
            way_in: Vec::new(),
            from_source: false,
            resources: BTreeMap::new(),
            desks: BTreeMap::new(),
        }
    }
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

/// Why a mapping cannot be used.
#[derive(Clone, Debug, thiserror::Error)]
#[error("mapping: {0}")]
pub struct MappingError(String);

impl Mapping {
    /// Limits of single properties and locations that differ from the policy's.
    pub(crate) fn scope_limits(&self) -> BTreeMap<Scope, GuardPolicy> {
        BTreeMap::new()
    }

    /// Reads and checks a mapping.
    ///
    /// # Errors
    /// [`MappingError`] with line and column, or with the entry that contradicts another.
    pub fn from_toml(text: &str) -> Result<Self, MappingError> {
        let mapping: Self = toml::from_str(text)
            .map_err(|error| MappingError(error.to_string().trim().replace('\n', " ")))?;
        mapping.check()?;
        Ok(mapping)
    }

    /// Checks what types cannot: no property or location twice, a namespace that can be told apart,
    /// patterns that make one group per unit.
    ///
    /// # Errors
    /// [`MappingError`] naming the entry.
    pub fn check(&self) -> Result<(), MappingError> {
        let fail = |text: String| Err(MappingError(text));
        if self.namespace.0.trim().is_empty() || self.namespace.0.contains(':') {
            return fail("namespace: must not be empty nor hold a colon".into());
        }
        let mut seen = BTreeMap::new();
        let places = self
            .properties
            .iter()
            .map(|p| ("property", &p.id))
            .chain(self.locations.iter().map(|l| ("location", &l.id)));
        for (kind, id) in places {
            if id.trim().is_empty() {
                return fail(format!("{kind}: an empty id"));
            }
            if seen.insert((kind, id), ()).is_some() {
                return fail(format!("{kind} {id}: listed twice"));
            }
        }
        for property in &self.properties {
            if let Some(pattern) = &property.unit {
                if !pattern.contains("{number}") && !pattern.contains("{id}") {
                    return fail(format!(
                        "property {}: unit = \"{pattern}\" would give every unit the same group; put {{number}} in it, or use common",
                        property.id
                    ));
                }
            }
        }
        Ok(())
    }
}

fn zone<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Tz, D::Error> {
    let name = String::deserialize(deserializer)?;
    Tz::from_str(&name).map_err(|_| {
        serde::de::Error::custom(format_args!(
            "\"{name}\" is no IANA time zone (such as America/Chicago)"
        ))
    })
}

fn resident_types() -> Vec<String> {
    ["Primary", "Responsible"].map(str::to_owned).to_vec()
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
