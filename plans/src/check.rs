//! The independent checker: looks for whatever a plan must never hold, by code that did not make it.
//!
//! [`check`] needs the plan alone and runs after planning and after loading a file. [`against`] holds the plan against the
//! ledger that it is about to be applied to: nothing is deleted that no row knows, and dependents go before what they
//! stand on. Neither shares code with the planner. A violation is a fault of the planner or of whoever wrote the file, but
//! for [`Rule::DeclaredTwice`], which only a plan as a whole shows.

mod alternatives;
mod changes;
mod deferred;
mod ledger;
mod order;
mod secrets;
mod steps;
#[cfg(test)]
mod tests;

use std::fmt;

use crate::ledger::Ledger;
use crate::plan::{Plan, Step};
use crate::value::Address;

/// What a plan must never hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// Steps are numbered from 1 without a gap, and wait for earlier ones only.
    Numbering,
    /// The steps of one address follow each other.
    Chain,
    /// A step comes after what makes the resources that it depends on.
    Dependencies,
    /// What a step refers to is known once it starts: an earlier step makes it.
    References,
    /// An old object goes before the new one comes, or after it when the new one is to come first.
    Replacement,
    /// A dependent is deleted or rewired before what it stood on is deleted.
    Teardown,
    /// A generation is made once, and above all that were there.
    Generations,
    /// Each change has exactly the steps that its action takes.
    Agreement,
    /// What is protected is deleted only when it was allowed by name.
    Protection,
    /// A step has what its act needs, and nothing that it cannot have.
    Parts,
    /// What is done only when values turn out like this has its counterpart, and waits for them.
    Alternatives,
    /// What changes is among the inputs, or among the values before.
    Changed,
    /// A step that changes or deletes says what it expects to find.
    Expectations,
    /// Secrets stand as references to their source.
    Secrets,
    /// The plan holds the schema, provider instance and place of each step.
    Closed,
    /// In a place that the plan makes, objects are made once it is there, and nothing else happens.
    Deferred,
    /// A plan for destroying makes nothing; one that only refreshes calls nobody.
    Mode,
    /// A name, or a key of a parent, is declared by one resource.
    DeclaredTwice,
    /// What is changed or deleted is what the ledger owns at that address.
    Owned,
    /// The plan was made from this ledger.
    Basis,
}

/// Something in a plan that must not be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// What it breaks.
    pub rule: Rule,
    /// The address; none when it is about the plan as a whole.
    pub address: Option<Address>,
    /// The step; none when it is about a change or the plan as a whole.
    pub step: Option<u32>,
    /// What is wrong, as a sentence.
    pub message: String,
}

/// What is wrong with a plan by itself; nothing, for a plan that can be trusted.
pub fn check(plan: &Plan) -> Vec<Violation> {
    let mut found = Found::default();
    let is_numbered = order::numbering(plan, &mut found);
    steps::parts(plan, &mut found);
    steps::closed(plan, &mut found);
    steps::mode(plan, &mut found);
    steps::declared_twice(plan, &mut found);
    changes::agreement(plan, &mut found);
    changes::protection(plan, &mut found);
    alternatives::alternatives(plan, &mut found);
    secrets::secrets(plan, &mut found);
    deferred::deferred(plan, &mut found);
    if is_numbered {
        // These ask what comes before what, which only numbered steps can tell.
        order::order(plan, &mut found);
    }
    found.0
}

/// What is wrong with a plan in the light of the ledger that it is to be applied to.
pub fn against(plan: &Plan, ledger: &Ledger) -> Vec<Violation> {
    let mut found = Found::default();
    ledger::basis(plan, ledger, &mut found);
    ledger::owned(plan, ledger, &mut found);
    let is_numbered = order::numbering(plan, &mut Found::default());
    if is_numbered {
        ledger::teardown(plan, ledger, &mut found);
    }
    found.0
}

impl Violation {
    /// What to do about it.
    pub fn help(&self) -> String {
        match self.rule {
            Rule::DeclaredTwice => "declare it once: take one of the two out of the stack".into(),
            Rule::Basis => "plan again: the ledger is not the one that the plan was made from".into(),
            Rule::Owned => "plan again; if that does not help, it is a fault of flashinfra: please report it".into(),
            Rule::Numbering
            | Rule::Chain
            | Rule::Dependencies
            | Rule::References
            | Rule::Replacement
            | Rule::Teardown
            | Rule::Generations
            | Rule::Agreement
            | Rule::Protection
            | Rule::Parts
            | Rule::Alternatives
            | Rule::Changed
            | Rule::Expectations
            | Rule::Secrets
            | Rule::Closed
            | Rule::Deferred
            | Rule::Mode => {
                "it is a fault of flashinfra, and nothing was applied: please report it, with the plan file if you can"
                    .into()
            }
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule: _, address, step, message } = self;
        if let Some(address) = address {
            write!(f, "{address}: ")?;
        }
        f.write_str(message)?;
        step.map_or(Ok(()), |step| write!(f, " (step {step})"))
    }
}

/// What was found so far.
#[derive(Default)]
struct Found(Vec<Violation>);

impl Found {
    fn at(&mut self, rule: Rule, step: &Step, message: impl Into<String>) {
        let (address, step) = (Some(step.address.clone()), Some(step.id));
        self.0.push(Violation { rule, address, step, message: message.into() });
    }

    fn about(&mut self, rule: Rule, address: &Address, message: impl Into<String>) {
        self.0.push(Violation { rule, address: Some(address.clone()), step: None, message: message.into() });
    }

    fn whole(&mut self, rule: Rule, message: impl Into<String>) {
        self.0.push(Violation { rule, address: None, step: None, message: message.into() });
    }
}
