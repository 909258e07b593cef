//! The order in which an apply starts steps: everything that is ready, what has the longest path behind it first.
//!
//! Steps stand in lanes, which are whatever limits them apart from each other. What is ready in a lane that takes no more is passed over
//! as a whole, however much that is.

#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::plan::Step;
use crate::value::Address;

/// What is ready to start, as steps start, end and fail.
///
/// Every method is as cheap as the number of dependents that it touches, times the logarithm of the number of ready
/// steps; no order depends on anything but the steps and the calls made.
#[derive(Clone, Debug)]
pub struct Schedule {
    places: BTreeMap<u32, usize>,
    steps: Vec<Entry>,
    /// By lane.
    ready: Vec<BTreeSet<(Reverse<u64>, u32)>>,
    unfinished: usize,
}

#[derive(Clone, Debug)]
struct Entry {
    id: u32,
    /// The seconds from the start of this step to the end of the longest path through it.
    behind_seconds: u64,
    lane: usize,
    waits_for: usize,
    dependents: Vec<usize>,
    state: State,
}

/// Where a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Ready,
    Running,
    Done,
    Failed,
    Skipped,
}

/// A step that cannot run any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skipped {
    /// The step.
    pub step: u32,
    /// The failed step that it waited for, directly or through others.
    pub because: u32,
}

/// How long a plan takes, when nothing limits what runs at the same time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Estimate {
    /// The typical seconds of the longest path.
    pub seconds: u64,
    /// What that path leads through, in order.
    pub path: Vec<Leg>,
}

/// A part of a path: the steps of one address that follow each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leg {
    /// The address.
    pub address: Address,
    /// How long its steps usually take.
    pub seconds: u64,
}

impl Schedule {
    /// A schedule of steps of which none has started, all in one lane. What a step waits for has a lower number, as in every plan.
    pub fn new(steps: &[Step]) -> Self {
        Self::in_lanes(steps, |_| 0)
    }

    /// As [`new`](Self::new), each step in a lane. Lanes are numbered from 0 without a gap.
    pub fn in_lanes(steps: &[Step], lane: impl Fn(&Step) -> usize) -> Self {
        let places: BTreeMap<u32, usize> = steps.iter().enumerate().map(|(place, step)| (step.id, place)).collect();
        let mut entries: Vec<_> = steps
            .iter()
            .zip(behind(steps))
            .map(|(step, behind_seconds)| Entry {
                id: step.id,
                behind_seconds,
                lane: lane(step),
                waits_for: 0,
                dependents: Vec::new(),
                state: State::Waiting,
            })
            .collect();
        for (place, step) in steps.iter().enumerate() {
            for earlier in step.after.iter().filter_map(|id| places.get(id)) {
                entries[*earlier].dependents.push(place);
                entries[place].waits_for += 1;
            }
        }
        let unfinished = entries.len();
        let lanes = entries.iter().map(|entry| entry.lane + 1).max().unwrap_or_default();
        let mut schedule = Self { places, steps: entries, ready: vec![BTreeSet::new(); lanes], unfinished };
        for place in 0..schedule.steps.len() {
            schedule.free(place);
        }
        schedule
    }

    /// The steps that can start now, lane by lane, the one with the longest path behind it first; of equals the lower number first.
    pub fn ready(&self) -> impl Iterator<Item = u32> {
        self.ready.iter().flatten().map(|&(_, id)| id)
    }

    /// Of the steps that can start now in these lanes the one with the longest path behind it; of equals the lower number.
    pub fn first(&self, is_open: impl Fn(usize) -> bool) -> Option<u32> {
        let open = self.ready.iter().enumerate().filter(|(lane, _)| is_open(*lane));
        open.filter_map(|(_, ready)| ready.first()).min().map(|&(_, id)| id)
    }

    /// The seconds from the start of a step to the end of the longest path through it.
    pub fn behind_seconds(&self, id: u32) -> u64 {
        self.places.get(&id).map_or(0, |place| self.steps[*place].behind_seconds)
    }

    /// Whether no step can start any more and none is running: each is done, failed or skipped.
    pub fn is_finished(&self) -> bool {
        self.unfinished == 0
    }

    /// A step runs now.
    pub fn start(&mut self, id: u32) {
        self.leave(id, State::Running);
    }

    /// A step is done; what waited only for it is ready. A step that an earlier run did may be done without a start.
    pub fn done(&mut self, id: u32) {
        let Some(place) = self.leave(id, State::Done) else { return };
        for dependent in std::mem::take(&mut self.steps[place].dependents) {
            self.steps[dependent].waits_for -= 1;
            self.free(dependent);
        }
    }

    /// A step failed; what waited for it, directly or through others, is skipped. Returns the newly skipped ones by number.
    pub fn failed(&mut self, id: u32) -> Vec<Skipped> {
        let mut skipped = Vec::new();
        let mut open = self.leave(id, State::Failed).into_iter().collect::<Vec<_>>();
        while let Some(place) = open.pop() {
            for dependent in std::mem::take(&mut self.steps[place].dependents) {
                let step = self.steps[dependent].id;
                if self.leave(step, State::Skipped).is_some() {
                    skipped.push(Skipped { step, because: id });
                    open.push(dependent);
                }
            }
        }
        skipped.sort_unstable();
        skipped
    }

    /// Moves a step to a later state and returns its place; none when it is not there or ended before.
    fn leave(&mut self, id: u32, to: State) -> Option<usize> {
        let place = *self.places.get(&id)?;
        let entry = &mut self.steps[place];
        match entry.state {
            State::Done | State::Failed | State::Skipped => return None,
            State::Waiting | State::Ready | State::Running => {}
        }
        self.ready[entry.lane].remove(&(Reverse(entry.behind_seconds), id));
        entry.state = to;
        match to {
            State::Done | State::Failed | State::Skipped => self.unfinished -= 1,
            State::Waiting | State::Ready | State::Running => {}
        }
        Some(place)
    }

    fn free(&mut self, place: usize) {
        let entry = &mut self.steps[place];
        if entry.state == State::Waiting && entry.waits_for == 0 {
            entry.state = State::Ready;
            self.ready[entry.lane].insert((Reverse(entry.behind_seconds), entry.id));
        }
    }
}

/// The longest path through the steps, by their typical seconds.
pub fn estimate(steps: &[Step]) -> Estimate {
    let behind = behind(steps);
    let places: BTreeMap<u32, usize> = steps.iter().enumerate().map(|(place, step)| (step.id, place)).collect();
    // The next step on the longest path from each step: of equals the one with the lowest number.
    let mut next: Vec<Option<usize>> = vec![None; steps.len()];
    for (place, step) in steps.iter().enumerate() {
        for &earlier in step.after.iter().filter_map(|id| places.get(id)) {
            if next[earlier].is_none_or(|other| behind[other] < behind[place]) {
                next[earlier] = Some(place);
            }
        }
    }
    let longest = (0..steps.len()).max_by_key(|&place| (behind[place], Reverse(place)));
    let mut estimate = Estimate { seconds: longest.map_or(0, |place| behind[place]), path: Vec::new() };
    let mut at = longest;
    while let Some(place) = at {
        let (address, seconds) = (&steps[place].address, u64::from(steps[place].typical_seconds));
        match estimate.path.last_mut().filter(|leg| leg.address == *address) {
            Some(leg) => leg.seconds += seconds,
            None => estimate.path.push(Leg { address: address.clone(), seconds }),
        }
        at = next[place];
    }
    estimate
}

/// For each step the seconds from its start to the end of the longest path through it.
fn behind(steps: &[Step]) -> Vec<u64> {
    let places: BTreeMap<u32, usize> = steps.iter().enumerate().map(|(place, step)| (step.id, place)).collect();
    let mut behind: Vec<u64> = steps.iter().map(|step| u64::from(step.typical_seconds)).collect();
    for (place, step) in steps.iter().enumerate().rev() {
        for &earlier in step.after.iter().filter_map(|id| places.get(id)).filter(|&&earlier| earlier < place) {
            behind[earlier] = behind[earlier].max(u64::from(steps[earlier].typical_seconds) + behind[place]);
        }
    }
    behind
}
