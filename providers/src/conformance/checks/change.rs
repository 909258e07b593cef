//! What changes.

use std::sync::Arc;

use flashinfra_plans::{Map, Name, Object, Value};
use flashinfra_stacks::schema::{Attribute, Mode, Stability};

use super::super::replan;
use super::super::report::Verdict;
use super::super::same::others;
use super::super::suite::{Found, Suite};
use super::{as_declared, does_not_apply, same};
use crate::error::Class;
use crate::ports::Inputs;

pub(super) async fn foreign_change(suite: &mut Suite<'_>, object: &Object) -> Found {
    let Some((name, expected, change)) = &suite.case.foreign else {
        return does_not_apply("the case changes nothing behind the adapter's back");
    };
    let before = suite.present(&object.id).await?.attributes.get(name).cloned();
    same("what is about to be changed", &(before.as_ref() == Some(expected)), &false)?;
    Arc::clone(change)(object.id.clone()).await;
    let what = format!("`{name}`, which somebody else changed,");
    suite.present_as(&object.id, |live| same(&what, &live.attributes.get(name), &Some(expected))).await?;
    Ok(Verdict::Holds)
}

/// One check for each change in place, and for each that takes a new object.
pub(super) async fn updates(suite: &mut Suite<'_>, object: &Object) {
    let case = suite.case;
    let mut inputs = case.inputs.clone();
    if case.updates.is_empty() {
        suite.record("update", does_not_apply("the case changes nothing in place"));
    }
    for (name, value) in &case.updates {
        let applied = inputs.attributes.clone();
        inputs.attributes = match value {
            Some(value) => inputs.attributes.with(name.clone(), value.clone()),
            None => inputs.attributes.without(name),
        };
        let found = update(suite, object, name, &applied, &inputs).await;
        suite.record(format!("update {name}"), found);
    }
    if case.replacements.is_empty() {
        suite.record("replacement", does_not_apply("the case names no attribute that takes a new object"));
    }
    for (name, value) in &case.replacements {
        let changed = Inputs {
            attributes: inputs.attributes.clone().with(name.clone(), value.clone()),
            secrets: inputs.secrets.clone(),
        };
        let found = replacement(suite, object, name, &inputs.attributes, changed).await;
        suite.record(format!("replacement {name}"), found);
    }
}

async fn update(suite: &mut Suite<'_>, object: &Object, name: &Name, applied: &Map, inputs: &Inputs) -> Found {
    let Some(attribute) = suite.schema().attribute(name) else {
        return Err(format!("the case changes `{name}`, which is no attribute of the schema"));
    };
    let live = suite.present(&object.id).await?;
    let request = suite.update_request(&live, applied, std::slice::from_ref(name), inputs.clone())?;
    let outcome = suite.send_update(&request).await.map_err(|error| format!("{:?}: {error}", error.class))?;
    suite.ready(outcome).await?;
    let place = suite.provider.place().await.map_err(|error| error.to_string())?;
    let cleared = inputs.get(name).is_none() && attribute.mode != Mode::WriteOnly;
    let changed = |after: &Object| match (after.attributes.get(name), live.attributes.get(name)) {
        (Some(left), Some(before)) if cleared && left == before => {
            Err(format!("`{name}` was cleared and is still {left:?}"))
        }
        _ => as_declared(suite, &inputs.attributes, after)
            .and_then(|()| replan::is_empty(suite, &place, &inputs.attributes, after)),
    };
    let after = suite.present_as(&object.id, changed).await?;
    let untouched = |attributes: &Map| -> Vec<(Name, Value)> {
        let fixed = |other: &Name| other != name && !changes_with(suite.schema().attribute(other), name);
        attributes.iter().filter(|(other, _)| fixed(other)).cloned().collect()
    };
    let others = |object: &Object| others(attribute, applied.get(name), object.attributes.get(name));
    let kept = others(&after);
    if let Some(lost) = others(&live).iter().find(|entry| !kept.contains(entry)) {
        return Err(format!("{lost:?} in `{name}` was somebody else's and is gone"));
    }
    same("what was not to be changed", &untouched(&after.attributes), &untouched(&live.attributes))?;
    Ok(Verdict::Holds)
}

fn changes_with(attribute: Option<&Attribute>, name: &str) -> bool {
    match attribute.map(|attribute| &attribute.stability) {
        Some(Stability::ChangesWith(names)) => names.iter().any(|other| other == name),
        Some(Stability::Fixed) | None => false,
    }
}

async fn replacement(suite: &mut Suite<'_>, object: &Object, name: &Name, applied: &Map, inputs: Inputs) -> Found {
    let live = suite.present(&object.id).await?;
    let request = suite.update_request(&live, applied, std::slice::from_ref(name), inputs)?;
    match suite.send_update(&request).await {
        Err(error) if error.class == Class::FixInput => {
            let after = suite.present(&object.id).await?;
            same("what was refused to be changed", &after.attributes, &live.attributes)?;
            Ok(Verdict::Holds)
        }
        Err(error) => Err(format!("an update of it is {:?} ({error})", error.class)),
        Ok(_) => Err("an update of it is accepted: is it a change in place after all?".into()),
    }
}

pub(super) async fn absent(suite: &mut Suite<'_>) -> Found {
    let case = suite.case;
    let Some((name, value)) = case.updates.first() else {
        return does_not_apply("the case changes nothing in place");
    };
    let missing = Object {
        id: case.unknown_id.clone(),
        phase: flashinfra_plans::Phase::Ready,
        attributes: case.inputs.attributes.clone(),
        unverified: Vec::new(),
        owner: None,
        managed_by: None,
    };
    let attributes = case.inputs.attributes.clone();
    let attributes = match value {
        Some(value) => attributes.with(name.clone(), value.clone()),
        None => attributes.without(name),
    };
    let inputs = Inputs { attributes, ..case.inputs.clone() };
    let request = suite.update_request(&missing, &case.inputs.attributes, std::slice::from_ref(name), inputs)?;
    match suite.send_update(&request).await {
        Err(error) if error.class == Class::NotFound => Ok(Verdict::Holds),
        Err(error) => Err(format!("an update of what is not there is {:?} ({error})", error.class)),
        Ok(outcome) => Err(format!("an update of what is not there was answered with {outcome:?}")),
    }
}
