use std::collections::{BTreeMap, BTreeSet};

use super::rows::Lease;

/// Leases by id, found by property and by unit as well.
#[derive(Debug, Clone, Default)]
pub(crate) struct Leases {
    rows: BTreeMap<i64, Lease>,
    by_property: BTreeMap<i64, BTreeSet<i64>>,
    by_unit: BTreeMap<i64, BTreeSet<i64>>,
}

impl Leases {
    pub(crate) fn insert(&mut self, lease: Lease) {
        self.remove(lease.id);
        let of = self.by_property.entry(lease.property_id).or_default();
        of.insert(lease.id);
        if let Some(unit) = lease.unit_id {
            self.by_unit.entry(unit).or_default().insert(lease.id);
        }
        self.rows.insert(lease.id, lease);
    }

    pub(crate) fn remove(&mut self, id: i64) -> Option<Lease> {
        let old = self.rows.remove(&id)?;
        if let Some(of) = self.by_property.get_mut(&old.property_id) {
            of.remove(&id);
        }
        if let Some(of) = old.unit_id.and_then(|unit| self.by_unit.get_mut(&unit)) {
            of.remove(&id);
        }
        Some(old)
    }

    pub(crate) fn get(&self, id: i64) -> Option<&Lease> {
        self.rows.get(&id)
    }

    /// Changes a lease in place; false where there is none.
    pub(crate) fn edit(&mut self, id: i64, edit: impl FnOnce(&mut Lease)) -> bool {
        let Some(mut lease) = self.rows.get(&id).cloned() else {
            return false;
        };
        edit(&mut lease);
        if lease.id != id {
            self.remove(id);
        }
        self.insert(lease);
        true
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &Lease> {
        self.rows.values()
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn last_id(&self) -> Option<i64> {
        self.rows.keys().next_back().copied()
    }

    pub(crate) fn of_property(&self, property: i64) -> impl Iterator<Item = &Lease> {
        let ids = self.by_property.get(&property).into_iter().flatten();
        ids.filter_map(|id| self.rows.get(id))
    }

    pub(crate) fn of_unit(&self, unit: i64) -> impl Iterator<Item = &Lease> {
        let ids = self.by_unit.get(&unit).into_iter().flatten();
        ids.filter_map(|id| self.rows.get(id))
    }
}
