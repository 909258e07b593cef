//! How much runs at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use flashinfra_plans::plan::{Act, Basis};
use flashinfra_plans::{Name, Step};
use flashinfra_providers::retry::Paces;
use flashinfra_stacks::schema::provider_of;

use crate::apply::room::Room;
use crate::read::Opened;

/// How many steps are begun for each that may have a call out. Their intents are durable before there is room for their calls,
/// so that no room stays empty while a commit is under way, and one commit holds many steps. Four keep a journal that takes
/// three times as long as the calls from being what an apply waits for; after a crash so many intents are looked into. They are
/// counted for each service, so that what waits for one that throttles keeps none of the others back.
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
    /// A lane for each service. That of the steps that call nothing is after these, and has no bound of its own.
    lanes: Vec<Lane>,
    /// The lanes of the steps whose calls were not answered yet, by number.
    to_call: BTreeMap<u32, usize>,
    running: BTreeSet<u32>,
}

/// The steps that call one service.
struct Lane {
    /// The name of the service: the provider instance, which has a region, and what it calls it.
    service: Name,
    room: Arc<Room>,
    /// Steps that are begun and whose calls were not answered.
    begun: usize,
    /// Whether its provider instance can be called.
    gate: Gate,
}

/// Whether the provider instance of a lane can be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gate {
    Open,
    /// Its place is not there yet.
    Closed,
    /// It is being opened.
    Opening,
}

impl Limits {
    /// Nothing runs yet of these steps.
    pub(super) fn new(bounds: Bounds, steps: &[Step], basis: &Basis, opened: &Opened, paces: &Arc<Paces>) -> Self {
        // A bound of nothing would never end.
        let bounds = Bounds { steps: bounds.steps.max(1), calls: bounds.calls.max(1) };
        let mut limits = Self { bounds, lanes: Vec::new(), to_call: BTreeMap::new(), running: BTreeSet::new() };
        let (mut rooms, mut lanes) = (BTreeMap::<&Name, _>::new(), BTreeMap::<(&Name, &str, bool), usize>::new());
        for step in steps {
            let gate = if basis.is_deferred(step) { Gate::Closed } else { Gate::Open };
            let kind = step.address.kind();
            let service = match (gate, opened.provider(&step.provider)) {
                (Gate::Closed | Gate::Opening, _) => provider_of(kind).into(),
                (Gate::Open, Some(provider)) if calls(step) => provider.service(kind),
                (Gate::Open, _) => continue,
            };
            let lane = *lanes.entry((&step.provider, kind, gate == Gate::Open)).or_insert_with(|| {
                let service = Name::from(format!("{}/{service}", step.provider));
                let room = rooms.entry(&step.provider);
                let room = room.or_insert_with(|| Arc::new(Room::new(bounds.calls, Arc::clone(paces))));
                limits.lane_of(service, room, gate)
            });
            limits.to_call.insert(step.id, lane);
            let Lane { service, room, .. } = &limits.lanes[lane];
            room.expect(service);
        }
        limits
    }

    fn lane_of(&mut self, service: Name, room: &Arc<Room>, gate: Gate) -> usize {
        self.lanes.iter().position(|lane| lane.service == service && lane.gate == gate).unwrap_or_else(|| {
            self.lanes.push(Lane { service, room: Arc::clone(room), begun: 0, gate });
            self.lanes.len() - 1
        })
    }

    /// Whether the steps of a lane wait for their provider instance, and nobody opens it yet.
    pub(super) fn is_closed(&self, lane: usize) -> bool {
        self.lanes.get(lane).is_some_and(|lane| lane.gate == Gate::Closed)
    }

    /// The lane of a step is on its way to be open.
    pub(super) fn opens(&mut self, step: &Step) {
        self.set_gate(step, Gate::Opening);
    }

    /// The lane of a step is open.
    pub(super) fn opened(&mut self, step: &Step) {
        self.set_gate(step, Gate::Open);
    }

    fn set_gate(&mut self, step: &Step, gate: Gate) {
        let lane = self.to_call.get(&step.id).and_then(|lane| self.lanes.get_mut(*lane));
        lane.into_iter().for_each(|lane| lane.gate = gate);
    }

    /// The lane of a step that has not begun.
    pub(super) fn lane(&self, step: &Step) -> usize {
        self.to_call.get(&step.id).copied().unwrap_or(self.lanes.len())
    }

    /// Whether a further step of a lane can begin.
    pub(super) fn is_open(&self, lane: usize) -> bool {
        let begun_max = self.bounds.calls.saturating_mul(BEGUN_PER_CALL);
        self.running.len() < self.bounds.steps
            && self.lanes.get(lane).is_none_or(|lane| lane.gate == Gate::Open && lane.begun < begun_max)
    }

    /// The service that a step calls, and the room for its call.
    pub(super) fn room(&self, step: &Step) -> Option<(Name, Arc<Room>)> {
        let Lane { service, room, .. } = self.lanes.get(self.lane(step))?;
        Some((service.clone(), Arc::clone(room)))
    }

    /// A step begins.
    pub(super) fn take(&mut self, step: &Step) {
        let lane = self.to_call.get(&step.id).and_then(|lane| self.lanes.get_mut(*lane));
        if let Some(lane) = lane.filter(|_| self.running.insert(step.id)) {
            lane.begun += 1;
        }
    }

    /// The step's call was answered, and from here on it only polls.
    pub(super) fn only_waits(&mut self, step: &Step) {
        let lane = self.to_call.remove(&step.id).and_then(|lane| self.lanes.get_mut(lane));
        if let Some(Lane { service, room, begun, gate: _ }) = lane {
            room.expect_no_more(service);
            *begun -= usize::from(self.running.contains(&step.id));
        }
    }

    /// The step has ended, or will never begin.
    pub(super) fn give_back(&mut self, step: &Step) {
        self.only_waits(step);
        self.running.remove(&step.id);
    }
}

/// Whether a step calls its provider; what may come down to less does, too.
fn calls(step: &Step) -> bool {
    match step.act {
        Act::Create | Act::Update | Act::Delete | Act::UnguardDouble | Act::DeleteDouble | Act::Move(_) => true,
        Act::Forget | Act::Record => false,
    }
}
