use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use super::rows::Lease;

/// Leases by id, found by property and by unit as well.
#[derive(Debug, Clone, Default)]
pub(crate) struct Leases {
    rows: BTreeMap<i64, Lease>,
    by_property: BTreeMap<i64, BTreeSet<i64>>,
    by_unit: BTreeMap<i64, BTreeSet<i64>>,
    written: Written,
}

/// Rows as they were written last: a page of them is most of the work of getLeases.
#[derive(Debug, Default)]
struct Written(Mutex<Rows>);

#[derive(Debug, Default)]
struct Rows {
    by_lease: BTreeMap<i64, Box<[u8]>>,
    bytes: usize,
}

/// Beyond so many bytes all of them are forgotten: some 16,000 leases.
const REMEMBERED: usize = 64 << 20;

impl Clone for Written {
    fn clone(&self) -> Self {
        Self::default()
    }
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

    /// Writes a row, from memory where it is known. To be asked for one spelling only.
    pub(super) fn write(
        &self,
        lease: &Lease,
        out: &mut Vec<u8>,
        write: impl FnOnce(&Lease) -> Vec<u8>,
    ) {
        let mut written = self
            .written
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(row) = written.by_lease.get(&lease.id) {
            out.extend_from_slice(row);
            return;
        }
        let row = write(lease).into_boxed_slice();
        out.extend_from_slice(&row);
        if written.bytes + row.len() > REMEMBERED {
            *written = Rows::default();
        }
        written.bytes += row.len();
        written.by_lease.insert(lease.id, row);
    }

    /// A property or unit changed, whose names are in the rows.
    pub(super) fn forget_written(&mut self) {
        self.written = Written::default();
    }

    pub(crate) fn remove(&mut self, id: i64) -> Option<Lease> {
        let written = self.written.0.get_mut();
        let written = written.unwrap_or_else(PoisonError::into_inner);
        written.bytes -= written.by_lease.remove(&id).map_or(0, |row| row.len());
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
