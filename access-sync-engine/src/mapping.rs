//! Which unit, room or desk opens which groups: the operator's part of the truth.

mod policy;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use access_sync_core::guard::Scope;
use access_sync_core::policy::GuardPolicy;
use chrono::NaiveTime;
use chrono_tz::Tz;
use serde::{Deserialize, Deserializer};

pub use policy::{AccessConfig, EndBasisWord, GuardConfig, NoAccessWord, PolicyConfig};

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
    /// Groups of single unit spaces, by Entrata's unit space id, beside those of the unit.
    #[serde(default)]
    pub unit_spaces: BTreeMap<String, Vec<GroupRef>>,
    /// Calendar days before move-in, where they are not the policy's.
    #[serde(default)]
    pub early_access_days: Option<u32>,
    /// Calendar days after move-out, where they are not the policy's.
    #[serde(default)]
    pub grace_days: Option<u32>,
    /// Which date ends a lease, where it is not the policy's.
    #[serde(default)]
    pub end_basis: Option<EndBasisWord>,
    /// Limits of removals at this property alone.
    #[serde(default)]
    pub guard: Option<GuardConfig>,
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
            unit_spaces: BTreeMap::new(),
            early_access_days: None,
            grace_days: None,
            end_basis: None,
            guard: None,
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
    /// Groups of whoever has a contract for a kind of desk, by Nexudus' desk variant id.
    #[serde(default)]
    pub desk_variants: BTreeMap<String, Vec<GroupRef>>,
    /// Groups of whoever has a plan, by Nexudus' tariff id, beside the desks'.
    #[serde(default)]
    pub plans: BTreeMap<String, Vec<GroupRef>>,
    /// Groups of whoever has used a day pass, on that day, by Nexudus' time pass id.
    #[serde(default)]
    pub passes: BTreeMap<String, Vec<GroupRef>>,
    /// Groups of announced visitors.
    #[serde(default)]
    pub visitors: Vec<GroupRef>,
    /// How long a visitor may come after the announced arrival, in minutes; a day's end where it is
    /// none. Nexudus keeps no end.
    #[serde(default)]
    pub visit_minutes: Option<u32>,
    /// Minutes before a booking, where they are not the policy's.
    #[serde(default)]
    pub buffer_before_min: Option<u32>,
    /// Minutes after a booking, where they are not the policy's.
    #[serde(default)]
    pub buffer_after_min: Option<u32>,
    /// Limits of removals at this location alone.
    #[serde(default)]
    pub guard: Option<GuardConfig>,
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
            desk_variants: BTreeMap::new(),
            plans: BTreeMap::new(),
            passes: BTreeMap::new(),
            visitors: Vec::new(),
            visit_minutes: None,
            buffer_before_min: None,
            buffer_after_min: None,
            guard: None,
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
        if faults.is_empty() {
            Ok(())
        } else {
            Err(MappingError::new(faults))
        }
    }
}

impl Property {
    fn check(&self, faults: &mut Vec<String>) {
        let place = format!("property {}", self.id);
        if let Some(pattern) = &self.unit {
            if !pattern.contains("{number}") && !pattern.contains("{id}") {
                faults.push(format!(
                    "{place}: unit = \"{pattern}\" would give every unit the same group; put {{number}} in it, or use common"
                ));
            }
        }
        if self.resident_types.is_empty() {
            faults.push(format!(
                "{place}: resident_types is empty, so that nobody gets access"
            ));
        }
        keyed(&place, "units", &self.units, faults);
        keyed(&place, "unit_spaces", &self.unit_spaces, faults);
        named(&place, "common", &self.common, faults);
    }
}

impl Location {
    fn check(&self, faults: &mut Vec<String>) {
        let place = format!("location {}", self.id);
        keyed(&place, "resources", &self.resources, faults);
        keyed(&place, "desks", &self.desks, faults);
        keyed(&place, "desk_variants", &self.desk_variants, faults);
        keyed(&place, "plans", &self.plans, faults);
        keyed(&place, "passes", &self.passes, faults);
        named(&place, "common", &self.common, faults);
        named(&place, "way_in", &self.way_in, faults);
        named(&place, "visitors", &self.visitors, faults);
    }
}

fn keyed(
    place: &str,
    table: &str,
    entries: &BTreeMap<String, Vec<GroupRef>>,
    faults: &mut Vec<String>,
) {
    for (id, groups) in entries {
        if id.parse::<u64>().is_err() {
            faults.push(format!("{place}: {table}.{id}: the id is no number"));
        }
        named(place, &format!("{table}.{id}"), groups, faults);
    }
}

fn named(place: &str, list: &str, groups: &[GroupRef], faults: &mut Vec<String>) {
    for group in groups {
        if matches!(group, GroupRef::Name(name) if name.trim().is_empty()) {
            faults.push(format!("{place}: {list}: a group without a name"));
        }
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
        ] {
            assert!(
                error.faults().iter().any(|it| it.starts_with(part)),
                "{part}: {error}"
            );
        }
        assert_eq!(error.faults().len(), 7, "{error}");
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
