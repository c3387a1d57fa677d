//! Properties and locations, and what opens what there.

use std::collections::BTreeMap;
use std::str::FromStr;

use chrono::NaiveTime;
use chrono_tz::Tz;
use serde::{Deserialize, Deserializer};

use super::GroupRef;
use super::policy::{self, EndBasisWord, GuardConfig};

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
    /// Local time at which a day ends, for day passes and for visitors without an end, where it is
    /// not the policy's: "04:00" lets a pass of Monday open until Tuesday at four.
    #[serde(default, deserialize_with = "policy::optional_time")]
    pub day_cutoff: Option<NaiveTime>,
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
            day_cutoff: None,
            guard: None,
        }
    }
}

impl Property {
    pub(super) fn check(&self, faults: &mut Vec<String>) {
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
    pub(super) fn check(&self, faults: &mut Vec<String>) {
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
