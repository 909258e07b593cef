//! Which addresses a plan is about: `--target`, `--exclude`, and what these and unreadable objects take along.

use super::pass::{Pass, State};
use super::world::World;
use crate::plan::{Action, Mode, Partial, Reason};
use crate::value::Address;

/// Whether an address is left out of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// It is in.
    In,
    /// It is left out, by an option.
    Out,
    /// It would be deleted or replaced, and the object at this position, which is left out or could not be read, needs it.
    Barred(usize),
}

/// What is in a plan and what is not.
#[derive(Clone)]
pub(super) struct Scope {
    left: Vec<Left>,
    excluded: Vec<bool>,
    /// By position, the positions of which an object stands on it.
    row_dependents: Vec<Vec<usize>>,
}

impl Scope {
    pub(super) fn new(world: &World<'_>) -> Self {
        let count = world.nodes.len();
        let options = world.input.options;
        let first = if options.targets.is_empty() { Left::In } else { Left::Out };
        let mut scope = Self { left: vec![first; count], excluded: vec![false; count], row_dependents: Vec::new() };
        if options.targets.is_empty() && options.excludes.is_empty() {
            return scope;
        }
        scope.row_dependents = vec![Vec::new(); count];
        for position in 0..count {
            for dependency in world.stood_on(position) {
                scope.row_dependents[dependency].push(position);
            }
        }
        scope.include(world, positions(world, &options.targets));
        scope.exclude(world, positions(world, &options.excludes));
        scope
    }

    pub(super) fn left(&self, position: usize) -> Left {
        self.left[position]
    }

    /// Takes in positions and what they need: what they depend on, or, where something is deleted, what depends on it.
    fn include(&mut self, world: &World<'_>, mut open: Vec<usize>) {
        while let Some(position) = open.pop() {
            if self.left[position] != Left::Out || self.excluded[position] {
                continue;
            }
            self.left[position] = Left::In;
            match (world.input.options.mode, world.nodes[position].declared) {
                (Mode::Apply, Some(_)) => open.extend(world.graph.dependencies(position)),
                (Mode::Apply, None) | (Mode::Destroy, _) => open.extend(&self.row_dependents[position]),
                (Mode::RefreshOnly | Mode::Test | Mode::Tidy, _) => {}
            }
        }
    }

    /// Leaves out positions and what cannot be done without them.
    fn exclude(&mut self, world: &World<'_>, mut open: Vec<usize>) {
        while let Some(position) = open.pop() {
            if self.excluded[position] {
                continue;
            }
            self.left[position] = Left::Out;
            self.excluded[position] = true;
            match (world.input.options.mode, world.nodes[position].declared) {
                (Mode::Apply, Some(_)) => {
                    let dependents = world.graph.dependents(position);
                    open.extend(dependents.into_iter().filter(|&dependent| world.nodes[dependent].declared.is_some()));
                }
                (Mode::Destroy, _) => open.extend(world.stood_on(position)),
                (Mode::Apply, None) | (Mode::RefreshOnly | Mode::Test | Mode::Tidy, _) => {}
            }
        }
    }

    /// Looks for what a walk would delete although something that stays still needs it. What stays because of `--target`
    /// is taken in, and what is needed by anything else stays as well. Whether anything changed: then another walk is due.
    pub(super) fn adjust(&mut self, pass: &Pass<'_, '_>) -> bool {
        let world = pass.world;
        let stays = |position: &usize| {
            matches!(pass.states[*position], State::LeftOut | State::Blocked(_)) && world.nodes[*position].row.is_some()
        };
        let mut open: Vec<usize> = (0..world.nodes.len()).filter(stays).collect();
        if open.is_empty() {
            return false;
        }
        let mut goes = vec![false; world.nodes.len()];
        for (position, decision) in &pass.decisions {
            // What has done what it is for is needed by nothing.
            let has_served = decision.change.reasons.contains(&Reason::Served);
            goes[*position] |= matches!(decision.change.action, Action::Delete | Action::Replace) && !has_served;
        }
        let mut is_changed = false;
        while let Some(position) = open.pop() {
            let needed: Vec<usize> = world.stood_on(position).into_iter().filter(|&needed| goes[needed]).collect();
            if needed.is_empty() {
                continue;
            }
            is_changed = true;
            if self.left[position] == Left::Out && !self.excluded[position] {
                self.include(world, vec![position]);
                continue;
            }
            let root = match (self.left[position], &pass.states[position]) {
                (Left::Barred(root), _) => root,
                (Left::In | Left::Out, State::Blocked(root)) => *root,
                (Left::In | Left::Out, _) => position,
            };
            for needed in needed {
                self.left[needed] = Left::Barred(root);
                goes[needed] = false;
                open.push(needed);
            }
        }
        is_changed
    }

    /// Why the plan does not cover everything.
    pub(super) fn partial(&self, pass: &Pass<'_, '_>) -> Vec<Partial> {
        let address = |position: usize| pass.world.address(position).clone();
        let (mut targeted, mut excluded) = (0, 0);
        let mut partial: Vec<_> = pass
            .unreadable
            .iter()
            .map(|(position, reason)| (*position, Partial::Unreadable(address(*position), reason.clone())))
            .collect();
        for (position, state) in pass.states.iter().enumerate() {
            match state {
                State::LeftOut if self.excluded[position] => excluded += 1,
                State::LeftOut => targeted += 1,
                State::Blocked(root) if *root == position => {}
                State::Blocked(root) if self.excluded[*root] => excluded += 1,
                State::Blocked(root) => partial.push((position, Partial::DependsOn(address(position), address(*root)))),
                State::Gone | State::Stays { .. } | State::Spent { .. } | State::Made { .. } => {}
            }
        }
        partial.sort_by_key(|(position, _)| *position);
        let counted = [(targeted, Partial::Targeted(targeted)), (excluded, Partial::Excluded(excluded))];
        let counted = counted.into_iter().filter(|(count, _)| *count > 0).map(|(_, partial)| partial);
        counted.chain(partial.into_iter().map(|(_, partial)| partial)).collect()
    }
}

fn positions(world: &World<'_>, addresses: &[Address]) -> Vec<usize> {
    addresses.iter().filter_map(|address| world.graph.position(address)).collect()
}
