//! What is there for a while only: hooks, which go once they are done or have failed, and tests, which are no part of what is applied.
//! What each of them says is taken from what people declared, and whether it is so from what is durable and what is true.

use std::collections::BTreeMap;

use flashinfra_plans::journal::Effect;
use flashinfra_plans::plan::{Mode, Reason};
use flashinfra_plans::{Address, Lifecycle, Map, Phase, Plan, Value};

use crate::scenario::Edit;

/// What a plan may end, and what it may do again.
#[derive(Clone, Debug, Default)]
pub(super) struct Ends {
    mode: Mode,
    /// How what is declared is treated.
    declared: BTreeMap<Address, Lifecycle>,
    /// What somebody asked to have made anew.
    requested: Vec<Address>,
}

impl Ends {
    /// What a plan for an edit may end.
    pub(super) fn by(plan: &Plan, edit: &Edit) -> Self {
        let resources = edit.stack.iter().flatten();
        let declared = resources.map(|resource| (resource.address.clone(), resource.lifecycle.clone()));
        let is_requested = |reason: &Reason| *reason == Reason::Requested;
        let requested = plan.changes.iter().filter(|change| change.reasons.iter().any(is_requested));
        Self {
            mode: plan.mode,
            declared: declared.collect(),
            requested: requested.map(|change| change.address.clone()).collect(),
        }
    }

    /// Why an object may not be deleted now, if it may not.
    pub(super) fn wrongly_deleted(&self, address: &Address, phase: Phase) -> Option<String> {
        let lifecycle = self.declared.get(address);
        let is_over = |lifecycle: &Lifecycle| match phase {
            Phase::Ready => lifecycle.test || lifecycle.delete_after_success,
            Phase::Failed => lifecycle.delete_after_failure,
            // It is on its way already.
            Phase::Deleting => true,
            Phase::Creating | Phase::Updating => false,
        };
        match (self.mode, lifecycle) {
            (Mode::Tidy, lifecycle) if !lifecycle.is_some_and(is_over) => {
                Some(format!("it is {phase:?}, which is not over by {lifecycle:?}"))
            }
            (Mode::Apply, Some(lifecycle)) if lifecycle.test && !is_over(lifecycle) => {
                Some(format!("it is a test that is {phase:?}, and stays until it runs again"))
            }
            (Mode::Test, lifecycle) if !lifecycle.is_some_and(|lifecycle| lifecycle.test) => {
                Some("it is no test".into())
            }
            _ => None,
        }
    }

    /// Why an object may not be made by this plan, if it may not.
    pub(super) fn wrongly_made(&self, address: &Address) -> Option<String> {
        let is_test = self.declared.get(address).is_some_and(|lifecycle| lifecycle.test);
        match self.mode {
            Mode::Tidy => Some("the plan only tidies up".into()),
            Mode::Test if !is_test => Some("it is no test".into()),
            Mode::Apply if is_test => Some("it is a test, which an apply leaves out".into()),
            Mode::Apply | Mode::Destroy | Mode::RefreshOnly | Mode::Test => None,
        }
    }
}

/// What was done by each address, as it is written down: what it was made with when it was ready.
#[derive(Clone, Debug, Default)]
pub(super) struct Served(BTreeMap<Address, Map>);

impl Served {
    /// What a step meant for the ledger is durable.
    pub(super) fn takes(&mut self, effect: &Effect) {
        let (address, row) = match effect {
            Effect::Put(address, row) => (address, row),
            Effect::Rename { from, to, row } => {
                self.0.remove(from);
                (to, row)
            }
            Effect::Remove(address, _) => {
                self.0.remove(address);
                return;
            }
        };
        match &row.current {
            Some(owned) if owned.ready => drop(self.0.insert(address.clone(), row.applied.clone())),
            Some(_) => drop(self.0.remove(address)),
            // It is gone, and what it did stands.
            None => {}
        }
    }

    /// Whether a create does again what is written down as done, and is to be done once for each change; what, then.
    pub(super) fn runs_again(&self, address: &Address, inputs: &Map, ends: &Ends) -> Option<String> {
        let is_once = ends.declared.get(address).is_some_and(|lifecycle| lifecycle.delete_after_success);
        let done = self.0.get(address).filter(|_| is_once && !ends.requested.contains(address))?;
        let is_set = |(_, value): &&(_, Value)| *value != Value::Null;
        let same = inputs.iter().filter(is_set).eq(done.iter().filter(is_set));
        same.then(|| format!("it is done with {done:?} already"))
    }
}
