//! Steps one by one.

use std::collections::{BTreeMap, BTreeSet};

use flashinfra_stacks::schema::{
    Attribute, Carrier, Change as ChangeTakes, Identity, Mode as AttributeMode, Schema, SetBy,
};

use super::order::{deposed, lifts_guard, makes};
use super::{Found, Rule};
use crate::plan::{Act, Mode, Plan, Step};
use crate::value::{Address, Map, Name, Value};

/// Whether each step has what its act needs.
pub(super) fn parts(plan: &Plan, found: &mut Found) {
    let deposed = deposed(plan);
    let mut created: BTreeSet<(&Address, u32)> = BTreeSet::new();
    for step in &plan.steps {
        let object = (&step.address, step.generation);
        let schema = plan.schemas.get(step.address.kind());
        let mut need = |holds: bool, rule: Rule, message: &str| {
            if !holds {
                found.at(rule, step, message);
            }
        };
        need(step.generation > 0, Rule::Generations, "generations count from 1");
        let expects = step.expects.is_some();
        match &step.act {
            Act::Create => {
                need(!expects, Rule::Expectations, "a create can expect nothing of an object that is not there");
                need(step.row.is_some(), Rule::Parts, "a create without a row would be forgotten at once");
                need(created.insert(object), Rule::Generations, "the same generation is made twice");
            }
            Act::Update => {
                need(step.object.is_some(), Rule::Parts, "an update without an object");
                need(step.row.is_some(), Rule::Parts, "an update without a row would be forgotten at once");
                need(expects, Rule::Expectations, "an update has to say what it expects to find");
                need(!step.changed.is_empty(), Rule::Changed, "an update that changes nothing");
            }
            Act::Delete => {
                need(step.object.is_some(), Rule::Parts, "a delete without an object");
                // A deposed object may be gone already; then its delete only tidies the ledger up.
                let is_free = deposed.contains(&object);
                need(expects || is_free, Rule::Expectations, "a delete has to say what it expects to find");
                need(step.changed.is_empty(), Rule::Parts, "a delete changes no attribute");
            }
            Act::UnguardDouble => {
                need(step.object.is_some(), Rule::Parts, "an update without an object");
                need(expects, Rule::Expectations, "an update has to say what it expects to find");
                need(
                    lifts_guard(step, plan),
                    Rule::Parts,
                    "of a double only what guards it is changed before it is deleted",
                );
            }
            Act::DeleteDouble => {
                need(step.object.is_some(), Rule::Parts, "a delete without an object");
                need(expects, Rule::Expectations, "a delete has to say what it expects to find");
                need(step.changed.is_empty(), Rule::Parts, "a delete changes no attribute");
            }
            Act::Forget => need(step.row.is_none(), Rule::Parts, "what is forgotten has no row"),
            Act::Move(from) => {
                need(*from != step.address, Rule::Parts, "a move to where it is");
                need(from.kind() == step.address.kind(), Rule::Parts, "a move to another kind");
                need(step.row.is_some(), Rule::Parts, "a move without a row would be forgotten at once");
            }
            Act::Record => need(step.row.is_some(), Rule::Parts, "a record without a row"),
        }
        for name in &step.changed {
            // What cannot be read back has no value before, and none after when it is cleared.
            let is_unseen = schema.and_then(|schema| schema.attribute(name)).is_some_and(is_never_read);
            let is_told = is_unseen || step.inputs.get(name).is_some() || step.before.get(name).is_some();
            need(is_told, Rule::Changed, &format!("{name} changes, and neither its old nor its new value is there"));
        }
    }
    generations(plan, found);
}

fn is_never_read(attribute: &Attribute) -> bool {
    attribute.secret || attribute.mode == AttributeMode::WriteOnly
}

/// A new object is above every other of its address.
fn generations(plan: &Plan, found: &mut Found) {
    let mut highest: BTreeMap<&Address, u32> = BTreeMap::new();
    // A double has the generation of the object that it is a double of.
    let is_older = |step: &&Step| !matches!(step.act, Act::Create | Act::UnguardDouble | Act::DeleteDouble);
    for step in plan.steps.iter().filter(is_older) {
        let generation = highest.entry(&step.address).or_default();
        *generation = step.generation.max(*generation);
    }
    for step in plan.steps.iter().filter(|step| step.act == Act::Create) {
        if highest.get(&step.address).is_some_and(|&other| other >= step.generation) {
            found.at(Rule::Generations, step, "the new object's generation is not above the old ones'");
        }
    }
}

/// Whether the plan holds all that its steps need.
pub(super) fn closed(plan: &Plan, found: &mut Found) {
    for step in &plan.steps {
        if !plan.schemas.contains_key(step.address.kind()) {
            found.at(Rule::Closed, step, format!("the plan has no schema of {}", step.address.kind()));
        }
        // What was in a place that is gone is forgotten without asking anybody.
        let is_asked = |provider: &Name| *provider != step.provider || step.act != Act::Forget;
        for provider in std::iter::once(&step.provider).chain(step.relies_on.iter().map(|reliance| &reliance.provider))
        {
            if !plan.basis.providers.contains_key(provider) {
                found.at(Rule::Closed, step, format!("the plan has no provider instance {provider}"));
            } else if !plan.basis.places.contains_key(provider) && is_asked(provider) && !plan.basis.is_deferred(step) {
                found.at(Rule::Closed, step, format!("the plan does not say where {provider} leads"));
            }
        }
        for reliance in &step.relies_on {
            let Some(lookup) = plan.basis.lookups.get(&reliance.address) else { continue };
            let answered = |(path, value): &(Name, Value)| lookup.answer.at(path) == Some(value);
            let is_told = lookup.provider == reliance.provider && lookup.object == reliance.object;
            if !is_told || !reliance.values.iter().all(answered) {
                found.at(Rule::Closed, step, format!("it is sent what {} was not answered", reliance.address));
            }
            if !plan.schemas.contains_key(reliance.address.kind()) {
                found.at(Rule::Closed, step, format!("the plan has no schema of {}", reliance.address.kind()));
            }
        }
    }
}

/// Whether the steps are of the kind that the plan is for.
pub(super) fn mode(plan: &Plan, found: &mut Found) {
    for step in &plan.steps {
        let fits = match plan.mode {
            Mode::Apply => true,
            Mode::Destroy => match step.act {
                Act::Delete | Act::DeleteDouble | Act::Forget => true,
                Act::Update | Act::UnguardDouble => lifts_guard(step, plan),
                Act::Create | Act::Move(_) | Act::Record => false,
            },
            Mode::RefreshOnly => match step.act {
                Act::Record | Act::Forget => true,
                Act::Create | Act::Update | Act::Delete | Act::UnguardDouble | Act::DeleteDouble | Act::Move(_) => {
                    false
                }
            },
            Mode::Test => match step.act {
                Act::Create | Act::Delete | Act::Move(_) | Act::Forget => true,
                Act::Update | Act::UnguardDouble => lifts_guard(step, plan),
                Act::DeleteDouble | Act::Record => false,
            },
            Mode::Tidy => match step.act {
                Act::Delete | Act::Forget => true,
                Act::Update | Act::UnguardDouble => lifts_guard(step, plan),
                Act::Create | Act::DeleteDouble | Act::Move(_) | Act::Record => false,
            },
        };
        if !fits {
            let what = match plan.mode {
                Mode::Apply => "apply",
                Mode::Destroy => "destroy",
                Mode::RefreshOnly => "only refresh",
                Mode::Test => "test",
                Mode::Tidy => "tidy up",
            };
            found.at(Rule::Mode, step, format!("a plan to {what} has no such step"));
        }
    }
}

/// Whether two resources claim the same name, or the same key of the same parent, in one provider instance.
pub(super) fn declared_twice(plan: &Plan, found: &mut Found) {
    let mut claimed: BTreeMap<(&str, &str, Key<'_>), &Address> = BTreeMap::new();
    for step in plan.steps.iter().filter(|step| makes(step, plan)) {
        let Some(schema) = plan.schemas.get(step.address.kind()) else { continue };
        let Some(key) = key(schema, &step.inputs) else { continue };
        let told = key.iter().map(|(name, value)| format!("{name} {value}")).collect::<Vec<_>>().join(", ");
        let other = claimed.insert((step.address.kind(), &step.provider, key), &step.address);
        if let Some(other) = other.filter(|&other| *other != step.address) {
            found.at(Rule::DeclaredTwice, step, format!("{other} declares the same {told}"));
        }
    }
}

/// Attributes and their values, which together name an object.
type Key<'a> = Vec<(&'a str, String)>;

/// What names an object, when the stack chooses it: its unique name, or what it has to have and can never change when it is
/// a key inside a parent. None when it is not known yet.
fn key<'a>(schema: &'a Schema, inputs: &'a Map) -> Option<Key<'a>> {
    let names: Vec<&str> = match (&schema.identity, schema.carrier) {
        (Identity::Named(attribute), _) => vec![attribute],
        (Identity::Composed(parts), _) => {
            let is_set = |part: &&str| inputs.get(part).is_some();
            parts.iter().map(AsRef::as_ref).filter(is_set).collect()
        }
        (Identity::Assigned, Carrier::KeyInParent) => schema
            .attributes
            .iter()
            .filter(|attribute| attribute.set_by == SetBy::Required && attribute.change == ChangeTakes::Replace)
            .map(|attribute| attribute.name.as_ref())
            .collect(),
        (Identity::Assigned, _) => return None,
    };
    let part = |name: &'a str| {
        let value = inputs.get(name).filter(|value| value.is_literal())?;
        Some((name, value.as_text().map_or_else(|| value.to_json(), str::to_owned)))
    };
    names.into_iter().map(part).collect::<Option<Key<'a>>>().filter(|key| !key.is_empty())
}

/// The word for what a step does.
pub(super) fn word(step: &Step) -> &'static str {
    match step.act {
        Act::Create => "create",
        Act::Update => "update",
        Act::Delete => "delete",
        Act::UnguardDouble => "unguard_double",
        Act::DeleteDouble => "delete_double",
        Act::Forget => "forget",
        Act::Move(_) => "move",
        Act::Record => "record",
    }
}
