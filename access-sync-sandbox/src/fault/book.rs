use std::sync::{Mutex, MutexGuard, PoisonError};

use super::plan::{Dice, Faults};
use super::{Fault, FaultKind, Service};
use crate::world::hash;

/// The faults that wait for their call.
#[derive(Debug, Default)]
pub(crate) struct FaultBook(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    script: Vec<Fault>,
    dice: Option<Dice>,
    thrown: [u64; 3],
}

impl FaultBook {
    pub(crate) fn add(&self, fault: Fault) {
        self.lock().script.push(fault);
    }

    pub(crate) fn set(&self, faults: Faults) {
        let mut inner = self.lock();
        inner.script = faults.script;
        inner.dice = faults.dice;
        inner.thrown = [0; 3];
    }

    /// What waits, as lines of a script.
    pub(crate) fn lines(&self) -> Vec<String> {
        let inner = self.lock();
        let dice = inner.dice.as_ref();
        dice.map(|dice| format!("random {} {}", dice.seed, dice.rate))
            .into_iter()
            .chain(inner.script.iter().map(Fault::to_string))
            .collect()
    }

    /// The first waiting fault that matches this call, used up by one; else what the dice say.
    pub(crate) fn take(
        &self,
        service: Service,
        operation: &str,
        properties: &[i64],
    ) -> Option<FaultKind> {
        let mut inner = self.lock();
        if let Some(kind) = scripted(&mut inner.script, service, operation, properties) {
            return Some(kind);
        }
        let Inner { dice, thrown, .. } = &mut *inner;
        let dice = dice.as_ref()?;
        if !dice.services.contains(&service) || dice.kinds.is_empty() {
            return None;
        }
        let [brivo, entrata, nexudus] = thrown;
        let thrown = match service {
            Service::Brivo => brivo,
            Service::Entrata => entrata,
            Service::Nexudus => nexudus,
        };
        *thrown += 1;
        let seed = dice.seed.to_le_bytes();
        let throw = hash(&[b"fault", service.name().as_bytes(), &seed], *thrown);
        let share = f64::from(u32::try_from(throw >> 32).unwrap_or(u32::MAX)) / 4_294_967_296.0;
        if share >= dice.rate {
            return None;
        }
        let low = usize::try_from(throw & 0xffff_ffff).unwrap_or_default();
        dice.kinds.get(low % dice.kinds.len()).copied()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn scripted(
    faults: &mut Vec<Fault>,
    service: Service,
    operation: &str,
    properties: &[i64],
) -> Option<FaultKind> {
    let mut hit = None;
    for fault in faults.iter_mut() {
        if !fault.matches(service, operation, properties) {
            continue;
        }
        if fault.after > 0 {
            fault.after -= 1;
            continue;
        }
        if fault.times != u32::MAX {
            fault.times -= 1;
        }
        hit = Some(fault.kind);
        break;
    }
    faults.retain(|fault| fault.times > 0);
    hit
}
