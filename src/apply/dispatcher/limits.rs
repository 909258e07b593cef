//! How much runs at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use flashinfra_plans::{Name, Step};
use tokio::sync::Semaphore;

/// How many steps are begun for each that may have a call out. Their intents are durable before there is room for their calls,
/// so that no room stays empty while a commit is under way, and one commit holds many steps. Four keep a journal that takes
/// three times as long as the calls from being what an apply waits for; after a crash so many intents are looked into.
const BEGUN_PER_CALL: usize = 4;

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
    /// By provider instance, the steps that are begun and whose calls were not answered.
    begun: BTreeMap<Name, usize>,
    /// By provider instance, the room for calls.
    room: BTreeMap<Name, Arc<Semaphore>>,
    /// Provider instances for which no further step is begun now.
    busy: usize,
    /// Whether a running step's call was not answered yet, by its number.
    out: BTreeMap<u32, bool>,
}

impl Limits {
    /// Nothing runs yet on these provider instances.
    pub(super) fn new<'a>(bounds: Bounds, instances: impl Iterator<Item = &'a Name>) -> Self {
        // A bound of nothing would never end.
        let bounds = Bounds { steps: bounds.steps.max(1), calls: bounds.calls.max(1) };
        let begun: BTreeMap<_, _> = instances.map(|instance| (instance.clone(), 0)).collect();
        let calls = bounds.calls.min(Semaphore::MAX_PERMITS);
        let room = begun.keys().map(|instance| (instance.clone(), Arc::new(Semaphore::new(calls)))).collect();
        Self { bounds, steps: 0, begun, room, busy: 0, out: BTreeMap::new() }
    }

    /// The room for calls on the step's provider instance, in which steps get their turn in the order in which they ask.
    pub(super) fn room(&self, step: &Step) -> Option<Arc<Semaphore>> {
        self.room.get(&step.provider).cloned()
    }

    fn begun_max(&self) -> usize {
        self.bounds.calls.saturating_mul(BEGUN_PER_CALL)
    }

    /// Takes a place for a step, if there is one.
    pub(super) fn take(&mut self, step: &Step) -> bool {
        let most = self.begun_max();
        let Some(begun) = self.begun.get_mut(&step.provider) else { return false };
        if self.steps >= self.bounds.steps || *begun >= most {
            return false;
        }
        *begun += 1;
        self.busy += usize::from(*begun == most);
        self.steps += 1;
        self.out.insert(step.id, true);
        true
    }

    /// The step's call was answered, and from here on it only polls.
    pub(super) fn only_waits(&mut self, step: &Step) {
        let most = self.begun_max();
        if let Some(out) = self.out.get_mut(&step.id)
            && std::mem::take(out)
            && let Some(begun) = self.begun.get_mut(&step.provider)
        {
            self.busy -= usize::from(*begun == most);
            *begun -= 1;
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
        self.steps >= self.bounds.steps || self.busy == self.begun.len()
    }
}
