//! How much runs at once.

use std::collections::BTreeMap;

use flashinfra_plans::{Name, Step};

/// How much may run at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Steps, over all provider instances, those that only wait among them.
    pub(crate) steps: usize,
    /// Steps that have a call out, on one provider instance.
    pub(crate) calls: usize,
}

/// How much runs at once.
pub(super) struct Limits {
    bounds: Bounds,
    steps: usize,
    calls: BTreeMap<Name, usize>,
    /// Provider instances that take no further call now.
    busy: usize,
    /// Whether a running step has a call out, by its number.
    out: BTreeMap<u32, bool>,
}

impl Limits {
    /// Nothing runs yet on these provider instances.
    pub(super) fn new<'a>(bounds: Bounds, instances: impl Iterator<Item = &'a Name>) -> Self {
        // A bound of nothing would never end.
        let bounds = Bounds { steps: bounds.steps.max(1), calls: bounds.calls.max(1) };
        let calls = instances.map(|instance| (instance.clone(), 0)).collect();
        Self { bounds, steps: 0, calls, busy: 0, out: BTreeMap::new() }
    }

    /// Takes a place for a step, if there is one.
    pub(super) fn take(&mut self, step: &Step) -> bool {
        let calls = self.calls.entry(step.provider.clone()).or_default();
        if self.steps >= self.bounds.steps || *calls >= self.bounds.calls {
            return false;
        }
        *calls += 1;
        self.busy += usize::from(*calls == self.bounds.calls);
        self.steps += 1;
        self.out.insert(step.id, true);
        true
    }

    /// The step's call was answered, and from here on it only polls.
    pub(super) fn only_waits(&mut self, step: &Step) {
        if let Some(out) = self.out.get_mut(&step.id)
            && std::mem::take(out)
            && let Some(calls) = self.calls.get_mut(&step.provider)
        {
            self.busy -= usize::from(*calls == self.bounds.calls);
            *calls -= 1;
        }
    }

    /// The step has ended.
    pub(super) fn give_back(&mut self, step: &Step) {
        self.only_waits(step);
        if self.out.remove(&step.id).is_some() {
            self.steps -= 1;
        }
    }

    /// Whether no step fits any more, whichever it is. Looking through all that is ready would cost too much.
    pub(super) fn is_full(&self) -> bool {
        self.steps >= self.bounds.steps || self.busy == self.calls.len()
    }
}
