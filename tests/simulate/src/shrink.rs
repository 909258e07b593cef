//! Making a failing scenario small: whatever can be left out without the same thing failing is left out.

use std::io;

use flashinfra_plans::references::each_reference;
use flashinfra_plans::{Address, Lifecycle};

use crate::drive::{Outcome, run_with};
use crate::scenario::{Edit, Resource, Scenario};
use crate::subject::Subject;
use crate::world::Invariant;

/// How many runs shrinking may take. One takes milliseconds, and a scenario has some hundred parts.
const RUNS_MAX: u32 = 3_000;

/// The smallest scenario that was found in which this does not hold either; the same one, when it holds.
///
/// # Errors
/// When no runtime can be had.
pub fn shrink(scenario: &Scenario, subject: &Subject, invariant: Invariant) -> io::Result<Scenario> {
    let outcome = run_with(scenario, subject)?;
    let mut shrinker = Shrinker { subject, invariant, small: scenario.clone(), runs: 0 };
    shrinker.only_what_struck(&outcome)?;
    loop {
        let before = shrinker.small.clone();
        shrinker.round()?;
        if shrinker.small == before || shrinker.runs >= RUNS_MAX {
            return Ok(shrinker.small);
        }
    }
}

struct Shrinker<'a> {
    subject: &'a Subject,
    invariant: Invariant,
    small: Scenario,
    runs: u32,
}

impl Shrinker<'_> {
    /// Takes a smaller scenario if the same thing fails in it.
    fn take_if_it_fails(&mut self, smaller: Scenario) -> io::Result<bool> {
        if self.runs >= RUNS_MAX || smaller == self.small {
            return Ok(false);
        }
        self.runs += 1;
        let violations = run_with(&smaller, self.subject)?.violations;
        let is_same = violations.iter().any(|violation| violation.invariant == self.invariant);
        if is_same {
            self.small = smaller;
        }
        Ok(is_same)
    }

    fn only_what_struck(&mut self, outcome: &Outcome) -> io::Result<()> {
        let mut smaller = self.small.clone();
        let struck = |(index, fault)| outcome.struck.contains(&index).then_some(fault);
        smaller.faults = smaller.faults.into_iter().enumerate().filter_map(struck).collect();
        self.take_if_it_fails(smaller).map(drop)
    }

    fn round(&mut self) -> io::Result<()> {
        self.without_each(|scenario| scenario.edits.len(), |scenario, at| drop(scenario.edits.remove(at)))?;
        self.halves_of_faults()?;
        self.without_each(|scenario| scenario.faults.len(), |scenario, at| drop(scenario.faults.remove(at)))?;
        self.without_each(|scenario| scenario.rules.len(), |scenario, at| drop(scenario.rules.remove(at)))?;
        for edit in 0..self.small.edits.len() {
            self.smaller_edit(edit)?;
        }
        self.without_addresses()
    }

    /// Tries to leave out one part after the other, the last first.
    fn without_each(
        &mut self,
        count: impl Fn(&Scenario) -> usize,
        remove: impl Fn(&mut Scenario, usize),
    ) -> io::Result<()> {
        for at in (0..count(&self.small)).rev() {
            let mut smaller = self.small.clone();
            remove(&mut smaller, at);
            self.take_if_it_fails(smaller)?;
        }
        Ok(())
    }

    fn halves_of_faults(&mut self) -> io::Result<()> {
        loop {
            let half = self.small.faults.len() / 2;
            if half < 2 {
                return Ok(());
            }
            let (mut first, mut second) = (self.small.clone(), self.small.clone());
            first.faults.truncate(half);
            second.faults.drain(..half);
            if !self.take_if_it_fails(first)? && !self.take_if_it_fails(second)? {
                return Ok(());
            }
        }
    }

    fn smaller_edit(&mut self, edit: usize) -> io::Result<()> {
        let of = |scenario: &Scenario| scenario.edits.get(edit).map_or(0, |edit| edit.turns.len());
        let on = |scenario: &mut Scenario, act: &dyn Fn(&mut Edit)| {
            if let Some(edit) = scenario.edits.get_mut(edit) {
                act(edit);
            }
        };
        self.without_each(of, |scenario, at| on(scenario, &|edit| drop(edit.turns.remove(at))))?;
        for turn in 0..of(&self.small) {
            let hands = |scenario: &Scenario| scenario.edits.get(edit).map_or(0, |edit| edit.turns[turn].hands.len());
            self.without_each(hands, |scenario, at| on(scenario, &|edit| drop(edit.turns[turn].hands.remove(at))))?;
            let simpler: [&dyn Fn(&mut Edit); 8] = [
                &|edit| edit.turns[turn].tests = false,
                &|edit| edit.turns[turn].stop = None,
                &|edit| edit.turns[turn].frozen = None,
                &|edit| edit.turns[turn].gap_ms = 0,
                &|edit| edit.turns[turn].delay_ms = 0,
                &|edit| edit.turns[turn].again = false,
                &|edit| edit.turns[turn].beside = false,
                &|edit| edit.turns[turn].who = "ada".into(),
            ];
            for simplify in simpler {
                let mut smaller = self.small.clone();
                on(&mut smaller, simplify);
                self.take_if_it_fails(smaller)?;
            }
        }
        let resources =
            |scenario: &Scenario| scenario.edits.get(edit).and_then(|edit| edit.stack.as_ref()).map_or(0, Vec::len);
        for resource in (0..resources(&self.small)).rev() {
            self.smaller_resource(edit, resource)?;
        }
        Ok(())
    }

    /// Leaves out what a resource sets and how it is treated.
    fn smaller_resource(&mut self, edit: usize, at: usize) -> io::Result<()> {
        let Some(resource) = self.small.edits[edit].stack.as_ref().and_then(|stack| stack.get(at)).cloned() else {
            return Ok(());
        };
        let required = ["cidr", "net", "type", "size_gb", "name", "target", "task"];
        let names = resource.attributes.iter().map(|(name, _)| name).filter(|name| !required.contains(&name.as_str()));
        for name in names {
            let mut smaller = self.small.clone();
            if let Some(resource) = smaller.edits[edit].stack.as_mut().and_then(|stack| stack.get_mut(at)) {
                resource.attributes = resource.attributes.clone().without(name);
            }
            self.take_if_it_fails(smaller)?;
        }
        let simpler: [&dyn Fn(&mut Resource); 5] = [
            &|resource| resource.lifecycle = Lifecycle::default(),
            &|resource| resource.after.clear(),
            &|resource| resource.lifecycle.test = false,
            &|resource| resource.lifecycle.delete_after_success = false,
            &|resource| resource.lifecycle.delete_after_failure = false,
        ];
        for simplify in simpler {
            let mut smaller = self.small.clone();
            if let Some(resource) = smaller.edits[edit].stack.as_mut().and_then(|stack| stack.get_mut(at)) {
                simplify(resource);
            }
            self.take_if_it_fails(smaller)?;
        }
        Ok(())
    }

    /// Leaves out resources that nothing refers to, first in all edits, then in single ones.
    fn without_addresses(&mut self) -> io::Result<()> {
        let stacks = self.small.edits.iter().filter_map(|edit| edit.stack.as_ref());
        let mut addresses: Vec<Address> = stacks.flatten().map(|resource| resource.address.clone()).collect();
        addresses.sort();
        addresses.dedup();
        for address in addresses.iter().rev() {
            let mut smaller = self.small.clone();
            for edit in &mut smaller.edits {
                remove(edit, address);
            }
            self.take_if_it_fails(smaller)?;
            for edit in 0..self.small.edits.len() {
                let mut smaller = self.small.clone();
                remove(&mut smaller.edits[edit], address);
                self.take_if_it_fails(smaller)?;
            }
        }
        Ok(())
    }
}

/// Removes a resource from an edit, unless another one refers to it.
fn remove(edit: &mut Edit, address: &Address) {
    let Some(stack) = &mut edit.stack else { return };
    let mut is_needed = false;
    for (name, value) in stack.iter().flat_map(|resource| &resource.attributes) {
        each_reference(value, name, &mut |reference, _| is_needed |= reference.address == *address);
    }
    if !is_needed {
        stack.retain(|resource| resource.address != *address);
        stack.iter_mut().for_each(|resource| resource.after.retain(|needed| needed != address));
    }
}
